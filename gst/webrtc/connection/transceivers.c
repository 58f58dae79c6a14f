/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "transceivers.h"

#include "encodings.h"

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

/* Returns: (transfer full) (nullable): */
static GstWebRTCRTPTransceiver *
dup_transceiver (GstPad *pad)
{
  GstWebRTCRTPTransceiver *transceiver;

  g_object_get (pad, "transceiver", &transceiver, NULL);
  return transceiver;
}

/* Returns: the section of webrtcbin's that @pad is for, or -1 */
static gint
get_place (GstPad *pad)
{
  g_autoptr (GstWebRTCRTPTransceiver) transceiver = dup_transceiver (pad);
  guint mline = transceiver ? get_mline_of (transceiver) : G_MAXUINT;

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
      g_autoptr (GstWebRTCRTPTransceiver) its = dup_transceiver (l->data);

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
    g_autoptr (GstWebRTCRTPTransceiver) transceiver =
        dup_transceiver (g_ptr_array_index (spares, i));
    GstWebRTCKind kind;

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
    g_autoptr (GstWebRTCRTPTransceiver) transceiver =
        dup_transceiver (g_ptr_array_index (spares, i));

    set_direction (transceiver, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_NONE);
  }
}

/*** Carrying out what is decided ***/

static GstPad *
request_target (GstElement *webrtcbin, GPtrArray *spares, GstCaps *wire)
{
  GstPad *spare = take_spare (spares,
      gst_structure_get_string (gst_caps_get_structure (wire, 0), "media"));

  return spare
      ? spare
      : gst_element_request_pad (webrtcbin,
          gst_element_get_pad_template (webrtcbin, "sink_%u"), NULL, wire);
}

/* Leaves webrtcbin no other transceiver than @wanted to put the next pad on. */
static void
leave_only (GArray *transceivers, GstWebRTCRTPTransceiver *wanted)
{
  for (guint i = 0; i < transceivers->len; i++) {
    GstWebRTCRTPTransceiver *transceiver =
        g_array_index (transceivers, GstWebRTCRTPTransceiver *, i);
    GstWebRTCRTPTransceiverDirection direction;

    g_object_get (transceiver, "direction", &direction, NULL);
    if (transceiver != wanted
        && direction != GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_NONE)
      set_direction (transceiver,
          GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY);
  }
}

/* A section that is there has a pad in webrtcbin, too, since it believes that all
 * sections send; but 1.26 and later make none for one of our offer's, if it was only to
 * be received.
 *
 * Returns: (transfer full) (nullable): that pad */
static GstPad *
get_target (GstElement *webrtcbin, gint place)
{
  g_autoptr (GArray) transceivers = get_transceivers (webrtcbin);
  GstPad *target = find_target (webrtcbin, place);

  for (guint i = 0; i < transceivers->len && !target; i++) {
    GstWebRTCRTPTransceiver *transceiver =
        g_array_index (transceivers, GstWebRTCRTPTransceiver *, i);
    g_autoptr (GstCaps) formats = NULL;

    if ((gint) get_mline_of (transceiver) != place)
      continue;
    leave_only (transceivers, transceiver);
    g_object_get (transceiver, "codec-preferences", &formats, NULL);
    target = gst_element_request_pad (webrtcbin,
        gst_element_get_pad_template (webrtcbin, "sink_%u"), NULL, formats);
  }
  if (target && get_place (target) != place) {
    gst_element_release_request_pad (webrtcbin, target);
    g_clear_object (&target);
  }
  return target;
}

static void
connect_stream (WnPlacement *placement, GstElement *webrtcbin,
    GPtrArray *spares)
{
  WnStream *stream = placement->stream;

  if (!stream->target && placement->place >= 0)
    stream->target = get_target (webrtcbin, placement->place);
  else if (!stream->target)
    stream->target = request_target (webrtcbin, spares, stream->wire);
  if (!stream->target) {
    GST_WARNING_OBJECT (stream->pad, "webrtcbin gave no pad");
    wn_stream_leave (stream);
    /* Nor would it the next time, and offers would follow each other for ever. */
    stream->is_stopped = TRUE;
    return;
  }
  wn_gate_connect (stream->gate, stream->target, stream->wire);
  if (placement->place < 0) {
    g_autoptr (GstWebRTCRTPTransceiver) its = dup_transceiver (stream->target);

    placement->transceiver = its;
  }
}

