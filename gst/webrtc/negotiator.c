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

#include "signalling/printable.h"
#include "webrtc/connection/requirements.h"
#include "types.h"

GST_DEBUG_CATEGORY (wn_negotiator_debug);
#define GST_CAT_DEFAULT wn_negotiator_debug

G_DEFINE_TYPE_WITH_CODE (GstWebRTCNegotiator, gst_webrtc_negotiator,
    GST_TYPE_BIN,
    GST_DEBUG_CATEGORY_INIT (wn_negotiator_debug, "webrtcnegotiator", 0,
        "webrtcnegotiator"));
GST_ELEMENT_REGISTER_DEFINE (webrtcnegotiator, "webrtcnegotiator",
    GST_RANK_NONE, GST_TYPE_WEBRTC_NEGOTIATOR);

/*** The element ***/

/* Returns: FALSE if there can be no connection here; an error is posted then */
static gboolean
prepare (GstWebRTCNegotiator *self)
{
  g_autoptr (GError) error = NULL;

  if (!wn_requirements_check (&error)) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN, ("%s", error->message),
        (NULL));
    return FALSE;
  }
  self->warm_up = wn_requirements_warm_up ();
  return TRUE;
}

static GstStateChangeReturn
gst_webrtc_negotiator_change_state (GstElement *element,
    GstStateChange transition)
{
  GstWebRTCNegotiator *self = GST_WEBRTC_NEGOTIATOR (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !prepare (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED
      && !wn_negotiator_start (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING
      && wn_negotiator_repeat_failure (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY
      && !wn_negotiator_stop (self)) {
    GST_ELEMENT_ERROR (self, CORE, STATE_CHANGE,
        ("webrtcnegotiator cannot be stopped from one of its own signals. "
         "Change the state from the application's thread."),
        (NULL));
    return GST_STATE_CHANGE_FAILURE;
  }

  ret = GST_ELEMENT_CLASS (gst_webrtc_negotiator_parent_class)
            ->change_state (element, transition);

  switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY:
      if (ret == GST_STATE_CHANGE_FAILURE)
        g_clear_pointer (&self->warm_up, g_thread_join);
      break;
    case GST_STATE_CHANGE_READY_TO_NULL:
      g_clear_pointer (&self->warm_up, g_thread_join);
      break;
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
      wn_negotiator_remove_sources (self);
      GST_OBJECT_LOCK (self);
      g_ptr_array_foreach (self->sink_pads, (GFunc) wn_sink_pad_forget_end,
          NULL);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      break;
  }
  return ret;
}

typedef struct
{
  GstObject *source;
  gchar *reason;
} Failure;

static void
failure_free (Failure *failure)
{
  gst_object_unref (failure->source);
  g_free (failure->reason);
  g_free (failure);
}

static void
task_recover (GstWebRTCNegotiator *self, gpointer data)
{
  const Failure *failure = data;
  GstElement *webrtcbin = wn_peer_connection_get_webrtcbin (self->connection);

  /* One that is being replaced fails in many ways, which is over with it. */
  if (webrtcbin
      && gst_object_has_as_ancestor (failure->source, GST_OBJECT (webrtcbin)))
    wn_call_restart (wn_negotiator_get_call (self), failure->reason);
}

/* @debug: (nullable): where the error comes from, and in the last line what it is: of a
 * transport's, the message alone says that it could not be read. */
static void
recover (GstWebRTCNegotiator *self, GstObject *source, const gchar *reason,
    const gchar *debug)
{
  Failure *failure = g_new0 (Failure, 1);
  const gchar *line = debug ? strrchr (debug, '\n') : NULL;

  failure->source = gst_object_ref (source);
  failure->reason = line && line[1]
      ? g_strdup_printf ("%s (%s)", reason, line + 1)
      : g_strdup (reason);
  wn_negotiator_post (self, task_recover, failure,
      (GDestroyNotify) failure_free);
}

/* What goes wrong inside a webrtcbin ends that connection, not the pipeline; but a
 * fresh one lacks the same plugin. */
static void
gst_webrtc_negotiator_handle_message (GstBin *bin, GstMessage *message)
{
  GstWebRTCNegotiator *self = GST_WEBRTC_NEGOTIATOR (bin);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, &debug);
      if (wn_requirements_is_missing (error))
        break;
      GST_WARNING_OBJECT (self, "%s: %s (%s)", GST_MESSAGE_SRC_NAME (message),
          wn_printable_for_log (error->message), wn_printable_for_log (debug));
      recover (self, GST_MESSAGE_SRC (message), error->message, debug);
      gst_message_unref (message);
      return;
    case GST_MESSAGE_EOS:
      gst_message_unref (message);
      return;
    default:
      break;
  }
  GST_BIN_CLASS (gst_webrtc_negotiator_parent_class)
      ->handle_message (bin, message);
}

/*** Life ***/

static void
gst_webrtc_negotiator_finalize (GObject *object)
{
  GstWebRTCNegotiator *self = GST_WEBRTC_NEGOTIATOR (object);

  wn_negotiator_clear_properties (self);
  g_ptr_array_unref (self->sink_pads);
  g_ptr_array_unref (self->src_pads);
  g_ptr_array_unref (self->channels);
  g_main_context_unref (self->context);
  G_OBJECT_CLASS (gst_webrtc_negotiator_parent_class)->finalize (object);
}

static void
gst_webrtc_negotiator_init (GstWebRTCNegotiator *self)
{
  self->context = g_main_context_new ();
  self->sink_pads = g_ptr_array_new_with_free_func (gst_object_unref);
  self->src_pads = g_ptr_array_new_with_free_func (gst_object_unref);
  self->channels = g_ptr_array_new_with_free_func (g_object_unref);
  wn_negotiator_init_properties (self);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
}

/*** The class ***/

static void
gst_webrtc_negotiator_class_init (GstWebRTCNegotiatorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->finalize = gst_webrtc_negotiator_finalize;
  wn_negotiator_install_properties (object_class);
  wn_negotiator_install_signals (object_class);
  wn_negotiator_install_pads (element_class);

  element_class->change_state = gst_webrtc_negotiator_change_state;
  GST_BIN_CLASS (klass)->handle_message = gst_webrtc_negotiator_handle_message;

  gst_element_class_set_static_metadata (element_class, "WebRTC negotiator",
      "Filter/Network/WebRTC",
      "Exchanges RTP streams with a browser or another pipeline over WebRTC; "
      "both sides may change what they send at any time",
      "The gst-webrtc-negotiator developers");

  gst_type_mark_as_plugin_api (GST_TYPE_WEBRTC_NEGOTIATOR_ROLE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_WEBRTC_NEGOTIATOR_PROTOCOL, 0);
}
