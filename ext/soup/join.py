#!/usr/bin/env python3
# gst-webrtc-negotiator
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes one ES module of several: join.py ENTRY OUTPUT [DEPFILE]

The entry consists of comments and of  export { Name } from "./file.js";  what those
export is what the result exports.  Modules import each other by name, without "as", and
no two of them have the same name at their top level: so they are put one after the other,
each behind those that it imports.
"""

import re
import sys
from pathlib import Path

IMPORT = re.compile(r'^import \{([^}]*)\}\s+from "\./([^"]+)";\n', re.M)
REEXPORT = re.compile(r'^export \{([^}]*)\} from "\./([^"]+)";\n', re.M)
EXPORT = re.compile(r"^export (?=(?:async )?(?:class|const|function)\b)", re.M)
TOP = re.compile(r"^(?:export )?(?:async )?(?:class|const|let|var|function)\*? (\w+|[{[])", re.M)
LICENSE = re.compile(r"^ \*\n \* SPDX-License-Identifier:.*\n", re.M)


def fail(complaint):
    sys.exit(f"join.py: {complaint}")


def names(text):
    all_names = [name.strip() for name in text.split(",") if name.strip()]
    for name in all_names:
        if not name.isidentifier():
            fail(f"{name}: only plain names can be imported and exported")
    return all_names


class Joiner:
    def __init__(self, folder):
        self.folder = folder
        self.parts = {}
        self.owners = {}
        self.under_way = []

    def add(self, name):
        """Adds a module, behind those that it imports."""
        if name in self.under_way:
            fail(f"{' imports '.join([*self.under_way, name])}: a circle")
        if name in self.parts:
            return
        self.under_way.append(name)
        text = (self.folder / name).read_text(encoding="utf-8")
        for match in IMPORT.finditer(text):
            self.add(match[2])
            for wanted in names(match[1]):
                if self.owners.get(wanted) != match[2]:
                    fail(f"{name}: {match[2]} has no {wanted}")
        for declared in TOP.findall(text):
            if declared in "{[":
                fail(f"{name}: a declaration at the top level names one thing")
            if declared in self.owners:
                fail(f"{declared} is in {self.owners[declared]} and in {name}")
            self.owners[declared] = name
        text = EXPORT.sub("", LICENSE.sub("", IMPORT.sub("", text)))
        if re.search(r"^(?:import|export)\b", text, re.M):
            fail(f"{name}: an import or export of another form")
        self.under_way.pop()
        self.parts[name] = f"// {'-' * 3} {name}\n\n{text.strip()}\n"


def main():
    entry, output, *depfile = sys.argv[1:]
    joiner = Joiner(Path(entry).parent)
    text = Path(entry).read_text(encoding="utf-8")
    exported = []
    for match in REEXPORT.finditer(text):
        joiner.add(match[2])
        exported += names(match[1])
    for name in exported:
        if name not in joiner.owners:
            fail(f"there is no {name}")
    head = REEXPORT.sub("", text).strip()
    parts = "\n".join(joiner.parts.values())
    Path(output).write_text(
        f"{head}\n\n{parts}\nexport {{ {', '.join(exported)} }};\n", encoding="utf-8")
    if depfile:
        files = " ".join(str(joiner.folder / name) for name in joiner.parts)
        Path(depfile[0]).write_text(f"{output}: {files}\n", encoding="utf-8")


main()
