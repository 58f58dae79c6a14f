/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sinkpad.h"

#include "rtpformat.h"
#include "rtpsource.h"

#include <gst/rtp/rtp.h>
#include <gst/video/video.h>

GST_DEBUG_CATEGORY_STATIC (wn_sink_pad_debug);
#define GST_CAT_DEFAULT wn_sink_pad_debug

#define DATA (GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST)

struct _WnSinkPad
{
  GstGhostPad parent;

  /* The source pad behind the ghost; it belongs to the ghost. */
  GstPad *internal;

  /* Atomic. */
  gint is_open;
  gint has_data;  /* a buffer came since the caps did */
  gint payload;   /* to be written into packets; -1: as it is */
  gint has_ended; /* upstream has sent its end of stream, and nothing since */
  gint is_other;  /* what comes is of another encoding than was negotiated */
  gint
      direction; /* WnDirection: what the application wants its section to do */

  /* Under the object lock. */
  GstCaps *requested;   /* what the pad was requested with */
  GstCaps *final;       /* what upstream sent its last buffers with */
  GstCaps *wire_format; /* what replaces upstream's caps; NULL: nothing */
  WnRtpSource source;
};

G_DEFINE_TYPE_WITH_CODE (WnSinkPad, wn_sink_pad, GST_TYPE_GHOST_PAD,
    GST_DEBUG_CATEGORY_INIT (wn_sink_pad_debug, "wnsinkpad", 0,
        "webrtcnegotiator's sink pads"));

enum
{
  CAPS_CHANGED,
  ENDED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/*** What passes ***/

static gboolean
rewrite_packet (GstBuffer **buffer, guint index G_GNUC_UNUSED, gpointer data)
{
  WnSinkPad *self = data;
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  /* What is no RTP is webrtcbin's to complain of. */
  *buffer = gst_buffer_make_writable (*buffer);
  if (gst_rtp_buffer_map (*buffer, GST_MAP_READWRITE, &rtp)) {
    gst_rtp_buffer_set_payload_type (&rtp, g_atomic_int_get (&self->payload));
    GST_OBJECT_LOCK (self);
    wn_rtp_source_rewrite (&self->source, &rtp, g_get_monotonic_time ());
    GST_OBJECT_UNLOCK (self);
    gst_rtp_buffer_unmap (&rtp);
  }
  return TRUE;
}

static void
rewrite (WnSinkPad *self, GstPadProbeInfo *info)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    GstBufferList *list =
        gst_buffer_list_make_writable (GST_PAD_PROBE_INFO_BUFFER_LIST (info));

    gst_buffer_list_foreach (list, rewrite_packet, self);
    info->data = list;
  } else {
    rewrite_packet ((GstBuffer **) &info->data, 0, self);
  }
}

static GstPadProbeReturn
on_data (GstPad *internal G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer data)
{
  WnSinkPad *self = data;

  if (!g_atomic_int_get (&self->is_open) || g_atomic_int_get (&self->is_other))
    return GST_PAD_PROBE_DROP;

  if (g_atomic_int_get (&self->payload) >= 0)
    rewrite (self, info);
  return GST_PAD_PROBE_OK;
}

static gboolean
is_of_encoding (GstCaps *caps, GstCaps *wire_format)
{
  const GstStructure *a = gst_caps_get_structure (caps, 0);
  const GstStructure *b = gst_caps_get_structure (wire_format, 0);

  return g_strcmp0 (gst_structure_get_string (a, "media"),
             gst_structure_get_string (b, "media"))
      == 0
      && g_strcmp0 (gst_structure_get_string (a, "encoding-name"),
             gst_structure_get_string (b, "encoding-name"))
      == 0;
}

/* At once: what follows the caps must not go out under a payload type that is
 * another encoding's. */
static void
compare_encodings (WnSinkPad *self, GstCaps *caps)
{
  gboolean is_other;

  GST_OBJECT_LOCK (self);
  if (caps)
    wn_rtp_source_declare (&self->source, caps);
  is_other =
      self->wire_format && caps && !is_of_encoding (caps, self->wire_format);
  GST_OBJECT_UNLOCK (self);
  g_atomic_int_set (&self->is_other, is_other);
}

/* Sticky events are sent again by themselves whenever the target changes, and come
 * through here each time. */
