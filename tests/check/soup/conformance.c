/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What every signaller has to do, over each of them.  The subject is in a room
 * "yard", which raw clients join by the room protocol. */

#include "harness.h"
#include "soup.h"

#include <string.h>

typedef struct
{
  gboolean is_local;
  /* The server; the same as the subject when that is the local member. */
  Watched server;
  Watched client;
  Watched *subject;
  guint16 port;
} Fixture;

static void
settle_in (Fixture *fixture, gconstpointer data)
{
  WnSignallerSettings server = { NULL, "127.0.0.1:0", "room", "default",
    "server", NULL };
  g_autofree gchar *uri = NULL;
  WnSignallerSettings client = { NULL, NULL, "room", "yard", "subject", NULL };

  fixture->is_local = strcmp (data, "local") == 0;
  if (fixture->is_local) {
    server.room = "yard";
    server.peer_id = "subject";
  }
  watched_init (&fixture->server, &server);
  watched_start (&fixture->server);
  fixture->port = watched_expect_listening (&fixture->server);
  expect (&fixture->server.record,
      fixture->is_local ? "joined subject []" : "joined server []");
  fixture->subject = &fixture->server;
  if (!fixture->is_local) {
    uri = uri_of (fixture->port);
    client.uri = uri;
    watched_init (&fixture->client, &client);
    watched_start (&fixture->client);
    expect (&fixture->client.record, "joined subject []");
    fixture->subject = &fixture->client;
  }
}

static void
settle_out (Fixture *fixture, gconstpointer data)
{
  if (!fixture->is_local) {
    expect_nothing (&fixture->client.record);
    watched_clear (&fixture->client);
  }
  expect_nothing (&fixture->server.record);
  watched_clear (&fixture->server);
}

/* A raw client in the room, which the subject has seen come. */
static gchar *
enter (Fixture *fixture, Raw *raw, const gchar *id)
{
  g_autofree gchar *event = g_strdup_printf ("peer-joined %s", id);

  raw_join (raw, id, fixture->port, "yard", id, NULL);
  expect (&fixture->subject->record, event);
  return raw_expect_joined (raw);
}

static void
say (Raw *raw, const gchar *data)
{
  g_autofree gchar *text = NULL;

  text = g_strdup_printf ("{\"type\":\"message\",\"to\":\"subject\","
                          "\"data\":%s}",
      data);
  raw_say (raw, text);
}

/* Things still go on, both ways; and nothing was under way before. */
static void
still_works (Fixture *fixture, Raw *raw)
{
  wn_signaller_send (fixture->subject->signaller, "raw", "{\"ping\":1}");
  expect (&raw->record,
      "{\"type\":\"message\",\"from\":\"subject\","
      "\"data\":{\"ping\":1}}");
  say (raw, "{\"pong\":1}");
  expect (&fixture->subject->record, "message raw {\"pong\":1}");
}

static void
test_peers_come_and_go (Fixture *fixture, gconstpointer data)
{
  Record *record = &fixture->subject->record;
  Raw raw, other;

  g_free (enter (fixture, &raw, "raw"));
  g_free (enter (fixture, &other, "other"));
  expect (&raw.record, "{\"type\":\"peer-joined\",\"id\":\"other\"}");
  raw_say (&other, "{\"type\":\"leave\"}");
  expect (record, "peer-left other");
  raw_close (&other);
  expect (&raw.record, "{\"type\":\"peer-left\",\"id\":\"other\"}");
  still_works (fixture, &raw);
  raw_close (&raw);
  expect (record, "peer-left raw");
}

static void
test_messages_keep_their_order (Fixture *fixture, gconstpointer data)
{
  Raw raw;
  guint i;

  g_free (enter (fixture, &raw, "raw"));
  for (i = 0; i < 200; i++) {
    g_autofree gchar *json = g_strdup_printf ("{ \"n\" : %u, \"f\": 1.0 }", i);

    wn_signaller_send (fixture->subject->signaller, "raw", json);
    say (&raw, json);
  }
  for (i = 0; i < 200; i++) {
    g_autofree gchar *out = NULL, *in = NULL;

    out = g_strdup_printf ("{\"type\":\"message\",\"from\":\"subject\","
                           "\"data\":{ \"n\" : %u, \"f\": 1.0 }}",
        i);
    in = g_strdup_printf ("message raw { \"n\" : %u, \"f\": 1.0 }", i);
    expect (&raw.record, out);
    expect (&fixture->subject->record, in);
  }
  raw_close (&raw);
  expect (&fixture->subject->record, "peer-left raw");
}

