/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sdpguard-private.h"

static const gchar *
attribute (const GstSDPMedia *media, const gchar *name)
{
  return gst_sdp_media_get_attribute_val (media, name);
}

void
wn_sdp_view_clear (WnSdpView *self)
{
  g_strfreev (self->bundle);
  g_free (self->sections);
}

/* @sdp: (nullable): then it has no sections */
void
wn_sdp_view_init (WnSdpView *self, const GstSDPMessage *sdp, gboolean is_offer)
{
  memset (self, 0, sizeof (*self));
  self->sdp = sdp;
  self->is_offer = is_offer;
  if (!sdp)
    return;

  self->bundle = wn_sdp_get_bundle (sdp);
  self->n_sections = gst_sdp_message_medias_len (sdp);
  self->sections = g_new0 (WnSdpViewSection, self->n_sections);

  for (guint i = 0; i < self->n_sections; i++) {
    WnSdpViewSection *section = &self->sections[i];
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    section->media = media;
    section->kind = gst_sdp_media_get_media (media);
    section->mid = attribute (media, "mid");
    section->is_bundled = self->bundle && section->mid
        && g_strv_contains ((const gchar *const *) self->bundle, section->mid);
    section->is_tag =
        section->is_bundled && g_str_equal (self->bundle[0], section->mid);
    section->is_rejected = gst_sdp_media_get_port (media) == 0
        && !wn_sdp_media_is_bundle_only (media, is_offer, self->bundle);
  }
}

const WnSdpViewSection *
wn_sdp_view_find (const WnSdpView *self, const gchar *mid)
{
  for (guint i = 0; mid && i < self->n_sections; i++) {
    if (g_strcmp0 (self->sections[i].mid, mid) == 0)
      return &self->sections[i];
  }
  return NULL;
}

/* The rule is broken by the section @index, in a line that the rule names. */
gboolean
wn_sdp_view_refuse (const WnSdpView *self, guint index, GError **error,
    WnSdpError code, const gchar *format, ...)
{
  const WnSdpViewSection *section = &self->sections[index];
  g_autofree gchar *rule = NULL;
  va_list args;

  va_start (args, format);
  rule = g_strdup_vprintf (format, args);
  va_end (args);

  g_set_error (error, WN_SDP_ERROR, code,
      "section %u (m=%.16s, mid \"" WN_SDP_SHOWN "\"): %s", index,
      section->kind ? section->kind : "", section->mid ? section->mid : "",
      rule);
  return FALSE;
}

/* The rules for one description by itself. */

static gboolean
check_mids (const WnSdpView *description, gboolean is_offer, GError **error)
{
  g_autoptr (GHashTable) mids = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < description->n_sections; i++) {
    const WnSdpViewSection *section = &description->sections[i];

    /* An answer may say nothing at all of a section that it rejects. */
    if (!section->mid) {
      if (section->is_rejected && !is_offer)
        continue;
      return wn_sdp_view_refuse (description, i, error, WN_SDP_ERROR_SYNTAX,
          "a=mid is needed");
    }
    if (!g_hash_table_add (mids, (gpointer) section->mid))
      return wn_sdp_view_refuse (description, i, error, WN_SDP_ERROR_SYNTAX,
          "an earlier section has the same a=mid");
  }
  return TRUE;
}

/* webrtcbin makes the section that is first in BUNDLE the transport of all. */
static gboolean
check_bundle (const WnSdpView *description, GError **error)
{
  const WnSdpViewSection *tag;

  if (!description->bundle)
    return TRUE;

  for (GStrv mid = description->bundle; *mid; mid++) {
    if (!wn_sdp_view_find (description, *mid)) {
      g_set_error (error, WN_SDP_ERROR, WN_SDP_ERROR_SYNTAX,
          "a=group:BUNDLE names \"" WN_SDP_SHOWN
          "\", which is no section's mid",
          *mid);
      return FALSE;
    }
  }
  tag = wn_sdp_view_find (description, description->bundle[0]);
  if (tag && tag->is_rejected) {
    g_set_error (error, WN_SDP_ERROR, WN_SDP_ERROR_SYNTAX,
        "a=group:BUNDLE begins with \"" WN_SDP_SHOWN
        "\", which has no transport: "
        "its port is 0",
        tag->mid);
    return FALSE;
  }
  for (guint i = 0; i < description->n_sections; i++) {
    const WnSdpViewSection *section = &description->sections[i];

    if (!section->is_rejected && !section->is_bundled)
      return wn_sdp_view_refuse (description, i, error,
          WN_SDP_ERROR_UNSUPPORTED,
          "it is not in a=group:BUNDLE, though others are");
  }
  return TRUE;
}

