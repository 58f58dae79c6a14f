/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call.h"

#include "signalling/objectsignal.h"
#include "signalling/printable.h"
#include "signalling/source.h"

#include <gst/gst.h>

GST_DEBUG_CATEGORY_STATIC (wn_call_debug);
#define GST_CAT_DEFAULT wn_call_debug

struct _WnCall
{
  GObject parent;

  gchar *remote_id; /* NULL: nobody is there; "": not known as yet */

  WnNegotiation *negotiation;
  WnPeerConnection *connection;
  GSource *timer;
  /* When to look again whether negotiation is needed; 0: when told to. */
  gint64 check_time;
  gboolean is_polling;
};

G_DEFINE_TYPE_WITH_CODE (WnCall, wn_call, G_TYPE_OBJECT,
    GST_DEBUG_CATEGORY_INIT (wn_call_debug, "wncall", 0,
        "webrtcnegotiator's calls"));

enum
{
  SEND,
  REPORT,
  CHANGED,
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* The remote peer may have had a hand in the text. */
static void
emit_report (WnCall *self, WnAction *action)
{
  gchar *detail = wn_printable (action->detail, WN_PRINTABLE_MAX);

  g_free (action->detail);
  action->detail = detail;
  g_signal_emit (self, signals[REPORT], 0, action);
}

/*** Carrying out actions ***/

static void
send_text (WnCall *self, gchar *json)
{
  g_signal_emit (self, signals[SEND], 0, json);
  g_free (json);
}

static void
make_offer (WnCall *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WnDescription) offer =
      wn_peer_connection_offer (self->connection, &error);

  if (offer)
    wn_negotiation_offered (self->negotiation, offer, g_get_monotonic_time ());
  else
    wn_negotiation_failed (self->negotiation, WN_FAILURE_BROKEN, error->message,
        g_get_monotonic_time ());
}

static void
report_failure (WnCall *self, WnPeerConnectionResult result,
    const GError *error)
{
  static const WnFailure failures[] = {
    [WN_PEER_CONNECTION_REFUSED] = WN_FAILURE_REFUSED,
    [WN_PEER_CONNECTION_OUTDATED] = WN_FAILURE_OUTDATED,
    [WN_PEER_CONNECTION_BROKEN] = WN_FAILURE_BROKEN,
  };

  GST_WARNING ("with %s: %s", self->remote_id,
      wn_printable_for_log (error->message));
  wn_negotiation_failed (self->negotiation, failures[result], error->message,
      g_get_monotonic_time ());
}

static void
make_answer (WnCall *self, const WnDescription *offer)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WnDescription) answer = NULL;
  WnPeerConnectionResult result =
      wn_peer_connection_answer (self->connection, offer, &answer, &error);

  if (result == WN_PEER_CONNECTION_OK)
    wn_negotiation_answered (self->negotiation, answer,
        g_get_monotonic_time ());
  else
    report_failure (self, result, error);
}

static void
take_answer (WnCall *self, const WnDescription *answer)
{
  g_autoptr (GError) error = NULL;
  WnPeerConnectionResult result =
      wn_peer_connection_take_answer (self->connection, answer, &error);

  if (result == WN_PEER_CONNECTION_OK)
    wn_negotiation_done (self->negotiation, g_get_monotonic_time ());
  else
    report_failure (self, result, error);
}

static void
roll_back (WnCall *self)
{
  g_autoptr (GError) error = NULL;

  if (wn_peer_connection_roll_back (self->connection, &error))
    wn_negotiation_done (self->negotiation, g_get_monotonic_time ());
  else
    report_failure (self, WN_PEER_CONNECTION_BROKEN, error);
}

/* A webrtcbin that cannot even start is nothing to try again. */
static void
replace (WnCall *self, WnLayout layout)
{
  g_autoptr (GError) error = NULL;

  if (!wn_peer_connection_replace (self->connection, layout, &error)) {
    g_signal_emit (self, signals[FAILED], 0, error);
    return;
  }
  wn_negotiation_done (self->negotiation, g_get_monotonic_time ());
}

