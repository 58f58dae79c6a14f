/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sdprewrite.h"

#include <string.h>

static const gchar *const direction_names[] = { "inactive", "sendonly",
  "recvonly", "sendrecv" };

const gchar *
wn_direction_get_name (WnDirection direction)
{
  return direction_names[direction];
}

/*** Looking at sections ***/

gboolean
wn_sdp_media_is_rtp (const GstSDPMedia *media)
{
  const gchar *name = gst_sdp_media_get_media (media);

  return g_strcmp0 (name, "audio") == 0 || g_strcmp0 (name, "video") == 0;
}

gboolean
wn_sdp_media_is_channel (const GstSDPMedia *media)
{
  return g_strcmp0 (gst_sdp_media_get_media (media), "application") == 0;
}

static gboolean
media_has (const GstSDPMedia *media, const gchar *key)
{
  for (guint i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    if (g_str_equal (gst_sdp_media_get_attribute (media, i)->key, key))
      return TRUE;
  }
  return FALSE;
}

/* Port 0 means something else of a section that is to be bundled. */
gboolean
wn_sdp_media_is_rejected (const GstSDPMedia *media)
{
  return gst_sdp_media_get_port (media) == 0
      && !media_has (media, "bundle-only");
}

WnDirection
wn_sdp_media_get_direction (const GstSDPMedia *media)
{
  for (guint i = 0; i < G_N_ELEMENTS (direction_names) - 1; i++) {
    if (media_has (media, direction_names[i]))
      return i;
  }
  return WN_DIRECTION_SENDRECV;
}

const gchar *
wn_sdp_media_get_mid (const GstSDPMedia *media)
{
  return gst_sdp_media_get_attribute_val (media, "mid");
}

static GstSDPMedia *
get_media (const GstSDPMessage *sdp, guint i)
{
  /* The library gives a constant, but has nothing to change a media with. */
  return (GstSDPMedia *) gst_sdp_message_get_media (sdp, i);
}

static WnSetup
read_setup (const gchar *setup)
{
  if (g_strcmp0 (setup, "active") == 0)
    return WN_SETUP_ACTIVE;
  if (g_strcmp0 (setup, "passive") == 0)
    return WN_SETUP_PASSIVE;
  return WN_SETUP_UNKNOWN;
}

/* Returns: what the first live section says that says something, or else the
 * session; unknown of actpass */
WnSetup
wn_sdp_get_setup (const GstSDPMessage *sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    const gchar *setup = gst_sdp_media_get_attribute_val (media, "setup");

    if (!wn_sdp_media_is_rejected (media)
        && read_setup (setup) != WN_SETUP_UNKNOWN)
      return read_setup (setup);
  }
  return read_setup (gst_sdp_message_get_attribute_val (sdp, "setup"));
}

/*** Changing sections ***/

static void
media_remove (GstSDPMedia *media, const gchar *key)
{
  for (guint i = gst_sdp_media_attributes_len (media); i > 0; i--) {
    if (g_str_equal (gst_sdp_media_get_attribute (media, i - 1)->key, key))
      gst_sdp_media_remove_attribute (media, i - 1);
  }
}

/* In place, as the order of attributes is not without meaning to everyone. */
static void
media_set (GstSDPMedia *media, const gchar *key, const gchar *value)
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
media_set_direction (GstSDPMedia *media, WnDirection direction)
{
  for (guint i = 0; i < G_N_ELEMENTS (direction_names); i++)
    media_remove (media, direction_names[i]);
  gst_sdp_media_add_attribute (media, direction_names[direction], "");
}

/*** The BUNDLE group ***/

/* Returns: (nullable): the first BUNDLE group: the names of its sections */
static GStrv
get_bundle (const GstSDPMessage *sdp)
{
  for (guint i = 0; i < gst_sdp_message_attributes_len (sdp); i++) {
    const GstSDPAttribute *attribute = gst_sdp_message_get_attribute (sdp, i);

    if (g_str_equal (attribute->key, "group")
        && g_str_has_prefix (attribute->value, "BUNDLE "))
      return g_strsplit (attribute->value + strlen ("BUNDLE "), " ", -1);
  }
  return NULL;
}

