/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A call whose remote peer turns hostile: whatever it sends, the state is as it
 * was before, and the media go on. */

#include "checkmain.h"
#include "patience.h"
#include "peers.h"
#include "sdpcorpus.h"

#include <json-glib/json-glib.h>

#define QUIET_MS 200
#define LOOK_US 200
#define FLOOD many (10000, 2000)
/* Of what 10,000 messages may leave behind. */
#define MAX_GROWTH (64 * 1024 * 1024)

/* The target is peer 0, the impolite one, or peer 1. */
typedef struct
{
  Pair *pair;
  Peer *target;
  Peer *other;
  gboolean is_pending; /* an offer of the target's is outstanding */
  /* Of the other peer, as they were on the wire. */
  gchar *offer;
  gchar *answer;
} Call;

typedef struct
{
  guint from;
  guint n_before;
} Offers;

static gboolean
has_offered (Pair *pair, gpointer data)
{
  const Offers *offers = data;

  return line_count_from (pair->line, LETTER_OFFER, offers->from)
      > offers->n_before;
}

/* Its thread takes its time: until then all is settled. */
static void
negotiate (Peer *peer)
{
  Offers offers = { .from = peer->index };

  offers.n_before =
      line_count_from (peer->pair->line, LETTER_OFFER, offers.from);
  g_signal_emit_by_name (peer->element, "negotiate");
  assert_or_describe (peer->pair,
      pair_wait (peer->pair, has_offered, &offers, PAIR_DEADLINE_MS));
  assert_settles (peer->pair, QUIET_MS);
}

static void
call_init (Call *self, guint target)
{
  PairSettings settings = { .ids = { "a", "b" } };

  self->pair = pair_new (&settings);
  self->target = &self->pair->peers[target];
  self->other = peer_get_other (self->target);
  self->is_pending = FALSE;
  for (guint i = 0; i < 2; i++)
    g_object_set (self->pair->peers[i].element, "negotiation-timeout", 0, NULL);
  peer_add_streams (self->target, "va");
  peer_add_streams (self->other, "v");
  pair_play (self->pair);
  assert_settles (self->pair, QUIET_MS);

  negotiate (self->other);
  self->offer = g_strdup (line_get_last_sdp (self->pair->line, LETTER_OFFER));
  negotiate (self->target);
  self->answer = g_strdup (line_get_last_sdp (self->pair->line, LETTER_ANSWER));
}

static void
call_clear (Call *self)
{
  pair_free (self->pair);
  g_free (self->offer);
  g_free (self->answer);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Call, call_clear)

static GstWebRTCSignalingState
get_state (Peer *peer)
{
  GstWebRTCSignalingState state;

  g_object_get (peer->element, "signaling-state", &state, NULL);
  return state;
}

static gboolean
is_in_state (Pair *pair G_GNUC_UNUSED, gpointer data)
{
  const Call *call = data;

  return get_state (call->target)
      == (call->is_pending ? GST_WEBRTC_SIGNALING_STATE_HAVE_LOCAL_OFFER
                           : GST_WEBRTC_SIGNALING_STATE_STABLE);
}

/* An offer of the target's is outstanding from here on. */
static void
call_make_pending (Call *self)
{
  line_hold (self->pair->line);
  self->is_pending = TRUE;
  g_signal_emit_by_name (self->target->element, "negotiate");
  assert_or_describe (self->pair,
      pair_wait (self->pair, is_in_state, self, PAIR_DEADLINE_MS));
}

/*** Injecting ***/

typedef struct
{
  Peer *peer;
  const gchar *counters[4];
  guint64 more_than;
  /* An event that comes with it; they are posted after the count. */
  gboolean awaits_event;
  gsize n_events;
} Count;

static guint64
sum_up (const Count *count)
{
  guint64 sum = 0;

  for (guint i = 0; i < G_N_ELEMENTS (count->counters) && count->counters[i];
       i++)
    sum += peer_get_stat (count->peer, count->counters[i]);
  return sum;
}

/* Returns: what the events' details are since @from */
static gchar *
get_events (Peer *peer, gsize from)
{
  gchar *events;

  g_mutex_lock (&peer->pair->mutex);
  events = g_strdup (peer->events->str + from);
  g_mutex_unlock (&peer->pair->mutex);
  return events;
}

