/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Makes data channels, and sends over them. */

#include "datachannel-private.h"
#include "signalling/printable.h"
#include "sctp.h"

#include <string.h>

#define GST_CAT_DEFAULT wn_data_channel_debug

/* --- actions -------------------------------------------------------------- */

/* Returns: (nullable) (transfer full): the open channel, with its webrtcbin held
 *   by @webrtcbin */
static WnDataChannelLink *
ref_open_link (WnDataChannel *self, GstElement **webrtcbin)
{
  g_autoptr (WnDataChannelLink) link = NULL;

  g_mutex_lock (&self->lock);
  if (self->ready_state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN)
    link = g_atomic_rc_box_acquire (self->link);
  g_mutex_unlock (&self->lock);

  if (!link)
    return NULL;
  *webrtcbin = g_weak_ref_get (&link->webrtcbin);
  return *webrtcbin != NULL ? g_steal_pointer (&link) : NULL;
}

/* Tells the application, on the bus of the element, what it did wrong. */
static void
complain (WnDataChannel *self, GstElement *webrtcbin, const gchar *reason)
{
  g_autoptr (GstObject) element =
      gst_object_get_parent (GST_OBJECT (webrtcbin));

  GST_WARNING_OBJECT (self, "\"%s\": not sent: %s",
      wn_printable_for_log (self->label), reason);
  if (element)
    GST_ELEMENT_WARNING (element, RESOURCE, WRITE,
        ("Data channel \"%s\": a message was not sent: %s",
            wn_printable_for_log (self->label), reason),
        (NULL));
}

/* Returns: (nullable): why the message cannot be sent, for people */
static gchar *
find_fault (GstElement *webrtcbin, gsize size, const gchar *string)
{
  guint64 max_size = wn_sctp_get_max_message_size (webrtcbin);

  if (string && !g_utf8_validate (string, -1, NULL))
    return g_strdup ("the string is not UTF-8. Send bytes with send-data.");
  if (size > max_size)
    return g_strdup_printf ("it has %" G_GSIZE_FORMAT " bytes, and the peer "
                            "takes %" G_GUINT64_FORMAT
                            " (max-message-size). Send it in parts.",
        size, max_size);
  return NULL;
}

/* Checks what webrtcbin does not, or with a critical warning, or by breaking the
 * channel.  One of @data and @string is %NULL; both: an empty string. */
static gboolean
send (WnDataChannel *self, GBytes *data, const gchar *string)
{
  const gsize size = data ? g_bytes_get_size (data)
      : string            ? strlen (string)
                          : 0;
  g_autoptr (GstElement) webrtcbin = NULL;
  g_autoptr (WnDataChannelLink) link = ref_open_link (self, &webrtcbin);
  g_autofree gchar *fault = NULL;
  g_autoptr (GError) error = NULL;
  gboolean sent;

  /* Its state says so: no news to anybody. */
  if (!link) {
    GST_WARNING_OBJECT (self, "\"%s\": not sent: the channel is not open",
        wn_printable_for_log (self->label));
    return FALSE;
  }
  fault = find_fault (webrtcbin, size, string);
  if (fault) {
    complain (self, webrtcbin, fault);
    return FALSE;
  }

  /* An empty one is NULL to webrtcbin. */
  if (data)
    sent = gst_webrtc_data_channel_send_data_full (link->channel,
        size > 0 ? data : NULL, &error);
  else
    sent = gst_webrtc_data_channel_send_string_full (link->channel,
        size > 0 ? string : NULL, &error);
  /* The channel was closed meanwhile, or breaks, which it tells by itself. */
  if (!sent)
    GST_WARNING_OBJECT (self, "\"%s\": not sent: %s",
        wn_printable_for_log (self->label),
        error != NULL ? error->message : "webrtcbin refused it");
  return sent;
}

gboolean
wn_data_channel_send_data (WnDataChannel *self, GBytes *data)
{
  g_autoptr (GBytes) empty = data ? NULL : g_bytes_new (NULL, 0);

  return send (self, data ? data : empty, NULL);
}

