/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The glare matrix: both peers make an offer at the same moment, in every
 * combination of roles, streams, delays of the line, with and without data
 * channels, before connecting and during the call.
 *
 *     glare                 a selection in which each two values of different
 *                           columns come together at least once (WN_GLARE_FULL=1:
 *                           the full product)
 *     glare --full [FROM]   the full product, with ten quiet seconds after each
 *     glare --case NUMBER   one case, told in full
 *     glare --busy          some of the selection, with all cores kept busy
 *
 * Each case is a process of its own: an abort is that case's result. */

#include "checkmain.h"
#include "patience.h"
#include "peers.h"

#include <gio/gio.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

#define QUIET_MS 300
#define LONG_QUIET_MS 10000
#define CASE_DEADLINE_SECONDS 200
#define MAX_MORE_ROUNDS 2
/* Of the selection, each so many'th is tried on a busy machine, too. */
#define BUSY_STRIDE 4
/* Under valgrind, no more. */
#define FEW 4

/*** Cases ***/

enum
{
  DELAY,
  STREAMS_OF_A,
  STREAMS_OF_B,
  CHANNELS,
  PHASE,
  ROLES,
  N_FACTORS
};

typedef struct
{
  const gchar *name;
  guint to_b_ms;
  guint to_a_ms;
  guint jitter_ms;
} Delays;

static const Delays all_delays[] = {
  { "0", 0, 0, 0 },
  { "20", 20, 20, 0 },
  { "100", 100, 100, 0 },
  { "300", 300, 300, 0 },
  { "20 to 80", 20, 20, 60 },
  { "20, 300", 20, 300, 0 },
  { "300, 0", 300, 0, 0 },
};

static const gchar *const all_streams[] = { "", "v", "a", "av", "va", "vv" };
static const gchar *const all_phases[] = { "before", "during" };

typedef struct
{
  const gchar *name;
  PairSettings settings;
  guint polite; /* which of the two is */
} Roles;

static const Roles all_roles[] = {
  { "auto, A lesser", { { "a", "b" }, { NULL, NULL } }, 1 },
  { "auto, A greater", { { "b", "a" }, { NULL, NULL } }, 0 },
  { "A polite", { { "a", "b" }, { "polite", "impolite" } }, 0 },
  { "B polite", { { "a", "b" }, { "impolite", "polite" } }, 1 },
};

static const guint n_levels[N_FACTORS] = {
  G_N_ELEMENTS (all_delays),
  G_N_ELEMENTS (all_streams),
  G_N_ELEMENTS (all_streams),
  2,
  G_N_ELEMENTS (all_phases),
  G_N_ELEMENTS (all_roles),
};

typedef struct
{
  guint levels[N_FACTORS];
} Case;

static guint
case_count (void)
{
  guint n = 1;

  for (guint i = 0; i < N_FACTORS; i++)
    n *= n_levels[i];
  return n;
}

static Case
case_from_number (guint number)
{
  Case self;

  for (guint i = 0; i < N_FACTORS; i++) {
    self.levels[i] = number % n_levels[i];
    number /= n_levels[i];
  }
  return self;
}

static const gchar *
case_get_streams (const Case *self, guint peer)
{
  return all_streams[self->levels[STREAMS_OF_A + peer]];
}

static gboolean
case_is_during (const Case *self)
{
  return self->levels[PHASE] == 1;
}

/* Without anything to negotiate, nothing can be. */
static gboolean
case_makes_sense (const Case *self)
{
  return case_is_during (self) || self->levels[CHANNELS]
      || *case_get_streams (self, 0) || *case_get_streams (self, 1);
}

/*** One case ***/

typedef struct
{
  Pair *pair;
  const Case *what;
  GObject *channels[2]; /* WnDataChannel, that the peers have made */
} Run;

typedef struct
{
  guint rounds; /* offers that were answered */
  guint offers;
  guint collisions; /* of peer A */
  guint ms;         /* from the offers' leaving to the end */
} Result;

static void
run_init (Run *self, const Case *what)
{
  *self = (Run) { .what = what };
  self->pair = pair_new (&all_roles[what->levels[ROLES]].settings);
}

