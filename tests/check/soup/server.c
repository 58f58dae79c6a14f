/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The embedded server: where it listens, what it shows, whom it bounds, and
 * bare frames. */

#include "harness.h"
#include "signalling/error.h"
#include "soup.h"

#include <string.h>

static void
init_server (Watched *server, const gchar *listen, const gchar *protocol,
    const gchar *token)
{
  WnSignallerSettings settings = { NULL, listen, protocol, "default", "server",
    token };

  watched_init (server, &settings);
}

static guint16
start_server (Watched *server, const gchar *listen, const gchar *protocol,
    const gchar *token)
{
  guint16 port;

  init_server (server, listen, protocol, token);
  watched_start (server);
  port = watched_expect_listening (server);
  expect (&server->record, "joined server []");
  return port;
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir))
    n++;
  return n;
}

/* Listening */

/* @prefix: of what is wrong; nothing has been emitted then */
static void
expect_closed (const gchar *listen, gint code, const gchar *prefix)
{
  g_autoptr (GError) error = NULL;
  Watched server;

  init_server (&server, listen, "room", NULL);
  g_assert_false (wn_signaller_open (server.signaller, &error));
  g_assert_error (error, WN_SIGNALLING_ERROR, code);
  if (!g_str_has_prefix (error->message, prefix))
    g_error ("expected '%s…', not '%s'", prefix, error->message);
  wn_signaller_send (server.signaller, "a", "{}");
  settle ();
  expect_nothing (&server.record);
  watched_clear (&server);
}

static void
test_a_taken_port_is_said (void)
{
  g_autofree gchar *listen = NULL, *expected = NULL;
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "room", NULL);

  listen = g_strdup_printf ("127.0.0.1:%u", port);
  expected = g_strdup_printf (
      "Port %u on 127.0.0.1 is in use. Set "
      "listen=127.0.0.1:0 for a free one, or signaller-uri=ws://127.0.0.1:%u/ws "
      "to join what is there.",
      port, port);
  expect_closed (listen, WN_SIGNALLING_ERROR_BUSY, expected);
  watched_clear (&server);
}

static void
test_an_address_of_another_machine_is_said (void)
{
  expect_closed ("192.0.2.1:0", WN_SIGNALLING_ERROR_CONNECTION,
      "Cannot listen on 192.0.2.1:0: ");
  expect_closed ("nowhere.invalid:0", WN_SIGNALLING_ERROR_CONNECTION,
      "Cannot listen on nowhere.invalid:0: ");
}

static void
test_addresses_are_shown_as_they_can_be_reached (void)
{
  const struct
  {
    const gchar *listen;
    const gchar *prefix;
  } cases[] = {
    { "127.0.0.1:0", "listening http://127.0.0.1:" },
    { "0.0.0.0:0", "listening http://127.0.0.1:" },
    { "[::1]:0", "listening http://[::1]:" },
    { "[::]:0", "listening http://[::1]:" },
    { "localhost:0", "listening http://" },
  };
  g_autoptr (GSocket) probe = NULL;
  guint i;

  probe = g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_DEFAULT, NULL);
  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    Watched server;

    if (probe == NULL && strchr (cases[i].listen, '['))
      continue;
    init_server (&server, cases[i].listen, "room", NULL);
    watched_start (&server);
    expect_prefix (&server.record, cases[i].prefix);
    expect (&server.record, "joined server []");
    watched_clear (&server);
  }
}

