/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* An RTP session of a bundle knows of one report of the remote peer's only, whatever
 * source it is about, and not which payload types its sources have. */

#include "traffic.h"

#include "parts.h"

#include <gst/rtp/rtp.h>

/* More sources than this no call has: of others nothing is kept. */
#define MAX_SOURCES 1024
/* Of reports about them. */
#define MAX_REPORTS 256

/* In the middle 32 bits of a NTP time, which are what reports have */
#define NTP_SECOND 65536.0
#define MAX_ROUND_TRIP_S 60
/* What clocks and rounding may make of no time at all */
#define MIN_ROUND_TRIP_S -0.01

struct _WnTraffic
{
  GMutex mutex;
  /* Under the mutex: */
  GHashTable *payload_types; /* by SSRC */
  GHashTable *reports;       /* WnReport, by SSRC */
  GHashTable *transports;    /* WnTransportTraffic, by the agent's stream */
  guint64
      ntp; /* of our last report, in the session's clock; 0: there was none */
  gint64 ntp_at; /* when that was */
};

static void
clear (gpointer data)
{
  WnTraffic *self = data;

  g_hash_table_unref (self->payload_types);
  g_hash_table_unref (self->reports);
  g_hash_table_unref (self->transports);
  g_mutex_clear (&self->mutex);
}

static WnTraffic *
ref (WnTraffic *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
unref (gpointer self)
{
  g_atomic_rc_box_release_full (self, clear);
}

void
wn_traffic_unref (WnTraffic *self)
{
  unref (self);
}

static void
unref_closure (gpointer self, GClosure *closure G_GNUC_UNUSED)
{
  unref (self);
}

/*** Packets ***/

static gboolean
look_at_packet (GstBuffer **buffer, guint i G_GNUC_UNUSED, gpointer data)
{
  WnTraffic *self = data;
  guint8 header[12];
  gpointer ssrc;

  if (gst_buffer_extract (*buffer, 0, header, sizeof header) < sizeof header)
    return TRUE;
  ssrc = GUINT_TO_POINTER (GST_READ_UINT32_BE (header + 8));
  g_mutex_lock (&self->mutex);
  if (g_hash_table_contains (self->payload_types, ssrc)
      || g_hash_table_size (self->payload_types) < MAX_SOURCES)
    g_hash_table_insert (self->payload_types, ssrc,
        GUINT_TO_POINTER (header[1] & 0x7f));
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

static GstPadProbeReturn
on_packet (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer self)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST)
    gst_buffer_list_foreach (info->data, look_at_packet, self);
  else
    look_at_packet ((GstBuffer **) &info->data, 0, self);
  return GST_PAD_PROBE_OK;
}

/**
 * wn_traffic_get_payload_type:
 *
 * Returns: of the last packet of that source, in either direction, or -1
 */
gint
wn_traffic_get_payload_type (WnTraffic *self, guint32 ssrc)
{
  gpointer value;
  gint type = -1;

  g_mutex_lock (&self->mutex);
  if (g_hash_table_lookup_extended (self->payload_types,
          GUINT_TO_POINTER (ssrc), NULL, &value))
    type = GPOINTER_TO_INT (value);
  g_mutex_unlock (&self->mutex);
  return type;
}

/*** Reports ***/

static guint32
get_ntp_now_unlocked (WnTraffic *self)
{
  gint64 passed = g_get_monotonic_time () - self->ntp_at;

  return (self->ntp >> 16)
      + (guint32) ((gdouble) passed / G_USEC_PER_SEC * NTP_SECOND);
}

/* @ntp: of the report of ours that came last before this one; 0: none did
 * @delay: from there to this one (RFC 3550, 6.4.1) */
static void
measure_round_trip_unlocked (WnTraffic *self, WnReport *report, guint32 ntp,
    guint32 delay)
{
  gdouble seconds =
      (gint32) (get_ntp_now_unlocked (self) - ntp - delay) / NTP_SECOND;

  if (ntp == 0 || self->ntp == 0 || seconds < MIN_ROUND_TRIP_S
      || seconds > MAX_ROUND_TRIP_S)
    return;
  report->round_trip = MAX (seconds, 0);
  report->total_round_trip += report->round_trip;
  report->n_round_trips++;
}

