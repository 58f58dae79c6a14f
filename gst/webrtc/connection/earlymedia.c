/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Where signalling is slower than the network, the remote peer's media is there
 * before its answer is.  webrtcbin has no use for it as yet:
 *
 * - packets come to a pad that is not linked, which stops the transport for good;
 * - a source that it hears of first by RTP or RTCP, it never looks for in a
 *   description again: the stream becomes one of the section that carries the
 *   session, and where that is a data channel's, webrtcbin crashes.
 *
 * The same is true, at any time, of a source that is in no description at all, and of
 * an offer that is slower than the first report of what it announces.  So what is
 * handed on here is what webrtcbin can lead somewhere.
 *
 * The remote peer's DTLS handshake can be early, too. */

#include "earlymedia.h"

#include "parts.h"
#include "sdp/sdprewrite.h"

#include <gst/rtp/rtp.h>

#include <stdio.h>
#include <stdlib.h>

GST_DEBUG_CATEGORY_STATIC (wn_early_media_debug);
#define GST_CAT_DEFAULT wn_early_media_debug

/* Sources that are remembered, of each sort: what a description may announce is
 * bounded by the guard, what may be heard of without is here. */
#define MAX_UNANNOUNCED 512

#define DATA (GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST)

struct _WnEarlyMedia
{
  gint ref_count;
  GstElement *webrtcbin; /* owns this by its signals */

  GMutex mutex;
  /* Under the mutex.  Sets of SSRCs: */
  GHashTable *announced; /* by live sections of the remote description */
  GHashTable
      *withdrawn;     /* by earlier ones: webrtcbin has a place for it still */
  GHashTable *passed; /* media was handed on: it has found its place */
  GHashTable *substitutes; /* names of what reports without being announced */
  GArray *is_rtp;          /* gboolean, by section */
  gboolean is_expecting;   /* an answer, which may announce more */
  gboolean has_warned;

  guint32 salt; /* between the name of a source and its substitute */
};

static void
free_set (GHashTable *set)
{
  g_hash_table_unref (set);
}

