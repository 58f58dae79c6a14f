/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What others sent, as it may be shown. */

#include "signalling/printable.h"

#include <string.h>

static const struct
{
  const gchar *text;
  const gchar *shown;
} texts[] = {
  { "", "" },
  { "as it was: \"a\" \\ 'b'", "as it was: \"a\" \\ 'b'" },
  { "häßlich 日本 🎥", "häßlich 日本 🎥" },
  { "two\r\nlines\tand", "two  lines and" },
  /* A terminal obeys these. */
  { "\x1b[2J\x07\x7f", "\\x1b[2J\\x07\\x7f" },
  { "\xc2\x9b"
    "2J",
      "\\u{9b}2J" },
  /* From right to left from here on, nothing at all, and a line's end. */
  { "a\xe2\x80\xae"
    "b",
      "a\\u{202e}b" },
  { "a\xe2\x80\x8b"
    "b",
      "a\\u{200b}b" },
  { "a\xe2\x80\xa8"
    "b",
      "a\\u{2028}b" },
  /* No UTF-8: never, too early its end, half a pair, longer than it need be. */
  { "a\xff\xfe", "a\\xff\\xfe" },
  { "a\xc3", "a\\xc3" },
  { "a\xf0\x9f\x8e", "a\\xf0\\x9f\\x8e" },
  { "\xed\xa0\x80z", "\\xed\\xa0\\x80z" },
  { "\xc0\xaf", "\\xc0\\xaf" },
};

static void
test_everything_becomes_printable (void)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree gchar *shown = wn_printable (texts[i].text, WN_PRINTABLE_MAX);

    g_assert_cmpstr (shown, ==, texts[i].shown);
    g_assert_cmpstr (wn_printable_for_log (texts[i].text), ==, texts[i].shown);
  }
  g_assert_null (wn_printable (NULL, WN_PRINTABLE_MAX));
  g_assert_null (wn_printable_for_log (NULL));
}

static void
test_what_is_long_is_cut_between_characters (void)
{
  GString *text = g_string_new (NULL);
  gsize max;

  while (text->len < 200)
    g_string_append (text, "aé日🎥\xff\x1b");
  for (max = 0; max < 100; max++) {
    g_autofree gchar *shown = wn_printable (text->str, max);

    g_assert_true (g_utf8_validate (shown, -1, NULL));
    g_assert_true (g_str_has_suffix (shown, "…"));
    g_assert_cmpuint (strlen (shown), <=, max + strlen ("…"));
    g_assert_cmpuint (strlen (shown) + strlen ("\\xff"), >, max);
  }
  g_string_free (text, TRUE);
}

static gpointer
show_in_another_thread (gpointer data G_GNUC_UNUSED)
{
  g_assert_cmpstr (wn_printable_for_log ("there"), ==, "there");
  return NULL;
}

static void
test_a_line_of_a_log_holds_several (void)
{
  const gchar *shown[WN_PRINTABLE_N_IN_LOG];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (shown); i++) {
    gchar text[] = { 'a' + i, '\0' };

    shown[i] = wn_printable_for_log (text);
  }
  g_thread_join (g_thread_new ("log", show_in_another_thread, NULL));
  for (i = 0; i < G_N_ELEMENTS (shown); i++) {
    gchar text[] = { 'a' + i, '\0' };

    g_assert_cmpstr (shown[i], ==, text);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/printable/" #name, test_##name)
  ADD (everything_becomes_printable);
  ADD (what_is_long_is_cut_between_characters);
  ADD (a_line_of_a_log_holds_several);
#undef ADD
  return g_test_run ();
}
