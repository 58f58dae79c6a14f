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

#include "roomrelay-private.h"

#include "id.h"
#include "json.h"
#include "secret.h"

#include <string.h>

/* The credit is counted in microseconds: a frame costs as much of it as the
 * long run gives it time. */
#define FRAME_COST (G_USEC_PER_SEC / WN_ROOM_RELAY_FRAMES_PER_SECOND)
#define FULL_CREDIT ((gint64) WN_ROOM_RELAY_BURST * FRAME_COST)

static void
expect_join (WnRoomRelay *self, WnRoomClient *client, gint64 now)
{
  if (client->kind == WN_RELAY_CLIENT_LOCAL)
    return;
  client->join_by = now + WN_ROOM_RELAY_JOIN_TIME;
  g_queue_push_tail (&self->homeless, client);
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
charge (WnRoomRelay *self, WnRoomClient *client, guint frames)
{
  if (client->kind == WN_RELAY_CLIENT_LOCAL)
    return TRUE;
  if (client->credit < frames * FRAME_COST) {
    /* clang-format off */
    wn_room_client_error (self, client, "rate-limited", "More than "
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
receive_join (WnRoomRelay *self, WnRoomClient *client, const WnJsonSpan *values)
{
  g_autofree gchar *room = NULL, *id = NULL, *token = NULL, *resume = NULL;
  gint64 version;

  if (client->place) {
    wn_room_client_error (self, client, "bad-message",
        "This connection has joined already. Send a leave first.");
    return;
  }
  if (!wn_json_read_integer (&values[VERSION], 1, &version) || version != 1) {
    wn_room_client_error (self, client, "unsupported-version",
        "This server speaks version 1 of the room protocol. "
        "Join with \"version\":1.");
    return;
  }
  token = wn_json_read_string (&values[TOKEN]);
  resume = wn_json_read_string (&values[RESUME]);
  if (!read_name (&values[ROOM], "default", &room)
      || !read_name (&values[ID], NULL, &id)) {
    wn_room_client_error (self, client, "bad-message",
        "The room and the id of a join "
        "have to be 1 to 64 of A-Z a-z 0-9 . _ -");
    return;
  }
  if (!token && !wn_json_is_absent (&values[TOKEN])) {
    wn_room_client_error (self, client, "bad-message",
        "The token of a join has to be a string, or null.");
    return;
  }
  if (self->token && (!token || !wn_secret_equal (token, self->token))) {
    wn_room_client_error (self, client, "unauthorized",
        "This server asks for a token, and this is not it. "
        "Join with the token that the server was started with.");
    return;
  }
  /* Besides the frame that it is. */
  if (client->has_joined
      && !charge (self, client, WN_ROOM_RELAY_JOIN_FRAMES - 1))
    return;
  wn_room_relay_enter (self, client, room, id, resume);
  client->has_joined = client->has_joined || client->place;
  if (client->place)
    g_queue_remove (&self->homeless, client);
}

/*** Everything else ***/

static void
receive_message (WnRoomRelay *self, WnRoomClient *client,
    const WnJsonSpan *values)
{
  g_autofree gchar *to = wn_json_read_string (&values[TO]);
  const WnJsonSpan *data = &values[DATA];
  g_autofree gchar *text = NULL;
  WnRoomPlace *place;

  if (!to || !wn_json_is_object (data)) {
    wn_room_client_error (self, client, "bad-message",
        "A message needs \"to\", the id "
        "of a peer in the room, and \"data\", an object.");
    return;
  }
  place = g_hash_table_lookup (client->place->room->places, to);
  if (!place) {
    wn_room_client_error (self, client, "unknown-peer",
        "There is no peer of this id "
        "in the room; the message was dropped. Send to those that joined or "
        "peer-joined named and peer-left did not.");
    return;
  }
  text =
      g_strdup_printf ("{\"type\":\"message\",\"from\":\"%s\",\"data\":%.*s}",
          client->place->id, (gint) data->length, data->start);
  wn_room_place_send (self, place, text);
}

static void
receive_object (WnRoomRelay *self, WnRoomClient *client,
    const WnJsonSpan *values, gint64 now)
{
  g_autofree gchar *type = wn_json_read_string (&values[TYPE]);

  if (g_strcmp0 (type, "join") == 0) {
    receive_join (self, client, values);
  } else if (!client->place) {
    wn_room_client_error (self, client, "bad-message",
        "The first frame has to be {\"type\":\"join\",\"version\":1,…}.");
  } else if (g_strcmp0 (type, "message") == 0) {
    receive_message (self, client, values);
  } else if (g_strcmp0 (type, "leave") == 0) {
    wn_room_relay_give_up (self, client->place);
    expect_join (self, client, now);
  } else {
    wn_room_client_error (self, client, "bad-message",
        "\"type\" has to be \"join\", \"message\" or \"leave\".");
  }
}

/* Whether the frame may be looked at. */
static gboolean
admit (WnRoomRelay *self, WnRoomClient *client, gint64 now)
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
read_frame (WnRoomClient *client, const gchar *text, gsize length,
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
  WnRoomClient *client = (WnRoomClient *) relay_client;
  WnJsonSpan values[N_MEMBERS];

  if (!admit (self, client, now))
    return;
  if (length > WN_RELAY_MAX_FRAME)
    wn_room_client_error (self, client, "too-large",
        "A frame holds at most 256 KiB; "
        "this one was dropped. Send less at once.");
  else if (!read_frame (client, text, length, values))
    wn_room_client_error (self, client, "bad-message",
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
  WnRoomClient *client = (WnRoomClient *) relay_client;

  if (admit (self, client, now))
    wn_room_client_error (self, client, "bad-message",
        "The room protocol has no binary frames. Send JSON in text frames.");
}

/*** Connections ***/

static WnRelayClient *
wn_room_relay_connect (WnRelay *relay, WnRelayClientKind kind,
    const WnRelayCallbacks *callbacks, gpointer user_data, gint64 now)
{
  WnRoomRelay *self = (WnRoomRelay *) relay;
  WnRoomClient *client = g_new0 (WnRoomClient, 1);

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
  WnRoomClient *client = (WnRoomClient *) relay_client;
  WnRoomPlace *place = client->place;

  client->closing = TRUE;
  if (place && in_good_order) {
    wn_room_relay_give_up (self, place);
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
  WnRoomPlace *place = g_queue_peek_head (&self->lost);
  WnRoomClient *client = g_queue_peek_head (&self->homeless);

  return MIN (place ? place->expires : G_MAXINT64,
      client ? client->join_by : G_MAXINT64);
}

static void
wn_room_relay_expire (WnRelay *relay, gint64 now)
{
  WnRoomRelay *self = (WnRoomRelay *) relay;
  WnRoomPlace *place;
  WnRoomClient *client;

  while ((place = g_queue_peek_head (&self->lost)) && place->expires <= now)
    wn_room_relay_give_up (self, place);
  while ((client = g_queue_peek_head (&self->homeless))
      && client->join_by <= now) {
    g_queue_pop_head (&self->homeless);
    wn_room_client_close (self, client, WN_CLOSE_POLICY,
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
      (GDestroyNotify) wn_room_free);
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