static gsize
get_n_events (Peer *peer)
{
  gsize n;

  g_mutex_lock (&peer->pair->mutex);
  n = peer->events->len;
  g_mutex_unlock (&peer->pair->mutex);
  return n;
}

static gboolean
has_grown (Pair *pair G_GNUC_UNUSED, gpointer data)
{
  const Count *count = data;
  g_autofree gchar *events = NULL;

  if (sum_up (count) <= count->more_than)
    return FALSE;
  if (!count->awaits_event)
    return TRUE;
  events = get_events (count->peer, count->n_events);
  return strstr (events, "message-rejected") || strstr (events, "stale-answer")
      || strstr (events, "offer-ignored");
}

/* As pair_wait(), for what takes less than its tick.  There is a pause between two
 * looks: without, they take the target's lock so often that its thread hardly gets
 * it, above all under a sanitizer. */
static gboolean
wait_briefly (Pair *pair, Condition condition, gpointer data)
{
  gint64 deadline =
      g_get_monotonic_time () + patience (PAIR_DEADLINE_MS) * (gint64) 1000;
  gboolean is_true;

  while (!(is_true = condition (pair, data))
      && g_get_monotonic_time () < deadline) {
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (LOOK_US);
  }
  return is_true;
}

/* @says: (nullable): a part of the reason, if @json is to be rejected; otherwise
 *   it may be ignored or stale, too
 * @what: for the failure's text */
static void
inject (Call *call, const gchar *json, const gchar *says, const gchar *what)
{
  Count count = { .peer = call->target, .counters = { "messages-rejected" } };
  guint64 restarts = peer_get_stat (call->target, "restarts");
  gsize n_events = get_n_events (call->target);
  g_autofree gchar *events = NULL;

  if (!says) {
    count.counters[1] = "stale-answers";
    count.counters[2] = "offers-ignored";
  }
  count.more_than = sum_up (&count);
  count.awaits_event = TRUE;
  count.n_events = n_events;
  line_inject (call->pair->line, call->other->index, json);
  if (!wait_briefly (call->pair, has_grown, &count)) {
    g_autofree gchar *description = pair_describe (call->pair);

    fail ("%s was not rejected\n%s", what, description);
  }

  fail_unless (wait_briefly (call->pair, is_in_state, call),
      "%s changed the state", what);
  fail_unless (peer_get_stat (call->target, "restarts") == restarts,
      "%s made the target restart", what);
  events = get_events (call->target, n_events);
  if (says)
    fail_unless (strstr (events, "message-rejected ") && strstr (events, says),
        "%s was rejected for another reason: %s", what, events);
}

static gchar *
describe (const gchar *type, const gchar *sdp)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "description");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "type");
  json_builder_add_string_value (builder, type);
  json_builder_set_member_name (builder, "sdp");
  json_builder_add_string_value (builder, sdp);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static void
inject_sdp (Call *call, const gchar *type, const gchar *sdp, const gchar *says,
    const gchar *what)
{
  g_autofree gchar *json = describe (type, sdp);

  inject (call, json, says, what);
}

/*** Descriptions of the corpus ***/

