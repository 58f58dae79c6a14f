/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "envelope.h"
#include "id.h"
#include "json.h"

#include <string.h>

GQuark
wn_envelope_error_quark (void)
{
  return g_quark_from_static_string ("wn-envelope-error-quark");
}

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (GError **error, WnEnvelopeError code, const gchar *format, ...)
{
  va_list args;

  if (error && !*error) {
    va_start (args, format);
    *error = g_error_new_valist (WN_ENVELOPE_ERROR, code, format, args);
    va_end (args);
  }
  return FALSE;
}

void
wn_envelope_free (WnEnvelope *self)
{
  if (!self)
    return;

  g_free (self->sdp);
  g_free (self->candidate);
  g_free (self->mid);
  g_free (self->ufrag);
  g_free (self->offer);
  g_free (self->begin);
  g_free (self->with);
  g_free (self);
}

/* Reading: values.  Absent and null are the same, as in the W3C's dictionaries. */

/* *@value stays NULL when the member is absent. */
static gboolean
read_string (const WnJsonSpan *span, const gchar *name, gchar **value,
    GError **error)
{
  gboolean is_whole;

  if (wn_json_is_absent (span))
    return TRUE;
  if (*span->start != '"')
    return refuse (error, WN_ENVELOPE_ERROR_FORM, "%s is a string", name);
  *value = wn_json_read_text (span, &is_whole);
  /* An escape can stand for half a character. */
  if (!is_whole)
    return refuse (error, WN_ENVELOPE_ERROR_FORM, "%s is valid Unicode", name);
  return TRUE;
}

/* *@value stays as it is when the member is absent. */
static gboolean
read_integer (const WnJsonSpan *span, const gchar *name, gint64 max,
    gint64 *value, GError **error)
{
  if (wn_json_is_absent (span) || wn_json_read_integer (span, max, value))
    return TRUE;
  return refuse (error, WN_ENVELOPE_ERROR_FORM,
      "%s is an integer, 0 to %" G_GINT64_FORMAT, name, max);
}

/* Returns: FALSE if @span is no object; with absent members it is */
static gboolean
read_members (const WnJsonSpan *span, const gchar *name,
    const gchar *const *names, WnJsonSpan *values, GError **error)
{
  if (wn_json_is_object (span)
      && wn_json_get_members (span->start, span->length, names, values))
    return TRUE;
  return refuse (error, WN_ENVELOPE_ERROR_FORM, "%s is an object", name);
}

/* "SESSID:VERSION", both numbers. */
static gboolean
offer_is_valid (const gchar *id)
{
  const gchar *colon = strchr (id, ':');

  return colon && colon > id && colon - id <= 20 && colon[1]
      && strspn (id, "0123456789") == (gsize) (colon - id)
      && strnlen (colon + 1, 21) <= 20
      && colon[1 + strspn (colon + 1, "0123456789")] == '\0';
}

static gboolean
read_offer (const WnJsonSpan *span, const gchar *rule, gchar **value,
    GError **error)
{
  if (!read_string (span, "offer", value, error))
    return FALSE;
  if (*value && !offer_is_valid (*value))
    return refuse (error, WN_ENVELOPE_ERROR_FORM, "%s", rule);
  return TRUE;
}

/* The id of a beginning. */
static gboolean
read_id (const WnJsonSpan *span, const gchar *name, gchar **value,
    GError **error)
{
  if (!read_string (span, name, value, error))
    return FALSE;
  if (*value && !wn_id_is_valid (*value))
    return refuse (error, WN_ENVELOPE_ERROR_FORM,
        "%s is 1 to %d of A-Z a-z 0-9 . _ -", name, WN_ID_MAX);
  return TRUE;
}

/* Reading: the kinds of message. */

enum
{
  DESCRIPTION,
  REJECT,
  RESTART,
  BYE,
  CANDIDATE,
  SESSION,
  BEGIN,
  WITH,
  OFFER,
  N_MEMBERS
};

