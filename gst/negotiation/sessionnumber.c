/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sessionnumber.h"

/**
 * wn_session_number_judge:
 * @event: from the remote peer
 *
 * Of @WN_SESSION_BEGINS, @self becomes the highest number that is to be left.
 */
WnSessionVerdict
wn_session_number_judge (WnSessionNumber *self, const WnEvent *event)
{
  if (event->session == WN_SESSION_UNKNOWN)
    return WN_SESSION_PRESENT;

  self->is_known = TRUE;
  if (wn_event_is_beginning (event)) {
    self->value = MAX (self->value, event->session);
    return WN_SESSION_BEGINS;
  }
  if (event->session == self->value)
    return WN_SESSION_PRESENT;
  if (event->session > self->value)
    return WN_SESSION_NEXT;
  /* Whoever makes offers in a former session does not know the present one. */
  return event->type == WN_EVENT_RESTART || wn_event_is_offer (event)
      ? WN_SESSION_OUTDATED
      : WN_SESSION_OVER;
}
