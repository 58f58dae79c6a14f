/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "negotiation.h"

#include "candidatefilter.h"
#include "history.h"

/* How long our next offer waits after the second, third… restart in a row that
 * led to no connection. */
#define FIRST_DELAY_US G_USEC_PER_SEC
#define MAX_DELAY_US (30 * G_USEC_PER_SEC)

/* Each fresh connection costs its owner milliseconds and the remote peer a few
 * bytes: after that many in a row, what the remote peer sends is looked at no
 * faster than one connection an interval. */
#define MAX_REPLACEMENTS 16
#define REPLACEMENT_INTERVAL_US G_USEC_PER_SEC

/* Where restarts do not help, the next one is that much later at most. */
#define MAX_CONNECT_DOUBLINGS 3

/* An element of the operations chain: something that came while something else
 * was under way. */
typedef enum
{
  EVENT_DESCRIPTION,
  EVENT_CANDIDATE,
  EVENT_REJECT,
  EVENT_RESTART,
  EVENT_BEGINNING,
  EVENT_LOCAL_CANDIDATE,
} EventType;

typedef struct
{
  EventType type;
  WnDescription *description; /* DESCRIPTION */
  WnCandidate *candidate;     /* CANDIDATE, LOCAL_CANDIDATE */
  gchar *id;                  /* REJECT */
  gint64 session;             /* all from the remote peer; of BEGINNING: the
                               * least that is to be left */
} Event;

struct _WnNegotiation
{
  gboolean polite;
  gboolean auto_answer;
  gint64 timeout_us; /* 0: never */

  /* Whether there is a remote peer; all below is of it. */
  gboolean active;
  gint64 session;
  /* Whether the remote peer has shown that it knows of sessions. */
  gboolean knows_sessions;
  /* Sessions in a row that led to no connection. */
  guint failed_sessions;
  WnBeginnings beginnings;
  gboolean has_asked; /* whether it has heard what we said, without an answer */
  WnHistory history;

  /* An offer was given up as lost, and there was no connection since… */
  gboolean was_impatient;
  /* …but what came then was only late: so often was the timeout doubled. */
  guint n_doublings;

  /* The facts of webrtc-pc.  Its signaling state follows from these: a local
   * offer is outstanding, or a remote one is being answered, or neither. */
  WnDescription *local_offer;
  WnDescription *remote_offer;
  WnDescription *local;  /* the one applied last */
  WnDescription *remote; /* likewise */
  gboolean ignoring_offer;
  gboolean negotiated; /* at least once in this session */

  /* The remote offer waits for the application to accept or reject it. */
  gboolean is_held;
  /* A remote offer that is taken as soon as ours is rolled back. */
  WnDescription *colliding_offer;
  /* The answer that is being taken. */
  WnDescription *remote_answer;
  /* Our offer was answered in a way that could not be used: if it is not answered
   * again, the peers do not agree any more. */
  gboolean is_answer_refused;
  /* A restart that waits for the end of the operation under way. */
  gchar *restart_reason;
  /* What its o= lines said last, to know a fresh connection by. */
  WnDescription *remote_origin;

  /* Negotiation-needed has to be looked at, when the state allows. */
  gboolean is_check_due;
  gboolean was_hinted;    /* …because the connection said so */
  gboolean was_asked;     /* …and an offer is to be made in any case */
  gboolean was_changed;   /* …since our last offer began to be made */
  gboolean was_declined;  /* our last offer, and nothing changed since */
  gint64 no_offer_before; /* 0: at any time */
  gint64 offer_time;      /* when local_offer was sent */
  gint64 start_time;      /* of the negotiation under way; 0: none */

  /* The connection in use is up, or was. */
  gboolean is_connected;
  gint64 connect_time; /* since when it could be; 0: not as yet */
  gboolean is_stall_reported;

  /* When the connections made so far are paid for, at one an interval. */
  gint64 replacements_paid_at;

  WnCandidateFilter filter;
  guint n_candidates; /* added since the last new generation */
  GQueue
      local_candidates; /* WnCandidate, of the connection in use: what was sent */
  GQueue events;        /* Event; the operations chain */
  WnActionType operation; /* under way, or NONE */
  GQueue actions;         /* WnAction, to be polled */

  /* What STATE_CHANGED was last reported of. */
  WnSignalingState reported_state;
  gboolean reported_making_offer;
  gboolean reported_ignoring_offer;

  WnNegotiationStats stats;
};

/*** Events ***/

static void
event_free (Event *event)
{
  g_clear_pointer (&event->description, wn_description_unref);
  wn_candidate_free (event->candidate);
  g_free (event->id);
  g_free (event);
}

static Event *
event_new (EventType type, gint64 session)
{
  Event *event = g_new0 (Event, 1);

  event->type = type;
  event->session = session;
  return event;
}

/*** Actions ***/

static WnAction *
push_action (WnNegotiation *self, WnActionType type)
{
  WnAction *action = g_new0 (WnAction, 1);

  action->type = type;
  action->session = self->session;
  g_queue_push_tail (&self->actions, action);
  return action;
}

static WnAction *
push_report (WnNegotiation *self, WnReport report, const gchar *detail)
{
  WnAction *action = push_action (self, WN_ACTION_REPORT);

  action->report = report;
  action->state = wn_negotiation_get_signaling_state (self);
  action->detail = g_strdup (detail);
  return action;
}

static void
push_beginning (WnNegotiation *self, WnBeginning beginning, const gchar *with)
{
  WnAction *action = push_action (self, WN_ACTION_SEND_BEGINNING);

  action->beginning = beginning;
  action->id = g_strdup (with);
  if (beginning == WN_BEGINNING_AGAIN && self->local_offer)
    action->offer_id = g_strdup (self->local_offer->id);
}

static void
push_description (WnNegotiation *self, WnDescription *description)
{
  push_action (self, WN_ACTION_SEND_DESCRIPTION)->description =
      wn_description_ref (description);
}

static WnAction *
start_operation (WnNegotiation *self, WnActionType type)
{
  g_assert (self->operation == WN_ACTION_NONE);
  self->operation = type;
  return push_action (self, type);
}

