/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The room protocol, version 1: docs/protocol.md. */

#pragma once

#include "protocol.h"

G_BEGIN_DECLS

/* More peers than this in a room are not believed. */
#define WN_ROOM_PROTOCOL_MAX_PEERS 1024

extern const WnProtocolClass wn_room_protocol;

G_END_DECLS
