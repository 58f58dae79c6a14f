/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "icerestart.h"

#include "iceagent.h"
#include "sdp/sdprewrite.h"

#if HAVE_NICE
#include <nice/agent.h>
#endif

/* An agent has some for each address and transport; more are not sent again. */
#define MAX_CANDIDATES 256

/* As many characters as webrtcbin takes (RFC 8839, 5.4: at least 4 and 22). */
#define UFRAG_LENGTH 32
#define PWD_LENGTH 32

static void
credentials_free (WnIceCredentials *credentials)
{
  g_free (credentials->ufrag);
  g_free (credentials->pwd);
  g_free (credentials);
}

static WnIceCredentials *
credentials_new (gchar *ufrag, gchar *pwd)
{
  WnIceCredentials *credentials = g_new0 (WnIceCredentials, 1);

  credentials->ufrag = ufrag;
  credentials->pwd = pwd;
  return credentials;
}

static void
candidate_free (WnIceCandidate *candidate)
{
  g_free (candidate->text);
  g_free (candidate);
}

static GPtrArray *
new_candidates (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) candidate_free);
}

void
wn_ice_restart_init (WnIceRestart *self)
{
  *self = (WnIceRestart) { 0 };
  self->credentials = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) credentials_free);
  self->candidates = new_candidates ();
  self->held = new_candidates ();
}

/* The webrtcbin is replaced; the next one goes on with what was handed over. */
void
wn_ice_restart_forget (WnIceRestart *self)
{
  g_hash_table_remove_all (self->credentials);
  g_ptr_array_set_size (self->candidates, 0);
  g_ptr_array_set_size (self->held, 0);
  self->is_holding = FALSE;
  g_clear_pointer (&self->inherited, credentials_free);
  self->inherited = g_steal_pointer (&self->handed_over);
  self->is_restarted = self->inherited != NULL;
}

void
wn_ice_restart_clear (WnIceRestart *self)
{
  g_clear_pointer (&self->credentials, g_hash_table_unref);
  g_clear_pointer (&self->candidates, g_ptr_array_unref);
  g_clear_pointer (&self->held, g_ptr_array_unref);
  g_clear_pointer (&self->handed_over, credentials_free);
  g_clear_pointer (&self->inherited, credentials_free);
}

/*** Credentials ***/

/* Returns: (nullable): of the section, or else of the session */
static const gchar *
get_value (const GstSDPMessage *sdp, const GstSDPMedia *media, const gchar *key)
{
  const gchar *value = gst_sdp_media_get_attribute_val (media, key);

  return value ? value : gst_sdp_message_get_attribute_val (sdp, key);
}

static gboolean
has_same_credentials (const GstSDPMessage *former, const GstSDPMessage *sdp,
    guint i)
{
  return g_strcmp0 (get_value (former, gst_sdp_message_get_media (former, i),
                        "ice-ufrag"),
             get_value (sdp, gst_sdp_message_get_media (sdp, i), "ice-ufrag"))
      == 0;
}

/* Whether the section was alive, and is the same one now. */
static gboolean
lives_on (const GstSDPMessage *former, const GstSDPMessage *sdp, guint i)
{
  const GstSDPMedia *then = gst_sdp_message_get_media (former, i);
  const GstSDPMedia *now = gst_sdp_message_get_media (sdp, i);

  return !wn_sdp_media_is_rejected (then) && !wn_sdp_media_is_rejected (now)
      && g_strcmp0 (wn_sdp_media_get_mid (then), wn_sdp_media_get_mid (now))
      == 0;
}

/* Whether @mid is the one that a BUNDLE group begins with; any is where there is no
 * group. */
static gboolean
has_transport (const GstSDPMessage *sdp, const gchar *mid)
{
  for (guint i = 0; i < gst_sdp_message_attributes_len (sdp); i++) {
    const GstSDPAttribute *attribute = gst_sdp_message_get_attribute (sdp, i);
    g_auto (GStrv) words = NULL;

    if (!g_str_equal (attribute->key, "group"))
      continue;
    words = g_strsplit (attribute->value, " ", 3);
    if (g_strcmp0 (words[0], "BUNDLE") == 0)
      return g_strcmp0 (words[1], mid) == 0;
  }
  return TRUE;
}

