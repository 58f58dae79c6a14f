/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "peerconnection-private.h"

#include "iceagent.h"
#include "signalling/source.h"

#define GST_CAT_DEFAULT wn_peer_connection_debug

/* One round trip, after which the remote peer has begun at the latest, by a slow line;
 * how long all of the handshake takes is DTLS's own affair. */
#define MAX_DTLS_MS 8000
/* Our checks may be what opens the way for the remote peer's. */
#define MAX_HOLD_MS 3000

/*** From webrtcbin's threads to ours ***/

typedef void (*NoticeFunc) (WnPeerConnection *self, gpointer data);

typedef struct
{
  GWeakRef self;
  GstElement *webrtcbin;
  NoticeFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Notice;

static void
notice_free (Notice *notice)
{
  g_weak_ref_clear (&notice->self);
  gst_object_unref (notice->webrtcbin);
  if (notice->destroy)
    notice->destroy (notice->data);
  g_free (notice);
}

static gboolean
notice_dispatch (gpointer data)
{
  Notice *notice = data;
  g_autoptr (WnPeerConnection) self = g_weak_ref_get (&notice->self);

  /* A webrtcbin that was replaced has nothing to say any more. */
  if (self && self->webrtcbin == notice->webrtcbin)
    notice->func (self, notice->data);
  return G_SOURCE_REMOVE;
}

static void
post (WnPeerConnection *self, GstElement *webrtcbin, NoticeFunc func,
    gpointer data, GDestroyNotify destroy)
{
  Notice *notice = g_new0 (Notice, 1);

  g_weak_ref_init (&notice->self, self);
  notice->webrtcbin = gst_object_ref (webrtcbin);
  notice->func = func;
  notice->data = data;
  notice->destroy = destroy;
  wn_source_post (self->context, "webrtcbin's notice", G_PRIORITY_DEFAULT,
      notice_dispatch, notice, (GDestroyNotify) notice_free);
}

/*** Candidates ***/

/* A bundle's transport is that of the section that the group begins with, or of the
 * next one if that was rejected; else each has its own.
 *
 * Returns: the section on the wire of a candidate for webrtcbin's @place, or -1 */
static gint
find_section_of_candidate (WnPeerConnection *self, gint place)
{
  gint tagged = self->local_tag
      ? wn_sections_find_mid (&self->sections, self->local_tag)
      : -1;

  if (tagged >= 0 && wn_sections_get (&self->sections, tagged)->place >= 0)
    return tagged;
  for (guint i = 0;
       self->local_tag && i < wn_sections_get_length (&self->sections); i++) {
    if (wn_sections_get (&self->sections, i)->place >= 0)
      return i;
  }
  return wn_sections_find_place (&self->sections, place);
}

static void
notice_candidate (WnPeerConnection *self, gpointer data)
{
  WnCandidate *candidate = data;
  gint mline = find_section_of_candidate (self, candidate->mline);

  wn_ice_restart_remember (&self->ice, candidate->candidate, candidate->mline);
  if (mline < 0)
    return;
  /* webrtcbin tells neither the section's name nor the generation. */
  candidate->mline = mline;
  candidate->mid = g_strdup (wn_sections_get (&self->sections, mline)->mid);
  candidate->ufrag = g_strdup (self->local_ufrag);
  g_signal_emit (self,
      wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_CANDIDATE], 0,
      candidate);
}

static void
on_ice_candidate (GstElement *webrtcbin, guint mline, const gchar *text,
    WnPeerConnection *self)
{
  if (g_str_has_prefix (text, "a="))
    text += 2;
  post (self, webrtcbin, notice_candidate,
      wn_candidate_new (text, NULL, mline, NULL, WN_SESSION_UNKNOWN),
      (GDestroyNotify) wn_candidate_free);
}

static void
on_gathering_state (GstElement *webrtcbin, GParamSpec *pspec G_GNUC_UNUSED,
    WnPeerConnection *self)
{
  GstWebRTCICEGatheringState state;

  g_object_get (webrtcbin, "ice-gathering-state", &state, NULL);
  if (state == GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE)
    post (self, webrtcbin, notice_candidate,
        wn_candidate_new ("", NULL, 0, NULL, WN_SESSION_UNKNOWN),
        (GDestroyNotify) wn_candidate_free);
}

/*** What waits for the remote peer's first check ***/

static void
stop_waiting_for_check (WnPeerConnection *self)
{
  if (self->first_check)
    g_signal_handler_disconnect (self->agent, self->first_check);
  self->first_check = 0;
  g_clear_object (&self->agent);
  wn_source_clear (&self->hold_end);
}

