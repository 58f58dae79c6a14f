/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "session.h"

#include "appsignaller.h"
#include "peermessage.h"

#include <gst/gst.h>

GST_DEBUG_CATEGORY_STATIC (wn_session_debug);
#define GST_CAT_DEFAULT wn_session_debug

/* Of peers that are not ours, that many are remembered to have sent something. */
#define MAX_STRANGERS 256

struct _WnSession
{
  GObject parent;

  WnRole role;
  gchar *wanted_id;             /* the only peer to pair with, or NULL */
  gchar *own_id;
  gboolean has_server;          /* to say who joins and leaves */

  WnSignaller *signaller;
  WnNegotiation *negotiation;
  WnPeerConnection *connection;
  GSource *timer;
  gboolean is_polling;

  GPtrArray *peers;             /* ids of those in the room, oldest first */
  gchar *remote_id;             /* the peer that we are paired with, or NULL */
  /* Ids of peers that sent something which was not handled. */
  GHashTable *strangers;
};

G_DEFINE_TYPE_WITH_CODE (WnSession, wn_session, G_TYPE_OBJECT,
    GST_DEBUG_CATEGORY_INIT (wn_session_debug, "wnsession", 0,
        "webrtcnegotiator's sessions"));

enum
{
  EVENT,
  REPORT,
  CHANGED,
  JOINED,
  OUTGOING,
  LISTENING,
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
emit_event (WnSession * self, const gchar * name, const gchar * peer,
    const gchar * detail)
{
  g_signal_emit (self, signals[EVENT], 0, name, peer, detail);
}

static void
fail (WnSession * self, const GError * error)
{
  g_signal_emit (self, signals[FAILED], 0, error);
}

/*** Carrying out actions ***/

static void
send_text (WnSession * self, gchar * json)
{
  GST_LOG ("%s to %s: %s", self->own_id, self->remote_id, json);
  wn_signaller_send (self->signaller, self->remote_id, json);
  g_free (json);
}

static void
make_offer (WnSession * self, gboolean commit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WnDescription) offer =
      wn_peer_connection_offer (self->connection, commit, &error);

  if (offer)
    wn_negotiation_offered (self->negotiation, offer, g_get_monotonic_time ());
  else
    wn_negotiation_failed (self->negotiation, WN_FAILURE_BROKEN,
        error->message, g_get_monotonic_time ());
}

static void
report_failure (WnSession * self, WnPeerConnectionResult result,
    const GError * error)
{
  GST_WARNING ("%s: %s", self->own_id, error->message);
  wn_negotiation_failed (self->negotiation,
      result == WN_PEER_CONNECTION_REFUSED ? WN_FAILURE_REFUSED :
      WN_FAILURE_BROKEN, error->message, g_get_monotonic_time ());
}

static void
make_answer (WnSession * self, const WnDescription * offer)
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
take_answer (WnSession * self, const WnDescription * answer, gboolean commit)
{
  g_autoptr (GError) error = NULL;
  WnPeerConnectionResult result =
      wn_peer_connection_take_answer (self->connection, answer, commit, &error);

  if (result == WN_PEER_CONNECTION_OK)
    wn_negotiation_done (self->negotiation, g_get_monotonic_time ());
  else
    report_failure (self, result, error);
}

static void
roll_back (WnSession * self)
{
  g_autoptr (GError) error = NULL;

  if (wn_peer_connection_roll_back (self->connection, &error))
    wn_negotiation_done (self->negotiation, g_get_monotonic_time ());
  else
    report_failure (self, WN_PEER_CONNECTION_BROKEN, error);
}

/* A webrtcbin that cannot even start is nothing to try again. */
static void
replace (WnSession * self)
{
  g_autoptr (GError) error = NULL;

  if (!wn_peer_connection_replace (self->connection, &error)) {
    fail (self, error);
    return;
  }
  wn_negotiation_done (self->negotiation, g_get_monotonic_time ());
}

static void
add_candidate (WnSession * self, const WnCandidate * candidate)
{
  g_autoptr (GError) error = NULL;

  if (!wn_peer_connection_add_candidate (self->connection, candidate, &error))
    wn_negotiation_receive_garbage (self->negotiation, error->message);
}

