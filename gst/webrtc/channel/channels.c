/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "channels.h"

#include "sctp.h"

void
wn_channels_init (WnChannels *self, GMainContext *context)
{
  self->context = g_main_context_ref (context);
  g_mutex_init (&self->lock);
  self->list = g_ptr_array_new_with_free_func (g_object_unref);
}

void
wn_channels_clear (WnChannels *self)
{
  g_ptr_array_unref (self->list);
  g_mutex_clear (&self->lock);
  g_main_context_unref (self->context);
}

/* Channels' functions are not called with the lock held. */
static GPtrArray *
dup_list (WnChannels *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);

  g_mutex_lock (&self->lock);
  for (guint i = self->list->len; i > 0; i--) {
    WnDataChannel *channel = g_ptr_array_index (self->list, i - 1);

    if (wn_data_channel_is_closed (channel))
      g_ptr_array_remove_index (self->list, i - 1);
  }
  for (guint i = 0; i < self->list->len; i++)
    g_ptr_array_add (list, g_object_ref (g_ptr_array_index (self->list, i)));
  g_mutex_unlock (&self->lock);
  return list;
}

/* Returns: FALSE if it is there already */
static gboolean
append (WnChannels *self, WnDataChannel *channel)
{
  gboolean is_new;

  g_mutex_lock (&self->lock);
  is_new = !g_ptr_array_find (self->list, channel, NULL);
  if (is_new)
    g_ptr_array_add (self->list, g_object_ref (channel));
  g_mutex_unlock (&self->lock);
  return is_new;
}

static void
set_webrtcbin (WnChannels *self, gconstpointer webrtcbin)
{
  g_mutex_lock (&self->lock);
  self->webrtcbin = webrtcbin;
  g_mutex_unlock (&self->lock);
}

static gboolean
is_in_use (WnChannels *self, gconstpointer webrtcbin)
{
  gboolean is_same;

  g_mutex_lock (&self->lock);
  is_same = self->webrtcbin == webrtcbin;
  g_mutex_unlock (&self->lock);
  return is_same;
}

/*** Ours ***/

/* What can be set at construction only, before anybody has seen the object. */
static void
construct (GObject *object, const gchar *name, const GValue *value)
{
  GParamSpec *pspec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (object), name);
  GObjectClass *klass = g_type_class_peek (pspec->owner_type);

  klass->set_property (object, pspec->param_id, value, pspec);
}

/* Before the channel can do anything.
 *
 * webrtcbin compares an id with its transport's "max-channels", which nobody sets:
 * once there is an association, GStreamer 1.22 takes no channel with an id, with a
 * critical warning.  So it is asked for one without, which becomes a negotiated one
 * here. */
static void
on_prepare (GstElement *webrtcbin, GstWebRTCDataChannel *made,
    gboolean is_local, WnDataChannel *channel)
{
  const gint id = wn_data_channel_get_requested_id (channel);

  if (!is_local)
    return;
  if (id >= 0) {
    GValue negotiated = G_VALUE_INIT, number = G_VALUE_INIT;

    g_value_init (&negotiated, G_TYPE_BOOLEAN);
    g_value_set_boolean (&negotiated, TRUE);
    construct (G_OBJECT (made), "negotiated", &negotiated);
    g_value_init (&number, G_TYPE_INT);
    g_value_set_int (&number, id);
    construct (G_OBJECT (made), "id", &number);
  }
  wn_data_channel_attach (channel, webrtcbin, made);
}

static gboolean
create_below (WnDataChannel *channel, GstElement *webrtcbin)
{
  const GstStructure *asked = wn_data_channel_get_options (channel);
  g_autoptr (GstStructure) options = asked ? gst_structure_copy (asked) : NULL;
  g_autoptr (GObject) made = NULL;
  gulong handler;

  if (options)
    gst_structure_remove_fields (options, "negotiated", "id", NULL);
  handler = g_signal_connect (webrtcbin, "prepare-data-channel",
      G_CALLBACK (on_prepare), channel);
  g_signal_emit_by_name (webrtcbin, "create-data-channel",
      wn_data_channel_get_label (channel), options, &made);
  g_signal_handler_disconnect (webrtcbin, handler);
  return made != NULL;
}

/* webrtcbin does not know all streams that are in use, and does not look at the ids
 * that channels get from us. */
static void
create (WnDataChannel *channel, GstElement *webrtcbin)
{
  const gint id = wn_data_channel_get_requested_id (channel);
  g_autoptr (GError) error = NULL;

  if (id >= 0 && wn_sctp_has_stream (webrtcbin, id))
    g_set_error (&error, GST_WEBRTC_ERROR,
        GST_WEBRTC_ERROR_DATA_CHANNEL_FAILURE,
        "The id %d is another data channel's. Choose another one, on both "
        "sides",
        id);
  else if (!create_below (channel, webrtcbin))
    g_set_error_literal (&error, GST_WEBRTC_ERROR,
        GST_WEBRTC_ERROR_DATA_CHANNEL_FAILURE,
        "webrtcbin has not created the data channel; GST_DEBUG=webrtcbin:4 "
        "shows why");
  if (error)
    wn_data_channel_fail (channel, error);
}

