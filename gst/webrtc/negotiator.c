/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:element-webrtcnegotiator
 * @title: webrtcnegotiator
 *
 * Sends RTP streams to one remote peer and receives streams from it, over WebRTC,
 * and lets both sides add and remove streams at any time, even at the same moment:
 * it wraps webrtcbin and negotiates by the W3C's "perfect negotiation".
 *
 * Without a #GstWebRTCNegotiator:signaller-uri it serves a web page that shows and
 * sends streams, and rooms in which peers find each other.
 *
 * |[
 * gst-launch-1.0 -m videotestsrc is-live=true ! vp8enc deadline=1 ! rtpvp8pay ! webrtcnegotiator
 * ]| Open http://127.0.0.1:8443/ in a browser.
 * |[
 * gst-launch-1.0 webrtcnegotiator name=n n.src_0 ! rtpvp8depay ! vp8dec ! videoconvert ! autovideosink
 * ]| Open http://127.0.0.1:8443/?send=camera in a browser to see its camera.
 *
 * Since: 0.1
 */

#include "negotiator-private.h"

#include "types.h"

#include <stdio.h>

GST_DEBUG_CATEGORY (wn_negotiator_debug);
#define GST_CAT_DEFAULT wn_negotiator_debug

#define DEFAULT_LISTEN "127.0.0.1:8443"
#define DEFAULT_ROOM "default"
#define DEFAULT_NEGOTIATION_TIMEOUT 10000
#define DEFAULT_LATENCY 200

enum
{
  PROP_0,
  PROP_SIGNALLER_URI,
  PROP_LISTEN,
  PROP_SERVER_URI,
  PROP_PROTOCOL,
  PROP_ROOM,
  PROP_PEER_ID,
  PROP_REMOTE_PEER_ID,
  PROP_TOKEN,
  PROP_ROLE,
  PROP_AUTO_ANSWER,
  PROP_NEGOTIATION_TIMEOUT,
  PROP_STUN_SERVER,
  PROP_TURN_SERVERS,
  PROP_ICE_TRANSPORT_POLICY,
  PROP_BUNDLE_POLICY,
  PROP_LATENCY,
  PROP_POLITE,
  PROP_MAKING_OFFER,
  PROP_IGNORING_OFFER,
  PROP_SIGNALING_STATE,
  PROP_CONNECTION_STATE,
  PROP_ICE_CONNECTION_STATE,
  PROP_STATS,
  PROP_WEBRTCBIN,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

enum
{
  ACTION_ACCEPT_OFFER,
  ACTION_REJECT_OFFER,
  ACTION_NEGOTIATE,
  ACTION_RESTART,
  ACTION_CREATE_DATA_CHANNEL,
  ACTION_SET_DIRECTION,
  ACTION_INCOMING_MESSAGE,
  N_ACTIONS
};

static guint signals[WN_SIGNAL_LAST];
static guint actions[N_ACTIONS];

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink_%u", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS ("application/x-rtp"));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
    GST_STATIC_CAPS ("application/x-rtp"));

G_DEFINE_TYPE_WITH_CODE (GstWebRTCNegotiator, gst_webrtc_negotiator,
    GST_TYPE_BIN, GST_DEBUG_CATEGORY_INIT (wn_negotiator_debug,
        "webrtcnegotiator", 0, "webrtcnegotiator"));
GST_ELEMENT_REGISTER_DEFINE (webrtcnegotiator, "webrtcnegotiator",
    GST_RANK_NONE, GST_TYPE_WEBRTC_NEGOTIATOR);

/*** For the thread ***/

void
wn_negotiator_notify (GstWebRTCNegotiator * self, WnNotify what)
{
  static const guint ids[] = {
    [WN_NOTIFY_SERVER_URI] = PROP_SERVER_URI,
    [WN_NOTIFY_PEER_ID] = PROP_PEER_ID,
    [WN_NOTIFY_POLITE] = PROP_POLITE,
    [WN_NOTIFY_MAKING_OFFER] = PROP_MAKING_OFFER,
    [WN_NOTIFY_IGNORING_OFFER] = PROP_IGNORING_OFFER,
    [WN_NOTIFY_SIGNALING_STATE] = PROP_SIGNALING_STATE,
    [WN_NOTIFY_CONNECTION_STATE] = PROP_CONNECTION_STATE,
    [WN_NOTIFY_ICE_CONNECTION_STATE] = PROP_ICE_CONNECTION_STATE,
    [WN_NOTIFY_WEBRTCBIN] = PROP_WEBRTCBIN,
  };

  g_object_notify_by_pspec (G_OBJECT (self), properties[ids[what]]);
}

guint
wn_negotiator_get_signal (WnSignal signal)
{
  return signals[signal];
}

/*** Sink pads ***/

static void
call_update_stream (GstWebRTCNegotiator * self, gpointer pad)
{
  if (wn_peer_connection_update_stream (self->connection, pad))
    wn_session_change (self->session);
}

