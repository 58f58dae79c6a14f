/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "peerconnection-private.h"

#include "webrtc/channel/sctp.h"
#include "sdp/sdpguard.h"
#include "sdp/transportcc.h"
#include "signalling/objectsignal.h"
#include "transceivers.h"
#include "wire.h"

#include <gst/webrtc/datachannel.h>

GST_DEBUG_CATEGORY (wn_peer_connection_debug);
#define GST_CAT_DEFAULT wn_peer_connection_debug

G_DEFINE_TYPE_WITH_CODE (WnPeerConnection, wn_peer_connection, G_TYPE_OBJECT,
    GST_DEBUG_CATEGORY_INIT (wn_peer_connection_debug, "wnpeerconnection", 0,
        "webrtcnegotiator's peer connections"));

guint wn_peer_connection_signals[WN_PEER_CONNECTION_N_SIGNALS];

/*** Replacing ***/

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
  gboolean is_in_vain = self->is_begun_again && !self->is_repeating
      && !self->shown && self->offer;

  if (layout == WN_LAYOUT_NONE)
    wn_peer_connection_forget_descriptions (self);
  else if (layout == WN_LAYOUT_NEGOTIATED)
    wn_placement_take_back (&self->sections, self->streams);
  if (!wn_peer_connection_renew_webrtcbin (self, error))
    return FALSE;
  self->is_repeating = self->is_begun_again && is_in_vain;
  return TRUE;
}

/* The remote peer is gone.  The streams and our channels wait for the next. */
void
wn_peer_connection_close (WnPeerConnection *self)
{
  wn_peer_connection_remove_webrtcbin (self);
  wn_peer_connection_forget_descriptions (self);
  wn_bandwidth_begin (self->bandwidth);
  wn_channels_end_remote (&self->channels);
  g_signal_emit (self,
      wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_STATE_CHANGED], 0);
}

/*** Descriptions ***/

static void
set_local (WnPeerConnection *self, const GstSDPMessage *on_wire)
{
  g_auto (GStrv) ufrags = wn_sdp_get_ufrags (on_wire);

  g_free (self->local_ufrag);
  self->local_ufrag = g_strdup (ufrags ? ufrags[0] : NULL);
  g_free (self->local_tag);
  self->local_tag = wn_sdp_get_bundle_tag (on_wire);
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

  wn_peer_certificate_expect (self->peer_certificate, description->sdp);
  if (self->repair)
    wn_repair_set_remote (self->repair, description->sdp);
  wn_feedback_set_remote (self->feedback, description->sdp);
  if (!wn_peer_connection_set_description (self, "set-remote-description",
          description, error))
    return FALSE;

  for (guint i = 0; i < n; i++)
    wn_sections_give_place (&self->sections, i, places[i]);
  g_clear_pointer (&self->shown, gst_sdp_message_free);
  gst_sdp_message_copy (description->sdp, &self->shown);
  wn_early_media_set_remote (self->early_media, self->shown);
  return TRUE;
}

/* Puts into a description of webrtcbin's what it does not know.
 *
 * @offer: (nullable): what @sdp answers; %NULL: it is an offer */
static void
complete (WnPeerConnection *self, GstSDPMessage *sdp,
    const GstSDPMessage *offer)
{
  const GstSDPMessage *remote =
      self->shown ? self->shown : self->sections.remote;

  wn_ice_restart_apply (&self->ice, sdp);
  if (self->fingerprint)
    wn_sdp_set_fingerprint (sdp, self->fingerprint);
  if (offer) {
    wn_transport_cc_answer (sdp, offer);
    if (self->repair)
      wn_repair_answer (self->repair, sdp, offer);
  } else {
    wn_transport_cc_offer (sdp, remote);
    if (self->repair)
      wn_repair_offer (self->repair, sdp, remote);
  }
}

/* Lets webrtcbin answer the offer that it was shown. */
static Description *
make_answer (WnPeerConnection *self, GError **error)
{
  g_autoptr (Description) answer = NULL;

  wn_transceivers_open (self->webrtcbin);
  if (!wn_peer_connection_call (self, "create-answer", NULL, &answer, error))
    return NULL;

  /* Some are made while an answer is. */
  wn_transceivers_open (self->webrtcbin);
  wn_sdp_repair_answer (answer->sdp);
  wn_sdp_open_directions (answer->sdp);
  complete (self, answer->sdp, self->shown);
  if (!wn_peer_connection_set_description (self, "set-local-description",
          answer, error))
    return NULL;
  return g_steal_pointer (&answer);
}

