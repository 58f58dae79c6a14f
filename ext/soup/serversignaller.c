/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The embedded server: the page, and a WebSocket at /ws.  With protocol=room the
 * relay stands behind it, of which the element is a client like the others,
 * without a socket; with protocol=w3c it is the line to the one other peer.
 */

#include "serversignaller.h"
#include "listenaddress.h"
#include "pages.h"
#include "relay.h"
#include "roomclient.h"
#include "secret.h"
#include "websocket.h"

#include <string.h>
#include <gst/gst.h>

GST_DEBUG_CATEGORY_STATIC (wn_server_debug);
/* Every frame to and from the relay. */
GST_DEBUG_CATEGORY_STATIC (wn_relay_debug);
#define GST_CAT_DEFAULT wn_server_debug

#define MAX_CONNECTIONS 256
/* Larger than the relay lets pass, so that it can say so; what is larger still
 * breaks the connection. */
#define MAX_FRAME (1024 * 1024)

/* A WebSocket at /ws. */
typedef struct
{
  WnServerSignaller *server;
  guint number;
  WnWebsocket *socket;
  /* NULL with protocol=w3c, and after a refusal. */
  WnRelayClient *client;
} Connection;

struct _WnServerSignaller
{
  GObject parent;

  /* The settings. */
  WnListenAddress *listen;
  gchar *room_name;
  gchar *id;
  gchar *token;
  WnRoomProtocol protocol;

  /* Between start and stop; everything below is only then there.  It is used
   * in the thread of the context that was the default at start. */
  gboolean running;
  /* Resolving the name to listen on. */
  GCancellable *cancellable;
  SoupServer *server;
  WnRelay *relay;
  /* The relay's next expiry. */
  GSource *expiry;
  /* Runs once, to emit what the room client has to tell. */
  GSource *idle;
  /* Our own place: the relay's client, and the half that it talks to. */
  WnRelayClient *client;
  WnRoomClient *room;
  /* A set of Connection, owned. */
  GHashTable *connections;
  guint n_accepted;
  /* With protocol=w3c: the other peer's; NULL while there is none. */
  Connection *remote;
};

static void signaller_iface_init (WnSignallerInterface *iface);

G_DEFINE_TYPE_WITH_CODE (WnServerSignaller, wn_server_signaller, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (WN_TYPE_SIGNALLER, signaller_iface_init));

static void
clear_source (GSource **source)
{
  if (*source) {
    g_source_destroy (*source);
    g_clear_pointer (source, g_source_unref);
  }
}

static gint64
now (void)
{
  return g_get_monotonic_time ();
}

/* What the room client has to tell */

static void
tell (WnServerSignaller *self, const WnRoomEvent *event)
{
  WnSignaller *signaller = WN_SIGNALLER (self);

  switch (event->type) {
    case WN_ROOM_EVENT_JOINED:
      wn_signaller_emit_joined (signaller, event->id,
          (const gchar *const *) event->peers);
      break;
    case WN_ROOM_EVENT_RESUMED:
      wn_signaller_emit_back (signaller);
      break;
    case WN_ROOM_EVENT_PEER_JOINED:
      wn_signaller_emit_peer_joined (signaller, event->id);
      break;
    case WN_ROOM_EVENT_PEER_LEFT:
      wn_signaller_emit_peer_left (signaller, event->id);
      break;
    case WN_ROOM_EVENT_MESSAGE:
      wn_signaller_emit_message (signaller, event->id, event->text);
      break;
    case WN_ROOM_EVENT_REFUSED:
    case WN_ROOM_EVENT_COMPLAINT:
      GST_INFO_OBJECT (self, "%s: %s", event->code, event->text);
      wn_signaller_emit_complaint (signaller, event->code, event->text);
      break;
  }
}

/* A handler may stop us, or start us again: then it is another room client. */
static gboolean
on_idle (gpointer user_data)
{
  g_autoptr (WnServerSignaller) self = g_object_ref (user_data);
  WnRoomClient *room = self->room;

  clear_source (&self->idle);
  while (self->running && self->room == room) {
    g_autoptr (WnRoomEvent) event = wn_room_client_poll (room);

    if (event == NULL)
      break;
    tell (self, event);
  }
  return G_SOURCE_REMOVE;
}