static void
on_caps_changed (WnSinkPad * pad, GstWebRTCNegotiator * self)
{
  wn_negotiator_call (self, call_update_stream, gst_object_ref (pad),
      gst_object_unref);
}

/* As a bin's children would: when all that we send has ended, so have we. */
static void
on_ended (WnSinkPad * pad, GstWebRTCNegotiator * self)
{
  gboolean all_ended;

  GST_DEBUG_OBJECT (pad, "end of stream");
  GST_OBJECT_LOCK (self);
  self->n_ended++;
  all_ended = self->n_ended == self->sink_pads->len;
  GST_OBJECT_UNLOCK (self);
  if (all_ended)
    gst_element_post_message (GST_ELEMENT (self),
        gst_message_new_eos (GST_OBJECT (self)));
}

static void
call_add_stream (GstWebRTCNegotiator * self, gpointer pad)
{
  wn_peer_connection_add_stream (self->connection, pad);
  wn_session_change (self->session);
}

static gchar *
choose_sink_name (GstWebRTCNegotiator * self, const gchar * name)
{
  guint number;

  if (!name || sscanf (name, "sink_%u", &number) != 1)
    number = self->next_sink_pad;
  self->next_sink_pad = MAX (self->next_sink_pad, number + 1);
  return g_strdup_printf ("sink_%u", number);
}

static GstPad *
gst_webrtc_negotiator_request_new_pad (GstElement * element,
    GstPadTemplate * templ, const gchar * name, const GstCaps * caps)
{
  GstWebRTCNegotiator *self = GST_WEBRTC_NEGOTIATOR (element);
  g_autofree gchar *pad_name = NULL;
  WnSinkPad *pad;

  GST_OBJECT_LOCK (self);
  pad_name = choose_sink_name (self, name);
  GST_OBJECT_UNLOCK (self);

  pad = wn_sink_pad_new (templ, pad_name, caps);
  g_signal_connect (pad, "caps-changed", G_CALLBACK (on_caps_changed), self);
  g_signal_connect (pad, "ended", G_CALLBACK (on_ended), self);
  if (GST_STATE (self) >= GST_STATE_PAUSED
      || GST_STATE_PENDING (self) >= GST_STATE_PAUSED)
    gst_pad_set_active (GST_PAD (pad), TRUE);
  if (!gst_element_add_pad (element, GST_PAD (pad)))
    return NULL;

  /* The thread takes over the pads that are there when it starts. */
  GST_OBJECT_LOCK (self);
  g_ptr_array_add (self->sink_pads, gst_object_ref (pad));
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_UNLOCK (self);
  wn_negotiator_call (self, call_add_stream, gst_object_ref (pad),
      gst_object_unref);

  return GST_PAD (pad);
}

static void
call_remove_stream (GstWebRTCNegotiator * self, gpointer pad)
{
  wn_peer_connection_remove_stream (self->connection, pad);
  wn_session_change (self->session);
}

