/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "peers.h"

#include "patience.h"
#include "upstream.h"

#include <gst/rtp/rtp.h>

/* A stream is received when that many packets came after all had settled. */
#define PACKETS 5
/* An element's default. */
#define NEGOTIATION_MS 10000
/* In case something changes in a thread that does not say so. */
#define TICK_MS 10

/*** What comes ***/

static void
reception_free (Reception *reception)
{
  g_free (reception->encoding);
  g_free (reception->pad);
  g_free (reception);
}

static Reception *
get_reception_unlocked (Peer *self, guint32 ssrc)
{
  Reception *reception =
      g_hash_table_lookup (self->receptions, GUINT_TO_POINTER (ssrc));

  if (!reception) {
    reception = g_new0 (Reception, 1);
    reception->ssrc = ssrc;
    g_hash_table_insert (self->receptions, GUINT_TO_POINTER (ssrc), reception);
  }
  return reception;
}

static gchar *
get_encoding (GstPad *pad)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

  return caps
      ? g_strdup (gst_structure_get_string (gst_caps_get_structure (caps, 0),
          "encoding-name"))
      : NULL;
}

static void
count_packet (Peer *self, GstPad *pad, guint32 ssrc, guint16 seq)
{
  g_autofree gchar *encoding = get_encoding (pad);
  Reception *reception;

  g_mutex_lock (&self->pair->mutex);
  reception = get_reception_unlocked (self, ssrc);
  if (reception->n > 0) {
    guint16 step = seq - reception->seq;

    if (step < 0x8000 && step > 1)
      reception->lost += step - 1;
  }
  reception->seq = seq;
  reception->time = g_get_monotonic_time ();
  reception->n++;
  if (g_strcmp0 (reception->pad, GST_OBJECT_NAME (pad)) != 0) {
    g_free (reception->pad);
    reception->pad = g_strdup (GST_OBJECT_NAME (pad));
    reception->pads++;
  }
  g_free (reception->encoding);
  reception->encoding = g_steal_pointer (&encoding);
  g_mutex_unlock (&self->pair->mutex);
}

static gboolean
on_received (GstBuffer **buffer, guint index G_GNUC_UNUSED, gpointer data)
{
  GstPad *pad = data;
  Peer *self = g_object_get_data (G_OBJECT (pad), "peer");
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  if (gst_rtp_buffer_map (*buffer, GST_MAP_READ, &rtp)) {
    guint32 ssrc = gst_rtp_buffer_get_ssrc (&rtp);
    guint16 seq = gst_rtp_buffer_get_seq (&rtp);

    gst_rtp_buffer_unmap (&rtp);
    count_packet (self, pad, ssrc, seq);
  }
  return TRUE;
}

static GstPadProbeReturn
on_data (GstPad *pad, GstPadProbeInfo *info, gpointer data G_GNUC_UNUSED)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    gst_buffer_list_foreach (GST_PAD_PROBE_INFO_BUFFER_LIST (info), on_received,
        pad);
  } else {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

    on_received (&buffer, 0, pad);
  }
  return GST_PAD_PROBE_OK;
}

static void
on_pad_added (GstElement *element G_GNUC_UNUSED, GstPad *pad, Peer *self)
{
  GstElement *sink;
  g_autoptr (GstPad) sink_pad = NULL;

  if (!GST_PAD_IS_SRC (pad))
    return;

  g_object_set_data (G_OBJECT (pad), "peer", self);
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_data, NULL,
      NULL);
  sink = gst_element_factory_make ("fakesink", NULL);
  g_object_set (sink, "sync", FALSE, "async", FALSE, NULL);
  gst_bin_add (GST_BIN (self->pipeline), sink);
  gst_element_sync_state_with_parent (sink);
  sink_pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_link (pad, sink_pad);
}

/*** What is told ***/

