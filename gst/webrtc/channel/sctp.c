/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sctp.h"

/* The highest that there is (RFC 8832, 6).  No association of webrtcbin's has so
 * many streams: it is neither the application's nor within the remote peer's reach. */
#define KEEPER_ID 65534
#define KEEPER "webrtcnegotiator-keeper"

/*** The start ***/

/* An association connects first, and says only then that it is connecting; if the
 * remote peer's answer comes in between, it never learns that it is connected, and
 * the first message aborts the process (an assertion in sctpdec, as of GStreamer
 * 1.28).  So its first packet is held back until webrtcbin's thread, on which
 * associations start, is through with that. */

typedef struct
{
  GstPad *pad;
  gulong probe;
} Hold;

static void
hold_free (Hold *hold)
{
  gst_object_unref (hold->pad);
  g_free (hold);
}

static void
on_through (GstPromise *promise G_GNUC_UNUSED, gpointer data)
{
  Hold *hold = data;

  gst_pad_remove_probe (hold->pad, hold->probe);
}

static GstPadProbeReturn
on_first_packet (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  gint *is_asked = data;
  g_autoptr (GstElement) sctpenc = gst_pad_get_parent_element (pad);
  g_autoptr (GstObject) webrtcbin = NULL;
  g_autoptr (GstPromise) promise = NULL;
  Hold *hold;

  if (!g_atomic_int_compare_and_exchange (is_asked, FALSE, TRUE))
    return GST_PAD_PROBE_OK;
  if (sctpenc)
    webrtcbin = gst_object_get_parent (GST_OBJECT (sctpenc));
  if (!webrtcbin)
    return GST_PAD_PROBE_REMOVE;

  hold = g_new0 (Hold, 1);
  hold->pad = gst_object_ref (pad);
  hold->probe = GST_PAD_PROBE_INFO_ID (info);
  promise = gst_promise_new_with_change_func (on_through, hold,
      (GDestroyNotify) hold_free);
  /* Its result is of no interest: it is made on that thread. */
  g_signal_emit_by_name (webrtcbin, "get-stats", NULL, promise);
  return GST_PAD_PROBE_OK;
}

/*** Empty messages ***/

/* SCTP has none: a message that is empty by its payload protocol identifier has one
 * zero byte (RFC 8831, 6.6), which webrtcbin leaves out.  sctpenc would take that
 * for a failure, and the channel would break. */
static GstPadProbeReturn
on_message (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info,
    gpointer data G_GNUC_UNUSED)
{
  static const guint8 zero = 0;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

  if (gst_buffer_get_size (buffer) > 0)
    return GST_PAD_PROBE_OK;

  buffer = gst_buffer_make_writable (buffer);
  gst_buffer_append_memory (buffer,
      gst_memory_new_wrapped (GST_MEMORY_FLAG_READONLY, (gpointer) &zero, 1, 0,
          1, NULL, NULL));
  info->data = buffer;
  return GST_PAD_PROBE_OK;
}

/* Each channel sends by a pad of its own. */
static void
on_pad_added (GstElement *sctpenc G_GNUC_UNUSED, GstPad *pad,
    gpointer data G_GNUC_UNUSED)
{
  if (GST_PAD_IS_SINK (pad))
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_message, NULL, NULL);
}

static gboolean
is_made_by (GstElement *element, const gchar *name)
{
  GstElementFactory *factory = gst_element_get_factory (element);

  return factory && g_str_equal (GST_OBJECT_NAME (factory), name);
}

static void
on_element_added (GstBin *webrtcbin G_GNUC_UNUSED, GstElement *element,
    gpointer data G_GNUC_UNUSED)
{
  g_autoptr (GstPad) pad = NULL;

  if (!is_made_by (element, "sctpenc"))
    return;
  g_signal_connect (element, "pad-added", G_CALLBACK (on_pad_added), NULL);
  pad = gst_element_get_static_pad (element, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER,
      on_first_packet, g_new0 (gint, 1), g_free);
}

/* To be called before @webrtcbin starts. */
void
wn_sctp_guard_start (GstElement *webrtcbin)
{
  g_signal_connect (webrtcbin, "element-added", G_CALLBACK (on_element_added),
      NULL);
}

/*** The end ***/

static void
flush (const GValue *item, gpointer data G_GNUC_UNUSED)
{
  GstElement *element = g_value_get_object (item);
  g_autoptr (GstPad) pad = NULL;

  if (!is_made_by (element, "sctpenc"))
    return;
  pad = gst_element_get_static_pad (element, "src");
  gst_pad_send_event (pad, gst_event_new_flush_start ());
}

/**
 * wn_sctp_flush:
 * @webrtcbin: that is about to be stopped
 *
 * Its sctpenc waits for ever in its change to READY if a full SCTP buffer keeps
 * one of its streams (GStreamer 1.22), unless it is flushing.
 */
