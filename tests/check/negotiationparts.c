/* What the core is made of, each part alone: the chain, the need, the session's
 * number and the pacing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <negotiation/chain.h>
#include <negotiation/need.h>
#include <negotiation/pacing.h>
#include <negotiation/sessionnumber.h>

#define SECOND G_USEC_PER_SEC
#define NOW (1000 * (gint64) SECOND)

/*** The chain ***/

static WnEvent *
event_new (WnEventType type, gint64 session)
{
  return wn_event_new (type, session);
}

static WnEvent *
description_event_new (WnDescriptionType type, gint64 session)
{
  WnEvent *event = event_new (WN_EVENT_DESCRIPTION, session);

  event->description = wn_description_new (type, "", NULL, NULL, NULL, session);
  return event;
}

static gboolean
push (WnChain *chain, WnEvent *event)
{
  return wn_chain_push (chain, event, 4, 1, TRUE);
}

static void
assert_next (WnChain *chain, WnEventType type, gint64 session)
{
  g_autoptr (WnEvent) event = wn_chain_pop (chain);

  g_assert_nonnull (event);
  g_assert_cmpint (event->type, ==, type);
  g_assert_cmpint (event->session, ==, session);
}

static void
assert_empty (WnChain *chain)
{
  g_assert_true (wn_chain_is_empty (chain));
  g_assert_null (wn_chain_pop (chain));
}

static void
test_chain_keeps_the_order (void)
{
  WnChain chain = { 0 };

  assert_empty (&chain);
  g_assert_true (push (&chain, event_new (WN_EVENT_CANDIDATE, 1)));
  g_assert_true (push (&chain, event_new (WN_EVENT_REJECT, 1)));
  assert_next (&chain, WN_EVENT_CANDIDATE, 1);
  wn_chain_put_back (&chain, event_new (WN_EVENT_RESTART, 1));
  assert_next (&chain, WN_EVENT_RESTART, 1);
  assert_next (&chain, WN_EVENT_REJECT, 1);
  assert_empty (&chain);
}

static void
test_chain_is_bounded (void)
{
  WnChain chain = { 0 };

  for (guint i = 0; i < 4; i++)
    g_assert_true (push (&chain, event_new (WN_EVENT_CANDIDATE, 1)));
  g_assert_false (push (&chain, event_new (WN_EVENT_CANDIDATE, 1)));
  wn_chain_clear (&chain);
  assert_empty (&chain);
}

static void
test_an_offer_takes_the_place_of_one_that_waits (void)
{
  WnChain chain = { 0 };

  push (&chain, description_event_new (WN_DESCRIPTION_OFFER, 1));
  push (&chain, event_new (WN_EVENT_CANDIDATE, 1));
  push (&chain, description_event_new (WN_DESCRIPTION_ANSWER, 1));
  push (&chain, description_event_new (WN_DESCRIPTION_OFFER, 1));
  assert_next (&chain, WN_EVENT_CANDIDATE, 1);
  assert_next (&chain, WN_EVENT_DESCRIPTION, 1);
  assert_next (&chain, WN_EVENT_DESCRIPTION, 1);
  assert_empty (&chain);

  /* While an operation is under way, both are to be handled. */
  push (&chain, description_event_new (WN_DESCRIPTION_OFFER, 1));
  wn_chain_push (&chain, description_event_new (WN_DESCRIPTION_OFFER, 1), 4, 1,
      FALSE);
  assert_next (&chain, WN_EVENT_DESCRIPTION, 1);
  assert_next (&chain, WN_EVENT_DESCRIPTION, 1);
  assert_empty (&chain);
}

static void
test_a_later_session_makes_the_former_one_moot (void)
{
  WnChain chain = { 0 };

  push (&chain, event_new (WN_EVENT_CANDIDATE, 1));
  push (&chain, event_new (WN_EVENT_LOCAL_CANDIDATE, 1));
  push (&chain, event_new (WN_EVENT_CANDIDATE, 2));
  assert_next (&chain, WN_EVENT_LOCAL_CANDIDATE, 1);
  assert_next (&chain, WN_EVENT_CANDIDATE, 2);
  assert_empty (&chain);
}