/**
 * wn_ice_restart_is_offered:
 * @former: (nullable): the remote description in force, from the wire
 * @offer: a remote offer, from the wire
 *
 * Returns: whether the transport has other credentials than before (RFC 8839,
 *   4.4.1.1.1).  If another section has it that was not alive before, it is a new
 *   transport, with a DTLS handshake of its own.
 */
gboolean
wn_ice_restart_is_offered (const GstSDPMessage *former,
    const GstSDPMessage *offer)
{
  if (!former)
    return FALSE;

  for (guint i = 0; i < gst_sdp_message_medias_len (former)
       && i < gst_sdp_message_medias_len (offer);
       i++) {
    if (lives_on (former, offer, i)
        && has_transport (offer,
            wn_sdp_media_get_mid (gst_sdp_message_get_media (offer, i))))
      return !has_same_credentials (former, offer, i);
  }
  return FALSE;
}

/**
 * wn_ice_restart_begin:
 *
 * To be called before webrtcbin is given the offer of an ICE restart, as the agent
 * forgets the remote credentials, too.  From here until a pair of the new candidates
 * is selected, what is sent goes over the pair that was selected before.
 *
 * Returns: FALSE if that cannot be done here; then the former credentials stay
 */
gboolean
wn_ice_restart_begin (WnIceRestart *self G_GNUC_UNUSED,
    GstElement *webrtcbin G_GNUC_UNUSED)
{
#if HAVE_NICE
  g_autoptr (GObject) agent = wn_ice_agent_get (webrtcbin);

  if (!agent || !nice_agent_restart (NICE_AGENT (agent)))
    return FALSE;

  self->is_restarted = TRUE;
  g_hash_table_remove_all (self->credentials);
  g_clear_pointer (&self->inherited, credentials_free);
  return TRUE;
#else
  return FALSE;
#endif
}

/**
 * wn_ice_restart_hand_over:
 * @local: our description in force, as it was sent
 * @former: (nullable): the remote one, from the wire
 * @offer: a remote offer, from the wire, which a fresh webrtcbin is to answer; %NULL if
 *   our offer was answered by a rejection of all there is
 *
 * The section with the transport was stopped.  What is left gets a new transport,
 * with a DTLS handshake of its own, but as long as the remote credentials are the
 * same it is no ICE restart, and ours are not to change either: Firefox refuses it.
 */
void
wn_ice_restart_hand_over (WnIceRestart *self, const GstSDPMessage *local,
    const GstSDPMessage *former, const GstSDPMessage *offer)
{
  guint n = gst_sdp_message_medias_len (local);

  if (offer)
    n = MIN (n, gst_sdp_message_medias_len (offer));
  if (offer && former)
    n = MIN (n, gst_sdp_message_medias_len (former));

  g_clear_pointer (&self->handed_over, credentials_free);
  for (guint i = 0; i < n && !self->handed_over; i++) {
    const GstSDPMedia *ours = gst_sdp_message_get_media (local, i);
    const gchar *ufrag = get_value (local, ours, "ice-ufrag");
    const gchar *pwd = get_value (local, ours, "ice-pwd");

    if (ufrag && pwd
        && (!offer
            || (former && lives_on (former, offer, i)
                && has_same_credentials (former, offer, i))))
      self->handed_over = credentials_new (g_strdup (ufrag), g_strdup (pwd));
  }
}

/* The same, where the webrtcbin that is to answer @offer is there already, and was shown
 * nothing yet. */
void
wn_ice_restart_inherit (WnIceRestart *self, const GstSDPMessage *local,
    const GstSDPMessage *former, const GstSDPMessage *offer)
{
  wn_ice_restart_hand_over (self, local, former, offer);
  if (!self->handed_over)
    return;
  g_clear_pointer (&self->inherited, credentials_free);
  self->inherited = g_steal_pointer (&self->handed_over);
  self->is_restarted = TRUE;
}

/* What is offered next by us may have credentials of its own. */
void
wn_ice_restart_begin_anew (WnIceRestart *self)
{
  if (!self->inherited)
    return;
  g_clear_pointer (&self->inherited, credentials_free);
  self->is_restarted = FALSE;
}

