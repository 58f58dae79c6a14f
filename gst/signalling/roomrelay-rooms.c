/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "roomrelay-private.h"

#include "json.h"
#include "secret.h"

#include <string.h>

static void
place_free (WnRoomPlace *place)
{
  if (place->client)
    place->client->place = NULL;
  wn_outbox_clear (&place->kept);
  g_free (place->id);
  g_free (place->resume);
  g_free (place);
}

void
wn_room_free (WnRoom *room)
{
  g_queue_clear (&room->order);
  g_hash_table_unref (room->places);
  g_free (room->name);
  g_free (room);
}

static WnRoom *
room_new (const gchar *name)
{
  WnRoom *room = g_new0 (WnRoom, 1);

  room->name = g_strdup (name);
  g_queue_init (&room->order);
  room->places = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) place_free);
  return room;
}

/*** Sending ***/

static void
client_send (WnRoomClient *client, const gchar *text)
{
  if (!client->closing)
    client->client.callbacks->send (text, strlen (text),
        client->client.user_data);
}

static void room_announce (WnRoom *room, const gchar *type, const gchar *id);

/* The place is gone, for everybody. */
void
wn_room_relay_give_up (WnRoomRelay *self, WnRoomPlace *place)
{
  WnRoom *room = place->room;
  g_autofree gchar *id = g_strdup (place->id);

  g_queue_remove (&self->lost, place);
  g_queue_remove (&room->order, place);
  g_hash_table_remove (room->places, id);
  if (room->order.length > 0)
    room_announce (room, "peer-left", id);
  else
    g_hash_table_remove (self->rooms, room->name);
}

void
wn_room_client_close (WnRoomRelay *self, WnRoomClient *client, guint16 code,
    const gchar *reason)
{
  WnRoomPlace *place = client->place;

  if (client->closing)
    return;
  client->closing = TRUE;
  client->client.callbacks->close (code, reason, client->client.user_data);
  if (place)
    wn_room_relay_give_up (self, place);
}

void
wn_room_client_error (WnRoomRelay *self, WnRoomClient *client,
    const gchar *code, const gchar *message)
{
  g_autoptr (GString) text = g_string_new ("{\"type\":\"error\",\"code\":");

  wn_json_append_string (text, code);
  g_string_append (text, ",\"message\":");
  wn_json_append_string (text, message);
  g_string_append_c (text, '}');
  client_send (client, text->str);

  client->n_errors++;
  if (client->kind == WN_RELAY_CLIENT_REMOTE
      && client->n_errors >= WN_ROOM_RELAY_MAX_ERRORS)
    wn_room_client_close (self, client, WN_CLOSE_POLICY, "too many errors");
}

/* To everybody else in the room who is connected: who is lost gets the list of
 * the peers when it is back. */
static void
room_announce (WnRoom *room, const gchar *type, const gchar *id)
{
  g_autofree gchar *text = NULL;
  GList *l;

  text = g_strdup_printf ("{\"type\":\"%s\",\"id\":\"%s\"}", type, id);
  for (l = room->order.head; l; l = l->next) {
    WnRoomPlace *place = l->data;

    if (place->client && strcmp (place->id, id) != 0)
      client_send (place->client, text);
  }
}

/* A message in the middle that is missing would be worse than a place that is:
 * a place with too much to keep is given up. */
void
wn_room_place_send (WnRoomRelay *self, WnRoomPlace *place, const gchar *text)
{
  if (place->client)
    client_send (place->client, text);
  else if (!wn_outbox_push (&place->kept, text))
    wn_room_relay_give_up (self, place);
}

/*** Joining ***/

static void
send_joined (WnRoomPlace *place, gboolean resumed)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const gchar *comma = "";
  GList *l;

  g_string_append_printf (text,
      "{\"type\":\"joined\",\"room\":\"%s\",\"id\":\"%s\",\"peers\":[",
      place->room->name, place->id);
  for (l = place->room->order.head; l; l = l->next) {
    if (l->data == place)
      continue;
    g_string_append_printf (text, "%s\"%s\"", comma,
        ((WnRoomPlace *) l->data)->id);
    comma = ",";
  }
  g_string_append_printf (text, "],\"resume\":\"%s\"%s}", place->resume,
      resumed ? ",\"resumed\":true" : "");
  client_send (place->client, text->str);
}

static void
take_over (WnRoomRelay *self, WnRoomPlace *place, WnRoomClient *client)
{
  WnRoomClient *former = place->client;
  gchar *text;

  if (former) {
    former->place = NULL;
    wn_room_client_close (self, former, WN_CLOSE_TAKEN_OVER,
        "this id joined again from a newer connection");
  } else {
    g_queue_remove (&self->lost, place);
  }
  place->client = client;
  client->place = place;
  g_free (place->resume);
  place->resume = wn_secret_new ();
  send_joined (place, TRUE);
  while ((text = wn_outbox_pop (&place->kept)) != NULL) {
    client_send (client, text);
    g_free (text);
  }
}

static void
take_new (WnRoom *room, const gchar *id, WnRoomClient *client)
{
  WnRoomPlace *place = g_new0 (WnRoomPlace, 1);

  place->room = room;
  place->id = g_strdup (id);
  place->resume = wn_secret_new ();
  place->client = client;
  client->place = place;
  g_hash_table_insert (room->places, place->id, place);
  g_queue_push_tail (&room->order, place);
  send_joined (place, FALSE);
  room_announce (room, "peer-joined", id);
}

void
wn_room_relay_enter (WnRoomRelay *self, WnRoomClient *client, const gchar *name,
    const gchar *id, const gchar *resume)
{
  WnRoom *room = g_hash_table_lookup (self->rooms, name);
  WnRoomPlace *place =
      room && id ? g_hash_table_lookup (room->places, id) : NULL;
  g_autofree gchar *chosen = NULL;

  if (place && resume && wn_secret_equal (resume, place->resume)) {
    take_over (self, place, client);
    return;
  }
  if (place && !place->client && !resume) {
    /* Whoever had it is begun anew: a program that was started again, say. */
    wn_room_relay_give_up (self, place);
    room = g_hash_table_lookup (self->rooms, name);
    place = NULL;
  }
  if (place) {
    wn_room_client_error (self, client, "id-in-use",
        "A peer of this id is in the "
        "room. Join with another id, or with none to be given one.");
    return;
  }
  /* clang-format off */
  if (room && room->order.length >= WN_ROOM_RELAY_MAX_PEERS) {
    wn_room_client_error (self, client, "room-full", "There are "
        G_STRINGIFY (WN_ROOM_RELAY_MAX_PEERS) " peers in this room, and it holds no "
        "more. Join another room, or wait until a peer leaves.");
    return;
  }
  if (!room && g_hash_table_size (self->rooms) >= WN_ROOM_RELAY_MAX_ROOMS) {
    wn_room_client_error (self, client, "room-full", "This server holds "
        G_STRINGIFY (WN_ROOM_RELAY_MAX_ROOMS) " rooms and has no place for another. "
        "Join a room that is there, or wait until one is empty.");
    return;
  }
  /* clang-format on */
  if (!room) {
    room = room_new (name);
    g_hash_table_insert (self->rooms, room->name, room);
  }
  while (!id) {
    g_free (chosen);
    chosen = wn_secret_new ();
    chosen[12] = '\0';
    if (!g_hash_table_contains (room->places, chosen))
      id = chosen;
  }
  take_new (room, id, client);
}
