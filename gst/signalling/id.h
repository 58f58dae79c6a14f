/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The names of peers and rooms. */
#define WN_ID_MAX 64

gboolean wn_id_is_valid (const gchar *id);
gchar *wn_id_new (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
