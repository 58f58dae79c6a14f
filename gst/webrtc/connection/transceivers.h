/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What is decided of streams and media sections, at a webrtcbin: its pads are
 * requested and connected, its transceivers directed. */

#pragma once

#include "placement.h"

G_BEGIN_DECLS

void wn_transceivers_open (GstElement *webrtcbin);

void wn_transceivers_place (GArray *placements, GstElement *webrtcbin);
GArray *wn_transceivers_place_for_offer (GArray *placements,
    GstElement *webrtcbin) G_GNUC_WARN_UNUSED_RESULT;
void wn_transceivers_locate (const WnSections *sections, GPtrArray *streams);

G_END_DECLS
