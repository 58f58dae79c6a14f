/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How the estimated bitrate is shared by streams, and reaches their encoders. */

#include "checkmain.h"
#include "webrtc/connection/allocation.h"
#include "webrtc/pad/encoder.h"

/*** Shares ***/

#define AUDIO(priority, bitrate)                                               \
  {                                                                            \
    TRUE, priority, bitrate                                                    \
  }
#define VIDEO(priority, bitrate)                                               \
  {                                                                            \
    FALSE, priority, bitrate                                                   \
  }
#define MAX_SHARES 4

static const struct
{
  guint bitrate, n;
  WnShare shares[MAX_SHARES];
} divisions[] = {
  { 0, 2, { VIDEO (1, 0), AUDIO (1, 0) } },
  { 1000000, 1, { VIDEO (1, 1000000) } },
  { 1000000, 3, { VIDEO (1, 250000), VIDEO (2, 500000), VIDEO (1, 250000) } },
  /* Sound has enough at some time… */
  { 1000000, 2, { AUDIO (1, 64000), VIDEO (1, 936000) } },
  { 1000000, 4,
      { AUDIO (1, 64000), VIDEO (1, 202000), VIDEO (3, 606000),
          AUDIO (2, 128000) } },
  { 1000000, 1, { AUDIO (1, 64000) } },
  /* …and is not what has to go without. */
  { 60000, 2, { VIDEO (1, 30000), AUDIO (1, 30000) } },
  { G_MAXUINT, 2,
      { VIDEO (1000, G_MAXUINT / 2), VIDEO (1000, G_MAXUINT / 2) } },
};

GST_START_TEST (a_bitrate_is_divided_by_priority)
{
  WnShare shares[MAX_SHARES];

  memcpy (shares, divisions[__i__].shares, sizeof shares);
  for (guint i = 0; i < divisions[__i__].n; i++)
    shares[i].bitrate = 1;
  wn_allocation_divide (shares, divisions[__i__].n, divisions[__i__].bitrate);
  for (guint i = 0; i < divisions[__i__].n; i++)
    fail_unless_equals_int (shares[i].bitrate,
        divisions[__i__].shares[i].bitrate);
}

GST_END_TEST;

/*** Encoders ***/

/* What is upstream of a sink named "sink" */
typedef struct
{
  GstElement *pipeline;
  GstElement *encoder;
  GstPad *pad;
  WnEncoder steered;
} Upstream;

static void
upstream_clear (Upstream *self)
{
  wn_encoder_clear (&self->steered);
  gst_object_unref (self->pad);
  gst_object_unref (self->encoder);
  gst_object_unref (self->pipeline);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Upstream, upstream_clear)

static Upstream
make_upstream (const gchar *line)
{
  Upstream self = { .pipeline = gst_parse_launch (line, NULL) };
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (self.pipeline), "sink");

  self.encoder = gst_bin_get_by_name (GST_BIN (self.pipeline), "encoder");
  self.pad = gst_element_get_static_pad (sink, "sink");
  return self;
}

static gint
get_property (Upstream *self, const gchar *name)
{
  gint value;

  g_object_get (self->encoder, name, &value, NULL);
  return value;
}

static const struct
{
  const gchar *line, *property;
  guint bitrates[2];
  gint values[2];
} lines[] = {
  /* One that was left as it is by default may get more than that. */
  { "vp8enc name=encoder ! rtpvp8pay ! queue ! fakesink name=sink",
      "target-bitrate", { 1000000, 300000 }, { 1000000, 300000 } },
  /* One that was set never gets more, and that again when nothing is known. */
  { "vp8enc name=encoder target-bitrate=500000 ! fakesink name=sink",
      "target-bitrate", { 100000, 1000000 }, { 100000, 500000 } },
  { "vp8enc name=encoder target-bitrate=500000 ! fakesink name=sink",
      "target-bitrate", { 100000, 0 }, { 100000, 500000 } },
  /* What makes next to no difference is not done. */
  { "vp8enc name=encoder ! fakesink name=sink", "target-bitrate",
      { 1000000, 980000 }, { 1000000, 1000000 } },
  { "opusenc name=encoder ! rtpopuspay ! fakesink name=sink", "bitrate",
      { 32000, 1000 }, { 32000, 4000 } },
  /* In a bin. */
  { "bin.( vp8enc name=encoder ! rtpvp8pay ) ! queue ! fakesink name=sink",
      "target-bitrate", { 400000, 200000 }, { 400000, 200000 } },
  /* Others get the same. */
  { "vp8enc name=encoder target-bitrate=500000 ! tee name=t "
    "t. ! queue ! fakesink name=sink t. ! queue ! fakesink",
      "target-bitrate", { 100000, 200000 }, { 500000, 500000 } },
  { "identity name=encoder sleep-time=7 ! fakesink name=sink", "sleep-time",
      { 100000, 200000 }, { 7, 7 } },
};

GST_START_TEST (an_encoder_follows_its_share)
{
  g_auto (Upstream) upstream = make_upstream (lines[__i__].line);

  wn_encoder_init (&upstream.steered);
  for (guint i = 0; i < 2; i++) {
    wn_encoder_steer (&upstream.steered, upstream.pad,
        lines[__i__].bitrates[i]);
    fail_unless_equals_int (get_property (&upstream, lines[__i__].property),
        lines[__i__].values[i]);
  }
}

GST_END_TEST;

static Suite *
shares_suite (void)
{
  Suite *suite = suite_create ("shares");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, a_bitrate_is_divided_by_priority, 0,
      G_N_ELEMENTS (divisions));
  tcase_add_loop_test (tc, an_encoder_follows_its_share, 0,
      G_N_ELEMENTS (lines));
  return suite;
}

CHECK_MAIN (shares)
