/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "candidatefilter.h"

/* An offer that was ignored longer ago is not trickling candidates any more. */
#define MAX_IGNORED 32

void
wn_candidate_filter_clear (WnCandidateFilter *self)
{
  g_queue_clear_full (&self->ignored, g_free);
  g_queue_clear_full (&self->kept, (GDestroyNotify) wn_candidate_free);
  g_clear_pointer (&self->known, g_hash_table_unref);
  self->n_repeated = 0;
}

/* Two candidates are one if nothing tells them apart. */
static gchar *
describe (const WnCandidate *candidate)
{
  return g_strdup_printf ("%d\n%s\n%s\n%s", candidate->mline,
      candidate->mid ? candidate->mid : "",
      candidate->ufrag ? candidate->ufrag : "", candidate->candidate);
}

/* Returns: FALSE if @candidate comes a second time */
gboolean
wn_candidate_filter_know (WnCandidateFilter *self, const WnCandidate *candidate)
{
  if (!self->known)
    self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return g_hash_table_add (self->known, describe (candidate));
}

void
wn_candidate_filter_forget (WnCandidateFilter *self,
    const WnCandidate *candidate)
{
  g_autofree gchar *text = describe (candidate);

  if (self->known)
    g_hash_table_remove (self->known, text);
}

/* Another transport takes candidates from now on: what was added to the former one
 * is not added to it. */
void
wn_candidate_filter_begin_generation (WnCandidateFilter *self)
{
  g_clear_pointer (&self->known, g_hash_table_unref);
  self->n_repeated = 0;
  for (GList *l = self->kept.head; l; l = l->next)
    wn_candidate_filter_know (self, l->data);
}

static gboolean
is_ignored (const WnCandidateFilter *self, const gchar *ufrag)
{
  return g_queue_find_custom ((GQueue *) &self->ignored, ufrag,
             (GCompareFunc) g_strcmp0)
      != NULL;
}

/* Ignores the candidates of @offer from now on. */
void
wn_candidate_filter_ignore (WnCandidateFilter *self, const WnDescription *offer)
{
  for (gchar **ufrag = offer->ufrags; ufrag && *ufrag; ufrag++) {
    if (is_ignored (self, *ufrag))
      continue;
    g_queue_push_tail (&self->ignored, g_strdup (*ufrag));
    if (self->ignored.length > MAX_IGNORED)
      g_free (g_queue_pop_head (&self->ignored));
  }
}

/**
 * wn_candidate_filter_judge:
 * @remote: (nullable): the remote description that is applied
 * @ignoring_offer: whether the last remote offer was ignored
 *
 * An ignored offer may have the username fragment of the description that is
 * applied, as a later offer of one connection has: its candidates are as good as
 * any.  A candidate that does not tell its username fragment is judged as the
 * W3C's example does, by the last offer.
 */
WnVerdict
wn_candidate_filter_judge (const WnCandidateFilter *self,
    const WnCandidate *candidate, const WnDescription *remote,
    gboolean ignoring_offer)
{
  if (!candidate->ufrag || !*candidate->ufrag) {
    if (ignoring_offer)
      return WN_VERDICT_IGNORE;
    return remote ? WN_VERDICT_ADD : WN_VERDICT_KEEP;
  }

  if (remote && wn_description_has_ufrag (remote, candidate->ufrag))
    return WN_VERDICT_ADD;
  return is_ignored (self, candidate->ufrag) ? WN_VERDICT_IGNORE
                                             : WN_VERDICT_KEEP;
}

/**
 * wn_candidate_filter_keep:
 * @candidate: (transfer full):
 *
 * Returns: FALSE if there are too many; then @candidate is freed
 */
gboolean
wn_candidate_filter_keep (WnCandidateFilter *self, WnCandidate *candidate)
{
  if (self->kept.length + self->n_repeated >= WN_CANDIDATE_FILTER_MAX_KEPT) {
    wn_candidate_free (candidate);
    return FALSE;
  }
  if (wn_candidate_filter_know (self, candidate)) {
    g_queue_push_tail (&self->kept, candidate);
  } else {
    self->n_repeated++;
    wn_candidate_free (candidate);
  }
  return TRUE;
}

/**
 * wn_candidate_filter_release:
 * @remote: the remote description that is applied now
 *
 * Returns: (transfer full) (nullable): the oldest kept candidate that @remote
 *   makes usable; %NULL if there is none any more
 */
WnCandidate *
wn_candidate_filter_release (WnCandidateFilter *self,
    const WnDescription *remote)
{
  for (GList *l = self->kept.head; l; l = l->next) {
    WnCandidate *candidate = l->data;

    if (wn_candidate_filter_judge (self, candidate, remote, FALSE)
        == WN_VERDICT_ADD) {
      g_queue_delete_link (&self->kept, l);
      return candidate;
    }
  }
  return NULL;
}
