/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "server.h"
#include "listener.h"
#include "origins.h"
#include "pages.h"
#include "warning.h"
#include "websocketline.h"

#include <string.h>

#include "signalling/error.h"
#include "signalling/localline.h"
#include "signalling/printable.h"
#include "signalling/protocols.h"
#include "signalling/secret.h"
#include "signalling/source.h"

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
  WnServer *server;
  guint number;
  /* Where it comes from. */
  gchar *place;
  WnLine *line;
  /* NULL after a refusal. */
  WnRelayClient *client;
} Connection;

/* What whoever runs this has to know of. */
typedef enum
{
  WARNING_PAGE_REFUSED,
  WARNING_SERVER_FULL,
  N_WARNINGS
} WarningKind;

struct _WnServer
{
  GObject parent;

  /* The settings. */
  WnListenAddress *listen;
  gchar *token;
  const WnProtocolClass *protocol;
  WnOrigins *origins;

  /* From open on. */
  WnListener *listener;

  /* Between start and stop; everything below is only then there.  It is used
   * in the thread of the context that was the default at start. */
  const WnServerCallbacks *callbacks;
  gpointer user_data;
  SoupServer *server;
  WnRelay *relay;
  /* The relay's next expiry. */
  GSource *expiry;
  /* Runs as long as there is something to tell. */
  GSource *idle;
  WnWarning warnings[N_WARNINGS];
  /* A set of Connection, owned. */
  GHashTable *connections;
  guint n_accepted;
  /* Our address, until it is told. */
  gchar *uri;
};

G_DEFINE_TYPE (WnServer, wn_server, G_TYPE_OBJECT)

static gint64
now (void)
{
  return g_get_monotonic_time ();
}

/*** What there is to tell ***/

/* Takes it, if there is any. */
static GError *
take_warning (WnServer *self, const gchar **name)
{
  static const struct
  {
    const gchar *name;
    WnSignallingError code;
  } kinds[] = {
    [WARNING_PAGE_REFUSED] = { "page-refused",
        WN_SIGNALLING_ERROR_NOT_AUTHORIZED },
    [WARNING_SERVER_FULL] = { "server-full", WN_SIGNALLING_ERROR_FULL },
  };
  guint i;

  for (i = 0; i < N_WARNINGS; i++) {
    g_autofree gchar *text = wn_warning_take (&self->warnings[i]);

    if (!text)
      continue;
    WN_LOG (WARNING, self, "%s", text);
    *name = kinds[i].name;
    return g_error_new_literal (WN_SIGNALLING_ERROR, kinds[i].code, text);
  }
  return NULL;
}

/* One thing, as whoever is told may stop us. */
static gboolean
on_idle (gpointer user_data)
{
  g_autoptr (WnServer) self = g_object_ref (user_data);
  g_autofree gchar *uri = g_steal_pointer (&self->uri);
  g_autoptr (GError) error = NULL;
  const gchar *name;

  if (uri) {
    WN_LOG (INFO, self, "listening on %s", uri);
    self->callbacks->listening (uri, self->user_data);
  } else if ((error = take_warning (self, &name)) != NULL) {
    self->callbacks->warning (name, error, self->user_data);
  } else {
    wn_source_clear (&self->idle);
  }
  return G_SOURCE_CONTINUE;
}

static void
tell_later (WnServer *self)
{
  if (!self->idle)
    self->idle = wn_source_new_idle ("wn-server-idle", on_idle, self);
}

/* @text: (transfer full): */
static void
warn_of (WnServer *self, WarningKind kind, gchar *text)
{
  WN_LOG (DEBUG, self, "%s", text);
  if (wn_warning_raise (&self->warnings[kind], text, now ()))
    tell_later (self);
  g_free (text);
}

/*** The relay's clock ***/

static void arm_expiry (WnServer *self);

static gboolean
on_expiry (gpointer user_data)
{
  WnServer *self = user_data;

  wn_source_clear (&self->expiry);
  wn_relay_expire (self->relay, now ());
  arm_expiry (self);
  return G_SOURCE_REMOVE;
}

static void
arm_expiry (WnServer *self)
{
  gint64 expiry = wn_relay_get_expiry (self->relay);

  if (self->expiry || expiry == G_MAXINT64)
    return;
  self->expiry = wn_source_new_timeout ("wn-server-expiry",
      MAX (0, expiry - now ()) / 1000 + 1, on_expiry, self);
}

/*** Connections of the relay ***/