static void
add_candidate (WnCall *self, const WnCandidate *candidate)
{
  g_autoptr (GError) error = NULL;

  if (!wn_peer_connection_add_candidate (self->connection, candidate, &error))
    wn_negotiation_candidate_failed (self->negotiation, candidate,
        error->message);
}

static WnPeerMessageTag
get_tag (WnCall *self, gint64 session)
{
  const WnPeerMessageTag tag = {
    .session = session,
    .begin = wn_negotiation_get_id (self->negotiation),
    .with = wn_negotiation_get_remote_id (self->negotiation),
  };

  return tag;
}

/* An offer waits until it is known what the streams in it are. */
static void
check (WnCall *self, gboolean forced)
{
  gint64 now = g_get_monotonic_time ();

  self->check_time = wn_peer_connection_get_wait (self->connection, now);
  if (self->check_time > 0)
    wn_negotiation_postponed (self->negotiation, now);
  else
    wn_negotiation_checked (self->negotiation,
        wn_peer_connection_check (self->connection, forced),
        g_get_monotonic_time ());
}

static void
perform (WnCall *self, WnAction *action)
{
  WnPeerMessageTag tag = get_tag (self, action->session);

  switch (action->type) {
    case WN_ACTION_NONE:
      break;
    case WN_ACTION_CHECK:
      check (self, action->forced);
      break;
    case WN_ACTION_OFFER:
      make_offer (self);
      break;
    case WN_ACTION_TAKE_ANSWER:
      take_answer (self, action->description);
      break;
    case WN_ACTION_ANSWER:
      make_answer (self, action->description);
      break;
    case WN_ACTION_ROLL_BACK:
      roll_back (self);
      break;
    case WN_ACTION_REPLACE:
      replace (self, action->layout);
      break;
    case WN_ACTION_ADD_CANDIDATE:
      add_candidate (self, action->candidate);
      break;
    case WN_ACTION_SEND_DESCRIPTION:
      send_text (self,
          wn_peer_message_new_description (action->description, &tag));
      break;
    case WN_ACTION_SEND_CANDIDATE:
      send_text (self, wn_peer_message_new_candidate (action->candidate, &tag));
      break;
    case WN_ACTION_SEND_REJECT:
      send_text (self, wn_peer_message_new_reject (action->id, &tag));
      break;
    case WN_ACTION_SEND_RESTART:
      send_text (self, wn_peer_message_new_restart (&tag));
      break;
    case WN_ACTION_SEND_BEGINNING:
      tag.with = action->id;
      send_text (self,
          wn_peer_message_new_beginning (action->beginning, action->offer_id,
              &tag));
      break;
    case WN_ACTION_REPORT:
      emit_report (self, action);
      break;
  }
}

/* Carries out what the negotiation asks for, until it waits for something. */
static void
poll (WnCall *self)
{
  g_auto (WnAction) action = WN_ACTION_INIT;
  gint64 expiry;

  /* An action's end, reported in the loop, is seen to by the loop. */
  if (self->is_polling)
    return;

  self->is_polling = TRUE;
  while (wn_negotiation_poll (self->negotiation, &action)) {
    perform (self, &action);
    wn_action_clear (&action);
  }
  self->is_polling = FALSE;

  expiry = wn_negotiation_get_expiry (self->negotiation);
  if (self->check_time > 0)
    expiry = MIN (expiry, self->check_time);
  if (self->timer)
    g_source_set_ready_time (self->timer, expiry == G_MAXINT64 ? -1 : expiry);
  g_signal_emit (self, signals[CHANGED], 0);
}

static gboolean
on_timer (GSource *source, GSourceFunc callback, gpointer data)
{
  g_source_set_ready_time (source, -1);
  return callback (data);
}

static gboolean
on_expiry (gpointer data)
{
  WnCall *self = data;
  gint64 now = g_get_monotonic_time ();

  wn_negotiation_handle_expiry (self->negotiation, now);
  if (self->check_time > 0 && now >= self->check_time) {
    self->check_time = 0;
    wn_negotiation_change (self->negotiation, now);
  }
  poll (self);
  return G_SOURCE_CONTINUE;
}

/*** What the connection tells ***/

