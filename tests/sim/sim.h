/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "world.h"

G_BEGIN_DECLS

gboolean sim_random_run (SimWorld *world, guint64 seed);
gboolean sim_random_runs (guint64 first_seed, guint64 n_runs);

gboolean sim_exhaustive_runs (guint max_weight);

G_END_DECLS
