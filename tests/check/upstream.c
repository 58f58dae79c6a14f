/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "upstream.h"

#include <gst/check/gstcheck.h>

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

/* webrtcbin never frees the message with which a channel's source fails (in
 * webrtcdatachannel.c, webrtc_error_ignore_bin_handle_message (), GStreamer 1.22), nor
 * thereby the source and what it had still to send, as happens at times when its
 * association ends first.  Here it is freed, so that the leaks tracer and LeakSanitizer
 * tell of others. */

static void (*ignore_error) (GstBin *bin, GstMessage *message);

static void
ignore_error_and_free (GstBin *bin, GstMessage *message)
{
  gboolean is_error = GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR;

  gst_message_ref (message);
  ignore_error (bin, message);
  if (is_error && GST_MINI_OBJECT_REFCOUNT_VALUE (message) > 1)
    gst_message_unref (message);
  gst_message_unref (message);
}

static void
on_element_added (GstBin *pipeline G_GNUC_UNUSED, GstBin *bin G_GNUC_UNUSED,
    GstElement *element, gpointer data G_GNUC_UNUSED)
{
  static gsize is_mended = 0;

  if (g_str_equal (G_OBJECT_TYPE_NAME (element), "WebRTCErrorIgnoreBin")
      && g_once_init_enter (&is_mended)) {
    GstBinClass *class = GST_BIN_GET_CLASS (element);

    ignore_error = class->handle_message;
    class->handle_message = ignore_error_and_free;
    g_once_init_leave (&is_mended, 1);
  }
}

void
upstream_watch (GstElement *pipeline)
{
  g_signal_connect (pipeline, "deep-element-added",
      G_CALLBACK (on_element_added), NULL);
}