static void
free_action (WnAction *action)
{
  wn_action_clear (action);
  g_free (action);
}

/* Tells of a change of state before telling what it came with. */
static void
report_state (WnNegotiation *self)
{
  WnSignalingState state = wn_negotiation_get_signaling_state (self);
  gboolean making_offer = wn_negotiation_is_making_offer (self);

  if (state == self->reported_state
      && making_offer == self->reported_making_offer
      && self->ignoring_offer == self->reported_ignoring_offer)
    return;

  self->reported_state = state;
  self->reported_making_offer = making_offer;
  self->reported_ignoring_offer = self->ignoring_offer;
  push_report (self, WN_REPORT_STATE_CHANGED, NULL);
}

static void
reject_message (WnNegotiation *self, const gchar *detail)
{
  self->stats.messages_rejected++;
  push_report (self, WN_REPORT_MESSAGE_REJECTED, detail);
}

/*** Connections and sessions ***/

static gboolean
event_is_of_connection (const Event *event)
{
  return event->type == EVENT_LOCAL_CANDIDATE;
}

/* What is left to be done is not to be done any more, but to be told. */
static void
forget_actions (WnNegotiation *self)
{
  for (GList *l = self->actions.head; l;) {
    GList *next = l->next;

    if (((WnAction *) l->data)->type != WN_ACTION_REPORT) {
      free_action (l->data);
      g_queue_delete_link (&self->actions, l);
    }
    l = next;
  }
}

/* Forgets what is true of the connection in use only, and gets a fresh one.  A
 * remote offer that is to be answered stays. */
static void
replace_connection (WnNegotiation *self, WnLayout layout)
{
  if (layout == WN_LAYOUT_NONE)
    g_clear_pointer (&self->remote_origin, wn_description_unref);
  g_clear_pointer (&self->local_offer, wn_description_unref);
  g_clear_pointer (&self->local, wn_description_unref);
  g_clear_pointer (&self->remote, wn_description_unref);
  self->negotiated = FALSE;
  self->is_connected = FALSE;
  self->connect_time = 0;
  self->n_candidates = 0;
  g_queue_clear_full (&self->local_candidates,
      (GDestroyNotify) wn_candidate_free);
  wn_candidate_filter_begin_generation (&self->filter);

  for (GList *l = self->events.head; l;) {
    GList *next = l->next;

    if (event_is_of_connection (l->data)) {
      event_free (l->data);
      g_queue_delete_link (&self->events, l);
    }
    l = next;
  }
  start_operation (self, WN_ACTION_REPLACE)->layout = layout;
}

static void
forget_negotiation (WnNegotiation *self)
{
  g_clear_pointer (&self->local_offer, wn_description_unref);
  g_clear_pointer (&self->remote_offer, wn_description_unref);
  g_clear_pointer (&self->remote_answer, wn_description_unref);
  g_clear_pointer (&self->colliding_offer, wn_description_unref);
  g_clear_pointer (&self->local, wn_description_unref);
  g_clear_pointer (&self->remote, wn_description_unref);
  wn_candidate_filter_clear (&self->filter);
  self->ignoring_offer = FALSE;
  self->negotiated = FALSE;
  self->is_held = FALSE;
  self->is_answer_refused = FALSE;
  g_clear_pointer (&self->restart_reason, g_free);
  self->was_declined = FALSE;
  self->start_time = 0;
}

static void
begin_session (WnNegotiation *self, gint64 session, const gchar *reason,
    gint64 now)
{
  self->session = session;
  self->stats.restarts++;
  self->failed_sessions++;
  self->no_offer_before = 0;
  if (self->failed_sessions > 1) {
    guint doublings = MIN (self->failed_sessions - 2, 5);

    self->no_offer_before =
        now + MIN (FIRST_DELAY_US << doublings, MAX_DELAY_US);
  }

  forget_negotiation (self);
  self->is_check_due = TRUE;
  report_state (self);
  push_report (self, WN_REPORT_RESTARTED, reason);
  /* A peer that knows nothing of sessions goes on with the connection that it has,
   * and gets an offer that its connection can take. */
  replace_connection (self,
      self->knows_sessions ? WN_LAYOUT_NONE : WN_LAYOUT_OFFERED);
}

/* The session begins with the message that says so. */
static void
restart (WnNegotiation *self, const gchar *reason, gint64 now)
{
  self->session++;
  push_action (self, WN_ACTION_SEND_RESTART);
  begin_session (self, self->session, reason, now);
}

/* Nobody restarts to session 0: the remote peer turns to us only now, and what we
 * have said so far, in whatever session, went unheard. */
static gboolean
event_is_beginning (const Event *event)
{
  return event->type == EVENT_BEGINNING
      || (event->type == EVENT_RESTART && event->session == 0);
}

static gboolean
is_offer (const Event *event)
{
  return event->type == EVENT_DESCRIPTION
      && event->description->type == WN_DESCRIPTION_OFFER;
}

/* Something that the remote peer sent came after the offer had been given up that
 * it belongs to: the line is slow, not broken. */
static void
learn_patience (WnNegotiation *self)
{
  if (self->was_impatient && self->n_doublings < WN_NEGOTIATION_MAX_DOUBLINGS)
    self->n_doublings++;
}

/* Returns: whether @event is to be handled now.  It is not if it is of a former
 * session, nor if it comes with a session of its own to be entered first: then it
 * is put back. */
