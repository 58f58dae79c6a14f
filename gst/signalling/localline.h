/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A line to a relay of this process. */

#pragma once

#include "line.h"
#include "log.h"
#include "relay.h"

G_BEGIN_DECLS

WnLine *wn_local_line_new (WnRelay *relay, WnLogCategory *log)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
