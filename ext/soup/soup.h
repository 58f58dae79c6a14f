/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Registers the signallers that libsoup makes possible: ws, wss, and the
 * embedded server.  Called when the plugin is loaded; again does no harm. */
void wn_soup_register (void);

G_END_DECLS
