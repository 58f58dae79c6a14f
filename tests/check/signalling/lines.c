/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Clients, protocols and relays with lines that are none of the network's. */

#include "signalling/client.h"
#include "signalling/connector.h"
#include "signalling/error.h"
#include "signalling/localline.h"
#include "signalling/pairrelay.h"
#include "signalling/roomrelay.h"

#include <string.h>

static WnLogCategory test_log = { "test", "test", NULL };

/* What happened, as texts. */
static void record (GQueue *events, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

static void
record (GQueue *events, const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  g_queue_push_tail (events, g_strdup_vprintf (format, args));
  va_end (args);
}

/* The next thing that happens is this; waits for it. */
static void
expect (GQueue *events, const gchar *expected)
{
  g_autofree gchar *event = NULL;

  while (events->length == 0)
    g_main_context_iteration (NULL, TRUE);
  event = g_queue_pop_head (events);
  g_assert_cmpstr (event, ==, expected);
}

static void
expect_nothing (GQueue *events)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpstr (g_queue_peek_head (events), ==, NULL);
}

/* A line whose other end is the test, and its connector. */

typedef struct
{
  WnLine line;
  GQueue *events;
} TestLine;

typedef struct
{
  WnConnector connector;
  /* What was done to it. */
  GQueue events;
  /* The line that was made last; NULL when it was freed. */
  TestLine *line;
  /* If there is one, lines are to it. */
  WnRelay *relay;
} TestConnector;

static void
test_line_send (WnLine *line, const gchar *text)
{
  record (((TestLine *) line)->events, "%s", text);
}

static void
test_line_close (WnLine *line, guint16 code, const gchar *reason)
{
  record (((TestLine *) line)->events, "close %u", code);
}

static void
test_line_free (WnLine *line, guint16 code, const gchar *reason)
{
  record (((TestLine *) line)->events, "free %u", code);
  g_free (line);
}

static const WnLineClass line_class = { test_line_send, test_line_close,
  test_line_free };

static gboolean
test_connector_open (WnConnector *connector, GError **error)
{
  record (&((TestConnector *) connector)->events, "open");
  return TRUE;
}

static void
test_connector_start (WnConnector *connector)
{
  record (&((TestConnector *) connector)->events, "start");
}

static void
test_connector_connect (WnConnector *connector)
{
  TestConnector *self = (TestConnector *) connector;

  record (&self->events, "connect");
  if (self->relay)
    connector->callbacks->connected (wn_local_line_new (self->relay, &test_log),
        connector->user_data);
}

/* Nothing is under way. */
static void
test_connector_ignore (WnConnector *connector)
{
}

static void
test_connector_free (WnConnector *connector)
{
  TestConnector *self = (TestConnector *) connector;

  g_clear_pointer (&self->relay, wn_relay_free);
  g_queue_clear_full (&self->events, g_free);
  g_free (self);
}

static const WnConnectorClass connector_class = {
  .open = test_connector_open,
  .start = test_connector_start,
  .connect = test_connector_connect,
  .cancel = test_connector_ignore,
  .stop = test_connector_ignore,
  .free = test_connector_free,
};

/* A client on such a line, and what it emitted. */

typedef struct
{
  GQueue events;
  TestConnector *connector;
  WnSignaller *signaller;
} Fixture;

static void
on_joined (WnSignaller *signaller, const gchar *id, const gchar *const *peers,
    Fixture *fixture)
{
  g_autofree gchar *list = g_strjoinv (",", (GStrv) peers);

  record (&fixture->events, "joined %s [%s]", id, list);
}

static void
on_peer_joined (WnSignaller *signaller, const gchar *id, Fixture *fixture)
{
  record (&fixture->events, "peer-joined %s", id);
}

static void
on_peer_left (WnSignaller *signaller, const gchar *id, Fixture *fixture)
{
  record (&fixture->events, "peer-left %s", id);
}

static void
on_message (WnSignaller *signaller, const gchar *from, const gchar *json,
    Fixture *fixture)
{
  record (&fixture->events, "message %s %s", from, json);
}

static void
on_lost (WnSignaller *signaller, const gchar *reason, Fixture *fixture)
{
  record (&fixture->events, "lost %s", reason);
}

static void
on_back (WnSignaller *signaller, Fixture *fixture)
{
  record (&fixture->events, "back");
}

static void
on_complaint (WnSignaller *signaller, const gchar *code, const gchar *text,
    Fixture *fixture)
{
  record (&fixture->events, "complaint %s", code);
}

static void
on_failed (WnSignaller *signaller, const GError *error, Fixture *fixture)
{
  g_assert_cmpuint (error->domain, ==, WN_SIGNALLING_ERROR);
  record (&fixture->events, "failed %d", error->code);
}

