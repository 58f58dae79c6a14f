/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "negotiation-private.h"

static void
push_candidate (WnNegotiation *self, WnActionType type, WnCandidate *candidate)
{
  wn_negotiation_push_action (self, type)->candidate = candidate;
}

void
wn_negotiation_handle_candidate (WnNegotiation *self, WnCandidate *candidate)
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
        wn_negotiation_reject_message (self, "too many candidates");
      }
      break;
    case WN_VERDICT_KEEP:
      if (!wn_candidate_filter_keep (&self->filter, candidate))
        wn_negotiation_reject_message (self,
            "too many candidates without a description");
      break;
    case WN_VERDICT_IGNORE:
      self->stats.candidates_ignored++;
      wn_candidate_free (candidate);
      break;
  }
}

/**
 * wn_negotiation_candidate_failed:
 * @candidate: of an action, that the connection did not take
 * @detail: why
 *
 * It may come for a section of an offer that was ignored, under the username fragment
 * that is in force: while an offer is ignored, it is ignored, as in the W3C's example.
 */
void
wn_negotiation_candidate_failed (WnNegotiation *self,
    const WnCandidate *candidate, const gchar *detail)
{
  /* The section may be there later. */
  wn_candidate_filter_forget (&self->filter, candidate);
  if (self->ignoring_offer)
    self->stats.candidates_ignored++;
  else
    wn_negotiation_reject_message (self, detail);
}

/* A remote description was applied: what came before it can be added now. */
void
wn_negotiation_release_candidates (WnNegotiation *self)
{
  WnCandidate *candidate;

  while ((candidate =
              wn_candidate_filter_release (&self->filter, self->remote))) {
    self->n_candidates++;
    push_candidate (self, WN_ACTION_ADD_CANDIDATE, candidate);
  }
}

static WnCandidate *
copy_candidate (const WnCandidate *candidate)
{
  return wn_candidate_new (candidate->candidate, candidate->mid,
      candidate->mline, candidate->ufrag, candidate->session);
}

void
wn_negotiation_send_candidate (WnNegotiation *self,
    const WnCandidate *candidate)
{
  push_candidate (self, WN_ACTION_SEND_CANDIDATE, copy_candidate (candidate));
  if (self->local_candidates.length < WN_NEGOTIATION_MAX_CANDIDATES)
    g_queue_push_tail (&self->local_candidates, copy_candidate (candidate));
}

/* The remote peer has heard our offer, but began after that was made: what came
 * between the two it may not have heard.  What it has, it knows. */
void
wn_negotiation_send_candidates_again (WnNegotiation *self)
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
  WnEvent *event = wn_event_new (WN_EVENT_LOCAL_CANDIDATE, self->session.value);

  event->candidate = candidate;
  wn_negotiation_push_event (self, event, now);
}

/* @candidate: (transfer full): */
void
wn_negotiation_receive_candidate (WnNegotiation *self, WnCandidate *candidate,
    gint64 now)
{
  WnEvent *event = wn_event_new (WN_EVENT_CANDIDATE, candidate->session);

  event->candidate = candidate;
  wn_negotiation_push_event (self, event, now);
}

/* Returns: what is missing where the peers do not connect */
const gchar *
wn_negotiation_explain_stall (const WnNegotiation *self)
{
  if (!self->n_candidates)
    return has_local_candidate (self)
        ? "no candidate of the remote peer has come"
        : "neither peer has found a candidate";
  return has_local_candidate (self) ? "the peers do not reach each other"
                                    : "no candidate was found on this side";
}
