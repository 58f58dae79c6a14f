/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a remote peer describes is judged here before anything else sees it.
 *
 * webrtcbin and the libraries below it trust a description in places: some of
 * what a peer can write there ends the process by an assertion or a null pointer,
 * some leaves a webrtcbin half changed, some costs memory without bound.  None of
 * that passes.  What the specifications allow does, even where webrtcbin needs it
 * rewritten; what webrtcbin cannot do at all, however rewritten, is refused as
 * unsupported.
 *
 * wn_sdp_parse() judges lines, wn_sdp_guard_…() the description as a whole and
 * against those that are in force.  All of it is on descriptions as they are on
 * the wire. */

#pragma once

#include "sdpparse.h"

G_BEGIN_DECLS

gboolean wn_sdp_guard_offer (const GstSDPMessage *offer,
    const GstSDPMessage *current_remote, const GstSDPMessage *current_local,
    GError **error);
gboolean wn_sdp_guard_answer (const GstSDPMessage *answer,
    const GstSDPMessage *pending_offer, const GstSDPMessage *current_remote,
    GError **error);
gboolean wn_sdp_guard_candidate (const gchar *candidate, const gchar *mid,
    gint mline, const GstSDPMessage *remote, GError **error);

G_END_DECLS