/* Behind the answer that tells of the new credentials. */
void
wn_peer_connection_send_candidates_again (WnPeerConnection *self)
{
  for (guint i = 0; i < self->ice.candidates->len; i++) {
    const WnIceCandidate *candidate =
        g_ptr_array_index (self->ice.candidates, i);

    post (self, self->webrtcbin, notice_candidate,
        wn_candidate_new (candidate->text, NULL, candidate->mline, NULL,
            WN_SESSION_UNKNOWN),
        (GDestroyNotify) wn_candidate_free);
  }
}

/* From now on webrtcbin checks. */
static void
release_candidates (WnPeerConnection *self, gpointer data G_GNUC_UNUSED)
{
  g_autoptr (GPtrArray) held = wn_ice_restart_release (&self->ice);

  stop_waiting_for_check (self);
  for (guint i = 0; i < held->len; i++) {
    const WnIceCandidate *candidate = g_ptr_array_index (held, i);

    g_signal_emit_by_name (self->webrtcbin, "add-ice-candidate",
        candidate->mline, candidate->text);
  }
}

static gboolean
on_hold_end (gpointer self)
{
  release_candidates (self, NULL);
  return G_SOURCE_REMOVE;
}

/* The agent's thread may be about to tell of it when nobody listens any more. */
typedef struct
{
  GWeakRef self;
  GstElement *webrtcbin;
} FirstCheck;

static void
first_check_free (gpointer data, GClosure *closure G_GNUC_UNUSED)
{
  FirstCheck *first = data;

  g_weak_ref_clear (&first->self);
  gst_object_unref (first->webrtcbin);
  g_free (first);
}

static void
on_first_check (GObject *agent G_GNUC_UNUSED, guint stream_id G_GNUC_UNUSED,
    FirstCheck *first)
{
  g_autoptr (WnPeerConnection) self = g_weak_ref_get (&first->self);

  if (self)
    post (self, first->webrtcbin, release_candidates, NULL, NULL);
}

/* The ICE restart in @offer has begun. */
void
wn_peer_connection_hold_candidates (WnPeerConnection *self,
    const GstSDPMessage *offer)
{
  FirstCheck *first;

  stop_waiting_for_check (self);
  wn_ice_restart_hold (&self->ice, offer);
  self->agent = wn_ice_agent_get (self->webrtcbin);
  if (!self->ice.is_holding || !self->agent)
    return;

  first = g_new0 (FirstCheck, 1);
  g_weak_ref_init (&first->self, self);
  first->webrtcbin = gst_object_ref (self->webrtcbin);
  self->first_check =
      g_signal_connect_data (self->agent, "initial-binding-request-received",
          G_CALLBACK (on_first_check), first, first_check_free, 0);
  self->hold_end = g_timeout_source_new (MAX_HOLD_MS);
  g_source_set_callback (self->hold_end, on_hold_end, self, NULL);
  g_source_attach (self->hold_end, self->context);
}

/*** States ***/

static void
notice_hint (WnPeerConnection *self, gpointer data G_GNUC_UNUSED)
{
  g_signal_emit (self,
      wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_HINT], 0);
}

static void
on_negotiation_needed (GstElement *webrtcbin, WnPeerConnection *self)
{
  post (self, webrtcbin, notice_hint, NULL, NULL);
}

/* webrtcbin would wait without end. */
static void
fail (WnPeerConnection *self)
{
  self->state = GST_WEBRTC_PEER_CONNECTION_STATE_FAILED;
  g_signal_emit (self,
      wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_STATE_CHANGED], 0);
}

static gboolean
on_dtls_end (gpointer data)
{
  WnPeerConnection *self = data;

  wn_source_clear (&self->dtls_end);
  if (wn_dtls_watch_has_begun (self->dtls_watch))
    return G_SOURCE_REMOVE;
  wn_sections_note_failure (&self->sections);
  GST_INFO_OBJECT (self->bin, "the remote peer begins no DTLS association");
  fail (self);
  return G_SOURCE_REMOVE;
}

void
wn_peer_connection_on_certificate_refused (gpointer data)
{
  fail (data);
}

/* A remote peer whose own connection goes on is reached: it may not begin DTLS anew, and
 * webrtcbin would wait for that without end.  Where DTLS fails, it did begin. */
static void
wait_for_dtls (WnPeerConnection *self)
{
  if (self->is_reached || !self->is_begun_again)
    return;
  self->dtls_end = g_timeout_source_new (MAX_DTLS_MS);
  g_source_set_callback (self->dtls_end, on_dtls_end, self, NULL);
  g_source_attach (self->dtls_end, self->context);
}

