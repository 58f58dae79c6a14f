/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A session carries out what its negotiation asks for, tells it what happens,
 * and passes on the wishes of the application. */

#include "session-private.h"

#include "peermessage.h"
#include "signalling/id.h"
#include "signalling/printable.h"
#include "signallingbridge.h"

#include <gst/gst.h>

GST_DEBUG_CATEGORY (wn_session_debug);
#define GST_CAT_DEFAULT wn_session_debug

G_DEFINE_TYPE_WITH_CODE (WnSession, wn_session, G_TYPE_OBJECT,
    GST_DEBUG_CATEGORY_INIT (wn_session_debug, "wnsession", 0,
        "webrtcnegotiator's sessions"));

static guint signals[WN_SESSION_N_SIGNALS];

guint
wn_session_get_signal (WnSessionSignal signal)
{
  return signals[signal];
}

/* Whatever texts leave the session, a peer or a server may have had a hand in
 * them: they become printable here, and in emit_report(). */

void
wn_session_emit_event (WnSession *self, const gchar *name, const gchar *peer,
    const gchar *detail)
{
  g_autofree gchar *who = wn_printable (peer, WN_PRINTABLE_MAX);
  g_autofree gchar *why = wn_printable (detail, WN_PRINTABLE_MAX);

  g_signal_emit (self, signals[WN_SESSION_EVENT], 0, name, who, why);
}

static void
emit_error (WnSession *self, WnSessionSignal signal, const gchar *name,
    const GError *error)
{
  g_autoptr (GError) shown = wn_signalling_bridge_translate (error);
  gchar *text = wn_printable (shown->message, WN_PRINTABLE_MAX);

  g_free (shown->message);
  shown->message = text;
  if (name)
    g_signal_emit (self, signals[signal], 0, name, shown);
  else
    g_signal_emit (self, signals[signal], 0, shown);
}

void
wn_session_fail (WnSession *self, const GError *error)
{
  emit_error (self, WN_SESSION_FAILED, NULL, error);
}

void
wn_session_warn (WnSession *self, const gchar *name, const GError *error)
{
  emit_error (self, WN_SESSION_WARNING, name, error);
}

static void
emit_report (WnSession *self, WnAction *action)
{
  gchar *detail = wn_printable (action->detail, WN_PRINTABLE_MAX);

  g_free (action->detail);
  action->detail = detail;
  g_signal_emit (self, signals[WN_SESSION_REPORT], 0, action);
}

/*** Carrying out actions ***/

static void
send_text (WnSession *self, gchar *json)
{
  GST_LOG ("%s to %s: %s", self->own_id, self->remote_id, json);
  wn_signaller_send (self->signaller, self->remote_id, json);
  g_free (json);
}

static void
make_offer (WnSession *self)
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
report_failure (WnSession *self, WnPeerConnectionResult result,
    const GError *error)
{
  static const WnFailure failures[] = {
    [WN_PEER_CONNECTION_REFUSED] = WN_FAILURE_REFUSED,
    [WN_PEER_CONNECTION_OUTDATED] = WN_FAILURE_OUTDATED,
    [WN_PEER_CONNECTION_BROKEN] = WN_FAILURE_BROKEN,
  };

  GST_WARNING ("%s: %s", self->own_id, wn_printable_for_log (error->message));
  wn_negotiation_failed (self->negotiation, failures[result], error->message,
      g_get_monotonic_time ());
}

static void
make_answer (WnSession *self, const WnDescription *offer)
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
take_answer (WnSession *self, const WnDescription *answer)
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
roll_back (WnSession *self)
{
  g_autoptr (GError) error = NULL;

  if (wn_peer_connection_roll_back (self->connection, &error))
    wn_negotiation_done (self->negotiation, g_get_monotonic_time ());
  else
    report_failure (self, WN_PEER_CONNECTION_BROKEN, error);
}

/* A webrtcbin that cannot even start is nothing to try again. */
static void
replace (WnSession *self, WnLayout layout)
{
  g_autoptr (GError) error = NULL;

  if (!wn_peer_connection_replace (self->connection, layout, &error)) {
    wn_session_fail (self, error);
    return;
  }
  wn_negotiation_done (self->negotiation, g_get_monotonic_time ());
}

static void
add_candidate (WnSession *self, const WnCandidate *candidate)
{
  g_autoptr (GError) error = NULL;

  if (!wn_peer_connection_add_candidate (self->connection, candidate, &error))
    wn_negotiation_receive_garbage (self->negotiation, error->message);
}

