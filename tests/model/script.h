/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What two elements are made to do: steps, one after the other.  As text, each is
 * a word:
 *
 *   roles=N        0 to 3: auto, the other way round, A polite, B polite
 *   delay=A,B,J    of the line, in ms: to B, to A, jitter
 *   A:start        the element plays; A:stop: it stops, and another one of the
 *                  same id is there for the next A:start
 *   A+v1           a stream, called 1; v: VP8, 9: VP9, h: H.264, a: Opus, u: PCMU
 *   A-1            it is released
 *   A=1s           its direction: s, r, b (both), i (none)
 *   A*1h           it comes in another encoding
 *   A#2            a data channel, called 2
 *   A:ask          negotiate
 *   A:restart
 *   A:reject       the next offer that comes is declined
 *   A:manual       the next one waits a while
 *   hold, release  nothing is carried; the release waits for both sides' offers
 *   dup            every message comes twice from now on
 *   300            wait so many ms
 *   ~              wait until all has settled
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  STEP_ROLES,
  STEP_DELAY,
  STEP_START,
  STEP_STOP,
  STEP_ADD,
  STEP_RELEASE,
  STEP_DIRECT,
  STEP_CHANGE,
  STEP_CHANNEL,
  STEP_ASK,
  STEP_RESTART,
  STEP_REJECT,
  STEP_MANUAL,
  STEP_HOLD,
  STEP_LET_GO,
  STEP_DUPLICATE,
  STEP_WAIT,
  STEP_SETTLE,
} StepType;

typedef struct
{
  StepType type;
  guint peer;      /* 0: A, 1: B */
  guint name;      /* of a stream or a channel; ROLES; WAIT: ms */
  gchar kind;      /* of a stream; a direction */
  guint delays[3]; /* DELAY */
} Step;

/* What a script may have in it: what can be left out. */
typedef enum
{
  FEATURE_GLARE = 1 << 0,
  FEATURE_RELEASES = 1 << 1,
  FEATURE_DIRECTIONS = 1 << 2,
  FEATURE_CHANGES = 1 << 3,
  FEATURE_CHANNELS = 1 << 4,
  FEATURE_ASKS = 1 << 5,
  FEATURE_RESTARTS = 1 << 6,
  FEATURE_REJECTIONS = 1 << 7,
  FEATURE_REPLACEMENTS = 1 << 8,
  FEATURE_DUPLICATES = 1 << 9,
  FEATURE_DELAYS = 1 << 10,
  FEATURE_HASTE = 1 << 11,   /* steps do not wait for the former's end */
  FEATURE_CODECS = 1 << 12,  /* two of a kind */
  FEATURE_STATIC = 1 << 13,  /* PCMU */
  FEATURE_SOURCES = 1 << 14, /* another SSRC without another encoding */
  ALL_FEATURES = (1 << 15) - 1,
} Features;

typedef struct
{
  GArray *steps; /* Step */
} Script;

Script *script_new (guint32 seed, Features features);
Script *script_parse (const gchar *text, GError **error);
Script *script_cut (const Script *self, guint start, guint n);
void script_free (Script *self);
gchar *script_to_string (const Script *self);

const Step *script_get (const Script *self, guint index);
gboolean script_has (const Script *self, StepType type);
guint script_count (const Script *self, StepType type);

gboolean features_parse (const gchar *text, Features *features);
gchar *features_list (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Script, script_free)

G_END_DECLS
