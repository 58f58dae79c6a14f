/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WnLinkCapacity:
 * @bitrate: bit/s; 0: it is not known
 * @variance: of @bitrate, as a part of it, in kbit/s
 *
 * What arrived at most while a queue was filling: the capacity of the link.
 */
typedef struct
{
  gdouble bitrate;
  gdouble variance;
} WnLinkCapacity;

void wn_link_capacity_clear (WnLinkCapacity *self);
void wn_link_capacity_add (WnLinkCapacity *self, gdouble bitrate);
gboolean wn_link_capacity_is_known (const WnLinkCapacity *self);
gboolean wn_link_capacity_is_below (const WnLinkCapacity *self,
    gdouble bitrate);
gboolean wn_link_capacity_is_above (const WnLinkCapacity *self,
    gdouble bitrate);

G_END_DECLS
