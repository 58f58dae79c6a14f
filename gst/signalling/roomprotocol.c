/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "roomprotocol.h"
#include "id.h"
#include "json.h"
#include "roomrelay.h"

#include <string.h>

#define MAX_RESUME 256
#define MAX_ERROR_TEXT 1024

typedef struct
{
  WnProtocol protocol;

  gchar *room;
  gchar *token;
  /* What takes our place over after the connection is lost; NULL before the
   * first join, or when the server gives none. */
  gchar *resume;
} WnRoomProtocol;

static WnProtocol *
wn_room_protocol_new (const gchar *room, const gchar *id, const gchar *token)
{
  WnRoomProtocol *self = g_new0 (WnRoomProtocol, 1);

  wn_protocol_init (&self->protocol, &wn_room_protocol, id);
  self->room = g_strdup (room);
  self->token = g_strdup (token);
  return &self->protocol;
}

static void
wn_room_protocol_free (WnProtocol *protocol)
{
  WnRoomProtocol *self = (WnRoomProtocol *) protocol;

  wn_protocol_clear (protocol);
  g_free (self->room);
  g_free (self->token);
  g_free (self->resume);
  g_free (self);
}

static void
append_member (GString *text, const gchar *name, const gchar *value)
{
  g_string_append_printf (text, ",\"%s\":", name);
  wn_json_append_string (text, value);
}

static gchar *
wn_room_protocol_open (WnProtocol *protocol)
{
  WnRoomProtocol *self = (WnRoomProtocol *) protocol;
  GString *text;

  protocol->state = WN_PROTOCOL_JOINING;
  text = g_string_new ("{\"type\":\"join\",\"version\":1");
  append_member (text, "room", self->room);
  append_member (text, "id", protocol->id);
  if (self->token)
    append_member (text, "token", self->token);
  if (self->resume)
    append_member (text, "resume", self->resume);
  g_string_append_c (text, '}');
  return g_string_free (text, FALSE);
}

static gchar *
wn_room_protocol_leave (WnProtocol *protocol)
{
  return g_strdup ("{\"type\":\"leave\"}");
}

static gchar *
wn_room_protocol_pack (WnProtocol *protocol, const gchar *to, const gchar *json)
{
  if (wn_id_is_valid (to))
    return g_strdup_printf ("{\"type\":\"message\",\"to\":\"%s\",\"data\":%s}",
        to, json);
  wn_protocol_complain (protocol, "unknown-peer",
      "No peer can have this id; the message was dropped.");
  return NULL;
}

/*** Receiving ***/

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
check_peers (WnProtocol *self, GStrv peers)
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
push_changes (WnProtocol *self, GHashTable *now)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    if (!g_hash_table_contains (now, id))
      wn_protocol_push (self, WN_PROTOCOL_EVENT_PEER_LEFT, id);
  }
  g_hash_table_iter_init (&iter, now);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    if (!g_hash_table_contains (self->peers, id))
      wn_protocol_push (self, WN_PROTOCOL_EVENT_PEER_JOINED, id);
  }
}

static void
set_peers (WnProtocol *self, GHashTable *peers)
{
  g_hash_table_unref (self->peers);
  self->peers = g_hash_table_ref (peers);
}

static void
receive_joined (WnProtocol *protocol, const WnJsonSpan *values)
{
  WnRoomProtocol *self = (WnRoomProtocol *) protocol;
  g_auto (GStrv) peers = NULL;
  g_autofree gchar *room = wn_json_read_string (&values[ROOM]);
  g_autofree gchar *id = wn_json_read_string (&values[ID]);
  g_autofree gchar *resume = wn_json_read_string (&values[RESUME]);
  g_autoptr (GHashTable) set = NULL;
  gboolean resumed;

  peers = wn_json_read_strings (&values[PEERS], WN_ROOM_PROTOCOL_MAX_PEERS);
  set = peers ? check_peers (protocol, peers) : NULL;
  if (protocol->state != WN_PROTOCOL_JOINING || !set
      || g_strcmp0 (room, self->room) != 0
      || g_strcmp0 (id, protocol->id) != 0) {
    wn_protocol_bad_frame (protocol,
        "The server sent a \"joined\" that does not fit our join; "
        "it was ignored.");
    return;
  }
  resumed = protocol->was_in && self->resume != NULL
      && wn_json_equals (&values[RESUMED], "true");
  g_clear_pointer (&self->resume, g_free);
  if (resume && strlen (resume) <= MAX_RESUME)
    self->resume = g_steal_pointer (&resume);
  if (resumed) {
    wn_protocol_enter (protocol, TRUE);
    push_changes (protocol, set);
    set_peers (protocol, set);
  } else {
    WnProtocolEvent *event =
        wn_protocol_push (protocol, WN_PROTOCOL_EVENT_JOINED, protocol->id);

    /* In the server's order: the oldest first. */
    event->peers = g_steal_pointer (&peers);
    set_peers (protocol, set);
    protocol->state = WN_PROTOCOL_IN;
    protocol->was_in = TRUE;
  }
}

