/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "negotiator.h"
#include "meeting.h"
#include "webrtc/pad/srcpad.h"

#include <gst/webrtc/webrtc.h>

G_BEGIN_DECLS

/**
 * GstWebRTCNegotiator:
 *
 * negotiator.c, with its -pads, -properties and -signals, is the front, which
 * applications call on any thread; negotiator-thread.c is what runs on the one
 * thread that negotiates.
 *
 * The object lock guards all fields but those of which it is said that they
 * belong to the thread.  It is held neither while calling into the meeting nor
 * while emitting anything.
 */
struct _GstWebRTCNegotiator
{
  GstBin parent;

  /* Settings; those of webrtcbin are in webrtcbin_settings. */
  gchar *signaller_uri;
  gchar *listen;
  gint protocol; /* GstWebRTCNegotiatorProtocol */
  gchar *room;
  gchar *peer_id; /* as set, or as chosen at the first start */
  gchar *remote_peer_id;
  gchar *token;
  gchar *allowed_origins;
  WnRole role;
  gboolean auto_answer;
  guint negotiation_timeout;        /* ms */
  GstStructure *webrtcbin_settings; /* properties of it */
  WnBandwidthLimits limits;

  /* The thread, from READY to PAUSED and back. */
  GMainContext *context; /* constant */
  GThread *thread;
  gboolean is_running;

  /* From READY on, or NULL; belongs to whoever changes the state. */
  GThread *warm_up;

  /* Belong to the thread, or to whoever starts and joins it. */
  GMainLoop *loop;
  WnPeerConnection *connection;
  WnMeeting *meeting;
  guint told_bitrate; /* by an event */

  /* What the application sees. */
  gchar *server_uri;
  GError *failure; /* why the meeting cannot go on */
  gboolean polite;
  gboolean making_offer;
  gboolean ignoring_offer;
  GstWebRTCSignalingState signaling_state;
  GstWebRTCPeerConnectionState connection_state;
  GstWebRTCICEConnectionState ice_connection_state;
  GstElement *webrtcbin;
  WnRtcStats *rtc_stats;   /* of that webrtcbin */
  guint estimated_bitrate; /* bit/s; 0: not known */
  WnNegotiationStats stats;

  /* Pads and channels, in the order that they were made. */
  GPtrArray *sink_pads; /* WnSinkPad */
  GPtrArray *src_pads;  /* WnSrcPad; they stay until NULL */
  GPtrArray *channels;  /* WnDataChannel, those made by us */
  guint next_sink_pad;
  guint next_src_pad;
};

/* On the thread only. */
#define wn_negotiator_get_call(self) (wn_meeting_get_call ((self)->meeting))

/* Properties that change by themselves, and signals that the thread emits. */
typedef enum
{
  WN_NOTIFY_SERVER_URI,
  WN_NOTIFY_PEER_ID,
  WN_NOTIFY_POLITE,
  WN_NOTIFY_MAKING_OFFER,
  WN_NOTIFY_IGNORING_OFFER,
  WN_NOTIFY_SIGNALING_STATE,
  WN_NOTIFY_CONNECTION_STATE,
  WN_NOTIFY_ICE_CONNECTION_STATE,
  WN_NOTIFY_WEBRTCBIN,
  WN_NOTIFY_ESTIMATED_BITRATE,
} WnNotify;

typedef enum
{
  WN_SIGNAL_PEER_JOINED,
  WN_SIGNAL_PEER_LEFT,
  WN_SIGNAL_OFFER_RECEIVED,
  WN_SIGNAL_OFFER_REJECTED,
  WN_SIGNAL_COLLISION,
  WN_SIGNAL_NEGOTIATED,
  WN_SIGNAL_RESTARTED,
  WN_SIGNAL_DATA_CHANNEL,
  WN_SIGNAL_OUTGOING_MESSAGE,
  WN_SIGNAL_LAST
} WnSignal;

/* negotiator-pads.c */
void wn_negotiator_install_pads (GstElementClass *element_class);
void wn_negotiator_add_source (GstWebRTCNegotiator *self, GstPad *target);
void wn_negotiator_release_sources (GstWebRTCNegotiator *self);
void wn_negotiator_remove_sources (GstWebRTCNegotiator *self);

/* negotiator-properties.c */
void wn_negotiator_install_properties (GObjectClass *object_class);
void wn_negotiator_init_properties (GstWebRTCNegotiator *self);
void wn_negotiator_clear_properties (GstWebRTCNegotiator *self);
void wn_negotiator_notify (GstWebRTCNegotiator *self, WnNotify what);

/* negotiator-signals.c */
void wn_negotiator_install_signals (GObjectClass *object_class);
guint wn_negotiator_get_signal (WnSignal signal);

/* negotiator-thread.c */
typedef void (*WnTask) (GstWebRTCNegotiator *self, gpointer data);

gboolean wn_negotiator_start (GstWebRTCNegotiator *self);
gboolean wn_negotiator_stop (GstWebRTCNegotiator *self);
gboolean wn_negotiator_repeat_failure (GstWebRTCNegotiator *self);
gboolean wn_negotiator_post (GstWebRTCNegotiator *self, WnTask task,
    gpointer data, GDestroyNotify destroy);

G_END_DECLS
