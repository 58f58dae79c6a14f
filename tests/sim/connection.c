/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "connection.h"

#include <stdlib.h>
#include <string.h>

/*** Descriptions ***/

static gchar *
print_number (gchar *p, guint number)
{
  gchar digits[12];
  guint n = 0;

  do {
    digits[n++] = '0' + number % 10;
    number /= 10;
  } while (number);
  while (n)
    *p++ = digits[--n];
  return p;
}

/* "offer A3:2 u4 A1v7 B1a0": who, the o= line, the username fragment, and of each
 * section the mid, the kind and the stream (0: not sending). */
void
sim_sdp_print (const SimSdp *self, gchar text[SIM_MAX_TEXT])
{
  gchar *p = g_stpcpy (text, self->is_answer ? "answer " : "offer ");

  *p++ = self->peer;
  p = print_number (p, self->instance);
  *p++ = ':';
  p = print_number (p, self->version);
  p = g_stpcpy (p, " u");
  p = print_number (p, self->ufrag);
  for (guint i = 0; i < self->media.n; i++) {
    const SimSection *section = &self->media.sections[i];

    *p++ = ' ';
    p = g_stpcpy (p, section->mid);
    *p++ = section->kind;
    p = print_number (p, section->local);
  }
  *p = '\0';
}

static guint
parse_number (const gchar **p)
{
  guint number = 0;

  while (g_ascii_isdigit (**p))
    number = number * 10 + (*(*p)++ - '0');
  return number;
}

gboolean
sim_sdp_parse (SimSdp *self, const gchar *text)
{
  self->is_answer = *text == 'a';
  text = strchr (text, ' ');
  if (!text)
    return FALSE;
  text++;

  self->peer = *text++;
  self->instance = parse_number (&text);
  if (*text++ != ':')
    return FALSE;
  self->version = parse_number (&text);
  if (text[0] != ' ' || text[1] != 'u')
    return FALSE;
  text += 2;
  self->ufrag = parse_number (&text);

  for (self->media.n = 0; *text == ' '; self->media.n++) {
    SimSection *section = &self->media.sections[self->media.n];
    gchar *mid = section->mid;

    if (self->media.n == SIM_MAX_SECTIONS)
      return FALSE;
    for (text++; *text != 'a' && *text != 'v' && mid < section->mid + 5;)
      *mid++ = *text++;
    *mid = '\0';
    section->kind = *text++;
    section->local = parse_number (&text);
    section->remote = 0;
  }
  return *text == '\0';
}

/*** Sections ***/

static gboolean
is_wished (const SimWishes *wishes, guint number)
{
  for (guint i = 0; i < wishes->n; i++) {
    if (wishes->streams[i].number == number)
      return TRUE;
  }
  return FALSE;
}

static SimSection *
find_sender (SimSections *media, guint number)
{
  for (guint i = 0; i < media->n; i++) {
    if (media->sections[i].local == number)
      return &media->sections[i];
  }
  return NULL;
}

/* As addTrack(): a section of that kind that we do not send in. */
static SimSection *
find_free (SimSections *media, gchar kind)
{
  for (guint i = 0; i < media->n; i++) {
    if (media->sections[i].kind == kind && !media->sections[i].local)
      return &media->sections[i];
  }
  return NULL;
}

/* Gives every stream that is wished its section, as far as there are any; new
 * ones are named after @connection, if given. */
static void
assign (SimSections *media, const SimWishes *wishes, SimConnection *connection)
{
  for (guint i = 0; i < media->n; i++) {
    if (!is_wished (wishes, media->sections[i].local))
      media->sections[i].local = 0;
  }

  for (guint i = 0; i < wishes->n; i++) {
    const SimStream *stream = &wishes->streams[i];
    SimSection *section;

    if (find_sender (media, stream->number))
      continue;
    section = find_free (media, stream->kind);
    if (!section && connection && media->n < SIM_MAX_SECTIONS) {
      section = &media->sections[media->n++];
      section->mid[0] = connection->peer;
      *print_number (section->mid + 1, ++connection->n_mids % 1000) = '\0';
      section->kind = stream->kind;
      section->remote = 0;
    }
    if (section)
      section->local = stream->number;
  }
}

/* Whether @media has the sections of @former where they were. */
static gboolean
continues (const SimSections *media, const SimSections *former)
{
  if (media->n < former->n)
    return FALSE;

  for (guint i = 0; i < former->n; i++) {
    const SimSection *a = &media->sections[i];
    const SimSection *b = &former->sections[i];

    if (a->kind != b->kind || strcmp (a->mid, b->mid) != 0)
      return FALSE;
  }
  return TRUE;
}

/*** Connections ***/

void
sim_connection_init (SimConnection *self, gchar peer)
{
  memset (self, 0, sizeof *self);
  self->peer = peer;
}

void
sim_connection_replace (SimConnection *self)
{
  SimConnection fresh = {
    .peer = self->peer,
    .instance = self->instance + 1,
    .ufrag = self->n_ufrags + 1,
    .n_ufrags = self->n_ufrags + 1,
    .n_mids = self->n_mids,
  };

  *self = fresh;
}

