/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "peerconnection.h"

#include "certificate.h"
#include "channels.h"
#include "earlymedia.h"
#include "iceagent.h"
#include "icekeeper.h"
#include "icerestart.h"
#include "requirements.h"
#include "sctp.h"
#include "sdpguard.h"
#include "sdprewrite.h"
#include "transceivers.h"
#include "wire.h"

#include <gst/webrtc/datachannel.h>

GST_DEBUG_CATEGORY_STATIC (wn_peer_connection_debug);
#define GST_CAT_DEFAULT wn_peer_connection_debug

typedef GstWebRTCSessionDescription Description;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Description,
    gst_webrtc_session_description_free);

struct _WnPeerConnection
{
  GObject parent;

  GstBin *bin; /* where webrtcbins are put in; not owned */
  GMainContext *context;
  GHashTable *settings; /* property of webrtcbin => GValue */

  GstElement *webrtcbin;     /* in use, or NULL */
  WnEarlyMedia *early_media; /* of that webrtcbin */
  WnSections sections;
  WnChannels channels;
  WnIceRestart ice;   /* the remote peer's restarts */
  gchar *fingerprint; /* of a certificate of its own, or NULL */

  Description *offer;           /* created last, and not answered yet */
  GstSDPMessage *offer_on_wire; /* the same, as it was sent */
  gboolean is_offer_set;        /* it is webrtcbin's local description */
  GstSDPMessage *shown;         /* the remote description that webrtcbin has */
  WnSetup setup; /* of the remote peer; settled by the first answer */
  guint64 session_id;
  guint64 version;
  /* Of the local description: what candidates are tagged with. */
  gchar *local_ufrag;
  gboolean is_bundled;

  gboolean is_connected; /* once it was */
  GstWebRTCPeerConnectionState state;
  GstWebRTCICEConnectionState ice_state;
};

G_DEFINE_TYPE_WITH_CODE (WnPeerConnection, wn_peer_connection, G_TYPE_OBJECT,
    GST_DEBUG_CATEGORY_INIT (wn_peer_connection_debug, "wnpeerconnection", 0,
        "webrtcnegotiator's peer connections"));

enum
{
  CANDIDATE,
  HINT,
  STATE_CHANGED,
  DATA_CHANNEL,
  CHANNEL_REFUSED,
  PAD_ADDED,
  REPLACING,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

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
  g_autoptr (GSource) source = g_idle_source_new ();

  g_weak_ref_init (&notice->self, self);
  notice->webrtcbin = gst_object_ref (webrtcbin);
  notice->func = func;
  notice->data = data;
  notice->destroy = destroy;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, notice_dispatch, notice,
      (GDestroyNotify) notice_free);
  g_source_attach (source, self->context);
}

/* A bundle's transport is that of its first section; else each has its own.
 *
 * Returns: the section on the wire of a candidate for webrtcbin's @place, or -1 */
static gint
find_section_of_candidate (WnPeerConnection *self, gint place)
{
  for (guint i = 0;
       self->is_bundled && i < wn_sections_get_length (&self->sections); i++) {
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
  g_signal_emit (self, signals[CANDIDATE], 0, candidate);
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

/* Behind the answer that tells of the new credentials. */
static void
send_candidates_again (WnPeerConnection *self)
{
  for (guint i = 0; i < self->ice.candidates->len; i++) {
    const WnLocalCandidate *candidate =
        g_ptr_array_index (self->ice.candidates, i);

    post (self, self->webrtcbin, notice_candidate,
        wn_candidate_new (candidate->text, NULL, candidate->mline, NULL,
            WN_SESSION_UNKNOWN),
        (GDestroyNotify) wn_candidate_free);
  }
}

static void
notice_hint (WnPeerConnection *self, gpointer data G_GNUC_UNUSED)
{
  g_signal_emit (self, signals[HINT], 0);
}

static void
on_negotiation_needed (GstElement *webrtcbin, WnPeerConnection *self)
{
  post (self, webrtcbin, notice_hint, NULL, NULL);
}

static void open_streams (WnPeerConnection *self);

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
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED) {
    self->is_connected = TRUE;
    open_streams (self);
  }
  g_signal_emit (self, signals[STATE_CHANGED], 0);
}

