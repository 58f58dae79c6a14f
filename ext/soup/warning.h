/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Between warnings of one kind, in microseconds. */
#define WN_WARNING_INTERVAL (10 * G_USEC_PER_SEC)

/**
 * WnWarning:
 * @text: (nullable): what is to be said next
 * @after: when something may be said again
 * @n_kept_back: how often it happened until then
 *
 * A kind of warning that others can bring about, as often as they like.  Zeros
 * to begin with.
 */
typedef struct
{
  gchar *text;
  gint64 after;
  guint n_kept_back;
} WnWarning;

gboolean wn_warning_raise (WnWarning *self, const gchar *text, gint64 now);
gchar *wn_warning_take (WnWarning *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
