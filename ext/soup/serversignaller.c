/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The embedded server: the page, and a WebSocket at /ws.  With protocol=room the
 * relay stands behind it, of which the element is a client like the others,
 * without a socket; with protocol=w3c it is the line to the one other peer.
 */

#include "serversignaller.h"
#include "listener.h"
#include "origins.h"
#include "pages.h"
#include "signalling/error.h"
#include "signalling/printable.h"
#include "signalling/relay.h"
#include "signalling/roomclient.h"
#include "signalling/secret.h"
#include "warning.h"
#include "websocket.h"

#include <string.h>

/* Every frame to and from the relay. */
static WnLogCategory wn_relay_log = { "wnrelay", "webrtcnegotiator rooms",
  NULL };
#define WN_LOG_DEFAULT &wn_server_log

/* WebSockets at once, in all and of one address: fewer than the listener lets
 * in, so that one beyond them can be told why not. */
#define MAX_CONNECTIONS 256
#define MAX_CONNECTIONS_OF_ADDRESS 128
/* Larger than the relay lets pass, so that it can say so; what is larger still
 * breaks the connection. */
#define MAX_FRAME (1024 * 1024)

/* A WebSocket at /ws. */
typedef struct
{
  WnServerSignaller *server;
  guint number;
  /* Where it comes from. */
  gchar *place;
  WnWebsocket *socket;
  /* NULL with protocol=w3c, and after a refusal. */
  WnRelayClient *client;
} Connection;

/* What whoever runs this has to know of. */
typedef enum
{
  WARNING_PAGE_REFUSED,
  WARNING_SERVER_FULL,
  N_WARNINGS
} WarningKind;

struct _WnServerSignaller
{
  GObject parent;

  /* The settings. */
  WnListenAddress *listen;
  gchar *room_name;
  gchar *id;
  gchar *token;
  WnRoomProtocol protocol;
  WnOrigins *origins;

  /* From open on. */
  WnListener *listener;

  /* Between start and stop; everything below is only then there.  It is used
   * in the thread of the context that was the default at start. */
  gboolean running;
  SoupServer *server;
  WnRelay *relay;
  /* The relay's next expiry. */
  GSource *expiry;
  /* Runs once, to emit what the room client has to tell, and warnings. */
  GSource *idle;
  WnWarning warnings[N_WARNINGS];
  /* Our own place: the relay's client, and the half that it talks to. */
  WnRelayClient *client;
  WnRoomClient *room;
  /* A set of Connection, owned. */
  GHashTable *connections;
  guint n_accepted;
  /* With protocol=w3c: the other peer's; NULL while there is none. */
  Connection *remote;
  /* Our address, until it is told. */
  gchar *uri;
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
      WN_LOG (INFO, self, "%s: %s", event->code,
          wn_printable_for_log (event->text));
      wn_signaller_emit_complaint (signaller, event->code, event->text);
      break;
  }
}

static void
tell_listening (WnServerSignaller *self)
{
  g_autofree gchar *uri = g_steal_pointer (&self->uri);

  WN_LOG (INFO, self, "listening on %s", uri);
  wn_signaller_emit_listening (WN_SIGNALLER (self), uri);
}

static void
tell_warnings (WnServerSignaller *self)
{
  static const struct
  {
    const gchar *event;
    WnSignallingError code;
  } kinds[] = {
    [WARNING_PAGE_REFUSED] = { "page-refused",
        WN_SIGNALLING_ERROR_NOT_AUTHORIZED },
    [WARNING_SERVER_FULL] = { "server-full", WN_SIGNALLING_ERROR_FULL },
  };
  guint i;

  for (i = 0; i < N_WARNINGS; i++) {
    g_autofree gchar *text = wn_warning_take (&self->warnings[i]);
    g_autoptr (GError) error = NULL;

    if (text == NULL)
      continue;
    error = g_error_new_literal (WN_SIGNALLING_ERROR, kinds[i].code, text);
    WN_LOG (WARNING, self, "%s", text);
    wn_signaller_emit_warning (WN_SIGNALLER (self), kinds[i].event, error);
  }
}