gboolean
wn_data_channel_send_string (WnDataChannel *self, const gchar *string)
{
  return send (self, NULL, string);
}

void
wn_data_channel_close (WnDataChannel *self)
{
  g_autoptr (GstElement) webrtcbin = NULL;
  g_autoptr (WnDataChannelLink) link = ref_open_link (self, &webrtcbin);

  g_mutex_lock (&self->lock);
  /* A channel that was never open has nothing to wait for; if its connection
   * comes up after all, on_open() closes it at the peer's side as well. */
  if (!wn_data_channel_is_closed_unlocked (self))
    wn_data_channel_set_ready_state_unlocked (self,
        link != NULL && link == self->link
            ? GST_WEBRTC_DATA_CHANNEL_STATE_CLOSING
            : GST_WEBRTC_DATA_CHANNEL_STATE_CLOSED);
  g_mutex_unlock (&self->lock);

  if (link)
    gst_webrtc_data_channel_close (link->channel);
}

/* --- for the peer connection ---------------------------------------------- */

static WnDataChannel *
new_empty (GMainContext *context)
{
  WnDataChannel *self = g_object_new (WN_TYPE_DATA_CHANNEL, NULL);

  self->context =
      g_main_context_ref (context != NULL ? context
                                          : g_main_context_default ());
  return self;
}

/**
 * wn_data_channel_new:
 * @context: (nullable): where signals are emitted; %NULL: the default one
 * @label: may be empty, and need not be unique
 * @options: (nullable): as for webrtcbin's `create-data-channel`
 *
 * A local channel, without a connection yet.
 *
 * Returns: (transfer full) (nullable): the channel; or %NULL with @error set, of
 *   #GstWebRTCError: webrtcbin would not take the options
 */
