/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "checkmain.h"
#include "signalling/envelope.h"
#include "webrtc/peermessage.h"

#include <string.h>

#define SDP                                                                    \
  "v=0\\r\\no=- 7 3 IN IP4 127.0.0.1\\r\\ns=-\\r\\nt=0 0\\r\\n"                \
  "m=video 9 UDP/TLS/RTP/SAVPF 96\\r\\nc=IN IP4 0.0.0.0\\r\\n"                 \
  "a=ice-ufrag:abcd\\r\\na=ice-pwd:0123456789abcdef012345\\r\\n"               \
  "a=fingerprint:sha-256 03:0A:11:18:1F:26:2D:34:3B:42:49:50:57:5E:65:6C:"     \
  "73:7A:81:88:8F:96:9D:A4:AB:B2:B9:C0:C7:CE:D5:DC\\r\\n"                      \
  "a=setup:actpass\\r\\na=mid:0\\r\\na=rtcp-mux\\r\\na=rtpmap:96 VP8/90000\\r\\n"
#define HOST "candidate:1 1 udp 1 192.0.2.7 5000 typ host"

static WnPeerMessage *
parse (const gchar *json)
{
  g_autoptr (GError) error = NULL;
  WnPeerMessage *message = wn_peer_message_parse (json, FALSE, &error);

  fail_unless (message != NULL, "%s: %s", json, error ? error->message : "");
  fail_unless (error == NULL);
  return message;
}

GST_START_TEST (test_offer_is_read)
{
  g_autoptr (WnPeerMessage) message =
      parse ("{\"description\":{\"type\":"
             "\"offer\",\"sdp\":\"" SDP
             "\"},\"session\":4,\"unknown\":[1,{}]}");

  fail_unless_equals_int (message->type, WN_PEER_MESSAGE_DESCRIPTION);
  fail_unless_equals_int (message->description->type, WN_DESCRIPTION_OFFER);
  fail_unless_equals_string (message->description->id, "7:3");
  fail_unless_equals_int (g_strv_length (message->description->ufrags), 1);
  fail_unless_equals_string (message->description->ufrags[0], "abcd");
  fail_unless_equals_int64 (message->description->session, 4);
  fail_unless_equals_int64 (message->session, 4);
  fail_unless (g_str_has_prefix (message->description->sdp, "v=0\r\no="));
}

GST_END_TEST;

static const struct
{
  const gchar *sdp;
  const gchar *says;
} bad_offers[] = {
  /* A line, and the whole. */
  { "v=0\\r\\no=- 7 3 IN IP4 127.0.0.1\\r\\nhello\\r\\n", "line 3" },
  { "v=0\\no=- 7 3 IN IP4 127.0.0.1\\ns=-\\nt=0 0\\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\\na=mid:0\\n",
      "m=video" },
};

GST_START_TEST (test_a_bad_offer_can_be_declined)
{
  g_autofree gchar *json =
      g_strdup_printf ("{\"description\":{\"type\":"
                       "\"offer\",\"sdp\":\"%s\"},\"session\":5}",
          bad_offers[__i__].sdp);
  g_autoptr (WnPeerMessage) message = parse (json);

  fail_unless_equals_int (message->type, WN_PEER_MESSAGE_BAD_OFFER);
  fail_unless_equals_string (message->offer_id, "7:3");
  fail_unless_equals_int64 (message->session, 5);
  fail_unless (message->description == NULL);
  fail_unless (strstr (message->detail, bad_offers[__i__].says) != NULL, "%s",
      message->detail);
}

GST_END_TEST;

GST_START_TEST (test_a_bad_answer_is_no_message)
{
  g_autofree gchar *json = g_strdup_printf ("{\"description\":{\"type\":"
                                            "\"answer\",\"sdp\":\"%s\"}}",
      bad_offers[0].sdp);
  g_autoptr (GError) error = NULL;

  fail_unless (wn_peer_message_parse (json, FALSE, &error) == NULL);
  fail_unless (error != NULL);
}

GST_END_TEST;

