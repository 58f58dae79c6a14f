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

/* Returns: whether there is something to be connected: a username fragment in force */
gboolean
wn_description_has_transport (const WnDescription *self)
{
  return self->ufrags && *self->ufrags;
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

/**
 * wn_description_has_same_ufrags:
 *
 * Returns: whether both have an ICE username fragment in common; if not, the
 *   transports of the one are gone in the other.  Those of a description without
 *   any are not known to be.
 */
gboolean
wn_description_has_same_ufrags (const WnDescription *self,
    const WnDescription *other)
{
  if (!wn_description_has_transport (self)
      || !wn_description_has_transport (other))
    return TRUE;

  for (gchar **ufrag = self->ufrags; *ufrag; ufrag++) {
    if (wn_description_has_ufrag (other, *ufrag))
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
