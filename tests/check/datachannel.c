/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* WnDataChannel over two real webrtcbins in one process.  Run it in
 * tests/namespace. */

#include "webrtc/channel/channels.h"
#include "webrtc/channel/datachannel.h"
#include "webrtc/connection/iceagent.h"
#include "patience.h"
#include "upstream.h"
#include "webrtc/channel/sctp.h"

#include <openssl/crypto.h>
#include <string.h>

#define DEADLINE_SECONDS 60

/* --- waiting -------------------------------------------------------------- */

static gboolean
set_flag (gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_CONTINUE;
}

/* Everything that can make @condition true comes through the default context. */
#define wait_until(condition)                                                  \
  G_STMT_START                                                                 \
  {                                                                            \
    gboolean late = FALSE;                                                     \
    guint timer =                                                              \
        g_timeout_add_seconds (patience (DEADLINE_SECONDS), set_flag, &late);  \
    while (!(condition) && !late)                                              \
      g_main_context_iteration (NULL, TRUE);                                   \
    g_source_remove (timer);                                                   \
    if (!(condition))                                                          \
      g_error ("%s:%d: still not: " #condition, __FILE__, __LINE__);           \
  }                                                                            \
  G_STMT_END

static void
drain_context (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* --- what a channel told ---------------------------------------------------- */

/* What a channel tells, as words separated by spaces. */
static void
note (GObject *channel, const gchar *word)
{
  GString *story = g_object_get_data (channel, "story");

  /* Signals come in one thread. */
  g_assert_true (g_main_context_is_owner (g_main_context_default ()));
  if (story->len > 0)
    g_string_append_c (story, ' ');
  g_string_append (story, word);
}

static void
on_open (GObject *channel)
{
  note (channel, "open");
}

static void
on_close (GObject *channel)
{
  note (channel, "close");
}

/* Not in the story: webrtcbin counts its own handshake too. */
static void
on_low (GObject *channel)
{
  g_object_set_data (channel, "low", GINT_TO_POINTER (TRUE));
}

static void
on_error (GObject *channel, const GError *error)
{
  g_assert_nonnull (error);
  note (channel, "error");
}

static void
on_string (GObject *channel, const gchar *string)
{
  note (channel, string);
}

static void
on_data (GObject *channel, GBytes *data)
{
  g_autofree gchar *word =
      g_strdup_printf ("%" G_GSIZE_FORMAT "B", g_bytes_get_size (data));

  note (channel, word);
}

static void
free_story (gpointer story)
{
  g_string_free (story, TRUE);
}

static void
listen_to (WnDataChannel *channel)
{
  g_object_set_data_full (G_OBJECT (channel), "story", g_string_new (NULL),
      free_story);
  g_signal_connect (channel, "on-open", G_CALLBACK (on_open), NULL);
  g_signal_connect (channel, "on-close", G_CALLBACK (on_close), NULL);
  g_signal_connect (channel, "on-error", G_CALLBACK (on_error), NULL);
  g_signal_connect (channel, "on-message-string", G_CALLBACK (on_string), NULL);
  g_signal_connect (channel, "on-message-data", G_CALLBACK (on_data), NULL);
  g_signal_connect (channel, "on-buffered-amount-low", G_CALLBACK (on_low),
      NULL);
}

static const gchar *
story (WnDataChannel *channel)
{
  return ((GString *) g_object_get_data (G_OBJECT (channel), "story"))->str;
}

/* --- two webrtcbins --------------------------------------------------------- */

typedef struct _Peer Peer;

struct _Peer
{
  GstElement *pipeline;
  GstElement *webrtcbin;
  Peer *other;
  /* Takes over the channel that the remote creates, if set. */
  WnDataChannel *again;
  GMutex lock;
  /* What the remote created; not yet released.  Under the lock. */
  WnDataChannel *remote;
  /* webrtcbin's channel under the last one that was created or came. */
  GstWebRTCDataChannel *below;
};

static void
on_candidate (GstElement *webrtcbin, guint mline, const gchar *candidate,
    Peer *peer)
{
  g_assert_true (webrtcbin == peer->webrtcbin);
  g_signal_emit_by_name (peer->other->webrtcbin, "add-ice-candidate", mline,
      candidate);
}

/* In webrtcbin's thread. */
static void
on_data_channel (GstElement *webrtcbin, GstWebRTCDataChannel *below, Peer *peer)
{
  WnDataChannel *channel;

  if (peer->again != NULL && wn_data_channel_matches (peer->again, below)) {
    wn_data_channel_attach (peer->again, webrtcbin, below);
    channel = g_object_ref (peer->again);
  } else {
    channel = wn_data_channel_new_for_remote (NULL, webrtcbin, below);
  }
  g_mutex_lock (&peer->lock);
  g_assert_null (peer->remote);
  peer->remote = channel;
  g_set_object (&peer->below, below);
  g_mutex_unlock (&peer->lock);
  g_main_context_wakeup (NULL);
}

static gboolean
has_remote (Peer *peer)
{
  gboolean has;

  g_mutex_lock (&peer->lock);
  has = peer->remote != NULL;
  g_mutex_unlock (&peer->lock);
  return has;
}

static WnDataChannel *
take_remote (Peer *peer)
{
  WnDataChannel *channel;

  wait_until (has_remote (peer));
  channel = g_steal_pointer (&peer->remote);
  if (channel != peer->again)
    listen_to (channel);
  wn_data_channel_release (channel);
  return channel;
}

static void
peer_init (Peer *peer, Peer *other)
{
  g_mutex_init (&peer->lock);
  peer->other = other;
  peer->pipeline = gst_pipeline_new (NULL);
  upstream_watch (peer->pipeline);
  peer->webrtcbin = gst_element_factory_make ("webrtcbin", NULL);
  g_assert_nonnull (peer->webrtcbin);
  wn_ice_agent_set_up (peer->webrtcbin);
  g_object_set (peer->webrtcbin, "bundle-policy",
      GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE, NULL);
  g_signal_connect (peer->webrtcbin, "on-ice-candidate",
      G_CALLBACK (on_candidate), peer);
  g_signal_connect (peer->webrtcbin, "on-data-channel",
      G_CALLBACK (on_data_channel), peer);
  wn_sctp_guard_start (peer->webrtcbin);
  gst_object_ref (peer->webrtcbin);
  gst_bin_add (GST_BIN (peer->pipeline), peer->webrtcbin);
}

static void
stop_peer (Peer *peer)
{
  wn_sctp_flush (peer->webrtcbin);
  gst_element_set_state (peer->pipeline, GST_STATE_NULL);
}

static void
on_gone (gpointer gone, GObject *where)
{
  g_assert_nonnull (where);
  g_atomic_int_set ((gint *) gone, TRUE);
  g_main_context_wakeup (NULL);
}

/* What must be gone must really be gone; a thread of its own may be the last to
 * let it go. */
static void
pair_clear (Peer pair[2])
{
  for (guint i = 0; i < 2; i++)
    stop_peer (&pair[i]);
  for (guint i = 0; i < 2; i++) {
    Peer *peer = &pair[i];
    gint gone = FALSE;

    g_signal_handlers_disconnect_by_data (peer->webrtcbin, peer);
    g_clear_object (&peer->remote);
    g_clear_object (&peer->below);
    g_object_weak_ref (G_OBJECT (peer->webrtcbin), on_gone, &gone);
    gst_object_unref (peer->webrtcbin);
    gst_object_unref (peer->pipeline);
    wait_until (g_atomic_int_get (&gone));
    g_mutex_clear (&peer->lock);
  }
}

static void
pair_init (Peer pair[2])
{
  memset (pair, 0, 2 * sizeof (Peer));
  peer_init (&pair[0], &pair[1]);
  peer_init (&pair[1], &pair[0]);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (gst_element_set_state (pair[i].pipeline,
                         GST_STATE_PLAYING),
        !=, GST_STATE_CHANGE_FAILURE);
}

static GstWebRTCSessionDescription *
create_description (Peer *peer, const gchar *kind)
{
  g_autofree gchar *action = g_strconcat ("create-", kind, NULL);
  GstWebRTCSessionDescription *description = NULL;
  g_autoptr (GstPromise) promise = gst_promise_new ();

  g_signal_emit_by_name (peer->webrtcbin, action, NULL, promise);
  g_assert_cmpint (gst_promise_wait (promise), ==, GST_PROMISE_RESULT_REPLIED);
  gst_structure_get (gst_promise_get_reply (promise), kind,
      GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &description, NULL);
  g_assert_nonnull (description);
  return description;
}

static void
set_description (Peer *peer, const gchar *action,
    GstWebRTCSessionDescription *description)
{
  g_autoptr (GstPromise) promise = gst_promise_new ();

  g_signal_emit_by_name (peer->webrtcbin, action, description, promise);
  g_assert_cmpint (gst_promise_wait (promise), ==, GST_PROMISE_RESULT_REPLIED);
}

static void
negotiate (Peer pair[2])
{
  GstWebRTCSessionDescription *offer, *answer;

  offer = create_description (&pair[0], "offer");
  set_description (&pair[0], "set-local-description", offer);
  set_description (&pair[1], "set-remote-description", offer);
  answer = create_description (&pair[1], "answer");
  set_description (&pair[1], "set-local-description", answer);
  set_description (&pair[0], "set-remote-description", answer);
  gst_webrtc_session_description_free (offer);
  gst_webrtc_session_description_free (answer);
}

typedef struct
{
  Peer *peer;
  WnDataChannel *channel;
} Creation;

static void
on_prepare (GstElement *webrtcbin, GstWebRTCDataChannel *below,
    gboolean is_local, Creation *creation)
{
  if (!is_local)
    return;
  wn_data_channel_attach (creation->channel, webrtcbin, below);
  g_set_object (&creation->peer->below, below);
}

/* As the peer connection does it. */
static void
create_on (Peer *peer, WnDataChannel *channel)
{
  Creation creation = { peer, channel };
  g_autoptr (GstWebRTCDataChannel) below = NULL;
  gulong handler = g_signal_connect (peer->webrtcbin, "prepare-data-channel",
      G_CALLBACK (on_prepare), &creation);

  g_signal_emit_by_name (peer->webrtcbin, "create-data-channel",
      wn_data_channel_get_label (channel),
      wn_data_channel_get_options (channel), &below);
  g_signal_handler_disconnect (peer->webrtcbin, handler);
  g_assert_nonnull (below);
  g_assert_true (peer->below == below);
}

/* --- shorthands ------------------------------------------------------------- */

static WnDataChannel *
new_local (void)
{
  g_autoptr (GError) error = NULL;
  WnDataChannel *channel = wn_data_channel_new (NULL, "chat", NULL, &error);

  g_assert_no_error (error);
  listen_to (channel);
  return channel;
}

static GstWebRTCDataChannelState
state_of (WnDataChannel *channel)
{
  GstWebRTCDataChannelState state;

  g_object_get (channel, "ready-state", &state, NULL);
  return state;
}

#define assert_state(channel, STATE)                                           \
  g_assert_cmpint (state_of (channel), ==,                                     \
      GST_WEBRTC_DATA_CHANNEL_STATE_##STATE)

static gboolean
say (WnDataChannel *channel, const gchar *string)
{
  gboolean sent = -1;

  g_signal_emit_by_name (channel, "send-string", string, &sent);
  return sent;
}

static gboolean
say_bytes (WnDataChannel *channel, gsize size)
{
  g_autofree guint8 *zeros = g_malloc0 (size + 1);
  g_autoptr (GBytes) bytes = g_bytes_new (zeros, size);
  gboolean sent = -1;

  g_signal_emit_by_name (channel, "send-data", bytes, &sent);
  return sent;
}

static void
close_channel (WnDataChannel *channel)
{
  g_signal_emit_by_name (channel, "close");
}

/* A pair with @local of its first peer open; returns the second peer's. */
static WnDataChannel *
connect_pair (Peer pair[2], WnDataChannel *local)
{
  WnDataChannel *remote;

  create_on (&pair[0], local);
  negotiate (pair);
  remote = take_remote (&pair[1]);
  wait_until (state_of (local) == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN);
  wait_until (g_str_has_suffix (story (local), "open"));
  wait_until (strstr (story (remote), "open"));
  return remote;
}

static void
assert_finalized (WnDataChannel *channel)
{
  gpointer weak = channel;

  g_object_add_weak_pointer (G_OBJECT (channel), &weak);
  g_object_unref (channel);
  g_assert_null (weak);
}

/* --- tests without a connection ---------------------------------------------- */

static void
test_properties_and_signals_are_described (void)
{
  g_autofree GParamSpec **specs = NULL;
  g_autofree guint *ids = NULL;
  GObjectClass *klass = g_type_class_ref (WN_TYPE_DATA_CHANNEL);
  guint n;
  static const struct
  {
    const gchar *name;
    GType result;
    GType argument;
  } expected[] = {
    { "on-open", G_TYPE_NONE, 0 },
    { "on-close", G_TYPE_NONE, 0 },
    { "on-error", G_TYPE_NONE, 1 },
    { "on-message-data", G_TYPE_NONE, 1 },
    { "on-message-string", G_TYPE_NONE, 1 },
    { "on-buffered-amount-low", G_TYPE_NONE, 0 },
    { "send-data", G_TYPE_BOOLEAN, 1 },
    { "send-string", G_TYPE_BOOLEAN, 1 },
    { "close", G_TYPE_NONE, 0 },
  };
  static const gchar *names[] = { "label", "ordered", "max-packet-lifetime",
    "max-retransmits", "protocol", "negotiated", "id", "priority",
    "ready-state", "buffered-amount", "buffered-amount-low-threshold",
    "max-message-size" };

  specs = g_object_class_list_properties (klass, &n);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (names));
  for (guint i = 0; i < n; i++) {
    GParamSpec *spec = g_object_class_find_property (klass, names[i]);
    GParamSpec *model;
    gpointer model_class = g_type_class_ref (GST_TYPE_WEBRTC_DATA_CHANNEL);

    g_assert_nonnull (spec);
    g_assert_cmpstr (g_param_spec_get_nick (spec), !=, names[i]);
    g_assert_cmpstr (g_param_spec_get_blurb (spec), !=, NULL);
    model = g_object_class_find_property (model_class, names[i]);
    /* webrtcbin's has its transport say the last. */
    g_assert_true (model || g_str_equal (names[i], "max-message-size"));
    if (model)
      g_assert_cmpstr (g_type_name (spec->value_type), ==,
          g_type_name (model->value_type));
    g_type_class_unref (model_class);
  }
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    GSignalQuery query;

    g_signal_query (g_signal_lookup (expected[i].name, WN_TYPE_DATA_CHANNEL),
        &query);
    g_assert_cmpstr (query.signal_name, ==, expected[i].name);
    g_assert_cmpuint (query.n_params, ==, expected[i].argument);
    g_assert_true (query.return_type == expected[i].result);
    g_assert_cmpint (!!(query.signal_flags & G_SIGNAL_ACTION), ==,
        !g_str_has_prefix (expected[i].name, "on-"));
  }
  g_type_class_unref (klass);
}

static void
test_options_are_kept_and_shown (void)
{
  g_autoptr (GstStructure) options = NULL;
  g_autoptr (WnDataChannel) channel = NULL;
  g_autofree gchar *label = NULL;
  g_autofree gchar *protocol = NULL;
  gboolean ordered, negotiated;
  gint lifetime, retransmits, id;
  GstWebRTCPriorityType priority;
  guint64 amount, threshold;

  /* It is told by its name. */
  g_type_ensure (GST_TYPE_WEBRTC_PRIORITY_TYPE);
  options = gst_structure_from_string (
      "o,"
      "ordered=false,max-retransmits=3,protocol=p,negotiated=true,id=7,"
      "priority=(GstWebRTCPriorityType)high",
      NULL);
  channel = wn_data_channel_new (NULL, "l", options, NULL);
  g_object_set (channel, "buffered-amount-low-threshold", (guint64) 5, NULL);
  g_object_get (channel, "label", &label, "protocol", &protocol, "ordered",
      &ordered, "negotiated", &negotiated, "max-packet-lifetime", &lifetime,
      "max-retransmits", &retransmits, "id", &id, "priority", &priority,
      "buffered-amount", &amount, "buffered-amount-low-threshold", &threshold,
      NULL);
  g_assert_cmpstr (label, ==, "l");
  g_assert_cmpstr (protocol, ==, "p");
  g_assert_false (ordered);
  g_assert_true (negotiated);
  g_assert_cmpint (lifetime, ==, -1);
  g_assert_cmpint (retransmits, ==, 3);
  g_assert_cmpint (id, ==, 7);
  g_assert_cmpint (priority, ==, GST_WEBRTC_PRIORITY_TYPE_HIGH);
  g_assert_cmpuint (amount, ==, 0);
  g_assert_cmpuint (threshold, ==, 5);
  g_assert_true (gst_structure_is_equal (options,
      wn_data_channel_get_options (channel)));
  g_assert_true (wn_data_channel_is_local (channel));
  assert_state (channel, CONNECTING);
}

static void
test_impossible_options_are_refused (void)
{
  g_autofree gchar *long_label = g_strnfill (65536, 'x');
  static const gchar *impossible[] = {
    "o,max-retransmits=1,max-packet-lifetime=1",
    "o,max-retransmits=65536",
    "o,max-retransmits=-2",
    "o,max-packet-lifetime=65536",
    "o,negotiated=true",
    "o,negotiated=true,id=1024",
    "o,negotiated=true,id=-5",
  };

  for (guint i = 0; i <= G_N_ELEMENTS (impossible); i++) {
    gboolean last = i == G_N_ELEMENTS (impossible);
    g_autoptr (GstStructure) options =
        last ? NULL : gst_structure_from_string (impossible[i], NULL);
    g_autoptr (GError) error = NULL;

    g_assert_null (wn_data_channel_new (NULL, last ? long_label : "l", options,
        &error));
    g_assert_error (error, GST_WEBRTC_ERROR, GST_WEBRTC_ERROR_TYPE_ERROR);
  }
}

static void
test_without_a_connection_nothing_is_sent (void)
{
  WnDataChannel *channel = new_local ();

  g_assert_false (say (channel, "lost?"));
  g_assert_false (say_bytes (channel, 3));
  drain_context ();
  g_assert_cmpstr (story (channel), ==, "");
  assert_finalized (channel);
}

static void
test_closing_without_a_connection_closes_at_once (void)
{
  WnDataChannel *channel = new_local ();

  close_channel (channel);
  /* No signal out of an action. */
  g_assert_cmpstr (story (channel), ==, "");
  assert_state (channel, CLOSED);
  g_assert_true (wn_data_channel_is_closed (channel));
  close_channel (channel);
  wn_data_channel_end (channel);
  drain_context ();
  g_assert_cmpstr (story (channel), ==, "close");
  g_assert_false (say (channel, "x"));
  assert_finalized (channel);
}

static void
test_dropped_with_events_pending (void)
{
  WnDataChannel *channel = new_local ();

  close_channel (channel);
  assert_finalized (channel);
  drain_context ();
}

/* --- tests over a connection --------------------------------------------------- */

static void
test_text_and_bytes_both_ways (void)
{
  Peer pair[2];
  WnDataChannel *local = new_local (), *remote;
  g_autoptr (GString) expected = g_string_new ("open");
  g_autofree gchar *label = NULL;
  gint id, remote_id;

  pair_init (pair);
  create_on (&pair[0], local);
  g_assert_false (say (local, "early"));
  negotiate (pair);
  wait_until (state_of (local) == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN);
  for (gint i = 0; i < 100; i++) {
    g_autofree gchar *word = g_strdup_printf ("%d", i);

    g_assert_true (say (local, word));
    g_string_append_printf (expected, " %d", i);
  }
  g_assert_true (say_bytes (local, 60000));
  g_string_append (expected, " 60000B");
  remote = take_remote (&pair[1]);
  wait_until (g_str_has_suffix (story (remote), "B"));
  g_assert_cmpstr (story (remote), ==, expected->str);

  g_assert_true (say_bytes (remote, 1));
  g_assert_true (say (remote, "gr\303\274\303\237e"));
  wait_until (g_str_has_suffix (story (local), "e"));
  g_assert_cmpstr (story (local), ==, "open 1B gr\303\274\303\237e");

  g_object_get (remote, "label", &label, "id", &remote_id, NULL);
  g_object_get (local, "id", &id, NULL);
  g_assert_cmpstr (label, ==, "chat");
  g_assert_cmpint (id, >=, 0);
  g_assert_cmpint (id, ==, remote_id);
  g_assert_false (wn_data_channel_is_local (remote));

  wn_data_channel_detach (local);
  wn_data_channel_detach (remote);
  pair_clear (pair);
  assert_finalized (local);
  assert_finalized (remote);
}

static guint
count_warnings (Peer *peer)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (peer->pipeline);
  GstMessage *message;
  guint n = 0;

  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING))) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_warning (message, &error, NULL);
    g_assert_true (strstr (error->message, "\"chat\""));
    gst_message_unref (message);
    n++;
  }
  return n;
}