static GstPadProbeReturn
on_event (GstPad *internal G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer data)
{
  WnSinkPad *self = data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  g_autoptr (GstCaps) wire_format = NULL;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;

  GST_OBJECT_LOCK (self);
  if (self->wire_format)
    wire_format = gst_caps_ref (self->wire_format);
  GST_OBJECT_UNLOCK (self);

  if (wire_format) {
    GstEvent *wire_event = gst_event_new_caps (wire_format);

    gst_event_set_seqnum (wire_event, gst_event_get_seqnum (event));
    gst_event_unref (event);
    info->data = wire_event;
  }
  return GST_PAD_PROBE_OK;
}

/* A broken or replaced webrtcbin must not stop upstream; its end comes over the
 * bus, or by its states. */
static void
note_data (WnSinkPad *self)
{
  g_autoptr (GstCaps) caps = NULL;

  if (!g_atomic_int_compare_and_exchange (&self->has_data, FALSE, TRUE))
    return;
  caps = gst_pad_get_current_caps (GST_PAD (self));
  GST_OBJECT_LOCK (self);
  gst_caps_replace (&self->final, caps);
  GST_OBJECT_UNLOCK (self);
  g_signal_emit (self, signals[CAPS_CHANGED], 0);
}

static GstFlowReturn
chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstFlowReturn ret;

  note_data (WN_SINK_PAD (pad));
  ret = gst_proxy_pad_chain_default (pad, parent, buffer);

  if (ret != GST_FLOW_OK)
    GST_LOG_OBJECT (pad, "dropped: %s", gst_flow_get_name (ret));
  return GST_FLOW_OK;
}

static GstFlowReturn
chain_list (GstPad *pad, GstObject *parent, GstBufferList *list)
{
  GstFlowReturn ret;

  note_data (WN_SINK_PAD (pad));
  ret = gst_proxy_pad_chain_list_default (pad, parent, list);

  if (ret != GST_FLOW_OK)
    GST_LOG_OBJECT (pad, "dropped: %s", gst_flow_get_name (ret));
  return GST_FLOW_OK;
}

static gboolean
on_sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstEventType type = GST_EVENT_TYPE (event);
  GstCaps *caps;

  /* An end of stream would stay with a webrtcbin's pad, which may serve another
   * stream later. */
  if (type == GST_EVENT_EOS) {
    gst_event_unref (event);
    g_atomic_int_set (&WN_SINK_PAD (pad)->has_ended, TRUE);
    g_signal_emit (pad, signals[ENDED], 0);
    return TRUE;
  }

  if (type == GST_EVENT_STREAM_START || type == GST_EVENT_FLUSH_STOP)
    wn_sink_pad_forget_end (WN_SINK_PAD (pad));
  if (type != GST_EVENT_CAPS) {
    gst_pad_event_default (pad, parent, event);
    return TRUE;
  }

  gst_event_parse_caps (event, &caps);
  compare_encodings (WN_SINK_PAD (pad), caps);
  /* The pad has its caps only when this returns, but whoever hears of the change
   * looks at them from another thread at once. */
  gst_pad_event_default (pad, parent, gst_event_ref (event));
  g_atomic_int_set (&WN_SINK_PAD (pad)->has_data, FALSE);
  gst_pad_store_sticky_event (pad, event);
  gst_event_unref (event);
  g_signal_emit (pad, signals[CAPS_CHANGED], 0);
  return TRUE;
}

/* What upstream may send does not depend on what is linked behind. */
static gboolean
on_sink_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  g_autoptr (GstCaps) templ = NULL;
  GstCaps *filter, *caps;

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_CAPS:
      templ = gst_pad_get_pad_template_caps (pad);
      gst_query_parse_caps (query, &filter);
      if (filter) {
        g_autoptr (GstCaps) both =
            gst_caps_intersect_full (filter, templ, GST_CAPS_INTERSECT_FIRST);

        gst_query_set_caps_result (query, both);
      } else {
        gst_query_set_caps_result (query, templ);
      }
      return TRUE;
    case GST_QUERY_ACCEPT_CAPS:
      templ = gst_pad_get_pad_template_caps (pad);
      gst_query_parse_accept_caps (query, &caps);
      gst_query_set_accept_caps_result (query,
          gst_caps_is_subset (caps, templ));
      return TRUE;
    case GST_QUERY_ALLOCATION:
      /* A pool of a webrtcbin would go away with it. */
      return FALSE;
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

/*** Formats ***/

