/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Which stream goes into which media section: it is decided here, of what is
 * negotiated and of what the streams wish for, without a webrtcbin.  transceivers.h
 * carries it out. */

#pragma once

#include "sections.h"
#include "streams.h"

G_BEGIN_DECLS

/**
 * WnPlacement:
 * @mline: the section on the wire; -1: one that is to be new there
 * @place: the section in webrtcbin; -1: one that is to be new there
 * @stream: (nullable): what is sent in it, as its @wire
 * @media: (nullable): without a stream: what webrtcbin is to take the section for
 * @former: (nullable): what it takes it for, if nothing was ever sent there
 * @is_received: without a stream, and new in webrtcbin: it has to be kept for this
 *   section
 * @transceiver: (nullable): of a section that is new in webrtcbin, when it was
 *   carried out; owned by webrtcbin
 *
 * What has to be done at webrtcbin for one media section.  Pointers are lent.
 */
typedef struct
{
  gint mline;
  gint place;
  WnStream *stream;
  const GstSDPMedia *media;
  const GstSDPMedia *former;
  gboolean is_received;
  gpointer transceiver;
} WnPlacement;

gboolean wn_placement_is_needed (const WnSections *sections,
    GPtrArray *streams);
void wn_placement_tell_unsent (const WnSections *sections, GPtrArray *streams);

/* Each returns a GArray of WnPlacement, and the streams are in their sections. */

GArray *wn_placement_for_offer (const WnSections *sections, GPtrArray *streams)
    G_GNUC_WARN_UNUSED_RESULT;
GArray *wn_placement_for_answer (const WnSections *sections, GPtrArray *streams,
    const GstSDPMessage *offer) G_GNUC_WARN_UNUSED_RESULT;
GArray *wn_placement_in_force (const WnSections *sections, GPtrArray *streams)
    G_GNUC_WARN_UNUSED_RESULT;

void wn_placement_note_offer (WnSections *sections, const GArray *added,
    const GstSDPMessage *offer);
void wn_placement_accept_offer (WnSections *sections, GPtrArray *streams,
    const GstSDPMessage *offer);
void wn_placement_take_back (WnSections *sections, GPtrArray *streams);

G_END_DECLS
