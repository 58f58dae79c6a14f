/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "scenarios.h"

#define KBPS 1000

/* One way.  The round trip is twice as long. */
#define PATH .delay_us = 20 * MS
#define FEEDBACK .feedback_delay_us = 20 * MS
#define CAPACITY(kbps) .steps = { { 0, (kbps) *KBPS } }, .n_steps = 1
#define KEY_FRAMES .key_interval_us = 10 * SECOND

#define PLAIN(name_, kbps, ...)                                                \
  {                                                                            \
    .name = name_, .seconds = 60,                                              \
    .link = { CAPACITY (kbps), PATH, __VA_ARGS__ },                            \
    .flows = { { FEEDBACK, KEY_FRAMES } },                                     \
  }

const CourseSettings scenarios[] = {
  PLAIN ("300 kbit/s", 300, ),
  PLAIN ("600 kbit/s", 600, ),
  PLAIN ("1500 kbit/s", 1500, ),
  PLAIN ("5000 kbit/s", 5000, ),
  {
      .name = "300 kbit/s, paced",
      .seconds = 60,
      .link = { CAPACITY (300), PATH },
      .flows = { { FEEDBACK, KEY_FRAMES, .pacing = 2.5 } },
  },
  {
      .name = "300 kbit/s, with audio",
      .seconds = 60,
      .link = { CAPACITY (300), PATH },
      .flows = { { FEEDBACK, KEY_FRAMES, .audio = 40 * KBPS } },
  },
  {
      .name = "1500 kbit/s, with audio",
      .seconds = 60,
      .link = { CAPACITY (1500), PATH },
      .flows = { { FEEDBACK, KEY_FRAMES, .audio = 64 * KBPS } },
  },
  {
      .name = "600 kbit/s, 15 frames a second, with audio",
      .seconds = 60,
      .link = { CAPACITY (600), PATH },
      .flows = { { FEEDBACK, KEY_FRAMES, .audio = 40 * KBPS, .frames = 15 } },
  },
  {
      .name = "600 kbit/s, 15 frames a second, paced, with audio",
      .seconds = 60,
      .link = { CAPACITY (600), PATH },
      .flows = { { FEEDBACK, KEY_FRAMES, .audio = 40 * KBPS, .frames = 15,
          .pacing = 2.5 } },
  },
  {
      .name = "600 kbit/s, 15 frames a second",
      .seconds = 60,
      .link = { CAPACITY (600), PATH },
      .flows = { { FEEDBACK, KEY_FRAMES, .frames = 15 } },
  },
  {
      .name = "100 kbit/s, audio alone",
      .seconds = 60,
      .link = { CAPACITY (100), PATH },
      .flows = { { FEEDBACK, KEY_FRAMES, .start = 60 * KBPS, .audio = 60 * KBPS,
          .encoder_max = 1 } },
  },
  {
      .name = "300 kbit/s, begun with 1000",
      .seconds = 60,
      .link = { CAPACITY (300), PATH },
      .flows = { { FEEDBACK, KEY_FRAMES, .start = 1000 * KBPS } },
  },
  {
      .name = "2000, 400, 1500 kbit/s",
      .seconds = 120,
      .link = { .steps = { { 0, 2000 * KBPS }, { 40 * SECOND, 400 * KBPS },
                    { 70 * SECOND, 1500 * KBPS } },
          .n_steps = 3,
          PATH },
      .flows = { { FEEDBACK, KEY_FRAMES } },
  },
  {
      .name = "2000, 400, 1500 kbit/s, a queue of 3 s",
      .seconds = 120,
      .link = { .steps = { { 0, 2000 * KBPS }, { 40 * SECOND, 400 * KBPS },
                    { 70 * SECOND, 1500 * KBPS } },
          .n_steps = 3,
          .queue_us = 3 * SECOND,
          PATH },
      .flows = { { FEEDBACK, KEY_FRAMES } },
  },
  PLAIN ("loss 1 %", 1500, .loss = 0.01),
  PLAIN ("loss 2 %", 1500, .loss = 0.02),
  PLAIN ("loss 5 %", 1500, .loss = 0.05),
  PLAIN ("loss 10 %", 1500, .loss = 0.10),
  PLAIN ("loss 20 %", 1500, .loss = 0.20),
  PLAIN ("loss 35 %", 1500, .loss = 0.35),
  PLAIN ("jitter 10 ms", 1500, .jitter_us = 10 * MS),
  PLAIN ("jitter 20 ms", 1500, .jitter_us = 20 * MS),
  PLAIN ("jitter 20 ms, reordered", 1500, .jitter_us = 20 * MS,
      .reorders = TRUE),
  {
      .name = "round trip 200 ms",
      .seconds = 60,
      .link = { CAPACITY (1500), .delay_us = 100 * MS },
      .flows = { { .feedback_delay_us = 100 * MS, KEY_FRAMES } },
  },
  {
      .name = "feedback each 50 ms, 20 % of it lost",
      .seconds = 60,
      .link = { CAPACITY (1500), PATH },
      .flows = { { FEEDBACK, KEY_FRAMES, .feedback_us = 50 * MS,
          .feedback_loss = 0.2 } },
  },
  PLAIN ("600 kbit/s, a queue of 30 ms", 600, .queue_us = 30 * MS),
  PLAIN ("1500 kbit/s, a queue of 30 ms", 1500, .queue_us = 30 * MS),
  PLAIN ("300 kbit/s, policed", 300, .is_policer = TRUE, .queue_us = 100 * MS),
  PLAIN ("600 kbit/s, policed", 600, .is_policer = TRUE, .queue_us = 1000 * MS),
  PLAIN ("1500 kbit/s, policed", 1500, .is_policer = TRUE,
      .queue_us = 100 * MS),
  {
      .name = "2000, 400, 1500 kbit/s, policed",
      .seconds = 120,
      .link = { .steps = { { 0, 2000 * KBPS }, { 40 * SECOND, 400 * KBPS },
                    { 70 * SECOND, 1500 * KBPS } },
          .n_steps = 3,
          .is_policer = TRUE,
          .queue_us = 100 * MS,
          PATH },
      .flows = { { FEEDBACK, KEY_FRAMES } },
  },
  {
      .name = "two flows at once",
      .seconds = 60,
      .link = { CAPACITY (2000), PATH },
      .flows = { { FEEDBACK, KEY_FRAMES },
          { FEEDBACK, KEY_FRAMES, .begins_at = 511 * MS } },
      .n_flows = 2,
  },
  {
      .name = "two flows, one later",
      .seconds = 180,
      .link = { CAPACITY (2000), PATH },
      .flows = { { FEEDBACK, KEY_FRAMES },
          { FEEDBACK, KEY_FRAMES, .begins_at = 20 * SECOND + 7 * MS } },
      .n_flows = 2,
  },
  {
      .name = "another flow of 800 kbit/s from 30 s on",
      .seconds = 90,
      .link = { CAPACITY (2000), PATH },
      .flows = { { FEEDBACK, KEY_FRAMES },
          { FEEDBACK, .begins_at = 30 * SECOND, .fixed = 800 * KBPS } },
      .n_flows = 2,
  },
  {
      .name = "an encoder that makes 400 kbit/s at most",
      .seconds = 60,
      .link = { CAPACITY (2000), PATH },
      .flows = { { FEEDBACK, KEY_FRAMES, .encoder_max = 400 * KBPS } },
  },
  {
      .name = "an outage of 12 s",
      .seconds = 90,
      .link = { CAPACITY (1500), PATH },
      .flows = { { FEEDBACK, KEY_FRAMES, .outage_from = 40 * SECOND,
          .outage_until = 52 * SECOND } },
  },
};

const guint n_scenarios = G_N_ELEMENTS (scenarios);
