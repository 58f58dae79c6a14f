/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "types.h"

/**
 * GstWebRTCNegotiatorRole:
 *
 * Which of the two peers gives way when their offers collide.
 *
 * Since: 0.1
 */
GType
gst_webrtc_negotiator_role_get_type (void)
{
  static const GEnumValue values[] = {
    { WN_ROLE_AUTO, "The peer with the greater id is polite", "auto" },
    { WN_ROLE_AUTO_LESSER, "The peer with the lesser id is polite",
        "auto-lesser" },
    { WN_ROLE_POLITE, "Takes its own offer back", "polite" },
    { WN_ROLE_IMPOLITE, "Ignores the other peer's offer", "impolite" },
    { 0, NULL, NULL }
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstWebRTCNegotiatorRole", values));
  return type;
}

/**
 * GstWebRTCNegotiatorProtocol:
 *
 * What is spoken over the signalling connection.
 *
 * Since: 0.1
 */
GType
gst_webrtc_negotiator_protocol_get_type (void)
{
  static const GEnumValue values[] = {
    { GST_WEBRTC_NEGOTIATOR_PROTOCOL_ROOM,
        "Rooms in which peers find each other", "room" },
    { GST_WEBRTC_NEGOTIATOR_PROTOCOL_W3C,
        "Bare messages between two peers, as in the W3C's sample code", "w3c" },
    { 0, NULL, NULL }
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstWebRTCNegotiatorProtocol", values));
  return type;
}

/**
 * GstWebRTCNegotiatorCongestionControl:
 *
 * What is done about paths that carry less than could be sent.
 *
 * Since: 0.1
 */
GType
gst_webrtc_negotiator_congestion_control_get_type (void)
{
  static const GEnumValue values[] = {
    { GST_WEBRTC_NEGOTIATOR_CONGESTION_CONTROL_NONE,
        "Nothing: encoders keep their bitrates", "none" },
    { GST_WEBRTC_NEGOTIATOR_CONGESTION_CONTROL_AUTO,
        "What the path carries is estimated, and encoders are set to it",
        "auto" },
    { 0, NULL, NULL }
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstWebRTCNegotiatorCongestionControl",
            values));
  return type;
}

/* Returns: (transfer none): what users call @value, for as long as the process
 *   lives: the types of this file are static */
const gchar *
wn_enum_get_nick (GType type, gint value)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);

  return g_enum_get_value (G_ENUM_CLASS (klass), value)->value_nick;
}

static gdouble
to_ms (gint64 us)
{
  return us < 0 ? -1 : us / 1000.0;
}

GstStructure *
wn_stats_to_structure (const WnNegotiationStats *stats)
{
  return gst_structure_new ("application/x-webrtc-negotiator-stats",
      "offers-sent", G_TYPE_UINT64, stats->offers_sent, "offers-received",
      G_TYPE_UINT64, stats->offers_received, "answers-sent", G_TYPE_UINT64,
      stats->answers_sent, "answers-received", G_TYPE_UINT64,
      stats->answers_received, "collisions", G_TYPE_UINT64, stats->collisions,
      "rollbacks", G_TYPE_UINT64, stats->rollbacks, "offers-ignored",
      G_TYPE_UINT64, stats->offers_ignored, "candidates-ignored", G_TYPE_UINT64,
      stats->candidates_ignored, "stale-answers", G_TYPE_UINT64,
      stats->stale_answers, "offers-rejected", G_TYPE_UINT64,
      stats->offers_rejected, "renegotiations-suppressed", G_TYPE_UINT64,
      stats->renegotiations_suppressed, "restarts", G_TYPE_UINT64,
      stats->restarts, "messages-rejected", G_TYPE_UINT64,
      stats->messages_rejected, "last-negotiation-ms", G_TYPE_DOUBLE,
      to_ms (stats->last_negotiation_us), "max-negotiation-ms", G_TYPE_DOUBLE,
      to_ms (stats->max_negotiation_us), NULL);
}
