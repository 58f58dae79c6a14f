/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What descriptions say of transport-wide congestion control: that packets are numbered
 * by a header extension (RFC 8285), and that the receiver tells when each has arrived
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01). */

#pragma once

#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

/* Its name in caps and descriptions. */
#define WN_TRANSPORT_CC_URI                                                    \
  "http://www.ietf.org/id/"                                                    \
  "draft-holmer-rmcat-transport-wide-cc-extensions-01"

void wn_transport_cc_offer (GstSDPMessage *offer, const GstSDPMessage *remote);
void wn_transport_cc_answer (GstSDPMessage *answer, const GstSDPMessage *offer);
guint wn_transport_cc_read (const GstSDPMessage *sdp, gboolean *is_told);

G_END_DECLS
