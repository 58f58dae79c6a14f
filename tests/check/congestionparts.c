/* What the congestion control is made of, each part alone: the delay, what arrives, and
 * the bitrate that these allow.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <congestion/ackedbitrate.h>
#include <congestion/aimd.h>

#define MS 1000
#define SECOND ((gint64) G_USEC_PER_SEC)
#define NOW (1000 * SECOND)
/* The remote peer's clock. */
#define FAR (-77777 * SECOND)

/*** Groups of packets ***/

static WnGrouping
add_packet (WnPacketGroups *groups, gint64 sent_ms, gint64 arrived_ms,
    WnDelayVariation *variation)
{
  return wn_packet_groups_add (groups, NOW + sent_ms * MS,
      FAR + arrived_ms * MS, NOW + arrived_ms * MS, variation);
}

static void
test_a_burst_is_one_group (void)
{
  WnPacketGroups groups = { 0 };
  WnDelayVariation variation;

  g_assert_cmpint (add_packet (&groups, 0, 20, &variation), ==,
      WN_GROUPING_OPEN);
  g_assert_cmpint (add_packet (&groups, 4, 30, &variation), ==,
      WN_GROUPING_OPEN);
  g_assert_cmpint (add_packet (&groups, 33, 60, &variation), ==,
      WN_GROUPING_OPEN);
  g_assert_cmpint (add_packet (&groups, 36, 65, &variation), ==,
      WN_GROUPING_OPEN);
  /* From the end of the first one to that of the second one. */
  g_assert_cmpint (add_packet (&groups, 66, 90, &variation), ==,
      WN_GROUPING_COMPLETE);
  g_assert_cmpint (variation.sent_us, ==, 32 * MS);
  g_assert_cmpint (variation.arrived_us, ==, 35 * MS);
  g_assert_cmpint (variation.arrived_at, ==, FAR + 65 * MS);
}

static void
test_what_a_link_held_back_is_one_group (void)
{
  WnPacketGroups groups = { 0 };
  WnDelayVariation variation;

  add_packet (&groups, 0, 20, &variation);
  add_packet (&groups, 33, 100, &variation);
  /* Sent apart, and let go together. */
  add_packet (&groups, 66, 101, &variation);
  g_assert_cmpint (groups.current.n_packets, ==, 2);
  add_packet (&groups, 99, 125, &variation);
  g_assert_cmpint (groups.current.n_packets, ==, 1);
}

static void
test_a_busy_link_is_no_single_group (void)
{
  WnPacketGroups groups = { 0 };
  WnDelayVariation variation;
  guint n = 0;

  for (guint i = 0; i < 200; i++) {
    if (add_packet (&groups, 6 * i, 5 * i, &variation) == WN_GROUPING_COMPLETE)
      n++;
  }
  g_assert_cmpuint (n, >, 5);
}

static void
test_a_clock_that_jumps_is_noticed (void)
{
  WnPacketGroups groups = { 0 };
  WnDelayVariation variation;

  add_packet (&groups, 0, 20, &variation);
  add_packet (&groups, 33, 53, &variation);
  g_assert_cmpint (wn_packet_groups_add (&groups, NOW + 66 * MS,
                       FAR + 3600 * SECOND, NOW + 86 * MS, &variation),
      ==, WN_GROUPING_LOST);
  g_assert_cmpuint (groups.previous.n_packets, ==, 0);
  g_assert_cmpuint (groups.current.n_packets, ==, 1);
  g_assert_cmpint (wn_packet_groups_add (&groups, NOW + 99 * MS, FAR,
                       NOW + 119 * MS, &variation),
      ==, WN_GROUPING_LOST);
}

/* A radio link that stood still is no clock that jumps. */
static void
test_a_pause_of_the_link_is_no_jump (void)
{
  WnPacketGroups groups = { 0 };
  WnDelayVariation variation;

  add_packet (&groups, 0, 20, &variation);
  add_packet (&groups, 33, 4000, &variation);
  g_assert_cmpint (add_packet (&groups, 66, 4100, &variation), ==,
      WN_GROUPING_COMPLETE);
  g_assert_cmpint (variation.arrived_us, ==, 3980 * MS);
}

/*** The trend, and what it means ***/

typedef struct
{
  WnTrendline trendline;
  WnOveruse overuse;
  gint64 arrived_at;
} Detector;

