/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The server's half of protocol=w3c (docs/protocol.md): two clients, of which
 * each is sent what the other one says, as it came.
 */

#include "pairrelay.h"
#include "line.h"

typedef struct
{
  WnRelay relay;
  /* Owned: a set. */
  GHashTable *all;
  /* Those who have a place; NULL while a place is free. */
  WnRelayClient *clients[2];
} WnPairRelay;

/* Returns: where @client (nullable) is, or NULL */
static WnRelayClient **
find_place (WnPairRelay *self, WnRelayClient *client)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (self->clients); i++) {
    if (self->clients[i] == client)
      return &self->clients[i];
  }
  return NULL;
}

/* Returns: (nullable): the other one; NULL if it is not there, and for who has no
 *   place */
static WnRelayClient *
find_other (WnPairRelay *self, WnRelayClient *client)
{
  WnRelayClient **place = find_place (self, client);

  if (!place)
    return NULL;
  return place == &self->clients[0] ? self->clients[1] : self->clients[0];
}

static void
give_notice (WnRelayClient *client, WnRelayNotice notice)
{
  if (client)
    wn_relay_client_notify (client, notice);
}

static WnRelayClient *
wn_pair_relay_connect (WnRelay *relay, WnRelayClientKind kind,
    const WnRelayCallbacks *callbacks, gpointer user_data, gint64 now)
{
  WnPairRelay *self = (WnPairRelay *) relay;
  WnRelayClient *client = g_new0 (WnRelayClient, 1);
  WnRelayClient **place = find_place (self, NULL);

  client->callbacks = callbacks;
  client->user_data = user_data;
  g_hash_table_add (self->all, client);
  if (!place) {
    callbacks->close (WN_CLOSE_FULL,
        "another peer is connected; there is room for one", user_data);
    return client;
  }
  *place = client;
  give_notice (find_other (self, client), WN_RELAY_NOTICE_OTHER_CAME);
  give_notice (client,
      find_other (self, client) ? WN_RELAY_NOTICE_OTHER_CAME
                                : WN_RELAY_NOTICE_OTHER_LEFT);
  return client;
}

static void
wn_pair_relay_disconnect (WnRelay *relay, WnRelayClient *client,
    gboolean in_good_order, gint64 now)
{
  WnPairRelay *self = (WnPairRelay *) relay;
  WnRelayClient **place = find_place (self, client);

  give_notice (find_other (self, client), WN_RELAY_NOTICE_OTHER_LEFT);
  if (place)
    *place = NULL;
  g_hash_table_remove (self->all, client);
}

static void
wn_pair_relay_receive (WnRelay *relay, WnRelayClient *client, const gchar *text,
    gsize length, gint64 now)
{
  WnRelayClient *other = find_other ((WnPairRelay *) relay, client);

  if (other)
    other->callbacks->send (text, length, other->user_data);
}

static void
wn_pair_relay_receive_binary (WnRelay *relay, WnRelayClient *client, gint64 now)
{
  give_notice (find_other ((WnPairRelay *) relay, client),
      WN_RELAY_NOTICE_BINARY);
}

static gint64
wn_pair_relay_get_expiry (WnRelay *relay)
{
  return G_MAXINT64;
}

static void
wn_pair_relay_expire (WnRelay *relay, gint64 now)
{
}

static void
wn_pair_relay_free (WnRelay *relay)
{
  WnPairRelay *self = (WnPairRelay *) relay;
  GHashTableIter iter;
  gpointer client;

  g_hash_table_iter_init (&iter, self->all);
  while (g_hash_table_iter_next (&iter, &client, NULL))
    wn_relay_client_notify (client, WN_RELAY_NOTICE_GONE);
  g_hash_table_unref (self->all);
  g_free (self);
}

static const WnRelayClass klass = {
  .free = wn_pair_relay_free,
  .connect = wn_pair_relay_connect,
  .disconnect = wn_pair_relay_disconnect,
  .receive = wn_pair_relay_receive,
  .receive_binary = wn_pair_relay_receive_binary,
  .get_expiry = wn_pair_relay_get_expiry,
  .expire = wn_pair_relay_expire,
};

WnRelay *
wn_pair_relay_new (void)
{
  WnPairRelay *self = g_new0 (WnPairRelay, 1);

  self->relay.klass = &klass;
  self->all = g_hash_table_new_full (NULL, NULL, g_free, NULL);
  return &self->relay;
}
