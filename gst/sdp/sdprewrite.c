/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sdprewrite.h"

#include "retransmission.h"

#include <string.h>

/*** Looking at sections ***/

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

static void
media_set_direction (GstSDPMedia *media, WnDirection direction)
{
  for (WnDirection d = WN_DIRECTION_INACTIVE; d <= WN_DIRECTION_SENDRECV; d++)
    media_remove (media, wn_direction_get_name (d));
  gst_sdp_media_add_attribute (media, wn_direction_get_name (direction), "");
}

/*** The BUNDLE group ***/

static void
remove_session_attribute (GstSDPMessage *sdp, const gchar *key)
{
  for (guint i = gst_sdp_message_attributes_len (sdp); i > 0; i--) {
    if (g_str_equal (gst_sdp_message_get_attribute (sdp, i - 1)->key, key))
      gst_sdp_message_remove_attribute (sdp, i - 1);
  }
}

/* Writes the group anew from the sections that are in it: these are live, or were
 * before.  webrtcbin takes any group that comes first for it.
 *
 * @tag: (nullable): the mid that it is to begin with */
static void
set_bundle (GstSDPMessage *sdp, gboolean include_rejected, const gchar *tag)
{
  g_auto (GStrv) bundle = wn_sdp_get_bundle (sdp);
  g_autoptr (GString) mids = g_string_new ("BUNDLE");

  remove_session_attribute (sdp, "group");
  if (!bundle)
    return;

  if (tag)
    g_string_append_printf (mids, " %s", tag);
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    const gchar *mid = wn_sdp_media_get_mid (media);

    if (mid && g_strcmp0 (mid, tag) != 0
        && (include_rejected || !wn_sdp_media_is_rejected (media)))
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
      wn_sdp_media_set (media, transport_keys[i], value);
  }
}

/* Case has no meaning in a fingerprint (RFC 8122, 5), but webrtcbin compares the text
 * with its own. */
static void
normalise_fingerprint (GstSDPMedia *media)
{
  const gchar *value = gst_sdp_media_get_attribute_val (media, "fingerprint");
  const gchar *hex = value ? strchr (value, ' ') : NULL;
  g_autofree gchar *name = NULL, *upper = NULL, *text = NULL;

  if (!hex)
    return;
  name = g_ascii_strdown (value, hex - value);
  upper = g_ascii_strup (hex, -1);
  text = g_strconcat (name, upper, NULL);
  wn_sdp_media_set (media, "fingerprint", text);
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
      if (!wn_sdp_media_has (wn_sdp_get_media (sdp, j), transport_keys[i]))
        gst_sdp_media_add_attribute (wn_sdp_get_media (sdp, j),
            transport_keys[i], value);
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

    if (!wn_sdp_media_is_rejected (media)
        && wn_sdp_media_has (media, "ice-ufrag")
        && (!bundle || g_strcmp0 (wn_sdp_media_get_mid (media), *bundle) == 0))
      return media;
  }
  return NULL;
}

/* Returns: (transfer full) (nullable): the mid that the BUNDLE group begins with */
gchar *
wn_sdp_get_bundle_tag (const GstSDPMessage *sdp)
{
  g_auto (GStrv) bundle = wn_sdp_get_bundle (sdp);

  return bundle ? g_strdup (*bundle) : NULL;
}

/**
 * wn_sdp_settle_bundle_only:
 * @sdp: from the wire
 *
 * Removes a=bundle-only where it says nothing: what is left of them is right.
 */
void
wn_sdp_settle_bundle_only (GstSDPMessage *sdp, gboolean is_offer)
{
  g_auto (GStrv) bundle = wn_sdp_get_bundle (sdp);

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    if (!wn_sdp_media_is_bundle_only (wn_sdp_get_media (sdp, i), is_offer,
            bundle))
      media_remove (wn_sdp_get_media (sdp, i), "bundle-only");
  }
}

/* Whether nothing in it is alive; then there is no transport either. */
gboolean
wn_sdp_is_all_rejected (const GstSDPMessage *sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    if (!wn_sdp_media_is_rejected (wn_sdp_get_media (sdp, i)))
      return FALSE;
  }
  return TRUE;
}