GST_START_TEST (test_answer_says_what_it_answers)
{
  g_autoptr (WnPeerMessage) message =
      parse ("{\"description\":{\"type\":"
             "\"answer\",\"sdp\":\"" SDP
             "\"},\"offer\":\"1:2\",\"candidate\":null}");

  fail_unless_equals_int (message->description->type, WN_DESCRIPTION_ANSWER);
  fail_unless_equals_string (message->description->answered_id, "1:2");
  fail_unless_equals_int64 (message->session, WN_SESSION_UNKNOWN);
}

GST_END_TEST;

static const struct
{
  const gchar *json;
  const gchar *candidate, *mid;
  gint mline;
  const gchar *ufrag;
} candidates[] = {
  { "{\"candidate\":{\"candidate\":\"" HOST "\",\"sdpMid\":\"0\","
    "\"sdpMLineIndex\":0,\"usernameFragment\":\"efgh\"}}",
      HOST, "0", 0, "efgh" },
  { "{\"candidate\":{\"candidate\":\"a=" HOST "\",\"sdpMLineIndex\":2}}", HOST,
      NULL, 2, NULL },
  { "{\"candidate\":{\"candidate\":\"" HOST " generation 0 ufrag ijkl\","
    "\"sdpMid\":\"x\",\"usernameFragment\":null}}",
      HOST " generation 0 ufrag ijkl", "x", -1, "ijkl" },
  { "{\"candidate\":{\"candidate\":\"" HOST " ufrag ijkl\",\"sdpMid\":\"x\","
    "\"usernameFragment\":\"mnop\"}}",
      HOST " ufrag ijkl", "x", -1, "mnop" },
  { "{\"candidate\":null}", "", NULL, -1, NULL },
  { "{\"candidate\":\"\"}", "", NULL, -1, NULL },
  { "{\"candidate\":{}}", "", NULL, -1, NULL },
  { "{\"candidate\":{\"candidate\":\"\"}}", "", NULL, -1, NULL },
  { "{\"candidate\":{\"candidate\":\"\",\"sdpMid\":\"0\","
    "\"sdpMLineIndex\":0,\"usernameFragment\":\"abcd\"}}",
      "", "0", 0, "abcd" },
  { "{\"candidate\":{\"candidate\":null,\"sdpMid\":null}}", "", NULL, -1,
      NULL },
  { "{\"description\":null,\"candidate\":\"\"}", "", NULL, -1, NULL },
};

GST_START_TEST (test_candidate_is_read)
{
  g_autoptr (WnPeerMessage) message = parse (candidates[__i__].json);

  fail_unless_equals_int (message->type, WN_PEER_MESSAGE_CANDIDATE);
  fail_unless_equals_string (message->candidate->candidate,
      candidates[__i__].candidate);
  fail_unless_equals_string (message->candidate->mid, candidates[__i__].mid);
  fail_unless_equals_int (message->candidate->mline, candidates[__i__].mline);
  fail_unless_equals_string (message->candidate->ufrag,
      candidates[__i__].ufrag);
}

GST_END_TEST;

GST_START_TEST (test_others_are_read)
{
  g_autoptr (WnPeerMessage) reject = parse (
      "{\"reject\":{\"offer\":\"18446744073709551615:2\"},\"session\":0}");
  g_autoptr (WnPeerMessage) restart =
      parse ("{\"restart\":{\"session\":9007199254740991}}");
  g_autoptr (WnPeerMessage) bye = parse (" {\"bye\":{}}\n");

  fail_unless_equals_int (reject->type, WN_PEER_MESSAGE_REJECT);
  fail_unless_equals_string (reject->offer_id, "18446744073709551615:2");
  fail_unless_equals_int64 (reject->session, 0);
  fail_unless_equals_int (restart->type, WN_PEER_MESSAGE_RESTART);
  fail_unless_equals_int64 (restart->session, WN_ENVELOPE_MAX_SESSION);
  fail_unless_equals_int (bye->type, WN_PEER_MESSAGE_BYE);
}

GST_END_TEST;

