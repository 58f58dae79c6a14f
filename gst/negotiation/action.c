/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "action.h"

/**
 * wn_report_get_name:
 *
 * Returns: the name of @report as applications see it, such as "offer-sent"
 */
const gchar *
wn_report_get_name (WnReport report)
{
  static const gchar *const names[] = {
    [WN_REPORT_OFFER_SENT] = "offer-sent",
    [WN_REPORT_OFFER_RECEIVED] = "offer-received",
    [WN_REPORT_COLLISION] = "collision",
    [WN_REPORT_OFFER_IGNORED] = "offer-ignored",
    [WN_REPORT_ROLLED_BACK] = "rolled-back",
    [WN_REPORT_ANSWER_SENT] = "answer-sent",
    [WN_REPORT_ANSWER_RECEIVED] = "answer-received",
    [WN_REPORT_STALE_ANSWER] = "stale-answer",
    [WN_REPORT_STABLE] = "stable",
    [WN_REPORT_OFFER_REJECTED] = "offer-rejected",
    [WN_REPORT_SUPPRESSED] = "suppressed",
    [WN_REPORT_STALLED] = "stalled",
    [WN_REPORT_RESTARTED] = "restarted",
    [WN_REPORT_REPEATED] = "repeated",
    [WN_REPORT_MESSAGE_REJECTED] = "message-rejected",
    [WN_REPORT_STATE_CHANGED] = "state-changed",
  };

  return names[report];
}

void
wn_action_clear (WnAction *self)
{
  g_clear_pointer (&self->description, wn_description_unref);
  g_clear_pointer (&self->candidate, wn_candidate_free);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->offer_id, g_free);
  g_clear_pointer (&self->detail, g_free);
  self->type = WN_ACTION_NONE;
}
