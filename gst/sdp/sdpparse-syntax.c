/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sdpparse-private.h"

#include <gio/gio.h>

/* The vocabulary of RFC 8866 and RFC 8839. */

gboolean
wn_sdp_is_made_of (const gchar *text, gsize min, gsize max, const gchar *others)
{
  gsize length = strlen (text);

  if (length < min || length > max)
    return FALSE;
  for (gsize i = 0; i < length; i++) {
    if (!g_ascii_isalnum (text[i]) && !strchr (others, text[i]))
      return FALSE;
  }
  return TRUE;
}

gboolean
wn_sdp_is_token (const gchar *text, gsize max)
{
  return wn_sdp_is_made_of (text, 1, max, "!#$%&'*+-.^_`{|}~");
}

gboolean
wn_sdp_is_ice_text (const gchar *text, gsize min, gsize max)
{
  return wn_sdp_is_made_of (text, min, max, "+/");
}

/* No sign, no space, nothing after it. */
gboolean
wn_sdp_is_number (const gchar *text, guint64 min, guint64 max)
{
  return g_ascii_isdigit (*text)
      && g_ascii_string_to_unsigned (text, 10, min, max, NULL, NULL);
}

/* A number at the beginning of @text that @end ends; -1 if there is none. */
gint64
wn_sdp_read_number (const gchar *text, gchar end, guint64 max,
    const gchar **rest)
{
  gchar *stop;
  guint64 number;

  if (!g_ascii_isdigit (*text))
    return -1;
  number = g_ascii_strtoull (text, &stop, 10);
  if (*stop != end || number > max)
    return -1;
  *rest = end ? stop + 1 : stop;
  return number;
}

/**
 * wn_sdp_ufrag_is_valid:
 *
 * Returns: whether @ufrag can be an ICE username fragment, RFC 8839, 5.4
 */
gboolean
wn_sdp_ufrag_is_valid (const gchar *ufrag)
{
  return wn_sdp_is_ice_text (ufrag, 4, 256);
}

/**
 * wn_sdp_mid_is_valid:
 *
 * Returns: whether @mid can be a section's name, RFC 5888, 4
 */
gboolean
wn_sdp_mid_is_valid (const gchar *mid)
{
  return wn_sdp_is_token (mid, WN_SDP_MAX_MID);
}

/* Candidates. */

static gboolean
refuse_candidate (GError **error, WnSdpError code, const gchar *candidate,
    const gchar *rule)
{
  g_autofree gchar *shown = wn_sdp_show (candidate);

  g_set_error (error, WN_SDP_ERROR, code, "candidate \"%s\": %s", shown, rule);
  return FALSE;
}

/* Names are looked up on the network, so none but those of multicast DNS that
 * browsers make. */
static gboolean
is_address (const gchar *text)
{
  gsize length = strlen (text);

  if (length > 255)
    return FALSE;
  if (g_str_has_suffix (text, ".local"))
    return wn_sdp_is_made_of (text, strlen ("x.local"), 255, "-.");
  return g_hostname_is_ip_address (text);
}

static gboolean
check_candidate_extensions (gchar **tokens, const gchar *candidate,
    gboolean is_tcp, GError **error)
{
  gboolean has_tcptype = FALSE;

  for (; *tokens; tokens += 2) {
    const gchar *name = tokens[0], *value = tokens[1];

    if (!*name || !value || !*value)
      return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
          "an extension has a name and a value");
    if (g_str_equal (name, "rport")
        && !wn_sdp_is_number (value, 0, G_MAXUINT16))
      return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
          "rport is a port");
    if (g_str_equal (name, "raddr")
        && !wn_sdp_is_made_of (value, 1, 255, "-.:"))
      return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
          "raddr is an address");
    if (g_str_equal (name, "tcptype") && !g_str_equal (value, "active")
        && !g_str_equal (value, "passive") && !g_str_equal (value, "so"))
      return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
          "tcptype is active, passive or so");
    has_tcptype |= g_str_equal (name, "tcptype");
    if (g_str_equal (name, "ufrag") && !wn_sdp_ufrag_is_valid (value))
      return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
          "ufrag is 4 to 256 ice-chars");
  }
  /* RFC 6544, 4.5; the ICE library takes it for granted. */
  if (is_tcp && !has_tcptype)
    return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
        "a tcp candidate has a tcptype");
  return TRUE;
}

/**
 * wn_sdp_check_candidate:
 * @candidate: the value of a candidate attribute, RFC 8839, 5.1
 *
 * webrtcbin's own reading of it is lenient, and uses what it has freed when a
 * .local name was resolved for a candidate that is wrong otherwise.
 */
gboolean
wn_sdp_check_candidate (const gchar *candidate, GError **error)
{
  g_auto (GStrv) tokens = NULL;

  if (strlen (candidate) > WN_SDP_MAX_LINE)
    return refuse_candidate (error, WN_SDP_ERROR_LIMIT, candidate,
        "it is too long");

  tokens = g_strsplit (candidate, " ", -1);
  if (g_strv_length (tokens) < 8)
    return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
        "foundation, component, transport, priority, address, port and type "
        "are needed");
  if (!wn_sdp_is_ice_text (tokens[0], 1, 32))
    return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
        "the foundation is 1 to 32 ice-chars");
  if (!wn_sdp_is_number (tokens[1], 1, 256))
    return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
        "the component is 1 to 256");
  if (g_ascii_strcasecmp (tokens[2], "udp") != 0
      && g_ascii_strcasecmp (tokens[2], "tcp") != 0)
    return refuse_candidate (error, WN_SDP_ERROR_UNSUPPORTED, candidate,
        "the transport is udp or tcp");
  if (!wn_sdp_is_number (tokens[3], 0, G_MAXUINT32))
    return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
        "the priority is a number of 32 bits");
  if (!is_address (tokens[4]))
    return refuse_candidate (error, WN_SDP_ERROR_UNSUPPORTED, candidate,
        "the address is an IP address or a name in .local");
  if (!wn_sdp_is_number (tokens[5], 0, G_MAXUINT16))
    return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
        "the port is 0 to 65535");
  if (!g_str_equal (tokens[6], "typ")
      || (!g_str_equal (tokens[7], "host") && !g_str_equal (tokens[7], "srflx")
          && !g_str_equal (tokens[7], "prflx")
          && !g_str_equal (tokens[7], "relay")))
    return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
        "typ is host, srflx, prflx or relay");

  return check_candidate_extensions (tokens + 8, candidate,
      g_ascii_strcasecmp (tokens[2], "tcp") == 0, error);
}