static GstCaps *
fixate_format (GstCaps *caps)
{
  if (gst_caps_is_any (caps) || gst_caps_is_empty (caps))
    return caps;
  return gst_caps_fixate (caps);
}

/**
 * wn_sink_pad_get_format:
 *
 * Returns: (transfer full) (nullable): the caps of the stream: what upstream
 *   sends, or else what it says that it will send, or what the pad was requested
 *   with; %NULL if none of these tells the encoding
 */
GstCaps *
wn_sink_pad_get_format (WnSinkPad *self)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (GST_PAD (self));

  if (wn_rtp_format_is_known (caps))
    return g_steal_pointer (&caps);
  gst_clear_caps (&caps);

  caps = gst_pad_peer_query_caps (GST_PAD (self), NULL);
  caps = fixate_format (g_steal_pointer (&caps));
  if (wn_rtp_format_is_known (caps))
    return g_steal_pointer (&caps);
  gst_clear_caps (&caps);

  GST_OBJECT_LOCK (self);
  if (self->requested)
    caps = gst_caps_copy (self->requested);
  GST_OBJECT_UNLOCK (self);
  if (caps)
    caps = fixate_format (g_steal_pointer (&caps));
  return wn_rtp_format_is_known (caps) ? g_steal_pointer (&caps) : NULL;
}

/* Returns: whether upstream will not say more than @caps, which it sends */
static gboolean
is_final (WnSinkPad *self, GstCaps *caps)
{
  gboolean had_data;

  if (wn_rtp_format_is_complete (caps))
    return TRUE;
  GST_OBJECT_LOCK (self);
  had_data = self->final && gst_caps_is_equal (caps, self->final);
  GST_OBJECT_UNLOCK (self);
  return had_data;
}

/**
 * wn_sink_pad_is_settled:
 *
 * Returns: FALSE if upstream is about to say more of the stream than
 *   wn_sink_pad_get_format() knows: `caps-changed` comes then.  Upstream may also
 *   never send anything
 */
gboolean
wn_sink_pad_is_settled (WnSinkPad *self)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (GST_PAD (self));

  if (!wn_rtp_format_is_known (caps))
    return !gst_pad_is_linked (GST_PAD (self));
  return is_final (self, caps);
}

/**
 * wn_sink_pad_get_final_format:
 *
 * Returns: (transfer full) (nullable): what upstream sends, once it has said all of
 *   it
 */
GstCaps *
wn_sink_pad_get_final_format (WnSinkPad *self)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (GST_PAD (self));

  return wn_rtp_format_is_known (caps) && is_final (self, caps)
      ? g_steal_pointer (&caps)
      : NULL;
}

gboolean
wn_sink_pad_has_ended (WnSinkPad *self)
{
  return g_atomic_int_get (&self->has_ended);
}

/* Another stream may come. */
void
wn_sink_pad_forget_end (WnSinkPad *self)
{
  g_atomic_int_set (&self->has_ended, FALSE);
}

/* Holds for as long as the pad is there, whatever its element does: on any
 * thread. */
void
wn_sink_pad_set_direction (WnSinkPad *self, WnDirection direction)
{
  g_atomic_int_set (&self->direction, direction);
}

WnDirection
wn_sink_pad_get_direction (WnSinkPad *self)
{
  return g_atomic_int_get (&self->direction);
}

/**
 * wn_sink_pad_make_wire_format:
 * @format: what upstream sends
 * @payload: the payload type on the wire
 * @offered: (nullable): the format as the remote offer has it
 *
 * webrtcbin intersects caps as strings.  Where ours and the offered ones differ in
 * a parameter, such as in an H.264 level, these are the offered ones: the stream
 * is of that encoding, and whether the receiver can take it is for it to know.
 *
 * Returns: (transfer full): the caps for webrtcbin
 */
GstCaps *
wn_sink_pad_make_wire_format (const GstCaps *format, gint payload,
    const GstCaps *offered)
{
  GstCaps *wire = gst_caps_copy (format);
  GstStructure *s = gst_caps_get_structure (wire, 0);

  if (offered) {
    const GstStructure *theirs = gst_caps_get_structure (offered, 0);

    for (gint i = 0; i < gst_structure_n_fields (theirs); i++) {
      const gchar *name = gst_structure_nth_field_name (theirs, i);

      if (gst_structure_has_field (s, name)
          && !g_str_has_prefix (name, "extmap-"))
        gst_structure_set_value (s, name,
            gst_structure_get_value (theirs, name));
    }
  }
  gst_structure_set (s, "payload", G_TYPE_INT, payload, NULL);
  return wire;
}

