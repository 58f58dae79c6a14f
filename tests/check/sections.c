/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The media sections on the wire, and which stream goes into which of them, without
 * a webrtcbin. */

#include "checkmain.h"
#include "sdpcorpus.h"
#include "webrtc/connection/placement.h"

/* Gives what is to have a place in webrtcbin one, as setting @sdp there does. */
static void
give_places (WnSections *sections, guint n)
{
  g_autofree gint *places = wn_sections_get_places (sections, n);

  for (guint i = 0; i < n; i++)
    wn_sections_give_place (sections, i, places[i]);
}

/* An offer that is answered by the same. */
static void
negotiate (WnSections *sections, const GstSDPMessage *sdp)
{
  wn_sections_accept_offer (sections, sdp);
  give_places (sections, gst_sdp_message_medias_len (sdp));
  wn_sections_update (sections, sdp, sdp, FALSE);
}

/*** Transports ***/

/* Of two offers that come after each other: does the transport go on? */
static const struct
{
  const gchar *names[3];
  const gchar *what, *by; /* in the last */
  gboolean keeps;
} transports[] = {
  { { "plain", "plain" }, NULL, NULL, TRUE },
  /* An ICE restart. */
  { { "plain", "plain" }, "abcd", "efgh", TRUE },
  { { "plain", "rejected-in-the-middle" }, NULL, NULL, TRUE },
  /* The first is stopped, and keeps its credentials. */
  { { "chromium-seq1-offer", "chromium-seq2-stopped-offer" }, NULL, NULL,
      FALSE },
  /* What takes its place has others. */
  { { "chromium-seq1-offer", "chromium-seq3-recycled-offer" }, NULL, NULL,
      FALSE },
};

GST_START_TEST (whether_a_transport_goes_on_is_in_the_offer)
{
  g_autoptr (GstSDPMessage) before =
      corpus_load_valid (transports[__i__].names[0]);
  g_autofree gchar *path =
      g_strdup_printf ("valid/%s.sdp", transports[__i__].names[1]);
  g_autoptr (CorpusFile) file = corpus_file_load (path);
  g_autofree gchar *text = transports[__i__].what ? corpus_replace (file->text,
                               transports[__i__].what, transports[__i__].by)
                                                  : g_strdup (file->text);
  g_autoptr (GstSDPMessage) after = corpus_parse (text);
  WnSections sections;

  wn_sections_init (&sections);
  negotiate (&sections, before);
  fail_unless_equals_int (wn_sections_keep_transport (&sections, after),
      transports[__i__].keeps);
  wn_sections_clear (&sections);
}

GST_END_TEST;

/* Firefox stops the first section and leaves its credentials out; what is left goes on
 * with a new transport under the same ones. */
GST_START_TEST (a_section_without_credentials_takes_its_transport_away)
{
  g_autoptr (GstSDPMessage) before = corpus_load_valid ("chromium-seq1-offer");
  g_autoptr (GstSDPMessage) after =
      corpus_load_valid ("chromium-seq2-stopped-offer");
  GstSDPMedia *stopped = (GstSDPMedia *) gst_sdp_message_get_media (after, 0);
  WnSections sections;

  for (guint i = gst_sdp_media_attributes_len (stopped); i > 0; i--) {
    if (g_str_has_prefix (gst_sdp_media_get_attribute (stopped, i - 1)->key,
            "ice-"))
      gst_sdp_media_remove_attribute (stopped, i - 1);
  }
  wn_sections_init (&sections);
  negotiate (&sections, before);
  fail_if (wn_sections_keep_transport (&sections, after));
  wn_sections_clear (&sections);
}

GST_END_TEST;

/* A webrtcbin takes over, and what it offers is answered: @answer. */
static void
begin_again (WnSections *sections, const GstSDPMessage *offer,
    const GstSDPMessage *answer)
{
  wn_sections_forget_webrtcbin (sections);
  if (offer)
    wn_sections_update (sections, offer, answer, TRUE);
}

