/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* webrtcbin's own get-stats takes the codec and the kind of a bundle's last stream for
 * those of all, and local candidates for remote ones (GStreamer 1.22).  Here, its RTP
 * sessions count, and descriptions say what belongs where. */

#include "rtcstats-private.h"

#include "parts.h"
#include "sdp/sdpformats.h"
#include "sdp/sdpmedia.h"

#include <stdlib.h>
#include <string.h>

static void
clear (gpointer data)
{
  WnRtcStats *self = data;

  gst_object_unref (self->webrtcbin);
  wn_bandwidth_unref (self->bandwidth);
  wn_traffic_unref (self->traffic);
  wn_ice_pairs_unref (self->pairs);
  g_clear_pointer (&self->local, gst_sdp_message_free);
  g_clear_pointer (&self->remote, gst_sdp_message_free);
  g_mutex_clear (&self->mutex);
}

WnRtcStats *
wn_rtc_stats_ref (WnRtcStats *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
wn_rtc_stats_unref (WnRtcStats *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

static void
replace (GstSDPMessage **own, const GstSDPMessage *sdp)
{
  g_clear_pointer (own, gst_sdp_message_free);
  if (sdp)
    gst_sdp_message_copy (sdp, own);
}

/**
 * wn_rtc_stats_set_descriptions:
 * @local: (nullable): as it is in force on the wire
 * @remote: (nullable): likewise
 */
void
wn_rtc_stats_set_descriptions (WnRtcStats *self, const GstSDPMessage *local,
    const GstSDPMessage *remote)
{
  g_mutex_lock (&self->mutex);
  replace (&self->local, local);
  replace (&self->remote, remote);
  g_mutex_unlock (&self->mutex);
}

/**
 * wn_rtc_stats_end:
 *
 * The webrtcbin is about to be stopped: sessions empty their tables then, and keep
 * nobody from reading them.
 */
void
wn_rtc_stats_end (WnRtcStats *self)
{
  g_mutex_lock (&self->mutex);
  self->is_over = TRUE;
  g_mutex_unlock (&self->mutex);
}

/*** One report ***/

/* Returns: (transfer full): an object without figures */
GstStructure *
wn_rtc_report_begin (WnRtcReport *self, const gchar *type, const gchar *id)
{
  return gst_structure_new (type, "id", G_TYPE_STRING, id, "type",
      G_TYPE_STRING, type, "timestamp", G_TYPE_DOUBLE, self->timestamp, NULL);
}

/* @object: (transfer full) */
void
wn_rtc_report_end (WnRtcReport *self, GstStructure *object)
{
  gst_structure_set (self->objects, gst_structure_get_string (object, "id"),
      GST_TYPE_STRUCTURE, object, NULL);
  gst_structure_free (object);
}

static guint64
get_uint64 (const GstStructure *s, const gchar *name)
{
  guint64 value = 0;

  if (s)
    gst_structure_get_uint64 (s, name, &value);
  return value;
}

static guint
get_uint (const GstStructure *s, const gchar *name)
{
  guint value = 0;

  gst_structure_get_uint (s, name, &value);
  return value;
}

static gint
get_int (const GstStructure *s, const gchar *name)
{
  gint value = 0;

  gst_structure_get_int (s, name, &value);
  return value;
}

static gboolean
get_flag (const GstStructure *s, const gchar *name)
{
  gboolean value = FALSE;

  gst_structure_get_boolean (s, name, &value);
  return value;
}

/*** What the sessions have ***/

static void
add_source (WnRtcReport *self, const GstStructure *source)
{
  g_hash_table_insert (self->sources,
      GUINT_TO_POINTER (get_uint (source, "ssrc")),
      gst_structure_copy (source));
}

static void
add_session (const GValue *item, gpointer report)
{
  g_autoptr (GstStructure) stats = NULL;
  const GValue *sources;

  g_object_get (g_value_get_object (item), "stats", &stats, NULL);
  sources = stats ? gst_structure_get_value (stats, "source-stats") : NULL;
  if (sources && g_str_equal (G_VALUE_TYPE_NAME (sources), "GValueArray")) {
    const GValueArray *array = g_value_get_boxed (sources);

    for (guint i = 0; i < array->n_values; i++)
      add_source (report, g_value_get_boxed (&array->values[i]));
  }
}

static void
add_buffer (const GValue *item, gpointer report)
{
  WnRtcReport *self = report;
  GstElement *buffer = g_value_get_object (item);
  g_autoptr (GstPad) sink = gst_element_get_static_pad (buffer, "sink");
  g_autoptr (GstCaps) caps = sink ? gst_pad_get_current_caps (sink) : NULL;
  GstStructure *stats = NULL;
  guint ssrc;

  if (!caps
      || !gst_structure_get_uint (gst_caps_get_structure (caps, 0), "ssrc",
          &ssrc))
    return;
  g_object_get (buffer, "stats", &stats, NULL);
  if (stats)
    g_hash_table_insert (self->buffers, GUINT_TO_POINTER (ssrc), stats);
}

static void
for_each_part (WnRtcReport *self, const gchar *factory_name,
    GstIteratorForeachFunction func)
{
  g_autoptr (GstIterator) found =
      gst_bin_iterate_all_by_element_factory_name (GST_BIN (self->stats
                                                                ->webrtcbin),
          factory_name);

  while (gst_iterator_foreach (found, func, self) == GST_ITERATOR_RESYNC)
    gst_iterator_resync (found);
}

/*** Codecs ***/

/* Returns: (nullable): the value of @key for the payload type */
static const gchar *
find_value (const GstSDPMedia *media, const gchar *key, gint payload)
{
  for (guint i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    const GstSDPAttribute *attribute = gst_sdp_media_get_attribute (media, i);
    const gchar *rest;

    if (g_str_equal (attribute->key, key) && attribute->value
        && wn_formats_read_payload (attribute->value, &rest) == payload)
      return rest;
  }
  return NULL;
}

/* Returns: (transfer full) (nullable): its id */
static gchar *
add_codec (WnRtcReport *self, const GstSDPMedia *media, gint payload)
{
  const gchar *rtpmap = find_value (media, "rtpmap", payload);
  const gchar *fmtp = find_value (media, "fmtp", payload);
  g_auto (GStrv) parts = rtpmap ? g_strsplit (rtpmap, "/", 3) : NULL;
  g_autofree gchar *mime = NULL;
  gchar *id;
  GstStructure *codec;

  if (!parts || !parts[0] || !parts[1])
    return NULL;
  id = g_strdup_printf ("codec-%s-%d", wn_sdp_media_get_mid (media), payload);
  mime = g_strdup_printf ("%s/%s", gst_sdp_media_get_media (media), parts[0]);
  codec = wn_rtc_report_begin (self, "codec", id);
  gst_structure_set (codec, "payloadType", G_TYPE_UINT, (guint) payload,
      "mimeType", G_TYPE_STRING, mime, "clockRate", G_TYPE_UINT,
      (guint) atoi (parts[1]), NULL);
  if (parts[2])
    gst_structure_set (codec, "channels", G_TYPE_UINT, (guint) atoi (parts[2]),
        NULL);
  if (fmtp)
    gst_structure_set (codec, "sdpFmtpLine", G_TYPE_STRING, fmtp, NULL);
  if (self->transport)
    gst_structure_set (codec, "transportId", G_TYPE_STRING, self->transport,
        NULL);
  wn_rtc_report_end (self, codec);
  return id;
}

/*** Streams ***/

/* Returns: the index of the only section that sends with that payload type, or -1 */
static gint
find_section_by_payload (const GstSDPMessage *sdp, gint payload)
{
  gint found = -1;

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    if (wn_sdp_media_is_rejected (media)
        || !(wn_sdp_media_get_direction (media) & WN_DIRECTION_SENDONLY)
        || !find_value (media, "rtpmap", payload))
      continue;
    if (found >= 0)
      return -1;
    found = i;
  }
  return found;
}

/* Where a source belongs */
typedef struct
{
  const GstSDPMedia *media; /* or NULL: it is not known */
  guint32 repeated;         /* what it repeats, or 0 */
  gint payload;             /* or -1 */
} Place;

/* @sdp: (nullable): of the side that sends the source */
static Place
locate (WnRtcReport *self, const GstSDPMessage *sdp, guint32 ssrc)
{
  Place place = { NULL, 0,
    wn_traffic_get_payload_type (self->stats->traffic, ssrc) };
  gint section = sdp ? wn_sdp_find_source (sdp, ssrc, &place.repeated) : -1;

  if (section < 0 && sdp && place.payload >= 0)
    section = find_section_by_payload (sdp, place.payload);
  if (section >= 0)
    place.media = gst_sdp_message_get_media (sdp, section);
  return place;
}

/* Returns: (transfer full) (nullable): the source that repeats @ssrc */
static const GstStructure *
find_repeating (WnRtcReport *self, const GstSDPMessage *sdp, guint32 ssrc,
    guint32 *repeating)
{
  GHashTableIter iter;
  gpointer key, source;
  guint32 repeated;

  g_hash_table_iter_init (&iter, self->sources);
  while (sdp && g_hash_table_iter_next (&iter, &key, &source)) {
    *repeating = GPOINTER_TO_UINT (key);
    if (wn_sdp_find_source (sdp, *repeating, &repeated) >= 0
        && repeated == ssrc)
      return source;
  }
  return NULL;
}

/* What all four kinds of streams have */
static GstStructure *
begin_stream (WnRtcReport *self, const gchar *type, guint32 ssrc,
    const Place *place)
{
  g_autofree gchar *id = g_strdup_printf ("%s-%u", type, ssrc);
  g_autofree gchar *codec = NULL;
  GstStructure *stream = wn_rtc_report_begin (self, type, id);

  gst_structure_set (stream, "ssrc", G_TYPE_UINT, ssrc, NULL);
  if (self->transport)
    gst_structure_set (stream, "transportId", G_TYPE_STRING, self->transport,
        NULL);
  if (!place->media)
    return stream;
  gst_structure_set (stream, "kind", G_TYPE_STRING,
      gst_sdp_media_get_media (place->media), NULL);
  codec = add_codec (self, place->media, place->payload);
  if (codec)
    gst_structure_set (stream, "codecId", G_TYPE_STRING, codec, NULL);
  return stream;
}

static void
set_mid (GstStructure *stream, const Place *place)
{
  if (place->media && wn_sdp_media_get_mid (place->media))
    gst_structure_set (stream, "mid", G_TYPE_STRING,
        wn_sdp_media_get_mid (place->media), NULL);
}

/* @other: the type of the object of the same source as seen from the other side */
static void
set_peer (GstStructure *stream, const gchar *name, const gchar *other,
    guint32 ssrc)
{
  g_autofree gchar *id = g_strdup_printf ("%s-%u", other, ssrc);

  gst_structure_set (stream, name, G_TYPE_STRING, id, NULL);
}

/* What is counted in units of the clock, in seconds */
static gdouble
get_seconds (guint units, gint clock_rate)
{
  return clock_rate > 0 ? (gdouble) units / clock_rate : 0;
}

static void
add_outbound (WnRtcReport *self, guint32 ssrc, const GstStructure *source,
    const Place *place)
{
  const GstSDPMessage *sdp = self->stats->local;
  GstStructure *stream = begin_stream (self, "outbound-rtp", ssrc, place);
  guint32 repeating_ssrc;
  const GstStructure *repeating =
      find_repeating (self, sdp, ssrc, &repeating_ssrc);
  guint64 n_repeated = get_uint64 (repeating, "packets-sent");
  guint64 repeated = get_uint64 (repeating, "octets-sent");
  WnReport report;

  set_mid (stream, place);
  gst_structure_set (stream, "packetsSent", G_TYPE_UINT64,
      get_uint64 (source, "packets-sent") + n_repeated, "bytesSent",
      G_TYPE_UINT64, get_uint64 (source, "octets-sent") + repeated,
      "retransmittedPacketsSent", G_TYPE_UINT64, n_repeated,
      "retransmittedBytesSent", G_TYPE_UINT64, repeated, "nackCount",
      G_TYPE_UINT, get_uint (source, "recv-nack-count"), "pliCount",
      G_TYPE_UINT, get_uint (source, "recv-pli-count"), "firCount", G_TYPE_UINT,
      get_uint (source, "recv-fir-count"), "bitrate", G_TYPE_UINT64,
      get_uint64 (source, "bitrate"), NULL);
  if (repeating)
    gst_structure_set (stream, "rtxSsrc", G_TYPE_UINT, repeating_ssrc, NULL);
  if (!wn_traffic_get_report (self->stats->traffic, ssrc, &report)) {
    wn_rtc_report_end (self, stream);
    return;
  }

  set_peer (stream, "remoteId", "remote-inbound-rtp", ssrc);
  wn_rtc_report_end (self, stream);
  stream = begin_stream (self, "remote-inbound-rtp", ssrc, place);
  set_peer (stream, "localId", "outbound-rtp", ssrc);
  gst_structure_set (stream, "packetsLost", G_TYPE_INT64,
      (gint64) report.packets_lost, "fractionLost", G_TYPE_DOUBLE,
      report.fraction_lost, "jitter", G_TYPE_DOUBLE,
      get_seconds (report.jitter, get_int (source, "clock-rate")),
      "totalRoundTripTime", G_TYPE_DOUBLE, report.total_round_trip,
      "roundTripTimeMeasurements", G_TYPE_UINT, report.n_round_trips, NULL);
  if (report.n_round_trips > 0)
    gst_structure_set (stream, "roundTripTime", G_TYPE_DOUBLE,
        report.round_trip, NULL);
  wn_rtc_report_end (self, stream);
}

/* NTP, 32.32 bits, in ms since 1970 */
static gdouble
get_unix_time (guint64 ntp)
{
  return ((gdouble) (ntp >> 32) - 2208988800.0) * 1000
      + (gdouble) (ntp & G_MAXUINT32) * 1000 / 4294967296.0;
}

static void
add_inbound (WnRtcReport *self, guint32 ssrc, const GstStructure *source,
    const Place *place)
{
  const GstSDPMessage *sdp = self->stats->remote;
  GstStructure *stream = begin_stream (self, "inbound-rtp", ssrc, place);
  const GstStructure *buffer =
      g_hash_table_lookup (self->buffers, GUINT_TO_POINTER (ssrc));
  guint32 repeating_ssrc;
  const GstStructure *repeating =
      find_repeating (self, sdp, ssrc, &repeating_ssrc);
  guint64 n_repeated = get_uint64 (repeating, "packets-received");
  guint64 repeated = get_uint64 (repeating, "octets-received");

  set_mid (stream, place);
  gst_structure_set (stream, "packetsReceived", G_TYPE_UINT64,
      get_uint64 (source, "packets-received") + n_repeated, "bytesReceived",
      G_TYPE_UINT64, get_uint64 (source, "octets-received") + repeated,
      "retransmittedPacketsReceived", G_TYPE_UINT64, n_repeated,
      "retransmittedBytesReceived", G_TYPE_UINT64, repeated, "packetsLost",
      G_TYPE_INT64, (gint64) get_int (source, "packets-lost"), "jitter",
      G_TYPE_DOUBLE,
      get_seconds (get_uint (source, "jitter"), get_int (source, "clock-rate")),
      "nackCount", G_TYPE_UINT, get_uint (source, "sent-nack-count"),
      "pliCount", G_TYPE_UINT, get_uint (source, "sent-pli-count"), "firCount",
      G_TYPE_UINT, get_uint (source, "sent-fir-count"), "bitrate",
      G_TYPE_UINT64, get_uint64 (source, "bitrate"), NULL);
  if (repeating)
    gst_structure_set (stream, "rtxSsrc", G_TYPE_UINT, repeating_ssrc, NULL);
  if (buffer)
    gst_structure_set (stream, "packetsDiscarded", G_TYPE_UINT64,
        get_uint64 (buffer, "num-late"), NULL);
  if (!get_flag (source, "have-sr")) {
    wn_rtc_report_end (self, stream);
    return;
  }

  set_peer (stream, "remoteId", "remote-outbound-rtp", ssrc);
  wn_rtc_report_end (self, stream);
  stream = begin_stream (self, "remote-outbound-rtp", ssrc, place);
  set_peer (stream, "localId", "inbound-rtp", ssrc);
  gst_structure_set (stream, "packetsSent", G_TYPE_UINT64,
      (guint64) get_uint (source, "sr-packet-count"), "bytesSent",
      G_TYPE_UINT64, (guint64) get_uint (source, "sr-octet-count"),
      "remoteTimestamp", G_TYPE_DOUBLE,
      get_unix_time (get_uint64 (source, "sr-ntptime")), NULL);
  wn_rtc_report_end (self, stream);
}

/* A source that repeats another one is a part of that one's stream. */
static void
add_stream (WnRtcReport *self, guint32 ssrc, const GstStructure *source)
{
  gboolean is_ours = get_flag (source, "internal");
  Place place =
      locate (self, is_ours ? self->stats->local : self->stats->remote, ssrc);

  if (place.repeated)
    return;
  if (is_ours && get_uint64 (source, "packets-sent") > 0)
    add_outbound (self, ssrc, source, &place);
  else if (!is_ours && get_uint64 (source, "packets-received") > 0)
    add_inbound (self, ssrc, source, &place);
}

/*** All of it ***/

static void
free_structure (gpointer structure)
{
  gst_structure_free (structure);
}

static GHashTable *
structures_new (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, free_structure);
}

