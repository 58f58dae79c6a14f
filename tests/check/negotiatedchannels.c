/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Data channels that both sides make, under an id of their own choice; and options
 * that a channel cannot have. */

#include "checkmain.h"
#include "peers.h"

#define DEADLINE_MS 60000

#define A(pair) (&(pair)->peers[0])
#define B(pair) (&(pair)->peers[1])

static Pair *
make_pair (void)
{
  PairSettings settings = { .ids = { "a", "b" } };

  return pair_new (&settings);
}

static GObject *
create_channel (Peer *peer, const gchar *description)
{
  g_autoptr (GstStructure) options =
      description ? gst_structure_from_string (description, NULL) : NULL;
  GObject *channel = NULL;

  fail_unless (!description || options, "%s", description);
  g_signal_emit_by_name (peer->element, "create-data-channel", "chat", options,
      &channel);
  return channel;
}

static GObject *
create_negotiated (Peer *peer, gint id)
{
  g_autofree gchar *options =
      g_strdup_printf ("o, negotiated=(boolean)true, id=(int)%d", id);

  return create_channel (peer, options);
}

static gboolean
is_in_state (GObject *channel, GstWebRTCDataChannelState wanted)
{
  GstWebRTCDataChannelState state;

  g_object_get (channel, "ready-state", &state, NULL);
  return state == wanted;
}

static gboolean
is_open (Pair *pair G_GNUC_UNUSED, gpointer channel)
{
  return is_in_state (channel, GST_WEBRTC_DATA_CHANNEL_STATE_OPEN);
}

static gboolean
is_closed (Pair *pair G_GNUC_UNUSED, gpointer channel)
{
  return is_in_state (channel, GST_WEBRTC_DATA_CHANNEL_STATE_CLOSED);
}

/*** Over which messages go both ways ***/

typedef struct
{
  gint id;
  GObject *ends[2];
  gint n_received[2];
} Channel;

static void
on_string (GObject *end G_GNUC_UNUSED, const gchar *string, gint *n)
{
  if (g_str_equal (string, "hello"))
    g_atomic_int_inc (n);
}

static void
channel_init (Channel *self, Pair *pair, gint id)
{
  *self = (Channel) { .id = id };
  for (guint i = 0; i < 2; i++) {
    self->ends[i] = create_negotiated (&pair->peers[i], id);
    fail_unless (self->ends[i] != NULL, "%d", id);
    g_signal_connect (self->ends[i], "on-message-string",
        G_CALLBACK (on_string), &self->n_received[i]);
  }
}

static void
channel_clear (Channel *self)
{
  for (guint i = 0; i < 2; i++) {
    g_signal_handlers_disconnect_by_data (self->ends[i], &self->n_received[i]);
    g_clear_object (&self->ends[i]);
  }
}

static gboolean
have_received (Pair *pair G_GNUC_UNUSED, gpointer data)
{
  Channel *self = data;

  return g_atomic_int_get (&self->n_received[0]) > 0
      && g_atomic_int_get (&self->n_received[1]) > 0;
}

static void
channel_assert_works (Channel *self, Pair *pair)
{
  for (guint i = 0; i < 2; i++) {
    gint id;

    assert_or_describe (pair,
        pair_wait (pair, is_open, self->ends[i], DEADLINE_MS));
    g_object_get (self->ends[i], "id", &id, NULL);
    fail_unless_equals_int (id, self->id);
    g_atomic_int_set (&self->n_received[i], 0);
  }
  for (guint i = 0; i < 2; i++) {
    gboolean sent;

    g_signal_emit_by_name (self->ends[i], "send-string", "hello", &sent);
    fail_unless (sent, "%d", self->id);
  }
  assert_or_describe (pair, pair_wait (pair, have_received, self, DEADLINE_MS));
}

static gboolean
have_begun_again (Pair *pair, gpointer data G_GNUC_UNUSED)
{
  return peer_count_events (A (pair), "restarted") > 0
      && peer_count_events (B (pair), "restarted") > 0;
}

static const gint ids[] = { 3, 4, 511, 1023 };
static const gint other_ids[] = { 5, 6, 512, 1022 };

GST_START_TEST (test_channels_with_an_id_work_before_the_call_and_in_it)
{
  Pair *pair = make_pair ();
  Channel before[G_N_ELEMENTS (ids)], within[G_N_ELEMENTS (ids)];
  g_autoptr (GObject) plain = create_channel (A (pair), NULL);

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    channel_init (&before[i], pair, ids[i]);
  pair_play (pair);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    channel_assert_works (&before[i], pair);
  assert_or_describe (pair, pair_wait (pair, is_open, plain, DEADLINE_MS));

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    channel_init (&within[i], pair, other_ids[i]);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    channel_assert_works (&within[i], pair);

  /* They are made again with the same ids. */
  g_signal_emit_by_name (A (pair)->element, "restart");
  assert_or_describe (pair,
      pair_wait (pair, have_begun_again, NULL, DEADLINE_MS));
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++) {
    channel_assert_works (&before[i], pair);
    channel_assert_works (&within[i], pair);
    channel_clear (&before[i]);
    channel_clear (&within[i]);
  }
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *error = peer_get_error (&pair->peers[i]);

    fail_unless (error == NULL, "%s", error);
  }
  pair_free (pair);
}

GST_END_TEST;

/*** Ids that cannot be had ***/

