/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a connection has to send, and at what bitrate. */

#include "peerconnection-private.h"

#include "allocation.h"

/*** Streams ***/

void
wn_peer_connection_open_streams (WnPeerConnection *self)
{
  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);

    if (self->is_connected && stream->is_in_force
        && !wn_stream_has_changed (stream)
        && wn_sections_get_current (&self->sections, stream->mline)
            & WN_DIRECTION_SENDONLY)
      wn_gate_open (stream->gate);
    else
      wn_gate_close (stream->gate);
  }
}

void
wn_peer_connection_add_stream (WnPeerConnection *self, WnSinkPad *pad)
{
  wn_streams_add (self->streams, pad);
}

void
wn_peer_connection_remove_stream (WnPeerConnection *self, WnSinkPad *pad)
{
  wn_streams_remove (self->streams, pad);
}

/* The caps of @pad are other ones than before: if they are of another encoding, it
 * is not sent until that is negotiated.
 *
 * Returns: whether there is something to negotiate */
gboolean
wn_peer_connection_update_stream (WnPeerConnection *self, WnSinkPad *pad)
{
  WnStream *stream = wn_streams_find (self->streams, pad);

  if (!stream)
    return FALSE;
  if (wn_stream_has_changed (stream))
    wn_gate_close (stream->gate);
  return wn_stream_has_news (stream);
}

/*** Channels ***/

void
wn_peer_connection_add_channel (WnPeerConnection *self, WnDataChannel *channel)
{
  wn_channels_add (&self->channels, channel, self->webrtcbin);
}

/*** What the path carries ***/

/* What is repeated is sent instead of something new. */
void
wn_peer_connection_share_bitrate (WnPeerConnection *self)
{
  guint estimate = wn_bandwidth_get_estimate (self->bandwidth);
  guint repeated = self->repair ? wn_repair_get_bitrate (self->repair) : 0;

  wn_allocation_apply (self->streams, estimate - MIN (repeated, estimate / 2));
}

void
wn_peer_connection_on_estimate (gpointer data)
{
  WnPeerConnection *self = data;

  wn_peer_connection_share_bitrate (self);
  g_signal_emit (self,
      wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_BITRATE_CHANGED], 0);
}

void
wn_peer_connection_set_limits (WnPeerConnection *self,
    const WnBandwidthLimits *limits)
{
  wn_bandwidth_set_limits (self->bandwidth, limits);
}

/* Returns: bit/s; 0: it is not known */
guint
wn_peer_connection_get_bitrate (WnPeerConnection *self)
{
  return wn_bandwidth_get_estimate (self->bandwidth);
}
