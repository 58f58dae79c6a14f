/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "placement.h"

#include "encodings.h"
#include "webrtc/pad/rtpformat.h"

/*** Which sections can be a stream's ***/

/* Returns: whether the remote peer has to be told that @stream has another profile
 * than before */
static gboolean
is_asked_again (const WnStream *stream, const GstCaps *format)
{
  const GstStructure *now, *former;

  if (!stream->negotiated)
    return FALSE;
  now = gst_caps_get_structure (format, 0);
  former = gst_caps_get_structure (stream->negotiated, 0);
  return wn_encodings_are_same (now, former)
      && wn_rtp_format_has_other_parameters (now, former);
}

/* @media: a section as the remote peer describes it
 * @format: (out) (transfer full) (optional): what upstream sends, if it matches
 *
 * Returns: (transfer full) (nullable): what webrtcbin is to see of @stream in order
 *   to send it in that section, under the payload type that it has there; %NULL if
 *   the section is not for that encoding */
static GstCaps *
match (const WnStream *stream, const GstSDPMedia *media, GstCaps **format)
{
  g_autoptr (GstCaps) sent = wn_sink_pad_get_format (stream->pad);
  GstCaps *wire;

  if (!sent || wn_stream_is_vague (stream, g_get_monotonic_time ()))
    return NULL;
  wire = wn_encodings_match (media, sent, TRUE);
  if (!wire && !is_asked_again (stream, sent))
    wire = wn_encodings_match (media, sent, FALSE);
  if (wire && format)
    *format = g_steal_pointer (&sent);
  return wire;
}

static gboolean
is_matched (const WnStream *stream, const GstSDPMedia *media)
{
  g_autoptr (GstCaps) wire = match (stream, media, NULL);

  return wire != NULL;
}

/* @stream: one that is in a section
 *
 * Returns: whether both descriptions of that section have the stream's encoding;
 *   %TRUE as long as that is not known */
static gboolean
is_carried (const WnSections *sections, const WnStream *stream)
{
  g_autoptr (GstCaps) format = wn_sink_pad_get_format (stream->pad);

  return !format
      || (is_matched (stream,
              gst_sdp_message_get_media (sections->local, stream->mline))
          && is_matched (stream,
              gst_sdp_message_get_media (sections->remote, stream->mline)));
}

/* What the remote peer sends in a section goes on as it is: an offer of ours does
 * not change its encoding.
 *
 * Returns: a section in which nothing is sent as yet and @stream can be, or -1 */
static gint
find_idle (const WnSections *sections, GPtrArray *streams,
    const WnStream *stream)
{
  for (guint i = 0; i < wn_sections_get_length (sections); i++) {
    const WnMediaSection *section = wn_sections_get (sections, i);

    if (section->place < 0 || section->is_pending
        || !wn_sdp_media_is_rtp (section->media)
        || wn_streams_get_at (streams, i))
      continue;
    if ((section->remote & WN_DIRECTION_SENDONLY)
        && !is_matched (stream, gst_sdp_message_get_media (sections->local, i)))
      continue;
    if (is_matched (stream, section->media))
      return i;
  }
  return -1;
}

/* Returns: whether there is no section for @stream, and may be no further one: it
 *   waits until one is idle */
static gboolean
is_too_many (const WnSections *sections, GPtrArray *streams,
    const WnStream *stream)
{
  return wn_stream_may_be_placed (stream)
      && wn_sections_get_length (sections) >= WN_SECTIONS_MAX
      && find_idle (sections, streams, stream) < 0;
}

/* Returns: (transfer full) (nullable): the element, if it is to be told: once, as long as
 *   it @is so */
static GstElement *
find_whom_to_tell (const WnStream *stream, gboolean is, gboolean *was)
{
  gboolean is_news = is && !*was;

  *was = is;
  return is_news ? gst_pad_get_parent_element (GST_PAD (stream->pad)) : NULL;
}

static void
tell_too_many (const WnSections *sections, GPtrArray *streams, WnStream *stream)
{
  g_autoptr (GstElement) element = find_whom_to_tell (stream,
      is_too_many (sections, streams, stream), &stream->is_too_many);

  if (element)
    GST_ELEMENT_WARNING (element, RESOURCE, NO_SPACE_LEFT,
        ("%s is too many: a connection has no more than %d media sections. "
         "It is sent as soon as a section of its encoding is free: release "
         "a pad that is not needed, or use another %s.",
            GST_PAD_NAME (stream->pad), WN_SECTIONS_MAX,
            GST_OBJECT_NAME (gst_element_get_factory (element))),
        (NULL));
}

/* Whether the remote peer wants no such stream, or not any more */
static gboolean
is_refused (const WnSections *sections, const WnStream *stream)
{
  return stream->is_stopped
      || (stream->mline >= 0
          && wn_sections_get (sections, stream->mline)->is_rejected);
}

