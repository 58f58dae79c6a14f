/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The client for ws://: lost connections, servers that refuse, servers that
 * talk nonsense, bare frames. */

#include "harness.h"
#include "soup.h"

#include <string.h>

static void
start_server_on (Watched *server, const gchar *listen, const gchar *token,
    guint16 *port)
{
  WnSignallerSettings settings = { NULL, listen, "room", "default", "server",
    token };

  watched_init (server, &settings);
  watched_start (server);
  *port = watched_expect_listening (server);
  expect (&server->record, "joined server []");
}

static void
init_client (Watched *client, guint16 port, const gchar *protocol,
    const gchar *token)
{
  g_autofree gchar *uri = uri_of (port);
  WnSignallerSettings settings = { uri, NULL, protocol, "default", "client",
    token };

  watched_init (client, &settings);
}

/* A line of one client to one server. */
typedef struct
{
  Watched server, client;
  Cable cable;
  guint16 port;
} Line;

static void
line_init (Line *line)
{
  start_server_on (&line->server, "127.0.0.1:0", NULL, &line->port);
  cable_init (&line->cable, line->port);
  init_client (&line->client, line->cable.port, "room", NULL);
  watched_start (&line->client);
  expect (&line->client.record, "joined client [server]");
  expect (&line->server.record, "peer-joined client");
}

static void
line_clear (Line *line)
{
  expect_nothing (&line->client.record);
  watched_clear (&line->client);
  expect (&line->server.record, "peer-left client");
  watched_clear (&line->server);
  cable_clear (&line->cable);
}

/* Losing and getting back */

static void
test_a_cut_line_is_not_noticed_by_others (void)
{
  Line line;
  guint i;

  line_init (&line);
  for (i = 0; i < 3; i++) {
    line.cable.down = TRUE;
    cable_cut (&line.cable);
    expect (&line.client.record, "lost");
    wn_signaller_send (line.client.signaller, "server", "{\"n\":1}");
    wn_signaller_send (line.client.signaller, "server", "{\"n\":2}");
    settle ();
    wn_signaller_send (line.server.signaller, "client", "{\"n\":3}");
    wn_signaller_send (line.server.signaller, "client", "{\"n\":4}");
    line.cable.down = FALSE;
    expect (&line.client.record, "back");
    expect (&line.client.record, "message server {\"n\":3}");
    expect (&line.client.record, "message server {\"n\":4}");
    expect (&line.server.record, "message client {\"n\":1}");
    expect (&line.server.record, "message client {\"n\":2}");
  }
  line_clear (&line);
}

static void
test_who_came_and_went_meanwhile_is_told (void)
{
  Line line;
  Raw raw, other;

  line_init (&line);
  raw_join (&raw, "raw", line.port, "default", "raw", NULL);
  expect (&line.client.record, "peer-joined raw");
  expect (&line.server.record, "peer-joined raw");
  line.cable.down = TRUE;
  cable_cut (&line.cable);
  expect (&line.client.record, "lost");
  raw_close (&raw);
  expect (&line.server.record, "peer-left raw");
  raw_join (&other, "other", line.port, "default", "other", NULL);
  expect (&line.server.record, "peer-joined other");
  line.cable.down = FALSE;
  expect (&line.client.record, "back");
  expect (&line.client.record, "peer-left raw");
  expect (&line.client.record, "peer-joined other");
  raw_close (&other);
  expect (&line.client.record, "peer-left other");
  expect (&line.server.record, "peer-left other");
  line_clear (&line);
}

static void
test_what_is_kept_while_lost_is_bounded (void)
{
  g_autofree gchar *fill = g_strnfill (200 * 1024, 'x');
  g_autofree gchar *json = g_strdup_printf ("{\"x\":\"%s\"}", fill);
  Line line;
  guint i;

  line_init (&line);
  line.cable.down = TRUE;
  cable_cut (&line.cable);
  expect (&line.client.record, "lost");
  for (i = 0; i < 6; i++)
    wn_signaller_send (line.client.signaller, "server", json);
  expect_nothing (&line.client.record);
  expect (&line.client.record, "complaint too-large");
  line.cable.down = FALSE;
  expect (&line.client.record, "back");
  for (i = 0; i < 5; i++)
    expect_prefix (&line.server.record, "message client {\"x\":\"xxx");
  wn_signaller_send (line.client.signaller, "server", "{}");
  expect (&line.server.record, "message client {}");
  line_clear (&line);
}

