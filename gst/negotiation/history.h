/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "description.h"

G_BEGIN_DECLS

/**
 * WnHistory:
 *
 * The remote descriptions that came last, to know one that comes twice by.  Its id
 * alone does not tell: there are peers that do not count their versions.
 */
typedef struct
{
  GQueue entries; /* newest last */
} WnHistory;

void wn_history_clear (WnHistory *self);
gboolean wn_history_add (WnHistory *self, const WnDescription *description);
void wn_history_refuse (WnHistory *self, const WnDescription *description);
gboolean wn_history_was_refused (const WnHistory *self,
    const WnDescription *description);
gboolean wn_history_has_offer (const WnHistory *self, const gchar *id);

G_END_DECLS
