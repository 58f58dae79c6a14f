/* The other parts of the congestion control, and then what it says when it is told
 * nonsense, or nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <congestion/congestion.h>
#include <congestion/lossrate.h>
#include <congestion/packethistory.h>
#include <congestion/queueing.h>

#define MS 1000
#define SECOND ((gint64) G_USEC_PER_SEC)
#define NOW (1000 * SECOND)
/* The remote peer's clock. */
#define FAR (-77777 * SECOND)

/*** Loss ***/

/* @n intervals of a second with 100 packets each */
static gdouble
lose (WnLossRate *loss, guint n, guint n_lost, gdouble target, gboolean is_calm,
    gint64 *now)
{
  gdouble capacity = 0;

  for (guint i = 0; i < n; i++) {
    *now += SECOND;
    wn_loss_rate_add (loss, 100, n_lost);
    if (loss->bitrate > 0)
      target = MIN (target, loss->bitrate);
    capacity = wn_loss_rate_update (loss, target, 0.9 * target, is_calm,
        50 * MS, *now);
  }
  return capacity;
}

static WnLossRate *
loss_new (gint64 *now)
{
  WnLossRate *loss = g_new0 (WnLossRate, 1);
  gdouble capacity =
      wn_loss_rate_update (loss, 1000000, 1000000, TRUE, 50 * MS, *now);

  g_assert_cmpfloat (capacity, ==, 0);
  return loss;
}

static void
test_little_loss_is_no_limit (void)
{
  gint64 now = NOW;
  g_autofree WnLossRate *loss = loss_new (&now);

  lose (loss, 100, 2, 1000000, TRUE, &now);
  g_assert_cmpfloat (loss->bitrate, ==, 0);
  g_assert_cmpfloat (loss->rate, ==, 0.02);
}

/* While the delay tells of congestion, loss is not tested. */
static void
test_some_loss_stops_the_increase (void)
{
  gint64 now = NOW;
  g_autofree WnLossRate *loss = loss_new (&now);

  lose (loss, 1, 5, 1000000, FALSE, &now);
  g_assert_cmpfloat (loss->bitrate, ==, 1000000);
  lose (loss, 10, 10, 2000000, FALSE, &now);
  g_assert_cmpfloat (loss->bitrate, ==, 1000000);
}

static void
test_much_loss_is_a_decrease_by_half_of_it (void)
{
  gint64 now = NOW;
  g_autofree WnLossRate *loss = loss_new (&now);

  lose (loss, 1, 20, 1000000, FALSE, &now);
  g_assert_cmpfloat_with_epsilon (loss->bitrate, 900000, 1);
  lose (loss, 1, 100, 1000000, FALSE, &now);
  g_assert_cmpfloat_with_epsilon (loss->bitrate, 450000, 1);
  /* Then it grows, until it is none any more. */
  lose (loss, 1, 0, 1000000, FALSE, &now);
  g_assert_cmpfloat_with_epsilon (loss->bitrate, 486000, 1);
  while (loss->bitrate > 0) {
    gdouble before = loss->bitrate;

    lose (loss, 1, 0, 300000, FALSE, &now);
    g_assert_true (loss->bitrate > before || loss->bitrate == 0);
    g_assert_cmpint (now, <, NOW + 60 * SECOND);
  }
}

static void
test_few_packets_say_nothing (void)
{
  gint64 now = NOW;
  g_autofree WnLossRate *loss = loss_new (&now);

  for (guint i = 0; i < 19; i++) {
    gdouble capacity;

    now += SECOND;
    wn_loss_rate_add (loss, 1, 1);
    capacity = wn_loss_rate_update (loss, 1000000, 0, TRUE, 50 * MS, now);
    g_assert_cmpfloat (capacity, ==, 0);
  }
  g_assert_cmpfloat (loss->bitrate, ==, 0);
  lose (loss, 1, 100, 1000000, TRUE, &now);
  g_assert_cmpfloat (loss->bitrate, >, 0);
}

