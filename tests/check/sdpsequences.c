/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Sequences of messages to a webrtcnegotiator with a real webrtcbin: descriptions
 * of the corpus and what can be made of them, in the place of each other and of
 * answers to its own offers, candidates, restarts, rejections, byes, in both roles
 * and in every state.  Whatever comes, the process lives, the element answers to
 * what comes next, and posts no error.
 *
 *     sdpsequences                every sequence of the table, pairs of the
 *                                 corpus, and random ones, for some seconds
 *     sdpsequences --pairs        every pair of the corpus, in both roles
 *     sdpsequences --runs N [--seed S]
 *     sdpsequences --play FILE,FILE… [--verbose]
 *
 * Each is in a child process, and tells its steps with --verbose. */

#include "patience.h"
#include "sdpcorpus.h"
#include "sdpedit.h"
#include "sdpmutate.h"

#include <glib-unix.h>
#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>
#include <json-glib/json-glib.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* No step takes as long, even on a busy machine. */
#define HANG_S 60
#define BATCH many (20, 3)
#define MAX_STEPS 14
#define SESSION G_GUINT64_CONSTANT (6639344001993658835)
#define PEER "peer"

static gint n_runs = 0, first_seed = 1, max_seconds = 0;
static gboolean all_pairs = FALSE, verbose = FALSE;
static gchar *played = NULL;

static const GOptionEntry options[] = { { "runs", 'r', 0, G_OPTION_ARG_INT,
                                            &n_runs, "So many random sequences",
                                            "N" },
  { "seed", 's', 0, G_OPTION_ARG_INT, &first_seed,
      "The first one's seed (default: 1)", "SEED" },
  { "pairs", 0, 0, G_OPTION_ARG_NONE, &all_pairs,
      "Every pair of the corpus' offers, in both roles", NULL },
  { "play", 0, 0, G_OPTION_ARG_STRING, &played,
      "These files of the corpus, one after the other, in both roles",
      "FILE,FILE…" },
  { "seconds", 0, 0, G_OPTION_ARG_INT, &max_seconds,
      "Begin nothing more after so long", "N" },
  { "verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "Tell each step", NULL },
  { NULL } };

/* Of these, each one ended a process before. */
static const gchar *const table[] = {
  /* A BUNDLE tag that moves to a section that lives again. */
  "valid/chromium-seq6-allstopped-offer.sdp,valid/chromium-seq5-data-offer.sdp",
  /* Data channels whose section is rejected, and lives again. */
  "valid/plain.sdp,valid/plain-data-stopped.sdp,valid/plain.sdp",
};

/*** The element ***/

typedef struct
{
  GRand *rand;
  GPtrArray *files; /* CorpusFile: the valid ones */
  GstElement *pipeline;
  GstElement *element;
  GPtrArray *pads; /* requested */
  guint64 version; /* of our descriptions */
  guint64 n_barriers;
  gboolean said_bye;
  gchar *ufrag;
  gchar *sent;    /* the last offer to the element */
  gchar *current; /* the last one that it has answered */

  GMutex mutex;
  /* Under the mutex. */
  gchar *offer;         /* the element's last offer */
  gboolean is_answered; /* the element has answered @sent */
  gchar *error;
} Target;

static void tell (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

static void
tell (const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  if (!verbose)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("%s\n", text);
}

/* On the element's thread. */
static void
on_outgoing (GstElement *element G_GNUC_UNUSED, const gchar *to G_GNUC_UNUSED,
    const gchar *json, Target *self)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);
  JsonObject *object = json_node_get_object (node), *description;
  const gchar *sdp;

  if (!json_object_has_member (object, "description")) {
    tell ("< %.60s", json);
    return;
  }
  description = json_object_get_object_member (object, "description");
  sdp = json_object_get_string_member (description, "sdp");
  g_mutex_lock (&self->mutex);
  if (g_str_equal (json_object_get_string_member (description, "type"),
          "offer")) {
    tell ("< an offer");
    g_free (self->offer);
    self->offer = g_strdup (sdp);
  } else {
    tell ("< an answer");
    self->is_answered = TRUE;
  }
  g_mutex_unlock (&self->mutex);
}

static GstBusSyncReply
on_message (GstBus *bus G_GNUC_UNUSED, GstMessage *message, gpointer data)
{
  Target *self = data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    g_mutex_lock (&self->mutex);
    if (!self->error)
      self->error = g_strdup (error->message);
    g_mutex_unlock (&self->mutex);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT && verbose) {
    g_autofree gchar *text =
        gst_structure_to_string (gst_message_get_structure (message));

    tell ("  %s", text);
  }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static void
