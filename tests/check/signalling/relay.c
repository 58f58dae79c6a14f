/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The rules of the room protocol (docs/protocol.md), one test each: no sockets,
 * and the time is cranked. */

#include "signalling/relay.h"

#include <string.h>

#define SECOND G_USEC_PER_SEC

typedef struct
{
  WnRelay *relay;
  gint64 now;
} World;

/* A connection, with what came out of it. */
typedef struct
{
  World *world;
  WnRelayClient *client;
  /* Of owned texts; in each, the resume key reads KEY. */
  GQueue texts;
  /* The last resume key. */
  gchar *resume;
  guint16 close_code;
} Peer;

static void
on_send (const gchar *text, gpointer user_data)
{
  Peer *peer = user_data;
  const gchar *key = strstr (text, "\"resume\":\"");

  g_assert_cmpuint (peer->close_code, ==, 0);
  if (key) {
    GString *copy = g_string_new (text);

    key += strlen ("\"resume\":\"");
    g_free (peer->resume);
    peer->resume = g_strndup (key, strcspn (key, "\""));
    g_assert_cmpuint (strlen (peer->resume), >=, 32);
    g_string_replace (copy, peer->resume, "KEY", 1);
    g_queue_push_tail (&peer->texts, g_string_free (copy, FALSE));
  } else {
    g_queue_push_tail (&peer->texts, g_strdup (text));
  }
}

static void
on_close (guint16 code, const gchar *reason, gpointer user_data)
{
  Peer *peer = user_data;

  g_assert_cmpuint (peer->close_code, ==, 0);
  g_assert_nonnull (reason);
  peer->close_code = code;
}

static void
world_init (World *world, const gchar *token)
{
  world->relay = wn_relay_new (token);
  world->now = 1000 * SECOND;
}

static void
world_clear (World *world)
{
  g_clear_pointer (&world->relay, wn_relay_free);
}

static void
connect_peer (World *world, Peer *peer)
{
  memset (peer, 0, sizeof *peer);
  peer->world = world;
  g_queue_init (&peer->texts);
  peer->client = wn_relay_connect (world->relay, WN_RELAY_CLIENT_REMOTE,
      on_send, on_close, peer, world->now);
}

static void
say (Peer *peer, const gchar *text)
{
  wn_relay_receive (peer->world->relay, peer->client, text, strlen (text),
      peer->world->now);
}

/* The next text is this one. */
static void
hears (Peer *peer, const gchar *expected)
{
  g_autofree gchar *text = g_queue_pop_head (&peer->texts);

  g_assert_cmpstr (text, ==, expected);
}

static void
hears_nothing (Peer *peer)
{
  g_assert_cmpstr (g_queue_peek_head (&peer->texts), ==, NULL);
}

static void
hears_error (Peer *peer, const gchar *code)
{
  g_autofree gchar *text = g_queue_pop_head (&peer->texts);
  g_autofree gchar *prefix = NULL;

  prefix =
      g_strdup_printf ("{\"type\":\"error\",\"code\":\"%s\",\"message\":\"",
          code);
  g_assert_nonnull (text);
  if (!g_str_has_prefix (text, prefix))
    g_error ("expected %s, got %s", prefix, text);
}

static void
disconnect_peer (Peer *peer, gboolean in_good_order)
{
  wn_relay_disconnect (peer->world->relay, peer->client, in_good_order,
      peer->world->now);
  g_queue_clear_full (&peer->texts, g_free);
  g_clear_pointer (&peer->resume, g_free);
}

static void
join (World *world, Peer *peer, const gchar *id)
{
  g_autofree gchar *text = NULL, *answer = NULL;

  connect_peer (world, peer);
  text =
      g_strdup_printf ("{\"type\":\"join\",\"version\":1,\"id\":\"%s\"}", id);
  say (peer, text);
  answer = g_queue_pop_head (&peer->texts);
  g_assert_true (g_str_has_prefix (answer, "{\"type\":\"joined\""));
}

static void
crank (World *world, gint64 microseconds)
{
  world->now += microseconds;
  if (world->now >= wn_relay_get_expiry (world->relay))
    wn_relay_expire (world->relay, world->now);
}

static gchar *
take_resume (Peer *peer)
{
  return g_steal_pointer (&peer->resume);
}

static void
rejoin (World *world, Peer *peer, const gchar *id, const gchar *resume)
{
  g_autofree gchar *text = NULL;

  connect_peer (world, peer);
  text = g_strdup_printf ("{\"type\":\"join\",\"version\":1,\"id\":\"%s\","
                          "\"resume\":\"%s\"}",
      id, resume);
  say (peer, text);
}

/* Joining */

