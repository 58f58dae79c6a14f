/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Between attempts, in milliseconds. */
#define WN_BACKOFF_FIRST 50
#define WN_BACKOFF_SECOND 500
#define WN_BACKOFF_MAX 10000
/* A connection that held for so long, in microseconds, starts anew. */
#define WN_BACKOFF_STEADY (5 * G_USEC_PER_SEC)

/**
 * WnBackoff:
 * @n: the attempts since there was a connection that held
 * @since: when the last connection began
 *
 * When to try again: soon at first, as a hiccup is the likeliest reason; then
 * less and less often, and not all clients at the same moment.  Zeros to begin
 * with.
 */
typedef struct
{
  guint n;
  gint64 since;
} WnBackoff;

void wn_backoff_connected (WnBackoff *self, gint64 now);
void wn_backoff_lost (WnBackoff *self, gint64 now);
guint wn_backoff_next (WnBackoff *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
