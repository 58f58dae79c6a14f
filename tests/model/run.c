/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "run.h"

#include "peerchannels.h"
#include "patience.h"
#include "peers.h"

#define TICK_MS 10
#define QUIET_MS 300
/* A hold ends at the latest then: what collides may not need an offer. */
#define HOLD_MS 1000
/* For a whole phase, on a machine that does much else. */
#define DEADLINE_S 45
/* As many of a stream's packets show that it flows, or that it does not. */
#define PACKETS 5
#define SILENT_PACKETS 10

/* A stream of the script's. */
typedef struct
{
  guint name;
  RtpStream *stream;
  gchar wish;
  /* When the judge began to look at it. */
  guint64 received;
  guint64 sent;
} Live;

typedef struct
{
  Peer *peer;
  GArray *streams; /* Live */
  PeerChannels *channels;
  gboolean is_started;
  StepType answering; /* REJECT, MANUAL: what becomes of the next offer */
  gint64 offered_at;  /* MANUAL: since when it waits, or 0 */
  guint n_restarts;   /* that the script has asked for, of this element */
} Side;

typedef enum
{
  PHASE_SCRIPT,
  PHASE_SETTLE,
  PHASE_MEDIA,
  PHASE_CHANNELS,
  PHASE_SILENCE,
} Phase;

struct _Run
{
  Script *script;
  RunEnded ended;
  gpointer data;

  Pair *pair;
  Side sides[2];
  guint next;      /* step */
  gint64 since;    /* when the step or phase began */
  guint before[2]; /* HOLD: offers that were sent before */
  Phase phase;
  gboolean was_asked;
  guint timer;
};

/*** The script ***/

static Live *
find_live (Side *side, guint name)
{
  for (guint i = 0; i < side->streams->len; i++) {
    Live *live = &g_array_index (side->streams, Live, i);

    if (live->name == name)
      return live;
  }
  return NULL;
}

static void
add_stream (Side *side, const Step *step)
{
  Live live = { .name = step->name, .wish = 'b' };

  live.stream = peer_add_stream (side->peer, step->kind);
  g_array_append_val (side->streams, live);
}

static void
release_stream (Side *side, Live *live)
{
  peer_release_stream (side->peer, live->stream);
  g_array_remove_index (side->streams,
      live - (Live *) (gpointer) side->streams->data);
}

static void
direct_stream (Side *side, Live *live, gchar wish)
{
  GstWebRTCRTPTransceiverDirection direction =
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV;

  if (wish == 's')
    direction = GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY;
  else if (wish == 'r')
    direction = GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY;
  else if (wish == 'i')
    direction = GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_INACTIVE;
  live->wish = wish;
  g_signal_emit_by_name (side->peer->element, "set-direction",
      live->stream->pad, direction);
}

static void
start (Side *side)
{
  if (!side->is_started)
    peer_play (side->peer);
  side->is_started = TRUE;
}

static void
replace (Run *self, Side *side)
{
  g_array_set_size (side->streams, 0);
  peer_channels_free (side->channels);
  peer_replace (side->peer);
  g_object_set (side->peer->element, "negotiation-timeout", patience (20000),
      NULL);
  side->channels = peer_channels_new (side->peer);
  side->is_started = FALSE;
  side->answering = STEP_START;
  side->offered_at = 0;
  for (guint i = 0; i < 2; i++)
    self->sides[i].n_restarts += 2;
}

static void
do_stream_step (Side *side, const Step *step)
{
  Live *live = find_live (side, step->name);

  if (step->type == STEP_ADD)
    add_stream (side, step);
  else if (!live)
    return;
  else if (step->type == STEP_RELEASE)
    release_stream (side, live);
  else if (step->type == STEP_DIRECT)
    direct_stream (side, live, step->kind);
  else
    rtp_stream_set_kind (live->stream, step->kind);
}

static void
set_answering (Side *side, StepType type)
{
  side->answering = type;
  side->offered_at = 0;
  g_object_set (side->peer->element, "auto-answer", FALSE, NULL);
}

