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

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "datachannel.h"

#include <string.h>

GST_DEBUG_CATEGORY_STATIC (wn_data_channel_debug);
#define GST_CAT_DEFAULT wn_data_channel_debug

/* Of label and protocol, in bytes: what their length fields can hold (RFC 8832,
 * 5.1). */
#define MAX_STRING_SIZE 65535
/* Stream 65535 does not exist (RFC 8832, 6). */
#define MAX_ID 65534

enum
{
  PROP_LABEL = 1,
  PROP_ORDERED,
  PROP_MAX_PACKET_LIFETIME,
  PROP_MAX_RETRANSMITS,
  PROP_PROTOCOL,
  PROP_NEGOTIATED,
  PROP_ID,
  PROP_PRIORITY,
  PROP_READY_STATE,
  PROP_BUFFERED_AMOUNT,
  PROP_BUFFERED_AMOUNT_LOW_THRESHOLD,
  N_PROPS
};

enum
{
  SIGNAL_ON_OPEN,
  SIGNAL_ON_CLOSE,
  SIGNAL_ON_ERROR,
  SIGNAL_ON_MESSAGE_DATA,
  SIGNAL_ON_MESSAGE_STRING,
  SIGNAL_ON_BUFFERED_AMOUNT_LOW,
  SIGNAL_SEND_DATA,
  SIGNAL_SEND_STRING,
  SIGNAL_CLOSE,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

/* A tie to one webrtcbin's channel.  The closures of that channel's signals
 * share it with the WnDataChannel, as they can still be running in webrtcbin's
 * thread when the tie is cut. */
typedef struct
{
  /* Empty when the application dropped the WnDataChannel. */
  GWeakRef owner;
  /* A channel of GStreamer 1.22 uses its webrtcbin without holding it, so it
   * must be held while we call.  Weak: a channel kept by the application must
   * not keep the whole connection. */
  GWeakRef webrtcbin;
  GstWebRTCDataChannel *channel;
} Link;

/* A signal to be emitted, or a property to be notified of. */
typedef struct
{
  /* One of the SIGNAL_* numbers; unused if @property is set. */
  guint signal;
  guint property;
  /* The signal's argument; owned. */
  GValue argument;
} Event;

struct _WnDataChannel
{
  GObject parent;

  /* Set once, before anybody else knows the object. */
  GMainContext *context;
  gboolean local;
  gchar *label;
  gchar *protocol;
  gboolean ordered;
  gint max_packet_lifetime;
  gint max_retransmits;
  gboolean negotiated;
  /* What the application asked for, -1 if nothing. */
  gint requested_id;
  GstWebRTCPriorityType priority;
  GstStructure *options;

  /* Guards all below.  Innermost: nothing is called or emitted with it held.
   * webrtcbin emits its channels' signals with its own lock held. */
  GMutex lock;
  GstWebRTCDataChannelState ready_state;
  gint id;
  guint64 low_threshold;
  /* NULL while there is no connection. */
  Link *link;
  /* Event; what happened and is not yet told. */
  GQueue events;
  /* Tells the events, one each time; NULL while there are none. */
  GSource *source;
  /* Events wait until the application has the object. */
  gboolean held;
  /* A notification of buffered-amount is among the events: one is enough. */
  gboolean buffered_amount_queued;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (WnDataChannel, wn_data_channel, G_TYPE_OBJECT,
    GST_DEBUG_CATEGORY_INIT (wn_data_channel_debug, "wndatachannel", 0,
        "the application's data channel"));

/* --- events: from any thread to the context ------------------------------- */

static void
event_free (Event * event)
{
  if (G_IS_VALUE (&event->argument))
    g_value_unset (&event->argument);
  g_free (event);
}

static void
event_emit (WnDataChannel * self, Event * event)
{
  GValue values[2] = { G_VALUE_INIT, G_VALUE_INIT };

  if (event->property != 0) {
    g_object_notify_by_pspec (G_OBJECT (self), properties[event->property]);
    return;
  }
  g_value_init (&values[0], WN_TYPE_DATA_CHANNEL);
  g_value_set_object (&values[0], self);
  /* Borrowed: the event keeps the argument. */
  values[1] = event->argument;
  g_signal_emitv (values, signals[event->signal], 0, NULL);
  g_value_unset (&values[0]);
}

static GWeakRef *
weak_ref_new (WnDataChannel * self)
{
  GWeakRef *ref = g_new0 (GWeakRef, 1);

  g_weak_ref_init (ref, self);
  return ref;
}

static void
weak_ref_free (GWeakRef * ref)
{
  g_weak_ref_clear (ref);
  g_free (ref);
}

/* One event each time, so that a flood of messages leaves the context's other
 * sources their turn. */
static gboolean
tell_next_event (gpointer user_data)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (user_data);
  Event *event;

