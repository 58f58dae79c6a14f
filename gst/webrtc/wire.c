/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "wire.h"

#include "sdpparse.h"
#include "transceivers.h"

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

GstSDPMessage *
wn_wire_make_offer (WnSections *self, GstElement *webrtcbin,
    const GstSDPMessage *sdp, guint64 session_id, guint64 version)
{
  guint n = gst_sdp_message_medias_len (sdp);
  g_autofree WnSection *sections = g_new0 (WnSection, n + 1);
  GstSDPMessage *on_wire;

  for (guint i = 0; i < n; i++) {
    sections[i].direction = wn_sections_get_wish (self, i);
    if (i < wn_sections_get_length (self)) {
      sections[i].is_rejected = wn_sections_get (self, i)->is_rejected;
      sections[i].mid = wn_sections_get (self, i)->mid;
    }
  }
  wn_transceivers_get_wishes (self, webrtcbin, sections, sdp);

  gst_sdp_message_copy (sdp, &on_wire);
  wn_sdp_to_wire (on_wire, TRUE, sections, n, session_id, version);
  return read_again (on_wire);
}

/* Our answer to @offer, which came over the wire; webrtcbin made @sdp. */
GstSDPMessage *
wn_wire_make_answer (WnSections *self, const GstSDPMessage *offer,
    const GstSDPMessage *sdp, guint64 session_id, guint64 version)
{
  guint n = gst_sdp_message_medias_len (sdp);
  g_autofree WnSection *sections = g_new0 (WnSection, n + 1);
  GstSDPMessage *on_wire;

  for (guint i = 0; i < n && i < gst_sdp_message_medias_len (offer); i++) {
    const GstSDPMedia *theirs = gst_sdp_message_get_media (offer, i);

    sections[i].direction = wn_sections_get_wish (self, i)
        & wn_direction_reverse (wn_sdp_media_get_direction (theirs));
    sections[i].is_rejected = wn_sdp_media_is_rejected (theirs)
        || wn_sdp_media_is_rejected (gst_sdp_message_get_media (sdp, i))
        || g_strcmp0 (gst_sdp_media_get_media (theirs),
               gst_sdp_media_get_media (gst_sdp_message_get_media (sdp, i)))
            != 0;
    sections[i].mid = wn_sdp_media_get_mid (theirs);
    sections[i].offered = theirs;
  }

  gst_sdp_message_copy (sdp, &on_wire);
  wn_sdp_to_wire (on_wire, FALSE, sections, n, session_id, version);
  return read_again (on_wire);
}
