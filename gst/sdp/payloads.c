/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "payloads.h"

#include "sdpmedia.h"

#include <gst/rtp/rtp.h>

/* https://www.rfc-editor.org/rfc/rfc3551#section-6, and what rtcp-mux leaves of the
 * unassigned ones (RFC 5761, section 4). */
#define FIRST_DYNAMIC 96
#define LAST_DYNAMIC 127
#define FIRST_SPARE 35
#define LAST_SPARE 63

/**
 * wn_payloads_find_free:
 * @is_taken: of each of the 128
 *
 * Returns: one that may stand for anything, or -1: none is left
 */
gint
wn_payloads_find_free (const gboolean *is_taken)
{
  for (gint i = FIRST_DYNAMIC; i <= LAST_DYNAMIC; i++) {
    if (!is_taken[i])
      return i;
  }
  for (gint i = FIRST_SPARE; i <= LAST_SPARE; i++) {
    if (!is_taken[i])
      return i;
  }
  return -1;
}

/* @media: (nullable): "audio" or "video", or whichever it is
 *
 * Returns: (nullable): what @payload stands for, unless it may be anything */
static const GstRTPPayloadInfo *
find_static (gint payload, const gchar *media)
{
  const GstRTPPayloadInfo *info;

  if (payload < 0 || GST_RTP_PAYLOAD_IS_DYNAMIC (payload))
    return NULL;
  info = gst_rtp_payload_info_for_pt (payload);
  if (!info || !info->encoding_name || !info->clock_rate
      || (media && !g_str_equal (info->media, media)))
    return NULL;
  return info;
}

static gboolean
has_rtpmap (const GstSDPMedia *media, const gchar *format)
{
  g_autofree gchar *prefix = g_strdup_printf ("%s ", format);
  const gchar *rtpmap;

  for (guint i = 0;
       (rtpmap = gst_sdp_media_get_attribute_val_n (media, "rtpmap", i)); i++) {
    if (g_str_has_prefix (rtpmap, prefix))
      return TRUE;
  }
  return FALSE;
}

static void
name_formats (GstSDPMedia *media)
{
  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    const gchar *format = gst_sdp_media_get_format (media, i);
    const GstRTPPayloadInfo *info;
    g_autofree gchar *rtpmap = NULL;
    const gchar *channels;
    guint64 payload;

    if (!g_ascii_string_to_unsigned (format, 10, 0, 127, &payload, NULL)
        || has_rtpmap (media, format))
      continue;
    info = find_static (payload, gst_sdp_media_get_media (media));
    if (!info)
      continue;
    /* One channel is what is meant without. */
    channels = info->encoding_parameters;
    if (g_strcmp0 (channels, "1") == 0)
      channels = NULL;
    rtpmap = g_strdup_printf ("%s %s/%u%s%s", format, info->encoding_name,
        info->clock_rate, channels ? "/" : "", channels ? channels : "");
    gst_sdp_media_add_attribute (media, "rtpmap", rtpmap);
  }
}

/**
 * wn_payloads_name:
 * @sdp: a description from the wire
 *
 * A peer may leave out the `a=rtpmap` of such a payload type; nothing behind here
 * knows the encoding without.
 */
void
wn_payloads_name (GstSDPMessage *sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++)
    name_formats (wn_sdp_get_media (sdp, i));
}

/**
 * wn_payloads_correct:
 * @caps: (transfer full): of a stream that is received
 *
 * webrtcbin takes the word in `m=application 9 UDP/DTLS/SCTP webrtc-datachannel`
 * for payload type 0, and needs it as it is.  So the caps of a PCMU stream are
 * those of the data channels where their section comes first.
 *
 * Returns: (transfer full): the same, or what they should have been
 */
GstCaps *
wn_payloads_correct (GstCaps *caps)
{
  const GstStructure *s;
  const GstRTPPayloadInfo *info;
  gint payload = -1;

  if (gst_caps_get_size (caps) != 1)
    return caps;
  s = gst_caps_get_structure (caps, 0);
  if (gst_structure_has_field (s, "encoding-name")
      || !gst_structure_get_int (s, "payload", &payload)
      || !(info = find_static (payload, NULL)))
    return caps;

  caps = gst_caps_make_writable (caps);
  gst_caps_set_simple (caps, "media", G_TYPE_STRING, info->media,
      "encoding-name", G_TYPE_STRING, info->encoding_name, "clock-rate",
      G_TYPE_INT, (gint) info->clock_rate, NULL);
  return caps;
}
