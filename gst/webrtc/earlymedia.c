/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Where signalling is slower than the network, the remote peer's media is there
 * before its answer is.  webrtcbin has no use for it as yet: it comes to a pad that
 * is not linked, and that stops the transport for good. */

#include "earlymedia.h"

static GstPadProbeReturn
on_data (GstPad * pad, GstPadProbeInfo * info G_GNUC_UNUSED,
    gpointer data G_GNUC_UNUSED)
{
  return gst_pad_is_linked (pad) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

static void
on_element_added (GstBin * webrtcbin G_GNUC_UNUSED, GstElement * element,
    gpointer data G_GNUC_UNUSED)
{
  static const gchar *const names[] = { "rtp_src", "rtcp_src", "data_src" };

  /* It has no factory. */
  if (!g_str_equal (G_OBJECT_TYPE_NAME (element), "TransportReceiveBin"))
    return;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (element, names[i]);

    if (pad)
      gst_pad_add_probe (pad,
          GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_data,
          NULL, NULL);
  }
}

/* To be called before @webrtcbin starts: has it drop what comes too early. */
void
wn_early_media_drop (GstElement * webrtcbin)
{
  g_signal_connect (webrtcbin, "element-added", G_CALLBACK (on_element_added),
      NULL);
}
