/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "world.h"

#include <string.h>

#define STRAY_UFRAG 999

/*** Life ***/

static gboolean
is_plain (const SimPeer *self, const SimWorld *world)
{
  return world->plan.plain[self->name - 'A'];
}

static SimPeer *
other (const SimPeer *self, SimWorld *world)
{
  return &world->peers[self->name == 'A'];
}

static SimChannel *
channel_to (const SimPeer *self, SimWorld *world)
{
  return &world->channels[self->name - 'A'];
}

void
sim_peer_start (SimPeer *self, SimWorld *world, guint index)
{
  memset (self, 0, sizeof *self);
  self->name = "AB"[index];
  sim_connection_init (&self->connection, self->name);
  self->negotiation = wn_negotiation_new ();
  wn_negotiation_set_polite (self->negotiation, world->plan.polite[index]);
  wn_negotiation_set_auto_answer (self->negotiation,
      world->plan.auto_answer[index]);
  self->decision_time = world->plan.auto_answer[index] ? 0 : -1;
  /* The W3C's example waits for ever. */
  if (!world->plan.plain[index])
    wn_negotiation_set_timeout (self->negotiation, SIM_TIMEOUT_US);
}

void
sim_peer_stop (SimPeer *self)
{
  g_clear_pointer (&self->description, wn_description_unref);
  g_clear_pointer (&self->negotiation, wn_negotiation_free);
}

static void
forget_operation (SimPeer *self)
{
  self->operation = WN_ACTION_NONE;
  g_clear_pointer (&self->description, wn_description_unref);
}

/*** Sending ***/

static void
send_description (SimPeer *self, SimWorld *world, const WnAction *action)
{
  SimMessage message = { .type = WN_ACTION_SEND_DESCRIPTION };

  message.session = action->session;
  g_strlcpy (message.text, action->description->sdp, sizeof message.text);
  if (action->description->answered_id)
    g_strlcpy (message.answered_id, action->description->answered_id,
        sizeof message.answered_id);
  sim_world_send (world, self, &message);
}

static void
send_candidate (SimPeer *self, SimWorld *world, const WnAction *action)
{
  SimMessage message = { .type = WN_ACTION_SEND_CANDIDATE };

  message.session = action->session;
  message.number = action->candidate->mline;
  message.ufrag = g_ascii_strtoull (action->candidate->ufrag + 1, NULL, 10);
  sim_world_send (world, self, &message);
}

static void
send_reject (SimPeer *self, SimWorld *world, const WnAction *action)
{
  SimMessage message = { .type = WN_ACTION_SEND_REJECT };

  if (is_plain (self, world))
    return;
  message.session = action->session;
  g_strlcpy (message.id, action->id, sizeof message.id);
  sim_world_send (world, self, &message);
}

static void
send_restart (SimPeer *self, SimWorld *world, const WnAction *action)
{
  SimMessage message = { .type = WN_ACTION_SEND_RESTART };

  if (is_plain (self, world))
    return;
  message.session = action->session;
  sim_world_send (world, self, &message);
}

static void
send_beginning (SimPeer *self, SimWorld *world, const WnAction *action)
{
  SimMessage message = { .type = WN_ACTION_SEND_BEGINNING };

  if (is_plain (self, world))
    return;
  message.beginning = action->beginning;
  message.session = action->session;
  if (action->id)
    g_strlcpy (message.with, action->id, sizeof message.with);
  if (action->offer_id)
    g_strlcpy (message.id, action->offer_id, sizeof message.id);
  sim_world_send (world, self, &message);
}

/*** Reports ***/

static void
follow_state (SimPeer *self, SimWorld *world, WnSignalingState state)
{
  if (self->state != WN_SIGNALING_STABLE && state != WN_SIGNALING_STABLE
      && self->state != state)
    sim_world_fail (world, "%c: the signaling state jumped from %d to %d",
        self->name, self->state, state);
  self->state = state;
}

