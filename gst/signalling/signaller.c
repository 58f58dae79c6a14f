/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "signaller.h"

#include "objectsignal.h"
#include "error.h"
#include "id.h"
#include "printable.h"
#include "protocols.h"

#include <string.h>

G_DEFINE_INTERFACE (WnSignaller, wn_signaller, G_TYPE_OBJECT)

enum
{
  SIGNAL_JOINED,
  SIGNAL_PEER_JOINED,
  SIGNAL_PEER_LEFT,
  SIGNAL_MESSAGE,
  SIGNAL_LOST,
  SIGNAL_BACK,
  SIGNAL_COMPLAINT,
  SIGNAL_FAILED,
  SIGNAL_LISTENING,
  SIGNAL_OUTGOING,
  SIGNAL_WARNING,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
wn_signaller_default_init (WnSignallerInterface *iface G_GNUC_UNUSED)
{
  const GType string = G_TYPE_STRING;

  signals[SIGNAL_JOINED] = wn_object_signal_new (WN_TYPE_SIGNALLER, "joined", 2,
      string, G_TYPE_STRV);
  signals[SIGNAL_PEER_JOINED] =
      wn_object_signal_new (WN_TYPE_SIGNALLER, "peer-joined", 1, string);
  signals[SIGNAL_PEER_LEFT] =
      wn_object_signal_new (WN_TYPE_SIGNALLER, "peer-left", 1, string);
  signals[SIGNAL_MESSAGE] =
      wn_object_signal_new (WN_TYPE_SIGNALLER, "message", 2, string, string);
  signals[SIGNAL_LOST] =
      wn_object_signal_new (WN_TYPE_SIGNALLER, "lost", 1, string);
  signals[SIGNAL_BACK] = wn_object_signal_new (WN_TYPE_SIGNALLER, "back", 0);
  signals[SIGNAL_COMPLAINT] =
      wn_object_signal_new (WN_TYPE_SIGNALLER, "complaint", 2, string, string);
  signals[SIGNAL_FAILED] =
      wn_object_signal_new (WN_TYPE_SIGNALLER, "failed", 1, G_TYPE_ERROR);
  signals[SIGNAL_LISTENING] =
      wn_object_signal_new (WN_TYPE_SIGNALLER, "listening", 1, string);
  signals[SIGNAL_OUTGOING] =
      wn_object_signal_new (WN_TYPE_SIGNALLER, "outgoing", 2, string, string);
  signals[SIGNAL_WARNING] = wn_object_signal_new (WN_TYPE_SIGNALLER, "warning",
      2, string, G_TYPE_ERROR);
}

WnSignallerTraits
wn_signaller_get_traits (WnSignaller *self)
{
  g_return_val_if_fail (WN_IS_SIGNALLER (self), 0);

  return WN_SIGNALLER_GET_IFACE (self)->get_traits (self);
}

gboolean
wn_signaller_open (WnSignaller *self, GError **error)
{
  WnSignallerInterface *iface = WN_SIGNALLER_GET_IFACE (self);

  g_return_val_if_fail (WN_IS_SIGNALLER (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return iface->open ? iface->open (self, error) : TRUE;
}

void
wn_signaller_start (WnSignaller *self)
{
  g_return_if_fail (WN_IS_SIGNALLER (self));

  WN_SIGNALLER_GET_IFACE (self)->start (self);
}

void
wn_signaller_stop (WnSignaller *self)
{
  g_return_if_fail (WN_IS_SIGNALLER (self));

  WN_SIGNALLER_GET_IFACE (self)->stop (self);
}

void
wn_signaller_send (WnSignaller *self, const gchar *to, const gchar *json)
{
  g_return_if_fail (WN_IS_SIGNALLER (self));
  g_return_if_fail (to != NULL);
  g_return_if_fail (json != NULL);

  WN_SIGNALLER_GET_IFACE (self)->send (self, to, json);
}

/* Returns: FALSE with @error set if it is nothing that an application may hand
 *   over.  What is not for the application to carry is dropped. */
gboolean
wn_signaller_receive (WnSignaller *self, const gchar *from, const gchar *json,
    GError **error)
{
  WnSignallerInterface *iface = WN_SIGNALLER_GET_IFACE (self);

  g_return_val_if_fail (WN_IS_SIGNALLER (self), FALSE);
  g_return_val_if_fail (from != NULL, FALSE);
  g_return_val_if_fail (json != NULL, FALSE);

  return iface->receive == NULL || iface->receive (self, from, json, error);
}

/*** For implementations ***/

void
wn_signaller_emit_joined (WnSignaller *self, const gchar *own_id,
    const gchar *const *peer_ids)
{
  g_signal_emit (self, signals[SIGNAL_JOINED], 0, own_id, peer_ids);
}

void
wn_signaller_emit_peer_joined (WnSignaller *self, const gchar *id)
{
  g_signal_emit (self, signals[SIGNAL_PEER_JOINED], 0, id);
}

void
wn_signaller_emit_peer_left (WnSignaller *self, const gchar *id)
{
  g_signal_emit (self, signals[SIGNAL_PEER_LEFT], 0, id);
}

void
wn_signaller_emit_message (WnSignaller *self, const gchar *from,
    const gchar *json)
{
  g_signal_emit (self, signals[SIGNAL_MESSAGE], 0, from, json);
}

void
wn_signaller_emit_lost (WnSignaller *self, const gchar *reason)
{
  g_signal_emit (self, signals[SIGNAL_LOST], 0, reason);
}

void
wn_signaller_emit_back (WnSignaller *self)
{
  g_signal_emit (self, signals[SIGNAL_BACK], 0);
}

void
wn_signaller_emit_complaint (WnSignaller *self, const gchar *code,
    const gchar *text)
{
  g_signal_emit (self, signals[SIGNAL_COMPLAINT], 0, code, text);
}

void
wn_signaller_emit_failed (WnSignaller *self, const GError *error)
{
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, error);
}

void
wn_signaller_emit_listening (WnSignaller *self, const gchar *uri)
{
  g_signal_emit (self, signals[SIGNAL_LISTENING], 0, uri);
}

void
wn_signaller_emit_outgoing (WnSignaller *self, const gchar *to,
    const gchar *json)
{
  g_signal_emit (self, signals[SIGNAL_OUTGOING], 0, to, json);
}

void
wn_signaller_emit_warning (WnSignaller *self, const gchar *name,
    const GError *error)
{
  g_signal_emit (self, signals[SIGNAL_WARNING], 0, name, error);
}

/*** The registry ***/

typedef struct
{
  /* NULL: the embedded server. */
  gchar *scheme;
  WnSignallerConstructor constructor;
} Entry;

/* Of Entry; for as long as the process lives.  Guarded by the lock. */
static GArray *registry;
static GMutex registry_lock;

static Entry *
find_unlocked (const gchar *scheme)
{
  guint i;

  for (i = 0; registry && i < registry->len; i++) {
    Entry *entry = &g_array_index (registry, Entry, i);

    if (scheme && entry->scheme
        && g_ascii_strcasecmp (entry->scheme, scheme) == 0)
      return entry;
    if (!scheme && !entry->scheme)
      return entry;
  }
  return NULL;
}

void
wn_signaller_register (const gchar *scheme, WnSignallerConstructor constructor)
{
  Entry *entry;

  g_return_if_fail (constructor != NULL);

  g_mutex_lock (&registry_lock);
  if (!registry)
    registry = g_array_new (FALSE, FALSE, sizeof (Entry));
  entry = find_unlocked (scheme);
  if (entry) {
    entry->constructor = constructor;
  } else {
    Entry added = { g_strdup (scheme), constructor };

    g_array_append_val (registry, added);
  }
  g_mutex_unlock (&registry_lock);
}

static WnSignallerConstructor
find_constructor (const gchar *scheme)
{
  WnSignallerConstructor constructor = NULL;
  Entry *entry;

  g_mutex_lock (&registry_lock);
  entry = find_unlocked (scheme);
  if (entry)
    constructor = entry->constructor;
  g_mutex_unlock (&registry_lock);
  return constructor;
}

/* Such as "app:, ws:// or wss://, or leave it unset for …" */
static gchar *
describe_schemes (void)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  gboolean has_server;
  guint i;

  g_mutex_lock (&registry_lock);
  for (i = 0; registry && i < registry->len; i++) {
    const gchar *scheme = g_array_index (registry, Entry, i).scheme;

    if (scheme)
      g_ptr_array_add (names,
          g_strconcat (scheme, strcmp (scheme, "app") == 0 ? ":" : "://",
              NULL));
  }
  has_server = find_unlocked (NULL) != NULL;
  g_mutex_unlock (&registry_lock);

  if (has_server)
    g_ptr_array_add (names,
        g_strdup ("nothing at all (to serve from this element)"));
  g_ptr_array_add (names, NULL);
  return names->len > 1 ? g_strjoinv (", ", (GStrv) names->pdata)
                        : g_strdup ("none in this build");
}

static void set_error (GError **error, WnSignallingError code,
    const gchar *format, ...) G_GNUC_PRINTF (3, 4);

static void
set_error (GError **error, WnSignallingError code, const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error && *error == NULL)
    *error = g_error_new_valist (WN_SIGNALLING_ERROR, code, format, args);
  va_end (args);
}

