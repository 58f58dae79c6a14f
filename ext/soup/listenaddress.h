/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * WnListenAddress:
 * @host: a name or an address, without brackets
 * @port: 0 for a free one
 */
typedef struct
{
  gchar *host;
  guint16 port;
} WnListenAddress;

WnListenAddress *wn_listen_address_parse (const gchar *text, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void wn_listen_address_free (WnListenAddress *self);

gchar *wn_listen_address_format (const gchar *host, guint16 port)
    G_GNUC_WARN_UNUSED_RESULT;
gchar *wn_listen_address_reachable (GInetAddress *address, guint16 port)
    G_GNUC_WARN_UNUSED_RESULT;
gchar *wn_listen_address_get_place (GSocketAddress *remote)
    G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnListenAddress, wn_listen_address_free)

G_END_DECLS
