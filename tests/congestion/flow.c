/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "flow.h"

#define AUDIO_US (20 * MS)
#define PACKET_SIZE 1200

/* How fast the encoder follows, each frame. */
#define FOLLOWING 0.3
/* What of a frame at least is left where a key frame is paid for. */
#define MIN_FRAME 0.5

#define MAX_BACKLOG (4 * 1024 * 1024)

Flow *
flow_new (const FlowSettings *settings, guint number, Link *link, GRand *random)
{
  Flow *self = g_new0 (Flow, 1);

  self->settings = *settings;
  self->number = number;
  self->link = link;
  self->random = random;
  if (!self->settings.start)
    self->settings.start = 300000;
  if (!self->settings.max)
    self->settings.max = 10000000;
  if (!self->settings.frames)
    self->settings.frames = 30;
  if (self->settings.key_factor <= 0)
    self->settings.key_factor = 4;
  if (!self->settings.feedback_us)
    self->settings.feedback_us = 100 * MS;
  self->congestion = wn_congestion_new (self->settings.min,
      self->settings.start, self->settings.max);
  /* Hours, and a good crystal's drift. */
  self->clock_offset =
      g_rand_double_range (random, -10000, 10000) * G_USEC_PER_SEC;
  self->clock_drift = g_rand_double_range (random, -30e-6, 30e-6);
  self->encoder_bitrate = self->settings.start;
  self->next_audio_at = self->settings.begins_at;
  self->next_frame_at = self->next_key_frame_at = self->settings.begins_at;
  self->next_feedback_at = self->settings.begins_at;
  return self;
}

void
flow_free (Flow *self)
{
  wn_congestion_free (self->congestion);
  g_free (self);
}

static gboolean
is_out (const Flow *self, gint64 now)
{
  return now >= self->settings.outage_from && now < self->settings.outage_until;
}

/*** The encoder ***/

static guint
encode (Flow *self, gint64 now)
{
  gdouble bitrate = wn_congestion_get_bitrate (self->congestion);
  gdouble bits, share;

  bitrate = MAX (bitrate - self->settings.audio, 1000);
  if (self->settings.encoder_max)
    bitrate = MIN (bitrate, self->settings.encoder_max);
  if (self->settings.fixed)
    bitrate = self->settings.fixed;
  self->encoder_bitrate += FOLLOWING * (bitrate - self->encoder_bitrate);
  bits = self->encoder_bitrate / self->settings.frames;
  share = bits * g_rand_double_range (self->random, 0.8, 1.2);
  if (now >= self->next_key_frame_at) {
    self->next_key_frame_at = self->settings.key_interval_us
        ? now + self->settings.key_interval_us
        : G_MAXINT64;
    self->debt += (self->settings.key_factor - 1) * bits;
    return self->settings.key_factor * share / 8;
  }
  bits = MIN (self->debt, (1 - MIN_FRAME) * share);
  self->debt -= bits;
  return MAX (share - bits, 8 * 60) / 8;
}

static void
send_packet (Flow *self, guint size, gint64 now)
{
  LinkPacket packet = { self->number, self->n_sent++, size };
  FlowPacket *own = &self->packets[packet.index % FLOW_MAX_PACKETS];

  *own = (FlowPacket) { .sent_at = now, .size = size };
  self->bytes_sent += size;
  wn_congestion_send (self->congestion, now);
  if (!is_out (self, now))
    link_push (self->link, &packet, now);
}

void
flow_send (Flow *self, gint64 now)
{
  if (self->settings.audio && now >= self->next_audio_at) {
    send_packet (self, self->settings.audio * AUDIO_US / SECOND / 8, now);
    self->next_audio_at += AUDIO_US;
  }
  if (now >= self->next_frame_at) {
    self->backlog = MIN (self->backlog + encode (self, now), MAX_BACKLOG);
    self->next_frame_at += SECOND / self->settings.frames;
  }
  while (self->backlog && now >= self->paced_until) {
    guint size = MIN (self->backlog, PACKET_SIZE);

    send_packet (self, size, now);
    self->backlog -= size;
    if (self->settings.pacing > 0)
      self->paced_until = MAX (self->paced_until, now - MS)
          + size * 8 * SECOND
              / (self->settings.pacing
                  * wn_congestion_get_bitrate (self->congestion));
  }
}