static gboolean
check_settings (const WnSignallerSettings *settings, GError **error)
{
  if (wn_protocols_find (settings->protocol) == NULL) {
    g_autofree gchar *names = wn_protocols_list ();

    set_error (error, WN_SIGNALLING_ERROR_SETTINGS,
        "There is no protocol \"%s\". Set protocol to %s.",
        settings->protocol ? wn_printable_in_sentence (settings->protocol) : "",
        names);
    return FALSE;
  }
  if (!settings->room || !wn_id_is_valid (settings->room)) {
    set_error (error, WN_SIGNALLING_ERROR_SETTINGS,
        "\"%s\" cannot be the name of "
        "a room. Set room to 1 to 64 of A-Z a-z 0-9 . _ -",
        settings->room ? wn_printable_in_sentence (settings->room) : "");
    return FALSE;
  }
  if (!settings->peer_id || !wn_id_is_valid (settings->peer_id)) {
    set_error (error, WN_SIGNALLING_ERROR_SETTINGS,
        "\"%s\" cannot be a peer's id. "
        "Set peer-id to 1 to 64 of A-Z a-z 0-9 . _ -, or leave it unset.",
        settings->peer_id ? wn_printable_in_sentence (settings->peer_id) : "");
    return FALSE;
  }
  return TRUE;
}

