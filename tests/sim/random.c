/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Random runs: everything about one follows from its seed. */

#include "sim.h"

#include <string.h>

#define SCRIPT_US (20 * G_USEC_PER_SEC)

/*** Plans ***/

/* In what kind of trouble the peers are. */
typedef enum
{
  TROUBLE_NONE,
  TROUBLE_ANSWERING, /* by hand, declining, refusing */
  TROUBLE_RESTARTS,
  TROUBLE_LOSSES,
  TROUBLE_PLAIN,   /* one is a W3C page */
  TROUBLE_RELOADS, /* …that is reloaded */
  TROUBLE_ROLES,   /* both polite, or both impolite */
  TROUBLE_PLACES,  /* others take the peers' places */
  TROUBLE_SLOW,    /* answers come when they are not expected any more */
  TROUBLE_MUTE,    /* connections find no candidates */
  N_TROUBLES,
} Trouble;

typedef struct
{
  SimWorld *world;
  SimPlan plan;
  gint64 length;
} Author;

static guint
dice (Author *self, guint end)
{
  return sim_world_random (self->world, end);
}

/* Keeps the deeds in the order of their times. */
static void
add_deed_at (Author *self, guint peer, SimDeedType type, guint argument,
    gint64 time)
{
  SimScript *script = &self->plan.scripts[peer];
  guint i = script->n;

  if (script->n == SIM_MAX_DEEDS)
    return;
  for (; i > 0 && script->deeds[i - 1].time > time; i--)
    script->deeds[i] = script->deeds[i - 1];
  script->deeds[i].type = type;
  script->deeds[i].argument = argument;
  script->deeds[i].time = time;
  script->n++;
}

static void
add_deed (Author *self, guint peer, SimDeedType type, guint argument)
{
  add_deed_at (self, peer, type, argument,
      G_USEC_PER_SEC + 2 + dice (self, self->length));
}

static void
add_wishes (Author *self, guint peer)
{
  guint n = dice (self, 7);

  for (guint i = 0; i < n; i++) {
    switch (dice (self, 10)) {
      case 0:
      case 1:
      case 2:
        add_deed (self, peer, SIM_DEED_REMOVE, dice (self, 16));
        break;
      case 3:
        add_deed (self, peer, SIM_DEED_ASK, 0);
        break;
      case 4:
        add_deed (self, peer, SIM_DEED_HINT, 0);
        break;
      default:
        add_deed (self, peer, SIM_DEED_ADD, "av"[dice (self, 2)]);
        break;
    }
  }
}

static void
add_answering (Author *self, guint peer)
{
  guint n = 1 + dice (self, 3);

  for (guint i = 0; i < n; i++) {
    switch (dice (self, 4)) {
      case 0:
        add_deed (self, peer, SIM_DEED_MANUAL, dice (self, 2));
        break;
      case 1:
        add_deed (self, peer, SIM_DEED_REFUSE, 0);
        break;
      default:
        add_deed (self, peer, SIM_DEED_DECLINE, 0);
        break;
    }
  }
}

static void
add_restarts (Author *self, guint peer)
{
  static const SimDeedType types[] = {
    SIM_DEED_RESTART,
    SIM_DEED_RESTART,
    SIM_DEED_BREAK,
    SIM_DEED_ICE_RESTART,
  };
  guint n = dice (self, 4);

  for (guint i = 0; i < n; i++)
    add_deed (self, peer, types[dice (self, G_N_ELEMENTS (types))], 0);
}

static void
add_leaving (Author *self, guint peer)
{
  gint64 time = G_USEC_PER_SEC + 2 + dice (self, self->length);

  add_deed_at (self, peer, SIM_DEED_LEAVE, 0, time);
  for (guint i = 0; i < 2; i++)
    add_deed_at (self, i, SIM_DEED_BEGIN, 0,
        time + 1 + dice (self, self->length / 4));
}

static void
add_losses (Author *self, guint peer)
{
  guint n = 1 + dice (self, 3);

  for (guint i = 0; i < n; i++)
    add_deed (self, peer, SIM_DEED_LOSE, 0);
  if (dice (self, 2))
    add_deed (self, peer, SIM_DEED_REPEAT, dice (self, SIM_MAX_PAST));
  if (dice (self, 2))
    add_restarts (self, peer);
  if (!peer && dice (self, 2))
    add_leaving (self, peer);
}

static void
add_reloads (Author *self)
{
  guint n = 1 + dice (self, 2);

  for (guint i = 0; i < n; i++)
    add_deed (self, 1, SIM_DEED_RELOAD, 0);
}

static void
add_places (Author *self, guint peer)
{
  guint n = dice (self, 3);

  for (guint i = 0; i < n; i++)
    add_deed (self, peer, SIM_DEED_TAKE_PLACE, dice (self, 4));
}

static void
add_slowness (Author *self)
{
  SimPlan *plan = &self->plan;

  for (guint i = 0; i < 2; i++) {
    plan->max_latency[i] = (1 + dice (self, 20)) * G_USEC_PER_SEC;
    plan->min_latency[i] = dice (self, plan->max_latency[i]);
  }
}