/* webrtcbin would take some of these and break, or lose them. */
static void
test_what_cannot_be_sent_is_refused_and_harms_nothing (void)
{
  Peer pair[2];
  WnDataChannel *local = new_local (), *remote;
  guint64 max_size = 1;

  g_object_get (local, "max-message-size", &max_size, NULL);
  g_assert_cmpuint (max_size, ==, 0);
  g_assert_false (say (local, "too early"));
  pair_init (pair);
  remote = connect_pair (pair, local);
  g_assert_cmpuint (count_warnings (&pair[0]), ==, 0);
  g_object_get (local, "max-message-size", &max_size, NULL);
  g_assert_cmpuint (max_size, ==, 65536);

  /* Each time, and with a word about what to do. */
  for (guint i = 0; i < 3; i++) {
    g_assert_false (say (local, "\377"));
    g_assert_false (say_bytes (local, 65537));
    g_assert_false (say_bytes (local, 100 * 1000));
    g_assert_false (say_bytes (local, 16 * 1024 * 1024));
    g_assert_cmpuint (count_warnings (&pair[0]), ==, 4);
  }
  g_assert_true (say_bytes (local, 65536));
  g_assert_true (say (local, "fine"));
  wait_until (g_str_has_suffix (story (remote), "fine"));
  g_assert_cmpstr (story (remote), ==, "open 65536B fine");
  g_assert_cmpstr (story (local), ==, "open");
  assert_state (local, OPEN);

  wn_data_channel_detach (local);
  wn_data_channel_detach (remote);
  pair_clear (pair);
  assert_finalized (local);
  assert_finalized (remote);
}

