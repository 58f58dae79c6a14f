/* A line between two peers of one machine: a TUN device whose packets come back
 * later, or not at all.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Usage: line INTERFACE
 *
 * Makes the interface.  Routes have to lead UDP that the machine sends to itself into
 * it (line.js does that); what is read is written back, and so arrives.  Of two peers
 * that speak on a pair of ports, the one that sent more of late sends forward, the
 * other one back: media go forward, feedback comes back, whoever is who, and all
 * pairs of ports share the two directions.
 *
 * Lines of standard input are settings.  DIRECTION is forward, back or both:
 *
 *   rate DIRECTION KBIT/S     0: without a limit.  IP packets are what is counted
 *   queue DIRECTION MS        what may wait for the line, as time at its rate
 *   delay DIRECTION MS        after the line; packets never overtake each other
 *   loss DIRECTION PERCENT    of packets, each by itself
 *   cut DIRECTION 0|1         an outage: all are lost
 *   seed both NUMBER          of the losses
 *
 * Each tenth of a second, and after each setting, a line of JSON says what happened
 * since the last one.  It ends with its standard input.
 */

#include <glib.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>

/* After those, as it declares again what they do. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define REPORT_US (100 * G_TIME_SPAN_MILLISECOND)
#define MAX_PACKET 2048
#define MAX_FLOWS 64
/* At a rate, packets that are no more than this are always taken. */
#define MIN_QUEUE_BYTES (2 * 1500)

typedef struct
{
  gint64 arrived;
  gint64 due;
  gsize size;
  guint8 data[];
} Packet;

typedef struct
{
  const char *name;
  /* Settings. */
  guint64 rate; /* bit/s */
  gint64 queue; /* µs */
  gint64 delay; /* µs */
  double loss;  /* 0 to 1 */
  gboolean is_cut;
  /* What is on its way. */
  GQueue waiting; /* of Packet, for the line */
  gsize waiting_bytes;
  GQueue flying;  /* of Packet, until they are due */
  gint64 free_at; /* when the line has sent what it was given */
  GRand *random;
  /* Since the last report. */
  guint packets, lost, dropped, cut;
  gsize bytes, delivered;
  GArray *waits; /* of guint, ms: in the queue and on the line */
} Direction;

/* A pair of ports, and what each of the two sent of late. */
typedef struct
{
  guint16 ports[2];
  double bytes[2];
} Flow;

static Direction directions[2] = { { .name = "forward" }, { .name = "back" } };
static Flow flows[MAX_FLOWS];
static guint n_flows;
static guint n_flows_seen;

static Direction *
find_direction (guint16 source, guint16 destination, gsize size)
{
  Flow *flow = NULL;

  for (guint i = 0; i < n_flows && !flow; i++)
    if ((flows[i].ports[0] == source && flows[i].ports[1] == destination)
        || (flows[i].ports[1] == source && flows[i].ports[0] == destination))
      flow = &flows[i];
  if (!flow) {
    flow = &flows[n_flows_seen++ % MAX_FLOWS];
    n_flows = MIN (n_flows + 1, MAX_FLOWS);
    *flow = (Flow) { { source, destination }, { 0, 0 } };
  }
  guint sender = flow->ports[0] == source ? 0 : 1;
  flow->bytes[sender] += size;
  return &directions[flow->bytes[sender] >= flow->bytes[!sender] ? 0 : 1];
}

static void
forget_slowly (void)
{
  for (guint i = 0; i < n_flows; i++) {
    flows[i].bytes[0] *= 0.95;
    flows[i].bytes[1] *= 0.95;
  }
}

static void
fly (Direction *direction, Packet *packet, gint64 since)
{
  packet->due = since + direction->delay;
  g_queue_push_tail (&direction->flying, packet);
}

