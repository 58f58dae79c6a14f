/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Messages between peers, docs/protocol.md, from JSON and to JSON.  What the
 * descriptions and candidates in them say is not looked at. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WN_ENVELOPE_MAX_SIZE (256 * 1024)
#define WN_ENVELOPE_MAX_DEPTH 16
/* What JavaScript counts exactly. */
#define WN_ENVELOPE_MAX_SESSION ((G_GINT64_CONSTANT (1) << 53) - 1)
/* Of media sections' indices. */
#define WN_ENVELOPE_MAX_MLINE 127
/* A number that is not there. */
#define WN_ENVELOPE_NONE (-1)

/**
 * WnEnvelopeType:
 * @WN_ENVELOPE_DESCRIPTION: an offer or an answer
 * @WN_ENVELOPE_CANDIDATE: an ICE candidate, or the end of them
 * @WN_ENVELOPE_REJECT: an offer was declined
 * @WN_ENVELOPE_RESTART: begin again, or: the sender begins
 * @WN_ENVELOPE_BYE: the sender leaves
 */
typedef enum
{
  WN_ENVELOPE_DESCRIPTION,
  WN_ENVELOPE_CANDIDATE,
  WN_ENVELOPE_REJECT,
  WN_ENVELOPE_RESTART,
  WN_ENVELOPE_BYE,
} WnEnvelopeType;

/**
 * WnEnvelope:
 * @type: says which of the others mean something
 * @is_answer: of DESCRIPTION: an answer, and no offer
 * @sdp: of DESCRIPTION
 * @candidate: of CANDIDATE: as it came; "" for the end of them
 * @mid: (nullable): of CANDIDATE; not empty
 * @mline: of CANDIDATE, or %WN_ENVELOPE_NONE
 * @ufrag: (nullable): of CANDIDATE; not empty
 * @offer: (nullable): of REJECT: the offer, SESSID:VERSION; of an answer: the one
 *   that it answers; of RESTART: the one that is outstanding
 * @begins: of RESTART: the session that begins
 * @again: of RESTART: the session that the sender has come to, when it asks; or
 *   %WN_ENVELOPE_NONE
 * @session: that it belongs to, or %WN_ENVELOPE_NONE
 * @begin: (nullable): the id of the sender's beginning
 * @with: (nullable): the id of the receiver's, as far as the sender knows it
 *
 * The strings belong to it when it was read, and to the caller when it is to be
 * written.
 */
typedef struct
{
  WnEnvelopeType type;
  gboolean is_answer;
  gchar *sdp;
  gchar *candidate;
  gchar *mid;
  gint64 mline;
  gchar *ufrag;
  gchar *offer;
  gint64 begins;
  gint64 again;
  gint64 session;
  gchar *begin;
  gchar *with;
} WnEnvelope;

/**
 * WnEnvelopeError:
 * @WN_ENVELOPE_ERROR_LIMIT: it is too large or too deep
 * @WN_ENVELOPE_ERROR_JSON: it is not JSON
 * @WN_ENVELOPE_ERROR_FORM: it is not a message between peers
 */
typedef enum
{
  WN_ENVELOPE_ERROR_LIMIT,
  WN_ENVELOPE_ERROR_JSON,
  WN_ENVELOPE_ERROR_FORM,
} WnEnvelopeError;

#define WN_ENVELOPE_ERROR (wn_envelope_error_quark ())
GQuark wn_envelope_error_quark (void);

WnEnvelope *wn_envelope_read (const gchar *json, gboolean is_checked,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void wn_envelope_free (WnEnvelope *self);

gchar *wn_envelope_write (const WnEnvelope *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnEnvelope, wn_envelope_free)

G_END_DECLS
