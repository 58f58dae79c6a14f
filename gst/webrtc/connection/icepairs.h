/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * WnIcePairs:
 *
 * The pairs of candidates that a webrtcbin's transports use.  Any thread's.
 */
typedef struct _WnIcePairs WnIcePairs;

WnIcePairs *wn_ice_pairs_new (GstElement *webrtcbin) G_GNUC_WARN_UNUSED_RESULT;
void wn_ice_pairs_unref (WnIcePairs *self);

gboolean wn_ice_pairs_get (WnIcePairs *self, guint stream, GstStructure **local,
    GstStructure **remote);

G_END_DECLS