static gboolean
enter_session_of (WnNegotiation *self, Event *event, gint64 now)
{
  if (event->session == WN_SESSION_UNKNOWN)
    return TRUE;

  self->knows_sessions = TRUE;
  if (event_is_beginning (event)) {
    self->session = MAX (self->session, event->session);
    event_free (event);
    /* What led to no connection, led to none with another one. */
    self->failed_sessions = 0;
    restart (self, "the remote peer begins", now);
    return FALSE;
  }
  if (event->session == self->session)
    return TRUE;

  if (event->session > self->session) {
    g_queue_push_head (&self->events, event);
    begin_session (self, event->session, "the remote peer has restarted", now);
    return FALSE;
  }

  if (event->type == EVENT_DESCRIPTION || event->type == EVENT_REJECT)
    learn_patience (self);
  if (event->type == EVENT_CANDIDATE) {
    self->stats.candidates_ignored++;
  } else if (event->type == EVENT_RESTART || is_offer (event)) {
    /* Whoever makes offers in a former session does not know the present one. */
    push_action (self, WN_ACTION_SEND_RESTART);
  } else {
    self->stats.stale_answers++;
    push_report (self, WN_REPORT_STALE_ANSWER, "it is of a former session");
  }
  event_free (event);
  return FALSE;
}

/*** Offers ***/

/* Other username fragments alone are an ICE restart, which a connection takes; with
 * another origin, too, they are of a connection that is new. */
static gboolean
is_from_new_connection (const WnNegotiation *self, const WnDescription *offer)
{
  return self->remote_origin
      && !wn_description_is_of_same_origin (offer, self->remote_origin)
      && !(self->remote
          && wn_description_has_same_ufrags (offer, self->remote));
}

/* Without a word to the remote peer, whose offer is answered then. */
static void
renew_connection (WnNegotiation *self, WnLayout layout, const gchar *reason)
{
  self->stats.restarts++;
  push_report (self, WN_REPORT_RESTARTED, reason);
  replace_connection (self, layout);
}

static void
answer_offer (WnNegotiation *self)
{
  WnDescription *offer = self->remote_offer;

  self->is_held = FALSE;
  if (is_from_new_connection (self, offer)) {
    renew_connection (self, WN_LAYOUT_NONE,
        "the remote connection is a new one");
    return;
  }

  start_operation (self, WN_ACTION_ANSWER)->description =
      wn_description_ref (offer);
}

/* The remote offer is not answered; nothing was touched for it as yet. */
static void
decline_offer (WnNegotiation *self)
{
  g_autoptr (WnDescription) offer = g_steal_pointer (&self->remote_offer);

  self->is_held = FALSE;
  self->start_time = 0;
  self->is_check_due = TRUE;
  if (offer->id)
    push_action (self, WN_ACTION_SEND_REJECT)->id = g_strdup (offer->id);
  report_state (self);
}

/* Takes @offer (transfer full) where no offer of ours is in the way. */
static void
take_offer (WnNegotiation *self, WnDescription *offer, gint64 now)
{
  g_clear_pointer (&self->remote_offer, wn_description_unref);
  self->remote_offer = offer;
  self->ignoring_offer = FALSE;
  if (!self->start_time)
    self->start_time = now;

  self->is_held = !self->auto_answer;
  report_state (self);
  push_report (self, WN_REPORT_OFFER_RECEIVED, NULL)->description =
      wn_description_ref (offer);
  if (!self->is_held)
    answer_offer (self);
}

/* The rollback of webrtc-pc.  What was never negotiated before leaves nothing to
 * go back to but a fresh connection. */
static void
take_back_offer (WnNegotiation *self)
{
  self->stats.rollbacks++;
  g_clear_pointer (&self->local_offer, wn_description_unref);
  self->is_check_due = TRUE;

  report_state (self);
  push_report (self, WN_REPORT_ROLLED_BACK, NULL);
  if (self->negotiated)
    start_operation (self, WN_ACTION_ROLL_BACK);
  else
    replace_connection (self, WN_LAYOUT_NEGOTIATED);
}

/* https://www.w3.org/TR/webrtc/#perfect-negotiation-example */
static void
handle_offer (WnNegotiation *self, WnDescription *offer, gint64 now)
{
  self->stats.offers_received++;
  if (!self->local_offer) {
    take_offer (self, wn_description_ref (offer), now);
    return;
  }

  self->stats.collisions++;
  if (self->polite) {
    push_report (self, WN_REPORT_COLLISION, NULL);
    if (self->is_answer_refused && self->knows_sessions) {
      restart (self, "an answer could not be used", now);
      return;
    }
    self->colliding_offer = wn_description_ref (offer);
    take_back_offer (self);
    return;
  }

  self->ignoring_offer = TRUE;
  self->stats.offers_ignored++;
  wn_candidate_filter_ignore (&self->filter, offer);
  report_state (self);
  push_report (self, WN_REPORT_COLLISION, NULL);
  push_report (self, WN_REPORT_OFFER_IGNORED, NULL);
}

/*** Answers ***/

/* Only an offer that restarts ICE is answered with other username fragments, but
 * by a page that was reloaded. */
static gboolean
is_of_other_connection (const WnNegotiation *self, const WnDescription *answer)
{
  return self->remote && !wn_description_has_same_ufrags (answer, self->remote)
      && wn_description_has_same_ufrags (self->local_offer, self->local);
}

static void
drop_stale_answer (WnNegotiation *self, const gchar *detail)
{
  self->stats.stale_answers++;
  push_report (self, WN_REPORT_STALE_ANSWER, detail);
}

static void
handle_answer (WnNegotiation *self, WnDescription *answer, gint64 now)
{
  if (!self->local_offer
      || (answer->answered_id && self->local_offer->id
          && g_strcmp0 (answer->answered_id, self->local_offer->id) != 0)) {
    if (answer->session == WN_SESSION_UNKNOWN)
      learn_patience (self);
    drop_stale_answer (self, "it answers no offer that is outstanding");
    return;
  }

  self->stats.answers_received++;
  self->ignoring_offer = FALSE;
  if (is_of_other_connection (self, answer)) {
    restart (self, "the remote connection is a new one", now);
    return;
  }

  self->remote_answer = wn_description_ref (answer);
  report_state (self);
  push_report (self, WN_REPORT_ANSWER_RECEIVED, NULL);

  WnAction *action = start_operation (self, WN_ACTION_TAKE_ANSWER);
  action->description = wn_description_ref (answer);
  action->commit = self->negotiated;
}

