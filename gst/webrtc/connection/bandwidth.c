/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bandwidth.h"

struct _WnBandwidth
{
  WnBandwidthFunc changed;
  gpointer data;
  GSource
      *source; /* ready when there is something to tell, or the time has come */

  GMutex mutex;
  /* Under the mutex: */
  WnBandwidthLimits limits;
  WnCongestion *congestion; /* NULL: nothing is estimated */
  gboolean is_expected;     /* there is going to be feedback of this path */
  gboolean is_answered;     /* there was some */
  guint estimate;           /* what was told last; 0: none */
};

/*** The estimate ***/

static guint
get_estimate_unlocked (WnBandwidth *self)
{
  return self->congestion && self->is_expected
      ? wn_congestion_get_bitrate (self->congestion)
      : 0;
}

/* What there was no answer to so far says nothing: the path may not be there yet. */
static gint64
get_expiry_unlocked (WnBandwidth *self)
{
  return self->congestion && self->is_answered
      ? wn_congestion_get_expiry (self->congestion)
      : G_MAXINT64;
}

static void
arm_unlocked (WnBandwidth *self)
{
  gint64 expiry = get_expiry_unlocked (self);

  if (get_estimate_unlocked (self) != self->estimate)
    expiry = 0;
  g_source_set_ready_time (self->source, expiry == G_MAXINT64 ? -1 : expiry);
}

static gboolean
on_ready (gpointer data)
{
  WnBandwidth *self = data;
  gboolean is_other;
  guint estimate;

  g_mutex_lock (&self->mutex);
  if (get_expiry_unlocked (self) <= g_get_monotonic_time ())
    wn_congestion_handle_expiry (self->congestion, g_get_monotonic_time ());
  estimate = get_estimate_unlocked (self);
  is_other = estimate != self->estimate;
  self->estimate = estimate;
  arm_unlocked (self);
  g_mutex_unlock (&self->mutex);
  if (is_other)
    self->changed (self->data);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch (GSource *source G_GNUC_UNUSED, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSourceFuncs source_funcs = { .dispatch = dispatch };

/*** Settings ***/

/**
 * wn_bandwidth_begin:
 *
 * There is another path.  It may be worse than the one before, of which is known what
 * it carried.
 */
void
wn_bandwidth_begin (WnBandwidth *self)
{
  guint start;

  g_mutex_lock (&self->mutex);
  start = self->limits.start;
  if (self->is_answered)
    start = MIN (start, get_estimate_unlocked (self));
  self->is_expected = self->is_answered = FALSE;
  if (self->congestion)
    wn_congestion_restart (self->congestion, start);
  arm_unlocked (self);
  g_mutex_unlock (&self->mutex);
}

void
wn_bandwidth_set_limits (WnBandwidth *self, const WnBandwidthLimits *limits)
{
  g_mutex_lock (&self->mutex);
  self->limits = *limits;
  if (!limits->is_estimated) {
    g_clear_pointer (&self->congestion, wn_congestion_free);
    self->is_answered = FALSE;
  } else if (!self->congestion) {
    self->congestion =
        wn_congestion_new (limits->min, limits->start, limits->max);
  } else {
    wn_congestion_set_limits (self->congestion, limits->min, limits->max);
  }
  arm_unlocked (self);
  g_mutex_unlock (&self->mutex);
}

/*** Packets ***/

/* @is_expected: the remote peer is going to tell of packets */
void
wn_bandwidth_expect (WnBandwidth *self, gboolean is_expected)
{
  g_mutex_lock (&self->mutex);
  self->is_expected = is_expected;
  arm_unlocked (self);
  g_mutex_unlock (&self->mutex);
}

void
wn_bandwidth_send (WnBandwidth *self)
{
  gint64 expiry;

  g_mutex_lock (&self->mutex);
  if (self->congestion) {
    expiry = get_expiry_unlocked (self);
    wn_congestion_send (self->congestion, g_get_monotonic_time ());
    if (get_expiry_unlocked (self) != expiry)
      arm_unlocked (self);
  }
  g_mutex_unlock (&self->mutex);
}

void
wn_bandwidth_receive (WnBandwidth *self, const WnPacketReport *reports,
    gsize n_reports)
{
  g_mutex_lock (&self->mutex);
  if (self->congestion) {
    self->is_answered = TRUE;
    wn_congestion_receive (self->congestion, reports, n_reports,
        g_get_monotonic_time ());
    arm_unlocked (self);
  }
  g_mutex_unlock (&self->mutex);
}

/* Returns: bit/s, or 0 */
guint
wn_bandwidth_get_estimate (WnBandwidth *self)
{
  guint estimate;

  g_mutex_lock (&self->mutex);
  estimate = self->estimate;
  g_mutex_unlock (&self->mutex);
  return estimate;
}

/*** Life ***/

/**
 * wn_bandwidth_new:
 * @changed: the estimate is another one
 */
WnBandwidth *
wn_bandwidth_new (GMainContext *context, WnBandwidthFunc changed, gpointer data)
{
  WnBandwidth *self = g_atomic_rc_box_new0 (WnBandwidth);

  self->changed = changed;
  self->data = data;
  g_mutex_init (&self->mutex);
  self->source = g_source_new (&source_funcs, sizeof (GSource));
  g_source_set_name (self->source, "webrtcnegotiator's bandwidth");
  g_source_set_callback (self->source, on_ready, self, NULL);
  g_source_attach (self->source, context);
  return self;
}

/* On the thread of the context: it is told of nothing any more. */
void
wn_bandwidth_stop (WnBandwidth *self)
{
  g_source_destroy (self->source);
}

WnBandwidth *
wn_bandwidth_ref (WnBandwidth *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (WnBandwidth *self)
{
  g_source_unref (self->source);
  g_clear_pointer (&self->congestion, wn_congestion_free);
  g_mutex_clear (&self->mutex);
}

void
wn_bandwidth_unref (WnBandwidth *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) clear);
}