/* A handler may stop us, or start us again: then it is another room client. */
static gboolean
on_idle (gpointer user_data)
{
  g_autoptr (WnServerSignaller) self = g_object_ref (user_data);
  WnRoomClient *room = self->room;

  clear_source (&self->idle);
  if (self->uri)
    tell_listening (self);
  tell_warnings (self);
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

/* @text: (transfer full): */
static void
warn_of (WnServerSignaller *self, WarningKind kind, gchar *text)
{
  WN_LOG (DEBUG, self, "%s", text);
  if (wn_warning_raise (&self->warnings[kind], text, now ()))
    tell_later (self);
  g_free (text);
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

  WN_LOG_TO (&wn_relay_log, TRACE, self, "to ourselves: %s",
      wn_printable_for_log (text));
  wn_room_client_receive (self->room, text, strlen (text));
  tell_later (self);
}

static void
on_local_close (guint16 code, const gchar *reason, gpointer user_data)
{
  WN_LOG (WARNING, user_data, "the relay closed our own place: %s", reason);
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

  WN_LOG_TO (&wn_relay_log, TRACE, connection->server, "to %u: %s",
      connection->number, wn_printable_for_log (text));
  wn_websocket_send (connection->socket, text);
}

static void
on_close (guint16 code, const gchar *reason, gpointer user_data)
{
  Connection *connection = user_data;

  WN_LOG_TO (&wn_relay_log, INFO, connection->server, "closing %u: %s",
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

  WN_LOG_TO (&wn_relay_log, TRACE, self, "from %u: %s", connection->number,
      wn_printable_for_log (text));
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
  g_free (connection->place);
  g_free (connection);
}

static void
on_closed (WnWebsocket *socket, gboolean in_good_order, const gchar *reason,
    gpointer user_data)
{
  Connection *connection = user_data;
  WnServerSignaller *self = connection->server;

  WN_LOG (INFO, self, "%u is gone: %s", connection->number,
      wn_printable_for_log (reason));
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

static guint
count_connections (WnServerSignaller *self, const gchar *place)
{
  GHashTableIter iter;
  gpointer connection;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, &connection, NULL))
    n += strcmp (((Connection *) connection)->place, place) == 0;
  return n;
}

/* Whether there is one more than there may be, which is told. */
static gboolean
close_beyond_bounds (WnServerSignaller *self, Connection *connection)
{
  if (g_hash_table_size (self->connections) > MAX_CONNECTIONS) {
    wn_websocket_close (connection->socket, WN_CLOSE_FULL,
        "there are too many connections");
    warn_of (self, WARNING_SERVER_FULL,
        g_strdup_printf (
            "A connection from %s was refused: there are " G_STRINGIFY (
                MAX_CONNECTIONS) " WebSockets, and there is room for no more.",
            connection->place));
    return TRUE;
  }
  if (count_connections (self, connection->place)
      > MAX_CONNECTIONS_OF_ADDRESS) {
    wn_websocket_close (connection->socket, WN_CLOSE_FULL,
        "there are too many connections from this address");
    warn_of (self, WARNING_SERVER_FULL,
        g_strdup_printf (
            "A connection was refused: there are " G_STRINGIFY (
                MAX_CONNECTIONS_OF_ADDRESS) " WebSockets from %s, and one address gets no more.",
            connection->place));
    return TRUE;
  }
  return FALSE;
}

static void
take_or_refuse (WnServerSignaller *self, Connection *connection, GUri *uri)
{
  if (close_beyond_bounds (self, connection))
    return;
  if (self->relay) {
    connection->client = wn_relay_connect (self->relay, WN_RELAY_CLIENT_REMOTE,
        on_send, on_close, connection, now ());
    arm_expiry (self);
  } else if (!query_has_token (self, uri)) {
    wn_websocket_close (connection->socket, WN_CLOSE_POLICY,
        "unauthorized: connect to /ws?token=TOKEN");
  } else if (self->remote) {
    wn_websocket_close (connection->socket, WN_CLOSE_FULL,
        "another peer is connected; there is room for one");
  } else {
    set_remote (self, connection);
  }
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
  connection->place = wn_listen_address_get_place (
      soup_server_message_get_remote_address (msg));
  connection->socket =
      wn_websocket_accept (msg, MAX_FRAME, &callbacks, connection);
  wn_listener_keep (self->listener,
      wn_websocket_get_socket (connection->socket));
  g_hash_table_add (self->connections, connection);
  WN_LOG (INFO, self, "%u is there", connection->number);
  take_or_refuse (self, connection, uri);
}

static void
upgrade (WnServerSignaller *self, SoupServerMessage *msg)
{
  if (soup_websocket_server_process_handshake (msg, NULL, NULL, NULL, NULL))
    g_signal_connect_object (msg, "wrote-informational",
        G_CALLBACK (on_upgraded), self, 0);
}

static void
on_request (SoupServer *server, SoupServerMessage *msg, const gchar *path,
    GHashTable *query, gpointer user_data)
{
  WnServerSignaller *self = user_data;
  g_autofree gchar *policy = wn_origins_list_ancestors (self->origins);

  WN_LOG (DEBUG, self, "%s %s",
      wn_printable_for_log (soup_server_message_get_method (msg)),
      wn_printable_for_log (path));
  if (strcmp (path, "/ws") == 0
      && soup_server_message_get_method (msg) == SOUP_METHOD_GET)
    upgrade (self, msg);
  else
    wn_pages_respond (msg, path, policy);
}

static void
refuse (WnServerSignaller *self, SoupServerMessage *msg,
    WnOriginsVerdict verdict, const gchar *host, const gchar *origin)
{
  g_autofree gchar *answer = NULL;
  gchar *warning = NULL;

  wn_origins_explain (verdict, host, origin, &answer, &warning);
  wn_pages_respond_text (msg, SOUP_STATUS_FORBIDDEN, answer);
  warn_of (self, WARNING_PAGE_REFUSED, warning);
}

/* Every request comes here first.  Nobody has anything to upload: what comes is
 * not collected in memory. */
static void
on_headers (SoupServer *server, SoupServerMessage *msg, const gchar *path,
    GHashTable *query, gpointer user_data)
{
  WnServerSignaller *self = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);
  const gchar *host = soup_message_headers_get_one (headers, "Host");
  /* Pages may be read by anybody, as far as browsers let others. */
  const gchar *origin = strcmp (path, "/ws") == 0
      ? soup_message_headers_get_one (headers, "Origin")
      : NULL;
  WnOriginsVerdict verdict;

  soup_message_body_set_accumulate (soup_server_message_get_request_body (msg),
      FALSE);
  verdict = wn_origins_judge (self->origins, host, origin);
  if (verdict != WN_ORIGINS_WELCOME)
    refuse (self, msg, verdict, host, origin);
}

