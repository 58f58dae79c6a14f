/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The tie between the application's data channel, which lasts, and webrtcbin's,
 * which goes with its connection. */

#include "datachannel-private.h"

static WnDataChannelLink *
link_new (WnDataChannel *self, GstElement *webrtcbin,
    GstWebRTCDataChannel *channel)
{
  WnDataChannelLink *link = g_atomic_rc_box_new0 (WnDataChannelLink);

  g_weak_ref_init (&link->owner, self);
  g_weak_ref_init (&link->webrtcbin, webrtcbin);
  link->channel = g_object_ref (channel);
  return link;
}

static void
link_clear (WnDataChannelLink *link)
{
  g_weak_ref_clear (&link->owner);
  g_weak_ref_clear (&link->webrtcbin);
  g_object_unref (link->channel);
}

void
wn_data_channel_link_unref (WnDataChannelLink *link)
{
  g_atomic_rc_box_release_full (link, (GDestroyNotify) link_clear);
}

void
wn_data_channel_link_cut (WnDataChannelLink *link)
{
  g_signal_handlers_disconnect_by_data (link->channel, link);
  wn_data_channel_link_unref (link);
}

WnDataChannelLink *
wn_data_channel_ref_link (WnDataChannel *self)
{
  WnDataChannelLink *link;

  g_mutex_lock (&self->lock);
  link = self->link != NULL ? g_atomic_rc_box_acquire (self->link) : NULL;
  g_mutex_unlock (&self->lock);
  return link;
}

/* Takes over what the channel says of itself.  Within one tie a state only ever
 * advances, so that it does not matter who of two threads reads it first. */
static void
link_sync (WnDataChannelLink *link, WnDataChannel *self)
{
  GstWebRTCDataChannelState state;
  gint id;

  g_object_get (link->channel, "ready-state", &state, "id", &id, NULL);

  g_mutex_lock (&self->lock);
  if (self->link == link) {
    wn_data_channel_set_id_unlocked (self, id);
    if (state > self->ready_state)
      wn_data_channel_set_ready_state_unlocked (self, state);
  }
  g_mutex_unlock (&self->lock);
}

/* The application closed us before this connection was open: webrtcbin ignores
 * that in a connecting channel. */
static void
link_close_if_unwanted (WnDataChannelLink *link, WnDataChannel *self)
{
  GstWebRTCDataChannelState state;

  g_object_get (link->channel, "ready-state", &state, NULL);
  if (state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN
      && wn_data_channel_is_closed (self))
    gst_webrtc_data_channel_close (link->channel);
}

/* Adds an event with an argument, unless the tie was cut meanwhile, or the
 * channel is no longer open: a message is discarded then (webrtc-pc, 6.2).  An
 * error comes before the end, which is the last that is told. */
static void
link_push (WnDataChannelLink *link, WnDataChannel *self, guint signal,
    GType type, gconstpointer argument)
{
  gboolean message = signal != SIGNAL_ON_ERROR;
  gboolean had_ended;

  g_mutex_lock (&self->lock);
  had_ended = self->ready_state == GST_WEBRTC_DATA_CHANNEL_STATE_CLOSED;
  g_mutex_unlock (&self->lock);
  /* A message can come before the news that the channel is open. */
  link_sync (link, self);

  g_mutex_lock (&self->lock);
  if (self->link == link && !had_ended
      && (!message
          || self->ready_state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN)) {
    WnDataChannelEvent *event = wn_data_channel_push_unlocked (self, signal);

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
on_notify_ready_state (WnDataChannelLink *link)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (&link->owner);

  if (self)
    link_sync (link, self);
}

static void
on_open (WnDataChannelLink *link)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (&link->owner);

  if (!self)
    return;
  link_sync (link, self);
  link_close_if_unwanted (link, self);
}

static void
on_error (WnDataChannelLink *link, const GError *error)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (&link->owner);

  if (self && error)
    link_push (link, self, SIGNAL_ON_ERROR, G_TYPE_ERROR, error);
}

/* webrtcbin says NULL for an empty message. */
static void
on_message_data (WnDataChannelLink *link, GBytes *data)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (&link->owner);
  g_autoptr (GBytes) empty = NULL;

  if (!self)
    return;
  if (!data)
    data = empty = g_bytes_new (NULL, 0);
  link_push (link, self, SIGNAL_ON_MESSAGE_DATA, G_TYPE_BYTES, data);
}

/* webrtcbin passes on whatever bytes the peer sent. */
static void
on_message_string (WnDataChannelLink *link, const gchar *string)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (&link->owner);
  g_autofree gchar *valid = NULL;

  if (!self)
    return;
  valid = g_utf8_make_valid (string != NULL ? string : "", -1);
  link_push (link, self, SIGNAL_ON_MESSAGE_STRING, G_TYPE_STRING, valid);
}

