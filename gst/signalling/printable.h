/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A reason that is shown to people: that many bytes at most. */
#define WN_PRINTABLE_MAX 1024
/* So many fit into one line of a log. */
#define WN_PRINTABLE_N_IN_LOG 4

gchar *wn_printable (const gchar *text, gsize max) G_GNUC_WARN_UNUSED_RESULT;
const gchar *wn_printable_for_log (const gchar *text);
const gchar *wn_printable_in_sentence (const gchar *text);

G_END_DECLS
