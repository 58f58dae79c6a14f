/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "negotiation-private.h"

/*** Offers ***/

/* Other username fragments alone are an ICE restart, which a connection takes; with
 * another origin, too, they are of a connection that is new. */
static gboolean
is_from_new_connection (const WnNegotiation *self, const WnDescription *offer)
{
  return self->remote_origin
      && !wn_description_is_of_same_origin (offer, self->remote_origin)
      && !(self->remote && wn_description_has_transport (self->remote)
          && wn_description_has_same_ufrags (offer, self->remote));
}

/* Without a word to the remote peer, whose offer is answered then. */
static void
renew_connection (WnNegotiation *self, WnLayout layout, const gchar *reason)
{
  self->stats.restarts++;
  wn_negotiation_report (self, WN_REPORT_RESTARTED, reason);
  wn_negotiation_replace (self, layout);
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

  wn_negotiation_start_operation (self, WN_ACTION_ANSWER)->description =
      wn_description_ref (offer);
}

/* The remote offer is not answered; nothing was touched for it as yet. */
static void
decline_offer (WnNegotiation *self)
{
  g_autoptr (WnDescription) offer = g_steal_pointer (&self->remote_offer);

  self->is_held = FALSE;
  self->start_time = 0;
  wn_need_look_again (&self->need);
  if (offer->id)
    wn_negotiation_push_action (self, WN_ACTION_SEND_REJECT)->id =
        g_strdup (offer->id);
  wn_negotiation_report_state (self);
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
  wn_negotiation_report_state (self);
  wn_negotiation_report (self, WN_REPORT_OFFER_RECEIVED, NULL)->description =
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
  wn_need_look_again (&self->need);

  wn_negotiation_report_state (self);
  wn_negotiation_report (self, WN_REPORT_ROLLED_BACK, NULL);
  if (self->remote)
    wn_negotiation_start_operation (self, WN_ACTION_ROLL_BACK);
  else
    wn_negotiation_replace (self, WN_LAYOUT_NEGOTIATED);
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
    wn_negotiation_report (self, WN_REPORT_COLLISION, NULL);
    if (self->is_answer_refused && self->session.is_known) {
      wn_negotiation_restart_now (self, "an answer could not be used", now);
      return;
    }
    self->colliding_offer = wn_description_ref (offer);
    take_back_offer (self);
    return;
  }

  self->ignoring_offer = TRUE;
  self->stats.offers_ignored++;
  wn_candidate_filter_ignore (&self->filter, offer);
  wn_negotiation_report_state (self);
  wn_negotiation_report (self, WN_REPORT_COLLISION, NULL);
  wn_negotiation_report (self, WN_REPORT_OFFER_IGNORED, NULL);
}

/*** Answers ***/

/* Only an offer that restarts ICE is answered with other username fragments, but
 * by a page that was reloaded.  Where all sections were rejected, each begins anew. */
static gboolean
is_of_other_connection (const WnNegotiation *self, const WnDescription *answer)
{
  return self->remote && wn_description_has_transport (self->remote)
      && !wn_description_has_same_ufrags (answer, self->remote)
      && wn_description_has_same_ufrags (self->local_offer, self->local);
}

static void
handle_answer (WnNegotiation *self, WnDescription *answer, gint64 now)
{
  if (!self->local_offer
      || (answer->answered_id && self->local_offer->id
          && g_strcmp0 (answer->answered_id, self->local_offer->id) != 0)) {
    if (answer->session == WN_SESSION_UNKNOWN)
      wn_offer_timeout_learn (&self->timeout);
    wn_negotiation_drop_stale_answer (self,
        "it answers no offer that is outstanding");
    return;
  }

  self->stats.answers_received++;
  self->ignoring_offer = FALSE;
  if (is_of_other_connection (self, answer)) {
    wn_negotiation_restart_now (self, "the remote connection is a new one",
        now);
    return;
  }

  self->remote_answer = wn_description_ref (answer);
  wn_negotiation_report_state (self);
  wn_negotiation_report (self, WN_REPORT_ANSWER_RECEIVED, NULL);

  WnAction *action =
      wn_negotiation_start_operation (self, WN_ACTION_TAKE_ANSWER);
  action->description = wn_description_ref (answer);
  action->commit = self->remote != NULL;
}

