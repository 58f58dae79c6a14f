/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Our ICE credentials, where they are not those that webrtcbin began with.
 *
 * ICE restarts that the remote peer offers (RFC 8839, 4.4.3) are answered with new
 * credentials, and with all candidates once more.  webrtcbin has neither: it answers
 * with the credentials that it began with, and gathers once.
 *
 * The other way round, where the remote peer begins a new transport without an ICE
 * restart, a fresh webrtcbin has to go on with the credentials of the former one. */

#pragma once

#include <gst/gst.h>
#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

typedef struct
{
  gchar *ufrag;
  gchar *pwd;
} WnIceCredentials;

/**
 * WnIceRestart:
 * @is_restarted: whether webrtcbin's credentials are not those in force
 * @credentials: webrtcbin's ufrag => those that are in force since the last restart
 * @handed_over: (nullable): those that the next webrtcbin goes on with
 * @inherited: (nullable): the same, of this webrtcbin, as long as it made no description
 * @candidates: (element-type WnIceCandidate): all that were gathered so far
 * @is_holding: whether webrtcbin is not to check yet
 * @held: (element-type WnIceCandidate): remote ones that webrtcbin is to get then
 *
 * Of one webrtcbin.
 */
typedef struct
{
  gboolean is_restarted;
  GHashTable *credentials;
  WnIceCredentials *handed_over;
  WnIceCredentials *inherited;
  GPtrArray *candidates;
  gboolean is_holding;
  GPtrArray *held;
} WnIceRestart;

/**
 * WnIceCandidate:
 * @text: "" is the end of candidates
 * @mline: webrtcbin's
 */
typedef struct
{
  gchar *text;
  guint mline;
} WnIceCandidate;

void wn_ice_restart_init (WnIceRestart *self);
void wn_ice_restart_forget (WnIceRestart *self);
void wn_ice_restart_clear (WnIceRestart *self);

gboolean wn_ice_restart_is_offered (const GstSDPMessage *former,
    const GstSDPMessage *offer);
gboolean wn_ice_restart_begin (WnIceRestart *self, GstElement *webrtcbin);
void wn_ice_restart_hand_over (WnIceRestart *self, const GstSDPMessage *local,
    const GstSDPMessage *former, const GstSDPMessage *offer);
void wn_ice_restart_inherit (WnIceRestart *self, const GstSDPMessage *local,
    const GstSDPMessage *former, const GstSDPMessage *offer);
void wn_ice_restart_begin_anew (WnIceRestart *self);
void wn_ice_restart_apply (WnIceRestart *self, GstSDPMessage *sdp);
void wn_ice_restart_remember (WnIceRestart *self, const gchar *text,
    guint mline);
void wn_ice_restart_hold (WnIceRestart *self, const GstSDPMessage *offer);
gboolean wn_ice_restart_keep (WnIceRestart *self, const gchar *text,
    guint mline);
GPtrArray *wn_ice_restart_release (WnIceRestart *self)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