/* RFC 8831, 6.6 */
static void
test_empty_messages_arrive_empty (void)
{
  Peer pair[2];
  WnDataChannel *local = new_local (), *remote;
  guint64 amount = 1;

  pair_init (pair);
  remote = connect_pair (pair, local);
  for (guint i = 0; i < 2; i++) {
    g_assert_true (say_bytes (local, 0));
    g_assert_true (say (local, ""));
    g_assert_true (say (local, "full"));
  }
  wait_until (g_str_has_suffix (story (remote), "full 0B  full"));
  g_assert_cmpstr (story (remote), ==, "open 0B  full 0B  full");
  g_assert_cmpstr (story (local), ==, "open");
  g_object_get (local, "buffered-amount", &amount, NULL);
  g_assert_cmpuint (amount, ==, 0);

  wn_data_channel_detach (local);
  wn_data_channel_detach (remote);
  pair_clear (pair);
  assert_finalized (local);
  assert_finalized (remote);
}

/* --- what is left behind -------------------------------------------------- */

static gboolean
has_task (GstElement *sctpenc)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sctpenc, "src");

  return gst_pad_get_task_state (pad) != GST_TASK_STOPPED;
}

static GstElement *
add_locked (GstElement *webrtcbin, const gchar *name, const gchar *port)
{
  GstElement *element = gst_element_factory_make (name, NULL);

  gst_element_set_locked_state (element, TRUE);
  g_object_set (element, port, 5000, "sctp-association-id", 4711, NULL);
  gst_bin_add (GST_BIN (webrtcbin), element);
  return element;
}

