/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* An RTP session writes the numbers, if packets have room for them and its caps say
 * where.  Payloaders need not know of it: the room is made here, where repeated packets
 * come by as well. */

#include "feedback.h"

#include "parts.h"
#include "sdp/sdpformats.h"
#include "sdp/transportcc.h"

#include <gst/rtp/rtp.h>

GST_DEBUG_CATEGORY_STATIC (wn_feedback_debug);
#define GST_CAT_DEFAULT wn_feedback_debug

/* A session remembers what it numbers until it is told of it.  When there is no answer
 * for so long, only one packet in so many is numbered: an answer to that begins anew. */
#define MAX_UNANSWERED 20000
#define SPARING 100

/* How often a packet may be told of. */
#define MAX_REPEATS 4

struct _WnFeedback
{
  WnBandwidth *bandwidth;

  /* Atomic: */
  gint id;                             /* of the header extension, or 0 */
  gint is_told[WN_FORMATS_N_PAYLOADS]; /* the arrival of what is of that type */
};

static WnFeedback *
wn_feedback_ref (WnFeedback *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (WnFeedback *self)
{
  wn_bandwidth_unref (self->bandwidth);
}

void
wn_feedback_unref (WnFeedback *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) clear);
}

static void
unref_closure (gpointer self, GClosure *closure G_GNUC_UNUSED)
{
  wn_feedback_unref (self);
}

/* An RTP session */
typedef struct
{
  WnFeedback *feedback;
  gint told_id;      /* the streaming thread's: what the session was told */
  gint n_skipped;    /* the streaming thread's */
  gint n_unanswered; /* atomic: numbered packets since the last answer */
  gint credit;       /* atomic: packets that may be told of */
} Session;

static void
session_clear (Session *self)
{
  wn_feedback_unref (self->feedback);
}

static void
session_unref (gpointer self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) session_clear);
}

/*** Numbers ***/

/* The caps of a bundle's streams are not all alike, and come again. */
static void
tell_id (Session *self, GstPad *sink, gint id)
{
  g_autofree gchar *name = g_strdup_printf ("extmap-%d", id);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (sink);

  if (!caps)
    return;
  self->told_id = id;
  caps = gst_caps_make_writable (caps);
  gst_caps_set_simple (caps, name, G_TYPE_STRING, WN_TRANSPORT_CC_URI, NULL);
  gst_pad_send_event (sink, gst_event_new_caps (caps));
}

static gboolean
is_to_be_numbered (Session *self)
{
  if (g_atomic_int_get (&self->n_unanswered) < MAX_UNANSWERED)
    return TRUE;
  self->n_skipped = (self->n_skipped + 1) % SPARING;
  return self->n_skipped == 0;
}

/* A payloader may have made room already.  A packet with a header of two bytes
 * (RFC 8285, 4.3) goes as it is: no session would write into it.  So does one of which
 * the remote peer does not tell: to it, the number would be missing. */
static void
make_room (Session *self, GstBuffer *buffer)
{
  static const guint8 none[2];
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  gboolean has_room;

  if (!gst_rtp_buffer_map (buffer, GST_MAP_READWRITE, &rtp))
    return;
  has_room =
      g_atomic_int_get (&self->feedback
                             ->is_told[gst_rtp_buffer_get_payload_type (&rtp)])
      && (gst_rtp_buffer_get_extension_onebyte_header (&rtp, self->told_id, 0,
              NULL, NULL)
          || gst_rtp_buffer_add_extension_onebyte_header (&rtp, self->told_id,
              none, sizeof none));
  gst_rtp_buffer_unmap (&rtp);
  if (!has_room)
    return;
  g_atomic_int_inc (&self->n_unanswered);
  if (g_atomic_int_get (&self->credit) < MAX_UNANSWERED * MAX_REPEATS)
    g_atomic_int_add (&self->credit, MAX_REPEATS);
  wn_bandwidth_send (self->feedback->bandwidth);
}