static void
handle_reject (WnNegotiation *self, const gchar *id)
{
  if (!self->local_offer || g_strcmp0 (id, self->local_offer->id) != 0) {
    drop_stale_answer (self, "it rejects no offer that is outstanding");
    return;
  }

  self->stats.offers_rejected++;
  self->start_time = 0;
  self->was_declined = !self->was_changed;
  take_back_offer (self);
  push_report (self, WN_REPORT_OFFER_REJECTED, NULL);
  /* If nothing has changed, not even to find that it is suppressed. */
  self->is_check_due = self->was_changed;
}

/*** Candidates ***/

static void
push_candidate (WnNegotiation *self, WnActionType type, WnCandidate *candidate)
{
  push_action (self, type)->candidate = candidate;
}

static void
handle_candidate (WnNegotiation *self, WnCandidate *candidate)
{
  switch (wn_candidate_filter_judge (&self->filter, candidate, self->remote,
      self->ignoring_offer)) {
    case WN_VERDICT_ADD:
      if (self->n_candidates < WN_NEGOTIATION_MAX_CANDIDATES) {
        self->n_candidates++;
        if (wn_candidate_filter_know (&self->filter, candidate))
          push_candidate (self, WN_ACTION_ADD_CANDIDATE, candidate);
        else
          wn_candidate_free (candidate);
      } else {
        wn_candidate_free (candidate);
        reject_message (self, "too many candidates");
      }
      break;
    case WN_VERDICT_KEEP:
      if (!wn_candidate_filter_keep (&self->filter, candidate))
        reject_message (self, "too many candidates without a description");
      break;
    case WN_VERDICT_IGNORE:
      self->stats.candidates_ignored++;
      wn_candidate_free (candidate);
      break;
  }
}

static WnCandidate *
copy_candidate (const WnCandidate *candidate)
{
  return wn_candidate_new (candidate->candidate, candidate->mid,
      candidate->mline, candidate->ufrag, candidate->session);
}

static void
send_candidate (WnNegotiation *self, const WnCandidate *candidate)
{
  push_candidate (self, WN_ACTION_SEND_CANDIDATE, copy_candidate (candidate));
  if (self->local_candidates.length < WN_NEGOTIATION_MAX_CANDIDATES)
    g_queue_push_tail (&self->local_candidates, copy_candidate (candidate));
}

/* The remote peer has heard our offer, but began after that was made: what came
 * between the two it may not have heard.  What it has, it knows. */
static void
send_candidates_again (WnNegotiation *self)
{
  self->has_asked = FALSE;
  for (GList *l = self->local_candidates.head; l; l = l->next)
    push_candidate (self, WN_ACTION_SEND_CANDIDATE, copy_candidate (l->data));
}

/* The end of candidates is none. */
static gboolean
has_local_candidate (const WnNegotiation *self)
{
  for (GList *l = self->local_candidates.head; l; l = l->next) {
    if (*((WnCandidate *) l->data)->candidate)
      return TRUE;
  }
  return FALSE;
}

/*** The chain ***/

static void
handle_event (WnNegotiation *self, Event *event, gint64 now)
{
  if (event->type != EVENT_LOCAL_CANDIDATE
      && !enter_session_of (self, event, now))
    return;

  switch (event->type) {
    case EVENT_DESCRIPTION:
      if (event->description->type == WN_DESCRIPTION_OFFER)
        handle_offer (self, event->description, now);
      else
        handle_answer (self, event->description, now);
      break;
    case EVENT_CANDIDATE:
      handle_candidate (self, g_steal_pointer (&event->candidate));
      break;
    case EVENT_REJECT:
      handle_reject (self, event->id);
      break;
    case EVENT_BEGINNING:
    case EVENT_RESTART:
      /* Both have restarted, or it was said twice. */
      break;
    case EVENT_LOCAL_CANDIDATE:
      send_candidate (self, event->candidate);
      break;
  }
  event_free (event);
}

/* https://www.w3.org/TR/webrtc/#dfn-update-the-negotiation-needed-flag: looked at
 * when the chain is empty and the state stable. */
static gboolean
may_check (const WnNegotiation *self)
{
  return self->active && self->is_check_due && !self->local_offer
      && !self->remote_offer;
}

/* Returns: the time before which the remote peer is not listened to */
static gint64
get_deaf_until (const WnNegotiation *self)
{
  return self->replacements_paid_at
      - MAX_REPLACEMENTS * (gint64) REPLACEMENT_INTERVAL_US;
}

static void
charge_replacement (WnNegotiation *self, gint64 now)
{
  self->replacements_paid_at =
      MAX (self->replacements_paid_at, now) + REPLACEMENT_INTERVAL_US;
}

static void
advance (WnNegotiation *self, gint64 now)
{
  while (self->active && self->operation == WN_ACTION_NONE) {
    if (!g_queue_is_empty (&self->events)) {
      if (now < get_deaf_until (self))
        break;
      handle_event (self, g_queue_pop_head (&self->events), now);
    } else if (may_check (self) && now >= self->no_offer_before) {
      self->is_check_due = FALSE;
      start_operation (self, WN_ACTION_CHECK)->forced = self->was_asked;
    } else {
      break;
    }
  }
}

/* What waits to be handled is moot once the remote peer has begun again; and when
 * it offers again, it has taken back what it offered before. */
static gboolean
is_superseded (const WnNegotiation *self, const Event *waiting,
    const Event *event)
{
  if (waiting->type == EVENT_LOCAL_CANDIDATE
      || event->type == EVENT_LOCAL_CANDIDATE)
    return FALSE;
  if (event_is_beginning (event))
    return TRUE;
  if (event_is_beginning (waiting))
    return FALSE;
  if (event->session > self->session)
    return waiting->session < event->session;
  return self->operation == WN_ACTION_NONE && is_offer (event)
      && is_offer (waiting) && waiting->session <= event->session;
}

static void
forget_superseded (WnNegotiation *self, const Event *event)
{
  for (GList *l = self->events.head; l;) {
    GList *next = l->next;

    if (is_superseded (self, l->data, event)) {
      event_free (l->data);
      g_queue_delete_link (&self->events, l);
    }
    l = next;
  }
}