static gboolean
is_needed (const WnSections *sections)
{
  g_autoptr (GPtrArray) streams = wn_streams_new ();

  return wn_placement_is_needed (sections, streams);
}

/* How a remote peer whose connection goes on is told that ours does not. */
GST_START_TEST (a_lost_transport_is_told_of_by_another_tag)
{
  g_autoptr (GstSDPMessage) in_order = corpus_load_valid ("plain");
  g_autoptr (CorpusFile) file = corpus_file_load ("valid/plain.sdp");
  g_autofree gchar *text =
      corpus_replace (file->text, "BUNDLE 0 1", "BUNDLE 1 0");
  g_autoptr (GstSDPMessage) moved = corpus_parse (text);
  WnSections sections;

  wn_sections_init (&sections);
  fail_unless (wn_sections_get_tag (&sections) == NULL);
  negotiate (&sections, in_order);
  fail_unless_equals_string (wn_sections_get_tag (&sections), "0");
  fail_if (wn_sections_has_lost_transport (&sections));

  /* First, the transport of the same section is to begin anew. */
  begin_again (&sections, NULL, NULL);
  fail_unless (wn_sections_has_lost_transport (&sections));
  fail_unless (is_needed (&sections));
  fail_unless_equals_string (wn_sections_get_tag (&sections), "0");
  /* Nothing has failed: the remote peer does not know. */
  wn_sections_note_failure (&sections);
  fail_unless_equals_string (wn_sections_get_tag (&sections), "0");
  begin_again (&sections, in_order, in_order);
  fail_if (wn_sections_has_lost_transport (&sections));

  /* It does not connect. */
  wn_sections_note_failure (&sections);
  begin_again (&sections, NULL, NULL);
  fail_unless_equals_string (wn_sections_get_tag (&sections), "1");
  /* It offers before it knows. */
  wn_sections_update (&sections, in_order, in_order, FALSE);
  fail_unless (wn_sections_has_lost_transport (&sections));
  fail_unless_equals_string (wn_sections_get_tag (&sections), "1");
  /* Then it begins another one, and we keep the order. */
  begin_again (&sections, moved, moved);
  fail_if (wn_sections_has_lost_transport (&sections));
  fail_unless_equals_string (wn_sections_get_tag (&sections), "1");

  /* The next time that comes first, and back to the other one. */
  begin_again (&sections, NULL, NULL);
  fail_unless_equals_string (wn_sections_get_tag (&sections), "0");
  begin_again (&sections, in_order, in_order);
  fail_if (wn_sections_has_lost_transport (&sections));
  wn_sections_clear (&sections);
}

GST_END_TEST;

/* Chromium answers with the group in the order of the sections. */
GST_START_TEST (a_tag_that_does_not_move_is_left_alone)
{
  g_autoptr (GstSDPMessage) in_order = corpus_load_valid ("plain");
  g_autoptr (CorpusFile) file = corpus_file_load ("valid/plain.sdp");
  g_autofree gchar *text =
      corpus_replace (file->text, "BUNDLE 0 1", "BUNDLE 1 0");
  g_autoptr (GstSDPMessage) moved = corpus_parse (text);
  WnSections sections;

  wn_sections_init (&sections);
  negotiate (&sections, in_order);
  begin_again (&sections, in_order, in_order);
  wn_sections_note_failure (&sections);
  begin_again (&sections, NULL, NULL);
  fail_unless_equals_string (wn_sections_get_tag (&sections), "1");
  begin_again (&sections, moved, in_order);
  fail_unless (wn_sections_has_lost_transport (&sections));
  fail_unless (is_needed (&sections));
  fail_unless_equals_string (wn_sections_get_tag (&sections), "0");

  begin_again (&sections, in_order, in_order);
  fail_if (wn_sections_has_lost_transport (&sections));
  /* …for good. */
  wn_sections_note_failure (&sections);
  begin_again (&sections, NULL, NULL);
  fail_unless_equals_string (wn_sections_get_tag (&sections), "0");
  wn_sections_clear (&sections);
}