static void
test_what_comes_late_was_not_lost (void)
{
  gint64 now = NOW;
  g_autofree WnLossRate *loss = loss_new (&now);

  wn_loss_rate_add (loss, 0, 0);
  for (guint i = 0; i < 5; i++)
    wn_loss_rate_take_back (loss);
  lose (loss, 1, 5, 1000000, TRUE, &now);
  g_assert_cmpfloat (loss->rate, ==, 0);
  for (guint i = 0; i < 500; i++)
    wn_loss_rate_take_back (loss);
  lose (loss, 1, 5, 1000000, TRUE, &now);
  g_assert_cmpfloat (loss->rate, ==, 0);
}

static void
begin_test (WnLossRate *loss, gint64 *now)
{
  gdouble capacity = lose (loss, 3, 8, 1000000, TRUE, now);

  g_assert_cmpfloat (capacity, ==, 0);
  g_assert_true (loss->test.is_running);
  /* Nine tenths of what arrives. */
  g_assert_cmpfloat (loss->bitrate, ==, 0.9 * 0.9 * 1000000);
  /* These were sent before. */
  lose (loss, 1, 8, 1000000, TRUE, now);
  g_assert_true (loss->test.is_running);
}

static void
test_loss_that_goes_with_what_is_sent_is_congestion (void)
{
  gint64 now = NOW;
  g_autofree WnLossRate *loss = loss_new (&now);

  begin_test (loss, &now);
  /* Bursts lose some even then. */
  g_assert_cmpfloat (lose (loss, 1, 2, 1000000, TRUE, &now), ==, 900000);
  g_assert_false (loss->test.is_running);
  g_assert_cmpfloat (loss->test.inherent, ==, 0);
  g_assert_cmpfloat (loss->bitrate, ==, 0);
}

static void
test_loss_that_stays_is_inherent (void)
{
  gint64 now = NOW;
  g_autofree WnLossRate *loss = loss_new (&now);

  begin_test (loss, &now);
  g_assert_cmpfloat (lose (loss, 1, 8, 1000000, TRUE, &now), ==, 0);
  g_assert_false (loss->test.is_running);
  g_assert_cmpfloat (loss->test.inherent, ==, 0.08);
  g_assert_cmpfloat (loss->bitrate, ==, 1000000);
  /* It does not stop the increase, and is not tested again, … */
  lose (loss, 20, 8, 2000000, TRUE, &now);
  g_assert_cmpfloat (loss->bitrate, !=, 1000000);
  g_assert_false (loss->test.is_running);
  /* …until there is more of it; and it is forgotten. */
  lose (loss, 60, 0, 2000000, TRUE, &now);
  g_assert_cmpfloat (loss->test.inherent, <, 0.001);
}

static void
test_inherent_loss_has_a_limit (void)
{
  gint64 now = NOW;
  g_autofree WnLossRate *loss = loss_new (&now);

  lose (loss, 100, 90, 1000000, TRUE, &now);
  g_assert_cmpfloat (loss->test.inherent, <=, 0.2);
  g_assert_cmpfloat (loss->bitrate, >, 0);
  g_assert_cmpfloat (loss->bitrate, <, 10000);
}

/* What the delay tells comes first. */
static void
test_a_test_ends_where_a_queue_fills (void)
{
  gint64 now = NOW;
  g_autofree WnLossRate *loss = loss_new (&now);

  begin_test (loss, &now);
  g_assert_cmpfloat (lose (loss, 1, 8, 1000000, FALSE, &now), ==, 0);
  g_assert_false (loss->test.is_running);
  g_assert_cmpfloat (loss->test.inherent, ==, 0);
}

/*** What was told already ***/

