/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Transport-wide feedback between two elements, and what is made of it. */

#include "checkmain.h"
#include "patience.h"
#include "peers.h"

#include <gst/rtp/rtp.h>

#define QUIET_MS 200
#define SOME_PACKETS 100
#define START_BITRATE 400000
#define LEAST_BITRATE 5000

#define A(pair) (&(pair)->peers[0])
#define B(pair) (&(pair)->peers[1])

static Pair *
make_pair (const gchar *kinds)
{
  PairSettings settings = { .ids = { "a", "b" } };
  Pair *pair = pair_new (&settings);

  g_object_set (A (pair)->element, "start-bitrate", START_BITRATE, NULL);
  peer_add_streams (A (pair), kinds);
  return pair;
}

/*** Numbers ***/

/* What arrives of a peer's */
typedef struct
{
  guint id;  /* of the header extension */
  guint n;   /* atomic */
  gint lost; /* atomic: numbers passed over */
  gint none; /* atomic: packets without one */
  guint16 seqnum;
} Numbers;

static void
read_number (Numbers *self, GstBuffer *buffer)
{
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  gpointer data;
  guint size;

  if (!gst_rtp_buffer_map (buffer, GST_MAP_READ, &rtp))
    return;
  if (gst_rtp_buffer_get_extension_onebyte_header (&rtp, self->id, 0, &data,
          &size)) {
    const guint8 *bytes = data;
    guint16 seqnum = bytes[0] << 8 | bytes[1];

    if (self->n > 0 && (guint16) (self->seqnum + 1) != seqnum)
      g_atomic_int_inc (&self->lost);
    self->seqnum = seqnum;
  } else {
    g_atomic_int_inc (&self->none);
  }
  g_atomic_int_inc (&self->n);
  gst_rtp_buffer_unmap (&rtp);
}

static gboolean
read_from_list (GstBuffer **buffer, guint i G_GNUC_UNUSED, gpointer numbers)
{
  read_number (numbers, *buffer);
  return TRUE;
}

static GstPadProbeReturn
on_packet (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer numbers)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST)
    gst_buffer_list_foreach (info->data, read_from_list, numbers);
  else
    read_number (numbers, info->data);
  return GST_PAD_PROBE_OK;
}

static gboolean
have_come (Pair *pair G_GNUC_UNUSED, gpointer numbers)
{
  return (guint) g_atomic_int_get (&((Numbers *) numbers)->n) > SOME_PACKETS;
}

/* All streams of a bundle share the numbers. */
GST_START_TEST (each_packet_has_its_number)
{
  g_autoptr (Pair) pair = make_pair ("vah9");
  g_autoptr (GstElement) session = NULL;
  g_autoptr (GstPad) in = NULL;
  Numbers numbers = { .id = 1 };
  gulong probe;

  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  session = peer_find_part (B (pair), "rtpsession");
  in = gst_element_get_static_pad (session, "recv_rtp_sink");
  probe = gst_pad_add_probe (in,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packet,
      &numbers, NULL);
  assert_or_describe (pair,
      pair_wait (pair, have_come, &numbers, patience (PAIR_DEADLINE_MS)));
  gst_pad_remove_probe (in, probe);
  fail_unless_equals_int (g_atomic_int_get (&numbers.none), 0);
  fail_unless_equals_int (g_atomic_int_get (&numbers.lost), 0);
}

GST_END_TEST;

/*** A peer that tells nothing ***/

/* More than a session may remember for it. */
#define MOST_PACKETS 20000
#define MORE_PACKETS (MOST_PACKETS + 50 * SOME_PACKETS)

static GstPadProbeReturn
drop (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info G_GNUC_UNUSED,
    gpointer data G_GNUC_UNUSED)
{
  return GST_PAD_PROBE_DROP;
}

GST_START_TEST (not_all_is_numbered_that_nobody_tells_of)
{
  g_autoptr (Pair) pair = make_pair ("v");
  RtpStream *stream = g_ptr_array_index (A (pair)->streams, 0);
  g_autoptr (GstElement) ours = NULL;
  g_autoptr (GstElement) theirs = NULL;
  g_autoptr (GstPad) in = NULL;
  g_autoptr (GstPad) rtp = NULL;
  Numbers numbers = { .id = 1 };

  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  ours = peer_find_part (A (pair), "rtpsession");
  theirs = peer_find_part (B (pair), "rtpsession");
  in = gst_element_get_static_pad (ours, "recv_rtcp_sink");
  rtp = gst_element_get_static_pad (theirs, "recv_rtp_sink");
  gst_pad_add_probe (in, GST_PAD_PROBE_TYPE_BUFFER, drop, NULL, NULL);
  gst_pad_add_probe (rtp,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packet,
      &numbers, NULL);
  while ((guint) g_atomic_int_get (&numbers.n) < MORE_PACKETS) {
    rtp_stream_burst (stream, SOME_PACKETS);
    assert_or_describe (pair,
        pair_wait (pair, have_come, &numbers, PAIR_DEADLINE_MS));
  }
  fail_unless (g_atomic_int_get (&numbers.none) > 0);
  fail_unless (numbers.n - numbers.none < MOST_PACKETS + 2 * SOME_PACKETS);
}

