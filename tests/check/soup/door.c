/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Who is let into the embedded server: which web pages, under which names, how
 * many, and for how long without a word. */

#include "../patience.h"
#include "harness.h"
#include "listener.h"
#include "origins.h"
#include "signalling/error.h"
#include "soup.h"
#include "warning.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/resource.h>

#define DEADLINE_S patience (40)

static guint16
start_server (Watched *server, const gchar *listen, const gchar *protocol,
    const gchar *allowed)
{
  WnSignallerSettings settings = { NULL, listen, protocol, "default", "server",
    NULL, allowed };
  guint16 port;

  watched_init (server, &settings);
  watched_start (server);
  port = watched_expect_listening (server);
  expect (&server->record, "joined server []");
  return port;
}

/*** Connections without any library between ***/

typedef struct
{
  GSocket *socket;
  /* What came. */
  GString *text;
  /* The other side has closed it. */
  gboolean is_closed;
} Line;

/* @from: an address of this machine */
static void
line_init (Line *self, const gchar *from)
{
  g_autoptr (GSocketAddress) address =
      g_inet_socket_address_new_from_string (from, 0);
  g_autoptr (GError) error = NULL;

  self->socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_no_error (error);
  g_socket_bind (self->socket, address, FALSE, &error);
  g_assert_no_error (error);
  g_socket_set_blocking (self->socket, FALSE);
  self->text = g_string_new (NULL);
  self->is_closed = FALSE;
}

/* The kernel answers, whatever the server does; where it has no place for it, it
 * does so after some seconds, and again some more. */
static void
line_connect (Line *self, guint16 port)
{
  g_autoptr (GSocketAddress) address =
      g_inet_socket_address_new_from_string ("127.0.0.1", port);
  g_autoptr (GError) error = NULL;

  g_socket_set_blocking (self->socket, TRUE);
  g_socket_set_timeout (self->socket, 20);
  g_socket_connect (self->socket, address, NULL, &error);
  g_assert_no_error (error);
  g_socket_set_blocking (self->socket, FALSE);
}

static void
line_open (Line *self, guint16 port, const gchar *from)
{
  line_init (self, from);
  line_connect (self, port);
}

static void
line_say (Line *self, const gchar *text)
{
  g_autoptr (GError) error = NULL;

  g_socket_send (self->socket, text, strlen (text), NULL, &error);
  if (error && !self->is_closed)
    g_assert_true (g_error_matches (error, G_IO_ERROR,
                       G_IO_ERROR_CONNECTION_CLOSED)
        || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE));
}

