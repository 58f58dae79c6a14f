/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "trendline.h"

G_BEGIN_DECLS

/**
 * WnUsage:
 * @WN_USAGE_NORMAL: the path carries what is sent
 * @WN_USAGE_OVERUSE: a queue on the path fills
 * @WN_USAGE_UNDERUSE: a queue on the path is drained
 */
typedef enum
{
  WN_USAGE_NORMAL,
  WN_USAGE_OVERUSE,
  WN_USAGE_UNDERUSE,
} WnUsage;

/**
 * WnOveruse:
 * @usage: what is detected now
 * @threshold_ms: how far the trend may go from 0
 * @over_us: for how long it has been above; -1: it is not
 * @n_over: how often in a row it was above
 * @last_slope: of the trendline, when it was looked at last
 * @adapted_at: when the threshold was adapted, on the remote peer's clock
 * @is_begun: @adapted_at is a time
 *
 * Whether the trend means that the path is overused.  The threshold follows the trend
 * slowly, so that noise of the path, and flows that fill its queues by themselves, do
 * not take everything away.
 */
typedef struct
{
  WnUsage usage;
  gdouble threshold_ms;
  gint64 over_us;
  guint n_over;
  gdouble last_slope;
  gint64 adapted_at;
  gboolean is_begun;
} WnOveruse;

void wn_overuse_clear (WnOveruse *self);
void wn_overuse_update (WnOveruse *self, const WnTrendline *trendline,
    const WnDelayVariation *variation);

G_END_DECLS
