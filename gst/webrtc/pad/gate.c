/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gate.h"

#include "rtpsource.h"

#include <gst/rtp/rtp.h>
#include <gst/video/video.h>

GST_DEBUG_CATEGORY_STATIC (wn_gate_debug);
#define GST_CAT_DEFAULT wn_gate_debug

struct _WnGate
{
  gint ref_count;
  GstPad *entry; /* the sink pad */
  GstPad *pad;   /* our source pad, whose parent is the sink pad */

  /* Atomic. */
  gint is_open;
  gint is_connected; /* the source pad is linked, and has its caps */
  gint is_other;     /* what comes is of another encoding than was negotiated */
  gint has_events;   /* the source pad has the sticky events of the sink pad */
  gint payload;      /* to be written into packets; -1: as it is */

  GMutex mutex;
  /* Under the mutex. */
  GstCaps *
      wire_format; /* what the webrtcbin sees in the place of upstream's caps */
  WnRtpSource source;
};

/*** What passes ***/

static gboolean
rewrite_packet (GstBuffer **buffer, guint index G_GNUC_UNUSED, gpointer data)
{
  WnGate *self = data;
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  /* What is no RTP is webrtcbin's to complain of. */
  *buffer = gst_buffer_make_writable (*buffer);
  if (gst_rtp_buffer_map (*buffer, GST_MAP_READWRITE, &rtp)) {
    gst_rtp_buffer_set_payload_type (&rtp, g_atomic_int_get (&self->payload));
    g_mutex_lock (&self->mutex);
    wn_rtp_source_rewrite (&self->source, &rtp, g_get_monotonic_time ());
    g_mutex_unlock (&self->mutex);
    gst_rtp_buffer_unmap (&rtp);
  }
  return TRUE;
}

static gboolean
store_event (GstPad *entry G_GNUC_UNUSED, GstEvent **event, gpointer pad)
{
  GstEventType type = GST_EVENT_TYPE (*event);

  if (type != GST_EVENT_CAPS && type != GST_EVENT_EOS)
    gst_pad_store_sticky_event (pad, *event);
  return TRUE;
}

/* What came before the first buffer that passes is caught up on then: a segment must
 * not be there before the caps are. */
static gboolean
may_pass (WnGate *self)
{
  if (!g_atomic_int_get (&self->is_open)
      || !g_atomic_int_get (&self->is_connected)
      || g_atomic_int_get (&self->is_other))
    return FALSE;

  if (g_atomic_int_compare_and_exchange (&self->has_events, FALSE, TRUE))
    gst_pad_sticky_events_foreach (self->entry, store_event, self->pad);
  return TRUE;
}

/* A broken or replaced webrtcbin must not stop upstream; its end comes over the bus,
 * or by its states. */
static void
note_flow (WnGate *self, GstFlowReturn flow)
{
  if (flow != GST_FLOW_OK)
    GST_LOG_OBJECT (self->entry, "dropped: %s", gst_flow_get_name (flow));
}

/* @buffer: (transfer full): */
void
wn_gate_push (WnGate *self, GstBuffer *buffer)
{
  if (!may_pass (self)) {
    gst_buffer_unref (buffer);
    return;
  }
  if (g_atomic_int_get (&self->payload) >= 0)
    rewrite_packet (&buffer, 0, self);
  note_flow (self, gst_pad_push (self->pad, buffer));
}

/* @list: (transfer full): */
void
wn_gate_push_list (WnGate *self, GstBufferList *list)
{
  if (!may_pass (self)) {
    gst_buffer_list_unref (list);
    return;
  }
  if (g_atomic_int_get (&self->payload) >= 0) {
    list = gst_buffer_list_make_writable (list);
    gst_buffer_list_foreach (list, rewrite_packet, self);
  }
  note_flow (self, gst_pad_push_list (self->pad, list));
}

/* @event: (transfer full): not the end of the stream, nor its caps */
void
wn_gate_push_event (WnGate *self, GstEvent *event)
{
  if (g_atomic_int_get (&self->has_events))
    gst_pad_push_event (self->pad, event);
  else
    gst_event_unref (event);
}

static gboolean
is_of_encoding (const GstCaps *caps, const GstCaps *wire_format)
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

/**
 * wn_gate_note_caps:
 * @caps: (nullable): of what comes
 *
 * At once: what follows the caps must not go out under a payload type that is
 * another encoding's.
 */
void
wn_gate_note_caps (WnGate *self, const GstCaps *caps)
{
  gboolean is_other;

  g_mutex_lock (&self->mutex);
  if (caps)
    wn_rtp_source_declare (&self->source, caps);
  is_other =
      self->wire_format && caps && !is_of_encoding (caps, self->wire_format);
  g_mutex_unlock (&self->mutex);
  g_atomic_int_set (&self->is_other, is_other);
}

/*** What webrtcbin asks ***/

