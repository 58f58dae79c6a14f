/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WN_QUEUEING_BUCKETS 10

/**
 * WnQueueing:
 * @buckets: the least that a packet took in each of the last seconds, from one clock to
 *   the other; oldest first
 * @n_buckets: how many there are
 * @bucket_at: when the last one was begun
 * @delay_us: of the last feedback: how much longer than the least its fastest packet
 *   took
 * @round_trip_us: smoothed; 0: it is not known
 *
 * How long packets wait in queues, and how long it takes until we hear of them.
 */
typedef struct
{
  gint64 buckets[WN_QUEUEING_BUCKETS];
  guint n_buckets;
  gint64 bucket_at;
  gint64 delay_us;
  gint64 round_trip_us;
} WnQueueing;

void wn_queueing_clear_path (WnQueueing *self);
void wn_queueing_add (WnQueueing *self, gint64 one_way_us, gint64 round_trip_us,
    gint64 now);
gdouble wn_queueing_get_share (const WnQueueing *self);

G_END_DECLS
