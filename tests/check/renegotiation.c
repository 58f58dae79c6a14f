/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Two elements that are connected, and change what they send. */

#include "checkmain.h"
#include "peers.h"

#include <gst/sdp/sdp.h>

#define QUIET_MS 200
#define SOME_PACKETS 10

#define A(pair) (&(pair)->peers[0])
#define B(pair) (&(pair)->peers[1])

/*** Helpers ***/

static Pair *
make_pair (const gchar *role_of_a, const gchar *role_of_b)
{
  PairSettings settings = {
    .ids = { "a", "b" },
    .roles = { role_of_a, role_of_b },
  };

  return pair_new (&settings);
}

/* B is polite. */
static Pair *
make_call (const gchar *streams_of_a, const gchar *streams_of_b)
{
  Pair *pair = make_pair (NULL, NULL);

  peer_add_streams (A (pair), streams_of_a);
  peer_add_streams (B (pair), streams_of_b);
  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  return pair;
}

static RtpStream *
get_stream (Peer *peer, guint index)
{
  return g_ptr_array_index (peer->streams, index);
}

static void
check_untouched (Peer *sender, guint index)
{
  RtpStream *stream = get_stream (sender, index);

  assert_or_describe (sender->pair, rtp_stream_is_well (stream));
  assert_or_describe (sender->pair,
      peer_get_lost (peer_get_other (sender), stream) == 0);
}

static void
check_no_errors (Pair *pair)
{
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *error = peer_get_error (&pair->peers[i]);

    fail_unless (error == NULL, "%s", error);
  }
}

static guint
count_sections (const gchar *sdp)
{
  g_autoptr (GstSDPMessage) message = NULL;

  gst_sdp_message_new_from_text (sdp, &message);
  return gst_sdp_message_medias_len (message);
}

static const gchar *
get_direction (const gchar *sdp, guint section)
{
  static const gchar *const names[] = { "inactive", "sendonly", "recvonly",
    "sendrecv" };
  g_autoptr (GstSDPMessage) message = NULL;
  const GstSDPMedia *media;

  gst_sdp_message_new_from_text (sdp, &message);
  fail_unless (section < gst_sdp_message_medias_len (message));
  media = gst_sdp_message_get_media (message, section);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (gst_sdp_media_get_attribute_val (media, names[i]))
      return names[i];
  }
  return "sendrecv";
}

typedef struct
{
  RtpStream *stream;
  guint64 n_sent;
} Sent;

static gboolean
has_sent (Pair *pair G_GNUC_UNUSED, gpointer data)
{
  Sent *sent = data;

  return sent->stream->n_sent >= sent->n_sent;
}

/* What is on the way comes; then nothing does while the source goes on. */
static void
check_silent (Peer *sender, RtpStream *stream)
{
  Peer *receiver = peer_get_other (sender);
  Sent sent = { .stream = stream, .n_sent = stream->n_sent + SOME_PACKETS };
  guint64 received;

  assert_or_describe (sender->pair,
      pair_wait (sender->pair, has_sent, &sent, PAIR_DEADLINE_MS));
  received = peer_get_received (receiver, stream);
  sent.n_sent = stream->n_sent + SOME_PACKETS;
  assert_or_describe (sender->pair,
      pair_wait (sender->pair, has_sent, &sent, PAIR_DEADLINE_MS));
  assert_or_describe (sender->pair,
      peer_get_received (receiver, stream) == received);
  fail_unless (rtp_stream_is_well (stream));
}

static void
check_still_offers (Pair *pair, guint expected)
{
  line_touch (pair->line);
  assert_or_describe (pair, pair_wait_settled (pair, 2 * QUIET_MS));
  fail_unless_equals_int (line_count (pair->line, LETTER_OFFER), expected);
}

/*** Streams ***/

GST_START_TEST (untouched_streams_go_on_through_every_renegotiation)
{
  g_autoptr (Pair) pair = make_call ("v", "va");
  RtpStream *stream;

  for (guint i = 0; i < 3; i++) {
    stream = peer_add_stream (A (pair), 'a');
    assert_settles (pair, QUIET_MS);
    peer_release_stream (A (pair), stream);
    assert_settles (pair, QUIET_MS);
    stream = peer_add_stream (B (pair), 'v');
    assert_settles (pair, QUIET_MS);
    g_signal_emit_by_name (A (pair)->element, "negotiate");
    assert_settles (pair, QUIET_MS);
    peer_release_stream (B (pair), stream);
    assert_settles (pair, QUIET_MS);
  }
  check_untouched (A (pair), 0);
  check_untouched (B (pair), 0);
  check_untouched (B (pair), 1);
  check_no_errors (pair);
}