GST_END_TEST;

/*** The estimate ***/

static guint
get_estimate (Peer *peer)
{
  guint estimate;

  g_object_get (peer->element, "estimated-bitrate", &estimate, NULL);
  return estimate;
}

static guint
get_share (Peer *peer, guint i)
{
  RtpStream *stream = g_ptr_array_index (peer->streams, i);
  guint share;

  g_object_get (stream->pad, "bitrate", &share, NULL);
  return share;
}

static gboolean
is_more (Pair *pair, gpointer bitrate)
{
  return get_estimate (A (pair)) > GPOINTER_TO_UINT (bitrate);
}

static gboolean
is_unknown (Pair *pair, gpointer data G_GNUC_UNUSED)
{
  return get_estimate (A (pair)) == 0;
}

static void
wait_for (Pair *pair, Condition condition, gpointer data)
{
  assert_or_describe (pair,
      pair_wait (pair, condition, data, patience (PAIR_DEADLINE_MS)));
}

/* The streams send next to nothing, which arrives. */
GST_START_TEST (what_arrives_makes_the_estimate_grow)
{
  g_autoptr (Pair) pair = make_pair ("vav");

  g_object_set (A (pair)->element, "min-bitrate", LEAST_BITRATE,
      "start-bitrate", LEAST_BITRATE, NULL);
  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  wait_for (pair, is_more, GUINT_TO_POINTER (LEAST_BITRATE));
  fail_unless (peer_count_events (A (pair), "bitrate") > 0);
}

GST_END_TEST;

GST_START_TEST (streams_share_the_estimate)
{
  g_autoptr (Pair) pair = make_pair ("vav");
  RtpStream *last = g_ptr_array_index (A (pair)->streams, 2);

  g_object_set (last->pad, "priority", 3, NULL);
  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  wait_for (pair, is_more, NULL);
  fail_unless_equals_int (get_share (A (pair), 1), 64000);
  fail_unless_equals_int (get_share (A (pair), 2) / 3, get_share (A (pair), 0));

  peer_release_stream (A (pair), last);
  assert_settles (pair, QUIET_MS);
  fail_unless_equals_int (get_share (A (pair), 0),
      get_estimate (A (pair)) - 64000);
}

GST_END_TEST;

GST_START_TEST (nothing_is_estimated_that_nobody_asks_for)
{
  g_autoptr (Pair) pair = make_pair ("v");

  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  wait_for (pair, is_more, NULL);
  gst_util_set_object_arg (G_OBJECT (A (pair)->element), "congestion-control",
      "none");
  wait_for (pair, is_unknown, NULL);
  fail_unless_equals_int (get_share (A (pair), 0), 0);

  gst_util_set_object_arg (G_OBJECT (A (pair)->element), "congestion-control",
      "auto");
  wait_for (pair, is_more, NULL);
  fail_unless (get_share (A (pair), 0) > 0);
}

GST_END_TEST;

/* Each begins with what it is set to, and goes on with a call of its own. */
GST_START_TEST (another_call_begins_anew)
{
  g_autoptr (Pair) pair = make_pair ("v");

  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  wait_for (pair, is_more, NULL);
  g_signal_emit_by_name (B (pair)->element, "restart");
  assert_settles (pair, QUIET_MS);
  wait_for (pair, is_more, NULL);
  fail_unless (get_estimate (A (pair)) <= START_BITRATE);
}

GST_END_TEST;

/*** A peer that tells of packets that were not sent ***/

#define N_CHUNKS 8
#define MAX_RUN 8191
#define N_TOLD 65535

/* Nothing has arrived, of all that there could be. */
static GstBuffer *
make_feedback (void)
{
  GstBuffer *buffer = gst_rtcp_buffer_new (100);
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  GstRTCPPacket packet;
  guint8 *fci;

  gst_rtcp_buffer_map (buffer, GST_MAP_READWRITE, &rtcp);
  gst_rtcp_buffer_add_packet (&rtcp, GST_RTCP_TYPE_RTPFB, &packet);
  gst_rtcp_packet_fb_set_type (&packet, GST_RTCP_RTPFB_TYPE_TWCC);
  gst_rtcp_packet_fb_set_fci_length (&packet, 2 + N_CHUNKS / 2);
  fci = gst_rtcp_packet_fb_get_fci (&packet);
  memset (fci, 0, 8);
  GST_WRITE_UINT16_BE (fci + 2, N_TOLD);
  for (guint i = 0; i < N_CHUNKS; i++)
    GST_WRITE_UINT16_BE (fci + 8 + 2 * i, MAX_RUN);
  gst_rtcp_buffer_unmap (&rtcp);
  return buffer;
}