/* The characters of RFC 8839, 5.4. */
static gchar *
make_up (guint length)
{
  static const gchar alphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  gchar *text = g_malloc0 (length + 1);

  for (guint i = 0; i < length; i++)
    text[i] = alphabet[g_random_int_range (0, sizeof (alphabet) - 1)];
  return text;
}

static gboolean
is_ours (gpointer key G_GNUC_UNUSED, gpointer credentials, gpointer ufrag)
{
  return g_str_equal (((WnIceCredentials *) credentials)->ufrag, ufrag);
}

/* Returns: (nullable): what is in force instead of webrtcbin's @ufrag */
static const WnIceCredentials *
renew (WnIceRestart *self, const gchar *ufrag)
{
  WnIceCredentials *credentials =
      g_hash_table_lookup (self->credentials, ufrag);

  if (credentials
      || g_hash_table_find (self->credentials, is_ours, (gpointer) ufrag))
    return credentials;

  credentials = self->inherited
      ? g_steal_pointer (&self->inherited)
      : credentials_new (make_up (UFRAG_LENGTH), make_up (PWD_LENGTH));
  g_hash_table_insert (self->credentials, g_strdup (ufrag), credentials);
  return credentials;
}

/**
 * wn_ice_restart_apply:
 * @sdp: an offer or answer as webrtcbin made it
 *
 * Puts the credentials in force, where they are others, in the place of those that
 * webrtcbin began with.  It gives those of its local description to the agent.
 */
void
wn_ice_restart_apply (WnIceRestart *self, GstSDPMessage *sdp)
{
  for (guint i = 0; self->is_restarted && i < gst_sdp_message_medias_len (sdp);
       i++) {
    GstSDPMedia *media = wn_sdp_get_media (sdp, i);
    const gchar *ufrag = gst_sdp_media_get_attribute_val (media, "ice-ufrag");
    const WnIceCredentials *credentials = ufrag ? renew (self, ufrag) : NULL;

    if (!credentials)
      continue;
    wn_sdp_media_set (media, "ice-ufrag", credentials->ufrag);
    wn_sdp_media_set (media, "ice-pwd", credentials->pwd);
  }
}

/*** Candidates ***/

/* Returns: FALSE if there are too many */
static gboolean
add_candidate (GPtrArray *candidates, const gchar *text, guint mline)
{
  WnIceCandidate *candidate;

  for (guint i = 0; i < candidates->len; i++) {
    candidate = g_ptr_array_index (candidates, i);
    if (candidate->mline == mline && g_str_equal (candidate->text, text))
      return TRUE;
  }
  if (candidates->len >= MAX_CANDIDATES)
    return FALSE;
  candidate = g_new0 (WnIceCandidate, 1);
  candidate->text = g_strdup (text);
  candidate->mline = mline;
  g_ptr_array_add (candidates, candidate);
  return TRUE;
}

/* Keeps a local candidate, to be sent again after a restart. */
void
wn_ice_restart_remember (WnIceRestart *self, const gchar *text, guint mline)
{
  add_candidate (self->candidates, text, mline);
}

/**
 * wn_ice_restart_hold:
 * @offer: of an ICE restart, which has begun here
 *
 * Where signalling is slower than the network, our checks would be there before our
 * answer is.  Firefox says yes to them, and forgets that one of them nominated a pair
 * (USE-CANDIDATE), which libnice does once: no pair is ever selected there.  So they
 * wait for the first one of the remote peer's, which has our answer then.  One with
 * ICE lite (RFC 8445, 2.5) makes none.
 */
void
wn_ice_restart_hold (WnIceRestart *self, const GstSDPMessage *offer)
{
  g_ptr_array_set_size (self->held, 0);
  self->is_holding =
      gst_sdp_message_get_attribute_val (offer, "ice-lite") == NULL;
}

/* Returns: whether the remote candidate is kept for later */
gboolean
wn_ice_restart_keep (WnIceRestart *self, const gchar *text, guint mline)
{
  return self->is_holding && add_candidate (self->held, text, mline);
}

/* Returns: (transfer full) (element-type WnIceCandidate): what was kept; nothing is from
 * now on */
GPtrArray *
wn_ice_restart_release (WnIceRestart *self)
{
  GPtrArray *held = self->held;

  self->held = new_candidates ();
  self->is_holding = FALSE;
  return held;
}
