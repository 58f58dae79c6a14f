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

/* Returns: @n, or @few where the program is some fifty times as slow: the setup with
 * valgrind says so in WN_VALGRIND */
static inline guint
many (guint n, guint few)
{
  return g_getenv ("WN_VALGRIND") ? MIN (n, few) : n;
}

G_END_DECLS
