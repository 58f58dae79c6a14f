/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "protocols.h"
#include "roomprotocol.h"
#include "w3cprotocol.h"

static const WnProtocolClass *const protocols[] = {
  &wn_room_protocol,
  &wn_w3c_protocol,
};

/* Returns: (nullable): the protocol with that @name (nullable) */
const WnProtocolClass *
wn_protocols_find (const gchar *name)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (protocols); i++) {
    if (g_strcmp0 (protocols[i]->name, name) == 0)
      return protocols[i];
  }
  return NULL;
}

/* Returns: (transfer full): their names, such as "room or w3c" */
gchar *
wn_protocols_list (void)
{
  GString *list = g_string_new (protocols[0]->name);
  guint i;

  for (i = 1; i < G_N_ELEMENTS (protocols); i++)
    g_string_append_printf (list, "%s%s",
        i + 1 < G_N_ELEMENTS (protocols) ? ", " : " or ", protocols[i]->name);
  return g_string_free (list, FALSE);
}
