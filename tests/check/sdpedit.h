/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Changes of a whole description, such as a peer makes from one to the next: most
 * leave it valid. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  GPtrArray *parts; /* gchar *: of the session, and of each section */
} SdpEdit;

SdpEdit *sdp_edit_new (const gchar *text);
void sdp_edit_free (SdpEdit *self);
gchar *sdp_edit_to_string (const SdpEdit *self);
guint sdp_edit_count (const SdpEdit *self);

void sdp_edit_set_origin (SdpEdit *self, guint64 session, guint64 version);
void sdp_edit_set_transport (SdpEdit *self, const gchar *ufrag);
void sdp_edit_change (SdpEdit *self, GRand *rand);
void sdp_edit_make_answer (SdpEdit *self, GRand *rand);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SdpEdit, sdp_edit_free)

G_END_DECLS
