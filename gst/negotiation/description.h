/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  WN_DESCRIPTION_OFFER,
  WN_DESCRIPTION_ANSWER,
} WnDescriptionType;

/* A message that says no session is of the present one. */
#define WN_SESSION_UNKNOWN (-1)

/**
 * WnDescription:
 * @type: an offer or an answer
 * @sdp: the text, which the negotiation only hands on
 * @id: (nullable): "SESSID:VERSION", from the o= line
 * @ufrags: (nullable): the ICE username fragments of its sections, but for those
 *   that are rejected, each once
 * @answered_id: (nullable): of an answer: the @id of the offer that it answers,
 *   if the sender says so
 * @session: the session that it belongs to, or %WN_SESSION_UNKNOWN
 * @read: (nullable): what @sdp was read into, for whoever carries out actions; the
 *   negotiation does not look at it
 *
 * An immutable session description, with what the negotiation has to know of
 * it.
 */
typedef struct
{
  WnDescriptionType type;
  gchar *sdp;
  gchar *id;
  GStrv ufrags;
  gchar *answered_id;
  gint64 session;
  gpointer read;

  /*< private > */
  GDestroyNotify free_read;
  gatomicrefcount refs;
} WnDescription;

WnDescription *wn_description_new (WnDescriptionType type, const gchar *sdp,
    const gchar *id, const gchar *const *ufrags, const gchar *answered_id,
    gint64 session) G_GNUC_WARN_UNUSED_RESULT;
void wn_description_set_read (WnDescription *self, gpointer read,
    GDestroyNotify free_read);
WnDescription *wn_description_ref (WnDescription *self);
void wn_description_unref (WnDescription *self);

gboolean wn_description_has_transport (const WnDescription *self);
gboolean wn_description_has_ufrag (const WnDescription *self,
    const gchar *ufrag);
gboolean wn_description_is_of_same_origin (const WnDescription *self,
    const WnDescription *other);
gboolean wn_description_has_same_ufrags (const WnDescription *self,
    const WnDescription *other);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnDescription, wn_description_unref)

/**
 * WnCandidate:
 * @candidate: the candidate attribute; "" for end-of-candidates
 * @mid: (nullable): the media section that it belongs to, by name
 * @mline: the same by index, or -1
 * @ufrag: (nullable): tells of which description it is
 * @session: the session that it belongs to, or %WN_SESSION_UNKNOWN
 */
typedef struct
{
  gchar *candidate;
  gchar *mid;
  gint mline;
  gchar *ufrag;
  gint64 session;
} WnCandidate;

WnCandidate *wn_candidate_new (const gchar *candidate, const gchar *mid,
    gint mline, const gchar *ufrag, gint64 session) G_GNUC_WARN_UNUSED_RESULT;
void wn_candidate_free (WnCandidate *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnCandidate, wn_candidate_free)

G_END_DECLS
