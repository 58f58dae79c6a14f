/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Sources of the main loop that somebody owns. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

void wn_source_clear (GSource **source);
void wn_source_attach (GSource *source, const gchar *name, gint priority,
    GSourceFunc func, gpointer data);
GSource *wn_source_new_idle (const gchar *name, GSourceFunc func, gpointer data)
    G_GNUC_WARN_UNUSED_RESULT;
void wn_source_post (GMainContext *context, const gchar *name, gint priority,
    GSourceFunc func, gpointer data, GDestroyNotify destroy);
GSource *wn_source_new_timeout (const gchar *name, guint ms, GSourceFunc func,
    gpointer data) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
