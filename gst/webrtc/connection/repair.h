/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bandwidth.h"

#include <gst/gst.h>
#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

/**
 * WnRepair:
 *
 * Has a webrtcbin ask again for lost video packets, and repeat those that the remote
 * peer lost, as descriptions say (sdp/retransmission.h).  Any thread's.
 */
typedef struct _WnRepair WnRepair;

WnRepair *wn_repair_new (GstElement *webrtcbin, WnBandwidth *bandwidth)
    G_GNUC_WARN_UNUSED_RESULT;
void wn_repair_unref (WnRepair *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnRepair, wn_repair_unref);

void wn_repair_offer (WnRepair *self, GstSDPMessage *offer,
    const GstSDPMessage *remote);
void wn_repair_answer (WnRepair *self, GstSDPMessage *answer,
    const GstSDPMessage *offer);
void wn_repair_set_remote (WnRepair *self, const GstSDPMessage *sdp);

guint wn_repair_get_bitrate (WnRepair *self);

G_END_DECLS
