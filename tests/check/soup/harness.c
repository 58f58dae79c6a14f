/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "harness.h"

#include "../patience.h"

#include <string.h>

/* No test waits for so long, unless it fails. */
#define DEADLINE patience (40000)

/* Records */

void
record_add (Record *record, const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  g_queue_push_tail (&record->events, g_strdup_vprintf (format, args));
  va_end (args);
}

static gboolean
on_deadline (gpointer user_data)
{
  Record *record = user_data;

  g_error ("%s: nothing happened", record->name);
  return G_SOURCE_REMOVE;
}

/* The next event; waits for it. */
gchar *
take_event (Record *record)
{
  guint id = g_timeout_add (DEADLINE, on_deadline, record);

  while (record->events.length == 0)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (id);
  return g_queue_pop_head (&record->events);
}

void
expect (Record *record, const gchar *event)
{
  g_autofree gchar *happened = take_event (record);

  if (strcmp (happened, event) != 0)
    g_error ("%s: expected '%s', not '%.300s'", record->name, event, happened);
}

void
expect_prefix (Record *record, const gchar *prefix)
{
  g_autofree gchar *happened = take_event (record);

  if (!g_str_has_prefix (happened, prefix))
    g_error ("%s: expected '%s…', not '%.300s'", record->name, prefix,
        happened);
}

void
expect_nothing (Record *record)
{
  const gchar *event = g_queue_peek_head (&record->events);

  if (event)
    g_error ("%s: expected nothing, not '%.300s'", record->name, event);
}

void
record_clear (Record *record)
{
  g_queue_clear_full (&record->events, g_free);
}

/* What is under way without a socket or a timer comes to its end. */
void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Signallers */

static void
after (Watched *self, const gchar *signal)
{
  if (g_strcmp0 (self->stop_on, signal) == 0) {
    wn_signaller_stop (self->signaller);
    record_add (&self->record, "stopped");
  }
}

static void
on_joined (WnSignaller *signaller, const gchar *id, const gchar *const *peers,
    Watched *self)
{
  g_autofree gchar *list = g_strjoinv (",", (GStrv) peers);

  record_add (&self->record, "joined %s [%s]", id, list);
  after (self, "joined");
}

static void
on_peer_joined (WnSignaller *signaller, const gchar *id, Watched *self)
{
  record_add (&self->record, "peer-joined %s", id);
  after (self, "peer-joined");
}

static void
on_peer_left (WnSignaller *signaller, const gchar *id, Watched *self)
{
  record_add (&self->record, "peer-left %s", id);
  after (self, "peer-left");
}

static void
on_message (WnSignaller *signaller, const gchar *from, const gchar *json,
    Watched *self)
{
  record_add (&self->record, "message %s %s", from, json);
  after (self, "message");
}

static void
on_lost (WnSignaller *signaller, const gchar *reason, Watched *self)
{
  g_assert_cmpstr (reason, !=, "");
  record_add (&self->record, "lost");
  after (self, "lost");
}

static void
on_back (WnSignaller *signaller, Watched *self)
{
  record_add (&self->record, "back");
  after (self, "back");
}

static void
on_complaint (WnSignaller *signaller, const gchar *code, const gchar *text,
    Watched *self)
{
  g_assert_cmpstr (text, !=, "");
  record_add (&self->record, "complaint %s", code);
  after (self, "complaint");
}

static void
on_failed (WnSignaller *signaller, const GError *error, Watched *self)
{
  g_assert_cmpstr (g_quark_to_string (error->domain), ==,
      "wn-signalling-error-quark");
  record_add (&self->record, "failed %s", error->message);
  after (self, "failed");
}

static void
on_listening (WnSignaller *signaller, const gchar *uri, Watched *self)
{
  record_add (&self->record, "listening %s", uri);
  after (self, "listening");
}

static void
on_warning (WnSignaller *signaller, const gchar *name, const GError *error,
    Watched *self)
{
  record_add (&self->record, "warning %s: %s", name, error->message);
  after (self, "warning");
}

