/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sections.h"

#include "rtpformat.h"

#include <stdlib.h>

/* https://www.rfc-editor.org/rfc/rfc3551#section-6, and what rtcp-mux leaves of the
 * unassigned ones (RFC 5761, section 4). */
#define FIRST_DYNAMIC 96
#define LAST_DYNAMIC 127
#define FIRST_SPARE 35
#define LAST_SPARE 63

static void
stream_free (WnStream *stream)
{
  gst_clear_object (&stream->target);
  gst_clear_caps (&stream->format);
  gst_clear_caps (&stream->negotiated);
  gst_object_unref (stream->pad);
  g_free (stream);
}

static void
section_clear (WnMediaSection *section)
{
  g_free (section->mid);
}

void
wn_sections_init (WnSections *self)
{
  self->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) stream_free);
  self->sections = g_array_new (FALSE, TRUE, sizeof (WnMediaSection));
  g_array_set_clear_func (self->sections, (GDestroyNotify) section_clear);
  self->remote = NULL;
}

/* Forgets what was negotiated; the streams and their wishes stay. */
void
wn_sections_forget (WnSections *self)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);

    gst_clear_object (&stream->target);
    gst_clear_caps (&stream->format);
    stream->mline = -1;
  }
  g_array_set_size (self->sections, 0);
  g_clear_pointer (&self->remote, gst_sdp_message_free);
}

void
wn_sections_clear (WnSections *self)
{
  wn_sections_forget (self);
  g_clear_pointer (&self->streams, g_ptr_array_unref);
  g_clear_pointer (&self->sections, g_array_unref);
}

/*** Streams ***/

WnStream *
wn_sections_find_stream (WnSections *self, WnSinkPad *pad)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);

    if (stream->pad == pad)
      return stream;
  }
  return NULL;
}

void
wn_sections_add_stream (WnSections *self, WnSinkPad *pad)
{
  WnStream *stream = g_new0 (WnStream, 1);

  stream->pad = gst_object_ref (pad);
  stream->mline = -1;
  stream->wish = WN_DIRECTION_SENDRECV;
  g_ptr_array_add (self->streams, stream);
}

/* Its section stays, for another stream to use. */
void
wn_sections_remove_stream (WnSections *self, WnSinkPad *pad)
{
  WnStream *stream = wn_sections_find_stream (self, pad);

  if (stream)
    g_ptr_array_remove (self->streams, stream);
}

WnStream *
wn_sections_get_stream_at (WnSections *self, guint mline)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);

    if (stream->mline == (gint) mline)
      return stream;
  }
  return NULL;
}

/*** Sections ***/

guint
wn_sections_get_length (const WnSections *self)
{
  return self->sections->len;
}

const WnMediaSection *
wn_sections_get (const WnSections *self, guint mline)
{
  g_return_val_if_fail (mline < self->sections->len, NULL);
  return &g_array_index (self->sections, WnMediaSection, mline);
}

/* Returns: the index of the section, or -1 */
gint
wn_sections_find_mid (const WnSections *self, const gchar *mid)
{
  for (guint i = 0; i < self->sections->len; i++) {
    if (g_strcmp0 (wn_sections_get (self, i)->mid, mid) == 0)
      return i;
  }
  return -1;
}

gboolean
wn_sections_has_channel (const WnSections *self)
{
  for (guint i = 0; i < self->sections->len; i++) {
    const WnMediaSection *section = wn_sections_get (self, i);

    if (!section->is_rtp && !section->is_rejected)
      return TRUE;
  }
  return FALSE;
}

/**
 * wn_sections_get_wish:
 * @mline: of a section, or of one that is about to be
 *
 * Returns: the direction that we would like it to have.  Without a stream of ours
 *   that is to receive whatever comes.
 */
WnDirection
wn_sections_get_wish (WnSections *self, guint mline)
{
  WnStream *stream = wn_sections_get_stream_at (self, mline);

  return stream ? stream->wish : WN_DIRECTION_RECVONLY;
}