static void
detector_init (Detector *self)
{
  wn_trendline_clear (&self->trendline);
  wn_overuse_clear (&self->overuse);
  self->arrived_at = FAR;
}

/* @n frames at 30 a second, of which each takes @extra_us longer than the one before */
static void
add_frames (Detector *self, guint n, gint64 extra_us)
{
  for (guint i = 0; i < n; i++) {
    WnDelayVariation variation = { 33 * MS, 33 * MS + extra_us, 0 };

    self->arrived_at += variation.arrived_us;
    variation.arrived_at = self->arrived_at;
    wn_trendline_add (&self->trendline, &variation);
    wn_overuse_update (&self->overuse, &self->trendline, &variation);
  }
}

static void
test_a_slope_is_what_is_too_much (void)
{
  Detector detector;

  detector_init (&detector);
  add_frames (&detector, WN_TRENDLINE_WINDOW - 1, 3300);
  g_assert_cmpfloat (detector.trendline.slope, ==, 0);
  /* 10 % more is sent than is carried, so of each ms of arrival 1 / 11 is delay. */
  add_frames (&detector, 100, 3300);
  g_assert_cmpfloat_with_epsilon (detector.trendline.slope, 1.0 / 11, 0.001);
}

static void
test_points_of_one_time_have_no_slope (void)
{
  WnTrendline trendline = { 0 };
  WnDelayVariation variation = { 33 * MS, 0, FAR };

  for (guint i = 0; i < 100; i++)
    wn_trendline_add (&trendline, &variation);
  g_assert_cmpfloat (trendline.slope, ==, 0);
}

static void
test_a_queue_that_fills_is_overuse (void)
{
  Detector detector;

  detector_init (&detector);
  add_frames (&detector, 60, 0);
  g_assert_cmpint (detector.overuse.usage, ==, WN_USAGE_NORMAL);
  add_frames (&detector, 20, 5000);
  g_assert_cmpint (detector.overuse.usage, ==, WN_USAGE_OVERUSE);
  add_frames (&detector, 20, -5000);
  g_assert_cmpint (detector.overuse.usage, ==, WN_USAGE_UNDERUSE);
  add_frames (&detector, 40, 0);
  g_assert_cmpint (detector.overuse.usage, ==, WN_USAGE_NORMAL);
}

static void
test_a_single_late_frame_is_not (void)
{
  Detector detector;

  detector_init (&detector);
  add_frames (&detector, 60, 0);
  add_frames (&detector, 1, 15 * MS);
  add_frames (&detector, 1, -15 * MS);
  for (guint i = 0; i < 60; i++) {
    g_assert_cmpint (detector.overuse.usage, !=, WN_USAGE_OVERUSE);
    add_frames (&detector, 1, 0);
  }
}

static WnUsage
see_slope (WnOveruse *overuse, gdouble slope)
{
  WnTrendline trendline = { .n_variations = 60, .slope = slope };
  WnDelayVariation variation = { 33 * MS, 33 * MS, FAR };

  wn_overuse_update (overuse, &trendline, &variation);
  return overuse->usage;
}

static void
test_overuse_is_seen_twice (void)
{
  WnOveruse overuse;

  wn_overuse_clear (&overuse);
  g_assert_cmpint (see_slope (&overuse, 0.1), ==, WN_USAGE_NORMAL);
  g_assert_cmpint (see_slope (&overuse, 0), ==, WN_USAGE_NORMAL);
  g_assert_cmpint (see_slope (&overuse, 0.1), ==, WN_USAGE_NORMAL);
  /* It is on its way back. */
  g_assert_cmpint (see_slope (&overuse, 0.09), ==, WN_USAGE_NORMAL);
  g_assert_cmpint (see_slope (&overuse, 0.09), ==, WN_USAGE_OVERUSE);
  g_assert_cmpint (see_slope (&overuse, -0.1), ==, WN_USAGE_UNDERUSE);
}

