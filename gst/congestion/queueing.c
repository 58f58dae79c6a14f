/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "queueing.h"

/* What is the least in the last so many seconds is without a queue, or with one that
 * is others'.  It is not for ever: the clocks drift, and the path changes. */
#define BUCKET_US (2 * (gint64) G_USEC_PER_SEC)

#define MAX_ROUND_TRIP_US (10 * (gint64) G_USEC_PER_SEC)

/* A queue of that length is that of a key frame, or of the detector's response. */
#define TOLERATED_US 100000
/* What is longer is to be drained in about that time. */
#define DRAIN_US ((gdouble) G_USEC_PER_SEC)
#define MIN_SHARE 0.3

/**
 * wn_queueing_clear_path:
 *
 * The remote peer's clock has jumped, or the path is another one.
 */
void
wn_queueing_clear_path (WnQueueing *self)
{
  self->n_buckets = 0;
  self->delay_us = 0;
}

static void
add_bucket (WnQueueing *self, gint64 one_way_us, gint64 now)
{
  if (self->n_buckets == WN_QUEUEING_BUCKETS) {
    for (guint i = 1; i < WN_QUEUEING_BUCKETS; i++)
      self->buckets[i - 1] = self->buckets[i];
    self->n_buckets--;
  }
  self->buckets[self->n_buckets++] = one_way_us;
  self->bucket_at = now;
}

/**
 * wn_queueing_add:
 * @one_way_us: the least that a packet of one feedback took, between the two clocks;
 *   no further from 0 than half of what fits
 * @round_trip_us: from when it was sent until feedback told of it
 */
void
wn_queueing_add (WnQueueing *self, gint64 one_way_us, gint64 round_trip_us,
    gint64 now)
{
  gint64 *bucket;
  gint64 least;

  round_trip_us = CLAMP (round_trip_us, 1, MAX_ROUND_TRIP_US);
  if (self->round_trip_us)
    self->round_trip_us += (round_trip_us - self->round_trip_us) / 8;
  else
    self->round_trip_us = round_trip_us;

  if (!self->n_buckets || now - self->bucket_at >= BUCKET_US)
    add_bucket (self, one_way_us, now);
  bucket = &self->buckets[self->n_buckets - 1];
  *bucket = MIN (*bucket, one_way_us);
  least = *bucket;
  for (guint i = 0; i < self->n_buckets; i++)
    least = MIN (least, self->buckets[i]);
  self->delay_us = one_way_us - least;
}

/**
 * wn_queueing_get_share:
 *
 * A decrease to 85 % of what arrives drains a queue of a second in 7 s.  (libwebrtc
 * has a congestion window for this.)
 *
 * Returns: what part of the estimate is to be sent, so that the queue is drained in
 *   about a second
 */
gdouble
wn_queueing_get_share (const WnQueueing *self)
{
  gint64 excess = MAX (self->delay_us - TOLERATED_US, 0);

  return MAX (DRAIN_US / (DRAIN_US + excess), MIN_SHARE);
}