static void
test_join_lists_the_others_oldest_first (void)
{
  World world;
  Peer a, b, c;

  world_init (&world, NULL);
  connect_peer (&world, &a);
  say (&a,
      "{\"type\":\"join\",\"version\":1,\"room\":\"default\",\"id\":\"a\","
      "\"token\":null}");
  hears (&a,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"a\","
      "\"peers\":[],\"resume\":\"KEY\"}");
  join (&world, &b, "b");
  hears (&a, "{\"type\":\"peer-joined\",\"id\":\"b\"}");
  hears_nothing (&b);
  connect_peer (&world, &c);
  say (&c, " { \"id\" : \"c\" , \"typ\\u0065\":\"join\", \"version\" : 1 } ");
  hears (&c,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"c\","
      "\"peers\":[\"a\",\"b\"],\"resume\":\"KEY\"}");
  hears (&a, "{\"type\":\"peer-joined\",\"id\":\"c\"}");
  hears (&b, "{\"type\":\"peer-joined\",\"id\":\"c\"}");
  disconnect_peer (&a, TRUE);
  disconnect_peer (&b, TRUE);
  disconnect_peer (&c, TRUE);
  g_assert_cmpuint (wn_relay_get_n_rooms (world.relay), ==, 0);
  world_clear (&world);
}

static void
test_rooms_are_apart (void)
{
  World world;
  Peer a, b;

  world_init (&world, NULL);
  join (&world, &a, "a");
  connect_peer (&world, &b);
  say (&b, "{\"type\":\"join\",\"version\":1,\"room\":\"yard\",\"id\":\"a\"}");
  hears (&b,
      "{\"type\":\"joined\",\"room\":\"yard\",\"id\":\"a\","
      "\"peers\":[],\"resume\":\"KEY\"}");
  hears_nothing (&a);
  say (&b, "{\"type\":\"message\",\"to\":\"b\",\"data\":{}}");
  hears_error (&b, "unknown-peer");
  disconnect_peer (&a, TRUE);
  disconnect_peer (&b, TRUE);
  world_clear (&world);
}

static void
test_the_server_chooses_an_id (void)
{
  const gchar *joins[] = { "{\"type\":\"join\",\"version\":1}",
    "{\"type\":\"join\",\"version\":1,\"id\":null,\"room\":null}" };
  World world;
  Peer peers[2];
  guint i;

  world_init (&world, NULL);
  for (i = 0; i < 2; i++) {
    const gchar *prefix = "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"";
    g_autofree gchar *text = NULL;

    connect_peer (&world, &peers[i]);
    say (&peers[i], joins[i]);
    text = g_queue_pop_head (&peers[i].texts);
    g_assert_true (g_str_has_prefix (text, prefix));
    g_assert_cmpuint (strcspn (text + strlen (prefix), "\""), ==, 12);
  }
  disconnect_peer (&peers[0], TRUE);
  disconnect_peer (&peers[1], TRUE);
  world_clear (&world);
}

static void
test_the_first_frame_is_join (void)
{
  const gchar *texts[] = { "{\"type\":\"message\",\"to\":\"a\",\"data\":{}}",
    "{\"type\":\"leave\"}", "{\"type\":\"peers\"}", "{}", "[]", "1", "",
    "{\"type\":1}", "nonsense", "{\"type\":\"join\"", "{\"type\":\"join\"}x",
    "\xff\xfe" };
  World world;
  Peer a;
  guint i;

  world_init (&world, NULL);
  connect_peer (&world, &a);
  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    say (&a, texts[i]);
    hears_error (&a, "bad-message");
  }
  wn_relay_receive_binary (world.relay, a.client, world.now);
  hears_error (&a, "bad-message");
  wn_relay_receive (world.relay, a.client, "{\"type\":\"leave\"}\0", 17,
      world.now);
  hears_error (&a, "bad-message");
  hears_nothing (&a);
  disconnect_peer (&a, TRUE);
  world_clear (&world);
}

static void
test_only_version_1 (void)
{
  const gchar *versions[] = { ",\"version\":2", ",\"version\":0",
    ",\"version\":\"1\"", ",\"version\":null", ",\"version\":1e400", "" };
  World world;
  Peer a;
  guint i;

  world_init (&world, NULL);
  connect_peer (&world, &a);
  for (i = 0; i < G_N_ELEMENTS (versions); i++) {
    g_autofree gchar *text = NULL;

    text = g_strdup_printf ("{\"type\":\"join\"%s}", versions[i]);
    say (&a, text);
    g_assert_nonnull (strstr (g_queue_peek_head (&a.texts), "version 1"));
    hears_error (&a, "unsupported-version");
  }
  /* Another join may follow. */
  say (&a, "{\"type\":\"join\",\"version\":1,\"id\":\"a\"}");
  hears (&a,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"a\","
      "\"peers\":[],\"resume\":\"KEY\"}");
  disconnect_peer (&a, TRUE);
  world_clear (&world);
}

