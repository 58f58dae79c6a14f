/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record.h"

#include "timeline.h"

#include <stdio.h>
#include <string.h>

/* Of a negotiation.  The timeline is only for printing. */
typedef struct
{
  Timeline timeline;
  GString *text;
  gchar *state[9]; /* as it was written last, by state_names */
  gboolean has_line;
  gboolean has_actions; /* in it */
  gboolean is_polled;   /* nothing is left to be done */
} Record;

static const gchar *const state_names[] = { "signaling", "session", "timeout",
  "expiry", "negotiated", "making-offer", "ignoring-offer", "id", "remote-id" };

static GHashTable *records;
static gchar *run_name;
static guint n_negotiations; /* in this run */
/* What a negotiation calls itself is no event. */
static guint depth;

/* @name: of the run whose negotiations are made from now on */
void
record_begin (const gchar *name)
{
  g_free (run_name);
  run_name = g_strdup (name);
  n_negotiations = 0;
}

static void
record_free (Record *self)
{
  g_string_free (self->text, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (state_names); i++)
    g_free (self->state[i]);
  g_free (self);
}

static Record *
look_up (const WnNegotiation *negotiation)
{
  return g_hash_table_lookup (records, negotiation);
}

/*** Lines ***/

/* Ends the line, and says what the state is, where that has changed. */
static void
end_line (Record *self)
{
  gboolean is_first = TRUE;

  if (!self->has_line)
    return;
  if (!self->is_polled)
    g_string_append (self->text, self->has_actions ? " ..." : " ->  ...");
  g_string_append_c (self->text, '\n');
  self->has_line = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (state_names); i++) {
    g_autoptr (GString) value = g_string_new (NULL);

    timeline_print_state (&self->timeline, state_names[i], value);
    if (g_strcmp0 (value->str, self->state[i]) == 0)
      continue;
    g_string_append_printf (self->text, "%s %s %s", is_first ? "is" : "",
        state_names[i], value->str);
    g_free (self->state[i]);
    self->state[i] = g_strdup (value->str);
    is_first = FALSE;
  }
  if (!is_first)
    g_string_append_c (self->text, '\n');
}

/* Returns: (nullable): where the event is to be written to; %NULL if it is none of
 * the program's */
static Record *
begin_line (const WnNegotiation *negotiation, gint64 now)
{
  Record *self = look_up (negotiation);
  gint64 time;

  if (depth++ > 0 || !self)
    return NULL;
  end_line (self);
  time = self->timeline.now;
  if (now > time) {
    g_string_append (self->text, "wait ");
    timeline_print_time (self->text, now - time);
    g_string_append_c (self->text, '\n');
    self->timeline.now = now;
  }
  self->has_line = TRUE;
  self->has_actions = FALSE;
  self->is_polled = FALSE;
  return self;
}

static void
append_word (GString *line, const gchar *text)
{
  g_string_append_c (line, ' ');
  if (text)
    timeline_print_text (line, text);
  else
    g_string_append_c (line, '-');
}

static void
append_option (GString *line, const gchar *name, const gchar *value)
{
  if (!value)
    return;
  g_string_append_printf (line, " %s=", name);
  timeline_print_text (line, value);
}

static void
append_session (GString *line, gint64 session)
{
  if (session != WN_SESSION_UNKNOWN)
    g_string_append_printf (line, " session=%d", (gint) session);
}

static void
append_description (GString *line, const WnDescription *description)
{
  g_autofree gchar *ufrags = description->ufrags && *description->ufrags
      ? g_strjoinv (",", description->ufrags)
      : NULL;

  append_word (line, description->id);
  append_word (line, ufrags);
  append_option (line, "answers", description->answered_id);
  append_session (line, description->session);
  append_option (line, "text", description->sdp);
}

static void
append_candidate (GString *line, const WnCandidate *candidate)
{
  append_word (line, candidate->candidate);
  append_option (line, "mid", candidate->mid);
  if (candidate->mline >= 0)
    g_string_append_printf (line, " mline=%d", candidate->mline);
  append_option (line, "ufrag", candidate->ufrag);
  append_session (line, candidate->session);
}

static void
append_action (Record *self, const WnAction *action)
{
  g_string_append (self->text, self->has_actions ? "; " : " -> ");
  timeline_print_action (&self->timeline, self->text, action);
  self->has_actions = TRUE;
}

/*** In between ***/

#define WRAP(type, name, ...)                                                  \
  type __real_wn_negotiation_##name (__VA_ARGS__);                             \
  type __wrap_wn_negotiation_##name (__VA_ARGS__);                             \
  type __wrap_wn_negotiation_##name (__VA_ARGS__)

