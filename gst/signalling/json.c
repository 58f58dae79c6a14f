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

/* The span of the next value, without the space around it.  The text has been
 * found valid. */
static WnJsonSpan
read_value (Reader *r)
{
  WnJsonSpan value;

  skip_space (r);
  value.start = r->at;
  skip_value (r, 0);
  value.length = r->at - value.start;
  while (value.length > 0 && g_ascii_isspace (value.start[value.length - 1]))
    value.length--;
  return value;
}

/**
 * wn_json_read_object:
 * @names: (array zero-terminated=1): the members that are looked for
 * @values: (out caller-allocates): as many as @names; the last one where a name
 *   appears twice, as in JavaScript
 *
 * Returns: whether @text is valid as wn_json_is_valid() says, and an object
 */
gboolean
wn_json_read_object (const gchar *text, gsize length, const gchar *const *names,
    WnJsonSpan *values)
{
  Reader r = { text, text + length };
  guint i;

  for (i = 0; names[i]; i++)
    values[i] = (WnJsonSpan) { NULL, 0 };
  if (!wn_json_is_valid (text, length))
    return FALSE;
  skip_space (&r);
  if (!skip_char (&r, '{'))
    return FALSE;
  skip_space (&r);
  while (!skip_char (&r, '}')) {
    g_autofree gchar *name = NULL;
    WnJsonSpan span = read_value (&r);
    gint which;

    name = wn_json_read_string (&span);
    skip_char (&r, ':');
    span = read_value (&r);
    which = index_of (names, name);
    if (which >= 0)
      values[which] = span;
    skip_char (&r, ',');
  }
  return TRUE;
}

static gunichar
read_hex4 (const gchar *at)
{
  return g_ascii_xdigit_value (at[0]) << 12 | g_ascii_xdigit_value (at[1]) << 8
      | g_ascii_xdigit_value (at[2]) << 4 | g_ascii_xdigit_value (at[3]);
}

/* @at is behind the backslash.  Returns where to go on, or NULL for U+0000,
 * which a C string cannot hold. */
static const gchar *
read_escape (const gchar *at, const gchar *end, GString *out)
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
  if (c >= 0xd800 && c < 0xe000)
    c = 0xfffd;
  if (c == 0)
    return NULL;
  g_string_append_unichar (out, c);
  return at;
}

/**
 * wn_json_read_string:
 * @value: of a text that is valid
 *
 * Returns: (transfer full) (nullable): the string; NULL when @value is none, or
 *   has a U+0000 in it
 */
gchar *
wn_json_read_string (const WnJsonSpan *value)
{
  g_autoptr (GString) out = NULL;
  const gchar *at, *end;

  if (value->start == NULL || value->length < 2 || *value->start != '"')
    return NULL;
  out = g_string_sized_new (value->length);
  end = value->start + value->length - 1;
  for (at = value->start + 1; at < end;) {
    if (*at != '\\')
      g_string_append_c (out, *at++);
    else if ((at = read_escape (at + 1, end, out)) == NULL)
      return NULL;
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
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

  if (value->start == NULL || !skip_char (&r, '['))
    return NULL;
  skip_space (&r);
  while (!skip_char (&r, ']')) {
    WnJsonSpan element = read_value (&r);
    gchar *string = wn_json_read_string (&element);

    if (string == NULL)
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
  const gchar *at;

  g_string_append_c (text, '"');
  for (at = string; *at; at++) {
    guchar c = *at;

    if (c == '"' || c == '\\')
      g_string_append_printf (text, "\\%c", c);
    else if (c < 0x20)
      g_string_append_printf (text, "\\u%04x", c);
    else
      g_string_append_c (text, c);
  }
  g_string_append_c (text, '"');
}