static void
test_errors_change_nothing (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *fill = g_strnfill (256 * 1024, 'x');
  g_autofree gchar *large = g_strdup_printf ("{\"x\":\"%s\"}", fill);
  WnSignaller *signaller = fixture->subject->signaller;
  Record *record = &fixture->subject->record;
  Raw raw;

  g_free (enter (fixture, &raw, "raw"));
  wn_signaller_send (signaller, "nobody", "{}");
  expect_nothing (record);
  expect (record, "complaint unknown-peer");
  wn_signaller_send (signaller, "not an id", "{}");
  expect_nothing (record);
  expect (record, "complaint unknown-peer");
  wn_signaller_send (signaller, "raw", large);
  expect_nothing (record);
  expect (record, "complaint too-large");
  wn_signaller_send (signaller, "raw", "{}}");
  wn_signaller_send (signaller, "raw", "[]");
  wn_signaller_send (signaller, "raw", "{\"a\":\"\xff\"}");
  expect_nothing (record);
  expect (record, "complaint bad-message");
  expect (record, "complaint bad-message");
  expect (record, "complaint bad-message");
  still_works (fixture, &raw);
  raw_close (&raw);
  expect (record, "peer-left raw");
}

static void
test_garbage_from_a_peer_goes_nowhere (Fixture *fixture, gconstpointer data)
{
  const gchar *texts[] = { "", "nonsense", "[]", "{}", "{\"type\":\"message\"}",
    "{\"type\":\"message\",\"to\":\"subject\",\"data\":7}",
    "{\"type\":\"peer-left\",\"id\":\"subject\"}" };
  Raw raw;
  guint i;

  g_free (enter (fixture, &raw, "raw"));
  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    raw_say (&raw, texts[i]);
    expect_prefix (&raw.record, "{\"type\":\"error\",\"code\":\"bad-message\"");
  }
  soup_websocket_connection_send_binary (raw.connection, "\0\1\2", 3);
  expect_prefix (&raw.record, "{\"type\":\"error\",\"code\":\"bad-message\"");
  still_works (fixture, &raw);
  raw_close (&raw);
  expect (&fixture->subject->record, "peer-left raw");
}

static void
test_large_messages_pass (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *fill = g_strnfill (256 * 1024 - 100, 'x');
  g_autofree gchar *json = g_strdup_printf ("{\"x\":\"%s\"}", fill);
  g_autofree gchar *in = g_strdup_printf ("message raw %s", json);
  g_autofree gchar *out = NULL;
  Raw raw;
  guint i;

  out = g_strdup_printf ("{\"type\":\"message\",\"from\":\"subject\","
                         "\"data\":%s}",
      json);
  g_free (enter (fixture, &raw, "raw"));
  for (i = 0; i < 10; i++) {
    say (&raw, json);
    wn_signaller_send (fixture->subject->signaller, "raw", json);
  }
  for (i = 0; i < 10; i++) {
    expect (&raw.record, out);
    expect (&fixture->subject->record, in);
  }
  still_works (fixture, &raw);
  raw_close (&raw);
  expect (&fixture->subject->record, "peer-left raw");
}

static void
test_a_frame_beyond_reading_breaks_only_its_sender (Fixture *fixture,
    gconstpointer data)
{
  g_autofree gchar *readable = g_strnfill (300 * 1024, 'x');
  g_autofree gchar *huge = g_strnfill (3 * 1024 * 1024, 'x');
  g_autofree gchar *resume = NULL;
  Raw raw;

  resume = enter (fixture, &raw, "raw");
  raw_say (&raw, readable);
  expect_prefix (&raw.record, "{\"type\":\"error\",\"code\":\"too-large\"");
  raw_say (&raw, huge);
  expect_prefix (&raw.record, "closed");
  raw_close (&raw);
  /* A connection that broke: its place is kept. */
  raw_join (&raw, "raw", fixture->port, "yard", "raw", resume);
  g_free (raw_expect_joined (&raw));
  still_works (fixture, &raw);
  raw_close (&raw);
  expect (&fixture->subject->record, "peer-left raw");
}

