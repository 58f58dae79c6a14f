/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* All webrtcbins of a process show the same DTLS certificate.  A remote peer whose
 * connection goes on while ours is replaced then sees the fingerprint that it knows,
 * and goes on with its DTLS association, which is gone here.  Another fingerprint
 * tells it to begin a new one (RFC 8842, 4). */

#include "certificate.h"

#include "parts.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

/* As browsers have it: long enough for any call. */
#define VALID_S (30 * 24 * 60 * 60)
/* For a remote peer whose clock is late. */
#define VALID_BEFORE_S (24 * 60 * 60)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free)

static gboolean
fill (X509 *certificate, EVP_PKEY *key)
{
  X509_NAME *name = X509_get_subject_name (certificate);
  guint64 serial;

  return RAND_bytes ((guchar *) &serial, sizeof serial) == 1
      && X509_set_version (certificate, X509_VERSION_3)
      /* No more than 63 bits: it is not negative. */
      && ASN1_INTEGER_set_uint64 (X509_get_serialNumber (certificate),
          serial >> 1)
      && X509_gmtime_adj (X509_getm_notBefore (certificate), -VALID_BEFORE_S)
      && X509_gmtime_adj (X509_getm_notAfter (certificate), VALID_S)
      && X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_ASC,
          (const guchar *) "WebRTC", -1, -1, 0)
      && X509_set_issuer_name (certificate, name)
      && X509_set_pubkey (certificate, key)
      && X509_sign (certificate, key, EVP_sha256 ());
}

static gchar *
make_pem (X509 *certificate, EVP_PKEY *key)
{
  g_autoptr (BIO) text = BIO_new (BIO_s_mem ());
  gchar *data;
  glong length;

  if (!text || !PEM_write_bio_X509 (text, certificate)
      || !PEM_write_bio_PrivateKey (text, key, NULL, NULL, 0, NULL, NULL))
    return NULL;
  length = BIO_get_mem_data (text, &data);
  return g_strndup (data, length);
}

/* RFC 8122, 5. */
static gchar *
make_fingerprint (const X509 *certificate)
{
  GString *fingerprint = g_string_new ("sha-256");
  guchar digest[EVP_MAX_MD_SIZE];
  guint length = 0;

  X509_digest (certificate, EVP_sha256 (), digest, &length);
  for (guint i = 0; i < length; i++)
    g_string_append_printf (fingerprint, "%c%02X", i ? ':' : ' ', digest[i]);
  return g_string_free (fingerprint, FALSE);
}

static void
on_element_added (GstBin *webrtcbin G_GNUC_UNUSED, GstBin *bin G_GNUC_UNUSED,
    GstElement *element, gpointer pem)
{
  if (wn_part_is_made_by (element, "dtlssrtpdec"))
    g_object_set (element, "pem", pem, NULL);
}

/**
 * wn_certificate_renew:
 * @webrtcbin: not started yet; it gets a certificate of its own
 *
 * Returns: (transfer full) (nullable): what a=fingerprint is of that certificate:
 *   webrtcbin takes the private key for a part of it.  %NULL: none could be made
 */
gchar *
wn_certificate_renew (GstElement *webrtcbin)
{
  g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-256");
  g_autoptr (X509) certificate = X509_new ();
  gchar *pem = NULL;

  if (key && certificate && fill (certificate, key))
    pem = make_pem (certificate, key);
  if (!pem) {
    GST_WARNING_OBJECT (webrtcbin, "no certificate could be made");
    return NULL;
  }
  g_signal_connect_data (webrtcbin, "deep-element-added",
      G_CALLBACK (on_element_added), pem, (GClosureNotify) g_free, 0);
  return make_fingerprint (certificate);
}
