/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Random changes of the lines of a description. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

gchar *sdp_mutate (const gchar *source, GRand *rand, GPtrArray *files);

G_END_DECLS
