/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A line carries text to one other end and back: a WebSocket, for one.  What the
 * text says is a protocol's to know. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Close codes (RFC 6455, section 7.4).  Of the registered ones libsoup knows
 * those below 1012 only; 4000 to 4999 are for private use. */
#define WN_CLOSE_NORMAL 1000
#define WN_CLOSE_GOING_AWAY 1001
#define WN_CLOSE_POLICY 1008
#define WN_CLOSE_TAKEN_OVER 4001
#define WN_CLOSE_FULL 4013

typedef struct _WnLine WnLine;

/**
 * WnLineCallbacks:
 * @text: a text came; it ends in a NUL that @length does not count
 * @binary: something came that is no text
 * @other: (nullable): the other peer came or went; see wn_line_has_other()
 * @closed: the last call.  @in_good_order: the other end said that it closes
 *
 * Called from the main loop, never from within a function of the line.  Each of
 * them may free the line.
 */
typedef struct
{
  void (*text) (WnLine *self, const gchar *text, gsize length,
      gpointer user_data);
  void (*binary) (WnLine *self, gpointer user_data);
  void (*other) (WnLine *self, gpointer user_data);
  void (*closed) (WnLine *self, gboolean in_good_order, const gchar *reason,
      gpointer user_data);
} WnLineCallbacks;

/**
 * WnLineClass:
 * @send: sends what is queued in its order.  Too much that is not taken ends the
 *   line
 * @close: sends what is queued, and then says that it closes; the closed callback
 *   follows
 * @free: the same, as far as it can be done at once; no callback follows
 *
 * A kind of line.
 */
typedef struct
{
  void (*send) (WnLine *self, const gchar *text);
  void (*close) (WnLine *self, guint16 code, const gchar *reason);
  void (*free) (WnLine *self, guint16 code, const gchar *reason);
} WnLineClass;

/**
 * WnLine:
 * @callbacks: (nullable): static; whose it is.  Nothing comes before it is set
 * @other_is_missing: nobody is at the other end yet, or any more.  Most lines do
 *   not know
 * @is_checked: what comes on it was found to be JSON already, in this process
 *
 * For implementations: to be the first field of theirs.
 */
struct _WnLine
{
  const WnLineClass *klass;
  const WnLineCallbacks *callbacks;
  gpointer user_data;
  gboolean other_is_missing;
  gboolean is_checked;
};

void wn_line_set_callbacks (WnLine *self, const WnLineCallbacks *callbacks,
    gpointer user_data);
void wn_line_send (WnLine *self, const gchar *text);
void wn_line_close (WnLine *self, guint16 code, const gchar *reason);
void wn_line_free (WnLine *self, guint16 code, const gchar *reason);

gboolean wn_line_has_other (WnLine *self);
gboolean wn_line_is_checked (WnLine *self);

/* For implementations. */
void wn_line_tell_text (WnLine *self, const gchar *text, gsize length);
void wn_line_tell_binary (WnLine *self);
void wn_line_tell_other (WnLine *self, gboolean is_there);
void wn_line_tell_closed (WnLine *self, gboolean in_good_order,
    const gchar *reason);

G_END_DECLS