static void
push_event (WnNegotiation *self, Event *event, gint64 now)
{
  if (!self->active) {
    event_free (event);
    return;
  }
  if (event->type != EVENT_LOCAL_CANDIDATE)
    self->beginnings.was_heard = TRUE;
  forget_superseded (self, event);
  if (self->events.length >= WN_NEGOTIATION_MAX_QUEUED) {
    event_free (event);
    reject_message (self, "too many messages wait to be handled");
    return;
  }
  g_queue_push_tail (&self->events, event);
  advance (self, now);
}

/*** Life ***/

/**
 * wn_negotiation_new:
 *
 * Returns: (transfer full): a negotiation without a remote peer: impolite,
 *   answering on its own, never giving an offer up
 */
WnNegotiation *
wn_negotiation_new (void)
{
  WnNegotiation *self = g_new0 (WnNegotiation, 1);

  self->auto_answer = TRUE;
  self->stats.last_negotiation_us = -1;
  self->stats.max_negotiation_us = -1;
  return self;
}

void
wn_negotiation_free (WnNegotiation *self)
{
  wn_negotiation_end (self);
  g_queue_clear_full (&self->actions, (GDestroyNotify) free_action);
  g_free (self);
}

void
wn_negotiation_set_polite (WnNegotiation *self, gboolean polite)
{
  self->polite = polite;
}

/* A remote offer that is held stays so. */
void
wn_negotiation_set_auto_answer (WnNegotiation *self, gboolean automatic)
{
  self->auto_answer = automatic;
}

/* @timeout_us: after which an unanswered offer is taken for lost; 0: never */
void
wn_negotiation_set_timeout (WnNegotiation *self, gint64 timeout_us)
{
  self->timeout_us = timeout_us;
  self->n_doublings = 0;
}

/**
 * wn_negotiation_begin:
 * @id: of this beginning: never the same twice
 *
 * A remote peer is there, in session 0.  It is told that we begin, whatever we
 * want of it.  The connection is made by a first %WN_ACTION_REPLACE.
 */
void
wn_negotiation_begin (WnNegotiation *self, const gchar *id, gint64 now)
{
  wn_negotiation_end (self);

  self->active = TRUE;
  self->is_check_due = TRUE;
  wn_beginnings_begin (&self->beginnings, id);
  push_beginning (self, WN_BEGINNING_FIRST, NULL);
  replace_connection (self, WN_LAYOUT_NONE);
  advance (self, now);
}

/**
 * wn_negotiation_end:
 *
 * The remote peer is gone, and everything about it is forgotten.  The end of an
 * operation that is under way must not be reported any more.
 */
void
wn_negotiation_end (WnNegotiation *self)
{
  self->active = FALSE;
  self->operation = WN_ACTION_NONE;
  self->session = 0;
  self->knows_sessions = FALSE;
  self->has_asked = FALSE;
  self->failed_sessions = 0;
  self->was_impatient = FALSE;
  self->n_doublings = 0;
  wn_beginnings_clear (&self->beginnings);
  wn_history_clear (&self->history);
  self->is_connected = FALSE;
  self->connect_time = 0;
  self->no_offer_before = 0;
  self->is_check_due = FALSE;
  self->was_hinted = FALSE;
  self->was_asked = FALSE;
  forget_negotiation (self);
  g_clear_pointer (&self->remote_origin, wn_description_unref);
  g_queue_clear_full (&self->local_candidates,
      (GDestroyNotify) wn_candidate_free);
  g_queue_clear_full (&self->events, (GDestroyNotify) event_free);
  forget_actions (self);
  report_state (self);
}

/*** What the application wishes ***/

/* Something changed that may have to be negotiated. */
void
wn_negotiation_change (WnNegotiation *self, gint64 now)
{
  self->is_check_due = TRUE;
  self->was_changed = TRUE;
  self->was_declined = FALSE;
  advance (self, now);
}

/* The connection says that negotiation is needed, which is not to be believed. */
void
wn_negotiation_hint (WnNegotiation *self, gint64 now)
{
  self->is_check_due = TRUE;
  self->was_hinted = TRUE;
  advance (self, now);
}

/* An offer is to be made, needed or not. */
void
wn_negotiation_ask (WnNegotiation *self, gint64 now)
{
  self->was_asked = TRUE;
  wn_negotiation_change (self, now);
}

/* Begins a new session as soon as the operation under way has ended. */
void
wn_negotiation_restart (WnNegotiation *self, const gchar *reason, gint64 now)
{
  if (!self->active)
    return;

  if (self->operation == WN_ACTION_NONE) {
    restart (self, reason, now);
    advance (self, now);
  } else if (!self->restart_reason) {
    self->restart_reason = g_strdup (reason);
  }
}

/* Does nothing unless a remote offer is held. */
void
wn_negotiation_accept (WnNegotiation *self, gint64 now)
{
  if (!self->is_held)
    return;

  answer_offer (self);
  advance (self, now);
}

/* Likewise.  The rollback of a remote offer: nothing was touched as yet. */
void
wn_negotiation_reject (WnNegotiation *self, gint64 now)
{
  if (!self->is_held)
    return;

  decline_offer (self);
  advance (self, now);
}

/*** What the connection does ***/

/* The peers are connected: the session is a success, and what it took to get there
 * is forgiven. */
void
wn_negotiation_connected (WnNegotiation *self, gint64 now)
{
  self->is_connected = TRUE;
  self->was_impatient = FALSE;
  self->failed_sessions = 0;
  self->no_offer_before = 0;
  self->replacements_paid_at = 0;
  advance (self, now);
}

/**
 * wn_negotiation_local_candidate:
 * @candidate: (transfer full): of the connection in use
 *
 * Sends it after the description that it belongs to.
 */
void
wn_negotiation_local_candidate (WnNegotiation *self, WnCandidate *candidate,
    gint64 now)
{
  Event *event = event_new (EVENT_LOCAL_CANDIDATE, self->session);

  event->candidate = candidate;
  push_event (self, event, now);
}