static void
tell_refused (const WnSections *sections, WnStream *stream)
{
  g_autoptr (GstElement) element = find_whom_to_tell (stream,
      is_refused (sections, stream), &stream->is_refused);

  if (element)
    GST_ELEMENT_WARNING (element, STREAM, FAILED,
        ("%s is not sent: the remote peer has rejected or stopped its media "
         "section. To offer the stream again, release the pad and request "
         "another one.",
            GST_PAD_NAME (stream->pad)),
        (NULL));
}

/* Says of each stream that is not sent why. */
void
wn_placement_tell_unsent (const WnSections *sections, GPtrArray *streams)
{
  for (guint i = 0; i < streams->len; i++) {
    WnStream *stream = g_ptr_array_index (streams, i);

    tell_too_many (sections, streams, stream);
    tell_refused (sections, stream);
  }
}

/*** Is negotiation needed? ***/

/* https://www.w3.org/TR/webrtc/#dfn-check-if-negotiation-is-needed, steps on a
 * transceiver that is associated */
static gboolean
section_needs_negotiation (const WnMediaSection *section, WnDirection wish)
{
  WnDirection theirs = wn_direction_reverse (section->remote);

  if (!wn_sdp_media_is_rtp (section->media) || section->is_rejected)
    return FALSE;
  if (section->local_is_offer)
    return section->local != wish && (section->local & theirs) != wish;
  return section->local != (wish & theirs);
}

static gboolean
stream_needs_negotiation (const WnSections *sections, GPtrArray *streams,
    const WnStream *stream)
{
  g_autoptr (GstCaps) format = wn_sink_pad_get_format (stream->pad);

  return (format && stream->mline < 0
             && !is_too_many (sections, streams, stream)
             && (!stream->is_stopped || wn_stream_has_news (stream)))
      || wn_stream_has_changed (stream);
}

/**
 * wn_placement_is_needed:
 *
 * Returns: whether the streams' wishes are other than what is negotiated, or
 *   webrtcbin is a new one, or the remote peer has to begin another transport.  A
 *   stream whose encoding is not known yet has no wish yet, and one that is too many
 *   can have none.
 */
gboolean
wn_placement_is_needed (const WnSections *sections, GPtrArray *streams)
{
  if (wn_sections_has_lost_transport (sections)
      || (sections->n_places == 0 && !wn_sections_are_all_rejected (sections)))
    return TRUE;
  for (guint i = 0; i < streams->len; i++) {
    if (stream_needs_negotiation (sections, streams,
            g_ptr_array_index (streams, i)))
      return TRUE;
  }
  for (guint i = 0; i < wn_sections_get_length (sections); i++) {
    if (section_needs_negotiation (wn_sections_get (sections, i),
            wn_streams_get_wish (streams, i)))
      return TRUE;
  }
  return FALSE;
}

/*** Deciding ***/

static GArray *
placements_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (WnPlacement));
}

/* A stream that comes in another encoding than before has to move, and one that
 * has no section takes its place anew. */
static void
release_streams (GPtrArray *streams)
{
  for (guint i = 0; i < streams->len; i++) {
    WnStream *stream = g_ptr_array_index (streams, i);

    if (stream->is_stopped && wn_stream_has_news (stream))
      stream->is_stopped = FALSE;
    if (stream->mline < 0 || wn_stream_has_changed (stream))
      wn_stream_leave (stream);
  }
}

/* Returns: whether @stream is in the section at @mline, which the remote peer
 *   describes as @media */
static gboolean
enter (GArray *placements, const WnSections *sections, WnStream *stream,
    gint mline, const GstSDPMedia *media)
{
  WnPlacement placement = { mline, wn_sections_get (sections, mline)->place,
    stream };
  g_autoptr (GstCaps) format = NULL;
  g_autoptr (GstCaps) wire = match (stream, media, &format);

  if (!wire)
    return FALSE;
  /* It is there, and is shown as it should be. */
  if (placement.place >= 0 && stream->mline == mline && stream->wire
      && wn_encodings_have (media, stream->wire))
    return TRUE;
  wn_stream_enter (stream, mline, format, wire);
  g_array_append_val (placements, placement);
  return TRUE;
}

static void
receive (GArray *placements, gint mline, const GstSDPMedia *media)
{
  WnPlacement placement = { mline, -1, .media = media, .is_received = TRUE };

  g_array_append_val (placements, placement);
}

/*** …before an offer ***/