static void
line_listen (Line *self)
{
  gchar buffer[4096];
  gssize n;
  g_autoptr (GError) error = NULL;

  while ((n = g_socket_receive (self->socket, buffer, sizeof buffer, NULL,
              &error))
      > 0)
    g_string_append_len (self->text, buffer, n);
  if (n == 0 || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    self->is_closed = TRUE;
}

static gboolean
line_has (Line *self, const gchar *text)
{
  line_listen (self);
  return strstr (self->text->str, text) != NULL;
}

static void
line_clear (Line *self)
{
  g_socket_close (self->socket, NULL);
  g_clear_object (&self->socket);
  g_string_free (self->text, TRUE);
}

/* Runs the server, which is in this thread, until @condition. */
#define RUN_UNTIL(condition)                                                   \
  G_STMT_START                                                                 \
  {                                                                            \
    gint64 deadline = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;   \
                                                                               \
    while (!(condition)) {                                                     \
      if (g_get_monotonic_time () > deadline)                                  \
        g_error ("%s: not so: %s", G_STRFUNC, #condition);                     \
      if (!g_main_context_iteration (NULL, FALSE))                             \
        g_usleep (500);                                                        \
    }                                                                          \
  }                                                                            \
  G_STMT_END

/* Sends a request, and waits for the whole answer to one that is no upgrade.
 * @headers: with the ends of their lines */
static void
ask (Line *self, guint16 port, const gchar *from, const gchar *path,
    const gchar *headers)
{
  g_autofree gchar *request =
      g_strdup_printf ("GET %s HTTP/1.1\r\n%s\r\n", path, headers);

  line_open (self, port, from);
  line_say (self, request);
  RUN_UNTIL (line_has (self, "\r\n\r\n")
      && (self->is_closed || line_has (self, "HTTP/1.1 101 ")));
}

#define UPGRADE                                                                \
  "Upgrade: websocket\r\nConnection: Upgrade\r\n"                              \
  "Sec-WebSocket-Version: 13\r\n"                                              \
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

/* @origin: NULL for none; PORT in either stands for the port */
static void
shake_hands (Line *self, guint16 port, const gchar *host, const gchar *origin)
{
  g_autofree gchar *number = g_strdup_printf ("%u", port);
  g_autoptr (GString) headers = g_string_new (UPGRADE);

  g_string_append_printf (headers, "Host: %s\r\n", host);
  if (origin)
    g_string_append_printf (headers, "Origin: %s\r\n", origin);
  g_string_replace (headers, "PORT", number, 0);
  ask (self, port, "127.0.0.1", "/ws", headers->str);
}

/*** Pages ***/

static const struct
{
  const gchar *allowed;
  const gchar *host;
  const gchar *origin;
  WnOriginsVerdict verdict;
} judgements[] = {
#define HOST WN_ORIGINS_FOREIGN_HOST
#define PAGE WN_ORIGINS_FOREIGN_PAGE
#define OK WN_ORIGINS_WELCOME
  /* Programs, and pages of our own. */
  { NULL, "127.0.0.1:8443", NULL, OK },
  { NULL, NULL, NULL, OK },
  { NULL, "127.0.0.1:8443", "http://127.0.0.1:8443", OK },
  { NULL, "192.0.2.7:8443", "http://192.0.2.7:8443", OK },
  { NULL, "[::1]:8443", "http://[::1]:8443", OK },
  { NULL, "localhost:8443", "http://localhost:8443", OK },
  { NULL, "LOCALHOST:8443", "http://localhost:8443", OK },
  { NULL, "localhost.:8443", "http://localhost:8443", OK },
  { NULL, "app.localhost:8443", "http://app.localhost:8443", OK },
  { NULL, "yard.example:8443", "http://yard.example:8443", OK },
  { NULL, "127.0.0.1", "http://127.0.0.1:80", OK },
  { "", "127.0.0.1:8443", "http://127.0.0.1:8443", OK },
  /* Pages of others. */
  { NULL, "127.0.0.1:8443", "http://evil.example", PAGE },
  { NULL, "127.0.0.1:8443", "https://127.0.0.1:8443", PAGE },
  { NULL, "127.0.0.1:8443", "http://127.0.0.1", PAGE },
  { NULL, "127.0.0.1:8443", "http://127.0.0.1:3000", PAGE },
  { NULL, "127.0.0.1:8443", "http://127.0.0.1:8443.evil.example", PAGE },
  { NULL, "127.0.0.1:8443", "http://127.0.0.1:8443@evil.example", PAGE },
  { NULL, "127.0.0.1:8443", "http://localhost:8443", PAGE },
  { NULL, "127.0.0.1:8443", "null", PAGE },
  { NULL, "127.0.0.1:8443", "file://", PAGE },
  { NULL, "127.0.0.1:8443", "", PAGE },
  { NULL, "127.0.0.1:8443", "http://127.0.0.1:8443/", PAGE },
  { NULL, "127.0.0.1:8443", "http://127.0.0.1:8443 http://b.example", PAGE },
  { NULL, NULL, "http://127.0.0.1:8443", PAGE },
  /* Names that others can give to us. */
  { NULL, "evil.example:8443", "http://evil.example:8443", HOST },
  { NULL, "evil.example:8443", NULL, HOST },
  { NULL, "localhost.evil.example", NULL, HOST },
  { NULL, "127.0.0.1.evil.example", NULL, HOST },
  { NULL, "evillocalhost", NULL, HOST },
  { NULL, "2130706433", NULL, HOST },
  { NULL, "user@127.0.0.1", NULL, HOST },
  { NULL, "", NULL, HOST },
  { NULL, "\xff\xfe", NULL, HOST },
  /* The property. */
  { "http://a.example", "127.0.0.1:8443", "http://a.example", OK },
  { "http://a.example", "127.0.0.1:8443", "http://A.example:80", OK },
  { "http://a.example", "127.0.0.1:8443", "https://a.example", PAGE },
  { "http://a.example", "127.0.0.1:8443", "http://a.example:81", PAGE },
  { "http://a.example", "127.0.0.1:8443", "http://b.a.example", PAGE },
  { "http://a.example", "127.0.0.1:8443", "null", PAGE },
  { "http://a.example", "evil.example", "http://a.example", HOST },
  { "http://a.example", "127.0.0.1:8443", "http://127.0.0.1:8443", OK },
  { " https://a.example/ ,app://b,", "127.0.0.1:1", "https://a.example", OK },
  { "https://a.example, app://b", "127.0.0.1:1", "app://b", OK },
  { "http://[fd00::1]:80", "127.0.0.1:1", "http://[fd00::1]", OK },
  /* Behind a proxy with a name, which ends the TLS. */
  { "https://a.example", "a.example", "https://a.example", OK },
  { "https://a.example", "a.example", "http://evil.example", PAGE },
  { "https://a.example", "a.example", NULL, OK },
  { "*", "evil.example", "http://evil.example", OK },
  { "*", "127.0.0.1:8443", "null", OK },
  { "http://a.example,*", "127.0.0.1:8443", "file://", OK },
#undef HOST
#undef PAGE
#undef OK
};

static void
test_pages_are_told_apart (void)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (judgements); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (WnOrigins) origins =
        wn_origins_new (judgements[i].allowed, "yard.example", &error);
    WnOriginsVerdict verdict;

    g_assert_no_error (error);
    verdict =
        wn_origins_judge (origins, judgements[i].host, judgements[i].origin);
    if (verdict != judgements[i].verdict)
      g_error ("%u: allowed %s, host %s, origin %s: %d", i,
          judgements[i].allowed, judgements[i].host, judgements[i].origin,
          verdict);
  }
}