/* Each ends with depth--. */
#define RECORD(now, ...)                                                       \
  G_STMT_START                                                                 \
  {                                                                            \
    Record *record = begin_line (self, now);                                   \
    GString *line = record ? record->text : NULL;                              \
                                                                               \
    if (line) {                                                                \
      __VA_ARGS__;                                                             \
    }                                                                          \
  }                                                                            \
  G_STMT_END

#define WRAP_PLAIN(name, word)                                                 \
  WRAP (void, name, WnNegotiation *self, gint64 now)                           \
  {                                                                            \
    RECORD (now, g_string_append (line, word));                                \
    __real_wn_negotiation_##name (self, now);                                  \
    depth--;                                                                   \
  }

WRAP_PLAIN (change, "change")
WRAP_PLAIN (hint, "hint")
WRAP_PLAIN (ask, "ask")
WRAP_PLAIN (accept, "accept")
WRAP_PLAIN (reject, "reject")
WRAP_PLAIN (connected, "connected")
WRAP_PLAIN (postponed, "postponed")
WRAP_PLAIN (done, "done")
WRAP_PLAIN (handle_expiry, "tick")

WRAP (WnNegotiation *, new, void)
{
  WnNegotiation *self = __real_wn_negotiation_new ();
  Record *record = g_new0 (Record, 1);

  if (!records)
    records =
        g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) record_free);
  record->timeline.negotiation = self;
  record->timeline.now = G_USEC_PER_SEC;
  record->timeline.is_exact = TRUE;
  record->text = g_string_new (NULL);
  g_string_append_printf (record->text, "== %s %c\nexact\n", run_name,
      'A' + n_negotiations++);
  g_hash_table_insert (records, self, record);
  return self;
}

WRAP (void, free, WnNegotiation *self)
{
  static const gchar *const names[] = { "idle", "offers-sent",
    "offers-received", "answers-sent", "answers-received", "collisions",
    "rollbacks", "offers-ignored", "candidates-ignored", "stale-answers",
    "offers-rejected", "renegotiations-suppressed", "restarts",
    "messages-rejected", "last-negotiation", "max-negotiation" };
  Record *record = look_up (self);

  if (record) {
    end_line (record);
    g_string_append (record->text, "is");
    for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
      g_string_append_printf (record->text, " %s ", names[i]);
      timeline_print_state (&record->timeline, names[i], record->text);
    }
    puts (record->text->str);
    g_hash_table_remove (records, self);
  }
  depth++;
  __real_wn_negotiation_free (self);
  depth--;
}

WRAP (gboolean, poll, WnNegotiation *self, WnAction *action)
{
  gboolean has_action = __real_wn_negotiation_poll (self, action);
  Record *record = look_up (self);

  if (record && has_action)
    append_action (record, action);
  if (record)
    record->is_polled = !has_action;
  return has_action;
}

WRAP (void, set_polite, WnNegotiation *self, gboolean polite)
{
  RECORD (0, g_string_append (line, polite ? "polite" : "impolite"));
  __real_wn_negotiation_set_polite (self, polite);
  depth--;
}

WRAP (void, set_auto_answer, WnNegotiation *self, gboolean automatic)
{
  RECORD (0, g_string_append (line, automatic ? "automatic" : "manual"));
  __real_wn_negotiation_set_auto_answer (self, automatic);
  depth--;
}

WRAP (void, set_timeout, WnNegotiation *self, gint64 timeout_us)
{
  RECORD (0, g_string_append (line, "timeout ");
          timeline_print_time (line, timeout_us));
  __real_wn_negotiation_set_timeout (self, timeout_us);
  depth--;
}

WRAP (void, begin, WnNegotiation *self, const gchar *id, gint64 now)
{
  RECORD (now, g_string_append_printf (line, "begin %s", id));
  __real_wn_negotiation_begin (self, id, now);
  depth--;
}

WRAP (void, end, WnNegotiation *self)
{
  RECORD (0, g_string_append (line, "end"));
  __real_wn_negotiation_end (self);
  depth--;
}

WRAP (void, restart, WnNegotiation *self, const gchar *reason, gint64 now)
{
  RECORD (now, g_string_append (line, "restart"); append_word (line, reason));
  __real_wn_negotiation_restart (self, reason, now);
  depth--;
}

WRAP (void, local_candidate, WnNegotiation *self, WnCandidate *candidate,
    gint64 now)
{
  RECORD (now, g_string_append (line, "candidate");
          append_candidate (line, candidate));
  __real_wn_negotiation_local_candidate (self, candidate, now);
  depth--;
}