  if (self == NULL)
    return G_SOURCE_REMOVE;

  g_mutex_lock (&self->lock);
  event = g_queue_pop_head (&self->events);
  if (event == NULL) {
    g_clear_pointer (&self->source, g_source_unref);
    g_mutex_unlock (&self->lock);
    return G_SOURCE_REMOVE;
  }
  if (event->property == PROP_BUFFERED_AMOUNT)
    self->buffered_amount_queued = FALSE;
  g_mutex_unlock (&self->lock);

  event_emit (self, event);
  event_free (event);
  return G_SOURCE_CONTINUE;
}

static void
schedule_unlocked (WnDataChannel * self)
{
  if (self->held || self->source != NULL || g_queue_is_empty (&self->events))
    return;
  self->source = g_idle_source_new ();
  g_source_set_priority (self->source, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->source, tell_next_event, weak_ref_new (self),
      (GDestroyNotify) weak_ref_free);
  g_source_attach (self->source, self->context);
}

static Event *
push_unlocked (WnDataChannel * self, guint signal)
{
  Event *event = g_new0 (Event, 1);

  event->signal = signal;
  g_queue_push_tail (&self->events, event);
  schedule_unlocked (self);
  return event;
}

static void
push_notify_unlocked (WnDataChannel * self, guint property)
{
  if (property == PROP_BUFFERED_AMOUNT) {
    if (self->buffered_amount_queued)
      return;
    self->buffered_amount_queued = TRUE;
  }
  push_unlocked (self, 0)->property = property;
}

static void
purge_unlocked (WnDataChannel * self)
{
  g_queue_clear_full (&self->events, (GDestroyNotify) event_free);
  self->buffered_amount_queued = FALSE;
}

/* --- state ---------------------------------------------------------------- */

static void
set_ready_state_unlocked (WnDataChannel * self, GstWebRTCDataChannelState state)
{
  if (self->ready_state == state)
    return;
  GST_DEBUG_OBJECT (self, "\"%s\": ready state %d -> %d", self->label,
      self->ready_state, state);
  self->ready_state = state;
  push_notify_unlocked (self, PROP_READY_STATE);
  if (state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN)
    push_unlocked (self, SIGNAL_ON_OPEN);
  else if (state == GST_WEBRTC_DATA_CHANNEL_STATE_CLOSED)
    push_unlocked (self, SIGNAL_ON_CLOSE);
}

static void
set_id_unlocked (WnDataChannel * self, gint id)
{
  if (self->id == id)
    return;
  self->id = id;
  push_notify_unlocked (self, PROP_ID);
}

static gboolean
is_closed_unlocked (WnDataChannel * self)
{
  return self->ready_state >= GST_WEBRTC_DATA_CHANNEL_STATE_CLOSING;
}

/* --- the tie to webrtcbin's channel --------------------------------------- */

static Link *
link_new (WnDataChannel * self, GstElement * webrtcbin,
    GstWebRTCDataChannel * channel)
{
  Link *link = g_atomic_rc_box_new0 (Link);

  g_weak_ref_init (&link->owner, self);
  g_weak_ref_init (&link->webrtcbin, webrtcbin);
  link->channel = g_object_ref (channel);
  return link;
}

static void
link_clear (Link * link)
{
  g_weak_ref_clear (&link->owner);
  g_weak_ref_clear (&link->webrtcbin);
  g_object_unref (link->channel);
}

static void
link_unref (Link * link)
{
  g_atomic_rc_box_release_full (link, (GDestroyNotify) link_clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Link, link_unref);

static void
link_cut (Link * link)
{
  g_signal_handlers_disconnect_by_data (link->channel, link);
  link_unref (link);
}

static Link *
ref_link (WnDataChannel * self)
{
  Link *link;

  g_mutex_lock (&self->lock);
  link = self->link != NULL ? g_atomic_rc_box_acquire (self->link) : NULL;
  g_mutex_unlock (&self->lock);
  return link;
}

/* Takes over what the channel says of itself.  Within one tie a state only ever
 * advances, so that it does not matter who of two threads reads it first. */
static void
link_sync (Link * link, WnDataChannel * self)
{
  GstWebRTCDataChannelState state;
  gint id;

  g_object_get (link->channel, "ready-state", &state, "id", &id, NULL);

  g_mutex_lock (&self->lock);
  if (self->link == link) {
    set_id_unlocked (self, id);
    if (state > self->ready_state)
      set_ready_state_unlocked (self, state);
  }
  g_mutex_unlock (&self->lock);
}

/* The application closed us before this connection was open: webrtcbin ignores
 * that in a connecting channel. */
static void
link_close_if_unwanted (Link * link, WnDataChannel * self)
{
  GstWebRTCDataChannelState state;

  g_object_get (link->channel, "ready-state", &state, NULL);
  if (state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN
      && wn_data_channel_is_closed (self))
    gst_webrtc_data_channel_close (link->channel);
}

/* Adds an event with an argument, unless the tie was cut meanwhile, or the
 * channel is no longer open: a message is discarded then (webrtc-pc, 6.2). */
static void
link_push (Link * link, WnDataChannel * self, guint signal, GType type,
    gconstpointer argument)
{
  gboolean message = signal != SIGNAL_ON_ERROR;

  /* A message can come before the news that the channel is open. */
  link_sync (link, self);

  g_mutex_lock (&self->lock);
  if (self->link == link && (!message
          || self->ready_state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN)) {
    Event *event = push_unlocked (self, signal);

    if (type != G_TYPE_INVALID) {
      g_value_init (&event->argument, type);
      if (type == G_TYPE_STRING)
        g_value_set_string (&event->argument, argument);
      else
        g_value_set_boxed (&event->argument, argument);
    }
  }
  g_mutex_unlock (&self->lock);
}

/* The handlers are connected swapped: the tie comes first, and what a handler
 * does not look at is left out. */
static void
on_notify_ready_state (Link * link)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (&link->owner);

  if (self != NULL)
    link_sync (link, self);
}

static void
on_open (Link * link)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (&link->owner);

