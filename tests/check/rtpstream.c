/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "patience.h"
#include "rtpstream.h"

#include <gst/rtp/rtp.h>

#define PACKETS_PER_S many (50, 5)
/* The longest that a source may be at one packet. */
#define BEHIND_MS 5000
#define PAYLOAD_SIZE 40
#define SOURCE_STEP 100000

typedef struct
{
  gchar kind;
  const gchar *media;
  const gchar *encoding;
  gint clock_rate;
  gint payload;
} Kind;

static const Kind kinds[] = {
  { 'v', "video", "VP8", 90000, 96 },
  { '9', "video", "VP9", 90000, 96 },
  { 'h', "video", "H264", 90000, 96 },
  { 'a', "audio", "OPUS", 48000, 96 },
  { 'u', "audio", "PCMU", 8000, 0 },
  { 'p', "audio", "PCMA", 8000, 8 },
  { 'g', "audio", "G722", 8000, 9 },
};

static const Kind *
find_kind (gchar kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (kinds[i].kind == kind)
      return &kinds[i];
  }
  g_assert_not_reached ();
}

static GstCaps *
make_caps (const RtpStream *self)
{
  const Kind *kind = find_kind (self->kind);

  return gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING,
      kind->media, "encoding-name", G_TYPE_STRING, kind->encoding, "clock-rate",
      G_TYPE_INT, kind->clock_rate, "payload", G_TYPE_INT, kind->payload,
      "ssrc", G_TYPE_UINT, self->ssrc, NULL);
}

static GstBuffer *
make_packet (RtpStream *self)
{
  const Kind *kind = find_kind (self->kind);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  GstBuffer *buffer = gst_rtp_buffer_new_allocate (PAYLOAD_SIZE, 0, 0);

  gst_rtp_buffer_map (buffer, GST_MAP_READWRITE, &rtp);
  gst_rtp_buffer_set_ssrc (&rtp, self->ssrc);
  gst_rtp_buffer_set_seq (&rtp, self->seq++);
  gst_rtp_buffer_set_payload_type (&rtp, kind->payload);
  gst_rtp_buffer_set_marker (&rtp, TRUE);
  gst_rtp_buffer_set_timestamp (&rtp,
      gst_util_uint64_scale (g_get_monotonic_time (), kind->clock_rate,
          G_USEC_PER_SEC));
  memset (gst_rtp_buffer_get_payload (&rtp), 0x10, PAYLOAD_SIZE);
  gst_rtp_buffer_unmap (&rtp);
  return buffer;
}

static gboolean
send_packet (gpointer data)
{
  RtpStream *self = data;
  g_autoptr (GstBuffer) packet = make_packet (self);
  GstFlowReturn ret;

  g_signal_emit_by_name (self->source, "push-buffer", packet, &ret);
  self->n_sent++;
  return G_SOURCE_CONTINUE;
}

RtpStream *
rtp_stream_new (gchar kind)
{
  static guint32 next_ssrc = 1000;
  RtpStream *self = g_new0 (RtpStream, 1);
  g_autoptr (GstCaps) caps = NULL;

  self->kind = kind;
  self->ssrc = next_ssrc++;
  self->n_sources = 1;
  self->source =
      gst_object_ref_sink (gst_element_factory_make ("appsrc", NULL));
  caps = make_caps (self);
  g_object_set (self->source, "is-live", TRUE, "format", GST_FORMAT_TIME,
      "do-timestamp", TRUE, "caps", caps, NULL);
  self->timer = g_timeout_add (1000 / PACKETS_PER_S, send_packet, self);
  return self;
}

void
rtp_stream_free (RtpStream *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  gst_clear_object (&self->pad);
  gst_object_unref (self->source);
  g_free (self);
}

/* @source: 0 for the one at present, 1 for the one before… */
guint32
rtp_stream_get_ssrc (const RtpStream *self, guint source)
{
  return self->ssrc - source * SOURCE_STEP;
}

/* From now on it is another encoding that comes, or the same again, under another
 * SSRC. */
void
rtp_stream_set_kind (RtpStream *self, gchar kind)
{
  g_autoptr (GstCaps) caps = NULL;

  self->kind = kind;
  self->ssrc += SOURCE_STEP;
  self->n_sources++;
  caps = make_caps (self);
  g_object_set (self->source, "caps", caps, NULL);
}

/* Sends @n packets at once. */
void
rtp_stream_burst (RtpStream *self, guint n)
{
  while (n--)
    send_packet (self);
}

const gchar *
rtp_stream_get_encoding (const RtpStream *self)
{
  return find_kind (self->kind)->encoding;
}

static guint64
get_waiting (const RtpStream *self)
{
  guint64 bytes;

  g_object_get (self->source, "current-level-bytes", &bytes, NULL);
  return bytes;
}

/* Returns: whether what waits becomes little; a thread that has no processor takes
 * its time, but takes some packet now and then */
static gboolean
catches_up (const RtpStream *self)
{
  guint64 least = G_MAXUINT64, waiting;
  gint64 deadline = 0;

  while ((waiting = get_waiting (self)) >= 50 * (PAYLOAD_SIZE + 12)) {
    gint64 now = g_get_monotonic_time ();

    if (waiting < least) {
      least = waiting;
      deadline = now + patience (BEHIND_MS) * (gint64) 1000;
    }
    if (now >= deadline)
      return FALSE;
    g_usleep (1000);
  }
  return TRUE;
}

/* Returns: whether the source has seen nothing that would stop one: neither
 * FLUSHING nor not-linked nor an error, nor a pad that blocks.  One whose thread
 * had no processor is only behind: nothing is added here, so it catches up. */
gboolean
rtp_stream_is_well (const RtpStream *self)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->source, "src");

  return gst_pad_get_last_flow_return (pad) == GST_FLOW_OK && catches_up (self);
}
