/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "timeline.h"

#include <string.h>

#define ARROW " -> "
#define REST " ..." /* what else there is to be done is asked for later */
#define MAX_WORDS 16

GQuark
timeline_error_quark (void)
{
  return g_quark_from_static_string ("timeline-error");
}

void
timeline_init (Timeline *self)
{
  self->negotiation = wn_negotiation_new ();
  self->now = G_USEC_PER_SEC;
  self->state = WN_SIGNALING_STABLE;
  self->is_exact = FALSE;
}

void
timeline_clear (Timeline *self)
{
  g_clear_pointer (&self->negotiation, wn_negotiation_free);
}

G_GNUC_PRINTF (2, 3)
static gboolean
complain (GError **error, const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error,
      g_error_new_valist (TIMELINE_ERROR, 0, format, args));
  va_end (args);
  return FALSE;
}

/*** Actions ***/

static const gchar *const states[] = { "stable", "have-local", "have-remote" };

/* A word, or in quotes what would be none. */
void
timeline_print_text (GString *line, const gchar *text)
{
  if (*text && !strpbrk (text, " \"\\;\r\n")) {
    g_string_append (line, text);
  } else {
    g_autofree gchar *escaped = g_strescape (text, NULL);

    g_string_append_printf (line, "\"%s\"", escaped);
  }
}

void
timeline_print_time (GString *line, gint64 time)
{
  if (time % G_USEC_PER_SEC == 0)
    g_string_append_printf (line, "%" G_GINT64_FORMAT "s",
        time / G_USEC_PER_SEC);
  else
    g_string_append_printf (line, "%" G_GINT64_FORMAT "us", time);
}

static void
print_report (Timeline *self, GString *line, const WnAction *action)
{
  const gchar *name = action->report == WN_REPORT_STABLE
      ? "ok"
      : wn_report_get_name (action->report);

  if (action->report == WN_REPORT_STATE_CHANGED) {
    if (self->is_exact || action->state != self->state)
      g_string_append_printf (line, "(%s)", states[action->state]);
    self->state = action->state;
  } else if (action->detail) {
    g_string_append_printf (line, "(%s: %s)", name, action->detail);
  } else {
    g_string_append_printf (line, "(%s)", name);
  }
}

static void
print_session (const Timeline *self, GString *line, const WnAction *action)
{
  if (self->is_exact)
    g_string_append_printf (line, " @%d", (gint) action->session);
}

static void
print_description (const Timeline *self, GString *line, const WnAction *action)
{
  const WnDescription *description = action->description;

  g_string_append_printf (line, "send %s", description->id);
  if (self->is_exact && description->answered_id)
    g_string_append_printf (line, " of %s", description->answered_id);
  print_session (self, line, action);
}

/* Nothing, where only the state changed and is told already. */
void
timeline_print_action (Timeline *self, GString *line, const WnAction *action)
{
  static const gchar *const beginnings[] = { "begin", "again ", "heard " };
  static const gchar *const layouts[] = { "", " negotiated", " offered" };
  const gchar *plus = action->commit ? "+" : "";

  switch (action->type) {
    case WN_ACTION_CHECK:
      g_string_append (line, action->forced ? "check!" : "check");
      break;
    case WN_ACTION_OFFER:
      g_string_append_printf (line, "offer%s", plus);
      break;
    case WN_ACTION_TAKE_ANSWER:
      g_string_append_printf (line, "take%s %s", plus, action->description->id);
      break;
    case WN_ACTION_ANSWER:
      g_string_append_printf (line, "answer %s", action->description->id);
      break;
    case WN_ACTION_ROLL_BACK:
      g_string_append (line, "rollback");
      break;
    case WN_ACTION_REPLACE:
      g_string_append_printf (line, "replace%s", layouts[action->layout]);
      break;
    case WN_ACTION_ADD_CANDIDATE:
      g_string_append (line, "add ");
      timeline_print_text (line, action->candidate->candidate);
      break;
    case WN_ACTION_SEND_DESCRIPTION:
      print_description (self, line, action);
      break;
    case WN_ACTION_SEND_CANDIDATE:
      g_string_append (line, "send ");
      timeline_print_text (line, action->candidate->candidate);
      print_session (self, line, action);
      break;
    case WN_ACTION_SEND_REJECT:
      g_string_append_printf (line, "reject %s", action->id);
      print_session (self, line, action);
      break;
    case WN_ACTION_SEND_RESTART:
      g_string_append_printf (line, "restart %d", (gint) action->session);
      break;
    case WN_ACTION_SEND_BEGINNING:
      g_string_append_printf (line, "%s%s", beginnings[action->beginning],
          action->id ? action->id : "");
      if (action->offer_id)
        g_string_append_printf (line, " %s", action->offer_id);
      print_session (self, line, action);
      break;
    case WN_ACTION_REPORT:
      print_report (self, line, action);
      break;
    case WN_ACTION_NONE:
      break;
  }
}

