/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The data channels that a peer has made, and what came over the other's. */

#pragma once

#include "peers.h"

G_BEGIN_DECLS

typedef struct _PeerChannels PeerChannels;

PeerChannels *peer_channels_new (Peer *peer);
void peer_channels_free (PeerChannels *self);

void peer_channels_create (PeerChannels *self, guint name);
void peer_channels_forget_texts (PeerChannels *self);
guint peer_channels_count (PeerChannels *self);
gboolean peer_channels_are_well (PeerChannels *self, PeerChannels *others);

G_END_DECLS