static void
test_a_server_that_restarts_is_joined_anew (void)
{
  g_autofree gchar *listen = NULL;
  Watched server, client;
  guint16 port;

  start_server_on (&server, "127.0.0.1:0", NULL, &port);
  init_client (&client, port, "room", NULL);
  watched_start (&client);
  expect (&client.record, "joined client [server]");
  watched_clear (&server);
  expect (&client.record, "lost");
  /* Meant for somebody who will not know. */
  wn_signaller_send (client.signaller, "server", "{\"n\":1}");
  listen = g_strdup_printf ("127.0.0.1:%u", port);
  start_server_on (&server, listen, NULL, &port);
  expect (&client.record, "joined client [server]");
  expect (&server.record, "peer-joined client");
  wn_signaller_send (client.signaller, "server", "{\"n\":2}");
  expect (&server.record, "message client {\"n\":2}");
  watched_clear (&client);
  watched_clear (&server);
}

static void
test_a_server_that_comes_back_with_a_token_refuses (void)
{
  g_autofree gchar *listen = NULL;
  Watched server, client;
  guint16 port;

  start_server_on (&server, "127.0.0.1:0", NULL, &port);
  init_client (&client, port, "room", NULL);
  watched_start (&client);
  expect (&client.record, "joined client [server]");
  watched_clear (&server);
  listen = g_strdup_printf ("127.0.0.1:%u", port);
  start_server_on (&server, listen, "hush", &port);
  expect (&client.record, "lost");
  expect_prefix (&client.record, "failed The server at ws://127.0.0.1:");
  watched_clear (&client);
  watched_clear (&server);
}

static void
test_stopping_at_any_moment_leaves_nothing (void)
{
  Watched server;
  guint16 port;
  guint i;

  start_server_on (&server, "127.0.0.1:0", NULL, &port);
  for (i = 0; i < 100; i++) {
    Watched client;
    guint j;

    init_client (&client, port, "room", NULL);
    watched_start (&client);
    for (j = 0; j < i; j++)
      g_main_context_iteration (NULL, FALSE);
    watched_clear (&client);
  }
  settle ();
  record_clear (&server.record);
  watched_clear (&server);
}

/* Refusals */

static void
expect_failure (guint16 port, const gchar *token, const gchar *format)
{
  g_autofree gchar *message = NULL;
  g_autofree gchar *uri = uri_of (port);
  GString *text = g_string_new (format);
  Watched client;

  g_string_replace (text, "URI", uri, 1);
  message = g_string_free (text, FALSE);
  init_client (&client, port, "room", token);
  watched_start (&client);
  expect (&client.record, message);
  wn_signaller_send (client.signaller, "server", "{}");
  settle ();
  expect_nothing (&client.record);
  watched_clear (&client);
}

static void
test_a_refused_port_is_said (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);

  g_socket_listener_close (listener);
  expect_failure (port, NULL,
      "failed Cannot reach URI: Connection refused. "
      "Start a server there, or leave signaller-uri unset to serve from this "
      "element.");
}

static void
test_a_host_without_an_address_is_said (void)
{
  WnSignallerSettings settings = { "ws://nowhere.invalid:8443/ws", NULL, "room",
    "default", "client", NULL };
  Watched client;

  watched_init (&client, &settings);
  watched_start (&client);
  expect_prefix (&client.record,
      "failed Cannot reach ws://nowhere.invalid:8443/ws: ");
  watched_clear (&client);
}

static void
test_a_server_that_refuses_is_said (void)
{
  Watched server;
  Raw raw;
  guint16 port;

  start_server_on (&server, "127.0.0.1:0", "hush", &port);
  expect_failure (port, "loud",
      "failed The server at URI refused us "
      "(unauthorized): This server asks for a token, and this is not it. Join "
      "with the token that the server was started with. Set token to the "
      "server's token.");
  watched_clear (&server);

  start_server_on (&server, "127.0.0.1:0", NULL, &port);
  raw_join (&raw, "raw", port, "default", "client", NULL);
  g_free (raw_expect_joined (&raw));
  expect_failure (port, NULL,
      "failed The server at URI refused us (id-in-use): "
      "A peer of this id is in the room. Join with another id, or with none to "
      "be given one. Set peer-id to another id, or leave it unset for a random "
      "one.");
  raw_close (&raw);
  watched_clear (&server);
}

