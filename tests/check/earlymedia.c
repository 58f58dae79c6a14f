/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Media that comes before the description that announces it, or without any. */

#include "checkmain.h"
#include "peers.h"

#include <gst/rtp/rtp.h>

#define QUIET_MS 200
#define SLOW_MS 300
#define N_STREAMS 4
#define UNANNOUNCED 424242
#define SOME_PACKETS 10

#define A(pair) (&(pair)->peers[0])
#define B(pair) (&(pair)->peers[1])

/* What carries the bundle is B's first section: a data channel's, or a stream's.
 * B is polite. */
static Pair *
make_call (gboolean begins_with_channel)
{
  PairSettings settings = { .ids = { "a", "b" } };
  Pair *pair = pair_new (&settings);

  if (begins_with_channel) {
    g_autoptr (GObject) channel = NULL;

    g_signal_emit_by_name (B (pair)->element, "create-data-channel", "first",
        NULL, &channel);
  } else {
    peer_add_stream (B (pair), 'v');
  }
  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  return pair;
}

/*** Sources that nobody announced ***/

static GstPadProbeReturn
change_ssrc (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info,
    gpointer data G_GNUC_UNUSED)
{
  GstBuffer *buffer = gst_buffer_make_writable (info->data);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  if (gst_rtp_buffer_map (buffer, GST_MAP_READWRITE, &rtp)) {
    gst_rtp_buffer_set_ssrc (&rtp, UNANNOUNCED);
    gst_rtp_buffer_unmap (&rtp);
  }
  info->data = buffer;
  return GST_PAD_PROBE_OK;
}

/* Behind the element's own pad, as only a peer that means no good would. */
static gboolean
spoil (GstElement *webrtcbin G_GNUC_UNUSED, GstPad *pad, gpointer entry)
{
  g_autoptr (GstPad) gate = gst_pad_get_peer (pad);

  if (gate && gst_object_has_as_parent (GST_OBJECT (gate), entry))
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, change_ssrc, NULL, NULL);
  return TRUE;
}

static void
send_unannounced (Peer *peer, RtpStream *stream)
{
  g_autoptr (GstElement) webrtcbin = NULL;

  g_object_get (peer->element, "webrtcbin", &webrtcbin, NULL);
  gst_element_foreach_sink_pad (webrtcbin, spoil, stream->pad);
}

static gboolean
has_come_or_been_warned_of (Pair *pair, gpointer stream)
{
  g_autofree gchar *warning = peer_get_error (A (pair));

  return warning || peer_get_received (A (pair), stream) > SOME_PACKETS;
}

GST_START_TEST (a_source_that_nobody_announced_ends_nothing)
{
  g_autoptr (Pair) pair = make_call (__i__);
  RtpStream *stream = peer_add_stream (B (pair), 'v');
  RtpStream unannounced = { .ssrc = UNANNOUNCED, .n_sources = 1 };
  g_autofree gchar *warning = NULL;

  assert_settles (pair, QUIET_MS);
  send_unannounced (B (pair), stream);
  assert_or_describe (pair,
      pair_wait (pair, has_come_or_been_warned_of, &unannounced,
          PAIR_DEADLINE_MS));
  warning = peer_get_error (A (pair));
  /* webrtcbin has a place for it if the first section is of media. */
  if (__i__)
    fail_unless (strstr (warning, "source 424242 is dropped"), "%s", warning);
  else
    fail_unless (warning == NULL, "%s", warning);

  peer_release_stream (B (pair), stream);
  peer_add_stream (A (pair), 'a');
  assert_settles (pair, QUIET_MS);
  fail_unless_equals_uint64 (peer_get_stat (A (pair), "restarts"), 0);
}

GST_END_TEST;

typedef struct
{
  Peer *receiver;
  guint64 n; /* answers */
} Answers;

static GstPadProbeReturn
drop_until_answered (GstPad *pad G_GNUC_UNUSED,
    GstPadProbeInfo *info G_GNUC_UNUSED, gpointer data)
{
  const Answers *answers = data;

  return peer_get_stat (answers->receiver, "answers-sent") < answers->n
      ? GST_PAD_PROBE_DROP
      : GST_PAD_PROBE_OK;
}

static void
direct (Pair *pair, RtpStream *stream,
    GstWebRTCRTPTransceiverDirection direction)
{
  g_signal_emit_by_name (B (pair)->element, "set-direction", stream->pad,
      direction);
  line_touch (pair->line);
  assert_or_describe (pair, pair_wait_settled (pair, QUIET_MS));
}