static GstPadProbeReturn
replace_report (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info,
    gpointer data G_GNUC_UNUSED)
{
  gst_buffer_unref (info->data);
  info->data = make_feedback ();
  return GST_PAD_PROBE_OK;
}

/* What A hears of it */
typedef struct
{
  gint n_come; /* atomic: reports; the one before has been looked at then */
  gint n_told; /* atomic: those that its session believed */
} Heard;

static GstPadProbeReturn
count_report (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer data)
{
  guint8 count[2];

  if (gst_buffer_extract (info->data, 14, count, 2) == 2
      && (count[0] << 8 | count[1]) == N_TOLD)
    g_atomic_int_inc (&((Heard *) data)->n_come);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
count_told (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer data)
{
  if (gst_event_has_name (info->data, "RTPTWCCPackets"))
    g_atomic_int_inc (&((Heard *) data)->n_told);
  return GST_PAD_PROBE_OK;
}

static gboolean
have_come_once (Pair *pair G_GNUC_UNUSED, gpointer heard)
{
  return g_atomic_int_get (&((Heard *) heard)->n_come) >= 1;
}

static gboolean
have_come_thrice (Pair *pair G_GNUC_UNUSED, gpointer heard)
{
  return g_atomic_int_get (&((Heard *) heard)->n_come) >= 3;
}

GST_START_TEST (what_was_not_sent_cannot_be_told_of)
{
  g_autoptr (Pair) pair = make_pair ("v");
  g_autoptr (GstElement) ours = NULL;
  g_autoptr (GstElement) theirs = NULL;
  g_autoptr (GstElement) decoder = NULL;
  g_autoptr (GstPad) in = NULL;
  g_autoptr (GstPad) told = NULL;
  g_autoptr (GstPad) out = NULL;
  Heard heard = { 0 };
  gint n_told;

  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  ours = peer_find_part (A (pair), "rtpsession");
  theirs = peer_find_part (B (pair), "rtpsession");
  decoder = peer_find_part (A (pair), "dtlssrtpdec");
  in = gst_element_get_static_pad (decoder, "rtcp_src");
  told = gst_element_get_static_pad (ours, "send_rtp_sink");
  out = gst_element_get_static_pad (theirs, "send_rtcp_src");
  gst_pad_add_probe (out, GST_PAD_PROBE_TYPE_BUFFER, replace_report, NULL,
      NULL);
  gst_pad_add_probe (told, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, count_told,
      &heard, NULL);
  /* Of those that come after the first, none is true. */
  gst_pad_add_probe (in, GST_PAD_PROBE_TYPE_BUFFER, count_report, &heard, NULL);
  wait_for (pair, have_come_once, &heard);
  n_told = g_atomic_int_get (&heard.n_told);
  wait_for (pair, have_come_thrice, &heard);
  fail_unless_equals_int (g_atomic_int_get (&heard.n_told), n_told);
}

GST_END_TEST;

/*** A peer whose numbers jump ***/

#define MANY_PACKETS 2000

static gboolean
spoil_number (GstBuffer **buffer, guint i G_GNUC_UNUSED,
    gpointer data G_GNUC_UNUSED)
{
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  gpointer number;

  *buffer = gst_buffer_make_writable (*buffer);
  if (!gst_rtp_buffer_map (*buffer, GST_MAP_READWRITE, &rtp))
    return TRUE;
  if (gst_rtp_buffer_get_extension_onebyte_header (&rtp, 1, 0, &number, NULL)) {
    ((guint8 *) number)[0] = g_random_int ();
    ((guint8 *) number)[1] = g_random_int ();
  }
  /* No picture ever ends. */
  gst_rtp_buffer_set_marker (&rtp, FALSE);
  gst_rtp_buffer_unmap (&rtp);
  return TRUE;
}

static GstPadProbeReturn
spoil (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info,
    gpointer data G_GNUC_UNUSED)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    info->data = gst_buffer_list_make_writable (info->data);
    gst_buffer_list_foreach (info->data, spoil_number, NULL);
  } else {
    spoil_number ((GstBuffer **) &info->data, 0, NULL);
  }
  return GST_PAD_PROBE_OK;
}