static WnPacketNews
tell (WnPacketHistory *history, guint16 seqnum, gboolean is_lost,
    gboolean is_in_row, guint n_skipped)
{
  guint n;
  WnPacketNews news =
      wn_packet_history_add (history, seqnum, NOW, is_lost, is_in_row, &n);

  g_assert_cmpuint (n, ==, n_skipped);
  return news;
}

static void
test_a_packet_is_news_once (void)
{
  WnPacketHistory history = { 0 };

  g_assert_cmpint (tell (&history, 65534, FALSE, FALSE, 0), ==,
      WN_PACKET_NEWS_FIRST);
  g_assert_cmpint (tell (&history, 65535, TRUE, TRUE, 0), ==,
      WN_PACKET_NEWS_FIRST);
  /* Over the end of the numbers; 0 and 1 are left out. */
  g_assert_cmpint (tell (&history, 2, FALSE, TRUE, 2), ==,
      WN_PACKET_NEWS_FIRST);
  g_assert_cmpint (tell (&history, 2, FALSE, TRUE, 0), ==, WN_PACKET_NEWS_NONE);
  g_assert_cmpint (tell (&history, 65535, FALSE, FALSE, 0), ==,
      WN_PACKET_NEWS_LATE);
  g_assert_cmpint (tell (&history, 65535, FALSE, FALSE, 0), ==,
      WN_PACKET_NEWS_NONE);
  g_assert_cmpint (tell (&history, 1, FALSE, TRUE, 0), ==, WN_PACKET_NEWS_LATE);
  g_assert_cmpint (tell (&history, 0, TRUE, TRUE, 0), ==, WN_PACKET_NEWS_NONE);
}

static void
test_what_lies_between_two_feedbacks_is_not_lost (void)
{
  WnPacketHistory history = { 0 };

  tell (&history, 10, FALSE, FALSE, 0);
  g_assert_cmpint (tell (&history, 14, FALSE, FALSE, 3), ==,
      WN_PACKET_NEWS_FIRST);
  g_assert_cmpint (tell (&history, 12, FALSE, FALSE, 0), ==,
      WN_PACKET_NEWS_NONE);
}

static void
test_numbers_may_begin_anew (void)
{
  WnPacketHistory history = { 0 };
  guint n;

  tell (&history, 30000, FALSE, FALSE, 0);
  g_assert_cmpint (tell (&history, 100, FALSE, FALSE, 0), ==,
      WN_PACKET_NEWS_NONE);
  g_assert_cmpint (wn_packet_history_add (&history, 100, NOW + 2 * SECOND,
                       FALSE, FALSE, &n),
      ==, WN_PACKET_NEWS_FIRST);
  g_assert_cmpuint (n, ==, 0);
}

/*** Queues ***/

static void
test_a_queue_is_what_takes_longer_than_the_least (void)
{
  WnQueueing queueing = { 0 };
  gint64 now = NOW;

  wn_queueing_add (&queueing, FAR + 20 * MS, 40 * MS, now);
  g_assert_cmpint (queueing.delay_us, ==, 0);
  g_assert_cmpfloat (wn_queueing_get_share (&queueing), ==, 1);
  wn_queueing_add (&queueing, FAR + 1120 * MS, 1140 * MS, now + 100 * MS);
  g_assert_cmpint (queueing.delay_us, ==, 1100 * MS);
  /* A second to be drained in about a second. */
  g_assert_cmpfloat (wn_queueing_get_share (&queueing), ==, 0.5);
  wn_queueing_add (&queueing, FAR + 60000 * MS, 60 * SECOND, now + 200 * MS);
  g_assert_cmpfloat (wn_queueing_get_share (&queueing), ==, 0.3);
  wn_queueing_add (&queueing, FAR + 15 * MS, 35 * MS, now + 300 * MS);
  g_assert_cmpint (queueing.delay_us, ==, 0);
}

static void
test_a_path_that_stays_longer_has_no_queue (void)
{
  WnQueueing queueing = { 0 };

  for (guint i = 0; i < 300; i++)
    wn_queueing_add (&queueing, FAR + (i < 30 ? 20 : 220) * MS, 400 * MS,
        NOW + i * 100 * MS);
  g_assert_cmpint (queueing.delay_us, ==, 0);
}