static void
run_clear (Run *self)
{
  pair_free (self->pair);
  g_clear_object (&self->channels[0]);
  g_clear_object (&self->channels[1]);
}

/* Returns: whether there is something to negotiate */
static gboolean
wish (Run *self, guint index)
{
  Peer *peer = &self->pair->peers[index];
  const gchar *streams = case_get_streams (self->what, index);

  peer_add_streams (peer, streams);
  if (self->what->levels[CHANNELS])
    g_signal_emit_by_name (peer->element, "create-data-channel", "channel",
        NULL, &self->channels[index]);
  if (*streams || self->what->levels[CHANNELS])
    return TRUE;
  if (!case_is_during (self->what))
    return FALSE;

  g_signal_emit_by_name (peer->element, "negotiate");
  return TRUE;
}

static gboolean
channel_is_open (Pair *pair G_GNUC_UNUSED, gpointer channel)
{
  GstWebRTCDataChannelState state;

  g_object_get (channel, "ready-state", &state, NULL);
  return state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN;
}

#define CHECK(condition)                                                       \
  G_STMT_START                                                                 \
  {                                                                            \
    if (!(condition))                                                          \
      return #condition;                                                       \
  }                                                                            \
  G_STMT_END

/* Returns: what is not as it should be; NULL if all is well */
static const gchar *
check_end (Run *self, guint quiet_ms)
{
  CHECK (pair_wait_settled (self->pair, quiet_ms));
  CHECK (pair_wait_media (self->pair));
  for (guint i = 0; i < 2; i++) {
    Peer *peer = &self->pair->peers[i];
    g_autofree gchar *error = peer_get_error (peer);

    CHECK (!self->channels[i]
        || pair_wait (self->pair, channel_is_open, self->channels[i],
            PAIR_DEADLINE_MS));
    CHECK (!error);
    CHECK (peer_get_stat (peer, "messages-rejected") == 0);
    CHECK (peer_get_stat (peer, "restarts") == 0);
    for (guint j = 0; j < peer->streams->len; j++)
      CHECK (rtp_stream_is_well (g_ptr_array_index (peer->streams, j)));
  }
  CHECK (line_is_empty (self->pair->line));
  return NULL;
}

/* The call in which a later glare happens: A sends already. */
static const gchar *
connect_before (Run *self)
{
  peer_add_stream (&self->pair->peers[0], 'v');
  pair_play (self->pair);
  CHECK (pair_wait_settled (self->pair, QUIET_MS));
  CHECK (pair_wait_media (self->pair));
  return NULL;
}

/* The same one after the other. */
static const gchar *
run_calmly (Run *self, Result *result)
{
  const gchar *problem;
  guint before;

  if (case_is_during (self->what) && (problem = connect_before (self)))
    return problem;
  before = line_count (self->pair->line, LETTER_ANSWER);
  for (guint i = 0; i < 2; i++) {
    gboolean wished = wish (self, i);

    if (i == 0 && !case_is_during (self->what))
      pair_play (self->pair);
    line_touch (self->pair->line);
    if (wished)
      CHECK (pair_wait_settled (self->pair, QUIET_MS));
  }
  problem = check_end (self, QUIET_MS);
  /* Not before: what is settled in a busy machine may not have begun. */
  result->rounds = line_count (self->pair->line, LETTER_ANSWER) - before;
  return problem;
}

typedef struct
{
  gboolean wished[2];
  guint before[2];
} Offers;

static gboolean
have_offered (Pair *pair, gpointer data)
{
  Offers *offers = data;

  for (guint i = 0; i < 2; i++) {
    if (offers->wished[i]
        && line_count_from (pair->line, LETTER_OFFER, i) == offers->before[i])
      return FALSE;
  }
  return TRUE;
}

/* Has both offer while none hears of the other's. */
static const gchar *
collide (Run *self, Offers *offers)
{
  Line *line = self->pair->line;

  for (guint i = 0; i < 2; i++)
    offers->before[i] = line_count_from (line, LETTER_OFFER, i);
  line_hold (line);
  for (guint i = 0; i < 2; i++)
    offers->wished[i] = wish (self, i);
  if (!case_is_during (self->what))
    pair_play (self->pair);
  CHECK (pair_wait (self->pair, have_offered, offers, PAIR_DEADLINE_MS));
  line_release (line);
  return NULL;
}

