/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "upstream.h"

#include <gst/check/gstcheck.h>

#include <stdlib.h>
#include <sys/prctl.h>

/* rtpmanager's RTCP thread goes through its table of sources and lets go of its
 * lock on the way (rtpsession.c, rtp_session_on_timeout(), GStreamer 1.22): a
 * source that is added meanwhile makes GLib complain.  What follows is a report
 * that misses a source, and the next one has it. */
#define THREAD "rtpsession-rtcp"
#define MESSAGE                                                                \
  "g_hash_table_foreach: assertion 'version == hash_table->version' failed"

/* webrtcbin 1.22 knows an offer's sources before its transceivers; a jitter buffer
 * that is made in between, for a stream that was negotiated before, finds none for
 * these.  It has no need of them, either (on_rtpbin_new_jitterbuffer() in
 * gstwebrtcbin.c). */
#define WARNING "jitter_buffer_set_retransmission: code should not be reached"

static gint n_seen;

static gboolean
is_upstreams (const gchar *domain, const gchar *message)
{
  gchar thread[16] = "";

  prctl (PR_GET_NAME, thread);
  return g_strcmp0 (domain, "GLib") == 0 && g_strcmp0 (thread, THREAD) == 0
      && g_str_equal (message, MESSAGE);
}

/* Returns: whether the program ends, as G_DEBUG=fatal-criticals (and the leaks
 * setup's fatal-warnings) ask for */
static gboolean
is_fatal (const gchar *domain, GLogLevelFlags level G_GNUC_UNUSED,
    const gchar *message, gpointer data G_GNUC_UNUSED)
{
  gboolean is_warning = g_str_has_suffix (message, WARNING);

  if (!is_warning && !is_upstreams (domain, message))
    return TRUE;
  g_printerr ("The following is %s's, and tolerated (%d so far).\n",
      is_warning ? "webrtcbin" : "rtpmanager",
      g_atomic_int_add (&n_seen, 1) + 1);
  return FALSE;
}

/* The filters of GstCheck see what is not fatal. */
static gboolean
tolerate_warning (const gchar *domain G_GNUC_UNUSED,
    GLogLevelFlags level G_GNUC_UNUSED, const gchar *message,
    gpointer data G_GNUC_UNUSED)
{
  g_printerr ("This is webrtcbin's, and tolerated (%d so far): %s\n",
      g_atomic_int_add (&n_seen, 1) + 1, message);
  return TRUE;
}

/* To be called after gst_check_init(), where that is used. */
void
upstream_tolerate (void)
{
  static gsize is_filtered = 0;

  g_test_log_set_fatal_handler (is_fatal, NULL);
  if (g_once_init_enter (&is_filtered)) {
    gst_check_add_log_filter (NULL, G_LOG_LEVEL_WARNING,
        g_regex_new (WARNING "$", 0, 0, NULL), tolerate_warning, NULL, NULL);
    g_once_init_leave (&is_filtered, 1);
  }
}

guint
upstream_count (void)
{
  return g_atomic_int_get (&n_seen);
}

/*** Leaks ***/

/* GStreamer 1.22 never frees the message with which a channel's source fails
 * (webrtc_error_ignore_bin_handle_message() in webrtcdatachannel.c), nor thereby the
 * source and what it had still to send, as happens at times when its association ends
 * first.  Here it is freed, so that the leaks tracer and LeakSanitizer tell of others. */

static GMutex sources_mutex;
static GSList *sources; /* GWeakRef: of all channels */

static void
on_element_added (GstBin *pipeline G_GNUC_UNUSED, GstBin *bin G_GNUC_UNUSED,
    GstElement *element, gpointer data G_GNUC_UNUSED)
{
  GWeakRef *source;

  if (!g_str_equal (G_OBJECT_TYPE_NAME (element), "GstAppSrc"))
    return;
  source = g_new0 (GWeakRef, 1);
  g_weak_ref_init (source, element);
  g_mutex_lock (&sources_mutex);
  sources = g_slist_prepend (sources, source);
  g_mutex_unlock (&sources_mutex);
}

static void
free_failed_source (gpointer data)
{
  GWeakRef *weak = data;
  g_autoptr (GstObject) source = g_weak_ref_get (weak);

  if (source && !source->parent && GST_OBJECT_REFCOUNT (source) == 2)
    gst_object_unref (source);
  g_weak_ref_clear (weak);
  g_free (weak);
}

/* When all channels are gone nothing else holds a source. */
static void
free_failed_sources (void)
{
  g_slist_free_full (g_steal_pointer (&sources), free_failed_source);
}

/* Before GstCheck's own, in which the leaks tracer tells what is alive */
void
upstream_watch (GstElement *pipeline)
{
  static gsize is_registered = 0;

  if (g_once_init_enter (&is_registered)) {
    atexit (free_failed_sources);
    g_once_init_leave (&is_registered, 1);
  }
  g_signal_connect (pipeline, "deep-element-added",
      G_CALLBACK (on_element_added), NULL);
}

/* At the end of a program that is not GstCheck's */
void
upstream_deinit (void)
{
  free_failed_sources ();
  gst_deinit ();
}
