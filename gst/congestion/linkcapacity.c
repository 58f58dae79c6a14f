/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The average and the standard deviation of R_hat at decreases, by which
 * draft-ietf-rmcat-gcc-02, 5.5, tells whether the bitrate is near convergence. */

#include "linkcapacity.h"

#include <math.h>

#define SMOOTHING 0.95
#define FIRST_VARIANCE 0.4
#define MIN_VARIANCE 0.4
#define MAX_VARIANCE 2.5
#define N_DEVIATIONS 3

void
wn_link_capacity_clear (WnLinkCapacity *self)
{
  *self = (WnLinkCapacity) { .variance = FIRST_VARIANCE };
}

/**
 * wn_link_capacity_add:
 * @bitrate: bit/s that arrived while the link was overused
 */
void
wn_link_capacity_add (WnLinkCapacity *self, gdouble bitrate)
{
  gdouble error;

  if (!wn_link_capacity_is_known (self))
    self->bitrate = bitrate;
  self->bitrate = SMOOTHING * self->bitrate + (1 - SMOOTHING) * bitrate;
  error = (self->bitrate - bitrate) / 1000;
  self->variance = SMOOTHING * self->variance
      + (1 - SMOOTHING) * error * error / MAX (self->bitrate / 1000, 1);
  self->variance = CLAMP (self->variance, MIN_VARIANCE, MAX_VARIANCE);
}

gboolean
wn_link_capacity_is_known (const WnLinkCapacity *self)
{
  return self->bitrate > 0;
}

static gdouble
get_margin (const WnLinkCapacity *self)
{
  return N_DEVIATIONS * 1000 * sqrt (self->variance * self->bitrate / 1000);
}

/* Returns: whether it has to be more than it seemed, as @bitrate arrived */
gboolean
wn_link_capacity_is_below (const WnLinkCapacity *self, gdouble bitrate)
{
  return wn_link_capacity_is_known (self)
      && bitrate > self->bitrate + get_margin (self);
}

/* Returns: whether it has to be less than it seemed, as only @bitrate arrived */
gboolean
wn_link_capacity_is_above (const WnLinkCapacity *self, gdouble bitrate)
{
  return wn_link_capacity_is_known (self)
      && bitrate < self->bitrate - get_margin (self);
}