static void
remove_session_attribute (GstSDPMessage *sdp, const gchar *key)
{
  for (guint i = gst_sdp_message_attributes_len (sdp); i > 0; i--) {
    if (g_str_equal (gst_sdp_message_get_attribute (sdp, i - 1)->key, key))
      gst_sdp_message_remove_attribute (sdp, i - 1);
  }
}

/* Writes the group anew from the sections that are in it: these are live, or were
 * before.  webrtcbin takes any group that comes first for it. */
static void
set_bundle (GstSDPMessage *sdp, gboolean include_rejected)
{
  g_auto (GStrv) bundle = get_bundle (sdp);
  g_autoptr (GString) mids = g_string_new ("BUNDLE");

  remove_session_attribute (sdp, "group");
  if (!bundle)
    return;

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    const gchar *mid = wn_sdp_media_get_mid (media);

    if (mid && (include_rejected || !wn_sdp_media_is_rejected (media)))
      g_string_append_printf (mids, " %s", mid);
  }
  gst_sdp_message_add_attribute (sdp, "group", mids->str);
}

/*** Transports ***/

static const gchar *const transport_keys[] = { "ice-ufrag", "ice-pwd",
  "ice-options", "fingerprint", "setup", NULL };

static void
copy_transport (GstSDPMedia *media, const GstSDPMedia *from)
{
  for (guint i = 0; transport_keys[i]; i++) {
    const gchar *value =
        gst_sdp_media_get_attribute_val (from, transport_keys[i]);

    if (value)
      media_set (media, transport_keys[i], value);
  }
}

/* What is said once for all sections is said in each: where both are there,
 * webrtcbin 1.22 does not choose. */
static void
spread_transport (GstSDPMessage *sdp)
{
  for (guint i = 0; transport_keys[i]; i++) {
    g_autofree gchar *value =
        g_strdup (gst_sdp_message_get_attribute_val (sdp, transport_keys[i]));

    if (!value)
      continue;
    for (guint j = 0; j < gst_sdp_message_medias_len (sdp); j++) {
      if (!media_has (get_media (sdp, j), transport_keys[i]))
        gst_sdp_media_add_attribute (get_media (sdp, j), transport_keys[i],
            value);
    }
    remove_session_attribute (sdp, transport_keys[i]);
  }
}

/* The transport of a bundle is that of the section that its group names first;
 * where there is no bundle, any live section's will do for one that is not. */
static const GstSDPMedia *
find_transport (const GstSDPMessage *sdp, GStrv bundle)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    if (!wn_sdp_media_is_rejected (media) && media_has (media, "ice-ufrag")
        && (!bundle || g_strcmp0 (wn_sdp_media_get_mid (media), *bundle) == 0))
      return media;
  }
  return NULL;
}

/*** Towards webrtcbin ***/

static void
replace_media (GstSDPMessage *sdp, guint index, const GstSDPMedia *by)
{
  GstSDPMedia *copy;

  gst_sdp_media_copy (by, &copy);
  gst_sdp_media_uninit (get_media (sdp, index));
  *get_media (sdp, index) = *copy;
  g_free (copy);
}

static gboolean
is_other_kind (const GstSDPMedia *media, const GstSDPMedia *former)
{
  return g_strcmp0 (gst_sdp_media_get_media (media),
             gst_sdp_media_get_media (former))
      != 0;
}

/* webrtcbin finds nothing without a name. */
static void
name_media (GstSDPMedia *media, guint index, const GstSDPMedia *known)
{
  g_autofree gchar *made_up = g_strdup_printf ("rejected-%u", index);
  const gchar *mid = known ? wn_sdp_media_get_mid (known) : NULL;

  if (mid || !wn_sdp_media_get_mid (media))
    media_set (media, "mid", mid ? mid : made_up);
}

/* A section that has never been alive is inactive, and stays so: webrtcbin cannot
 * open it.
 *
 * @media: as it came, with the name that it came with */
