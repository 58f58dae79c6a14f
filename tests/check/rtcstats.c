/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* get-stats: what each object says, and that it is of the right stream. */

#include "checkmain.h"
#include "patience.h"
#include "peers.h"

#define QUIET_MS 200
#define N_RESTARTS 3
#define ASKING_US 500
/* What the two ends of this machine need to answer each other, at the most. */
#define MAX_ROUND_TRIP_S patience (10)

#define A(pair) (&(pair)->peers[0])
#define B(pair) (&(pair)->peers[1])

static GstStructure *
get_stats (Peer *peer)
{
  GstStructure *stats = NULL;

  g_signal_emit_by_name (peer->element, "get-stats", &stats);
  fail_unless (stats != NULL);
  fail_unless_equals_string (gst_structure_get_name (stats),
      "application/x-webrtc-stats");
  return stats;
}

/* Returns: (nullable): the object */
static const GstStructure *
get_object (const GstStructure *stats, const gchar *id)
{
  const GValue *value = id ? gst_structure_get_value (stats, id) : NULL;
  const GstStructure *object = value ? gst_value_get_structure (value) : NULL;

  if (object) {
    fail_unless_equals_string (gst_structure_get_string (object, "id"), id);
    fail_unless_equals_string (gst_structure_get_name (object),
        gst_structure_get_string (object, "type"));
    fail_unless (gst_structure_has_field_typed (object, "timestamp",
        G_TYPE_DOUBLE));
  }
  return object;
}

static const GstStructure *
get_stream (const GstStructure *stats, const gchar *type, guint32 ssrc)
{
  g_autofree gchar *id = g_strdup_printf ("%s-%u", type, ssrc);

  return get_object (stats, id);
}

/* Returns: (nullable): the only one of its type */
static const GstStructure *
get_only (const GstStructure *stats, const gchar *type)
{
  const GstStructure *found = NULL;

  for (gint i = 0; i < gst_structure_n_fields (stats); i++) {
    const GstStructure *object =
        get_object (stats, gst_structure_nth_field_name (stats, i));

    if (!g_str_equal (gst_structure_get_name (object), type))
      continue;
    fail_if (found, "there are two of the type %s", type);
    found = object;
  }
  return found;
}

/* The object that a field of @object names */
static const GstStructure *
follow (const GstStructure *stats, const GstStructure *object,
    const gchar *field)
{
  const GstStructure *other =
      get_object (stats, gst_structure_get_string (object, field));

  fail_unless (other != NULL, "%s of %s names nothing", field,
      gst_structure_get_name (object));
  return other;
}

static guint64
get_count (const GstStructure *object, const gchar *name)
{
  guint64 n = 0;

  fail_unless (gst_structure_get_uint64 (object, name, &n), "no %s", name);
  return n;
}

static gdouble
get_number (const GstStructure *object, const gchar *name)
{
  gdouble number = -1;

  fail_unless (gst_structure_get_double (object, name, &number), "no %s", name);
  return number;
}

/*** A call ***/

/* What is not reported of yet */
static gchar *
find_unreported (Pair *pair)
{
  for (guint i = 0; i < 2; i++) {
    Peer *peer = &pair->peers[i];
    g_autoptr (GstStructure) stats = get_stats (peer);
    g_autoptr (GstStructure) others = get_stats (peer_get_other (peer));

    for (guint k = 0; k < peer->streams->len; k++) {
      guint32 ssrc = ((RtpStream *) g_ptr_array_index (peer->streams, k))->ssrc;
      const GstStructure *report =
          get_stream (stats, "remote-inbound-rtp", ssrc);

      if (!report || !gst_structure_has_field (report, "roundTripTime"))
        return g_strdup_printf ("%u has %s", ssrc,
            report ? "no round-trip time" : "no report");
      if (!get_stream (others, "remote-outbound-rtp", ssrc))
        return g_strdup_printf ("%u has no sender's report", ssrc);
    }
  }
  return NULL;
}

