/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "peerconnection-private.h"

#include "certificate.h"
#include "iceagent.h"
#include "icekeeper.h"
#include "parts.h"
#include "requirements.h"
#include "rtcp.h"
#include "signalling/printable.h"
#include "webrtc/channel/sctp.h"

#define GST_CAT_DEFAULT wn_peer_connection_debug

/*** Calling webrtcbin ***/

/* Emits an action signal of webrtcbin's and waits for its promise.
 *
 * @created: (out) (optional): what the action creates */
gboolean
wn_peer_connection_call (WnPeerConnection *self, const gchar *action,
    gpointer argument, Description **created, GError **error)
{
  const GType type = GST_TYPE_WEBRTC_SESSION_DESCRIPTION;
  g_autoptr (GstPromise) promise = gst_promise_new ();
  const GstStructure *reply = NULL;
  GstPromiseResult result;

  g_signal_emit_by_name (self->webrtcbin, action, argument, promise);
  result = gst_promise_wait (promise);
  if (result == GST_PROMISE_RESULT_REPLIED)
    reply = gst_promise_get_reply (promise);

  if (reply && gst_structure_has_field (reply, "error")) {
    gst_structure_get (reply, "error", G_TYPE_ERROR, error, NULL);
    if (error && *error)
      g_prefix_error (error, "%s: ", action);
    return FALSE;
  }
  if (!created && result == GST_PROMISE_RESULT_REPLIED)
    return TRUE;
  if (reply
      && (gst_structure_get (reply, "offer", type, created, NULL)
          || gst_structure_get (reply, "answer", type, created, NULL)))
    return TRUE;

  g_set_error (error, GST_WEBRTC_ERROR, GST_WEBRTC_ERROR_INTERNAL_FAILURE,
      "%s: webrtcbin gave no result", action);
  return FALSE;
}

/* Has webrtcbin set @description, by the @action "set-local-description" or
 * "set-remote-description". */
gboolean
wn_peer_connection_set_description (WnPeerConnection *self, const gchar *action,
    Description *description, GError **error)
{
  WnHeldStates *held = wn_ice_keeper_hold_states (self->webrtcbin);
  gboolean is_set =
      wn_peer_connection_call (self, action, description, NULL, error);

  wn_ice_keeper_tell_states (held);
  return is_set;
}

/*** Settings ***/

/* webrtcbin has no property for more than one TURN server. */
static void
add_turn_servers (WnPeerConnection *self, const GValue *servers)
{
  for (guint i = 0; i < gst_value_array_get_size (servers); i++) {
    const GValue *server = gst_value_array_get_value (servers, i);
    gboolean added = FALSE;

    g_signal_emit_by_name (self->webrtcbin, "add-turn-server",
        g_value_get_string (server), &added);
    /* It may have a password in it.  The webrtcbin has no bus as yet. */
    if (!added)
      GST_ELEMENT_WARNING (self->bin, RESOURCE, SETTINGS,
          ("Entry %u of turn-servers is not the URI of a TURN server. Set it to "
           "turn://USER:PASSWORD@HOST:PORT or turns://USER:PASSWORD@HOST:PORT.",
              i + 1),
          (NULL));
  }
}

/* webrtcbin logs what is wrong with it, and goes without. */
static void
set_stun_server (WnPeerConnection *self, const GValue *server)
{
  const gchar *text = g_value_get_string (server);
  g_autoptr (GstUri) uri = text ? gst_uri_from_string (text) : NULL;

  if (text
      && (!uri || g_strcmp0 (gst_uri_get_scheme (uri), "stun") != 0
          || !gst_uri_get_host (uri) || !*gst_uri_get_host (uri)))
    GST_ELEMENT_WARNING (self->bin, RESOURCE, SETTINGS,
        ("\"%s\" is not the URI of a STUN server, and is not used. Set "
         "stun-server to stun://HOST:PORT.",
            wn_printable_in_sentence (text)),
        (NULL));
  else
    g_object_set_property (G_OBJECT (self->webrtcbin), "stun-server", server);
}

static void
apply_settings (WnPeerConnection *self, const GstStructure *settings)
{
  for (gint i = 0; i < gst_structure_n_fields (settings); i++) {
    const gchar *name = gst_structure_nth_field_name (settings, i);
    const GValue *value = gst_structure_get_value (settings, name);

    if (g_str_equal (name, "turn-servers"))
      add_turn_servers (self, value);
    else if (g_str_equal (name, "stun-server"))
      set_stun_server (self, value);
    else if (!g_str_equal (name, "do-nack"))
      g_object_set_property (G_OBJECT (self->webrtcbin), name, value);
  }
}

/**
 * wn_peer_connection_set_webrtcbin:
 * @settings: properties of webrtcbin
 *
 * Sets them in the one in use, and in all that replace it.
 */
void
wn_peer_connection_set_webrtcbin (WnPeerConnection *self,
    const GstStructure *settings)
{
  for (gint i = 0; i < gst_structure_n_fields (settings); i++) {
    const gchar *name = gst_structure_nth_field_name (settings, i);

    gst_structure_set_value (self->settings, name,
        gst_structure_get_value (settings, name));
  }
  if (self->webrtcbin)
    apply_settings (self, settings);
}

/*** One after the other ***/

