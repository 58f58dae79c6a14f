/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Where signalling is slower than the network, the remote peer's media is there
 * before its answer is.  webrtcbin has no use for it as yet: packets come to a pad
 * that is not linked, which stops the transport for good, and of the SSRC in a
 * report rtpbin makes a stream that it cannot lead anywhere later. */

#include "earlymedia.h"

/* Until webrtcbin has applied an answer, media does not leave the transport. */
static GstPadProbeReturn
on_data (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info G_GNUC_UNUSED,
    gpointer rtp_src)
{
  return gst_pad_is_linked (rtp_src) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

static void
on_element_added (GstBin *webrtcbin G_GNUC_UNUSED, GstElement *element,
    gpointer data G_GNUC_UNUSED)
{
  g_autoptr (GstPad) rtp = NULL, rtcp = NULL;

  /* It has no factory. */
  if (!g_str_equal (G_OBJECT_TYPE_NAME (element), "TransportReceiveBin"))
    return;

  rtp = gst_element_get_static_pad (element, "rtp_src");
  rtcp = gst_element_get_static_pad (element, "rtcp_src");
  if (!rtp || !rtcp)
    return;
  gst_pad_add_probe (rtp,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_data, rtp,
      NULL);
  gst_pad_add_probe (rtcp,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_data,
      gst_object_ref (rtp), gst_object_unref);
}

/* To be called before @webrtcbin starts: has it drop what comes too early. */
void
wn_early_media_drop (GstElement *webrtcbin)
{
  g_signal_connect (webrtcbin, "element-added", G_CALLBACK (on_element_added),
      NULL);
}
