/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "negotiator-private.h"

#include "webrtc/channel/channels.h"
#include "signalling/id.h"
#include "signalling/source.h"
#include "types.h"

GST_DEBUG_CATEGORY_EXTERN (wn_negotiator_debug);
#define GST_CAT_DEFAULT wn_negotiator_debug

/*** Tasks of other threads ***/

typedef struct
{
  GstWebRTCNegotiator *self;
  WnTask task;
  gpointer data;
  GDestroyNotify destroy;
} Closure;

static void
closure_free (Closure *closure)
{
  if (closure->destroy)
    closure->destroy (closure->data);
  gst_object_unref (closure->self);
  g_free (closure);
}

static gboolean
closure_dispatch (gpointer data)
{
  Closure *closure = data;

  if (closure->self->meeting)
    closure->task (closure->self, closure->data);
  return G_SOURCE_REMOVE;
}

static gboolean
is_running (GstWebRTCNegotiator *self)
{
  gboolean running;

  GST_OBJECT_LOCK (self);
  running = self->is_running;
  GST_OBJECT_UNLOCK (self);
  return running;
}

/**
 * wn_negotiator_post:
 * @data: (transfer full): freed by @destroy, called or not
 *
 * Has @task called on the thread, after all that was asked for before.
 *
 * Returns: FALSE if the thread does not run: @task will not be called
 */
gboolean
wn_negotiator_post (GstWebRTCNegotiator *self, WnTask task, gpointer data,
    GDestroyNotify destroy)
{
  Closure *closure;

  if (!is_running (self)) {
    if (destroy)
      destroy (data);
    return FALSE;
  }

  closure = g_new0 (Closure, 1);
  closure->self = gst_object_ref (self);
  closure->task = task;
  closure->data = data;
  closure->destroy = destroy;

  /* A busy thread does first what the application asked for, and then what came from
   * the network later. */
  wn_source_post (self->context, "webrtcnegotiator task", G_PRIORITY_HIGH,
      closure_dispatch, closure, (GDestroyNotify) closure_free);
  return TRUE;
}

/*** What the application is told ***/

/* Of what the path carries, by events. */
#define TOLD_CHANGE_PERCENT 20

static void
post_event (GstWebRTCNegotiator *self, const gchar *name, const gchar *peer,
    const gchar *detail)
{
  GstStructure *s = gst_structure_new ("webrtc-negotiator", "event",
      G_TYPE_STRING, name, "peer", G_TYPE_STRING, peer, "time-us", G_TYPE_INT64,
      g_get_monotonic_time (), NULL);

  if (detail)
    gst_structure_set (s, "detail", G_TYPE_STRING, detail, NULL);
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self), s));
}

static void
emit (GstWebRTCNegotiator *self, WnSignal signal, ...)
{
  va_list args;

  va_start (args, signal);
  g_signal_emit_valist (self, wn_negotiator_get_signal (signal), 0, args);
  va_end (args);
}

#define UPDATE(field, value, what)                                             \
  G_STMT_START                                                                 \
  {                                                                            \
    GST_OBJECT_LOCK (self);                                                    \
    changed = self->field != (value);                                          \
    self->field = (value);                                                     \
    GST_OBJECT_UNLOCK (self);                                                  \
    if (changed)                                                               \
      wn_negotiator_notify (self, what);                                       \
  }                                                                            \
  G_STMT_END

static GstWebRTCSignalingState
translate_state (WnSignalingState state)
{
  static const GstWebRTCSignalingState states[] = {
    [WN_SIGNALING_STABLE] = GST_WEBRTC_SIGNALING_STATE_STABLE,
    [WN_SIGNALING_HAVE_LOCAL_OFFER] =
        GST_WEBRTC_SIGNALING_STATE_HAVE_LOCAL_OFFER,
    [WN_SIGNALING_HAVE_REMOTE_OFFER] =
        GST_WEBRTC_SIGNALING_STATE_HAVE_REMOTE_OFFER,
  };

  return states[state];
}

static void
update_signaling_state (GstWebRTCNegotiator *self, WnSignalingState state)
{
  const WnNegotiation *negotiation =
      wn_call_get_negotiation (wn_negotiator_get_call (self));
  gboolean making_offer = wn_negotiation_is_making_offer (negotiation);
  gboolean ignoring_offer = wn_negotiation_is_ignoring_offer (negotiation);
  GstWebRTCSignalingState signaling_state = translate_state (state);
  gboolean changed;

  UPDATE (signaling_state, signaling_state, WN_NOTIFY_SIGNALING_STATE);
  UPDATE (making_offer, making_offer, WN_NOTIFY_MAKING_OFFER);
  UPDATE (ignoring_offer, ignoring_offer, WN_NOTIFY_IGNORING_OFFER);
}

