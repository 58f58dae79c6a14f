/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sinkpad.h"

#include "encoder.h"
#include "rtpformat.h"

GST_DEBUG_CATEGORY_STATIC (wn_sink_pad_debug);
#define GST_CAT_DEFAULT wn_sink_pad_debug

struct _WnSinkPad
{
  GstPad parent;

  /* Atomic. */
  gint has_data;  /* a buffer came since the caps did */
  gint has_ended; /* upstream has sent its end of stream, and nothing since */
  gint
      direction; /* WnDirection: what the application wants its section to do */

  guint ssrc; /* of a stream that does not say its own; never changes */

  /* Under the object lock. */
  GstCaps *requested; /* what the pad was requested with */
  GstCaps *final;     /* what upstream sent its last buffers with */
  GPtrArray *gates;   /* WnGate; a changed list is another array */
  guint priority;
  guint bitrate; /* bit/s: the stream's share; 0: it is not known */

  WnEncoder encoder; /* belongs to whoever sets the bitrate */
};

G_DEFINE_TYPE_WITH_CODE (WnSinkPad, wn_sink_pad, GST_TYPE_PAD,
    GST_DEBUG_CATEGORY_INIT (wn_sink_pad_debug, "wnsinkpad", 0,
        "webrtcnegotiator's sink pads"));

