/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What is sent is known only when it comes: encoders start late, and some
 * payloaders say everything only when they have seen the encoder's output. */

#include "checkmain.h"
#include "patience.h"
#include "peers.h"
#include "webrtc/pad/rtpformat.h"

#include <gst/rtp/rtp.h>
#include <gst/sdp/sdp.h>

#define QUIET_MS 200
#define LATE_MS 150
#define STARTS many (10, 2)

#define A(pair) (&(pair)->peers[0])

#define RTP "application/x-rtp, "
#define VP8 RTP "media=video, encoding-name=VP8, clock-rate=90000, payload=96"
#define OPUS RTP "media=audio, encoding-name=OPUS, clock-rate=48000, payload=96"
#define H264 RTP "media=video, encoding-name=H264, clock-rate=90000, payload=96"
#define MODE_1 ", packetization-mode=(string)1"
#define PARAMETER_SETS(sets) ", sprop-parameter-sets=(string)\"" sets "\""
#define PROFILE(id) ", profile-level-id=(string)" id

/*** An upstream whose every step is the test's ***/

typedef struct
{
  GstPad *pad;
  GstPad *sink;
  GstElement *element;
  gint n_asked;      /* how often the pad had the element look at it */
  const gchar *caps; /* that are to come, by themselves */
  guint timer;
} Feeder;

/* As a payloader that has seen nothing yet: the encoding, and any payload type. */
static gboolean
on_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  g_autoptr (GstCaps) caps = NULL;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CAPS)
    return gst_pad_query_default (pad, parent, query);
  caps = gst_caps_from_string (g_object_get_data (G_OBJECT (pad), "promise"));
  gst_caps_set_simple (caps, "payload", GST_TYPE_INT_RANGE, 96, 127, NULL);
  gst_query_set_caps_result (query, caps);
  return TRUE;
}

static void
on_caps_changed (GstPad *sink G_GNUC_UNUSED, Feeder *self)
{
  g_atomic_int_inc (&self->n_asked);
}

static Feeder *
feeder_new (Peer *peer, const gchar *promise)
{
  Feeder *self = g_new0 (Feeder, 1);

  self->element = peer->element;
  self->pad = gst_object_ref_sink (gst_pad_new (NULL, GST_PAD_SRC));
  g_object_set_data (G_OBJECT (self->pad), "promise", (gpointer) promise);
  gst_pad_set_query_function (self->pad, on_query);
  gst_pad_set_active (self->pad, TRUE);
  self->sink = gst_element_request_pad_simple (self->element, "sink_%u");
  g_signal_connect (self->sink, "caps-changed", G_CALLBACK (on_caps_changed),
      self);
  fail_unless_equals_int (gst_pad_link (self->pad, self->sink),
      GST_PAD_LINK_OK);
  return self;
}

static void
feeder_free (Feeder *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  gst_pad_set_active (self->pad, FALSE);
  g_signal_handlers_disconnect_by_data (self->sink, self);
  gst_pad_unlink (self->pad, self->sink);
  gst_element_release_request_pad (self->element, self->sink);
  gst_object_unref (self->sink);
  gst_object_unref (self->pad);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Feeder, feeder_free)

static void
feeder_give_caps (Feeder *self, const gchar *text)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);

  gst_pad_push_event (self->pad, gst_event_new_stream_start ("late"));
  fail_unless (gst_pad_push_event (self->pad, gst_event_new_caps (caps)));
}

static void
feeder_give_buffer (Feeder *self)
{
  GstBuffer *buffer = gst_rtp_buffer_new_allocate (10, 0, 0);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  GstSegment segment;

  gst_rtp_buffer_map (buffer, GST_MAP_READWRITE, &rtp);
  gst_rtp_buffer_set_ssrc (&rtp, 1);
  gst_rtp_buffer_unmap (&rtp);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->pad, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_pad_push (self->pad, buffer), GST_FLOW_OK);
}

static gboolean
on_late (gpointer data)
{
  Feeder *self = data;

  self->timer = 0;
  feeder_give_caps (self, self->caps);
  return G_SOURCE_REMOVE;
}

static void
feeder_give_caps_late (Feeder *self, const gchar *text)
{
  self->caps = text;
  self->timer = g_timeout_add (LATE_MS, on_late, self);
}

/*** Two peers, of which A sends ***/