GST_END_TEST;

/* Both peers may make sections at once. */
GST_START_TEST (mids_are_ours)
{
  g_autoptr (GstSDPMessage) sdp = corpus_load_valid ("webrtcbin-offer");
  g_autoptr (GHashTable) mids = g_hash_table_new (g_str_hash, g_str_equal);
  WnSections sections[2];

  for (guint i = 0; i < 2; i++) {
    wn_sections_init (&sections[i]);
    g_free (sections[i].tag);
    sections[i].tag = g_strdup (i ? "a" : "b");
    for (guint j = 0; j < 6; j++) {
      const gchar *mid;

      wn_sections_add_pending (&sections[i],
          gst_sdp_message_get_media (sdp, j % 3), j);
      mid = wn_sections_get (&sections[i], j)->mid;
      fail_unless (strlen (mid) <= 16);
      fail_unless (g_hash_table_add (mids, (gpointer) mid));
    }
  }
  wn_sections_clear (&sections[0]);
  g_hash_table_remove_all (mids);
  wn_sections_clear (&sections[1]);
}

GST_END_TEST;

/*** Which stream goes where ***/

#define VP8 "video,encoding-name=VP8,clock-rate=90000"
#define VP9 "video,encoding-name=VP9,clock-rate=90000"
#define OPUS "audio,encoding-name=OPUS,clock-rate=48000"

typedef struct
{
  WnSections sections;
  GPtrArray *streams;
} World;

static void
world_init (World *self)
{
  wn_sections_init (&self->sections);
  self->streams = wn_streams_new ();
}

static void
world_clear (World *self)
{
  wn_sections_clear (&self->sections);
  g_ptr_array_unref (self->streams);
}

/* @format: the encoding that the pad is requested with; its payload type is 96 */
static WnStream *
add_stream (World *self, const gchar *format)
{
  g_autofree gchar *text =
      g_strdup_printf ("application/x-rtp,media=%s,payload=96", format);
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  g_autoptr (GstCaps) any = gst_caps_new_any ();
  g_autoptr (GstPadTemplate) templ =
      gst_object_ref_sink (gst_pad_template_new ("sink_%u", GST_PAD_SINK,
          GST_PAD_REQUEST, any));
  g_autofree gchar *name = g_strdup_printf ("sink_%u", self->streams->len);
  g_autoptr (WnSinkPad) pad =
      gst_object_ref_sink (wn_sink_pad_new (templ, name, caps));

  gst_pad_set_active (GST_PAD (pad), TRUE);
  wn_streams_add (self->streams, pad);
  return wn_streams_find (self->streams, pad);
}

/* Upstream sends another encoding. */
static void
send_format (WnStream *stream, const gchar *format)
{
  g_autofree gchar *text =
      g_strdup_printf ("application/x-rtp,media=%s,payload=96", format);
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);

  gst_pad_send_event (GST_PAD (stream->pad), gst_event_new_stream_start ("s"));
  gst_pad_send_event (GST_PAD (stream->pad), gst_event_new_caps (caps));
}

/* @text: of each section "[rejected ]KIND PT=ENCODING[,PT=ENCODING] DIRECTION[ MID]",
 *   with "; " between.  Without a mid it is the index */
