/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WN_ACKED_BITRATE_WINDOW 512

/**
 * WnAckedBitrate:
 * @packets: those that arrived lately, in a ring
 * @first: the oldest one's index
 * @n_packets: how many
 * @skipped: packets before the next one of which nothing was told
 *
 * How much of what was sent arrives: the bitrate that is acknowledged.
 */
typedef struct
{
  struct
  {
    gint64 sent_at;
    gint64 arrived_at;
    guint size;
    guint skipped;
  } packets[WN_ACKED_BITRATE_WINDOW];
  guint first;
  guint n_packets;
  guint skipped;
} WnAckedBitrate;

void wn_acked_bitrate_clear (WnAckedBitrate *self);
void wn_acked_bitrate_add (WnAckedBitrate *self, gint64 sent_at,
    gint64 arrived_at, guint size);
void wn_acked_bitrate_skip (WnAckedBitrate *self, guint n_packets);
gdouble wn_acked_bitrate_get (const WnAckedBitrate *self);
gdouble wn_acked_bitrate_get_arrival (const WnAckedBitrate *self);

G_END_DECLS
