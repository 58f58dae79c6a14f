#!/usr/bin/python3
# gst-webrtc-negotiator
#
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Usage: run.py SERVING JOINING

Lets one example serve and another one join it; both have to come to their end.
"""

import os
import re
import subprocess
import sys
import threading

DEADLINE = 90

# rtpmanager's, of GStreamer 1.22 (tests/check/upstream.c).  All others are failures, but
# nothing is ended by any, as it would be with G_DEBUG=fatal-criticals.
UPSTREAM = "g_hash_table_foreach: assertion 'version == hash_table->version' failed"


def is_complaint(line):
    return "CRITICAL" in line and UPSTREAM not in line


def start(program, *arguments):
    command = [program, *arguments, "--until-greeted"]
    if program.endswith(".py"):
        command.insert(0, "/usr/bin/python3")
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "G_DEBUG": ""},
    )


def read(name, process, lines):
    for line in process.stdout:
        print(f"{name}:", line, end="", flush=True)
        lines.append(line)


def main(serving, joining):
    server = start(serving, "--listen", "127.0.0.1:0")
    client = None
    lines = []
    # Ends the reading below, should one of them never end.
    overdue = threading.Timer(
        DEADLINE, lambda: [p.kill() for p in (server, client) if p]
    )
    overdue.start()
    for line in server.stdout:
        print("serving:", line, end="", flush=True)
        lines.append(line)
        found = re.search(r"Serving http://(\S+)/", line)
        if found and not client:
            client = start(joining, f"ws://{found.group(1)}/ws")
            reader = threading.Thread(target=read, args=("joining", client, lines))
            reader.start()
    status = server.wait()
    if client:
        status = client.wait() or status
        reader.join()
    overdue.cancel()
    is_well = status == 0 and client and not any(map(is_complaint, lines))
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