static GstSDPMessage *
describe (const gchar *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "; ", -1);
  GstSDPMessage *sdp;

  gst_sdp_message_new (&sdp);
  for (guint i = 0; parts[i]; i++) {
    g_auto (GStrv) words = g_strsplit (parts[i], " ", -1);
    GstSDPMedia *media;
    g_autofree gchar *mid = g_strdup_printf ("%u", i);
    gchar **word = words;
    gboolean is_rejected = g_str_equal (*word, "rejected");
    g_auto (GStrv) formats = NULL;

    gst_sdp_media_new (&media);
    word += is_rejected;
    gst_sdp_media_set_media (media, word[0]);
    gst_sdp_media_set_proto (media,
        g_str_equal (word[0], "application") ? "UDP/DTLS/SCTP"
                                             : "UDP/TLS/RTP/SAVPF");
    gst_sdp_media_set_port_info (media, is_rejected ? 0 : 9, 1);
    formats = g_strsplit (word[1], ",", -1);
    for (guint j = 0; formats[j]; j++) {
      g_auto (GStrv) format = g_strsplit (formats[j], "=", 2);

      gst_sdp_media_add_format (media, format[0]);
      if (format[1]) {
        g_autofree gchar *map = g_strdup_printf ("%s %s/%s", format[0],
            format[1], g_str_equal (word[0], "audio") ? "48000" : "90000");

        gst_sdp_media_add_attribute (media, "rtpmap", map);
      }
    }
    if (word[2])
      gst_sdp_media_add_attribute (media, word[2], "");
    gst_sdp_media_add_attribute (media, "mid",
        word[2] && word[3] ? word[3] : mid);
    gst_sdp_message_add_media (sdp, media);
    gst_sdp_media_free (media);
  }
  return sdp;
}

/* What is negotiated, with an offer of the remote peer's that is answered by @ours. */
static void
world_negotiate (World *self, const gchar *theirs, const gchar *ours)
{
  g_autoptr (GstSDPMessage) offer = describe (theirs);
  g_autoptr (GstSDPMessage) answer = describe (ours);

  wn_placement_accept_offer (&self->sections, self->streams, offer);
  give_places (&self->sections, gst_sdp_message_medias_len (offer));
  wn_sections_update (&self->sections, answer, offer, FALSE);
}

/* Of each placement "MLINE PLACE ", then "STREAM/PAYLOAD", "received" or "shown" */
static gchar *
outline (World *self, const GArray *placements)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < placements->len; i++) {
    const WnPlacement *placement = &g_array_index (placements, WnPlacement, i);
    guint index = 0;
    gint payload = -1;

    g_string_append_printf (text, "%s%d %d ", i ? "; " : "", placement->mline,
        placement->place);
    if (!placement->stream) {
      g_string_append (text, placement->is_received ? "received" : "shown");
      continue;
    }
    fail_unless (g_ptr_array_find (self->streams, placement->stream, &index));
    gst_structure_get_int (gst_caps_get_structure (placement->stream->wire, 0),
        "payload", &payload);
    g_string_append_printf (text, "%u/%d", index, payload);
  }
  return g_string_free (text, FALSE);
}

static void
offer_is (World *self, const gchar *expected)
{
  g_autoptr (GArray) placements =
      wn_placement_for_offer (&self->sections, self->streams);
  g_autofree gchar *is = outline (self, placements);

  fail_unless_equals_string (is, expected);
}

/* The remote peer offers @theirs. */
static void
answer_is (World *self, const gchar *theirs, const gchar *expected)
{
  g_autoptr (GstSDPMessage) offer = describe (theirs);
  g_autoptr (GArray) placements = NULL;
  g_autofree gchar *is = NULL;

  wn_placement_accept_offer (&self->sections, self->streams, offer);
  placements = wn_placement_for_answer (&self->sections, self->streams, offer);
  is = outline (self, placements);
  fail_unless_equals_string (is, expected);
}

static void
in_force_is (World *self, const gchar *expected)
{
  g_autoptr (GArray) placements =
      wn_placement_in_force (&self->sections, self->streams);
  g_autofree gchar *is = outline (self, placements);

  fail_unless_equals_string (is, expected);
}

