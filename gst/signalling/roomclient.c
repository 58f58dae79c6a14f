/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The client's half of the room protocol, version 1 (docs/protocol.md).  It does
 * no I/O: texts go in and come out, and what they mean is polled as events.
 * Nothing that the server says is believed before it is checked.
 */

#include "roomclient.h"
#include "id.h"
#include "json.h"
#include "relay.h"

#include <string.h>

#define MAX_RESUME 256
#define MAX_ERROR_TEXT 1024

typedef enum
{
  /* There is no connection, or it has not been joined on. */
  STATE_OUT,
  STATE_JOINING,
  STATE_IN,
} State;

struct _WnRoomClient
{
  WnRoomProtocol protocol;
  gchar *room;
  gchar *id;
  gchar *token;

  State state;
  /* Has there been a JOINED event? */
  gboolean was_in;
  /* What takes our place over after the connection is lost; NULL before the
   * first join, or when the server gives none. */
  gchar *resume;
  /* The others in the room: a set of ids. */
  GHashTable *peers;
  /* Frames on this connection that were not of the protocol. */
  guint n_bad;
  /* Of WnRoomEvent. */
  GQueue events;
};

void
wn_room_event_free (WnRoomEvent *event)
{
  g_free (event->id);
  g_strfreev (event->peers);
  g_free (event->code);
  g_free (event->text);
  g_free (event);
}

static WnRoomEvent *
push (WnRoomClient *self, WnRoomEventType type, const gchar *id)
{
  WnRoomEvent *event = g_new0 (WnRoomEvent, 1);

  event->type = type;
  event->id = g_strdup (id);
  g_queue_push_tail (&self->events, event);
  return event;
}

static void
push_error (WnRoomClient *self, WnRoomEventType type, const gchar *code,
    const gchar *text)
{
  WnRoomEvent *event = push (self, type, NULL);

  event->code = g_strdup (code);
  event->text = g_strdup (text);
}

/* For an error on our side of the line, or that the driver saw. */
void
wn_room_client_complain (WnRoomClient *self, const gchar *code,
    const gchar *text)
{
  push_error (self, WN_ROOM_EVENT_COMPLAINT, code, text);
}

static void
bad_frame (WnRoomClient *self, const gchar *text)
{
  self->n_bad++;
  wn_room_client_complain (self, "bad-message", text);
}

/**
 * wn_room_client_new:
 * @room: where to join
 * @id: as whom
 * @token: (nullable): what to show
 */
WnRoomClient *
wn_room_client_new (WnRoomProtocol protocol, const gchar *room, const gchar *id,
    const gchar *token)
{
  WnRoomClient *self = g_new0 (WnRoomClient, 1);

  self->protocol = protocol;
  self->room = g_strdup (room);
  self->id = g_strdup (id);
  self->token = g_strdup (token);
  self->peers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->events);
  if (protocol == WN_ROOM_PROTOCOL_BARE)
    g_hash_table_add (self->peers, g_strdup (WN_ROOM_CLIENT_REMOTE));
  return self;
}

void
wn_room_client_free (WnRoomClient *self)
{
  g_queue_clear_full (&self->events, (GDestroyNotify) wn_room_event_free);
  g_hash_table_unref (self->peers);
  g_free (self->room);
  g_free (self->id);
  g_free (self->token);
  g_free (self->resume);
  g_free (self);
}

/**
 * wn_room_client_poll:
 *
 * Returns: (transfer full) (nullable): the next event
 */
WnRoomEvent *
wn_room_client_poll (WnRoomClient *self)
{
  return g_queue_pop_head (&self->events);
}

gboolean
wn_room_client_has_joined (WnRoomClient *self)
{
  return self->state == STATE_IN;
}

/* How many frames of this connection were not of the protocol. */
guint
wn_room_client_get_n_bad (WnRoomClient *self)
{
  return self->n_bad;
}

static void
append_member (GString *text, const gchar *name, const gchar *value)
{
  g_string_append_printf (text, ",\"%s\":", name);
  wn_json_append_string (text, value);
}