/* https://www.w3.org/TR/webrtc/#dfn-check-if-negotiation-is-needed */
gboolean
sim_connection_needs (const SimConnection *self, const SimWishes *wishes)
{
  for (guint i = 0; i < self->now.n; i++) {
    guint8 local = self->now.sections[i].local;

    if (local && !is_wished (wishes, local))
      return TRUE;
  }
  for (guint i = 0; i < wishes->n; i++) {
    if (!find_sender ((SimSections *) &self->now, wishes->streams[i].number))
      return TRUE;
  }
  return FALSE;
}

static void
describe (SimConnection *self, SimSdp *sdp, const SimSections *media,
    gboolean is_answer)
{
  sdp->peer = self->peer;
  sdp->instance = self->instance;
  sdp->version = ++self->version;
  sdp->ufrag = self->ufrag;
  sdp->is_answer = is_answer;
  sdp->media = *media;
}

/* The local transport begins; with it, the candidates. */
static void
gather (SimConnection *self, guint ufrag)
{
  if (self->ufrag == ufrag && (self->is_gathering || self->n_emitted))
    return;
  self->ufrag = ufrag;
  self->is_gathering = !self->is_mute;
  self->n_emitted = 0;
}

/* Returns: (nullable): which rule of JSEP @remote breaks */
const gchar *
sim_connection_guard (const SimConnection *self, const SimSdp *remote)
{
  if (!remote->is_answer)
    return continues (&remote->media, &self->now)
        ? NULL
        : "the offer's m-lines are not those that are negotiated";

  return remote->media.n == self->offered.n
          && continues (&remote->media, &self->offered)
      ? NULL
      : "the answer's m-lines are not those of the offer";
}

const gchar *
sim_connection_offer (SimConnection *self, const SimWishes *wishes,
    gboolean commit, gboolean ice_restart, SimSdp *offer)
{
  if (!self->instance)
    return "an offer is asked for before there is a connection";
  if (self->has_residue || self->has_local_offer)
    return "an offer is asked for on top of another one";
  if (commit && self->negotiated)
    return "an offer is committed though it may have to be rolled back";
  if (!commit && !self->negotiated)
    return "an offer is not committed though nothing is negotiated as yet";

  self->offered = self->now;
  assign (&self->offered, wishes, self);
  describe (self, offer, &self->offered, FALSE);
  self->offered_ufrag = self->ufrag;
  if (ice_restart && self->negotiated) {
    self->offered_ufrag = ++self->n_ufrags;
    offer->ufrag = self->offered_ufrag;
  }
  if (commit) {
    self->has_local_offer = TRUE;
    gather (self, self->offered_ufrag);
  } else {
    self->has_residue = TRUE;
  }
  return NULL;
}

/* The remote transport is another one: its candidates are to be added yet. */
static void
set_remote (SimConnection *self, const SimSdp *remote)
{
  self->remote_instance = remote->instance;
  if (self->remote_ufrag != remote->ufrag)
    self->added = 0;
  self->remote_ufrag = remote->ufrag;
}

const gchar *
sim_connection_answer (SimConnection *self, const SimWishes *wishes,
    const SimSdp *offer, SimSdp *answer)
{
  SimSections media = offer->media;

  if (!self->instance)
    return "an answer is asked for before there is a connection";
  if (offer->is_answer)
    return "an answer is taken for an offer";
  if (self->has_residue)
    return "the process aborts: an offer that was not set is left";
  if (self->has_local_offer)
    return "a remote offer is set in have-local-offer";
  if (self->remote_instance && offer->instance != self->remote_instance)
    return "an offer of another connection reached this one";

  for (guint i = 0; i < media.n; i++) {
    media.sections[i].remote = media.sections[i].local;
    media.sections[i].local = i < self->now.n ? self->now.sections[i].local : 0;
  }
  assign (&media, wishes, NULL);

  self->now = media;
  self->negotiated = TRUE;
  set_remote (self, offer);
  gather (self, self->ufrag);
  describe (self, answer, &media, TRUE);
  return NULL;
}

const gchar *
sim_connection_take_answer (SimConnection *self, const SimSdp *answer,
    gboolean commit)
{
  gboolean ice_restarts = self->offered_ufrag != self->ufrag;

  if (!answer->is_answer)
    return "an offer is taken for an answer";
  if (commit ? !self->has_residue : !self->has_local_offer)
    return "an answer is set where no offer is";
  if (self->remote_ufrag && answer->ufrag != self->remote_ufrag
      && !ice_restarts)
    return "an ICE restart reached the connection by an answer";

  self->has_residue = FALSE;
  self->has_local_offer = FALSE;
  self->now = self->offered;
  for (guint i = 0; i < self->now.n; i++)
    self->now.sections[i].remote = answer->media.sections[i].local;
  self->negotiated = TRUE;
  gather (self, self->offered_ufrag);
  set_remote (self, answer);
  return NULL;
}

const gchar *
sim_connection_roll_back (SimConnection *self)
{
  if (!self->has_residue)
    return "there is nothing to roll back";
  if (!self->negotiated)
    return "there is nothing negotiated to go back to";

  self->has_residue = FALSE;
  return NULL;
}

const gchar *
sim_connection_add_candidate (SimConnection *self, guint ufrag, guint number)
{
  if (!self->remote_ufrag)
    return "a candidate is added before there is a remote description";
  if (ufrag != self->remote_ufrag)
    return "a candidate of another description is added";
  if (self->added & (1u << number))
    return "a candidate is added twice";

  self->added |= 1u << number;
  return NULL;
}
