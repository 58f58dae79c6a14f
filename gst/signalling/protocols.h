/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The protocols that there are. */

#pragma once

#include "protocol.h"

G_BEGIN_DECLS

const WnProtocolClass *wn_protocols_find (const gchar *name);
gchar *wn_protocols_list (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
