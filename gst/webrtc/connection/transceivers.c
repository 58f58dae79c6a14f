/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "transceivers.h"

#include <gst/webrtc/webrtc.h>

static GArray *
get_transceivers (GstElement *webrtcbin)
{
  GArray *transceivers = NULL;

  g_signal_emit_by_name (webrtcbin, "get-transceivers", &transceivers);
  return transceivers;
}

static guint
get_mline_of (GstWebRTCRTPTransceiver *transceiver)
{
  guint mline;

  g_object_get (transceiver, "mlineindex", &mline, NULL);
  return mline;
}

static void
set_direction (GstWebRTCRTPTransceiver *transceiver,
    GstWebRTCRTPTransceiverDirection direction)
{
  g_object_set (transceiver, "direction", direction, NULL);
}

/* Directions are ours: webrtcbin is to keep all open, but for those that are to be
 * in no description. */
void
wn_transceivers_open (GstElement *webrtcbin)
{
  g_autoptr (GArray) transceivers = get_transceivers (webrtcbin);

  for (guint i = 0; i < transceivers->len; i++) {
    GstWebRTCRTPTransceiver *transceiver =
        g_array_index (transceivers, GstWebRTCRTPTransceiver *, i);
    GstWebRTCRTPTransceiverDirection direction;

    g_object_get (transceiver, "direction", &direction, NULL);
    if (direction != GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_NONE
        || get_mline_of (transceiver) != G_MAXUINT)
      set_direction (transceiver,
          GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV);
  }
}

/* Returns: the section of webrtcbin's that @pad is for, or -1 */
static gint
get_place (GstPad *pad)
{
  g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;
  guint mline = G_MAXUINT;

  g_object_get (pad, "transceiver", &transceiver, NULL);
  if (transceiver)
    g_object_get (transceiver, "mlineindex", &mline, NULL);
  return mline == G_MAXUINT ? -1 : (gint) mline;
}

/* Returns: (transfer full): webrtcbin's sink pads, to be looked at without its lock */
static GList *
dup_sink_pads (GstElement *webrtcbin)
{
  GList *pads;

  GST_OBJECT_LOCK (webrtcbin);
  pads =
      g_list_copy_deep (webrtcbin->sinkpads, (GCopyFunc) gst_object_ref, NULL);
  GST_OBJECT_UNLOCK (webrtcbin);
  return pads;
}

/* Returns: (transfer full) (nullable): */
static GstPad *
find_target (GstElement *webrtcbin, gint place)
{
  GList *pads = dup_sink_pads (webrtcbin);
  GstPad *found = NULL;

  for (GList *l = pads; l && !found; l = l->next) {
    if (get_place (l->data) == place)
      found = gst_object_ref (l->data);
  }
  g_list_free_full (pads, gst_object_unref);
  return found;
}

/* Tells webrtcbin that a pad that no stream goes to is of @format. */
static void
show_format (GstPad *target, GstCaps *format)
{
  g_autoptr (GstEvent) start =
      gst_pad_get_sticky_event (target, GST_EVENT_STREAM_START, 0);

  if (!start)
    gst_pad_send_event (target,
        gst_event_new_stream_start (GST_OBJECT_NAME (target)));
  gst_pad_send_event (target, gst_event_new_caps (format));
}

/*** Spare transceivers ***/

/* An offer that is forgotten leaves its transceivers behind, and webrtcbin has no
 * means to take them away.  It puts a new media section on the first that is of
 * its kind (1.22), or on the first whose caps fit as well (1.26), whatever stream
 * it was made for.  So they belong to no stream: streams are put onto them in
 * their order, anew each time, and what is left over is kept out of our offers.
 *
 * Returns: (transfer full): sink pads (#GstPad), in the order of their
 *   transceivers */
static GPtrArray *
get_spares (GstElement *webrtcbin)
{
  GPtrArray *spares = g_ptr_array_new_with_free_func (gst_object_unref);
  g_autoptr (GArray) transceivers = get_transceivers (webrtcbin);
  GList *pads = dup_sink_pads (webrtcbin);

  for (guint i = 0; i < transceivers->len; i++) {
    GstWebRTCRTPTransceiver *transceiver =
        g_array_index (transceivers, GstWebRTCRTPTransceiver *, i);

    if (get_mline_of (transceiver) != G_MAXUINT)
      continue;
    for (GList *l = pads; l; l = l->next) {
      g_autoptr (GstWebRTCRTPTransceiver) its = NULL;

      g_object_get (l->data, "transceiver", &its, NULL);
      if (its == transceiver)
        g_ptr_array_add (spares, gst_object_ref (l->data));
    }
  }
  g_list_free_full (pads, gst_object_unref);
  return spares;
}

