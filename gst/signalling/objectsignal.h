/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Signals of our own objects, without a class handler and without a result. */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

guint wn_object_signal_new (GType owner, const gchar *name, guint n_arguments,
    ...);

G_END_DECLS
