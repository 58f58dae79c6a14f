/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What stands between the wire and webrtcbin, text to text.
 *
 * A description is compared by its outline: the groups, then each section's kind,
 * port, mid, direction, DTLS setup and username fragment, "-" for what is not
 * there. */

#include "checkmain.h"
#include "sdpcorpus.h"
#include "webrtc/connection/sections.h"

/*** Outlines ***/

static const gchar *
value_or_none (const GstSDPMedia *media, const gchar *key)
{
  const gchar *value = gst_sdp_media_get_attribute_val (media, key);

  return value ? value : "-";
}

static const gchar *
direction_or_none (const GstSDPMedia *media)
{
  static const gchar *const names[] = { "inactive", "sendonly", "recvonly",
    "sendrecv" };
  const gchar *found = "-";

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (!gst_sdp_media_get_attribute_val (media, names[i]))
      continue;
    fail_unless_equals_string (found, "-");
    fail_unless (gst_sdp_media_get_attribute_val_n (media, names[i], 1)
        == NULL);
    found = names[i];
  }
  return found;
}

static gchar *
outline (const GstSDPMessage *sdp)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < gst_sdp_message_attributes_len (sdp); i++) {
    const GstSDPAttribute *attribute = gst_sdp_message_get_attribute (sdp, i);

    if (g_str_equal (attribute->key, "group"))
      g_string_append_printf (text, "%s\n", attribute->value);
  }
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    g_string_append_printf (text, "%s %u %s %s %s %s\n",
        gst_sdp_media_get_media (media), gst_sdp_media_get_port (media),
        value_or_none (media, "mid"), direction_or_none (media),
        value_or_none (media, "setup"), value_or_none (media, "ice-ufrag"));
  }
  return g_string_free (text, FALSE);
}

static gboolean
has_line (const GstSDPMessage *sdp, const gchar *line)
{
  g_autofree gchar *text = gst_sdp_message_as_text (sdp);

  return strstr (text, line) != NULL;
}

/*** Reading ***/

GST_START_TEST (the_session_speaks_for_sections_that_say_nothing)
{
  g_autoptr (CorpusFile) file =
      corpus_file_load ("valid/chromium-seq1-offer.sdp");
  g_autofree gchar *silent = corpus_replace (file->text, "a=sendrecv", "a=x");
  g_autofree gchar *once =
      corpus_replace (silent, "t=0 0", "t=0 0\r\na=recvonly");
  g_autofree gchar *text =
      corpus_replace (once, "m=audio", "a=inactive\r\nm=audio");
  g_autoptr (GstSDPMessage) sdp = corpus_parse (text);

  fail_unless_equals_int (
      wn_sdp_media_get_direction (gst_sdp_message_get_media (sdp, 0)),
      WN_DIRECTION_INACTIVE);
  fail_unless_equals_int (
      wn_sdp_media_get_direction (gst_sdp_message_get_media (sdp, 1)),
      WN_DIRECTION_RECVONLY);
  fail_if (gst_sdp_message_get_attribute_val (sdp, "recvonly") != NULL);
}

GST_END_TEST;

/*** Towards webrtcbin ***/

#define VIDEO_0 "video 9 remote-0 sendrecv "
#define AUDIO_1 "audio 9 remote-1 sendrecv "
#define R012_CRLF "BUNDLE remote-0 remote-1 remote-2\r\n"
#define R012 "BUNDLE remote-0 remote-1 remote-2\n"

