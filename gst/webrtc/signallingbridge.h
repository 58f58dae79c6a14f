/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The signalling library knows no GStreamer: what it logs, and the errors that
 * it has, become GStreamer's here. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

void wn_signalling_bridge_init (void);
GError *wn_signalling_bridge_translate (const GError *error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
