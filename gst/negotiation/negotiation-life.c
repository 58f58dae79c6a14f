/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "negotiation-private.h"

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
  wn_negotiation_clear_actions (self);
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

/* @timeout_us: after which an unanswered offer counts as lost; 0: never */
void
wn_negotiation_set_timeout (WnNegotiation *self, gint64 timeout_us)
{
  wn_offer_timeout_set (&self->timeout, timeout_us);
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
  wn_need_look_again (&self->need);
  wn_beginnings_begin (&self->beginnings, id);
  wn_negotiation_push_beginning (self, WN_BEGINNING_FIRST, NULL);
  wn_negotiation_replace (self, WN_LAYOUT_NONE);
  wn_negotiation_advance (self, now);
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
  self->session = (WnSessionNumber) { 0 };
  self->has_asked = FALSE;
  wn_backoff_reset (&self->restarts);
  wn_offer_timeout_reset (&self->timeout);
  wn_beginnings_clear (&self->beginnings);
  wn_history_clear (&self->history);
  wn_stall_clear (&self->stall);
  wn_need_clear (&self->need);
  wn_negotiation_forget (self);
  g_clear_pointer (&self->remote_origin, wn_description_unref);
  g_queue_clear_full (&self->local_candidates,
      (GDestroyNotify) wn_candidate_free);
  wn_chain_clear (&self->chain);
  wn_negotiation_forget_actions (self);
  wn_negotiation_report_state (self);
}

/* The peers are connected: the session is a success, and what it took to get there
 * is forgiven. */
void
wn_negotiation_connected (WnNegotiation *self, gint64 now)
{
  self->stall.is_connected = TRUE;
  self->timeout.has_expired = FALSE;
  wn_backoff_reset (&self->restarts);
  wn_token_bucket_fill (&self->replacements);
  wn_negotiation_advance (self, now);
}

/*** Time ***/

/* Our offer is unanswered: when it counts as lost. */
static gint64
get_offer_expiry (const WnNegotiation *self)
{
  if (!self->local_offer || self->remote_answer)
    return WN_NEVER;
  return wn_offer_timeout_get_expiry (&self->timeout, self->offer_time);
}

static void
handle_stall (WnNegotiation *self, gint64 now)
{
  if (self->stall.is_reported) {
    wn_negotiation_restart (self, "the connection did not come up", now);
  } else {
    self->stall.is_reported = TRUE;
    wn_negotiation_report (self, WN_REPORT_STALLED,
        wn_negotiation_explain_stall (self));
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
    return WN_NEVER;
  expiry = MIN (get_offer_expiry (self),
      wn_stall_get_expiry (&self->stall, &self->timeout, &self->restarts));
  if (self->operation != WN_ACTION_NONE)
    return expiry;
  if (!wn_chain_is_empty (&self->chain))
    expiry = MIN (expiry, wn_token_bucket_get_expiry (&self->replacements));
  else if (wn_negotiation_may_check (self))
    expiry = MIN (expiry, self->restarts.expiry);
  return expiry;
}

/* It does no harm to call it early. */
void
wn_negotiation_handle_expiry (WnNegotiation *self, gint64 now)
{
  if (now >= get_offer_expiry (self)) {
    self->timeout.has_expired = TRUE;
    wn_negotiation_restart (self, "an offer was not answered in time", now);
  } else if (now
      >= wn_stall_get_expiry (&self->stall, &self->timeout, &self->restarts)) {
    handle_stall (self, now);
  }
  wn_negotiation_advance (self, now);
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
  return self->operation == WN_ACTION_NONE && wn_chain_is_empty (&self->chain)
      && self->actions.length == 0 && !self->local_offer && !self->remote_offer;
}

gboolean
wn_negotiation_is_negotiated (const WnNegotiation *self)
{
  return self->remote != NULL;
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
  return wn_offer_timeout_get (&self->timeout);
}

gint64
wn_negotiation_get_session (const WnNegotiation *self)
{
  return self->session.value;
}

const WnNegotiationStats *
wn_negotiation_get_stats (const WnNegotiation *self)
{
  return &self->stats;
}
