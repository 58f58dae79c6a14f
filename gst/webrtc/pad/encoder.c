/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "encoder.h"

GST_DEBUG_CATEGORY_STATIC (wn_encoder_debug);
#define GST_CAT_DEFAULT wn_encoder_debug

/* Between an encoder and a pad are a parser, a payloader, a queue or two, … */
#define MAX_DISTANCE 32

/* A smaller change is not worth a new start of the encoder's rate control. */
#define MIN_CHANGE_PERCENT 3

typedef struct
{
  const gchar *factory;
  const gchar *property;
  guint unit; /* of the property, in bit/s */
} Kind;

static const Kind kinds[] = {
  { "vp8enc", "target-bitrate", 1 },
  { "vp9enc", "target-bitrate", 1 },
  { "av1enc", "target-bitrate", 1000 },
  { "svtav1enc", "target-bitrate", 1000 },
  { "rav1enc", "bitrate", 1 },
  { "x264enc", "bitrate", 1000 },
  { "x265enc", "bitrate", 1000 },
  { "openh264enc", "bitrate", 1 },
  { "opusenc", "bitrate", 1 },
  { "vah264enc", "bitrate", 1000 },
  { "vah264lpenc", "bitrate", 1000 },
  { "vah265enc", "bitrate", 1000 },
  { "vah265lpenc", "bitrate", 1000 },
  { "vavp8enc", "bitrate", 1000 },
  { "vavp9enc", "bitrate", 1000 },
  { "vaav1enc", "bitrate", 1000 },
  { "vaapih264enc", "bitrate", 1000 },
  { "vaapih265enc", "bitrate", 1000 },
  { "vaapivp8enc", "bitrate", 1000 },
  { "vaapivp9enc", "bitrate", 1000 },
  { "nvh264enc", "bitrate", 1000 },
  { "nvh265enc", "bitrate", 1000 },
  { "nvcudah264enc", "bitrate", 1000 },
  { "nvcudah265enc", "bitrate", 1000 },
  { "nvautogpuh264enc", "bitrate", 1000 },
  { "nvautogpuh265enc", "bitrate", 1000 },
  { "nvv4l2h264enc", "bitrate", 1 },
  { "nvv4l2h265enc", "bitrate", 1 },
  { "nvv4l2vp8enc", "bitrate", 1 },
  { "nvv4l2vp9enc", "bitrate", 1 },
  { "mfh264enc", "bitrate", 1000 },
  { "vtenc_h264", "bitrate", 1000 },
  { "vtenc_h264_hw", "bitrate", 1000 },
};

/* Those whose controls are the driver's, v4l2h264enc and so on. */
#define V4L2_PREFIX "v4l2"
#define V4L2_SUFFIX "enc"
#define V4L2_CONTROL "video_bitrate"

/*** Looking for it ***/

static const Kind *
get_kind (GstElement *element)
{
  GstElementFactory *factory = gst_element_get_factory (element);

  for (guint i = 0; factory && i < G_N_ELEMENTS (kinds); i++) {
    if (g_str_equal (GST_OBJECT_NAME (factory), kinds[i].factory))
      return &kinds[i];
  }
  return NULL;
}

static gboolean
is_v4l2 (GstElement *element)
{
  GstElementFactory *factory = gst_element_get_factory (element);

  return factory && g_str_has_prefix (GST_OBJECT_NAME (factory), V4L2_PREFIX)
      && g_str_has_suffix (GST_OBJECT_NAME (factory), V4L2_SUFFIX)
      && g_object_class_find_property (G_OBJECT_GET_CLASS (element),
          "extra-controls");
}

/* Returns: (transfer full) (nullable): the pad that feeds @pad, through the walls of
 *   bins */
static GstPad *
get_feeder (GstPad *pad)
{
  GstPad *peer = gst_pad_get_peer (pad);

  while (peer && GST_IS_GHOST_PAD (peer)) {
    GstPad *target = gst_ghost_pad_get_target (GST_GHOST_PAD (peer));

    gst_object_unref (peer);
    peer = target;
  }
  while (peer && GST_IS_PROXY_PAD (peer)) {
    g_autoptr (GstPad) outside =
        GST_PAD (gst_proxy_pad_get_internal (GST_PROXY_PAD (peer)));

    gst_object_unref (peer);
    peer = outside ? gst_pad_get_peer (outside) : NULL;
  }
  return peer;
}

/* Returns: (transfer full) (nullable): the only sink pad of @element, if nobody else
 *   gets its output */
static GstPad *
get_only_entry (GstElement *element)
{
  GstPad *sink = NULL;

  GST_OBJECT_LOCK (element);
  if (element->numsrcpads == 1 && element->numsinkpads == 1)
    sink = gst_object_ref (element->sinkpads->data);
  GST_OBJECT_UNLOCK (element);
  return sink;
}

/* What others get as well, by a tee, is not ours to change.
 *
 * Returns: (transfer full) (nullable): */