/* A webrtcbin that is new gets all the sections that the remote peer has. */
static void
restore_sections (GArray *placements, const WnSections *sections,
    GPtrArray *streams)
{
  for (guint i = 0; i < wn_sections_get_length (sections); i++) {
    const WnMediaSection *section = wn_sections_get (sections, i);
    WnStream *stream = wn_streams_get_at (streams, i);

    if (section->is_rejected || !wn_sdp_media_is_rtp (section->media)
        || (stream && enter (placements, sections, stream, i, section->media)))
      continue;
    if (stream)
      wn_stream_leave (stream);
    receive (placements, i, section->media);
  }
}

/* Where the transport is lost that the only section had, there has to be another one
 * that the BUNDLE group can begin with: wn_sections_get_tag(). */
static void
add_section_for_transport (GArray *placements, const WnSections *sections)
{
  const WnMediaSection *only = NULL;

  for (guint i = 0; i < wn_sections_get_length (sections); i++) {
    const WnMediaSection *section = wn_sections_get (sections, i);

    if (section->is_rejected)
      continue;
    if (only)
      return;
    only = section;
  }
  if (only && wn_sdp_media_is_rtp (only->media))
    receive (placements, -1, only->media);
}

static gboolean
enter_idle (GArray *placements, const WnSections *sections, GPtrArray *streams,
    WnStream *stream)
{
  gint idle = find_idle (sections, streams, stream);

  return idle >= 0
      && enter (placements, sections, stream, idle,
          wn_sections_get (sections, idle)->media);
}

/* Returns: a payload type for @format in a section that is new, or -1 */
static gint
choose_payload (const WnSections *sections, GPtrArray *streams,
    const GstCaps *format)
{
  g_autoptr (GPtrArray) described = g_ptr_array_new ();
  g_autoptr (GPtrArray) sent = g_ptr_array_new ();
  const GstSDPMessage *remote = sections->remote;

  for (guint i = 0; remote && i < gst_sdp_message_medias_len (remote); i++)
    g_ptr_array_add (described,
        (gpointer) gst_sdp_message_get_media (remote, i));
  /* What we have offered was not answered yet, and may stay. */
  for (guint i = 0; i < wn_sections_get_length (sections); i++) {
    if (wn_sections_get (sections, i)->is_pending)
      g_ptr_array_add (described, wn_sections_get (sections, i)->media);
  }
  for (guint i = 0; i < streams->len; i++) {
    WnStream *stream = g_ptr_array_index (streams, i);

    if (stream->wire)
      g_ptr_array_add (sent, stream->wire);
  }
  return wn_encodings_choose_payload (format, described, sent);
}

/* Returns: whether @stream is to get a section that is new.  It does not if its
 *   encoding is not known, or no payload type is left. */
static gboolean
enter_new (GArray *placements, const WnSections *sections, GPtrArray *streams,
    WnStream *stream)
{
  WnPlacement placement = { -1, -1, stream };
  g_autoptr (GstCaps) format = wn_sink_pad_get_format (stream->pad);
  g_autoptr (GstCaps) wire = NULL;
  gint payload = format ? choose_payload (sections, streams, format) : -1;

  if (payload < 0)
    return FALSE;
  wire = wn_sink_pad_make_wire_format (format, payload, NULL);
  wn_stream_enter (stream, -1, format, wire);
  g_array_append_val (placements, placement);
  return TRUE;
}

/* Gives each stream a section that is idle, or else a new one. */
GArray *
wn_placement_for_offer (const WnSections *sections, GPtrArray *streams)
{
  GArray *placements = placements_new ();
  guint n_known = wn_sections_get_length (sections), n = n_known;

  release_streams (streams);
  if (sections->n_places == 0)
    restore_sections (placements, sections, streams);

  for (guint i = 0; i < streams->len; i++) {
    WnStream *stream = g_ptr_array_index (streams, i);

    if (wn_stream_may_be_placed (stream)
        && !enter_idle (placements, sections, streams, stream)
        && n < WN_SECTIONS_MAX
        && enter_new (placements, sections, streams, stream))
      n++;
  }
  if (n == n_known && n < WN_SECTIONS_MAX && wn_sections_moves_tag (sections))
    add_section_for_transport (placements, sections);
  return placements;
}

/**
 * wn_placement_note_offer:
 * @added: the placements that are new in webrtcbin, in its order
 * @offer: webrtcbin's
 *
 * Finds which sections on the wire those in an offer of webrtcbin's are.
 */
void
wn_placement_note_offer (WnSections *sections, const GArray *added,
    const GstSDPMessage *offer)
{
  guint next = 0;

  for (guint place = sections->n_places;
       place < gst_sdp_message_medias_len (offer); place++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (offer, place);
    const WnPlacement *placement = NULL;
    gint mline = -1;

    if (!wn_sdp_media_is_rtp (media))
      mline = wn_sections_find_channel (sections);
    else if (next < added->len)
      placement = &g_array_index (added, WnPlacement, next++);
    if (placement)
      mline = placement->mline;

    if (mline >= 0)
      wn_sections_give_place (sections, mline, place);
    else
      mline = wn_sections_add_pending (sections, media, place);
    if (placement && placement->stream)
      placement->stream->mline = mline;
  }
}

