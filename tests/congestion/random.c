/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Random links, and feedback that nobody would send: all follows from the seed.
 *
 *     congestion-random --runs 1000
 *     congestion-random --replay 4711 --draw FILE.svg
 *     congestion-random --hostile 1000 */

#include "check/patience.h"
#include "course.h"

#include <locale.h>
#include <math.h>

/*** Links ***/

#define SECONDS 60
#define JUDGED_FROM 30

/* What is sent in the end, of what the link carries: with all of loss, jitter and bad
 * luck. */
#define MIN_SHARE 0.6
#define MAX_QUEUEING_MS 250

static gdouble
choose (GRand *random, gdouble min, gdouble max)
{
  return g_rand_double_range (random, min, max);
}

static gboolean
flip (GRand *random, gdouble probability)
{
  return g_rand_double (random) < probability;
}

static guint
choose_capacity (GRand *random)
{
  gdouble exponent = g_rand_double (random);

  /* From 150 kbit/s to 6 Mbit/s, as often below a Mbit/s as above. */
  return 150000 * pow (40, exponent);
}

static void
choose_link (LinkSettings *link, GRand *random)
{
  link->n_steps =
      1 + (flip (random, 0.5) ? g_rand_int_range (random, 0, 4) : 0);
  for (guint i = 0; i < link->n_steps; i++) {
    /* The last one is given its time. */
    link->steps[i].at = i * (JUDGED_FROM - 20) * SECOND / 4;
    link->steps[i].capacity = choose_capacity (random);
  }
  link->queue_us = choose (random, 100, 2000) * MS;
  link->delay_us = choose (random, 1, 150) * MS;
  if (flip (random, 0.3))
    link->loss = choose (random, 0, 0.02);
  if (flip (random, 0.3)) {
    link->jitter_us = choose (random, 1, 20) * MS;
    link->reorders = flip (random, 0.5);
  }
}

static void
choose_flow (FlowSettings *flow, const LinkSettings *link, GRand *random)
{
  flow->start = choose (random, 50000, 1000000);
  flow->feedback_us = choose (random, 50, 100) * MS;
  flow->feedback_delay_us = link->delay_us;
  if (flip (random, 0.2))
    flow->feedback_loss = choose (random, 0, 0.1);
  if (flip (random, 0.7))
    flow->key_interval_us = choose (random, 2, 20) * SECOND;
  flow->key_factor = choose (random, 1, 6);
  if (flip (random, 0.5))
    flow->pacing = choose (random, 1.5, 3);
}

static Course *
run_link (guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  CourseSettings settings = { .name = "random", .seconds = SECONDS };

  choose_link (&settings.link, random);
  choose_flow (&settings.flows[0], &settings.link, random);
  return course_run (&settings, seed);
}

static void
judge_link (Course *course)
{
  const LinkSettings *link = &course->settings.link;
  gdouble capacity = link->steps[link->n_steps - 1].capacity;
  gdouble share = course_get_sent (course, 0, JUDGED_FROM, SECONDS) / capacity;
  gdouble queueing = course_get_queueing (course, 0.95, JUDGED_FROM, SECONDS);

  if (*course->failure)
    return;
  if (share < MIN_SHARE)
    g_snprintf (course->failure, sizeof (course->failure),
        "only %.0f %% of %.0f kbit/s are sent", share * 100, capacity / 1000);
  else if (queueing > MAX_QUEUEING_MS)
    g_snprintf (course->failure, sizeof (course->failure),
        "packets wait for %.0f ms", queueing);
}

static gboolean
run_links (guint32 seed, guint n_runs)
{
  guint n_failures = 0;
  gdouble shares = 0;

  for (guint i = 0; i < n_runs && n_failures < 5; i++) {
    g_autoptr (Course) course = run_link (seed + i);
    const LinkSettings *link = &course->settings.link;

    judge_link (course);
    shares += course_get_sent (course, 0, JUDGED_FROM, SECONDS)
        / link->steps[link->n_steps - 1].capacity;
    if (*course->failure) {
      g_print ("not ok: %s\n  to see it: --replay %u --draw FILE.svg\n",
          course->failure, seed + i);
      n_failures++;
    }
  }
  g_print ("%u random links from seed %u: %s, %.0f %% of them used\n", n_runs,
      seed, n_failures ? "failed" : "all well", 100 * shares / MAX (n_runs, 1));
  return n_failures == 0;
}

