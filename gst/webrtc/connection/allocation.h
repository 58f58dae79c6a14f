/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Which stream gets how much of what the path carries. */

#pragma once

#include "streams.h"

G_BEGIN_DECLS

/* What speech and music in stereo are well with (bit/s): the rest is for the pictures. */
#define WN_ALLOCATION_MAX_AUDIO 64000

/**
 * WnShare:
 * @is_audio: sound, which never gets more than WN_ALLOCATION_MAX_AUDIO for each of its
 *   priority
 * @priority: more than 0
 * @bitrate: (out): bit/s
 */
typedef struct
{
  gboolean is_audio;
  guint priority;
  guint bitrate;
} WnShare;

void wn_allocation_divide (WnShare *shares, guint n, guint bitrate);
void wn_allocation_apply (GPtrArray *streams, guint bitrate);

G_END_DECLS
