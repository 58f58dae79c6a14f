/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "icekeeper.h"

#include "parts.h"

#include <gst/webrtc/webrtc.h>

/*** What there is ***/

/* What webrtcbin has below it to reach the remote peer; each is there once. */
typedef struct
{
  GPtrArray *dtls;
  GPtrArray *ice;
} Transports;

/* @transport: (transfer full) (nullable): */
static void
add_once (GPtrArray *transports, GObject *transport)
{
  if (!transport)
    return;
  if (g_ptr_array_find (transports, transport, NULL))
    g_object_unref (transport);
  else
    g_ptr_array_add (transports, transport);
}

/* Adds the DTLS transport that is the "transport" of @owner, and the ICE transport
 * below it, if there are any. */
static void
add_transports (Transports *self, gpointer owner)
{
  GObject *dtls = NULL;
  GObject *ice = NULL;

  if (owner)
    g_object_get (owner, "transport", &dtls, NULL);
  if (dtls)
    g_object_get (dtls, "transport", &ice, NULL);
  add_once (self->dtls, dtls);
  add_once (self->ice, ice);
}

static void
transports_collect (Transports *self, GstElement *webrtcbin)
{
  g_autoptr (GArray) transceivers = NULL;
  g_autoptr (GObject) sctp = NULL;

  self->dtls = g_ptr_array_new_with_free_func (g_object_unref);
  self->ice = g_ptr_array_new_with_free_func (g_object_unref);
  g_object_get (webrtcbin, "sctp-transport", &sctp, NULL);
  add_transports (self, sctp);

  g_signal_emit_by_name (webrtcbin, "get-transceivers", &transceivers);
  for (guint i = 0; i < transceivers->len; i++) {
    g_autoptr (GObject) sender = NULL;
    g_autoptr (GObject) receiver = NULL;

    g_object_get (g_array_index (transceivers, GObject *, i), "sender", &sender,
        "receiver", &receiver, NULL);
    add_transports (self, sender);
    add_transports (self, receiver);
  }
}

static void
transports_clear (Transports *self)
{
  g_ptr_array_unref (self->dtls);
  g_ptr_array_unref (self->ice);
}

/* @bin: webrtcbin's half of a transport, the one that sends or the one that receives
 *
 * It listens to its ICE transport's state, never stops to, and holds no reference to
 * the stream that it looks at then. */
static void
keep_bin (const GValue *item, gpointer data)
{
  GObject *bin = g_value_get_object (item);
  GPtrArray *kept = data;
  GObject *stream = NULL;

  if (!g_str_equal (G_OBJECT_TYPE_NAME (bin), "TransportReceiveBin")
      && !g_str_equal (G_OBJECT_TYPE_NAME (bin), "TransportSendBin"))
    return;

  for (guint i = 0; i < kept->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (kept, i), bin);
  /* The agent's thread may be in it now. */
  g_object_get (bin, "stream", &stream, NULL);
  g_ptr_array_add (kept, g_object_ref (bin));
  if (stream)
    g_ptr_array_add (kept, stream);
}

/**
 * wn_ice_keeper_keep_transports:
 * @webrtcbin: that is about to be stopped and freed
 *
 * Its ICE agent works on a thread of its own, which ends with the agent; and that can
 * be after webrtcbin's end: each remote address that is a name (.local, as browsers
 * have them) holds a reference until it is looked up.
 *
 * - When candidates are gathered after the last transport is gone, that thread crashes
 *   (_on_candidate_gathering_done() in nicestream.c, GStreamer 1.22 to 1.28).  So the
 *   transports shall live as long as the agent does.
 * - A transport whose state changes calls what is freed
 *   (_on_notify_ice_connection_state() in transportreceivebin.c and
 *   transportsendbin.c).  So nothing listens to them any more.
 */
void
wn_ice_keeper_keep_transports (GstElement *webrtcbin)
{
  g_autoptr (GObject) agent = NULL;
  GstIterator *children;
  Transports transports;
  GPtrArray *kept;

  transports_collect (&transports, webrtcbin);
  kept = g_ptr_array_ref (transports.ice);
  transports_clear (&transports);
  g_object_get (webrtcbin, "ice-agent", &agent, NULL);
  children = gst_bin_iterate_elements (GST_BIN (webrtcbin));
  gst_iterator_foreach (children, keep_bin, kept);
  gst_iterator_free (children);

  g_object_set_data_full (agent, "wn-ice-keeper", kept,
      (GDestroyNotify) g_ptr_array_unref);
}

