/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "beginnings.h"
#include "description.h"

G_BEGIN_DECLS

/**
 * WnActionType:
 * @WN_ACTION_NONE: nothing is to be done now
 * @WN_ACTION_CHECK: (operation) find out whether negotiation is needed, by the
 *   W3C's algorithm; ends with wn_negotiation_checked().  If @forced, it is as
 *   soon as there is anything to negotiate
 * @WN_ACTION_OFFER: (operation) create an offer, and if @commit set it as the
 *   local description; ends with wn_negotiation_offered()
 * @WN_ACTION_TAKE_ANSWER: (operation) set @description, an answer, as the remote
 *   description; if @commit, set the offer that was created last as the local
 *   description before.  Ends with wn_negotiation_done()
 * @WN_ACTION_ANSWER: (operation) set @description, an offer, as the remote
 *   description, create an answer and set it locally; ends with
 *   wn_negotiation_answered()
 * @WN_ACTION_ROLL_BACK: (operation) forget the offer that was created and not
 *   committed; ends with wn_negotiation_done()
 * @WN_ACTION_REPLACE: (operation) replace the connection by a fresh one, with the
 *   same streams and channels, and the media sections that @layout says; ends with
 *   wn_negotiation_done()
 * @WN_ACTION_ADD_CANDIDATE: add @candidate to the connection
 * @WN_ACTION_SEND_DESCRIPTION: send @description to the remote peer
 * @WN_ACTION_SEND_CANDIDATE: send @candidate to the remote peer
 * @WN_ACTION_SEND_REJECT: send that the offer @id was declined
 * @WN_ACTION_SEND_RESTART: send that session number @session begins
 * @WN_ACTION_SEND_BEGINNING: send that we begin, as @beginning has it, to who has
 *   begun under the id @id, and that the offer @offer_id is outstanding
 * @WN_ACTION_REPORT: tell the application that @report happened
 *
 * What a negotiation wants done.  An action marked (operation) is under way
 * until its end is reported; there is never more than one, and none is asked for
 * before all that came earlier is carried out.
 */
typedef enum
{
  WN_ACTION_NONE,
  WN_ACTION_CHECK,
  WN_ACTION_OFFER,
  WN_ACTION_TAKE_ANSWER,
  WN_ACTION_ANSWER,
  WN_ACTION_ROLL_BACK,
  WN_ACTION_REPLACE,
  WN_ACTION_ADD_CANDIDATE,
  WN_ACTION_SEND_DESCRIPTION,
  WN_ACTION_SEND_CANDIDATE,
  WN_ACTION_SEND_REJECT,
  WN_ACTION_SEND_RESTART,
  WN_ACTION_SEND_BEGINNING,
  WN_ACTION_REPORT,
} WnActionType;

/**
 * WnReport:
 * @WN_REPORT_OFFER_SENT: an offer was handed over for sending
 * @WN_REPORT_OFFER_RECEIVED: a remote offer is about to be handled; if answering
 *   is manual, it waits for wn_negotiation_accept() or _reject()
 * @WN_REPORT_COLLISION: a remote offer met one of ours
 * @WN_REPORT_OFFER_IGNORED: we are impolite: the colliding offer is ignored
 * @WN_REPORT_ROLLED_BACK: our offer was taken back
 * @WN_REPORT_ANSWER_SENT: an answer was handed over for sending
 * @WN_REPORT_ANSWER_RECEIVED: the answer to our offer was received
 * @WN_REPORT_STALE_ANSWER: an answer to no offer that is outstanding was dropped
 * @WN_REPORT_STABLE: a negotiation ended well
 * @WN_REPORT_OFFER_REJECTED: the remote peer declined our offer
 * @WN_REPORT_SUPPRESSED: no offer was made where one was asked for: nothing needs
 *   to be negotiated, or the remote peer has declined the same before
 * @WN_REPORT_STALLED: it was negotiated some time ago, and the peers are not
 *   connected; @detail says what is missing.  A restart follows
 * @WN_REPORT_RESTARTED: a new session began; @detail says why
 * @WN_REPORT_REPEATED: an offer came a second time, and was dropped
 * @WN_REPORT_MESSAGE_REJECTED: a message was not used; @detail says why
 * @WN_REPORT_STATE_CHANGED: one of the values that wn_negotiation_get_…() tells
 *   may have changed.  Before every report that such a change comes with.
 */
typedef enum
{
  WN_REPORT_OFFER_SENT,
  WN_REPORT_OFFER_RECEIVED,
  WN_REPORT_COLLISION,
  WN_REPORT_OFFER_IGNORED,
  WN_REPORT_ROLLED_BACK,
  WN_REPORT_ANSWER_SENT,
  WN_REPORT_ANSWER_RECEIVED,
  WN_REPORT_STALE_ANSWER,
  WN_REPORT_STABLE,
  WN_REPORT_OFFER_REJECTED,
  WN_REPORT_SUPPRESSED,
  WN_REPORT_STALLED,
  WN_REPORT_RESTARTED,
  WN_REPORT_REPEATED,
  WN_REPORT_MESSAGE_REJECTED,
  WN_REPORT_STATE_CHANGED,
} WnReport;

typedef enum
{
  WN_SIGNALING_STABLE,
  WN_SIGNALING_HAVE_LOCAL_OFFER,
  WN_SIGNALING_HAVE_REMOTE_OFFER,
} WnSignalingState;

/**
 * WnLayout:
 * @WN_LAYOUT_NONE: none: the remote peer's connection is a fresh one, too
 * @WN_LAYOUT_NEGOTIATED: those that were negotiated
 * @WN_LAYOUT_OFFERED: those that we have offered, too: the remote peer may have
 *   answered, and we do not know
 *
 * Which media sections a fresh connection begins with.  Where the remote peer's
 * connection goes on, each description has to have all that it has, in their order
 * (RFC 9429, 5.2.2).
 */
typedef enum
{
  WN_LAYOUT_NONE,
  WN_LAYOUT_NEGOTIATED,
  WN_LAYOUT_OFFERED,
} WnLayout;

/**
 * WnAction:
 * @type: says which of the others mean something
 *
 * Owns what it points to; wn_action_clear() frees it.
 */
typedef struct
{
  WnActionType type;

  gboolean forced;            /* CHECK */
  gboolean commit;            /* OFFER, TAKE_ANSWER */
  WnDescription *description; /* ANSWER, TAKE_ANSWER, SEND_DESCRIPTION; REPORT
                                 * of OFFER_RECEIVED */
  WnCandidate *candidate;     /* ADD_CANDIDATE, SEND_CANDIDATE */
  gchar *id;                  /* SEND_REJECT; SEND_BEGINNING: may be NULL */
  WnBeginning beginning;      /* SEND_BEGINNING */
  gint64 session;             /* SEND_…: the one in use */
  WnLayout layout;            /* REPLACE */
  WnReport report;            /* REPORT */
  WnSignalingState state;     /* REPORT: the state when it happened */
  gchar *offer_id;            /* SEND_BEGINNING; may be NULL */
  gchar *detail;              /* REPORT; may be NULL */
} WnAction;

const gchar *wn_report_get_name (WnReport report);

#define WN_ACTION_INIT                                                         \
  {                                                                            \
    WN_ACTION_NONE                                                             \
  }
void wn_action_clear (WnAction *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WnAction, wn_action_clear)

G_END_DECLS