enum
{
  PROP_0,
  PROP_PRIORITY,
  PROP_BITRATE,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

enum
{
  CAPS_CHANGED,
  ENDED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/*** Gates ***/

/* Returns: (transfer full): those there are, for a thread that streams */
static GPtrArray *
get_gates (WnSinkPad *self)
{
  GPtrArray *gates;

  GST_OBJECT_LOCK (self);
  gates = g_ptr_array_ref (self->gates);
  GST_OBJECT_UNLOCK (self);
  return gates;
}

/* @but: (nullable): */
static GPtrArray *
copy_gates (const GPtrArray *gates, const WnGate *but)
{
  GPtrArray *copy =
      g_ptr_array_new_with_free_func ((GDestroyNotify) wn_gate_unref);

  for (guint i = 0; i < gates->len; i++) {
    if (gates->pdata[i] != but)
      g_ptr_array_add (copy, wn_gate_ref (gates->pdata[i]));
  }
  return copy;
}

/* @gates: (transfer full): */
static void
set_gates_and_unlock (WnSinkPad *self, GPtrArray *gates)
{
  GPtrArray *former = self->gates;

  self->gates = gates;
  GST_OBJECT_UNLOCK (self);
  g_ptr_array_unref (former);
}

/**
 * wn_sink_pad_add_gate:
 *
 * Returns: (transfer full): a new gate, closed, that the stream is handed to
 */
WnGate *
wn_sink_pad_add_gate (WnSinkPad *self)
{
  WnGate *gate = wn_gate_new (GST_PAD (self));
  GPtrArray *gates;

  GST_OBJECT_LOCK (self);
  gates = copy_gates (self->gates, NULL);
  g_ptr_array_add (gates, wn_gate_ref (gate));
  set_gates_and_unlock (self, gates);
  return gate;
}

void
wn_sink_pad_remove_gate (WnSinkPad *self, WnGate *gate)
{
  GST_OBJECT_LOCK (self);
  set_gates_and_unlock (self, copy_gates (self->gates, gate));
}

/*** What comes ***/

static void
note_data (WnSinkPad *self)
{
  g_autoptr (GstCaps) caps = NULL;

  if (!g_atomic_int_compare_and_exchange (&self->has_data, FALSE, TRUE))
    return;
  caps = gst_pad_get_current_caps (GST_PAD (self));
  GST_OBJECT_LOCK (self);
  gst_caps_replace (&self->final, caps);
  GST_OBJECT_UNLOCK (self);
  g_signal_emit (self, signals[CAPS_CHANGED], 0);
}

/* The last gate gets the buffer itself: it need not be copied to be changed. */
static GstFlowReturn
chain (GstPad *pad, GstObject *parent G_GNUC_UNUSED, GstBuffer *buffer)
{
  g_autoptr (GPtrArray) gates = get_gates (WN_SINK_PAD (pad));

  note_data (WN_SINK_PAD (pad));
  for (guint i = 0; i + 1 < gates->len; i++)
    wn_gate_push (gates->pdata[i], gst_buffer_ref (buffer));
  if (gates->len > 0)
    wn_gate_push (gates->pdata[gates->len - 1], buffer);
  else
    gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static GstFlowReturn
chain_list (GstPad *pad, GstObject *parent G_GNUC_UNUSED, GstBufferList *list)
{
  g_autoptr (GPtrArray) gates = get_gates (WN_SINK_PAD (pad));

  note_data (WN_SINK_PAD (pad));
  for (guint i = 0; i + 1 < gates->len; i++)
    wn_gate_push_list (gates->pdata[i], gst_buffer_list_ref (list));
  if (gates->len > 0)
    wn_gate_push_list (gates->pdata[gates->len - 1], list);
  else
    gst_buffer_list_unref (list);
  return GST_FLOW_OK;
}

/* The pad has its caps only when its event function returns, but whoever hears of the
 * change looks at them from another thread at once. */
static void
take_caps (WnSinkPad *self, GstEvent *event)
{
  g_autoptr (GPtrArray) gates = get_gates (self);
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  for (guint i = 0; i < gates->len; i++)
    wn_gate_note_caps (gates->pdata[i], caps);
  g_atomic_int_set (&self->has_data, FALSE);
  gst_pad_store_sticky_event (GST_PAD (self), event);
  g_signal_emit (self, signals[CAPS_CHANGED], 0);
}

static void
hand_on (WnSinkPad *self, GstEvent *event)
{
  g_autoptr (GPtrArray) gates = get_gates (self);

  for (guint i = 0; i < gates->len; i++)
    wn_gate_push_event (gates->pdata[i], gst_event_ref (event));
}

static gboolean
on_sink_event (GstPad *pad, GstObject *parent G_GNUC_UNUSED, GstEvent *event)
{
  WnSinkPad *self = WN_SINK_PAD (pad);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_EOS:
      /* It would stay with a webrtcbin's pad, which may serve another stream later. */
      g_atomic_int_set (&self->has_ended, TRUE);
      g_signal_emit (pad, signals[ENDED], 0);
      break;
    case GST_EVENT_CAPS:
      take_caps (self, event);
      break;
    case GST_EVENT_STREAM_START:
    case GST_EVENT_FLUSH_STOP:
      wn_sink_pad_forget_end (self);
      hand_on (self, event);
      break;
    default:
      hand_on (self, event);
  }
  gst_event_unref (event);
  return TRUE;
}

/* What upstream may send does not depend on what is linked behind. */
static gboolean
on_sink_query (GstPad *pad, GstObject *parent G_GNUC_UNUSED, GstQuery *query)
{
  g_autoptr (GstCaps) templ = NULL;
  GstCaps *filter, *caps;

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_CAPS:
      templ = gst_pad_get_pad_template_caps (pad);
      gst_query_parse_caps (query, &filter);
      if (filter) {
        g_autoptr (GstCaps) both =
            gst_caps_intersect_full (filter, templ, GST_CAPS_INTERSECT_FIRST);

        gst_query_set_caps_result (query, both);
      } else {
        gst_query_set_caps_result (query, templ);
      }
      return TRUE;
    case GST_QUERY_ACCEPT_CAPS:
      templ = gst_pad_get_pad_template_caps (pad);
      gst_query_parse_accept_caps (query, &caps);
      gst_query_set_accept_caps_result (query,
          gst_caps_is_subset (caps, templ));
      return TRUE;
    case GST_QUERY_ALLOCATION:
      /* A pool of a webrtcbin would go away with it. */
      return FALSE;
    default:
      return FALSE;
  }
}

/*** Formats ***/

static GstCaps *
fixate_format (GstCaps *caps)
{
  if (gst_caps_is_any (caps) || gst_caps_is_empty (caps))
    return caps;
  return gst_caps_fixate (caps);
}

/* Returns: (transfer full) (nullable): without a SSRC, if upstream does not say it */
static GstCaps *
find_format (WnSinkPad *self)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (GST_PAD (self));

  if (wn_rtp_format_is_known (caps))
    return g_steal_pointer (&caps);
  gst_clear_caps (&caps);

  caps = gst_pad_peer_query_caps (GST_PAD (self), NULL);
  caps = fixate_format (g_steal_pointer (&caps));
  if (wn_rtp_format_is_known (caps))
    return g_steal_pointer (&caps);
  gst_clear_caps (&caps);

