/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "secret.h"

#include <string.h>
#include <unistd.h>

#define N_BYTES 16

/**
 * wn_secret_new:
 *
 * Returns: (transfer full): 32 hexadecimal digits that nobody can guess; from
 *   the system, as GLib's random numbers can be foretold
 */
gchar *
wn_secret_new (void)
{
  GString *text = g_string_sized_new (2 * N_BYTES);
  guint8 bytes[N_BYTES];
  guint i;

  if (getentropy (bytes, sizeof bytes) != 0)
    g_error ("The system gives no random numbers.");
  for (i = 0; i < N_BYTES; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

/* Takes as long for a string that is nearly right as for any other of its
 * length. */
gboolean
wn_secret_equal (const gchar *shown, const gchar *secret)
{
  gsize length = strlen (secret), i;
  guint8 difference = 0;

  if (strlen (shown) != length)
    return FALSE;
  for (i = 0; i < length; i++)
    difference |= (guint8) shown[i] ^ (guint8) secret[i];
  return difference == 0;
}
