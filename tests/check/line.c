/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "line.h"

#include <json-glib/json-glib.h>

static void
letter_free (Letter *letter)
{
  g_free (letter->json);
  g_free (letter->sdp);
  g_free (letter);
}

static void
read_description (Letter *letter, JsonObject *description)
{
  const gchar *type =
      json_object_get_string_member_with_default (description, "type", "");

  letter->type = g_str_equal (type, "offer") ? LETTER_OFFER : LETTER_ANSWER;
  letter->sdp =
      g_strdup (json_object_get_string_member_with_default (description, "sdp",
          NULL));
}

static void
read_letter (Letter *letter)
{
  g_autoptr (JsonNode) node = json_from_string (letter->json, NULL);
  JsonObject *object = json_node_get_object (node);

  if (json_object_has_member (object, "description"))
    read_description (letter,
        json_object_get_object_member (object, "description"));
  else if (json_object_has_member (object, "candidate"))
    letter->type = LETTER_CANDIDATE;
  else if (json_object_has_member (object, "reject"))
    letter->type = LETTER_REJECT;
  else if (json_object_has_member (object, "restart"))
    letter->type = LETTER_RESTART;
  else if (json_object_has_member (object, "bye"))
    letter->type = LETTER_BYE;
  else
    letter->type = LETTER_OTHER;
}

static void
set_due (Line *self, Letter *letter, gint64 since)
{
  Letter *former = g_queue_peek_tail (&self->queues[letter->from]);
  guint jitter = self->jitter_ms[letter->from];
  gint64 delay = self->delay_ms[letter->from];

  if (jitter)
    delay += g_rand_int_range (self->rand, 0, jitter + 1);
  letter->due = since + delay * 1000;
  if (former && former->due > letter->due)
    letter->due = former->due;
}

static void
repeat (Line *self, const Letter *letter)
{
  Letter *copy = g_new0 (Letter, 1);

  copy->from = letter->from;
  copy->json = g_strdup (letter->json);
  copy->sdp = g_strdup (letter->sdp);
  copy->type = letter->type;
  copy->sent_at = letter->sent_at;
  copy->due = g_get_monotonic_time () + self->repeat_ms * (gint64) 1000;
  g_queue_push_tail (&self->repeats[letter->from], copy);
}

static void
set_out (Line *self, Letter *letter)
{
  read_letter (letter);
  self->n_sent[letter->type][letter->from]++;
  if (letter->type != LETTER_CANDIDATE)
    self->last_activity = g_get_monotonic_time ();

  if (self->lose && self->lose (letter, self->lose_data)) {
    letter_free (letter);
    return;
  }
  if (self->change) {
    gchar *json = self->change (letter);

    g_free (letter->json);
    letter->json = json;
  }
  if (self->is_held)
    letter->due = G_MAXINT64;
  else
    set_due (self, letter, letter->sent_at);
  g_queue_push_tail (&self->queues[letter->from], letter);
}

static void
take_posted (Line *self)
{
  Letter *letter;

  do {
    g_mutex_lock (&self->mutex);
    letter = g_queue_pop_head (&self->posted);
    g_mutex_unlock (&self->mutex);
    if (letter)
      set_out (self, letter);
  } while (letter);
}

static void
hand_over (Line *self, const Letter *letter)
{
  g_signal_emit_by_name (self->elements[!letter->from], "incoming-message",
      self->ids[letter->from], letter->json);
}

static void
duplicate (Line *self, const Letter *letter)
{
  Letter *copy;

  if (g_rand_boolean (self->rand)) {
    hand_over (self, letter);
    return;
  }
  copy = g_new0 (Letter, 1);
  copy->from = letter->from;
  copy->json = g_strdup (letter->json);
  copy->type = letter->type;
  copy->sdp = g_strdup (letter->sdp);
  copy->sent_at = letter->sent_at;
  copy->is_copy = TRUE;
  set_due (self, copy, g_get_monotonic_time ());
  g_queue_push_tail (&self->queues[letter->from], copy);
}

static void
arrive (Line *self, Letter *letter)
{
  hand_over (self, letter);
  if (self->duplicates && !letter->is_copy)
    duplicate (self, letter);

  if (letter->type == LETTER_CANDIDATE) {
    letter_free (letter);
    return;
  }
  self->last_activity = g_get_monotonic_time ();
  g_ptr_array_add (self->past, letter);
}

/* Returns: when the next one is due */
static gint64
deliver (Line *self, GQueue *queue, gboolean repeats)
{
  Letter *letter;

  while ((letter = g_queue_peek_head (queue))
      && letter->due <= g_get_monotonic_time ()) {
    if (repeats)
      repeat (self, letter);
    arrive (self, g_queue_pop_head (queue));
  }
  return letter ? letter->due : G_MAXINT64;
}

