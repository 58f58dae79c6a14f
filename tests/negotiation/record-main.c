/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Prints what the core in C does, for the one in JavaScript to do the same
 * (compare.js): in the simulation's runs, and in wild ones. */

#include "record.h"

#include "check/patience.h"
#include "sim/sim.h"

int
main (int argc, char **argv)
{
  gint64 seed = 1;
  gint64 n_simulated = 0;
  gint64 n_wild = 0;
  GOptionEntry entries[] = { { "seed", 0, 0, G_OPTION_ARG_INT64, &seed,
                                 "The first run's; the next ones' follow",
                                 "SEED" },
    { "simulated", 0, 0, G_OPTION_ARG_INT64, &n_simulated,
        "So many runs of the simulation", "N" },
    { "wild", 0, 0, G_OPTION_ARG_INT64, &n_wild, "So many wild ones", "N" },
    { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  SimWorld *world;

  g_option_context_set_summary (context,
      "Prints random runs of the core as timelines.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }

  world = sim_world_new ();
  /* With a sanitizer each takes as much longer. */
  n_simulated /= patience (1);
  n_wild /= patience (1);
  for (gint64 i = 0; i < MAX (n_simulated, n_wild); i++) {
    g_autofree gchar *name =
        g_strdup_printf ("seed %" G_GINT64_FORMAT, seed + i);
    g_autofree gchar *simulated = g_strconcat ("simulated, ", name, NULL);
    g_autofree gchar *wild = g_strconcat ("wild, ", name, NULL);

    if (i < n_simulated) {
      record_begin (simulated);
      sim_random_run (world, seed + i);
    }
    if (i < n_wild) {
      record_begin (wild);
      wild_run (seed + i);
    }
  }
  sim_world_free (world);
  return 0;
}
