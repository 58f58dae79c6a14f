/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Session descriptions line by line: what a remote peer sends is a description
 * only if every line is as the specifications want it, and within bounds.  See
 * sdpguard.h for what is judged after that. */

#pragma once

#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

#define WN_SDP_MAX_SIZE (256 * 1024)
#define WN_SDP_MAX_LINE 4096
#define WN_SDP_MAX_SECTIONS 128   /* twice what we offer: WN_SECTIONS_MAX */
#define WN_SDP_MAX_ATTRIBUTES 512 /* of one section, or of the session */
#define WN_SDP_MAX_FORMATS 128    /* of one section */
#define WN_SDP_MAX_CANDIDATES 256 /* of the description */
#define WN_SDP_MAX_NAME 64        /* of an attribute, of a format's parameter */
#define WN_SDP_MAX_MID 64

/**
 * WnSdpError:
 * @WN_SDP_ERROR_SYNTAX: it is not what the specifications call a description
 * @WN_SDP_ERROR_LIMIT: it is larger than any that is meant well
 * @WN_SDP_ERROR_INVALID_MODIFICATION: it may not follow the descriptions that
 *   are in force, or not answer that offer
 * @WN_SDP_ERROR_UNSUPPORTED: it is right, but nothing here can do it
 *
 * The message says where, and which rule is broken.
 */
typedef enum
{
  WN_SDP_ERROR_SYNTAX,
  WN_SDP_ERROR_LIMIT,
  WN_SDP_ERROR_INVALID_MODIFICATION,
  WN_SDP_ERROR_UNSUPPORTED,
} WnSdpError;

#define WN_SDP_ERROR (wn_sdp_error_quark ())
GQuark wn_sdp_error_quark (void);

GstSDPMessage *wn_sdp_parse (const gchar *text, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

gboolean wn_sdp_check_candidate (const gchar *candidate, GError **error);
gboolean wn_sdp_mid_is_valid (const gchar *mid);
gboolean wn_sdp_ufrag_is_valid (const gchar *ufrag);

gchar *wn_sdp_get_id (const GstSDPMessage *sdp) G_GNUC_WARN_UNUSED_RESULT;
GStrv wn_sdp_get_ufrags (const GstSDPMessage *sdp) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