static const struct
{
  /* Each is shown to webrtcbin after the one before it. */
  const gchar *names[4];
  const gchar *answered;
  WnSetup setup;
  const gchar *expected;
} shown[] = {
  /* As it comes, under names of our own. */
  { { "chromium-seq1-offer" }, NULL, WN_SETUP_UNKNOWN,
      "BUNDLE remote-0 remote-1\n" VIDEO_0 "actpass VkmI\n" AUDIO_1
      "actpass VkmI\n" },
  /* Directions are ours. */
  { { "chromium-seq1-answer" }, NULL, WN_SETUP_UNKNOWN,
      "BUNDLE remote-0 remote-1\n" VIDEO_0 "active eWtR\n" AUDIO_1
      "active eWtR\n" },
  /* The DTLS role is the one in force. */
  { { "chromium-seq1-offer" }, NULL, WN_SETUP_PASSIVE,
      "BUNDLE remote-0 remote-1\n" VIDEO_0 "passive VkmI\n" AUDIO_1
      "passive VkmI\n" },
  { { "firefox" }, NULL, WN_SETUP_ACTIVE,
      R012 "audio 9 remote-0 sendrecv active abcd\n"
           "video 9 remote-1 sendrecv active abcd\n"
           "application 9 remote-2 - active abcd\n" },
  /* A rejected section is as it was when it was alive… */
  { { "chromium-seq1-offer", "chromium-seq2-stopped-offer" }, NULL,
      WN_SETUP_ACTIVE,
      "BUNDLE remote-0 remote-1\n" VIDEO_0 "active VkmI\n" AUDIO_1
      "active VkmI\n" },
  { { "plain", "rejected-in-the-middle" }, NULL, WN_SETUP_UNKNOWN,
      R012 "audio 9 remote-0 sendrecv actpass abcd\n"
           "video 9 remote-1 sendrecv actpass abcd\n"
           "application 9 remote-2 - actpass abcd\n" },
  /* …or is not there if it never was. */
  { { "chromium-seq2-stopped-offer" }, NULL, WN_SETUP_UNKNOWN,
      "BUNDLE remote-0\naudio 9 remote-0 sendrecv actpass VkmI\n" },
  { { "rejected-in-the-middle" }, NULL, WN_SETUP_UNKNOWN,
      "BUNDLE remote-0 remote-1\n"
      "audio 9 remote-0 sendrecv actpass abcd\n"
      "application 9 remote-1 - actpass abcd\n" },
  { { "rejected-in-the-middle", "rejected-in-the-middle" }, NULL,
      WN_SETUP_UNKNOWN,
      "BUNDLE remote-0 remote-1\n"
      "audio 9 remote-0 sendrecv actpass abcd\n"
      "application 9 remote-1 - actpass abcd\n" },
  /* A recycled section is a new one, at the end… */
  { { "chromium-seq1-offer", "chromium-seq2-stopped-offer",
        "chromium-seq3-recycled-offer" },
      NULL, WN_SETUP_UNKNOWN,
      R012 VIDEO_0 "actpass tEpT\n" AUDIO_1 "actpass tEpT\n"
                   "video 9 remote-2 sendrecv actpass tEpT\n" },
  { { "chromium-seq2-stopped-offer", "chromium-seq3-recycled-offer" }, NULL,
      WN_SETUP_UNKNOWN,
      "BUNDLE remote-0 remote-1\n"
      "audio 9 remote-0 sendrecv actpass tEpT\n"
      "video 9 remote-1 sendrecv actpass tEpT\n" },
  /* …of whatever kind. */
  { { "plain", "rejected-in-the-middle", "recycled-in-the-middle" }, NULL,
      WN_SETUP_UNKNOWN,
      "BUNDLE remote-0 remote-1 remote-2 remote-3\n"
      "audio 9 remote-0 sendrecv actpass abcd\n"
      "video 9 remote-1 sendrecv actpass abcd\n"
      "application 9 remote-2 - actpass abcd\n"
      "audio 9 remote-3 sendrecv actpass abcd\n" },
  /* What is said once is said of each section. */
  { { "credentials-at-the-session" }, NULL, WN_SETUP_UNKNOWN,
      R012 "audio 9 remote-0 sendrecv actpass abcd\n"
           "video 9 remote-1 sendrecv actpass abcd\n"
           "application 9 remote-2 - actpass abcd\n" },
  /* A section to be bundled is none that is rejected. */
  { { "firefox" }, NULL, WN_SETUP_UNKNOWN,
      R012 "audio 9 remote-0 sendrecv actpass abcd\n"
           "video 9 remote-1 sendrecv actpass abcd\n"
           "application 9 remote-2 - actpass abcd\n" },
  /* An answer has webrtcbin's own names, and may leave out the mid of what it
   * rejects. */
  { { "firefox-answer-rejects" }, "plain", WN_SETUP_UNKNOWN,
      "BUNDLE 0 1 2\naudio 9 0 sendrecv active wxyz\n"
      "video 9 1 sendrecv active wxyz\napplication 9 2 - active wxyz\n" },
  { { "answer-rejects-the-first" }, "plain", WN_SETUP_UNKNOWN,
      "BUNDLE 0 1 2\naudio 9 0 sendrecv active wxyz\n"
      "video 9 1 sendrecv active wxyz\napplication 9 2 - active wxyz\n" },
  /* Without a group there is none, and each transport is its own. */
  { { "no-bundle-two" }, NULL, WN_SETUP_UNKNOWN,
      "video 9 remote-0 sendrecv actpass abcd\n"
      "audio 9 remote-1 sendrecv actpass efgh\n" },
};

