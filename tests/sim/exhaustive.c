/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Every interleaving of short scripts.
 *
 * A world cannot be copied, so a branch is entered by going its whole way again.
 * Two ways that bring the same events to A in the same order, and to B, end in
 * the same world, whatever the order between the two: it is explored once, and
 * the ways that go on from there are counted. */

#include "sim.h"

#include <string.h>

#define MAX_DEPTH 512

typedef struct
{
  guint64 a;
  guint64 b;
  gdouble n_ways;
} Node;

typedef struct
{
  const SimPlan *plan;
  SimStep way[MAX_DEPTH];
  GHashTable *nodes;          /* Node: what is known */
  SimWorld *spare[MAX_DEPTH]; /* one for each depth, made when needed */
  gchar failure[256];
  guint failed_depth;
  guint n_plans;
  gdouble n_ways;
  guint64 n_nodes;
  guint depth; /* the greatest */
} Explorer;

static guint
node_hash (gconstpointer key)
{
  const Node *self = key;
  guint64 mixed = self->a * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) ^ self->b;

  return mixed ^ mixed >> 32;
}

static gboolean
node_equal (gconstpointer a, gconstpointer b)
{
  const Node *x = a;
  const Node *y = b;

  return x->a == y->a && x->b == y->b;
}

static void
node_free (Node *self)
{
  g_free (self);
}

/* Time passes only where nothing else can happen. */
static guint
list_steps (const SimWorld *world, SimStep steps[SIM_MAX_STEPS])
{
  guint n = sim_world_list_steps (world, steps);

  if (n) {
    for (guint i = 0; i < n; i++)
      steps[i].time = 0;
    return n;
  }
  return sim_world_list_late_steps (world, steps);
}

static SimWorld *
go_way (Explorer *self, guint depth)
{
  SimWorld *world;

  if (!self->spare[depth])
    self->spare[depth] = sim_world_new ();
  world = self->spare[depth];
  sim_world_start (world, self->plan);
  for (guint i = 0; i < depth; i++)
    sim_world_do (world, &self->way[i]);
  return world;
}

static gdouble
explore (Explorer *self, SimWorld *world, guint depth)
{
  Node key = { world->peers[0].history, world->peers[1].history, 0 };
  Node *known = g_hash_table_lookup (self->nodes, &key);
  SimStep steps[SIM_MAX_STEPS];
  guint n;

  if (known)
    return known->n_ways;

  n = *world->failure ? 0 : list_steps (world, steps);
  if (!n && !*world->failure)
    sim_world_judge (world);
  if (depth == MAX_DEPTH - 1)
    sim_world_fail (world, "there is no end to it");
  if (*world->failure) {
    g_strlcpy (self->failure, world->failure, sizeof self->failure);
    self->failed_depth = depth;
    return 0;
  }

  if (!n)
    key.n_ways = 1;
  for (guint i = 0; i < n; i++) {
    SimWorld *next = i ? go_way (self, depth) : world;

    self->way[depth] = steps[i];
    sim_world_do (next, &steps[i]);
    key.n_ways += explore (self, next, depth + 1);
    if (*self->failure)
      return 0;
  }

  known = g_new (Node, 1);
  *known = key;
  g_hash_table_add (self->nodes, known);
  self->n_nodes++;
  self->depth = MAX (self->depth, depth);
  return known->n_ways;
}

/* The way that failed, as a timeline. */
static void
show_failure (Explorer *self)
{
  SimWorld *world = sim_world_new ();

  world->verbose = TRUE;
  sim_world_start (world, self->plan);
  for (guint i = 0; i < self->failed_depth; i++)
    sim_world_do (world, &self->way[i]);
  sim_world_free (world);
}

/* Both begin, are ready, and have heard of each other, before anything else
 * happens.  Returns: the depth */
static guint
go_ahead (Explorer *self)
{
  SimWorld *world = go_way (self, 0);
  SimStep steps[SIM_MAX_STEPS];
  guint depth = 0;

  for (guint i = 0; i < 2; i++) {
    SimStep begin = { SIM_STEP_DEED, i, 0 };
    SimStep replaced = { SIM_STEP_OPERATION, i, 0 };

    self->way[depth++] = begin;
    self->way[depth++] = replaced;
  }
  for (guint i = 0; i < 2; i++) {
    SimStep met = { SIM_STEP_DELIVER, i, 0 };

    if (!self->plan->plain[!i])
      self->way[depth++] = met;
  }
  for (guint i = 0; i < depth; i++)
    sim_world_do (world, &self->way[i]);
  g_assert (list_steps (world, steps) <= 2);
  return depth;
}

