/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Reads JSON (RFC 8259) as text: strictly, with bounded depth, without building
 * a tree.  A relay needs three strings of a frame and passes the rest on as it
 * came; a tree would round its numbers and cost memory that the sender chooses.
 */

#include "json.h"

#include <string.h>

typedef struct
{
  const gchar *at;
  const gchar *end;
} Reader;

static void
skip_space (Reader *r)
{
  while (r->at < r->end
      && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
    r->at++;
}

static gboolean
skip_char (Reader *r, gchar c)
{
  if (r->at == r->end || *r->at != c)
    return FALSE;
  r->at++;
  return TRUE;
}

static gboolean
skip_word (Reader *r, const gchar *word)
{
  gsize length = strlen (word);

  if ((gsize) (r->end - r->at) < length || memcmp (r->at, word, length) != 0)
    return FALSE;
  r->at += length;
  return TRUE;
}

static gboolean
skip_digits (Reader *r)
{
  const gchar *start = r->at;

  while (r->at < r->end && g_ascii_isdigit (*r->at))
    r->at++;
  return r->at > start;
}

static gboolean
skip_number (Reader *r)
{
  skip_char (r, '-');
  if (!skip_char (r, '0') && !skip_digits (r))
    return FALSE;
  if (skip_char (r, '.') && !skip_digits (r))
    return FALSE;
  if (skip_char (r, 'e') || skip_char (r, 'E')) {
    if (!skip_char (r, '+'))
      skip_char (r, '-');
    return skip_digits (r);
  }
  return TRUE;
}

static gboolean
skip_escape (Reader *r)
{
  guint i;

  if (r->at == r->end)
    return FALSE;
  if (*r->at != 'u')
    return memchr ("\"\\/bfnrt", *r->at++, 8) != NULL;
  r->at++;
  for (i = 0; i < 4; i++, r->at++) {
    if (r->at == r->end || !g_ascii_isxdigit (*r->at))
      return FALSE;
  }
  return TRUE;
}

static gboolean
skip_string (Reader *r)
{
  if (!skip_char (r, '"'))
    return FALSE;
  while (r->at < r->end) {
    guchar c = *r->at++;

    if (c == '"')
      return TRUE;
    if (c < 0x20)
      return FALSE;
    if (c == '\\' && !skip_escape (r))
      return FALSE;
  }
  return FALSE;
}

static gboolean skip_value (Reader *r, guint depth);

static gboolean
skip_array (Reader *r, guint depth)
{
  skip_space (r);
  if (skip_char (r, ']'))
    return TRUE;
  do {
    if (!skip_value (r, depth))
      return FALSE;
  } while (skip_char (r, ','));
  return skip_char (r, ']');
}

static gboolean
skip_name (Reader *r)
{
  skip_space (r);
  if (!skip_string (r))
    return FALSE;
  skip_space (r);
  return skip_char (r, ':');
}

static gboolean
skip_object (Reader *r, guint depth)
{
  skip_space (r);
  if (skip_char (r, '}'))
    return TRUE;
  do {
    if (!skip_name (r) || !skip_value (r, depth))
      return FALSE;
  } while (skip_char (r, ','));
  return skip_char (r, '}');
}

/* With the space on both sides of it. */
static gboolean
skip_value (Reader *r, guint depth)
{
  gboolean ok;

  skip_space (r);
  if (r->at == r->end)
    return FALSE;
  if (*r->at == '{' || *r->at == '[') {
    if (depth == WN_JSON_MAX_DEPTH)
      return FALSE;
    ok = *r->at++ == '{' ? skip_object (r, depth + 1)
                         : skip_array (r, depth + 1);
  } else if (*r->at == '"') {
    ok = skip_string (r);
  } else {
    ok = skip_word (r, "true") || skip_word (r, "false")
        || skip_word (r, "null") || skip_number (r);
  }
  skip_space (r);
  return ok;
}

/**
 * wn_json_is_valid:
 *
 * Returns: whether @text is one JSON value, in UTF-8 and nested no deeper than
 *   %WN_JSON_MAX_DEPTH
 */
gboolean
wn_json_is_valid (const gchar *text, gsize length)
{
  Reader r = { text, text + length };

  return g_utf8_validate_len (text, length, NULL) && skip_value (&r, 0)
      && r.at == r.end;
}

/**
 * wn_json_find_fault:
 * @text: in UTF-8
 * @is_behind: (out): set to whether a value was there, and something follows it
 *
 * Returns: (nullable): where @text stops being JSON; %NULL if it does not
 */
const gchar *
wn_json_find_fault (const gchar *text, gboolean *is_behind)
{
  Reader r = { text, text + strlen (text) };
  gboolean ok = skip_value (&r, 0);

  *is_behind = ok && r.at < r.end;
  return ok && r.at == r.end ? NULL : r.at;
}

/**
 * wn_json_measure:
 * @text: in any state; it is understood only if it is JSON
 * @depth: (out): how deep it is nested
 * @has_zero: (out): whether a string has a U+0000 in it
 */
void
wn_json_measure (const gchar *text, guint *depth, gboolean *has_zero)
{
  gboolean in_string = FALSE;
  guint now = 0;

  *depth = 0;
  *has_zero = FALSE;
  for (; *text; text++) {
    if (in_string && *text == '\\' && text[1]) {
      *has_zero |= g_str_has_prefix (text, "\\u0000");
      text++;
    } else if (*text == '"') {
      in_string = !in_string;
    } else if (!in_string && (*text == '{' || *text == '[')) {
      now++;
      *depth = MAX (*depth, now);
    } else if (!in_string && (*text == '}' || *text == ']') && now > 0) {
      now--;
    }
  }
}

static gint
index_of (const gchar *const *names, const gchar *name)
{
  gint i;

  for (i = 0; name && names[i]; i++) {
    if (strcmp (names[i], name) == 0)
      return i;
  }
  return -1;
}

/* The span of the next value, without the space around it.
 *
 * Returns: FALSE if there is none, which is not so in a valid text */
static gboolean
read_value (Reader *r, WnJsonSpan *value)
{
  skip_space (r);
  value->start = r->at;
  if (!skip_value (r, 0))
    return FALSE;
  value->length = r->at - value->start;
  while (value->length > 0 && g_ascii_isspace (value->start[value->length - 1]))
    value->length--;
  return TRUE;
}

/**
 * wn_json_get_members:
 * @text: valid, as wn_json_is_valid() says
 * @names: (array zero-terminated=1): the members that are looked for
 * @values: (out caller-allocates): as many as @names; the last one where a name
 *   appears twice, as in JavaScript
 *
 * Returns: whether @text is an object
 */
gboolean
wn_json_get_members (const gchar *text, gsize length, const gchar *const *names,
    WnJsonSpan *values)
{
  Reader r = { text, text + length };
  guint i;

  for (i = 0; names[i]; i++)
    values[i] = (WnJsonSpan) { NULL, 0 };
  skip_space (&r);
  if (!skip_char (&r, '{'))
    return FALSE;
  skip_space (&r);
  while (!skip_char (&r, '}')) {
    g_autofree gchar *name = NULL;
    WnJsonSpan span;
    gint which;

    if (!read_value (&r, &span))
      return FALSE;
    name = wn_json_read_string (&span);
    if (!skip_char (&r, ':') || !read_value (&r, &span))
      return FALSE;
    which = index_of (names, name);
    if (which >= 0)
      values[which] = span;
    skip_char (&r, ',');
  }
  return TRUE;
}

/**
 * wn_json_read_object:
 *
 * Returns: whether @text is valid, and an object: wn_json_get_members()
 */
gboolean
wn_json_read_object (const gchar *text, gsize length, const gchar *const *names,
    WnJsonSpan *values)
{
  return wn_json_is_valid (text, length)
      && wn_json_get_members (text, length, names, values);
}

static gunichar
read_hex4 (const gchar *at)
{
  return g_ascii_xdigit_value (at[0]) << 12 | g_ascii_xdigit_value (at[1]) << 8
      | g_ascii_xdigit_value (at[2]) << 4 | g_ascii_xdigit_value (at[3]);
}

/* @at is behind the backslash.  Returns where to go on, or NULL for U+0000,
 * which a C string cannot hold.  *@is_whole becomes FALSE for half a character. */
static const gchar *
read_escape (const gchar *at, const gchar *end, GString *out,
    gboolean *is_whole)
{
  static const gchar from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  gunichar c;

  if (*at != 'u') {
    g_string_append_c (out, to[strchr (from, *at) - from]);
    return at + 1;
  }
  c = read_hex4 (at + 1);
  at += 5;
  if (c >= 0xd800 && c < 0xdc00 && end - at >= 6 && at[0] == '\\'
      && at[1] == 'u') {
    gunichar low = read_hex4 (at + 2);

    if (low >= 0xdc00 && low < 0xe000) {
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
      at += 6;
    }
  }
  if (c >= 0xd800 && c < 0xe000) {
    c = 0xfffd;
    *is_whole = FALSE;
  }
  if (c == 0)
    return NULL;
  g_string_append_unichar (out, c);
  return at;
}

/**
 * wn_json_read_text:
 * @value: of a text that is valid
 * @is_whole: (out): set to FALSE if half a character is in it, which became
 *   U+FFFD
 *
 * Returns: (transfer full) (nullable): the string; NULL when @value is none, or
 *   has a U+0000 in it
 */
gchar *
wn_json_read_text (const WnJsonSpan *value, gboolean *is_whole)
{
  g_autoptr (GString) out = NULL;
  const gchar *at, *end;

  *is_whole = TRUE;
  if (!value->start || value->length < 2 || *value->start != '"')
    return NULL;
  out = g_string_sized_new (value->length);
  end = value->start + value->length - 1;
  for (at = value->start + 1; at < end;) {
    if (*at != '\\')
      g_string_append_c (out, *at++);
    else if ((at = read_escape (at + 1, end, out, is_whole)) == NULL)
      return NULL;
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* The same, with half a character as U+FFFD. */
gchar *
wn_json_read_string (const WnJsonSpan *value)
{
  gboolean is_whole;

  return wn_json_read_text (value, &is_whole);
}

/**
 * wn_json_read_integer:
 * @value: of a text that is valid
 * @result: (out): left as it is if there is none
 *
 * Returns: whether @value is an integer of 0 to @max, as some write it with a
 *   fraction of zeros, and without exponent
 */
gboolean
wn_json_read_integer (const WnJsonSpan *value, gint64 max, gint64 *result)
{
  g_autofree gchar *digits = NULL;
  gchar *fraction;
  guint64 number;

  if (!value->start || value->length > 20)
    return FALSE;
  digits = g_strndup (value->start, value->length);
  fraction = strchr (digits, '.');
  if (fraction && strspn (fraction + 1, "0") == strlen (fraction + 1))
    *fraction = '\0';
  if (!g_ascii_string_to_unsigned (digits, 10, 0, max, &number, NULL))
    return FALSE;
  *result = number;
  return TRUE;
}

/**
 * wn_json_read_strings:
 * @value: of a text that is valid
 *
 * Returns: (transfer full) (nullable): the strings; NULL when @value is not an
 *   array of at most @max strings
 */
GStrv
wn_json_read_strings (const WnJsonSpan *value, guint max)
{
  g_autoptr (GPtrArray) strings = g_ptr_array_new_with_free_func (g_free);
  Reader r = { value->start, value->start + value->length };

  if (!value->start || !skip_char (&r, '['))
    return NULL;
  skip_space (&r);
  while (!skip_char (&r, ']')) {
    WnJsonSpan element;
    gchar *string;

    if (!read_value (&r, &element)
        || (string = wn_json_read_string (&element)) == NULL)
      return NULL;
    g_ptr_array_add (strings, string);
    if (strings->len > max)
      return NULL;
    skip_char (&r, ',');
  }
  g_ptr_array_add (strings, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&strings), FALSE);
}

/* null counts as absent. */
gboolean
wn_json_is_absent (const WnJsonSpan *value)
{
  return value->start == NULL || wn_json_equals (value, "null");
}

gboolean
wn_json_is_object (const WnJsonSpan *value)
{
  return value->start != NULL && *value->start == '{';
}

gboolean
wn_json_equals (const WnJsonSpan *value, const gchar *literal)
{
  return value->start != NULL && value->length == strlen (literal)
      && memcmp (value->start, literal, value->length) == 0;
}

/* Appends @string as a JSON string, with its quotation marks. */
void
wn_json_append_string (GString *text, const gchar *string)
{
  static const gchar from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
  const gchar *at;

  g_string_append_c (text, '"');
  for (at = string; *at; at++) {
    guchar c = *at;
    const gchar *escaped = strchr (from, c);

    if (escaped)
      g_string_append_printf (text, "\\%c", to[escaped - from]);
    else if (c < 0x20)
      g_string_append_printf (text, "\\u%04x", c);
    else
      g_string_append_c (text, c);
  }
  g_string_append_c (text, '"');
}
