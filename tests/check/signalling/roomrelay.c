/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The rules of the room protocol (docs/protocol.md), one test each: no sockets,
 * and the time is cranked. */

#include "signalling/line.h"
#include "signalling/outbox.h"
#include "signalling/roomrelay.h"

#include <string.h>

#define SECOND G_USEC_PER_SEC

typedef struct _World World;

/* A connection, with what came out of it. */
typedef struct
{
  World *world;
  /* NULL while there is no connection. */
  WnRelayClient *client;
  /* Of owned texts; in each, the resume key reads KEY. */
  GQueue texts;
  /* The last resume key. */
  gchar *resume;
  guint16 close_code;
} Peer;

/* A relay, and those who may connect to it. */
struct _World
{
  WnRelay *relay;
  gint64 now;
  Peer a, b, c, d;
};

static void
on_send (const gchar *text, gsize length, gpointer user_data)
{
  Peer *peer = user_data;
  const gchar *key = strstr (text, "\"resume\":\"");

  g_assert_cmpuint (peer->close_code, ==, 0);
  g_assert_cmpuint (strlen (text), ==, length);
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

static const WnRelayCallbacks callbacks = { on_send, on_close, NULL };

static void
connect_as (World *world, Peer *peer, WnRelayClientKind kind)
{
  g_assert_null (peer->client);
  memset (peer, 0, sizeof *peer);
  peer->world = world;
  g_queue_init (&peer->texts);
  peer->client =
      wn_relay_connect (world->relay, kind, &callbacks, peer, world->now);
}

static void
connect_peer (World *world, Peer *peer)
{
  connect_as (world, peer, WN_RELAY_CLIENT_REMOTE);
}

static void
forget (Peer *peer)
{
  g_queue_clear_full (&peer->texts, g_free);
  g_clear_pointer (&peer->resume, g_free);
  peer->client = NULL;
}

static void
disconnect_peer (Peer *peer, gboolean in_good_order)
{
  wn_relay_disconnect (peer->world->relay, peer->client, in_good_order,
      peer->world->now);
  forget (peer);
}

/* @token: (nullable): what has to be shown */
static void
set_up (World *world, gconstpointer token)
{
  world->relay = wn_room_relay_new (token);
  world->now = 1000 * SECOND;
}

/* Whoever is still there leaves first. */
static void
tear_down (World *world, gconstpointer token)
{
  Peer *peers[] = { &world->a, &world->b, &world->c, &world->d };

  for (guint i = 0; i < G_N_ELEMENTS (peers); i++) {
    if (peers[i]->client)
      disconnect_peer (peers[i], TRUE);
  }
  wn_relay_free (world->relay);
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
test_join_lists_the_others_oldest_first (World *world, gconstpointer data)
{
  connect_peer (world, &world->a);
  say (&world->a,
      "{\"type\":\"join\",\"version\":1,\"room\":\"default\",\"id\":\"a\","
      "\"token\":null}");
  hears (&world->a,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"a\","
      "\"peers\":[],\"resume\":\"KEY\"}");
  join (world, &world->b, "b");
  hears (&world->a, "{\"type\":\"peer-joined\",\"id\":\"b\"}");
  hears_nothing (&world->b);
  connect_peer (world, &world->c);
  say (&world->c,
      " { \"id\" : \"c\" , \"typ\\u0065\":\"join\", \"version\" : 1 } ");
  hears (&world->c,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"c\","
      "\"peers\":[\"a\",\"b\"],\"resume\":\"KEY\"}");
  hears (&world->a, "{\"type\":\"peer-joined\",\"id\":\"c\"}");
  hears (&world->b, "{\"type\":\"peer-joined\",\"id\":\"c\"}");
  disconnect_peer (&world->a, TRUE);
  disconnect_peer (&world->b, TRUE);
  disconnect_peer (&world->c, TRUE);
  g_assert_cmpuint (wn_room_relay_get_n_rooms (world->relay), ==, 0);
}

static void
test_rooms_are_apart (World *world, gconstpointer data)
{
  join (world, &world->a, "a");
  connect_peer (world, &world->b);
  say (&world->b,
      "{\"type\":\"join\",\"version\":1,\"room\":\"yard\",\"id\":\"a\"}");
  hears (&world->b,
      "{\"type\":\"joined\",\"room\":\"yard\",\"id\":\"a\","
      "\"peers\":[],\"resume\":\"KEY\"}");
  hears_nothing (&world->a);
  say (&world->b, "{\"type\":\"message\",\"to\":\"b\",\"data\":{}}");
  hears_error (&world->b, "unknown-peer");
}

static void
test_the_server_chooses_an_id (World *world, gconstpointer data)
{
  const gchar *joins[] = { "{\"type\":\"join\",\"version\":1}",
    "{\"type\":\"join\",\"version\":1,\"id\":null,\"room\":null}" };
  Peer peers[2] = { 0 };
  guint i;

  for (i = 0; i < 2; i++) {
    const gchar *prefix = "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"";
    g_autofree gchar *text = NULL;

    connect_peer (world, &peers[i]);
    say (&peers[i], joins[i]);
    text = g_queue_pop_head (&peers[i].texts);
    g_assert_true (g_str_has_prefix (text, prefix));
    g_assert_cmpuint (strcspn (text + strlen (prefix), "\""), ==, 12);
  }
  disconnect_peer (&peers[0], TRUE);
  disconnect_peer (&peers[1], TRUE);
}

static void
test_the_first_frame_is_join (World *world, gconstpointer data)
{
  const gchar *texts[] = { "{\"type\":\"message\",\"to\":\"a\",\"data\":{}}",
    "{\"type\":\"leave\"}", "{\"type\":\"peers\"}", "{}", "[]", "1", "",
    "{\"type\":1}", "nonsense", "{\"type\":\"join\"", "{\"type\":\"join\"}x",
    "\xff\xfe" };
  guint i;

  connect_peer (world, &world->a);
  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    say (&world->a, texts[i]);
    hears_error (&world->a, "bad-message");
  }
  wn_relay_receive_binary (world->relay, world->a.client, world->now);
  hears_error (&world->a, "bad-message");
  wn_relay_receive (world->relay, world->a.client, "{\"type\":\"leave\"}\0", 17,
      world->now);
  hears_error (&world->a, "bad-message");
  hears_nothing (&world->a);
}

static void
test_only_version_1 (World *world, gconstpointer data)
{
  const gchar *versions[] = { ",\"version\":2", ",\"version\":0",
    ",\"version\":\"1\"", ",\"version\":null", ",\"version\":1e400", "" };
  guint i;

  connect_peer (world, &world->a);
  for (i = 0; i < G_N_ELEMENTS (versions); i++) {
    g_autofree gchar *text = NULL;

    text = g_strdup_printf ("{\"type\":\"join\"%s}", versions[i]);
    say (&world->a, text);
    g_assert_nonnull (strstr (g_queue_peek_head (&world->a.texts),
        "version 1"));
    hears_error (&world->a, "unsupported-version");
  }
  /* Another join may follow.  Some write all their numbers with a fraction. */
  say (&world->a, "{\"type\":\"join\",\"version\":1.0,\"id\":\"a\"}");
  hears (&world->a,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"a\","
      "\"peers\":[],\"resume\":\"KEY\"}");
}

static void
test_names_are_checked (World *world, gconstpointer data)
{
  g_autofree gchar *longest = g_strnfill (64, 'x');
  g_autofree gchar *too_long = g_strnfill (65, 'x');
  g_autofree gchar *good = NULL, *bad = NULL;
  const gchar *names[] = { "\"\"", "\"a b\"", "\"\xc3\xa4\"", "1", "{}",
    "\"a/b\"", "\"a\\u0000b\"", "true", "[\"a\"]", NULL };
  guint i;

  bad = g_strdup_printf ("\"%s\"", too_long);
  names[G_N_ELEMENTS (names) - 1] = bad;
  connect_peer (world, &world->a);
  for (i = 0; i < 2 * G_N_ELEMENTS (names); i++) {
    g_autofree gchar *text = NULL;

    text = g_strdup_printf ("{\"type\":\"join\",\"version\":1,\"%s\":%s}",
        i % 2 ? "id" : "room", names[i / 2]);
    say (&world->a, text);
    hears_error (&world->a, "bad-message");
  }
  good = g_strdup_printf ("{\"type\":\"join\",\"version\":1,\"id\":\"%s\","
                          "\"room\":\"A.z_0-9\"}",
      longest);
  say (&world->a, good);
  g_assert_true (g_str_has_prefix (g_queue_peek_head (&world->a.texts),
      "{\"type\":\"joined\",\"room\":\"A.z_0-9\""));
}

static void
test_the_token_has_to_be_shown (World *world, gconstpointer data)
{
  const gchar *wrong[] = { "", ",\"token\":null", ",\"token\":\"\"",
    ",\"token\":\"hu\"", ",\"token\":\"hush!\"", ",\"token\":\"husH\"" };
  guint i;

  connect_peer (world, &world->a);
  for (i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autofree gchar *text = NULL;

    text = g_strdup_printf ("{\"type\":\"join\",\"version\":1,\"id\":\"a\"%s}",
        wrong[i]);
    say (&world->a, text);
    hears_error (&world->a, "unauthorized");
  }
  say (&world->a, "{\"type\":\"join\",\"version\":1,\"token\":7}");
  hears_error (&world->a, "bad-message");
  say (&world->a,
      "{\"type\":\"join\",\"version\":1,\"id\":\"a\",\"token\":\"hush\"}");
  hears (&world->a,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"a\","
      "\"peers\":[],\"resume\":\"KEY\"}");
}

static void
test_an_id_is_used_once (World *world, gconstpointer data)
{
  join (world, &world->a, "a");
  connect_peer (world, &world->b);
  say (&world->b, "{\"type\":\"join\",\"version\":1,\"id\":\"a\"}");
  hears_error (&world->b, "id-in-use");
  say (&world->b,
      "{\"type\":\"join\",\"version\":1,\"id\":\"a\",\"resume\":\"x\"}");
  hears_error (&world->b, "id-in-use");
  say (&world->b, "{\"type\":\"join\",\"version\":1,\"id\":\"b\"}");
  hears (&world->a, "{\"type\":\"peer-joined\",\"id\":\"b\"}");
}

static void
test_joining_twice_is_refused (World *world, gconstpointer data)
{
  join (world, &world->a, "a");
  say (&world->a, "{\"type\":\"join\",\"version\":1,\"id\":\"b\"}");
  hears_error (&world->a, "bad-message");
  say (&world->a, "{\"type\":\"leave\"}");
  say (&world->a, "{\"type\":\"join\",\"version\":1,\"id\":\"b\"}");
  hears (&world->a,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"b\","
      "\"peers\":[],\"resume\":\"KEY\"}");
}

static void
test_a_room_is_full_at_64 (World *world, gconstpointer data)
{
  g_autofree Peer *peers = g_new0 (Peer, WN_ROOM_RELAY_MAX_PEERS);
  Peer *late = &world->a;
  guint i;

  for (i = 0; i < WN_ROOM_RELAY_MAX_PEERS; i++) {
    g_autofree gchar *id = g_strdup_printf ("p%u", i);

    join (world, &peers[i], id);
  }
  connect_peer (world, late);
  say (late, "{\"type\":\"join\",\"version\":1}");
  hears_error (late, "room-full");
  say (late, "{\"type\":\"join\",\"version\":1,\"room\":\"other\"}");
  g_assert_true (g_str_has_prefix (g_queue_peek_head (&late->texts),
      "{\"type\":\"joined\""));
  disconnect_peer (late, TRUE);
  disconnect_peer (&peers[7], TRUE);
  join (world, late, "late");
  disconnect_peer (late, TRUE);
  for (i = 0; i < WN_ROOM_RELAY_MAX_PEERS; i++) {
    if (i != 7)
      disconnect_peer (&peers[i], TRUE);
  }
}

static void
test_there_are_at_most_1024_rooms (World *world, gconstpointer data)
{
  g_autofree Peer *peers = g_new0 (Peer, WN_ROOM_RELAY_MAX_ROOMS + 1);
  guint i;

  for (i = 0; i <= WN_ROOM_RELAY_MAX_ROOMS; i++) {
    g_autofree gchar *text = NULL;

    text =
        g_strdup_printf ("{\"type\":\"join\",\"version\":1,\"room\":\"r%u\"}",
            i);
    connect_peer (world, &peers[i]);
    say (&peers[i], text);
  }
  g_assert_cmpuint (wn_room_relay_get_n_rooms (world->relay), ==,
      WN_ROOM_RELAY_MAX_ROOMS);
  hears_error (&peers[WN_ROOM_RELAY_MAX_ROOMS], "room-full");
  /* A room that is there can still be joined. */
  say (&peers[WN_ROOM_RELAY_MAX_ROOMS],
      "{\"type\":\"join\",\"version\":1,\"room\":\"r5\"}");
  g_assert_true (g_str_has_prefix (
      g_queue_peek_head (&peers[WN_ROOM_RELAY_MAX_ROOMS].texts),
      "{\"type\":\"joined\""));
  for (i = 0; i <= WN_ROOM_RELAY_MAX_ROOMS; i++)
    disconnect_peer (&peers[i], TRUE);
  g_assert_cmpuint (wn_room_relay_get_n_rooms (world->relay), ==, 0);
}

/* Messages */

static void
test_messages_pass_in_order_and_untouched (World *world, gconstpointer data)
{
  join (world, &world->a, "a");
  join (world, &world->b, "b");
  join (world, &world->c, "c");
  g_queue_clear_full (&world->a.texts, g_free);
  g_queue_clear_full (&world->b.texts, g_free);
  say (&world->a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"n\":1}}");
  say (&world->c, "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"n\":2}}");
  say (&world->a,
      "{\"data\": { \"x\" : 1.10e2, \"x\":\"\\u00e4\\/\" } ,"
      "\"from\":\"c\",\"to\":\"b\",\"type\":\"message\"}");
  hears (&world->b, "{\"type\":\"message\",\"from\":\"a\",\"data\":{\"n\":1}}");
  hears (&world->b, "{\"type\":\"message\",\"from\":\"c\",\"data\":{\"n\":2}}");
  hears (&world->b,
      "{\"type\":\"message\",\"from\":\"a\",\"data\":"
      "{ \"x\" : 1.10e2, \"x\":\"\\u00e4\\/\" }}");
  hears_nothing (&world->b);
  hears_nothing (&world->a);
  hears_nothing (&world->c);
}

static void
test_data_has_to_be_an_object (World *world, gconstpointer data)
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
  guint i;

  join (world, &world->a, "a");
  join (world, &world->b, "b");
  hears (&world->a, "{\"type\":\"peer-joined\",\"id\":\"b\"}");
  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    say (&world->a, texts[i]);
    hears_error (&world->a, "bad-message");
  }
  hears_nothing (&world->b);
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
test_nesting_is_bounded (World *world, gconstpointer data)
{
  g_autofree gchar *deepest = message_of_depth (64);
  g_autofree gchar *too_deep = message_of_depth (65);
  g_autofree gchar *abyss = message_of_depth (120000);

  join (world, &world->a, "a");
  say (&world->a, too_deep);
  hears_error (&world->a, "bad-message");
  say (&world->a, abyss);
  hears_error (&world->a, "bad-message");
  say (&world->a, deepest);
  g_assert_true (g_str_has_prefix (g_queue_peek_head (&world->a.texts),
      "{\"type\":\"message\",\"from\":\"a\",\"data\":{\"x\":[[["));
}