/*** All together ***/

static void
send_and_hear (WnCongestion *congestion, guint n_feedbacks, guint16 *seqnum,
    gboolean is_lost, gint64 *now)
{
  for (guint i = 0; i < n_feedbacks; i++) {
    WnPacketReport reports[10];

    for (guint j = 0; j < 10; j++) {
      gint64 sent_at = *now + j * 10 * MS;

      wn_congestion_send (congestion, sent_at);
      reports[j] = (WnPacketReport) { (*seqnum)++, sent_at,
        sent_at + FAR + 20 * MS, 1000, is_lost };
    }
    *now += 100 * MS;
    wn_congestion_receive (congestion, reports, 10, *now + 40 * MS);
  }
}

static void
test_the_limits_are_what_they_are (void)
{
  g_autoptr (WnCongestion) congestion =
      wn_congestion_new (100000, 300000, 500000);
  gint64 now = NOW;
  guint16 seqnum = 65500;

  g_assert_cmpuint (wn_congestion_get_bitrate (congestion), ==, 300000);
  send_and_hear (congestion, 100, &seqnum, FALSE, &now);
  g_assert_cmpuint (wn_congestion_get_bitrate (congestion), ==, 500000);
  wn_congestion_set_limits (congestion, 100000, 200000);
  g_assert_cmpuint (wn_congestion_get_bitrate (congestion), ==, 200000);
  wn_congestion_set_limits (congestion, 700000, 200000);
  g_assert_cmpuint (wn_congestion_get_bitrate (congestion), ==, 700000);
  wn_congestion_set_limits (congestion, 0, 0);
  g_assert_cmpuint (wn_congestion_get_bitrate (congestion), ==,
      WN_CONGESTION_MIN_BITRATE);
  wn_congestion_set_limits (congestion, 0, G_MAXUINT);
  wn_congestion_restart (congestion, 300000);
  g_assert_cmpuint (wn_congestion_get_bitrate (congestion), ==, 300000);
}

static void
test_the_stats_say_what_is_known (void)
{
  g_autoptr (WnCongestion) congestion = wn_congestion_new (0, 300000, 2000000);
  gint64 now = NOW;
  guint16 seqnum = 0;
  WnCongestionStats stats;

  wn_congestion_get_stats (congestion, &stats);
  g_assert_cmpuint (stats.acked_bitrate, ==, 0);
  g_assert_cmpint (stats.round_trip_us, ==, 0);
  send_and_hear (congestion, 50, &seqnum, FALSE, &now);
  wn_congestion_get_stats (congestion, &stats);
  g_assert_cmpfloat_with_epsilon (stats.acked_bitrate, 800000, 20000);
  g_assert_cmpint (stats.round_trip_us, ==, 50 * MS);
  g_assert_cmpint (stats.queueing_us, ==, 0);
  g_assert_cmpint (stats.usage, ==, WN_USAGE_NORMAL);
  g_assert_cmpfloat (stats.loss_rate, ==, 0);
}

