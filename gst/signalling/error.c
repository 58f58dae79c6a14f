/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "error.h"

GQuark
wn_signalling_error_quark (void)
{
  return g_quark_from_static_string ("wn-signalling-error-quark");
}
