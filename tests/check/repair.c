/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Lost packets between two elements, in both directions. */

#include "checkmain.h"
#include "patience.h"
#include "peers.h"

#define QUIET_MS 200
/* What is asked for again has to come within. */
#define LATENCY_MS 1000
#define SOME_PACKETS many (200, 40)
/* One of so many packets is lost: of each stream, as there are not that many. */
#define LOSS 17
#define NO_NACK 1

#define A(pair) (&(pair)->peers[0])
#define B(pair) (&(pair)->peers[1])

/*** The line for media ***/

/* Media packets of SRTP, and not of RTCP or DTLS (RFC 7983, 7; RFC 5761, 4). */
static gboolean
is_media (GstBuffer *buffer)
{
  guint8 header[2];

  return gst_buffer_extract (buffer, 0, header, 2) == 2 && header[0] >= 128
      && header[0] <= 191
      && !((header[1] & 127) >= 64 && (header[1] & 127) < 96);
}

/* What goes over it to both sides */
typedef struct
{
  GMutex mutex;
  guint n;           /* media packets */
  GHashTable *ssrcs; /* of all of them */
} Media;

static void
media_init (Media *self)
{
  g_mutex_init (&self->mutex);
  self->n = 1;
  self->ssrcs = g_hash_table_new (NULL, NULL);
}

static void
media_clear (Media *self)
{
  g_hash_table_unref (self->ssrcs);
  g_mutex_clear (&self->mutex);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Media, media_clear)

static gboolean
is_lost (GstBuffer *buffer, Media *media)
{
  gboolean is_lost;
  guint8 ssrc[4];

  if (!is_media (buffer) || gst_buffer_extract (buffer, 8, ssrc, 4) != 4)
    return FALSE;
  g_mutex_lock (&media->mutex);
  is_lost = media->n++ % LOSS == 0;
  g_hash_table_add (media->ssrcs, GUINT_TO_POINTER (GST_READ_UINT32_BE (ssrc)));
  g_mutex_unlock (&media->mutex);
  return is_lost;
}

static gboolean
lose_from_list (GstBuffer **buffer, guint i G_GNUC_UNUSED, gpointer media)
{
  if (is_lost (*buffer, media))
    gst_clear_buffer (buffer);
  return TRUE;
}

static GstPadProbeReturn
lose (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer media)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    info->data = gst_buffer_list_make_writable (info->data);
    gst_buffer_list_foreach (info->data, lose_from_list, media);
    return GST_PAD_PROBE_OK;
  }
  return is_lost (info->data, media) ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

static void
on_element_added (GstBin *pipeline G_GNUC_UNUSED, GstBin *bin G_GNUC_UNUSED,
    GstElement *element, gpointer media)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  g_autoptr (GstPad) src = NULL;

  if (!factory || !g_str_equal (GST_OBJECT_NAME (factory), "nicesrc"))
    return;
  src = gst_element_get_static_pad (element, "src");
  gst_pad_add_probe (src,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, lose, media,
      NULL);
}

static Pair *
make_pair (Media *media, gboolean without_nack)
{
  PairSettings settings = { .ids = { "a", "b" } };
  Pair *pair = pair_new (&settings);

  for (guint i = 0; i < 2; i++) {
    g_object_set (pair->peers[i].element, "latency", patience (LATENCY_MS),
        "do-nack", !without_nack, NULL);
    g_signal_connect (pair->peers[i].pipeline, "deep-element-added",
        G_CALLBACK (on_element_added), media);
  }
  return pair;
}

/*** What comes ***/

static guint
count_lost (Peer *peer)
{
  guint n = 0;

  for (guint i = 0; i < peer->streams->len; i++)
    n += peer_get_lost (peer_get_other (peer),
        g_ptr_array_index (peer->streams, i));
  return n;
}

/* @n: packets of each stream that is there still */
static gboolean
has_sent (Peer *peer, guint64 n)
{
  for (guint i = 0; i < peer->streams->len; i++) {
    RtpStream *stream = g_ptr_array_index (peer->streams, i);

    if (stream->pad && peer_get_received (peer_get_other (peer), stream) < n)
      return FALSE;
  }
  return TRUE;
}

static gboolean
have_sent (Pair *pair, gpointer n)
{
  return has_sent (A (pair), GPOINTER_TO_UINT (n))
      && has_sent (B (pair), GPOINTER_TO_UINT (n));
}

static void
wait_for_packets (Pair *pair, guint n)
{
  assert_or_describe (pair,
      pair_wait (pair, have_sent, GUINT_TO_POINTER (n),
          patience (PAIR_DEADLINE_MS)));
}

