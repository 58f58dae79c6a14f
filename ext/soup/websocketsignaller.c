/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The signaller for ws:// and wss://: a client of a server with rooms, or of a
 * relay that passes bare frames on.
 *
 * The first attempt tells whether the user's settings are right: when it fails,
 * so do we, and say what to change.  A connection that was there and is lost is
 * fetched back for as long as it takes.
 */

#include "websocketsignaller.h"
#include "signalling/error.h"
#include "signalling/log.h"
#include "signalling/printable.h"
#include "signalling/refusal.h"
#include "signalling/relay.h"
#include "signalling/roomclient.h"
#include "websocket.h"

#include <string.h>

static WnLogCategory wn_websocket_log = { "wnwebsocket",
  "webrtcnegotiator signalling by WebSocket", NULL };
#define WN_LOG_DEFAULT &wn_websocket_log

/* To connect and to be answered, in seconds. */
#define ATTEMPT_TIMEOUT 15
/* Between attempts, in milliseconds. */
#define FIRST_DELAY 50
#define SECOND_DELAY 500
#define MAX_DELAY 10000
/* A connection that held for so long starts the delays anew. */
#define STEADY (5 * G_USEC_PER_SEC)
/* What is kept while there is no connection. */
#define MAX_PENDING 256
#define MAX_PENDING_BYTES (1024 * 1024)
/* A message may be as large as the relay lets it, in the server's envelope; a
 * list of peers is smaller. */
#define MAX_FRAME (WN_RELAY_MAX_FRAME + 8 * 1024)
/* A server that sends more nonsense than this is left, and tried again. */
#define MAX_BAD 100

struct _WnWebsocketSignaller
{
  GObject parent;

  /* The settings. */
  gchar *uri;
  gchar *room_name;
  gchar *id;
  gchar *token;
  WnRoomProtocol protocol;

  /* Between start and stop; everything below is only then there.  It is used
   * in the thread of the context that was the default at start. */
  gboolean running;
  WnRoomClient *room;
  SoupSession *session;
  /* While connecting. */
  GCancellable *cancellable;
  /* While connected. */
  WnWebsocket *socket;
  /* The end of the attempt, or the beginning of the next one. */
  GSource *timer;
  /* Runs once, to emit what the room client has to tell. */
  GSource *idle;
  /* Were we ever in the room? */
  gboolean was_in;
  guint n_attempts;
  gint64 joined_at;
  /* Texts (owned) to send when the connection is back. */
  GQueue pending;
  gsize pending_bytes;
};

static void signaller_iface_init (WnSignallerInterface *iface);
static void connect_now (WnWebsocketSignaller *self);

G_DEFINE_TYPE_WITH_CODE (WnWebsocketSignaller, wn_websocket_signaller,
    G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (WN_TYPE_SIGNALLER, signaller_iface_init));

static void
clear_source (GSource **source)
{
  if (*source) {
    g_source_destroy (*source);
    g_clear_pointer (source, g_source_unref);
  }
}