static void
enter (WnRoomClient *self, gboolean resumed)
{
  self->state = STATE_IN;
  if (resumed && self->was_in) {
    push (self, WN_ROOM_EVENT_RESUMED, NULL);
  } else {
    WnRoomEvent *event = push (self, WN_ROOM_EVENT_JOINED, self->id);

    event->peers = (GStrv) g_hash_table_get_keys_as_array (self->peers, NULL);
    for (gsize i = 0; event->peers[i]; i++)
      event->peers[i] = g_strdup (event->peers[i]);
  }
  self->was_in = TRUE;
}

/**
 * wn_room_client_open:
 *
 * A connection is open.
 *
 * Returns: (transfer full) (nullable): the text to send first
 */
gchar *
wn_room_client_open (WnRoomClient *self)
{
  GString *text;

  self->n_bad = 0;
  if (self->protocol == WN_ROOM_PROTOCOL_BARE) {
    enter (self, TRUE);
    return NULL;
  }
  self->state = STATE_JOINING;
  text = g_string_new ("{\"type\":\"join\",\"version\":1");
  append_member (text, "room", self->room);
  append_member (text, "id", self->id);
  if (self->token)
    append_member (text, "token", self->token);
  if (self->resume)
    append_member (text, "resume", self->resume);
  g_string_append_c (text, '}');
  return g_string_free (text, FALSE);
}

/* The connection is gone. */
void
wn_room_client_lost (WnRoomClient *self)
{
  self->state = STATE_OUT;
}

/**
 * wn_room_client_leave:
 *
 * Returns: (transfer full) (nullable): the text that says so to the server
 */
gchar *
wn_room_client_leave (WnRoomClient *self)
{
  gboolean was_in = self->state == STATE_IN;

  self->state = STATE_OUT;
  if (!was_in || self->protocol == WN_ROOM_PROTOCOL_BARE)
    return NULL;
  return g_strdup ("{\"type\":\"leave\"}");
}

/**
 * wn_room_client_pack:
 * @to: a peer
 * @json: the message
 *
 * Returns: (transfer full) (nullable): the text that carries it; NULL when it
 *   cannot be sent, with a complaint to poll
 */
gchar *
wn_room_client_pack (WnRoomClient *self, const gchar *to, const gchar *json)
{
  const gchar *none[] = { NULL };
  g_autofree gchar *text = NULL;

  if (!wn_json_read_object (json, strlen (json), none, NULL)) {
    wn_room_client_complain (self, "bad-message",
        "A message has to be a JSON object; it was not sent.");
    return NULL;
  }
  if (self->protocol == WN_ROOM_PROTOCOL_BARE) {
    if (!g_hash_table_contains (self->peers, to)) {
      wn_room_client_complain (self, "unknown-peer",
          "The other peer is not there; the message was dropped.");
      return NULL;
    }
    text = g_strdup (json);
  } else if (wn_id_is_valid (to)) {
    text = g_strdup_printf ("{\"type\":\"message\",\"to\":\"%s\",\"data\":%s}",
        to, json);
  } else {
    wn_room_client_complain (self, "unknown-peer",
        "No peer can have this id; the message was dropped.");
    return NULL;
  }
  if (strlen (text) > WN_RELAY_MAX_FRAME) {
    wn_room_client_complain (self, "too-large",
        "A message of more than 256 KiB was not sent.");
    return NULL;
  }
  return g_steal_pointer (&text);
}

/* In protocol=w3c on the server's side: the other peer came or went. */
void
wn_room_client_set_remote (WnRoomClient *self, gboolean present)
{
  gboolean was = g_hash_table_contains (self->peers, WN_ROOM_CLIENT_REMOTE);

  if (present == was)
    return;
  if (present)
    g_hash_table_add (self->peers, g_strdup (WN_ROOM_CLIENT_REMOTE));
  else
    g_hash_table_remove (self->peers, WN_ROOM_CLIENT_REMOTE);
  if (self->state == STATE_IN)
    push (self, present ? WN_ROOM_EVENT_PEER_JOINED : WN_ROOM_EVENT_PEER_LEFT,
        WN_ROOM_CLIENT_REMOTE);
}

