/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Listens, and bounds who comes.  libsoup and GSocketService could listen
 * themselves; but the former never accepts again after the process has once run
 * out of descriptors, the latter tries without a pause meanwhile, and neither
 * knows a bound in number or in time.
 */

#include "listener.h"

#include "signalling/error.h"
#include "signalling/source.h"

#include <string.h>
#include <sys/resource.h>
#include <gio/gnetworking.h>

WnLogCategory wn_server_log = { "wnserver", "webrtcnegotiator embedded server",
  NULL };
#define WN_LOG_DEFAULT &wn_server_log

/* The kernel has a bound of its own (net.core.somaxconn). */
#define BACKLOG 4096
/* The longest that a name is looked up, and the pause after a connection could
 * not be accepted, in milliseconds. */
#define LOOKUP_PATIENCE 5000
#define PAUSE 200
/* Connections that are accepted before others have their turn. */
#define TURN 32
/* Descriptors that are left to the rest of the process. */
#define RESERVED 32

#define REFUSAL "There are too many connections. Try again in a moment.\n"

typedef struct
{
  WnListener *listener;
  GSocket *socket;
  /* NULL before the start, and during a pause. */
  GSource *source;
} Port;

/* A connection, as long as anybody has it. */
typedef struct
{
  WnListener *listener;
  GSocketConnection *connection;
  /* Of one place: an IPv4 address, or an IPv6 network. */
  gchar *place;
  /* When it ends; G_MAXINT64: it is kept. */
  gint64 deadline;
} Client;

struct _WnListener
{
  /* Of Port. */
  GPtrArray *ports;
  guint max;
  gint last_descriptor;
  const WnListenerCallbacks *callbacks;
  gpointer user_data;
  /* Of Client, owned: the oldest first, and so are the deadlines. */
  GQueue clients;
  /* The next deadline, and the end of a pause. */
  GSource *timer;
  GSource *pause;
};

/*** The address to listen on ***/

static gboolean
on_lookup_timeout (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

static void
on_looked_up (GObject *resolver, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Returns: (element-type GInetAddress) (transfer full): NULL with @error set */
static GList *
look_up (const gchar *host, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GSource) timeout = g_timeout_source_new (LOOKUP_PATIENCE);
  g_autoptr (GAsyncResult) result = NULL;

  g_main_context_push_thread_default (context);
  g_source_set_callback (timeout, on_lookup_timeout, cancellable, NULL);
  g_source_attach (timeout, context);
  g_resolver_lookup_by_name_async (resolver, host, cancellable, on_looked_up,
      &result);
  while (!result)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (timeout);
  g_main_context_pop_thread_default (context);
  return g_resolver_lookup_by_name_finish (resolver, result, error);
}

static GSocket *
listen_on (GInetAddress *host, guint16 port, GError **error)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (host, port);
  GSocketFamily family = g_inet_address_get_family (host);
  g_autoptr (GSocket) socket = NULL;

  socket =
      g_socket_new (family, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  if (!socket)
    return NULL;
  /* 0.0.0.0 and [::] may be taken by two. */
  if (family == G_SOCKET_FAMILY_IPV6)
    g_socket_set_option (socket, IPPROTO_IPV6, IPV6_V6ONLY, TRUE, NULL);
  g_socket_set_blocking (socket, FALSE);
  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, address, TRUE, error)
      || !g_socket_listen (socket, error))
    return NULL;
  return g_steal_pointer (&socket);
}

static void
port_free (Port *port)
{
  wn_source_clear (&port->source);
  g_socket_close (port->socket, NULL);
  g_object_unref (port->socket);
  g_free (port);
}

static gboolean
add_port (WnListener *self, GInetAddress *host, guint16 number, GError **error)
{
  GSocket *socket = listen_on (host, number, error);
  Port *port;

  if (!socket)
    return FALSE;
  port = g_new0 (Port, 1);
  port->listener = self;
  port->socket = socket;
  g_ptr_array_add (self->ports, port);
  return TRUE;
}

static void
explain (const WnListenAddress *address, const GError *why, GError **error)
{
  g_autofree gchar *at =
      wn_listen_address_format (address->host, address->port);
  g_autofree gchar *any = wn_listen_address_format (address->host, 0);

  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    g_set_error (error, WN_SIGNALLING_ERROR, WN_SIGNALLING_ERROR_BUSY,
        "Port %u on %s is in use. Set listen=%s for a free one, or "
        "signaller-uri=ws://%s/ws to join what is there.",
        address->port, address->host, any, at);
  else if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    g_set_error (error, WN_SIGNALLING_ERROR, WN_SIGNALLING_ERROR_NOT_AUTHORIZED,
        "Only root may listen on port %u of %s. Set "
        "listen=%s for a free one.",
        address->port, address->host, any);
  else
    g_set_error (error, WN_SIGNALLING_ERROR, WN_SIGNALLING_ERROR_CONNECTION,
        "Cannot listen on %s: %s. Set "
        "listen to an address of this machine, such as 127.0.0.1:8443, or "
        "0.0.0.0:8443 for all of them.",
        at,
        g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)
            ? "nobody says what address this name stands for"
            : why->message);
}

