/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "negotiation/negotiation.h"
#include "webrtc/connection/peerconnection.h"
#include "peermessage.h"

G_BEGIN_DECLS

#define WN_TYPE_CALL (wn_call_get_type ())
G_DECLARE_FINAL_TYPE (WnCall, wn_call, WN, CALL, GObject)

/**
 * WnCall:
 *
 * One remote peer, from its coming to its leaving: brings its negotiation and its
 * peer connection together.  It carries out what the negotiation asks for, tells it
 * what happens, and passes on the wishes of the application.  When the peer has left,
 * another one may come.  All of it runs on the thread of one #GMainContext.
 *
 * Signals, on that thread:
 *
 * - `send (json)`: a message to the remote peer
 * - `report (action)`: a step of the negotiation (a WnAction, lent)
 * - `changed ()`: something that wn_call_get_…() tells
 * - `failed (error)`: there can be no connection
 */

WnCall *wn_call_new (WnPeerConnection *connection) G_GNUC_WARN_UNUSED_RESULT;
void wn_call_start (WnCall *self);
void wn_call_stop (WnCall *self);

/* Who is at the other end. */
void wn_call_begin (WnCall *self, const gchar *remote_id, gboolean is_polite);
void wn_call_identify (WnCall *self, const gchar *remote_id,
    gboolean is_polite);
void wn_call_say_bye (WnCall *self);
void wn_call_end (WnCall *self);

/* What comes from there. */
gboolean wn_call_admit (WnCall *self, const WnPeerMessage *message);
void wn_call_receive (WnCall *self, WnPeerMessage *message);
void wn_call_receive_garbage (WnCall *self, const gchar *detail);

/* Wishes of the application. */
void wn_call_set_auto_answer (WnCall *self, gboolean automatic);
void wn_call_set_timeout (WnCall *self, guint timeout_ms);
void wn_call_change (WnCall *self);
void wn_call_negotiate (WnCall *self);
void wn_call_restart (WnCall *self, const gchar *reason);
void wn_call_accept (WnCall *self);
void wn_call_reject (WnCall *self);

const WnNegotiation *wn_call_get_negotiation (WnCall *self);
const gchar *wn_call_get_remote_id (WnCall *self);

G_END_DECLS