/* As if of the connection in use: another would only be a new one. */
static gchar *
take_on_ufrag (const Call *call, const gchar *sdp)
{
  g_autoptr (GRegex) regex = g_regex_new ("a=ice-ufrag:[^\r\n]*",
      G_REGEX_RAW | G_REGEX_NEWLINE_ANYCRLF, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree gchar *line = NULL;

  fail_unless (g_regex_match (regex, call->answer, 0, &match));
  line = g_match_info_fetch (match, 0);
  return g_regex_replace_literal (regex, sdp, -1, 0, line, 0, NULL);
}

static gboolean
has_id (const gchar *sdp)
{
  return g_regex_match_simple ("^o=\\S{1,64} [0-9]{1,20} [0-9]{1,20} ", sdp,
      G_REGEX_MULTILINE | G_REGEX_NEWLINE_ANYCRLF, 0);
}

typedef struct
{
  guint from;
  guint n;
} Rejects;

static gboolean
has_rejected (Pair *pair, gpointer data)
{
  const Rejects *rejects = data;

  return line_count_from (pair->line, LETTER_REJECT, rejects->from)
      >= rejects->n;
}

static void
inject_file (Call *call, const CorpusFile *file)
{
  Rejects rejects = { .from = call->target->index };
  g_autofree gchar *answer = NULL;

  if (g_str_equal (corpus_file_get (file, "kind"), "answer")) {
    g_autofree gchar *sdp = take_on_ufrag (call, file->text);

    inject_sdp (call, "answer", sdp, NULL, file->name);
    return;
  }
  /* What is wrong after another description is not, without. */
  if (corpus_file_get (file, "remote"))
    return;

  rejects.n = has_id (file->text)
      + line_count_from (call->pair->line, LETTER_REJECT, rejects.from);
  inject_sdp (call, "offer", file->text,
      g_utf8_validate (file->text, -1, NULL) && strlen (file->text) < 200000
          ? corpus_file_get (file, "says")
          : NULL,
      file->name);
  if (strlen (file->text) < 200000)
    fail_unless (wait_briefly (call->pair, has_rejected, &rejects),
        "%s was not declined", file->name);
  answer = take_on_ufrag (call, file->text);
  inject_sdp (call, "answer", answer, NULL, file->name);
}

static void
inject_corpus (Call *call)
{
  g_autoptr (GPtrArray) files = corpus_load ("hostile");

  fail_unless (files->len >= 60);
  for (guint i = 0; i < files->len; i++)
    inject_file (call, g_ptr_array_index (files, i));
}

/*** Descriptions made of those in force ***/

typedef gchar *(*Change) (const gchar *sdp);

static gchar *
replace_first (const gchar *text, const gchar *pattern, const gchar *by)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern,
      G_REGEX_MULTILINE | G_REGEX_NEWLINE_ANYCRLF | G_REGEX_DOTALL, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree gchar *replacement = NULL;
  gint start, end;

  fail_unless (g_regex_match (regex, text, 0, &match), "%s", pattern);
  g_match_info_fetch_pos (match, 0, &start, &end);
  replacement = g_match_info_expand_references (match, by, NULL);
  return g_strdup_printf ("%.*s%s%s", start, text, replacement, text + end);
}

static gchar *
kind_changed (const gchar *sdp)
{
  return replace_first (sdp, "^m=video", "m=audio");
}

static gchar *
mid_changed (const gchar *sdp)
{
  g_autofree gchar *group = replace_first (sdp, "BUNDLE \\S+", "BUNDLE other");

  return replace_first (group, "^a=mid:\\S+", "a=mid:other");
}

static gchar *
mid_doubled (const gchar *sdp)
{
  return replace_first (sdp, "^a=mid:(\\S+)(.*?)a=mid:\\S+",
      "a=mid:\\1\\2a=mid:\\1");
}

static gchar *
section_removed (const gchar *sdp)
{
  g_autofree gchar *group =
      replace_first (sdp, "(BUNDLE.*?) \\S+\r\n", "\\1\r\n");

  return replace_first (group, "(.*)^m=.*", "\\1");
}

static gchar *
all_removed (const gchar *sdp)
{
  g_autofree gchar *group = replace_first (sdp, "a=group:BUNDLE.*?\r\n", "");

  return replace_first (group, "^m=.*", "");
}

static gchar *
reordered (const gchar *sdp)
{
  return replace_first (sdp, "(^m=.*?)(^m=.*?)((^m=.*)?)\\z", "\\2\\1\\3");
}

static gchar *
section_doubled (const gchar *sdp)
{
  return replace_first (sdp, "(^m=.*)", "\\1\\1");
}

static gchar *
bundle_gone (const gchar *sdp)
{
  return replace_first (sdp, "a=group:BUNDLE.*?\r\n", "");
}

static gchar *
tag_unknown (const gchar *sdp)
{
  return replace_first (sdp, "BUNDLE ", "BUNDLE nobody ");
}

static gchar *
setup_removed (const gchar *sdp)
{
  return replace_first (sdp, "^a=setup:.*?\r\n", "");
}

