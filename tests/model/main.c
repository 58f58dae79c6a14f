/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Random scripts over two real elements: script.h, run.h. */

#include "worker.h"

#include "patience.h"

#include <gst/gst.h>

#include <stdlib.h>
#include <string.h>

static const gchar description[] =
    "Examples:\n"
    "  model --runs 5000           many; each that fails is told with its script\n"
    "  model --seed 17 --verbose   one, with all that there is to know\n"
    "  model --seed 17 --shrink    the shortest script that fails as well\n"
    "  model --script 'A+v1 A:start B:start ~ A-1' --runs 20\n";

/*** Many ***/

typedef struct
{
  const Work *work;
  GHashTable *classes; /* problem => how often */
  guint n_ok;
} Tally;

/* Without numbers, so that what fails alike is counted together. */
static gchar *
get_class (const gchar *problem)
{
  gchar *class = g_strdup (problem);

  for (gchar *c = class; *c; c++) {
    if (g_ascii_isdigit (*c))
      *c = '#';
  }
  return class;
}

static gchar *
get_text (const Work *work, guint number)
{
  g_autoptr (Script) script = NULL;

  if (work->text)
    return g_strdup (work->text);
  script = script_new (work->seed + number, work->features);
  return script_to_string (script);
}

static void
on_report (guint number, const gchar *problem, const gchar *details,
    gpointer data)
{
  Tally *self = data;
  g_autofree gchar *text = NULL;
  gchar *class;
  guint n;

  if (!problem) {
    self->n_ok++;
    return;
  }
  text = get_text (self->work, number);
  g_print ("not ok, seed %u: %s\n  %s\n%s", self->work->seed + number, problem,
      text, details);
  class = get_class (problem);
  n = GPOINTER_TO_UINT (g_hash_table_lookup (self->classes, class));
  g_hash_table_replace (self->classes, class, GUINT_TO_POINTER (n + 1));
}

static guint
run_many (const Work *work)
{
  Tally tally = { .work = work };
  GHashTableIter iter;
  gpointer class, n;
  guint failed;

  tally.classes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  failed = work_in_processes (work, on_report, &tally);
  g_hash_table_iter_init (&iter, tally.classes);
  while (g_hash_table_iter_next (&iter, &class, &n))
    g_print ("%5u times: %s\n", GPOINTER_TO_UINT (n), (const gchar *) class);
  g_print ("%u of %u scripts from seed %u are well\n", tally.n_ok, work->runs,
      work->seed);
  g_hash_table_unref (tally.classes);
  return failed;
}

/*** Shrinking ***/

/* As many letters tell whether two scripts fail alike. */
#define ALIKE 24
/* A failure may need luck. */
#define TRIALS 8

typedef struct
{
  const gchar *like; /* (nullable): any */
  gchar *problem;
  guint n;
} Failures;

static void
note_failure (guint number G_GNUC_UNUSED, const gchar *problem,
    const gchar *details G_GNUC_UNUSED, gpointer data)
{
  Failures *self = data;

  if (!problem || (self->like && strncmp (problem, self->like, ALIKE) != 0))
    return;
  self->n++;
  g_free (self->problem);
  self->problem = g_strdup (problem);
}

/* Returns: (nullable): the problem, if @script fails in that way at least once */
static gchar *
try_script (const Work *work, const Script *script, const gchar *like)
{
  Failures failures = { .like = like };
  g_autofree gchar *text = script_to_string (script);
  Work trial = *work;

  trial.text = text;
  trial.runs = TRIALS;
  trial.jobs = TRIALS;
  trial.verbose = FALSE;
  work_in_processes (&trial, note_failure, &failures);
  g_print ("%u of %u fail: %s\n", failures.n, trial.runs, text);
  return failures.problem;
}

/* Leaves out ever shorter parts of the script, as long as it fails. */
static void
shrink (const Work *work)
{
  g_autofree gchar *text = get_text (work, 0);
  g_autoptr (Script) script = script_parse (text, NULL);
  g_autofree gchar *problem = try_script (work, script, NULL);
  guint size = script->steps->len;

  while (problem && size > 0) {
    gboolean was_cut = FALSE;

    size = MIN (size, script->steps->len);
    for (guint i = 0; i < script->steps->len;) {
      Script *cut = script_cut (script, i, size);
      gchar *its = try_script (work, cut, problem);

      if (its) {
        script_free (script);
        script = cut;
        g_free (problem);
        problem = its;
        was_cut = TRUE;
      } else {
        script_free (cut);
        i += size;
      }
    }
    if (!was_cut || size > 1)
      size /= 2;
  }
  g_free (text);
  text = script_to_string (script);
  g_print ("%s\n  %s\n", problem ? problem : "it is well", text);
}

/*** The program ***/

/* Where all takes longer, as many at a time would wait for each other. */
#define JOBS MAX (8 / patience (1), 1)
/* Under valgrind. */
#define FEW_RUNS 4

int
main (int argc, char **argv)
{
  Work work = { .program = argv[0],
    .seed = 1,
    .runs = 1,
    .jobs = JOBS,
    .features = ALL_FEATURES };
  g_autofree gchar *names = features_list ();
  g_autofree gchar *without = NULL, *text = NULL;
  g_autofree gchar *help = g_strdup_printf ("Leave these out: %s", names);
  gboolean is_worker = FALSE, is_shrinking = FALSE, is_listing = FALSE;
  gint seed = 1, runs = 1, jobs = JOBS, features = ALL_FEATURES;
  Features left_out = 0;
  const GOptionEntry entries[] = { { "runs", 'r', 0, G_OPTION_ARG_INT, &runs,
                                       "So many scripts", "N" },
    { "seed", 's', 0, G_OPTION_ARG_INT, &seed,
        "The first script's seed; the next ones' follow (default: 1)", "SEED" },
    { "script", 0, 0, G_OPTION_ARG_STRING, &text,
        "This script, in the place of a seed's", "STEPS" },
    { "without", 0, 0, G_OPTION_ARG_STRING, &without, help, "FEATURES" },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &jobs,
        "So many pairs in a process at a time (default: 8)", "N" },
    { "shrink", 0, 0, G_OPTION_ARG_NONE, &is_shrinking,
        "Find the shortest script that fails as well", NULL },
    { "list", 0, 0, G_OPTION_ARG_NONE, &is_listing, "Only print the scripts",
        NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &work.verbose,
        "Tell all that there is to know of what fails", NULL },
    { "worker", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &is_worker, NULL,
        NULL },
    { "features", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &features, NULL,
        NULL },
    { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context,
      "Random scripts over two webrtcnegotiators, judged by a model.");
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  if (without && !features_parse (without, &left_out)) {
    g_printerr ("--without takes some of %s\n", names);
    return 2;
  }
  work.seed = seed;
  work.runs = MAX (runs, 1);
  work.jobs = MAX (jobs, 1);
  work.features = features & ~left_out;
  work.text = text;

  if (text) {
    g_autoptr (Script) script = script_parse (text, &error);

    if (!script) {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  }

  if (is_worker) {
    guint failed;

    gst_init (NULL, NULL);
    failed = worker_run (&work);
    gst_deinit ();
    return failed ? 1 : 0;
  }
  if (is_listing) {
    for (guint i = 0; i < work.runs; i++) {
      g_autofree gchar *steps = get_text (&work, i);

      g_print ("%u: %s\n", work.seed + i, steps);
    }
    return 0;
  }
  if (is_shrinking) {
    shrink (&work);
    return 0;
  }
  work.runs = many (work.runs, FEW_RUNS);
  return run_many (&work) ? 1 : 0;
}
