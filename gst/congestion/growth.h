/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WnGrowth:
 * @rate: what part of itself is added in a second
 *
 * How fast a bitrate grows of which it is not known how far it may go.
 */
typedef struct
{
  gdouble rate;
} WnGrowth;

void wn_growth_begin (WnGrowth *self);
void wn_growth_begin_fast (WnGrowth *self);
gdouble wn_growth_apply (WnGrowth *self, gdouble bitrate, gdouble seconds);

G_END_DECLS
