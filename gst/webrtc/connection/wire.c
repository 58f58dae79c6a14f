/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "wire.h"

#include "sdp/sdprewrite.h"

#include "sdp/sdpparse.h"
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

/* What goes over the wire of @sdp, an offer of webrtcbin's.  Its sections that are
 * new are pending from now on. */
GstSDPMessage *
wn_wire_make_offer (WnSections *self, GstElement *webrtcbin,
    const GstSDPMessage *sdp, guint64 session_id, guint64 version)
{
  g_autofree WnSection *sections = NULL;
  guint n;

  wn_transceivers_add_sections (self, webrtcbin, sdp);
  n = wn_sections_get_length (self);
  sections = g_new0 (WnSection, n + 1);
  for (guint i = 0; i < n; i++) {
    const WnMediaSection *section = wn_sections_get (self, i);

    sections[i].place = section->is_rejected ? -1 : section->place;
    sections[i].direction = wn_sections_get_wish (self, i);
    sections[i].mid = section->mid;
    sections[i].described = section->media;
  }
  return read_again (wn_sdp_to_wire (sdp, TRUE, sections, n,
      wn_sections_get_tag (self), session_id, version));
}

/* Our answer to @offer, which came over the wire; webrtcbin made @sdp. */
GstSDPMessage *
wn_wire_make_answer (WnSections *self, const GstSDPMessage *offer,
    const GstSDPMessage *sdp, guint64 session_id, guint64 version)
{
  guint n = gst_sdp_message_medias_len (offer);
  g_autofree WnSection *sections = g_new0 (WnSection, n + 1);
  g_autofree gchar *tag = wn_sdp_get_bundle_tag (offer);

  for (guint i = 0; i < n; i++) {
    const WnMediaSection *section = wn_sections_get (self, i);
    const GstSDPMedia *theirs = gst_sdp_message_get_media (offer, i);

    sections[i].place = section->place;
    if (section->place >= 0
        && wn_sdp_media_is_rejected (gst_sdp_message_get_media (sdp,
            section->place)))
      sections[i].place = -1;
    sections[i].direction = wn_sections_get_wish (self, i)
        & wn_direction_reverse (wn_sdp_media_get_direction (theirs));
    sections[i].mid = wn_sdp_media_get_mid (theirs);
    sections[i].described = theirs;
  }
  return read_again (wn_sdp_to_wire (sdp, FALSE, sections, n, tag, session_id,
      version));
}