static gboolean
make_room_in_list (GstBuffer **buffer, guint index G_GNUC_UNUSED, gpointer self)
{
  if (is_to_be_numbered (self)) {
    *buffer = gst_buffer_make_writable (*buffer);
    make_room (self, *buffer);
  }
  return TRUE;
}

static GstPadProbeReturn
on_packet (GstPad *sink, GstPadProbeInfo *info, gpointer data)
{
  Session *self = data;
  gint id = g_atomic_int_get (&self->feedback->id);

  if (id == 0)
    return GST_PAD_PROBE_OK;
  if (self->told_id != id)
    tell_id (self, sink, id);
  if (self->told_id != id)
    return GST_PAD_PROBE_OK;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    info->data = gst_buffer_list_make_writable (info->data);
    gst_buffer_list_foreach (info->data, make_room_in_list, self);
  } else {
    make_room_in_list ((GstBuffer **) &info->data, 0, self);
  }
  return GST_PAD_PROBE_OK;
}

/*** What is told of them ***/

/* Returns: on our clock, or 0 */
static gint64
read_time (const GstStructure *s, gint64 now, GstClockTime session_now)
{
  guint64 sent_at = GST_CLOCK_TIME_NONE;

  gst_structure_get_uint64 (s, "local-ts", &sent_at);
  return GST_CLOCK_TIME_IS_VALID (sent_at) && sent_at <= session_now
      ? now - (gint64) GST_TIME_AS_USECONDS (session_now - sent_at)
      : 0;
}

static void
read_report (WnPacketReport *report, const GstStructure *s, gint64 now,
    GstClockTime session_now)
{
  guint64 arrived_at = GST_CLOCK_TIME_NONE;
  guint seqnum = 0;

  gst_structure_get_uint (s, "seqnum", &seqnum);
  gst_structure_get_uint (s, "size", &report->size);
  gst_structure_get_uint64 (s, "remote-ts", &arrived_at);
  gst_structure_get_boolean (s, "lost", &report->is_lost);
  report->seqnum = seqnum;
  report->sent_at = read_time (s, now, session_now);
  if (GST_CLOCK_TIME_IS_VALID (arrived_at))
    report->arrived_at = GST_TIME_AS_USECONDS (arrived_at);
  else
    report->is_lost = TRUE;
}

static void
read_reports (WnFeedback *self, const GValueArray *packets)
{
  g_autofree WnPacketReport *reports =
      g_new0 (WnPacketReport, packets->n_values);
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  GstClockTime session_now = gst_clock_get_time (clock);
  gint64 now = g_get_monotonic_time ();

  for (guint i = 0; i < packets->n_values; i++)
    read_report (&reports[i], g_value_get_boxed (&packets->values[i]), now,
        session_now);
  wn_bandwidth_receive (self->bandwidth, reports, packets->n_values);
}

static GstPadProbeReturn
on_event (GstPad *sink G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  Session *self = data;
  const GValue *packets;

  if (!gst_event_has_name (event, "RTPTWCCPackets"))
    return GST_PAD_PROBE_OK;
  g_atomic_int_set (&self->n_unanswered, 0);
  packets =
      gst_structure_get_value (gst_event_get_structure (event), "packets");
  if (packets && g_str_equal (G_VALUE_TYPE_NAME (packets), "GValueArray"))
    read_reports (self->feedback, g_value_get_boxed (packets));
  return GST_PAD_PROBE_OK;
}

/* A session makes a structure of each packet that a feedback counts, sent or not: 65,535
 * of a few bytes.
 *
 * Returns: how many @packet counts */
static gint
count_told (GstRTCPPacket *packet)
{
  const guint8 *fci;

  if (gst_rtcp_packet_get_type (packet) != GST_RTCP_TYPE_RTPFB
      || gst_rtcp_packet_fb_get_type (packet) != GST_RTCP_RTPFB_TYPE_TWCC
      || gst_rtcp_packet_fb_get_fci_length (packet) < 2)
    return 0;
  fci = gst_rtcp_packet_fb_get_fci (packet);
  return fci[2] << 8 | fci[3];
}

