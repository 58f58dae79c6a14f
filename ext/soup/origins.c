/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Which web pages may join.  A browser opens a WebSocket to any address for any
 * page, and leaves it to the server to look at the Origin header (RFC 6455, 10.2).
 *
 * A page of our own is one whose origin is the address that it asked (the Host
 * header).  That alone would let in a page whose name was made to stand for our
 * address after it was loaded (DNS rebinding).  So the Host has to be one that
 * nobody else can have given us: an address, localhost, the name that we listen
 * on, or a name that the user told us of.
 */

#include "origins.h"

#include "signalling/error.h"
#include "signalling/printable.h"

#include <string.h>

/* A header beyond this is no origin. */
#define MAX_ORIGIN 512
/* What is shown of a header, in bytes. */
#define MAX_SHOWN 256

struct _WnOrigins
{
  gboolean any;
  /* Sets of strings, in lower case: SCHEME://HOST:PORT (no port where the scheme
   * has none of its own); HOST. */
  GHashTable *origins;
  GHashTable *hosts;
};

void
wn_origins_free (WnOrigins *self)
{
  g_hash_table_unref (self->origins);
  g_hash_table_unref (self->hosts);
  g_free (self);
}

static guint
get_default_port (const gchar *scheme)
{
  if (strcmp (scheme, "http") == 0)
    return 80;
  return strcmp (scheme, "https") == 0 ? 443 : 0;
}

/* In lower case, without brackets and without the dot that ends a full name. */
static gchar *
tidy_host (const gchar *host)
{
  gchar *tidy = g_ascii_strdown (host, -1);
  gsize length = strlen (tidy);

  if (length > 1 && tidy[length - 1] == '.')
    tidy[length - 1] = '\0';
  return tidy;
}

static gboolean
is_address (const gchar *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return address != NULL;
}

static gboolean
host_is_well_formed (const gchar *host)
{
  return *host
      && (is_address (host)
          || host[strspn (host, "abcdefghijklmnopqrstuvwxyz0123456789.-_")]
              == '\0');
}

/* @text: "SCHEME://HOST[:PORT]"
 *
 * Returns: (transfer full) (nullable): the same in its one spelling; NULL if it
 *   is no origin, as "null" and "file://" are none */
static gchar *
normalize (const gchar *text, gchar **host)
{
  g_autoptr (GUri) uri = NULL;
  g_autofree gchar *name = NULL;
  g_autofree gchar *scheme = NULL;
  g_autofree gchar *literal = NULL;
  gint port;

  if (strlen (text) > MAX_ORIGIN)
    return NULL;
  uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  if (!uri || g_uri_get_host (uri) == NULL || *g_uri_get_path (uri)
      || g_uri_get_userinfo (uri) || g_uri_get_query (uri)
      || g_uri_get_fragment (uri))
    return NULL;
  name = tidy_host (g_uri_get_host (uri));
  if (!host_is_well_formed (name))
    return NULL;
  scheme = g_ascii_strdown (g_uri_get_scheme (uri), -1);
  port = g_uri_get_port (uri);
  if (port == -1)
    port = get_default_port (scheme);
  literal = g_strdup_printf (strchr (name, ':') ? "[%s]" : "%s", name);
  if (host)
    *host = g_steal_pointer (&name);
  return port > 0 ? g_strdup_printf ("%s://%s:%d", scheme, literal, port)
                  : g_strdup_printf ("%s://%s", scheme, literal);
}

static gboolean
allow (WnOrigins *self, const gchar *entry, GError **error)
{
  g_autofree gchar *bare = g_strdup (entry);
  g_autofree gchar *host = NULL;
  gchar *origin;

  if (strcmp (entry, "*") == 0) {
    self->any = TRUE;
    return TRUE;
  }
  /* As it is copied from an address bar. */
  if (g_str_has_suffix (bare, "/"))
    bare[strlen (bare) - 1] = '\0';
  origin = normalize (bare, &host);
  if (!origin) {
    g_set_error (error, WN_SIGNALLING_ERROR, WN_SIGNALLING_ERROR_SETTINGS,
        "\"%s\" is not the origin of a web page. Set allowed-origins to "
        "SCHEME://HOST or SCHEME://HOST:PORT, such as "
        "https://www.example.org, with commas between several; or to * for "
        "any page, which pages out of files need.",
        wn_printable_in_sentence (entry));
    return FALSE;
  }
  /* Where a proxy stands before us, its name is what we are asked for. */
  if (g_str_has_prefix (origin, "http"))
    wn_origins_add_host (self, host);
  g_hash_table_add (self->origins, origin);
  return TRUE;
}

