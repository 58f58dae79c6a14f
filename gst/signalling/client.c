/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The first attempt tells whether the user's settings are right: when it fails,
 * so do we, and say what to change.  A line that was there and is lost is fetched
 * back for as long as it takes.
 */

#include "client.h"
#include "backoff.h"
#include "error.h"
#include "outbox.h"
#include "printable.h"
#include "protocols.h"
#include "refusal.h"
#include "source.h"

#include <string.h>

/* To connect and to be answered, in seconds. */
#define ATTEMPT_TIMEOUT 15
/* A server that sends more nonsense than this is left, and tried again. */
#define MAX_BAD 100

struct _WnClient
{
  GObject parent;

  /* The settings.  The URI is that of the server, or what this process's own is
   * called. */
  gchar *uri;
  gchar *room;
  gchar *id;
  gchar *token;
  const WnProtocolClass *protocol_class;
  WnConnector *connector;

  /* Between start and stop; everything below is only then there.  It is used
   * in the thread of the context that was the default at start. */
  gboolean running;
  WnProtocol *protocol;
  /* While connected. */
  WnLine *line;
  /* The end of the attempt, or the beginning of the next one. */
  GSource *timer;
  /* Runs once, to emit what the protocol has to tell. */
  GSource *idle;
  /* Were we ever in the room? */
  gboolean was_in;
  WnBackoff backoff;
  /* What to send when there is a line again. */
  WnOutbox outbox;
};

#define WN_LOG_DEFAULT self->connector->log

static void signaller_iface_init (WnSignallerInterface *iface);
static gboolean on_attempt_timeout (gpointer user_data);

G_DEFINE_TYPE_WITH_CODE (WnClient, wn_client, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (WN_TYPE_SIGNALLER, signaller_iface_init));

static void
set_timer (WnClient *self, guint milliseconds, GSourceFunc func)
{
  wn_source_clear (&self->timer);
  self->timer =
      wn_source_new_timeout ("wn-client-timer", milliseconds, func, self);
}

/* Ends what belongs to one attempt or connection. */
static void
disconnect (WnClient *self)
{
  wn_source_clear (&self->timer);
  wn_connector_cancel (self->connector);
  if (self->line) {
    g_autofree gchar *leave = wn_protocol_leave (self->protocol);

    if (leave && !self->running)
      wn_line_send (self->line, leave);
    wn_line_free (self->line, WN_CLOSE_NORMAL, NULL);
    self->line = NULL;
  }
  if (self->protocol)
    wn_protocol_lost (self->protocol);
}

/* A server of our own goes first: it says so to everybody. */
static void
shut_down (WnClient *self)
{
  self->running = FALSE;
  wn_connector_stop (self->connector);
  disconnect (self);
  wn_source_clear (&self->idle);
  wn_outbox_clear (&self->outbox);
  g_clear_pointer (&self->protocol, wn_protocol_free);
}

/* The last thing that is emitted; @error is taken. */
static void
fail (WnClient *self, GError *error)
{
  g_autoptr (GError) owned = error;

  WN_LOG (WARNING, self, "%s", wn_printable_for_log (error->message));
  shut_down (self);
  wn_signaller_emit_failed (WN_SIGNALLER (self), error);
}

static void
connect_now (WnClient *self)
{
  WN_LOG (DEBUG, self, "connecting to %s", self->uri);
  set_timer (self, ATTEMPT_TIMEOUT * 1000, on_attempt_timeout);
  wn_connector_connect (self->connector);
}

static gboolean
on_retry (gpointer user_data)
{
  WnClient *self = user_data;

  wn_source_clear (&self->timer);
  connect_now (self);
  return G_SOURCE_REMOVE;
}

/* @reason: why there is no connection */
static void
lose (WnClient *self, const gchar *reason)
{
  gboolean was_in = wn_protocol_has_joined (self->protocol);
  guint delay;

  if (was_in)
    wn_backoff_lost (&self->backoff, g_get_monotonic_time ());
  disconnect (self);
  delay = wn_backoff_next (&self->backoff);
  WN_LOG (INFO, self, "%s; trying again in %u ms",
      wn_printable_for_log (reason), delay);
  set_timer (self, delay, on_retry);
  if (was_in)
    wn_signaller_emit_lost (WN_SIGNALLER (self), reason);
}

/* @error: (transfer full): */
static void
lose_or_fail (WnClient *self, GError *error)
{
  if (self->was_in) {
    lose (self, error->message);
    g_error_free (error);
  } else {
    fail (self, error);
  }
}