static void
test_a_full_room_is_said (void)
{
  Raw raws[63];
  Watched server;
  guint16 port;
  guint i;

  start_server_on (&server, "127.0.0.1:0", NULL, &port);
  for (i = 0; i < G_N_ELEMENTS (raws); i++) {
    g_autofree gchar *id = g_strdup_printf ("p%u", i);

    raw_join (&raws[i], "raw", port, "default", id, NULL);
    g_free (raw_expect_joined (&raws[i]));
  }
  expect_failure (port, NULL,
      "failed The server at URI refused us (room-full): "
      "There are 64 peers in this room, and it holds no more. Join another "
      "room, or wait until a peer leaves. Set room to another room, or wait "
      "until a peer leaves.");
  for (i = 0; i < G_N_ELEMENTS (raws); i++)
    raw_close (&raws[i]);
  watched_clear (&server);
}

/* Servers of another kind */

typedef struct
{
  Record record;
  SoupServer *server;
  GSocketService *service;
  SoupWebsocketConnection *connection;
  guint16 port;
} Fake;

static void
on_fake_message (SoupWebsocketConnection *connection, gint type,
    GBytes *message, Fake *fake)
{
  record_add (&fake->record, "%.*s", (gint) g_bytes_get_size (message),
      (const gchar *) g_bytes_get_data (message, NULL));
}

static void
on_fake_open (SoupServer *server, SoupServerMessage *msg, const gchar *path,
    SoupWebsocketConnection *connection, gpointer user_data)
{
  Fake *fake = user_data;

  g_set_object (&fake->connection, connection);
  g_signal_connect (connection, "message", G_CALLBACK (on_fake_message), fake);
  record_add (&fake->record, "open");
}

static gboolean
on_fake_incoming (GSocketService *service, GSocketConnection *connection,
    GObject *source, Fake *fake)
{
  g_autoptr (GSocketAddress) local =
      g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote =
      g_socket_connection_get_remote_address (connection, NULL);

  g_assert_true (soup_server_accept_iostream (fake->server,
      G_IO_STREAM (connection), local, remote, NULL));
  return TRUE;
}

static void
fake_init (Fake *fake)
{
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GSocketAddress) address =
      g_inet_socket_address_new_from_string ("127.0.0.1", 0);

  memset (fake, 0, sizeof *fake);
  g_queue_init (&fake->record.events);
  fake->record.name = "fake";
  fake->server = soup_server_new (NULL, NULL);
  soup_server_add_websocket_handler (fake->server, "/ws", NULL, NULL,
      on_fake_open, fake, NULL);
  /* libsoup's own listener leaks each socket that it accepts (listen_watch () in
   * soup-listener.c). */
  fake->service = g_socket_service_new ();
  g_signal_connect (fake->service, "incoming", G_CALLBACK (on_fake_incoming),
      fake);
  g_assert_true (
      g_socket_listener_add_address (G_SOCKET_LISTENER (fake->service), address,
          G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &bound, NULL));
  fake->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

static void
fake_say (Fake *fake, const gchar *text)
{
  soup_websocket_connection_send_text (fake->connection, text);
}

static void
fake_cut (Fake *fake)
{
  g_io_stream_close (soup_websocket_connection_get_io_stream (fake->connection),
      NULL, NULL);
  g_signal_handlers_disconnect_by_data (fake->connection, fake);
  g_clear_object (&fake->connection);
}

static void
fake_clear (Fake *fake)
{
  if (fake->connection)
    fake_cut (fake);
  g_socket_service_stop (fake->service);
  g_socket_listener_close (G_SOCKET_LISTENER (fake->service));
  g_clear_object (&fake->service);
  soup_server_disconnect (fake->server);
  g_clear_object (&fake->server);
  record_clear (&fake->record);
  settle ();
}

#define JOIN                                                                   \
  "{\"type\":\"join\",\"version\":1,\"room\":\"default\","                     \
  "\"id\":\"client\""
#define JOINED                                                                 \
  "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"client\","               \
  "\"peers\":[\"b\",\"c\"],\"resume\":\"K1\"}"

static void
test_a_server_of_another_version_is_said (void)
{
  g_autofree gchar *expected = NULL;
  Watched client;
  Fake fake;

  fake_init (&fake);
  init_client (&client, fake.port, "room", "hu\"sh");
  watched_start (&client);
  expect (&fake.record, "open");
  expect (&fake.record, JOIN ",\"token\":\"hu\\\"sh\"}");
  fake_say (&fake,
      "{\"type\":\"error\",\"code\":\"unsupported-version\","
      "\"message\":\"Version 2\\nonly.\"}");
  expected = g_strdup_printf (
      "failed The server at ws://127.0.0.1:%u/ws refused "
      "us (unsupported-version): Version 2 only. Bring the server and this "
      "plugin to the same version.",
      fake.port);
  expect (&client.record, expected);
  watched_clear (&client);
  fake_clear (&fake);
}

