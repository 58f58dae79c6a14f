/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WnRole:
 * @WN_ROLE_AUTO: of the two ids the greater (bytewise) is polite
 * @WN_ROLE_AUTO_LESSER: of the two ids the lesser is polite
 * @WN_ROLE_POLITE: polite, whatever the ids
 * @WN_ROLE_IMPOLITE: impolite, whatever the ids
 *
 * Which of two peers gives way when their offers collide.  Exactly one of them
 * has to be polite, or no collision is ever resolved.
 */
typedef enum
{
  WN_ROLE_AUTO,
  WN_ROLE_AUTO_LESSER,
  WN_ROLE_POLITE,
  WN_ROLE_IMPOLITE,
} WnRole;

gboolean wn_role_needs_ids (WnRole role);
gboolean wn_role_is_polite (WnRole role, const gchar *local_id,
    const gchar *remote_id);

G_END_DECLS
