/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The connector of whoever serves and takes part: it has a server, and makes lines
 * to that one's relay, as which it is a client like all others. */

#include "ownserver.h"
#include "listener.h"
#include "server.h"

#include "signalling/client.h"
#include "signalling/connector.h"

typedef struct
{
  WnConnector connector;
  WnServer *server;
} WnOwnServer;

static void
on_listening (const gchar *uri, gpointer user_data)
{
  WnConnector *self = user_data;

  self->callbacks->listening (uri, self->user_data);
}

static void
on_warning (const gchar *name, const GError *error, gpointer user_data)
{
  WnConnector *self = user_data;

  self->callbacks->warning (name, error, self->user_data);
}

static gboolean
wn_own_server_open (WnConnector *connector, GError **error)
{
  return wn_server_open (((WnOwnServer *) connector)->server, error);
}

static void
wn_own_server_start (WnConnector *connector)
{
  static const WnServerCallbacks callbacks = { on_listening, on_warning };

  wn_server_start (((WnOwnServer *) connector)->server, &callbacks, connector);
}

/* At once: so nobody is in the room before us. */
static void
wn_own_server_connect (WnConnector *connector)
{
  connector->callbacks
      ->connected (wn_server_connect (((WnOwnServer *) connector)->server),
          connector->user_data);
}

static void
wn_own_server_cancel (WnConnector *connector)
{
}

static void
wn_own_server_stop (WnConnector *connector)
{
  wn_server_stop (((WnOwnServer *) connector)->server);
}

static void
wn_own_server_free (WnConnector *connector)
{
  WnOwnServer *self = (WnOwnServer *) connector;

  g_object_unref (self->server);
  g_free (self);
}

/**
 * wn_own_server_signaller_new:
 *
 * Returns: (transfer full) (nullable): a client of a server of its own; NULL with
 *   @error set when the settings cannot be right
 */
WnSignaller *
wn_own_server_signaller_new (const WnSignallerSettings *settings,
    GError **error)
{
  static const WnConnectorClass klass = {
    .open = wn_own_server_open,
    .start = wn_own_server_start,
    .connect = wn_own_server_connect,
    .cancel = wn_own_server_cancel,
    .stop = wn_own_server_stop,
    .free = wn_own_server_free,
  };
  WnServer *server = wn_server_new (settings, error);
  WnOwnServer *self;

  if (!server)
    return NULL;
  self = g_new0 (WnOwnServer, 1);
  self->connector.klass = &klass;
  self->connector.log = &wn_server_log;
  self->server = server;
  return wn_client_new (settings, &self->connector);
}