static void
on_signaling_state (GstElement *element, GParamSpec *pspec, Peer *self)
{
  static const gchar *const names[] = { "stable", "closed", "have-local-offer",
    "have-remote-offer" };
  GstWebRTCSignalingState state;

  g_object_get (element, pspec->name, &state, NULL);
  g_mutex_lock (&self->pair->mutex);
  g_string_append_printf (self->states, "%s%s", self->states->len ? " " : "",
      names[state]);
  g_mutex_unlock (&self->pair->mutex);
}

static void
note_event_unlocked (Peer *self, const GstStructure *s)
{
  const gchar *event = gst_structure_get_string (s, "event");
  const gchar *detail = gst_structure_get_string (s, "detail");

  if (g_str_equal (event, "stable"))
    gst_structure_get_int64 (s, "time-us", &self->stable_at);
  g_string_append_printf (self->events, "%s%s%s\n", event, detail ? " " : "",
      detail ? detail : "");
}

static void
note_error_unlocked (Peer *self, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, &debug);
  else
    gst_message_parse_warning (message, &error, &debug);
  g_ptr_array_add (self->errors,
      g_strdup_printf ("%s: %s (%s)", GST_MESSAGE_SRC_NAME (message),
          error->message, debug));
}

static GstBusSyncReply
on_message (GstBus *bus G_GNUC_UNUSED, GstMessage *message, gpointer data)
{
  Peer *self = data;
  const GstStructure *s = gst_message_get_structure (message);

  g_mutex_lock (&self->pair->mutex);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT
      && gst_structure_has_name (s, "webrtc-negotiator"))
    note_event_unlocked (self, s);
  else if (GST_MESSAGE_TYPE (message)
      & (GST_MESSAGE_ERROR | GST_MESSAGE_WARNING))
    note_error_unlocked (self, message);
  g_mutex_unlock (&self->pair->mutex);

  gst_message_unref (message);
  return GST_BUS_DROP;
}

/*** Peers ***/

static void
peer_init (Peer *self, Pair *pair, guint index, const gchar *id,
    const gchar *role)
{
  g_autoptr (GstBus) bus = NULL;

  self->pair = pair;
  self->index = index;
  self->id = g_strdup (id);
  self->role = g_strdup (role);
  self->streams =
      g_ptr_array_new_with_free_func ((GDestroyNotify) rtp_stream_free);
  self->receptions =
      g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) reception_free);
  self->states = g_string_new (NULL);
  self->events = g_string_new (NULL);
  self->errors = g_ptr_array_new_with_free_func (g_free);

  self->pipeline = gst_object_ref_sink (gst_pipeline_new (id));
  upstream_watch (self->pipeline);
  self->element = gst_element_factory_make ("webrtcnegotiator", NULL);
  g_assert_nonnull (self->element);
  g_object_set (self->element, "signaller-uri", "app:", "peer-id", id,
      "latency", 20, "negotiation-timeout", patience (NEGOTIATION_MS), NULL);
  if (role)
    gst_util_set_object_arg (G_OBJECT (self->element), "role", role);
  gst_bin_add (GST_BIN (self->pipeline), self->element);

  g_signal_connect (self->element, "pad-added", G_CALLBACK (on_pad_added),
      self);
  g_signal_connect (self->element, "notify::signaling-state",
      G_CALLBACK (on_signaling_state), self);
  bus = gst_pipeline_get_bus (GST_PIPELINE (self->pipeline));
  gst_bus_set_sync_handler (bus, on_message, self, NULL);
}

static void
peer_stop (Peer *self)
{
  for (guint i = 0; i < self->streams->len; i++) {
    RtpStream *stream = g_ptr_array_index (self->streams, i);

    g_clear_handle_id (&stream->timer, g_source_remove);
  }
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
}

static void
peer_clear (Peer *self)
{
  g_autoptr (GstBus) bus = gst_pipeline_get_bus (GST_PIPELINE (self->pipeline));

  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  g_ptr_array_unref (self->streams);
  gst_object_unref (self->pipeline);
  g_hash_table_unref (self->receptions);
  g_string_free (self->states, TRUE);
  g_string_free (self->events, TRUE);
  g_ptr_array_unref (self->errors);
  g_free (self->id);
  g_free (self->role);
}

