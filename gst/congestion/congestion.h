/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Google congestion control, as a value that does no I/O: what is sent and what the
 * remote peer says of it in, a bitrate out.
 *
 *     wn_congestion_send (congestion, now);                  for each packet
 *     wn_congestion_receive (congestion, reports, n, now);   for each feedback
 *     set the encoder to wn_congestion_get_bitrate (congestion);
 *     arm a timer for wn_congestion_get_expiry (congestion), and then call
 *     wn_congestion_handle_expiry (congestion, now);
 *
 * It has no thread, no clock, no lock and no callback: the time is an argument
 * (microseconds of a monotonic clock, more than 0), and whoever owns the value calls it
 * from one thread.  tests/congestion runs it over links of any kind.
 *
 * The algorithm is that of draft-ietf-rmcat-gcc-02.  Where libwebrtc has gone other ways
 * since, it goes these: the file of each part says so.  Feedback is that of
 * draft-holmer-rmcat-transport-wide-cc-extensions-01.
 *
 * Feedback may say what it likes: no feedback makes the bitrate leave the limits.
 */

#pragma once

#include "overuse.h"

G_BEGIN_DECLS

/* No limit is below that (bit/s), as in libwebrtc. */
#define WN_CONGESTION_MIN_BITRATE 5000

typedef struct _WnCongestion WnCongestion;

/**
 * WnPacketReport:
 * @seqnum: the transport-wide sequence number
 * @sent_at: on our clock; 0: it is not known (any more)
 * @arrived_at: on the remote peer's clock, in microseconds as well
 * @size: in bytes
 * @is_lost: it has not arrived, and @arrived_at means nothing
 *
 * What feedback says of one packet.  A packet that it leaves out between two others is
 * lost, too.
 */
typedef struct
{
  guint16 seqnum;
  gint64 sent_at;
  gint64 arrived_at;
  guint size;
  gboolean is_lost;
} WnPacketReport;

/**
 * WnCongestionStats:
 * @usage: of the path, by the delay
 * @delay_bitrate: bit/s that the delay allows
 * @loss_bitrate: bit/s that the loss allows; 0: as many as one likes
 * @acked_bitrate: bit/s that arrive; 0: it is not known
 * @loss_rate: what part of the packets is lost, from 0 to 1
 * @round_trip_us: 0: it is not known
 * @queueing_us: how long packets wait on the path
 */
typedef struct
{
  WnUsage usage;
  guint delay_bitrate;
  guint loss_bitrate;
  guint acked_bitrate;
  gdouble loss_rate;
  gint64 round_trip_us;
  gint64 queueing_us;
} WnCongestionStats;

WnCongestion *wn_congestion_new (guint min, guint start, guint max)
    G_GNUC_WARN_UNUSED_RESULT;
void wn_congestion_free (WnCongestion *self);

/* Settings; they may change at any time. */

void wn_congestion_set_limits (WnCongestion *self, guint min, guint max);
void wn_congestion_restart (WnCongestion *self, guint bitrate);

/* Events. */

void wn_congestion_send (WnCongestion *self, gint64 now);
void wn_congestion_receive (WnCongestion *self, const WnPacketReport *reports,
    gsize n_reports, gint64 now);

/* Time. */

gint64 wn_congestion_get_expiry (const WnCongestion *self);
void wn_congestion_handle_expiry (WnCongestion *self, gint64 now);

/* The state. */

guint wn_congestion_get_bitrate (const WnCongestion *self);
void wn_congestion_get_stats (const WnCongestion *self,
    WnCongestionStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnCongestion, wn_congestion_free)

G_END_DECLS
