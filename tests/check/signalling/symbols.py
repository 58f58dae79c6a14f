#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""symbols.py NM ARCHIVE NAME…: fails if ARCHIVE needs a symbol NAME from
elsewhere, or one that begins with it, where NAME ends in an underscore."""

import subprocess
import sys


def main():
    nm, archive, *names = sys.argv[1:]
    listing = subprocess.run([nm, '--undefined-only', '--format=posix', archive],
                             check=True, capture_output=True, text=True).stdout
    needed = {line.split()[0] for line in listing.splitlines()
              if len(line.split()) >= 2}
    if not any(symbol.startswith('g_') for symbol in needed):
        sys.exit(f'{archive} needs nothing of GLib: it was not read right')
    bad = sorted(symbol for symbol in needed for name in names
                 if symbol == name
                 or (name.endswith('_') and symbol.startswith(name)))
    if bad:
        sys.exit(f'{archive} needs {", ".join(bad)}')


main()
