/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "requirements.h"

/* webrtcbin makes these when it has a use for them, which for most is when the
 * remote peer is there, and does not look whether it got them.  From its source,
 * GStreamer 1.22 to 1.28, and from that of what it makes. */
static const struct
{
  const gchar *plugin;
  const gchar *package; /* of Debian and Ubuntu */
  const gchar *elements[11];
} requirements[] = {
  { "webrtc", "gstreamer1.0-plugins-bad", { "webrtcbin" } },
  { "nice", "gstreamer1.0-nice", { "nicesrc", "nicesink" } },
  { "dtls", "gstreamer1.0-plugins-bad",
      { "dtlsdec", "dtlsenc", "dtlssrtpdec", "dtlssrtpdemux", "dtlssrtpenc" } },
  { "srtp", "gstreamer1.0-plugins-bad", { "srtpdec", "srtpenc" } },
  { "sctp", "gstreamer1.0-plugins-bad", { "sctpdec", "sctpenc" } },
  { "rtpmanager", "gstreamer1.0-plugins-good",
      { "rtpbin", "rtpfunnel", "rtpjitterbuffer", "rtpptdemux", "rtprtxreceive",
          "rtprtxsend", "rtpsession", "rtpssrcdemux" } },
  { "rtp", "gstreamer1.0-plugins-good",
      { "rtpreddec", "rtpredenc", "rtpstorage", "rtpulpfecdec",
          "rtpulpfecenc" } },
  { "app", "gstreamer1.0-plugins-base", { "appsink", "appsrc" } },
  { "coreelements", "libgstreamer1.0-0",
      { "capsfilter", "clocksync", "funnel", "queue" } },
};

typedef gboolean (*IsThere) (GstElementFactory *factory);

static gboolean
is_known (GstElementFactory *factory G_GNUC_UNUSED)
{
  return TRUE;
}

/* The registry also knows of files that cannot be loaded any more. */
static gboolean
is_loaded (GstElementFactory *factory)
{
  g_autoptr (GstPluginFeature) loaded =
      gst_plugin_feature_load (GST_PLUGIN_FEATURE (factory));

  return loaded != NULL;
}

static gboolean
has_element (const gchar *name, IsThere is_there)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);

  return factory && is_there (factory);
}

static void
add_name (GString *names, const gchar *name)
{
  g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", name);
}

/* Names each package once. */
static void
add_package (GString *packages, const gchar *package)
{
  if (!g_strstr_len (packages->str, -1, package))
    g_string_append_printf (packages, "%s%s", packages->len > 0 ? " " : "",
        package);
}

static gboolean
look (IsThere is_there, GError **error)
{
  g_autoptr (GString) elements = g_string_new (NULL);
  g_autoptr (GString) plugins = g_string_new (NULL);
  g_autoptr (GString) packages = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (requirements); i++) {
    gsize n_found = elements->len;

    for (guint j = 0; requirements[i].elements[j]; j++) {
      if (!has_element (requirements[i].elements[j], is_there))
        add_name (elements, requirements[i].elements[j]);
    }
    if (elements->len > n_found) {
      add_name (plugins, requirements[i].plugin);
      add_package (packages, requirements[i].package);
    }
  }
  if (elements->len == 0)
    return TRUE;

  g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
      "GStreamer elements are missing without which there is no connection: %s. "
      "On Debian and Ubuntu, install them with \"apt-get install %s\"; "
      "elsewhere, install GStreamer's plugin %s. If it is installed, "
      "gst-inspect-1.0 --print-blacklist may say why it does not load.",
      elements->str, packages->str, plugins->str);
  return FALSE;
}

/**
 * wn_requirements_check:
 *
 * Quick: nothing is loaded for it.
 *
 * Returns: FALSE if the registry lacks something; @error says what to install
 */
gboolean
wn_requirements_check (GError **error)
{
  return look (is_known, error);
}

/**
 * wn_requirements_load:
 *
 * As wn_requirements_check(), and all of it is loaded when it returns.  The first
 * time takes some tenths of a second.
 */
gboolean
wn_requirements_load (GError **error)
{
  return look (is_loaded, error);
}

static gpointer
warm_up (gpointer data G_GNUC_UNUSED)
{
  g_autoptr (GstElement) dtlsdec = NULL;

  if (wn_requirements_load (NULL))
    dtlsdec = gst_element_factory_make ("dtlsdec", NULL);
  if (dtlsdec)
    gst_object_ref_sink (dtlsdec);
  return NULL;
}

/**
 * wn_requirements_warm_up:
 *
 * Does on a thread of its own what would make the first offer or answer of a
 * process late: plugins are loaded, and the certificate that all connections share
 * is made, by the first dtlsdec that there is.
 *
 * Returns: (transfer full) (nullable): the thread, to be joined; %NULL if another
 *   one has been started before
 */
GThread *
wn_requirements_warm_up (void)
{
  static gint is_begun = FALSE;

  if (!g_atomic_int_compare_and_exchange (&is_begun, FALSE, TRUE))
    return NULL;
  return g_thread_new ("wn-warm-up", warm_up, NULL);
}

/* Returns: whether @error, of whatever element, says that something is missing */
gboolean
wn_requirements_is_missing (const GError *error)
{
  return g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN);
}
