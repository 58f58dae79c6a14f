/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* webrtcbin names the feedback in its descriptions of video, but not the extension that
 * it is about. */

#include "transportcc.h"

#include "sdpformats.h"
#include "sdpmedia.h"

#include <string.h>

/* Those that a header of one byte can say (RFC 8285, 4.2). */
#define N_IDS 15

/* Returns: the id that @attribute gives to an extension for both directions, or 0 */
static guint
read_extension (const GstSDPAttribute *attribute, const gchar **uri)
{
  gchar *end;
  guint64 id;

  if (!g_str_equal (attribute->key, "extmap") || !attribute->value)
    return 0;
  id = g_ascii_strtoull (attribute->value, &end, 10);
  *uri = end + 1;
  return *end == ' ' && id < N_IDS ? id : 0;
}

static gboolean
is_ours (const gchar *uri)
{
  gsize length = strlen (WN_TRANSPORT_CC_URI);

  return strncmp (uri, WN_TRANSPORT_CC_URI, length) == 0
      && (uri[length] == ' ' || !uri[length]);
}

static guint
get_id_of (const GstSDPMedia *media)
{
  for (guint i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    const gchar *uri;
    guint id = read_extension (gst_sdp_media_get_attribute (media, i), &uri);

    if (id > 0 && is_ours (uri))
      return id;
  }
  return 0;
}

/* Returns: the id that is used in @sdp, or 0 */
static guint
find_id (const GstSDPMessage *sdp)
{
  guint id = 0;

  for (guint i = 0; sdp && !id && i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    if (!wn_sdp_media_is_rejected (media))
      id = get_id_of (media);
  }
  return id;
}

/**
 * wn_transport_cc_read:
 * @is_told: (out caller-allocates) (array fixed-size=128): by payload type: whether its
 *   packets have the extension
 *
 * Returns: the id of the header extension, which is the same in all sections
 *   (RFC 8843, 9.2), or 0
 */
guint
wn_transport_cc_read (const GstSDPMessage *sdp, gboolean *is_told)
{
  guint id = find_id (sdp);

  memset (is_told, 0, WN_FORMATS_N_PAYLOADS * sizeof *is_told);
  for (guint i = 0; id > 0 && i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    WnFormats formats;

    if (wn_sdp_media_is_rejected (media) || get_id_of (media) != id)
      continue;
    wn_formats_read (&formats, media);
    for (gint j = 0; j < WN_FORMATS_N_PAYLOADS; j++)
      is_told[j] |= formats.is_listed[j];
  }
  return id;
}

static void
look_at_ids (const GstSDPMessage *sdp, gboolean *is_taken)
{
  for (guint i = 0; sdp && i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    for (guint j = 0; j < gst_sdp_media_attributes_len (media); j++) {
      const GstSDPAttribute *attribute = gst_sdp_media_get_attribute (media, j);

      /* With a direction (4/sendonly), too. */
      if (g_str_equal (attribute->key, "extmap") && attribute->value)
        is_taken[MIN (g_ascii_strtoull (attribute->value, NULL, 10), N_IDS)] =
            TRUE;
    }
  }
}

/* Returns: an id that none of the two uses for anything else, or 0 */
static guint
choose_id (const GstSDPMessage *offer, const GstSDPMessage *remote)
{
  gboolean is_taken[N_IDS + 1] = { FALSE };
  guint id = find_id (remote);

  if (!id)
    id = find_id (offer);
  if (id)
    return id;
  look_at_ids (offer, is_taken);
  look_at_ids (remote, is_taken);
  for (id = 1; id < N_IDS; id++) {
    if (!is_taken[id])
      return id;
  }
  return 0;
}

static void
add_to (GstSDPMedia *media, guint id)
{
  g_autofree gchar *extmap = g_strdup_printf ("%u " WN_TRANSPORT_CC_URI, id);
  WnFormats formats;

  if (!get_id_of (media))
    gst_sdp_media_add_attribute (media, "extmap", extmap);
  wn_formats_read (&formats, media);
  for (gint i = 0; i < WN_FORMATS_N_PAYLOADS; i++) {
    g_autofree gchar *feedback = g_strdup_printf ("%d transport-cc", i);

    if (formats.is_listed[i] && !formats.is_rtx[i]
        && !formats.has_transport_cc[i])
      gst_sdp_media_add_attribute (media, "rtcp-fb", feedback);
  }
}

static gboolean
is_live (const GstSDPMedia *media)
{
  return wn_sdp_media_is_rtp (media) && !wn_sdp_media_is_rejected (media);
}

/**
 * wn_transport_cc_offer:
 * @offer: as webrtcbin made it
 * @remote: (nullable): the remote description in force
 */
void
wn_transport_cc_offer (GstSDPMessage *offer, const GstSDPMessage *remote)
{
  guint id = choose_id (offer, remote);

  for (guint i = 0; id > 0 && i < gst_sdp_message_medias_len (offer); i++) {
    if (is_live (gst_sdp_message_get_media (offer, i)))
      add_to (wn_sdp_get_media (offer, i), id);
  }
}

/**
 * wn_transport_cc_answer:
 * @answer: as webrtcbin made it
 * @offer: the offer that it was shown
 */
void
wn_transport_cc_answer (GstSDPMessage *answer, const GstSDPMessage *offer)
{
  guint n = MIN (gst_sdp_message_medias_len (answer),
      gst_sdp_message_medias_len (offer));

  for (guint i = 0; i < n; i++) {
    guint id = get_id_of (gst_sdp_message_get_media (offer, i));

    if (id > 0 && is_live (gst_sdp_message_get_media (answer, i)))
      add_to (wn_sdp_get_media (answer, i), id);
  }
}
