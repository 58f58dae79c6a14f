/* Pictures with the wall clock in them, for pipelines: a plugin for the measurements of
 * media over bad networks.  page/picture.js draws and reads the same.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * clockdraw draws each frame anew: a texture that moves with the clock, with noise, so
 * that encoders have something to do.  Its top and its bottom row of blocks say when it
 * was drawn.  clockread writes a line for each buffer that passes by into a file:
 *
 *   NOW CLOCK ERROR    of raw video: ms of the wall clock, now and in the picture, and how
 *                      far its texture is, on average, from what was drawn then;
 *                      - -: the clock cannot be read, or top and bottom differ
 *   NOW SEQNUM SIZE    of RTP
 */

#include <errno.h>
#include <gst/base/gstbasetransform.h>
#include <gst/rtp/rtp.h>
#include <gst/video/gstvideofilter.h>
#include <stdio.h>
#include <string.h>

/* A row of blocks is all of the width.  It says 1, 0, the lower bits of the
 * milliseconds, a checksum, 0, 1. */
#define BLOCKS 40
#define CLOCK_BITS 28
#define CHECK_BITS 8
#define CLOCK_MASK ((1 << CLOCK_BITS) - 1)

/* The texture is that of a picture of this width, whatever the width, and moves by one
 * line in so many milliseconds. */
#define NOMINAL_WIDTH 640
#define STEP_MS 32
/* Where it is compared. */
#define COLUMNS 16
#define ROWS 8

/* Of the texture, and of the noise. */
#define TEXTURE 256
#define NOISE 65536
#define NOISE_RANGE 12

static guint8 texture[TEXTURE][TEXTURE];
static guint8 noise[NOISE];

static guint64
now_ms (void)
{
  return g_get_real_time () / G_TIME_SPAN_MILLISECOND;
}

static guint64
code_clock (guint clock)
{
  guint sum = 0x5a ^ (clock & 0xff) ^ (clock >> 8 & 0xff) ^ (clock >> 16 & 0xff)
      ^ clock >> 24;

  return (guint64) 2 << (BLOCKS - 2) | (guint64) clock << (CHECK_BITS + 2)
      | sum << 2 | 1;
}

/* --- clockdraw */

#define CLOCK_TYPE_DRAW (clock_draw_get_type ())
G_DECLARE_FINAL_TYPE (ClockDraw, clock_draw, CLOCK, DRAW, GstVideoFilter)

struct _ClockDraw
{
  GstVideoFilter parent;
};

G_DEFINE_FINAL_TYPE (ClockDraw, clock_draw, GST_TYPE_VIDEO_FILTER)

static guint
next_random (guint *state)
{
  *state = *state * 1664525u + 1013904223u;
  return *state >> 16;
}

/* Values at every 16th point, and straight lines between them. */
static void
make_texture (void)
{
  enum
  {
    STEP = 16,
    POINTS = TEXTURE / STEP
  };
  guint8 points[POINTS][POINTS];
  guint state = 1;

  for (guint i = 0; i < POINTS * POINTS; i++)
    points[i / POINTS][i % POINTS] = 48 + next_random (&state) % 160;
  for (guint y = 0; y < TEXTURE; y++)
    for (guint x = 0; x < TEXTURE; x++) {
      guint left = x / STEP, right = (left + 1) % POINTS, dx = x % STEP;
      guint top = y / STEP, bottom = (top + 1) % POINTS, dy = y % STEP;
      texture[y][x] =
          ((points[top][left] * (STEP - dx) + points[top][right] * dx)
                  * (STEP - dy)
              + (points[bottom][left] * (STEP - dx)
                    + points[bottom][right] * dx)
                  * dy)
          / (STEP * STEP);
    }
  for (guint i = 0; i < NOISE; i++)
    noise[i] = next_random (&state) % NOISE_RANGE;
}

static guint8
find_texel (gint x, gint y, gint width, guint n)
{
  return texture[(y * NOMINAL_WIDTH / width + n) % TEXTURE]
                [(x * NOMINAL_WIDTH / width + 2 * n) % TEXTURE];
}

static void
draw_clock (guint8 *row, gint stride, gint width, gint height, guint64 code)
{
  for (gint x = 0; x < width; x++)
    row[x] = code >> (BLOCKS - 1 - x * BLOCKS / width) & 1 ? 235 : 16;
  for (gint y = 1; y < height; y++)
    memcpy (row + y * stride, row, width);
}

