/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "sdp/sdpmedia.h"

G_BEGIN_DECLS

/* With that many media sections we offer no further stream. */
#define WN_SECTIONS_MAX 64

/**
 * WnMediaSection:
 * @mid: on the wire
 * @place: which one of webrtcbin's sections it is, or -1: none
 * @media: as the remote peer described it last, or as we have offered it
 * @is_pending: it was offered by us, and that was not answered yet
 * @local: direction in the local description
 * @remote: direction in the remote description
 * @local_is_offer: which of the two was the offer
 *
 * A media section, seen from the wire, as it was negotiated last.  A section that
 * is rejected can become another one at the same index; webrtcbin is given a new
 * one for that, and for what webrtcbin has no section any more, it is shown what
 * there was.
 */
typedef struct
{
  gchar *mid;
  gint place;
  GstSDPMedia *media;
  gboolean is_pending;
  gboolean is_rejected;
  WnDirection local;
  WnDirection remote;
  gboolean local_is_offer;
} WnMediaSection;

/**
 * WnTagHabit:
 * @WN_TAG_HABIT_UNKNOWN: it goes on with the transport of the same section: the
 *   certificate tells it to begin a new DTLS association (RFC 8842, 4).  Nothing else
 *   was tried
 * @WN_TAG_HABIT_MOVES: it was reached, and did not begin one.  It is offered a BUNDLE group that
 *   begins with another section, with a transport that is new
 * @WN_TAG_HABIT_STAYS: it answered that with the group in its former order
 *
 * How a remote peer whose connection goes on is told that ours is another one.
 * Chromium's DTLS transport begins anew, and gets lost between two transports when the
 * group is in another order.  Firefox's is closed for good, and another order is what
 * it has a new one for.
 */
typedef enum
{
  WN_TAG_HABIT_UNKNOWN,
  WN_TAG_HABIT_MOVES,
  WN_TAG_HABIT_STAYS,
} WnTagHabit;

/**
 * WnSections:
 *
 * Which media sections there are, on the wire, and what is negotiated of them.  It
 * outlives a webrtcbin where the remote peer's connection goes on: the sections keep
 * their order then.
 */
typedef struct
{
  GArray *sections;      /* WnMediaSection */
  guint n_places;        /* sections that webrtcbin has */
  gint channel_place;    /* the one for data channels, which stays; -1: none */
  GstSDPMessage *local;  /* our description, as it went over the wire */
  GstSDPMessage *remote; /* the remote one, from the wire */
  gchar *owner;          /* mid of the section that brought the transport of the
                          * BUNDLE group, or NULL */
  gchar *gone;      /* the same of a webrtcbin that was replaced, as long as the
                          * remote peer was not told, or NULL */
  WnTagHabit habit; /* of the remote peer's connection */
  gchar *tag;       /* in the mids that we make */
} WnSections;

void wn_sections_init (WnSections *self);
void wn_sections_clear (WnSections *self);
void wn_sections_forget (WnSections *self);
void wn_sections_forget_webrtcbin (WnSections *self);

guint wn_sections_get_length (const WnSections *self);
const WnMediaSection *wn_sections_get (const WnSections *self, guint mline);
gint wn_sections_find_mid (const WnSections *self, const gchar *mid);
gint wn_sections_find_place (const WnSections *self, gint place);
gint wn_sections_find_channel (const WnSections *self);
gboolean wn_sections_are_all_rejected (const WnSections *self);
gboolean wn_sections_has_lost_transport (const WnSections *self);
void wn_sections_note_failure (WnSections *self);
gboolean wn_sections_moves_tag (const WnSections *self);
const gchar *wn_sections_get_tag (const WnSections *self);
WnDirection wn_sections_get_current (const WnSections *self, guint mline);

/* What is offered */
void wn_sections_give_place (WnSections *self, gint mline, guint place);
guint wn_sections_add_pending (WnSections *self, const GstSDPMedia *media,
    guint place);
void wn_sections_take_back (WnSections *self);
guint wn_sections_count_known (const WnSections *self,
    const GstSDPMessage *offer);
gboolean wn_sections_is_recycled (const WnSections *self, guint mline,
    const GstSDPMessage *offer);
void wn_sections_accept_offer (WnSections *self, const GstSDPMessage *offer);
gint *wn_sections_get_places (const WnSections *self, guint n)
    G_GNUC_WARN_UNUSED_RESULT;

/* What is negotiated */
gboolean wn_sections_keep_transport (const WnSections *self,
    const GstSDPMessage *offer);
void wn_sections_update (WnSections *self, const GstSDPMessage *local,
    const GstSDPMessage *remote, gboolean local_is_offer);

G_END_DECLS
