/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Two negotiations, each with a model of a connection, and the network between
 * them.  The world goes on by steps; whoever runs it chooses the next one: by
 * their times (random.c) or every one in turn (exhaustive.c). */

#pragma once

#include "connection.h"
#include "negotiation/negotiation.h"

G_BEGIN_DECLS

#define SIM_MAX_DEEDS 48
#define SIM_MAX_MESSAGES 256
#define SIM_MAX_STEPS 8
#define SIM_MAX_PAST 8
#define SIM_TIMEOUT_US (10 * G_USEC_PER_SEC)

/**
 * SimDeedType:
 * @SIM_DEED_BEGIN: a remote peer is there, for both if nothing else is said
 * @SIM_DEED_ADD: a stream more is wished, of the kind @argument
 * @SIM_DEED_REMOVE: a stream less, the @argument-th
 * @SIM_DEED_ASK: an offer is asked for
 * @SIM_DEED_HINT: the connection says that negotiation is needed
 * @SIM_DEED_RESTART: the application restarts
 * @SIM_DEED_ICE_RESTART: the next offer restarts ICE, as a browser's may
 * @SIM_DEED_MANUAL: offers are answered by hand from now on (@argument), or not
 * @SIM_DEED_DECLINE: likewise by hand, and one offer will be declined
 * @SIM_DEED_BREAK: the next operation fails and breaks the connection
 * @SIM_DEED_REFUSE: the next remote description is refused
 * @SIM_DEED_STRAY: a candidate of no description comes in
 * @SIM_DEED_REPEAT: what this peer said comes in once more: the @argument-th
 *   message before its last one
 * @SIM_DEED_MUTE: the connection in use finds no candidates
 * @SIM_DEED_LOSE: what is under way to this peer is lost
 * @SIM_DEED_LEAVE: the peers lose sight of each other; BEGIN is next for both
 * @SIM_DEED_RELOAD: the page is reloaded; the other peer does not know
 * @SIM_DEED_TAKE_PLACE: another one takes the peer's place, under its name.  It
 *   wishes for nothing if @argument is odd, and gets what was meant for the former
 *   one unless @argument & 2
 */
typedef enum
{
  SIM_DEED_BEGIN,
  SIM_DEED_ADD,
  SIM_DEED_REMOVE,
  SIM_DEED_ASK,
  SIM_DEED_HINT,
  SIM_DEED_RESTART,
  SIM_DEED_ICE_RESTART,
  SIM_DEED_MANUAL,
  SIM_DEED_DECLINE,
  SIM_DEED_BREAK,
  SIM_DEED_REFUSE,
  SIM_DEED_STRAY,
  SIM_DEED_REPEAT,
  SIM_DEED_MUTE,
  SIM_DEED_LOSE,
  SIM_DEED_LEAVE,
  SIM_DEED_RELOAD,
  SIM_DEED_TAKE_PLACE,
  SIM_N_DEEDS,
} SimDeedType;

typedef struct
{
  SimDeedType type;
  guint argument;
  gint64 time;
} SimDeed;

typedef struct
{
  SimDeed deeds[SIM_MAX_DEEDS];
  guint n;
} SimScript;

/* How a world is; the same one twice gives the same run. */
typedef struct
{
  SimScript scripts[2];
  gboolean polite[2];
  gboolean plain[2]; /* a W3C page: no sessions, no rejections */
  gboolean auto_answer[2];
  guint n_candidates;      /* of each connection, the end included */
  gboolean instant_checks; /* checks end at once, as the element's do */
  gboolean late_snapshot;  /* operations see the wishes when they end */

  /* Delays in microseconds are up to these; nothing is random if all are 0. */
  guint64 seed;
  guint max_operation;
  guint min_latency[2]; /* of messages to this peer */
  guint max_latency[2];
  guint repeats; /* one in so many messages comes twice; 0: none */
  guint max_repeat_delay;
  guint max_decision;
} SimPlan;

typedef struct
{
  WnActionType type; /* as it was sent */
  gint64 time;
  gint64 session;
  gchar text[SIM_MAX_TEXT]; /* of descriptions */
  gchar id[24];             /* of rejections */
  gchar begin[16];          /* the sender's beginning… */
  gchar with[16];           /* …and the receiver's, as far as it knows */
  WnBeginning beginning;
  gchar answered_id[24];
  guint ufrag; /* of candidates */
  guint number;
} SimMessage;

