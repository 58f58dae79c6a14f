/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "meeting.h"

#include "signalling/id.h"
#include "signalling/objectsignal.h"
#include "signalling/printable.h"
#include "signallingbridge.h"

#include <gst/gst.h>

GST_DEBUG_CATEGORY_STATIC (wn_meeting_debug);
#define GST_CAT_DEFAULT wn_meeting_debug

struct _WnMeeting
{
  GObject parent;

  WnRole role;
  gchar *wanted_id; /* the only peer to pair with, or NULL */
  gchar *own_id;
  WnSignaller *signaller;
  WnCall *call;
  GPtrArray *peers; /* ids of those in the room, oldest first */
};

G_DEFINE_TYPE_WITH_CODE (WnMeeting, wn_meeting, G_TYPE_OBJECT,
    GST_DEBUG_CATEGORY_INIT (wn_meeting_debug, "wnmeeting", 0,
        "webrtcnegotiator's places in rooms"));

enum
{
  EVENT,
  JOINED,
  OUTGOING,
  LISTENING,
  FAILED,
  WARNING,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/*** What is told ***/

/* Whatever texts leave here, a peer or a server may have had a hand in them. */

static void
emit_event (WnMeeting *self, const gchar *name, const gchar *peer,
    const gchar *detail)
{
  g_autofree gchar *who = wn_printable (peer, WN_PRINTABLE_MAX);
  g_autofree gchar *why = wn_printable (detail, WN_PRINTABLE_MAX);

  g_signal_emit (self, signals[EVENT], 0, name, who, why);
}

/* Returns: (transfer full): what the application gets to see of @error */
static GError *
show (const GError *error)
{
  GError *shown = wn_signalling_bridge_translate (error);
  gchar *text = wn_printable (shown->message, WN_PRINTABLE_MAX);

  g_free (shown->message);
  shown->message = text;
  return shown;
}

static void
fail (WnMeeting *self, const GError *error)
{
  g_autoptr (GError) shown = show (error);

  g_signal_emit (self, signals[FAILED], 0, shown);
}

static gboolean
has (WnMeeting *self, WnSignallerTraits trait)
{
  return (wn_signaller_get_traits (self->signaller) & trait) != 0;
}

/*** Pairing ***/

static const gchar *
get_remote_id (WnMeeting *self)
{
  return wn_call_get_remote_id (self->call);
}

/* @id: of the remote peer; "" if that is not known
 *
 * Returns: whether the role can be decided */
static gboolean
decide_role (WnMeeting *self, const gchar *id, gboolean *is_polite)
{
  g_autoptr (GError) error = NULL;

  *is_polite = wn_role_is_polite (self->role, self->own_id, id);
  if (!wn_role_needs_ids (self->role) || !*id
      || !g_str_equal (self->own_id, id))
    return TRUE;
  error = g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "Both peers have the id %s. Set another peer-id on one of them.", id);
  fail (self, error);
  return FALSE;
}

static gboolean
pair (WnMeeting *self, const gchar *id)
{
  gboolean is_polite;

  if (!decide_role (self, id, &is_polite))
    return FALSE;
  GST_INFO ("%s is paired with %s and is %s", self->own_id, id,
      is_polite ? "polite" : "impolite");
  wn_call_begin (self->call, id, is_polite);
  return TRUE;
}

static void
pair_with_next (WnMeeting *self)
{
  for (guint i = 0; i < self->peers->len && !get_remote_id (self); i++) {
    const gchar *id = g_ptr_array_index (self->peers, i);

    if (!self->wanted_id || g_str_equal (id, self->wanted_id))
      pair (self, id);
  }
}

static gboolean
find_peer (WnMeeting *self, const gchar *id, guint *index)
{
  return g_ptr_array_find_with_equal_func (self->peers, id, g_str_equal, index);
}

static void
add_peer (WnMeeting *self, const gchar *id)
{
  if (find_peer (self, id, NULL))
    return;
  g_ptr_array_add (self->peers, g_strdup (id));
  emit_event (self, "peer-joined", id, NULL);
}

static void
remove_peer (WnMeeting *self, const gchar *id)
{
  g_autofree gchar *gone = g_strdup (id);
  guint index;

  if (find_peer (self, gone, &index))
    g_ptr_array_remove_index (self->peers, index);
  else if (g_strcmp0 (get_remote_id (self), gone) != 0)
    return;
  emit_event (self, "peer-left", gone, NULL);

  if (g_strcmp0 (get_remote_id (self), gone) == 0) {
    wn_call_end (self->call);
    pair_with_next (self);
  }
}

/*** What the signaller tells ***/