static void
accept_packet (Direction *direction, const guint8 *data, gsize size, gint64 now)
{
  direction->packets++;
  direction->bytes += size;
  if (direction->is_cut) {
    direction->cut++;
    return;
  }
  /* Asked in any case: the series does not depend on what is set. */
  if (g_rand_double (direction->random) < direction->loss) {
    direction->lost++;
    return;
  }
  gsize limit = MAX (MIN_QUEUE_BYTES,
      direction->rate * direction->queue / 8 / G_USEC_PER_SEC);
  if (direction->rate > 0 && direction->waiting_bytes + size > limit) {
    direction->dropped++;
    return;
  }
  Packet *packet = g_malloc (sizeof (Packet) + size);
  packet->arrived = now;
  packet->size = size;
  memcpy (packet->data, data, size);
  if (direction->rate == 0 && g_queue_is_empty (&direction->waiting)) {
    fly (direction, packet, now);
    return;
  }
  direction->waiting_bytes += size;
  g_queue_push_tail (&direction->waiting, packet);
}

/* Sends what the line can send by now, and delivers what is due.  Returns when there
 * is more to do, or G_MAXINT64. */
static gint64
advance (Direction *direction, int tun, gint64 now)
{
  gint64 next = G_MAXINT64;
  Packet *packet;

  while ((packet = g_queue_peek_head (&direction->waiting))) {
    gint64 begin = MAX (direction->free_at, packet->arrived);
    if (begin > now) {
      next = begin;
      break;
    }
    gint64 end = begin;
    if (direction->rate > 0)
      end += packet->size * 8 * G_USEC_PER_SEC / direction->rate;
    direction->free_at = end;
    direction->waiting_bytes -= packet->size;
    guint wait = (end - packet->arrived) / G_TIME_SPAN_MILLISECOND;
    g_array_append_val (direction->waits, wait);
    fly (direction, g_queue_pop_head (&direction->waiting), end);
  }
  while ((packet = g_queue_peek_head (&direction->flying))) {
    if (packet->due > now)
      return MIN (next, packet->due);
    if (write (tun, packet->data, packet->size) == (gssize) packet->size)
      direction->delivered += packet->size;
    else
      g_printerr ("line: a packet could not be delivered: %s\n",
          g_strerror (errno));
    g_free (g_queue_pop_head (&direction->flying));
  }
  return next;
}

static void
report (void)
{
  printf ("{\"time\":%" G_GINT64_FORMAT,
      g_get_real_time () / G_TIME_SPAN_MILLISECOND);
  for (guint i = 0; i < G_N_ELEMENTS (directions); i++) {
    Direction *d = &directions[i];
    printf (",\"%s\":{\"rate\":%" G_GUINT64_FORMAT
            ",\"packets\":%u,\"bytes\":%" G_GSIZE_FORMAT
            ",\"delivered\":%" G_GSIZE_FORMAT
            ",\"lost\":%u,\"dropped\":%u,\"cut\":%u,\"waits\":[",
        d->name, d->is_cut ? 0 : d->rate, d->packets, d->bytes, d->delivered,
        d->lost, d->dropped, d->cut);
    for (guint j = 0; j < d->waits->len; j++)
      printf (j > 0 ? ",%u" : "%u", g_array_index (d->waits, guint, j));
    printf ("]}");
    d->packets = d->lost = d->dropped = d->cut = 0;
    d->bytes = d->delivered = 0;
    g_array_set_size (d->waits, 0);
  }
  printf ("}\n");
  fflush (stdout);
}

static gboolean
set (const char *line)
{
  char name[16], where[16];
  double value;

  if (sscanf (line, "%15s %15s %lf", name, where, &value) != 3 || value < 0)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (directions); i++) {
    Direction *d = &directions[i];
    if (!g_str_equal (where, "both") && !g_str_equal (where, d->name))
      continue;
    if (g_str_equal (name, "rate"))
      d->rate = value * 1000;
    else if (g_str_equal (name, "queue"))
      d->queue = value * G_TIME_SPAN_MILLISECOND;
    else if (g_str_equal (name, "delay"))
      d->delay = value * G_TIME_SPAN_MILLISECOND;
    else if (g_str_equal (name, "loss"))
      d->loss = value / 100;
    else if (g_str_equal (name, "cut"))
      d->is_cut = value != 0;
    else if (g_str_equal (name, "seed"))
      g_rand_set_seed (d->random, (guint32) value + i);
    else
      return FALSE;
  }
  return TRUE;
}