/* What a negotiation leaves is what webrtcbin and the streams go on with. */
static void
settle (WnPeerConnection *self)
{
  g_autoptr (GArray) placements =
      wn_placement_in_force (&self->sections, self->streams);

  wn_transceivers_place (placements, self->webrtcbin);
}

/* The same, where something was negotiated. */
static void
go_on (WnPeerConnection *self)
{
  self->settled_at = g_get_monotonic_time ();
  settle (self);
  wn_streams_put_in_force (self->streams);
  wn_peer_connection_open_streams (self);
  wn_peer_connection_share_bitrate (self);
  wn_rtc_stats_set_descriptions (self->rtc_stats, self->sections.local,
      self->sections.remote);
}

/*** Beginning again with a remote peer whose connection goes on ***/

/* A fresh webrtcbin comes with an ICE restart, by new credentials.  Firefox refuses the
 * offer of one for ever once it has rolled back an offer of its own for it (mIsPendingOfferer
 * of its JsepSessionImpl stays), but takes any other offer, and then that one, too.  So
 * one that was not answered is followed by one with the former credentials, and this by
 * one with new ones: after a while, in which the remote peer can offer what it was not
 * able to, as the two would meet again. */
#define REPEATING_US (G_USEC_PER_SEC)

static gboolean
has_repeated (WnPeerConnection *self)
{
  return self->is_repeating && self->shown;
}

/* Of an offer with which nothing was negotiated yet */
static void
choose_credentials (WnPeerConnection *self)
{
  if (self->is_repeating && self->sections.local)
    wn_ice_restart_inherit (&self->ice, self->sections.local, NULL, NULL);
  else
    wn_ice_restart_begin_anew (&self->ice);
}

/*** Operations ***/

/* Returns: until when wn_peer_connection_check() cannot tell yet, unless streams
 *   change before; 0 if it can */
gint64
wn_peer_connection_get_wait (WnPeerConnection *self, gint64 now)
{
  if (has_repeated (self) && now < self->settled_at + REPEATING_US)
    return self->settled_at + REPEATING_US;
  return wn_streams_get_wait (self->streams, now);
}

static gboolean
needs_channel (WnPeerConnection *self)
{
  return wn_sections_find_channel (&self->sections) < 0
      && wn_channels_need_section (&self->channels);
}