static void
test_a_hundred_starts_leave_nothing (void)
{
  g_autofree gchar *listen = NULL, *uri = NULL;
  guint n_before = 0, i;
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "room", NULL);

  watched_clear (&server);
  listen = g_strdup_printf ("127.0.0.1:%u", port);
  uri = uri_of (port);
  for (i = 0; i < 100; i++) {
    Raw raw, silent;

    g_assert_cmpuint (start_server (&server, listen, "room", NULL), ==, port);
    raw_join (&raw, "raw", port, "default", "raw", NULL);
    g_free (raw_expect_joined (&raw));
    expect (&server.record, "peer-joined raw");
    raw_connect (&silent, "silent", uri);
    if (i % 2)
      expect (&silent.record, "open");
    watched_clear (&server);
    expect (&raw.record, "closed 1001");
    g_free (take_event (&silent.record));
    raw_close (&raw);
    raw_close (&silent);
    settle ();
    if (i == 10)
      n_before = count_descriptors ();
  }
  g_assert_cmpuint (count_descriptors (), <=, n_before);
}

static void
test_a_handler_may_stop_it (void)
{
  const gchar *signals[] = { "listening", "joined" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (signals); i++) {
    Watched server;

    init_server (&server, "127.0.0.1:0", "room", NULL);
    server.stop_on = signals[i];
    watched_start (&server);
    expect_prefix (&server.record, "listening ");
    if (i == 1)
      expect (&server.record, "joined server []");
    expect (&server.record, "stopped");
    settle ();
    expect_nothing (&server.record);
    watched_clear (&server);
  }
}

/* The page */

typedef struct
{
  guint status;
  GBytes *body;
  SoupMessage *msg;
  gboolean done;
} Answer;

static void
on_answer (GObject *session, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;
  g_autoptr (GError) error = NULL;

  answer->body = soup_session_send_and_read_finish (SOUP_SESSION (session),
      result, &error);
  g_assert_no_error (error);
  answer->status = soup_message_get_status (answer->msg);
  answer->done = TRUE;
}

static void
answer_clear (Answer *answer)
{
  g_bytes_unref (answer->body);
  g_object_unref (answer->msg);
}

static void
ask (Answer *answer, guint16 port, const gchar *method, const gchar *path,
    GBytes *upload)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree gchar *uri = g_strdup_printf ("http://127.0.0.1:%u%s", port, path);

  memset (answer, 0, sizeof *answer);
  answer->msg = soup_message_new (method, uri);
  if (upload)
    soup_message_set_request_body_from_bytes (answer->msg, "text/plain",
        upload);
  soup_session_send_and_read_async (session, answer->msg, G_PRIORITY_DEFAULT,
      NULL, on_answer, answer);
  while (!answer->done)
    g_main_context_iteration (NULL, TRUE);
}

static const gchar *
header (Answer *answer, const gchar *name)
{
  return soup_message_headers_get_one (
      soup_message_get_response_headers (answer->msg), name);
}

static void
test_the_page_is_shown (void)
{
  const struct
  {
    const gchar *path;
    const gchar *file;
    const gchar *type;
  } files[] = {
    { "/", "index.html", "text/html; charset=utf-8" },
    { "/?room=yard&send=test", "index.html", "text/html; charset=utf-8" },
    { "/index.html", "index.html", "text/html; charset=utf-8" },
    { "/page.js", "page.js", "text/javascript; charset=utf-8" },
    { "/page.css", "page.css", "text/css; charset=utf-8" },
    { "/webrtc-negotiator.js", "webrtc-negotiator.js",
        "text/javascript; charset=utf-8" },
    { "/webrtc-negotiator.d.ts", "webrtc-negotiator.d.ts",
        "application/typescript; charset=utf-8" },
  };
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "room", NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *name = NULL;
    g_autofree gchar *length = NULL;
    g_autoptr (GBytes) file = NULL;
    Answer answer;

    name = g_strconcat ("/org/webrtcnegotiator/page/", files[i].file, NULL);
    file = g_resources_lookup_data (name, 0, NULL);
    g_assert_nonnull (file);
    ask (&answer, port, "GET", files[i].path, NULL);
    g_assert_cmpuint (answer.status, ==, 200);
    g_assert_cmpstr (header (&answer, "Content-Type"), ==, files[i].type);
    g_assert_cmpstr (header (&answer, "Cache-Control"), ==, "no-cache");
    g_assert_cmpstr (header (&answer, "X-Content-Type-Options"), ==, "nosniff");
    g_assert_cmpstr (header (&answer, "Access-Control-Allow-Origin"), ==,
        strcmp (files[i].path, "/webrtc-negotiator.js") == 0 ? "*" : NULL);
    g_assert_cmpstr (header (&answer, "Content-Security-Policy"), ==,
        "frame-ancestors 'self'");
    g_assert_true (g_bytes_equal (answer.body, file));
    answer_clear (&answer);

    ask (&answer, port, "HEAD", files[i].path, NULL);
    length = g_strdup_printf ("%" G_GSIZE_FORMAT, g_bytes_get_size (file));
    g_assert_cmpuint (answer.status, ==, 200);
    g_assert_cmpstr (header (&answer, "Content-Type"), ==, files[i].type);
    g_assert_cmpstr (header (&answer, "Content-Length"), ==, length);
    g_assert_cmpuint (g_bytes_get_size (answer.body), ==, 0);
    answer_clear (&answer);
  }
  watched_clear (&server);
}

