/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

void wn_ice_keeper_keep_transports (GstElement *webrtcbin);
void wn_ice_keeper_stop_receiving (GstElement *webrtcbin);

G_END_DECLS
