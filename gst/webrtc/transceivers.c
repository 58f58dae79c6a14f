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

static gint
get_mline (GstPad *pad)
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
find_target (GstElement *webrtcbin, gint mline)
{
  GstPad *found = NULL;

  GST_OBJECT_LOCK (webrtcbin);
  for (GList *l = webrtcbin->sinkpads; l && !found; l = l->next) {
    if (get_mline (l->data) == mline)
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
  GstPad *target = find_target (webrtcbin, mline);

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

    if (stream->mline >= 0 && wn_stream_has_changed (stream))
      leave_section (stream);
  }
}

/* Before an offer: gives each stream a section that is idle, or else a new one. */
void
wn_transceivers_place (WnSections *self, GstElement *webrtcbin)
{
  release_changed_streams (self);

  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);
    g_autoptr (GstCaps) wire_format = NULL;
    gint idle;

    if (stream->mline >= 0)
      continue;
    if (!stream->target) {
      idle = wn_sections_find_idle (self, stream);
      if (idle >= 0
          && take_section (self, webrtcbin, stream, idle,
              gst_sdp_message_get_media (self->remote, idle)))
        continue;
    }
    wire_format = wn_sections_choose_format (self, stream);
    if (wire_format && !request_target (webrtcbin, stream, wire_format))
      GST_WARNING_OBJECT (stream->pad, "webrtcbin gave no pad");
  }
}

/* Before an answer: the same, with the sections that the remote peer offers. */
void
wn_transceivers_place_in_offer (WnSections *self, GstElement *webrtcbin,
    const GstSDPMessage *offer)
{
  guint n_known = wn_sections_get_length (self);

  release_changed_streams (self);

  for (guint i = 0; i < gst_sdp_message_medias_len (offer); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (offer, i);

    if (!wn_sdp_media_is_rtp (media) || wn_sdp_media_is_rejected (media)
        || wn_sections_get_stream_at (self, i))
      continue;

    for (guint j = 0; j < self->streams->len; j++) {
      WnStream *stream = g_ptr_array_index (self->streams, j);
      g_autoptr (GstCaps) wire_format = NULL;

      if (stream->mline >= 0)
        continue;
      if (i < n_known) {
        if (!stream->target && take_section (self, webrtcbin, stream, i, media))
          break;
        continue;
      }
      wire_format = wn_sections_match (self, stream, media);
      if (wire_format && request_target (webrtcbin, stream, wire_format)) {
        /* Not to be placed twice; what webrtcbin does is looked up later. */
        stream->mline = i;
        break;
      }
    }
  }
}

/* Finds where webrtcbin has put the streams. */
void
wn_transceivers_locate (WnSections *self)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);

    if (stream->target)
      stream->mline = get_mline (stream->target);
  }
}

/* Which streams an offer's new sections are for: webrtcbin makes them of the
 * transceivers that have none, in order. */
void
wn_transceivers_get_wishes (WnSections *self, GstElement *webrtcbin,
    WnSection *sections, const GstSDPMessage *sdp)
{
  guint next = wn_sections_get_length (self);
  g_autoptr (GArray) transceivers = get_transceivers (webrtcbin);

  for (guint i = 0; i < transceivers->len; i++) {
    GstWebRTCRTPTransceiver *transceiver =
        g_array_index (transceivers, GstWebRTCRTPTransceiver *, i);
    guint mline;

    g_object_get (transceiver, "mlineindex", &mline, NULL);
    if (mline != G_MAXUINT)
      continue;
    while (next < gst_sdp_message_medias_len (sdp)
        && !wn_sdp_media_is_rtp (gst_sdp_message_get_media (sdp, next)))
      next++;
    if (next >= gst_sdp_message_medias_len (sdp))
      break;

    for (guint j = 0; j < self->streams->len; j++) {
      WnStream *stream = g_ptr_array_index (self->streams, j);
      g_autoptr (GstWebRTCRTPTransceiver) its = NULL;

      if (stream->target)
        g_object_get (stream->target, "transceiver", &its, NULL);
      if (its == transceiver)
        sections[next].direction = stream->wish;
    }
    next++;
  }
}