/* @media: "audio" or "video"
 *
 * Returns: (transfer full) (nullable): the spare that webrtcbin would take next */
static GstPad *
take_spare (GPtrArray *spares, const gchar *media)
{
  GstWebRTCKind wanted = g_str_equal (media, "audio") ? GST_WEBRTC_KIND_AUDIO
                                                      : GST_WEBRTC_KIND_VIDEO;

  for (guint i = 0; i < spares->len; i++) {
    g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;
    GstWebRTCKind kind;

    g_object_get (g_ptr_array_index (spares, i), "transceiver", &transceiver,
        NULL);
    g_object_get (transceiver, "kind", &kind, NULL);
    if (kind == wanted) {
      set_direction (transceiver,
          GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV);
      return g_ptr_array_steal_index (spares, i);
    }
  }
  return NULL;
}

/* webrtcbin leaves out of its offers what has no direction at all. */
static void
put_aside (GPtrArray *spares)
{
  for (guint i = 0; i < spares->len; i++) {
    g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;

    g_object_get (g_ptr_array_index (spares, i), "transceiver", &transceiver,
        NULL);
    set_direction (transceiver, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_NONE);
  }
}

/*** Placing streams ***/

static void
connect_stream (WnStream *stream, GstCaps *wire_format)
{
  gst_clear_caps (&stream->format);
  stream->format = wn_sink_pad_get_format (stream->pad);
  gst_caps_replace (&stream->negotiated, stream->format);
  wn_gate_connect (stream->gate, stream->target, wire_format);
}

static gboolean
request_target (GstElement *webrtcbin, GPtrArray *spares, WnStream *stream,
    GstCaps *wire_format)
{
  stream->target = take_spare (spares,
      gst_structure_get_string (gst_caps_get_structure (wire_format, 0),
          "media"));
  if (!stream->target)
    stream->target = gst_element_request_pad (webrtcbin,
        gst_element_get_pad_template (webrtcbin, "sink_%u"), NULL, wire_format);
  if (!stream->target)
    return FALSE;

  connect_stream (stream, wire_format);
  return TRUE;
}

/* Uses a section that is there already: webrtcbin has a pad for it, too, since it
 * believes that all sections send. */
static gboolean
take_section (WnSections *self, GstElement *webrtcbin, WnStream *stream,
    gint mline, const GstSDPMedia *media)
{
  g_autoptr (GstCaps) wire_format = NULL;
  GstPad *target =
      find_target (webrtcbin, wn_sections_get (self, mline)->place);

  if (!target)
    return FALSE;

  wire_format = wn_sections_match (self, stream, media);
  if (!wire_format) {
    gst_object_unref (target);
    return FALSE;
  }
  stream->target = target;
  stream->mline = mline;
  connect_stream (stream, wire_format);
  return TRUE;
}

static void
leave_section (WnStream *stream)
{
  wn_gate_disconnect (stream->gate);
  gst_clear_object (&stream->target);
  gst_clear_caps (&stream->format);
  stream->mline = -1;
}

/* A stream that comes in another encoding than before has to move, and one that
 * has no section takes its place anew. */
static void
release_streams (WnSections *self)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);

    if (stream->is_stopped && wn_stream_has_news (stream))
      stream->is_stopped = FALSE;
    if (stream->mline < 0 || wn_stream_has_changed (stream))
      leave_section (stream);
  }
}

static gboolean
may_be_placed (const WnStream *stream)
{
  return stream->mline < 0 && !stream->is_stopped;
}

/*** Sections that webrtcbin does not have ***/

/* A transceiver that no stream of ours goes to knows which section it is for. */
#define SECTION "webrtcnegotiator-section"
/* …if that is there already. */
#define NEW_SECTION (G_MAXINT - 1)

