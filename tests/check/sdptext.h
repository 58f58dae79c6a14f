/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Descriptions as the text of their media sections. */

#pragma once

#include "checkmain.h"

#include <gst/sdp/sdp.h>

#define SESSION "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"

static inline GstSDPMessage *
read_sdp (const gchar *sections)
{
  g_autofree gchar *text = g_strconcat (SESSION, sections, NULL);
  GstSDPMessage *sdp;

  fail_unless_equals_int (gst_sdp_message_new_from_text (text, &sdp),
      GST_SDP_OK);
  return sdp;
}

static inline void
assert_sections (const GstSDPMessage *sdp, const gchar *expected)
{
  g_autofree gchar *text = gst_sdp_message_as_text (sdp);

  fail_unless (g_str_has_prefix (text, SESSION), "%s", text);
  fail_unless_equals_string (text + strlen (SESSION), expected);
}
