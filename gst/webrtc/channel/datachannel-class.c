/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:wndatachannel
 * @title: WnDataChannel
 * @short_description: the application's data channel
 *
 * A #WnDataChannel comes from `webrtcnegotiator`: as the result of the
 * `create-data-channel` action, or with the `data-channel` signal when the peer
 * created it.  It has the properties and signals of #GstWebRTCDataChannel, and
 * outlives the webrtcbin that carries it: when the element begins anew with a
 * fresh connection, #WnDataChannel:ready-state goes back to `connecting`, then
 * to `open` again, and #WnDataChannel::on-open is emitted again.
 *
 * What was sent over the old connection and had not arrived is lost with it.
 * While no connection is open nothing is kept for later: the send actions
 * return %FALSE.
 *
 * Signals are emitted in the element's own thread, in the order in which things
 * happened.  Actions may be emitted, and properties read, in any thread; what
 * :ready-state says is true now, and may be ahead of the signals.
 *
 * See [W3C webrtc-pc, 6.2](https://www.w3.org/TR/webrtc/#rtcdatachannel).
 *
 * Since: 0.1
 */

#include "datachannel-private.h"

#include "sctp.h"

GST_DEBUG_CATEGORY (wn_data_channel_debug);
#define GST_CAT_DEFAULT wn_data_channel_debug

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE_WITH_CODE (WnDataChannel, wn_data_channel, G_TYPE_OBJECT,
    GST_DEBUG_CATEGORY_INIT (wn_data_channel_debug, "wndatachannel", 0,
        "the application's data channel"));

void
wn_data_channel_notify (WnDataChannel *self, guint property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

guint
wn_data_channel_get_signal (guint signal)
{
  return signals[signal];
}

static guint64
get_buffered_amount (WnDataChannel *self)
{
  g_autoptr (WnDataChannelLink) link = wn_data_channel_ref_link (self);
  guint64 amount = 0;

  if (link)
    g_object_get (link->channel, "buffered-amount", &amount, NULL);
  return amount;
}

static guint64
get_max_message_size (WnDataChannel *self)
{
  g_autoptr (WnDataChannelLink) link = wn_data_channel_ref_link (self);
  g_autoptr (GstElement) webrtcbin = NULL;

  if (link)
    webrtcbin = g_weak_ref_get (&link->webrtcbin);
  return webrtcbin != NULL ? wn_sctp_get_max_message_size (webrtcbin) : 0;
}

static void
set_low_threshold (WnDataChannel *self, guint64 threshold)
{
  g_autoptr (WnDataChannelLink) link = NULL;

  g_mutex_lock (&self->lock);
  self->low_threshold = threshold;
  g_mutex_unlock (&self->lock);

  link = wn_data_channel_ref_link (self);
  if (link)
    g_object_set (link->channel, "buffered-amount-low-threshold", threshold,
        NULL);
}

static void
get_changing_property (WnDataChannel *self, guint prop_id, GValue *value)
{
  g_mutex_lock (&self->lock);
  if (prop_id == PROP_ID)
    g_value_set_int (value, self->id);
  else if (prop_id == PROP_READY_STATE)
    g_value_set_enum (value, self->ready_state);
  else
    g_value_set_uint64 (value, self->low_threshold);
  g_mutex_unlock (&self->lock);
}

static void
wn_data_channel_get_property (GObject *object, guint prop_id, GValue *value,
    GParamSpec *pspec)
{
  WnDataChannel *self = WN_DATA_CHANNEL (object);

  switch (prop_id) {
    case PROP_LABEL:
      g_value_set_string (value, self->label);
      break;
    case PROP_ORDERED:
      g_value_set_boolean (value, self->ordered);
      break;
    case PROP_MAX_PACKET_LIFETIME:
      g_value_set_int (value, self->max_packet_lifetime);
      break;
    case PROP_MAX_RETRANSMITS:
      g_value_set_int (value, self->max_retransmits);
      break;
    case PROP_PROTOCOL:
      g_value_set_string (value, self->protocol);
      break;
    case PROP_NEGOTIATED:
      g_value_set_boolean (value, self->negotiated);
      break;
    case PROP_PRIORITY:
      g_value_set_enum (value, self->priority);
      break;
    case PROP_BUFFERED_AMOUNT:
      g_value_set_uint64 (value, get_buffered_amount (self));
      break;
    case PROP_MAX_MESSAGE_SIZE:
      g_value_set_uint64 (value, get_max_message_size (self));
      break;
    case PROP_ID:
    case PROP_READY_STATE:
    case PROP_BUFFERED_AMOUNT_LOW_THRESHOLD:
      get_changing_property (self, prop_id, value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
}

static void
wn_data_channel_set_property (GObject *object, guint prop_id,
    const GValue *value, GParamSpec *pspec)
{
  WnDataChannel *self = WN_DATA_CHANNEL (object);

  switch (prop_id) {
    case PROP_BUFFERED_AMOUNT_LOW_THRESHOLD:
      set_low_threshold (self, g_value_get_uint64 (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
}

static void
wn_data_channel_dispose (GObject *object)
{
  WnDataChannel *self = WN_DATA_CHANNEL (object);
  GSource *source;
  WnDataChannelLink *link;

  g_mutex_lock (&self->lock);
  link = g_steal_pointer (&self->link);
  source = g_steal_pointer (&self->source);
  wn_data_channel_purge_unlocked (self);
  /* Whoever still holds us must not bring a new source to life. */
  self->held = TRUE;
  g_mutex_unlock (&self->lock);

  if (source) {
    g_source_destroy (source);
    g_source_unref (source);
  }
  if (link)
    wn_data_channel_link_cut (link);

  G_OBJECT_CLASS (wn_data_channel_parent_class)->dispose (object);
}

static void
wn_data_channel_finalize (GObject *object)
{
  WnDataChannel *self = WN_DATA_CHANNEL (object);

  wn_data_channel_purge_unlocked (self);
  g_free (self->label);
  g_free (self->protocol);
  g_clear_pointer (&self->options, gst_structure_free);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (wn_data_channel_parent_class)->finalize (object);
}

static void
install_settings (void)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * WnDataChannel:label:
   *
   * The label that the creator gave.
   *
   * Since: 0.1
   */
  properties[PROP_LABEL] = g_param_spec_string ("label", "Label",
      "The label that the creator gave the channel", NULL, flags);
  /**
   * WnDataChannel:ordered:
   *
   * Whether messages arrive in the order in which they were sent.
   *
   * Since: 0.1
   */
  properties[PROP_ORDERED] = g_param_spec_boolean ("ordered", "Ordered",
      "Whether messages arrive in the order in which they were sent", TRUE,
      flags);
  /**
   * WnDataChannel:max-packet-lifetime:
   *
   * For how many milliseconds a message is transmitted again; -1: no limit.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_PACKET_LIFETIME] =
      g_param_spec_int ("max-packet-lifetime", "Maximum packet lifetime",
          "For how many milliseconds a message is transmitted again"
          " (-1: no limit)",
          -1, G_MAXUINT16, -1, flags);
  /**
   * WnDataChannel:max-retransmits:
   *
   * How many times a message is transmitted again; -1: no limit.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_RETRANSMITS] =
      g_param_spec_int ("max-retransmits", "Maximum retransmits",
          "How many times a message is transmitted again (-1: no limit)", -1,
          G_MAXUINT16, -1, flags);
  /**
   * WnDataChannel:protocol:
   *
   * The subprotocol that the creator named; empty for none.
   *
   * Since: 0.1
   */
  properties[PROP_PROTOCOL] = g_param_spec_string ("protocol", "Protocol",
      "The subprotocol that the creator named; empty for none", "", flags);
  /**
   * WnDataChannel:negotiated:
   *
   * Whether both applications create the channel, with the same id, instead of
   * one of them announcing it to the other.
   *
   * Since: 0.1
   */
  properties[PROP_NEGOTIATED] =
      g_param_spec_boolean ("negotiated", "Negotiated",
          "Whether both applications create the channel themselves,"
          " with the same id",
          FALSE, flags);
  /**
   * WnDataChannel:priority:
   *
   * The priority of what is sent over this channel.
   *
   * Since: 0.1
   */
  properties[PROP_PRIORITY] = g_param_spec_enum ("priority", "Priority",
      "The priority of what is sent over this channel",
      GST_TYPE_WEBRTC_PRIORITY_TYPE, GST_WEBRTC_PRIORITY_TYPE_LOW, flags);
}

static void
install_state (void)
{
  const GParamFlags flags =
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * WnDataChannel:id:
   *
   * The stream's number; -1 while none is chosen.  A fresh connection may bring
   * another one.
   *
   * Since: 0.1
   */
  properties[PROP_ID] = g_param_spec_int ("id", "ID",
      "The number of the stream that carries the channel (-1: none yet)", -1,
      G_MAXUINT16, -1, flags);
  /**
   * WnDataChannel:ready-state:
   *
   * `connecting` until there is a connection, and again when the element begins
   * anew with a fresh one.  Messages can be sent while it is `open`.  `closed`
   * is for good.
   *
   * Since: 0.1
   */
  properties[PROP_READY_STATE] =
      g_param_spec_enum ("ready-state", "Ready state",
          "Whether the channel can be used", GST_TYPE_WEBRTC_DATA_CHANNEL_STATE,
          GST_WEBRTC_DATA_CHANNEL_STATE_CONNECTING, flags);
  /**
   * WnDataChannel:buffered-amount:
   *
   * Bytes that were sent and wait for the network; 0 while there is no
   * connection.
   *
   * Since: 0.1
   */
  properties[PROP_BUFFERED_AMOUNT] = g_param_spec_uint64 ("buffered-amount",
      "Buffered amount", "Bytes that were sent and wait for the network", 0,
      G_MAXUINT64, 0, flags);
  /**
   * WnDataChannel:buffered-amount-low-threshold:
   *
   * #WnDataChannel::on-buffered-amount-low is emitted when
   * #WnDataChannel:buffered-amount falls to this number of bytes.
   *
   * Since: 0.1
   */
  properties[PROP_BUFFERED_AMOUNT_LOW_THRESHOLD] =
      g_param_spec_uint64 ("buffered-amount-low-threshold",
          "Buffered amount low threshold",
          "on-buffered-amount-low is emitted when so many bytes are left", 0,
          G_MAXUINT64, 0, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * WnDataChannel:max-message-size:
   *
   * The most bytes that a message can have: what the peer's description says
   * (`a=max-message-size`, RFC 8841), 65536 if it does not say or says more; 0 while
   * there is no connection.  Not notified: it is right from
   * #WnDataChannel::on-open on.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_MESSAGE_SIZE] = g_param_spec_uint64 ("max-message-size",
      "Maximum message size",
      "The most bytes that a message can have: what the peer accepts, at most "
      "65536 (0: not connected)",
      0, G_MAXUINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static guint
new_signal (const gchar *name, GType argument)
{
  if (argument == G_TYPE_NONE)
    return g_signal_new (name, WN_TYPE_DATA_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL,
        NULL, NULL, G_TYPE_NONE, 0);
  return g_signal_new (name, WN_TYPE_DATA_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL,
      NULL, NULL, G_TYPE_NONE, 1, argument);
}

static void
install_signals (void)
{
  /**
   * WnDataChannel::on-open:
   * @self: the channel
   *
   * Messages can be sent.  Emitted again whenever a fresh connection took the
   * place of an old one.
   *
   * Since: 0.1
   */
  signals[SIGNAL_ON_OPEN] = new_signal ("on-open", G_TYPE_NONE);
  /**
   * WnDataChannel::on-close:
   * @self: the channel
   *
   * Either side closed the channel, or an error did.  Emitted once, and nothing
   * comes after it.
   *
   * Since: 0.1
   */
  signals[SIGNAL_ON_CLOSE] = new_signal ("on-close", G_TYPE_NONE);
  /**
   * WnDataChannel::on-error:
   * @self: the channel
   * @error: (type GLib.Error): what happened
   *
   * The channel broke; #WnDataChannel::on-close follows.
   *
   * Since: 0.1
   */
  signals[SIGNAL_ON_ERROR] = new_signal ("on-error", G_TYPE_ERROR);
  /**
   * WnDataChannel::on-message-data:
   * @self: the channel
   * @data: (type GLib.Bytes): what the peer sent; can be of size 0
   *
   * A binary message came.
   *
   * Since: 0.1
   */
  signals[SIGNAL_ON_MESSAGE_DATA] =
      new_signal ("on-message-data", G_TYPE_BYTES);
  /**
   * WnDataChannel::on-message-string:
   * @self: the channel
   * @string: what the peer sent, always valid UTF-8: what was not is replaced
   *   by U+FFFD.  Ends at the first NUL character.
   *
   * A text message came.
   *
   * Since: 0.1
   */
  signals[SIGNAL_ON_MESSAGE_STRING] =
      new_signal ("on-message-string", G_TYPE_STRING);
  /**
   * WnDataChannel::on-buffered-amount-low:
   * @self: the channel
   *
   * #WnDataChannel:buffered-amount fell to
   * #WnDataChannel:buffered-amount-low-threshold.
   *
   * Since: 0.1
   */
  signals[SIGNAL_ON_BUFFERED_AMOUNT_LOW] =
      new_signal ("on-buffered-amount-low", G_TYPE_NONE);
}

static void
install_actions (void)
{
  /**
   * WnDataChannel::send-data:
   * @self: the channel
   * @data: (type GLib.Bytes): of up to #WnDataChannel:max-message-size bytes; can
   *   be empty
   *
   * Sends a binary message.
   *
   * Returns: whether it was taken.  %FALSE: it was not sent and will not be,
   *   because the channel is not open, as #WnDataChannel:ready-state has it, or
   *   @data is too large, which the element says in a warning on its bus.  A
   *   larger message has to be sent in parts.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SEND_DATA] = g_signal_new_class_handler ("send-data",
      WN_TYPE_DATA_CHANNEL, G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
      G_CALLBACK (wn_data_channel_send_data), NULL, NULL, NULL, G_TYPE_BOOLEAN,
      1, G_TYPE_BYTES);
  /**
   * WnDataChannel::send-string:
   * @self: the channel
   * @string: valid UTF-8, of up to #WnDataChannel:max-message-size bytes; can be
   *   empty
   *
   * Sends a text message.
   *
   * Returns: whether it was taken, as with #WnDataChannel::send-data
   *
   * Since: 0.1
   */
  signals[SIGNAL_SEND_STRING] = g_signal_new_class_handler ("send-string",
      WN_TYPE_DATA_CHANNEL, G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
      G_CALLBACK (wn_data_channel_send_string), NULL, NULL, NULL,
      G_TYPE_BOOLEAN, 1, G_TYPE_STRING);
  /**
   * WnDataChannel::close:
   * @self: the channel
   *
   * Closes the channel, at the peer's side too.  #WnDataChannel::on-close tells
   * when that is done.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CLOSE] = g_signal_new_class_handler ("close",
      WN_TYPE_DATA_CHANNEL, G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
      G_CALLBACK (wn_data_channel_close), NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wn_data_channel_class_init (WnDataChannelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = wn_data_channel_get_property;
  object_class->set_property = wn_data_channel_set_property;
  object_class->dispose = wn_data_channel_dispose;
  object_class->finalize = wn_data_channel_finalize;

  install_settings ();
  install_state ();
  g_object_class_install_properties (object_class, N_PROPS, properties);
  install_signals ();
  install_actions ();
}

static void
wn_data_channel_init (WnDataChannel *self)
{
  g_mutex_init (&self->lock);
  g_queue_init (&self->events);
  self->protocol = g_strdup ("");
  self->ordered = TRUE;
  self->max_packet_lifetime = -1;
  self->max_retransmits = -1;
  self->requested_id = -1;
  self->id = -1;
  self->priority = GST_WEBRTC_PRIORITY_TYPE_LOW;
  self->ready_state = GST_WEBRTC_DATA_CHANNEL_STATE_CONNECTING;
}