static void
test_the_threshold_follows_noise_within_bounds (void)
{
  WnTrendline trendline = { .n_variations = 60 };
  WnDelayVariation variation = { 33 * MS, 33 * MS, FAR };
  WnOveruse overuse;

  wn_overuse_clear (&overuse);
  for (guint i = 0; i < 3000; i++) {
    /* Nothing, then a trend that grows slowly to more than any bound. */
    trendline.slope = i < 100 ? 0 : (i - 100) / 900.0;
    variation.arrived_at += 33 * MS;
    wn_overuse_update (&overuse, &trendline, &variation);
    g_assert_cmpfloat (overuse.threshold_ms, >=, 6);
    g_assert_cmpfloat (overuse.threshold_ms, <=, 600);
    if (i == 99)
      g_assert_cmpfloat (overuse.threshold_ms, ==, 6);
  }
  g_assert_cmpfloat (overuse.threshold_ms, >, 500);

  /* What is far off is not followed. */
  wn_overuse_clear (&overuse);
  trendline.slope = 1;
  wn_overuse_update (&overuse, &trendline, &variation);
  variation.arrived_at += 33 * MS;
  wn_overuse_update (&overuse, &trendline, &variation);
  g_assert_cmpfloat (overuse.threshold_ms, ==, 12.5);
}

/*** What arrives ***/

/* A frame each 33 ms, of @n packets of 1000 bytes; the first @first_ms are over */
static void
add_media (WnAckedBitrate *acked, guint n_frames, guint n_packets,
    gint64 arrival_ms)
{
  for (guint i = 0; i < n_frames; i++) {
    for (guint j = 0; j < n_packets; j++)
      wn_acked_bitrate_add (acked, NOW + i * 33 * MS, FAR + i * arrival_ms * MS,
          1000);
  }
}

static void
test_what_arrives_is_counted (void)
{
  WnAckedBitrate acked = { 0 };

  g_assert_cmpfloat (wn_acked_bitrate_get (&acked), ==, 0);
  add_media (&acked, 2, 2, 33);
  /* Too short a time. */
  g_assert_cmpfloat (wn_acked_bitrate_get (&acked), ==, 0);
  wn_acked_bitrate_clear (&acked);
  add_media (&acked, 100, 2, 33);
  g_assert_cmpfloat_with_epsilon (wn_acked_bitrate_get (&acked), 16e6 / 33,
      1000);
}

static void
test_a_link_that_lets_go_does_not_carry_more (void)
{
  WnAckedBitrate acked = { 0 };

  add_media (&acked, 100, 2, 5);
  g_assert_cmpfloat_with_epsilon (wn_acked_bitrate_get (&acked), 16e6 / 33,
      1000);
  g_assert_cmpfloat_with_epsilon (wn_acked_bitrate_get_arrival (&acked),
      16e6 / 5, 1000);
}

static void
test_what_nothing_was_told_of_counts_as_others (void)
{
  WnAckedBitrate acked = { 0 };

  for (guint i = 0; i < 100; i++) {
    if (i % 4 == 0)
      continue;
    if (i % 4 == 1)
      wn_acked_bitrate_skip (&acked, 1);
    wn_acked_bitrate_add (&acked, NOW + i * 33 * MS, FAR + i * 33 * MS, 1000);
  }
  g_assert_cmpfloat_with_epsilon (wn_acked_bitrate_get (&acked), 8e6 / 33,
      20000);
}

static void
test_what_arrives_is_kept_within_bounds (void)
{
  WnAckedBitrate acked = { 0 };

  for (guint i = 0; i < 100000; i++)
    wn_acked_bitrate_add (&acked, NOW + i, FAR - i, 65535);
  g_assert_cmpuint (acked.n_packets, ==, WN_ACKED_BITRATE_WINDOW);
  g_assert_cmpfloat (wn_acked_bitrate_get (&acked), ==, 0);
}

/*** What the link carries ***/

static void
test_the_capacity_is_a_mean (void)
{
  WnLinkCapacity capacity;

  wn_link_capacity_clear (&capacity);
  g_assert_false (wn_link_capacity_is_known (&capacity));
  g_assert_false (wn_link_capacity_is_below (&capacity, 1e9));
  g_assert_false (wn_link_capacity_is_above (&capacity, 0));
  wn_link_capacity_add (&capacity, 1000000);
  g_assert_cmpfloat (capacity.bitrate, ==, 1000000);
  wn_link_capacity_add (&capacity, 900000);
  g_assert_cmpfloat_with_epsilon (capacity.bitrate, 995000, 1);
  /* Three standard deviations are 60 to 150 kbit/s. */
  g_assert_false (wn_link_capacity_is_below (&capacity, 1040000));
  g_assert_true (wn_link_capacity_is_below (&capacity, 1160000));
  g_assert_false (wn_link_capacity_is_above (&capacity, 950000));
  g_assert_true (wn_link_capacity_is_above (&capacity, 840000));
}

