/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "objectsignal.h"

/**
 * wn_object_signal_new:
 * @owner: a class or an interface
 * @...: the type (#GType) of each argument
 *
 * Returns: the id of the new signal
 */
guint
wn_object_signal_new (GType owner, const gchar *name, guint n_arguments, ...)
{
  va_list types;
  guint id;

  va_start (types, n_arguments);
  id = g_signal_new_valist (name, owner, G_SIGNAL_RUN_LAST, NULL, NULL, NULL,
      NULL, G_TYPE_NONE, n_arguments, types);
  va_end (types);
  return id;
}
