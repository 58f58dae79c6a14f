/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "rtcstats-private.h"

#include "parts.h"

/* Returns: (transfer full): the state of the transport of a bundle */
static gchar *
get_dtls_state (WnRtcReport *self)
{
  g_autoptr (GstElement) dtlsenc =
      wn_parts_find (self->stats->webrtcbin, "dtlsenc");
  g_auto (GValue) value = G_VALUE_INIT;

  if (!dtlsenc)
    return g_strdup ("new");
  g_object_get_property (G_OBJECT (dtlsenc), "connection-state", &value);
  return gst_value_serialize (&value);
}

static gchar *
make_id (const gchar *type, guint stream)
{
  return g_strdup_printf ("%s-%u", type, stream);
}

/* @candidate: (transfer full): without what all objects have */
static gchar *
add_candidate (WnRtcReport *self, GstStructure *candidate, guint stream,
    const gchar *transport)
{
  gchar *id = make_id (gst_structure_get_name (candidate), stream);

  gst_structure_set (candidate, "id", G_TYPE_STRING, id, "type", G_TYPE_STRING,
      gst_structure_get_name (candidate), "timestamp", G_TYPE_DOUBLE,
      self->timestamp, "transportId", G_TYPE_STRING, transport, NULL);
  wn_rtc_report_end (self, candidate);
  return id;
}

/* Returns: (transfer full) (nullable): its id */
static gchar *
add_pair (WnRtcReport *self, guint stream, const gchar *transport,
    const WnTransportTraffic *traffic)
{
  guint bitrate = wn_bandwidth_get_estimate (self->stats->bandwidth);
  g_autofree gchar *local_id = NULL;
  g_autofree gchar *remote_id = NULL;
  GstStructure *local, *remote, *pair;
  gchar *id;

  if (!wn_ice_pairs_get (self->stats->pairs, stream, &local, &remote))
    return NULL;
  local_id = add_candidate (self, local, stream, transport);
  remote_id = add_candidate (self, remote, stream, transport);
  id = make_id ("candidate-pair", stream);
  pair = wn_rtc_report_begin (self, "candidate-pair", id);
  gst_structure_set (pair, "transportId", G_TYPE_STRING, transport,
      "localCandidateId", G_TYPE_STRING, local_id, "remoteCandidateId",
      G_TYPE_STRING, remote_id, "state", G_TYPE_STRING, "succeeded",
      "nominated", G_TYPE_BOOLEAN, TRUE, "packetsSent", G_TYPE_UINT64,
      traffic->packets_sent, "bytesSent", G_TYPE_UINT64, traffic->bytes_sent,
      "packetsReceived", G_TYPE_UINT64, traffic->packets_received,
      "bytesReceived", G_TYPE_UINT64, traffic->bytes_received, NULL);
  if (bitrate > 0)
    gst_structure_set (pair, "availableOutgoingBitrate", G_TYPE_DOUBLE,
        (gdouble) bitrate, NULL);
  wn_rtc_report_end (self, pair);
  return id;
}

static void
add_transport (guint stream, const WnTransportTraffic *traffic, gpointer report)
{
  WnRtcReport *self = report;
  g_autofree gchar *id = make_id ("transport", stream);
  g_autofree gchar *pair = add_pair (self, stream, id, traffic);
  g_autofree gchar *dtls_state = get_dtls_state (self);
  GstStructure *transport = wn_rtc_report_begin (self, "transport", id);

  gst_structure_set (transport, "packetsSent", G_TYPE_UINT64,
      traffic->packets_sent, "bytesSent", G_TYPE_UINT64, traffic->bytes_sent,
      "packetsReceived", G_TYPE_UINT64, traffic->packets_received,
      "bytesReceived", G_TYPE_UINT64, traffic->bytes_received, "dtlsState",
      G_TYPE_STRING, dtls_state, NULL);
  if (pair)
    gst_structure_set (transport, "selectedCandidatePairId", G_TYPE_STRING,
        pair, NULL);
  wn_rtc_report_end (self, transport);
}

/* Where several are in use, it is not told which stream has which. */
static void
note_transport (guint stream, const WnTransportTraffic *traffic G_GNUC_UNUSED,
    gpointer data)
{
  GArray *streams = data;

  g_array_append_val (streams, stream);
}

void
wn_rtc_report_add_transports (WnRtcReport *self)
{
  g_autoptr (GArray) streams = g_array_new (FALSE, FALSE, sizeof (guint));

  wn_traffic_foreach_transport (self->stats->traffic, note_transport, streams);
  if (streams->len == 1)
    self->transport = make_id ("transport", g_array_index (streams, guint, 0));
  wn_traffic_foreach_transport (self->stats->traffic, add_transport, self);
}