static WnEarlyMedia *
wn_early_media_ref (WnEarlyMedia *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
wn_early_media_unref (WnEarlyMedia *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  free_set (self->announced);
  free_set (self->withdrawn);
  free_set (self->passed);
  free_set (self->substitutes);
  g_array_unref (self->is_rtp);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static gboolean
has (GHashTable *set, guint32 ssrc)
{
  return g_hash_table_contains (set, GUINT_TO_POINTER (ssrc));
}

/* Returns: FALSE if there are too many already */
static gboolean
add_unannounced (GHashTable *set, guint32 ssrc)
{
  if (!has (set, ssrc) && g_hash_table_size (set) >= MAX_UNANNOUNCED)
    return FALSE;
  g_hash_table_add (set, GUINT_TO_POINTER (ssrc));
  return TRUE;
}

/*** RTP ***/

/* The section whose index is the session's number: there webrtcbin puts what it
 * cannot place. */
static gboolean
session_is_rtp_unlocked (WnEarlyMedia *self, GstPad *rtp_src)
{
  g_autoptr (GstPad) peer = gst_pad_get_peer (rtp_src);
  guint session;

  return peer
      && sscanf (GST_OBJECT_NAME (peer), "recv_rtp_sink_%u", &session) == 1
      && session < self->is_rtp->len
      && g_array_index (self->is_rtp, gboolean, session);
}

static gboolean
may_pass_unlocked (WnEarlyMedia *self, GstPad *rtp_src, guint32 ssrc)
{
  if (has (self->passed, ssrc))
    return TRUE;
  if (has (self->announced, ssrc)) {
    g_hash_table_add (self->passed, GUINT_TO_POINTER (ssrc));
    return TRUE;
  }
  return !self->is_expecting && session_is_rtp_unlocked (self, rtp_src)
      && add_unannounced (self->passed, ssrc);
}

/* Returns: whether it is to be told that @ssrc is dropped: once */
static gboolean
must_warn_unlocked (WnEarlyMedia *self, guint32 ssrc)
{
  gboolean must =
      !self->is_expecting && !self->has_warned && !has (self->withdrawn, ssrc);

  self->has_warned |= must;
  return must;
}

typedef struct
{
  WnEarlyMedia *early;
  GstPad *pad;
} Place;

static gboolean
rtp_may_pass (WnEarlyMedia *self, GstPad *rtp_src, GstBuffer *buffer)
{
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  gboolean may_pass, must_warn;
  guint32 ssrc;

  /* What is no RTP is the session's to count. */
  if (!gst_rtp_buffer_map (buffer, GST_MAP_READ, &rtp))
    return TRUE;
  ssrc = gst_rtp_buffer_get_ssrc (&rtp);
  gst_rtp_buffer_unmap (&rtp);

  g_mutex_lock (&self->mutex);
  may_pass = may_pass_unlocked (self, rtp_src, ssrc);
  must_warn = !may_pass && must_warn_unlocked (self, ssrc);
  g_mutex_unlock (&self->mutex);
  if (must_warn)
    GST_ELEMENT_WARNING (self->webrtcbin, STREAM, DEMUX,
        ("Media of the source %u is dropped: no description of the remote "
         "peer names it. Have that peer announce its sources (a=ssrc).",
            ssrc),
        (NULL));
  return may_pass;
}

static gboolean
drop_from_list (GstBuffer **buffer, guint index G_GNUC_UNUSED, gpointer data)
{
  Place *place = data;

  if (!rtp_may_pass (place->early, place->pad, *buffer))
    gst_clear_buffer (buffer);
  return TRUE;
}

/* Until webrtcbin has applied an answer, media does not leave the transport. */
static GstPadProbeReturn
on_rtp (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  WnEarlyMedia *self = data;
  Place place = { self, pad };

  if (!gst_pad_is_linked (pad))
    return GST_PAD_PROBE_DROP;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    info->data = gst_buffer_list_make_writable (info->data);
    gst_buffer_list_foreach (info->data, drop_from_list, &place);
    return GST_PAD_PROBE_OK;
  }
  return rtp_may_pass (self, pad, info->data) ? GST_PAD_PROBE_OK
                                              : GST_PAD_PROBE_DROP;
}

/*** RTCP ***/

/* Returns: whether webrtcbin may hear of @ssrc: if media of it comes, it has a place */
static gboolean
is_placed_unlocked (WnEarlyMedia *self, guint32 ssrc)
{
  return has (self->announced, ssrc) || has (self->withdrawn, ssrc)
      || has (self->passed, ssrc) || has (self->substitutes, ssrc);
}

/* Who only receives reports under a source that nobody announces, and who sends may do
 * so before its description is here.  What is reported counts; the source gets another
 * name.
 *
 * Returns: FALSE if there are too many already */
static gboolean
substitute_unlocked (WnEarlyMedia *self, guint32 *ssrc)
{
  *ssrc ^= self->salt;
  return add_unannounced (self->substitutes, *ssrc);
}

static gboolean
look_at_sender_report_unlocked (WnEarlyMedia *self, GstRTCPPacket *packet)
{
  guint32 ssrc, rtp_time, n_packets, n_bytes;
  guint64 ntp_time;

  gst_rtcp_packet_sr_get_sender_info (packet, &ssrc, &ntp_time, &rtp_time,
      &n_packets, &n_bytes);
  if (is_placed_unlocked (self, ssrc))
    return TRUE;
  if (!substitute_unlocked (self, &ssrc))
    return FALSE;
  gst_rtcp_packet_sr_set_sender_info (packet, ssrc, ntp_time, rtp_time,
      n_packets, n_bytes);
  return TRUE;
}

static gboolean
look_at_receiver_report_unlocked (WnEarlyMedia *self, GstRTCPPacket *packet)
{
  guint32 ssrc = gst_rtcp_packet_rr_get_ssrc (packet);

  if (is_placed_unlocked (self, ssrc))
    return TRUE;
  if (!substitute_unlocked (self, &ssrc))
    return FALSE;
  gst_rtcp_packet_rr_set_ssrc (packet, ssrc);
  return TRUE;
}

/* The names of sources; nobody misses them. */
static gboolean
may_be_named_unlocked (WnEarlyMedia *self, GstRTCPPacket *packet)
{
  gboolean more = gst_rtcp_packet_sdes_first_item (packet);

  for (; more; more = gst_rtcp_packet_sdes_next_item (packet)) {
    if (!is_placed_unlocked (self, gst_rtcp_packet_sdes_get_ssrc (packet)))
      return FALSE;
  }
  return TRUE;
}

/* @more: (inout): whether @packet is one
 *
 * Returns: FALSE if webrtcbin must not hear of it at all */
static gboolean
look_at_packet_unlocked (WnEarlyMedia *self, GstRTCPPacket *packet,
    gboolean *more)
{
  gboolean may_pass = TRUE, is_taken_out = FALSE;

  switch (gst_rtcp_packet_get_type (packet)) {
    case GST_RTCP_TYPE_SR:
      may_pass = look_at_sender_report_unlocked (self, packet);
      break;
    case GST_RTCP_TYPE_RR:
      may_pass = look_at_receiver_report_unlocked (self, packet);
      break;
    case GST_RTCP_TYPE_SDES:
      is_taken_out = !may_be_named_unlocked (self, packet);
      break;
    default:
      break;
  }
  /* The next one is in its place then. */
  *more = is_taken_out ? gst_rtcp_packet_remove (packet)
                       : gst_rtcp_packet_move_to_next (packet);
  return may_pass;
}

/* @buffer: (inout): */
static gboolean
rtcp_may_pass (WnEarlyMedia *self, GstBuffer **buffer)
{
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  GstRTCPPacket packet;
  gboolean may_pass = TRUE, more;

  if (!gst_rtcp_buffer_validate_reduced (*buffer))
    return TRUE;
  *buffer = gst_buffer_make_writable (*buffer);
  if (!gst_rtcp_buffer_map (*buffer, GST_MAP_READWRITE, &rtcp))
    return TRUE;
  g_mutex_lock (&self->mutex);
  more = gst_rtcp_buffer_get_first_packet (&rtcp, &packet);
  while (more && may_pass)
    may_pass = look_at_packet_unlocked (self, &packet, &more);
  g_mutex_unlock (&self->mutex);
  gst_rtcp_buffer_unmap (&rtcp);
  return may_pass;
}

static gboolean
drop_rtcp_from_list (GstBuffer **buffer, guint index G_GNUC_UNUSED,
    gpointer data)
{
  Place *place = data;

  if (!rtcp_may_pass (place->early, buffer))
    gst_clear_buffer (buffer);
  return TRUE;
}

static GstPadProbeReturn
on_rtcp (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer data)
{
  Place *place = data;

  if (!gst_pad_is_linked (place->pad))
    return GST_PAD_PROBE_DROP;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    info->data = gst_buffer_list_make_writable (info->data);
    gst_buffer_list_foreach (info->data, drop_rtcp_from_list, place);
    return GST_PAD_PROBE_OK;
  }
  return rtcp_may_pass (place->early, (GstBuffer **) &info->data)
      ? GST_PAD_PROBE_OK
      : GST_PAD_PROBE_DROP;
}

