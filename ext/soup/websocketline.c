/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A line that is a WebSocket, on either side: libsoup's, with a bound on what is
 * queued for a peer that reads slowly, a quick notice of one that is gone, and
 * an end that is final.
 */

#include "websocketline.h"
#include "frameguard.h"

#include <string.h>
#include <gio/gnetworking.h>

#include "signalling/source.h"

/* A peer from which nothing was heard for so long (in milliseconds) is gone. */
#define DEAD_AFTER 30000
/* What was received and not read is thrown away before a socket is closed, or
 * TCP would throw away what the other side has not read yet. */
#define MAX_DRAINED (1024 * 1024)

typedef struct
{
  WnLine line;

  SoupWebsocketConnection *connection;
  gulong message_id, closed_id, error_id;
  /* Why it breaks, as libsoup says. */
  gchar *error;
  /* Texts (owned) that libsoup was not given yet: it takes as much as it is
   * given, and does not tell how much it holds. */
  GQueue queue;
  gsize queued;
  /* Runs while there is a queue and libsoup has nothing more to write. */
  GSource *writable;
  /* Runs once, after too much was queued. */
  GSource *overflow;
} WnWebsocketLine;

static gboolean
is_open (WnWebsocketLine *self)
{
  return soup_websocket_connection_get_state (self->connection)
      == SOUP_WEBSOCKET_STATE_OPEN;
}

/* Looks through what wraps a socket: TLS, and libsoup's own stream. */
static GSocket *
find_socket (GIOStream *stream)
{
  static const gchar *const properties[] = { "base-iostream", "base-io-stream",
    NULL };
  g_autoptr (GObject) at = g_object_ref (G_OBJECT (stream));
  guint i;

  for (i = 0; !G_IS_SOCKET_CONNECTION (at) && properties[i]; i++) {
    GObject *base = NULL;

    if (!g_object_class_find_property (G_OBJECT_GET_CLASS (at), properties[i]))
      continue;
    g_object_get (at, properties[i], &base, NULL);
    if (base) {
      g_object_unref (at);
      at = base;
    }
  }
  return G_IS_SOCKET_CONNECTION (at)
      ? g_socket_connection_get_socket (G_SOCKET_CONNECTION (at))
      : NULL;
}

static void
set_up_socket (GIOStream *stream)
{
  GSocket *socket = find_socket (stream);

  if (!socket)
    return;
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
#ifdef TCP_USER_TIMEOUT
  g_socket_set_option (socket, IPPROTO_TCP, TCP_USER_TIMEOUT, DEAD_AFTER, NULL);
#endif
}

static void
drop_queue (WnWebsocketLine *self)
{
  wn_source_clear (&self->writable);
  g_queue_clear_full (&self->queue, g_free);
  self->queued = 0;
}

static void
hand_over (WnWebsocketLine *self)
{
  g_autofree gchar *text = g_queue_pop_head (&self->queue);

  self->queued -= strlen (text);
  if (is_open (self))
    soup_websocket_connection_send_text (self->connection, text);
}

static gboolean
on_writable (GObject *stream, gpointer user_data)
{
  WnWebsocketLine *self = user_data;

  hand_over (self);
  if (self->queue.length > 0)
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->writable, g_source_unref);
  return G_SOURCE_REMOVE;
}

/* Of a lower priority than libsoup's own: so it runs only when the socket takes
 * more and libsoup has written all that it was given. */
static void
start_writing (WnWebsocketLine *self)
{
  GIOStream *stream =
      soup_websocket_connection_get_io_stream (self->connection);
  GPollableOutputStream *output;

  if (self->writable)
    return;
  output = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream));
  self->writable = g_pollable_output_stream_create_source (output, NULL);
  wn_source_attach (self->writable, "wn-websocket-writable",
      G_PRIORITY_DEFAULT + 10, (GSourceFunc) on_writable, self);
}

static void
on_message (SoupWebsocketConnection *connection, gint type, GBytes *message,
    gpointer user_data)
{
  WnWebsocketLine *self = user_data;
  gsize length;
  const gchar *text = g_bytes_get_data (message, &length);

  if (type == SOUP_WEBSOCKET_DATA_TEXT)
    wn_line_tell_text (&self->line, text ? text : "", length);
  else
    wn_line_tell_binary (&self->line);
}

static void
on_error (SoupWebsocketConnection *connection, const GError *error,
    gpointer user_data)
{
  WnWebsocketLine *self = user_data;

  g_free (self->error);
  self->error = g_strdup (error->message);
}

static void
on_closed (SoupWebsocketConnection *connection, gpointer user_data)
{
  WnWebsocketLine *self = user_data;
  g_autofree gchar *reason = NULL;
  guint code = soup_websocket_connection_get_close_code (connection);
  const gchar *data = soup_websocket_connection_get_close_data (connection);

  drop_queue (self);
  wn_source_clear (&self->overflow);
  if (code != 0)
    reason = g_strdup_printf ("the other side closed the connection (%u%s%s)",
        code, data && *data ? ", " : "", data ? data : "");
  else
    reason = g_strdup (self->error ? self->error : "the connection broke");
  wn_line_tell_closed (&self->line, code != 0, reason);
}

