/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "listenaddress.h"

#include "signalling/error.h"
#include "signalling/printable.h"

#include <string.h>

#define MAX_HOST 255

void
wn_listen_address_free (WnListenAddress *self)
{
  g_free (self->host);
  g_free (self);
}

static gboolean
host_is_valid (const gchar *host, gboolean in_brackets)
{
  gsize i, length = strlen (host);

  if (in_brackets) {
    g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

    return address
        && g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6;
  }
  for (i = 0; i < length; i++) {
    if (!g_ascii_isalnum (host[i]) && !strchr (".-_", host[i]))
      return FALSE;
  }
  return length > 0 && length <= MAX_HOST;
}

/**
 * wn_listen_address_parse:
 * @text: (nullable): HOST:PORT or [HOST]:PORT
 *
 * Returns: (transfer full) (nullable): NULL with @error set
 */
WnListenAddress *
wn_listen_address_parse (const gchar *text, GError **error)
{
  g_autofree gchar *host = NULL;
  const gchar *colon = text ? strrchr (text, ':') : NULL;
  WnListenAddress *self;
  gboolean in_brackets;
  guint64 port;
  gsize length;

  if (!colon
      || !g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16, &port,
          NULL))
    goto malformed;
  length = colon - text;
  in_brackets = length >= 2 && text[0] == '[' && text[length - 1] == ']';
  host =
      in_brackets ? g_strndup (text + 1, length - 2) : g_strndup (text, length);
  if (!host_is_valid (host, in_brackets))
    goto malformed;

  self = g_new0 (WnListenAddress, 1);
  self->host = g_steal_pointer (&host);
  self->port = port;
  return self;

malformed:
  g_set_error (error, WN_SIGNALLING_ERROR, WN_SIGNALLING_ERROR_SETTINGS,
      "\"%s\" is not an address to listen on. Set listen to HOST:PORT, such as "
      "127.0.0.1:8443, 0.0.0.0:8443 for every IPv4 address of this machine, "
      "[::1]:8443, or 127.0.0.1:0 for a free port.",
      text ? wn_printable_in_sentence (text) : "");
  return NULL;
}

gchar *
wn_listen_address_format (const gchar *host, guint16 port)
{
  return g_strdup_printf (strchr (host, ':') ? "[%s]:%u" : "%s:%u", host, port);
}

/**
 * wn_listen_address_reachable:
 *
 * Returns: (transfer full): how to name @address in a URI; the loopback address
 *   for the one that stands for every address
 */
gchar *
wn_listen_address_reachable (GInetAddress *address, guint16 port)
{
  g_autoptr (GInetAddress) loopback = NULL;
  g_autofree gchar *host = NULL;

  if (g_inet_address_get_is_any (address)) {
    loopback =
        g_inet_address_new_loopback (g_inet_address_get_family (address));
    address = loopback;
  }
  host = g_inet_address_to_string (address);
  return wn_listen_address_format (host, port);
}

/**
 * wn_listen_address_get_place:
 *
 * Returns: (transfer full): a name for all that one host, or one network of an
 *   IPv6 provider's customer (/64), may connect from
 */
gchar *
wn_listen_address_get_place (GSocketAddress *remote)
{
  GInetAddress *address =
      g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote));
  const guint8 *bytes = g_inet_address_to_bytes (address);
  g_autoptr (GInetAddress) network = NULL;
  guint8 prefix[16] = { 0 };
  g_autofree gchar *text = NULL;

  if (g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV6
      || g_inet_address_get_is_loopback (address))
    return g_inet_address_to_string (address);
  memcpy (prefix, bytes, 8);
  network = g_inet_address_new_from_bytes (prefix, G_SOCKET_FAMILY_IPV6);
  text = g_inet_address_to_string (network);
  return g_strconcat (text, "/64", NULL);
}
