/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "icepairs.h"

#include "iceagent.h"

#if HAVE_NICE
#include <nice/agent.h>
#endif

/* An agent's streams: one for each media section at the most. */
#define MAX_PAIRS 256

typedef struct
{
  GstStructure *local;
  GstStructure *remote;
} Pair;

struct _WnIcePairs
{
  GMutex mutex;
  GHashTable *pairs; /* Pair, by the agent's stream; under the mutex */
};

static void
pair_free (gpointer data)
{
  Pair *self = data;

  gst_structure_free (self->local);
  gst_structure_free (self->remote);
  g_free (self);
}

static void
clear (gpointer data)
{
  WnIcePairs *self = data;

  g_hash_table_unref (self->pairs);
  g_mutex_clear (&self->mutex);
}

void
wn_ice_pairs_unref (WnIcePairs *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

#if HAVE_NICE
static const gchar *
get_type_name (const NiceCandidate *candidate)
{
  switch (candidate->type) {
    case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE:
      return "srflx";
    case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE:
      return "prflx";
    case NICE_CANDIDATE_TYPE_RELAYED:
      return "relay";
    default:
      return "host";
  }
}

/* @name: the type of the object in webrtc-stats */
static GstStructure *
describe (const gchar *name, const NiceCandidate *candidate)
{
  gchar address[NICE_ADDRESS_STRING_LEN] = "";

  nice_address_to_string (&candidate->addr, address);
  return gst_structure_new (name, "address", G_TYPE_STRING, address, "port",
      G_TYPE_INT, (gint) nice_address_get_port (&candidate->addr), "protocol",
      G_TYPE_STRING,
      candidate->transport == NICE_CANDIDATE_TRANSPORT_UDP ? "udp" : "tcp",
      "candidateType", G_TYPE_STRING, get_type_name (candidate), "priority",
      G_TYPE_UINT, candidate->priority, NULL);
}

static void
on_selected (NiceAgent *agent G_GNUC_UNUSED, guint stream,
    guint component G_GNUC_UNUSED, const NiceCandidate *local,
    const NiceCandidate *remote, WnIcePairs *self)
{
  gpointer key = GUINT_TO_POINTER (stream);
  Pair *pair = g_new0 (Pair, 1);

  pair->local = describe ("local-candidate", local);
  pair->remote = describe ("remote-candidate", remote);
  g_mutex_lock (&self->mutex);
  if (g_hash_table_contains (self->pairs, key)
      || g_hash_table_size (self->pairs) < MAX_PAIRS)
    g_hash_table_insert (self->pairs, key, g_steal_pointer (&pair));
  g_mutex_unlock (&self->mutex);
  g_clear_pointer (&pair, pair_free);
}

static void
unref_closure (gpointer self, GClosure *closure G_GNUC_UNUSED)
{
  wn_ice_pairs_unref (self);
}
#endif

/**
 * wn_ice_pairs_get:
 * @stream: the agent's number
 * @local: (out) (transfer full): a local-candidate of webrtc-stats
 * @remote: (out) (transfer full): a remote-candidate
 *
 * Returns: whether one was selected
 */
gboolean
wn_ice_pairs_get (WnIcePairs *self, guint stream, GstStructure **local,
    GstStructure **remote)
{
  const Pair *pair;

  g_mutex_lock (&self->mutex);
  pair = g_hash_table_lookup (self->pairs, GUINT_TO_POINTER (stream));
  if (pair) {
    *local = gst_structure_copy (pair->local);
    *remote = gst_structure_copy (pair->remote);
  }
  g_mutex_unlock (&self->mutex);
  return pair != NULL;
}

/**
 * wn_ice_pairs_new:
 * @webrtcbin: that has no transports as yet
 */
WnIcePairs *
wn_ice_pairs_new (GstElement *webrtcbin)
{
  WnIcePairs *self = g_atomic_rc_box_new0 (WnIcePairs);
#if HAVE_NICE
  g_autoptr (GObject) agent = wn_ice_agent_get (webrtcbin);
#endif

  g_mutex_init (&self->mutex);
  self->pairs = g_hash_table_new_full (NULL, NULL, NULL, pair_free);
#if HAVE_NICE
  if (agent)
    g_signal_connect_data (agent, "new-selected-pair-full",
        G_CALLBACK (on_selected), g_atomic_rc_box_acquire (self), unref_closure,
        0);
#endif
  return self;
}
