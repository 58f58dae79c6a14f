/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A simulated signalling line between two webrtcnegotiators: it keeps the order
 * and takes its time, for each direction its own. */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum
{
  LETTER_OFFER,
  LETTER_ANSWER,
  LETTER_CANDIDATE,
  LETTER_REJECT,
  LETTER_RESTART,
  LETTER_BYE,
  LETTER_OTHER,
} LetterType;

/* A message on the line. */
typedef struct
{
  guint from; /* 0 or 1 */
  gchar *json;
  LetterType type;
  gchar *sdp; /* OFFER, ANSWER */
  gint64 sent_at;
  gint64 due; /* when it arrives */
  gboolean is_copy;
} Letter;

typedef gboolean (*LetterFilter) (const Letter *letter, gpointer data);
/* Returns: (transfer full): the letter's JSON, or what is to arrive in its place */
typedef gchar *(*LetterChange) (const Letter *letter);

typedef struct
{
  guint delay_ms[2]; /* of what peer 0 sends, and peer 1 */
  guint jitter_ms[2];

  /* Whatever arrives does so once more, that much later; 0: it does not. */
  guint repeat_ms;

  /* What is sent stays at the sender's end while the line is held. */
  gboolean is_held;
  /* Each message comes twice: at once again, or after what is on the way. */
  gboolean duplicates;
  /* What it is true of gets lost. */
  LetterFilter lose;
  gpointer lose_data;
  LetterChange change; /* NULL: none is */

  GstElement *elements[2];
  gchar *ids[2];

  GQueue queues[2];  /* Letter, on the way */
  GQueue repeats[2]; /* likewise, those that come a second time */
  GPtrArray *past;   /* Letter, all but candidates that arrived */
  guint n_sent[LETTER_OTHER + 1][2];
  gint64 last_activity; /* when one that is no candidate was sent or came */
  GRand *rand;
  GSource *source;

  GMutex mutex;
  GQueue posted; /* Letter, by the elements' threads */
} Line;

Line *line_new (GstElement *a, GstElement *b);
void line_free (Line *self);
void line_replace_element (Line *self, guint index, GstElement *element);

void line_set_delays (Line *self, guint to_b_ms, guint to_a_ms,
    guint jitter_ms);
void line_hold (Line *self);
void line_release (Line *self);
void line_touch (Line *self);
void line_inject (Line *self, guint from, const gchar *json);

gboolean line_is_empty (Line *self);
guint line_count (Line *self, LetterType type);
guint line_count_from (Line *self, LetterType type, guint from);
const gchar *line_get_last_sdp (Line *self, LetterType type);

G_END_DECLS