target_init (Target *self, GRand *rand, GPtrArray *files, gboolean is_polite)
{
  g_autoptr (GstBus) bus = NULL;

  *self = (Target) { .rand = rand, .files = files, .version = 2 };
  g_mutex_init (&self->mutex);
  self->pads = g_ptr_array_new ();
  self->ufrag = g_strdup ("abcd");
  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  self->element = gst_element_factory_make ("webrtcnegotiator", NULL);
  g_assert_nonnull (self->element);
  g_object_set (self->element, "signaller-uri", "app:", "peer-id", "target",
      "negotiation-timeout", 0, NULL);
  gst_util_set_object_arg (G_OBJECT (self->element), "role",
      is_polite ? "polite" : "impolite");
  gst_bin_add (GST_BIN (self->pipeline), self->element);
  g_signal_connect (self->element, "outgoing-message", G_CALLBACK (on_outgoing),
      self);
  bus = gst_pipeline_get_bus (GST_PIPELINE (self->pipeline));
  gst_bus_set_sync_handler (bus, on_message, self, NULL);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

static void
target_clear (Target *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_object_unref (self->pipeline);
  g_ptr_array_unref (self->pads);
  g_free (self->ufrag);
  g_free (self->sent);
  g_free (self->current);
  g_free (self->offer);
  g_free (self->error);
  g_mutex_clear (&self->mutex);
}

static void
send_json (Target *self, const gchar *json)
{
  tell ("> %.200s", json);
  self->said_bye |= strstr (json, "\"bye\"") != NULL;
  g_signal_emit_by_name (self->element, "incoming-message", PEER, json);
}

static guint64
get_stat (Target *self, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;

  g_object_get (self->element, "stats", &stats, NULL);
  gst_structure_get_uint64 (stats, name, &value);
  return value;
}

/* Returns when all that was sent before has been dealt with. */
static void
wait_for_barrier (Target *self)
{
  guint64 before = get_stat (self, "messages-rejected");

  alarm (patience (HANG_S));
  for (;;) {
    /* Who is not paired, after a bye, counts nothing before it is greeted. */
    if (self->said_bye)
      g_signal_emit_by_name (self->element, "incoming-message", PEER,
          "{\"restart\":{\"session\":0}}");
    self->said_bye = FALSE;
    g_signal_emit_by_name (self->element, "incoming-message", PEER, "barrier");
    for (guint i = 0; i < 1000; i++) {
      if (get_stat (self, "messages-rejected") > before)
        return;
      g_usleep (1000);
    }
  }
}

/*** Steps ***/

static void
send_description (Target *self, const gchar *type, const gchar *sdp)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *json = NULL;

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
  json = json_to_string (root, FALSE);
  if (verbose)
    tell ("> %s\n%s", type, sdp);
  g_signal_emit_by_name (self->element, "incoming-message", PEER, json);
}

static guint
dice (Target *self, guint end)
{
  return g_rand_int_range (self->rand, 0, end);
}

static void
send_offer (Target *self, const gchar *sdp)
{
  g_free (self->sent);
  self->sent = g_strdup (sdp);
  g_mutex_lock (&self->mutex);
  self->is_answered = FALSE;
  g_mutex_unlock (&self->mutex);
  send_description (self, "offer", sdp);
}

static const CorpusFile *
pick_file (Target *self)
{
  const CorpusFile *file;

  do {
    file = self->files->pdata[dice (self, self->files->len)];
  } while (strlen (file->text) > 20000);
  return file;
}

/* As the next one of the same peer, mostly. */
static void
send_some_offer (Target *self)
{
  const gchar *base = self->current && dice (self, 3) > 0
      ? self->current
      : pick_file (self)->text;
  g_autoptr (SdpEdit) edit = sdp_edit_new (base);
  g_autofree gchar *text = NULL;

  if (dice (self, 20) == 0) {
    g_free (self->ufrag);
    self->ufrag = g_strdup_printf ("u%03u", dice (self, 1000));
  }
  if (dice (self, 15) > 0)
    sdp_edit_set_origin (edit, SESSION, ++self->version);
  if (dice (self, 10) > 0)
    sdp_edit_set_transport (edit, self->ufrag);
  if (dice (self, 4) > 0)
    sdp_edit_change (edit, self->rand);
  text = sdp_edit_to_string (edit);
  if (dice (self, 6) == 0) {
    g_autofree gchar *mutated = sdp_mutate (text, self->rand, self->files);

    send_offer (self, mutated);
  } else {
    send_offer (self, text);
  }
}