static void
test_a_beginning_makes_moot_what_waits (void)
{
  WnChain chain = { 0 };

  push (&chain, event_new (WN_EVENT_CANDIDATE, 3));
  push (&chain, event_new (WN_EVENT_LOCAL_CANDIDATE, 1));
  /* Nobody restarts to session 0. */
  push (&chain, event_new (WN_EVENT_RESTART, 0));
  push (&chain, event_new (WN_EVENT_CANDIDATE, 5));
  assert_next (&chain, WN_EVENT_LOCAL_CANDIDATE, 1);
  assert_next (&chain, WN_EVENT_RESTART, 0);
  assert_next (&chain, WN_EVENT_CANDIDATE, 5);
  assert_empty (&chain);
}

static void
test_what_is_of_a_connection_goes_with_it (void)
{
  WnChain chain = { 0 };

  push (&chain, event_new (WN_EVENT_LOCAL_CANDIDATE, 1));
  push (&chain, event_new (WN_EVENT_CANDIDATE, 1));
  push (&chain, event_new (WN_EVENT_LOCAL_CANDIDATE, 1));
  wn_chain_forget_local (&chain);
  assert_next (&chain, WN_EVENT_CANDIDATE, 1);
  assert_empty (&chain);
}

/*** The need ***/

static void
test_a_change_is_offered_if_it_is_needed (void)
{
  WnNeed need = { 0 };

  wn_need_change (&need);
  g_assert_true (need.is_due);
  g_assert_false (wn_need_look (&need));
  g_assert_false (need.is_due);
  g_assert_cmpint (wn_need_judge (&need, TRUE), ==, WN_NEED_OFFER);

  wn_need_change (&need);
  wn_need_look (&need);
  g_assert_cmpint (wn_need_judge (&need, FALSE), ==, WN_NEED_NOTHING);
}

static void
test_what_is_asked_for_is_offered_once (void)
{
  WnNeed need = { 0 };

  wn_need_ask (&need);
  g_assert_true (wn_need_look (&need));
  g_assert_cmpint (wn_need_judge (&need, TRUE), ==, WN_NEED_OFFER);
  g_assert_false (wn_need_look (&need));
}

static void
test_a_hint_in_vain_is_told (void)
{
  WnNeed need = { 0 };

  wn_need_hint (&need);
  wn_need_look (&need);
  g_assert_cmpint (wn_need_judge (&need, FALSE), ==, WN_NEED_SUPPRESSED);
  wn_need_look_again (&need);
  wn_need_look (&need);
  g_assert_cmpint (wn_need_judge (&need, FALSE), ==, WN_NEED_NOTHING);
}

static void
test_what_was_declined_is_not_offered_again (void)
{
  WnNeed need = { 0 };

  wn_need_change (&need);
  wn_need_look (&need);
  wn_need_judge (&need, TRUE);
  wn_need_decline (&need);
  g_assert_false (need.is_due);
  g_assert_cmpint (wn_need_judge (&need, TRUE), ==, WN_NEED_DECLINED);

  /* …before something changes, … */
  wn_need_change (&need);
  wn_need_look (&need);
  g_assert_cmpint (wn_need_judge (&need, TRUE), ==, WN_NEED_OFFER);
  /* …which may be while it is being declined, … */
  wn_need_change (&need);
  wn_need_decline (&need);
  g_assert_true (need.is_due);
  g_assert_cmpint (wn_need_judge (&need, TRUE), ==, WN_NEED_OFFER);
  /* …or another session begins. */
  wn_need_decline (&need);
  wn_need_renew (&need);
  g_assert_true (need.is_due);
  g_assert_cmpint (wn_need_judge (&need, TRUE), ==, WN_NEED_OFFER);
}

