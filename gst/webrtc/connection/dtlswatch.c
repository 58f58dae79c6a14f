/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Whether the remote peer has begun a DTLS association with a webrtcbin, which does not
 * tell: a handshake over a slow line, and one that will never be, are both
 * "connecting" to it. */

#include "dtlswatch.h"

#include "parts.h"

/* https://www.rfc-editor.org/rfc/rfc6347#section-4.1 */
#define HEADER_SIZE 13
#define HANDSHAKE 22
#define VERSION_MAJOR 254

struct _WnDtlsWatch
{
  gint has_begun; /* any thread's */
};

/* What is of the remote peer's former association has a later epoch: it repeats the end
 * of that handshake, too. */
static gboolean
is_of_beginning (GstBuffer *buffer)
{
  guint8 header[HEADER_SIZE];

  return gst_buffer_extract (buffer, 0, header, HEADER_SIZE) == HEADER_SIZE
      && header[0] == HANDSHAKE && header[1] == VERSION_MAJOR && header[3] == 0
      && header[4] == 0;
}

static gboolean
look_at (GstBuffer **buffer, guint i G_GNUC_UNUSED, gpointer has_begun)
{
  *(gboolean *) has_begun = is_of_beginning (*buffer);
  return !*(gboolean *) has_begun;
}

static GstPadProbeReturn
on_received (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer data)
{
  WnDtlsWatch *self = data;
  gboolean has_begun = FALSE;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER_LIST)
    gst_buffer_list_foreach (GST_PAD_PROBE_INFO_BUFFER_LIST (info), look_at,
        &has_begun);
  else
    has_begun = is_of_beginning (GST_PAD_PROBE_INFO_BUFFER (info));
  if (!has_begun)
    return GST_PAD_PROBE_OK;
  g_atomic_int_set (&self->has_begun, TRUE);
  return GST_PAD_PROBE_REMOVE;
}

static void
on_element_added (GstBin *webrtcbin G_GNUC_UNUSED, GstBin *bin G_GNUC_UNUSED,
    GstElement *element, WnDtlsWatch *self)
{
  g_autoptr (GstPad) pad = NULL;

  if (!wn_part_is_made_by (element, "nicesrc"))
    return;
  pad = gst_element_get_static_pad (element, "src");
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_received,
      g_atomic_rc_box_acquire (self), (GDestroyNotify) wn_dtls_watch_unref);
}

static void
closure_free (gpointer self, GClosure *closure G_GNUC_UNUSED)
{
  wn_dtls_watch_unref (self);
}

/**
 * wn_dtls_watch_new:
 * @webrtcbin: that has no transports as yet
 */
WnDtlsWatch *
wn_dtls_watch_new (GstElement *webrtcbin)
{
  WnDtlsWatch *self = g_atomic_rc_box_new0 (WnDtlsWatch);

  g_signal_connect_data (webrtcbin, "deep-element-added",
      G_CALLBACK (on_element_added), g_atomic_rc_box_acquire (self),
      closure_free, 0);
  return self;
}

void
wn_dtls_watch_unref (WnDtlsWatch *self)
{
  g_atomic_rc_box_release (self);
}

/* Returns: whether a message of the remote peer's, of a new handshake, has come */
gboolean
wn_dtls_watch_has_begun (WnDtlsWatch *self)
{
  return g_atomic_int_get (&self->has_begun);
}