WRAP (void, candidate_failed, WnNegotiation *self, const WnCandidate *candidate,
    const gchar *detail)
{
  RECORD (0, g_string_append (line, "not-added");
          append_candidate (line, candidate));
  __real_wn_negotiation_candidate_failed (self, candidate, detail);
  depth--;
}

WRAP (void, receive_description, WnNegotiation *self,
    WnDescription *description, gint64 now)
{
  RECORD (now,
          g_string_append (line,
              description->type == WN_DESCRIPTION_OFFER ? "hear offer"
                                                        : "hear answer");
          append_description (line, description));
  __real_wn_negotiation_receive_description (self, description, now);
  depth--;
}

WRAP (void, receive_candidate, WnNegotiation *self, WnCandidate *candidate,
    gint64 now)
{
  RECORD (now, g_string_append (line, "hear candidate");
          append_candidate (line, candidate));
  __real_wn_negotiation_receive_candidate (self, candidate, now);
  depth--;
}

WRAP (void, receive_reject, WnNegotiation *self, const gchar *id,
    gint64 session, gint64 now)
{
  RECORD (now, g_string_append (line, "hear reject"); append_word (line, id);
          append_session (line, session));
  __real_wn_negotiation_receive_reject (self, id, session, now);
  depth--;
}

WRAP (void, receive_restart, WnNegotiation *self, gint64 session, gint64 now)
{
  RECORD (now,
      g_string_append_printf (line, "hear restart %d", (gint) session));
  __real_wn_negotiation_receive_restart (self, session, now);
  depth--;
}

WRAP (void, receive_beginning, WnNegotiation *self, WnBeginning beginning,
    const gchar *id, const gchar *with, gint64 session, const gchar *offer_id,
    gint64 now)
{
  static const gchar *const names[] = { "first", "again", "heard" };

  RECORD (now, g_string_append_printf (line, "hear %s", names[beginning]);
          append_word (line, id); append_option (line, "with", with);
          append_session (line, session);
          append_option (line, "offer", offer_id));
  __real_wn_negotiation_receive_beginning (self, beginning, id, with, session,
      offer_id, now);
  depth--;
}

WRAP (void, receive_garbage, WnNegotiation *self, const gchar *detail)
{
  RECORD (0, g_string_append (line, "hear garbage"));
  __real_wn_negotiation_receive_garbage (self, detail);
  depth--;
}

WRAP (void, receive_bad_offer, WnNegotiation *self, const gchar *id,
    gint64 session, const gchar *detail)
{
  RECORD (0, g_string_append (line, "hear bad-offer"); append_word (line, id);
          append_session (line, session));
  __real_wn_negotiation_receive_bad_offer (self, id, session, detail);
  depth--;
}

WRAP (gboolean, admit, WnNegotiation *self, const gchar *id, const gchar *with,
    gboolean is_vital, gint64 now)
{
  gboolean is_admitted;

  RECORD (now, g_string_append (line, "admit"); append_word (line, id);
          append_option (line, "with", with);
          g_string_append (line, is_vital ? " vital" : ""));
  is_admitted = __real_wn_negotiation_admit (self, id, with, is_vital, now);
  if (--depth == 0 && look_up (self)) {
    g_string_append (look_up (self)->text, is_admitted ? " -> yes" : " -> no");
    look_up (self)->has_actions = TRUE;
  }
  return is_admitted;
}

WRAP (void, checked, WnNegotiation *self, gboolean needed, gint64 now)
{
  RECORD (now, g_string_append (line, needed ? "checked yes" : "checked no"));
  __real_wn_negotiation_checked (self, needed, now);
  depth--;
}

WRAP (void, offered, WnNegotiation *self, WnDescription *offer, gint64 now)
{
  RECORD (now, g_string_append (line, "offered");
          append_description (line, offer));
  __real_wn_negotiation_offered (self, offer, now);
  depth--;
}

WRAP (void, answered, WnNegotiation *self, WnDescription *answer, gint64 now)
{
  RECORD (now, g_string_append (line, "answered");
          append_description (line, answer));
  __real_wn_negotiation_answered (self, answer, now);
  depth--;
}

WRAP (void, failed, WnNegotiation *self, WnFailure failure, const gchar *detail,
    gint64 now)
{
  static const gchar *const names[] = { "refused", "broken", "outdated" };

  RECORD (now, g_string_append_printf (line, "failed %s", names[failure]);
          append_word (line, detail));
  __real_wn_negotiation_failed (self, failure, detail, now);
  depth--;
}
