/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a connection does with a webrtcbin so that it does not go wrong, each by itself;
 * and what its thread does first. */

#include "checkmain.h"
#include "peers.h"
#include "webrtc/connection/dtlswatch.h"
#include "webrtc/connection/icekeeper.h"
#include "webrtc/connection/parts.h"
#include "webrtc/connection/peercertificate.h"
#include "webrtc/connection/rtcp.h"

#include <string.h>

#define QUIET_MS 200

#define A(pair) (&(pair)->peers[0])

static Pair *
make_pair (void)
{
  PairSettings settings = { .ids = { "a", "b" } };
  Pair *pair = pair_new (&settings);

  peer_add_streams (A (pair), "va");
  return pair;
}

static Pair *
make_connected_pair (void)
{
  Pair *pair = make_pair ();

  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  return pair;
}

static GstElement *
get_webrtcbin (Peer *peer)
{
  GstElement *webrtcbin = NULL;

  g_object_get (peer->element, "webrtcbin", &webrtcbin, NULL);
  fail_unless (webrtcbin != NULL);
  return webrtcbin;
}

/*** What is received ***/

typedef struct
{
  guint n_queues;
  guint n_stopped;
  guint n_running; /* other elements beside them */
} Receivers;

static void
count_states (const GValue *item, gpointer data)
{
  GstElement *element = g_value_get_object (item);
  Receivers *self = data;

  if (!g_str_equal (G_OBJECT_TYPE_NAME (GST_OBJECT_PARENT (element)),
          "TransportReceiveBin"))
    return;
  if (!g_str_equal (G_OBJECT_TYPE_NAME (element), "GstQueue")) {
    self->n_running += GST_STATE (element) > GST_STATE_NULL;
    return;
  }
  self->n_queues++;
  self->n_stopped += GST_STATE (element) == GST_STATE_NULL;
}

static Receivers
look_at_reception (GstElement *webrtcbin)
{
  GstIterator *all = gst_bin_iterate_recurse (GST_BIN (webrtcbin));
  Receivers self = { 0 };

  while (gst_iterator_foreach (all, count_states, &self)
      == GST_ITERATOR_RESYNC) {
    gst_iterator_resync (all);
    self = (Receivers) { 0 };
  }
  gst_iterator_free (all);
  return self;
}

GST_START_TEST (test_the_queue_before_the_decoders_is_stopped_alone)
{
  g_autoptr (Pair) pair = make_connected_pair ();
  g_autoptr (GstElement) webrtcbin = get_webrtcbin (A (pair));
  Receivers before = look_at_reception (webrtcbin), after;

  fail_unless (before.n_queues > 0);
  fail_unless_equals_int (before.n_stopped, 0);
  fail_unless (before.n_running > 0);

  wn_ice_keeper_stop_transports (webrtcbin);
  after = look_at_reception (webrtcbin);
  fail_unless_equals_int (after.n_queues, before.n_queues);
  fail_unless_equals_int (after.n_stopped, after.n_queues);
  fail_unless_equals_int (after.n_running, before.n_running);
}

GST_END_TEST;

/* What is received at the moment, and waits for what is sent */
typedef struct
{
  gint has_come; /* atomic */
  GstPad *sink;  /* of what sends */

  GMutex mutex;
  GCond cond;
  gboolean may_go_on;
} Crossing;

static GstPadProbeReturn
cross (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info G_GNUC_UNUSED,
    gpointer data)
{
  Crossing *self = data;

  g_atomic_int_set (&self->has_come, TRUE);
  g_mutex_lock (&self->mutex);
  while (!self->may_go_on)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
  /* As whoever sends RTCP does. */
  GST_PAD_STREAM_LOCK (self->sink);
  GST_PAD_STREAM_UNLOCK (self->sink);
  return GST_PAD_PROBE_REMOVE;
}

static gboolean
has_come (Pair *pair G_GNUC_UNUSED, gpointer crossing)
{
  return g_atomic_int_get (&((Crossing *) crossing)->has_come);
}