static gboolean
is_all_reported (Pair *pair, gpointer data G_GNUC_UNUSED)
{
  g_autofree gchar *unreported = find_unreported (pair);

  return unreported == NULL;
}

static void
check_stream (const GstStructure *stats, const GstStructure *stream,
    const RtpStream *sent, const gchar *kind, const gchar *mime)
{
  const GstStructure *codec = follow (stats, stream, "codecId");
  guint ssrc = 0;

  gst_structure_get_uint (stream, "ssrc", &ssrc);
  fail_unless_equals_int (ssrc, sent->ssrc);
  fail_unless_equals_string (gst_structure_get_string (stream, "kind"), kind);
  fail_unless (g_ascii_strcasecmp (gst_structure_get_string (codec, "mimeType"),
                   mime)
          == 0,
      "%s, not %s", gst_structure_get_string (codec, "mimeType"), mime);
  follow (stats, stream, "transportId");
}

/* Both sides name the section alike, and no two streams of a peer are in one. */
static void
check_mids (const GstStructure *sent, const GstStructure *received,
    GHashTable *mids)
{
  const gchar *mid = gst_structure_get_string (sent, "mid");

  fail_unless (mid != NULL);
  fail_unless_equals_string (gst_structure_get_string (received, "mid"), mid);
  fail_unless (g_hash_table_add (mids, g_strdup (mid)), "two in %s", mid);
}

static void
check_streams (Peer *peer, const gchar *const kinds[],
    const gchar *const mimes[])
{
  g_autoptr (GHashTable) mids =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GstStructure) ours = get_stats (peer);
  g_autoptr (GstStructure) theirs = get_stats (peer_get_other (peer));

  for (guint i = 0; i < peer->streams->len; i++) {
    const RtpStream *stream = g_ptr_array_index (peer->streams, i);
    const GstStructure *sent = get_stream (ours, "outbound-rtp", stream->ssrc);
    const GstStructure *received =
        get_stream (theirs, "inbound-rtp", stream->ssrc);

    fail_unless (sent && received);
    check_stream (ours, sent, stream, kinds[i], mimes[i]);
    check_stream (theirs, received, stream, kinds[i], mimes[i]);
    check_mids (sent, received, mids);
    fail_unless (get_count (sent, "packetsSent") > 0);
    fail_unless (get_count (sent, "packetsSent") <= stream->n_sent);
    fail_unless (get_count (sent, "bytesSent") > 0);
    fail_unless (get_count (received, "packetsReceived") > 0);
    fail_unless (get_count (received, "packetsReceived") <= stream->n_sent);
    fail_unless (get_number (received, "jitter") >= 0);
  }
}

static void
check_reports (Peer *peer)
{
  const RtpStream *stream = g_ptr_array_index (peer->streams, 0);
  g_autoptr (GstStructure) ours = get_stats (peer);
  g_autoptr (GstStructure) theirs = get_stats (peer_get_other (peer));
  const GstStructure *sent = get_stream (ours, "outbound-rtp", stream->ssrc);
  const GstStructure *received =
      get_stream (theirs, "inbound-rtp", stream->ssrc);
  const GstStructure *report = follow (ours, sent, "remoteId");

  fail_unless (follow (ours, report, "localId") == sent);
  fail_unless (get_number (report, "roundTripTime") >= 0);
  fail_unless (get_number (report, "roundTripTime") < MAX_ROUND_TRIP_S);
  fail_unless (get_number (report, "fractionLost") == 0);
  report = follow (theirs, received, "remoteId");
  fail_unless (follow (theirs, report, "localId") == received);
  fail_unless (get_count (report, "packetsSent") <= stream->n_sent);
}

