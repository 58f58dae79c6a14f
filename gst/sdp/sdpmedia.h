/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a media section says, and which are bundled. */

#pragma once

#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

/**
 * WnDirection:
 *
 * What a media section does, as bits, from the point of view of whoever's
 * description it is in.
 */
typedef enum
{
  WN_DIRECTION_INACTIVE = 0,
  WN_DIRECTION_SENDONLY = 1,
  WN_DIRECTION_RECVONLY = 2,
  WN_DIRECTION_SENDRECV = 3,
} WnDirection;

/* As the other side sees it. */
#define wn_direction_reverse(d) ((WnDirection) (((d) >> 1 & 1) | ((d) &1) << 1))

const gchar *wn_direction_get_name (WnDirection direction);

GstSDPMedia *wn_sdp_get_media (const GstSDPMessage *sdp, guint index);
const gchar *wn_sdp_read_source (const GstSDPAttribute *attribute,
    guint32 *ssrc);
gint wn_sdp_find_source (const GstSDPMessage *sdp, guint32 ssrc,
    guint32 *repeated);
gboolean wn_sdp_media_has (const GstSDPMedia *media, const gchar *key);
void wn_sdp_media_set (GstSDPMedia *media, const gchar *key,
    const gchar *value);
gboolean wn_sdp_media_is_rtp (const GstSDPMedia *media);
gboolean wn_sdp_media_is_rejected (const GstSDPMedia *media);
WnDirection wn_sdp_media_get_direction (const GstSDPMedia *media);
const gchar *wn_sdp_media_get_mid (const GstSDPMedia *media);
gboolean wn_sdp_media_is_bundle_only (const GstSDPMedia *media,
    gboolean is_offer, GStrv bundle);
GStrv wn_sdp_get_bundle (const GstSDPMessage *sdp) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