static void
hear (SimPeer *self, SimWorld *world, const WnAction *action)
{
  sim_world_trace (world, self, "  (%s%s%s)",
      wn_report_get_name (action->report), action->detail ? ": " : "",
      action->detail ? action->detail : "");

  if (action->report == WN_REPORT_STATE_CHANGED)
    follow_state (self, world, action->state);
  else if (action->state != self->state)
    sim_world_fail (world, "%c: %s comes with a state that was not reported",
        self->name, wn_report_get_name (action->report));

  switch (action->report) {
    case WN_REPORT_OFFER_RECEIVED:
      if (self->decision_time < 0) {
        self->decision_time =
            world->now + sim_world_random (world, world->plan.max_decision) + 1;
      }
      break;
    case WN_REPORT_OFFER_REJECTED:
      self->was_declined = !self->was_changed;
      break;
    case WN_REPORT_ANSWER_RECEIVED:
      self->n_completed++;
      break;
    case WN_REPORT_STALLED:
      if (!world->was_mute && !sim_world_is_lossy (world)
          && sim_world_is_quick (world))
        sim_world_fail (world, "%c: it stalls, though nothing was lost",
            self->name);
      break;
    case WN_REPORT_RESTARTED:
      if (g_strcmp0 (action->detail, "an offer was not answered in time") == 0
          && !sim_world_is_lossy (world))
        sim_world_fail (world,
            "%c: an offer is not answered, though nothing "
            "was lost",
            self->name);
      if (action->session != self->session)
        self->was_declined = FALSE;
      self->session = action->session;
      self->is_connected = FALSE;
      world->was_restarted = TRUE;
      break;
    default:
      break;
  }
}

/*** Operations ***/

static WnDescription *
new_description (const SimSdp *sdp, const gchar *text, const gchar *answered_id,
    gint64 session)
{
  gchar id[24];
  gchar ufrag[16];
  const gchar *ufrags[] = { ufrag, NULL };

  g_snprintf (id, sizeof id, "%c%u:%u", sdp->peer, sdp->instance, sdp->version);
  g_snprintf (ufrag, sizeof ufrag, "%c%u", sdp->peer, sdp->ufrag);
  return wn_description_new (sdp->is_answer ? WN_DESCRIPTION_ANSWER
                                            : WN_DESCRIPTION_OFFER,
      text, id, ufrags, answered_id, session);
}

static void
emit_candidate (SimPeer *self, SimWorld *world, guint ufrag, guint number)
{
  gchar name[16];
  gboolean is_end = number + 1 == world->plan.n_candidates;

  g_snprintf (name, sizeof name, "%c%u", self->name, ufrag);
  wn_negotiation_local_candidate (self->negotiation,
      wn_candidate_new (is_end ? "" : "candidate:", NULL, number, name,
          WN_SESSION_UNKNOWN),
      world->now);
}

static void
emit_next_candidate (SimPeer *self, SimWorld *world)
{
  SimConnection *connection = &self->connection;

  emit_candidate (self, world, connection->ufrag, connection->n_emitted++);
  if (connection->n_emitted >= world->plan.n_candidates)
    connection->is_gathering = FALSE;
  self->gather_time =
      world->now + sim_world_random (world, world->plan.max_operation);
}

/* Some candidates come before the operation that made them has ended. */
static void
emit_first_candidates (SimPeer *self, SimWorld *world)
{
  while (self->connection.is_gathering
      && (!world->plan.max_operation || sim_world_random (world, 2)))
    emit_next_candidate (self, world);
}

/* Returns: FALSE if that was not to happen */
static gboolean
check_model (SimPeer *self, SimWorld *world, const gchar *error)
{
  if (!error)
    return TRUE;
  sim_world_fail (world, "%c: %s", self->name, error);
  return FALSE;
}

static void
refuse (SimPeer *self, SimWorld *world, const gchar *detail)
{
  world->was_refused = TRUE;
  sim_world_trace (world, self, "refused");
  wn_negotiation_failed (self->negotiation, WN_FAILURE_REFUSED, detail,
      world->now);
}