/*** DTLS ***/

/* ICE is connected for webrtcbin's receiving half of a transport a moment before the
 * sending half has begun DTLS.  What came in between would end it ("Fatal SSL error");
 * dropped, it comes again (RFC 9147, 5.8). */
static GstPadProbeReturn
on_dtls (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info G_GNUC_UNUSED,
    gpointer encoder)
{
  return GST_STATE (encoder) >= GST_STATE_PAUSED ? GST_PAD_PROBE_REMOVE
                                                 : GST_PAD_PROBE_DROP;
}

static gint
is_sending_half (gconstpointer item, gconstpointer stream)
{
  GObject *bin = g_value_get_object (item);
  g_autoptr (GObject) other = NULL;

  if (!g_str_equal (G_OBJECT_TYPE_NAME (bin), "TransportSendBin"))
    return 1;
  g_object_get (bin, "stream", &other, NULL);
  return other == stream ? 0 : 1;
}

/* @transport: webrtcbin's half that receives */
static void
watch_dtls (GstElement *webrtcbin, GstElement *transport)
{
  g_autoptr (GstElement) decoder = wn_parts_find (transport, "dtlssrtpdec");
  g_autoptr (GstIterator) children =
      gst_bin_iterate_elements (GST_BIN (webrtcbin));
  g_autoptr (GObject) stream = NULL;
  g_autoptr (GstPad) sink = NULL;
  g_auto (GValue) sender = G_VALUE_INIT;
  GstElement *encoder = NULL;

  g_object_get (transport, "stream", &stream, NULL);
  if (gst_iterator_find_custom (children, is_sending_half, &sender, stream))
    encoder = wn_parts_find (g_value_get_object (&sender), "dtlssrtpenc");
  if (!decoder || !encoder)
    return;
  sink = gst_element_get_static_pad (decoder, "sink");
  gst_pad_add_probe (sink, DATA, on_dtls, encoder, gst_object_unref);
}

