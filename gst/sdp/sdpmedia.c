/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sdpmedia.h"

#include <stdio.h>
#include <string.h>

static const gchar *const direction_names[] = { "inactive", "sendonly",
  "recvonly", "sendrecv" };

const gchar *
wn_direction_get_name (WnDirection direction)
{
  return direction_names[direction];
}

/* Returns: a section of @sdp, to be changed: the library gives a constant, but has
 *   nothing to change a media with */
GstSDPMedia *
wn_sdp_get_media (const GstSDPMessage *sdp, guint index)
{
  return (GstSDPMedia *) gst_sdp_message_get_media (sdp, index);
}

/* Returns: (nullable): what a line `a=ssrc:SSRC …` says of its source, with the space;
 *   %NULL: @attribute is none */
const gchar *
wn_sdp_read_source (const GstSDPAttribute *attribute, guint32 *ssrc)
{
  gchar *rest;

  if (!g_str_equal (attribute->key, "ssrc") || !attribute->value)
    return NULL;
  *ssrc = (guint32) g_ascii_strtoull (attribute->value, &rest, 10);
  return *rest == ' ' ? rest : NULL;
}

/* Returns: whether the media names the source; @repeated: what it repeats there, or 0 */
static gboolean
find_source (const GstSDPMedia *media, guint32 ssrc, guint32 *repeated)
{
  gboolean is_named = FALSE;

  *repeated = 0;
  for (guint i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    const GstSDPAttribute *attribute = gst_sdp_media_get_attribute (media, i);
    guint32 first, second;

    if (wn_sdp_read_source (attribute, &first) && first == ssrc)
      is_named = TRUE;
    else if (g_str_equal (attribute->key, "ssrc-group") && attribute->value
        && sscanf (attribute->value, "FID %u %u", &first, &second) == 2
        && second == ssrc)
      *repeated = first;
  }
  return is_named;
}

/**
 * wn_sdp_find_source:
 * @repeated: (out): the source whose lost packets it repeats (RFC 4588, 8.1), or 0
 *
 * Returns: the index of the media section that names the source @ssrc, or -1
 */
gint
wn_sdp_find_source (const GstSDPMessage *sdp, guint32 ssrc, guint32 *repeated)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    if (find_source (gst_sdp_message_get_media (sdp, i), ssrc, repeated))
      return i;
  }
  return -1;
}

gboolean
wn_sdp_media_is_rtp (const GstSDPMedia *media)
{
  const gchar *name = gst_sdp_media_get_media (media);

  return g_strcmp0 (name, "audio") == 0 || g_strcmp0 (name, "video") == 0;
}

gboolean
wn_sdp_media_has (const GstSDPMedia *media, const gchar *key)
{
  for (guint i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    if (g_str_equal (gst_sdp_media_get_attribute (media, i)->key, key))
      return TRUE;
  }
  return FALSE;
}

/* In place, as the order of attributes is not without meaning to everyone. */
void
wn_sdp_media_set (GstSDPMedia *media, const gchar *key, const gchar *value)
{
  for (guint i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    GstSDPAttribute attribute;

    if (!g_str_equal (gst_sdp_media_get_attribute (media, i)->key, key))
      continue;
    gst_sdp_attribute_set (&attribute, key, value);
    gst_sdp_media_replace_attribute (media, i, &attribute);
    return;
  }
  gst_sdp_media_add_attribute (media, key, value);
}

/* Port 0 means something else of a section that is to be bundled. */
gboolean
wn_sdp_media_is_rejected (const GstSDPMedia *media)
{
  return gst_sdp_media_get_port (media) == 0
      && !wn_sdp_media_has (media, "bundle-only");
}

WnDirection
wn_sdp_media_get_direction (const GstSDPMedia *media)
{
  for (guint i = 0; i < G_N_ELEMENTS (direction_names) - 1; i++) {
    if (wn_sdp_media_has (media, direction_names[i]))
      return i;
  }
  return WN_DIRECTION_SENDRECV;
}

const gchar *
wn_sdp_media_get_mid (const GstSDPMedia *media)
{
  return gst_sdp_media_get_attribute_val (media, "mid");
}

/**
 * wn_sdp_get_bundle:
 *
 * Returns: (transfer full) (nullable): the first BUNDLE group: the mids of its
 *   sections
 */
GStrv
wn_sdp_get_bundle (const GstSDPMessage *sdp)
{
  const gchar *group;

  for (guint i = 0;
       (group = gst_sdp_message_get_attribute_val_n (sdp, "group", i)); i++) {
    if (g_str_equal (group, "BUNDLE"))
      return g_new0 (gchar *, 1);
    if (g_str_has_prefix (group, "BUNDLE "))
      return g_strsplit (group + strlen ("BUNDLE "), " ", -1);
  }
  return NULL;
}

/**
 * wn_sdp_media_is_bundle_only:
 * @bundle: (nullable): from wn_sdp_get_bundle()
 *
 * RFC 8843, 6: a=bundle-only says something only in an offer, of a section that is in
 * the BUNDLE group and is not its first.  Elsewhere port 0 is a rejection.
 */
gboolean
wn_sdp_media_is_bundle_only (const GstSDPMedia *media, gboolean is_offer,
    GStrv bundle)
{
  const gchar *mid = wn_sdp_media_get_mid (media);

  return is_offer && bundle && mid && wn_sdp_media_has (media, "bundle-only")
      && g_strv_contains ((const gchar *const *) bundle, mid)
      && !g_str_equal (bundle[0], mid);
}
