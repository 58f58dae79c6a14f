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

static gboolean
keep_what_passes (GstBuffer **buffer, guint i G_GNUC_UNUSED, gpointer passes)
{
  if (!((WnPartFilter) passes) (*buffer))
    gst_clear_buffer (buffer);
  return TRUE;
}

/* Returns: what a probe returns which lets pass what @passes is TRUE of */
GstPadProbeReturn
wn_part_filter (GstPadProbeInfo *info, WnPartFilter passes)
{
  if (!(info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST))
    return passes (info->data) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
  info->data = gst_buffer_list_make_writable (info->data);
  gst_buffer_list_foreach (info->data, keep_what_passes, (gpointer) passes);
  return gst_buffer_list_length (info->data) > 0 ? GST_PAD_PROBE_OK
                                                 : GST_PAD_PROBE_DROP;
}

static GstState
get_target (GstElement *element)
{
  GstState target;

  GST_OBJECT_LOCK (element);
  target = GST_STATE_PENDING (element) == GST_STATE_VOID_PENDING
      ? GST_STATE (element)
      : GST_STATE_PENDING (element);
  GST_OBJECT_UNLOCK (element);
  return target;
}

/**
 * wn_part_follow:
 * @element: that is in @bin
 *
 * Brings @element to @bin's state, which another thread may be changing.  It is brought
 * there by that thread, too; gst_element_sync_state_with_parent() would then take it back
 * to the state in which it found @bin, and leave it there.
 *
 * Returns: FALSE if @element fails
 */
gboolean
wn_part_follow (GstElement *element, GstBin *bin)
{
  GstState target, reached;

  do {
    reached = get_target (GST_ELEMENT (bin));
    if (gst_element_set_state (element, reached) == GST_STATE_CHANGE_FAILURE)
      return FALSE;
    target = get_target (GST_ELEMENT (bin));
  } while (target != reached);
  return TRUE;
}
