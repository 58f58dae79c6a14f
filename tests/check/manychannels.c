/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* As many data channels as there can be, and more. */

#include "checkmain.h"
#include "patience.h"
#include "peers.h"

#define MANY many (200, 10)
#define LIMIT 256
#define DEADLINE_MS 100000

#define A(pair) (&(pair)->peers[0])
#define B(pair) (&(pair)->peers[1])

static Pair *
make_pair (void)
{
  PairSettings settings = { .ids = { "a", "b" } };

  return pair_new (&settings);
}

static GObject *
create_channel (Peer *peer)
{
  GObject *channel = NULL;

  g_signal_emit_by_name (peer->element, "create-data-channel", "chat", NULL,
      &channel);
  return channel;
}

static GPtrArray *
create_channels (Peer *peer, guint n)
{
  GPtrArray *channels = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n; i++) {
    GObject *channel = create_channel (peer);

    fail_unless (channel != NULL, "%u", i);
    g_ptr_array_add (channels, channel);
  }
  return channels;
}

static guint
count_in_state (GPtrArray *channels, GstWebRTCDataChannelState wanted)
{
  guint n = 0;

  for (guint i = 0; i < channels->len; i++) {
    GstWebRTCDataChannelState state;

    g_object_get (g_ptr_array_index (channels, i), "ready-state", &state, NULL);
    n += state == wanted;
  }
  return n;
}

static gboolean
are_open (Pair *pair G_GNUC_UNUSED, gpointer channels)
{
  return count_in_state (channels, GST_WEBRTC_DATA_CHANNEL_STATE_OPEN)
      == ((GPtrArray *) channels)->len;
}

static gboolean
is_closed (Pair *pair G_GNUC_UNUSED, gpointer channel)
{
  GstWebRTCDataChannelState state;

  g_object_get (channel, "ready-state", &state, NULL);
  return state == GST_WEBRTC_DATA_CHANNEL_STATE_CLOSED;
}

static void
on_data_channel (GstElement *element G_GNUC_UNUSED,
    GObject *channel G_GNUC_UNUSED, gint *n)
{
  g_atomic_int_inc (n);
}

typedef struct
{
  gint n[2];
  gint wanted;
} Arrivals;

static gboolean
have_arrived (Pair *pair G_GNUC_UNUSED, gpointer data)
{
  Arrivals *arrivals = data;

  return g_atomic_int_get (&arrivals->n[0]) >= arrivals->wanted
      && g_atomic_int_get (&arrivals->n[1]) >= arrivals->wanted;
}

GST_START_TEST (test_many_channels_of_both_sides_open)
{
  Pair *pair = make_pair ();
  g_autoptr (GPtrArray) ours = create_channels (A (pair), MANY);
  g_autoptr (GPtrArray) theirs = create_channels (B (pair), MANY);
  Arrivals arrivals = { .wanted = MANY };

  for (guint i = 0; i < 2; i++)
    g_signal_connect (pair->peers[i].element, "data-channel",
        G_CALLBACK (on_data_channel), &arrivals.n[i]);
  pair_play (pair);
  fail_unless (pair_wait (pair, are_open, ours, DEADLINE_MS), "%u of %u",
      count_in_state (ours, GST_WEBRTC_DATA_CHANNEL_STATE_OPEN), ours->len);
  fail_unless (pair_wait (pair, are_open, theirs, DEADLINE_MS), "%u of %u",
      count_in_state (theirs, GST_WEBRTC_DATA_CHANNEL_STATE_OPEN), theirs->len);
  assert_or_describe (pair,
      pair_wait (pair, have_arrived, &arrivals, DEADLINE_MS));
  for (guint i = 0; i < 2; i++)
    fail_unless_equals_int (peer_count_events (&pair->peers[i],
                                "channel-refused"),
        0);
  pair_free (pair);
}

GST_END_TEST;

GST_START_TEST (test_one_more_than_the_limit_is_not_created)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autoptr (GPtrArray) channels = create_channels (A (pair), LIMIT);
  g_autoptr (GObject) instead = NULL;
  g_autofree gchar *warning = NULL;

  fail_unless (create_channel (A (pair)) == NULL);
  warning = peer_get_error (A (pair));
  fail_unless (warning != NULL && strstr (warning, "256") != NULL, "%s",
      warning);

  /* One that is closed makes room. */
  g_signal_emit_by_name (g_ptr_array_index (channels, 0), "close");
  instead = create_channel (A (pair));
  fail_unless (instead != NULL);
}

GST_END_TEST;

static gboolean
has_refused (Pair *pair, gpointer data G_GNUC_UNUSED)
{
  return peer_count_events (A (pair), "channel-refused") > 0;
}