/* Forgets what is true of the webrtcbin in use only. */
static void
forget_webrtcbin (WnPeerConnection *self)
{
  g_clear_pointer (&self->offer, gst_webrtc_session_description_free);
  g_clear_pointer (&self->offer_on_wire, gst_sdp_message_free);
  g_clear_pointer (&self->shown, gst_sdp_message_free);
  g_clear_pointer (&self->local_ufrag, g_free);
  g_clear_pointer (&self->local_tag, g_free);
  self->is_begun_again = self->is_repeating = self->is_reached = FALSE;
  g_clear_pointer (&self->fingerprint, g_free);
  self->is_offer_set = FALSE;
  wn_ice_restart_forget (&self->ice);
  self->setup = WN_SETUP_UNKNOWN;
  self->is_connected = FALSE;
  self->state = GST_WEBRTC_PEER_CONNECTION_STATE_NEW;
  self->ice_state = GST_WEBRTC_ICE_CONNECTION_STATE_NEW;
  wn_sections_forget_webrtcbin (&self->sections);
}

/* The remote peer's connection is another one, too. */
void
wn_peer_connection_forget_descriptions (WnPeerConnection *self)
{
  forget_webrtcbin (self);
  wn_sections_forget (&self->sections);
  wn_streams_forget (self->streams);
  /* 62 bits, as in RFC 9429, 5.2.1. */
  self->session_id = ((guint64) g_random_int () << 30) ^ g_random_int ();
  self->version = 0;
}

void
wn_peer_connection_remove_webrtcbin (WnPeerConnection *self)
{
  g_autoptr (GstElement) old = g_steal_pointer (&self->webrtcbin);

  wn_peer_connection_stop_waiting (self);
  if (!old)
    return;

  wn_rtc_stats_end (self->rtc_stats);
  wn_streams_forget_webrtcbin (self->streams);
  wn_channels_detach (&self->channels, old);

  g_signal_handlers_disconnect_by_data (old, self);
  wn_ice_keeper_keep_transports (old);
  /* Its end waits for its streams, which a pipeline that is paused may hold up
   * downstream: changes of the bin's state must not wait for that in turn. */
  gst_bin_remove (self->bin, old);
  wn_ice_keeper_stop_transports (old);
  gst_element_set_state (old, GST_STATE_NULL);
  wn_sctp_stop (old);
  /* A thread of its own might have added another pad until now. */
  g_signal_emit (self,
      wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_REMOVED], 0);
  g_clear_pointer (&self->early_media, wn_early_media_unref);
  g_clear_pointer (&self->dtls_watch, wn_dtls_watch_unref);
  g_clear_pointer (&self->peer_certificate, wn_peer_certificate_free);
  g_clear_pointer (&self->repair, wn_repair_unref);
  g_clear_pointer (&self->feedback, wn_feedback_unref);
  g_clear_pointer (&self->rtc_stats, wn_rtc_stats_unref);
}

static gboolean
wants_repair (WnPeerConnection *self)
{
  gboolean wants = TRUE;

  gst_structure_get_boolean (self->settings, "do-nack", &wants);
  return wants;
}

static void
add_webrtcbin (WnPeerConnection *self)
{
  self->webrtcbin =
      gst_object_ref_sink (gst_element_factory_make ("webrtcbin", NULL));
  wn_ice_agent_set_up (self->webrtcbin);
  apply_settings (self, self->settings);

  wn_peer_connection_watch (self);
  /* The remote peer's connection goes on, and ours does not. */
  self->is_begun_again = wn_sections_get_length (&self->sections) > 0;
  if (self->is_begun_again)
    self->fingerprint = wn_certificate_renew (self->webrtcbin);
  wn_sctp_guard_start (self->webrtcbin);
  wn_rtcp_set_up (self->webrtcbin);
  self->early_media = wn_early_media_new (self->webrtcbin);
  self->dtls_watch = wn_dtls_watch_new (self->webrtcbin);
  self->peer_certificate = wn_peer_certificate_new (self->webrtcbin,
      self->context, wn_peer_connection_on_certificate_refused, self);
  wn_bandwidth_begin (self->bandwidth);
  self->feedback = wn_feedback_new (self->webrtcbin, self->bandwidth);
  if (wants_repair (self))
    self->repair = wn_repair_new (self->webrtcbin, self->bandwidth);
  self->rtc_stats = wn_rtc_stats_new (self->webrtcbin, self->bandwidth);
  gst_bin_add (self->bin, self->webrtcbin);
}

gboolean
wn_peer_connection_renew_webrtcbin (WnPeerConnection *self, GError **error)
{
  wn_peer_connection_remove_webrtcbin (self);
  forget_webrtcbin (self);

  if (!wn_requirements_load (error)) {
    g_signal_emit (self,
        wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_STATE_CHANGED], 0);
    return FALSE;
  }
  add_webrtcbin (self);
  if (!wn_part_follow (self->webrtcbin, self->bin)) {
    g_set_error (error, GST_WEBRTC_ERROR, GST_WEBRTC_ERROR_INTERNAL_FAILURE,
        "webrtcbin does not start. GST_DEBUG=webrtcbin:4 shows why.");
    wn_peer_connection_remove_webrtcbin (self);
    g_signal_emit (self,
        wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_STATE_CHANGED], 0);
    return FALSE;
  }
  wn_channels_create (&self->channels, self->webrtcbin);
  g_signal_emit (self,
      wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_STATE_CHANGED], 0);
  return TRUE;
}