/* Stops the element; another one of the same id, without a stream, is to be
 * started in its place. */
void
peer_replace (Peer *self)
{
  g_autoptr (GstElement) former = gst_object_ref (self->pipeline);
  g_autofree gchar *id = g_strdup (self->id);
  g_autofree gchar *role = g_strdup (self->role);

  peer_stop (self);
  peer_clear (self);
  peer_init (self, self->pair, self->index, id, role);
  line_replace_element (self->pair->line, self->index, self->element);
}

void
peer_play (Peer *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

Peer *
peer_get_other (Peer *self)
{
  return &self->pair->peers[!self->index];
}

/* Returns: (transfer full) (nullable): the first element of @factory in the webrtcbin */
GstElement *
peer_find_part (Peer *self, const gchar *factory)
{
  g_autoptr (GstElement) webrtcbin = NULL;
  g_autoptr (GstIterator) found = NULL;
  g_auto (GValue) item = G_VALUE_INIT;

  g_object_get (self->element, "webrtcbin", &webrtcbin, NULL);
  found = gst_bin_iterate_all_by_element_factory_name (GST_BIN (webrtcbin),
      factory);
  return gst_iterator_next (found, &item) == GST_ITERATOR_OK
      ? g_value_dup_object (&item)
      : NULL;
}

/*** Streams ***/

RtpStream *
peer_add_stream (Peer *self, gchar kind)
{
  RtpStream *stream = rtp_stream_new (kind);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (stream->source, "src");

  gst_bin_add (GST_BIN (self->pipeline), stream->source);
  stream->pad = gst_element_request_pad_simple (self->element, "sink_%u");
  g_assert_cmpint (gst_pad_link (pad, stream->pad), ==, GST_PAD_LINK_OK);
  gst_element_sync_state_with_parent (stream->source);
  g_ptr_array_add (self->streams, stream);
  return stream;
}

void
peer_add_streams (Peer *self, const gchar *kinds)
{
  for (; *kinds; kinds++)
    peer_add_stream (self, *kinds);
}

/* It is not freed before the pair is. */
void
peer_release_stream (Peer *self, RtpStream *stream)
{
  g_clear_handle_id (&stream->timer, g_source_remove);
  gst_element_set_state (stream->source, GST_STATE_NULL);
  gst_element_release_request_pad (self->element, stream->pad);
  gst_clear_object (&stream->pad);
  gst_bin_remove (GST_BIN (self->pipeline), stream->source);
}

/* Of all its sources: a stream may go on as the one that it was before. */
guint64
peer_get_received (Peer *self, RtpStream *stream)
{
  guint64 n = 0;

  g_mutex_lock (&self->pair->mutex);
  for (guint i = 0; i < stream->n_sources; i++)
    n += get_reception_unlocked (self, rtp_stream_get_ssrc (stream, i))->n;
  g_mutex_unlock (&self->pair->mutex);
  return n;
}

guint
peer_get_lost (Peer *self, RtpStream *stream)
{
  guint lost = 0;

  g_mutex_lock (&self->pair->mutex);
  for (guint i = 0; i < stream->n_sources; i++)
    lost +=
        get_reception_unlocked (self, rtp_stream_get_ssrc (stream, i))->lost;
  g_mutex_unlock (&self->pair->mutex);
  return lost;
}

/* Returns: (nullable): as the caps of the pad that it comes from last have it */
gchar *
peer_get_received_encoding (Peer *self, RtpStream *stream)
{
  const Reception *last = NULL;
  gchar *encoding;

  g_mutex_lock (&self->pair->mutex);
  for (guint i = 0; i < stream->n_sources; i++) {
    const Reception *reception =
        get_reception_unlocked (self, rtp_stream_get_ssrc (stream, i));

    if (!last || reception->time > last->time)
      last = reception;
  }
  encoding = g_strdup (last->encoding);
  g_mutex_unlock (&self->pair->mutex);
  return encoding;
}

/*** State ***/

gboolean
peer_is_stable (Peer *self)
{
  GstWebRTCSignalingState state;
  gboolean making_offer;

  g_object_get (self->element, "signaling-state", &state, "making-offer",
      &making_offer, NULL);
  return state == GST_WEBRTC_SIGNALING_STATE_STABLE && !making_offer;
}

gboolean
peer_is_connected (Peer *self)
{
  GstWebRTCPeerConnectionState state;

  g_object_get (self->element, "connection-state", &state, NULL);
  return state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED;
}

guint64
peer_get_stat (Peer *self, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = G_MAXUINT64;

  g_object_get (self->element, "stats", &stats, NULL);
  g_assert_true (gst_structure_get_uint64 (stats, name, &value));
  return value;
}

/* Returns: what signaling-state has been since the last time */
gchar *
peer_take_states (Peer *self)
{
  gchar *states;

  g_mutex_lock (&self->pair->mutex);
  states = g_strdup (self->states->str);
  g_string_truncate (self->states, 0);
  g_mutex_unlock (&self->pair->mutex);
  return states;
}

guint
peer_count_events (Peer *self, const gchar *name)
{
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  g_mutex_lock (&self->pair->mutex);
  lines = g_strsplit (self->events->str, "\n", 0);
  g_mutex_unlock (&self->pair->mutex);
  for (guint i = 0; lines[i]; i++) {
    gsize length = strlen (name);

    n += g_str_has_prefix (lines[i], name)
        && (lines[i][length] == '\0' || lines[i][length] == ' ');
  }
  return n;
}

gint64
peer_get_stable_at (Peer *self)
{
  gint64 time;

  g_mutex_lock (&self->pair->mutex);
  time = self->stable_at;
  g_mutex_unlock (&self->pair->mutex);
  return time;
}

/* Returns: (nullable): the first error or warning that came over the bus */
gchar *
peer_get_error (Peer *self)
{
  gchar *error = NULL;

  g_mutex_lock (&self->pair->mutex);
  if (self->errors->len > 0)
    error = g_strdup (g_ptr_array_index (self->errors, 0));
  g_mutex_unlock (&self->pair->mutex);
  return error;
}

/*** Waiting ***/

static gboolean
tick (gpointer data G_GNUC_UNUSED)
{
  return G_SOURCE_CONTINUE;
}

/* Returns: whether @condition came true before the deadline */
gboolean
pair_wait (Pair *self, Condition condition, gpointer data, guint deadline_ms)
{
  gint64 deadline =
      g_get_monotonic_time () + patience (deadline_ms) * (gint64) 1000;
  guint timer = g_timeout_add (TICK_MS, tick, NULL);
  gboolean is_true;

  while (!(is_true = condition (self, data))
      && g_get_monotonic_time () < deadline)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timer);
  return is_true;
}