static void
test_what_is_no_origin_is_said (void)
{
  const gchar *wrong[] = { "a.example", "null", "file://", "http://",
    "http://a.example/page", "http://a.example?x", "http://u@a.example",
    "http://*.example", "https://a.example http://b.example", "http://a b",
    "http://a.example:99999" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (wrong); i++) {
    WnSignallerSettings settings = { NULL, "127.0.0.1:0", "room", "default",
      "server", NULL, wrong[i] };
    g_autoptr (GError) error = NULL;

    if (wn_signaller_new (&settings, &error))
      g_error ("%s was taken", wrong[i]);
    g_assert_error (error, WN_SIGNALLING_ERROR, WN_SIGNALLING_ERROR_SETTINGS);
    g_assert_nonnull (strstr (error->message, "Set allowed-origins to"));
  }
}

static void
expect_handshake (guint16 port, const gchar *host, const gchar *origin,
    const gchar *status, const gchar *words)
{
  Line line;

  shake_hands (&line, port, host, origin);
  if (!g_str_has_prefix (line.text->str, status))
    g_error ("host %s, origin %s: %s", host, origin, line.text->str);
  if (words && !strstr (line.text->str, words))
    g_error ("host %s, origin %s: no %s in %s", host, origin, words,
        line.text->str);
  g_assert_null (strstr (line.text->str, "Access-Control-Allow-Origin"));
  line_clear (&line);
}