static void
tell_later (WnServerSignaller *self)
{
  if (self->idle)
    return;
  self->idle = g_idle_source_new ();
  g_source_set_name (self->idle, "wn-server-idle");
  g_source_set_priority (self->idle, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->idle, on_idle, self, NULL);
  g_source_attach (self->idle, g_main_context_get_thread_default ());
}

/* The relay's clock */

static void arm_expiry (WnServerSignaller *self);

static gboolean
on_expiry (gpointer user_data)
{
  WnServerSignaller *self = user_data;

  clear_source (&self->expiry);
  wn_relay_expire (self->relay, now ());
  arm_expiry (self);
  return G_SOURCE_REMOVE;
}

static void
arm_expiry (WnServerSignaller *self)
{
  gint64 expiry = wn_relay_get_expiry (self->relay);

  if (self->expiry || expiry == G_MAXINT64)
    return;
  self->expiry = g_timeout_source_new (MAX (0, expiry - now ()) / 1000 + 1);
  g_source_set_name (self->expiry, "wn-server-expiry");
  g_source_set_callback (self->expiry, on_expiry, self, NULL);
  g_source_attach (self->expiry, g_main_context_get_thread_default ());
}

/* Our own place */

static void
on_local_send (const gchar *text, gpointer user_data)
{
  WnServerSignaller *self = user_data;

  GST_CAT_TRACE_OBJECT (wn_relay_debug, self, "to ourselves: %s", text);
  wn_room_client_receive (self->room, text, strlen (text));
  tell_later (self);
}

static void
on_local_close (guint16 code, const gchar *reason, gpointer user_data)
{
  GST_WARNING_OBJECT (user_data, "the relay closed our own place: %s", reason);
}

static void
join (WnServerSignaller *self)
{
  g_autofree gchar *text = NULL;

  if (self->relay)
    self->client = wn_relay_connect (self->relay, WN_RELAY_CLIENT_LOCAL,
        on_local_send, on_local_close, self, now ());
  else
    wn_room_client_set_remote (self->room, FALSE);
  text = wn_room_client_open (self->room);
  if (text)
    wn_relay_receive (self->relay, self->client, text, strlen (text), now ());
  tell_later (self);
}

/* Connections of the relay */

static void
on_send (const gchar *text, gpointer user_data)
{
  Connection *connection = user_data;

  GST_CAT_TRACE_OBJECT (wn_relay_debug, connection->server, "to %u: %s",
      connection->number, text);
  wn_websocket_send (connection->socket, text);
}

static void
on_close (guint16 code, const gchar *reason, gpointer user_data)
{
  Connection *connection = user_data;

  GST_CAT_INFO_OBJECT (wn_relay_debug, connection->server, "closing %u: %s",
      connection->number, reason);
  wn_websocket_close (connection->socket, code, reason);
}

/* protocol=w3c: the other peer came, or went (NULL). */
static void
set_remote (WnServerSignaller *self, Connection *connection)
{
  self->remote = connection;
  wn_room_client_set_remote (self->room, connection != NULL);
  tell_later (self);
}

static void
on_text (WnWebsocket *socket, const gchar *text, gsize length,
    gpointer user_data)
{
  Connection *connection = user_data;
  WnServerSignaller *self = connection->server;

  GST_CAT_TRACE_OBJECT (wn_relay_debug, self, "from %u: %s", connection->number,
      text);
  if (connection->client) {
    wn_relay_receive (self->relay, connection->client, text, length, now ());
    arm_expiry (self);
  } else if (connection == self->remote) {
    wn_room_client_receive (self->room, text, length);
    tell_later (self);
  }
}

static void
on_binary (WnWebsocket *socket, gpointer user_data)
{
  Connection *connection = user_data;
  WnServerSignaller *self = connection->server;

  if (connection->client) {
    wn_relay_receive_binary (self->relay, connection->client, now ());
  } else if (connection == self->remote) {
    wn_room_client_receive_binary (self->room);
    tell_later (self);
  }
}

static void
connection_free (Connection *connection)
{
  wn_websocket_free (connection->socket, WN_CLOSE_GOING_AWAY,
      "the server stops");
  g_free (connection);
}

