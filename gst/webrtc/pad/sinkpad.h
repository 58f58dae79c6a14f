/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "gate.h"
#include "sdp/sdpmedia.h"

#include <gst/gst.h>

G_BEGIN_DECLS

#define WN_TYPE_SINK_PAD (wn_sink_pad_get_type ())
G_DECLARE_FINAL_TYPE (WnSinkPad, wn_sink_pad, WN, SINK_PAD, GstPad)

/**
 * WnSinkPad:
 *
 * A stream to be sent: an element's sink pad.  It never stops upstream, which notices
 * nothing of connections that come and go: its data goes to gates, one for each
 * connection, or nowhere.
 *
 * Signals, on any thread:
 *
 * - `caps-changed ()`: upstream sends another format, or for the first time, or the
 *   first buffer of it
 * - `ended ()`: upstream sends no more
 *
 * Its properties are those that users see.
 */
WnSinkPad *wn_sink_pad_new (GstPadTemplate *templ, const gchar *name,
    const GstCaps *caps);

GstCaps *wn_sink_pad_get_format (WnSinkPad *self) G_GNUC_WARN_UNUSED_RESULT;
GstCaps *wn_sink_pad_get_final_format (WnSinkPad *self)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean wn_sink_pad_is_settled (WnSinkPad *self);

void wn_sink_pad_set_direction (WnSinkPad *self, WnDirection direction);
WnDirection wn_sink_pad_get_direction (WnSinkPad *self);
gboolean wn_sink_pad_has_ended (WnSinkPad *self);
void wn_sink_pad_forget_end (WnSinkPad *self);

guint wn_sink_pad_get_priority (WnSinkPad *self);
void wn_sink_pad_set_bitrate (WnSinkPad *self, guint bitrate);

WnGate *wn_sink_pad_add_gate (WnSinkPad *self) G_GNUC_WARN_UNUSED_RESULT;
void wn_sink_pad_remove_gate (WnSinkPad *self, WnGate *gate);

GstCaps *wn_sink_pad_make_wire_format (const GstCaps *format, gint payload,
    const GstCaps *offered) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
