/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How fast things may follow each other.  Each says when it expires, in
 * microseconds of the clock that it is told. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WN_NEVER G_MAXINT64

/**
 * WnTokenBucket:
 * @paid_at: when all that was taken so far is paid for
 *
 * Fresh connections cost their owner milliseconds and the remote peer, who has them
 * made, a few bytes.  So many may follow each other at once, and then one an
 * interval.
 */
typedef struct
{
  gint64 paid_at;
} WnTokenBucket;

void wn_token_bucket_fill (WnTokenBucket *self);
void wn_token_bucket_take (WnTokenBucket *self, gint64 now);
gint64 wn_token_bucket_get_expiry (const WnTokenBucket *self);

/**
 * WnBackoff:
 * @n_failures: restarts in a row that led to no connection
 * @expiry: before which no offer is made
 *
 * The second restart in a row waits before it makes its offer, the third one twice
 * as long, and so on.
 */
typedef struct
{
  guint n_failures;
  gint64 expiry;
} WnBackoff;

void wn_backoff_reset (WnBackoff *self);
void wn_backoff_fail (WnBackoff *self, gint64 now);

/**
 * WnOfferTimeout:
 * @base_us: what the application has set; 0: never
 * @n_doublings: how often it turned out to be too short
 * @has_expired: an offer was given up, and there was no connection since
 *
 * After how long an unanswered offer is given up.  Where something comes after all
 * that belongs to it, the line is slow, not broken.
 */
typedef struct
{
  gint64 base_us;
  guint n_doublings;
  gboolean has_expired;
} WnOfferTimeout;

void wn_offer_timeout_set (WnOfferTimeout *self, gint64 base_us);
void wn_offer_timeout_reset (WnOfferTimeout *self);
void wn_offer_timeout_learn (WnOfferTimeout *self);
gint64 wn_offer_timeout_get (const WnOfferTimeout *self);
gint64 wn_offer_timeout_get_expiry (const WnOfferTimeout *self, gint64 sent_at);

/**
 * WnStall:
 * @since: when the peers could begin to connect; 0: not as yet
 * @is_connected: they are, or were
 * @is_reported: it was told that they are not
 *
 * The peers have agreed, but do not connect.  After an interval it is told, and
 * after another one the connection is begun again.
 */
typedef struct
{
  gint64 since;
  gboolean is_connected;
  gboolean is_reported;
} WnStall;

void wn_stall_clear (WnStall *self);
void wn_stall_begin (WnStall *self, gint64 now);
gint64 wn_stall_get_expiry (const WnStall *self, const WnOfferTimeout *timeout,
    const WnBackoff *backoff);

G_END_DECLS
