/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "description.h"

G_BEGIN_DECLS

/* Of candidates that came before their description, that many are kept. */
#define WN_CANDIDATE_FILTER_MAX_KEPT 256

/**
 * WnVerdict:
 * @WN_VERDICT_ADD: it belongs to the remote description that is applied
 * @WN_VERDICT_KEEP: it belongs to one that is still to come
 * @WN_VERDICT_IGNORE: it belongs to an offer that was ignored
 */
typedef enum
{
  WN_VERDICT_ADD,
  WN_VERDICT_KEEP,
  WN_VERDICT_IGNORE,
} WnVerdict;

/**
 * WnCandidateFilter:
 *
 * Tells remote candidates apart by the ICE generation (the username fragment)
 * that they belong to, and keeps the early ones.
 */
typedef struct
{
  /* Username fragments of ignored offers, newest last. */
  GQueue ignored;
  /* WnCandidate, oldest first. */
  GQueue kept;
  guint n_repeated; /* of those: came once more, and are not there twice */
  /* What was added to the connection in this generation, and what is kept; a set of
   * strings, or NULL. */
  GHashTable *known;
} WnCandidateFilter;

void wn_candidate_filter_clear (WnCandidateFilter *self);
void wn_candidate_filter_begin_generation (WnCandidateFilter *self);
gboolean wn_candidate_filter_know (WnCandidateFilter *self,
    const WnCandidate *candidate);
void wn_candidate_filter_forget (WnCandidateFilter *self,
    const WnCandidate *candidate);

void wn_candidate_filter_ignore (WnCandidateFilter *self,
    const WnDescription *offer);
WnVerdict wn_candidate_filter_judge (const WnCandidateFilter *self,
    const WnCandidate *candidate, const WnDescription *remote,
    gboolean ignoring_offer);

gboolean wn_candidate_filter_keep (WnCandidateFilter *self,
    WnCandidate *candidate);
WnCandidate *wn_candidate_filter_release (WnCandidateFilter *self,
    const WnDescription *remote) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
