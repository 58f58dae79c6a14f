/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What signalling does, for whoever looks for a mistake.  Where it is written is
 * for the program to say: there is no log until it does. */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  WN_LOG_WARNING,
  WN_LOG_INFO,
  WN_LOG_DEBUG,
  WN_LOG_LOG,
  WN_LOG_TRACE,
} WnLogLevel;

/**
 * WnLogCategory:
 * @name: for users to choose it by
 * @data: the writer's; %NULL to begin with.  Set atomically, as any thread may
 *   write
 *
 * A part of the program.  Static.
 */
typedef struct
{
  const gchar *name;
  const gchar *description;
  gpointer data;
} WnLogCategory;

/**
 * WnLogWriter:
 * @wants: whether anything of this is written; called on any thread
 * @write: @object may be NULL; called on any thread
 */
typedef struct
{
  gboolean (*wants) (WnLogCategory *category, WnLogLevel level);
  void (*write) (WnLogCategory *category, WnLogLevel level, const gchar *file,
      const gchar *function, gint line, GObject *object, const gchar *text);
} WnLogWriter;

void wn_log_set_writer (const WnLogWriter *writer);

gboolean wn_log_wants (WnLogCategory *category, WnLogLevel level);
void wn_log_write (WnLogCategory *category, WnLogLevel level, const gchar *file,
    const gchar *function, gint line, gpointer object, const gchar *format, ...)
    G_GNUC_PRINTF (7, 8);

/* @level: WARNING, …; the arguments are not looked at unless somebody wants
 * them. */
#define WN_LOG_TO(category, level, object, ...)                                \
  G_STMT_START                                                                 \
  {                                                                            \
    if (G_UNLIKELY (wn_log_wants (category, WN_LOG_##level)))                  \
      wn_log_write (category, WN_LOG_##level, __FILE__, G_STRFUNC, __LINE__,   \
          object, __VA_ARGS__);                                                \
  }                                                                            \
  G_STMT_END
/* To WN_LOG_DEFAULT, which a file defines. */
#define WN_LOG(level, object, ...)                                             \
  WN_LOG_TO (WN_LOG_DEFAULT, level, object, __VA_ARGS__)

G_END_DECLS