static void
on_candidate (WnCall *self, const WnCandidate *candidate)
{
  wn_negotiation_local_candidate (self->negotiation,
      wn_candidate_new (candidate->candidate, candidate->mid, candidate->mline,
          candidate->ufrag, candidate->session),
      g_get_monotonic_time ());
  poll (self);
}

static void
on_hint (WnCall *self)
{
  wn_negotiation_hint (self->negotiation, g_get_monotonic_time ());
  poll (self);
}

static void
on_state_changed (WnCall *self)
{
  gint64 now = g_get_monotonic_time ();

  switch (wn_peer_connection_get_state (self->connection)) {
    case GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED:
      wn_negotiation_connected (self->negotiation, now);
      break;
    case GST_WEBRTC_PEER_CONNECTION_STATE_FAILED:
      wn_negotiation_restart (self->negotiation,
          wn_peer_connection_get_failure (self->connection), now);
      break;
    default:
      break;
  }
  poll (self);
}

/*** Wishes ***/

void
wn_call_set_auto_answer (WnCall *self, gboolean automatic)
{
  wn_negotiation_set_auto_answer (self->negotiation, automatic);
}

void
wn_call_set_timeout (WnCall *self, guint timeout_ms)
{
  wn_negotiation_set_timeout (self->negotiation, timeout_ms * (gint64) 1000);
  poll (self);
}

void
wn_call_change (WnCall *self)
{
  wn_negotiation_change (self->negotiation, g_get_monotonic_time ());
  poll (self);
}

void
wn_call_negotiate (WnCall *self)
{
  wn_negotiation_ask (self->negotiation, g_get_monotonic_time ());
  poll (self);
}

void
wn_call_restart (WnCall *self, const gchar *reason)
{
  wn_negotiation_restart (self->negotiation, reason, g_get_monotonic_time ());
  poll (self);
}

void
wn_call_accept (WnCall *self)
{
  wn_negotiation_accept (self->negotiation, g_get_monotonic_time ());
  poll (self);
}

void
wn_call_reject (WnCall *self)
{
  wn_negotiation_reject (self->negotiation, g_get_monotonic_time ());
  poll (self);
}

const WnNegotiation *
wn_call_get_negotiation (WnCall *self)
{
  return self->negotiation;
}

/* Returns: (nullable): the peer that is called */
const gchar *
wn_call_get_remote_id (WnCall *self)
{
  return self->remote_id;
}

/*** The remote peer ***/

/**
 * wn_call_identify:
 * @remote_id: who it is that is called already
 * @is_polite: what we are to that peer
 */
void
wn_call_identify (WnCall *self, const gchar *remote_id, gboolean is_polite)
{
  g_free (self->remote_id);
  self->remote_id = g_strdup (remote_id);
  wn_negotiation_set_polite (self->negotiation, is_polite);
}

/**
 * wn_call_begin:
 * @remote_id: who is there; "" if that is not known
 * @is_polite: what we are to that peer
 */
void
wn_call_begin (WnCall *self, const gchar *remote_id, gboolean is_polite)
{
  g_autofree gchar *beginning = g_uuid_string_random ();

  wn_call_identify (self, remote_id, is_polite);
  wn_negotiation_begin (self->negotiation, beginning, g_get_monotonic_time ());
  poll (self);
}

/* Where nobody else tells the remote peer that we leave. */
void
wn_call_say_bye (WnCall *self)
{
  const WnPeerMessageTag tag = get_tag (self, WN_SESSION_UNKNOWN);

  if (self->remote_id)
    send_text (self, wn_peer_message_new_bye (&tag));
}

/* The remote peer is gone. */
void
wn_call_end (WnCall *self)
{
  wn_negotiation_end (self->negotiation);
  wn_peer_connection_close (self->connection);
  g_clear_pointer (&self->remote_id, g_free);
  poll (self);
}