/* Returns: whether @text is a description that the connection may be shown.  What
 * is not is only to be expected if a message can be lost. */
static gboolean
read_description (SimPeer *self, SimWorld *world, const gchar *text,
    SimSdp *sdp)
{
  const gchar *error = "it cannot be read";

  if (sim_sdp_parse (sdp, text))
    error = sim_connection_guard (&self->connection, sdp);
  if (!error)
    return TRUE;

  if (!world->was_lossy && !world->was_replaced
      && !sim_world_has_wrong_roles (world))
    sim_world_fail (world, "%c: %s", self->name, error);
  refuse (self, world, error);
  return FALSE;
}

static void
end_offer (SimPeer *self, SimWorld *world, const SimWishes *wishes,
    gboolean commit)
{
  SimSdp sdp;
  gchar text[SIM_MAX_TEXT];

  if (!check_model (self, world,
          sim_connection_offer (&self->connection, wishes, commit,
              self->restarts_ice, &sdp)))
    return;
  self->restarts_ice = FALSE;
  sim_sdp_print (&sdp, text);
  emit_first_candidates (self, world);

  g_autoptr (WnDescription) offer = new_description (&sdp, text, NULL, 0);
  wn_negotiation_offered (self->negotiation, offer, world->now);
}

static void
end_answer (SimPeer *self, SimWorld *world, const SimWishes *wishes,
    const gchar *offer)
{
  SimSdp sdp;
  SimSdp answer;
  gchar text[SIM_MAX_TEXT];

  if (!read_description (self, world, offer, &sdp))
    return;
  if (!check_model (self, world,
          sim_connection_answer (&self->connection, wishes, &sdp, &answer)))
    return;
  sim_sdp_print (&answer, text);
  emit_first_candidates (self, world);

  g_autoptr (WnDescription) description =
      new_description (&answer, text, NULL, 0);
  wn_negotiation_answered (self->negotiation, description, world->now);
}

static void
end_take_answer (SimPeer *self, SimWorld *world, gboolean commit,
    const gchar *text)
{
  SimSdp answer;

  if (!read_description (self, world, text, &answer))
    return;
  if (!check_model (self, world,
          sim_connection_take_answer (&self->connection, &answer, commit)))
    return;
  emit_first_candidates (self, world);
  wn_negotiation_done (self->negotiation, world->now);
}

static gboolean
is_refusable (WnActionType operation)
{
  return operation == WN_ACTION_ANSWER || operation == WN_ACTION_TAKE_ANSWER;
}

/* An operation of its own accord goes wrong.  Returns: whether it did */
static gboolean
fail_operation (SimPeer *self, SimWorld *world, WnActionType operation)
{
  if (self->refuses_next && is_refusable (operation)) {
    self->refuses_next = FALSE;
    /* Of an answer, the remote peer does not know it. */
    if (operation == WN_ACTION_TAKE_ANSWER)
      world->was_lossy = TRUE;
    refuse (self, world, "by the script");
    return TRUE;
  }
  if (self->breaks_next) {
    self->breaks_next = FALSE;
    sim_world_trace (world, self, "broken");
    wn_negotiation_failed (self->negotiation, WN_FAILURE_BROKEN, "broken",
        world->now);
    return TRUE;
  }
  return FALSE;
}

