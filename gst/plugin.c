/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "signalling/appsignaller.h"
#include "webrtc/negotiator.h"
#include "webrtc/signallingbridge.h"

#if HAVE_SOUP
#include "soup.h"
#endif

#include <openssl/crypto.h>

#include <gst/gst.h>

/* libcrypto (3.x) frees at the exit of the process what the destructors of
 * threads that end meanwhile still work on: a crash.  webrtcbin's threads, and
 * those of GLib's pools, do so: nobody can wait for their end. */
static void
leave_libcrypto_alive (void)
{
  OPENSSL_init_crypto (OPENSSL_INIT_NO_ATEXIT, NULL);
}

static gboolean
plugin_init (GstPlugin *plugin)
{
  leave_libcrypto_alive ();
  wn_signalling_bridge_init ();
  wn_signaller_register ("app", wn_app_signaller_new);
#if HAVE_SOUP
  wn_soup_register ();
#endif

  return GST_ELEMENT_REGISTER (webrtcnegotiator, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, webrtcnegotiator,
    "WebRTC between pipelines and browsers, by perfect negotiation",
    plugin_init, PACKAGE_VERSION, "LGPL", PACKAGE, PACKAGE_ORIGIN)
