/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _WnDtlsWatch WnDtlsWatch;

WnDtlsWatch *wn_dtls_watch_new (GstElement *webrtcbin)
    G_GNUC_WARN_UNUSED_RESULT;
void wn_dtls_watch_unref (WnDtlsWatch *self);
gboolean wn_dtls_watch_has_begun (WnDtlsWatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnDtlsWatch, wn_dtls_watch_unref)

G_END_DECLS
