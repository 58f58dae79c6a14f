/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay.h"

G_BEGIN_DECLS

WnRelay *wn_pair_relay_new (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
