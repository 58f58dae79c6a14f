/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SIM_MAX_STREAMS 16
#define SIM_MAX_SECTIONS 32
#define SIM_MAX_TEXT 320

/* A stream that an application wishes to send. */
typedef struct
{
  guint8 number; /* of that peer's streams; from 1 */
  gchar kind;    /* 'a' or 'v' */
} SimStream;

typedef struct
{
  SimStream streams[SIM_MAX_STREAMS];
  guint n;
} SimWishes;

/* A media section (m-line), as one peer sees it. */
typedef struct
{
  gchar mid[6];
  gchar kind;
  guint8 local;  /* what this peer sends in it; 0: nothing */
  guint8 remote; /* what it receives in it; 0: nothing */
} SimSection;

typedef struct
{
  SimSection sections[SIM_MAX_SECTIONS];
  guint n;
} SimSections;

/* A session description, parsed. */
typedef struct
{
  gchar peer;     /* 'A' or 'B' */
  guint instance; /* of its connections: the o= line's session */
  guint version;
  guint ufrag;
  gboolean is_answer;
  SimSections media; /* .local is the sender's */
} SimSdp;

void sim_sdp_print (const SimSdp *self, gchar text[SIM_MAX_TEXT]);
gboolean sim_sdp_parse (SimSdp *self, const gchar *text);

/* A connection that behaves like webrtcbin.
 *
 * What it has in common with it, as far as negotiating goes:
 * - an offer that was created and not set leaves a residue.  Only setting it, or
 *   ROLL_BACK where something is negotiated, removes it; answering a remote offer
 *   with it aborts the process, and so does a second offer
 * - there is no rollback of a description that is set: REPLACE is all
 * - it takes an ICE restart, keeping its own credentials; but a description of
 *   another connection than before is never to reach it
 * - m-lines stay where they are for its life
 * - REPLACE loses everything; only the application's wishes are outside of it
 * A function that finds its rules broken by whoever uses it says so by returning
 * an error, which is a failure of the simulation.  The guard, which looks at remote
 * descriptions before, finds mistakes of the remote peer's. */
typedef struct
{
  gchar peer;
  guint instance;
  guint version;
  guint ufrag;
  guint n_ufrags; /* over all instances: each is new */
  guint n_mids;   /* likewise */

  SimSections now; /* as negotiated last */
  gboolean negotiated;

  SimSections offered; /* of the offer created last */
  guint offered_ufrag;
  gboolean has_residue;     /* it is created and not set */
  gboolean has_local_offer; /* it is set and not answered */

  guint remote_instance; /* whom it is negotiated with */
  guint remote_ufrag;    /* 0: none */

  gboolean is_mute; /* finds no candidates, as Chromium's sometimes */
  guint n_emitted;  /* of its candidates, for this ufrag */
  gboolean is_gathering;
  guint added; /* of the remote ones: bit by bit */
} SimConnection;

void sim_connection_init (SimConnection *self, gchar peer);
void sim_connection_replace (SimConnection *self);
gboolean sim_connection_needs (const SimConnection *self,
    const SimWishes *wishes);
const gchar *sim_connection_guard (const SimConnection *self,
    const SimSdp *remote);
const gchar *sim_connection_offer (SimConnection *self, const SimWishes *wishes,
    gboolean commit, gboolean ice_restart, SimSdp *offer);
const gchar *sim_connection_answer (SimConnection *self,
    const SimWishes *wishes, const SimSdp *offer, SimSdp *answer);
const gchar *sim_connection_take_answer (SimConnection *self,
    const SimSdp *answer, gboolean commit);
const gchar *sim_connection_roll_back (SimConnection *self);
const gchar *sim_connection_add_candidate (SimConnection *self, guint ufrag,
    guint number);

G_END_DECLS
