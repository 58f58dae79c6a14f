/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* webrtcbin has the elements for it at any time.  What it would make of its own do-nack
 * is not what we have described, so that it is left off, and they are told here. */

#include "repair.h"

#include "parts.h"
#include "sdp/retransmission.h"
#include "sdp/sdpmedia.h"

#include <math.h>

GST_DEBUG_CATEGORY_STATIC (wn_repair_debug);
#define GST_CAT_DEFAULT wn_repair_debug

struct _WnRepair
{
  guint32 salt; /* of this webrtcbin's sources that repeat others */
  WnBandwidth *bandwidth;

  GMutex mutex;
  /* Under the mutex: */
  gdouble budget;     /* bits that may be repeated at once */
  gdouble bitrate;    /* bit/s that are repeated at present */
  gint64 budgeted_at; /* when these two were true */
  gint64 begun_anew_at;
  GHashTable
      *asked_for;       /* SSRCs of the remote peer: what is lost comes again */
  GArray *is_asked_for; /* gboolean, by section, of sources without a name */
};

static WnRepair *
wn_repair_ref (WnRepair *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (WnRepair *self)
{
  wn_bandwidth_unref (self->bandwidth);
  g_hash_table_unref (self->asked_for);
  g_array_unref (self->is_asked_for);
  g_mutex_clear (&self->mutex);
}

void
wn_repair_unref (WnRepair *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) clear);
}

static void
unref_closure (gpointer self, GClosure *closure G_GNUC_UNUSED)
{
  wn_repair_unref (self);
}

/*** What we send ***/

/* A remote peer may ask for more than it has lost.  So no more packets are repeated than
 * half of those that are sent, and of these at once no more than are lost in an outage
 * that nobody notices… */
#define COST 2
#define MAX_CREDIT (200 * COST)

/* …and for more than the path carries, when packets are lost because too many are sent:
 * then no more than half of what it carries, and at once what it carries in that time. */
#define MAX_PART 0.5
#define BUDGET_SECONDS 0.25
#define MIN_BUDGET (2 * 1200 * 8)
#define AVERAGING_SECONDS 0.5
#define BEGIN_ANEW_US G_USEC_PER_SEC

/* An rtprtxsend; its pad's streaming thread's */
typedef struct
{
  WnRepair *repair;
  GHashTable *known; /* SSRCs */
  gint credit;       /* atomic; COST for each packet that may be repeated */
  gint packet_bits;  /* atomic; of a packet, on average */
} Sender;

static void
sender_clear (Sender *self)
{
  wn_repair_unref (self->repair);
  g_hash_table_unref (self->known);
}

static void
sender_unref (gpointer self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) sender_clear);
}

/* Before rtprtxsend hears of a source, and looks for the one that is to repeat it. */
static void
declare (Sender *self, GstPad *pad, guint32 ssrc)
{
  g_autoptr (GstElement) sender = NULL;
  g_autoptr (GstStructure) map = NULL;
  g_autofree gchar *name = NULL;

  if (!g_hash_table_add (self->known, GUINT_TO_POINTER (ssrc)))
    return;
  name = g_strdup_printf ("%u", ssrc);
  map = gst_structure_new ("application/x-rtp-ssrc-map", name, G_TYPE_UINT,
      wn_retransmission_get_ssrc (ssrc, self->repair->salt), NULL);
  sender = gst_pad_get_parent_element (pad);
  if (sender)
    g_object_set (sender, "ssrc-map", map, NULL);
}

static GstPadProbeReturn
on_event (GstPad *pad, GstPadProbeInfo *info, gpointer sender)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  GstCaps *caps;
  guint ssrc;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  if (gst_structure_get_uint (gst_caps_get_structure (caps, 0), "ssrc", &ssrc))
    declare (sender, pad, ssrc);
  return GST_PAD_PROBE_OK;
}

/* @buffer: one of @n_packets */
static void
add_credit (Sender *self, GstBuffer *buffer, guint n_packets)
{
  gint bits = 8 * gst_buffer_get_size (buffer);
  gint average = g_atomic_int_get (&self->packet_bits);

  g_atomic_int_set (&self->packet_bits,
      average > 0 ? average + (bits - average) / 8 : bits);
  if (g_atomic_int_get (&self->credit) < MAX_CREDIT)
    g_atomic_int_add (&self->credit, n_packets);
}

