/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Two elements, and fingerprints that are written in another way than webrtcbin does, or
 * that are not those of the other's certificate. */

#include "checkmain.h"
#include "patience.h"
#include "peers.h"

#define QUIET_MS 200
#define N_RESTARTS 3

static const PairSettings all_settings[] = {
  { { "a", "b" }, { "polite", "impolite" } },
  { { "a", "b" }, { "impolite", "polite" } },
};

static Pair *
make_pair (guint settings)
{
  Pair *pair = pair_new (&all_settings[settings]);

  for (guint i = 0; i < 2; i++)
    peer_add_streams (&pair->peers[i], "va");
  return pair;
}

static gchar *
replace (const Letter *letter, GRegexEvalCallback callback)
{
  g_autoptr (GRegex) regex = g_regex_new ("a=fingerprint:(\\S+) ([0-9A-F:]+)",
      G_REGEX_DEFAULT, 0, NULL);

  return g_regex_replace_eval (regex, letter->json, -1, 0, 0, callback, NULL,
      NULL);
}

/*** Another case ***/

static gboolean
change_case (const GMatchInfo *match, GString *result,
    gpointer data G_GNUC_UNUSED)
{
  g_autofree gchar *name = g_match_info_fetch (match, 1);
  g_autofree gchar *hex = g_match_info_fetch (match, 2);
  g_autofree gchar *upper = g_ascii_strup (name, -1);
  g_autofree gchar *lower = g_ascii_strdown (hex, -1);

  g_string_append_printf (result, "a=fingerprint:%s %s", upper, lower);
  return FALSE;
}

static gchar *
change_cases (const Letter *letter)
{
  return replace (letter, change_case);
}

/* From 1.28.5 on, webrtcbin takes no media under one that is not written as its own. */
GST_START_TEST (case_does_not_matter)
{
  g_autoptr (Pair) pair = make_pair (__i__);

  pair->line->change = change_cases;
  pair_play (pair);
  assert_settles (pair, QUIET_MS);
}

GST_END_TEST;

/*** Another certificate ***/

static gboolean
change_digit (const GMatchInfo *match, GString *result,
    gpointer data G_GNUC_UNUSED)
{
  g_autofree gchar *text = g_match_info_fetch (match, 0);
  gchar *last = text + strlen (text) - 1;

  *last = *last == '0' ? '1' : '0';
  g_string_append (result, text);
  return FALSE;
}

/* Of what B tells. */
static gchar *
change_digits (const Letter *letter)
{
  return letter->from == 1 ? replace (letter, change_digit)
                           : g_strdup (letter->json);
}

static gboolean
has_restarted (Pair *pair, gpointer n)
{
  return peer_count_events (&pair->peers[0], "restarted")
      >= GPOINTER_TO_UINT (n);
}

static void
assert_nothing_came (Pair *pair)
{
  for (guint i = 0; i < 2; i++) {
    Peer *peer = &pair->peers[i];

    for (guint j = 0; j < peer->streams->len; j++)
      fail_unless_equals_uint64 (peer_get_received (peer_get_other (peer),
                                     g_ptr_array_index (peer->streams, j)),
          0);
    fail_if (peer_is_connected (peer));
  }
}

/* Nobody gets anything, and A says why; when the right one is told, all is well. */
GST_START_TEST (another_certificate_gets_nothing)
{
  g_autoptr (Pair) pair = make_pair (__i__);

  pair->line->change = change_digits;
  pair_play (pair);
  for (guint n = 1; n <= N_RESTARTS; n++) {
    assert_or_describe (pair,
        pair_wait (pair, has_restarted, GUINT_TO_POINTER (n),
            PAIR_DEADLINE_MS));
    assert_nothing_came (pair);
  }
  fail_unless (strstr (pair->peers[0].events->str, "certificate is not"));
  pair->line->change = NULL;
  assert_settles (pair, QUIET_MS);
}

GST_END_TEST;

static Suite *
fingerprints_suite (void)
{
  Suite *suite = suite_create ("fingerprints");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, patience (60000) / 1000.0);
  tcase_add_loop_test (tc, case_does_not_matter, 0,
      G_N_ELEMENTS (all_settings));
  tcase_add_loop_test (tc, another_certificate_gets_nothing, 0,
      G_N_ELEMENTS (all_settings));
  return suite;
}

CHECK_MAIN (fingerprints)