/* Does not act on what follows from it. */
static void
finish_operation (SimPeer *self, SimWorld *world)
{
  WnActionType operation = self->operation;
  g_autoptr (WnDescription) description = g_steal_pointer (&self->description);
  const SimWishes *wishes =
      world->plan.late_snapshot ? &self->wishes : &self->snapshot;
  gboolean needed;

  self->operation = WN_ACTION_NONE;
  if (fail_operation (self, world, operation))
    return;

  switch (operation) {
    case WN_ACTION_CHECK:
      needed = sim_connection_needs (&self->connection, wishes)
          || (self->forced && (wishes->n || self->connection.now.n));
      sim_world_trace (world, self, needed ? "needed" : "not needed");
      wn_negotiation_checked (self->negotiation, needed, world->now);
      break;
    case WN_ACTION_OFFER:
      end_offer (self, world, wishes, self->commit);
      break;
    case WN_ACTION_ANSWER:
      end_answer (self, world, wishes, description->sdp);
      break;
    case WN_ACTION_TAKE_ANSWER:
      end_take_answer (self, world, self->commit, description->sdp);
      break;
    case WN_ACTION_ROLL_BACK:
      if (check_model (self, world,
              sim_connection_roll_back (&self->connection)))
        wn_negotiation_done (self->negotiation, world->now);
      break;
    case WN_ACTION_REPLACE:
      sim_connection_replace (&self->connection);
      wn_negotiation_done (self->negotiation, world->now);
      break;
    default:
      break;
  }
}

static void
begin_operation (SimPeer *self, SimWorld *world, const WnAction *action)
{
  static const gchar *const names[] = {
    [WN_ACTION_CHECK] = "check",
    [WN_ACTION_OFFER] = "create an offer",
    [WN_ACTION_TAKE_ANSWER] = "take the answer",
    [WN_ACTION_ANSWER] = "answer",
    [WN_ACTION_ROLL_BACK] = "roll back",
    [WN_ACTION_REPLACE] = "replace the connection",
  };

  sim_world_trace (world, self, "%s%s…", names[action->type],
      action->commit ? " and commit" : "");
  if (self->operation != WN_ACTION_NONE) {
    sim_world_fail (world, "%c: two operations at once", self->name);
    return;
  }
  self->operation = action->type;
  self->commit = action->commit;
  self->forced = action->forced;
  self->snapshot = self->wishes;
  if (action->description)
    self->description = wn_description_ref (action->description);
  if (action->type == WN_ACTION_OFFER)
    self->was_changed = FALSE;
  else if (action->type == WN_ACTION_REPLACE)
    self->connection.is_gathering = FALSE;

  self->operation_end =
      world->now + sim_world_random (world, world->plan.max_operation);
}

static void
add_candidate (SimPeer *self, SimWorld *world, const WnCandidate *candidate)
{
  SimPeer *sender = other (self, world);
  guint ufrag = g_ascii_strtoull (candidate->ufrag + 1, NULL, 10);

  sim_world_trace (world, self, "add candidate %d of %s", candidate->mline,
      candidate->ufrag);
  if (candidate->ufrag[0] != sender->name)
    sim_world_fail (world, "%c: a candidate of its own", self->name);
  check_model (self, world,
      sim_connection_add_candidate (&self->connection, ufrag,
          candidate->mline));
}

static gboolean
takes_no_time (const SimPeer *self, const SimWorld *world)
{
  if (self->operation == WN_ACTION_CHECK && world->plan.instant_checks)
    return TRUE;
  return self->operation != WN_ACTION_NONE && world->plan.max_operation
      && self->operation_end == world->now;
}

/* Carries out what the negotiation wants done. */
void
sim_peer_act (SimPeer *self, SimWorld *world)
{
  WnAction action = WN_ACTION_INIT;

  while (!*world->failure && wn_negotiation_poll (self->negotiation, &action)) {
    switch (action.type) {
      case WN_ACTION_ADD_CANDIDATE:
        add_candidate (self, world, action.candidate);
        break;
      case WN_ACTION_SEND_DESCRIPTION:
        send_description (self, world, &action);
        break;
      case WN_ACTION_SEND_CANDIDATE:
        send_candidate (self, world, &action);
        break;
      case WN_ACTION_SEND_REJECT:
        send_reject (self, world, &action);
        break;
      case WN_ACTION_SEND_RESTART:
        send_restart (self, world, &action);
        break;
      case WN_ACTION_SEND_BEGINNING:
        send_beginning (self, world, &action);
        break;
      case WN_ACTION_REPORT:
        hear (self, world, &action);
        break;
      case WN_ACTION_NONE:
        break;
      default:
        begin_operation (self, world, &action);
        break;
    }
    wn_action_clear (&action);
    if (takes_no_time (self, world))
      finish_operation (self, world);
  }
}

