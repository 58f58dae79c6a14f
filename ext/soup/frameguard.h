/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define WN_TYPE_FRAME_GUARD (wn_frame_guard_get_type ())
G_DECLARE_FINAL_TYPE (WnFrameGuard, wn_frame_guard, WN, FRAME_GUARD,
    SoupWebsocketExtension)

SoupWebsocketExtension *wn_frame_guard_new (guint64 max_message)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