/*** What is told of a transport's state ***/

struct _WnHeldStates
{
  Transports transports;
  GArray *listeners;    /* gulong, by DTLS transport: webrtcbin's handler */
  GPtrArray *receivers; /* webrtcbin's halves of transports that receive */
};

static void
collect_receiver (const GValue *item, gpointer data)
{
  GObject *bin = g_value_get_object (item);

  if (g_str_equal (G_OBJECT_TYPE_NAME (bin), "TransportReceiveBin"))
    g_ptr_array_add (data, g_object_ref (bin));
}

typedef struct
{
  GMutex mutex;
  GCond cond;
  gboolean is_told;
} Turn;

static void
turn_clear (gpointer data)
{
  Turn *self = data;

  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
}

static void
turn_unref (gpointer self, GClosure *closure G_GNUC_UNUSED)
{
  g_atomic_rc_box_release_full (self, turn_clear);
}

static void
on_told (GObject *transport G_GNUC_UNUSED, GParamSpec *pspec G_GNUC_UNUSED,
    gpointer data)
{
  Turn *self = data;

  g_mutex_lock (&self->mutex);
  self->is_told = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
}

/* A listener that has just been blocked may be at work all the same, on another thread
 * that tells of @transport's state.  A property is told of by one thread at a time
 * (G_SIGNAL_NO_RECURSE): if there is such a thread, it is that which tells of the state
 * for us, after that listener's end. */
static void
wait_for_listeners (GObject *transport)
{
  Turn *turn = g_atomic_rc_box_new0 (Turn);
  gulong id;

  g_mutex_init (&turn->mutex);
  g_cond_init (&turn->cond);
  id = g_signal_connect_data (transport, "notify::state", G_CALLBACK (on_told),
      g_atomic_rc_box_acquire (turn), turn_unref, G_CONNECT_AFTER);
  g_object_notify (transport, "state");

  g_mutex_lock (&turn->mutex);
  while (!turn->is_told)
    g_cond_wait (&turn->cond, &turn->mutex);
  g_mutex_unlock (&turn->mutex);

  g_signal_handler_disconnect (transport, id);
  g_atomic_rc_box_release_full (turn, turn_clear);
}

/* Of the handlers of webrtcbin's, this is the first; another one, for data channels, may
 * come and go at any time. */
static gulong
block_webrtcbin (GObject *dtls, GstElement *webrtcbin)
{
  gulong id = g_signal_handler_find (dtls,
      G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DETAIL | G_SIGNAL_MATCH_DATA,
      g_signal_lookup ("notify", G_TYPE_OBJECT),
      g_quark_from_static_string ("state"), NULL, NULL, webrtcbin);

  if (id)
    g_signal_handler_block (dtls, id);
  return id;
}

static void
hold_dtls (WnHeldStates *self, GstElement *webrtcbin)
{
  GPtrArray *transports = self->transports.dtls;

  for (guint i = 0; i < transports->len; i++) {
    GObject *transport = g_ptr_array_index (transports, i);
    gulong id = block_webrtcbin (transport, webrtcbin);

    g_array_append_val (self->listeners, id);
    wait_for_listeners (transport);
  }
}

static void
hold_ice (WnHeldStates *self)
{
  GPtrArray *transports = self->transports.ice;

  for (guint i = 0; i < transports->len; i++) {
    GObject *transport = g_ptr_array_index (transports, i);

    for (guint j = 0; j < self->receivers->len; j++)
      g_signal_handlers_block_matched (transport, G_SIGNAL_MATCH_DATA, 0, 0,
          NULL, NULL, g_ptr_array_index (self->receivers, j));
    wait_for_listeners (transport);
  }
}

