/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sections.h"

#include "sdp/sdprewrite.h"

static void
section_clear (WnMediaSection *section)
{
  g_free (section->mid);
  g_clear_pointer (&section->media, gst_sdp_media_free);
}

static WnMediaSection *
get_section (const WnSections *self, guint mline)
{
  g_return_val_if_fail (mline < self->sections->len, NULL);
  return &g_array_index (self->sections, WnMediaSection, mline);
}

/* There is another webrtcbin, and the remote peer's connection goes on. */
void
wn_sections_forget_webrtcbin (WnSections *self)
{
  for (guint i = 0; i < self->sections->len; i++)
    get_section (self, i)->place = -1;
  self->n_places = 0;
  self->channel_place = -1;
  if (self->owner) {
    g_free (self->gone);
    self->gone = g_steal_pointer (&self->owner);
  }
}

/* Nothing is negotiated any more. */
void
wn_sections_forget (WnSections *self)
{
  wn_sections_forget_webrtcbin (self);
  g_array_set_size (self->sections, 0);
  g_clear_pointer (&self->local, gst_sdp_message_free);
  g_clear_pointer (&self->remote, gst_sdp_message_free);
  g_clear_pointer (&self->gone, g_free);
  self->habit = WN_TAG_HABIT_UNKNOWN;
  g_free (self->tag);
  self->tag = g_strdup_printf ("%04x", g_random_int_range (0, 0x10000));
}

void
wn_sections_init (WnSections *self)
{
  *self = (WnSections) { 0 };
  self->sections = g_array_new (FALSE, TRUE, sizeof (WnMediaSection));
  g_array_set_clear_func (self->sections, (GDestroyNotify) section_clear);
  wn_sections_forget (self);
}

void
wn_sections_clear (WnSections *self)
{
  wn_sections_forget (self);
  g_clear_pointer (&self->tag, g_free);
  g_clear_pointer (&self->sections, g_array_unref);
}

/*** Sections ***/

guint
wn_sections_get_length (const WnSections *self)
{
  return self->sections->len;
}

const WnMediaSection *
wn_sections_get (const WnSections *self, guint mline)
{
  return get_section (self, mline);
}

/* Returns: the index of the section, or -1 */
gint
wn_sections_find_mid (const WnSections *self, const gchar *mid)
{
  for (guint i = 0; i < self->sections->len; i++) {
    if (g_strcmp0 (wn_sections_get (self, i)->mid, mid) == 0)
      return i;
  }
  return -1;
}

/* Returns: the index of the section that is webrtcbin's @place, or -1 */
gint
wn_sections_find_place (const WnSections *self, gint place)
{
  for (guint i = 0; place >= 0 && i < self->sections->len; i++) {
    if (wn_sections_get (self, i)->place == place)
      return i;
  }
  return -1;
}

/* Returns: the index of the section for data channels, or -1 */
gint
wn_sections_find_channel (const WnSections *self)
{
  for (guint i = 0; i < self->sections->len; i++) {
    const WnMediaSection *section = wn_sections_get (self, i);

    if (!wn_sdp_media_is_rtp (section->media) && !section->is_rejected)
      return i;
  }
  return -1;
}