static void
test_silence_is_backed_off_from (void)
{
  g_autoptr (WnCongestion) congestion = wn_congestion_new (0, 300000, 2000000);
  gint64 now = NOW, expiry;
  guint16 seqnum = 0;
  guint before;

  g_assert_cmpint (wn_congestion_get_expiry (congestion), ==, G_MAXINT64);
  send_and_hear (congestion, 50, &seqnum, FALSE, &now);
  /* Who sends nothing hears nothing. */
  g_assert_cmpint (wn_congestion_get_expiry (congestion), ==, G_MAXINT64);
  wn_congestion_send (congestion, now + SECOND);
  wn_congestion_send (congestion, now + 2 * SECOND);
  expiry = wn_congestion_get_expiry (congestion);
  g_assert_cmpint (expiry, ==, now + 4 * SECOND);
  before = wn_congestion_get_bitrate (congestion);
  wn_congestion_handle_expiry (congestion, expiry - 1);
  g_assert_cmpuint (wn_congestion_get_bitrate (congestion), ==, before);
  wn_congestion_handle_expiry (congestion, expiry);
  g_assert_cmpuint (wn_congestion_get_bitrate (congestion), ==,
      (guint) (0.8 * before));
  g_assert_cmpint (wn_congestion_get_expiry (congestion), ==, expiry + SECOND);
  for (guint i = 0; i < 100; i++)
    wn_congestion_handle_expiry (congestion,
        wn_congestion_get_expiry (congestion));
  g_assert_cmpuint (wn_congestion_get_bitrate (congestion), ==,
      WN_CONGESTION_MIN_BITRATE);

  now = wn_congestion_get_expiry (congestion) + SECOND;
  send_and_hear (congestion, 1, &seqnum, FALSE, &now);
  g_assert_cmpint (wn_congestion_get_expiry (congestion), ==, G_MAXINT64);
  send_and_hear (congestion, 300, &seqnum, FALSE, &now);
  g_assert_cmpuint (wn_congestion_get_bitrate (congestion), >, 600000);
}

static void
test_what_never_arrives_ends_at_the_minimum (void)
{
  g_autoptr (WnCongestion) congestion =
      wn_congestion_new (30000, 300000, 2000000);
  gint64 now = NOW;
  guint16 seqnum = 0;

  send_and_hear (congestion, 1000, &seqnum, TRUE, &now);
  g_assert_cmpuint (wn_congestion_get_bitrate (congestion), ==, 30000);
}

/* Packets each 10 ms, each of which takes @extra_us longer than the one before. */
static void
hear_delayed (WnCongestion *congestion, guint n, guint16 *seqnum,
    gint64 one_way_us, gint64 extra_us, gint64 *now)
{
  for (guint i = 0; i < n; i++) {
    WnPacketReport report = { (*seqnum)++, *now, *now + one_way_us, 1000,
      FALSE };

    one_way_us += extra_us;
    *now += 10 * MS;
    wn_congestion_receive (congestion, &report, 1, *now);
  }
}

static void
test_a_pause_makes_delays_moot (void)
{
  g_autoptr (WnCongestion) congestion = wn_congestion_new (0, 300000, 2000000);
  gint64 now = NOW;
  guint16 seqnum = 0;
  WnCongestionStats stats;

  hear_delayed (congestion, 60, &seqnum, FAR, 3 * MS, &now);
  wn_congestion_get_stats (congestion, &stats);
  g_assert_cmpint (stats.usage, ==, WN_USAGE_OVERUSE);
  now += 5 * SECOND;
  hear_delayed (congestion, 1, &seqnum, FAR, 0, &now);
  wn_congestion_get_stats (congestion, &stats);
  g_assert_cmpint (stats.usage, ==, WN_USAGE_NORMAL);
}

static void
test_a_jump_of_the_clock_is_no_queue (void)
{
  g_autoptr (WnCongestion) congestion = wn_congestion_new (0, 300000, 2000000);
  gint64 now = NOW + SECOND;
  guint16 seqnum = 2;
  WnPacketReport reports[] = {
    { 0, NOW, NOW + FAR, 1000, FALSE },
    { 1, NOW + 10 * MS, NOW + 10 * MS + FAR + 3600 * SECOND, 1000, FALSE },
  };
  WnCongestionStats stats;

  wn_congestion_receive (congestion, reports, 2, NOW + 50 * MS);
  hear_delayed (congestion, 20, &seqnum, FAR + 3600 * SECOND, 0, &now);
  wn_congestion_get_stats (congestion, &stats);
  g_assert_cmpint (stats.queueing_us, ==, 0);
}

