/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The element as applications see it: its interface, its life, and what it says
 * when something is wrong. */

#include "checkmain.h"
#include "patience.h"
#include "rtpstream.h"

#include <gio/gio.h>
#include <gst/webrtc/webrtc.h>

#define DEADLINE_S 40
#define CYCLES many (100, 5)

/*** One element in a pipeline ***/

typedef struct _Node
{
  GstElement *pipeline;
  GstElement *element;
  GstBus *bus;
  RtpStream *stream;
  struct _Node *other; /* the one that app: messages go to */
} Node;

static void
on_outgoing (GstElement *element G_GNUC_UNUSED, const gchar *to G_GNUC_UNUSED,
    const gchar *json, Node *self)
{
  g_autofree gchar *id = NULL;

  g_object_get (self->element, "peer-id", &id, NULL);
  if (self->other)
    g_signal_emit_by_name (self->other->element, "incoming-message", id, json);
}

static Node *
node_new (const gchar *first_property, ...)
{
  Node *self = g_new0 (Node, 1);
  va_list args;

  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  self->bus = gst_element_get_bus (self->pipeline);
  self->element = gst_element_factory_make ("webrtcnegotiator", "n");
  fail_unless (self->element != NULL);
  va_start (args, first_property);
  g_object_set_valist (G_OBJECT (self->element), first_property, args);
  va_end (args);
  gst_bin_add (GST_BIN (self->pipeline), gst_object_ref (self->element));
  g_signal_connect (self->element, "outgoing-message", G_CALLBACK (on_outgoing),
      self);
  return self;
}

