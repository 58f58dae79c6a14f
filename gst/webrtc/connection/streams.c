/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "streams.h"

#include "webrtc/pad/rtpformat.h"

/* An encoder that looks ahead puts out its first picture after that many: x264enc
 * after 40 to 60, if nothing is set, which is up to 2.4 s of 25 frames a second. */
#define MAX_WAIT_US (3 * G_USEC_PER_SEC)

static void
forget_target (WnStream *self)
{
  gst_clear_object (&self->target);
  gst_clear_caps (&self->format);
  gst_clear_caps (&self->wire);
}

static void
stream_free (WnStream *self)
{
  wn_gate_disconnect (self->gate);
  wn_sink_pad_remove_gate (self->pad, self->gate);
  wn_sink_pad_set_bitrate (self->pad, 0);
  wn_gate_unref (self->gate);
  forget_target (self);
  gst_clear_caps (&self->negotiated);
  gst_object_unref (self->pad);
  g_free (self);
}

/*** What upstream sends ***/

static gboolean
is_other_encoding (WnSinkPad *pad, GstCaps *former)
{
  g_autoptr (GstCaps) format = wn_sink_pad_get_final_format (pad);
  const GstStructure *now, *then;

  if (!format || !former)
    return FALSE;

  now = gst_caps_get_structure (format, 0);
  then = gst_caps_get_structure (former, 0);
  return g_strcmp0 (gst_structure_get_string (now, "encoding-name"),
             gst_structure_get_string (then, "encoding-name"))
      != 0
      || g_strcmp0 (gst_structure_get_string (now, "media"),
             gst_structure_get_string (then, "media"))
      != 0
      || wn_rtp_format_has_other_parameters (now, then);
}

/* Returns: whether another encoding comes than the one that is sent */
gboolean
wn_stream_has_changed (const WnStream *self)
{
  return is_other_encoding (self->pad, self->format);
}

/* Returns: whether its caps are other than those that the remote peer was asked
 * about, which it may have declined */
gboolean
wn_stream_has_news (const WnStream *self)
{
  /* Who waited has to look again. */
  if (self->mline < 0 && self->wait_until > 0)
    return TRUE;
  return !self->negotiated || is_other_encoding (self->pad, self->negotiated);
}

/*** Waiting for it ***/

/* A stream's caps come when its encoder has started, and some only say everything
 * when it has put something out.  An offer that is made before leaves the stream
 * out, or says less than it should, so that a second one has to follow.  So an offer
 * waits for the streams that are to be in it, but not for ever: upstream may have
 * nothing to send.
 *
 * Returns: whether to wait for a stream that has no section as yet */
static gboolean
is_awaited (WnStream *self, gint64 now)
{
  if (wn_sink_pad_is_settled (self->pad)) {
    self->wait_until = 0;
    return FALSE;
  }
  if (self->wait_until == 0)
    self->wait_until = now + MAX_WAIT_US;
  return now < self->wait_until;
}

/**
 * wn_stream_is_vague:
 *
 * Returns: whether the stream should not be put into a remote offer's section as
 *   yet: what is known of its format might be of another than what will come
 */
gboolean
wn_stream_is_vague (const WnStream *self, gint64 now)
{
  g_autoptr (GstCaps) format = NULL;

  if (wn_sink_pad_is_settled (self->pad)
      || (self->wait_until > 0 && now >= self->wait_until))
    return FALSE;
  format = wn_sink_pad_get_format (self->pad);
  return !format || !wn_rtp_format_is_complete (format);
}

/*** Its section ***/

/* Returns: whether it is sent as soon as the peers are connected, if they want it */
gboolean
wn_stream_is_sent (const WnStream *self)
{
  return self->is_in_force && self->format;
}

gboolean
wn_stream_may_be_placed (const WnStream *self)
{
  return self->mline < 0 && !self->is_stopped;
}

/**
 * wn_stream_enter:
 * @mline: the section that it is to be sent in; -1: one that is about to be
 * @format: what upstream sends
 * @wire: what webrtcbin is to see of it
 */
