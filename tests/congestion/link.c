/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "link.h"

Link *
link_new (const LinkSettings *settings, GRand *random, LinkArrival arrival,
    gpointer data)
{
  Link *self = g_new0 (Link, 1);

  self->settings = *settings;
  self->random = random;
  self->arrival = arrival;
  self->data = data;
  if (!self->settings.queue_us)
    self->settings.queue_us = SECOND;
  return self;
}

void
link_free (Link *self)
{
  g_free (self);
}

/* Returns: bit/s */
guint
link_get_capacity (const Link *self, gint64 now)
{
  guint capacity = self->settings.steps[0].capacity;

  for (guint i = 1; i < self->settings.n_steps; i++) {
    if (self->settings.steps[i].at <= now)
      capacity = self->settings.steps[i].capacity;
  }
  return capacity;
}

static gint64
get_backlog (const Link *self, gint64 now)
{
  /* Without capacity, it is a second a kbit. */
  guint capacity = MAX (link_get_capacity (self, now), 1000);

  return (self->bits - self->bits_done) * SECOND / capacity;
}

/* Returns: how long what is in the queue takes */
gint64
link_get_queueing (const Link *self, gint64 now)
{
  return self->settings.is_policer ? 0 : get_backlog (self, now);
}

static void
carry (Link *self, const LinkPacket *packet, gint64 at)
{
  gint64 arrived_at = at + self->settings.delay_us;

  if (self->settings.loss > 0
      && g_rand_double (self->random) < self->settings.loss)
    return;
  if (self->settings.jitter_us)
    arrived_at += g_rand_double (self->random) * self->settings.jitter_us;
  if (!self->settings.reorders)
    arrived_at = MAX (arrived_at, self->arrived_at);
  self->arrived_at = MAX (arrived_at, self->arrived_at);
  self->arrival (packet, arrived_at, self->data);
}

void
link_push (Link *self, const LinkPacket *packet, gint64 now)
{
  if (self->n_packets == LINK_MAX_PACKETS
      || get_backlog (self, now) > self->settings.queue_us)
    return;
  self->packets[(self->first + self->n_packets++) % LINK_MAX_PACKETS] = *packet;
  self->bits += 8 * packet->size;
  if (self->settings.is_policer)
    carry (self, packet, now);
}

/* What is sent until @now, at the capacity that it has now. */
void
link_serve (Link *self, gint64 now)
{
  gdouble capacity = link_get_capacity (self, now);
  gdouble budget = capacity * (now - self->served_at) / SECOND;
  gdouble spent = 0;

  while (self->n_packets) {
    const LinkPacket *packet = &self->packets[self->first];
    gdouble needed = 8 * packet->size - self->bits_done;

    if (spent + needed > budget) {
      self->bits_done += budget - spent;
      break;
    }
    spent += needed;
    self->bits_done = 0;
    self->bits -= 8 * packet->size;
    if (!self->settings.is_policer)
      carry (self, packet, self->served_at + spent * SECOND / capacity);
    self->first = (self->first + 1) % LINK_MAX_PACKETS;
    self->n_packets--;
  }
  self->served_at = now;
}
