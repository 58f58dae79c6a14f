/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "world.h"

#include <string.h>

/* ICE tells of a failure that late. */
#define ICE_FAILURE_US (30 * G_USEC_PER_SEC)
#define MAX_ICE_FAILURES 12
/* No script and no backoff takes that long. */
#define MAX_TIME_US (3600 * (gint64) G_USEC_PER_SEC)
#define MAX_N_STEPS 20000

/*** Life ***/

SimWorld *
sim_world_new (void)
{
  return g_new0 (SimWorld, 1);
}

void
sim_world_free (SimWorld *self)
{
  for (guint i = 0; i < 2; i++)
    sim_peer_stop (&self->peers[i]);
  g_free (self);
}

void
sim_world_start (SimWorld *self, const SimPlan *plan)
{
  self->plan = *plan;
  self->now = G_USEC_PER_SEC;
  self->random = plan->seed;
  self->n_steps = 0;
  self->n_wishes[0] = self->n_wishes[1] = 0;
  self->n_faults = 0;
  self->was_deaf = self->was_lossy = self->was_restarted = self->was_refused =
      self->was_mute = self->was_replaced = FALSE;
  self->was_slow =
      plan->max_latency[0] + plan->max_latency[1] > SIM_TIMEOUT_US / 2;
  self->n_ice_failures = 0;
  *self->failure = '\0';
  for (guint i = 0; i < 2; i++) {
    self->channels[i].first = self->channels[i].n = 0;
    self->channels[i].last_time = 0;
    sim_peer_stop (&self->peers[i]);
    sim_peer_start (&self->peers[i], self, i);
  }
}

void
sim_world_fail (SimWorld *self, const gchar *format, ...)
{
  va_list args;

  if (*self->failure)
    return;
  va_start (args, format);
  g_vsnprintf (self->failure, sizeof self->failure, format, args);
  va_end (args);
}

/* A readable timeline: A's column is the left one. */
void
sim_world_trace (SimWorld *self, const SimPeer *peer, const gchar *format, ...)
{
  va_list args;

  if (!self->verbose)
    return;

  g_autofree gchar *text = NULL;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_print ("%12.6f %*s%s\n", (gdouble) self->now / G_USEC_PER_SEC - 1,
      peer->name == 'A' ? 0 : 52, "", text);
}

/* Returns: a number below @end, splitmix64's next; 0 if @end is 0 */
guint
sim_world_random (SimWorld *self, guint end)
{
  guint64 z;

  if (!end)
    return 0;
  z = self->random += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return (z ^ (z >> 31)) % end;
}

/* Both peers are polite, or both impolite: there is nobody to resolve a collision
 * then, and all that is asked for is that nothing worse comes of it. */
gboolean
sim_world_has_wrong_roles (const SimWorld *self)
{
  return self->plan.polite[0] == self->plan.polite[1];
}

/*** The network ***/

/* Before whatever is later. */
static void
put_on_the_way (SimWorld *self, guint to, const SimMessage *message,
    gint64 time)
{
  SimChannel *channel = &self->channels[to];
  guint i = channel->n;

  if (channel->n == SIM_MAX_MESSAGES) {
    sim_world_fail (self, "%c floods the network", "BA"[to]);
    return;
  }
  channel->n++;
  for (; i > 0; i--) {
    SimMessage *former =
        &channel->messages[(channel->first + i - 1) % SIM_MAX_MESSAGES];

    if (former->time <= time)
      break;
    channel->messages[(channel->first + i) % SIM_MAX_MESSAGES] = *former;
  }

  SimMessage *place =
      &channel->messages[(channel->first + i) % SIM_MAX_MESSAGES];

  *place = *message;
  place->time = time;
}

/* After all that was sent before. */
static gint64
choose_arrival (SimWorld *self, guint to)
{
  guint min = self->plan.min_latency[to];
  gint64 time = self->now + min
      + sim_world_random (self, self->plan.max_latency[to] - min);

  return MAX (time, self->channels[to].last_time);
}

void
sim_world_send (SimWorld *self, SimPeer *from, const SimMessage *message)
{
  guint to = from->name == 'A';
  SimChannel *channel = &self->channels[to];
  SimMessage sent = *message;

  g_strlcpy (sent.begin, wn_negotiation_get_id (from->negotiation),
      sizeof sent.begin);
  if (message->type != WN_ACTION_SEND_BEGINNING
      && wn_negotiation_get_remote_id (from->negotiation))
    g_strlcpy (sent.with, wn_negotiation_get_remote_id (from->negotiation),
        sizeof sent.with);
  from->past[from->n_past++ % SIM_MAX_PAST] = sent;
  channel->last_time = choose_arrival (self, to);
  put_on_the_way (self, to, &sent, channel->last_time);

  if (self->plan.repeats && !sim_world_random (self, self->plan.repeats))
    put_on_the_way (self, to, &sent,
        channel->last_time
            + sim_world_random (self, self->plan.max_repeat_delay));
}

