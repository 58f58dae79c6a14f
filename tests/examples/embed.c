/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A call with one peer, in an application.
 *
 * It sends a moving picture, adds sound once the connection is there, shows (here:
 * counts) whatever the peer sends, and greets it over a data channel.
 *
 *     embed                              serves; open the address that it prints
 *     embed ws://127.0.0.1:8443/ws       joins that server
 *
 * With --until-greeted it ends as soon as both sides have received picture, sound
 * and greeting.  docs/embedding.md walks through it.
 */

#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>

#define VIDEO                                                                  \
  "videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240"  \
  " ! vp8enc deadline=1 keyframe-max-dist=30 ! rtpvp8pay"
#define AUDIO "audiotestsrc is-live=true wave=ticks ! opusenc ! rtpopuspay"

/* What is done with the peer's streams; a real application would show and play. */
#define PICTURE                                                                \
  "rtpvp8depay ! vp8dec ! fakesink name=sink sync=false async=false"
#define SOUND                                                                  \
  "rtpopusdepay ! opusdec ! fakesink name=sink sync=false async=false"

typedef enum
{
  GOT_PICTURE = 1 << 0,
  GOT_SOUND = 1 << 1,
  GOT_GREETING = 1 << 2,
  GOT_ANSWER = 1 << 3,
  GOT_GOODBYE = 1 << 4,
  GOT_ALL = (1 << 5) - 1,
} Got;

typedef struct
{
  GMainLoop *loop;
  GstElement *pipeline;
  GstElement *negotiator;
  GObject *channel; /* ours */
  GObject *their_channel;
  gboolean joins;
  gboolean until_greeted;
  gboolean has_sound;
  gboolean has_failed;
  guint got; /* Got */
} Call;

/*** From the element's threads to the main one ***/

typedef void (*CallFunc) (Call *call, const gchar *text);

typedef struct
{
  Call *call;
  CallFunc func;
  gchar *text;
} Task;

static gboolean
task_run (gpointer data)
{
  Task *task = data;

  task->func (task->call, task->text);
  return G_SOURCE_REMOVE;
}

static void
task_free (gpointer data)
{
  Task *task = data;

  g_free (task->text);
  g_free (task);
}

/* Has @func called in the main thread. */
static void
in_main (Call *call, CallFunc func, const gchar *text)
{
  Task *task = g_new0 (Task, 1);

  task->call = call;
  task->func = func;
  task->text = g_strdup (text);
  g_main_context_invoke_full (NULL, G_PRIORITY_DEFAULT, task_run, task,
      task_free);
}

/*** Talking ***/

static void
say (GObject *channel, const gchar *text)
{
  gboolean sent = FALSE;

  g_signal_emit_by_name (channel, "send-string", text, &sent);
  if (!sent)
    g_printerr ("could not send %s\n", text);
}

/* Who has all says so; who joined leaves then, and who serves stays until that is
 * done. */
static void
received (Call *call, Got what)
{
  if (call->got & what)
    return;
  call->got |= what;
  if (!call->until_greeted)
    return;
  if (what != GOT_GOODBYE && (call->got | GOT_GOODBYE) == GOT_ALL)
    say (call->channel, "goodbye");
  if (call->got == GOT_ALL)
    g_main_loop_quit (call->loop);
}

static void
hear_greeting (Call *call, const gchar *text)
{
  g_print ("the peer says: %s\n", text);
  if (g_str_equal (text, "hello")) {
    say (call->their_channel, "welcome");
    received (call, GOT_GREETING);
  } else if (g_str_equal (text, "goodbye") && call->joins) {
    received (call, GOT_GOODBYE);
  }
}

static void
on_greeting (GObject *channel G_GNUC_UNUSED, const gchar *text,
    gpointer user_data)
{
  in_main (user_data, hear_greeting, text);
}

static void
hear_answer (Call *call, const gchar *text)
{
  g_print ("the peer answers: %s\n", text);
  received (call, GOT_ANSWER);
}