static void
test_foreign_pages_are_refused (void)
{
  const gchar *protocols[] = { "room", "w3c" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (protocols); i++) {
    Watched server;
    guint16 port = start_server (&server, "127.0.0.1:0", protocols[i], NULL);

    expect_handshake (port, "127.0.0.1:PORT", "http://evil.example",
        "HTTP/1.1 403 ", "allowed-origins=http://evil.example.");
    expect (&server.record,
        "warning page-refused: A web page of http://evil.example wanted to "
        "join and was refused. If such pages are to join, set "
        "allowed-origins=http://evil.example.");
    expect_handshake (port, "127.0.0.1:PORT", "null", "HTTP/1.1 403 ",
        "allowed-origins=*.");
    expect_handshake (port, "127.0.0.1:PORT", "file://", "HTTP/1.1 403 ",
        "allowed-origins=*.");
    expect_handshake (port, "evil.example:PORT", "http://evil.example:PORT",
        "HTTP/1.1 403 ", "does not answer to the name evil.example:");
    expect_handshake (port, "127.0.0.1:PORT", "http://x\xff\x1b[2J.example",
        "HTTP/1.1 403 ", "\\x1b[2J.example may not join here");
    /* Once in a while is enough. */
    expect_nothing (&server.record);

    expect_handshake (port, "127.0.0.1:PORT", NULL, "HTTP/1.1 101 ", NULL);
    if (i == 1) {
      expect (&server.record, "peer-joined remote");
      expect (&server.record, "peer-left remote");
    }
    expect_handshake (port, "127.0.0.1:PORT", "http://127.0.0.1:PORT",
        "HTTP/1.1 101 ", NULL);
    if (i == 1)
      expect (&server.record, "peer-joined remote");
    watched_clear (&server);
  }
}

static void
test_named_pages_are_welcome (void)
{
  const gchar *allowed = "http://a.example, https://b.example:444";
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "room", allowed);

  expect_handshake (port, "127.0.0.1:PORT", "http://a.example", "HTTP/1.1 101 ",
      NULL);
  expect_handshake (port, "b.example:444", "https://b.example:444",
      "HTTP/1.1 101 ", NULL);
  expect_handshake (port, "127.0.0.1:PORT", "http://b.example", "HTTP/1.1 403 ",
      NULL);
  watched_clear (&server);

  port = start_server (&server, "127.0.0.1:0", "room", "*");
  expect_handshake (port, "127.0.0.1:PORT", "null", "HTTP/1.1 101 ", NULL);
  expect_handshake (port, "any.example", "https://evil.example",
      "HTTP/1.1 101 ", NULL);
  watched_clear (&server);
}

static void
test_pages_are_shown_under_our_names_only (void)
{
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "room", NULL);
  Line line;

  ask (&line, port, "127.0.0.1", "/", "Host: evil.example\r\n");
  g_assert_true (g_str_has_prefix (line.text->str, "HTTP/1.1 403 "));
  g_assert_nonnull (strstr (line.text->str,
      "allowed-origins=http://evil.example"));
  line_clear (&line);
  expect_prefix (&server.record,
      "warning page-refused: A request for the host "
      "evil.example was refused");

  /* The module, for other people's pages. */
  ask (&line, port, "127.0.0.1", "/webrtc-negotiator.js",
      "Host: localhost\r\nOrigin: http://other.example\r\n");
  g_assert_true (g_str_has_prefix (line.text->str, "HTTP/1.1 200 "));
  g_assert_nonnull (strstr (line.text->str, "Access-Control-Allow-Origin: *"));
  line_clear (&line);
  ask (&line, port, "127.0.0.1", "/page.js",
      "Host: localhost\r\nOrigin: http://other.example\r\n");
  g_assert_null (strstr (line.text->str, "Access-Control-Allow-Origin"));
  line_clear (&line);
  watched_clear (&server);

  port = start_server (&server, "127.0.0.1:0", "room",
      "http://a.example:81,https://b.example");
  ask (&line, port, "127.0.0.1", "/", "Host: a.example:81\r\n");
  g_assert_true (g_str_has_prefix (line.text->str, "HTTP/1.1 200 "));
  g_assert_nonnull (strstr (line.text->str, "frame-ancestors 'self' http"));
  g_assert_nonnull (strstr (line.text->str, " http://a.example:81"));
  g_assert_nonnull (strstr (line.text->str, " https://b.example:443"));
  line_clear (&line);
  watched_clear (&server);
}