static void
update_stats (GstWebRTCNegotiator *self)
{
  const WnNegotiation *negotiation =
      wn_call_get_negotiation (wn_negotiator_get_call (self));

  GST_OBJECT_LOCK (self);
  self->stats = *wn_negotiation_get_stats (negotiation);
  GST_OBJECT_UNLOCK (self);
}

static void
on_changed (GstWebRTCNegotiator *self)
{
  gboolean polite = wn_negotiation_is_polite (
      wn_call_get_negotiation (wn_negotiator_get_call (self)));
  gboolean changed;

  UPDATE (polite, polite, WN_NOTIFY_POLITE);
  update_stats (self);
}

static void
on_report (GstWebRTCNegotiator *self, const WnAction *action)
{
  GST_DEBUG_OBJECT (self, "%s, %s%s%s", wn_report_get_name (action->report),
      self->polite ? "polite" : "impolite", action->detail ? ": " : "",
      action->detail ? action->detail : "");

  if (action->report == WN_REPORT_STATE_CHANGED) {
    update_signaling_state (self, action->state);
    return;
  }

  update_stats (self);
  post_event (self, wn_report_get_name (action->report),
      wn_call_get_remote_id (wn_negotiator_get_call (self)), action->detail);
  switch (action->report) {
    case WN_REPORT_OFFER_RECEIVED:
      emit (self, WN_SIGNAL_OFFER_RECEIVED, action->description->sdp);
      break;
    case WN_REPORT_OFFER_REJECTED:
      emit (self, WN_SIGNAL_OFFER_REJECTED);
      break;
    case WN_REPORT_COLLISION:
      emit (self, WN_SIGNAL_COLLISION, !self->polite);
      break;
    case WN_REPORT_STABLE:
      emit (self, WN_SIGNAL_NEGOTIATED);
      break;
    case WN_REPORT_RESTARTED:
      emit (self, WN_SIGNAL_RESTARTED, action->detail);
      break;
    default:
      break;
  }
}

static void
on_event (GstWebRTCNegotiator *self, const gchar *name, const gchar *peer,
    const gchar *detail)
{
  post_event (self, name, peer, detail);
  if (g_str_equal (name, "peer-joined"))
    emit (self, WN_SIGNAL_PEER_JOINED, peer);
  else if (g_str_equal (name, "peer-left"))
    emit (self, WN_SIGNAL_PEER_LEFT, peer);
}

static void
on_joined (GstWebRTCNegotiator *self, const gchar *id)
{
  gboolean changed;

  GST_OBJECT_LOCK (self);
  changed = g_strcmp0 (self->peer_id, id) != 0;
  if (changed) {
    g_free (self->peer_id);
    self->peer_id = g_strdup (id);
  }
  GST_OBJECT_UNLOCK (self);
  if (changed)
    wn_negotiator_notify (self, WN_NOTIFY_PEER_ID);
}

static void
on_outgoing (GstWebRTCNegotiator *self, const gchar *to, const gchar *json)
{
  emit (self, WN_SIGNAL_OUTGOING_MESSAGE, to, json);
}

static void
on_listening (GstWebRTCNegotiator *self, const gchar *uri)
{
  g_autofree gchar *text = g_strdup_printf ("Serving %s", uri);

  GST_OBJECT_LOCK (self);
  g_free (self->server_uri);
  self->server_uri = g_strdup (uri);
  GST_OBJECT_UNLOCK (self);
  wn_negotiator_notify (self, WN_NOTIFY_SERVER_URI);
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_progress (GST_OBJECT (self), GST_PROGRESS_TYPE_COMPLETE,
          "listening", text));
}

static void
post_error (GstWebRTCNegotiator *self, GError *error)
{
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_error (GST_OBJECT (self), error, NULL));
}

static void
on_failed (GstWebRTCNegotiator *self, const GError *error)
{
  GST_OBJECT_LOCK (self);
  g_clear_error (&self->failure);
  self->failure = g_error_copy (error);
  GST_OBJECT_UNLOCK (self);
  post_error (self, (GError *) error);
}

static void
on_warning (GstWebRTCNegotiator *self, const gchar *name, const GError *error)
{
  post_event (self, name, NULL, error->message);
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_warning (GST_OBJECT (self), (GError *) error, NULL));
}

/*** The connection ***/