static const struct
{
  const gchar *negotiated, *ours; /* or NULL */
  const gchar *streams[4];
  const gchar *offer;
} offered[] = {
  /* All payloaders take 96; in a bundle that means one encoding. */
  { NULL, NULL, { VP8, OPUS, VP8 }, "-1 -1 0/96; -1 -1 1/97; -1 -1 2/96" },
  /* What is idle is used before there is another section. */
  { "video 100=VP8 recvonly", "video 100=VP8 inactive", { VP8 }, "0 0 0/100" },
  { "video 100=VP8 recvonly", "video 100=VP8 inactive", { VP9, VP8 },
      "-1 -1 0/96; 0 0 1/100" },
  { "video 96=VP8 recvonly", "video 96=VP8 inactive", { VP9 }, "-1 -1 0/97" },
  /* What the remote peer sends in a section goes on as it is. */
  { "video 100=VP8,101=VP9 sendrecv", "video 101=VP9 recvonly", { VP8 },
      "-1 -1 0/100" },
  { "video 100=VP8,101=VP9 sendrecv", "video 101=VP9 recvonly", { VP9 },
      "0 0 0/101" },
  /* What is rejected is nobody's any more, nor is what is for data. */
  { "rejected video 100=VP8 recvonly; application webrtc-datachannel",
      "rejected video 100=VP8 recvonly; application webrtc-datachannel",
      { VP8 }, "-1 -1 0/100" },
};

GST_START_TEST (an_offer_has_a_section_for_each_stream)
{
  World world;

  world_init (&world);
  if (offered[__i__].negotiated)
    world_negotiate (&world, offered[__i__].negotiated, offered[__i__].ours);
  for (guint i = 0; offered[__i__].streams[i]; i++)
    add_stream (&world, offered[__i__].streams[i]);
  fail_unless (wn_placement_is_needed (&world.sections, world.streams));
  offer_is (&world, offered[__i__].offer);
  world_clear (&world);
}

GST_END_TEST;

GST_START_TEST (there_is_an_end_of_sections)
{
  World world;
  g_autoptr (GString) all = g_string_new ("video 100=VP8 recvonly");
  WnStream *last;

  world_init (&world);
  for (guint i = 1; i < WN_SECTIONS_MAX; i++)
    g_string_append (all, "; audio 111=OPUS recvonly");
  world_negotiate (&world, all->str, all->str);
  add_stream (&world, VP8);
  last = add_stream (&world, VP9);
  fail_unless (wn_placement_is_needed (&world.sections, world.streams));
  offer_is (&world, "0 0 0/100");
  fail_unless_equals_int (last->mline, -1);
  world_clear (&world);
}

GST_END_TEST;

/* The sections of webrtcbin's that are new, in its order. */
GST_START_TEST (an_offer_tells_which_section_is_which)
{
  World world;
  WnStream *video, *audio;
  g_autoptr (GArray) placements = NULL;
  g_autoptr (GArray) added = NULL;
  g_autoptr (GstSDPMessage) offer =
      describe ("video 100=VP8 sendrecv; audio 97=OPUS sendrecv; video 96=VP9 "
                "sendrecv; application webrtc-datachannel");

  world_init (&world);
  world_negotiate (&world, "video 100=VP8 sendrecv", "video 100=VP8 recvonly");
  video = add_stream (&world, VP9);
  audio = add_stream (&world, OPUS);
  placements = wn_placement_for_offer (&world.sections, world.streams);
  added = g_array_new (FALSE, FALSE, sizeof (WnPlacement));
  g_array_append_val (added, g_array_index (placements, WnPlacement, 1));
  g_array_append_val (added, g_array_index (placements, WnPlacement, 0));
  wn_placement_note_offer (&world.sections, added, offer);

  fail_unless_equals_int (wn_sections_get_length (&world.sections), 4);
  fail_unless_equals_int (audio->mline, 1);
  fail_unless_equals_int (video->mline, 2);
  fail_unless_equals_int (wn_sections_find_channel (&world.sections), 3);
  for (guint i = 0; i < 4; i++)
    fail_unless_equals_int (wn_sections_get (&world.sections, i)->place, i);

  /* Nobody answers it. */
  wn_placement_take_back (&world.sections, world.streams);
  fail_unless_equals_int (wn_sections_get_length (&world.sections), 1);
  fail_unless_equals_int (video->mline, -1);
  offer_is (&world, "-1 -1 0/96; -1 -1 1/97");
  world_clear (&world);
}

