/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libsoup/soup.h>

#include "signalling/line.h"

G_BEGIN_DECLS

/* What is queued for a peer that reads slowly. */
#define WN_WEBSOCKET_MAX_QUEUED (8 * 1024 * 1024)
/* Seconds between pings. */
#define WN_WEBSOCKET_KEEPALIVE 10

WnLine *wn_websocket_line_new (SoupWebsocketConnection *connection,
    guint64 max_frame) G_GNUC_WARN_UNUSED_RESULT;
WnLine *wn_websocket_line_accept (SoupServerMessage *msg, guint64 max_frame)
    G_GNUC_WARN_UNUSED_RESULT;

GSocket *wn_websocket_line_get_socket (WnLine *line);

G_END_DECLS