static GstSDPMessage *
show_next (WnSections *sections, const GstSDPMessage *sdp,
    const GstSDPMessage *former, const GstSDPMessage *offer, WnSetup setup)
{
  guint n = gst_sdp_message_medias_len (sdp);
  g_autofree gint *places = NULL;
  GstSDPMessage *result;

  if (offer) {
    for (guint i = 0; i < gst_sdp_message_medias_len (offer); i++)
      wn_sections_add_pending (sections, gst_sdp_message_get_media (offer, i),
          i);
  } else {
    wn_sections_accept_offer (sections, sdp);
  }
  places = wn_sections_get_places (sections, n);
  result = wn_sdp_to_webrtcbin (sdp, places, former, offer, setup);
  for (guint i = 0; i < n; i++)
    wn_sections_give_place (sections, i, places[i]);
  wn_sections_update (sections, sdp, sdp, offer != NULL);
  return result;
}

static GstSDPMessage *
show (const gchar *const *names, guint n, const gchar *answered, WnSetup setup)
{
  g_autoptr (GstSDPMessage) former = NULL;
  g_autoptr (GstSDPMessage) offer =
      answered ? corpus_load_valid (answered) : NULL;
  WnSections sections;

  wn_sections_init (&sections);
  for (guint i = 0; i < n && names[i]; i++) {
    g_autoptr (GstSDPMessage) sdp = corpus_load_valid (names[i]);
    GstSDPMessage *next = show_next (&sections, sdp, former, offer, setup);

    g_clear_pointer (&former, gst_sdp_message_free);
    former = next;
  }
  wn_sections_clear (&sections);
  return g_steal_pointer (&former);
}

/* What webrtcbin is shown first of all. */
static GstSDPMessage *
show_first (const GstSDPMessage *sdp)
{
  GstSDPMessage *result;
  WnSections sections;

  wn_sections_init (&sections);
  result = show_next (&sections, sdp, NULL, NULL, WN_SETUP_UNKNOWN);
  wn_sections_clear (&sections);
  return result;
}

GST_START_TEST (what_webrtcbin_is_shown)
{
  g_autoptr (GstSDPMessage) sdp =
      show (shown[__i__].names, G_N_ELEMENTS (shown[__i__].names),
          shown[__i__].answered, shown[__i__].setup);
  g_autofree gchar *is = outline (sdp);

  fail_unless_equals_string (is, shown[__i__].expected);
  fail_if (has_line (sdp, "bundle-only"));
}

GST_END_TEST;

/* Its payload type can be another stream's by then. */
GST_START_TEST (a_rejected_section_repeats_nothing)
{
  static const gchar *const names[] = { "plain", "rejected-in-the-middle" };

  for (guint n = 1; n <= 2; n++) {
    g_autoptr (GstSDPMessage) sdp = show (names, n, NULL, WN_SETUP_UNKNOWN);
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, 1);
    gboolean repeats = FALSE;

    for (guint i = 0; i < gst_sdp_media_attributes_len (media); i++)
      repeats |= strstr (gst_sdp_media_get_attribute (media, i)->value, "rtx/")
          != NULL;
    fail_unless_equals_int (repeats, n == 1);
  }
}

GST_END_TEST;

/* As webrtcbin's own are, which a rejected section is shown as. */
GST_START_TEST (an_attribute_without_a_value_gets_one)
{
  g_autoptr (GstSDPMessage) offer = corpus_load_valid ("chromium-seq1-offer");
  g_autoptr (GstSDPMessage) answer =
      corpus_load_valid ("chromium-seq2-stopped-answer");
  g_autoptr (GstSDPMessage) sdp = NULL;
  const gint places[] = { 0, 1 };

  for (guint i = 0; i < 2; i++)
    gst_sdp_media_add_attribute ((GstSDPMedia *)
                                     gst_sdp_message_get_media (offer, i),
        "rtcp-mux-only", NULL);
  sdp = wn_sdp_to_webrtcbin (answer, places, NULL, offer, WN_SETUP_UNKNOWN);
  fail_unless (has_line (sdp, "rtcp-mux-only"));
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("application/x-rtp");

    fail_unless (gst_sdp_media_attributes_to_caps (media, caps) == GST_SDP_OK);
  }
}

GST_END_TEST;