static const gchar *
check_collision (Run *self)
{
  guint i = all_roles[self->what->levels[ROLES]].polite;
  Peer *polite = &self->pair->peers[i];
  Peer *impolite = peer_get_other (polite);

  CHECK (peer_get_stat (polite, "collisions") >= 1);
  CHECK (peer_get_stat (polite, "rollbacks") >= 1);
  CHECK (peer_get_stat (polite, "offers-ignored") == 0);
  CHECK (peer_get_stat (impolite, "collisions") >= 1);
  CHECK (peer_get_stat (impolite, "rollbacks") == 0);
  CHECK (peer_get_stat (impolite, "offers-ignored") >= 1);
  return NULL;
}

static const gchar *
check_untouched (Run *self)
{
  Peer *a = &self->pair->peers[0];

  CHECK (peer_get_lost (peer_get_other (a), g_ptr_array_index (a->streams, 0))
      == 0);
  return NULL;
}

static const gchar *
run_with_glare (Run *self, guint quiet_ms, Result *result)
{
  const Delays *delays = &all_delays[self->what->levels[DELAY]];
  Line *line = self->pair->line;
  Offers offers;
  const gchar *problem;
  gint64 start;
  guint answers;

  if (case_is_during (self->what) && (problem = connect_before (self)))
    return problem;

  answers = line_count (line, LETTER_ANSWER);
  line_set_delays (line, delays->to_b_ms, delays->to_a_ms, delays->jitter_ms);
  if ((problem = collide (self, &offers)))
    return problem;

  start = g_get_monotonic_time ();
  if ((problem = check_end (self, quiet_ms)))
    return problem;
  result->ms = (line->last_activity - start) / 1000;
  result->rounds = line_count (line, LETTER_ANSWER) - answers;
  result->offers =
      line_count (line, LETTER_OFFER) - offers.before[0] - offers.before[1];
  result->collisions = peer_get_stat (&self->pair->peers[0], "collisions");

  if (offers.wished[0] && offers.wished[1]
      && (problem = check_collision (self)))
    return problem;
  return case_is_during (self->what) ? check_untouched (self) : NULL;
}

/* Prints the result on a line, and more if it is not well. */
static gboolean
run_case (guint number, guint quiet_ms)
{
  Case what = case_from_number (number);
  Result calm = { 0 }, glare = { 0 };
  Run run;
  const gchar *problem;
  const gchar *when = "without glare";

  run_init (&run, &what);
  problem = run_calmly (&run, &calm);
  if (!problem) {
    run_clear (&run);
    run_init (&run, &what);
    when = "with glare";
    problem = run_with_glare (&run, quiet_ms, &glare);
  }
  if (!problem && glare.rounds > calm.rounds + MAX_MORE_ROUNDS)
    problem = "it took too many rounds";

  g_print ("%u %u %u %u %u\n", calm.rounds, glare.rounds, glare.offers,
      glare.collisions, glare.ms);
  if (problem) {
    g_autofree gchar *description = pair_describe (run.pair);

    g_print ("%s: not so: %s\n%s", when, problem, description);
  }
  run_clear (&run);
  return problem == NULL;
}

/*** The selection ***/

static gboolean *
get_pair (gboolean *covered, const Case *what, guint i, guint j)
{
  guint stride = 8;

  return &covered[((i * N_FACTORS + j) * stride + what->levels[i]) * stride
      + what->levels[j]];
}

static guint
count_uncovered (gboolean *covered, const Case *what, gboolean cover)
{
  guint n = 0;

  for (guint i = 0; i < N_FACTORS; i++) {
    for (guint j = i + 1; j < N_FACTORS; j++) {
      gboolean *pair = get_pair (covered, what, i, j);

      n += !*pair;
      *pair = *pair || cover;
    }
  }
  return n;
}

/* Greedily: the case that brings the most pairs of values that were not yet
 * together, again and again. */