static void
set_timer (WnWebsocketSignaller *self, guint milliseconds, GSourceFunc func)
{
  clear_source (&self->timer);
  self->timer = g_timeout_source_new (milliseconds);
  g_source_set_name (self->timer, "wn-websocket-timer");
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

static void
clear_pending (WnWebsocketSignaller *self)
{
  g_queue_clear_full (&self->pending, g_free);
  self->pending_bytes = 0;
}

/* Ends what belongs to one attempt or connection. */
static void
disconnect (WnWebsocketSignaller *self)
{
  clear_source (&self->timer);
  if (self->cancellable) {
    g_cancellable_cancel (self->cancellable);
    g_clear_object (&self->cancellable);
  }
  if (self->socket) {
    g_autofree gchar *leave = NULL;

    /* A w3c server has no word for it: the close frame says it. */
    leave = wn_room_client_leave (self->room);
    if (leave && !self->running)
      wn_websocket_send (self->socket, leave);
    wn_websocket_free (self->socket, WN_CLOSE_NORMAL, NULL);
    self->socket = NULL;
  }
  if (self->room)
    wn_room_client_lost (self->room);
}

static void
shut_down (WnWebsocketSignaller *self)
{
  self->running = FALSE;
  disconnect (self);
  clear_source (&self->idle);
  clear_pending (self);
  g_clear_pointer (&self->room, wn_room_client_free);
  if (self->session) {
    soup_session_abort (self->session);
    g_clear_object (&self->session);
  }
}

/* The last thing that is emitted; @error is taken. */
static void
fail (WnWebsocketSignaller *self, GError *error)
{
  g_autoptr (GError) owned = error;

  WN_LOG (WARNING, self, "%s", wn_printable_for_log (error->message));
  shut_down (self);
  wn_signaller_emit_failed (WN_SIGNALLER (self), error);
}

static gboolean
on_retry (gpointer user_data)
{
  WnWebsocketSignaller *self = user_data;

  clear_source (&self->timer);
  connect_now (self);
  return G_SOURCE_REMOVE;
}

/* At once first, as a hiccup is the likeliest reason; then less and less often,
 * and not all clients at the same moment. */
static guint
next_delay (WnWebsocketSignaller *self)
{
  guint n = self->n_attempts++;
  guint delay =
      n == 0 ? FIRST_DELAY : MIN (SECOND_DELAY << MIN (n - 1, 5), MAX_DELAY);

  return g_random_int_range (delay - delay / 4, delay + 1);
}

/* @reason: why there is no connection */
static void
lose (WnWebsocketSignaller *self, const gchar *reason)
{
  gboolean was_in = wn_room_client_has_joined (self->room);
  guint delay;

  if (was_in && g_get_monotonic_time () - self->joined_at >= STEADY)
    self->n_attempts = 0;
  disconnect (self);
  delay = next_delay (self);
  WN_LOG (INFO, self, "%s; trying again in %u ms",
      wn_printable_for_log (reason), delay);
  set_timer (self, delay, on_retry);
  if (was_in)
    wn_signaller_emit_lost (WN_SIGNALLER (self), reason);
}

static void
lose_or_fail (WnWebsocketSignaller *self, GError *error)
{
  if (self->was_in) {
    lose (self, error->message);
    g_error_free (error);
  } else {
    fail (self, error);
  }
}

static gboolean
on_attempt_timeout (gpointer user_data)
{
  WnWebsocketSignaller *self = user_data;

  clear_source (&self->timer);
  lose_or_fail (self,
      self->socket ? wn_refusal_no_answer (self->uri, ATTEMPT_TIMEOUT)
                   : wn_refusal_silent (self->uri, ATTEMPT_TIMEOUT));
  return G_SOURCE_REMOVE;
}

/* What the room client has to tell */

static void
flush_pending (WnWebsocketSignaller *self)
{
  gchar *text;

  while ((text = g_queue_pop_head (&self->pending)) != NULL) {
    wn_websocket_send (self->socket, text);
    g_free (text);
  }
  self->pending_bytes = 0;
}

static void
entered (WnWebsocketSignaller *self, const WnRoomEvent *event)
{
  gboolean resumed = event->type == WN_ROOM_EVENT_RESUMED;

  clear_source (&self->timer);
  self->joined_at = g_get_monotonic_time ();
  /* Who joins anew has nobody who waits for what was said before. */
  if (self->was_in && !resumed)
    clear_pending (self);
  self->was_in = TRUE;
  flush_pending (self);
  WN_LOG (INFO, self, resumed ? "back at %s" : "joined at %s", self->uri);
  if (resumed)
    wn_signaller_emit_back (WN_SIGNALLER (self));
  else
    wn_signaller_emit_joined (WN_SIGNALLER (self), event->id,
        (const gchar *const *) event->peers);
}

static void
refused (WnWebsocketSignaller *self, const WnRoomEvent *event)
{
  /* After a break that only we have noticed yet, our place is taken: by us. */
  if (self->was_in && strcmp (event->code, "id-in-use") == 0)
    lose (self, event->text);
  else
    fail (self, wn_refusal_by_server (self->uri, event->code, event->text));
}

static void
tell (WnWebsocketSignaller *self, const WnRoomEvent *event)
{
  WnSignaller *signaller = WN_SIGNALLER (self);

  switch (event->type) {
    case WN_ROOM_EVENT_JOINED:
    case WN_ROOM_EVENT_RESUMED:
      entered (self, event);
      break;
    case WN_ROOM_EVENT_PEER_JOINED:
      wn_signaller_emit_peer_joined (signaller, event->id);
      break;
    case WN_ROOM_EVENT_PEER_LEFT:
      wn_signaller_emit_peer_left (signaller, event->id);
      break;
    case WN_ROOM_EVENT_MESSAGE:
      WN_LOG (LOG, self, "from %s: %s", event->id,
          wn_printable_for_log (event->text));
      wn_signaller_emit_message (signaller, event->id, event->text);
      break;
    case WN_ROOM_EVENT_REFUSED:
      refused (self, event);
      break;
    case WN_ROOM_EVENT_COMPLAINT:
      WN_LOG (INFO, self, "%s: %s", event->code,
          wn_printable_for_log (event->text));
      wn_signaller_emit_complaint (signaller, event->code, event->text);
      break;
  }
}

/* A handler may stop us, or start us again: then it is another room client. */
static void
tell_all (WnWebsocketSignaller *self)
{
  g_autoptr (WnWebsocketSignaller) held = g_object_ref (self);
  WnRoomClient *room = self->room;

  while (self->running && self->room == room) {
    g_autoptr (WnRoomEvent) event = wn_room_client_poll (room);

    if (event == NULL)
      break;
    tell (self, event);
  }
  if (self->running && self->room == room
      && wn_room_client_get_n_bad (room) > MAX_BAD && self->socket)
    lose (self, "the server does not speak the protocol");
}

static gboolean
on_idle (gpointer user_data)
{
  WnWebsocketSignaller *self = user_data;

  clear_source (&self->idle);
  tell_all (self);
  return G_SOURCE_REMOVE;
}

static void
tell_later (WnWebsocketSignaller *self)
{
  if (self->idle)
    return;
  self->idle = g_idle_source_new ();
  g_source_set_name (self->idle, "wn-websocket-idle");
  g_source_set_priority (self->idle, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->idle, on_idle, self, NULL);
  g_source_attach (self->idle, g_main_context_get_thread_default ());
}

/* The connection */

static void
on_text (WnWebsocket *socket, const gchar *text, gsize length,
    gpointer user_data)
{
  WnWebsocketSignaller *self = user_data;

  wn_room_client_receive (self->room, text, length);
  tell_all (self);
}

static void
on_binary (WnWebsocket *socket, gpointer user_data)
{
  WnWebsocketSignaller *self = user_data;

  wn_room_client_receive_binary (self->room);
  tell_all (self);
}

static void
on_closed (WnWebsocket *socket, gboolean in_good_order, const gchar *reason,
    gpointer user_data)
{
  WnWebsocketSignaller *self = user_data;
  g_autoptr (WnWebsocketSignaller) held = g_object_ref (self);

  if (self->was_in)
    lose (self, reason);
  else
    fail (self, wn_refusal_closed (self->uri, reason));
}

static const WnWebsocketCallbacks callbacks = { on_text, on_binary, on_closed };

/* What an attempt to connect holds on to until it ends, which may be after the
 * next one began. */
typedef struct
{
  GWeakRef signaller;
  GCancellable *cancellable;
  SoupMessage *msg;
} Attempt;

static void
attempt_free (Attempt *attempt)
{
  g_weak_ref_clear (&attempt->signaller);
  g_object_unref (attempt->cancellable);
  g_object_unref (attempt->msg);
  g_free (attempt);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Attempt, attempt_free)

static void
on_connected (GObject *session, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Attempt) attempt = user_data;
  g_autoptr (WnWebsocketSignaller) self = g_weak_ref_get (&attempt->signaller);
  g_autoptr (SoupWebsocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *join = NULL;
  GError *refusal;

  connection = soup_session_websocket_connect_finish (SOUP_SESSION (session),
      result, &error);
  if (self == NULL || self->cancellable != attempt->cancellable)
    return;
  g_clear_object (&self->cancellable);
  if (connection == NULL) {
    refusal = wn_refusal_by_status (self->uri,
        soup_message_get_status (attempt->msg));
    lose_or_fail (self,
        refusal ? refusal
                : wn_refusal_unreachable (self->uri, error,
                    error->domain == SOUP_WEBSOCKET_ERROR
                        ? "What answers there is no WebSocket: check the path "
                          "in signaller-uri, which is usually /ws."
                        : NULL));
    return;
  }
  self->socket = wn_websocket_new (g_steal_pointer (&connection), MAX_FRAME,
      &callbacks, self);
  join = wn_room_client_open (self->room);
  if (join)
    wn_websocket_send (self->socket, join);
  tell_all (self);
}

static void
connect_now (WnWebsocketSignaller *self)
{
  g_autoptr (SoupMessage) msg = soup_message_new (SOUP_METHOD_GET, self->uri);
  Attempt *attempt = g_new0 (Attempt, 1);

  WN_LOG (DEBUG, self, "connecting to %s", self->uri);
  self->cancellable = g_cancellable_new ();
  g_weak_ref_init (&attempt->signaller, self);
  attempt->cancellable = g_object_ref (self->cancellable);
  attempt->msg = g_object_ref (msg);
  set_timer (self, ATTEMPT_TIMEOUT * 1000, on_attempt_timeout);
  soup_session_websocket_connect_async (self->session, msg, NULL, NULL,
      G_PRIORITY_DEFAULT, self->cancellable, on_connected, attempt);
}

/* The interface */

static void
wn_websocket_signaller_start (WnSignaller *signaller)
{
  WnWebsocketSignaller *self = WN_WEBSOCKET_SIGNALLER (signaller);

  g_return_if_fail (!self->running);

  self->running = TRUE;
  self->was_in = FALSE;
  self->n_attempts = 0;
  self->room = wn_room_client_new (self->protocol, self->room_name, self->id,
      self->token);
  self->session = soup_session_new ();
  /* Compressed frames could grow beyond every bound on the frame. */
  soup_session_remove_feature_by_type (self->session,
      SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  connect_now (self);
}

static void
wn_websocket_signaller_stop (WnSignaller *signaller)
{
  shut_down (WN_WEBSOCKET_SIGNALLER (signaller));
}

static void
wn_websocket_signaller_send (WnSignaller *signaller, const gchar *to,
    const gchar *json)
{
  WnWebsocketSignaller *self = WN_WEBSOCKET_SIGNALLER (signaller);
  g_autofree gchar *text = NULL;

  if (!self->running)
    return;
  WN_LOG (LOG, self, "to %s: %s", to, json);
  text = wn_room_client_pack (self->room, to, json);
  if (text == NULL) {
    tell_later (self);
  } else if (wn_room_client_has_joined (self->room)) {
    wn_websocket_send (self->socket, text);
  } else if (self->pending.length < MAX_PENDING
      && self->pending_bytes + strlen (text) <= MAX_PENDING_BYTES) {
    self->pending_bytes += strlen (text);
    g_queue_push_tail (&self->pending, g_steal_pointer (&text));
  } else {
    wn_room_client_complain (self->room, "too-large",
        "The connection has been "
        "lost for so long that no more messages are kept; this one was "
        "dropped.");
    tell_later (self);
  }
}

static void
signaller_iface_init (WnSignallerInterface *iface)
{
  iface->start = wn_websocket_signaller_start;
  iface->stop = wn_websocket_signaller_stop;
  iface->send = wn_websocket_signaller_send;
}

static void
wn_websocket_signaller_finalize (GObject *object)
{
  WnWebsocketSignaller *self = WN_WEBSOCKET_SIGNALLER (object);

  shut_down (self);
  g_free (self->uri);
  g_free (self->room_name);
  g_free (self->id);
  g_free (self->token);

  G_OBJECT_CLASS (wn_websocket_signaller_parent_class)->finalize (object);
}

static void
wn_websocket_signaller_class_init (WnWebsocketSignallerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wn_websocket_signaller_finalize;
}

static void
wn_websocket_signaller_init (WnWebsocketSignaller *self)
{
  g_queue_init (&self->pending);
}

/**
 * wn_websocket_signaller_new:
 *
 * Returns: (transfer full) (nullable): NULL with @error set when the URI is not
 *   one of a WebSocket
 */
WnSignaller *
wn_websocket_signaller_new (const WnSignallerSettings *settings, GError **error)
{
  g_autoptr (GUri) uri = NULL;
  g_autoptr (GError) why = NULL;
  WnWebsocketSignaller *self;

  uri = g_uri_parse (settings->uri, SOUP_HTTP_URI_FLAGS, &why);
  if (uri == NULL || g_uri_get_host (uri) == NULL
      || *g_uri_get_host (uri) == '\0') {
    g_set_error (error, WN_SIGNALLING_ERROR, WN_SIGNALLING_ERROR_SETTINGS,
        "\"%s\" is not the URI of a WebSocket%s%s. Set signaller-uri to "
        "something like ws://192.0.2.7:8443/ws.",
        settings->uri, why ? ": " : "", why ? why->message : "");
    return NULL;
  }
  self = g_object_new (WN_TYPE_WEBSOCKET_SIGNALLER, NULL);
  self->uri = g_strdup (settings->uri);
  self->room_name = g_strdup (settings->room);
  self->id = g_strdup (settings->peer_id);
  self->token = g_strdup (settings->token);
  self->protocol = strcmp (settings->protocol, "w3c") == 0
      ? WN_ROOM_PROTOCOL_BARE
      : WN_ROOM_PROTOCOL_ROOM;
  return WN_SIGNALLER (self);
}