static void
set_roles (Run *self, guint roles)
{
  static const gchar *const names[4][2] = { { "auto", "auto" },
    { "auto-lesser", "auto-lesser" }, { "polite", "impolite" },
    { "impolite", "polite" } };

  for (guint i = 0; i < 2; i++) {
    Peer *peer = self->sides[i].peer;

    g_free (peer->role);
    peer->role = g_strdup (names[roles][i]);
    gst_util_set_object_arg (G_OBJECT (peer->element), "role", peer->role);
  }
}

static void
hold (Run *self)
{
  for (guint i = 0; i < 2; i++)
    self->before[i] = line_count_from (self->pair->line, LETTER_OFFER, i);
  line_hold (self->pair->line);
}

static void
do_step (Run *self, const Step *step)
{
  Side *side = &self->sides[step->peer];
  Line *line = self->pair->line;

  line_touch (line);
  switch (step->type) {
    case STEP_ROLES:
      set_roles (self, step->name);
      break;
    case STEP_DELAY:
      line_set_delays (line, step->delays[0], step->delays[1], step->delays[2]);
      break;
    case STEP_START:
      start (side);
      break;
    case STEP_STOP:
      if (side->is_started)
        replace (self, side);
      break;
    case STEP_ADD:
    case STEP_RELEASE:
    case STEP_DIRECT:
    case STEP_CHANGE:
      do_stream_step (side, step);
      break;
    case STEP_CHANNEL:
      peer_channels_create (side->channels, step->name);
      break;
    case STEP_ASK:
      g_signal_emit_by_name (side->peer->element, "negotiate");
      break;
    case STEP_RESTART:
      g_signal_emit_by_name (side->peer->element, "restart");
      for (guint i = 0; i < 2; i++)
        self->sides[i].n_restarts++;
      break;
    case STEP_REJECT:
    case STEP_MANUAL:
      set_answering (side, step->type);
      break;
    case STEP_HOLD:
      hold (self);
      break;
    case STEP_LET_GO:
      line_release (line);
      break;
    case STEP_DUPLICATE:
      line->duplicates = TRUE;
      break;
    case STEP_WAIT:
    case STEP_SETTLE:
      break;
  }
}

/*** The offers that wait ***/

static gboolean
has_remote_offer (Side *side)
{
  GstWebRTCSignalingState state;

  g_object_get (side->peer->element, "signaling-state", &state, NULL);
  return state == GST_WEBRTC_SIGNALING_STATE_HAVE_REMOTE_OFFER;
}

static void
answer (Side *side, const gchar *action)
{
  g_signal_emit_by_name (side->peer->element, action);
  g_object_set (side->peer->element, "auto-answer", TRUE, NULL);
  side->answering = STEP_START;
}

static void
look_for_offers (Run *self, Side *side)
{
  if (side->answering == STEP_START || !has_remote_offer (side)) {
    side->offered_at = 0;
    return;
  }
  line_touch (self->pair->line);
  if (side->answering == STEP_REJECT)
    answer (side, "reject-offer");
  else if (!side->offered_at)
    side->offered_at = g_get_monotonic_time ();
  else if (g_get_monotonic_time () - side->offered_at > 100 * 1000)
    answer (side, "accept-offer");
}

/*** What is to be ***/

static gboolean
is_video (const RtpStream *stream)
{
  return strchr ("v9h", stream->kind) != NULL;
}

static gboolean
wants_to_send (const Live *live)
{
  return live->wish == 's' || live->wish == 'b';
}

/* Two streams of a kind may share a section: then what one of them does not want
 * to receive, the other does not send.  Whether they do is not the model's. */
static gboolean
may_be_stopped (Run *self, guint sender, const Live *live)
{
  const GArray *others = self->sides[!sender].streams;

  for (guint i = 0; i < others->len; i++) {
    const Live *other = &g_array_index (others, Live, i);

    if (is_video (other->stream) == is_video (live->stream)
        && (other->wish == 's' || other->wish == 'i'))
      return TRUE;
  }
  return FALSE;
}

