/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "webrtc/channel/channels.h"
#include "bandwidth.h"
#include "dtlswatch.h"
#include "earlymedia.h"
#include "feedback.h"
#include "icerestart.h"
#include "peercertificate.h"
#include "peerconnection.h"
#include "placement.h"
#include "repair.h"
#include "sdp/sdprewrite.h"

G_BEGIN_DECLS

/* peerconnection.c carries out what the negotiation asks for;
 * peerconnection-streams.c knows what there is to send;
 * peerconnection-webrtcbin.c makes webrtcbins, ends them and calls them;
 * peerconnection-notices.c is what comes from their threads. */

typedef GstWebRTCSessionDescription Description;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Description,
    gst_webrtc_session_description_free);

struct _WnPeerConnection
{
  GObject parent;

  GstBin *bin; /* where webrtcbins are put in; not owned */
  GMainContext *context;
  GstStructure *settings; /* properties of webrtcbins */

  GstElement *webrtcbin;     /* in use, or NULL */
  WnEarlyMedia *early_media; /* of that webrtcbin */
  WnRepair *repair;          /* of the same, or NULL: do-nack is off */
  WnFeedback *feedback;      /* of the same */
  WnRtcStats *rtc_stats;     /* of the same */
  WnBandwidth *bandwidth;    /* of the path to the remote peer */
  WnSections sections;
  GPtrArray *streams; /* WnStream */
  WnChannels channels;
  WnIceRestart ice;   /* the remote peer's restarts */
  GObject *agent;     /* whose first check is waited for, or NULL */
  gulong first_check; /* handler of the same */
  GSource *hold_end;  /* when that is over anyway */
  gchar *fingerprint; /* of a certificate of its own, or NULL */

  Description *offer;           /* created last, and not answered yet */
  GstSDPMessage *offer_on_wire; /* the same, as it was sent */
  gboolean is_offer_set;        /* it is webrtcbin's local description */
  GstSDPMessage *shown;         /* the remote description that webrtcbin has */
  WnSetup setup; /* of the remote peer; settled by the first answer */
  guint64 session_id;
  guint64 version;
  /* Of the local description: what candidates are tagged with. */
  gchar *local_ufrag;
  gchar *local_tag; /* mid that its BUNDLE group begins with, or NULL */

  gboolean is_begun_again; /* it took over from another one, by our wish */
  gboolean is_repeating;   /* after that was offered in vain */
  gint64 settled_at;       /* when the last negotiation ended */
  gboolean is_reached;     /* once ICE was connected */
  GSource *dtls_end;       /* until when DTLS has to begin then, or NULL */
  WnDtlsWatch *dtls_watch; /* of the webrtcbin in use, or NULL */
  WnPeerCertificate *peer_certificate; /* likewise */
  gboolean is_connected;               /* once it was */
  GstWebRTCPeerConnectionState state;
  GstWebRTCICEConnectionState ice_state;
};

typedef enum
{
  WN_PEER_CONNECTION_SIGNAL_CANDIDATE,
  WN_PEER_CONNECTION_SIGNAL_HINT,
  WN_PEER_CONNECTION_SIGNAL_STATE_CHANGED,
  WN_PEER_CONNECTION_SIGNAL_BITRATE_CHANGED,
  WN_PEER_CONNECTION_SIGNAL_DATA_CHANNEL,
  WN_PEER_CONNECTION_SIGNAL_CHANNEL_REFUSED,
  WN_PEER_CONNECTION_SIGNAL_PAD_ADDED,
  WN_PEER_CONNECTION_SIGNAL_REMOVED,
  WN_PEER_CONNECTION_N_SIGNALS
} WnPeerConnectionSignal;

GST_DEBUG_CATEGORY_EXTERN (wn_peer_connection_debug);

/* peerconnection.c */
extern guint wn_peer_connection_signals[WN_PEER_CONNECTION_N_SIGNALS];

/* peerconnection-streams.c */
void wn_peer_connection_open_streams (WnPeerConnection *self);
void wn_peer_connection_share_bitrate (WnPeerConnection *self);
void wn_peer_connection_on_estimate (gpointer self);

/* peerconnection-webrtcbin.c */
gboolean wn_peer_connection_call (WnPeerConnection *self, const gchar *action,
    gpointer argument, Description **created, GError **error);
gboolean wn_peer_connection_set_description (WnPeerConnection *self,
    const gchar *action, Description *description, GError **error);
void wn_peer_connection_forget_descriptions (WnPeerConnection *self);
gboolean wn_peer_connection_renew_webrtcbin (WnPeerConnection *self,
    GError **error);
void wn_peer_connection_remove_webrtcbin (WnPeerConnection *self);

/* peerconnection-notices.c */
void wn_peer_connection_watch (WnPeerConnection *self);
void wn_peer_connection_stop_waiting (WnPeerConnection *self);
void wn_peer_connection_on_certificate_refused (gpointer self);
void wn_peer_connection_send_candidates_again (WnPeerConnection *self);
void wn_peer_connection_hold_candidates (WnPeerConnection *self,
    const GstSDPMessage *offer);

G_END_DECLS