/* FALSE: there will be no more. */
static gboolean
read_settings (void)
{
  static char text[4096];
  static gsize length;
  gssize got = read (STDIN_FILENO, text + length, sizeof (text) - 1 - length);

  if (got <= 0)
    return FALSE;
  length += got;
  text[length] = '\0';
  char *line = text, *end;
  while ((end = strchr (line, '\n'))) {
    *end = '\0';
    report ();
    if (!set (line))
      g_printerr ("line: this is no setting: %s\n", line);
    line = end + 1;
  }
  length -= line - text;
  memmove (text, line, length);
  return length < sizeof (text) - 1;
}

/* Only what the machine sends to itself: all else has lost its way. */
static void
take_packet (const guint8 *data, gsize size, gint64 now)
{
  struct iphdr ip;
  struct udphdr udp;

  if (size < sizeof (ip) + sizeof (udp))
    return;
  memcpy (&ip, data, sizeof (ip));
  if (ip.version != 4 || ip.ihl * 4 != sizeof (ip) || ip.protocol != IPPROTO_UDP
      || ip.saddr != ip.daddr)
    return;
  memcpy (&udp, data + sizeof (ip), sizeof (udp));
  accept_packet (find_direction (udp.source, udp.dest, size), data, size, now);
}

static int
open_tun (const char *name)
{
  struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
  int fd = open ("/dev/net/tun", O_RDWR | O_NONBLOCK);

  g_strlcpy (request.ifr_name, name, sizeof (request.ifr_name));
  if (fd < 0 || ioctl (fd, TUNSETIFF, &request) < 0) {
    g_printerr ("line: there is no TUN device to be had: %s\n",
        g_strerror (errno));
    return -1;
  }
  return fd;
}

int
main (int argc, char **argv)
{
  if (argc != 2) {
    g_printerr ("Usage: line INTERFACE\n");
    return 2;
  }
  int tun = open_tun (argv[1]);
  if (tun < 0)
    return 77;
  /* It is the clock of what is measured.  Without the right to it, it does as it is. */
  (void) !setpriority (PRIO_PROCESS, 0, -15);
  for (guint i = 0; i < G_N_ELEMENTS (directions); i++) {
    directions[i].random = g_rand_new_with_seed (i + 1);
    directions[i].waits = g_array_new (FALSE, FALSE, sizeof (guint));
    directions[i].queue = 300 * G_TIME_SPAN_MILLISECOND;
    g_queue_init (&directions[i].waiting);
    g_queue_init (&directions[i].flying);
  }

  gint64 next_report = g_get_monotonic_time ();
  for (;;) {
    gint64 now = g_get_monotonic_time ();
    if (now >= next_report) {
      report ();
      forget_slowly ();
      next_report = MAX (next_report + REPORT_US, now);
    }
    gint64 next = next_report;
    for (guint i = 0; i < G_N_ELEMENTS (directions); i++) {
      gint64 then = advance (&directions[i], tun, now);
      next = MIN (next, then);
    }

    struct pollfd fds[] = { { .fd = tun, .events = POLLIN },
      { .fd = STDIN_FILENO, .events = POLLIN } };
    gint64 left = MAX (0, next - g_get_monotonic_time ());
    struct timespec timeout = { left / G_USEC_PER_SEC,
      left % G_USEC_PER_SEC * 1000 };
    if (ppoll (fds, G_N_ELEMENTS (fds), &timeout, NULL) < 0 && errno != EINTR)
      return 1;
    if (fds[1].revents && !read_settings ())
      return 0;
    guint8 data[MAX_PACKET];
    gssize size;
    now = g_get_monotonic_time ();
    while ((size = read (tun, data, sizeof (data))) > 0)
      take_packet (data, size, now);
  }
}
