/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "iceagent.h"

/* libnice has 5 s. */
#define IDLE_TIMEOUT_MS 15000

static gboolean
has_property (GObject *object, const gchar *name)
{
  return g_object_class_find_property (G_OBJECT_GET_CLASS (object), name)
      != NULL;
}

/**
 * wn_ice_agent_get:
 *
 * Returns: (transfer full) (nullable): libnice's agent; %NULL where webrtcbin has
 *   another one
 */
GObject *
wn_ice_agent_get (GstElement *webrtcbin)
{
  g_autoptr (GObject) ice = NULL;
  GObject *agent = NULL;

  g_object_get (webrtcbin, "ice-agent", &ice, NULL);
  if (ice && has_property (ice, "agent"))
    g_object_get (ice, "agent", &agent, NULL);
  return agent;
}

/**
 * wn_ice_agent_set_up:
 * @webrtcbin: a new one
 *
 * No UPnP.  For it, each agent starts a thread and an HTTP server on every address of
 * the machine, whose ports collide at times, and the end of gathering waits for it.
 * Browsers do without.
 *
 * Patience with a remote peer that has a way to us, and does not choose it yet: after
 * an ICE restart, Chromium goes on with the former one until it has heard nothing on it
 * for some seconds, where a check of ours came before it was ready for it.
 */
void
wn_ice_agent_set_up (GstElement *webrtcbin)
{
  g_autoptr (GObject) agent = wn_ice_agent_get (webrtcbin);

  if (agent && has_property (agent, "upnp"))
    g_object_set (agent, "upnp", FALSE, NULL);
  if (agent && has_property (agent, "idle-timeout"))
    g_object_set (agent, "idle-timeout", IDLE_TIMEOUT_MS, NULL);
}
