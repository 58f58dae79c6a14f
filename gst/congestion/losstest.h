/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WnLossTest:
 * @inherent: what part of the packets is lost, whatever is sent
 * @is_running: less is sent than before, and it is seen what becomes of the loss
 * @before: what part was lost before
 * @is_settled: what is told now was sent after the test was begun
 * @n_packets: since @since
 * @n_lost: of them; it may be less than 0, as in WnLossRate
 * @since: when the window, or the test, was begun; 0: neither was
 *
 * Whether packets are lost because too many are sent.  If so, there are fewer when less
 * is sent.
 */
typedef struct
{
  gdouble inherent;
  gboolean is_running;
  gdouble before;
  gboolean is_settled;
  guint n_packets;
  gint n_lost;
  gint64 since;
} WnLossTest;

/**
 * WnLossVerdict:
 * @WN_LOSS_VERDICT_NONE: nothing is to be done
 * @WN_LOSS_VERDICT_BEGUN: less is to be sent now, to see what becomes of it
 * @WN_LOSS_VERDICT_INHERENT: it is not for what we send: it may be sent again
 * @WN_LOSS_VERDICT_CONGESTION: what we sent was too much
 */
typedef enum
{
  WN_LOSS_VERDICT_NONE,
  WN_LOSS_VERDICT_BEGUN,
  WN_LOSS_VERDICT_INHERENT,
  WN_LOSS_VERDICT_CONGESTION,
} WnLossVerdict;

gdouble wn_loss_test_get_excess (const WnLossTest *self, gdouble rate);
WnLossVerdict wn_loss_test_update (WnLossTest *self, guint n_packets,
    gint n_lost, gboolean is_calm, gint64 now);

G_END_DECLS
