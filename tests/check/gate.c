/* A sink pad and its gates, without an element: one stream that goes into any number
 * of connections.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "checkmain.h"
#include "webrtc/pad/sinkpad.h"

#include <gst/rtp/rtp.h>
#include <gst/video/video.h>

#define CAPS "application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000,"

static gint n_key_frames;

static gboolean
on_upstream_event (GstPad *pad G_GNUC_UNUSED, GstObject *parent G_GNUC_UNUSED,
    GstEvent *event)
{
  if (gst_video_event_is_force_key_unit (event))
    n_key_frames++;
  gst_event_unref (event);
  return TRUE;
}

static GstPad *
source_new (WnSinkPad *sink)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (CAPS "payload=96");
  GstPad *source = gst_pad_new ("src", GST_PAD_SRC);
  GstSegment segment;

  gst_pad_set_event_function (source, on_upstream_event);
  gst_pad_set_active (source, TRUE);
  fail_unless_equals_int (gst_pad_link (source, GST_PAD (sink)),
      GST_PAD_LINK_OK);
  fail_unless (gst_pad_push_event (source, gst_event_new_stream_start ("s")));
  fail_unless (gst_pad_push_event (source, gst_event_new_caps (caps)));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  fail_unless (gst_pad_push_event (source, gst_event_new_segment (&segment)));
  return source;
}

static WnSinkPad *
sink_new (void)
{
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("application/x-rtp");
  g_autoptr (GstPadTemplate) templ =
      gst_object_ref_sink (gst_pad_template_new ("sink_%u", GST_PAD_SINK,
          GST_PAD_REQUEST, caps));
  WnSinkPad *sink =
      gst_object_ref_sink (wn_sink_pad_new (templ, "sink_0", NULL));

  gst_pad_set_active (GST_PAD (sink), TRUE);
  return sink;
}

/*** Where a gate leads ***/

static GstFlowReturn
on_buffer (GstPad *pad, GstObject *parent G_GNUC_UNUSED, GstBuffer *buffer)
{
  GQueue *received = gst_pad_get_element_private (pad);

  g_queue_push_tail (received, buffer);
  /* What goes wrong here is nothing to upstream. */
  return GST_FLOW_ERROR;
}

static GstPad *
target_new (void)
{
  GstPad *target = gst_pad_new (NULL, GST_PAD_SINK);

  gst_pad_set_element_private (target, g_queue_new ());
  gst_pad_set_chain_function (target, on_buffer);
  gst_pad_set_active (target, TRUE);
  return target;
}

static GstBuffer *
target_take (GstPad *target)
{
  return g_queue_pop_head (gst_pad_get_element_private (target));
}

static void
target_free (GstPad *target)
{
  g_queue_free_full (gst_pad_get_element_private (target),
      (GDestroyNotify) gst_buffer_unref);
  gst_object_unref (target);
}

static void
gate_connect (WnGate *gate, GstPad *target, gint payload)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (CAPS "payload=96");

  gst_caps_set_simple (caps, "payload", G_TYPE_INT, payload, NULL);
  wn_gate_connect (gate, target, caps);
}

static gint
get_payload_type (GstBuffer *buffer)
{
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  gint payload;

  fail_unless (gst_rtp_buffer_map (buffer, GST_MAP_READ, &rtp));
  payload = gst_rtp_buffer_get_payload_type (&rtp);
  gst_rtp_buffer_unmap (&rtp);
  return payload;
}

/* As payloaders make them: the media in a memory of its own. */
static void
push (GstPad *source, GstMemory *media)
{
  GstBuffer *buffer = gst_rtp_buffer_new_allocate (0, 0, 0);

  gst_buffer_append_memory (buffer, gst_memory_ref (media));
  fail_unless_equals_int (gst_pad_push (source, buffer), GST_FLOW_OK);
}

GST_START_TEST (test_one_stream_goes_into_two_connections_without_a_copy)
{
  WnSinkPad *sink = sink_new ();
  GstPad *source = source_new (sink);
  GstPad *targets[] = { target_new (), target_new () };
  g_autoptr (WnGate) a = wn_sink_pad_add_gate (sink);
  g_autoptr (WnGate) b = wn_sink_pad_add_gate (sink);
  WnGate *gates[] = { a, b };
  GstMemory *media = gst_allocator_alloc (NULL, 1000, NULL);

  n_key_frames = 0;
  push (source, media);
  for (guint i = 0; i < 2; i++) {
    gate_connect (gates[i], targets[i], 100 + i);
    push (source, media);
    fail_unless (target_take (targets[i]) == NULL);
    wn_gate_open (gates[i]);
  }
  fail_unless_equals_int (n_key_frames, 2);

  while (g_queue_get_length (gst_pad_get_element_private (targets[0])) > 0)
    gst_buffer_unref (target_take (targets[0]));
  push (source, media);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GstCaps) caps = gst_pad_get_current_caps (targets[i]);
    GstBuffer *buffer = target_take (targets[i]);
    gint payload;

    fail_unless (buffer != NULL);
    fail_unless_equals_int (get_payload_type (buffer), 100 + i);
    fail_unless (gst_structure_get_int (gst_caps_get_structure (caps, 0),
        "payload", &payload));
    fail_unless_equals_int (payload, 100 + i);
    fail_unless (gst_buffer_peek_memory (buffer, 1) == media);
    gst_buffer_unref (buffer);
  }

  wn_gate_close (a);
  push (source, media);
  fail_unless (target_take (targets[0]) == NULL);
  wn_sink_pad_remove_gate (sink, a);
  gst_buffer_unref (target_take (targets[1]));
  wn_gate_disconnect (b);
  push (source, media);
  fail_unless (target_take (targets[1]) == NULL);
  wn_sink_pad_remove_gate (sink, b);

  gst_memory_unref (media);
  gst_pad_unlink (source, GST_PAD (sink));
  gst_object_unref (source);
  gst_object_unref (sink);
  target_free (targets[0]);
  target_free (targets[1]);
}

