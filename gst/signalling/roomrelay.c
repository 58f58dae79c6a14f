/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The server's half of the room protocol, version 1 (docs/protocol.md): rooms,
 * and who is in them.
 *
 * A client is a connection.  A place is a peer's seat in a room: it outlives a
 * connection that broke, for a while.
 */

#include "roomrelay.h"
#include "id.h"
#include "json.h"
#include "line.h"
#include "outbox.h"
#include "secret.h"

#include <string.h>

/* The credit is counted in microseconds: a frame costs as much of it as the
 * long run gives it time. */
#define FRAME_COST (G_USEC_PER_SEC / WN_ROOM_RELAY_FRAMES_PER_SECOND)
#define FULL_CREDIT ((gint64) WN_ROOM_RELAY_BURST * FRAME_COST)

typedef struct
{
  /* Owned. */
  gchar *name;
  /* id → Place, which owns the key. */
  GHashTable *places;
  /* The same places, oldest first. */
  GQueue order;
} Room;

typedef struct _RoomClient RoomClient;

typedef struct
{
  /* The room owns the place. */
  Room *room;
  gchar *id;
  /* What a join has to show to take the place over; new with each. */
  gchar *resume;
  /* The connection; NULL while it is lost. */
  RoomClient *client;
  /* While it is lost: when the place is given up, and the frames to send when
   * it is back. */
  gint64 expires;
  WnOutbox kept;
} Place;

struct _RoomClient
{
  WnRelayClient client;

  WnRelayClientKind kind;
  /* NULL before the join, and after leaving. */
  Place *place;
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
  /* name → Room, which owns the key. */
  GHashTable *rooms;
  /* The lost places, the first to expire first. */
  GQueue lost;
  /* Owned. */
  GHashTable *clients;
  /* The remote ones without a place, the first to be closed first. */
  GQueue homeless;
} WnRoomRelay;

static void
place_free (Place *place)
{
  if (place->client)
    place->client->place = NULL;
  wn_outbox_clear (&place->kept);
  g_free (place->id);
  g_free (place->resume);
  g_free (place);
}

static void
room_free (Room *room)
{
  g_queue_clear (&room->order);
  g_hash_table_unref (room->places);
  g_free (room->name);
  g_free (room);
}

static Room *
room_new (const gchar *name)
{
  Room *room = g_new0 (Room, 1);

  room->name = g_strdup (name);
  g_queue_init (&room->order);
  room->places = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) place_free);
  return room;
}

/* Sending */

static void
client_send (RoomClient *client, const gchar *text)
{
  if (!client->closing)
    client->client.callbacks->send (text, strlen (text),
        client->client.user_data);
}

static void room_announce (Room *room, const gchar *type, const gchar *id);

static void
expect_join (WnRoomRelay *self, RoomClient *client, gint64 now)
{
  if (client->kind == WN_RELAY_CLIENT_LOCAL)
    return;
  client->join_by = now + WN_ROOM_RELAY_JOIN_TIME;
  g_queue_push_tail (&self->homeless, client);
}

/* The place is gone, for everybody. */
static void
give_up_place (WnRoomRelay *self, Place *place)
{
  Room *room = place->room;
  g_autofree gchar *id = g_strdup (place->id);

  g_queue_remove (&self->lost, place);
  g_queue_remove (&room->order, place);
  g_hash_table_remove (room->places, id);
  if (room->order.length > 0)
    room_announce (room, "peer-left", id);
  else
    g_hash_table_remove (self->rooms, room->name);
}

static void
client_close (WnRoomRelay *self, RoomClient *client, guint16 code,
    const gchar *reason)
{
  Place *place = client->place;

  if (client->closing)
    return;
  client->closing = TRUE;
  client->client.callbacks->close (code, reason, client->client.user_data);
  if (place)
    give_up_place (self, place);
}

static void
client_error (WnRoomRelay *self, RoomClient *client, const gchar *code,
    const gchar *message)
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
    client_close (self, client, WN_CLOSE_POLICY, "too many errors");
}

/* To everybody else in the room who is connected: who is lost gets the list of
 * the peers when it is back. */
static void
room_announce (Room *room, const gchar *type, const gchar *id)
{
  g_autofree gchar *text = NULL;
  GList *l;

  text = g_strdup_printf ("{\"type\":\"%s\",\"id\":\"%s\"}", type, id);
  for (l = room->order.head; l; l = l->next) {
    Place *place = l->data;

    if (place->client && strcmp (place->id, id) != 0)
      client_send (place->client, text);
  }
}

