/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What stands between the wire and a webrtcbin: descriptions are not the same on
 * both sides, because webrtcbin lacks some of what the specifications ask for.
 *
 * | | on the wire | towards webrtcbin |
 * |-|-|-|
 * | direction | the true one | sendrecv: it cannot change directions on 1.22 |
 * | rejected section | port 0, outside the BUNDLE group | as it was last alive, since it cannot take it out of the group |
 * | recycled section | a new mid | the mid that it knows at that place |
 * | DTLS role | actpass in offers | the one in force, since it would choose anew |
 * | o= line | ours, counted | whatever it made |
 */

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

/**
 * WnSetup:
 *
 * The part that the remote peer has in the DTLS handshake.
 */
typedef enum
{
  WN_SETUP_UNKNOWN,
  WN_SETUP_ACTIVE,
  WN_SETUP_PASSIVE,
} WnSetup;

gboolean wn_sdp_media_is_rtp (const GstSDPMedia *media);
gboolean wn_sdp_media_is_channel (const GstSDPMedia *media);
gboolean wn_sdp_media_is_rejected (const GstSDPMedia *media);
WnDirection wn_sdp_media_get_direction (const GstSDPMedia *media);
const gchar *wn_sdp_media_get_mid (const GstSDPMedia *media);
WnSetup wn_sdp_get_setup (const GstSDPMessage *sdp);

/**
 * WnSection:
 * @direction: on the wire
 * @is_rejected: whether it is rejected on the wire
 * @mid: (nullable): its name on the wire, if webrtcbin has another for it
 * @offered: (nullable): of an answer: the offered section, on the wire
 */
typedef struct
{
  WnDirection direction;
  gboolean is_rejected;
  const gchar *mid;
  const GstSDPMedia *offered;
} WnSection;

void wn_sdp_to_webrtcbin (GstSDPMessage *sdp, const GstSDPMessage *former,
    const GstSDPMessage *answered, WnSetup setup);
void wn_sdp_to_wire (GstSDPMessage *sdp, gboolean is_offer,
    const WnSection *sections, guint n_sections, guint64 session_id,
    guint64 version);
void wn_sdp_repair_answer (GstSDPMessage *answer);
void wn_sdp_open_directions (GstSDPMessage *sdp);

G_END_DECLS
