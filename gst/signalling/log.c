/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "log.h"

static const WnLogWriter *log_writer;

/**
 * wn_log_set_writer:
 * @writer: static
 *
 * To be called before anything else of this library is used, as when a plugin is
 * loaded.
 */
void
wn_log_set_writer (const WnLogWriter *writer)
{
  g_atomic_pointer_set (&log_writer, writer);
}

gboolean
wn_log_wants (WnLogCategory *category, WnLogLevel level)
{
  const WnLogWriter *writer = g_atomic_pointer_get (&log_writer);

  return writer && writer->wants (category, level);
}

/**
 * wn_log_write:
 * @object: (nullable): the #GObject that does it
 */
void
wn_log_write (WnLogCategory *category, WnLogLevel level, const gchar *file,
    const gchar *function, gint line, gpointer object, const gchar *format, ...)
{
  const WnLogWriter *writer = g_atomic_pointer_get (&log_writer);
  g_autofree gchar *text = NULL;
  va_list args;

  if (!writer)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  writer->write (category, level, file, function, line, object, text);
}