/* Only what we send is reported of. */
static WnReport *
get_report_unlocked (WnTraffic *self, guint32 ssrc)
{
  gpointer key = GUINT_TO_POINTER (ssrc);
  WnReport *report = g_hash_table_lookup (self->reports, key);

  if (report || !g_hash_table_contains (self->payload_types, key)
      || g_hash_table_size (self->reports) >= MAX_REPORTS)
    return report;
  report = g_new0 (WnReport, 1);
  g_hash_table_insert (self->reports, key, report);
  return report;
}

static void
read_block (WnTraffic *self, GstRTCPPacket *packet, guint i)
{
  guint32 ssrc, highest, jitter, ntp, delay;
  gint32 lost;
  guint8 fraction;
  WnReport *report;

  gst_rtcp_packet_get_rb (packet, i, &ssrc, &fraction, &lost, &highest, &jitter,
      &ntp, &delay);
  g_mutex_lock (&self->mutex);
  report = get_report_unlocked (self, ssrc);
  if (report) {
    report->fraction_lost = fraction / 256.0;
    report->packets_lost = lost;
    report->jitter = jitter;
    measure_round_trip_unlocked (self, report, ntp, delay);
  }
  g_mutex_unlock (&self->mutex);
}

static void
read_received (WnTraffic *self, GstRTCPPacket *packet)
{
  GstRTCPType type = gst_rtcp_packet_get_type (packet);

  if (type != GST_RTCP_TYPE_SR && type != GST_RTCP_TYPE_RR)
    return;
  for (guint i = 0; i < gst_rtcp_packet_get_rb_count (packet); i++)
    read_block (self, packet, i);
}

static void
note_sent (WnTraffic *self, GstRTCPPacket *packet)
{
  guint32 ssrc, rtp_time, n_packets, n_octets;
  guint64 ntp;

  if (gst_rtcp_packet_get_type (packet) != GST_RTCP_TYPE_SR)
    return;
  gst_rtcp_packet_sr_get_sender_info (packet, &ssrc, &ntp, &rtp_time,
      &n_packets, &n_octets);
  g_mutex_lock (&self->mutex);
  self->ntp = ntp;
  self->ntp_at = g_get_monotonic_time ();
  g_mutex_unlock (&self->mutex);
}

static void
read_rtcp (WnTraffic *self, GstBuffer *buffer,
    void (*read) (WnTraffic *, GstRTCPPacket *))
{
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  GstRTCPPacket packet;
  gboolean more;

  if (!gst_rtcp_buffer_validate_reduced (buffer)
      || !gst_rtcp_buffer_map (buffer, GST_MAP_READ, &rtcp))
    return;
  more = gst_rtcp_buffer_get_first_packet (&rtcp, &packet);
  for (; more; more = gst_rtcp_packet_move_to_next (&packet))
    read (self, &packet);
  gst_rtcp_buffer_unmap (&rtcp);
}

