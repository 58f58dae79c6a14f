/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "chain.h"

G_BEGIN_DECLS

/**
 * WnSessionNumber:
 * @value: of the present session
 * @is_known: whether the remote peer has shown that it knows of sessions
 *
 * Sessions of a call are counted from 0.  Each begins with fresh connections, and
 * what is said in it has its number: so what is of a former one is told apart.  The
 * higher number wins; docs/protocol.md has the rules.
 */
typedef struct
{
  gint64 value;
  gboolean is_known;
} WnSessionNumber;

/**
 * WnSessionVerdict:
 * @WN_SESSION_PRESENT: it is of the present session
 * @WN_SESSION_NEXT: it is of a later one, which begins with it
 * @WN_SESSION_BEGINS: the remote peer begins: a session follows that is new to both
 * @WN_SESSION_OUTDATED: it is of a former one, and whoever sent it does not know the
 *   present one
 * @WN_SESSION_OVER: it is of a former one; nothing follows from it
 */
typedef enum
{
  WN_SESSION_PRESENT,
  WN_SESSION_NEXT,
  WN_SESSION_BEGINS,
  WN_SESSION_OUTDATED,
  WN_SESSION_OVER,
} WnSessionVerdict;

WnSessionVerdict wn_session_number_judge (WnSessionNumber *self,
    const WnEvent *event);

G_END_DECLS