GST_END_TEST;

GST_START_TEST (a_released_pad_leaves_its_section_inactive_for_the_next)
{
  g_autoptr (Pair) pair = make_call ("v", "");
  RtpStream *audio = peer_add_stream (A (pair), 'a');
  const gchar *offer;

  assert_settles (pair, QUIET_MS);
  fail_unless_equals_int (count_sections (line_get_last_sdp (pair->line,
                              LETTER_OFFER)),
      2);
  peer_release_stream (A (pair), audio);
  assert_settles (pair, QUIET_MS);

  /* What we offer is to receive; the remote peer, with nothing to send, makes it
   * inactive. */
  offer = line_get_last_sdp (pair->line, LETTER_OFFER);
  fail_unless_equals_int (count_sections (offer), 2);
  fail_unless_equals_string (get_direction (offer, 1), "recvonly");
  fail_unless_equals_string (get_direction (line_get_last_sdp (pair->line,
                                                LETTER_ANSWER),
                                 1),
      "inactive");

  peer_add_stream (A (pair), 'a');
  assert_settles (pair, QUIET_MS);
  offer = line_get_last_sdp (pair->line, LETTER_OFFER);
  fail_unless_equals_int (count_sections (offer), 2);
  fail_unless_equals_string (get_direction (offer, 1), "sendrecv");
  check_untouched (A (pair), 0);
  check_no_errors (pair);
}

GST_END_TEST;

static void
set_direction (Peer *peer, guint index,
    GstWebRTCRTPTransceiverDirection direction)
{
  g_signal_emit_by_name (peer->element, "set-direction",
      get_stream (peer, index)->pad, direction);
  line_touch (peer->pair->line);
  assert_or_describe (peer->pair, pair_wait_settled (peer->pair, QUIET_MS));
}

static void
check_direction (Pair *pair, GstWebRTCRTPTransceiverDirection direction,
    const gchar *offered, gboolean a_sends, gboolean b_sends)
{
  RtpStream *ours = get_stream (A (pair), 0);
  RtpStream *theirs = get_stream (B (pair), 0);

  set_direction (A (pair), 0, direction);
  fail_unless_equals_string (get_direction (line_get_last_sdp (pair->line,
                                                LETTER_OFFER),
                                 0),
      offered);
  if (!a_sends)
    check_silent (A (pair), ours);
  if (!b_sends)
    check_silent (B (pair), theirs);
  if (a_sends && b_sends)
    assert_settles (pair, QUIET_MS);
}

GST_START_TEST (a_direction_is_what_the_application_sets)
{
  g_autoptr (Pair) pair = make_call ("va", "va");

  check_direction (pair, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_INACTIVE,
      "inactive", FALSE, FALSE);
  check_direction (pair, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY,
      "sendonly", TRUE, FALSE);
  check_direction (pair, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY,
      "recvonly", FALSE, TRUE);
  check_direction (pair, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV,
      "sendrecv", TRUE, TRUE);
  check_untouched (A (pair), 1);
  check_untouched (B (pair), 1);
  check_no_errors (pair);
}

GST_END_TEST;

typedef struct
{
  Peer *receiver;
  RtpStream *stream;
  guint64 n;
} Arrival;

static gboolean
has_arrived (Pair *pair G_GNUC_UNUSED, gpointer data)
{
  Arrival *arrival = data;

  return peer_get_received (arrival->receiver, arrival->stream) >= arrival->n;
}

static void
check_arrives (Peer *sender, RtpStream *stream)
{
  Arrival arrival = { .receiver = peer_get_other (sender), .stream = stream };

  arrival.n = peer_get_received (arrival.receiver, stream) + SOME_PACKETS;
  assert_or_describe (sender->pair,
      pair_wait (sender->pair, has_arrived, &arrival, PAIR_DEADLINE_MS));
}

