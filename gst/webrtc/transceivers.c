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

/* Directions are ours: webrtcbin is to keep all open. */
void
wn_transceivers_open (GstElement *webrtcbin)
{
  g_autoptr (GArray) transceivers = get_transceivers (webrtcbin);

  for (guint i = 0; i < transceivers->len; i++) {
    GstWebRTCRTPTransceiver *transceiver =
        g_array_index (transceivers, GstWebRTCRTPTransceiver *, i);

    g_object_set (transceiver, "direction",
        GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV, NULL);
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

/* Returns: (transfer full) (nullable): */
static GstPad *
find_target (GstElement *webrtcbin, gint place)
{
  GstPad *found = NULL;

  GST_OBJECT_LOCK (webrtcbin);
  for (GList *l = webrtcbin->sinkpads; l && !found; l = l->next) {
    if (get_place (l->data) == place)
      found = gst_object_ref (l->data);
  }
  GST_OBJECT_UNLOCK (webrtcbin);
  return found;
}

/*** Placing streams ***/

static void
connect_stream (WnStream *stream, GstCaps *wire_format)
{
  gst_clear_caps (&stream->format);
  stream->format = wn_sink_pad_get_format (stream->pad);
  gst_caps_replace (&stream->negotiated, stream->format);
  wn_sink_pad_connect (stream->pad, stream->target, wire_format);
}

static gboolean
request_target (GstElement *webrtcbin, WnStream *stream, GstCaps *wire_format)
{
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
  wn_sink_pad_disconnect (stream->pad);
  gst_clear_object (&stream->target);
  gst_clear_caps (&stream->format);
  stream->mline = -1;
}

/* A stream that comes in another encoding than before has to move. */
static void
release_changed_streams (WnSections *self)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);

    if (stream->is_stopped && wn_stream_has_news (stream))
      stream->is_stopped = FALSE;
    if (stream->mline >= 0 && wn_stream_has_changed (stream))
      leave_section (stream);
  }
}

/* A transceiver that no stream of ours goes to knows which section it is for. */
#define SECTION "webrtcnegotiator-section"

static gint
get_section_to_receive (GObject *transceiver)
{
  return GPOINTER_TO_INT (g_object_get_data (transceiver, SECTION)) - 1;
}

static void
receive_section (GstElement *webrtcbin, gint mline, const GstSDPMedia *media)
{
  g_autoptr (GstCaps) formats = wn_sections_get_formats (media);
  g_autoptr (GObject) transceiver = NULL;

  g_signal_emit_by_name (webrtcbin, "add-transceiver",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV, formats, &transceiver);
  if (transceiver)
    g_object_set_data (transceiver, SECTION, GINT_TO_POINTER (mline + 1));
}

/* A webrtcbin that is new gets all the sections that the remote peer has. */
static void
restore_sections (WnSections *self, GstElement *webrtcbin)
{
  for (guint i = 0; i < wn_sections_get_length (self); i++) {
    const WnMediaSection *section = wn_sections_get (self, i);
    WnStream *stream = wn_sections_get_stream_at (self, i);
    g_autoptr (GstCaps) wire_format = NULL;

    if (section->is_rejected || !wn_sections_is_rtp (self, i))
      continue;
    if (stream)
      wire_format = wn_sections_match (self, stream, section->media);
    if (wire_format && request_target (webrtcbin, stream, wire_format))
      continue;
    if (stream)
      leave_section (stream);
    receive_section (webrtcbin, i, section->media);
  }
}

static gboolean
may_be_placed (const WnStream *stream)
{
  return stream->mline < 0 && !stream->is_stopped;
}

