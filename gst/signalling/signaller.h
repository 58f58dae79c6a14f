/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define WN_TYPE_SIGNALLER (wn_signaller_get_type ())
G_DECLARE_INTERFACE (WnSignaller, wn_signaller, WN, SIGNALLER, GObject)

/**
 * WnSignallerTraits:
 * @WN_SIGNALLER_HAS_IDS: peers have ids, which both of two know
 * @WN_SIGNALLER_HAS_PRESENCE: somebody says who comes and who goes.  Else peers
 *   say themselves that they go, and whoever says something is there
 * @WN_SIGNALLER_KNOWS_NOBODY: it cannot even say whether there is a peer: what is
 *   said reaches whoever hears it
 * @WN_SIGNALLER_CHECKS_JSON: every message that it hands over was found to be JSON
 *
 * What a meeting has to know of a signaller.
 */
typedef enum
{
  WN_SIGNALLER_HAS_IDS = 1 << 0,
  WN_SIGNALLER_HAS_PRESENCE = 1 << 1,
  WN_SIGNALLER_KNOWS_NOBODY = 1 << 2,
  WN_SIGNALLER_CHECKS_JSON = 1 << 3,
} WnSignallerTraits;

/**
 * WnSignallerInterface:
 * @get_traits: what is peculiar about it; the same for its life, on any thread
 * @open: (nullable): takes what can be had or missed before anything is said to
 *   anybody, such as a port; on any thread, once, before @start.  May block for
 *   some seconds.  FALSE with @error set, of #WnSignallingError
 * @start: begins to join; returns at once
 * @stop: leaves and releases every resource; no signal is emitted from the
 *   moment it is called on
 * @send: sends @json, a message between peers, to the peer @to.  Keeps it (up
 *   to a bound) while the connection is lost
 * @receive: (nullable): the application got @json from the peer @from.  %NULL
 *   where the signaller gets messages itself.  It may emit `message`
 *
 * A way for peers to find each other and to exchange messages.  A signaller
 * carries JSON and knows nothing of SDP.
 *
 * All but @open runs in one thread: the functions are called, and the signals are
 * emitted, in the #GMainContext that was the thread's default in
 * wn_signaller_start().  A function never emits a signal before it returns, but
 * for @send and @receive where the application carries the messages.
 *
 * Signals:
 *
 * - `joined (own_id, peer_ids)` (string, GStrv): the room was joined, with those
 *   peers in it.  Again whenever it had to be joined anew, because the former
 *   place could not be taken over: then @peer_ids is the whole truth.
 * - `peer-joined (id)`, `peer-left (id)`
 * - `message (from, json)`: a message between peers, as it came: not checked,
 *   but with %WN_SIGNALLER_CHECKS_JSON.
 * - `lost (reason)`: the connection broke; the signaller tries to get it back.
 * - `back ()`: the same place was taken over; nobody noticed.
 * - `complaint (code, text)`: the server refused one message of ours, or the
 *   server sent something that is not of the protocol (code `bad-message`).
 *   Things go on.
 * - `failed (error)` (GError): it cannot do its job, and will not try again.
 *   The message says what the user can do.
 * - `listening (uri)`: an embedded server is ready at this address.
 * - `outgoing (to, json)`: the application is to carry @json to the peer @to.
 * - `warning (name, error)` (GError): things go on, but whoever runs this has to
 *   know; @name is that of an event.  Never often.
 */
struct _WnSignallerInterface
{
  GTypeInterface parent;

  WnSignallerTraits (*get_traits) (WnSignaller *self);
  gboolean (*open) (WnSignaller *self, GError **error);
  void (*start) (WnSignaller *self);
  void (*stop) (WnSignaller *self);
  void (*send) (WnSignaller *self, const gchar *to, const gchar *json);
  gboolean (*receive) (WnSignaller *self, const gchar *from, const gchar *json,
      GError **error);
};

WnSignallerTraits wn_signaller_get_traits (WnSignaller *self);
gboolean wn_signaller_open (WnSignaller *self, GError **error);
void wn_signaller_start (WnSignaller *self);
void wn_signaller_stop (WnSignaller *self);
void wn_signaller_send (WnSignaller *self, const gchar *to, const gchar *json);
gboolean wn_signaller_receive (WnSignaller *self, const gchar *from,
    const gchar *json, GError **error);

/* For implementations. */
void wn_signaller_emit_joined (WnSignaller *self, const gchar *own_id,
    const gchar *const *peer_ids);
void wn_signaller_emit_peer_joined (WnSignaller *self, const gchar *id);
void wn_signaller_emit_peer_left (WnSignaller *self, const gchar *id);
void wn_signaller_emit_message (WnSignaller *self, const gchar *from,
    const gchar *json);
void wn_signaller_emit_lost (WnSignaller *self, const gchar *reason);
void wn_signaller_emit_back (WnSignaller *self);
void wn_signaller_emit_complaint (WnSignaller *self, const gchar *code,
    const gchar *text);
void wn_signaller_emit_failed (WnSignaller *self, const GError *error);
void wn_signaller_emit_listening (WnSignaller *self, const gchar *uri);
void wn_signaller_emit_outgoing (WnSignaller *self, const gchar *to,
    const gchar *json);
void wn_signaller_emit_warning (WnSignaller *self, const gchar *name,
    const GError *error);

/**
 * WnSignallerSettings:
 *
 * What the element's properties say about signalling.  The strings belong to
 * the caller.
 */
typedef struct
{
  /* The signaller-uri property; NULL for the embedded server. */
  const gchar *uri;
  /* HOST:PORT or [HOST]:PORT for the embedded server. */
  const gchar *listen;
  /* One that wn_protocols_find() finds. */
  const gchar *protocol;
  const gchar *room;
  /* Never NULL: the element chooses one when the user does not. */
  const gchar *peer_id;
  /* May be NULL. */
  const gchar *token;
  /* Of the embedded server, see origins.c; may be NULL. */
  const gchar *allowed_origins;
} WnSignallerSettings;

/**
 * WnSignallerConstructor:
 *
 * Returns: (transfer full) (nullable): the signaller, not started; or NULL with
 *   @error set, of #WnSignallingError
 */
typedef WnSignaller
    *(*WnSignallerConstructor) (const WnSignallerSettings *settings,
        GError **error);

/* @scheme: of the URIs that @constructor serves, such as "ws"; NULL registers
 * the embedded server, for no URI at all.  Called when the plugin is loaded. */
void wn_signaller_register (const gchar *scheme,
    WnSignallerConstructor constructor);

/**
 * wn_signaller_new:
 *
 * Returns: (transfer full) (nullable): the signaller for @settings' URI; or NULL
 *   with @error set: the URI is malformed, or no signaller serves its scheme
 */
WnSignaller *wn_signaller_new (const WnSignallerSettings *settings,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
