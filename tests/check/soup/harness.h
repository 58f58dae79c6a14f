/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libsoup/soup.h>

#include "signalling/signaller.h"

G_BEGIN_DECLS

/* Things that happened, as texts, in their order. */
typedef struct
{
  const gchar *name;
  GQueue events;
} Record;

void record_add (Record *record, const gchar *format, ...) G_GNUC_PRINTF (2, 3);
void expect (Record *record, const gchar *event);
void expect_prefix (Record *record, const gchar *prefix);
gchar *take_event (Record *record);
void expect_nothing (Record *record);
void record_clear (Record *record);
void settle (void);

/* A signaller, with what it emitted. */
typedef struct
{
  Record record;
  WnSignaller *signaller;
  /* With a signal's name in it, that signal's handler stops the signaller. */
  const gchar *stop_on;
} Watched;

void watched_init (Watched *self, const WnSignallerSettings *settings);
void watched_start (Watched *self);
void watched_clear (Watched *self);
guint16 watched_expect_listening (Watched *self);

/* A WebSocket client without any protocol. */
typedef struct
{
  Record record;
  SoupSession *session;
  SoupWebsocketConnection *connection;
} Raw;

void raw_connect (Raw *self, const gchar *name, const gchar *uri);
void raw_connect_from (Raw *self, const gchar *name, const gchar *uri,
    const gchar *from);
void raw_join (Raw *self, const gchar *name, guint16 port, const gchar *room,
    const gchar *id, const gchar *resume);
void raw_say (Raw *self, const gchar *text);
void raw_close (Raw *self);
void raw_cut (Raw *self);
gchar *raw_expect_joined (Raw *self);

/* A line to a port of this machine that can be cut. */
typedef struct
{
  GSocketService *service;
  guint16 port, to;
  gboolean down;
  /* Of GSocketConnection. */
  GPtrArray *ends;
} Cable;

void cable_init (Cable *self, guint16 to);
void cable_cut (Cable *self);
void cable_clear (Cable *self);

gchar *uri_of (guint16 port);

G_END_DECLS
