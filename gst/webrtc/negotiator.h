/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_WEBRTC_NEGOTIATOR (gst_webrtc_negotiator_get_type ())
G_DECLARE_FINAL_TYPE (GstWebRTCNegotiator, gst_webrtc_negotiator, GST,
    WEBRTC_NEGOTIATOR, GstBin)

GST_ELEMENT_REGISTER_DECLARE (webrtcnegotiator);

G_END_DECLS
