/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "growth.h"
#include "losstest.h"

G_BEGIN_DECLS

/**
 * WnLossRate:
 * @bitrate: bit/s that the loss allows; 0: as many as one likes
 * @rate: what part of the packets was lost in the last interval
 * @n_packets: in this interval
 * @n_lost: of them; less than 0 where packets that were counted in the last interval
 *   have arrived after all
 * @since: when it began; 0: it has not
 * @decreased_at: when @bitrate was decreased; 0: never
 * @growth: of @bitrate
 * @test: whether it is for what is sent that packets are lost
 * @before_test: @bitrate when it was begun
 * @acked_before_test: bit/s that arrived then
 *
 * The bitrate that the loss of packets allows.
 */
typedef struct
{
  gdouble bitrate;
  gdouble rate;
  guint n_packets;
  gint n_lost;
  gint64 since;
  gint64 decreased_at;
  WnGrowth growth;
  WnLossTest test;
  gdouble before_test;
  gdouble acked_before_test;
} WnLossRate;

void wn_loss_rate_clear (WnLossRate *self);
void wn_loss_rate_add (WnLossRate *self, guint n_packets, guint n_lost);
void wn_loss_rate_take_back (WnLossRate *self);
gdouble wn_loss_rate_update (WnLossRate *self, gdouble target, gdouble acked,
    gboolean is_calm, gint64 round_trip_us, gint64 now)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
