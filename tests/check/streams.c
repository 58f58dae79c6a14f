/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Streams of several encodings that are added on both sides at the same moment:
 * each arrives in the end, in the same connection, whichever of the two offers had
 * to be taken back.
 *
 *     streams                     the given lists, and a selection of random ones
 *     streams --seeds FROM COUNT  random lists, a line for each seed */

#include "checkmain.h"
#include "patience.h"
#include "peers.h"

#include <stdlib.h>

#define QUIET_MS 300
#define MAX_STREAMS 5
#define N_SEEDS many (8, 1)

typedef struct
{
  const gchar *call; /* of A, connected before; NULL: glare before the call */
  const gchar *lists[2]; /* added at once, by A and by B */
  guint polite;
} Case;

static const Case cases[] = {
  { "v", { "v", "9v" }, 1 },
  { "v", { "9v", "v" }, 0 },
  { "v", { "9", "v9" }, 1 },
  { "v", { "h9v", "vh9" }, 1 },
  { "v", { "vh9", "9" }, 0 },
  { "a", { "ua", "aua" }, 1 },
  { "u", { "u", "a" }, 1 },
  { "9", { "a9vu", "vu9a" }, 0 },
  { "u", { "9", "aauuv" }, 1 },
  { NULL, { "v", "9v" }, 1 },
  { NULL, { "9v", "v" }, 0 },
  { NULL, { "hau", "9uv" }, 1 },
};

static const PairSettings all_settings[] = {
  { { "a", "b" }, { "polite", "impolite" } },
  { { "a", "b" }, { "impolite", "polite" } },
};

#define CHECK(condition)                                                       \
  G_STMT_START                                                                 \
  {                                                                            \
    if (!(condition))                                                          \
      return #condition;                                                       \
  }                                                                            \
  G_STMT_END

static gboolean
both_have_offered (Pair *pair, gpointer data)
{
  guint *before = data;

  return line_count_from (pair->line, LETTER_OFFER, 0) > before[0]
      && line_count_from (pair->line, LETTER_OFFER, 1) > before[1];
}

static const gchar *
check_peer (Peer *peer)
{
  g_autofree gchar *error = peer_get_error (peer);

  CHECK (!error);
  CHECK (peer_get_stat (peer, "messages-rejected") == 0);
  CHECK (peer_get_stat (peer, "restarts") == 0);
  CHECK (peer_get_stat (peer, "collisions") >= 1);
  return NULL;
}

/* Returns: what is not as it should be; NULL if all is well */
static const gchar *
run_in (Pair *pair, const Case *self)
{
  guint before[2];
  const gchar *problem;

  if (self->call) {
    peer_add_streams (&pair->peers[0], self->call);
    pair_play (pair);
    CHECK (pair_wait_settled (pair, QUIET_MS));
    CHECK (pair_wait_media (pair));
  }

  for (guint i = 0; i < 2; i++)
    before[i] = line_count_from (pair->line, LETTER_OFFER, i);
  line_hold (pair->line);
  for (guint i = 0; i < 2; i++)
    peer_add_streams (&pair->peers[i], self->lists[i]);
  if (!self->call)
    pair_play (pair);
  CHECK (pair_wait (pair, both_have_offered, before, PAIR_DEADLINE_MS));
  line_release (pair->line);

  CHECK (pair_wait_settled (pair, QUIET_MS));
  CHECK (pair_wait_media (pair));
  for (guint i = 0; i < 2; i++) {
    if ((problem = check_peer (&pair->peers[i])))
      return problem;
  }
  if (self->call) {
    Peer *a = &pair->peers[0];

    CHECK (peer_get_lost (&pair->peers[1], g_ptr_array_index (a->streams, 0))
        == 0);
  }
  return NULL;
}