/* Of three sections of which the group has the last two. */
GST_START_TEST (bundle_only_means_something_in_the_group_of_an_offer_only)
{
  for (guint is_offer = 0; is_offer < 2; is_offer++) {
    g_autoptr (GstSDPMessage) sdp = corpus_load_valid ("plain");

    for (guint i = 0; i < 3; i++) {
      GstSDPMedia *media = (GstSDPMedia *) gst_sdp_message_get_media (sdp, i);

      gst_sdp_media_add_attribute (media, "bundle-only", "");
      gst_sdp_media_set_port_info (media, 0, 1);
    }
    for (guint i = 0; i < gst_sdp_message_attributes_len (sdp); i++) {
      GstSDPAttribute group;

      if (!g_str_equal (gst_sdp_message_get_attribute (sdp, i)->key, "group"))
        continue;
      gst_sdp_attribute_set (&group, "group", "BUNDLE 1 2");
      gst_sdp_message_replace_attribute (sdp, i, &group);
    }

    wn_sdp_settle_bundle_only (sdp, is_offer);
    for (guint i = 0; i < 3; i++)
      fail_unless_equals_int (
          wn_sdp_media_is_rejected (gst_sdp_message_get_media (sdp, i)),
          !is_offer || i < 2);
  }
}

GST_END_TEST;

GST_START_TEST (what_the_session_says_of_transport_goes_into_sections)
{
  g_autoptr (GstSDPMessage) on_wire = corpus_load_valid ("firefox");
  g_autoptr (GstSDPMessage) sdp = show_first (on_wire);

  fail_unless (gst_sdp_message_get_attribute_val (on_wire, "fingerprint"));
  fail_unless (gst_sdp_message_get_attribute_val (sdp, "fingerprint") == NULL);
  fail_unless (gst_sdp_message_get_attribute_val (sdp, "ice-options") == NULL);
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    fail_unless (gst_sdp_media_get_attribute_val (media, "fingerprint"));
    fail_unless (gst_sdp_media_get_attribute_val (media, "ice-pwd"));
  }
}

GST_END_TEST;

/* 1.28.5 and later compare it as text. */
GST_START_TEST (a_fingerprint_is_written_as_webrtcbin_does)
{
  g_autoptr (CorpusFile) file = corpus_file_load ("valid/plain.sdp");
  g_autoptr (GRegex) fingerprint =
      g_regex_new ("(?m)^a=fingerprint:.*$", 0, 0, NULL);
  g_autofree gchar *text =
      g_regex_replace_literal (fingerprint, file->text, -1, 0,
          "a=fingerprint:SHA-1 "
          "ab:cd:ef:01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef:0a",
          0, NULL);
  g_autoptr (GstSDPMessage) on_wire = corpus_parse (text);
  g_autoptr (GstSDPMessage) sdp = show_first (on_wire);

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++)
    fail_unless_equals_string (
        gst_sdp_media_get_attribute_val (gst_sdp_message_get_media (sdp, i),
            "fingerprint"),
        "sha-1 AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:0A");
}

GST_END_TEST;

/* webrtcbin takes the first a=group line for BUNDLE's. */
GST_START_TEST (other_groups_are_removed)
{
  g_autoptr (CorpusFile) file = corpus_file_load ("valid/plain.sdp");
  g_autofree gchar *text = corpus_replace (file->text, "a=group:BUNDLE 0 1 2",
      "a=group:LS 0 1\na=group:BUNDLE 0 1 2\na=group:FID 0 1");
  g_autoptr (GstSDPMessage) on_wire = corpus_parse (text);
  g_autoptr (GstSDPMessage) sdp = show_first (on_wire);

  fail_if (has_line (sdp, "a=group:LS"));
  fail_if (has_line (sdp, "a=group:FID"));
  fail_unless (has_line (sdp, "a=group:" R012_CRLF));
}

GST_END_TEST;

GST_START_TEST (a_bundled_section_has_the_transport_of_the_tag)
{
  g_autoptr (GstSDPMessage) on_wire =
      corpus_load_valid ("chromium-seq3-recycled-offer");
  g_autoptr (GstSDPMessage) sdp = NULL;
  GstSDPMedia *audio = (GstSDPMedia *) gst_sdp_message_get_media (on_wire, 1);

  for (guint i = 0; i < gst_sdp_media_attributes_len (audio); i++) {
    GstSDPAttribute attribute;

    if (!g_str_equal (gst_sdp_media_get_attribute (audio, i)->key, "ice-ufrag"))
      continue;
    gst_sdp_attribute_set (&attribute, "ice-ufrag", "stale");
    gst_sdp_media_replace_attribute (audio, i, &attribute);
  }
  sdp = show_first (on_wire);
  fail_unless_equals_string (value_or_none (gst_sdp_message_get_media (sdp, 1),
                                 "ice-ufrag"),
      "tEpT");
}

