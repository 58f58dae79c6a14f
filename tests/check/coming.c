/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Two elements of which one goes, is replaced, comes late, or is hard to reach. */

#include "checkmain.h"
#include "patience.h"
#include "peers.h"

#include <string.h>

#define QUIET_MS 300
/* Well below what ICE takes to fail: nobody waits for that. */
#define BACK_MS 20000

#define A(pair) (&(pair)->peers[0])
#define B(pair) (&(pair)->peers[1])

/*** Helpers ***/

/* Without timeouts, so that nothing but what is tested can help. */
static Pair *
make_pair (gboolean a_is_polite)
{
  PairSettings settings = {
    .ids = { "a", "b" },
    .roles = { a_is_polite ? "polite" : "impolite",
        a_is_polite ? "impolite" : "polite" },
  };
  Pair *pair = pair_new (&settings);

  for (guint i = 0; i < 2; i++)
    g_object_set (pair->peers[i].element, "negotiation-timeout", 0, NULL);
  return pair;
}

/* It is as it should be, and did not take long. */
static void
settle_soon (Pair *pair)
{
  gint64 start = g_get_monotonic_time ();

  assert_settles (pair, QUIET_MS);
  assert_or_describe (pair,
      g_get_monotonic_time () - start < patience (BACK_MS) * (gint64) 1000);
}

static gboolean
is_from (const Letter *letter, gpointer data)
{
  const Peer *peer = data;

  return letter->from == peer->index;
}

