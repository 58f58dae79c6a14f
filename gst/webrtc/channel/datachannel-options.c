/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What an application may ask for when it makes a data channel. */

#include "datachannel-private.h"
#include "signalling/printable.h"

#include <string.h>

/* Of label and protocol, in bytes: what their length fields can hold (RFC 8832,
 * 5.1). */
#define MAX_STRING_SIZE 65535

typedef struct
{
  const gchar *name;
  const gchar *type; /* as GstStructure's notation has it */
  const gchar *g_type;
} Option;

static const Option known_options[] = {
  { "ordered", "boolean", "gboolean" },
  { "max-packet-lifetime", "int", "gint" },
  { "max-retransmits", "int", "gint" },
  { "protocol", "string", "gchararray" },
  { "negotiated", "boolean", "gboolean" },
  { "id", "int", "gint" },
  { "priority", "GstWebRTCPriorityType", "GstWebRTCPriorityType" },
};

static const Option *
find_option (const gchar *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (known_options); i++) {
    if (g_str_equal (known_options[i].name, name))
      return &known_options[i];
  }
  return NULL;
}

static void
add_unknown (GString *text, const gchar *name)
{
  g_string_append_printf (text, "There is no option \"%s\", but",
      wn_printable_in_sentence (name));
  for (gsize i = 0; i < G_N_ELEMENTS (known_options); i++)
    g_string_append_printf (text, "%s %s (%s)", i > 0 ? "," : "",
        known_options[i].name, known_options[i].type);
  g_string_append (text, ". ");
}

/**
 * wn_data_channel_find_ignored:
 * @options: (nullable): as for wn_data_channel_new()
 *
 * Returns: (transfer full) (nullable): which of the options mean nothing, and what
 *   they should be, in sentences for people; %NULL if there is none
 */
gchar *
wn_data_channel_find_ignored (const GstStructure *options)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean negotiated = FALSE;

  if (!options)
    return NULL;
  gst_structure_get_boolean (options, "negotiated", &negotiated);

  for (gint i = 0; i < gst_structure_n_fields (options); i++) {
    const gchar *name = gst_structure_nth_field_name (options, i);
    const Option *option = find_option (name);
    const gchar *type =
        g_type_name (gst_structure_get_field_type (options, name));

    if (!option)
      add_unknown (text, name);
    else if (!g_str_equal (type, option->g_type))
      g_string_append_printf (text, "\"%s\" has to be of type %s, not %s. ",
          name, option->type, type);
    else if (g_str_equal (name, "id") && !negotiated)
      g_string_append (text,
          "\"id\" counts with negotiated=(boolean)true only. ");
  }
  if (text->len == 0)
    return NULL;
  g_string_truncate (text, text->len - 1);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Those that mean nothing are passed over, as webrtcbin does. */
static void
read (WnDataChannel *self, const GstStructure *options)
{
  const gchar *protocol;
  gint priority;

  gst_structure_get_boolean (options, "ordered", &self->ordered);
  gst_structure_get_int (options, "max-packet-lifetime",
      &self->max_packet_lifetime);
  gst_structure_get_int (options, "max-retransmits", &self->max_retransmits);
  protocol = gst_structure_get_string (options, "protocol");
  if (protocol) {
    g_free (self->protocol);
    self->protocol = g_strdup (protocol);
  }
  gst_structure_get_boolean (options, "negotiated", &self->negotiated);
  /* Only the application's own numbering counts. */
  if (self->negotiated)
    gst_structure_get_int (options, "id", &self->requested_id);
  if (gst_structure_get_enum (options, "priority",
          GST_TYPE_WEBRTC_PRIORITY_TYPE, &priority))
    self->priority = priority;
}

static gboolean
check_range (const gchar *name, gint value, gint max, GError **error)
{
  if (value >= -1 && value <= max)
    return TRUE;
  g_set_error (error, GST_WEBRTC_ERROR, GST_WEBRTC_ERROR_TYPE_ERROR,
      "its %s can be -1 to %d, not %d.", name, max, value);
  return FALSE;
}

/* webrtc-pc, 6.1, createDataChannel(): what throws a TypeError there, and an
 * OperationError for an id without a stream. */
static gboolean
check (WnDataChannel *self, GError **error)
{
  const gchar *problem = NULL;

  if (!check_range ("max-packet-lifetime", self->max_packet_lifetime,
          G_MAXUINT16, error)
      || !check_range ("max-retransmits", self->max_retransmits, G_MAXUINT16,
          error))
    return FALSE;

  if (strlen (self->label) > MAX_STRING_SIZE
      || strlen (self->protocol) > MAX_STRING_SIZE)
    problem = "its label and its protocol can have 65535 bytes each.";
  else if (self->max_packet_lifetime != -1 && self->max_retransmits != -1)
    problem = "it can have a max-packet-lifetime or max-retransmits, not both.";
  else if (self->negotiated
      && (self->requested_id < 0
          || self->requested_id > WN_DATA_CHANNEL_MAX_ID))
    problem = "as a negotiated one it needs an id from 0 to " G_STRINGIFY (
        WN_DATA_CHANNEL_MAX_ID) ", as a connection has so many streams. Choose "
                                "one, and the same on the other side.";
  if (!problem)
    return TRUE;
  g_set_error_literal (error, GST_WEBRTC_ERROR, GST_WEBRTC_ERROR_TYPE_ERROR,
      problem);
  return FALSE;
}

/* Returns: FALSE with @error set if there can be no such channel */
gboolean
wn_data_channel_take_options (WnDataChannel *self, const GstStructure *options,
    GError **error)
{
  if (options) {
    self->options = gst_structure_copy (options);
    read (self, options);
  }
  self->id = self->requested_id;
  return check (self, error);
}