static gint
get_section_to_receive (GObject *transceiver)
{
  return GPOINTER_TO_INT (g_object_get_data (transceiver, SECTION)) - 1;
}

/* Until it is opened it only receives: webrtcbin would give it the next pad that is
 * requested, 1.22 if its formats do not fit. */
static void
receive_section (GstElement *webrtcbin, gint mline, const GstSDPMedia *media)
{
  g_autoptr (GstCaps) formats = wn_sections_get_formats (media);
  g_autoptr (GObject) transceiver = NULL;

  g_signal_emit_by_name (webrtcbin, "add-transceiver",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, formats, &transceiver);
  if (transceiver)
    g_object_set_data (transceiver, SECTION, GINT_TO_POINTER (mline + 1));
}

/* A webrtcbin that is new gets all the sections that the remote peer has. */
static void
restore_sections (WnSections *self, GstElement *webrtcbin, GPtrArray *spares)
{
  for (guint i = 0; i < wn_sections_get_length (self); i++) {
    const WnMediaSection *section = wn_sections_get (self, i);
    WnStream *stream = wn_sections_get_stream_at (self, i);
    g_autoptr (GstCaps) wire_format = NULL;

    if (section->is_rejected || !wn_sections_is_rtp (self, i))
      continue;
    if (stream)
      wire_format = wn_sections_match (self, stream, section->media);
    if (wire_format && request_target (webrtcbin, spares, stream, wire_format))
      continue;
    if (stream)
      leave_section (stream);
    receive_section (webrtcbin, i, section->media);
  }
}

/* Where the transport is lost that the only section had, there has to be another one
 * that the BUNDLE group can begin with: wn_sections_get_tag(). */
static void
add_section_for_transport (WnSections *self, GstElement *webrtcbin)
{
  gint only = -1;

  for (guint i = 0; i < wn_sections_get_length (self); i++) {
    if (wn_sections_get (self, i)->is_rejected)
      continue;
    if (only >= 0)
      return;
    only = i;
  }
  if (only >= 0 && wn_sections_is_rtp (self, only))
    receive_section (webrtcbin, NEW_SECTION,
        wn_sections_get (self, only)->media);
}

/*** Before an offer ***/

/* Gives each stream a section that is idle, or else a new one. */
void
wn_transceivers_place (WnSections *self, GstElement *webrtcbin)
{
  g_autoptr (GPtrArray) spares = get_spares (webrtcbin);
  guint n_known = wn_sections_get_length (self), n = n_known;

  release_streams (self);
  if (self->n_places == 0)
    restore_sections (self, webrtcbin, spares);

  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);
    g_autoptr (GstCaps) wire_format = NULL;
    gint idle;

    if (!may_be_placed (stream))
      continue;
    idle = wn_sections_find_idle (self, stream);
    if (idle >= 0
        && take_section (self, webrtcbin, stream, idle,
            wn_sections_get (self, idle)->media))
      continue;
    if (n >= WN_SECTIONS_MAX
        || !(wire_format = wn_sections_choose_format (self, stream)))
      continue;
    if (request_target (webrtcbin, spares, stream, wire_format))
      n++;
    else
      GST_WARNING_OBJECT (stream->pad, "webrtcbin gave no pad");
  }
  if (n == n_known && n < WN_SECTIONS_MAX && wn_sections_moves_tag (self))
    add_section_for_transport (self, webrtcbin);
  wn_transceivers_open (webrtcbin);
  put_aside (spares);
}

/*** Before an answer ***/

/* Shows webrtcbin that the section at @mline, in which nothing is sent, is of what
 * @media has: it takes the section for what was sent there last. */
static void
fit_section (WnSections *self, GstElement *webrtcbin, guint mline,
    const GstSDPMedia *media)
{
  g_autoptr (GstPad) target =
      find_target (webrtcbin, wn_sections_get (self, mline)->place);
  g_autoptr (GstCaps) shown = NULL;
  g_autoptr (GstCaps) format = NULL;

  if (!target)
    return;
  shown = gst_pad_get_current_caps (target);
  if (!shown && self->local && mline < gst_sdp_message_medias_len (self->local))
    shown =
        wn_sections_get_format (gst_sdp_message_get_media (self->local, mline));
  if (shown && wn_sections_is_in (shown, media))
    return;
  format = wn_sections_get_format (media);
  if (format)
    show_format (target, format);
}