GST_END_TEST;

GST_START_TEST (test_a_gate_takes_another_target_while_data_flows)
{
  WnSinkPad *sink = sink_new ();
  GstPad *source = source_new (sink);
  GstPad *targets[] = { target_new (), target_new () };
  g_autoptr (WnGate) gate = wn_sink_pad_add_gate (sink);
  GstMemory *media = gst_allocator_alloc (NULL, 10, NULL);

  wn_gate_open (gate);
  for (guint i = 0; i < 2; i++) {
    GstEvent *segment;

    gate_connect (gate, targets[i], 110 + i);
    push (source, media);
    gst_buffer_unref (target_take (targets[i]));
    segment = gst_pad_get_sticky_event (targets[i], GST_EVENT_SEGMENT, 0);
    fail_unless (segment != NULL);
    gst_event_unref (segment);
  }
  fail_unless (target_take (targets[0]) == NULL);

  /* The end is the stream's, and stays with the sink pad. */
  gst_pad_push_event (source, gst_event_new_eos ());
  fail_unless (wn_sink_pad_has_ended (sink));
  fail_unless (!GST_PAD_IS_EOS (targets[1]));

  wn_sink_pad_remove_gate (sink, gate);
  gst_memory_unref (media);
  gst_pad_unlink (source, GST_PAD (sink));
  gst_object_unref (source);
  wn_gate_disconnect (gate);
  gst_object_unref (sink);
  target_free (targets[0]);
  target_free (targets[1]);
}

GST_END_TEST;

/*** A stream that does not name its source ***/

static void
push_of (GstPad *source, guint32 ssrc)
{
  GstBuffer *buffer = gst_rtp_buffer_new_allocate (8, 0, 0);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  fail_unless (gst_rtp_buffer_map (buffer, GST_MAP_WRITE, &rtp));
  gst_rtp_buffer_set_ssrc (&rtp, ssrc);
  gst_rtp_buffer_unmap (&rtp);
  fail_unless_equals_int (gst_pad_push (source, buffer), GST_FLOW_OK);
}

static guint32
take_ssrc (GstPad *target)
{
  g_autoptr (GstBuffer) buffer = target_take (target);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  guint32 ssrc;

  fail_unless (buffer && gst_rtp_buffer_map (buffer, GST_MAP_READ, &rtp));
  ssrc = gst_rtp_buffer_get_ssrc (&rtp);
  gst_rtp_buffer_unmap (&rtp);
  return ssrc;
}

/* The remote peer is told of one, which never changes; others beside it are as they
 * are. */
GST_START_TEST (test_a_stream_without_an_ssrc_gets_one)
{
  WnSinkPad *sink = sink_new ();
  GstPad *source = source_new (sink);
  GstPad *target = target_new ();
  g_autoptr (WnGate) gate = wn_sink_pad_add_gate (sink);
  g_autoptr (GstCaps) format = wn_sink_pad_get_format (sink);
  g_autoptr (GstCaps) again = wn_sink_pad_get_format (sink);
  guint ssrc = 0;

  fail_unless (gst_structure_get_uint (gst_caps_get_structure (format, 0),
      "ssrc", &ssrc));
  fail_unless (ssrc != 0);
  fail_unless (gst_caps_is_equal (format, again));
  wn_gate_connect (gate, target, format);
  wn_gate_open (gate);
  push_of (source, 7);
  push_of (source, 8);
  push_of (source, 7);
  fail_unless_equals_int (take_ssrc (target), ssrc);
  fail_unless_equals_int (take_ssrc (target), 8);
  fail_unless_equals_int (take_ssrc (target), ssrc);

  wn_gate_disconnect (gate);
  wn_sink_pad_remove_gate (sink, gate);
  gst_pad_unlink (source, GST_PAD (sink));
  gst_object_unref (source);
  gst_object_unref (sink);
  target_free (target);
}

GST_END_TEST;

static Suite *
gate_suite (void)
{
  Suite *suite = suite_create ("gate");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_one_stream_goes_into_two_connections_without_a_copy);
  tcase_add_test (tc, test_a_stream_without_an_ssrc_gets_one);
  tcase_add_test (tc, test_a_gate_takes_another_target_while_data_flows);
  return suite;
}

CHECK_MAIN (gate)
