/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <congestion/congestion.h>

#include "link.h"

G_BEGIN_DECLS

#define FLOW_MAX_PACKETS 16384
#define FLOW_MAX_FEEDBACKS 64

/**
 * FlowSettings:
 * @begins_at: when it begins to send
 * @min: of the bitrate
 * @start: of the bitrate; 0: 300 kbit/s
 * @max: of the bitrate; 0: 10 Mbit/s
 * @encoder_max: bit/s that the encoder makes at most; 0: what it is told
 * @audio: bit/s of the bitrate that are audio's, in packets of 20 ms
 * @frames: a second; 0: 30
 * @key_interval_us: between key frames; 0: there is the first one only
 * @key_factor: how much larger than others they are; 0: 4
 * @pacing: packets leave at so much more than the bitrate; 0: at once
 * @feedback_us: between two feedbacks; 0: 100 ms
 * @feedback_delay_us: until feedback is here
 * @feedback_loss: from 0 to 1
 * @fixed: bit/s; it sends so much, whatever is told
 * @outage_from, @outage_until: nothing gets through, either way
 */
typedef struct
{
  gint64 begins_at;
  guint min;
  guint start;
  guint max;
  guint encoder_max;
  guint audio;
  guint frames;
  gint64 key_interval_us;
  gdouble key_factor;
  gdouble pacing;
  gint64 feedback_us;
  gint64 feedback_delay_us;
  gdouble feedback_loss;
  guint fixed;
  gint64 outage_from;
  gint64 outage_until;
} FlowSettings;

typedef struct
{
  gint64 sent_at;
  gint64 arrived_at; /* 0: not as yet, or it is lost */
  guint size;
} FlowPacket;

/* Of @first to before @end, as it was at @at. */
typedef struct
{
  gint64 at;
  guint first;
  guint end;
} FlowFeedback;

/**
 * Flow:
 *
 * An encoder, its packets, who receives them and tells of them, and what
 * WnCongestion makes of that.
 */
typedef struct
{
  FlowSettings settings;
  guint number;
  GRand *random;
  Link *link;
  WnCongestion *congestion;
  gint64 clock_offset;
  gdouble clock_drift;

  /* The encoder. */
  gint64 next_audio_at;
  gint64 next_frame_at;
  gint64 next_key_frame_at;
  gdouble encoder_bitrate;
  gdouble debt; /* bits that a key frame took from the frames after it */

  /* What is to be sent. */
  guint backlog;
  gint64 paced_until;

  FlowPacket packets[FLOW_MAX_PACKETS]; /* a ring */
  guint n_sent;
  guint64 bytes_sent;
  guint64 bytes_arrived;

  /* The receiver. */
  guint n_arrived; /* the highest index that arrived, and 1 */
  guint n_told;
  guint late; /* the lowest one of those that came after they were told of */
  gint64 next_feedback_at;
  FlowFeedback feedbacks[FLOW_MAX_FEEDBACKS]; /* on their way: a ring */
  guint first_feedback;
  guint n_feedbacks;
} Flow;

Flow *flow_new (const FlowSettings *settings, guint number, Link *link,
    GRand *random);
void flow_free (Flow *self);
void flow_send (Flow *self, gint64 now);
void flow_arrive (Flow *self, const LinkPacket *packet, gint64 arrived_at);
void flow_listen (Flow *self, gint64 now);

G_END_DECLS