/*** The session's number ***/

static WnSessionVerdict
judge (WnSessionNumber *number, WnEvent *event)
{
  WnSessionVerdict verdict = wn_session_number_judge (number, event);

  wn_event_free (event);
  return verdict;
}

static void
test_sessions_are_told_apart (void)
{
  WnSessionNumber number = { 3, FALSE };

  g_assert_cmpint (judge (&number,
                       event_new (WN_EVENT_CANDIDATE, WN_SESSION_UNKNOWN)),
      ==, WN_SESSION_PRESENT);
  g_assert_false (number.is_known);
  g_assert_cmpint (judge (&number, event_new (WN_EVENT_CANDIDATE, 3)), ==,
      WN_SESSION_PRESENT);
  g_assert_true (number.is_known);
  g_assert_cmpint (judge (&number, event_new (WN_EVENT_CANDIDATE, 4)), ==,
      WN_SESSION_NEXT);
  g_assert_cmpint (number.value, ==, 3);
}

static void
test_who_does_not_know_the_present_session_is_told (void)
{
  WnSessionNumber number = { 3, TRUE };

  g_assert_cmpint (judge (&number,
                       description_event_new (WN_DESCRIPTION_OFFER, 2)),
      ==, WN_SESSION_OUTDATED);
  g_assert_cmpint (judge (&number, event_new (WN_EVENT_RESTART, 2)), ==,
      WN_SESSION_OUTDATED);
  g_assert_cmpint (judge (&number,
                       description_event_new (WN_DESCRIPTION_ANSWER, 2)),
      ==, WN_SESSION_OVER);
  g_assert_cmpint (judge (&number, event_new (WN_EVENT_CANDIDATE, 2)), ==,
      WN_SESSION_OVER);
}

static void
test_a_beginning_leaves_the_highest_session (void)
{
  WnSessionNumber number = { 3, FALSE };

  g_assert_cmpint (judge (&number, event_new (WN_EVENT_RESTART, 0)), ==,
      WN_SESSION_BEGINS);
  g_assert_cmpint (number.value, ==, 3);
  g_assert_cmpint (judge (&number, event_new (WN_EVENT_BEGINNING, 7)), ==,
      WN_SESSION_BEGINS);
  g_assert_cmpint (number.value, ==, 7);
}

/*** The pacing ***/

static void
test_replacements_come_at_once_and_then_one_a_second (void)
{
  WnTokenBucket bucket = { 0 };

  for (guint i = 0; i < 16; i++) {
    g_assert_cmpint (wn_token_bucket_get_expiry (&bucket), <=, NOW);
    wn_token_bucket_take (&bucket, NOW);
  }
  g_assert_cmpint (wn_token_bucket_get_expiry (&bucket), ==, NOW);
  wn_token_bucket_take (&bucket, NOW);
  g_assert_cmpint (wn_token_bucket_get_expiry (&bucket), ==, NOW + SECOND);
  wn_token_bucket_take (&bucket, NOW + SECOND);
  g_assert_cmpint (wn_token_bucket_get_expiry (&bucket), ==, NOW + 2 * SECOND);
  wn_token_bucket_fill (&bucket);
  g_assert_cmpint (wn_token_bucket_get_expiry (&bucket), <=, NOW);
}

static void
test_restarts_in_vain_are_ever_later (void)
{
  static const gint delays[] = { 0, 1, 2, 4, 8, 16, 30, 30, 30 };
  WnBackoff backoff = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (delays); i++) {
    wn_backoff_fail (&backoff, NOW);
    g_assert_cmpint (backoff.expiry, ==,
        delays[i] ? NOW + delays[i] * (gint64) SECOND : 0);
  }
  wn_backoff_reset (&backoff);
  wn_backoff_fail (&backoff, NOW);
  g_assert_cmpint (backoff.expiry, ==, 0);
}