static void
check_never_came (Peer *sender, RtpStream *stream)
{
  check_silent (sender, stream);
  assert_or_describe (sender->pair,
      peer_get_received (peer_get_other (sender), stream) == 0);
}

/* Nobody sends what was not to be sent, not even for a moment. */
GST_START_TEST (a_direction_holds_from_before_the_start_until_the_pad_goes)
{
  const struct
  {
    GstWebRTCRTPTransceiverDirection direction;
    gboolean a_sends, b_sends;
  } cases[] = {
    { GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_INACTIVE, FALSE, FALSE },
    { GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, TRUE, FALSE },
    { GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, FALSE, TRUE },
  };
  g_autoptr (Pair) pair = make_pair (NULL, NULL);
  Peer *senders[] = { A (pair), B (pair) };
  gboolean sends[] = { cases[__i__].a_sends, cases[__i__].b_sends };

  for (guint i = 0; i < 2; i++)
    peer_add_stream (senders[i], 'v');
  g_signal_emit_by_name (A (pair)->element, "set-direction",
      get_stream (A (pair), 0)->pad, cases[__i__].direction);

  /* Once from NULL, and once more from READY. */
  for (guint n = 0; n < 2; n++) {
    gst_element_set_state (A (pair)->pipeline, GST_STATE_READY);
    pair_play (pair);
    line_touch (pair->line);
    assert_or_describe (pair, pair_wait_settled (pair, QUIET_MS));
    for (guint i = 0; i < 2; i++) {
      if (sends[i])
        check_arrives (senders[i], get_stream (senders[i], 0));
      else
        check_never_came (senders[i], get_stream (senders[i], 0));
    }
  }

  set_direction (A (pair), 0, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV);
  assert_settles (pair, QUIET_MS);
  check_no_errors (pair);
}

GST_END_TEST;

GST_START_TEST (a_pad_of_nobody_s_has_no_direction)
{
  g_autoptr (Pair) pair = make_pair (NULL, NULL);
  g_autofree gchar *error = NULL;

  peer_add_stream (B (pair), 'v');
  g_signal_emit_by_name (A (pair)->element, "set-direction",
      get_stream (B (pair), 0)->pad,
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_INACTIVE);
  error = peer_get_error (A (pair));
  fail_unless (error != NULL && strstr (error, "set-direction takes a sink"));
}

GST_END_TEST;

GST_START_TEST (another_encoding_in_the_middle_of_a_stream_is_negotiated)
{
  g_autoptr (Pair) pair = make_call ("va", "a");

  rtp_stream_set_kind (get_stream (A (pair), 0), 'h');
  assert_settles (pair, QUIET_MS);
  rtp_stream_set_kind (get_stream (A (pair), 1), 'u');
  assert_settles (pair, QUIET_MS);
  rtp_stream_set_kind (get_stream (A (pair), 0), '9');
  assert_settles (pair, QUIET_MS);
  check_untouched (B (pair), 0);
  check_no_errors (pair);
}

GST_END_TEST;

/*** Rejection ***/

static gboolean
has_remote_offer (Pair *pair G_GNUC_UNUSED, gpointer data)
{
  Peer *peer = data;
  GstWebRTCSignalingState state;

  g_object_get (peer->element, "signaling-state", &state, NULL);
  return state == GST_WEBRTC_SIGNALING_STATE_HAVE_REMOTE_OFFER;
}

static gboolean
was_rejected (Pair *pair G_GNUC_UNUSED, gpointer data)
{
  Peer *peer = data;

  return peer_count_events (peer, "offer-rejected") >= 1
      && peer_is_stable (peer);
}

