/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "growth.h"
#include "linkcapacity.h"
#include "overuse.h"

G_BEGIN_DECLS

/**
 * WnAimd:
 * @bitrate: bit/s: the estimate
 * @min: @bitrate is not less
 * @max: @bitrate is not more
 * @is_holding: a queue is being drained, or a decrease was the last that was done
 * @capacity: of the link, where it is known
 * @growth: of @bitrate, where the capacity is not known
 * @changed_at: when @bitrate was changed, or might have been; 0: never
 *
 * The bitrate that the delay allows: additive or multiplicative increase,
 * multiplicative decrease.
 */
typedef struct
{
  gdouble bitrate;
  gdouble min;
  gdouble max;
  gboolean is_holding;
  WnLinkCapacity capacity;
  WnGrowth growth;
  gint64 changed_at;
} WnAimd;

void wn_aimd_start (WnAimd *self, gdouble bitrate);
void wn_aimd_set_limits (WnAimd *self, gdouble min, gdouble max);
void wn_aimd_update (WnAimd *self, WnUsage usage, gdouble acked,
    gdouble arrival, gint64 round_trip_us, gint64 now);
void wn_aimd_limit (WnAimd *self, gdouble capacity, gint64 now);
void wn_aimd_back_off (WnAimd *self, gdouble factor, gint64 now);

G_END_DECLS