static void
on_closed (WnWebsocket *socket, gboolean in_good_order, const gchar *reason,
    gpointer user_data)
{
  Connection *connection = user_data;
  WnServerSignaller *self = connection->server;

  GST_INFO_OBJECT (self, "%u is gone: %s", connection->number, reason);
  if (connection->client)
    wn_relay_disconnect (self->relay, connection->client, in_good_order,
        now ());
  if (connection == self->remote)
    set_remote (self, NULL);
  g_hash_table_remove (self->connections, connection);
  if (self->relay)
    arm_expiry (self);
}

static const WnWebsocketCallbacks callbacks = { on_text, on_binary, on_closed };

/* HTTP */

/* With protocol=w3c there is no join that could show the token. */
static gboolean
query_has_token (WnServerSignaller *self, GUri *uri)
{
  g_autoptr (GHashTable) query = NULL;
  const gchar *token;

  if (self->token == NULL)
    return TRUE;
  if (g_uri_get_query (uri) == NULL)
    return FALSE;
  query = soup_form_decode (g_uri_get_query (uri));
  token = g_hash_table_lookup (query, "token");
  return token && wn_secret_equal (token, self->token);
}

static void
take_or_refuse (WnServerSignaller *self, Connection *connection, GUri *uri)
{
  if (g_hash_table_size (self->connections) > MAX_CONNECTIONS)
    wn_websocket_close (connection->socket, WN_CLOSE_FULL,
        "there are too many connections");
  else if (self->relay)
    connection->client = wn_relay_connect (self->relay, WN_RELAY_CLIENT_REMOTE,
        on_send, on_close, connection, now ());
  else if (!query_has_token (self, uri))
    wn_websocket_close (connection->socket, WN_CLOSE_POLICY,
        "unauthorized: connect to /ws?token=TOKEN");
  else if (self->remote)
    wn_websocket_close (connection->socket, WN_CLOSE_FULL,
        "another peer is connected; there is room for one");
  else
    set_remote (self, connection);
}

static void
on_upgraded (SoupServerMessage *msg, gpointer user_data)
{
  WnServerSignaller *self = WN_SERVER_SIGNALLER (user_data);
  g_autoptr (GUri) uri = g_uri_ref (soup_server_message_get_uri (msg));
  Connection *connection;

  if (soup_server_message_get_status (msg) != SOUP_STATUS_SWITCHING_PROTOCOLS
      || !self->running)
    return;
  connection = g_new0 (Connection, 1);
  connection->server = self;
  connection->number = ++self->n_accepted;
  connection->socket =
      wn_websocket_accept (msg, MAX_FRAME, &callbacks, connection);
  g_hash_table_add (self->connections, connection);
  GST_INFO_OBJECT (self, "%u is there", connection->number);
  take_or_refuse (self, connection, uri);
}

/* An upgrade beyond the bound is still made, to be able to say why not; but not
 * without any bound. */
static void
upgrade (WnServerSignaller *self, SoupServerMessage *msg)
{
  if (g_hash_table_size (self->connections) >= 2 * MAX_CONNECTIONS) {
    soup_server_message_set_status (msg, SOUP_STATUS_SERVICE_UNAVAILABLE, NULL);
    return;
  }
  if (soup_websocket_server_process_handshake (msg, NULL, NULL, NULL, NULL))
    g_signal_connect_object (msg, "wrote-informational",
        G_CALLBACK (on_upgraded), self, 0);
}

static void
on_request (SoupServer *server, SoupServerMessage *msg, const gchar *path,
    GHashTable *query, gpointer user_data)
{
  WnServerSignaller *self = user_data;

  GST_DEBUG_OBJECT (self, "%s %s", soup_server_message_get_method (msg), path);
  if (strcmp (path, "/ws") == 0
      && soup_server_message_get_method (msg) == SOUP_METHOD_GET)
    upgrade (self, msg);
  else
    wn_pages_respond (msg, path);
}

/* Nobody has anything to upload: what comes is not collected in memory. */
static void
on_headers (SoupServer *server, SoupServerMessage *msg, const gchar *path,
    GHashTable *query, gpointer user_data)
{
  soup_message_body_set_accumulate (soup_server_message_get_request_body (msg),
      FALSE);
}

