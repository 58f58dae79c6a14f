/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _WnHeldStates WnHeldStates;

void wn_ice_keeper_keep_transports (GstElement *webrtcbin);

WnHeldStates *wn_ice_keeper_hold_states (GstElement *webrtcbin)
    G_GNUC_WARN_UNUSED_RESULT;
void wn_ice_keeper_tell_states (WnHeldStates *held);
void wn_ice_keeper_stop_transports (GstElement *webrtcbin);

G_END_DECLS
