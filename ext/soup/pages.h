/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

void wn_pages_respond (SoupServerMessage *msg, const gchar *path,
    const gchar *policy);
void wn_pages_respond_text (SoupServerMessage *msg, guint status,
    const gchar *text);

G_END_DECLS