static void
test_names_are_checked (void)
{
  g_autofree gchar *longest = g_strnfill (64, 'x');
  g_autofree gchar *too_long = g_strnfill (65, 'x');
  g_autofree gchar *good = NULL, *bad = NULL;
  const gchar *names[] = { "\"\"", "\"a b\"", "\"\xc3\xa4\"", "1", "{}",
    "\"a/b\"", "\"a\\u0000b\"", "true", "[\"a\"]", NULL };
  World world;
  Peer a;
  guint i;

  bad = g_strdup_printf ("\"%s\"", too_long);
  names[G_N_ELEMENTS (names) - 1] = bad;
  world_init (&world, NULL);
  connect_peer (&world, &a);
  for (i = 0; i < 2 * G_N_ELEMENTS (names); i++) {
    g_autofree gchar *text = NULL;

    text = g_strdup_printf ("{\"type\":\"join\",\"version\":1,\"%s\":%s}",
        i % 2 ? "id" : "room", names[i / 2]);
    say (&a, text);
    hears_error (&a, "bad-message");
  }
  good = g_strdup_printf ("{\"type\":\"join\",\"version\":1,\"id\":\"%s\","
                          "\"room\":\"A.z_0-9\"}",
      longest);
  say (&a, good);
  g_assert_true (g_str_has_prefix (g_queue_peek_head (&a.texts),
      "{\"type\":\"joined\",\"room\":\"A.z_0-9\""));
  disconnect_peer (&a, TRUE);
  world_clear (&world);
}

static void
test_the_token_has_to_be_shown (void)
{
  const gchar *wrong[] = { "", ",\"token\":null", ",\"token\":\"\"",
    ",\"token\":\"hu\"", ",\"token\":\"hush!\"", ",\"token\":\"husH\"" };
  World world;
  Peer a;
  guint i;

  world_init (&world, "hush");
  connect_peer (&world, &a);
  for (i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autofree gchar *text = NULL;

    text = g_strdup_printf ("{\"type\":\"join\",\"version\":1,\"id\":\"a\"%s}",
        wrong[i]);
    say (&a, text);
    hears_error (&a, "unauthorized");
  }
  say (&a, "{\"type\":\"join\",\"version\":1,\"token\":7}");
  hears_error (&a, "bad-message");
  say (&a, "{\"type\":\"join\",\"version\":1,\"id\":\"a\",\"token\":\"hush\"}");
  hears (&a,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"a\","
      "\"peers\":[],\"resume\":\"KEY\"}");
  disconnect_peer (&a, TRUE);
  world_clear (&world);
}

static void
test_an_id_is_used_once (void)
{
  World world;
  Peer a, b;

  world_init (&world, NULL);
  join (&world, &a, "a");
  connect_peer (&world, &b);
  say (&b, "{\"type\":\"join\",\"version\":1,\"id\":\"a\"}");
  hears_error (&b, "id-in-use");
  say (&b, "{\"type\":\"join\",\"version\":1,\"id\":\"a\",\"resume\":\"x\"}");
  hears_error (&b, "id-in-use");
  say (&b, "{\"type\":\"join\",\"version\":1,\"id\":\"b\"}");
  hears (&a, "{\"type\":\"peer-joined\",\"id\":\"b\"}");
  disconnect_peer (&a, TRUE);
  disconnect_peer (&b, TRUE);
  world_clear (&world);
}

static void
test_joining_twice_is_refused (void)
{
  World world;
  Peer a;

  world_init (&world, NULL);
  join (&world, &a, "a");
  say (&a, "{\"type\":\"join\",\"version\":1,\"id\":\"b\"}");
  hears_error (&a, "bad-message");
  say (&a, "{\"type\":\"leave\"}");
  say (&a, "{\"type\":\"join\",\"version\":1,\"id\":\"b\"}");
  hears (&a,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"b\","
      "\"peers\":[],\"resume\":\"KEY\"}");
  disconnect_peer (&a, TRUE);
  world_clear (&world);
}

static void
test_a_room_is_full_at_64 (void)
{
  g_autofree Peer *peers = g_new0 (Peer, WN_RELAY_MAX_PEERS);
  World world;
  Peer late;
  guint i;

  world_init (&world, NULL);
  for (i = 0; i < WN_RELAY_MAX_PEERS; i++) {
    g_autofree gchar *id = g_strdup_printf ("p%u", i);

    join (&world, &peers[i], id);
  }
  connect_peer (&world, &late);
  say (&late, "{\"type\":\"join\",\"version\":1}");
  hears_error (&late, "room-full");
  say (&late, "{\"type\":\"join\",\"version\":1,\"room\":\"other\"}");
  g_assert_true (g_str_has_prefix (g_queue_peek_head (&late.texts),
      "{\"type\":\"joined\""));
  disconnect_peer (&late, TRUE);
  disconnect_peer (&peers[7], TRUE);
  join (&world, &late, "late");
  disconnect_peer (&late, TRUE);
  for (i = 0; i < WN_RELAY_MAX_PEERS; i++) {
    if (i != 7)
      disconnect_peer (&peers[i], TRUE);
  }
  world_clear (&world);
}

