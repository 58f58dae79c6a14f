/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sdpparse.h"

#include "payloads.h"
#include "sdpmedia.h"

#include <gio/gio.h>

#include <string.h>

/* Attributes that may stand only once in a section, or in the session part. */
static const gchar *const single_attributes[] = { "mid", "ice-ufrag", "ice-pwd",
  "setup", "sctp-port", "max-message-size", NULL };

static const gchar *const directions[] = { "sendrecv", "sendonly", "recvonly",
  "inactive", NULL };

/* Where a line is, for messages. */
typedef struct
{
  GstSDPMessage *sdp;
  guint number;
  const gchar *text;

  /* Of the section that the line is in: */
  guint n_attributes;
  GHashTable *seen; /* what may be there only once */
  gboolean is_media;

  guint n_sections;
  guint n_candidates;
} Lines;

G_DEFINE_QUARK (wn_sdp_error, wn_sdp_error);

/* Texts of the peer are shown, but not at any length, nor raw. */
#define MAX_SHOWN 48

static gchar *
show (const gchar *text)
{
  g_autofree gchar *head = g_strndup (text, MAX_SHOWN);
  g_autofree gchar *escaped = g_strescape (head, NULL);

  return g_strconcat (escaped,
      strnlen (text, MAX_SHOWN + 1) > MAX_SHOWN ? "..." : "", NULL);
}

G_GNUC_PRINTF (4, 5)
static gboolean
refuse_line (const Lines *lines, GError **error, WnSdpError code,
    const gchar *format, ...)
{
  g_autofree gchar *rule = NULL;
  va_list args;

  va_start (args, format);
  rule = g_strdup_vprintf (format, args);
  va_end (args);

  if (lines->text) {
    g_autofree gchar *shown = show (lines->text);

    g_set_error (error, WN_SDP_ERROR, code, "line %u (%s): %s", lines->number,
        shown, rule);
  } else {
    g_set_error_literal (error, WN_SDP_ERROR, code, rule);
  }
  return FALSE;
}

/* The vocabulary of RFC 8866 and RFC 8839. */

static gboolean
is_made_of (const gchar *text, gsize length, gsize min, gsize max,
    const gchar *others)
{
  if (length < min || length > max)
    return FALSE;
  for (gsize i = 0; i < length; i++) {
    if (!g_ascii_isalnum (text[i]) && !strchr (others, text[i]))
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_token (const gchar *text, gsize max)
{
  return is_made_of (text, strlen (text), 1, max, "!#$%&'*+-.^_`{|}~");
}

static gboolean
is_ice_text (const gchar *text, gsize min, gsize max)
{
  return is_made_of (text, strlen (text), min, max, "+/");
}

/* No sign, no space, nothing after it. */
static gboolean
is_number (const gchar *text, guint64 min, guint64 max)
{
  return g_ascii_isdigit (*text)
      && g_ascii_string_to_unsigned (text, 10, min, max, NULL, NULL);
}

/* A number at the beginning of @text that @end ends; -1 if there is none. */
static gint64
leading_number (const gchar *text, gchar end, guint64 max, const gchar **rest)
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
  return is_ice_text (ufrag, 4, 256);
}

/**
 * wn_sdp_mid_is_valid:
 *
 * Returns: whether @mid can be a section's name, RFC 5888, 4
 */
gboolean
wn_sdp_mid_is_valid (const gchar *mid)
{
  return is_token (mid, WN_SDP_MAX_MID);
}

/* Candidates. */

static gboolean
refuse_candidate (GError **error, WnSdpError code, const gchar *candidate,
    const gchar *rule)
{
  g_autofree gchar *shown = show (candidate);

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
    return is_made_of (text, length, strlen ("x.local"), 255, "-.");
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
    if (g_str_equal (name, "rport") && !is_number (value, 0, G_MAXUINT16))
      return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
          "rport is a port");
    if (g_str_equal (name, "raddr")
        && !is_made_of (value, strlen (value), 1, 255, "-.:"))
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
  if (!is_ice_text (tokens[0], 1, 32))
    return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
        "the foundation is 1 to 32 ice-chars");
  if (!is_number (tokens[1], 1, 256))
    return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
        "the component is 1 to 256");
  if (g_ascii_strcasecmp (tokens[2], "udp") != 0
      && g_ascii_strcasecmp (tokens[2], "tcp") != 0)
    return refuse_candidate (error, WN_SDP_ERROR_UNSUPPORTED, candidate,
        "the transport is udp or tcp");
  if (!is_number (tokens[3], 0, G_MAXUINT32))
    return refuse_candidate (error, WN_SDP_ERROR_SYNTAX, candidate,
        "the priority is a number of 32 bits");
  if (!is_address (tokens[4]))
    return refuse_candidate (error, WN_SDP_ERROR_UNSUPPORTED, candidate,
        "the address is an IP address or a name in .local");
  if (!is_number (tokens[5], 0, G_MAXUINT16))
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

