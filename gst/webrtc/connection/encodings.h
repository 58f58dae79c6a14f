/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Which encodings a media section has, as RTP caps. */

#pragma once

#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

gboolean wn_encodings_are_same (const GstStructure *a, const GstStructure *b);
GstCaps *wn_encodings_match (const GstSDPMedia *media, const GstCaps *format,
    gboolean exactly) G_GNUC_WARN_UNUSED_RESULT;
gboolean wn_encodings_have (const GstSDPMedia *media, const GstCaps *wire);
GstCaps *wn_encodings_get_all (const GstSDPMedia *media)
    G_GNUC_WARN_UNUSED_RESULT;
GstCaps *wn_encodings_get_first (const GstSDPMedia *media)
    G_GNUC_WARN_UNUSED_RESULT;
gint wn_encodings_choose_payload (const GstCaps *format, GPtrArray *described,
    GPtrArray *sent);

G_END_DECLS
