/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The server: it listens, serves the page, and relays what comes on WebSockets at
 * /ws.  It has no place of its own in a room. */

#pragma once

#include "signalling/line.h"
#include "signalling/signaller.h"

G_BEGIN_DECLS

#define WN_TYPE_SERVER (wn_server_get_type ())
G_DECLARE_FINAL_TYPE (WnServer, wn_server, WN, SERVER, GObject)

/**
 * WnServerCallbacks:
 * @listening: ready, at @uri
 * @warning: see #WnSignaller
 *
 * Called from the main loop; each may stop the server.
 */
typedef struct
{
  void (*listening) (const gchar *uri, gpointer user_data);
  void (*warning) (const gchar *name, const GError *error, gpointer user_data);
} WnServerCallbacks;

WnServer *wn_server_new (const WnSignallerSettings *settings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

gboolean wn_server_open (WnServer *self, GError **error);
void wn_server_start (WnServer *self, const WnServerCallbacks *callbacks,
    gpointer user_data);
void wn_server_stop (WnServer *self);

WnLine *wn_server_connect (WnServer *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
