/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Makes WebSockets to the server at a ws:// or wss:// URI. */

#include "websocketconnector.h"
#include "websocketline.h"

#include "signalling/client.h"
#include "signalling/connector.h"
#include "signalling/error.h"
#include "signalling/printable.h"
#include "signalling/refusal.h"
#include "signalling/relay.h"

/* A message may be as large as the relay lets it, in the server's envelope; a
 * list of peers is smaller. */
#define MAX_FRAME (WN_RELAY_MAX_FRAME + 8 * 1024)

static WnLogCategory wn_websocket_log = { "wnwebsocket",
  "webrtcnegotiator signalling by WebSocket", NULL };

typedef struct
{
  WnConnector connector;

  gchar *uri;
  /* Between start and stop. */
  SoupSession *session;
  /* While connecting. */
  GCancellable *cancellable;
} WnWebsocketConnector;

/* What an attempt to connect holds on to until it ends, which may be after the
 * next one began, or after the connector's end: then it is cancelled, and the
 * connector is not looked at. */
typedef struct
{
  WnWebsocketConnector *connector;
  GCancellable *cancellable;
  SoupMessage *msg;
} Attempt;

static void
attempt_free (Attempt *attempt)
{
  g_object_unref (attempt->cancellable);
  g_object_unref (attempt->msg);
  g_free (attempt);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Attempt, attempt_free)

static void
fail (WnWebsocketConnector *self, guint status, const GError *why)
{
  g_autoptr (GError) refusal = wn_refusal_by_status (self->uri, status);

  if (!refusal)
    refusal = wn_refusal_unreachable (self->uri, why,
        why->domain == SOUP_WEBSOCKET_ERROR
            ? "What answers there is no WebSocket: check the path in "
              "signaller-uri, which is usually /ws."
            : NULL);
  self->connector.callbacks->failed (refusal, self->connector.user_data);
}

static void
on_connected (GObject *session, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Attempt) attempt = user_data;
  g_autoptr (SoupWebsocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  WnWebsocketConnector *self = attempt->connector;

  connection = soup_session_websocket_connect_finish (SOUP_SESSION (session),
      result, &error);
  if (g_cancellable_is_cancelled (attempt->cancellable))
    return;
  g_clear_object (&self->cancellable);
  if (!connection)
    fail (self, soup_message_get_status (attempt->msg), error);
  else
    self->connector.callbacks
        ->connected (wn_websocket_line_new (g_steal_pointer (&connection),
                         MAX_FRAME),
            self->connector.user_data);
}

static void
wn_websocket_connector_start (WnConnector *connector)
{
  WnWebsocketConnector *self = (WnWebsocketConnector *) connector;

  self->session = soup_session_new ();
  /* Compressed frames could grow beyond every bound on the frame. */
  soup_session_remove_feature_by_type (self->session,
      SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
}

static void
wn_websocket_connector_connect (WnConnector *connector)
{
  WnWebsocketConnector *self = (WnWebsocketConnector *) connector;
  g_autoptr (SoupMessage) msg = soup_message_new (SOUP_METHOD_GET, self->uri);
  Attempt *attempt = g_new0 (Attempt, 1);

  self->cancellable = g_cancellable_new ();
  attempt->connector = self;
  attempt->cancellable = g_object_ref (self->cancellable);
  attempt->msg = g_object_ref (msg);
  soup_session_websocket_connect_async (self->session, msg, NULL, NULL,
      G_PRIORITY_DEFAULT, self->cancellable, on_connected, attempt);
}

static void
wn_websocket_connector_cancel (WnConnector *connector)
{
  WnWebsocketConnector *self = (WnWebsocketConnector *) connector;

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
wn_websocket_connector_stop (WnConnector *connector)
{
  WnWebsocketConnector *self = (WnWebsocketConnector *) connector;

  wn_websocket_connector_cancel (connector);
  if (self->session)
    soup_session_abort (self->session);
  g_clear_object (&self->session);
}

static void
wn_websocket_connector_free (WnConnector *connector)
{
  WnWebsocketConnector *self = (WnWebsocketConnector *) connector;

  g_free (self->uri);
  g_free (self);
}

/**
 * wn_websocket_signaller_new:
 *
 * Returns: (transfer full) (nullable): a client over WebSockets; NULL with @error
 *   set when the URI is not one of a WebSocket
 */
WnSignaller *
wn_websocket_signaller_new (const WnSignallerSettings *settings, GError **error)
{
  static const WnConnectorClass klass = {
    .start = wn_websocket_connector_start,
    .connect = wn_websocket_connector_connect,
    .cancel = wn_websocket_connector_cancel,
    .stop = wn_websocket_connector_stop,
    .free = wn_websocket_connector_free,
  };
  g_autoptr (GUri) uri = NULL;
  g_autoptr (GError) why = NULL;
  WnWebsocketConnector *self;

  uri = g_uri_parse (settings->uri, SOUP_HTTP_URI_FLAGS, &why);
  if (!uri || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0') {
    g_set_error (error, WN_SIGNALLING_ERROR, WN_SIGNALLING_ERROR_SETTINGS,
        "\"%s\" is not the URI of a WebSocket%s%s. Set signaller-uri to "
        "something like ws://192.0.2.7:8443/ws.",
        wn_printable_in_sentence (settings->uri), why ? ": " : "",
        why ? wn_printable_in_sentence (why->message) : "");
    return NULL;
  }
  self = g_new0 (WnWebsocketConnector, 1);
  self->connector.klass = &klass;
  self->connector.log = &wn_websocket_log;
  self->uri = g_strdup (settings->uri);
  return wn_client_new (settings, &self->connector);
}