/* Returns: what is negotiated, as webrtc-pc's currentDirection */
WnDirection
wn_sections_get_current (const WnSections *self, guint mline)
{
  const WnMediaSection *section;

  if (mline >= self->sections->len)
    return WN_DIRECTION_INACTIVE;
  section = wn_sections_get (self, mline);
  if (section->is_rejected)
    return WN_DIRECTION_INACTIVE;
  return section->local & wn_direction_reverse (section->remote);
}

/**
 * wn_sections_update:
 * @local: our description, as it went over the wire
 * @remote: the remote one, as it came over the wire
 *
 * A negotiation has ended.
 */
void
wn_sections_update (WnSections *self, const GstSDPMessage *local,
    const GstSDPMessage *remote, gboolean local_is_offer)
{
  guint n = MIN (gst_sdp_message_medias_len (local),
      gst_sdp_message_medias_len (remote));

  g_array_set_size (self->sections, 0);
  for (guint i = 0; i < n; i++) {
    const GstSDPMedia *ours = gst_sdp_message_get_media (local, i);
    const GstSDPMedia *theirs = gst_sdp_message_get_media (remote, i);
    WnMediaSection section = {
      .mid = g_strdup (wn_sdp_media_get_mid (theirs)),
      .is_rtp = wn_sdp_media_is_rtp (theirs),
      .is_rejected =
          wn_sdp_media_is_rejected (ours) || wn_sdp_media_is_rejected (theirs),
      .local = wn_sdp_media_get_direction (ours),
      .remote = wn_sdp_media_get_direction (theirs),
      .local_is_offer = local_is_offer,
    };

    if (!section.mid)
      section.mid = g_strdup (wn_sdp_media_get_mid (ours));
    g_array_append_val (self->sections, section);
  }

  g_clear_pointer (&self->remote, gst_sdp_message_free);
  gst_sdp_message_copy (remote, &self->remote);
}

/**
 * wn_sections_lose_transport:
 * @offer: a remote offer, from the wire
 *
 * Returns: whether @offer rejects the section whose transport all others share.
 *   Chromium goes on with a transport that is new then, under the same credentials.
 */
gboolean
wn_sections_lose_transport (const WnSections *self, const GstSDPMessage *offer)
{
  for (guint i = 0;
       i < self->sections->len && i < gst_sdp_message_medias_len (offer); i++) {
    if (!wn_sections_get (self, i)->is_rejected)
      return wn_sdp_media_is_rejected (gst_sdp_message_get_media (offer, i));
  }
  return FALSE;
}

/*** Is negotiation needed? ***/

/* https://www.w3.org/TR/webrtc/#dfn-check-if-negotiation-is-needed, steps on a
 * transceiver that is associated */
static gboolean
section_needs_negotiation (WnSections *self, guint mline)
{
  const WnMediaSection *section = wn_sections_get (self, mline);
  WnDirection wish = wn_sections_get_wish (self, mline);
  WnDirection theirs = wn_direction_reverse (section->remote);

  if (!section->is_rtp || section->is_rejected)
    return FALSE;
  if (section->local_is_offer)
    return section->local != wish && (section->local & theirs) != wish;
  return section->local != (wish & theirs);
}

static gboolean
is_other_encoding (WnSinkPad *pad, GstCaps *former)
{
  g_autoptr (GstCaps) format = wn_sink_pad_get_final_format (pad);
  const GstStructure *now, *then;

  if (!format || !former)
    return FALSE;

  now = gst_caps_get_structure (format, 0);
  then = gst_caps_get_structure (former, 0);
  return g_strcmp0 (gst_structure_get_string (now, "encoding-name"),
             gst_structure_get_string (then, "encoding-name"))
      != 0
      || g_strcmp0 (gst_structure_get_string (now, "media"),
             gst_structure_get_string (then, "media"))
      != 0
      || wn_rtp_format_has_other_parameters (now, then);
}

/* Returns: whether another encoding comes than the one that is sent */
gboolean
wn_stream_has_changed (const WnStream *stream)
{
  return is_other_encoding (stream->pad, stream->format);
}