static gboolean
rtcp_may_pass (Session *self, GstBuffer *buffer)
{
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  GstRTCPPacket packet;
  gint n = 0;
  gboolean more;

  if (!gst_rtcp_buffer_validate_reduced (buffer)
      || !gst_rtcp_buffer_map (buffer, GST_MAP_READ, &rtcp))
    return TRUE;
  more = gst_rtcp_buffer_get_first_packet (&rtcp, &packet);
  for (; more; more = gst_rtcp_packet_move_to_next (&packet))
    n += count_told (&packet);
  gst_rtcp_buffer_unmap (&rtcp);
  if (n == 0 || g_atomic_int_add (&self->credit, -n) >= n)
    return TRUE;
  g_atomic_int_add (&self->credit, n);
  return FALSE;
}

static GstPadProbeReturn
on_rtcp (GstPad *sink, GstPadProbeInfo *info, gpointer self)
{
  if (rtcp_may_pass (self, GST_PAD_PROBE_INFO_BUFFER (info)))
    return GST_PAD_PROBE_OK;
  GST_LOG_OBJECT (sink, "the remote peer tells of packets that were not sent");
  return GST_PAD_PROBE_DROP;
}

/*** Sessions ***/

static void
on_pad_added (GstElement *element G_GNUC_UNUSED, GstPad *pad, Session *self)
{
  if (g_str_equal (GST_OBJECT_NAME (pad), "send_rtp_sink")) {
    gst_pad_add_probe (pad,
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packet,
        g_atomic_rc_box_acquire (self), session_unref);
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, on_event,
        g_atomic_rc_box_acquire (self), session_unref);
  } else if (g_str_equal (GST_OBJECT_NAME (pad), "recv_rtcp_sink")) {
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_rtcp,
        g_atomic_rc_box_acquire (self), session_unref);
  }
}

static void
unref_session (gpointer self, GClosure *closure G_GNUC_UNUSED)
{
  session_unref (self);
}

static void
on_element_added (GstBin *webrtcbin G_GNUC_UNUSED, GstBin *bin G_GNUC_UNUSED,
    GstElement *element, WnFeedback *self)
{
  Session *session;

  if (!wn_part_is_made_by (element, "rtpsession"))
    return;
  session = g_atomic_rc_box_new0 (Session);
  session->feedback = wn_feedback_ref (self);
  g_signal_connect_data (element, "pad-added", G_CALLBACK (on_pad_added),
      session, unref_session, 0);
}

/**
 * wn_feedback_set_remote:
 * @sdp: the remote description that webrtcbin is to apply
 */
void
wn_feedback_set_remote (WnFeedback *self, const GstSDPMessage *sdp)
{
  gboolean is_told[WN_FORMATS_N_PAYLOADS];
  guint id = wn_transport_cc_read (sdp, is_told);

  for (guint i = 0; i < WN_FORMATS_N_PAYLOADS; i++)
    g_atomic_int_set (&self->is_told[i], is_told[i]);
  g_atomic_int_set (&self->id, id);
  wn_bandwidth_expect (self->bandwidth, id > 0);
}

/**
 * wn_feedback_new:
 * @webrtcbin: that has no sessions as yet
 */
WnFeedback *
wn_feedback_new (GstElement *webrtcbin, WnBandwidth *bandwidth)
{
  WnFeedback *self = g_atomic_rc_box_new0 (WnFeedback);

  GST_DEBUG_CATEGORY_INIT (wn_feedback_debug, "wnfeedback", 0,
      "webrtcnegotiator's transport-wide feedback");
  self->bandwidth = wn_bandwidth_ref (bandwidth);
  g_signal_connect_data (webrtcbin, "deep-element-added",
      G_CALLBACK (on_element_added), wn_feedback_ref (self), unref_closure, 0);
  return self;
}