/* What webrtcbin's thread can leave behind when webrtcbin is stopped at the moment
 * at which DTLS connects, or when associations have the same number. */
static void
test_nothing_goes_on_in_a_webrtcbin_that_was_stopped (void)
{
  Peer pair[2];
  GstElement *dec, *straggler, *clash;

  pair_init (pair);
  dec = add_locked (pair[0].webrtcbin, "sctpdec", "local-sctp-port");
  straggler = add_locked (pair[0].webrtcbin, "sctpenc", "remote-sctp-port");
  clash = add_locked (pair[1].webrtcbin, "sctpenc", "remote-sctp-port");
  stop_peer (&pair[0]);
  stop_peer (&pair[1]);

  g_assert_cmpint (gst_element_set_state (dec, GST_STATE_PLAYING), !=,
      GST_STATE_CHANGE_FAILURE);
  g_assert_cmpint (gst_element_set_state (straggler, GST_STATE_PLAYING), !=,
      GST_STATE_CHANGE_FAILURE);
  g_assert_true (has_task (straggler));
  g_assert_cmpint (gst_element_set_state (clash, GST_STATE_PLAYING), ==,
      GST_STATE_CHANGE_FAILURE);
  /* Whether its thread runs now depends on GStreamer: it does up to 1.26. */

  wn_sctp_stop (pair[0].webrtcbin);
  wn_sctp_stop (pair[1].webrtcbin);
  g_assert_cmpint (GST_STATE (dec), ==, GST_STATE_NULL);
  g_assert_cmpint (GST_STATE (straggler), ==, GST_STATE_NULL);
  g_assert_cmpint (GST_STATE (clash), ==, GST_STATE_NULL);
  g_assert_false (has_task (straggler));
  g_assert_false (has_task (clash));
  pair_clear (pair);
}

