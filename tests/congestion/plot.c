/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What becomes of a flow on links of many kinds, as a table and as pictures.
 *
 *     congestion-plot [DIRECTORY [SEED]] */

#include "scenarios.h"

#include <stdlib.h>

static gboolean
draw (const Course *course, guint number, const gchar *directory)
{
  g_autofree gchar *name = g_strdup_printf ("congestion-%02u.svg", number + 1);
  g_autofree gchar *path = g_build_filename (directory, name, NULL);

  if (course_draw (course, path))
    return TRUE;
  g_printerr ("%s cannot be written\n", path);
  return FALSE;
}

int
main (int argc, char **argv)
{
  const gchar *directory = argc > 1 ? argv[1] : NULL;
  guint32 seed = argc > 2 ? strtoul (argv[2], NULL, 10) : 1;

  g_print ("%-42s %8s %8s %8s %8s %8s\n", "second half", "capacity", "sent",
      "arrived", "q50, ms", "q95, ms");
  for (guint i = 0; i < n_scenarios; i++) {
    g_autoptr (Course) course = course_run (&scenarios[i], seed);
    guint end = scenarios[i].seconds, half = end / 2;

    for (guint j = 0; j < course->settings.n_flows; j++)
      g_print ("%-42s %8u %8.0f %8.0f %8.0f %8.0f %s\n", scenarios[i].name,
          g_array_index (course->samples, CourseSample,
              course->samples->len - 1)
                  .capacity
              / 1000,
          course_get_sent (course, j, half, end) / 1000,
          course_get_arrived (course, j, half, end) / 1000,
          course_get_queueing (course, 0.5, half, end),
          course_get_queueing (course, 0.95, half, end), course->failure);
    if (directory && !draw (course, i, directory))
      return 1;
  }
  return 0;
}
