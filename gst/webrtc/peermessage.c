/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "peermessage.h"

#include "sdpguard.h"

#include <json-glib/json-glib.h>

#include <string.h>

#define ID_CHARS                                                               \
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

G_DEFINE_QUARK (wn_peer_message_error, wn_peer_message_error);

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (GError **error, WnPeerMessageError code, const gchar *format, ...)
{
  va_list args;

  if (error && !*error) {
    va_start (args, format);
    *error = g_error_new_valist (WN_PEER_MESSAGE_ERROR, code, format, args);
    va_end (args);
  }
  return FALSE;
}

void
wn_peer_message_free (WnPeerMessage *self)
{
  if (!self)
    return;

  g_clear_pointer (&self->description, wn_description_unref);
  g_clear_pointer (&self->candidate, wn_candidate_free);
  g_free (self->offer_id);
  g_free (self->detail);
  g_free (self->begin);
  g_free (self->with);
  g_free (self);
}

/* The parser below recurses into what is nested, as deep as it goes; and a
 * string ends for us where a zero is in it. */
static gboolean
check_text (const gchar *json, GError **error)
{
  gboolean in_string = FALSE, is_complete = FALSE;
  guint depth = 0;

  if (strnlen (json, WN_PEER_MESSAGE_MAX_SIZE + 1) > WN_PEER_MESSAGE_MAX_SIZE)
    return refuse (error, WN_PEER_MESSAGE_ERROR_LIMIT,
        "a message has no more than %d bytes", WN_PEER_MESSAGE_MAX_SIZE);
  if (!g_utf8_validate (json, -1, NULL))
    return refuse (error, WN_PEER_MESSAGE_ERROR_JSON, "it is not UTF-8");

  for (const gchar *p = json; *p; p++) {
    if (in_string) {
      if (*p == '\\' && p[1]) {
        if (g_str_has_prefix (p, "\\u0000"))
          return refuse (error, WN_PEER_MESSAGE_ERROR_FORM,
              "a string has a zero in it");
        p++;
      } else if (*p == '"') {
        in_string = FALSE;
      }
    } else if (is_complete && !g_ascii_isspace (*p)) {
      return refuse (error, WN_PEER_MESSAGE_ERROR_JSON,
          "it is not JSON: something follows its end");
    } else if (*p == '"') {
      in_string = TRUE;
    } else if (*p == '{' || *p == '[') {
      if (++depth > WN_PEER_MESSAGE_MAX_DEPTH)
        return refuse (error, WN_PEER_MESSAGE_ERROR_LIMIT,
            "a message is nested no deeper than %d", WN_PEER_MESSAGE_MAX_DEPTH);
    } else if ((*p == '}' || *p == ']') && depth > 0) {
      is_complete = --depth == 0;
    } else if (*p == '/' || *p == '\'') {
      /* Comments and such, which the parser knows and JSON does not: what is a
       * string would be told apart differently. */
      return refuse (error, WN_PEER_MESSAGE_ERROR_JSON,
          "it is not JSON: there is a %c outside of strings", *p);
    }
  }
  return TRUE;
}

/* The members of an object.  Absent and null are the same, as in the W3C's
 * dictionaries. */

static JsonNode *
get_member (JsonObject *object, const gchar *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

static gboolean
get_string (JsonObject *object, const gchar *name, const gchar **value,
    GError **error)
{
  JsonNode *node = get_member (object, name);

  *value = NULL;
  if (!node)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_STRING)
    return refuse (error, WN_PEER_MESSAGE_ERROR_FORM, "%s is a string", name);
  /* An escape can stand for half a character, and the parser takes it. */
  if (!g_utf8_validate (json_node_get_string (node), -1, NULL))
    return refuse (error, WN_PEER_MESSAGE_ERROR_FORM, "%s is valid Unicode",
        name);
  *value = json_node_get_string (node);
  return TRUE;
}

