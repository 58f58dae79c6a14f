/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the guard lets through must not end the process that hands it to a real
 * webrtcbin, nor keep that from ever replying.
 *
 * Every description of the corpus goes through the guard, and those that pass
 * go, rewritten as they are in a connection, to a webrtcbin in a child process:
 * there, a programming error of GLib's counts as an abort, too.  With --mutate
 * N, so do N mutations of the valid ones; --seed S begins elsewhere. */

#include <glib-unix.h>
#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "patience.h"
#include "sdpcorpus.h"
#include "sdpmutate.h"
#include "webrtc/connection/iceagent.h"
#include "webrtc/channel/sctp.h"
#include "webrtc/connection/sections.h"

/* No step takes as long, even on a busy machine: a webrtcbin that takes longer
 * hangs. */
#define HANG_S 60
#define BATCH 25
/* Under valgrind, of the valid ones. */
#define FEW 10

static gint n_mutations = 0;
static gint seed = 1;
static gboolean raw = FALSE;
static gchar *keep = NULL;

static const GOptionEntry options[] = {
  { "mutate", 0, 0, G_OPTION_ARG_INT, &n_mutations,
      "Try N mutations of the valid descriptions", "N" },
  { "seed", 0, 0, G_OPTION_ARG_INT, &seed, "The first mutation's seed",
      "SEED" },
  { "raw", 0, 0, G_OPTION_ARG_NONE, &raw,
      "Hand descriptions to webrtcbin as they are on the wire", NULL },
  { "keep", 0, 0, G_OPTION_ARG_FILENAME, &keep,
      "Write what a webrtcbin does not survive to this folder", "FOLDER" },
  { NULL }
};

/* One description to try, and from where it comes. */
typedef struct
{
  const CorpusFile *file;
  gchar *text;
  guint seed; /* 0: it is the file's own */
} Case;

static void
case_free (Case *self)
{
  g_free (self->text);
  g_free (self);
}

/*** The child: one webrtcbin for each case ***/

typedef struct
{
  GstElement *pipeline;
  GstElement *webrtcbin;
  WnSections sections;
  GstSDPMessage *shown; /* the remote description that it has */
} Peer;

static void
add_transceiver (Peer *self, const gchar *text)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  GstWebRTCRTPTransceiver *transceiver = NULL;

  g_signal_emit_by_name (self->webrtcbin, "add-transceiver",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV, caps, &transceiver);
  g_clear_pointer (&transceiver, gst_object_unref);
}

/* @is_sender: has a stream and a channel of its own to offer */
static void
peer_init (Peer *self, gboolean is_sender)
{
  self->pipeline = gst_pipeline_new (NULL);
  self->webrtcbin = gst_element_factory_make ("webrtcbin", NULL);
  self->shown = NULL;
  wn_sections_init (&self->sections);
  g_assert_nonnull (self->webrtcbin);
  wn_ice_agent_set_up (self->webrtcbin);
  gst_util_set_object_arg (G_OBJECT (self->webrtcbin), "bundle-policy",
      "max-bundle");
  gst_bin_add (GST_BIN (self->pipeline), self->webrtcbin);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);

  if (is_sender) {
    GstWebRTCDataChannel *channel = NULL;

    add_transceiver (self,
        "application/x-rtp,media=audio,encoding-name=OPUS,"
        "payload=97,clock-rate=48000,encoding-params=(string)2");
    add_transceiver (self,
        "application/x-rtp,media=video,encoding-name=VP8,"
        "payload=96,clock-rate=90000");
    g_signal_emit_by_name (self->webrtcbin, "create-data-channel", "x", NULL,
        &channel);
    g_clear_object (&channel);
  }
}

static gboolean
set_description (Peer *self, const gchar *signal, GstWebRTCSDPType type,
    const GstSDPMessage *sdp)
{
  g_autoptr (GstPromise) promise = gst_promise_new ();
  GstWebRTCSessionDescription *description;
  GstSDPMessage *copy;
  const GstStructure *reply;

  gst_sdp_message_copy (sdp, &copy);
  description = gst_webrtc_session_description_new (type, copy);
  g_signal_emit_by_name (self->webrtcbin, signal, description, promise);
  gst_webrtc_session_description_free (description);

  if (gst_promise_wait (promise) != GST_PROMISE_RESULT_REPLIED)
    return FALSE;
  reply = gst_promise_get_reply (promise);
  return !reply || !gst_structure_has_field (reply, "error");
}

