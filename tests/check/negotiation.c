/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the timelines of tests/negotiation cannot say. */

#include "negotiation/negotiation.h"

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/negotiation/roles_compare_bytewise",
      roles_compare_bytewise);
  return g_test_run ();
}