/* *@value stays as it is when the member is absent. */
static gboolean
get_integer (JsonObject *object, const gchar *name, gint64 max, gint64 *value,
    GError **error)
{
  JsonNode *node = get_member (object, name);

  if (!node)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_INT64
      || json_node_get_int (node) < 0 || json_node_get_int (node) > max)
    return refuse (error, WN_PEER_MESSAGE_ERROR_FORM,
        "%s is an integer, 0 to %" G_GINT64_FORMAT, name, max);
  *value = json_node_get_int (node);
  return TRUE;
}

static gboolean
get_object (JsonObject *object, const gchar *name, JsonObject **value,
    GError **error)
{
  JsonNode *node = get_member (object, name);

  if (!node || !JSON_NODE_HOLDS_OBJECT (node))
    return refuse (error, WN_PEER_MESSAGE_ERROR_FORM, "%s is an object", name);
  *value = json_node_get_object (node);
  return TRUE;
}

/* "SESSID:VERSION", both numbers. */
static gboolean
id_is_valid (const gchar *id)
{
  const gchar *colon = strchr (id, ':');

  return colon && colon > id && colon - id <= 20 && colon[1]
      && strspn (id, "0123456789") == (gsize) (colon - id)
      && strnlen (colon + 1, 21) <= 20
      && colon[1 + strspn (colon + 1, "0123456789")] == '\0';
}

/* The id of a beginning. */
static gboolean
get_id (JsonObject *object, const gchar *name, gchar **value, GError **error)
{
  const gchar *id;

  if (!get_string (object, name, &id, error))
    return FALSE;
  if (id
      && (!*id || strspn (id, ID_CHARS) != strlen (id)
          || strlen (id) > WN_PEER_MESSAGE_MAX_ID))
    return refuse (error, WN_PEER_MESSAGE_ERROR_FORM,
        "%s is 1 to %d of A-Z a-z 0-9 . _ -", name, WN_PEER_MESSAGE_MAX_ID);
  *value = g_strdup (id);
  return TRUE;
}

/* The kinds of message. */

