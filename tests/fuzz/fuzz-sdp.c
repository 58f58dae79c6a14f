/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Any text as a remote description, after another one and as its answer. */

#include "fuzz.h"

#include <string.h>

#include "sdp/sdpguard.h"

/* The files of tests/check/corpus say in front what they are. */
static const gchar *
skip_head (const gchar *text)
{
  while (g_str_has_prefix (text, "# ") && strchr (text, '\n'))
    text = strchr (text, '\n') + 1;
  return text;
}

/* @other: (nullable): */
static void
judge (const GstSDPMessage *sdp, const GstSDPMessage *other)
{
  g_autofree gchar *id = wn_sdp_get_id (sdp);
  g_auto (GStrv) ufrags = wn_sdp_get_ufrags (sdp);
  g_autoptr (GError) error = NULL;

  if (!wn_sdp_guard_description (sdp, TRUE, &error)
      || !wn_sdp_guard_offer (sdp, other, other, &error))
    g_assert_nonnull (error);
  g_clear_error (&error);
  if (!other)
    return;
  if (!wn_sdp_guard_description (sdp, FALSE, &error)
      || !wn_sdp_guard_answer (sdp, other, NULL, &error))
    g_assert_nonnull (error);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree gchar *all = g_malloc0 (size + 1);
  g_autoptr (GError) error = NULL;
  const gchar *first, *second = NULL;
  g_autoptr (GstSDPMessage) sdp = NULL;
  g_autoptr (GstSDPMessage) other = NULL;

  /* Two of them, with a zero between. */
  memcpy (all, data, size);
  first = skip_head (all);
  if (strlen (all) < size)
    second = all + strlen (all) + 1;

  wn_sdp_guard_candidate (first, second, -1, NULL, NULL);
  wn_sdp_guard_candidate (first, NULL, 0, NULL, NULL);

  sdp = wn_sdp_parse (first, &error);
  g_assert_true (!sdp == !!error);
  if (second)
    other = wn_sdp_parse (second, NULL);
  if (sdp)
    judge (sdp, other);
  return 0;
}