static const gchar *const members[] = { "description", "reject", "restart",
  "bye", "candidate", "session", "begin", "with", "offer", NULL };

static gboolean
read_description (WnEnvelope *self, const WnJsonSpan *message, GError **error)
{
  static const gchar *const names[] = { "type", "sdp", NULL };
  g_autofree gchar *type = NULL;
  WnJsonSpan values[2];

  self->type = WN_ENVELOPE_DESCRIPTION;
  if (!read_members (&message[DESCRIPTION], "description", names, values, error)
      || !read_string (&values[0], "type", &type, error)
      || !read_string (&values[1], "sdp", &self->sdp, error))
    return FALSE;
  if (!wn_json_is_absent (&message[OFFER]) && *message[OFFER].start != '"')
    return refuse (error, WN_ENVELOPE_ERROR_FORM, "offer is a string");
  self->is_answer = g_strcmp0 (type, "answer") == 0;
  if (!self->is_answer && g_strcmp0 (type, "offer") != 0)
    return refuse (error, WN_ENVELOPE_ERROR_FORM,
        "the type of a description is offer or answer");
  if (!self->sdp)
    return refuse (error, WN_ENVELOPE_ERROR_FORM, "a description has an sdp");
  return read_offer (&message[OFFER], "offer is SESSID:VERSION", &self->offer,
      error);
}

static gboolean
read_candidate_object (WnEnvelope *self, const WnJsonSpan *object,
    GError **error)
{
  static const gchar *const names[] = { "candidate", "sdpMid", "sdpMLineIndex",
    "usernameFragment", NULL };
  WnJsonSpan values[4];

  if (!read_members (object, "candidate", names, values, error)
      || !read_string (&values[0], names[0], &self->candidate, error)
      || !read_string (&values[1], names[1], &self->mid, error)
      || !read_integer (&values[2], names[2], WN_ENVELOPE_MAX_MLINE,
          &self->mline, error)
      || !read_string (&values[3], names[3], &self->ufrag, error))
    return FALSE;
  if (!self->candidate)
    self->candidate = g_strdup ("");
  if (self->mid && !*self->mid)
    g_clear_pointer (&self->mid, g_free);
  if (self->ufrag && !*self->ufrag)
    g_clear_pointer (&self->ufrag, g_free);
  return TRUE;
}

/* null, "" and {} say that there are no more. */
static gboolean
read_candidate (WnEnvelope *self, const WnJsonSpan *message, GError **error)
{
  const WnJsonSpan *candidate = &message[CANDIDATE];

  self->type = WN_ENVELOPE_CANDIDATE;
  if (wn_json_is_object (candidate))
    return read_candidate_object (self, candidate, error);
  if (!wn_json_is_absent (candidate) && !wn_json_equals (candidate, "\"\""))
    return refuse (error, WN_ENVELOPE_ERROR_FORM,
        "candidate is an object, or null or \"\" after the last");
  self->candidate = g_strdup ("");
  return TRUE;
}

static gboolean
read_reject (WnEnvelope *self, const WnJsonSpan *message, GError **error)
{
  static const gchar *const names[] = { "offer", NULL };
  static const gchar rule[] = "reject has an offer, SESSID:VERSION";
  WnJsonSpan offer;

  self->type = WN_ENVELOPE_REJECT;
  if (!read_members (&message[REJECT], "reject", names, &offer, error)
      || !read_offer (&offer, rule, &self->offer, error))
    return FALSE;
  return self->offer || refuse (error, WN_ENVELOPE_ERROR_FORM, rule);
}