static void
assert_refused (Peer *peer, const gchar *options, const gchar *hint)
{
  g_autoptr (GObject) channel = create_channel (peer, options);
  g_autofree gchar *warning = peer_get_error (peer);

  fail_unless (channel == NULL, "%s", options);
  fail_unless (warning != NULL && strstr (warning, hint) != NULL, "%s: %s",
      options, warning);
}

GST_START_TEST (test_an_id_without_a_stream_is_refused)
{
  g_autoptr (Pair) pair = make_pair ();

  assert_refused (A (pair), "o, negotiated=(boolean)true, id=(int)1024",
      "from 0 to 1023");
  assert_refused (B (pair), "o, negotiated=(boolean)true", "from 0 to 1023");
}

GST_END_TEST;

GST_START_TEST (test_an_id_of_another_one_of_ours_is_refused)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autoptr (GObject) first = create_negotiated (A (pair), 5);
  g_autoptr (GObject) again = NULL;

  fail_unless (first != NULL);
  assert_refused (A (pair), "o, negotiated=(boolean)true, id=(int)5",
      "the id 5 is another one's");
  g_signal_emit_by_name (first, "close");
  again = create_negotiated (A (pair), 5);
  fail_unless (again != NULL);
}

GST_END_TEST;

static void
on_error (GObject *channel G_GNUC_UNUSED, const GError *error, gchar **text)
{
  g_atomic_pointer_set (text, g_strdup (error->message));
}

typedef struct
{
  Peer *peer;
  GObject *remote;
  GObject *late;
  gchar *error;
} Taken;

/* On the element's thread: the channel cannot fail before somebody listens. */
static void
take_its_id (GstElement *element G_GNUC_UNUSED, GObject *remote, Taken *self)
{
  GObject *late;
  gint id;

  self->remote = g_object_ref (remote);
  g_object_get (remote, "id", &id, NULL);
  late = create_negotiated (self->peer, id);
  fail_unless (late != NULL);
  g_signal_connect (late, "on-error", G_CALLBACK (on_error), &self->error);
  g_atomic_pointer_set (&self->late, late);
}

static gboolean
is_told (Pair *pair G_GNUC_UNUSED, gpointer what)
{
  return g_atomic_pointer_get ((gpointer *) what) != NULL;
}

GST_START_TEST (test_an_id_of_the_peer_s_ends_in_an_error)
{
  Pair *pair = make_pair ();
  g_autoptr (GObject) plain = create_channel (A (pair), NULL);
  Taken taken = { .peer = B (pair) };
  gboolean sent;

  g_signal_connect (B (pair)->element, "data-channel", G_CALLBACK (take_its_id),
      &taken);
  pair_play (pair);
  assert_or_describe (pair,
      pair_wait (pair, is_told, &taken.late, DEADLINE_MS));
  assert_or_describe (pair,
      pair_wait (pair, is_closed, taken.late, DEADLINE_MS));
  /* What is told comes after the state. */
  assert_or_describe (pair,
      pair_wait (pair, is_told, &taken.error, DEADLINE_MS));
  g_signal_emit_by_name (taken.remote, "send-string", "still here", &sent);
  fail_unless (sent);
  pair_free (pair);
  fail_unless (strstr (taken.error, "another data channel's") != NULL, "%s",
      taken.error);
  g_object_unref (taken.late);
  g_object_unref (taken.remote);
  g_free (taken.error);
}

GST_END_TEST;

/*** Options that mean nothing ***/

static void
assert_warned (const gchar *options, const gchar *hint)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autoptr (GObject) channel = create_channel (A (pair), options);
  g_autofree gchar *warning = peer_get_error (A (pair));

  fail_unless (channel != NULL, "%s", options);
  if (hint)
    fail_unless (warning != NULL && strstr (warning, hint) != NULL, "%s: %s",
        options, warning);
  else
    fail_unless (warning == NULL, "%s: %s", options, warning);
}

GST_START_TEST (test_options_that_mean_nothing_are_named)
{
  g_type_ensure (GST_TYPE_WEBRTC_PRIORITY_TYPE);

  assert_warned ("o, max-retransmit=(int)3", "no option \"max-retransmit\"");
  assert_warned ("o, max-retransmits=(uint)3",
      "\"max-retransmits\" has to be of type int, not guint");
  assert_warned ("o, ordered=(string)no",
      "\"ordered\" has to be of type boolean, not gchararray");
  assert_warned ("o, priority=(string)high",
      "\"priority\" has to be of type GstWebRTCPriorityType, not gchararray");
  assert_warned ("o, id=(int)3", "negotiated=(boolean)true");
  assert_warned ("o, ordered=(boolean)false, max-packet-lifetime=(int)5, "
                 "protocol=(string)p, priority=(GstWebRTCPriorityType)high, "
                 "negotiated=(boolean)true, id=(int)3",
      NULL);
}

GST_END_TEST;

static Suite *
negotiatedchannels_suite (void)
{
  Suite *suite = suite_create ("negotiatedchannels");
  TCase *tcase = tcase_create ("channels");

  tcase_set_timeout (tcase, 0);
  tcase_add_test (tcase,
      test_channels_with_an_id_work_before_the_call_and_in_it);
  tcase_add_test (tcase, test_an_id_without_a_stream_is_refused);
  tcase_add_test (tcase, test_an_id_of_another_one_of_ours_is_refused);
  tcase_add_test (tcase, test_an_id_of_the_peer_s_ends_in_an_error);
  tcase_add_test (tcase, test_options_that_mean_nothing_are_named);
  suite_add_tcase (suite, tcase);
  return suite;
}

CHECK_MAIN (negotiatedchannels)
