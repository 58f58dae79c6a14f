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

/* Takes away what webrtcbin blocks in it until the remote certificate is known to be the
 * one that was announced (1.28.5 on). */
static void
unblock (GstElement *transport_bin, GstPad *first, GstPad *last)
{
  gst_element_set_locked_state (transport_bin, TRUE);
  gst_element_set_state (transport_bin, GST_STATE_NULL);
  fail_unless (gst_pad_set_active (last, TRUE));
  fail_unless (gst_pad_set_active (first, TRUE));
}

/* There is no section for data channels. */
GST_START_TEST (data_that_nobody_waits_for_is_dropped)
{
  g_auto (Fixture) fixture = { NULL };
  g_autoptr (GstElement) decoder = NULL;
  g_autoptr (GstObject) transport_bin = NULL;
  g_autoptr (GstPad) src = NULL;
  g_autoptr (GstPad) data_src = NULL;
  GstSegment segment;

  fixture_set_up (&fixture);
  decoder = find_made_by (fixture.webrtcbin, "dtlssrtpdec");
  transport_bin = gst_object_get_parent (GST_OBJECT (decoder));
  src = gst_element_get_static_pad (decoder, "data_src");
  data_src =
      gst_element_get_static_pad (GST_ELEMENT (transport_bin), "data_src");
  unblock (GST_ELEMENT (transport_bin), src, data_src);
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
  n_seen = n_told = 0;
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

static GstObject *
get_dtls_transport (Fixture *fixture)
{
  g_autoptr (GObject) sender = NULL;
  GstObject *dtls;

  g_object_get (fixture->transceiver, "sender", &sender, NULL);
  g_object_get (sender, "transport", &dtls, NULL);
  return dtls;
}

static gboolean
is_told_of_dtls (Fixture *fixture, GstObject *dtls)
{
  return g_signal_handler_find (dtls,
             G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DETAIL | G_SIGNAL_MATCH_DATA
                 | G_SIGNAL_MATCH_UNBLOCKED,
             g_signal_lookup ("notify", G_TYPE_OBJECT),
             g_quark_from_string ("state"), NULL, NULL, fixture->webrtcbin)
      != 0;
}

/* It would look at the description. */
GST_START_TEST (webrtcbin_is_told_of_dtls_when_the_description_is_set)
{
  g_auto (Fixture) fixture = { NULL };
  g_autoptr (GstObject) dtls = NULL;
  WnHeldStates *held;
  guint n_told = 0;

  fixture_set_up (&fixture);
  dtls = get_dtls_transport (&fixture);
  fail_unless (is_told_of_dtls (&fixture, dtls));

  held = wn_ice_keeper_hold_states (fixture.webrtcbin);
  fail_if (is_told_of_dtls (&fixture, dtls));
  g_signal_connect_swapped (dtls, "notify::state", G_CALLBACK (count), &n_told);
  wn_ice_keeper_tell_states (held);
  fail_unless_equals_int (n_told, 1);
  fail_unless (is_told_of_dtls (&fixture, dtls));
  g_signal_handlers_disconnect_by_data (dtls, &n_told);
}

GST_END_TEST;

/* Somebody who is told of a transport's state, and takes long. */
typedef struct
{
  GstObject *transport;
  GMutex mutex;
  GCond cond;
  gboolean is_at_work;
  gboolean may_end;
} Listener;

static void
listen_slowly (Listener *self)
{
  g_mutex_lock (&self->mutex);
  self->is_at_work = TRUE;
  g_cond_broadcast (&self->cond);
  while (!self->may_end)
    g_cond_wait (&self->cond, &self->mutex);
  self->is_at_work = FALSE;
  g_mutex_unlock (&self->mutex);
}

static void
let_end (Listener *self)
{
  g_mutex_lock (&self->mutex);
  self->may_end = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

static gpointer
tell (gpointer data)
{
  Listener *self = data;

  g_object_notify (G_OBJECT (self->transport), "state");
  return NULL;
}

/* A transport's parent hears of a notification by the thread that wants it, while its
 * listeners are still to hear of it by another one: so this one ends when somebody
 * waits for it. */
GST_START_TEST (a_description_is_not_set_while_somebody_is_told_of_dtls)
{
  g_auto (Fixture) fixture = { NULL };
  g_autoptr (GstElement) parent = gst_object_ref_sink (gst_bin_new (NULL));
  g_autoptr (GstObject) dtls = NULL;
  Listener listener = { NULL };
  gboolean was_at_work;
  WnHeldStates *held;
  GThread *thread;

  fixture_set_up (&fixture);
  listener.transport = dtls = get_dtls_transport (&fixture);
  g_mutex_init (&listener.mutex);
  g_cond_init (&listener.cond);
  /* Its owner leaves it so in some releases (1.22); the parent would take that. */
  if (g_object_is_floating (dtls))
    g_object_ref_sink (dtls);
  fail_unless (gst_object_set_parent (dtls, GST_OBJECT (parent)));
  g_signal_connect_swapped (dtls, "notify::state", G_CALLBACK (listen_slowly),
      &listener);
  g_signal_connect_swapped (parent, "deep-notify::state", G_CALLBACK (let_end),
      &listener);

  thread = g_thread_new (NULL, tell, &listener);
  g_mutex_lock (&listener.mutex);
  while (!listener.is_at_work)
    g_cond_wait (&listener.cond, &listener.mutex);
  g_mutex_unlock (&listener.mutex);

  held = wn_ice_keeper_hold_states (fixture.webrtcbin);
  g_mutex_lock (&listener.mutex);
  was_at_work = listener.is_at_work;
  g_mutex_unlock (&listener.mutex);
  wn_ice_keeper_tell_states (held);
  let_end (&listener);
  g_thread_join (thread);
  fail_if (was_at_work);

  g_signal_handlers_disconnect_by_data (dtls, &listener);
  g_signal_handlers_disconnect_by_data (parent, &listener);
  gst_object_unparent (dtls);
  g_mutex_clear (&listener.mutex);
  g_cond_clear (&listener.cond);
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
  tcase_add_test (tc, webrtcbin_is_told_of_dtls_when_the_description_is_set);
  tcase_add_test (tc, a_description_is_not_set_while_somebody_is_told_of_dtls);
  return suite;
}

CHECK_MAIN (transports)
