/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What stands between the wire and webrtcbin, text to text.
 *
 * A description is compared by its outline: the groups, then each section's kind,
 * port, mid, direction, DTLS setup and username fragment, "-" for what is not
 * there. */

#include <gst/check/gstcheck.h>

#include "sdpcorpus.h"
#include "webrtc/sdprewrite.h"

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

/* What @text is after the rewriting, for what the corpus has nothing for. */
static GstSDPMessage *
parse (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  GstSDPMessage *sdp = wn_sdp_parse (text, &error);

  fail_unless (sdp != NULL, "%s", error ? error->message : "");
  return sdp;
}

static GstSDPMessage *
load (const gchar *name)
{
  g_autofree gchar *path = g_strdup_printf ("valid/%s.sdp", name);
  g_autoptr (CorpusFile) file = corpus_file_load (path);

  return parse (file->text);
}

static gchar *
replace (const gchar *text, const gchar *what, const gchar *by)
{
  g_auto (GStrv) parts = g_strsplit (text, what, -1);

  fail_unless (parts[1] != NULL, "%s is not there", what);
  return g_strjoinv (by, parts);
}

/*** Towards webrtcbin ***/

#define VIDEO_0 "video 9 0 sendrecv "
#define AUDIO_1 "audio 9 1 sendrecv "