/*** Towards webrtcbin ***/

static const GstSDPMedia *
get_media_or_null (const GstSDPMessage *sdp, guint index)
{
  return sdp && index < gst_sdp_message_medias_len (sdp)
      ? gst_sdp_message_get_media (sdp, index)
      : NULL;
}

/* webrtcbin's own attributes may have no value at all (a=rtcp-mux-only), which it
 * takes in a local description and crashes on in a remote one. */
static void
give_values (GstSDPMedia *media)
{
  for (guint i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    const GstSDPAttribute *old = gst_sdp_media_get_attribute (media, i);
    GstSDPAttribute attribute;

    if (old->value)
      continue;
    gst_sdp_attribute_set (&attribute, old->key, "");
    gst_sdp_media_replace_attribute (media, i, &attribute);
  }
}

/* Adds a copy of @media, to be changed. */
static GstSDPMedia *
add_media (GstSDPMessage *sdp, const GstSDPMedia *media)
{
  GstSDPMedia *copy;

  gst_sdp_media_copy (media, &copy);
  give_values (copy);
  gst_sdp_message_add_media (sdp, copy);
  gst_sdp_media_free (copy);
  return wn_sdp_get_media (sdp, gst_sdp_message_medias_len (sdp) - 1);
}

/* Returns: (transfer full): @sdp without its media sections */
static GstSDPMessage *
copy_session (const GstSDPMessage *sdp)
{
  GstSDPMessage *copy;

  gst_sdp_message_copy (sdp, &copy);
  for (guint i = 0; i < gst_sdp_message_medias_len (copy); i++)
    gst_sdp_media_uninit (wn_sdp_get_media (copy, i));
  g_array_set_size (copy->medias, 0);
  return copy;
}

/* Returns: (nullable): the live section of @sdp that is at @place in webrtcbin */
static const GstSDPMedia *
find_live_at (const GstSDPMessage *sdp, const gint *places, gint place)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    if (places[i] == place
        && !wn_sdp_media_is_rejected (wn_sdp_get_media (sdp, i)))
      return wn_sdp_get_media (sdp, i);
  }
  return NULL;
}

static guint
count_places (const GstSDPMessage *sdp, const gint *places,
    const GstSDPMessage *former, const GstSDPMessage *answered)
{
  guint n = MAX (former ? gst_sdp_message_medias_len (former) : 0,
      answered ? gst_sdp_message_medias_len (answered) : 0);

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++)
    n = MAX ((gint) n, places[i] + 1);
  return n;
}

static gboolean
is_in_bundle (const GstSDPMedia *media, GStrv bundle)
{
  const gchar *mid = wn_sdp_media_get_mid (media);

  return bundle && mid && g_strv_contains ((const gchar *const *) bundle, mid);
}

/* @live: (nullable): the section on the wire, if there is one that is alive
 * @known: (nullable): the section that webrtcbin has at this place */
static void
show_media (GstSDPMessage *shown, const GstSDPMedia *live,
    const GstSDPMedia *known, const GstSDPMedia *transport, GStrv bundle)
{
  guint place = gst_sdp_message_medias_len (shown);
  g_autofree gchar *name = known ? g_strdup (wn_sdp_media_get_mid (known))
                                 : g_strdup_printf ("remote-%u", place);
  GstSDPMedia *media = add_media (shown, live ? live : known);

  wn_sdp_media_set (media, "mid", name);
  /* Its payload types may be others' by now, which would be taken for repetitions. */
  if (!live)
    wn_retransmission_remove (media);
  if (transport && transport != live && (!live || is_in_bundle (live, bundle)))
    copy_transport (media, transport);
  if (gst_sdp_media_get_port (media) == 0)
    gst_sdp_media_set_port_info (media, 9, 1);
  media_remove (media, "bundle-only");
  if (wn_sdp_media_is_rtp (media))
    media_set_direction (media, WN_DIRECTION_SENDRECV);
}

