/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The signals by which the element tells the application what happens, and the
 * actions: those by which the application tells the element what to do. */

#include "negotiator-private.h"

#include "signalling/printable.h"
#include "webrtc/channel/channels.h"

GST_DEBUG_CATEGORY_EXTERN (wn_negotiator_debug);
#define GST_CAT_DEFAULT wn_negotiator_debug

enum
{
  ACTION_ACCEPT_OFFER,
  ACTION_REJECT_OFFER,
  ACTION_NEGOTIATE,
  ACTION_RESTART,
  ACTION_CREATE_DATA_CHANNEL,
  ACTION_SET_DIRECTION,
  ACTION_INCOMING_MESSAGE,
  ACTION_GET_STATS,
  N_ACTIONS
};

static guint signals[WN_SIGNAL_LAST];
static guint actions[N_ACTIONS];

guint
wn_negotiator_get_signal (WnSignal signal)
{
  return signals[signal];
}

/*** Actions ***/

static void
task_accept (GstWebRTCNegotiator *self, gpointer data G_GNUC_UNUSED)
{
  wn_call_accept (wn_negotiator_get_call (self));
}

static void
gst_webrtc_negotiator_accept_offer (GstWebRTCNegotiator *self)
{
  wn_negotiator_post (self, task_accept, NULL, NULL);
}

static void
task_reject (GstWebRTCNegotiator *self, gpointer data G_GNUC_UNUSED)
{
  wn_call_reject (wn_negotiator_get_call (self));
}

static void
gst_webrtc_negotiator_reject_offer (GstWebRTCNegotiator *self)
{
  wn_negotiator_post (self, task_reject, NULL, NULL);
}

static void
task_negotiate (GstWebRTCNegotiator *self, gpointer data G_GNUC_UNUSED)
{
  wn_call_negotiate (wn_negotiator_get_call (self));
}

static void
gst_webrtc_negotiator_negotiate (GstWebRTCNegotiator *self)
{
  wn_negotiator_post (self, task_negotiate, NULL, NULL);
}

static void
task_restart (GstWebRTCNegotiator *self, gpointer data G_GNUC_UNUSED)
{
  wn_call_restart (wn_negotiator_get_call (self),
      "the application asked for it");
}

static void
gst_webrtc_negotiator_restart (GstWebRTCNegotiator *self)
{
  wn_negotiator_post (self, task_restart, NULL, NULL);
}

static void
task_add_channel (GstWebRTCNegotiator *self, gpointer channel)
{
  wn_peer_connection_add_channel (self->connection, channel);
  wn_call_change (wn_negotiator_get_call (self));
}

/* Returns: (transfer full) (nullable): why there cannot be this one, too */
static GError *
find_obstacle_unlocked (GstWebRTCNegotiator *self, WnDataChannel *channel)
{
  const gint id = wn_data_channel_get_requested_id (channel);

  if (self->channels->len >= WN_CHANNELS_MAX)
    return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT,
        "there can be %d at the same time. Close those that are not needed, or "
        "send more over each.",
        WN_CHANNELS_MAX);
  for (guint i = 0; id >= 0 && i < self->channels->len; i++) {
    gint other;

    g_object_get (g_ptr_array_index (self->channels, i), "id", &other, NULL);
    if (other == id)
      return g_error_new (GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS,
          "the id %d is another one's. Choose another one, on both sides.", id);
  }
  return NULL;
}

/* Those that are closed are forgotten. */
static gboolean
keep_channel (GstWebRTCNegotiator *self, WnDataChannel *channel, GError **error)
{
  GError *obstacle;

  GST_OBJECT_LOCK (self);
  for (guint i = self->channels->len; i > 0; i--) {
    if (wn_data_channel_is_closed (g_ptr_array_index (self->channels, i - 1)))
      g_ptr_array_remove_index (self->channels, i - 1);
  }
  obstacle = find_obstacle_unlocked (self, channel);
  if (!obstacle)
    g_ptr_array_add (self->channels, g_object_ref (channel));
  GST_OBJECT_UNLOCK (self);

  if (obstacle)
    g_propagate_error (error, obstacle);
  return obstacle == NULL;
}

static GObject *
gst_webrtc_negotiator_create_data_channel (GstWebRTCNegotiator *self,
    const gchar *label, const GstStructure *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *ignored = wn_data_channel_find_ignored (options);
  g_autoptr (WnDataChannel) channel =
      wn_data_channel_new (self->context, label, options, &error);

  if (ignored)
    GST_ELEMENT_WARNING (self, LIBRARY, SETTINGS,
        ("Data channel \"%s\": an option was ignored. %s",
            wn_printable_in_sentence (label), ignored),
        ("create-data-channel"));
  if (!channel || !keep_channel (self, channel, &error)) {
    const gboolean is_full = g_error_matches (error, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_NO_SPACE_LEFT);

    gst_element_message_full (GST_ELEMENT (self), GST_MESSAGE_WARNING,
        is_full ? GST_RESOURCE_ERROR : GST_LIBRARY_ERROR,
        is_full ? (gint) GST_RESOURCE_ERROR_NO_SPACE_LEFT
                : (gint) GST_LIBRARY_ERROR_SETTINGS,
        g_strdup_printf ("Data channel \"%s\" was not created: %s",
            wn_printable_in_sentence (label), error->message),
        g_strdup ("create-data-channel"), __FILE__, GST_FUNCTION, __LINE__);
    return NULL;
  }
  wn_negotiator_post (self, task_add_channel, g_object_ref (channel),
      g_object_unref);
  return G_OBJECT (g_steal_pointer (&channel));
}

