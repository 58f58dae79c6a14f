/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The elements that a webrtcbin is made of. */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

gboolean wn_part_is_made_by (GstElement *element, const gchar *factory_name);
GstElement *wn_parts_find (GstElement *bin, const gchar *factory_name)
    G_GNUC_WARN_UNUSED_RESULT;
/* Of what goes by a pad of one: buffers and lists of them. */
typedef gboolean (*WnPartFilter) (GstBuffer *buffer);
GstPadProbeReturn wn_part_filter (GstPadProbeInfo *info, WnPartFilter passes);

gboolean wn_part_follow (GstElement *element, GstBin *bin)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
