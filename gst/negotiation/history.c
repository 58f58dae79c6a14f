/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "history.h"

/* A description that came longer ago is not under way any more. */
#define MAX_ENTRIES 64

typedef struct
{
  gchar *offer_id; /* of an offer; may be NULL */
  gchar *digest;
  gboolean was_refused;
} Entry;

static void
entry_free (Entry *entry)
{
  g_free (entry->offer_id);
  g_free (entry->digest);
  g_free (entry);
}

void
wn_history_clear (WnHistory *self)
{
  g_queue_clear_full (&self->entries, (GDestroyNotify) entry_free);
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

static Entry *
find (const WnHistory *self, const gchar *wanted)
{
  for (GList *l = self->entries.head; l; l = l->next) {
    if (g_str_equal (((Entry *) l->data)->digest, wanted))
      return l->data;
  }
  return NULL;
}

static Entry *
look_up (const WnHistory *self, const WnDescription *description)
{
  g_autofree gchar *wanted = digest (description);

  return find (self, wanted);
}

/* Returns: FALSE if @description is there already: nothing was added then */
gboolean
wn_history_add (WnHistory *self, const WnDescription *description)
{
  g_autofree gchar *added = digest (description);
  Entry *entry;

  if (find (self, added))
    return FALSE;

  entry = g_new0 (Entry, 1);
  entry->digest = g_steal_pointer (&added);
  if (description->type == WN_DESCRIPTION_OFFER)
    entry->offer_id = g_strdup (description->id);
  g_queue_push_tail (&self->entries, entry);
  if (self->entries.length > MAX_ENTRIES)
    entry_free (g_queue_pop_head (&self->entries));
  return TRUE;
}

/* It breaks a rule, and would again. */
void
wn_history_refuse (WnHistory *self, const WnDescription *description)
{
  Entry *entry = look_up (self, description);

  if (entry)
    entry->was_refused = TRUE;
}

gboolean
wn_history_was_refused (const WnHistory *self, const WnDescription *description)
{
  const Entry *entry = look_up (self, description);

  return entry && entry->was_refused;
}

/* @id: of an offer; or %NULL, which none has */
gboolean
wn_history_has_offer (const WnHistory *self, const gchar *id)
{
  for (GList *l = self->entries.head; id && l; l = l->next) {
    if (g_strcmp0 (((Entry *) l->data)->offer_id, id) == 0)
      return TRUE;
  }
  return FALSE;
}
