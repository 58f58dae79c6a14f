/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/check/gstcheck.h>

#include <stdio.h>
#include <unistd.h>

G_BEGIN_DECLS

/* Where tests have no processes of their own (CK_FORK=no), what a failed one was
 * about runs on, and both the end of the next test and gst_deinit(), at exit, wait
 * for its threads for ever.  So the tests after it are passed over, and the program
 * ends without: it has failed anyway. */
static guint check_n_begun;
static guint check_n_ended;

static inline gboolean
check_begin_test (void)
{
  if (check_n_begun > check_n_ended)
    return FALSE;
  check_n_begun++;
  return TRUE;
}

static inline void
check_end_test (void)
{
  gst_task_cleanup_all ();
  check_n_ended++;
}

/* What GST_START_TEST and GST_END_TEST consist of. */
#undef GST_DO_CHECK_TEST_ENVIRONMENT
#define GST_DO_CHECK_TEST_ENVIRONMENT                                          \
  G_STMT_START                                                                 \
  {                                                                            \
    if (!check_begin_test ()) {                                                \
      tcase_fn_start ("passed over", __FILE__, __LINE__);                      \
      return;                                                                  \
    }                                                                          \
  }                                                                            \
  G_STMT_END
#define gst_task_cleanup_all check_end_test

static inline gint
check_run (Suite *suite, const gchar *name, const gchar *file)
{
  gint failed = gst_check_run_suite (suite, name, file);

  if (failed > 0) {
    fflush (NULL);
    _exit (1);
  }
  return 0;
}

#define CHECK_MAIN(name)                                                       \
  int main (int argc, char **argv)                                             \
  {                                                                            \
    gst_check_init (&argc, &argv);                                             \
    return check_run (name##_suite (), #name, __FILE__);                       \
  }

G_END_DECLS
