/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "protocol.h"
#include "json.h"

#include <string.h>

void
wn_protocol_event_free (WnProtocolEvent *event)
{
  g_free (event->id);
  g_strfreev (event->peers);
  g_free (event->code);
  g_free (event->text);
  g_free (event);
}

/*** For implementations ***/

void
wn_protocol_init (WnProtocol *self, const WnProtocolClass *klass,
    const gchar *id)
{
  self->klass = klass;
  self->id = g_strdup (id);
  self->peers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->events);
}

void
wn_protocol_clear (WnProtocol *self)
{
  g_queue_clear_full (&self->events, (GDestroyNotify) wn_protocol_event_free);
  g_hash_table_unref (self->peers);
  g_free (self->id);
}

/* Returns: (transfer none): what is left to be filled in */
WnProtocolEvent *
wn_protocol_push (WnProtocol *self, WnProtocolEventType type, const gchar *id)
{
  WnProtocolEvent *event = g_new0 (WnProtocolEvent, 1);

  event->type = type;
  event->id = g_strdup (id);
  g_queue_push_tail (&self->events, event);
  return event;
}

void
wn_protocol_push_error (WnProtocol *self, WnProtocolEventType type,
    const gchar *code, const gchar *text)
{
  WnProtocolEvent *event = wn_protocol_push (self, type, NULL);

  event->code = g_strdup (code);
  event->text = g_strdup (text);
}

/* What came is not of the protocol. */
void
wn_protocol_bad_frame (WnProtocol *self, const gchar *text)
{
  self->n_bad++;
  wn_protocol_complain (self, "bad-message", text);
}

/* We are in, with those in @peers. */
void
wn_protocol_enter (WnProtocol *self, gboolean resumed)
{
  self->state = WN_PROTOCOL_IN;
  if (resumed && self->was_in) {
    wn_protocol_push (self, WN_PROTOCOL_EVENT_RESUMED, NULL);
  } else {
    WnProtocolEvent *event =
        wn_protocol_push (self, WN_PROTOCOL_EVENT_JOINED, self->id);

    event->peers = (GStrv) g_hash_table_get_keys_as_array (self->peers, NULL);
    for (gsize i = 0; event->peers[i]; i++)
      event->peers[i] = g_strdup (event->peers[i]);
  }
  self->was_in = TRUE;
}

/*** Whoever has a line ***/

/**
 * wn_protocol_new:
 * @room: where to join
 * @id: as whom
 * @token: (nullable): what to show
 */
WnProtocol *
wn_protocol_new (const WnProtocolClass *klass, const gchar *room,
    const gchar *id, const gchar *token)
{
  return klass->new (room, id, token);
}

void
wn_protocol_free (WnProtocol *self)
{
  self->klass->free (self);
}

/**
 * wn_protocol_poll:
 *
 * Returns: (transfer full) (nullable): the next event
 */
WnProtocolEvent *
wn_protocol_poll (WnProtocol *self)
{
  return g_queue_pop_head (&self->events);
}

gboolean
wn_protocol_has_joined (WnProtocol *self)
{
  return self->state == WN_PROTOCOL_IN;
}

/* How many frames of this connection were not of the protocol. */
guint
wn_protocol_get_n_bad (WnProtocol *self)
{
  return self->n_bad;
}

/* For an error on our side of the line, or that whoever has the line saw. */
void
wn_protocol_complain (WnProtocol *self, const gchar *code, const gchar *text)
{
  wn_protocol_push_error (self, WN_PROTOCOL_EVENT_COMPLAINT, code, text);
}

/**
 * wn_protocol_open:
 * @other_is_there: see wn_protocol_set_other()
 *
 * A line is there.
 *
 * Returns: (transfer full) (nullable): the text to send first
 */
gchar *
wn_protocol_open (WnProtocol *self, gboolean other_is_there)
{
  self->n_bad = 0;
  wn_protocol_set_other (self, other_is_there);
  return self->klass->open (self);
}

/* The line is gone. */
void
wn_protocol_lost (WnProtocol *self)
{
  self->state = WN_PROTOCOL_OUT;
}

/**
 * wn_protocol_leave:
 *
 * Returns: (transfer full) (nullable): the text that says so to the server
 */
gchar *
wn_protocol_leave (WnProtocol *self)
{
  gboolean was_in = self->state == WN_PROTOCOL_IN;

  self->state = WN_PROTOCOL_OUT;
  return was_in ? self->klass->leave (self) : NULL;
}

/**
 * wn_protocol_pack:
 * @to: a peer
 * @json: the message
 *
 * Returns: (transfer full) (nullable): the text that carries it; NULL when it
 *   cannot be sent, with a complaint to poll
 */
gchar *
wn_protocol_pack (WnProtocol *self, const gchar *to, const gchar *json)
{
  const gchar *none[] = { NULL };
  g_autofree gchar *text = NULL;

  if (!wn_json_read_object (json, strlen (json), none, NULL)) {
    wn_protocol_complain (self, "bad-message",
        "A message has to be a JSON object; it was not sent.");
    return NULL;
  }
  text = self->klass->pack (self, to, json);
  if (text && strlen (text) > WN_RELAY_MAX_FRAME) {
    wn_protocol_complain (self, "too-large",
        "A message of more than 256 KiB was not sent.");
    return NULL;
  }
  return g_steal_pointer (&text);
}

/**
 * wn_protocol_receive:
 * @text: a text that came, of any size and content
 * @is_checked: it was found to be JSON before, in this process
 */
void
wn_protocol_receive (WnProtocol *self, const gchar *text, gsize length,
    gboolean is_checked)
{
  self->klass->receive (self, text, length, is_checked);
}

/* Something came that is no text. */
void
wn_protocol_receive_binary (WnProtocol *self)
{
  wn_protocol_bad_frame (self,
      "A binary frame came; it was ignored: messages are text.");
}

/* What the line knows and no text says, where there is one other peer: whether it
 * is there. */
void
wn_protocol_set_other (WnProtocol *self, gboolean is_there)
{
  gboolean was;

  if (self->klass->has_presence)
    return;
  was = g_hash_table_contains (self->peers, WN_PROTOCOL_REMOTE);
  if (is_there == was)
    return;
  if (is_there)
    g_hash_table_add (self->peers, g_strdup (WN_PROTOCOL_REMOTE));
  else
    g_hash_table_remove (self->peers, WN_PROTOCOL_REMOTE);
  if (self->state == WN_PROTOCOL_IN)
    wn_protocol_push (self,
        is_there ? WN_PROTOCOL_EVENT_PEER_JOINED : WN_PROTOCOL_EVENT_PEER_LEFT,
        WN_PROTOCOL_REMOTE);
}
