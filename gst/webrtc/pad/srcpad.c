/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "srcpad.h"

#include "keyframes.h"
#include "sdp/payloads.h"

#include <gst/video/video.h>

GST_DEBUG_CATEGORY_STATIC (wn_src_pad_debug);
#define GST_CAT_DEFAULT wn_src_pad_debug

struct _WnSrcPad
{
  GstGhostPad parent;

  /* What comes: media and encoding name, which a target has to have to be used
   * after another.  Constant. */
  gchar *media;
  gchar *encoding;

  /* Atomic: there is a target, or one is being set. */
  gint is_taken;

  /* Atomic: it was said that what is linked does not take the stream. */
  gint has_warned;

  /* The streaming thread's */
  WnKeyFrames key_frames;
};

G_DEFINE_TYPE_WITH_CODE (WnSrcPad, wn_src_pad, GST_TYPE_GHOST_PAD,
    GST_DEBUG_CATEGORY_INIT (wn_src_pad_debug, "wnsrcpad", 0,
        "webrtcnegotiator's source pads"));

static void
request_key_frame (GstPad *pad)
{
  gst_pad_send_event (pad,
      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE,
          0));
}

static GstPadProbeReturn
on_data (GstPad *internal G_GNUC_UNUSED, GstPadProbeInfo *info G_GNUC_UNUSED,
    gpointer data)
{
  return gst_pad_is_linked (data) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

/* A webrtcbin's end is not the stream's: another one may follow. */
static GstPadProbeReturn
on_event (GstPad *internal G_GNUC_UNUSED, GstPadProbeInfo *info,
    gpointer data G_GNUC_UNUSED)
{
  return GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS
      ? GST_PAD_PROBE_DROP
      : GST_PAD_PROBE_OK;
}

/*** Gaps ***/

/* A decoder would go on with what is broken until the remote peer happens to send a key
 * frame, which browsers do every few seconds at best.  A packet is missed when it could not be
 * repeated in time. */

static void
ask_if_due (WnSrcPad *self)
{
  if (self->key_frames.is_wanted
      && wn_key_frames_poll (&self->key_frames, g_get_monotonic_time ()))
    request_key_frame (GST_PAD (self));
}

static void
look_for_gap (WnSrcPad *self, GstEvent *event)
{
  if (!gst_event_has_name (event, "GstRTPPacketLost")
      || g_strcmp0 (self->media, "video") != 0)
    return;
  wn_key_frames_miss (&self->key_frames, g_get_monotonic_time ());
  ask_if_due (self);
}

/*** Downstream ***/

/* What is linked here is the application's, and its failures are not the
 * connection's: an error would stop all that comes from the remote peer.  Elements
 * post their errors themselves; only caps that do not fit would remain unsaid. */
static GstFlowReturn
pass_on (GstPad *internal, GstFlowReturn ret)
{
  g_autoptr (GstPad) self = GST_PAD (gst_pad_get_parent (internal));
  g_autoptr (GstElement) element = NULL;

  if (self)
    ask_if_due (WN_SRC_PAD (self));
  if (ret == GST_FLOW_OK || !self)
    return GST_FLOW_OK;
  GST_LOG_OBJECT (self, "dropped: %s", gst_flow_get_name (ret));
  if (ret != GST_FLOW_NOT_NEGOTIATED
      || !g_atomic_int_compare_and_exchange (&WN_SRC_PAD (self)->has_warned,
          FALSE, TRUE))
    return GST_FLOW_OK;

  element = gst_pad_get_parent_element (self);
  if (element)
    GST_ELEMENT_WARNING (element, STREAM, FORMAT,
        ("What is linked to %s does not take %s (%s). Link what does; in a "
         "pipeline description, say which stream is meant, such as "
         "\"%s. ! application/x-rtp,media=%s ! …\".",
            GST_PAD_NAME (self), WN_SRC_PAD (self)->media,
            WN_SRC_PAD (self)->encoding, GST_ELEMENT_NAME (element),
            WN_SRC_PAD (self)->media),
        (NULL));
  return GST_FLOW_OK;
}

static GstFlowReturn
chain (GstPad *internal, GstObject *parent, GstBuffer *buffer)
{
  return pass_on (internal,
      gst_proxy_pad_chain_default (internal, parent, buffer));
}

static GstFlowReturn
chain_list (GstPad *internal, GstObject *parent, GstBufferList *list)
{
  return pass_on (internal,
      gst_proxy_pad_chain_list_default (internal, parent, list));
}

/* Returns: (transfer full): the same with the caps that the stream has */
static GstEvent *
correct_event (GstEvent *event)
{
  g_autoptr (GstCaps) correct = NULL;
  GstEvent *corrected;
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return event;
  gst_event_parse_caps (event, &caps);
  correct = wn_payloads_correct (gst_caps_ref (caps));
  if (correct == caps)
    return event;

  corrected = gst_event_new_caps (correct);
  gst_event_set_seqnum (corrected, gst_event_get_seqnum (event));
  gst_event_unref (event);
  return corrected;
}

static gboolean
on_internal_event (GstPad *internal, GstObject *parent, GstEvent *event)
{
  g_autoptr (GstObject) self = gst_pad_get_parent (internal);

  if (self)
    look_for_gap (WN_SRC_PAD (self), event);
  gst_pad_event_default (internal, parent, correct_event (event));
  return TRUE;
}

/* What webrtcbin may send does not depend on what is linked behind. */
static gboolean
on_internal_query (GstPad *internal, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) != GST_QUERY_ACCEPT_CAPS)
    return gst_pad_query_default (internal, parent, query);
  gst_query_set_accept_caps_result (query, TRUE);
  return TRUE;
}