static void
test_text_that_is_not_utf8_is_repaired (void)
{
  Peer pair[2];
  WnDataChannel *local = new_local (), *remote;

  pair_init (pair);
  remote = connect_pair (pair, local);
  g_assert_true (gst_webrtc_data_channel_send_string_full (pair[0].below,
      "a\377b", NULL));
  wait_until (g_str_has_suffix (story (remote), "b"));
  g_assert_cmpstr (story (remote), ==, "open a\357\277\275b");

  wn_data_channel_detach (local);
  wn_data_channel_detach (remote);
  pair_clear (pair);
  assert_finalized (local);
  assert_finalized (remote);
}

static void
test_buffered_amount_is_told (void)
{
  Peer pair[2];
  WnDataChannel *local = new_local (), *remote;
  guint64 amount = 1;

  /* Set before there is a connection, it counts for each. */
  g_object_set (local, "buffered-amount-low-threshold", (guint64) 1000, NULL);
  pair_init (pair);
  create_on (&pair[0], local);
  g_object_get (pair[0].below, "buffered-amount-low-threshold", &amount, NULL);
  g_assert_cmpuint (amount, ==, 1000);
  negotiate (pair);
  remote = take_remote (&pair[1]);
  wait_until (state_of (local) == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN);
  g_object_set_data (G_OBJECT (local), "low", NULL);
  g_assert_true (say_bytes (local, 60000));
  wait_until (g_object_get_data (G_OBJECT (local), "low"));
  g_object_get (local, "buffered-amount", &amount, NULL);
  g_assert_cmpuint (amount, <=, 1000);
  wait_until (g_str_has_suffix (story (remote), "60000B"));

  wn_data_channel_detach (local);
  wn_data_channel_detach (remote);
  pair_clear (pair);
  assert_finalized (local);
  assert_finalized (remote);
}

