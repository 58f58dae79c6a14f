/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "webrtc/pad/sinkpad.h"

G_BEGIN_DECLS

/* With that many media sections we offer no further stream. */
#define WN_SECTIONS_MAX 64

/**
 * WnStream:
 * @pad: where it comes in
 * @gate: how it goes into this connection
 * @target: (nullable): the webrtcbin's sink pad that it goes to
 * @format: (nullable): what upstream sent when @target was connected
 * @negotiated: (nullable): what upstream sent when the stream was last negotiated,
 *   well or not
 * @mline: the media section on the wire that it is sent in, or -1
 * @is_stopped: its section was rejected, and has become another one since: it is
 *   not offered again as it is
 * @is_too_many: it was said that there is no section for it
 * @wait_until: while upstream is about to say more of the stream, until when it is
 *   waited for; 0: it is not, or nobody asked
 *
 * A stream that the application wants sent.
 */
typedef struct
{
  WnSinkPad *pad;
  WnGate *gate;
  GstPad *target;
  GstCaps *format;
  GstCaps *negotiated;
  gint mline;
  gboolean is_stopped;
  gboolean is_too_many;
  gint64 wait_until;
} WnStream;

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
 * Which media sections there are, and which streams are in them.  It is what
 * webrtc-pc calls the set of transceivers.  It outlives a webrtcbin where the remote
 * peer's connection goes on: the sections keep their order then.
 */
typedef struct
{
  GPtrArray *streams;    /* WnStream, in the order that they were added */
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

/* streamwait.c */
gboolean wn_stream_is_vague (const WnStream *stream, gint64 now);
gint64 wn_sections_get_wait (WnSections *self, gint64 now);

gboolean wn_stream_has_changed (const WnStream *stream);
gboolean wn_stream_has_news (const WnStream *stream);

void wn_sections_init (WnSections *self);
void wn_sections_clear (WnSections *self);
void wn_sections_forget (WnSections *self);
void wn_sections_forget_webrtcbin (WnSections *self);

void wn_sections_add_stream (WnSections *self, WnSinkPad *pad);
void wn_sections_remove_stream (WnSections *self, WnSinkPad *pad);
WnStream *wn_sections_find_stream (WnSections *self, WnSinkPad *pad);
WnStream *wn_sections_get_stream_at (WnSections *self, guint mline);

guint wn_sections_get_length (const WnSections *self);
const WnMediaSection *wn_sections_get (const WnSections *self, guint mline);
gboolean wn_sections_is_rtp (const WnSections *self, guint mline);
gint wn_sections_find_mid (const WnSections *self, const gchar *mid);
gint wn_sections_find_place (const WnSections *self, gint place);
gint wn_sections_find_channel (const WnSections *self);
gboolean wn_sections_are_all_rejected (const WnSections *self);
gboolean wn_sections_has_lost_transport (const WnSections *self);
void wn_sections_note_failure (WnSections *self);
gboolean wn_sections_moves_tag (const WnSections *self);
const gchar *wn_sections_get_tag (const WnSections *self);
WnDirection wn_sections_get_wish (WnSections *self, guint mline);
WnDirection wn_sections_get_current (const WnSections *self, guint mline);

gboolean wn_sections_need_negotiation (WnSections *self);
GstCaps *wn_sections_match (WnSections *self, const WnStream *stream,
    const GstSDPMedia *media) G_GNUC_WARN_UNUSED_RESULT;
GstCaps *wn_sections_get_formats (const GstSDPMedia *media)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean wn_sections_carry (WnSections *self, const WnStream *stream);
gboolean wn_sections_is_in (const GstCaps *format, const GstSDPMedia *media);
GstCaps *wn_sections_get_format (const GstSDPMedia *media)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean wn_sections_is_too_many (WnSections *self, const WnStream *stream);
gint wn_sections_find_idle (WnSections *self, const WnStream *stream);
GstCaps *wn_sections_choose_format (WnSections *self, const WnStream *stream)
    G_GNUC_WARN_UNUSED_RESULT;

/* What is offered */
void wn_sections_give_place (WnSections *self, gint mline, guint place);
guint wn_sections_add_pending (WnSections *self, const GstSDPMedia *media,
    guint place);
void wn_sections_take_back (WnSections *self);
void wn_sections_accept_offer (WnSections *self, const GstSDPMessage *offer);
gint *wn_sections_get_places (const WnSections *self, guint n)
    G_GNUC_WARN_UNUSED_RESULT;

/* What is negotiated */
gboolean wn_sections_keep_transport (const WnSections *self,
    const GstSDPMessage *offer);
void wn_sections_update (WnSections *self, const GstSDPMessage *local,
    const GstSDPMessage *remote, gboolean local_is_offer);

G_END_DECLS
