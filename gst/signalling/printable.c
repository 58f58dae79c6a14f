/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Texts that a peer or a server had a hand in, as they may be put into a
 * GstStructure, a message to the user or a log: those want UTF-8, and a terminal
 * obeys what is written to it. */

#include "printable.h"

#include <string.h>

#define ELLIPSIS "…"
/* A whole message between peers, in a log. */
#define MAX_IN_LOG (256 * 1024)
/* It has to leave the rest of the sentence in sight. */
#define MAX_IN_SENTENCE 128

/* What is shown by a number: what a terminal obeys, and what changes the order
 * or the look of the text around it. */
static gboolean
is_hidden (gunichar c)
{
  switch (g_unichar_type (c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return TRUE;
    default:
      return FALSE;
  }
}

/* Returns: where the next character begins */
static const gchar *
append_character (GString *out, const gchar *at, const gchar *end)
{
  gunichar c = g_utf8_get_char_validated (at, end - at);

  if (c == (gunichar) -1 || c == (gunichar) -2) {
    g_string_append_printf (out, "\\x%02x", (guchar) *at);
    return at + 1;
  }
  if (c == '\n' || c == '\r' || c == '\t')
    g_string_append_c (out, ' ');
  else if (is_hidden (c))
    g_string_append_printf (out, c < 0x80 ? "\\x%02x" : "\\u{%x}", c);
  else
    g_string_append_unichar (out, c);
  return g_utf8_next_char (at);
}

/**
 * wn_printable:
 * @text: (nullable): in any state
 * @max: in bytes; what is longer ends in "…"
 *
 * Returns: (transfer full) (nullable): @text in UTF-8, on one line, without
 *   control characters; what is none of it is shown by its number
 */
gchar *
wn_printable (const gchar *text, gsize max)
{
  GString *out;
  const gchar *end;

  if (!text)
    return NULL;
  out = g_string_new (NULL);
  end = text + strlen (text);
  while (text < end) {
    gsize before = out->len;

    text = append_character (out, text, end);
    if (out->len > max) {
      g_string_truncate (out, before);
      g_string_append (out, ELLIPSIS);
      break;
    }
  }
  return g_string_free (out, FALSE);
}

typedef struct
{
  gchar *texts[WN_PRINTABLE_N_IN_LOG];
  guint next;
} Lent;

static void
lent_free (gpointer data)
{
  Lent *lent = data;

  for (guint i = 0; i < G_N_ELEMENTS (lent->texts); i++)
    g_free (lent->texts[i]);
  g_free (lent);
}

static const gchar *
lend (const gchar *text, gsize max)
{
  static GPrivate private = G_PRIVATE_INIT (lent_free);
  Lent *lent = g_private_get (&private);
  gchar **place;

  if (!lent) {
    lent = g_new0 (Lent, 1);
    g_private_set (&private, lent);
  }
  place = &lent->texts[lent->next];
  lent->next = (lent->next + 1) % G_N_ELEMENTS (lent->texts);
  g_free (*place);
  *place = wn_printable (text, max);
  return *place;
}

/**
 * wn_printable_for_log:
 * @text: (nullable): in any state
 *
 * For the arguments of a log, which are computed only if it is logged.
 *
 * Returns: (transfer none) (nullable): likewise; %WN_PRINTABLE_N_IN_LOG of them
 *   are kept for each thread
 */
const gchar *
wn_printable_for_log (const gchar *text)
{
  return lend (text, MAX_IN_LOG);
}

/* The same for what is quoted in a sentence, such as a setting that is wrong. */
const gchar *
wn_printable_in_sentence (const gchar *text)
{
  return lend (text, MAX_IN_SENTENCE);
}
