/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WnPacketGroup:
 * @n_packets: 0: there is none
 * @first_sent_at: of its packets, on our clock
 * @last_sent_at: of its packets
 * @first_arrived_at: of its packets, on the remote peer's clock
 * @last_arrived_at: of its packets
 * @told_at: when feedback told of the last one, on our clock
 *
 * Packets that were sent in a burst.
 */
typedef struct
{
  guint n_packets;
  gint64 first_sent_at;
  gint64 last_sent_at;
  gint64 first_arrived_at;
  gint64 last_arrived_at;
  gint64 told_at;
} WnPacketGroup;

/**
 * WnDelayVariation:
 * @sent_us: from the end of one group to the end of the next one, where it was sent
 * @arrived_us: the same where it arrived; it may be negative
 * @arrived_at: the end of the later group, on the remote peer's clock
 */
typedef struct
{
  gint64 sent_us;
  gint64 arrived_us;
  gint64 arrived_at;
} WnDelayVariation;

/**
 * WnPacketGroups:
 *
 * Packets by bursts, and how much longer or shorter than the one before each took.
 */
typedef struct
{
  WnPacketGroup previous;
  WnPacketGroup current;
} WnPacketGroups;

/**
 * WnGrouping:
 * @WN_GROUPING_OPEN: nothing to be told as yet
 * @WN_GROUPING_COMPLETE: a group is complete, and there is one before it
 * @WN_GROUPING_LOST: the remote peer's clock has jumped: all begins anew
 */
typedef enum
{
  WN_GROUPING_OPEN,
  WN_GROUPING_COMPLETE,
  WN_GROUPING_LOST,
} WnGrouping;

void wn_packet_groups_clear (WnPacketGroups *self);
WnGrouping wn_packet_groups_add (WnPacketGroups *self, gint64 sent_at,
    gint64 arrived_at, gint64 now, WnDelayVariation *variation);

G_END_DECLS
