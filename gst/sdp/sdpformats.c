/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sdpformats.h"

#include <stdlib.h>
#include <string.h>

/* @rest: (out): what follows the payload type that @text begins with
 *
 * Returns: the payload type, or WN_FORMATS_NONE */
gint
wn_formats_read_payload (const gchar *text, const gchar **rest)
{
  gchar *end;
  guint64 payload = g_ascii_strtoull (text, &end, 10);

  *rest = *end == ' ' ? end + 1 : end;
  return end > text && (*end == ' ' || !*end) && payload < WN_FORMATS_N_PAYLOADS
      ? (gint) payload
      : WN_FORMATS_NONE;
}

static void
read_rtpmap (WnFormats *self, gint payload, const gchar *rtpmap)
{
  static const gchar *const others[] = { "rtx", "red", "ulpfec", "flexfec-03" };
  const gchar *rate = strchr (rtpmap, '/');
  gsize length = rate ? (gsize) (rate - rtpmap) : 0;

  if (!rate)
    return;
  self->rate[payload] = atoi (rate + 1);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    if (strlen (others[i]) == length
        && g_ascii_strncasecmp (rtpmap, others[i], length) == 0)
      self->rate[payload] = WN_FORMATS_NONE;
  }
  self->is_rtx[payload] =
      length == 3 && g_ascii_strncasecmp (rtpmap, "rtx", 3) == 0;
}

static void
read_fmtp (WnFormats *self, gint payload, const gchar *parameters)
{
  g_auto (GStrv) each = g_strsplit (parameters, ";", 8);
  const gchar *rest;

  for (guint i = 0; each[i]; i++) {
    if (g_str_has_prefix (g_strstrip (each[i]), "apt="))
      self->apt[payload] =
          wn_formats_read_payload (each[i] + strlen ("apt="), &rest);
  }
}

/* @payload: WN_FORMATS_NONE: all */
static void
set_flag (gboolean *flags, gint payload)
{
  if (payload >= 0)
    flags[payload] = TRUE;
  for (gint i = 0; payload < 0 && i < WN_FORMATS_N_PAYLOADS; i++)
    flags[i] = TRUE;
}

static void
read_feedback (WnFormats *self, const gchar *value)
{
  gboolean is_of_all = g_str_has_prefix (value, "* ");
  const gchar *rest = value + strlen ("* ");
  gint payload =
      is_of_all ? WN_FORMATS_NONE : wn_formats_read_payload (value, &rest);

  if (payload < 0 && !is_of_all)
    return;
  if (g_str_equal (rest, "nack"))
    set_flag (self->has_nack, payload);
  else if (g_str_equal (rest, "transport-cc"))
    set_flag (self->has_transport_cc, payload);
}

void
wn_formats_read (WnFormats *self, const GstSDPMedia *media)
{
  const gchar *rest;

  memset (self, 0, sizeof *self);
  for (gint i = 0; i < WN_FORMATS_N_PAYLOADS; i++)
    self->rate[i] = self->apt[i] = WN_FORMATS_NONE;

  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    gint payload =
        wn_formats_read_payload (gst_sdp_media_get_format (media, i), &rest);

    if (payload >= 0)
      self->is_listed[payload] = TRUE;
  }
  for (guint i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    const GstSDPAttribute *attribute = gst_sdp_media_get_attribute (media, i);
    gint payload;

    if (!attribute->value)
      continue;
    payload = wn_formats_read_payload (attribute->value, &rest);
    if (g_str_equal (attribute->key, "rtcp-fb"))
      read_feedback (self, attribute->value);
    else if (payload >= 0 && g_str_equal (attribute->key, "rtpmap"))
      read_rtpmap (self, payload, rest);
    else if (payload >= 0 && g_str_equal (attribute->key, "fmtp"))
      read_fmtp (self, payload, rest);
  }
}
