/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "need.h"

/* The remote peer is gone. */
void
wn_need_clear (WnNeed *self)
{
  gboolean was_changed = self->was_changed;

  *self = (WnNeed) { .was_changed = was_changed };
}

/* Something changed that may have to be negotiated. */
void
wn_need_change (WnNeed *self)
{
  self->is_due = TRUE;
  self->was_changed = TRUE;
  self->was_declined = FALSE;
}

/* The connection says that negotiation is needed, which is not to be believed. */
void
wn_need_hint (WnNeed *self)
{
  self->is_due = TRUE;
  self->was_hinted = TRUE;
}

/* An offer is to be made, needed or not. */
void
wn_need_ask (WnNeed *self)
{
  self->was_asked = TRUE;
  wn_need_change (self);
}

/* A negotiation ended, one way or the other: it may have left something to do. */
void
wn_need_look_again (WnNeed *self)
{
  self->is_due = TRUE;
}

/* A new session begins: what was declined in the former one may be offered. */
void
wn_need_renew (WnNeed *self)
{
  self->is_due = TRUE;
  self->was_declined = FALSE;
}

/* It is found out now.
 *
 * Returns: whether an offer is to be made in any case */
gboolean
wn_need_look (WnNeed *self)
{
  self->is_due = FALSE;
  return self->was_asked;
}

/* It was found out. */
WnNeedVerdict
wn_need_judge (WnNeed *self, gboolean is_needed)
{
  gboolean was_hinted = self->was_hinted;

  self->was_hinted = FALSE;
  self->was_asked = FALSE;
  if (is_needed && self->was_declined)
    return WN_NEED_DECLINED;
  if (is_needed) {
    self->was_changed = FALSE;
    return WN_NEED_OFFER;
  }
  return was_hinted ? WN_NEED_SUPPRESSED : WN_NEED_NOTHING;
}

/* The remote peer has declined our offer.  If nothing has changed since it was made,
 * none is made, not even to find that it is suppressed. */
void
wn_need_decline (WnNeed *self)
{
  self->was_declined = !self->was_changed;
  self->is_due = self->was_changed;
}
