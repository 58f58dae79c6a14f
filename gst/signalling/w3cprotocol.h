/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* protocol=w3c: each text is a message between peers; there is one other peer,
 * called %WN_PROTOCOL_REMOTE here. */

#pragma once

#include "protocol.h"

G_BEGIN_DECLS

extern const WnProtocolClass wn_w3c_protocol;

G_END_DECLS