static void
send_some_answer (Target *self)
{
  g_autofree gchar *offer = NULL, *text = NULL;
  g_autoptr (SdpEdit) edit = NULL;

  g_mutex_lock (&self->mutex);
  offer = g_strdup (self->offer);
  g_mutex_unlock (&self->mutex);
  edit =
      sdp_edit_new (offer && dice (self, 8) ? offer : pick_file (self)->text);
  sdp_edit_set_origin (edit, SESSION, ++self->version);
  sdp_edit_set_transport (edit, self->ufrag);
  sdp_edit_make_answer (edit, self->rand);
  text = sdp_edit_to_string (edit);
  if (dice (self, 10) == 0) {
    g_autofree gchar *mutated = sdp_mutate (text, self->rand, self->files);

    send_description (self, "answer", mutated);
  } else {
    /* From now on it is what our offers go on from. */
    g_free (self->current);
    self->current = g_regex_match_simple ("^m=", text, G_REGEX_MULTILINE, 0)
        ? g_strdup (text)
        : NULL;
    send_description (self, "answer", text);
  }
}

static void
send_reject (Target *self)
{
  g_autoptr (GRegex) regex =
      g_regex_new ("^o=\\S+ (\\d+) (\\d+)", G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree gchar *offer = NULL, *json = NULL;

  g_mutex_lock (&self->mutex);
  offer = g_strdup (self->offer ? self->offer : "");
  g_mutex_unlock (&self->mutex);
  if (!g_regex_match (regex, offer, 0, &match))
    return;
  json = g_match_info_expand_references (match,
      "{\"reject\":{\"offer\":\"\\1:\\2\"}}", NULL);
  send_json (self, json);
}

static void
send_other (Target *self)
{
  static const gchar *const others[] = {
    "{\"candidate\":{\"candidate\":\"candidate:1 1 udp 2130706431 192.0.2.9 "
    "50000 typ host\",\"sdpMid\":\"0\",\"sdpMLineIndex\":0}}",
    "{\"candidate\":{\"candidate\":\"candidate:2 1 udp 2130706431 192.0.2.9 "
    "50001 typ host\",\"sdpMLineIndex\":2,\"usernameFragment\":\"abcd\"}}",
    "{\"candidate\":{\"candidate\":\"candidate:3 1 tcp 1518280447 192.0.2.9 9 "
    "typ host tcptype active\",\"sdpMLineIndex\":1}}",
    "{\"candidate\":null}",
    "{\"candidate\":{}}",
    "{\"restart\":{\"session\":0}}",
    "{\"restart\":{\"session\":1}}",
    "{\"restart\":{\"session\":3}}",
    "{\"bye\":{}}",
    "{\"bye\":{}}",
    "garbage",
  };

  if (dice (self, 4) == 0)
    send_reject (self);
  else
    send_json (self, others[dice (self, G_N_ELEMENTS (others))]);
}

static void
add_stream (Target *self)
{
  static const gchar *const formats[] = {
    "application/x-rtp,media=video,encoding-name=VP8,payload=96,"
    "clock-rate=90000",
    "application/x-rtp,media=video,encoding-name=H264,payload=96,"
    "clock-rate=90000",
    "application/x-rtp,media=audio,encoding-name=OPUS,payload=96,"
    "clock-rate=48000",
    "application/x-rtp,media=audio,encoding-name=PCMU,payload=0,"
    "clock-rate=8000",
  };
  g_autoptr (GstCaps) caps =
      gst_caps_from_string (formats[dice (self, G_N_ELEMENTS (formats))]);
  GstPad *pad = gst_element_request_pad (self->element,
      gst_element_get_pad_template (self->element, "sink_%u"), NULL, caps);

  tell ("a stream");
  g_ptr_array_add (self->pads, pad);
  g_signal_emit_by_name (self->element, "negotiate");
}

static void
release_stream (Target *self)
{
  GstPad *pad;

  if (!self->pads->len)
    return;
  tell ("a stream is released");
  pad = g_ptr_array_steal_index (self->pads, dice (self, self->pads->len));
  gst_element_release_request_pad (self->element, pad);
  gst_object_unref (pad);
}

static void
direct_stream (Target *self)
{
  if (!self->pads->len)
    return;
  tell ("a stream's direction");
  g_signal_emit_by_name (self->element, "set-direction",
      self->pads->pdata[dice (self, self->pads->len)],
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_INACTIVE + dice (self, 4));
}

static void
create_channel (Target *self)
{
  g_autoptr (GObject) channel = NULL;

  tell ("a channel");
  g_signal_emit_by_name (self->element, "create-data-channel", "c", NULL,
      &channel);
}

static void
do_local_step (Target *self)
{
  static const gchar *const actions[] = { "negotiate", "negotiate",
    "accept-offer", "reject-offer", "restart" };
  guint action;

  switch (dice (self, 8)) {
    case 0:
    case 1:
    case 2:
      add_stream (self);
      break;
    case 3:
      release_stream (self);
      break;
    case 4:
      direct_stream (self);
      break;
    case 5:
      create_channel (self);
      break;
    case 6:
      tell ("answers by itself, or not");
      g_object_set (self->element, "auto-answer", dice (self, 3) > 0, NULL);
      break;
    default:
      action = dice (self, G_N_ELEMENTS (actions));
      tell ("%s", actions[action]);
      g_signal_emit_by_name (self->element, actions[action]);
      break;
  }
}

static void
note_answer (Target *self)
{
  g_mutex_lock (&self->mutex);
  if (self->is_answered) {
    g_free (self->current);
    self->current = g_steal_pointer (&self->sent);
    self->is_answered = FALSE;
  }
  g_mutex_unlock (&self->mutex);
}

static void
do_step (Target *self)
{
  gboolean has_offer;

  g_mutex_lock (&self->mutex);
  has_offer = self->offer != NULL;
  g_mutex_unlock (&self->mutex);

  switch (dice (self, 10)) {
    case 0:
    case 1:
      do_local_step (self);
      break;
    case 2:
      send_other (self);
      break;
    case 3:
    case 4:
      if (has_offer) {
        send_some_answer (self);
        break;
      }
      send_some_offer (self);
      break;
    default:
      send_some_offer (self);
      break;
  }
  /* What comes in one go meets the states between. */
  if (dice (self, 4) > 0)
    wait_for_barrier (self);
  note_answer (self);
}

/*** Sequences ***/

typedef struct
{
  guint seed;   /* 0: the files */
  gchar *files; /* commas between them */
  gboolean is_polite;
} Sequence;

static void
sequence_free (Sequence *self)
{
  g_free (self->files);
  g_free (self);
}

static void
add_sequence (GPtrArray *all, guint seed, const gchar *files,
    gboolean is_polite)
{
  Sequence *sequence = g_new0 (Sequence, 1);

  sequence->seed = seed;
  sequence->files = g_strdup (files);
  sequence->is_polite = is_polite;
  g_ptr_array_add (all, sequence);
}

static gchar *
sequence_describe (const Sequence *self)
{
  return self->seed ? g_strdup_printf ("--runs 1 --seed %u", self->seed)
                    : g_strdup_printf ("--play %s (%s)", self->files,
                        self->is_polite ? "polite" : "impolite");
}

static void
play_files (Target *self, const gchar *files)
{
  g_auto (GStrv) names = g_strsplit (files, ",", -1);

  for (guint i = 0; names[i]; i++) {
    g_autoptr (CorpusFile) file = corpus_file_load (names[i]);
    g_autoptr (SdpEdit) edit = sdp_edit_new (file->text);
    g_autofree gchar *text = NULL;

    sdp_edit_set_origin (edit, SESSION, ++self->version);
    text = sdp_edit_to_string (edit);
    send_offer (self, text);
    wait_for_barrier (self);
  }
  /* Its own next offer has to find everything in order, too. */
  add_stream (self);
}

/* Returns: whether the element is as well as it was */
static gboolean
run_sequence (const Sequence *sequence, GPtrArray *files)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (sequence->seed);
  gboolean is_polite = sequence->seed % 2 || sequence->is_polite;
  gboolean is_well;
  Target target;

  alarm (patience (HANG_S));
  target_init (&target, rand, files, is_polite);
  if (sequence->seed) {
    guint n = 2 + dice (&target, MAX_STEPS);

    while (n--)
      do_step (&target);
  } else {
    play_files (&target, sequence->files);
  }
  wait_for_barrier (&target);
  is_well = target.error == NULL;
  if (!is_well)
    g_print ("error: %s\n", target.error);
  target_clear (&target);
  return is_well;
}

