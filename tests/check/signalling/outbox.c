/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What waits for a line, and for how long one waits before the next attempt. */

#include "signalling/backoff.h"
#include "signalling/outbox.h"

static void
test_texts_come_out_in_their_order (void)
{
  WnOutbox box = { 0 };

  g_assert_null (wn_outbox_pop (&box));
  for (guint i = 0; i < 10; i++) {
    g_autofree gchar *text = g_strdup_printf ("%u", i);

    g_assert_true (wn_outbox_push (&box, text));
  }
  for (guint i = 0; i < 10; i++) {
    g_autofree gchar *expected = g_strdup_printf ("%u", i);
    g_autofree gchar *text = wn_outbox_pop (&box);

    g_assert_cmpstr (text, ==, expected);
  }
  g_assert_null (wn_outbox_pop (&box));
  g_assert_cmpuint (box.size, ==, 0);
}

static void
test_there_is_room_for_256_texts (void)
{
  WnOutbox box = { 0 };

  for (guint i = 0; i < 256; i++)
    g_assert_true (wn_outbox_push (&box, ""));
  g_assert_false (wn_outbox_push (&box, ""));
  g_free (wn_outbox_pop (&box));
  g_assert_true (wn_outbox_push (&box, ""));
  wn_outbox_clear (&box);
  g_assert_null (wn_outbox_pop (&box));
}

static void
test_there_is_room_for_a_mebibyte (void)
{
  g_autofree gchar *half = g_strnfill (512 * 1024, 'x');
  WnOutbox box = { 0 };

  g_assert_true (wn_outbox_push (&box, half));
  g_assert_true (wn_outbox_push (&box, half));
  g_assert_false (wn_outbox_push (&box, "x"));
  g_free (wn_outbox_pop (&box));
  g_assert_true (wn_outbox_push (&box, half));
  wn_outbox_clear (&box);
  g_assert_cmpuint (box.size, ==, 0);
}

static void
expect_delay (WnBackoff *backoff, guint ms)
{
  guint delay = wn_backoff_next (backoff);

  g_assert_cmpuint (delay, <=, ms);
  g_assert_cmpuint (delay, >=, ms - ms / 4);
}

static void
test_attempts_become_rare (void)
{
  static const guint delays[] = { 50, 500, 1000, 2000, 4000, 8000, 10000, 10000,
    10000 };
  WnBackoff backoff = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (delays); i++)
    expect_delay (&backoff, delays[i]);
}

/* One that is lost at once goes on as if there had been none. */
static void
test_a_connection_that_held_starts_anew (void)
{
  WnBackoff backoff = { 0 };
  gint64 now = 1000 * G_USEC_PER_SEC;

  expect_delay (&backoff, 50);
  expect_delay (&backoff, 500);
  wn_backoff_connected (&backoff, now);
  now += 5 * G_USEC_PER_SEC - 1;
  wn_backoff_lost (&backoff, now);
  expect_delay (&backoff, 1000);
  wn_backoff_connected (&backoff, now);
  now += 5 * G_USEC_PER_SEC;
  wn_backoff_lost (&backoff, now);
  expect_delay (&backoff, 50);
}

static void
test_delays_differ (void)
{
  guint first = 0, n = 0;

  for (guint i = 0; i < 100; i++) {
    WnBackoff backoff = { 5, 0 };
    guint delay = wn_backoff_next (&backoff);

    if (i == 0)
      first = delay;
    n += delay != first;
  }
  g_assert_cmpuint (n, >, 50);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/outbox/" #name, test_##name)
  ADD (texts_come_out_in_their_order);
  ADD (there_is_room_for_256_texts);
  ADD (there_is_room_for_a_mebibyte);
  ADD (attempts_become_rare);
  ADD (a_connection_that_held_starts_anew);
  ADD (delays_differ);
#undef ADD
  return g_test_run ();
}