void
watched_init (Watched *self, const WnSignallerSettings *settings)
{
  g_autoptr (GError) error = NULL;

  memset (self, 0, sizeof *self);
  g_queue_init (&self->record.events);
  self->record.name = settings->peer_id;
  self->signaller = wn_signaller_new (settings, &error);
  g_assert_no_error (error);
#define CONNECT(name, handler)                                                 \
  g_signal_connect (self->signaller, name, G_CALLBACK (handler), self)
  CONNECT ("joined", on_joined);
  CONNECT ("peer-joined", on_peer_joined);
  CONNECT ("peer-left", on_peer_left);
  CONNECT ("message", on_message);
  CONNECT ("lost", on_lost);
  CONNECT ("back", on_back);
  CONNECT ("complaint", on_complaint);
  CONNECT ("failed", on_failed);
  CONNECT ("listening", on_listening);
  CONNECT ("warning", on_warning);
#undef CONNECT
}

void
watched_start (Watched *self)
{
  g_autoptr (GError) error = NULL;

  wn_signaller_open (self->signaller, &error);
  g_assert_no_error (error);
  wn_signaller_start (self->signaller);
  expect_nothing (&self->record);
}

/* Stops it, and sees it go. */
void
watched_clear (Watched *self)
{
  GWeakRef ref;

  wn_signaller_stop (self->signaller);
  record_clear (&self->record);
  settle ();
  expect_nothing (&self->record);
  g_weak_ref_init (&ref, self->signaller);
  g_object_unref (self->signaller);
  self->signaller = g_weak_ref_get (&ref);
  g_assert_null (self->signaller);
  g_weak_ref_clear (&ref);
}

/* Returns the port. */
guint16
watched_expect_listening (Watched *self)
{
  g_autofree gchar *event = take_event (&self->record);
  g_autoptr (GUri) uri = NULL;

  g_assert_true (g_str_has_prefix (event, "listening http://"));
  g_assert_true (g_str_has_suffix (event, "/"));
  uri = g_uri_parse (event + strlen ("listening "), G_URI_FLAGS_NONE, NULL);
  g_assert_nonnull (uri);
  return g_uri_get_port (uri);
}

/* Raw clients */

static void
on_raw_message (SoupWebsocketConnection *connection, gint type, GBytes *message,
    Raw *self)
{
  record_add (&self->record, "%.*s", (gint) g_bytes_get_size (message),
      (const gchar *) g_bytes_get_data (message, NULL));
}

static void
on_raw_closed (SoupWebsocketConnection *connection, Raw *self)
{
  record_add (&self->record, "closed %u",
      soup_websocket_connection_get_close_code (connection));
}

static void
on_raw_connected (GObject *session, GAsyncResult *result, gpointer user_data)
{
  Raw *self = user_data;
  g_autoptr (GError) error = NULL;

  self->connection =
      soup_session_websocket_connect_finish (SOUP_SESSION (session), result,
          &error);
  if (self->connection == NULL) {
    record_add (&self->record, "error %s", error->message);
    return;
  }
  soup_websocket_connection_set_max_incoming_payload_size (self->connection, 0);
  g_signal_connect (self->connection, "message", G_CALLBACK (on_raw_message),
      self);
  g_signal_connect (self->connection, "closed", G_CALLBACK (on_raw_closed),
      self);
  record_add (&self->record, "open");
}

/* @from: (nullable): an address of this machine */
void
raw_connect_from (Raw *self, const gchar *name, const gchar *uri,
    const gchar *from)
{
  g_autoptr (GSocketAddress) address =
      from ? g_inet_socket_address_new_from_string (from, 0) : NULL;
  g_autoptr (SoupMessage) msg = soup_message_new ("GET", uri);

  memset (self, 0, sizeof *self);
  self->record.name = name;
  g_queue_init (&self->record.events);
  self->session =
      soup_session_new_with_options ("local-address", address, NULL);
  soup_session_websocket_connect_async (self->session, msg, NULL, NULL,
      G_PRIORITY_DEFAULT, NULL, on_raw_connected, self);
}

void
raw_connect (Raw *self, const gchar *name, const gchar *uri)
{
  raw_connect_from (self, name, uri, NULL);
}