static void
on_buffered_amount_low (WnDataChannelLink *link)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (&link->owner);

  if (self)
    link_push (link, self, SIGNAL_ON_BUFFERED_AMOUNT_LOW, G_TYPE_INVALID, NULL);
}

static void
on_notify_buffered_amount (WnDataChannelLink *link)
{
  g_autoptr (WnDataChannel) self = g_weak_ref_get (&link->owner);

  if (!self)
    return;
  g_mutex_lock (&self->lock);
  if (self->link == link)
    wn_data_channel_push_notify_unlocked (self, PROP_BUFFERED_AMOUNT);
  g_mutex_unlock (&self->lock);
}

static void
link_connect (WnDataChannelLink *link)
{
  static const struct
  {
    const gchar *signal;
    GCallback handler;
  } handlers[] = {
    { "notify::ready-state", G_CALLBACK (on_notify_ready_state) },
    { "notify::buffered-amount", G_CALLBACK (on_notify_buffered_amount) },
    { "on-open", G_CALLBACK (on_open) },
    { "on-error", G_CALLBACK (on_error) },
    { "on-message-data", G_CALLBACK (on_message_data) },
    { "on-message-string", G_CALLBACK (on_message_string) },
    { "on-buffered-amount-low", G_CALLBACK (on_buffered_amount_low) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect_data (link->channel, handlers[i].signal,
        handlers[i].handler, g_atomic_rc_box_acquire (link),
        (GClosureNotify) (GCallback) wn_data_channel_link_unref,
        G_CONNECT_SWAPPED);
}

static gboolean
link_is_in_use (WnDataChannelLink *link, WnDataChannel *self)
{
  gboolean is_in_use;

  g_mutex_lock (&self->lock);
  is_in_use = self->link == link;
  g_mutex_unlock (&self->lock);
  return is_in_use;
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
wn_data_channel_attach (WnDataChannel *self, GstElement *webrtcbin,
    GstWebRTCDataChannel *channel)
{
  g_autoptr (WnDataChannelLink) link = NULL;
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
  if (!link_is_in_use (link, self)) {
    /* Another thread cut it before there was something to disconnect. */
    g_signal_handlers_disconnect_by_data (channel, link);
    return;
  }
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
wn_data_channel_detach (WnDataChannel *self)
{
  WnDataChannelLink *link;

  g_return_if_fail (WN_IS_DATA_CHANNEL (self));

  g_mutex_lock (&self->lock);
  link = g_steal_pointer (&self->link);
  if (link) {
    if (wn_data_channel_is_closed_unlocked (self)) {
      wn_data_channel_set_ready_state_unlocked (self,
          GST_WEBRTC_DATA_CHANNEL_STATE_CLOSED);
    } else {
      wn_data_channel_purge_unlocked (self);
      wn_data_channel_set_ready_state_unlocked (self,
          GST_WEBRTC_DATA_CHANNEL_STATE_CONNECTING);
      wn_data_channel_push_notify_unlocked (self, PROP_BUFFERED_AMOUNT);
    }
    wn_data_channel_set_id_unlocked (self, self->requested_id);
  }
  g_mutex_unlock (&self->lock);

  if (link)
    wn_data_channel_link_cut (link);
}

/**
 * wn_data_channel_end:
 *
 * There will be no other connection: the peer left, the element stops, or the
 * peer did not create its channel again.  The channel is closed.
 */
void
wn_data_channel_end (WnDataChannel *self)
{
  WnDataChannelLink *link;

  g_return_if_fail (WN_IS_DATA_CHANNEL (self));

  g_mutex_lock (&self->lock);
  link = g_steal_pointer (&self->link);
  wn_data_channel_set_ready_state_unlocked (self,
      GST_WEBRTC_DATA_CHANNEL_STATE_CLOSED);
  g_mutex_unlock (&self->lock);

  if (link)
    wn_data_channel_link_cut (link);
}

/**
 * wn_data_channel_fail:
 * @error: for the application
 *
 * webrtcbin has no channel for it.
 */
void
wn_data_channel_fail (WnDataChannel *self, const GError *error)
{
  g_return_if_fail (WN_IS_DATA_CHANNEL (self));

  g_mutex_lock (&self->lock);
  if (self->ready_state != GST_WEBRTC_DATA_CHANNEL_STATE_CLOSED) {
    WnDataChannelEvent *event =
        wn_data_channel_push_unlocked (self, SIGNAL_ON_ERROR);

    g_value_init (&event->argument, G_TYPE_ERROR);
    g_value_set_boxed (&event->argument, error);
  }
  g_mutex_unlock (&self->lock);
  wn_data_channel_end (self);
}