/*** Additive increase, multiplicative decrease ***/

static void
aimd_init (WnAimd *aimd, gdouble bitrate)
{
  *aimd = (WnAimd) { 0 };
  wn_aimd_set_limits (aimd, 50000, 5000000);
  wn_aimd_start (aimd, bitrate);
}

/* @seconds of feedback, ten a second */
static gint64
go_on (WnAimd *aimd, guint seconds, WnUsage usage, gdouble acked, gint64 now)
{
  for (guint i = 0; i < 10 * seconds; i++) {
    now += 100 * MS;
    wn_aimd_update (aimd, usage, acked, acked, 50 * MS, now);
  }
  return now;
}

static void
test_a_decrease_is_to_less_than_arrives (void)
{
  WnAimd aimd;

  aimd_init (&aimd, 1000000);
  wn_aimd_update (&aimd, WN_USAGE_OVERUSE, 800000, 800000, 50 * MS, NOW);
  g_assert_cmpfloat (aimd.bitrate, ==, 0.85 * 800000);
  /* It takes its time. */
  wn_aimd_update (&aimd, WN_USAGE_OVERUSE, 700000, 700000, 50 * MS,
      NOW + 20 * MS);
  g_assert_cmpfloat (aimd.bitrate, ==, 0.85 * 800000);
  wn_aimd_update (&aimd, WN_USAGE_OVERUSE, 700000, 700000, 50 * MS,
      NOW + 60 * MS);
  g_assert_cmpfloat (aimd.bitrate, ==, 0.85 * 700000);
  /* But not, if much less arrives. */
  wn_aimd_update (&aimd, WN_USAGE_OVERUSE, 200000, 200000, 50 * MS,
      NOW + 61 * MS);
  g_assert_cmpfloat (aimd.bitrate, ==, 0.85 * 200000);
}

/* Less is sent already than the link carries, and the queue is not drained as yet. */
static void
test_one_queue_is_one_decrease (void)
{
  WnAimd aimd;

  aimd_init (&aimd, 1000000);
  wn_aimd_update (&aimd, WN_USAGE_OVERUSE, 1000000, 800000, 50 * MS, NOW);
  for (guint i = 1; i < 10; i++)
    wn_aimd_update (&aimd, WN_USAGE_OVERUSE, 680000, 800000, 50 * MS,
        NOW + i * 200 * MS);
  g_assert_cmpfloat (aimd.bitrate, ==, 0.85 * 800000);
  /* What a link lets go at once does not count. */
  wn_aimd_update (&aimd, WN_USAGE_OVERUSE, 680000, 9e9, 50 * MS,
      NOW + 2 * SECOND);
  g_assert_cmpfloat (aimd.bitrate, <=, 0.85 * 800000);
  g_assert_cmpfloat (aimd.capacity.bitrate, <=, 800000);
}

static void
test_overuse_never_increases (void)
{
  WnAimd aimd;

  aimd_init (&aimd, 300000);
  wn_aimd_update (&aimd, WN_USAGE_OVERUSE, 2000000, 2000000, 50 * MS, NOW);
  g_assert_cmpfloat (aimd.bitrate, ==, 300000);
}

static void
test_without_knowing_what_arrives_it_is_halved (void)
{
  WnAimd aimd;

  aimd_init (&aimd, 800000);
  wn_aimd_update (&aimd, WN_USAGE_OVERUSE, 0, 0, 50 * MS, NOW);
  g_assert_cmpfloat (aimd.bitrate, ==, 400000);
  wn_aimd_update (&aimd, WN_USAGE_OVERUSE, 0, 0, 50 * MS, NOW + 100 * MS);
  g_assert_cmpfloat (aimd.bitrate, ==, 400000);
  wn_aimd_update (&aimd, WN_USAGE_OVERUSE, 0, 0, 50 * MS, NOW + 200 * MS);
  g_assert_cmpfloat (aimd.bitrate, ==, 200000);
}

static void
test_near_the_capacity_the_increase_is_small (void)
{
  WnAimd aimd;
  gint64 now = NOW;
  gdouble before;

  aimd_init (&aimd, 1000000);
  wn_aimd_update (&aimd, WN_USAGE_OVERUSE, 1000000, 1000000, 50 * MS, now);
  before = aimd.bitrate;
  now = go_on (&aimd, 1, WN_USAGE_NORMAL, 850000, now);
  /* Half of a packet a response time: 8.3 kbit / 0.3 s, for 0.9 s. */
  g_assert_cmpfloat_with_epsilon (aimd.bitrate - before, 25000, 5000);

  /* More arrives than was thought to be possible. */
  before = aimd.bitrate;
  go_on (&aimd, 8, WN_USAGE_NORMAL, 1300000, now);
  g_assert_cmpfloat (aimd.bitrate, >, 1.5 * before);
}

