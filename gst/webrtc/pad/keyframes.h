/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* When a remote peer is asked for a key frame: after a gap, and not for each of the
 * packets that are missing.  A value; times are monotonic, in microseconds. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint64 asked_at; /* 0: never */
  gboolean is_wanted;
} WnKeyFrames;

/* No more often, whatever is lost. */
#define WN_KEY_FRAMES_INTERVAL_US (500 * G_TIME_SPAN_MILLISECOND)
/* What is missed so soon after one was asked for was sent before it. */
#define WN_KEY_FRAMES_ANSWER_US (200 * G_TIME_SPAN_MILLISECOND)

/* Returns: whether to ask now; a request that is put off is due with a packet that comes
 *   later */
static inline gboolean
wn_key_frames_poll (WnKeyFrames *self, gint64 now)
{
  if (!self->is_wanted
      || (self->asked_at > 0
          && now - self->asked_at < WN_KEY_FRAMES_INTERVAL_US))
    return FALSE;
  self->is_wanted = FALSE;
  self->asked_at = now;
  return TRUE;
}

/* A packet is lost for good. */
static inline void
wn_key_frames_miss (WnKeyFrames *self, gint64 now)
{
  if (self->asked_at == 0 || now - self->asked_at >= WN_KEY_FRAMES_ANSWER_US)
    self->is_wanted = TRUE;
}

G_END_DECLS
