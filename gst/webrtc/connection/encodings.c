/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "encodings.h"

#include "sdp/payloads.h"
#include "sdp/sdpmedia.h"
#include "webrtc/pad/rtpformat.h"
#include "webrtc/pad/sinkpad.h"

#include <stdlib.h>

gboolean
wn_encodings_are_same (const GstStructure *a, const GstStructure *b)
{
  const gchar *one = gst_structure_get_string (a, "encoding-name");
  const gchar *other = gst_structure_get_string (b, "encoding-name");
  const gchar *mode = gst_structure_get_string (a, "packetization-mode");
  const gchar *other_mode = gst_structure_get_string (b, "packetization-mode");
  gint rate = 0, other_rate = 0;

  gst_structure_get_int (a, "clock-rate", &rate);
  gst_structure_get_int (b, "clock-rate", &other_rate);
  return one && other && g_ascii_strcasecmp (one, other) == 0
      && rate == other_rate
      /* RFC 6184: 0 if it is absent. */
      && g_strcmp0 (mode ? mode : "0", other_mode ? other_mode : "0") == 0;
}

/*** Of a media section ***/

static GstCaps *
get_offered (const GstSDPMedia *media, guint index)
{
  GstCaps *caps = gst_sdp_media_get_caps_from_media (media,
      atoi (gst_sdp_media_get_format (media, index)));

  if (caps)
    gst_structure_set_name (gst_caps_get_structure (caps, 0),
        "application/x-rtp");
  return caps;
}

/**
 * wn_encodings_match:
 * @format: what upstream sends
 * @exactly: %FALSE: another profile, such as of H.264, will do
 *
 * Returns: (transfer full) (nullable): what webrtcbin is to see of @format in order
 *   to send it as the first encoding of @media that it can be; %NULL if there is
 *   none
 */
GstCaps *
wn_encodings_match (const GstSDPMedia *media, const GstCaps *format,
    gboolean exactly)
{
  const GstStructure *s = gst_caps_get_structure (format, 0);

  if (g_strcmp0 (gst_structure_get_string (s, "media"),
          gst_sdp_media_get_media (media))
      != 0)
    return NULL;

  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    g_autoptr (GstCaps) offered = get_offered (media, i);
    const GstStructure *theirs;
    gint payload;

    if (!offered)
      continue;
    theirs = gst_caps_get_structure (offered, 0);
    if (wn_encodings_are_same (s, theirs)
        && !(exactly && wn_rtp_format_has_other_parameters (s, theirs))
        && gst_structure_get_int (theirs, "payload", &payload))
      return wn_sink_pad_make_wire_format (format, payload, offered);
  }
  return NULL;
}

/* Returns: whether @media has the encoding of @wire, under the same payload type */
gboolean
wn_encodings_have (const GstSDPMedia *media, const GstCaps *wire)
{
  const GstStructure *s = gst_caps_get_structure (wire, 0);
  gint payload = -1;

  gst_structure_get_int (s, "payload", &payload);
  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    g_autoptr (GstCaps) offered = get_offered (media, i);

    if (offered && atoi (gst_sdp_media_get_format (media, i)) == payload
        && wn_encodings_are_same (s, gst_caps_get_structure (offered, 0)))
      return TRUE;
  }
  return FALSE;
}

/* What only goes with an encoding. */
static gboolean
is_auxiliary (const GstCaps *format)
{
  static const gchar *const names[] = { "RTX", "RED", "ULPFEC", "FLEXFEC-03",
    "CN", "TELEPHONE-EVENT" };
  const gchar *name =
      gst_structure_get_string (gst_caps_get_structure (format, 0),
          "encoding-name");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (!name || g_ascii_strcasecmp (name, names[i]) == 0)
      return TRUE;
  }
  return FALSE;
}

/**
 * wn_encodings_get_all:
 * @media: a section in which the remote peer sends
 *
 * Returns: (transfer full): what we have to offer in order to receive it again
 */
GstCaps *
wn_encodings_get_all (const GstSDPMedia *media)
{
  GstCaps *formats = gst_caps_new_empty ();

  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    g_autoptr (GstCaps) offered = get_offered (media, i);

    if (offered && !is_auxiliary (offered))
      gst_caps_append (formats, g_steal_pointer (&offered));
  }
  return formats;
}

/**
 * wn_encodings_get_first:
 *
 * Returns: (transfer full) (nullable): caps of the first encoding that @media has,
 *   without its parameters, which webrtcbin takes from @media
 */
GstCaps *
wn_encodings_get_first (const GstSDPMedia *media)
{
  static const gchar *const fields[] = { "media", "encoding-name", "clock-rate",
    "encoding-params", "payload" };

  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    g_autoptr (GstCaps) offered = get_offered (media, i);
    const GstStructure *theirs;
    GstCaps *format;

    if (!offered || is_auxiliary (offered))
      continue;
    theirs = gst_caps_get_structure (offered, 0);
    format = gst_caps_new_empty_simple ("application/x-rtp");
    for (guint j = 0; j < G_N_ELEMENTS (fields); j++) {
      if (gst_structure_has_field (theirs, fields[j]))
        gst_caps_set_value (format, fields[j],
            gst_structure_get_value (theirs, fields[j]));
    }
    return format;
  }
  return NULL;
}

/*** Payload types ***/

typedef struct
{
  const GstStructure *format;
  gint known;             /* where it is in use already, or -1 */
  gboolean is_taken[128]; /* by other encodings */
} Payloads;

static void
payloads_look_at (Payloads *self, const GstCaps *caps)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  gint payload;

  if (!gst_structure_get_int (s, "payload", &payload) || payload < 0
      || payload > 127)
    return;

  if (wn_encodings_are_same (s, self->format)
      && !wn_rtp_format_has_other_parameters (s, self->format))
    self->known = self->known < 0 ? payload : self->known;
  else
    self->is_taken[payload] = TRUE;
}

static gint
payloads_choose (const Payloads *self)
{
  gint wished;

  if (self->known >= 0 && !self->is_taken[self->known])
    return self->known;
  if (gst_structure_get_int (self->format, "payload", &wished) && wished >= 0
      && wished <= 127 && !self->is_taken[wished])
    return wished;

  return wn_payloads_find_free (self->is_taken);
}

/**
 * wn_encodings_choose_payload:
 * @format: what is to be sent
 * @described: (element-type GstSDPMedia): sections that there are
 * @sent: (element-type GstCaps): what else we send, as it is on the wire
 *
 * A payload type means one encoding in all sections of a bundle (RFC 8843, 9.1).
 * GStreamer's payloaders all take 96 unless told otherwise.
 *
 * Returns: the payload type for @format in a new section, or -1: none is left
 */
gint
wn_encodings_choose_payload (const GstCaps *format, GPtrArray *described,
    GPtrArray *sent)
{
  Payloads payloads = { gst_caps_get_structure (format, 0), -1 };

  for (guint i = 0; i < described->len; i++) {
    const GstSDPMedia *media = g_ptr_array_index (described, i);

    for (guint j = 0;
         wn_sdp_media_is_rtp (media) && j < gst_sdp_media_formats_len (media);
         j++) {
      g_autoptr (GstCaps) caps = get_offered (media, j);

      if (caps)
        payloads_look_at (&payloads, caps);
    }
  }
  for (guint i = 0; i < sent->len; i++)
    payloads_look_at (&payloads, g_ptr_array_index (sent, i));
  return payloads_choose (&payloads);
}
