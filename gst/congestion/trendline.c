/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* In the place of the Kalman filter of draft-ietf-rmcat-gcc-02, 5.3: it is what
 * libwebrtc has used since 2016, and needs no tuning to the noise of a link. */

#include "trendline.h"

#include <string.h>

#define SMOOTHING 0.9
#define MAX_VARIATIONS 1000

void
wn_trendline_clear (WnTrendline *self)
{
  *self = (WnTrendline) { 0 };
}

static void
add_point (WnTrendline *self, gdouble x, gdouble y)
{
  if (self->n_points == WN_TRENDLINE_WINDOW) {
    memmove (&self->points[0], &self->points[1],
        (WN_TRENDLINE_WINDOW - 1) * sizeof (self->points[0]));
    self->n_points--;
  }
  self->points[self->n_points].x = x;
  self->points[self->n_points].y = y;
  self->n_points++;
}

/* Least squares.  Where all points are of one time, the slope stays what it is. */
static gdouble
fit_slope (const WnTrendline *self)
{
  gdouble x = 0, y = 0, numerator = 0, denominator = 0;

  for (guint i = 0; i < self->n_points; i++) {
    x += self->points[i].x / self->n_points;
    y += self->points[i].y / self->n_points;
  }
  for (guint i = 0; i < self->n_points; i++) {
    gdouble dx = self->points[i].x - x;

    numerator += dx * (self->points[i].y - y);
    denominator += dx * dx;
  }
  return denominator > 1e-6 ? numerator / denominator : self->slope;
}

void
wn_trendline_add (WnTrendline *self, const WnDelayVariation *variation)
{
  if (!self->n_variations)
    self->first_arrived_at = variation->arrived_at;
  self->n_variations = MIN (self->n_variations + 1, MAX_VARIATIONS);

  self->delay_ms += (variation->arrived_us - variation->sent_us) / 1000.0;
  self->smoothed_ms =
      SMOOTHING * self->smoothed_ms + (1 - SMOOTHING) * self->delay_ms;
  add_point (self, (variation->arrived_at - self->first_arrived_at) / 1000.0,
      self->smoothed_ms);
  /* A line through few points says nothing. */
  if (self->n_points == WN_TRENDLINE_WINDOW)
    self->slope = fit_slope (self);
}
