/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What descriptions say of lost packets, text to text. */

#include "sdptext.h"
#include "sdp/retransmission.h"

#define SALT 0x10
#define AUDIO                                                                  \
  "m=audio 9 UDP/TLS/RTP/SAVPF 97\r\na=rtpmap:97 OPUS/48000/2\r\n"             \
  "a=ssrc:5 cname:c\r\n"
#define VIDEO(formats) "m=video 9 UDP/TLS/RTP/SAVPF " formats "\r\n"
#define VP8(pt) "a=rtpmap:" pt " VP8/90000\r\n"
#define VP9(pt) "a=rtpmap:" pt " VP9/90000\r\n"
#define NACK(pt) "a=rtcp-fb:" pt " nack\r\n"
#define RTX(pt, apt)                                                           \
  "a=rtpmap:" pt " rtx/90000\r\na=fmtp:" pt " apt=" apt "\r\n"
#define SOURCE(ssrc) "a=ssrc:" ssrc " cname:c\r\n"
#define GROUP(ssrc, other)                                                     \
  "a=ssrc-group:FID " ssrc " " other "\r\n" SOURCE (other)
#define TRACK(ssrc) "a=ssrc:" ssrc " msid:s t\r\n"

/*** Offers ***/

static const struct
{
  const gchar *remote, *made, *offer;
} offers[] = {
  { NULL, AUDIO VIDEO ("96") VP8 ("96") SOURCE ("1"),
      AUDIO VIDEO ("96 98") VP8 ("96") SOURCE ("1") NACK ("96") RTX ("98", "96")
          GROUP ("1", "17") },
  { NULL, VIDEO ("96") VP8 ("96") TRACK ("1") SOURCE ("1"),
      VIDEO ("96 97") VP8 ("96") TRACK ("1") SOURCE ("1") NACK ("96")
          RTX ("97", "96") TRACK ("17") GROUP ("1", "17") },
  /* Two encodings of one kind, in a section and in two. */
  { NULL, VIDEO ("96 97") VP8 ("96") VP9 ("97"),
      VIDEO ("96 97 98 99") VP8 ("96") VP9 ("97") NACK ("96") RTX ("98", "96")
          NACK ("97") RTX ("99", "97") },
  { NULL, VIDEO ("96") VP8 ("96") VIDEO ("97 96") VP9 ("97") VP8 ("96"),
      VIDEO ("96 98") VP8 ("96") NACK ("96") RTX ("98", "96")
          VIDEO ("97 96 98 99") VP9 ("97") VP8 ("96") NACK ("96")
              RTX ("98", "96") NACK ("97") RTX ("99", "97") },
  /* What the remote peer has of it stays. */
  { VIDEO ("96 120") VP8 ("96") NACK ("96") RTX ("120", "96"),
      VIDEO ("96") VP8 ("96") VIDEO ("98") VP9 ("98"),
      VIDEO ("96 120") VP8 ("96") NACK ("96") RTX ("120", "96") VIDEO ("98 97")
          VP9 ("98") NACK ("98") RTX ("97", "98") },
  /* …unless it means two things there. */
  { VIDEO ("96 98") VP8 ("96") RTX ("98", "96") VIDEO ("98") VP9 ("98"),
      VIDEO ("96") VP8 ("96"),
      VIDEO ("96 97") VP8 ("96") NACK ("96") RTX ("97", "96") },
  /* What webrtcbin says itself is said anew. */
  { NULL, VIDEO ("96 99") VP8 ("96") NACK ("96") RTX ("99", "96"),
      VIDEO ("96 97") VP8 ("96") NACK ("96") RTX ("97", "96") },
  /* Nothing is repeated of what is rejected, and none of what corrects errors. */
  { NULL, "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n" VP8 ("96"),
      "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n" VP8 ("96") },
  { NULL, VIDEO ("96 97") VP8 ("96") "a=rtpmap:97 red/90000\r\n",
      VIDEO ("96 97 98") VP8 ("96") "a=rtpmap:97 red/90000\r\n" NACK ("96")
          RTX ("98", "96") },
};

GST_START_TEST (an_offer_repeats_what_is_lost_of_each_encoding)
{
  g_autoptr (GstSDPMessage) remote =
      offers[__i__].remote ? read_sdp (offers[__i__].remote) : NULL;
  g_autoptr (GstSDPMessage) sdp = read_sdp (offers[__i__].made);

  wn_retransmission_offer (sdp, remote, SALT);
  assert_sections (sdp, offers[__i__].offer);
}