static void
receive_peer (WnProtocol *self, const WnJsonSpan *values, gboolean came)
{
  g_autofree gchar *id = wn_json_read_string (&values[ID]);
  gboolean known = id && g_hash_table_contains (self->peers, id);

  if (!id || known == came || !wn_id_is_valid (id) || strcmp (id, self->id) == 0
      || g_hash_table_size (self->peers) > WN_ROOM_PROTOCOL_MAX_PEERS) {
    wn_protocol_bad_frame (self,
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
  wn_protocol_push (self,
      came ? WN_PROTOCOL_EVENT_PEER_JOINED : WN_PROTOCOL_EVENT_PEER_LEFT, id);
}

static void
receive_message (WnProtocol *self, const WnJsonSpan *values)
{
  g_autofree gchar *from = wn_json_read_string (&values[FROM]);
  WnProtocolEvent *event;

  if (!from || !g_hash_table_contains (self->peers, from)
      || !wn_json_is_object (&values[DATA])) {
    wn_protocol_bad_frame (self,
        "The server sent a \"message\" that is not from a peer in "
        "the room, or has no data; it was ignored.");
    return;
  }
  event = wn_protocol_push (self, WN_PROTOCOL_EVENT_MESSAGE, from);
  event->text = g_strndup (values[DATA].start, values[DATA].length);
}

/* What a server says may end in a log or in a dialog: of a bounded length, and
 * on one line. */
static gchar *
tidy (gchar *text)
{
  gchar *at;

  if (!text)
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
receive_error (WnProtocol *self, const WnJsonSpan *values)
{
  g_autofree gchar *code = wn_json_read_string (&values[CODE]);
  g_autofree gchar *text = tidy (wn_json_read_string (&values[MESSAGE]));

  if (!code || !wn_id_is_valid (code)) {
    wn_protocol_bad_frame (self,
        "The server sent an \"error\" without a code; it was "
        "ignored.");
    return;
  }
  if (self->state == WN_PROTOCOL_JOINING) {
    self->state = WN_PROTOCOL_OUT;
    wn_protocol_push_error (self, WN_PROTOCOL_EVENT_REFUSED, code, text);
  } else {
    wn_protocol_push_error (self, WN_PROTOCOL_EVENT_COMPLAINT, code, text);
  }
}

static void
wn_room_protocol_receive (WnProtocol *self, const gchar *text, gsize length,
    gboolean is_checked)
{
  g_autofree gchar *type = NULL;
  WnJsonSpan values[N_MEMBERS];

  if (is_checked ? !wn_json_get_members (text, length, members, values)
                 : !wn_json_read_object (text, length, members, values)) {
    wn_protocol_bad_frame (self,
        "The server sent a frame that is not a JSON object; it was "
        "ignored.");
    return;
  }
  type = wn_json_read_string (&values[TYPE]);
  if (g_strcmp0 (type, "joined") == 0)
    receive_joined (self, values);
  else if (g_strcmp0 (type, "error") == 0)
    receive_error (self, values);
  else if (self->state != WN_PROTOCOL_IN)
    wn_protocol_bad_frame (self,
        "The server sent a frame before it answered our join; it "
        "was ignored.");
  else if (g_strcmp0 (type, "peer-joined") == 0)
    receive_peer (self, values, TRUE);
  else if (g_strcmp0 (type, "peer-left") == 0)
    receive_peer (self, values, FALSE);
  else if (g_strcmp0 (type, "message") == 0)
    receive_message (self, values);
  else
    wn_protocol_bad_frame (self,
        "The server sent a frame of a type that is not of the room "
        "protocol; it was ignored.");
}

const WnProtocolClass wn_room_protocol = {
  .name = "room",
  .has_ids = TRUE,
  .has_presence = TRUE,
  .new_relay = wn_room_relay_new,
  .new = wn_room_protocol_new,
  .free = wn_room_protocol_free,
  .open = wn_room_protocol_open,
  .leave = wn_room_protocol_leave,
  .pack = wn_room_protocol_pack,
  .receive = wn_room_protocol_receive,
};
