/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "appsignaller.h"
#include "error.h"
#include "protocols.h"
#include "source.h"

struct _WnAppSignaller
{
  GObject parent;

  gchar *peer_id;
  const WnProtocolClass *protocol;
  GSource *joining; /* until joined; NULL then */
  gboolean is_joined;
};

static void wn_app_signaller_iface_init (WnSignallerInterface *iface);

G_DEFINE_TYPE_WITH_CODE (WnAppSignaller, wn_app_signaller, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (WN_TYPE_SIGNALLER, wn_app_signaller_iface_init));

static gboolean
join (gpointer data)
{
  WnAppSignaller *self = data;
  static const gchar *const nobody[] = { NULL };

  wn_source_clear (&self->joining);
  self->is_joined = TRUE;
  wn_signaller_emit_joined (WN_SIGNALLER (self), self->peer_id, nobody);
  return G_SOURCE_REMOVE;
}

static void
wn_app_signaller_start (WnSignaller *signaller)
{
  WnAppSignaller *self = WN_APP_SIGNALLER (signaller);

  self->joining = wn_source_new_idle ("wn-app-joining", join, self);
}

static void
wn_app_signaller_stop (WnSignaller *signaller)
{
  WnAppSignaller *self = WN_APP_SIGNALLER (signaller);

  wn_source_clear (&self->joining);
  self->is_joined = FALSE;
}

static void
wn_app_signaller_send (WnSignaller *signaller, const gchar *to,
    const gchar *json)
{
  wn_signaller_emit_outgoing (signaller, to, json);
}

/* The application got @json from the peer @from, maybe before we came to join. */
static gboolean
wn_app_signaller_receive (WnSignaller *signaller, const gchar *from,
    const gchar *json, GError **error)
{
  WnAppSignaller *self = WN_APP_SIGNALLER (signaller);

  if (!g_utf8_validate (from, -1, NULL)) {
    g_set_error_literal (error, WN_SIGNALLING_ERROR,
        WN_SIGNALLING_ERROR_CONNECTION, "the sender's id is not UTF-8");
    return FALSE;
  }
  if (self->joining)
    join (self);
  if (self->is_joined)
    wn_signaller_emit_message (signaller, from, json);
  return TRUE;
}

/* Whoever sends messages is there: the application knows of peers, not we. */
static WnSignallerTraits
wn_app_signaller_get_traits (WnSignaller *signaller)
{
  WnAppSignaller *self = WN_APP_SIGNALLER (signaller);

  return WN_SIGNALLER_KNOWS_NOBODY
      | (self->protocol->has_ids ? WN_SIGNALLER_HAS_IDS : 0);
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
  iface->get_traits = wn_app_signaller_get_traits;
  iface->start = wn_app_signaller_start;
  iface->stop = wn_app_signaller_stop;
  iface->send = wn_app_signaller_send;
  iface->receive = wn_app_signaller_receive;
}

static void
wn_app_signaller_class_init (WnAppSignallerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wn_app_signaller_finalize;
}

static void
wn_app_signaller_init (WnAppSignaller *self)
{
}

WnSignaller *
wn_app_signaller_new (const WnSignallerSettings *settings, GError **error)
{
  WnAppSignaller *self = g_object_new (WN_TYPE_APP_SIGNALLER, NULL);

  self->peer_id = g_strdup (settings->peer_id);
  self->protocol = wn_protocols_find (settings->protocol);
  return WN_SIGNALLER (self);
}