static GstFlowReturn
clock_draw_transform_frame_ip (GstVideoFilter *filter, GstVideoFrame *frame)
{
  guint clock = now_ms () & CLOCK_MASK, n = clock / STEP_MS, offset = n * 7919;
  guint8 *luma = GST_VIDEO_FRAME_PLANE_DATA (frame, 0);
  gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);
  gint width = GST_VIDEO_FRAME_WIDTH (frame),
       height = GST_VIDEO_FRAME_HEIGHT (frame);
  gint block = width / BLOCKS;

  for (gint y = block; y < height - block; y++)
    for (gint x = 0; x < width; x++)
      luma[y * stride + x] =
          find_texel (x, y, width, n) + noise[(offset + y * width + x) % NOISE];
  for (guint plane = 1; plane < 3; plane++)
    memset (GST_VIDEO_FRAME_PLANE_DATA (frame, plane), 128,
        GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane)
            * GST_VIDEO_FRAME_COMP_HEIGHT (frame, plane));
  guint64 code = code_clock (clock);
  draw_clock (luma, stride, width, block, code);
  draw_clock (luma + (height - block) * stride, stride, width, block, code);
  return GST_FLOW_OK;
}

static void
clock_draw_class_init (ClockDrawClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  g_autoptr (GstCaps) caps = gst_caps_from_string ("video/x-raw,format=I420");

  gst_element_class_set_static_metadata (element_class, "Clock in pictures",
      "Filter/Effect/Video", "Draws pictures that say when they were drawn",
      "gst-webrtc-negotiator");
  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  GST_VIDEO_FILTER_CLASS (klass)->transform_frame_ip =
      clock_draw_transform_frame_ip;
}

static void
clock_draw_init (ClockDraw *self)
{
}

/* --- clockread */

#define CLOCK_TYPE_READ (clock_read_get_type ())
G_DECLARE_FINAL_TYPE (ClockRead, clock_read, CLOCK, READ, GstBaseTransform)

struct _ClockRead
{
  GstBaseTransform parent;
  gchar *location;
  FILE *file;
  GstVideoInfo info;
  gboolean is_video;
};

enum
{
  PROP_LOCATION = 1
};

G_DEFINE_FINAL_TYPE (ClockRead, clock_read, GST_TYPE_BASE_TRANSFORM)

/* Of nine pixels. */
static guint
read_average (const guint8 *luma, gint stride, gint x, gint y)
{
  guint sum = 0;

  for (gint dy = -1; dy <= 1; dy++)
    for (gint dx = -1; dx <= 1; dx++)
      sum += luma[(y + dy) * stride + x + dx];
  return sum / 9;
}

/* Returns -1: there is none. */
static gint64
read_clock (const guint8 *luma, gint stride, gint width, gint height)
{
  guint64 code = 0;

  for (guint i = 0; i < BLOCKS; i++) {
    gint x = (2 * i + 1) * width / (2 * BLOCKS);
    code = code << 1 | (read_average (luma, stride, x, height / 2) > 128);
  }
  guint clock = code >> (CHECK_BITS + 2) & CLOCK_MASK;
  return code == code_clock (clock) ? (gint64) clock : -1;
}

static guint
compare_texture (const guint8 *luma, gint stride, gint width, gint height,
    guint clock)
{
  guint error = 0;

  for (gint row = 0; row < ROWS; row++)
    for (gint column = 0; column < COLUMNS; column++) {
      gint x = (2 * column + 1) * width / (2 * COLUMNS);
      gint y = (2 * row + 1) * height / (2 * ROWS);
      error += ABS ((gint) read_average (luma, stride, x, y)
          - (find_texel (x, y, width, clock / STEP_MS) + NOISE_RANGE / 2));
    }
  return error / (ROWS * COLUMNS);
}

