/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "signallingbridge.h"

#include <gst/gst.h>

#include "signalling/error.h"
#include "signalling/log.h"

static GstDebugCategory *
get_category (WnLogCategory *category)
{
  GstDebugCategory *known = g_atomic_pointer_get (&category->data);

  if (!known) {
    GST_DEBUG_CATEGORY_INIT (known, category->name, 0, category->description);
    g_atomic_pointer_set (&category->data, known);
  }
  return known;
}

static GstDebugLevel
get_level (WnLogLevel level)
{
  static const GstDebugLevel levels[] = {
    [WN_LOG_WARNING] = GST_LEVEL_WARNING,
    [WN_LOG_INFO] = GST_LEVEL_INFO,
    [WN_LOG_DEBUG] = GST_LEVEL_DEBUG,
    [WN_LOG_LOG] = GST_LEVEL_LOG,
    [WN_LOG_TRACE] = GST_LEVEL_TRACE,
  };

  return levels[level];
}

static gboolean
is_wanted (WnLogCategory *category, WnLogLevel level)
{
  return get_level (level) <= _gst_debug_min
      && get_level (level)
      <= gst_debug_category_get_threshold (get_category (category));
}

static void
write_log (WnLogCategory *category, WnLogLevel level, const gchar *file,
    const gchar *function, gint line, GObject *object, const gchar *text)
{
  gst_debug_log (get_category (category), get_level (level), file, function,
      line, object, "%s", text);
}

/* To be called when the plugin is loaded. */
void
wn_signalling_bridge_init (void)
{
  static const WnLogWriter writer = { is_wanted, write_log };

  wn_log_set_writer (&writer);
}

/**
 * wn_signalling_bridge_translate:
 * @error: of any domain
 *
 * Returns: (transfer full): the same as a #GstResourceError, if it is a
 *   #WnSignallingError
 */
GError *
wn_signalling_bridge_translate (const GError *error)
{
  static const GstResourceError codes[] = {
    [WN_SIGNALLING_ERROR_SETTINGS] = GST_RESOURCE_ERROR_SETTINGS,
    [WN_SIGNALLING_ERROR_CONNECTION] = GST_RESOURCE_ERROR_OPEN_READ_WRITE,
    [WN_SIGNALLING_ERROR_NOT_AUTHORIZED] = GST_RESOURCE_ERROR_NOT_AUTHORIZED,
    [WN_SIGNALLING_ERROR_BUSY] = GST_RESOURCE_ERROR_BUSY,
    [WN_SIGNALLING_ERROR_FULL] = GST_RESOURCE_ERROR_NO_SPACE_LEFT,
  };

  if (error->domain != WN_SIGNALLING_ERROR)
    return g_error_copy (error);
  return g_error_new_literal (GST_RESOURCE_ERROR, codes[error->code],
      error->message);
}
