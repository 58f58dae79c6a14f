/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* R_hat of draft-ietf-rmcat-gcc-02, 5.5. */

#include "ackedbitrate.h"

/* The packets of so long a time (T in the draft), and at least so many, if these are
 * not too old. */
#define WINDOW_US 500000
#define MIN_PACKETS 20
#define MAX_WINDOW_US (2 * (gint64) G_USEC_PER_SEC)

/* Over less than that, there is no bitrate. */
#define MIN_DURATION_US 100000

/* More is no gap in what is sent all the time. */
#define MAX_SKIPPED 1000

/* Packets that are sent so soon after the first one are of the same frame.  It is where
 * the time begins, so that it does not count. */
#define FRAME_US 5000

void
wn_acked_bitrate_clear (WnAckedBitrate *self)
{
  self->first = self->n_packets = self->skipped = 0;
}

static guint
get_index (const WnAckedBitrate *self, guint i)
{
  return (self->first + i) % WN_ACKED_BITRATE_WINDOW;
}

static gboolean
is_first_needless (const WnAckedBitrate *self, gint64 sent_at)
{
  gint64 age = sent_at - self->packets[self->first].sent_at;

  if (self->n_packets == WN_ACKED_BITRATE_WINDOW || age > MAX_WINDOW_US)
    return TRUE;
  return age > WINDOW_US && self->n_packets > MIN_PACKETS;
}

/**
 * wn_acked_bitrate_add:
 * @sent_at: some may be a little late
 * @size: in bytes
 */
void
wn_acked_bitrate_add (WnAckedBitrate *self, gint64 sent_at, gint64 arrived_at,
    guint size)
{
  guint i;

  while (self->n_packets && is_first_needless (self, sent_at)) {
    self->first = get_index (self, 1);
    self->n_packets--;
  }
  i = get_index (self, self->n_packets++);
  self->packets[i].sent_at = sent_at;
  self->packets[i].arrived_at = arrived_at;
  self->packets[i].size = size;
  self->packets[i].skipped = self->skipped;
  self->skipped = 0;
}

/**
 * wn_acked_bitrate_skip:
 *
 * Of so many packets nothing is told, as feedback was lost.  They are taken to have
 * arrived, and to be as large as others.
 */
void
wn_acked_bitrate_skip (WnAckedBitrate *self, guint n_packets)
{
  self->skipped = MIN (n_packets, MAX_SKIPPED);
}

/* What is in the window: how much, and how long that took at either end. */
typedef struct
{
  gdouble bits;
  gint64 sent_us;
  gint64 arrived_us;
} Sum;

static Sum
get_sum (const WnAckedBitrate *self)
{
  gint64 frame_at, first_sent_at, last_sent_at, first_arrived_at;
  gint64 last_arrived_at;
  gdouble size = 0;
  guint n_counted = 0, n_skipped = 0;

  if (!self->n_packets)
    return (Sum) { 0 };
  frame_at = self->packets[self->first].sent_at;
  first_sent_at = last_sent_at = frame_at;
  first_arrived_at = self->packets[self->first].arrived_at;
  last_arrived_at = first_arrived_at;
  for (guint n = 1; n < self->n_packets; n++) {
    guint i = get_index (self, n);
    gint64 sent_at = self->packets[i].sent_at;
    gint64 arrived_at = self->packets[i].arrived_at;

    if (sent_at - frame_at <= FRAME_US) {
      first_sent_at = MAX (first_sent_at, sent_at);
      first_arrived_at = MAX (first_arrived_at, arrived_at);
    } else {
      size += self->packets[i].size;
      n_skipped += self->packets[i].skipped;
      n_counted++;
    }
    last_sent_at = MAX (last_sent_at, sent_at);
    last_arrived_at = MAX (last_arrived_at, arrived_at);
  }

  if (n_counted)
    size += size / n_counted * n_skipped;
  return (Sum) { 8 * size, last_sent_at - first_sent_at,
    last_arrived_at - first_arrived_at };
}

/**
 * wn_acked_bitrate_get:
 *
 * As libwebrtc's robust estimator, it is the lesser of the bitrate at which the packets
 * arrived and of that at which they were sent: a link that stood still lets go of them
 * faster than it carries them.
 *
 * Returns: bit/s; 0: it is not known
 */
gdouble
wn_acked_bitrate_get (const WnAckedBitrate *self)
{
  Sum sum = get_sum (self);
  gint64 duration = MAX (sum.sent_us, sum.arrived_us);

  return duration < MIN_DURATION_US ? 0 : sum.bits * G_USEC_PER_SEC / duration;
}

/**
 * wn_acked_bitrate_get_arrival:
 *
 * What a link carries that has a queue: less may have been sent meanwhile, so that the
 * queue is drained.
 *
 * Returns: bit/s at which they arrived; 0: it is not known
 */
gdouble
wn_acked_bitrate_get_arrival (const WnAckedBitrate *self)
{
  Sum sum = get_sum (self);

  if (MAX (sum.sent_us, sum.arrived_us) < MIN_DURATION_US)
    return 0;
  return sum.bits * G_USEC_PER_SEC / MAX (sum.arrived_us, 1);
}
