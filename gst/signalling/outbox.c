/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "outbox.h"

#include <string.h>

/* Returns: FALSE if there is room for no more */
gboolean
wn_outbox_push (WnOutbox *self, const gchar *text)
{
  gsize length = strlen (text);

  if (self->texts.length >= WN_OUTBOX_MAX
      || self->size + length > WN_OUTBOX_MAX_BYTES)
    return FALSE;
  g_queue_push_tail (&self->texts, g_strdup (text));
  self->size += length;
  return TRUE;
}

/* Returns: (transfer full) (nullable): the next text */
gchar *
wn_outbox_pop (WnOutbox *self)
{
  gchar *text = g_queue_pop_head (&self->texts);

  if (text)
    self->size -= strlen (text);
  return text;
}

void
wn_outbox_clear (WnOutbox *self)
{
  g_queue_clear_full (&self->texts, g_free);
  self->size = 0;
}