static void
test_outlives_its_connection (void)
{
  Peer pair[2];
  WnDataChannel *local = new_local (), *remote;
  gint id;

  pair_init (pair);
  remote = connect_pair (pair, local);
  g_assert_true (say (local, "one"));
  g_assert_true (say (remote, "eins"));
  wait_until (strstr (story (remote), "one"));
  wait_until (strstr (story (local), "eins"));

  wn_data_channel_detach (local);
  wn_data_channel_detach (remote);
  pair_clear (pair);
  assert_state (local, CONNECTING);
  g_assert_false (wn_data_channel_is_closed (local));
  g_assert_false (wn_data_channel_is_attached (local));
  g_object_get (local, "id", &id, NULL);
  g_assert_cmpint (id, ==, -1);
  g_assert_false (say (local, "between"));
  g_assert_false (say (remote, "dazwischen"));
  drain_context ();
  g_assert_cmpstr (story (local), ==, "open eins");

  pair_init (pair);
  pair[1].again = remote;
  g_assert_true (connect_pair (pair, local) == remote);
  g_object_unref (remote);
  g_assert_true (say (local, "two"));
  g_assert_true (say (remote, "zwei"));
  wait_until (strstr (story (remote), "two"));
  wait_until (strstr (story (local), "zwei"));
  g_assert_cmpstr (story (local), ==, "open eins open zwei");
  g_assert_cmpstr (story (remote), ==, "open one open two");

  wn_data_channel_detach (local);
  wn_data_channel_detach (remote);
  pair_clear (pair);
  assert_finalized (local);
  assert_finalized (remote);
}

static void
test_only_the_like_channel_is_taken_for_the_same (void)
{
  Peer pair[2];
  g_autoptr (GstStructure) options =
      gst_structure_from_string ("o,"
                                 "ordered=false,protocol=p",
          NULL);
  g_autoptr (WnDataChannel) like =
      wn_data_channel_new (NULL, "l", options, NULL);
  g_autoptr (WnDataChannel) other_label =
      wn_data_channel_new (NULL, "m", options, NULL);
  g_autoptr (WnDataChannel) other_options =
      wn_data_channel_new (NULL, "l", NULL, NULL);

  pair_init (pair);
  create_on (&pair[0], like);
  g_assert_true (wn_data_channel_matches (like, pair[0].below));
  g_assert_false (wn_data_channel_matches (other_label, pair[0].below));
  g_assert_false (wn_data_channel_matches (other_options, pair[0].below));
  wn_data_channel_detach (like);
  pair_clear (pair);
}

static void
test_closed_from_either_side (gconstpointer closer)
{
  Peer pair[2];
  WnDataChannel *local = new_local (), *remote;

  pair_init (pair);
  remote = connect_pair (pair, local);
  g_assert_true (say (local, "bye"));
  wait_until (strstr (story (remote), "bye"));
  close_channel (GPOINTER_TO_INT (closer) ? remote : local);
  g_assert_false (say (GPOINTER_TO_INT (closer) ? remote : local, "late"));
  wait_until (g_str_has_suffix (story (local), "close"));
  wait_until (g_str_has_suffix (story (remote), "close"));
  assert_state (local, CLOSED);
  assert_state (remote, CLOSED);
  g_assert_true (wn_data_channel_is_closed (local));
  g_assert_true (wn_data_channel_is_closed (remote));
  g_assert_false (say (local, "late"));
  g_assert_false (say (remote, "late"));

  wn_data_channel_detach (local);
  wn_data_channel_detach (remote);
  pair_clear (pair);
  drain_context ();
  /* webrtcbin may complain of what it could not send any more. */
  g_assert_true (g_str_equal (story (local), "open close")
      || g_str_equal (story (local), "open error close"));
  g_assert_true (g_str_equal (story (remote), "open bye close")
      || g_str_equal (story (remote), "open bye error close"));
  assert_state (local, CLOSED);
  assert_finalized (local);
  assert_finalized (remote);
}

static void
wake (void)
{
  g_main_context_wakeup (NULL);
}

static GstWebRTCDataChannelState
state_below (Peer *peer)
{
  GstWebRTCDataChannelState state;

  g_object_get (peer->below, "ready-state", &state, NULL);
  return state;
}

/* Whether the remote hears of such a channel is up to webrtcbin: 1.22 can drop
 * the announcement when the channel is closed right behind it. */