static gboolean
replay (guint32 seed, const gchar *path)
{
  g_autoptr (Course) course = run_link (seed);
  const LinkSettings *link = &course->settings.link;

  judge_link (course);
  for (guint i = 0; i < link->n_steps; i++)
    g_print ("from %2.0f s: %u kbit/s\n", link->steps[i].at / 1e6,
        link->steps[i].capacity / 1000);
  g_print ("delay %.0f ms, queue %.0f ms, loss %.1f %%, jitter %.0f ms%s\n",
      link->delay_us / 1e3, link->queue_us / 1e3, link->loss * 100,
      link->jitter_us / 1e3, link->reorders ? ", reordered" : "");
  g_print ("%s%s\n", *course->failure ? "not ok: " : "all well",
      course->failure);
  if (path && !course_draw (course, path))
    g_printerr ("%s cannot be written\n", path);
  return !*course->failure;
}

/*** Hostile feedback ***/

#define MAX_REPORTS 300

static const gint64 odd_times[] = { G_MININT64, G_MININT64 + 1, -G_MAXINT64 / 2,
  -1, 0, 1, G_MAXINT64 / 8, G_MAXINT64 / 8 + 1, G_MAXINT64 / 2, G_MAXINT64 - 1,
  G_MAXINT64 };
static const guint odd_sizes[] = { 0, 1, 65535, 65536, G_MAXINT, G_MAXUINT };
static const guint odd_bitrates[] = { 0, 1, 4999, 5000, 5001, 1000000, G_MAXINT,
  G_MAXUINT };

#define PICK(random, array)                                                    \
  ((array)[g_rand_int_range ((random), 0, G_N_ELEMENTS (array))])

typedef struct
{
  GRand *random;
  WnCongestion *congestion;
  guint min;
  guint max;
  gint64 now;
  gint64 latest; /* of @now */
  gint64 offset; /* of the remote peer's clock */
  guint16 seqnum;
  gdouble oddity; /* how much of what is told is nonsense */
  gdouble loss;
} Hostile;

static void
set_limits (Hostile *self)
{
  self->min = PICK (self->random, odd_bitrates);
  self->max = PICK (self->random, odd_bitrates);
  wn_congestion_set_limits (self->congestion, self->min, self->max);
}

static void
write_report (Hostile *self, WnPacketReport *report, gint64 sent_at)
{
  GRand *random = self->random;

  report->seqnum = self->seqnum++;
  report->sent_at = sent_at;
  report->arrived_at = sent_at + self->offset + choose (random, 0, 100) * MS;
  report->size = g_rand_int_range (random, 1, 1500);
  report->is_lost = flip (random, self->loss);
  if (flip (random, self->oddity))
    report->seqnum = g_rand_int (random);
  if (flip (random, self->oddity))
    report->sent_at = PICK (random, odd_times);
  if (flip (random, self->oddity))
    report->sent_at = self->now - choose (random, -1000, 70000) * MS;
  if (flip (random, self->oddity))
    report->arrived_at = PICK (random, odd_times);
  if (flip (random, self->oddity))
    report->arrived_at += choose (random, -1e11, 1e11);
  if (flip (random, self->oddity))
    report->size = PICK (random, odd_sizes);
}

static void
tell_hostile (Hostile *self, gint64 interval)
{
  WnPacketReport reports[MAX_REPORTS];
  guint n = g_rand_int_range (self->random, 0, MAX_REPORTS);

  for (guint i = 0; i < n; i++)
    write_report (self, &reports[i], self->now - interval + i * interval / n);
  wn_congestion_receive (self->congestion, reports, n, self->now);
  /* The same once more. */
  if (flip (self->random, self->oddity))
    wn_congestion_receive (self->congestion, reports, n, self->now);
}

static void
step_hostile (Hostile *self)
{
  gint64 interval = choose (self->random, 0, 200) * MS;

  /* Even our own clock: back by a little, ahead by years. */
  if (flip (self->random, self->oddity / 10))
    interval = choose (self->random, -1e7, 1e14);
  self->now += interval;
  self->latest = MAX (self->latest, self->now);
  if (flip (self->random, self->oddity / 10))
    self->offset = choose (self->random, -1e13, 1e13);
  if (flip (self->random, self->oddity / 10))
    set_limits (self);
  if (flip (self->random, self->oddity / 20))
    wn_congestion_restart (self->congestion, PICK (self->random, odd_bitrates));
  if (flip (self->random, 0.5))
    wn_congestion_send (self->congestion, self->now);
  wn_congestion_handle_expiry (self->congestion, self->now);
  tell_hostile (self, interval);
}

