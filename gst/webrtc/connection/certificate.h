/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

gchar *wn_certificate_renew (GstElement *webrtcbin) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
