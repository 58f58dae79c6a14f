/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "script.h"

#include <stdio.h>
#include <string.h>

#define MAX_STREAMS 6 /* of a peer, at a time */
#define MAX_WISHES 8

/*** Features ***/

static const gchar *const feature_names[] = { "glare", "releases", "directions",
  "changes", "channels", "asks", "restarts", "rejections", "replacements",
  "duplicates", "delays", "haste", "codecs", "static", "sources", NULL };

gchar *
features_list (void)
{
  return g_strjoinv (",", (gchar **) feature_names);
}

/* Returns: FALSE if a name in @text, which has commas between them, is unknown */
gboolean
features_parse (const gchar *text, Features *features)
{
  g_auto (GStrv) names = g_strsplit (text, ",", -1);

  *features = 0;
  for (guint i = 0; names[i]; i++) {
    guint j = 0;

    while (feature_names[j] && !g_str_equal (feature_names[j], names[i]))
      j++;
    if (!feature_names[j])
      return FALSE;
    *features |= 1 << j;
  }
  return TRUE;
}

/*** As a value ***/

static Script *
script_new_empty (void)
{
  Script *self = g_new0 (Script, 1);

  self->steps = g_array_new (FALSE, FALSE, sizeof (Step));
  return self;
}

void
script_free (Script *self)
{
  g_array_unref (self->steps);
  g_free (self);
}

const Step *
script_get (const Script *self, guint index)
{
  return &g_array_index (self->steps, Step, index);
}

guint
script_count (const Script *self, StepType type)
{
  guint n = 0;

  for (guint i = 0; i < self->steps->len; i++)
    n += script_get (self, i)->type == type;
  return n;
}

gboolean
script_has (const Script *self, StepType type)
{
  return script_count (self, type) > 0;
}

/* Returns: (transfer full): the same without @n steps from @start on */
Script *
script_cut (const Script *self, guint start, guint n)
{
  Script *cut = script_new_empty ();

  for (guint i = 0; i < self->steps->len; i++) {
    if (i < start || i >= start + n)
      g_array_append_val (cut->steps, *script_get (self, i));
  }
  return cut;
}

/*** As text ***/

static const struct
{
  const gchar *word;
  StepType type;
} peer_words[] = {
  { "start", STEP_START },
  { "stop", STEP_STOP },
  { "ask", STEP_ASK },
  { "restart", STEP_RESTART },
  { "reject", STEP_REJECT },
  { "manual", STEP_MANUAL },
}, words[] = {
  { "hold", STEP_HOLD },
  { "release", STEP_LET_GO },
  { "dup", STEP_DUPLICATE },
  { "~", STEP_SETTLE },
};

static const struct
{
  gchar sign;
  StepType type;
} signs[] = {
  { '+', STEP_ADD },
  { '-', STEP_RELEASE },
  { '=', STEP_DIRECT },
  { '*', STEP_CHANGE },
  { '#', STEP_CHANNEL },
};

static void
append_step (GString *text, const Step *step)
{
  const gchar peer = "AB"[step->peer];

  switch (step->type) {
    case STEP_ROLES:
      g_string_append_printf (text, "roles=%u", step->name);
      return;
    case STEP_DELAY:
      g_string_append_printf (text, "delay=%u,%u,%u", step->delays[0],
          step->delays[1], step->delays[2]);
      return;
    case STEP_WAIT:
      g_string_append_printf (text, "%u", step->name);
      return;
    case STEP_ADD:
      g_string_append_printf (text, "%c+%c%u", peer, step->kind, step->name);
      return;
    case STEP_RELEASE:
      g_string_append_printf (text, "%c-%u", peer, step->name);
      return;
    case STEP_CHANNEL:
      g_string_append_printf (text, "%c#%u", peer, step->name);
      return;
    case STEP_DIRECT:
      g_string_append_printf (text, "%c=%u%c", peer, step->name, step->kind);
      return;
    case STEP_CHANGE:
      g_string_append_printf (text, "%c*%u%c", peer, step->name, step->kind);
      return;
    default:
      break;
  }
  for (guint i = 0; i < G_N_ELEMENTS (peer_words); i++) {
    if (peer_words[i].type == step->type)
      g_string_append_printf (text, "%c:%s", peer, peer_words[i].word);
  }
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (words[i].type == step->type)
      g_string_append (text, words[i].word);
  }
}

gchar *
script_to_string (const Script *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->steps->len; i++) {
    if (i > 0)
      g_string_append_c (text, ' ');
    append_step (text, script_get (self, i));
  }
  return g_string_free (text, FALSE);
}

/* The name of a stream, and a kind, which may be a digit, too. */
static gboolean
parse_name_and_kind (const gchar *text, const gchar *kinds, Step *step)
{
  gsize length = strlen (text);
  g_autofree gchar *name = NULL;
  gint end = 0;

  if (length < 2)
    return FALSE;
  name = g_strndup (text, length - 1);
  step->kind = text[length - 1];
  return sscanf (name, "%u%n", &step->name, &end) == 1 && !name[end]
      && strchr (kinds, step->kind);
}