static void
node_stop (Node *self)
{
  fail_unless_equals_int (gst_element_set_state (self->pipeline,
                              GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
}

static void
node_free (Node *self)
{
  node_stop (self);
  /* Its thread may be about to hand over a message. */
  if (self->other) {
    node_stop (self->other);
    self->other->other = NULL;
  }
  g_signal_handlers_disconnect_by_data (self->element, self);
  gst_object_unref (self->element);
  gst_bus_set_flushing (self->bus, TRUE);
  gst_object_unref (self->bus);
  ASSERT_OBJECT_REFCOUNT (self->pipeline, "pipeline", 1);
  gst_object_unref (self->pipeline);
  g_clear_pointer (&self->stream, rtp_stream_free);
  g_free (self);
}

static void
node_link (Node *a, Node *b)
{
  a->other = b;
  b->other = a;
}

static void
node_set_state (Node *self, GstState state)
{
  fail_if (gst_element_set_state (self->pipeline, state)
      == GST_STATE_CHANGE_FAILURE);
}

/* Buffers that nobody needs go away with the pipeline. */
static void
node_add_stream (Node *self, gchar kind)
{
  g_autoptr (GstPad) pad = NULL;

  self->stream = rtp_stream_new (kind);
  pad = gst_element_get_static_pad (self->stream->source, "src");
  gst_bin_add (GST_BIN (self->pipeline), self->stream->source);
  self->stream->pad = gst_element_request_pad_simple (self->element, "sink_%u");
  fail_unless_equals_int (gst_pad_link (pad, self->stream->pad),
      GST_PAD_LINK_OK);
  gst_element_sync_state_with_parent (self->stream->source);
}

/*** Waiting ***/

typedef gboolean (*Condition) (gpointer data);

static gboolean
on_deadline (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
on_tick (gpointer data G_GNUC_UNUSED)
{
  return G_SOURCE_CONTINUE;
}

/* Looks after every step of the main context, and 50 times a second. */
static void
wait_for (Condition condition, gpointer data, const gchar *what)
{
  gboolean is_over = FALSE;
  guint deadline =
      g_timeout_add_seconds (patience (DEADLINE_S), on_deadline, &is_over);
  guint tick = g_timeout_add (20, on_tick, NULL);

  while (!condition (data) && !is_over)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (tick);
  fail_if (is_over, "%s: did not come about", what);
  g_source_remove (deadline);
}

static gboolean
is_connected (gpointer node)
{
  GstWebRTCPeerConnectionState state;

  g_object_get (((Node *) node)->element, "connection-state", &state, NULL);
  return state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED;
}

static gboolean
has_no_connection (gpointer node)
{
  GstWebRTCPeerConnectionState state;

  g_object_get (((Node *) node)->element, "connection-state", &state, NULL);
  return state == GST_WEBRTC_PEER_CONNECTION_STATE_NEW;
}

static gboolean
is_running_alone (gpointer node)
{
  g_autofree gchar *id = NULL;

  g_object_get (((Node *) node)->element, "server-uri", &id, NULL);
  return id != NULL;
}

static guint64
get_stat (Node *self, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = G_MAXUINT64;

  g_object_get (self->element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "%s", name);
  return value;
}

static guint
count_entries (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

typedef struct
{
  guint threads;
  guint fds;
} Usage;

static Usage
measure (void)
{
  return (Usage) { count_entries ("/proc/self/task"),
    count_entries ("/proc/self/fd") };
}

static void
note_usage (Usage *most)
{
  Usage now = measure ();

  most->threads = MAX (most->threads, now.threads);
  most->fds = MAX (most->fds, now.fds);
}

/* Some threads go a moment after what they were for. */
static gboolean
is_no_more_than (gpointer before)
{
  Usage now = measure ();

  return now.threads <= ((Usage *) before)->threads
      && now.fds <= ((Usage *) before)->fds;
}

/* Pops messages until there is one of @type. */
static GstMessage *
wait_message (Node *self, GstMessageType type)
{
  GstMessage *message = gst_bus_timed_pop_filtered (self->bus,
      patience (DEADLINE_S) * GST_SECOND, type);

  fail_unless (message != NULL, "no %s", gst_message_type_get_name (type));
  return message;
}

static gchar *
check_error (GstMessage *message, gint code)
{
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR, code), "%s %d: %s",
      g_quark_to_string (error->domain), error->code, error->message);
  return g_strdup (error->message);
}

/* Returns: (transfer full): its text; it has to be of @code of #GstResourceError */
static gchar *
wait_error (Node *self, gint code)
{
  g_autoptr (GstMessage) message = wait_message (self, GST_MESSAGE_ERROR);

  return check_error (message, code);
}

/* Likewise, but it has been posted already. */
static gchar *
take_error (Node *self, gint code)
{
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (self->bus, GST_MESSAGE_ERROR);

  fail_unless (message != NULL);
  return check_error (message, code);
}

static GstMessage *
wait_event (Node *self, const gchar *name)
{
  while (TRUE) {
    g_autoptr (GstMessage) message =
        wait_message (self, GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR);
    const GstStructure *s = gst_message_get_structure (message);

    fail_if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR, "%s",
        gst_structure_to_string (s));
    if (gst_structure_has_name (s, "webrtc-negotiator")
        && g_strcmp0 (gst_structure_get_string (s, "event"), name) == 0)
      return g_steal_pointer (&message);
  }
}

static void
wait_event_from (Node *self, const gchar *name, const gchar *peer)
{
  g_autoptr (GstMessage) message = wait_event (self, name);

  fail_unless_equals_string (
      gst_structure_get_string (gst_message_get_structure (message), "peer"),
      peer);
}

static void
assert_no_error (Node *self)
{
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (self->bus, GST_MESSAGE_ERROR);

  fail_if (message != NULL, "%s",
      message ? gst_structure_to_string (gst_message_get_structure (message))
              : "");
}

static gchar *
wait_server (Node *self)
{
  g_autofree gchar *uri = NULL;
  g_autoptr (GUri) parsed = NULL;

  wait_for (is_running_alone, self, "listening");
  g_object_get (self->element, "server-uri", &uri, NULL);
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  return g_strdup_printf ("ws://127.0.0.1:%d/ws", g_uri_get_port (parsed));
}

/*** The interface ***/

#define SETTING (G_PARAM_READWRITE | GST_PARAM_MUTABLE_READY)
#define ALWAYS (G_PARAM_READWRITE | GST_PARAM_MUTABLE_PLAYING)
#define STATE (G_PARAM_READABLE)

static const struct
{
  const gchar *name;
  const gchar *type;
  gint flags;
  const gchar *value; /* the default, serialized */
} properties[] = {
  { "signaller-uri", "gchararray", SETTING, "NULL" },
  { "listen", "gchararray", SETTING, "127.0.0.1:8443" },
  { "server-uri", "gchararray", STATE, "NULL" },
  { "protocol", "GstWebRTCNegotiatorProtocol", SETTING, "room" },
  { "room", "gchararray", SETTING, "default" },
  { "peer-id", "gchararray", SETTING, "NULL" },
  { "remote-peer-id", "gchararray", SETTING, "NULL" },
  { "token", "gchararray", SETTING, "NULL" },
  { "allowed-origins", "gchararray", SETTING, "NULL" },
  { "role", "GstWebRTCNegotiatorRole", SETTING, "auto" },
  { "auto-answer", "gboolean", ALWAYS, "true" },
  { "negotiation-timeout", "guint", ALWAYS, "10000" },
  { "stun-server", "gchararray", ALWAYS, "NULL" },
  { "turn-servers", "GstValueArray", ALWAYS, "<  >" },
  { "ice-transport-policy", "GstWebRTCICETransportPolicy", ALWAYS, "all" },
  { "bundle-policy", "GstWebRTCBundlePolicy", SETTING, "max-bundle" },
  { "latency", "guint", ALWAYS, "200" },
  { "polite", "gboolean", STATE, "false" },
  { "making-offer", "gboolean", STATE, "false" },
  { "ignoring-offer", "gboolean", STATE, "false" },
  { "signaling-state", "GstWebRTCSignalingState", STATE, "stable" },
  { "connection-state", "GstWebRTCPeerConnectionState", STATE, "new" },
  { "ice-connection-state", "GstWebRTCICEConnectionState", STATE, "new" },
  { "stats", "GstStructure", STATE, NULL },
  { "webrtcbin", "GstElement", STATE, NULL },
};

GST_START_TEST (test_properties_have_their_types_flags_and_defaults)
{
  GstElement *element = gst_element_factory_make ("webrtcnegotiator", NULL);
  const gint mask = G_PARAM_READWRITE | GST_PARAM_MUTABLE_READY
      | GST_PARAM_MUTABLE_PAUSED | GST_PARAM_MUTABLE_PLAYING;

  for (guint i = 0; i < G_N_ELEMENTS (properties); i++) {
    GParamSpec *pspec =
        g_object_class_find_property (G_OBJECT_GET_CLASS (element),
            properties[i].name);
    g_auto (GValue) value = G_VALUE_INIT;
    g_autofree gchar *text = NULL;

    fail_unless (pspec != NULL, "%s", properties[i].name);
    fail_unless_equals_string (g_type_name (pspec->value_type),
        properties[i].type);
    fail_unless_equals_int (pspec->flags & mask, properties[i].flags & mask);
    fail_unless (g_param_spec_get_nick (pspec) != NULL);
    fail_unless (g_param_spec_get_blurb (pspec) != NULL);
    if (!properties[i].value)
      continue;
    g_value_init (&value, pspec->value_type);
    g_object_get_property (G_OBJECT (element), pspec->name, &value);
    if (G_VALUE_HOLDS_STRING (&value))
      text = g_strdup (g_value_get_string (&value) ? g_value_get_string (&value)
                                                   : "NULL");
    else
      text = gst_value_serialize (&value);
    fail_unless_equals_string (text, properties[i].value);
    if (!G_VALUE_HOLDS (&value, GST_TYPE_ARRAY))
      fail_unless (g_param_value_defaults (pspec, &value), "%s", pspec->name);
  }
  gst_object_unref (element);
}

GST_END_TEST;

static const struct
{
  const gchar *name;
  gboolean is_action;
  const gchar *returns;
  const gchar *arguments[3];
} signals[] = {
  { "peer-joined", FALSE, "void", { "gchararray" } },
  { "peer-left", FALSE, "void", { "gchararray" } },
  { "offer-received", FALSE, "void", { "gchararray" } },
  { "offer-rejected", FALSE, "void", { NULL } },
  { "collision", FALSE, "void", { "gboolean" } },
  { "negotiated", FALSE, "void", { NULL } },
  { "restarted", FALSE, "void", { "gchararray" } },
  { "data-channel", FALSE, "void", { "GObject" } },
  { "outgoing-message", FALSE, "void", { "gchararray", "gchararray" } },
  { "accept-offer", TRUE, "void", { NULL } },
  { "reject-offer", TRUE, "void", { NULL } },
  { "negotiate", TRUE, "void", { NULL } },
  { "restart", TRUE, "void", { NULL } },
  { "create-data-channel", TRUE, "GObject", { "gchararray", "GstStructure" } },
  { "set-direction", TRUE, "void",
      { "GstPad", "GstWebRTCRTPTransceiverDirection" } },
  { "incoming-message", TRUE, "void", { "gchararray", "gchararray" } },
};

GST_START_TEST (test_signals_and_actions_have_their_signatures)
{
  GstElement *element = gst_element_factory_make ("webrtcnegotiator", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++) {
    guint id = g_signal_lookup (signals[i].name, G_OBJECT_TYPE (element));
    GSignalQuery query;

    fail_unless (id != 0, "%s", signals[i].name);
    g_signal_query (id, &query);
    fail_unless_equals_int ((query.signal_flags & G_SIGNAL_ACTION) != 0,
        signals[i].is_action);
    fail_unless_equals_string (g_type_name (query.return_type),
        signals[i].returns);
    for (guint j = 0; j < query.n_params; j++)
      fail_unless_equals_string (g_type_name (query.param_types[j]),
          signals[i].arguments[j]);
    fail_unless (signals[i].arguments[query.n_params] == NULL);
  }
  gst_object_unref (element);
}

GST_END_TEST;

GST_START_TEST (test_pads_are_rtp_on_request_in_and_sometimes_out)
{
  GstElement *element = gst_element_factory_make ("webrtcnegotiator", NULL);
  GstPadTemplate *sink = gst_element_get_pad_template (element, "sink_%u");
  GstPadTemplate *src = gst_element_get_pad_template (element, "src_%u");
  GstPad *named, *next;

  fail_unless_equals_int (GST_PAD_TEMPLATE_PRESENCE (sink), GST_PAD_REQUEST);
  fail_unless_equals_int (GST_PAD_TEMPLATE_PRESENCE (src), GST_PAD_SOMETIMES);
  fail_unless_equals_int (GST_PAD_TEMPLATE_DIRECTION (src), GST_PAD_SRC);
  fail_unless_equals_string (gst_structure_get_name (gst_caps_get_structure (
                                 GST_PAD_TEMPLATE_CAPS (sink), 0)),
      "application/x-rtp");

  named = gst_element_request_pad_simple (element, "sink_4");
  next = gst_element_request_pad_simple (element, "sink_%u");
  fail_unless_equals_string (GST_PAD_NAME (named), "sink_4");
  fail_unless_equals_string (GST_PAD_NAME (next), "sink_5");
  gst_element_release_request_pad (element, named);
  gst_object_unref (named);
  gst_object_unref (next);
  gst_object_unref (element);
}

GST_END_TEST;

/*** Life ***/

/* Threads without work end at once, and not after 15 seconds: they count, too. */
static void
keep_no_idle_threads (void)
{
  g_thread_pool_set_max_unused_threads (0);
}

GST_START_TEST (test_nothing_is_left_of_it)
{
  static const GstState states[] = {
    GST_STATE_NULL,
    GST_STATE_READY,
    GST_STATE_PAUSED,
    GST_STATE_PLAYING,
  };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++) {
    GstElement *element = gst_element_factory_make ("webrtcnegotiator", NULL);
    g_autoptr (GObject) channel = NULL;
    GstPad *pad;

    g_object_set (element, "listen", "127.0.0.1:0", NULL);
    fail_if (gst_element_set_state (element, states[i])
        == GST_STATE_CHANGE_FAILURE);
    pad = gst_element_request_pad_simple (element, "sink_%u");
    gst_object_unref (pad);
    g_signal_emit_by_name (element, "create-data-channel", "chat", NULL,
        &channel);
    fail_unless (channel != NULL);
    gst_element_set_state (element, GST_STATE_NULL);
    gst_check_object_destroyed_on_unref (element);
  }
}

