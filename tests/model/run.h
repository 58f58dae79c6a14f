/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* One script, carried out with a pair of elements in the default main context,
 * and judged in the end: each live stream is received that both sides want to
 * flow, under its SSRC and encoding, and nothing else is; each channel is open and
 * carries text; both peers are stable and connected; nothing restarted that was
 * not asked to, nothing was rejected, no pad of upstream's was stopped. */

#pragma once

#include "script.h"

G_BEGIN_DECLS

typedef struct _Run Run;

/* @problem: (nullable): in a few words, what is not as it should be
 * @details: (nullable): all that there is to know then, for people */
typedef void (*RunEnded) (const gchar *problem, const gchar *details,
    gpointer data);

Run *run_start (Script *script, RunEnded ended, gpointer data);

G_END_DECLS
