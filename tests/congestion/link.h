/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LINK_MAX_STEPS 8
#define LINK_MAX_PACKETS 16384

#define MS 1000
#define SECOND ((gint64) G_USEC_PER_SEC)

/**
 * LinkStep:
 *
 * From that time on the link carries so many bit/s.
 */
typedef struct
{
  gint64 at;
  guint capacity;
} LinkStep;

/**
 * LinkSettings:
 * @steps: by time; the first one is at 0
 * @queue_us: what would wait longer is dropped; 0: a second
 * @is_policer: it drops what would have to wait for longer than @queue_us, and lets
 *   everything else go at once
 * @delay_us: how long it takes one way, without a queue
 * @loss: from 0 to 1, whatever is sent
 * @jitter_us: up to so much is added to the delay
 * @reorders: so that packets overtake each other
 */
typedef struct
{
  LinkStep steps[LINK_MAX_STEPS];
  guint n_steps;
  gint64 queue_us;
  gboolean is_policer;
  gint64 delay_us;
  gdouble loss;
  gint64 jitter_us;
  gboolean reorders;
} LinkSettings;

/**
 * LinkPacket:
 * @flow: whose it is
 * @index: of it in the flow
 * @size: in bytes
 */
typedef struct
{
  guint flow;
  guint index;
  guint size;
} LinkPacket;

/* @packet has arrived. */
typedef void (*LinkArrival) (const LinkPacket *packet, gint64 arrived_at,
    gpointer data);

/**
 * Link:
 * @served_at: until when it was looked at
 * @bits_done: of the packet that is being sent
 * @arrived_at: the latest arrival
 *
 * A queue that drops what does not fit, and a wire behind it.
 */
typedef struct
{
  LinkSettings settings;
  GRand *random;
  LinkArrival arrival;
  gpointer data;
  LinkPacket packets[LINK_MAX_PACKETS];
  guint first;
  guint n_packets;
  guint64 bits;
  gdouble bits_done;
  gint64 served_at;
  gint64 arrived_at;
} Link;

Link *link_new (const LinkSettings *settings, GRand *random,
    LinkArrival arrival, gpointer data);
void link_free (Link *self);
guint link_get_capacity (const Link *self, gint64 now);
gint64 link_get_queueing (const Link *self, gint64 now);
void link_push (Link *self, const LinkPacket *packet, gint64 now);
void link_serve (Link *self, gint64 now);

G_END_DECLS