/* A message in the middle that is missing would be worse than a place that is:
 * a place with too much to keep is given up. */
static void
place_send (WnRoomRelay *self, Place *place, const gchar *text)
{
  if (place->client)
    client_send (place->client, text);
  else if (!wn_outbox_push (&place->kept, text))
    give_up_place (self, place);
}

/* Joining */

static void
send_joined (Place *place, gboolean resumed)
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
    g_string_append_printf (text, "%s\"%s\"", comma, ((Place *) l->data)->id);
    comma = ",";
  }
  g_string_append_printf (text, "],\"resume\":\"%s\"%s}", place->resume,
      resumed ? ",\"resumed\":true" : "");
  client_send (place->client, text->str);
}

static void
take_over (WnRoomRelay *self, Place *place, RoomClient *client)
{
  RoomClient *former = place->client;
  gchar *text;

  if (former) {
    former->place = NULL;
    client_close (self, former, WN_CLOSE_TAKEN_OVER,
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
take_new (Room *room, const gchar *id, RoomClient *client)
{
  Place *place = g_new0 (Place, 1);

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

static void
enter_room (WnRoomRelay *self, RoomClient *client, const gchar *name,
    const gchar *id, const gchar *resume)
{
  Room *room = g_hash_table_lookup (self->rooms, name);
  Place *place = room && id ? g_hash_table_lookup (room->places, id) : NULL;
  g_autofree gchar *chosen = NULL;

  if (place && resume && wn_secret_equal (resume, place->resume)) {
    take_over (self, place, client);
    return;
  }
  if (place && !place->client && !resume) {
    /* Whoever had it is begun anew: a program that was started again, say. */
    give_up_place (self, place);
    room = g_hash_table_lookup (self->rooms, name);
    place = NULL;
  }
  if (place) {
    client_error (self, client, "id-in-use",
        "A peer of this id is in the "
        "room. Join with another id, or with none to be given one.");
    return;
  }
  /* clang-format off */
  if (room && room->order.length >= WN_ROOM_RELAY_MAX_PEERS) {
    client_error (self, client, "room-full", "There are "
        G_STRINGIFY (WN_ROOM_RELAY_MAX_PEERS) " peers in this room, and it holds no "
        "more. Join another room, or wait until a peer leaves.");
    return;
  }
  if (!room && g_hash_table_size (self->rooms) >= WN_ROOM_RELAY_MAX_ROOMS) {
    client_error (self, client, "room-full", "This server holds "
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

/* A name that may be absent; then *@out is @fallback. */
static gboolean
read_name (const WnJsonSpan *value, const gchar *fallback, gchar **out)
{
  if (wn_json_is_absent (value))
    *out = g_strdup (fallback);
  else
    *out = wn_json_read_string (value);
  return (*out == NULL && fallback == NULL && wn_json_is_absent (value))
      || (*out != NULL && wn_id_is_valid (*out));
}

enum
{
  TYPE,
  TO,
  DATA,
  VERSION,
  ROOM,
  ID,
  TOKEN,
  RESUME,
  N_MEMBERS
};

/* Returns: FALSE, and tells the client, if it says too much */
static gboolean
charge (WnRoomRelay *self, RoomClient *client, guint frames)
{
  if (client->kind == WN_RELAY_CLIENT_LOCAL)
    return TRUE;
  if (client->credit < frames * FRAME_COST) {
    /* clang-format off */
    client_error (self, client, "rate-limited", "More than "
        G_STRINGIFY (WN_ROOM_RELAY_BURST) " frames at once, or "
        G_STRINGIFY (WN_ROOM_RELAY_FRAMES_PER_SECOND) " a second, where a further "
        "join counts as " G_STRINGIFY (WN_ROOM_RELAY_JOIN_FRAMES) "; this one was "
        "dropped. Wait, and send it again.");
    /* clang-format on */
    return FALSE;
  }
  client->credit -= frames * FRAME_COST;
  return TRUE;
}

static const gchar *const members[] = { "type", "to", "data", "version", "room",
  "id", "token", "resume", NULL };

static void
receive_join (WnRoomRelay *self, RoomClient *client, const WnJsonSpan *values)
{
  g_autofree gchar *room = NULL, *id = NULL, *token = NULL, *resume = NULL;
  gint64 version;

  if (client->place) {
    client_error (self, client, "bad-message",
        "This connection has joined already. Send a leave first.");
    return;
  }
  if (!wn_json_read_integer (&values[VERSION], 1, &version) || version != 1) {
    client_error (self, client, "unsupported-version",
        "This server speaks version 1 of the room protocol. "
        "Join with \"version\":1.");
    return;
  }
  token = wn_json_read_string (&values[TOKEN]);
  resume = wn_json_read_string (&values[RESUME]);
  if (!read_name (&values[ROOM], "default", &room)
      || !read_name (&values[ID], NULL, &id)) {
    client_error (self, client, "bad-message",
        "The room and the id of a join "
        "have to be 1 to 64 of A-Z a-z 0-9 . _ -");
    return;
  }
  if (!token && !wn_json_is_absent (&values[TOKEN])) {
    client_error (self, client, "bad-message",
        "The token of a join has to be a string, or null.");
    return;
  }
  if (self->token && (!token || !wn_secret_equal (token, self->token))) {
    client_error (self, client, "unauthorized",
        "This server asks for a token, and this is not it. "
        "Join with the token that the server was started with.");
    return;
  }
  /* Besides the frame that it is. */
  if (client->has_joined
      && !charge (self, client, WN_ROOM_RELAY_JOIN_FRAMES - 1))
    return;
  enter_room (self, client, room, id, resume);
  client->has_joined = client->has_joined || client->place;
  if (client->place)
    g_queue_remove (&self->homeless, client);
}

/* Everything else */

static void
receive_message (WnRoomRelay *self, RoomClient *client,
    const WnJsonSpan *values)
{
  g_autofree gchar *to = wn_json_read_string (&values[TO]);
  const WnJsonSpan *data = &values[DATA];
  g_autofree gchar *text = NULL;
  Place *place;

  if (!to || !wn_json_is_object (data)) {
    client_error (self, client, "bad-message",
        "A message needs \"to\", the id "
        "of a peer in the room, and \"data\", an object.");
    return;
  }
  place = g_hash_table_lookup (client->place->room->places, to);
  if (!place) {
    client_error (self, client, "unknown-peer",
        "There is no peer of this id "
        "in the room; the message was dropped. Send to those that joined or "
        "peer-joined named and peer-left did not.");
    return;
  }
  text =
      g_strdup_printf ("{\"type\":\"message\",\"from\":\"%s\",\"data\":%.*s}",
          client->place->id, (gint) data->length, data->start);
  place_send (self, place, text);
}

static void
receive_object (WnRoomRelay *self, RoomClient *client, const WnJsonSpan *values,
    gint64 now)
{
  g_autofree gchar *type = wn_json_read_string (&values[TYPE]);

  if (g_strcmp0 (type, "join") == 0) {
    receive_join (self, client, values);
  } else if (!client->place) {
    client_error (self, client, "bad-message",
        "The first frame has to be {\"type\":\"join\",\"version\":1,…}.");
  } else if (g_strcmp0 (type, "message") == 0) {
    receive_message (self, client, values);
  } else if (g_strcmp0 (type, "leave") == 0) {
    give_up_place (self, client->place);
    expect_join (self, client, now);
  } else {
    client_error (self, client, "bad-message",
        "\"type\" has to be \"join\", \"message\" or \"leave\".");
  }
}

/* Whether the frame may be looked at. */
static gboolean
admit (WnRoomRelay *self, RoomClient *client, gint64 now)
{
  if (client->closing)
    return FALSE;
  client->credit =
      MIN (FULL_CREDIT, client->credit + MAX (0, now - client->credited_at));
  client->credited_at = now;
  return charge (self, client, 1);
}

/* What our own process says was checked before. */
static gboolean
read_frame (RoomClient *client, const gchar *text, gsize length,
    WnJsonSpan *values)
{
  return client->kind == WN_RELAY_CLIENT_LOCAL
      ? wn_json_get_members (text, length, members, values)
      : wn_json_read_object (text, length, members, values);
}

static void
wn_room_relay_receive (WnRelay *relay, WnRelayClient *relay_client,
    const gchar *text, gsize length, gint64 now)
{
  WnRoomRelay *self = (WnRoomRelay *) relay;
  RoomClient *client = (RoomClient *) relay_client;
  WnJsonSpan values[N_MEMBERS];

  if (!admit (self, client, now))
    return;
  if (length > WN_RELAY_MAX_FRAME)
    client_error (self, client, "too-large",
        "A frame holds at most 256 KiB; "
        "this one was dropped. Send less at once.");
  else if (!read_frame (client, text, length, values))
    client_error (self, client, "bad-message",
        "A frame has to be one JSON object, in UTF-8, and not nested deeper "
        "than " G_STRINGIFY (WN_JSON_MAX_DEPTH) ".");
  else
    receive_object (self, client, values, now);
}

static void
wn_room_relay_receive_binary (WnRelay *relay, WnRelayClient *relay_client,
    gint64 now)
{
  WnRoomRelay *self = (WnRoomRelay *) relay;
  RoomClient *client = (RoomClient *) relay_client;

  if (admit (self, client, now))
    client_error (self, client, "bad-message",
        "The room protocol has no binary frames. Send JSON in text frames.");
}

/* Connections */

static WnRelayClient *
wn_room_relay_connect (WnRelay *relay, WnRelayClientKind kind,
    const WnRelayCallbacks *callbacks, gpointer user_data, gint64 now)
{
  WnRoomRelay *self = (WnRoomRelay *) relay;
  RoomClient *client = g_new0 (RoomClient, 1);

  client->client.callbacks = callbacks;
  client->client.user_data = user_data;
  client->kind = kind;
  client->credit = FULL_CREDIT;
  client->credited_at = now;
  g_hash_table_add (self->clients, client);
  expect_join (self, client, now);
  return &client->client;
}

/* The place of a connection that broke is kept for a while. */
static void
wn_room_relay_disconnect (WnRelay *relay, WnRelayClient *relay_client,
    gboolean in_good_order, gint64 now)
{
  WnRoomRelay *self = (WnRoomRelay *) relay;
  RoomClient *client = (RoomClient *) relay_client;
  Place *place = client->place;

  client->closing = TRUE;
  if (place && in_good_order) {
    give_up_place (self, place);
  } else if (place) {
    place->client = NULL;
    place->expires = now + WN_ROOM_RELAY_GRACE;
    g_queue_push_tail (&self->lost, place);
  }
  g_queue_remove (&self->homeless, client);
  g_hash_table_remove (self->clients, client);
}

static gint64
wn_room_relay_get_expiry (WnRelay *relay)
{
  WnRoomRelay *self = (WnRoomRelay *) relay;
  Place *place = g_queue_peek_head (&self->lost);
  RoomClient *client = g_queue_peek_head (&self->homeless);

  return MIN (place ? place->expires : G_MAXINT64,
      client ? client->join_by : G_MAXINT64);
}

static void
wn_room_relay_expire (WnRelay *relay, gint64 now)
{
  WnRoomRelay *self = (WnRoomRelay *) relay;
  Place *place;
  RoomClient *client;

  while ((place = g_queue_peek_head (&self->lost)) && place->expires <= now)
    give_up_place (self, place);
  while ((client = g_queue_peek_head (&self->homeless))
      && client->join_by <= now) {
    g_queue_pop_head (&self->homeless);
    client_close (self, client, WN_CLOSE_POLICY,
        "no join came within 10 seconds");
  }
}

static void
wn_room_relay_free (WnRelay *relay)
{
  WnRoomRelay *self = (WnRoomRelay *) relay;
  GHashTableIter iter;
  gpointer client;

  g_hash_table_iter_init (&iter, self->clients);
  while (g_hash_table_iter_next (&iter, &client, NULL))
    wn_relay_client_notify (client, WN_RELAY_NOTICE_GONE);
  g_queue_clear (&self->lost);
  g_queue_clear (&self->homeless);
  g_hash_table_unref (self->rooms);
  g_hash_table_unref (self->clients);
  g_free (self->token);
  g_free (self);
}

static const WnRelayClass klass = {
  .checks_json = TRUE,
  .free = wn_room_relay_free,
  .connect = wn_room_relay_connect,
  .disconnect = wn_room_relay_disconnect,
  .receive = wn_room_relay_receive,
  .receive_binary = wn_room_relay_receive_binary,
  .get_expiry = wn_room_relay_get_expiry,
  .expire = wn_room_relay_expire,
};

/**
 * wn_room_relay_new:
 * @token: (nullable): what a peer has to show when it joins
 */
WnRelay *
wn_room_relay_new (const gchar *token)
{
  WnRoomRelay *self = g_new0 (WnRoomRelay, 1);

  self->relay.klass = &klass;
  self->token = g_strdup (token);
  self->rooms = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) room_free);
  self->clients = g_hash_table_new_full (NULL, NULL, g_free, NULL);
  g_queue_init (&self->lost);
  g_queue_init (&self->homeless);
  return &self->relay;
}

guint
wn_room_relay_get_n_rooms (WnRelay *relay)
{
  return g_hash_table_size (((WnRoomRelay *) relay)->rooms);
}