void
sim_peer_end_operation (SimPeer *self, SimWorld *world)
{
  finish_operation (self, world);
  sim_peer_act (self, world);
}

void
sim_peer_gather (SimPeer *self, SimWorld *world)
{
  emit_next_candidate (self, world);
  sim_peer_act (self, world);
}

/* What the application answers to an offer that is held.  If none is any more, it
 * is none's business. */
void
sim_peer_decide (SimPeer *self, SimWorld *world)
{
  self->decision_time = -1;
  if (self->declines) {
    if (wn_negotiation_get_signaling_state (self->negotiation)
        == WN_SIGNALING_HAVE_REMOTE_OFFER)
      self->declines--;
    sim_world_trace (world, self, "decline");
    wn_negotiation_reject (self->negotiation, world->now);
  } else {
    sim_world_trace (world, self, "accept");
    wn_negotiation_accept (self->negotiation, world->now);
  }
  sim_peer_act (self, world);
}

/*** Receiving ***/

static void
deliver_description (SimPeer *self, SimWorld *world, const SimMessage *message,
    gint64 session)
{
  g_autoptr (WnDescription) description = NULL;
  const gchar *answered_id = NULL;
  SimSdp sdp;

  if (!sim_sdp_parse (&sdp, message->text)) {
    sim_world_fail (world, "%s cannot be read", message->text);
    return;
  }
  if (*message->answered_id && session != WN_SESSION_UNKNOWN)
    answered_id = message->answered_id;
  description = new_description (&sdp, message->text, answered_id, session);
  wn_negotiation_receive_description (self->negotiation, description,
      world->now);
}

void
sim_peer_deliver (SimPeer *self, SimWorld *world, const SimMessage *message)
{
  gboolean untagged =
      is_plain (self, world) || is_plain (other (self, world), world);
  gint64 session = untagged ? WN_SESSION_UNKNOWN : message->session;
  gchar ufrag[16];

  if (!self->is_active)
    self->was_deaf = world->was_deaf = TRUE;

  if (message->type != WN_ACTION_SEND_BEGINNING && !untagged
      && message->begin[0]
      && !wn_negotiation_admit (self->negotiation, message->begin,
          message->with[0] ? message->with : NULL,
          message->type != WN_ACTION_SEND_CANDIDATE, world->now)) {
    sim_world_trace (world, self, "something of %s for %s", message->begin,
        message->with);
    sim_peer_act (self, world);
    return;
  }

  switch (message->type) {
    case WN_ACTION_SEND_DESCRIPTION:
      sim_world_trace (world, self, "%s%s", message->text,
          session ? "" : ", session 0");
      deliver_description (self, world, message, session);
      break;
    case WN_ACTION_SEND_CANDIDATE:
      sim_world_trace (world, self, "candidate %u of u%u", message->number,
          message->ufrag);
      g_snprintf (ufrag, sizeof ufrag, "%c%u", other (self, world)->name,
          message->ufrag);
      wn_negotiation_receive_candidate (self->negotiation,
          wn_candidate_new (message->number + 1 == world->plan.n_candidates
                  ? ""
                  : "candidate:",
              NULL, message->number, ufrag, session),
          world->now);
      break;
    case WN_ACTION_SEND_REJECT:
      sim_world_trace (world, self, "reject %s", message->id);
      if (!is_plain (self, world))
        wn_negotiation_receive_reject (self->negotiation, message->id, session,
            world->now);
      break;
    case WN_ACTION_SEND_RESTART:
      sim_world_trace (world, self, "restart %d", (gint) message->session);
      if (!is_plain (self, world))
        wn_negotiation_receive_restart (self->negotiation, message->session,
            world->now);
      break;
    case WN_ACTION_SEND_BEGINNING:
      sim_world_trace (world, self, "%s begins%s %s", message->begin,
          message->beginning == WN_BEGINNING_FIRST ? ""
              : message->beginning == WN_BEGINNING_AGAIN
              ? ", as it said before,"
              : " and has heard",
          message->with);
      if (!is_plain (self, world))
        wn_negotiation_receive_beginning (self->negotiation, message->beginning,
            message->begin, message->with[0] ? message->with : NULL,
            message->session, message->id[0] ? message->id : NULL, world->now);
      break;
    default:
      break;
  }
  sim_peer_act (self, world);
}