static gchar *
setup_unknown (const gchar *sdp)
{
  return replace_first (sdp, "^a=setup:\\w+", "a=setup:holdconn");
}

static gchar *
payload_type_large (const gchar *sdp)
{
  return replace_first (sdp, "(^m=.*?) \\d+\r\n", "\\1 4711\r\n");
}

static const struct
{
  const gchar *name;
  Change change;
} changes[] = {
#define CHANGE(name)                                                           \
  {                                                                            \
#name, name                                                                \
  }
  CHANGE (kind_changed),
  CHANGE (mid_changed),
  CHANGE (mid_doubled),
  CHANGE (section_removed),
  CHANGE (all_removed),
  CHANGE (reordered),
  CHANGE (section_doubled),
  CHANGE (bundle_gone),
  CHANGE (tag_unknown),
  CHANGE (setup_removed),
  CHANGE (setup_unknown),
  CHANGE (payload_type_large),
#undef CHANGE
};

/* Offers come first: after an answer that could not be used, one that collides
 * means that the peers do not agree any more, and is met by a restart. */
static void
inject_changes (Call *call)
{
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autofree gchar *offer = changes[i].change (call->offer);

    inject_sdp (call, "offer", offer, NULL, changes[i].name);
  }
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autofree gchar *answer = changes[i].change (call->answer);

    inject_sdp (call, "answer", answer, NULL, changes[i].name);
  }
}

/*** Candidates and other messages ***/

#define HOST "candidate:1 1 udp 1 192.0.2.7 5000 typ host"
#define CANDIDATE(text)                                                        \
  "{\"candidate\":{\"candidate\":\"" text                                      \
  "\",\"sdpMid\":null,\"sdpMLineIndex\":0}}"
#define WHERE(members)                                                         \
  "{\"candidate\":{\"candidate\":\"" HOST "\"," members "}}"