GST_END_TEST;

/*** What is said of descriptions ***/

static const struct
{
  const gchar *name;
  WnSetup setup;
} setups[] = {
  { "chromium-seq1-offer", WN_SETUP_UNKNOWN },
  { "chromium-seq1-answer", WN_SETUP_ACTIVE },
  { "chromium-seq2-stopped-answer", WN_SETUP_ACTIVE },
  { "answer-rejects-the-first", WN_SETUP_ACTIVE },
  { "chromium-empty", WN_SETUP_UNKNOWN },
};

GST_START_TEST (the_dtls_role_is_that_of_a_live_section)
{
  g_autoptr (GstSDPMessage) sdp = corpus_load_valid (setups[__i__].name);

  fail_unless_equals_int (wn_sdp_get_setup (sdp), setups[__i__].setup);
}

GST_END_TEST;

GST_START_TEST (the_dtls_role_may_be_the_sessions)
{
  g_autoptr (CorpusFile) file = corpus_file_load ("valid/plain-answer.sdp");
  g_autofree gchar *without =
      corpus_replace (file->text, "a=setup:active\n", "");
  g_autofree gchar *text =
      corpus_replace (without, "a=group:", "a=setup:passive\na=group:");
  g_autoptr (GstSDPMessage) sdp = corpus_parse (text);

  fail_unless_equals_int (wn_sdp_get_setup (sdp), WN_SETUP_PASSIVE);
}

GST_END_TEST;

GST_START_TEST (directions_are_reversed)
{
  fail_unless_equals_int (wn_direction_reverse (WN_DIRECTION_INACTIVE),
      WN_DIRECTION_INACTIVE);
  fail_unless_equals_int (wn_direction_reverse (WN_DIRECTION_SENDONLY),
      WN_DIRECTION_RECVONLY);
  fail_unless_equals_int (wn_direction_reverse (WN_DIRECTION_RECVONLY),
      WN_DIRECTION_SENDONLY);
  fail_unless_equals_int (wn_direction_reverse (WN_DIRECTION_SENDRECV),
      WN_DIRECTION_SENDRECV);
}

GST_END_TEST;

/*** Towards the wire ***/

#define U "qqvsbylnOrxVX3jDGiFKrxrobmL007UF"

#define A "audio0"
#define V "video1"
#define D "application2"

static const struct
{
  WnSection sections[3];
  const gchar *expected;
  const gchar *tag;
} sent[] = {
  /* The true directions, and any role in an offer. */
  { { { 0, WN_DIRECTION_SENDONLY, A }, { 1, WN_DIRECTION_RECVONLY, V },
        { 2, 0, D } },
      "BUNDLE audio0 video1 application2\n"
      "audio 9 audio0 sendonly actpass " U "\n"
      "video 0 video1 recvonly actpass " U "\n"
      "application 0 application2 - actpass " U "\n" },
  { { { 0, WN_DIRECTION_INACTIVE, A }, { 1, WN_DIRECTION_SENDRECV, V },
        { 2, 0, D } },
      "BUNDLE audio0 video1 application2\n"
      "audio 9 audio0 inactive actpass " U "\n"
      "video 0 video1 sendrecv actpass " U "\n"
      "application 0 application2 - actpass " U "\n" },
  /* What is rejected has port 0 and is in no group; the first of the group has
   * another port. */
  { { { -1, WN_DIRECTION_SENDRECV, A }, { 1, WN_DIRECTION_SENDRECV, V },
        { 2, 0, D } },
      "BUNDLE video1 application2\n"
      "audio 0 audio0 inactive - -\n"
      "video 9 video1 sendrecv actpass " U "\n"
      "application 0 application2 - actpass " U "\n" },
  { { { 0, WN_DIRECTION_SENDRECV, A }, { -1, WN_DIRECTION_SENDRECV, V },
        { -1, 0, NULL } },
      "BUNDLE audio0\n"
      "audio 9 audio0 sendrecv actpass " U "\n"
      "video 0 video1 inactive - -\n"
      "application 0 - - - -\n" },
  /* The name on the wire is another, and so is the order. */
  { { { 1, WN_DIRECTION_SENDRECV, "7" }, { 2, 0, D },
        { 0, WN_DIRECTION_SENDRECV, A } },
      "BUNDLE 7 application2 audio0\n"
      "video 9 7 sendrecv actpass " U "\n"
      "application 0 application2 - actpass " U "\n"
      "audio 9 audio0 sendrecv actpass " U "\n" },
  /* The transport of another section is meant, which has a port. */
  { { { 0, WN_DIRECTION_SENDRECV, A }, { 1, WN_DIRECTION_SENDRECV, V },
        { 2, 0, D } },
      "BUNDLE video1 audio0 application2\n"
      "audio 9 audio0 sendrecv actpass " U "\n"
      "video 9 video1 sendrecv actpass " U "\n"
      "application 0 application2 - actpass " U "\n",
      V },
  /* …if that is alive. */
  { { { 0, WN_DIRECTION_SENDRECV, A }, { -1, WN_DIRECTION_SENDRECV, V },
        { 2, 0, D } },
      "BUNDLE audio0 application2\n"
      "audio 9 audio0 sendrecv actpass " U "\n"
      "video 0 video1 inactive - -\n"
      "application 0 application2 - actpass " U "\n",
      V },
};