/* A gap cannot be mended: who reads too slowly is as good as gone, and what
 * libsoup still holds need not be waited for. */
static gboolean
on_overflow (gpointer user_data)
{
  WnWebsocketLine *self = user_data;

  wn_source_clear (&self->overflow);
  wn_line_tell_closed (&self->line, TRUE, "the other side reads too slowly");
  return G_SOURCE_REMOVE;
}

/* Ends the connection when too much is queued: the closed callback follows. */
static void
wn_websocket_line_send (WnLine *line, const gchar *text)
{
  WnWebsocketLine *self = (WnWebsocketLine *) line;
  gsize length = strlen (text);

  if (!is_open (self) || self->overflow)
    return;
  if (self->queued + length > WN_WEBSOCKET_MAX_QUEUED) {
    drop_queue (self);
    self->overflow =
        wn_source_new_idle ("wn-websocket-overflow", on_overflow, self);
    return;
  }
  g_queue_push_tail (&self->queue, g_strdup (text));
  self->queued += length;
  start_writing (self);
}

/* The closed callback follows, after 5 seconds at the latest. */
static void
wn_websocket_line_close (WnLine *line, guint16 code, const gchar *reason)
{
  WnWebsocketLine *self = (WnWebsocketLine *) line;

  wn_source_clear (&self->writable);
  while (self->queue.length > 0)
    hand_over (self);
  if (is_open (self))
    soup_websocket_connection_close (self->connection, code, reason);
}

static void
drain (GIOStream *stream)
{
  GPollableInputStream *input =
      G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (stream));
  g_autofree guint8 *buffer = g_malloc (8192);
  gssize n, total = 0;

  while (total < MAX_DRAINED
      && (n = g_pollable_input_stream_read_nonblocking (input, buffer, 8192,
              NULL, NULL))
          > 0)
    total += n;
}

/* What is queued and a close frame are sent as far as the socket takes it. */
static void
wn_websocket_line_free (WnLine *line, guint16 code, const gchar *reason)
{
  WnWebsocketLine *self = (WnWebsocketLine *) line;
  GIOStream *stream =
      soup_websocket_connection_get_io_stream (self->connection);
  gboolean was_open;

  g_clear_signal_handler (&self->message_id, self->connection);
  g_clear_signal_handler (&self->error_id, self->connection);
  g_clear_signal_handler (&self->closed_id, self->connection);
  was_open = is_open (self);
  wn_websocket_line_close (line, code, reason);
  if (was_open) {
    drain (stream);
    g_io_stream_close (stream, NULL, NULL);
  }
  drop_queue (self);
  wn_source_clear (&self->overflow);
  g_object_unref (self->connection);
  g_free (self->error);
  g_free (self);
}

static const WnLineClass klass = {
  wn_websocket_line_send,
  wn_websocket_line_close,
  wn_websocket_line_free,
};

/**
 * wn_websocket_line_new:
 * @connection: (transfer full):
 * @max_frame: in bytes; what is larger breaks the connection
 */
WnLine *
wn_websocket_line_new (SoupWebsocketConnection *connection, guint64 max_frame)
{
  WnWebsocketLine *self = g_new0 (WnWebsocketLine, 1);

  self->line.klass = &klass;
  self->connection = connection;
  g_queue_init (&self->queue);
  set_up_socket (soup_websocket_connection_get_io_stream (connection));
  soup_websocket_connection_set_keepalive_interval (connection,
      WN_WEBSOCKET_KEEPALIVE);
  soup_websocket_connection_set_max_incoming_payload_size (connection,
      max_frame);
  self->message_id =
      g_signal_connect (connection, "message", G_CALLBACK (on_message), self);
  self->error_id =
      g_signal_connect (connection, "error", G_CALLBACK (on_error), self);
  self->closed_id =
      g_signal_connect (connection, "closed", G_CALLBACK (on_closed), self);
  return &self->line;
}

/**
 * wn_websocket_line_accept:
 * @msg: a request whose upgrade to a WebSocket was answered
 */
WnLine *
wn_websocket_line_accept (SoupServerMessage *msg, guint64 max_frame)
{
  g_autoptr (SoupServerMessage) held = g_object_ref (msg);
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (held);
  GList *guards = g_list_prepend (NULL, wn_frame_guard_new (max_frame));

  return wn_websocket_line_new (soup_websocket_connection_new (stream,
                                    soup_server_message_get_uri (held),
                                    SOUP_WEBSOCKET_CONNECTION_SERVER, NULL,
                                    NULL, guards),
      max_frame);
}

/* Returns: (transfer none) (nullable): */
GSocket *
wn_websocket_line_get_socket (WnLine *line)
{
  WnWebsocketLine *self = (WnWebsocketLine *) line;

  return find_socket (
      soup_websocket_connection_get_io_stream (self->connection));
}
