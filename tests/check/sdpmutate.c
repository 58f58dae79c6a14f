/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sdpmutate.h"

#include "sdpcorpus.h"

static const gchar *const words[] = {
  "",
  "0",
  "-1",
  "1",
  "9",
  "96",
  "127",
  "128",
  "255",
  "65535",
  "65536",
  "2147483648",
  "4294967295",
  "4294967296",
  "99999999999999999999",
  "BUNDLE",
  "a",
  "x",
  ":",
  "/",
  ";",
  "=",
  "*",
  " ",
  "  ",
  "inactive",
  "sendonly",
  "recvonly",
  "active",
  "passive",
  "actpass",
  "audio",
  "video",
  "application",
  "webrtc-datachannel",
  "VP8/90000",
  "red/90000",
  "rtx/90000",
  "ulpfec/90000",
  "OPUS/48000/2",
  "H264/90000",
  "apt=96",
  "apt=97",
  "urn:x",
  "urn:ietf:params:rtp-hdrext:sdes:mid",
  "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  "\xc3\xa9",
  "%s%n",
  "rtcp-fb",
  "nack",
  "transport-cc",
};

static const gchar *const lines[] = {
  "a=bundle-only",
  "a=ice-lite",
  "a=inactive",
  "a=rtcp-rsize",
  "a=msid:a b",
  "a=msid:",
  "a=rid:1 send pt=96;max-width=1",
  "a=rid:1 recv",
  "a=rid:",
  "a=simulcast:recv 1",
  "a=ssrc:1 cname:x",
  "a=ssrc:3735928559 msid:x y",
  "a=ssrc-group:FID 1 2",
  "a=framesize:96 1-2",
  "a=framesize:96",
  "a=rtcp-fb:* nack",
  "a=rtcp-fb:96 transport-cc",
  "a=fmtp:96 apt=96",
  "a=fmtp:96 ;;=;a=;=b;x-google-min-bitrate=1",
  "a=fmtp:111 ssrcx=1",
  "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level vad=on",
  "a=extmap:15/sendonly urn:x y",
  "a=x-payload:3",
  "a=x-",
  "a=media:x",
  "a=mid:77",
  "a=group:BUNDLE 77",
  "a=group:LS 0 1",
  "a=ice-options:renomination",
  "a=candidate:1 1 udp 1 127.0.0.1 9 typ host",
  "a=end-of-candidates",
  "a=max-message-size:0",
  "a=rtcp-mux-only",
  "b=AS:0",
  "c=IN IP6 ::1",
  "a=setup:active",
  "a=sctp-port:1",
  "a=rtpmap:96 red/90000",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:127 x/1/255",
  "m=audio 0 X 0",
  "m=video 9 UDP/TLS/RTP/SAVPF 96",
  "a=sctpmap:5000 webrtc-datachannel 256",
};

#define PICK(rand, array)                                                      \
  (array)[g_rand_int_range (rand, 0, G_N_ELEMENTS (array))]

static guint
pick_line (GRand *rand, GPtrArray *all)
{
  return g_rand_int_range (rand, 0, all->len);
}

/* Replaces one word, of those between spaces and colons. */
static void
mutate_word (GRand *rand, GPtrArray *all)
{
  guint i = pick_line (rand, all);
  gchar *line = g_ptr_array_index (all, i);
  gsize start = g_rand_int_range (rand, 0, strlen (line) + 1);
  gsize length;

  while (start > 0 && !strchr (" :/;=,", line[start - 1]))
    start--;
  length = strcspn (line + start, " :/;=,");
  g_ptr_array_index (all, i) = g_strdup_printf ("%.*s%s%s", (int) start, line,
      PICK (rand, words), line + start + length);
  g_free (line);
}

static void
mutate_once (GRand *rand, GPtrArray *all, GPtrArray *files)
{
  guint i = pick_line (rand, all), j = pick_line (rand, all);
  gpointer swapped;

  switch (g_rand_int_range (rand, 0, 8)) {
    case 0:
      if (all->len > 1)
        g_free (g_ptr_array_steal_index (all, i));
      break;
    case 1:
      g_ptr_array_insert (all, j, g_strdup (g_ptr_array_index (all, i)));
      break;
    case 2:
      swapped = g_ptr_array_index (all, i);
      g_ptr_array_index (all, i) = g_ptr_array_index (all, j);
      g_ptr_array_index (all, j) = swapped;
      break;
    case 3: {
      const CorpusFile *other =
          files->pdata[g_rand_int_range (rand, 0, files->len)];
      g_auto (GStrv) others = g_strsplit (other->text, "\n", -1);
      guint n = g_strv_length (others);

      g_ptr_array_insert (all, i,
          g_strchomp (g_strdup (others[g_rand_int_range (rand, 0, n)])));
      break;
    }
    case 4:
    case 5:
      g_ptr_array_insert (all, i, g_strdup (PICK (rand, lines)));
      break;
    default:
      mutate_word (rand, all);
      break;
  }
}

/**
 * sdp_mutate:
 * @files: CorpusFile, whose lines may come in
 *
 * Returns: (transfer full): @text with one to three changes
 */
gchar *
sdp_mutate (const gchar *source, GRand *rand, GPtrArray *files)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) split = g_strsplit (source, "\n", -1);
  guint n = g_rand_int_range (rand, 1, 4);
  GString *text = g_string_new (NULL);

  for (guint i = 0; split[i]; i++)
    g_ptr_array_add (all, g_strchomp (g_strdup (split[i])));
  for (guint i = 0; i < n; i++)
    mutate_once (rand, all, files);
  for (guint i = 0; i < all->len; i++)
    g_string_append_printf (text, "%s%s", i ? "\n" : "",
        (const gchar *) g_ptr_array_index (all, i));
  return g_string_free (text, FALSE);
}
