/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A browser whose packets overtake each other tells of some again, once they have
 * arrived, and of those after them. */

#include "packethistory.h"

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

static void
advance (WnPacketHistory *self, guint16 seqnum, gboolean is_in_row,
    guint n_missing)
{
  guint n = MIN (n_missing, WN_PACKET_HISTORY_LENGTH - 1);

  for (guint i = 1; i <= n; i++)
    *get_missing (self, seqnum - i) = is_in_row;
  self->newest = seqnum;
  self->is_begun = TRUE;
}

/**
 * wn_packet_history_add:
 * @is_in_row: the same feedback told of another packet before: those in between are
 *   lost.  Else it is feedback that is lost, or later
 * @n_missing: (out): how many of these are new
 */
WnPacketNews
wn_packet_history_add (WnPacketHistory *self, guint16 seqnum, gboolean is_lost,
    gboolean is_in_row, guint *n_missing)
{
  gint16 distance = self->is_begun ? (gint16) (seqnum - self->newest) : 1;
  gboolean *is_missing = get_missing (self, seqnum);

  *n_missing = 0;
  if (distance > 0) {
    advance (self, seqnum, is_in_row, distance - 1);
    *n_missing = is_in_row ? distance - 1 : 0;
    *is_missing = is_lost;
    return WN_PACKET_NEWS_FIRST;
  }
  if (-distance >= WN_PACKET_HISTORY_LENGTH || is_lost || !*is_missing)
    return WN_PACKET_NEWS_NONE;
  *is_missing = FALSE;
  return WN_PACKET_NEWS_LATE;
}