/* Credentials from the section, or from the session; not half from each. */
static gboolean
check_credentials (const WnSdpView *description, guint index,
    gboolean is_needed, GError **error)
{
  const WnSdpViewSection *section = &description->sections[index];
  gboolean ufrag = attribute (section->media, "ice-ufrag") != NULL;
  gboolean pwd = attribute (section->media, "ice-pwd") != NULL;

  if (!ufrag && !pwd && is_needed) {
    ufrag = gst_sdp_message_get_attribute_val (description->sdp, "ice-ufrag")
        != NULL;
    pwd =
        gst_sdp_message_get_attribute_val (description->sdp, "ice-pwd") != NULL;
    if (!ufrag && !pwd)
      return wn_sdp_view_refuse (description, index, error, WN_SDP_ERROR_SYNTAX,
          "a=ice-ufrag and a=ice-pwd are needed");
  }
  if (ufrag != pwd)
    return wn_sdp_view_refuse (description, index, error, WN_SDP_ERROR_SYNTAX,
        "a=ice-ufrag and a=ice-pwd go together");
  return TRUE;
}

static gboolean
check_transport (const WnSdpView *description, guint index, GError **error)
{
  const WnSdpViewSection *section = &description->sections[index];
  /* All others have the transport of the first. */
  gboolean is_needed = !section->is_bundled || section->is_tag;
  const gchar *fingerprint, *setup;

  if (!check_credentials (description, index, is_needed, error))
    return FALSE;

  if (is_needed && !attribute (section->media, "fingerprint")
      && !gst_sdp_message_get_attribute_val (description->sdp, "fingerprint"))
    return wn_sdp_view_refuse (description, index, error, WN_SDP_ERROR_SYNTAX,
        "a=fingerprint is needed");

  /* webrtcbin has one certificate of the peer's for all. */
  fingerprint = attribute (section->media, "fingerprint");
  for (guint i = 0; fingerprint && i < index; i++) {
    const WnSdpViewSection *other = &description->sections[i];
    const gchar *others = attribute (other->media, "fingerprint");

    if (!other->is_rejected && others
        && g_ascii_strcasecmp (fingerprint, others) != 0)
      return wn_sdp_view_refuse (description, index, error,
          WN_SDP_ERROR_UNSUPPORTED, "a=fingerprint is not that of section %u",
          i);
  }

  setup = attribute (section->media, "setup");
  if (!setup)
    setup = gst_sdp_message_get_attribute_val (description->sdp, "setup");
  if (!setup && is_needed)
    return wn_sdp_view_refuse (description, index, error, WN_SDP_ERROR_SYNTAX,
        "a=setup is needed");
  /* webrtcbin finds that out when it has half applied the answer. */
  if (setup && !description->is_offer && g_str_equal (setup, "actpass"))
    return wn_sdp_view_refuse (description, index, error, WN_SDP_ERROR_SYNTAX,
        "a=setup of an answer is active or passive");
  return TRUE;
}

static gboolean
check_channels (const WnSdpView *description, guint index, GError **error)
{
  const GstSDPMedia *media = description->sections[index].media;

  if (!g_str_has_suffix (gst_sdp_media_get_proto (media), "DTLS/SCTP")
      || gst_sdp_media_formats_len (media) != 1
      || !g_str_equal (gst_sdp_media_get_format (media, 0),
          "webrtc-datachannel"))
    return wn_sdp_view_refuse (description, index, error,
        WN_SDP_ERROR_UNSUPPORTED,
        "data channels are UDP/DTLS/SCTP webrtc-datachannel");
  if (!attribute (media, "sctp-port"))
    return wn_sdp_view_refuse (description, index, error, WN_SDP_ERROR_SYNTAX,
        "a=sctp-port is needed");
  /* webrtcbin takes the section that a source is declared in for a stream. */
  if (attribute (media, "ssrc"))
    return wn_sdp_view_refuse (description, index, error, WN_SDP_ERROR_SYNTAX,
        "a=ssrc has no place among data channels");

  for (guint i = 0; i < index; i++) {
    if (!description->sections[i].is_rejected
        && g_strcmp0 (description->sections[i].kind, "application") == 0)
      return wn_sdp_view_refuse (description, index, error,
          WN_SDP_ERROR_UNSUPPORTED, "there is another m=application");
  }
  return TRUE;
}

/* Whether the attribute @name, of all in @media or in the session of @sdp, has
 * another value than @value somewhere. */