static const struct
{
  /* Each is shown to webrtcbin after the one before it. */
  const gchar *names[4];
  const gchar *answered;
  WnSetup setup;
  const gchar *expected;
} shown[] = {
  /* As it comes. */
  { { "chromium-seq1-offer" }, NULL, WN_SETUP_UNKNOWN,
      "BUNDLE 0 1\n" VIDEO_0 "actpass VkmI\n" AUDIO_1 "actpass VkmI\n" },
  /* Directions are ours. */
  { { "chromium-seq1-answer" }, NULL, WN_SETUP_UNKNOWN,
      "BUNDLE 0 1\n" VIDEO_0 "active eWtR\n" AUDIO_1 "active eWtR\n" },
  { { "chromium-rejectfirst-answer" }, NULL, WN_SETUP_UNKNOWN,
      "BUNDLE 0 1\naudio 9 0 sendrecv active 2NQ2\n"
      "video 9 1 sendrecv active 2NQ2\n" },
  /* The DTLS role is the one in force. */
  { { "chromium-seq1-offer" }, NULL, WN_SETUP_PASSIVE,
      "BUNDLE 0 1\n" VIDEO_0 "passive VkmI\n" AUDIO_1 "passive VkmI\n" },
  { { "chromium-seq1-answer" }, NULL, WN_SETUP_PASSIVE,
      "BUNDLE 0 1\n" VIDEO_0 "passive eWtR\n" AUDIO_1 "passive eWtR\n" },
  { { "firefox" }, NULL, WN_SETUP_ACTIVE,
      "BUNDLE 0 1 2\naudio 9 0 sendrecv active abcd\n"
      "video 9 1 sendrecv active abcd\napplication 9 2 - active abcd\n" },
  /* A rejected section is as it was when it was alive… */
  { { "chromium-seq1-offer", "chromium-seq2-stopped-offer" }, NULL,
      WN_SETUP_ACTIVE,
      "BUNDLE 0 1\n" VIDEO_0 "active VkmI\n" AUDIO_1 "active VkmI\n" },
  { { "plain", "rejected-in-the-middle" }, NULL, WN_SETUP_UNKNOWN,
      "BUNDLE 0 1 2\naudio 9 0 sendrecv actpass abcd\n"
      "video 9 1 sendrecv actpass abcd\napplication 9 2 - actpass abcd\n" },
  /* …or inactive if it never was. */
  { { "chromium-seq2-stopped-offer" }, NULL, WN_SETUP_UNKNOWN,
      "BUNDLE 0 1\nvideo 9 0 inactive actpass VkmI\n" AUDIO_1
      "actpass VkmI\n" },
  { { "rejected-in-the-middle" }, NULL, WN_SETUP_UNKNOWN,
      "BUNDLE 0 1 2\naudio 9 0 sendrecv actpass abcd\n"
      "video 9 1 inactive actpass abcd\napplication 9 2 - actpass abcd\n" },
  /* It stays inactive. */
  { { "rejected-in-the-middle", "rejected-in-the-middle" }, NULL,
      WN_SETUP_UNKNOWN,
      "BUNDLE 0 1 2\naudio 9 0 sendrecv actpass abcd\n"
      "video 9 1 inactive actpass abcd\napplication 9 2 - actpass abcd\n" },
  /* A recycled section keeps the name that it had first, and takes the tag's
   * transport… */
  { { "chromium-seq1-offer", "chromium-seq2-stopped-offer",
        "chromium-seq3-recycled-offer" },
      NULL, WN_SETUP_UNKNOWN,
      "BUNDLE 0 1\n" VIDEO_0 "actpass tEpT\n" AUDIO_1 "actpass tEpT\n" },
  { { "chromium-seq2-stopped-offer", "chromium-seq3-recycled-offer" }, NULL,
      WN_SETUP_UNKNOWN,
      "BUNDLE 0 1\n" VIDEO_0 "actpass tEpT\n" AUDIO_1 "actpass tEpT\n" },
  /* …and is the former kind if it is of another now. */
  { { "plain", "rejected-in-the-middle", "recycled-in-the-middle" }, NULL,
      WN_SETUP_UNKNOWN,
      "BUNDLE 0 1 2\naudio 9 0 sendrecv actpass abcd\n"
      "video 9 1 sendrecv actpass abcd\napplication 9 2 - actpass abcd\n" },
  /* What is said once is said of each section. */
  { { "credentials-at-the-session" }, NULL, WN_SETUP_UNKNOWN,
      "BUNDLE 0 1 2\naudio 9 0 sendrecv actpass abcd\n"
      "video 9 1 sendrecv actpass abcd\napplication 9 2 - actpass abcd\n" },
  /* A section to be bundled is none that is rejected. */
  { { "firefox" }, NULL, WN_SETUP_UNKNOWN,
      "BUNDLE 0 1 2\naudio 9 0 sendrecv actpass abcd\n"
      "video 9 1 sendrecv actpass abcd\napplication 9 2 - actpass abcd\n" },
  { { "webrtcbin-offer" }, NULL, WN_SETUP_UNKNOWN,
      "BUNDLE audio0 video1 application2\n"
      "audio 9 audio0 sendrecv actpass qqvsbylnOrxVX3jDGiFKrxrobmL007UF\n"
      "video 9 video1 sendrecv actpass qqvsbylnOrxVX3jDGiFKrxrobmL007UF\n"
      "application 9 application2 - actpass "
      "qqvsbylnOrxVX3jDGiFKrxrobmL007UF\n" },
  /* An answer that rejects may leave out the mid. */
  { { "firefox-answer-rejects" }, "plain", WN_SETUP_UNKNOWN,
      "BUNDLE 0 1 2\naudio 9 0 sendrecv active wxyz\n"
      "video 9 1 inactive active wxyz\napplication 9 2 - active wxyz\n" },
  { { "answer-rejects-the-first" }, "plain", WN_SETUP_UNKNOWN,
      "BUNDLE 0 1 2\naudio 9 0 inactive active wxyz\n"
      "video 9 1 sendrecv active wxyz\napplication 9 2 - active wxyz\n" },
  /* The group is in the sections' order: webrtcbin's tag is the first. */
  { { "mids-of-words" }, NULL, WN_SETUP_UNKNOWN,
      "BUNDLE sound picture d-3\naudio 9 sound sendrecv actpass abcd\n"
      "video 9 picture sendrecv actpass abcd\n"
      "application 9 d-3 - actpass abcd\n" },
  /* Without a group there is none, and each transport is its own. */
  { { "no-bundle-two" }, NULL, WN_SETUP_UNKNOWN,
      "video 9 v sendrecv actpass abcd\naudio 9 a sendrecv actpass efgh\n" },
};