/* Returns: (nullable): the id in what may be no description otherwise */
static gchar *
find_id (const gchar *sdp)
{
  g_autoptr (GRegex) origin =
      g_regex_new ("^o=\\S{1,64} ([0-9]{1,20}) ([0-9]{1,20}) ",
          G_REGEX_MULTILINE | G_REGEX_NEWLINE_ANYCRLF, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  return g_regex_match (origin, sdp, 0, &match)
      ? g_match_info_expand_references (match, "\\1:\\2", NULL)
      : NULL;
}

/* @fault: (transfer full): why it is bad
 *
 * Returns: TRUE if it can at least be declined */
static gboolean
parse_bad_offer (WnPeerMessage *self, const gchar *sdp, GError *fault,
    GError **error)
{
  if (!(self->offer_id = find_id (sdp))) {
    g_propagate_error (error, fault);
    return FALSE;
  }
  self->type = WN_PEER_MESSAGE_BAD_OFFER;
  self->detail = g_strdup (fault->message);
  g_error_free (fault);
  return TRUE;
}

/* Returns: (nullable): the offer, if it breaks no rule in itself.  Later it might
 * have been taken for a page that was reloaded. */
static GstSDPMessage *
parse_offer (const gchar *text, GError **error)
{
  GstSDPMessage *sdp = wn_sdp_parse (text, error);

  if (sdp && !wn_sdp_guard_offer (sdp, NULL, NULL, error))
    g_clear_pointer (&sdp, gst_sdp_message_free);
  return sdp;
}

static gboolean
parse_description (WnPeerMessage *self, JsonObject *message, GError **error)
{
  JsonObject *description;
  const gchar *name, *text, *answered_id;
  g_autofree gchar *id = NULL;
  g_auto (GStrv) ufrags = NULL;
  GError *fault = NULL;
  GstSDPMessage *sdp;
  WnDescriptionType type;

  if (!get_object (message, "description", &description, error)
      || !get_string (description, "type", &name, error)
      || !get_string (description, "sdp", &text, error)
      || !get_string (message, "offer", &answered_id, error))
    return FALSE;

  if (g_strcmp0 (name, "offer") == 0)
    type = WN_DESCRIPTION_OFFER;
  else if (g_strcmp0 (name, "answer") == 0)
    type = WN_DESCRIPTION_ANSWER;
  else
    return refuse (error, WN_PEER_MESSAGE_ERROR_FORM,
        "the type of a description is offer or answer");
  if (!text)
    return refuse (error, WN_PEER_MESSAGE_ERROR_FORM,
        "a description has an sdp");
  if (answered_id && !id_is_valid (answered_id))
    return refuse (error, WN_PEER_MESSAGE_ERROR_FORM,
        "offer is SESSID:VERSION");

  if (type == WN_DESCRIPTION_OFFER) {
    if (!(sdp = parse_offer (text, &fault)))
      return parse_bad_offer (self, text, fault, error);
  } else if (!(sdp = wn_sdp_parse (text, error))) {
    return FALSE;
  }
  id = wn_sdp_get_id (sdp);
  ufrags = wn_sdp_get_ufrags (sdp);
  gst_sdp_message_free (sdp);

  self->type = WN_PEER_MESSAGE_DESCRIPTION;
  self->description =
      wn_description_new (type, text, id, (const gchar *const *) ufrags,
          type == WN_DESCRIPTION_ANSWER ? answered_id : NULL, self->session);
  return TRUE;
}

/* What the candidate says itself, as extension "ufrag". */
static gchar *
get_ufrag_within (const gchar *candidate)
{
  g_auto (GStrv) tokens = g_strsplit (candidate, " ", -1);
  guint n = g_strv_length (tokens);

  for (guint i = 8; i + 1 < n; i += 2) {
    if (g_str_equal (tokens[i], "ufrag"))
      return g_strdup (tokens[i + 1]);
  }
  return NULL;
}

static gboolean
parse_candidate_object (WnPeerMessage *self, JsonObject *object, GError **error)
{
  const gchar *text, *mid, *ufrag;
  gint64 mline = -1;
  g_autofree gchar *within = NULL;

  if (!get_string (object, "candidate", &text, error)
      || !get_string (object, "sdpMid", &mid, error)
      || !get_integer (object, "sdpMLineIndex", WN_SDP_MAX_SECTIONS - 1, &mline,
          error)
      || !get_string (object, "usernameFragment", &ufrag, error))
    return FALSE;

  if (!text)
    text = "";
  if (mid && !*mid)
    mid = NULL;
  if (ufrag && !*ufrag)
    ufrag = NULL;
  if (ufrag && !wn_sdp_ufrag_is_valid (ufrag))
    return refuse (error, WN_PEER_MESSAGE_ERROR_FORM,
        "usernameFragment is 4 to 256 ice-chars");
  if (!wn_sdp_guard_candidate (text, mid, mline, NULL, error))
    return FALSE;

  if (g_str_has_prefix (text, "a="))
    text += strlen ("a=");
  if (!ufrag)
    ufrag = within = get_ufrag_within (text);

  self->candidate = wn_candidate_new (text, mid, mline, ufrag, self->session);
  return TRUE;
}

static gboolean
parse_candidate (WnPeerMessage *self, JsonObject *message, GError **error)
{
  JsonNode *node = get_member (message, "candidate");

  self->type = WN_PEER_MESSAGE_CANDIDATE;
  if (node && JSON_NODE_HOLDS_OBJECT (node))
    return parse_candidate_object (self, json_node_get_object (node), error);

  /* null and "" */
  if (node
      && (!JSON_NODE_HOLDS_VALUE (node)
          || g_strcmp0 (json_node_get_string (node), "") != 0))
    return refuse (error, WN_PEER_MESSAGE_ERROR_FORM,
        "candidate is an object, or null or \"\" after the last");
  self->candidate = wn_candidate_new ("", NULL, -1, NULL, self->session);
  return TRUE;
}

static gboolean
parse_reject (WnPeerMessage *self, JsonObject *message, GError **error)
{
  JsonObject *reject;
  const gchar *id;

  self->type = WN_PEER_MESSAGE_REJECT;
  if (!get_object (message, "reject", &reject, error)
      || !get_string (reject, "offer", &id, error))
    return FALSE;
  if (!id || !id_is_valid (id))
    return refuse (error, WN_PEER_MESSAGE_ERROR_FORM,
        "reject has an offer, SESSID:VERSION");
  self->offer_id = g_strdup (id);
  return TRUE;
}

/* A restart to session 0 of who says under which id it begins.
 *
 * What has "again" is a question, and what has "with" alone is an answer. */
static gboolean
parse_beginning (WnPeerMessage *self, JsonObject *restart, GError **error)
{
  const gchar *offer_id;

  self->type = WN_PEER_MESSAGE_BEGINNING;
  self->beginning = self->with ? WN_BEGINNING_HEARD : WN_BEGINNING_FIRST;
  if (!get_member (restart, "again"))
    return TRUE;
  self->beginning = WN_BEGINNING_AGAIN;
  if (!get_integer (restart, "again", WN_PEER_MESSAGE_MAX_SESSION,
          &self->session, error)
      || !get_string (restart, "offer", &offer_id, error))
    return FALSE;
  if (offer_id && !id_is_valid (offer_id))
    return refuse (error, WN_PEER_MESSAGE_ERROR_FORM,
        "offer is SESSID:VERSION");
  self->offer_id = g_strdup (offer_id);
  return TRUE;
}

static gboolean
parse_restart (WnPeerMessage *self, JsonObject *message, GError **error)
{
  JsonObject *restart;

  self->type = WN_PEER_MESSAGE_RESTART;
  self->session = WN_SESSION_UNKNOWN;
  if (!get_object (message, "restart", &restart, error)
      || !get_integer (restart, "session", WN_PEER_MESSAGE_MAX_SESSION,
          &self->session, error))
    return FALSE;
  if (self->session == WN_SESSION_UNKNOWN)
    return refuse (error, WN_PEER_MESSAGE_ERROR_FORM, "restart has a session");
  return self->session > 0 || !self->begin
      || parse_beginning (self, restart, error);
}

static gboolean
parse_bye (WnPeerMessage *self, JsonObject *message, GError **error)
{
  JsonObject *bye;

  self->type = WN_PEER_MESSAGE_BYE;
  return get_object (message, "bye", &bye, error);
}

static gboolean
parse_object (WnPeerMessage *self, JsonObject *message, GError **error)
{
  if (!get_integer (message, "session", WN_PEER_MESSAGE_MAX_SESSION,
          &self->session, error)
      || !get_id (message, "begin", &self->begin, error)
      || !get_id (message, "with", &self->with, error))
    return FALSE;

  /* In the order of the W3C's example: a candidate that is null beside a
   * description is none. */
  if (get_member (message, "description"))
    return parse_description (self, message, error);
  if (get_member (message, "reject"))
    return parse_reject (self, message, error);
  if (get_member (message, "restart"))
    return parse_restart (self, message, error);
  if (get_member (message, "bye"))
    return parse_bye (self, message, error);
  if (json_object_has_member (message, "candidate"))
    return parse_candidate (self, message, error);
  return refuse (error, WN_PEER_MESSAGE_ERROR_FORM,
      "a message has one of description, candidate, reject, restart, bye");
}

/**
 * wn_peer_message_parse:
 * @json: a text from the remote peer, in any state
 *
 * Returns: (transfer full) (nullable): the message; %NULL with @error of
 *   #WN_PEER_MESSAGE_ERROR or #WN_SDP_ERROR if it is none
 */
WnPeerMessage *
wn_peer_message_parse (const gchar *json, GError **error)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (WnPeerMessage) self = NULL;
  g_autoptr (GError) reason = NULL;
  JsonNode *root;

  if (!check_text (json, error))
    return NULL;

  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, json, -1, &reason)) {
    refuse (error, WN_PEER_MESSAGE_ERROR_JSON, "it is not JSON: %s",
        reason->message);
    return NULL;
  }
  root = json_parser_get_root (parser);
  if (!root || !JSON_NODE_HOLDS_OBJECT (root)) {
    refuse (error, WN_PEER_MESSAGE_ERROR_FORM, "a message is an object");
    return NULL;
  }

  self = g_new0 (WnPeerMessage, 1);
  self->session = WN_SESSION_UNKNOWN;
  if (!parse_object (self, json_node_get_object (root), error))
    return NULL;
  return g_steal_pointer (&self);
}