/* Prints what was tried, and more if it is not well. */
static gboolean
run (const Case *self)
{
  g_autoptr (Pair) pair = pair_new (&all_settings[self->polite]);
  const gchar *problem = run_in (pair, self);

  g_print ("call %s, A adds %s, B adds %s, %c polite: %s\n",
      self->call ? self->call : "none yet", self->lists[0], self->lists[1],
      "AB"[self->polite], problem ? problem : "ok");
  if (problem) {
    g_autofree gchar *description = pair_describe (pair);

    g_print ("%s", description);
  }
  return !problem;
}

static void
make_list (GRand *rand, gchar *list)
{
  static const gchar kinds[] = "v9hau";
  gint n = g_rand_int_range (rand, 1, MAX_STREAMS + 1);

  for (gint i = 0; i < n; i++)
    list[i] = kinds[g_rand_int_range (rand, 0, strlen (kinds))];
  list[n] = '\0';
}

static gboolean
run_seed (guint seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  gchar lists[2][MAX_STREAMS + 1], call[MAX_STREAMS + 1];
  Case what = { .lists = { lists[0], lists[1] } };

  make_list (rand, call);
  make_list (rand, lists[0]);
  make_list (rand, lists[1]);
  what.call = g_rand_int_range (rand, 0, 4) ? call : NULL;
  what.polite = g_rand_int_range (rand, 0, 2);
  g_print ("seed %u: ", seed);
  return run (&what);
}

/*** Payload types that are an encoding's own ***/

typedef enum
{
  CHANNEL_BEFORE,  /* the call begins with a data channel */
  CHANNEL_AT_ONCE, /* and with streams */
  CHANNEL_AFTER,   /* streams come first */
} ChannelPlace;

/* A section without what RFC 3551 says already. */
static gchar *
leave_out_rtpmaps (const Letter *letter)
{
  g_autoptr (GRegex) regex =
      g_regex_new ("a=rtpmap:[0-9] [^\\\\]*(\\\\r)?\\\\n", G_REGEX_DEFAULT, 0,
          NULL);

  return g_regex_replace_literal (regex, letter->json, -1, 0, "", 0, NULL);
}

static void
create_channel (Peer *peer)
{
  g_autoptr (GObject) channel = NULL;

  g_signal_emit_by_name (peer->element, "create-data-channel", "channel", NULL,
      &channel);
}

/* A crowd is told at such length that no failure's message takes it. */
static void
fail_with_description (Pair *pair)
{
  g_autofree gchar *description = pair_describe (pair);

  g_print ("%s", description);
  fail ("not all is as it should be");
}

static void
settle (Pair *pair)
{
  line_touch (pair->line);
  if (!pair_wait_settled (pair, QUIET_MS) || !pair_wait_media (pair))
    fail_with_description (pair);
}

static gboolean
is_channel_offered (Pair *pair, gpointer data G_GNUC_UNUSED)
{
  const gchar *offer = line_get_last_sdp (pair->line, LETTER_OFFER);

  return offer && strstr (offer, "m=application");
}

/* Its thread takes its time: until then all is settled. */
static void
settle_with_channel (Pair *pair)
{
  if (!pair_wait (pair, is_channel_offered, NULL, PAIR_DEADLINE_MS))
    fail_with_description (pair);
  settle (pair);
}

static void
check_pad (GstPad *pad)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  gint rate, payload;

  fail_unless_equals_string (gst_structure_get_string (s, "media"), "audio");
  fail_unless (gst_structure_get_int (s, "clock-rate", &rate));
  fail_unless (gst_structure_get_int (s, "payload", &payload));
  fail_unless_equals_int (rate, 8000);
  fail_unless (payload == 0 || payload == 8 || payload == 9);
}

static void
check_pads (Peer *peer)
{
  fail_unless_equals_int (peer->element->numsrcpads, 3);
  for (GList *l = peer->element->srcpads; l; l = l->next)
    check_pad (l->data);
}

