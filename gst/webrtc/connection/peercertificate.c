/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Whether who is at the other end of a webrtcbin's transport is who its description
 * tells of: whose DTLS certificate has the fingerprint that is in it (RFC 8122, 6.2).
 * That is what keeps out someone between the two.  webrtcbin does not look before
 * 1.28.5; from then on it takes no media from others, but sends to them, and does not
 * tell.
 *
 * The certificate is shown in the middle of the handshake.  Nothing but the handshake
 * passes, in either direction, until it is known to be right, and nothing at all once
 * it is known to be wrong. */

#include "peercertificate.h"

#include "parts.h"
#include "signalling/source.h"

#include <string.h>

/* Types of DTLS records (RFC 6347, 4.1): change_cipher_spec, alert, handshake.  Data
 * and RTP have others (RFC 7983). */
#define FIRST_OF_HANDSHAKE 20
#define LAST_OF_HANDSHAKE 22

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_END "-----END CERTIFICATE-----"

typedef enum
{
  VERDICT_NONE,
  VERDICT_TRUSTED,
  VERDICT_REFUSED,
} Verdict;

struct _WnPeerCertificate
{
  GMainContext *context;
  WnPeerCertificateFunc
      refused; /* in that context; NULL: nobody listens any more */
  gpointer data;

  GMutex mutex;
  gchar *pem;         /* of the certificate that was shown, or NULL */
  gchar *fingerprint; /* as it was described, or NULL */
  gint verdict;       /* Verdict; atomic, written under the mutex */
};

static void
clear (gpointer data)
{
  WnPeerCertificate *self = data;

  g_main_context_unref (self->context);
  g_mutex_clear (&self->mutex);
  g_free (self->pem);
  g_free (self->fingerprint);
}

static void
unref (gpointer self)
{
  g_atomic_rc_box_release_full (self, clear);
}

static void
closure_unref (gpointer self, GClosure *closure G_GNUC_UNUSED)
{
  unref (self);
}

/*** Fingerprints ***/

static gboolean
find_hash (const gchar *fingerprint, GChecksumType *type)
{
  static const struct
  {
    const gchar *prefix;
    GChecksumType type;
  } hashes[] = {
    { "sha-256 ", G_CHECKSUM_SHA256 },
    { "sha-512 ", G_CHECKSUM_SHA512 },
    { "sha-1 ", G_CHECKSUM_SHA1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (hashes); i++) {
    if (!g_str_has_prefix (fingerprint, hashes[i].prefix))
      continue;
    *type = hashes[i].type;
    return TRUE;
  }
  return FALSE;
}

/* Returns: (transfer full) (nullable): the hash, in digits of lower case */
static gchar *
hash (const gchar *pem, GChecksumType type)
{
  const gchar *begin = strstr (pem, PEM_BEGIN);
  const gchar *end = begin ? strstr (begin, PEM_END) : NULL;
  g_autofree gchar *text = NULL;
  g_autofree guchar *der = NULL;
  gsize size;

  if (!end)
    return NULL;
  begin += strlen (PEM_BEGIN);
  text = g_strndup (begin, end - begin);
  der = g_base64_decode (text, &size);
  return g_compute_checksum_for_data (type, der, size);
}

/* @fingerprint: as in a=fingerprint */
static gboolean
has_fingerprint (const gchar *pem, const gchar *fingerprint)
{
  g_autofree gchar *lower = g_ascii_strdown (fingerprint, -1);
  g_autofree gchar *own = NULL;
  g_auto (GStrv) bytes = NULL;
  g_autofree gchar *described = NULL;
  GChecksumType type;

  if (!find_hash (lower, &type) || !(own = hash (pem, type)))
    return FALSE;
  bytes = g_strsplit (strchr (lower, ' ') + 1, ":", -1);
  described = g_strjoinv ("", bytes);
  return g_str_equal (described, own);
}

/*** The verdict ***/

static gboolean
tell (gpointer data)
{
  WnPeerCertificate *self = data;

  if (self->refused)
    self->refused (self->data);
  return G_SOURCE_REMOVE;
}

/* Where each section has a transport of its own, one that is wrong is enough. */
static void
judge_unlocked (WnPeerCertificate *self)
{
  gboolean is_right;

  if (!self->pem || !self->fingerprint || self->verdict == VERDICT_REFUSED)
    return;
  is_right = has_fingerprint (self->pem, self->fingerprint);
  g_atomic_int_set (&self->verdict,
      is_right ? VERDICT_TRUSTED : VERDICT_REFUSED);
  if (!is_right)
    wn_source_post (self->context, "certificate refused", G_PRIORITY_DEFAULT,
        tell, g_atomic_rc_box_acquire (self), unref);
}

static void
on_certificate (GstElement *dtlsdec, GParamSpec *pspec G_GNUC_UNUSED,
    WnPeerCertificate *self)
{
  g_mutex_lock (&self->mutex);
  g_clear_pointer (&self->pem, g_free);
  g_object_get (dtlsdec, "peer-pem", &self->pem, NULL);
  judge_unlocked (self);
  g_mutex_unlock (&self->mutex);
}

/* Returns: (nullable): the fingerprint that all sections of @shown have */
static const gchar *
find_fingerprint (const GstSDPMessage *shown)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (shown); i++) {
    const gchar *value =
        gst_sdp_media_get_attribute_val (gst_sdp_message_get_media (shown, i),
            "fingerprint");

    if (value)
      return value;
  }
  return NULL;
}

