/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "peerchannels.h"

struct _PeerChannels
{
  gint ref_count;
  GstElement *element;
  GPtrArray *own; /* GObject; each label is its name */

  GMutex mutex;
  GHashTable *texts; /* that came, by the remote channels; a set */
};

static void
peer_channels_unref (gpointer data, GClosure *closure G_GNUC_UNUSED)
{
  PeerChannels *self = data;

  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  g_hash_table_unref (self->texts);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static void
on_message (GObject *channel, const gchar *text, PeerChannels *self)
{
  g_autofree gchar *label = NULL;

  g_object_get (channel, "label", &label, NULL);
  g_mutex_lock (&self->mutex);
  if (g_strcmp0 (label, text) == 0)
    g_hash_table_add (self->texts, g_strdup (text));
  g_mutex_unlock (&self->mutex);
}

/* A remote channel may outlive this. */
static void
on_channel (GstElement *element G_GNUC_UNUSED, GObject *channel,
    PeerChannels *self)
{
  g_atomic_int_inc (&self->ref_count);
  g_signal_connect_data (channel, "on-message-string", G_CALLBACK (on_message),
      self, peer_channels_unref, 0);
}

PeerChannels *
peer_channels_new (Peer *peer)
{
  PeerChannels *self = g_new0 (PeerChannels, 1);

  self->ref_count = 1;
  self->element = gst_object_ref (peer->element);
  self->own = g_ptr_array_new_with_free_func (g_object_unref);
  self->texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_mutex_init (&self->mutex);
  g_signal_connect (self->element, "data-channel", G_CALLBACK (on_channel),
      self);
  return self;
}

void
peer_channels_free (PeerChannels *self)
{
  g_signal_handlers_disconnect_by_data (self->element, self);
  g_clear_pointer (&self->own, g_ptr_array_unref);
  gst_clear_object (&self->element);
  peer_channels_unref (self, NULL);
}

void
peer_channels_create (PeerChannels *self, guint name)
{
  g_autofree gchar *label = g_strdup_printf ("%u", name);
  GObject *channel = NULL;

  g_signal_emit_by_name (self->element, "create-data-channel", label, NULL,
      &channel);
  g_assert_nonnull (channel);
  g_ptr_array_add (self->own, channel);
}

/* Only what comes from now on counts. */
void
peer_channels_forget_texts (PeerChannels *self)
{
  g_mutex_lock (&self->mutex);
  g_hash_table_remove_all (self->texts);
  g_mutex_unlock (&self->mutex);
}

guint
peer_channels_count (PeerChannels *self)
{
  return self->own->len;
}

static gboolean
is_well (GObject *channel, PeerChannels *others)
{
  GstWebRTCDataChannelState state;
  g_autofree gchar *label = NULL;
  gboolean has_come, is_taken;

  g_object_get (channel, "ready-state", &state, "label", &label, NULL);
  if (state != GST_WEBRTC_DATA_CHANNEL_STATE_OPEN)
    return FALSE;
  g_mutex_lock (&others->mutex);
  has_come = g_hash_table_contains (others->texts, label);
  g_mutex_unlock (&others->mutex);
  if (!has_come)
    g_signal_emit_by_name (channel, "send-string", label, &is_taken);
  return has_come;
}

/* Returns: whether each of the channels is open, and text has come over it to
 * the other side; it is sent as often as this is asked */
gboolean
peer_channels_are_well (PeerChannels *self, PeerChannels *others)
{
  gboolean all = TRUE;

  for (guint i = 0; i < self->own->len; i++)
    all = is_well (g_ptr_array_index (self->own, i), others) && all;
  return all;
}
