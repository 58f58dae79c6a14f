/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* eta of draft-ietf-rmcat-gcc-02, 5.5, is 8 % a second: from 400 to 1500 kbit/s it takes
 * 17 s.  libwebrtc sends probes, bursts of padding, to be faster.  Without these it is
 * the growth that grows, as long as nothing speaks against it. */

#include "growth.h"

#include <math.h>

#define FIRST_RATE 0.08
#define DOUBLING_SECONDS 2
/* So that what is sent until a queue is noticed fills it by a tenth of a second or
 * two. */
#define MAX_RATE 0.5

void
wn_growth_begin (WnGrowth *self)
{
  self->rate = FIRST_RATE;
}

/**
 * wn_growth_begin_fast:
 *
 * Nothing is known of the path.
 */
void
wn_growth_begin_fast (WnGrowth *self)
{
  self->rate = MAX_RATE;
}

/* Returns: what @bitrate has grown to, @seconds later */
gdouble
wn_growth_apply (WnGrowth *self, gdouble bitrate, gdouble seconds)
{
  bitrate *= pow (1 + self->rate, seconds);
  self->rate = MIN (self->rate * pow (2, seconds / DOUBLING_SECONDS), MAX_RATE);
  return bitrate;
}
