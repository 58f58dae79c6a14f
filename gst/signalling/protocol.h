/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A protocol is what is said on lines so that peers find each other and their
 * messages get through: the client's half of it here, the server's in relay.h.
 *
 * It does no I/O: texts go in and come out, and what they mean is polled as
 * events.  Nothing that the server says is believed before it is checked. */

#pragma once

#include "relay.h"

G_BEGIN_DECLS

/* The name of the other peer where there are no ids. */
#define WN_PROTOCOL_REMOTE "remote"

/**
 * WnProtocolEventType:
 * @WN_PROTOCOL_EVENT_JOINED: @id is ours, @peers are in the room
 * @WN_PROTOCOL_EVENT_RESUMED: our place was taken over by the new connection
 * @WN_PROTOCOL_EVENT_PEER_JOINED: @id
 * @WN_PROTOCOL_EVENT_PEER_LEFT: @id
 * @WN_PROTOCOL_EVENT_MESSAGE: @text, JSON, from @id
 * @WN_PROTOCOL_EVENT_REFUSED: the join got the error @code with @text
 * @WN_PROTOCOL_EVENT_COMPLAINT: the error @code with @text; things go on
 */
typedef enum
{
  WN_PROTOCOL_EVENT_JOINED,
  WN_PROTOCOL_EVENT_RESUMED,
  WN_PROTOCOL_EVENT_PEER_JOINED,
  WN_PROTOCOL_EVENT_PEER_LEFT,
  WN_PROTOCOL_EVENT_MESSAGE,
  WN_PROTOCOL_EVENT_REFUSED,
  WN_PROTOCOL_EVENT_COMPLAINT,
} WnProtocolEventType;

/* Everything in it is owned, and NULL where the type does not say otherwise. */
typedef struct
{
  WnProtocolEventType type;
  gchar *id;
  GStrv peers;
  gchar *code;
  gchar *text;
} WnProtocolEvent;

void wn_protocol_event_free (WnProtocolEvent *event);

typedef struct _WnProtocol WnProtocol;

/**
 * WnProtocolClass:
 * @name: the property's value
 * @has_ids: peers have ids, which both of two know
 * @has_presence: the server says who comes and who goes
 * @shows_token_at_once: the token is in the address, as nothing that is said
 *   could show it
 * @new_relay: the server's half
 * @new: the client's half
 * @open: see wn_protocol_open(); %NULL if there is nothing to send
 * @leave: see wn_protocol_leave()
 * @pack: see wn_protocol_pack(), of a JSON object
 * @receive: a text; @is_checked: it was found to be JSON before
 *
 * A kind of protocol.
 */
typedef struct
{
  const gchar *name;
  gboolean has_ids;
  gboolean has_presence;
  gboolean shows_token_at_once;
  WnRelay *(*new_relay) (const gchar *token);
  WnProtocol *(*new) (const gchar *room, const gchar *id, const gchar *token);
  void (*free) (WnProtocol *self);
  gchar *(*open) (WnProtocol *self);
  gchar *(*leave) (WnProtocol *self);
  gchar *(*pack) (WnProtocol *self, const gchar *to, const gchar *json);
  void (*receive) (WnProtocol *self, const gchar *text, gsize length,
      gboolean is_checked);
} WnProtocolClass;

typedef enum
{
  /* There is no connection, or it has not been joined on. */
  WN_PROTOCOL_OUT,
  WN_PROTOCOL_JOINING,
  WN_PROTOCOL_IN,
} WnProtocolState;

/**
 * WnProtocol:
 * @state: on this connection
 * @was_in: whether there was a JOINED event
 * @id: owned: our id
 * @peers: the others who are there: a set of ids
 * @n_bad: frames on this connection that were not of the protocol
 * @events: of WnProtocolEvent
 *
 * For implementations: to be the first field of theirs.
 */
struct _WnProtocol
{
  const WnProtocolClass *klass;
  WnProtocolState state;
  gboolean was_in;
  gchar *id;
  GHashTable *peers;
  guint n_bad;
  GQueue events;
};

WnProtocol *wn_protocol_new (const WnProtocolClass *klass, const gchar *room,
    const gchar *id, const gchar *token) G_GNUC_WARN_UNUSED_RESULT;
void wn_protocol_free (WnProtocol *self);

gchar *wn_protocol_open (WnProtocol *self, gboolean other_is_there)
    G_GNUC_WARN_UNUSED_RESULT;
void wn_protocol_lost (WnProtocol *self);
gchar *wn_protocol_leave (WnProtocol *self) G_GNUC_WARN_UNUSED_RESULT;
gchar *wn_protocol_pack (WnProtocol *self, const gchar *to, const gchar *json)
    G_GNUC_WARN_UNUSED_RESULT;

void wn_protocol_receive (WnProtocol *self, const gchar *text, gsize length,
    gboolean is_checked);
void wn_protocol_receive_binary (WnProtocol *self);
void wn_protocol_set_other (WnProtocol *self, gboolean is_there);
void wn_protocol_complain (WnProtocol *self, const gchar *code,
    const gchar *text);

WnProtocolEvent *wn_protocol_poll (WnProtocol *self) G_GNUC_WARN_UNUSED_RESULT;
gboolean wn_protocol_has_joined (WnProtocol *self);
guint wn_protocol_get_n_bad (WnProtocol *self);

/* For implementations. */
void wn_protocol_init (WnProtocol *self, const WnProtocolClass *klass,
    const gchar *id);
void wn_protocol_clear (WnProtocol *self);
WnProtocolEvent *wn_protocol_push (WnProtocol *self, WnProtocolEventType type,
    const gchar *id);
void wn_protocol_push_error (WnProtocol *self, WnProtocolEventType type,
    const gchar *code, const gchar *text);
void wn_protocol_bad_frame (WnProtocol *self, const gchar *text);
void wn_protocol_enter (WnProtocol *self, gboolean resumed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnProtocol, wn_protocol_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnProtocolEvent, wn_protocol_event_free)

G_END_DECLS
