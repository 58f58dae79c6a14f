/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "call.h"
#include "signalling/signaller.h"

G_BEGIN_DECLS

#define WN_TYPE_MEETING (wn_meeting_get_type ())
G_DECLARE_FINAL_TYPE (WnMeeting, wn_meeting, WN, MEETING, GObject)

/**
 * WnMeeting:
 *
 * One place in one room: it has the signaller, knows who is there, and leads messages
 * to the call that they are for.  There is one call, with one peer at a time.
 *
 * Signals, on the thread of one #GMainContext:
 *
 * - `event (name, peer, detail)`: a step for the application to know of;
 *   @peer and @detail may be NULL
 * - `joined (id)`: our id is this
 * - `outgoing (to, json)`: a message to carry, with app:
 * - `listening (uri)`: the embedded server is ready at this address
 * - `failed (error)`: it cannot go on
 * - `warning (name, error)`: it goes on, but whoever runs it has to know: an
 *   event by this name, with the error's text
 *
 * All texts are printable, whoever sent what they quote: see printable.h.
 */

/**
 * WnMeetingSettings:
 *
 * What the meeting is made with; the strings belong to the caller.
 */
typedef struct
{
  WnSignallerSettings signalling;
  const gchar *remote_peer_id;
  WnRole role;
} WnMeetingSettings;

WnMeeting *wn_meeting_new (const WnMeetingSettings *settings,
    WnPeerConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void wn_meeting_start (WnMeeting *self);
void wn_meeting_stop (WnMeeting *self);

void wn_meeting_receive (WnMeeting *self, const gchar *from, const gchar *json);
WnCall *wn_meeting_get_call (WnMeeting *self);

G_END_DECLS
