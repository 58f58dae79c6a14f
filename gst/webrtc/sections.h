/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "sdprewrite.h"
#include "sinkpad.h"

G_BEGIN_DECLS

/**
 * WnStream:
 * @pad: where it comes in
 * @target: (nullable): the webrtcbin's sink pad that it goes to
 * @format: (nullable): what upstream sent when @target was connected
 * @negotiated: (nullable): what upstream sent when the stream was last negotiated,
 *   well or not
 * @mline: the media section that it is sent in, or -1
 * @wish: what the application wants the section to do
 * @wait_until: while upstream is about to say more of the stream, until when it is
 *   waited for; 0: it is not, or nobody asked
 *
 * A stream that the application wants sent.
 */
typedef struct
{
  WnSinkPad *pad;
  GstPad *target;
  GstCaps *format;
  GstCaps *negotiated;
  gint mline;
  WnDirection wish;
  gint64 wait_until;
} WnStream;

/**
 * WnMediaSection:
 * @mid: on the wire
 * @local: direction in the local description
 * @remote: direction in the remote description
 * @local_is_offer: which of the two was the offer
 *
 * A media section as it was negotiated last, seen from the wire.
 */
typedef struct
{
  gchar *mid;
  gboolean is_rtp;
  gboolean is_rejected;
  WnDirection local;
  WnDirection remote;
  gboolean local_is_offer;
} WnMediaSection;

/**
 * WnSections:
 *
 * Which media sections there are, and which streams are in them.  It is what
 * webrtc-pc calls the set of transceivers.
 */
typedef struct
{
  GPtrArray *streams;    /* WnStream, in the order that they were added */
  GArray *sections;      /* WnMediaSection */
  GstSDPMessage *remote; /* the remote description, from the wire */
} WnSections;

/* streamwait.c */
gboolean wn_stream_is_vague (const WnStream *stream, gint64 now);
gint64 wn_sections_get_wait (WnSections *self, gint64 now);

gboolean wn_stream_has_changed (const WnStream *stream);
gboolean wn_stream_has_news (const WnStream *stream);

void wn_sections_init (WnSections *self);
void wn_sections_clear (WnSections *self);
void wn_sections_forget (WnSections *self);

void wn_sections_add_stream (WnSections *self, WnSinkPad *pad);
void wn_sections_remove_stream (WnSections *self, WnSinkPad *pad);
WnStream *wn_sections_find_stream (WnSections *self, WnSinkPad *pad);
WnStream *wn_sections_get_stream_at (WnSections *self, guint mline);

guint wn_sections_get_length (const WnSections *self);
const WnMediaSection *wn_sections_get (const WnSections *self, guint mline);
gint wn_sections_find_mid (const WnSections *self, const gchar *mid);
gboolean wn_sections_has_channel (const WnSections *self);
WnDirection wn_sections_get_wish (WnSections *self, guint mline);
WnDirection wn_sections_get_current (const WnSections *self, guint mline);

gboolean wn_sections_need_negotiation (WnSections *self);
GstCaps *wn_sections_match (WnSections *self, const WnStream *stream,
    const GstSDPMedia *media) G_GNUC_WARN_UNUSED_RESULT;
gint wn_sections_find_idle (WnSections *self, const WnStream *stream);
GstCaps *wn_sections_choose_format (WnSections *self, const WnStream *stream)
    G_GNUC_WARN_UNUSED_RESULT;

gboolean wn_sections_lose_transport (const WnSections *self,
    const GstSDPMessage *offer);
void wn_sections_update (WnSections *self, const GstSDPMessage *local,
    const GstSDPMessage *remote, gboolean local_is_offer);

G_END_DECLS
