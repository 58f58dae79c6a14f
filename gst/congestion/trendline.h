/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "packetgroups.h"

G_BEGIN_DECLS

#define WN_TRENDLINE_WINDOW 20

/**
 * WnTrendline:
 * @n_variations: that were added; it stops counting at 1000
 * @first_arrived_at: where the points' time begins
 * @delay_ms: all variations added up: the queueing delay, but for a constant
 * @smoothed_ms: the same, smoothed
 * @points: arrival in ms, and @smoothed_ms then; oldest first
 * @slope: ms of delay that are added in a ms; near (sent - capacity) / capacity, if
 *   that is positive
 *
 * In which direction the queueing delay goes: a line through its latest values.
 */
typedef struct
{
  guint n_variations;
  gint64 first_arrived_at;
  gdouble delay_ms;
  gdouble smoothed_ms;
  struct
  {
    gdouble x;
    gdouble y;
  } points[WN_TRENDLINE_WINDOW];
  guint n_points;
  gdouble slope;
} WnTrendline;

void wn_trendline_clear (WnTrendline *self);
void wn_trendline_add (WnTrendline *self, const WnDelayVariation *variation);

G_END_DECLS