WnSignaller *
wn_signaller_new (const WnSignallerSettings *settings, GError **error)
{
  g_autofree gchar *scheme = NULL, *schemes = NULL;
  WnSignallerConstructor constructor;

  g_return_val_if_fail (settings != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!check_settings (settings, error))
    return NULL;
  if (settings->uri)
    scheme = g_uri_parse_scheme (settings->uri);
  if (settings->uri && !scheme) {
    schemes = describe_schemes ();
    set_error (error, WN_SIGNALLING_ERROR_SETTINGS,
        "\"%s\" is not a URI. Set "
        "signaller-uri to something like ws://192.0.2.7:8443/ws (there is: "
        "%s).",
        wn_printable_in_sentence (settings->uri), schemes);
    return NULL;
  }
  constructor = find_constructor (scheme);
  if (!constructor) {
    schemes = describe_schemes ();
    if (scheme)
      set_error (error, WN_SIGNALLING_ERROR_SETTINGS,
          "No signaller serves "
          "%s: URIs such as \"%s\". Set signaller-uri to one of: %s.",
          wn_printable_in_sentence (scheme),
          wn_printable_in_sentence (settings->uri), schemes);
    else
      set_error (error, WN_SIGNALLING_ERROR_SETTINGS,
          "This build has no "
          "embedded server (libsoup was not there). Set signaller-uri to one "
          "of: %s.",
          schemes);
    return NULL;
  }
  return constructor (settings, error);
}