static WnDirection
choose_direction (const GstSDPMedia *media, const GstSDPMedia *former)
{
  if (!former)
    return wn_sdp_media_is_rejected (media) ? WN_DIRECTION_INACTIVE
                                            : WN_DIRECTION_SENDRECV;
  if (wn_sdp_media_get_direction (former) == WN_DIRECTION_INACTIVE
      && (wn_sdp_media_is_rejected (media)
          || g_strcmp0 (wn_sdp_media_get_mid (media),
                 wn_sdp_media_get_mid (former))
              == 0))
    return WN_DIRECTION_INACTIVE;
  return WN_DIRECTION_SENDRECV;
}

/* No stream is to be put there. */
static void
make_dead (GstSDPMedia *media)
{
  for (guint i = gst_sdp_media_formats_len (media); i > 0; i--)
    gst_sdp_media_remove_format (media, i - 1);
  media_remove (media, "rtpmap");
  media_remove (media, "fmtp");
  media_remove (media, "rtcp-fb");
  gst_sdp_media_add_format (media, "127");
  gst_sdp_media_add_attribute (media, "rtpmap", "127 REJECTED/90000");
}

/* A section that is rejected, or was recycled as one of another kind, is shown as
 * it was when it was last alive; and one that never was, as an inactive one.
 *
 * @known: (nullable): the section in the last description at this place, whose
 *   name webrtcbin has for it */
static void
media_to_webrtcbin (GstSDPMessage *sdp, guint index, const GstSDPMedia *former,
    const GstSDPMedia *known, const GstSDPMedia *transport, GStrv bundle)
{
  GstSDPMedia *media = get_media (sdp, index);
  gboolean is_rejected = wn_sdp_media_is_rejected (media);
  WnDirection direction = choose_direction (media, former);
  gboolean shares_transport = is_rejected
      || (bundle && wn_sdp_media_get_mid (media)
          && g_strv_contains ((const gchar *const *) bundle,
              wn_sdp_media_get_mid (media)));

  if (former && (is_rejected || is_other_kind (media, former))) {
    replace_media (sdp, index, former);
    media = get_media (sdp, index);
    shares_transport = TRUE;
  }
  if (is_rejected && !known && wn_sdp_media_is_rtp (media))
    make_dead (media);
  name_media (media, index, known);
  if (shares_transport && transport && transport != media)
    copy_transport (media, transport);

  if (gst_sdp_media_get_port (media) == 0)
    gst_sdp_media_set_port_info (media, 9, 1);
  media_remove (media, "bundle-only");
  if (wn_sdp_media_is_rtp (media))
    media_set_direction (media, direction);
}

static const GstSDPMedia *
get_media_or_null (const GstSDPMessage *sdp, guint index)
{
  return sdp && index < gst_sdp_message_medias_len (sdp)
      ? gst_sdp_message_get_media (sdp, index)
      : NULL;
}

/**
 * wn_sdp_to_webrtcbin:
 * @sdp: a remote description that has passed the guard
 * @former: (nullable): the remote description that webrtcbin was given last
 * @answered: (nullable): the local offer, as webrtcbin made it, if @sdp answers one
 * @setup: the part of the remote peer in the DTLS handshake that is over
 */
void
wn_sdp_to_webrtcbin (GstSDPMessage *sdp, const GstSDPMessage *former,
    const GstSDPMessage *answered, WnSetup setup)
{
  g_auto (GStrv) bundle = get_bundle (sdp);
  GstSDPMedia *transport = NULL;

  spread_transport (sdp);
  /* A copy, as sections are replaced under it. */
  if (find_transport (sdp, bundle))
    gst_sdp_media_copy (find_transport (sdp, bundle), &transport);

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *last = get_media_or_null (former, i);
    const GstSDPMedia *known = get_media_or_null (answered, i);

    media_to_webrtcbin (sdp, i, last, last ? last : known, transport, bundle);
    if (setup != WN_SETUP_UNKNOWN)
      media_set (get_media (sdp, i), "setup",
          setup == WN_SETUP_ACTIVE ? "active" : "passive");
  }
  set_bundle (sdp, TRUE);
  if (transport)
    gst_sdp_media_free (transport);
}

