/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the RTP sessions of a webrtcbin need in order to send their reports, and requests
 * for key frames and lost packets with them, in time; and what keeps others' from doing
 * harm. */

#include "rtcp.h"

#include "parts.h"

#include <gst/rtp/rtp.h>

/* In bit/s.  How soon a request may follow another one depends on it (RFC 4585, 3.5.2;
 * RFC 3550, 6.3.1): with the 64 kbit/s that a session has at first, and with what little
 * is sent over a slow line, it comes too late.  A twentieth of it is shared by all
 * sources: six of them may ask every 50 ms or so, in 17 kbit/s each. */
#define BANDWIDTH 2000000.0

/* A session cannot tell when its packets are sent, for its sender reports, before it
 * knows the pipeline's latency; without, releases after 1.22 send no RTCP at all.  A
 * pipeline tells it only to those who are there when it starts to play. */
#define MARK "webrtc-negotiator"

/* Whoever is before the session hears of it from the pipeline. */
static GstPadProbeReturn
on_upstream_event (GstPad *sink G_GNUC_UNUSED, GstPadProbeInfo *info,
    gpointer data G_GNUC_UNUSED)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  return GST_EVENT_TYPE (event) == GST_EVENT_LATENCY
          && gst_structure_has_field (gst_event_get_structure (event), MARK)
      ? GST_PAD_PROBE_DROP
      : GST_PAD_PROBE_OK;
}

static GstClockTime
query_latency (GstPad *sink)
{
  GstQuery *query = gst_query_new_latency ();
  GstClockTime latency = 0;

  if (gst_pad_peer_query (sink, query))
    gst_query_parse_latency (query, NULL, &latency, NULL);
  gst_query_unref (query);
  return latency;
}

/* When a stream begins, all that is before the session is linked. */
static GstPadProbeReturn
on_event (GstPad *sink, GstPadProbeInfo *info, gpointer data G_GNUC_UNUSED)
{
  g_autoptr (GstElement) session = NULL;
  g_autoptr (GstPad) src = NULL;
  GstEvent *event;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  session = gst_pad_get_parent_element (sink);
  src = session ? gst_element_get_static_pad (session, "send_rtp_src") : NULL;
  if (!src)
    return GST_PAD_PROBE_OK;
  event = gst_event_new_latency (query_latency (sink));
  gst_structure_set (gst_event_writable_structure (event), MARK, G_TYPE_BOOLEAN,
      TRUE, NULL);
  gst_pad_send_event (src, event);
  return GST_PAD_PROBE_REMOVE;
}

/* A session of a pipeline that does not play, or not any more, cannot tell when a report
 * came, nor how long the way was. */
static GstPadProbeReturn
on_rtcp (GstPad *sink, GstPadProbeInfo *info G_GNUC_UNUSED,
    gpointer data G_GNUC_UNUSED)
{
  g_autoptr (GstElement) session = gst_pad_get_parent_element (sink);
  g_autoptr (GstClock) clock = session ? gst_element_get_clock (session) : NULL;

  return clock ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

static void
on_pad_added (GstElement *session G_GNUC_UNUSED, GstPad *pad,
    gpointer data G_GNUC_UNUSED)
{
  if (g_str_equal (GST_OBJECT_NAME (pad), "recv_rtcp_sink"))
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_rtcp, NULL, NULL);
  if (!g_str_equal (GST_OBJECT_NAME (pad), "send_rtp_sink"))
    return;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, NULL,
      NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, on_upstream_event,
      NULL, NULL);
}

/*** What comes, encrypted ***/

/* srtpdec believes what the first packet says of itself, before it knows who sent it
 * (rtcp_buffer_get_ssrc () in gstsrtp.c): it reads the source of a BYE that has none, or
 * of a packet that ends before it, and takes what is encrypted for packets if the first
 * one is of a type that has no source for it.  What has a report or feedback first, as
 * all has to (RFC 3550, 6.1; RFC 5506, 4.1), is read no further. */
#define SRTCP_MIN_SIZE 12 /* with the index (RFC 3711, 3.4) */

static gboolean
is_rtcp (const guint8 *header)
{
  return header[0] >= 128 && header[0] < 192 && header[1] >= 192
      && header[1] < 224; /* RFC 7983, 7; RFC 5761, 4 */
}

static gboolean
may_pass (GstBuffer *buffer)
{
  guint8 header[2];

  if (gst_buffer_extract (buffer, 0, header, sizeof header) < sizeof header
      || !is_rtcp (header))
    return TRUE;
  if (gst_buffer_get_size (buffer) < SRTCP_MIN_SIZE)
    return FALSE;
  switch (header[1]) {
    case GST_RTCP_TYPE_SR:
    case GST_RTCP_TYPE_RR:
    case GST_RTCP_TYPE_APP:
    case GST_RTCP_TYPE_RTPFB:
    case GST_RTCP_TYPE_PSFB:
      return TRUE;
    case GST_RTCP_TYPE_BYE:
      return (header[0] & 31) > 0;
    default:
      return FALSE;
  }
}

static GstPadProbeReturn
on_datagram (GstPad *src G_GNUC_UNUSED, GstPadProbeInfo *info,
    gpointer data G_GNUC_UNUSED)
{
  return wn_part_filter (info, may_pass);
}

static void
watch_receiver (GstElement *nicesrc)
{
  g_autoptr (GstPad) src = gst_element_get_static_pad (nicesrc, "src");

  gst_pad_add_probe (src,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_datagram,
      NULL, NULL);
}

static void
on_element_added (GstBin *webrtcbin G_GNUC_UNUSED, GstBin *bin G_GNUC_UNUSED,
    GstElement *element, gpointer data G_GNUC_UNUSED)
{
  g_autoptr (GObject) session = NULL;

  if (wn_part_is_made_by (element, "nicesrc"))
    watch_receiver (element);
  if (!wn_part_is_made_by (element, "rtpsession"))
    return;
  g_object_set (element, "bandwidth", BANDWIDTH, NULL);
  /* It would keep what it is asked for, by when that came: for nobody, with a critical
   * warning if its clock is taken away at that moment, as a bin does of what it lets
   * go, and in a list without bounds. */
  g_object_get (element, "internal-session", &session, NULL);
  g_object_set (session, "rtcp-feedback-retention-window", G_MAXUINT64, NULL);
  g_signal_connect (element, "pad-added", G_CALLBACK (on_pad_added), NULL);
}

/* @webrtcbin: that has no sessions as yet */
void
wn_rtcp_set_up (GstElement *webrtcbin)
{
  g_signal_connect (webrtcbin, "deep-element-added",
      G_CALLBACK (on_element_added), NULL);
}
