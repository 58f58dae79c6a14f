#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Holds the tree to its layers: no folder includes what it may not, and no
circle of includes goes from a file to itself.  The core in JavaScript has neither
a clock nor a connection.

A file here is a .c and its .h, which are one; parts of one that have no header of
their own (session-pairing.c) and private headers (session-private.h) belong to
what stands before the dash."""

import pathlib
import re
import sys

C = ('errno.h', 'math.h', 'stdio.h', 'stdlib.h', 'string.h')
GLIB = C + ('glib.h', 'glib-object.h')

# Folder: the folders of the project, then what else it may include: headers, and
# with a slash at the end everything of a library.
LAYERS = {
    'gst/negotiation': ((), GLIB),
    # Payload types are RTP's.
    'gst/sdp': ((), GLIB + ('gio/gio.h', 'gst/gst.h', 'gst/rtp/', 'gst/sdp/')),
    'gst/congestion': ((), GLIB),
    # unistd.h: random numbers of the system.  No sockets.
    'gst/signalling': ((), GLIB + ('gio/gio.h', 'json-glib/', 'unistd.h')),
    'gst/webrtc/pad': (('gst/sdp',), GLIB + ('gst/',)),
    'gst/webrtc/channel': (('gst/signalling',), GLIB + ('gio/gio.h', 'gst/')),
    'gst/webrtc/connection': (('gst/webrtc/pad', 'gst/webrtc/channel', 'gst/negotiation',
                               'gst/sdp', 'gst/congestion', 'gst/signalling'),
                              GLIB + ('gio/gio.h', 'gst/', 'nice/', 'openssl/')),
    # The elements, their meetings and calls.
    'gst/webrtc': (('gst/webrtc/connection', 'gst/webrtc/pad', 'gst/webrtc/channel',
                    'gst/negotiation', 'gst/sdp', 'gst/congestion', 'gst/signalling'),
                   GLIB + ('gio/gio.h', 'gst/')),
    'ext/soup': (('gst/signalling',),
                 GLIB + ('gio/', 'libsoup/', 'sys/resource.h')),
    # The plugin: it registers everything.
    'gst': (('gst/webrtc', 'gst/signalling', 'ext/soup'), ('gst/', 'openssl/')),
}

# What the core in JavaScript is handed from outside, and does not reach for.
CORE = 'ext/soup/page/negotiation.js'
OUTSIDE = re.compile(r'\b(RTC[A-Z]\w+|WebSocket|fetch|setInterval|Date|performance'
                     r'|Math\.random|crypto|document|window|navigator|console)\b')

# What is not mended yet: (file, included) and why.
EXCEPTIONS = set()

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
IMPORT = re.compile(r'^\s*(?:import|export)\b[^;]*?\bfrom\s*(")(\./[^"]+)"',
                    re.MULTILINE)


def layer_of(folder):
    """The line of LAYERS for a folder: its own, or that of one above it."""
    while folder not in LAYERS and '/' in folder:
        folder = folder.rpartition('/')[0]
    return folder if folder in LAYERS else None


def read_includes(root):
    """Yields each file with what it includes: the other file, or None and a
    header of a library."""
    files = {path.relative_to(root).as_posix(): path
             for top in ('gst', 'ext') for path in sorted((root / top).rglob('*'))
             if path.suffix in ('.c', '.h', '.js')}
    for name, path in files.items():
        folder = name.rpartition('/')[0]
        pattern = IMPORT if path.suffix == '.js' else INCLUDE
        for mark, included in pattern.findall(path.read_text()):
            own = (path.parent / included).resolve()
            places = [own.relative_to(root).as_posix()] if own.is_relative_to(root) else []
            places += [f'{top}/{included}' for top in ('gst', 'ext/soup')]
            target = next((place for place in places if place in files), None)
            yield folder, name, included, target if mark == '"' else None, mark


def check_layers(includes):
    for folder, name, included, target, mark in includes:
        if name.endswith('.js') or (name, included) in EXCEPTIONS:
            continue
        layer = layer_of(folder)
        if layer is None:
            yield f'{name}: its folder is not in the table of {sys.argv[0]}'
        elif mark == '"' and target is None:
            yield f'{name} includes "{included}", which is not in the tree'
        elif target:
            other = layer_of(target.rpartition('/')[0])
            if other != layer and other not in LAYERS[layer][0]:
                yield f'{name} includes {target}: {layer} may not include {other}'
        elif not any(included == known or (known.endswith('/') and included.startswith(known))
                     for known in LAYERS[layer][1]):
            yield f'{name} includes <{included}>: {layer} may not'


def noun_of(name, headers):
    stem = name.rpartition('.')[0]
    if name.endswith('.js'):
        return name
    while '-' in stem.rpartition('/')[2] and (stem.endswith('-private')
                                              or f'{stem}.h' not in headers):
        stem = stem.rpartition('-')[0]
    return stem


def find_circle(graph):
    """A list of nouns, each of which includes the next one, and the last the
    first; or None."""
    done, path = set(), []

    def visit(noun):
        if noun in path:
            return path[path.index(noun):]
        if noun in done:
            return None
        path.append(noun)
        for other in sorted(graph.get(noun, ())):
            circle = visit(other)
            if circle:
                return circle
        path.pop()
        done.add(noun)
        return None

    for noun in sorted(graph):
        circle = visit(noun)
        if circle:
            return circle
    return None


def check_circles(includes):
    headers = {target for _, _, _, target, _ in includes if target}
    graph = {}
    for _, name, included, target, _ in includes:
        if target is None or (name, included) in EXCEPTIONS:
            continue
        noun, other = noun_of(name, headers), noun_of(target, headers)
        if noun != other:
            graph.setdefault(noun, set()).add(other)
    while circle := find_circle(graph):
        yield 'a circle of includes: ' + ' → '.join(circle + circle[:1])
        graph[circle[-1]].discard(circle[0])


def strip_comments(text):
    return re.sub(r'/\*.*?\*/|(?<!:)//[^\n]*', '', text, flags=re.DOTALL)


def check_core(root, includes):
    """The core in JavaScript, with all that it imports, is pure."""
    files, found = [CORE] if (root / CORE).exists() else [], set()
    while files:
        name = files.pop()
        if name in found:
            continue
        found.add(name)
        files += [target for _, importer, _, target, _ in includes
                  if importer == name and target]
        for word in sorted(set(OUTSIDE.findall(strip_comments((root / name).read_text())))):
            yield f'{name} reaches for {word}: the core is handed what it needs'


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    includes = list(read_includes(root))
    if len(includes) < 100:
        sys.exit('the tree was not read')
    used = {(name, included) for _, name, included, _, _ in includes}
    faults = [*check_layers(includes), *check_circles(includes), *check_core(root, includes)]
    faults += [f'{name} does not include {included}: take it out of EXCEPTIONS'
               for name, included in sorted(EXCEPTIONS) if (name, included) not in used]
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


main()