/**
 * wn_origins_new:
 * @allowed: (nullable): the property: origins with commas between, or "*"
 * @listen_host: what the server listens on, as the user wrote it
 *
 * Returns: (transfer full) (nullable): NULL with @error set
 */
WnOrigins *
wn_origins_new (const gchar *allowed, const gchar *listen_host, GError **error)
{
  g_autoptr (WnOrigins) self = g_new0 (WnOrigins, 1);
  g_auto (GStrv) entries = g_strsplit (allowed ? allowed : "", ",", -1);
  guint i;

  self->origins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  wn_origins_add_host (self, "localhost");
  wn_origins_add_host (self, listen_host);
  for (i = 0; entries[i]; i++) {
    g_strstrip (entries[i]);
    if (*entries[i] && !allow (self, entries[i], error))
      return NULL;
  }
  return g_steal_pointer (&self);
}

/* @host: a name that is ours, too */
void
wn_origins_add_host (WnOrigins *self, const gchar *host)
{
  g_hash_table_add (self->hosts, tidy_host (host));
}

static gboolean
host_is_ours (WnOrigins *self, const gchar *host)
{
  /* Browsers look no name below localhost up (RFC 6761, 6.3). */
  return is_address (host) || g_str_has_suffix (host, ".localhost")
      || g_hash_table_contains (self->hosts, host);
}

/**
 * wn_origins_judge:
 * @host: (nullable): the Host header
 * @origin: (nullable): the Origin header; whoever sends none is no web page
 */
WnOriginsVerdict
wn_origins_judge (WnOrigins *self, const gchar *host, const gchar *origin)
{
  g_autofree gchar *own = NULL, *name = NULL, *page = NULL, *text = NULL;

  if (self->any)
    return WN_ORIGINS_WELCOME;
  if (host) {
    text = g_strconcat ("http://", host, NULL);
    own = normalize (text, &name);
    if (!own || !host_is_ours (self, name))
      return WN_ORIGINS_FOREIGN_HOST;
  }
  if (!origin)
    return WN_ORIGINS_WELCOME;
  page = normalize (origin, NULL);
  return page
          && (g_strcmp0 (page, own) == 0
              || g_hash_table_contains (self->origins, page))
      ? WN_ORIGINS_WELCOME
      : WN_ORIGINS_FOREIGN_PAGE;
}

static void
explain_page (const gchar *origin, gchar **answer, gchar **warning)
{
  g_autofree gchar *page = wn_printable (origin, MAX_SHOWN);
  g_autofree gchar *normalized = normalize (origin, NULL);
  /* Pages out of files, for one, have no origin that the property could name. */
  const gchar *value = normalized ? page : "*";

  *answer = g_strdup_printf (
      "Web pages of %s may not join here. If they are to, start the server "
      "with allowed-origins=%s.\n",
      page, value);
  *warning = g_strdup_printf (
      "A web page of %s wanted to join and was refused. If such pages are to "
      "join, set allowed-origins=%s.",
      page, value);
}

static void
explain_host (const gchar *host, gchar **answer, gchar **warning)
{
  g_autofree gchar *name = wn_printable (host, MAX_SHOWN);

  *answer = g_strdup_printf (
      "This server does not answer to the name %s. Use its address or "
      "localhost instead; or start it with allowed-origins=http://%s.\n",
      name, name);
  *warning = g_strdup_printf (
      "A request for the host %s was refused, as web pages can give that name "
      "to this server. If it is the server's, set allowed-origins=http://%s.",
      name, name);
}

/**
 * wn_origins_explain:
 * @verdict: not %WN_ORIGINS_WELCOME
 * @answer: (out): for whoever asked
 * @warning: (out): for whoever runs the server
 */
void
wn_origins_explain (WnOriginsVerdict verdict, const gchar *host,
    const gchar *origin, gchar **answer, gchar **warning)
{
  if (verdict == WN_ORIGINS_FOREIGN_HOST)
    explain_host (host, answer, warning);
  else
    explain_page (origin, answer, warning);
}

/**
 * wn_origins_list_ancestors:
 *
 * Returns: (transfer full) (nullable): what the page tells browsers about whose
 *   frames it may be shown in (CSP, frame-ancestors); NULL: in any
 */
gchar *
wn_origins_list_ancestors (WnOrigins *self)
{
  g_autoptr (GString) list = g_string_new ("frame-ancestors 'self'");
  GHashTableIter iter;
  gpointer origin;

  if (self->any)
    return NULL;
  g_hash_table_iter_init (&iter, self->origins);
  while (g_hash_table_iter_next (&iter, &origin, NULL)) {
    g_string_append_c (list, ' ');
    g_string_append (list, origin);
  }
  return g_string_free (g_steal_pointer (&list), FALSE);
}