/*** Connecting ***/

/* The webrtcbin wants to know the caps before any data comes. */
static void
send_caps (WnSinkPad *self, GstPad *target, GstCaps *wire_format)
{
  g_autoptr (GstEvent) start =
      gst_pad_get_sticky_event (GST_PAD (self), GST_EVENT_STREAM_START, 0);

  if (!start)
    start = gst_event_new_stream_start (GST_OBJECT_NAME (self));
  gst_pad_send_event (target, gst_event_ref (start));
  gst_pad_send_event (target, gst_event_new_caps (wire_format));
}

/**
 * wn_sink_pad_connect:
 * @target: a sink pad of a webrtcbin
 * @wire_format: the caps that it is to see
 *
 * Leads the stream to @target.  The pad stays as open as it is.
 */
void
wn_sink_pad_connect (WnSinkPad *self, GstPad *target, GstCaps *wire_format)
{
  g_autoptr (GstCaps) caps = NULL;
  gint payload = -1;

  gst_structure_get_int (gst_caps_get_structure (wire_format, 0), "payload",
      &payload);
  g_atomic_int_set (&self->payload, payload);
  GST_OBJECT_LOCK (self);
  gst_caps_replace (&self->wire_format, wire_format);
  wn_rtp_source_set_wire_format (&self->source, wire_format);
  GST_OBJECT_UNLOCK (self);
  caps = gst_pad_get_current_caps (GST_PAD (self));
  compare_encodings (self, caps);

  GST_DEBUG_OBJECT (self, "to %" GST_PTR_FORMAT " as %" GST_PTR_FORMAT, target,
      wire_format);
  send_caps (self, target, wire_format);
  gst_ghost_pad_set_target (GST_GHOST_PAD (self), target);
}

void
wn_sink_pad_disconnect (WnSinkPad *self)
{
  wn_sink_pad_close (self);
  gst_ghost_pad_set_target (GST_GHOST_PAD (self), NULL);
}

/* Lets buffers pass, and asks for one that a decoder can start with. */
void
wn_sink_pad_open (WnSinkPad *self)
{
  if (g_atomic_int_get (&self->is_open))
    return;

  g_atomic_int_set (&self->is_open, TRUE);
  gst_pad_push_event (GST_PAD (self),
      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE,
          0));
}

void
wn_sink_pad_close (WnSinkPad *self)
{
  g_atomic_int_set (&self->is_open, FALSE);
}

/*** The class ***/

static void
wn_sink_pad_finalize (GObject *object)
{
  WnSinkPad *self = WN_SINK_PAD (object);

  gst_clear_caps (&self->requested);
  gst_clear_caps (&self->final);
  gst_clear_caps (&self->wire_format);
  G_OBJECT_CLASS (wn_sink_pad_parent_class)->finalize (object);
}

static void
wn_sink_pad_class_init (WnSinkPadClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wn_sink_pad_finalize;

  signals[CAPS_CHANGED] =
      g_signal_new ("caps-changed", G_TYPE_FROM_CLASS (klass),
          G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wn_sink_pad_init (WnSinkPad *self)
{
  self->payload = -1;
  self->direction = WN_DIRECTION_SENDRECV;
}

/**
 * wn_sink_pad_new:
 * @caps: (nullable): what the pad is requested with
 *
 * Returns: (transfer floating): a closed pad without a target
 */
WnSinkPad *
wn_sink_pad_new (GstPadTemplate *templ, const gchar *name, const GstCaps *caps)
{
  WnSinkPad *self = g_object_new (WN_TYPE_SINK_PAD, "name", name, "direction",
      GST_PAD_SINK, "template", templ, NULL);

  if (caps)
    self->requested = gst_caps_copy (caps);

  gst_pad_set_chain_function (GST_PAD (self), chain);
  gst_pad_set_chain_list_function (GST_PAD (self), chain_list);
  gst_pad_set_event_function (GST_PAD (self), on_sink_event);
  gst_pad_set_query_function (GST_PAD (self), on_sink_query);

  self->internal = GST_PAD (gst_proxy_pad_get_internal (GST_PROXY_PAD (self)));
  gst_pad_add_probe (self->internal, DATA, on_data, self, NULL);
  gst_pad_add_probe (self->internal, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_event, self, NULL);
  gst_object_unref (self->internal);

  return self;
}