/* Whoever has the lock in a sink that is paused keeps it. */
static gboolean
is_sending (Pair *pair G_GNUC_UNUSED, gpointer crossing)
{
  GstPad *sink = ((Crossing *) crossing)->sink;

  if (!GST_PAD_STREAM_TRYLOCK (sink))
    return TRUE;
  GST_PAD_STREAM_UNLOCK (sink);
  return FALSE;
}

static GstPad *
get_receiver (GstElement *webrtcbin)
{
  g_autoptr (GstElement) decoder = wn_parts_find (webrtcbin, "dtlssrtpdec");

  return gst_element_get_static_pad (decoder, "sink");
}

static gpointer
send_packet (gpointer sink)
{
  gst_pad_chain (sink, gst_buffer_new_allocate (NULL, 1, NULL));
  return NULL;
}

/* While the pipeline is paused, the sink keeps what is sent, and the lock with it. */
GST_START_TEST (test_what_is_sent_does_not_hold_up_the_end)
{
  g_autoptr (Pair) pair = make_connected_pair ();
  g_autoptr (GstElement) webrtcbin = get_webrtcbin (A (pair));
  g_autoptr (GstElement) sink = wn_parts_find (webrtcbin, "nicesink");
  g_autoptr (GstPad) in = get_receiver (webrtcbin);
  g_autoptr (GstPad) out = gst_element_get_static_pad (sink, "sink");
  Crossing crossing = { .sink = out };
  GThread *sender;

  g_mutex_init (&crossing.mutex);
  g_cond_init (&crossing.cond);
  gst_pad_add_probe (in,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, cross,
      &crossing, NULL);
  assert_or_describe (pair,
      pair_wait (pair, has_come, &crossing, PAIR_DEADLINE_MS));
  gst_element_set_state (A (pair)->pipeline, GST_STATE_PAUSED);
  sender = g_thread_new ("sender", send_packet, out);
  assert_or_describe (pair,
      pair_wait (pair, is_sending, &crossing, PAIR_DEADLINE_MS));
  g_mutex_lock (&crossing.mutex);
  crossing.may_go_on = TRUE;
  g_cond_signal (&crossing.cond);
  g_mutex_unlock (&crossing.mutex);

  wn_ice_keeper_stop_transports (webrtcbin);
  fail_unless_equals_int (look_at_reception (webrtcbin).n_stopped, 1);
  g_thread_join (sender);
  g_mutex_clear (&crossing.mutex);
  g_cond_clear (&crossing.cond);
}

GST_END_TEST;

/*** A DTLS association that begins ***/

#define RECORD(type, epoch)                                                    \
  {                                                                            \
    type, 254, 253, 0, epoch, 0, 0, 0, 0, 0, 0, 0, 1, 1                        \
  }

static const struct
{
  const gchar *what;
  guint8 bytes[14];
  gsize size;
  gboolean begins;
} packets[] = {
  { "a handshake's first message", RECORD (22, 0), 14, TRUE },
  { "its end, or that of a former one", RECORD (22, 1), 14, FALSE },
  { "data of a former association", RECORD (23, 1), 14, FALSE },
  { "an alert", RECORD (21, 0), 14, FALSE },
  { "a record that is cut", RECORD (22, 0), 12, FALSE },
  { "a connectivity check", { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42 }, 14, FALSE },
  { "media", { 0x80, 96, 0, 1 }, 14, FALSE },
};

static GstBuffer *
make_packet (guint i)
{
  return gst_buffer_new_memdup (packets[i].bytes, packets[i].size);
}

/* In a bin of webrtcbin's own, as its transports are. */
static GstPad *
add_receiver (GstElement *webrtcbin)
{
  GstElement *receiver = gst_bin_new (NULL);
  GstElement *source = gst_element_factory_make ("nicesrc", NULL);
  GstPad *pad;
  GstSegment segment;

  fail_unless (source != NULL);
  gst_bin_add (GST_BIN (receiver), source);
  gst_bin_add (GST_BIN (webrtcbin), receiver);
  pad = gst_element_get_static_pad (source, "src");
  gst_pad_set_active (pad, TRUE);
  gst_pad_push_event (pad, gst_event_new_stream_start ("dtls"));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (pad, gst_event_new_segment (&segment));
  return pad;
}

