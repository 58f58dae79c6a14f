/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WN_PACKET_HISTORY_LENGTH 1024

/**
 * WnPacketHistory:
 * @newest: the sequence number that came furthest
 * @newest_sent_at: when the packet with it was sent
 * @is_begun: there is one
 * @is_missing: by the sequence number's last bits: it was counted as lost
 *
 * What was told of which packet already.
 */
typedef struct
{
  guint16 newest;
  gint64 newest_sent_at;
  gboolean is_begun;
  gboolean is_missing[WN_PACKET_HISTORY_LENGTH];
} WnPacketHistory;

/**
 * WnPacketNews:
 * @WN_PACKET_NEWS_NONE: it was told before
 * @WN_PACKET_NEWS_FIRST: it is told of for the first time
 * @WN_PACKET_NEWS_LATE: it was counted as lost, and has arrived
 */
typedef enum
{
  WN_PACKET_NEWS_NONE,
  WN_PACKET_NEWS_FIRST,
  WN_PACKET_NEWS_LATE,
} WnPacketNews;

void wn_packet_history_clear (WnPacketHistory *self);
WnPacketNews wn_packet_history_add (WnPacketHistory *self, guint16 seqnum,
    gint64 sent_at, gboolean is_lost, gboolean is_in_row, guint *n_skipped);

G_END_DECLS