/* A offers, B says no, A asks again, B says yes. */
static void
reject_then_accept (Pair *pair)
{
  guint offers;

  assert_or_describe (pair,
      pair_wait (pair, has_remote_offer, B (pair), PAIR_DEADLINE_MS));
  g_signal_emit_by_name (B (pair)->element, "reject-offer");
  assert_or_describe (pair,
      pair_wait (pair, was_rejected, A (pair), PAIR_DEADLINE_MS));
  fail_unless_equals_uint64 (peer_get_stat (A (pair), "offers-rejected"), 1);

  /* It is not repeated by itself… */
  offers = line_count (pair->line, LETTER_OFFER);
  if (peer_is_connected (A (pair)))
    check_still_offers (pair, offers);

  /* …but when it is asked for. */
  g_signal_emit_by_name (A (pair)->element, "negotiate");
  assert_or_describe (pair,
      pair_wait (pair, has_remote_offer, B (pair), PAIR_DEADLINE_MS));
  fail_unless_equals_int (line_count (pair->line, LETTER_OFFER), offers + 1);
  g_signal_emit_by_name (B (pair)->element, "accept-offer");
  assert_settles (pair, QUIET_MS);
  check_no_errors (pair);
}

static const gchar *const roles[] = { "polite", "impolite" };

GST_START_TEST (a_rejected_first_offer_waits_to_be_asked_for)
{
  g_autoptr (Pair) pair = make_pair (roles[__i__], roles[!__i__]);

  g_object_set (B (pair)->element, "auto-answer", FALSE, NULL);
  peer_add_stream (A (pair), 'v');
  pair_play (pair);
  reject_then_accept (pair);
}

GST_END_TEST;

GST_START_TEST (a_rejected_later_offer_waits_to_be_asked_for)
{
  g_autoptr (Pair) pair = make_pair (roles[__i__], roles[!__i__]);

  peer_add_stream (A (pair), 'v');
  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  g_object_set (B (pair)->element, "auto-answer", FALSE, NULL);
  peer_add_stream (A (pair), 'a');
  reject_then_accept (pair);
  check_untouched (A (pair), 0);
}

GST_END_TEST;

/*** Restart ***/

static void
check_pads (Pair *pair)
{
  for (guint i = 0; i < 2; i++) {
    GHashTableIter iter;
    Reception *reception;

    g_mutex_lock (&pair->mutex);
    g_hash_table_iter_init (&iter, pair->peers[i].receptions);
    while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &reception))
      fail_unless_equals_int (reception->pads, 1);
    g_mutex_unlock (&pair->mutex);
  }
}

static gboolean
has_restarted (Pair *pair, gpointer n)
{
  return peer_get_stat (A (pair), "restarts") >= GPOINTER_TO_UINT (n)
      && peer_get_stat (B (pair), "restarts") >= GPOINTER_TO_UINT (n);
}

GST_START_TEST (a_restart_brings_media_back_on_the_same_pads)
{
  g_autoptr (Pair) pair = make_call ("va", "v");

  for (guint i = 0; i < 2; i++) {
    g_signal_emit_by_name (pair->peers[i].element, "restart");
    assert_or_describe (pair,
        pair_wait (pair, has_restarted, GUINT_TO_POINTER (i + 1),
            PAIR_DEADLINE_MS));
    assert_settles (pair, QUIET_MS);
  }
  check_pads (pair);
  fail_unless (rtp_stream_is_well (get_stream (A (pair), 0)));
  fail_unless (rtp_stream_is_well (get_stream (B (pair), 0)));
  check_no_errors (pair);
}

GST_END_TEST;

/* It is said while that one goes, and heard when there is another. */
static void
fail_inside (GstElement *webrtcbin)
{
  g_autoptr (GstElement) rtpbin =
      gst_bin_get_by_name (GST_BIN (webrtcbin), "rtpbin");

  GST_ELEMENT_ERROR (rtpbin, STREAM, FAILED, ("It goes."), ("It has gone."));
}

GST_START_TEST (what_fails_in_a_former_webrtcbin_is_over)
{
  g_autoptr (Pair) pair = make_call ("v", "v");
  g_autoptr (GstElement) former = NULL;

  g_object_get (A (pair)->element, "webrtcbin", &former, NULL);
  g_signal_emit_by_name (A (pair)->element, "restart");
  fail_inside (former);
  assert_or_describe (pair,
      pair_wait (pair, has_restarted, GUINT_TO_POINTER (1), PAIR_DEADLINE_MS));
  assert_settles (pair, QUIET_MS);
  fail_unless_equals_uint64 (peer_get_stat (A (pair), "restarts"), 1);
  check_no_errors (pair);
}

GST_END_TEST;

