/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The descriptions in corpus/sdp.  Each begins with lines of "# name: value"
 * that say what it is:
 *
 *   kind     offer or answer
 *   remote   the file of the remote description in force, if any
 *   local    the same for the local one
 *   pending  of an answer: the file of the offer
 *   expect   the error's code, in hostile/: syntax, limit, modification,
 *            unsupported
 *   webrtcbin  refuses: it passes the guard, and webrtcbin returns an error for
 *            it all the same, rewritten as it is today
 *   says     a part of the error's message
 *
 * The environment variable WN_CORPUS is the folder corpus. */

#pragma once

#include <string.h>

#include "sdp/sdpguard.h"
#include "sdp/sdprewrite.h"

typedef struct
{
  gchar *name; /* within the folder sdp */
  GHashTable *head;
  gchar *text;
} CorpusFile;

static inline void
corpus_file_free (CorpusFile *self)
{
  if (!self)
    return;
  g_free (self->name);
  g_hash_table_unref (self->head);
  g_free (self->text);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CorpusFile, corpus_file_free)

static inline gchar *
corpus_path (const gchar *name)
{
  const gchar *folder = g_getenv ("WN_CORPUS");

  if (!folder)
    g_error ("the environment variable WN_CORPUS is not set");
  return g_build_filename (folder, "sdp", name, NULL);
}

static inline const gchar *
corpus_file_get (const CorpusFile *self, const gchar *name)
{
  return g_hash_table_lookup (self->head, name);
}

static inline CorpusFile *
corpus_file_load (const gchar *name)
{
  CorpusFile *self = g_new0 (CorpusFile, 1);
  g_autofree gchar *path = corpus_path (name), *all = NULL;
  g_autoptr (GError) error = NULL;
  gchar *p, *end;

  if (!g_file_get_contents (path, &all, NULL, &error))
    g_error ("%s", error->message);
  self->name = g_strdup (name);
  self->head = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (p = all; g_str_has_prefix (p, "# ") && (end = strchr (p, '\n'));
       p = end + 1) {
    gchar *colon = strstr (p, ": ");

    g_assert_true (colon && colon < end);
    g_hash_table_insert (self->head, g_strndup (p + 2, colon - p - 2),
        g_strndup (colon + 2, end - colon - 2));
  }
  self->text = g_strdup (p);
  return self;
}

static inline gint
corpus_compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

/* @folder: valid or hostile */
static inline GPtrArray *
corpus_load (const gchar *folder)
{
  GPtrArray *files =
      g_ptr_array_new_with_free_func ((GDestroyNotify) corpus_file_free);
  g_autofree gchar *path = corpus_path (folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const gchar *entry;

  if (!dir)
    g_error ("%s", error->message);
  while ((entry = g_dir_read_name (dir)))
    g_ptr_array_add (names, g_build_filename (folder, entry, NULL));
  /* The same order on every machine, for seeds to mean something. */
  g_ptr_array_sort (names, corpus_compare_names);
  for (guint i = 0; i < names->len; i++)
    g_ptr_array_add (files, corpus_file_load (g_ptr_array_index (names, i)));
  return files;
}

/* Returns: (transfer full): @text, which has to be right */
static inline GstSDPMessage *
corpus_parse (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  GstSDPMessage *sdp = wn_sdp_parse (text, &error);

  if (!sdp)
    g_error ("%s", error->message);
  return sdp;
}

/* Returns: (transfer full): the description in valid/NAME.sdp */
static inline GstSDPMessage *
corpus_load_valid (const gchar *name)
{
  g_autofree gchar *path = g_strdup_printf ("valid/%s.sdp", name);
  g_autoptr (CorpusFile) file = corpus_file_load (path);

  return corpus_parse (file->text);
}

/* Returns: (transfer full) (nullable): the description in the file that @self names
 *   as @what */
static inline GstSDPMessage *
corpus_file_parse_other (const CorpusFile *self, const gchar *what)
{
  const gchar *name = corpus_file_get (self, what);
  g_autoptr (CorpusFile) other = name ? corpus_file_load (name) : NULL;

  return other ? corpus_parse (other->text) : NULL;
}

static inline gchar *
corpus_replace (const gchar *text, const gchar *what, const gchar *by)
{
  g_auto (GStrv) parts = g_strsplit (text, what, -1);

  if (!parts[1])
    g_error ("%s is not there", what);
  return g_strjoinv (by, parts);
}

/* Does what a remote description of the wire goes through: @text in the place of
 * that of @self.  Returns: (nullable): the description, if it passes */
static inline GstSDPMessage *
corpus_guard (const CorpusFile *self, const gchar *text, GError **error)
{
  g_autoptr (GstSDPMessage) sdp = wn_sdp_parse (text, error);
  g_autoptr (GstSDPMessage) remote = corpus_file_parse_other (self, "remote");
  g_autoptr (GstSDPMessage) local = corpus_file_parse_other (self, "local");
  g_autoptr (GstSDPMessage) pending = corpus_file_parse_other (self, "pending");
  gboolean is_offer = g_strcmp0 (corpus_file_get (self, "kind"), "answer") != 0;

  if (!sdp)
    return NULL;
  wn_sdp_settle_bundle_only (sdp, is_offer);
  if (!wn_sdp_guard_description (sdp, is_offer, error)
      || !(is_offer ? wn_sdp_guard_offer (sdp, remote, local, error)
                    : wn_sdp_guard_answer (sdp, pending, remote, error)))
    return NULL;
  return g_steal_pointer (&sdp);
}
