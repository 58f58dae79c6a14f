/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "id.h"

#include <string.h>

/* Returns: whether @id is 1 to 64 of A-Z a-z 0-9 . _ - */
gboolean
wn_id_is_valid (const gchar *id)
{
  gsize i;

  for (i = 0; id[i]; i++) {
    if (i == WN_ID_MAX || !(g_ascii_isalnum (id[i]) || strchr ("._-", id[i])))
      return FALSE;
  }
  return i > 0;
}

/* Returns: (transfer full): an id for a peer whose user chose none; no secret */
gchar *
wn_id_new (void)
{
  return g_strdup_printf ("gst-%08x%08x", g_random_int (), g_random_int ());
}
