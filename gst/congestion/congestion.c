/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "congestion.h"

#include "ackedbitrate.h"
#include "aimd.h"
#include "lossrate.h"
#include "packethistory.h"
#include "queueing.h"

/* What feedback can mean: a packet that was sent not long ago, … */
#define MAX_AGE_US (60 * (gint64) G_USEC_PER_SEC)
/* …a time of which differences fit, … */
#define MAX_ARRIVAL_US (G_MAXINT64 / 8)
/* …and what UDP carries. */
#define MAX_SIZE 65535

/* After that time without feedback all begins anew that is about differences between
 * packets. */
#define PAUSE_US (2 * (gint64) G_USEC_PER_SEC)

/* Nothing is heard of what is sent: libwebrtc's back-off by the round trip. */
#define SILENCE_US (3 * (gint64) G_USEC_PER_SEC)
#define SILENCE_STEP_US G_USEC_PER_SEC
#define SILENCE_FACTOR 0.8

/**
 * WnCongestion:
 * @min: of the bitrate, bit/s
 * @max: of the bitrate
 * @now: the latest time that was told
 * @told_at: when there was feedback of packets that had arrived; 0: never
 * @unanswered_at: when the first packet was sent after the last feedback; 0: none was
 * @backed_off_at: when nothing had been heard for too long; 0: something was
 * @last_sent_at: of the packets that have arrived
 */
struct _WnCongestion
{
  gdouble min;
  gdouble max;
  gint64 now;
  gint64 told_at;
  gint64 unanswered_at;
  gint64 backed_off_at;
  gint64 last_sent_at;

  WnPacketHistory history;
  WnPacketGroups groups;
  WnTrendline trendline;
  WnOveruse overuse;
  WnAckedBitrate acked;
  WnAimd aimd;
  WnLossRate loss;
  WnQueueing queueing;
};

/*** Life ***/

/* The delay's past, which is of no use after a pause, or for another clock. */
static void
clear_delays (WnCongestion *self)
{
  wn_packet_groups_clear (&self->groups);
  wn_trendline_clear (&self->trendline);
  wn_overuse_clear (&self->overuse);
  wn_acked_bitrate_clear (&self->acked);
}

/**
 * wn_congestion_new:
 * @min: bit/s
 * @start: bit/s: where it begins
 * @max: bit/s
 */
WnCongestion *
wn_congestion_new (guint min, guint start, guint max)
{
  WnCongestion *self = g_new0 (WnCongestion, 1);

  wn_congestion_set_limits (self, min, max);
  wn_congestion_restart (self, start);
  return self;
}

void
wn_congestion_free (WnCongestion *self)
{
  g_free (self);
}

/**
 * wn_congestion_set_limits:
 * @min: bit/s; the least is WN_CONGESTION_MIN_BITRATE
 * @max: bit/s; if it is less than @min, @min is what is sent
 */
void
wn_congestion_set_limits (WnCongestion *self, guint min, guint max)
{
  self->min = MAX (min, WN_CONGESTION_MIN_BITRATE);
  self->max = MAX (max, self->min);
  wn_aimd_set_limits (&self->aimd, self->min, self->max);
}

/**
 * wn_congestion_restart:
 * @bitrate: bit/s: where it begins
 *
 * The path is another one: nothing of what was learned is of use.  Sequence numbers
 * may begin anew.
 */
void
wn_congestion_restart (WnCongestion *self, guint bitrate)
{
  clear_delays (self);
  wn_packet_history_clear (&self->history);
  wn_aimd_start (&self->aimd, bitrate);
  wn_loss_rate_clear (&self->loss);
  self->queueing = (WnQueueing) { 0 };
  self->told_at = self->unanswered_at = self->backed_off_at = 0;
  self->last_sent_at = 0;
}

/*** Feedback ***/

