/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>
#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

typedef struct _WnPeerCertificate WnPeerCertificate;
typedef void (*WnPeerCertificateFunc) (gpointer data);

WnPeerCertificate *wn_peer_certificate_new (GstElement *webrtcbin,
    GMainContext *context, WnPeerCertificateFunc refused, gpointer data)
    G_GNUC_WARN_UNUSED_RESULT;
void wn_peer_certificate_free (WnPeerCertificate *self);
void wn_peer_certificate_expect (WnPeerCertificate *self,
    const GstSDPMessage *remote);
gboolean wn_peer_certificate_is_refused (WnPeerCertificate *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnPeerCertificate, wn_peer_certificate_free)

G_END_DECLS
