/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "connector.h"
#include "signaller.h"

G_BEGIN_DECLS

#define WN_TYPE_CLIENT (wn_client_get_type ())
G_DECLARE_FINAL_TYPE (WnClient, wn_client, WN, CLIENT, GObject)

/**
 * WnClient:
 *
 * The signaller that has a line to a server, of which a connector makes another
 * one whenever it breaks, and a protocol that is spoken on it.
 */
WnSignaller *wn_client_new (const WnSignallerSettings *settings,
    WnConnector *connector) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
