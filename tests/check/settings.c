/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the element says of settings that cannot be right, or come too late. */

#include "checkmain.h"
#include "peers.h"

#include <string.h>

/* A message is a sentence or two. */
#define MAX_LENGTH 1024

#define A(pair) (&(pair)->peers[0])

static Pair *
make_pair (void)
{
  PairSettings settings = { .ids = { "a", "b" } };

  return pair_new (&settings);
}

static void
assert_message (Peer *peer, const gchar *hint)
{
  g_autofree gchar *message = peer_get_error (peer);

  fail_unless (message != NULL, "%s", hint);
  fail_unless (g_utf8_validate (message, -1, NULL), "%s", hint);
  fail_unless (strlen (message) < MAX_LENGTH, "%s: %" G_GSIZE_FORMAT, hint,
      strlen (message));
  fail_unless (strstr (message, hint) != NULL, "%s: %s", hint, message);
}

static void
assert_no_start (Peer *peer, const gchar *hint)
{
  fail_unless_equals_int (gst_element_set_state (peer->pipeline,
                              GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  assert_message (peer, hint);
}

/*** Wrong ***/

static const struct
{
  const gchar *name;
  const gchar *hint;
} texts[] = {
  { "room", "Set room to" },
  { "peer-id", "Set peer-id to" },
  { "remote-peer-id", "Set remote-peer-id to" },
  { "signaller-uri", "et signaller-uri to" },
};

GST_START_TEST (test_a_wrong_setting_is_quoted_as_it_can_be_shown)
{
  g_autofree gchar *very_long = g_strnfill (5000000, '+');
  const gchar *values[] = { "\xff\xfe\x80+", "two\nlines", very_long };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    g_autoptr (Pair) pair = make_pair ();

    g_object_set (A (pair)->element, texts[__i__].name, values[i], NULL);
    assert_no_start (A (pair), texts[__i__].hint);
  }
}

GST_END_TEST;

GST_START_TEST (test_ones_own_id_is_not_the_other_peers)
{
  g_autoptr (Pair) pair = make_pair ();

  g_object_set (A (pair)->element, "peer-id", "a", "remote-peer-id", "a", NULL);
  assert_no_start (A (pair), "own id");
}

GST_END_TEST;

/*** Too late ***/

static const gchar *late[] = { "room", "peer-id", "remote-peer-id", "token",
  "listen", "signaller-uri", "allowed-origins" };

GST_START_TEST (test_a_setting_for_the_start_is_warned_of_when_it_is_late)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autofree gchar *hint =
      g_strdup_printf ("%s was set while the element runs", late[__i__]);

  g_object_set (A (pair)->element, late[__i__], "other", NULL);
  g_object_set (A (pair)->element, late[__i__], NULL, NULL);
  g_object_set (A (pair)->element, "signaller-uri", "app:", "room", "default",
      NULL);
  fail_unless (peer_get_error (A (pair)) == NULL);
  fail_if (gst_element_set_state (A (pair)->pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE);

  g_object_set (A (pair)->element, "auto-answer", TRUE, "negotiation-timeout",
      1000, NULL);
  fail_unless (peer_get_error (A (pair)) == NULL);
  g_object_set (A (pair)->element, late[__i__], "other", NULL);
  assert_message (A (pair), hint);
}

GST_END_TEST;

/*** Servers of ICE ***/

GST_START_TEST (test_turn_servers_can_be_given_as_text)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autofree gchar *text = NULL, *none = NULL;
  g_auto (GValue) servers = G_VALUE_INIT;

  g_value_init (&servers, GST_TYPE_ARRAY);
  g_object_set (A (pair)->element, "turn-server",
      "turn://u:p@192.0.2.9:3478, turns://u:p@192.0.2.9:5349,", NULL);
  g_object_get_property (G_OBJECT (A (pair)->element), "turn-servers",
      &servers);
  fail_unless_equals_int (gst_value_array_get_size (&servers), 2);
  fail_unless_equals_string (
      g_value_get_string (gst_value_array_get_value (&servers, 1)),
      "turns://u:p@192.0.2.9:5349");
  g_object_get (A (pair)->element, "turn-server", &text, NULL);
  fail_unless_equals_string (text,
      "turn://u:p@192.0.2.9:3478,turns://u:p@192.0.2.9:5349");

  g_object_set (A (pair)->element, "turn-server", NULL, NULL);
  g_object_get (A (pair)->element, "turn-server", &none, NULL);
  fail_unless (none == NULL, "%s", none);
}

GST_END_TEST;

static gboolean
has_said_something (Pair *pair, gpointer data G_GNUC_UNUSED)
{
  g_autofree gchar *message = peer_get_error (A (pair));

  return message != NULL;
}

static const struct
{
  const gchar *name;
  const gchar *value;
  const gchar *hint;
} servers[] = {
  { "stun-server", "192.0.2.9:3478", "Set stun-server to stun://" },
  { "stun-server", "stun:192.0.2.9:3478", "Set stun-server to stun://" },
  { "stun-server", "http://192.0.2.9", "Set stun-server to stun://" },
  { "turn-server", "192.0.2.9:3478", "turn://USER" },
};

GST_START_TEST (test_a_wrong_server_of_ice_is_warned_of)
{
  g_autoptr (Pair) pair = make_pair ();

  peer_add_streams (A (pair), "v");
  g_object_set (A (pair)->element, servers[__i__].name, servers[__i__].value,
      NULL);
  pair_play (pair);
  fail_unless (pair_wait (pair, has_said_something, NULL, PAIR_DEADLINE_MS));
  assert_message (A (pair), servers[__i__].hint);
}

GST_END_TEST;

static Suite *
settings_suite (void)
{
  Suite *suite = suite_create ("settings");
  TCase *tcase = tcase_create ("settings");

  tcase_set_timeout (tcase, 0);
  tcase_add_loop_test (tcase, test_a_wrong_setting_is_quoted_as_it_can_be_shown,
      0, G_N_ELEMENTS (texts));
  tcase_add_test (tcase, test_ones_own_id_is_not_the_other_peers);
  tcase_add_loop_test (tcase,
      test_a_setting_for_the_start_is_warned_of_when_it_is_late, 0,
      G_N_ELEMENTS (late));
  tcase_add_test (tcase, test_turn_servers_can_be_given_as_text);
  tcase_add_loop_test (tcase, test_a_wrong_server_of_ice_is_warned_of, 0,
      G_N_ELEMENTS (servers));
  suite_add_tcase (suite, tcase);
  return suite;
}

CHECK_MAIN (settings)
