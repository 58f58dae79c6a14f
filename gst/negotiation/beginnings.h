/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WnBeginning:
 * @WN_BEGINNING_FIRST: the sender begins, and does not know the receiver as yet
 * @WN_BEGINNING_AGAIN: the sender knows the receiver now; it has begun before, and
 *   wants to know whether the receiver has heard what it said, or the offer that it
 *   names
 * @WN_BEGINNING_HEARD: yes
 *
 * How a peer says that it begins, whatever it wants.
 */
typedef enum
{
  WN_BEGINNING_FIRST,
  WN_BEGINNING_AGAIN,
  WN_BEGINNING_HEARD,
} WnBeginning;

/**
 * WnBeginnings:
 *
 * Each time that a peer begins with another one, it does so under a new id.  All
 * that it says has that id, and the other one's, once it is known: so what is of
 * somebody who is gone, or for somebody who is gone, is told from what somebody new
 * says, however late it comes, or how often.
 *
 * Somebody new is believed in when it has shown that it knows of our beginning.
 */
typedef struct
{
  gchar *own;
  gchar *remote;      /* NULL: not known yet */
  gboolean is_whole;  /* …and all that it said since was heard */
  gboolean was_heard; /* it, or something that does not say of which it is */
  GQueue former;      /* of the remote peer's, those that are over */
} WnBeginnings;

/**
 * WnBeginningVerdict:
 * @WN_BEGINNING_TAKE: go on; what was said is for us
 * @WN_BEGINNING_DROP: what was said is of somebody or for somebody who is gone
 * @WN_BEGINNING_ASK: likewise, perhaps: say @WN_BEGINNING_AGAIN to who said it
 * @WN_BEGINNING_REPLY: say @WN_BEGINNING_HEARD
 * @WN_BEGINNING_RENEW: somebody new is there: begin again, then go on
 */
typedef enum
{
  WN_BEGINNING_TAKE,
  WN_BEGINNING_DROP,
  WN_BEGINNING_ASK,
  WN_BEGINNING_REPLY,
  WN_BEGINNING_RENEW,
} WnBeginningVerdict;

void wn_beginnings_begin (WnBeginnings *self, const gchar *id);
void wn_beginnings_clear (WnBeginnings *self);
WnBeginningVerdict wn_beginnings_hear (WnBeginnings *self,
    WnBeginning beginning, const gchar *id, const gchar *with,
    gboolean has_offer);
WnBeginningVerdict wn_beginnings_judge (WnBeginnings *self, const gchar *id,
    const gchar *with);

G_END_DECLS