GST_START_TEST (test_a_handshake_is_seen_to_begin)
{
  for (guint as_list = 0; as_list < 2; as_list++) {
    g_autoptr (GstElement) webrtcbin = gst_object_ref_sink (gst_bin_new (NULL));
    g_autoptr (WnDtlsWatch) watch = wn_dtls_watch_new (webrtcbin);
    g_autoptr (GstPad) pad = add_receiver (webrtcbin);

    fail_if (wn_dtls_watch_has_begun (watch));
    if (as_list) {
      GstBufferList *list = gst_buffer_list_new ();

      gst_buffer_list_add (list, make_packet (G_N_ELEMENTS (packets) - 1));
      gst_buffer_list_add (list, make_packet (__i__));
      gst_pad_push_list (pad, list);
    } else {
      gst_pad_push (pad, make_packet (__i__));
    }
    fail_unless (wn_dtls_watch_has_begun (watch) == packets[__i__].begins, "%s",
        packets[__i__].what);

    /* It does not take that back. */
    gst_pad_push (pad, make_packet (G_N_ELEMENTS (packets) - 1));
    fail_unless (wn_dtls_watch_has_begun (watch) == packets[__i__].begins);
    gst_pad_set_active (pad, FALSE);
  }
}

GST_END_TEST;

static GstPadProbeReturn
count_packets (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer n)
{
  *(guint *) n += info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST
      ? gst_buffer_list_length (info->data)
      : 1;
  return GST_PAD_PROBE_OK;
}

static void
refuse (gpointer data G_GNUC_UNUSED)
{
}

/* Each type of record, and RTP, alone and behind a handshake in a list. */
GST_START_TEST (test_only_a_handshake_passes_before_the_certificate)
{
  for (guint type = 0; type < 256; type++) {
    const gboolean passes = type >= 20 && type <= 22;
    g_autoptr (GstElement) webrtcbin = gst_object_ref_sink (gst_bin_new (NULL));
    g_autoptr (WnPeerCertificate) certificate =
        wn_peer_certificate_new (webrtcbin, g_main_context_default (), refuse,
            NULL);
    g_autoptr (GstPad) pad = add_receiver (webrtcbin);
    GstBufferList *list = gst_buffer_list_new ();
    guint n = 0;

    gst_pad_add_probe (pad,
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST,
        count_packets, &n, NULL);
    gst_pad_push (pad, gst_buffer_new_memdup ((guint8[]) { type }, 1));
    fail_unless_equals_int (n, passes);
    gst_buffer_list_add (list, gst_buffer_new_memdup ((guint8[]) { 22 }, 1));
    gst_buffer_list_add (list, gst_buffer_new_memdup ((guint8[]) { type }, 1));
    gst_pad_push_list (pad, list);
    fail_unless_equals_int (n, 2 * passes + 1);
    gst_pad_set_active (pad, FALSE);
  }
}

GST_END_TEST;

