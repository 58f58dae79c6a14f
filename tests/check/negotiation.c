/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The rules of the negotiation, by name.  Each test is a timeline: an event, and
 * what is to be done then, in a line:
 *   check, check! (forced), offer, offer+ (committed), answer X, take X, take+ X,
 *   rollback, replace; add C, send X, send C, reject X, restart N; begin, again ID,
 *   heard ID; (report)
 * Changes of state are told as (stable), (have-local), (have-remote); a negotiation
 * that ended well as (ok). */

#include "negotiation/negotiation.h"

#include <string.h>

#define SECOND G_USEC_PER_SEC

typedef struct
{
  WnNegotiation *negotiation;
  gint64 now;
  WnSignalingState state;
} Test;

static void
test_init (Test *self, gboolean polite)
{
  self->negotiation = wn_negotiation_new ();
  self->now = SECOND;
  self->state = WN_SIGNALING_STABLE;
  wn_negotiation_set_polite (self->negotiation, polite);
}

static void
test_clear (Test *self)
{
  wn_negotiation_free (self->negotiation);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Test, test_clear)

/* @id is "SESSID:VERSION"; "l" is for what is local, "r" for what is remote. */
static WnDescription *
describe (WnDescriptionType type, const gchar *id, const gchar *ufrag,
    const gchar *answered_id, gint64 session)
{
  const gchar *ufrags[] = { ufrag, NULL };

  return wn_description_new (type, id, id, ufrags, answered_id, session);
}

static void
print_report (Test *self, GString *line, const WnAction *action)
{
  static const gchar *const states[] = { "stable", "have-local",
    "have-remote" };

  if (action->report == WN_REPORT_STABLE) {
    g_string_append (line, "(ok)");
  } else if (action->report != WN_REPORT_STATE_CHANGED) {
    g_string_append_printf (line, "(%s)", wn_report_get_name (action->report));
  } else if (action->state != self->state) {
    self->state = action->state;
    g_string_append_printf (line, "(%s)", states[action->state]);
  }
}

static void
print_action (Test *self, GString *line, const WnAction *action)
{
  static const gchar *const beginnings[] = { "begin", "again ", "heard " };
  const gchar *plus = action->commit ? "+" : "";

  switch (action->type) {
    case WN_ACTION_CHECK:
      g_string_append (line, action->forced ? "check!" : "check");
      break;
    case WN_ACTION_OFFER:
      g_string_append_printf (line, "offer%s", plus);
      break;
    case WN_ACTION_TAKE_ANSWER:
      g_string_append_printf (line, "take%s %s", plus, action->description->id);
      break;
    case WN_ACTION_ANSWER:
      g_string_append_printf (line, "answer %s", action->description->id);
      break;
    case WN_ACTION_ROLL_BACK:
      g_string_append (line, "rollback");
      break;
    case WN_ACTION_REPLACE:
      g_string_append (line, "replace");
      break;
    case WN_ACTION_ADD_CANDIDATE:
      g_string_append_printf (line, "add %s", action->candidate->candidate);
      break;
    case WN_ACTION_SEND_DESCRIPTION:
      g_string_append_printf (line, "send %s", action->description->id);
      break;
    case WN_ACTION_SEND_CANDIDATE:
      g_string_append_printf (line, "send %s", action->candidate->candidate);
      break;
    case WN_ACTION_SEND_REJECT:
      g_string_append_printf (line, "reject %s", action->id);
      break;
    case WN_ACTION_SEND_RESTART:
      g_string_append_printf (line, "restart %d", (gint) action->session);
      break;
    case WN_ACTION_SEND_BEGINNING:
      g_string_append_printf (line, "%s%s", beginnings[action->beginning],
          action->id ? action->id : "");
      if (action->offer_id)
        g_string_append_printf (line, " %s", action->offer_id);
      break;
    case WN_ACTION_REPORT:
      print_report (self, line, action);
      break;
    case WN_ACTION_NONE:
      break;
  }
}

/* What is to be done now is this and nothing else. */
#define expect(self, line) expect_at (self, line, __LINE__)

static void
expect_at (Test *self, const gchar *expected, gint where)
{
  g_autoptr (GString) line = g_string_new (NULL);
  WnAction action = WN_ACTION_INIT;

  while (wn_negotiation_poll (self->negotiation, &action)) {
    gsize length = line->len;

    print_action (self, line, &action);
    if (line->len > length)
      g_string_append (line, "; ");
    wn_action_clear (&action);
  }
  if (line->len)
    g_string_truncate (line, line->len - 2);
  if (strcmp (line->str, expected) != 0)
    g_test_message ("line %d: %s", where, line->str);
  g_assert_cmpstr (line->str, ==, expected);
}

/*** Events ***/

static void
done (Test *self)
{
  wn_negotiation_done (self->negotiation, ++self->now);
}

static void
checked (Test *self, gboolean needed)
{
  wn_negotiation_checked (self->negotiation, needed, ++self->now);
}

static void
change (Test *self)
{
  wn_negotiation_change (self->negotiation, ++self->now);
}

static void
offered (Test *self, const gchar *id)
{
  g_autoptr (WnDescription) offer =
      describe (WN_DESCRIPTION_OFFER, id, "l", NULL, 0);

  wn_negotiation_offered (self->negotiation, offer, ++self->now);
}

static void
answered (Test *self, const gchar *id)
{
  g_autoptr (WnDescription) answer =
      describe (WN_DESCRIPTION_ANSWER, id, "l", NULL, 0);

  wn_negotiation_answered (self->negotiation, answer, ++self->now);
}

static void
receive_offer (Test *self, const gchar *id, const gchar *ufrag, gint64 session)
{
  g_autoptr (WnDescription) offer =
      describe (WN_DESCRIPTION_OFFER, id, ufrag, NULL, session);

  wn_negotiation_receive_description (self->negotiation, offer, ++self->now);
}

static void
receive_answer (Test *self, const gchar *id, const gchar *answered_id,
    gint64 session)
{
  g_autoptr (WnDescription) answer =
      describe (WN_DESCRIPTION_ANSWER, id, "r", answered_id, session);

  wn_negotiation_receive_description (self->negotiation, answer, ++self->now);
}

static void
receive_candidate (Test *self, const gchar *text, const gchar *ufrag)
{
  wn_negotiation_receive_candidate (self->negotiation,
      wn_candidate_new (text, "0", 0, ufrag, WN_SESSION_UNKNOWN), ++self->now);
}

static void
receive_reject (Test *self, const gchar *id, gint64 session)
{
  wn_negotiation_receive_reject (self->negotiation, id, session, ++self->now);
}

static const WnNegotiationStats *
stats (const Test *self)
{
  return wn_negotiation_get_stats (self->negotiation);
}

/*** Beginnings ***/