static void
test_other_requests_are_answered (void)
{
  const struct
  {
    const gchar *method;
    const gchar *path;
    guint status;
  } requests[] = {
    { "GET", "/nothing", 404 },
    { "GET", "/page/", 404 },
    { "GET", "//", 404 },
    { "GET", "/page.gresource.xml", 404 },
    { "GET", "/%2e%2e/etc/passwd", 404 },
    { "HEAD", "/nothing", 404 },
    { "GET", "/ws/below", 404 },
    { "GET", "/favicon.ico", 204 },
    { "POST", "/", 405 },
    { "PUT", "/x", 405 },
    { "DELETE", "/", 405 },
    { "OPTIONS", "/", 405 },
    { "GET", "/ws", 400 },
    { "POST", "/ws", 405 },
  };
  g_autofree gchar *data = g_strnfill (4 * 1024 * 1024, 'x');
  g_autoptr (GBytes) upload = g_bytes_new_static (data, strlen (data));
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "room", NULL);
  Answer answer;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (requests); i++) {
    ask (&answer, port, requests[i].method, requests[i].path, NULL);
    if (answer.status != requests[i].status)
      g_error ("%s %s: %u, not %u", requests[i].method, requests[i].path,
          answer.status, requests[i].status);
    if (answer.status == 405)
      g_assert_cmpstr (header (&answer, "Allow"), ==, "GET, HEAD");
    answer_clear (&answer);
  }
  ask (&answer, port, "POST", "/", upload);
  g_assert_cmpuint (answer.status, ==, 405);
  answer_clear (&answer);
  watched_clear (&server);
}

/* Bounds */

/* From one address there may be 128, and there may be 256 in all. */
static void
test_connections_are_bounded (void)
{
  const gchar *addresses[] = { "127.0.0.1", "127.0.0.2", "127.0.0.3" };
  g_autofree Raw *raws = g_new0 (Raw, 258);
  g_autofree gchar *uri = NULL;
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "room", NULL);
  guint i;

  uri = uri_of (port);
  for (i = 0; i < 258; i++) {
    /* 129, which is one too many, 128, and 1 more than all. */
    raw_connect_from (&raws[i], "raw", uri,
        addresses[i <= 128 ? 0
                : i <= 256 ? 1
                           : 2]);
    expect (&raws[i].record, "open");
    if (i != 128 && i != 257) {
      g_autofree gchar *join = NULL;

      /* Who does not join is closed, too; a room is for 64. */
      join = g_strdup_printf ("{\"type\":\"join\",\"version\":1,"
                              "\"room\":\"r%u\"}",
          i / 50);
      raw_say (&raws[i], join);
    } else if (i == 128) {
      expect (&raws[i].record, "closed 4013");
      expect (&server.record,
          "warning server-full: A connection was refused: there are 128 "
          "WebSockets from 127.0.0.1, and one address gets no more.");
    }
  }
  expect (&raws[257].record, "closed 4013");
  /* There is a second one if the first was long enough ago. */
  if (server.record.events.length > 0)
    expect_prefix (&server.record, "warning server-full: ");
  raw_close (&raws[0]);
  raw_close (&raws[128]);
  raw_close (&raws[257]);
  raw_join (&raws[0], "late", port, "default", "late", NULL);
  g_free (raw_expect_joined (&raws[0]));
  expect (&server.record, "peer-joined late");
  for (i = 0; i < 257; i++) {
    if (i != 128)
      raw_close (&raws[i]);
  }
  watched_clear (&server);
}

