/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "localline.h"
#include "printable.h"
#include "source.h"

#include <string.h>

/* What the relay has for us, until the main loop takes it there. */
typedef struct
{
  enum
  {
    ITEM_TEXT,
    ITEM_BINARY,
    ITEM_OTHER,
    ITEM_CLOSED,
  } type;
  /* Of TEXT, or the reason of CLOSED. */
  gchar *text;
  gsize length;
  /* Of OTHER. */
  gboolean is_there;
} Item;

typedef struct
{
  WnLine line;
  /* NULL when it is gone. */
  WnRelay *relay;
  WnRelayClient *client;
  /* Where what is said is written. */
  WnLogCategory *log;
  /* Of Item, owned. */
  GQueue items;
  /* Runs while there are any. */
  GSource *idle;
} WnLocalLine;

static void
item_free (Item *item)
{
  g_free (item->text);
  g_free (item);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Item, item_free)

static void
clear_items (WnLocalLine *self)
{
  g_queue_clear_full (&self->items, (GDestroyNotify) item_free);
  wn_source_clear (&self->idle);
}

static void
hang_up (WnLocalLine *self)
{
  if (self->relay)
    wn_relay_disconnect (self->relay, self->client, TRUE,
        g_get_monotonic_time ());
  self->relay = NULL;
}

/* One of them, as whoever gets it may free the line. */
static gboolean
on_idle (gpointer user_data)
{
  WnLocalLine *self = user_data;
  g_autoptr (Item) item = g_queue_pop_head (&self->items);

  if (self->items.length == 0)
    clear_items (self);
  switch (item->type) {
    case ITEM_TEXT:
      wn_line_tell_text (&self->line, item->text, item->length);
      break;
    case ITEM_BINARY:
      wn_line_tell_binary (&self->line);
      break;
    case ITEM_OTHER:
      wn_line_tell_other (&self->line, item->is_there);
      break;
    case ITEM_CLOSED:
      hang_up (self);
      wn_line_tell_closed (&self->line, TRUE, item->text);
      break;
  }
  return G_SOURCE_CONTINUE;
}

static Item *
push (WnLocalLine *self, gint type)
{
  Item *item = g_new0 (Item, 1);

  item->type = type;
  g_queue_push_tail (&self->items, item);
  if (!self->idle)
    self->idle = wn_source_new_idle ("wn-local-line", on_idle, self);
  return item;
}

/*** From the relay ***/

static void
on_send (const gchar *text, gsize length, gpointer user_data)
{
  WnLocalLine *self = user_data;
  Item *item = push (self, ITEM_TEXT);

  WN_LOG_TO (self->log, TRACE, NULL, "to ourselves: %s",
      wn_printable_for_log (text));
  /* With the NUL. */
  item->text = g_memdup2 (text, length + 1);
  item->length = length;
}

static void
on_close (guint16 code, const gchar *reason, gpointer user_data)
{
  push (user_data, ITEM_CLOSED)->text = g_strdup (reason);
}

static void
on_notice (WnRelayNotice notice, gpointer user_data)
{
  WnLocalLine *self = user_data;

  switch (notice) {
    case WN_RELAY_NOTICE_OTHER_CAME:
    case WN_RELAY_NOTICE_OTHER_LEFT:
      /* What is so from the beginning is no news. */
      if (self->client)
        push (self, ITEM_OTHER)->is_there =
            notice == WN_RELAY_NOTICE_OTHER_CAME;
      else
        self->line.other_is_missing = notice == WN_RELAY_NOTICE_OTHER_LEFT;
      break;
    case WN_RELAY_NOTICE_BINARY:
      push (self, ITEM_BINARY);
      break;
    case WN_RELAY_NOTICE_GONE:
      self->relay = NULL;
      clear_items (self);
      break;
  }
}

static const WnRelayCallbacks callbacks = { on_send, on_close, on_notice };

/*** To the relay ***/

static void
wn_local_line_send (WnLine *line, const gchar *text)
{
  WnLocalLine *self = (WnLocalLine *) line;

  WN_LOG_TO (self->log, TRACE, NULL, "from ourselves: %s", text);
  if (self->relay)
    wn_relay_receive (self->relay, self->client, text, strlen (text),
        g_get_monotonic_time ());
}

static void
wn_local_line_close (WnLine *line, guint16 code, const gchar *reason)
{
  WnLocalLine *self = (WnLocalLine *) line;

  hang_up (self);
  push (self, ITEM_CLOSED)->text = g_strdup ("it was closed");
}

static void
wn_local_line_free (WnLine *line, guint16 code, const gchar *reason)
{
  WnLocalLine *self = (WnLocalLine *) line;

  hang_up (self);
  clear_items (self);
  g_free (self);
}

/**
 * wn_local_line_new:
 * @relay: called from within the functions of the line; the thread's default
 *   context is where what it sends comes out
 * @log: static
 *
 * Returns: (transfer full): the line, on which nothing comes any more when
 *   @relay is freed
 */
WnLine *
wn_local_line_new (WnRelay *relay, WnLogCategory *log)
{
  static const WnLineClass klass = {
    wn_local_line_send,
    wn_local_line_close,
    wn_local_line_free,
  };
  WnLocalLine *self = g_new0 (WnLocalLine, 1);

  self->line.klass = &klass;
  self->line.is_checked = wn_relay_checks_json (relay);
  self->log = log;
  g_queue_init (&self->items);
  self->relay = relay;
  self->client = wn_relay_connect (relay, WN_RELAY_CLIENT_LOCAL, &callbacks,
      self, g_get_monotonic_time ());
  return &self->line;
}