/**
 * wn_peer_certificate_expect:
 * @shown: the remote description that webrtcbin is about to be shown
 */
void
wn_peer_certificate_expect (WnPeerCertificate *self, const GstSDPMessage *shown)
{
  g_mutex_lock (&self->mutex);
  g_free (self->fingerprint);
  self->fingerprint = g_strdup (find_fingerprint (shown));
  judge_unlocked (self);
  g_mutex_unlock (&self->mutex);
}

gboolean
wn_peer_certificate_is_refused (WnPeerCertificate *self)
{
  return g_atomic_int_get (&self->verdict) == VERDICT_REFUSED;
}

/*** What passes ***/

static gboolean
is_of_handshake (GstBuffer *buffer)
{
  guint8 type;

  return gst_buffer_extract (buffer, 0, &type, 1) == 1
      && type >= FIRST_OF_HANDSHAKE && type <= LAST_OF_HANDSHAKE;
}

static GstPadProbeReturn
on_packet (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer data)
{
  WnPeerCertificate *self = data;

  switch ((Verdict) g_atomic_int_get (&self->verdict)) {
    case VERDICT_TRUSTED:
      return GST_PAD_PROBE_OK;
    case VERDICT_NONE:
      /* The verdict may come in the middle of a list. */
      return wn_part_filter (info, is_of_handshake);
    default:
      return GST_PAD_PROBE_DROP;
  }
}

static void
watch_pad (WnPeerCertificate *self, GstElement *element, const gchar *name)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, name);

  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packet,
      g_atomic_rc_box_acquire (self), unref);
}

static void
on_element_added (GstBin *webrtcbin G_GNUC_UNUSED, GstBin *bin G_GNUC_UNUSED,
    GstElement *element, WnPeerCertificate *self)
{
  if (wn_part_is_made_by (element, "nicesrc"))
    watch_pad (self, element, "src");
  else if (wn_part_is_made_by (element, "nicesink"))
    watch_pad (self, element, "sink");
  else if (wn_part_is_made_by (element, "dtlsdec"))
    g_signal_connect_data (element, "notify::peer-pem",
        G_CALLBACK (on_certificate), g_atomic_rc_box_acquire (self),
        closure_unref, 0);
}

/*** Life ***/

/**
 * wn_peer_certificate_new:
 * @webrtcbin: that has no transports as yet
 * @refused: called in @context when the certificate is another one
 */
WnPeerCertificate *
wn_peer_certificate_new (GstElement *webrtcbin, GMainContext *context,
    WnPeerCertificateFunc refused, gpointer data)
{
  WnPeerCertificate *self = g_atomic_rc_box_new0 (WnPeerCertificate);

  self->context = g_main_context_ref (context);
  self->refused = refused;
  self->data = data;
  g_mutex_init (&self->mutex);
  g_signal_connect_data (webrtcbin, "deep-element-added",
      G_CALLBACK (on_element_added), g_atomic_rc_box_acquire (self),
      closure_unref, 0);
  return self;
}

/* In the thread of the context: from now on it tells nothing.  What passes is decided as
 * before, as long as there are transports. */
void
wn_peer_certificate_free (WnPeerCertificate *self)
{
  self->refused = NULL;
  unref (self);
}