static void
gst_webrtc_negotiator_release_pad (GstElement * element, GstPad * pad)
{
  GstWebRTCNegotiator *self = GST_WEBRTC_NEGOTIATOR (element);

  g_signal_handlers_disconnect_by_data (pad, self);
  GST_OBJECT_LOCK (self);
  g_ptr_array_remove (self->sink_pads, pad);
  if (!self->sink_pads->len)
    GST_OBJECT_FLAG_UNSET (self, GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_UNLOCK (self);

  wn_negotiator_call (self, call_remove_stream, gst_object_ref (pad),
      gst_object_unref);
  gst_pad_set_active (pad, FALSE);
  gst_element_remove_pad (element, pad);
}

/*** Source pads ***/

/* On a streaming thread, before the first buffer. */
void
wn_negotiator_add_source (GstWebRTCNegotiator * self, GstPad * target)
{
  g_autoptr (GPtrArray) pads = NULL;
  g_autofree gchar *name = NULL;
  WnSrcPad *pad;

  GST_OBJECT_LOCK (self);
  pads = g_ptr_array_copy (self->src_pads, (GCopyFunc) gst_object_ref, NULL);
  g_ptr_array_set_free_func (pads, gst_object_unref);
  GST_OBJECT_UNLOCK (self);

  for (guint i = 0; i < pads->len; i++) {
    if (wn_src_pad_reuse (g_ptr_array_index (pads, i), target))
      return;
  }

  GST_OBJECT_LOCK (self);
  name = g_strdup_printf ("src_%u", self->next_src_pad++);
  GST_OBJECT_UNLOCK (self);
  pad = wn_src_pad_new (gst_element_get_pad_template (GST_ELEMENT (self),
          "src_%u"), name, target);
  GST_OBJECT_LOCK (self);
  g_ptr_array_add (self->src_pads, gst_object_ref (pad));
  GST_OBJECT_UNLOCK (self);
  gst_element_add_pad (GST_ELEMENT (self), GST_PAD (pad));
}

/* The webrtcbin goes, and what is linked to its pads waits for the next. */
void
wn_negotiator_release_sources (GstWebRTCNegotiator * self)
{
  g_autoptr (GPtrArray) pads = NULL;

  GST_OBJECT_LOCK (self);
  pads = g_ptr_array_copy (self->src_pads, (GCopyFunc) gst_object_ref, NULL);
  g_ptr_array_set_free_func (pads, gst_object_unref);
  GST_OBJECT_UNLOCK (self);

  for (guint i = 0; i < pads->len; i++)
    wn_src_pad_release (g_ptr_array_index (pads, i));
}

static void
remove_sources (GstWebRTCNegotiator * self)
{
  g_autoptr (GPtrArray) pads = NULL;

  GST_OBJECT_LOCK (self);
  pads = g_steal_pointer (&self->src_pads);
  self->src_pads = g_ptr_array_new_with_free_func (gst_object_unref);
  self->next_src_pad = 0;
  GST_OBJECT_UNLOCK (self);

  for (guint i = 0; i < pads->len; i++) {
    gst_pad_set_active (g_ptr_array_index (pads, i), FALSE);
    gst_element_remove_pad (GST_ELEMENT (self), g_ptr_array_index (pads, i));
  }
}

/*** Actions ***/

static void
call_accept (GstWebRTCNegotiator * self, gpointer data G_GNUC_UNUSED)
{
  wn_session_accept (self->session);
}

static void
gst_webrtc_negotiator_accept_offer (GstWebRTCNegotiator * self)
{
  wn_negotiator_call (self, call_accept, NULL, NULL);
}

static void
call_reject (GstWebRTCNegotiator * self, gpointer data G_GNUC_UNUSED)
{
  wn_session_reject (self->session);
}

static void
gst_webrtc_negotiator_reject_offer (GstWebRTCNegotiator * self)
{
  wn_negotiator_call (self, call_reject, NULL, NULL);
}

static void
call_negotiate (GstWebRTCNegotiator * self, gpointer data G_GNUC_UNUSED)
{
  wn_session_negotiate (self->session);
}

static void
gst_webrtc_negotiator_negotiate (GstWebRTCNegotiator * self)
{
  wn_negotiator_call (self, call_negotiate, NULL, NULL);
}

static void
call_restart (GstWebRTCNegotiator * self, gpointer data G_GNUC_UNUSED)
{
  wn_session_restart (self->session, "the application asked for it");
}

static void
gst_webrtc_negotiator_restart (GstWebRTCNegotiator * self)
{
  wn_negotiator_call (self, call_restart, NULL, NULL);
}

static void
call_add_channel (GstWebRTCNegotiator * self, gpointer channel)
{
  wn_peer_connection_add_channel (self->connection, channel);
  wn_session_change (self->session);
}

static GObject *
gst_webrtc_negotiator_create_data_channel (GstWebRTCNegotiator * self,
    const gchar * label, const GstStructure * options)
{
  g_autoptr (GError) error = NULL;
  WnDataChannel *channel =
      wn_data_channel_new (self->context, label, options, &error);

  if (!channel) {
    GST_ELEMENT_WARNING (self, LIBRARY, SETTINGS, ("%s", error->message),
        ("create-data-channel"));
    return NULL;
  }
  GST_OBJECT_LOCK (self);
  g_ptr_array_add (self->channels, g_object_ref (channel));
  GST_OBJECT_UNLOCK (self);
  wn_negotiator_call (self, call_add_channel, g_object_ref (channel),
      g_object_unref);
  return G_OBJECT (channel);
}

typedef struct
{
  GstPad *pad;
  GstWebRTCRTPTransceiverDirection direction;
} SetDirection;

static void
set_direction_free (SetDirection * data)
{
  gst_object_unref (data->pad);
  g_free (data);
}

static void
call_set_direction (GstWebRTCNegotiator * self, gpointer data)
{
  SetDirection *wish = data;

  /* The library's values are those of WnDirection, from 1 on. */
  if (wn_peer_connection_set_direction (self->connection,
          WN_SINK_PAD (wish->pad), wish->direction
          - GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_INACTIVE))
    wn_session_change (self->session);
}

static void
gst_webrtc_negotiator_set_direction (GstWebRTCNegotiator * self, GstPad * pad,
    GstWebRTCRTPTransceiverDirection direction)
{
  SetDirection *wish;

  if (!WN_IS_SINK_PAD (pad)
      || direction < GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_INACTIVE) {
    GST_ELEMENT_WARNING (self, LIBRARY, SETTINGS,
        ("set-direction takes a sink pad of this element and one of inactive, "
            "sendonly, recvonly and sendrecv."), (NULL));
    return;
  }
  wish = g_new0 (SetDirection, 1);
  wish->pad = gst_object_ref (pad);
  wish->direction = direction;
  wn_negotiator_call (self, call_set_direction, wish,
      (GDestroyNotify) set_direction_free);
}

typedef struct
{
  gchar *from;
  gchar *json;
} Message;

static void
message_free (Message * message)
{
  g_free (message->from);
  g_free (message->json);
  g_free (message);
}

static void
call_receive (GstWebRTCNegotiator * self, gpointer data)
{
  Message *message = data;

  wn_session_receive (self->session, message->from, message->json);
}

static void
gst_webrtc_negotiator_incoming_message (GstWebRTCNegotiator * self,
    const gchar * from, const gchar * json)
{
  Message *message = g_new0 (Message, 1);

  message->from = g_strdup (from ? from : "");
  message->json = g_strdup (json ? json : "");
  if (!wn_negotiator_call (self, call_receive, message,
          (GDestroyNotify) message_free))
    GST_WARNING_OBJECT (self, "a message was dropped: the element has to be in "
        "PAUSED or PLAYING");
}

/*** The element ***/

static GstStateChangeReturn
gst_webrtc_negotiator_change_state (GstElement * element,
    GstStateChange transition)
{
  GstWebRTCNegotiator *self = GST_WEBRTC_NEGOTIATOR (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED
      && !wn_negotiator_start (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY
      && !wn_negotiator_stop (self)) {
    GST_ELEMENT_ERROR (self, CORE, STATE_CHANGE,
        ("webrtcnegotiator cannot be stopped from one of its own signals. "
            "Change the state from the application's thread."), (NULL));
    return GST_STATE_CHANGE_FAILURE;
  }

  ret = GST_ELEMENT_CLASS (gst_webrtc_negotiator_parent_class)->change_state
      (element, transition);

  switch (transition) {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      if (ret == GST_STATE_CHANGE_FAILURE)
        wn_negotiator_stop (self);
      else
        ret = GST_STATE_CHANGE_NO_PREROLL;
      break;
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      if (ret != GST_STATE_CHANGE_FAILURE)
        ret = GST_STATE_CHANGE_NO_PREROLL;
      break;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      remove_sources (self);
      GST_OBJECT_LOCK (self);
      self->n_ended = 0;
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      break;
  }
  return ret;
}

static void
call_recover (GstWebRTCNegotiator * self, gpointer reason)
{
  wn_session_restart (self->session, reason);
}

/* What goes wrong inside a webrtcbin ends that connection, not the pipeline. */
static void
gst_webrtc_negotiator_handle_message (GstBin * bin, GstMessage * message)
{
  GstWebRTCNegotiator *self = GST_WEBRTC_NEGOTIATOR (bin);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, &debug);
      GST_WARNING_OBJECT (self, "%s: %s (%s)",
          GST_MESSAGE_SRC_NAME (message), error->message, debug);
      wn_negotiator_call (self, call_recover, g_strdup (error->message),
          g_free);
      gst_message_unref (message);
      return;
    case GST_MESSAGE_EOS:
      gst_message_unref (message);
      return;
    default:
      GST_BIN_CLASS (gst_webrtc_negotiator_parent_class)->handle_message (bin,
          message);
  }
}