/* @relay: (transfer full) (nullable): where the lines lead to */
static void
fixture_init (Fixture *fixture, const gchar *protocol, const gchar *id,
    WnRelay *relay)
{
  const WnSignallerSettings settings = {
    .uri = "test:",
    .protocol = protocol,
    .room = "default",
    .peer_id = id,
  };

  memset (fixture, 0, sizeof *fixture);
  fixture->connector = g_new0 (TestConnector, 1);
  fixture->connector->connector.klass = &connector_class;
  fixture->connector->connector.log = &test_log;
  fixture->connector->relay = relay;
  fixture->signaller =
      wn_client_new (&settings, &fixture->connector->connector);
  g_object_connect (fixture->signaller, "signal::joined", on_joined, fixture,
      "signal::peer-joined", on_peer_joined, fixture, "signal::peer-left",
      on_peer_left, fixture, "signal::message", on_message, fixture,
      "signal::lost", on_lost, fixture, "signal::back", on_back, fixture,
      "signal::complaint", on_complaint, fixture, "signal::failed", on_failed,
      fixture, NULL);
  g_assert_true (wn_signaller_open (fixture->signaller, NULL));
  expect (&fixture->connector->events, "open");
  wn_signaller_start (fixture->signaller);
  expect (&fixture->connector->events, "start");
  expect (&fixture->connector->events, "connect");
}

static void
fixture_clear (Fixture *fixture)
{
  expect_nothing (&fixture->events);
  g_object_unref (fixture->signaller);
  expect_nothing (&fixture->events);
}

/* The line that was asked for is there. */
static void
connect_line (Fixture *fixture)
{
  TestConnector *connector = fixture->connector;
  TestLine *line = g_new0 (TestLine, 1);

  line->line.klass = &line_class;
  line->events = &connector->events;
  connector->line = line;
  connector->connector.callbacks->connected (&line->line,
      connector->connector.user_data);
}

static void
tell (Fixture *fixture, const gchar *text)
{
  wn_line_tell_text (&fixture->connector->line->line, text, strlen (text));
}

static void
break_line (Fixture *fixture)
{
  wn_line_tell_closed (&fixture->connector->line->line, FALSE, "it broke");
}

#define JOIN                                                                   \
  "{\"type\":\"join\",\"version\":1,\"room\":\"default\",\"id\":\"a\""
#define JOINED                                                                 \
  "{\"type\":\"joined\",\"room\":\"default\",\"id\":\"a\",\"peers\":[\"b\"],"  \
  "\"resume\":\"K\""

static void
test_a_line_that_breaks_is_fetched_back (void)
{
  Fixture a;
  GQueue *line;

  fixture_init (&a, "room", "a", NULL);
  line = &a.connector->events;
  connect_line (&a);
  expect (line, JOIN "}");
  tell (&a, JOINED "}");
  expect (&a.events, "joined a [b]");
  wn_signaller_send (a.signaller, "b", "{\"n\":1}");
  expect (line, "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"n\":1}}");

  break_line (&a);
  expect (line, "free 1000");
  expect (&a.events, "lost it broke");
  wn_signaller_send (a.signaller, "b", "{\"n\":2}");
  wn_signaller_send (a.signaller, "b", "{\"n\":3}");
  expect (line, "connect");
  connect_line (&a);
  expect (line, JOIN ",\"resume\":\"K\"}");
  /* What waits is not sent before the place is ours again. */
  wn_signaller_send (a.signaller, "b", "{\"n\":4}");
  expect_nothing (line);
  tell (&a, JOINED ",\"resumed\":true}");
  expect (&a.events, "back");
  expect (line, "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"n\":2}}");
  expect (line, "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"n\":3}}");
  expect (line, "{\"type\":\"message\",\"to\":\"b\",\"data\":{\"n\":4}}");

  wn_signaller_stop (a.signaller);
  expect (line, "{\"type\":\"leave\"}");
  expect (line, "free 1000");
  expect_nothing (line);
  fixture_clear (&a);
}

static void
test_a_line_that_never_was_is_an_error (void)
{
  Fixture a;

  fixture_init (&a, "room", "a", NULL);
  connect_line (&a);
  break_line (&a);
  expect (&a.events, "failed 1");
  fixture_clear (&a);
}

