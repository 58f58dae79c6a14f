/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "description.h"

#include <string.h>

WnDescription *
wn_description_new (WnDescriptionType type, const gchar *sdp, const gchar *id,
    const gchar *const *ufrags, const gchar *answered_id, gint64 session)
{
  WnDescription *self = g_new0 (WnDescription, 1);

  g_atomic_ref_count_init (&self->refs);
  self->type = type;
  self->sdp = g_strdup (sdp);
  self->id = g_strdup (id);
  self->ufrags = g_strdupv ((gchar **) ufrags);
  self->answered_id = g_strdup (answered_id);
  self->session = session;

  return self;
}

/* @read: (transfer full): freed by @free_read; to be set before anybody else has the
 * description */
void
wn_description_set_read (WnDescription *self, gpointer read,
    GDestroyNotify free_read)
{
  self->read = read;
  self->free_read = free_read;
}

WnDescription *
wn_description_ref (WnDescription *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
wn_description_unref (WnDescription *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;

  g_free (self->sdp);
  g_free (self->id);
  g_strfreev (self->ufrags);
  g_free (self->answered_id);
  if (self->free_read)
    self->free_read (self->read);
  g_free (self);
}

/**
 * wn_description_has_transport:
 *
 * Returns: whether there is something to be connected: a username fragment, and a
 *   section that is not rejected (RFC 8843 has bundle-only ones with port 0).
 *   Where there are no sections to be read, the former is enough.
 */
gboolean
wn_description_has_transport (const WnDescription *self)
{
  g_auto (GStrv) lines = NULL;
  gboolean has_sections = FALSE;

  if (!self->ufrags || !*self->ufrags)
    return FALSE;

  lines = g_strsplit (self->sdp, "\n", -1);
  for (gchar **line = lines; *line; line++) {
    if (g_str_has_prefix (*line, "a=bundle-only"))
      return TRUE;
    if (g_str_has_prefix (*line, "m=")) {
      const gchar *port = strchr (*line, ' ');

      has_sections = TRUE;
      if (port && g_ascii_strtoull (port, NULL, 10) > 0)
        return TRUE;
    }
  }
  return !has_sections;
}

gboolean
wn_description_has_ufrag (const WnDescription *self, const gchar *ufrag)
{
  return self->ufrags
      && g_strv_contains ((const gchar *const *) self->ufrags, ufrag);
}

/**
 * wn_description_is_of_same_origin:
 *
 * Returns: whether both come from one connection, by their o= lines.  That of a
 *   description without one is not known to be another.
 */
gboolean
wn_description_is_of_same_origin (const WnDescription *self,
    const WnDescription *other)
{
  gsize length;

  if (!self->id || !other->id)
    return TRUE;

  length = strcspn (self->id, ":");
  return length == strcspn (other->id, ":")
      && strncmp (self->id, other->id, length) == 0;
}

/* Whether @section, or what comes before the first one, has @ufrag */
static gboolean
names_ufrag (const gchar *section, const gchar *ufrag)
{
  g_auto (GStrv) lines = g_strsplit_set (section, "\r\n", -1);
  g_autofree gchar *line = g_strconcat ("a=ice-ufrag:", ufrag, NULL);

  return g_strv_contains ((const gchar *const *) lines, line);
}

/* Returns: whether only sections that are rejected have @ufrag.  Browsers leave there
 * what was in force when they lived. */
static gboolean
is_left_over (const WnDescription *self, const gchar *ufrag)
{
  g_auto (GStrv) sections = g_strsplit (self->sdp, "\nm=", -1);
  gboolean is_left_over = FALSE;

  for (guint i = 0; sections[i]; i++) {
    const gchar *port = strchr (sections[i], ' ');

    if (!names_ufrag (sections[i], ufrag))
      continue;
    if (i == 0 || !port || g_ascii_strtoull (port, NULL, 10) > 0
        || strstr (sections[i], "\na=bundle-only"))
      return FALSE;
    is_left_over = TRUE;
  }
  return is_left_over;
}

/**
 * wn_description_has_same_ufrags:
 *
 * Returns: whether sections of both that are not rejected have an ICE username
 *   fragment in common; if not, the transports of the one are gone in the other.
 *   Those of a description without any are not known to be.
 */
gboolean
wn_description_has_same_ufrags (const WnDescription *self,
    const WnDescription *other)
{
  if (!self->ufrags || !*self->ufrags || !other->ufrags || !*other->ufrags)
    return TRUE;

  for (gchar **ufrag = self->ufrags; *ufrag; ufrag++) {
    if (wn_description_has_ufrag (other, *ufrag) && !is_left_over (self, *ufrag)
        && !is_left_over (other, *ufrag))
      return TRUE;
  }
  return FALSE;
}

WnCandidate *
wn_candidate_new (const gchar *candidate, const gchar *mid, gint mline,
    const gchar *ufrag, gint64 session)
{
  WnCandidate *self = g_new0 (WnCandidate, 1);

  self->candidate = g_strdup (candidate);
  self->mid = g_strdup (mid);
  self->mline = mline;
  self->ufrag = g_strdup (ufrag);
  self->session = session;

  return self;
}

void
wn_candidate_free (WnCandidate *self)
{
  if (!self)
    return;

  g_free (self->candidate);
  g_free (self->mid);
  g_free (self->ufrag);
  g_free (self);
}
