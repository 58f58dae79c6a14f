/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "chain.h"

/*** Events ***/

WnEvent *
wn_event_new (WnEventType type, gint64 session)
{
  WnEvent *self = g_new0 (WnEvent, 1);

  self->type = type;
  self->session = session;
  return self;
}

void
wn_event_free (WnEvent *self)
{
  g_clear_pointer (&self->description, wn_description_unref);
  wn_candidate_free (self->candidate);
  g_free (self->id);
  g_free (self);
}

/* Whether it is of the connection in use, and not of the remote peer. */
gboolean
wn_event_is_local (const WnEvent *self)
{
  return self->type == WN_EVENT_LOCAL_CANDIDATE;
}

gboolean
wn_event_is_offer (const WnEvent *self)
{
  return self->type == WN_EVENT_DESCRIPTION
      && self->description->type == WN_DESCRIPTION_OFFER;
}

/* Nobody restarts to session 0: the remote peer has only begun, and has not heard what
 * we have said so far, in whatever session. */
gboolean
wn_event_is_beginning (const WnEvent *self)
{
  return self->type == WN_EVENT_BEGINNING
      || (self->type == WN_EVENT_RESTART && self->session == 0);
}

/*** The chain ***/

static void
forget (WnChain *self, GList *link)
{
  wn_event_free (link->data);
  g_queue_delete_link (&self->events, link);
}

gboolean
wn_chain_is_empty (const WnChain *self)
{
  return self->events.length == 0;
}

/* What waits to be handled is moot once the remote peer has begun again; and when
 * it offers again, it has taken back what it offered before. */
static gboolean
is_superseded (const WnEvent *waiting, const WnEvent *event, gint64 session,
    gboolean is_idle)
{
  if (wn_event_is_local (waiting) || wn_event_is_local (event))
    return FALSE;
  if (wn_event_is_beginning (event))
    return TRUE;
  if (wn_event_is_beginning (waiting))
    return FALSE;
  if (event->session > session)
    return waiting->session < event->session;
  return is_idle && wn_event_is_offer (event) && wn_event_is_offer (waiting)
      && waiting->session <= event->session;
}

/**
 * wn_chain_push:
 * @event: (transfer full):
 * @max: so many may wait
 * @session: the present one
 * @is_idle: whether no operation is under way
 *
 * Forgets what @event makes moot, and appends it.
 *
 * Returns: FALSE if there are too many; then @event is freed
 */
gboolean
wn_chain_push (WnChain *self, WnEvent *event, guint max, gint64 session,
    gboolean is_idle)
{
  for (GList *l = self->events.head; l;) {
    GList *next = l->next;

    if (is_superseded (l->data, event, session, is_idle))
      forget (self, l);
    l = next;
  }

  if (self->events.length >= max) {
    wn_event_free (event);
    return FALSE;
  }
  g_queue_push_tail (&self->events, event);
  return TRUE;
}

/* @event: (transfer full): that was popped last, and has to wait once more */
void
wn_chain_put_back (WnChain *self, WnEvent *event)
{
  g_queue_push_head (&self->events, event);
}

/* Returns: (transfer full) (nullable): the oldest one */
WnEvent *
wn_chain_pop (WnChain *self)
{
  return g_queue_pop_head (&self->events);
}

/* The connection in use is replaced. */
void
wn_chain_forget_local (WnChain *self)
{
  for (GList *l = self->events.head; l;) {
    GList *next = l->next;

    if (wn_event_is_local (l->data))
      forget (self, l);
    l = next;
  }
}

void
wn_chain_clear (WnChain *self)
{
  g_queue_clear_full (&self->events, (GDestroyNotify) wn_event_free);
}
