/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WnSignallingError:
 * @WN_SIGNALLING_ERROR_SETTINGS: a setting cannot be right
 * @WN_SIGNALLING_ERROR_CONNECTION: there is no server, or none that speaks the
 *   protocol; or the address cannot be listened on
 * @WN_SIGNALLING_ERROR_NOT_AUTHORIZED: somebody is not let in
 * @WN_SIGNALLING_ERROR_BUSY: the port or the id is in use
 * @WN_SIGNALLING_ERROR_FULL: there is room for no more
 *
 * Why signalling cannot do its job.  The message says what the user can do.
 */
typedef enum
{
  WN_SIGNALLING_ERROR_SETTINGS,
  WN_SIGNALLING_ERROR_CONNECTION,
  WN_SIGNALLING_ERROR_NOT_AUTHORIZED,
  WN_SIGNALLING_ERROR_BUSY,
  WN_SIGNALLING_ERROR_FULL,
} WnSignallingError;

#define WN_SIGNALLING_ERROR (wn_signalling_error_quark ())
GQuark wn_signalling_error_quark (void);

G_END_DECLS