GST_END_TEST;

static void
start_and_stop (const gchar *uri)
{
  Node *node = node_new ("signaller-uri", uri, "listen", "127.0.0.1:0", NULL);
  Usage before = { 0 };

  node_add_stream (node, 'v');
  for (guint i = 0; i < CYCLES; i++) {
    node_set_state (node, GST_STATE_PLAYING);
    if (!uri)
      wait_for (is_running_alone, node, "listening");
    fail_unless (rtp_stream_is_well (node->stream));
    node_set_state (node, GST_STATE_NULL);
    /* Of the libraries below, too, some threads stay, and some come late. */
    if (i < CYCLES / 2)
      note_usage (&before);
  }
  wait_for (is_no_more_than, &before, "threads and files are gone");
  assert_no_error (node);
  node_free (node);
}

GST_START_TEST (test_starting_and_stopping_alone_leaves_nothing)
{
  start_and_stop ("app:");
}

GST_END_TEST;

GST_START_TEST (test_starting_and_stopping_the_server_leaves_nothing)
{
  start_and_stop (NULL);
}

GST_END_TEST;

GST_START_TEST (test_starting_and_stopping_with_a_peer_leaves_nothing)
{
  Node *a = node_new ("signaller-uri", "app:", "peer-id", "a", NULL);
  Node *b = node_new ("signaller-uri", "app:", "peer-id", "b", NULL);
  Usage before = { 0 };

  node_link (a, b);
  node_add_stream (a, 'v');
  node_add_stream (b, 'a');
  node_set_state (b, GST_STATE_PLAYING);
  for (guint i = 0; i < CYCLES; i++) {
    node_set_state (a, GST_STATE_PLAYING);
    wait_for (is_connected, a, "a is connected");
    wait_for (is_connected, b, "b is connected");
    fail_unless (rtp_stream_is_well (a->stream));
    fail_unless (rtp_stream_is_well (b->stream));
    node_set_state (a, GST_STATE_NULL);
    /* Messages that nobody takes would keep the webrtcbins that they are of. */
    assert_no_error (b);
    if (i < CYCLES / 2) {
      wait_for (has_no_connection, b, "b has no connection");
      note_usage (&before);
    }
  }
  wait_for (is_no_more_than, &before, "threads and files are gone");
  fail_unless (rtp_stream_is_well (b->stream));
  assert_no_error (a);
  assert_no_error (b);
  node_free (a);
  node_free (b);
}