  GST_OBJECT_LOCK (self);
  if (self->requested)
    caps = gst_caps_copy (self->requested);
  GST_OBJECT_UNLOCK (self);
  if (caps)
    caps = fixate_format (g_steal_pointer (&caps));
  return wn_rtp_format_is_known (caps) ? g_steal_pointer (&caps) : NULL;
}

/**
 * wn_sink_pad_get_format:
 *
 * Returns: (transfer full) (nullable): the caps of the stream: what upstream
 *   sends, or else what it says that it will send, or what the pad was requested
 *   with; %NULL if none of these tells the encoding.  They always have a SSRC: a
 *   source that no description names may have no place at the remote peer
 */
GstCaps *
wn_sink_pad_get_format (WnSinkPad *self)
{
  GstCaps *caps = find_format (self);

  if (!caps
      || gst_structure_has_field (gst_caps_get_structure (caps, 0), "ssrc"))
    return caps;
  caps = gst_caps_make_writable (caps);
  gst_caps_set_simple (caps, "ssrc", G_TYPE_UINT, self->ssrc, NULL);
  return caps;
}

/* Returns: whether upstream will not say more than @caps, which it sends */
static gboolean
is_final (WnSinkPad *self, GstCaps *caps)
{
  gboolean had_data;

  if (wn_rtp_format_is_complete (caps))
    return TRUE;
  GST_OBJECT_LOCK (self);
  had_data = self->final && gst_caps_is_equal (caps, self->final);
  GST_OBJECT_UNLOCK (self);
  return had_data;
}

/**
 * wn_sink_pad_is_settled:
 *
 * Returns: FALSE if upstream is about to say more of the stream than
 *   wn_sink_pad_get_format() knows: `caps-changed` comes then.  Upstream may also
 *   never send anything
 */
gboolean
wn_sink_pad_is_settled (WnSinkPad *self)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (GST_PAD (self));

  if (!wn_rtp_format_is_known (caps))
    return !gst_pad_is_linked (GST_PAD (self));
  return is_final (self, caps);
}

/**
 * wn_sink_pad_get_final_format:
 *
 * Returns: (transfer full) (nullable): what upstream sends, once it has said all of
 *   it
 */
GstCaps *
wn_sink_pad_get_final_format (WnSinkPad *self)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (GST_PAD (self));

  return wn_rtp_format_is_known (caps) && is_final (self, caps)
      ? g_steal_pointer (&caps)
      : NULL;
}

gboolean
wn_sink_pad_has_ended (WnSinkPad *self)
{
  return g_atomic_int_get (&self->has_ended);
}

/* Another stream may come. */
void
wn_sink_pad_forget_end (WnSinkPad *self)
{
  g_atomic_int_set (&self->has_ended, FALSE);
}

/* Holds for as long as the pad is there, whatever its element does: on any
 * thread. */
void
wn_sink_pad_set_direction (WnSinkPad *self, WnDirection direction)
{
  g_atomic_int_set (&self->direction, direction);
}

WnDirection
wn_sink_pad_get_direction (WnSinkPad *self)
{
  return g_atomic_int_get (&self->direction);
}

/**
 * wn_sink_pad_make_wire_format:
 * @format: what upstream sends
 * @payload: the payload type on the wire
 * @offered: (nullable): the format as the remote offer has it
 *
 * webrtcbin intersects caps as strings.  Where ours and the offered ones differ in
 * a parameter, such as in an H.264 level, these are the offered ones: the stream
 * is of that encoding, and whether the receiver can take it is for it to know.
 *
 * Returns: (transfer full): the caps for webrtcbin
 */
GstCaps *
wn_sink_pad_make_wire_format (const GstCaps *format, gint payload,
    const GstCaps *offered)
{
  GstCaps *wire = gst_caps_copy (format);
  GstStructure *s = gst_caps_get_structure (wire, 0);

  if (offered) {
    const GstStructure *theirs = gst_caps_get_structure (offered, 0);

    for (gint i = 0; i < gst_structure_n_fields (theirs); i++) {
      const gchar *name = gst_structure_nth_field_name (theirs, i);

      if (gst_structure_has_field (s, name)
          && !g_str_has_prefix (name, "extmap-"))
        gst_structure_set_value (s, name,
            gst_structure_get_value (theirs, name));
    }
  }
  gst_structure_set (s, "payload", G_TYPE_INT, payload, NULL);
  return wire;
}