/*** Deeds ***/

/* The first one to begin may have sent in vain, until the second one begins. */
static void
begin (SimPeer *self, SimWorld *world)
{
  gchar id[16];

  g_snprintf (id, sizeof id, "%c%u", self->name, ++self->n_beginnings);
  forget_operation (self);
  self->was_deaf = FALSE;
  self->is_active = TRUE;
  self->was_declined = FALSE;
  self->session = 0;
  self->is_connected = FALSE;
  if (self->decision_time > 0)
    self->decision_time = -1;
  wn_negotiation_begin (self->negotiation, id, world->now);
}

static void
leave (SimPeer *self, SimWorld *world)
{
  for (guint i = 0; i < 2; i++) {
    SimPeer *peer = &world->peers[i];

    forget_operation (peer);
    peer->is_active = FALSE;
    peer->was_deaf = FALSE;
    peer->connection.is_gathering = FALSE;
    if (peer->decision_time > 0)
      peer->decision_time = -1;
    wn_negotiation_end (peer->negotiation);
    world->channels[i].n = 0;
  }
  sim_peer_act (other (self, world), world);
}

static void
reload (SimPeer *self, SimWorld *world)
{
  world->channels[0].n = 0;
  world->channels[1].n = 0;
  wn_negotiation_end (self->negotiation);
  begin (self, world);
}

/* The other peer is told nothing by anybody else. */
static void
take_place (SimPeer *self, SimWorld *world, guint argument)
{
  if (argument & 1)
    self->wishes.n = 0;
  if (argument & 2)
    channel_to (self, world)->n = 0;
  self->connection.is_gathering = FALSE;
  forget_operation (self);
  wn_negotiation_end (self->negotiation);
  sim_peer_act (self, world);
  self->was_deaf = FALSE;
  begin (self, world);
}

/* Nothing that was found is taken back. */
static void
mute (SimPeer *self, SimWorld *world)
{
  if (self->connection.n_emitted)
    return;
  self->connection.is_mute = TRUE;
  self->connection.is_gathering = FALSE;
  world->was_mute = TRUE;
}

static void
repeat (SimPeer *self, SimWorld *world, guint argument)
{
  guint age = 1 + argument % SIM_MAX_PAST;

  if (age > self->n_past)
    return;
  sim_world_repeat (world, self,
      &self->past[(self->n_past - age) % SIM_MAX_PAST]);
}

static void
wish_stream (SimPeer *self, guint kind)
{
  SimStream *stream;

  if (self->wishes.n >= SIM_MAX_STREAMS)
    return;
  stream = &self->wishes.streams[self->wishes.n++];
  stream->number = ++self->n_streams;
  stream->kind = kind;
}

static void
unwish_stream (SimPeer *self, guint index)
{
  SimWishes *wishes = &self->wishes;

  if (!wishes->n)
    return;
  index %= wishes->n;
  memmove (&wishes->streams[index], &wishes->streams[index + 1],
      (wishes->n - index - 1) * sizeof (SimStream));
  wishes->n--;
}

static void
change (SimPeer *self, SimWorld *world)
{
  self->was_changed = TRUE;
  self->was_declined = FALSE;
  world->n_wishes[self->name - 'A']++;
  wn_negotiation_change (self->negotiation, world->now);
}