GST_END_TEST;

static void
stop_from_inside (GstElement *element, const gchar *to G_GNUC_UNUSED,
    const gchar *json G_GNUC_UNUSED, gpointer result)
{
  g_atomic_int_set ((gint *) result,
      gst_element_set_state (element, GST_STATE_NULL));
}

GST_START_TEST (test_stopping_from_an_own_signal_is_an_error_not_a_deadlock)
{
  Node *node = node_new ("signaller-uri", "app:", "role", 3, NULL);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  gint result = -1;

  g_signal_connect (node->element, "outgoing-message",
      G_CALLBACK (stop_from_inside), &result);
  node_add_stream (node, 'v');
  node_set_state (node, GST_STATE_PLAYING);
  message = wait_message (node, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_error_matches (error, GST_CORE_ERROR,
      GST_CORE_ERROR_STATE_CHANGE));
  g_signal_handlers_disconnect_by_data (node->element, &result);
  node_free (node);
  fail_unless_equals_int (result, GST_STATE_CHANGE_FAILURE);
}

GST_END_TEST;

/*** Errors ***/

static const struct
{
  const gchar *name;
  const gchar *value;
  const gchar *text; /* a part of the message */
} malformed[] = {
  { "signaller-uri", "nonsense",
      "\"nonsense\" is not a URI. Set signaller-uri" },
  { "signaller-uri", "gopher://x", "No signaller serves gopher: URIs" },
  { "signaller-uri", "ws://", "\"ws://\" is not the URI of a WebSocket" },
  { "signaller-uri", "ws://h:99999/ws", "is not the URI of a WebSocket" },
  { "listen", "8443",
      "\"8443\" is not an address to listen on. Set listen to" },
  { "listen", "127.0.0.1:70000", "is not an address to listen on" },
  { "listen", "", "is not an address to listen on" },
  { "room", "a room", "\"a room\" cannot be the name of a room. Set room" },
  { "room", "", "cannot be the name of a room" },
  { "peer-id", "a/b", "\"a/b\" cannot be a peer's id. Set peer-id" },
  { "remote-peer-id", "a b",
      "\"a b\" cannot be a peer's id. Set remote-peer-id" },
  { "allowed-origins", "example.org",
      "\"example.org\" is not the origin of a web page. Set allowed-origins" },
};

GST_START_TEST (test_a_malformed_property_is_named)
{
  for (guint i = 0; i < G_N_ELEMENTS (malformed); i++) {
    Node *node = node_new (malformed[i].name, malformed[i].value, NULL);
    g_autofree gchar *text = NULL;

    fail_unless_equals_int (gst_element_set_state (node->pipeline,
                                GST_STATE_PLAYING),
        GST_STATE_CHANGE_FAILURE);
    text = take_error (node, GST_RESOURCE_ERROR_SETTINGS);
    fail_unless (strstr (text, malformed[i].text) != NULL, "%s", text);
    node_free (node);
  }
}

GST_END_TEST;

/* It is looked at when there is a peer, and may have a password in it. */
GST_START_TEST (test_a_wrong_turn_server_is_named_by_its_place)
{
  Node *a = node_new ("signaller-uri", "app:", "peer-id", "a", NULL);
  Node *b = node_new ("signaller-uri", "app:", "peer-id", "b", NULL);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  node_link (a, b);
  gst_util_set_object_arg (G_OBJECT (a->element), "turn-servers",
      "<\"turn://u:p@127.0.0.1:9\",\"turn:secret@here\">");
  node_set_state (a, GST_STATE_PLAYING);
  node_set_state (b, GST_STATE_PLAYING);
  message = wait_message (a, GST_MESSAGE_WARNING);
  gst_message_parse_warning (message, &error, NULL);
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS));
  fail_unless (strstr (error->message, "Entry 2 of turn-servers") != NULL, "%s",
      error->message);
  fail_unless (strstr (error->message, "secret") == NULL);
  node_free (a);
  node_free (b);
}

GST_END_TEST;

GST_START_TEST (test_auto_roles_need_ids)
{
  for (gint role = 0; role < 2; role++) {
    Node *node = node_new ("role", role, "protocol", 1, NULL);
    g_autofree gchar *text = NULL;

    fail_unless_equals_int (gst_element_set_state (node->pipeline,
                                GST_STATE_PLAYING),
        GST_STATE_CHANGE_FAILURE);
    text = take_error (node, GST_RESOURCE_ERROR_SETTINGS);
    fail_unless (strstr (text, "Set role=polite or role=impolite") != NULL,
        "%s", text);
    node_free (node);
  }
}

GST_END_TEST;

/* With an error in the thread, it depends on who is first. */
static void
node_try_to_play (Node *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

static GSocketListener *
take_port (guint16 *port)
{
  GSocketListener *listener = g_socket_listener_new ();
  g_autoptr (GInetAddress) loopback =
      g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) got = NULL;

  fail_unless (g_socket_listener_add_address (listener, wanted,
      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &got, NULL));
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (got));
  return listener;
}