static void
add_all (WnRtcReport *self)
{
  GHashTableIter iter;
  gpointer ssrc, source;

  for_each_part (self, "rtpsession", add_session);
  for_each_part (self, "rtpjitterbuffer", add_buffer);
  wn_rtc_report_add_transports (self);
  g_hash_table_iter_init (&iter, self->sources);
  while (g_hash_table_iter_next (&iter, &ssrc, &source))
    add_stream (self, GPOINTER_TO_UINT (ssrc), source);
}

/**
 * wn_rtc_stats_get:
 *
 * Returns: (transfer full): a structure for each object, by its id
 */
GstStructure *
wn_rtc_stats_get (WnRtcStats *self)
{
  WnRtcReport report = { self, g_get_real_time () / 1000.0,
    gst_structure_new_empty ("application/x-webrtc-stats"), structures_new (),
    structures_new (), NULL };

  g_mutex_lock (&self->mutex);
  if (!self->is_over)
    add_all (&report);
  g_mutex_unlock (&self->mutex);
  g_hash_table_unref (report.sources);
  g_hash_table_unref (report.buffers);
  g_free (report.transport);
  return report.objects;
}

/**
 * wn_rtc_stats_new:
 * @webrtcbin: that has no sessions as yet
 */
WnRtcStats *
wn_rtc_stats_new (GstElement *webrtcbin, WnBandwidth *bandwidth)
{
  WnRtcStats *self = g_atomic_rc_box_new0 (WnRtcStats);

  g_mutex_init (&self->mutex);
  self->webrtcbin = gst_object_ref (webrtcbin);
  self->bandwidth = wn_bandwidth_ref (bandwidth);
  self->traffic = wn_traffic_new (webrtcbin);
  self->pairs = wn_ice_pairs_new (webrtcbin);
  return self;
}
