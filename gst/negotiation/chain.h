/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "description.h"

G_BEGIN_DECLS

/* What came while an operation was under way, by what it is. */
typedef enum
{
  WN_EVENT_DESCRIPTION,
  WN_EVENT_CANDIDATE,
  WN_EVENT_REJECT,
  WN_EVENT_RESTART,
  WN_EVENT_BEGINNING,
  WN_EVENT_LOCAL_CANDIDATE,
} WnEventType;

/**
 * WnEvent:
 * @description: of DESCRIPTION
 * @candidate: of CANDIDATE and LOCAL_CANDIDATE
 * @id: of REJECT: the offer's
 * @session: the one that it belongs to; of BEGINNING: the least that is to be left
 */
typedef struct
{
  WnEventType type;
  WnDescription *description;
  WnCandidate *candidate;
  gchar *id;
  gint64 session;
} WnEvent;

WnEvent *wn_event_new (WnEventType type, gint64 session)
    G_GNUC_WARN_UNUSED_RESULT;
void wn_event_free (WnEvent *self);
gboolean wn_event_is_local (const WnEvent *self);
gboolean wn_event_is_offer (const WnEvent *self);
gboolean wn_event_is_beginning (const WnEvent *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnEvent, wn_event_free)

/**
 * WnChain:
 *
 * The operations chain of webrtc-pc: events that wait for the end of the operation
 * under way, and are handled one after the other.
 */
typedef struct
{
  GQueue events; /* WnEvent, oldest first */
} WnChain;

gboolean wn_chain_is_empty (const WnChain *self);
gboolean wn_chain_push (WnChain *self, WnEvent *event, guint max,
    gint64 session, gboolean is_idle);
void wn_chain_put_back (WnChain *self, WnEvent *event);
WnEvent *wn_chain_pop (WnChain *self) G_GNUC_WARN_UNUSED_RESULT;
void wn_chain_forget_local (WnChain *self);
void wn_chain_clear (WnChain *self);

G_END_DECLS
