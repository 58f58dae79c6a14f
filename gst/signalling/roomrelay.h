/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay.h"

G_BEGIN_DECLS

/* The bounds of the room protocol, version 1.  What is kept for a connection that
 * broke is bounded by WnOutbox. */
#define WN_ROOM_RELAY_MAX_PEERS 64
#define WN_ROOM_RELAY_MAX_ROOMS 1024
#define WN_ROOM_RELAY_MAX_ERRORS 100
#define WN_ROOM_RELAY_BURST 1000
#define WN_ROOM_RELAY_FRAMES_PER_SECOND 200
/* What each join but the first of a connection counts as. */
#define WN_ROOM_RELAY_JOIN_FRAMES 50
/* How long a connection may be in no room, in microseconds. */
#define WN_ROOM_RELAY_JOIN_TIME (10 * G_USEC_PER_SEC)
/* For how long a broken connection keeps its place, in microseconds. */
#define WN_ROOM_RELAY_GRACE (10 * G_USEC_PER_SEC)

WnRelay *wn_room_relay_new (const gchar *token) G_GNUC_WARN_UNUSED_RESULT;
guint wn_room_relay_get_n_rooms (WnRelay *relay);

G_END_DECLS
