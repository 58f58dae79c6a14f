/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What is held to be true of the links of scenarios.c, with any of a few seeds.  All
 * times are simulated. */

#include "check/patience.h"
#include "scenarios.h"

#include <string.h>

#define N_SEEDS many (3, 1)

/* Until then it is to know the link. */
#define STEADY_FROM 20

static const CourseSettings *
find_scenario (const gchar *name)
{
  for (guint i = 0; i < n_scenarios; i++) {
    if (g_str_equal (scenarios[i].name, name))
      return &scenarios[i];
  }
  g_error ("there is no scenario %s", name);
}

static Course *
run (const gchar *name, guint32 seed)
{
  Course *course = course_run (find_scenario (name), seed);

  g_assert_cmpstr (course->failure, ==, "");
  return course;
}

static gdouble
get_capacity (const Course *course, guint second)
{
  return g_array_index (course->samples, CourseSample, second * 10).capacity;
}

static void
assert_share (const Course *course, gdouble min, gdouble max, guint from,
    guint until)
{
  gdouble share = course_get_sent (course, 0, from, until)
      / get_capacity (course, until - 1);

  g_test_message ("%s: %.3f of the capacity, queue %.0f ms (95 %%)",
      course->settings.name, share,
      course_get_queueing (course, 0.95, from, until));
  g_assert_cmpfloat (share, >=, min);
  g_assert_cmpfloat (share, <=, max);
}

/*** Capacities ***/

static void
test_what_a_link_carries_is_sent (gconstpointer name)
{
  for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
    g_autoptr (Course) course = run (name, seed);

    assert_share (course, 0.85, 1, STEADY_FROM, course->settings.seconds);
    g_assert_cmpfloat (course_get_queueing (course, 0.95, STEADY_FROM,
                           course->settings.seconds),
        <, 150);
  }
}

static void
test_a_step_down_is_followed_at_once (void)
{
  for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
    g_autoptr (Course) course = run ("2000, 400, 1500 kbit/s", seed);

    g_assert_cmpfloat (course_get_queueing (course, 1, 43, 70), <, 500);
    assert_share (course, 0.85, 1, 50, 70);
  }
}

static void
test_a_long_queue_is_drained (void)
{
  for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
    g_autoptr (Course) course =
        run ("2000, 400, 1500 kbit/s, a queue of 3 s", seed);

    g_assert_cmpfloat (course_get_queueing (course, 1, 45, 70), <, 500);
  }
}

/* At 8 % a second, from 400 kbit/s, it would take 17 s, and 5 s before that in which
 * the increase is still additive. */
static void
test_a_step_up_is_found (void)
{
  for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
    g_autoptr (Course) course = run ("2000, 400, 1500 kbit/s", seed);
    gdouble seconds = course_get_time_to_reach (course, 0, 0.85 * 1500000, 70);

    g_test_message ("after %.1f s", seconds);
    g_assert_cmpfloat (seconds, >, 0);
    g_assert_cmpfloat (seconds, <, 15);
    assert_share (course, 0.85, 1, 90, 120);
  }
}

static void
test_the_start_is_fast (void)
{
  for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
    g_autoptr (Course) course = run ("1500 kbit/s", seed);
    gdouble seconds = course_get_time_to_reach (course, 0, 0.85 * 1500000, 0);

    g_test_message ("after %.1f s", seconds);
    g_assert_cmpfloat (seconds, >, 0);
    g_assert_cmpfloat (seconds, <, 8);
    g_assert_cmpfloat (course_get_queueing (course, 1, 0, 20), <, 400);
  }
}

static void
test_too_much_at_the_start_is_taken_back (void)
{
  for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
    g_autoptr (Course) course = run ("300 kbit/s, begun with 1000", seed);

    g_test_message ("%.0f ms", course_get_queueing (course, 1, 4, 20));
    g_assert_cmpfloat (course_get_queueing (course, 1, 4, 20), <, 500);
    assert_share (course, 0.85, 1, STEADY_FROM, 60);
  }
}

