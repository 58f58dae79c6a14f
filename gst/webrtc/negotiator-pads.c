/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The element's pads: sink pads come and go as the application asks for them,
 * source pads as the peer sends. */

#include "negotiator-private.h"

#include <stdio.h>

GST_DEBUG_CATEGORY_EXTERN (wn_negotiator_debug);
#define GST_CAT_DEFAULT wn_negotiator_debug

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink_%u",
    GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS ("application/x-rtp"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src_%u",
    GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS ("application/x-rtp"));

/*** Sink pads ***/

static void
task_update_stream (GstWebRTCNegotiator *self, gpointer pad)
{
  if (wn_peer_connection_update_stream (self->connection, pad))
    wn_call_change (wn_negotiator_get_call (self));
}

static void
on_caps_changed (WnSinkPad *pad, GstWebRTCNegotiator *self)
{
  wn_negotiator_post (self, task_update_stream, gst_object_ref (pad),
      gst_object_unref);
}

/* As a bin's children would: when all that we send has ended, so have we. */
static void
on_ended (WnSinkPad *pad, GstWebRTCNegotiator *self)
{
  gboolean all_ended = TRUE;

  GST_DEBUG_OBJECT (pad, "end of stream");
  GST_OBJECT_LOCK (self);
  for (guint i = 0; i < self->sink_pads->len; i++)
    all_ended = all_ended && wn_sink_pad_has_ended (self->sink_pads->pdata[i]);
  GST_OBJECT_UNLOCK (self);
  if (all_ended)
    gst_element_post_message (GST_ELEMENT (self),
        gst_message_new_eos (GST_OBJECT (self)));
}

static void
task_add_stream (GstWebRTCNegotiator *self, gpointer pad)
{
  wn_peer_connection_add_stream (self->connection, pad);
  wn_call_change (wn_negotiator_get_call (self));
}

static gchar *
choose_sink_name (GstWebRTCNegotiator *self, const gchar *name)
{
  guint number;

  if (!name || sscanf (name, "sink_%u", &number) != 1)
    number = self->next_sink_pad;
  self->next_sink_pad = MAX (self->next_sink_pad, number + 1);
  return g_strdup_printf ("sink_%u", number);
}

static GstPad *
gst_webrtc_negotiator_request_new_pad (GstElement *element,
    GstPadTemplate *templ, const gchar *name, const GstCaps *caps)
{
  GstWebRTCNegotiator *self = GST_WEBRTC_NEGOTIATOR (element);
  g_autofree gchar *pad_name = NULL;
  WnSinkPad *pad;

  GST_OBJECT_LOCK (self);
  pad_name = choose_sink_name (self, name);
  GST_OBJECT_UNLOCK (self);

  pad = wn_sink_pad_new (templ, pad_name, caps);
  g_signal_connect (pad, "caps-changed", G_CALLBACK (on_caps_changed), self);
  g_signal_connect (pad, "ended", G_CALLBACK (on_ended), self);
  if (GST_STATE (self) >= GST_STATE_PAUSED
      || GST_STATE_PENDING (self) >= GST_STATE_PAUSED)
    gst_pad_set_active (GST_PAD (pad), TRUE);
  if (!gst_element_add_pad (element, GST_PAD (pad)))
    return NULL;

  /* The thread takes over the pads that are there when it starts. */
  GST_OBJECT_LOCK (self);
  g_ptr_array_add (self->sink_pads, gst_object_ref (pad));
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_UNLOCK (self);
  wn_negotiator_post (self, task_add_stream, gst_object_ref (pad),
      gst_object_unref);

  return GST_PAD (pad);
}

static void
task_remove_stream (GstWebRTCNegotiator *self, gpointer pad)
{
  wn_peer_connection_remove_stream (self->connection, pad);
  wn_call_change (wn_negotiator_get_call (self));
}

static void
gst_webrtc_negotiator_release_pad (GstElement *element, GstPad *pad)
{
  GstWebRTCNegotiator *self = GST_WEBRTC_NEGOTIATOR (element);

  g_signal_handlers_disconnect_by_data (pad, self);
  GST_OBJECT_LOCK (self);
  g_ptr_array_remove (self->sink_pads, pad);
  if (!self->sink_pads->len)
    GST_OBJECT_FLAG_UNSET (self, GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_UNLOCK (self);

  wn_negotiator_post (self, task_remove_stream, gst_object_ref (pad),
      gst_object_unref);
  gst_pad_set_active (pad, FALSE);
  gst_element_remove_pad (element, pad);
}

/*** Source pads ***/

/* On a streaming thread, before the first buffer. */
void
wn_negotiator_add_source (GstWebRTCNegotiator *self, GstPad *target)
{
  g_autoptr (GPtrArray) pads = NULL;
  g_autofree gchar *name = NULL;
  WnSrcPad *pad;

  GST_OBJECT_LOCK (self);
  pads = g_ptr_array_copy (self->src_pads, (GCopyFunc) gst_object_ref, NULL);
  g_ptr_array_set_free_func (pads, gst_object_unref);
  GST_OBJECT_UNLOCK (self);

  for (guint i = 0; i < pads->len; i++) {
    if (wn_src_pad_reuse (g_ptr_array_index (pads, i), target))
      return;
  }

  GST_OBJECT_LOCK (self);
  name = g_strdup_printf ("src_%u", self->next_src_pad++);
  GST_OBJECT_UNLOCK (self);
  pad = wn_src_pad_new (gst_element_get_pad_template (GST_ELEMENT (self),
                            "src_%u"),
      name, target);
  GST_OBJECT_LOCK (self);
  g_ptr_array_add (self->src_pads, gst_object_ref (pad));
  GST_OBJECT_UNLOCK (self);
  gst_element_add_pad (GST_ELEMENT (self), GST_PAD (pad));
}

/* The webrtcbin has gone, and what is linked to its pads waits for the next. */
void
wn_negotiator_release_sources (GstWebRTCNegotiator *self)
{
  g_autoptr (GPtrArray) pads = NULL;

  GST_OBJECT_LOCK (self);
  pads = g_ptr_array_copy (self->src_pads, (GCopyFunc) gst_object_ref, NULL);
  g_ptr_array_set_free_func (pads, gst_object_unref);
  GST_OBJECT_UNLOCK (self);

  for (guint i = 0; i < pads->len; i++)
    wn_src_pad_release (g_ptr_array_index (pads, i));
}

void
wn_negotiator_remove_sources (GstWebRTCNegotiator *self)
{
  g_autoptr (GPtrArray) pads = NULL;

  GST_OBJECT_LOCK (self);
  pads = g_steal_pointer (&self->src_pads);
  self->src_pads = g_ptr_array_new_with_free_func (gst_object_unref);
  self->next_src_pad = 0;
  GST_OBJECT_UNLOCK (self);

  for (guint i = 0; i < pads->len; i++) {
    gst_pad_set_active (g_ptr_array_index (pads, i), FALSE);
    gst_element_remove_pad (GST_ELEMENT (self), g_ptr_array_index (pads, i));
  }
}

/*** The class ***/

void
wn_negotiator_install_pads (GstElementClass *element_class)
{
  element_class->request_new_pad = gst_webrtc_negotiator_request_new_pad;
  element_class->release_pad = gst_webrtc_negotiator_release_pad;

  gst_element_class_add_static_pad_template_with_gtype (element_class,
      &sink_template, WN_TYPE_SINK_PAD);
  gst_element_class_add_static_pad_template (element_class, &src_template);
}