static void
update_budget_unlocked (WnRepair *self)
{
  gdouble bitrate = wn_bandwidth_get_estimate (self->bandwidth) * MAX_PART;
  gint64 now = g_get_monotonic_time ();
  gdouble seconds = (gdouble) (now - self->budgeted_at) / G_USEC_PER_SEC;

  self->budgeted_at = now;
  self->budget = MIN (self->budget + bitrate * seconds,
      MAX (bitrate * BUDGET_SECONDS, MIN_BUDGET));
  self->bitrate *= exp (-seconds / AVERAGING_SECONDS);
}

/* Returns: whether the path carries one more packet that is repeated */
static gboolean
take_from_budget (WnRepair *self, guint packet_bits)
{
  gboolean is_enough;

  g_mutex_lock (&self->mutex);
  update_budget_unlocked (self);
  is_enough = self->budget >= packet_bits
      || wn_bandwidth_get_estimate (self->bandwidth) == 0;
  if (is_enough) {
    /* Where nothing is known of the path, no debt is run up. */
    self->budget = MAX (self->budget - packet_bits, 0);
    self->bitrate += packet_bits / AVERAGING_SECONDS;
  }
  g_mutex_unlock (&self->mutex);
  return is_enough;
}

/* Returns: bit/s of what is repeated at present */
guint
wn_repair_get_bitrate (WnRepair *self)
{
  gdouble bitrate;

  g_mutex_lock (&self->mutex);
  update_budget_unlocked (self);
  bitrate = self->bitrate;
  g_mutex_unlock (&self->mutex);
  return bitrate;
}

/* Returns: whether it is long enough ago that a picture begins anew */
static gboolean
may_begin_anew (WnRepair *self)
{
  gint64 now = g_get_monotonic_time ();
  gboolean may;

  g_mutex_lock (&self->mutex);
  may = now - self->begun_anew_at >= BEGIN_ANEW_US;
  if (may)
    self->begun_anew_at = now;
  g_mutex_unlock (&self->mutex);
  return may;
}

/* What is lost of a path that got worse all of a sudden would take seconds to be
 * repeated, and nobody wants to see it then: a key frame is there before.
 *
 * Returns: (transfer full): what to ask upstream for, in the place of @request */
static GstEvent *
ask_for_key_frame (GstEvent *request)
{
  guint ssrc = 0;

  gst_structure_get_uint (gst_event_get_structure (request), "ssrc", &ssrc);
  return gst_event_new_custom (GST_EVENT_CUSTOM_UPSTREAM,
      gst_structure_new ("GstForceKeyUnit", "ssrc", G_TYPE_UINT, ssrc,
          "all-headers", G_TYPE_BOOLEAN, TRUE, NULL));
}

static GstPadProbeReturn
on_request (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  Sender *self = data;
  gboolean has_credit;

  if (!gst_event_has_name (event, "GstRTPRetransmissionRequest"))
    return GST_PAD_PROBE_OK;
  has_credit = g_atomic_int_add (&self->credit, -COST) >= COST;
  if (has_credit
      && take_from_budget (self->repair, g_atomic_int_get (&self->packet_bits)))
    return GST_PAD_PROBE_OK;
  g_atomic_int_add (&self->credit, COST);
  GST_LOG_OBJECT (pad, "the remote peer asks for too much: %" GST_PTR_FORMAT,
      event);
  if (!has_credit || !may_begin_anew (self->repair))
    return GST_PAD_PROBE_DROP;
  info->data = ask_for_key_frame (event);
  gst_event_unref (event);
  return GST_PAD_PROBE_OK;
}

/* The caps of several sources that share a transport name none. */
static GstPadProbeReturn
on_packet (GstPad *pad, GstPadProbeInfo *info, gpointer sender)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  guint n = 1;
  guint8 ssrc[4];

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    n = gst_buffer_list_length (GST_PAD_PROBE_INFO_BUFFER_LIST (info));
    buffer = gst_buffer_list_get (GST_PAD_PROBE_INFO_BUFFER_LIST (info), 0);
  }
  add_credit (sender, buffer, n);
  if (gst_buffer_extract (buffer, 8, ssrc, 4) == 4)
    declare (sender, pad, GST_READ_UINT32_BE (ssrc));
  return GST_PAD_PROBE_OK;
}

static void
on_element_added (GstBin *webrtcbin G_GNUC_UNUSED, GstBin *bin G_GNUC_UNUSED,
    GstElement *element, WnRepair *self)
{
  g_autoptr (GstPad) sink = NULL;
  g_autoptr (GstPad) src = NULL;
  Sender *sender;

  if (!wn_part_is_made_by (element, "rtprtxsend"))
    return;
  sender = g_atomic_rc_box_new0 (Sender);
  sender->repair = wn_repair_ref (self);
  sender->known = g_hash_table_new (NULL, NULL);
  sink = gst_element_get_static_pad (element, "sink");
  src = gst_element_get_static_pad (element, "src");
  gst_pad_add_probe (sink, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event,
      g_atomic_rc_box_acquire (sender), sender_unref);
  gst_pad_add_probe (sink,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packet,
      g_atomic_rc_box_acquire (sender), sender_unref);
  gst_pad_add_probe (src, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, on_request, sender,
      sender_unref);
}