GST_START_TEST (test_a_taken_port_is_said_with_two_ways_out)
{
  guint16 port;
  g_autoptr (GSocketListener) listener = take_port (&port);
  g_autofree gchar *listen = g_strdup_printf ("127.0.0.1:%u", port);
  g_autofree gchar *expected = g_strdup_printf (
      "Port %u on 127.0.0.1 is in "
      "use. Set listen=127.0.0.1:0 for a free one, or "
      "signaller-uri=ws://127.0.0.1:%u/ws to join what is there.",
      port, port);
  Node *node = node_new ("listen", listen, NULL);
  g_autofree gchar *text = NULL;

  node_add_stream (node, 'v');
  fail_unless_equals_int (gst_element_set_state (node->pipeline,
                              GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  /* Not in a moment: it is there. */
  text = take_error (node, GST_RESOURCE_ERROR_BUSY);
  fail_unless_equals_string (text, expected);
  node_free (node);
}

GST_END_TEST;

GST_START_TEST (test_nobody_there_is_said)
{
  guint16 port;
  GSocketListener *listener = take_port (&port);
  g_autofree gchar *uri = g_strdup_printf ("ws://127.0.0.1:%u/ws", port);
  Node *node = node_new ("signaller-uri", uri, NULL);
  g_autofree gchar *text = NULL;

  g_socket_listener_close (listener);
  g_object_unref (listener);
  node_try_to_play (node);
  text = wait_error (node, GST_RESOURCE_ERROR_OPEN_READ_WRITE);
  fail_unless (strstr (text, "Connection refused. Start a server there")
          != NULL,
      "%s", text);
  node_free (node);
}

GST_END_TEST;

static gboolean
has_error (gpointer node)
{
  return gst_bus_have_pending (((Node *) node)->bus)
      && (gst_message_unref (wait_message (node, GST_MESSAGE_ERROR)), TRUE);
}

/* As gst-launch-1.0 does, which misses what comes before its main loop runs. */
GST_START_TEST (test_an_error_while_paused_is_repeated_before_playing)
{
  guint16 port;
  GSocketListener *listener = take_port (&port);
  g_autofree gchar *uri = g_strdup_printf ("ws://127.0.0.1:%u/ws", port);
  Node *node = node_new ("signaller-uri", uri, NULL);

  g_socket_listener_close (listener);
  g_object_unref (listener);
  node_set_state (node, GST_STATE_PAUSED);
  wait_for (has_error, node, "nobody is there");
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *text = NULL;

    fail_unless_equals_int (gst_element_set_state (node->pipeline,
                                GST_STATE_PLAYING),
        GST_STATE_CHANGE_FAILURE);
    text = take_error (node, GST_RESOURCE_ERROR_OPEN_READ_WRITE);
    fail_unless (g_str_has_prefix (text, "Cannot reach "), "%s", text);
  }
  /* It is forgotten with the rest. */
  node_set_state (node, GST_STATE_READY);
  g_object_set (node->element, "signaller-uri", "app:", NULL);
  node_set_state (node, GST_STATE_PLAYING);
  gst_message_unref (wait_event (node, "joined"));
  node_free (node);
}

GST_END_TEST;

/* It accepts, as the kernel does, and says nothing. */
GST_START_TEST (test_a_silent_host_is_given_up)
{
  guint16 port;
  g_autoptr (GSocketListener) listener = take_port (&port);
  g_autofree gchar *uri = g_strdup_printf ("ws://127.0.0.1:%u/ws", port);
  Node *node = node_new ("signaller-uri", uri, NULL);
  g_autofree gchar *text = NULL;

  node_try_to_play (node);
  text = wait_error (node, GST_RESOURCE_ERROR_OPEN_READ_WRITE);
  fail_unless (strstr (text, "no answer within") != NULL, "%s", text);
  node_free (node);
}

GST_END_TEST;

static void
check_refusal (Node *server, gint code, const gchar *expected,
    const gchar *name, const gchar *value)
{
  g_autofree gchar *uri = wait_server (server);
  Node *node =
      node_new ("signaller-uri", uri, "token", "right", name, value, NULL);
  g_autofree gchar *text = NULL;

  node_try_to_play (node);
  text = wait_error (node, code);
  fail_unless (strstr (text, expected) != NULL, "%s", text);
  node_free (node);
}

GST_START_TEST (test_a_server_that_refuses_says_why)
{
  Node *server = node_new ("listen", "127.0.0.1:0", "peer-id", "one", "token",
      "right", NULL);

  node_set_state (server, GST_STATE_PLAYING);
  check_refusal (server, GST_RESOURCE_ERROR_NOT_AUTHORIZED,
      "Set token to the server's token.", "token", "wrong");
  check_refusal (server, GST_RESOURCE_ERROR_BUSY, "Set peer-id to another id",
      "peer-id", "one");
  assert_no_error (server);
  node_free (server);
}

GST_END_TEST;

/*** What goes on ***/

GST_START_TEST (test_garbage_is_rejected_and_the_call_goes_on)
{
  static const gchar *const garbage[] = {
    "",
    "{",
    "[]",
    "{}",
    "7",
    "\xff\xfe",
    "{\"description\":7}",
    "{\"description\":{\"type\":\"pranswer\",\"sdp\":\"v=0\"}}",
    "{\"description\":{\"type\":\"offer\",\"sdp\":\"nonsense\"}}",
    "{\"candidate\":{\"candidate\":7}}",
    "{\"restart\":{\"session\":-1}}",
  };
  Node *a = node_new ("signaller-uri", "app:", "peer-id", "a", NULL);
  Node *b = node_new ("signaller-uri", "app:", "peer-id", "b", NULL);

  node_link (a, b);
  node_add_stream (a, 'v');
  node_set_state (a, GST_STATE_PLAYING);
  node_set_state (b, GST_STATE_PLAYING);
  wait_for (is_connected, b, "connected");

  for (guint i = 0; i < G_N_ELEMENTS (garbage); i++) {
    g_autoptr (GstMessage) message = NULL;

    g_signal_emit_by_name (b->element, "incoming-message", "a", garbage[i]);
    message = wait_event (b, "message-rejected");
    fail_unless (
        gst_structure_has_field_typed (gst_message_get_structure (message),
            "detail", G_TYPE_STRING),
        "%s", garbage[i]);
    fail_unless_equals_uint64 (get_stat (b, "messages-rejected"), i + 1);
  }
  fail_unless (is_connected (b));
  assert_no_error (b);
  node_free (a);
  node_free (b);
}

GST_END_TEST;

/* A field that a GstStructure does not take is not there. */
static void
check_printable (const GstMessage *message, const gchar *field,
    const gchar *sent)
{
  const gchar *text =
      gst_structure_get_string (gst_message_get_structure ((GstMessage *)
                                        message),
          field);

  fail_unless (text != NULL, "%s: no %s", sent, field);
  fail_unless (g_utf8_validate (text, -1, NULL), "%s", sent);
  for (; *text; text = g_utf8_next_char (text))
    fail_unless (g_unichar_isprint (g_utf8_get_char (text)), "%s: %s", sent,
        text);
}

static void
send_and_check (Node *target, const gchar *from, const gchar *json)
{
  g_autoptr (GstMessage) message = NULL;

  g_signal_emit_by_name (target->element, "incoming-message", from, json);
  message = wait_event (target, "message-rejected");
  check_printable (message, "detail", json);
}

GST_START_TEST (test_what_a_peer_says_is_shown_printable)
{
  static const gchar *const sent[] = {
    "\xff\xfe",
    "{\"\xc3\":1}",
    "{\"description\":{\"type\":\"offer\",\"sdp\":\"\\ud800\"}}",
    "{\"description\":{\"type\":\"\\udc00\",\"sdp\":\"v=0\"}}",
    "{\"candidate\":{\"candidate\":\"candidate:\\ud83d\"}}",
    "{\"candidate\":{\"candidate\":\"candidate:\\u001b[2J\\u0007\"}}",
    "{\"candidate\":{\"candidate\":\"candidate:\\u009b2J\\u202e\"}}",
    "{\"description\":{\"type\":\"offer\",\"sdp\":\"v=0\\r\\n\\u001b]0;x\"}}",
    "{\"reject\":{\"offer\":\"\\u001b[2J\"}}",
    "\x1b[2J",
  };
  Node *a = node_new ("signaller-uri", "app:", "peer-id", "a", NULL);
  Node *b = node_new ("signaller-uri", "app:", "peer-id", "b", NULL);
  g_autoptr (GString) letters = g_string_new (NULL);

  node_link (a, b);
  node_add_stream (a, 'v');
  node_set_state (a, GST_STATE_PLAYING);
  node_set_state (b, GST_STATE_PLAYING);
  wait_for (is_connected, b, "connected");

  for (guint i = 0; i < G_N_ELEMENTS (sent); i++)
    send_and_check (b, "a", sent[i]);
  /* Texts that are cut to so many bytes, in the middle of a character. */
  for (guint i = 0; i < 4; i++) {
    g_autofree gchar *candidate = NULL, *offer = NULL;

    g_string_append_c (letters, 'x');
    for (guint j = 0; j < 60; j++)
      g_string_append (letters, "🎥");
    candidate =
        g_strdup_printf ("{\"candidate\":{\"candidate\":\"candidate:%s\"}}",
            letters->str);
    offer = g_strdup_printf (
        "{\"description\":{\"type\":\"answer\",\"sdp\":\"v=0\\r\\n"
        "o=- 1 1 IN IP4 0.0.0.0\\r\\ns=-\\r\\nt=0 0\\r\\n"
        "m=video 9 UDP/TLS/RTP/SAVPF 96\\r\\na=mid:%s\\r\\n\"}}",
        letters->str);
    send_and_check (b, "a", candidate);
    send_and_check (b, "a", offer);
    g_string_truncate (letters, i + 1);
  }
  send_and_check (b, "a\xff", "{\"bye\":{}}");
  fail_unless (is_connected (b));
  assert_no_error (b);
  node_free (a);
  node_free (b);
}

GST_END_TEST;

GST_START_TEST (test_an_absent_remote_peer_is_waited_for)
{
  Node *server = node_new ("listen", "127.0.0.1:0", "peer-id", "server",
      "remote-peer-id", "friend", NULL);
  g_autoptr (GstMessage) joined = NULL;
  g_autofree gchar *uri = NULL;
  Node *stranger, *wanted;

  node_add_stream (server, 'v');
  node_set_state (server, GST_STATE_PLAYING);
  joined = wait_event (server, "joined");
  fail_unless_equals_string (
      gst_structure_get_string (gst_message_get_structure (joined), "detail"),
      "waiting for the peer friend, who is not here yet");
  uri = wait_server (server);

  stranger = node_new ("signaller-uri", uri, "peer-id", "stranger", NULL);
  node_set_state (stranger, GST_STATE_PLAYING);
  wait_event_from (server, "peer-joined", "stranger");
  wanted = node_new ("signaller-uri", uri, "peer-id", "friend",
      "remote-peer-id", "server", NULL);
  node_set_state (wanted, GST_STATE_PLAYING);
  wait_event_from (server, "peer-joined", "friend");
  wait_event_from (server, "offer-sent", "friend");
  wait_for (is_connected, wanted, "connected");
  node_free (wanted);
  node_free (stranger);
  node_free (server);
}

GST_END_TEST;

GST_START_TEST (test_steps_are_told_on_the_bus)
{
  static const gchar *const steps[] = {
    "joined",
    "peer-joined",
    "offer-sent",
    "answer-received",
    "stable",
  };
  Node *a = node_new ("signaller-uri", "app:", "peer-id", "a", NULL);
  Node *b = node_new ("signaller-uri", "app:", "peer-id", "b", NULL);
  gint64 last = g_get_monotonic_time ();

  node_link (a, b);
  node_add_stream (a, 'v');
  node_set_state (b, GST_STATE_PLAYING);
  gst_message_unref (wait_event (b, "joined"));
  node_set_state (a, GST_STATE_PLAYING);
  wait_for (is_connected, a, "connected");

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autoptr (GstMessage) message = NULL;
    const GstStructure *s;
    gint64 time;

    /* Nobody joins in an order that is sure, without a server. */
    if (g_str_equal (steps[i], "peer-joined"))
      continue;
    message = wait_event (a, steps[i]);
    s = gst_message_get_structure (message);
    fail_unless (GST_MESSAGE_SRC (message) == GST_OBJECT (a->element));
    fail_unless (gst_structure_has_field_typed (s, "peer", G_TYPE_STRING));
    fail_unless (gst_structure_get_int64 (s, "time-us", &time));
    fail_unless (time >= last && time <= g_get_monotonic_time ());
    last = time;
  }
  node_free (a);
  node_free (b);
}

