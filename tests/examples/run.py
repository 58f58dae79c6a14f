#!/usr/bin/python3
# gst-webrtc-negotiator
#
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Usage: run.py SERVING JOINING

Lets one example serve and another one join it; both have to come to their end.
"""

import re
import subprocess
import sys
import threading

DEADLINE = 90


def start(program, *arguments):
    command = [program, *arguments, "--until-greeted"]
    if program.endswith(".py"):
        command.insert(0, "/usr/bin/python3")
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def main(serving, joining):
    server = start(serving, "--listen", "127.0.0.1:0")
    client = None
    # Ends the reading below, should one of them never end.
    overdue = threading.Timer(
        DEADLINE, lambda: [p.kill() for p in (server, client) if p]
    )
    overdue.start()
    for line in server.stdout:
        print("serving:", line, end="", flush=True)
        found = re.search(r"Serving http://(\S+)/", line)
        if found and not client:
            client = start(joining, f"ws://{found.group(1)}/ws")
            reader = threading.Thread(
                target=lambda: [print("joining:", l, end="") for l in client.stdout]
            )
            reader.start()
    status = server.wait()
    if client:
        status = client.wait() or status
        reader.join()
    overdue.cancel()
    return 0 if status == 0 and client else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
