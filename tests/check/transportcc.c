/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What descriptions say of transport-wide feedback, text to text. */

#include "sdptext.h"
#include "sdp/transportcc.h"

#define AUDIO "m=audio 9 UDP/TLS/RTP/SAVPF 97\r\na=rtpmap:97 OPUS/48000/2\r\n"
#define VIDEO                                                                  \
  "m=video 9 UDP/TLS/RTP/SAVPF 96 98\r\na=rtpmap:96 VP8/90000\r\n"             \
  "a=rtpmap:98 rtx/90000\r\na=fmtp:98 apt=96\r\n"
#define REJECTED "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n"
#define CHANNEL "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
#define EXTENSION(id) "a=extmap:" id " " WN_TRANSPORT_CC_URI "\r\n"
#define FEEDBACK(pt) "a=rtcp-fb:" pt " transport-cc\r\n"
#define OTHER(id) "a=extmap:" id " urn:ietf:params:rtp-hdrext:sdes:mid\r\n"

static const struct
{
  const gchar *remote, *made, *offer;
} offers[] = {
  { NULL, AUDIO VIDEO CHANNEL,
      AUDIO EXTENSION ("1") FEEDBACK ("97") VIDEO EXTENSION ("1")
          FEEDBACK ("96") CHANNEL },
  /* What is there already stays: webrtcbin's line, and a payloader's extension. */
  { NULL, VIDEO FEEDBACK ("96"), VIDEO FEEDBACK ("96") EXTENSION ("1") },
  { NULL, VIDEO "a=rtcp-fb:* transport-cc\r\n",
      VIDEO "a=rtcp-fb:* transport-cc\r\n" EXTENSION ("1") },
  { NULL, AUDIO VIDEO EXTENSION ("5"),
      AUDIO EXTENSION ("5") FEEDBACK ("97") VIDEO EXTENSION ("5")
          FEEDBACK ("96") },
  /* An id means the same in all sections, and for both sides. */
  { NULL, AUDIO OTHER ("1") VIDEO,
      AUDIO OTHER ("1") EXTENSION ("2") FEEDBACK ("97") VIDEO EXTENSION ("2")
          FEEDBACK ("96") },
  { AUDIO OTHER ("2") REJECTED OTHER ("3/sendonly"), AUDIO OTHER ("1"),
      AUDIO OTHER ("1") EXTENSION ("4") FEEDBACK ("97") },
  { AUDIO EXTENSION ("7"), AUDIO OTHER ("1"),
      AUDIO OTHER ("1") EXTENSION ("7") FEEDBACK ("97") },
  { NULL, REJECTED, REJECTED },
};

GST_START_TEST (an_offer_names_the_extension)
{
  g_autoptr (GstSDPMessage) remote =
      offers[__i__].remote ? read_sdp (offers[__i__].remote) : NULL;
  g_autoptr (GstSDPMessage) sdp = read_sdp (offers[__i__].made);

  wn_transport_cc_offer (sdp, remote);
  assert_sections (sdp, offers[__i__].offer);
}

GST_END_TEST;

GST_START_TEST (without_an_id_nothing_is_offered)
{
  g_autoptr (GString) made = g_string_new (AUDIO);
  g_autoptr (GstSDPMessage) sdp = NULL;

  for (guint i = 1; i < 15; i++)
    g_string_append_printf (made, "a=extmap:%u urn:x:%u\r\n", i, i);
  sdp = read_sdp (made->str);
  wn_transport_cc_offer (sdp, NULL);
  assert_sections (sdp, made->str);
}

GST_END_TEST;

static const struct
{
  const gchar *offer, *made, *answer;
} answers[] = {
  { AUDIO EXTENSION ("4") VIDEO EXTENSION ("4"), AUDIO VIDEO,
      AUDIO EXTENSION ("4") FEEDBACK ("97") VIDEO EXTENSION ("4")
          FEEDBACK ("96") },
  { AUDIO VIDEO EXTENSION ("4"), AUDIO VIDEO,
      AUDIO VIDEO EXTENSION ("4") FEEDBACK ("96") },
  { AUDIO OTHER ("4"), AUDIO, AUDIO },
  { VIDEO EXTENSION ("4"), REJECTED, REJECTED },
  /* Not in both directions, or not in a header of one byte. */
  { VIDEO "a=extmap:4/sendonly " WN_TRANSPORT_CC_URI "\r\n", VIDEO, VIDEO },
  { VIDEO EXTENSION ("15") EXTENSION ("200"), VIDEO, VIDEO },
  { VIDEO "a=extmap:4 " WN_TRANSPORT_CC_URI "-not\r\n", VIDEO, VIDEO },
};

GST_START_TEST (an_answer_takes_what_is_offered)
{
  g_autoptr (GstSDPMessage) offer = read_sdp (answers[__i__].offer);
  g_autoptr (GstSDPMessage) sdp = read_sdp (answers[__i__].made);

  wn_transport_cc_answer (sdp, offer);
  assert_sections (sdp, answers[__i__].answer);
}

GST_END_TEST;

/* Sound is not told of, and neither is what a rejected section was for. */
GST_START_TEST (only_what_is_told_of_has_a_number)
{
  g_autoptr (GstSDPMessage) sdp =
      read_sdp (AUDIO REJECTED EXTENSION ("3") VIDEO EXTENSION ("4"));
  g_autoptr (GstSDPMessage) other = read_sdp (AUDIO VIDEO OTHER ("4"));
  gboolean is_told[128];

  fail_unless_equals_int (wn_transport_cc_read (sdp, is_told), 4);
  for (guint i = 0; i < G_N_ELEMENTS (is_told); i++)
    fail_unless_equals_int (is_told[i], i == 96 || i == 98);
  fail_unless_equals_int (wn_transport_cc_read (other, is_told), 0);
  for (guint i = 0; i < G_N_ELEMENTS (is_told); i++)
    fail_if (is_told[i]);
}

GST_END_TEST;

static Suite *
transport_cc_suite (void)
{
  Suite *suite = suite_create ("transport-cc");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, an_offer_names_the_extension, 0,
      G_N_ELEMENTS (offers));
  tcase_add_test (tc, without_an_id_nothing_is_offered);
  tcase_add_test (tc, only_what_is_told_of_has_a_number);
  tcase_add_loop_test (tc, an_answer_takes_what_is_offered, 0,
      G_N_ELEMENTS (answers));
  return suite;
}

CHECK_MAIN (transport_cc)
