/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "signaller.h"

G_BEGIN_DECLS

#define WN_TYPE_APP_SIGNALLER (wn_app_signaller_get_type ())
G_DECLARE_FINAL_TYPE (WnAppSignaller, wn_app_signaller, WN, APP_SIGNALLER,
    GObject)

/**
 * WnAppSignaller:
 *
 * A signaller for `app:`, whose messages the application carries.  It knows of no
 * peers: these are whoever sends messages.
 *
 */
WnSignaller *wn_app_signaller_new (const WnSignallerSettings *settings,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