static gboolean
read_restart (WnEnvelope *self, const WnJsonSpan *message, GError **error)
{
  static const gchar *const names[] = { "session", "again", "offer", NULL };
  WnJsonSpan values[3];

  self->type = WN_ENVELOPE_RESTART;
  if (!read_members (&message[RESTART], "restart", names, values, error)
      || !read_integer (&values[0], "session", WN_ENVELOPE_MAX_SESSION,
          &self->begins, error))
    return FALSE;
  if (self->begins == WN_ENVELOPE_NONE)
    return refuse (error, WN_ENVELOPE_ERROR_FORM, "restart has a session");
  /* Only who says that it begins, and under which id, can ask. */
  if (self->begins > 0 || !self->begin || wn_json_is_absent (&values[1]))
    return TRUE;
  return read_integer (&values[1], "again", WN_ENVELOPE_MAX_SESSION,
             &self->again, error)
      && read_offer (&values[2], "offer is SESSID:VERSION", &self->offer,
          error);
}

static gboolean
read_bye (WnEnvelope *self, const WnJsonSpan *message, GError **error)
{
  static const gchar *const none[] = { NULL };

  self->type = WN_ENVELOPE_BYE;
  return read_members (&message[BYE], "bye", none, NULL, error);
}

static gboolean
read_message (WnEnvelope *self, const WnJsonSpan *message, GError **error)
{
  if (!read_integer (&message[SESSION], "session", WN_ENVELOPE_MAX_SESSION,
          &self->session, error)
      || !read_id (&message[BEGIN], "begin", &self->begin, error)
      || !read_id (&message[WITH], "with", &self->with, error))
    return FALSE;

  /* In the order of the W3C's example: a candidate that is null beside a
   * description is none. */
  if (!wn_json_is_absent (&message[DESCRIPTION]))
    return read_description (self, message, error);
  if (!wn_json_is_absent (&message[REJECT]))
    return read_reject (self, message, error);
  if (!wn_json_is_absent (&message[RESTART]))
    return read_restart (self, message, error);
  if (!wn_json_is_absent (&message[BYE]))
    return read_bye (self, message, error);
  if (message[CANDIDATE].start)
    return read_candidate (self, message, error);
  return refuse (error, WN_ENVELOPE_ERROR_FORM,
      "a message has one of description, candidate, reject, restart, bye");
}

static gboolean
check_json (const gchar *json, GError **error)
{
  gboolean is_behind;
  const gchar *fault = wn_json_find_fault (json, &is_behind);

  if (!fault)
    return TRUE;
  if (*(json + strspn (json, " \t\r\n")) == '\0')
    return refuse (error, WN_ENVELOPE_ERROR_FORM, "a message is an object");
  if (*fault == '\0')
    return refuse (error, WN_ENVELOPE_ERROR_JSON,
        "it is not JSON: it ends too early");
  /* Comments and such, which other readers know. */
  if (*fault == '/' || *fault == '\'')
    return refuse (error, WN_ENVELOPE_ERROR_JSON,
        "it is not JSON: there is a %c outside of strings", *fault);
  if (is_behind)
    return refuse (error, WN_ENVELOPE_ERROR_JSON,
        "it is not JSON: something follows its end");
  return refuse (error, WN_ENVELOPE_ERROR_JSON,
      "it is not JSON: byte %" G_GSIZE_FORMAT " does not belong there",
      (gsize) (fault - json));
}

/* What is JSON, and still no message; and, unless @is_checked, what is no JSON. */
static gboolean
check_text (const gchar *json, gboolean is_checked, GError **error)
{
  gboolean has_zero;
  guint depth;

  if (strnlen (json, WN_ENVELOPE_MAX_SIZE + 1) > WN_ENVELOPE_MAX_SIZE)
    return refuse (error, WN_ENVELOPE_ERROR_LIMIT,
        "a message has no more than %d bytes", WN_ENVELOPE_MAX_SIZE);
  if (!is_checked && !g_utf8_validate (json, -1, NULL))
    return refuse (error, WN_ENVELOPE_ERROR_JSON, "it is not UTF-8");
  wn_json_measure (json, &depth, &has_zero);
  if (depth > WN_ENVELOPE_MAX_DEPTH)
    return refuse (error, WN_ENVELOPE_ERROR_LIMIT,
        "a message is nested no deeper than %d", WN_ENVELOPE_MAX_DEPTH);
  /* A string ends for us where a zero is in it. */
  if (has_zero)
    return refuse (error, WN_ENVELOPE_ERROR_FORM, "a string has a zero in it");
  return is_checked || check_json (json, error);
}

