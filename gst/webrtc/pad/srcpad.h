/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define WN_TYPE_SRC_PAD (wn_src_pad_get_type ())
G_DECLARE_FINAL_TYPE (WnSrcPad, wn_src_pad, WN, SRC_PAD, GstGhostPad)

/**
 * WnSrcPad:
 *
 * A stream that is received: a ghost pad whose target, a source pad of a
 * webrtcbin, goes away with the webrtcbin, and is replaced by another one when a
 * stream of the same kind comes.  What is linked to it goes on.
 *
 * While nothing is linked to it what comes is dropped, since a webrtcbin stops a
 * stream for good that is not taken.
 */
WnSrcPad *wn_src_pad_new (GstPadTemplate *templ, const gchar *name,
    GstPad *target);

gboolean wn_src_pad_reuse (WnSrcPad *self, GstPad *target);
void wn_src_pad_release (WnSrcPad *self);

G_END_DECLS