static void
test_a_pair_knows_the_other_from_its_line (void)
{
  Fixture a;
  WnLine *line;

  fixture_init (&a, "w3c", "a", NULL);
  connect_line (&a);
  line = &a.connector->line->line;
  expect (&a.events, "joined a [remote]");
  wn_line_tell_other (line, FALSE);
  expect (&a.events, "peer-left remote");
  wn_signaller_send (a.signaller, "remote", "{}");
  expect (&a.events, "complaint unknown-peer");
  wn_line_tell_other (line, TRUE);
  expect (&a.events, "peer-joined remote");
  tell (&a, "{\"n\":1}");
  expect (&a.events, "message remote {\"n\":1}");
  wn_line_tell_binary (line);
  expect (&a.events, "complaint bad-message");
  wn_signaller_stop (a.signaller);
  fixture_clear (&a);
}

/* Those who are at the same relay as a client is, in this process. */

typedef struct
{
  GQueue events;
  WnLine *line;
} Other;

static void
on_text (WnLine *line, const gchar *text, gsize length, gpointer user_data)
{
  g_assert_cmpuint (strlen (text), ==, length);
  record (user_data, "%s", text);
}

static void
on_binary (WnLine *line, gpointer user_data)
{
  record (user_data, "binary");
}

static void
on_other (WnLine *line, gpointer user_data)
{
  record (user_data, wn_line_has_other (line) ? "other" : "no other");
}

static void
on_closed (WnLine *line, gboolean in_good_order, const gchar *reason,
    gpointer user_data)
{
  record (user_data, "closed");
}

static void
other_init (Other *other, WnRelay *relay)
{
  static const WnLineCallbacks callbacks = { on_text, on_binary, on_other,
    on_closed };

  g_queue_init (&other->events);
  other->line = wn_local_line_new (relay, &test_log);
  wn_line_set_callbacks (other->line, &callbacks, &other->events);
}

static void
other_clear (Other *other)
{
  wn_line_free (other->line, WN_CLOSE_NORMAL, NULL);
  g_queue_clear_full (&other->events, g_free);
}

static void
test_a_client_in_the_process_is_one_of_the_room (void)
{
  WnRelay *relay = wn_room_relay_new (NULL);
  Fixture a;
  Other b;

  fixture_init (&a, "room", "a", relay);
  /* Not from within the function that starts it. */
  g_assert_cmpuint (a.events.length, ==, 0);
  expect (&a.events, "joined a []");
  other_init (&b, relay);
  g_assert_true (wn_line_is_checked (b.line));
  wn_line_send (b.line, "{\"type\":\"join\",\"version\":1,\"id\":\"b\"}");
  expect (&a.events, "peer-joined b");
  wn_signaller_send (a.signaller, "b", "{\"n\":1}");
  wn_line_send (b.line,
      "{\"type\":\"message\",\"to\":\"a\",\"data\":{\"n\":2}}");
  expect (&a.events, "message b {\"n\":2}");
  while (b.events.length < 2)
    g_main_context_iteration (NULL, TRUE);
  g_free (g_queue_pop_head (&b.events));
  expect (&b.events,
      "{\"type\":\"message\",\"from\":\"a\",\"data\":{\"n\":1}}");
  wn_signaller_send (a.signaller, "nobody", "{}");
  expect (&a.events, "complaint unknown-peer");
  other_clear (&b);
  expect (&a.events, "peer-left b");
  fixture_clear (&a);
}

static void
test_a_relay_for_two (void)
{
  WnRelay *relay = wn_pair_relay_new ();
  Other a, b, c;

  other_init (&a, relay);
  g_assert_false (wn_line_has_other (a.line));
  g_assert_false (wn_line_is_checked (a.line));
  wn_line_send (a.line, "nobody hears it");
  other_init (&b, relay);
  g_assert_true (wn_line_has_other (b.line));
  expect (&a.events, "other");
  /* There is no place for a third. */
  other_init (&c, relay);
  expect (&c.events, "closed");
  wn_line_send (c.line, "nobody hears it");
  other_clear (&c);
  wn_line_send (a.line, "one");
  wn_line_send (a.line, "two");
  wn_line_send (b.line, "three");
  expect (&b.events, "one");
  expect (&b.events, "two");
  expect (&a.events, "three");
  expect_nothing (&b.events);
  other_clear (&b);
  expect (&a.events, "no other");
  other_init (&b, relay);
  expect (&a.events, "other");
  /* Nothing comes from a relay that is gone. */
  wn_line_send (b.line, "four");
  wn_relay_free (relay);
  wn_line_send (b.line, "five");
  expect_nothing (&a.events);
  expect_nothing (&b.events);
  other_clear (&a);
  other_clear (&b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/lines/" #name, test_##name)
  ADD (a_line_that_breaks_is_fetched_back);
  ADD (a_line_that_never_was_is_an_error);
  ADD (a_pair_knows_the_other_from_its_line);
  ADD (a_client_in_the_process_is_one_of_the_room);
  ADD (a_relay_for_two);
#undef ADD
  return g_test_run ();
}