static void
on_answer (GObject *channel G_GNUC_UNUSED, const gchar *text,
    gpointer user_data)
{
  in_main (user_data, hear_answer, text);
}

static void
on_open (GObject *channel, gpointer user_data G_GNUC_UNUSED)
{
  say (channel, "hello");
}

/* The peer's: it says nothing before this returns. */
static void
on_data_channel (GstElement *negotiator G_GNUC_UNUSED, GObject *channel,
    gpointer user_data)
{
  Call *call = user_data;

  g_set_object (&call->their_channel, channel);
  g_signal_connect (channel, "on-message-string", G_CALLBACK (on_greeting),
      call);
}

/*** Streams ***/

/* At any time; what is needed to tell the peer is the element's affair. */
static void
add_stream (Call *call, const gchar *description)
{
  g_autoptr (GError) error = NULL;
  GstElement *source =
      gst_parse_bin_from_description (description, TRUE, &error);

  if (!source)
    g_error ("%s", error->message);
  gst_bin_add (GST_BIN (call->pipeline), source);
  if (!gst_element_link (source, call->negotiator))
    g_error ("%s cannot be sent", description);
  gst_element_sync_state_with_parent (source);
}

static void
got_picture (Call *call, const gchar *text G_GNUC_UNUSED)
{
  received (call, GOT_PICTURE);
}

static void
got_sound (Call *call, const gchar *text G_GNUC_UNUSED)
{
  received (call, GOT_SOUND);
}

static GstPadProbeReturn
on_first_picture (GstPad *pad G_GNUC_UNUSED,
    GstPadProbeInfo *info G_GNUC_UNUSED, gpointer user_data)
{
  in_main (user_data, got_picture, NULL);
  return GST_PAD_PROBE_REMOVE;
}

static GstPadProbeReturn
on_first_sound (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info G_GNUC_UNUSED,
    gpointer user_data)
{
  in_main (user_data, got_sound, NULL);
  return GST_PAD_PROBE_REMOVE;
}

static void
add_receiver (Call *call, GstPad *pad, const gchar *description,
    GstPadProbeCallback on_first)
{
  GstElement *receiver =
      gst_parse_bin_from_description (description, TRUE, NULL);
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (receiver), "sink");
  g_autoptr (GstPad) in = gst_element_get_static_pad (receiver, "sink");
  g_autoptr (GstPad) end = gst_element_get_static_pad (sink, "sink");

  gst_pad_add_probe (end, GST_PAD_PROBE_TYPE_BUFFER, on_first, call, NULL);
  gst_bin_add (GST_BIN (call->pipeline), receiver);
  gst_element_sync_state_with_parent (receiver);
  gst_pad_link (pad, in);
}

/* On a streaming thread, before the first packet, which waits for this. */
static void
on_pad_added (GstElement *negotiator G_GNUC_UNUSED, GstPad *pad,
    gpointer user_data)
{
  g_autoptr (GstCaps) caps = NULL;
  const gchar *encoding;

  if (!GST_PAD_IS_SRC (pad))
    return;
  caps = gst_pad_get_current_caps (pad);
  encoding = gst_structure_get_string (gst_caps_get_structure (caps, 0),
      "encoding-name");
  if (g_strcmp0 (encoding, "VP8") == 0)
    add_receiver (user_data, pad, PICTURE, on_first_picture);
  else if (g_strcmp0 (encoding, "OPUS") == 0)
    add_receiver (user_data, pad, SOUND, on_first_sound);
  else
    g_print ("no use for %s\n", encoding);
}

/*** What happens ***/

static void
show_connection (Call *call, const gchar *text G_GNUC_UNUSED)
{
  GstWebRTCPeerConnectionState state;
  g_autofree gchar *name = NULL;

  g_object_get (call->negotiator, "connection-state", &state, NULL);
  name = g_enum_to_string (GST_TYPE_WEBRTC_PEER_CONNECTION_STATE, state);
  g_print ("connection: %s\n", name);
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED && !call->has_sound) {
    call->has_sound = TRUE;
    add_stream (call, AUDIO);
  }
}

