/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* draft-ietf-rmcat-gcc-02, 6, for the loss that is not inherent (losstest.c). */

#include "lossrate.h"

/* Less is noise, more is congestion. */
#define LOW 0.02
#define HIGH 0.10

/* An interval ends after so many packets, but not sooner; or that late, with fewer: of
 * a few packets one that is lost is more than HIGH. */
#define PACKETS 50
#define INTERVAL_US 500000
#define MIN_PACKETS 20
#define LATE_US G_USEC_PER_SEC

#define MAX_PACKETS 1000000

/* A decrease has its effect after that time and a round trip. */
#define PAUSE_US 300000

/* In a test there is room for what arrives. */
#define TEST_FACTOR 0.9

void
wn_loss_rate_clear (WnLossRate *self)
{
  *self = (WnLossRate) { 0 };
}

/**
 * wn_loss_rate_add:
 * @n_lost: of @n_packets
 */
void
wn_loss_rate_add (WnLossRate *self, guint n_packets, guint n_lost)
{
  /* What is told in one interval has no bound. */
  if (n_packets > MAX_PACKETS - MIN (self->n_packets, MAX_PACKETS))
    return;
  self->n_packets += n_packets;
  self->n_lost += n_lost;
}

/**
 * wn_loss_rate_take_back:
 *
 * A packet that was counted as lost has arrived.
 */
void
wn_loss_rate_take_back (WnLossRate *self)
{
  self->n_lost = MAX (self->n_lost - 1, -MAX_PACKETS);
}

static gboolean
is_complete (const WnLossRate *self, gint64 now)
{
  gint64 interval_us = now - self->since;

  return (self->n_packets >= PACKETS && interval_us >= INTERVAL_US)
      || (self->n_packets >= MIN_PACKETS && interval_us >= LATE_US);
}

/* The rules of the draft. */
static void
follow (WnLossRate *self, gdouble target, gint64 round_trip_us, gint64 now)
{
  gdouble rate = wn_loss_test_get_excess (&self->test, self->rate);
  gdouble seconds = (gdouble) (now - self->since) / G_USEC_PER_SEC;

  /* Where much is lost anyway, chance takes and gives more of it. */
  if (rate > HIGH) {
    if (now - self->decreased_at >= PAUSE_US + round_trip_us) {
      self->bitrate = target * (1 - 0.5 * rate);
      self->decreased_at = now;
    }
    wn_growth_begin (&self->growth);
  } else if (rate > LOW + self->test.inherent / 2) {
    if (self->bitrate <= 0)
      wn_growth_begin (&self->growth);
    self->bitrate = target;
  } else if (self->bitrate > 0) {
    self->bitrate =
        wn_growth_apply (&self->growth, self->bitrate, MIN (seconds, 1));
    /* It is something else that limits what is sent. */
    if (self->bitrate > 1.5 * target)
      self->bitrate = 0;
  }
}

/**
 * wn_loss_rate_update:
 * @target: bit/s that were to be sent
 * @acked: bit/s that arrive; 0: it is not known
 * @is_calm: the delay tells of no congestion
 * @now: not before that of the call before
 *
 * Returns: bit/s that the link carries, as has just turned out by the loss of what was
 *   sent beyond; 0: that is not so
 */
gdouble
wn_loss_rate_update (WnLossRate *self, gdouble target, gdouble acked,
    gboolean is_calm, gint64 round_trip_us, gint64 now)
{
  gdouble capacity = 0;

  if (!self->since)
    self->since = now;
  if (!is_complete (self, now))
    return 0;

  self->rate = (gdouble) MAX (self->n_lost, 0) / self->n_packets;
  switch (wn_loss_test_update (&self->test, self->n_packets, self->n_lost,
      is_calm && acked > 0, now)) {
    case WN_LOSS_VERDICT_BEGUN:
      self->before_test = target;
      self->acked_before_test = acked;
      self->bitrate = MIN (TEST_FACTOR * acked, target);
      break;
    case WN_LOSS_VERDICT_INHERENT:
      self->bitrate = self->before_test;
      wn_growth_begin (&self->growth);
      break;
    case WN_LOSS_VERDICT_CONGESTION:
      self->bitrate = 0;
      capacity = self->acked_before_test;
      break;
    case WN_LOSS_VERDICT_NONE:
      if (!self->test.is_running)
        follow (self, target, round_trip_us, now);
      break;
  }
  self->n_packets = self->n_lost = 0;
  self->since = now;
  return capacity;
}
