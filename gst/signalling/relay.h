/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The bounds of the room protocol, version 1. */
#define WN_RELAY_MAX_FRAME (256 * 1024)
#define WN_RELAY_MAX_PEERS 64
#define WN_RELAY_MAX_ROOMS 1024
#define WN_RELAY_MAX_ERRORS 100
#define WN_RELAY_BURST 1000
#define WN_RELAY_FRAMES_PER_SECOND 200
/* How long a connection may be in no room, in microseconds. */
#define WN_RELAY_JOIN_TIME (10 * G_USEC_PER_SEC)
/* For how long a broken connection keeps its place, in microseconds. */
#define WN_RELAY_GRACE (10 * G_USEC_PER_SEC)
/* What is kept for it meanwhile. */
#define WN_RELAY_MAX_KEPT 256
#define WN_RELAY_MAX_KEPT_BYTES (1024 * 1024)

/* Close codes (RFC 6455, section 7.4).  Of the registered ones libsoup knows
 * those below 1012 only; 4000 to 4999 are for private use. */
#define WN_CLOSE_NORMAL 1000
#define WN_CLOSE_GOING_AWAY 1001
#define WN_CLOSE_POLICY 1008
#define WN_CLOSE_FULL 4013
#define WN_CLOSE_TAKEN_OVER 4001

typedef struct _WnRelay WnRelay;
typedef struct _WnRelayClient WnRelayClient;

typedef enum
{
  WN_RELAY_CLIENT_REMOTE,
  /* Within this process: no limit on its rate nor on its errors. */
  WN_RELAY_CLIENT_LOCAL,
} WnRelayClientKind;

/* Neither may call the relay: they put off what they have to do. */
typedef void (*WnRelaySendFunc) (const gchar *text, gpointer user_data);
/* The connection is to be closed.  wn_relay_disconnect() is still to come. */
typedef void (*WnRelayCloseFunc) (guint16 code, const gchar *reason,
    gpointer user_data);

WnRelay *wn_relay_new (const gchar *token) G_GNUC_WARN_UNUSED_RESULT;
void wn_relay_free (WnRelay *self);

WnRelayClient *wn_relay_connect (WnRelay *self, WnRelayClientKind kind,
    WnRelaySendFunc send, WnRelayCloseFunc close, gpointer user_data,
    gint64 now);
void wn_relay_disconnect (WnRelay *self, WnRelayClient *client,
    gboolean in_good_order, gint64 now);

void wn_relay_receive (WnRelay *self, WnRelayClient *client, const gchar *text,
    gsize length, gint64 now);
void wn_relay_receive_binary (WnRelay *self, WnRelayClient *client, gint64 now);

gint64 wn_relay_get_expiry (WnRelay *self);
void wn_relay_expire (WnRelay *self, gint64 now);

guint wn_relay_get_n_rooms (WnRelay *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnRelay, wn_relay_free)

G_END_DECLS