/*** What the remote peer sends ***/

/* @id: of the remote peer's beginning; @session: the least that is to be left */
static void
obey (WnNegotiation *self, WnBeginningVerdict verdict, const gchar *id,
    gint64 session, gint64 now)
{
  Event *event;

  switch (verdict) {
    case WN_BEGINNING_TAKE:
    case WN_BEGINNING_DROP:
      break;
    case WN_BEGINNING_ASK:
      self->has_asked = TRUE;
      push_beginning (self, WN_BEGINNING_AGAIN, id);
      break;
    case WN_BEGINNING_REPLY:
      push_beginning (self, WN_BEGINNING_HEARD, id);
      break;
    case WN_BEGINNING_RENEW:
      event = event_new (EVENT_BEGINNING, session);
      push_event (self, event, now);
      break;
  }
}

/* What came before was or will be handled, with all that follows from it. */
static void
drop_repeated (WnNegotiation *self, const WnDescription *description)
{
  if (description->type == WN_DESCRIPTION_ANSWER)
    drop_stale_answer (self, "it came before");
  else if (wn_history_was_refused (&self->history, description))
    reject_message (self, "it came before, and was refused");
  else
    push_report (self, WN_REPORT_REPEATED, NULL);
}

/* Each of these is handled as soon as what came before it is through.  @session
 * is the one that the message names, or WN_SESSION_UNKNOWN. */

void
wn_negotiation_receive_description (WnNegotiation *self,
    WnDescription *description, gint64 now)
{
  Event *event;

  if (!self->active)
    return;
  if (!wn_history_add (&self->history, description)) {
    drop_repeated (self, description);
    return;
  }

  event = event_new (EVENT_DESCRIPTION, description->session);
  event->description = wn_description_ref (description);
  push_event (self, event, now);
}

/* @candidate: (transfer full): */
void
wn_negotiation_receive_candidate (WnNegotiation *self, WnCandidate *candidate,
    gint64 now)
{
  Event *event = event_new (EVENT_CANDIDATE, candidate->session);

  event->candidate = candidate;
  push_event (self, event, now);
}

/* @id: of the offer that the remote peer declines */
void
wn_negotiation_receive_reject (WnNegotiation *self, const gchar *id,
    gint64 session, gint64 now)
{
  Event *event = event_new (EVENT_REJECT, session);

  event->id = g_strdup (id);
  push_event (self, event, now);
}

void
wn_negotiation_receive_restart (WnNegotiation *self, gint64 session, gint64 now)
{
  push_event (self, event_new (EVENT_RESTART, session), now);
}

/**
 * wn_negotiation_receive_beginning:
 * @id: of the remote peer's beginning
 * @with: (nullable): of ours, which it knows of
 * @session: of AGAIN: the one that it has come to
 * @offer_id: (nullable): of AGAIN: of the offer that it waits for an answer to
 *
 * Somebody has begun with us, and it may be somebody new.
 */
void
wn_negotiation_receive_beginning (WnNegotiation *self, WnBeginning beginning,
    const gchar *id, const gchar *with, gint64 session, const gchar *offer_id,
    gint64 now)
{
  gboolean is_question = beginning == WN_BEGINNING_AGAIN;
  gboolean has_offer = is_question
      ? wn_history_has_offer (&self->history, offer_id)
      : self->local_offer != NULL;
  WnBeginningVerdict verdict;

  if (!self->active)
    return;

  self->knows_sessions = TRUE;
  verdict =
      wn_beginnings_hear (&self->beginnings, beginning, id, with, has_offer);
  obey (self, verdict, id, is_question ? session : 0, now);
  if (beginning == WN_BEGINNING_HEARD && verdict == WN_BEGINNING_TAKE
      && self->has_asked)
    send_candidates_again (self);
}

/**
 * wn_negotiation_admit:
 * @id: (nullable): of the beginning that a message says it is of
 * @with: (nullable): of the one of ours that it says it is for
 * @is_vital: whether the sender would wait for what follows from it
 *
 * To be asked about any other message before it is handed over.
 *
 * Returns: FALSE if the message is to be dropped
 */
gboolean
wn_negotiation_admit (WnNegotiation *self, const gchar *id, const gchar *with,
    gboolean is_vital, gint64 now)
{
  WnBeginningVerdict verdict;

  if (!self->active || !id)
    return TRUE;

  verdict = wn_beginnings_judge (&self->beginnings, id, with);
  if (verdict == WN_BEGINNING_ASK && !is_vital)
    return FALSE;
  obey (self, verdict, id, 0, now);
  return verdict == WN_BEGINNING_TAKE || verdict == WN_BEGINNING_RENEW;
}

/* Something that is no message; @detail says why.  Only counted and reported. */
void
wn_negotiation_receive_garbage (WnNegotiation *self, const gchar *detail)
{
  reject_message (self, detail);
}

/**
 * wn_negotiation_receive_bad_offer:
 * @id: of an offer that breaks a rule whatever the state
 *
 * It is declined, and changes nothing: it is no collision either.
 */
void
wn_negotiation_receive_bad_offer (WnNegotiation *self, const gchar *id,
    gint64 session, const gchar *detail)
{
  self->beginnings.was_heard = TRUE;
  reject_message (self, detail);
  if (self->active
      && (session == WN_SESSION_UNKNOWN || session == self->session))
    push_action (self, WN_ACTION_SEND_REJECT)->id = g_strdup (id);
}

/*** The ends of operations ***/

/* Returns: FALSE if the operation's result is of no interest any more, since a
 * restart was waiting for it to end */
static gboolean
end_operation (WnNegotiation *self, gint64 now)
{
  g_autofree gchar *reason = g_steal_pointer (&self->restart_reason);

  self->operation = WN_ACTION_NONE;
  if (!reason)
    return TRUE;

  restart (self, reason, now);
  return FALSE;
}