void
sim_world_repeat (SimWorld *self, SimPeer *from, const SimMessage *message)
{
  guint to = from->name == 'A';

  put_on_the_way (self, to, message, choose_arrival (self, to));
}

/*** Steps ***/

static void
add_step (SimStep *steps, guint *n, SimStepType type, guint peer, gint64 time)
{
  steps[*n].type = type;
  steps[*n].peer = peer;
  steps[*n].time = time;
  (*n)++;
}

/* Nobody begins before having left. */
static gboolean
may_do_deed (const SimPeer *peer, const SimScript *script)
{
  return peer->next_deed < script->n
      && !(peer->is_active
          && script->deeds[peer->next_deed].type == SIM_DEED_BEGIN);
}

/* Returns: how many things there are that may happen next, but for the timers and
 * such */
guint
sim_world_list_steps (const SimWorld *self, SimStep steps[SIM_MAX_STEPS])
{
  guint n = 0;

  for (guint i = 0; i < 2; i++) {
    const SimPeer *peer = &self->peers[i];
    const SimChannel *channel = &self->channels[i];
    const SimScript *script = &self->plan.scripts[i];

    if (channel->n)
      add_step (steps, &n, SIM_STEP_DELIVER, i,
          channel->messages[channel->first].time);
    if (peer->operation != WN_ACTION_NONE)
      add_step (steps, &n, SIM_STEP_OPERATION, i, peer->operation_end);
    else if (peer->connection.is_gathering)
      add_step (steps, &n, SIM_STEP_GATHER, i, peer->gather_time);
    if (peer->decision_time > 0)
      add_step (steps, &n, SIM_STEP_DECIDE, i, peer->decision_time);
    if (may_do_deed (peer, script))
      add_step (steps, &n, SIM_STEP_DEED, i,
          script->deeds[peer->next_deed].time);
  }
  g_assert (n <= SIM_MAX_STEPS);
  return n;
}

/* Each has to have candidates, and one has to know the other's. */
static gboolean
have_met (const SimWorld *self, const SimConnection *a, const SimConnection *b)
{
  if (a->is_mute || b->is_mute)
    return FALSE;
  /* The last one is the end of them. */
  return self->plan.n_candidates < 2
      || (a->n_emitted && b->n_emitted && ((a->added | b->added) & 1));
}

static gboolean
are_connected (const SimWorld *self)
{
  const SimConnection *a = &self->peers[0].connection;
  const SimConnection *b = &self->peers[1].connection;

  return a->negotiated && b->negotiated && a->remote_ufrag == b->ufrag
      && b->remote_ufrag == a->ufrag && have_met (self, a, b);
}

/* Whether every candidate that there is came through, too. */
static gboolean
are_well_connected (const SimWorld *self)
{
  const SimConnection *a = &self->peers[0].connection;
  const SimConnection *b = &self->peers[1].connection;

  return are_connected (self) && a->added == (1u << b->n_emitted) - 1
      && b->added == (1u << a->n_emitted) - 1;
}

/* A page waits for ever for an answer, unless its user reloads it. */
static gboolean
is_page_stuck (const SimWorld *self, guint peer)
{
  return self->plan.plain[peer]
      && !wn_negotiation_is_idle (self->peers[peer].negotiation);
}

/* Returns: how many timers are there; and if there are none, that a connection
 * gives up */
guint
sim_world_list_late_steps (const SimWorld *self, SimStep steps[SIM_MAX_STEPS])
{
  guint n = 0;

  for (guint i = 0; i < 2; i++) {
    gint64 expiry = wn_negotiation_get_expiry (self->peers[i].negotiation);

    if (expiry != G_MAXINT64)
      add_step (steps, &n, SIM_STEP_TIMER, i, expiry);
  }
  if (n || (are_well_connected (self) && !is_page_stuck (self, 1)))
    return n;

  for (guint i = 0; i < 2; i++) {
    if (self->peers[i].connection.negotiated || is_page_stuck (self, i))
      add_step (steps, &n, SIM_STEP_ICE_FAILED, i, self->now + ICE_FAILURE_US);
  }
  return n;
}

static void
digest (SimPeer *peer, guint64 fact)
{
  peer->history = (peer->history ^ fact) * G_GUINT64_CONSTANT (0x100000001b3);
  peer->history ^= peer->history >> 29;
}

