/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "backoff.h"

void
wn_backoff_connected (WnBackoff *self, gint64 now)
{
  self->since = now;
}

void
wn_backoff_lost (WnBackoff *self, gint64 now)
{
  if (now - self->since >= WN_BACKOFF_STEADY)
    self->n = 0;
}

/* Returns: how long to wait before the next attempt, in milliseconds */
guint
wn_backoff_next (WnBackoff *self)
{
  guint n = self->n++;
  guint delay = n == 0
      ? WN_BACKOFF_FIRST
      : MIN (WN_BACKOFF_SECOND << MIN (n - 1, 5), WN_BACKOFF_MAX);

  return g_random_int_range (delay - delay / 4, delay + 1);
}