/*** Properties ***/

static void
set_string (GstWebRTCNegotiator * self, gchar ** field, const GValue * value)
{
  GST_OBJECT_LOCK (self);
  g_free (*field);
  *field = g_value_dup_string (value);
  GST_OBJECT_UNLOCK (self);
}

static void
set_peer_id (GstWebRTCNegotiator * self, const GValue * value)
{
  const gchar *id = g_value_get_string (value);

  GST_OBJECT_LOCK (self);
  g_free (self->peer_id);
  self->peer_id = g_strdup (id);
  GST_OBJECT_UNLOCK (self);
}

static void
call_update_settings (GstWebRTCNegotiator * self, gpointer data G_GNUC_UNUSED)
{
  wn_session_set_auto_answer (self->session, self->auto_answer);
  wn_session_set_timeout (self->session, self->negotiation_timeout);
}

typedef struct
{
  gchar *name;
  GValue value;
} Setting;

static void
setting_free (Setting * setting)
{
  g_free (setting->name);
  g_value_unset (&setting->value);
  g_free (setting);
}

static void
call_set_setting (GstWebRTCNegotiator * self, gpointer data)
{
  Setting *setting = data;

  wn_peer_connection_set_property_of_webrtcbin (self->connection,
      setting->name, &setting->value);
}

static void
free_value (GValue * value)
{
  g_value_unset (value);
  g_free (value);
}

/* Settings of webrtcbin have the same names there. */
static void
set_webrtcbin_setting (GstWebRTCNegotiator * self, GParamSpec * pspec,
    const GValue * value)
{
  GValue *copy = g_new0 (GValue, 1);
  Setting *setting = g_new0 (Setting, 1);

  g_value_init (copy, G_VALUE_TYPE (value));
  g_value_copy (value, copy);
  GST_OBJECT_LOCK (self);
  g_hash_table_replace (self->webrtcbin_settings, g_strdup (pspec->name),
      copy);
  GST_OBJECT_UNLOCK (self);

  setting->name = g_strdup (pspec->name);
  g_value_init (&setting->value, G_VALUE_TYPE (value));
  g_value_copy (value, &setting->value);
  wn_negotiator_call (self, call_set_setting, setting,
      (GDestroyNotify) setting_free);
}

