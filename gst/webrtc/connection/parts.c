/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "parts.h"

/* webrtcbin's own classes have no factory. */
gboolean
wn_part_is_made_by (GstElement *element, const gchar *factory_name)
{
  GstElementFactory *factory = gst_element_get_factory (element);

  return factory && g_str_equal (GST_OBJECT_NAME (factory), factory_name);
}

/* Returns: (transfer full) (nullable): the first element of @factory_name in @bin */
GstElement *
wn_parts_find (GstElement *bin, const gchar *factory_name)
{
  g_autoptr (GstIterator) found =
      gst_bin_iterate_all_by_element_factory_name (GST_BIN (bin), factory_name);
  g_auto (GValue) item = G_VALUE_INIT;

  return gst_iterator_next (found, &item) == GST_ITERATOR_OK
      ? g_value_dup_object (&item)
      : NULL;
}
