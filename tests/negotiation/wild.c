/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Events that no peer and no network would come up with, at random: all that follows
 * from one's seed. */

#include "record.h"

#include "timeline.h"

#include <string.h>

#define MIN_EVENTS 5
#define MAX_SHORT 15
#define MAX_LONG 45
#define MAX_BURST 40

typedef struct
{
  Timeline timeline;
  guint64 random;
  gchar operation; /* under way, by its first letter; 0: none */
  guint n_offers;  /* of ours */
  guint n_texts;
} Wild;

/* splitmix64 */
static guint
dice (Wild *self, guint end)
{
  guint64 z = self->random += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return (z ^ (z >> 31)) % end;
}

static const gchar *
choose (Wild *self, const gchar *const *all)
{
  return all[dice (self, g_strv_length ((GStrv) all))];
}

/* Most say the present session, or none. */
static const gchar *
choose_session (Wild *self)
{
  static gchar text[32];
  gint session = wn_negotiation_get_session (self->timeline.negotiation);

  switch (dice (self, 8)) {
    case 0:
    case 1:
      return "";
    case 2:
      session += dice (self, 3);
      break;
    case 3:
      session = MAX (session - 1 - (gint) dice (self, 2), 0);
      break;
    default:
      break;
  }
  g_snprintf (text, sizeof text, " session=%d", session);
  return text;
}

/*** Events ***/

static void
write_description (Wild *self, GString *line, gboolean is_offer)
{
  static const gchar *const ids[] = { "r:1", "r:2", "r:3", "n:1", "l:1", NULL };
  static const gchar *const ufrags[] = { "r", "r", "r", "s", "x", "r,s", "-",
    NULL };
  static const gchar *const media[] = { "audio 9", "audio 0", "video 0 RTP",
    NULL };

  g_string_append_printf (line, "hear %s %s %s%s",
      is_offer ? "offer" : "answer", choose (self, ids), choose (self, ufrags),
      choose_session (self));
  if (!is_offer && dice (self, 3))
    g_string_append_printf (line, " answers=l:%u",
        self->n_offers - MIN (self->n_offers, dice (self, 4) / 3));
  if (dice (self, 8) == 0)
    g_string_append_printf (line, " text=\"v=0\\r\\nm=%s%s\\r\\nt=%u\"",
        choose (self, media), dice (self, 4) ? "" : "\\r\\na=bundle-only",
        self->n_texts++);
  else if (dice (self, 8))
    g_string_append_printf (line, " text=t%u", self->n_texts++);
}

static void
write_candidate (Wild *self, GString *line, const gchar *event)
{
  static const gchar *const ufrags[] = { "r", "r", "s", "x", NULL };

  g_string_append (line, event);
  if (dice (self, 8) == 0)
    g_string_append (line, "\"\"");
  else
    g_string_append_printf (line, "c%u", dice (self, 6));
  if (dice (self, 4) == 0)
    g_string_append_printf (line, " mid=%u", dice (self, 2));
  if (dice (self, 4) == 0)
    g_string_append_printf (line, " mline=%u", dice (self, 2));
  if (dice (self, 8))
    g_string_append_printf (line, " ufrag=%s", choose (self, ufrags));
  g_string_append (line, choose_session (self));
}

static void
write_beginning (Wild *self, GString *line)
{
  static const gchar *const kinds[] = { "first", "again", "heard", NULL };
  static const gchar *const with[] = { " with=l1", " with=l1", " with=l0", "",
    NULL };
  const gchar *kind = choose (self, kinds);

  g_string_append_printf (line, "hear %s r%u%s%s", kind, dice (self, 3),
      *kind == 'f' && dice (self, 4) ? "" : choose (self, with),
      choose_session (self));
  if (*kind == 'a' && dice (self, 2))
    g_string_append_printf (line, " offer=r:%u", 1 + dice (self, 3));
}

static void
write_message (Wild *self, GString *line)
{
  static const gchar *const with[] = { " with=l1", " with=l1", " with=l0", "",
    NULL };

  switch (dice (self, 20)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      write_description (self, line, TRUE);
      break;
    case 6:
    case 7:
    case 8:
    case 9:
      write_description (self, line, FALSE);
      break;
    case 10:
    case 11:
    case 12:
      write_candidate (self, line,
          dice (self, 4) ? "hear candidate " : "not-added ");
      break;
    case 13:
      g_string_append_printf (line, "hear reject l:%u%s",
          self->n_offers - MIN (self->n_offers, dice (self, 4) / 3),
          choose_session (self));
      break;
    case 14:
      g_string_append_printf (line, "hear restart %u",
          dice (self, 4) == 0
              ? 0
              : (guint) wn_negotiation_get_session (self->timeline.negotiation)
                  + dice (self, 3));
      break;
    case 15:
    case 16:
      write_beginning (self, line);
      break;
    case 17:
      g_string_append_printf (line, "admit r%u%s%s", dice (self, 3),
          choose (self, with), dice (self, 3) ? " vital" : "");
      break;
    case 18:
      g_string_append_printf (line, "hear bad-offer r:1%s",
          choose_session (self));
      break;
    default:
      g_string_append (line, "hear garbage");
      break;
  }
}

