/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "upstream.h"

#include <sys/prctl.h>

/* rtpmanager's RTCP thread goes through its table of sources and lets go of its
 * lock on the way (rtpsession.c, rtp_session_on_timeout(), GStreamer 1.22): a
 * source that is added meanwhile makes GLib complain.  What follows is a report
 * that misses a source, and the next one has it. */
#define THREAD "rtpsession-rtcp"
#define MESSAGE                                                                \
  "g_hash_table_foreach: assertion 'version == hash_table->version' failed"

static gint n_seen;

static gboolean
is_upstreams (const gchar *domain, const gchar *message)
{
  gchar thread[16] = "";

  prctl (PR_GET_NAME, thread);
  return g_strcmp0 (domain, "GLib") == 0 && g_strcmp0 (thread, THREAD) == 0
      && g_str_equal (message, MESSAGE);
}

/* Returns: whether the program ends, as G_DEBUG=fatal-criticals asks for */
static gboolean
is_fatal (const gchar *domain, GLogLevelFlags level G_GNUC_UNUSED,
    const gchar *message, gpointer data G_GNUC_UNUSED)
{
  if (!is_upstreams (domain, message))
    return TRUE;
  g_printerr ("The following is rtpmanager's, and tolerated (%d so far).\n",
      g_atomic_int_add (&n_seen, 1) + 1);
  return FALSE;
}

/* To be called after gst_check_init(), where that is used. */
void
upstream_tolerate (void)
{
  g_test_log_set_fatal_handler (is_fatal, NULL);
}

guint
upstream_count (void)
{
  return g_atomic_int_get (&n_seen);
}
