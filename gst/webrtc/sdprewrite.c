/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sdprewrite.h"

#include <string.h>

static const gchar *const direction_names[] = {
  "inactive", "sendonly", "recvonly", "sendrecv"
};

const gchar *
wn_direction_get_name (WnDirection direction)
{
  return direction_names[direction];
}

/*** Looking at sections ***/

gboolean
wn_sdp_media_is_rtp (const GstSDPMedia * media)
{
  const gchar *name = gst_sdp_media_get_media (media);

  return g_strcmp0 (name, "audio") == 0 || g_strcmp0 (name, "video") == 0;
}

gboolean
wn_sdp_media_is_channel (const GstSDPMedia * media)
{
  return g_strcmp0 (gst_sdp_media_get_media (media), "application") == 0;
}

static gboolean
media_has (const GstSDPMedia * media, const gchar * key)
{
  for (guint i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    if (g_str_equal (gst_sdp_media_get_attribute (media, i)->key, key))
      return TRUE;
  }
  return FALSE;
}

/* Port 0 means something else of a section that is to be bundled. */
gboolean
wn_sdp_media_is_rejected (const GstSDPMedia * media)
{
  return gst_sdp_media_get_port (media) == 0
      && !media_has (media, "bundle-only");
}

WnDirection
wn_sdp_media_get_direction (const GstSDPMedia * media)
{
  for (guint i = 0; i < G_N_ELEMENTS (direction_names) - 1; i++) {
    if (media_has (media, direction_names[i]))
      return i;
  }
  return WN_DIRECTION_SENDRECV;
}

const gchar *
wn_sdp_media_get_mid (const GstSDPMedia * media)
{
  return gst_sdp_media_get_attribute_val (media, "mid");
}

static GstSDPMedia *
get_media (const GstSDPMessage * sdp, guint i)
{
  /* The library gives a constant, but has nothing to change a media with. */
  return (GstSDPMedia *) gst_sdp_message_get_media (sdp, i);
}

/* Returns: what the first live section says; unknown of actpass */
WnSetup
wn_sdp_get_setup (const GstSDPMessage * sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    const gchar *setup = gst_sdp_media_get_attribute_val (media, "setup");

    if (wn_sdp_media_is_rejected (media) || !setup)
      continue;
    if (g_str_equal (setup, "active"))
      return WN_SETUP_ACTIVE;
    if (g_str_equal (setup, "passive"))
      return WN_SETUP_PASSIVE;
  }
  return WN_SETUP_UNKNOWN;
}

/*** Changing sections ***/

static void
media_remove (GstSDPMedia * media, const gchar * key)
{
  for (guint i = gst_sdp_media_attributes_len (media); i > 0; i--) {
    if (g_str_equal (gst_sdp_media_get_attribute (media, i - 1)->key, key))
      gst_sdp_media_remove_attribute (media, i - 1);
  }
}

/* In place, as the order of attributes is not without meaning to everyone. */
static void
media_set (GstSDPMedia * media, const gchar * key, const gchar * value)
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

static void
media_set_direction (GstSDPMedia * media, WnDirection direction)
{
  for (guint i = 0; i < G_N_ELEMENTS (direction_names); i++)
    media_remove (media, direction_names[i]);
  gst_sdp_media_add_attribute (media, direction_names[direction], "");
}

/*** The BUNDLE group ***/

static guint
find_bundle (const GstSDPMessage * sdp)
{
  for (guint i = 0; i < gst_sdp_message_attributes_len (sdp); i++) {
    const GstSDPAttribute *attribute = gst_sdp_message_get_attribute (sdp, i);

    if (g_str_equal (attribute->key, "group")
        && g_str_has_prefix (attribute->value, "BUNDLE"))
      return i;
  }
  return G_MAXUINT;
}

/* Writes the group anew from the sections that are in it: these are live, or were
 * before. */
static void
set_bundle (GstSDPMessage * sdp, gboolean include_rejected)
{
  guint index = find_bundle (sdp);
  g_autoptr (GString) mids = g_string_new ("BUNDLE");
  GstSDPAttribute attribute;

  if (index == G_MAXUINT)
    return;

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    const gchar *mid = wn_sdp_media_get_mid (media);

    if (mid && (include_rejected || !wn_sdp_media_is_rejected (media)))
      g_string_append_printf (mids, " %s", mid);
  }
  gst_sdp_attribute_set (&attribute, "group", mids->str);
  gst_sdp_message_replace_attribute (sdp, index, &attribute);
}

/*** Towards webrtcbin ***/

static void
copy_attributes (GstSDPMedia * media, const GstSDPMedia * from,
    const gchar * const *keys)
{
  for (; *keys; keys++) {
    const gchar *value = gst_sdp_media_get_attribute_val (from, *keys);

    if (value && !media_has (media, *keys))
      gst_sdp_media_add_attribute (media, *keys, value);
  }
}

