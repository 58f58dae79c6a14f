/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* ICE restarts that the remote peer offers (RFC 8839, 4.4.3): they are answered with
 * new credentials, and with all candidates once more.  webrtcbin has neither: it
 * answers with the credentials that it began with, and gathers once. */

#pragma once

#include <gst/gst.h>
#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

/**
 * WnIceRestart:
 * @is_restarted: whether there was a restart
 * @credentials: webrtcbin's ufrag => those that are in force since the last restart
 * @candidates: (element-type WnLocalCandidate): all that were gathered so far
 *
 * Of one webrtcbin.
 */
typedef struct
{
  gboolean is_restarted;
  GHashTable *credentials;
  GPtrArray *candidates;
} WnIceRestart;

/**
 * WnLocalCandidate:
 * @text: "" is the end of candidates
 */
typedef struct
{
  gchar *text;
  guint mline;
} WnLocalCandidate;

void wn_ice_restart_init (WnIceRestart *self);
void wn_ice_restart_forget (WnIceRestart *self);
void wn_ice_restart_clear (WnIceRestart *self);

gboolean wn_ice_restart_is_offered (const GstSDPMessage *former,
    const GstSDPMessage *offer);
gboolean wn_ice_restart_begin (WnIceRestart *self, GstElement *webrtcbin);
void wn_ice_restart_apply (WnIceRestart *self, GstSDPMessage *sdp);
void wn_ice_restart_remember (WnIceRestart *self, const gchar *text,
    guint mline);

G_END_DECLS