static void
test_closed_while_connecting_is_closed_below_too (void)
{
  Peer pair[2];
  WnDataChannel *local = new_local ();
  g_autoptr (GError) error = g_error_new_literal (GST_WEBRTC_ERROR,
      GST_WEBRTC_ERROR_DATA_CHANNEL_FAILURE, "late");

  pair_init (pair);
  create_on (&pair[0], local);
  g_signal_connect (pair[0].below, "notify::ready-state", G_CALLBACK (wake),
      NULL);
  close_channel (local);
  assert_state (local, CLOSED);
  negotiate (pair);
  wait_until (state_below (&pair[0]) >= GST_WEBRTC_DATA_CHANNEL_STATE_CLOSING);
  g_signal_emit_by_name (pair[0].below, "on-error", error);
  drain_context ();
  g_assert_cmpstr (story (local), ==, "close");

  wn_data_channel_detach (local);
  pair_clear (pair);
  assert_finalized (local);
}

static void
test_closing_when_the_connection_goes_is_closed (void)
{
  Peer pair[2];
  WnDataChannel *local = new_local (), *remote;

  pair_init (pair);
  remote = connect_pair (pair, local);
  close_channel (local);
  wn_data_channel_detach (local);
  assert_state (local, CLOSED);
  wn_data_channel_detach (remote);
  pair_clear (pair);
  drain_context ();
  g_assert_cmpstr (story (local), ==, "open close");
  wn_data_channel_end (remote);
  drain_context ();
  g_assert_true (g_str_has_suffix (story (remote), "close"));
  assert_finalized (local);
  assert_finalized (remote);
}

static void
count_message (gpointer below, const gchar *string, gint *count)
{
  g_assert_nonnull (below);
  g_assert_nonnull (string);
  g_atomic_int_inc (count);
  g_main_context_wakeup (NULL);
}

static void
test_nothing_is_told_after_detach (void)
{
  Peer pair[2];
  WnDataChannel *local = new_local (), *remote;
  g_autofree gchar *before = NULL;
  gint count = 0;

  pair_init (pair);
  remote = connect_pair (pair, local);
  /* Counts below, after our own handler. */
  g_signal_connect (pair[1].below, "on-message-string",
      G_CALLBACK (count_message), &count);
  for (gint i = 0; i < 50; i++)
    g_assert_true (say (local, "x"));
  /* Messages wait to be told, as the context does not run. */
  while (g_atomic_int_get (&count) < 10)
    g_thread_yield ();
  before = g_strdup (story (remote));
  wn_data_channel_detach (remote);
  for (gint i = 0; i < 50; i++)
    g_assert_true (say (local, "y"));
  wait_until (g_atomic_int_get (&count) == 100);
  drain_context ();
  g_assert_cmpstr (story (remote), ==, before);

  wn_data_channel_detach (local);
  pair_clear (pair);
  assert_finalized (local);
  assert_finalized (remote);
}

/* The application may drop its channel at any time; what is below goes on. */
static void
test_dropped_while_messages_come (void)
{
  Peer pair[2];
  WnDataChannel *local = new_local (), *remote;
  gint count = 0;

  pair_init (pair);
  remote = connect_pair (pair, local);
  g_signal_connect (pair[1].below, "on-message-string",
      G_CALLBACK (count_message), &count);
  for (gint i = 0; i < 200; i++)
    g_assert_true (say (local, "x"));
  while (g_atomic_int_get (&count) < 10)
    g_thread_yield ();
  g_object_unref (remote);
  wait_until (g_atomic_int_get (&count) == 200);

  assert_finalized (local);
  pair_clear (pair);
}

static gpointer
send_until_refused (gpointer channel)
{
  while (say (channel, "x"))
    ;
  return NULL;
}

static void
test_sending_in_threads_while_the_connection_goes (void)
{
  WnDataChannel *local = new_local ();

  for (guint round = 0; round < 3; round++) {
    Peer pair[2];
    WnDataChannel *remote;
    GThread *threads[3];

    pair_init (pair);
    remote = connect_pair (pair, local);
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
      threads[i] = g_thread_new ("sender", send_until_refused, local);
    wait_until (g_str_has_suffix (story (remote), "x"));
    wn_data_channel_detach (local);
    wn_data_channel_detach (remote);
    pair_clear (pair);
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
      g_thread_join (threads[i]);
    assert_state (local, CONNECTING);
    assert_finalized (remote);
  }
  assert_finalized (local);
}

static void
end_channel (GObject *below G_GNUC_UNUSED, GParamSpec *pspec G_GNUC_UNUSED,
    WnDataChannel *channel)
{
  wn_data_channel_end (channel);
}

static void
on_prepare_to_end (GstElement *webrtcbin G_GNUC_UNUSED,
    GstWebRTCDataChannel *below, gboolean is_local G_GNUC_UNUSED,
    WnDataChannel *channel)
{
  g_signal_connect (below, "notify::buffered-amount-low-threshold",
      G_CALLBACK (end_channel), channel);
}

/* As when a thread leaves the connection while another one ties the channel to it:
 * webrtcbin's channel would never be freed. */
static void
test_ended_while_it_is_attached (void)
{
  Peer pair[2];
  WnDataChannel *local = new_local ();

  pair_init (pair);
  g_signal_connect (pair[0].webrtcbin, "prepare-data-channel",
      G_CALLBACK (on_prepare_to_end), local);
  create_on (&pair[0], local);
  g_assert_true (wn_data_channel_is_closed (local));
  g_assert_false (g_signal_has_handler_pending (pair[0].below,
      g_signal_lookup ("on-message-data", GST_TYPE_WEBRTC_DATA_CHANNEL), 0,
      FALSE));
  pair_clear (pair);
  drain_context ();
  assert_finalized (local);
}