static void
check_transport (Peer *peer)
{
  g_autoptr (GstStructure) stats = get_stats (peer);
  const GstStructure *transport = get_only (stats, "transport");
  const GstStructure *pair, *local, *remote;

  fail_unless (transport != NULL);
  fail_unless_equals_string (gst_structure_get_string (transport, "dtlsState"),
      "connected");
  fail_unless (get_count (transport, "bytesSent") > 0);
  fail_unless (get_count (transport, "bytesReceived") > 0);
  pair = follow (stats, transport, "selectedCandidatePairId");
  fail_unless (get_number (pair, "availableOutgoingBitrate") > 0);
  local = follow (stats, pair, "localCandidateId");
  remote = follow (stats, pair, "remoteCandidateId");
  fail_unless_equals_string (gst_structure_get_name (local), "local-candidate");
  fail_unless_equals_string (gst_structure_get_name (remote),
      "remote-candidate");
  fail_unless (gst_structure_get_string (local, "address")[0] != '\0');
  fail_unless_equals_string (gst_structure_get_string (local, "protocol"),
      "udp");
}

/* Two encodings of a kind and sound in one bundle, one of them both ways. */
GST_START_TEST (each_stream_has_its_own)
{
  static const gchar *const ours[] = { "video", "video", "audio" };
  static const gchar *const our_mimes[] = { "video/VP8", "video/H264",
    "audio/opus" };
  static const gchar *const theirs[] = { "audio", "video" };
  static const gchar *const their_mimes[] = { "audio/PCMU", "video/VP9" };
  PairSettings settings = { .ids = { "a", "b" } };
  g_autoptr (Pair) pair = pair_new (&settings);
  g_autoptr (GstStructure) none = get_stats (A (pair));

  fail_unless_equals_int (gst_structure_n_fields (none), 0);
  peer_add_streams (A (pair), "vha");
  peer_add_streams (B (pair), "u9");
  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  check_streams (A (pair), ours, our_mimes);
  check_streams (B (pair), theirs, their_mimes);
  check_transport (A (pair));
  check_transport (B (pair));
}

GST_END_TEST;

GST_START_TEST (each_side_knows_what_the_other_one_reports)
{
  PairSettings settings = { .ids = { "a", "b" } };
  g_autoptr (Pair) pair = pair_new (&settings);

  peer_add_streams (A (pair), "v");
  peer_add_streams (B (pair), "v");
  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  if (!pair_wait (pair, is_all_reported, NULL, patience (PAIR_DEADLINE_MS))) {
    g_autofree gchar *unreported = find_unreported (pair);

    ck_abort_msg ("%s", unreported);
  }
  check_reports (A (pair));
  check_reports (B (pair));
}

GST_END_TEST;

/*** While connections come and go ***/

typedef struct
{
  Peer *peer;
  gint is_over; /* atomic */
} Asker;

static gpointer
ask (gpointer data)
{
  Asker *self = data;

  while (!g_atomic_int_get (&self->is_over)) {
    gst_structure_free (get_stats (self->peer));
    /* The others need the processor, too. */
    g_usleep (ASKING_US);
  }
  return NULL;
}

GST_START_TEST (anybody_may_ask_at_any_moment)
{
  PairSettings settings = { .ids = { "a", "b" } };
  g_autoptr (Pair) pair = pair_new (&settings);
  Asker asker = { A (pair), FALSE };
  GThread *thread = g_thread_new ("asker", ask, &asker);

  peer_add_streams (A (pair), "v");
  pair_play (pair);
  for (guint i = 0; i < N_RESTARTS; i++) {
    assert_settles (pair, QUIET_MS);
    g_signal_emit_by_name (A (pair)->element, "restart");
  }
  gst_element_set_state (A (pair)->pipeline, GST_STATE_NULL);
  g_atomic_int_set (&asker.is_over, TRUE);
  g_thread_join (thread);
}

GST_END_TEST;

static Suite *
rtcstats_suite (void)
{
  Suite *suite = suite_create ("rtcstats");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, patience (60000) / 1000.0);
  tcase_add_test (tc, each_stream_has_its_own);
  tcase_add_test (tc, each_side_knows_what_the_other_one_reports);
  tcase_add_test (tc, anybody_may_ask_at_any_moment);
  return suite;
}

CHECK_MAIN (rtcstats)