GST_END_TEST;

static void
count_notify (GObject *object G_GNUC_UNUSED, GParamSpec *pspec G_GNUC_UNUSED,
    gpointer count)
{
  g_atomic_int_inc ((gint *) count);
}

GST_START_TEST (test_the_server_s_address_is_told)
{
  Node *node = node_new ("listen", "127.0.0.1:0", NULL);
  g_autoptr (GstMessage) message = NULL;
  g_autofree gchar *uri = NULL, *code = NULL, *text = NULL, *expected = NULL;
  g_autofree gchar *id = NULL, *id_again = NULL;
  gint uris = 0, ids = 0;

  g_signal_connect (node->element, "notify::server-uri",
      G_CALLBACK (count_notify), &uris);
  g_signal_connect (node->element, "notify::peer-id", G_CALLBACK (count_notify),
      &ids);
  node_set_state (node, GST_STATE_PLAYING);
  message = wait_message (node, GST_MESSAGE_PROGRESS);
  g_object_get (node->element, "server-uri", &uri, "peer-id", &id, NULL);
  fail_unless (g_str_has_prefix (uri, "http://127.0.0.1:"), "%s", uri);
  fail_if (g_str_has_suffix (uri, ":0/"), "%s", uri);
  expected = g_strdup_printf ("Serving %s", uri);
  gst_message_parse_progress (message, NULL, &code, &text);
  fail_unless_equals_string (code, "listening");
  fail_unless_equals_string (text, expected);
  fail_unless_equals_int (g_atomic_int_get (&uris), 1);
  fail_unless_equals_int (g_atomic_int_get (&ids), 1);
  fail_unless (id != NULL && *id);

  /* The next time it is the same peer, at another port. */
  node_set_state (node, GST_STATE_NULL);
  g_clear_pointer (&uri, g_free);
  g_object_get (node->element, "server-uri", &uri, NULL);
  fail_unless (uri == NULL);
  node_set_state (node, GST_STATE_PLAYING);
  wait_for (is_running_alone, node, "listening");
  g_object_get (node->element, "peer-id", &id_again, NULL);
  fail_unless_equals_string (id, id_again);
  g_signal_handlers_disconnect_by_data (node->element, &uris);
  g_signal_handlers_disconnect_by_data (node->element, &ids);
  node_free (node);
}

