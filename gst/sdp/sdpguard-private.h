/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "sdpguard.h"
#include "sdpmedia.h"

#include <string.h>

G_BEGIN_DECLS

/* sdpguard.c judges a description by itself, and candidates; sdpguard-follow.c what
 * may come after other descriptions. */

/* One media section, for a look at it from several sides. */
typedef struct
{
  const GstSDPMedia *media;
  const gchar *mid; /* NULL: it has none */
  const gchar *kind;
  gboolean is_rejected;
  gboolean is_bundled;
  gboolean is_tag; /* the first of the BUNDLE group */
} WnSdpViewSection;

/* A description as a whole. */
typedef struct
{
  const GstSDPMessage *sdp;
  gboolean is_offer;
  GStrv bundle; /* NULL: it has no BUNDLE group */
  WnSdpViewSection *sections;
  guint n_sections;
} WnSdpView;

#define WN_SDP_SHOWN "%.48s"

void wn_sdp_view_init (WnSdpView *self, const GstSDPMessage *sdp,
    gboolean is_offer);
void wn_sdp_view_clear (WnSdpView *self);
const WnSdpViewSection *wn_sdp_view_find (const WnSdpView *self,
    const gchar *mid);
gboolean wn_sdp_view_refuse (const WnSdpView *self, guint index, GError **error,
    WnSdpError code, const gchar *format, ...) G_GNUC_PRINTF (5, 6);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WnSdpView, wn_sdp_view_clear);

G_END_DECLS
