/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

GObject *wn_ice_agent_get (GstElement *webrtcbin);
void wn_ice_agent_set_up (GstElement *webrtcbin);

G_END_DECLS