static void
test_the_timeout_of_offers_learns (void)
{
  WnOfferTimeout timeout = { 0 };

  g_assert_cmpint (wn_offer_timeout_get_expiry (&timeout, NOW), ==, WN_NEVER);
  wn_offer_timeout_set (&timeout, 10 * SECOND);
  wn_offer_timeout_learn (&timeout);
  g_assert_cmpint (wn_offer_timeout_get_expiry (&timeout, NOW), ==,
      NOW + 10 * SECOND);

  timeout.has_expired = TRUE;
  wn_offer_timeout_learn (&timeout);
  g_assert_cmpint (wn_offer_timeout_get_expiry (&timeout, NOW), ==,
      NOW + 20 * SECOND);
  for (guint i = 0; i < 10; i++)
    wn_offer_timeout_learn (&timeout);
  g_assert_cmpint (wn_offer_timeout_get (&timeout), ==, 160 * SECOND);
  wn_offer_timeout_reset (&timeout);
  g_assert_cmpint (wn_offer_timeout_get (&timeout), ==, 10 * SECOND);
}

static void
test_a_stall_expires_twice (void)
{
  WnOfferTimeout timeout = { 0 };
  WnBackoff backoff = { 0 };
  WnStall stall = { 0 };

  wn_offer_timeout_set (&timeout, 10 * SECOND);
  g_assert_cmpint (wn_stall_get_expiry (&stall, &timeout, &backoff), ==,
      WN_NEVER);
  wn_stall_begin (&stall, NOW);
  wn_stall_begin (&stall, NOW + SECOND);
  g_assert_cmpint (wn_stall_get_expiry (&stall, &timeout, &backoff), ==,
      NOW + 10 * SECOND);
  stall.is_reported = TRUE;
  g_assert_cmpint (wn_stall_get_expiry (&stall, &timeout, &backoff), ==,
      NOW + 20 * SECOND);
  /* After restarts in vain it takes longer, up to eight times. */
  for (guint i = 0; i < 5; i++)
    wn_backoff_fail (&backoff, NOW);
  g_assert_cmpint (wn_stall_get_expiry (&stall, &timeout, &backoff), ==,
      NOW + 160 * SECOND);
  /* Connecting takes two seconds, and never expires where offers do not. */
  wn_backoff_reset (&backoff);
  wn_offer_timeout_set (&timeout, 1);
  g_assert_cmpint (wn_stall_get_expiry (&stall, &timeout, &backoff), ==,
      NOW + 4 * SECOND);
  wn_offer_timeout_set (&timeout, 0);
  g_assert_cmpint (wn_stall_get_expiry (&stall, &timeout, &backoff), ==,
      WN_NEVER);
  stall.is_connected = TRUE;
  wn_offer_timeout_set (&timeout, 10 * SECOND);
  g_assert_cmpint (wn_stall_get_expiry (&stall, &timeout, &backoff), ==,
      WN_NEVER);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/" #name, test_##name)
  ADD (chain_keeps_the_order);
  ADD (chain_is_bounded);
  ADD (an_offer_takes_the_place_of_one_that_waits);
  ADD (a_later_session_makes_the_former_one_moot);
  ADD (a_beginning_makes_moot_what_waits);
  ADD (what_is_of_a_connection_goes_with_it);
  ADD (a_change_is_offered_if_it_is_needed);
  ADD (what_is_asked_for_is_offered_once);
  ADD (a_hint_in_vain_is_told);
  ADD (what_was_declined_is_not_offered_again);
  ADD (sessions_are_told_apart);
  ADD (who_does_not_know_the_present_session_is_told);
  ADD (a_beginning_leaves_the_highest_session);
  ADD (replacements_come_at_once_and_then_one_a_second);
  ADD (restarts_in_vain_are_ever_later);
  ADD (the_timeout_of_offers_learns);
  ADD (a_stall_expires_twice);
  return g_test_run ();
}
