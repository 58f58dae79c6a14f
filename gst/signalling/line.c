/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "line.h"

/* To be called at once by whoever gets a line. */
void
wn_line_set_callbacks (WnLine *self, const WnLineCallbacks *callbacks,
    gpointer user_data)
{
  self->callbacks = callbacks;
  self->user_data = user_data;
}

void
wn_line_send (WnLine *self, const gchar *text)
{
  self->klass->send (self, text);
}

/* @reason: (nullable): for the other end */
void
wn_line_close (WnLine *self, guint16 code, const gchar *reason)
{
  self->klass->close (self, code, reason);
}

void
wn_line_free (WnLine *self, guint16 code, const gchar *reason)
{
  self->klass->free (self, code, reason);
}

/* Returns: FALSE if the line knows that the other peer is not there */
gboolean
wn_line_has_other (WnLine *self)
{
  return !self->other_is_missing;
}

gboolean
wn_line_is_checked (WnLine *self)
{
  return self->is_checked;
}

void
wn_line_tell_text (WnLine *self, const gchar *text, gsize length)
{
  if (self->callbacks)
    self->callbacks->text (self, text, length, self->user_data);
}

void
wn_line_tell_binary (WnLine *self)
{
  if (self->callbacks)
    self->callbacks->binary (self, self->user_data);
}

void
wn_line_tell_other (WnLine *self, gboolean is_there)
{
  self->other_is_missing = !is_there;
  if (self->callbacks && self->callbacks->other)
    self->callbacks->other (self, self->user_data);
}

void
wn_line_tell_closed (WnLine *self, gboolean in_good_order, const gchar *reason)
{
  if (self->callbacks)
    self->callbacks->closed (self, in_good_order, reason, self->user_data);
}