GST_START_TEST (what_fails_in_webrtcbin_is_healed_by_a_restart)
{
  g_autoptr (Pair) pair = make_call ("v", "v");
  g_autoptr (GstElement) webrtcbin = NULL;

  g_object_get (A (pair)->element, "webrtcbin", &webrtcbin, NULL);
  fail_inside (webrtcbin);
  assert_or_describe (pair,
      pair_wait (pair, has_restarted, GUINT_TO_POINTER (1), PAIR_DEADLINE_MS));
  assert_or_describe (pair,
      strstr (A (pair)->events->str, "restarted It goes. (It has gone.)\n"));
  assert_settles (pair, QUIET_MS);
  check_no_errors (pair);
}

GST_END_TEST;

GST_START_TEST (both_may_restart_at_once)
{
  g_autoptr (Pair) pair = make_call ("va", "v");

  line_hold (pair->line);
  g_signal_emit_by_name (A (pair)->element, "restart");
  g_signal_emit_by_name (B (pair)->element, "restart");
  assert_or_describe (pair,
      pair_wait (pair, has_restarted, GUINT_TO_POINTER (1), PAIR_DEADLINE_MS));
  line_release (pair->line);
  assert_settles (pair, QUIET_MS);
  check_pads (pair);
  check_no_errors (pair);
}

GST_END_TEST;

static gboolean
lose_first_offer (const Letter *letter, gpointer data)
{
  gboolean *is_lost = data;

  if (letter->type != LETTER_OFFER || *is_lost)
    return FALSE;
  *is_lost = TRUE;
  return TRUE;
}

GST_START_TEST (an_offer_that_is_lost_is_healed_by_a_restart)
{
  g_autoptr (Pair) pair = make_call ("v", "v");
  gboolean is_lost = FALSE;

  pair->line->lose = lose_first_offer;
  pair->line->lose_data = &is_lost;
  g_object_set (A (pair)->element, "negotiation-timeout", 300, NULL);
  peer_add_stream (A (pair), 'a');
  assert_or_describe (pair,
      pair_wait (pair, has_restarted, GUINT_TO_POINTER (1), PAIR_DEADLINE_MS));
  assert_settles (pair, QUIET_MS);
  fail_unless (is_lost);
  check_pads (pair);
  check_no_errors (pair);
}

GST_END_TEST;

static gboolean
has_offered (Pair *pair, gpointer n)
{
  return line_count_from (pair->line, LETTER_OFFER, 1) >= GPOINTER_TO_UINT (n);
}

/* What was offered first may have been heard: its section is offered again, with what
 * it had, beside the one for the encoding that the stream has now. */
GST_START_TEST (an_encoding_may_change_before_its_first_offer_is_answered)
{
  static const PairSettings settings = { .ids = { "a", "b" } };
  g_autoptr (Pair) pair = pair_new (&settings);
  RtpStream *stream = peer_add_stream (B (pair), 'v');
  g_autofree gchar *encoding = NULL;

  peer_add_stream (A (pair), 'v');
  line_hold (pair->line);
  pair_play (pair);
  assert_or_describe (pair,
      pair_wait (pair, has_offered, GUINT_TO_POINTER (1), PAIR_DEADLINE_MS));
  rtp_stream_set_kind (stream, '9');
  g_signal_emit_by_name (B (pair)->element, "restart");
  assert_or_describe (pair,
      pair_wait (pair, has_offered, GUINT_TO_POINTER (2), PAIR_DEADLINE_MS));
  line_release (pair->line);
  assert_settles (pair, QUIET_MS);
  encoding = peer_get_received_encoding (A (pair), stream);
  fail_unless_equals_string (encoding, "VP9");
  fail_unless (peer_get_stat (B (pair), "restarts") <= 1);
  check_no_errors (pair);
}

GST_END_TEST;

/*** Glare, as it is told ***/

static gboolean
both_have_offered (Pair *pair, gpointer data)
{
  guint *before = data;

  return line_count_from (pair->line, LETTER_OFFER, 0) > before[0]
      && line_count_from (pair->line, LETTER_OFFER, 1) > before[1];
}