/* Attributes, one function for each that something below reads. */

typedef gboolean (*CheckAttribute) (Lines *lines, const gchar *value,
    GError **error);

/* The rule "only one" for what @format names. */
G_GNUC_PRINTF (3, 4)
static gboolean
check_first (Lines *lines, GError **error, const gchar *format, ...)
{
  gchar *what;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);

  if (g_hash_table_contains (lines->seen, what)) {
    refuse_line (lines, error, WN_SDP_ERROR_SYNTAX, "a second %s", what);
    g_free (what);
    return FALSE;
  }
  g_hash_table_add (lines->seen, what);
  return TRUE;
}

static gboolean
check_mid (Lines *lines, const gchar *value, GError **error)
{
  if (strlen (value) > WN_SDP_MAX_MID)
    return refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "a mid has no more than %d characters", WN_SDP_MAX_MID);
  if (!wn_sdp_mid_is_valid (value))
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX, "a mid is a token");
  return TRUE;
}

static gboolean
check_ufrag (Lines *lines, const gchar *value, GError **error)
{
  return wn_sdp_ufrag_is_valid (value)
      || refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "ice-ufrag is 4 to 256 ice-chars");
}

static gboolean
check_pwd (Lines *lines, const gchar *value, GError **error)
{
  return is_ice_text (value, 22, 256)
      || refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "ice-pwd is 22 to 256 ice-chars");
}

static gboolean
check_fingerprint (Lines *lines, const gchar *value, GError **error)
{
  static const struct
  {
    const gchar *name;
    gsize size;
  } hashes[] = {
    { "sha-1", 20 },
    { "sha-224", 28 },
    { "sha-256", 32 },
    { "sha-384", 48 },
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
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "a %s fingerprint has %" G_GSIZE_FORMAT " bytes, as XX:XX",
        hashes[i].name, hashes[i].size);
  }
  return refuse_line (lines, error, WN_SDP_ERROR_UNSUPPORTED,
      "the hash of a fingerprint is one of sha-1 to sha-512");
}

static gboolean
check_setup (Lines *lines, const gchar *value, GError **error)
{
  if (g_str_equal (value, "actpass") || g_str_equal (value, "active")
      || g_str_equal (value, "passive"))
    return TRUE;
  return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
      "setup is actpass, active or passive");
}

static gboolean
check_sctp_port (Lines *lines, const gchar *value, GError **error)
{
  return is_number (value, 1, G_MAXUINT16)
      || refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "sctp-port is 1 to 65535");
}

static gboolean
check_max_message_size (Lines *lines, const gchar *value, GError **error)
{
  return is_number (value, 0, G_MAXUINT64)
      || refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "max-message-size is a number");
}

static gboolean
check_rtpmap (Lines *lines, const gchar *value, GError **error)
{
  const gchar *name = NULL, *rate, *channels;
  gint64 pt = leading_number (value, ' ', 127, &name);
  g_autofree gchar *encoding = NULL;

  if (pt < 0)
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "rtpmap begins with a payload type, 0 to 127");
  if (!(rate = strchr (name, '/'))
      || !is_token (encoding = g_strndup (name, rate - name), WN_SDP_MAX_NAME))
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "rtpmap has an encoding name and a clock rate");
  rate++;
  /* Times are divided by the clock rate. */
  if ((channels = strchr (rate, '/'))) {
    const gchar *ignored;

    if (leading_number (rate, '/', 10000000, &ignored) < 1
        || !is_number (channels + 1, 1, 255))
      return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "the clock rate is 1 to 10000000, the channels 1 to 255");
  } else if (!is_number (rate, 1, 10000000)) {
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "the clock rate is 1 to 10000000");
  }
  return check_first (lines, error, "rtpmap of payload type %d", (gint) pt);
}