/* The truth about who is there, which after a reconnection is news. */
static void
on_joined (WnMeeting *self, const gchar *own_id, const gchar *const *peer_ids)
{
  g_autoptr (GPtrArray) former = g_ptr_array_ref (self->peers);
  g_autofree gchar *waiting = NULL;

  g_free (self->own_id);
  self->own_id = g_strdup (own_id);
  g_signal_emit (self, signals[JOINED], 0, own_id);
  if (self->wanted_id && has (self, WN_SIGNALLER_HAS_PRESENCE)
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

  if (!get_remote_id (self) && has (self, WN_SIGNALLER_KNOWS_NOBODY))
    pair (self, self->wanted_id ? self->wanted_id : "");
  pair_with_next (self);
}

static void
on_peer_joined (WnMeeting *self, const gchar *id)
{
  add_peer (self, id);
  pair_with_next (self);
}

static void
on_peer_left (WnMeeting *self, const gchar *id)
{
  remove_peer (self, id);
}

/* Without a server, whoever sends the first message is the peer, or the peer that we
 * want when it comes, or comes back. */
static gboolean
meet (WnMeeting *self, const gchar *from)
{
  g_autoptr (GError) error = NULL;
  gboolean is_polite;

  if (has (self, WN_SIGNALLER_HAS_PRESENCE))
    return FALSE;
  if (self->wanted_id && !g_str_equal (self->wanted_id, from))
    return FALSE;
  if (get_remote_id (self) && *get_remote_id (self))
    return FALSE;

  if (wn_role_needs_ids (self->role) && !*from) {
    error = g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "role=auto compares the peers' ids, but "
        "incoming-message has none. Give it the sender's id, or set "
        "role=polite on one side and role=impolite on the other.");

    fail (self, error);
    return FALSE;
  }
  add_peer (self, from);
  if (!get_remote_id (self))
    return pair (self, from);
  if (!decide_role (self, from, &is_polite))
    return FALSE;
  wn_call_identify (self->call, from, is_polite);
  return TRUE;
}

/* Returns: whether @message (nullable) may be the first that is heard of a peer.
 * What else comes while we are paired with nobody follows something that was not
 * for us, or comes a second time. */
static gboolean
is_a_greeting (WnMeeting *self, const WnPeerMessage *message)
{
  if (get_remote_id (self))
    return !message || message->type != WN_PEER_MESSAGE_BYE;
  return message
      && (message->type == WN_PEER_MESSAGE_BEGINNING
          || message->type == WN_PEER_MESSAGE_RESTART
          || message->type == WN_PEER_MESSAGE_BAD_OFFER
          || (message->type == WN_PEER_MESSAGE_DESCRIPTION
              && message->description->type == WN_DESCRIPTION_OFFER));
}

/* Returns: whether it is of the peer that we are paired with now */
static gboolean
is_of_ours (WnMeeting *self, const gchar *from, const WnPeerMessage *message)
{
  if (g_strcmp0 (from, get_remote_id (self)) == 0)
    return TRUE;
  return is_a_greeting (self, message) && meet (self, from);
}