static void
test_warnings_are_not_for_others_to_repeat (void)
{
  WnWarning warning = { 0 };
  gint64 now = 1000;
  guint i;

  g_assert_true (wn_warning_raise (&warning, "a", now));
  g_assert_false (wn_warning_raise (&warning, "b", now));
  for (i = 0; i < 2; i++) {
    g_autofree gchar *text = wn_warning_take (&warning);

    g_assert_cmpstr (text, ==, i == 0 ? "a" : NULL);
  }
  now += WN_WARNING_INTERVAL - 1;
  g_assert_false (wn_warning_raise (&warning, "c", now));
  now++;
  g_assert_true (wn_warning_raise (&warning, "d", now));
  g_assert_cmpstr (warning.text, ==, "d (2 times more since the last warning)");
  g_free (wn_warning_take (&warning));
  now += WN_WARNING_INTERVAL;
  g_assert_true (wn_warning_raise (&warning, "e", now));
  g_assert_cmpstr (warning.text, ==, "e");
  g_free (wn_warning_take (&warning));
}

/*** Bounds ***/

#define PAGE_IS_SHOWN(port, from)                                              \
  G_STMT_START                                                                 \
  {                                                                            \
    Line page;                                                                 \
                                                                               \
    ask (&page, port, from, "/", "Host: localhost\r\n");                       \
    g_assert_true (g_str_has_prefix (page.text->str, "HTTP/1.1 200 "));        \
    line_clear (&page);                                                        \
  }                                                                            \
  G_STMT_END

static void
test_one_address_cannot_take_all (void)
{
  guint n = WN_LISTENER_MAX_OF_ADDRESS;
  g_autofree Line *lines = g_new0 (Line, n);
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "room", NULL);
  Line more;
  guint i;

  for (i = 0; i < n; i++)
    line_open (&lines[i], port, "127.0.0.1");
  line_open (&more, port, "127.0.0.1");
  RUN_UNTIL (line_has (&more, "HTTP/1.1 503 ") && more.is_closed);
  g_assert_true (line_has (&more, "too many connections"));
  expect (&server.record,
      "warning server-full: A connection was refused: there are 192 "
      "connections from 127.0.0.1, and one address gets no more.");
  PAGE_IS_SHOWN (port, "127.0.0.2");
  for (i = 0; i < n; i++) {
    line_listen (&lines[i]);
    g_assert_false (lines[i].is_closed);
  }

  /* Those that are over make room. */
  line_clear (&more);
  line_clear (&lines[--n]);
  settle ();
  PAGE_IS_SHOWN (port, "127.0.0.1");
  for (i = 0; i < n; i++)
    line_clear (&lines[i]);
  watched_clear (&server);
}

static void
test_there_is_an_end_to_all (void)
{
  const guint n = WN_LISTENER_MAX;
  g_autofree Line *lines = g_new0 (Line, n);
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "room", NULL);
  Line more;
  guint i;

  for (i = 0; i < n; i++) {
    g_autofree gchar *from = g_strdup_printf ("127.0.0.%u", 1 + i % 8);

    line_open (&lines[i], port, from);
  }
  line_open (&more, port, "127.0.0.9");
  RUN_UNTIL (line_has (&more, "HTTP/1.1 503 ") && more.is_closed);
  expect_prefix (&server.record,
      "warning server-full: A connection was "
      "refused: there are 512 connections");
  line_clear (&more);
  for (i = 0; i < n; i++)
    line_clear (&lines[i]);
  settle ();
  PAGE_IS_SHOWN (port, "127.0.0.9");
  watched_clear (&server);
}

