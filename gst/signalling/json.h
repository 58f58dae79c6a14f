/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Deeper nesting than this is refused: readers that recurse would let a peer
 * choose how much stack they take. */
#define WN_JSON_MAX_DEPTH 64

/**
 * WnJsonSpan:
 * @start: (nullable): where the value begins in the text that was read; NULL
 *   when there is none
 * @length: in bytes
 *
 * The text of one value.  So a relay can pass a value on as it came.
 */
typedef struct
{
  const gchar *start;
  gsize length;
} WnJsonSpan;

gboolean wn_json_is_valid (const gchar *text, gsize length);
const gchar *wn_json_find_fault (const gchar *text, gboolean *is_behind);
void wn_json_measure (const gchar *text, guint *depth, gboolean *has_zero);
gboolean wn_json_get_members (const gchar *text, gsize length,
    const gchar *const *names, WnJsonSpan *values);
gboolean wn_json_read_object (const gchar *text, gsize length,
    const gchar *const *names, WnJsonSpan *values);
gchar *wn_json_read_string (const WnJsonSpan *value) G_GNUC_WARN_UNUSED_RESULT;
gchar *wn_json_read_text (const WnJsonSpan *value, gboolean *is_whole)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean wn_json_read_integer (const WnJsonSpan *value, gint64 max,
    gint64 *result);
GStrv wn_json_read_strings (const WnJsonSpan *value, guint max)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean wn_json_is_absent (const WnJsonSpan *value);
gboolean wn_json_is_object (const WnJsonSpan *value);
gboolean wn_json_equals (const WnJsonSpan *value, const gchar *literal);

void wn_json_append_string (GString *text, const gchar *string);

G_END_DECLS
