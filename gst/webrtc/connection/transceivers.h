/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a webrtcbin's transceivers have to do with our streams: which pads it has
 * for which media sections, and which stream goes to which of them. */

#pragma once

#include "sections.h"

G_BEGIN_DECLS

void wn_transceivers_open (GstElement *webrtcbin);

void wn_transceivers_place (WnSections *self, GstElement *webrtcbin);
void wn_transceivers_place_in_offer (WnSections *self, GstElement *webrtcbin,
    const GstSDPMessage *offer);
void wn_transceivers_tell_too_many (WnSections *self);
void wn_transceivers_locate (WnSections *self);
void wn_transceivers_settle (WnSections *self, GstElement *webrtcbin);
void wn_transceivers_add_sections (WnSections *self, GstElement *webrtcbin,
    const GstSDPMessage *offer);

G_END_DECLS