/* Returns: (nullable): the offer or the answer, as @signal says */
static GstWebRTCSessionDescription *
create (Peer *self, const gchar *signal, const gchar *field)
{
  g_autoptr (GstPromise) promise = gst_promise_new ();
  GstWebRTCSessionDescription *description = NULL;

  g_signal_emit_by_name (self->webrtcbin, signal, NULL, promise);
  if (gst_promise_wait (promise) == GST_PROMISE_RESULT_REPLIED
      && gst_promise_get_reply (promise))
    gst_structure_get (gst_promise_get_reply (promise), field,
        GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &description, NULL);
  return description;
}

static GstWebRTCSessionDescription *
create_repaired_answer (Peer *self)
{
  GstWebRTCSessionDescription *answer =
      create (self, "create-answer", "answer");

  if (answer && !raw)
    wn_sdp_repair_answer (answer->sdp);
  return answer;
}

/* What webrtcbin is shown of @sdp. */
static GstSDPMessage *
rewrite (Peer *self, const GstSDPMessage *sdp, const GstSDPMessage *answered)
{
  guint n = gst_sdp_message_medias_len (sdp);
  g_autofree gint *places = wn_sections_get_places (&self->sections, n);
  GstSDPMessage *rewritten;

  if (raw) {
    gst_sdp_message_copy (sdp, &rewritten);
    return rewritten;
  }
  rewritten =
      wn_sdp_to_webrtcbin (sdp, places, self->shown, answered, WN_SETUP_ACTIVE);
  for (guint i = 0; i < n; i++)
    wn_sections_give_place (&self->sections, i, places[i]);
  return rewritten;
}

/* @sdp: of the wire */
static gboolean
take_offer (Peer *self, const GstSDPMessage *sdp)
{
  GstWebRTCSessionDescription *answer = NULL;
  g_autoptr (GstSDPMessage) rewritten = NULL;
  gboolean done;

  wn_sections_accept_offer (&self->sections, sdp);
  /* Then no webrtcbin is asked. */
  if (!raw && wn_sdp_is_all_rejected (sdp))
    return TRUE;

  if (wn_sections_find_channel (&self->sections) >= 0)
    wn_sctp_keep_section (self->webrtcbin);
  rewritten = rewrite (self, sdp, NULL);
  done = set_description (self, "set-remote-description",
             GST_WEBRTC_SDP_TYPE_OFFER, rewritten)
      && (answer = create_repaired_answer (self))
      && set_description (self, "set-local-description",
          GST_WEBRTC_SDP_TYPE_ANSWER, answer->sdp);

  g_clear_pointer (&answer, gst_webrtc_session_description_free);
  wn_sections_update (&self->sections, sdp, sdp, FALSE);
  g_clear_pointer (&self->shown, gst_sdp_message_free);
  self->shown = g_steal_pointer (&rewritten);
  return done;
}

/* @sdp: an answer to the corpus' offer of a webrtcbin */
static gboolean
take_answer (Peer *self, const GstSDPMessage *sdp)
{
  GstWebRTCSessionDescription *offer = create (self, "create-offer", "offer");
  g_autoptr (GstSDPMessage) rewritten = NULL;
  gboolean done;

  if (!raw && wn_sdp_is_all_rejected (sdp)) {
    g_clear_pointer (&offer, gst_webrtc_session_description_free);
    return TRUE;
  }

  for (guint i = 0; offer && i < gst_sdp_message_medias_len (offer->sdp); i++)
    wn_sections_add_pending (&self->sections,
        gst_sdp_message_get_media (offer->sdp, i), i);
  done = offer && (rewritten = rewrite (self, sdp, offer->sdp))
      && set_description (self, "set-local-description",
          GST_WEBRTC_SDP_TYPE_OFFER, offer->sdp)
      && set_description (self, "set-remote-description",
          GST_WEBRTC_SDP_TYPE_ANSWER, rewritten);

  g_clear_pointer (&offer, gst_webrtc_session_description_free);
  return done;
}

