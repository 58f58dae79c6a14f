/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A stream's caps come when its encoder has started, and some only say everything
 * when it has put something out.  An offer that is made before leaves the stream
 * out, or says less than it should, so that a second one has to follow.  So an offer
 * waits for the streams that are to be in it, but not for ever: upstream may have
 * nothing to send. */

#include "webrtc/pad/rtpformat.h"
#include "sections.h"

/* An encoder that looks ahead puts out its first picture after that many: x264enc
 * after 40 to 60, if nothing is set, which is up to 2.4 s of 25 frames a second. */
#define MAX_WAIT_US (3 * G_USEC_PER_SEC)

/* Returns: whether to wait for @stream, which has no section as yet */
static gboolean
is_awaited (WnStream *stream, gint64 now)
{
  if (wn_sink_pad_is_settled (stream->pad)) {
    stream->wait_until = 0;
    return FALSE;
  }
  if (stream->wait_until == 0)
    stream->wait_until = now + MAX_WAIT_US;
  return now < stream->wait_until;
}

/**
 * wn_sections_get_wait:
 *
 * Returns: until when an offer has to wait for streams, unless these settle before;
 *   0 if it can be made now
 */
gint64
wn_sections_get_wait (WnSections *self, gint64 now)
{
  gint64 wait = 0;

  for (guint i = 0; i < self->streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->streams, i);

    if (stream->mline < 0 && is_awaited (stream, now))
      wait = MAX (wait, stream->wait_until);
  }
  return wait;
}

/**
 * wn_stream_is_vague:
 *
 * Returns: whether @stream should not be put into a remote offer's section as yet:
 *   what is known of its format might be of another than what will come
 */
gboolean
wn_stream_is_vague (const WnStream *stream, gint64 now)
{
  g_autoptr (GstCaps) format = NULL;

  if (wn_sink_pad_is_settled (stream->pad)
      || (stream->wait_until > 0 && now >= stream->wait_until))
    return FALSE;
  format = wn_sink_pad_get_format (stream->pad);
  return !format || !wn_rtp_format_is_complete (format);
}
