/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Any text as a message between peers; what is read can be written and read
 * again. */

#include "fuzz.h"

#include <string.h>

#include "signalling/envelope.h"
#include "webrtc/peermessage.h"

static gchar *
write_again (const WnPeerMessage *message)
{
  const WnPeerMessageTag tag = {
    .session = message->session,
    .begin = message->begin,
    .with = message->with,
  };

  switch (message->type) {
    case WN_PEER_MESSAGE_DESCRIPTION:
      return wn_peer_message_new_description (message->description, &tag);
    case WN_PEER_MESSAGE_CANDIDATE:
      return wn_peer_message_new_candidate (message->candidate, &tag);
    case WN_PEER_MESSAGE_REJECT:
      return wn_peer_message_new_reject (message->offer_id, &tag);
    case WN_PEER_MESSAGE_RESTART:
      return wn_peer_message_new_restart (&tag);
    case WN_PEER_MESSAGE_BEGINNING:
      return wn_peer_message_new_beginning (message->beginning,
          message->offer_id, &tag);
    case WN_PEER_MESSAGE_BAD_OFFER:
    case WN_PEER_MESSAGE_BYE:
      break;
  }
  return wn_peer_message_new_bye (&tag);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree gchar *json = g_strndup ((const gchar *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (WnPeerMessage) message =
      wn_peer_message_parse (json, FALSE, &error);
  g_autoptr (WnPeerMessage) again = NULL;
  g_autofree gchar *text = NULL;

  g_assert_true (!message == !!error);
  if (!message || message->type == WN_PEER_MESSAGE_BAD_OFFER)
    return 0;

  text = write_again (message);
  /* Escapes may make it longer than a message may be. */
  if (strlen (text) > WN_ENVELOPE_MAX_SIZE)
    return 0;
  again = wn_peer_message_parse (text, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (again->type, ==, message->type);
  g_assert_cmpstr (again->begin, ==, message->begin);
  g_assert_cmpstr (again->with, ==, message->with);
  g_assert_cmpint (again->beginning, ==, message->beginning);
  return 0;
}
