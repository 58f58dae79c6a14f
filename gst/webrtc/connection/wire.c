/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "wire.h"

#include "sdp/sdpparse.h"
#include "sdp/sdprewrite.h"

WnDescription *
wn_wire_describe (WnDescriptionType type, const GstSDPMessage *on_wire)
{
  g_autofree gchar *text = gst_sdp_message_as_text (on_wire);
  g_autofree gchar *id = wn_sdp_get_id (on_wire);
  g_auto (GStrv) ufrags = wn_sdp_get_ufrags (on_wire);

  return wn_description_new (type, text, id, (const gchar *const *) ufrags,
      NULL, WN_SESSION_UNKNOWN);
}

/* As it will be read on the other side: an attribute without a value is not the
 * same in memory. */
static GstSDPMessage *
read_again (GstSDPMessage *sdp)
{
  g_autofree gchar *text = gst_sdp_message_as_text (sdp);
  GstSDPMessage *read;

  gst_sdp_message_free (sdp);
  gst_sdp_message_new_from_text (text, &read);
  return read;
}

/* What goes over the wire of @sdp, an offer of webrtcbin's. */
GstSDPMessage *
wn_wire_make_offer (const WnSections *sections, GPtrArray *streams,
    const GstSDPMessage *sdp, guint64 session_id, guint64 version)
{
  guint n = wn_sections_get_length (sections);
  g_autofree WnSection *described = g_new0 (WnSection, n + 1);

  for (guint i = 0; i < n; i++) {
    const WnMediaSection *section = wn_sections_get (sections, i);

    described[i] = (WnSection) { section->is_rejected ? -1 : section->place,
      wn_streams_get_wish (streams, i), section->mid, section->media };
  }
  return read_again (wn_sdp_to_wire (sdp, TRUE, described, n,
      wn_sections_get_tag (sections), session_id, version));
}

/* Our answer to @offer, which came over the wire; webrtcbin made @sdp. */
GstSDPMessage *
wn_wire_make_answer (const WnSections *sections, GPtrArray *streams,
    const GstSDPMessage *offer, const GstSDPMessage *sdp, guint64 session_id,
    guint64 version)
{
  guint n = gst_sdp_message_medias_len (offer);
  g_autofree WnSection *described = g_new0 (WnSection, n + 1);
  g_autofree gchar *tag = wn_sdp_get_bundle_tag (offer);

  for (guint i = 0; i < n; i++) {
    const GstSDPMedia *theirs = gst_sdp_message_get_media (offer, i);
    gint place = wn_sections_get (sections, i)->place;

    if (place >= 0
        && wn_sdp_media_is_rejected (gst_sdp_message_get_media (sdp, place)))
      place = -1;
    described[i] = (WnSection) { place,
      wn_streams_get_wish (streams, i)
          & wn_direction_reverse (wn_sdp_media_get_direction (theirs)),
      wn_sdp_media_get_mid (theirs), theirs };
  }
  return read_again (wn_sdp_to_wire (sdp, FALSE, described, n, tag, session_id,
      version));
}
