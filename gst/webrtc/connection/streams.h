/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "webrtc/pad/sinkpad.h"

G_BEGIN_DECLS

/**
 * WnStream:
 * @pad: where it comes in
 * @gate: how it goes into this connection
 * @mline: the media section on the wire that it is sent in, or -1
 * @format: (nullable): what upstream sent when it was put into a section
 * @wire: (nullable): what webrtcbin is to see of that
 * @is_in_force: @mline was negotiated with it as @wire
 * @target: (nullable): the webrtcbin's sink pad that it goes to
 * @negotiated: (nullable): what upstream sent when the stream was last negotiated,
 *   well or not
 * @is_stopped: its section was rejected, and has become another one since: it is
 *   not offered again as it is
 * @is_too_many: it was said that there is no section for it
 * @is_refused: it was said that the remote peer does not want it
 * @wait_until: while upstream is about to say more of the stream, until when it is
 *   waited for; 0: it is not, or nobody asked
 *
 * A stream that the application wants sent.
 */
typedef struct
{
  WnSinkPad *pad;
  WnGate *gate;
  gint mline;
  GstCaps *format;
  GstCaps *wire;
  gboolean is_in_force;
  GstPad *target;
  GstCaps *negotiated;
  gboolean is_stopped;
  gboolean is_too_many;
  gboolean is_refused;
  gint64 wait_until;
} WnStream;

gboolean wn_stream_is_vague (const WnStream *self, gint64 now);
gboolean wn_stream_has_changed (const WnStream *self);
gboolean wn_stream_has_news (const WnStream *self);
gboolean wn_stream_is_sent (const WnStream *self);
gboolean wn_stream_may_be_placed (const WnStream *self);
void wn_stream_enter (WnStream *self, gint mline, GstCaps *format,
    GstCaps *wire);
void wn_stream_leave (WnStream *self);

/* The streams of a connection, in the order that they were added. */

GPtrArray *wn_streams_new (void) G_GNUC_WARN_UNUSED_RESULT;
void wn_streams_add (GPtrArray *self, WnSinkPad *pad);
void wn_streams_remove (GPtrArray *self, WnSinkPad *pad);
WnStream *wn_streams_find (GPtrArray *self, WnSinkPad *pad);
WnStream *wn_streams_get_at (GPtrArray *self, guint mline);
WnDirection wn_streams_get_wish (GPtrArray *self, guint mline);
gint64 wn_streams_get_wait (GPtrArray *self, gint64 now);
void wn_streams_put_in_force (GPtrArray *self);
void wn_streams_leave_from (GPtrArray *self, guint mline);
void wn_streams_forget_webrtcbin (GPtrArray *self);
void wn_streams_forget (GPtrArray *self);

G_END_DECLS