static gboolean
must_flow (Run *self, guint sender, const Live *live)
{
  return wants_to_send (live) && !may_be_stopped (self, sender, live);
}

/* Whether there is something for which there has to be a connection. */
static gboolean
must_connect (Run *self)
{
  for (guint i = 0; i < 2; i++) {
    const Side *side = &self->sides[i];

    if (!self->sides[0].is_started || !self->sides[1].is_started)
      return FALSE;
    if (peer_channels_count (side->channels) > 0)
      return TRUE;
    for (guint j = 0; j < side->streams->len; j++) {
      if (must_flow (self, i, &g_array_index (side->streams, Live, j)))
        return TRUE;
    }
  }
  return FALSE;
}

static gboolean
was_rejected (Run *self)
{
  for (guint i = 0; i < 2; i++) {
    if (peer_get_stat (self->sides[i].peer, "offers-rejected") > 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
has_settled (Run *self)
{
  gboolean must_be_connected =
      must_connect (self) && (self->was_asked || !was_rejected (self));

  if (!line_is_empty (self->pair->line)
      || g_get_monotonic_time () - self->pair->line->last_activity
          < QUIET_MS * 1000)
    return FALSE;
  for (guint i = 0; i < 2; i++) {
    Peer *peer = self->sides[i].peer;

    if (!peer_is_stable (peer)
        || (must_be_connected && !peer_is_connected (peer)))
      return FALSE;
  }
  return TRUE;
}

/*** Judging ***/

static gchar *
check_stream (Run *self, guint sender, const Live *live)
{
  Peer *peer = self->sides[sender].peer;
  Peer *other = peer_get_other (peer);
  const gchar *wanted = rtp_stream_get_encoding (live->stream);
  g_autofree gchar *encoding = NULL;

  if (!rtp_stream_is_well (live->stream))
    return g_strdup_printf ("upstream of %s is stopped", wanted);
  if (!must_flow (self, sender, live))
    return NULL;
  if (peer_get_received (other, live->stream) < live->received + PACKETS)
    return g_strdup_printf ("%s is not received", wanted);
  encoding = peer_get_received_encoding (other, live->stream);
  if (g_strcmp0 (encoding, wanted) != 0)
    return g_strdup_printf ("%s is received as %s", wanted,
        encoding ? encoding : "nothing");
  return NULL;
}

static gchar *
check_streams (Run *self)
{
  for (guint i = 0; i < 2; i++) {
    for (guint j = 0; j < self->sides[i].streams->len; j++) {
      gchar *problem = check_stream (self, i,
          &g_array_index (self->sides[i].streams, Live, j));

      if (problem)
        return problem;
    }
  }
  return NULL;
}

static void
look_at_streams (Run *self)
{
  for (guint i = 0; i < 2; i++) {
    for (guint j = 0; j < self->sides[i].streams->len; j++) {
      Live *live = &g_array_index (self->sides[i].streams, Live, j);

      live->received = peer_get_received (self->sides[!i].peer, live->stream);
      live->sent = live->stream->n_sent;
    }
  }
}

/* Returns: whether it has been looked for long enough */
static gboolean is_late (Run *self);

/* What was under way, or waits for a thread without a processor, may still come. */
static gboolean
check_silence (Run *self, gchar **problem)
{
  for (guint i = 0; i < 2; i++) {
    for (guint j = 0; j < self->sides[i].streams->len; j++) {
      Live *live = &g_array_index (self->sides[i].streams, Live, j);

      if (wants_to_send (live))
        continue;
      if (peer_get_received (self->sides[!i].peer, live->stream)
          > live->received) {
        if (!is_late (self)) {
          look_at_streams (self);
          return FALSE;
        }
        *problem = g_strdup_printf ("%s is received, which is not to be sent",
            rtp_stream_get_encoding (live->stream));
        return TRUE;
      }
      if (live->stream->n_sent < live->sent + SILENT_PACKETS)
        return FALSE;
    }
  }
  return TRUE;
}

static gchar *
check_channels (Run *self)
{
  for (guint i = 0; i < 2; i++) {
    if (!peer_channels_are_well (self->sides[i].channels,
            self->sides[!i].channels))
      return g_strdup ("a channel does not carry text");
  }
  return NULL;
}

/* What tells of a restart that has another reason. */
#define FOLLOWS "restarted the remote peer has restarted"
#define ASKED "restarted the application asked for it"

/* Returns: the first event called @name, with what it says */
static gchar *
find_event (Run *self, const gchar *name)
{
  for (guint i = 0; i < 2; i++) {
    g_auto (GStrv) lines = NULL;

    g_mutex_lock (&self->pair->mutex);
    lines = g_strsplit (self->sides[i].peer->events->str, "\n", 0);
    g_mutex_unlock (&self->pair->mutex);
    for (guint j = 0; lines[j]; j++) {
      if (g_str_has_prefix (lines[j], name)
          && !g_str_has_prefix (lines[j], FOLLOWS)
          && !g_str_has_prefix (lines[j], ASKED))
        return g_strdup (lines[j]);
    }
  }
  return g_strdup (name);
}

static gchar *
check_counters (Run *self)
{
  for (guint i = 0; i < 2; i++) {
    Peer *peer = self->sides[i].peer;
    gchar *error = peer_get_error (peer);

    if (error)
      return error;
    if (peer_get_stat (peer, "messages-rejected") > 0)
      return find_event (self, "message-rejected");
    if (peer_get_stat (peer, "restarts") > self->sides[i].n_restarts)
      return find_event (self, "restarted");
  }
  return NULL;
}

/*** Phases ***/

static gchar *
describe_states (Run *self)
{
  GString *text = g_string_new ("not settled");

  for (guint i = 0; i < 2; i++) {
    GEnumClass *signaling = g_type_class_ref (GST_TYPE_WEBRTC_SIGNALING_STATE);
    GEnumClass *connection =
        g_type_class_ref (GST_TYPE_WEBRTC_PEER_CONNECTION_STATE);
    gint states[2];

    g_object_get (self->sides[i].peer->element, "signaling-state", &states[0],
        "connection-state", &states[1], NULL);
    g_string_append_printf (text, ", %c %s and %s", "AB"[i],
        g_enum_get_value (signaling, states[0]) -> value_nick,
        g_enum_get_value (connection, states[1]) -> value_nick);
    g_type_class_unref (signaling);
    g_type_class_unref (connection);
  }
  return g_string_free (text, FALSE);
}

static void
end (Run *self, const gchar *problem)
{
  g_autofree gchar *details = problem ? pair_describe (self->pair) : NULL;

  g_source_remove (self->timer);
  for (guint i = 0; i < 2; i++) {
    peer_channels_free (self->sides[i].channels);
    g_array_unref (self->sides[i].streams);
  }
  pair_free (self->pair);
  self->ended (problem, details, self->data);
  script_free (self->script);
  g_free (self);
}

static gboolean
is_late (Run *self)
{
  return g_get_monotonic_time () - self->since
      > patience (DEADLINE_S) * (gint64) G_USEC_PER_SEC;
}

static void
enter (Run *self, Phase phase)
{
  self->phase = phase;
  self->since = g_get_monotonic_time ();
}

/* Whatever the script leaves undone. */
static void
complete (Run *self)
{
  line_release (self->pair->line);
  line_touch (self->pair->line);
  for (guint i = 0; i < 2; i++) {
    Side *side = &self->sides[i];

    start (side);
    if (side->answering != STEP_START)
      answer (side, "accept-offer");
  }
  enter (self, PHASE_SETTLE);
}

/* A rejected offer is made again when somebody asks. */
static void
ask (Run *self)
{
  self->was_asked = TRUE;
  for (guint i = 0; i < 2; i++)
    g_signal_emit_by_name (self->sides[i].peer->element, "negotiate");
  line_touch (self->pair->line);
  enter (self, PHASE_SETTLE);
}

static gboolean
have_offered (Run *self)
{
  if (g_get_monotonic_time () - self->since > HOLD_MS * 1000)
    return TRUE;
  for (guint i = 0; i < 2; i++) {
    if (line_count_from (self->pair->line, LETTER_OFFER, i) == self->before[i])
      return FALSE;
  }
  return TRUE;
}

static gboolean
step_is_due (Run *self, const Step *step)
{
  if (step->type == STEP_WAIT)
    return g_get_monotonic_time () - self->since >= step->name * 1000;
  if (step->type == STEP_SETTLE)
    return has_settled (self);
  if (step->type == STEP_LET_GO)
    return have_offered (self);
  return TRUE;
}

/* Returns: (nullable): the problem */
static gchar *
go_on_with_script (Run *self)
{
  while (self->next < self->script->steps->len) {
    const Step *step = script_get (self->script, self->next);

    if (!step_is_due (self, step))
      return is_late (self) ? describe_states (self) : NULL;
    do_step (self, step);
    self->next++;
    self->since = g_get_monotonic_time ();
  }
  complete (self);
  return NULL;
}

/* Returns: (nullable): the problem; @is_done: all is well */
static gchar *
go_on (Run *self, gboolean *is_done)
{
  gchar *problem = NULL;

  switch (self->phase) {
    case PHASE_SCRIPT:
      return go_on_with_script (self);
    case PHASE_SETTLE:
      if (!has_settled (self))
        return is_late (self) ? describe_states (self) : NULL;
      if (was_rejected (self) && !self->was_asked) {
        ask (self);
        return NULL;
      }
      look_at_streams (self);
      enter (self, PHASE_MEDIA);
      return NULL;
    case PHASE_MEDIA:
      if ((problem = check_streams (self))) {
        if (!is_late (self))
          g_clear_pointer (&problem, g_free);
        return problem;
      }
      for (guint i = 0; i < 2; i++)
        peer_channels_forget_texts (self->sides[i].channels);
      enter (self, PHASE_CHANNELS);
      return NULL;
    case PHASE_CHANNELS:
      if ((problem = check_channels (self))) {
        if (!is_late (self))
          g_clear_pointer (&problem, g_free);
        return problem;
      }
      look_at_streams (self);
      enter (self, PHASE_SILENCE);
      return NULL;
    case PHASE_SILENCE:
      if (!check_silence (self, &problem) || problem)
        return problem;
      if (!has_settled (self))
        return is_late (self) ? describe_states (self) : NULL;
      *is_done = TRUE;
      return check_counters (self);
  }
  return NULL;
}

static gboolean
on_tick (gpointer data)
{
  Run *self = data;
  gboolean is_done = FALSE;
  g_autofree gchar *problem = NULL;

  for (guint i = 0; i < 2; i++)
    look_for_offers (self, &self->sides[i]);
  problem = go_on (self, &is_done);
  if (problem || is_done)
    end (self, problem);
  return G_SOURCE_CONTINUE;
}

/* @script: (transfer full): */
Run *
run_start (Script *script, RunEnded ended, gpointer data)
{
  Run *self = g_new0 (Run, 1);
  PairSettings settings = { .ids = { "a", "b" } };

  self->script = script;
  self->ended = ended;
  self->data = data;
  self->pair = pair_new (&settings);
  self->since = g_get_monotonic_time ();
  for (guint i = 0; i < 2; i++) {
    Side *side = &self->sides[i];

    side->peer = &self->pair->peers[i];
    side->streams = g_array_new (FALSE, TRUE, sizeof (Live));
    side->channels = peer_channels_new (side->peer);
    side->answering = STEP_START;
    /* Nothing is lost; a machine that does much else is no reason to restart. */
    g_object_set (side->peer->element, "negotiation-timeout", patience (20000),
        NULL);
  }
  self->timer = g_timeout_add (TICK_MS, on_tick, self);
  return self;
}
