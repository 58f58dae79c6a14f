#!/usr/bin/python3
# gst-webrtc-negotiator
#
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Pipelines of gst-launch-1.0 that talk to each other; no browser is needed."""

import os
import socket
import subprocess
import sys
import unittest

from launch import (
    DEADLINE,
    DECODED_AUDIO,
    Launch,
    decoded_video,
    event,
    receive_audio,
    receive_video,
    send_audio,
    send_video,
)

FRAMES = 15
# WN_STARTS=60: how often what happens now and then is tried.
STARTS = int(os.environ.get("WN_STARTS", "8"))
SERVE = "listen=127.0.0.1:0"


def both_ways(size):
    """Picture and sound out and in, as the README has it."""
    return send_video(size), send_audio(), receive_video(), receive_audio()


class Pair(unittest.TestCase):
    def receives(self, peer, size, since=0):
        peer.wait(decoded_video(size), FRAMES, since)
        peer.wait(DECODED_AUDIO, FRAMES, since)

    def has_only(self, peer, size):
        """Nothing else was decoded, and nothing went wrong."""
        for other in {"qqvga", "qcif", "sqcif"} - {size}:
            self.assertFalse(peer.has(decoded_video(other)), other)
        self.assertFalse(peer.has(r"^(ERROR|WARNING)"), peer.describe())
        self.assertFalse(peer.has(event("restarted")), peer.describe())
        self.assertFalse(peer.has(event("message-rejected")), peer.describe())

    def test_audio_and_video_in_both_directions(self):
        with Launch("serving", SERVE, *both_ways("qqvga")) as a:
            with Launch("joining", f"signaller-uri={a.server()}", *both_ways("qcif")) as b:
                self.receives(a, "qcif")
                self.receives(b, "qqvga")
                self.has_only(a, "qcif")
                self.has_only(b, "qqvga")
                self.assertEqual(b.interrupt(), 0)
                a.wait(event("peer-left"))
            self.assertEqual(a.interrupt(), 0)

    def test_one_sends_and_the_other_receives(self):
        with Launch("serving", SERVE, send_video("qqvga")) as a:
            with Launch("joining", f"signaller-uri={a.server()}", receive_video()) as b:
                b.wait(decoded_video("qqvga"), FRAMES)
                self.has_only(b, "qqvga")

    def test_bare_messages_with_roles_set(self):
        w3c = "protocol=w3c role="
        with Launch("serving", f"{SERVE} {w3c}polite", *both_ways("qqvga")) as a:
            with Launch(
                "joining",
                f"signaller-uri={a.server()} {w3c}impolite",
                *both_ways("qcif"),
            ) as b:
                self.receives(a, "qcif")
                self.receives(b, "qqvga")

    def test_a_stream_that_ends_ends_the_pipeline(self):
        source = send_video("qqvga").replace("videotestsrc", "videotestsrc num-buffers=5")
        with Launch("serving", SERVE, source) as a:
            self.assertEqual(a.process.wait(DEADLINE), 0)
            a.wait("Got EOS from element")


class Next(unittest.TestCase):
    """The element that serves goes on when its peer goes."""

    def join(self, a, name, size):
        return Launch(
            name, f"signaller-uri={a.server()} peer-id={name}", *both_ways(size)
        )

    def receives(self, peer, size, since=0):
        peer.wait(decoded_video(size), FRAMES, since)
        peer.wait(DECODED_AUDIO, FRAMES, since)

    def test_when_one_leaves_the_next_is_paired(self):
        with Launch("serving", SERVE, *both_ways("qqvga")) as a, self.join(
            a, "first", "qcif"
        ) as b:
            self.receives(a, "qcif")
            with self.join(a, "second", "sqcif") as c:
                a.wait(event("peer-joined", "second"))
                since = a.mark()
                self.assertFalse(a.has(decoded_video("sqcif")))
                self.assertEqual(b.interrupt(), 0)
                a.wait(event("peer-left", "first"), since=since)
                self.receives(a, "sqcif", since)
                self.receives(c, "qqvga")
                self.assertEqual(c.interrupt(), 0)
            self.assertFalse(a.has("^ERROR"), a.describe())
            self.assertEqual(a.interrupt(), 0)

    def test_a_killed_peer_comes_back(self):
        with Launch("serving", SERVE, *both_ways("qqvga")) as a:
            with self.join(a, "first", "qcif") as b:
                self.receives(a, "qcif")
                b.kill()
            since = a.mark()
            with self.join(a, "again", "sqcif") as c:
                a.wait(event("peer-left", "first"), since=since)
                self.receives(a, "sqcif", since)
                self.receives(c, "qqvga")
            self.assertFalse(a.has("^ERROR"), a.describe())


class Errors(unittest.TestCase):
    """What goes wrong is said on the terminal, with what to do."""

    def fails(self, element, message, *parts):
        with Launch("failing", element, *parts) as a:
            # gst-launch-1.0 1.28 prints an error at once, even within another line.
            a.wait("ERROR: from .*" + message)
            self.assertNotEqual(a.process.wait(DEADLINE), 0)


    def test_a_taken_port(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.fails(
                f"listen=127.0.0.1:{port}",
                rf"Port {port} on 127\.0\.0\.1 is in use\. Set listen=127\.0\.0\.1:0"
                rf" for a free one, or signaller-uri=ws://127\.0\.0\.1:{port}/ws",
                send_video("qqvga"),
            )

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.fails(
            f"signaller-uri=ws://127.0.0.1:{port}/ws",
            rf"Cannot reach ws://127\.0\.0\.1:{port}/ws: Connection refused\. Start a"
            " server there",
            send_video("qqvga"),
        )

    def test_an_id_that_is_in_use(self):
        with Launch("serving", f"{SERVE} peer-id=one") as a:
            self.fails(
                f"signaller-uri={a.server()} peer-id=one",
                r"\(id-in-use\).*Set peer-id to another",
                send_video("qqvga"),
            )

    def test_a_wrong_token(self):
        with Launch("serving", f"{SERVE} token=right") as a:
            self.fails(
                f"signaller-uri={a.server()} token=wrong",
                r"\(unauthorized\).*Set token",
                send_video("qqvga"),
            )


class Starts(unittest.TestCase):
    """gst-launch-1.0 forgets to end of an error that comes between READY->PAUSED and
    its main loop: an element's thread that is slow makes it happen now and then."""

    def setUp(self):
        self.burners = [
            subprocess.Popen([sys.executable, "-c", "while True: pass"])
            for _ in range(os.cpu_count())
        ]

    def tearDown(self):
        for burner in self.burners:
            burner.kill()
            burner.wait()

    def end(self, element, message):
        for _ in range(STARTS):
            with Launch("starting", element, send_video("qqvga")) as a:
                a.wait("ERROR: from .*" + message)
                self.assertNotEqual(a.process.wait(DEADLINE), 0)

    def test_on_a_taken_port_with_the_cores_busy(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.end(f"listen=127.0.0.1:{port}", f"Port {port} on 127")

    def test_with_nobody_there_and_the_cores_busy(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.end(f"signaller-uri=ws://127.0.0.1:{port}/ws", "Cannot reach ")


if __name__ == "__main__":
    unittest.main()
