/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Perfect negotiation, as a value that does no I/O.
 *
 * A WnNegotiation is fed with events (what the application wishes, what the
 * remote peer sends, what became of an operation) and asked for actions:
 *
 *     wn_negotiation_receive_description (negotiation, description, now);
 *     while (wn_negotiation_poll (negotiation, &action)) {
 *       carry it out; report the end of an operation, at once or later
 *       wn_action_clear (&action);
 *     }
 *     arm a timer for wn_negotiation_get_expiry (negotiation);
 *
 * It has no thread, no clock, no lock and no callback: the time is an argument
 * (microseconds of a monotonic clock), and whoever owns the value calls it from
 * one thread.  So two of them can be run against each other through any network
 * that one can think of; tests/sim does.
 *
 * The algorithm is "perfect negotiation" of the W3C's webrtc-pc,
 * https://www.w3.org/TR/webrtc/#perfect-negotiation-example, on top of its
 * operations chain, https://www.w3.org/TR/webrtc/#dfn-operations-chain, and of
 * sessions of our own (docs/protocol.md).
 */

#pragma once

#include "action.h"
#include "role.h"

G_BEGIN_DECLS

/* What is kept for later is bounded: of a remote peer, that many messages that
 * wait for an operation's end; the next one is rejected. */
#define WN_NEGOTIATION_MAX_QUEUED 1024
/* Of one generation of ICE, that many candidates are taken. */
#define WN_NEGOTIATION_MAX_CANDIDATES 512

typedef struct _WnNegotiation WnNegotiation;

/**
 * WnNegotiationStats:
 *
 * Counters since wn_negotiation_new(), over all peers and sessions.
 */
typedef struct
{
  guint64 offers_sent;
  guint64 offers_received;
  guint64 answers_sent;
  guint64 answers_received;
  guint64 collisions; /* seen by the polite and the impolite peer */
  guint64 rollbacks;  /* of our offers, whatever the reason */
  guint64 offers_ignored;
  guint64 candidates_ignored;
  guint64 stale_answers;
  guint64 offers_rejected; /* of ours, by the remote peer */
  guint64 renegotiations_suppressed;
  guint64 restarts; /* sessions after the first */
  guint64 messages_rejected;
  gint64 last_negotiation_us; /* from offer sent to stable; -1: none yet */
  gint64 max_negotiation_us;  /* -1: none yet */
} WnNegotiationStats;

WnNegotiation *wn_negotiation_new (void) G_GNUC_WARN_UNUSED_RESULT;
void wn_negotiation_free (WnNegotiation *self);

/* Settings; they may change at any time. */

void wn_negotiation_set_polite (WnNegotiation *self, gboolean polite);
void wn_negotiation_set_auto_answer (WnNegotiation *self, gboolean automatic);
void wn_negotiation_set_timeout (WnNegotiation *self, gint64 timeout_us);

/* Events. */

void wn_negotiation_begin (WnNegotiation *self, const gchar *id, gint64 now);
void wn_negotiation_end (WnNegotiation *self);

void wn_negotiation_change (WnNegotiation *self, gint64 now);
void wn_negotiation_hint (WnNegotiation *self, gint64 now);
void wn_negotiation_ask (WnNegotiation *self, gint64 now);
void wn_negotiation_restart (WnNegotiation *self, const gchar *reason,
    gint64 now);

void wn_negotiation_accept (WnNegotiation *self, gint64 now);
void wn_negotiation_reject (WnNegotiation *self, gint64 now);

void wn_negotiation_connected (WnNegotiation *self, gint64 now);
void wn_negotiation_local_candidate (WnNegotiation *self,
    WnCandidate *candidate, gint64 now);

void wn_negotiation_receive_description (WnNegotiation *self,
    WnDescription *description, gint64 now);
void wn_negotiation_receive_candidate (WnNegotiation *self,
    WnCandidate *candidate, gint64 now);
void wn_negotiation_receive_reject (WnNegotiation *self, const gchar *id,
    gint64 session, gint64 now);
void wn_negotiation_receive_restart (WnNegotiation *self, gint64 session,
    gint64 now);
void wn_negotiation_receive_beginning (WnNegotiation *self,
    WnBeginning beginning, const gchar *id, const gchar *with, gint64 session,
    const gchar *offer_id, gint64 now);
gboolean wn_negotiation_admit (WnNegotiation *self, const gchar *id,
    const gchar *with, gboolean is_vital, gint64 now) G_GNUC_WARN_UNUSED_RESULT;
void wn_negotiation_candidate_failed (WnNegotiation *self,
    const WnCandidate *candidate, const gchar *detail);
void wn_negotiation_receive_garbage (WnNegotiation *self, const gchar *detail);
void wn_negotiation_receive_bad_offer (WnNegotiation *self, const gchar *id,
    gint64 session, const gchar *detail);

/* The ends of operations. */

/**
 * WnFailure:
 * @WN_FAILURE_REFUSED: the remote description breaks a rule; nothing was touched
 * @WN_FAILURE_BROKEN: it went wrong midway: the connection is of no use any more
 * @WN_FAILURE_OUTDATED: of ANSWER: the offer gives up the transport in use; only a
 *   fresh connection can take it.  Nothing was touched
 */
typedef enum
{
  WN_FAILURE_REFUSED,
  WN_FAILURE_BROKEN,
  WN_FAILURE_OUTDATED,
} WnFailure;

void wn_negotiation_checked (WnNegotiation *self, gboolean needed, gint64 now);
void wn_negotiation_postponed (WnNegotiation *self, gint64 now);
void wn_negotiation_offered (WnNegotiation *self, WnDescription *offer,
    gint64 now);
void wn_negotiation_answered (WnNegotiation *self, WnDescription *answer,
    gint64 now);
void wn_negotiation_done (WnNegotiation *self, gint64 now);
void wn_negotiation_failed (WnNegotiation *self, WnFailure failure,
    const gchar *detail, gint64 now);

/* Actions and time. */

gboolean wn_negotiation_poll (WnNegotiation *self, WnAction *action);
gint64 wn_negotiation_get_expiry (const WnNegotiation *self);
void wn_negotiation_handle_expiry (WnNegotiation *self, gint64 now);

/* The state. */

WnSignalingState wn_negotiation_get_signaling_state (const WnNegotiation *self);
gboolean wn_negotiation_is_polite (const WnNegotiation *self);
gboolean wn_negotiation_is_making_offer (const WnNegotiation *self);
gboolean wn_negotiation_is_ignoring_offer (const WnNegotiation *self);
gboolean wn_negotiation_is_idle (const WnNegotiation *self);
gboolean wn_negotiation_is_negotiated (const WnNegotiation *self);
const gchar *wn_negotiation_get_id (const WnNegotiation *self);
const gchar *wn_negotiation_get_remote_id (const WnNegotiation *self);
gint64 wn_negotiation_get_timeout (const WnNegotiation *self);
gint64 wn_negotiation_get_session (const WnNegotiation *self);
const WnNegotiationStats *wn_negotiation_get_stats (const WnNegotiation *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnNegotiation, wn_negotiation_free)

G_END_DECLS