GST_END_TEST;

GST_START_TEST (without_a_payload_type_packets_are_asked_for_only)
{
  g_autoptr (GString) formats = g_string_new ("m=audio 9 UDP/TLS/RTP/SAVPF");
  g_autoptr (GstSDPMessage) remote = NULL;
  g_autoptr (GstSDPMessage) sdp = read_sdp (VIDEO ("96") VP8 ("96"));

  for (guint i = 0; i < 128; i++)
    g_string_append_printf (formats, " %u", i);
  g_string_append (formats, "\r\n");
  remote = read_sdp (formats->str);
  wn_retransmission_offer (sdp, remote, SALT);
  assert_sections (sdp, VIDEO ("96") VP8 ("96") NACK ("96"));
}

GST_END_TEST;

/*** Answers ***/

static const struct
{
  const gchar *offer, *made, *answer;
} answers[] = {
  { VIDEO ("96 97 98 99") VP8 ("96") VP9 ("98") NACK ("96") NACK ("98")
          RTX ("97", "96") RTX ("99", "98"),
      VIDEO ("98") VP9 ("98") SOURCE ("1"),
      VIDEO ("98 99") VP9 ("98") SOURCE ("1") NACK ("98") RTX ("99", "98")
          GROUP ("1", "17") },
  { VIDEO ("96 97") VP8 (
        "96") "a=rtcp-fb:* nack\r\n"
              "a=rtpmap:97 RTX/90000\r\na=fmtp:97 rtx-time=3000; apt=96\r\n",
      VIDEO ("96") VP8 ("96"),
      VIDEO ("96 97") VP8 ("96") NACK ("96") RTX ("97", "96") },
  /* Nothing that was not offered. */
  { VIDEO ("96") VP8 ("96"), VIDEO ("96") VP8 ("96"), VIDEO ("96") VP8 ("96") },
  { VIDEO ("96") VP8 ("96") NACK ("96"), VIDEO ("96") VP8 ("96"),
      VIDEO ("96") VP8 ("96") NACK ("96") },
  { VIDEO ("96 97") VP8 ("96") RTX ("97", "96"), VIDEO ("96") VP8 ("96"),
      VIDEO ("96") VP8 ("96") },
  { VIDEO ("96 97") VP8 ("96") NACK ("96") RTX ("97", "96"),
      "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n" VP8 ("96"),
      "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n" VP8 ("96") },
  /* Nonsense, and what would have another stream taken for repetitions. */
  { VIDEO ("96") VP8 ("96") NACK ("96") "a=rtpmap:96 rtx/90000\r\n"
                                        "a=fmtp:96 apt=96\r\n",
      VIDEO ("96") VP8 ("96"), VIDEO ("96") VP8 ("96") NACK ("96") },
  { VIDEO ("96 97") VP8 ("96") NACK ("96") RTX ("97", "999999999999"),
      VIDEO ("96") VP8 ("96"), VIDEO ("96") VP8 ("96") NACK ("96") },
  { VIDEO ("96 97") VP8 ("96") NACK ("96") RTX ("97", "96") VIDEO ("97")
          VP9 ("97"),
      VIDEO ("96") VP8 ("96") VIDEO ("97") VP9 ("97"),
      VIDEO ("96") VP8 ("96") NACK ("96") VIDEO ("97") VP9 ("97") },
  { VIDEO ("96") VP8 ("96") NACK ("96") RTX ("97", "96"),
      VIDEO ("96") VP8 ("96"), VIDEO ("96") VP8 ("96") NACK ("96") },
};

GST_START_TEST (an_answer_accepts_what_is_offered)
{
  g_autoptr (GstSDPMessage) offer = read_sdp (answers[__i__].offer);
  g_autoptr (GstSDPMessage) sdp = read_sdp (answers[__i__].made);

  wn_retransmission_answer (sdp, offer, SALT);
  assert_sections (sdp, answers[__i__].answer);
}

GST_END_TEST;

static Suite *
retransmission_suite (void)
{
  Suite *suite = suite_create ("retransmission");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, an_offer_repeats_what_is_lost_of_each_encoding, 0,
      G_N_ELEMENTS (offers));
  tcase_add_test (tc, without_a_payload_type_packets_are_asked_for_only);
  tcase_add_loop_test (tc, an_answer_accepts_what_is_offered, 0,
      G_N_ELEMENTS (answers));
  return suite;
}

CHECK_MAIN (retransmission)