static void
begin (Test *self)
{
  wn_negotiation_begin (self->negotiation, "l1", self->now);
  expect (self, "begin; replace");
  done (self);
  expect (self, "check");
}

static void
begin_idle (Test *self)
{
  begin (self);
  checked (self, FALSE);
  expect (self, "");
}

static void
begin_offering (Test *self)
{
  begin (self);
  checked (self, TRUE);
  expect (self, "offer+");
  offered (self, "l:1");
  expect (self, "send l:1; (have-local); (offer-sent)");
}

static void
begin_negotiated (Test *self)
{
  begin_offering (self);
  receive_answer (self, "r:1", "l:1", 0);
  expect (self, "(answer-received); take r:1");
  done (self);
  expect (self, "(stable); (ok); check");
  checked (self, FALSE);
  expect (self, "");
}

static void
offer_again (Test *self, const gchar *id)
{
  change (self);
  expect (self, "check");
  checked (self, TRUE);
  expect (self, "offer");
  offered (self, id);
  g_assert_cmpint (wn_negotiation_get_signaling_state (self->negotiation), ==,
      WN_SIGNALING_HAVE_LOCAL_OFFER);
  while (self->state != WN_SIGNALING_HAVE_LOCAL_OFFER) {
    WnAction action;

    g_assert_true (wn_negotiation_poll (self->negotiation, &action));
    if (action.type == WN_ACTION_REPORT)
      self->state = action.state;
    wn_action_clear (&action);
  }
  expect (self, "(offer-sent)");
}

/*** Roles ***/