static void
test_there_are_at_most_1024_rooms (void)
{
  g_autofree Peer *peers = g_new0 (Peer, WN_RELAY_MAX_ROOMS + 1);
  World world;
  guint i;

  world_init (&world, NULL);
  for (i = 0; i <= WN_RELAY_MAX_ROOMS; i++) {
    g_autofree gchar *text = NULL;

    text =
        g_strdup_printf ("{\"type\":\"join\",\"version\":1,\"room\":\"r%u\"}",
            i);
    connect_peer (&world, &peers[i]);
    say (&peers[i], text);
  }
  g_assert_cmpuint (wn_relay_get_n_rooms (world.relay), ==, WN_RELAY_MAX_ROOMS);
  hears_error (&peers[WN_RELAY_MAX_ROOMS], "room-full");
  /* A room that is there can still be joined. */
  say (&peers[WN_RELAY_MAX_ROOMS],
      "{\"type\":\"join\",\"version\":1,\"room\":\"r5\"}");
  g_assert_true (g_str_has_prefix (g_queue_peek_head (&peers[WN_RELAY_MAX_ROOMS]
                                                           .texts),
      "{\"type\":\"joined\""));
  for (i = 0; i <= WN_RELAY_MAX_ROOMS; i++)
    disconnect_peer (&peers[i], TRUE);
  g_assert_cmpuint (wn_relay_get_n_rooms (world.relay), ==, 0);
  world_clear (&world);
}

/* Messages */

static void
test_messages_pass_in_order_and_untouched (void)
{
  World world;
  Peer a, b, c;

  world_init (&world, NULL);
  join (&world, &a, "a");
  join (&world, &b, "b");
  join (&world, &c, "c");
  g_queue_clear_full (&a.texts, g_free);
  g_queue_clear_full (&b.texts, g_free);
  say (&a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"n\":1}}");
  say (&c, "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"n\":2}}");
  say (&a,
      "{\"data\": { \"x\" : 1.10e2, \"x\":\"\\u00e4\\/\" } ,"
      "\"from\":\"c\",\"to\":\"b\",\"type\":\"message\"}");
  hears (&b, "{\"type\":\"message\",\"from\":\"a\",\"data\":{\"n\":1}}");
  hears (&b, "{\"type\":\"message\",\"from\":\"c\",\"data\":{\"n\":2}}");
  hears (&b,
      "{\"type\":\"message\",\"from\":\"a\",\"data\":"
      "{ \"x\" : 1.10e2, \"x\":\"\\u00e4\\/\" }}");
  hears_nothing (&b);
  hears_nothing (&a);
  hears_nothing (&c);
  disconnect_peer (&a, TRUE);
  disconnect_peer (&b, TRUE);
  disconnect_peer (&c, TRUE);
  world_clear (&world);
}

static void
test_data_has_to_be_an_object (void)
{
  const gchar *texts[] = { "{\"type\":\"message\",\"to\":\"b\"}",
    "{\"type\":\"message\",\"to\":\"b\",\"data\":null}",
    "{\"type\":\"message\",\"to\":\"b\",\"data\":[]}",
    "{\"type\":\"message\",\"to\":\"b\",\"data\":\"{}\"}",
    "{\"type\":\"message\",\"data\":{}}",
    "{\"type\":\"message\",\"to\":7,\"data\":{}}",
    "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"a\":01}}",
    "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"a\":1,}}",
    "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"a\":\"\t\"}}",
    "{\"type\":\"message\",\"to\":\"b\",\"data\":{'a':1}}",
    "{\"type\":\"message\",\"to\":\"b\",\"data\":{}/**/}",
    "{\"type\":\"quit\"}", "{\"type\":null}" };
  World world;
  Peer a, b;
  guint i;

  world_init (&world, NULL);
  join (&world, &a, "a");
  join (&world, &b, "b");
  hears (&a, "{\"type\":\"peer-joined\",\"id\":\"b\"}");
  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    say (&a, texts[i]);
    hears_error (&a, "bad-message");
  }
  hears_nothing (&b);
  disconnect_peer (&a, TRUE);
  disconnect_peer (&b, TRUE);
  world_clear (&world);
}

/* @depth: of the whole frame */
static gchar *
message_of_depth (guint depth)
{
  g_autofree gchar *open = g_strnfill (depth - 2, '[');
  g_autofree gchar *close = g_strnfill (depth - 2, ']');

  return g_strconcat ("{\"type\":\"message\",\"to\":\"a\",\"data\":{\"x\":",
      open, close, "}}", NULL);
}