static gboolean
is_number (gdouble value, gdouble min, gdouble max)
{
  return value >= min && value <= max;
}

static gboolean
is_sane (const Hostile *self)
{
  guint bitrate = wn_congestion_get_bitrate (self->congestion);
  guint min = MAX (self->min, WN_CONGESTION_MIN_BITRATE);
  WnCongestionStats stats;

  wn_congestion_get_stats (self->congestion, &stats);
  return bitrate >= min && bitrate <= MAX (self->max, min)
      && is_number (stats.loss_rate, 0, 1) && stats.queueing_us >= 0
      && stats.round_trip_us >= 0
      && wn_congestion_get_expiry (self->congestion) > 0;
}

/* After all of that, it is to work again, with good feedback. */
static gboolean
recovers (Hostile *self)
{
  self->oddity = 0;
  self->loss = 0;
  self->min = 0;
  self->max = G_MAXUINT;
  self->now = self->latest + 100 * SECOND;
  wn_congestion_set_limits (self->congestion, self->min, self->max);
  for (guint i = 0; i < 600; i++) {
    WnPacketReport reports[10];

    for (guint j = 0; j < 10; j++) {
      gint64 sent_at = self->now + j * 10 * MS;

      reports[j] = (WnPacketReport) { self->seqnum++, sent_at,
        sent_at + self->offset, 1000, FALSE };
    }
    self->now += 100 * MS;
    wn_congestion_receive (self->congestion, reports, 10, self->now);
  }
  /* 800 kbit/s arrive, without any delay. */
  return wn_congestion_get_bitrate (self->congestion) > 600000;
}

static const gchar *
run_hostile (guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  g_autoptr (WnCongestion) congestion = wn_congestion_new (0, 300000, 2000000);
  Hostile hostile = { .random = random,
    .congestion = congestion,
    .max = 2000000,
    .now = SECOND,
    .oddity = PICK (random, ((gdouble[]) { 0, 0.001, 0.01, 0.1, 0.5 })),
    .loss = PICK (random, ((gdouble[]) { 0, 0.1, 0.5, 1 })) };

  for (guint i = 0; i < 200; i++) {
    step_hostile (&hostile);
    if (!is_sane (&hostile))
      return "a number is out of its range";
  }
  return recovers (&hostile) ? NULL : "it does not recover";
}

static gboolean
run_hostiles (guint32 seed, guint n_runs)
{
  guint n_failures = 0;

  for (guint i = 0; i < n_runs && n_failures < 5; i++) {
    const gchar *failure = run_hostile (seed + i);

    if (failure) {
      g_print ("not ok: %s\n  to see it: --hostile 1 --seed %u\n", failure,
          seed + i);
      n_failures++;
    }
  }
  g_print ("%u hostile peers from seed %u: %s\n", n_runs, seed,
      n_failures ? "failed" : "all well");
  return n_failures == 0;
}

/*** Main ***/

int
main (int argc, char **argv)
{
  gint runs = 0, hostile = 0, seed = 1;
  gint64 replayed = -1;
  g_autofree gchar *path = NULL;
  gboolean is_well = TRUE;
  GOptionEntry entries[] = { { "runs", 'r', 0, G_OPTION_ARG_INT, &runs,
                                 "So many random links", "N" },
    { "hostile", 'x', 0, G_OPTION_ARG_INT, &hostile,
        "So many peers that tell nonsense", "N" },
    { "seed", 's', 0, G_OPTION_ARG_INT, &seed,
        "The first run's seed; the next ones' follow (default: 1)", "SEED" },
    { "replay", 'p', 0, G_OPTION_ARG_INT64, &replayed, "One link", "SEED" },
    { "draw", 'd', 0, G_OPTION_ARG_FILENAME, &path,
        "With --replay: a picture of it", "FILE.svg" },
    { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  g_option_context_set_summary (context,
      "A congestion control on simulated links.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  if (replayed >= 0)
    is_well &= replay (replayed, path);
  if (runs > 0)
    is_well &= run_links (seed, many (runs, 10));
  if (hostile > 0)
    is_well &= run_hostiles (seed, many (hostile, 20));
  return is_well ? 0 : 1;
}