/* The negotiation under way ended with both descriptions being applied. */
static void
become_stable (WnNegotiation *self, WnDescription *local, WnDescription *remote,
    gint64 now)
{
  WnCandidate *candidate;

  g_clear_pointer (&self->local, wn_description_unref);
  self->local = wn_description_ref (local);
  if (!self->remote || !wn_description_has_same_ufrags (self->remote, remote)) {
    self->n_candidates = 0;
    wn_candidate_filter_begin_generation (&self->filter);
  }
  g_clear_pointer (&self->remote, wn_description_unref);
  self->remote = wn_description_ref (remote);
  /* webrtcbin's answers have the offer's o= line. */
  if (!wn_description_is_of_same_origin (remote, local)) {
    g_clear_pointer (&self->remote_origin, wn_description_unref);
    self->remote_origin = wn_description_ref (remote);
  }
  self->negotiated = TRUE;
  self->is_check_due = TRUE;
  if (!self->is_connected && !self->connect_time
      && wn_description_has_transport (local)
      && wn_description_has_transport (remote)) {
    self->connect_time = now;
    self->is_stall_reported = FALSE;
  }

  while ((candidate = wn_candidate_filter_release (&self->filter, remote))) {
    self->n_candidates++;
    push_candidate (self, WN_ACTION_ADD_CANDIDATE, candidate);
  }

  self->stats.last_negotiation_us = now - self->start_time;
  self->stats.max_negotiation_us =
      MAX (self->stats.max_negotiation_us, self->stats.last_negotiation_us);
  self->start_time = 0;
}

/* The end of CHECK. */
void
wn_negotiation_checked (WnNegotiation *self, gboolean needed, gint64 now)
{
  gboolean was_hinted = self->was_hinted;

  g_return_if_fail (self->operation == WN_ACTION_CHECK);

  if (!end_operation (self, now)) {
    advance (self, now);
    return;
  }

  if (needed && !g_queue_is_empty (&self->events)) {
    /* It may settle the matter, and if it is an offer, spares a collision. */
    self->is_check_due = TRUE;
  } else {
    self->was_hinted = FALSE;
    self->was_asked = FALSE;
    if (needed && !self->was_declined) {
      if (!self->start_time)
        self->start_time = now;
      self->was_changed = FALSE;
      start_operation (self, WN_ACTION_OFFER)->commit = !self->negotiated;
      report_state (self);
    } else if (needed || was_hinted) {
      self->stats.renegotiations_suppressed++;
      push_report (self, WN_REPORT_SUPPRESSED,
          needed ? "the remote peer has declined it"
                 : "there is nothing to negotiate");
    }
  }
  advance (self, now);
}

/* Likewise the end of CHECK: it is not known yet what there is to negotiate.
 * wn_negotiation_change() says when to look again. */
void
wn_negotiation_postponed (WnNegotiation *self, gint64 now)
{
  g_return_if_fail (self->operation == WN_ACTION_CHECK);

  end_operation (self, now);
  advance (self, now);
}

void
wn_negotiation_offered (WnNegotiation *self, WnDescription *offer, gint64 now)
{
  g_return_if_fail (self->operation == WN_ACTION_OFFER);

  if (end_operation (self, now)) {
    self->local_offer = wn_description_ref (offer);
    self->is_answer_refused = FALSE;
    self->offer_time = now;
    self->stats.offers_sent++;
    push_description (self, offer);
    report_state (self);
    push_report (self, WN_REPORT_OFFER_SENT, NULL);
  }
  advance (self, now);
}

void
wn_negotiation_answered (WnNegotiation *self, WnDescription *answer, gint64 now)
{
  g_return_if_fail (self->operation == WN_ACTION_ANSWER);

  if (end_operation (self, now)) {
    g_autoptr (WnDescription) offer = g_steal_pointer (&self->remote_offer);
    g_autoptr (WnDescription) sent =
        wn_description_new (answer->type, answer->sdp, answer->id,
            (const gchar *const *) answer->ufrags, offer->id, self->session);

    self->stats.answers_sent++;
    push_description (self, sent);
    become_stable (self, sent, offer, now);
    report_state (self);
    push_report (self, WN_REPORT_ANSWER_SENT, NULL);
    push_report (self, WN_REPORT_STABLE, NULL);
  }
  advance (self, now);
}

static void
answer_taken (WnNegotiation *self, gint64 now)
{
  g_autoptr (WnDescription) answer = g_steal_pointer (&self->remote_answer);
  g_autoptr (WnDescription) offer = g_steal_pointer (&self->local_offer);

  become_stable (self, offer, answer, now);
  report_state (self);
  push_report (self, WN_REPORT_STABLE, NULL);
}

/* The end of TAKE_ANSWER, ROLL_BACK or REPLACE. */
void
wn_negotiation_done (WnNegotiation *self, gint64 now)
{
  WnActionType operation = self->operation;

  g_return_if_fail (operation == WN_ACTION_TAKE_ANSWER
      || operation == WN_ACTION_ROLL_BACK || operation == WN_ACTION_REPLACE);

  if (operation == WN_ACTION_REPLACE)
    charge_replacement (self, now);
  if (end_operation (self, now)) {
    if (operation == WN_ACTION_TAKE_ANSWER)
      answer_taken (self, now);
    else if (self->colliding_offer)
      take_offer (self, g_steal_pointer (&self->colliding_offer), now);
    else if (self->remote_offer && !self->is_held)
      answer_offer (self);
  }
  advance (self, now);
}

/**
 * wn_negotiation_failed:
 * @failure: %WN_FAILURE_REFUSED only of ANSWER and TAKE_ANSWER,
 *   %WN_FAILURE_OUTDATED only of ANSWER
 * @detail: (nullable): why
 *
 * The operation under way failed.  A refused offer is declined.  A refused answer
 * is as if it had never come: the offer is still outstanding.  A broken connection
 * can only be begun again.
 */