/*** Loss ***/

typedef struct
{
  const gchar *name;
  gdouble min_share;
} LossCase;

static const LossCase loss_cases[] = { { "loss 1 %", 0.85 },
  { "loss 2 %", 0.85 }, { "loss 5 %", 0.85 }, { "loss 10 %", 0.8 } };

static void
test_random_loss_is_not_congestion (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (loss_cases); i++) {
    for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
      g_autoptr (Course) course = run (loss_cases[i].name, seed);

      assert_share (course, loss_cases[i].min_share, 1, 30, 60);
    }
  }
}

/* Whatever it is for, it is too much. */
static void
test_loss_without_measure_is_given_way_to (void)
{
  for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
    g_autoptr (Course) course = run ("loss 35 %", seed);

    assert_share (course, 0, 0.2, 30, 60);
  }
}

static void
test_a_policer_is_not_sent_much_in_vain (gconstpointer name)
{
  for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
    g_autoptr (Course) course = run (name, seed);
    guint end = course->settings.seconds;
    gdouble sent = course_get_sent (course, 0, STEADY_FROM, end);
    gdouble arrived = course_get_arrived (course, 0, STEADY_FROM, end);

    g_test_message ("%.3f of what is sent arrives", arrived / sent);
    assert_share (course, 0.85, 1.08, STEADY_FROM, end);
    g_assert_cmpfloat (arrived / sent, >, 0.92);
  }
}

/* Frames are larger than the queue: paced or not, there is no sending at the
 * capacity. */
static void
test_a_short_queue_is_no_disaster (gconstpointer name)
{
  for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
    g_autoptr (Course) course = run (name, seed);

    assert_share (course, 0.7, 1, STEADY_FROM, course->settings.seconds);
  }
}

/*** Others ***/

static void
assert_shared (const Course *course, gdouble min, guint from)
{
  guint end = course->settings.seconds;
  gdouble first = course_get_sent (course, 0, from, end);
  gdouble second = course_get_sent (course, 1, from, end);

  g_test_message ("%.3f", first / (first + second));
  g_assert_cmpfloat (first / (first + second), >, min);
  g_assert_cmpfloat (first / (first + second), <, 1 - min);
  g_assert_cmpfloat (first + second, >, 0.85 * 2000000);
  g_assert_cmpfloat (course_get_queueing (course, 0.95, 20, end), <, 150);
}

static void
test_two_flows_share_a_link (void)
{
  for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
    g_autoptr (Course) course = run ("two flows at once", seed);

    assert_shared (course, 0.4, 20);
  }
}

/* Each decrease takes a seventh of what they differ by. */
static void
test_a_later_flow_gets_its_share (void)
{
  for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
    g_autoptr (Course) course = run ("two flows, one later", seed);

    assert_shared (course, 0.35, 120);
  }
}

static void
test_what_others_send_is_left_to_them (void)
{
  for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
    g_autoptr (Course) course =
        run ("another flow of 800 kbit/s from 30 s on", seed);
    gdouble sent = course_get_sent (course, 0, 40, 90);

    g_assert_cmpfloat (sent, >, 0.8 * 1200000);
    g_assert_cmpfloat (sent, <, 1200000);
    g_assert_cmpfloat (course_get_queueing (course, 0.95, 40, 90), <, 150);
  }
}

static void
test_what_an_encoder_does_not_send_is_not_promised (void)
{
  g_autoptr (Course) course =
      run ("an encoder that makes 400 kbit/s at most", 1);

  for (guint i = 0; i < course->samples->len; i++)
    g_assert_cmpuint (g_array_index (course->samples, CourseSample, i)
                          .targets[0],
        <, 800000);
  g_assert_cmpfloat (course_get_target (course, 0, 30, 60), >, 400000);
}

