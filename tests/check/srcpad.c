/* A source pad and what it shows, without an element: streams that come with one
 * webrtcbin after the other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "checkmain.h"
#include "webrtc/pad/keyframes.h"
#include "webrtc/pad/srcpad.h"

#define N_ROUNDS 2000

static GstPad *
target_of (const gchar *media, const gchar *encoding)
{
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("application/x-rtp", "media",
      G_TYPE_STRING, media, "encoding-name", G_TYPE_STRING, encoding, NULL);
  GstPad *target = gst_object_ref_sink (gst_pad_new (NULL, GST_PAD_SRC));

  gst_pad_set_active (target, TRUE);
  fail_unless (gst_pad_push_event (target, gst_event_new_stream_start ("s")));
  fail_unless (gst_pad_push_event (target, gst_event_new_caps (caps)));
  return target;
}

static GstPad *
target_new (const gchar *encoding)
{
  return target_of ("video", encoding);
}

static WnSrcPad *
pad_new (GstPad *target)
{
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("application/x-rtp");
  g_autoptr (GstPadTemplate) templ =
      gst_object_ref_sink (gst_pad_template_new ("src_%u", GST_PAD_SRC,
          GST_PAD_SOMETIMES, caps));

  return gst_object_ref_sink (wn_src_pad_new (templ, "src_0", target));
}

GST_START_TEST (test_it_is_used_again_for_a_stream_of_its_kind)
{
  g_autoptr (GstPad) first = target_new ("VP8");
  g_autoptr (GstPad) other = target_new ("VP9");
  g_autoptr (GstPad) second = target_new ("VP8");
  g_autoptr (WnSrcPad) pad = pad_new (first);

  fail_if (wn_src_pad_reuse (pad, second));
  wn_src_pad_release (pad);
  fail_if (wn_src_pad_reuse (pad, other));
  fail_unless (wn_src_pad_reuse (pad, second));
  fail_unless (gst_pad_is_linked (second));
}

GST_END_TEST;

/*** Gaps ***/

static GstPadProbeReturn
count_request (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer data)
{
  if (gst_event_has_name (info->data, "GstForceKeyUnit"))
    (*(guint *) data)++;
  return GST_PAD_PROBE_OK;
}

static void
lose (GstPad *target)
{
  gst_pad_push_event (target,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
          gst_structure_new ("GstRTPPacketLost", "seqnum", G_TYPE_UINT, 1,
              NULL)));
}

static void
begin_segment (GstPad *target)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (target, gst_event_new_segment (&segment));
}

GST_START_TEST (test_a_gap_is_told_the_sender_once)
{
  g_autoptr (GstPad) target = target_new ("VP8");
  g_autoptr (WnSrcPad) pad = pad_new (target);
  guint n = 0;

  gst_pad_add_probe (target, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, count_request,
      &n, NULL);
  begin_segment (target);
  gst_pad_push (target, gst_buffer_new ());
  fail_unless_equals_int (n, 0);
  for (guint i = 0; i < 10; i++)
    lose (target);
  fail_unless_equals_int (n, 1);
  gst_pad_push (target, gst_buffer_new ());
  fail_unless_equals_int (n, 1);
}

GST_END_TEST;

GST_START_TEST (test_sound_has_no_key_frames)
{
  g_autoptr (GstPad) target = target_of ("audio", "OPUS");
  g_autoptr (WnSrcPad) pad = pad_new (target);
  guint n = 0;

  gst_pad_add_probe (target, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, count_request,
      &n, NULL);
  begin_segment (target);
  lose (target);
  fail_unless_equals_int (n, 0);
}

GST_END_TEST;

#define MS G_TIME_SPAN_MILLISECOND

/* Each packet that is missed, and each that comes: whether a key frame is asked for. */
static const struct
{
  gint64 time; /* ms */
  gboolean is_missed;
  gboolean asks;
} packets[] = {
  { 1000, FALSE, FALSE },
  { 1010, TRUE, TRUE },
  /* Sent before the key frame that was asked for. */
  { 1020, TRUE, FALSE },
  { 1209, TRUE, FALSE },
  { 1600, FALSE, FALSE },
  /* After it, and too soon. */
  { 2000, TRUE, TRUE },
  { 2300, TRUE, FALSE },
  { 2310, FALSE, FALSE },
  { 2499, FALSE, FALSE },
  { 2500, FALSE, TRUE },
  { 9000, FALSE, FALSE },
};

GST_START_TEST (test_requests_keep_their_distance)
{
  WnKeyFrames self = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (packets); i++) {
    if (packets[i].is_missed)
      wn_key_frames_miss (&self, packets[i].time * MS);
    fail_unless_equals_int (wn_key_frames_poll (&self, packets[i].time * MS),
        packets[i].asks);
  }
}

GST_END_TEST;

/*** Two at the same time ***/

static gint n_ready;

typedef struct
{
  WnSrcPad *pad;
  GstPad *target;
} Stream;

static gpointer
come (gpointer data)
{
  Stream *stream = data;

  g_atomic_int_inc (&n_ready);
  while (g_atomic_int_get (&n_ready) < 2)
    ;
  return GINT_TO_POINTER (wn_src_pad_reuse (stream->pad, stream->target));
}

/* Whose pad goes to the other has nowhere to go to, which ends its connection. */
GST_START_TEST (test_one_of_two_streams_takes_it)
{
  g_autoptr (GstPad) a = target_new ("VP8");
  g_autoptr (GstPad) b = target_new ("VP8");
  g_autoptr (WnSrcPad) pad = pad_new (a);
  Stream streams[] = { { pad, a }, { pad, b } };

  for (guint i = 0; i < N_ROUNDS; i++) {
    GThread *thread;
    gint n_taken;

    wn_src_pad_release (pad);
    g_atomic_int_set (&n_ready, 0);
    thread = g_thread_new ("stream", come, &streams[0]);
    n_taken = GPOINTER_TO_INT (come (&streams[1]));
    n_taken += GPOINTER_TO_INT (g_thread_join (thread));
    fail_unless_equals_int (n_taken, 1);
  }
}

GST_END_TEST;

static Suite *
src_pad_suite (void)
{
  Suite *suite = suite_create ("source pad");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_it_is_used_again_for_a_stream_of_its_kind);
  tcase_add_test (tc, test_one_of_two_streams_takes_it);
  tcase_add_test (tc, test_a_gap_is_told_the_sender_once);
  tcase_add_test (tc, test_sound_has_no_key_frames);
  tcase_add_test (tc, test_requests_keep_their_distance);
  return suite;
}

CHECK_MAIN (src_pad)
