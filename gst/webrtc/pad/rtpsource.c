/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "rtpsource.h"

#define SILENCE_US G_USEC_PER_SEC

static guint32
get_ssrc (const GstCaps *caps)
{
  guint ssrc = 0;

  gst_structure_get_uint (gst_caps_get_structure (caps, 0), "ssrc", &ssrc);
  return ssrc;
}

/* What the remote peer is told from now on; packets are as they come at first. */
void
wn_rtp_source_set_wire_format (WnRtpSource *self, const GstCaps *caps)
{
  *self = (WnRtpSource) {
    .on_wire = get_ssrc (caps), .declared = self->declared, .found = self->found
  };
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "clock-rate",
      &self->clock_rate);
}

/* @caps: upstream's */
void
wn_rtp_source_declare (WnRtpSource *self, const GstCaps *caps)
{
  self->declared = get_ssrc (caps);
}

static void
go_on_from_last (WnRtpSource *self, GstRTPBuffer *rtp, gint64 now)
{
  guint32 elapsed = gst_util_uint64_scale (MAX (now - self->time, 0),
      self->clock_rate, G_USEC_PER_SEC);

  self->seq_offset = self->seq + 1 - gst_rtp_buffer_get_seq (rtp);
  self->timestamp_offset =
      self->timestamp + MAX (elapsed, 1) - gst_rtp_buffer_get_timestamp (rtp);
}

/* Where upstream's caps name no source it is the one that comes first, until it is
 * silent and another one comes. */
static gboolean
is_own (WnRtpSource *self, guint32 ssrc, gint64 now)
{
  if (self->declared)
    return ssrc == self->declared || ssrc == self->on_wire;
  if (self->found != ssrc && (!self->found || now - self->time > SILENCE_US))
    self->found = ssrc;
  return ssrc == self->found;
}

/**
 * wn_rtp_source_rewrite:
 * @rtp: of a packet that is about to go; writable
 *
 * A source that upstream's caps do not name is left alone: it is one beside the
 * stream's own.
 */
void
wn_rtp_source_rewrite (WnRtpSource *self, GstRTPBuffer *rtp, gint64 now)
{
  guint32 ssrc = gst_rtp_buffer_get_ssrc (rtp);

  if (!self->on_wire || !is_own (self, ssrc, now))
    return;
  if (self->current && self->current != ssrc)
    go_on_from_last (self, rtp, now);

  self->current = ssrc;
  self->seq = gst_rtp_buffer_get_seq (rtp) + self->seq_offset;
  self->timestamp = gst_rtp_buffer_get_timestamp (rtp) + self->timestamp_offset;
  self->time = now;
  gst_rtp_buffer_set_ssrc (rtp, self->on_wire);
  gst_rtp_buffer_set_seq (rtp, self->seq);
  gst_rtp_buffer_set_timestamp (rtp, self->timestamp);
}