static GstElement *
find_encoder (GstPad *pad)
{
  GstPad *at = gst_object_ref (pad);

  for (guint i = 0; at && i < MAX_DISTANCE; i++) {
    g_autoptr (GstPad) feeder = get_feeder (at);
    g_autoptr (GstElement) element =
        feeder ? gst_pad_get_parent_element (feeder) : NULL;

    gst_object_unref (at);
    at = NULL;
    if (element && (get_kind (element) || is_v4l2 (element)))
      return g_steal_pointer (&element);
    if (element)
      at = get_only_entry (element);
  }
  gst_clear_object (&at);
  return NULL;
}

/*** Its bitrate ***/

static gint64
read_bitrate (GstElement *element, const Kind *kind)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GValue) number = G_VALUE_INIT;

  g_object_get_property (G_OBJECT (element), kind->property, &value);
  g_value_init (&number, G_TYPE_INT64);
  return g_value_transform (&value, &number)
      ? g_value_get_int64 (&number) * kind->unit
      : 0;
}

static guint
read_v4l2 (GstElement *element)
{
  g_autoptr (GstStructure) controls = NULL;
  gint bitrate = 0;

  g_object_get (element, "extra-controls", &controls, NULL);
  if (controls)
    gst_structure_get_int (controls, V4L2_CONTROL, &bitrate);
  return MAX (bitrate, 0);
}

static void
set_v4l2 (GstElement *element, guint bitrate)
{
  g_autoptr (GstStructure) controls = NULL;

  g_object_get (element, "extra-controls", &controls, NULL);
  if (!controls)
    controls = gst_structure_new_empty ("controls");
  gst_structure_set (controls, V4L2_CONTROL, G_TYPE_INT, bitrate, NULL);
  g_object_set (element, "extra-controls", controls, NULL);
}

/* What it has by default, only another one of its kind can tell.
 *
 * Returns: bit/s that @element was set to, or 0 */
static guint
read_own (GstElement *element)
{
  const Kind *kind = get_kind (element);
  g_autoptr (GstElement) other = NULL;
  gint64 bitrate;

  if (!kind)
    return read_v4l2 (element);
  if (!g_object_class_find_property (G_OBJECT_GET_CLASS (element),
          kind->property))
    return 0;
  other = gst_element_factory_create (gst_element_get_factory (element), NULL);
  if (other)
    gst_object_ref_sink (other);
  bitrate = read_bitrate (element, kind);
  return other && bitrate == read_bitrate (other, kind)
      ? 0
      : CLAMP (bitrate, 0, G_MAXINT);
}

/* What a property does not take is brought into its range. */
static void
set_bitrate (GstElement *element, guint bitrate)
{
  const Kind *kind = get_kind (element);
  GParamSpec *spec;
  g_auto (GValue) number = G_VALUE_INIT;
  g_auto (GValue) value = G_VALUE_INIT;

  if (!kind) {
    set_v4l2 (element, bitrate);
    return;
  }
  spec = g_object_class_find_property (G_OBJECT_GET_CLASS (element),
      kind->property);
  if (!spec)
    return;
  g_value_init (&number, G_TYPE_INT);
  g_value_set_int (&number, MAX (bitrate / kind->unit, 1));
  g_value_init (&value, spec->value_type);
  if (!g_value_transform (&number, &value))
    return;
  g_param_value_validate (spec, &value);
  g_object_set_property (G_OBJECT (element), kind->property, &value);
}

static gboolean
is_small_change (guint former, guint bitrate)
{
  guint64 difference = former > bitrate ? former - bitrate : bitrate - former;

  return difference * 100 < (guint64) former * MIN_CHANGE_PERCENT;
}

/**
 * wn_encoder_steer:
 * @pad: that the encoder feeds
 * @bitrate: bit/s; 0: what it was set to before
 */
void
wn_encoder_steer (WnEncoder *self, GstPad *pad, guint bitrate)
{
  g_autoptr (GstElement) known = g_weak_ref_get (&self->element);
  g_autoptr (GstElement) element = find_encoder (pad);

  if (!element)
    return;
  if (element != known) {
    g_weak_ref_set (&self->element, element);
    self->own = read_own (element);
    self->set = 0;
  }
  if (self->own > 0 && (bitrate == 0 || bitrate > self->own))
    bitrate = self->own;
  if (bitrate == 0 || is_small_change (self->set, bitrate))
    return;
  GST_DEBUG_OBJECT (element, "is to encode %u bit/s", bitrate);
  self->set = bitrate;
  set_bitrate (element, bitrate);
}

void
wn_encoder_init (WnEncoder *self)
{
  GST_DEBUG_CATEGORY_INIT (wn_encoder_debug, "wnencoder", 0,
      "webrtcnegotiator's encoders upstream");
  g_weak_ref_init (&self->element, NULL);
  self->own = self->set = 0;
}

void
wn_encoder_clear (WnEncoder *self)
{
  g_weak_ref_clear (&self->element);
}
