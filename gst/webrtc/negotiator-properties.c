/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The element's settings, and what it shows of its state. */

#include "negotiator-private.h"

#include "types.h"

#define DEFAULT_LISTEN "127.0.0.1:8443"
#define DEFAULT_ROOM "default"
/* In bit/s: speech; a picture of 640 x 360 at its least; one of 1920 x 1080. */
#define DEFAULT_MIN_BITRATE 30000
#define DEFAULT_START_BITRATE 500000
#define DEFAULT_MAX_BITRATE 5000000
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
  PROP_ALLOWED_ORIGINS,
  PROP_ROLE,
  PROP_AUTO_ANSWER,
  PROP_NEGOTIATION_TIMEOUT,
  PROP_STUN_SERVER,
  PROP_TURN_SERVERS,
  PROP_TURN_SERVER,
  PROP_ICE_TRANSPORT_POLICY,
  PROP_BUNDLE_POLICY,
  PROP_LATENCY,
  PROP_DO_NACK,
  PROP_CONGESTION_CONTROL,
  PROP_MIN_BITRATE,
  PROP_START_BITRATE,
  PROP_MAX_BITRATE,
  PROP_POLITE,
  PROP_MAKING_OFFER,
  PROP_IGNORING_OFFER,
  PROP_SIGNALING_STATE,
  PROP_CONNECTION_STATE,
  PROP_ICE_CONNECTION_STATE,
  PROP_STATS,
  PROP_WEBRTCBIN,
  PROP_ESTIMATED_BITRATE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

void
wn_negotiator_notify (GstWebRTCNegotiator *self, WnNotify what)
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
    [WN_NOTIFY_ESTIMATED_BITRATE] = PROP_ESTIMATED_BITRATE,
  };

  g_object_notify_by_pspec (G_OBJECT (self), properties[ids[what]]);
}

/*** Setting and getting ***/

static void
set_string (GstWebRTCNegotiator *self, gchar **field, const GValue *value)
{
  GST_OBJECT_LOCK (self);
  g_free (*field);
  *field = g_value_dup_string (value);
  GST_OBJECT_UNLOCK (self);
}

static void
set_peer_id (GstWebRTCNegotiator *self, const GValue *value)
{
  const gchar *id = g_value_get_string (value);

  GST_OBJECT_LOCK (self);
  g_free (self->peer_id);
  self->peer_id = g_strdup (id);
  GST_OBJECT_UNLOCK (self);
}

static void
task_update_settings (GstWebRTCNegotiator *self, gpointer data G_GNUC_UNUSED)
{
  WnBandwidthLimits limits;
  gboolean auto_answer;
  guint timeout;

  GST_OBJECT_LOCK (self);
  limits = self->limits;
  auto_answer = self->auto_answer;
  timeout = self->negotiation_timeout;
  GST_OBJECT_UNLOCK (self);
  wn_peer_connection_set_limits (self->connection, &limits);
  wn_call_set_auto_answer (wn_negotiator_get_call (self), auto_answer);
  wn_call_set_timeout (wn_negotiator_get_call (self), timeout);
}

static void
set_limit (GstWebRTCNegotiator *self, guint *limit, guint value)
{
  GST_OBJECT_LOCK (self);
  *limit = value;
  GST_OBJECT_UNLOCK (self);
  wn_negotiator_post (self, task_update_settings, NULL, NULL);
}

static void
task_set_webrtcbin (GstWebRTCNegotiator *self, gpointer settings)
{
  wn_peer_connection_set_webrtcbin (self->connection, settings);
}

/* Settings of webrtcbin have the same names there. */
static void
set_webrtcbin_setting (GstWebRTCNegotiator *self, GParamSpec *pspec,
    const GValue *value)
{
  GstStructure *setting = gst_structure_new_empty ("webrtcbin");

  gst_structure_set_value (setting, pspec->name, value);
  GST_OBJECT_LOCK (self);
  gst_structure_set_value (self->webrtcbin_settings, pspec->name, value);
  GST_OBJECT_UNLOCK (self);
  wn_negotiator_post (self, task_set_webrtcbin, setting,
      (GDestroyNotify) gst_structure_free);
}

/* What is looked at in the start is kept for the next one. */
static void
warn_if_running (GstWebRTCNegotiator *self, const gchar *name)
{
  gboolean is_running;

  GST_OBJECT_LOCK (self);
  is_running = self->is_running;
  GST_OBJECT_UNLOCK (self);
  if (is_running)
    GST_ELEMENT_WARNING (self, LIBRARY, SETTINGS,
        ("%s was set while the element runs, and counts from its next start "
         "on. Set it in READY or below.",
            name),
        (NULL));
}