static void
handle_reject (WnNegotiation *self, const gchar *id)
{
  if (!self->local_offer || g_strcmp0 (id, self->local_offer->id) != 0) {
    wn_negotiation_drop_stale_answer (self,
        "it rejects no offer that is outstanding");
    return;
  }

  self->stats.offers_rejected++;
  self->start_time = 0;
  take_back_offer (self);
  wn_negotiation_report (self, WN_REPORT_OFFER_REJECTED, NULL);
  wn_need_decline (&self->need);
}

/*** The chain ***/

static void
handle_event (WnNegotiation *self, WnEvent *event, gint64 now)
{
  if (event->type != WN_EVENT_LOCAL_CANDIDATE
      && !wn_negotiation_enter_session (self, event, now))
    return;

  switch (event->type) {
    case WN_EVENT_DESCRIPTION:
      if (event->description->type == WN_DESCRIPTION_OFFER)
        handle_offer (self, event->description, now);
      else
        handle_answer (self, event->description, now);
      break;
    case WN_EVENT_CANDIDATE:
      wn_negotiation_handle_candidate (self,
          g_steal_pointer (&event->candidate));
      break;
    case WN_EVENT_REJECT:
      handle_reject (self, event->id);
      break;
    case WN_EVENT_BEGINNING:
    case WN_EVENT_RESTART:
      /* Both have restarted, or it was said twice. */
      break;
    case WN_EVENT_LOCAL_CANDIDATE:
      wn_negotiation_send_candidate (self, event->candidate);
      break;
  }
  wn_event_free (event);
}

/* https://www.w3.org/TR/webrtc/#dfn-update-the-negotiation-needed-flag: looked at
 * when the chain is empty and the state stable. */
gboolean
wn_negotiation_may_check (const WnNegotiation *self)
{
  return self->active && self->need.is_due && !self->local_offer
      && !self->remote_offer;
}

void
wn_negotiation_advance (WnNegotiation *self, gint64 now)
{
  while (self->active && self->operation == WN_ACTION_NONE) {
    if (!wn_chain_is_empty (&self->chain)) {
      if (now < wn_token_bucket_get_expiry (&self->replacements))
        break;
      handle_event (self, wn_chain_pop (&self->chain), now);
    } else if (wn_negotiation_may_check (self)
        && now >= self->restarts.expiry) {
      wn_negotiation_start_operation (self, WN_ACTION_CHECK)->forced =
          wn_need_look (&self->need);
    } else {
      break;
    }
  }
}

/* @event: (transfer full): */
void
wn_negotiation_push_event (WnNegotiation *self, WnEvent *event, gint64 now)
{
  if (!self->active) {
    wn_event_free (event);
    return;
  }
  if (!wn_event_is_local (event))
    self->beginnings.was_heard = TRUE;
  if (!wn_chain_push (&self->chain, event, WN_NEGOTIATION_MAX_QUEUED,
          self->session.value, self->operation == WN_ACTION_NONE)) {
    wn_negotiation_reject_message (self,
        "too many messages wait to be handled");
    return;
  }
  wn_negotiation_advance (self, now);
}

/*** What the application wishes ***/

/* Something changed that may have to be negotiated. */
void
wn_negotiation_change (WnNegotiation *self, gint64 now)
{
  wn_need_change (&self->need);
  wn_negotiation_advance (self, now);
}

/* The connection says that negotiation is needed, which is not to be believed. */
void
wn_negotiation_hint (WnNegotiation *self, gint64 now)
{
  wn_need_hint (&self->need);
  wn_negotiation_advance (self, now);
}

/* An offer is to be made, needed or not. */
void
wn_negotiation_ask (WnNegotiation *self, gint64 now)
{
  wn_need_ask (&self->need);
  wn_negotiation_advance (self, now);
}