GST_END_TEST;

GST_START_TEST (test_it_ends_when_all_that_it_sends_has_ended)
{
  Node *node = node_new ("signaller-uri", "app:", NULL);
  GstPad *first, *second;

  first = gst_element_request_pad_simple (node->element, "sink_%u");
  second = gst_element_request_pad_simple (node->element, "sink_%u");
  node_set_state (node, GST_STATE_PLAYING);
  fail_unless (gst_pad_send_event (first, gst_event_new_eos ()));
  fail_unless (gst_bus_pop_filtered (node->bus, GST_MESSAGE_EOS) == NULL);
  fail_unless (gst_pad_send_event (second, gst_event_new_eos ()));
  gst_message_unref (wait_message (node, GST_MESSAGE_EOS));
  gst_object_unref (first);
  gst_object_unref (second);
  node_free (node);
}

GST_END_TEST;

/* Neither what has gone counts, nor what goes on. */
GST_START_TEST (test_it_ends_when_all_that_is_left_has_ended)
{
  Node *node = node_new ("signaller-uri", "app:", NULL);
  GstPad *first, *second, *third;

  first = gst_element_request_pad_simple (node->element, "sink_%u");
  second = gst_element_request_pad_simple (node->element, "sink_%u");
  third = gst_element_request_pad_simple (node->element, "sink_%u");
  node_set_state (node, GST_STATE_PLAYING);
  fail_unless (gst_pad_send_event (first, gst_event_new_eos ()));
  gst_element_release_request_pad (node->element, first);
  fail_unless (gst_pad_send_event (second, gst_event_new_eos ()));
  fail_unless (gst_pad_send_event (second,
      gst_event_new_stream_start ("another")));
  fail_unless (gst_pad_send_event (third, gst_event_new_eos ()));
  fail_unless (gst_bus_pop_filtered (node->bus, GST_MESSAGE_EOS) == NULL);
  fail_unless (gst_pad_send_event (second, gst_event_new_eos ()));
  gst_message_unref (wait_message (node, GST_MESSAGE_EOS));
  gst_object_unref (first);
  gst_object_unref (second);
  gst_object_unref (third);
  node_free (node);
}

GST_END_TEST;

GST_START_TEST (test_properties_change_while_playing)
{
  Node *a = node_new ("signaller-uri", "app:", "peer-id", "a", NULL);
  Node *b = node_new ("signaller-uri", "app:", "peer-id", "b", NULL);
  g_autoptr (GstElement) webrtcbin = NULL;
  g_autofree gchar *stun = NULL;
  guint latency;

  node_link (a, b);
  node_add_stream (a, 'v');
  node_set_state (a, GST_STATE_PLAYING);
  node_set_state (b, GST_STATE_PLAYING);
  wait_for (is_connected, b, "connected");

  g_object_set (b->element, "auto-answer", FALSE, NULL);
  g_signal_emit_by_name (a->element, "negotiate");
  gst_message_unref (wait_event (b, "stable"));
  gst_message_unref (wait_event (b, "offer-received"));
  g_object_set (b->element, "latency", 70, "stun-server",
      "stun://127.0.0.1:3478", "negotiation-timeout", 0, NULL);
  g_signal_emit_by_name (b->element, "accept-offer");
  gst_message_unref (wait_event (b, "stable"));

  /* What was asked for before is done before. */
  g_object_get (b->element, "webrtcbin", &webrtcbin, NULL);
  g_object_get (webrtcbin, "latency", &latency, "stun-server", &stun, NULL);
  fail_unless_equals_int (latency, 70);
  fail_unless_equals_string (stun, "stun://127.0.0.1:3478");
  g_clear_pointer (&webrtcbin, gst_object_unref);
  node_free (a);
  node_free (b);
}

GST_END_TEST;

/*** Source pads ***/

/* What is linked behind b's source pad. */
typedef struct
{
  GstPad *pad; /* atomic */
  GstFlowReturn returns;
  gint n; /* buffers, atomic */
} Receiver;

static void
on_pad_added (GstElement *element G_GNUC_UNUSED, GstPad *pad, gpointer data)
{
  Receiver *receiver = data;

  if (GST_PAD_IS_SRC (pad))
    g_atomic_pointer_set (&receiver->pad, pad);
}

static gboolean
has_pad (gpointer receiver)
{
  return g_atomic_pointer_get (&((Receiver *) receiver)->pad) != NULL;
}

static GstFlowReturn
receive (GstPad *pad, GstObject *parent G_GNUC_UNUSED, GstBuffer *buffer)
{
  Receiver *receiver = g_object_get_data (G_OBJECT (pad), "receiver");

  gst_buffer_unref (buffer);
  g_atomic_int_inc (&receiver->n);
  return receiver->returns;
}

static gboolean
has_many (gpointer receiver)
{
  return g_atomic_int_get (&((Receiver *) receiver)->n) >= 20;
}