/*** Words ***/

/* The words of a line, and its options NAME=VALUE apart; "-" is none. */
typedef struct
{
  gchar *words[MAX_WORDS];
  guint n;
  gchar *options[MAX_WORDS];
  guint n_options;
} Words;

static void
words_clear (Words *self)
{
  for (guint i = 0; i < self->n; i++)
    g_free (self->words[i]);
  for (guint i = 0; i < self->n_options; i++)
    g_free (self->options[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Words, words_clear)

/* Takes the text off the beginning of *@line. */
static gchar *
take_word (const gchar **line, gboolean *is_option)
{
  const gchar *start = *line;
  const gchar *p = start;
  gsize length = strcspn (start, " \"=");

  *is_option = start[length] == '=';
  if (*is_option)
    p += length + 1;
  if (*p == '"') {
    g_autofree gchar *raw = NULL;
    g_autofree gchar *text = NULL;
    const gchar *end = p + 1;

    while (*end && *end != '"')
      end += *end == '\\' && end[1] ? 2 : 1;
    raw = g_strndup (p + 1, end - p - 1);
    text = g_strcompress (raw);
    *line = *end ? end + 1 : end;
    if (!*is_option)
      return g_steal_pointer (&text);
    raw = (g_free (raw), g_strndup (start, length + 1));
    return g_strconcat (raw, text, NULL);
  }
  p += strcspn (p, " ");
  *line = p;
  return g_strndup (start, p - start);
}

static gboolean
words_init (Words *self, const gchar *line, GError **error)
{
  memset (self, 0, sizeof *self);
  for (line += strspn (line, " "); *line; line += strspn (line, " ")) {
    gboolean is_option;
    gchar *word = take_word (&line, &is_option);

    if (is_option)
      self->options[self->n_options++] = word;
    else
      self->words[self->n++] = word;
    if (MAX (self->n, self->n_options) == MAX_WORDS)
      return complain (error, "too many words");
  }
  return TRUE;
}

/* Returns: (nullable): the word, or %NULL if it is "-" or missing */
static const gchar *
get_word (const Words *self, guint i)
{
  return i < self->n && strcmp (self->words[i], "-") != 0 ? self->words[i]
                                                          : NULL;
}

static const gchar *
get_option (const Words *self, const gchar *name)
{
  gsize length = strlen (name);

  for (guint i = 0; i < self->n_options; i++) {
    if (strncmp (self->options[i], name, length) == 0
        && self->options[i][length] == '=')
      return self->options[i] + length + 1;
  }
  return NULL;
}

static gint64
get_number (const Words *self, const gchar *name, gint64 none)
{
  const gchar *text = get_option (self, name);

  return text ? g_ascii_strtoll (text, NULL, 10) : none;
}

static gboolean
has_word (const Words *self, const gchar *word)
{
  for (guint i = 0; i < self->n; i++) {
    if (strcmp (self->words[i], word) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
parse_time (const gchar *text, gint64 *time)
{
  gchar *unit = NULL;

  if (!text || !g_ascii_isdigit (*text))
    return FALSE;
  *time = g_ascii_strtoll (text, &unit, 10);
  if (strcmp (unit, "s") == 0)
    *time *= G_USEC_PER_SEC;
  else if (strcmp (unit, "ms") == 0)
    *time *= G_USEC_PER_SEC / 1000;
  else if (strcmp (unit, "us") != 0)
    return FALSE;
  return TRUE;
}

/*** Events ***/

/* ID UFRAG[,UFRAG…] from the @i-th word on.  The text is the id if nothing else is
 * said. */
static WnDescription *
parse_description (const Words *words, guint i, WnDescriptionType type,
    const gchar *ufrag)
{
  const gchar *id = get_word (words, i);
  const gchar *text = get_option (words, "text");
  g_auto (GStrv) ufrags = NULL;

  if (i + 1 < words->n)
    ufrag = get_word (words, i + 1);
  if (ufrag)
    ufrags = g_strsplit (ufrag, ",", -1);
  return wn_description_new (type,
      text     ? text
          : id ? id
               : "",
      id, (const gchar *const *) ufrags, get_option (words, "answers"),
      get_number (words, "session", WN_SESSION_UNKNOWN));
}

static WnCandidate *
parse_candidate (const Words *words, guint i)
{
  return wn_candidate_new (words->words[i], get_option (words, "mid"),
      get_number (words, "mline", -1), get_option (words, "ufrag"),
      get_number (words, "session", WN_SESSION_UNKNOWN));
}

/* What the remote peer says. */
static gboolean
hear (Timeline *self, const Words *words, GError **error)
{
  static const gchar *const beginnings[] = { "first", "again", "heard" };
  WnNegotiation *negotiation = self->negotiation;
  const gchar *kind = get_word (words, 1);
  gint64 session = get_number (words, "session", WN_SESSION_UNKNOWN);

  if (!kind)
    return complain (error, "hear what?");
  if (strcmp (kind, "garbage") == 0) {
    wn_negotiation_receive_garbage (negotiation, "garbage");
    return TRUE;
  }
  if (words->n < 3)
    return complain (error, "hear which %s?", kind);

  if (strcmp (kind, "offer") == 0 || strcmp (kind, "answer") == 0) {
    g_autoptr (WnDescription) description = parse_description (words, 2,
        *kind == 'o' ? WN_DESCRIPTION_OFFER : WN_DESCRIPTION_ANSWER, NULL);

    wn_negotiation_receive_description (negotiation, description, self->now);
    return TRUE;
  }
  if (strcmp (kind, "candidate") == 0) {
    wn_negotiation_receive_candidate (negotiation, parse_candidate (words, 2),
        self->now);
    return TRUE;
  }
  if (strcmp (kind, "reject") == 0) {
    wn_negotiation_receive_reject (negotiation, get_word (words, 2), session,
        self->now);
    return TRUE;
  }
  if (strcmp (kind, "restart") == 0) {
    wn_negotiation_receive_restart (negotiation,
        g_ascii_strtoll (words->words[2], NULL, 10), self->now);
    return TRUE;
  }
  if (strcmp (kind, "bad-offer") == 0) {
    wn_negotiation_receive_bad_offer (negotiation, get_word (words, 2), session,
        "a bad offer");
    return TRUE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (beginnings); i++) {
    if (strcmp (kind, beginnings[i]) == 0) {
      wn_negotiation_receive_beginning (negotiation, (WnBeginning) i,
          words->words[2], get_option (words, "with"), MAX (session, 0),
          get_option (words, "offer"), self->now);
      return TRUE;
    }
  }
  return complain (error, "nobody says %s", kind);
}

static gboolean
fail_operation (Timeline *self, const gchar *name, const gchar *detail,
    GError **error)
{
  static const gchar *const failures[] = { "refused", "broken", "outdated" };

  for (guint i = 0; name && i < G_N_ELEMENTS (failures); i++) {
    if (strcmp (name, failures[i]) == 0) {
      wn_negotiation_failed (self->negotiation, (WnFailure) i,
          detail ? detail : name, self->now);
      return TRUE;
    }
  }
  return complain (error, "failed: refused, broken or outdated");
}

static gboolean
offered_or_answered (Timeline *self, const Words *words)
{
  gboolean is_offer = strcmp (words->words[0], "offered") == 0;
  g_autoptr (WnDescription) description = parse_description (words, 1,
      is_offer ? WN_DESCRIPTION_OFFER : WN_DESCRIPTION_ANSWER, "l");

  if (is_offer)
    wn_negotiation_offered (self->negotiation, description, self->now);
  else
    wn_negotiation_answered (self->negotiation, description, self->now);
  return TRUE;
}

/* Settings, and time. */
static gboolean
set (Timeline *self, const gchar *name, const gchar *value, GError **error)
{
  gint64 time;

  if (strcmp (name, "exact") == 0) {
    self->is_exact = TRUE;
  } else if (strcmp (name, "polite") == 0 || strcmp (name, "impolite") == 0) {
    wn_negotiation_set_polite (self->negotiation, *name == 'p');
  } else if (strcmp (name, "automatic") == 0 || strcmp (name, "manual") == 0) {
    wn_negotiation_set_auto_answer (self->negotiation, *name == 'a');
  } else if (strcmp (name, "expire") == 0) {
    time = wn_negotiation_get_expiry (self->negotiation);
    if (time == G_MAXINT64)
      return complain (error, "nothing expires");
    self->now = MAX (self->now, time);
    wn_negotiation_handle_expiry (self->negotiation, self->now);
  } else if (strcmp (name, "tick") == 0) {
    wn_negotiation_handle_expiry (self->negotiation, self->now);
  } else if (!parse_time (value, &time)) {
    return complain (error, "%s is no event, or lacks a time", name);
  } else if (strcmp (name, "wait") == 0) {
    self->now += time;
  } else if (strcmp (name, "timeout") == 0) {
    wn_negotiation_set_timeout (self->negotiation, time);
  } else {
    return complain (error, "%s is no event", name);
  }
  return TRUE;
}

static gboolean
dispatch (Timeline *self, const Words *words, GString *actions, GError **error)
{
  WnNegotiation *negotiation = self->negotiation;
  const gchar *name = words->n ? words->words[0] : "";
  const gchar *argument = get_word (words, 1);
  static const struct
  {
    const gchar *name;
    void (*function) (WnNegotiation *, gint64);
  } plain[] = {
    { "done", wn_negotiation_done },
    { "change", wn_negotiation_change },
    { "hint", wn_negotiation_hint },
    { "ask", wn_negotiation_ask },
    { "accept", wn_negotiation_accept },
    { "reject", wn_negotiation_reject },
    { "connected", wn_negotiation_connected },
    { "postponed", wn_negotiation_postponed },
  };

  for (guint i = 0; i < G_N_ELEMENTS (plain); i++) {
    if (strcmp (name, plain[i].name) == 0) {
      plain[i].function (negotiation, self->now);
      return TRUE;
    }
  }
  if (strcmp (name, "hear") == 0)
    return hear (self, words, error);
  if (strcmp (name, "end") == 0) {
    wn_negotiation_end (negotiation);
    return TRUE;
  }
  if (words->n < 2 || strcmp (name, "wait") == 0
      || strcmp (name, "timeout") == 0)
    return set (self, name, argument, error);

  if (strcmp (name, "checked") == 0) {
    wn_negotiation_checked (negotiation, strcmp (argument, "yes") == 0,
        self->now);
  } else if (strcmp (name, "offered") == 0 || strcmp (name, "answered") == 0) {
    return offered_or_answered (self, words);
  } else if (strcmp (name, "failed") == 0) {
    return fail_operation (self, argument, get_word (words, 2), error);
  } else if (strcmp (name, "begin") == 0) {
    wn_negotiation_begin (negotiation, argument, self->now);
  } else if (strcmp (name, "restart") == 0) {
    wn_negotiation_restart (negotiation, argument, self->now);
  } else if (strcmp (name, "candidate") == 0) {
    wn_negotiation_local_candidate (negotiation, parse_candidate (words, 1),
        self->now);
  } else if (strcmp (name, "not-added") == 0) {
    g_autoptr (WnCandidate) candidate = parse_candidate (words, 1);

    wn_negotiation_candidate_failed (negotiation, candidate, "not added");
  } else if (strcmp (name, "admit") == 0) {
    g_string_append (actions,
        wn_negotiation_admit (negotiation, argument, get_option (words, "with"),
            has_word (words, "vital"), self->now)
            ? "yes"
            : "no");
  } else {
    return complain (error, "%s is no event", name);
  }
  return TRUE;
}

static void
append_separated (GString *line, Timeline *self, const WnAction *action)
{
  gsize length = line->len;
  gsize printed;

  if (length)
    g_string_append (line, "; ");
  printed = line->len;
  timeline_print_action (self, line, action);
  if (line->len == printed)
    g_string_truncate (line, length);
}

/* Appends to @actions what is to be done then, separated by semicolons; @max: no more
 * than so many of them. */
gboolean
timeline_perform (Timeline *self, const gchar *event, guint max,
    GString *actions, GError **error)
{
  g_auto (Words) words;
  WnAction action = WN_ACTION_INIT;

  if (!words_init (&words, event, error)
      || !dispatch (self, &words, actions, error))
    return FALSE;
  if (strcmp (words.words[0], "wait") == 0)
    return TRUE;
  while (max-- > 0 && wn_negotiation_poll (self->negotiation, &action)) {
    append_separated (actions, self, &action);
    wn_action_clear (&action);
  }
  return TRUE;
}

/*** The state ***/

static gboolean
print_counter (Timeline *self, const gchar *name, GString *value)
{
  const WnNegotiationStats *stats =
      wn_negotiation_get_stats (self->negotiation);
  const struct
  {
    const gchar *name;
    guint64 value;
  } counters[] = {
    { "offers-sent", stats->offers_sent },
    { "offers-received", stats->offers_received },
    { "answers-sent", stats->answers_sent },
    { "answers-received", stats->answers_received },
    { "collisions", stats->collisions },
    { "rollbacks", stats->rollbacks },
    { "offers-ignored", stats->offers_ignored },
    { "candidates-ignored", stats->candidates_ignored },
    { "stale-answers", stats->stale_answers },
    { "offers-rejected", stats->offers_rejected },
    { "renegotiations-suppressed", stats->renegotiations_suppressed },
    { "restarts", stats->restarts },
    { "messages-rejected", stats->messages_rejected },
  };

  for (guint i = 0; i < G_N_ELEMENTS (counters); i++) {
    if (strcmp (name, counters[i].name) == 0) {
      g_string_append_printf (value, "%" G_GUINT64_FORMAT, counters[i].value);
      return TRUE;
    }
  }
  if (strcmp (name, "last-negotiation") == 0)
    timeline_print_time (value, stats->last_negotiation_us);
  else if (strcmp (name, "max-negotiation") == 0)
    timeline_print_time (value, stats->max_negotiation_us);
  else
    return FALSE;
  return TRUE;
}

static gboolean
print_fact (Timeline *self, const gchar *name, GString *value)
{
  const WnNegotiation *negotiation = self->negotiation;
  const struct
  {
    const gchar *name;
    gboolean value;
  } facts[] = {
    { "polite", wn_negotiation_is_polite (negotiation) },
    { "making-offer", wn_negotiation_is_making_offer (negotiation) },
    { "ignoring-offer", wn_negotiation_is_ignoring_offer (negotiation) },
    { "negotiated", wn_negotiation_is_negotiated (negotiation) },
    { "idle", wn_negotiation_is_idle (negotiation) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (facts); i++) {
    if (strcmp (name, facts[i].name) == 0) {
      g_string_append (value, facts[i].value ? "yes" : "no");
      return TRUE;
    }
  }
  return FALSE;
}

/* Returns: FALSE if nothing is called @name */
gboolean
timeline_print_state (Timeline *self, const gchar *name, GString *value)
{
  const WnNegotiation *negotiation = self->negotiation;
  const gchar *id;
  gint64 expiry;

  if (strcmp (name, "signaling") == 0) {
    g_string_append (value,
        states[wn_negotiation_get_signaling_state (negotiation)]);
  } else if (strcmp (name, "session") == 0) {
    g_string_append_printf (value, "%d",
        (gint) wn_negotiation_get_session (negotiation));
  } else if (strcmp (name, "timeout") == 0) {
    timeline_print_time (value, wn_negotiation_get_timeout (negotiation));
  } else if (strcmp (name, "expiry") == 0) {
    expiry = wn_negotiation_get_expiry (negotiation);
    if (expiry == G_MAXINT64)
      g_string_append (value, "never");
    else
      timeline_print_time (value, MAX (expiry - self->now, 0));
  } else if (strcmp (name, "id") == 0 || strcmp (name, "remote-id") == 0) {
    id = *name == 'i' ? wn_negotiation_get_id (negotiation)
                      : wn_negotiation_get_remote_id (negotiation);
    g_string_append (value, id ? id : "none");
  } else {
    return print_fact (self, name, value) || print_counter (self, name, value);
  }
  return TRUE;
}

/* is NAME VALUE [NAME VALUE…] */
static gboolean
check_state (Timeline *self, const gchar *line, GError **error)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);

  for (guint i = 1; words[i]; i += 2) {
    g_autoptr (GString) value = g_string_new (NULL);

    if (!words[i + 1] || !timeline_print_state (self, words[i], value))
      return complain (error, "is what? %s", words[i]);
    if (strcmp (value->str, words[i + 1]) != 0)
      return complain (error, "%s is %s", words[i], value->str);
  }
  return TRUE;
}

/*** Lines ***/

/* A report is also right without its detail. */
static gboolean
is_expected (const gchar *action, const gchar *expected)
{
  gsize length = strlen (expected);

  if (strcmp (action, expected) == 0)
    return TRUE;
  return length > 2 && *expected == '(' && expected[length - 1] == ')'
      && strncmp (action, expected, length - 1) == 0
      && g_str_has_prefix (action + length - 1, ": ");
}

static gboolean
are_expected (const gchar *actions, const gchar *expected)
{
  g_auto (GStrv) all = g_strsplit (actions, "; ", -1);
  g_auto (GStrv) right = g_strsplit (expected, "; ", -1);

  if (g_strv_length (all) != g_strv_length (right))
    return FALSE;
  for (guint i = 0; all[i]; i++) {
    if (!is_expected (all[i], right[i]))
      return FALSE;
  }
  return TRUE;
}

/* Without what comes before the actions. */
static guint
count_actions (const gchar *expected)
{
  g_auto (GStrv) all = g_strsplit (expected, "; ", -1);
  guint n = g_strv_length (all);

  return n && (strcmp (*all, "yes") == 0 || strcmp (*all, "no") == 0 || !**all)
      ? n - 1
      : n;
}

/* EVENT [-> ACTION; ACTION… [...]], or what the state is. */
gboolean
timeline_play (Timeline *self, const gchar *line, GError **error)
{
  const gchar *arrow = strstr (line, ARROW);
  gboolean is_part = g_str_has_suffix (line, REST);
  g_autofree gchar *event =
      arrow ? g_strndup (line, arrow - line) : g_strdup (line);
  g_autofree gchar *expected = g_strdup (arrow ? arrow + strlen (ARROW) : "");
  g_autoptr (GString) actions = g_string_new (NULL);

  if (g_str_has_prefix (line, "is "))
    return check_state (self, line, error);
  if (is_part)
    expected[strlen (expected) - strlen (REST)] = '\0';
  if (!timeline_perform (self, event,
          is_part ? count_actions (expected) : G_MAXUINT, actions, error))
    return FALSE;
  if (!are_expected (actions->str, expected))
    return complain (error, "it does: %s", actions->str);
  return TRUE;
}