/* Its first packets come when the next description has withdrawn the stream. */
GST_START_TEST (media_that_comes_after_its_stream_has_stopped_is_no_news)
{
  g_autoptr (Pair) pair = make_call (TRUE);
  Answers answers = { A (pair), peer_get_stat (A (pair), "answers-sent") + 2 };
  RtpStream *stream = peer_add_stream (B (pair), 'v');
  g_autofree gchar *warning = NULL;

  gst_pad_add_probe (stream->pad, GST_PAD_PROBE_TYPE_BUFFER,
      drop_until_answered, &answers, NULL);
  line_touch (pair->line);
  assert_or_describe (pair, pair_wait_settled (pair, QUIET_MS));
  /* B goes on sending until it has the answer. */
  line_set_delays (pair->line, SLOW_MS, 0, 0);
  direct (pair, stream, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY);
  direct (pair, stream, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV);
  assert_or_describe (pair, pair_wait_media (pair));
  warning = peer_get_error (A (pair));
  fail_unless (warning == NULL, "%s", warning);
}

GST_END_TEST;

/* Its first packet has not reached its pad then. */
static void
say_that_it_left (GstElement *rtpbin, guint session, guint ssrc,
    gpointer data G_GNUC_UNUSED)
{
  g_signal_emit_by_name (rtpbin, "on-bye-ssrc", session, ssrc);
  g_signal_emit_by_name (rtpbin, "on-sender-timeout", session, ssrc);
}

GST_START_TEST (a_source_that_leaves_at_once_keeps_its_place)
{
  g_autoptr (Pair) pair = make_call (TRUE);
  g_autoptr (GstElement) webrtcbin = NULL;
  g_autoptr (GstElement) rtpbin = NULL;
  g_autofree gchar *error = NULL;

  g_object_get (A (pair)->element, "webrtcbin", &webrtcbin, NULL);
  rtpbin = gst_bin_get_by_name (GST_BIN (webrtcbin), "rtpbin");
  g_signal_connect (rtpbin, "on-new-ssrc", G_CALLBACK (say_that_it_left), NULL);
  peer_add_streams (B (pair), "va");
  assert_settles (pair, QUIET_MS);
  error = peer_get_error (A (pair));
  fail_unless (error == NULL, "%s", error);
  g_signal_handlers_disconnect_by_func (rtpbin, say_that_it_left, NULL);
}

GST_END_TEST;

/* The source of the other encoding is announced by the next description only. */
GST_START_TEST (another_encoding_is_not_sent_before_it_is_negotiated)
{
  g_autoptr (Pair) pair = make_call (TRUE);
  RtpStream *stream = peer_add_stream (B (pair), 'v');

  assert_settles (pair, QUIET_MS);
  for (guint i = 0; i < 4; i++) {
    g_autofree gchar *warning = NULL;

    rtp_stream_set_kind (stream, "9v"[i % 2]);
    rtp_stream_burst (stream, 2 * SOME_PACKETS);
    assert_settles (pair, QUIET_MS);
    warning = peer_get_error (A (pair));
    fail_unless (warning == NULL, "%s", warning);
  }
}

GST_END_TEST;

static gboolean
keep_candidate (const Letter *letter, gpointer kept)
{
  if (letter->type != LETTER_CANDIDATE)
    return FALSE;
  if (letter->from == 0)
    g_ptr_array_add (kept, g_strdup (letter->json));
  return TRUE;
}

typedef struct
{
  const gchar *name;
  guint64 n;
} Stat;

static gboolean
has_stat (Pair *pair, gpointer data)
{
  const Stat *stat = data;

  return peer_get_stat (B (pair), stat->name) >= stat->n;
}

static void
wait_for_stat (Pair *pair, const gchar *name, guint64 n)
{
  Stat stat = { name, n };

  assert_or_describe (pair,
      pair_wait (pair, has_stat, &stat, PAIR_DEADLINE_MS));
}

static gboolean
has_caps (Pair *pair G_GNUC_UNUSED, gpointer pad)
{
  return gst_pad_has_current_caps (pad);
}

/* B is connected while the offer is on the way that puts another stream in the place of
 * one that is gone. */