/* The same setting as text, for those who cannot make an array easily. */
static void
set_turn_server (GstWebRTCNegotiator *self, const gchar *text)
{
  g_auto (GStrv) entries = g_strsplit (text ? text : "", ",", -1);
  g_auto (GValue) servers = G_VALUE_INIT;

  g_value_init (&servers, GST_TYPE_ARRAY);
  for (guint i = 0; entries[i]; i++) {
    g_auto (GValue) server = G_VALUE_INIT;

    if (!*g_strstrip (entries[i]))
      continue;
    g_value_init (&server, G_TYPE_STRING);
    g_value_set_string (&server, entries[i]);
    gst_value_array_append_value (&servers, &server);
  }
  set_webrtcbin_setting (self, properties[PROP_TURN_SERVERS], &servers);
}

static void
gst_webrtc_negotiator_set_property (GObject *object, guint id,
    const GValue *value, GParamSpec *pspec)
{
  GstWebRTCNegotiator *self = GST_WEBRTC_NEGOTIATOR (object);

  if (!(pspec->flags & GST_PARAM_MUTABLE_PLAYING))
    warn_if_running (self, pspec->name);

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
    case PROP_ALLOWED_ORIGINS:
      set_string (self, &self->allowed_origins, value);
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
      wn_negotiator_post (self, task_update_settings, NULL, NULL);
      break;
    case PROP_NEGOTIATION_TIMEOUT:
      GST_OBJECT_LOCK (self);
      self->negotiation_timeout = g_value_get_uint (value);
      GST_OBJECT_UNLOCK (self);
      wn_negotiator_post (self, task_update_settings, NULL, NULL);
      break;
    case PROP_CONGESTION_CONTROL:
      GST_OBJECT_LOCK (self);
      self->limits.is_estimated = g_value_get_enum (value)
          == GST_WEBRTC_NEGOTIATOR_CONGESTION_CONTROL_AUTO;
      GST_OBJECT_UNLOCK (self);
      wn_negotiator_post (self, task_update_settings, NULL, NULL);
      break;
    case PROP_MIN_BITRATE:
      set_limit (self, &self->limits.min, g_value_get_uint (value));
      break;
    case PROP_START_BITRATE:
      set_limit (self, &self->limits.start, g_value_get_uint (value));
      break;
    case PROP_MAX_BITRATE:
      set_limit (self, &self->limits.max, g_value_get_uint (value));
      break;
    case PROP_STUN_SERVER:
    case PROP_TURN_SERVERS:
    case PROP_ICE_TRANSPORT_POLICY:
    case PROP_BUNDLE_POLICY:
    case PROP_LATENCY:
    case PROP_DO_NACK:
      set_webrtcbin_setting (self, pspec, value);
      break;
    case PROP_TURN_SERVER:
      set_turn_server (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
get_webrtcbin_setting (GstWebRTCNegotiator *self, GParamSpec *pspec,
    GValue *value)
{
  const GValue *setting;

  GST_OBJECT_LOCK (self);
  setting = gst_structure_get_value (self->webrtcbin_settings, pspec->name);
  if (setting)
    g_value_copy (setting, value);
  else
    g_param_value_set_default (pspec, value);
  GST_OBJECT_UNLOCK (self);
}

/* Returns: (nullable): %NULL if there is none */
static gchar *
dup_turn_server (GstWebRTCNegotiator *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (GValue) servers = G_VALUE_INIT;

  g_value_init (&servers, GST_TYPE_ARRAY);
  get_webrtcbin_setting (self, properties[PROP_TURN_SERVERS], &servers);
  for (guint i = 0; i < gst_value_array_get_size (&servers); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "," : "",
        g_value_get_string (gst_value_array_get_value (&servers, i)));
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

static void
gst_webrtc_negotiator_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *pspec)
{
  GstWebRTCNegotiator *self = GST_WEBRTC_NEGOTIATOR (object);

  switch (id) {
    case PROP_STUN_SERVER:
    case PROP_TURN_SERVERS:
    case PROP_ICE_TRANSPORT_POLICY:
    case PROP_BUNDLE_POLICY:
    case PROP_LATENCY:
    case PROP_DO_NACK:
      get_webrtcbin_setting (self, pspec, value);
      return;
    case PROP_TURN_SERVER:
      g_value_take_string (value, dup_turn_server (self));
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
    case PROP_ALLOWED_ORIGINS:
      g_value_set_string (value, self->allowed_origins);
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
    case PROP_CONGESTION_CONTROL:
      g_value_set_enum (value,
          self->limits.is_estimated
              ? GST_WEBRTC_NEGOTIATOR_CONGESTION_CONTROL_AUTO
              : GST_WEBRTC_NEGOTIATOR_CONGESTION_CONTROL_NONE);
      break;
    case PROP_MIN_BITRATE:
      g_value_set_uint (value, self->limits.min);
      break;
    case PROP_START_BITRATE:
      g_value_set_uint (value, self->limits.start);
      break;
    case PROP_MAX_BITRATE:
      g_value_set_uint (value, self->limits.max);
      break;
    case PROP_ESTIMATED_BITRATE:
      g_value_set_uint (value, self->estimated_bitrate);
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

/* To be called when the context is there. */
void
wn_negotiator_init_properties (GstWebRTCNegotiator *self)
{
  self->listen = g_strdup (DEFAULT_LISTEN);
  self->room = g_strdup (DEFAULT_ROOM);
  self->auto_answer = TRUE;
  self->negotiation_timeout = DEFAULT_NEGOTIATION_TIMEOUT;
  self->limits = (WnBandwidthLimits) { TRUE, DEFAULT_MIN_BITRATE,
    DEFAULT_START_BITRATE, DEFAULT_MAX_BITRATE };
  self->signaling_state = GST_WEBRTC_SIGNALING_STATE_STABLE;
  self->stats.last_negotiation_us = -1;
  self->stats.max_negotiation_us = -1;

  self->webrtcbin_settings = gst_structure_new_empty ("webrtcbin");

  /* webrtcbin's own default is not to bundle. */
  g_object_set (self, "bundle-policy", GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE,
      NULL);
}

void
wn_negotiator_clear_properties (GstWebRTCNegotiator *self)
{
  g_free (self->signaller_uri);
  g_free (self->listen);
  g_free (self->room);
  g_free (self->peer_id);
  g_free (self->remote_peer_id);
  g_free (self->token);
  g_free (self->allowed_origins);
  g_free (self->server_uri);
  gst_clear_object (&self->webrtcbin);
  g_clear_pointer (&self->rtc_stats, wn_rtc_stats_unref);
  gst_structure_free (self->webrtcbin_settings);
}

/*** The class ***/

#define SETTABLE                                                               \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)
#define SETTABLE_ALWAYS                                                        \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING)
#define READABLE (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)

static void
install_settings (void)
{
  properties[PROP_SIGNALLER_URI] =
      g_param_spec_string ("signaller-uri", "Signaller URI",
          "Where to meet peers: ws:// or wss:// of a server, "
          "app: to carry the messages oneself; unset: serve a page and rooms",
          NULL, SETTABLE);
  properties[PROP_LISTEN] = g_param_spec_string ("listen", "Listen",
      "HOST:PORT at which the embedded server listens; port 0 takes a free "
      "one",
      DEFAULT_LISTEN, SETTABLE);
  properties[PROP_PROTOCOL] = g_param_spec_enum ("protocol", "Protocol",
      "What is spoken over the signalling connection",
      GST_TYPE_WEBRTC_NEGOTIATOR_PROTOCOL, GST_WEBRTC_NEGOTIATOR_PROTOCOL_ROOM,
      SETTABLE);
  properties[PROP_ROOM] = g_param_spec_string ("room", "Room",
      "The room to join: 1 to 64 of A-Z a-z 0-9 . _ -", DEFAULT_ROOM, SETTABLE);
  properties[PROP_PEER_ID] = g_param_spec_string ("peer-id", "Peer id",
      "This peer's id in the room: 1 to 64 of A-Z a-z 0-9 . _ -; unset: "
      "chosen at random when the element starts, and kept",
      NULL, SETTABLE);
  properties[PROP_REMOTE_PEER_ID] =
      g_param_spec_string ("remote-peer-id", "Remote peer id",
          "Pair with this peer only; unset: with the first "
          "other one in the room, and when that leaves with the next",
          NULL, SETTABLE);
  properties[PROP_TOKEN] = g_param_spec_string ("token", "Token",
      "Shown to the server when joining; the embedded server asks it of those "
      "who join",
      NULL, SETTABLE);
  properties[PROP_ALLOWED_ORIGINS] =
      g_param_spec_string ("allowed-origins", "Allowed origins",
          "Web pages that may join the embedded server besides its own: "
          "SCHEME://HOST[:PORT] of each, with commas between; * for any page; "
          "unset: none",
          NULL, SETTABLE);
  properties[PROP_ROLE] = g_param_spec_enum ("role", "Role",
      "Who gives way when two offers collide; the two peers have to differ",
      GST_TYPE_WEBRTC_NEGOTIATOR_ROLE, WN_ROLE_AUTO, SETTABLE);
  properties[PROP_AUTO_ANSWER] =
      g_param_spec_boolean ("auto-answer", "Auto answer",
          "Answer remote offers; otherwise each waits for the "
          "accept-offer or reject-offer action",
          TRUE, SETTABLE_ALWAYS);
  properties[PROP_NEGOTIATION_TIMEOUT] =
      g_param_spec_uint ("negotiation-timeout", "Negotiation timeout",
          "After so many milliseconds an unanswered offer counts as lost, and "
          "the connection restarted; it doubles where answers come late "
          "(0 = never)",
          0, G_MAXUINT, DEFAULT_NEGOTIATION_TIMEOUT, SETTABLE_ALWAYS);

  properties[PROP_STUN_SERVER] =
      g_param_spec_string ("stun-server", "STUN server",
          "stun://HOST:PORT of the server that tells this peer's "
          "public address",
          NULL, SETTABLE_ALWAYS);
  properties[PROP_TURN_SERVERS] =
      gst_param_spec_array ("turn-servers", "TURN servers",
          "turn(s)://USER:PASSWORD@HOST:PORT of each relay that "
          "may be used",
          g_param_spec_string ("turn-server", "TURN server",
              "turn(s)://USER:PASSWORD@HOST:PORT", NULL,
              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS),
          SETTABLE_ALWAYS);
  properties[PROP_TURN_SERVER] = g_param_spec_string ("turn-server",
      "TURN server",
      "turn-servers as text: turn(s)://USER:PASSWORD@HOST:PORT, with commas "
      "between several",
      NULL, SETTABLE_ALWAYS);
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
      "milliseconds",
      0, G_MAXUINT, DEFAULT_LATENCY, SETTABLE_ALWAYS);
  properties[PROP_DO_NACK] = g_param_spec_boolean ("do-nack", "Do NACK",
      "Ask again for video packets that were lost, and repeat those that the "
      "remote peer lost (NACK and RTX); what is asked for has to come within "
      "the latency",
      TRUE, SETTABLE);
}

static void
install_bitrates (void)
{
  properties[PROP_CONGESTION_CONTROL] =
      g_param_spec_enum ("congestion-control", "Congestion control",
          "What is done about paths that carry less than could be sent",
          GST_TYPE_WEBRTC_NEGOTIATOR_CONGESTION_CONTROL,
          GST_WEBRTC_NEGOTIATOR_CONGESTION_CONTROL_AUTO, SETTABLE_ALWAYS);
  properties[PROP_MIN_BITRATE] = g_param_spec_uint ("min-bitrate",
      "Minimal bitrate", "The estimated bitrate is never less, in bit/s",
      WN_CONGESTION_MIN_BITRATE, G_MAXINT, DEFAULT_MIN_BITRATE,
      SETTABLE_ALWAYS);
  properties[PROP_START_BITRATE] =
      g_param_spec_uint ("start-bitrate", "Start bitrate",
          "The estimate begins with that, in bit/s", WN_CONGESTION_MIN_BITRATE,
          G_MAXINT, DEFAULT_START_BITRATE, SETTABLE_ALWAYS);
  properties[PROP_MAX_BITRATE] = g_param_spec_uint ("max-bitrate",
      "Maximal bitrate", "The estimated bitrate is never more, in bit/s",
      WN_CONGESTION_MIN_BITRATE, G_MAXINT, DEFAULT_MAX_BITRATE,
      SETTABLE_ALWAYS);
  properties[PROP_ESTIMATED_BITRATE] =
      g_param_spec_uint ("estimated-bitrate", "Estimated bitrate",
          "What the path to the remote peer carries, in bit/s (0: not known); "
          "the pads' property bitrate is each stream's share",
          0, G_MAXUINT, 0, READABLE);
}

static void
install_state (void)
{
  properties[PROP_SERVER_URI] = g_param_spec_string ("server-uri", "Server URI",
      "The embedded server's address, once it listens", NULL, READABLE);
  properties[PROP_POLITE] = g_param_spec_boolean ("polite", "Polite",
      "Whether this peer gives way when two offers collide", FALSE, READABLE);
  properties[PROP_MAKING_OFFER] = g_param_spec_boolean ("making-offer",
      "Making offer", "Whether an offer is being created", FALSE, READABLE);
  properties[PROP_IGNORING_OFFER] =
      g_param_spec_boolean ("ignoring-offer", "Ignoring offer",
          "Whether the last remote offer was ignored, since it "
          "collided with ours",
          FALSE, READABLE);
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

void
wn_negotiator_install_properties (GObjectClass *object_class)
{
  object_class->set_property = gst_webrtc_negotiator_set_property;
  object_class->get_property = gst_webrtc_negotiator_get_property;

  install_settings ();
  install_bitrates ();
  install_state ();
  g_object_class_install_properties (object_class, N_PROPS, properties);
}