static gboolean
on_attempt_timeout (gpointer user_data)
{
  WnClient *self = user_data;

  wn_source_clear (&self->timer);
  lose_or_fail (self,
      self->line ? wn_refusal_no_answer (self->uri, ATTEMPT_TIMEOUT)
                 : wn_refusal_silent (self->uri, ATTEMPT_TIMEOUT));
  return G_SOURCE_REMOVE;
}

/*** What the protocol has to tell ***/

static void
entered (WnClient *self, const WnProtocolEvent *event)
{
  gboolean resumed = event->type == WN_PROTOCOL_EVENT_RESUMED;
  gchar *text;

  wn_source_clear (&self->timer);
  wn_backoff_connected (&self->backoff, g_get_monotonic_time ());
  /* Who joins anew has nobody who waits for what was said before. */
  if (self->was_in && !resumed)
    wn_outbox_clear (&self->outbox);
  self->was_in = TRUE;
  while ((text = wn_outbox_pop (&self->outbox)) != NULL) {
    wn_line_send (self->line, text);
    g_free (text);
  }
  WN_LOG (INFO, self, "%s at %s", resumed ? "back" : "joined", self->uri);
  if (resumed)
    wn_signaller_emit_back (WN_SIGNALLER (self));
  else
    wn_signaller_emit_joined (WN_SIGNALLER (self), event->id,
        (const gchar *const *) event->peers);
}

static void
refused (WnClient *self, const WnProtocolEvent *event)
{
  /* After a break that only we have noticed yet, our place is taken: by us. */
  if (self->was_in && strcmp (event->code, "id-in-use") == 0)
    lose (self, event->text);
  else
    fail (self, wn_refusal_by_server (self->uri, event->code, event->text));
}

static void
tell (WnClient *self, const WnProtocolEvent *event)
{
  WnSignaller *signaller = WN_SIGNALLER (self);

  switch (event->type) {
    case WN_PROTOCOL_EVENT_JOINED:
    case WN_PROTOCOL_EVENT_RESUMED:
      entered (self, event);
      break;
    case WN_PROTOCOL_EVENT_PEER_JOINED:
      wn_signaller_emit_peer_joined (signaller, event->id);
      break;
    case WN_PROTOCOL_EVENT_PEER_LEFT:
      wn_signaller_emit_peer_left (signaller, event->id);
      break;
    case WN_PROTOCOL_EVENT_MESSAGE:
      WN_LOG (LOG, self, "from %s: %s", event->id,
          wn_printable_for_log (event->text));
      wn_signaller_emit_message (signaller, event->id, event->text);
      break;
    case WN_PROTOCOL_EVENT_REFUSED:
      refused (self, event);
      break;
    case WN_PROTOCOL_EVENT_COMPLAINT:
      WN_LOG (INFO, self, "%s: %s", event->code,
          wn_printable_for_log (event->text));
      wn_signaller_emit_complaint (signaller, event->code, event->text);
      break;
  }
}

/* A handler may stop us, or start us again: then it is another protocol. */
static void
tell_all (WnClient *self)
{
  g_autoptr (WnClient) held = g_object_ref (self);
  WnProtocol *protocol = self->protocol;

  while (self->running && self->protocol == protocol) {
    g_autoptr (WnProtocolEvent) event = wn_protocol_poll (protocol);

    if (!event)
      break;
    tell (self, event);
  }
  if (self->running && self->protocol == protocol
      && wn_protocol_get_n_bad (protocol) > MAX_BAD && self->line)
    lose (self, "the server does not speak the protocol");
}

static gboolean
on_idle (gpointer user_data)
{
  WnClient *self = user_data;

  wn_source_clear (&self->idle);
  tell_all (self);
  return G_SOURCE_REMOVE;
}

static void
tell_later (WnClient *self)
{
  if (!self->idle)
    self->idle = wn_source_new_idle ("wn-client-idle", on_idle, self);
}

/*** The line ***/

static void
on_text (WnLine *line, const gchar *text, gsize length, gpointer user_data)
{
  WnClient *self = user_data;

  wn_protocol_receive (self->protocol, text, length, wn_line_is_checked (line));
  tell_all (self);
}

static void
on_binary (WnLine *line, gpointer user_data)
{
  WnClient *self = user_data;

  wn_protocol_receive_binary (self->protocol);
  tell_all (self);
}

static void
on_other (WnLine *line, gpointer user_data)
{
  WnClient *self = user_data;

  wn_protocol_set_other (self->protocol, wn_line_has_other (line));
  tell_all (self);
}

static void
on_closed (WnLine *line, gboolean in_good_order, const gchar *reason,
    gpointer user_data)
{
  WnClient *self = user_data;
  g_autoptr (WnClient) held = g_object_ref (self);

  if (self->was_in)
    lose (self, reason);
  else
    fail (self, wn_refusal_closed (self->uri, reason));
}

