/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "webrtc/appsignaller.h"
#include "webrtc/negotiator.h"

#if HAVE_SOUP
#include "soup.h"
#endif

#include <gst/gst.h>

static gboolean
plugin_init (GstPlugin * plugin)
{
  wn_signaller_register ("app", wn_app_signaller_new);
#if HAVE_SOUP
  wn_soup_register ();
#endif

  return GST_ELEMENT_REGISTER (webrtcnegotiator, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, webrtcnegotiator,
    "WebRTC between pipelines and browsers, by perfect negotiation",
    plugin_init, PACKAGE_VERSION, "LGPL", PACKAGE, PACKAGE_ORIGIN)