/* Connections of the listener */

static void
on_accepted (WnListener *listener, GSocketConnection *connection,
    GSocketAddress *local, GSocketAddress *remote, gpointer user_data)
{
  WnServerSignaller *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!soup_server_accept_iostream (self->server, G_IO_STREAM (connection),
          local, remote, &error))
    WN_LOG (WARNING, self, "%s", error->message);
}

static void
on_full (WnListener *listener, const gchar *reason, gpointer user_data)
{
  warn_of (user_data, WARNING_SERVER_FULL,
      g_strdup_printf ("A connection was refused: %s.", reason));
}

static const WnListenerCallbacks listener_callbacks = { on_accepted, on_full };

/* Starting and stopping */

static void
shut_down (WnServerSignaller *self)
{
  guint i;

  self->running = FALSE;
  self->remote = NULL;
  g_clear_pointer (&self->connections, g_hash_table_unref);
  if (self->server) {
    soup_server_disconnect (self->server);
    soup_server_remove_handler (self->server, NULL);
    g_clear_object (&self->server);
  }
  g_clear_pointer (&self->listener, wn_listener_free);
  g_clear_pointer (&self->uri, g_free);
  for (i = 0; i < N_WARNINGS; i++)
    g_free (wn_warning_take (&self->warnings[i]));
  self->client = NULL;
  g_clear_pointer (&self->relay, wn_relay_free);
  g_clear_pointer (&self->room, wn_room_client_free);
  clear_source (&self->expiry);
  clear_source (&self->idle);
}