static GstPad *
link_receiver (Receiver *receiver)
{
  GstPad *sink = gst_pad_new ("sink", GST_PAD_SINK);

  g_object_set_data (G_OBJECT (sink), "receiver", receiver);
  gst_pad_set_chain_function (sink, receive);
  gst_pad_set_active (sink, TRUE);
  fail_unless_equals_int (gst_pad_link (receiver->pad, sink), GST_PAD_LINK_OK);
  return sink;
}

typedef void (*WithReceiver) (Node *b, Receiver *receiver);

static void
receive_late (GstFlowReturn returns, WithReceiver check)
{
  Node *a = node_new ("signaller-uri", "app:", "peer-id", "a", NULL);
  Node *b = node_new ("signaller-uri", "app:", "peer-id", "b", NULL);
  Receiver receiver = { .returns = returns };
  GstPad *sink;

  g_signal_connect (b->element, "pad-added", G_CALLBACK (on_pad_added),
      &receiver);
  node_link (a, b);
  node_add_stream (a, 'v');
  node_add_stream (b, 'a');
  node_set_state (a, GST_STATE_PLAYING);
  node_set_state (b, GST_STATE_PLAYING);
  wait_for (has_pad, &receiver, "b has a source pad");
  wait_for (is_connected, a, "connected");

  /* Unlinked so far: the other direction has come up all the same. */
  sink = link_receiver (&receiver);
  wait_for (has_many, &receiver, "buffers come");
  check (b, &receiver);
  fail_unless_equals_uint64 (get_stat (b, "restarts"), 0);
  fail_unless (rtp_stream_is_well (a->stream));
  assert_no_error (a);
  assert_no_error (b);
  g_signal_handlers_disconnect_by_data (b->element, &receiver);
  node_free (a);
  node_free (b);
  gst_object_unref (sink);
}

static void
check_caps (Node *b G_GNUC_UNUSED, Receiver *receiver)
{
  g_autoptr (GstCaps) caps = gst_pad_query_caps (receiver->pad, NULL);
  const GstStructure *s = gst_caps_get_structure (caps, 0);

  fail_unless (gst_caps_is_fixed (caps));
  fail_unless_equals_string (gst_structure_get_string (s, "media"), "video");
  fail_unless_equals_string (gst_structure_get_string (s, "encoding-name"),
      "VP8");
}

GST_START_TEST (test_a_source_pad_may_be_linked_late)
{
  receive_late (GST_FLOW_OK, check_caps);
}

GST_END_TEST;

static void
check_warning (Node *b, Receiver *receiver G_GNUC_UNUSED)
{
  g_autoptr (GstMessage) message = wait_message (b, GST_MESSAGE_WARNING);
  g_autoptr (GError) error = NULL;

  gst_message_parse_warning (message, &error, NULL);
  fail_unless (g_error_matches (error, GST_STREAM_ERROR,
      GST_STREAM_ERROR_FORMAT));
  fail_unless (strstr (error->message, "application/x-rtp,media=video"), "%s",
      error->message);
}

GST_START_TEST (test_a_branch_that_refuses_the_caps_is_warned_of)
{
  receive_late (GST_FLOW_NOT_NEGOTIATED, check_warning);
}

GST_END_TEST;

static void
check_nothing (Node *b G_GNUC_UNUSED, Receiver *receiver G_GNUC_UNUSED)
{
}

GST_START_TEST (test_a_branch_that_fails_does_not_end_the_connection)
{
  receive_late (GST_FLOW_ERROR, check_nothing);
  receive_late (GST_FLOW_EOS, check_nothing);
  receive_late (GST_FLOW_FLUSHING, check_nothing);
}

GST_END_TEST;

static Suite *
negotiator_suite (void)
{
  Suite *s = suite_create ("webrtcnegotiator");
  TCase *interface = tcase_create ("interface");
  TCase *life = tcase_create ("life");
  TCase *errors = tcase_create ("errors");
  TCase *calls = tcase_create ("calls");

  suite_add_tcase (s, interface);
  tcase_add_test (interface,
      test_properties_have_their_types_flags_and_defaults);
  tcase_add_test (interface, test_signals_and_actions_have_their_signatures);
  tcase_add_test (interface, test_pads_are_rtp_on_request_in_and_sometimes_out);

  suite_add_tcase (s, life);
  tcase_add_checked_fixture (life, keep_no_idle_threads, NULL);
  tcase_add_test (life, test_nothing_is_left_of_it);
  tcase_add_test (life, test_starting_and_stopping_alone_leaves_nothing);
  tcase_add_test (life, test_starting_and_stopping_the_server_leaves_nothing);
  tcase_add_test (life, test_starting_and_stopping_with_a_peer_leaves_nothing);
  tcase_add_test (life,
      test_stopping_from_an_own_signal_is_an_error_not_a_deadlock);

  suite_add_tcase (s, errors);
  tcase_add_test (errors, test_a_malformed_property_is_named);
  tcase_add_test (errors, test_a_wrong_turn_server_is_named_by_its_place);
  tcase_add_test (errors, test_auto_roles_need_ids);
  tcase_add_test (errors, test_a_taken_port_is_said_with_two_ways_out);
  tcase_add_test (errors, test_nobody_there_is_said);
  tcase_add_test (errors,
      test_an_error_while_paused_is_repeated_before_playing);
  tcase_add_test (errors, test_a_silent_host_is_given_up);
  tcase_add_test (errors, test_a_server_that_refuses_says_why);

  suite_add_tcase (s, calls);
  tcase_add_test (calls, test_garbage_is_rejected_and_the_call_goes_on);
  tcase_add_test (calls, test_what_a_peer_says_is_shown_printable);
  tcase_add_test (calls, test_an_absent_remote_peer_is_waited_for);
  tcase_add_test (calls, test_steps_are_told_on_the_bus);
  tcase_add_test (calls, test_the_server_s_address_is_told);
  tcase_add_test (calls, test_it_ends_when_all_that_it_sends_has_ended);
  tcase_add_test (calls, test_it_ends_when_all_that_is_left_has_ended);
  tcase_add_test (calls, test_properties_change_while_playing);
  tcase_add_test (calls, test_a_source_pad_may_be_linked_late);
  tcase_add_test (calls, test_a_branch_that_refuses_the_caps_is_warned_of);
  tcase_add_test (calls, test_a_branch_that_fails_does_not_end_the_connection);

  return s;
}

CHECK_MAIN (negotiator)