static WnPeerMessageTag
get_tag (WnSession *self, gint64 session)
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
check (WnSession *self, gboolean forced)
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
perform (WnSession *self, WnAction *action)
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
void
wn_session_poll (WnSession *self)
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
  g_signal_emit (self, signals[WN_SESSION_CHANGED], 0);
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
  WnSession *self = data;
  gint64 now = g_get_monotonic_time ();

  wn_negotiation_handle_expiry (self->negotiation, now);
  if (self->check_time > 0 && now >= self->check_time) {
    self->check_time = 0;
    wn_negotiation_change (self->negotiation, now);
  }
  wn_session_poll (self);
  return G_SOURCE_CONTINUE;
}

/*** What the connection tells ***/

static void
on_candidate (WnSession *self, const WnCandidate *candidate)
{
  wn_negotiation_local_candidate (self->negotiation,
      wn_candidate_new (candidate->candidate, candidate->mid, candidate->mline,
          candidate->ufrag, candidate->session),
      g_get_monotonic_time ());
  wn_session_poll (self);
}

static void
on_hint (WnSession *self)
{
  wn_negotiation_hint (self->negotiation, g_get_monotonic_time ());
  wn_session_poll (self);
}

static void
on_state_changed (WnSession *self)
{
  gint64 now = g_get_monotonic_time ();

  switch (wn_peer_connection_get_state (self->connection)) {
    case GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED:
      wn_negotiation_connected (self->negotiation, now);
      break;
    case GST_WEBRTC_PEER_CONNECTION_STATE_FAILED:
      wn_negotiation_restart (self->negotiation, "the connection failed", now);
      break;
    default:
      break;
  }
  wn_session_poll (self);
}

/*** Wishes ***/

void
wn_session_set_auto_answer (WnSession *self, gboolean automatic)
{
  wn_negotiation_set_auto_answer (self->negotiation, automatic);
}

void
wn_session_set_timeout (WnSession *self, guint timeout_ms)
{
  wn_negotiation_set_timeout (self->negotiation, timeout_ms * (gint64) 1000);
  wn_session_poll (self);
}

void
wn_session_change (WnSession *self)
{
  wn_negotiation_change (self->negotiation, g_get_monotonic_time ());
  wn_session_poll (self);
}

void
wn_session_negotiate (WnSession *self)
{
  wn_negotiation_ask (self->negotiation, g_get_monotonic_time ());
  wn_session_poll (self);
}

void
wn_session_restart (WnSession *self, const gchar *reason)
{
  wn_negotiation_restart (self->negotiation, reason, g_get_monotonic_time ());
  wn_session_poll (self);
}

void
wn_session_accept (WnSession *self)
{
  wn_negotiation_accept (self->negotiation, g_get_monotonic_time ());
  wn_session_poll (self);
}

void
wn_session_reject (WnSession *self)
{
  wn_negotiation_reject (self->negotiation, g_get_monotonic_time ());
  wn_session_poll (self);
}

/* A message that the application carried; with app: only.  It may have @from
 * from the peer, as it came. */
void
wn_session_receive (WnSession *self, const gchar *from, const gchar *json)
{
  g_autoptr (GError) error = NULL;

  if (!wn_signaller_receive (self->signaller, from, json, &error)) {
    wn_negotiation_receive_garbage (self->negotiation, error->message);
    wn_session_poll (self);
  }
}

/* Returns: whether the signaller is one that has @trait */
gboolean
wn_session_has (WnSession *self, WnSignallerTraits trait)
{
  return (wn_signaller_get_traits (self->signaller) & trait) != 0;
}

const WnNegotiation *
wn_session_get_negotiation (WnSession *self)
{
  return self->negotiation;
}

/* Returns: (nullable): the peer that the session is paired with */
const gchar *
wn_session_get_remote_id (WnSession *self)
{
  return self->remote_id;
}

/*** Life ***/

/* On the thread that the context belongs to, as its default. */
void
wn_session_start (WnSession *self)
{
  static GSourceFuncs funcs = { .dispatch = on_timer };

  self->timer = g_source_new (&funcs, sizeof (GSource));
  g_source_set_callback (self->timer, on_expiry, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());

  wn_signaller_start (self->signaller);
}

