/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "course.h"

G_BEGIN_DECLS

extern const CourseSettings scenarios[];
extern const guint n_scenarios;

G_END_DECLS
