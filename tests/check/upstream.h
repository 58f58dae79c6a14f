/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What GStreamer itself does wrong, and a test cannot keep it from: it is told,
 * and is no failure. */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

void upstream_tolerate (void);
guint upstream_count (void);

void upstream_watch (GstElement *pipeline);

G_END_DECLS