static GArray *
select_cases (void)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  gboolean covered[N_FACTORS * N_FACTORS * 8 * 8] = { FALSE };
  guint best, best_gain;

  do {
    best = best_gain = 0;
    for (guint number = 0; number < case_count (); number++) {
      /* Another order, so that not all first ones are alike; 2477 is prime. */
      guint shuffled = (number * 2477 + 41 * numbers->len) % case_count ();
      Case what = case_from_number (shuffled);
      guint gain = case_makes_sense (&what)
          ? count_uncovered (covered, &what, FALSE)
          : 0;

      if (gain > best_gain) {
        best = shuffled;
        best_gain = gain;
      }
    }
    if (best_gain) {
      Case what = case_from_number (best);

      count_uncovered (covered, &what, TRUE);
      g_array_append_val (numbers, best);
    }
  } while (best_gain);
  return numbers;
}

/* Each @stride'th of the selection. */
static GArray *
select_some (guint stride)
{
  g_autoptr (GArray) all = select_cases ();
  GArray *some = g_array_new (FALSE, FALSE, sizeof (guint));

  stride = MAX (stride, all->len / many (all->len, FEW));
  for (guint i = 0; i < all->len; i += stride)
    g_array_append_val (some, g_array_index (all, guint, i));
  return some;
}

static GArray *
all_cases (guint from)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint number = from; number < case_count (); number++) {
    Case what = case_from_number (number);

    if (case_makes_sense (&what))
      g_array_append_val (numbers, number);
  }
  return numbers;
}

/*** The table ***/

typedef struct
{
  const gchar *program;
  GArray *numbers;
  guint quiet_ms;
  guint next;
  guint running;
  guint failed;
  guint done;
} Table;

typedef struct
{
  Table *table;
  guint number;
  GSubprocess *process;
  guint timer;
} Child;

static void start_children (Table *self);

static void
print_head (void)
{
  g_print ("%5s  %-10s %-4s %-4s %-8s %-7s %-16s %5s %7s %6s %10s %6s\n",
      "case", "delay, ms", "A", "B", "channels", "phase", "roles", "calm",
      "rounds", "offers", "collisions", "ms");
}

/* Returns: the line with the figures; something may have been said before it */
static gchar *
find_figures (const gchar *output)
{
  g_autoptr (GRegex) regex =
      g_regex_new ("^\\d+( \\d+){4}$", G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  return g_regex_match (regex, output, 0, &match)
      ? g_match_info_fetch (match, 0)
      : g_strdup ("");
}

static void
print_row (guint number, const gchar *output, gboolean is_well)
{
  Case what = case_from_number (number);
  g_autofree gchar *figures = find_figures (output);
  g_auto (GStrv) cells = g_strsplit (figures, " ", 5);
  gboolean is_whole = g_strv_length (cells) == 5;
  const gchar *a = case_get_streams (&what, 0);
  const gchar *b = case_get_streams (&what, 1);

  g_print ("%5u  %-10s %-4s %-4s %-8s %-7s %-16s %5s %7s %6s %10s %6s  %s\n",
      number, all_delays[what.levels[DELAY]].name, *a ? a : "-", *b ? b : "-",
      what.levels[CHANNELS] ? "yes" : "no", all_phases[what.levels[PHASE]],
      all_roles[what.levels[ROLES]].name, is_whole ? cells[0] : "?",
      is_whole ? cells[1] : "?", is_whole ? cells[2] : "?",
      is_whole ? cells[3] : "?", is_whole ? cells[4] : "?",
      is_well ? "ok" : "FAILED");
  if (!is_well)
    g_print ("%s\n", output);
}

static void
on_child_ended (GObject *object, GAsyncResult *result, gpointer data)
{
  Child *child = data;
  Table *self = child->table;
  g_autofree gchar *output = NULL;
  gboolean is_well;

  g_subprocess_communicate_utf8_finish (G_SUBPROCESS (object), result, &output,
      NULL, NULL);
  is_well = g_subprocess_get_successful (child->process);
  print_row (child->number, output ? output : "no text", is_well);
  self->failed += !is_well;
  self->running--;
  self->done++;
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
start_child (Table *self, guint number)
{
  g_autofree gchar *text = g_strdup_printf ("%u", number);
  g_autofree gchar *quiet = g_strdup_printf ("%u", self->quiet_ms);
  Child *child = g_new0 (Child, 1);

  child->table = self;
  child->number = number;
  child->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE
          | G_SUBPROCESS_FLAGS_STDERR_MERGE,
      NULL, self->program, "--case", text, quiet, NULL);
  g_assert_nonnull (child->process);
  child->timer = g_timeout_add_seconds (patience (CASE_DEADLINE_SECONDS),
      on_child_late, child);
  self->running++;
  g_subprocess_communicate_utf8_async (child->process, NULL, NULL,
      on_child_ended, child);
}

/* Most of a case's time is waiting, but not where the program is slow. */
static guint
get_max_running (void)
{
  const gchar *jobs = g_getenv ("WN_JOBS");
  guint n =
      jobs ? (guint) atoi (jobs) : 2 * g_get_num_processors () / patience (1);

  return MAX (n, 1);
}

static void
start_children (Table *self)
{
  while (self->running < get_max_running () && self->next < self->numbers->len)
    start_child (self, g_array_index (self->numbers, guint, self->next++));
}

/* Returns: how many failed */
static guint
run_table (const gchar *program, GArray *numbers, guint quiet_ms)
{
  Table self = { .program = program, .numbers = numbers, .quiet_ms = quiet_ms };

  print_head ();
  start_children (&self);
  while (self.running)
    g_main_context_iteration (NULL, TRUE);
  g_print ("%u of %u well\n", self.done - self.failed, self.done);
  g_array_unref (numbers);
  return self.failed;
}

/*** A busy machine ***/

/* One for each core, so that whatever else is to run has to wait. */
static GPtrArray *
start_load (const gchar *program)
{
  GPtrArray *load = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < g_get_num_processors (); i++) {
    GSubprocess *process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, NULL,
        program, "--spin", NULL);

    g_assert_nonnull (process);
    g_ptr_array_add (load, process);
  }
  return load;
}

