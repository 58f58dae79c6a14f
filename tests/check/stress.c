/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Both peers add and release streams at random moments.  The seed is printed;
 * WN_SEED=NUMBER has the same happen again. */

#include "checkmain.h"
#include "patience.h"
#include "peers.h"

#define MAX_STREAMS 22
#define N_STREAMS many (MAX_STREAMS, 6)
#define DURATION_MS 10000
#define MAX_DELAY_MS 60
#define QUIET_MS 500

typedef struct
{
  gint64 time;  /* from the start, in us */
  guint stream; /* number */
  gboolean is_release;
} Moment;

typedef struct
{
  guint peer;
  gchar kind;
  RtpStream *stream;
} Planned;

static guint32
choose_seed (void)
{
  const gchar *given = g_getenv ("WN_SEED");

  return given ? (guint32) g_ascii_strtoull (given, NULL, 10) : g_random_int ();
}

static gint
compare_moments (gconstpointer a, gconstpointer b)
{
  const Moment *one = a, *other = b;

  return (one->time > other->time) - (one->time < other->time);
}

/* Every stream is added at some time, and each second one is released at a later
 * one. */
static GArray *
plan (GRand *rand, Planned *planned)
{
  GArray *moments = g_array_new (FALSE, FALSE, sizeof (Moment));

  for (guint i = 0; i < N_STREAMS; i++) {
    Moment moment = {
      .time = g_rand_int_range (rand, 0, DURATION_MS * 1000),
      .stream = i,
    };

    planned[i] = (Planned) {
      .peer = g_rand_int_range (rand, 0, 2),
      .kind = "vva"[g_rand_int_range (rand, 0, 3)],
    };
    g_array_append_val (moments, moment);
    if (i % 2) {
      moment.time =
          g_rand_int_range (rand, moment.time, DURATION_MS * 1000 + 1);
      moment.is_release = TRUE;
      g_array_append_val (moments, moment);
    }
  }
  g_array_sort (moments, compare_moments);
  return moments;
}

static gboolean
is_time (Pair *pair G_GNUC_UNUSED, gpointer time)
{
  return g_get_monotonic_time () >= *(gint64 *) time;
}

static void
live_through (Pair *pair, GArray *moments, Planned *planned)
{
  gint64 start = g_get_monotonic_time ();

  for (guint i = 0; i < moments->len; i++) {
    const Moment *moment = &g_array_index (moments, Moment, i);
    Planned *its = &planned[moment->stream];
    Peer *peer = &pair->peers[its->peer];
    gint64 time = start + moment->time;

    pair_wait (pair, is_time, &time, 2 * DURATION_MS);
    if (moment->is_release)
      peer_release_stream (peer, its->stream);
    else
      its->stream = peer_add_stream (peer, its->kind);
  }
  line_touch (pair->line);
}

static void
check_streams (Pair *pair, Planned *planned)
{
  for (guint i = 0; i < N_STREAMS; i++) {
    Peer *receiver = peer_get_other (&pair->peers[planned[i].peer]);

    if (!planned[i].stream->pad)
      continue;
    fail_unless (rtp_stream_is_well (planned[i].stream));
    fail_unless_equals_int (peer_get_lost (receiver, planned[i].stream), 0);
  }
}

static void
print_summary (Pair *pair)
{
  g_print ("%u offers, %u answers, %" G_GUINT64_FORMAT
           " collisions, %" G_GUINT64_FORMAT " rollbacks\n",
      line_count (pair->line, LETTER_OFFER),
      line_count (pair->line, LETTER_ANSWER),
      peer_get_stat (&pair->peers[0], "collisions"),
      peer_get_stat (&pair->peers[0], "rollbacks")
          + peer_get_stat (&pair->peers[1], "rollbacks"));
}

GST_START_TEST (streams_that_come_and_go_at_random_end_right)
{
  guint32 seed = choose_seed ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  PairSettings settings = { .ids = { "a", "b" } };
  g_autoptr (Pair) pair = pair_new (&settings);
  Planned planned[MAX_STREAMS];
  g_autoptr (GArray) moments = plan (rand, planned);
  gboolean is_well;

  g_print ("seed %u\n", seed);
  line_set_delays (pair->line, g_rand_int_range (rand, 0, MAX_DELAY_MS),
      g_rand_int_range (rand, 0, MAX_DELAY_MS), MAX_DELAY_MS);
  pair_play (pair);
  live_through (pair, moments, planned);

  is_well = pair_wait_settled (pair, QUIET_MS) && pair_wait_media (pair);
  if (!is_well) {
    g_autofree gchar *description = pair_describe (pair);

    g_print ("%s", description);
  }
  fail_unless (is_well);
  check_streams (pair, planned);
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *error = peer_get_error (&pair->peers[i]);

    fail_unless (error == NULL, "%s", error);
    fail_unless_equals_int (peer_get_stat (&pair->peers[i], "restarts"), 0);
    fail_unless_equals_int (peer_get_stat (&pair->peers[i],
                                "messages-rejected"),
        0);
  }
  print_summary (pair);
}

GST_END_TEST;

static Suite *
stress_suite (void)
{
  Suite *suite = suite_create ("stress");
  TCase *tcase = tcase_create ("random");

  tcase_set_timeout (tcase, 0);
  tcase_add_test (tcase, streams_that_come_and_go_at_random_end_right);
  suite_add_tcase (suite, tcase);
  return suite;
}

CHECK_MAIN (stress)
