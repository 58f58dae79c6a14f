/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sdpparse-private.h"

#include "payloads.h"
#include "sdpmedia.h"

const gchar *const wn_sdp_directions[] = { "sendrecv", "sendonly", "recvonly",
  "inactive", NULL };

G_DEFINE_QUARK (wn_sdp_error, wn_sdp_error);

/* Texts of the peer are shown, but not at any length, nor raw. */
#define MAX_SHOWN 48

gchar *
wn_sdp_show (const gchar *text)
{
  g_autofree gchar *head = g_strndup (text, MAX_SHOWN);
  g_autofree gchar *escaped = g_strescape (head, NULL);

  return g_strconcat (escaped,
      strnlen (text, MAX_SHOWN + 1) > MAX_SHOWN ? "..." : "", NULL);
}

gboolean
wn_sdp_refuse_line (const WnSdpLines *lines, GError **error, WnSdpError code,
    const gchar *format, ...)
{
  g_autofree gchar *rule = NULL;
  va_list args;

  va_start (args, format);
  rule = g_strdup_vprintf (format, args);
  va_end (args);

  if (lines->text) {
    g_autofree gchar *shown = wn_sdp_show (lines->text);

    g_set_error (error, WN_SDP_ERROR, code, "line %u (%s): %s", lines->number,
        shown, rule);
  } else {
    g_set_error_literal (error, WN_SDP_ERROR, code, rule);
  }
  return FALSE;
}

/* The rule "only one" for what @format names. */
gboolean
wn_sdp_check_first (WnSdpLines *lines, GError **error, const gchar *format, ...)
{
  gchar *what;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);

  if (g_hash_table_contains (lines->seen, what)) {
    wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX, "a second %s", what);
    g_free (what);
    return FALSE;
  }
  g_hash_table_add (lines->seen, what);
  return TRUE;
}

/* Lines. */

static gboolean
check_origin (WnSdpLines *lines, const gchar *text, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  if (g_strv_length (words) != 6 || !*words[0] || !*words[5]
      || strlen (words[0]) > 255 || strlen (words[5]) > 255)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "o= has a user, an id, a version, IN, IP4 or IP6, and an address");
  if (!wn_sdp_is_number (words[1], 0, G_MAXUINT64)
      || !wn_sdp_is_number (words[2], 0, G_MAXUINT64))
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "the id and the version of o= are numbers of 64 bits");
  if (!g_str_equal (words[3], "IN")
      || (!g_str_equal (words[4], "IP4") && !g_str_equal (words[4], "IP6")))
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "the address of o= is of IN IP4 or IN IP6");
  return TRUE;
}

static gboolean
check_connection (WnSdpLines *lines, const gchar *text, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  if (g_strv_length (words) != 3 || !g_str_equal (words[0], "IN")
      || (!g_str_equal (words[1], "IP4") && !g_str_equal (words[1], "IP6"))
      || !*words[2] || strlen (words[2]) > 255)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "c= has IN, IP4 or IP6, and an address");
  return wn_sdp_check_first (lines, error, "c= line");
}

static gboolean
check_bandwidth (WnSdpLines *lines, const gchar *text, GError **error)
{
  const gchar *colon = strchr (text, ':');

  if (!colon || colon == text || !wn_sdp_is_number (colon + 1, 0, G_MAXINT32))
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "b= has a type and a number");
  return TRUE;
}