static GstSDPMessage *
show (const gchar *const *names, guint n, const gchar *answered, WnSetup setup)
{
  g_autoptr (GstSDPMessage) former = NULL;
  g_autoptr (GstSDPMessage) offer = answered ? load (answered) : NULL;

  for (guint i = 0; i < n && names[i]; i++) {
    GstSDPMessage *sdp = load (names[i]);

    wn_sdp_to_webrtcbin (sdp, former, offer, setup);
    g_clear_pointer (&former, gst_sdp_message_free);
    former = sdp;
  }
  return g_steal_pointer (&former);
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

/* As the offer of the no-op renegotiation: it changes nothing. */
GST_START_TEST (what_was_shown_is_shown_again)
{
  g_autoptr (GstSDPMessage) former =
      show (shown[__i__].names, G_N_ELEMENTS (shown[__i__].names),
          shown[__i__].answered, shown[__i__].setup);
  g_autoptr (GstSDPMessage) again = NULL;
  g_autofree gchar *expected = outline (former);
  g_autofree gchar *is = NULL;

  gst_sdp_message_copy (former, &again);
  wn_sdp_to_webrtcbin (again, former, NULL, shown[__i__].setup);
  is = outline (again);
  fail_unless_equals_string (is, expected);
}

GST_END_TEST;

GST_START_TEST (what_the_session_says_of_transport_goes_into_sections)
{
  g_autoptr (GstSDPMessage) sdp = load ("firefox");

  fail_unless (gst_sdp_message_get_attribute_val (sdp, "fingerprint") != NULL);
  wn_sdp_to_webrtcbin (sdp, NULL, NULL, WN_SETUP_UNKNOWN);
  fail_unless (gst_sdp_message_get_attribute_val (sdp, "fingerprint") == NULL);
  fail_unless (gst_sdp_message_get_attribute_val (sdp, "ice-options") == NULL);
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    fail_unless (gst_sdp_media_get_attribute_val (media, "fingerprint"));
    fail_unless (gst_sdp_media_get_attribute_val (media, "ice-pwd"));
  }
}

GST_END_TEST;

/* webrtcbin takes the first a=group line for BUNDLE's. */
GST_START_TEST (other_groups_are_removed)
{
  g_autoptr (CorpusFile) file = corpus_file_load ("valid/plain.sdp");
  g_autofree gchar *text = replace (file->text, "a=group:BUNDLE 0 1 2",
      "a=group:LS 0 1\na=group:BUNDLE 0 1 2\na=group:FID 0 1");
  g_autoptr (GstSDPMessage) sdp = parse (text);

  wn_sdp_to_webrtcbin (sdp, NULL, NULL, WN_SETUP_UNKNOWN);
  fail_if (has_line (sdp, "a=group:LS"));
  fail_if (has_line (sdp, "a=group:FID"));
  fail_unless (has_line (sdp, "a=group:BUNDLE 0 1 2\r\n"));
}

GST_END_TEST;

GST_START_TEST (a_bundled_section_has_the_transport_of_the_tag)
{
  g_autoptr (GstSDPMessage) sdp = load ("chromium-seq3-recycled-offer");
  GstSDPMedia *audio = (GstSDPMedia *) gst_sdp_message_get_media (sdp, 1);

  for (guint i = 0; i < gst_sdp_media_attributes_len (audio); i++) {
    GstSDPAttribute attribute;

    if (!g_str_equal (gst_sdp_media_get_attribute (audio, i)->key, "ice-ufrag"))
      continue;
    gst_sdp_attribute_set (&attribute, "ice-ufrag", "stale");
    gst_sdp_media_replace_attribute (audio, i, &attribute);
  }
  wn_sdp_to_webrtcbin (sdp, NULL, NULL, WN_SETUP_UNKNOWN);
  fail_unless_equals_string (gst_sdp_media_get_attribute_val (audio,
                                 "ice-ufrag"),
      "tEpT");
}

GST_END_TEST;