/* Should the peer connection forget to detach. */
static void
test_kept_after_its_webrtcbin_is_gone (void)
{
  Peer pair[2];
  WnDataChannel *local = new_local (), *remote;

  pair_init (pair);
  remote = connect_pair (pair, local);
  pair_clear (pair);
  g_assert_false (say (local, "x"));
  /* It may have been closing already, when the other one stopped. */
  close_channel (remote);
  g_assert_true (wn_data_channel_is_closed (remote));
  wn_data_channel_detach (remote);
  assert_state (remote, CLOSED);
  drain_context ();
  assert_finalized (local);
  assert_finalized (remote);
}

static GstWebRTCDataChannel *
create_below (Peer *peer)
{
  GstWebRTCDataChannel *below = NULL;

  g_signal_emit_by_name (peer->webrtcbin, "create-data-channel", "again", NULL,
      &below);
  g_assert_nonnull (below);
  return below;
}

/* The connection is replaced before the application hears of the channel. */
static void
test_a_remote_channel_is_told_of_once_however_often_it_comes (void)
{
  Peer pair[2];
  WnChannels channels = { 0 };
  GstWebRTCDataChannel *below[2];
  g_autoptr (WnDataChannel) first = NULL, second = NULL, third = NULL;
  gboolean is_new;

  pair_init (pair);
  wn_channels_init (&channels, g_main_context_default ());
  for (guint i = 0; i < 2; i++)
    below[i] = create_below (&pair[i]);

  wn_channels_create (&channels, pair[0].webrtcbin);
  first =
      wn_channels_add_remote (&channels, pair[0].webrtcbin, below[0], &is_new);
  g_assert_true (is_new);
  wn_channels_detach (&channels, pair[0].webrtcbin);

  /* What the former one still says. */
  g_assert_null (wn_channels_add_remote (&channels, pair[0].webrtcbin, below[0],
      &is_new));
  g_assert_false (is_new);
  g_assert_false (wn_data_channel_is_attached (first));

  wn_channels_create (&channels, pair[1].webrtcbin);
  second =
      wn_channels_add_remote (&channels, pair[1].webrtcbin, below[1], &is_new);
  g_assert_true (second == first);
  g_assert_true (is_new);
  wn_data_channel_release (second);
  wn_channels_detach (&channels, pair[1].webrtcbin);

  wn_channels_create (&channels, pair[0].webrtcbin);
  third =
      wn_channels_add_remote (&channels, pair[0].webrtcbin, below[0], &is_new);
  g_assert_true (third == first);
  g_assert_false (is_new);

  wn_channels_detach (&channels, pair[0].webrtcbin);
  wn_channels_clear (&channels);
  for (guint i = 0; i < 2; i++)
    g_clear_object (&below[i]);
  pair_clear (pair);
}

int
main (int argc, char **argv)
{
  int status;

  /* Idle threads may end while this process does: OpenSSL's cleanup at the exit
   * does not survive that (3.5). */
  OPENSSL_init_crypto (OPENSSL_INIT_NO_ATEXIT, NULL);
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

#define ADD(path, function)                                                    \
  g_test_add_func ("/data-channel/" path, test_##function)
  ADD ("properties-and-signals-are-described",
      properties_and_signals_are_described);
  ADD ("options-are-kept-and-shown", options_are_kept_and_shown);
  ADD ("impossible-options-are-refused", impossible_options_are_refused);
  ADD ("without-a-connection-nothing-is-sent",
      without_a_connection_nothing_is_sent);
  ADD ("closing-without-a-connection-closes-at-once",
      closing_without_a_connection_closes_at_once);
  ADD ("dropped-with-events-pending", dropped_with_events_pending);
  ADD ("text-and-bytes-both-ways", text_and_bytes_both_ways);
  ADD ("nothing-goes-on-in-a-webrtcbin-that-was-stopped",
      nothing_goes_on_in_a_webrtcbin_that_was_stopped);
  ADD ("empty-messages-arrive-empty", empty_messages_arrive_empty);
  ADD ("what-cannot-be-sent-is-refused-and-harms-nothing",
      what_cannot_be_sent_is_refused_and_harms_nothing);
  ADD ("text-that-is-not-utf8-is-repaired", text_that_is_not_utf8_is_repaired);
  ADD ("buffered-amount-is-told", buffered_amount_is_told);
  ADD ("outlives-its-connection", outlives_its_connection);
  ADD ("only-the-like-channel-is-taken-for-the-same",
      only_the_like_channel_is_taken_for_the_same);
  g_test_add_data_func ("/data-channel/closed-from-its-creators-side",
      GINT_TO_POINTER (0), test_closed_from_either_side);
  g_test_add_data_func ("/data-channel/closed-from-the-peers-side",
      GINT_TO_POINTER (1), test_closed_from_either_side);
  ADD ("closed-while-connecting-is-closed-below-too",
      closed_while_connecting_is_closed_below_too);
  ADD ("closing-when-the-connection-goes-is-closed",
      closing_when_the_connection_goes_is_closed);
  ADD ("nothing-is-told-after-detach", nothing_is_told_after_detach);
  ADD ("dropped-while-messages-come", dropped_while_messages_come);
  ADD ("sending-in-threads-while-the-connection-goes",
      sending_in_threads_while_the_connection_goes);
  ADD ("ended-while-it-is-attached", ended_while_it_is_attached);
  ADD ("a-remote-channel-is-told-of-once-however-often-it-comes",
      a_remote_channel_is_told_of_once_however_often_it_comes);
  ADD ("kept-after-its-webrtcbin-is-gone", kept_after_its_webrtcbin_is_gone);
#undef ADD

  status = g_test_run ();
  gst_deinit ();
  return status;
}