static void
add_candidates (Peer *self)
{
  static const gchar *const candidates[] = {
    "candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host",
    "candidate:3 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active",
    "candidate:1 2 udp 2130706431 ::1 50000 typ host generation 0 ufrag abcd",
  };

  for (guint i = 0; i < G_N_ELEMENTS (candidates); i++)
    g_signal_emit_by_name (self->webrtcbin, "add-ice-candidate", 0,
        candidates[i]);
}

/* What comes before @file in its connection, and its own. */
static gboolean
take_history (Peer *self, const CorpusFile *file)
{
  const gchar *name = corpus_file_get (file, "remote");
  g_autoptr (CorpusFile) earlier = NULL;
  g_autoptr (GstSDPMessage) sdp = NULL;

  if (!name)
    return TRUE;
  earlier = corpus_file_load (name);
  sdp = corpus_parse (earlier->text);
  return take_history (self, earlier) && take_offer (self, sdp);
}

static gboolean
run_case (const Case *the_case)
{
  const CorpusFile *file = the_case->file;
  g_autoptr (GstSDPMessage) sdp = corpus_guard (file, the_case->text, NULL);
  gboolean is_answer =
      g_strcmp0 (corpus_file_get (file, "kind"), "answer") == 0;
  gboolean done;
  Peer peer;

  g_assert_nonnull (sdp);
  peer_init (&peer, is_answer || the_case->seed % 2);
  done = is_answer ? take_answer (&peer, sdp)
                   : take_history (&peer, file) && take_offer (&peer, sdp);
  add_candidates (&peer);
  /* Its own next offer has to find everything in order, too. */
  if (done) {
    GstWebRTCSessionDescription *offer =
        create (&peer, "create-offer", "offer");

    g_clear_pointer (&offer, gst_webrtc_session_description_free);
  }
  /* The process ends soon, and the webrtcbin with it.  One that is freed while
   * it gathers candidates may crash (libgstwebrtcnice does not expect its stream
   * to be gone when the agent has gathered), which is not what is asked here. */
  g_clear_pointer (&peer.shown, gst_sdp_message_free);
  wn_sections_clear (&peer.sections);
  return done;
}

/* For each case, 'd' for done or 'e' for an error of webrtcbin's. */
static void
run_child (GPtrArray *cases, guint first, guint end, int out)
{
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  for (guint i = first; i < end; i++) {
    gboolean done;

    alarm (patience (HANG_S));
    done = run_case (g_ptr_array_index (cases, i));
    if (write (out, done ? "d" : "e", 1) != 1)
      _exit (2);
  }
  _exit (0);
}

/*** The parent ***/

static void
report_death (const Case *the_case, int status)
{
  g_print ("%s%s: %s %d\n", the_case->file->name,
      the_case->seed ? ", mutated" : "",
      WIFSIGNALED (status) ? "died of signal" : "ended with",
      WIFSIGNALED (status) ? WTERMSIG (status) : WEXITSTATUS (status));
  if (the_case->seed)
    g_print ("  to see it again: --seed %u --mutate 1\n", the_case->seed);
  if (keep) {
    g_autofree gchar *base = g_path_get_basename (the_case->file->name);
    g_autofree gchar *name =
        g_strdup_printf ("%s/%u-%s", keep, the_case->seed, base);

    g_file_set_contents (name, the_case->text, -1, NULL);
  }
}

/* Runs all; a case that ends its child is reported, and the next child goes on
 * after it.  Returns: how many did. */
static guint
run_cases (GPtrArray *cases, guint *n_errors)
{
  guint n_dead = 0, i = 0;

  *n_errors = 0;
  while (i < cases->len) {
    guint end = MIN (i + BATCH, cases->len);
    int pipe_fds[2], status;
    gchar result;
    pid_t pid;

    g_assert_true (g_unix_open_pipe (pipe_fds, FD_CLOEXEC, NULL));
    if ((pid = fork ()) == 0)
      run_child (cases, i, end, pipe_fds[1]);
    g_assert_cmpint (pid, >, 0);
    close (pipe_fds[1]);

    while (read (pipe_fds[0], &result, 1) == 1) {
      const Case *the_case = g_ptr_array_index (cases, i);

      /* What the rewriting cannot make good yet is marked. */
      if (result == 'e' && !corpus_file_get (the_case->file, "webrtcbin")) {
        (*n_errors)++;
        if (!the_case->seed)
          g_print ("%s: webrtcbin refuses it\n", the_case->file->name);
      }
      i++;
    }
    close (pipe_fds[0]);
    waitpid (pid, &status, 0);

    if (i < end) {
      report_death (g_ptr_array_index (cases, i), status);
      n_dead++;
      i++;
    } else if (status != 0) {
      /* Something of valgrind's, which looks back at the end. */
      report_death (g_ptr_array_index (cases, end - 1), status);
      n_dead++;
    }
  }
  return n_dead;
}

