/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

void wn_pages_respond (SoupServerMessage *msg, const gchar *path);

G_END_DECLS
