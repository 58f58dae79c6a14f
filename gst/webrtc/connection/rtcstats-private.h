/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "icepairs.h"
#include "rtcstats.h"
#include "traffic.h"

G_BEGIN_DECLS

/* rtcstats.c knows of streams, and rtcstats-transports.c of what carries them. */

struct _WnRtcStats
{
  GstElement *webrtcbin;
  WnBandwidth *bandwidth;
  WnTraffic *traffic;
  WnIcePairs *pairs;

  GMutex mutex;
  /* Under the mutex: */
  gboolean is_over;
  GstSDPMessage *local; /* in force, or NULL */
  GstSDPMessage *remote;
};

/* What is found out for it once; with the mutex held */
typedef struct
{
  WnRtcStats *stats;
  gdouble timestamp;     /* ms since 1970 */
  GstStructure *objects; /* the result, by id */
  GHashTable *sources;   /* SSRC: a session's GstStructure */
  GHashTable *buffers;   /* SSRC: a jitter buffer's GstStructure */
  gchar *transport;      /* the id of the only one, or NULL */
} WnRtcReport;

/* rtcstats.c */
GstStructure *wn_rtc_report_begin (WnRtcReport *self, const gchar *type,
    const gchar *id) G_GNUC_WARN_UNUSED_RESULT;
void wn_rtc_report_end (WnRtcReport *self, GstStructure *object);

/* rtcstats-transports.c */
void wn_rtc_report_add_transports (WnRtcReport *self);

G_END_DECLS