static gboolean
check_media (WnSdpLines *lines, const gchar *text, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  guint n = g_strv_length (words);
  gboolean is_rtp;

  if (++lines->n_sections > WN_SDP_MAX_SECTIONS)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "no more than %d sections", WN_SDP_MAX_SECTIONS);
  lines->is_media = TRUE;
  lines->n_attributes = 0;
  g_hash_table_remove_all (lines->seen);

  if (n < 4)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "m= has a kind, a port, a protocol and formats");
  if (n - 3 > WN_SDP_MAX_FORMATS)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "no more than %d formats in a section", WN_SDP_MAX_FORMATS);
  if (!wn_sdp_is_token (words[0], WN_SDP_MAX_NAME)
      || !wn_sdp_is_made_of (words[2], 1, WN_SDP_MAX_NAME, "/-"))
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "the kind and the protocol of m= are tokens");
  if (!wn_sdp_is_number (words[1], 0, G_MAXUINT16))
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "the port of m= is one, 0 to 65535");

  is_rtp = strstr (words[2], "RTP/") != NULL;
  for (guint i = 3; i < n; i++) {
    if (is_rtp && !wn_sdp_is_number (words[i], 0, 127))
      return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "a payload type is 0 to 127");
    if (!wn_sdp_is_token (words[i], WN_SDP_MAX_NAME))
      return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "the formats of m= are tokens, one space between them");
    if (!wn_sdp_check_first (lines, error, "format %s", words[i]))
      return FALSE;
  }
  return TRUE;
}

/* @text: after the =  */
static gboolean
check_line (WnSdpLines *lines, gchar type, const gchar *text, GError **error)
{
  static const gchar beginning[] = { 'v', 'o', 's' };

  if (lines->number <= G_N_ELEMENTS (beginning)) {
    if (type != beginning[lines->number - 1])
      return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "a description begins with v=, o= and s=");
  } else if (memchr (beginning, type, G_N_ELEMENTS (beginning))) {
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "a second %c=", type);
  }

  switch (type) {
    case 'v':
      return g_str_equal (text, "0")
          || wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
              "the version is 0");
    case 'o':
      return check_origin (lines, text, error);
    case 'c':
      return check_connection (lines, text, error);
    case 'b':
      return check_bandwidth (lines, text, error);
    case 'm':
      return check_media (lines, text, error);
    case 'a':
      return wn_sdp_check_attribute (lines, text, error);
    case 'k':
      return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_UNSUPPORTED,
          "keys come by DTLS, not by k=");
    case 's':
    case 'i':
      return TRUE;
    case 'u':
    case 'e':
    case 'p':
    case 't':
    case 'r':
    case 'z':
      return !lines->is_media
          || wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
              "%c= belongs to the session", type);
    default:
      return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "there are no %c= lines", type);
  }
}

static gboolean
check_text (WnSdpLines *lines, const gchar *text, GError **error)
{
  if (!*text)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "it is empty");
  if (strnlen (text, WN_SDP_MAX_SIZE + 1) > WN_SDP_MAX_SIZE)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "a description has no more than %d bytes", WN_SDP_MAX_SIZE);
  if (!g_utf8_validate (text, -1, NULL))
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "it is not UTF-8");
  return TRUE;
}

static gboolean
check_lines (WnSdpLines *lines, gchar **all, GError **error)
{
  for (gchar **line = all; *line; line++) {
    gsize length = strlen (*line);

    lines->number++;
    if (length && (*line)[length - 1] == '\r')
      (*line)[--length] = '\0';
    lines->text = *line;

    /* After the last line's end; some senders add an empty line, too. */
    if (!length && (!line[1] || (!line[2] && strlen (line[1]) <= 1)))
      break;
    if (length > WN_SDP_MAX_LINE)
      return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
          "a line has no more than %d bytes", WN_SDP_MAX_LINE);
    for (const gchar *p = *line; *p; p++) {
      if (g_ascii_iscntrl (*p) && *p != '\t')
        return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
            "there is a control character");
    }
    if (length < 2 || !g_ascii_islower ((*line)[0]) || (*line)[1] != '=')
      return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "a line is a letter, = and a value");
    if (!check_line (lines, (*line)[0], *line + 2, error))
      return FALSE;
  }
  lines->text = NULL;
  if (lines->number < 3)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "a description begins with v=, o= and s=");
  return TRUE;
}