/*** Processes ***/

static void
run_child (GPtrArray *all, guint first, guint end, GPtrArray *files, int out)
{
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  for (guint i = first; i < end; i++) {
    gboolean is_well = run_sequence (g_ptr_array_index (all, i), files);

    if (write (out, is_well ? "d" : "e", 1) != 1)
      _exit (2);
  }
  _exit (0);
}

static void
report (const Sequence *sequence, int status)
{
  g_autofree gchar *description = sequence_describe (sequence);

  if (WIFSIGNALED (status))
    g_print ("%s: died of signal %d\n", description, WTERMSIG (status));
  else
    g_print ("%s: ended early, or posted an error\n", description);
}

typedef struct
{
  guint next, end;
  int in;
  pid_t pid;
} Child;

/* Returns: whether there is more to do in it, or in the one after it */
static gboolean
child_step (Child *self, GPtrArray *all, GPtrArray *files, guint *n_bad)
{
  gchar result;
  int status;

  if (!self->pid) {
    int fds[2];

    g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, NULL));
    fflush (stdout);
    if ((self->pid = fork ()) == 0)
      run_child (all, self->next, self->end, files, fds[1]);
    g_assert_cmpint (self->pid, >, 0);
    close (fds[1]);
    self->in = fds[0];
    return TRUE;
  }
  if (read (self->in, &result, 1) == 1) {
    if (result == 'e') {
      report (g_ptr_array_index (all, self->next), 0);
      (*n_bad)++;
    }
    self->next++;
    return TRUE;
  }
  close (self->in);
  waitpid (self->pid, &status, 0);
  self->pid = 0;
  if (self->next < self->end) {
    report (g_ptr_array_index (all, self->next++), status);
    (*n_bad)++;
  } else if (status != 0) {
    /* Something of valgrind's, which looks back at the end. */
    report (g_ptr_array_index (all, self->end - 1), status);
    (*n_bad)++;
  }
  return self->next < self->end;
}

