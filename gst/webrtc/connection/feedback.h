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
 * WnFeedback:
 *
 * Has a webrtcbin number the packets that it sends, if the remote peer's description
 * says that it tells of their arrival (sdp/transportcc.h), and reads what it tells; and
 * has it tell the same of what it receives.  Any thread's.
 */
typedef struct _WnFeedback WnFeedback;

WnFeedback *wn_feedback_new (GstElement *webrtcbin, WnBandwidth *bandwidth)
    G_GNUC_WARN_UNUSED_RESULT;
void wn_feedback_unref (WnFeedback *self);

void wn_feedback_set_remote (WnFeedback *self, const GstSDPMessage *sdp);

G_END_DECLS