static void
on_state_changed (GstWebRTCNegotiator *self)
{
  GstWebRTCPeerConnectionState state =
      wn_peer_connection_get_state (self->connection);
  GstWebRTCICEConnectionState ice_state =
      wn_peer_connection_get_ice_state (self->connection);
  GstElement *webrtcbin = wn_peer_connection_get_webrtcbin (self->connection);
  WnRtcStats *stats = wn_peer_connection_get_rtc_stats (self->connection);
  g_autoptr (WnRtcStats) former = NULL;
  gboolean changed;

  GST_OBJECT_LOCK (self);
  changed = gst_object_replace ((GstObject **) &self->webrtcbin,
      GST_OBJECT_CAST (webrtcbin));
  former = g_steal_pointer (&self->rtc_stats);
  self->rtc_stats = stats ? wn_rtc_stats_ref (stats) : NULL;
  GST_OBJECT_UNLOCK (self);
  if (changed)
    wn_negotiator_notify (self, WN_NOTIFY_WEBRTCBIN);

  UPDATE (ice_connection_state, ice_state, WN_NOTIFY_ICE_CONNECTION_STATE);
  UPDATE (connection_state, state, WN_NOTIFY_CONNECTION_STATE);
}

/* @former: bit/s; 0: it was not known */
static gboolean
is_much_different (guint former, guint bitrate)
{
  guint64 difference = former > bitrate ? former - bitrate : bitrate - former;

  return difference * 100 >= (guint64) former * TOLD_CHANGE_PERCENT;
}

static void
on_bitrate_changed (GstWebRTCNegotiator *self)
{
  guint bitrate = wn_peer_connection_get_bitrate (self->connection);
  g_autofree gchar *detail = g_strdup_printf ("%u bit/s", bitrate);
  gboolean changed;

  UPDATE (estimated_bitrate, bitrate, WN_NOTIFY_ESTIMATED_BITRATE);
  if (bitrate > 0 && is_much_different (self->told_bitrate, bitrate)) {
    self->told_bitrate = bitrate;
    post_event (self, "bitrate",
        wn_call_get_remote_id (wn_negotiator_get_call (self)), detail);
  }
}

static void
on_data_channel (GstWebRTCNegotiator *self, WnDataChannel *channel)
{
  emit (self, WN_SIGNAL_DATA_CHANNEL, channel);
}

static void
on_channel_refused (GstWebRTCNegotiator *self, const gchar *label)
{
  g_autofree gchar *detail =
      g_strdup_printf ("the peer's data channel \"%s\" was closed: it can have "
                       "%d at the same time",
          label, WN_CHANNELS_MAX);

  post_event (self, "channel-refused",
      wn_call_get_remote_id (wn_negotiator_get_call (self)), detail);
}

static void
set_running (GstWebRTCNegotiator *self, gboolean is_running)
{
  GST_OBJECT_LOCK (self);
  self->is_running = is_running;
  GST_OBJECT_UNLOCK (self);
}

/* What is asked for from now on is done when the thread runs: nothing falls between
 * what is taken over here and that. */
static void
make_connection (GstWebRTCNegotiator *self)
{
  self->connection = wn_peer_connection_new (GST_BIN (self), self->context);

  GST_OBJECT_LOCK (self);
  wn_peer_connection_set_webrtcbin (self->connection, self->webrtcbin_settings);
  wn_peer_connection_set_limits (self->connection, &self->limits);
  for (guint i = 0; i < self->sink_pads->len; i++)
    wn_peer_connection_add_stream (self->connection,
        g_ptr_array_index (self->sink_pads, i));
  for (guint i = 0; i < self->channels->len; i++)
    wn_peer_connection_add_channel (self->connection,
        g_ptr_array_index (self->channels, i));
  self->is_running = TRUE;
  GST_OBJECT_UNLOCK (self);

  g_object_connect (self->connection, "swapped-signal::state-changed",
      on_state_changed, self, "swapped-signal::bitrate-changed",
      on_bitrate_changed, self, "swapped-signal::data-channel", on_data_channel,
      self, "swapped-signal::channel-refused", on_channel_refused, self,
      "swapped-signal::pad-added", wn_negotiator_add_source, self,
      "swapped-signal::removed", wn_negotiator_release_sources, self, NULL);
}

/*** The thread ***/

static void
connect_meeting (GstWebRTCNegotiator *self)
{
  g_object_connect (self->meeting, "swapped-signal::event", on_event, self,
      "swapped-signal::joined", on_joined, self, "swapped-signal::outgoing",
      on_outgoing, self, "swapped-signal::listening", on_listening, self,
      "swapped-signal::failed", on_failed, self, "swapped-signal::warning",
      on_warning, self, NULL);
  g_object_connect (wn_negotiator_get_call (self), "swapped-signal::report",
      on_report, self, "swapped-signal::changed", on_changed, self, NULL);
}

/* What came too late is freed here, not called. */
static void
drain (GMainContext *context)
{
  while (g_main_context_iteration (context, FALSE))
    ;
}

