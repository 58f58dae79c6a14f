/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "negotiation/negotiation.h"
#include "peerconnection.h"
#include "signalling/signaller.h"

G_BEGIN_DECLS

#define WN_TYPE_SESSION (wn_session_get_type ())
G_DECLARE_FINAL_TYPE (WnSession, wn_session, WN, SESSION, GObject)

/**
 * WnSession:
 *
 * Brings a signaller, a negotiation and a peer connection together: it finds a
 * peer, and negotiates with it until it leaves.  All of it runs on the thread of
 * one #GMainContext.
 *
 * Signals, on that thread:
 *
 * - `event (name, peer, detail)`: a step for the application to know of;
 *   @peer and @detail may be NULL
 * - `report (action)`: a step of the negotiation (a WnAction, lent)
 * - `changed ()`: something that wn_session_get_…() tells
 * - `joined (id)`: our id is this
 * - `outgoing (to, json)`: a message to carry, with app:
 * - `listening (uri)`: the embedded server is ready at this address
 * - `failed (error)`: the session cannot go on
 * - `warning (name, error)`: it goes on, but whoever runs it has to know: an
 *   event by this name, with the error's text
 *
 * All texts are printable, whoever sent what they quote: see printable.h.
 */

/**
 * WnSessionSettings:
 *
 * What the session is made with; the strings belong to the caller.
 */
typedef struct
{
  WnSignallerSettings signalling;
  const gchar *remote_peer_id;
  WnRole role;
} WnSessionSettings;

WnSession *wn_session_new (const WnSessionSettings *settings,
    WnPeerConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void wn_session_start (WnSession *self);
void wn_session_stop (WnSession *self);

void wn_session_set_auto_answer (WnSession *self, gboolean automatic);
void wn_session_set_timeout (WnSession *self, guint timeout_ms);

void wn_session_change (WnSession *self);
void wn_session_negotiate (WnSession *self);
void wn_session_restart (WnSession *self, const gchar *reason);
void wn_session_accept (WnSession *self);
void wn_session_reject (WnSession *self);
void wn_session_receive (WnSession *self, const gchar *from, const gchar *json);

const WnNegotiation *wn_session_get_negotiation (WnSession *self);
const gchar *wn_session_get_remote_id (WnSession *self);

G_END_DECLS