/* Feedback that cannot be is no feedback. */
static void
test_what_cannot_be_is_passed_over (void)
{
  static const WnPacketReport reports[] = {
    { 1, 0, FAR, 1000, FALSE },
    { 2, -1, FAR, 1000, FALSE },
    { 3, NOW + 1, FAR, 1000, FALSE },
    { 4, NOW - 61 * SECOND, FAR, 1000, FALSE },
    { 5, NOW - 1, G_MAXINT64, 1000, FALSE },
    { 6, NOW - 1, G_MININT64, 1000, FALSE },
    { 7, 0, 0, 1000, TRUE },
  };
  g_autoptr (WnCongestion) congestion = wn_congestion_new (0, 300000, 2000000);
  WnCongestionStats stats;

  wn_congestion_send (congestion, NOW - SECOND);
  wn_congestion_receive (congestion, reports, G_N_ELEMENTS (reports), NOW);
  wn_congestion_receive (congestion, NULL, 0, NOW);
  wn_congestion_get_stats (congestion, &stats);
  g_assert_cmpint (stats.round_trip_us, ==, 0);
  /* It does not end a silence. */
  g_assert_cmpint (wn_congestion_get_expiry (congestion), ==, NOW + 2 * SECOND);
}

/* More than one feedback can tell of, and all of it twice. */
static void
test_a_flood_of_reports_is_taken (void)
{
  const guint n = 100000;
  g_autofree WnPacketReport *reports = g_new0 (WnPacketReport, n);
  g_autoptr (WnCongestion) congestion = wn_congestion_new (0, 300000, 2000000);

  for (guint i = 0; i < n; i++)
    reports[i] =
        (WnPacketReport) { i * 7919, NOW + i, FAR - i, G_MAXUINT, i % 3 == 0 };
  wn_congestion_receive (congestion, reports, n, NOW + n);
  wn_congestion_receive (congestion, reports, n, NOW + n);
  g_assert_cmpuint (wn_congestion_get_bitrate (congestion), <=, 2000000);
  g_assert_cmpuint (wn_congestion_get_bitrate (congestion), >=,
      WN_CONGESTION_MIN_BITRATE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, test) g_test_add_func ("/congestion/" path, test)
  ADD ("loss/little", test_little_loss_is_no_limit);
  ADD ("loss/some", test_some_loss_stops_the_increase);
  ADD ("loss/much", test_much_loss_is_a_decrease_by_half_of_it);
  ADD ("loss/few", test_few_packets_say_nothing);
  ADD ("loss/late", test_what_comes_late_was_not_lost);
  ADD ("loss/congestion", test_loss_that_goes_with_what_is_sent_is_congestion);
  ADD ("loss/inherent", test_loss_that_stays_is_inherent);
  ADD ("loss/limit", test_inherent_loss_has_a_limit);
  ADD ("loss/not-calm", test_a_test_ends_where_a_queue_fills);
  ADD ("history/once", test_a_packet_is_news_once);
  ADD ("history/between", test_what_lies_between_two_feedbacks_is_not_lost);
  ADD ("history/anew", test_numbers_may_begin_anew);
  ADD ("queueing/least", test_a_queue_is_what_takes_longer_than_the_least);
  ADD ("queueing/path", test_a_path_that_stays_longer_has_no_queue);
  ADD ("whole/limits", test_the_limits_are_what_they_are);
  ADD ("whole/stats", test_the_stats_say_what_is_known);
  ADD ("whole/silence", test_silence_is_backed_off_from);
  ADD ("whole/never", test_what_never_arrives_ends_at_the_minimum);
  ADD ("whole/pause", test_a_pause_makes_delays_moot);
  ADD ("whole/jump", test_a_jump_of_the_clock_is_no_queue);
  ADD ("whole/nonsense", test_what_cannot_be_is_passed_over);
  ADD ("whole/flood", test_a_flood_of_reports_is_taken);

  return g_test_run ();
}
