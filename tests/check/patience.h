/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include <stdlib.h>

G_BEGIN_DECLS

/* Returns: @time, or as much more as the program may take for everything: the
 * setups with a sanitizer and with valgrind say so in WN_PATIENCE */
static inline guint
patience (guint time)
{
  const gchar *factor = g_getenv ("WN_PATIENCE");

  return time * (factor ? (guint) CLAMP (atoi (factor), 1, 100) : 1);
}

G_END_DECLS
