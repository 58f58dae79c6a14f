/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _WnOrigins WnOrigins;

typedef enum
{
  WN_ORIGINS_WELCOME,
  /* The name in the Host header is not ours. */
  WN_ORIGINS_FOREIGN_HOST,
  /* The page in the Origin header is not ours, nor named by the property. */
  WN_ORIGINS_FOREIGN_PAGE,
} WnOriginsVerdict;

WnOrigins *wn_origins_new (const gchar *allowed, const gchar *listen_host,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void wn_origins_free (WnOrigins *self);

void wn_origins_add_host (WnOrigins *self, const gchar *host);

WnOriginsVerdict wn_origins_judge (WnOrigins *self, const gchar *host,
    const gchar *origin);
void wn_origins_explain (WnOriginsVerdict verdict, const gchar *host,
    const gchar *origin, gchar **answer, gchar **warning);
gchar *wn_origins_list_ancestors (WnOrigins *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnOrigins, wn_origins_free)

G_END_DECLS