/* Does nothing unless a remote offer is held. */
void
wn_negotiation_accept (WnNegotiation *self, gint64 now)
{
  if (!self->is_held)
    return;

  answer_offer (self);
  wn_negotiation_advance (self, now);
}

/* Likewise.  The rollback of a remote offer: nothing was touched as yet. */
void
wn_negotiation_reject (WnNegotiation *self, gint64 now)
{
  if (!self->is_held)
    return;

  decline_offer (self);
  wn_negotiation_advance (self, now);
}

/*** What the remote peer sends ***/

/* What came before was or will be handled, with all that follows from it. */
static void
drop_repeated (WnNegotiation *self, const WnDescription *description)
{
  if (description->type == WN_DESCRIPTION_ANSWER)
    wn_negotiation_drop_stale_answer (self, "it came before");
  else if (wn_history_was_refused (&self->history, description))
    wn_negotiation_reject_message (self, "it came before, and was refused");
  else
    wn_negotiation_report (self, WN_REPORT_REPEATED, NULL);
}

void
wn_negotiation_receive_description (WnNegotiation *self,
    WnDescription *description, gint64 now)
{
  WnEvent *event;

  if (!self->active)
    return;
  if (!wn_history_add (&self->history, description)) {
    drop_repeated (self, description);
    return;
  }

  event = wn_event_new (WN_EVENT_DESCRIPTION, description->session);
  event->description = wn_description_ref (description);
  wn_negotiation_push_event (self, event, now);
}

/* @id: of the offer that the remote peer declines */
void
wn_negotiation_receive_reject (WnNegotiation *self, const gchar *id,
    gint64 session, gint64 now)
{
  WnEvent *event = wn_event_new (WN_EVENT_REJECT, session);

  event->id = g_strdup (id);
  wn_negotiation_push_event (self, event, now);
}

/* Something that is no message; @detail says why.  Only counted and reported. */
void
wn_negotiation_receive_garbage (WnNegotiation *self, const gchar *detail)
{
  wn_negotiation_reject_message (self, detail);
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
  wn_negotiation_reject_message (self, detail);
  if (self->active
      && (session == WN_SESSION_UNKNOWN || session == self->session.value))
    wn_negotiation_push_action (self, WN_ACTION_SEND_REJECT)->id =
        g_strdup (id);
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

  wn_negotiation_restart_now (self, reason, now);
  return FALSE;
}

/* The negotiation under way ended with both descriptions being applied. */
static void
become_stable (WnNegotiation *self, WnDescription *local, WnDescription *remote,
    gint64 now)
{
  g_clear_pointer (&self->local, wn_description_unref);
  self->local = wn_description_ref (local);
  if (!self->remote || !wn_description_has_transport (self->remote)
      || !wn_description_has_same_ufrags (self->remote, remote)) {
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
  wn_need_look_again (&self->need);
  if (wn_description_has_transport (local)
      && wn_description_has_transport (remote))
    wn_stall_begin (&self->stall, now);

  wn_negotiation_release_candidates (self);

  self->stats.last_negotiation_us = now - self->start_time;
  self->stats.max_negotiation_us =
      MAX (self->stats.max_negotiation_us, self->stats.last_negotiation_us);
  self->start_time = 0;
}

/* Negotiation is needed. */
static void
make_offer (WnNegotiation *self, gint64 now)
{
  if (!self->start_time)
    self->start_time = now;
  wn_negotiation_start_operation (self, WN_ACTION_OFFER)->commit =
      !self->remote;
  wn_negotiation_report_state (self);
}

static void
suppress_offer (WnNegotiation *self, const gchar *reason)
{
  self->stats.renegotiations_suppressed++;
  wn_negotiation_report (self, WN_REPORT_SUPPRESSED, reason);
}

static void
handle_need (WnNegotiation *self, gboolean is_needed, gint64 now)
{
  if (is_needed && !wn_chain_is_empty (&self->chain)) {
    /* What waits may settle the matter, and if it is an offer, spares a
     * collision. */
    wn_need_look_again (&self->need);
    return;
  }

  switch (wn_need_judge (&self->need, is_needed)) {
    case WN_NEED_NOTHING:
      break;
    case WN_NEED_OFFER:
      make_offer (self, now);
      break;
    case WN_NEED_SUPPRESSED:
      suppress_offer (self, "there is nothing to negotiate");
      break;
    case WN_NEED_DECLINED:
      suppress_offer (self, "the remote peer has declined it");
      break;
  }
}

/* The end of CHECK. */
void
wn_negotiation_checked (WnNegotiation *self, gboolean needed, gint64 now)
{
  g_return_if_fail (self->operation == WN_ACTION_CHECK);

  if (end_operation (self, now))
    handle_need (self, needed, now);
  wn_negotiation_advance (self, now);
}

/* Likewise the end of CHECK: it is not known yet what there is to negotiate.
 * wn_negotiation_change() says when to look again. */
void
wn_negotiation_postponed (WnNegotiation *self, gint64 now)
{
  g_return_if_fail (self->operation == WN_ACTION_CHECK);

  end_operation (self, now);
  wn_negotiation_advance (self, now);
}

static void
send_description (WnNegotiation *self, WnDescription *description)
{
  wn_negotiation_push_action (self, WN_ACTION_SEND_DESCRIPTION)->description =
      wn_description_ref (description);
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
    send_description (self, offer);
    wn_negotiation_report_state (self);
    wn_negotiation_report (self, WN_REPORT_OFFER_SENT, NULL);
  }
  wn_negotiation_advance (self, now);
}