/* @quiet_ms: for how long there has to be nothing on the line */
gboolean
pair_is_settled (Pair *self, gpointer quiet_ms)
{
  return line_is_empty (self->line)
      && g_get_monotonic_time () - self->line->last_activity
      >= GPOINTER_TO_UINT (quiet_ms) * (gint64) 1000
      && peer_is_stable (&self->peers[0]) && peer_is_stable (&self->peers[1])
      && peer_is_connected (&self->peers[0])
      && peer_is_connected (&self->peers[1]);
}

gboolean
pair_wait_settled (Pair *self, guint quiet_ms)
{
  return pair_wait (self, pair_is_settled, GUINT_TO_POINTER (quiet_ms),
      PAIR_DEADLINE_MS + quiet_ms);
}

typedef struct
{
  Peer *receiver;
  RtpStream *stream;
  guint64 wanted;
} Expectation;

static gboolean
is_received (Pair *self G_GNUC_UNUSED, gpointer data)
{
  Expectation *expectation = data;
  Peer *receiver = expectation->receiver;
  g_autofree gchar *encoding = NULL;

  if (peer_get_received (receiver, expectation->stream) < expectation->wanted)
    return FALSE;
  encoding = peer_get_received_encoding (receiver, expectation->stream);
  return g_strcmp0 (encoding, rtp_stream_get_encoding (expectation->stream))
      == 0;
}