static void
run_static (ChannelPlace place, gboolean has_rtpmaps)
{
  g_autoptr (Pair) pair = pair_new (&all_settings[1]);
  Peer *a = &pair->peers[0], *b = &pair->peers[1];

  if (!has_rtpmaps)
    pair->line->change = leave_out_rtpmaps;
  if (place != CHANNEL_AFTER)
    create_channel (a);
  if (place == CHANNEL_BEFORE) {
    pair_play (pair);
    settle_with_channel (pair);
  }
  peer_add_streams (a, "gup");
  if (place != CHANNEL_BEFORE)
    pair_play (pair);
  settle (pair);
  peer_add_streams (b, "upg");
  settle (pair);
  if (place == CHANNEL_AFTER) {
    create_channel (b);
    settle_with_channel (pair);
  }
  fail_unless (is_channel_offered (pair, NULL));
  for (guint i = 0; i < 2; i++) {
    check_pads (&pair->peers[i]);
    fail_unless_equals_uint64 (peer_get_stat (&pair->peers[i],
                                   "messages-rejected"),
        0);
  }
}

GST_START_TEST (static_payload_types_are_known_beside_a_data_channel)
{
  run_static (__i__, TRUE);
}

GST_END_TEST;

GST_START_TEST (static_payload_types_need_no_rtpmap)
{
  run_static (__i__, FALSE);
}

GST_END_TEST;

/*** Idle sections ***/

static gboolean
has_offered (Pair *pair, gpointer index)
{
  return pair->line->n_sent[LETTER_OFFER][GPOINTER_TO_UINT (index)] > 0;
}

/* It was offered before a connection begins anew, which has nothing to send in it at
 * first. */
GST_START_TEST (a_section_that_is_idle_at_first_is_used)
{
  g_autoptr (Pair) pair = pair_new (&all_settings[__i__ % 2]);
  Peer *a = &pair->peers[0], *b = &pair->peers[1];

  peer_add_streams (a, "va");
  line_hold (pair->line);
  pair_play (pair);
  fail_unless (pair_wait (pair, has_offered, GUINT_TO_POINTER (0),
      PAIR_DEADLINE_MS));
  peer_release_stream (a, g_ptr_array_index (a->streams, 0));
  g_signal_emit_by_name (a->element, "restart");
  line_release (pair->line);
  settle (pair);
  peer_add_streams (a, "v");
  if (__i__ >= 2)
    peer_add_streams (b, "9");
  settle (pair);
}

GST_END_TEST;

/*** More streams than there may be sections ***/

#define LIMIT 64

typedef struct
{
  const gchar *call; /* of A, connected before; NULL: before the call */
  guint n[2];        /* how many A and B add at once */
  gchar kinds[2];
  guint polite;
  guint n_received; /* of all, in the end */
} Crowd;

static const Crowd crowds[] = {
  { NULL, { 70, 0 }, { 'u', 'u' }, 1, LIMIT },
  { "a", { 0, 70 }, { 'u', 'u' }, 0, LIMIT },
  { "a", { 35, 35 }, { 'u', 'g' }, 0, LIMIT },
  { "a", { 35, 35 }, { 'u', 'g' }, 1, LIMIT },
  { NULL, { 40, 40 }, { 'u', 'g' }, 0, LIMIT },
  { NULL, { 40, 40 }, { 'u', 'u' }, 1, 80 },
};

static guint
count_received (Peer *sender)
{
  guint n = 0;

  for (guint i = 0; i < sender->streams->len; i++) {
    RtpStream *stream = g_ptr_array_index (sender->streams, i);

    n += stream->pad && peer_get_received (peer_get_other (sender), stream) > 0;
  }
  return n;
}

static gboolean
are_received (Pair *pair, gpointer n)
{
  return count_received (&pair->peers[0]) + count_received (&pair->peers[1])
      == GPOINTER_TO_UINT (n);
}