/* https://www.w3.org/TR/webrtc/#dfn-check-if-negotiation-is-needed */
gboolean
wn_peer_connection_check (WnPeerConnection *self, gboolean forced)
{
  wn_placement_tell_unsent (&self->sections, self->streams);
  if (has_repeated (self) || needs_channel (self)
      || wn_placement_is_needed (&self->sections, self->streams))
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

/* The transport of this webrtcbin is one that the remote peer may not go on with. */
static gboolean
is_transport_in_vain (WnPeerConnection *self)
{
  return self->shown && wn_sections_has_lost_transport (&self->sections);
}

/**
 * wn_peer_connection_offer:
 *
 * As long as nothing is negotiated with this webrtcbin, the offer is set locally at
 * once, so that candidates are gathered; later only when it is answered.  That is what
 * @commit of the action says, too, but for a webrtcbin that was replaced without a word
 * to the negotiation.
 *
 * Returns: (transfer full) (nullable): an offer of all that is wished for
 */
WnDescription *
wn_peer_connection_offer (WnPeerConnection *self, GError **error)
{
  g_autoptr (Description) offer = NULL;
  g_autoptr (GArray) placements = NULL;
  g_autoptr (GArray) added = NULL;

  if ((is_transport_gone (self) || is_transport_in_vain (self)
          || has_repeated (self))
      && !wn_peer_connection_renew_webrtcbin (self, error))
    return NULL;

  placements = wn_placement_for_offer (&self->sections, self->streams);
  added = wn_transceivers_place_for_offer (placements, self->webrtcbin);
  if (wn_sections_find_channel (&self->sections) >= 0
      || wn_channels_need_section (&self->channels))
    wn_sctp_keep_section (self->webrtcbin);
  if (!wn_peer_connection_call (self, "create-offer", NULL, &offer, error))
    return NULL;
  if (!self->shown)
    choose_credentials (self);
  complete (self, offer->sdp, NULL);

  wn_early_media_expect_answer (self->early_media);
  g_clear_pointer (&self->offer_on_wire, gst_sdp_message_free);
  wn_placement_note_offer (&self->sections, added, offer->sdp);
  self->offer_on_wire = wn_wire_make_offer (&self->sections, self->streams,
      offer->sdp, self->session_id, ++self->version);
  self->is_offer_set = !self->shown;
  if (self->is_offer_set) {
    set_local (self, self->offer_on_wire);
    if (!wn_peer_connection_set_description (self, "set-local-description",
            offer, error))
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
  return wn_peer_connection_renew_webrtcbin (self, error);
}

static gboolean
apply_answer (WnPeerConnection *self, const GstSDPMessage *answer,
    GError **error)
{
  if (self->setup == WN_SETUP_UNKNOWN)
    self->setup = wn_sdp_get_setup (answer);
  if ((!self->is_offer_set
          && !wn_peer_connection_set_description (self, "set-local-description",
              self->offer, error))
      || !show_remote (self, GST_WEBRTC_SDP_TYPE_ANSWER, answer, error))
    return FALSE;

  set_local (self, self->offer_on_wire);
  wn_transceivers_open (self->webrtcbin);
  wn_transceivers_locate (&self->sections, self->streams);
  wn_sections_update (&self->sections, self->offer_on_wire, answer, TRUE);
  go_on (self);
  g_clear_pointer (&self->offer, gst_webrtc_session_description_free);
  return TRUE;
}

WnPeerConnectionResult
wn_peer_connection_take_answer (WnPeerConnection *self,
    const WnDescription *answer, GError **error)
{
  const GstSDPMessage *remote = answer->read;
  gboolean done;

  if (!wn_sdp_guard_description (remote, FALSE, error)
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
  g_autoptr (GArray) placements = NULL;
  gboolean restart =
      self->shown && wn_ice_restart_is_offered (self->sections.remote, offer);
  WnSetup ours;

  placements = wn_placement_for_answer (&self->sections, self->streams, offer);
  wn_transceivers_place (placements, self->webrtcbin);
  if (wn_sections_find_channel (&self->sections) >= 0)
    wn_sctp_keep_section (self->webrtcbin);
  if (restart && wn_ice_restart_begin (&self->ice, self->webrtcbin))
    wn_peer_connection_hold_candidates (self, offer);
  else if (restart)
    GST_WARNING_OBJECT (self->bin,
        "the remote peer's ICE restart is answered "
        "with the former credentials");
  if (!show_remote (self, GST_WEBRTC_SDP_TYPE_OFFER, offer, error)
      || !(answer = make_answer (self, error)))
    return NULL;

  wn_transceivers_open (self->webrtcbin);
  wn_transceivers_locate (&self->sections, self->streams);
  ours = wn_sdp_get_setup (answer->sdp);
  if (self->setup == WN_SETUP_UNKNOWN && ours != WN_SETUP_UNKNOWN)
    self->setup = ours == WN_SETUP_ACTIVE ? WN_SETUP_PASSIVE : WN_SETUP_ACTIVE;
  if (restart)
    wn_peer_connection_send_candidates_again (self);
  return wn_wire_make_answer (&self->sections, self->streams, offer,
      answer->sdp, self->session_id, ++self->version);
}

WnPeerConnectionResult
wn_peer_connection_answer (WnPeerConnection *self, const WnDescription *offer,
    WnDescription **answer, GError **error)
{
  const GstSDPMessage *remote = offer->read;
  g_autoptr (GstSDPMessage) on_wire = NULL;
  gboolean has_media;

  if (!wn_sdp_guard_offer (remote, self->sections.remote, self->sections.local,
          error))
    return WN_PEER_CONNECTION_REFUSED;

  has_media = !wn_sdp_is_all_rejected (remote);
  if (has_media
      && (is_transport_gone (self)
          || !wn_sections_keep_transport (&self->sections, remote))) {
    g_set_error (error, GST_WEBRTC_ERROR, GST_WEBRTC_ERROR_INVALID_STATE,
        "the remote peer stopped the section whose transport is in use");
    wn_ice_restart_hand_over (&self->ice, self->sections.local,
        self->sections.remote, remote);
    self->is_begun_again = FALSE;
    return WN_PEER_CONNECTION_OUTDATED;
  }

  /* It was made before the remote peer heard of our restart. */
  if (has_media && !self->shown
      && wn_sections_has_lost_transport (&self->sections))
    wn_ice_restart_inherit (&self->ice, self->sections.local,
        self->sections.remote, remote);

  wn_placement_accept_offer (&self->sections, self->streams, remote);
  on_wire = has_media
      ? apply_offer (self, remote, error)
      : wn_sdp_reject_all (remote, self->session_id, ++self->version);
  if (!on_wire)
    return WN_PEER_CONNECTION_BROKEN;

  set_local (self, on_wire);
  wn_sections_update (&self->sections, on_wire, remote, FALSE);
  go_on (self);
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

  wn_placement_take_back (&self->sections, self->streams);
  /* What is set locally cannot be forgotten, and nothing was negotiated with it. */
  if (self->is_offer_set)
    return wn_peer_connection_renew_webrtcbin (self, error);

  g_clear_pointer (&self->offer, gst_webrtc_session_description_free);
  g_clear_pointer (&self->offer_on_wire, gst_sdp_message_free);
  wn_early_media_set_remote (self->early_media, self->shown);

  settle (self);
  gst_sdp_message_copy (self->shown, &copy);
  wn_sdp_set_setup (copy, self->setup);
  noop = gst_webrtc_session_description_new (GST_WEBRTC_SDP_TYPE_OFFER, copy);
  if (!wn_peer_connection_set_description (self, "set-remote-description", noop,
          error)
      || !(answer = make_answer (self, error)))
    return FALSE;

  wn_transceivers_open (self->webrtcbin);
  wn_transceivers_locate (&self->sections, self->streams);
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

  if (self->local_tag)
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
  if (!wn_ice_restart_keep (&self->ice, text, place))
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

/* Returns: (nullable): of the webrtcbin in use */
WnRtcStats *
wn_peer_connection_get_rtc_stats (WnPeerConnection *self)
{
  return self->rtc_stats;
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
wn_peer_connection_finalize (GObject *object)
{
  WnPeerConnection *self = WN_PEER_CONNECTION (object);

  wn_bandwidth_stop (self->bandwidth);
  wn_peer_connection_remove_webrtcbin (self);
  wn_peer_connection_forget_descriptions (self);
  wn_bandwidth_unref (self->bandwidth);
  wn_sections_clear (&self->sections);
  g_ptr_array_unref (self->streams);
  gst_structure_free (self->settings);
  wn_channels_clear (&self->channels);
  wn_ice_restart_clear (&self->ice);
  g_main_context_unref (self->context);
  G_OBJECT_CLASS (wn_peer_connection_parent_class)->finalize (object);
}

static void
wn_peer_connection_class_init (WnPeerConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wn_peer_connection_finalize;

  wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_CANDIDATE] =
      wn_object_signal_new (WN_TYPE_PEER_CONNECTION, "candidate", 1,
          G_TYPE_POINTER);
  wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_HINT] =
      wn_object_signal_new (WN_TYPE_PEER_CONNECTION, "hint", 0);
  wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_STATE_CHANGED] =
      wn_object_signal_new (WN_TYPE_PEER_CONNECTION, "state-changed", 0);
  wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_BITRATE_CHANGED] =
      wn_object_signal_new (WN_TYPE_PEER_CONNECTION, "bitrate-changed", 0);
  wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_DATA_CHANNEL] =
      wn_object_signal_new (WN_TYPE_PEER_CONNECTION, "data-channel", 1,
          WN_TYPE_DATA_CHANNEL);
  wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_CHANNEL_REFUSED] =
      wn_object_signal_new (WN_TYPE_PEER_CONNECTION, "channel-refused", 1,
          G_TYPE_STRING);
  wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_PAD_ADDED] =
      wn_object_signal_new (WN_TYPE_PEER_CONNECTION, "pad-added", 1,
          GST_TYPE_PAD);
  wn_peer_connection_signals[WN_PEER_CONNECTION_SIGNAL_REMOVED] =
      wn_object_signal_new (WN_TYPE_PEER_CONNECTION, "removed", 0);
}

static void
wn_peer_connection_init (WnPeerConnection *self)
{
  wn_sections_init (&self->sections);
  self->streams = wn_streams_new ();
  wn_ice_restart_init (&self->ice);
  self->settings = gst_structure_new_empty ("webrtcbin");
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
  self->bandwidth =
      wn_bandwidth_new (context, wn_peer_connection_on_estimate, self);
  wn_channels_init (&self->channels, context);
  wn_peer_connection_forget_descriptions (self);
  return self;
}
