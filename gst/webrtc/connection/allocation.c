/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "allocation.h"

/* Returns: what is left for the others */
static guint
divide_among (WnShare *shares, guint n, gboolean is_audio, guint bitrate,
    guint64 priorities)
{
  guint rest = bitrate;

  for (guint i = 0; i < n; i++) {
    WnShare *share = &shares[i];
    guint64 part;

    if (share->is_audio != is_audio)
      continue;
    part =
        priorities > 0 ? (guint64) bitrate * share->priority / priorities : 0;
    if (is_audio)
      part = MIN (part, (guint64) WN_ALLOCATION_MAX_AUDIO * share->priority);
    share->bitrate = part;
    rest -= part;
  }
  return rest;
}

static guint64
add_priorities (const WnShare *shares, guint n, gboolean with_audio)
{
  guint64 sum = 0;

  for (guint i = 0; i < n; i++)
    sum += shares[i].is_audio && !with_audio ? 0 : shares[i].priority;
  return sum;
}

/**
 * wn_allocation_divide:
 * @shares: (array length=n) (inout):
 * @bitrate: bit/s, of all
 */
void
wn_allocation_divide (WnShare *shares, guint n, guint bitrate)
{
  bitrate =
      divide_among (shares, n, TRUE, bitrate, add_priorities (shares, n, TRUE));
  divide_among (shares, n, FALSE, bitrate, add_priorities (shares, n, FALSE));
}

static gboolean
is_audio (const WnStream *stream)
{
  return g_strcmp0 (gst_structure_get_string (
                        gst_caps_get_structure (stream->format, 0), "media"),
             "audio")
      == 0;
}

/**
 * wn_allocation_apply:
 * @streams: (element-type WnStream):
 * @bitrate: bit/s; 0: it is not known
 */
void
wn_allocation_apply (GPtrArray *streams, guint bitrate)
{
  g_autofree WnShare *shares = g_new0 (WnShare, streams->len + 1);
  guint n = 0;

  for (guint i = 0; i < streams->len; i++) {
    WnStream *stream = g_ptr_array_index (streams, i);

    if (wn_stream_is_sent (stream))
      shares[n++] = (WnShare) { .is_audio = is_audio (stream),
        .priority = wn_sink_pad_get_priority (stream->pad) };
  }
  wn_allocation_divide (shares, n, bitrate);

  n = 0;
  for (guint i = 0; i < streams->len; i++) {
    WnStream *stream = g_ptr_array_index (streams, i);

    wn_sink_pad_set_bitrate (stream->pad,
        wn_stream_is_sent (stream) ? shares[n++].bitrate : 0);
  }
}