/* Returns: how many pads of the peer's were said to be too many */
static guint
count_told (Peer *self)
{
  guint n = 0;

  g_mutex_lock (&self->pair->mutex);
  for (guint i = 0; i < self->streams->len; i++) {
    RtpStream *stream = g_ptr_array_index (self->streams, i);
    g_autofree gchar *text = NULL;

    if (!stream->pad)
      continue;
    text = g_strdup_printf (": %s is too many: a connection has no more than "
                            "64 media sections.",
        GST_PAD_NAME (stream->pad));
    for (guint j = 0; j < self->errors->len; j++)
      n += strstr (g_ptr_array_index (self->errors, j), text) != NULL;
  }
  g_mutex_unlock (&self->pair->mutex);
  return n;
}

static guint
count_sections (const gchar *sdp)
{
  guint n = 0;

  while ((sdp = strstr (sdp, "\nm="))) {
    n++;
    sdp++;
  }
  return n;
}

static void
check_crowd (Pair *pair, guint n_received)
{
  guint n_told = 0, n_streams = 0;

  if (!pair_wait_settled (pair, QUIET_MS)
      || !pair_wait (pair, are_received, GUINT_TO_POINTER (n_received),
          PAIR_DEADLINE_MS))
    fail_with_description (pair);
  for (guint i = 0; i < 2; i++) {
    Peer *peer = &pair->peers[i];

    n_told += count_told (peer);
    for (guint j = 0; j < peer->streams->len; j++)
      n_streams +=
          ((RtpStream *) g_ptr_array_index (peer->streams, j))->pad != NULL;
    fail_unless_equals_uint64 (peer_get_stat (peer, "restarts"), 0);
    fail_unless_equals_uint64 (peer_get_stat (peer, "messages-rejected"), 0);
    fail_unless_equals_uint64 (peer_get_stat (peer, "offers-rejected"), 0);
  }
  fail_unless_equals_int (n_told, n_streams - n_received);
  fail_unless (count_sections (line_get_last_sdp (pair->line, LETTER_OFFER))
      <= LIMIT);
}

GST_START_TEST (streams_that_are_too_many_wait_for_a_section)
{
  const Crowd *crowd = &crowds[__i__];
  g_autoptr (Pair) pair = pair_new (&all_settings[crowd->polite]);
  guint waiting;

  if (crowd->call) {
    peer_add_streams (&pair->peers[0], crowd->call);
    pair_play (pair);
    settle (pair);
  }
  line_hold (pair->line);
  for (guint i = 0; i < 2; i++) {
    for (guint j = 0; j < crowd->n[i]; j++)
      peer_add_stream (&pair->peers[i], crowd->kinds[i]);
  }
  if (!crowd->call)
    pair_play (pair);
  line_release (pair->line);
  line_touch (pair->line);
  check_crowd (pair, crowd->n_received);

  /* Who has one that waits makes room for it. */
  for (waiting = 0; waiting < 2; waiting++) {
    Peer *peer = &pair->peers[waiting];
    guint n = peer->streams->len;

    if (count_told (peer) == 0)
      continue;
    peer_release_stream (peer, g_ptr_array_index (peer->streams, n / 2));
    line_touch (pair->line);
    if (!pair_wait (pair, are_received, GUINT_TO_POINTER (crowd->n_received),
            PAIR_DEADLINE_MS))
      fail_with_description (pair);
  }
}

GST_END_TEST;

/* More than we read, whatever they are. */
static gchar *
make_large_offer (void)
{
  GString *json = g_string_new ("{\"description\":{\"type\":\"offer\",\"sdp\":"
                                "\"v=0\\r\\no=- 77 1 IN IP4 0.0.0.0\\r\\n"
                                "s=-\\r\\nt=0 0\\r\\n");

  for (guint i = 0; i < 2 * LIMIT + 1; i++)
    g_string_append_printf (json,
        "m=audio 9 UDP/TLS/RTP/SAVPF 0\\r\\n"
        "c=IN IP4 0.0.0.0\\r\\na=mid:%u\\r\\n",
        i);
  g_string_append (json, "\"}}");
  return g_string_free (json, FALSE);
}