/* Writing: the text of a message. */

static JsonBuilder *
begin_message (const gchar *name)
{
  JsonBuilder *builder = json_builder_new_immutable ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  return builder;
}

static void
add_string (JsonBuilder *builder, const gchar *name, const gchar *value)
{
  if (!value)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
add_integer (JsonBuilder *builder, const gchar *name, gint64 value)
{
  if (value < 0)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

/* Ends the object that says what the message is about. */
static void
add_tag (JsonBuilder *builder, const WnPeerMessageTag *tag)
{
  json_builder_end_object (builder);
  add_integer (builder, "session", tag->session);
  add_string (builder, "begin", tag->begin);
  add_string (builder, "with", tag->with);
}

/* @builder: (transfer full): */
static gchar *
end_message (JsonBuilder *builder)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  g_object_unref (builder);
  json_generator_set_root (generator, root);
  return json_generator_to_data (generator, NULL);
}

gchar *
wn_peer_message_new_description (const WnDescription *description,
    const WnPeerMessageTag *tag)
{
  JsonBuilder *builder = begin_message ("description");

  add_string (builder, "type",
      description->type == WN_DESCRIPTION_OFFER ? "offer" : "answer");
  add_string (builder, "sdp", description->sdp);
  add_tag (builder, tag);
  if (description->type == WN_DESCRIPTION_ANSWER)
    add_string (builder, "offer", description->answered_id);
  return end_message (builder);
}

gchar *
wn_peer_message_new_candidate (const WnCandidate *candidate,
    const WnPeerMessageTag *tag)
{
  JsonBuilder *builder = begin_message ("candidate");

  add_string (builder, "candidate", candidate->candidate);
  add_string (builder, "sdpMid", candidate->mid);
  add_integer (builder, "sdpMLineIndex", candidate->mline);
  add_string (builder, "usernameFragment", candidate->ufrag);
  add_tag (builder, tag);
  return end_message (builder);
}

gchar *
wn_peer_message_new_reject (const gchar *id, const WnPeerMessageTag *tag)
{
  JsonBuilder *builder = begin_message ("reject");

  add_string (builder, "offer", id);
  add_tag (builder, tag);
  return end_message (builder);
}

/* These begin a session, or end them all: they belong to none. */
static WnPeerMessageTag
without_session (const WnPeerMessageTag *tag)
{
  WnPeerMessageTag result = *tag;

  result.session = WN_SESSION_UNKNOWN;
  return result;
}

/* @tag: its session is the one that begins */
gchar *
wn_peer_message_new_restart (const WnPeerMessageTag *tag)
{
  const WnPeerMessageTag rest = without_session (tag);
  JsonBuilder *builder = begin_message ("restart");

  add_integer (builder, "session", tag->session);
  add_tag (builder, &rest);
  return end_message (builder);
}

/* @offer_id: (nullable): of AGAIN: of the offer that is outstanding
 * @tag: its session is the one that we have come to */
gchar *
wn_peer_message_new_beginning (WnBeginning beginning, const gchar *offer_id,
    const WnPeerMessageTag *tag)
{
  const WnPeerMessageTag rest = without_session (tag);
  JsonBuilder *builder = begin_message ("restart");

  add_integer (builder, "session", 0);
  if (beginning == WN_BEGINNING_AGAIN)
    add_integer (builder, "again", tag->session);
  add_string (builder, "offer", offer_id);
  add_tag (builder, &rest);
  return end_message (builder);
}

gchar *
wn_peer_message_new_bye (const WnPeerMessageTag *tag)
{
  const WnPeerMessageTag rest = without_session (tag);
  JsonBuilder *builder = begin_message ("bye");

  add_tag (builder, &rest);
  return end_message (builder);
}