GST_START_TEST (what_goes_over_the_wire)
{
  g_autoptr (GstSDPMessage) sdp = corpus_load_valid ("webrtcbin-offer");
  g_autoptr (GstSDPMessage) on_wire = NULL;
  g_autoptr (GstSDPMessage) read = NULL;
  g_autofree gchar *is = NULL;
  WnSection sections[3];

  for (guint i = 0; i < 3; i++) {
    sections[i] = sent[__i__].sections[i];
    sections[i].described = gst_sdp_message_get_media (sdp, i);
  }
  on_wire = wn_sdp_to_wire (sdp, TRUE, sections, 3, sent[__i__].tag, 4, 9);
  is = outline (on_wire);
  fail_unless_equals_string (is, sent[__i__].expected);
  fail_unless (has_line (on_wire, "o=- 4 9 IN IP4 0.0.0.0\r\n"));

  /* A browser can read it. */
  g_free (is);
  is = gst_sdp_message_as_text (on_wire);
  read = corpus_parse (is);
}

GST_END_TEST;

GST_START_TEST (the_role_in_an_answer_stays)
{
  WnSection sections[3] = { { 0, WN_DIRECTION_SENDRECV, "0" },
    { 1, WN_DIRECTION_SENDRECV, "1" }, { 2, 0, "2" } };
  g_autoptr (GstSDPMessage) sdp = corpus_load_valid ("webrtcbin-answer");
  g_autoptr (GstSDPMessage) on_wire =
      wn_sdp_to_wire (sdp, FALSE, sections, 3, NULL, 4, 9);
  const gchar *before =
      value_or_none (gst_sdp_message_get_media (sdp, 0), "setup");

  fail_unless (g_strcmp0 (before, "actpass") != 0);
  fail_unless_equals_string (value_or_none (gst_sdp_message_get_media (on_wire,
                                                0),
                                 "setup"),
      before);
}

GST_END_TEST;

GST_START_TEST (only_what_sends_has_sources)
{
  static const gchar *const keys[] = { "ssrc", "msid", "ssrc-group" };

  for (guint direction = 0; direction < 4; direction++) {
    for (gint place = -1; place <= 0; place++) {
      g_autoptr (GstSDPMessage) sdp = corpus_load_valid ("chromium-seq1-offer");
      WnSection sections[2] = { { place, direction, "0",
                                    gst_sdp_message_get_media (sdp, 0) },
        { 1, WN_DIRECTION_SENDRECV, "1" } };
      g_autoptr (GstSDPMessage) on_wire =
          wn_sdp_to_wire (sdp, TRUE, sections, 2, NULL, 4, 9);
      gboolean sends = (direction & WN_DIRECTION_SENDONLY) && place == 0;

      for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
        fail_unless (gst_sdp_media_get_attribute_val (
            gst_sdp_message_get_media (sdp, 0), keys[i]));
        fail_unless_equals_int (sends,
            gst_sdp_media_get_attribute_val (gst_sdp_message_get_media (on_wire,
                                                 0),
                keys[i])
                != NULL);
      }
    }
  }
}

GST_END_TEST;