void
wn_sctp_flush (GstElement *webrtcbin)
{
  GstIterator *iterator = gst_bin_iterate_elements (GST_BIN (webrtcbin));

  gst_iterator_foreach (iterator, flush, NULL);
  gst_iterator_free (iterator);
}

/* The thread of a sctpenc that did not get to PAUSED is not stopped by a change of
 * its state: webrtcbin takes a number at random for each association, and where that
 * is in use, sctpenc does not start, but its thread does.  It waits for packets,
 * unless its pad, which has to be active for that, is flushing. */
static void
stop_thread (GstElement *sctpenc)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sctpenc, "src");

  if (gst_pad_get_task_state (pad) == GST_TASK_STOPPED)
    return;
  gst_pad_set_active (pad, TRUE);
  gst_pad_send_event (pad, gst_event_new_flush_start ());
  gst_pad_stop_task (pad);
  gst_pad_set_active (pad, FALSE);
}

static void
stop (const GValue *item, gpointer data G_GNUC_UNUSED)
{
  GstElement *element = g_value_get_object (item);

  if (GST_STATE (element) != GST_STATE_NULL) {
    flush (item, NULL);
    gst_element_set_state (element, GST_STATE_NULL);
  }
  if (is_made_by (element, "sctpenc"))
    stop_thread (element);
}

/**
 * wn_sctp_stop:
 * @webrtcbin: that has been stopped
 *
 * Its thread starts elements of its association when DTLS is connected, and looks
 * at webrtcbin's state before that: where webrtcbin was stopped meanwhile, they
 * start after its end, and go on.
 */
void
wn_sctp_stop (GstElement *webrtcbin)
{
  GstIterator *iterator = gst_bin_iterate_elements (GST_BIN (webrtcbin));

  gst_iterator_foreach (iterator, stop, NULL);
  gst_iterator_free (iterator);
}

/**
 * wn_sctp_get_max_message_size:
 *
 * Returns: how many bytes a message to the remote peer can have; 0 while there is
 *   no association.  It is what the remote description says (a=max-message-size,
 *   RFC 8841, 6), or 65536 if it does not or says more, as webrtcbin has it
 */
guint64
wn_sctp_get_max_message_size (GstElement *webrtcbin)
{
  g_autoptr (GObject) transport = NULL;
  guint64 size = 0;

  g_object_get (webrtcbin, "sctp-transport", &transport, NULL);
  if (transport)
    g_object_get (transport, "max-message-size", &size, NULL);
  return size;
}

/*** Its streams ***/

typedef struct
{
  gchar *pad;
  gboolean is_there;
} Search;

static void
search (const GValue *item, gpointer data)
{
  Search *self = data;
  GstElement *element = g_value_get_object (item);
  g_autoptr (GstPad) pad = NULL;

  if (!is_made_by (element, "sctpenc"))
    return;
  pad = gst_element_get_static_pad (element, self->pad);
  self->is_there = self->is_there || pad;
}

/* Returns: whether a channel of either side sends over the stream @id, or did until
 *   just now */
gboolean
wn_sctp_has_stream (GstElement *webrtcbin, guint id)
{
  GstIterator *iterator = gst_bin_iterate_elements (GST_BIN (webrtcbin));
  g_autofree gchar *pad = g_strdup_printf ("sink_%u", id);
  Search self = { .pad = pad };

  gst_iterator_foreach (iterator, search, &self);
  gst_iterator_free (iterator);
  return self.is_there;
}

/*** The section ***/

/* A transport that is there has fewer streams. */
static gboolean
takes_keeper (GstElement *webrtcbin)
{
  g_autoptr (GObject) transport = NULL;

  g_object_get (webrtcbin, "sctp-transport", &transport, NULL);
  return transport == NULL;
}

/**
 * wn_sctp_keep_section:
 *
 * For a webrtcbin that is about to get a section for data channels: without any
 * channel, as when all were closed or the remote peer's are not there yet, it would
 * leave the section out of its offers.  A channel that both sides are supposed to
 * know of is not announced, so that the remote peer does not see this one.
 */
void
wn_sctp_keep_section (GstElement *webrtcbin)
{
  g_autoptr (GstStructure) options = NULL;
  GObject *keeper = NULL;

  if (g_object_get_data (G_OBJECT (webrtcbin), KEEPER)
      || !takes_keeper (webrtcbin))
    return;

  options = gst_structure_new ("options", "negotiated", G_TYPE_BOOLEAN, TRUE,
      "id", G_TYPE_INT, KEEPER_ID, NULL);
  g_signal_emit_by_name (webrtcbin, "create-data-channel", KEEPER, options,
      &keeper);
  if (keeper)
    g_object_set_data_full (G_OBJECT (webrtcbin), KEEPER, keeper,
        g_object_unref);
}
