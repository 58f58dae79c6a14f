/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A main for fuzz targets where there is no libFuzzer: runs the files, and the
 * files of the folders, that it is called with. */

#include "fuzz.h"

#include <stdlib.h>

static guint
replay (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *data = NULL;
  const gchar *name;
  gsize size;
  guint n = 0;

  if (dir) {
    while ((name = g_dir_read_name (dir))) {
      g_autofree gchar *entry = g_build_filename (path, name, NULL);

      n += replay (entry);
    }
    return n;
  }

  if (!g_file_get_contents (path, &data, &size, &error))
    g_error ("%s", error->message);
  LLVMFuzzerTestOneInput ((const guint8 *) data, size);
  return 1;
}

int
main (int argc, char **argv)
{
  guint n = 0;

  for (int i = 1; i < argc; i++)
    n += replay (argv[i]);
  g_print ("%u inputs\n", n);
  return n ? EXIT_SUCCESS : EXIT_FAILURE;
}
