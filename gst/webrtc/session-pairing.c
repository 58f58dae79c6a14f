/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Who is in the room, and with whom of them the session is paired: what the
 * signaller tells. */

#include "session-private.h"

#include "peermessage.h"
#include "signalling/printable.h"

#include <gst/gst.h>

#define GST_CAT_DEFAULT wn_session_debug

/*** Pairing ***/

/* Returns: FALSE if the role cannot be decided: then the session has failed */
static gboolean
choose_role (WnSession *self)
{
  if (wn_role_needs_ids (self->role) && *self->remote_id
      && g_str_equal (self->own_id, self->remote_id)) {
    g_autoptr (GError) error =
        g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
            "Both peers have the id %s. "
            "Set another peer-id on one of them.",
            self->own_id);

    wn_session_fail (self, error);
    return FALSE;
  }

  wn_negotiation_set_polite (self->negotiation,
      wn_role_is_polite (self->role, self->own_id, self->remote_id));
  return TRUE;
}

static void
pair (WnSession *self, const gchar *id)
{
  g_autofree gchar *beginning = g_uuid_string_random ();

  self->remote_id = g_strdup (id);
  if (!choose_role (self))
    return;

  GST_INFO ("%s is paired with %s and is %s", self->own_id, id,
      wn_negotiation_is_polite (self->negotiation) ? "polite" : "impolite");
  wn_negotiation_begin (self->negotiation, beginning, g_get_monotonic_time ());
  wn_session_poll (self);
}

static void
pair_with_next (WnSession *self)
{
  for (guint i = 0; i < self->peers->len && !self->remote_id; i++) {
    const gchar *id = g_ptr_array_index (self->peers, i);

    if (!self->wanted_id || g_str_equal (id, self->wanted_id))
      pair (self, id);
  }
}

static void
unpair (WnSession *self)
{
  wn_negotiation_end (self->negotiation);
  wn_peer_connection_close (self->connection);
  g_clear_pointer (&self->remote_id, g_free);
  wn_session_poll (self);
}

static gboolean
find_peer (WnSession *self, const gchar *id, guint *index)
{
  return g_ptr_array_find_with_equal_func (self->peers, id, g_str_equal, index);
}

static void
add_peer (WnSession *self, const gchar *id)
{
  if (find_peer (self, id, NULL))
    return;
  g_ptr_array_add (self->peers, g_strdup (id));
  wn_session_emit_event (self, "peer-joined", id, NULL);
}

static void
remove_peer (WnSession *self, const gchar *id)
{
  g_autofree gchar *gone = g_strdup (id);
  guint index;

  if (find_peer (self, gone, &index))
    g_ptr_array_remove_index (self->peers, index);
  else if (g_strcmp0 (self->remote_id, gone) != 0)
    return;
  wn_session_emit_event (self, "peer-left", gone, NULL);

  if (g_strcmp0 (self->remote_id, gone) == 0) {
    unpair (self);
    pair_with_next (self);
  }
}

/*** What the signaller tells ***/

/* The truth about who is there, which after a reconnection is news. */
static void
on_joined (WnSession *self, const gchar *own_id, const gchar *const *peer_ids)
{
  g_autoptr (GPtrArray) former = g_ptr_array_ref (self->peers);
  g_autofree gchar *waiting = NULL;

  g_free (self->own_id);
  self->own_id = g_strdup (own_id);
  g_signal_emit (self, wn_session_get_signal (WN_SESSION_JOINED), 0, own_id);
  if (self->wanted_id && wn_session_has (self, WN_SIGNALLER_HAS_PRESENCE)
      && !g_strv_contains (peer_ids, self->wanted_id))
    waiting = g_strdup_printf ("waiting for the peer %s, who is not here yet",
        self->wanted_id);
  wn_session_emit_event (self, "joined", NULL, waiting);

  for (gint i = former->len - 1; i >= 0; i--) {
    g_autofree gchar *id = g_strdup (g_ptr_array_index (former, i));

    if (!g_strv_contains (peer_ids, id))
      remove_peer (self, id);
  }
  for (; *peer_ids; peer_ids++)
    add_peer (self, *peer_ids);

  if (!self->remote_id && wn_session_has (self, WN_SIGNALLER_KNOWS_NOBODY))
    pair (self, self->wanted_id ? self->wanted_id : "");
  pair_with_next (self);
}

