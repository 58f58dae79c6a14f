/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Which offers restart ICE, and what becomes of our credentials and candidates. */

#include "checkmain.h"
#include "sdpcorpus.h"
#include "webrtc/connection/icerestart.h"

static const struct
{
  const gchar *former, *offer;
  gboolean is_restart;
} offers[] = {
  { NULL, "chromium-seq1-offer", FALSE },
  { "chromium-seq1-offer", "chromium-seq1-offer", FALSE },
  { "chromium-seq1-offer", "chromium-seq2-stopped-offer", FALSE },
  /* The transport is that of the recycled section: a new one. */
  { "chromium-seq2-stopped-offer", "chromium-seq3-recycled-offer", FALSE },
  { "chromium-seq3-recycled-offer", "chromium-seq4-restart-offer", TRUE },
  { "chromium-seq4-restart-offer", "chromium-seq5-data-offer", FALSE },
  { "chromium-seq5-data-offer", "chromium-seq6-allstopped-offer", FALSE },
};

GST_START_TEST (test_a_restart_has_new_credentials_on_the_same_transport)
{
  g_autoptr (GstSDPMessage) former =
      offers[__i__].former ? corpus_load_valid (offers[__i__].former) : NULL;
  g_autoptr (GstSDPMessage) offer = corpus_load_valid (offers[__i__].offer);

  fail_unless_equals_int (wn_ice_restart_is_offered (former, offer),
      offers[__i__].is_restart);
}

GST_END_TEST;

static const gchar *
get (const GstSDPMessage *sdp, guint i, const gchar *key)
{
  return gst_sdp_media_get_attribute_val (gst_sdp_message_get_media (sdp, i),
      key);
}

GST_START_TEST (test_without_a_restart_the_credentials_are_webrtcbins)
{
  g_autoptr (GstSDPMessage) sdp = corpus_load_valid ("webrtcbin-offer");
  g_autofree gchar *before = gst_sdp_message_as_text (sdp);
  g_autofree gchar *after = NULL;
  WnIceRestart restart;

  wn_ice_restart_init (&restart);
  wn_ice_restart_apply (&restart, sdp);
  after = gst_sdp_message_as_text (sdp);
  fail_unless_equals_string (after, before);
  wn_ice_restart_clear (&restart);
}

GST_END_TEST;

/* webrtcbin makes each description with the credentials that it began with. */
GST_START_TEST (test_the_credentials_of_a_restart_stay_until_the_next)
{
  WnIceRestart restart;
  g_autofree gchar *former = NULL;

  wn_ice_restart_init (&restart);
  for (guint round = 0; round < 3; round++) {
    g_autoptr (GstSDPMessage) sdp = corpus_load_valid ("chromium-seq1-offer");
    g_autofree gchar *original = g_strdup (get (sdp, 0, "ice-ufrag"));
    g_autofree gchar *ufrag = NULL, *pwd = NULL;

    /* What wn_ice_restart_begin() leaves, where there is an agent. */
    wn_ice_restart_forget (&restart);
    restart.is_restarted = TRUE;
    wn_ice_restart_apply (&restart, sdp);
    ufrag = g_strdup (get (sdp, 0, "ice-ufrag"));
    pwd = g_strdup (get (sdp, 0, "ice-pwd"));
    fail_unless (wn_sdp_ufrag_is_valid (ufrag));
    fail_unless (strlen (pwd) >= 22);
    fail_if (g_str_equal (ufrag, original));
    fail_if (former && g_str_equal (ufrag, former));
    /* One transport: one pair of them. */
    fail_unless_equals_string (get (sdp, 1, "ice-ufrag"), ufrag);
    fail_unless_equals_string (get (sdp, 1, "ice-pwd"), pwd);

    /* What has them already stays as it is; what has the first ones gets them. */
    wn_ice_restart_apply (&restart, sdp);
    fail_unless_equals_string (get (sdp, 0, "ice-ufrag"), ufrag);
    g_clear_pointer (&sdp, gst_sdp_message_free);
    sdp = corpus_load_valid ("chromium-seq1-offer");
    wn_ice_restart_apply (&restart, sdp);
    fail_unless_equals_string (get (sdp, 0, "ice-ufrag"), ufrag);
    fail_unless_equals_string (get (sdp, 0, "ice-pwd"), pwd);

    g_free (former);
    former = g_steal_pointer (&ufrag);
  }
  wn_ice_restart_clear (&restart);
}

GST_END_TEST;

static const struct
{
  const gchar *former, *offer;
  gboolean keeps;
} transports[] = {
  { "chromium-seq1-offer", "chromium-seq2-stopped-offer", TRUE },
  { "chromium-seq2-stopped-offer", "chromium-seq3-recycled-offer", FALSE },
};

/* The former description's own credentials stand for ours. */
GST_START_TEST (test_a_new_transport_without_a_restart_keeps_our_credentials)
{
  g_autoptr (GstSDPMessage) former =
      corpus_load_valid (transports[__i__].former);
  g_autoptr (GstSDPMessage) offer = corpus_load_valid (transports[__i__].offer);
  g_autoptr (GstSDPMessage) fresh = corpus_load_valid ("webrtcbin-offer");
  g_autofree gchar *original = g_strdup (get (fresh, 0, "ice-ufrag"));
  WnIceRestart restart;

  wn_ice_restart_init (&restart);
  wn_ice_restart_hand_over (&restart, former, former, offer);
  wn_ice_restart_forget (&restart);
  wn_ice_restart_apply (&restart, fresh);
  fail_unless_equals_string (get (fresh, 0, "ice-ufrag"),
      transports[__i__].keeps ? get (former, 1, "ice-ufrag") : original);

  /* The webrtcbin after that has its own. */
  g_clear_pointer (&fresh, gst_sdp_message_free);
  fresh = corpus_load_valid ("webrtcbin-offer");
  wn_ice_restart_forget (&restart);
  wn_ice_restart_apply (&restart, fresh);
  fail_unless_equals_string (get (fresh, 0, "ice-ufrag"), original);

  wn_ice_restart_clear (&restart);
}

