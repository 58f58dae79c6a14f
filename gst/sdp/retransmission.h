/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What descriptions say of lost video packets: that they are asked for again (generic
 * NACK, RFC 4585, 6.2.1) and come as a stream of their own (RTX, RFC 4588). */

#pragma once

#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

void wn_retransmission_offer (GstSDPMessage *offer, const GstSDPMessage *remote,
    guint32 salt);
void wn_retransmission_answer (GstSDPMessage *answer,
    const GstSDPMessage *offer, guint32 salt);
void wn_retransmission_remove (GstSDPMedia *media);
gboolean wn_retransmission_is_offered (const GstSDPMedia *media);
guint32 wn_retransmission_get_ssrc (guint32 ssrc, guint32 salt);

G_END_DECLS
