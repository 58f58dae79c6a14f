/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WnNeed:
 * @is_due: whether negotiation is needed has to be found out, when the state allows
 * @was_hinted: …because the connection said so
 * @was_asked: …and an offer is to be made in any case
 * @was_changed: something has changed since our last offer began to be made
 * @was_declined: the remote peer has declined our last offer, and nothing has
 *   changed since
 *
 * Whether negotiation is needed: the negotiation-needed flag of webrtc-pc, with what
 * it follows from.
 * https://www.w3.org/TR/webrtc/#dfn-update-the-negotiation-needed-flag
 */
typedef struct
{
  gboolean is_due;
  gboolean was_hinted;
  gboolean was_asked;
  gboolean was_changed;
  gboolean was_declined;
} WnNeed;

/**
 * WnNeedVerdict:
 * @WN_NEED_NOTHING: nothing is to be done, nor was an offer expected
 * @WN_NEED_OFFER: an offer is to be made
 * @WN_NEED_SUPPRESSED: an offer was expected, and there is nothing to negotiate
 * @WN_NEED_DECLINED: …or what there is was declined before
 */
typedef enum
{
  WN_NEED_NOTHING,
  WN_NEED_OFFER,
  WN_NEED_SUPPRESSED,
  WN_NEED_DECLINED,
} WnNeedVerdict;

void wn_need_clear (WnNeed *self);
void wn_need_change (WnNeed *self);
void wn_need_hint (WnNeed *self);
void wn_need_ask (WnNeed *self);
void wn_need_look_again (WnNeed *self);
void wn_need_renew (WnNeed *self);
gboolean wn_need_look (WnNeed *self);
WnNeedVerdict wn_need_judge (WnNeed *self, gboolean is_needed);
void wn_need_decline (WnNeed *self);

G_END_DECLS