/* Starting and stopping */

static void
shut_down (WnServerSignaller *self)
{
  self->running = FALSE;
  if (self->cancellable) {
    g_cancellable_cancel (self->cancellable);
    g_clear_object (&self->cancellable);
  }
  self->remote = NULL;
  g_clear_pointer (&self->connections, g_hash_table_unref);
  if (self->server) {
    soup_server_disconnect (self->server);
    soup_server_remove_handler (self->server, NULL);
    g_clear_object (&self->server);
  }
  self->client = NULL;
  g_clear_pointer (&self->relay, wn_relay_free);
  g_clear_pointer (&self->room, wn_room_client_free);
  clear_source (&self->expiry);
  clear_source (&self->idle);
}

static void
fail (WnServerSignaller *self, const GError *why)
{
  g_autofree gchar *at =
      wn_listen_address_format (self->listen->host, self->listen->port);
  g_autofree gchar *any = wn_listen_address_format (self->listen->host, 0);
  g_autoptr (GError) error = NULL;

  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    error = g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY,
        "Port %u on %s is in use. Set listen=%s for a free one, or "
        "signaller-uri=ws://%s/ws to join what is there.",
        self->listen->port, self->listen->host, any, at);
  else if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    error = g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED,
        "Port %u on %s may only be listened on by the administrator. Set "
        "listen=%s for a free one.",
        self->listen->port, self->listen->host, any);
  else
    error = g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE,
        "Cannot listen on %s: %s. Set "
        "listen to an address of this machine, such as 127.0.0.1:8443, or "
        "0.0.0.0:8443 for all of them.",
        at, why->message);
  GST_WARNING_OBJECT (self, "%s", error->message);
  shut_down (self);
  wn_signaller_emit_failed (WN_SIGNALLER (self), error);
}

/* The address that the first listener got. */
static gchar *
get_uri (WnServerSignaller *self)
{
  g_autoslist (GUri) uris = soup_server_get_uris (self->server);
  g_autoptr (GInetAddress) address =
      g_inet_address_new_from_string (g_uri_get_host (uris->data));
  g_autofree gchar *at = NULL;

  at = wn_listen_address_reachable (address, g_uri_get_port (uris->data));
  return g_strdup_printf ("http://%s/", at);
}

/* @addresses: (element-type GInetAddress): the first one has to do; the others
 * are tried, as a name may stand for an address that is not up */
static gboolean
listen_on (WnServerSignaller *self, GList *addresses, GError **error)
{
  g_autoptr (GSocketAddress) first =
      g_inet_socket_address_new (addresses->data, self->listen->port);
  GList *l;

  if (!soup_server_listen (self->server, first, 0, error))
    return FALSE;
  for (l = addresses->next; l && self->listen->port != 0; l = l->next) {
    g_autoptr (GSocketAddress) other =
        g_inet_socket_address_new (l->data, self->listen->port);

    soup_server_listen (self->server, other, 0, NULL);
  }
  return TRUE;
}

/* What the look-up of the name holds on to; it may end after the stop. */
typedef struct
{
  GWeakRef signaller;
  GCancellable *cancellable;
} Lookup;

static void
lookup_free (Lookup *lookup)
{
  g_weak_ref_clear (&lookup->signaller);
  g_object_unref (lookup->cancellable);
  g_free (lookup);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lookup, lookup_free)

static void
free_addresses (GList *addresses)
{
  g_resolver_free_addresses (addresses);
}

static void
on_resolved (GObject *resolver, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Lookup) lookup = user_data;
  g_autoptr (WnServerSignaller) self = g_weak_ref_get (&lookup->signaller);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *uri = NULL;
  GList *addresses;

  addresses =
      g_resolver_lookup_by_name_finish (G_RESOLVER (resolver), result, &error);
  if (self && self->cancellable == lookup->cancellable) {
    g_clear_object (&self->cancellable);
    if (addresses == NULL || !listen_on (self, addresses, &error)) {
      fail (self, error);
    } else {
      join (self);
      uri = get_uri (self);
      GST_INFO_OBJECT (self, "listening on %s", uri);
      /* The last: a handler may stop us. */
      wn_signaller_emit_listening (WN_SIGNALLER (self), uri);
    }
  }
  g_clear_pointer (&addresses, free_addresses);
}