/* A connection on which not even libsoup is between. */
static GSocketConnection *
shake_hands (guint16 port)
{
  const gchar *request =
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  GSocketConnection *connection;
  GSocket *socket;
  gchar buffer[4096];
  GString *answer = g_string_new (NULL);

  connection =
      g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, NULL);
  g_assert_nonnull (connection);
  socket = g_socket_connection_get_socket (connection);
  g_assert_cmpint (g_socket_send (socket, request, strlen (request), NULL,
                       NULL),
      ==, strlen (request));
  g_socket_set_blocking (socket, FALSE);
  while (!g_str_has_suffix (answer->str, "\r\n\r\n")) {
    gssize n;

    g_main_context_iteration (NULL, FALSE);
    n = g_socket_receive (socket, buffer, sizeof buffer, NULL, NULL);
    if (n > 0)
      g_string_append_len (answer, buffer, n);
  }
  g_assert_true (g_str_has_prefix (answer->str, "HTTP/1.1 101 "));
  g_string_free (answer, TRUE);
  return connection;
}

/* Returns how much of it was taken before the connection ended, up to @max. */
static gsize
pour (GSocketConnection *connection, const gchar *data, gsize length, gsize max)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  gsize total = 0, at = 0;

  while (total < max) {
    g_autoptr (GError) error = NULL;
    gssize n = g_socket_send (socket, data + at, length - at, NULL, &error);

    if (n > 0) {
      total += n;
      at = (at + n) % length;
    } else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
      break;
    }
    g_main_context_iteration (NULL, FALSE);
  }
  return total;
}

static void
test_a_message_in_endless_frames_is_cut_off (void)
{
  /* A text frame that is not the last, with a mask of zeros; then more. */
  g_autofree gchar *frame = g_malloc0 (8 + 60000);
  gchar first[] = "\x01\x80\0\0\0\0";
  g_autoptr (GSocketConnection) connection = NULL;
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "room", NULL);
  gsize total;

  connection = shake_hands (port);
  g_assert_cmpuint (pour (connection, first, 6, 6), ==, 6);
  frame[1] = (gchar) (0x80 | 126);
  frame[2] = (gchar) (60000 >> 8);
  frame[3] = (gchar) (60000 & 0xff);
  total = pour (connection, frame, 8 + 60000, 256 * 1024 * 1024);
  g_assert_cmpuint (total, <, 64 * 1024 * 1024);
  expect_nothing (&server.record);
  watched_clear (&server);
}

/* A text frame with a mask of zeros, of at most 125 bytes. */
static void
pour_text (GSocketConnection *connection, const gchar *text)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  guint8 head[6] = { 0x81, 0x80, 0, 0, 0, 0 };

  head[1] |= strlen (text);
  g_byte_array_append (frame, head, sizeof head);
  g_byte_array_append (frame, (const guint8 *) text, strlen (text));
  g_assert_cmpuint (pour (connection, (gchar *) frame->data, frame->len,
                        frame->len),
      ==, frame->len);
}

static void
test_a_peer_that_does_not_read_is_dropped (void)
{
  g_autofree gchar *fill = g_strnfill (200 * 1024, 'x');
  g_autofree gchar *json = g_strdup_printf ("{\"x\":\"%s\"}", fill);
  g_autoptr (GSocketConnection) connection = NULL;
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "room", NULL);
  guint i;

  connection = shake_hands (port);
  pour_text (connection, "{\"type\":\"join\",\"version\":1,\"id\":\"slow\"}");
  expect (&server.record, "peer-joined slow");
  for (i = 0; server.record.events.length == 0; i++) {
    g_assert_cmpuint (i, <, 300);
    wn_signaller_send (server.signaller, "slow", json);
    settle ();
  }
  expect (&server.record, "peer-left slow");
  watched_clear (&server);
}

