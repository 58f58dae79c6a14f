/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The server's half of a protocol: what is relayed from one client to another.
 * It does no I/O and has no clock: texts come in by wn_relay_receive(), go out by
 * the clients' functions, and the time (in microseconds, monotonic) is an
 * argument.  A client is a connection. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The largest text that a peer may send. */
#define WN_RELAY_MAX_FRAME (256 * 1024)

typedef struct _WnRelay WnRelay;
typedef struct _WnRelayClient WnRelayClient;

typedef enum
{
  WN_RELAY_CLIENT_REMOTE,
  /* Within this process: no limit on its rate nor on its errors. */
  WN_RELAY_CLIENT_LOCAL,
} WnRelayClientKind;

/* What a client within this process is told besides texts, where those cannot say
 * it. */
typedef enum
{
  WN_RELAY_NOTICE_OTHER_CAME,
  WN_RELAY_NOTICE_OTHER_LEFT,
  /* Something that is no text. */
  WN_RELAY_NOTICE_BINARY,
  /* The relay is freed, and the client with it. */
  WN_RELAY_NOTICE_GONE,
} WnRelayNotice;

/* None may call the relay: they put off what they have to do. */
typedef struct
{
  /* @text ends in a NUL that @length does not count. */
  void (*send) (const gchar *text, gsize length, gpointer user_data);
  /* The connection is to be closed.  wn_relay_disconnect() is still to come. */
  void (*close) (guint16 code, const gchar *reason, gpointer user_data);
  /* Nullable. */
  void (*notice) (WnRelayNotice notice, gpointer user_data);
} WnRelayCallbacks;

/**
 * WnRelayClass:
 * @checks_json: whether all that is sent is JSON
 *
 * A kind of relay; the functions are those below.
 */
typedef struct
{
  gboolean checks_json;
  void (*free) (WnRelay *self);
  WnRelayClient *(*connect) (WnRelay *self, WnRelayClientKind kind,
      const WnRelayCallbacks *callbacks, gpointer user_data, gint64 now);
  void (*disconnect) (WnRelay *self, WnRelayClient *client,
      gboolean in_good_order, gint64 now);
  void (*receive) (WnRelay *self, WnRelayClient *client, const gchar *text,
      gsize length, gint64 now);
  void (*receive_binary) (WnRelay *self, WnRelayClient *client, gint64 now);
  gint64 (*get_expiry) (WnRelay *self);
  void (*expire) (WnRelay *self, gint64 now);
} WnRelayClass;

/* For implementations: to be the first field of theirs. */
struct _WnRelay
{
  const WnRelayClass *klass;
};

/* For implementations: to be the first field of theirs. */
struct _WnRelayClient
{
  const WnRelayCallbacks *callbacks;
  gpointer user_data;
};

void wn_relay_client_notify (WnRelayClient *client, WnRelayNotice notice);

gboolean wn_relay_checks_json (WnRelay *self);
void wn_relay_free (WnRelay *self);

WnRelayClient *wn_relay_connect (WnRelay *self, WnRelayClientKind kind,
    const WnRelayCallbacks *callbacks, gpointer user_data, gint64 now);
void wn_relay_disconnect (WnRelay *self, WnRelayClient *client,
    gboolean in_good_order, gint64 now);

void wn_relay_receive (WnRelay *self, WnRelayClient *client, const gchar *text,
    gsize length, gint64 now);
void wn_relay_receive_binary (WnRelay *self, WnRelayClient *client, gint64 now);

gint64 wn_relay_get_expiry (WnRelay *self);
void wn_relay_expire (WnRelay *self, gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnRelay, wn_relay_free)

G_END_DECLS