static void
test_a_server_that_closes_is_said (void)
{
  g_autofree gchar *expected = NULL;
  Watched client;
  Fake fake;

  fake_init (&fake);
  init_client (&client, fake.port, "room", NULL);
  watched_start (&client);
  expect (&fake.record, "open");
  soup_websocket_connection_close (fake.connection, 1008, "go away");
  expected = g_strdup_printf (
      "failed The server at ws://127.0.0.1:%u/ws did not "
      "let us in: the other side closed the connection (1008, go away). Check "
      "that it speaks the protocol that is set (protocol), or set "
      "signaller-uri to another server.",
      fake.port);
  expect (&client.record, expected);
  watched_clear (&client);
  fake_clear (&fake);
}

static void
test_what_is_no_websocket_is_said (void)
{
  WnSignallerSettings settings = { NULL, NULL, "room", "default", "client",
    NULL };
  g_autofree gchar *uri = NULL, *expected = NULL;
  Watched client;
  Fake fake;

  fake_init (&fake);
  uri = g_strdup_printf ("ws://127.0.0.1:%u/elsewhere", fake.port);
  settings.uri = uri;
  watched_init (&client, &settings);
  watched_start (&client);
  expected = g_strdup_printf (
      "failed Cannot reach %s: The server did not accept "
      "the WebSocket handshake. What answers there is no WebSocket: check the "
      "path in signaller-uri, which is usually /ws.",
      uri);
  expect (&client.record, expected);
  watched_clear (&client);
  fake_clear (&fake);
}

static void
on_fake_refusal (SoupServer *server, SoupServerMessage *msg, const gchar *path,
    GHashTable *query, gpointer status)
{
  soup_server_message_set_status (msg, GPOINTER_TO_UINT (status), NULL);
}

static void
test_an_answer_that_refuses_is_said (void)
{
  const struct
  {
    guint status;
    const gchar *words;
  } cases[] = {
    { 403, " refused us: it does not answer to this name. Set signaller-uri" },
    { 503, " has too many connections. Wait until" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    WnSignallerSettings settings = { NULL, NULL, "room", "default", "client",
      NULL };
    g_autofree gchar *uri = NULL, *expected = NULL;
    Watched client;
    Fake fake;

    fake_init (&fake);
    soup_server_add_handler (fake.server, "/refusal", on_fake_refusal,
        GUINT_TO_POINTER (cases[i].status), NULL);
    uri = g_strdup_printf ("ws://127.0.0.1:%u/refusal", fake.port);
    expected =
        g_strdup_printf ("failed The server at %s%s", uri, cases[i].words);
    settings.uri = uri;
    watched_init (&client, &settings);
    watched_start (&client);
    expect_prefix (&client.record, expected);
    watched_clear (&client);
    fake_clear (&fake);
  }
}

static void
test_nonsense_of_a_server_is_a_complaint (void)
{
  const gchar *texts[] = { "", "nonsense", "[]", "{}", "{\"type\":\"what\"}",
    JOINED, "{\"type\":\"peer-joined\"}",
    "{\"type\":\"peer-joined\",\"id\":\"b\"}",
    "{\"type\":\"peer-joined\",\"id\":\"client\"}",
    "{\"type\":\"peer-joined\",\"id\":\"a b\"}",
    "{\"type\":\"peer-left\",\"id\":\"d\"}",
    "{\"type\":\"peer-left\",\"id\":7}",
    "{\"type\":\"message\",\"from\":\"d\",\"data\":{}}",
    "{\"type\":\"message\",\"from\":\"client\",\"data\":{}}",
    "{\"type\":\"message\",\"from\":\"b\",\"data\":[]}",
    "{\"type\":\"message\",\"from\":\"b\"}",
    "{\"type\":\"message\",\"data\":{}}", "{\"type\":\"error\"}",
    "{\"type\":\"error\",\"code\":\"\"}" };
  const gchar *before[] = { "?", "{\"type\":\"peer-joined\",\"id\":\"b\"}",
    "{\"type\":\"joined\"}",
    "{\"type\":\"joined\",\"room\":\"yard\",\"id\":\"client\",\"peers\":[]}",
    "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"x\",\"peers\":[]}",
    "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"client\","
    "\"peers\":[\"b\",\"b\"]}",
    "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"client\","
    "\"peers\":[\"client\"]}",
    "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"client\","
    "\"peers\":[7]}",
    "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"client\","
    "\"peers\":[\"\"]}" };
  Watched client;
  Fake fake;
  guint i;

  fake_init (&fake);
  init_client (&client, fake.port, "room", NULL);
  watched_start (&client);
  expect (&fake.record, "open");
  expect (&fake.record, JOIN "}");
  for (i = 0; i < G_N_ELEMENTS (before); i++) {
    fake_say (&fake, before[i]);
    expect (&client.record, "complaint bad-message");
  }
  fake_say (&fake, JOINED);
  expect (&client.record, "joined client [b,c]");
  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    fake_say (&fake, texts[i]);
    expect (&client.record, "complaint bad-message");
  }
  soup_websocket_connection_send_binary (fake.connection, "\0\1", 2);
  expect (&client.record, "complaint bad-message");
  fake_say (&fake, "{\"type\":\"error\",\"code\":\"rate-limited\"}");
  expect (&client.record, "complaint rate-limited");
  fake_say (&fake, "{\"type\":\"message\",\"from\":\"b\",\"data\":{\"n\":1}}");
  expect (&client.record, "message b {\"n\":1}");
  fake_say (&fake, "{\"type\":\"peer-left\",\"id\":\"b\",\"more\":[{}]}");
  expect (&client.record, "peer-left b");
  watched_clear (&client);
  fake_clear (&fake);
}