static void
answer_by_hand (SimPeer *self, gboolean by_hand)
{
  wn_negotiation_set_auto_answer (self->negotiation, !by_hand);
  if (by_hand && self->decision_time == 0)
    self->decision_time = -1;
}

static void
restart (SimPeer *self, SimWorld *world, const gchar *reason)
{
  self->was_declined = FALSE;
  wn_negotiation_restart (self->negotiation, reason, world->now);
}

/* ICE failed, or the user's patience is at its end. */
void
sim_peer_give_up (SimPeer *self, SimWorld *world)
{
  sim_world_trace (world, self, "* gives the connection up");
  if (is_plain (self, world))
    reload (self, world);
  else
    restart (self, world, "ICE failed");
  sim_peer_act (self, world);
}

static void
ask (SimPeer *self, SimWorld *world)
{
  self->was_changed = TRUE;
  self->was_declined = FALSE;
  world->n_wishes[self->name - 'A']++;
  wn_negotiation_ask (self->negotiation, world->now);
}

void
sim_peer_do (SimPeer *self, SimWorld *world, const SimDeed *deed)
{
  SimMessage stray = { .type = WN_ACTION_SEND_CANDIDATE,
    .ufrag = STRAY_UFRAG,
    .session = WN_SESSION_UNKNOWN };
  static const gchar *const names[] = {
    "begin",
    "add a stream",
    "remove a stream",
    "ask",
    "hint",
    "restart",
    "restart ICE with the next offer",
    "answer by hand",
    "decline the next offer",
    "the next operation will break",
    "the next remote description will be refused",
    "stray candidate",
    "something said comes once more",
    "the connection finds no candidates",
    "what is under way is lost",
    "lose sight of each other",
    "reload the page",
    "another one takes the place",
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (names) == SIM_N_DEEDS);
  sim_world_trace (world, self, "* %s", names[deed->type]);
  if (deed->type >= SIM_DEED_RESTART && deed->type != SIM_DEED_MANUAL)
    world->n_faults++;

  switch (deed->type) {
    case SIM_DEED_BEGIN:
      begin (self, world);
      break;
    case SIM_DEED_ADD:
      wish_stream (self, deed->argument);
      change (self, world);
      break;
    case SIM_DEED_REMOVE:
      unwish_stream (self, deed->argument);
      change (self, world);
      break;
    case SIM_DEED_ASK:
      ask (self, world);
      break;
    case SIM_DEED_HINT:
      wn_negotiation_hint (self->negotiation, world->now);
      break;
    case SIM_DEED_RESTART:
      restart (self, world, "the application wishes it");
      break;
    case SIM_DEED_ICE_RESTART:
      self->restarts_ice = TRUE;
      ask (self, world);
      break;
    case SIM_DEED_MANUAL:
      answer_by_hand (self, deed->argument);
      break;
    case SIM_DEED_DECLINE:
      self->declines++;
      answer_by_hand (self, TRUE);
      break;
    case SIM_DEED_BREAK:
      self->breaks_next = TRUE;
      break;
    case SIM_DEED_REFUSE:
      self->refuses_next = TRUE;
      break;
    case SIM_DEED_STRAY:
      sim_peer_deliver (self, world, &stray);
      break;
    case SIM_DEED_REPEAT:
      repeat (self, world, deed->argument);
      break;
    case SIM_DEED_MUTE:
      mute (self, world);
      break;
    case SIM_DEED_LOSE:
      if (channel_to (self, world)->n)
        world->was_lossy = TRUE;
      channel_to (self, world)->n = 0;
      break;
    case SIM_DEED_LEAVE:
      world->was_restarted = TRUE;
      leave (self, world);
      break;
    case SIM_DEED_RELOAD:
      world->was_restarted = TRUE;
      world->was_lossy = TRUE;
      reload (self, world);
      break;
    case SIM_DEED_TAKE_PLACE:
      world->was_restarted = TRUE;
      world->was_replaced = TRUE;
      take_place (self, world, deed->argument);
      break;
    default:
      break;
  }
  sim_peer_act (self, world);
}
