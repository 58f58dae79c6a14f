/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sdpguard-private.h"

/* The rules for a description after others. */

static gboolean
is_rejected_at (const WnSdpView *description, guint index)
{
  return index < description->n_sections
      && description->sections[index].is_rejected;
}

/* @former: what is in force at the other index */
static gboolean
check_section_follows (const WnSdpView *description, guint index,
    const WnSdpView *former, gboolean is_free, GError **error)
{
  const WnSdpViewSection *section = &description->sections[index];
  const WnSdpViewSection *namesake = wn_sdp_view_find (former, section->mid);
  guint former_index = namesake ? namesake - former->sections : index;

  if (former_index != index)
    return wn_sdp_view_refuse (description, index, error,
        WN_SDP_ERROR_INVALID_MODIFICATION,
        "a=mid was that of section %u: sections keep their order",
        former_index);

  if (index >= former->n_sections)
    return TRUE;
  /* A rejected section's place may be taken by another, RFC 9429, 5.2.2. */
  if (is_free && section->mid
      && g_strcmp0 (section->mid, former->sections[index].mid) != 0)
    return TRUE;

  if (section->mid && former->sections[index].mid
      && !g_str_equal (section->mid, former->sections[index].mid))
    return wn_sdp_view_refuse (description, index, error,
        WN_SDP_ERROR_INVALID_MODIFICATION, "a=mid was \"" WN_SDP_SHOWN "\"",
        former->sections[index].mid);
  if (g_strcmp0 (section->kind, former->sections[index].kind) != 0)
    return wn_sdp_view_refuse (description, index, error,
        WN_SDP_ERROR_INVALID_MODIFICATION, "it was m=%.16s",
        former->sections[index].kind);
  return TRUE;
}

static gboolean
check_count (const WnSdpView *description, guint least, GError **error)
{
  if (description->n_sections >= least)
    return TRUE;
  g_set_error (error, WN_SDP_ERROR, WN_SDP_ERROR_INVALID_MODIFICATION,
      "it has %u m= lines, and there were %u: none may be removed",
      description->n_sections, least);
  return FALSE;
}

static guint
count_live (const WnSdpView *description)
{
  guint n = 0;

  for (guint i = 0; i < description->n_sections; i++)
    n += !description->sections[i].is_rejected;
  return n;
}

/**
 * wn_sdp_guard_offer:
 * @offer: has passed wn_sdp_guard_description()
 * @current_remote: (nullable): the remote peer's part of what was negotiated
 *   last with the same connection, as it was on the wire
 * @current_local: (nullable): ours
 *
 * Returns: whether @offer may come after those; if not, @error of #WN_SDP_ERROR says why
 */
gboolean
wn_sdp_guard_offer (const GstSDPMessage *offer,
    const GstSDPMessage *current_remote, const GstSDPMessage *current_local,
    GError **error)
{
  g_auto (WnSdpView) description, remote, local;

  wn_sdp_view_init (&description, offer, TRUE);
  /* A section that is in force has its port set. */
  wn_sdp_view_init (&remote, current_remote, TRUE);
  wn_sdp_view_init (&local, current_local, TRUE);

  if (!check_count (&description, MAX (remote.n_sections, local.n_sections),
          error))
    return FALSE;

  for (guint i = 0; i < description.n_sections; i++) {
    gboolean is_free =
        is_rejected_at (&remote, i) || is_rejected_at (&local, i);

    if (!check_section_follows (&description, i, &remote, is_free, error)
        || !check_section_follows (&description, i, &local, is_free, error))
      return FALSE;
  }

  /* One transport for all cannot become one for each, nor the reverse. */
  if (count_live (&remote) > 0 && count_live (&description) > 0
      && !remote.bundle != !description.bundle) {
    g_set_error_literal (error, WN_SDP_ERROR, WN_SDP_ERROR_INVALID_MODIFICATION,
        remote.bundle ? "a=group:BUNDLE was there before, and is gone"
                      : "a=group:BUNDLE was not there before");
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_section_answers (const WnSdpView *answer, guint index,
    const WnSdpView *offer, GError **error)
{
  const WnSdpViewSection *section = &answer->sections[index];
  const WnSdpViewSection *offered = &offer->sections[index];
  WnDirection direction, allowed;

  if (g_strcmp0 (section->kind, offered->kind) != 0)
    return wn_sdp_view_refuse (answer, index, error,
        WN_SDP_ERROR_INVALID_MODIFICATION, "m=%.16s was offered",
        offered->kind);
  if (section->mid && g_strcmp0 (section->mid, offered->mid) != 0)
    return wn_sdp_view_refuse (answer, index, error,
        WN_SDP_ERROR_INVALID_MODIFICATION,
        "a=mid was offered as \"" WN_SDP_SHOWN "\"",
        offered->mid ? offered->mid : "");
  if (section->is_rejected)
    return TRUE;
  if (offered->is_rejected)
    return wn_sdp_view_refuse (answer, index, error,
        WN_SDP_ERROR_INVALID_MODIFICATION,
        "it was offered as rejected, with port 0");
  if (section->is_bundled && !offered->is_bundled)
    return wn_sdp_view_refuse (answer, index, error,
        WN_SDP_ERROR_INVALID_MODIFICATION,
        "it was offered outside of a=group:BUNDLE");
  /* By itself, only the section whose transport was offered can be used. */
  if (!section->is_bundled && offered->is_bundled && !offered->is_tag)
    return wn_sdp_view_refuse (answer, index, error, WN_SDP_ERROR_UNSUPPORTED,
        "it was offered within a=group:BUNDLE and is answered without");

  if (g_strcmp0 (section->kind, "application") == 0)
    return TRUE;
  direction = wn_sdp_media_get_direction (section->media);
  allowed = wn_direction_reverse (wn_sdp_media_get_direction (offered->media));
  if (direction & ~allowed)
    return wn_sdp_view_refuse (answer, index, error,
        WN_SDP_ERROR_INVALID_MODIFICATION,
        "its direction goes beyond what was offered");
  return TRUE;
}

/**
 * wn_sdp_guard_answer:
 * @answer: has passed wn_sdp_guard_description()
 * @pending_offer: our offer, as it was sent
 * @current_remote: (nullable): the remote peer's part of what was negotiated
 *   last with the same connection, as it was on the wire
 *
 * Returns: whether @answer may answer that; if not, @error of #WN_SDP_ERROR says why
 */
gboolean
wn_sdp_guard_answer (const GstSDPMessage *answer,
    const GstSDPMessage *pending_offer, const GstSDPMessage *current_remote,
    GError **error)
{
  g_auto (WnSdpView) description, offer, remote;

  wn_sdp_view_init (&description, answer, FALSE);
  wn_sdp_view_init (&offer, pending_offer, TRUE);
  wn_sdp_view_init (&remote, current_remote, TRUE);

  if (description.n_sections != offer.n_sections) {
    g_set_error (error, WN_SDP_ERROR, WN_SDP_ERROR_INVALID_MODIFICATION,
        "it has %u m= lines, and the offer %u", description.n_sections,
        offer.n_sections);
    return FALSE;
  }
  for (guint i = 0; i < description.n_sections; i++) {
    if (!check_section_answers (&description, i, &offer, error))
      return FALSE;
  }
  /* What had a transport of its own cannot be led to another one. */
  if (count_live (&remote) > 0 && !remote.bundle && description.bundle) {
    g_set_error_literal (error, WN_SDP_ERROR, WN_SDP_ERROR_INVALID_MODIFICATION,
        "a=group:BUNDLE was not there before");
    return FALSE;
  }
  return check_count (&description, remote.n_sections, error);
}