static gchar *
make_uri (WnServerSignaller *self)
{
  g_autoptr (GSocketAddress) address = wn_listener_get_address (self->listener);
  GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS (address);
  g_autofree gchar *at = NULL;

  at = wn_listen_address_reachable (g_inet_socket_address_get_address (inet),
      g_inet_socket_address_get_port (inet));
  return g_strdup_printf ("http://%s/", at);
}

/* From other machines of the network ours is reached by its name, which is not
 * for others to give away. */
static void
take_own_name (WnServerSignaller *self)
{
  g_autofree gchar *local = g_strconcat (g_get_host_name (), ".local", NULL);

  if (wn_listener_is_local (self->listener))
    return;
  wn_origins_add_host (self->origins, g_get_host_name ());
  wn_origins_add_host (self->origins, local);
}

static gboolean
wn_server_signaller_open (WnSignaller *signaller, GError **error)
{
  WnServerSignaller *self = WN_SERVER_SIGNALLER (signaller);

  g_return_val_if_fail (!self->listener, FALSE);

  self->listener = wn_listener_new (self->listen, error);
  if (self->listener == NULL)
    return FALSE;
  take_own_name (self);
  return TRUE;
}

static void
wn_server_signaller_start (WnSignaller *signaller)
{
  WnServerSignaller *self = WN_SERVER_SIGNALLER (signaller);

  g_return_if_fail (self->listener && !self->running);

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
  wn_listener_start (self->listener, &listener_callbacks, self);
  self->uri = make_uri (self);
  join (self);
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
  iface->open = wn_server_signaller_open;
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
  g_clear_pointer (&self->origins, wn_origins_free);
  g_free (self->room_name);
  g_free (self->id);
  g_free (self->token);

  G_OBJECT_CLASS (wn_server_signaller_parent_class)->finalize (object);
}

static void
wn_server_signaller_class_init (WnServerSignallerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wn_server_signaller_finalize;
}

static void
wn_server_signaller_init (WnServerSignaller *self)
{
}

/**
 * wn_server_signaller_new:
 *
 * Returns: (transfer full) (nullable): NULL with @error set when there is no
 *   address to listen on in @settings, or what is no origin
 */
WnSignaller *
wn_server_signaller_new (const WnSignallerSettings *settings, GError **error)
{
  g_autoptr (WnListenAddress) listen =
      wn_listen_address_parse (settings->listen, error);
  WnOrigins *origins;
  WnServerSignaller *self;

  if (listen == NULL)
    return NULL;
  origins = wn_origins_new (settings->allowed_origins, listen->host, error);
  if (origins == NULL)
    return NULL;
  self = g_object_new (WN_TYPE_SERVER_SIGNALLER, NULL);
  self->listen = g_steal_pointer (&listen);
  self->origins = origins;
  self->room_name = g_strdup (settings->room);
  self->id = g_strdup (settings->peer_id);
  self->token = g_strdup (settings->token);
  self->protocol = strcmp (settings->protocol, "w3c") == 0
      ? WN_ROOM_PROTOCOL_BARE
      : WN_ROOM_PROTOCOL_ROOM;
  return WN_SIGNALLER (self);
}