static void
digest_text (SimPeer *peer, const gchar *text)
{
  digest (peer, g_str_hash (text));
}

static void
deliver (SimWorld *self, SimPeer *peer, SimChannel *channel)
{
  SimMessage message = channel->messages[channel->first];

  channel->first = (channel->first + 1) % SIM_MAX_MESSAGES;
  channel->n--;
  digest (peer, message.type | message.session << 8);
  digest (peer, message.ufrag | message.number << 8);
  digest_text (peer, message.text);
  digest_text (peer, message.id);
  digest_text (peer, message.begin);
  digest_text (peer, message.with);
  digest (peer, message.beginning);
  digest_text (peer, message.answered_id);
  sim_peer_deliver (peer, self, &message);
}

static void
do_deed (SimWorld *self, SimPeer *peer)
{
  const SimDeed *deed =
      &self->plan.scripts[peer->name - 'A'].deeds[peer->next_deed++];

  /* Some concern both. */
  for (guint i = 0; i < 2; i++) {
    if (deed->type != SIM_DEED_BEGIN && deed->type < SIM_DEED_LOSE
        && peer != &self->peers[i])
      continue;
    digest (&self->peers[i], peer->next_deed << 8 | peer->name);
    digest (&self->peers[i],
        self->channels[i].n << 2 | self->peers[0].is_active << 1
            | self->peers[1].is_active);
  }
  sim_peer_do (peer, self, deed);
}

static void
give_up_connection (SimWorld *self, SimPeer *peer)
{
  if (!self->was_lossy && !self->was_slow && !sim_world_has_wrong_roles (self))
    sim_world_fail (self, "%c: not connected, though nothing was lost",
        peer->name);
  if (++self->n_ice_failures > MAX_ICE_FAILURES
      && !sim_world_has_wrong_roles (self))
    sim_world_fail (self, "%c: never connected", peer->name);
  sim_peer_give_up (peer, self);
}

static void
tell_connected (SimWorld *self)
{
  if (!are_connected (self))
    return;

  for (guint i = 0; i < 2; i++) {
    SimPeer *peer = &self->peers[i];

    if (peer->is_connected || peer->operation != WN_ACTION_NONE)
      continue;
    peer->is_connected = TRUE;
    digest (peer, 1);
    wn_negotiation_connected (peer->negotiation, self->now);
    sim_peer_act (peer, self);
  }
}

/* Returns: whether a peer may come to wait for something in vain.  Where time passes
 * only if nothing else is to happen, beginning late is no reason. */
gboolean
sim_world_is_lossy (const SimWorld *self)
{
  return self->was_lossy || self->was_slow
      || (self->was_deaf && self->plan.max_operation)
      || sim_world_has_wrong_roles (self);
}

/* Returns: whether connecting takes far less time than peers wait for it */
gboolean
sim_world_is_quick (const SimWorld *self)
{
  const SimPlan *plan = &self->plan;

  return plan->max_latency[0] + plan->max_latency[1] + plan->max_operation
      + plan->max_decision + plan->max_repeat_delay
      < SIM_TIMEOUT_US / 8;
}

void
sim_world_do (SimWorld *self, const SimStep *step)
{
  SimPeer *peer = &self->peers[step->peer];

  self->now = MAX (self->now + 1, step->time);
  digest (peer, step->type);
  switch (step->type) {
    case SIM_STEP_NONE:
      break;
    case SIM_STEP_DELIVER:
      deliver (self, peer, &self->channels[step->peer]);
      break;
    case SIM_STEP_OPERATION:
      sim_peer_end_operation (peer, self);
      break;
    case SIM_STEP_GATHER:
      sim_peer_gather (peer, self);
      break;
    case SIM_STEP_DECIDE:
      sim_peer_decide (peer, self);
      break;
    case SIM_STEP_DEED:
      do_deed (self, peer);
      break;
    case SIM_STEP_TIMER:
      sim_world_trace (self, peer, "* time is up");
      wn_negotiation_handle_expiry (peer->negotiation, self->now);
      sim_peer_act (peer, self);
      break;
    case SIM_STEP_ICE_FAILED:
      give_up_connection (self, peer);
      break;
  }
  tell_connected (self);

  if (++self->n_steps > MAX_N_STEPS || self->now > MAX_TIME_US)
    sim_world_fail (self, "there is no end to it");
}

/*** What has to be true in the end ***/