static void
on_send (const gchar *text, gsize length, gpointer user_data)
{
  Connection *connection = user_data;

  WN_LOG_TO (&wn_relay_log, TRACE, connection->server, "to %u: %s",
      connection->number, wn_printable_for_log (text));
  wn_line_send (connection->line, text);
}

static void
on_close (guint16 code, const gchar *reason, gpointer user_data)
{
  Connection *connection = user_data;

  WN_LOG_TO (&wn_relay_log, INFO, connection->server, "closing %u: %s",
      connection->number, reason);
  wn_line_close (connection->line, code, reason);
}

static const WnRelayCallbacks relay_callbacks = { on_send, on_close, NULL };

static void
on_text (WnLine *line, const gchar *text, gsize length, gpointer user_data)
{
  Connection *connection = user_data;
  WnServer *self = connection->server;

  WN_LOG_TO (&wn_relay_log, TRACE, connection->server, "from %u: %s",
      connection->number, wn_printable_for_log (text));
  if (!connection->client)
    return;
  wn_relay_receive (self->relay, connection->client, text, length, now ());
  arm_expiry (self);
}

static void
on_binary (WnLine *line, gpointer user_data)
{
  Connection *connection = user_data;

  if (connection->client)
    wn_relay_receive_binary (connection->server->relay, connection->client,
        now ());
}

static void
connection_free (Connection *connection)
{
  wn_line_free (connection->line, WN_CLOSE_GOING_AWAY, "the server stops");
  g_free (connection->place);
  g_free (connection);
}

static void
on_closed (WnLine *line, gboolean in_good_order, const gchar *reason,
    gpointer user_data)
{
  Connection *connection = user_data;
  WnServer *self = connection->server;

  WN_LOG (INFO, self, "%u is gone: %s", connection->number,
      wn_printable_for_log (reason));
  if (connection->client)
    wn_relay_disconnect (self->relay, connection->client, in_good_order,
        now ());
  g_hash_table_remove (self->connections, connection);
  arm_expiry (self);
}

static const WnLineCallbacks line_callbacks = { on_text, on_binary, NULL,
  on_closed };

/*** HTTP ***/

static gboolean
query_has_token (WnServer *self, GUri *uri)
{
  g_autoptr (GHashTable) query = NULL;
  const gchar *token;

  if (!self->token)
    return TRUE;
  if (g_uri_get_query (uri) == NULL)
    return FALSE;
  query = soup_form_decode (g_uri_get_query (uri));
  token = g_hash_table_lookup (query, "token");
  return token && wn_secret_equal (token, self->token);
}

