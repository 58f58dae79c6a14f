/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/check/gstcheck.h>

#include <stdio.h>
#include <unistd.h>

G_BEGIN_DECLS

/* What a test that failed was about runs on where the test had no process of its
 * own (CK_FORK=no), and gst_deinit(), at exit, waits for its threads for ever.  So
 * a program in which something failed ends without. */
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