static void
roles_compare_bytewise (void)
{
  static const struct
  {
    const gchar *local;
    const gchar *remote;
    gboolean greater;
  } rows[] = {
    { "b", "a", TRUE },
    { "a", "b", FALSE },
    { "a", "B", TRUE },
    { "aa", "a", TRUE },
    { "10", "9", FALSE },
    { "\xc3\xa4", "z", TRUE },
    { "a", NULL, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const gchar *a = rows[i].local;
    const gchar *b = rows[i].remote;

    g_assert_cmpint (wn_role_is_polite (WN_ROLE_AUTO, a, b), ==,
        rows[i].greater);
    g_assert_cmpint (wn_role_is_polite (WN_ROLE_AUTO_LESSER, a, b), ==,
        !rows[i].greater);
    g_assert_cmpint (wn_role_is_polite (WN_ROLE_AUTO, b, a), ==,
        !rows[i].greater);
    g_assert_true (wn_role_is_polite (WN_ROLE_POLITE, a, b));
    g_assert_false (wn_role_is_polite (WN_ROLE_IMPOLITE, a, b));
  }
  g_assert_true (wn_role_needs_ids (WN_ROLE_AUTO));
  g_assert_true (wn_role_needs_ids (WN_ROLE_AUTO_LESSER));
  g_assert_false (wn_role_needs_ids (WN_ROLE_POLITE));
  g_assert_false (wn_role_needs_ids (WN_ROLE_IMPOLITE));
}

/*** Offers and answers ***/

static void
later_offers_are_not_committed (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_negotiated (&test);
  offer_again (&test, "l:2");
  receive_answer (&test, "r:2", "l:2", 0);
  expect (&test, "(answer-received); take+ r:2");
  done (&test);
  expect (&test, "(stable); (ok); check");
  g_assert_cmpuint (stats (&test)->offers_sent, ==, 2);
  g_assert_cmpuint (stats (&test)->answers_received, ==, 2);
  g_assert_cmpint (stats (&test)->last_negotiation_us, >, 0);
  g_assert_cmpint (stats (&test)->max_negotiation_us, >=,
      stats (&test)->last_negotiation_us);
}

static void
remote_offers_are_answered (void)
{
  for (gint polite = 0; polite < 2; polite++) {
    g_auto (Test) test;

    test_init (&test, polite);
    begin_idle (&test);
    receive_offer (&test, "r:1", "r", 0);
    expect (&test, "(have-remote); (offer-received); answer r:1");
    answered (&test, "l:1");
    expect (&test, "send l:1; (stable); (answer-sent); (ok); check");
    g_assert_cmpuint (stats (&test)->offers_received, ==, 1);
    g_assert_cmpuint (stats (&test)->answers_sent, ==, 1);
    g_assert_true (wn_negotiation_is_negotiated (test.negotiation));
  }
}

static void
stale_answers_are_dropped (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_negotiated (&test);
  receive_answer (&test, "r:1", "l:1", 0);
  expect (&test, "(stale-answer)");
  offer_again (&test, "l:2");
  receive_answer (&test, "r:1", "l:1", 0);
  expect (&test, "(stale-answer)");
  receive_reject (&test, "l:1", 0);
  expect (&test, "(stale-answer)");
  receive_answer (&test, "r:2", NULL, WN_SESSION_UNKNOWN);
  expect (&test, "(answer-received); take+ r:2");
  g_assert_cmpuint (stats (&test)->stale_answers, ==, 3);
}

static void
refused_answers_leave_the_offer (void)
{
  g_auto (Test) test;

  test_init (&test, TRUE);
  begin_negotiated (&test);
  offer_again (&test, "l:2");
  receive_answer (&test, "r:2", "l:2", 0);
  expect (&test, "(answer-received); take+ r:2");
  wn_negotiation_failed (test.negotiation, WN_FAILURE_REFUSED, "bad", 1);
  expect (&test, "(message-rejected)");
  g_assert_cmpuint (stats (&test)->messages_rejected, ==, 1);
  /* …but whoever gave the answer has it in use. */
  receive_offer (&test, "r:3", "r", 0);
  expect (&test, "(collision); restart 1; (stable); (restarted); replace");
}

static void
a_check_waits_for_messages (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin (&test);
  receive_offer (&test, "r:1", "r", 0);
  expect (&test, "");
  checked (&test, TRUE);
  expect (&test, "(have-remote); (offer-received); answer r:1");
  g_assert_cmpuint (stats (&test)->collisions, ==, 0);
}

/*** Collisions ***/

static void
the_polite_peer_gives_way (void)
{
  for (gint negotiated = 0; negotiated < 2; negotiated++) {
    g_auto (Test) test;

    test_init (&test, TRUE);
    if (negotiated) {
      begin_negotiated (&test);
      offer_again (&test, "l:2");
    } else {
      begin_offering (&test);
    }
    receive_offer (&test, "r:2", "r", 0);
    expect (&test,
        negotiated ? "(collision); (stable); (rolled-back); rollback"
                   : "(collision); (stable); (rolled-back); replace");
    done (&test);
    expect (&test, "(have-remote); (offer-received); answer r:2");
    answered (&test, "l:3");
    expect (&test, "send l:3; (stable); (answer-sent); (ok); check");
    g_assert_cmpuint (stats (&test)->collisions, ==, 1);
    g_assert_cmpuint (stats (&test)->rollbacks, ==, 1);
    g_assert_cmpuint (stats (&test)->offers_ignored, ==, 0);
  }
}

static void
the_impolite_peer_ignores (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_offering (&test);
  receive_offer (&test, "r:1", "x", 0);
  expect (&test, "(collision); (offer-ignored)");
  g_assert_true (wn_negotiation_is_ignoring_offer (test.negotiation));
  receive_candidate (&test, "ignored", "x");
  receive_candidate (&test, "early", "r");
  expect (&test, "");
  receive_answer (&test, "r:2", "l:1", 0);
  expect (&test, "(answer-received); take r:2");
  g_assert_false (wn_negotiation_is_ignoring_offer (test.negotiation));
  done (&test);
  expect (&test, "add early; (stable); (ok); check");
  g_assert_cmpuint (stats (&test)->offers_ignored, ==, 1);
  g_assert_cmpuint (stats (&test)->candidates_ignored, ==, 1);
  g_assert_cmpuint (stats (&test)->rollbacks, ==, 0);
}

static void
candidates_of_an_applied_description_are_added (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_negotiated (&test);
  offer_again (&test, "l:2");
  receive_offer (&test, "r:2", "r", 0);
  expect (&test, "(collision); (offer-ignored)");
  receive_candidate (&test, "good", "r");
  receive_candidate (&test, "", "r");
  expect (&test, "add good; add ");
  receive_candidate (&test, "nameless", NULL);
  expect (&test, "");
  g_assert_cmpuint (stats (&test)->candidates_ignored, ==, 1);
}

/*** Rejections, and answering by hand ***/

static void
a_rejected_offer_is_not_repeated (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_negotiated (&test);
  offer_again (&test, "l:2");
  receive_reject (&test, "l:2", 0);
  expect (&test, "(stable); (rolled-back); rollback; (offer-rejected)");
  done (&test);
  expect (&test, "");
  wn_negotiation_hint (test.negotiation, ++test.now);
  expect (&test, "check");
  checked (&test, TRUE);
  expect (&test, "(suppressed)");
  g_assert_cmpuint (stats (&test)->offers_rejected, ==, 1);
  g_assert_cmpuint (stats (&test)->renegotiations_suppressed, ==, 1);
  wn_negotiation_ask (test.negotiation, ++test.now);
  expect (&test, "check!");
  checked (&test, TRUE);
  expect (&test, "offer");
}

static void
a_wish_after_the_offer_is_not_rejected_with_it (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_negotiated (&test);
  offer_again (&test, "l:2");
  change (&test);
  expect (&test, "");
  receive_reject (&test, "l:2", 0);
  expect (&test, "(stable); (rolled-back); rollback; (offer-rejected)");
  done (&test);
  expect (&test, "check");
}

static void
held_offers_wait (void)
{
  for (gint accepts = 0; accepts < 2; accepts++) {
    g_auto (Test) test;

    test_init (&test, FALSE);
    wn_negotiation_set_auto_answer (test.negotiation, FALSE);
    begin_idle (&test);
    receive_offer (&test, "r:1", "r", 0);
    expect (&test, "(have-remote); (offer-received)");
    receive_offer (&test, "r:2", "r", 0);
    expect (&test, "(offer-received)");
    change (&test);
    expect (&test, "");
    if (accepts) {
      wn_negotiation_accept (test.negotiation, ++test.now);
      expect (&test, "answer r:2");
    } else {
      wn_negotiation_reject (test.negotiation, ++test.now);
      expect (&test, "reject r:2; (stable); check");
    }
  }
}

static void
refused_offers_are_declined (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_idle (&test);
  receive_offer (&test, "r:1", "r", 0);
  expect (&test, "(have-remote); (offer-received); answer r:1");
  wn_negotiation_failed (test.negotiation, WN_FAILURE_REFUSED, "bad", 1);
  expect (&test, "reject r:1; (stable); (message-rejected); check");
}

/*** Restarts ***/

static void
an_unanswered_offer_expires (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  wn_negotiation_set_timeout (test.negotiation, 10 * SECOND);
  begin_offering (&test);
  g_assert_cmpint (wn_negotiation_get_expiry (test.negotiation), ==,
      test.now + 10 * SECOND);
  wn_negotiation_handle_expiry (test.negotiation, test.now + 10 * SECOND - 1);
  expect (&test, "");
  wn_negotiation_handle_expiry (test.negotiation, test.now += 10 * SECOND);
  expect (&test, "restart 1; (stable); (restarted); replace");
}

static void
restarts_in_a_row_are_delayed (void)
{
  static const gint delays[] = { 0, 1, 2, 4, 8, 16, 30, 30 };
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_idle (&test);
  for (gint round = 0; round < 2; round++) {
    for (guint i = 0; i < G_N_ELEMENTS (delays); i++) {
      gint64 start = ++test.now;
      g_autofree gchar *line = g_strdup_printf ("restart %d; (restarted); "
                                                "replace",
          (gint) wn_negotiation_get_session (test.negotiation) + 1);

      wn_negotiation_restart (test.negotiation, "test", start);
      expect (&test, line);
      done (&test);
      if (delays[i]) {
        expect (&test, "");
        g_assert_cmpint (wn_negotiation_get_expiry (test.negotiation), ==,
            start + delays[i] * (gint64) SECOND);
        test.now = start + delays[i] * (gint64) SECOND;
        wn_negotiation_handle_expiry (test.negotiation, test.now);
      }
      expect (&test, "check");
      checked (&test, FALSE);
    }
    wn_negotiation_connected (test.negotiation, ++test.now);
  }
  g_assert_cmpuint (stats (&test)->restarts, ==, 2 * G_N_ELEMENTS (delays));
}

static void
sessions_are_followed (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_idle (&test);
  wn_negotiation_receive_restart (test.negotiation, 3, ++test.now);
  expect (&test, "(restarted); replace");
  done (&test);
  expect (&test, "check");
  checked (&test, FALSE);
  wn_negotiation_receive_restart (test.negotiation, 3, ++test.now);
  expect (&test, "");
  wn_negotiation_receive_restart (test.negotiation, 2, ++test.now);
  expect (&test, "restart 3");
  receive_answer (&test, "r:1", "l:1", 2);
  receive_reject (&test, "l:1", 2);
  expect (&test, "(stale-answer); (stale-answer)");
  receive_offer (&test, "r:1", "r", 5);
  expect (&test, "(restarted); replace");
  done (&test);
  expect (&test, "(have-remote); (offer-received); answer r:1");
  g_assert_cmpint (wn_negotiation_get_session (test.negotiation), ==, 5);
}

/* Whatever session it has come to while nobody answered. */
static void
a_peer_that_is_told_so_begins_above_its_session (void)
{
  for (gint64 session = 0; session < 3; session++) {
    g_auto (Test) test;

    test_init (&test, FALSE);
    begin_offering (&test);
    if (session > 0) {
      wn_negotiation_receive_restart (test.negotiation, session, ++test.now);
      wn_negotiation_done (test.negotiation, ++test.now);
      wn_negotiation_checked (test.negotiation, FALSE, ++test.now);
    }
    g_assert_cmpint (wn_negotiation_get_session (test.negotiation), ==,
        session);
    wn_negotiation_receive_restart (test.negotiation, 0, ++test.now);
    g_assert_cmpint (wn_negotiation_get_session (test.negotiation), ==,
        session + 1);
  }
}

static void
a_broken_connection_is_a_restart (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_idle (&test);
  receive_offer (&test, "r:1", "r", 0);
  expect (&test, "(have-remote); (offer-received); answer r:1");
  wn_negotiation_failed (test.negotiation, WN_FAILURE_BROKEN, "broken", 1);
  expect (&test, "restart 1; (stable); (restarted); replace");
}

static void
an_ice_restart_is_answered_and_a_new_connection_met_by_a_new_one (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_idle (&test);
  receive_offer (&test, "r:1", "r", WN_SESSION_UNKNOWN);
  expect (&test, "(have-remote); (offer-received); answer r:1");
  answered (&test, "l:1");
  expect (&test, "send l:1; (stable); (answer-sent); (ok); check");
  checked (&test, FALSE);

  receive_offer (&test, "r:2", "n", WN_SESSION_UNKNOWN);
  expect (&test, "(have-remote); (offer-received); answer r:2");
  answered (&test, "l:2");
  expect (&test, "send l:2; (stable); (answer-sent); (ok); check");
  checked (&test, FALSE);

  receive_offer (&test, "other:1", "o", WN_SESSION_UNKNOWN);
  expect (&test, "(have-remote); (offer-received); (restarted); replace");
  done (&test);
  expect (&test, "answer other:1");
}

/* A page that only answered may be reloaded, too. */
static void
the_origin_of_answers_counts_as_well (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_negotiated (&test);
  receive_offer (&test, "other:1", "o", WN_SESSION_UNKNOWN);
  expect (&test, "(have-remote); (offer-received); (restarted); replace");
}

static void
an_offer_that_gives_the_transport_up_is_met_by_a_new_connection (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_negotiated (&test);
  receive_offer (&test, "r:2", "r", 0);
  expect (&test, "(have-remote); (offer-received); answer r:2");
  wn_negotiation_failed (test.negotiation, WN_FAILURE_OUTDATED, "gone", 1);
  expect (&test, "(restarted); replace");
  done (&test);
  expect (&test, "answer r:2");
}

static void
an_answer_from_another_connection_is_a_restart (void)
{
  g_autoptr (WnDescription) answer =
      describe (WN_DESCRIPTION_ANSWER, "n:1", "n", NULL, WN_SESSION_UNKNOWN);
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_negotiated (&test);
  offer_again (&test, "l:2");
  wn_negotiation_receive_description (test.negotiation, answer, ++test.now);
  expect (&test, "restart 1; (stable); (restarted); replace");
}

/*** Beginnings ***/

static void
receive_beginning (Test *self, WnBeginning beginning, const gchar *id,
    const gchar *with, gint64 session)
{
  wn_negotiation_receive_beginning (self->negotiation, beginning, id, with,
      session, NULL, ++self->now);
}

static gboolean
admit (Test *self, const gchar *id, const gchar *with, gboolean is_vital)
{
  return wn_negotiation_admit (self->negotiation, id, with, is_vital,
      ++self->now);
}

/* With a remote peer that has begun under the id r1. */
static void
begin_met_negotiated (Test *self)
{
  begin (self);
  receive_beginning (self, WN_BEGINNING_FIRST, "r1", NULL, 0);
  checked (self, TRUE);
  expect (self, "offer+");
  offered (self, "l:1");
  expect (self, "send l:1; (have-local); (offer-sent)");
  g_assert_true (admit (self, "r1", "l1", TRUE));
  receive_answer (self, "r:1", "l:1", 0);
  expect (self, "(answer-received); take r:1");
  done (self);
  expect (self, "(stable); (ok); check");
  checked (self, FALSE);
  expect (self, "");
}

static void
peers_that_begin_at_once_leave_each_other_alone (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin (&test);
  receive_beginning (&test, WN_BEGINNING_FIRST, "r1", NULL, 0);
  expect (&test, "");
  checked (&test, TRUE);
  expect (&test, "offer+");
  offered (&test, "l:1");
  expect (&test, "send l:1; (have-local); (offer-sent)");
  g_assert_cmpstr (wn_negotiation_get_remote_id (test.negotiation), ==, "r1");
  g_assert_cmpuint (stats (&test)->restarts, ==, 0);
}

/* …and gets to know of it. */
static void
who_began_after_our_offer_is_asked_whether_it_was_heard (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_offering (&test);
  receive_beginning (&test, WN_BEGINNING_FIRST, "r1", NULL, 0);
  expect (&test, "again r1 l:1");
  receive_beginning (&test, WN_BEGINNING_HEARD, "r1", "l1", 0);
  expect (&test, "");
  g_assert_true (admit (&test, "r1", "l1", TRUE));
  receive_answer (&test, "r:1", "l:1", 0);
  expect (&test, "(answer-received); take r:1");
}

/* What went between the offer and its beginning, it may have missed. */
static void
who_has_heard_the_offer_is_told_the_candidates_again (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_offering (&test);
  wn_negotiation_local_candidate (test.negotiation,
      wn_candidate_new ("c", "0", 0, "l", WN_SESSION_UNKNOWN), ++test.now);
  expect (&test, "send c");
  receive_beginning (&test, WN_BEGINNING_FIRST, "r1", NULL, 0);
  expect (&test, "again r1 l:1");
  receive_beginning (&test, WN_BEGINNING_HEARD, "r1", "l1", 0);
  expect (&test, "send c");
  /* Nobody asked for that. */
  receive_beginning (&test, WN_BEGINNING_HEARD, "r1", "l1", 0);
  expect (&test, "");
}

/* Even if the first that it said was not. */
static void
who_has_heard_the_offer_has_heard_all (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_idle (&test);
  g_assert_true (admit (&test, "r1", NULL, TRUE));
  receive_offer (&test, "r:1", "r", 0);
  expect (&test, "(have-remote); (offer-received); answer r:1");
  wn_negotiation_receive_beginning (test.negotiation, WN_BEGINNING_AGAIN, "r1",
      "l1", 0, "r:1", ++test.now);
  expect (&test, "heard r1");
  wn_negotiation_receive_beginning (test.negotiation, WN_BEGINNING_AGAIN, "r1",
      "l1", 0, "r:2", ++test.now);
  answered (&test, "l:1");
  expect (&test,
      "send l:1; (stable); (answer-sent); (ok); restart 1; "
      "(restarted); replace");
}

static void
who_is_asked_says_so_or_begins_again (void)
{
  for (gint heard = 0; heard < 2; heard++) {
    g_auto (Test) test;

    test_init (&test, FALSE);
    begin_idle (&test);
    if (heard)
      receive_beginning (&test, WN_BEGINNING_FIRST, "r1", NULL, 0);
    else
      g_assert_true (admit (&test, "r1", NULL, FALSE));
    expect (&test, "");
    receive_beginning (&test, WN_BEGINNING_AGAIN, "r1", "l1", 3);
    expect (&test, heard ? "heard r1" : "restart 4; (restarted); replace");
    if (heard)
      continue;
    done (&test);
    receive_beginning (&test, WN_BEGINNING_AGAIN, "r1", "l1", 3);
    expect (&test, "check; heard r1");
  }
}

/* In mid-call, during ICE, with an offer that waits: in any state. */
static void
somebody_new_in_the_remote_peers_place_is_met_anew (void)
{
  for (gint state = 0; state < 3; state++) {
    g_auto (Test) test;

    test_init (&test, FALSE);
    wn_negotiation_set_auto_answer (test.negotiation, FALSE);
    begin_met_negotiated (&test);
    if (state == 1) {
      receive_offer (&test, "r:2", "r", 0);
      expect (&test, "(have-remote); (offer-received)");
    } else if (state == 2) {
      offer_again (&test, "l:2");
    }

    /* It may be who was there before, late: so it is asked. */
    receive_beginning (&test, WN_BEGINNING_FIRST, "r2", NULL, 0);
    expect (&test, state == 2 ? "again r2 l:2" : "again r2");
    receive_beginning (&test, WN_BEGINNING_FIRST, "r2", NULL, 0);
    expect (&test, state == 2 ? "again r2 l:2" : "again r2");
    g_assert_true (admit (&test, "r2", "l1", TRUE));
    expect (&test,
        state ? "restart 1; (stable); (restarted); replace"
              : "restart 1; (restarted); replace");
    done (&test);
    expect (&test, "check");

    /* Once. */
    receive_beginning (&test, WN_BEGINNING_FIRST, "r2", NULL, 0);
    receive_beginning (&test, WN_BEGINNING_HEARD, "r2", "l1", 0);
    g_assert_true (admit (&test, "r2", "l1", TRUE));
    checked (&test, FALSE);
    expect (&test, "");
  }
}

static void
what_is_of_or_for_somebody_who_is_gone_is_dropped (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_met_negotiated (&test);
  g_assert_true (admit (&test, "r2", "l1", TRUE));
  expect (&test, "restart 1; (restarted); replace");
  done (&test);
  checked (&test, FALSE);
  expect (&test, "check");

  g_assert_false (admit (&test, "r1", "l1", TRUE));
  receive_beginning (&test, WN_BEGINNING_FIRST, "r1", NULL, 0);
  receive_beginning (&test, WN_BEGINNING_AGAIN, "r1", "l1", 7);
  receive_beginning (&test, WN_BEGINNING_AGAIN, "r2", "l0", 7);
  receive_beginning (&test, WN_BEGINNING_HEARD, "r3", "l0", 0);
  expect (&test, "");
  /* Who takes us for who was here before gets to know better… */
  g_assert_false (admit (&test, "r2", "l0", TRUE));
  expect (&test, "again r2");
  /* …but not by each of its candidates. */
  g_assert_false (admit (&test, "r2", "l0", FALSE));
  g_assert_false (admit (&test, "r3", NULL, FALSE));
  expect (&test, "");
  /* Old ones and plain pages say nothing of that kind. */
  g_assert_true (admit (&test, NULL, NULL, TRUE));
  g_assert_true (admit (&test, "r2", NULL, TRUE));
  g_assert_cmpuint (stats (&test)->restarts, ==, 1);
}

/*** What comes twice ***/

static void
an_offer_that_comes_twice_is_answered_once (void)
{
  static const gchar *const endings[] = { "answered", "held", "declined",
    "refused", "ignored" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
    for (gint64 session = WN_SESSION_UNKNOWN; session < 1; session++) {
      const gchar *ending = endings[i];
      g_auto (Test) test;

      test_init (&test, FALSE);
      wn_negotiation_set_auto_answer (test.negotiation,
          !g_str_equal (ending, "held") && !g_str_equal (ending, "declined"));
      begin_negotiated (&test);
      if (g_str_equal (ending, "ignored")) {
        offer_again (&test, "l:2");
        receive_offer (&test, "r:2", "r", session);
        expect (&test, "(collision); (offer-ignored)");
        receive_answer (&test, "r:1", "l:2", 0);
        done (&test);
        expect (&test, "(answer-received); take+ r:1; (stable); (ok); check");
        checked (&test, FALSE);
      } else {
        receive_offer (&test, "r:2", "r", session);
        expect (&test,
            wn_negotiation_is_idle (test.negotiation) || i == 1 || i == 2
                ? "(have-remote); (offer-received)"
                : "(have-remote); (offer-received); answer r:2");
      }
      if (g_str_equal (ending, "answered")) {
        answered (&test, "l:2");
        expect (&test, "send l:2; (stable); (answer-sent); (ok); check");
        checked (&test, FALSE);
      } else if (g_str_equal (ending, "declined")) {
        wn_negotiation_reject (test.negotiation, ++test.now);
        expect (&test, "reject r:2; (stable); check");
        checked (&test, FALSE);
      } else if (g_str_equal (ending, "refused")) {
        wn_negotiation_failed (test.negotiation, WN_FAILURE_REFUSED, "bad",
            ++test.now);
        expect (&test,
            "reject r:2; (stable); (message-rejected); "
            "check");
        checked (&test, FALSE);
      }
      receive_offer (&test, "r:2", "r", session);
      expect (&test,
          g_str_equal (ending, "refused") ? "(message-rejected)"
                                          : "(repeated)");
      /* With an offer of ours outstanding it is no collision either. */
      if (!g_str_equal (ending, "held")) {
        offer_again (&test, "l:3");
        receive_offer (&test, "r:2", "r", session);
        expect (&test,
            g_str_equal (ending, "refused") ? "(message-rejected)"
                                            : "(repeated)");
      }
    }
  }
}

static void
an_answer_that_comes_twice_is_stale (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_offering (&test);
  receive_answer (&test, "r:1", NULL, WN_SESSION_UNKNOWN);
  expect (&test, "(answer-received); take r:1");
  receive_answer (&test, "r:1", NULL, WN_SESSION_UNKNOWN);
  expect (&test, "(stale-answer)");
  done (&test);
  expect (&test, "(stable); (ok); check");
  checked (&test, FALSE);
  /* Though it does not say which offer it answers. */
  offer_again (&test, "l:2");
  receive_answer (&test, "r:1", NULL, WN_SESSION_UNKNOWN);
  expect (&test, "(stale-answer)");
  receive_answer (&test, "r:2", NULL, WN_SESSION_UNKNOWN);
  expect (&test, "(answer-received); take+ r:2");
}

static void
a_candidate_that_comes_twice_is_added_once (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_offering (&test);
  receive_candidate (&test, "early", "r");
  receive_candidate (&test, "early", "r");
  expect (&test, "");
  receive_answer (&test, "r:1", "l:1", 0);
  expect (&test, "(answer-received); take r:1");
  done (&test);
  expect (&test, "add early; (stable); (ok); check");
  checked (&test, FALSE);
  receive_candidate (&test, "early", "r");
  receive_candidate (&test, "late", "r");
  receive_candidate (&test, "late", "r");
  expect (&test, "add late");
  /* Another generation has its own. */
  receive_offer (&test, "r:2", "s", 0);
  answered (&test, "l:2");
  checked (&test, FALSE);
  expect (&test,
      "(have-remote); (offer-received); answer r:2; send l:2; "
      "(stable); (answer-sent); (ok); check");
  receive_candidate (&test, "late", "s");
  receive_candidate (&test, "late", "s");
  expect (&test, "add late");
}

static void
a_rejection_or_a_restart_that_comes_twice_is_one (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_negotiated (&test);
  offer_again (&test, "l:2");
  receive_reject (&test, "l:2", 0);
  receive_reject (&test, "l:2", 0);
  expect (&test, "(stable); (rolled-back); rollback; (offer-rejected)");
  done (&test);
  expect (&test, "(stale-answer)");
  wn_negotiation_receive_restart (test.negotiation, 1, ++test.now);
  wn_negotiation_receive_restart (test.negotiation, 1, ++test.now);
  expect (&test, "(restarted); replace");
  done (&test);
  expect (&test, "check");
  g_assert_cmpuint (stats (&test)->restarts, ==, 1);
}

/*** Time ***/

static void
time_out (Test *self)
{
  self->now = wn_negotiation_get_expiry (self->negotiation);
  wn_negotiation_handle_expiry (self->negotiation, self->now);
}

/* Until it is negotiated again; @session: the one that begins. */
static void
offer_once_more (Test *self, gint64 session)
{
  g_autofree gchar *line = g_strdup_printf ("restart %d; (stable); "
                                            "(restarted); replace",
      (gint) session);
  g_autofree gchar *id = g_strdup_printf ("l%d:1", (gint) session);
  g_autofree gchar *sent = g_strdup_printf ("send %s; (have-local); "
                                            "(offer-sent)",
      id);

  time_out (self);
  expect (self, line);
  done (self);
  if (session > 1)
    time_out (self);
  expect (self, "check");
  checked (self, TRUE);
  expect (self, "offer+");
  offered (self, id);
  expect (self, sent);
}

static gint64
get_wait (Test *self)
{
  return wn_negotiation_get_expiry (self->negotiation) - self->now;
}

static void
the_timeout_grows_where_answers_are_late (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  wn_negotiation_set_timeout (test.negotiation, 10 * SECOND);
  begin_offering (&test);
  /* A late answer before anything was given up is none. */
  receive_answer (&test, "r:9", "l:9", 0);
  expect (&test, "(stale-answer)");
  g_assert_cmpint (wn_negotiation_get_timeout (test.negotiation), ==,
      10 * SECOND);

  /* What is lost stays so. */
  offer_once_more (&test, 1);
  offer_once_more (&test, 2);
  g_assert_cmpint (get_wait (&test), ==, 10 * SECOND);

  test.now += 9 * SECOND;
  receive_answer (&test, "r:1", "l:1", 0);
  expect (&test, "(stale-answer)");
  g_assert_cmpint (wn_negotiation_get_timeout (test.negotiation), ==,
      20 * SECOND);
  g_assert_cmpint (get_wait (&test), ==, 11 * SECOND - 1);
  receive_answer (&test, "r:1", "l:1", 0);
  expect (&test, "(stale-answer)");
  g_assert_cmpint (wn_negotiation_get_timeout (test.negotiation), ==,
      20 * SECOND);
  receive_offer (&test, "r:2", "r", 1);
  expect (&test, "restart 2");
  g_assert_cmpint (wn_negotiation_get_timeout (test.negotiation), ==,
      40 * SECOND);

  for (guint i = 0; i < 10; i++) {
    g_autofree gchar *id = g_strdup_printf ("l:%u", i + 10);

    receive_reject (&test, id, 1);
    expect (&test, "(stale-answer)");
  }
  g_assert_cmpint (wn_negotiation_get_timeout (test.negotiation), ==,
      160 * SECOND);

  /* As long as the remote peer is there. */
  receive_answer (&test, "r2:1", "l2:1", 2);
  done (&test);
  wn_negotiation_connected (test.negotiation, ++test.now);
  g_assert_cmpint (wn_negotiation_get_timeout (test.negotiation), ==,
      160 * SECOND);
  wn_negotiation_end (test.negotiation);
  g_assert_cmpint (wn_negotiation_get_timeout (test.negotiation), ==,
      10 * SECOND);
}

static void
a_connection_that_does_not_come_up_is_begun_again (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  wn_negotiation_set_timeout (test.negotiation, 10 * SECOND);
  begin_negotiated (&test);
  for (guint i = 0; i < 5; i++) {
    gint64 interval = 10 * SECOND << MIN (i, 3);
    g_autofree gchar *line = g_strdup_printf ("restart %u; (restarted); "
                                              "replace",
        i + 1);

    /* What is negotiated meanwhile is no reason to wait longer. */
    g_assert_cmpint (get_wait (&test), <=, interval);
    time_out (&test);
    expect (&test, "(stalled)");
    g_assert_cmpint (get_wait (&test), ==, interval);
    time_out (&test);
    expect (&test, line);
    done (&test);
    if (i > 0)
      time_out (&test);
    expect (&test, "check");
    checked (&test, FALSE);
    g_assert_cmpint (wn_negotiation_get_expiry (test.negotiation), ==,
        G_MAXINT64);

    line = (g_free (line), g_strdup_printf ("r%u:1", i));
    receive_offer (&test, line, "r", i + 1);
    answered (&test, "l:1");
    checked (&test, FALSE);
    while (TRUE) {
      WnAction action;

      if (!wn_negotiation_poll (test.negotiation, &action))
        break;
      wn_action_clear (&action);
    }
  }
  wn_negotiation_connected (test.negotiation, ++test.now);
  g_assert_cmpint (wn_negotiation_get_expiry (test.negotiation), ==,
      G_MAXINT64);
}

static void
what_cannot_be_connected_does_not_stall (void)
{
  static const gchar *const texts[] = {
    "v=0\r\nm=audio 0 UDP/TLS/RTP/SAVPF 0\r\na=ice-ufrag:r\r\n",
    "v=0\r\nm=audio 0 UDP/TLS/RTP/SAVPF 0\r\na=bundle-only\r\n",
    "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=ice-ufrag:r\r\n",
  };
  static const gchar *const ufrags[] = { "r", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (WnDescription) answer =
        wn_description_new (WN_DESCRIPTION_ANSWER, texts[i], "r:1", ufrags,
            "l:1", 0);
    g_auto (Test) test;

    test_init (&test, FALSE);
    wn_negotiation_set_timeout (test.negotiation, 10 * SECOND);
    begin_offering (&test);
    wn_negotiation_receive_description (test.negotiation, answer, ++test.now);
    done (&test);
    checked (&test, FALSE);
    g_assert_cmpint (wn_negotiation_get_expiry (test.negotiation), ==,
        i ? test.now - 1 + 10 * SECOND : G_MAXINT64);
  }
}

/*** Candidates and bounds ***/

static void
local_candidates_follow_their_description (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin (&test);
  checked (&test, TRUE);
  expect (&test, "offer+");
  wn_negotiation_local_candidate (test.negotiation,
      wn_candidate_new ("c", "0", 0, "l", 0), ++test.now);
  expect (&test, "");
  offered (&test, "l:1");
  expect (&test, "send l:1; (have-local); (offer-sent); send c");
}

static void
candidates_of_a_replaced_connection_are_not_sent (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin (&test);
  checked (&test, TRUE);
  expect (&test, "offer+");
  wn_negotiation_local_candidate (test.negotiation,
      wn_candidate_new ("c", "0", 0, "l", 0), ++test.now);
  wn_negotiation_restart (test.negotiation, "test", ++test.now);
  expect (&test, "");
  offered (&test, "l:1");
  expect (&test, "restart 1; (restarted); replace");
  done (&test);
  expect (&test, "check");
}

static void
receive_numbered_candidate (Test *self, guint number, const gchar *ufrag)
{
  g_autofree gchar *text = g_strdup_printf ("c%u", number);

  receive_candidate (self, text, ufrag);
}

static void
floods_are_bounded (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin (&test);
  for (guint i = 0; i < WN_NEGOTIATION_MAX_QUEUED; i++)
    receive_numbered_candidate (&test, i, "r");
  expect (&test, "");
  receive_candidate (&test, "c", "r");
  expect (&test, "(message-rejected)");
  checked (&test, FALSE);
  /* Of these, 256 are kept. */
  g_assert_cmpuint (stats (&test)->messages_rejected, ==,
      1 + WN_NEGOTIATION_MAX_QUEUED - 256);
}

static void
candidates_are_counted_by_generation (void)
{
  g_auto (Test) test;
  WnAction action = WN_ACTION_INIT;

  test_init (&test, FALSE);
  begin_negotiated (&test);
  for (guint i = 0; i < WN_NEGOTIATION_MAX_CANDIDATES; i++) {
    receive_numbered_candidate (&test, i, "r");
    while (wn_negotiation_poll (test.negotiation, &action))
      wn_action_clear (&action);
  }
  g_assert_cmpuint (stats (&test)->messages_rejected, ==, 0);
  receive_candidate (&test, "c", "r");
  expect (&test, "(message-rejected)");

  /* A renegotiation changes nothing, but an ICE restart does. */
  receive_offer (&test, "r:2", "r", 0);
  answered (&test, "l:2");
  checked (&test, FALSE);
  while (wn_negotiation_poll (test.negotiation, &action))
    wn_action_clear (&action);
  receive_candidate (&test, "c", "r");
  expect (&test, "(message-rejected)");
  receive_offer (&test, "r:3", "s", 0);
  answered (&test, "l:3");
  checked (&test, FALSE);
  while (wn_negotiation_poll (test.negotiation, &action))
    wn_action_clear (&action);
  receive_candidate (&test, "c", "s");
  expect (&test, "add c");
}

/* Restarts to a session, over and over, as fast as connections can be made. */
static guint
count_replacements (Test *self, gint64 session, guint messages)
{
  guint n = 0;

  for (guint i = 0; i < messages; i++) {
    WnAction action = WN_ACTION_INIT;

    wn_negotiation_receive_restart (self->negotiation, session, ++self->now);
    if (session > 0)
      session++;
    while (wn_negotiation_poll (self->negotiation, &action)) {
      if (action.type == WN_ACTION_REPLACE) {
        n++;
        done (self);
      } else if (action.type == WN_ACTION_CHECK) {
        checked (self, FALSE);
      }
      wn_action_clear (&action);
    }
  }
  return n;
}

static void
restarts_without_end_are_followed_at_a_rate (void)
{
  static const gint64 sessions[] = { 0, 1 };

  for (guint i = 0; i < G_N_ELEMENTS (sessions); i++) {
    g_auto (Test) test;
    gint64 expiry;

    test_init (&test, FALSE);
    begin_idle (&test);
    g_assert_cmpuint (count_replacements (&test, sessions[i], 10000), <, 20);
    /* The last of them waits; what came with it is not lost. */
    receive_offer (&test, "r:9", "r", sessions[i] ? 10000 : -1);
    expect (&test, "");
    expiry = wn_negotiation_get_expiry (test.negotiation);
    g_assert_cmpint (expiry, >, test.now);
    g_assert_cmpint (expiry, <=, test.now + SECOND);
    wn_negotiation_handle_expiry (test.negotiation, expiry - 1);
    expect (&test, "");
    test.now = expiry;
    wn_negotiation_handle_expiry (test.negotiation, test.now);
    expect (&test,
        sessions[i] ? "(restarted); replace"
                    : "restart 17; (restarted); replace");
    test.now += SECOND;
    done (&test);
    expect (&test, "(have-remote); (offer-received); answer r:9");
    g_assert_cmpuint (stats (&test)->messages_rejected, ==, 0);

    /* Patience is paid back, … */
    answered (&test, "l:9");
    test.now += 60 * SECOND;
    wn_negotiation_handle_expiry (test.negotiation, test.now);
    g_assert_cmpuint (count_replacements (&test, sessions[i] ? 20000 : 0, 5),
        ==, 5);
    /* …and what comes up costs nothing. */
    for (guint j = 0; j < 10; j++) {
      wn_negotiation_connected (test.negotiation, ++test.now);
      g_assert_cmpuint (count_replacements (&test,
                            sessions[i] ? 30000 + j * 10 : 0, 5),
          ==, 5);
    }
  }
}

/* Each from a connection of its own. */
static void
offers_of_new_connections_are_followed_at_a_rate (void)
{
  g_auto (Test) test;
  guint n = 0;

  test_init (&test, FALSE);
  begin_negotiated (&test);
  for (guint i = 0; i < 10000; i++) {
    g_autofree gchar *id = g_strdup_printf ("%u:1", i + 100);
    g_autofree gchar *ufrag = g_strdup_printf ("u%u", i);
    WnAction action = WN_ACTION_INIT;

    receive_offer (&test, id, ufrag, -1);
    while (wn_negotiation_poll (test.negotiation, &action)) {
      if (action.type == WN_ACTION_REPLACE) {
        n++;
        done (&test);
      } else if (action.type == WN_ACTION_ANSWER) {
        answered (&test, "l:2");
      } else if (action.type == WN_ACTION_CHECK) {
        checked (&test, FALSE);
      }
      wn_action_clear (&action);
    }
  }
  g_assert_cmpuint (n, <, 20);

  /* Of those that wait, the last one counts. */
  test.now = wn_negotiation_get_expiry (test.negotiation);
  wn_negotiation_handle_expiry (test.negotiation, test.now);
  expect (&test, "(have-remote); (offer-received); (restarted); replace");
  done (&test);
  expect (&test, "answer 10099:1");
}

static void
a_bad_offer_is_declined_and_no_collision (void)
{
  g_auto (Test) test;

  test_init (&test, TRUE);
  begin_offering (&test);
  wn_negotiation_receive_bad_offer (test.negotiation, "r:1", 0, "test");
  expect (&test, "(message-rejected); reject r:1");
  wn_negotiation_receive_bad_offer (test.negotiation, "r:1", -1, "test");
  expect (&test, "(message-rejected); reject r:1");
  wn_negotiation_receive_bad_offer (test.negotiation, "r:1", 3, "test");
  expect (&test, "(message-rejected)");
  g_assert_cmpuint (stats (&test)->messages_rejected, ==, 3);
  g_assert_cmpuint (stats (&test)->collisions, ==, 0);
}

static void
a_check_that_is_postponed_forgets_nothing (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_negotiated (&test);
  wn_negotiation_ask (test.negotiation, ++test.now);
  wn_negotiation_hint (test.negotiation, ++test.now);
  expect (&test, "check!");
  wn_negotiation_postponed (test.negotiation, ++test.now);
  expect (&test, "check!"); /* the hint came after the first began */
  wn_negotiation_postponed (test.negotiation, ++test.now);
  expect (&test, "");
  g_assert_cmpint (wn_negotiation_get_expiry (test.negotiation), ==,
      G_MAXINT64);

  /* Meanwhile the remote peer is listened to. */
  receive_offer (&test, "r:2", "r", 0);
  expect (&test, "(have-remote); (offer-received); answer r:2");
  answered (&test, "l:2");
  expect (&test, "send l:2; (stable); (answer-sent); (ok); check!");
  wn_negotiation_postponed (test.negotiation, ++test.now);
  expect (&test, "");
  g_assert_cmpuint (stats (&test)->renegotiations_suppressed, ==, 0);

  change (&test);
  expect (&test, "check!");
  checked (&test, TRUE);
  expect (&test, "offer");
}

static void
a_peer_that_left_is_forgotten (void)
{
  g_auto (Test) test;

  test_init (&test, FALSE);
  begin_offering (&test);
  wn_negotiation_end (test.negotiation);
  expect (&test, "(stable)");
  receive_answer (&test, "r:1", "l:1", 0);
  expect (&test, "");
  g_assert_true (wn_negotiation_is_idle (test.negotiation));
  g_assert_cmpuint (stats (&test)->offers_sent, ==, 1);
  begin_idle (&test);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const gchar *path;
    GTestFunc function;
  } tests[] = {
#define TEST(name) { "/negotiation/" #name, name }
    TEST (roles_compare_bytewise),
    TEST (later_offers_are_not_committed),
    TEST (remote_offers_are_answered),
    TEST (stale_answers_are_dropped),
    TEST (refused_answers_leave_the_offer),
    TEST (a_check_waits_for_messages),
    TEST (the_polite_peer_gives_way),
    TEST (the_impolite_peer_ignores),
    TEST (candidates_of_an_applied_description_are_added),
    TEST (a_rejected_offer_is_not_repeated),
    TEST (a_wish_after_the_offer_is_not_rejected_with_it),
    TEST (held_offers_wait),
    TEST (refused_offers_are_declined),
    TEST (an_unanswered_offer_expires),
    TEST (restarts_in_a_row_are_delayed),
    TEST (sessions_are_followed),
    TEST (a_peer_that_is_told_so_begins_above_its_session),
    TEST (a_broken_connection_is_a_restart),
    TEST (an_ice_restart_is_answered_and_a_new_connection_met_by_a_new_one),
    TEST (the_origin_of_answers_counts_as_well),
    TEST (an_offer_that_gives_the_transport_up_is_met_by_a_new_connection),
    TEST (an_answer_from_another_connection_is_a_restart),
    TEST (peers_that_begin_at_once_leave_each_other_alone),
    TEST (who_began_after_our_offer_is_asked_whether_it_was_heard),
    TEST (who_has_heard_the_offer_is_told_the_candidates_again),
    TEST (who_has_heard_the_offer_has_heard_all),
    TEST (who_is_asked_says_so_or_begins_again),
    TEST (somebody_new_in_the_remote_peers_place_is_met_anew),
    TEST (what_is_of_or_for_somebody_who_is_gone_is_dropped),
    TEST (an_offer_that_comes_twice_is_answered_once),
    TEST (an_answer_that_comes_twice_is_stale),
    TEST (a_candidate_that_comes_twice_is_added_once),
    TEST (a_rejection_or_a_restart_that_comes_twice_is_one),
    TEST (the_timeout_grows_where_answers_are_late),
    TEST (a_connection_that_does_not_come_up_is_begun_again),
    TEST (what_cannot_be_connected_does_not_stall),
    TEST (local_candidates_follow_their_description),
    TEST (candidates_of_a_replaced_connection_are_not_sent),
    TEST (floods_are_bounded),
    TEST (candidates_are_counted_by_generation),
    TEST (restarts_without_end_are_followed_at_a_rate),
    TEST (offers_of_new_connections_are_followed_at_a_rate),
    TEST (a_bad_offer_is_declined_and_no_collision),
    TEST (a_check_that_is_postponed_forgets_nothing),
    TEST (a_peer_that_left_is_forgotten),
#undef TEST
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add_func (tests[i].path, tests[i].function);
  return g_test_run ();
}
