/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>

G_BEGIN_DECLS

#define WN_TYPE_DATA_CHANNEL (wn_data_channel_get_type ())
G_DECLARE_FINAL_TYPE (WnDataChannel, wn_data_channel, WN, DATA_CHANNEL, GObject)

/* The streams of a connection in each direction, as webrtcbin and browsers have
 * it, are 0 to this. */
#define WN_DATA_CHANNEL_MAX_ID 1023

/* The application's side is properties and signals alone; what follows is for
 * the peer connection. */

WnDataChannel *wn_data_channel_new (GMainContext *context, const gchar *label,
    const GstStructure *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
WnDataChannel *wn_data_channel_new_for_remote (GMainContext *context,
    GstElement *webrtcbin, GstWebRTCDataChannel *channel)
    G_GNUC_WARN_UNUSED_RESULT;
gchar *wn_data_channel_find_ignored (const GstStructure *options)
    G_GNUC_WARN_UNUSED_RESULT;
void wn_data_channel_release (WnDataChannel *self);
gboolean wn_data_channel_is_held (WnDataChannel *self);

void wn_data_channel_attach (WnDataChannel *self, GstElement *webrtcbin,
    GstWebRTCDataChannel *channel);
void wn_data_channel_detach (WnDataChannel *self);
void wn_data_channel_end (WnDataChannel *self);
void wn_data_channel_fail (WnDataChannel *self, const GError *error);

const gchar *wn_data_channel_get_label (WnDataChannel *self);
const GstStructure *wn_data_channel_get_options (WnDataChannel *self);
gint wn_data_channel_get_requested_id (WnDataChannel *self);
gboolean wn_data_channel_is_local (WnDataChannel *self);
gboolean wn_data_channel_is_attached (WnDataChannel *self);
gboolean wn_data_channel_is_closed (WnDataChannel *self);
gboolean wn_data_channel_matches (WnDataChannel *self,
    GstWebRTCDataChannel *channel);

G_END_DECLS