/**
 * wn_listener_new:
 *
 * Listens from now on; who comes has to wait for wn_listener_start().  Blocks
 * while a name is looked up, but not for long.
 *
 * Returns: (transfer full) (nullable): NULL with @error set, which says what to
 *   do
 */
WnListener *
wn_listener_new (const WnListenAddress *address, GError **error)
{
  g_autoptr (WnListener) self = g_new0 (WnListener, 1);
  g_autoptr (GError) why = NULL;
  GList *hosts, *l;

  self->ports = g_ptr_array_new_with_free_func ((GDestroyNotify) port_free);
  g_queue_init (&self->clients);
  hosts = look_up (address->host, &why);
  /* The first one has to do; the others are tried, as a name may stand for an
   * address that is not up. */
  if (hosts && add_port (self, hosts->data, address->port, &why)) {
    for (l = hosts->next; l && address->port != 0; l = l->next)
      add_port (self, l->data, address->port, NULL);
  }
  if (hosts)
    g_resolver_free_addresses (hosts);
  if (self->ports->len == 0) {
    explain (address, why, error);
    return NULL;
  }
  return g_steal_pointer (&self);
}

/**
 * wn_listener_get_address:
 *
 * Returns: (transfer full): the one that it got first
 */
GSocketAddress *
wn_listener_get_address (WnListener *self)
{
  Port *port = g_ptr_array_index (self->ports, 0);

  return g_socket_get_local_address (port->socket, NULL);
}

/* Returns: whether nobody comes from another machine */
gboolean
wn_listener_is_local (WnListener *self)
{
  guint i;

  for (i = 0; i < self->ports->len; i++) {
    Port *port = g_ptr_array_index (self->ports, i);
    g_autoptr (GSocketAddress) address =
        g_socket_get_local_address (port->socket, NULL);

    if (!g_inet_address_get_is_loopback (g_inet_socket_address_get_address (
            G_INET_SOCKET_ADDRESS (address))))
      return FALSE;
  }
  return TRUE;
}

/*** Connections ***/

static void arm_timer (WnListener *self);

static void
client_free (Client *client)
{
  g_free (client->place);
  g_free (client);
}

static void
on_connection_gone (gpointer data, GObject *connection)
{
  Client *client = data;

  g_queue_remove (&client->listener->clients, client);
  client_free (client);
}

static gboolean
on_deadline (gpointer user_data)
{
  WnListener *self = user_data;
  gint64 now = g_get_monotonic_time ();
  GList *l;

  wn_source_clear (&self->timer);
  for (l = self->clients.head; l; l = l->next) {
    Client *client = l->data;

    if (client->deadline > now)
      continue;
    WN_LOG (DEBUG, NULL, "a connection from %s took too long", client->place);
    client->deadline = G_MAXINT64;
    /* Whoever reads or writes there gets an error, and closes it. */
    g_socket_shutdown (g_socket_connection_get_socket (client->connection),
        TRUE, TRUE, NULL);
  }
  arm_timer (self);
  return G_SOURCE_REMOVE;
}

static void
arm_timer (WnListener *self)
{
  gint64 deadline = G_MAXINT64, left;
  GList *l;

  if (self->timer)
    return;
  for (l = self->clients.head; l && deadline == G_MAXINT64; l = l->next)
    deadline = ((Client *) l->data)->deadline;
  if (deadline == G_MAXINT64)
    return;
  left = MAX (0, deadline - g_get_monotonic_time ());
  self->timer = wn_source_new_timeout ("wn-listener-timer", left / 1000 + 1,
      on_deadline, self);
}

/**
 * wn_listener_keep:
 * @socket: of a connection that was accepted, and now has no time limit
 */
void
wn_listener_keep (WnListener *self, GSocket *socket)
{
  GList *l;

  for (l = self->clients.head; l; l = l->next) {
    Client *client = l->data;

    if (g_socket_connection_get_socket (client->connection) == socket)
      client->deadline = G_MAXINT64;
  }
}

static guint
count_clients (WnListener *self, const gchar *place)
{
  guint n = 0;
  GList *l;

  for (l = self->clients.head; l; l = l->next)
    n += strcmp (((Client *) l->data)->place, place) == 0;
  return n;
}

/* Returns: (transfer full) (nullable): why the connection is one too many */
static gchar *
object (WnListener *self, GSocket *socket, const gchar *place)
{
  if (self->clients.length >= self->max)
    return g_strdup_printf (
        "there are %u connections, and there is room for no more", self->max);
  if (count_clients (self, place)
      >= MIN (WN_LISTENER_MAX_OF_ADDRESS, self->max / 2))
    return g_strdup_printf (
        "there are %u connections from %s, and one address gets no more",
        count_clients (self, place), place);
  if (g_socket_get_fd (socket) >= self->last_descriptor)
    return g_strdup ("this process has too many files open (ulimit -n)");
  return NULL;
}