static const WnLineCallbacks line_callbacks = { on_text, on_binary, on_other,
  on_closed };

/*** The connector ***/

static void
on_connected (WnLine *line, gpointer user_data)
{
  WnClient *self = user_data;
  g_autofree gchar *join = NULL;

  self->line = line;
  wn_line_set_callbacks (line, &line_callbacks, self);
  join = wn_protocol_open (self->protocol, wn_line_has_other (line));
  if (join)
    wn_line_send (line, join);
  tell_later (self);
}

static void
on_not_connected (const GError *error, gpointer user_data)
{
  g_autoptr (WnClient) self = g_object_ref (user_data);

  lose_or_fail (self, g_error_copy (error));
}

static void
on_listening (const gchar *uri, gpointer user_data)
{
  g_autoptr (WnClient) self = g_object_ref (user_data);

  wn_signaller_emit_listening (WN_SIGNALLER (self), uri);
}

static void
on_warning (const gchar *name, const GError *error, gpointer user_data)
{
  g_autoptr (WnClient) self = g_object_ref (user_data);

  wn_signaller_emit_warning (WN_SIGNALLER (self), name, error);
}

static const WnConnectorCallbacks connector_callbacks = { on_connected,
  on_not_connected, on_listening, on_warning };

/*** The interface ***/

static WnSignallerTraits
wn_client_get_traits (WnSignaller *signaller)
{
  WnClient *self = WN_CLIENT (signaller);

  return (self->protocol_class->has_ids ? WN_SIGNALLER_HAS_IDS : 0)
      | (self->protocol_class->has_presence ? WN_SIGNALLER_HAS_PRESENCE : 0)
      | WN_SIGNALLER_CHECKS_JSON;
}

static gboolean
wn_client_open (WnSignaller *signaller, GError **error)
{
  return wn_connector_open (WN_CLIENT (signaller)->connector, error);
}

static void
wn_client_start (WnSignaller *signaller)
{
  WnClient *self = WN_CLIENT (signaller);

  g_return_if_fail (!self->running);

  self->running = TRUE;
  self->was_in = FALSE;
  self->backoff = (WnBackoff) { 0 };
  self->protocol =
      wn_protocol_new (self->protocol_class, self->room, self->id, self->token);
  wn_connector_start (self->connector);
  connect_now (self);
}

static void
wn_client_stop (WnSignaller *signaller)
{
  shut_down (WN_CLIENT (signaller));
}

static void
wn_client_send (WnSignaller *signaller, const gchar *to, const gchar *json)
{
  WnClient *self = WN_CLIENT (signaller);
  g_autofree gchar *text = NULL;

  if (!self->running)
    return;
  WN_LOG (LOG, self, "to %s: %s", to, json);
  text = wn_protocol_pack (self->protocol, to, json);
  if (!text) {
    tell_later (self);
  } else if (wn_protocol_has_joined (self->protocol)) {
    wn_line_send (self->line, text);
  } else if (!wn_outbox_push (&self->outbox, text)) {
    wn_protocol_complain (self->protocol, "too-large",
        "The connection has been "
        "lost for so long that no more messages are kept; this one was "
        "dropped.");
    tell_later (self);
  }
}

static void
signaller_iface_init (WnSignallerInterface *iface)
{
  iface->get_traits = wn_client_get_traits;
  iface->open = wn_client_open;
  iface->start = wn_client_start;
  iface->stop = wn_client_stop;
  iface->send = wn_client_send;
}

static void
wn_client_finalize (GObject *object)
{
  WnClient *self = WN_CLIENT (object);

  shut_down (self);
  wn_connector_free (self->connector);
  g_free (self->uri);
  g_free (self->room);
  g_free (self->id);
  g_free (self->token);

  G_OBJECT_CLASS (wn_client_parent_class)->finalize (object);
}

static void
wn_client_class_init (WnClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wn_client_finalize;
}

static void
wn_client_init (WnClient *self)
{
}

/**
 * wn_client_new:
 * @settings: those of wn_signaller_new()
 * @connector: (transfer full):
 */
WnSignaller *
wn_client_new (const WnSignallerSettings *settings, WnConnector *connector)
{
  WnClient *self = g_object_new (WN_TYPE_CLIENT, NULL);

  self->uri = g_strdup (settings->uri ? settings->uri : "this element");
  self->room = g_strdup (settings->room);
  self->id = g_strdup (settings->peer_id);
  self->token = g_strdup (settings->token);
  self->protocol_class = wn_protocols_find (settings->protocol);
  self->connector = connector;
  wn_connector_set_callbacks (connector, &connector_callbacks, self);
  return WN_SIGNALLER (self);
}
