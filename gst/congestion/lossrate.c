/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* draft-ietf-rmcat-gcc-02, 6. */

#include "lossrate.h"

#include <math.h>

/* Less is noise, more is congestion. */
#define LOW 0.02
#define HIGH 0.10

/* 8 % a second, as by the delay.  The draft's 5 % are a feedback message's, which came
 * once a second. */
#define INCREASE 1.08

/* An interval has so many packets at least, and takes that long: of a few packets one
 * that is lost is more than HIGH. */
#define MIN_PACKETS 20
#define INTERVAL_US 500000

#define MAX_PACKETS 1000000

/* A decrease has its effect after that time and a round trip. */
#define PAUSE_US 300000

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

/**
 * wn_loss_rate_update:
 * @target: bit/s that were to be sent
 * @now: not before that of the call before
 */
void
wn_loss_rate_update (WnLossRate *self, gdouble target, gint64 round_trip_us,
    gint64 now)
{
  if (!self->since)
    self->since = now;
  if (self->n_packets < MIN_PACKETS || now - self->since < INTERVAL_US)
    return;

  self->rate = (gdouble) MAX (self->n_lost, 0) / self->n_packets;
  if (self->rate > HIGH) {
    if (now - self->decreased_at >= PAUSE_US + round_trip_us) {
      self->bitrate = target * (1 - 0.5 * self->rate);
      self->decreased_at = now;
    }
  } else if (self->rate > LOW) {
    self->bitrate = target;
  } else if (self->bitrate > 0) {
    self->bitrate *=
        pow (INCREASE, MIN ((gdouble) (now - self->since) / G_USEC_PER_SEC, 1));
    if (self->bitrate > target * INCREASE)
      self->bitrate = 0;
  }
  self->n_packets = self->n_lost = 0;
  self->since = now;
}