static void
expect (Peer *sender, GArray *expectations)
{
  for (guint i = 0; i < sender->streams->len; i++) {
    Expectation expectation = {
      .receiver = peer_get_other (sender),
      .stream = g_ptr_array_index (sender->streams, i),
    };

    if (!expectation.stream->pad)
      continue;
    expectation.wanted =
        peer_get_received (expectation.receiver, expectation.stream) + PACKETS;
    g_array_append_val (expectations, expectation);
  }
}

/* Waits until each stream that was not released is received under its encoding,
 * some packets from now on. */
gboolean
pair_wait_media (Pair *self)
{
  g_autoptr (GArray) expectations =
      g_array_new (FALSE, FALSE, sizeof (Expectation));

  expect (&self->peers[0], expectations);
  expect (&self->peers[1], expectations);
  for (guint i = 0; i < expectations->len; i++) {
    if (!pair_wait (self, is_received,
            &g_array_index (expectations, Expectation, i), PAIR_DEADLINE_MS))
      return FALSE;
  }
  return TRUE;
}

/*** Pairs ***/

Pair *
pair_new (const PairSettings *settings)
{
  Pair *self = g_new0 (Pair, 1);

  upstream_tolerate ();
  g_mutex_init (&self->mutex);
  for (guint i = 0; i < 2; i++)
    peer_init (&self->peers[i], self, i, settings->ids[i], settings->roles[i]);
  self->line = line_new (self->peers[0].element, self->peers[1].element);
  return self;
}

void
pair_play (Pair *self)
{
  peer_play (&self->peers[0]);
  peer_play (&self->peers[1]);
}

void
pair_free (Pair *self)
{
  peer_stop (&self->peers[0]);
  peer_stop (&self->peers[1]);
  line_free (self->line);
  peer_clear (&self->peers[0]);
  peer_clear (&self->peers[1]);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static void
describe_peer (Peer *self, GString *text)
{
  g_autoptr (GstStructure) stats = NULL;
  g_autofree gchar *counters = NULL;
  gint signaling, connection;
  GHashTableIter iter;
  Reception *reception;

  g_object_get (self->element, "stats", &stats, "signaling-state", &signaling,
      "connection-state", &connection, NULL);
  counters = gst_structure_to_string (stats);
  g_string_append_printf (text,
      "%s: signaling-state %d, connection-state %d\n"
      "  %s\n",
      GST_OBJECT_NAME (self->pipeline), signaling, connection, counters);
  for (guint i = 0; i < self->streams->len; i++) {
    RtpStream *stream = g_ptr_array_index (self->streams, i);

    g_string_append_printf (text, "  sends %u %s%s%s\n", stream->ssrc,
        rtp_stream_get_encoding (stream), stream->pad ? "" : " (released)",
        rtp_stream_is_well (stream) ? "" : " (stopped)");
  }

  g_mutex_lock (&self->pair->mutex);
  g_hash_table_iter_init (&iter, self->receptions);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &reception))
    g_string_append_printf (text,
        "  receives %u %s: %" G_GUINT64_FORMAT " packets of %s, %u lost\n",
        reception->ssrc, reception->pad, reception->n, reception->encoding,
        reception->lost);
  for (guint i = 0; i < self->errors->len; i++)
    g_string_append_printf (text, "  %s\n",
        (gchar *) g_ptr_array_index (self->errors, i));
  g_string_append (text, self->events->str);
  g_mutex_unlock (&self->pair->mutex);
}

/* Returns: (transfer full): all that there is to know, for people */
gchar *
pair_describe (Pair *self)
{
  GString *text = g_string_new (NULL);

  describe_peer (&self->peers[0], text);
  describe_peer (&self->peers[1], text);
  return g_string_free (text, FALSE);
}