/*** Its share of what the path carries ***/

guint
wn_sink_pad_get_priority (WnSinkPad *self)
{
  guint priority;

  GST_OBJECT_LOCK (self);
  priority = self->priority;
  GST_OBJECT_UNLOCK (self);
  return priority;
}

/**
 * wn_sink_pad_set_bitrate:
 * @bitrate: bit/s; 0: it is not known
 *
 * On one thread at a time.
 */
void
wn_sink_pad_set_bitrate (WnSinkPad *self, guint bitrate)
{
  gboolean is_other;

  GST_OBJECT_LOCK (self);
  is_other = self->bitrate != bitrate;
  self->bitrate = bitrate;
  GST_OBJECT_UNLOCK (self);
  if (!is_other)
    return;
  wn_encoder_steer (&self->encoder, GST_PAD (self), bitrate);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BITRATE]);
}

static void
wn_sink_pad_set_property (GObject *object, guint id, const GValue *value,
    GParamSpec *spec)
{
  WnSinkPad *self = WN_SINK_PAD (object);

  GST_OBJECT_LOCK (self);
  if (id == PROP_PRIORITY)
    self->priority = g_value_get_uint (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  GST_OBJECT_UNLOCK (self);
}

static void
wn_sink_pad_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *spec)
{
  WnSinkPad *self = WN_SINK_PAD (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_PRIORITY:
      g_value_set_uint (value, self->priority);
      break;
    case PROP_BITRATE:
      g_value_set_uint (value, self->bitrate);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_STATIC_STRINGS;

  properties[PROP_PRIORITY] = g_param_spec_uint ("priority", "Priority",
      "This stream's part of the estimated bitrate, relative to that of the "
      "other streams of its kind",
      1, 1000, 1, flags | G_PARAM_READWRITE | GST_PARAM_MUTABLE_PLAYING);
  properties[PROP_BITRATE] = g_param_spec_uint ("bitrate", "Bitrate",
      "This stream's share of the estimated bitrate, in bit/s: what its encoder "
      "should produce (0: not known). Known encoders upstream are set to it.",
      0, G_MAXUINT, 0, flags | G_PARAM_READABLE);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

/*** The class ***/

static void
wn_sink_pad_finalize (GObject *object)
{
  WnSinkPad *self = WN_SINK_PAD (object);

  wn_encoder_clear (&self->encoder);

  gst_clear_caps (&self->requested);
  gst_clear_caps (&self->final);
  g_ptr_array_unref (self->gates);
  G_OBJECT_CLASS (wn_sink_pad_parent_class)->finalize (object);
}

static void
wn_sink_pad_class_init (WnSinkPadClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = wn_sink_pad_finalize;
  object_class->set_property = wn_sink_pad_set_property;
  object_class->get_property = wn_sink_pad_get_property;
  install_properties (object_class);

  signals[CAPS_CHANGED] =
      g_signal_new ("caps-changed", G_TYPE_FROM_CLASS (klass),
          G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wn_sink_pad_init (WnSinkPad *self)
{
  self->gates = g_ptr_array_new ();
  self->direction = WN_DIRECTION_SENDRECV;
  self->priority = 1;
  /* Sources are often numbered from 1 on. */
  self->ssrc = g_random_int () | 0x80000000u;
  wn_encoder_init (&self->encoder);
}

/**
 * wn_sink_pad_new:
 * @caps: (nullable): what the pad is requested with
 *
 * Returns: (transfer floating): a pad without a gate
 */
WnSinkPad *
wn_sink_pad_new (GstPadTemplate *templ, const gchar *name, const GstCaps *caps)
{
  WnSinkPad *self = g_object_new (WN_TYPE_SINK_PAD, "name", name, "direction",
      GST_PAD_SINK, "template", templ, NULL);

  if (caps)
    self->requested = gst_caps_copy (caps);

  gst_pad_set_chain_function (GST_PAD (self), chain);
  gst_pad_set_chain_list_function (GST_PAD (self), chain_list);
  gst_pad_set_event_function (GST_PAD (self), on_sink_event);
  gst_pad_set_query_function (GST_PAD (self), on_sink_query);

  return self;
}
