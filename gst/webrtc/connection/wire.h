/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Our descriptions as they go over the wire, made of what webrtcbin made and of what
 * the streams wish for. */

#pragma once

#include "negotiation/description.h"
#include "sections.h"
#include "streams.h"

G_BEGIN_DECLS

GstSDPMessage *wn_wire_make_offer (const WnSections *sections,
    GPtrArray *streams, const GstSDPMessage *sdp, guint64 session_id,
    guint64 version) G_GNUC_WARN_UNUSED_RESULT;
GstSDPMessage *wn_wire_make_answer (const WnSections *sections,
    GPtrArray *streams, const GstSDPMessage *offer, const GstSDPMessage *sdp,
    guint64 session_id, guint64 version) G_GNUC_WARN_UNUSED_RESULT;
WnDescription *wn_wire_describe (WnDescriptionType type,
    const GstSDPMessage *on_wire) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