/**
 * wn_ice_keeper_hold_states:
 * @webrtcbin: that is about to set a description
 *
 * Who is told of a transport's state at the same moment, on a thread of the transport's,
 * looks at what is being changed:
 *
 * - When DTLS is connected, webrtcbin compares the remote certificate with the remote
 *   description, which it may be freeing just then: it takes no lock
 *   (_on_dtls_transport_notify_state() in gstwebrtcbin.c, GStreamer 1.28.5 on).  The
 *   process crashes.
 * - The end of setting a description lets received packets pass.  A change of the ICE
 *   state can take that back, for good (_on_notify_ice_connection_state() in
 *   transportreceivebin.c reads what it sets before it has the lock), and the DTLS
 *   handshake never ends.
 *
 * So webrtcbin, and its halves that receive, are told of the states when the description
 * is set.  Not those that send: they begin DTLS when they are told, and what is received
 * before is lost.
 *
 * Returns: (transfer full): to be given to wn_ice_keeper_tell_states() then
 */
WnHeldStates *
wn_ice_keeper_hold_states (GstElement *webrtcbin)
{
  WnHeldStates *held = g_new (WnHeldStates, 1);
  g_autoptr (GstIterator) children =
      gst_bin_iterate_elements (GST_BIN (webrtcbin));

  transports_collect (&held->transports, webrtcbin);
  held->listeners = g_array_new (FALSE, FALSE, sizeof (gulong));
  held->receivers = g_ptr_array_new_with_free_func (g_object_unref);
  gst_iterator_foreach (children, collect_receiver, held->receivers);
  hold_dtls (held, webrtcbin);
  hold_ice (held);
  return held;
}

static void
tell_dtls (WnHeldStates *self)
{
  for (guint i = 0; i < self->listeners->len; i++) {
    GObject *transport = g_ptr_array_index (self->transports.dtls, i);
    gulong id = g_array_index (self->listeners, gulong, i);

    if (!id)
      continue;
    g_signal_handler_unblock (transport, id);
    g_object_notify (transport, "state");
  }
}

static void
tell_ice (WnHeldStates *self)
{
  GPtrArray *transports = self->transports.ice;

  for (guint i = 0; i < transports->len; i++) {
    GObject *transport = g_ptr_array_index (transports, i);

    for (guint j = 0; j < self->receivers->len; j++)
      g_signal_handlers_unblock_matched (transport, G_SIGNAL_MATCH_DATA, 0, 0,
          NULL, NULL, g_ptr_array_index (self->receivers, j));
    g_object_notify (transport, "state");
  }
}

/* @held: (transfer full): */
void
wn_ice_keeper_tell_states (WnHeldStates *held)
{
  tell_ice (held);
  tell_dtls (held);
  transports_clear (&held->transports);
  g_array_unref (held->listeners);
  g_ptr_array_unref (held->receivers);
  g_free (held);
}

/*** The end ***/

static void
stop (const GValue *element, gpointer data G_GNUC_UNUSED)
{
  gst_element_set_state (g_value_get_object (element), GST_STATE_NULL);
}

/* Whoever sends waits in a sink that is paused, and with the pad's lock. */
static void
stop_sending (GstBin *webrtcbin)
{
  g_autoptr (GstIterator) sinks =
      gst_bin_iterate_all_by_element_factory_name (webrtcbin, "nicesink");

  gst_iterator_foreach (sinks, stop, NULL);
}

static void
stop_queues (const GValue *element, gpointer data G_GNUC_UNUSED)
{
  GstElement *transport = g_value_get_object (element);
  g_autoptr (GstIterator) queues = NULL;

  /* It has no factory. */
  if (!g_str_equal (G_OBJECT_TYPE_NAME (transport), "TransportReceiveBin"))
    return;
  queues = gst_bin_iterate_all_by_element_factory_name (GST_BIN (transport),
      "queue");
  gst_iterator_foreach (queues, stop, NULL);
}

/**
 * wn_ice_keeper_stop_transports:
 * @webrtcbin: that is about to be stopped and freed
 *
 * srtpdec is stopped one pad after the other.  For a first packet that comes in
 * between it has lost the events that it sends ahead (gst_srtp_dec_push_early_events()
 * in gstsrtpdec.c), and complains.  So what feeds it is stopped before.  A thread that
 * is at work there may be about to send RTCP, and wait for one that sends already:
 * that one is let go first.
 */
void
wn_ice_keeper_stop_transports (GstElement *webrtcbin)
{
  g_autoptr (GstIterator) children =
      gst_bin_iterate_elements (GST_BIN (webrtcbin));

  stop_sending (GST_BIN (webrtcbin));
  gst_iterator_foreach (children, stop_queues, NULL);
}
