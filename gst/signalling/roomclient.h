/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The name of the other peer where there are no ids. */
#define WN_ROOM_CLIENT_REMOTE "remote"

/* More peers than this in a room are not believed. */
#define WN_ROOM_CLIENT_MAX_PEERS 1024

/**
 * WnRoomProtocol:
 * @WN_ROOM_PROTOCOL_ROOM: the room protocol, version 1
 * @WN_ROOM_PROTOCOL_BARE: each frame is a message between peers; there is one
 *   other peer, called %WN_ROOM_CLIENT_REMOTE here (protocol=w3c)
 */
typedef enum
{
  WN_ROOM_PROTOCOL_ROOM,
  WN_ROOM_PROTOCOL_BARE,
} WnRoomProtocol;

/**
 * WnRoomEventType:
 * @WN_ROOM_EVENT_JOINED: @id is ours, @peers are in the room
 * @WN_ROOM_EVENT_RESUMED: our place was taken over by the new connection
 * @WN_ROOM_EVENT_PEER_JOINED: @id
 * @WN_ROOM_EVENT_PEER_LEFT: @id
 * @WN_ROOM_EVENT_MESSAGE: @text, JSON, from @id
 * @WN_ROOM_EVENT_REFUSED: the join got the error @code with @text
 * @WN_ROOM_EVENT_COMPLAINT: the error @code with @text; things go on
 */
typedef enum
{
  WN_ROOM_EVENT_JOINED,
  WN_ROOM_EVENT_RESUMED,
  WN_ROOM_EVENT_PEER_JOINED,
  WN_ROOM_EVENT_PEER_LEFT,
  WN_ROOM_EVENT_MESSAGE,
  WN_ROOM_EVENT_REFUSED,
  WN_ROOM_EVENT_COMPLAINT,
} WnRoomEventType;

/* Everything in it is owned, and NULL where the type does not say otherwise. */
typedef struct
{
  WnRoomEventType type;
  gchar *id;
  GStrv peers;
  gchar *code;
  gchar *text;
} WnRoomEvent;

void wn_room_event_free (WnRoomEvent *event);

typedef struct _WnRoomClient WnRoomClient;

WnRoomClient *wn_room_client_new (WnRoomProtocol protocol, const gchar *room,
    const gchar *id, const gchar *token) G_GNUC_WARN_UNUSED_RESULT;
void wn_room_client_free (WnRoomClient *self);

gchar *wn_room_client_open (WnRoomClient *self) G_GNUC_WARN_UNUSED_RESULT;
void wn_room_client_lost (WnRoomClient *self);
gchar *wn_room_client_pack (WnRoomClient *self, const gchar *to,
    const gchar *json) G_GNUC_WARN_UNUSED_RESULT;
gchar *wn_room_client_leave (WnRoomClient *self) G_GNUC_WARN_UNUSED_RESULT;

void wn_room_client_receive (WnRoomClient *self, const gchar *text,
    gsize length);
void wn_room_client_receive_binary (WnRoomClient *self);
void wn_room_client_set_remote (WnRoomClient *self, gboolean present);
void wn_room_client_complain (WnRoomClient *self, const gchar *code,
    const gchar *text);

WnRoomEvent *wn_room_client_poll (WnRoomClient *self) G_GNUC_WARN_UNUSED_RESULT;
gboolean wn_room_client_has_joined (WnRoomClient *self);
guint wn_room_client_get_n_bad (WnRoomClient *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnRoomClient, wn_room_client_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnRoomEvent, wn_room_event_free)

G_END_DECLS
