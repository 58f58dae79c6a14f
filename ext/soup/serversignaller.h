/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "signalling/signaller.h"

G_BEGIN_DECLS

#define WN_TYPE_SERVER_SIGNALLER (wn_server_signaller_get_type ())
G_DECLARE_FINAL_TYPE (WnServerSignaller, wn_server_signaller, WN,
    SERVER_SIGNALLER, GObject)

WnSignaller *wn_server_signaller_new (const WnSignallerSettings *settings,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