static gboolean
on_upstream_event (GstPad *pad G_GNUC_UNUSED, GstObject *entry, GstEvent *event)
{
  return gst_pad_push_event (GST_PAD (entry), event);
}

static gboolean
on_query (GstPad *pad, GstObject *entry, GstQuery *query)
{
  g_autoptr (GstCaps) caps = NULL;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CAPS
      || !(caps = gst_pad_get_current_caps (pad)))
    return gst_pad_peer_query (GST_PAD (entry), query);
  gst_query_set_caps_result (query, caps);
  return TRUE;
}

/*** Connecting ***/

/* The webrtcbin wants to know the caps before any data comes. */
static void
send_caps (WnGate *self, GstCaps *wire_format)
{
  g_autoptr (GstEvent) start =
      gst_pad_get_sticky_event (self->entry, GST_EVENT_STREAM_START, 0);

  if (!start)
    start = gst_event_new_stream_start (GST_OBJECT_NAME (self->entry));
  gst_pad_push_event (self->pad, gst_event_ref (start));
  gst_pad_push_event (self->pad, gst_event_new_caps (wire_format));
}

static void
unlink_pad (WnGate *self)
{
  g_autoptr (GstPad) peer = gst_pad_get_peer (self->pad);

  if (peer)
    gst_pad_unlink (self->pad, peer);
}

/**
 * wn_gate_connect:
 * @target: a sink pad of a webrtcbin
 * @wire_format: the caps that it is to see
 *
 * Leads the stream to @target.  The gate stays as open as it is.
 */
void
wn_gate_connect (WnGate *self, GstPad *target, GstCaps *wire_format)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (self->entry);
  gint payload = -1;

  gst_structure_get_int (gst_caps_get_structure (wire_format, 0), "payload",
      &payload);
  g_atomic_int_set (&self->payload, payload);
  g_mutex_lock (&self->mutex);
  gst_caps_replace (&self->wire_format, wire_format);
  wn_rtp_source_set_wire_format (&self->source, wire_format);
  g_mutex_unlock (&self->mutex);
  wn_gate_note_caps (self, caps);

  GST_DEBUG_OBJECT (self->entry, "to %" GST_PTR_FORMAT " as %" GST_PTR_FORMAT,
      target, wire_format);
  unlink_pad (self);
  /* The two have no bin in common, as a ghost pad's inside and outside do not. */
  if (gst_pad_link_full (self->pad, target, GST_PAD_LINK_CHECK_NOTHING)
      != GST_PAD_LINK_OK)
    GST_ERROR_OBJECT (self->entry, "webrtcbin's pad serves another stream");
  send_caps (self, wire_format);
  g_atomic_int_set (&self->is_connected, TRUE);
}

void
wn_gate_disconnect (WnGate *self)
{
  wn_gate_close (self);
  g_atomic_int_set (&self->is_connected, FALSE);
  unlink_pad (self);
}

/* Lets buffers pass, and asks for one that a decoder can start with. */
void
wn_gate_open (WnGate *self)
{
  if (!g_atomic_int_compare_and_exchange (&self->is_open, FALSE, TRUE))
    return;
  gst_pad_push_event (self->entry,
      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE,
          0));
}

void
wn_gate_close (WnGate *self)
{
  g_atomic_int_set (&self->is_open, FALSE);
}

/*** Life ***/

/**
 * wn_gate_new:
 * @entry: the sink pad whose stream it leads on
 *
 * Returns: (transfer full): a closed gate, which leads nowhere
 */
WnGate *
wn_gate_new (GstPad *entry)
{
  WnGate *self = g_new0 (WnGate, 1);

  GST_DEBUG_CATEGORY_INIT (wn_gate_debug, "wngate", 0,
      "webrtcnegotiator's ways from sink pads into connections");
  self->ref_count = 1;
  self->payload = -1;
  g_mutex_init (&self->mutex);
  self->entry = gst_object_ref (entry);
  self->pad = gst_object_ref_sink (gst_pad_new (NULL, GST_PAD_SRC));
  gst_pad_set_event_function (self->pad, on_upstream_event);
  gst_pad_set_query_function (self->pad, on_query);
  GST_OBJECT_FLAG_SET (self->pad, GST_PAD_FLAG_NEED_PARENT);
  gst_object_set_parent (GST_OBJECT (self->pad), GST_OBJECT (entry));
  gst_pad_set_active (self->pad, TRUE);
  return self;
}

WnGate *
wn_gate_ref (WnGate *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
wn_gate_unref (WnGate *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  wn_gate_disconnect (self);
  gst_pad_set_active (self->pad, FALSE);
  gst_object_unparent (GST_OBJECT (self->pad));
  gst_object_unref (self->pad);
  gst_object_unref (self->entry);
  gst_clear_caps (&self->wire_format);
  g_mutex_clear (&self->mutex);
  g_free (self);
}