/* Leaves.  There is no signal from here on, but for `outgoing`. */
void
wn_session_stop (WnSession *self)
{
  const WnPeerMessageTag tag = get_tag (self, WN_SESSION_UNKNOWN);

  if (self->remote_id && !wn_session_has (self, WN_SIGNALLER_HAS_PRESENCE))
    send_text (self, wn_peer_message_new_bye (&tag));

  g_signal_handlers_disconnect_by_data (self->connection, self);
  g_signal_handlers_disconnect_by_data (self->signaller, self);
  wn_signaller_stop (self->signaller);
  wn_negotiation_end (self->negotiation);
  wn_peer_connection_close (self->connection);
  g_clear_pointer (&self->remote_id, g_free);
  if (self->timer)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static void
wn_session_finalize (GObject *object)
{
  WnSession *self = WN_SESSION (object);

  g_clear_object (&self->signaller);
  g_clear_object (&self->connection);
  wn_negotiation_free (self->negotiation);
  g_ptr_array_unref (self->peers);
  g_free (self->wanted_id);
  g_free (self->own_id);
  G_OBJECT_CLASS (wn_session_parent_class)->finalize (object);
}

static guint
add_signal (WnSessionClass *klass, const gchar *name, guint n, GType a, GType b,
    GType c)
{
  return g_signal_new (name, G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, n, a, b, c);
}

static void
wn_session_class_init (WnSessionClass *klass)
{
  const GType string = G_TYPE_STRING, none = G_TYPE_INVALID;

  G_OBJECT_CLASS (klass)->finalize = wn_session_finalize;

  signals[WN_SESSION_EVENT] =
      add_signal (klass, "event", 3, string, string, string);
  signals[WN_SESSION_REPORT] =
      add_signal (klass, "report", 1, G_TYPE_POINTER, none, none);
  signals[WN_SESSION_CHANGED] =
      add_signal (klass, "changed", 0, none, none, none);
  signals[WN_SESSION_JOINED] =
      add_signal (klass, "joined", 1, string, none, none);
  signals[WN_SESSION_OUTGOING] =
      add_signal (klass, "outgoing", 2, string, string, none);
  signals[WN_SESSION_LISTENING] =
      add_signal (klass, "listening", 1, string, none, none);
  signals[WN_SESSION_FAILED] =
      add_signal (klass, "failed", 1, G_TYPE_ERROR, none, none);
  signals[WN_SESSION_WARNING] =
      add_signal (klass, "warning", 2, string, G_TYPE_ERROR, none);
}

static void
wn_session_init (WnSession *self)
{
  self->negotiation = wn_negotiation_new ();
  self->peers = g_ptr_array_new_with_free_func (g_free);
}

/* Returns: FALSE with @error set if the role compares ids that there are not */
static gboolean
check_role (WnRole role, WnSignaller *signaller, GError **error)
{
  if (!wn_role_needs_ids (role)
      || wn_signaller_get_traits (signaller) & WN_SIGNALLER_HAS_IDS)
    return TRUE;
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "role=auto compares the peers' ids, but there are none with "
      "protocol=w3c. Set role=polite or role=impolite, and the other "
      "one on the peer.");
  return FALSE;
}

/* Returns: (transfer full) (nullable): opened; NULL with @error set, of
 *   #GstResourceError */
static WnSignaller *
open_signaller (const WnSessionSettings *settings, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (WnSignaller) signaller =
      wn_signaller_new (&settings->signalling, &why);

  if (signaller && check_role (settings->role, signaller, &why)
      && wn_signaller_open (signaller, &why))
    return g_steal_pointer (&signaller);
  g_propagate_error (error, wn_signalling_bridge_translate (why));
  return NULL;
}

/**
 * wn_session_new:
 *
 * Returns: (transfer full) (nullable): a session to be started; %NULL with @error
 *   set if the settings cannot be right, or what they name cannot be had
 */
WnSession *
wn_session_new (const WnSessionSettings *settings, WnPeerConnection *connection,
    GError **error)
{
  g_autoptr (WnSession) self = NULL;
  g_autoptr (WnSignaller) signaller = NULL;

  if (settings->remote_peer_id && !wn_id_is_valid (settings->remote_peer_id)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "\"%s\" cannot be a peer's id. Set remote-peer-id to 1 to 64 of "
        "A-Z a-z 0-9 . _ -, or leave it unset to pair with any peer.",
        settings->remote_peer_id);
    return NULL;
  }
  signaller = open_signaller (settings, error);
  if (!signaller)
    return NULL;

  self = g_object_new (WN_TYPE_SESSION, NULL);
  self->signaller = g_steal_pointer (&signaller);
  self->connection = g_object_ref (connection);
  self->role = settings->role;
  self->wanted_id = g_strdup (settings->remote_peer_id);
  self->own_id = g_strdup (settings->signalling.peer_id);
  wn_session_connect_signaller (self);
  g_object_connect (connection, "swapped-signal::candidate", on_candidate, self,
      "swapped-signal::hint", on_hint, self, "swapped-signal::state-changed",
      on_state_changed, self, NULL);
  return g_steal_pointer (&self);
}