WnDataChannel *
wn_data_channel_new (GMainContext *context, const gchar *label,
    const GstStructure *options, GError **error)
{
  g_autoptr (WnDataChannel) self = NULL;

  g_return_val_if_fail (label != NULL, NULL);

  self = new_empty (context);
  self->local = TRUE;
  self->label = g_strdup (label);
  if (!wn_data_channel_take_options (self, options, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* webrtcbin passes on whatever bytes the peer sent. */
static void
make_valid (gchar **text)
{
  g_autofree gchar *taken = *text;

  *text = taken ? g_utf8_make_valid (taken, -1) : NULL;
}

/**
 * wn_data_channel_new_for_remote:
 * @context: (nullable): where signals are emitted; %NULL: the default one
 * @webrtcbin: owner of @channel
 * @channel: as webrtcbin's `on-data-channel` has it
 *
 * A channel that the peer created, attached.  See wn_data_channel_attach() for
 * when to call this.  It keeps its signals back until
 * wn_data_channel_release().
 *
 * Returns: (transfer full): the channel
 */
WnDataChannel *
wn_data_channel_new_for_remote (GMainContext *context, GstElement *webrtcbin,
    GstWebRTCDataChannel *channel)
{
  WnDataChannel *self;

  g_return_val_if_fail (GST_IS_ELEMENT (webrtcbin), NULL);
  g_return_val_if_fail (GST_IS_WEBRTC_DATA_CHANNEL (channel), NULL);

  self = new_empty (context);
  self->held = TRUE;
  g_clear_pointer (&self->protocol, g_free);
  g_object_get (channel, "label", &self->label, "protocol", &self->protocol,
      "ordered", &self->ordered, "max-packet-lifetime",
      &self->max_packet_lifetime, "max-retransmits", &self->max_retransmits,
      "negotiated", &self->negotiated, "priority", &self->priority, NULL);
  make_valid (&self->label);
  make_valid (&self->protocol);
  wn_data_channel_attach (self, webrtcbin, channel);
  return self;
}

/**
 * wn_data_channel_release:
 *
 * The application has the channel and has connected its handlers: what happened
 * since wn_data_channel_new_for_remote() is told now.
 */
void
wn_data_channel_release (WnDataChannel *self)
{
  g_return_if_fail (WN_IS_DATA_CHANNEL (self));

  g_mutex_lock (&self->lock);
  self->held = FALSE;
  wn_data_channel_schedule_unlocked (self);
  g_mutex_unlock (&self->lock);
}

/**
 * wn_data_channel_is_held:
 *
 * Returns: whether wn_data_channel_release() is still to be called
 */
gboolean
wn_data_channel_is_held (WnDataChannel *self)
{
  gboolean held;

  g_return_val_if_fail (WN_IS_DATA_CHANNEL (self), FALSE);

  g_mutex_lock (&self->lock);
  held = self->held;
  g_mutex_unlock (&self->lock);
  return held;
}

/**
 * wn_data_channel_get_label:
 *
 * Returns: (transfer none): the label
 */
const gchar *
wn_data_channel_get_label (WnDataChannel *self)
{
  g_return_val_if_fail (WN_IS_DATA_CHANNEL (self), NULL);

  return self->label;
}

/**
 * wn_data_channel_get_options:
 *
 * Returns: (transfer none) (nullable): what wn_data_channel_new() was given, to
 *   create the channel again
 */
const GstStructure *
wn_data_channel_get_options (WnDataChannel *self)
{
  g_return_val_if_fail (WN_IS_DATA_CHANNEL (self), NULL);

  return self->options;
}

/**
 * wn_data_channel_get_requested_id:
 *
 * Returns: the id that the application chose; -1 if it leaves that to webrtcbin
 */
gint
wn_data_channel_get_requested_id (WnDataChannel *self)
{
  g_return_val_if_fail (WN_IS_DATA_CHANNEL (self), -1);

  return self->requested_id;
}

/**
 * wn_data_channel_is_local:
 *
 * Returns: whether this side created the channel, and has to do so again on a
 *   fresh connection
 */
gboolean
wn_data_channel_is_local (WnDataChannel *self)
{
  g_return_val_if_fail (WN_IS_DATA_CHANNEL (self), FALSE);

  return self->local;
}

/**
 * wn_data_channel_is_attached:
 *
 * Returns: whether a webrtcbin's channel carries @self
 */
gboolean
wn_data_channel_is_attached (WnDataChannel *self)
{
  g_autoptr (WnDataChannelLink) link = NULL;

  g_return_val_if_fail (WN_IS_DATA_CHANNEL (self), FALSE);

  link = wn_data_channel_ref_link (self);
  return link != NULL;
}

/**
 * wn_data_channel_is_closed:
 *
 * Returns: whether the application, the peer or an error closed the channel, or
 *   it is being closed: not to be created again
 */
gboolean
wn_data_channel_is_closed (WnDataChannel *self)
{
  gboolean closed;

  g_return_val_if_fail (WN_IS_DATA_CHANNEL (self), TRUE);

  g_mutex_lock (&self->lock);
  closed = wn_data_channel_is_closed_unlocked (self);
  g_mutex_unlock (&self->lock);
  return closed;
}

/**
 * wn_data_channel_matches:
 * @channel: a channel that the peer created
 *
 * Returns: whether @channel can be @self again, on a fresh connection: it has
 *   the same label, protocol and reliability
 */
gboolean
wn_data_channel_matches (WnDataChannel *self, GstWebRTCDataChannel *channel)
{
  g_autofree gchar *label = NULL;
  g_autofree gchar *protocol = NULL;
  gboolean ordered;
  gint lifetime, retransmits;

  g_return_val_if_fail (WN_IS_DATA_CHANNEL (self), FALSE);
  g_return_val_if_fail (GST_IS_WEBRTC_DATA_CHANNEL (channel), FALSE);

  g_object_get (channel, "label", &label, "protocol", &protocol, "ordered",
      &ordered, "max-packet-lifetime", &lifetime, "max-retransmits",
      &retransmits, NULL);
  make_valid (&label);
  make_valid (&protocol);
  return g_strcmp0 (label, self->label) == 0
      && g_strcmp0 (protocol, self->protocol) == 0 && ordered == self->ordered
      && lifetime == self->max_packet_lifetime
      && retransmits == self->max_retransmits;
}