/* Before an offer: gives each stream a section that is idle, or else a new one. */
void
wn_transceivers_place (WnSections *self, GstElement *webrtcbin)
{
  release_changed_streams (self);
  if (self->n_places == 0)
    restore_sections (self, webrtcbin);

  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);
    g_autoptr (GstCaps) wire_format = NULL;
    gint idle;

    if (!may_be_placed (stream))
      continue;
    if (!stream->target) {
      idle = wn_sections_find_idle (self, stream);
      if (idle >= 0
          && take_section (self, webrtcbin, stream, idle,
              wn_sections_get (self, idle)->media))
        continue;
    }
    wire_format = wn_sections_choose_format (self, stream);
    if (wire_format && !request_target (webrtcbin, stream, wire_format))
      GST_WARNING_OBJECT (stream->pad, "webrtcbin gave no pad");
  }
}

/* The pad for a section that webrtcbin is about to get. */
static gboolean
request_section (WnSections *self, GstElement *webrtcbin, WnStream *stream,
    guint mline, const GstSDPMedia *media)
{
  g_autoptr (GstCaps) wire_format = wn_sections_match (self, stream, media);

  if (!wire_format || !request_target (webrtcbin, stream, wire_format))
    return FALSE;
  stream->mline = mline;
  return TRUE;
}

/* Before an answer: the same, with the sections that the remote peer offers. */
void
wn_transceivers_place_in_offer (WnSections *self, GstElement *webrtcbin,
    const GstSDPMessage *offer)
{
  release_changed_streams (self);

  for (guint i = 0; i < gst_sdp_message_medias_len (offer); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (offer, i);
    const WnMediaSection *section = wn_sections_get (self, i);
    WnStream *former = wn_sections_get_stream_at (self, i);

    if (!wn_sdp_media_is_rtp (media) || section->is_rejected
        || (former && section->place >= 0))
      continue;
    if (former) {
      if (request_section (self, webrtcbin, former, i, media))
        continue;
      leave_section (former);
    }

    for (guint j = 0; j < self->streams->len; j++) {
      WnStream *stream = g_ptr_array_index (self->streams, j);

      if (!may_be_placed (stream))
        continue;
      if (section->place < 0
              ? request_section (self, webrtcbin, stream, i, media)
              : !stream->target
                  && take_section (self, webrtcbin, stream, i, media))
        break;
    }
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

static WnStream *
find_stream_of (WnSections *self, GObject *transceiver)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);
    g_autoptr (GObject) its = NULL;

    if (stream->target)
      g_object_get (stream->target, "transceiver", &its, NULL);
    if (its == transceiver)
      return stream;
  }
  return NULL;
}

/* Webrtcbin offers a section at @place: which one is it on the wire? */
static void
add_section (WnSections *self, GObject *transceiver, guint place,
    const GstSDPMedia *media)
{
  WnStream *stream = NULL;
  gint mline;

  if (transceiver) {
    stream = find_stream_of (self, transceiver);
    mline = stream ? stream->mline : get_section_to_receive (transceiver);
  } else {
    mline = wn_sections_find_channel (self);
  }

  if (mline >= 0)
    wn_sections_give_place (self, mline, place);
  else
    mline = wn_sections_add_pending (self, media, place);
  if (stream)
    stream->mline = mline;
}

/* Finds what the new sections in an offer of webrtcbin's are: it makes them of the
 * transceivers that have none, in order. */
void
wn_transceivers_add_sections (WnSections *self, GstElement *webrtcbin,
    const GstSDPMessage *offer)
{
  g_autoptr (GArray) transceivers = get_transceivers (webrtcbin);
  guint next = 0;

  for (guint place = self->n_places; place < gst_sdp_message_medias_len (offer);
       place++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (offer, place);
    GObject *transceiver = NULL;

    for (; wn_sdp_media_is_rtp (media) && !transceiver
         && next < transceivers->len;
         next++) {
      GObject *candidate = g_array_index (transceivers, GObject *, next);
      guint mline;

      g_object_get (candidate, "mlineindex", &mline, NULL);
      if (mline == G_MAXUINT)
        transceiver = candidate;
    }
    add_section (self, transceiver, place, media);
  }
}
