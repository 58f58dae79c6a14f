/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "line.h"
#include "outbox.h"
#include "roomrelay.h"

G_BEGIN_DECLS

/* roomrelay.c is what clients send, and how often; roomrelay-rooms.c who is in which
 * room, and what they are told of each other. */

typedef struct
{
  /* Owned. */
  gchar *name;
  /* id → WnRoomPlace, which owns the key. */
  GHashTable *places;
  /* The same places, oldest first. */
  GQueue order;
} WnRoom;

typedef struct _WnRoomClient WnRoomClient;

typedef struct
{
  /* The room owns the place. */
  WnRoom *room;
  gchar *id;
  /* What a join has to show to take the place over; new with each. */
  gchar *resume;
  /* The connection; NULL while it is lost. */
  WnRoomClient *client;
  /* While it is lost: when the place is given up, and the frames to send when
   * it is back. */
  gint64 expires;
  WnOutbox kept;
} WnRoomPlace;

struct _WnRoomClient
{
  WnRelayClient client;

  WnRelayClientKind kind;
  /* NULL before the join, and after leaving. */
  WnRoomPlace *place;
  /* When it is closed, while it has no place. */
  gint64 join_by;
  /* It was told to close: what it still sends is not looked at. */
  gboolean closing;
  guint n_errors;
  gint64 credit;
  gint64 credited_at;
  /* Once at least: who leaves and joins again has all the others begin and end a
   * call, and pays for that. */
  gboolean has_joined;
};

typedef struct
{
  WnRelay relay;

  /* What a join has to show; NULL: nothing. */
  gchar *token;
  /* name → WnRoom, which owns the key. */
  GHashTable *rooms;
  /* The lost places, the first to expire first. */
  GQueue lost;
  /* Owned. */
  GHashTable *clients;
  /* The remote ones without a place, the first to be closed first. */
  GQueue homeless;
} WnRoomRelay;

void wn_room_free (WnRoom *self);
void wn_room_place_send (WnRoomRelay *self, WnRoomPlace *place,
    const gchar *text);
void wn_room_relay_give_up (WnRoomRelay *self, WnRoomPlace *place);
void wn_room_relay_enter (WnRoomRelay *self, WnRoomClient *client,
    const gchar *name, const gchar *id, const gchar *resume);

void wn_room_client_close (WnRoomRelay *self, WnRoomClient *client,
    guint16 code, const gchar *reason);
void wn_room_client_error (WnRoomRelay *self, WnRoomClient *client,
    const gchar *code, const gchar *message);

G_END_DECLS