/* The transport of a bundled section is that of the section that has one. */
static const GstSDPMedia *
find_transport (const GstSDPMessage * sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    if (media_has (media, "ice-ufrag") && !wn_sdp_media_is_rejected (media))
      return media;
  }
  return NULL;
}

static void
replace_media (GstSDPMessage * sdp, guint index, const GstSDPMedia * by)
{
  GstSDPMedia *copy;

  gst_sdp_media_copy (by, &copy);
  gst_sdp_media_uninit (get_media (sdp, index));
  *get_media (sdp, index) = *copy;
  g_free (copy);
}

/* A section that is rejected is shown as it was when it was last alive, and one
 * that never was, as an inactive one. */
static void
media_to_webrtcbin (GstSDPMessage * sdp, guint index,
    const GstSDPMedia * former)
{
  static const gchar *const transport[] = {
    "ice-ufrag", "ice-pwd", "ice-options", "fingerprint", "setup", NULL
  };
  GstSDPMedia *media = get_media (sdp, index);
  const GstSDPMedia *from = find_transport (sdp);
  gboolean is_rejected = wn_sdp_media_is_rejected (media);

  if (is_rejected && former) {
    /* Of the former one the transport may be out of date. */
    replace_media (sdp, index, former);
    media = get_media (sdp, index);
    for (guint i = 0; from && transport[i]; i++)
      media_remove (media, transport[i]);
  } else if (former) {
    const gchar *mid = wn_sdp_media_get_mid (former);

    if (mid)
      media_set (media, "mid", mid);
  }
  if (from)
    copy_attributes (media, from, transport);

  if (gst_sdp_media_get_port (media) == 0)
    gst_sdp_media_set_port_info (media, 9, 1);
  media_remove (media, "bundle-only");
  if (wn_sdp_media_is_rtp (media))
    media_set_direction (media, is_rejected && !former ?
        WN_DIRECTION_INACTIVE : WN_DIRECTION_SENDRECV);
}

/**
 * wn_sdp_to_webrtcbin:
 * @sdp: a remote description that has passed the guard
 * @former: (nullable): the remote description that webrtcbin was given last
 * @setup: the part of the remote peer in the DTLS handshake that is over
 */
void
wn_sdp_to_webrtcbin (GstSDPMessage * sdp, const GstSDPMessage * former,
    WnSetup setup)
{
  guint n_former = former ? gst_sdp_message_medias_len (former) : 0;

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    media_to_webrtcbin (sdp, i, i < n_former ?
        gst_sdp_message_get_media (former, i) : NULL);
    if (setup != WN_SETUP_UNKNOWN)
      media_set (get_media (sdp, i), "setup",
          setup == WN_SETUP_ACTIVE ? "active" : "passive");
  }
  set_bundle (sdp, TRUE);
}

/* What webrtcbin says of directions is what it is to believe, too. */
void
wn_sdp_open_directions (GstSDPMessage * sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    GstSDPMedia *media = get_media (sdp, i);

    if (wn_sdp_media_is_rtp (media) && !media_has (media, "inactive"))
      media_set_direction (media, WN_DIRECTION_SENDRECV);
  }
}

/*** Towards the wire ***/

static void
media_to_wire (GstSDPMedia * media, gboolean is_offer,
    const WnSection * section)
{
  if (section->mid)
    media_set (media, "mid", section->mid);
  if (is_offer && media_has (media, "setup"))
    media_set (media, "setup", "actpass");

  if (section->is_rejected) {
    gst_sdp_media_set_port_info (media, 0, 0);
    media_remove (media, "bundle-only");
  }
  if (wn_sdp_media_is_rtp (media))
    media_set_direction (media, section->is_rejected ?
        WN_DIRECTION_INACTIVE : section->direction);
  if (!(section->direction & WN_DIRECTION_SENDONLY) || section->is_rejected) {
    media_remove (media, "ssrc");
    media_remove (media, "msid");
  }
}

/**
 * wn_sdp_to_wire:
 * @sdp: a local description as webrtcbin made it
 * @sections: of @n_sections media sections; further ones are as they are
 * @session_id: of the connection, the same in all its descriptions
 */
void
wn_sdp_to_wire (GstSDPMessage * sdp, gboolean is_offer,
    const WnSection * sections, guint n_sections, guint64 session_id,
    guint64 version)
{
  g_autofree gchar *id = g_strdup_printf ("%" G_GUINT64_FORMAT, session_id);
  g_autofree gchar *count = g_strdup_printf ("%" G_GUINT64_FORMAT, version);

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    if (i < n_sections)
      media_to_wire (get_media (sdp, i), is_offer, &sections[i]);
  }
  set_bundle (sdp, FALSE);
  gst_sdp_message_set_origin (sdp, "-", id, count, "IN", "IP4", "0.0.0.0");
}
