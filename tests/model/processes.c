/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "worker.h"

#include "patience.h"

#include <gio/gio.h>

#include <stdio.h>
#include <string.h>

/* For each of the pairs at a time. */
#define BATCH 5
/* No script takes as long: each phase of one has a deadline of its own. */
#define SILENCE_S 240

/* Numbers of runs that are one process' work. */
typedef struct
{
  guint first;
  guint n;
} Batch;

typedef struct
{
  const Work *work;
  WorkReport report;
  gpointer data;
  GQueue batches; /* Batch */
  guint running;
  guint failed;
} Office;

typedef struct
{
  Office *office;
  Batch batch;
  GSubprocess *process;
  guint timer;
} Child;

static void start_children (Office *self);

static void
add_batch (Office *self, guint first, guint n)
{
  Batch *batch = g_new0 (Batch, 1);

  batch->first = first;
  batch->n = n;
  g_queue_push_tail (&self->batches, batch);
}

static void
report (Office *self, guint number, const gchar *problem, const gchar *details)
{
  self->failed += problem != NULL;
  self->report (number, problem, details, self->data);
}

/* The lines with details, which follow the one that @line begins with. */
static gchar *
collect_details (gchar **line)
{
  GString *details = g_string_new (NULL);

  while (line[1] && line[1][0] == ' ') {
    g_string_append_printf (details, "%s\n", line[1]);
    line++;
  }
  return g_string_free (details, FALSE);
}

/* What was under way when the process died is tried once more, each by itself.  That it
 * died counts, even if nothing does so alone. */
static void
report_death (Child *child, const gboolean *has_begun,
    const gboolean *has_ended, const gchar *output)
{
  Office *self = child->office;
  g_autofree gchar *problem = NULL;
  gsize length = strlen (output);

  for (guint i = 0; child->batch.n > 1 && i < child->batch.n; i++) {
    if (has_begun[i] && !has_ended[i])
      add_batch (self, child->batch.first + i, 1);
  }
  /* Those that had not begun go on without the others. */
  for (guint i = 0; child->batch.n > 1 && i < child->batch.n; i++) {
    if (!has_begun[i]) {
      add_batch (self, child->batch.first + i, child->batch.n - i);
      break;
    }
  }
  if (g_subprocess_get_if_signaled (child->process))
    problem = g_strdup_printf ("the process died of signal %d",
        g_subprocess_get_term_sig (child->process));
  else
    problem = g_strdup ("the process ended early");
  if (child->batch.n == 1)
    report (self, child->batch.first, problem,
        output + (length > 4000 ? length - 4000 : 0));
  else {
    self->failed++;
    g_print ("not ok, %s in runs %u to %u; they are tried alone\n%s\n", problem,
        child->batch.first, child->batch.first + child->batch.n - 1,
        output + (length > 1500 ? length - 1500 : 0));
  }
}

static void
read_output (Child *child, const gchar *output)
{
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);
  g_autofree gboolean *has_begun = g_new0 (gboolean, child->batch.n);
  g_autofree gboolean *has_ended = g_new0 (gboolean, child->batch.n);
  guint n_ended = 0, number;
  gint end = 0;

  for (guint i = 0; lines[i]; i++) {
    g_autofree gchar *details = NULL;
    gboolean is_problem = FALSE;

    if (sscanf (lines[i], "start %u", &number) == 1 && number < child->batch.n)
      has_begun[number] = TRUE;
    else if (sscanf (lines[i], "ok %u", &number) != 1
        && !(is_problem =
                 sscanf (lines[i], "not ok %u: %n", &number, &end) == 1))
      continue;
    else if (number < child->batch.n) {
      details = collect_details (&lines[i]);
      has_ended[number] = TRUE;
      n_ended++;
      report (child->office, child->batch.first + number,
          is_problem ? lines[i] + end : NULL, details);
    }
  }
  if (n_ended < child->batch.n)
    report_death (child, has_begun, has_ended, output);
}

static void
on_child_ended (GObject *object, GAsyncResult *result, gpointer data)
{
  Child *child = data;
  Office *self = child->office;
  g_autofree gchar *output = NULL;

  g_subprocess_communicate_utf8_finish (G_SUBPROCESS (object), result, &output,
      NULL, NULL);
  read_output (child, output ? output : "");
  self->running--;
  g_clear_handle_id (&child->timer, g_source_remove);
  g_object_unref (child->process);
  g_free (child);
  start_children (self);
}

static gboolean
on_child_late (gpointer data)
{
  Child *child = data;

  child->timer = 0;
  g_subprocess_force_exit (child->process);
  return G_SOURCE_REMOVE;
}

static void
start_child (Office *self, const Batch *batch)
{
  const Work *work = self->work;
  g_autofree gchar *seed =
      g_strdup_printf ("--seed=%u", work->seed + batch->first);
  g_autofree gchar *runs = g_strdup_printf ("--runs=%u", batch->n);
  g_autofree gchar *jobs = g_strdup_printf ("--jobs=%u", work->jobs);
  g_autofree gchar *features =
      g_strdup_printf ("--features=%u", (guint) work->features);
  g_autofree gchar *text =
      work->text ? g_strdup_printf ("--script=%s", work->text) : NULL;
  g_autoptr (GError) error = NULL;
  Child *child = g_new0 (Child, 1);

  child->office = self;
  child->batch = *batch;
  child->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE
          | G_SUBPROCESS_FLAGS_STDERR_MERGE,
      &error, work->program, "--worker", seed, runs, jobs, features,
      work->verbose ? "--verbose" : "--worker", text, NULL);
  if (!child->process)
    g_error ("%s", error->message);
  child->timer =
      g_timeout_add_seconds (patience (SILENCE_S), on_child_late, child);
  self->running++;
  g_subprocess_communicate_utf8_async (child->process, NULL, NULL,
      on_child_ended, child);
}

static void
start_children (Office *self)
{
  while (self->running < MAX (g_get_num_processors (), 2)
      && !g_queue_is_empty (&self->batches)) {
    g_autofree Batch *batch = g_queue_pop_head (&self->batches);

    start_child (self, batch);
  }
}

/* Returns: how many failed */
guint
work_in_processes (const Work *work, WorkReport report_func, gpointer data)
{
  Office self = { .work = work, .report = report_func, .data = data };
  guint batch = MIN (BATCH * work->jobs, (work->runs + 1) / 2);

  g_queue_init (&self.batches);
  for (guint i = 0; i < work->runs; i += batch)
    add_batch (&self, i, MIN (batch, work->runs - i));
  start_children (&self);
  while (self.running)
    g_main_context_iteration (NULL, TRUE);
  return self.failed;
}
