/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A course as a picture: what the link carries, what it is asked to, and its queue. */

#include "course.h"

#define WIDTH 900
#define LEFT 60
#define RIGHT 20
#define BITRATE_TOP 40
#define BITRATE_HEIGHT 220
#define QUEUE_TOP 300
#define QUEUE_HEIGHT 90
#define HEIGHT 430

#define CAPACITY "#9aa5b1"
#define QUEUE "#7a5c99"

static const gchar *const sent_colours[COURSE_MAX_FLOWS] = { "#c8553d",
  "#2f7f6f", "#8a6d1d", "#35618e" };
static const gchar *const target_colours[COURSE_MAX_FLOWS] = { "#35618e",
  "#7fb069", "#d9a441", "#5f8fbf" };

typedef struct
{
  const Course *course;
  GString *svg;
  gdouble max_bitrate;
  gdouble max_queueing_ms;
} Drawing;

static const CourseSample *
get_sample (const Course *course, guint i)
{
  return &g_array_index (course->samples, CourseSample, i);
}

static gdouble
get_x (const Drawing *self, gdouble sample)
{
  return LEFT + (WIDTH - LEFT - RIGHT) * sample / self->course->samples->len;
}

static gdouble
get_bitrate_y (const Drawing *self, gdouble bitrate)
{
  return BITRATE_TOP + BITRATE_HEIGHT * (1 - bitrate / self->max_bitrate);
}

static gdouble
get_queue_y (const Drawing *self, gdouble ms)
{
  return QUEUE_TOP + QUEUE_HEIGHT * (1 - ms / self->max_queueing_ms);
}

static void
draw_text (Drawing *self, gdouble x, gdouble y, const gchar *anchor,
    const gchar *colour, const gchar *text)
{
  g_autofree gchar *escaped = g_markup_escape_text (text, -1);

  g_string_append_printf (self->svg,
      "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n",
      x, y, anchor, colour, escaped);
}

static void
draw_grid_line (Drawing *self, gdouble y, gdouble value, const gchar *unit)
{
  g_autofree gchar *text = g_strdup_printf ("%g%s", value, unit);

  g_string_append_printf (self->svg,
      "<path d=\"M %d %.1f H %d\" stroke=\"#e3e7eb\"/>\n", LEFT, y,
      WIDTH - RIGHT);
  draw_text (self, LEFT - 6, y + 4, "end", "#52606d", text);
}

static gdouble
choose_step (gdouble max)
{
  gdouble step = 1;

  while (max / step > 60)
    step *= 10;
  for (guint i = 0; max / step > 6; i++)
    step *= i % 3 == 1 ? 2.5 : 2;
  return step;
}

static void
draw_axes (Drawing *self)
{
  gdouble kbps = self->max_bitrate / 1000;
  gdouble step = choose_step (kbps);

  for (gdouble value = 0; value <= kbps; value += step)
    draw_grid_line (self, get_bitrate_y (self, value * 1000), value, "");
  step = choose_step (self->max_queueing_ms);
  for (gdouble value = 0; value <= self->max_queueing_ms; value += step)
    draw_grid_line (self, get_queue_y (self, value), value, "");
  draw_text (self, LEFT, BITRATE_TOP - 8, "start", "#52606d", "kbit/s");
  draw_text (self, LEFT, QUEUE_TOP - 8, "start", QUEUE, "queue, ms");
  for (guint i = 0; i <= self->course->settings.seconds; i += 10) {
    g_autofree gchar *text = g_strdup_printf ("%u s", i);

    draw_text (self, get_x (self, i * (SECOND / COURSE_SAMPLE_US)),
        QUEUE_TOP + QUEUE_HEIGHT + 18, "middle", "#52606d", text);
  }
}

static void
begin_line (Drawing *self)
{
  g_string_append (self->svg, "<polyline fill=\"none\" points=\"");
}

