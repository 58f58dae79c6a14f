/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Why a server cannot be joined, and what the user can do: errors of
 * #WnSignallingError.
 */

#include "refusal.h"
#include "error.h"

#include <errno.h>
#include <string.h>

/* Of HTTP (RFC 9110, section 15). */
#define STATUS_FORBIDDEN 403
#define STATUS_SERVICE_UNAVAILABLE 503

#define START_ONE                                                              \
  "Start a server there, or leave signaller-uri unset to serve from this "     \
  "element."

static gchar *
without_full_stop (const gchar *text)
{
  gsize length = strlen (text);

  while (length > 0 && (text[length - 1] == '.' || text[length - 1] == ' '))
    length--;
  return g_strndup (text, length);
}

/* The words for it: GLib's say the address again, which is in the URI. */
static gchar *
describe (const GError *why)
{
  static const struct
  {
    gint code;
    gint number;
  } errors[] = {
    { G_IO_ERROR_CONNECTION_REFUSED, ECONNREFUSED },
    { G_IO_ERROR_HOST_UNREACHABLE, EHOSTUNREACH },
    { G_IO_ERROR_NETWORK_UNREACHABLE, ENETUNREACH },
    { G_IO_ERROR_TIMED_OUT, ETIMEDOUT },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (errors); i++) {
    if (g_error_matches (why, G_IO_ERROR, errors[i].code))
      return g_strdup (g_strerror (errors[i].number));
  }
  return without_full_stop (why->message);
}

/**
 * wn_refusal_unreachable:
 * @why: what the network says
 * @advice: (nullable): what the user can do, where the line knows better
 */
GError *
wn_refusal_unreachable (const gchar *uri, const GError *why,
    const gchar *advice)
{
  g_autofree gchar *words = describe (why);

  if (!advice)
    advice = START_ONE;
  if (why->domain == G_RESOLVER_ERROR)
    advice = "Check the host's name in signaller-uri, and that this machine is "
             "in the network.";
  else if (why->domain == G_TLS_ERROR)
    advice = "Check the server's certificate, and that signaller-uri names the "
             "host that it is for; wss:// needs glib-networking.";
  return g_error_new (WN_SIGNALLING_ERROR, WN_SIGNALLING_ERROR_CONNECTION,
      "Cannot reach %s: %s. %s", uri, words, advice);
}

/* The answer to the handshake was none to a WebSocket.
 *
 * Returns: NULL if @status says nothing that we know better */
GError *
wn_refusal_by_status (const gchar *uri, guint status)
{
  if (status == STATUS_FORBIDDEN)
    return g_error_new (WN_SIGNALLING_ERROR, WN_SIGNALLING_ERROR_NOT_AUTHORIZED,
        "The server at %s refused us: it does not answer to this name. Set "
        "signaller-uri to its address, or start it with allowed-origins set "
        "to http://HOST:PORT, the host and port of this URI.",
        uri);
  if (status == STATUS_SERVICE_UNAVAILABLE)
    return g_error_new (WN_SIGNALLING_ERROR, WN_SIGNALLING_ERROR_FULL,
        "The server at %s has too many connections. Wait until some of them "
        "end, or set signaller-uri to another server.",
        uri);
  return NULL;
}

/* Nothing came back while connecting. */
GError *
wn_refusal_silent (const gchar *uri, guint seconds)
{
  const gchar *tls = g_str_has_prefix (uri, "wss:")
      ? "If the server there has no TLS, set signaller-uri to ws://. "
      : "";

  return g_error_new (WN_SIGNALLING_ERROR, WN_SIGNALLING_ERROR_CONNECTION,
      "Cannot reach %s: no answer within %u seconds. %sCheck the address in "
      "signaller-uri, and that no firewall is in the way. " START_ONE,
      uri, seconds, tls);
}

/* The WebSocket is open, but the join got no answer. */
GError *
wn_refusal_no_answer (const gchar *uri, guint seconds)
{
  return g_error_new (WN_SIGNALLING_ERROR, WN_SIGNALLING_ERROR_CONNECTION,
      "The server at %s did not answer our join within %u seconds. It seems not "
      "to speak the room protocol: set protocol=w3c for a relay of bare "
      "messages, or signaller-uri to another server.",
      uri, seconds);
}

GError *
wn_refusal_closed (const gchar *uri, const gchar *reason)
{
  g_autofree gchar *words = without_full_stop (reason);

  return g_error_new (WN_SIGNALLING_ERROR, WN_SIGNALLING_ERROR_CONNECTION,
      "The server at %s did not let us in: %s. Check that it speaks the "
      "protocol that is set (protocol), or set signaller-uri to another "
      "server.",
      uri, words);
}

/**
 * wn_refusal_by_server:
 * @code: of the room protocol
 * @text: the server's words
 */
GError *
wn_refusal_by_server (const gchar *uri, const gchar *code, const gchar *text)
{
  static const struct
  {
    const gchar *code;
    WnSignallingError error;
    const gchar *advice;
  } codes[] = {
    { "unauthorized", WN_SIGNALLING_ERROR_NOT_AUTHORIZED,
        "Set token to the server's token." },
    { "id-in-use", WN_SIGNALLING_ERROR_BUSY,
        "Set peer-id to another id, or leave it unset for a random one." },
    { "room-full", WN_SIGNALLING_ERROR_FULL,
        "Set room to another room, or wait until a peer leaves." },
    { "unsupported-version", WN_SIGNALLING_ERROR_CONNECTION,
        "Bring the server and this plugin to the same version." },
  };
  g_autofree gchar *words = without_full_stop (text);
  WnSignallingError error = WN_SIGNALLING_ERROR_CONNECTION;
  const gchar *advice = "Check signaller-uri, room, peer-id and token.";
  guint i;

  for (i = 0; i < G_N_ELEMENTS (codes); i++) {
    if (strcmp (codes[i].code, code) == 0) {
      error = codes[i].error;
      advice = codes[i].advice;
    }
  }
  return g_error_new (WN_SIGNALLING_ERROR, error,
      "The server at %s refused us (%s): %s. %s", uri, code, words, advice);
}
