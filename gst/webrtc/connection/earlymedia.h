/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>
#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

typedef struct _WnEarlyMedia WnEarlyMedia;

WnEarlyMedia *wn_early_media_new (GstElement *webrtcbin);
void wn_early_media_unref (WnEarlyMedia *self);

void wn_early_media_expect_answer (WnEarlyMedia *self);
void wn_early_media_set_remote (WnEarlyMedia *self, const GstSDPMessage *sdp);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnEarlyMedia, wn_early_media_unref)

G_END_DECLS