static void
end_line (Drawing *self, const gchar *colour, gdouble width)
{
  g_string_append_printf (self->svg,
      "\" stroke=\"%s\" stroke-width=\"%.1f\"/>\n", colour, width);
}

static void
draw_point (Drawing *self, gdouble x, gdouble y)
{
  g_string_append_printf (self->svg, "%.1f,%.1f ", x, y);
}

static void
draw_capacity (Drawing *self)
{
  guint n = self->course->samples->len, last = 0;

  begin_line (self);
  for (guint i = 0; i <= n; i++) {
    guint capacity = i < n ? get_sample (self->course, i)->capacity : 0;

    if (i && capacity != last)
      draw_point (self, get_x (self, i), get_bitrate_y (self, last));
    if (i < n && capacity != last)
      draw_point (self, get_x (self, i), get_bitrate_y (self, capacity));
    last = capacity;
  }
  end_line (self, CAPACITY, 3);
}

/* The mean of what is sent in half a second: frames are not alike. */
static void
draw_sent (Drawing *self, guint flow)
{
  gdouble mean = 0;

  begin_line (self);
  for (guint i = 0; i < self->course->samples->len; i++) {
    mean += (get_sample (self->course, i)->sent[flow] - mean) / MIN (i + 1, 5);
    draw_point (self, get_x (self, i + 0.5),
        get_bitrate_y (self, MIN (mean, self->max_bitrate)));
  }
  end_line (self, sent_colours[flow], 1.2);
}

static void
draw_target (Drawing *self, guint flow)
{
  begin_line (self);
  for (guint i = 0; i < self->course->samples->len; i++)
    draw_point (self, get_x (self, i + 1),
        get_bitrate_y (self,
            MIN (get_sample (self->course, i)->targets[flow],
                self->max_bitrate)));
  end_line (self, target_colours[flow], 1.8);
}

static void
draw_queue (Drawing *self)
{
  begin_line (self);
  for (guint i = 0; i < self->course->samples->len; i++)
    draw_point (self, get_x (self, i + 0.5),
        get_queue_y (self, get_sample (self->course, i)->queueing_us / 1000.0));
  end_line (self, QUEUE, 1.2);
}

static void
draw_legend (Drawing *self)
{
  gdouble x = WIDTH - RIGHT;

  for (gint i = self->course->settings.n_flows - 1; i >= 0; i--) {
    draw_text (self, x, BITRATE_TOP - 8, "end", sent_colours[i], "sent");
    draw_text (self, x - 40, BITRATE_TOP - 8, "end", target_colours[i],
        "target");
    x -= 100;
  }
  draw_text (self, x, BITRATE_TOP - 8, "end", CAPACITY, "capacity");
}

static void
find_bounds (Drawing *self)
{
  self->max_bitrate = 100000;
  self->max_queueing_ms = 100;
  for (guint i = 0; i < self->course->samples->len; i++) {
    const CourseSample *sample = get_sample (self->course, i);

    self->max_bitrate = MAX (self->max_bitrate, 1.3 * sample->capacity);
    self->max_queueing_ms =
        MAX (self->max_queueing_ms, sample->queueing_us / 1000.0);
  }
}

/**
 * course_draw:
 * @path: of an SVG file
 */
gboolean
course_draw (const Course *self, const gchar *path)
{
  g_autoptr (GString) svg = g_string_new (NULL);
  Drawing drawing = { .course = self, .svg = svg };

  find_bounds (&drawing);
  g_string_append_printf (svg,
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
      WIDTH, HEIGHT);
  draw_text (&drawing, WIDTH / 2, 18, "middle", "#1f2933", self->settings.name);
  draw_axes (&drawing);
  draw_capacity (&drawing);
  for (guint i = 0; i < self->settings.n_flows; i++) {
    draw_sent (&drawing, i);
    draw_target (&drawing, i);
  }
  draw_queue (&drawing);
  draw_legend (&drawing);
  g_string_append (svg, "</svg>\n");
  return g_file_set_contents (path, svg->str, svg->len, NULL);
}