static gboolean
has_direction (const GstSDPMedia *media)
{
  for (guint i = 0; wn_sdp_directions[i]; i++) {
    if (gst_sdp_media_get_attribute_val (media, wn_sdp_directions[i]))
      return TRUE;
  }
  return FALSE;
}

/* The direction may be said once, for all sections that say none (RFC 8866, 6.7).
 * Afterwards each says its own. */
static void
spread_direction (GstSDPMessage *sdp)
{
  const gchar *name = NULL;

  for (guint i = 0; wn_sdp_directions[i] && !name; i++) {
    if (gst_sdp_message_get_attribute_val (sdp, wn_sdp_directions[i]))
      name = wn_sdp_directions[i];
  }
  if (!name)
    return;

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    GstSDPMedia *media = (GstSDPMedia *) gst_sdp_message_get_media (sdp, i);

    if (wn_sdp_media_is_rtp (media) && !has_direction (media))
      gst_sdp_media_add_attribute (media, name, "");
  }
  for (guint i = gst_sdp_message_attributes_len (sdp); i-- > 0;) {
    if (g_str_equal (gst_sdp_message_get_attribute (sdp, i)->key, name))
      gst_sdp_message_remove_attribute (sdp, i);
  }
}

/**
 * wn_sdp_parse:
 * @text: a session description, in any state
 *
 * Returns: (transfer full) (nullable): the description; %NULL with @error of
 *   #WN_SDP_ERROR if a line is not as it has to be
 */
GstSDPMessage *
wn_sdp_parse (const gchar *text, GError **error)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) all = NULL;
  WnSdpLines lines = { .seen = seen };
  GstSDPMessage *sdp = NULL;

  if (!check_text (&lines, text, error))
    return NULL;
  all = g_strsplit (text, "\n", -1);
  if (!check_lines (&lines, all, error))
    return NULL;

  if (gst_sdp_message_new (&sdp) != GST_SDP_OK
      || gst_sdp_message_parse_buffer ((const guint8 *) text, strlen (text),
             sdp)
          != GST_SDP_OK) {
    wn_sdp_refuse_line (&lines, error, WN_SDP_ERROR_SYNTAX,
        "it cannot be parsed");
    g_clear_pointer (&sdp, gst_sdp_message_free);
  }
  if (sdp) {
    wn_payloads_name (sdp);
    spread_direction (sdp);
  }
  return sdp;
}

/**
 * wn_sdp_get_id:
 *
 * Returns: (transfer full): "SESSID:VERSION", of the o= line
 */
gchar *
wn_sdp_get_id (const GstSDPMessage *sdp)
{
  const GstSDPOrigin *origin = gst_sdp_message_get_origin (sdp);

  return g_strdup_printf ("%s:%s", origin->sess_id ? origin->sess_id : "",
      origin->sess_version ? origin->sess_version : "");
}

static void
add_ufrag (GPtrArray *ufrags, const gchar *ufrag)
{
  if (ufrag && *ufrag
      && !g_ptr_array_find_with_equal_func (ufrags, ufrag, g_str_equal, NULL))
    g_ptr_array_add (ufrags, g_strdup (ufrag));
}

/**
 * wn_sdp_get_ufrags:
 *
 * Browsers leave in a section that they reject what was in force when it lived.
 *
 * Returns: (transfer full): the ICE username fragments of sections that are not
 *   rejected, each once
 */
GStrv
wn_sdp_get_ufrags (const GstSDPMessage *sdp)
{
  GPtrArray *ufrags = g_ptr_array_new ();
  const gchar *session_ufrag =
      gst_sdp_message_get_attribute_val (sdp, "ice-ufrag");

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    const gchar *ufrag = gst_sdp_media_get_attribute_val (media, "ice-ufrag");

    if (!wn_sdp_media_is_rejected (media))
      add_ufrag (ufrags, ufrag ? ufrag : session_ufrag);
  }

  g_ptr_array_add (ufrags, NULL);
  return (GStrv) g_ptr_array_free (ufrags, FALSE);
}
