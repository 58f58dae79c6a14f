/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "relay.h"

/* For implementations. */
void
wn_relay_client_notify (WnRelayClient *client, WnRelayNotice notice)
{
  if (client->callbacks->notice)
    client->callbacks->notice (notice, client->user_data);
}

/* Returns: whether the texts that are sent need no second look */
gboolean
wn_relay_checks_json (WnRelay *self)
{
  return self->klass->checks_json;
}

void
wn_relay_free (WnRelay *self)
{
  self->klass->free (self);
}

/**
 * wn_relay_connect:
 * @callbacks: static
 *
 * Returns: (transfer none): the client, until wn_relay_disconnect()
 */
WnRelayClient *
wn_relay_connect (WnRelay *self, WnRelayClientKind kind,
    const WnRelayCallbacks *callbacks, gpointer user_data, gint64 now)
{
  return self->klass->connect (self, kind, callbacks, user_data, now);
}

/**
 * wn_relay_disconnect:
 * @in_good_order: the client said that it leaves; else the connection broke
 *
 * Frees @client.
 */
void
wn_relay_disconnect (WnRelay *self, WnRelayClient *client,
    gboolean in_good_order, gint64 now)
{
  self->klass->disconnect (self, client, in_good_order, now);
}

/**
 * wn_relay_receive:
 * @text: of any size and content, with a NUL after @length bytes
 */
void
wn_relay_receive (WnRelay *self, WnRelayClient *client, const gchar *text,
    gsize length, gint64 now)
{
  self->klass->receive (self, client, text, length, now);
}

/* Something came that is no text. */
void
wn_relay_receive_binary (WnRelay *self, WnRelayClient *client, gint64 now)
{
  self->klass->receive_binary (self, client, now);
}

/**
 * wn_relay_get_expiry:
 *
 * Returns: when wn_relay_expire() wants to be called; %G_MAXINT64 for never
 */
gint64
wn_relay_get_expiry (WnRelay *self)
{
  return self->klass->get_expiry (self);
}

void
wn_relay_expire (WnRelay *self, gint64 now)
{
  self->klass->expire (self, now);
}