static gboolean
is_contradicted (const GstSDPMessage *sdp, const GstSDPMedia *media,
    const gchar *name, const gchar *value)
{
  const gchar *other;

  for (guint i = 0;
       (other = gst_sdp_media_get_attribute_val_n (media, name, i)); i++) {
    if (!g_str_equal (other, value))
      return TRUE;
  }
  for (guint i = 0;
       (other = gst_sdp_message_get_attribute_val_n (sdp, name, i)); i++) {
    if (!g_str_equal (other, value))
      return TRUE;
  }
  return FALSE;
}

/* webrtcbin merges, into the caps of a format, its parameters and the attributes
 * of the section and of the session.  Where they contradict each other nothing
 * is left, and it uses what is not there.  Attributes that begin with x- keep
 * their names in that; the others' prefixes are refused as parameters' names
 * already. */
static gboolean
check_parameters (const WnSdpView *description, guint index, GError **error)
{
  const GstSDPMedia *media = description->sections[index].media;
  const gchar *fmtp;

  for (guint i = 0;
       (fmtp = gst_sdp_media_get_attribute_val_n (media, "fmtp", i)); i++) {
    g_auto (GStrv) pairs = g_strsplit (fmtp + strcspn (fmtp, " "), ";", -1);

    for (GStrv pair = pairs; *pair; pair++) {
      gchar *equals = strchr (*pair, '=');
      const gchar *value = equals ? g_strstrip (equals + 1) : "1";
      g_autofree gchar *name = NULL;

      if (equals)
        *equals = '\0';
      name = g_ascii_strdown (g_strstrip (*pair), -1);
      if (g_str_has_prefix (name, "x-")
          && is_contradicted (description->sdp, media, name, value))
        return wn_sdp_view_refuse (description, index, error,
            WN_SDP_ERROR_UNSUPPORTED,
            "a=fmtp contradicts the attribute " WN_SDP_SHOWN, name);
    }
  }
  return TRUE;
}

/* Returns: whether @rtpmap is of what only helps to carry another encoding */
static gboolean
is_auxiliary (const gchar *rtpmap)
{
  static const gchar *const names[] = { "rtx/", "red/", "ulpfec/" };
  const gchar *encoding = rtpmap + strcspn (rtpmap, " ");

  encoding += strspn (encoding, " ");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (g_ascii_strncasecmp (encoding, names[i], strlen (names[i])) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
check_streams (const WnSdpView *description, guint index, GError **error)
{
  const WnSdpViewSection *section = &description->sections[index];
  const GstSDPMedia *media = section->media;
  gboolean has_media = FALSE;

  if (!strstr (gst_sdp_media_get_proto (media), "RTP/SAVPF"))
    return wn_sdp_view_refuse (description, index, error,
        WN_SDP_ERROR_UNSUPPORTED, "streams are UDP/TLS/RTP/SAVPF");

  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    const gchar *format = gst_sdp_media_get_format (media, i);
    g_autofree gchar *prefix = g_strdup_printf ("%s ", format);
    const gchar *rtpmap = NULL;

    for (guint j = 0;
         (rtpmap = gst_sdp_media_get_attribute_val_n (media, "rtpmap", j));
         j++) {
      if (g_str_has_prefix (rtpmap, prefix))
        break;
    }
    /* Even for those that have one by RFC 3551: RFC 9429, 5.2.1, and webrtcbin
     * 1.28 is lost without. */
    if (!rtpmap)
      return wn_sdp_view_refuse (description, index, error, WN_SDP_ERROR_SYNTAX,
          "a=rtpmap of payload type %s is needed", format);
    has_media |= !is_auxiliary (rtpmap);
  }
  /* webrtcbin 1.28 answers without an m= line, and aborts at its next offer. */
  if (!has_media)
    return wn_sdp_view_refuse (description, index, error,
        WN_SDP_ERROR_UNSUPPORTED,
        "there is no encoding but rtx, red and ulpfec");

  if ((!section->is_bundled || section->is_tag)
      && !attribute (media, "rtcp-mux"))
    return wn_sdp_view_refuse (description, index, error,
        WN_SDP_ERROR_UNSUPPORTED, "a=rtcp-mux is needed");
  return check_parameters (description, index, error);
}

/* A source that is declared twice belongs to whichever section comes first. */
static gboolean
check_sources (const WnSdpView *description, GError **error)
{
  g_autoptr (GHashTable) sources = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < description->n_sections; i++) {
    const WnSdpViewSection *section = &description->sections[i];
    const gchar *ssrc;

    if (section->is_rejected)
      continue;
    for (guint j = 0;
         (ssrc = gst_sdp_media_get_attribute_val_n (section->media, "ssrc", j));
         j++) {
      gpointer key = GSIZE_TO_POINTER (g_ascii_strtoull (ssrc, NULL, 10));
      gpointer owner = g_hash_table_lookup (sources, key);

      if (owner && owner != section)
        return wn_sdp_view_refuse (description, i, error, WN_SDP_ERROR_SYNTAX,
            "a=ssrc:%" G_GSIZE_FORMAT " is an earlier section's",
            GPOINTER_TO_SIZE (key));
      g_hash_table_insert (sources, key, (gpointer) section);
    }
  }
  return TRUE;
}