static void
assert_rejected_as_offered (const GstSDPMedia *media,
    const GstSDPMedia *offered)
{
  fail_unless (wn_sdp_media_is_rejected (media));
  fail_unless_equals_string (gst_sdp_media_get_media (media),
      gst_sdp_media_get_media (offered));
  fail_unless_equals_string (gst_sdp_media_get_proto (media),
      gst_sdp_media_get_proto (offered));
  fail_unless_equals_int (gst_sdp_media_formats_len (media),
      gst_sdp_media_formats_len (offered));
  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++)
    fail_unless_equals_string (gst_sdp_media_get_format (media, i),
        gst_sdp_media_get_format (offered, i));
}

/* Without a webrtcbin: it cannot answer so. */
GST_START_TEST (all_of_an_offer_can_be_rejected)
{
  g_autoptr (GstSDPMessage) offer =
      corpus_load_valid ("recycled-in-the-middle");
  g_autoptr (GstSDPMessage) answer = wn_sdp_reject_all (offer, 4, 9);
  g_autoptr (GstSDPMessage) parsed = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = gst_sdp_message_as_text (answer);

  for (guint i = 0; i < 3; i++)
    assert_rejected_as_offered (gst_sdp_message_get_media (answer, i),
        gst_sdp_message_get_media (offer, i));
  fail_unless (wn_sdp_is_all_rejected (answer));
  fail_if (has_line (answer, "a=group"));
  parsed = corpus_parse (text);
  fail_unless (wn_sdp_guard_description (parsed, FALSE, &error)
          && wn_sdp_guard_answer (parsed, offer, NULL, &error),
      "%s", error ? error->message : "");
}

GST_END_TEST;

/*** Answers of webrtcbin's ***/

/* What webrtcbin rejects has the offerer's transport. */
GST_START_TEST (a_rejected_section_gets_our_transport)
{
  g_autoptr (GstSDPMessage) answer = corpus_load_valid ("plain-answer");
  g_autoptr (GstSDPMessage) offer = corpus_load_valid ("plain");
  GstSDPMedia *rejected = NULL;

  gst_sdp_media_copy (gst_sdp_message_get_media (offer, 1), &rejected);
  gst_sdp_media_set_port_info (rejected, 0, 0);
  gst_sdp_media_uninit ((GstSDPMedia *) gst_sdp_message_get_media (answer, 1));
  *(GstSDPMedia *) gst_sdp_message_get_media (answer, 1) = *rejected;
  g_free (rejected);

  wn_sdp_repair_answer (answer);
  for (guint i = 0; i < 3; i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (answer, i);

    fail_unless_equals_string (value_or_none (media, "ice-ufrag"), "wxyz");
    fail_unless_equals_string (value_or_none (media, "setup"), "active");
  }
}

GST_END_TEST;

GST_START_TEST (nothing_is_repaired_where_all_is_rejected)
{
  g_autoptr (GstSDPMessage) answer = corpus_load_valid ("plain-answer");
  g_autofree gchar *before = NULL, *after = NULL;

  for (guint i = 0; i < 3; i++)
    gst_sdp_media_set_port_info ((GstSDPMedia *)
                                     gst_sdp_message_get_media (answer, i),
        0, 0);
  before = gst_sdp_message_as_text (answer);
  wn_sdp_repair_answer (answer);
  after = gst_sdp_message_as_text (answer);
  fail_unless_equals_string (after, before);
}

GST_END_TEST;

GST_START_TEST (directions_are_opened_but_of_what_is_inactive)
{
  static const gchar *const expected[] = { "inactive", "sendrecv", "sendrecv",
    "sendrecv" };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    WnSection section = { 0, i, "0" };
    g_autoptr (GstSDPMessage) made = corpus_load_valid ("chromium-video");
    g_autoptr (GstSDPMessage) sdp =
        wn_sdp_to_wire (made, FALSE, &section, 1, NULL, 4, 9);

    wn_sdp_open_directions (sdp);
    fail_unless_equals_string (
        direction_or_none (gst_sdp_message_get_media (sdp, 0)), expected[i]);
  }
}

GST_END_TEST;

