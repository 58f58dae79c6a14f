/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The one message of rtpmanager's that is tolerated is no other, and no other
 * thread's. */

#include "checkmain.h"
#include "upstream.h"

#include <sys/wait.h>
#include <unistd.h>

static void
add_more (gpointer key, gpointer value G_GNUC_UNUSED, gpointer table)
{
  g_hash_table_add (table, GUINT_TO_POINTER (GPOINTER_TO_UINT (key) + 1000));
}

static gpointer
change_while_iterating (gpointer data G_GNUC_UNUSED)
{
  g_autoptr (GHashTable) table = g_hash_table_new (NULL, NULL);

  g_hash_table_add (table, GUINT_TO_POINTER (1));
  g_hash_table_foreach (table, add_more, table);
  return NULL;
}

static gpointer
break_a_rule (gpointer data G_GNUC_UNUSED)
{
  g_hash_table_foreach (NULL, add_more, NULL);
  return NULL;
}

static void
do_in_thread (const gchar *name, GThreadFunc func)
{
  upstream_tolerate ();
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_thread_join (g_thread_new (name, func, NULL));
}

GST_START_TEST (the_one_of_rtpmanager_is_seen_and_tolerated)
{
  guint before = upstream_count ();

  do_in_thread ("rtpsession-rtcp", change_while_iterating);
  fail_unless_equals_int (upstream_count (), before + 1);
}

GST_END_TEST;

/* Returns: whether @func ends a process of its own */
static gboolean
is_deadly (const gchar *name, GThreadFunc func)
{
  pid_t pid = fork ();
  int status;

  if (pid == 0) {
    do_in_thread (name, func);
    _exit (0);
  }
  waitpid (pid, &status, 0);
  return WIFSIGNALED (status);
}

GST_START_TEST (the_one_of_webrtcbin_is_seen_and_tolerated)
{
  guint before = upstream_count ();

  upstream_tolerate ();
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_WARNING);
  g_log (NULL, G_LOG_LEVEL_WARNING,
      "(gstwebrtcbin.c:1):jitter_buffer_set_retransmission: code should not be "
      "reached");
  fail_unless_equals_int (upstream_count (), before + 1);
}

GST_END_TEST;

GST_START_TEST (any_other_is_deadly)
{
  fail_if (is_deadly ("rtpsession-rtcp", change_while_iterating));
  fail_unless (is_deadly ("another", change_while_iterating));
  fail_unless (is_deadly ("rtpsession-rtcp", break_a_rule));
}

GST_END_TEST;

static Suite *
upstream_suite (void)
{
  Suite *suite = suite_create ("upstream");
  TCase *tc = tcase_create ("messages");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, the_one_of_rtpmanager_is_seen_and_tolerated);
  tcase_add_test (tc, the_one_of_webrtcbin_is_seen_and_tolerated);
  tcase_add_test (tc, any_other_is_deadly);
  return suite;
}

CHECK_MAIN (upstream)