/* The remote peer offers the section at @mline again, maybe with other
 * encodings. */
static void
place_in_known (WnSections *self, GstElement *webrtcbin, guint mline,
    const GstSDPMedia *media)
{
  WnStream *stream = wn_sections_get_stream_at (self, mline);

  if (stream) {
    g_autoptr (GstCaps) shown = gst_pad_get_current_caps (stream->target);
    g_autoptr (GstCaps) wire_format = wn_sections_match (self, stream, media);

    if (wire_format) {
      if (!shown || !wn_sections_is_in (shown, media))
        connect_stream (stream, wire_format);
      return;
    }
    leave_section (stream);
  }

  for (guint i = 0; i < self->streams->len; i++) {
    stream = g_ptr_array_index (self->streams, i);
    if (may_be_placed (stream)
        && take_section (self, webrtcbin, stream, mline, media))
      return;
  }
  fit_section (self, webrtcbin, mline, media);
}

/* The pad for a section that webrtcbin is about to get. */
static gboolean
request_section (WnSections *self, GstElement *webrtcbin, GPtrArray *spares,
    WnStream *stream, guint mline, const GstSDPMedia *media)
{
  g_autoptr (GstCaps) wire_format = wn_sections_match (self, stream, media);

  if (!wire_format || !request_target (webrtcbin, spares, stream, wire_format))
    return FALSE;
  /* Not to be placed twice; what webrtcbin does is looked up later. */
  stream->mline = mline;
  return TRUE;
}

/* webrtcbin would take for this section what is meant for a later one. */
static gboolean
is_to_be_restored (WnSections *self, guint mline)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);

    if (stream->mline > (gint) mline && !stream->target)
      return TRUE;
  }
  return FALSE;
}

static void
place_in_new (WnSections *self, GstElement *webrtcbin, GPtrArray *spares,
    guint mline, const GstSDPMedia *media)
{
  WnStream *former = wn_sections_get_stream_at (self, mline);
  g_autoptr (GstPad) spare = NULL;
  g_autoptr (GstCaps) format = NULL;

  /* Of a webrtcbin that was replaced. */
  if (former) {
    if (request_section (self, webrtcbin, spares, former, mline, media))
      return;
    leave_section (former);
  }

  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);

    if (may_be_placed (stream)
        && request_section (self, webrtcbin, spares, stream, mline, media))
      return;
  }

  format = wn_sections_get_format (media);
  if (format)
    spare = take_spare (spares, gst_sdp_media_get_media (media));
  if (spare)
    show_format (spare, format);
  else if (format && is_to_be_restored (self, mline))
    receive_section (webrtcbin, mline, media);
}

/* The same as before an offer, with the sections that the remote peer offers. */
void
wn_transceivers_place_in_offer (WnSections *self, GstElement *webrtcbin,
    const GstSDPMessage *offer)
{
  g_autoptr (GPtrArray) spares = get_spares (webrtcbin);

  release_streams (self);

  for (guint i = 0; i < gst_sdp_message_medias_len (offer); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (offer, i);

    if (!wn_sdp_media_is_rtp (media) || wn_sdp_media_is_rejected (media))
      continue;
    if (wn_sections_get (self, i)->place >= 0)
      place_in_known (self, webrtcbin, i, media);
    else
      place_in_new (self, webrtcbin, spares, i, media);
  }
  wn_transceivers_open (webrtcbin);
}

/*** After a negotiation ***/

/* Returns: whether the remote peer would have had the section, but we not */
static gboolean
has_declined (WnSections *self, guint mline)
{
  const WnMediaSection *section = wn_sections_get (self, mline);

  return section->is_rejected && !section->local_is_offer
      && !wn_sdp_media_is_rejected (gst_sdp_message_get_media (self->remote,
          mline));
}

/* What webrtcbin and the streams are to go on with is what is in force: a stream
 * whose encoding its section does not carry leaves it, and gets another with the
 * next offer; and what a forgotten offer would have changed is as it was. */