GST_END_TEST;

GST_START_TEST (test_candidates_are_kept_once_and_not_without_end)
{
  WnIceRestart restart;

  wn_ice_restart_init (&restart);
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < 1000; i++) {
      g_autofree gchar *text = g_strdup_printf ("candidate:%u", i);

      wn_ice_restart_remember (&restart, text, 0);
      if (i == 2)
        fail_unless_equals_int (restart.candidates->len, round ? 256 : 3);
    }
  fail_unless_equals_int (restart.candidates->len, 256);
  wn_ice_restart_forget (&restart);
  fail_unless_equals_int (restart.candidates->len, 0);
  wn_ice_restart_clear (&restart);
}

GST_END_TEST;

/* A webrtcbin that was shown nothing as yet answers what was offered before our restart
 * was known. */
GST_START_TEST (test_an_answer_after_our_restart_keeps_our_credentials)
{
  g_autoptr (GstSDPMessage) former = corpus_load_valid ("chromium-seq1-offer");
  g_autoptr (GstSDPMessage) answer = corpus_load_valid ("webrtcbin-offer");
  g_autoptr (GstSDPMessage) own = corpus_load_valid ("webrtcbin-offer");
  g_autofree gchar *original = g_strdup (get (own, 0, "ice-ufrag"));
  WnIceRestart restart;

  wn_ice_restart_init (&restart);
  wn_ice_restart_inherit (&restart, former, former, former);
  wn_ice_restart_apply (&restart, answer);
  fail_unless_equals_string (get (answer, 0, "ice-ufrag"),
      get (former, 0, "ice-ufrag"));
  fail_unless_equals_string (get (answer, 0, "ice-pwd"),
      get (former, 0, "ice-pwd"));

  /* The next one offers, and has its own. */
  wn_ice_restart_forget (&restart);
  wn_ice_restart_apply (&restart, own);
  fail_unless_equals_string (get (own, 0, "ice-ufrag"), original);
  wn_ice_restart_clear (&restart);
}

GST_END_TEST;

GST_START_TEST (test_remote_candidates_wait_for_the_first_check)
{
  static const gchar *const names[] = { "chromium-seq4-restart-offer",
    "ice-lite" };
  WnIceRestart restart;

  wn_ice_restart_init (&restart);
  fail_if (wn_ice_restart_keep (&restart, "candidate:1", 0));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GstSDPMessage) offer = corpus_load_valid (names[i]);
    g_autoptr (GPtrArray) held = NULL;

    wn_ice_restart_hold (&restart, offer);
    /* One with ICE lite makes no checks. */
    fail_unless_equals_int (wn_ice_restart_keep (&restart, "candidate:1", 0),
        i == 0);
    fail_unless_equals_int (wn_ice_restart_keep (&restart, "candidate:2", 1),
        i == 0);
    held = wn_ice_restart_release (&restart);
    fail_unless_equals_int (held->len, i == 0 ? 2 : 0);
    if (i == 0) {
      const WnIceCandidate *candidate = g_ptr_array_index (held, 1);

      fail_unless_equals_string (candidate->text, "candidate:2");
      fail_unless_equals_int (candidate->mline, 1);
    }
    fail_if (wn_ice_restart_keep (&restart, "candidate:3", 0));
  }
  wn_ice_restart_clear (&restart);
}

GST_END_TEST;

/* What is too much is webrtcbin's at once; what is of a former one, nobody's. */
GST_START_TEST (test_what_waits_is_bounded_and_forgotten)
{
  g_autoptr (GstSDPMessage) offer =
      corpus_load_valid ("chromium-seq4-restart-offer");
  g_autoptr (GPtrArray) held = NULL;
  WnIceRestart restart;

  wn_ice_restart_init (&restart);
  wn_ice_restart_hold (&restart, offer);
  for (guint i = 0; i < 1000; i++) {
    g_autofree gchar *text = g_strdup_printf ("candidate:%u", i);

    fail_unless_equals_int (wn_ice_restart_keep (&restart, text, 0), i < 256);
  }
  wn_ice_restart_forget (&restart);
  fail_if (wn_ice_restart_keep (&restart, "candidate:1", 0));
  held = wn_ice_restart_release (&restart);
  fail_unless_equals_int (held->len, 0);
  wn_ice_restart_clear (&restart);
}

GST_END_TEST;

static Suite *
icerestart_suite (void)
{
  Suite *suite = suite_create ("icerestart");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc,
      test_a_restart_has_new_credentials_on_the_same_transport, 0,
      G_N_ELEMENTS (offers));
  tcase_add_test (tc, test_without_a_restart_the_credentials_are_webrtcbins);
  tcase_add_test (tc, test_the_credentials_of_a_restart_stay_until_the_next);
  tcase_add_loop_test (tc,
      test_a_new_transport_without_a_restart_keeps_our_credentials, 0,
      G_N_ELEMENTS (transports));
  tcase_add_test (tc, test_candidates_are_kept_once_and_not_without_end);
  tcase_add_test (tc, test_an_answer_after_our_restart_keeps_our_credentials);
  tcase_add_test (tc, test_remote_candidates_wait_for_the_first_check);
  tcase_add_test (tc, test_what_waits_is_bounded_and_forgotten);
  return suite;
}

CHECK_MAIN (icerestart)