static void
test_nesting_is_bounded (void)
{
  g_autofree gchar *deepest = message_of_depth (64);
  g_autofree gchar *too_deep = message_of_depth (65);
  g_autofree gchar *abyss = message_of_depth (120000);
  World world;
  Peer a;

  world_init (&world, NULL);
  join (&world, &a, "a");
  say (&a, too_deep);
  hears_error (&a, "bad-message");
  say (&a, abyss);
  hears_error (&a, "bad-message");
  say (&a, deepest);
  g_assert_true (g_str_has_prefix (g_queue_peek_head (&a.texts),
      "{\"type\":\"message\",\"from\":\"a\",\"data\":{\"x\":[[["));
  disconnect_peer (&a, TRUE);
  world_clear (&world);
}

static void
test_an_unknown_peer_is_said (void)
{
  World world;
  Peer a, b;

  world_init (&world, NULL);
  join (&world, &a, "a");
  join (&world, &b, "b");
  hears (&a, "{\"type\":\"peer-joined\",\"id\":\"b\"}");
  say (&a, "{\"type\":\"message\",\"to\":\"nobody\",\"data\":{}}");
  hears_error (&a, "unknown-peer");
  disconnect_peer (&b, TRUE);
  hears (&a, "{\"type\":\"peer-left\",\"id\":\"b\"}");
  say (&a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{}}");
  hears_error (&a, "unknown-peer");
  disconnect_peer (&a, TRUE);
  world_clear (&world);
}

static gchar *
message_of_size (gsize size)
{
  const gchar *head = "{\"type\":\"message\",\"to\":\"a\",\"data\":{\"x\":\"";
  g_autofree gchar *fill = NULL;

  fill = g_strnfill (size - strlen (head) - 3, 'x');
  return g_strconcat (head, fill, "\"}}", NULL);
}

static void
test_a_frame_holds_256_kib (void)
{
  g_autofree gchar *large = message_of_size (256 * 1024);
  g_autofree gchar *too_large = message_of_size (256 * 1024 + 1);
  World world;
  Peer a;

  world_init (&world, NULL);
  join (&world, &a, "a");
  say (&a, too_large);
  hears_error (&a, "too-large");
  hears_nothing (&a);
  say (&a, large);
  g_assert_true (g_str_has_prefix (g_queue_peek_head (&a.texts),
      "{\"type\":\"message\",\"from\":\"a\",\"data\":{\"x\":\"xxx"));
  g_assert_cmpuint (a.close_code, ==, 0);
  disconnect_peer (&a, TRUE);
  world_clear (&world);
}

static void
test_the_rate_is_limited (void)
{
  const gchar *text = "{\"type\":\"message\",\"to\":\"a\",\"data\":{}}";
  const gchar *got = "{\"type\":\"message\",\"from\":\"a\",\"data\":{}}";
  World world;
  Peer a;
  guint i;

  world_init (&world, NULL);
  join (&world, &a, "a");
  /* The join was one. */
  for (i = 1; i < 1000; i++) {
    say (&a, text);
    hears (&a, got);
  }
  say (&a, text);
  hears_error (&a, "rate-limited");
  /* 200 a second in the long run. */
  world.now += SECOND / 2;
  for (i = 0; i < 100; i++) {
    say (&a, text);
    hears (&a, got);
  }
  say (&a, text);
  hears_error (&a, "rate-limited");
  /* Credit does not grow beyond 1000. */
  world.now += 3600 * (gint64) SECOND;
  for (i = 0; i < 1000; i++) {
    say (&a, text);
    hears (&a, got);
  }
  say (&a, text);
  hears_error (&a, "rate-limited");
  g_assert_cmpuint (a.close_code, ==, 0);
  disconnect_peer (&a, TRUE);
  world_clear (&world);
}

static void
test_a_local_client_has_no_rate (void)
{
  World world;
  Peer a, b;
  guint i;

  world_init (&world, NULL);
  join (&world, &b, "b");
  memset (&a, 0, sizeof a);
  a.world = &world;
  a.client = wn_relay_connect (world.relay, WN_RELAY_CLIENT_LOCAL, on_send,
      on_close, &a, world.now);
  say (&a, "{\"type\":\"join\",\"version\":1,\"id\":\"a\"}");
  g_free (g_queue_pop_head (&a.texts));
  g_free (g_queue_pop_head (&b.texts));
  for (i = 0; i < 3000; i++) {
    say (&a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{}}");
    hears (&b, "{\"type\":\"message\",\"from\":\"a\",\"data\":{}}");
    say (&a, "?");
    hears_error (&a, "bad-message");
  }
  disconnect_peer (&a, TRUE);
  disconnect_peer (&b, TRUE);
  world_clear (&world);
}