static void
settle (Pair *pair)
{
  line_touch (pair->line);
  assert_or_describe (pair, pair_wait_settled (pair, QUIET_MS));
}

/* A browser knows a source that repeats another one by its description only. */
static void
check_sources (Pair *pair, Media *media)
{
  GHashTableIter iter;
  gpointer ssrc;

  g_mutex_lock (&media->mutex);
  g_hash_table_iter_init (&iter, media->ssrcs);
  while (g_hash_table_iter_next (&iter, &ssrc, NULL)) {
    g_autofree gchar *line =
        g_strdup_printf ("\na=ssrc:%u ", GPOINTER_TO_UINT (ssrc));

    fail_unless (strstr (line_get_last_sdp (pair->line, LETTER_OFFER), line)
            || strstr (line_get_last_sdp (pair->line, LETTER_ANSWER), line),
        "no description has%s", line);
  }
  g_mutex_unlock (&media->mutex);
}

/* Returns: (transfer full): of that source */
static GstStructure *
get_stats (Peer *peer, const gchar *type, const RtpStream *stream)
{
  g_autoptr (GstStructure) stats = NULL;
  g_autofree gchar *id = g_strdup_printf ("%s-%u", type, stream->ssrc);
  GstStructure *object = NULL;

  g_signal_emit_by_name (peer->element, "get-stats", &stats);
  fail_unless (gst_structure_get (stats, id, GST_TYPE_STRUCTURE, &object, NULL),
      "there is no %s", id);
  return object;
}

/* What is told of lost packets: nothing, where they are not asked for again. */
static void
check_stats (Peer *peer, gboolean are_repeated)
{
  for (guint i = 0; i < peer->streams->len; i++) {
    const RtpStream *stream = g_ptr_array_index (peer->streams, i);
    g_autoptr (GstStructure) sent = get_stats (peer, "outbound-rtp", stream);
    g_autoptr (GstStructure) received =
        get_stats (peer_get_other (peer), "inbound-rtp", stream);
    guint64 n_sent = 0, n_received = 0;
    guint n_asked = 0, n_was_asked = 0;

    gst_structure_get (sent, "retransmittedPacketsSent", G_TYPE_UINT64, &n_sent,
        "nackCount", G_TYPE_UINT, &n_was_asked, NULL);
    gst_structure_get (received, "retransmittedPacketsReceived", G_TYPE_UINT64,
        &n_received, "nackCount", G_TYPE_UINT, &n_asked, NULL);
    fail_unless ((n_sent > 0) == are_repeated);
    fail_unless ((n_received > 0) == are_repeated);
    fail_unless ((n_asked > 0) == are_repeated);
    fail_unless ((n_was_asked > 0) == are_repeated);
  }
}

/* Two encodings of one kind, and three streams in one bundle. */
GST_START_TEST (lost_packets_come_again)
{
  g_auto (Media) media = { 0 };
  g_autoptr (Pair) pair =
      (media_init (&media), make_pair (&media, __i__ == NO_NACK));

  peer_add_streams (A (pair), "v9h");
  pair_play (pair);
  settle (pair);
  peer_add_streams (B (pair), "v");
  settle (pair);
  wait_for_packets (pair, SOME_PACKETS);
  assert_or_describe (pair, (count_lost (A (pair)) > 0) == (__i__ == NO_NACK));
  assert_or_describe (pair, (count_lost (B (pair)) > 0) == (__i__ == NO_NACK));
  check_sources (pair, &media);
  check_stats (A (pair), __i__ != NO_NACK);
  check_stats (B (pair), __i__ != NO_NACK);
  fail_unless_equals_uint64 (peer_get_stat (A (pair), "restarts"), 0);
}

GST_END_TEST;

/* Both add a stream at once, one of them of an encoding that the other has. */
GST_START_TEST (they_do_after_changes_in_mid_call)
{
  g_auto (Media) media = { 0 };
  g_autoptr (Pair) pair = (media_init (&media), make_pair (&media, FALSE));

  peer_add_streams (A (pair), "v");
  peer_add_streams (B (pair), "v");
  pair_play (pair);
  settle (pair);
  wait_for_packets (pair, 1);

  line_hold (pair->line);
  peer_add_streams (A (pair), "9");
  peer_add_streams (B (pair), "h9");
  line_release (pair->line);
  settle (pair);
  peer_release_stream (A (pair), g_ptr_array_index (A (pair)->streams, 0));
  peer_add_streams (A (pair), "h");
  settle (pair);
  wait_for_packets (pair, SOME_PACKETS);
  assert_or_describe (pair, count_lost (A (pair)) == 0);
  assert_or_describe (pair, count_lost (B (pair)) == 0);
}

