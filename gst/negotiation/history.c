/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "history.h"

/* A description that came longer ago is not under way any more. */
#define MAX_DIGESTS 64

void
wn_history_clear (WnHistory *self)
{
  g_queue_clear_full (&self->digests, g_free);
}

/* An answer is the same only if it answers the same offer. */
static gchar *
digest (const WnDescription *description)
{
  const gchar *answered_id =
      description->answered_id ? description->answered_id : "";
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, (const guchar *) &description->type,
      sizeof description->type);
  g_checksum_update (checksum, (const guchar *) answered_id, -1);
  g_checksum_update (checksum, (const guchar *) "\n", 1);
  g_checksum_update (checksum, (const guchar *) description->sdp, -1);
  return g_strdup (g_checksum_get_string (checksum));
}

/* Returns: FALSE if @description is there already: nothing was added then */
gboolean
wn_history_add (WnHistory *self, const WnDescription *description)
{
  g_autofree gchar *added = digest (description);

  if (g_queue_find_custom (&self->digests, added, (GCompareFunc) g_strcmp0))
    return FALSE;
  g_queue_push_tail (&self->digests, g_steal_pointer (&added));
  if (self->digests.length > MAX_DIGESTS)
    g_free (g_queue_pop_head (&self->digests));
  return TRUE;
}