GST_START_TEST (the_former_formats_come_with_the_former_kind)
{
  static const gchar *const names[] = { "plain", "rejected-in-the-middle",
    "recycled-in-the-middle" };
  g_autoptr (GstSDPMessage) sdp = show (names, 3, NULL, WN_SETUP_UNKNOWN);

  fail_unless_equals_string (
      gst_sdp_media_get_format (gst_sdp_message_get_media (sdp, 1), 0), "96");
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
  g_autoptr (GstSDPMessage) sdp = load (setups[__i__].name);

  fail_unless_equals_int (wn_sdp_get_setup (sdp), setups[__i__].setup);
}

GST_END_TEST;

GST_START_TEST (the_dtls_role_may_be_the_sessions)
{
  g_autoptr (CorpusFile) file = corpus_file_load ("valid/plain-answer.sdp");
  g_autofree gchar *without = replace (file->text, "a=setup:active\n", "");
  g_autofree gchar *text =
      replace (without, "a=group:", "a=setup:passive\na=group:");
  g_autoptr (GstSDPMessage) sdp = parse (text);

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

static const struct
{
  gboolean is_offer;
  WnSection sections[3];
  const gchar *expected;
} sent[] = {
  /* The true directions, and any role in an offer. */
  { TRUE, { { WN_DIRECTION_SENDONLY }, { WN_DIRECTION_RECVONLY }, { 0 } },
      "BUNDLE audio0 video1 application2\n"
      "audio 9 audio0 sendonly actpass " U "\n"
      "video 0 video1 recvonly actpass " U "\n"
      "application 0 application2 - actpass " U "\n" },
  { TRUE, { { WN_DIRECTION_INACTIVE }, { WN_DIRECTION_SENDRECV }, { 0 } },
      "BUNDLE audio0 video1 application2\n"
      "audio 9 audio0 inactive actpass " U "\n"
      "video 0 video1 sendrecv actpass " U "\n"
      "application 0 application2 - actpass " U "\n" },
  /* What is rejected has port 0 and is in no group; the first of the group has
   * another port. */
  { TRUE, { { WN_DIRECTION_SENDRECV, TRUE }, { WN_DIRECTION_SENDRECV }, { 0 } },
      "BUNDLE video1 application2\n"
      "audio 0 audio0 inactive actpass " U "\n"
      "video 9 video1 sendrecv actpass " U "\n"
      "application 0 application2 - actpass " U "\n" },
  { TRUE,
      { { WN_DIRECTION_SENDRECV }, { WN_DIRECTION_SENDRECV, TRUE },
          { 0, TRUE } },
      "BUNDLE audio0\n"
      "audio 9 audio0 sendrecv actpass " U "\n"
      "video 0 video1 inactive actpass " U "\n"
      "application 0 application2 - actpass " U "\n" },
  /* The name on the wire is another. */
  { TRUE,
      { { WN_DIRECTION_SENDRECV, .mid = "7" }, { WN_DIRECTION_SENDRECV },
          { 0 } },
      "BUNDLE 7 video1 application2\n"
      "audio 9 7 sendrecv actpass " U "\n"
      "video 0 video1 sendrecv actpass " U "\n"
      "application 0 application2 - actpass " U "\n" },
};

GST_START_TEST (what_goes_over_the_wire)
{
  g_autoptr (GstSDPMessage) sdp = load ("webrtcbin-offer");
  g_autofree gchar *is = NULL;

  wn_sdp_to_wire (sdp, sent[__i__].is_offer, sent[__i__].sections, 3, 4, 9);
  is = outline (sdp);
  fail_unless_equals_string (is, sent[__i__].expected);
  fail_unless (has_line (sdp, "o=- 4 9 IN IP4 0.0.0.0\r\n"));
  fail_unless_equals_int (has_line (sdp, "bundle-only"),
      !sent[__i__].sections[1].is_rejected
          || !sent[__i__].sections[2].is_rejected);

  /* A browser can read it. */
  g_free (is);
  is = gst_sdp_message_as_text (sdp);
  gst_sdp_message_free (parse (is));
}

GST_END_TEST;

GST_START_TEST (the_role_in_an_answer_stays)
{
  WnSection sections[3] = { { WN_DIRECTION_SENDRECV },
    { WN_DIRECTION_SENDRECV }, { 0 } };
  g_autoptr (GstSDPMessage) sdp = load ("webrtcbin-answer");
  g_autofree gchar *before = NULL, *after = NULL;

  before =
      g_strdup (gst_sdp_media_get_attribute_val (gst_sdp_message_get_media (sdp,
                                                     0),
          "setup"));
  fail_unless (g_strcmp0 (before, "actpass") != 0);
  wn_sdp_to_wire (sdp, FALSE, sections, 3, 4, 9);
  after =
      g_strdup (gst_sdp_media_get_attribute_val (gst_sdp_message_get_media (sdp,
                                                     0),
          "setup"));
  fail_unless_equals_string (after, before);
}

GST_END_TEST;

GST_START_TEST (sections_further_on_are_as_they_are)
{
  WnSection section = { WN_DIRECTION_INACTIVE };
  g_autoptr (GstSDPMessage) sdp = load ("webrtcbin-offer");

  wn_sdp_to_wire (sdp, TRUE, &section, 1, 4, 9);
  fail_unless_equals_string (direction_or_none (gst_sdp_message_get_media (sdp,
                                 1)),
      "sendrecv");
}

GST_END_TEST;

GST_START_TEST (only_what_sends_has_sources)
{
  for (guint direction = 0; direction < 4; direction++) {
    for (guint is_rejected = 0; is_rejected < 2; is_rejected++) {
      WnSection sections[2] = { { direction, is_rejected },
        { WN_DIRECTION_SENDRECV } };
      g_autoptr (GstSDPMessage) sdp = load ("chromium-seq1-offer");
      const GstSDPMedia *media = gst_sdp_message_get_media (sdp, 0);
      gboolean sends = (direction & WN_DIRECTION_SENDONLY) && !is_rejected;

      fail_unless (gst_sdp_media_get_attribute_val (media, "ssrc") != NULL);
      fail_unless (gst_sdp_media_get_attribute_val (media, "msid") != NULL);
      wn_sdp_to_wire (sdp, TRUE, sections, 2, 4, 9);
      fail_unless_equals_int (sends,
          gst_sdp_media_get_attribute_val (media, "ssrc") != NULL);
      fail_unless_equals_int (sends,
          gst_sdp_media_get_attribute_val (media, "msid") != NULL);
      fail_unless_equals_int (sends,
          gst_sdp_media_get_attribute_val (media, "ssrc-group") != NULL);
    }
  }
}

GST_END_TEST;

/* A recycled section of another kind: webrtcbin answers in the former kind. */
GST_START_TEST (another_kind_is_rejected_as_what_was_offered)
{
  g_autoptr (GstSDPMessage) offer = load ("recycled-in-the-middle");
  g_autoptr (GstSDPMessage) answer = load ("plain-answer");
  const GstSDPMedia *offered = gst_sdp_message_get_media (offer, 1);
  const GstSDPMedia *media = gst_sdp_message_get_media (answer, 1);
  WnSection sections[3] = {
    { WN_DIRECTION_SENDRECV, .offered = gst_sdp_message_get_media (offer, 0) },
    { WN_DIRECTION_SENDRECV, TRUE, "7", offered },
    { 0, .offered = gst_sdp_message_get_media (offer, 2) },
  };
  g_autofree gchar *is = NULL, *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstSDPMessage) parsed = NULL;

  wn_sdp_to_wire (answer, FALSE, sections, 3, 4, 9);
  is = outline (answer);
  fail_unless_equals_string (is,
      "BUNDLE 0 2\n"
      "audio 9 0 sendrecv active wxyz\naudio 0 7 inactive - -\n"
      "application 9 2 - active wxyz\n");
  fail_unless_equals_string (gst_sdp_media_get_proto (media),
      gst_sdp_media_get_proto (offered));
  fail_unless_equals_int (gst_sdp_media_formats_len (media),
      gst_sdp_media_formats_len (offered));
  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++)
    fail_unless_equals_string (gst_sdp_media_get_format (media, i),
        gst_sdp_media_get_format (offered, i));

  text = gst_sdp_message_as_text (answer);
  parsed = parse (text);
  fail_unless (wn_sdp_guard_answer (parsed, offer, NULL, &error), "%s",
      error ? error->message : "");
}

