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
 * | order of sections | as both peers have it | as it got to know them: each has a place there |
 * | rejected section | port 0, outside the BUNDLE group | as it was last alive, since it cannot take it out of the group; one that never was is not there |
 * | recycled section | a new mid at an old index | a new section at a new place |
 * | BUNDLE tag | whose transport is meant | its first section |
 * | mid | the offerer's; ours are unlike any of the remote peer's | its own, or one that it would never make |
 * | DTLS role | actpass in offers | the one in force, since it would choose anew |
 * | o= line | ours, counted | whatever it made |
 * | NACK and RTX | ours (retransmission.h), of live sections | the same, but none in what it is shown of others |
 */

#pragma once

#include "sdpmedia.h"

G_BEGIN_DECLS

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

void wn_sdp_settle_bundle_only (GstSDPMessage *sdp, gboolean is_offer);
WnSetup wn_sdp_get_setup (const GstSDPMessage *sdp);
gchar *wn_sdp_get_bundle_tag (const GstSDPMessage *sdp)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean wn_sdp_is_all_rejected (const GstSDPMessage *sdp);

/**
 * WnSection:
 * @place: which one of webrtcbin's sections it is, or -1: it is rejected
 * @direction: on the wire
 * @mid: (nullable): its name on the wire; %NULL only of one that is rejected
 * @described: of one that is rejected: as it was described last
 *
 * A media section on the wire, in a description of ours.
 */
typedef struct
{
  gint place;
  WnDirection direction;
  const gchar *mid;
  const GstSDPMedia *described;
} WnSection;

GstSDPMessage *wn_sdp_to_webrtcbin (const GstSDPMessage *on_wire,
    const gint *places, const GstSDPMessage *former,
    const GstSDPMessage *answered, WnSetup setup) G_GNUC_WARN_UNUSED_RESULT;
GstSDPMessage *wn_sdp_to_wire (const GstSDPMessage *sdp, gboolean is_offer,
    const WnSection *sections, guint n_sections, const gchar *tag,
    guint64 session_id, guint64 version) G_GNUC_WARN_UNUSED_RESULT;
GstSDPMessage *wn_sdp_reject_all (const GstSDPMessage *offer,
    guint64 session_id, guint64 version) G_GNUC_WARN_UNUSED_RESULT;
void wn_sdp_set_setup (GstSDPMessage *sdp, WnSetup setup);
void wn_sdp_set_fingerprint (GstSDPMessage *sdp, const gchar *fingerprint);
void wn_sdp_repair_answer (GstSDPMessage *answer);
void wn_sdp_open_directions (GstSDPMessage *sdp);

G_END_DECLS
