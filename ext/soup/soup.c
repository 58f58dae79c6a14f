/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "soup.h"
#include "ownserver.h"
#include "websocketconnector.h"

void
wn_soup_register (void)
{
  wn_signaller_register ("ws", wn_websocket_signaller_new);
  wn_signaller_register ("wss", wn_websocket_signaller_new);
  wn_signaller_register (NULL, wn_own_server_signaller_new);
}