GST_END_TEST;

/*** Answers of webrtcbin's ***/

/* What webrtcbin rejects has the offerer's transport. */
GST_START_TEST (a_rejected_section_gets_our_transport)
{
  g_autoptr (GstSDPMessage) answer = load ("plain-answer");
  g_autoptr (GstSDPMessage) offer = load ("plain");
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
  g_autoptr (GstSDPMessage) answer = load ("plain-answer");
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
    WnSection section = { i };
    g_autoptr (GstSDPMessage) sdp = load ("chromium-video");

    wn_sdp_to_wire (sdp, FALSE, &section, 1, 4, 9);
    wn_sdp_open_directions (sdp);
    fail_unless_equals_string (
        direction_or_none (gst_sdp_message_get_media (sdp, 0)), expected[i]);
  }
}

GST_END_TEST;

/* Every description that passes the guard, with itself or nothing before it. */
GST_START_TEST (whatever_passes_can_be_rewritten)
{
  g_autoptr (GPtrArray) files = corpus_load ("valid");

  for (guint i = 0; i < files->len; i++) {
    CorpusFile *file = g_ptr_array_index (files, i);
    g_autoptr (GstSDPMessage) sdp = parse (file->text);
    g_autoptr (GstSDPMessage) former = corpus_file_parse_other (file, "remote");
    g_autoptr (GstSDPMessage) offer = corpus_file_parse_other (file, "pending");

    if (former)
      wn_sdp_to_webrtcbin (former, NULL, NULL, WN_SETUP_UNKNOWN);
    wn_sdp_to_webrtcbin (sdp, former, offer, WN_SETUP_ACTIVE);
    for (guint j = 0; j < gst_sdp_message_medias_len (sdp); j++) {
      const GstSDPMedia *media = gst_sdp_message_get_media (sdp, j);

      fail_unless (wn_sdp_media_get_mid (media) != NULL, "%s", file->name);
      fail_if (wn_sdp_media_is_rejected (media), "%s", file->name);
      fail_unless_equals_string (value_or_none (media, "setup"), "active");
    }
  }
}

