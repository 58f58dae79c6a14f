/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a webrtcbin's data transport needs in order not to go wrong. */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

void wn_sctp_guard_start (GstElement *webrtcbin);
void wn_sctp_flush (GstElement *webrtcbin);
void wn_sctp_stop (GstElement *webrtcbin);
guint64 wn_sctp_get_max_message_size (GstElement *webrtcbin);
gboolean wn_sctp_has_stream (GstElement *webrtcbin, guint id);
void wn_sctp_keep_section (GstElement *webrtcbin);

G_END_DECLS