/* A feedback that is read, and what came of it so far. */
typedef struct
{
  gint64 now;
  gboolean is_begun; /* a packet was told of that was sent */
  gboolean has_arrival;
  gint64 one_way_us;    /* least */
  gint64 round_trip_us; /* least */
} Feedback;

static void
handle_delay (WnCongestion *self, Feedback *feedback,
    const WnPacketReport *report)
{
  WnDelayVariation variation;

  switch (wn_packet_groups_add (&self->groups, report->sent_at,
      report->arrived_at, feedback->now, &variation)) {
    case WN_GROUPING_COMPLETE:
      wn_trendline_add (&self->trendline, &variation);
      wn_overuse_update (&self->overuse, &self->trendline, &variation);
      break;
    case WN_GROUPING_LOST:
      wn_trendline_clear (&self->trendline);
      wn_overuse_clear (&self->overuse);
      wn_acked_bitrate_clear (&self->acked);
      wn_queueing_clear_path (&self->queueing);
      feedback->has_arrival = FALSE;
      break;
    case WN_GROUPING_OPEN:
      break;
  }
}

static void
handle_arrival (WnCongestion *self, Feedback *feedback,
    const WnPacketReport *report)
{
  gint64 one_way_us = report->arrived_at - report->sent_at;
  gint64 round_trip_us = feedback->now - report->sent_at;

  /* What is late has been overtaken, which is no queue's doing. */
  if (report->sent_at >= self->last_sent_at) {
    self->last_sent_at = report->sent_at;
    handle_delay (self, feedback, report);
  }
  if (!feedback->has_arrival) {
    feedback->one_way_us = one_way_us;
    feedback->round_trip_us = round_trip_us;
  }
  feedback->has_arrival = TRUE;
  feedback->one_way_us = MIN (feedback->one_way_us, one_way_us);
  feedback->round_trip_us = MIN (feedback->round_trip_us, round_trip_us);
  wn_acked_bitrate_add (&self->acked, report->sent_at, report->arrived_at,
      MIN (report->size, MAX_SIZE));
}

static gboolean
is_credible (const WnPacketReport *report, gint64 now)
{
  return report->sent_at > 0 && report->sent_at <= now
      && now - report->sent_at <= MAX_AGE_US
      && (report->is_lost
          || (report->arrived_at >= -MAX_ARRIVAL_US
              && report->arrived_at <= MAX_ARRIVAL_US));
}

static void
handle_report (WnCongestion *self, Feedback *feedback,
    const WnPacketReport *report)
{
  WnPacketNews news;
  guint n_skipped, n_lost = report->is_lost ? 1 : 0;

  news = wn_packet_history_add (&self->history, report->seqnum, report->sent_at,
      report->is_lost, feedback->is_begun, &n_skipped);
  if (news == WN_PACKET_NEWS_LATE)
    wn_loss_rate_take_back (&self->loss);
  else if (news == WN_PACKET_NEWS_FIRST && feedback->is_begun)
    wn_loss_rate_add (&self->loss, n_skipped + 1, n_skipped + n_lost);
  else if (news == WN_PACKET_NEWS_FIRST) {
    /* It is feedback that is lost, and says nothing of packets. */
    wn_loss_rate_add (&self->loss, 1, n_lost);
    wn_acked_bitrate_skip (&self->acked, n_skipped);
  }
  feedback->is_begun = TRUE;
  if (news != WN_PACKET_NEWS_NONE && !report->is_lost)
    handle_arrival (self, feedback, report);
}

static gdouble
get_estimate (const WnCongestion *self)
{
  gdouble bitrate = self->aimd.bitrate;

  if (self->loss.bitrate > 0)
    bitrate = MIN (bitrate, self->loss.bitrate);
  return MAX (bitrate, self->min);
}

/* Returns: whether the delay tells of no congestion */
static gboolean
is_calm (const WnCongestion *self)
{
  return self->overuse.usage == WN_USAGE_NORMAL
      && wn_queueing_get_share (&self->queueing) >= 1;
}