/**
 * wn_envelope_read:
 * @json: a text from the remote peer, in any state
 * @is_checked: it was found to be JSON, in UTF-8, before
 *
 * Returns: (transfer full) (nullable): the message; %NULL with @error of
 *   #WN_ENVELOPE_ERROR if it is none
 */
WnEnvelope *
wn_envelope_read (const gchar *json, gboolean is_checked, GError **error)
{
  g_autoptr (WnEnvelope) self = NULL;
  WnJsonSpan values[N_MEMBERS];

  if (!check_text (json, is_checked, error))
    return NULL;
  if (!wn_json_get_members (json, strlen (json), members, values)) {
    refuse (error, WN_ENVELOPE_ERROR_FORM, "a message is an object");
    return NULL;
  }
  self = g_new0 (WnEnvelope, 1);
  self->session = self->again = self->begins = self->mline = WN_ENVELOPE_NONE;
  if (!read_message (self, values, error))
    return NULL;
  return g_steal_pointer (&self);
}

/*** Writing ***/

/* @value: (nullable): */
static void
add_string (GString *text, const gchar *name, const gchar *value)
{
  if (!value)
    return;
  if (text->str[text->len - 1] != '{')
    g_string_append_c (text, ',');
  g_string_append_printf (text, "\"%s\":", name);
  wn_json_append_string (text, value);
}

static void
add_integer (GString *text, const gchar *name, gint64 value)
{
  if (value == WN_ENVELOPE_NONE)
    return;
  if (text->str[text->len - 1] != '{')
    g_string_append_c (text, ',');
  g_string_append_printf (text, "\"%s\":%" G_GINT64_FORMAT, name, value);
}

/* What the message is about. */
static void
add_body (GString *text, const WnEnvelope *self)
{
  static const gchar *const names[] = {
    [WN_ENVELOPE_DESCRIPTION] = "description",
    [WN_ENVELOPE_CANDIDATE] = "candidate",
    [WN_ENVELOPE_REJECT] = "reject",
    [WN_ENVELOPE_RESTART] = "restart",
    [WN_ENVELOPE_BYE] = "bye",
  };

  g_string_append_printf (text, "{\"%s\":{", names[self->type]);
  switch (self->type) {
    case WN_ENVELOPE_DESCRIPTION:
      add_string (text, "type", self->is_answer ? "answer" : "offer");
      add_string (text, "sdp", self->sdp);
      break;
    case WN_ENVELOPE_CANDIDATE:
      add_string (text, "candidate", self->candidate);
      add_string (text, "sdpMid", self->mid);
      add_integer (text, "sdpMLineIndex", self->mline);
      add_string (text, "usernameFragment", self->ufrag);
      break;
    case WN_ENVELOPE_REJECT:
      add_string (text, "offer", self->offer);
      break;
    case WN_ENVELOPE_RESTART:
      add_integer (text, "session", self->begins);
      add_integer (text, "again", self->again);
      add_string (text, "offer", self->offer);
      break;
    case WN_ENVELOPE_BYE:
      break;
  }
  g_string_append_c (text, '}');
}

gchar *
wn_envelope_write (const WnEnvelope *self)
{
  GString *text = g_string_new (NULL);

  add_body (text, self);
  add_integer (text, "session", self->session);
  add_string (text, "begin", self->begin);
  add_string (text, "with", self->with);
  if (self->type == WN_ENVELOPE_DESCRIPTION)
    add_string (text, "offer", self->offer);
  g_string_append_c (text, '}');
  return g_string_free (text, FALSE);
}
