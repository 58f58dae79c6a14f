/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Two webrtcnegotiators in two pipelines of one process, and the line between
 * them.
 *
 * The streams are RTP packets without a codec behind them: cheap enough for
 * dozens, and each packet tells by its SSRC which stream it is of.  All payload
 * types are 96, as GStreamer's payloaders have it.
 *
 * A test runs in the default main context and waits for conditions, with a
 * deadline.  What comes from other threads is kept under the pair's mutex. */

#pragma once

#include "line.h"
#include "rtpstream.h"

#include <gst/webrtc/webrtc.h>

G_BEGIN_DECLS

/* What came of one SSRC. */
typedef struct
{
  guint32 ssrc;
  gchar *encoding; /* of the pad that it comes from */
  gchar *pad;
  guint pads;  /* how many pads it has come from so far */
  guint64 n;   /* packets */
  guint lost;  /* sequence numbers passed over */
  guint16 seq; /* of the last one */
  gint64 time; /* the same */
} Reception;

typedef struct _Pair Pair;

typedef struct
{
  Pair *pair;
  guint index;
  gchar *id;
  gchar *role;
  GstElement *pipeline;
  GstElement *element;
  GPtrArray *streams; /* RtpStream, those of the past included */

  /* Under the pair's mutex. */
  GHashTable *receptions; /* SSRC => Reception */
  GString *states;        /* signaling-state's story */
  GString *events;        /* the bus messages', one a line */
  GPtrArray *errors;      /* what the bus told */
  gint64 stable_at;       /* when the last negotiation ended */
} Peer;

struct _Pair
{
  GMutex mutex;
  Peer peers[2];
  Line *line;
};

typedef struct
{
  const gchar *ids[2];
  const gchar *roles[2]; /* NULL: auto */
} PairSettings;

typedef gboolean (*Condition) (Pair *pair, gpointer data);

#define PAIR_DEADLINE_MS 40000

Pair *pair_new (const PairSettings *settings);
void pair_free (Pair *self);
void pair_play (Pair *self);
void peer_play (Peer *self);
void peer_replace (Peer *self);

gboolean pair_wait (Pair *self, Condition condition, gpointer data,
    guint deadline_ms);
gboolean pair_wait_settled (Pair *self, guint quiet_ms);
gboolean pair_wait_media (Pair *self);
gboolean pair_is_settled (Pair *self, gpointer quiet_ms);
gchar *pair_describe (Pair *self);

RtpStream *peer_add_stream (Peer *self, gchar kind);
void peer_add_streams (Peer *self, const gchar *kinds);
void peer_release_stream (Peer *self, RtpStream *stream);

Peer *peer_get_other (Peer *self);
GstElement *peer_find_part (Peer *self, const gchar *factory);
gboolean peer_is_stable (Peer *self);
gboolean peer_is_connected (Peer *self);
guint64 peer_get_stat (Peer *self, const gchar *name);
guint64 peer_get_received (Peer *self, RtpStream *stream);
guint peer_get_lost (Peer *self, RtpStream *stream);
gchar *peer_get_received_encoding (Peer *self, RtpStream *stream);
gchar *peer_take_states (Peer *self);
guint peer_count_events (Peer *self, const gchar *name);
gint64 peer_get_stable_at (Peer *self);
gchar *peer_get_error (Peer *self);

/* In a test of libcheck's. */
#define assert_or_describe(pair, condition)                                    \
  G_STMT_START                                                                 \
  {                                                                            \
    if (!(condition)) {                                                        \
      g_autofree gchar *description = pair_describe (pair);                    \
      fail ("not so: %s\n%s", #condition, description);                        \
    }                                                                          \
  }                                                                            \
  G_STMT_END

/* All is negotiated, quiet for so long, and what is sent arrives. */
#define assert_settles(pair, quiet_ms)                                         \
  G_STMT_START                                                                 \
  {                                                                            \
    line_touch ((pair)->line);                                                 \
    assert_or_describe (pair, pair_wait_settled (pair, quiet_ms));             \
    assert_or_describe (pair, pair_wait_media (pair));                         \
  }                                                                            \
  G_STMT_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

G_END_DECLS