static void
test_a_hundred_errors_close (void)
{
  World world;
  Peer a, b;
  guint i;

  world_init (&world, NULL);
  join (&world, &a, "a");
  join (&world, &b, "b");
  g_free (g_queue_pop_head (&a.texts));
  for (i = 0; i < 100; i++) {
    g_assert_cmpuint (a.close_code, ==, 0);
    say (&a, "?");
    hears_error (&a, "bad-message");
  }
  g_assert_cmpuint (a.close_code, ==, 1008);
  hears (&b, "{\"type\":\"peer-left\",\"id\":\"a\"}");
  say (&a, "{\"type\":\"join\",\"version\":1,\"id\":\"a\"}");
  hears_nothing (&a);
  disconnect_peer (&a, FALSE);
  hears_nothing (&b);
  disconnect_peer (&b, TRUE);
  world_clear (&world);
}

/* Leaving, breaking, coming back */

static void
test_leaving_is_told_at_once (void)
{
  World world;
  Peer a, b, c;

  world_init (&world, NULL);
  join (&world, &a, "a");
  join (&world, &b, "b");
  join (&world, &c, "c");
  g_queue_clear_full (&a.texts, g_free);
  g_queue_clear_full (&b.texts, g_free);
  say (&b, "{\"type\":\"leave\"}");
  hears (&a, "{\"type\":\"peer-left\",\"id\":\"b\"}");
  hears_nothing (&b);
  say (&b, "{\"type\":\"message\",\"to\":\"a\",\"data\":{}}");
  hears_error (&b, "bad-message");
  disconnect_peer (&c, TRUE);
  hears (&a, "{\"type\":\"peer-left\",\"id\":\"c\"}");
  disconnect_peer (&b, FALSE);
  hears_nothing (&a);
  g_assert_cmpint (wn_relay_get_expiry (world.relay), ==, G_MAXINT64);
  disconnect_peer (&a, TRUE);
  world_clear (&world);
}

static void
test_a_broken_connection_keeps_its_place_for_10_seconds (void)
{
  World world;
  Peer a, b, other;

  world_init (&world, NULL);
  join (&world, &a, "a");
  join (&world, &b, "b");
  g_free (g_queue_pop_head (&a.texts));
  disconnect_peer (&b, FALSE);
  g_assert_cmpint (wn_relay_get_expiry (world.relay), ==,
      world.now + 10 * (gint64) SECOND);
  crank (&world, 1 * SECOND);
  connect_peer (&world, &other);
  say (&other,
      "{\"type\":\"join\",\"version\":1,\"id\":\"b\","
      "\"resume\":\"another\"}");
  hears_error (&other, "id-in-use");
  crank (&world, 9 * (gint64) SECOND - 1);
  hears_nothing (&a);
  crank (&world, 1);
  hears (&a, "{\"type\":\"peer-left\",\"id\":\"b\"}");
  say (&other, "{\"type\":\"join\",\"version\":1,\"id\":\"b\"}");
  hears (&a, "{\"type\":\"peer-joined\",\"id\":\"b\"}");
  disconnect_peer (&a, TRUE);
  disconnect_peer (&other, TRUE);
  world_clear (&world);
}

static void
test_a_connection_has_10_seconds_to_join (void)
{
  World world;
  Peer silent, late, left;

  world_init (&world, NULL);
  connect_peer (&world, &silent);
  connect_peer (&world, &late);
  join (&world, &left, "left");
  g_assert_cmpint (wn_relay_get_expiry (world.relay), ==,
      world.now + 10 * (gint64) SECOND);
  crank (&world, 10 * (gint64) SECOND - 1);
  /* Talking is not joining. */
  say (&silent, "{}");
  hears_error (&silent, "bad-message");
  say (&late, "{\"type\":\"join\",\"version\":1,\"id\":\"late\"}");
  say (&left, "{\"type\":\"leave\"}");
  crank (&world, 1);
  g_assert_cmpuint (silent.close_code, ==, 1008);
  g_assert_cmpuint (late.close_code, ==, 0);
  /* Who leaves may join another room. */
  crank (&world, 10 * (gint64) SECOND - 2);
  g_assert_cmpuint (left.close_code, ==, 0);
  crank (&world, 1);
  g_assert_cmpuint (left.close_code, ==, 1008);
  crank (&world, 60 * SECOND);
  g_assert_cmpuint (late.close_code, ==, 0);
  g_assert_cmpint (wn_relay_get_expiry (world.relay), ==, G_MAXINT64);
  disconnect_peer (&silent, FALSE);
  disconnect_peer (&late, TRUE);
  disconnect_peer (&left, TRUE);
  world_clear (&world);
}