/* Parameters become fields of caps, next to others of fixed names. */
static gboolean
check_fmtp (Lines *lines, const gchar *value, GError **error)
{
  static const gchar *const reserved[] = { "a-", "extmap-", "rid-", "rtcp-fb-",
    "srtcp-", "srtp-", "ssrc", NULL };
  const gchar *parameters = NULL;
  gint64 pt = leading_number (value, ' ', 127, &parameters);
  g_auto (GStrv) pairs = NULL;

  if (pt < 0)
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "fmtp begins with a payload type, 0 to 127");
  pairs = g_strsplit (parameters, ";", -1);
  if (g_strv_length (pairs) > 64)
    return refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "fmtp has no more than 64 parameters");

  for (gchar **pair = pairs; *pair; pair++) {
    gchar *name = g_strstrip (*pair);

    name[strcspn (name, "=")] = '\0';
    g_strchomp (name);
    if (strlen (name) > WN_SDP_MAX_NAME)
      return refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
          "a parameter's name has no more than %d characters", WN_SDP_MAX_NAME);
    for (guint i = 0; reserved[i]; i++) {
      if (g_ascii_strncasecmp (name, reserved[i], strlen (reserved[i])) == 0)
        return refuse_line (lines, error, WN_SDP_ERROR_UNSUPPORTED,
            "a parameter named %s… would pass for something else", reserved[i]);
    }
  }
  return TRUE;
}

static gboolean
check_rtcp_fb (Lines *lines, const gchar *value, GError **error)
{
  const gchar *rest = NULL;

  if (g_str_has_prefix (value, "* "))
    rest = value + 2;
  else if (leading_number (value, ' ', 127, &rest) < 0)
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "rtcp-fb begins with * or a payload type, 0 to 127");
  if (strlen (rest) > WN_SDP_MAX_NAME)
    return refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "feedback has no more than %d characters", WN_SDP_MAX_NAME);
  return TRUE;
}

static gboolean
check_extmap (Lines *lines, const gchar *value, GError **error)
{
  const gchar *rest = NULL;
  gint64 id = leading_number (value, ' ', 255, &rest);

  if (id < 0 && (id = leading_number (value, '/', 255, &rest)) >= 0) {
    if (!(rest = strchr (rest, ' ')))
      id = -1;
    else
      rest++;
  }
  if (id < 1 || !*rest || *rest == ' ')
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "extmap has an id, 1 to 255, and a URI");
  return check_first (lines, error, "extmap of id %d", (gint) id);
}

/* Source 0 is a programming error to webrtcbin. */
static gboolean
check_ssrc (Lines *lines, const gchar *value, GError **error)
{
  const gchar *rest = NULL;

  if (leading_number (value, ' ', G_MAXUINT32, &rest) < 1)
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "ssrc begins with a number, 1 to 4294967295");
  if (strcspn (rest, ":") > WN_SDP_MAX_NAME)
    return refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "a source's attribute has no more than %d characters", WN_SDP_MAX_NAME);
  return TRUE;
}

static gboolean
check_candidate_attribute (Lines *lines, const gchar *value, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (!lines->is_media)
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "a candidate belongs to a section");
  if (++lines->n_candidates > WN_SDP_MAX_CANDIDATES)
    return refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "no more than %d candidates", WN_SDP_MAX_CANDIDATES);
  if (wn_sdp_check_candidate (value, &reason))
    return TRUE;
  return refuse_line (lines, error, reason->code, "%s", reason->message);
}

