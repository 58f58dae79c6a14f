/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "negotiation-private.h"

WnAction *
wn_negotiation_push_action (WnNegotiation *self, WnActionType type)
{
  WnAction *action = g_new0 (WnAction, 1);

  action->type = type;
  action->session = self->session.value;
  g_queue_push_tail (&self->actions, action);
  return action;
}

WnAction *
wn_negotiation_report (WnNegotiation *self, WnReport report,
    const gchar *detail)
{
  WnAction *action = wn_negotiation_push_action (self, WN_ACTION_REPORT);

  action->report = report;
  action->state = wn_negotiation_get_signaling_state (self);
  action->detail = g_strdup (detail);
  return action;
}

void
wn_negotiation_push_beginning (WnNegotiation *self, WnBeginning beginning,
    const gchar *with)
{
  WnAction *action =
      wn_negotiation_push_action (self, WN_ACTION_SEND_BEGINNING);

  action->beginning = beginning;
  action->id = g_strdup (with);
  if (beginning == WN_BEGINNING_AGAIN && self->local_offer)
    action->offer_id = g_strdup (self->local_offer->id);
}

WnAction *
wn_negotiation_start_operation (WnNegotiation *self, WnActionType type)
{
  g_assert (self->operation == WN_ACTION_NONE);
  self->operation = type;
  return wn_negotiation_push_action (self, type);
}

/* Tells of a change of state before telling what it came with. */
void
wn_negotiation_report_state (WnNegotiation *self)
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
  wn_negotiation_report (self, WN_REPORT_STATE_CHANGED, NULL);
}

void
wn_negotiation_reject_message (WnNegotiation *self, const gchar *detail)
{
  self->stats.messages_rejected++;
  wn_negotiation_report (self, WN_REPORT_MESSAGE_REJECTED, detail);
}

void
wn_negotiation_drop_stale_answer (WnNegotiation *self, const gchar *detail)
{
  self->stats.stale_answers++;
  wn_negotiation_report (self, WN_REPORT_STALE_ANSWER, detail);
}

static void
free_action (WnAction *action)
{
  wn_action_clear (action);
  g_free (action);
}

/* Only reports stay: what has happened is told, what was to be done is not done. */
void
wn_negotiation_forget_actions (WnNegotiation *self)
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

/* Nor is anything to be told. */
void
wn_negotiation_clear_actions (WnNegotiation *self)
{
  g_queue_clear_full (&self->actions, (GDestroyNotify) free_action);
}