/* Whoever sends it: it is looked at before it is decrypted. */
GST_START_TEST (test_rtcp_that_srtpdec_would_misread_does_not_pass)
{
  static const struct
  {
    guint8 header[2];
    gsize size;
    gboolean passes;
  } cases[] = {
    { { 128, 200 }, 40, TRUE },
    { { 129, 201 }, 40, TRUE },
    { { 129, 205 }, 24, TRUE },
    { { 129, 206 }, 24, TRUE },
    { { 129, 203 }, 24, TRUE },
    { { 128, 203 }, 24, FALSE },
    { { 129, 202 }, 40, FALSE },
    { { 128, 207 }, 40, FALSE },
    { { 128, 192 }, 40, FALSE },
    { { 128, 200 }, 4, FALSE },
    { { 128, 96 }, 12, TRUE },
    { { 22, 254 }, 2, TRUE },
    { { 22, 200 }, 1, TRUE },
  };
  g_autoptr (GstElement) webrtcbin = gst_object_ref_sink (gst_bin_new (NULL));
  g_autoptr (GstPad) pad = NULL;
  guint n = 0, n_passed = 0;

  wn_rtcp_set_up (webrtcbin);
  pad = add_receiver (webrtcbin);
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, count_packets,
      &n, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GstBuffer *buffer = gst_buffer_new_allocate (NULL, cases[i].size, NULL);
    GstBufferList *list = gst_buffer_list_new ();

    gst_buffer_memset (buffer, 0, 0, cases[i].size);
    gst_buffer_fill (buffer, 0, cases[i].header, 2);
    gst_buffer_list_add (list, gst_buffer_ref (buffer));
    gst_pad_push (pad, buffer);
    gst_pad_push_list (pad, list);
    n_passed += 2 * cases[i].passes;
    fail_unless_equals_int (n, n_passed);
  }
  gst_pad_set_active (pad, FALSE);
}

GST_END_TEST;

static void
on_webrtcbin (GstBin *element G_GNUC_UNUSED, GstElement *webrtcbin,
    WnDtlsWatch **watch)
{
  if (g_str_equal (G_OBJECT_TYPE_NAME (webrtcbin), "GstWebRTCBin") && !*watch)
    *watch = wn_dtls_watch_new (webrtcbin);
}

/* A real one, which begins on both sides. */
GST_START_TEST (test_webrtcbins_handshake_is_seen)
{
  Pair *pair = make_pair ();
  WnDtlsWatch *watches[2] = { NULL };

  for (guint i = 0; i < 2; i++)
    g_signal_connect (pair->peers[i].element, "element-added",
        G_CALLBACK (on_webrtcbin), &watches[i]);
  pair_play (pair);
  line_touch (pair->line);
  assert_or_describe (pair, pair_wait_settled (pair, QUIET_MS));
  for (guint i = 0; i < 2; i++) {
    assert_or_describe (pair, wn_dtls_watch_has_begun (watches[i]));
    wn_dtls_watch_unref (watches[i]);
  }
  pair_free (pair);
}

GST_END_TEST;

/*** What the thread does first ***/

typedef struct
{
  gint is_held;
  gint may_go_on;
} Hold;

/* On the element's thread. */
static void
on_connection_state (GstElement *element, GParamSpec *pspec G_GNUC_UNUSED,
    Hold *hold)
{
  GstWebRTCPeerConnectionState state;

  g_object_get (element, "connection-state", &state, NULL);
  if (state != GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED)
    return;
  g_atomic_int_set (&hold->is_held, TRUE);
  while (!g_atomic_int_get (&hold->may_go_on))
    g_usleep (1000);
}

static gboolean
is_held (Pair *pair, gpointer data)
{
  return g_atomic_int_get (&((Hold *) data)->is_held)
      && peer_is_stable (A (pair));
}

static gboolean
has_begun_again (Pair *pair, gpointer data G_GNUC_UNUSED)
{
  return peer_count_events (A (pair), "restarted") > 0;
}

/* webrtcbin's notice is there first, and would be found to be in vain; but with the
 * restart there is no such webrtcbin any more. */
GST_START_TEST (test_the_application_goes_before_the_network)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autoptr (GstElement) webrtcbin = NULL;
  g_autofree gchar *events = NULL;
  Hold hold = { 0 };
  gsize length;

  g_signal_connect (A (pair)->element, "notify::connection-state",
      G_CALLBACK (on_connection_state), &hold);
  pair_play (pair);
  assert_or_describe (pair, pair_wait (pair, is_held, &hold, PAIR_DEADLINE_MS));
  webrtcbin = get_webrtcbin (A (pair));
  g_mutex_lock (&pair->mutex);
  length = A (pair)->events->len;
  g_mutex_unlock (&pair->mutex);

  g_signal_emit_by_name (webrtcbin, "on-negotiation-needed");
  g_signal_emit_by_name (A (pair)->element, "restart");
  g_atomic_int_set (&hold.may_go_on, TRUE);
  assert_or_describe (pair,
      pair_wait (pair, has_begun_again, NULL, PAIR_DEADLINE_MS));

  g_mutex_lock (&pair->mutex);
  events = g_strdup (A (pair)->events->str + length);
  g_mutex_unlock (&pair->mutex);
  *strstr (events, "restarted") = '\0';
  fail_unless (strstr (events, "suppressed") == NULL, "%s", events);
}