static Pair *
make_pair (void)
{
  PairSettings settings = { .ids = { "a", "b" } };

  return pair_new (&settings);
}

static void
on_notice (GstElement *webrtcbin G_GNUC_UNUSED, gint *n)
{
  g_atomic_int_inc (n);
}

static void
on_element_added (GstBin *element G_GNUC_UNUSED, GstElement *webrtcbin, gint *n)
{
  if (g_str_equal (G_OBJECT_TYPE_NAME (webrtcbin), "GstWebRTCBin"))
    g_signal_connect (webrtcbin, "on-negotiation-needed",
        G_CALLBACK (on_notice), n);
}

static gboolean
has_peer (Pair *pair, gpointer data G_GNUC_UNUSED)
{
  g_autoptr (GstElement) webrtcbin = NULL;

  g_object_get (A (pair)->element, "webrtcbin", &webrtcbin, NULL);
  return webrtcbin != NULL;
}

static void
play_until_paired (Pair *pair)
{
  pair_play (pair);
  assert_or_describe (pair, pair_wait (pair, has_peer, NULL, PAIR_DEADLINE_MS));
}

static gboolean
has_offered (Pair *pair, gpointer n)
{
  return line_count (pair->line, LETTER_OFFER) >= GPOINTER_TO_UINT (n)
      && peer_is_stable (&pair->peers[0]) && peer_is_stable (&pair->peers[1])
      && line_is_empty (pair->line);
}

static void
wait_offers (Pair *pair, guint n)
{
  assert_or_describe (pair,
      pair_wait (pair, has_offered, GUINT_TO_POINTER (n), PAIR_DEADLINE_MS));
  assert_or_describe (pair, line_count (pair->line, LETTER_OFFER) == n);
}

static void
settle (Pair *pair)
{
  line_touch (pair->line);
  assert_or_describe (pair, pair_wait_settled (pair, QUIET_MS));
}

static const gchar *
get_offer (Pair *pair)
{
  return line_get_last_sdp (pair->line, LETTER_OFFER);
}

static guint
count_sections (const gchar *sdp)
{
  g_autoptr (GstSDPMessage) message = NULL;

  gst_sdp_message_new_from_text (sdp, &message);
  return gst_sdp_message_medias_len (message);
}

/*** Tests: waiting ***/

GST_START_TEST (test_an_offer_waits_until_the_payloader_has_said_everything)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autoptr (Feeder) video = feeder_new (A (pair), H264);

  play_until_paired (pair);
  if (__i__)
    feeder_give_caps (video, H264);
  feeder_give_caps_late (video,
      H264 MODE_1 PROFILE ("64001f") PARAMETER_SETS ("Z2QAH6zZQ,aOvjyyLA"));
  settle (pair);
  wait_offers (pair, 1);
  assert_or_describe (pair,
      strstr (get_offer (pair), "packetization-mode=1") != NULL);
  assert_or_describe (pair,
      strstr (get_offer (pair), "profile-level-id=64001f") != NULL);
}

GST_END_TEST;

/* WN_STARTS=100: more of them. */
static guint
get_n_starts (void)
{
  const gchar *wanted = g_getenv ("WN_STARTS");

  return wanted ? (guint) atoi (wanted) : STARTS;
}

/* One offer each, however late the second stream is. */
GST_START_TEST (test_streams_that_start_together_are_offered_together)
{
  for (guint i = 0; i < get_n_starts (); i++) {
    g_autoptr (Pair) pair = make_pair ();
    g_autoptr (Feeder) video = feeder_new (A (pair), VP8);
    g_autoptr (Feeder) audio = feeder_new (A (pair), RTP "media=audio");

    pair_play (pair);
    feeder_give_caps (video, VP8);
    if (i % 2)
      feeder_give_caps_late (audio, OPUS);
    else
      feeder_give_caps (audio, OPUS);
    settle (pair);
    wait_offers (pair, 1);
    fail_unless_equals_int (count_sections (get_offer (pair)), 2);
  }
}

GST_END_TEST;