static void
gst_webrtc_negotiator_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstWebRTCNegotiator *self = GST_WEBRTC_NEGOTIATOR (object);

  switch (id) {
    case PROP_SIGNALLER_URI:
      set_string (self, &self->signaller_uri, value);
      break;
    case PROP_LISTEN:
      set_string (self, &self->listen, value);
      break;
    case PROP_PROTOCOL:
      GST_OBJECT_LOCK (self);
      self->protocol = g_value_get_enum (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_ROOM:
      set_string (self, &self->room, value);
      break;
    case PROP_PEER_ID:
      set_peer_id (self, value);
      break;
    case PROP_REMOTE_PEER_ID:
      set_string (self, &self->remote_peer_id, value);
      break;
    case PROP_TOKEN:
      set_string (self, &self->token, value);
      break;
    case PROP_ROLE:
      GST_OBJECT_LOCK (self);
      self->role = g_value_get_enum (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_AUTO_ANSWER:
      GST_OBJECT_LOCK (self);
      self->auto_answer = g_value_get_boolean (value);
      GST_OBJECT_UNLOCK (self);
      wn_negotiator_call (self, call_update_settings, NULL, NULL);
      break;
    case PROP_NEGOTIATION_TIMEOUT:
      GST_OBJECT_LOCK (self);
      self->negotiation_timeout = g_value_get_uint (value);
      GST_OBJECT_UNLOCK (self);
      wn_negotiator_call (self, call_update_settings, NULL, NULL);
      break;
    case PROP_STUN_SERVER:
    case PROP_TURN_SERVERS:
    case PROP_ICE_TRANSPORT_POLICY:
    case PROP_BUNDLE_POLICY:
    case PROP_LATENCY:
      set_webrtcbin_setting (self, pspec, value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
get_webrtcbin_setting (GstWebRTCNegotiator * self, GParamSpec * pspec,
    GValue * value)
{
  const GValue *setting;

  GST_OBJECT_LOCK (self);
  setting = g_hash_table_lookup (self->webrtcbin_settings, pspec->name);
  if (setting)
    g_value_copy (setting, value);
  else
    g_param_value_set_default (pspec, value);
  GST_OBJECT_UNLOCK (self);
}

static void
gst_webrtc_negotiator_get_property (GObject * object, guint id,
    GValue * value, GParamSpec * pspec)
{
  GstWebRTCNegotiator *self = GST_WEBRTC_NEGOTIATOR (object);

  switch (id) {
    case PROP_STUN_SERVER:
    case PROP_TURN_SERVERS:
    case PROP_ICE_TRANSPORT_POLICY:
    case PROP_BUNDLE_POLICY:
    case PROP_LATENCY:
      get_webrtcbin_setting (self, pspec, value);
      return;
  }

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_SIGNALLER_URI:
      g_value_set_string (value, self->signaller_uri);
      break;
    case PROP_LISTEN:
      g_value_set_string (value, self->listen);
      break;
    case PROP_SERVER_URI:
      g_value_set_string (value, self->server_uri);
      break;
    case PROP_PROTOCOL:
      g_value_set_enum (value, self->protocol);
      break;
    case PROP_ROOM:
      g_value_set_string (value, self->room);
      break;
    case PROP_PEER_ID:
      g_value_set_string (value, self->peer_id);
      break;
    case PROP_REMOTE_PEER_ID:
      g_value_set_string (value, self->remote_peer_id);
      break;
    case PROP_TOKEN:
      g_value_set_string (value, self->token);
      break;
    case PROP_ROLE:
      g_value_set_enum (value, self->role);
      break;
    case PROP_AUTO_ANSWER:
      g_value_set_boolean (value, self->auto_answer);
      break;
    case PROP_NEGOTIATION_TIMEOUT:
      g_value_set_uint (value, self->negotiation_timeout);
      break;
    case PROP_POLITE:
      g_value_set_boolean (value, self->polite);
      break;
    case PROP_MAKING_OFFER:
      g_value_set_boolean (value, self->making_offer);
      break;
    case PROP_IGNORING_OFFER:
      g_value_set_boolean (value, self->ignoring_offer);
      break;
    case PROP_SIGNALING_STATE:
      g_value_set_enum (value, self->signaling_state);
      break;
    case PROP_CONNECTION_STATE:
      g_value_set_enum (value, self->connection_state);
      break;
    case PROP_ICE_CONNECTION_STATE:
      g_value_set_enum (value, self->ice_connection_state);
      break;
    case PROP_STATS:
      g_value_take_boxed (value, wn_stats_to_structure (&self->stats));
      break;
    case PROP_WEBRTCBIN:
      g_value_set_object (value, self->webrtcbin);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

/*** Life ***/

static void
gst_webrtc_negotiator_finalize (GObject * object)
{
  GstWebRTCNegotiator *self = GST_WEBRTC_NEGOTIATOR (object);

  g_free (self->signaller_uri);
  g_free (self->listen);
  g_free (self->room);
  g_free (self->peer_id);
  g_free (self->remote_peer_id);
  g_free (self->token);
  g_free (self->server_uri);
  gst_clear_object (&self->webrtcbin);
  g_hash_table_unref (self->webrtcbin_settings);
  g_ptr_array_unref (self->sink_pads);
  g_ptr_array_unref (self->src_pads);
  g_ptr_array_unref (self->channels);
  g_main_context_unref (self->context);
  G_OBJECT_CLASS (gst_webrtc_negotiator_parent_class)->finalize (object);
}

static void
gst_webrtc_negotiator_init (GstWebRTCNegotiator * self)
{
  self->listen = g_strdup (DEFAULT_LISTEN);
  self->room = g_strdup (DEFAULT_ROOM);
  self->auto_answer = TRUE;
  self->negotiation_timeout = DEFAULT_NEGOTIATION_TIMEOUT;
  self->signaling_state = GST_WEBRTC_SIGNALING_STATE_STABLE;
  self->stats.last_negotiation_us = -1;
  self->stats.max_negotiation_us = -1;

  self->webrtcbin_settings = g_hash_table_new_full (g_str_hash, g_str_equal,
      g_free, (GDestroyNotify) free_value);
  self->context = g_main_context_new ();
  self->sink_pads = g_ptr_array_new_with_free_func (gst_object_unref);
  self->src_pads = g_ptr_array_new_with_free_func (gst_object_unref);
  self->channels = g_ptr_array_new_with_free_func (g_object_unref);

  /* webrtcbin's own default is not to bundle. */
  g_object_set (self, "bundle-policy", GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE,
      NULL);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
}

/*** The class ***/

#define SETTABLE (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS \
    | GST_PARAM_MUTABLE_READY)
#define SETTABLE_ALWAYS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS \
    | GST_PARAM_MUTABLE_PLAYING)
#define READABLE (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)

static void
install_settings (void)
{
  properties[PROP_SIGNALLER_URI] = g_param_spec_string ("signaller-uri",
      "Signaller URI", "Where to meet peers: ws:// or wss:// of a server, "
      "app: to carry the messages oneself; unset: serve a page and rooms",
      NULL, SETTABLE);
  properties[PROP_LISTEN] = g_param_spec_string ("listen", "Listen",
      "HOST:PORT at which the embedded server listens; port 0 takes a free "
      "one", DEFAULT_LISTEN, SETTABLE);
  properties[PROP_PROTOCOL] = g_param_spec_enum ("protocol", "Protocol",
      "What is spoken over the signalling connection",
      GST_TYPE_WEBRTC_NEGOTIATOR_PROTOCOL,
      GST_WEBRTC_NEGOTIATOR_PROTOCOL_ROOM, SETTABLE);
  properties[PROP_ROOM] = g_param_spec_string ("room", "Room",
      "The room to join: 1 to 64 of A-Z a-z 0-9 . _ -", DEFAULT_ROOM, SETTABLE);
  properties[PROP_PEER_ID] = g_param_spec_string ("peer-id", "Peer id",
      "This peer's id in the room: 1 to 64 of A-Z a-z 0-9 . _ -; unset: "
      "chosen at random when the element starts, and kept", NULL, SETTABLE);
  properties[PROP_REMOTE_PEER_ID] = g_param_spec_string ("remote-peer-id",
      "Remote peer id", "Pair with this peer only; unset: with the first "
      "other one in the room, and when that leaves with the next",
      NULL, SETTABLE);
  properties[PROP_TOKEN] = g_param_spec_string ("token", "Token",
      "Shown to the server when joining; the embedded server asks it of those "
      "who join", NULL, SETTABLE);
  properties[PROP_ROLE] = g_param_spec_enum ("role", "Role",
      "Who gives way when two offers collide; the two peers have to differ",
      GST_TYPE_WEBRTC_NEGOTIATOR_ROLE, WN_ROLE_AUTO, SETTABLE);
  properties[PROP_AUTO_ANSWER] = g_param_spec_boolean ("auto-answer",
      "Auto answer", "Answer remote offers; otherwise each waits for the "
      "accept-offer or reject-offer action", TRUE, SETTABLE_ALWAYS);
  properties[PROP_NEGOTIATION_TIMEOUT] =
      g_param_spec_uint ("negotiation-timeout", "Negotiation timeout",
      "After so many milliseconds an unanswered offer is taken for lost, and "
      "the connection restarted (0 = never)", 0, G_MAXUINT,
      DEFAULT_NEGOTIATION_TIMEOUT, SETTABLE_ALWAYS);

  properties[PROP_STUN_SERVER] = g_param_spec_string ("stun-server",
      "STUN server", "stun://HOST:PORT of the server that tells this peer's "
      "public address", NULL, SETTABLE_ALWAYS);
  properties[PROP_TURN_SERVERS] = gst_param_spec_array ("turn-servers",
      "TURN servers", "turn(s)://USER:PASSWORD@HOST:PORT of each relay that "
      "may be used", g_param_spec_string ("turn-server", "TURN server",
          "turn(s)://USER:PASSWORD@HOST:PORT", NULL,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS), SETTABLE_ALWAYS);
  properties[PROP_ICE_TRANSPORT_POLICY] =
      g_param_spec_enum ("ice-transport-policy", "ICE transport policy",
      "Which candidates are used: all, or only those of TURN servers",
      GST_TYPE_WEBRTC_ICE_TRANSPORT_POLICY,
      GST_WEBRTC_ICE_TRANSPORT_POLICY_ALL, SETTABLE_ALWAYS);
  properties[PROP_BUNDLE_POLICY] = g_param_spec_enum ("bundle-policy",
      "Bundle policy", "Whether all streams share one transport",
      GST_TYPE_WEBRTC_BUNDLE_POLICY, GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE,
      SETTABLE);
  properties[PROP_LATENCY] = g_param_spec_uint ("latency", "Latency",
      "How long received packets are kept to put them in order, in "
      "milliseconds", 0, G_MAXUINT, DEFAULT_LATENCY, SETTABLE_ALWAYS);
}

static void
install_state (void)
{
  properties[PROP_SERVER_URI] = g_param_spec_string ("server-uri",
      "Server URI", "The embedded server's address, once it listens", NULL,
      READABLE);
  properties[PROP_POLITE] = g_param_spec_boolean ("polite", "Polite",
      "Whether this peer gives way when two offers collide", FALSE, READABLE);
  properties[PROP_MAKING_OFFER] = g_param_spec_boolean ("making-offer",
      "Making offer", "Whether an offer is being created", FALSE, READABLE);
  properties[PROP_IGNORING_OFFER] = g_param_spec_boolean ("ignoring-offer",
      "Ignoring offer", "Whether the last remote offer was ignored, since it "
      "collided with ours", FALSE, READABLE);
  properties[PROP_SIGNALING_STATE] = g_param_spec_enum ("signaling-state",
      "Signaling state", "Whether an offer is outstanding, and whose",
      GST_TYPE_WEBRTC_SIGNALING_STATE, GST_WEBRTC_SIGNALING_STATE_STABLE,
      READABLE);
  properties[PROP_CONNECTION_STATE] = g_param_spec_enum ("connection-state",
      "Connection state", "The state of the connection with the remote peer",
      GST_TYPE_WEBRTC_PEER_CONNECTION_STATE,
      GST_WEBRTC_PEER_CONNECTION_STATE_NEW, READABLE);
  properties[PROP_ICE_CONNECTION_STATE] =
      g_param_spec_enum ("ice-connection-state", "ICE connection state",
      "The collective state of the ICE transports",
      GST_TYPE_WEBRTC_ICE_CONNECTION_STATE,
      GST_WEBRTC_ICE_CONNECTION_STATE_NEW, READABLE);
  properties[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "Counters of negotiations since the element started: offers-sent, "
      "collisions, rollbacks, restarts and so on",
      GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_WEBRTCBIN] = g_param_spec_object ("webrtcbin", "webrtcbin",
      "The wrapped element that is in use; it can be replaced",
      GST_TYPE_ELEMENT, READABLE);
}

static void
install_signals (GType type)
{
  /**
   * GstWebRTCNegotiator::peer-joined:
   * @id: of the peer that is in the room now, or was there before
   */
  signals[WN_SIGNAL_PEER_JOINED] = g_signal_new ("peer-joined", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * GstWebRTCNegotiator::peer-left:
   */
  signals[WN_SIGNAL_PEER_LEFT] = g_signal_new ("peer-left", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * GstWebRTCNegotiator::offer-received:
   * @sdp: the remote offer
   *
   * If #GstWebRTCNegotiator:auto-answer is %FALSE, it waits for
   * #GstWebRTCNegotiator::accept-offer or #GstWebRTCNegotiator::reject-offer.
   */
  signals[WN_SIGNAL_OFFER_RECEIVED] = g_signal_new ("offer-received", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * GstWebRTCNegotiator::offer-rejected:
   *
   * The remote peer has declined our offer.  It is not made again before
   * something changes, or #GstWebRTCNegotiator::negotiate asks for it.
   */
  signals[WN_SIGNAL_OFFER_REJECTED] = g_signal_new ("offer-rejected", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * GstWebRTCNegotiator::collision:
   * @ignored: whether the remote offer is ignored; otherwise ours was taken back
   */
  signals[WN_SIGNAL_COLLISION] = g_signal_new ("collision", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  /**
   * GstWebRTCNegotiator::negotiated:
   *
   * An offer was answered, by either side: the state is stable.
   */
  signals[WN_SIGNAL_NEGOTIATED] = g_signal_new ("negotiated", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * GstWebRTCNegotiator::restarted:
   * @reason: for people to read
   */
  signals[WN_SIGNAL_RESTARTED] = g_signal_new ("restarted", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * GstWebRTCNegotiator::data-channel:
   * @channel: that the remote peer has made
   *
   * Connect to its signals in the handler: it says nothing before that returns.
   */
  signals[WN_SIGNAL_DATA_CHANNEL] = g_signal_new ("data-channel", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_OBJECT);
  /**
   * GstWebRTCNegotiator::outgoing-message:
   * @to: the remote peer's id, or "" before it is known
   * @json: to be handed to its #GstWebRTCNegotiator::incoming-message
   *
   * With `signaller-uri=app:` only.
   */
  signals[WN_SIGNAL_OUTGOING_MESSAGE] = g_signal_new ("outgoing-message", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING,
      G_TYPE_STRING);
}

#define ADD_ACTION(name, func, returns, n, ...) \
    g_signal_new_class_handler (name, type, \
        G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, G_CALLBACK (func), NULL, NULL, \
        NULL, returns, n, ##__VA_ARGS__)

static void
install_actions (GType type)
{
  /**
   * GstWebRTCNegotiator::accept-offer:
   *
   * Answers the remote offer that waits.
   */
  actions[ACTION_ACCEPT_OFFER] = ADD_ACTION ("accept-offer",
      gst_webrtc_negotiator_accept_offer, G_TYPE_NONE, 0);
  /**
   * GstWebRTCNegotiator::reject-offer:
   *
   * Declines the remote offer that waits, and tells the remote peer.
   */
  actions[ACTION_REJECT_OFFER] = ADD_ACTION ("reject-offer",
      gst_webrtc_negotiator_reject_offer, G_TYPE_NONE, 0);
  /**
   * GstWebRTCNegotiator::negotiate:
   *
   * Makes an offer as soon as the state is stable, needed or not.
   */
  actions[ACTION_NEGOTIATE] = ADD_ACTION ("negotiate",
      gst_webrtc_negotiator_negotiate, G_TYPE_NONE, 0);
  /**
   * GstWebRTCNegotiator::restart:
   *
   * Begins again with a fresh connection, on both sides.
   */
  actions[ACTION_RESTART] = ADD_ACTION ("restart",
      gst_webrtc_negotiator_restart, G_TYPE_NONE, 0);
  /**
   * GstWebRTCNegotiator::create-data-channel:
   * @label: its name, for the application
   * @options: (nullable): a #GstStructure with any of: ordered (boolean),
   *   max-packet-lifetime (int, ms), max-retransmits (int), protocol (string),
   *   negotiated (boolean), id (int)
   *
   * The channel outlives the connection: after a restart it opens again.
   *
   * Returns: (transfer full): the channel, which opens when both peers agree
   */
  actions[ACTION_CREATE_DATA_CHANNEL] = ADD_ACTION ("create-data-channel",
      gst_webrtc_negotiator_create_data_channel, G_TYPE_OBJECT, 2,
      G_TYPE_STRING, GST_TYPE_STRUCTURE);
  /**
   * GstWebRTCNegotiator::set-direction:
   * @pad: a sink pad
   * @direction: what its media section is to do from now on
   *
   * With inactive and recvonly the pad's buffers are dropped.
   */
  actions[ACTION_SET_DIRECTION] = ADD_ACTION ("set-direction",
      gst_webrtc_negotiator_set_direction, G_TYPE_NONE, 2, GST_TYPE_PAD,
      GST_TYPE_WEBRTC_RTP_TRANSCEIVER_DIRECTION);
  /**
   * GstWebRTCNegotiator::incoming-message:
   * @from: the id of the peer that sent it
   * @json: what its #GstWebRTCNegotiator::outgoing-message gave
   *
   * With `signaller-uri=app:` only.
   */
  actions[ACTION_INCOMING_MESSAGE] = ADD_ACTION ("incoming-message",
      gst_webrtc_negotiator_incoming_message, G_TYPE_NONE, 2, G_TYPE_STRING,
      G_TYPE_STRING);
}

static void
gst_webrtc_negotiator_class_init (GstWebRTCNegotiatorClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = gst_webrtc_negotiator_set_property;
  object_class->get_property = gst_webrtc_negotiator_get_property;
  object_class->finalize = gst_webrtc_negotiator_finalize;
  install_settings ();
  install_state ();
  g_object_class_install_properties (object_class, N_PROPS, properties);
  install_signals (G_TYPE_FROM_CLASS (klass));
  install_actions (G_TYPE_FROM_CLASS (klass));

  element_class->request_new_pad = gst_webrtc_negotiator_request_new_pad;
  element_class->release_pad = gst_webrtc_negotiator_release_pad;
  element_class->change_state = gst_webrtc_negotiator_change_state;
  GST_BIN_CLASS (klass)->handle_message =
      gst_webrtc_negotiator_handle_message;

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "WebRTC negotiator",
      "Filter/Network/WebRTC",
      "Exchanges RTP streams with a browser or another pipeline over WebRTC; "
      "both sides may change what they send at any time",
      "The gst-webrtc-negotiator developers");

  gst_type_mark_as_plugin_api (GST_TYPE_WEBRTC_NEGOTIATOR_ROLE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_WEBRTC_NEGOTIATOR_PROTOCOL, 0);
}