/**
 * wn_sdp_repair_answer:
 * @answer: as webrtcbin made it
 *
 * A section that it rejects is a copy of the offered one, with the offerer's
 * transport, which it does not accept as its own afterwards.
 */
void
wn_sdp_repair_answer (GstSDPMessage *answer)
{
  const GstSDPMedia *transport = find_transport (answer, NULL);

  for (guint i = 0; transport && i < gst_sdp_message_medias_len (answer); i++) {
    if (wn_sdp_media_is_rejected (get_media (answer, i)))
      copy_transport (get_media (answer, i), transport);
  }
}

/* What webrtcbin says of directions is what it is to believe, too. */
void
wn_sdp_open_directions (GstSDPMessage *sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    GstSDPMedia *media = get_media (sdp, i);

    if (wn_sdp_media_is_rtp (media) && !media_has (media, "inactive"))
      media_set_direction (media, WN_DIRECTION_SENDRECV);
  }
}

/*** Towards the wire ***/

/* An answer's section has the kind and the formats of the offered one. */
static void
reject_as (GstSDPMedia *media, const GstSDPMedia *offered)
{
  const gchar *mid = wn_sdp_media_get_mid (offered);

  gst_sdp_media_uninit (media);
  gst_sdp_media_init (media);
  gst_sdp_media_set_media (media, gst_sdp_media_get_media (offered));
  gst_sdp_media_set_proto (media, gst_sdp_media_get_proto (offered));
  gst_sdp_media_add_connection (media, "IN", "IP4", "0.0.0.0", 0, 0);
  for (guint i = 0; i < gst_sdp_media_formats_len (offered); i++)
    gst_sdp_media_add_format (media, gst_sdp_media_get_format (offered, i));
  if (mid)
    gst_sdp_media_add_attribute (media, "mid", mid);
}

static void
media_to_wire (GstSDPMedia *media, gboolean is_offer, const WnSection *section)
{
  if (section->mid)
    media_set (media, "mid", section->mid);
  if (is_offer && media_has (media, "setup"))
    media_set (media, "setup", "actpass");

  if (section->is_rejected) {
    gst_sdp_media_set_port_info (media, 0, 0);
    media_remove (media, "bundle-only");
  }
  if (section->offered && is_other_kind (media, section->offered))
    reject_as (media, section->offered);
  if (wn_sdp_media_is_rtp (media))
    media_set_direction (media,
        section->is_rejected ? WN_DIRECTION_INACTIVE : section->direction);
  if (!(section->direction & WN_DIRECTION_SENDONLY) || section->is_rejected) {
    media_remove (media, "ssrc");
    media_remove (media, "ssrc-group");
    media_remove (media, "msid");
  }
}

/* The section that a bundle's group begins with has the transport, and no port 0
 * (RFC 8843, 7.2.1). */
static void
open_transport (GstSDPMessage *sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    GstSDPMedia *media = get_media (sdp, i);

    if (wn_sdp_media_is_rejected (media))
      continue;
    if (gst_sdp_media_get_port (media) == 0)
      gst_sdp_media_set_port_info (media, 9, 1);
    media_remove (media, "bundle-only");
    return;
  }
}

/**
 * wn_sdp_to_wire:
 * @sdp: a local description as webrtcbin made it
 * @sections: of @n_sections media sections; further ones are as they are
 * @session_id: of the connection, the same in all its descriptions
 */
void
wn_sdp_to_wire (GstSDPMessage *sdp, gboolean is_offer,
    const WnSection *sections, guint n_sections, guint64 session_id,
    guint64 version)
{
  g_autofree gchar *id = g_strdup_printf ("%" G_GUINT64_FORMAT, session_id);
  g_autofree gchar *count = g_strdup_printf ("%" G_GUINT64_FORMAT, version);

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    if (i < n_sections)
      media_to_wire (get_media (sdp, i), is_offer, &sections[i]);
  }
  open_transport (sdp);
  set_bundle (sdp, FALSE);
  gst_sdp_message_set_origin (sdp, "-", id, count, "IN", "IP4", "0.0.0.0");
}
