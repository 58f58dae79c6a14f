/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What properties are made of. */

#pragma once

#include "negotiation/negotiation.h"

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_WEBRTC_NEGOTIATOR_ROLE (gst_webrtc_negotiator_role_get_type ())
GType gst_webrtc_negotiator_role_get_type (void);

typedef enum
{
  GST_WEBRTC_NEGOTIATOR_PROTOCOL_ROOM,
  GST_WEBRTC_NEGOTIATOR_PROTOCOL_W3C,
} GstWebRTCNegotiatorProtocol;

#define GST_TYPE_WEBRTC_NEGOTIATOR_PROTOCOL                                    \
  (gst_webrtc_negotiator_protocol_get_type ())
GType gst_webrtc_negotiator_protocol_get_type (void);

typedef enum
{
  GST_WEBRTC_NEGOTIATOR_CONGESTION_CONTROL_NONE,
  GST_WEBRTC_NEGOTIATOR_CONGESTION_CONTROL_AUTO,
} GstWebRTCNegotiatorCongestionControl;

#define GST_TYPE_WEBRTC_NEGOTIATOR_CONGESTION_CONTROL                          \
  (gst_webrtc_negotiator_congestion_control_get_type ())
GType gst_webrtc_negotiator_congestion_control_get_type (void);

const gchar *wn_enum_get_nick (GType type, gint value);

GstStructure *wn_stats_to_structure (const WnNegotiationStats *stats)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