/* Our offer is not going to be answered. */
void
wn_placement_take_back (WnSections *sections, GPtrArray *streams)
{
  wn_sections_take_back (sections);
  wn_streams_leave_from (streams, wn_sections_get_length (sections));
}

/*** …before an answer ***/

/* What was stopped in a section that becomes another one stays so.
 *
 * @offer: from the wire; it has passed the guard */
void
wn_placement_accept_offer (WnSections *sections, GPtrArray *streams,
    const GstSDPMessage *offer)
{
  guint n = wn_sections_count_known (sections, offer);

  wn_streams_leave_from (streams, n);
  for (guint i = 0; i < MIN (n, gst_sdp_message_medias_len (offer)); i++) {
    WnStream *stream = wn_streams_get_at (streams, i);

    if (stream && wn_sections_is_recycled (sections, i, offer)) {
      wn_stream_leave (stream);
      stream->is_stopped = TRUE;
      /* What was waited for is no news any more. */
      stream->wait_until = 0;
    }
  }
  wn_sections_accept_offer (sections, offer);
}

/* Returns: whether webrtcbin would take for the section at @mline what is meant for
 *   a later one */
static gboolean
is_to_be_restored (GPtrArray *streams, gint mline)
{
  for (guint i = 0; i < streams->len; i++) {
    WnStream *stream = g_ptr_array_index (streams, i);

    if (stream->mline > mline && !stream->wire)
      return TRUE;
  }
  return FALSE;
}

/* The section at @mline stays that of the stream that it was of, if it can, or gets
 * the first that it can be for. */
static gboolean
enter_any (GArray *placements, const WnSections *sections, GPtrArray *streams,
    guint mline, const GstSDPMedia *media)
{
  WnStream *former = wn_streams_get_at (streams, mline);

  if (former && enter (placements, sections, former, mline, media))
    return TRUE;
  if (former)
    wn_stream_leave (former);

  for (guint i = 0; i < streams->len; i++) {
    WnStream *stream = g_ptr_array_index (streams, i);

    if (wn_stream_may_be_placed (stream)
        && enter (placements, sections, stream, mline, media))
      return TRUE;
  }
  return FALSE;
}

/* The same as before an offer, with the sections that the remote peer offers, maybe
 * with other encodings than before. */
GArray *
wn_placement_for_answer (const WnSections *sections, GPtrArray *streams,
    const GstSDPMessage *offer)
{
  GArray *placements = placements_new ();

  release_streams (streams);
  for (guint i = 0; i < gst_sdp_message_medias_len (offer); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (offer, i);
    WnPlacement placement = { i, wn_sections_get (sections, i)->place,
      .media = media };

    if (!wn_sdp_media_is_rtp (media) || wn_sdp_media_is_rejected (media)
        || enter_any (placements, sections, streams, i, media))
      continue;
    if (sections->local && i < gst_sdp_message_medias_len (sections->local))
      placement.former = gst_sdp_message_get_media (sections->local, i);
    placement.is_received = is_to_be_restored (streams, i);
    g_array_append_val (placements, placement);
  }
  return placements;
}

/*** …after a negotiation ***/

/* Returns: whether the remote peer would have had the section, but we not */
static gboolean
has_declined (const WnSections *sections, guint mline)
{
  const WnMediaSection *section = wn_sections_get (sections, mline);

  return section->is_rejected && !section->local_is_offer
      && !wn_sdp_media_is_rejected (gst_sdp_message_get_media (sections->remote,
          mline));
}

/* What webrtcbin and the streams are to go on with is what is in force: a stream
 * whose encoding its section does not carry leaves it, and gets another with the
 * next offer; and what a forgotten offer would have changed is as it was. */
GArray *
wn_placement_in_force (const WnSections *sections, GPtrArray *streams)
{
  GArray *placements = placements_new ();

  for (guint i = 0; i < wn_sections_get_length (sections); i++) {
    const WnMediaSection *section = wn_sections_get (sections, i);
    WnStream *stream = wn_streams_get_at (streams, i);

    if (stream
        && (has_declined (sections, i)
            || (!section->is_rejected && !is_carried (sections, stream)))) {
      wn_stream_leave (stream);
      stream = NULL;
    }
    if (!stream && section->place >= 0
        && wn_sdp_media_is_rtp (section->media)) {
      const GstSDPMedia *media = gst_sdp_message_get_media (sections->local, i);
      WnPlacement placement = { i, section->place, NULL, media, media };

      g_array_append_val (placements, placement);
    }
  }
  return placements;
}
