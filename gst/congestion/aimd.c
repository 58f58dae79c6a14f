/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* draft-ietf-rmcat-gcc-02, 5.5. */

#include "aimd.h"

#include <math.h>

/* beta */
#define DECREASE 0.85
/* Where there is no queue to be drained. */
#define LIMIT_FACTOR 0.95

/* While a decrease has not had its effect, there is no other one. */
#define MIN_PAUSE_US 10000
#define MAX_PAUSE_US 200000

/* Near convergence: half of a packet a response time.  A frame's packets are as large
 * as each other. */
#define FRAMES_PER_SECOND 30
#define PACKET_BITS (1200 * 8)
#define DETECTION_US 100000
#define MIN_STEP 4000

/* The estimate is not far above what is seen to arrive: an encoder that sends less than
 * it may has not shown that the rest would arrive, too. */
#define MAX_ACKED_FACTOR 1.5
#define MAX_ACKED_MORE 10000

/**
 * wn_aimd_start:
 *
 * Forgets everything but the limits.
 */
void
wn_aimd_start (WnAimd *self, gdouble bitrate)
{
  self->bitrate = CLAMP (bitrate, self->min, self->max);
  self->is_holding = FALSE;
  self->changed_at = 0;
  wn_link_capacity_clear (&self->capacity);
  wn_growth_begin_fast (&self->growth);
}

void
wn_aimd_set_limits (WnAimd *self, gdouble min, gdouble max)
{
  self->min = min;
  self->max = max;
  self->bitrate = CLAMP (self->bitrate, min, max);
}

static void
set_bitrate (WnAimd *self, gdouble bitrate, gint64 now)
{
  self->bitrate = CLAMP (bitrate, self->min, self->max);
  self->changed_at = now;
}

static gdouble
get_step (const WnAimd *self, gint64 round_trip_us, gdouble seconds)
{
  gdouble frame = self->bitrate / FRAMES_PER_SECOND;
  gdouble packet = frame / MAX (ceil (frame / PACKET_BITS), 1);
  gdouble response = (gdouble) (round_trip_us + DETECTION_US) / G_USEC_PER_SEC;

  return MAX (packet / (2 * response), MIN_STEP) * seconds;
}

static void
increase (WnAimd *self, gdouble acked, gint64 round_trip_us, gint64 now)
{
  gdouble seconds = 0;
  gdouble limit = MAX_ACKED_FACTOR * acked + MAX_ACKED_MORE;
  gdouble bitrate = self->bitrate;

  if (self->changed_at)
    seconds = CLAMP ((gdouble) (now - self->changed_at) / G_USEC_PER_SEC, 0, 1);
  if (wn_link_capacity_is_below (&self->capacity, acked)) {
    wn_link_capacity_clear (&self->capacity);
    wn_growth_begin (&self->growth);
  }
  if (wn_link_capacity_is_known (&self->capacity))
    bitrate += get_step (self, round_trip_us, seconds);
  else
    bitrate = wn_growth_apply (&self->growth, bitrate, seconds);
  /* What is above the limit already stays: it was seen to arrive once. */
  set_bitrate (self, MAX (MIN (bitrate, limit), self->bitrate), now);
}

/* To less than arrives, where that is all that the link carries. */
static void
decrease (WnAimd *self, gdouble factor, gdouble acked, gint64 now)
{
  gdouble bitrate = factor * acked;

  /* More arrives than is meant to be sent: the encoder does not do what it is told,
   * or only just begins to. */
  if (bitrate > self->bitrate && wn_link_capacity_is_known (&self->capacity))
    bitrate = factor * self->capacity.bitrate;
  if (wn_link_capacity_is_above (&self->capacity, acked))
    wn_link_capacity_clear (&self->capacity);
  wn_link_capacity_add (&self->capacity, acked);
  set_bitrate (self, MIN (bitrate, self->bitrate), now);
  wn_growth_begin (&self->growth);
  self->is_holding = TRUE;
}

static void
handle_overuse (WnAimd *self, gdouble arrival, gint64 round_trip_us, gint64 now)
{
  gint64 pause = CLAMP (round_trip_us, MIN_PAUSE_US, MAX_PAUSE_US);

  if (arrival <= 0) {
    /* It is too much, and nobody knows by how much. */
    if (now - self->changed_at >= MAX_PAUSE_US || !self->is_holding)
      set_bitrate (self, self->bitrate / 2, now);
    wn_growth_begin (&self->growth);
    self->is_holding = TRUE;
  } else if (now - self->changed_at >= pause || arrival < self->bitrate / 2) {
    decrease (self, DECREASE, arrival, now);
  }
}

/**
 * wn_aimd_update:
 * @acked: bit/s that arrive, or that were sent, if these were less; 0: it is not known
 * @arrival: bit/s that arrive, whatever was sent; 0: it is not known
 * @now: not before that of the call before
 */
void
wn_aimd_update (WnAimd *self, WnUsage usage, gdouble acked, gdouble arrival,
    gint64 round_trip_us, gint64 now)
{
  switch (usage) {
    case WN_USAGE_OVERUSE:
      /* What a link lets go that stood still says nothing of what it carries. */
      handle_overuse (self,
          MIN (arrival, MAX (acked, self->bitrate) / DECREASE), round_trip_us,
          now);
      break;
    case WN_USAGE_UNDERUSE:
      /* The queue is drained, for which there has to be something left. */
      self->is_holding = TRUE;
      break;
    case WN_USAGE_NORMAL:
      /* The time that was spent on hold is no time to increase for. */
      if (self->is_holding || !self->changed_at)
        self->changed_at = now;
      self->is_holding = FALSE;
      if (acked > 0)
        increase (self, acked, round_trip_us, now);
      break;
  }
}

/**
 * wn_aimd_limit:
 * @capacity: bit/s
 *
 * It has turned out that the link carries no more, and it has no queue to be drained.
 */
void
wn_aimd_limit (WnAimd *self, gdouble capacity, gint64 now)
{
  decrease (self, LIMIT_FACTOR, capacity, now);
}

/**
 * wn_aimd_back_off:
 *
 * Nothing is heard of the path.  What is heard of it next may be of another one.
 */
void
wn_aimd_back_off (WnAimd *self, gdouble factor, gint64 now)
{
  set_bitrate (self, self->bitrate * factor, now);
  wn_link_capacity_clear (&self->capacity);
  wn_growth_begin_fast (&self->growth);
  self->is_holding = TRUE;
}