  if (self == NULL)
    return;
  link_sync (link, self);
  link_close_if_unwanted (link, self);
}

static void
on_error (Link * link, const GError * error)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (&link->owner);

  if (self != NULL && error != NULL)
    link_push (link, self, SIGNAL_ON_ERROR, G_TYPE_ERROR, error);
}

/* webrtcbin says NULL for an empty message. */
static void
on_message_data (Link * link, GBytes * data)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (&link->owner);
  g_autoptr (GBytes) empty = NULL;

  if (self == NULL)
    return;
  if (data == NULL)
    data = empty = g_bytes_new (NULL, 0);
  link_push (link, self, SIGNAL_ON_MESSAGE_DATA, G_TYPE_BYTES, data);
}

/* webrtcbin passes on whatever bytes the peer sent. */
static void
on_message_string (Link * link, const gchar * string)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (&link->owner);
  g_autofree gchar *valid = NULL;

  if (self == NULL)
    return;
  valid = g_utf8_make_valid (string != NULL ? string : "", -1);
  link_push (link, self, SIGNAL_ON_MESSAGE_STRING, G_TYPE_STRING, valid);
}

static void
on_buffered_amount_low (Link * link)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (&link->owner);

  if (self != NULL)
    link_push (link, self, SIGNAL_ON_BUFFERED_AMOUNT_LOW, G_TYPE_INVALID, NULL);
}