static gboolean
move (gpointer data)
{
  Line *self = data;
  gint64 next = G_MAXINT64;

  g_source_set_ready_time (self->source, -1);
  take_posted (self);

  for (guint i = 0; i < 2; i++) {
    next = MIN (next, deliver (self, &self->queues[i], self->repeat_ms > 0));
    next = MIN (next, deliver (self, &self->repeats[i], FALSE));
  }

  /* Something may have been posted meanwhile, with a ready time of its own. */
  g_mutex_lock (&self->mutex);
  if (next != G_MAXINT64 && g_queue_is_empty (&self->posted))
    g_source_set_ready_time (self->source, next);
  g_mutex_unlock (&self->mutex);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch (GSource *source G_GNUC_UNUSED, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static void
post (Line *self, guint from, const gchar *json)
{
  Letter *letter = g_new0 (Letter, 1);

  letter->from = from;
  letter->json = g_strdup (json);
  letter->sent_at = g_get_monotonic_time ();
  g_mutex_lock (&self->mutex);
  g_queue_push_tail (&self->posted, letter);
  g_source_set_ready_time (self->source, 0);
  g_mutex_unlock (&self->mutex);
}

static void
on_outgoing (GstElement *element, const gchar *to G_GNUC_UNUSED,
    const gchar *json, Line *self)
{
  post (self, element == self->elements[1], json);
}

Line *
line_new (GstElement *a, GstElement *b)
{
  static GSourceFuncs funcs = { .dispatch = dispatch };
  Line *self = g_new0 (Line, 1);

  self->elements[0] = a;
  self->elements[1] = b;
  self->past = g_ptr_array_new_with_free_func ((GDestroyNotify) letter_free);
  self->rand = g_rand_new_with_seed (1);
  g_mutex_init (&self->mutex);
  self->source = g_source_new (&funcs, sizeof (GSource));
  g_source_set_callback (self->source, move, self, NULL);
  g_source_attach (self->source, NULL);

  for (guint i = 0; i < 2; i++) {
    g_queue_init (&self->queues[i]);
    g_queue_init (&self->repeats[i]);
    g_object_get (self->elements[i], "peer-id", &self->ids[i], NULL);
    g_signal_connect (self->elements[i], "outgoing-message",
        G_CALLBACK (on_outgoing), self);
  }
  return self;
}

/* Another element is at that end from now on.  What is on the way arrives. */
void
line_replace_element (Line *self, guint index, GstElement *element)
{
  g_signal_handlers_disconnect_by_data (self->elements[index], self);
  self->elements[index] = element;
  g_free (self->ids[index]);
  g_object_get (element, "peer-id", &self->ids[index], NULL);
  g_signal_connect (element, "outgoing-message", G_CALLBACK (on_outgoing),
      self);
}

/* When the elements have stopped. */
void
line_free (Line *self)
{
  for (guint i = 0; i < 2; i++) {
    g_signal_handlers_disconnect_by_data (self->elements[i], self);
    g_queue_clear_full (&self->queues[i], (GDestroyNotify) letter_free);
    g_queue_clear_full (&self->repeats[i], (GDestroyNotify) letter_free);
    g_free (self->ids[i]);
  }
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_queue_clear_full (&self->posted, (GDestroyNotify) letter_free);
  g_ptr_array_unref (self->past);
  g_rand_free (self->rand);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

void
line_set_delays (Line *self, guint to_b_ms, guint to_a_ms, guint jitter_ms)
{
  self->delay_ms[0] = to_b_ms;
  self->delay_ms[1] = to_a_ms;
  self->jitter_ms[0] = self->jitter_ms[1] = jitter_ms;
}

void
line_hold (Line *self)
{
  self->is_held = TRUE;
}

/* What was held sets out now. */
void
line_release (Line *self)
{
  gint64 now = g_get_monotonic_time ();

  self->is_held = FALSE;
  self->last_activity = now;
  for (guint i = 0; i < 2; i++) {
    GQueue held = self->queues[i];
    Letter *letter;

    g_queue_init (&self->queues[i]);
    while ((letter = g_queue_pop_head (&held))) {
      if (letter->due == G_MAXINT64)
        set_due (self, letter, now);
      g_queue_push_tail (&self->queues[i], letter);
    }
  }
  g_source_set_ready_time (self->source, 0);
}

/* Something was just asked for: the quiet is to be counted from now on. */
void
line_touch (Line *self)
{
  self->last_activity = g_get_monotonic_time ();
}

/* Hands the other peer something that @from never sent. */
void
line_inject (Line *self, guint from, const gchar *json)
{
  g_signal_emit_by_name (self->elements[!from], "incoming-message",
      self->ids[from], json);
}

gboolean
line_is_empty (Line *self)
{
  gboolean nothing_posted;

  g_mutex_lock (&self->mutex);
  nothing_posted = g_queue_is_empty (&self->posted);
  g_mutex_unlock (&self->mutex);
  return nothing_posted && g_queue_is_empty (&self->queues[0])
      && g_queue_is_empty (&self->queues[1])
      && g_queue_is_empty (&self->repeats[0])
      && g_queue_is_empty (&self->repeats[1]);
}

guint
line_count_from (Line *self, LetterType type, guint from)
{
  return self->n_sent[type][from];
}

guint
line_count (Line *self, LetterType type)
{
  return self->n_sent[type][0] + self->n_sent[type][1];
}

/* Returns: (nullable): of the last one that arrived */
const gchar *
line_get_last_sdp (Line *self, LetterType type)
{
  for (guint i = self->past->len; i > 0; i--) {
    const Letter *letter = g_ptr_array_index (self->past, i - 1);

    if (letter->type == type)
      return letter->sdp;
  }
  return NULL;
}
