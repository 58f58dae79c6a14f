/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sections.h"

#include "webrtc/pad/rtpformat.h"
#include "sdp/sdprewrite.h"

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
  wn_gate_disconnect (stream->gate);
  wn_sink_pad_remove_gate (stream->pad, stream->gate);
  wn_gate_unref (stream->gate);
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
  g_clear_pointer (&section->media, gst_sdp_media_free);
}

static WnMediaSection *
get_section (const WnSections *self, guint mline)
{
  g_return_val_if_fail (mline < self->sections->len, NULL);
  return &g_array_index (self->sections, WnMediaSection, mline);
}

/* There is another webrtcbin, and the remote peer's connection goes on. */
void
wn_sections_forget_webrtcbin (WnSections *self)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);

    gst_clear_object (&stream->target);
    gst_clear_caps (&stream->format);
  }
  for (guint i = 0; i < self->sections->len; i++)
    get_section (self, i)->place = -1;
  self->n_places = 0;
  self->channel_place = -1;
  if (self->owner) {
    g_free (self->gone);
    self->gone = g_steal_pointer (&self->owner);
  }
}

/* Forgets what was negotiated; the streams and their wishes stay. */
void
wn_sections_forget (WnSections *self)
{
  wn_sections_forget_webrtcbin (self);
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);

    stream->mline = -1;
    stream->is_stopped = FALSE;
  }
  g_array_set_size (self->sections, 0);
  g_clear_pointer (&self->local, gst_sdp_message_free);
  g_clear_pointer (&self->remote, gst_sdp_message_free);
  g_clear_pointer (&self->gone, g_free);
  self->habit = WN_TAG_HABIT_UNKNOWN;
  g_free (self->tag);
  self->tag = g_strdup_printf ("%04x", g_random_int_range (0, 0x10000));
}

void
wn_sections_init (WnSections *self)
{
  *self = (WnSections) { 0 };
  self->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) stream_free);
  self->sections = g_array_new (FALSE, TRUE, sizeof (WnMediaSection));
  g_array_set_clear_func (self->sections, (GDestroyNotify) section_clear);
  wn_sections_forget (self);
}