static gboolean
is_for_webrtcbin (const CorpusFile *file)
{
  /* An answer needs the offer that it answers: that is the webrtcbin's own. */
  return g_strcmp0 (corpus_file_get (file, "kind"), "answer") != 0
      || g_strcmp0 (corpus_file_get (file, "pending"),
             "valid/webrtcbin-offer.sdp")
      == 0;
}

/* Returns: whether the guard lets @text through; then it is among @cases */
static gboolean
add_case (GPtrArray *cases, const CorpusFile *file, const gchar *text,
    guint case_seed)
{
  g_autoptr (GstSDPMessage) sdp = corpus_guard (file, text, NULL);
  Case *the_case;

  if (!sdp)
    return FALSE;
  the_case = g_new0 (Case, 1);
  the_case->file = file;
  the_case->text = g_strdup (text);
  the_case->seed = case_seed;
  g_ptr_array_add (cases, the_case);
  return TRUE;
}

/*** What is tried ***/

static guint
try_mutations (GPtrArray *valid)
{
  g_autoptr (GPtrArray) cases =
      g_ptr_array_new_with_free_func ((GDestroyNotify) case_free);
  g_autoptr (GPtrArray) bases = g_ptr_array_new ();
  guint n_dead, n_errors;

  for (guint i = 0; i < valid->len; i++) {
    const CorpusFile *file = g_ptr_array_index (valid, i);

    /* The large ones make the rest slow, and are no different. */
    if (is_for_webrtcbin (file) && strlen (file->text) < 10000)
      g_ptr_array_add (bases, (gpointer) file);
  }

  for (gint i = 0; i < n_mutations; i++) {
    g_autoptr (GRand) rand = g_rand_new_with_seed (seed + i);
    const CorpusFile *file =
        bases->pdata[g_rand_int_range (rand, 0, bases->len)];
    g_autofree gchar *text = sdp_mutate (file->text, rand, valid);

    add_case (cases, file, text, seed + i);
  }
  n_dead = run_cases (cases, &n_errors);
  g_print ("%d mutations from seed %d: %u passed the guard, webrtcbin refused "
           "%u and did not survive %u\n",
      n_mutations, seed, cases->len, n_errors, n_dead);
  return n_dead;
}

static guint
try_corpus (GPtrArray *valid, GPtrArray *hostile)
{
  g_autoptr (GPtrArray) cases =
      g_ptr_array_new_with_free_func ((GDestroyNotify) case_free);
  guint n_bad = 0, n_dead, n_errors;
  guint stride = valid->len / many (valid->len, FEW);

  for (guint i = 0; i < hostile->len; i++) {
    const CorpusFile *file = g_ptr_array_index (hostile, i);

    if (add_case (cases, file, file->text, 0)) {
      g_print ("%s: passes the guard\n", file->name);
      n_bad++;
    }
  }
  for (guint i = 0; i < valid->len; i += stride) {
    const CorpusFile *file = g_ptr_array_index (valid, i);

    if (is_for_webrtcbin (file) && !add_case (cases, file, file->text, 0)) {
      g_print ("%s: does not pass the guard\n", file->name);
      n_bad++;
    }
  }
  n_dead = run_cases (cases, &n_errors);
  g_print (
      "corpus: %u refused by the guard; of %u others, webrtcbin refused %u "
      "and did not survive %u\n",
      hostile->len, cases->len, n_errors, n_dead);
  return n_bad + n_dead + n_errors;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) valid = NULL;
  g_autoptr (GPtrArray) hostile = NULL;
  guint n_bad;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  /* The children fork from here: no webrtcbin, nor any thread, in this process. */
  gst_init (NULL, NULL);

  valid = corpus_load ("valid");
  hostile = corpus_load ("hostile");
  n_bad = n_mutations ? try_mutations (valid) : try_corpus (valid, hostile);
  return n_bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
