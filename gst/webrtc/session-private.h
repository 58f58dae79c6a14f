/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "session.h"

G_BEGIN_DECLS

/* session.c carries out what the negotiation asks for, session-pairing.c decides
 * with whom it negotiates. */

struct _WnSession
{
  GObject parent;

  WnRole role;
  gchar *wanted_id; /* the only peer to pair with, or NULL */
  gchar *own_id;

  WnSignaller *signaller;
  WnNegotiation *negotiation;
  WnPeerConnection *connection;
  GSource *timer;
  /* When to look again whether negotiation is needed; 0: when told to. */
  gint64 check_time;
  gboolean is_polling;

  GPtrArray *peers; /* ids of those in the room, oldest first */
  gchar *remote_id; /* the peer that we are paired with, or NULL */
};

typedef enum
{
  WN_SESSION_EVENT,
  WN_SESSION_REPORT,
  WN_SESSION_CHANGED,
  WN_SESSION_JOINED,
  WN_SESSION_OUTGOING,
  WN_SESSION_LISTENING,
  WN_SESSION_FAILED,
  WN_SESSION_WARNING,
  WN_SESSION_N_SIGNALS
} WnSessionSignal;

GST_DEBUG_CATEGORY_EXTERN (wn_session_debug);

/* session.c */
guint wn_session_get_signal (WnSessionSignal signal);
void wn_session_emit_event (WnSession *self, const gchar *name,
    const gchar *peer, const gchar *detail);
void wn_session_fail (WnSession *self, const GError *error);
void wn_session_warn (WnSession *self, const gchar *name, const GError *error);
void wn_session_poll (WnSession *self);
gboolean wn_session_has (WnSession *self, WnSignallerTraits trait);

/* session-pairing.c */
void wn_session_connect_signaller (WnSession *self);

G_END_DECLS