gboolean
wn_sections_are_all_rejected (const WnSections *self)
{
  for (guint i = 0; i < self->sections->len; i++) {
    if (!wn_sections_get (self, i)->is_rejected)
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_alive (const WnSections *self, const gchar *mid)
{
  gint mline = mid ? wn_sections_find_mid (self, mid) : -1;

  return mline >= 0 && !wn_sections_get (self, mline)->is_rejected;
}

/* Returns: whether the remote peer believes that a transport is in use which went with
 * a former webrtcbin */
gboolean
wn_sections_has_lost_transport (const WnSections *self)
{
  return is_alive (self, self->gone);
}

/* A webrtcbin that came after another one reached the remote peer, which knew its offer,
 * and DTLS did not begin. */
void
wn_sections_note_failure (WnSections *self)
{
  if (self->owner && self->habit == WN_TAG_HABIT_UNKNOWN)
    self->habit = WN_TAG_HABIT_MOVES;
}

/* Returns: whether the BUNDLE group of our offer is to begin with another section than
 * before */
gboolean
wn_sections_moves_tag (const WnSections *self)
{
  return self->habit == WN_TAG_HABIT_MOVES
      && wn_sections_has_lost_transport (self);
}

/**
 * wn_sections_get_tag:
 *
 * Returns: (nullable): mid of the section that the BUNDLE group of our offer begins
 *   with; %NULL: any
 */
const gchar *
wn_sections_get_tag (const WnSections *self)
{
  gboolean moves = wn_sections_moves_tag (self);
  const gchar *former = self->owner ? self->owner : self->gone;

  if (!moves)
    return is_alive (self, former) ? former : NULL;

  for (guint i = 0; i < self->sections->len; i++) {
    const WnMediaSection *section = wn_sections_get (self, i);

    if (!section->is_rejected && g_strcmp0 (section->mid, self->gone) != 0)
      return section->mid;
  }
  return NULL;
}

/* Returns: what is negotiated, as webrtc-pc's currentDirection */
WnDirection
wn_sections_get_current (const WnSections *self, guint mline)
{
  const WnMediaSection *section;

  if (mline >= self->sections->len)
    return WN_DIRECTION_INACTIVE;
  section = wn_sections_get (self, mline);
  if (section->is_rejected)
    return WN_DIRECTION_INACTIVE;
  return section->local & wn_direction_reverse (section->remote);
}

/*** What is offered ***/

/* Our offer has it as webrtcbin's section @place. */
void
wn_sections_give_place (WnSections *self, gint mline, guint place)
{
  get_section (self, mline)->place = place;
}

/* Mids are the offerer's to make.  Ours are short, as they may go into each packet
 * (RFC 8843, 15.2), and none of the remote peer's: both may offer at once. */
static gchar *
make_mid (const WnSections *self, const gchar *kind)
{
  g_autofree gchar *mid = NULL;

  for (guint i = self->sections->len; !mid; i++) {
    mid = g_strdup_printf ("%c%u-%s", *kind, i, self->tag);
    if (wn_sections_find_mid (self, mid) >= 0)
      g_clear_pointer (&mid, g_free);
  }
  return g_steal_pointer (&mid);
}

/**
 * wn_sections_add_pending:
 * @media: as webrtcbin offers it
 * @place: the index that it has there
 *
 * Returns: the index that it has on the wire
 */
guint
wn_sections_add_pending (WnSections *self, const GstSDPMedia *media,
    guint place)
{
  WnMediaSection section = {
    .mid = make_mid (self, gst_sdp_media_get_media (media)),
    .place = place,
    .is_pending = TRUE,
  };

  gst_sdp_media_copy (media, &section.media);
  g_array_append_val (self->sections, section);
  return self->sections->len - 1;
}

/* Our offer is not going to be answered: the sections that are new in it are
 * not there. */
void
wn_sections_take_back (WnSections *self)
{
  while (self->sections->len > 0
      && wn_sections_get (self, self->sections->len - 1)->is_pending)
    g_array_set_size (self->sections, self->sections->len - 1);
  for (guint i = 0; i < self->sections->len; i++) {
    if (get_section (self, i)->place >= (gint) self->n_places)
      get_section (self, i)->place = -1;
  }
}

/**
 * wn_sections_count_known:
 * @offer: from the wire
 *
 * Of what we offered to a peer without an answer, it may know some: those are in
 * its own offers.
 *
 * Returns: how many sections are those of @offer; it has nothing of the others
 */
guint
wn_sections_count_known (const WnSections *self, const GstSDPMessage *offer)
{
  for (guint i = 0; i < self->sections->len; i++) {
    const WnMediaSection *section = wn_sections_get (self, i);

    if (section->is_pending
        && (i >= gst_sdp_message_medias_len (offer)
            || g_strcmp0 (section->mid,
                   wn_sdp_media_get_mid (gst_sdp_message_get_media (offer, i)))
                != 0))
      return i;
  }
  return self->sections->len;
}

/* Returns: whether @offer, in which the section is, makes another one of it */
gboolean
wn_sections_is_recycled (const WnSections *self, guint mline,
    const GstSDPMessage *offer)
{
  return wn_sections_get (self, mline)->is_rejected
      && !wn_sdp_media_is_rejected (gst_sdp_message_get_media (offer, mline));
}

/**
 * wn_sections_accept_offer:
 * @offer: from the wire; it has passed the guard
 *
 * The sections are those of @offer from now on: what is new has no place in
 * webrtcbin yet, and neither has what took the place of a rejected one.
 */
void
wn_sections_accept_offer (WnSections *self, const GstSDPMessage *offer)
{
  g_array_set_size (self->sections, wn_sections_count_known (self, offer));
  for (guint i = 0; i < gst_sdp_message_medias_len (offer); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (offer, i);
    const gchar *mid = wn_sdp_media_get_mid (media);
    WnMediaSection *section;

    if (i >= self->sections->len) {
      WnMediaSection added = { .mid = g_strdup (mid), .place = -1 };

      g_array_append_val (self->sections, added);
    } else if (wn_sections_is_recycled (self, i, offer)) {
      section = get_section (self, i);
      section->place = -1;
      g_free (section->mid);
      section->mid = g_strdup (mid);
    }

    section = get_section (self, i);
    section->is_rejected = wn_sdp_media_is_rejected (media);
    g_clear_pointer (&section->media, gst_sdp_media_free);
    gst_sdp_media_copy (media, &section->media);
  }
}

/* Gives those sections of an offer that are alive a place in webrtcbin that have
 * none.
 *
 * Returns: (transfer full): the places of all @n sections */
gint *
wn_sections_get_places (const WnSections *self, guint n)
{
  gint *places = g_new0 (gint, n + 1);
  guint next = self->n_places;

  for (guint i = 0; i < n; i++) {
    const WnMediaSection *section = wn_sections_get (self, i);

    places[i] = section->is_rejected ? -1 : section->place;
    if (section->is_rejected || section->place >= 0)
      continue;
    /* webrtcbin cannot have a second one, not even when the first is no more. */
    if (self->channel_place >= 0 && !wn_sdp_media_is_rtp (section->media))
      places[i] = self->channel_place;
    else
      places[i] = next++;
  }
  return places;
}

/*** What is negotiated ***/

/**
 * wn_sections_keep_transport:
 * @offer: a remote offer, from the wire
 *
 * The transport of a BUNDLE group is that of the section which the group begins
 * with.  When that is another one, since the former one is rejected or one before it
 * lives again, browsers go on with a transport that is new, with sockets and a DTLS
 * handshake of its own, even if its credentials are those of the former one.
 *
 * Returns: whether the remote peer goes on with the transport that is in use
 */
gboolean
wn_sections_keep_transport (const WnSections *self, const GstSDPMessage *offer)
{
  g_autofree gchar *first = wn_sdp_get_bundle_tag (offer);

  return !self->owner || !first || g_str_equal (first, self->owner);
}

/* Is the lost transport still in use there? */
static void
settle_tag (WnSections *self, const GstSDPMessage *local,
    gboolean local_is_offer)
{
  g_autofree gchar *ours = wn_sdp_get_bundle_tag (local);
  gboolean is_kept =
      wn_sections_moves_tag (self) && g_strcmp0 (self->owner, self->gone) == 0;

  if (is_kept && local_is_offer && g_strcmp0 (ours, self->owner) != 0)
    self->habit = WN_TAG_HABIT_STAYS;
  if (!is_kept)
    g_clear_pointer (&self->gone, g_free);
}

/**
 * wn_sections_update:
 * @local: our description, as it went over the wire
 * @remote: the remote one, as it came over the wire
 *
 * A negotiation has ended.
 */
void
wn_sections_update (WnSections *self, const GstSDPMessage *local,
    const GstSDPMessage *remote, gboolean local_is_offer)
{
  guint n = MIN (gst_sdp_message_medias_len (local),
      gst_sdp_message_medias_len (remote));

  for (guint i = 0; i < MIN (n, self->sections->len); i++) {
    WnMediaSection *section = get_section (self, i);
    const GstSDPMedia *ours = gst_sdp_message_get_media (local, i);
    const GstSDPMedia *theirs = gst_sdp_message_get_media (remote, i);

    section->is_pending = FALSE;
    section->is_rejected =
        wn_sdp_media_is_rejected (ours) || wn_sdp_media_is_rejected (theirs);
    section->local = wn_sdp_media_get_direction (ours);
    section->remote = wn_sdp_media_get_direction (theirs);
    section->local_is_offer = local_is_offer;
    if (section->place >= (gint) self->n_places)
      self->n_places = section->place + 1;
    if (section->place >= 0 && !wn_sdp_media_is_rtp (theirs))
      self->channel_place = section->place;
    if (section->is_rejected)
      section->place = -1;
    g_clear_pointer (&section->media, gst_sdp_media_free);
    gst_sdp_media_copy (theirs, &section->media);
  }

  g_clear_pointer (&self->local, gst_sdp_message_free);
  gst_sdp_message_copy (local, &self->local);
  g_clear_pointer (&self->remote, gst_sdp_message_free);
  gst_sdp_message_copy (remote, &self->remote);
  g_free (self->owner);
  self->owner = wn_sdp_get_bundle_tag (local_is_offer ? remote : local);
  settle_tag (self, local, local_is_offer);
}