GST_START_TEST (test_a_buffer_says_that_there_is_no_more_to_be_said)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autoptr (Feeder) video = feeder_new (A (pair), H264);
  gint n_notices = 0;
  gint64 begin;

  g_signal_connect (A (pair)->element, "element-added",
      G_CALLBACK (on_element_added), &n_notices);
  play_until_paired (pair);
  feeder_give_caps (video, H264);
  begin = g_get_monotonic_time ();
  for (guint i = 0; i < 5; i++)
    feeder_give_buffer (video);
  settle (pair);
  wait_offers (pair, 1);
  /* For the caps, and for the first buffer. */
  fail_unless_equals_int (g_atomic_int_get (&video->n_asked), 2);
  /* webrtcbin's own notice comes as late as it likes; nothing else is in vain. */
  fail_unless (peer_get_stat (A (pair), "renegotiations-suppressed")
      <= (guint64) g_atomic_int_get (&n_notices));
  GST_INFO ("offered and answered within %" G_GINT64_FORMAT " us",
      g_get_monotonic_time () - begin);
}

GST_END_TEST;

/* Nothing is known of the one, and of the other not everything. */
GST_START_TEST (test_a_stream_that_never_comes_is_not_waited_for_for_ever)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autoptr (Feeder) silent = feeder_new (A (pair), RTP "media=audio");
  g_autoptr (Feeder) vague = feeder_new (A (pair), H264);
  g_autoptr (Feeder) video = feeder_new (A (pair), VP8);

  pair_play (pair);
  feeder_give_caps (video, VP8);
  settle (pair);
  wait_offers (pair, 1);
  fail_unless_equals_int (count_sections (get_offer (pair)), 2);

  /* When they come after all, they are negotiated. */
  feeder_give_caps (silent, OPUS);
  wait_offers (pair, 2);
  fail_unless_equals_int (count_sections (get_offer (pair)), 3);
  feeder_give_caps (vague, H264 MODE_1 PROFILE ("42e01f"));
  wait_offers (pair, 3);
  assert_or_describe (pair,
      strstr (get_offer (pair), "packetization-mode=1") != NULL);
}

GST_END_TEST;

static gboolean
has_offered_twice (Pair *pair, gpointer data G_GNUC_UNUSED)
{
  return peer_get_stat (peer_get_other (A (pair)), "offers-sent") == 2;
}

/* An answer cannot wait: the stream comes with an offer of its own. */
GST_START_TEST (test_a_vague_stream_is_not_put_into_an_answer)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autoptr (Feeder) vague = NULL;

  peer_add_stream (peer_get_other (A (pair)), 'v');
  pair_play (pair);
  settle (pair);
  wait_offers (pair, 1);

  /* It waits for 3 s only, which a busy machine may need for an offer. */
  line_hold (pair->line);
  peer_add_stream (peer_get_other (A (pair)), 'h');
  assert_or_describe (pair,
      pair_wait (pair, has_offered_twice, NULL, PAIR_DEADLINE_MS));
  vague = feeder_new (A (pair), H264);
  line_release (pair->line);
  wait_offers (pair, 2);
  fail_unless_equals_int (line_count_from (pair->line, LETTER_OFFER, 0), 0);
  assert_or_describe (pair,
      strstr (line_get_last_sdp (pair->line, LETTER_ANSWER), "a=sendrecv")
          == NULL);

  feeder_give_caps (vague, H264 MODE_1 PROFILE ("42e01f"));
  wait_offers (pair, 3);
  assert_or_describe (pair,
      strstr (get_offer (pair), "packetization-mode=1") != NULL);
}

GST_END_TEST;

/*** Tests: what is said later ***/

GST_START_TEST (test_another_profile_is_negotiated)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autoptr (Feeder) video = feeder_new (A (pair), H264);

  pair_play (pair);
  feeder_give_caps (video, H264 MODE_1 PROFILE ("42c01f"));
  settle (pair);
  wait_offers (pair, 1);

  feeder_give_caps (video, H264 MODE_1 PROFILE ("64001f"));
  wait_offers (pair, 2);
  assert_or_describe (pair,
      strstr (get_offer (pair), "profile-level-id=64001f") != NULL);
}

GST_END_TEST;

GST_START_TEST (test_another_size_is_not)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autoptr (Feeder) video = feeder_new (A (pair), H264);

  pair_play (pair);
  feeder_give_caps (video,
      H264 MODE_1 PROFILE ("42c01e") PARAMETER_SETS ("Z0LAHtoC,aM48gA=="));
  settle (pair);
  wait_offers (pair, 1);

  /* First without what the encoder has not put out yet, as payloaders do. */
  feeder_give_caps (video, H264);
  feeder_give_caps (video,
      H264 MODE_1 PROFILE ("42e01f") PARAMETER_SETS ("Z0LgH9oB,aM48gA=="));
  feeder_give_buffer (video);
  settle (pair);
  wait_offers (pair, 1);
}