static void
on_peer_joined (WnSession *self, const gchar *id)
{
  add_peer (self, id);
  pair_with_next (self);
}

static void
on_peer_left (WnSession *self, const gchar *id)
{
  remove_peer (self, id);
}

/* Without a server, whoever sends the first message is the peer, or the peer that we
 * want when it comes, or comes back. */
static gboolean
meet (WnSession *self, const gchar *from)
{
  if (wn_session_has (self, WN_SIGNALLER_HAS_PRESENCE))
    return FALSE;
  if (self->wanted_id && !g_str_equal (self->wanted_id, from))
    return FALSE;
  if (self->remote_id && *self->remote_id)
    return FALSE;

  if (wn_role_needs_ids (self->role) && !*from) {
    g_autoptr (GError) error =
        g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
            "role=auto compares the peers' ids, but "
            "incoming-message has none. Give it the sender's id, or set "
            "role=polite on one side and role=impolite on the other.");

    wn_session_fail (self, error);
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
hand_over (WnSession *self, WnPeerMessage *message)
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

/* Returns: whether @message (nullable) may be the first that is heard of a peer.
 * What else comes while we are paired with nobody follows something that was not
 * for us, or comes a second time. */
static gboolean
is_a_greeting (WnSession *self, const WnPeerMessage *message)
{
  if (self->remote_id)
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
is_of_ours (WnSession *self, const gchar *from, const WnPeerMessage *message)
{
  if (g_strcmp0 (from, self->remote_id) == 0)
    return TRUE;
  return is_a_greeting (self, message) && meet (self, from);
}

static gboolean
admit (WnSession *self, const WnPeerMessage *message)
{
  return message->type == WN_PEER_MESSAGE_BEGINNING
      || wn_negotiation_admit (self->negotiation, message->begin, message->with,
          message->type != WN_PEER_MESSAGE_CANDIDATE
              && message->type != WN_PEER_MESSAGE_BYE,
          g_get_monotonic_time ());
}

static void
on_message (WnSession *self, const gchar *from, const gchar *json)
{
  g_autoptr (WnPeerMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  message = wn_peer_message_parse (json,
      wn_session_has (self, WN_SIGNALLER_CHECKS_JSON), &error);
  if (!is_of_ours (self, from, message))
    return;

  GST_LOG ("%s from %s: %s", self->own_id, from, wn_printable_for_log (json));
  if (!message)
    wn_negotiation_receive_garbage (self->negotiation, error->message);
  else if (!admit (self, message))
    GST_DEBUG ("%s: dropped what %s said to somebody who is gone", self->own_id,
        from);
  else if (message->type == WN_PEER_MESSAGE_BYE)
    remove_peer (self, from);
  else
    hand_over (self, message);
  wn_session_poll (self);
}

static void
on_lost (WnSession *self, const gchar *reason)
{
  wn_session_emit_event (self, "signaller-lost", NULL, reason);
}

static void
on_back (WnSession *self)
{
  wn_session_emit_event (self, "signaller-back", NULL, NULL);
}

static void
on_complaint (WnSession *self, const gchar *code, const gchar *text)
{
  g_autofree gchar *detail = g_strdup_printf ("%s: %s", code, text);

  GST_WARNING ("%s: %s", self->own_id, wn_printable_for_log (detail));
  wn_negotiation_receive_garbage (self->negotiation, detail);
  wn_session_poll (self);
}

static void
on_failed (WnSession *self, const GError *error)
{
  wn_session_fail (self, error);
}

static void
on_listening (WnSession *self, const gchar *uri)
{
  g_signal_emit (self, wn_session_get_signal (WN_SESSION_LISTENING), 0, uri);
}

static void
on_warning (WnSession *self, const gchar *name, const GError *error)
{
  wn_session_warn (self, name, error);
}

static void
on_outgoing (WnSession *self, const gchar *to, const gchar *json)
{
  g_signal_emit (self, wn_session_get_signal (WN_SESSION_OUTGOING), 0, to,
      json);
}

void
wn_session_connect_signaller (WnSession *self)
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