static void
test_an_outage_is_backed_off_from_and_forgotten (void)
{
  for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
    g_autoptr (Course) course = run ("an outage of 12 s", seed);
    gdouble seconds = course_get_time_to_reach (course, 0, 0.85 * 1500000, 53);

    g_assert_cmpfloat (course_get_target (course, 0, 51, 52), <, 300000);
    g_test_message ("after %.1f s", seconds);
    g_assert_cmpfloat (seconds, >, 0);
    g_assert_cmpfloat (seconds, <, 15);
  }
}

static void
test_a_course_follows_from_its_seed (void)
{
  g_autoptr (Course) first = run ("loss 5 %", 7);
  g_autoptr (Course) same = run ("loss 5 %", 7);
  g_autoptr (Course) other = run ("loss 5 %", 8);

  g_assert_cmpmem (first->queueing->data,
      first->queueing->len * sizeof (gint64), same->queueing->data,
      same->queueing->len * sizeof (gint64));
  g_assert_cmpint (memcmp (first->queueing->data, other->queueing->data,
                       first->queueing->len * sizeof (gint64)),
      !=, 0);
}

static void
add (const gchar *group, GTestDataFunc test, const gchar *name)
{
  g_autofree gchar *path = g_strdup_printf ("/congestion/%s/%s", group, name);

  g_test_add_data_func (path, name, test);
}

int
main (int argc, char **argv)
{
  static const gchar *const carried[] = { "300 kbit/s", "600 kbit/s",
    "1500 kbit/s", "5000 kbit/s", "300 kbit/s, paced", "300 kbit/s, with audio",
    "1500 kbit/s, with audio", "600 kbit/s, 15 frames a second",
    "600 kbit/s, 15 frames a second, with audio", "jitter 10 ms",
    "jitter 20 ms", "jitter 20 ms, reordered", "round trip 200 ms",
    "feedback each 50 ms, 20 % of it lost" };
  static const gchar *const policed[] = { "300 kbit/s, policed",
    "600 kbit/s, policed", "1500 kbit/s, policed" };
  static const gchar *const shorts[] = { "600 kbit/s, a queue of 30 ms",
    "1500 kbit/s, a queue of 30 ms" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (carried); i++)
    add ("carried", test_what_a_link_carries_is_sent, carried[i]);
  g_test_add_func ("/congestion/step/down",
      test_a_step_down_is_followed_at_once);
  g_test_add_func ("/congestion/step/long-queue", test_a_long_queue_is_drained);
  g_test_add_func ("/congestion/step/up", test_a_step_up_is_found);
  g_test_add_func ("/congestion/start", test_the_start_is_fast);
  g_test_add_func ("/congestion/start/too-much",
      test_too_much_at_the_start_is_taken_back);
  g_test_add_func ("/congestion/loss/random",
      test_random_loss_is_not_congestion);
  g_test_add_func ("/congestion/loss/much",
      test_loss_without_measure_is_given_way_to);
  for (guint i = 0; i < G_N_ELEMENTS (policed); i++)
    add ("loss", test_a_policer_is_not_sent_much_in_vain, policed[i]);
  for (guint i = 0; i < G_N_ELEMENTS (shorts); i++)
    add ("loss", test_a_short_queue_is_no_disaster, shorts[i]);
  g_test_add_func ("/congestion/others/at-once", test_two_flows_share_a_link);
  g_test_add_func ("/congestion/others/later",
      test_a_later_flow_gets_its_share);
  g_test_add_func ("/congestion/others/fixed",
      test_what_others_send_is_left_to_them);
  g_test_add_func ("/congestion/application-limited",
      test_what_an_encoder_does_not_send_is_not_promised);
  g_test_add_func ("/congestion/outage",
      test_an_outage_is_backed_off_from_and_forgotten);
  g_test_add_func ("/congestion/seed", test_a_course_follows_from_its_seed);
  return g_test_run ();
}