/* Our own element makes no such peer: the last channel is its webrtcbin's. */
GST_START_TEST (test_a_peer_s_one_more_than_the_limit_is_closed_with_an_event)
{
  Pair *pair = make_pair ();
  g_autoptr (GPtrArray) theirs = create_channels (B (pair), LIMIT);
  g_autoptr (GstElement) webrtcbin = NULL;
  g_autoptr (GObject) surplus = NULL;
  Arrivals arrivals = { .n = { 0, LIMIT }, .wanted = LIMIT };

  g_signal_connect (A (pair)->element, "data-channel",
      G_CALLBACK (on_data_channel), &arrivals.n[0]);
  pair_play (pair);
  assert_or_describe (pair,
      pair_wait (pair, have_arrived, &arrivals, DEADLINE_MS));

  g_object_get (B (pair)->element, "webrtcbin", &webrtcbin, NULL);
  g_signal_emit_by_name (webrtcbin, "create-data-channel", "surplus", NULL,
      &surplus);
  fail_unless (surplus != NULL);
  assert_or_describe (pair, pair_wait (pair, has_refused, NULL, DEADLINE_MS));
  assert_or_describe (pair, pair_wait (pair, is_closed, surplus, DEADLINE_MS));
  fail_unless_equals_int (g_atomic_int_get (&arrivals.n[0]), LIMIT);
  fail_unless_equals_int (peer_count_events (A (pair), "channel-refused"), 1);
  fail_unless_equals_int (count_in_state (theirs,
                              GST_WEBRTC_DATA_CHANNEL_STATE_OPEN),
      LIMIT);
  pair_free (pair);
}

GST_END_TEST;

/*** What comes while the element is busy ***/

typedef struct
{
  gint has_come; /* a channel, to webrtcbin */
  gint may_go_on;
  gint n_told;
} Busy;

static void
on_channel_below (GstElement *webrtcbin G_GNUC_UNUSED,
    GObject *channel G_GNUC_UNUSED, Busy *busy)
{
  g_atomic_int_set (&busy->has_come, TRUE);
}

static void
on_element_added (GstBin *element G_GNUC_UNUSED, GstElement *webrtcbin,
    Busy *busy)
{
  if (g_str_equal (G_OBJECT_TYPE_NAME (webrtcbin), "GstWebRTCBin"))
    g_signal_connect (webrtcbin, "on-data-channel",
        G_CALLBACK (on_channel_below), busy);
}

/* On the element's thread, before it hears of a channel. */
static void
on_connection_state (GstElement *element, GParamSpec *pspec G_GNUC_UNUSED,
    Busy *busy)
{
  GstWebRTCPeerConnectionState state;

  g_object_get (element, "connection-state", &state, NULL);
  while (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED
      && !g_atomic_int_get (&busy->may_go_on))
    g_usleep (1000);
}

static gboolean
has_come (Pair *pair G_GNUC_UNUSED, gpointer data)
{
  return g_atomic_int_get (&((Busy *) data)->has_come);
}

static gboolean
is_told (Pair *pair G_GNUC_UNUSED, gpointer data)
{
  return g_atomic_int_get (&((Busy *) data)->n_told) > 0;
}

GST_START_TEST (test_a_channel_is_told_of_though_its_webrtcbin_is_replaced)
{
  Busy busy = { 0 };
  Pair *pair = make_pair ();
  g_autoptr (GPtrArray) theirs = create_channels (B (pair), 1);

  g_signal_connect (A (pair)->element, "element-added",
      G_CALLBACK (on_element_added), &busy);
  g_signal_connect (A (pair)->element, "notify::connection-state",
      G_CALLBACK (on_connection_state), &busy);
  g_signal_connect (A (pair)->element, "data-channel",
      G_CALLBACK (on_data_channel), &busy.n_told);
  pair_play (pair);
  assert_or_describe (pair, pair_wait (pair, has_come, &busy, DEADLINE_MS));
  g_signal_emit_by_name (A (pair)->element, "restart");
  g_atomic_int_set (&busy.may_go_on, TRUE);

  assert_or_describe (pair, pair_wait (pair, is_told, &busy, DEADLINE_MS));
  assert_or_describe (pair, pair_wait (pair, are_open, theirs, DEADLINE_MS));
  fail_unless_equals_uint64 (peer_get_stat (A (pair), "restarts"), 1);
  fail_unless_equals_int (g_atomic_int_get (&busy.n_told), 1);
  pair_free (pair);
}

GST_END_TEST;

static Suite *
manychannels_suite (void)
{
  Suite *suite = suite_create ("manychannels");
  TCase *tcase = tcase_create ("channels");

  tcase_set_timeout (tcase, 0);
  tcase_add_test (tcase, test_many_channels_of_both_sides_open);
  tcase_add_test (tcase, test_one_more_than_the_limit_is_not_created);
  tcase_add_test (tcase,
      test_a_peer_s_one_more_than_the_limit_is_closed_with_an_event);
  tcase_add_test (tcase,
      test_a_channel_is_told_of_though_its_webrtcbin_is_replaced);
  suite_add_tcase (suite, tcase);
  return suite;
}

CHECK_MAIN (manychannels)
