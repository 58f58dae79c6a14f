/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the element needs of other plugins, and what it says where one is missing. */

#include "checkmain.h"
#include "patience.h"

#include <gst/webrtc/webrtc.h>

#define DEADLINE (patience (40) * GST_SECOND)

/*** Machines that lack a plugin ***/

static const struct
{
  const gchar *plugin;
  const gchar *element;
  const gchar *package;
} lacks[] = {
  { "webrtc", "webrtcbin", "gstreamer1.0-plugins-bad" },
  { "nice", "nicesrc", "gstreamer1.0-nice" },
  { "dtls", "dtlssrtpenc", "gstreamer1.0-plugins-bad" },
  { "srtp", "srtpdec", "gstreamer1.0-plugins-bad" },
  { "sctp", "sctpenc", "gstreamer1.0-plugins-bad" },
  { "rtpmanager", "rtpbin", "gstreamer1.0-plugins-good" },
  { "rtp", "rtpstorage", "gstreamer1.0-plugins-good" },
  { "app", "appsrc", "gstreamer1.0-plugins-base" },
};

/* Features that were removed, to be put back. */
static GList *removed;

/* As if the plugin's file were not there. */
static void
remove_plugin (const gchar *name)
{
  GstRegistry *registry = gst_registry_get ();
  GList *features = gst_registry_get_feature_list_by_plugin (registry, name);

  fail_unless (features != NULL, "there is no plugin %s to be removed", name);
  for (GList *l = features; l; l = l->next)
    gst_registry_remove_feature (registry, l->data);
  removed = g_list_concat (features, removed);
}

/* Tests may share a process. */
static void
put_plugins_back (void)
{
  for (GList *l = removed; l; l = l->next)
    gst_registry_add_feature (gst_registry_get (), l->data);
  gst_plugin_feature_list_free (g_steal_pointer (&removed));
}

static gchar *
get_text (GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_error_matches (error, GST_CORE_ERROR,
                   GST_CORE_ERROR_MISSING_PLUGIN),
      "%s %d: %s", g_quark_to_string (error->domain), error->code,
      error->message);
  return g_strdup (error->message);
}

/* @message: (transfer full) (nullable) */
static void
assert_says_what_to_install (GstMessage *message, guint lack)
{
  g_autofree gchar *text = NULL;

  fail_unless (message != NULL, "%s: no error", lacks[lack].plugin);
  text = get_text (message);
  fail_unless (strstr (text, lacks[lack].element) != NULL, "%s", text);
  fail_unless (strstr (text, lacks[lack].package) != NULL, "%s", text);
  gst_message_unref (message);
}

/*** An element and its bus ***/

static GstElement *
make_pipeline (GstElement **element, GstBus **bus)
{
  GstElement *pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));

  *element = gst_element_factory_make ("webrtcnegotiator", NULL);
  fail_unless (*element != NULL);
  g_object_set (*element, "signaller-uri", "app:", "peer-id", "a", NULL);
  gst_bin_add (GST_BIN (pipeline), *element);
  *bus = gst_element_get_bus (pipeline);
  return pipeline;
}

static void
free_pipeline (GstElement *pipeline, GstBus *bus)
{
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_bus_set_flushing (bus, TRUE);
  gst_object_unref (bus);
  gst_check_object_destroyed_on_unref (pipeline);
}

static void
wait_webrtcbin (GstElement *element, GstBus *bus)
{
  g_autoptr (GstElement) webrtcbin = NULL;

  do {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, DEADLINE,
        GST_MESSAGE_ELEMENT | GST_MESSAGE_STATE_CHANGED | GST_MESSAGE_ERROR);

    fail_unless (message != NULL
        && GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR);
    g_object_get (element, "webrtcbin", &webrtcbin, NULL);
  } while (!webrtcbin);
}

static void
assert_has_no_webrtcbin (GstElement *element)
{
  g_autoptr (GstElement) webrtcbin = NULL;

  g_object_get (element, "webrtcbin", &webrtcbin, NULL);
  fail_unless (webrtcbin == NULL);
  fail_unless_equals_int (GST_BIN_NUMCHILDREN (element), 0);
}

/*** Tests ***/

GST_START_TEST (test_a_missing_plugin_is_said_at_once)
{
  GstElement *element, *pipeline;
  GstBus *bus;

  remove_plugin (lacks[__i__].plugin);
  pipeline = make_pipeline (&element, &bus);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_READY),
      GST_STATE_CHANGE_FAILURE);
  /* It is there when the state change returns. */
  assert_says_what_to_install (gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR),
      __i__);
  free_pipeline (pipeline, bus);
}

