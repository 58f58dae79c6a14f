/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * WnEncoder:
 *
 * The encoder upstream of a pad, if it is of a kind whose bitrate can be changed while
 * it works.  It never gets more than what it was set to by whoever made it.
 */
typedef struct
{
  GWeakRef element;
  guint own; /* bit/s: what it was set to; 0: it was left as it is by default */
  guint set; /* bit/s: what it was set to here; 0: nothing */
} WnEncoder;

void wn_encoder_init (WnEncoder *self);
void wn_encoder_clear (WnEncoder *self);

void wn_encoder_steer (WnEncoder *self, GstPad *pad, guint bitrate);

G_END_DECLS