static void
test_endless_nonsense_loses_the_server (void)
{
  Watched client;
  Fake fake;
  guint i;

  fake_init (&fake);
  init_client (&client, fake.port, "room", NULL);
  watched_start (&client);
  expect (&fake.record, "open");
  expect (&fake.record, JOIN "}");
  fake_say (&fake, JOINED);
  expect (&client.record, "joined client [b,c]");
  for (i = 0; i < 150; i++)
    fake_say (&fake, "?");
  for (i = 0; i < 101; i++)
    expect (&client.record, "complaint bad-message");
  expect (&client.record, "lost");
  watched_clear (&client);
  fake_clear (&fake);
}

static void
test_a_frame_that_is_too_large_is_survived (void)
{
  g_autofree gchar *huge = g_strnfill (1024 * 1024, 'x');
  Watched client;
  Fake fake;

  fake_init (&fake);
  init_client (&client, fake.port, "room", NULL);
  watched_start (&client);
  expect (&fake.record, "open");
  expect (&fake.record, JOIN "}");
  fake_say (&fake, JOINED);
  expect (&client.record, "joined client [b,c]");
  fake_say (&fake, huge);
  expect (&client.record, "lost");
  expect (&fake.record, "open");
  expect (&fake.record, JOIN ",\"resume\":\"K1\"}");
  fake_say (&fake,
      "{\"type\":\"joined\",\"room\":\"default\","
      "\"id\":\"client\",\"peers\":[\"c\"],\"resume\":\"K2\","
      "\"resumed\":true}");
  expect (&client.record, "back");
  expect (&client.record, "peer-left b");
  watched_clear (&client);
  fake_clear (&fake);
}

static void
test_an_own_place_that_is_still_taken_is_waited_for (void)
{
  Watched client;
  Fake fake;

  fake_init (&fake);
  init_client (&client, fake.port, "room", NULL);
  watched_start (&client);
  expect (&fake.record, "open");
  expect (&fake.record, JOIN "}");
  fake_say (&fake, JOINED);
  expect (&client.record, "joined client [b,c]");
  fake_cut (&fake);
  expect (&client.record, "lost");
  expect (&fake.record, "open");
  expect (&fake.record, JOIN ",\"resume\":\"K1\"}");
  fake_say (&fake, "{\"type\":\"error\",\"code\":\"id-in-use\"}");
  expect (&fake.record, "open");
  expect (&fake.record, JOIN ",\"resume\":\"K1\"}");
  fake_say (&fake, JOINED);
  expect (&client.record, "joined client [b,c]");
  watched_clear (&client);
  fake_clear (&fake);
}

/* Bare frames */