GST_START_TEST (a_successor_is_not_sent_before_it_is_negotiated)
{
  PairSettings settings = { .ids = { "a", "b" } };
  g_autoptr (Pair) pair = pair_new (&settings);
  g_autoptr (GPtrArray) candidates = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GObject) channel = NULL;
  g_autofree gchar *warning = NULL;
  RtpStream *first, *second;

  pair->line->lose = keep_candidate;
  pair->line->lose_data = candidates;
  g_signal_emit_by_name (B (pair)->element, "create-data-channel", "first",
      NULL, &channel);
  pair_play (pair);
  wait_for_stat (pair, "answers-received", 1);
  line_hold (pair->line);
  first = peer_add_stream (B (pair), 'v');
  wait_for_stat (pair, "offers-sent", 2);

  second = peer_add_stream (B (pair), 'v');
  assert_or_describe (pair,
      pair_wait (pair, has_caps, second->pad, PAIR_DEADLINE_MS));
  peer_release_stream (B (pair), first);
  line_set_delays (pair->line, 0, 5 * SLOW_MS, 0);
  line_release (pair->line);
  wait_for_stat (pair, "offers-sent", 3);
  pair->line->lose = NULL;
  for (guint i = 0; i < candidates->len; i++)
    line_inject (pair->line, 0, g_ptr_array_index (candidates, i));
  assert_settles (pair, QUIET_MS);
  warning = peer_get_error (A (pair));
  fail_unless (warning == NULL, "%s", warning);
}

GST_END_TEST;

static guint
count_sources (Peer *peer, const RtpStream *stream)
{
  guint n = 0;

  g_mutex_lock (&peer->pair->mutex);
  for (guint i = 0; i < stream->n_sources; i++) {
    guint32 ssrc = rtp_stream_get_ssrc (stream, i);
    const Reception *reception =
        g_hash_table_lookup (peer->receptions, GUINT_TO_POINTER (ssrc));

    n += reception && reception->n > 0;
  }
  g_mutex_unlock (&peer->pair->mutex);
  return n;
}

/* As when a payloader upstream is replaced. */
GST_START_TEST (another_source_goes_on_as_the_one_before)
{
  g_autoptr (Pair) pair = make_call (__i__);
  RtpStream *stream = peer_add_stream (B (pair), 'v');
  guint offers;

  assert_settles (pair, QUIET_MS);
  offers = line_count (pair->line, LETTER_OFFER);
  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *warning = NULL;

    rtp_stream_set_kind (stream, 'v');
    assert_settles (pair, QUIET_MS);
    warning = peer_get_error (A (pair));
    fail_unless (warning == NULL, "%s", warning);
  }
  fail_unless_equals_int (count_sources (A (pair), stream), 1);
  fail_unless_equals_int (peer_get_lost (A (pair), stream), 0);
  fail_unless_equals_int (line_count (pair->line, LETTER_OFFER), offers);
}

GST_END_TEST;

/*** Media that is faster than the answer ***/

static gboolean
both_have_offered (Pair *pair, gpointer data)
{
  const guint *before = data;

  return line_count_from (pair->line, LETTER_OFFER, 0) > before[0]
      && line_count_from (pair->line, LETTER_OFFER, 1) > before[1];
}

/* B takes its offer back, and sends in the sections that A offers. */
static void
collide (Pair *pair)
{
  guint before[] = {
    line_count_from (pair->line, LETTER_OFFER, 0),
    line_count_from (pair->line, LETTER_OFFER, 1),
  };

  line_hold (pair->line);
  for (guint i = 0; i < N_STREAMS; i++) {
    peer_add_stream (A (pair), 'v');
    peer_add_stream (B (pair), 'v');
  }
  assert_or_describe (pair,
      pair_wait (pair, both_have_offered, before, PAIR_DEADLINE_MS));
  line_release (pair->line);
  assert_settles (pair, QUIET_MS);
}

/* Each stream has to be in the section that it was announced in. */
static void
check_sections (Peer *peer)
{
  g_autoptr (GstElement) webrtcbin = NULL;
  g_autoptr (GHashTable) mlines = g_hash_table_new (NULL, NULL);

  g_object_get (peer->element, "webrtcbin", &webrtcbin, NULL);
  GST_OBJECT_LOCK (webrtcbin);
  for (GList *l = webrtcbin->srcpads; l; l = l->next) {
    g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;
    guint mline;

    g_object_get (l->data, "transceiver", &transceiver, NULL);
    g_object_get (transceiver, "mlineindex", &mline, NULL);
    fail_unless (g_hash_table_add (mlines, GUINT_TO_POINTER (mline)),
        "two streams are in section %u", mline);
  }
  GST_OBJECT_UNLOCK (webrtcbin);
  fail_unless (g_hash_table_size (mlines) >= N_STREAMS);
}

