/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The timelines of this folder, each a test: corpus FILE…
 *
 * The files are looked at in their order; what one is "given", others may use that come
 * later. */

#include "timeline.h"

#include <string.h>

typedef struct
{
  guint number; /* in its file */
  gchar *text;
} Line;

typedef struct
{
  gchar *path;
  GPtrArray *lines; /* Line */
} Case;

static void
line_free (Line *line)
{
  g_free (line->text);
  g_free (line);
}

static Case *
case_new (const gchar *file, const gchar *name)
{
  Case *self = g_new0 (Case, 1);
  g_autofree gchar *base = g_path_get_basename (file);

  *strrchr (base, '.') = '\0';
  self->path = g_strdup_printf ("/%s/%s", base, name);
  self->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) line_free);
  return self;
}

static void
case_free (Case *self)
{
  g_free (self->path);
  g_ptr_array_unref (self->lines);
  g_free (self);
}

/* {n} is the number of the turn, {n+7} is 7 more. */
static gchar *
substitute (const gchar *text, guint n)
{
  GString *result = g_string_new (NULL);
  const gchar *brace;

  for (; (brace = strstr (text, "{n")); text = strchr (brace, '}') + 1) {
    g_string_append_len (result, text, brace - text);
    g_string_append_printf (result, "%u",
        n + (guint) g_ascii_strtoull (brace + strlen ("{n+"), NULL, 10));
  }
  g_string_append (result, text);
  return g_string_free (result, FALSE);
}

static void
add_line (GPtrArray *lines, guint number, gchar *text)
{
  Line *line = g_new0 (Line, 1);

  line->number = number;
  line->text = text;
  g_ptr_array_add (lines, line);
}

/* Adds the lines @start to @end, "given" and "repeat" taken for what they stand for. */
static void
expand (const GPtrArray *lines, guint start, guint end, GHashTable *givens,
    GPtrArray *all)
{
  for (guint i = start; i < end; i++) {
    const Line *line = lines->pdata[i];

    if (g_str_has_prefix (line->text, "given ")) {
      const Case *given =
          g_hash_table_lookup (givens, line->text + strlen ("given "));

      if (!given)
        g_error ("line %u: nothing is called that", line->number);
      for (guint j = 0; j < given->lines->len; j++) {
        const Line *other = given->lines->pdata[j];

        add_line (all, other->number, g_strdup (other->text));
      }
    } else if (g_str_has_prefix (line->text, "repeat ")) {
      guint n = atoi (line->text + strlen ("repeat "));
      guint last = i + 1;
      g_autoptr (GPtrArray) body =
          g_ptr_array_new_with_free_func ((GDestroyNotify) line_free);

      while (strcmp (((Line *) lines->pdata[last])->text, "again") != 0)
        last++;
      expand (lines, i + 1, last, givens, body);
      for (guint turn = 0; turn < n; turn++) {
        for (guint j = 0; j < body->len; j++) {
          const Line *other = body->pdata[j];

          add_line (all, other->number, substitute (other->text, turn));
        }
      }
      i = last;
    } else {
      add_line (all, line->number, g_strdup (line->text));
    }
  }
}

static void
test_case (gconstpointer data)
{
  const Case *self = data;
  g_auto (Timeline) timeline;

  timeline_init (&timeline);
  for (guint i = 0; i < self->lines->len; i++) {
    const Line *line = self->lines->pdata[i];
    g_autoptr (GError) error = NULL;

    if (!timeline_play (&timeline, line->text, &error)) {
      g_test_message ("line %u: %s\n  %s", line->number, line->text,
          error->message);
      g_test_fail ();
      return;
    }
  }
}

/* Takes @self, with its lines as they are in the file. */
static void
add_case (Case *self, GHashTable *givens)
{
  g_autoptr (GPtrArray) lines = self->lines;
  const gchar *name = strrchr (self->path, '/') + 1;

  self->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) line_free);
  expand (lines, 0, lines->len, givens, self->lines);
  if (g_str_has_prefix (name, "given "))
    g_hash_table_insert (givens, g_strdup (name + strlen ("given ")), self);
  else
    g_test_add_data_func_full (self->path, self, test_case,
        (GDestroyNotify) case_free);
}

static void
read_file (const gchar *file, GHashTable *givens)
{
  g_autofree gchar *content = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) texts = NULL;
  Case *one = NULL;

  if (!g_file_get_contents (file, &content, NULL, &error))
    g_error ("%s", error->message);
  texts = g_strsplit (content, "\n", -1);
  for (guint i = 0; texts[i]; i++) {
    const gchar *text = g_strstrip (texts[i]);

    if (!*text || *text == '#')
      continue;
    if (g_str_has_prefix (text, "== ")) {
      if (one)
        add_case (one, givens);
      one = case_new (file, text + strlen ("== "));
    } else {
      if (!one)
        g_error ("%s: line %u is before the first case", file, i + 1);
      add_line (one->lines, i + 1, g_strdup (text));
    }
  }
  if (one)
    add_case (one, givens);
}

int
main (int argc, char **argv)
{
  g_autoptr (GHashTable) givens = g_hash_table_new_full (g_str_hash,
      g_str_equal, g_free, (GDestroyNotify) case_free);

  g_test_init (&argc, &argv, NULL);
  for (gint i = 1; i < argc; i++)
    read_file (argv[i], givens);
  return g_test_run ();
}