static void
test_bare_frames_pass_a_dumb_relay (void)
{
  Watched client;
  Fake fake;

  fake_init (&fake);
  init_client (&client, fake.port, "w3c", NULL);
  watched_start (&client);
  expect (&fake.record, "open");
  expect (&client.record, "joined client [remote]");
  fake_say (&fake, "{\"candidate\":null}");
  expect (&client.record, "message remote {\"candidate\":null}");
  fake_say (&fake, "nonsense");
  expect (&client.record, "complaint bad-message");
  soup_websocket_connection_send_binary (fake.connection, "\0\1", 2);
  expect (&client.record, "complaint bad-message");
  wn_signaller_send (client.signaller, "nobody", "{}");
  expect (&client.record, "complaint unknown-peer");
  wn_signaller_send (client.signaller, "remote", "{\"n\": 1.0}");
  expect (&fake.record, "{\"n\": 1.0}");
  fake_cut (&fake);
  expect (&client.record, "lost");
  wn_signaller_send (client.signaller, "remote", "{\"n\":2}");
  expect (&fake.record, "open");
  expect (&client.record, "back");
  expect (&fake.record, "{\"n\":2}");
  wn_signaller_send (client.signaller, "remote", "{\"bye\":{}}");
  wn_signaller_stop (client.signaller);
  expect (&fake.record, "{\"bye\":{}}");
  expect_nothing (&fake.record);
  watched_clear (&client);
  fake_clear (&fake);
}

/* Settings */

static void
expect_no_signaller (WnSignallerSettings settings, const gchar *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (wn_signaller_new (&settings, &error));
  g_assert_nonnull (error);
  g_assert_cmpstr (g_quark_to_string (error->domain), ==,
      "wn-signalling-error-quark");
  if (!strstr (error->message, words))
    g_error ("no '%s' in '%s'", words, error->message);
}

static void
test_settings_are_checked (void)
{
  const WnSignallerSettings good = { "ws://localhost/ws", "127.0.0.1:0", "room",
    "default", "client", NULL };
  const gchar *listens[] = { "", "8443", "127.0.0.1", "127.0.0.1:", ":8443",
    "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "::1:8443",
    "[127.0.0.1]:1", "[::1]", "[::1:8443", "a b:1", "http://a:1" };
  WnSignallerSettings bad = good;
  guint i;

  bad.uri = "gopher://localhost/";
  expect_no_signaller (bad, "ws://, wss://, nothing at all");
  bad.uri = "no uri";
  expect_no_signaller (bad, "is not a URI. Set signaller-uri to");
  bad.uri = "ws:///ws";
  expect_no_signaller (bad, "Set signaller-uri to something like ws://");
  bad.uri = "ws://[::1/ws";
  expect_no_signaller (bad, "is not the URI of a WebSocket");
  bad = good;
  bad.protocol = "smtp";
  expect_no_signaller (bad, "Set protocol to room or w3c");
  bad = good;
  bad.room = "a b";
  expect_no_signaller (bad, "Set room to");
  bad = good;
  bad.peer_id = "";
  expect_no_signaller (bad, "Set peer-id to");
  bad = good;
  bad.uri = NULL;
  bad.allowed_origins = "example.org";
  expect_no_signaller (bad, "Set allowed-origins to");
  bad = good;
  bad.uri = NULL;
  for (i = 0; i < G_N_ELEMENTS (listens); i++) {
    bad.listen = listens[i];
    expect_no_signaller (bad,
        "Set listen to HOST:PORT, such as "
        "127.0.0.1:8443");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wn_soup_register ();
#define ADD(name) g_test_add_func ("/websocket/" #name, test_##name)
  ADD (a_cut_line_is_not_noticed_by_others);
  ADD (who_came_and_went_meanwhile_is_told);
  ADD (what_is_kept_while_lost_is_bounded);
  ADD (a_server_that_restarts_is_joined_anew);
  ADD (a_server_that_comes_back_with_a_token_refuses);
  ADD (stopping_at_any_moment_leaves_nothing);
  ADD (a_refused_port_is_said);
  ADD (a_host_without_an_address_is_said);
  ADD (a_server_that_refuses_is_said);
  ADD (a_full_room_is_said);
  ADD (a_server_of_another_version_is_said);
  ADD (a_server_that_closes_is_said);
  ADD (what_is_no_websocket_is_said);
  ADD (an_answer_that_refuses_is_said);
  ADD (nonsense_of_a_server_is_a_complaint);
  ADD (endless_nonsense_loses_the_server);
  ADD (a_frame_that_is_too_large_is_survived);
  ADD (an_own_place_that_is_still_taken_is_waited_for);
  ADD (bare_frames_pass_a_dumb_relay);
  ADD (settings_are_checked);
#undef ADD
  return g_test_run ();
}
