/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * WnGate:
 *
 * The way of a stream into one connection: a source pad of its own, linked to a sink
 * pad of that webrtcbin, which can be taken away and replaced while data flows.
 * While it is closed, buffers are dropped, and what goes wrong behind it stays there.
 * What passes gets the payload type, the SSRC and the caps that were negotiated.
 *
 * A sink pad hands its data to any number of gates.
 */
typedef struct _WnGate WnGate;

WnGate *wn_gate_new (GstPad *entry) G_GNUC_WARN_UNUSED_RESULT;
WnGate *wn_gate_ref (WnGate *self);
void wn_gate_unref (WnGate *self);

void wn_gate_connect (WnGate *self, GstPad *target, GstCaps *wire_format);
void wn_gate_disconnect (WnGate *self);
void wn_gate_open (WnGate *self);
void wn_gate_close (WnGate *self);

/* On the thread that streams. */
void wn_gate_push (WnGate *self, GstBuffer *buffer);
void wn_gate_push_list (WnGate *self, GstBufferList *list);
void wn_gate_push_event (WnGate *self, GstEvent *event);
void wn_gate_note_caps (WnGate *self, const GstCaps *caps);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnGate, wn_gate_unref)

G_END_DECLS