void
raw_join (Raw *self, const gchar *name, guint16 port, const gchar *room,
    const gchar *id, const gchar *resume)
{
  g_autofree gchar *uri = uri_of (port);
  g_autofree gchar *text = NULL;

  text = g_strdup_printf ("{\"type\":\"join\",\"version\":1,\"room\":\"%s\","
                          "\"id\":\"%s\",\"resume\":\"%s\"}",
      room, id, resume ? resume : "");
  raw_connect (self, name, uri);
  expect (&self->record, "open");
  raw_say (self, text);
}

void
raw_say (Raw *self, const gchar *text)
{
  soup_websocket_connection_send_text (self->connection, text);
}

/* Returns the resume key. */
gchar *
raw_expect_joined (Raw *self)
{
  g_autofree gchar *event = take_event (&self->record);
  const gchar *key = strstr (event, "\"resume\":\"");

  if (!g_str_has_prefix (event, "{\"type\":\"joined\""))
    g_error ("%s: expected joined, not '%s'", self->record.name, event);
  key += strlen ("\"resume\":\"");
  return g_strndup (key, strcspn (key, "\""));
}

static void
raw_release (Raw *self)
{
  if (self->connection)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  g_clear_object (&self->connection);
  soup_session_abort (self->session);
  g_clear_object (&self->session);
  record_clear (&self->record);
}

/* With a close frame, as a page that is left. */
void
raw_close (Raw *self)
{
  SoupWebsocketConnection *connection = self->connection;

  if (connection
      && soup_websocket_connection_get_state (connection)
          == SOUP_WEBSOCKET_STATE_OPEN) {
    soup_websocket_connection_close (connection, 1001, NULL);
    record_clear (&self->record);
    while (soup_websocket_connection_get_state (connection)
        != SOUP_WEBSOCKET_STATE_CLOSED)
      g_main_context_iteration (NULL, TRUE);
  }
  raw_release (self);
}

/* Without one. */
void
raw_cut (Raw *self)
{
  GIOStream *stream =
      soup_websocket_connection_get_io_stream (self->connection);

  g_io_stream_close (stream, NULL, NULL);
  raw_release (self);
}

/* Cables */

static void
on_spliced (GObject *stream, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GSocketConnection) to = user_data;

  g_output_stream_splice_finish (G_OUTPUT_STREAM (stream), result, NULL);
  g_socket_shutdown (g_socket_connection_get_socket (to), FALSE, TRUE, NULL);
}

static void
splice (GSocketConnection *from, GSocketConnection *to)
{
  g_output_stream_splice_async (
      g_io_stream_get_output_stream (G_IO_STREAM (to)),
      g_io_stream_get_input_stream (G_IO_STREAM (from)),
      G_OUTPUT_STREAM_SPLICE_NONE, G_PRIORITY_DEFAULT, NULL, on_spliced,
      g_object_ref (to));
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *near, GObject *source,
    Cable *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) far = NULL;

  if (self->down)
    return TRUE;
  /* Done by the kernel: the other side's main loop is this one. */
  far = g_socket_client_connect_to_host (client, "127.0.0.1", self->to, NULL,
      NULL);
  if (far == NULL)
    return TRUE;
  g_ptr_array_add (self->ends, g_object_ref (near));
  g_ptr_array_add (self->ends, g_object_ref (far));
  splice (near, far);
  splice (far, near);
  return TRUE;
}

void
cable_init (Cable *self, guint16 to)
{
  self->service = g_socket_service_new ();
  self->to = to;
  self->down = FALSE;
  self->ends = g_ptr_array_new_with_free_func (g_object_unref);
  self->port =
      g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (self->service),
          NULL, NULL);
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_incoming), self);
}

/* Every connection breaks. */
void
cable_cut (Cable *self)
{
  guint i;

  for (i = 0; i < self->ends->len; i++)
    g_socket_shutdown (
        g_socket_connection_get_socket (g_ptr_array_index (self->ends, i)),
        TRUE, TRUE, NULL);
  g_ptr_array_set_size (self->ends, 0);
}

void
cable_clear (Cable *self)
{
  cable_cut (self);
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_clear_object (&self->service);
  g_ptr_array_unref (self->ends);
  settle ();
}

gchar *
uri_of (guint16 port)
{
  return g_strdup_printf ("ws://127.0.0.1:%u/ws", port);
}
