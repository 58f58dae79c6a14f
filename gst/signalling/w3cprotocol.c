/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "w3cprotocol.h"
#include "json.h"
#include "pairrelay.h"

/* Who may join is known from the address. */
static WnRelay *
new_relay (const gchar *token)
{
  return wn_pair_relay_new ();
}

static WnProtocol *
wn_w3c_protocol_new (const gchar *room, const gchar *id, const gchar *token)
{
  WnProtocol *self = g_new0 (WnProtocol, 1);

  wn_protocol_init (self, &wn_w3c_protocol, id);
  return self;
}

static void
wn_w3c_protocol_free (WnProtocol *self)
{
  wn_protocol_clear (self);
  g_free (self);
}

static gchar *
wn_w3c_protocol_open (WnProtocol *self)
{
  wn_protocol_enter (self, TRUE);
  return NULL;
}

/* There is no word for it: the end of the line says it. */
static gchar *
wn_w3c_protocol_leave (WnProtocol *self)
{
  return NULL;
}

static gchar *
wn_w3c_protocol_pack (WnProtocol *self, const gchar *to, const gchar *json)
{
  if (g_hash_table_contains (self->peers, to))
    return g_strdup (json);
  wn_protocol_complain (self, "unknown-peer",
      "The other peer is not there; the message was dropped.");
  return NULL;
}

static void
wn_w3c_protocol_receive (WnProtocol *self, const gchar *text, gsize length,
    gboolean is_checked)
{
  if (length > WN_RELAY_MAX_FRAME) {
    wn_protocol_bad_frame (self, "A message of more than 256 KiB was dropped.");
  } else if (!is_checked && !wn_json_is_valid (text, length)) {
    wn_protocol_bad_frame (self, "A frame that is not JSON was dropped.");
  } else if (g_hash_table_contains (self->peers, WN_PROTOCOL_REMOTE)) {
    WnProtocolEvent *event =
        wn_protocol_push (self, WN_PROTOCOL_EVENT_MESSAGE, WN_PROTOCOL_REMOTE);

    event->text = g_strndup (text, length);
  }
}

const WnProtocolClass wn_w3c_protocol = {
  .name = "w3c",
  .shows_token_at_once = TRUE,
  .new_relay = new_relay,
  .new = wn_w3c_protocol_new,
  .free = wn_w3c_protocol_free,
  .open = wn_w3c_protocol_open,
  .leave = wn_w3c_protocol_leave,
  .pack = wn_w3c_protocol_pack,
  .receive = wn_w3c_protocol_receive,
};