static void
test_an_unknown_peer_is_said (World *world, gconstpointer data)
{
  join (world, &world->a, "a");
  join (world, &world->b, "b");
  hears (&world->a, "{\"type\":\"peer-joined\",\"id\":\"b\"}");
  say (&world->a, "{\"type\":\"message\",\"to\":\"nobody\",\"data\":{}}");
  hears_error (&world->a, "unknown-peer");
  disconnect_peer (&world->b, TRUE);
  hears (&world->a, "{\"type\":\"peer-left\",\"id\":\"b\"}");
  say (&world->a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{}}");
  hears_error (&world->a, "unknown-peer");
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
test_a_frame_holds_256_kib (World *world, gconstpointer data)
{
  g_autofree gchar *large = message_of_size (256 * 1024);
  g_autofree gchar *too_large = message_of_size (256 * 1024 + 1);

  join (world, &world->a, "a");
  say (&world->a, too_large);
  hears_error (&world->a, "too-large");
  hears_nothing (&world->a);
  say (&world->a, large);
  g_assert_true (g_str_has_prefix (g_queue_peek_head (&world->a.texts),
      "{\"type\":\"message\",\"from\":\"a\",\"data\":{\"x\":\"xxx"));
  g_assert_cmpuint (world->a.close_code, ==, 0);
}

static void
test_the_rate_is_limited (World *world, gconstpointer data)
{
  const gchar *text = "{\"type\":\"message\",\"to\":\"a\",\"data\":{}}";
  const gchar *got = "{\"type\":\"message\",\"from\":\"a\",\"data\":{}}";
  guint i;

  join (world, &world->a, "a");
  /* The join was one. */
  for (i = 1; i < 1000; i++) {
    say (&world->a, text);
    hears (&world->a, got);
  }
  say (&world->a, text);
  hears_error (&world->a, "rate-limited");
  /* 200 a second in the long run. */
  world->now += SECOND / 2;
  for (i = 0; i < 100; i++) {
    say (&world->a, text);
    hears (&world->a, got);
  }
  say (&world->a, text);
  hears_error (&world->a, "rate-limited");
  /* Credit does not grow beyond 1000. */
  world->now += 3600 * (gint64) SECOND;
  for (i = 0; i < 1000; i++) {
    say (&world->a, text);
    hears (&world->a, got);
  }
  say (&world->a, text);
  hears_error (&world->a, "rate-limited");
  g_assert_cmpuint (world->a.close_code, ==, 0);
}

/* Each makes the others begin and end a call. */
static void
test_joining_again_and_again_is_limited (World *world, gconstpointer data)
{
  const gchar *again = "{\"type\":\"join\",\"version\":1,\"id\":\"b\"}";
  guint n_joined = 1, n_told = 0;
  gchar *text;

  join (world, &world->a, "a");
  join (world, &world->b, "b");
  for (guint i = 0; i < 40; i++) {
    say (&world->b, "{\"type\":\"leave\"}");
    g_queue_clear_full (&world->b.texts, g_free);
    say (&world->b, again);
    text = g_queue_peek_tail (&world->b.texts);
    if (strstr (text, "joined") == NULL)
      break;
    n_joined++;
  }
  hears_error (&world->b, "rate-limited");
  g_assert_cmpuint (n_joined, ==, 20);
  while ((text = g_queue_pop_head (&world->a.texts))) {
    n_told += strstr (text, "peer-joined") != NULL;
    g_free (text);
  }
  g_assert_cmpuint (n_told, ==, n_joined);

  /* Four a second. */
  world->now += SECOND / 4;
  say (&world->b, again);
  hears (&world->b,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"b\","
      "\"peers\":[\"a\"],\"resume\":\"KEY\"}");
  /* The first one of a connection is as any other frame. */
  join (world, &world->c, "c");
}

static void
test_a_local_client_has_no_rate (World *world, gconstpointer data)
{
  guint i;

  join (world, &world->b, "b");
  connect_as (world, &world->a, WN_RELAY_CLIENT_LOCAL);
  say (&world->a, "{\"type\":\"join\",\"version\":1,\"id\":\"a\"}");
  g_free (g_queue_pop_head (&world->a.texts));
  g_free (g_queue_pop_head (&world->b.texts));
  for (i = 0; i < 3000; i++) {
    say (&world->a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{}}");
    hears (&world->b, "{\"type\":\"message\",\"from\":\"a\",\"data\":{}}");
    say (&world->a, "?");
    hears_error (&world->a, "bad-message");
  }
}

static void
test_a_hundred_errors_close (World *world, gconstpointer data)
{
  guint i;

  join (world, &world->a, "a");
  join (world, &world->b, "b");
  g_free (g_queue_pop_head (&world->a.texts));
  for (i = 0; i < 100; i++) {
    g_assert_cmpuint (world->a.close_code, ==, 0);
    say (&world->a, "?");
    hears_error (&world->a, "bad-message");
  }
  g_assert_cmpuint (world->a.close_code, ==, 1008);
  hears (&world->b, "{\"type\":\"peer-left\",\"id\":\"a\"}");
  say (&world->a, "{\"type\":\"join\",\"version\":1,\"id\":\"a\"}");
  hears_nothing (&world->a);
  disconnect_peer (&world->a, FALSE);
  hears_nothing (&world->b);
}

/* Leaving, breaking, coming back */

static void
test_leaving_is_told_at_once (World *world, gconstpointer data)
{
  join (world, &world->a, "a");
  join (world, &world->b, "b");
  join (world, &world->c, "c");
  g_queue_clear_full (&world->a.texts, g_free);
  g_queue_clear_full (&world->b.texts, g_free);
  say (&world->b, "{\"type\":\"leave\"}");
  hears (&world->a, "{\"type\":\"peer-left\",\"id\":\"b\"}");
  hears_nothing (&world->b);
  say (&world->b, "{\"type\":\"message\",\"to\":\"a\",\"data\":{}}");
  hears_error (&world->b, "bad-message");
  disconnect_peer (&world->c, TRUE);
  hears (&world->a, "{\"type\":\"peer-left\",\"id\":\"c\"}");
  disconnect_peer (&world->b, FALSE);
  hears_nothing (&world->a);
  g_assert_cmpint (wn_relay_get_expiry (world->relay), ==, G_MAXINT64);
}

static void
test_a_broken_connection_keeps_its_place_for_10_seconds (World *world,
    gconstpointer data)
{
  Peer *other = &world->c;

  join (world, &world->a, "a");
  join (world, &world->b, "b");
  g_free (g_queue_pop_head (&world->a.texts));
  disconnect_peer (&world->b, FALSE);
  g_assert_cmpint (wn_relay_get_expiry (world->relay), ==,
      world->now + 10 * (gint64) SECOND);
  crank (world, 1 * SECOND);
  connect_peer (world, other);
  say (other,
      "{\"type\":\"join\",\"version\":1,\"id\":\"b\","
      "\"resume\":\"another\"}");
  hears_error (other, "id-in-use");
  crank (world, 9 * (gint64) SECOND - 1);
  hears_nothing (&world->a);
  crank (world, 1);
  hears (&world->a, "{\"type\":\"peer-left\",\"id\":\"b\"}");
  say (other, "{\"type\":\"join\",\"version\":1,\"id\":\"b\"}");
  hears (&world->a, "{\"type\":\"peer-joined\",\"id\":\"b\"}");
}

static void
test_a_connection_has_10_seconds_to_join (World *world, gconstpointer data)
{
  Peer *silent = &world->a, *late = &world->b, *left = &world->c;

  connect_peer (world, silent);
  connect_peer (world, late);
  join (world, left, "left");
  g_assert_cmpint (wn_relay_get_expiry (world->relay), ==,
      world->now + 10 * (gint64) SECOND);
  crank (world, 10 * (gint64) SECOND - 1);
  /* Talking is not joining. */
  say (silent, "{}");
  hears_error (silent, "bad-message");
  say (late, "{\"type\":\"join\",\"version\":1,\"id\":\"late\"}");
  say (left, "{\"type\":\"leave\"}");
  crank (world, 1);
  g_assert_cmpuint (silent->close_code, ==, 1008);
  g_assert_cmpuint (late->close_code, ==, 0);
  /* Who leaves may join another room. */
  crank (world, 10 * (gint64) SECOND - 2);
  g_assert_cmpuint (left->close_code, ==, 0);
  crank (world, 1);
  g_assert_cmpuint (left->close_code, ==, 1008);
  crank (world, 60 * SECOND);
  g_assert_cmpuint (late->close_code, ==, 0);
  g_assert_cmpint (wn_relay_get_expiry (world->relay), ==, G_MAXINT64);
}

static void
test_resuming_is_not_noticed (World *world, gconstpointer data)
{
  g_autofree gchar *resume = NULL;

  join (world, &world->a, "a");
  join (world, &world->b, "b");
  g_free (g_queue_pop_head (&world->a.texts));
  resume = take_resume (&world->b);
  disconnect_peer (&world->b, FALSE);
  crank (world, 9 * SECOND);
  say (&world->a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"n\":1}}");
  say (&world->a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"n\":2}}");
  join (world, &world->c, "c");
  g_free (g_queue_pop_head (&world->a.texts));
  rejoin (world, &world->b, "b", resume);
  hears (&world->b,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"b\","
      "\"peers\":[\"a\",\"c\"],\"resume\":\"KEY\",\"resumed\":true}");
  hears (&world->b, "{\"type\":\"message\",\"from\":\"a\",\"data\":{\"n\":1}}");
  hears (&world->b, "{\"type\":\"message\",\"from\":\"a\",\"data\":{\"n\":2}}");
  g_assert_cmpstr (world->b.resume, !=, resume);
  say (&world->a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"n\":3}}");
  hears (&world->b, "{\"type\":\"message\",\"from\":\"a\",\"data\":{\"n\":3}}");
  say (&world->b, "{\"type\":\"message\",\"to\":\"a\",\"data\":{\"n\":4}}");
  hears (&world->a, "{\"type\":\"message\",\"from\":\"b\",\"data\":{\"n\":4}}");
  crank (world, 60 * SECOND);
  hears_nothing (&world->a);
  hears_nothing (&world->b);
  hears_nothing (&world->c);
}

static void
test_resuming_closes_the_older_connection (World *world, gconstpointer data)
{
  Peer *again = &world->c;

  join (world, &world->a, "a");
  join (world, &world->b, "b");
  g_free (g_queue_pop_head (&world->a.texts));
  rejoin (world, again, "b", world->b.resume);
  g_assert_cmpuint (world->b.close_code, ==, WN_CLOSE_TAKEN_OVER);
  hears (again,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"b\","
      "\"peers\":[\"a\"],\"resume\":\"KEY\",\"resumed\":true}");
  say (&world->b, "{\"type\":\"message\",\"to\":\"a\",\"data\":{}}");
  disconnect_peer (&world->b, TRUE);
  hears_nothing (&world->a);
  say (&world->a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{}}");
  hears (again, "{\"type\":\"message\",\"from\":\"a\",\"data\":{}}");
}

static void
test_a_broken_connection_gives_way_to_one_that_begins_anew (World *world,
    gconstpointer data)
{
  Peer *other = &world->c;

  join (world, &world->a, "a");
  join (world, &world->b, "b");
  g_free (g_queue_pop_head (&world->a.texts));
  disconnect_peer (&world->b, FALSE);
  connect_peer (world, other);
  say (other, "{\"type\":\"join\",\"version\":1,\"id\":\"b\"}");
  hears (&world->a, "{\"type\":\"peer-left\",\"id\":\"b\"}");
  hears (&world->a, "{\"type\":\"peer-joined\",\"id\":\"b\"}");
}

static void
test_a_resume_is_good_once_and_in_time (World *world, gconstpointer data)
{
  g_autofree gchar *first = NULL, *second = NULL;

  join (world, &world->a, "a");
  join (world, &world->b, "b");
  g_free (g_queue_pop_head (&world->a.texts));
  first = take_resume (&world->b);
  disconnect_peer (&world->b, FALSE);
  /* Somebody else's key. */
  rejoin (world, &world->b, "b", world->a.resume);
  hears_error (&world->b, "id-in-use");
  disconnect_peer (&world->b, FALSE);
  rejoin (world, &world->b, "b", first);
  g_free (g_queue_pop_head (&world->b.texts));
  second = take_resume (&world->b);
  disconnect_peer (&world->b, FALSE);
  /* A former one. */
  rejoin (world, &world->b, "b", first);
  hears_error (&world->b, "id-in-use");
  disconnect_peer (&world->b, FALSE);
  hears_nothing (&world->a);
  rejoin (world, &world->b, "b", second);
  g_free (g_queue_pop_head (&world->b.texts));
  g_assert_cmpstr (world->b.resume, !=, first);
  g_assert_cmpstr (world->b.resume, !=, second);
  g_free (second);
  second = take_resume (&world->b);
  disconnect_peer (&world->b, FALSE);
  /* Too late: as if there was none. */
  crank (world, 10 * SECOND);
  hears (&world->a, "{\"type\":\"peer-left\",\"id\":\"b\"}");
  rejoin (world, &world->b, "b", second);
  hears (&world->b,
      "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"b\","
      "\"peers\":[\"a\"],\"resume\":\"KEY\"}");
  hears (&world->a, "{\"type\":\"peer-joined\",\"id\":\"b\"}");
}

static void
test_places_expire_in_their_order (World *world, gconstpointer data)
{
  g_autofree gchar *resume = NULL;

  join (world, &world->a, "a");
  join (world, &world->b, "b");
  join (world, &world->c, "c");
  join (world, &world->d, "d");
  g_queue_clear_full (&world->a.texts, g_free);
  resume = take_resume (&world->b);
  disconnect_peer (&world->b, FALSE);
  crank (world, SECOND);
  disconnect_peer (&world->c, FALSE);
  crank (world, SECOND);
  disconnect_peer (&world->d, FALSE);
  rejoin (world, &world->b, "b", resume);
  crank (world, 9 * SECOND);
  hears (&world->a, "{\"type\":\"peer-left\",\"id\":\"c\"}");
  hears_nothing (&world->a);
  crank (world, SECOND);
  hears (&world->a, "{\"type\":\"peer-left\",\"id\":\"d\"}");
  hears_nothing (&world->a);
  disconnect_peer (&world->b, TRUE);
  disconnect_peer (&world->a, FALSE);
  g_assert_cmpuint (wn_room_relay_get_n_rooms (world->relay), ==, 1);
  crank (world, 10 * SECOND);
  g_assert_cmpuint (wn_room_relay_get_n_rooms (world->relay), ==, 0);
}

/* Too many, or too large ones: then the place goes, as a gap would be worse. */
static void
keep_messages (World *world, gsize size)
{
  g_autofree gchar *text = message_of_size (size);
  guint i;

  join (world, &world->a, "a");
  join (world, &world->b, "b");
  hears (&world->b, NULL);
  disconnect_peer (&world->a, FALSE);
  for (i = 0; world->b.texts.length == 0; i++) {
    g_assert_cmpuint (i, <=, WN_OUTBOX_MAX);
    say (&world->b, text);
  }
  if (size > 4096)
    g_assert_cmpuint (i * size, >, WN_OUTBOX_MAX_BYTES);
  else
    g_assert_cmpuint (i, ==, WN_OUTBOX_MAX + 1);
  hears (&world->b, "{\"type\":\"peer-left\",\"id\":\"a\"}");
  say (&world->b, text);
  hears_error (&world->b, "unknown-peer");
  g_assert_cmpint (wn_relay_get_expiry (world->relay), ==, G_MAXINT64);
}

static void
test_few_large_messages_are_kept (World *world, gconstpointer data)
{
  keep_messages (world, 200 * 1024);
}

static void
test_many_small_messages_are_kept (World *world, gconstpointer data)
{
  keep_messages (world, 100);
}

static void
test_freeing_with_everybody_in (World *world, gconstpointer data)
{
  join (world, &world->a, "a");
  join (world, &world->b, "b");
  disconnect_peer (&world->b, FALSE);
  say (&world->a, "{\"type\":\"message\",\"to\":\"b\",\"data\":{}}");
  wn_relay_free (world->relay);
  forget (&world->a);
  world->relay = wn_room_relay_new (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD_WITH(path, data, test)                                             \
  g_test_add ("/relay/" path, World, data, set_up, test, tear_down)
#define ADD(name) ADD_WITH (#name, NULL, test_##name)
  ADD (join_lists_the_others_oldest_first);
  ADD (rooms_are_apart);
  ADD (the_server_chooses_an_id);
  ADD (the_first_frame_is_join);
  ADD (only_version_1);
  ADD (names_are_checked);
  ADD_WITH ("the_token_has_to_be_shown", "hush",
      test_the_token_has_to_be_shown);
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
  ADD (joining_again_and_again_is_limited);
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
  ADD (few_large_messages_are_kept);
  ADD (many_small_messages_are_kept);
  ADD (freeing_with_everybody_in);
#undef ADD
#undef ADD_WITH
  return g_test_run ();
}