/* The target would say "any RTP", and the audio be linked to a video decoder. */
static gboolean
on_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GstCaps) result = NULL;
  GstCaps *filter;

  if (GST_QUERY_TYPE (query) == GST_QUERY_CAPS)
    caps = gst_pad_get_current_caps (pad);
  if (!caps)
    return gst_pad_query_default (pad, parent, query);

  gst_query_parse_caps (query, &filter);
  result = filter
      ? gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST)
      : gst_caps_ref (caps);
  gst_query_set_caps_result (query, result);
  return TRUE;
}

/* What came before was dropped. */
static void
on_linked (GstPad *pad, GstPad *peer G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
  g_atomic_int_set (&WN_SRC_PAD (pad)->has_warned, FALSE);
  request_key_frame (pad);
}

static void
get_encoding (GstPad *target, gchar **media, gchar **encoding)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (target);
  const GstStructure *s;

  *media = *encoding = NULL;
  if (!caps)
    caps = gst_pad_query_caps (target, NULL);
  if (gst_caps_is_any (caps) || gst_caps_is_empty (caps))
    return;

  caps = wn_payloads_correct (g_steal_pointer (&caps));
  s = gst_caps_get_structure (caps, 0);
  *media = g_strdup (gst_structure_get_string (s, "media"));
  *encoding = g_strdup (gst_structure_get_string (s, "encoding-name"));
}

/**
 * wn_src_pad_reuse:
 *
 * Two streams of one kind may come at the same time, each on its thread.
 *
 * Returns: whether @target is used from now on: there was none, and the stream is
 *   of the same kind as before
 */
gboolean
wn_src_pad_reuse (WnSrcPad *self, GstPad *target)
{
  g_autofree gchar *media = NULL;
  g_autofree gchar *encoding = NULL;

  get_encoding (target, &media, &encoding);
  if (g_strcmp0 (media, self->media) != 0
      || g_strcmp0 (encoding, self->encoding) != 0
      || !g_atomic_int_compare_and_exchange (&self->is_taken, FALSE, TRUE))
    return FALSE;
  if (!gst_ghost_pad_set_target (GST_GHOST_PAD (self), target)) {
    g_atomic_int_set (&self->is_taken, FALSE);
    return FALSE;
  }

  request_key_frame (GST_PAD (self));
  return TRUE;
}

/* The target goes away. */
void
wn_src_pad_release (WnSrcPad *self)
{
  gst_ghost_pad_set_target (GST_GHOST_PAD (self), NULL);
  g_atomic_int_set (&self->is_taken, FALSE);
}

static void
wn_src_pad_finalize (GObject *object)
{
  WnSrcPad *self = WN_SRC_PAD (object);

  g_free (self->media);
  g_free (self->encoding);
  G_OBJECT_CLASS (wn_src_pad_parent_class)->finalize (object);
}

static void
wn_src_pad_class_init (WnSrcPadClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wn_src_pad_finalize;
}

static void
wn_src_pad_init (WnSrcPad *self)
{
  g_signal_connect (self, "linked", G_CALLBACK (on_linked), NULL);
}

static gboolean
copy_sticky_event (GstPad *target G_GNUC_UNUSED, GstEvent **event, gpointer pad)
{
  g_autoptr (GstEvent) correct = correct_event (gst_event_ref (*event));

  if (GST_EVENT_TYPE (correct) != GST_EVENT_EOS)
    gst_pad_store_sticky_event (pad, correct);
  return TRUE;
}

/* Returns: (transfer floating): an active pad, which knows its caps already */
WnSrcPad *
wn_src_pad_new (GstPadTemplate *templ, const gchar *name, GstPad *target)
{
  WnSrcPad *self = g_object_new (WN_TYPE_SRC_PAD, "name", name, "direction",
      GST_PAD_SRC, "template", templ, NULL);
  g_autoptr (GstPad) internal =
      GST_PAD (gst_proxy_pad_get_internal (GST_PROXY_PAD (self)));

  self->is_taken = TRUE;
  get_encoding (target, &self->media, &self->encoding);
  gst_pad_set_query_function (GST_PAD (self), on_query);
  gst_pad_set_query_function (internal, on_internal_query);
  gst_pad_set_event_function (internal, on_internal_event);
  gst_pad_set_chain_function (internal, chain);
  gst_pad_set_chain_list_function (internal, chain_list);
  gst_pad_add_probe (internal,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_data, self,
      NULL);
  gst_pad_add_probe (internal, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event,
      NULL, NULL);
  gst_ghost_pad_set_target (GST_GHOST_PAD (self), target);
  gst_pad_set_active (GST_PAD (self), TRUE);
  gst_pad_sticky_events_foreach (target, copy_sticky_event, self);
  return self;
}
