/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * WnReport:
 * @fraction_lost: since the report before, 0 to 1
 * @packets_lost: since the source began
 * @jitter: in units of the source's clock
 * @round_trip: in seconds
 * @total_round_trip: of @n_round_trips that were measured
 *
 * What the remote peer reports of a source of ours (RFC 3550, 6.4.1).
 */
typedef struct
{
  gdouble fraction_lost;
  gint packets_lost;
  guint jitter;
  gdouble round_trip;
  gdouble total_round_trip;
  guint n_round_trips;
} WnReport;

/* What went by a transport: datagrams, with what keeps it secret. */
typedef struct
{
  guint64 packets_sent;
  guint64 bytes_sent;
  guint64 packets_received;
  guint64 bytes_received;
} WnTransportTraffic;

/* @stream: the ICE agent's number of the transport */
typedef void (*WnTransportFunc) (guint stream,
    const WnTransportTraffic *traffic, gpointer data);

/**
 * WnTraffic:
 *
 * Looks at what goes by a webrtcbin's RTP sessions and transports, for what these do
 * not keep.  Any thread's.
 */
typedef struct _WnTraffic WnTraffic;

WnTraffic *wn_traffic_new (GstElement *webrtcbin) G_GNUC_WARN_UNUSED_RESULT;
void wn_traffic_unref (WnTraffic *self);

gint wn_traffic_get_payload_type (WnTraffic *self, guint32 ssrc);
gboolean wn_traffic_get_report (WnTraffic *self, guint32 ssrc,
    WnReport *report);
void wn_traffic_foreach_transport (WnTraffic *self, WnTransportFunc func,
    gpointer data);

G_END_DECLS