static const struct
{
  const gchar *json;
  const gchar *says;
} messages[] = {
  { CANDIDATE ("hello"), "begins with candidate:" },
  { CANDIDATE ("candidate:"), "" },
  { CANDIDATE ("candidate:1"), "" },
  { CANDIDATE ("candidate:1 1 udp 1 192.0.2.7 5000"), "" },
  { CANDIDATE ("candidate:1 1 udp 1 192.0.2.7 5000 typ"), "" },
  { CANDIDATE ("candidate:1 1 udp 1 192.0.2.7 5000 typ nothing"), "" },
  { CANDIDATE ("candidate:1 1 udp 1 192.0.2.7 5000 host host"), "" },
  { CANDIDATE ("candidate:1 0 udp 1 192.0.2.7 5000 typ host"), "" },
  { CANDIDATE ("candidate:1 257 udp 1 192.0.2.7 5000 typ host"), "" },
  { CANDIDATE ("candidate:1 -1 udp 1 192.0.2.7 5000 typ host"), "" },
  { CANDIDATE ("candidate:1 1 sctp 1 192.0.2.7 5000 typ host"), "" },
  { CANDIDATE ("candidate:1 1 udp -1 192.0.2.7 5000 typ host"), "" },
  { CANDIDATE ("candidate:1 1 udp 99999999999 192.0.2.7 5000 typ host"), "" },
  { CANDIDATE ("candidate:1 1 udp 1 192.0.2 5000 typ host"), "" },
  { CANDIDATE ("candidate:1 1 udp 1 999.0.2.7 5000 typ host"), "" },
  { CANDIDATE ("candidate:1 1 udp 1 example.com 5000 typ host"), "" },
  { CANDIDATE ("candidate:1 1 udp 1 192.0.2.7 65536 typ host"), "" },
  { CANDIDATE ("candidate:1 1 udp 1 192.0.2.7 -1 typ host"), "" },
  { CANDIDATE ("candidate:1 1 udp 1 192.0.2.7 x typ host"), "" },
  { CANDIDATE ("candidate:1 1 tcp 1 192.0.2.7 9 typ host"), "" },
  { CANDIDATE ("candidate:1 1 tcp 1 192.0.2.7 9 typ host tcptype x"), "" },
  { CANDIDATE ("candidate:1 1 udp 1 192.0.2.7 5000 typ srflx raddr"), "" },
  { CANDIDATE ("candidate:1 1 udp 1 192.0.2.7 5000 typ host ufrag a b"), "" },
  { CANDIDATE (HOST "\\r\\na=mid:3"), "" },
  { CANDIDATE (HOST "\\u0000"), "" },
  { CANDIDATE ("a=a=" HOST), "begins with candidate:" },
  { WHERE ("\"sdpMid\":\"nobody\""), "not there" },
  { WHERE ("\"sdpMLineIndex\":63"), "not there" },
  { WHERE ("\"sdpMLineIndex\":128"), "sdpMLineIndex is" },
  { WHERE ("\"sdpMLineIndex\":-1"), "sdpMLineIndex is" },
  { WHERE ("\"sdpMLineIndex\":1e99"), "sdpMLineIndex is" },
  { WHERE ("\"sdpMid\":{}"), "sdpMid is" },
  { WHERE ("\"sdpMid\":null"), "sdpMid or sdpMLineIndex" },
  { WHERE ("\"sdpMLineIndex\":0,\"usernameFragment\":\"\xc3\xa4\xc3\xa4\""),
      "usernameFragment is" },
  { "{\"candidate\":[]}", "candidate is" },
  { "{\"candidate\":7}", "candidate is" },
  { "{\"candidate\":true}", "candidate is" },
  { "", "an object" },
  { "x", "JSON" },
  { "[]", "an object" },
  { "{", "JSON" },
  { "{}", "one of description" },
  { "{\"description\":null}", "one of description" },
  { "{\"description\":[]}", "description is an object" },
  { "{\"description\":{\"type\":\"offer\"}}", "has an sdp" },
  { "{\"description\":{\"type\":\"rollback\"}}", "offer or answer" },
  { "{\"description\":{\"type\":\"pranswer\",\"sdp\":\"v=0\"}}",
      "offer or answer" },
  { "{\"description\":{\"type\":\"offer\",\"sdp\":7}}", "sdp is a string" },
  { "{\"description\":{\"type\":\"offer\",\"sdp\":\"\"}}", "" },
  { "{\"bye\":7}", "bye is an object" },
  { "{\"bye\":\"\"}", "bye is an object" },
  { "{\"bye\":[{}]}", "bye is an object" },
  { "{\"reject\":{}}", "SESSID:VERSION" },
  { "{\"reject\":{\"offer\":\"-1:2\"}}", "SESSID:VERSION" },
  { "{\"restart\":{}}", "has a session" },
  { "{\"restart\":{\"session\":-1}}", "session is" },
  { "{\"restart\":{\"session\":\"9\"}}", "session is" },
  { "{\"restart\":{\"session\":9007199254740993}}", "session is" },
  { "{\"restart\":{\"session\":1e3}}", "session is" },
};

static void
inject_messages (Call *call)
{
  g_autofree gchar *deep = g_strnfill (100000, '[');
  g_autofree gchar *large = g_strnfill (300000, ' ');

  for (guint i = 0; i < G_N_ELEMENTS (messages); i++)
    inject (call, messages[i].json, messages[i].says, messages[i].json);
  inject (call, deep, "nested", "what is nested deep");
  inject (call, large, "bytes", "what is large");
  inject (call, "\xff\xfe", "UTF-8", "what is no text");
}

/*** The end ***/

static void
check_all_is_well (Call *call)
{
  guint64 restarts[2];

  for (guint i = 0; i < 2; i++)
    restarts[i] = peer_get_stat (&call->pair->peers[i], "restarts");
  assert_settles (call->pair, QUIET_MS);
  peer_add_stream (call->target, 'v');
  assert_settles (call->pair, QUIET_MS);
  peer_add_stream (call->other, 'a');
  assert_settles (call->pair, QUIET_MS);

  for (guint i = 0; i < 2; i++) {
    Peer *peer = &call->pair->peers[i];
    g_autofree gchar *error = peer_get_error (peer);

    fail_unless (error == NULL, "%s", error);
    fail_unless (peer_get_stat (peer, "restarts") == restarts[i]);
    for (guint j = 0; j < peer->streams->len; j++) {
      RtpStream *stream = g_ptr_array_index (peer->streams, j);

      assert_or_describe (call->pair, rtp_stream_is_well (stream));
      assert_or_describe (call->pair,
          peer_get_lost (peer_get_other (peer), stream) == 0);
    }
  }
}

