/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "icekeeper.h"

#include "parts.h"

#include <gst/webrtc/webrtc.h>

/* Adds the ICE transport below the "transport" of @owner, if there is one. */
static void
add_transport (GPtrArray *transports, gpointer owner)
{
  g_autoptr (GObject) dtls = NULL;
  GObject *ice = NULL;

  if (owner)
    g_object_get (owner, "transport", &dtls, NULL);
  if (dtls)
    g_object_get (dtls, "transport", &ice, NULL);
  if (ice)
    g_ptr_array_add (transports, ice);
}

/* Returns: (transfer full): the ICE transports that there are; some more than once */
static GPtrArray *
collect_transports (GstElement *webrtcbin)
{
  GPtrArray *transports = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GArray) transceivers = NULL;
  g_autoptr (GObject) sctp = NULL;

  g_object_get (webrtcbin, "sctp-transport", &sctp, NULL);
  add_transport (transports, sctp);

  g_signal_emit_by_name (webrtcbin, "get-transceivers", &transceivers);
  for (guint i = 0; i < transceivers->len; i++) {
    g_autoptr (GObject) sender = NULL;
    g_autoptr (GObject) receiver = NULL;

    g_object_get (g_array_index (transceivers, GObject *, i), "sender", &sender,
        "receiver", &receiver, NULL);
    add_transport (transports, sender);
    add_transport (transports, receiver);
  }
  return transports;
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
  GPtrArray *kept = collect_transports (webrtcbin);
  g_autoptr (GObject) agent = NULL;
  GstIterator *children;

  g_object_get (webrtcbin, "ice-agent", &agent, NULL);
  children = gst_bin_iterate_elements (GST_BIN (webrtcbin));
  gst_iterator_foreach (children, keep_bin, kept);
  gst_iterator_free (children);

  g_object_set_data_full (agent, "wn-ice-keeper", kept,
      (GDestroyNotify) g_ptr_array_unref);
}

struct _WnHeldStates
{
  GPtrArray *transports;
  GPtrArray *receivers; /* webrtcbin's halves of transports that receive */
};

static void
collect_receiver (const GValue *item, gpointer data)
{
  GObject *bin = g_value_get_object (item);

  if (g_str_equal (G_OBJECT_TYPE_NAME (bin), "TransportReceiveBin"))
    g_ptr_array_add (data, g_object_ref (bin));
}

/**
 * wn_ice_keeper_hold_states:
 * @webrtcbin: that is about to set a description
 *
 * The end of that lets received packets pass.  A change of the ICE state that the
 * agent's thread tells of at the same moment can take that back, for good
 * (_on_notify_ice_connection_state() in transportreceivebin.c reads what it sets before
 * it has the lock), and the DTLS handshake never ends.  So those who receive are told of
 * the state when the description is set.
 *
 * Not those who send: they begin DTLS when they are told, and what is received before
 * is lost.
 *
 * Returns: (transfer full): to be given to wn_ice_keeper_tell_states() then
 */
WnHeldStates *
wn_ice_keeper_hold_states (GstElement *webrtcbin)
{
  WnHeldStates *held = g_new (WnHeldStates, 1);
  g_autoptr (GstIterator) children =
      gst_bin_iterate_elements (GST_BIN (webrtcbin));

  held->transports = collect_transports (webrtcbin);
  held->receivers = g_ptr_array_new_with_free_func (g_object_unref);
  gst_iterator_foreach (children, collect_receiver, held->receivers);
  for (guint i = 0; i < held->transports->len; i++) {
    for (guint j = 0; j < held->receivers->len; j++)
      g_signal_handlers_block_matched (g_ptr_array_index (held->transports, i),
          G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL,
          g_ptr_array_index (held->receivers, j));
  }
  return held;
}

/* @held: (transfer full): */
void
wn_ice_keeper_tell_states (WnHeldStates *held)
{
  for (guint i = 0; i < held->transports->len; i++) {
    GObject *transport = g_ptr_array_index (held->transports, i);

    for (guint j = 0; j < held->receivers->len; j++)
      g_signal_handlers_unblock_matched (transport, G_SIGNAL_MATCH_DATA, 0, 0,
          NULL, NULL, g_ptr_array_index (held->receivers, j));
    g_object_notify (transport, "state");
  }
  g_ptr_array_unref (held->transports);
  g_ptr_array_unref (held->receivers);
  g_free (held);
}

static void
stop_queue (const GValue *element, gpointer data G_GNUC_UNUSED)
{
  GstElement *queue = g_value_get_object (element);

  if (wn_part_is_made_by (queue, "queue"))
    gst_element_set_state (queue, GST_STATE_NULL);
}

static void
stop_transport (const GValue *element, gpointer data G_GNUC_UNUSED)
{
  GstElement *transport = g_value_get_object (element);
  GstIterator *children;

  /* It has no factory. */
  if (!g_str_equal (G_OBJECT_TYPE_NAME (transport), "TransportReceiveBin"))
    return;
  children = gst_bin_iterate_elements (GST_BIN (transport));
  gst_iterator_foreach (children, stop_queue, NULL);
  gst_iterator_free (children);
}

/**
 * wn_ice_keeper_stop_receiving:
 * @webrtcbin: that is about to be stopped and freed
 *
 * srtpdec is stopped one pad after the other.  For a first packet that comes in
 * between it has lost the events that it sends ahead (gst_srtp_dec_push_early_events()
 * in gstsrtpdec.c), and complains.  So what feeds it is stopped before.
 */
void
wn_ice_keeper_stop_receiving (GstElement *webrtcbin)
{
  GstIterator *children = gst_bin_iterate_elements (GST_BIN (webrtcbin));

  gst_iterator_foreach (children, stop_transport, NULL);
  gst_iterator_free (children);
}