static gint64
read_picture (ClockRead *self, GstBuffer *buffer, guint *error)
{
  GstVideoFrame frame;
  gint64 top = -1, bottom = -1;

  if (!gst_video_frame_map (&frame, &self->info, buffer, GST_MAP_READ))
    return -1;
  const guint8 *luma = GST_VIDEO_FRAME_PLANE_DATA (&frame, 0);
  gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0);
  gint width = GST_VIDEO_FRAME_WIDTH (&frame),
       height = GST_VIDEO_FRAME_HEIGHT (&frame);
  gint block = width / BLOCKS;
  if (block >= 4 && height >= 2 * block) {
    top = read_clock (luma, stride, width, block);
    bottom =
        read_clock (luma + (height - block) * stride, stride, width, block);
    *error = compare_texture (luma, stride, width, height, MAX (top, 0));
  }
  gst_video_frame_unmap (&frame);
  return top == bottom ? top : -1;
}

static GstFlowReturn
clock_read_transform_ip (GstBaseTransform *transform, GstBuffer *buffer)
{
  ClockRead *self = CLOCK_READ (transform);
  guint64 now = now_ms ();

  if (self->is_video) {
    guint error = 0;
    gint64 clock = read_picture (self, buffer, &error);
    if (clock < 0)
      fprintf (self->file, "%" G_GUINT64_FORMAT " - -\n", now);
    else
      fprintf (self->file, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %u\n",
          now, now - ((now - (guint64) clock) & CLOCK_MASK), error);
  } else {
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
    if (gst_rtp_buffer_map (buffer, GST_MAP_READ, &rtp)) {
      fprintf (self->file, "%" G_GUINT64_FORMAT " %u %" G_GSIZE_FORMAT "\n",
          now, gst_rtp_buffer_get_seq (&rtp), gst_buffer_get_size (buffer));
      gst_rtp_buffer_unmap (&rtp);
    }
  }
  fflush (self->file);
  return GST_FLOW_OK;
}

static gboolean
clock_read_set_caps (GstBaseTransform *transform, GstCaps *caps, GstCaps *out)
{
  ClockRead *self = CLOCK_READ (transform);

  self->is_video =
      gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/x-raw");
  return !self->is_video || gst_video_info_from_caps (&self->info, caps);
}

static gboolean
clock_read_start (GstBaseTransform *transform)
{
  ClockRead *self = CLOCK_READ (transform);

  self->file = self->location ? fopen (self->location, "w") : NULL;
  if (!self->file)
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_WRITE,
        ("Set location to a file that can be written."),
        ("%s", g_strerror (errno)));
  return self->file != NULL;
}

static gboolean
clock_read_stop (GstBaseTransform *transform)
{
  g_clear_pointer (&CLOCK_READ (transform)->file, fclose);
  return TRUE;
}

static void
clock_read_set_property (GObject *object, guint id, const GValue *value,
    GParamSpec *pspec)
{
  ClockRead *self = CLOCK_READ (object);

  g_free (self->location);
  self->location = g_value_dup_string (value);
}

static void
clock_read_finalize (GObject *object)
{
  g_free (CLOCK_READ (object)->location);
  G_OBJECT_CLASS (clock_read_parent_class)->finalize (object);
}

static void
clock_read_class_init (ClockReadClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS (klass);
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "video/x-raw,format={I420,YV12,NV12,Y42B,Y444}; application/x-rtp");

  object_class->set_property = clock_read_set_property;
  object_class->finalize = clock_read_finalize;
  g_object_class_install_property (object_class, PROP_LOCATION,
      g_param_spec_string ("location", "Location", "The file that is written",
          NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS));
  gst_element_class_set_static_metadata (element_class, "Clock of pictures",
      "Filter/Analyzer",
      "Writes down when pictures were drawn, and packets came",
      "gst-webrtc-negotiator");
  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  transform_class->transform_ip = clock_read_transform_ip;
  transform_class->set_caps = clock_read_set_caps;
  transform_class->start = clock_read_start;
  transform_class->stop = clock_read_stop;
  transform_class->transform_ip_on_passthrough = TRUE;
}

static void
clock_read_init (ClockRead *self)
{
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), TRUE);
}

static gboolean
plugin_init (GstPlugin *plugin)
{
  make_texture ();
  return gst_element_register (plugin, "clockdraw", GST_RANK_NONE,
             CLOCK_TYPE_DRAW)
      && gst_element_register (plugin, "clockread", GST_RANK_NONE,
          CLOCK_TYPE_READ);
}

#define PACKAGE "gst-webrtc-negotiator"
GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, picture,
    "Pictures with the wall clock in them, for tests", plugin_init, VERSION,
    "LGPL", PACKAGE, "https://gstreamer.freedesktop.org/")