/* Every description that passes the guard, after the one that is before it. */
GST_START_TEST (whatever_passes_can_be_rewritten)
{
  g_autoptr (GPtrArray) files = corpus_load ("valid");

  for (guint i = 0; i < files->len; i++) {
    CorpusFile *file = g_ptr_array_index (files, i);
    g_autoptr (GstSDPMessage) sdp = corpus_parse (file->text);
    g_autoptr (GstSDPMessage) former = corpus_file_parse_other (file, "remote");
    g_autoptr (GstSDPMessage) offer = corpus_file_parse_other (file, "pending");
    g_autoptr (GstSDPMessage) former_shown = NULL;
    g_autoptr (GstSDPMessage) result = NULL;
    WnSections sections;

    if (wn_sdp_is_all_rejected (sdp) || (former && offer))
      continue;
    wn_sections_init (&sections);
    if (former)
      former_shown =
          show_next (&sections, former, NULL, NULL, WN_SETUP_UNKNOWN);
    result = show_next (&sections, sdp, former_shown, offer, WN_SETUP_ACTIVE);
    wn_sections_clear (&sections);

    for (guint j = 0; j < gst_sdp_message_medias_len (result); j++) {
      const GstSDPMedia *media = gst_sdp_message_get_media (result, j);

      fail_unless (wn_sdp_media_get_mid (media) != NULL, "%s", file->name);
      fail_if (wn_sdp_media_is_rejected (media), "%s", file->name);
      fail_unless_equals_string (value_or_none (media, "setup"), "active");
    }
  }
}

GST_END_TEST;

/* As webrtcbin makes its own offers, of which a rejected section is a copy. */
GST_START_TEST (webrtcbin_is_shown_no_attribute_without_a_value)
{
  g_autoptr (GstSDPMessage) offer = corpus_load_valid ("plain");
  g_autoptr (GstSDPMessage) answer = corpus_load_valid ("plain");
  g_autoptr (GstSDPMessage) result = NULL;
  WnSections sections;

  for (guint i = 0; i < gst_sdp_message_medias_len (offer); i++)
    gst_sdp_media_add_attribute ((GstSDPMedia *)
                                     gst_sdp_message_get_media (offer, i),
        "rtcp-rsize", NULL);
  gst_sdp_media_set_port_info ((GstSDPMedia *)
                                   gst_sdp_message_get_media (answer, 0),
      0, 0);
  wn_sections_init (&sections);
  result = show_next (&sections, answer, NULL, offer, WN_SETUP_ACTIVE);
  wn_sections_clear (&sections);

  for (guint i = 0; i < gst_sdp_message_medias_len (result); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (result, i);

    for (guint j = 0; j < gst_sdp_media_attributes_len (media); j++)
      fail_unless (gst_sdp_media_get_attribute (media, j)->value != NULL);
  }
}

GST_END_TEST;

static Suite *
sdprewrite_suite (void)
{
  Suite *suite = suite_create ("sdprewrite");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, the_session_speaks_for_sections_that_say_nothing);
  tcase_add_test (tc, a_rejected_section_repeats_nothing);
  tcase_add_loop_test (tc, what_webrtcbin_is_shown, 0, G_N_ELEMENTS (shown));
  tcase_add_test (tc, an_attribute_without_a_value_gets_one);
  tcase_add_test (tc,
      bundle_only_means_something_in_the_group_of_an_offer_only);
  tcase_add_test (tc, what_the_session_says_of_transport_goes_into_sections);
  tcase_add_test (tc, a_fingerprint_is_written_as_webrtcbin_does);
  tcase_add_test (tc, other_groups_are_removed);
  tcase_add_test (tc, a_bundled_section_has_the_transport_of_the_tag);
  tcase_add_loop_test (tc, the_dtls_role_is_that_of_a_live_section, 0,
      G_N_ELEMENTS (setups));
  tcase_add_test (tc, the_dtls_role_may_be_the_sessions);
  tcase_add_test (tc, directions_are_reversed);
  tcase_add_loop_test (tc, what_goes_over_the_wire, 0, G_N_ELEMENTS (sent));
  tcase_add_test (tc, the_role_in_an_answer_stays);
  tcase_add_test (tc, only_what_sends_has_sources);
  tcase_add_test (tc, all_of_an_offer_can_be_rejected);
  tcase_add_test (tc, a_rejected_section_gets_our_transport);
  tcase_add_test (tc, nothing_is_repaired_where_all_is_rejected);
  tcase_add_test (tc, directions_are_opened_but_of_what_is_inactive);
  tcase_add_test (tc, whatever_passes_can_be_rewritten);
  tcase_add_test (tc, webrtcbin_is_shown_no_attribute_without_a_value);
  return suite;
}

CHECK_MAIN (sdprewrite)