static void
notice_state (WnPeerConnection *self, gpointer data G_GNUC_UNUSED)
{
  GstWebRTCPeerConnectionState state;
  GstWebRTCICEConnectionState ice_state;

  g_object_get (self->webrtcbin, "connection-state", &state,
      "ice-connection-state", &ice_state, NULL);
  if (state == self->state && ice_state == self->ice_state)
    return;

  self->state = state;
  self->ice_state = ice_state;
  if (ice_state == GST_WEBRTC_ICE_CONNECTION_STATE_CONNECTED
      || ice_state == GST_WEBRTC_ICE_CONNECTION_STATE_COMPLETED) {
    wait_for_dtls (self);
    self->is_reached = TRUE;
  }
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED) {
    wn_source_clear (&self->dtls_end);
    self->is_connected = TRUE;
    wn_peer_connection_open_streams (self);
  }
  g_signal_emit (self,
      wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_STATE_CHANGED], 0);
}

static void
on_state (GstElement *webrtcbin, GParamSpec *pspec G_GNUC_UNUSED,
    WnPeerConnection *self)
{
  post (self, webrtcbin, notice_state, NULL, NULL);
}

/* Returns: what a connection failed by, for people */
const gchar *
wn_peer_connection_get_failure (WnPeerConnection *self)
{
  if (self->peer_certificate
      && wn_peer_certificate_is_refused (self->peer_certificate))
    return "the connection failed: the DTLS certificate is not the one of the "
           "remote description. Someone may be between the two peers, or the "
           "signalling changed a=fingerprint.";
  if (self->ice_state == GST_WEBRTC_ICE_CONNECTION_STATE_FAILED)
    return "the connection failed: ICE finds no way to the remote peer";
  return self->dtls_watch && wn_dtls_watch_has_begun (self->dtls_watch)
      ? "the connection failed: DTLS ended"
      : "the connection failed: the remote peer begins no DTLS association";
}

/*** Pads and channels ***/

/* It is there at once, as data comes as soon as this returns. */
static void
on_pad_added (GstElement *webrtcbin G_GNUC_UNUSED, GstPad *pad,
    WnPeerConnection *self)
{
  if (GST_PAD_IS_SRC (pad))
    g_signal_emit (self,
        wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_PAD_ADDED], 0,
        pad);
}

static void
notice_channel (WnPeerConnection *self, gpointer channel)
{
  g_signal_emit (self,
      wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_DATA_CHANNEL], 0,
      channel);
  wn_data_channel_release (channel);
}

/* The remote peer sees it closed. */
static void
notice_refused_channel (WnPeerConnection *self, gpointer channel)
{
  g_autofree gchar *label = NULL, *text = NULL;

  g_object_get (channel, "label", &label, NULL);
  text = g_utf8_make_valid (label ? label : "", -1);
  gst_webrtc_data_channel_close (channel);
  g_signal_emit (self,
      wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_CHANNEL_REFUSED], 0,
      text);
}

/* From now on what comes over it is kept, so that nothing is lost on the way. */
static void
on_data_channel (GstElement *webrtcbin, GstWebRTCDataChannel *channel,
    WnPeerConnection *self)
{
  gboolean is_new;
  WnDataChannel *remote =
      wn_channels_add_remote (&self->channels, webrtcbin, channel, &is_new);

  if (!remote)
    post (self, webrtcbin, notice_refused_channel, g_object_ref (channel),
        g_object_unref);
  else if (is_new)
    post (self, webrtcbin, notice_channel, remote, g_object_unref);
  else
    g_object_unref (remote);
}

/* Hears what the webrtcbin in use tells, until its handlers are disconnected. */
void
wn_peer_connection_watch (WnPeerConnection *self)
{
  g_object_connect (self->webrtcbin, "signal::on-negotiation-needed",
      on_negotiation_needed, self, "signal::on-ice-candidate", on_ice_candidate,
      self, "signal::on-data-channel", on_data_channel, self,
      "signal::pad-added", on_pad_added, self,
      "signal::notify::connection-state", on_state, self,
      "signal::notify::ice-connection-state", on_state, self,
      "signal::notify::ice-gathering-state", on_gathering_state, self, NULL);
}

/* The webrtcbin in use is given up. */
void
wn_peer_connection_stop_waiting (WnPeerConnection *self)
{
  stop_waiting_for_check (self);
  wn_source_clear (&self->dtls_end);
}
