/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a data channel is, and how its changes get from whatever thread they
 * happen on to the application, in order. */

#include "datachannel-private.h"
#include "signalling/printable.h"

#define GST_CAT_DEFAULT wn_data_channel_debug

/* --- events: from any thread to the context ------------------------------- */

static void
event_free (WnDataChannelEvent *event)
{
  if (G_IS_VALUE (&event->argument))
    g_value_unset (&event->argument);
  g_free (event);
}

static void
event_emit (WnDataChannel *self, WnDataChannelEvent *event)
{
  GValue values[2] = { G_VALUE_INIT, G_VALUE_INIT };

  if (event->property != 0) {
    wn_data_channel_notify (self, event->property);
    return;
  }
  g_value_init (&values[0], WN_TYPE_DATA_CHANNEL);
  g_value_set_object (&values[0], self);
  /* Borrowed: the event keeps the argument. */
  values[1] = event->argument;
  g_signal_emitv (values, wn_data_channel_get_signal (event->signal), 0, NULL);
  g_value_unset (&values[0]);
}

static GWeakRef *
weak_ref_new (WnDataChannel *self)
{
  GWeakRef *ref = g_new0 (GWeakRef, 1);

  g_weak_ref_init (ref, self);
  return ref;
}

static void
weak_ref_free (GWeakRef *ref)
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
  WnDataChannelEvent *event;

  if (!self)
    return G_SOURCE_REMOVE;

  g_mutex_lock (&self->lock);
  event = g_queue_pop_head (&self->events);
  if (!event) {
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

void
wn_data_channel_schedule_unlocked (WnDataChannel *self)
{
  if (self->held || self->source || g_queue_is_empty (&self->events))
    return;
  self->source = g_idle_source_new ();
  g_source_set_priority (self->source, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->source, tell_next_event, weak_ref_new (self),
      (GDestroyNotify) weak_ref_free);
  g_source_attach (self->source, self->context);
}

WnDataChannelEvent *
wn_data_channel_push_unlocked (WnDataChannel *self, guint signal)
{
  WnDataChannelEvent *event = g_new0 (WnDataChannelEvent, 1);

  event->signal = signal;
  g_queue_push_tail (&self->events, event);
  wn_data_channel_schedule_unlocked (self);
  return event;
}

void
wn_data_channel_push_notify_unlocked (WnDataChannel *self, guint property)
{
  if (property == PROP_BUFFERED_AMOUNT) {
    if (self->buffered_amount_queued)
      return;
    self->buffered_amount_queued = TRUE;
  }
  wn_data_channel_push_unlocked (self, 0)->property = property;
}

void
wn_data_channel_purge_unlocked (WnDataChannel *self)
{
  g_queue_clear_full (&self->events, (GDestroyNotify) event_free);
  self->buffered_amount_queued = FALSE;
}

/* --- state ---------------------------------------------------------------- */

void
wn_data_channel_set_ready_state_unlocked (WnDataChannel *self,
    GstWebRTCDataChannelState state)
{
  if (self->ready_state == state)
    return;
  GST_DEBUG_OBJECT (self, "\"%s\": ready state %d -> %d",
      wn_printable_for_log (self->label), self->ready_state, state);
  self->ready_state = state;
  wn_data_channel_push_notify_unlocked (self, PROP_READY_STATE);
  if (state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN)
    wn_data_channel_push_unlocked (self, SIGNAL_ON_OPEN);
  else if (state == GST_WEBRTC_DATA_CHANNEL_STATE_CLOSED)
    wn_data_channel_push_unlocked (self, SIGNAL_ON_CLOSE);
}

void
wn_data_channel_set_id_unlocked (WnDataChannel *self, gint id)
{
  if (self->id == id)
    return;
  self->id = id;
  wn_data_channel_push_notify_unlocked (self, PROP_ID);
}

gboolean
wn_data_channel_is_closed_unlocked (WnDataChannel *self)
{
  return self->ready_state >= GST_WEBRTC_DATA_CHANNEL_STATE_CLOSING;
}