static void
on_message (WnMeeting *self, const gchar *from, const gchar *json)
{
  g_autoptr (WnPeerMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  message = wn_peer_message_parse (json, has (self, WN_SIGNALLER_CHECKS_JSON),
      &error);
  if (!is_of_ours (self, from, message))
    return;

  GST_LOG ("%s from %s: %s", self->own_id, from, wn_printable_for_log (json));
  if (!message)
    wn_call_receive_garbage (self->call, error->message);
  else if (!wn_call_admit (self->call, message))
    GST_DEBUG ("%s: dropped what %s said to somebody who is gone", self->own_id,
        from);
  else if (message->type == WN_PEER_MESSAGE_BYE)
    remove_peer (self, from);
  else
    wn_call_receive (self->call, message);
}

static void
on_lost (WnMeeting *self, const gchar *reason)
{
  emit_event (self, "signaller-lost", NULL, reason);
}

static void
on_back (WnMeeting *self)
{
  emit_event (self, "signaller-back", NULL, NULL);
}

static void
on_complaint (WnMeeting *self, const gchar *code, const gchar *text)
{
  g_autofree gchar *detail = g_strdup_printf ("%s: %s", code, text);

  GST_WARNING ("%s: %s", self->own_id, wn_printable_for_log (detail));
  wn_call_receive_garbage (self->call, detail);
}

static void
on_failed (WnMeeting *self, const GError *error)
{
  fail (self, error);
}

static void
on_listening (WnMeeting *self, const gchar *uri)
{
  g_signal_emit (self, signals[LISTENING], 0, uri);
}

static void
on_warning (WnMeeting *self, const gchar *name, const GError *error)
{
  g_autoptr (GError) shown = show (error);

  g_signal_emit (self, signals[WARNING], 0, name, shown);
}

static void
on_outgoing (WnMeeting *self, const gchar *to, const gchar *json)
{
  g_signal_emit (self, signals[OUTGOING], 0, to, json);
}

/*** What the call tells ***/

static void
on_send (WnMeeting *self, const gchar *json)
{
  GST_LOG ("%s to %s: %s", self->own_id, get_remote_id (self), json);
  wn_signaller_send (self->signaller, get_remote_id (self), json);
}

/*** What the application does ***/

/* A message that the application carried; with app: only.  It may have @from
 * from the peer, as it came. */
void
wn_meeting_receive (WnMeeting *self, const gchar *from, const gchar *json)
{
  g_autoptr (GError) error = NULL;

  if (!wn_signaller_receive (self->signaller, from, json, &error))
    wn_call_receive_garbage (self->call, error->message);
}

/* Returns: (transfer none): the one that there is, with whomever */
WnCall *
wn_meeting_get_call (WnMeeting *self)
{
  return self->call;
}

/*** Life ***/

/* On the thread that the context belongs to, as its default. */
void
wn_meeting_start (WnMeeting *self)
{
  wn_call_start (self->call);
  wn_signaller_start (self->signaller);
}

/* Leaves.  There is no signal from here on, but for `outgoing`. */
void
wn_meeting_stop (WnMeeting *self)
{
  if (!has (self, WN_SIGNALLER_HAS_PRESENCE))
    wn_call_say_bye (self->call);
  g_signal_handlers_disconnect_by_data (self->signaller, self);
  wn_signaller_stop (self->signaller);
  wn_call_stop (self->call);
}

static void
wn_meeting_finalize (GObject *object)
{
  WnMeeting *self = WN_MEETING (object);

  g_clear_object (&self->signaller);
  g_clear_object (&self->call);
  g_ptr_array_unref (self->peers);
  g_free (self->wanted_id);
  g_free (self->own_id);
  G_OBJECT_CLASS (wn_meeting_parent_class)->finalize (object);
}

static void
wn_meeting_class_init (WnMeetingClass *klass)
{
  const GType string = G_TYPE_STRING;

  G_OBJECT_CLASS (klass)->finalize = wn_meeting_finalize;

  signals[EVENT] = wn_object_signal_new (WN_TYPE_MEETING, "event", 3, string,
      string, string);
  signals[JOINED] = wn_object_signal_new (WN_TYPE_MEETING, "joined", 1, string);
  signals[OUTGOING] =
      wn_object_signal_new (WN_TYPE_MEETING, "outgoing", 2, string, string);
  signals[LISTENING] =
      wn_object_signal_new (WN_TYPE_MEETING, "listening", 1, string);
  signals[FAILED] =
      wn_object_signal_new (WN_TYPE_MEETING, "failed", 1, G_TYPE_ERROR);
  signals[WARNING] = wn_object_signal_new (WN_TYPE_MEETING, "warning", 2,
      string, G_TYPE_ERROR);
}

static void
wn_meeting_init (WnMeeting *self)
{
  self->peers = g_ptr_array_new_with_free_func (g_free);
}

static void
connect_signaller (WnMeeting *self)
{
  g_object_connect (self->signaller, "swapped-signal::joined", on_joined, self,
      "swapped-signal::peer-joined", on_peer_joined, self,
      "swapped-signal::peer-left", on_peer_left, self,
      "swapped-signal::message", on_message, self, "swapped-signal::lost",
      on_lost, self, "swapped-signal::back", on_back, self,
      "swapped-signal::complaint", on_complaint, self, "swapped-signal::failed",
      on_failed, self, "swapped-signal::listening", on_listening, self,
      "swapped-signal::outgoing", on_outgoing, self, "swapped-signal::warning",
      on_warning, self, NULL);
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
open_signaller (const WnMeetingSettings *settings, GError **error)
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

static gboolean
check_remote_id (const WnMeetingSettings *settings, GError **error)
{
  const gchar *id = settings->remote_peer_id;

  if (id && !wn_id_is_valid (id)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "\"%s\" cannot be a peer's id. Set remote-peer-id to 1 to 64 of "
        "A-Z a-z 0-9 . _ -, or leave it unset to pair with any peer.",
        wn_printable_in_sentence (id));
    return FALSE;
  }
  if (id && g_strcmp0 (id, settings->signalling.peer_id) == 0) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "remote-peer-id is this element's own id, \"%s\". Set it to the other "
        "peer's, or leave it unset to pair with any peer.",
        id);
    return FALSE;
  }
  return TRUE;
}

/**
 * wn_meeting_new:
 *
 * Returns: (transfer full) (nullable): a meeting to be started; %NULL with @error
 *   set if the settings cannot be right, or what they name cannot be had
 */
WnMeeting *
wn_meeting_new (const WnMeetingSettings *settings, WnPeerConnection *connection,
    GError **error)
{
  g_autoptr (WnMeeting) self = NULL;
  g_autoptr (WnSignaller) signaller = NULL;

  if (!check_remote_id (settings, error))
    return NULL;
  signaller = open_signaller (settings, error);
  if (!signaller)
    return NULL;

  self = g_object_new (WN_TYPE_MEETING, NULL);
  self->signaller = g_steal_pointer (&signaller);
  self->role = settings->role;
  self->wanted_id = g_strdup (settings->remote_peer_id);
  self->own_id = g_strdup (settings->signalling.peer_id);
  self->call = wn_call_new (connection);
  connect_signaller (self);
  g_object_connect (self->call, "swapped-signal::send", on_send, self,
      "swapped-signal::failed", on_failed, self, NULL);
  return g_steal_pointer (&self);
}
