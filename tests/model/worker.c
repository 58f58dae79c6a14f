/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "worker.h"

#include "run.h"

#include <gst/gst.h>

#include <stdlib.h>
#include <string.h>

typedef struct
{
  const Work *work;
  guint next;
  guint running;
  guint failed;
} Worker;

typedef struct
{
  Worker *worker;
  guint number;
} Job;

static void
on_ended (const gchar *problem, const gchar *details, gpointer data)
{
  Job *job = data;
  Worker *self = job->worker;

  self->running--;
  if (!problem) {
    g_print ("ok %u\n", job->number);
  } else {
    g_autofree gchar *line = g_strdelimit (g_strdup (problem), "\n", ' ');

    self->failed++;
    g_print ("not ok %u: %s\n", job->number, line);
    if (self->work->verbose) {
      g_auto (GStrv) lines = g_strsplit (details, "\n", -1);

      for (guint i = 0; lines[i]; i++)
        g_print (" %s\n", lines[i]);
    }
  }
  g_free (job);
}

static void
start_job (Worker *self)
{
  const Work *work = self->work;
  guint number = self->next++;
  g_autoptr (GError) error = NULL;
  Script *script = work->text
      ? script_parse (work->text, &error)
      : script_new (work->seed + number, work->features);
  Job *job;

  if (!script)
    g_error ("%s", error->message);
  job = g_new0 (Job, 1);
  job->worker = self;
  job->number = number;
  self->running++;
  g_print ("start %u\n", number);
  run_start (script, on_ended, job);
}

/* Returns: how many failed */
guint
worker_run (const Work *work)
{
  Worker self = { .work = work };

  while (self.next < work->runs || self.running) {
    while (self.running < work->jobs && self.next < work->runs)
      start_job (&self);
    g_main_context_iteration (NULL, TRUE);
  }
  return self.failed;
}