static guint
count_connections (WnServer *self, const gchar *place)
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
close_beyond_bounds (WnServer *self, Connection *connection)
{
  if (g_hash_table_size (self->connections) > MAX_CONNECTIONS) {
    wn_line_close (connection->line, WN_CLOSE_FULL,
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
    wn_line_close (connection->line, WN_CLOSE_FULL,
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
take_or_refuse (WnServer *self, Connection *connection, GUri *uri)
{
  if (close_beyond_bounds (self, connection))
    return;
  if (self->protocol->shows_token_at_once && !query_has_token (self, uri)) {
    wn_line_close (connection->line, WN_CLOSE_POLICY,
        "unauthorized: connect to /ws?token=TOKEN");
    return;
  }
  connection->client = wn_relay_connect (self->relay, WN_RELAY_CLIENT_REMOTE,
      &relay_callbacks, connection, now ());
  arm_expiry (self);
}

static void
on_upgraded (SoupServerMessage *msg, gpointer user_data)
{
  WnServer *self = WN_SERVER (user_data);
  g_autoptr (GUri) uri = g_uri_ref (soup_server_message_get_uri (msg));
  Connection *connection;

  if (soup_server_message_get_status (msg) != SOUP_STATUS_SWITCHING_PROTOCOLS
      || self->server == NULL)
    return;
  connection = g_new0 (Connection, 1);
  connection->server = self;
  connection->number = ++self->n_accepted;
  connection->place = wn_listen_address_get_place (
      soup_server_message_get_remote_address (msg));
  connection->line = wn_websocket_line_accept (msg, MAX_FRAME);
  wn_line_set_callbacks (connection->line, &line_callbacks, connection);
  wn_listener_keep (self->listener,
      wn_websocket_line_get_socket (connection->line));
  g_hash_table_add (self->connections, connection);
  WN_LOG (INFO, self, "%u is there", connection->number);
  take_or_refuse (self, connection, uri);
}

static void
upgrade (WnServer *self, SoupServerMessage *msg)
{
  if (soup_websocket_server_process_handshake (msg, NULL, NULL, NULL, NULL))
    g_signal_connect_object (msg, "wrote-informational",
        G_CALLBACK (on_upgraded), self, 0);
}

static void
on_request (SoupServer *server, SoupServerMessage *msg, const gchar *path,
    GHashTable *query, gpointer user_data)
{
  WnServer *self = user_data;
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
refuse (WnServer *self, SoupServerMessage *msg, WnOriginsVerdict verdict,
    const gchar *host, const gchar *origin)
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
  WnServer *self = user_data;
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

/*** Connections of the listener ***/

static void
on_accepted (WnListener *listener, GSocketConnection *connection,
    GSocketAddress *local, GSocketAddress *remote, gpointer user_data)
{
  WnServer *self = user_data;
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

/*** Starting and stopping ***/

static gchar *
make_uri (WnServer *self)
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
take_own_name (WnServer *self)
{
  g_autofree gchar *local = g_strconcat (g_get_host_name (), ".local", NULL);

  if (wn_listener_is_local (self->listener))
    return;
  wn_origins_add_host (self->origins, g_get_host_name ());
  wn_origins_add_host (self->origins, local);
}

/* Listens from now on; who comes has to wait for wn_server_start().
 *
 * Returns: FALSE with @error set, of #WnSignallingError */
gboolean
wn_server_open (WnServer *self, GError **error)
{
  g_return_val_if_fail (!self->listener, FALSE);

  self->listener = wn_listener_new (self->listen, error);
  if (!self->listener)
    return FALSE;
  take_own_name (self);
  return TRUE;
}

/**
 * wn_server_start:
 * @callbacks: static; called, as everything is done, in the context that is the
 *   default of this thread
 */
void
wn_server_start (WnServer *self, const WnServerCallbacks *callbacks,
    gpointer user_data)
{
  g_return_if_fail (self->listener && !self->server);

  self->callbacks = callbacks;
  self->user_data = user_data;
  self->connections = g_hash_table_new_full (NULL, NULL,
      (GDestroyNotify) connection_free, NULL);
  self->relay = self->protocol->new_relay (self->token);
  self->server = soup_server_new ("server-header", "webrtcnegotiator", NULL);
  soup_server_add_early_handler (self->server, NULL, on_headers, self, NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  wn_listener_start (self->listener, &listener_callbacks, self);
  self->uri = make_uri (self);
  tell_later (self);
}

/**
 * wn_server_connect:
 *
 * Between start and stop.
 *
 * Returns: (transfer full): a line to the relay.  When the server stops, nothing
 *   comes on it any more
 */
WnLine *
wn_server_connect (WnServer *self)
{
  return wn_local_line_new (self->relay, &wn_relay_log);
}

/* Lets go of the port, too: to start again, it has to be opened again. */
void
wn_server_stop (WnServer *self)
{
  guint i;

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
  g_clear_pointer (&self->relay, wn_relay_free);
  wn_source_clear (&self->expiry);
  wn_source_clear (&self->idle);
}

static void
wn_server_finalize (GObject *object)
{
  WnServer *self = WN_SERVER (object);

  wn_server_stop (self);
  g_clear_pointer (&self->listen, wn_listen_address_free);
  g_clear_pointer (&self->origins, wn_origins_free);
  g_free (self->token);

  G_OBJECT_CLASS (wn_server_parent_class)->finalize (object);
}

static void
wn_server_class_init (WnServerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wn_server_finalize;
}

static void
wn_server_init (WnServer *self)
{
}

/**
 * wn_server_new:
 *
 * Returns: (transfer full) (nullable): NULL with @error set when there is no
 *   address to listen on in @settings, or what is no origin
 */
WnServer *
wn_server_new (const WnSignallerSettings *settings, GError **error)
{
  g_autoptr (WnListenAddress) listen =
      wn_listen_address_parse (settings->listen, error);
  WnOrigins *origins;
  WnServer *self;

  if (!listen)
    return NULL;
  origins = wn_origins_new (settings->allowed_origins, listen->host, error);
  if (!origins)
    return NULL;
  self = g_object_new (WN_TYPE_SERVER, NULL);
  self->listen = g_steal_pointer (&listen);
  self->origins = origins;
  self->token = g_strdup (settings->token);
  self->protocol = wn_protocols_find (settings->protocol);
  return self;
}
