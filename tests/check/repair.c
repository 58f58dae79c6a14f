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
/* One of so many packets is lost. */
#define LOSS 20
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

static gboolean
is_lost (GstBuffer *buffer, gint *n)
{
  return is_media (buffer) && g_atomic_int_add (n, 1) % LOSS == 0;
}

static gboolean
lose_from_list (GstBuffer **buffer, guint i G_GNUC_UNUSED, gpointer n)
{
  if (is_lost (*buffer, n))
    gst_clear_buffer (buffer);
  return TRUE;
}

static GstPadProbeReturn
lose (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer n)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    info->data = gst_buffer_list_make_writable (info->data);
    gst_buffer_list_foreach (info->data, lose_from_list, n);
    return GST_PAD_PROBE_OK;
  }
  return is_lost (info->data, n) ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

static void
on_element_added (GstBin *pipeline G_GNUC_UNUSED, GstBin *bin G_GNUC_UNUSED,
    GstElement *element, gpointer n)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  g_autoptr (GstPad) src = NULL;

  if (!factory || !g_str_equal (GST_OBJECT_NAME (factory), "nicesrc"))
    return;
  src = gst_element_get_static_pad (element, "src");
  gst_pad_add_probe (src,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, lose, n,
      NULL);
}

static Pair *
make_pair (gint n_media[2], gboolean without_nack)
{
  PairSettings settings = { .ids = { "a", "b" } };
  Pair *pair = pair_new (&settings);

  for (guint i = 0; i < 2; i++) {
    g_object_set (pair->peers[i].element, "latency", patience (LATENCY_MS),
        "do-nack", !without_nack, NULL);
    g_signal_connect (pair->peers[i].pipeline, "deep-element-added",
        G_CALLBACK (on_element_added), &n_media[i]);
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

/* Two encodings of one kind, and three streams in one bundle. */
GST_START_TEST (lost_packets_come_again)
{
  gint n_media[2] = { 1, 1 };
  g_autoptr (Pair) pair = make_pair (n_media, __i__ == NO_NACK);

  peer_add_streams (A (pair), "v9h");
  peer_add_streams (B (pair), "v");
  pair_play (pair);
  settle (pair);
  wait_for_packets (pair, SOME_PACKETS);
  assert_or_describe (pair, (count_lost (A (pair)) > 0) == (__i__ == NO_NACK));
  assert_or_describe (pair, (count_lost (B (pair)) > 0) == (__i__ == NO_NACK));
  fail_unless_equals_uint64 (peer_get_stat (A (pair), "restarts"), 0);
}

GST_END_TEST;

/* Both add a stream at once, one of them of an encoding that the other has. */
GST_START_TEST (they_do_after_changes_in_mid_call)
{
  gint n_media[2] = { 1, 1 };
  g_autoptr (Pair) pair = make_pair (n_media, FALSE);

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

static Suite *
repair_suite (void)
{
  Suite *suite = suite_create ("repair");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, patience (60000) / 1000.0);
  tcase_add_loop_test (tc, lost_packets_come_again, 0, NO_NACK + 1);
  tcase_add_test (tc, they_do_after_changes_in_mid_call);
  return suite;
}

CHECK_MAIN (repair)
