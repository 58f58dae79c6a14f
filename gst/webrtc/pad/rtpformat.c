/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "rtpformat.h"

/* Encodings whose payloader tells some parameters only when it has seen what the
 * encoder puts out, and one that is among them.  Until then its caps may be fixed
 * and still say less. */
static const struct
{
  const gchar *encoding;
  const gchar *parameter;
} late[] = {
  { "H264", "packetization-mode" },
  { "H265", "sprop-sps" },
  { "H266", "sprop-sps" },
  { "MP4V-ES", "config" },
};

/* Returns: whether @caps tell what is in a stream */
gboolean
wn_rtp_format_is_known (const GstCaps *caps)
{
  const GstStructure *s;

  if (!caps || !gst_caps_is_fixed (caps))
    return FALSE;
  s = gst_caps_get_structure (caps, 0);
  return gst_structure_has_name (s, "application/x-rtp")
      && gst_structure_has_field_typed (s, "media", G_TYPE_STRING)
      && gst_structure_has_field_typed (s, "encoding-name", G_TYPE_STRING)
      && gst_structure_has_field_typed (s, "clock-rate", G_TYPE_INT);
}

/* Returns: whether @caps, which are known, say all that they ever will */
gboolean
wn_rtp_format_is_complete (const GstCaps *caps)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  const gchar *encoding = gst_structure_get_string (s, "encoding-name");

  for (guint i = 0; i < G_N_ELEMENTS (late); i++) {
    if (g_ascii_strcasecmp (encoding, late[i].encoding) == 0)
      return gst_structure_has_field (s, late[i].parameter);
  }
  return TRUE;
}

static gboolean
is_of_encoding (const GstStructure *s, const gchar *encoding)
{
  const gchar *name = gst_structure_get_string (s, "encoding-name");

  return name && g_ascii_strcasecmp (name, encoding) == 0;
}

static gboolean
has_other (const GstStructure *a, const GstStructure *b, const gchar *parameter,
    const gchar *if_absent)
{
  const gchar *one = gst_structure_get_string (a, parameter);
  const gchar *other = gst_structure_get_string (b, parameter);

  return g_strcmp0 (one ? one : if_absent, other ? other : if_absent) != 0;
}

/* The first byte of profile-level-id (RFC 6184, 8.1).  The second says little of
 * what encoders make: their baseline profile is the constrained one, be it 42c0,
 * 42e0 or 4200, and so it is where nothing is said. */
static guint
get_h264_profile (const GstStructure *s)
{
  const gchar *text = gst_structure_get_string (s, "profile-level-id");
  guint64 id;

  if (!text || !g_ascii_string_to_unsigned (text, 16, 0, 0xffffff, &id, NULL))
    return 0x42;
  return id >> 16;
}

/**
 * wn_rtp_format_has_other_parameters:
 * @a: a format
 * @b: one of the same encoding
 *
 * A level does not count, as it changes with the size of the picture, and decoders
 * do not mind; nor do parameter sets, which come with the stream.
 *
 * Returns: whether a receiver that was asked about the one still has to be asked
 *   about the other
 */
gboolean
wn_rtp_format_has_other_parameters (const GstStructure *a,
    const GstStructure *b)
{
  if (is_of_encoding (a, "H264"))
    return has_other (a, b, "packetization-mode", "0")
        || get_h264_profile (a) != get_h264_profile (b);
  if (is_of_encoding (a, "H265"))
    return has_other (a, b, "profile-id", "1"); /* RFC 7798, 7.1 */
  if (is_of_encoding (a, "VP9"))
    return has_other (a, b, "profile-id", "0"); /* RFC 9628, 6.1 */
  if (is_of_encoding (a, "AV1"))
    return has_other (a, b, "profile", "0");
  return FALSE;
}
