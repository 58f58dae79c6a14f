# gst-webrtc-negotiator
#
# SPDX-License-Identifier: LGPL-2.1-or-later

"""gst-launch-1.0 as a child process whose messages can be waited for."""

import os
import re
import signal
import subprocess
import threading
import time

# For what takes milliseconds, on a machine that has much else to do.
DEADLINE = 30

# Different pictures, so that a peer cannot take its own for the other's.
SIZES = {"qqvga": (160, 120), "qcif": (176, 144), "sqcif": (128, 96)}


def send_video(size):
    width, height = SIZES[size]
    return (
        "videotestsrc is-live=true pattern=ball"
        f" ! video/x-raw,width={width},height={height},framerate=15/1"
        " ! vp8enc deadline=1 keyframe-max-dist=15 ! rtpvp8pay ! n."
    )


def send_audio():
    return "audiotestsrc is-live=true ! opusenc ! rtpopuspay ! n."


def receive_video():
    return (
        "n. ! application/x-rtp,media=video ! rtpvp8depay ! vp8dec"
        " ! fakesink name=picture async=false silent=false"
    )


def receive_audio():
    return (
        "n. ! application/x-rtp,media=audio ! rtpopusdepay ! opusdec"
        " ! fakesink name=sound async=false silent=false"
    )


def decoded_video(size):
    """What fakesink says of a decoded (I420) picture of this size."""
    width, height = SIZES[size]
    return rf"\(picture:sink\) \({width * height * 3 // 2} bytes"


DECODED_AUDIO = r"\(sound:sink\) \([1-9][0-9]* bytes"


def event(name, peer=None):
    who = f'peer=\\(string\\)"?{re.escape(peer)}"?[,;]' if peer else ""
    return rf'webrtc-negotiator, event=\(string\)"?{name}"?,.*{who}'


# rtpmanager's, of GStreamer 1.22 (tests/check/upstream.c).  All others are failures, but
# nothing is ended by any, as it would be with G_DEBUG=fatal-criticals.
UPSTREAM = "g_hash_table_foreach: assertion 'version == hash_table->version' failed"


class Launch:
    """One gst-launch-1.0; its lines are kept, and searched for what is waited for."""

    def __init__(self, name, element, *parts):
        description = " ".join([f"webrtcnegotiator name=n {element}", *parts])
        self.name = name
        self.lines = []
        self.changed = threading.Condition()
        self.ended = False
        self.process = subprocess.Popen(
            ["gst-launch-1.0", "-m", "-v", *description.split()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, "G_DEBUG": ""},
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            print(self.describe())
        self.kill()
        self.process.stdout.close()
        complaints = [l for l in self.lines if "CRITICAL" in l and UPSTREAM not in l]
        if complaints and not kind:
            raise AssertionError("\n".join([f"{self.name} complains:", *complaints]))

    def describe(self):
        told = [l for l in self.lines if re.search("webrtc-neg|WARN|ERROR|rror", l)]
        return "\n".join([f"--- {self.name}", *told[-40:], f"--- {self.name}: end"])

    def mark(self):
        """A place in the output, from which on wait() can be told to look."""
        return len(self.lines)

    def wait(self, pattern, count=1, since=0, timeout=DEADLINE):
        """Waits until so many lines have matched; returns the last match."""
        wanted = re.compile(pattern)
        deadline = time.monotonic() + timeout
        seen, position = 0, since
        with self.changed:
            while True:
                while position < len(self.lines):
                    found = wanted.search(self.lines[position])
                    position += 1
                    seen += found is not None
                    if seen == count:
                        return found
                left = deadline - time.monotonic()
                if self.ended or left <= 0:
                    why = "it has ended" if self.ended else f"{timeout} s are over"
                    raise AssertionError(
                        f"{self.name}: {why} and {pattern!r} was seen {seen} times"
                        f" of {count}\n{self.describe()}"
                    )
                self.changed.wait(left)

    def wait_connected(self, since=0):
        return self.wait(r"n: connection-state = \S*connected$", since=since)

    def has(self, pattern):
        wanted = re.compile(pattern)
        return any(wanted.search(line) for line in self.lines)

    def server(self):
        """The WebSocket of the embedded server, from its progress message."""
        found = self.wait(r"Progress: \(listening\) Serving http://(\S+)/")
        return f"ws://{found.group(1)}/ws"

    def interrupt(self):
        """As Ctrl-C; returns the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(DEADLINE)

    def kill(self):
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(DEADLINE)
        self.reader.join(DEADLINE)
