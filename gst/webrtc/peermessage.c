/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "peermessage.h"

#include "sdp/sdpguard.h"
#include "sdp/sdprewrite.h"
#include "signalling/envelope.h"

#include <string.h>

G_STATIC_ASSERT (WN_ENVELOPE_NONE == WN_SESSION_UNKNOWN);
G_STATIC_ASSERT (WN_ENVELOPE_MAX_MLINE == WN_SDP_MAX_SECTIONS - 1);

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

/* Reading: what a description or a candidate is, and whether it may be. */

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

  if (sdp && !wn_sdp_guard_description (sdp, TRUE, error))
    g_clear_pointer (&sdp, gst_sdp_message_free);
  return sdp;
}

static gboolean
read_description (WnPeerMessage *self, const WnEnvelope *envelope,
    GError **error)
{
  WnDescriptionType type =
      envelope->is_answer ? WN_DESCRIPTION_ANSWER : WN_DESCRIPTION_OFFER;
  g_autofree gchar *id = NULL;
  g_auto (GStrv) ufrags = NULL;
  g_autoptr (GstSDPMessage) sdp = NULL;
  GError *fault = NULL;

  if (type == WN_DESCRIPTION_OFFER) {
    if (!(sdp = parse_offer (envelope->sdp, &fault)))
      return parse_bad_offer (self, envelope->sdp, fault, error);
  } else if (!(sdp = wn_sdp_parse (envelope->sdp, error))) {
    return FALSE;
  }
  id = wn_sdp_get_id (sdp);
  ufrags = wn_sdp_get_ufrags (sdp);

  self->type = WN_PEER_MESSAGE_DESCRIPTION;
  self->description = wn_description_new (type, envelope->sdp, id,
      (const gchar *const *) ufrags,
      type == WN_DESCRIPTION_ANSWER ? envelope->offer : NULL, self->session);
  wn_sdp_settle_bundle_only (sdp, type == WN_DESCRIPTION_OFFER);
  wn_description_set_read (self->description, g_steal_pointer (&sdp),
      (GDestroyNotify) gst_sdp_message_free);
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
read_candidate (WnPeerMessage *self, const WnEnvelope *envelope, GError **error)
{
  const gchar *text = envelope->candidate, *ufrag = envelope->ufrag;
  g_autofree gchar *within = NULL;

  self->type = WN_PEER_MESSAGE_CANDIDATE;
  if (ufrag && !wn_sdp_ufrag_is_valid (ufrag)) {
    g_set_error_literal (error, WN_ENVELOPE_ERROR, WN_ENVELOPE_ERROR_FORM,
        "usernameFragment is 4 to 256 ice-chars");
    return FALSE;
  }
  if (!wn_sdp_guard_candidate (text, envelope->mid, envelope->mline, NULL,
          error))
    return FALSE;

  if (g_str_has_prefix (text, "a="))
    text += strlen ("a=");
  if (!ufrag)
    ufrag = within = get_ufrag_within (text);
  self->candidate = wn_candidate_new (text, envelope->mid, envelope->mline,
      ufrag, self->session);
  return TRUE;
}

/* A restart to session 0 of who says under which id it begins is a beginning.
 *
 * What has "again" is a question, and what has "with" alone is an answer. */
static void
read_restart (WnPeerMessage *self, const WnEnvelope *envelope)
{
  self->type = WN_PEER_MESSAGE_RESTART;
  self->session = envelope->begins;
  if (envelope->begins > 0 || !envelope->begin)
    return;
  self->type = WN_PEER_MESSAGE_BEGINNING;
  self->offer_id = g_strdup (envelope->offer);
  if (envelope->again != WN_ENVELOPE_NONE) {
    self->beginning = WN_BEGINNING_AGAIN;
    self->session = envelope->again;
  } else {
    self->beginning = envelope->with ? WN_BEGINNING_HEARD : WN_BEGINNING_FIRST;
  }
}

static gboolean
read_envelope (WnPeerMessage *self, const WnEnvelope *envelope, GError **error)
{
  switch (envelope->type) {
    case WN_ENVELOPE_DESCRIPTION:
      return read_description (self, envelope, error);
    case WN_ENVELOPE_CANDIDATE:
      return read_candidate (self, envelope, error);
    case WN_ENVELOPE_REJECT:
      self->type = WN_PEER_MESSAGE_REJECT;
      self->offer_id = g_strdup (envelope->offer);
      break;
    case WN_ENVELOPE_RESTART:
      read_restart (self, envelope);
      break;
    case WN_ENVELOPE_BYE:
      self->type = WN_PEER_MESSAGE_BYE;
      break;
  }
  return TRUE;
}

/**
 * wn_peer_message_parse:
 * @json: a text from the remote peer, in any state
 * @is_checked: the signaller found it to be JSON
 *
 * Returns: (transfer full) (nullable): the message; %NULL with @error of
 *   #WN_ENVELOPE_ERROR or #WN_SDP_ERROR if it is none
 */
WnPeerMessage *
wn_peer_message_parse (const gchar *json, gboolean is_checked, GError **error)
{
  g_autoptr (WnEnvelope) envelope = wn_envelope_read (json, is_checked, error);
  g_autoptr (WnPeerMessage) self = NULL;

  if (!envelope)
    return NULL;
  self = g_new0 (WnPeerMessage, 1);
  self->session = envelope->session;
  self->begin = g_strdup (envelope->begin);
  self->with = g_strdup (envelope->with);
  if (!read_envelope (self, envelope, error))
    return NULL;
  return g_steal_pointer (&self);
}

/*** Writing ***/

static WnEnvelope
make_envelope (WnEnvelopeType type, const WnPeerMessageTag *tag)
{
  const WnEnvelope envelope = {
    .type = type,
    .mline = WN_ENVELOPE_NONE,
    .begins = WN_ENVELOPE_NONE,
    .again = WN_ENVELOPE_NONE,
    .session = tag->session,
    .begin = (gchar *) tag->begin,
    .with = (gchar *) tag->with,
  };

  return envelope;
}

/* These begin a session, or end them all: they belong to none. */
static WnEnvelope
make_envelope_without_session (WnEnvelopeType type, const WnPeerMessageTag *tag)
{
  WnEnvelope envelope = make_envelope (type, tag);

  envelope.session = WN_ENVELOPE_NONE;
  return envelope;
}

gchar *
wn_peer_message_new_description (const WnDescription *description,
    const WnPeerMessageTag *tag)
{
  WnEnvelope envelope = make_envelope (WN_ENVELOPE_DESCRIPTION, tag);

  envelope.is_answer = description->type == WN_DESCRIPTION_ANSWER;
  envelope.sdp = description->sdp;
  envelope.offer = envelope.is_answer ? description->answered_id : NULL;
  return wn_envelope_write (&envelope);
}

gchar *
wn_peer_message_new_candidate (const WnCandidate *candidate,
    const WnPeerMessageTag *tag)
{
  WnEnvelope envelope = make_envelope (WN_ENVELOPE_CANDIDATE, tag);

  envelope.candidate = candidate->candidate;
  envelope.mid = candidate->mid;
  envelope.mline = candidate->mline;
  envelope.ufrag = candidate->ufrag;
  return wn_envelope_write (&envelope);
}

gchar *
wn_peer_message_new_reject (const gchar *id, const WnPeerMessageTag *tag)
{
  WnEnvelope envelope = make_envelope (WN_ENVELOPE_REJECT, tag);

  envelope.offer = (gchar *) id;
  return wn_envelope_write (&envelope);
}

/* @tag: its session is the one that begins */
gchar *
wn_peer_message_new_restart (const WnPeerMessageTag *tag)
{
  WnEnvelope envelope =
      make_envelope_without_session (WN_ENVELOPE_RESTART, tag);

  envelope.begins = tag->session;
  return wn_envelope_write (&envelope);
}

/* @offer_id: (nullable): of AGAIN: of the offer that is outstanding
 * @tag: its session is the one that we have come to */
gchar *
wn_peer_message_new_beginning (WnBeginning beginning, const gchar *offer_id,
    const WnPeerMessageTag *tag)
{
  WnEnvelope envelope =
      make_envelope_without_session (WN_ENVELOPE_RESTART, tag);

  envelope.begins = 0;
  if (beginning == WN_BEGINNING_AGAIN)
    envelope.again = tag->session;
  envelope.offer = (gchar *) offer_id;
  return wn_envelope_write (&envelope);
}

gchar *
wn_peer_message_new_bye (const WnPeerMessageTag *tag)
{
  const WnEnvelope envelope =
      make_envelope_without_session (WN_ENVELOPE_BYE, tag);

  return wn_envelope_write (&envelope);
}