/* Returns: whether its caps are other than those that the remote peer was asked
 * about, which it may have declined */
gboolean
wn_stream_has_news (const WnStream *stream)
{
  /* Who waited has to look again. */
  if (stream->mline < 0 && stream->wait_until > 0)
    return TRUE;
  return !stream->negotiated
      || is_other_encoding (stream->pad, stream->negotiated);
}

/**
 * wn_sections_need_negotiation:
 *
 * Returns: whether the streams' wishes are other than what is negotiated.  A
 *   stream whose encoding is not known yet has no wish yet.
 */
gboolean
wn_sections_need_negotiation (WnSections *self)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);
    g_autoptr (GstCaps) format = wn_sink_pad_get_format (stream->pad);

    if (format && stream->mline < 0)
      return TRUE;
    if (wn_stream_has_changed (stream))
      return TRUE;
  }
  for (guint i = 0; i < self->sections->len; i++) {
    if (section_needs_negotiation (self, i))
      return TRUE;
  }
  return FALSE;
}

/*** Formats and payload types ***/

static gboolean
is_same_encoding (const GstStructure *a, const GstStructure *b)
{
  const gchar *one = gst_structure_get_string (a, "encoding-name");
  const gchar *other = gst_structure_get_string (b, "encoding-name");
  const gchar *mode = gst_structure_get_string (a, "packetization-mode");
  const gchar *other_mode = gst_structure_get_string (b, "packetization-mode");
  gint rate = 0, other_rate = 0;

  gst_structure_get_int (a, "clock-rate", &rate);
  gst_structure_get_int (b, "clock-rate", &other_rate);
  return one && other && g_ascii_strcasecmp (one, other) == 0
      && rate == other_rate
      /* RFC 6184: 0 if it is absent. */
      && g_strcmp0 (mode ? mode : "0", other_mode ? other_mode : "0") == 0;
}

static GstCaps *
get_offered (const GstSDPMedia *media, guint index)
{
  GstCaps *caps = gst_sdp_media_get_caps_from_media (media,
      atoi (gst_sdp_media_get_format (media, index)));

  if (caps)
    gst_structure_set_name (gst_caps_get_structure (caps, 0),
        "application/x-rtp");
  return caps;
}

static gboolean
is_of_kind (const GstStructure *format, const GstSDPMedia *media)
{
  return g_strcmp0 (gst_structure_get_string (format, "media"),
             gst_sdp_media_get_media (media))
      == 0;
}

/* @exactly: FALSE: another profile, such as of H.264, will do */
static GstCaps *
match_formats (const GstCaps *format, const GstSDPMedia *media,
    gboolean exactly)
{
  const GstStructure *s = gst_caps_get_structure (format, 0);

  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    g_autoptr (GstCaps) offered = get_offered (media, i);
    const GstStructure *theirs;
    gint payload;

    if (!offered)
      continue;
    theirs = gst_caps_get_structure (offered, 0);
    if (is_same_encoding (s, theirs)
        && !(exactly && wn_rtp_format_has_other_parameters (s, theirs))
        && gst_structure_get_int (theirs, "payload", &payload))
      return wn_sink_pad_make_wire_format (format, payload, offered);
  }
  return NULL;
}

/* Returns: whether the remote peer has to be told that @stream has another profile
 * than before */
static gboolean
is_asked_again (const WnStream *stream, const GstStructure *format)
{
  const GstStructure *former;

  if (!stream->negotiated)
    return FALSE;
  former = gst_caps_get_structure (stream->negotiated, 0);
  return is_same_encoding (format, former)
      && wn_rtp_format_has_other_parameters (format, former);
}

/**
 * wn_sections_match:
 * @media: a section that the remote peer offers
 *
 * Returns: (transfer full) (nullable): what webrtcbin is to see of @stream in order
 *   to send it in that section, under the payload type that is offered; %NULL if
 *   the section is not for that encoding
 */
