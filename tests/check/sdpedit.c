/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sdpedit.h"

#include <string.h>

#define FLAGS (G_REGEX_RAW | G_REGEX_MULTILINE | G_REGEX_NEWLINE_ANYCRLF)
#define FINGERPRINT                                                            \
  "sha-256 6C:E6:AE:6F:3C:7F:E9:0F:E0:B8:4D:11:08:91:B3:62:01:93:8E:6A:F4:B0:" \
  "45:3D:D9:B0:E1:50:F9:F8:6A:F3"
#define MAX_SECTIONS 12

/*** As text ***/

SdpEdit *
sdp_edit_new (const gchar *text)
{
  SdpEdit *self = g_new0 (SdpEdit, 1);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GString *part = g_string_new (NULL);

  self->parts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; lines[i]; i++) {
    g_strchomp (lines[i]);
    if (!*lines[i])
      continue;
    if (g_str_has_prefix (lines[i], "m=")) {
      g_ptr_array_add (self->parts, g_string_free (part, FALSE));
      part = g_string_new (NULL);
    }
    g_string_append_printf (part, "%s\r\n", lines[i]);
  }
  g_ptr_array_add (self->parts, g_string_free (part, FALSE));
  return self;
}

void
sdp_edit_free (SdpEdit *self)
{
  g_ptr_array_unref (self->parts);
  g_free (self);
}

gchar *
sdp_edit_to_string (const SdpEdit *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->parts->len; i++)
    g_string_append (text, g_ptr_array_index (self->parts, i));
  return g_string_free (text, FALSE);
}

/* Returns: the number of sections */
guint
sdp_edit_count (const SdpEdit *self)
{
  return self->parts->len - 1;
}

/*** Parts ***/

static void
replace_in (SdpEdit *self, guint part, const gchar *pattern, const gchar *by)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, FLAGS, 0, NULL);
  gchar *text = g_ptr_array_index (self->parts, part);

  g_ptr_array_index (self->parts, part) =
      g_regex_replace (regex, text, -1, 0, by, 0, NULL);
  g_free (text);
}

static gboolean
part_matches (const SdpEdit *self, guint part, const gchar *pattern)
{
  return g_regex_match_simple (pattern, g_ptr_array_index (self->parts, part),
      FLAGS, 0);
}

