/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Payload types: those that RFC 3551 gives to an encoding once and for all, such as
 * 0 to PCMU, 8 to PCMA and 9 to G722, and those that are anyone's. */

#pragma once

#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

void wn_payloads_name (GstSDPMessage *sdp);
GstCaps *wn_payloads_correct (GstCaps *caps) G_GNUC_WARN_UNUSED_RESULT;
gint wn_payloads_find_free (const gboolean *is_taken);

G_END_DECLS