GST_END_TEST;

/*** A peer that asks for too much ***/

/* As the session does when a NACK has come. */
static void
ask_for (GstElement *sender, RtpStream *stream, guint16 seqnum)
{
  g_autoptr (GstPad) src = gst_element_get_static_pad (sender, "src");
  GstStructure *s = gst_structure_new ("GstRTPRetransmissionRequest", "seqnum",
      G_TYPE_UINT, seqnum, "ssrc", G_TYPE_UINT, stream->ssrc, NULL);

  gst_pad_send_event (src, gst_event_new_custom (GST_EVENT_CUSTOM_UPSTREAM, s));
}

GST_START_TEST (no_more_is_repeated_than_half_of_what_is_sent)
{
  PairSettings settings = { .ids = { "a", "b" } };
  g_autoptr (Pair) pair = pair_new (&settings);
  RtpStream *stream = peer_add_stream (A (pair), 'v');
  g_autoptr (GstElement) sender = NULL;
  guint n_requests, n_packets;

  pair_play (pair);
  settle (pair);
  wait_for_packets (pair, SOME_PACKETS);
  sender = peer_find_part (A (pair), "rtprtxsend");
  for (guint i = 0; i < 100 * SOME_PACKETS; i++)
    ask_for (sender, stream, stream->seq - 2);
  /* What was asked for is sent by a thread of the sender's. */
  wait_for_packets (pair, 2 * SOME_PACKETS);
  g_object_get (sender, "num-rtx-requests", &n_requests, "num-rtx-packets",
      &n_packets, NULL);
  fail_unless (n_packets > 0);
  fail_unless (n_packets <= n_requests);
  fail_unless (n_requests <= stream->n_sent / 2, "%u of %" G_GUINT64_FORMAT,
      n_requests, stream->n_sent);
}

GST_END_TEST;

/*** A path that got worse ***/

#define MANY_PACKETS 200
/* Two of those that fill a datagram, of these packets. */
#define MAX_REPEATED 60

static GstPadProbeReturn
count_key_requests (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info,
    gpointer n)
{
  if (gst_event_has_name (info->data, "GstForceKeyUnit"))
    g_atomic_int_inc ((gint *) n);
  return GST_PAD_PROBE_OK;
}

/* The path carries next to nothing: of what was lost a key frame is the end. */
GST_START_TEST (what_the_path_does_not_carry_is_not_repeated)
{
  PairSettings settings = { .ids = { "a", "b" } };
  g_autoptr (Pair) pair = pair_new (&settings);
  RtpStream *other = peer_add_stream (A (pair), 'v');
  RtpStream *stream = peer_add_stream (A (pair), 'v');
  g_autoptr (GstElement) sender = NULL;
  gint n_key_requests[2] = { 0 };
  guint n_requests;

  g_object_set (A (pair)->element, "min-bitrate", 5000, "start-bitrate", 5000,
      "max-bitrate", 5000, NULL);
  pair_play (pair);
  settle (pair);
  rtp_stream_burst (stream, MANY_PACKETS);
  rtp_stream_burst (other, MANY_PACKETS);
  wait_for_packets (pair, MANY_PACKETS);
  gst_pad_add_probe (other->pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
      count_key_requests, &n_key_requests[0], NULL);
  gst_pad_add_probe (stream->pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
      count_key_requests, &n_key_requests[1], NULL);
  sender = peer_find_part (A (pair), "rtprtxsend");
  for (guint i = 0; i < MANY_PACKETS; i++)
    ask_for (sender, stream, stream->seq - 2);
  g_object_get (sender, "num-rtx-requests", &n_requests, NULL);
  fail_unless (n_requests <= MAX_REPEATED, "%u", n_requests);
  fail_unless_equals_int (g_atomic_int_get (&n_key_requests[0]), 0);
  /* One a second. */
  fail_unless (g_atomic_int_get (&n_key_requests[1]) >= 1);
  fail_unless (g_atomic_int_get (&n_key_requests[1]) <= 3);
}

GST_END_TEST;

static Suite *
repair_suite (void)
{
  Suite *suite = suite_create ("repair");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, patience (60000) / 1000.0);
  tcase_add_loop_test (tc, lost_packets_come_again, 0, NO_NACK + 1);
  tcase_add_test (tc, they_do_after_changes_in_mid_call);
  tcase_add_test (tc, no_more_is_repeated_than_half_of_what_is_sent);
  tcase_add_test (tc, what_the_path_does_not_carry_is_not_repeated);
  return suite;
}

CHECK_MAIN (repair)