GstCaps *
wn_sections_match (WnSections *self G_GNUC_UNUSED, const WnStream *stream,
    const GstSDPMedia *media)
{
  g_autoptr (GstCaps) format = wn_sink_pad_get_format (stream->pad);
  const GstStructure *s;
  GstCaps *wire;

  if (!format || wn_stream_is_vague (stream, g_get_monotonic_time ()))
    return NULL;
  s = gst_caps_get_structure (format, 0);
  if (!is_of_kind (s, media))
    return NULL;

  wire = match_formats (format, media, TRUE);
  if (!wire && !is_asked_again (stream, s))
    wire = match_formats (format, media, FALSE);
  return wire;
}

/**
 * wn_sections_find_idle:
 *
 * Returns: a section in which nothing is sent as yet and @stream can be, or -1
 */
gint
wn_sections_find_idle (WnSections *self, const WnStream *stream)
{
  for (guint i = 0; i < self->sections->len; i++) {
    const WnMediaSection *section = wn_sections_get (self, i);
    g_autoptr (GstCaps) wire = NULL;

    if (!section->is_rtp || section->is_rejected
        || wn_sections_get_stream_at (self, i))
      continue;
    wire = wn_sections_match (self, stream,
        gst_sdp_message_get_media (self->remote, i));
    if (wire)
      return i;
  }
  return -1;
}

typedef struct
{
  const GstStructure *format;
  gint known;             /* where it is in use already, or -1 */
  gboolean is_taken[128]; /* by other encodings */
} Payloads;

static void
payloads_look_at (Payloads *self, GstCaps *caps)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  gint payload;

  if (!gst_structure_get_int (s, "payload", &payload) || payload < 0
      || payload > 127)
    return;

  if (is_same_encoding (s, self->format)
      && !wn_rtp_format_has_other_parameters (s, self->format))
    self->known = self->known < 0 ? payload : self->known;
  else
    self->is_taken[payload] = TRUE;
}

static gint
payloads_choose (const Payloads *self)
{
  gint wished;

  if (self->known >= 0 && !self->is_taken[self->known])
    return self->known;
  if (gst_structure_get_int (self->format, "payload", &wished) && wished >= 0
      && wished <= 127 && !self->is_taken[wished])
    return wished;

  for (gint i = FIRST_DYNAMIC; i <= LAST_DYNAMIC; i++) {
    if (!self->is_taken[i])
      return i;
  }
  for (gint i = FIRST_SPARE; i <= LAST_SPARE; i++) {
    if (!self->is_taken[i])
      return i;
  }
  return -1;
}

static void
look_at_media (Payloads *payloads, const GstSDPMedia *media)
{
  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    g_autoptr (GstCaps) caps = get_offered (media, i);

    if (caps)
      payloads_look_at (payloads, caps);
  }
}

/**
 * wn_sections_choose_format:
 *
 * A payload type means one encoding in all sections of a bundle (RFC 8843, 9.1).
 * GStreamer's payloaders all take 96 unless told otherwise.
 *
 * Returns: (transfer full) (nullable): what webrtcbin is to see of @stream in order
 *   to offer it in a new section; %NULL if the encoding is not known, or there is
 *   no payload type left
 */
GstCaps *
wn_sections_choose_format (WnSections *self, const WnStream *stream)
{
  g_autoptr (GstCaps) format = wn_sink_pad_get_format (stream->pad);
  Payloads payloads = { .known = -1 };
  gint payload;

  if (!format)
    return NULL;
  payloads.format = gst_caps_get_structure (format, 0);

  for (guint i = 0;
       self->remote && i < gst_sdp_message_medias_len (self->remote); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (self->remote, i);

    if (wn_sdp_media_is_rtp (media))
      look_at_media (&payloads, media);
  }
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *other = g_ptr_array_index (self->streams, i);
    g_autoptr (GstCaps) caps = NULL;

    if (other != stream && other->target)
      caps = gst_pad_get_current_caps (other->target);
    if (caps)
      payloads_look_at (&payloads, caps);
  }

  payload = payloads_choose (&payloads);
  return payload < 0 ? NULL
                     : wn_sink_pad_make_wire_format (format, payload, NULL);
}