static void
stop_load (GPtrArray *load)
{
  for (guint i = 0; i < load->len; i++) {
    g_subprocess_force_exit (load->pdata[i]);
    g_subprocess_wait (load->pdata[i], NULL, NULL);
  }
  g_ptr_array_unref (load);
}

static void G_GNUC_NORETURN
spin (void)
{
  static gint n_spins = 0;

  /* However the parent ends. */
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  for (;;)
    g_atomic_int_inc (&n_spins);
}

/* Returns: how many failed */
static guint
run_busy (const gchar *program)
{
  GPtrArray *load = start_load (program);
  guint failed = run_table (program, select_some (BUSY_STRIDE), QUIET_MS);

  stop_load (load);
  return failed;
}

/*** The program ***/

static const gchar *program;

GST_START_TEST (every_glare_ends_stable_and_complete)
{
  gboolean full = g_getenv ("WN_GLARE_FULL") != NULL;

  fail_unless_equals_int (run_table (program,
                              full ? all_cases (0) : select_some (1),
                              full ? LONG_QUIET_MS : QUIET_MS),
      0);
}

GST_END_TEST;

static Suite *
glare_suite (void)
{
  Suite *suite = suite_create ("glare");
  TCase *tcase = tcase_create ("matrix");

  tcase_set_timeout (tcase, 0);
  tcase_add_test (tcase, every_glare_ends_stable_and_complete);
  suite_add_tcase (suite, tcase);
  return suite;
}

static int
run_argument (int argc, char **argv)
{
  guint number = argc > 2 ? atoi (argv[2]) : 0;
  gboolean is_well;

  if (g_str_equal (argv[1], "--spin"))
    spin ();
  if (g_str_equal (argv[1], "--busy"))
    return run_busy (argv[0]) > 0;
  if (g_str_equal (argv[1], "--full"))
    return run_table (argv[0], all_cases (number), LONG_QUIET_MS) > 0;

  gst_init (NULL, NULL);
  is_well = run_case (number, argc > 3 ? atoi (argv[3]) : QUIET_MS);
  gst_deinit ();
  return !is_well;
}

int
main (int argc, char **argv)
{
  static const gchar *const words[] = { "--case", "--full", "--busy", "--spin",
    NULL };

  if (argc > 1 && g_strv_contains (words, argv[1]))
    return run_argument (argc, argv);

  program = argv[0];
  gst_check_init (&argc, &argv);
  return check_run (glare_suite (), "glare", __FILE__);
}