static void
trickle (Line *self, gint64 *next)
{
  if (g_get_monotonic_time () < *next)
    return;
  line_say (self, "x");
  *next = g_get_monotonic_time () + G_USEC_PER_SEC / 4;
}

/* They are all under way at the same time: it is over for all of them. */
static void
test_who_says_nothing_is_not_waited_for (void)
{
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "room", NULL);
  Line silent[20], slow, half, unjoined, joined;
  const gchar *join = "{\"type\":\"join\",\"version\":1,\"id\":\"a\"}";
  /* A text frame with a mask of zeros. */
  g_autofree gchar *frame = g_strconcat ("\x81?mask", join, NULL);
  gint64 next = 0;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (silent); i++)
    line_open (&silent[i], port, "127.0.0.1");
  line_open (&half, port, "127.0.0.1");
  line_say (&half,
      "POST / HTTP/1.1\r\nHost: localhost\r\n"
      "Content-Length: 1000\r\n\r\n");
  line_open (&slow, port, "127.0.0.1");
  line_say (&slow, "GET / HTTP/1.1\r\nHost: localhost\r\nX: ");
  shake_hands (&unjoined, port, "localhost", NULL);
  shake_hands (&joined, port, "localhost", NULL);
  frame[1] = (gchar) (0x80 | strlen (join));
  memset (frame + 2, 0, 4);
  g_assert_cmpint (g_socket_send (joined.socket, frame, 6 + strlen (join), NULL,
                       NULL),
      ==, 6 + strlen (join));
  expect (&server.record, "peer-joined a");

  /* A letter now and then is no request. */
  RUN_UNTIL ((trickle (&slow, &next),
      line_has (&unjoined, "no join came within 10 seconds")));
  for (i = 0; i < G_N_ELEMENTS (silent); i++)
    RUN_UNTIL ((line_listen (&silent[i]), silent[i].is_closed));
  RUN_UNTIL ((line_listen (&half), half.is_closed));
  RUN_UNTIL ((line_listen (&slow), slow.is_closed));
  line_listen (&joined);
  g_assert_false (joined.is_closed);
  for (i = 0; i < G_N_ELEMENTS (silent); i++)
    line_clear (&silent[i]);
  line_clear (&half);
  line_clear (&slow);
  line_clear (&unjoined);
  line_clear (&joined);
  watched_clear (&server);
}