void
wn_transceivers_settle (WnSections *self, GstElement *webrtcbin)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);

    if (stream->mline < 0 || (guint) stream->mline >= self->sections->len)
      continue;
    if (has_declined (self, stream->mline)
        || (!wn_sections_get (self, stream->mline)->is_rejected
            && !wn_sections_carry (self, stream)))
      leave_section (stream);
  }
  for (guint i = 0; i < self->sections->len; i++) {
    const WnMediaSection *section = wn_sections_get (self, i);

    if (section->place >= 0 && wn_sections_is_rtp (self, i)
        && !wn_sections_get_stream_at (self, i))
      fit_section (self, webrtcbin, i,
          gst_sdp_message_get_media (self->local, i));
  }
}

/* Says once of each stream that no section is left for it. */
void
wn_transceivers_tell_too_many (WnSections *self)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);
    gboolean is_too_many = wn_sections_is_too_many (self, stream);
    g_autoptr (GstElement) element = NULL;

    if (is_too_many && !stream->is_too_many)
      element = gst_pad_get_parent_element (GST_PAD (stream->pad));
    stream->is_too_many = is_too_many;
    if (element)
      GST_ELEMENT_WARNING (element, RESOURCE, NO_SPACE_LEFT,
          ("%s is too many: a connection has no more than %d media sections. "
           "It is sent as soon as a section of its encoding is free: release "
           "a pad that is not needed, or use another %s.",
              GST_PAD_NAME (stream->pad), WN_SECTIONS_MAX,
              GST_OBJECT_NAME (gst_element_get_factory (element))),
          (NULL));
  }
}

/* Finds where webrtcbin has put the streams. */
void
wn_transceivers_locate (WnSections *self)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);
    gint place = stream->target ? get_place (stream->target) : -1;
    gint mline = wn_sections_find_place (self, place);

    /* Of one that is rejected webrtcbin may still have the section. */
    if (stream->target && (mline >= 0 || place < 0))
      stream->mline = mline;
  }
}

/*** What an offer has ***/

/* Returns: (nullable): */
static WnStream *
find_stream_of (WnSections *self, GstWebRTCRTPTransceiver *transceiver)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);
    g_autoptr (GstWebRTCRTPTransceiver) its = NULL;

    if (stream->target)
      g_object_get (stream->target, "transceiver", &its, NULL);
    if (its == transceiver)
      return stream;
  }
  return NULL;
}

/* Of the transceivers from @next on, the first that is to be in the offer. */
static GstWebRTCRTPTransceiver *
find_next (WnSections *self, GArray *transceivers, guint *next)
{
  while (*next < transceivers->len) {
    GstWebRTCRTPTransceiver *transceiver =
        g_array_index (transceivers, GstWebRTCRTPTransceiver *, (*next)++);

    if (get_mline_of (transceiver) == G_MAXUINT
        && (find_stream_of (self, transceiver)
            || get_section_to_receive (G_OBJECT (transceiver)) >= 0))
      return transceiver;
  }
  return NULL;
}

/* webrtcbin offers a section at @place: which one is it on the wire?
 *
 * @transceiver: (nullable): whose section it is */
static void
add_section (WnSections *self, GstWebRTCRTPTransceiver *transceiver,
    guint place, const GstSDPMedia *media)
{
  WnStream *stream = transceiver ? find_stream_of (self, transceiver) : NULL;
  gint mline = -1;

  if (stream)
    mline = stream->mline;
  else if (transceiver)
    mline = get_section_to_receive (G_OBJECT (transceiver));
  else if (!wn_sdp_media_is_rtp (media))
    mline = wn_sections_find_channel (self);

  if (mline >= 0 && mline < (gint) wn_sections_get_length (self))
    wn_sections_give_place (self, mline, place);
  else
    mline = wn_sections_add_pending (self, media, place);
  if (stream)
    stream->mline = mline;
}

/* Finds what the new sections in an offer of webrtcbin's are: it makes them of the
 * transceivers that have none, in order, but for those that are put aside. */
void
wn_transceivers_add_sections (WnSections *self, GstElement *webrtcbin,
    const GstSDPMessage *offer)
{
  g_autoptr (GArray) transceivers = get_transceivers (webrtcbin);
  guint next = 0;

  for (guint place = self->n_places; place < gst_sdp_message_medias_len (offer);
       place++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (offer, place);

    add_section (self,
        wn_sdp_media_is_rtp (media) ? find_next (self, transceivers, &next)
                                    : NULL,
        place, media);
  }
}