static void
task_change (GstWebRTCNegotiator *self, gpointer data G_GNUC_UNUSED)
{
  wn_call_change (wn_negotiator_get_call (self));
}

static void
gst_webrtc_negotiator_set_direction (GstWebRTCNegotiator *self, GstPad *pad,
    GstWebRTCRTPTransceiverDirection direction)
{
  if (!WN_IS_SINK_PAD (pad)
      || !gst_object_has_as_parent (GST_OBJECT (pad), GST_OBJECT (self))
      || direction < GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_INACTIVE
      || direction > GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV) {
    GST_ELEMENT_WARNING (self, LIBRARY, SETTINGS,
        ("set-direction takes a sink pad of this element and one of inactive, "
         "sendonly, recvonly and sendrecv."),
        (NULL));
    return;
  }
  /* The library's values are those of WnDirection, from 1 on. */
  wn_sink_pad_set_direction (WN_SINK_PAD (pad),
      direction - GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_INACTIVE);
  wn_negotiator_post (self, task_change, NULL, NULL);
}

static GstStructure *
gst_webrtc_negotiator_get_stats (GstWebRTCNegotiator *self)
{
  g_autoptr (WnRtcStats) stats = NULL;

  GST_OBJECT_LOCK (self);
  stats = self->rtc_stats ? wn_rtc_stats_ref (self->rtc_stats) : NULL;
  GST_OBJECT_UNLOCK (self);
  return stats ? wn_rtc_stats_get (stats)
               : gst_structure_new_empty ("application/x-webrtc-stats");
}

typedef struct
{
  gchar *from;
  gchar *json;
} Message;

static void
message_free (Message *message)
{
  g_free (message->from);
  g_free (message->json);
  g_free (message);
}

static void
task_receive (GstWebRTCNegotiator *self, gpointer data)
{
  Message *message = data;

  wn_meeting_receive (self->meeting, message->from, message->json);
}

static void
gst_webrtc_negotiator_incoming_message (GstWebRTCNegotiator *self,
    const gchar *from, const gchar *json)
{
  Message *message = g_new0 (Message, 1);

  message->from = g_strdup (from ? from : "");
  message->json = g_strdup (json ? json : "");
  if (!wn_negotiator_post (self, task_receive, message,
          (GDestroyNotify) message_free))
    GST_WARNING_OBJECT (self,
        "a message was dropped: the element has to be in "
        "PAUSED or PLAYING");
}

/*** The class ***/

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
  signals[WN_SIGNAL_OUTGOING_MESSAGE] =
      g_signal_new ("outgoing-message", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
          NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

#define ADD_ACTION(name, func, returns, n, ...)                                \
  g_signal_new_class_handler (name, type, G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, \
      G_CALLBACK (func), NULL, NULL, NULL, returns, n, ##__VA_ARGS__)

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
  actions[ACTION_NEGOTIATE] =
      ADD_ACTION ("negotiate", gst_webrtc_negotiator_negotiate, G_TYPE_NONE, 0);
  /**
   * GstWebRTCNegotiator::restart:
   *
   * Begins again with a fresh connection, on both sides.
   */
  actions[ACTION_RESTART] =
      ADD_ACTION ("restart", gst_webrtc_negotiator_restart, G_TYPE_NONE, 0);
  /**
   * GstWebRTCNegotiator::create-data-channel:
   * @label: its name, for the application
   * @options: (nullable): a #GstStructure with any of: ordered (boolean),
   *   max-packet-lifetime (int, ms), max-retransmits (int), protocol (string),
   *   negotiated (boolean), id (int: 0 to 1023), priority (#GstWebRTCPriorityType).
   *   Others are ignored, with a warning on the bus
   *
   * The channel outlives the connection: after a restart it opens again.  There can
   * be 256 at the same time, besides as many of the remote peer's.
   *
   * Returns: (transfer full) (nullable): the channel, which opens when both peers
   *   agree; %NULL, with a warning on the bus, if the options contradict each
   *   other, the id is in use, or there are too many
   */
  actions[ACTION_CREATE_DATA_CHANNEL] = ADD_ACTION ("create-data-channel",
      gst_webrtc_negotiator_create_data_channel, G_TYPE_OBJECT, 2,
      G_TYPE_STRING, GST_TYPE_STRUCTURE);
  /**
   * GstWebRTCNegotiator::set-direction:
   * @pad: a sink pad
   * @direction: what its media section is to do from now on
   *
   * With inactive and recvonly the pad's buffers are dropped.  It holds until the pad
   * is released, and may be set before the element starts.
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
  actions[ACTION_INCOMING_MESSAGE] =
      ADD_ACTION ("incoming-message", gst_webrtc_negotiator_incoming_message,
          G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  /**
   * GstWebRTCNegotiator::get-stats:
   *
   * What the connection in use has measured: a #GstStructure for each object of the
   * W3C's webrtc-stats, by its id, with the names that they have there.  From any
   * thread, at any time.
   *
   * Returns: (transfer full): empty, while there is no connection
   */
  actions[ACTION_GET_STATS] = ADD_ACTION ("get-stats",
      gst_webrtc_negotiator_get_stats, GST_TYPE_STRUCTURE, 0);
}

void
wn_negotiator_install_signals (GObjectClass *object_class)
{
  GType type = G_TYPE_FROM_CLASS (object_class);

  install_signals (type);
  install_actions (type);
}