GST_START_TEST (a_collision_is_told_as_the_specification_has_it)
{
  g_autoptr (Pair) pair = make_call ("v", "");
  guint before[] = {
    line_count_from (pair->line, LETTER_OFFER, 0),
    line_count_from (pair->line, LETTER_OFFER, 1),
  };
  g_autofree gchar *states = NULL, *states_of_b = NULL;

  g_free (peer_take_states (A (pair)));
  g_free (peer_take_states (B (pair)));
  line_hold (pair->line);
  peer_add_stream (A (pair), 'a');
  peer_add_stream (B (pair), 'a');
  assert_or_describe (pair,
      pair_wait (pair, both_have_offered, before, PAIR_DEADLINE_MS));
  line_release (pair->line);
  assert_settles (pair, QUIET_MS);

  states = peer_take_states (A (pair));
  states_of_b = peer_take_states (B (pair));
  fail_unless (g_str_has_prefix (states, "have-local-offer stable"), "%s",
      states);
  fail_unless (g_str_has_prefix (states_of_b,
                   "have-local-offer stable "
                   "have-remote-offer stable"),
      "%s", states_of_b);

  fail_unless_equals_uint64 (peer_get_stat (A (pair), "collisions"), 1);
  fail_unless_equals_uint64 (peer_get_stat (A (pair), "offers-ignored"), 1);
  fail_unless_equals_uint64 (peer_get_stat (A (pair), "rollbacks"), 0);
  fail_unless_equals_uint64 (peer_get_stat (B (pair), "collisions"), 1);
  fail_unless_equals_uint64 (peer_get_stat (B (pair), "offers-ignored"), 0);
  fail_unless_equals_uint64 (peer_get_stat (B (pair), "rollbacks"), 1);
  fail_unless_equals_int (peer_count_events (B (pair), "rolled-back"), 1);
  fail_unless_equals_uint64 (peer_get_stat (A (pair), "offers-sent"),
      line_count_from (pair->line, LETTER_OFFER, 0));
  fail_unless_equals_uint64 (peer_get_stat (B (pair), "answers-sent"),
      line_count_from (pair->line, LETTER_ANSWER, 1));
  check_untouched (A (pair), 0);
}

GST_END_TEST;

/*** Data channels ***/

typedef struct
{
  gint n_messages;
  GObject *channel;
} Inbox;

static void
on_message_string (GObject *channel G_GNUC_UNUSED, const gchar *text,
    Inbox *inbox)
{
  fail_unless_equals_string (text, "hello");
  g_atomic_int_inc (&inbox->n_messages);
}

static void
on_data_channel (GstElement *element G_GNUC_UNUSED, GObject *channel,
    Inbox *inbox)
{
  inbox->channel = g_object_ref (channel);
  g_signal_connect (channel, "on-message-string",
      G_CALLBACK (on_message_string), inbox);
}

static gboolean
is_open (Pair *pair G_GNUC_UNUSED, gpointer channel)
{
  GstWebRTCDataChannelState state;

  g_object_get (channel, "ready-state", &state, NULL);
  return state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN;
}

typedef struct
{
  Inbox *inbox;
  gint wanted;
} Message;

static gboolean
has_come (Pair *pair G_GNUC_UNUSED, gpointer data)
{
  Message *message = data;

  return g_atomic_int_get (&message->inbox->n_messages) >= message->wanted;
}

static void
say_hello (Pair *pair, GObject *channel, Inbox *inbox)
{
  Message message = {
    .inbox = inbox,
    .wanted = g_atomic_int_get (&inbox->n_messages) + 1,
  };
  gboolean is_taken;

  assert_or_describe (pair,
      pair_wait (pair, is_open, channel, PAIR_DEADLINE_MS));
  g_signal_emit_by_name (channel, "send-string", "hello", &is_taken);
  fail_unless (is_taken);
  assert_or_describe (pair,
      pair_wait (pair, has_come, &message, PAIR_DEADLINE_MS));
}

static GObject *
create_channel (Peer *peer)
{
  GObject *channel = NULL;

  g_signal_emit_by_name (peer->element, "create-data-channel", "chat", NULL,
      &channel);
  return channel;
}