static void
perform (WnSession * self, WnAction * action)
{
  switch (action->type) {
    case WN_ACTION_NONE:
      break;
    case WN_ACTION_CHECK:
      wn_negotiation_checked (self->negotiation,
          wn_peer_connection_check (self->connection, action->forced),
          g_get_monotonic_time ());
      break;
    case WN_ACTION_OFFER:
      make_offer (self, action->commit);
      break;
    case WN_ACTION_TAKE_ANSWER:
      take_answer (self, action->description, action->commit);
      break;
    case WN_ACTION_ANSWER:
      make_answer (self, action->description);
      break;
    case WN_ACTION_ROLL_BACK:
      roll_back (self);
      break;
    case WN_ACTION_REPLACE:
      replace (self);
      break;
    case WN_ACTION_ADD_CANDIDATE:
      add_candidate (self, action->candidate);
      break;
    case WN_ACTION_SEND_DESCRIPTION:
      send_text (self, wn_peer_message_new_description (action->description,
              action->session));
      break;
    case WN_ACTION_SEND_CANDIDATE:
      send_text (self, wn_peer_message_new_candidate (action->candidate,
              action->session));
      break;
    case WN_ACTION_SEND_REJECT:
      send_text (self, wn_peer_message_new_reject (action->id,
              action->session));
      break;
    case WN_ACTION_SEND_RESTART:
      send_text (self, wn_peer_message_new_restart (action->session));
      break;
    case WN_ACTION_REPORT:
      g_signal_emit (self, signals[REPORT], 0, action);
      break;
  }
}

/* Carries out what the negotiation asks for, until it waits for something. */
static void
poll_negotiation (WnSession * self)
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
  if (self->timer)
    g_source_set_ready_time (self->timer, expiry == G_MAXINT64 ? -1 : expiry);
  g_signal_emit (self, signals[CHANGED], 0);
}

static gboolean
on_timer (GSource * source, GSourceFunc callback, gpointer data)
{
  g_source_set_ready_time (source, -1);
  return callback (data);
}

static gboolean
on_expiry (gpointer data)
{
  WnSession *self = data;

  wn_negotiation_handle_expiry (self->negotiation, g_get_monotonic_time ());
  poll_negotiation (self);
  return G_SOURCE_CONTINUE;
}

/*** Pairing ***/

/* Returns: FALSE if the role cannot be decided: then the session has failed */
static gboolean
choose_role (WnSession * self)
{
  if (wn_role_needs_ids (self->role) && *self->remote_id
      && g_str_equal (self->own_id, self->remote_id)) {
    g_autoptr (GError) error = g_error_new (GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_SETTINGS, "Both peers have the id %s. "
        "Set another peer-id on one of them.", self->own_id);

    fail (self, error);
    return FALSE;
  }

  wn_negotiation_set_polite (self->negotiation,
      wn_role_is_polite (self->role, self->own_id, self->remote_id));
  return TRUE;
}

static void
pair (WnSession * self, const gchar * id)
{
  gboolean is_known = g_hash_table_remove (self->strangers, id);

  self->remote_id = g_strdup (id);
  if (!choose_role (self))
    return;

  GST_INFO ("%s is paired with %s and is %s", self->own_id, id,
      wn_negotiation_is_polite (self->negotiation) ? "polite" : "impolite");
  wn_negotiation_begin (self->negotiation, is_known, g_get_monotonic_time ());
  poll_negotiation (self);
}

static void
pair_with_next (WnSession * self)
{
  for (guint i = 0; i < self->peers->len && !self->remote_id; i++) {
    const gchar *id = g_ptr_array_index (self->peers, i);

    if (!self->wanted_id || g_str_equal (id, self->wanted_id))
      pair (self, id);
  }
}

static void
unpair (WnSession * self)
{
  wn_negotiation_end (self->negotiation);
  wn_peer_connection_close (self->connection);
  g_clear_pointer (&self->remote_id, g_free);
  poll_negotiation (self);
}

