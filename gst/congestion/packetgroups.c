/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* draft-ietf-rmcat-gcc-02, 5.1 and 5.2. */

#include "packetgroups.h"

/* Packets that were sent within that time are one group. */
#define BURST_US 5000

/* So are packets that a link held back, and let go at once (5.2): they arrive so soon
 * after each other, … */
#define RELEASE_US 5000
/* … but not for longer than that: else a link that is always busy would make a single
 * group of everything. */
#define MAX_GROUP_US 100000

/* Feedback and the remote peer's clock agree on how much time has passed, but for
 * that much. */
#define MAX_DISAGREEMENT_US (3 * (gint64) G_USEC_PER_SEC)

void
wn_packet_groups_clear (WnPacketGroups *self)
{
  *self = (WnPacketGroups) { 0 };
}

static gboolean
is_of_current (const WnPacketGroups *self, gint64 sent_at, gint64 arrived_at)
{
  const WnPacketGroup *group = &self->current;
  gint64 sent_us = sent_at - group->last_sent_at;
  gint64 arrived_us = arrived_at - group->last_arrived_at;

  if (sent_at - group->first_sent_at <= BURST_US)
    return TRUE;
  return arrived_us < sent_us && arrived_us <= RELEASE_US
      && arrived_at - group->first_arrived_at < MAX_GROUP_US
      && sent_at - group->first_sent_at < MAX_GROUP_US;
}

static void
add_to_current (WnPacketGroups *self, gint64 sent_at, gint64 arrived_at,
    gint64 now)
{
  WnPacketGroup *group = &self->current;

  if (!group->n_packets) {
    group->first_sent_at = group->last_sent_at = sent_at;
    group->first_arrived_at = group->last_arrived_at = arrived_at;
  }
  /* A number that wraps would be "none" again. */
  group->n_packets = MIN (group->n_packets, G_MAXUINT - 1) + 1;
  group->last_sent_at = MAX (group->last_sent_at, sent_at);
  group->first_arrived_at = MIN (group->first_arrived_at, arrived_at);
  group->last_arrived_at = MAX (group->last_arrived_at, arrived_at);
  group->told_at = now;
}

/* A clock that is set, or a number of it that wraps. */
static gboolean
has_jumped (const WnPacketGroup *group, gint64 arrived_at, gint64 now)
{
  gint64 arrived_us = arrived_at - group->last_arrived_at;

  return ABS (arrived_us - (now - group->told_at)) >= MAX_DISAGREEMENT_US;
}

/**
 * wn_packet_groups_add:
 * @sent_at: not before that of the packet added last
 * @arrived_at: no further from 0 than half of what fits
 * @variation: (out): of COMPLETE
 */
WnGrouping
wn_packet_groups_add (WnPacketGroups *self, gint64 sent_at, gint64 arrived_at,
    gint64 now, WnDelayVariation *variation)
{
  WnGrouping grouping = WN_GROUPING_OPEN;

  if (self->current.n_packets && has_jumped (&self->current, arrived_at, now)) {
    wn_packet_groups_clear (self);
    grouping = WN_GROUPING_LOST;
  } else if (self->current.n_packets
      && !is_of_current (self, sent_at, arrived_at)) {
    if (self->previous.n_packets) {
      variation->sent_us =
          self->current.last_sent_at - self->previous.last_sent_at;
      variation->arrived_us =
          self->current.last_arrived_at - self->previous.last_arrived_at;
      variation->arrived_at = self->current.last_arrived_at;
      grouping = WN_GROUPING_COMPLETE;
    }
    self->previous = self->current;
    self->current = (WnPacketGroup) { 0 };
  }
  add_to_current (self, sent_at, arrived_at, now);
  return grouping;
}