static gboolean
check_group (Lines *lines, const gchar *value, GError **error)
{
  g_auto (GStrv) words = g_strsplit (value, " ", -1);

  if (lines->is_media)
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "a group belongs to the session");
  if (!words[0] || !g_str_equal (words[0], "BUNDLE"))
    return TRUE;
  for (guint i = 1; words[i]; i++) {
    if (!wn_sdp_mid_is_valid (words[i]))
      return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "BUNDLE is followed by mids, one space between them");
    if (!check_first (lines, error, "mid %s in BUNDLE", words[i]))
      return FALSE;
  }
  return check_first (lines, error, "BUNDLE group");
}

/* MIKEY is a binary format of its own, and WebRTC does without it. */
static gboolean
check_key_mgmt (Lines *lines, G_GNUC_UNUSED const gchar *value, GError **error)
{
  return refuse_line (lines, error, WN_SDP_ERROR_UNSUPPORTED,
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

static gboolean
check_attribute (Lines *lines, const gchar *text, GError **error)
{
  const gchar *colon = strchr (text, ':');
  g_autofree gchar *name = NULL;
  const gchar *value = colon ? colon + 1 : "";

  if (++lines->n_attributes > WN_SDP_MAX_ATTRIBUTES)
    return refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "no more than %d attributes in a section", WN_SDP_MAX_ATTRIBUTES);

  name = colon ? g_strndup (text, colon - text) : g_strdup (text);
  if (strlen (name) > WN_SDP_MAX_NAME)
    return refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "an attribute's name has no more than %d characters", WN_SDP_MAX_NAME);
  if (!is_token (name, WN_SDP_MAX_NAME))
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "an attribute's name is a token");

  if (g_strv_contains (single_attributes, name)
      && !check_first (lines, error, "%s", name))
    return FALSE;
  if (g_strv_contains (directions, name)
      && !check_first (lines, error, "direction"))
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (attribute_checks); i++) {
    if (g_str_equal (name, attribute_checks[i].name))
      return attribute_checks[i].check (lines, value, error);
  }
  return TRUE;
}

/* Lines. */

static gboolean
check_origin (Lines *lines, const gchar *text, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  if (g_strv_length (words) != 6 || !*words[0] || !*words[5]
      || strlen (words[0]) > 255 || strlen (words[5]) > 255)
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "o= has a user, an id, a version, IN, IP4 or IP6, and an address");
  if (!is_number (words[1], 0, G_MAXUINT64)
      || !is_number (words[2], 0, G_MAXUINT64))
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "the id and the version of o= are numbers of 64 bits");
  if (!g_str_equal (words[3], "IN")
      || (!g_str_equal (words[4], "IP4") && !g_str_equal (words[4], "IP6")))
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "the address of o= is of IN IP4 or IN IP6");
  return TRUE;
}

static gboolean
check_connection (Lines *lines, const gchar *text, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  if (g_strv_length (words) != 3 || !g_str_equal (words[0], "IN")
      || (!g_str_equal (words[1], "IP4") && !g_str_equal (words[1], "IP6"))
      || !*words[2] || strlen (words[2]) > 255)
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "c= has IN, IP4 or IP6, and an address");
  return check_first (lines, error, "c= line");
}

static gboolean
check_bandwidth (Lines *lines, const gchar *text, GError **error)
{
  const gchar *colon = strchr (text, ':');

  if (!colon || colon == text || !is_number (colon + 1, 0, G_MAXINT32))
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "b= has a type and a number");
  return TRUE;
}

