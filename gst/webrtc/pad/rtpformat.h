/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* RTP caps, as far as they matter to the remote peer. */

gboolean wn_rtp_format_is_known (const GstCaps *caps);
gboolean wn_rtp_format_is_complete (const GstCaps *caps);
gboolean wn_rtp_format_has_other_parameters (const GstStructure *a,
    const GstStructure *b);

G_END_DECLS