static void
wn_server_signaller_start (WnSignaller *signaller)
{
  WnServerSignaller *self = WN_SERVER_SIGNALLER (signaller);
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  Lookup *lookup = g_new0 (Lookup, 1);

  g_return_if_fail (!self->running);

  self->running = TRUE;
  self->connections = g_hash_table_new_full (NULL, NULL,
      (GDestroyNotify) connection_free, NULL);
  self->room = wn_room_client_new (self->protocol, self->room_name, self->id,
      self->token);
  if (self->protocol == WN_ROOM_PROTOCOL_ROOM)
    self->relay = wn_relay_new (self->token);
  self->server = soup_server_new ("server-header", "webrtcnegotiator", NULL);
  soup_server_add_early_handler (self->server, NULL, on_headers, self, NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);

  self->cancellable = g_cancellable_new ();
  g_weak_ref_init (&lookup->signaller, self);
  lookup->cancellable = g_object_ref (self->cancellable);
  g_resolver_lookup_by_name_async (resolver, self->listen->host,
      self->cancellable, on_resolved, lookup);
}

static void
wn_server_signaller_stop (WnSignaller *signaller)
{
  shut_down (WN_SERVER_SIGNALLER (signaller));
}

static void
wn_server_signaller_send (WnSignaller *signaller, const gchar *to,
    const gchar *json)
{
  WnServerSignaller *self = WN_SERVER_SIGNALLER (signaller);
  g_autofree gchar *text = NULL;

  if (!self->running)
    return;
  text = wn_room_client_pack (self->room, to, json);
  if (text == NULL) {
    tell_later (self);
  } else if (self->remote) {
    wn_websocket_send (self->remote->socket, text);
  } else if (self->client) {
    wn_relay_receive (self->relay, self->client, text, strlen (text), now ());
  } else {
    wn_room_client_complain (self->room, "unknown-peer",
        "The server is not up yet; the message was dropped.");
    tell_later (self);
  }
}

static void
signaller_iface_init (WnSignallerInterface *iface)
{
  iface->start = wn_server_signaller_start;
  iface->stop = wn_server_signaller_stop;
  iface->send = wn_server_signaller_send;
}

static void
wn_server_signaller_finalize (GObject *object)
{
  WnServerSignaller *self = WN_SERVER_SIGNALLER (object);

  shut_down (self);
  g_clear_pointer (&self->listen, wn_listen_address_free);
  g_free (self->room_name);
  g_free (self->id);
  g_free (self->token);

  G_OBJECT_CLASS (wn_server_signaller_parent_class)->finalize (object);
}

static void
wn_server_signaller_class_init (WnServerSignallerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wn_server_signaller_finalize;
  GST_DEBUG_CATEGORY_INIT (wn_server_debug, "wnserver", 0,
      "webrtcnegotiator embedded server");
  GST_DEBUG_CATEGORY_INIT (wn_relay_debug, "wnrelay", 0,
      "webrtcnegotiator rooms");
}

static void
wn_server_signaller_init (WnServerSignaller *self)
{
}

/**
 * wn_server_signaller_new:
 *
 * Returns: (transfer full) (nullable): NULL with @error set when there is no
 *   address to listen on in @settings
 */
WnSignaller *
wn_server_signaller_new (const WnSignallerSettings *settings, GError **error)
{
  WnListenAddress *listen = wn_listen_address_parse (settings->listen, error);
  WnServerSignaller *self;

  if (listen == NULL)
    return NULL;
  self = g_object_new (WN_TYPE_SERVER_SIGNALLER, NULL);
  self->listen = listen;
  self->room_name = g_strdup (settings->room);
  self->id = g_strdup (settings->peer_id);
  self->token = g_strdup (settings->token);
  self->protocol = strcmp (settings->protocol, "w3c") == 0
      ? WN_ROOM_PROTOCOL_BARE
      : WN_ROOM_PROTOCOL_ROOM;
  return WN_SIGNALLER (self);
}