GST_START_TEST (a_data_channel_opens_before_and_during_and_after_a_restart)
{
  Pair *pair = make_pair (NULL, NULL);
  Inbox inboxes[2] = { { 0 } };
  g_autoptr (GObject) early = create_channel (A (pair));
  g_autoptr (GObject) late = NULL;

  for (guint i = 0; i < 2; i++)
    g_signal_connect (pair->peers[i].element, "data-channel",
        G_CALLBACK (on_data_channel), &inboxes[i]);
  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  say_hello (pair, early, &inboxes[1]);

  peer_add_stream (B (pair), 'v');
  assert_settles (pair, QUIET_MS);
  late = create_channel (B (pair));
  say_hello (pair, late, &inboxes[0]);

  g_signal_emit_by_name (A (pair)->element, "restart");
  assert_or_describe (pair,
      pair_wait (pair, has_restarted, GUINT_TO_POINTER (1), PAIR_DEADLINE_MS));
  assert_settles (pair, QUIET_MS);
  say_hello (pair, early, &inboxes[1]);
  say_hello (pair, late, &inboxes[0]);
  check_no_errors (pair);
  pair_free (pair);
  g_clear_object (&inboxes[0].channel);
  g_clear_object (&inboxes[1].channel);
}

GST_END_TEST;

static gboolean
is_closed (Pair *pair G_GNUC_UNUSED, gpointer channel)
{
  GstWebRTCDataChannelState state;

  g_object_get (channel, "ready-state", &state, NULL);
  return state == GST_WEBRTC_DATA_CHANNEL_STATE_CLOSED;
}

GST_START_TEST (streams_can_be_added_after_the_last_channel_was_closed)
{
  g_autoptr (Pair) pair = make_pair (NULL, NULL);
  g_autoptr (GObject) channel = create_channel (A (pair));

  pair_play (pair);
  assert_settles (pair, QUIET_MS);
  assert_or_describe (pair,
      pair_wait (pair, is_open, channel, PAIR_DEADLINE_MS));
  g_signal_emit_by_name (channel, "close");
  assert_or_describe (pair,
      pair_wait (pair, is_closed, channel, PAIR_DEADLINE_MS));
  peer_add_stream (A (pair), 'v');
  assert_settles (pair, QUIET_MS);
  peer_add_stream (B (pair), 'a');
  assert_settles (pair, QUIET_MS);
  for (guint i = 0; i < 2; i++) {
    fail_unless_equals_uint64 (peer_get_stat (&pair->peers[i],
                                   "messages-rejected"),
        0);
    fail_unless_equals_uint64 (peer_get_stat (&pair->peers[i], "restarts"), 0);
  }
}

GST_END_TEST;

/*** Bad messages ***/

static const gchar *const bad_messages[] = {
  "",
  " ",
  "null",
  "[]",
  "{",
  "{}",
  "0",
  "\"offer\"",
  "\xff\xfe",
  "{\"description\":null}",
  "{\"description\":[]}",
  "{\"description\":{}}",
  "{\"description\":{\"type\":\"offer\"}}",
  "{\"description\":{\"type\":\"offer\",\"sdp\":null}}",
  "{\"description\":{\"type\":\"offer\",\"sdp\":\"\"}}",
  "{\"description\":{\"type\":\"offer\",\"sdp\":\"v=0\"}}",
  "{\"description\":{\"type\":\"rollback\",\"sdp\":\"\"}}",
  "{\"description\":{\"type\":\"pranswer\",\"sdp\":\"v=0\\r\\n\"}}",
  "{\"description\":{\"type\":\"offer\",\"sdp\":\"v=0\\r\\no=- 1 1 IN IP4 0\\r\\n"
  "s=-\\r\\nt=0 0\\r\\na=group:BUNDLE 9\\r\\nm=video 9 UDP/TLS/RTP/SAVPF 96\\r\\n"
  "a=mid:0\\r\\n\"}}",
  "{\"description\":{\"type\":\"answer\",\"sdp\":\"v=0\\r\\no=- 1 1 IN IP4 0\\r\\n"
  "s=-\\r\\nt=0 0\\r\\n\"}}",
  "{\"candidate\":7}",
  "{\"candidate\":[]}",
  "{\"candidate\":true}",
  "{\"candidate\":{\"candidate\":7}}",
  "{\"candidate\":{\"candidate\":\"candidate:x\",\"sdpMid\":\"video0\"}}",
  "{\"candidate\":{\"candidate\":\"candidate:1 1 UDP 1 300.0.0.1 9 typ host\","
  "\"sdpMLineIndex\":-1}}",
  "{\"candidate\":{\"candidate\":\"candidate:1 1 UDP 1 192.0.2.9 9 typ host\","
  "\"sdpMLineIndex\":4000000000}}",
  "{\"reject\":{}}",
  "{\"reject\":{\"offer\":7}}",
  "{\"reject\":{\"offer\":\"1:1\"}}",
  "{\"reject\":{\"offer\":\"1:1\"},\"session\":-3}",
  "{\"restart\":{}}",
  "{\"restart\":{\"session\":-1}}",
  "{\"restart\":{\"session\":1e300}}",
  "{\"restart\":{\"session\":\"2\"}}",
  "{\"restart\":{\"session\":9223372036854775807}}",
  "{\"unknown\":{}}",
  "{\"candidate\":{\"candidate\":\"\"},\"session\":9999999999999999999999}",
};

