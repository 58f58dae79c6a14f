/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sdpparse-private.h"

/* Attributes that may stand only once in a section, or in the session part. */
static const gchar *const single_attributes[] = { "mid", "ice-ufrag", "ice-pwd",
  "setup", "sctp-port", "max-message-size", NULL };

/* Attributes, one function for each that something below reads. */

typedef gboolean (*CheckAttribute) (WnSdpLines *lines, const gchar *value,
    GError **error);

static gboolean
check_mid (WnSdpLines *lines, const gchar *value, GError **error)
{
  if (strlen (value) > WN_SDP_MAX_MID)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "a mid has no more than %d characters", WN_SDP_MAX_MID);
  if (!wn_sdp_mid_is_valid (value))
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "a mid is a token");
  return TRUE;
}

static gboolean
check_ufrag (WnSdpLines *lines, const gchar *value, GError **error)
{
  return wn_sdp_ufrag_is_valid (value)
      || wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "ice-ufrag is 4 to 256 ice-chars");
}

static gboolean
check_pwd (WnSdpLines *lines, const gchar *value, GError **error)
{
  return wn_sdp_is_ice_text (value, 22, 256)
      || wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "ice-pwd is 22 to 256 ice-chars");
}

static gboolean
check_fingerprint (WnSdpLines *lines, const gchar *value, GError **error)
{
  /* What every webrtcbin can compare with a certificate: it lets no media in for
   * others, without a word. */
  static const struct
  {
    const gchar *name;
    gsize size;
  } hashes[] = {
    { "sha-1", 20 },
    { "sha-256", 32 },
    { "sha-512", 64 },
  };
  const gchar *space = strchr (value, ' ');

  for (guint i = 0; space && i < G_N_ELEMENTS (hashes); i++) {
    const gchar *p = space + 1;
    gsize n = 0;

    if (strlen (hashes[i].name) != (gsize) (space - value)
        || g_ascii_strncasecmp (value, hashes[i].name, space - value) != 0)
      continue;
    while (g_ascii_isxdigit (p[0]) && g_ascii_isxdigit (p[1])) {
      n++;
      p += 2;
      if (*p != ':')
        break;
      p++;
    }
    if (n == hashes[i].size && !*p && p[-1] != ':')
      return TRUE;
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "a %s fingerprint has %" G_GSIZE_FORMAT " bytes, as XX:XX",
        hashes[i].name, hashes[i].size);
  }
  return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_UNSUPPORTED,
      "the hash of a fingerprint is sha-1, sha-256 or sha-512");
}

static gboolean
check_setup (WnSdpLines *lines, const gchar *value, GError **error)
{
  if (g_str_equal (value, "actpass") || g_str_equal (value, "active")
      || g_str_equal (value, "passive"))
    return TRUE;
  return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
      "setup is actpass, active or passive");
}

static gboolean
check_sctp_port (WnSdpLines *lines, const gchar *value, GError **error)
{
  return wn_sdp_is_number (value, 1, G_MAXUINT16)
      || wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "sctp-port is 1 to 65535");
}

static gboolean
check_max_message_size (WnSdpLines *lines, const gchar *value, GError **error)
{
  return wn_sdp_is_number (value, 0, G_MAXUINT64)
      || wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "max-message-size is a number");
}

static gboolean
check_rtpmap (WnSdpLines *lines, const gchar *value, GError **error)
{
  const gchar *name = NULL, *rate, *channels;
  gint64 pt = wn_sdp_read_number (value, ' ', 127, &name);
  g_autofree gchar *encoding = NULL;

  if (pt < 0)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "rtpmap begins with a payload type, 0 to 127");
  if (!(rate = strchr (name, '/'))
      || !wn_sdp_is_token (encoding = g_strndup (name, rate - name),
          WN_SDP_MAX_NAME))
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "rtpmap has an encoding name and a clock rate");
  rate++;
  /* Times are divided by the clock rate. */
  if ((channels = strchr (rate, '/'))) {
    const gchar *ignored;

    if (wn_sdp_read_number (rate, '/', 10000000, &ignored) < 1
        || !wn_sdp_is_number (channels + 1, 1, 255))
      return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "the clock rate is 1 to 10000000, the channels 1 to 255");
  } else if (!wn_sdp_is_number (rate, 1, 10000000)) {
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "the clock rate is 1 to 10000000");
  }
  return wn_sdp_check_first (lines, error, "rtpmap of payload type %d",
      (gint) pt);
}

/* Parameters become fields of caps, next to others of fixed names. */
static gboolean
check_fmtp (WnSdpLines *lines, const gchar *value, GError **error)
{
  static const gchar *const reserved[] = { "a-", "extmap-", "rid-", "rtcp-fb-",
    "srtcp-", "srtp-", "ssrc", NULL };
  const gchar *parameters = NULL;
  gint64 pt = wn_sdp_read_number (value, ' ', 127, &parameters);
  g_auto (GStrv) pairs = NULL;

  if (pt < 0)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "fmtp begins with a payload type, 0 to 127");
  pairs = g_strsplit (parameters, ";", -1);
  if (g_strv_length (pairs) > 64)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "fmtp has no more than 64 parameters");

  for (gchar **pair = pairs; *pair; pair++) {
    gchar *name = g_strstrip (*pair);

    name[strcspn (name, "=")] = '\0';
    g_strchomp (name);
    if (strlen (name) > WN_SDP_MAX_NAME)
      return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
          "a parameter's name has no more than %d characters", WN_SDP_MAX_NAME);
    for (guint i = 0; reserved[i]; i++) {
      if (g_ascii_strncasecmp (name, reserved[i], strlen (reserved[i])) == 0)
        return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_UNSUPPORTED,
            "a parameter named %s… would pass for something else", reserved[i]);
    }
  }
  return TRUE;
}

