/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GError *wn_refusal_unreachable (const gchar *uri, const GError *why,
    const gchar *advice);
GError *wn_refusal_by_status (const gchar *uri, guint status);
GError *wn_refusal_silent (const gchar *uri, guint seconds);
GError *wn_refusal_no_answer (const gchar *uri, guint seconds);
GError *wn_refusal_closed (const gchar *uri, const gchar *reason);
GError *wn_refusal_by_server (const gchar *uri, const gchar *code,
    const gchar *text);

G_END_DECLS