static void
test_resuming_is_not_noticed (void)
{
  g_autofree gchar *resume = NULL;
  World world;
  Peer a, b, c;

  world_init (&world, NULL);
  join (&world, &a, "a");
  join (&world, &b, "b");
  g_free (g_queue_pop_head (&a.texts));
  resume = take_resume (&b);
  disconnect_peer (&b, FALSE);
  crank (&world, 9 * SECOND);
  say (&a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"n\":1}}");
  say (&a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"n\":2}}");
  join (&world, &c, "c");
  g_free (g_queue_pop_head (&a.texts));
  rejoin (&world, &b, "b", resume);
  hears (&b,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"b\","
      "\"peers\":[\"a\",\"c\"],\"resume\":\"KEY\",\"resumed\":true}");
  hears (&b, "{\"type\":\"message\",\"from\":\"a\",\"data\":{\"n\":1}}");
  hears (&b, "{\"type\":\"message\",\"from\":\"a\",\"data\":{\"n\":2}}");
  g_assert_cmpstr (b.resume, !=, resume);
  say (&a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"n\":3}}");
  hears (&b, "{\"type\":\"message\",\"from\":\"a\",\"data\":{\"n\":3}}");
  say (&b, "{\"type\":\"message\",\"to\":\"a\",\"data\":{\"n\":4}}");
  hears (&a, "{\"type\":\"message\",\"from\":\"b\",\"data\":{\"n\":4}}");
  crank (&world, 60 * SECOND);
  hears_nothing (&a);
  hears_nothing (&b);
  hears_nothing (&c);
  disconnect_peer (&a, TRUE);
  disconnect_peer (&b, TRUE);
  disconnect_peer (&c, TRUE);
  world_clear (&world);
}

static void
test_resuming_closes_the_older_connection (void)
{
  World world;
  Peer a, b, again;

  world_init (&world, NULL);
  join (&world, &a, "a");
  join (&world, &b, "b");
  g_free (g_queue_pop_head (&a.texts));
  rejoin (&world, &again, "b", b.resume);
  g_assert_cmpuint (b.close_code, ==, WN_CLOSE_TAKEN_OVER);
  hears (&again,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"b\","
      "\"peers\":[\"a\"],\"resume\":\"KEY\",\"resumed\":true}");
  say (&b, "{\"type\":\"message\",\"to\":\"a\",\"data\":{}}");
  disconnect_peer (&b, TRUE);
  hears_nothing (&a);
  say (&a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{}}");
  hears (&again, "{\"type\":\"message\",\"from\":\"a\",\"data\":{}}");
  disconnect_peer (&a, TRUE);
  disconnect_peer (&again, TRUE);
  world_clear (&world);
}

static void
test_a_broken_connection_gives_way_to_one_that_begins_anew (void)
{
  World world;
  Peer a, b, other;

  world_init (&world, NULL);
  join (&world, &a, "a");
  join (&world, &b, "b");
  g_free (g_queue_pop_head (&a.texts));
  disconnect_peer (&b, FALSE);
  connect_peer (&world, &other);
  say (&other, "{\"type\":\"join\",\"version\":1,\"id\":\"b\"}");
  hears (&a, "{\"type\":\"peer-left\",\"id\":\"b\"}");
  hears (&a, "{\"type\":\"peer-joined\",\"id\":\"b\"}");
  disconnect_peer (&a, TRUE);
  disconnect_peer (&other, TRUE);
  world_clear (&world);
}

static void
test_a_resume_is_good_once_and_in_time (void)
{
  g_autofree gchar *first = NULL, *second = NULL;
  World world;
  Peer a, b;

  world_init (&world, NULL);
  join (&world, &a, "a");
  join (&world, &b, "b");
  g_free (g_queue_pop_head (&a.texts));
  first = take_resume (&b);
  disconnect_peer (&b, FALSE);
  /* Somebody else's key. */
  rejoin (&world, &b, "b", a.resume);
  hears_error (&b, "id-in-use");
  disconnect_peer (&b, FALSE);
  rejoin (&world, &b, "b", first);
  g_free (g_queue_pop_head (&b.texts));
  second = take_resume (&b);
  disconnect_peer (&b, FALSE);
  /* A former one. */
  rejoin (&world, &b, "b", first);
  hears_error (&b, "id-in-use");
  disconnect_peer (&b, FALSE);
  hears_nothing (&a);
  rejoin (&world, &b, "b", second);
  g_free (g_queue_pop_head (&b.texts));
  g_assert_cmpstr (b.resume, !=, first);
  g_assert_cmpstr (b.resume, !=, second);
  g_free (second);
  second = take_resume (&b);
  disconnect_peer (&b, FALSE);
  /* Too late: as if there was none. */
  crank (&world, 10 * SECOND);
  hears (&a, "{\"type\":\"peer-left\",\"id\":\"b\"}");
  rejoin (&world, &b, "b", second);
  hears (&b,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"b\","
      "\"peers\":[\"a\"],\"resume\":\"KEY\"}");
  hears (&a, "{\"type\":\"peer-joined\",\"id\":\"b\"}");
  disconnect_peer (&a, TRUE);
  disconnect_peer (&b, TRUE);
  world_clear (&world);
}