static void
stop (Peer *peer)
{
  gst_element_set_state (peer->pipeline, GST_STATE_NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Without a word. */
static void
kill_peer (Peer *peer)
{
  Line *line = peer->pair->line;

  line->lose = is_from;
  line->lose_data = peer;
  stop (peer);
  line->lose = NULL;
}

typedef struct
{
  Peer *peer;
  const gchar *event;
} Awaited;

static gboolean
has_happened (Pair *pair G_GNUC_UNUSED, gpointer data)
{
  Awaited *awaited = data;

  return peer_count_events (awaited->peer, awaited->event) > 0;
}

static void
wait_event (Peer *peer, const gchar *event)
{
  Awaited awaited = { peer, event };

  assert_or_describe (peer->pair,
      pair_wait (peer->pair, has_happened, &awaited, PAIR_DEADLINE_MS));
}

/*** Somebody else in the place of one ***/

typedef enum
{
  WHILE_IT_HOLDS_AN_OFFER,
  DURING_ICE,
  IN_MID_CALL,
  N_MOMENTS,
} Moment;

static void
wait_moment (Pair *pair, Moment moment)
{
  if (moment == WHILE_IT_HOLDS_AN_OFFER) {
    g_object_set (B (pair)->element, "auto-answer", FALSE, NULL);
    pair_play (pair);
    wait_event (B (pair), "offer-received");
    g_object_set (B (pair)->element, "auto-answer", TRUE, NULL);
  } else {
    pair_play (pair);
    if (moment == IN_MID_CALL)
      assert_settles (pair, QUIET_MS);
    else
      wait_event (B (pair), "answer-sent");
  }
}

/* What the new one wants is to receive: it has nothing to offer.  Or to send. */
GST_START_TEST (somebody_new_in_the_place_of_one_is_met)
{
  Moment moment = __i__ % N_MOMENTS;
  gboolean a_is_polite = __i__ / N_MOMENTS % 2;
  gboolean sends = __i__ / N_MOMENTS / 2;
  g_autoptr (Pair) pair = make_pair (a_is_polite);

  line_set_delays (pair->line, 20, 20, 0);
  peer_add_streams (A (pair), "va");
  wait_moment (pair, moment);
  kill_peer (B (pair));
  if (sends)
    peer_add_stream (B (pair), 'v');
  peer_play (B (pair));
  wait_event (A (pair), "restarted");
  settle_soon (pair);
  /* Once for each that came. */
  fail_unless_equals_int (peer_count_events (A (pair), "restarted"), 1);
  fail_unless (peer_get_error (A (pair)) == NULL);
}

GST_END_TEST;

/* A survivor that receives only, and one that sends. */
GST_START_TEST (whoever_says_bye_is_met_again)
{
  static const gchar *const streams[] = { "va", "" };
  gboolean is_wanted = __i__ & 1;
  guint sender = __i__ / 2;
  g_autoptr (Pair) pair = make_pair (TRUE);

  if (is_wanted)
    g_object_set (A (pair)->element, "remote-peer-id", "b", NULL);
  peer_add_streams (A (pair), streams[sender]);
  peer_add_streams (B (pair), streams[!sender]);
  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  for (guint i = 0; i < 2; i++) {
    guint n = line_count_from (pair->line, LETTER_BYE, 1);

    stop (B (pair));
    fail_unless_equals_int (line_count_from (pair->line, LETTER_BYE, 1), n + 1);
    wait_event (A (pair), "peer-left");
    peer_play (B (pair));
    settle_soon (pair);
  }
  fail_unless_equals_int (peer_count_events (A (pair), "restarted"), 0);
  fail_unless (peer_get_error (A (pair)) == NULL);
}

GST_END_TEST;

/* The first one's offer went to nobody. */
GST_START_TEST (whoever_comes_late_is_offered_what_there_is)
{
  g_autoptr (Pair) pair = make_pair (__i__);

  peer_add_streams (A (pair), "va");
  peer_play (A (pair));
  wait_event (A (pair), "offer-sent");
  while (!line_is_empty (pair->line))
    g_main_context_iteration (NULL, TRUE);
  peer_play (B (pair));
  settle_soon (pair);
}

GST_END_TEST;

/*** What comes twice ***/

static void
check_undisturbed (Pair *pair)
{
  for (guint i = 0; i < 2; i++) {
    Peer *peer = &pair->peers[i];

    fail_unless (peer_get_error (peer) == NULL);
    assert_or_describe (pair, peer_get_stat (peer, "restarts") == 0);
    assert_or_describe (pair, peer_get_stat (peer, "messages-rejected") == 0);
    assert_or_describe (pair, peer_get_stat (peer, "offers-rejected") == 0);
  }
}

GST_START_TEST (what_comes_twice_is_once)
{
  static const guint repeats_ms[] = { 1, 60, 300 };
  g_autoptr (Pair) pair = make_pair (__i__ & 1);

  pair->line->repeat_ms = repeats_ms[__i__ / 2];
  line_set_delays (pair->line, 20, 20, 0);
  peer_add_streams (A (pair), "va");
  peer_add_streams (B (pair), "v");
  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  for (guint i = 0; i < 3; i++) {
    RtpStream *stream = peer_add_stream (A (pair), 'a');

    peer_add_stream (B (pair), 'v');
    assert_settles (pair, QUIET_MS);
    peer_release_stream (A (pair), stream);
    peer_add_stream (A (pair), 'v');
    assert_settles (pair, QUIET_MS);
  }
  check_undisturbed (pair);
}

GST_END_TEST;

/*** Patience ***/

GST_START_TEST (a_slow_line_is_waited_for)
{
  g_autoptr (Pair) pair = make_pair (__i__);

  for (guint i = 0; i < 2; i++)
    g_object_set (pair->peers[i].element, "negotiation-timeout", 300, NULL);
  line_set_delays (pair->line, 500, 500, 0);
  peer_add_streams (A (pair), "v");
  peer_add_streams (B (pair), "a");
  pair_play (pair);
  wait_event (A (pair), "restarted");
  assert_settles (pair, QUIET_MS);
}

GST_END_TEST;

static gboolean
is_candidate (const Letter *letter, gpointer data G_GNUC_UNUSED)
{
  return letter->type == LETTER_CANDIDATE;
}

GST_START_TEST (a_connection_without_candidates_is_told_of_and_begun_again)
{
  g_autoptr (Pair) pair = make_pair (FALSE);

  for (guint i = 0; i < 2; i++)
    g_object_set (pair->peers[i].element, "negotiation-timeout", 1000, NULL);
  pair->line->lose = is_candidate;
  peer_add_streams (A (pair), "v");
  pair_play (pair);
  wait_event (A (pair), "stalled no candidate of the remote peer has come");
  wait_event (A (pair), "restarted");
  pair->line->lose = NULL;
  assert_settles (pair, QUIET_MS);
}

GST_END_TEST;

/*** What is left of a webrtcbin ***/

static gboolean
is_gone (Pair *pair G_GNUC_UNUSED, gpointer data)
{
  g_autoptr (GObject) object = g_weak_ref_get (data);

  return object == NULL;
}

/* Returns: (transfer full): that of the first transceiver */
static GObject *
get_ice_transport (GstElement *webrtcbin)
{
  g_autoptr (GArray) transceivers = NULL;
  g_autoptr (GObject) sender = NULL;
  g_autoptr (GObject) dtls = NULL;
  GObject *ice = NULL;

  g_signal_emit_by_name (webrtcbin, "get-transceivers", &transceivers);
  fail_unless (transceivers->len > 0);
  g_object_get (g_array_index (transceivers, GObject *, 0), "sender", &sender,
      NULL);
  g_object_get (sender, "transport", &dtls, NULL);
  g_object_get (dtls, "transport", &ice, NULL);
  return ice;
}

/* Its ICE agent lives on as long as somebody has a reference: the look-up of a
 * candidate's name has one. */
GST_START_TEST (a_former_ice_agent_changes_nothing_that_is_freed)
{
  g_autoptr (Pair) pair = make_pair (FALSE);
  g_autoptr (GObject) agent = NULL;
  g_autoptr (GObject) transport = NULL;
  GstElement *webrtcbin;
  GWeakRef weak;

  peer_add_streams (A (pair), "v");
  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  g_object_get (A (pair)->element, "webrtcbin", &webrtcbin, NULL);
  g_weak_ref_init (&weak, webrtcbin);
  g_object_get (webrtcbin, "ice-agent", &agent, NULL);
  transport = get_ice_transport (webrtcbin);
  gst_object_unref (webrtcbin);

  g_signal_emit_by_name (A (pair)->element, "restart");
  wait_event (A (pair), "restarted");
  assert_settles (pair, QUIET_MS);
  assert_or_describe (pair, pair_wait (pair, is_gone, &weak, PAIR_DEADLINE_MS));
  fail_if (g_signal_has_handler_pending (transport,
      g_signal_lookup ("notify", G_TYPE_OBJECT),
      g_quark_from_static_string ("state"), TRUE));
  g_object_notify (transport, "state");
  g_weak_ref_clear (&weak);
}

GST_END_TEST;

static Suite *
coming_suite (void)
{
  Suite *suite = suite_create ("coming");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, somebody_new_in_the_place_of_one_is_met, 0,
      N_MOMENTS * 4);
  tcase_add_loop_test (tc, whoever_says_bye_is_met_again, 0, 4);
  tcase_add_loop_test (tc, whoever_comes_late_is_offered_what_there_is, 0, 2);
  tcase_add_loop_test (tc, what_comes_twice_is_once, 0, 6);
  tcase_add_loop_test (tc, a_slow_line_is_waited_for, 0, 2);
  tcase_add_test (tc,
      a_connection_without_candidates_is_told_of_and_begun_again);
  tcase_add_test (tc, a_former_ice_agent_changes_nothing_that_is_freed);
  return suite;
}

CHECK_MAIN (coming)
