/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* draft-ietf-rmcat-gcc-02, 5.4, with the numbers of 5.6. */

#include "overuse.h"

#include <math.h>

/* The slope of a line is compared with thresholds that are of sums of delays: so many
 * groups' worth, times a gain that libwebrtc found. */
#define MAX_GROUPS 60
#define GAIN 4.0

/* overuse_time_th */
#define OVERUSE_US 10000

/* del_var_th(0), and its bounds */
#define FIRST_THRESHOLD_MS 12.5
#define MIN_THRESHOLD_MS 6
#define MAX_THRESHOLD_MS 600

/* K_u and K_d, for each ms */
#define K_UP 0.0087
#define K_DOWN 0.039
/* What is further off than that is no noise to adapt to. */
#define MAX_EXCESS_MS 15
#define MAX_STEP_US 100000

void
wn_overuse_clear (WnOveruse *self)
{
  *self = (WnOveruse) { .threshold_ms = FIRST_THRESHOLD_MS, .over_us = -1 };
}

static void
adapt (WnOveruse *self, gdouble trend, gint64 arrived_at)
{
  gint64 step_us;

  /* Where groups overtake each other, that is no time. */
  if (!self->is_begun)
    self->adapted_at = arrived_at;
  step_us = CLAMP (arrived_at - self->adapted_at, 0, MAX_STEP_US);
  self->is_begun = TRUE;
  self->adapted_at = arrived_at;
  if (trend > self->threshold_ms + MAX_EXCESS_MS)
    return;

  self->threshold_ms += (trend < self->threshold_ms ? K_DOWN : K_UP)
      * (trend - self->threshold_ms) * step_us / 1000;
  self->threshold_ms =
      CLAMP (self->threshold_ms, MIN_THRESHOLD_MS, MAX_THRESHOLD_MS);
}

static void
go_over (WnOveruse *self, gdouble slope, gint64 sent_us)
{
  /* It began somewhere between the two groups. */
  if (self->over_us < 0)
    self->over_us = sent_us / 2;
  else
    self->over_us += sent_us;
  self->n_over++;
  if (self->over_us > OVERUSE_US && self->n_over > 1
      && slope >= self->last_slope) {
    self->over_us = 0;
    self->n_over = 0;
    self->usage = WN_USAGE_OVERUSE;
  }
}

/**
 * wn_overuse_update:
 * @variation: the one that @trendline was handed last
 */
void
wn_overuse_update (WnOveruse *self, const WnTrendline *trendline,
    const WnDelayVariation *variation)
{
  gdouble trend =
      MIN (trendline->n_variations, MAX_GROUPS) * trendline->slope * GAIN;

  if (trend > self->threshold_ms) {
    go_over (self, trendline->slope, variation->sent_us);
  } else {
    self->over_us = -1;
    self->n_over = 0;
    self->usage =
        trend < -self->threshold_ms ? WN_USAGE_UNDERUSE : WN_USAGE_NORMAL;
  }
  self->last_slope = trendline->slope;
  adapt (self, fabs (trend), variation->arrived_at);
}