void
wn_negotiation_answered (WnNegotiation *self, WnDescription *answer, gint64 now)
{
  g_return_if_fail (self->operation == WN_ACTION_ANSWER);

  if (end_operation (self, now)) {
    g_autoptr (WnDescription) offer = g_steal_pointer (&self->remote_offer);
    g_autoptr (WnDescription) sent = wn_description_new (answer->type,
        answer->sdp, answer->id, (const gchar *const *) answer->ufrags,
        offer->id, self->session.value);

    self->stats.answers_sent++;
    send_description (self, sent);
    become_stable (self, sent, offer, now);
    wn_negotiation_report_state (self);
    wn_negotiation_report (self, WN_REPORT_ANSWER_SENT, NULL);
    wn_negotiation_report (self, WN_REPORT_STABLE, NULL);
  }
  wn_negotiation_advance (self, now);
}

static void
answer_taken (WnNegotiation *self, gint64 now)
{
  g_autoptr (WnDescription) answer = g_steal_pointer (&self->remote_answer);
  g_autoptr (WnDescription) offer = g_steal_pointer (&self->local_offer);

  become_stable (self, offer, answer, now);
  wn_negotiation_report_state (self);
  wn_negotiation_report (self, WN_REPORT_STABLE, NULL);
}

/* The end of TAKE_ANSWER, ROLL_BACK or REPLACE. */
void
wn_negotiation_done (WnNegotiation *self, gint64 now)
{
  WnActionType operation = self->operation;

  g_return_if_fail (operation == WN_ACTION_TAKE_ANSWER
      || operation == WN_ACTION_ROLL_BACK || operation == WN_ACTION_REPLACE);

  if (operation == WN_ACTION_REPLACE)
    wn_token_bucket_take (&self->replacements, now);
  if (end_operation (self, now)) {
    if (operation == WN_ACTION_TAKE_ANSWER)
      answer_taken (self, now);
    else if (self->colliding_offer)
      take_offer (self, g_steal_pointer (&self->colliding_offer), now);
    else if (self->remote_offer && !self->is_held)
      answer_offer (self);
  }
  wn_negotiation_advance (self, now);
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
      wn_negotiation_restart_now (self, detail, now);
    } else {
      if (operation == WN_ACTION_ANSWER) {
        wn_history_refuse (&self->history, self->remote_offer);
        decline_offer (self);
      } else {
        self->is_answer_refused = TRUE;
      }
      wn_negotiation_reject_message (self, detail);
    }
  }
  wn_negotiation_advance (self, now);
}
