/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The payload types that RFC 3551 gives to an encoding once and for all, such as
 * 0 to PCMU, 8 to PCMA and 9 to G722. */

#pragma once

#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

void wn_payloads_name (GstSDPMessage *sdp);
GstCaps *wn_payloads_correct (GstCaps *caps) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