GST_START_TEST (a_stable_call_stays_as_it_is)
{
  g_auto (Call) call;

  call_init (&call, __i__);
  inject_changes (&call);
  inject_corpus (&call);
  inject_messages (&call);
  fail_unless (peer_get_stat (call.target, "restarts") == 0);
  check_all_is_well (&call);
}

GST_END_TEST;

GST_START_TEST (an_outstanding_offer_stays_outstanding)
{
  g_auto (Call) call;

  call_init (&call, __i__);
  call_make_pending (&call);
  /* The polite peer would take its offer back first. */
  if (call.target->index == 0)
    inject_changes (&call);
  inject_corpus (&call);
  inject_messages (&call);
  fail_unless (peer_get_stat (call.target, "restarts") == 0);
  call.is_pending = FALSE;
  line_release (call.pair->line);
  check_all_is_well (&call);
}

GST_END_TEST;

/*** Floods ***/

static gint64
get_resident (void)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) fields = NULL;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    return 0;
  fields = g_strsplit (text, " ", 3);
  return g_ascii_strtoll (fields[1], NULL, 10) * 4096;
}

static void
check_growth (gint64 before)
{
#ifndef __SANITIZE_ADDRESS__
  gint64 growth = get_resident () - before;

  fail_unless (growth < MAX_GROWTH, "%" G_GINT64_FORMAT " bytes", growth);
#else
  (void) before;
#endif
}

static const struct
{
  const gchar *json;
  const gchar *counters[4];
} floods[] = {
  { "{\"candidate\":", { "messages-rejected" } },
  { "{\"reject\":{\"offer\":\"1:1\"}}", { "stale-answers" } },
  /* Of the connection, and of one that never comes. */
  { WHERE ("\"sdpMLineIndex\":0"), { "messages-rejected" } },
  { WHERE ("\"sdpMLineIndex\":0,\"usernameFragment\":\"none\""),
      { "messages-rejected" } },
  { "{\"description\":{\"type\":\"offer\",\"sdp\":\"v=0\\no=- 1 1 IN IP4 0.0.0.0"
    "\\n\"}}",
      { "messages-rejected" } },
};

/* The same candidate twice is one. */
static gchar *
make_flood (const gchar *json, guint i)
{
  g_auto (GStrv) parts = g_strsplit (json, " 5000 ", 2);
  g_autofree gchar *port = g_strdup_printf (" %u ", 1024 + i % 60000);

  return g_strjoinv (port, parts);
}

GST_START_TEST (a_flood_passes)
{
  g_auto (Call) call;
  Count count;
  gint64 resident;

  call_init (&call, 1);
  resident = get_resident ();
  count = (Count) { .peer = call.target };
  memcpy (count.counters, floods[__i__].counters, sizeof (count.counters));
  /* Some of the candidates are taken. */
  count.more_than = sum_up (&count) + FLOOD - 1000;

  for (guint i = 0; i < FLOOD; i++) {
    g_autofree gchar *json = make_flood (floods[__i__].json, i);

    line_inject (call.pair->line, call.other->index, json);
  }
  assert_or_describe (call.pair,
      pair_wait (call.pair, has_grown, &count, PAIR_DEADLINE_MS));
  check_all_is_well (&call);
  check_growth (resident);
}

GST_END_TEST;

static Suite *
hostile_suite (void)
{
  Suite *suite = suite_create ("hostile");
  TCase *tc = tcase_create ("messages");

  tcase_set_timeout (tc, 200);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, a_stable_call_stays_as_it_is, 0, 2);
  tcase_add_loop_test (tc, an_outstanding_offer_stays_outstanding, 0, 2);
  tc = tcase_create ("floods");
  tcase_set_timeout (tc, 200);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, a_flood_passes, 0, G_N_ELEMENTS (floods));
  return suite;
}

CHECK_MAIN (hostile)
