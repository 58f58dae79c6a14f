/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "srcpad.h"

#include <gst/video/video.h>

struct _WnSrcPad
{
  GstGhostPad parent;

  /* What comes: media and encoding name, which a target has to have to be used
   * after another.  Constant. */
  gchar *media;
  gchar *encoding;
};

G_DEFINE_TYPE (WnSrcPad, wn_src_pad, GST_TYPE_GHOST_PAD);

static void
request_key_frame (GstPad * pad)
{
  gst_pad_send_event (pad,
      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE,
          0));
}

static GstPadProbeReturn
on_data (GstPad * internal G_GNUC_UNUSED, GstPadProbeInfo * info G_GNUC_UNUSED,
    gpointer data)
{
  return gst_pad_is_linked (data) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

/* A webrtcbin's end is not the stream's: another one may follow. */
static GstPadProbeReturn
on_event (GstPad * internal G_GNUC_UNUSED, GstPadProbeInfo * info,
    gpointer data G_GNUC_UNUSED)
{
  return GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS ?
      GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

/* What came before was dropped. */
static void
on_linked (GstPad * pad, GstPad * peer G_GNUC_UNUSED, gpointer data
    G_GNUC_UNUSED)
{
  request_key_frame (pad);
}

static void
get_encoding (GstPad * target, gchar ** media, gchar ** encoding)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (target);
  const GstStructure *s;

  *media = *encoding = NULL;
  if (!caps)
    caps = gst_pad_query_caps (target, NULL);
  if (gst_caps_is_any (caps) || gst_caps_is_empty (caps))
    return;

  s = gst_caps_get_structure (caps, 0);
  *media = g_strdup (gst_structure_get_string (s, "media"));
  *encoding = g_strdup (gst_structure_get_string (s, "encoding-name"));
}

/**
 * wn_src_pad_reuse:
 *
 * Returns: whether @target is used from now on: there was none, and the stream is
 *   of the same kind as before
 */
gboolean
wn_src_pad_reuse (WnSrcPad * self, GstPad * target)
{
  g_autoptr (GstPad) former = gst_ghost_pad_get_target (GST_GHOST_PAD (self));
  g_autofree gchar *media = NULL;
  g_autofree gchar *encoding = NULL;

  if (former)
    return FALSE;
  get_encoding (target, &media, &encoding);
  if (g_strcmp0 (media, self->media) != 0
      || g_strcmp0 (encoding, self->encoding) != 0
      || !gst_ghost_pad_set_target (GST_GHOST_PAD (self), target))
    return FALSE;

  request_key_frame (GST_PAD (self));
  return TRUE;
}

/* The target goes away. */
void
wn_src_pad_release (WnSrcPad * self)
{
  gst_ghost_pad_set_target (GST_GHOST_PAD (self), NULL);
}

static void
wn_src_pad_finalize (GObject * object)
{
  WnSrcPad *self = WN_SRC_PAD (object);

  g_free (self->media);
  g_free (self->encoding);
  G_OBJECT_CLASS (wn_src_pad_parent_class)->finalize (object);
}

static void
wn_src_pad_class_init (WnSrcPadClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = wn_src_pad_finalize;
}

static void
wn_src_pad_init (WnSrcPad * self)
{
  g_signal_connect (self, "linked", G_CALLBACK (on_linked), NULL);
}

static gboolean
copy_sticky_event (GstPad * target G_GNUC_UNUSED, GstEvent ** event,
    gpointer pad)
{
  if (GST_EVENT_TYPE (*event) != GST_EVENT_EOS)
    gst_pad_store_sticky_event (pad, *event);
  return TRUE;
}

/* Returns: (transfer floating): an active pad, which knows its caps already */
WnSrcPad *
wn_src_pad_new (GstPadTemplate * templ, const gchar * name, GstPad * target)
{
  WnSrcPad *self = g_object_new (WN_TYPE_SRC_PAD, "name", name,
      "direction", GST_PAD_SRC, "template", templ, NULL);
  g_autoptr (GstPad) internal =
      GST_PAD (gst_proxy_pad_get_internal (GST_PROXY_PAD (self)));

  get_encoding (target, &self->media, &self->encoding);
  gst_pad_add_probe (internal,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_data, self,
      NULL);
  gst_pad_add_probe (internal, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event,
      NULL, NULL);
  gst_ghost_pad_set_target (GST_GHOST_PAD (self), target);
  gst_pad_set_active (GST_PAD (self), TRUE);
  gst_pad_sticky_events_foreach (target, copy_sticky_event, self);
  return self;
}
