/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* webrtcbin would write all this itself (do-nack), but it takes payload types without
 * looking at the remote peer's, does so for a section's first encoding only, and makes up
 * another SSRC in each description than the one that it goes on to send from. */

#include "retransmission.h"

#include "payloads.h"
#include "sdpformats.h"
#include "sdpmedia.h"

#include <string.h>

/*** Reading ***/

#define N_PAYLOADS WN_FORMATS_N_PAYLOADS
#define NONE WN_FORMATS_NONE

static gboolean
is_repaired (const GstSDPMedia *media)
{
  return g_strcmp0 (gst_sdp_media_get_media (media), "video") == 0
      && !wn_sdp_media_is_rejected (media);
}

/* Returns: what packets under @payload repeat, or NONE */
static gint
formats_get_repeated (const WnFormats *self, gint payload)
{
  return self->is_rtx[payload] && self->apt[payload] != payload
      ? self->apt[payload]
      : NONE;
}

/* Returns: whether whoever describes @media answers requests for lost packets */
gboolean
wn_retransmission_is_offered (const GstSDPMedia *media)
{
  WnFormats formats;

  if (!is_repaired (media))
    return FALSE;
  wn_formats_read (&formats, media);
  for (gint i = 0; i < N_PAYLOADS; i++) {
    if (formats.is_listed[i] && formats.has_nack[i])
      return TRUE;
  }
  return FALSE;
}

/*** Payload types ***/

/* A payload type means the same in all sections of a bundle (RFC 8843, 9.1). */
typedef struct
{
  gboolean is_taken[N_PAYLOADS];
  gboolean is_ambiguous[N_PAYLOADS];
  gint repeated[N_PAYLOADS]; /* what packets under it repeat, or NONE */
} Payloads;

static void
payloads_look_at (Payloads *self, const GstSDPMessage *sdp)
{
  WnFormats formats;

  for (guint i = 0; sdp && i < gst_sdp_message_medias_len (sdp); i++) {
    wn_formats_read (&formats, wn_sdp_get_media (sdp, i));
    for (gint j = 0; j < N_PAYLOADS; j++) {
      gint repeated = formats_get_repeated (&formats, j);

      if (!formats.is_listed[j])
        continue;
      self->is_ambiguous[j] |=
          self->is_taken[j] && self->repeated[j] != repeated;
      self->is_taken[j] = TRUE;
      self->repeated[j] = repeated;
    }
  }
}

static void
payloads_init (Payloads *self, const GstSDPMessage *one,
    const GstSDPMessage *other)
{
  memset (self, 0, sizeof *self);
  for (gint i = 0; i < N_PAYLOADS; i++)
    self->repeated[i] = NONE;
  payloads_look_at (self, one);
  payloads_look_at (self, other);
}

/* Returns: under what packets of @payload are repeated, or NONE */
static gint
payloads_find_rtx (const Payloads *self, gint payload)
{
  for (gint i = 0; i < N_PAYLOADS; i++) {
    if (self->is_taken[i] && !self->is_ambiguous[i]
        && self->repeated[i] == payload)
      return i;
  }
  return NONE;
}

/* The same; %NONE if no payload type is left */
static gint
payloads_take_rtx (Payloads *self, gint payload)
{
  gint rtx = payloads_find_rtx (self, payload);

  if (rtx >= 0)
    return rtx;
  rtx = wn_payloads_find_free (self->is_taken);
  if (rtx >= 0) {
    self->is_taken[rtx] = TRUE;
    self->repeated[rtx] = payload;
  }
  return rtx;
}

/*** Writing ***/

/* Takes the repeating streams out of @media. */
void
wn_retransmission_remove (GstSDPMedia *media)
{
  WnFormats formats;
  const gchar *rest;

  wn_formats_read (&formats, media);
  for (guint i = gst_sdp_media_attributes_len (media); i > 0; i--) {
    const GstSDPAttribute *attribute =
        gst_sdp_media_get_attribute (media, i - 1);
    gint payload = attribute->value
        ? wn_formats_read_payload (attribute->value, &rest)
        : NONE;

    if (payload >= 0 && formats.is_rtx[payload]
        && (g_str_equal (attribute->key, "rtpmap")
            || g_str_equal (attribute->key, "fmtp")
            || g_str_equal (attribute->key, "rtcp-fb")))
      gst_sdp_media_remove_attribute (media, i - 1);
  }
  for (guint i = gst_sdp_media_formats_len (media); i > 0; i--) {
    gint payload =
        wn_formats_read_payload (gst_sdp_media_get_format (media, i - 1),
            &rest);

    if (payload >= 0 && formats.is_rtx[payload])
      gst_sdp_media_remove_format (media, i - 1);
  }
}

static void
add_nack (GstSDPMedia *media, const WnFormats *formats, gint payload)
{
  g_autofree gchar *nack = g_strdup_printf ("%d nack", payload);

  if (!formats->has_nack[payload])
    gst_sdp_media_add_attribute (media, "rtcp-fb", nack);
}