void
wn_stream_enter (WnStream *self, gint mline, GstCaps *format, GstCaps *wire)
{
  if (self->mline != mline || !self->wire
      || !gst_caps_is_equal (self->wire, wire))
    self->is_in_force = FALSE;
  self->mline = mline;
  gst_caps_replace (&self->format, format);
  gst_caps_replace (&self->negotiated, format);
  gst_caps_replace (&self->wire, wire);
}

void
wn_stream_leave (WnStream *self)
{
  wn_gate_disconnect (self->gate);
  forget_target (self);
  self->mline = -1;
  self->is_in_force = FALSE;
}

/*** All of them ***/

GPtrArray *
wn_streams_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) stream_free);
}

WnStream *
wn_streams_find (GPtrArray *self, WnSinkPad *pad)
{
  for (guint i = 0; i < self->len; i++) {
    WnStream *stream = g_ptr_array_index (self, i);

    if (stream->pad == pad)
      return stream;
  }
  return NULL;
}

/* It may have been added before. */
void
wn_streams_add (GPtrArray *self, WnSinkPad *pad)
{
  WnStream *stream;

  if (wn_streams_find (self, pad))
    return;
  stream = g_new0 (WnStream, 1);
  stream->pad = gst_object_ref (pad);
  stream->gate = wn_sink_pad_add_gate (pad);
  stream->mline = -1;
  g_ptr_array_add (self, stream);
}

/* Its section stays, for another stream to use. */
void
wn_streams_remove (GPtrArray *self, WnSinkPad *pad)
{
  WnStream *stream = wn_streams_find (self, pad);

  if (stream)
    g_ptr_array_remove (self, stream);
}

/* Returns: (nullable): the stream that the section at @mline is for */
WnStream *
wn_streams_get_at (GPtrArray *self, guint mline)
{
  for (guint i = 0; i < self->len; i++) {
    WnStream *stream = g_ptr_array_index (self, i);

    if (stream->mline == (gint) mline)
      return stream;
  }
  return NULL;
}

/**
 * wn_streams_get_wish:
 * @mline: of a section, or of one that is about to be
 *
 * Returns: the direction that we would like it to have.  Without a stream of ours
 *   that is to receive whatever comes.
 */
WnDirection
wn_streams_get_wish (GPtrArray *self, guint mline)
{
  WnStream *stream = wn_streams_get_at (self, mline);

  return stream ? wn_sink_pad_get_direction (stream->pad)
                : WN_DIRECTION_RECVONLY;
}

/**
 * wn_streams_get_wait:
 *
 * Returns: until when an offer has to wait for streams, unless these settle before;
 *   0 if it can be made now
 */
gint64
wn_streams_get_wait (GPtrArray *self, gint64 now)
{
  gint64 wait = 0;

  for (guint i = 0; i < self->len; i++) {
    WnStream *stream = g_ptr_array_index (self, i);

    if (stream->mline < 0 && is_awaited (stream, now))
      wait = MAX (wait, stream->wait_until);
  }
  return wait;
}

/* What the streams are in is negotiated. */
void
wn_streams_put_in_force (GPtrArray *self)
{
  for (guint i = 0; i < self->len; i++) {
    WnStream *stream = g_ptr_array_index (self, i);

    stream->is_in_force = stream->mline >= 0;
  }
}

/* The sections from @mline on are not there any more. */
void
wn_streams_leave_from (GPtrArray *self, guint mline)
{
  for (guint i = 0; i < self->len; i++) {
    WnStream *stream = g_ptr_array_index (self, i);

    if (stream->mline >= (gint) mline)
      wn_stream_leave (stream);
  }
}

/* There is another webrtcbin, and the sections are what they were. */
void
wn_streams_forget_webrtcbin (GPtrArray *self)
{
  for (guint i = 0; i < self->len; i++) {
    WnStream *stream = g_ptr_array_index (self, i);

    wn_gate_disconnect (stream->gate);
    forget_target (stream);
  }
}

/* Nothing is negotiated any more; the streams and their wishes stay. */
void
wn_streams_forget (GPtrArray *self)
{
  wn_streams_leave_from (self, 0);
  for (guint i = 0; i < self->len; i++)
    ((WnStream *) g_ptr_array_index (self, i))->is_stopped = FALSE;
}
