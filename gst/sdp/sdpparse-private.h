/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "sdpparse.h"

#include <string.h>

G_BEGIN_DECLS

/* sdpparse.c reads lines; sdpparse-attributes.c judges attributes, and
 * sdpparse-syntax.c what their values are made of. */

/* Where a line is, for messages. */
typedef struct
{
  GstSDPMessage *sdp;
  guint number;
  const gchar *text;

  /* Of the section that the line is in: */
  guint n_attributes;
  GHashTable *seen; /* what may be there only once */
  gboolean is_media;

  guint n_sections;
  guint n_candidates;
} WnSdpLines;

/* sdpparse.c */
extern const gchar *const wn_sdp_directions[];

gchar *wn_sdp_show (const gchar *text) G_GNUC_WARN_UNUSED_RESULT;
gboolean wn_sdp_refuse_line (const WnSdpLines *lines, GError **error,
    WnSdpError code, const gchar *format, ...) G_GNUC_PRINTF (4, 5);

gboolean wn_sdp_check_first (WnSdpLines *lines, GError **error,
    const gchar *format, ...) G_GNUC_PRINTF (3, 4);

/* sdpparse-attributes.c */
gboolean wn_sdp_check_attribute (WnSdpLines *lines, const gchar *text,
    GError **error);

/* sdpparse-syntax.c */
gboolean wn_sdp_is_made_of (const gchar *text, gsize min, gsize max,
    const gchar *others);
gboolean wn_sdp_is_token (const gchar *text, gsize max);
gboolean wn_sdp_is_ice_text (const gchar *text, gsize min, gsize max);
gboolean wn_sdp_is_number (const gchar *text, guint64 min, guint64 max);
gint64 wn_sdp_read_number (const gchar *text, gchar end, guint64 max,
    const gchar **rest);

G_END_DECLS