static void
judge_peer (SimWorld *self, SimPeer *peer)
{
  const WnNegotiation *negotiation = peer->negotiation;
  const WnNegotiationStats *stats = wn_negotiation_get_stats (negotiation);

  if (!wn_negotiation_is_idle (negotiation))
    sim_world_fail (self, "%c: something is left undone", peer->name);
  if (wn_negotiation_get_signaling_state (negotiation) != WN_SIGNALING_STABLE
      || peer->state != WN_SIGNALING_STABLE)
    sim_world_fail (self, "%c: not stable", peer->name);
  if (wn_negotiation_is_making_offer (negotiation))
    sim_world_fail (self, "%c: still making an offer", peer->name);
  if (wn_negotiation_is_negotiated (negotiation) != peer->connection.negotiated)
    sim_world_fail (self, "%c: the connection is negotiated, or not",
        peer->name);
  if (peer->connection.has_residue || peer->connection.has_local_offer)
    sim_world_fail (self, "%c: an offer is left in the connection", peer->name);
  if (!peer->was_declined
      && sim_connection_needs (&peer->connection, &peer->wishes))
    sim_world_fail (self, "%c: a wish was forgotten", peer->name);
  if (stats->messages_rejected && !self->was_refused)
    sim_world_fail (self, "%c: a good message was rejected", peer->name);
}

static void
judge_agreement (SimWorld *self)
{
  const SimSections *a = &self->peers[0].connection.now;
  const SimSections *b = &self->peers[1].connection.now;

  if (a->n != b->n) {
    sim_world_fail (self, "A has %u m-lines, B has %u", a->n, b->n);
    return;
  }
  for (guint i = 0; i < a->n; i++) {
    const SimSection *x = &a->sections[i];
    const SimSection *y = &b->sections[i];

    if (strcmp (x->mid, y->mid) != 0 || x->kind != y->kind)
      sim_world_fail (self, "m-line %u is not the same", i);
    if (x->local != y->remote || x->remote != y->local)
      sim_world_fail (self, "m-line %u is not used in the same way", i);
  }
}

/* Offers are made for a reason.  What a restart begins again is one. */
static void
judge_bounds (SimWorld *self)
{
  guint64 offers = 0;
  guint64 bound = 2 * (self->n_wishes[0] + self->n_wishes[1] + 2);
  guint64 restarts = 0;

  for (guint i = 0; i < 2; i++) {
    const WnNegotiationStats *stats =
        wn_negotiation_get_stats (self->peers[i].negotiation);

    offers += stats->offers_sent;
    restarts += stats->restarts;
    bound += stats->offers_rejected;
  }
  bound += 4 * (restarts + 2 * self->n_faults);
  if (offers > bound)
    sim_world_fail (self,
        "%" G_GUINT64_FORMAT " offers, at most %" G_GUINT64_FORMAT
        " are of use",
        offers, bound);
}

/* What is more where nothing at all goes wrong. */
static void
judge_quiet_run (SimWorld *self)
{
  const WnNegotiationStats *stats[2];

  for (guint i = 0; i < 2; i++)
    stats[i] = wn_negotiation_get_stats (self->peers[i].negotiation);

  for (guint i = 0; i < 2; i++) {
    SimPeer *peer = &self->peers[i];

    if (stats[i]->stale_answers && !self->plan.repeats)
      sim_world_fail (self, "%c: an answer was stale", peer->name);
    if (stats[i]->offers_sent != stats[!i]->offers_received)
      sim_world_fail (self, "%c: an offer got lost", peer->name);
    if (stats[i]->answers_sent != stats[!i]->answers_received)
      sim_world_fail (self, "%c: an answer got lost", peer->name);
    if (stats[i]->offers_sent
        != stats[i]->answers_received + stats[i]->rollbacks)
      sim_world_fail (self, "%c: an offer has no end", peer->name);
    if (stats[i]->offers_ignored && self->plan.polite[i])
      sim_world_fail (self, "%c: polite, and ignored an offer", peer->name);
    if (stats[i]->offers_ignored != stats[!i]->rollbacks)
      sim_world_fail (self, "%c: ignored an offer that was not rolled back",
          peer->name);
    if (peer->n_completed > self->n_wishes[i])
      sim_world_fail (self, "%c: offers without a wish", peer->name);
  }
}

/* All is quiet: is all well? */
void
sim_world_judge (SimWorld *self)
{
  for (guint i = 0; i < 2; i++)
    judge_peer (self, &self->peers[i]);
  judge_agreement (self);
  judge_bounds (self);
  if (!self->was_lossy && !self->was_restarted && !self->was_refused
      && !self->was_slow && !self->was_mute && !self->n_faults)
    judge_quiet_run (self);
}