/*** Data channels ***/

/* What comes before there is an association of ours, or where there is none, comes to a
 * pad that is not linked, too.  SCTP says it again (RFC 9260, 6.3). */
static GstPadProbeReturn
on_data (GstPad *pad, GstPadProbeInfo *info G_GNUC_UNUSED,
    gpointer data G_GNUC_UNUSED)
{
  return gst_pad_is_linked (pad) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

/*** What webrtcbin is made of ***/

static void
place_free (gpointer data)
{
  Place *place = data;

  wn_early_media_unref (place->early);
  gst_object_unref (place->pad);
  g_free (place);
}

static void
watch_transport (WnEarlyMedia *self, GstElement *transport)
{
  g_autoptr (GstPad) rtp = gst_element_get_static_pad (transport, "rtp_src");
  g_autoptr (GstPad) rtcp = gst_element_get_static_pad (transport, "rtcp_src");
  g_autoptr (GstPad) data = gst_element_get_static_pad (transport, "data_src");
  Place *place;

  if (!rtp || !rtcp || !data)
    return;
  gst_pad_add_probe (data, DATA, on_data, NULL, NULL);
  gst_pad_add_probe (rtp, DATA, on_rtp, wn_early_media_ref (self),
      (GDestroyNotify) wn_early_media_unref);
  place = g_new0 (Place, 1);
  place->early = wn_early_media_ref (self);
  place->pad = gst_object_ref (rtp);
  gst_pad_add_probe (rtcp, DATA, on_rtcp, place, place_free);
}

/* webrtcbin forgets where a source belongs to that leaves, or is silent for long.  That
 * can be when its first media is on the way to its pad, which has no place then. */
static void
keep_sources (GstElement *webrtcbin)
{
  static const gchar *const names[] = { "on-bye-ssrc", "on-bye-timeout",
    "on-sender-timeout", "on-timeout" };
  g_autoptr (GstElement) rtpbin =
      gst_bin_get_by_name (GST_BIN (webrtcbin), "rtpbin");

  for (guint i = 0; rtpbin && i < G_N_ELEMENTS (names); i++)
    g_signal_handlers_disconnect_matched (rtpbin,
        G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DATA,
        g_signal_lookup (names[i], G_OBJECT_TYPE (rtpbin)), 0, NULL, NULL,
        webrtcbin);
}

static void
unref_closure (gpointer data, GClosure *closure G_GNUC_UNUSED)
{
  wn_early_media_unref (data);
}

static void
on_element_added (GstBin *webrtcbin, GstElement *element, gpointer data)
{
  /* It has no factory. */
  if (!g_str_equal (G_OBJECT_TYPE_NAME (element), "TransportReceiveBin"))
    return;
  watch_transport (data, element);
  watch_dtls (GST_ELEMENT (webrtcbin), element);
}

/*** Descriptions ***/

/* We have made an offer: what it is answered with may be sent before we know. */
void
wn_early_media_expect_answer (WnEarlyMedia *self)
{
  g_mutex_lock (&self->mutex);
  self->is_expecting = TRUE;
  g_mutex_unlock (&self->mutex);
}

static void
announce_unlocked (WnEarlyMedia *self, const GstSDPMedia *media)
{
  for (guint i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    const GstSDPAttribute *attribute = gst_sdp_media_get_attribute (media, i);
    guint32 ssrc;
    /* As webrtcbin reads it: of the lines of a source, that with its name. */
    const gchar *rest = wn_sdp_read_source (attribute, &ssrc);

    if (rest && g_str_has_prefix (rest, " cname:"))
      g_hash_table_add (self->announced, GUINT_TO_POINTER (ssrc));
  }
}

/* Who stops a stream sends on until that is answered, and webrtcbin remembers where
 * it belongs to, should it be announced again. */
static void
withdraw_unlocked (WnEarlyMedia *self)
{
  GHashTableIter iter;
  gpointer ssrc;

  if (g_hash_table_size (self->withdrawn) > MAX_UNANNOUNCED)
    g_hash_table_remove_all (self->withdrawn);
  g_hash_table_iter_init (&iter, self->announced);
  while (g_hash_table_iter_next (&iter, &ssrc, NULL))
    g_hash_table_add (self->withdrawn, ssrc);
  g_hash_table_remove_all (self->announced);
}

/**
 * wn_early_media_set_remote:
 * @sdp: the remote description that webrtcbin has applied
 */
void
wn_early_media_set_remote (WnEarlyMedia *self, const GstSDPMessage *sdp)
{
  g_mutex_lock (&self->mutex);
  self->is_expecting = FALSE;
  withdraw_unlocked (self);
  g_array_set_size (self->is_rtp, 0);
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    gboolean is_rtp =
        wn_sdp_media_is_rtp (media) && !wn_sdp_media_is_rejected (media);

    g_array_append_val (self->is_rtp, is_rtp);
    if (is_rtp)
      announce_unlocked (self, media);
  }
  g_mutex_unlock (&self->mutex);
}