static void
on_state (GstElement *webrtcbin, GParamSpec *pspec G_GNUC_UNUSED,
    WnPeerConnection *self)
{
  post (self, webrtcbin, notice_state, NULL, NULL);
}

/* It is there at once, as data comes as soon as this returns. */
static void
on_pad_added (GstElement *webrtcbin G_GNUC_UNUSED, GstPad *pad,
    WnPeerConnection *self)
{
  if (GST_PAD_IS_SRC (pad))
    g_signal_emit (self, signals[PAD_ADDED], 0, pad);
}

static void
notice_channel (WnPeerConnection *self, gpointer channel)
{
  g_signal_emit (self, signals[DATA_CHANNEL], 0, channel);
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
  g_signal_emit (self, signals[CHANNEL_REFUSED], 0, text);
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

/*** Calling webrtcbin ***/

/* Emits an action signal of webrtcbin's and waits for its promise.
 *
 * @created: (out) (optional): what the action creates */
static gboolean
call (WnPeerConnection *self, const gchar *action, gpointer argument,
    Description **created, GError **error)
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

/*** Streams ***/

static void
open_streams (WnPeerConnection *self)
{
  for (guint i = 0; i < self->sections.streams->len; i++) {
    WnStream *stream = g_ptr_array_index (self->sections.streams, i);

    if (self->is_connected && stream->mline >= 0
        && !wn_stream_has_changed (stream)
        && wn_sections_get_current (&self->sections, stream->mline)
            & WN_DIRECTION_SENDONLY)
      wn_gate_open (stream->gate);
    else
      wn_gate_close (stream->gate);
  }
}

void
wn_peer_connection_add_stream (WnPeerConnection *self, WnSinkPad *pad)
{
  wn_sections_add_stream (&self->sections, pad);
}

void
wn_peer_connection_remove_stream (WnPeerConnection *self, WnSinkPad *pad)
{
  wn_sections_remove_stream (&self->sections, pad);
}

/* The caps of @pad are other ones than before: if they are of another encoding, it
 * is not sent until that is negotiated.
 *
 * Returns: whether there is something to negotiate */
gboolean
wn_peer_connection_update_stream (WnPeerConnection *self, WnSinkPad *pad)
{
  WnStream *stream = wn_sections_find_stream (&self->sections, pad);

  if (!stream)
    return FALSE;
  if (wn_stream_has_changed (stream))
    wn_gate_close (stream->gate);
  return wn_stream_has_news (stream);
}

/*** Channels ***/

void
wn_peer_connection_add_channel (WnPeerConnection *self, WnDataChannel *channel)
{
  wn_channels_add (&self->channels, channel, self->webrtcbin);
}

static gboolean
needs_channel (WnPeerConnection *self)
{
  return wn_sections_find_channel (&self->sections) < 0
      && wn_channels_need_section (&self->channels);
}

/*** Replacing ***/

/* Forgets what is true of the webrtcbin in use only. */
static void
forget_webrtcbin (WnPeerConnection *self)
{
  g_clear_pointer (&self->offer, gst_webrtc_session_description_free);
  g_clear_pointer (&self->offer_on_wire, gst_sdp_message_free);
  g_clear_pointer (&self->shown, gst_sdp_message_free);
  g_clear_pointer (&self->local_ufrag, g_free);
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
static void
forget_descriptions (WnPeerConnection *self)
{
  forget_webrtcbin (self);
  wn_sections_forget (&self->sections);
  /* 62 bits, as in RFC 9429, 5.2.1. */
  self->session_id = ((guint64) g_random_int () << 30) ^ g_random_int ();
  self->version = 0;
}

static void
remove_webrtcbin (WnPeerConnection *self)
{
  g_autoptr (GstElement) old = g_steal_pointer (&self->webrtcbin);

  if (!old)
    return;

  for (guint i = 0; i < self->sections.streams->len; i++)
    wn_gate_disconnect (((WnStream *) g_ptr_array_index (self->sections.streams,
                             i))
                            ->gate);
  wn_channels_detach (&self->channels, old);

  g_signal_handlers_disconnect_by_data (old, self);
  g_signal_emit (self, signals[REPLACING], 0);

  wn_ice_keeper_keep_transports (old);
  /* Its end waits for its streams, which a pipeline that is paused may hold up
   * downstream: changes of the bin's state must not wait for that in turn. */
  gst_bin_remove (self->bin, old);
  wn_ice_keeper_stop_receiving (old);
  gst_element_set_state (old, GST_STATE_NULL);
  wn_sctp_stop (old);
  g_clear_pointer (&self->early_media, wn_early_media_unref);
}

/* webrtcbin has no property for more than one TURN server. */
static void
add_turn_servers (GstElement *webrtcbin, const GValue *servers)
{
  for (guint i = 0; i < gst_value_array_get_size (servers); i++) {
    const GValue *server = gst_value_array_get_value (servers, i);
    gboolean added = FALSE;

    g_signal_emit_by_name (webrtcbin, "add-turn-server",
        g_value_get_string (server), &added);
    /* It may have a password in it. */
    if (!added)
      GST_ELEMENT_WARNING (webrtcbin, RESOURCE, SETTINGS,
          ("Entry %u of turn-servers is not the URI of a TURN server. Set it to "
           "turn://USER:PASSWORD@HOST:PORT or turns://USER:PASSWORD@HOST:PORT.",
              i + 1),
          (NULL));
  }
}

static void
apply_setting (gpointer name, gpointer value, gpointer webrtcbin)
{
  if (g_str_equal (name, "turn-servers"))
    add_turn_servers (webrtcbin, value);
  else
    g_object_set_property (webrtcbin, name, value);
}

static void
add_webrtcbin (WnPeerConnection *self)
{
  self->webrtcbin =
      gst_object_ref_sink (gst_element_factory_make ("webrtcbin", NULL));
  wn_ice_agent_set_up (self->webrtcbin);
  g_hash_table_foreach (self->settings, apply_setting, self->webrtcbin);

  g_object_connect (self->webrtcbin, "signal::on-negotiation-needed",
      on_negotiation_needed, self, "signal::on-ice-candidate", on_ice_candidate,
      self, "signal::on-data-channel", on_data_channel, self,
      "signal::pad-added", on_pad_added, self,
      "signal::notify::connection-state", on_state, self,
      "signal::notify::ice-connection-state", on_state, self,
      "signal::notify::ice-gathering-state", on_gathering_state, self, NULL);
  /* The remote peer's connection goes on, and ours does not. */
  if (wn_sections_get_length (&self->sections) > 0)
    self->fingerprint = wn_certificate_renew (self->webrtcbin);
  wn_sctp_guard_start (self->webrtcbin);
  self->early_media = wn_early_media_new (self->webrtcbin);
  gst_bin_add (self->bin, self->webrtcbin);
}

static gboolean
renew_webrtcbin (WnPeerConnection *self, GError **error)
{
  remove_webrtcbin (self);
  forget_webrtcbin (self);

  if (!wn_requirements_load (error)) {
    g_signal_emit (self, signals[STATE_CHANGED], 0);
    return FALSE;
  }
  add_webrtcbin (self);
  if (!gst_element_sync_state_with_parent (self->webrtcbin)) {
    g_set_error (error, GST_WEBRTC_ERROR, GST_WEBRTC_ERROR_INTERNAL_FAILURE,
        "webrtcbin does not start. GST_DEBUG=webrtcbin:4 shows why.");
    remove_webrtcbin (self);
    g_signal_emit (self, signals[STATE_CHANGED], 0);
    return FALSE;
  }
  wn_channels_create (&self->channels, self->webrtcbin);
  g_signal_emit (self, signals[STATE_CHANGED], 0);
  return TRUE;
}

/**
 * wn_peer_connection_replace:
 * @layout: which of the media sections stay, as the remote peer's connection has
 *   them
 *
 * Puts a fresh webrtcbin, with the same streams and channels, in the place of the
 * one that there is, if there is one.
 */
gboolean
wn_peer_connection_replace (WnPeerConnection *self, WnLayout layout,
    GError **error)
{
  if (layout == WN_LAYOUT_NONE)
    forget_descriptions (self);
  else if (layout == WN_LAYOUT_NEGOTIATED)
    wn_sections_take_back (&self->sections);
  return renew_webrtcbin (self, error);
}

/* The remote peer is gone.  The streams and our channels wait for the next. */
void
wn_peer_connection_close (WnPeerConnection *self)
{
  remove_webrtcbin (self);
  forget_descriptions (self);
  wn_channels_end_remote (&self->channels);
  g_signal_emit (self, signals[STATE_CHANGED], 0);
}

/*** Descriptions ***/

static void
set_local (WnPeerConnection *self, const GstSDPMessage *on_wire)
{
  g_auto (GStrv) ufrags = wn_sdp_get_ufrags (on_wire);
  g_autofree gchar *tag = wn_sdp_get_bundle_tag (on_wire);

  g_free (self->local_ufrag);
  self->local_ufrag = g_strdup (ufrags ? ufrags[0] : NULL);
  self->is_bundled = tag != NULL;
}

/* Gives webrtcbin a remote description; @on_wire is what came. */
static gboolean
show_remote (WnPeerConnection *self, GstWebRTCSDPType type,
    const GstSDPMessage *on_wire, GError **error)
{
  guint n = gst_sdp_message_medias_len (on_wire);
  g_autofree gint *places = wn_sections_get_places (&self->sections, n);
  g_autoptr (Description) description =
      gst_webrtc_session_description_new (type,
          wn_sdp_to_webrtcbin (on_wire, places, self->shown,
              type == GST_WEBRTC_SDP_TYPE_ANSWER ? self->offer->sdp : NULL,
              self->setup));

  if (!call (self, "set-remote-description", description, NULL, error))
    return FALSE;

  for (guint i = 0; i < n; i++)
    wn_sections_give_place (&self->sections, i, places[i]);
  g_clear_pointer (&self->shown, gst_sdp_message_free);
  gst_sdp_message_copy (description->sdp, &self->shown);
  wn_early_media_set_remote (self->early_media, self->shown);
  return TRUE;
}

/* Puts into a description of webrtcbin's what it does not know. */
static void
complete (WnPeerConnection *self, GstSDPMessage *sdp)
{
  wn_ice_restart_apply (&self->ice, sdp);
  if (self->fingerprint)
    wn_sdp_set_fingerprint (sdp, self->fingerprint);
}

/* Lets webrtcbin answer the offer that it was shown. */
static Description *
make_answer (WnPeerConnection *self, GError **error)
{
  g_autoptr (Description) answer = NULL;

  wn_transceivers_open (self->webrtcbin);
  if (!call (self, "create-answer", NULL, &answer, error))
    return NULL;

  /* Some are made while an answer is. */
  wn_transceivers_open (self->webrtcbin);
  wn_sdp_repair_answer (answer->sdp);
  wn_sdp_open_directions (answer->sdp);
  complete (self, answer->sdp);
  if (!call (self, "set-local-description", answer, NULL, error))
    return NULL;
  return g_steal_pointer (&answer);
}

/*** Operations ***/

/* Returns: until when wn_peer_connection_check() cannot tell yet, unless streams
 *   change before; 0 if it can */
gint64
wn_peer_connection_get_wait (WnPeerConnection *self, gint64 now)
{
  return wn_sections_get_wait (&self->sections, now);
}

/* https://www.w3.org/TR/webrtc/#dfn-check-if-negotiation-is-needed */
gboolean
wn_peer_connection_check (WnPeerConnection *self, gboolean forced)
{
  wn_transceivers_tell_too_many (&self->sections);
  if (needs_channel (self) || wn_sections_need_negotiation (&self->sections))
    return TRUE;
  return forced && wn_sections_get_length (&self->sections) > 0;
}

/* Nothing that was negotiated is alive any more, and no transport of either side:
 * what follows begins with a new one. */
static gboolean
is_transport_gone (WnPeerConnection *self)
{
  return self->shown && wn_sections_are_all_rejected (&self->sections);
}

/**
 * wn_peer_connection_offer:
 *
 * As long as nothing is negotiated with this webrtcbin, the offer is set locally at
 * once, so that candidates are gathered; later only when it is answered.
 *
 * Returns: (transfer full) (nullable): an offer of all that is wished for
 */
WnDescription *
wn_peer_connection_offer (WnPeerConnection *self, GError **error)
{
  g_autoptr (Description) offer = NULL;

  if (is_transport_gone (self) && !renew_webrtcbin (self, error))
    return NULL;

  wn_transceivers_place (&self->sections, self->webrtcbin);
  wn_transceivers_open (self->webrtcbin);
  if (wn_sections_find_channel (&self->sections) >= 0 || needs_channel (self))
    wn_sctp_keep_section (self->webrtcbin);
  if (!call (self, "create-offer", NULL, &offer, error))
    return NULL;
  if (!self->shown)
    wn_ice_restart_begin_anew (&self->ice);
  complete (self, offer->sdp);

  wn_early_media_expect_answer (self->early_media);
  g_clear_pointer (&self->offer_on_wire, gst_sdp_message_free);
  self->offer_on_wire = wn_wire_make_offer (&self->sections, self->webrtcbin,
      offer->sdp, self->session_id, ++self->version);
  self->is_offer_set = !self->shown;
  if (self->is_offer_set) {
    set_local (self, self->offer_on_wire);
    if (!call (self, "set-local-description", offer, NULL, error))
      return NULL;
  }

  g_clear_pointer (&self->offer, gst_webrtc_session_description_free);
  self->offer = g_steal_pointer (&offer);
  return wn_wire_describe (WN_DESCRIPTION_OFFER, self->offer_on_wire);
}

/* The remote peer rejects all that there is: webrtcbin, which cannot be told so,
 * makes room for another one. */
static gboolean
take_rejection (WnPeerConnection *self, const GstSDPMessage *answer,
    GError **error)
{
  set_local (self, self->offer_on_wire);
  wn_sections_update (&self->sections, self->offer_on_wire, answer, TRUE);
  wn_ice_restart_hand_over (&self->ice, self->offer_on_wire, NULL, NULL);
  return renew_webrtcbin (self, error);
}

static gboolean
apply_answer (WnPeerConnection *self, const GstSDPMessage *answer,
    GError **error)
{
  if (self->setup == WN_SETUP_UNKNOWN)
    self->setup = wn_sdp_get_setup (answer);
  if ((!self->is_offer_set
          && !call (self, "set-local-description", self->offer, NULL, error))
      || !show_remote (self, GST_WEBRTC_SDP_TYPE_ANSWER, answer, error))
    return FALSE;

  set_local (self, self->offer_on_wire);
  wn_transceivers_open (self->webrtcbin);
  wn_transceivers_locate (&self->sections);
  wn_sections_update (&self->sections, self->offer_on_wire, answer, TRUE);
  wn_transceivers_settle (&self->sections, self->webrtcbin);
  open_streams (self);
  g_clear_pointer (&self->offer, gst_webrtc_session_description_free);
  return TRUE;
}

static GstSDPMessage *
parse (const WnDescription *description, GError **error)
{
  GstSDPMessage *sdp = wn_sdp_parse (description->sdp, error);

  if (sdp)
    wn_sdp_settle_bundle_only (sdp, description->type == WN_DESCRIPTION_OFFER);
  return sdp;
}

WnPeerConnectionResult
wn_peer_connection_take_answer (WnPeerConnection *self,
    const WnDescription *answer, GError **error)
{
  g_autoptr (GstSDPMessage) remote = parse (answer, error);
  gboolean done;

  if (!remote
      || !wn_sdp_guard_answer (remote, self->offer_on_wire,
          self->sections.remote, error))
    return WN_PEER_CONNECTION_REFUSED;

  done = wn_sdp_is_all_rejected (remote) ? take_rejection (self, remote, error)
                                         : apply_answer (self, remote, error);
  return done ? WN_PEER_CONNECTION_OK : WN_PEER_CONNECTION_BROKEN;
}

/* Returns: (transfer full) (nullable): our answer, on the wire */
static GstSDPMessage *
apply_offer (WnPeerConnection *self, const GstSDPMessage *offer, GError **error)
{
  g_autoptr (Description) answer = NULL;
  gboolean restart =
      self->shown && wn_ice_restart_is_offered (self->sections.remote, offer);
  WnSetup ours;

  wn_transceivers_place_in_offer (&self->sections, self->webrtcbin, offer);
  if (wn_sections_find_channel (&self->sections) >= 0)
    wn_sctp_keep_section (self->webrtcbin);
  if (restart && !wn_ice_restart_begin (&self->ice, self->webrtcbin))
    GST_WARNING_OBJECT (self->bin,
        "the remote peer's ICE restart is answered "
        "with the former credentials");
  if (!show_remote (self, GST_WEBRTC_SDP_TYPE_OFFER, offer, error)
      || !(answer = make_answer (self, error)))
    return NULL;

  wn_transceivers_open (self->webrtcbin);
  wn_transceivers_locate (&self->sections);
  ours = wn_sdp_get_setup (answer->sdp);
  if (self->setup == WN_SETUP_UNKNOWN && ours != WN_SETUP_UNKNOWN)
    self->setup = ours == WN_SETUP_ACTIVE ? WN_SETUP_PASSIVE : WN_SETUP_ACTIVE;
  if (restart)
    send_candidates_again (self);
  return wn_wire_make_answer (&self->sections, offer, answer->sdp,
      self->session_id, ++self->version);
}

WnPeerConnectionResult
wn_peer_connection_answer (WnPeerConnection *self, const WnDescription *offer,
    WnDescription **answer, GError **error)
{
  g_autoptr (GstSDPMessage) remote = parse (offer, error);
  g_autoptr (GstSDPMessage) on_wire = NULL;
  gboolean has_media;

  if (!remote
      || !wn_sdp_guard_offer (remote, self->sections.remote,
          self->sections.local, error))
    return WN_PEER_CONNECTION_REFUSED;

  has_media = !wn_sdp_is_all_rejected (remote);
  if (has_media
      && (is_transport_gone (self)
          || !wn_sections_keep_transport (&self->sections, remote))) {
    g_set_error (error, GST_WEBRTC_ERROR, GST_WEBRTC_ERROR_INVALID_STATE,
        "the remote peer stopped the section whose transport is in use");
    wn_ice_restart_hand_over (&self->ice, self->sections.local,
        self->sections.remote, remote);
    return WN_PEER_CONNECTION_OUTDATED;
  }

  wn_sections_accept_offer (&self->sections, remote);
  on_wire = has_media
      ? apply_offer (self, remote, error)
      : wn_sdp_reject_all (remote, self->session_id, ++self->version);
  if (!on_wire)
    return WN_PEER_CONNECTION_BROKEN;

  set_local (self, on_wire);
  wn_sections_update (&self->sections, on_wire, remote, FALSE);
  wn_transceivers_settle (&self->sections, self->webrtcbin);
  open_streams (self);
  *answer = wn_wire_describe (WN_DESCRIPTION_ANSWER, on_wire);
  return WN_PEER_CONNECTION_OK;
}

/**
 * wn_peer_connection_roll_back:
 *
 * Negotiates what was negotiated last once more, without telling the remote peer.
 * Creating an answer makes webrtcbin forget the offer that it created, and this
 * answer can be created, as its sections are those that the forgotten offer begins
 * with.
 */
gboolean
wn_peer_connection_roll_back (WnPeerConnection *self, GError **error)
{
  g_autoptr (Description) noop = NULL;
  g_autoptr (Description) answer = NULL;
  GstSDPMessage *copy;

  wn_sections_take_back (&self->sections);
  /* What is set locally cannot be forgotten, and nothing was negotiated with it. */
  if (self->is_offer_set)
    return renew_webrtcbin (self, error);

  g_clear_pointer (&self->offer, gst_webrtc_session_description_free);
  g_clear_pointer (&self->offer_on_wire, gst_sdp_message_free);
  wn_early_media_set_remote (self->early_media, self->shown);

  wn_transceivers_settle (&self->sections, self->webrtcbin);
  gst_sdp_message_copy (self->shown, &copy);
  wn_sdp_set_setup (copy, self->setup);
  noop = gst_webrtc_session_description_new (GST_WEBRTC_SDP_TYPE_OFFER, copy);
  if (!call (self, "set-remote-description", noop, NULL, error)
      || !(answer = make_answer (self, error)))
    return FALSE;

  wn_transceivers_open (self->webrtcbin);
  wn_transceivers_locate (&self->sections);
  return TRUE;
}

/* Returns: the section of webrtcbin's whose transport @candidate is for, or -1; a
 * bundle's is that of its first section */
static gint
find_transport (WnPeerConnection *self, const WnCandidate *candidate)
{
  gint mline = candidate->mid
      ? wn_sections_find_mid (&self->sections, candidate->mid)
      : -1;

  if (self->is_bundled)
    return 0;
  if (mline < 0)
    mline = MAX (candidate->mline, 0);
  return mline < (gint) wn_sections_get_length (&self->sections)
      ? wn_sections_get (&self->sections, mline)->place
      : -1;
}

/* Returns: FALSE if @candidate is malformed; then nothing was done */
gboolean
wn_peer_connection_add_candidate (WnPeerConnection *self,
    const WnCandidate *candidate, GError **error)
{
  gint place = find_transport (self, candidate);
  g_autofree gchar *text = NULL;

  if (!wn_sdp_guard_candidate (candidate->candidate, candidate->mid,
          candidate->mline, self->sections.remote, error))
    return FALSE;

  /* webrtcbin does not wait for the last one, and on 1.22 does not know it. */
  if (!*candidate->candidate || place < 0)
    return TRUE;

  text = g_str_has_prefix (candidate->candidate, "a=")
      ? g_strdup (candidate->candidate + 2)
      : g_strdup (candidate->candidate);
  g_signal_emit_by_name (self->webrtcbin, "add-ice-candidate", place, text);
  return TRUE;
}

/*** State ***/

/* Returns: (nullable): the one in use */
GstElement *
wn_peer_connection_get_webrtcbin (WnPeerConnection *self)
{
  return self->webrtcbin;
}

GstWebRTCPeerConnectionState
wn_peer_connection_get_state (WnPeerConnection *self)
{
  return self->state;
}

GstWebRTCICEConnectionState
wn_peer_connection_get_ice_state (WnPeerConnection *self)
{
  return self->ice_state;
}

/*** Life ***/

static void
free_value (GValue *value)
{
  g_value_unset (value);
  g_free (value);
}

/**
 * wn_peer_connection_set_property_of_webrtcbin:
 *
 * Sets a property of the webrtcbin in use and of all that replace it.
 */
void
wn_peer_connection_set_property_of_webrtcbin (WnPeerConnection *self,
    const gchar *name, const GValue *value)
{
  GValue *copy = g_new0 (GValue, 1);

  g_value_init (copy, G_VALUE_TYPE (value));
  g_value_copy (value, copy);
  g_hash_table_replace (self->settings, g_strdup (name), copy);
  if (self->webrtcbin)
    apply_setting ((gpointer) name, copy, self->webrtcbin);
}

static void
wn_peer_connection_finalize (GObject *object)
{
  WnPeerConnection *self = WN_PEER_CONNECTION (object);

  remove_webrtcbin (self);
  forget_descriptions (self);
  wn_sections_clear (&self->sections);
  g_hash_table_unref (self->settings);
  wn_channels_clear (&self->channels);
  wn_ice_restart_clear (&self->ice);
  g_main_context_unref (self->context);
  G_OBJECT_CLASS (wn_peer_connection_parent_class)->finalize (object);
}

static guint
add_signal (WnPeerConnectionClass *klass, const gchar *name, GType argument)
{
  return g_signal_new (name, G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, argument == G_TYPE_NONE ? 0 : 1, argument);
}

static void
wn_peer_connection_class_init (WnPeerConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wn_peer_connection_finalize;

  signals[CANDIDATE] = add_signal (klass, "candidate", G_TYPE_POINTER);
  signals[HINT] = add_signal (klass, "hint", G_TYPE_NONE);
  signals[STATE_CHANGED] = add_signal (klass, "state-changed", G_TYPE_NONE);
  signals[DATA_CHANNEL] =
      add_signal (klass, "data-channel", WN_TYPE_DATA_CHANNEL);
  signals[CHANNEL_REFUSED] =
      add_signal (klass, "channel-refused", G_TYPE_STRING);
  signals[PAD_ADDED] = add_signal (klass, "pad-added", GST_TYPE_PAD);
  signals[REPLACING] = add_signal (klass, "replacing", G_TYPE_NONE);
}

static void
wn_peer_connection_init (WnPeerConnection *self)
{
  wn_sections_init (&self->sections);
  wn_ice_restart_init (&self->ice);
  self->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) free_value);
}

/**
 * wn_peer_connection_new:
 * @bin: the bin to put webrtcbins into; outlives the connection
 *
 * Returns: (transfer full): a connection without a webrtcbin, until
 *   wn_peer_connection_replace()
 */
WnPeerConnection *
wn_peer_connection_new (GstBin *bin, GMainContext *context)
{
  WnPeerConnection *self = g_object_new (WN_TYPE_PEER_CONNECTION, NULL);

  self->bin = bin;
  self->context = g_main_context_ref (context);
  wn_channels_init (&self->channels, context);
  forget_descriptions (self);
  return self;
}