/* @remote: (nullable): the remote description in force */
void
wn_repair_offer (WnRepair *self, GstSDPMessage *offer,
    const GstSDPMessage *remote)
{
  wn_retransmission_offer (offer, remote, self->salt);
}

void
wn_repair_answer (WnRepair *self, GstSDPMessage *answer,
    const GstSDPMessage *offer)
{
  wn_retransmission_answer (answer, offer, self->salt);
}

/*** What we receive ***/

static gboolean
is_asked_for (WnRepair *self, guint session, guint ssrc)
{
  gboolean is_asked_for;

  g_mutex_lock (&self->mutex);
  is_asked_for =
      g_hash_table_contains (self->asked_for, GUINT_TO_POINTER (ssrc))
      || (session < self->is_asked_for->len
          && g_array_index (self->is_asked_for, gboolean, session));
  g_mutex_unlock (&self->mutex);
  return is_asked_for;
}

/* After webrtcbin's own handler.  Only what others have overtaken is missed: who waits
 * for the next packet, as if they came at regular times, gives up a late one. */
static void
on_new_jitterbuffer (GstElement *rtpbin G_GNUC_UNUSED, GstElement *jitterbuffer,
    guint session, guint ssrc, WnRepair *self)
{
  gboolean is_asked = is_asked_for (self, session, ssrc);

  GST_DEBUG_OBJECT (jitterbuffer, "what is lost of %u is %sasked for again",
      ssrc, is_asked ? "" : "not ");
  if (is_asked)
    g_object_set (jitterbuffer, "do-retransmission", TRUE, "rtx-next-seqnum",
        FALSE, NULL);
}

/* Returns: whether it names its sources */
static gboolean
note_sources_unlocked (WnRepair *self, const GstSDPMedia *media)
{
  gboolean has_some = FALSE;

  for (guint i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    guint32 ssrc;

    if (!wn_sdp_read_source (gst_sdp_media_get_attribute (media, i), &ssrc))
      continue;
    g_hash_table_add (self->asked_for, GUINT_TO_POINTER (ssrc));
    has_some = TRUE;
  }
  return has_some;
}

/**
 * wn_repair_set_remote:
 * @sdp: the remote description that webrtcbin is to apply
 */
void
wn_repair_set_remote (WnRepair *self, const GstSDPMessage *sdp)
{
  g_mutex_lock (&self->mutex);
  g_hash_table_remove_all (self->asked_for);
  g_array_set_size (self->is_asked_for, 0);
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    gboolean is_unnamed = wn_retransmission_is_offered (media)
        && !note_sources_unlocked (self, media);

    g_array_append_val (self->is_asked_for, is_unnamed);
  }
  g_mutex_unlock (&self->mutex);
}

/**
 * wn_repair_new:
 * @webrtcbin: that has no transports as yet
 */
WnRepair *
wn_repair_new (GstElement *webrtcbin, WnBandwidth *bandwidth)
{
  WnRepair *self = g_atomic_rc_box_new0 (WnRepair);
  g_autoptr (GstElement) rtpbin =
      gst_bin_get_by_name (GST_BIN (webrtcbin), "rtpbin");

  GST_DEBUG_CATEGORY_INIT (wn_repair_debug, "wnrepair", 0,
      "webrtcnegotiator's lost packets");
  /* Sources are often numbered from 1 on. */
  self->salt = g_random_int () | 0x80000000u;
  self->bandwidth = wn_bandwidth_ref (bandwidth);
  self->budgeted_at = g_get_monotonic_time ();
  self->asked_for = g_hash_table_new (NULL, NULL);
  self->is_asked_for = g_array_new (FALSE, FALSE, sizeof (gboolean));
  g_mutex_init (&self->mutex);
  g_signal_connect_data (webrtcbin, "deep-element-added",
      G_CALLBACK (on_element_added), wn_repair_ref (self), unref_closure, 0);
  if (rtpbin)
    g_signal_connect_data (rtpbin, "new-jitterbuffer",
        G_CALLBACK (on_new_jitterbuffer), wn_repair_ref (self), unref_closure,
        0);
  return self;
}