static void
test_what_is_not_used_does_not_grow (void)
{
  WnAimd aimd;
  gint64 now;

  aimd_init (&aimd, 300000);
  now = go_on (&aimd, 100, WN_USAGE_NORMAL, 400000, NOW);
  g_assert_cmpfloat (aimd.bitrate, ==, 1.5 * 400000 + 10000);
  /* What was there stays. */
  now = go_on (&aimd, 100, WN_USAGE_NORMAL, 100000, now);
  g_assert_cmpfloat (aimd.bitrate, ==, 1.5 * 400000 + 10000);
  /* What is not known is no reason to grow. */
  go_on (&aimd, 100, WN_USAGE_NORMAL, 0, now);
  g_assert_cmpfloat (aimd.bitrate, ==, 1.5 * 400000 + 10000);
}

static void
test_a_queue_that_drains_is_waited_for (void)
{
  WnAimd aimd;
  gint64 now;
  gdouble before;

  aimd_init (&aimd, 300000);
  now = go_on (&aimd, 1, WN_USAGE_NORMAL, 300000, NOW);
  before = aimd.bitrate;
  now = go_on (&aimd, 10, WN_USAGE_UNDERUSE, 300000, now);
  g_assert_cmpfloat (aimd.bitrate, ==, before);
  /* The time on hold is not made up for. */
  wn_aimd_update (&aimd, WN_USAGE_NORMAL, 300000, 300000, 50 * MS,
      now + 100 * MS);
  g_assert_cmpfloat (aimd.bitrate, ==, before);
}

static void
test_limits_hold (void)
{
  WnAimd aimd;
  gint64 now = NOW;

  aimd_init (&aimd, 300000);
  now = go_on (&aimd, 100, WN_USAGE_NORMAL, 1e9, now);
  g_assert_cmpfloat (aimd.bitrate, ==, 5000000);
  go_on (&aimd, 100, WN_USAGE_OVERUSE, 1, now);
  g_assert_cmpfloat (aimd.bitrate, ==, 50000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, test) g_test_add_func ("/congestion/" path, test)
  ADD ("groups/burst", test_a_burst_is_one_group);
  ADD ("groups/held-back", test_what_a_link_held_back_is_one_group);
  ADD ("groups/busy", test_a_busy_link_is_no_single_group);
  ADD ("groups/jump", test_a_clock_that_jumps_is_noticed);
  ADD ("groups/pause", test_a_pause_of_the_link_is_no_jump);
  ADD ("trend/slope", test_a_slope_is_what_is_too_much);
  ADD ("trend/one-time", test_points_of_one_time_have_no_slope);
  ADD ("overuse/queue", test_a_queue_that_fills_is_overuse);
  ADD ("overuse/single", test_a_single_late_frame_is_not);
  ADD ("overuse/twice", test_overuse_is_seen_twice);
  ADD ("overuse/threshold", test_the_threshold_follows_noise_within_bounds);
  ADD ("acked/count", test_what_arrives_is_counted);
  ADD ("acked/let-go", test_a_link_that_lets_go_does_not_carry_more);
  ADD ("acked/untold", test_what_nothing_was_told_of_counts_as_others);
  ADD ("acked/bounds", test_what_arrives_is_kept_within_bounds);
  ADD ("capacity/mean", test_the_capacity_is_a_mean);
  ADD ("aimd/decrease", test_a_decrease_is_to_less_than_arrives);
  ADD ("aimd/one-queue", test_one_queue_is_one_decrease);
  ADD ("aimd/overuse", test_overuse_never_increases);
  ADD ("aimd/unknown", test_without_knowing_what_arrives_it_is_halved);
  ADD ("aimd/additive", test_near_the_capacity_the_increase_is_small);
  ADD ("aimd/unused", test_what_is_not_used_does_not_grow);
  ADD ("aimd/hold", test_a_queue_that_drains_is_waited_for);
  ADD ("aimd/limits", test_limits_hold);

  return g_test_run ();
}