static gboolean
check_view (const WnSdpView *description, gboolean is_offer, GError **error)
{
  if (description->n_sections > WN_SDP_MAX_SECTIONS) {
    g_set_error (error, WN_SDP_ERROR, WN_SDP_ERROR_LIMIT,
        "no more than %d sections", WN_SDP_MAX_SECTIONS);
    return FALSE;
  }
  if (!check_mids (description, is_offer, error)
      || !check_bundle (description, error))
    return FALSE;

  for (guint i = 0; i < description->n_sections; i++) {
    const WnSdpViewSection *section = &description->sections[i];

    if (section->is_rejected)
      continue;
    if (!check_transport (description, i, error))
      return FALSE;
    if (g_strcmp0 (section->kind, "application") == 0) {
      if (!check_channels (description, i, error))
        return FALSE;
    } else if (g_strcmp0 (section->kind, "audio") == 0
        || g_strcmp0 (section->kind, "video") == 0) {
      if (!check_streams (description, i, error))
        return FALSE;
    } else {
      return wn_sdp_view_refuse (description, i, error,
          WN_SDP_ERROR_UNSUPPORTED, "a section is audio, video or application");
    }
  }
  return check_sources (description, error);
}

/**
 * wn_sdp_guard_description:
 * @sdp: from wn_sdp_parse()
 *
 * Returns: whether @sdp is right by itself; if not, @error of #WN_SDP_ERROR says why
 */
gboolean
wn_sdp_guard_description (const GstSDPMessage *sdp, gboolean is_offer,
    GError **error)
{
  g_auto (WnSdpView) view;

  wn_sdp_view_init (&view, sdp, is_offer);
  return check_view (&view, is_offer, error);
}

/**
 * wn_sdp_guard_candidate:
 * @candidate: "candidate:…", with "a=" or without; "" for end-of-candidates
 * @mid: (nullable): the section's name; goes before @mline
 * @mline: the section's index, or -1
 * @remote: (nullable): the description that the candidate is for, if it is known
 */
gboolean
wn_sdp_guard_candidate (const gchar *candidate, const gchar *mid, gint mline,
    const GstSDPMessage *remote, GError **error)
{
  g_auto (WnSdpView) description;

  wn_sdp_view_init (&description, remote, TRUE);

  if (mid && !wn_sdp_mid_is_valid (mid)) {
    g_set_error (error, WN_SDP_ERROR, WN_SDP_ERROR_SYNTAX,
        "sdpMid is a token of no more than %d characters", WN_SDP_MAX_MID);
    return FALSE;
  }
  if (mline < -1 || mline >= WN_SDP_MAX_SECTIONS) {
    g_set_error (error, WN_SDP_ERROR, WN_SDP_ERROR_LIMIT,
        "sdpMLineIndex is less than %d", WN_SDP_MAX_SECTIONS);
    return FALSE;
  }
  if (remote
      && (mid ? !wn_sdp_view_find (&description, mid)
              : mline >= (gint) description.n_sections)) {
    g_set_error (error, WN_SDP_ERROR, WN_SDP_ERROR_SYNTAX,
        "the candidate is for section %d, mid \"" WN_SDP_SHOWN
        "\", which is not "
        "there",
        mline, mid ? mid : "");
    return FALSE;
  }
  if (!*candidate)
    return TRUE;

  if (!mid && mline < 0) {
    g_set_error_literal (error, WN_SDP_ERROR, WN_SDP_ERROR_SYNTAX,
        "a candidate has sdpMid or sdpMLineIndex");
    return FALSE;
  }
  if (g_str_has_prefix (candidate, "a="))
    candidate += strlen ("a=");
  if (!g_str_has_prefix (candidate, "candidate:")) {
    g_set_error_literal (error, WN_SDP_ERROR, WN_SDP_ERROR_SYNTAX,
        "a candidate begins with candidate:");
    return FALSE;
  }
  return wn_sdp_check_candidate (candidate + strlen ("candidate:"), error);
}