static GstPadProbeReturn
on_received_rtcp (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info,
    gpointer self)
{
  read_rtcp (self, GST_PAD_PROBE_INFO_BUFFER (info), read_received);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_sent_rtcp (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer self)
{
  read_rtcp (self, GST_PAD_PROBE_INFO_BUFFER (info), note_sent);
  return GST_PAD_PROBE_OK;
}

/**
 * wn_traffic_get_report:
 * @report: (out)
 *
 * Returns: whether the remote peer has reported of that source of ours
 */
gboolean
wn_traffic_get_report (WnTraffic *self, guint32 ssrc, WnReport *report)
{
  const WnReport *found;

  g_mutex_lock (&self->mutex);
  found = g_hash_table_lookup (self->reports, GUINT_TO_POINTER (ssrc));
  if (found)
    *report = *found;
  g_mutex_unlock (&self->mutex);
  return found != NULL;
}

/*** Transports ***/

static WnTransportTraffic *
get_transport_unlocked (WnTraffic *self, GstPad *pad)
{
  g_autoptr (GstElement) element = gst_pad_get_parent_element (pad);
  WnTransportTraffic *traffic;
  guint stream = 0;

  if (element)
    g_object_get (element, "stream", &stream, NULL);
  traffic = g_hash_table_lookup (self->transports, GUINT_TO_POINTER (stream));
  if (!traffic) {
    traffic = g_new0 (WnTransportTraffic, 1);
    g_hash_table_insert (self->transports, GUINT_TO_POINTER (stream), traffic);
  }
  return traffic;
}

static void
count (WnTraffic *self, GstPad *pad, guint n_packets, gsize n_bytes)
{
  WnTransportTraffic *traffic;

  g_mutex_lock (&self->mutex);
  traffic = get_transport_unlocked (self, pad);
  if (GST_PAD_IS_SRC (pad)) {
    traffic->packets_received += n_packets;
    traffic->bytes_received += n_bytes;
  } else {
    traffic->packets_sent += n_packets;
    traffic->bytes_sent += n_bytes;
  }
  g_mutex_unlock (&self->mutex);
}

static GstPadProbeReturn
on_datagram (GstPad *pad, GstPadProbeInfo *info, gpointer self)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST)
    count (self, pad, gst_buffer_list_length (info->data),
        gst_buffer_list_calculate_size (info->data));
  else
    count (self, pad, 1, gst_buffer_get_size (info->data));
  return GST_PAD_PROBE_OK;
}

void
wn_traffic_foreach_transport (WnTraffic *self, WnTransportFunc func,
    gpointer data)
{
  GHashTableIter iter;
  gpointer stream, traffic;

  g_mutex_lock (&self->mutex);
  g_hash_table_iter_init (&iter, self->transports);
  while (g_hash_table_iter_next (&iter, &stream, &traffic))
    func (GPOINTER_TO_UINT (stream), traffic, data);
  g_mutex_unlock (&self->mutex);
}

static void
watch_transport (WnTraffic *self, GstElement *element, const gchar *name)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, name);

  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_datagram,
      ref (self), unref);
}

/*** Sessions ***/

static void
on_pad_added (GstElement *session G_GNUC_UNUSED, GstPad *pad, WnTraffic *self)
{
  static const struct
  {
    const gchar *name;
    GstPadProbeType type;
    GstPadProbeCallback func;
  } probes[] = {
    { "send_rtp_sink",
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packet },
    { "recv_rtp_sink",
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packet },
    { "send_rtcp_src", GST_PAD_PROBE_TYPE_BUFFER, on_sent_rtcp },
    { "recv_rtcp_sink", GST_PAD_PROBE_TYPE_BUFFER, on_received_rtcp },
  };

  for (guint i = 0; i < G_N_ELEMENTS (probes); i++) {
    if (g_str_equal (GST_OBJECT_NAME (pad), probes[i].name))
      gst_pad_add_probe (pad, probes[i].type, probes[i].func, ref (self),
          unref);
  }
}

static void
on_element_added (GstBin *webrtcbin G_GNUC_UNUSED, GstBin *bin G_GNUC_UNUSED,
    GstElement *element, WnTraffic *self)
{
  if (wn_part_is_made_by (element, "rtpsession"))
    g_signal_connect_data (element, "pad-added", G_CALLBACK (on_pad_added),
        ref (self), unref_closure, 0);
  else if (wn_part_is_made_by (element, "nicesrc"))
    watch_transport (self, element, "src");
  else if (wn_part_is_made_by (element, "nicesink"))
    watch_transport (self, element, "sink");
}

/**
 * wn_traffic_new:
 * @webrtcbin: that has no sessions as yet
 */
WnTraffic *
wn_traffic_new (GstElement *webrtcbin)
{
  WnTraffic *self = g_atomic_rc_box_new0 (WnTraffic);

  g_mutex_init (&self->mutex);
  self->payload_types = g_hash_table_new (NULL, NULL);
  self->reports = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->transports = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_signal_connect_data (webrtcbin, "deep-element-added",
      G_CALLBACK (on_element_added), ref (self), unref_closure, 0);
  return self;
}