static void
add_rtx (GstSDPMedia *media, const WnFormats *formats, gint payload, gint rtx)
{
  g_autofree gchar *format = g_strdup_printf ("%d", rtx);
  g_autofree gchar *rtpmap =
      g_strdup_printf ("%d rtx/%d", rtx, formats->rate[payload]);
  g_autofree gchar *fmtp = g_strdup_printf ("%d apt=%d", rtx, payload);

  gst_sdp_media_add_format (media, format);
  gst_sdp_media_add_attribute (media, "rtpmap", rtpmap);
  gst_sdp_media_add_attribute (media, "fmtp", fmtp);
}

/*** Sources ***/

/* Returns: the source that repeats what @ssrc sends: always the same of the same
 *   connection, so that it never changes in mid-call */
guint32
wn_retransmission_get_ssrc (guint32 ssrc, guint32 salt)
{
  return ssrc ^ salt;
}

/* Each source gets a second one, of which the same is said: browsers tell by that what
 * belongs together (RFC 5576, 4.2; RFC 4588, 8.6). */
static void
add_sources (GstSDPMedia *media, guint32 salt)
{
  guint n = gst_sdp_media_attributes_len (media);

  for (guint i = 0; i < n; i++) {
    guint32 ssrc, repeating;
    const gchar *rest =
        wn_sdp_read_source (gst_sdp_media_get_attribute (media, i), &ssrc);
    g_autofree gchar *source = NULL;

    if (!rest)
      continue;
    repeating = wn_retransmission_get_ssrc (ssrc, salt);
    source = g_strdup_printf ("%u%s", repeating, rest);
    if (g_str_has_prefix (rest, " cname:")) {
      g_autofree gchar *group = g_strdup_printf ("FID %u %u", ssrc, repeating);

      gst_sdp_media_add_attribute (media, "ssrc-group", group);
    }
    gst_sdp_media_add_attribute (media, "ssrc", source);
  }
}

/*** Descriptions of ours ***/

/**
 * wn_retransmission_offer:
 * @offer: as webrtcbin made it
 * @remote: (nullable): the remote description in force
 * @salt: of the connection: what the SSRCs of repeating sources are made from
 *
 * Offers to repeat what is lost of each encoding, as long as there are payload types.
 */
void
wn_retransmission_offer (GstSDPMessage *offer, const GstSDPMessage *remote,
    guint32 salt)
{
  Payloads payloads;

  for (guint i = 0; i < gst_sdp_message_medias_len (offer); i++)
    wn_retransmission_remove (wn_sdp_get_media (offer, i));
  payloads_init (&payloads, remote, offer);

  for (guint i = 0; i < gst_sdp_message_medias_len (offer); i++) {
    GstSDPMedia *media = wn_sdp_get_media (offer, i);
    gboolean is_repeated = FALSE;
    WnFormats formats;

    wn_formats_read (&formats, media);
    for (gint j = 0; is_repaired (media) && j < N_PAYLOADS; j++) {
      gint rtx;

      if (!formats.is_listed[j] || formats.rate[j] <= 0)
        continue;
      add_nack (media, &formats, j);
      rtx = payloads_take_rtx (&payloads, j);
      if (rtx < 0)
        continue;
      add_rtx (media, &formats, j, rtx);
      is_repeated = TRUE;
    }
    if (is_repeated)
      add_sources (media, salt);
  }
}

static void
answer_media (GstSDPMedia *media, const GstSDPMedia *offered,
    const Payloads *payloads, guint32 salt)
{
  gboolean is_repeated = FALSE;
  WnFormats formats, theirs;

  wn_formats_read (&formats, media);
  wn_formats_read (&theirs, offered);
  for (gint i = 0; i < N_PAYLOADS; i++) {
    gint rtx;

    if (!formats.is_listed[i] || formats.rate[i] <= 0 || !theirs.has_nack[i])
      continue;
    add_nack (media, &formats, i);
    rtx = payloads_find_rtx (payloads, i);
    if (rtx < 0 || !theirs.is_listed[rtx])
      continue;
    add_rtx (media, &formats, i, rtx);
    is_repeated = TRUE;
  }
  if (is_repeated)
    add_sources (media, salt);
}

/**
 * wn_retransmission_answer:
 * @answer: as webrtcbin made it
 * @offer: the offer that it was shown
 * @salt: of the connection
 *
 * Accepts what is offered of retransmission for the encodings of @answer.
 */
void
wn_retransmission_answer (GstSDPMessage *answer, const GstSDPMessage *offer,
    guint32 salt)
{
  guint n = MIN (gst_sdp_message_medias_len (answer),
      gst_sdp_message_medias_len (offer));
  Payloads payloads;

  payloads_init (&payloads, offer, NULL);
  for (guint i = 0; i < n; i++) {
    GstSDPMedia *media = wn_sdp_get_media (answer, i);

    if (!is_repaired (media))
      continue;
    wn_retransmission_remove (media);
    answer_media (media, wn_sdp_get_media (offer, i), &payloads, salt);
  }
}