#define CANDIDATE(members)                                                     \
  "{\"candidate\":{\"candidate\":\"" HOST "\"," members "}}"
#define OFFER(members)                                                         \
  "{\"description\":{\"type\":\"offer\",\"sdp\":\"" SDP "\"}," members "}"

static const struct
{
  const gchar *json;
  const gchar *says;
} wrong[] = {
  { "", "an object" },
  { "{", "JSON" },
  { "hello", "JSON" },
  { "[]", "an object" },
  { "null", "an object" },
  { "3", "an object" },
  { "\"bye\"", "an object" },
  { "{}", "one of description" },
  { "{\"bye\":null}", "one of description" },
  { "{\"bye\":7}", "bye is an object" },
  { "{\"bye\":[]}", "bye is an object" },
  { "{\"bye\":// done\n{}}", "outside of strings" },
  { "{'bye':{}}", "outside of strings" },
  { "{\"bye\":{}}{\"bye\":{}}", "follows its end" },
  { "{\"bye\":\"\xff\"}", "UTF-8" },
  { "{\"bye\":{},\"session\":\"\\u0000\"}", "zero" },
  { "{\"bye\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}", "nested" },
  { "{\"description\":{}}", "offer or answer" },
  { "{\"description\":\"offer\"}", "an object" },
  { "{\"description\":{\"type\":\"offer\"}}", "has an sdp" },
  { "{\"description\":{\"type\":\"pranswer\",\"sdp\":\"" SDP "\"}}",
      "offer or answer" },
  { "{\"description\":{\"type\":\"rollback\"}}", "offer or answer" },
  { "{\"description\":{\"type\":3,\"sdp\":\"" SDP "\"}}", "type is a string" },
  { "{\"description\":{\"type\":\"offer\",\"sdp\":{}}}", "sdp is a string" },
  { "{\"description\":{\"type\":\"offer\",\"sdp\":\"\"}}", "empty" },
  { "{\"description\":{\"type\":\"offer\",\"sdp\":\"hello\"}}", "line 1" },
  { "{\"description\":{\"type\":\"offer\",\"sdp\":\"v=0\\u0000\"}}", "zero" },
  { OFFER ("\"session\":-1"), "session is an integer" },
  { OFFER ("\"session\":9007199254740992"), "session is an integer" },
  { OFFER ("\"session\":99999999999999999999999"), "session is an integer" },
  { OFFER ("\"session\":1.5"), "session is an integer" },
  { OFFER ("\"session\":\"1\""), "session is an integer" },
  { OFFER ("\"session\":[]"), "session is an integer" },
  { OFFER ("\"offer\":\"x\""), "SESSID:VERSION" },
  { OFFER ("\"offer\":{}"), "offer is a string" },
  { "{\"candidate\":3}", "candidate is an object" },
  { "{\"candidate\":\"" HOST "\"}", "candidate is an object" },
  { "{\"candidate\":[]}", "candidate is an object" },
  { "{\"candidate\":{\"candidate\":\"" HOST "\"}}", "sdpMid or sdpMLineIndex" },
  { "{\"candidate\":{\"candidate\":7}}", "candidate is a string" },
  { "{\"candidate\":{\"candidate\":\"hello\",\"sdpMid\":\"0\"}}",
      "begins with candidate:" },
  { CANDIDATE ("\"sdpMid\":0"), "sdpMid is a string" },
  { CANDIDATE ("\"sdpMid\":\"a b\""), "sdpMid is a token" },
  { CANDIDATE ("\"sdpMLineIndex\":128"), "sdpMLineIndex is an integer" },
  { CANDIDATE ("\"sdpMLineIndex\":-1"), "sdpMLineIndex is an integer" },
  { CANDIDATE ("\"sdpMLineIndex\":\"0\""), "sdpMLineIndex is an integer" },
  { CANDIDATE ("\"sdpMid\":\"0\",\"usernameFragment\":\"abc\""),
      "usernameFragment is" },
  { CANDIDATE ("\"sdpMid\":\"0\",\"usernameFragment\":1"),
      "usernameFragment is a string" },
  { "{\"reject\":{}}", "SESSID:VERSION" },
  { "{\"reject\":{\"offer\":\"1:\"}}", "SESSID:VERSION" },
  { "{\"reject\":{\"offer\":\":1\"}}", "SESSID:VERSION" },
  { "{\"reject\":{\"offer\":\"1:2:3\"}}", "SESSID:VERSION" },
  { "{\"reject\":{\"offer\":\"111111111111111111111:2\"}}", "SESSID:VERSION" },
  { "{\"reject\":\"1:2\"}", "an object" },
  { "{\"restart\":{}}", "has a session" },
  { "{\"restart\":{\"session\":null}}", "has a session" },
  { "{\"restart\":{\"session\":-3}}", "session is an integer" },
  { "{\"restart\":3}", "an object" },
};