/*** The receiver ***/

void
flow_arrive (Flow *self, const LinkPacket *packet, gint64 arrived_at)
{
  if (is_out (self, arrived_at))
    return;
  self->packets[packet->index % FLOW_MAX_PACKETS].arrived_at = arrived_at;
  self->bytes_arrived += packet->size;
}

/* What has arrived until @now: packets of the last second may be late. */
static void
look (Flow *self, gint64 now)
{
  guint first = self->n_told > 256 ? self->n_told - 256 : 0;

  for (guint i = first; i < self->n_sent; i++) {
    const FlowPacket *packet = &self->packets[i % FLOW_MAX_PACKETS];

    if (!packet->arrived_at || packet->arrived_at > now)
      continue;
    self->n_arrived = MAX (self->n_arrived, i + 1);
    if (i < self->n_told
        && packet->arrived_at > now - self->settings.feedback_us)
      self->late = MIN (self->late, i);
  }
}

static void
tell (Flow *self, gint64 now)
{
  FlowFeedback *feedback;
  guint i = (self->first_feedback + self->n_feedbacks) % FLOW_MAX_FEEDBACKS;

  self->next_feedback_at = now + self->settings.feedback_us;
  self->late = self->n_told;
  look (self, now);
  if (self->n_arrived <= self->n_told && self->late == self->n_told)
    return;
  feedback = &self->feedbacks[i];
  feedback->at = now;
  feedback->first = self->late;
  feedback->end = MAX (self->n_arrived, self->late + 1);
  self->n_told = MAX (self->n_told, feedback->end);
  if (self->n_feedbacks < FLOW_MAX_FEEDBACKS && !is_out (self, now)
      && g_rand_double (self->random) >= self->settings.feedback_loss)
    self->n_feedbacks++;
}

static void
hear (Flow *self, const FlowFeedback *feedback, gint64 now)
{
  guint n = MIN (feedback->end - feedback->first, FLOW_MAX_PACKETS);
  g_autofree WnPacketReport *reports = g_new0 (WnPacketReport, n);

  for (guint i = 0; i < n; i++) {
    guint index = feedback->end - n + i;
    const FlowPacket *packet = &self->packets[index % FLOW_MAX_PACKETS];

    reports[i].seqnum = index;
    reports[i].sent_at = packet->sent_at;
    reports[i].size = packet->size;
    reports[i].is_lost =
        !packet->arrived_at || packet->arrived_at > feedback->at;
    /* On the wire it is in steps of 250 µs. */
    if (!reports[i].is_lost)
      reports[i].arrived_at =
          (gint64) (packet->arrived_at * (1 + self->clock_drift) / 250) * 250
          + self->clock_offset;
  }
  wn_congestion_receive (self->congestion, reports, n, now);
}

/* The receiver's turn, and what comes back from it. */
void
flow_listen (Flow *self, gint64 now)
{
  if (now >= self->next_feedback_at)
    tell (self, now);
  while (self->n_feedbacks) {
    const FlowFeedback *feedback = &self->feedbacks[self->first_feedback];

    if (feedback->at + self->settings.feedback_delay_us > now)
      break;
    hear (self, feedback, now);
    self->first_feedback = (self->first_feedback + 1) % FLOW_MAX_FEEDBACKS;
    self->n_feedbacks--;
  }
  if (now >= wn_congestion_get_expiry (self->congestion))
    wn_congestion_handle_expiry (self->congestion, now);
}