GST_END_TEST;

static Suite *
sdprewrite_suite (void)
{
  Suite *suite = suite_create ("sdprewrite");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, what_webrtcbin_is_shown, 0, G_N_ELEMENTS (shown));
  tcase_add_loop_test (tc, what_was_shown_is_shown_again, 0,
      G_N_ELEMENTS (shown));
  tcase_add_test (tc, what_the_session_says_of_transport_goes_into_sections);
  tcase_add_test (tc, other_groups_are_removed);
  tcase_add_test (tc, a_bundled_section_has_the_transport_of_the_tag);
  tcase_add_test (tc, the_former_formats_come_with_the_former_kind);
  tcase_add_loop_test (tc, the_dtls_role_is_that_of_a_live_section, 0,
      G_N_ELEMENTS (setups));
  tcase_add_test (tc, the_dtls_role_may_be_the_sessions);
  tcase_add_test (tc, directions_are_reversed);
  tcase_add_loop_test (tc, what_goes_over_the_wire, 0, G_N_ELEMENTS (sent));
  tcase_add_test (tc, the_role_in_an_answer_stays);
  tcase_add_test (tc, sections_further_on_are_as_they_are);
  tcase_add_test (tc, only_what_sends_has_sources);
  tcase_add_test (tc, another_kind_is_rejected_as_what_was_offered);
  tcase_add_test (tc, a_rejected_section_gets_our_transport);
  tcase_add_test (tc, nothing_is_repaired_where_all_is_rejected);
  tcase_add_test (tc, directions_are_opened_but_of_what_is_inactive);
  tcase_add_test (tc, whatever_passes_can_be_rewritten);
  return suite;
}

GST_CHECK_MAIN (sdprewrite);
