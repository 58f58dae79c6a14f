/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pacing.h"

/*** Replacements ***/

#define N_TOKENS 16
#define INTERVAL_US G_USEC_PER_SEC

void
wn_token_bucket_fill (WnTokenBucket *self)
{
  self->paid_at = 0;
}

void
wn_token_bucket_take (WnTokenBucket *self, gint64 now)
{
  self->paid_at = MAX (self->paid_at, now) + INTERVAL_US;
}

/* Returns: when there is a token; it may be in the past */
gint64
wn_token_bucket_get_expiry (const WnTokenBucket *self)
{
  return self->paid_at - N_TOKENS * (gint64) INTERVAL_US;
}

/*** Restarts ***/

#define FIRST_DELAY_US G_USEC_PER_SEC
#define MAX_DELAY_US (30 * G_USEC_PER_SEC)

void
wn_backoff_reset (WnBackoff *self)
{
  *self = (WnBackoff) { 0 };
}

/* One more; whether it fails, too, is to be seen. */
void
wn_backoff_fail (WnBackoff *self, gint64 now)
{
  self->n_failures++;
  self->expiry = 0;
  if (self->n_failures > 1) {
    guint doublings = MIN (self->n_failures - 2, 5);

    self->expiry = now + MIN (FIRST_DELAY_US << doublings, MAX_DELAY_US);
  }
}

/*** Offers ***/

#define MAX_DOUBLINGS 4

void
wn_offer_timeout_set (WnOfferTimeout *self, gint64 base_us)
{
  self->base_us = base_us;
  self->n_doublings = 0;
}

/* The remote peer is gone: what was learned was of the line to it. */
void
wn_offer_timeout_reset (WnOfferTimeout *self)
{
  self->n_doublings = 0;
  self->has_expired = FALSE;
}

/* Something has come that belongs to an offer that is over. */
void
wn_offer_timeout_learn (WnOfferTimeout *self)
{
  if (self->has_expired && self->n_doublings < MAX_DOUBLINGS)
    self->n_doublings++;
}

/* Returns: as it has turned out to be right; 0: never */
gint64
wn_offer_timeout_get (const WnOfferTimeout *self)
{
  return self->base_us << self->n_doublings;
}

gint64
wn_offer_timeout_get_expiry (const WnOfferTimeout *self, gint64 sent_at)
{
  return self->base_us ? sent_at + wn_offer_timeout_get (self) : WN_NEVER;
}

/*** Connecting ***/

/* It takes some time, however short the timeout is. */
#define MIN_CONNECT_US (2 * G_USEC_PER_SEC)

/* Where restarts do not help, the next one is that much later at most. */
#define MAX_CONNECT_DOUBLINGS 3

void
wn_stall_clear (WnStall *self)
{
  *self = (WnStall) { 0 };
}

/* Both descriptions are applied, and say where to. */
void
wn_stall_begin (WnStall *self, gint64 now)
{
  if (self->is_connected || self->since)
    return;
  self->since = now;
  self->is_reported = FALSE;
}

/* The more often it was begun again in vain, the longer. */
gint64
wn_stall_get_expiry (const WnStall *self, const WnOfferTimeout *timeout,
    const WnBackoff *backoff)
{
  gint64 interval =
      MAX (wn_offer_timeout_get (timeout), (gint64) MIN_CONNECT_US);

  if (!self->since || self->is_connected || !timeout->base_us)
    return WN_NEVER;
  interval <<= MIN (backoff->n_failures, MAX_CONNECT_DOUBLINGS);
  return self->since + (self->is_reported ? 2 : 1) * interval;
}