static void
test_places_expire_in_their_order (void)
{
  g_autofree gchar *resume = NULL;
  World world;
  Peer a, b, c, d;

  world_init (&world, NULL);
  join (&world, &a, "a");
  join (&world, &b, "b");
  join (&world, &c, "c");
  join (&world, &d, "d");
  g_queue_clear_full (&a.texts, g_free);
  resume = take_resume (&b);
  disconnect_peer (&b, FALSE);
  crank (&world, SECOND);
  disconnect_peer (&c, FALSE);
  crank (&world, SECOND);
  disconnect_peer (&d, FALSE);
  rejoin (&world, &b, "b", resume);
  crank (&world, 9 * SECOND);
  hears (&a, "{\"type\":\"peer-left\",\"id\":\"c\"}");
  hears_nothing (&a);
  crank (&world, SECOND);
  hears (&a, "{\"type\":\"peer-left\",\"id\":\"d\"}");
  hears_nothing (&a);
  disconnect_peer (&b, TRUE);
  disconnect_peer (&a, FALSE);
  g_assert_cmpuint (wn_relay_get_n_rooms (world.relay), ==, 1);
  crank (&world, 10 * SECOND);
  g_assert_cmpuint (wn_relay_get_n_rooms (world.relay), ==, 0);
  world_clear (&world);
}

/* Too many, or too large ones: then the place goes, as a gap would be worse. */
static void
test_kept_messages_are_bounded (gconstpointer size)
{
  g_autofree gchar *text = message_of_size (GPOINTER_TO_SIZE (size));
  World world;
  Peer a, b;
  guint i;

  world_init (&world, NULL);
  join (&world, &a, "a");
  join (&world, &b, "b");
  hears (&b, NULL);
  disconnect_peer (&a, FALSE);
  for (i = 0; b.texts.length == 0; i++) {
    g_assert_cmpuint (i, <=, WN_RELAY_MAX_KEPT);
    say (&b, text);
  }
  if (GPOINTER_TO_SIZE (size) > 4096)
    g_assert_cmpuint (i * GPOINTER_TO_SIZE (size), >, WN_RELAY_MAX_KEPT_BYTES);
  else
    g_assert_cmpuint (i, ==, WN_RELAY_MAX_KEPT + 1);
  hears (&b, "{\"type\":\"peer-left\",\"id\":\"a\"}");
  say (&b, text);
  hears_error (&b, "unknown-peer");
  g_assert_cmpint (wn_relay_get_expiry (world.relay), ==, G_MAXINT64);
  disconnect_peer (&b, TRUE);
  world_clear (&world);
}

static void
test_freeing_with_everybody_in (void)
{
  World world;
  Peer a, b;

  world_init (&world, NULL);
  join (&world, &a, "a");
  join (&world, &b, "b");
  disconnect_peer (&b, FALSE);
  say (&a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{}}");
  world_clear (&world);
  g_queue_clear_full (&a.texts, g_free);
  g_free (a.resume);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/relay/" #name, test_##name)
  ADD (join_lists_the_others_oldest_first);
  ADD (rooms_are_apart);
  ADD (the_server_chooses_an_id);
  ADD (the_first_frame_is_join);
  ADD (only_version_1);
  ADD (names_are_checked);
  ADD (the_token_has_to_be_shown);
  ADD (an_id_is_used_once);
  ADD (joining_twice_is_refused);
  ADD (a_room_is_full_at_64);
  ADD (there_are_at_most_1024_rooms);
  ADD (messages_pass_in_order_and_untouched);
  ADD (data_has_to_be_an_object);
  ADD (nesting_is_bounded);
  ADD (an_unknown_peer_is_said);
  ADD (a_frame_holds_256_kib);
  ADD (the_rate_is_limited);
  ADD (a_local_client_has_no_rate);
  ADD (a_hundred_errors_close);
  ADD (leaving_is_told_at_once);
  ADD (a_broken_connection_keeps_its_place_for_10_seconds);
  ADD (a_broken_connection_gives_way_to_one_that_begins_anew);
  ADD (a_connection_has_10_seconds_to_join);
  ADD (resuming_is_not_noticed);
  ADD (resuming_closes_the_older_connection);
  ADD (a_resume_is_good_once_and_in_time);
  ADD (places_expire_in_their_order);
  g_test_add_data_func ("/relay/kept_messages_are_bounded/number",
      GSIZE_TO_POINTER (100), test_kept_messages_are_bounded);
  g_test_add_data_func ("/relay/kept_messages_are_bounded/bytes",
      GSIZE_TO_POINTER (200 * 1024), test_kept_messages_are_bounded);
  ADD (freeing_with_everybody_in);
#undef ADD
  return g_test_run ();
}
