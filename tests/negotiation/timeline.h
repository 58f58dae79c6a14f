/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A negotiation that is led by lines of text: an event, and what is to be done then.
 * docs/development.md has the words; timeline.js does the same for the core in
 * JavaScript. */

#pragma once

#include "negotiation/negotiation.h"

G_BEGIN_DECLS

typedef struct
{
  WnNegotiation *negotiation;
  gint64 now;
  WnSignalingState state; /* as it was printed last */
  gboolean is_exact;      /* everything about an action is printed */
} Timeline;

void timeline_init (Timeline *self);
void timeline_clear (Timeline *self);

/* Why a line is not right. */
#define TIMELINE_ERROR (timeline_error_quark ())
GQuark timeline_error_quark (void);

void timeline_print_action (Timeline *self, GString *line,
    const WnAction *action);
void timeline_print_text (GString *line, const gchar *text);
void timeline_print_time (GString *line, gint64 time);
gboolean timeline_perform (Timeline *self, const gchar *event, guint max,
    GString *actions, GError **error);
gboolean timeline_print_state (Timeline *self, const gchar *name,
    GString *value);
gboolean timeline_play (Timeline *self, const gchar *line, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Timeline, timeline_clear)

G_END_DECLS