static gboolean
find_peer (WnSession * self, const gchar * id, guint * index)
{
  return g_ptr_array_find_with_equal_func (self->peers, id, g_str_equal,
      index);
}

static void
add_peer (WnSession * self, const gchar * id)
{
  if (find_peer (self, id, NULL))
    return;
  g_ptr_array_add (self->peers, g_strdup (id));
  emit_event (self, "peer-joined", id, NULL);
}

static void
remove_peer (WnSession * self, const gchar * id)
{
  g_autofree gchar *gone = g_strdup (id);
  guint index;

  if (find_peer (self, gone, &index))
    g_ptr_array_remove_index (self->peers, index);
  g_hash_table_remove (self->strangers, gone);
  emit_event (self, "peer-left", gone, NULL);

  if (g_strcmp0 (self->remote_id, gone) == 0) {
    unpair (self);
    pair_with_next (self);
  }
}

/*** What the signaller tells ***/

/* The truth about who is there, which after a reconnection is news. */
static void
on_joined (WnSession * self, const gchar * own_id,
    const gchar * const *peer_ids)
{
  g_autoptr (GPtrArray) former = g_ptr_array_ref (self->peers);
  g_autofree gchar *waiting = NULL;

  g_free (self->own_id);
  self->own_id = g_strdup (own_id);
  g_signal_emit (self, signals[JOINED], 0, own_id);
  if (self->wanted_id && self->has_server
      && !g_strv_contains (peer_ids, self->wanted_id))
    waiting = g_strdup_printf ("waiting for the peer %s, who is not here yet",
        self->wanted_id);
  emit_event (self, "joined", NULL, waiting);

  for (gint i = former->len - 1; i >= 0; i--) {
    g_autofree gchar *id = g_strdup (g_ptr_array_index (former, i));

    if (!g_strv_contains (peer_ids, id))
      remove_peer (self, id);
  }
  for (; *peer_ids; peer_ids++)
    add_peer (self, *peer_ids);

  if (!self->remote_id && WN_IS_APP_SIGNALLER (self->signaller))
    pair (self, self->wanted_id ? self->wanted_id : "");
  pair_with_next (self);
}

static void
on_peer_joined (WnSession * self, const gchar * id)
{
  add_peer (self, id);
  pair_with_next (self);
}

static void
on_peer_left (WnSession * self, const gchar * id)
{
  remove_peer (self, id);
}

/* Without a server, whoever sends the first message is the peer. */
static gboolean
meet (WnSession * self, const gchar * from)
{
  if (self->has_server || self->wanted_id)
    return FALSE;
  if (self->remote_id && *self->remote_id)
    return FALSE;

  if (wn_role_needs_ids (self->role) && !*from) {
    g_autoptr (GError) error = g_error_new (GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_SETTINGS, "role=auto compares the peers' ids, but "
        "incoming-message has none. Give it the sender's id, or set "
        "role=polite on one side and role=impolite on the other.");

    fail (self, error);
    return FALSE;
  }
  add_peer (self, from);
  if (!self->remote_id) {
    pair (self, from);
    return TRUE;
  }
  g_free (self->remote_id);
  self->remote_id = g_strdup (from);
  return choose_role (self);
}