GST_START_TEST (test_what_is_wrong_is_said)
{
  g_autoptr (GError) error = NULL;
  WnPeerMessage *message =
      wn_peer_message_parse (wrong[__i__].json, FALSE, &error);

  fail_unless (message == NULL, "%s", wrong[__i__].json);
  fail_unless (error != NULL);
  fail_unless (strstr (error->message, wrong[__i__].says) != NULL, "%s: %s",
      wrong[__i__].json, error->message);
}

GST_END_TEST;

/* What a signaller takes for JSON, and is none, does no harm. */
GST_START_TEST (test_what_is_not_checked_is_read_safely)
{
  const gchar *json = wrong[__i__].json;

  for (gsize length = 0; length <= strlen (json); length++) {
    g_autofree gchar *part = g_strndup (json, length);
    g_autoptr (GError) error = NULL;
    g_autoptr (WnPeerMessage) message =
        wn_peer_message_parse (part, TRUE, &error);

    fail_unless (!message == !!error, "%s", part);
  }
}

GST_END_TEST;

GST_START_TEST (test_sizes_and_depths_have_a_bound)
{
  g_autofree gchar *large = g_strnfill (WN_ENVELOPE_MAX_SIZE + 1, ' ');
  g_autofree gchar *deep = g_strnfill (WN_ENVELOPE_MAX_SIZE, '[');
  g_autoptr (GError) error = NULL;

  fail_unless (wn_peer_message_parse (large, FALSE, &error) == NULL);
  fail_unless (g_error_matches (error, WN_ENVELOPE_ERROR,
      WN_ENVELOPE_ERROR_LIMIT));
  g_clear_error (&error);
  fail_unless (wn_peer_message_parse (deep, FALSE, &error) == NULL);
  fail_unless (g_error_matches (error, WN_ENVELOPE_ERROR,
      WN_ENVELOPE_ERROR_LIMIT));
}

GST_END_TEST;

