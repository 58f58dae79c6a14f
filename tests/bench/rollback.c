/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a rollback costs.  Both peers add a stream at the same moment and their
 * offers collide; the time until both are stable and have what they wish for is
 * held against that of one peer's negotiation alone.
 *
 *     rollback [RUNS [FILE.svg]]
 *
 * The target is one more round trip, in which the offer that was taken back is made
 * again, and 20 ms of work.  Exit status 1: a median misses it. */

#include "peers.h"

#include <stdlib.h>

#define DEFAULT_RUNS 9
#define WORK_MS 20
#define SETTLED_MS 100

static const guint delays[] = { 20, 50, 100 };
static const gchar *const phases[] = { "before", "during" };

#define N_DELAYS G_N_ELEMENTS (delays)
#define N_PHASES G_N_ELEMENTS (phases)

typedef struct
{
  gdouble alone_ms;
  gdouble collision_ms;
} Median;

typedef struct
{
  guint before[2];
  guint n_peers; /* that are to offer */
} Offers;

static gboolean
have_offered (Pair *pair, gpointer data)
{
  Offers *offers = data;

  for (guint i = 0; i < offers->n_peers; i++) {
    if (line_count_from (pair->line, LETTER_OFFER, i) == offers->before[i])
      return FALSE;
  }
  return TRUE;
}

/* Returns: ms from the offers' leaving until both are stable for good */
static gdouble
measure (guint delay_ms, gboolean is_during, gboolean has_collision)
{
  PairSettings settings = { .ids = { "a", "b" } };
  g_autoptr (Pair) pair = pair_new (&settings);
  Peer *impolite = &pair->peers[0], *polite = &pair->peers[1];
  Offers offers = { .n_peers = has_collision ? 2 : 1 };
  gint64 start;

  if (is_during) {
    peer_add_stream (impolite, 'v');
    pair_play (pair);
    g_assert_true (pair_wait_settled (pair, SETTLED_MS));
  }
  for (guint i = 0; i < 2; i++)
    offers.before[i] = line_count_from (pair->line, LETTER_OFFER, i);
  line_set_delays (pair->line, delay_ms, delay_ms, 0);

  line_hold (pair->line);
  peer_add_stream (impolite, 'v');
  if (has_collision)
    peer_add_stream (polite, 'a');
  if (!is_during)
    pair_play (pair);
  g_assert_true (pair_wait (pair, have_offered, &offers, PAIR_DEADLINE_MS));

  start = g_get_monotonic_time ();
  line_release (pair->line);
  g_assert_true (pair_wait_settled (pair, SETTLED_MS));
  g_assert_true (pair_wait_media (pair));
  g_assert_cmpuint (peer_get_stat (polite, "rollbacks"), ==, has_collision);
  return (MAX (peer_get_stable_at (impolite), peer_get_stable_at (polite))
             - start)
      / 1000.0;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const gdouble *one = a, *other = b;

  return (*one > *other) - (*one < *other);
}

static gdouble
measure_median (guint n_runs, guint delay_ms, gboolean is_during,
    gboolean has_collision)
{
  g_autoptr (GArray) runs = g_array_new (FALSE, FALSE, sizeof (gdouble));

  for (guint i = 0; i < n_runs; i++) {
    gdouble ms = measure (delay_ms, is_during, has_collision);

    g_array_append_val (runs, ms);
  }
  g_array_sort (runs, compare);
  return g_array_index (runs, gdouble, n_runs / 2);
}

static gdouble
get_target (const Median *median, guint delay_ms)
{
  return median->alone_ms + 2 * delay_ms + WORK_MS;
}

/* Returns: whether the target is met */
static gboolean
print_row (const Median *median, guint phase, guint delay)
{
  gdouble target = get_target (median, delays[delay]);
  gboolean is_met = median->collision_ms <= target;

  g_print ("%-8s %9u %11.1f %15.1f %10.1f %11.1f  %s\n", phases[phase],
      delays[delay], median->alone_ms, median->collision_ms,
      median->collision_ms - median->alone_ms, target,
      is_met ? "met" : "MISSED");
  return is_met;
}

/*** The picture ***/

#define BAR 22
#define GROUP 130
#define HEIGHT 220
#define LEFT 60
#define PX_PER_MS 0.4

static void
draw_bar (GString *svg, gdouble x, gdouble ms, const gchar *colour)
{
  g_string_append_printf (svg,
      "<rect x=\"%.0f\" y=\"%.0f\" width=\"%d\" "
      "height=\"%.0f\" rx=\"2\" fill=\"%s\"/>\n"
      "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">%.0f</text>\n",
      x, HEIGHT - ms * PX_PER_MS, BAR, ms * PX_PER_MS, colour, x + BAR / 2.0,
      HEIGHT - ms * PX_PER_MS - 5, ms);
}

static void
draw_group (GString *svg, const Median *median, guint phase, guint delay)
{
  gdouble x = LEFT + (phase * N_DELAYS + delay) * GROUP;

  draw_bar (svg, x, median->alone_ms, "#7a8ca3");
  draw_bar (svg, x + BAR + 6, median->collision_ms, "#c8553d");
  draw_bar (svg, x + 2 * (BAR + 6), get_target (median, delays[delay]),
      "#d9dee5");
  g_string_append_printf (svg,
      "<text x=\"%.0f\" y=\"%d\" "
      "text-anchor=\"middle\">%s, %u ms</text>\n",
      x + 1.5 * BAR + 6, HEIGHT + 18, phases[phase], delays[delay]);
}

static gboolean
draw (const gchar *path, Median medians[N_PHASES][N_DELAYS])
{
  g_autoptr (GString) svg = g_string_new (NULL);

  g_string_append_printf (svg,
      "<svg xmlns=\"http://www.w3.org/2000/svg\" "
      "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
      "<text x=\"%d\" y=\"24\" font-size=\"15\">Milliseconds until both peers "
      "are stable: one negotiation (grey), two that collide (red), target "
      "(light)</text>\n",
      (int) (LEFT + N_PHASES * N_DELAYS * GROUP), HEIGHT + 40, LEFT);
  for (guint i = 0; i < N_PHASES; i++) {
    for (guint j = 0; j < N_DELAYS; j++)
      draw_group (svg, &medians[i][j], i, j);
  }
  g_string_append (svg, "</svg>\n");
  return g_file_set_contents (path, svg->str, -1, NULL);
}

int
main (int argc, char **argv)
{
  guint n_runs = argc > 1 ? (guint) MAX (atoi (argv[1]), 1) : DEFAULT_RUNS;
  Median medians[N_PHASES][N_DELAYS];
  gboolean all_met = TRUE;

  gst_init (NULL, NULL);
  g_print ("medians of %u runs, ms\n%-8s %9s %11s %15s %10s %11s\n", n_runs,
      "phase", "delay", "alone", "with collision", "more", "target");
  for (guint i = 0; i < N_PHASES; i++) {
    for (guint j = 0; j < N_DELAYS; j++) {
      medians[i][j].alone_ms = measure_median (n_runs, delays[j], i, FALSE);
      medians[i][j].collision_ms = measure_median (n_runs, delays[j], i, TRUE);
      all_met &= print_row (&medians[i][j], i, j);
    }
  }

  if (argc > 2 && !draw (argv[2], medians)) {
    g_printerr ("%s cannot be written\n", argv[2]);
    return 2;
  }
  return !all_met;
}