/* As far as the socket takes it at once. */
static void
refuse (GSocket *socket)
{
  static const gchar answer[] = "HTTP/1.1 503 Service Unavailable\r\n"
                                "Content-Type: text/plain; charset=utf-8\r\n"
                                "Connection: close\r\n"
                                "Retry-After: 15\r\n\r\n" REFUSAL;
  gchar buffer[4096];

  g_socket_set_blocking (socket, FALSE);
  g_socket_send (socket, answer, sizeof answer - 1, NULL, NULL);
  /* What was not read would make TCP throw away the answer. */
  g_socket_receive (socket, buffer, sizeof buffer, NULL, NULL);
  g_socket_close (socket, NULL);
}

static void
take (WnListener *self, GSocket *socket, GSocketAddress *remote)
{
  g_autoptr (GSocketAddress) local = g_socket_get_local_address (socket, NULL);
  g_autoptr (GSocketConnection) connection = NULL;
  g_autofree gchar *place = wn_listen_address_get_place (remote);
  g_autofree gchar *objection = object (self, socket, place);
  Client *client;

  if (!local)
    return;
  if (objection) {
    refuse (socket);
    self->callbacks->full (self, objection, self->user_data);
    return;
  }
  connection = g_socket_connection_factory_create_connection (socket);
  client = g_new0 (Client, 1);
  client->listener = self;
  client->connection = connection;
  client->place = g_steal_pointer (&place);
  client->deadline =
      g_get_monotonic_time () + WN_LISTENER_PATIENCE * (gint64) 1000;
  g_object_weak_ref (G_OBJECT (connection), on_connection_gone, client);
  g_queue_push_tail (&self->clients, client);
  arm_timer (self);
  self->callbacks->accepted (self, connection, local, remote, self->user_data);
}

/*** Accepting ***/

static void watch (WnListener *self);

static gboolean
on_pause_over (gpointer user_data)
{
  WnListener *self = user_data;

  wn_source_clear (&self->pause);
  watch (self);
  return G_SOURCE_REMOVE;
}

/* The kernel keeps who comes meanwhile. */
static void
pause_accepting (WnListener *self, const GError *error)
{
  g_autofree gchar *reason = NULL;
  guint i;

  for (i = 0; i < self->ports->len; i++)
    wn_source_clear (&((Port *) g_ptr_array_index (self->ports, i))->source);
  if (!self->pause)
    self->pause =
        wn_source_new_timeout ("wn-listener-pause", PAUSE, on_pause_over, self);
  reason =
      g_strdup_printf ("connections cannot be accepted: %s", error->message);
  self->callbacks->full (self, reason, self->user_data);
}

static gboolean
on_incoming (GSocket *listening, GIOCondition condition, gpointer user_data)
{
  Port *port = user_data;
  WnListener *self = port->listener;
  guint i;

  for (i = 0; i < TURN; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GSocketAddress) remote = NULL;
    g_autoptr (GSocket) socket = g_socket_accept (listening, NULL, &error);

    if (!socket) {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        pause_accepting (self, error);
      break;
    }
    /* None if it is gone again. */
    remote = g_socket_get_remote_address (socket, NULL);
    if (remote)
      take (self, socket, remote);
  }
  return G_SOURCE_CONTINUE;
}

static void
watch (WnListener *self)
{
  guint i;

  for (i = 0; i < self->ports->len; i++) {
    Port *port = g_ptr_array_index (self->ports, i);

    if (port->source)
      continue;
    port->source = g_socket_create_source (port->socket, G_IO_IN, NULL);
    wn_source_attach (port->source, "wn-listener-port", G_PRIORITY_DEFAULT,
        (GSourceFunc) on_incoming, port);
  }
}

/**
 * wn_listener_start:
 * @callbacks: static; called from the context that is the default of this
 *   thread.  They may not free @self.
 */
void
wn_listener_start (WnListener *self, const WnListenerCallbacks *callbacks,
    gpointer user_data)
{
  struct rlimit limit = {
    0,
  };
  guint descriptors = G_MAXINT;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < G_MAXINT)
    descriptors = limit.rlim_cur;
  self->max = MIN (WN_LISTENER_MAX, descriptors / 2);
  self->last_descriptor =
      descriptors > 2 * RESERVED ? descriptors - RESERVED : descriptors;
  self->callbacks = callbacks;
  self->user_data = user_data;
  watch (self);
}

/* Connections that are still there are left to those who have them. */
void
wn_listener_free (WnListener *self)
{
  Client *client;

  g_ptr_array_unref (self->ports);
  wn_source_clear (&self->timer);
  wn_source_clear (&self->pause);
  while ((client = g_queue_pop_head (&self->clients)) != NULL) {
    g_object_weak_unref (G_OBJECT (client->connection), on_connection_gone,
        client);
    client_free (client);
  }
  g_free (self);
}