GST_END_TEST;

GST_START_TEST (another_webrtcbin_gets_all_sections)
{
  World world;
  WnStream *stream;

  world_init (&world);
  stream = add_stream (&world, VP8);
  answer_is (&world,
      "audio 111=OPUS sendrecv; video 101=VP9,100=VP8 sendrecv; "
      "rejected video 100=VP8 sendrecv",
      "0 -1 shown; 1 -1 0/100");
  fail_unless_equals_int (stream->mline, 1);
  world_negotiate (&world,
      "audio 111=OPUS sendrecv; video 101=VP9,100=VP8 sendrecv; "
      "rejected video 100=VP8 sendrecv",
      "audio 111=OPUS recvonly; video 100=VP8 sendrecv; "
      "rejected video 100=VP8 sendrecv");
  in_force_is (&world, "0 0 shown");

  wn_sections_forget_webrtcbin (&world.sections);
  wn_streams_forget_webrtcbin (world.streams);
  fail_unless (wn_placement_is_needed (&world.sections, world.streams));
  offer_is (&world, "0 -1 received; 1 -1 0/100");
  fail_unless_equals_int (stream->mline, 1);
  world_clear (&world);
}

GST_END_TEST;

/* It may have been lost, and the peer may have heard it all the same. */
GST_START_TEST (what_was_offered_without_an_answer_is_offered_again)
{
  World world;
  WnStream *stream;
  g_autoptr (GArray) placements = NULL;
  g_autoptr (GstSDPMessage) offer = describe ("video 96=VP8 sendrecv");

  world_init (&world);
  stream = add_stream (&world, VP8);
  placements = wn_placement_for_offer (&world.sections, world.streams);
  wn_placement_note_offer (&world.sections, placements, offer);
  fail_unless_equals_int (stream->mline, 0);

  wn_sections_forget_webrtcbin (&world.sections);
  wn_streams_forget_webrtcbin (world.streams);
  offer_is (&world, "0 -1 0/96");

  /* As what it was, though another encoding comes meanwhile. */
  wn_sections_forget_webrtcbin (&world.sections);
  wn_streams_forget_webrtcbin (world.streams);
  send_format (stream, VP9);
  offer_is (&world, "0 -1 received; -1 -1 0/97");
  world_clear (&world);
}

GST_END_TEST;

/* The one who offers says which sections there are. */
static const struct
{
  const gchar *streams[4];
  const gchar *offer, *placements;
} answered[] = {
  { { OPUS, VP8 }, "video 100=VP8 sendrecv; audio 111=OPUS sendrecv",
      "0 -1 1/100; 1 -1 0/111" },
  { { VP8, VP8 }, "video 100=VP8 sendrecv", "0 -1 0/100" },
  { { VP9 }, "video 100=VP8 sendrecv; video 101=VP9 sendrecv",
      "0 -1 shown; 1 -1 0/101" },
  { { VP8 }, "rejected video 100=VP8 sendrecv; application webrtc-datachannel",
      "" },
};

GST_START_TEST (an_answer_has_the_streams_that_fit)
{
  World world;

  world_init (&world);
  for (guint i = 0; answered[__i__].streams[i]; i++)
    add_stream (&world, answered[__i__].streams[i]);
  answer_is (&world, answered[__i__].offer, answered[__i__].placements);
  world_clear (&world);
}

GST_END_TEST;

/* The remote peer offers a section again, with other encodings. */
GST_START_TEST (a_stream_leaves_a_section_that_is_not_its_any_more)
{
  World world;
  WnStream *vp8, *vp9;

  world_init (&world);
  vp8 = add_stream (&world, VP8);
  vp9 = add_stream (&world, VP9);
  answer_is (&world, "video 100=VP8 sendrecv", "0 -1 0/100");
  world_negotiate (&world, "video 100=VP8 sendrecv", "video 100=VP8 sendrecv");
  /* As it was. */
  answer_is (&world, "video 100=VP8,101=VP9 sendrecv", "");
  /* Under another payload type. */
  answer_is (&world, "video 101=VP8 sendrecv", "0 0 0/101");
  answer_is (&world, "video 102=VP9 sendrecv", "0 0 1/102");
  fail_unless_equals_int (vp8->mline, -1);
  fail_unless_equals_int (vp9->mline, 0);
  world_clear (&world);
}

