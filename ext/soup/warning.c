/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "warning.h"

/**
 * wn_warning_raise:
 *
 * Returns: whether there is something to be said now: wn_warning_take()
 */
gboolean
wn_warning_raise (WnWarning *self, const gchar *text, gint64 now)
{
  if (self->text || now < self->after) {
    self->n_kept_back++;
    return FALSE;
  }
  self->text = self->n_kept_back == 0
      ? g_strdup (text)
      : g_strdup_printf ("%s (%u times more since the last warning)", text,
          self->n_kept_back);
  self->after = now + WN_WARNING_INTERVAL;
  self->n_kept_back = 0;
  return TRUE;
}

/**
 * wn_warning_take:
 *
 * Returns: (transfer full) (nullable): what is to be said, once
 */
gchar *
wn_warning_take (WnWarning *self)
{
  return g_steal_pointer (&self->text);
}
