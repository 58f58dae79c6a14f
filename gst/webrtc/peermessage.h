/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Messages between peers, docs/protocol.md, with what they mean to a negotiation:
 * descriptions and candidates that may be. */

#pragma once

#include "negotiation/beginnings.h"
#include "negotiation/description.h"

G_BEGIN_DECLS

/**
 * WnPeerMessageType:
 * @WN_PEER_MESSAGE_DESCRIPTION: an offer or an answer
 * @WN_PEER_MESSAGE_CANDIDATE: an ICE candidate, or the end of them
 * @WN_PEER_MESSAGE_REJECT: an offer was declined
 * @WN_PEER_MESSAGE_RESTART: begin again
 * @WN_PEER_MESSAGE_BEGINNING: the sender has begun with the receiver
 * @WN_PEER_MESSAGE_BYE: the sender leaves
 * @WN_PEER_MESSAGE_BAD_OFFER: an offer that breaks a rule, whatever the state
 */
typedef enum
{
  WN_PEER_MESSAGE_DESCRIPTION,
  WN_PEER_MESSAGE_CANDIDATE,
  WN_PEER_MESSAGE_REJECT,
  WN_PEER_MESSAGE_RESTART,
  WN_PEER_MESSAGE_BEGINNING,
  WN_PEER_MESSAGE_BYE,
  WN_PEER_MESSAGE_BAD_OFFER,
} WnPeerMessageType;

/**
 * WnPeerMessage:
 * @type: says which of the others mean something
 * @description: (nullable): of DESCRIPTION
 * @candidate: (nullable): of CANDIDATE; its text begins with "candidate:", or is
 *   "" for end-of-candidates
 * @offer_id: (nullable): of REJECT, BEGINNING and BAD_OFFER: "SESSID:VERSION" of
 *   the offer
 * @detail: (nullable): of BAD_OFFER: where it breaks which rule
 * @beginning: of BEGINNING
 * @session: the session that it belongs to, or %WN_SESSION_UNKNOWN; of RESTART:
 *   the one that begins; of BEGINNING: the one that the sender has come to
 * @begin: (nullable): the id of the sender's beginning
 * @with: (nullable): the id of the receiver's, as far as the sender knows it
 *
 * Owns what it points to.
 */
typedef struct
{
  WnPeerMessageType type;
  WnDescription *description;
  WnCandidate *candidate;
  gchar *offer_id;
  gchar *detail;
  WnBeginning beginning;
  gint64 session;
  gchar *begin;
  gchar *with;
} WnPeerMessage;

WnPeerMessage *wn_peer_message_parse (const gchar *json, gboolean is_checked,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void wn_peer_message_free (WnPeerMessage *self);

/**
 * WnPeerMessageTag:
 * @session: that the message belongs to, or %WN_SESSION_UNKNOWN
 * @begin: (nullable): the id of our beginning
 * @with: (nullable): the id of the remote peer's
 *
 * What a message has, whatever it says.
 */
typedef struct
{
  gint64 session;
  const gchar *begin;
  const gchar *with;
} WnPeerMessageTag;

gchar *wn_peer_message_new_description (const WnDescription *description,
    const WnPeerMessageTag *tag) G_GNUC_WARN_UNUSED_RESULT;
gchar *wn_peer_message_new_candidate (const WnCandidate *candidate,
    const WnPeerMessageTag *tag) G_GNUC_WARN_UNUSED_RESULT;
gchar *wn_peer_message_new_reject (const gchar *id, const WnPeerMessageTag *tag)
    G_GNUC_WARN_UNUSED_RESULT;
gchar *wn_peer_message_new_restart (const WnPeerMessageTag *tag)
    G_GNUC_WARN_UNUSED_RESULT;
gchar *wn_peer_message_new_beginning (WnBeginning beginning,
    const gchar *offer_id, const WnPeerMessageTag *tag)
    G_GNUC_WARN_UNUSED_RESULT;
gchar *wn_peer_message_new_bye (const WnPeerMessageTag *tag)
    G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnPeerMessage, wn_peer_message_free)

G_END_DECLS
