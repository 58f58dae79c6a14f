/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "datachannel.h"

G_BEGIN_DECLS

/* datachannel.c is what the peer connection and the actions call,
 * datachannel-options.c what a channel can be, datachannel-link.c the tie to webrtcbin's channel, datachannel-events.c the
 * state and how its changes reach the application, datachannel-class.c what the
 * application sees of all that. */

enum
{
  PROP_LABEL = 1,
  PROP_ORDERED,
  PROP_MAX_PACKET_LIFETIME,
  PROP_MAX_RETRANSMITS,
  PROP_PROTOCOL,
  PROP_NEGOTIATED,
  PROP_ID,
  PROP_PRIORITY,
  PROP_READY_STATE,
  PROP_BUFFERED_AMOUNT,
  PROP_BUFFERED_AMOUNT_LOW_THRESHOLD,
  PROP_MAX_MESSAGE_SIZE,
  N_PROPS
};

enum
{
  SIGNAL_ON_OPEN,
  SIGNAL_ON_CLOSE,
  SIGNAL_ON_ERROR,
  SIGNAL_ON_MESSAGE_DATA,
  SIGNAL_ON_MESSAGE_STRING,
  SIGNAL_ON_BUFFERED_AMOUNT_LOW,
  SIGNAL_SEND_DATA,
  SIGNAL_SEND_STRING,
  SIGNAL_CLOSE,
  N_SIGNALS
};

/* A tie to one webrtcbin's channel.  The closures of that channel's signals
 * share it with the WnDataChannel, as they can still be running in webrtcbin's
 * thread when the tie is cut. */
typedef struct
{
  /* Empty when the application dropped the WnDataChannel. */
  GWeakRef owner;
  /* A channel of GStreamer 1.22 uses its webrtcbin without holding it, so it
   * must be held while we call.  Weak: a channel kept by the application must
   * not keep the whole connection. */
  GWeakRef webrtcbin;
  GstWebRTCDataChannel *channel;
} WnDataChannelLink;

/* A signal to be emitted, or a property to be notified of. */
typedef struct
{
  /* One of the SIGNAL_* numbers; unused if @property is set. */
  guint signal;
  guint property;
  /* The signal's argument; owned. */
  GValue argument;
} WnDataChannelEvent;

struct _WnDataChannel
{
  GObject parent;

  /* Set once, before anybody else knows the object. */
  GMainContext *context;
  gboolean local;
  gchar *label;
  gchar *protocol;
  gboolean ordered;
  gint max_packet_lifetime;
  gint max_retransmits;
  gboolean negotiated;
  /* What the application asked for, -1 if nothing. */
  gint requested_id;
  GstWebRTCPriorityType priority;
  GstStructure *options;

  /* Guards all below.  Innermost: nothing is called or emitted with it held.
   * webrtcbin emits its channels' signals with its own lock held. */
  GMutex lock;
  GstWebRTCDataChannelState ready_state;
  gint id;
  guint64 low_threshold;
  /* NULL while there is no connection. */
  WnDataChannelLink *link;
  /* WnDataChannelEvent; what happened and is not yet told. */
  GQueue events;
  /* Tells the events, one each time; NULL while there are none. */
  GSource *source;
  /* Events wait until the application has the object. */
  gboolean held;
  /* A notification of buffered-amount is among the events: one is enough. */
  gboolean buffered_amount_queued;
};

GST_DEBUG_CATEGORY_EXTERN (wn_data_channel_debug);

/* datachannel-options.c */
gboolean wn_data_channel_take_options (WnDataChannel *self,
    const GstStructure *options, GError **error);

/* datachannel-class.c */
void wn_data_channel_notify (WnDataChannel *self, guint property);
guint wn_data_channel_get_signal (guint signal);

/* datachannel-events.c; with the lock held. */
void wn_data_channel_schedule_unlocked (WnDataChannel *self);
WnDataChannelEvent *wn_data_channel_push_unlocked (WnDataChannel *self,
    guint signal);
void wn_data_channel_push_notify_unlocked (WnDataChannel *self, guint property);
void wn_data_channel_purge_unlocked (WnDataChannel *self);
void wn_data_channel_set_ready_state_unlocked (WnDataChannel *self,
    GstWebRTCDataChannelState state);
void wn_data_channel_set_id_unlocked (WnDataChannel *self, gint id);
gboolean wn_data_channel_is_closed_unlocked (WnDataChannel *self);

/* datachannel-link.c */
WnDataChannelLink *wn_data_channel_ref_link (WnDataChannel *self);
void wn_data_channel_link_unref (WnDataChannelLink *link);
void wn_data_channel_link_cut (WnDataChannelLink *link);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WnDataChannelLink, wn_data_channel_link_unref);

/* datachannel.c: the handlers of the actions. */
gboolean wn_data_channel_send_data (WnDataChannel *self, GBytes *data);
gboolean wn_data_channel_send_string (WnDataChannel *self, const gchar *string);
void wn_data_channel_close (WnDataChannel *self);

G_END_DECLS