/**
 * wn_sdp_to_webrtcbin:
 * @on_wire: a remote description that has passed the guard, with a section that
 *   is alive
 * @places: of each of its sections: which one of webrtcbin's it is, or -1
 * @former: (nullable): what webrtcbin was shown last
 * @answered: (nullable): the local offer, as webrtcbin made it, if @on_wire
 *   answers one
 * @setup: the part of the remote peer in the DTLS handshake that is over
 *
 * A section of webrtcbin's cannot be removed, nor become another one.  One that
 * is no section's on the wire any more is shown as it was, so that nothing changes
 * for it.
 *
 * Returns: (transfer full): what webrtcbin is to be shown
 */
GstSDPMessage *
wn_sdp_to_webrtcbin (const GstSDPMessage *on_wire, const gint *places,
    const GstSDPMessage *former, const GstSDPMessage *answered, WnSetup setup)
{
  g_auto (GStrv) bundle = wn_sdp_get_bundle (on_wire);
  g_autoptr (GstSDPMessage) sdp = NULL;
  const GstSDPMedia *transport;
  GstSDPMessage *shown;
  guint n;

  gst_sdp_message_copy (on_wire, &sdp);
  spread_transport (sdp);
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++)
    normalise_fingerprint (wn_sdp_get_media (sdp, i));
  transport = find_transport (sdp, bundle);
  n = count_places (sdp, places, former, answered);

  shown = copy_session (sdp);
  for (guint i = 0; i < n; i++) {
    const GstSDPMedia *known = get_media_or_null (former, i);

    show_media (shown, find_live_at (sdp, places, i),
        known ? known : get_media_or_null (answered, i), transport, bundle);
  }
  set_bundle (shown, TRUE, NULL);
  wn_sdp_set_setup (shown, setup);
  return shown;
}

/* The part of the remote peer in the DTLS handshake, where it is settled. */
void
wn_sdp_set_setup (GstSDPMessage *sdp, WnSetup setup)
{
  for (guint i = 0;
       setup != WN_SETUP_UNKNOWN && i < gst_sdp_message_medias_len (sdp); i++)
    wn_sdp_media_set (wn_sdp_get_media (sdp, i), "setup",
        setup == WN_SETUP_ACTIVE ? "active" : "passive");
}

/* Of a local description as webrtcbin made it. */
void
wn_sdp_set_fingerprint (GstSDPMessage *sdp, const gchar *fingerprint)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    if (wn_sdp_media_has (wn_sdp_get_media (sdp, i), "fingerprint"))
      wn_sdp_media_set (wn_sdp_get_media (sdp, i), "fingerprint", fingerprint);
  }
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
    if (wn_sdp_media_is_rejected (wn_sdp_get_media (answer, i)))
      copy_transport (wn_sdp_get_media (answer, i), transport);
  }
}

/* What webrtcbin says of directions is what it is to believe, too. */
void
wn_sdp_open_directions (GstSDPMessage *sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    GstSDPMedia *media = wn_sdp_get_media (sdp, i);

    if (wn_sdp_media_is_rtp (media) && !wn_sdp_media_has (media, "inactive"))
      media_set_direction (media, WN_DIRECTION_SENDRECV);
  }
}

/*** Towards the wire ***/

/* With the kind and the formats that it has on the wire. */
static void
add_rejected (GstSDPMessage *sdp, const WnSection *section)
{
  const GstSDPMedia *described = section->described;
  GstSDPMedia *media;

  gst_sdp_media_new (&media);
  gst_sdp_media_set_media (media, gst_sdp_media_get_media (described));
  gst_sdp_media_set_proto (media, gst_sdp_media_get_proto (described));
  gst_sdp_media_add_connection (media, "IN", "IP4", "0.0.0.0", 0, 0);
  for (guint i = 0; i < gst_sdp_media_formats_len (described); i++)
    gst_sdp_media_add_format (media, gst_sdp_media_get_format (described, i));
  if (section->mid)
    gst_sdp_media_add_attribute (media, "mid", section->mid);
  if (wn_sdp_media_is_rtp (media))
    media_set_direction (media, WN_DIRECTION_INACTIVE);
  gst_sdp_message_add_media (sdp, media);
  gst_sdp_media_free (media);
}

