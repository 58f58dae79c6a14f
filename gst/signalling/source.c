/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "source.h"

/* Destroys what *@source (nullable) is, and forgets it. */
void
wn_source_clear (GSource **source)
{
  if (*source) {
    g_source_destroy (*source);
    g_clear_pointer (source, g_source_unref);
  }
}

/* To the context that is the default of this thread.
 *
 * @name: static */
void
wn_source_attach (GSource *source, const gchar *name, gint priority,
    GSourceFunc func, gpointer data)
{
  g_source_set_static_name (source, name);
  g_source_set_priority (source, priority);
  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
}

/**
 * wn_source_new_idle:
 *
 * Returns: (transfer full): a source that calls @func once this has returned,
 *   after what is there already: with the priority of everything else
 */
GSource *
wn_source_new_idle (const gchar *name, GSourceFunc func, gpointer data)
{
  GSource *source = g_idle_source_new ();

  wn_source_attach (source, name, G_PRIORITY_DEFAULT, func, data);
  return source;
}

/**
 * wn_source_post:
 * @func: returns %G_SOURCE_REMOVE
 * @destroy: (nullable): frees @data, whether @func was called or not
 *
 * Has @func called in @context, on whose thread that may be.
 */
void
wn_source_post (GMainContext *context, const gchar *name, gint priority,
    GSourceFunc func, gpointer data, GDestroyNotify destroy)
{
  GSource *source = g_idle_source_new ();

  g_source_set_static_name (source, name);
  g_source_set_priority (source, priority);
  g_source_set_callback (source, func, data, destroy);
  g_source_attach (source, context);
  g_source_unref (source);
}

GSource *
wn_source_new_timeout (const gchar *name, guint ms, GSourceFunc func,
    gpointer data)
{
  GSource *source = g_timeout_source_new (ms);

  wn_source_attach (source, name, G_PRIORITY_DEFAULT, func, data);
  return source;
}
