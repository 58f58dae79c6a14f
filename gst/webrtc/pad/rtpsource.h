/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/rtp/rtp.h>

G_BEGIN_DECLS

/* The source (SSRC) that a stream is on the wire.  The remote peer is told of it by
 * the description, which another payloader upstream, with an SSRC of its own, is no
 * reason to negotiate anew: its packets go on as those of the former. */
typedef struct
{
  guint32 on_wire;  /* 0: nobody was told */
  guint32 declared; /* by upstream's caps; 0: they do not say */
  guint32 found;    /* if they do not: whose packets are the stream's, or 0 */
  gint clock_rate;

  /* Of the last packet; current: 0 if there was none. */
  guint32 current; /* as it came */
  guint16 seq;     /* as they went */
  guint32 timestamp;
  gint64 time; /* monotonic */

  /* From what comes to what goes. */
  guint16 seq_offset;
  guint32 timestamp_offset;
} WnRtpSource;

void wn_rtp_source_set_wire_format (WnRtpSource *self, const GstCaps *caps);
void wn_rtp_source_declare (WnRtpSource *self, const GstCaps *caps);
void wn_rtp_source_rewrite (WnRtpSource *self, GstRTPBuffer *rtp, gint64 now);

G_END_DECLS
