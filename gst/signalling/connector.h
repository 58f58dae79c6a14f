/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A connector makes lines to one place, one after the other, as often as they
 * break: to a server at a URI, or to one of this process's own. */

#pragma once

#include "line.h"
#include "log.h"

G_BEGIN_DECLS

typedef struct _WnConnector WnConnector;

/**
 * WnConnectorCallbacks:
 * @connected: @line (transfer full) is there.  Also from within
 *   wn_connector_connect()
 * @failed: there is none; @error, of #WnSignallingError, says what the user can
 *   do
 * @listening: a server of this process's own is ready at this address
 * @warning: see #WnSignaller
 *
 * Where not said otherwise, called from the main loop; each may stop and free the
 * connector.
 */
typedef struct
{
  void (*connected) (WnLine *line, gpointer user_data);
  void (*failed) (const GError *error, gpointer user_data);
  void (*listening) (const gchar *uri, gpointer user_data);
  void (*warning) (const gchar *name, const GError *error, gpointer user_data);
} WnConnectorCallbacks;

/**
 * WnConnectorClass:
 * @open: (nullable): takes what can be had or missed before the start; see
 *   wn_signaller_open()
 * @start: gets ready
 * @connect: begins an attempt
 * @cancel: ends the attempt that is under way, if one is: no callback follows
 * @stop: undoes @open and @start; no callback follows.  A server says good-bye to
 *   everybody.  May be called when nothing was opened
 * @free: after @stop
 *
 * A kind of connector.
 */
typedef struct
{
  gboolean (*open) (WnConnector *self, GError **error);
  void (*start) (WnConnector *self);
  void (*connect) (WnConnector *self);
  void (*cancel) (WnConnector *self);
  void (*stop) (WnConnector *self);
  void (*free) (WnConnector *self);
} WnConnectorClass;

/**
 * WnConnector:
 * @log: where whoever uses its lines writes, too
 *
 * For implementations: to be the first field of theirs.
 */
struct _WnConnector
{
  const WnConnectorClass *klass;
  WnLogCategory *log;
  const WnConnectorCallbacks *callbacks;
  gpointer user_data;
};

void wn_connector_set_callbacks (WnConnector *self,
    const WnConnectorCallbacks *callbacks, gpointer user_data);
gboolean wn_connector_open (WnConnector *self, GError **error);
void wn_connector_start (WnConnector *self);
void wn_connector_connect (WnConnector *self);
void wn_connector_cancel (WnConnector *self);
void wn_connector_stop (WnConnector *self);
void wn_connector_free (WnConnector *self);

G_END_DECLS