GST_END_TEST;

/*** The state of the bin ***/

/* An element whose bin changes its state in between: after that was looked at, and before
 * its own is set for it. */
typedef struct
{
  GstElement parent;
  GstState states[2]; /* those of the bin, ended by GST_STATE_VOID_PENDING */
  guint n_changes;
} Follower;

typedef GstElementClass FollowerClass;

static GType follower_get_type (void);
G_DEFINE_TYPE (Follower, follower, GST_TYPE_ELEMENT)

static GstStateChangeReturn
follower_set_state (GstElement *element, GstState state)
{
  Follower *self = (Follower *) element;

  if (self->n_changes < G_N_ELEMENTS (self->states)
      && self->states[self->n_changes] != GST_STATE_VOID_PENDING) {
    g_autoptr (GstObject) bin = gst_object_get_parent (GST_OBJECT (element));

    gst_element_set_state (GST_ELEMENT (bin), self->states[self->n_changes++]);
  }
  return GST_ELEMENT_CLASS (follower_parent_class)->set_state (element, state);
}

static void
follower_class_init (FollowerClass *klass)
{
  klass->set_state = follower_set_state;
}

static void
follower_init (Follower *self G_GNUC_UNUSED)
{
}

/* What the bin becomes meanwhile. */
static const GstState changes[][2] = {
  { GST_STATE_VOID_PENDING },
  { GST_STATE_PLAYING },
  { GST_STATE_READY },
  { GST_STATE_PLAYING, GST_STATE_PAUSED },
  { GST_STATE_PLAYING, GST_STATE_READY },
};

GST_START_TEST (test_an_element_follows_a_bin_that_changes)
{
  g_autoptr (GstElement) bin = gst_object_ref_sink (gst_bin_new (NULL));
  Follower *follower = g_object_new (follower_get_type (), NULL);

  memcpy (follower->states, changes[__i__], sizeof changes[__i__]);
  gst_element_set_state (bin, GST_STATE_PAUSED);
  gst_bin_add (GST_BIN (bin), GST_ELEMENT (follower));
  fail_unless (wn_part_follow (GST_ELEMENT (follower), GST_BIN (bin)));
  fail_unless_equals_int (GST_STATE (follower), GST_STATE (bin));
  gst_element_set_state (bin, GST_STATE_NULL);
}

GST_END_TEST;

static Suite *
connectionparts_suite (void)
{
  Suite *suite = suite_create ("connectionparts");
  TCase *tcase = tcase_create ("parts");

  tcase_set_timeout (tcase, 0);
  tcase_add_test (tcase, test_the_queue_before_the_decoders_is_stopped_alone);
  tcase_add_test (tcase, test_what_is_sent_does_not_hold_up_the_end);
  tcase_add_loop_test (tcase, test_a_handshake_is_seen_to_begin, 0,
      G_N_ELEMENTS (packets));
  tcase_add_test (tcase, test_only_a_handshake_passes_before_the_certificate);
  tcase_add_test (tcase, test_rtcp_that_srtpdec_would_misread_does_not_pass);
  tcase_add_test (tcase, test_webrtcbins_handshake_is_seen);
  tcase_add_test (tcase, test_the_application_goes_before_the_network);
  tcase_add_loop_test (tcase, test_an_element_follows_a_bin_that_changes, 0,
      G_N_ELEMENTS (changes));
  suite_add_tcase (suite, tcase);
  return suite;
}

CHECK_MAIN (connectionparts)
