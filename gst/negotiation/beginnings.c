/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "beginnings.h"

/* A message of one that was over longer ago is not under way any more. */
#define MAX_FORMER 16

/* @id: of our beginning, which is new */
void
wn_beginnings_begin (WnBeginnings *self, const gchar *id)
{
  wn_beginnings_clear (self);
  self->own = g_strdup (id);
}

void
wn_beginnings_clear (WnBeginnings *self)
{
  g_clear_pointer (&self->own, g_free);
  g_clear_pointer (&self->remote, g_free);
  g_queue_clear_full (&self->former, g_free);
  self->is_whole = FALSE;
  self->was_heard = FALSE;
}

static gboolean
is_former (const WnBeginnings *self, const gchar *id)
{
  return g_queue_find_custom ((GQueue *) &self->former, id,
             (GCompareFunc) g_strcmp0)
      != NULL;
}

/* Somebody new is met at most once: so peers that begin at the same time do not go
 * on to make each other begin again.
 *
 * Returns: what to do, now that @id is the remote peer's beginning */
static WnBeginningVerdict
meet (WnBeginnings *self, const gchar *id)
{
  gboolean is_other = self->remote || self->was_heard;

  if (self->remote)
    g_queue_push_tail (&self->former, self->remote);
  if (self->former.length > MAX_FORMER)
    g_free (g_queue_pop_head (&self->former));
  self->remote = g_strdup (id);
  /* What it says from a restart on is new. */
  self->is_whole = is_other;
  return is_other ? WN_BEGINNING_RENEW : WN_BEGINNING_TAKE;
}

/**
 * wn_beginnings_judge:
 * @id: of the beginning that a message is of
 * @with: (nullable): of ours, which the message is for
 *
 * Returns: what to do about the message
 */
WnBeginningVerdict
wn_beginnings_judge (WnBeginnings *self, const gchar *id, const gchar *with)
{
  if (is_former (self, id))
    return WN_BEGINNING_DROP;
  if (with && g_strcmp0 (with, self->own) != 0)
    return WN_BEGINNING_ASK;
  if (g_strcmp0 (id, self->remote) == 0)
    return WN_BEGINNING_TAKE;
  if (!with && (self->remote || self->was_heard))
    return WN_BEGINNING_ASK;
  return meet (self, id);
}

/**
 * wn_beginnings_hear:
 * @id: of the beginning of who says @beginning
 * @with: (nullable): of ours, which it is said to
 * @has_offer: of FIRST: whether an offer of ours is outstanding, which was made
 *   before; of AGAIN: whether the remote offer that it names was heard
 *
 * Returns: what to do about it
 */
WnBeginningVerdict
wn_beginnings_hear (WnBeginnings *self, WnBeginning beginning, const gchar *id,
    const gchar *with, gboolean has_offer)
{
  gboolean is_known = g_strcmp0 (id, self->remote) == 0;
  WnBeginningVerdict verdict;

  if (beginning != WN_BEGINNING_FIRST && g_strcmp0 (with, self->own) != 0)
    return WN_BEGINNING_DROP;
  verdict = wn_beginnings_judge (self, id, with);
  if (verdict != WN_BEGINNING_TAKE)
    return verdict;

  switch (beginning) {
    case WN_BEGINNING_FIRST:
      /* Nothing is said before that. */
      self->is_whole |= !is_known;
      return !is_known && has_offer ? WN_BEGINNING_ASK : WN_BEGINNING_TAKE;
    case WN_BEGINNING_AGAIN:
      if (self->is_whole || has_offer)
        return WN_BEGINNING_REPLY;
      self->is_whole = TRUE;
      return WN_BEGINNING_RENEW;
    default:
      return WN_BEGINNING_TAKE;
  }
}
