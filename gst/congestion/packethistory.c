/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A browser whose packets overtake each other tells of some again, once they have
 * arrived, and of those after them. */

#include "packethistory.h"

#define RENUMBERED_US G_USEC_PER_SEC

void
wn_packet_history_clear (WnPacketHistory *self)
{
  *self = (WnPacketHistory) { 0 };
}

static gboolean *
get_missing (WnPacketHistory *self, guint16 seqnum)
{
  return &self->is_missing[seqnum % WN_PACKET_HISTORY_LENGTH];
}

/* Returns: how far beyond the newest one it is; not more than 0: it is not */
static gint
get_distance (const WnPacketHistory *self, guint16 seqnum, gint64 sent_at)
{
  gint distance = self->is_begun ? (gint16) (seqnum - self->newest) : 1;

  /* Packets are numbered in the order in which they are sent.  A lesser number that
   * was sent much later is of numbers that begin anew. */
  if (distance <= 0 && sent_at - self->newest_sent_at > RENUMBERED_US)
    return 1;
  return distance;
}

static void
advance (WnPacketHistory *self, guint16 seqnum, gint64 sent_at,
    gboolean is_in_row, guint n_skipped)
{
  guint n = MIN (n_skipped, WN_PACKET_HISTORY_LENGTH - 1);

  for (guint i = 1; i <= n; i++)
    *get_missing (self, seqnum - i) = is_in_row;
  self->newest = seqnum;
  self->newest_sent_at = sent_at;
  self->is_begun = TRUE;
}

/**
 * wn_packet_history_add:
 * @is_in_row: the same feedback told of another packet before: those in between are
 *   lost.  Else it is feedback that is lost, or later
 * @n_skipped: (out): how many are between it and the one that was the newest
 */
WnPacketNews
wn_packet_history_add (WnPacketHistory *self, guint16 seqnum, gint64 sent_at,
    gboolean is_lost, gboolean is_in_row, guint *n_skipped)
{
  gint distance = get_distance (self, seqnum, sent_at);
  gboolean *is_missing = get_missing (self, seqnum);

  *n_skipped = 0;
  if (distance > 0) {
    advance (self, seqnum, sent_at, is_in_row, distance - 1);
    *n_skipped = distance - 1;
    *is_missing = is_lost;
    return WN_PACKET_NEWS_FIRST;
  }
  if (-distance >= WN_PACKET_HISTORY_LENGTH || is_lost || !*is_missing)
    return WN_PACKET_NEWS_NONE;
  *is_missing = FALSE;
  return WN_PACKET_NEWS_LATE;
}