void
wn_negotiation_failed (WnNegotiation *self, WnFailure failure,
    const gchar *detail, gint64 now)
{
  WnActionType operation = self->operation;

  g_return_if_fail (operation != WN_ACTION_NONE);

  if (end_operation (self, now)) {
    g_clear_pointer (&self->remote_answer, wn_description_unref);
    if (failure == WN_FAILURE_OUTDATED) {
      renew_connection (self, WN_LAYOUT_NEGOTIATED, detail);
    } else if (failure != WN_FAILURE_REFUSED) {
      restart (self, detail, now);
    } else {
      if (operation == WN_ACTION_ANSWER) {
        wn_history_refuse (&self->history, self->remote_offer);
        decline_offer (self);
      } else {
        self->is_answer_refused = TRUE;
      }
      reject_message (self, detail);
    }
  }
  advance (self, now);
}

/*** Actions and time ***/

/**
 * wn_negotiation_poll:
 * @action: (out): what to do next; wn_action_clear() it then
 *
 * Returns: FALSE if there is nothing to do until the next event
 */
gboolean
wn_negotiation_poll (WnNegotiation *self, WnAction *action)
{
  g_autofree WnAction *next = g_queue_pop_head (&self->actions);

  if (!next) {
    *action = (WnAction) WN_ACTION_INIT;
    return FALSE;
  }

  *action = *next;
  return TRUE;
}

/* Our offer is unanswered: when it is to be taken for lost. */
static gint64
get_offer_expiry (const WnNegotiation *self)
{
  if (!self->local_offer || !self->timeout_us || self->remote_answer)
    return G_MAXINT64;
  return self->offer_time + wn_negotiation_get_timeout (self);
}

/* Both descriptions are applied, but the peers are not connected: after that long
 * it is told, and after twice as long it is begun again.  The more often that was
 * in vain, the longer. */
static gint64
get_connect_interval (const WnNegotiation *self)
{
  gint64 interval = MAX (wn_negotiation_get_timeout (self),
      (gint64) WN_NEGOTIATION_MIN_CONNECT_US);

  return interval << MIN (self->failed_sessions, MAX_CONNECT_DOUBLINGS);
}

static gint64
get_stall_expiry (const WnNegotiation *self)
{
  if (!self->connect_time || self->is_connected || !self->timeout_us)
    return G_MAXINT64;
  return self->connect_time
      + (self->is_stall_reported ? 2 : 1) * get_connect_interval (self);
}

static const gchar *
explain_stall (const WnNegotiation *self)
{
  if (!self->n_candidates)
    return has_local_candidate (self)
        ? "no candidate of the remote peer has come"
        : "neither peer has found a candidate";
  return has_local_candidate (self) ? "the peers do not reach each other"
                                    : "no candidate was found on this side";
}

static void
handle_stall (WnNegotiation *self, gint64 now)
{
  if (self->is_stall_reported) {
    wn_negotiation_restart (self, "the connection did not come up", now);
  } else {
    self->is_stall_reported = TRUE;
    push_report (self, WN_REPORT_STALLED, explain_stall (self));
  }
}

/**
 * wn_negotiation_get_expiry:
 *
 * Returns: the time at which wn_negotiation_handle_expiry() has to be called;
 *   %G_MAXINT64 if not at all
 */
gint64
wn_negotiation_get_expiry (const WnNegotiation *self)
{
  gint64 expiry;

  /* What comes of it is looked at then. */
  if (self->restart_reason)
    return G_MAXINT64;
  expiry = MIN (get_offer_expiry (self), get_stall_expiry (self));
  if (self->operation != WN_ACTION_NONE)
    return expiry;
  if (self->events.length > 0)
    expiry = MIN (expiry, get_deaf_until (self));
  else if (may_check (self))
    expiry = MIN (expiry, self->no_offer_before);
  return expiry;
}

/* It does no harm to call it early. */
void
wn_negotiation_handle_expiry (WnNegotiation *self, gint64 now)
{
  if (now >= get_offer_expiry (self)) {
    self->was_impatient = TRUE;
    wn_negotiation_restart (self, "an offer was not answered in time", now);
  } else if (now >= get_stall_expiry (self)) {
    handle_stall (self, now);
  }
  advance (self, now);
}

/*** The state ***/

/* As the specification's: an offer that is sent is a local one, committed or not,
 * and one that waits for the application is a remote one. */
WnSignalingState
wn_negotiation_get_signaling_state (const WnNegotiation *self)
{
  if (self->local_offer)
    return WN_SIGNALING_HAVE_LOCAL_OFFER;
  if (self->remote_offer)
    return WN_SIGNALING_HAVE_REMOTE_OFFER;
  return WN_SIGNALING_STABLE;
}

gboolean
wn_negotiation_is_polite (const WnNegotiation *self)
{
  return self->polite;
}

gboolean
wn_negotiation_is_making_offer (const WnNegotiation *self)
{
  return self->operation == WN_ACTION_OFFER;
}

gboolean
wn_negotiation_is_ignoring_offer (const WnNegotiation *self)
{
  return self->ignoring_offer;
}

/* Nothing is under way, nor waits for anything but the clock. */
gboolean
wn_negotiation_is_idle (const WnNegotiation *self)
{
  return self->operation == WN_ACTION_NONE && self->events.length == 0
      && self->actions.length == 0 && !self->local_offer && !self->remote_offer;
}

gboolean
wn_negotiation_is_negotiated (const WnNegotiation *self)
{
  return self->negotiated;
}

/* Returns: (nullable): under which we have begun with the remote peer */
const gchar *
wn_negotiation_get_id (const WnNegotiation *self)
{
  return self->beginnings.own;
}

/* Returns: (nullable): under which it has begun with us, as far as we have heard */
const gchar *
wn_negotiation_get_remote_id (const WnNegotiation *self)
{
  return self->beginnings.remote;
}

/* Returns: after how many microseconds an offer is given up, as it has turned out
 * to be right; 0: never */
gint64
wn_negotiation_get_timeout (const WnNegotiation *self)
{
  return self->timeout_us << self->n_doublings;
}

gint64
wn_negotiation_get_session (const WnNegotiation *self)
{
  return self->session;
}

const WnNegotiationStats *
wn_negotiation_get_stats (const WnNegotiation *self)
{
  return &self->stats;
}