static void
hand_over (WnSession * self, WnPeerMessage * message)
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
      wn_negotiation_receive_restart (self->negotiation, message->session,
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

static void
on_message (WnSession * self, const gchar * from, const gchar * json)
{
  g_autoptr (WnPeerMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  if (g_strcmp0 (from, self->remote_id) != 0 && !meet (self, from)) {
    if (g_hash_table_size (self->strangers) < MAX_STRANGERS)
      g_hash_table_add (self->strangers, g_strdup (from));
    return;
  }

  GST_LOG ("%s from %s: %s", self->own_id, from, json);
  message = wn_peer_message_parse (json, &error);
  if (!message)
    wn_negotiation_receive_garbage (self->negotiation, error->message);
  else if (message->type == WN_PEER_MESSAGE_BYE)
    remove_peer (self, from);
  else
    hand_over (self, message);
  poll_negotiation (self);
}

static void
on_lost (WnSession * self, const gchar * reason)
{
  emit_event (self, "signaller-lost", NULL, reason);
}

static void
on_back (WnSession * self)
{
  emit_event (self, "signaller-back", NULL, NULL);
}

static void
on_complaint (WnSession * self, const gchar * code, const gchar * text)
{
  g_autofree gchar *detail = g_strdup_printf ("%s: %s", code, text);

  GST_WARNING ("%s: %s", self->own_id, detail);
  wn_negotiation_receive_garbage (self->negotiation, detail);
  poll_negotiation (self);
}

static void
on_failed (WnSession * self, const GError * error)
{
  fail (self, error);
}

static void
on_listening (WnSession * self, const gchar * uri)
{
  g_signal_emit (self, signals[LISTENING], 0, uri);
}

static void
on_outgoing (WnSession * self, const gchar * to, const gchar * json)
{
  g_signal_emit (self, signals[OUTGOING], 0, to, json);
}

/*** What the connection tells ***/

static void
on_candidate (WnSession * self, const WnCandidate * candidate)
{
  wn_negotiation_local_candidate (self->negotiation,
      wn_candidate_new (candidate->candidate, candidate->mid, candidate->mline,
          candidate->ufrag, candidate->session), g_get_monotonic_time ());
  poll_negotiation (self);
}

static void
on_hint (WnSession * self)
{
  wn_negotiation_hint (self->negotiation, g_get_monotonic_time ());
  poll_negotiation (self);
}

static void
on_state_changed (WnSession * self)
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
  poll_negotiation (self);
}

/*** Wishes ***/

void
wn_session_set_auto_answer (WnSession * self, gboolean automatic)
{
  wn_negotiation_set_auto_answer (self->negotiation, automatic);
}

void
wn_session_set_timeout (WnSession * self, guint timeout_ms)
{
  wn_negotiation_set_timeout (self->negotiation, timeout_ms * (gint64) 1000);
  poll_negotiation (self);
}

void
wn_session_change (WnSession * self)
{
  wn_negotiation_change (self->negotiation, g_get_monotonic_time ());
  poll_negotiation (self);
}

void
wn_session_negotiate (WnSession * self)
{
  wn_negotiation_ask (self->negotiation, g_get_monotonic_time ());
  poll_negotiation (self);
}

void
wn_session_restart (WnSession * self, const gchar * reason)
{
  wn_negotiation_restart (self->negotiation, reason, g_get_monotonic_time ());
  poll_negotiation (self);
}

void
wn_session_accept (WnSession * self)
{
  wn_negotiation_accept (self->negotiation, g_get_monotonic_time ());
  poll_negotiation (self);
}

void
wn_session_reject (WnSession * self)
{
  wn_negotiation_reject (self->negotiation, g_get_monotonic_time ());
  poll_negotiation (self);
}

/* A message that the application carried; with app: only. */
void
wn_session_receive (WnSession * self, const gchar * from, const gchar * json)
{
  if (WN_IS_APP_SIGNALLER (self->signaller))
    wn_app_signaller_receive (WN_APP_SIGNALLER (self->signaller), from, json);
}

const WnNegotiation *
wn_session_get_negotiation (WnSession * self)
{
  return self->negotiation;
}

/* Returns: (nullable): the peer that the session is paired with */
const gchar *
wn_session_get_remote_id (WnSession * self)
{
  return self->remote_id;
}

/*** Life ***/

/* On the thread that the context belongs to, as its default. */
void
wn_session_start (WnSession * self)
{
  static GSourceFuncs funcs = {.dispatch = on_timer };

  self->timer = g_source_new (&funcs, sizeof (GSource));
  g_source_set_callback (self->timer, on_expiry, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());

  wn_signaller_start (self->signaller);
}

/* Leaves.  There is no signal from here on. */
void
wn_session_stop (WnSession * self)
{
  if (self->remote_id && !self->has_server)
    send_text (self, wn_peer_message_new_bye ());

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
wn_session_finalize (GObject * object)
{
  WnSession *self = WN_SESSION (object);

  g_clear_object (&self->signaller);
  g_clear_object (&self->connection);
  wn_negotiation_free (self->negotiation);
  g_ptr_array_unref (self->peers);
  g_hash_table_unref (self->strangers);
  g_free (self->wanted_id);
  g_free (self->own_id);
  G_OBJECT_CLASS (wn_session_parent_class)->finalize (object);
}

static guint
add_signal (WnSessionClass * klass, const gchar * name, guint n, GType a,
    GType b, GType c)
{
  return g_signal_new (name, G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, n, a, b, c);
}

static void
wn_session_class_init (WnSessionClass * klass)
{
  const GType string = G_TYPE_STRING, none = G_TYPE_INVALID;

  G_OBJECT_CLASS (klass)->finalize = wn_session_finalize;

  signals[EVENT] = add_signal (klass, "event", 3, string, string, string);
  signals[REPORT] =
      add_signal (klass, "report", 1, G_TYPE_POINTER, none, none);
  signals[CHANGED] = add_signal (klass, "changed", 0, none, none, none);
  signals[JOINED] = add_signal (klass, "joined", 1, string, none, none);
  signals[OUTGOING] = add_signal (klass, "outgoing", 2, string, string, none);
  signals[LISTENING] = add_signal (klass, "listening", 1, string, none, none);
  signals[FAILED] = add_signal (klass, "failed", 1, G_TYPE_ERROR, none, none);
}

static void
wn_session_init (WnSession * self)
{
  self->negotiation = wn_negotiation_new ();
  self->peers = g_ptr_array_new_with_free_func (g_free);
  self->strangers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);
}

static void
connect_signaller (WnSession * self)
{
  g_object_connect (self->signaller,
      "swapped-signal::joined", on_joined, self,
      "swapped-signal::peer-joined", on_peer_joined, self,
      "swapped-signal::peer-left", on_peer_left, self,
      "swapped-signal::message", on_message, self,
      "swapped-signal::lost", on_lost, self,
      "swapped-signal::back", on_back, self,
      "swapped-signal::complaint", on_complaint, self,
      "swapped-signal::failed", on_failed, self,
      "swapped-signal::listening", on_listening, self, NULL);
  if (WN_IS_APP_SIGNALLER (self->signaller)) {
    self->has_server = FALSE;
    g_signal_connect_swapped (self->signaller, "outgoing",
        G_CALLBACK (on_outgoing), self);
  }
}

/**
 * wn_session_new:
 *
 * Returns: (transfer full) (nullable): a session to be started; %NULL with @error
 *   set if the settings cannot be right
 */
WnSession *
wn_session_new (const WnSessionSettings * settings,
    WnPeerConnection * connection, GError ** error)
{
  gboolean has_ids = g_strcmp0 (settings->signalling.protocol, "w3c") != 0;
  g_autoptr (WnSession) self = NULL;
  WnSignaller *signaller;

  if (!has_ids && wn_role_needs_ids (settings->role)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "role=auto compares the peers' ids, but there are none with "
        "protocol=w3c. Set role=polite or role=impolite, the other way round "
        "than the peer.");
    return NULL;
  }
  if (settings->remote_peer_id
      && !wn_signaller_id_is_valid (settings->remote_peer_id)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "\"%s\" cannot be a peer's id. Set remote-peer-id to 1 to 64 of "
        "A-Z a-z 0-9 . _ -, or leave it unset to pair with any peer.",
        settings->remote_peer_id);
    return NULL;
  }
  signaller = wn_signaller_new (&settings->signalling, error);
  if (!signaller)
    return NULL;

  self = g_object_new (WN_TYPE_SESSION, NULL);
  self->signaller = signaller;
  self->connection = g_object_ref (connection);
  self->role = settings->role;
  self->wanted_id = g_strdup (settings->remote_peer_id);
  self->own_id = g_strdup (settings->signalling.peer_id);
  self->has_server = has_ids;
  connect_signaller (self);
  g_object_connect (connection,
      "swapped-signal::candidate", on_candidate, self,
      "swapped-signal::hint", on_hint, self,
      "swapped-signal::state-changed", on_state_changed, self, NULL);
  return g_steal_pointer (&self);
}
