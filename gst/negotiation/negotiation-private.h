/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "candidatefilter.h"
#include "chain.h"
#include "history.h"
#include "need.h"
#include "negotiation.h"
#include "pacing.h"
#include "sessionnumber.h"

G_BEGIN_DECLS

/* negotiation.c has the rules of offer and answer, and what follows from the ends of
 * operations; negotiation-candidates.c those of candidates; negotiation-sessions.c
 * how a call is begun again; negotiation-actions.c what is to be done about it, and
 * to be told; negotiation-life.c the begin and the end, the clock and the state. */

struct _WnNegotiation
{
  gboolean polite;
  gboolean auto_answer;
  WnOfferTimeout timeout;

  /* Whether there is a remote peer; all below is of it. */
  gboolean active;
  WnSessionNumber session;
  WnBeginnings beginnings;
  gboolean has_asked; /* whether it has heard what we said, without an answer */
  WnHistory history;

  /* The facts of webrtc-pc.  Its signaling state follows from these: a local
   * offer is outstanding, or a remote one is being answered, or neither.  Without a
   * remote description nothing was negotiated with the connection in use. */
  WnDescription *local_offer;
  WnDescription *remote_offer;
  WnDescription *local;  /* the one applied last */
  WnDescription *remote; /* likewise */
  gboolean ignoring_offer;

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

  WnNeed need;
  gint64 offer_time; /* when local_offer was sent */
  gint64 start_time; /* of the negotiation under way; 0: none */

  WnStall stall;
  WnBackoff restarts;
  WnTokenBucket replacements;

  WnCandidateFilter filter;
  guint n_candidates; /* added since the last new generation */
  /* WnCandidate, of the connection in use: what was sent */
  GQueue local_candidates;

  WnChain chain;
  WnActionType operation; /* under way, or NONE */
  GQueue actions;         /* WnAction, to be polled */

  /* What STATE_CHANGED was last reported of. */
  WnSignalingState reported_state;
  gboolean reported_making_offer;
  gboolean reported_ignoring_offer;

  WnNegotiationStats stats;
};

/* negotiation.c */
gboolean wn_negotiation_may_check (const WnNegotiation *self);
void wn_negotiation_advance (WnNegotiation *self, gint64 now);
void wn_negotiation_push_event (WnNegotiation *self, WnEvent *event,
    gint64 now);

/* negotiation-candidates.c */
void wn_negotiation_handle_candidate (WnNegotiation *self,
    WnCandidate *candidate);
void wn_negotiation_send_candidate (WnNegotiation *self,
    const WnCandidate *candidate);
void wn_negotiation_send_candidates_again (WnNegotiation *self);
void wn_negotiation_release_candidates (WnNegotiation *self);
const gchar *wn_negotiation_explain_stall (const WnNegotiation *self);

/* negotiation-sessions.c */
void wn_negotiation_replace (WnNegotiation *self, WnLayout layout);
void wn_negotiation_forget (WnNegotiation *self);
void wn_negotiation_restart_now (WnNegotiation *self, const gchar *reason,
    gint64 now);
gboolean wn_negotiation_enter_session (WnNegotiation *self, WnEvent *event,
    gint64 now);

/* negotiation-actions.c */
WnAction *wn_negotiation_push_action (WnNegotiation *self, WnActionType type);
WnAction *wn_negotiation_report (WnNegotiation *self, WnReport report,
    const gchar *detail);
void wn_negotiation_push_beginning (WnNegotiation *self, WnBeginning beginning,
    const gchar *with);
WnAction *wn_negotiation_start_operation (WnNegotiation *self,
    WnActionType type);
void wn_negotiation_report_state (WnNegotiation *self);
void wn_negotiation_reject_message (WnNegotiation *self, const gchar *detail);
void wn_negotiation_drop_stale_answer (WnNegotiation *self,
    const gchar *detail);
void wn_negotiation_forget_actions (WnNegotiation *self);
void wn_negotiation_clear_actions (WnNegotiation *self);

G_END_DECLS