/* The server's thread may be busy: who comes waits in the kernel. */
static void
test_many_may_come_at_once (void)
{
  Line lines[400];
  Watched server;
  guint16 port = start_server (&server, "127.0.0.1:0", "room", NULL);
  g_autofree gchar *text = NULL;
  guint i, n = G_N_ELEMENTS (lines);

  if (g_file_get_contents ("/proc/sys/net/core/somaxconn", &text, NULL, NULL))
    n = MIN (n, (guint) atoi (text));
  for (i = 0; i < n; i++) {
    g_autofree gchar *from = g_strdup_printf ("127.0.0.%u", 1 + i % 4);

    line_open (&lines[i], port, from);
    line_say (&lines[i],
        "GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  for (i = 0; i < n; i++) {
    RUN_UNTIL (line_has (&lines[i], "HTTP/1.1 204 ") && lines[i].is_closed);
    line_clear (&lines[i]);
  }
  expect_nothing (&server.record);
  watched_clear (&server);
}

/* In a process of its own, where there are few descriptors. */
static void
run_out_of_descriptors (void)
{
  struct rlimit limit;
  Watched server;
  Line waiting[10], first;
  gint taken[64];
  guint16 port;
  guint i, n = 0;

  /* Valgrind lets nobody change the hard one. */
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = 64;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  port = start_server (&server, "127.0.0.1:0", "room", NULL);
  /* All that GLib opens once is open then. */
  line_open (&first, port, "127.0.0.1");
  line_say (&first, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  RUN_UNTIL (line_has (&first, "HTTP/1.1 200 ") && first.is_closed);
  line_clear (&first);

  for (i = 0; i < G_N_ELEMENTS (waiting); i++)
    line_init (&waiting[i], "127.0.0.1");
  while ((taken[n] = open ("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
    n++;
  g_assert_cmpint (errno, ==, EMFILE);
  for (i = 0; i < G_N_ELEMENTS (waiting); i++) {
    line_connect (&waiting[i], port);
    line_say (&waiting[i], "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  expect_prefix (&server.record,
      "warning server-full: A connection was "
      "refused: connections cannot be accepted");
  for (i = 0; i < 200; i++)
    g_main_context_iteration (NULL, FALSE);

  while (n > 0)
    close (taken[--n]);
  for (i = 0; i < G_N_ELEMENTS (waiting); i++) {
    RUN_UNTIL (line_has (&waiting[i], "HTTP/1.1 200 ") && waiting[i].is_closed);
    line_clear (&waiting[i]);
  }
  watched_clear (&server);
}

/* Idle connections take half of the descriptors, not all. */
static void
leave_descriptors_to_others (void)
{
  struct rlimit limit;
  Line lines[60];
  gint others[10];
  Watched server;
  guint16 port;
  guint i, n_open = 0;

  /* The clients are here, too: they get descriptors that do not count. */
  for (i = 0; i < G_N_ELEMENTS (lines); i++) {
    gint fd;

    line_init (&lines[i], "127.0.0.1");
    fd = fcntl (g_socket_get_fd (lines[i].socket), F_DUPFD_CLOEXEC, 200);
    g_assert_cmpint (fd, >=, 200);
    g_object_unref (lines[i].socket);
    lines[i].socket = g_socket_new_from_fd (fd, NULL);
    g_socket_set_blocking (lines[i].socket, FALSE);
  }
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = 100;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  port = start_server (&server, "127.0.0.1:0", "room", NULL);
  for (i = 0; i < G_N_ELEMENTS (lines); i++)
    line_connect (&lines[i], port);
  expect_prefix (&server.record,
      "warning server-full: A connection was "
      "refused: there are ");
  for (i = 0; i < 200; i++)
    g_main_context_iteration (NULL, FALSE);
  for (i = 0; i < G_N_ELEMENTS (lines); i++) {
    line_listen (&lines[i]);
    n_open += !lines[i].is_closed;
  }
  g_assert_cmpuint (n_open, ==, 25);
  for (i = 0; i < G_N_ELEMENTS (others); i++) {
    others[i] = open ("/dev/null", O_RDONLY | O_CLOEXEC);
    g_assert_cmpint (others[i], >=, 0);
  }
  for (i = 0; i < G_N_ELEMENTS (others); i++)
    close (others[i]);
  for (i = 0; i < G_N_ELEMENTS (lines); i++)
    line_clear (&lines[i]);
  watched_clear (&server);
}

static void
in_a_child (void (*test) (void))
{
  if (g_test_subprocess ()) {
    test ();
    return;
  }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

static void
test_it_recovers_when_descriptors_run_out (void)
{
  if (g_getenv ("WN_VALGRIND")) {
    g_test_skip ("valgrind accepts what there is no descriptor for, and then "
                 "closes it");
    return;
  }
  in_a_child (run_out_of_descriptors);
}

static void
test_it_leaves_descriptors_to_others (void)
{
  in_a_child (leave_descriptors_to_others);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wn_soup_register ();
#define ADD(name) g_test_add_func ("/door/" #name, test_##name)
  ADD (pages_are_told_apart);
  ADD (what_is_no_origin_is_said);
  ADD (foreign_pages_are_refused);
  ADD (named_pages_are_welcome);
  ADD (pages_are_shown_under_our_names_only);
  ADD (warnings_are_not_for_others_to_repeat);
  ADD (one_address_cannot_take_all);
  ADD (there_is_an_end_to_all);
  ADD (who_says_nothing_is_not_waited_for);
  ADD (many_may_come_at_once);
  ADD (it_recovers_when_descriptors_run_out);
  ADD (it_leaves_descriptors_to_others);
#undef ADD
  return g_test_run ();
}