GST_END_TEST;

GST_START_TEST (what_was_stopped_is_not_offered_again_as_it_is)
{
  World world;
  WnStream *stream;

  world_init (&world);
  stream = add_stream (&world, VP8);
  answer_is (&world, "video 100=VP8 sendrecv", "0 -1 0/100");
  world_negotiate (&world, "video 100=VP8 sendrecv", "video 100=VP8 sendrecv");
  /* It was waited for, before it got its section. */
  stream->wait_until = 1;
  world_negotiate (&world, "rejected video 100=VP8 sendrecv",
      "rejected video 100=VP8 sendrecv");
  fail_if (wn_placement_is_needed (&world.sections, world.streams));
  answer_is (&world, "video 100=VP8 recvonly again", "0 -1 shown");
  fail_unless (stream->is_stopped);
  world_negotiate (&world, "video 100=VP8 recvonly again",
      "video 100=VP8 inactive again");
  fail_if (wn_placement_is_needed (&world.sections, world.streams));
  offer_is (&world, "");

  send_format (stream, VP9);
  fail_unless (wn_placement_is_needed (&world.sections, world.streams));
  offer_is (&world, "-1 -1 0/96");
  world_clear (&world);
}

GST_END_TEST;

/* Of what we offered, the remote peer takes a part. */
GST_START_TEST (a_stream_stays_where_its_encoding_is_in_force)
{
  World world;
  WnStream *stream;

  world_init (&world);
  stream = add_stream (&world, VP8);
  answer_is (&world, "video 100=VP8,101=VP9 sendrecv", "0 -1 0/100");
  world_negotiate (&world, "video 100=VP8,101=VP9 sendrecv",
      "video 100=VP8 sendrecv");
  in_force_is (&world, "");
  fail_unless_equals_int (stream->mline, 0);

  world_negotiate (&world, "video 100=VP8,101=VP9 sendrecv",
      "video 101=VP9 sendrecv");
  in_force_is (&world, "0 0 shown");
  fail_unless_equals_int (stream->mline, -1);
  world_clear (&world);
}

GST_END_TEST;

static Suite *
sections_suite (void)
{
  Suite *suite = suite_create ("sections");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, whether_a_transport_goes_on_is_in_the_offer, 0,
      G_N_ELEMENTS (transports));
  tcase_add_test (tc, a_section_without_credentials_takes_its_transport_away);
  tcase_add_test (tc, a_lost_transport_is_told_of_by_another_tag);
  tcase_add_test (tc, a_tag_that_does_not_move_is_left_alone);
  tcase_add_test (tc, mids_are_ours);
  tcase_add_loop_test (tc, an_offer_has_a_section_for_each_stream, 0,
      G_N_ELEMENTS (offered));
  tcase_add_test (tc, there_is_an_end_of_sections);
  tcase_add_test (tc, an_offer_tells_which_section_is_which);
  tcase_add_test (tc, another_webrtcbin_gets_all_sections);
  tcase_add_test (tc, what_was_offered_without_an_answer_is_offered_again);
  tcase_add_loop_test (tc, an_answer_has_the_streams_that_fit, 0,
      G_N_ELEMENTS (answered));
  tcase_add_test (tc, a_stream_leaves_a_section_that_is_not_its_any_more);
  tcase_add_test (tc, what_was_stopped_is_not_offered_again_as_it_is);
  tcase_add_test (tc, a_stream_stays_where_its_encoding_is_in_force);
  return suite;
}

CHECK_MAIN (sections)
