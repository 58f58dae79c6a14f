/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What webrtcbin's transports are kept from. */

#include "checkmain.h"
#include "webrtc/connection/earlymedia.h"
#include "webrtc/connection/icekeeper.h"

#include <gst/webrtc/webrtc.h>

typedef struct
{
  GstElement *pipeline;
  GstElement *webrtcbin;
  GstWebRTCRTPTransceiver *transceiver;
} Fixture;

static GstElement *
find_made_by (GstElement *bin, const gchar *factory_name)
{
  g_autoptr (GstIterator) found =
      gst_bin_iterate_all_by_element_factory_name (GST_BIN (bin), factory_name);
  g_auto (GValue) item = G_VALUE_INIT;

  fail_unless (gst_iterator_next (found, &item) == GST_ITERATOR_OK);
  return g_value_dup_object (&item);
}

/* A webrtcbin that has made an offer, and so has a transport. */
static void
fixture_set_up (Fixture *self)
{
  g_autoptr (GstCaps) caps =
      gst_caps_from_string ("application/x-rtp,media=video,encoding-name=VP8,"
                            "payload=96,clock-rate=90000");
  g_autoptr (GstPromise) promise = gst_promise_new ();
  g_autoptr (WnEarlyMedia) early = NULL;

  self->pipeline = gst_pipeline_new (NULL);
  self->webrtcbin = gst_element_factory_make ("webrtcbin", NULL);
  early = wn_early_media_new (self->webrtcbin);
  g_object_set (self->webrtcbin, "bundle-policy", 3, NULL);
  gst_bin_add (GST_BIN (self->pipeline), self->webrtcbin);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  g_signal_emit_by_name (self->webrtcbin, "add-transceiver",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV, caps, &self->transceiver);
  g_signal_emit_by_name (self->webrtcbin, "create-offer", NULL, promise);
  fail_unless (gst_promise_wait (promise) == GST_PROMISE_RESULT_REPLIED);
}

static void
fixture_tear_down (Fixture *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_object_unref (self->transceiver);
  gst_object_unref (self->pipeline);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_tear_down)

/* Its own handshake has not begun: ICE is not connected. */
GST_START_TEST (a_handshake_that_comes_too_early_is_dropped)
{
  static const guint8 hello[] = { 22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
    0 };
  g_auto (Fixture) fixture = { NULL };
  g_autoptr (GstElement) decoder = NULL;
  g_autoptr (GstPad) sink = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) error = NULL;
  GstSegment segment;

  fixture_set_up (&fixture);
  decoder = find_made_by (fixture.webrtcbin, "dtlssrtpdec");
  sink = gst_element_get_static_pad (decoder, "sink");
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_send_event (sink, gst_event_new_stream_start ("early"));
  gst_pad_send_event (sink, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_pad_chain (sink,
                              gst_buffer_new_memdup (hello, sizeof hello)),
      GST_FLOW_OK);
  bus = gst_element_get_bus (fixture.pipeline);
  error = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (error == NULL);
}

GST_END_TEST;

/* There is no section for data channels. */
GST_START_TEST (data_that_nobody_waits_for_is_dropped)
{
  g_auto (Fixture) fixture = { NULL };
  g_autoptr (GstElement) decoder = NULL;
  g_autoptr (GstPad) src = NULL;
  GstSegment segment;

  fixture_set_up (&fixture);
  decoder = find_made_by (fixture.webrtcbin, "dtlssrtpdec");
  src = gst_element_get_static_pad (decoder, "data_src");
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (src, gst_event_new_stream_start ("data"));
  gst_pad_push_event (src, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_pad_push (src, gst_buffer_new_memdup ("data", 4)),
      GST_FLOW_OK);
}

GST_END_TEST;

static void
count (guint *n)
{
  (*n)++;
}

/* The queue is set up each time that the receiving half is told of a state. */
GST_START_TEST (who_receives_is_told_of_the_state_when_the_description_is_set)
{
  g_auto (Fixture) fixture = { NULL };
  g_autoptr (GstElement) decoder = NULL;
  g_autoptr (GstElement) queue = NULL;
  g_autoptr (GObject) sender = NULL;
  g_autoptr (GObject) dtls = NULL;
  g_autoptr (GstObject) transport_bin = NULL;
  GstWebRTCICETransport *ice;
  WnHeldStates *held;
  guint n_told = 0;
  guint n_seen = 0;

  fixture_set_up (&fixture);
  decoder = find_made_by (fixture.webrtcbin, "dtlssrtpdec");
  transport_bin = gst_object_get_parent (GST_OBJECT (decoder));
  queue = find_made_by (GST_ELEMENT (transport_bin), "queue");
  g_signal_connect_swapped (queue, "notify::leaky", G_CALLBACK (count),
      &n_told);
  g_object_get (fixture.transceiver, "sender", &sender, NULL);
  g_object_get (sender, "transport", &dtls, NULL);
  g_object_get (dtls, "transport", &ice, NULL);
  g_signal_connect_swapped (ice, "notify::state", G_CALLBACK (count), &n_seen);

  held = wn_ice_keeper_hold_states (fixture.webrtcbin);
  gst_webrtc_ice_transport_connection_state_change (ice,
      GST_WEBRTC_ICE_CONNECTION_STATE_CHECKING);
  fail_unless_equals_int (n_seen, 1);
  fail_unless_equals_int (n_told, 0);
  wn_ice_keeper_tell_states (held);
  fail_unless (n_told > 0);

  n_told = 0;
  gst_webrtc_ice_transport_connection_state_change (ice,
      GST_WEBRTC_ICE_CONNECTION_STATE_CONNECTED);
  fail_unless_equals_int (n_told, 1);
  g_signal_handlers_disconnect_by_data (ice, &n_seen);
  gst_object_unref (ice);
}

GST_END_TEST;

static Suite *
transports_suite (void)
{
  Suite *suite = suite_create ("transports");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, a_handshake_that_comes_too_early_is_dropped);
  tcase_add_test (tc, data_that_nobody_waits_for_is_dropped);
  tcase_add_test (tc,
      who_receives_is_told_of_the_state_when_the_description_is_set);
  return suite;
}

CHECK_MAIN (transports)
