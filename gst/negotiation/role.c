/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "role.h"

#include <string.h>

/**
 * wn_role_needs_ids:
 *
 * Returns: whether wn_role_is_polite() looks at the ids
 */
gboolean
wn_role_needs_ids (WnRole role)
{
  return role == WN_ROLE_AUTO || role == WN_ROLE_AUTO_LESSER;
}

/**
 * wn_role_is_polite:
 * @local_id: (nullable): this peer's id
 * @remote_id: (nullable): the other peer's id; different from @local_id
 *
 * Both peers come to opposite results, as they compare the same two ids.
 */
gboolean
wn_role_is_polite (WnRole role, const gchar *local_id, const gchar *remote_id)
{
  switch (role) {
    case WN_ROLE_POLITE:
      return TRUE;
    case WN_ROLE_IMPOLITE:
      return FALSE;
    case WN_ROLE_AUTO_LESSER:
      /* strcmp() compares as unsigned char: bytewise, in every locale. */
      return strcmp (local_id ? local_id : "", remote_id ? remote_id : "") < 0;
    case WN_ROLE_AUTO:
      break;
  }
  return strcmp (local_id ? local_id : "", remote_id ? remote_id : "") > 0;
}