static void
test_a_peer_that_breaks_and_resumes_is_not_noticed (Fixture *fixture,
    gconstpointer data)
{
  g_autofree gchar *resume = NULL;
  Raw raw;

  resume = enter (fixture, &raw, "raw");
  raw_cut (&raw);
  settle ();
  wn_signaller_send (fixture->subject->signaller, "raw", "{\"n\":1}");
  wn_signaller_send (fixture->subject->signaller, "raw", "{\"n\":2}");
  settle ();
  raw_join (&raw, "raw", fixture->port, "yard", "raw", resume);
  g_free (raw_expect_joined (&raw));
  expect (&raw.record,
      "{\"type\":\"message\",\"from\":\"subject\","
      "\"data\":{\"n\":1}}");
  expect (&raw.record,
      "{\"type\":\"message\",\"from\":\"subject\","
      "\"data\":{\"n\":2}}");
  still_works (fixture, &raw);
  raw_close (&raw);
  expect (&fixture->subject->record, "peer-left raw");
}

static void
test_a_peer_that_breaks_and_stays_away_leaves (Fixture *fixture,
    gconstpointer data)
{
  Raw raw;

  g_free (enter (fixture, &raw, "raw"));
  raw_cut (&raw);
  expect (&fixture->subject->record, "peer-left raw");
}

static void
test_stopping_is_seen (Fixture *fixture, gconstpointer data)
{
  Raw raw;

  g_free (enter (fixture, &raw, "raw"));
  wn_signaller_send (fixture->subject->signaller, "raw", "{\"bye\":{}}");
  wn_signaller_stop (fixture->subject->signaller);
  expect (&raw.record,
      "{\"type\":\"message\",\"from\":\"subject\","
      "\"data\":{\"bye\":{}}}");
  if (fixture->is_local)
    expect (&raw.record, "closed 1001");
  else
    expect (&raw.record, "{\"type\":\"peer-left\",\"id\":\"subject\"}");
  wn_signaller_send (fixture->subject->signaller, "raw", "{}");
  expect_nothing (&fixture->subject->record);
  raw_close (&raw);
}

static void
test_a_handler_may_stop (Fixture *fixture, gconstpointer data)
{
  Record *record = &fixture->subject->record;
  Raw raw;

  g_free (enter (fixture, &raw, "raw"));
  fixture->subject->stop_on = "message";
  say (&raw, "{\"n\":1}");
  say (&raw, "{\"n\":2}");
  expect (record, "message raw {\"n\":1}");
  expect (record, "stopped");
  /* Everything is there by now. */
  expect_prefix (&raw.record,
      fixture->is_local ? "closed"
                        : "{\"type\":\"peer-left\",\"id\":\"subject\"}");
  expect_nothing (record);
  raw_close (&raw);
}

static void
test_a_stopped_one_starts_again (Fixture *fixture, gconstpointer data)
{
  Record *record = &fixture->subject->record;
  guint i;

  for (i = 0; i < 100; i++) {
    wn_signaller_stop (fixture->subject->signaller);
    if (i % 3 == 0)
      settle ();
    expect_nothing (record);
    watched_start (fixture->subject);
    if (i % 2 == 0)
      continue;
    if (fixture->is_local)
      expect_prefix (record, "listening ");
    expect (record, "joined subject []");
  }
}

static void
add (const gchar *name, void (*test) (Fixture *, gconstpointer))
{
  static const gchar *const fixtures[] = { "websocket", "local" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (fixtures); i++) {
    g_autofree gchar *path = g_strdup_printf ("/%s/%s", fixtures[i], name);

    g_test_add (path, Fixture, fixtures[i], settle_in, test, settle_out);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wn_soup_register ();
#define ADD(name) add (#name, test_##name)
  ADD (peers_come_and_go);
  ADD (messages_keep_their_order);
  ADD (errors_change_nothing);
  ADD (garbage_from_a_peer_goes_nowhere);
  ADD (large_messages_pass);
  ADD (a_frame_beyond_reading_breaks_only_its_sender);
  ADD (a_peer_that_breaks_and_resumes_is_not_noticed);
  ADD (a_peer_that_breaks_and_stays_away_leaves);
  ADD (stopping_is_seen);
  ADD (a_handler_may_stop);
  ADD (a_stopped_one_starts_again);
#undef ADD
  return g_test_run ();
}
