/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* libsoup bounds the size of a WebSocket frame, but (before 3.8) not that of a
 * message in many frames, which it collects in memory.  This bounds the sum.
 * It is an extension in libsoup's sense only, as those see every frame: nothing
 * of it shows on the wire.
 */

#include "frameguard.h"

/* RFC 6455, section 5.2 */
#define FIN 0x80
#define OPCODE 0x0f
#define OPCODE_CONTROL 0x08
#define OPCODE_CONTINUATION 0x00

struct _WnFrameGuard
{
  SoupWebsocketExtension parent;

  guint64 max_message;
  /* Of the message that is coming in, so far. */
  guint64 size;
};

G_DEFINE_TYPE (WnFrameGuard, wn_frame_guard, SOUP_TYPE_WEBSOCKET_EXTENSION)

static GBytes *
wn_frame_guard_process_incoming (SoupWebsocketExtension *extension,
    guint8 *header, GBytes *payload, GError **error)
{
  WnFrameGuard *self = WN_FRAME_GUARD (extension);

  if (header[0] & OPCODE_CONTROL)
    return payload;
  if ((header[0] & OPCODE) != OPCODE_CONTINUATION)
    self->size = 0;
  self->size += g_bytes_get_size (payload);
  if (self->size > self->max_message) {
    g_bytes_unref (payload);
    g_set_error (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG,
        "a message of more than %" G_GUINT64_FORMAT " bytes",
        self->max_message);
    return NULL;
  }
  if (header[0] & FIN)
    self->size = 0;
  return payload;
}

static GBytes *
wn_frame_guard_process_outgoing (SoupWebsocketExtension *extension,
    guint8 *header, GBytes *payload, GError **error)
{
  return payload;
}

static void
wn_frame_guard_class_init (WnFrameGuardClass *klass)
{
  SoupWebsocketExtensionClass *extension =
      SOUP_WEBSOCKET_EXTENSION_CLASS (klass);

  extension->name = "x-wn-frame-guard";
  extension->process_incoming_message = wn_frame_guard_process_incoming;
  extension->process_outgoing_message = wn_frame_guard_process_outgoing;
}

static void
wn_frame_guard_init (WnFrameGuard *self)
{
}

SoupWebsocketExtension *
wn_frame_guard_new (guint64 max_message)
{
  WnFrameGuard *self = g_object_new (WN_TYPE_FRAME_GUARD, NULL);

  self->max_message = max_message;
  return SOUP_WEBSOCKET_EXTENSION (self);
}