static gboolean
parse_stream_step (const gchar *word, Step *step)
{
  gchar sign = word[1];
  gint end = 0;

  if (sign == '+')
    return sscanf (word + 2, "%c%u%n", &step->kind, &step->name, &end) == 2
        && !word[2 + end] && strchr ("v9hau", step->kind);
  if (sign == '=' || sign == '*')
    return parse_name_and_kind (word + 2, sign == '=' ? "srbi" : "v9hau", step);
  return sscanf (word + 2, "%u%n", &step->name, &end) == 1 && !word[2 + end];
}

static gboolean
parse_peer_step (const gchar *word, Step *step)
{
  step->peer = word[0] == 'B';
  if (word[1] == ':') {
    for (guint i = 0; i < G_N_ELEMENTS (peer_words); i++) {
      if (g_str_equal (peer_words[i].word, word + 2)) {
        step->type = peer_words[i].type;
        return TRUE;
      }
    }
    return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (signs); i++) {
    if (signs[i].sign == word[1]) {
      step->type = signs[i].type;
      return parse_stream_step (word, step);
    }
  }
  return FALSE;
}

static gboolean
parse_step (const gchar *word, Step *step)
{
  gint end = 0;

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (g_str_equal (words[i].word, word)) {
      step->type = words[i].type;
      return TRUE;
    }
  }
  if (sscanf (word, "roles=%u%n", &step->name, &end) == 1 && !word[end]) {
    step->type = STEP_ROLES;
    return step->name < 4;
  }
  if (sscanf (word, "delay=%u,%u,%u%n", &step->delays[0], &step->delays[1],
          &step->delays[2], &end)
          == 3
      && !word[end]) {
    step->type = STEP_DELAY;
    return TRUE;
  }
  if (sscanf (word, "%u%n", &step->name, &end) == 1 && !word[end]) {
    step->type = STEP_WAIT;
    return TRUE;
  }
  return (word[0] == 'A' || word[0] == 'B') && word[1]
      && parse_peer_step (word, step);
}

Script *
script_parse (const gchar *text, GError **error)
{
  g_autoptr (Script) self = script_new_empty ();
  g_auto (GStrv) all = g_strsplit (text, " ", -1);

  for (guint i = 0; all[i]; i++) {
    Step step = { 0 };

    if (!*all[i])
      continue;
    if (!parse_step (all[i], &step)) {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          "\"%s\" is no step of a script", all[i]);
      return NULL;
    }
    g_array_append_val (self->steps, step);
  }
  return g_steal_pointer (&self);
}

/*** From a seed ***/

typedef struct
{
  guint names[MAX_STREAMS];
  gchar kinds[MAX_STREAMS];
  guint n;
} Streams;

typedef struct
{
  Script *script;
  GRand *rand;
  Features features;
  guint next_name;
  Streams streams[2];
} Author;

static guint
dice (Author *self, guint end)
{
  return g_rand_int_range (self->rand, 0, end);
}

static void
add (Author *self, StepType type, guint peer, guint name, gchar kind)
{
  Step step = { .type = type, .peer = peer, .name = name, .kind = kind };

  g_array_append_val (self->script->steps, step);
}

static gchar
choose_kind (Author *self)
{
  gboolean codecs = self->features & FEATURE_CODECS;

  if (dice (self, 3) > 0)
    return codecs ? "v9h"[dice (self, 3)] : 'v';
  return self->features & FEATURE_STATIC ? "au"[dice (self, 2)] : 'a';
}

static void
add_stream (Author *self, guint peer)
{
  Streams *streams = &self->streams[peer];

  if (streams->n == MAX_STREAMS)
    return;
  streams->names[streams->n] = self->next_name;
  streams->kinds[streams->n] = choose_kind (self);
  add (self, STEP_ADD, peer, self->next_name++, streams->kinds[streams->n]);
  streams->n++;
}

/* Another of the same medium, or, if it may be, the same under another SSRC. */
static gchar
choose_other_kind (Author *self, gchar kind)
{
  const gchar *kinds = strchr ("v9h", kind) ? "v9h" : "au";
  guint n = kinds[2] && self->features & FEATURE_CODECS ? 3 : 2;
  gchar other;

  if (!kinds[2] && !(self->features & FEATURE_STATIC))
    return kind;
  do {
    other = kinds[dice (self, n)];
  } while (other == kind && !(self->features & FEATURE_SOURCES));
  return other;
}

static void
change_kind (Author *self, guint peer, guint i)
{
  gchar *kind = &self->streams[peer].kinds[i];
  gchar other = choose_other_kind (self, *kind);

  if (other == *kind && !(self->features & FEATURE_SOURCES))
    return;
  *kind = other;
  add (self, STEP_CHANGE, peer, self->streams[peer].names[i], *kind);
}

static void
release (Author *self, guint peer, guint i)
{
  Streams *streams = &self->streams[peer];

  add (self, STEP_RELEASE, peer, streams->names[i], 0);
  streams->n--;
  streams->names[i] = streams->names[streams->n];
  streams->kinds[i] = streams->kinds[streams->n];
}