static void
add_live (GstSDPMessage *sdp, const GstSDPMedia *made, gboolean is_offer,
    const WnSection *section)
{
  GstSDPMedia *media = add_media (sdp, made);

  wn_sdp_media_set (media, "mid", section->mid);
  if (is_offer && wn_sdp_media_has (media, "setup"))
    wn_sdp_media_set (media, "setup", "actpass");
  if (wn_sdp_media_is_rtp (media))
    media_set_direction (media, section->direction);
  if (!(section->direction & WN_DIRECTION_SENDONLY)) {
    media_remove (media, "ssrc");
    media_remove (media, "ssrc-group");
    media_remove (media, "msid");
  }
}

/* Returns: (nullable): the section that a bundle's group begins with: the one that is
 * called @tag, or else the first that is alive */
static GstSDPMedia *
find_tagged (const GstSDPMessage *sdp, const gchar *tag)
{
  GstSDPMedia *first = NULL;

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    GstSDPMedia *media = wn_sdp_get_media (sdp, i);

    if (wn_sdp_media_is_rejected (media))
      continue;
    if (tag && g_strcmp0 (wn_sdp_media_get_mid (media), tag) == 0)
      return media;
    if (!first)
      first = media;
  }
  return first;
}

/* That section has the transport, and no port 0 (RFC 8843, 7.2.1). */
static void
open_transport (GstSDPMedia *media)
{
  if (gst_sdp_media_get_port (media) == 0)
    gst_sdp_media_set_port_info (media, 9, 1);
  media_remove (media, "bundle-only");
}

/**
 * wn_sdp_to_wire:
 * @sdp: a local description as webrtcbin made it
 * @sections: the @n_sections media sections on the wire
 * @tag: (nullable): mid of the section whose transport is meant, if it is alive; else
 *   that is the first one
 * @session_id: of the connection, the same in all its descriptions
 *
 * Returns: (transfer full): the same as it goes over the wire
 */
GstSDPMessage *
wn_sdp_to_wire (const GstSDPMessage *sdp, gboolean is_offer,
    const WnSection *sections, guint n_sections, const gchar *tag,
    guint64 session_id, guint64 version)
{
  g_autofree gchar *id = g_strdup_printf ("%" G_GUINT64_FORMAT, session_id);
  g_autofree gchar *count = g_strdup_printf ("%" G_GUINT64_FORMAT, version);
  GstSDPMessage *on_wire = copy_session (sdp);
  GstSDPMedia *tagged;

  for (guint i = 0; i < n_sections; i++) {
    if (sections[i].place < 0)
      add_rejected (on_wire, &sections[i]);
    else
      add_live (on_wire, gst_sdp_message_get_media (sdp, sections[i].place),
          is_offer, &sections[i]);
  }
  tagged = find_tagged (on_wire, tag);
  if (tagged)
    open_transport (tagged);
  set_bundle (on_wire, FALSE, tagged ? wn_sdp_media_get_mid (tagged) : NULL);
  gst_sdp_message_set_origin (on_wire, "-", id, count, "IN", "IP4", "0.0.0.0");
  return on_wire;
}

/* Returns: (transfer full): an answer to @offer, from the wire, in which nothing is
 * alive; no webrtcbin is asked */
GstSDPMessage *
wn_sdp_reject_all (const GstSDPMessage *offer, guint64 session_id,
    guint64 version)
{
  guint n = gst_sdp_message_medias_len (offer);
  g_autofree WnSection *sections = g_new0 (WnSection, n + 1);
  g_autoptr (GstSDPMessage) session = NULL;

  gst_sdp_message_new (&session);
  gst_sdp_message_set_version (session, "0");
  gst_sdp_message_set_session_name (session, "-");
  gst_sdp_message_add_time (session, "0", "0", NULL);
  for (guint i = 0; i < n; i++) {
    sections[i].place = -1;
    sections[i].described = gst_sdp_message_get_media (offer, i);
    sections[i].mid = wn_sdp_media_get_mid (sections[i].described);
  }
  return wn_sdp_to_wire (session, FALSE, sections, n, NULL, session_id,
      version);
}