static gboolean
check_media (Lines *lines, const gchar *text, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  guint n = g_strv_length (words);
  gboolean is_rtp;

  if (++lines->n_sections > WN_SDP_MAX_SECTIONS)
    return refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "no more than %d sections", WN_SDP_MAX_SECTIONS);
  lines->is_media = TRUE;
  lines->n_attributes = 0;
  g_hash_table_remove_all (lines->seen);

  if (n < 4)
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "m= has a kind, a port, a protocol and formats");
  if (n - 3 > WN_SDP_MAX_FORMATS)
    return refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "no more than %d formats in a section", WN_SDP_MAX_FORMATS);
  if (!is_token (words[0], WN_SDP_MAX_NAME)
      || !is_made_of (words[2], strlen (words[2]), 1, WN_SDP_MAX_NAME, "/-"))
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "the kind and the protocol of m= are tokens");
  if (!is_number (words[1], 0, G_MAXUINT16))
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "the port of m= is one, 0 to 65535");

  is_rtp = strstr (words[2], "RTP/") != NULL;
  for (guint i = 3; i < n; i++) {
    if (is_rtp && !is_number (words[i], 0, 127))
      return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "a payload type is 0 to 127");
    if (!is_token (words[i], WN_SDP_MAX_NAME))
      return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "the formats of m= are tokens, one space between them");
    if (!check_first (lines, error, "format %s", words[i]))
      return FALSE;
  }
  return TRUE;
}

/* @text: after the =  */
static gboolean
check_line (Lines *lines, gchar type, const gchar *text, GError **error)
{
  static const gchar beginning[] = { 'v', 'o', 's' };

  if (lines->number <= G_N_ELEMENTS (beginning)) {
    if (type != beginning[lines->number - 1])
      return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "a description begins with v=, o= and s=");
  } else if (memchr (beginning, type, G_N_ELEMENTS (beginning))) {
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "a second %c=", type);
  }

  switch (type) {
    case 'v':
      return g_str_equal (text, "0")
          || refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
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
      return check_attribute (lines, text, error);
    case 'k':
      return refuse_line (lines, error, WN_SDP_ERROR_UNSUPPORTED,
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
          || refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
              "%c= belongs to the session", type);
    default:
      return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "there are no %c= lines", type);
  }
}

static gboolean
check_text (Lines *lines, const gchar *text, GError **error)
{
  if (!*text)
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX, "it is empty");
  if (strnlen (text, WN_SDP_MAX_SIZE + 1) > WN_SDP_MAX_SIZE)
    return refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
        "a description has no more than %d bytes", WN_SDP_MAX_SIZE);
  if (!g_utf8_validate (text, -1, NULL))
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX, "it is not UTF-8");
  return TRUE;
}

static gboolean
check_lines (Lines *lines, gchar **all, GError **error)
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
      return refuse_line (lines, error, WN_SDP_ERROR_LIMIT,
          "a line has no more than %d bytes", WN_SDP_MAX_LINE);
    for (const gchar *p = *line; *p; p++) {
      if (g_ascii_iscntrl (*p) && *p != '\t')
        return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
            "there is a control character");
    }
    if (length < 2 || !g_ascii_islower ((*line)[0]) || (*line)[1] != '=')
      return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
          "a line is a letter, = and a value");
    if (!check_line (lines, (*line)[0], *line + 2, error))
      return FALSE;
  }
  lines->text = NULL;
  if (lines->number < 3)
    return refuse_line (lines, error, WN_SDP_ERROR_SYNTAX,
        "a description begins with v=, o= and s=");
  return TRUE;
}

static gboolean
has_direction (const GstSDPMedia *media)
{
  for (guint i = 0; directions[i]; i++) {
    if (gst_sdp_media_get_attribute_val (media, directions[i]))
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

  for (guint i = 0; directions[i] && !name; i++) {
    if (gst_sdp_message_get_attribute_val (sdp, directions[i]))
      name = directions[i];
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
  Lines lines = { .seen = seen };
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
    refuse_line (&lines, error, WN_SDP_ERROR_SYNTAX, "it cannot be parsed");
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
 * Returns: (transfer full): the ICE username fragments, each once
 */
GStrv
wn_sdp_get_ufrags (const GstSDPMessage *sdp)
{
  GPtrArray *ufrags = g_ptr_array_new ();

  add_ufrag (ufrags, gst_sdp_message_get_attribute_val (sdp, "ice-ufrag"));
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++)
    add_ufrag (ufrags,
        gst_sdp_media_get_attribute_val (gst_sdp_message_get_media (sdp, i),
            "ice-ufrag"));

  g_ptr_array_add (ufrags, NULL);
  return (GStrv) g_ptr_array_free (ufrags, FALSE);
}