/**
 * wn_early_media_new:
 * @webrtcbin: that has not been started yet; it outlives its own elements, and they
 *   what is said here
 *
 * Returns: (transfer full): what has @webrtcbin drop what it cannot lead anywhere
 */
WnEarlyMedia *
wn_early_media_new (GstElement *webrtcbin)
{
  WnEarlyMedia *self = g_new0 (WnEarlyMedia, 1);

  GST_DEBUG_CATEGORY_INIT (wn_early_media_debug, "wnearlymedia", 0,
      "webrtcnegotiator's gate for remote media");
  self->ref_count = 1;
  self->webrtcbin = webrtcbin;
  self->salt = g_random_int_range (1, G_MAXINT32);
  self->announced = g_hash_table_new (NULL, NULL);
  self->withdrawn = g_hash_table_new (NULL, NULL);
  self->passed = g_hash_table_new (NULL, NULL);
  self->substitutes = g_hash_table_new (NULL, NULL);
  self->is_rtp = g_array_new (FALSE, FALSE, sizeof (gboolean));
  g_mutex_init (&self->mutex);

  g_signal_connect_data (webrtcbin, "element-added",
      G_CALLBACK (on_element_added), wn_early_media_ref (self), unref_closure,
      0);
  keep_sources (webrtcbin);
  return self;
}