/* Shows webrtcbin that a section in which nothing is sent is of what the placement
 * says: it takes the section for what was sent there last. */
static void
fit_section (const WnPlacement *placement, GstElement *webrtcbin)
{
  g_autoptr (GstPad) target = find_target (webrtcbin, placement->place);
  g_autoptr (GstCaps) shown = NULL;
  g_autoptr (GstCaps) format = NULL;

  if (!target)
    return;
  shown = gst_pad_get_current_caps (target);
  if (!shown && placement->former)
    shown = wn_encodings_get_first (placement->former);
  if (shown && wn_encodings_have (placement->media, shown))
    return;
  format = wn_encodings_get_first (placement->media);
  if (format)
    show_format (target, format);
}

/* The same of a section that is new.  Until all are placed its transceiver only
 * receives: webrtcbin would give it the next pad that is requested, 1.22 if its formats
 * do not fit. */
static void
receive_section (WnPlacement *placement, GstElement *webrtcbin,
    GPtrArray *spares)
{
  g_autoptr (GstCaps) format = wn_encodings_get_first (placement->media);
  g_autoptr (GstPad) spare = NULL;
  g_autoptr (GstCaps) formats = NULL;
  g_autoptr (GObject) transceiver = NULL;

  if (format)
    spare = take_spare (spares, gst_sdp_media_get_media (placement->media));
  if (spare)
    show_format (spare, format);
  if (!format || spare || !placement->is_received)
    return;
  formats = wn_encodings_get_all (placement->media);
  g_signal_emit_by_name (webrtcbin, "add-transceiver",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, formats, &transceiver);
  placement->transceiver = transceiver;
}

static void
place_all (GArray *placements, GstElement *webrtcbin, GPtrArray *spares)
{
  for (guint i = 0; i < placements->len; i++) {
    WnPlacement *placement = &g_array_index (placements, WnPlacement, i);

    if (placement->stream)
      connect_stream (placement, webrtcbin, spares);
    else if (placement->place >= 0)
      fit_section (placement, webrtcbin);
    else
      receive_section (placement, webrtcbin, spares);
  }
  wn_transceivers_open (webrtcbin);
}

void
wn_transceivers_place (GArray *placements, GstElement *webrtcbin)
{
  g_autoptr (GPtrArray) spares = NULL;

  if (placements->len == 0)
    return;
  spares = get_spares (webrtcbin);
  place_all (placements, webrtcbin, spares);
}

/**
 * wn_transceivers_place_for_offer:
 *
 * The same, and what belongs to none of @placements is kept out of the offer.
 *
 * Returns: (transfer full): the placements that webrtcbin is going to make new
 *   sections for, in order: it makes them of the transceivers that have none, but
 *   for those that are put aside
 */
GArray *
wn_transceivers_place_for_offer (GArray *placements, GstElement *webrtcbin)
{
  g_autoptr (GPtrArray) spares = get_spares (webrtcbin);
  g_autoptr (GArray) transceivers = NULL;
  GArray *added = g_array_new (FALSE, FALSE, sizeof (WnPlacement));

  place_all (placements, webrtcbin, spares);
  put_aside (spares);

  transceivers = get_transceivers (webrtcbin);
  for (guint i = 0; i < transceivers->len; i++) {
    gpointer transceiver = g_array_index (transceivers, gpointer, i);

    for (guint j = 0; j < placements->len; j++) {
      WnPlacement *placement = &g_array_index (placements, WnPlacement, j);

      if (placement->transceiver == transceiver)
        g_array_append_val (added, *placement);
    }
  }
  return added;
}

/* Finds where webrtcbin has put the streams. */
void
wn_transceivers_locate (const WnSections *sections, GPtrArray *streams)
{
  for (guint i = 0; i < streams->len; i++) {
    WnStream *stream = g_ptr_array_index (streams, i);
    gint place = stream->target ? get_place (stream->target) : -1;
    gint mline = wn_sections_find_place (sections, place);

    /* Of one that is rejected webrtcbin may still have the section. */
    if (stream->target && (mline >= 0 || place < 0))
      stream->mline = mline;
  }
}