/* Receiving */

enum
{
  TYPE,
  FROM,
  DATA,
  ROOM,
  ID,
  PEERS,
  RESUME,
  RESUMED,
  CODE,
  MESSAGE,
  N_MEMBERS
};

static const gchar *const members[] = { "type", "from", "data", "room", "id",
  "peers", "resume", "resumed", "code", "message", NULL };

/* @peers as a set, or NULL when one is not an id, is ours, or is there twice. */
static GHashTable *
check_peers (WnRoomClient *self, GStrv peers)
{
  g_autoptr (GHashTable) set =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint i;

  for (i = 0; peers[i]; i++) {
    if (!wn_id_is_valid (peers[i]) || strcmp (peers[i], self->id) == 0
        || !g_hash_table_add (set, g_strdup (peers[i])))
      return NULL;
  }
  return g_steal_pointer (&set);
}

/* Who came and went while the connection was lost. */
static void
push_changes (WnRoomClient *self, GHashTable *now)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    if (!g_hash_table_contains (now, id))
      push (self, WN_ROOM_EVENT_PEER_LEFT, id);
  }
  g_hash_table_iter_init (&iter, now);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    if (!g_hash_table_contains (self->peers, id))
      push (self, WN_ROOM_EVENT_PEER_JOINED, id);
  }
}

static void
set_peers (WnRoomClient *self, GHashTable *peers)
{
  g_hash_table_unref (self->peers);
  self->peers = g_hash_table_ref (peers);
}

static void
receive_joined (WnRoomClient *self, const WnJsonSpan *values)
{
  g_auto (GStrv) peers = NULL;
  g_autofree gchar *room = wn_json_read_string (&values[ROOM]);
  g_autofree gchar *id = wn_json_read_string (&values[ID]);
  g_autofree gchar *resume = wn_json_read_string (&values[RESUME]);
  g_autoptr (GHashTable) set = NULL;
  gboolean resumed;

  peers = wn_json_read_strings (&values[PEERS], WN_ROOM_CLIENT_MAX_PEERS);
  set = peers ? check_peers (self, peers) : NULL;
  if (self->state != STATE_JOINING || set == NULL
      || g_strcmp0 (room, self->room) != 0 || g_strcmp0 (id, self->id) != 0) {
    bad_frame (self,
        "The server sent a \"joined\" that does not fit our join; "
        "it was ignored.");
    return;
  }
  resumed = self->was_in && self->resume != NULL
      && wn_json_equals (&values[RESUMED], "true");
  g_clear_pointer (&self->resume, g_free);
  if (resume && strlen (resume) <= MAX_RESUME)
    self->resume = g_steal_pointer (&resume);
  if (resumed) {
    enter (self, TRUE);
    push_changes (self, set);
    set_peers (self, set);
  } else {
    WnRoomEvent *event = push (self, WN_ROOM_EVENT_JOINED, self->id);

    /* In the server's order: the oldest first. */
    event->peers = g_steal_pointer (&peers);
    set_peers (self, set);
    self->state = STATE_IN;
    self->was_in = TRUE;
  }
}

static void
receive_peer (WnRoomClient *self, const WnJsonSpan *values, gboolean came)
{
  g_autofree gchar *id = wn_json_read_string (&values[ID]);
  gboolean known = id && g_hash_table_contains (self->peers, id);

  if (id == NULL || known == came || !wn_id_is_valid (id)
      || strcmp (id, self->id) == 0
      || g_hash_table_size (self->peers) > WN_ROOM_CLIENT_MAX_PEERS) {
    bad_frame (self,
        came
            ? "The server sent a \"peer-joined\" of no new peer; it was ignored."
            : "The server sent a \"peer-left\" of no peer in the room; it was "
              "ignored.");
    return;
  }
  if (came)
    g_hash_table_add (self->peers, g_strdup (id));
  else
    g_hash_table_remove (self->peers, id);
  push (self, came ? WN_ROOM_EVENT_PEER_JOINED : WN_ROOM_EVENT_PEER_LEFT, id);
}