void
wn_sections_clear (WnSections *self)
{
  wn_sections_forget (self);
  g_clear_pointer (&self->tag, g_free);
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

/* It may have been added before. */
void
wn_sections_add_stream (WnSections *self, WnSinkPad *pad)
{
  WnStream *stream;

  if (wn_sections_find_stream (self, pad))
    return;
  stream = g_new0 (WnStream, 1);
  stream->pad = gst_object_ref (pad);
  stream->gate = wn_sink_pad_add_gate (pad);
  stream->mline = -1;
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
  return get_section (self, mline);
}

gboolean
wn_sections_is_rtp (const WnSections *self, guint mline)
{
  return wn_sdp_media_is_rtp (wn_sections_get (self, mline)->media);
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

/* Returns: the index of the section that is webrtcbin's @place, or -1 */
gint
wn_sections_find_place (const WnSections *self, gint place)
{
  for (guint i = 0; place >= 0 && i < self->sections->len; i++) {
    if (wn_sections_get (self, i)->place == place)
      return i;
  }
  return -1;
}

/* Returns: the index of the section for data channels, or -1 */
gint
wn_sections_find_channel (const WnSections *self)
{
  for (guint i = 0; i < self->sections->len; i++) {
    if (!wn_sections_is_rtp (self, i)
        && !wn_sections_get (self, i)->is_rejected)
      return i;
  }
  return -1;
}

gboolean
wn_sections_are_all_rejected (const WnSections *self)
{
  for (guint i = 0; i < self->sections->len; i++) {
    if (!wn_sections_get (self, i)->is_rejected)
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_alive (const WnSections *self, const gchar *mid)
{
  gint mline = mid ? wn_sections_find_mid (self, mid) : -1;

  return mline >= 0 && !wn_sections_get (self, mline)->is_rejected;
}

/* Returns: whether the remote peer believes that a transport is in use which went with
 * a former webrtcbin */
gboolean
wn_sections_has_lost_transport (const WnSections *self)
{
  return is_alive (self, self->gone);
}

/* A webrtcbin that came after another one reached the remote peer, which knew its offer,
 * and DTLS did not begin. */
void
wn_sections_note_failure (WnSections *self)
{
  if (self->owner && self->habit == WN_TAG_HABIT_UNKNOWN)
    self->habit = WN_TAG_HABIT_MOVES;
}

/* Returns: whether the BUNDLE group of our offer is to begin with another section than
 * before */
gboolean
wn_sections_moves_tag (const WnSections *self)
{
  return self->habit == WN_TAG_HABIT_MOVES
      && wn_sections_has_lost_transport (self);
}

/**
 * wn_sections_get_tag:
 *
 * Returns: (nullable): mid of the section that the BUNDLE group of our offer begins
 *   with; %NULL: any
 */
const gchar *
wn_sections_get_tag (const WnSections *self)
{
  gboolean moves = wn_sections_moves_tag (self);
  const gchar *former = self->owner ? self->owner : self->gone;

  if (!moves)
    return is_alive (self, former) ? former : NULL;

  for (guint i = 0; i < self->sections->len; i++) {
    const WnMediaSection *section = wn_sections_get (self, i);

    if (!section->is_rejected && g_strcmp0 (section->mid, self->gone) != 0)
      return section->mid;
  }
  return NULL;
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

  return stream ? wn_sink_pad_get_direction (stream->pad)
                : WN_DIRECTION_RECVONLY;
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

/*** What is offered ***/

/* Our offer has it as webrtcbin's section @place. */
void
wn_sections_give_place (WnSections *self, gint mline, guint place)
{
  get_section (self, mline)->place = place;
}

/* Mids are the offerer's to make.  Ours are short, as they may go into each packet
 * (RFC 8843, 15.2), and none of the remote peer's: both may offer at once. */
static gchar *
make_mid (const WnSections *self, const gchar *kind)
{
  g_autofree gchar *mid = NULL;

  for (guint i = self->sections->len; !mid; i++) {
    mid = g_strdup_printf ("%c%u-%s", *kind, i, self->tag);
    if (wn_sections_find_mid (self, mid) >= 0)
      g_clear_pointer (&mid, g_free);
  }
  return g_steal_pointer (&mid);
}

/**
 * wn_sections_add_pending:
 * @media: as webrtcbin offers it
 * @place: the index that it has there
 *
 * Returns: the index that it has on the wire
 */
guint
wn_sections_add_pending (WnSections *self, const GstSDPMedia *media,
    guint place)
{
  WnMediaSection section = {
    .mid = make_mid (self, gst_sdp_media_get_media (media)),
    .place = place,
    .is_pending = TRUE,
  };

  gst_sdp_media_copy (media, &section.media);
  g_array_append_val (self->sections, section);
  return self->sections->len - 1;
}

static void
leave (WnSections *self, guint mline)
{
  WnStream *stream = wn_sections_get_stream_at (self, mline);

  if (stream)
    stream->mline = -1;
}

/* Our offer is not going to be answered: the sections that are new in it are
 * not there. */
void
wn_sections_take_back (WnSections *self)
{
  while (self->sections->len > 0
      && wn_sections_get (self, self->sections->len - 1)->is_pending) {
    leave (self, self->sections->len - 1);
    g_array_set_size (self->sections, self->sections->len - 1);
  }
  for (guint i = 0; i < self->sections->len; i++) {
    if (get_section (self, i)->place >= (gint) self->n_places)
      get_section (self, i)->place = -1;
  }
}

/* What was stopped in a section that becomes another one stays so. */
static void
recycle (WnSections *self, guint mline, const gchar *mid)
{
  WnStream *stream = wn_sections_get_stream_at (self, mline);
  WnMediaSection *section = get_section (self, mline);

  if (stream) {
    stream->mline = -1;
    stream->is_stopped = TRUE;
    /* What was waited for is no news any more. */
    stream->wait_until = 0;
  }
  section->place = -1;
  section->is_rejected = FALSE;
  g_free (section->mid);
  section->mid = g_strdup (mid);
}

/* Of what we offered to a peer without an answer, it may know some: those are in
 * its own offers. */
static void
forget_unknown (WnSections *self, const GstSDPMessage *offer)
{
  guint n = gst_sdp_message_medias_len (offer);

  for (guint i = 0; i < self->sections->len; i++) {
    if (!wn_sections_get (self, i)->is_pending)
      continue;
    if (i >= n
        || g_strcmp0 (wn_sections_get (self, i)->mid,
               wn_sdp_media_get_mid (gst_sdp_message_get_media (offer, i)))
            != 0) {
      for (guint j = i; j < self->sections->len; j++)
        leave (self, j);
      g_array_set_size (self->sections, i);
    }
  }
}

/**
 * wn_sections_accept_offer:
 * @offer: from the wire; it has passed the guard
 *
 * The sections are those of @offer from now on: what is new has no place in
 * webrtcbin yet, and neither has what took the place of a rejected one.
 */
void
wn_sections_accept_offer (WnSections *self, const GstSDPMessage *offer)
{
  forget_unknown (self, offer);
  for (guint i = 0; i < gst_sdp_message_medias_len (offer); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (offer, i);
    const gchar *mid = wn_sdp_media_get_mid (media);
    gboolean is_rejected = wn_sdp_media_is_rejected (media);

    if (i >= self->sections->len) {
      WnMediaSection section = { .mid = g_strdup (mid), .place = -1 };

      g_array_append_val (self->sections, section);
    } else if (wn_sections_get (self, i)->is_rejected && !is_rejected) {
      recycle (self, i, mid);
    }

    get_section (self, i)->is_rejected = is_rejected;
    g_clear_pointer (&get_section (self, i)->media, gst_sdp_media_free);
    gst_sdp_media_copy (media, &get_section (self, i)->media);
  }
}

/* Gives those sections of an offer that are alive a place in webrtcbin that have
 * none.
 *
 * Returns: (transfer full): the places of all @n sections */
gint *
wn_sections_get_places (const WnSections *self, guint n)
{
  gint *places = g_new0 (gint, n + 1);
  guint next = self->n_places;

  for (guint i = 0; i < n; i++) {
    const WnMediaSection *section = wn_sections_get (self, i);

    places[i] = section->is_rejected ? -1 : section->place;
    if (section->is_rejected || section->place >= 0)
      continue;
    /* webrtcbin cannot have a second one, not even when the first is no more. */
    if (self->channel_place >= 0 && !wn_sdp_media_is_rtp (section->media))
      places[i] = self->channel_place;
    else
      places[i] = next++;
  }
  return places;
}

/*** What is negotiated ***/

/**
 * wn_sections_keep_transport:
 * @offer: a remote offer, from the wire
 *
 * The transport of a BUNDLE group is that of the section which the group begins
 * with.  When that is another one, since the former one is rejected or one before it
 * lives again, browsers go on with a transport that is new, with sockets and a DTLS
 * handshake of its own, even if its credentials are those of the former one.
 *
 * Returns: whether the remote peer goes on with the transport that is in use
 */
gboolean
wn_sections_keep_transport (const WnSections *self, const GstSDPMessage *offer)
{
  g_autofree gchar *first = wn_sdp_get_bundle_tag (offer);

  return !self->owner || !first || g_str_equal (first, self->owner);
}

/* Is the lost transport still in use there? */
static void
settle_tag (WnSections *self, const GstSDPMessage *local,
    gboolean local_is_offer)
{
  g_autofree gchar *ours = wn_sdp_get_bundle_tag (local);
  gboolean is_kept =
      wn_sections_moves_tag (self) && g_strcmp0 (self->owner, self->gone) == 0;

  if (is_kept && local_is_offer && g_strcmp0 (ours, self->owner) != 0)
    self->habit = WN_TAG_HABIT_STAYS;
  if (!is_kept)
    g_clear_pointer (&self->gone, g_free);
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

  for (guint i = 0; i < MIN (n, self->sections->len); i++) {
    WnMediaSection *section = get_section (self, i);
    const GstSDPMedia *ours = gst_sdp_message_get_media (local, i);
    const GstSDPMedia *theirs = gst_sdp_message_get_media (remote, i);

    section->is_pending = FALSE;
    section->is_rejected =
        wn_sdp_media_is_rejected (ours) || wn_sdp_media_is_rejected (theirs);
    section->local = wn_sdp_media_get_direction (ours);
    section->remote = wn_sdp_media_get_direction (theirs);
    section->local_is_offer = local_is_offer;
    if (section->place >= (gint) self->n_places)
      self->n_places = section->place + 1;
    if (section->place >= 0 && !wn_sdp_media_is_rtp (theirs))
      self->channel_place = section->place;
    if (section->is_rejected)
      section->place = -1;
    g_clear_pointer (&section->media, gst_sdp_media_free);
    gst_sdp_media_copy (theirs, &section->media);
  }

  g_clear_pointer (&self->local, gst_sdp_message_free);
  gst_sdp_message_copy (local, &self->local);
  g_clear_pointer (&self->remote, gst_sdp_message_free);
  gst_sdp_message_copy (remote, &self->remote);
  g_free (self->owner);
  self->owner = wn_sdp_get_bundle_tag (local_is_offer ? remote : local);
  settle_tag (self, local, local_is_offer);
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

  if (!wn_sections_is_rtp (self, mline) || section->is_rejected)
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
 * wn_sections_is_too_many:
 *
 * Returns: whether there is no section for @stream, and may be no further one: it
 *   waits until one is idle
 */
gboolean
wn_sections_is_too_many (WnSections *self, const WnStream *stream)
{
  return stream->mline < 0 && !stream->is_stopped
      && self->sections->len >= WN_SECTIONS_MAX
      && wn_sections_find_idle (self, stream) < 0;
}

/**
 * wn_sections_need_negotiation:
 *
 * Returns: whether the streams' wishes are other than what is negotiated, or
 *   webrtcbin is a new one, or the remote peer has to begin another transport.  A
 *   stream whose encoding is not known yet has no wish yet, and one that is too many
 *   can have none.
 */
gboolean
wn_sections_need_negotiation (WnSections *self)
{
  if (wn_sections_has_lost_transport (self)
      || (self->n_places == 0 && !wn_sections_are_all_rejected (self)))
    return TRUE;
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);
    g_autoptr (GstCaps) format = wn_sink_pad_get_format (stream->pad);

    if (format && stream->mline < 0 && !wn_sections_is_too_many (self, stream)
        && (!stream->is_stopped || wn_stream_has_news (stream)))
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

static gboolean
is_matched (WnSections *self, const WnStream *stream, const GstSDPMedia *media)
{
  g_autoptr (GstCaps) wire = wn_sections_match (self, stream, media);

  return wire != NULL;
}

/**
 * wn_sections_carry:
 * @stream: one that is in a section
 *
 * Returns: whether both descriptions of that section have the stream's encoding;
 *   %TRUE as long as that is not known
 */
gboolean
wn_sections_carry (WnSections *self, const WnStream *stream)
{
  g_autoptr (GstCaps) format = wn_sink_pad_get_format (stream->pad);

  if (!format || (guint) stream->mline >= self->sections->len)
    return TRUE;
  return is_matched (self, stream,
             gst_sdp_message_get_media (self->local, stream->mline))
      && is_matched (self, stream,
          gst_sdp_message_get_media (self->remote, stream->mline));
}

/**
 * wn_sections_find_idle:
 *
 * What the remote peer sends in a section goes on as it is: an offer of ours does
 * not change its encoding.
 *
 * Returns: a section in which nothing is sent as yet and @stream can be, or -1
 */
gint
wn_sections_find_idle (WnSections *self, const WnStream *stream)
{
  for (guint i = 0; i < self->sections->len; i++) {
    const WnMediaSection *section = wn_sections_get (self, i);

    if (section->place < 0 || section->is_pending
        || !wn_sections_is_rtp (self, i) || wn_sections_get_stream_at (self, i))
      continue;
    if ((section->remote & WN_DIRECTION_SENDONLY)
        && !is_matched (self, stream,
            gst_sdp_message_get_media (self->local, i)))
      continue;
    if (is_matched (self, stream, section->media))
      return i;
  }
  return -1;
}

/* Returns: whether @media has @format, under the payload type that it has */
gboolean
wn_sections_is_in (const GstCaps *format, const GstSDPMedia *media)
{
  const GstStructure *s = gst_caps_get_structure (format, 0);
  gint payload = -1;

  gst_structure_get_int (s, "payload", &payload);
  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    g_autoptr (GstCaps) offered = get_offered (media, i);

    if (offered && atoi (gst_sdp_media_get_format (media, i)) == payload
        && is_same_encoding (s, gst_caps_get_structure (offered, 0)))
      return TRUE;
  }
  return FALSE;
}

/* What only goes with an encoding. */
static gboolean
is_auxiliary (const GstCaps *format)
{
  static const gchar *const names[] = { "RTX", "RED", "ULPFEC", "FLEXFEC-03",
    "CN", "TELEPHONE-EVENT" };
  const gchar *name =
      gst_structure_get_string (gst_caps_get_structure (format, 0),
          "encoding-name");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (!name || g_ascii_strcasecmp (name, names[i]) == 0)
      return TRUE;
  }
  return FALSE;
}

/**
 * wn_sections_get_formats:
 * @media: a section in which the remote peer sends
 *
 * Returns: (transfer full): what we have to offer in order to receive it again
 */
GstCaps *
wn_sections_get_formats (const GstSDPMedia *media)
{
  GstCaps *formats = gst_caps_new_empty ();

  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    g_autoptr (GstCaps) offered = get_offered (media, i);

    if (offered && !is_auxiliary (offered))
      gst_caps_append (formats, g_steal_pointer (&offered));
  }
  return formats;
}

/**
 * wn_sections_get_format:
 *
 * Returns: (transfer full) (nullable): caps of the first encoding that @media has,
 *   without its parameters, which webrtcbin takes from @media
 */
GstCaps *
wn_sections_get_format (const GstSDPMedia *media)
{
  static const gchar *const fields[] = { "media", "encoding-name", "clock-rate",
    "encoding-params", "payload" };

  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    g_autoptr (GstCaps) offered = get_offered (media, i);
    const GstStructure *theirs;
    GstCaps *format;

    if (!offered || is_auxiliary (offered))
      continue;
    theirs = gst_caps_get_structure (offered, 0);
    format = gst_caps_new_empty_simple ("application/x-rtp");
    for (guint j = 0; j < G_N_ELEMENTS (fields); j++) {
      if (gst_structure_has_field (theirs, fields[j]))
        gst_caps_set_value (format, fields[j],
            gst_structure_get_value (theirs, fields[j]));
    }
    return format;
  }
  return NULL;
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