/* In order, with delay; but what comes twice is out of it. */
typedef struct
{
  SimMessage messages[SIM_MAX_MESSAGES];
  guint first;
  guint n;
  gint64 last_time;
} SimChannel;

typedef struct
{
  gchar name;
  WnNegotiation *negotiation;
  SimConnection connection;
  SimWishes wishes;
  guint n_streams; /* that were ever wished */
  gboolean is_active;
  gboolean was_deaf; /* a message came while it was not active */
  guint next_deed;
  guint n_beginnings;
  SimMessage past[SIM_MAX_PAST]; /* what it said last */
  guint n_past;

  WnActionType operation;
  gint64 operation_end;
  WnDescription *description;
  gboolean commit;
  gboolean forced;
  SimWishes snapshot; /* the wishes when it began */
  guint declines;     /* of remote offers to come */
  gboolean breaks_next;
  gboolean refuses_next;
  gboolean restarts_ice;
  gint64 decision_time; /* -1: no offer is held; 0: none ever is */
  gint64 gather_time;

  WnSignalingState state; /* as reported */
  gboolean was_changed;   /* since the last offer began to be made */
  gboolean was_declined;  /* and nothing was changed */
  gboolean is_connected;
  gint64 session;
  guint n_completed; /* offers of this peer's that were answered */

  /* A digest of all that came in: its state follows from it. */
  guint64 history;
} SimPeer;

/* SIM_STEP_NONE: all is over. */
typedef enum
{
  SIM_STEP_NONE,
  SIM_STEP_DELIVER,
  SIM_STEP_OPERATION,
  SIM_STEP_GATHER,
  SIM_STEP_DECIDE,
  SIM_STEP_DEED,
  SIM_STEP_TIMER,
  SIM_STEP_ICE_FAILED,
} SimStepType;

typedef struct
{
  SimStepType type;
  guint peer;
  gint64 time;
} SimStep;

typedef struct
{
  SimPlan plan;
  SimPeer peers[2];
  SimChannel channels[2]; /* to this peer */
  gint64 now;
  guint64 random;
  guint n_steps;

  guint n_wishes[2]; /* each worth one offer */
  guint n_faults;
  gboolean was_lossy; /* a message may never have been handled */
  gboolean was_deaf;  /* one came before its receiver had begun */
  gboolean was_slow;  /* one may come after it was given up */
  gboolean was_mute;
  gboolean was_replaced; /* one may reach whom it was not meant for */
  gboolean was_restarted;
  gboolean was_refused;
  guint n_ice_failures;

  gboolean verbose;
  gchar failure[256]; /* "": none */
} SimWorld;

SimWorld *sim_world_new (void);
void sim_world_free (SimWorld *self);
void sim_world_start (SimWorld *self, const SimPlan *plan);

guint sim_world_list_steps (const SimWorld *self, SimStep steps[SIM_MAX_STEPS]);
guint sim_world_list_late_steps (const SimWorld *self,
    SimStep steps[SIM_MAX_STEPS]);
gboolean sim_world_has_wrong_roles (const SimWorld *self);
gboolean sim_world_is_lossy (const SimWorld *self);
gboolean sim_world_is_quick (const SimWorld *self);
void sim_world_do (SimWorld *self, const SimStep *step);
void sim_world_judge (SimWorld *self);

void sim_world_fail (SimWorld *self, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);
void sim_world_trace (SimWorld *self, const SimPeer *peer, const gchar *format,
    ...) G_GNUC_PRINTF (3, 4);
guint sim_world_random (SimWorld *self, guint end);
void sim_world_send (SimWorld *self, SimPeer *from, const SimMessage *message);
void sim_world_repeat (SimWorld *self, SimPeer *from,
    const SimMessage *message);

void sim_peer_start (SimPeer *self, SimWorld *world, guint index);
void sim_peer_stop (SimPeer *self);
void sim_peer_act (SimPeer *self, SimWorld *world);
void sim_peer_deliver (SimPeer *self, SimWorld *world,
    const SimMessage *message);
void sim_peer_end_operation (SimPeer *self, SimWorld *world);
void sim_peer_gather (SimPeer *self, SimWorld *world);
void sim_peer_decide (SimPeer *self, SimWorld *world);
void sim_peer_do (SimPeer *self, SimWorld *world, const SimDeed *deed);
void sim_peer_give_up (SimPeer *self, SimWorld *world);

G_END_DECLS