static gdouble
explore_plan (Explorer *self, const SimPlan *plan, gboolean ahead)
{
  guint depth = 0;
  gdouble n_ways;

  self->plan = plan;
  *self->failure = '\0';
  self->nodes = g_hash_table_new_full (node_hash, node_equal,
      (GDestroyNotify) node_free, NULL);
  if (ahead)
    depth = go_ahead (self);
  n_ways = explore (self, go_way (self, depth), depth);
  g_hash_table_unref (self->nodes);
  if (*self->failure)
    show_failure (self);
  return n_ways;
}

static void
add_deed (SimPlan *plan, guint peer, SimDeedType type, guint argument)
{
  SimDeed *deed = &plan->scripts[peer].deeds[plan->scripts[peer].n++];

  deed->type = type;
  deed->argument = argument;
  deed->time = 0;
}

static void
write_plan (SimPlan *plan, const guint n_wishes[2], gboolean polite,
    SimDeedType fault, guint faulter, guint argument)
{
  memset (plan, 0, sizeof *plan);
  plan->polite[0] = polite;
  plan->polite[1] = !polite;
  plan->auto_answer[0] = plan->auto_answer[1] = TRUE;
  plan->n_candidates = n_wishes[0] + n_wishes[1] < 2;
  plan->instant_checks = TRUE;
  plan->plain[1] = fault == SIM_DEED_RELOAD;

  for (guint i = 0; i < 2; i++) {
    add_deed (plan, i, SIM_DEED_BEGIN, 0);
    if (n_wishes[i] > 0)
      add_deed (plan, i, SIM_DEED_ADD, "av"[i]);
    if (fault != SIM_N_DEEDS && i == faulter)
      add_deed (plan, i, fault, argument);
    if (n_wishes[i] > 1)
      add_deed (plan, i, SIM_DEED_ADD, 'v');
  }
  if (fault == SIM_DEED_LEAVE) {
    add_deed (plan, faulter, SIM_DEED_BEGIN, 0);
    add_deed (plan, !faulter, SIM_DEED_BEGIN, 0);
  }
}

/* Returns: how much there is to be interleaved, in wishes; what makes the peers
 * begin again counts twice */
static guint
weigh (SimDeedType fault, const guint n_wishes[2], gboolean from_start)
{
  guint weight = n_wishes[0] + n_wishes[1] + (from_start ? 2 : 0);

  if (fault == SIM_N_DEEDS)
    return weight;
  return weight + (fault < SIM_DEED_RESTART ? 1 : 2);
}

static gboolean
makes_sense (SimDeedType fault, guint faulter)
{
  /* Nobody commits what is no fault; and only B is a page. */
  return fault == SIM_N_DEEDS ? faulter == 0
                              : fault != SIM_DEED_RELOAD || faulter == 1;
}

/* Returns: whether all went well */
static gboolean
explore_fault (Explorer *self, SimDeedType fault, guint max_weight)
{
  guint n_arguments = fault == SIM_DEED_TAKE_PLACE ? 4
      : fault == SIM_DEED_REPEAT                   ? 3
                                                   : 1;

  for (guint i = 0; i < 9 * 8 * n_arguments && !*self->failure; i++) {
    const guint n_wishes[2] = { i / 8 % 3, i / 24 % 3 };
    guint faulter = i & 1;
    gboolean polite = i >> 1 & 1;
    gboolean from_start = i >> 2 & 1;
    SimPlan plan;

    if (!makes_sense (fault, faulter)
        || weigh (fault, n_wishes, from_start) > max_weight)
      continue;
    write_plan (&plan, n_wishes, polite, fault, faulter, i / 72);
    self->n_ways += explore_plan (self, &plan, !from_start);
    self->n_plans++;
  }
  return !*self->failure;
}

gboolean
sim_exhaustive_runs (guint max_weight)
{
  static const SimDeedType faults[] = {
    SIM_N_DEEDS,
    SIM_DEED_REMOVE,
    SIM_DEED_ASK,
    SIM_DEED_HINT,
    SIM_DEED_RESTART,
    SIM_DEED_ICE_RESTART,
    SIM_DEED_DECLINE,
    SIM_DEED_BREAK,
    SIM_DEED_REFUSE,
    SIM_DEED_REPEAT,
    SIM_DEED_MUTE,
    SIM_DEED_LOSE,
    SIM_DEED_LEAVE,
    SIM_DEED_RELOAD,
    SIM_DEED_TAKE_PLACE,
  };
  Explorer self = { 0 };
  gboolean is_well = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (faults) && is_well; i++)
    is_well = explore_fault (&self, faults[i], max_weight);

  if (!is_well)
    g_print ("not ok: %s\n", self.failure);
  g_print ("%u scripts, %.3g interleavings, %" G_GUINT64_FORMAT
           " different states, up to %u steps: %s\n",
      self.n_plans, self.n_ways, self.n_nodes, self.depth,
      is_well ? "all well" : "failed");
  for (guint i = 0; i < MAX_DEPTH; i++)
    g_clear_pointer (&self.spare[i], sim_world_free);
  return is_well;
}
