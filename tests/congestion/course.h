/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Flows over a link, and what became of them. */

#pragma once

#include "flow.h"

G_BEGIN_DECLS

#define COURSE_MAX_FLOWS 4
#define COURSE_SAMPLE_US (100 * MS)

/**
 * CourseSettings:
 * @name: for people
 * @seconds: how long it takes
 */
typedef struct
{
  const gchar *name;
  guint seconds;
  LinkSettings link;
  FlowSettings flows[COURSE_MAX_FLOWS];
  guint n_flows; /* 0: one */
} CourseSettings;

/**
 * CourseSample:
 * @capacity: bit/s
 * @queueing_us: the most that there was
 * @targets: bit/s
 * @sent: bit/s
 * @arrived: bit/s
 * @stats: at the end
 *
 * What was so in a tenth of a second.
 */
typedef struct
{
  guint capacity;
  gint64 queueing_us;
  guint targets[COURSE_MAX_FLOWS];
  guint sent[COURSE_MAX_FLOWS];
  guint arrived[COURSE_MAX_FLOWS];
  WnCongestionStats stats[COURSE_MAX_FLOWS];
} CourseSample;

typedef struct
{
  CourseSettings settings;
  GArray *samples;    /* CourseSample */
  GArray *queueing;   /* gint64, each millisecond */
  gchar failure[256]; /* empty: all invariants held */
} Course;

Course *course_run (const CourseSettings *settings, guint32 seed);
void course_free (Course *self);

gdouble course_get_sent (const Course *self, guint flow, guint from,
    guint until);
gdouble course_get_arrived (const Course *self, guint flow, guint from,
    guint until);
gdouble course_get_target (const Course *self, guint flow, guint from,
    guint until);
gdouble course_get_queueing (const Course *self, gdouble part, guint from,
    guint until);
gdouble course_get_time_to_reach (const Course *self, guint flow,
    gdouble bitrate, guint from);

gboolean course_draw (const Course *self, const gchar *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Course, course_free)

G_END_DECLS