static void
inject_nesting (Pair *pair)
{
  g_autofree gchar *deep = g_strnfill (100000, '[');
  g_autofree gchar *text = g_strconcat ("{\"candidate\":", deep, NULL);

  line_inject (pair->line, 1, text);
}

GST_START_TEST (bad_messages_leave_everything_as_it_was)
{
  g_autoptr (Pair) pair = make_call ("va", "v");
  guint offers = line_count (pair->line, LETTER_OFFER);

  for (guint i = 0; i < G_N_ELEMENTS (bad_messages); i++)
    line_inject (pair->line, 1, bad_messages[i]);
  inject_nesting (pair);
  assert_settles (pair, QUIET_MS);

  fail_unless_equals_int (line_count (pair->line, LETTER_OFFER), offers);
  fail_unless_equals_uint64 (peer_get_stat (A (pair), "restarts"), 0);
  assert_or_describe (pair, peer_get_stat (A (pair), "messages-rejected") > 20);
  check_untouched (A (pair), 0);
  check_untouched (A (pair), 1);
  check_untouched (B (pair), 0);
  check_no_errors (pair);

  /* And it still negotiates. */
  peer_add_stream (B (pair), 'a');
  assert_settles (pair, QUIET_MS);
}

GST_END_TEST;

/*** The suite ***/

static Suite *
renegotiation_suite (void)
{
  Suite *suite = suite_create ("renegotiation");
  TCase *tcase = tcase_create ("call");

  tcase_set_timeout (tcase, 0);
  tcase_add_test (tcase, untouched_streams_go_on_through_every_renegotiation);
  tcase_add_test (tcase,
      a_released_pad_leaves_its_section_inactive_for_the_next);
  tcase_add_test (tcase, a_direction_is_what_the_application_sets);
  tcase_add_loop_test (tcase,
      a_direction_holds_from_before_the_start_until_the_pad_goes, 0, 3);
  tcase_add_test (tcase, a_pad_of_nobody_s_has_no_direction);
  tcase_add_test (tcase,
      another_encoding_in_the_middle_of_a_stream_is_negotiated);
  tcase_add_loop_test (tcase, a_rejected_first_offer_waits_to_be_asked_for, 0,
      2);
  tcase_add_loop_test (tcase, a_rejected_later_offer_waits_to_be_asked_for, 0,
      2);
  tcase_add_test (tcase, a_restart_brings_media_back_on_the_same_pads);
  tcase_add_test (tcase, what_fails_in_a_former_webrtcbin_is_over);
  tcase_add_test (tcase, what_fails_in_webrtcbin_is_healed_by_a_restart);
  tcase_add_test (tcase, both_may_restart_at_once);
  tcase_add_test (tcase, an_offer_that_is_lost_is_healed_by_a_restart);
  tcase_add_test (tcase,
      an_encoding_may_change_before_its_first_offer_is_answered);
  tcase_add_test (tcase, a_collision_is_told_as_the_specification_has_it);
  tcase_add_test (tcase,
      a_data_channel_opens_before_and_during_and_after_a_restart);
  tcase_add_test (tcase,
      streams_can_be_added_after_the_last_channel_was_closed);
  tcase_add_test (tcase, bad_messages_leave_everything_as_it_was);
  suite_add_tcase (suite, tcase);
  return suite;
}

CHECK_MAIN (renegotiation)
