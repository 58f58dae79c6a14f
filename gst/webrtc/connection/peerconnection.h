/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>

#include "bandwidth.h"
#include "rtcstats.h"
#include "webrtc/channel/datachannel.h"
#include "negotiation/action.h"
#include "webrtc/pad/sinkpad.h"

G_BEGIN_DECLS

#define WN_TYPE_PEER_CONNECTION (wn_peer_connection_get_type ())
G_DECLARE_FINAL_TYPE (WnPeerConnection, wn_peer_connection, WN, PEER_CONNECTION,
    GObject)

/**
 * WnPeerConnection:
 *
 * Owns the webrtcbin: nobody else calls one.  It carries out the operations of a
 * negotiation, and hides that a webrtcbin can be replaced by another.
 *
 * It belongs to the thread of the #GMainContext that it was made with.  Its
 * operations wait for webrtcbin, which works on a thread of its own.
 *
 * Signals, on that thread unless said otherwise, and only of the webrtcbin in use:
 *
 * - `candidate (WnCandidate)`: a local candidate; the pointer is only lent
 * - `hint ()`: webrtcbin says that negotiation is needed
 * - `state-changed ()`: the connection or the ICE connection state
 * - `bitrate-changed ()`: what the path carries, by estimate
 * - `data-channel (WnDataChannel)`: the remote peer has made a channel
 * - `channel-refused (string label)`: it made one that is too many
 * - `pad-added (GstPad)`: (on a streaming thread) a source pad of webrtcbin
 * - `removed ()`: the webrtcbin has gone, and its pads with it
 */

/**
 * WnPeerConnectionResult:
 * @WN_PEER_CONNECTION_REFUSED: the description breaks a rule; nothing was touched
 * @WN_PEER_CONNECTION_OUTDATED: the offer gives up the transport in use; nothing was
 *   touched
 * @WN_PEER_CONNECTION_BROKEN: only replacing helps
 */
typedef enum
{
  WN_PEER_CONNECTION_OK,
  WN_PEER_CONNECTION_REFUSED,
  WN_PEER_CONNECTION_OUTDATED,
  WN_PEER_CONNECTION_BROKEN,
} WnPeerConnectionResult;

WnPeerConnection *wn_peer_connection_new (GstBin *bin, GMainContext *context)
    G_GNUC_WARN_UNUSED_RESULT;
void wn_peer_connection_close (WnPeerConnection *self);
void wn_peer_connection_set_webrtcbin (WnPeerConnection *self,
    const GstStructure *settings);

void wn_peer_connection_set_limits (WnPeerConnection *self,
    const WnBandwidthLimits *limits);

/* Wishes. */

void wn_peer_connection_add_stream (WnPeerConnection *self, WnSinkPad *pad);
void wn_peer_connection_remove_stream (WnPeerConnection *self, WnSinkPad *pad);
gboolean wn_peer_connection_update_stream (WnPeerConnection *self,
    WnSinkPad *pad);
void wn_peer_connection_add_channel (WnPeerConnection *self,
    WnDataChannel *channel);

/* Operations. */

gboolean wn_peer_connection_replace (WnPeerConnection *self, WnLayout layout,
    GError **error);
gint64 wn_peer_connection_get_wait (WnPeerConnection *self, gint64 now);
gboolean wn_peer_connection_check (WnPeerConnection *self, gboolean forced);
WnDescription *wn_peer_connection_offer (WnPeerConnection *self, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
WnPeerConnectionResult wn_peer_connection_take_answer (WnPeerConnection *self,
    const WnDescription *answer, GError **error);
WnPeerConnectionResult wn_peer_connection_answer (WnPeerConnection *self,
    const WnDescription *offer, WnDescription **answer, GError **error);
gboolean wn_peer_connection_roll_back (WnPeerConnection *self, GError **error);
gboolean wn_peer_connection_add_candidate (WnPeerConnection *self,
    const WnCandidate *candidate, GError **error);

/* State. */

GstElement *wn_peer_connection_get_webrtcbin (WnPeerConnection *self);
WnRtcStats *wn_peer_connection_get_rtc_stats (WnPeerConnection *self);
GstWebRTCPeerConnectionState wn_peer_connection_get_state (WnPeerConnection
        *self);
GstWebRTCICEConnectionState wn_peer_connection_get_ice_state (WnPeerConnection
        *self);
guint wn_peer_connection_get_bitrate (WnPeerConnection *self);
const gchar *wn_peer_connection_get_failure (WnPeerConnection *self);

G_END_DECLS
