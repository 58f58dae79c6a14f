/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bandwidth.h"

#include <gst/gst.h>
#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

/**
 * WnRtcStats:
 *
 * What a webrtcbin has measured, in the shape and with the names of webrtc-stats
 * (https://www.w3.org/TR/webrtc-stats/).  Any thread's.
 */
typedef struct _WnRtcStats WnRtcStats;

WnRtcStats *wn_rtc_stats_new (GstElement *webrtcbin, WnBandwidth *bandwidth)
    G_GNUC_WARN_UNUSED_RESULT;
WnRtcStats *wn_rtc_stats_ref (WnRtcStats *self);
void wn_rtc_stats_unref (WnRtcStats *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnRtcStats, wn_rtc_stats_unref);

void wn_rtc_stats_end (WnRtcStats *self);
void wn_rtc_stats_set_descriptions (WnRtcStats *self,
    const GstSDPMessage *local, const GstSDPMessage *remote);
GstStructure *wn_rtc_stats_get (WnRtcStats *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