/* @webrtcbin: (nullable): to create it on at once */
void
wn_channels_add (WnChannels *self, WnDataChannel *channel,
    GstElement *webrtcbin)
{
  if (append (self, channel) && webrtcbin)
    create (channel, webrtcbin);
}

/* Creates those of ours that are not closed on a fresh webrtcbin. */
void
wn_channels_create (WnChannels *self, GstElement *webrtcbin)
{
  g_autoptr (GPtrArray) list = dup_list (self);

  set_webrtcbin (self, webrtcbin);
  for (guint i = 0; i < list->len; i++) {
    WnDataChannel *channel = g_ptr_array_index (list, i);

    if (wn_data_channel_is_local (channel))
      create (channel, webrtcbin);
  }
}

/* Returns: whether there is a channel of ours, for which a media section is needed */
gboolean
wn_channels_need_section (WnChannels *self)
{
  g_autoptr (GPtrArray) list = dup_list (self);

  for (guint i = 0; i < list->len; i++) {
    if (wn_data_channel_is_local (g_ptr_array_index (list, i)))
      return TRUE;
  }
  return FALSE;
}

/*** The remote peer's ***/

/* Returns: (transfer full) (nullable): the one that @channel is again */
static WnDataChannel *
find_again (GPtrArray *list, GstWebRTCDataChannel *channel, guint *n_remote)
{
  *n_remote = 0;
  for (guint i = 0; i < list->len; i++) {
    WnDataChannel *known = g_ptr_array_index (list, i);

    if (wn_data_channel_is_local (known))
      continue;
    (*n_remote)++;
    if (!wn_data_channel_is_attached (known)
        && wn_data_channel_matches (known, channel))
      return g_object_ref (known);
  }
  return NULL;
}

/* wn_channels_detach() was called meanwhile, and may have missed it. */
static void
take_back (WnChannels *self, WnDataChannel *remote, gboolean is_new)
{
  wn_data_channel_detach (remote);
  if (!is_new)
    return;
  g_mutex_lock (&self->lock);
  g_ptr_array_remove (self->list, remote);
  g_mutex_unlock (&self->lock);
}

/**
 * wn_channels_add_remote:
 * @is_new: (out): whether the application has to be told of it
 *
 * On webrtcbin's thread.  A channel that the remote peer has made again, after the
 * connection was replaced, is the one that the application has already, or was about
 * to be told of.
 *
 * Returns: (transfer full) (nullable): the channel; %NULL if there are too many, or
 *   @webrtcbin is no more in use
 */
WnDataChannel *
wn_channels_add_remote (WnChannels *self, GstElement *webrtcbin,
    GstWebRTCDataChannel *channel, gboolean *is_new)
{
  g_autoptr (GPtrArray) list = dup_list (self);
  g_autoptr (WnDataChannel) remote = NULL;
  guint n_remote;
  gboolean is_known;

  *is_new = FALSE;
  if (!is_in_use (self, webrtcbin))
    return NULL;

  remote = find_again (list, channel, &n_remote);
  is_known = remote != NULL;
  if (is_known) {
    wn_data_channel_attach (remote, webrtcbin, channel);
  } else if (n_remote < WN_CHANNELS_MAX) {
    remote = wn_data_channel_new_for_remote (self->context, webrtcbin, channel);
    append (self, remote);
  } else {
    return NULL;
  }

  if (!is_in_use (self, webrtcbin)) {
    take_back (self, remote, !is_known);
    return NULL;
  }
  *is_new = wn_data_channel_is_held (remote);
  return g_steal_pointer (&remote);
}

/* The remote peer is gone, and its channels with it. */
void
wn_channels_end_remote (WnChannels *self)
{
  g_autoptr (GPtrArray) list = dup_list (self);

  for (guint i = 0; i < list->len; i++) {
    WnDataChannel *channel = g_ptr_array_index (list, i);

    if (!wn_data_channel_is_local (channel))
      wn_data_channel_end (channel);
  }
}

/*** Leaving a webrtcbin ***/

/* @webrtcbin is about to be stopped. */
void
wn_channels_detach (WnChannels *self, GstElement *webrtcbin)
{
  g_autoptr (GPtrArray) list = NULL;

  set_webrtcbin (self, NULL);
  list = dup_list (self);
  for (guint i = 0; i < list->len; i++)
    wn_data_channel_detach (g_ptr_array_index (list, i));
  wn_sctp_flush (webrtcbin);
}