GST_START_TEST (test_writing_is_compact_and_exact)
{
  const gchar *ufrags[] = { "abcd", NULL };
  g_autoptr (WnDescription) offer = wn_description_new (WN_DESCRIPTION_OFFER,
      "v=0\r\n", "1:2", ufrags, NULL, 0);
  g_autoptr (WnDescription) answer = wn_description_new (WN_DESCRIPTION_ANSWER,
      "v=0\r\n", "1:2", ufrags, "3:4", 0);
  g_autoptr (WnCandidate) candidate =
      wn_candidate_new (HOST, "0", 1, "abcd", 0);
  g_autoptr (WnCandidate) end = wn_candidate_new ("", NULL, -1, NULL, 0);
  const WnPeerMessageTag none = { .session = WN_SESSION_UNKNOWN };
  const WnPeerMessageTag tag = { 5, NULL, NULL };
  const WnPeerMessageTag full = { 2, "l1", "r1" };
  const WnPeerMessageTag begin = { 0, "l1", NULL };
  const struct
  {
    gchar *text;
    const gchar *expected;
  } pairs[] = {
    { wn_peer_message_new_description (offer, &tag),
        "{\"description\":{\"type\":"
        "\"offer\",\"sdp\":\"v=0\\r\\n\"},\"session\":5}" },
    { wn_peer_message_new_description (answer, &none),
        "{\"description\":{\"type\":\"answer\",\"sdp\":\"v=0\\r\\n\"},"
        "\"offer\":\"3:4\"}" },
    { wn_peer_message_new_candidate (candidate, &tag),
        "{\"candidate\":{"
        "\"candidate\":\"" HOST "\",\"sdpMid\":\"0\",\"sdpMLineIndex\":1,"
        "\"usernameFragment\":\"abcd\"},\"session\":5}" },
    { wn_peer_message_new_candidate (end, &full),
        "{\"candidate\":{\"candidate\":\"\"},\"session\":2,\"begin\":\"l1\","
        "\"with\":\"r1\"}" },
    { wn_peer_message_new_reject ("3:4", &tag),
        "{\"reject\":{\"offer\":\"3:4\"},\"session\":5}" },
    { wn_peer_message_new_restart (&tag), "{\"restart\":{\"session\":5}}" },
    { wn_peer_message_new_restart (&full),
        "{\"restart\":{\"session\":2},\"begin\":\"l1\",\"with\":\"r1\"}" },
    { wn_peer_message_new_beginning (WN_BEGINNING_FIRST, NULL, &begin),
        "{\"restart\":{\"session\":0},\"begin\":\"l1\"}" },
    { wn_peer_message_new_beginning (WN_BEGINNING_AGAIN, "3:4", &full),
        "{\"restart\":{\"session\":0,\"again\":2,\"offer\":\"3:4\"},\"begin\":\"l1\","
        "\"with\":\"r1\"}" },
    { wn_peer_message_new_beginning (WN_BEGINNING_HEARD, NULL, &full),
        "{\"restart\":{\"session\":0},\"begin\":\"l1\",\"with\":\"r1\"}" },
    { wn_peer_message_new_bye (&none), "{\"bye\":{}}" },
    { wn_peer_message_new_bye (&full),
        "{\"bye\":{},\"begin\":\"l1\",\"with\":\"r1\"}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    fail_unless_equals_string (pairs[i].text, pairs[i].expected);
    g_free (pairs[i].text);
  }
}

GST_END_TEST;

GST_START_TEST (test_what_is_written_is_read)
{
  g_autoptr (WnPeerMessage) original =
      parse ("{\"description\":{\"type\":"
             "\"answer\",\"sdp\":\"" SDP
             "\"},\"offer\":\"1:2\",\"session\":8}");
  const WnPeerMessageTag tag = { 8, NULL, NULL };
  g_autofree gchar *text =
      wn_peer_message_new_description (original->description, &tag);
  g_autoptr (WnPeerMessage) copy = parse (text);

  fail_unless_equals_string (copy->description->sdp,
      original->description->sdp);
  fail_unless_equals_string (copy->description->answered_id, "1:2");
  fail_unless_equals_int64 (copy->session, 8);
}

GST_END_TEST;

static Suite *
peermessage_suite (void)
{
  Suite *suite = suite_create ("peermessage");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_offer_is_read);
  tcase_add_loop_test (tc, test_a_bad_offer_can_be_declined, 0,
      G_N_ELEMENTS (bad_offers));
  tcase_add_test (tc, test_a_bad_answer_is_no_message);
  tcase_add_test (tc, test_answer_says_what_it_answers);
  tcase_add_loop_test (tc, test_candidate_is_read, 0,
      G_N_ELEMENTS (candidates));
  tcase_add_test (tc, test_others_are_read);
  tcase_add_loop_test (tc, test_what_is_wrong_is_said, 0, G_N_ELEMENTS (wrong));
  tcase_add_loop_test (tc, test_what_is_not_checked_is_read_safely, 0,
      G_N_ELEMENTS (wrong));
  tcase_add_test (tc, test_sizes_and_depths_have_a_bound);
  tcase_add_test (tc, test_writing_is_compact_and_exact);
  tcase_add_test (tc, test_what_is_written_is_read);
  return suite;
}

CHECK_MAIN (peermessage)