static void
on_connection_state (GstElement *negotiator G_GNUC_UNUSED,
    GParamSpec *pspec G_GNUC_UNUSED, gpointer user_data)
{
  in_main (user_data, show_connection, NULL);
}

static void
see_off (Call *call, const gchar *peer)
{
  g_print ("left: %s\n", peer);
  received (call, GOT_GOODBYE);
}

static void
on_peer_left (GstElement *negotiator G_GNUC_UNUSED, const gchar *peer,
    gpointer user_data)
{
  in_main (user_data, see_off, peer);
}

static gboolean
on_message (GstBus *bus G_GNUC_UNUSED, GstMessage *message, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_PROGRESS:
      gst_message_parse_progress (message, NULL, NULL, &text);
      g_print ("%s\n", text);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning (message, &error, NULL);
      g_printerr ("warning: %s\n", error->message);
      break;
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      g_printerr ("error: %s\n", error->message);
      call->has_failed = TRUE;
      g_main_loop_quit (call->loop);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

/*** Life ***/

static void
prepare (Call *call, const gchar *uri, const gchar *listen)
{
  g_autoptr (GstBus) bus = NULL;

  call->loop = g_main_loop_new (NULL, FALSE);
  call->joins = uri != NULL;
  call->pipeline = gst_object_ref_sink (gst_pipeline_new ("call"));
  call->negotiator = gst_element_factory_make ("webrtcnegotiator", NULL);
  if (!call->negotiator)
    g_error ("webrtcnegotiator is not there; is it in GST_PLUGIN_PATH?");
  if (uri)
    g_object_set (call->negotiator, "signaller-uri", uri, NULL);
  else if (listen)
    g_object_set (call->negotiator, "listen", listen, NULL);
  gst_bin_add (GST_BIN (call->pipeline), call->negotiator);

  /* These come on the element's threads; in_main() leads to ours. */
  g_object_connect (call->negotiator, "signal::pad-added", on_pad_added, call,
      "signal::data-channel", on_data_channel, call,
      "signal::notify::connection-state", on_connection_state, call,
      "signal::peer-left", on_peer_left, call, NULL);
  g_signal_emit_by_name (call->negotiator, "create-data-channel", "greeting",
      NULL, &call->channel);
  g_signal_connect (call->channel, "on-open", G_CALLBACK (on_open), call);
  g_signal_connect (call->channel, "on-message-string", G_CALLBACK (on_answer),
      call);

  bus = gst_pipeline_get_bus (GST_PIPELINE (call->pipeline));
  gst_bus_add_watch (bus, on_message, call);
  add_stream (call, VIDEO);
}

/* From the main thread: the element cannot be stopped from its own signals. */
static void
finish (Call *call)
{
  g_autoptr (GstBus) bus = gst_pipeline_get_bus (GST_PIPELINE (call->pipeline));

  gst_element_set_state (call->pipeline, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&call->channel);
  g_clear_object (&call->their_channel);
  gst_object_unref (call->pipeline);
  g_main_loop_unref (call->loop);
}

int
main (int argc, char **argv)
{
  Call call = { 0 };
  g_autofree gchar *listen = NULL;
  const GOptionEntry entries[] = { { "listen", 0, 0, G_OPTION_ARG_STRING,
                                       &listen, "Where to serve", "HOST:PORT" },
    { "until-greeted", 0, 0, G_OPTION_ARG_NONE, &call.until_greeted,
        "End when both sides have received everything", NULL },
    { NULL } };
  g_autoptr (GOptionContext) options = g_option_context_new ("[URI]");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (options, entries, NULL);
  g_option_context_add_group (options, gst_init_get_option_group ());
  if (!g_option_context_parse (options, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }

  prepare (&call, argc > 1 ? argv[1] : NULL, listen);
  gst_element_set_state (call.pipeline, GST_STATE_PLAYING);
  g_main_loop_run (call.loop);
  finish (&call);
  return call.has_failed;
}
