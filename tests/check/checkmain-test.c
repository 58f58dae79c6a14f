/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "checkmain.h"

#include <string.h>

static const gchar *program;

GST_START_TEST (failing)
{
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch ("fakesrc ! fakesink", &error);

  g_assert_no_error (error);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_element_get_state (pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
  fail ("with a pipeline that runs");
}

GST_END_TEST;

GST_START_TEST (following)
{
  g_print ("The following one runs.\n");
}

GST_END_TEST;

GST_START_TEST (a_failed_test_ends_the_program_without_its_own_process)
{
  const gchar *argv[] = { program, "--fail", NULL };
  g_auto (GStrv) env = g_environ_setenv (g_get_environ (), "CK_FORK", "no", 1);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *output = NULL;
  gint status;

  g_spawn_sync (NULL, (gchar **) argv, env, G_SPAWN_DEFAULT, NULL, NULL,
      &output, NULL, &status, &error);
  g_assert_no_error (error);
  fail_unless (strstr (output, "with a pipeline that runs"), "%s", output);
  fail_if (strstr (output, "The following one runs"), "%s", output);
  fail_unless (WIFEXITED (status));
  fail_unless_equals_int (WEXITSTATUS (status), 1);
}

GST_END_TEST;

int
main (int argc, char **argv)
{
  gboolean is_failing = argc > 1 && g_str_equal (argv[1], "--fail");
  Suite *suite = suite_create ("main");
  TCase *tcase = tcase_create ("main");

  program = argv[0];
  argc = 1;
  gst_check_init (&argc, &argv);
  suite_add_tcase (suite, tcase);
  if (is_failing) {
    tcase_add_test (tcase, failing);
    tcase_add_test (tcase, following);
  } else {
    tcase_add_test (tcase,
        a_failed_test_ends_the_program_without_its_own_process);
  }
  return check_run (suite, "main", __FILE__);
}