static void
receive_message (WnRoomClient *self, const WnJsonSpan *values)
{
  g_autofree gchar *from = wn_json_read_string (&values[FROM]);
  WnRoomEvent *event;

  if (from == NULL || !g_hash_table_contains (self->peers, from)
      || !wn_json_is_object (&values[DATA])) {
    bad_frame (self,
        "The server sent a \"message\" that is not from a peer in "
        "the room, or has no data; it was ignored.");
    return;
  }
  event = push (self, WN_ROOM_EVENT_MESSAGE, from);
  event->text = g_strndup (values[DATA].start, values[DATA].length);
}

/* What a server says may end in a log or in a dialog: of a bounded length, and
 * on one line. */
static gchar *
tidy (gchar *text)
{
  gchar *at;

  if (text == NULL)
    return g_strdup ("(the server does not say why)");
  if (strlen (text) > MAX_ERROR_TEXT) {
    g_autofree gchar *whole = text;
    const gchar *end = g_utf8_find_prev_char (whole, whole + MAX_ERROR_TEXT);

    text = g_strndup (whole, end - whole);
  }
  for (at = text; *at; at++) {
    if (g_ascii_iscntrl (*at))
      *at = ' ';
  }
  return text;
}

static void
receive_error (WnRoomClient *self, const WnJsonSpan *values)
{
  g_autofree gchar *code = wn_json_read_string (&values[CODE]);
  g_autofree gchar *text = tidy (wn_json_read_string (&values[MESSAGE]));

  if (code == NULL || !wn_id_is_valid (code)) {
    bad_frame (self,
        "The server sent an \"error\" without a code; it was "
        "ignored.");
    return;
  }
  if (self->state == STATE_JOINING) {
    self->state = STATE_OUT;
    push_error (self, WN_ROOM_EVENT_REFUSED, code, text);
  } else {
    push_error (self, WN_ROOM_EVENT_COMPLAINT, code, text);
  }
}

static void
receive_bare (WnRoomClient *self, const gchar *text, gsize length)
{
  if (length > WN_RELAY_MAX_FRAME) {
    bad_frame (self, "A message of more than 256 KiB was dropped.");
  } else if (!wn_json_is_valid (text, length)) {
    bad_frame (self, "A frame that is not JSON was dropped.");
  } else if (g_hash_table_contains (self->peers, WN_ROOM_CLIENT_REMOTE)) {
    WnRoomEvent *event =
        push (self, WN_ROOM_EVENT_MESSAGE, WN_ROOM_CLIENT_REMOTE);

    event->text = g_strndup (text, length);
  }
}

/**
 * wn_room_client_receive:
 * @text: a text frame, of any size and content
 */
void
wn_room_client_receive (WnRoomClient *self, const gchar *text, gsize length)
{
  g_autofree gchar *type = NULL;
  WnJsonSpan values[N_MEMBERS];

  if (self->protocol == WN_ROOM_PROTOCOL_BARE) {
    receive_bare (self, text, length);
    return;
  }
  if (!wn_json_read_object (text, length, members, values)) {
    bad_frame (self,
        "The server sent a frame that is not a JSON object; it was "
        "ignored.");
    return;
  }
  type = wn_json_read_string (&values[TYPE]);
  if (g_strcmp0 (type, "joined") == 0)
    receive_joined (self, values);
  else if (g_strcmp0 (type, "error") == 0)
    receive_error (self, values);
  else if (self->state != STATE_IN)
    bad_frame (self,
        "The server sent a frame before it answered our join; it "
        "was ignored.");
  else if (g_strcmp0 (type, "peer-joined") == 0)
    receive_peer (self, values, TRUE);
  else if (g_strcmp0 (type, "peer-left") == 0)
    receive_peer (self, values, FALSE);
  else if (g_strcmp0 (type, "message") == 0)
    receive_message (self, values);
  else
    bad_frame (self,
        "The server sent a frame of a type that is not of the room "
        "protocol; it was ignored.");
}

void
wn_room_client_receive_binary (WnRoomClient *self)
{
  bad_frame (self, "A binary frame came; it was ignored: messages are text.");
}
