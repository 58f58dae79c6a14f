/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a media section says of each payload type. */

#pragma once

#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

#define WN_FORMATS_N_PAYLOADS 128
#define WN_FORMATS_NONE (-1)

/**
 * WnFormats:
 * @is_listed: the section has it
 * @rate: of its clock; WN_FORMATS_NONE: it is no picture and no sound, but parts of
 *   others
 * @is_rtx: it repeats what is lost (RFC 4588)
 * @apt: of that: what it repeats, or WN_FORMATS_NONE
 * @has_nack: what is lost is asked for again
 * @has_transport_cc: the arrival of packets is told of
 */
typedef struct
{
  gboolean is_listed[WN_FORMATS_N_PAYLOADS];
  gint rate[WN_FORMATS_N_PAYLOADS];
  gboolean is_rtx[WN_FORMATS_N_PAYLOADS];
  gint apt[WN_FORMATS_N_PAYLOADS];
  gboolean has_nack[WN_FORMATS_N_PAYLOADS];
  gboolean has_transport_cc[WN_FORMATS_N_PAYLOADS];
} WnFormats;

void wn_formats_read (WnFormats *self, const GstSDPMedia *media);
gint wn_formats_read_payload (const gchar *text, const gchar **rest);

G_END_DECLS