static gboolean
is_declined (Pair *pair, gpointer by)
{
  return line_count_from (pair->line, LETTER_REJECT, GPOINTER_TO_UINT (by)) > 0;
}

GST_START_TEST (an_offer_of_too_many_sections_is_declined_and_changes_nothing)
{
  g_autoptr (Pair) pair = pair_new (&all_settings[1]);
  g_autofree gchar *offer = make_large_offer ();

  peer_add_streams (&pair->peers[0], "v");
  peer_add_streams (&pair->peers[1], "a");
  pair_play (pair);
  settle (pair);
  for (guint i = 0; i < 2; i++) {
    line_inject (pair->line, i, offer);
    fail_unless (pair_wait (pair, is_declined, GUINT_TO_POINTER (1 - i),
        PAIR_DEADLINE_MS));
  }
  for (guint i = 0; i < 2; i++) {
    peer_add_streams (&pair->peers[i], "9u");
    settle (pair);
  }
  for (guint i = 0; i < 2; i++) {
    fail_unless_equals_uint64 (peer_get_stat (&pair->peers[i],
                                   "messages-rejected"),
        1);
    fail_unless_equals_uint64 (peer_get_stat (&pair->peers[i], "restarts"), 0);
  }
}

GST_END_TEST;

/*** The suite ***/

GST_START_TEST (streams_added_on_both_sides_at_once_all_arrive)
{
  fail_unless (run (&cases[__i__]));
}

GST_END_TEST;

GST_START_TEST (random_streams_added_on_both_sides_at_once_all_arrive)
{
  fail_unless (run_seed (__i__));
}

GST_END_TEST;

static Suite *
streams_suite (void)
{
  Suite *suite = suite_create ("streams");
  TCase *tcase = tcase_create ("glare");

  tcase_set_timeout (tcase, 0);
  tcase_add_loop_test (tcase, streams_added_on_both_sides_at_once_all_arrive, 0,
      many (G_N_ELEMENTS (cases), 3));
  tcase_add_loop_test (tcase,
      random_streams_added_on_both_sides_at_once_all_arrive, 1, N_SEEDS + 1);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("static payload types");
  tcase_set_timeout (tcase, 0);
  tcase_add_loop_test (tcase,
      static_payload_types_are_known_beside_a_data_channel, CHANNEL_BEFORE,
      CHANNEL_AFTER + 1);
  tcase_add_loop_test (tcase, static_payload_types_need_no_rtpmap,
      CHANNEL_BEFORE, CHANNEL_AFTER + 1);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("idle");
  tcase_set_timeout (tcase, 0);
  tcase_add_loop_test (tcase, a_section_that_is_idle_at_first_is_used, 0, 4);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("crowd");
  tcase_set_timeout (tcase, 0);
  tcase_add_loop_test (tcase, streams_that_are_too_many_wait_for_a_section, 0,
      many (G_N_ELEMENTS (crowds), 1));
  tcase_add_test (tcase,
      an_offer_of_too_many_sections_is_declined_and_changes_nothing);
  suite_add_tcase (suite, tcase);
  return suite;
}

static int
run_seeds (guint from, guint count)
{
  guint failed = 0;

  gst_init (NULL, NULL);
  for (guint i = 0; i < count; i++)
    failed += !run_seed (from + i);
  g_print ("%u of %u well\n", count - failed, count);
  return failed > 0;
}

int
main (int argc, char **argv)
{
  if (argc > 3 && g_str_equal (argv[1], "--seeds"))
    return run_seeds (atoi (argv[2]), atoi (argv[3]));

  gst_check_init (&argc, &argv);
  return check_run (streams_suite (), "streams", __FILE__);
}
