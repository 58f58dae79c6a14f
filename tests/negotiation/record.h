/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What negotiations are told, and want done, as timelines on the standard output.
 *
 * The linker puts the functions of record.c between this program and each of
 * negotiation.h's (--wrap), so that whoever uses a negotiation need not know. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

void record_begin (const gchar *name);

void wild_run (guint64 seed);

G_END_DECLS
