/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The elements of other plugins that a connection is made of. */

gboolean wn_requirements_check (GError **error);
gboolean wn_requirements_load (GError **error);
GThread *wn_requirements_warm_up (void) G_GNUC_WARN_UNUSED_RESULT;
gboolean wn_requirements_is_missing (const GError *error);

G_END_DECLS