/* Returns: FALSE if @message is of somebody or for somebody who is gone */
gboolean
wn_call_admit (WnCall *self, const WnPeerMessage *message)
{
  if (message->type == WN_PEER_MESSAGE_BEGINNING
      || wn_negotiation_admit (self->negotiation, message->begin, message->with,
          message->type != WN_PEER_MESSAGE_CANDIDATE
              && message->type != WN_PEER_MESSAGE_BYE,
          g_get_monotonic_time ()))
    return TRUE;

  /* It may have to be answered. */
  poll (self);
  return FALSE;
}

static void
hand_over (WnCall *self, WnPeerMessage *message)
{
  gint64 now = g_get_monotonic_time ();

  switch (message->type) {
    case WN_PEER_MESSAGE_DESCRIPTION:
      wn_negotiation_receive_description (self->negotiation,
          message->description, now);
      break;
    case WN_PEER_MESSAGE_CANDIDATE:
      wn_negotiation_receive_candidate (self->negotiation,
          g_steal_pointer (&message->candidate), now);
      break;
    case WN_PEER_MESSAGE_REJECT:
      wn_negotiation_receive_reject (self->negotiation, message->offer_id,
          message->session, now);
      break;
    case WN_PEER_MESSAGE_RESTART:
      wn_negotiation_receive_restart (self->negotiation, message->session, now);
      break;
    case WN_PEER_MESSAGE_BEGINNING:
      wn_negotiation_receive_beginning (self->negotiation, message->beginning,
          message->begin, message->with, message->session, message->offer_id,
          now);
      break;
    case WN_PEER_MESSAGE_BAD_OFFER:
      wn_negotiation_receive_bad_offer (self->negotiation, message->offer_id,
          message->session, message->detail);
      break;
    case WN_PEER_MESSAGE_BYE:
      break;
  }
}

/* @message: that was admitted; what is in it may be taken out */
void
wn_call_receive (WnCall *self, WnPeerMessage *message)
{
  hand_over (self, message);
  poll (self);
}

/* What came is no message; @detail says why. */
void
wn_call_receive_garbage (WnCall *self, const gchar *detail)
{
  wn_negotiation_receive_garbage (self->negotiation, detail);
  poll (self);
}

/*** Life ***/

/* On the thread that the context belongs to, as its default. */
void
wn_call_start (WnCall *self)
{
  static GSourceFuncs funcs = { .dispatch = on_timer };

  self->timer = g_source_new (&funcs, sizeof (GSource));
  g_source_set_callback (self->timer, on_expiry, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

/* There is no signal from here on. */
void
wn_call_stop (WnCall *self)
{
  g_signal_handlers_disconnect_by_data (self->connection, self);
  wn_negotiation_end (self->negotiation);
  wn_peer_connection_close (self->connection);
  g_clear_pointer (&self->remote_id, g_free);
  wn_source_clear (&self->timer);
}

static void
wn_call_finalize (GObject *object)
{
  WnCall *self = WN_CALL (object);

  g_clear_object (&self->connection);
  wn_negotiation_free (self->negotiation);
  g_free (self->remote_id);
  G_OBJECT_CLASS (wn_call_parent_class)->finalize (object);
}

static void
wn_call_class_init (WnCallClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wn_call_finalize;

  signals[SEND] = wn_object_signal_new (WN_TYPE_CALL, "send", 1, G_TYPE_STRING);
  signals[REPORT] =
      wn_object_signal_new (WN_TYPE_CALL, "report", 1, G_TYPE_POINTER);
  signals[CHANGED] = wn_object_signal_new (WN_TYPE_CALL, "changed", 0);
  signals[FAILED] =
      wn_object_signal_new (WN_TYPE_CALL, "failed", 1, G_TYPE_ERROR);
}

static void
wn_call_init (WnCall *self)
{
  self->negotiation = wn_negotiation_new ();
}

/**
 * wn_call_new:
 *
 * Returns: (transfer full): a call to nobody as yet
 */
WnCall *
wn_call_new (WnPeerConnection *connection)
{
  WnCall *self = g_object_new (WN_TYPE_CALL, NULL);

  self->connection = g_object_ref (connection);
  g_object_connect (connection, "swapped-signal::candidate", on_candidate, self,
      "swapped-signal::hint", on_hint, self, "swapped-signal::state-changed",
      on_state_changed, self, NULL);
  return self;
}
