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
 * wn_sdp_parse() judges lines, wn_sdp_guard_description() what they are together, and
 * wn_sdp_guard_offer() and _answer() what only those that are in force tell.  Each is
 * asked once.  The first two are asked when an offer comes, whatever the state: one
 * that is wrong by itself is no collision.  The last is asked when the offer's turn
 * has come.  All of it is on descriptions as they are on the wire. */

#pragma once

#include "sdpparse.h"

G_BEGIN_DECLS

gboolean wn_sdp_guard_description (const GstSDPMessage *sdp, gboolean is_offer,
    GError **error);
gboolean wn_sdp_guard_offer (const GstSDPMessage *offer,
    const GstSDPMessage *current_remote, const GstSDPMessage *current_local,
    GError **error);
gboolean wn_sdp_guard_answer (const GstSDPMessage *answer,
    const GstSDPMessage *pending_offer, const GstSDPMessage *current_remote,
    GError **error);
gboolean wn_sdp_guard_candidate (const gchar *candidate, const gchar *mid,
    gint mline, const GstSDPMessage *remote, GError **error);

G_END_DECLS
