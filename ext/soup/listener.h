/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "listenaddress.h"
#include "signalling/log.h"

G_BEGIN_DECLS

/* Connections at once, in all and of one address.  With less than twice as many
 * descriptors the process may only use half of them here. */
#define WN_LISTENER_MAX 512
#define WN_LISTENER_MAX_OF_ADDRESS 192
/* A connection that is not kept ends after so long, in milliseconds. */
#define WN_LISTENER_PATIENCE 15000

/* Of the whole server. */
extern WnLogCategory wn_server_log;

typedef struct _WnListener WnListener;

typedef struct
{
  /* A connection is there. */
  void (*accepted) (WnListener *self, GSocketConnection *connection,
      GSocketAddress *local, GSocketAddress *remote, gpointer user_data);
  /* A connection was refused, or none can be accepted for now; @reason is a
   * sentence.  For each of them. */
  void (*full) (WnListener *self, const gchar *reason, gpointer user_data);
} WnListenerCallbacks;

WnListener *wn_listener_new (const WnListenAddress *address, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void wn_listener_free (WnListener *self);

void wn_listener_start (WnListener *self, const WnListenerCallbacks *callbacks,
    gpointer user_data);
void wn_listener_keep (WnListener *self, GSocket *socket);

GSocketAddress *wn_listener_get_address (WnListener *self);
gboolean wn_listener_is_local (WnListener *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnListener, wn_listener_free)

G_END_DECLS
