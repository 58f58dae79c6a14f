/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "negotiation-private.h"

/*** Connections ***/

/* Forgets what is true of the connection in use only, and gets a fresh one.  A
 * remote offer that is to be answered stays. */
void
wn_negotiation_replace (WnNegotiation *self, WnLayout layout)
{
  if (layout == WN_LAYOUT_NONE)
    g_clear_pointer (&self->remote_origin, wn_description_unref);
  g_clear_pointer (&self->local_offer, wn_description_unref);
  g_clear_pointer (&self->local, wn_description_unref);
  g_clear_pointer (&self->remote, wn_description_unref);
  wn_stall_clear (&self->stall);
  self->n_candidates = 0;
  g_queue_clear_full (&self->local_candidates,
      (GDestroyNotify) wn_candidate_free);
  wn_candidate_filter_begin_generation (&self->filter);

  wn_chain_forget_local (&self->chain);
  wn_negotiation_start_operation (self, WN_ACTION_REPLACE)->layout = layout;
}

void
wn_negotiation_forget (WnNegotiation *self)
{
  g_clear_pointer (&self->local_offer, wn_description_unref);
  g_clear_pointer (&self->remote_offer, wn_description_unref);
  g_clear_pointer (&self->remote_answer, wn_description_unref);
  g_clear_pointer (&self->colliding_offer, wn_description_unref);
  g_clear_pointer (&self->local, wn_description_unref);
  g_clear_pointer (&self->remote, wn_description_unref);
  wn_candidate_filter_clear (&self->filter);
  self->ignoring_offer = FALSE;
  self->is_held = FALSE;
  self->is_answer_refused = FALSE;
  g_clear_pointer (&self->restart_reason, g_free);
  self->start_time = 0;
}

/*** Sessions ***/

static void
begin_session (WnNegotiation *self, gint64 session, const gchar *reason,
    gint64 now)
{
  self->session.value = session;
  self->stats.restarts++;
  wn_backoff_fail (&self->restarts, now);

  wn_negotiation_forget (self);
  wn_need_renew (&self->need);
  wn_negotiation_report_state (self);
  wn_negotiation_report (self, WN_REPORT_RESTARTED, reason);
  /* A peer that knows nothing of sessions goes on with the connection that it has,
   * and gets an offer that its connection can take. */
  wn_negotiation_replace (self,
      self->session.is_known ? WN_LAYOUT_NONE : WN_LAYOUT_OFFERED);
}

/* The session begins with the message that says so. */
void
wn_negotiation_restart_now (WnNegotiation *self, const gchar *reason,
    gint64 now)
{
  self->session.value++;
  wn_negotiation_push_action (self, WN_ACTION_SEND_RESTART);
  begin_session (self, self->session.value, reason, now);
}

/* Returns: whether @event is to be handled now.  It is not if it is of a former
 * session, nor if it comes with a session of its own to be entered first: then it
 * is put back. */
gboolean
wn_negotiation_enter_session (WnNegotiation *self, WnEvent *event, gint64 now)
{
  switch (wn_session_number_judge (&self->session, event)) {
    case WN_SESSION_PRESENT:
      return TRUE;
    case WN_SESSION_NEXT:
      wn_chain_put_back (&self->chain, event);
      begin_session (self, event->session, "the remote peer has restarted",
          now);
      return FALSE;
    case WN_SESSION_BEGINS:
      /* What led to no connection, led to none with another one. */
      wn_backoff_reset (&self->restarts);
      wn_negotiation_restart_now (self, "the remote peer begins", now);
      break;
    case WN_SESSION_OUTDATED:
      wn_negotiation_push_action (self, WN_ACTION_SEND_RESTART);
      break;
    case WN_SESSION_OVER:
      if (event->type == WN_EVENT_CANDIDATE)
        self->stats.candidates_ignored++;
      else
        wn_negotiation_drop_stale_answer (self, "it is of a former session");
      break;
  }
  if (event->type == WN_EVENT_DESCRIPTION || event->type == WN_EVENT_REJECT)
    wn_offer_timeout_learn (&self->timeout);
  wn_event_free (event);
  return FALSE;
}

/* Begins a new session as soon as the operation under way has ended. */
void
wn_negotiation_restart (WnNegotiation *self, const gchar *reason, gint64 now)
{
  if (!self->active)
    return;

  if (self->operation == WN_ACTION_NONE) {
    wn_negotiation_restart_now (self, reason, now);
    wn_negotiation_advance (self, now);
  } else if (!self->restart_reason) {
    self->restart_reason = g_strdup (reason);
  }
}

void
wn_negotiation_receive_restart (WnNegotiation *self, gint64 session, gint64 now)
{
  wn_negotiation_push_event (self, wn_event_new (WN_EVENT_RESTART, session),
      now);
}

/*** Beginnings ***/

/* @id: of the remote peer's beginning; @session: the least that is to be left */
static void
obey (WnNegotiation *self, WnBeginningVerdict verdict, const gchar *id,
    gint64 session, gint64 now)
{
  WnEvent *event;

  switch (verdict) {
    case WN_BEGINNING_TAKE:
    case WN_BEGINNING_DROP:
      break;
    case WN_BEGINNING_ASK:
      self->has_asked = TRUE;
      wn_negotiation_push_beginning (self, WN_BEGINNING_AGAIN, id);
      break;
    case WN_BEGINNING_REPLY:
      wn_negotiation_push_beginning (self, WN_BEGINNING_HEARD, id);
      break;
    case WN_BEGINNING_RENEW:
      event = wn_event_new (WN_EVENT_BEGINNING, session);
      wn_negotiation_push_event (self, event, now);
      break;
  }
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

  self->session.is_known = TRUE;
  verdict =
      wn_beginnings_hear (&self->beginnings, beginning, id, with, has_offer);
  obey (self, verdict, id, is_question ? session : 0, now);
  if (beginning == WN_BEGINNING_HEARD && verdict == WN_BEGINNING_TAKE
      && self->has_asked)
    wn_negotiation_send_candidates_again (self);
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
