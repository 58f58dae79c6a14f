/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "checkmain.h"
#include "sdpcorpus.h"

static const gchar *const code_names[] = {
  [WN_SDP_ERROR_SYNTAX] = "syntax",
  [WN_SDP_ERROR_LIMIT] = "limit",
  [WN_SDP_ERROR_INVALID_MODIFICATION] = "modification",
  [WN_SDP_ERROR_UNSUPPORTED] = "unsupported",
};

GST_START_TEST (test_every_valid_description_passes)
{
  g_autoptr (GPtrArray) files = corpus_load ("valid");

  fail_unless (files->len >= 15);
  for (guint i = 0; i < files->len; i++) {
    CorpusFile *file = g_ptr_array_index (files, i);
    g_autoptr (GError) error = NULL;
    g_autoptr (GstSDPMessage) sdp = corpus_guard (file, file->text, &error);

    fail_unless (sdp != NULL, "%s is refused: %s", file->name,
        error ? error->message : "");
    fail_unless (error == NULL);
  }
}

GST_END_TEST;

GST_START_TEST (test_every_hostile_description_is_refused_by_its_rule)
{
  g_autoptr (GPtrArray) files = corpus_load ("hostile");

  fail_unless (files->len >= 70);
  for (guint i = 0; i < files->len; i++) {
    CorpusFile *file = g_ptr_array_index (files, i);
    g_autoptr (GError) error = NULL;
    g_autoptr (GstSDPMessage) sdp = corpus_guard (file, file->text, &error);

    fail_unless (sdp == NULL, "%s passes", file->name);
    fail_unless (error && error->domain == WN_SDP_ERROR);
    fail_unless (g_str_equal (code_names[error->code],
                     corpus_file_get (file, "expect")),
        "%s is refused as %s: %s", file->name, code_names[error->code],
        error->message);
    fail_unless (strstr (error->message, corpus_file_get (file, "says"))
            != NULL,
        "%s is refused by another rule: %s", file->name, error->message);
    fail_unless (g_utf8_validate (error->message, -1, NULL));
    fail_unless (strlen (error->message) < 400);
  }
}

GST_END_TEST;

GST_START_TEST (test_a_refusal_names_the_line)
{
  g_autoptr (CorpusFile) file = corpus_file_load ("hostile/mid-twice.sdp");
  g_autoptr (GError) error = NULL;

  fail_unless (wn_sdp_parse (file->text, &error) == NULL);
  fail_unless (strstr (error->message, "line 26 (a=mid:1)") != NULL, "%s",
      error->message);
}

GST_END_TEST;

static const struct
{
  const gchar *candidate;
  const gchar *mid;
  gint mline;
  gint code; /* -1: it passes */
} candidates[] = {
  { "candidate:1 1 udp 1 192.0.2.7 5000 typ host", "0", 0, -1 },
  { "a=candidate:1 1 UDP 1 192.0.2.7 5000 typ host", "1", -1, -1 },
  { "candidate:1 1 udp 1 2001:db8::1 5000 typ host", NULL, 2, -1 },
  { "candidate:1 1 udp 1 ab-1.local 5000 typ host generation 0", "2", 7, -1 },
  { "candidate:1 1 tcp 1 192.0.2.7 9 typ host tcptype active", "0", 0, -1 },
  { "", "0", 0, -1 },
  { "", NULL, -1, -1 },
  { "candidate:1 1 udp 1 192.0.2.7 5000 typ host", NULL, -1,
      WN_SDP_ERROR_SYNTAX },
  { "candidate:1 1 udp 1 192.0.2.7 5000 typ host", "9", 0,
      WN_SDP_ERROR_SYNTAX },
  { "candidate:1 1 udp 1 192.0.2.7 5000 typ host", NULL, 3,
      WN_SDP_ERROR_SYNTAX },
  { "candidate:1 1 udp 1 192.0.2.7 5000 typ host", NULL, 128,
      WN_SDP_ERROR_LIMIT },
  { "candidate:1 1 udp 1 192.0.2.7 5000 typ host", NULL, -2,
      WN_SDP_ERROR_LIMIT },
  { "candidate:1 1 udp 1 192.0.2.7 5000 typ host", "a b", 0,
      WN_SDP_ERROR_SYNTAX },
  { "1 1 udp 1 192.0.2.7 5000 typ host", "0", 0, WN_SDP_ERROR_SYNTAX },
  { "CANDIDATE", "0", 0, WN_SDP_ERROR_SYNTAX },
  { "candidate:1 1 udp 1 example.com 5000 typ host", "0", 0,
      WN_SDP_ERROR_UNSUPPORTED },
  { "candidate:1 1 udp 1 192.0.2.7 5000 typ host\r\na=mid:3", "0", 0,
      WN_SDP_ERROR_SYNTAX },
};