/* Two at a time, as much of it is waiting.  Returns: how many were not well */
static guint
run_sequences (GPtrArray *all, GPtrArray *files, guint seconds)
{
  gint64 end = g_get_monotonic_time () + seconds * (gint64) G_USEC_PER_SEC;
  guint next = 0, n_bad = 0;
  Child children[2] = { { 0 } };
  gboolean more;

  do {
    more = FALSE;
    for (guint i = 0; i < G_N_ELEMENTS (children); i++) {
      Child *child = &children[i];

      if (!child->pid && child->next == child->end && next < all->len
          && (!seconds || g_get_monotonic_time () < end)) {
        child->next = next;
        next = child->end = MIN (next + BATCH, all->len);
      }
      if (child->pid || child->next < child->end)
        more = child_step (child, all, files, &n_bad) || more;
    }
  } while (more
      || (next < all->len && (!seconds || g_get_monotonic_time () < end)));
  g_print ("%u sequences, %u of them not well\n", next, n_bad);
  return n_bad;
}

/*** What is tried ***/

static void
add_pairs (GPtrArray *all, GPtrArray *files, GRand *rand, guint n)
{
  g_autoptr (GPtrArray) offers = g_ptr_array_new ();

  for (guint i = 0; i < files->len; i++) {
    const CorpusFile *file = g_ptr_array_index (files, i);

    if (g_strcmp0 (corpus_file_get (file, "kind"), "offer") == 0
        && strlen (file->text) < 40000)
      g_ptr_array_add (offers, (gpointer) file);
  }
  for (guint i = 0; i < (rand ? n : offers->len * offers->len); i++) {
    guint number = rand
        ? (guint) g_rand_int_range (rand, 0, offers->len * offers->len)
        : i;
    const CorpusFile *one = offers->pdata[number / offers->len];
    const CorpusFile *other = offers->pdata[number % offers->len];
    g_autofree gchar *names = g_strdup_printf ("%s,%s", one->name, other->name);

    add_sequence (all, 0, names, i % 2);
    if (!rand)
      add_sequence (all, 0, names, (i + 1) % 2);
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GPtrArray) all =
      g_ptr_array_new_with_free_func ((GDestroyNotify) sequence_free);

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  /* The children fork from here: no element, nor any thread, in this process. */
  gst_init (NULL, NULL);
  files = corpus_load ("valid");

  if (played) {
    add_sequence (all, 0, played, TRUE);
    add_sequence (all, 0, played, FALSE);
  } else if (all_pairs) {
    add_pairs (all, files, NULL, 0);
  } else if (!n_runs || max_seconds) {
    for (guint i = 0; i < 2 * G_N_ELEMENTS (table); i++)
      add_sequence (all, 0, table[i / 2], i % 2);
  }
  for (gint i = 0; i < n_runs; i++) {
    g_autoptr (GRand) rand = g_rand_new_with_seed (first_seed + i);

    if (max_seconds && i % 2)
      add_pairs (all, files, rand, 1);
    else
      add_sequence (all, first_seed + i, NULL, FALSE);
  }
  return run_sequences (all, files, max_seconds) ? EXIT_FAILURE : EXIT_SUCCESS;
}
