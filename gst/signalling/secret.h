/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

gchar *wn_secret_new (void) G_GNUC_WARN_UNUSED_RESULT;
gboolean wn_secret_equal (const gchar *shown, const gchar *secret);

G_END_DECLS
