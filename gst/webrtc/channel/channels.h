/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "datachannel.h"

G_BEGIN_DECLS

/* Of each side's channels, that many can be there at the same time: each takes two
 * threads of webrtcbin's on each side. */
#define WN_CHANNELS_MAX 256

/**
 * WnChannels:
 *
 * The data channels of one peer connection, which outlive its webrtcbins.
 *
 * @lock guards what follows it; webrtcbin's thread adds to @list.
 */
typedef struct
{
  GMainContext *context;
  GMutex lock;
  GPtrArray *list;         /* WnDataChannel */
  gconstpointer webrtcbin; /* that they are of now, to be compared; or NULL */
} WnChannels;

void wn_channels_init (WnChannels *self, GMainContext *context);
void wn_channels_clear (WnChannels *self);

void wn_channels_add (WnChannels *self, WnDataChannel *channel,
    GstElement *webrtcbin);
WnDataChannel *wn_channels_add_remote (WnChannels *self, GstElement *webrtcbin,
    GstWebRTCDataChannel *channel, gboolean *is_new) G_GNUC_WARN_UNUSED_RESULT;
gboolean wn_channels_need_section (WnChannels *self);

void wn_channels_create (WnChannels *self, GstElement *webrtcbin);
void wn_channels_detach (WnChannels *self, GstElement *webrtcbin);
void wn_channels_end_remote (WnChannels *self);

G_END_DECLS