static void
on_notify_buffered_amount (Link * link)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (&link->owner);

  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  if (self->link == link)
    push_notify_unlocked (self, PROP_BUFFERED_AMOUNT);
  g_mutex_unlock (&self->lock);
}

static void
link_connect (Link * link)
{
  static const struct
  {
    const gchar *signal;
    GCallback handler;
  } handlers[] = {
    {"notify::ready-state", G_CALLBACK (on_notify_ready_state)},
    {"notify::buffered-amount", G_CALLBACK (on_notify_buffered_amount)},
    {"on-open", G_CALLBACK (on_open)},
    {"on-error", G_CALLBACK (on_error)},
    {"on-message-data", G_CALLBACK (on_message_data)},
    {"on-message-string", G_CALLBACK (on_message_string)},
    {"on-buffered-amount-low", G_CALLBACK (on_buffered_amount_low)},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect_data (link->channel, handlers[i].signal,
        handlers[i].handler, g_atomic_rc_box_acquire (link),
        (GClosureNotify) (GCallback) link_unref, G_CONNECT_SWAPPED);
}

/**
 * wn_data_channel_attach:
 * @webrtcbin: owner of @channel
 * @channel: carries @self from now on
 *
 * Call this before @channel can do anything: for a local channel in webrtcbin's
 * `prepare-data-channel`, for a remote one in its `on-data-channel`.  Both are
 * emitted with webrtcbin's locks held; this function does not take them.
 */
void
wn_data_channel_attach (WnDataChannel * self, GstElement * webrtcbin,
    GstWebRTCDataChannel * channel)
{
  g_autoptr (Link) link = NULL;
  guint64 threshold;

  g_return_if_fail (WN_IS_DATA_CHANNEL (self));
  g_return_if_fail (GST_IS_ELEMENT (webrtcbin));
  g_return_if_fail (GST_IS_WEBRTC_DATA_CHANNEL (channel));

  wn_data_channel_detach (self);

  link = link_new (self, webrtcbin, channel);
  g_mutex_lock (&self->lock);
  self->link = g_atomic_rc_box_acquire (link);
  threshold = self->low_threshold;
  g_mutex_unlock (&self->lock);

  g_object_set (channel, "buffered-amount-low-threshold", threshold, NULL);
  /* First listen, then look: nothing falls in between. */
  link_connect (link);
  link_sync (link, self);
  link_close_if_unwanted (link, self);
}

/**
 * wn_data_channel_detach:
 *
 * The connection is gone.  Call this before its webrtcbin is stopped.
 *
 * A channel that was connecting or open is connecting now; what it had received
 * and not yet told is forgotten, and nothing more comes from the old
 * connection.  One that was closing is closed now, and tells all that happened
 * up to then.
 */
void
wn_data_channel_detach (WnDataChannel * self)
{
  Link *link;

  g_return_if_fail (WN_IS_DATA_CHANNEL (self));

  g_mutex_lock (&self->lock);
  link = g_steal_pointer (&self->link);
  if (link != NULL) {
    if (is_closed_unlocked (self)) {
      set_ready_state_unlocked (self, GST_WEBRTC_DATA_CHANNEL_STATE_CLOSED);
    } else {
      purge_unlocked (self);
      set_ready_state_unlocked (self, GST_WEBRTC_DATA_CHANNEL_STATE_CONNECTING);
      push_notify_unlocked (self, PROP_BUFFERED_AMOUNT);
    }
    set_id_unlocked (self, self->requested_id);
  }
  g_mutex_unlock (&self->lock);

  if (link != NULL)
    link_cut (link);
}

/**
 * wn_data_channel_end:
 *
 * There will be no other connection: the peer left, the element stops, or the
 * peer did not create its channel again.  The channel is closed.
 */
void
wn_data_channel_end (WnDataChannel * self)
{
  Link *link;

  g_return_if_fail (WN_IS_DATA_CHANNEL (self));

  g_mutex_lock (&self->lock);
  link = g_steal_pointer (&self->link);
  set_ready_state_unlocked (self, GST_WEBRTC_DATA_CHANNEL_STATE_CLOSED);
  g_mutex_unlock (&self->lock);

  if (link != NULL)
    link_cut (link);
}

/* --- actions -------------------------------------------------------------- */

/* Returns: (nullable) (transfer full): the open channel, with its webrtcbin held
 *   by @webrtcbin */
static Link *
ref_open_link (WnDataChannel * self, GstElement ** webrtcbin)
{
  g_autoptr (Link) link = NULL;

  g_mutex_lock (&self->lock);
  if (self->ready_state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN)
    link = g_atomic_rc_box_acquire (self->link);
  g_mutex_unlock (&self->lock);

  if (link == NULL)
    return NULL;
  *webrtcbin = g_weak_ref_get (&link->webrtcbin);
  return *webrtcbin != NULL ? g_steal_pointer (&link) : NULL;
}

/* Checks what webrtcbin does not, or with a critical warning, or by breaking the
 * channel; it checks the size itself.  One of @data and @string is given. */
static gboolean
send (WnDataChannel * self, GBytes * data, const gchar * string)
{
  g_autoptr (GstElement) webrtcbin = NULL;
  g_autoptr (Link) link = NULL;
  g_autoptr (GError) error = NULL;
  gboolean sent;

  if ((data == NULL || g_bytes_get_size (data) == 0)
      && (string == NULL || *string == '\0')) {
    /* Needs a byte of padding (RFC 8831, 6.6), which webrtcbin does not add. */
    GST_WARNING_OBJECT (self, "\"%s\": not sent: an empty message cannot be"
        " sent", self->label);
    return FALSE;
  }
  if (string != NULL && !g_utf8_validate (string, -1, NULL)) {
    GST_WARNING_OBJECT (self, "\"%s\": not sent: the string is not UTF-8",
        self->label);
    return FALSE;
  }
  link = ref_open_link (self, &webrtcbin);
  if (link == NULL) {
    GST_WARNING_OBJECT (self, "\"%s\": not sent: the channel is not open",
        self->label);
    return FALSE;
  }

  if (string != NULL)
    sent = gst_webrtc_data_channel_send_string_full (link->channel, string,
        &error);
  else
    sent = gst_webrtc_data_channel_send_data_full (link->channel, data, &error);
  if (!sent)
    GST_WARNING_OBJECT (self, "\"%s\": not sent: %s", self->label,
        error != NULL ? error->message : "webrtcbin refused it");
  return sent;
}

static gboolean
wn_data_channel_send_data (WnDataChannel * self, GBytes * data)
{
  return send (self, data, NULL);
}

static gboolean
wn_data_channel_send_string (WnDataChannel * self, const gchar * string)
{
  return send (self, NULL, string);
}

static void
wn_data_channel_close (WnDataChannel * self)
{
  g_autoptr (GstElement) webrtcbin = NULL;
  g_autoptr (Link) link = ref_open_link (self, &webrtcbin);

  g_mutex_lock (&self->lock);
  /* A channel that was never open has nothing to wait for; if its connection
   * comes up after all, on_open() closes it at the peer's side as well. */
  if (!is_closed_unlocked (self))
    set_ready_state_unlocked (self, link != NULL && link == self->link ?
        GST_WEBRTC_DATA_CHANNEL_STATE_CLOSING :
        GST_WEBRTC_DATA_CHANNEL_STATE_CLOSED);
  g_mutex_unlock (&self->lock);

  if (link != NULL)
    gst_webrtc_data_channel_close (link->channel);
}

/* --- for the peer connection ---------------------------------------------- */

static gboolean
check_range (const gchar * name, gint value, gint max, GError ** error)
{
  if (value >= -1 && value <= max)
    return TRUE;
  g_set_error (error, GST_WEBRTC_ERROR, GST_WEBRTC_ERROR_TYPE_ERROR,
      "A data channel's %s is -1 to %d, not %d", name, max, value);
  return FALSE;
}

/* webrtc-pc, 6.1, createDataChannel(): what throws a TypeError there. */
static gboolean
check_settings (WnDataChannel * self, GError ** error)
{
  const gchar *problem = NULL;

  if (!check_range ("max-packet-lifetime", self->max_packet_lifetime,
          G_MAXUINT16, error)
      || !check_range ("max-retransmits", self->max_retransmits, G_MAXUINT16,
          error)
      || !check_range ("id", self->requested_id, MAX_ID, error))
    return FALSE;

  if (strlen (self->label) > MAX_STRING_SIZE
      || strlen (self->protocol) > MAX_STRING_SIZE)
    problem = "A data channel's label and protocol have at most 65535 bytes";
  else if (self->max_packet_lifetime != -1 && self->max_retransmits != -1)
    problem = "A data channel has a max-packet-lifetime or max-retransmits,"
        " not both";
  else if (self->negotiated && self->requested_id == -1)
    problem = "A negotiated data channel needs an id";
  if (problem == NULL)
    return TRUE;
  g_set_error_literal (error, GST_WEBRTC_ERROR, GST_WEBRTC_ERROR_TYPE_ERROR,
      problem);
  return FALSE;
}

static void
read_options (WnDataChannel * self, const GstStructure * options)
{
  const gchar *protocol;
  gint priority;

  gst_structure_get_boolean (options, "ordered", &self->ordered);
  gst_structure_get_int (options, "max-packet-lifetime",
      &self->max_packet_lifetime);
  gst_structure_get_int (options, "max-retransmits", &self->max_retransmits);
  protocol = gst_structure_get_string (options, "protocol");
  if (protocol != NULL) {
    g_free (self->protocol);
    self->protocol = g_strdup (protocol);
  }
  gst_structure_get_boolean (options, "negotiated", &self->negotiated);
  /* Only the application's own numbering counts. */
  if (self->negotiated)
    gst_structure_get_int (options, "id", &self->requested_id);
  if (gst_structure_get_enum (options, "priority",
          GST_TYPE_WEBRTC_PRIORITY_TYPE, &priority))
    self->priority = priority;
}

static WnDataChannel *
new_empty (GMainContext * context)
{
  WnDataChannel *self = g_object_new (WN_TYPE_DATA_CHANNEL, NULL);

  self->context = g_main_context_ref (context != NULL ? context :
      g_main_context_default ());
  return self;
}

/**
 * wn_data_channel_new:
 * @context: (nullable): where signals are emitted; %NULL: the default one
 * @label: may be empty, and need not be unique
 * @options: (nullable): as for webrtcbin's `create-data-channel`
 *
 * A local channel, without a connection yet.
 *
 * Returns: (transfer full) (nullable): the channel; or %NULL with @error set, of
 *   #GstWebRTCError: webrtcbin would not take the options
 */
WnDataChannel *
wn_data_channel_new (GMainContext * context, const gchar * label,
    const GstStructure * options, GError ** error)
{
  g_autoptr (WnDataChannel) self = NULL;

  g_return_val_if_fail (label != NULL, NULL);

  self = new_empty (context);
  self->local = TRUE;
  self->label = g_strdup (label);
  if (options != NULL) {
    self->options = gst_structure_copy (options);
    read_options (self, options);
  }
  self->id = self->requested_id;
  if (!check_settings (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * wn_data_channel_new_for_remote:
 * @context: (nullable): where signals are emitted; %NULL: the default one
 * @webrtcbin: owner of @channel
 * @channel: as webrtcbin's `on-data-channel` has it
 *
 * A channel that the peer created, attached.  See wn_data_channel_attach() for
 * when to call this.  It keeps its signals back until
 * wn_data_channel_release().
 *
 * Returns: (transfer full): the channel
 */
WnDataChannel *
wn_data_channel_new_for_remote (GMainContext * context, GstElement * webrtcbin,
    GstWebRTCDataChannel * channel)
{
  WnDataChannel *self;

  g_return_val_if_fail (GST_IS_ELEMENT (webrtcbin), NULL);
  g_return_val_if_fail (GST_IS_WEBRTC_DATA_CHANNEL (channel), NULL);

  self = new_empty (context);
  self->held = TRUE;
  g_clear_pointer (&self->protocol, g_free);
  g_object_get (channel, "label", &self->label, "protocol", &self->protocol,
      "ordered", &self->ordered,
      "max-packet-lifetime", &self->max_packet_lifetime,
      "max-retransmits", &self->max_retransmits,
      "negotiated", &self->negotiated, "priority", &self->priority, NULL);
  wn_data_channel_attach (self, webrtcbin, channel);
  return self;
}

/**
 * wn_data_channel_release:
 *
 * The application has the channel and has connected its handlers: what happened
 * since wn_data_channel_new_for_remote() is told now.
 */
void
wn_data_channel_release (WnDataChannel * self)
{
  g_return_if_fail (WN_IS_DATA_CHANNEL (self));

  g_mutex_lock (&self->lock);
  self->held = FALSE;
  schedule_unlocked (self);
  g_mutex_unlock (&self->lock);
}

/**
 * wn_data_channel_get_label:
 *
 * Returns: (transfer none): the label
 */
const gchar *
wn_data_channel_get_label (WnDataChannel * self)
{
  g_return_val_if_fail (WN_IS_DATA_CHANNEL (self), NULL);

  return self->label;
}

/**
 * wn_data_channel_get_options:
 *
 * Returns: (transfer none) (nullable): what wn_data_channel_new() was given, to
 *   create the channel again
 */
const GstStructure *
wn_data_channel_get_options (WnDataChannel * self)
{
  g_return_val_if_fail (WN_IS_DATA_CHANNEL (self), NULL);

  return self->options;
}

/**
 * wn_data_channel_is_local:
 *
 * Returns: whether this side created the channel, and has to do so again on a
 *   fresh connection
 */
gboolean
wn_data_channel_is_local (WnDataChannel * self)
{
  g_return_val_if_fail (WN_IS_DATA_CHANNEL (self), FALSE);

  return self->local;
}

/**
 * wn_data_channel_is_attached:
 *
 * Returns: whether a webrtcbin's channel carries @self
 */
gboolean
wn_data_channel_is_attached (WnDataChannel * self)
{
  g_autoptr (Link) link = NULL;

  g_return_val_if_fail (WN_IS_DATA_CHANNEL (self), FALSE);

  link = ref_link (self);
  return link != NULL;
}

/**
 * wn_data_channel_is_closed:
 *
 * Returns: whether the application, the peer or an error closed the channel, or
 *   it is being closed: not to be created again
 */
gboolean
wn_data_channel_is_closed (WnDataChannel * self)
{
  gboolean closed;

  g_return_val_if_fail (WN_IS_DATA_CHANNEL (self), TRUE);

  g_mutex_lock (&self->lock);
  closed = is_closed_unlocked (self);
  g_mutex_unlock (&self->lock);
  return closed;
}

/**
 * wn_data_channel_matches:
 * @channel: a channel that the peer created
 *
 * Returns: whether @channel can be @self again, on a fresh connection: it has
 *   the same label, protocol and reliability
 */
gboolean
wn_data_channel_matches (WnDataChannel * self, GstWebRTCDataChannel * channel)
{
  g_autofree gchar *label = NULL;
  g_autofree gchar *protocol = NULL;
  gboolean ordered;
  gint lifetime, retransmits;

  g_return_val_if_fail (WN_IS_DATA_CHANNEL (self), FALSE);
  g_return_val_if_fail (GST_IS_WEBRTC_DATA_CHANNEL (channel), FALSE);

  g_object_get (channel, "label", &label, "protocol", &protocol,
      "ordered", &ordered, "max-packet-lifetime", &lifetime,
      "max-retransmits", &retransmits, NULL);
  return g_strcmp0 (label, self->label) == 0
      && g_strcmp0 (protocol, self->protocol) == 0
      && ordered == self->ordered && lifetime == self->max_packet_lifetime
      && retransmits == self->max_retransmits;
}

/* --- GObject -------------------------------------------------------------- */

static guint64
get_buffered_amount (WnDataChannel * self)
{
  g_autoptr (Link) link = ref_link (self);
  guint64 amount = 0;

  if (link != NULL)
    g_object_get (link->channel, "buffered-amount", &amount, NULL);
  return amount;
}

static void
set_low_threshold (WnDataChannel * self, guint64 threshold)
{
  g_autoptr (Link) link = NULL;

  g_mutex_lock (&self->lock);
  self->low_threshold = threshold;
  g_mutex_unlock (&self->lock);

  link = ref_link (self);
  if (link != NULL)
    g_object_set (link->channel, "buffered-amount-low-threshold", threshold,
        NULL);
}

static void
get_changing_property (WnDataChannel * self, guint prop_id, GValue * value)
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
wn_data_channel_get_property (GObject * object, guint prop_id, GValue * value,
    GParamSpec * pspec)
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
wn_data_channel_set_property (GObject * object, guint prop_id,
    const GValue * value, GParamSpec * pspec)
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
wn_data_channel_dispose (GObject * object)
{
  WnDataChannel *self = WN_DATA_CHANNEL (object);
  GSource *source;
  Link *link;

  g_mutex_lock (&self->lock);
  link = g_steal_pointer (&self->link);
  source = g_steal_pointer (&self->source);
  purge_unlocked (self);
  /* Whoever still holds us must not bring a new source to life. */
  self->held = TRUE;
  g_mutex_unlock (&self->lock);

  if (source != NULL) {
    g_source_destroy (source);
    g_source_unref (source);
  }
  if (link != NULL)
    link_cut (link);

  G_OBJECT_CLASS (wn_data_channel_parent_class)->dispose (object);
}

static void
wn_data_channel_finalize (GObject * object)
{
  WnDataChannel *self = WN_DATA_CHANNEL (object);

  purge_unlocked (self);
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
      " (-1: no limit)", -1, G_MAXUINT16, -1, flags);
  /**
   * WnDataChannel:max-retransmits:
   *
   * How many times a message is transmitted again; -1: no limit.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_RETRANSMITS] = g_param_spec_int ("max-retransmits",
      "Maximum retransmits",
      "How many times a message is transmitted again (-1: no limit)",
      -1, G_MAXUINT16, -1, flags);
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
  properties[PROP_NEGOTIATED] = g_param_spec_boolean ("negotiated",
      "Negotiated", "Whether both applications create the channel themselves,"
      " with the same id", FALSE, flags);
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
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS
      | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * WnDataChannel:id:
   *
   * The stream's number; -1 while none is chosen.  A fresh connection may bring
   * another one.
   *
   * Since: 0.1
   */
  properties[PROP_ID] = g_param_spec_int ("id", "ID",
      "The number of the stream that carries the channel (-1: none yet)",
      -1, G_MAXUINT16, -1, flags);
  /**
   * WnDataChannel:ready-state:
   *
   * `connecting` until there is a connection, and again when the element begins
   * anew with a fresh one.  Messages can be sent while it is `open`.  `closed`
   * is for good.
   *
   * Since: 0.1
   */
  properties[PROP_READY_STATE] = g_param_spec_enum ("ready-state",
      "Ready state", "Whether the channel can be used",
      GST_TYPE_WEBRTC_DATA_CHANNEL_STATE,
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
      "Buffered amount", "Bytes that were sent and wait for the network",
      0, G_MAXUINT64, 0, flags);
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
      "on-buffered-amount-low is emitted when so many bytes are left",
      0, G_MAXUINT64, 0, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
}

static guint
new_signal (const gchar * name, GType argument)
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
   * @data: (type GLib.Bytes): of size 1 up to what the peer accepts as a message
   *   (`a=max-message-size`, 65536 if it does not say)
   *
   * Sends a binary message.
   *
   * Returns: whether it was taken.  %FALSE: it was not sent and will not be,
   *   because the channel is not open or @data is empty or too large; the debug
   *   log (`wndatachannel`) says which.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SEND_DATA] = g_signal_new_class_handler ("send-data",
      WN_TYPE_DATA_CHANNEL, G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
      G_CALLBACK (wn_data_channel_send_data), NULL, NULL, NULL,
      G_TYPE_BOOLEAN, 1, G_TYPE_BYTES);
  /**
   * WnDataChannel::send-string:
   * @self: the channel
   * @string: valid UTF-8, of 1 byte up to what the peer accepts
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
wn_data_channel_class_init (WnDataChannelClass * klass)
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
wn_data_channel_init (WnDataChannel * self)
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