/* Short scripts on slow networks, and long ones on fast networks. */
static guint
choose_delay (Author *self)
{
  static const guint delays[] = { 2, 100, 10000, 300000, 2000000 };

  return delays[dice (self, G_N_ELEMENTS (delays))];
}

/* Any message, and soon or late. */
static void
add_repetition (Author *self)
{
  self->plan.repeats = 1 + dice (self, 8);
  self->plan.max_repeat_delay = choose_delay (self) * (1 + dice (self, 10));
}

static void
add_trouble (Author *self, Trouble trouble)
{
  self->plan.plain[1] = trouble == TROUBLE_PLAIN || trouble == TROUBLE_RELOADS;
  if (trouble == TROUBLE_ROLES)
    self->plan.polite[1] = self->plan.polite[0];
  if (trouble == TROUBLE_RELOADS)
    add_reloads (self);
  else if (trouble == TROUBLE_PLAIN && dice (self, 2))
    add_deed (self, 1, SIM_DEED_ICE_RESTART, 0);

  if (trouble == TROUBLE_SLOW)
    add_slowness (self);
  if (dice (self, 4) == 0)
    add_repetition (self);

  for (guint i = 0; i < 2; i++) {
    if (trouble == TROUBLE_PLACES)
      add_places (self, i);
    if (trouble == TROUBLE_MUTE && dice (self, 2))
      add_deed (self, i, SIM_DEED_MUTE, 0);
    /* An answer that was lost is found out by its offer's being unanswered, or by
     * the next negotiation; but not if that is declined. */
    if (trouble == TROUBLE_ANSWERING)
      add_answering (self, i);
    if (trouble == TROUBLE_RESTARTS)
      add_restarts (self, i);
    if (trouble == TROUBLE_LOSSES)
      add_losses (self, i);
    if (dice (self, 4) == 0)
      add_deed (self, i, SIM_DEED_STRAY, 0);
  }
}

static void
write_plan (Author *self)
{
  static const guint lengths[] = { 10, 1000, 1000000, SCRIPT_US };
  SimPlan *plan = &self->plan;

  self->length = lengths[dice (self, G_N_ELEMENTS (lengths))];
  plan->polite[0] = dice (self, 2);
  plan->polite[1] = !plan->polite[0];
  plan->auto_answer[0] = dice (self, 4) > 0;
  plan->auto_answer[1] = dice (self, 4) > 0;
  plan->n_candidates = 1 + dice (self, 4);
  plan->late_snapshot = dice (self, 2);
  plan->max_operation = choose_delay (self);
  plan->max_latency[0] = choose_delay (self);
  plan->max_latency[1] =
      dice (self, 2) ? plan->max_latency[0] : choose_delay (self);
  plan->max_decision = choose_delay (self);
  for (guint i = 0; i < 2; i++) {
    add_deed_at (self, i, SIM_DEED_BEGIN, 0, G_USEC_PER_SEC + 1);
    add_wishes (self, i);
  }
  add_trouble (self, dice (self, N_TROUBLES));
  plan->seed = self->world->random;
}

/*** Runs ***/

static gboolean
choose_step (SimWorld *world, SimStep *next)
{
  SimStep steps[2 * SIM_MAX_STEPS];
  guint n = sim_world_list_steps (world, steps);
  SimStep late[SIM_MAX_STEPS];
  guint n_late = sim_world_list_late_steps (world, late);

  for (guint i = 0; i < n_late; i++) {
    if (late[i].type == SIM_STEP_TIMER || !n)
      steps[n++] = late[i];
  }
  if (!n)
    return FALSE;

  *next = steps[0];
  for (guint i = 1; i < n; i++) {
    if (steps[i].time < next->time)
      *next = steps[i];
  }
  return TRUE;
}

/* Peers of one role may go on to collide for ever. */
static gboolean
is_hopeless (const SimWorld *world)
{
  return sim_world_has_wrong_roles (world)
      && world->now > 5 * (gint64) SCRIPT_US;
}

/* Returns: whether all went well */
gboolean
sim_random_run (SimWorld *world, guint64 seed)
{
  Author author = { .world = world };
  SimStep step;

  world->random = seed;
  write_plan (&author);
  sim_world_start (world, &author.plan);
  while (!*world->failure && !is_hopeless (world) && choose_step (world, &step))
    sim_world_do (world, &step);
  if (!*world->failure && !sim_world_has_wrong_roles (world))
    sim_world_judge (world);
  return !*world->failure;
}

gboolean
sim_random_runs (guint64 first_seed, guint64 n_runs)
{
  SimWorld *world = sim_world_new ();
  guint64 n_steps = 0;
  guint n_failures = 0;

  for (guint64 i = 0; i < n_runs && n_failures < 5; i++) {
    if (!sim_random_run (world, first_seed + i)) {
      g_print ("not ok: %s\n  to see it: --replay %" G_GUINT64_FORMAT " -v\n",
          world->failure, first_seed + i);
      n_failures++;
    }
    n_steps += world->n_steps;
  }
  g_print ("%" G_GUINT64_FORMAT " random runs from seed %" G_GUINT64_FORMAT
           ", %.1f steps each: %s\n",
      n_runs, first_seed, (gdouble) n_steps / MAX (n_runs, 1),
      n_failures ? "failed" : "all well");
  sim_world_free (world);
  return n_failures == 0;
}
