/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The page and its module, out of the plugin itself. */

#include "pages.h"

#include <string.h>

#define PREFIX "/org/webrtcnegotiator/page"
#define MODULE "/webrtc-negotiator.js"

static const struct
{
  const gchar *suffix;
  const gchar *type;
} types[] = {
  { ".html", "text/html; charset=utf-8" },
  { ".js", "text/javascript; charset=utf-8" },
  { ".ts", "application/typescript; charset=utf-8" },
  { ".css", "text/css; charset=utf-8" },
  { ".svg", "image/svg+xml" },
  { ".png", "image/png" },
  { ".json", "application/json" },
  { ".webmanifest", "application/manifest+json" },
};

static const gchar *
content_type (const gchar *path)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (types); i++) {
    if (g_str_has_suffix (path, types[i].suffix))
      return types[i].type;
  }
  return "application/octet-stream";
}

/* What concerns every answer. */
static void
set_headers (SoupServerMessage *msg)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (msg);

  soup_message_headers_replace (headers, "Cache-Control", "no-cache");
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (headers, "Referrer-Policy", "no-referrer");
  /* A connection is for one request: so it can have one time limit. */
  soup_message_headers_replace (headers, "Connection", "close");
}

void
wn_pages_respond_text (SoupServerMessage *msg, guint status, const gchar *text)
{
  set_headers (msg);
  soup_server_message_set_status (msg, status, NULL);
  soup_server_message_set_response (msg, "text/plain; charset=utf-8",
      SOUP_MEMORY_COPY, text, strlen (text));
}

static GBytes *
find (const gchar *path)
{
  g_autofree gchar *name = NULL;

  name = g_strconcat (PREFIX, strcmp (path, "/") == 0 ? "/index.html" : path,
      NULL);
  return g_resources_lookup_data (name, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
}

/**
 * wn_pages_respond:
 * @path: of the request, decoded
 * @policy: (nullable): the Content-Security-Policy
 */
void
wn_pages_respond (SoupServerMessage *msg, const gchar *path,
    const gchar *policy)
{
  const gchar *method = soup_server_message_get_method (msg);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (msg);
  g_autoptr (GBytes) file = NULL;

  set_headers (msg);
  if (policy)
    soup_message_headers_replace (headers, "Content-Security-Policy", policy);
  /* So that the module can be imported by people's own pages. */
  if (strcmp (path, MODULE) == 0)
    soup_message_headers_replace (headers, "Access-Control-Allow-Origin", "*");

  if (method != SOUP_METHOD_GET && method != SOUP_METHOD_HEAD) {
    soup_message_headers_replace (headers, "Allow", "GET, HEAD");
    wn_pages_respond_text (msg, SOUP_STATUS_METHOD_NOT_ALLOWED,
        "Only GET and HEAD are answered here.\n");
    return;
  }
  file = find (path);
  if (!file && strcmp (path, "/favicon.ico") == 0) {
    /* Browsers ask for it unasked, and call a 404 an error. */
    soup_server_message_set_status (msg, SOUP_STATUS_NO_CONTENT, NULL);
  } else if (!file) {
    wn_pages_respond_text (msg, SOUP_STATUS_NOT_FOUND,
        "There is no such page. The page is at /, the module at " MODULE
        ", the WebSocket at /ws.\n");
  } else {
    soup_server_message_set_status (msg, SOUP_STATUS_OK, NULL);
    soup_message_headers_replace (headers, "Content-Type",
        content_type (strcmp (path, "/") == 0 ? "/index.html" : path));
    soup_message_body_append_bytes (soup_server_message_get_response_body (msg),
        file);
  }
}