GST_START_TEST (test_candidate)
{
  g_autoptr (CorpusFile) file = corpus_file_load ("valid/plain.sdp");
  g_autoptr (GstSDPMessage) remote = wn_sdp_parse (file->text, NULL);
  g_autoptr (GError) error = NULL;
  gboolean passes = wn_sdp_guard_candidate (candidates[__i__].candidate,
      candidates[__i__].mid, candidates[__i__].mline, remote, &error);

  fail_unless_equals_int (error ? error->code : -1, candidates[__i__].code);
  fail_unless_equals_int (passes, candidates[__i__].code == -1);
}

GST_END_TEST;

GST_START_TEST (test_id_and_ufrags_are_read)
{
  g_autoptr (CorpusFile) file = corpus_file_load ("valid/plain.sdp");
  g_autoptr (GstSDPMessage) sdp = wn_sdp_parse (file->text, NULL);
  g_autofree gchar *id = wn_sdp_get_id (sdp);
  g_auto (GStrv) ufrags = wn_sdp_get_ufrags (sdp);

  fail_unless_equals_string (id, "4611731400430051336:2");
  fail_unless_equals_int (g_strv_length (ufrags), 1);
  fail_unless_equals_string (ufrags[0], "abcd");
}

GST_END_TEST;

GST_START_TEST (test_ufrags_of_the_session_and_of_two_transports)
{
  g_autoptr (CorpusFile) file = corpus_file_load ("valid/no-bundle-two.sdp");
  g_autoptr (CorpusFile) other =
      corpus_file_load ("valid/credentials-at-the-session.sdp");
  g_autoptr (GstSDPMessage) sdp = wn_sdp_parse (file->text, NULL);
  g_autoptr (GstSDPMessage) sdp_other = wn_sdp_parse (other->text, NULL);
  g_auto (GStrv) ufrags = wn_sdp_get_ufrags (sdp);
  g_auto (GStrv) ufrags_other = wn_sdp_get_ufrags (sdp_other);

  fail_unless_equals_int (g_strv_length (ufrags), 2);
  fail_unless_equals_int (g_strv_length (ufrags_other), 1);
}

GST_END_TEST;

/* ext/soup/page/message.js reads the same: tests/negotiation/corpus.test.js. */
#define SESSION "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
#define LIVE "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"
#define REJECTED "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n"

static const struct
{
  const gchar *text, *ufrags;
} in_force[] = {
  { SESSION LIVE "a=ice-ufrag:a\r\n", "a" },
  { SESSION REJECTED "a=ice-ufrag:a\r\n", "" },
  { SESSION REJECTED "a=ice-ufrag:a\r\n" LIVE "a=ice-ufrag:b\r\n", "b" },
  { SESSION REJECTED "a=ice-ufrag:a\r\n" LIVE "a=ice-ufrag:a\r\n", "a" },
  { SESSION REJECTED "a=ice-ufrag:a\r\na=bundle-only\r\n", "a" },
  { SESSION "a=ice-ufrag:s\r\n" LIVE, "s" },
  { SESSION "a=ice-ufrag:s\r\n" REJECTED, "" },
  { SESSION LIVE, "" },
};

GST_START_TEST (test_what_rejected_sections_have_is_not_in_force)
{
  g_autoptr (GstSDPMessage) sdp = NULL;
  g_auto (GStrv) ufrags = NULL;
  g_autofree gchar *joined = NULL;

  gst_sdp_message_new_from_text (in_force[__i__].text, &sdp);
  ufrags = wn_sdp_get_ufrags (sdp);
  joined = g_strjoinv (",", ufrags);
  fail_unless_equals_string (joined, in_force[__i__].ufrags);
}

GST_END_TEST;

static Suite *
sdpguard_suite (void)
{
  Suite *suite = suite_create ("sdpguard");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 60);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_every_valid_description_passes);
  tcase_add_test (tc, test_every_hostile_description_is_refused_by_its_rule);
  tcase_add_test (tc, test_a_refusal_names_the_line);
  tcase_add_loop_test (tc, test_candidate, 0, G_N_ELEMENTS (candidates));
  tcase_add_test (tc, test_id_and_ufrags_are_read);
  tcase_add_test (tc, test_ufrags_of_the_session_and_of_two_transports);
  tcase_add_loop_test (tc, test_what_rejected_sections_have_is_not_in_force, 0,
      G_N_ELEMENTS (in_force));
  return suite;
}

CHECK_MAIN (sdpguard)
