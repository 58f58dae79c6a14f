/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WN_OUTBOX_MAX 256
#define WN_OUTBOX_MAX_BYTES (1024 * 1024)

/**
 * WnOutbox:
 *
 * Texts that wait for a line that broke to be there again, in their order.  Zeros
 * to begin with.
 */
typedef struct
{
  /* Of owned strings. */
  GQueue texts;
  gsize size;
} WnOutbox;

gboolean wn_outbox_push (WnOutbox *self, const gchar *text);
gchar *wn_outbox_pop (WnOutbox *self) G_GNUC_WARN_UNUSED_RESULT;
void wn_outbox_clear (WnOutbox *self);

G_END_DECLS