static gpointer
run (gpointer data)
{
  GstWebRTCNegotiator *self = data;

  g_main_context_push_thread_default (self->context);
  wn_meeting_start (self->meeting);
  g_main_loop_run (self->loop);

  /* It says good-bye. */
  wn_meeting_stop (self->meeting);
  g_signal_handlers_disconnect_by_data (wn_negotiator_get_call (self), self);
  g_signal_handlers_disconnect_by_data (self->meeting, self);
  g_clear_object (&self->meeting);
  on_state_changed (self);
  g_signal_handlers_disconnect_by_data (self->connection, self);
  g_clear_object (&self->connection);
  drain (self->context);
  g_main_context_pop_thread_default (self->context);

  return NULL;
}

static WnMeeting *
make_meeting (GstWebRTCNegotiator *self, GError **error)
{
  WnMeetingSettings settings = { 0 };
  g_autofree gchar *uri = NULL, *listen = NULL, *room = NULL, *id = NULL;
  g_autofree gchar *remote_id = NULL, *token = NULL, *origins = NULL;

  GST_OBJECT_LOCK (self);
  settings.role = self->role;
  settings.signalling.uri = uri = g_strdup (self->signaller_uri);
  settings.signalling.listen = listen = g_strdup (self->listen);
  settings.signalling.protocol =
      wn_enum_get_nick (GST_TYPE_WEBRTC_NEGOTIATOR_PROTOCOL, self->protocol);
  settings.signalling.room = room = g_strdup (self->room);
  settings.signalling.peer_id = id = g_strdup (self->peer_id);
  settings.signalling.token = token = g_strdup (self->token);
  settings.signalling.allowed_origins = origins =
      g_strdup (self->allowed_origins);
  settings.remote_peer_id = remote_id = g_strdup (self->remote_peer_id);
  GST_OBJECT_UNLOCK (self);

  return wn_meeting_new (&settings, self->connection, error);
}

/* The id stays, so that a peer that comes back is the same one. */
static void
choose_peer_id (GstWebRTCNegotiator *self)
{
  gboolean is_needed;

  GST_OBJECT_LOCK (self);
  is_needed = self->peer_id == NULL;
  if (is_needed)
    self->peer_id = wn_id_new ();
  GST_OBJECT_UNLOCK (self);
  if (is_needed)
    wn_negotiator_notify (self, WN_NOTIFY_PEER_ID);
}

/* Returns: FALSE if the settings cannot be right, or what they name cannot be
 *   had, such as a port; an error is posted then */
gboolean
wn_negotiator_start (GstWebRTCNegotiator *self)
{
  g_autoptr (GError) error = NULL;

  choose_peer_id (self);
  make_connection (self);
  self->meeting = make_meeting (self, &error);
  if (!self->meeting) {
    post_error (self, error);
    set_running (self, FALSE);
    drain (self->context);
    g_clear_object (&self->connection);
    return FALSE;
  }
  connect_meeting (self);
  wn_call_set_auto_answer (wn_negotiator_get_call (self), self->auto_answer);
  wn_call_set_timeout (wn_negotiator_get_call (self),
      self->negotiation_timeout);

  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("webrtcnegotiator", run, self);
  return TRUE;
}

/* To be asked before PLAYING.  Between READY and PAUSED and that, an error of the
 * thread's can be missed: gst-launch-1.0 misses what comes before its main loop
 * runs.
 *
 * Returns: whether the meeting had failed; the error is posted again then */
gboolean
wn_negotiator_repeat_failure (GstWebRTCNegotiator *self)
{
  g_autoptr (GError) error = NULL;

  GST_OBJECT_LOCK (self);
  if (self->failure)
    error = g_error_copy (self->failure);
  GST_OBJECT_UNLOCK (self);
  if (!error)
    return FALSE;
  post_error (self, error);
  return TRUE;
}

static void
quit (GstWebRTCNegotiator *self, gpointer data G_GNUC_UNUSED)
{
  g_main_loop_quit (self->loop);
}

/* Returns: FALSE if called on the thread itself, which cannot wait for its end */
gboolean
wn_negotiator_stop (GstWebRTCNegotiator *self)
{
  if (!self->thread)
    return TRUE;
  if (self->thread == g_thread_self ())
    return FALSE;

  wn_negotiator_post (self, quit, NULL, NULL);
  set_running (self, FALSE);
  g_clear_pointer (&self->thread, g_thread_join);
  g_clear_pointer (&self->loop, g_main_loop_unref);

  /* Nobody can be called any more, but somebody may have just asked. */
  drain (self->context);
  GST_OBJECT_LOCK (self);
  g_clear_pointer (&self->server_uri, g_free);
  g_clear_error (&self->failure);
  GST_OBJECT_UNLOCK (self);
  return TRUE;
}
