/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Runs two negotiations against each other: world.h. */

#include "check/patience.h"
#include "sim.h"

#include <locale.h>

static const gchar description[] =
    "Examples:\n"
    "  sim --runs 300000 --exhaustive 3  about what the ordinary tests do\n"
    "  sim --runs 10000000 --seed 7      ten million: some minutes\n"
    "  sim --exhaustive 4                many minutes, and gigabytes of memory\n"
    "  sim --replay 4711 -v              one run, as a timeline";

int
main (int argc, char **argv)
{
  gint64 runs = 0;
  gint64 seed = 1;
  gint64 replay = -1;
  gint exhaustive = 0;
  gboolean verbose = FALSE;
  gboolean is_well = TRUE;
  GOptionEntry entries[] = { { "runs", 'r', 0, G_OPTION_ARG_INT64, &runs,
                                 "So many random runs", "N" },
    { "seed", 's', 0, G_OPTION_ARG_INT64, &seed,
        "The first run's seed; the next ones' follow (default: 1)", "SEED" },
    { "replay", 'p', 0, G_OPTION_ARG_INT64, &replay, "One run", "SEED" },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose,
        "With --replay: show what happens, A on the left, B on the right",
        NULL },
    { "exhaustive", 'x', 0, G_OPTION_ARG_INT, &exhaustive,
        "Every interleaving of scripts of up to N wishes and faults", "N" },
    { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  g_option_context_set_summary (context,
      "Two negotiations against each other on a simulated network.");
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }

  if (replay >= 0) {
    SimWorld *world = sim_world_new ();

    world->verbose = verbose;
    is_well = sim_random_run (world, replay);
    g_print ("%s%s\n", is_well ? "all well" : "not ok: ", world->failure);
    sim_world_free (world);
  }
  /* With a sanitizer or valgrind each run takes as much longer. */
  if (exhaustive)
    is_well &= sim_exhaustive_runs (patience (1) > 1 ? 2 : exhaustive);
  if (runs > 0)
    is_well &= sim_random_runs (seed,
        MIN (runs / patience (1), many (G_MAXUINT, 10000)));
  return is_well ? 0 : 1;
}