static void
handle_feedback (WnCongestion *self, const Feedback *feedback)
{
  gdouble acked = wn_acked_bitrate_get (&self->acked), capacity;

  self->unanswered_at = self->backed_off_at = 0;
  if (feedback->has_arrival) {
    self->told_at = feedback->now;
    wn_queueing_add (&self->queueing, feedback->one_way_us,
        feedback->round_trip_us, feedback->now);
    wn_aimd_update (&self->aimd, self->overuse.usage, acked,
        wn_acked_bitrate_get_arrival (&self->acked),
        self->queueing.round_trip_us, feedback->now);
  }
  capacity = wn_loss_rate_update (&self->loss, get_estimate (self), acked,
      is_calm (self), self->queueing.round_trip_us, feedback->now);
  if (capacity > 0)
    wn_aimd_limit (&self->aimd, capacity, feedback->now);
}

/* Time that goes back stands still. */
static gint64
advance (WnCongestion *self, gint64 now)
{
  self->now = CLAMP (now, MAX (self->now, 1), G_MAXINT64 / 2);
  return self->now;
}

/**
 * wn_congestion_receive:
 * @reports: (array length=n_reports): by sequence number
 *
 * Feedback came.  Reports that cannot be are passed over.
 */
void
wn_congestion_receive (WnCongestion *self, const WnPacketReport *reports,
    gsize n_reports, gint64 now)
{
  Feedback feedback = { .now = advance (self, now) };

  if (self->told_at && feedback.now - self->told_at > PAUSE_US)
    clear_delays (self);
  for (gsize i = 0; i < n_reports; i++) {
    if (is_credible (&reports[i], feedback.now))
      handle_report (self, &feedback, &reports[i]);
  }
  if (feedback.is_begun)
    handle_feedback (self, &feedback);
}

/*** Time ***/

/**
 * wn_congestion_send:
 *
 * A packet leaves of which feedback is to tell.
 */
void
wn_congestion_send (WnCongestion *self, gint64 now)
{
  now = advance (self, now);
  if (!self->unanswered_at)
    self->unanswered_at = now;
}

/**
 * wn_congestion_get_expiry:
 *
 * Returns: when wn_congestion_handle_expiry() is to be called, if there is no feedback
 *   until then; G_MAXINT64: never
 */
gint64
wn_congestion_get_expiry (const WnCongestion *self)
{
  if (!self->unanswered_at)
    return G_MAXINT64;
  return self->backed_off_at ? self->backed_off_at + SILENCE_STEP_US
                             : self->unanswered_at + SILENCE_US;
}

/**
 * wn_congestion_handle_expiry:
 *
 * It may be called at any time, and does nothing before its time.
 */
void
wn_congestion_handle_expiry (WnCongestion *self, gint64 now)
{
  now = advance (self, now);
  if (now < wn_congestion_get_expiry (self))
    return;
  self->backed_off_at = now;
  wn_aimd_back_off (&self->aimd, SILENCE_FACTOR, now);
}

/*** The state ***/

/**
 * wn_congestion_get_bitrate:
 *
 * Returns: bit/s that are to be sent, within the limits
 */
guint
wn_congestion_get_bitrate (const WnCongestion *self)
{
  gdouble bitrate =
      get_estimate (self) * wn_queueing_get_share (&self->queueing);

  return CLAMP (bitrate, self->min, self->max);
}

void
wn_congestion_get_stats (const WnCongestion *self, WnCongestionStats *stats)
{
  gdouble acked = wn_acked_bitrate_get (&self->acked);

  *stats = (WnCongestionStats) {
    .usage = self->overuse.usage,
    .delay_bitrate = self->aimd.bitrate,
    .loss_bitrate = MIN (self->loss.bitrate, G_MAXUINT),
    .acked_bitrate = MIN (acked, G_MAXUINT),
    .loss_rate = self->loss.rate,
    .round_trip_us = self->queueing.round_trip_us,
    .queueing_us = self->queueing.delay_us,
  };
}
