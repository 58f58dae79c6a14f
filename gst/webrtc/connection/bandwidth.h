/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "congestion/congestion.h"

G_BEGIN_DECLS

/**
 * WnBandwidth:
 *
 * What the path to a remote peer carries, while it is asked for: a WnCongestion with a
 * lock and a clock.  Any thread tells it of packets; the thread of its #GMainContext is
 * told of the estimate.
 */
typedef struct _WnBandwidth WnBandwidth;

/* On the thread of the context. */
typedef void (*WnBandwidthFunc) (gpointer data);

/**
 * WnBandwidthLimits:
 * @is_estimated: the rest counts
 * @min: bit/s
 * @start: bit/s: where an estimate begins
 * @max: bit/s
 */
typedef struct
{
  gboolean is_estimated;
  guint min;
  guint start;
  guint max;
} WnBandwidthLimits;

WnBandwidth *wn_bandwidth_new (GMainContext *context, WnBandwidthFunc changed,
    gpointer data) G_GNUC_WARN_UNUSED_RESULT;
void wn_bandwidth_stop (WnBandwidth *self);
WnBandwidth *wn_bandwidth_ref (WnBandwidth *self);
void wn_bandwidth_unref (WnBandwidth *self);

void wn_bandwidth_set_limits (WnBandwidth *self,
    const WnBandwidthLimits *limits);
void wn_bandwidth_begin (WnBandwidth *self);

void wn_bandwidth_expect (WnBandwidth *self, gboolean is_expected);
void wn_bandwidth_send (WnBandwidth *self);
void wn_bandwidth_receive (WnBandwidth *self, const WnPacketReport *reports,
    gsize n_reports);

guint wn_bandwidth_get_estimate (WnBandwidth *self);

G_END_DECLS
