/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A process that runs scripts, several at a time, and the process that starts
 * such ones: an abort is that script's result.
 *
 * A worker prints a line for what begins and what ends: "start N", "ok N", "not ok
 * N: PROBLEM"; details follow in lines that begin with a space. */

#pragma once

#include "script.h"

G_BEGIN_DECLS

/* How scripts come about: from seeds, or all the same. */
typedef struct
{
  const gchar *program;
  const gchar *text; /* (nullable): the one script */
  guint32 seed;      /* the first one's */
  guint runs;
  guint jobs; /* pairs in a process at a time */
  Features features;
  gboolean verbose;
} Work;

guint worker_run (const Work *work);

/* @problem: (nullable): NULL if all is well */
typedef void (*WorkReport) (guint number, const gchar *problem,
    const gchar *details, gpointer data);

guint work_in_processes (const Work *work, WorkReport report, gpointer data);

G_END_DECLS