static void
write_wish (Wild *self, GString *line)
{
  static const gchar *const wishes[] = { "change", "change", "change", "hint",
    "hint", "ask", "accept", "accept", "reject", "connected", "restart test",
    "polite", "impolite", "manual", "automatic", "timeout 10s", "timeout 1s",
    "timeout 0s", "end", "begin l1", "begin l1", "begin l2", NULL };
  const gchar *wish = choose (self, wishes);

  /* Life is not as short as that. */
  if ((*wish == 'e' || *wish == 'b') && dice (self, 3))
    wish = "hint";
  g_string_append (line, wish);
}

static void
write_time (Wild *self, GString *line)
{
  static const gchar *const times[] = { "wait 1s", "wait 999999us", "wait 4s",
    "wait 30s", "wait 1us", NULL };

  if (dice (self, 2)
      && wn_negotiation_get_expiry (self->timeline.negotiation) != G_MAXINT64)
    g_string_append (line, "expire");
  else
    g_string_append (line, dice (self, 2) ? "tick" : choose (self, times));
}

/* The end of the operation under way. */
static void
write_end (Wild *self, GString *line)
{
  static const gchar *const ufrags[] = { "l", "l", "l", "m", "-", NULL };

  if (dice (self, 12) == 0) {
    gboolean is_remote = self->operation == 'a' || self->operation == 't';

    g_string_append (line,
        is_remote && dice (self, 3)                    ? "failed refused"
            : self->operation == 'a' && dice (self, 2) ? "failed outdated"
                                                       : "failed broken");
    return;
  }
  switch (self->operation) {
    case 'c':
      g_string_append (line,
          dice (self, 12) == 0 ? "postponed"
              : dice (self, 3) ? "checked yes"
                               : "checked no");
      break;
    case 'o':
      g_string_append_printf (line, "offered l:%u %s", ++self->n_offers,
          choose (self, ufrags));
      break;
    case 'a':
      g_string_append_printf (line, "answered l:%u %s", dice (self, 9),
          choose (self, ufrags));
      break;
    default:
      g_string_append (line, "done");
      break;
  }
}

/*** Runs ***/

/* What is under way now, by what is to be done. */
static void
follow (Wild *self, const gchar *event, const gchar *actions)
{
  static const gchar *const operations[] = { "check", "offer", "answer ",
    "take", "rollback", "replace", NULL };
  static const gchar *const ends[] = { "checked", "postponed", "offered",
    "answered", "done", "failed", "end", "begin", NULL };
  g_auto (GStrv) all = g_strsplit (actions, "; ", -1);

  for (guint i = 0; ends[i]; i++) {
    if (g_str_has_prefix (event, ends[i]))
      self->operation = 0;
  }
  for (guint i = 0; all[i]; i++) {
    for (guint j = 0; operations[j]; j++) {
      if (g_str_has_prefix (all[i], operations[j]))
        self->operation = *all[i];
    }
  }
}

static void
perform (Wild *self, const gchar *event)
{
  g_autoptr (GString) actions = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  if (!timeline_perform (&self->timeline, event, G_MAXUINT, actions, &error))
    g_error ("%s: %s", event, error->message);
  follow (self, event, actions->str);
}

static void
perform_any (Wild *self, guint kind)
{
  g_autoptr (GString) line = g_string_new (NULL);

  if (self->operation && kind < 45)
    write_end (self, line);
  else if (kind < 75)
    write_message (self, line);
  else if (kind < 90)
    write_wish (self, line);
  else
    write_time (self, line);
  perform (self, line->str);
}

/* The same over and over, to come to the limits. */
static void
burst (Wild *self)
{
  guint64 seed = self->random;
  guint n = 1 + dice (self, MAX_BURST);
  guint kind = 45 + dice (self, 55);
  gboolean is_same = dice (self, 2);

  for (guint i = 0; i < n; i++) {
    if (is_same)
      self->random = seed;
    perform_any (self, kind);
    while (self->operation && dice (self, 8))
      perform_any (self, 0);
  }
  self->random = seed + n;
}

void
wild_run (guint64 seed)
{
  g_auto (Timeline) timeline;
  Wild self = { .random = seed };
  guint max = dice (&self, 2) ? MAX_SHORT : MAX_LONG;
  guint n_events = MIN_EVENTS + dice (&self, max);

  timeline_init (&timeline);
  timeline.is_exact = TRUE;
  self.timeline = timeline;
  if (dice (&self, 2))
    perform (&self, "polite");
  if (dice (&self, 2))
    perform (&self, "timeout 10s");
  if (dice (&self, 4) == 0)
    perform (&self, "manual");
  perform (&self, "begin l1");
  for (guint i = 0; i < n_events; i++) {
    if (dice (&self, 120) == 0)
      burst (&self);
    else
      perform_any (&self, dice (&self, 100));
  }
}