/* Something that has to be negotiated. */
static void
add_wish (Author *self, guint peer)
{
  Streams *streams = &self->streams[peer];
  guint i = streams->n ? dice (self, streams->n) : 0;
  Features features = self->features;

  switch (dice (self, 10)) {
    case 0:
    case 1:
      if (streams->n && features & FEATURE_RELEASES) {
        release (self, peer, i);
        return;
      }
      break;
    case 2:
      if (streams->n && features & FEATURE_DIRECTIONS) {
        add (self, STEP_DIRECT, peer, streams->names[i],
            "sribb"[dice (self, 5)]);
        return;
      }
      break;
    case 3:
      if (streams->n && features & FEATURE_CHANGES) {
        change_kind (self, peer, i);
        return;
      }
      break;
    case 4:
      if (features & FEATURE_CHANNELS) {
        add (self, STEP_CHANNEL, peer, self->next_name++, 0);
        return;
      }
      break;
    default:
      break;
  }
  add_stream (self, peer);
}

static void
add_wait (Author *self)
{
  if (!(self->features & FEATURE_HASTE) || dice (self, 2))
    add (self, STEP_SETTLE, 0, 0, 0);
  else if (dice (self, 2))
    add (self, STEP_WAIT, 0, dice (self, 400), 0);
}

static void
add_glare (Author *self)
{
  add (self, STEP_HOLD, 0, 0, 0);
  for (guint i = 0; i < 2; i++) {
    guint n = 1 + dice (self, 2);

    while (n--)
      add_wish (self, i);
  }
  add (self, STEP_LET_GO, 0, 0, 0);
}

static void
add_replacement (Author *self, guint peer)
{
  guint n = dice (self, 3);

  add (self, STEP_STOP, peer, 0, 0);
  self->streams[peer].n = 0;
  if (dice (self, 2))
    add (self, STEP_WAIT, 0, dice (self, 300), 0);
  while (n--)
    add_stream (self, peer);
  add (self, STEP_START, peer, 0, 0);
}

/* Returns: whether something was added */
static gboolean
add_trouble (Author *self, guint peer)
{
  switch (dice (self, 6)) {
    case 0:
      if (self->features & FEATURE_ASKS) {
        add (self, STEP_ASK, peer, 0, 0);
        return TRUE;
      }
      break;
    case 1:
      if (self->features & FEATURE_RESTARTS) {
        add (self, STEP_RESTART, peer, 0, 0);
        return TRUE;
      }
      break;
    case 2:
      if (self->features & FEATURE_REJECTIONS) {
        add (self, dice (self, 2) ? STEP_REJECT : STEP_MANUAL, peer, 0, 0);
        add_wish (self, !peer);
        return TRUE;
      }
      break;
    case 3:
      if (self->features & FEATURE_REPLACEMENTS) {
        add_replacement (self, peer);
        return TRUE;
      }
      break;
    default:
      break;
  }
  return FALSE;
}

static void
add_delay (Author *self)
{
  static const guint delays[][3] = { { 0, 0, 0 }, { 0, 0, 0 }, { 20, 20, 0 },
    { 100, 100, 0 }, { 20, 20, 60 }, { 20, 300, 0 }, { 300, 20, 30 } };
  Step step = { .type = STEP_DELAY };

  memcpy (step.delays, delays[dice (self, G_N_ELEMENTS (delays))],
      sizeof (step.delays));
  g_array_append_val (self->script->steps, step);
}

static void
add_beginning (Author *self)
{
  gboolean is_held = self->features & FEATURE_GLARE && dice (self, 3) == 0;

  add (self, STEP_ROLES, 0, dice (self, 4), 0);
  if (self->features & FEATURE_DELAYS)
    add_delay (self);
  if (self->features & FEATURE_DUPLICATES && dice (self, 3) == 0)
    add (self, STEP_DUPLICATE, 0, 0, 0);
  if (is_held)
    add (self, STEP_HOLD, 0, 0, 0);
  for (guint i = 0; i < 2; i++) {
    guint n = dice (self, 4);

    if (self->features & FEATURE_CHANNELS && dice (self, 4) == 0)
      add (self, STEP_CHANNEL, i, self->next_name++, 0);
    while (n--)
      add_stream (self, i);
  }
  add (self, STEP_START, 0, 0, 0);
  add (self, STEP_START, 1, 0, 0);
  if (is_held)
    add (self, STEP_LET_GO, 0, 0, 0);
}

Script *
script_new (guint32 seed, Features features)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  Author self = {
    .script = script_new_empty (), .rand = rand, .features = features
  };
  guint n;

  add_beginning (&self);
  n = dice (&self, MAX_WISHES);
  for (guint i = 0; i < n; i++) {
    guint peer = dice (&self, 2);

    add_wait (&self);
    if (dice (&self, 4) == 0 && add_trouble (&self, peer))
      continue;
    if (features & FEATURE_GLARE && dice (&self, 4) == 0)
      add_glare (&self);
    else
      add_wish (&self, peer);
  }
  return self.script;
}