GST_END_TEST;

/*** Tests: formats ***/

static const struct
{
  const gchar *caps;
  gboolean is_complete;
} formats[] = {
  { VP8, TRUE },
  { OPUS, TRUE },
  { H264, FALSE },
  { H264 MODE_1, TRUE },
  { RTP "media=video, encoding-name=h265, clock-rate=90000", FALSE },
  { RTP
      "media=video, encoding-name=H265, clock-rate=90000, sprop-sps=(string)A",
      TRUE },
};

GST_START_TEST (test_complete_formats)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (formats[__i__].caps);

  fail_unless (wn_rtp_format_is_known (caps));
  fail_unless_equals_int (wn_rtp_format_is_complete (caps),
      formats[__i__].is_complete);
}

GST_END_TEST;

static const struct
{
  const gchar *one;
  const gchar *other;
  gboolean is_other;
} changes[] = {
  { VP8, VP8 ", ssrc=(uint)1, framerate=(string)30", FALSE },
  { H264, H264 MODE_1, TRUE },
  { H264, H264 ", packetization-mode=(string)0", FALSE },
  { H264, H264 PROFILE ("42e01f"), FALSE },
  { H264 PROFILE ("42c01e"), H264 PROFILE ("42e028"), FALSE },
  { H264 PROFILE ("42e01f"), H264 PROFILE ("4d001f"), TRUE },
  { H264 PROFILE ("42e01f"), H264 PROFILE ("rubbish"), FALSE },
  { H264 MODE_1 PARAMETER_SETS ("A"), H264 MODE_1 PARAMETER_SETS ("B"), FALSE },
  { RTP "encoding-name=VP9", RTP "encoding-name=VP9, profile-id=(string)0",
      FALSE },
  { RTP "encoding-name=VP9", RTP "encoding-name=VP9, profile-id=(string)2",
      TRUE },
  { RTP "encoding-name=H265, profile-id=(string)2", RTP "encoding-name=H265",
      TRUE },
};

GST_START_TEST (test_other_parameters)
{
  g_autoptr (GstCaps) one = gst_caps_from_string (changes[__i__].one);
  g_autoptr (GstCaps) other = gst_caps_from_string (changes[__i__].other);
  const GstStructure *a = gst_caps_get_structure (one, 0);
  const GstStructure *b = gst_caps_get_structure (other, 0);

  fail_unless_equals_int (wn_rtp_format_has_other_parameters (a, b),
      changes[__i__].is_other);
  fail_unless_equals_int (wn_rtp_format_has_other_parameters (b, a),
      changes[__i__].is_other);
}

GST_END_TEST;

static Suite *
latecaps_suite (void)
{
  Suite *suite = suite_create ("latecaps");
  TCase *waiting = tcase_create ("waiting");
  TCase *news = tcase_create ("news");
  TCase *format = tcase_create ("formats");

  tcase_set_timeout (waiting, 0);
  tcase_add_loop_test (waiting,
      test_an_offer_waits_until_the_payloader_has_said_everything, 0, 2);
  tcase_add_test (waiting,
      test_streams_that_start_together_are_offered_together);
  tcase_add_test (waiting, test_a_buffer_says_that_there_is_no_more_to_be_said);
  tcase_add_test (waiting,
      test_a_stream_that_never_comes_is_not_waited_for_for_ever);
  tcase_add_test (waiting, test_a_vague_stream_is_not_put_into_an_answer);
  suite_add_tcase (suite, waiting);
  tcase_set_timeout (news, 0);
  tcase_add_test (news, test_another_profile_is_negotiated);
  tcase_add_test (news, test_another_size_is_not);
  suite_add_tcase (suite, news);
  tcase_add_loop_test (format, test_complete_formats, 0,
      G_N_ELEMENTS (formats));
  tcase_add_loop_test (format, test_other_parameters, 0,
      G_N_ELEMENTS (changes));
  suite_add_tcase (suite, format);
  return suite;
}

CHECK_MAIN (latecaps)
