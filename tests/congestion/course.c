/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "course.h"

#include <stdlib.h>

#define TICK_US MS
/* Not 0, which is no time. */
#define BEGINNING_US (1000 * SECOND)

typedef struct
{
  Course *course;
  GRand *random;
  Link *link;
  Flow *flows[COURSE_MAX_FLOWS];
  guint64 bytes_sent[COURSE_MAX_FLOWS];
  guint64 bytes_arrived[COURSE_MAX_FLOWS];
  gint64 queueing_us;
} Run;

/*** A run ***/

static void
on_arrival (const LinkPacket *packet, gint64 arrived_at, gpointer data)
{
  Run *self = data;

  flow_arrive (self->flows[packet->flow], packet, arrived_at);
}

static void
take_sample (Run *self, gint64 now)
{
  CourseSample sample = { .capacity = link_get_capacity (self->link, now),
    .queueing_us = self->queueing_us };

  for (guint i = 0; i < self->course->settings.n_flows; i++) {
    Flow *flow = self->flows[i];

    sample.targets[i] = wn_congestion_get_bitrate (flow->congestion);
    sample.sent[i] = (flow->bytes_sent - self->bytes_sent[i]) * 8 * SECOND
        / COURSE_SAMPLE_US;
    sample.arrived[i] = (flow->bytes_arrived - self->bytes_arrived[i]) * 8
        * SECOND / COURSE_SAMPLE_US;
    wn_congestion_get_stats (flow->congestion, &sample.stats[i]);
    self->bytes_sent[i] = flow->bytes_sent;
    self->bytes_arrived[i] = flow->bytes_arrived;
  }
  self->queueing_us = 0;
  g_array_append_val (self->course->samples, sample);
}

/* What holds at any time, on any link. */
static void
check (Run *self, const Flow *flow, gint64 now)
{
  guint bitrate = wn_congestion_get_bitrate (flow->congestion);
  Course *course = self->course;
  WnCongestionStats stats;

  if (*course->failure)
    return;
  wn_congestion_get_stats (flow->congestion, &stats);
  if (bitrate < MAX (flow->settings.min, WN_CONGESTION_MIN_BITRATE)
      || bitrate > flow->settings.max)
    g_snprintf (course->failure, sizeof (course->failure),
        "%.3f s: %u bit/s is outside of the limits", (now - BEGINNING_US) / 1e6,
        bitrate);
  else if (!(stats.loss_rate >= 0 && stats.loss_rate <= 1)
      || stats.queueing_us < 0 || stats.round_trip_us < 0)
    g_snprintf (course->failure, sizeof (course->failure),
        "%.3f s: loss %f, queueing %" G_GINT64_FORMAT
        " µs, round trip %" G_GINT64_FORMAT " µs",
        (now - BEGINNING_US) / 1e6, stats.loss_rate, stats.queueing_us,
        stats.round_trip_us);
}

static void
tick (Run *self, gint64 now)
{
  gint64 queueing;

  for (guint i = 0; i < self->course->settings.n_flows; i++) {
    if (now >= self->flows[i]->settings.begins_at)
      flow_send (self->flows[i], now);
  }
  link_serve (self->link, now + TICK_US);
  for (guint i = 0; i < self->course->settings.n_flows; i++) {
    flow_listen (self->flows[i], now);
    check (self, self->flows[i], now);
  }
  queueing = link_get_queueing (self->link, now + TICK_US);
  self->queueing_us = MAX (self->queueing_us, queueing);
  g_array_append_val (self->course->queueing, queueing);
}

static void
shift_times (CourseSettings *settings)
{
  for (guint i = 0; i < settings->link.n_steps; i++)
    settings->link.steps[i].at += BEGINNING_US;
  for (guint i = 0; i < settings->n_flows; i++) {
    settings->flows[i].begins_at += BEGINNING_US;
    if (settings->flows[i].outage_until) {
      settings->flows[i].outage_from += BEGINNING_US;
      settings->flows[i].outage_until += BEGINNING_US;
    }
  }
}

Course *
course_run (const CourseSettings *settings, guint32 seed)
{
  Course *course = g_new0 (Course, 1);
  Run run = { .course = course };
  CourseSettings shifted;
  gint64 end;

  course->settings = *settings;
  course->settings.n_flows = MAX (settings->n_flows, 1);
  course->samples = g_array_new (FALSE, FALSE, sizeof (CourseSample));
  course->queueing = g_array_new (FALSE, FALSE, sizeof (gint64));
  shifted = course->settings;
  shift_times (&shifted);

  run.random = g_rand_new_with_seed (seed);
  run.link = link_new (&shifted.link, run.random, on_arrival, &run);
  run.link->served_at = BEGINNING_US;
  for (guint i = 0; i < shifted.n_flows; i++)
    run.flows[i] = flow_new (&shifted.flows[i], i, run.link, run.random);

  end = BEGINNING_US + settings->seconds * SECOND;
  for (gint64 now = BEGINNING_US; now < end; now += TICK_US) {
    tick (&run, now);
    if ((now + TICK_US - BEGINNING_US) % COURSE_SAMPLE_US == 0)
      take_sample (&run, now);
  }

  for (guint i = 0; i < shifted.n_flows; i++)
    flow_free (run.flows[i]);
  link_free (run.link);
  g_rand_free (run.random);
  return course;
}

void
course_free (Course *self)
{
  g_array_unref (self->samples);
  g_array_unref (self->queueing);
  g_free (self);
}

/*** What became of it ***/

static const CourseSample *
get_sample (const Course *self, guint i)
{
  return &g_array_index (self->samples, CourseSample, i);
}

/* From one second to before another one; mean. */
#define GET_MEAN(name, field)                                                  \
  gdouble course_get_##name (const Course *self, guint flow, guint from,       \
      guint until)                                                             \
  {                                                                            \
    guint n = SECOND / COURSE_SAMPLE_US;                                       \
    gdouble sum = 0;                                                           \
                                                                               \
    for (guint i = from * n; i < until * n; i++)                               \
      sum += get_sample (self, i)->field[flow];                                \
    return sum / ((until - from) * n);                                         \
  }

GET_MEAN (sent, sent)
GET_MEAN (arrived, arrived)
GET_MEAN (target, targets)

static gint
compare (gconstpointer a, gconstpointer b)
{
  gint64 first = *(const gint64 *) a, second = *(const gint64 *) b;

  return first < second ? -1 : first > second;
}

/* Returns: the queue's length, in ms, that it does not exceed for @part of the time */
gdouble
course_get_queueing (const Course *self, gdouble part, guint from, guint until)
{
  guint n = (until - from) * SECOND / TICK_US;
  const gint64 *first =
      &g_array_index (self->queueing, gint64, from * SECOND / TICK_US);
  g_autofree gint64 *sorted = g_memdup2 (first, n * sizeof (gint64));

  qsort (sorted, n, sizeof (gint64), compare);
  return sorted[(guint) (part * (n - 1))] / 1000.0;
}

/* Returns: after how many seconds from @from on a second's mean of what is sent is
 * @bitrate; or a negative number */
gdouble
course_get_time_to_reach (const Course *self, guint flow, gdouble bitrate,
    guint from)
{
  guint n = SECOND / COURSE_SAMPLE_US;

  for (guint i = from * n; i + n <= self->samples->len; i++) {
    gdouble sum = 0;

    for (guint j = 0; j < n; j++)
      sum += get_sample (self, i + j)->sent[flow];
    if (sum / n >= bitrate)
      return (i + n - from * n) / (gdouble) n;
  }
  return -1;
}