GST_START_TEST (media_that_is_faster_than_the_answer_finds_its_section)
{
  g_autoptr (Pair) pair = make_call (__i__);

  line_set_delays (pair->line, 0, SLOW_MS, 0);
  collide (pair);
  check_sections (A (pair));
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *error = peer_get_error (&pair->peers[i]);

    fail_unless (error == NULL, "%s", error);
    fail_unless_equals_uint64 (peer_get_stat (&pair->peers[i], "restarts"), 0);
  }
}

GST_END_TEST;

/*** Reports that are faster than the offer ***/

typedef struct
{
  guint32 ssrc;
  gint is_heard; /* atomic */
} Report;

static GstPadProbeReturn
report_as (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer report)
{
  GstBuffer *buffer = gst_buffer_make_writable (info->data);
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  GstRTCPPacket packet;

  info->data = buffer;
  gst_rtcp_buffer_map (buffer, GST_MAP_READWRITE, &rtcp);
  if (gst_rtcp_buffer_get_first_packet (&rtcp, &packet)
      && gst_rtcp_packet_get_type (&packet) == GST_RTCP_TYPE_RR)
    gst_rtcp_packet_rr_set_ssrc (&packet, ((Report *) report)->ssrc);
  gst_rtcp_buffer_unmap (&rtcp);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
hear (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer data)
{
  Report *report = data;
  guint8 ssrc[4];

  if (gst_buffer_extract (info->data, 4, ssrc, 4) == 4
      && GST_READ_UINT32_BE (ssrc) == report->ssrc)
    g_atomic_int_set (&report->is_heard, TRUE);
  return GST_PAD_PROBE_OK;
}

static gboolean
is_reported (Pair *pair, gpointer data)
{
  g_autoptr (GstElement) session = peer_find_part (B (pair), "rtpsession");
  g_autoptr (GObject) internal = NULL;
  Report *report = data;

  g_object_get (session, "internal-session", &internal, NULL);
  g_signal_emit_by_name (internal, "send-rtcp", (guint64) 0);
  return g_atomic_int_get (&report->is_heard);
}

/* As when B is going to send in the place of a stream that it has taken away: its
 * webrtcbin knows the source before anybody else does. */
GST_START_TEST (a_report_that_is_faster_than_the_offer_takes_no_place)
{
  g_autoptr (Pair) pair = make_call (TRUE);
  g_autoptr (GstElement) session = NULL;
  g_autoptr (GstElement) decoder = NULL;
  g_autoptr (GstPad) out = NULL;
  g_autoptr (GstPad) in = NULL;
  g_autofree gchar *warning = NULL;
  Report report = { 0 };
  gulong probe;

  peer_add_stream (A (pair), 'v');
  assert_settles (pair, QUIET_MS);
  session = peer_find_part (B (pair), "rtpsession");
  decoder = peer_find_part (A (pair), "dtlssrtpdec");
  out = gst_element_get_static_pad (session, "send_rtcp_src");
  in = gst_element_get_static_pad (decoder, "rtcp_src");

  line_hold (pair->line);
  report.ssrc = peer_add_stream (B (pair), 'v')->ssrc;
  gst_pad_add_probe (in, GST_PAD_PROBE_TYPE_BUFFER, hear, &report, NULL);
  probe = gst_pad_add_probe (out, GST_PAD_PROBE_TYPE_BUFFER, report_as, &report,
      NULL);
  assert_or_describe (pair,
      pair_wait (pair, is_reported, &report, PAIR_DEADLINE_MS));
  gst_pad_remove_probe (out, probe);
  line_release (pair->line);
  assert_settles (pair, QUIET_MS);
  warning = peer_get_error (A (pair));
  fail_unless (warning == NULL, "%s", warning);
}

GST_END_TEST;

static Suite *
early_media_suite (void)
{
  Suite *suite = suite_create ("early media");
  TCase *tc = tcase_create ("sources");

  tcase_set_timeout (tc, 100);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, a_source_that_nobody_announced_ends_nothing, 0, 2);
  tcase_add_test (tc, media_that_comes_after_its_stream_has_stopped_is_no_news);
  tcase_add_test (tc, a_source_that_leaves_at_once_keeps_its_place);
  tcase_add_test (tc, another_encoding_is_not_sent_before_it_is_negotiated);
  tcase_add_test (tc, a_successor_is_not_sent_before_it_is_negotiated);
  tcase_add_loop_test (tc, another_source_goes_on_as_the_one_before, 0, 2);
  tcase_add_test (tc, a_report_that_is_faster_than_the_offer_takes_no_place);
  tcase_add_loop_test (tc,
      media_that_is_faster_than_the_answer_finds_its_section, 0, 2);
  return suite;
}

CHECK_MAIN (early_media)
