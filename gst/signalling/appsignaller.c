/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "appsignaller.h"

struct _WnAppSignaller
{
  GObject parent;

  gchar *peer_id;
  GSource *joining; /* until joined; NULL then */
  gboolean is_joined;
};

static void wn_app_signaller_iface_init (WnSignallerInterface *iface);

G_DEFINE_TYPE_WITH_CODE (WnAppSignaller, wn_app_signaller, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (WN_TYPE_SIGNALLER, wn_app_signaller_iface_init));

static guint outgoing_signal;

static gboolean
join (gpointer data)
{
  WnAppSignaller *self = data;
  static const gchar *const nobody[] = { NULL };

  g_clear_pointer (&self->joining, g_source_unref);
  self->is_joined = TRUE;
  wn_signaller_emit_joined (WN_SIGNALLER (self), self->peer_id, nobody);
  return G_SOURCE_REMOVE;
}

static void
wn_app_signaller_start (WnSignaller *signaller)
{
  WnAppSignaller *self = WN_APP_SIGNALLER (signaller);

  self->joining = g_idle_source_new ();
  g_source_set_priority (self->joining, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->joining, join, self, NULL);
  g_source_attach (self->joining, g_main_context_get_thread_default ());
}

static void
wn_app_signaller_stop (WnSignaller *signaller)
{
  WnAppSignaller *self = WN_APP_SIGNALLER (signaller);

  if (self->joining)
    g_source_destroy (self->joining);
  g_clear_pointer (&self->joining, g_source_unref);
  self->is_joined = FALSE;
}

static void
wn_app_signaller_send (WnSignaller *signaller, const gchar *to,
    const gchar *json)
{
  g_signal_emit (signaller, outgoing_signal, 0, to, json);
}

/* The application got @json from the peer @from, maybe before we came to join. */
void
wn_app_signaller_receive (WnAppSignaller *self, const gchar *from,
    const gchar *json)
{
  if (self->joining) {
    g_source_destroy (self->joining);
    join (self);
  }
  if (self->is_joined)
    wn_signaller_emit_message (WN_SIGNALLER (self), from, json);
}

static void
wn_app_signaller_finalize (GObject *object)
{
  WnAppSignaller *self = WN_APP_SIGNALLER (object);

  wn_app_signaller_stop (WN_SIGNALLER (self));
  g_free (self->peer_id);
  G_OBJECT_CLASS (wn_app_signaller_parent_class)->finalize (object);
}

static void
wn_app_signaller_iface_init (WnSignallerInterface *iface)
{
  iface->start = wn_app_signaller_start;
  iface->stop = wn_app_signaller_stop;
  iface->send = wn_app_signaller_send;
}

static void
wn_app_signaller_class_init (WnAppSignallerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wn_app_signaller_finalize;

  outgoing_signal =
      g_signal_new ("outgoing", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
          NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
wn_app_signaller_init (WnAppSignaller *self G_GNUC_UNUSED)
{
}

WnSignaller *
wn_app_signaller_new (const WnSignallerSettings *settings,
    GError **error G_GNUC_UNUSED)
{
  WnAppSignaller *self = g_object_new (WN_TYPE_APP_SIGNALLER, NULL);

  self->peer_id = g_strdup (settings->peer_id);
  return WN_SIGNALLER (self);
}