GST_END_TEST;

GST_START_TEST (test_a_plugin_that_is_lost_later_is_said_when_needed)
{
  GstElement *element, *pipeline;
  GstBus *bus;

  pipeline = make_pipeline (&element, &bus);
  fail_if (gst_element_set_state (pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE);
  wait_webrtcbin (element, bus);

  remove_plugin (lacks[__i__].plugin);
  g_signal_emit_by_name (element, "restart");
  assert_says_what_to_install (gst_bus_timed_pop_filtered (bus, DEADLINE,
                                   GST_MESSAGE_ERROR),
      __i__);
  assert_has_no_webrtcbin (element);
  free_pipeline (pipeline, bus);
}

GST_END_TEST;

static void
on_element_added (GstBin *negotiator G_GNUC_UNUSED,
    GstElement *webrtcbin G_GNUC_UNUSED, gpointer plugin)
{
  remove_plugin (plugin);
}

/* webrtcbin itself looks for these two when it starts. */
GST_START_TEST (test_a_webrtcbin_that_does_not_start_is_put_away)
{
  static gchar plugins[][5] = { "nice", "dtls" };
  GstElement *element, *pipeline;
  g_autoptr (GstMessage) webrtcbins = NULL, ours = NULL;
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  GstBus *bus;

  pipeline = make_pipeline (&element, &bus);
  g_signal_connect (element, "element-added", G_CALLBACK (on_element_added),
      plugins[__i__]);
  /* It may be this that starts the webrtcbin, in vain, or the element's thread. */
  gst_element_set_state (pipeline, GST_STATE_PLAYING);

  webrtcbins = gst_bus_timed_pop_filtered (bus, DEADLINE, GST_MESSAGE_ERROR);
  fail_unless (webrtcbins != NULL);
  fail_if (GST_MESSAGE_SRC (webrtcbins) == GST_OBJECT (element));
  text = get_text (webrtcbins);

  ours = gst_bus_timed_pop_filtered (bus, DEADLINE, GST_MESSAGE_ERROR);
  fail_unless (ours != NULL);
  fail_unless (GST_MESSAGE_SRC (ours) == GST_OBJECT (element));
  assert_has_no_webrtcbin (element);
  free_pipeline (pipeline, bus);
}

GST_END_TEST;

/*** Getting ready ***/

static gboolean
is_loaded (const gchar *name)
{
  g_autoptr (GstPlugin) plugin =
      gst_registry_find_plugin (gst_registry_get (), name);

  return plugin && gst_plugin_is_loaded (plugin);
}

/* The way to NULL waits for what was begun in READY. */
GST_START_TEST (test_plugins_are_loaded_before_there_is_a_peer)
{
  GstElement *element, *pipeline;
  GstBus *bus;

  fail_if (is_loaded ("nice"));
  pipeline = make_pipeline (&element, &bus);
  fail_if (gst_element_set_state (pipeline, GST_STATE_READY)
      == GST_STATE_CHANGE_FAILURE);
  free_pipeline (pipeline, bus);
  for (guint i = 0; i < G_N_ELEMENTS (lacks); i++)
    fail_unless (is_loaded (lacks[i].plugin), "%s", lacks[i].plugin);
}

GST_END_TEST;

static Suite *
starting_suite (void)
{
  Suite *suite = suite_create ("starting");
  TCase *lacking = tcase_create ("lacking plugins");
  TCase *ready = tcase_create ("getting ready");

  /* Before all that loads plugins. */
  suite_add_tcase (suite, ready);
  tcase_add_test (ready, test_plugins_are_loaded_before_there_is_a_peer);

  suite_add_tcase (suite, lacking);
  tcase_add_checked_fixture (lacking, NULL, put_plugins_back);
  tcase_add_loop_test (lacking, test_a_missing_plugin_is_said_at_once, 0,
      G_N_ELEMENTS (lacks));
  tcase_add_loop_test (lacking,
      test_a_plugin_that_is_lost_later_is_said_when_needed, 0,
      G_N_ELEMENTS (lacks));
  tcase_add_loop_test (lacking,
      test_a_webrtcbin_that_does_not_start_is_put_away, 0, 2);
  return suite;
}

CHECK_MAIN (starting)