static gboolean
check_rtcp_fb (WnSdpLines *lines, const gchar *value, GError **error)
{
  const gchar *rest = NULL;

  if (g_str_has_prefix (value, "* "))
    rest = value + 2;
  else if (wn_sdp_read_number (value, ' ', 127, &rest) < 0)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "rtcp-fb begins with * or a payload type, 0 to 127");
  if (strlen (rest) > WN_SDP_MAX_NAME)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "feedback has no more than %d characters", WN_SDP_MAX_NAME);
  return TRUE;
}

static gboolean
check_extmap (WnSdpLines *lines, const gchar *value, GError **error)
{
  const gchar *rest = NULL;
  gint64 id = wn_sdp_read_number (value, ' ', 255, &rest);

  if (id < 0 && (id = wn_sdp_read_number (value, '/', 255, &rest)) >= 0) {
    if (!(rest = strchr (rest, ' ')))
      id = -1;
    else
      rest++;
  }
  if (id < 1 || !*rest || *rest == ' ')
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "extmap has an id, 1 to 255, and a URI");
  return wn_sdp_check_first (lines, error, "extmap of id %d", (gint) id);
}

/* Source 0 is a programming error to webrtcbin. */
static gboolean
check_ssrc (WnSdpLines *lines, const gchar *value, GError **error)
{
  const gchar *rest = NULL;

  if (wn_sdp_read_number (value, ' ', G_MAXUINT32, &rest) < 1)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "ssrc begins with a number, 1 to 4294967295");
  if (strcspn (rest, ":") > WN_SDP_MAX_NAME)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "a source's attribute has no more than %d characters", WN_SDP_MAX_NAME);
  return TRUE;
}

static gboolean
check_candidate_attribute (WnSdpLines *lines, const gchar *value,
    GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (!lines->is_media)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "a candidate belongs to a section");
  if (++lines->n_candidates > WN_SDP_MAX_CANDIDATES)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "no more than %d candidates", WN_SDP_MAX_CANDIDATES);
  if (wn_sdp_check_candidate (value, &reason))
    return TRUE;
  return wn_sdp_refuse_line (lines, error, reason->code, "%s", reason->message);
}

static gboolean
check_group (WnSdpLines *lines, const gchar *value, GError **error)
{
  g_auto (GStrv) words = g_strsplit (value, " ", -1);

  if (lines->is_media)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "a group belongs to the session");
  if (!words[0] || !g_str_equal (words[0], "BUNDLE"))
    return TRUE;
  for (guint i = 1; words[i]; i++) {
    if (!wn_sdp_mid_is_valid (words[i]))
      return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "BUNDLE is followed by mids, one space between them");
    if (!wn_sdp_check_first (lines, error, "mid %s in BUNDLE", words[i]))
      return FALSE;
  }
  return wn_sdp_check_first (lines, error, "BUNDLE group");
}

/* MIKEY is a binary format of its own, and WebRTC does without it. */
static gboolean
check_key_mgmt (WnSdpLines *lines, G_GNUC_UNUSED const gchar *value,
    GError **error)
{
  return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_UNSUPPORTED,
      "keys come by DTLS, not by key-mgmt");
}

static const struct
{
  const gchar *name;
  CheckAttribute check;
} attribute_checks[] = {
  { "candidate", check_candidate_attribute },
  { "extmap", check_extmap },
  { "fingerprint", check_fingerprint },
  { "fmtp", check_fmtp },
  { "group", check_group },
  { "ice-pwd", check_pwd },
  { "ice-ufrag", check_ufrag },
  { "key-mgmt", check_key_mgmt },
  { "max-message-size", check_max_message_size },
  { "mid", check_mid },
  { "rtcp-fb", check_rtcp_fb },
  { "rtpmap", check_rtpmap },
  { "sctp-port", check_sctp_port },
  { "setup", check_setup },
  { "ssrc", check_ssrc },
};

gboolean
wn_sdp_check_attribute (WnSdpLines *lines, const gchar *text, GError **error)
{
  const gchar *colon = strchr (text, ':');
  g_autofree gchar *name = NULL;
  const gchar *value = colon ? colon + 1 : "";

  if (++lines->n_attributes > WN_SDP_MAX_ATTRIBUTES)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "no more than %d attributes in a section", WN_SDP_MAX_ATTRIBUTES);

  name = colon ? g_strndup (text, colon - text) : g_strdup (text);
  if (strlen (name) > WN_SDP_MAX_NAME)
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "an attribute's name has no more than %d characters", WN_SDP_MAX_NAME);
  if (!wn_sdp_is_token (name, WN_SDP_MAX_NAME))
    return wn_sdp_refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "an attribute's name is a token");

  if (g_strv_contains (single_attributes, name)
      && !wn_sdp_check_first (lines, error, "%s", name))
    return FALSE;
  if (g_strv_contains (wn_sdp_directions, name)
      && !wn_sdp_check_first (lines, error, "direction"))
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (attribute_checks); i++) {
    if (g_str_equal (name, attribute_checks[i].name))
      return attribute_checks[i].check (lines, value, error);
  }
  return TRUE;
}