static gboolean
have_all_come (Pair *pair, gpointer stream)
{
  return peer_get_received (B (pair), stream) > MANY_PACKETS;
}

GST_START_TEST (numbers_that_jump_end_nothing)
{
  g_autoptr (Pair) pair = make_pair ("v");
  RtpStream *stream = g_ptr_array_index (A (pair)->streams, 0);
  g_autoptr (GstElement) session = NULL;
  g_autoptr (GstPad) out = NULL;

  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  session = peer_find_part (A (pair), "rtpsession");
  out = gst_element_get_static_pad (session, "send_rtp_src");
  gst_pad_add_probe (out,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, spoil, NULL,
      NULL);
  for (guint i = 0; i < MANY_PACKETS / SOME_PACKETS; i++)
    rtp_stream_burst (stream, SOME_PACKETS);
  wait_for (pair, have_all_come, stream);
  assert_settles (pair, QUIET_MS);
}

GST_END_TEST;

/*** A clock that goes away while feedback is looked at ***/

typedef struct
{
  guint32 ssrc;
  gint n; /* atomic: reports without a clock; the one before is over then */
} Clockless;

static GstBuffer *
make_request (guint32 ssrc)
{
  GstBuffer *buffer = gst_rtcp_buffer_new (100);
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  GstRTCPPacket packet;

  gst_rtcp_buffer_map (buffer, GST_MAP_READWRITE, &rtcp);
  gst_rtcp_buffer_add_packet (&rtcp, GST_RTCP_TYPE_PSFB, &packet);
  gst_rtcp_packet_fb_set_type (&packet, GST_RTCP_PSFB_TYPE_PLI);
  gst_rtcp_packet_fb_set_sender_ssrc (&packet, 1);
  gst_rtcp_packet_fb_set_media_ssrc (&packet, ssrc);
  gst_rtcp_buffer_unmap (&rtcp);
  return buffer;
}

/* Behind all that looks at the report before the session does. */
static GstPadProbeReturn
take_clock (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Clockless *self = data;
  g_autoptr (GstElement) session = gst_pad_get_parent_element (pad);

  gst_element_set_clock (session, NULL);
  gst_buffer_unref (info->data);
  info->data = make_request (self->ssrc);
  g_atomic_int_inc (&self->n);
  return GST_PAD_PROBE_OK;
}

/* Ahead of that. */
static GstPadProbeReturn
give_clock (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info G_GNUC_UNUSED,
    gpointer session)
{
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();

  gst_element_set_clock (session, clock);
  return GST_PAD_PROBE_OK;
}

static gboolean
have_come_without (Pair *pair G_GNUC_UNUSED, gpointer clockless)
{
  return g_atomic_int_get (&((Clockless *) clockless)->n) >= 3;
}

/* As when a webrtcbin leaves its bin. */
GST_START_TEST (a_clock_may_go_away_at_any_moment)
{
  g_autoptr (Pair) pair = make_pair ("v");
  const RtpStream *stream = g_ptr_array_index (A (pair)->streams, 0);
  Clockless clockless = { .ssrc = stream->ssrc };
  g_autoptr (GstElement) session = NULL;
  g_autoptr (GstElement) decoder = NULL;
  g_autoptr (GstPad) in = NULL;
  g_autoptr (GstPad) before = NULL;

  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  session = peer_find_part (A (pair), "rtpsession");
  decoder = peer_find_part (A (pair), "dtlssrtpdec");
  in = gst_element_get_static_pad (session, "recv_rtcp_sink");
  before = gst_element_get_static_pad (decoder, "rtcp_src");
  gst_pad_add_probe (before, GST_PAD_PROBE_TYPE_BUFFER, give_clock, session,
      NULL);
  gst_pad_add_probe (in, GST_PAD_PROBE_TYPE_BUFFER, take_clock, &clockless,
      NULL);
  wait_for (pair, have_come_without, &clockless);
}

GST_END_TEST;

static Suite *
feedback_suite (void)
{
  Suite *suite = suite_create ("feedback");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, patience (60000) / 1000.0);
  tcase_add_test (tc, each_packet_has_its_number);
  tcase_add_test (tc, not_all_is_numbered_that_nobody_tells_of);
  tcase_add_test (tc, what_arrives_makes_the_estimate_grow);
  tcase_add_test (tc, streams_share_the_estimate);
  tcase_add_test (tc, nothing_is_estimated_that_nobody_asks_for);
  tcase_add_test (tc, another_call_begins_anew);
  tcase_add_test (tc, what_was_not_sent_cannot_be_told_of);
  tcase_add_test (tc, numbers_that_jump_end_nothing);
  tcase_add_test (tc, a_clock_may_go_away_at_any_moment);
  return suite;
}

CHECK_MAIN (feedback)