/* Bare frames */

static void
test_bare_frames_have_one_other_peer (void)
{
  g_autofree gchar *uri = NULL;
  g_autofree gchar *large = g_strnfill (256 * 1024 + 1, '1');
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "w3c", NULL);
  Raw page, second;

  uri = uri_of (port);
  wn_signaller_send (server.signaller, "remote", "{}");
  expect_nothing (&server.record);
  expect (&server.record, "complaint unknown-peer");

  raw_connect (&page, "page", uri);
  expect (&server.record, "peer-joined remote");
  expect (&page.record, "open");
  raw_connect (&second, "second", uri);
  expect (&second.record, "open");
  expect (&second.record, "closed 4013");
  raw_close (&second);

  raw_say (&page, "{\"candidate\": null}");
  expect (&server.record, "message remote {\"candidate\": null}");
  raw_say (&page, "nonsense");
  expect (&server.record, "complaint bad-message");
  raw_say (&page, large);
  expect (&server.record, "complaint bad-message");
  soup_websocket_connection_send_binary (page.connection, "\0\1", 2);
  expect (&server.record, "complaint bad-message");
  wn_signaller_send (server.signaller, "remote", "{\"n\": 1.0}");
  expect (&page.record, "{\"n\": 1.0}");
  raw_close (&page);
  expect (&server.record, "peer-left remote");

  raw_connect (&page, "page", uri);
  expect (&server.record, "peer-joined remote");
  expect (&page.record, "open");
  raw_cut (&page);
  expect (&server.record, "peer-left remote");

  raw_connect (&page, "page", uri);
  expect (&server.record, "peer-joined remote");
  expect (&page.record, "open");
  wn_signaller_send (server.signaller, "remote", "{\"bye\":{}}");
  wn_signaller_stop (server.signaller);
  expect (&page.record, "{\"bye\":{}}");
  expect (&page.record, "closed 1001");
  raw_close (&page);
  watched_clear (&server);
}

static void
test_bare_frames_need_the_token_too (void)
{
  g_autofree gchar *uri = NULL, *wrong = NULL, *right = NULL;
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "w3c", "hush");
  Raw page;

  uri = uri_of (port);
  wrong = g_strconcat (uri, "?token=husk", NULL);
  right = g_strconcat (uri, "?a=b&token=hush", NULL);
  raw_connect (&page, "page", uri);
  expect (&page.record, "open");
  expect (&page.record, "closed 1008");
  raw_close (&page);
  raw_connect (&page, "page", wrong);
  expect (&page.record, "open");
  expect (&page.record, "closed 1008");
  raw_close (&page);
  expect_nothing (&server.record);
  raw_connect (&page, "page", right);
  expect (&page.record, "open");
  expect (&server.record, "peer-joined remote");
  raw_close (&page);
  watched_clear (&server);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wn_soup_register ();
#define ADD(name) g_test_add_func ("/server/" #name, test_##name)
  ADD (a_taken_port_is_said);
  ADD (an_address_of_another_machine_is_said);
  ADD (addresses_are_shown_as_they_can_be_reached);
  ADD (a_hundred_starts_leave_nothing);
  ADD (a_handler_may_stop_it);
  ADD (the_page_is_shown);
  ADD (other_requests_are_answered);
  ADD (connections_are_bounded);
  ADD (a_message_in_endless_frames_is_cut_off);
  ADD (a_peer_that_does_not_read_is_dropped);
  ADD (bare_frames_have_one_other_peer);
  ADD (bare_frames_need_the_token_too);
#undef ADD
  return g_test_run ();
}
