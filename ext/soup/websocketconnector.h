/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "signalling/signaller.h"

G_BEGIN_DECLS

WnSignaller *wn_websocket_signaller_new (const WnSignallerSettings *settings,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
