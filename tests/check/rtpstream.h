/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A source of RTP packets without a codec behind them. */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* v: VP8, 9: VP9, h: H.264, a: Opus, u: PCMU, p: PCMA, g: G.722 */
typedef struct
{
  gchar kind;
  guint32 ssrc;
  guint n_sources; /* each has an SSRC of its own */
  guint16 seq;
  guint64 n_sent;
  GstElement *source; /* an appsrc */
  GstPad *pad;        /* the one that it is linked to, or NULL */
  guint timer;
} RtpStream;

RtpStream *rtp_stream_new (gchar kind);
void rtp_stream_free (RtpStream *self);
void rtp_stream_set_kind (RtpStream *self, gchar kind);
guint32 rtp_stream_get_ssrc (const RtpStream *self, guint source);
void rtp_stream_burst (RtpStream *self, guint n);
const gchar *rtp_stream_get_encoding (const RtpStream *self);
gboolean rtp_stream_is_well (const RtpStream *self);

G_END_DECLS
