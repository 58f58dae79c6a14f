/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* draft-ietf-rmcat-gcc-02, 6, takes any loss of more than 10 % for congestion, and at
 * 2 % does not increase any more: with a radio link's loss of 5 % a flow stays where it
 * began, and with 10 % it ends at nothing.  Where a link drops what is too much without
 * a queue, on the other hand, nothing but loss tells of it, and up to 10 % are put up
 * with.  libwebrtc fits a model of both kinds of loss to what it has seen
 * (LossBasedBweV2).  Here, it is tried. */

#include "losstest.h"

/* Of less, nobody needs to know why: it is what a test may cost.  Where much is lost
 * anyway, chance takes and gives more. */
#define WORTH_A_TEST 0.04

/* How fast it is seen that less is lost: once, it may be chance. */
#define FORGETTING 0.25

/* If so much of the loss goes on in a test, it is not for what was sent. */
#define INHERENT_PART (1.0 / 3)

/* More is too much for what is sent, whatever its reason: the draft's rules are for the
 * rest. */
#define MAX_INHERENT 0.2

/* How much has to be seen before a test, and in it: chance makes of 5 packets of a
 * hundred 2 or 8. */
#define MIN_PACKETS 100
#define WINDOW_US (2 * (gint64) G_USEC_PER_SEC)
/* With few packets a test does not go on for ever. */
#define MIN_TEST_PACKETS 50
#define MAX_TEST_US (3 * (gint64) G_USEC_PER_SEC)

static void
begin_window (WnLossTest *self, gint64 now)
{
  self->n_packets = 0;
  self->n_lost = 0;
  self->since = now;
}

static gdouble
get_rate (const WnLossTest *self)
{
  return (gdouble) MAX (self->n_lost, 0) / MAX (self->n_packets, 1);
}

/* Returns: what part of the packets that are not lost anyway is lost, from 0 to 1 */
gdouble
wn_loss_test_get_excess (const WnLossTest *self, gdouble rate)
{
  return MAX (rate - self->inherent, 0) / (1 - self->inherent);
}

static WnLossVerdict
look (WnLossTest *self, gint64 now)
{
  gdouble rate = get_rate (self);

  if (self->n_packets < MIN_PACKETS || now - self->since < WINDOW_US)
    return WN_LOSS_VERDICT_NONE;
  begin_window (self, now);
  if (rate < self->inherent)
    self->inherent += FORGETTING * (rate - self->inherent);
  if (wn_loss_test_get_excess (self, rate) < WORTH_A_TEST + self->inherent / 2)
    return WN_LOSS_VERDICT_NONE;
  self->is_running = TRUE;
  self->is_settled = FALSE;
  self->before = rate;
  return WN_LOSS_VERDICT_BEGUN;
}

static WnLossVerdict
judge (WnLossTest *self, gint64 now)
{
  gdouble rate = get_rate (self);
  gboolean is_inherent;

  if (self->n_packets < MIN_PACKETS
      && (self->n_packets < MIN_TEST_PACKETS
          || now - self->since < MAX_TEST_US))
    return WN_LOSS_VERDICT_NONE;
  self->is_running = FALSE;
  begin_window (self, now);
  /* Were it for what we sent, there would be next to none any more. */
  is_inherent = wn_loss_test_get_excess (self, rate)
      > wn_loss_test_get_excess (self, self->before) * INHERENT_PART;
  if (is_inherent)
    self->inherent = MIN (rate, MAX_INHERENT);
  return is_inherent ? WN_LOSS_VERDICT_INHERENT : WN_LOSS_VERDICT_CONGESTION;
}

/**
 * wn_loss_test_update:
 * @n_packets: since the call before
 * @n_lost: of them; it may be less than 0
 * @is_calm: the delay tells of no congestion.  If it does, that is dealt with first
 */
WnLossVerdict
wn_loss_test_update (WnLossTest *self, guint n_packets, gint n_lost,
    gboolean is_calm, gint64 now)
{
  if (!is_calm || !self->since) {
    gboolean was_running = self->is_running;

    self->is_running = FALSE;
    begin_window (self, now);
    /* It is the delay that limits what is sent now. */
    return was_running ? WN_LOSS_VERDICT_INHERENT : WN_LOSS_VERDICT_NONE;
  }
  /* The first interval is of packets that were sent before. */
  if (self->is_running && !self->is_settled) {
    self->is_settled = TRUE;
    begin_window (self, now);
    return WN_LOSS_VERDICT_NONE;
  }
  self->n_packets += MIN (n_packets, G_MAXINT / 4);
  self->n_lost += n_lost;
  return self->is_running ? judge (self, now) : look (self, now);
}