static gchar *
get_mid (const SdpEdit *self, guint part)
{
  g_autoptr (GRegex) regex = g_regex_new ("^a=mid:(\\S*)", FLAGS, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  g_regex_match (regex, g_ptr_array_index (self->parts, part), 0, &match);
  return g_match_info_matches (match) ? g_match_info_fetch (match, 1) : NULL;
}

static gboolean
is_rejected (const SdpEdit *self, guint part)
{
  return part_matches (self, part, "^m=\\S+ 0 ")
      && !part_matches (self, part, "^a=bundle-only");
}

/* @first: the section that shall carry the bundle, or 0: as they come */
static void
bundle (SdpEdit *self, guint first)
{
  GString *group = g_string_new ("a=group:BUNDLE");
  g_autofree gchar *session = NULL;

  for (guint i = 0; i < self->parts->len; i++) {
    guint part = i == 0 ? first : i;
    g_autofree gchar *mid = part ? get_mid (self, part) : NULL;

    if (mid && (i == 0 || part != first) && !is_rejected (self, part))
      g_string_append_printf (group, " %s", mid);
  }
  replace_in (self, 0, "^a=group:BUNDLE.*\r\n", "");
  session = g_ptr_array_index (self->parts, 0);
  g_string_append (group, "\r\n");
  g_ptr_array_index (self->parts, 0) =
      g_strconcat (session, strchr (group->str, ' ') ? group->str : "", NULL);
  g_string_free (group, TRUE);
}

/*** Of the whole ***/

void
sdp_edit_set_origin (SdpEdit *self, guint64 session, guint64 version)
{
  g_autofree gchar *line =
      g_strdup_printf ("o=- %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
                       " IN IP4 127.0.0.1",
          session, version);

  replace_in (self, 0, "^o=.*$", line);
}

/* @ufrag: also begins the password */
void
sdp_edit_set_transport (SdpEdit *self, const gchar *ufrag)
{
  g_autofree gchar *ufrag_line = g_strdup_printf ("a=ice-ufrag:%s", ufrag);
  g_autofree gchar *pwd_line =
      g_strdup_printf ("a=ice-pwd:%sQHqXjwFF16PVzMLnOEgDCzL", ufrag);

  for (guint i = 0; i < self->parts->len; i++) {
    replace_in (self, i, "^a=ice-ufrag:.*$", ufrag_line);
    replace_in (self, i, "^a=ice-pwd:.*$", pwd_line);
    replace_in (self, i, "^a=fingerprint:.*$", "a=fingerprint:" FINGERPRINT);
    replace_in (self, i, "^a=candidate:.*\r\n", "");
  }
}

/*** Single changes ***/

static guint
pick (const SdpEdit *self, GRand *rand)
{
  return g_rand_int_range (rand, 1, self->parts->len);
}

/* Chromium keeps the transport of a rejected section, Firefox does not. */
static void
reject (SdpEdit *self, guint part, GRand *rand)
{
  replace_in (self, part, "^(m=\\S+) \\d+ ", "\\1 0 ");
  replace_in (self, part, "^a=bundle-only\r\n", "");
  if (g_rand_boolean (rand))
    replace_in (self, part,
        "^a=(ice-ufrag|ice-pwd|fingerprint|candidate|setup):.*\r\n", "");
  bundle (self, 0);
}

static void
revive (SdpEdit *self, guint part, GRand *rand)
{
  g_autofree gchar *mid =
      g_strdup_printf ("a=mid:%d", g_rand_int_range (rand, 10, 100));
  gboolean has_transport = part_matches (self, part, "^a=ice-ufrag:");

  replace_in (self, part, "^(m=\\S+) \\d+ ", "\\1 9 ");
  if (g_rand_int_range (rand, 0, 3) > 0)
    replace_in (self, part, "^a=mid:.*$", mid);
  if (!has_transport) {
    gchar *text = g_ptr_array_index (self->parts, part);

    g_ptr_array_index (self->parts, part) = g_strconcat (text,
        "a=ice-ufrag:abcd\r\na=ice-pwd:abcdabcdabcdabcdabcdabcd\r\n"
        "a=fingerprint:" FINGERPRINT "\r\na=setup:actpass\r\n",
        NULL);
    g_free (text);
  }
  bundle (self, g_rand_boolean (rand) ? part : 0);
}

static void
add_section (SdpEdit *self, GRand *rand)
{
  guint model = pick (self, rand);
  g_autofree gchar *mid =
      g_strdup_printf ("a=mid:%d", g_rand_int_range (rand, 10, 1000));

  if (self->parts->len > MAX_SECTIONS
      || part_matches (self, model, "^m=application"))
    return;
  g_ptr_array_add (self->parts,
      g_strdup (g_ptr_array_index (self->parts, model)));
  model = self->parts->len - 1;
  replace_in (self, model, "^a=mid:.*$", mid);
  replace_in (self, model, "^a=(ssrc|ssrc-group|msid):?.*\r\n", "");
  replace_in (self, model, "^(m=\\S+) \\d+ ", "\\1 9 ");
  bundle (self, 0);
}

static void
change_direction (SdpEdit *self, GRand *rand)
{
  static const gchar *const names[] = { "a=sendrecv", "a=sendonly",
    "a=recvonly", "a=inactive" };

  replace_in (self, pick (self, rand),
      "^a=(sendrecv|sendonly|recvonly|inactive)$",
      names[g_rand_int_range (rand, 0, G_N_ELEMENTS (names))]);
}

/* Turns all rejected sections, or all others, over. */
static void
turn_over (SdpEdit *self, GRand *rand)
{
  gboolean rejected = g_rand_boolean (rand);
  guint but = pick (self, rand);

  for (guint i = 1; i < self->parts->len; i++) {
    if (i == but || is_rejected (self, i) != rejected)
      continue;
    if (rejected)
      revive (self, i, rand);
    else
      reject (self, i, rand);
  }
}

static void
change_once (SdpEdit *self, GRand *rand)
{
  switch (g_rand_int_range (rand, 0, 10)) {
    case 0:
    case 1:
      reject (self, pick (self, rand), rand);
      break;
    case 2:
    case 3:
      revive (self, pick (self, rand), rand);
      break;
    case 4:
      turn_over (self, rand);
      break;
    case 5:
      bundle (self, pick (self, rand));
      break;
    case 6:
      add_section (self, rand);
      break;
    case 7:
      replace_in (self, 0, "^a=group:BUNDLE.*\r\n", "");
      break;
    default:
      change_direction (self, rand);
      break;
  }
}

/* Makes one to three changes. */
void
sdp_edit_change (SdpEdit *self, GRand *rand)
{
  guint n = g_rand_int_range (rand, 1, 4);

  while (n-- && sdp_edit_count (self) > 0)
    change_once (self, rand);
}

/*** Answers ***/

/* Makes an answer of an offer: mostly a good one. */
void
sdp_edit_make_answer (SdpEdit *self, GRand *rand)
{
  const gchar *setup =
      g_rand_boolean (rand) ? "a=setup:active" : "a=setup:passive";

  for (guint i = 0; i < self->parts->len; i++) {
    replace_in (self, i, "^a=setup:.*$", setup);
    replace_in (self, i, "^a=(ssrc|ssrc-group|msid):?.*\r\n", "");
    if (i > 0 && g_rand_int_range (rand, 0, 5) == 0)
      reject (self, i, rand);
    else if (i > 0 && g_rand_int_range (rand, 0, 3) == 0)
      change_direction (self, rand);
  }
  if (g_rand_int_range (rand, 0, 8) == 0)
    sdp_edit_change (self, rand);
}
