/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* What is queued for a peer that reads slowly. */
#define WN_WEBSOCKET_MAX_QUEUED (8 * 1024 * 1024)
/* Seconds between pings. */
#define WN_WEBSOCKET_KEEPALIVE 10

typedef struct _WnWebsocket WnWebsocket;

typedef struct
{
  /* @text ends in a NUL that @length does not count. */
  void (*text) (WnWebsocket *self, const gchar *text, gsize length,
      gpointer user_data);
  void (*binary) (WnWebsocket *self, gpointer user_data);
  /* The last call.  @in_good_order: the other side said that it closes. */
  void (*closed) (WnWebsocket *self, gboolean in_good_order,
      const gchar *reason, gpointer user_data);
} WnWebsocketCallbacks;

WnWebsocket *wn_websocket_new (SoupWebsocketConnection *connection,
    guint64 max_frame, const WnWebsocketCallbacks *callbacks,
    gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
WnWebsocket *wn_websocket_accept (SoupServerMessage *msg, guint64 max_frame,
    const WnWebsocketCallbacks *callbacks, gpointer user_data)
    G_GNUC_WARN_UNUSED_RESULT;

GSocket *wn_websocket_get_socket (WnWebsocket *self);

void wn_websocket_send (WnWebsocket *self, const gchar *text);
void wn_websocket_close (WnWebsocket *self, guint16 code, const gchar *reason);
void wn_websocket_free (WnWebsocket *self, guint16 code, const gchar *reason);

G_END_DECLS
