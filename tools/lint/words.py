#!/usr/bin/env python3
"""No path of somebody's machine in any file, and no space at the end of a line."""
import re

from common import Report, files, read

# Written so that this file does not find itself.
MACHINE = re.compile(r"(?<![\w.~$}-])/(?:wor[k]|roo[t])\b|(?<!\w)/tm[p]/b-")
SPACE = re.compile(r"[ \t\r]+$")
# Mail and inputs of parsers are kept byte by byte; the licence is not ours to edit.
KEPT = re.compile(r"tests/.*data/|share/samples/|fuzz/(corpus|regress)/|LICENSE$|.*\.(eml|patch|svg)$")


def main():
    report = Report()
    for path in files(""):
        with open(path, "rb") as f:
            if b"\0" in f.read(8000):
                continue
        kept = KEPT.match(path)
        for n, line in enumerate(read(path).split("\n"), 1):
            if MACHINE.search(line):
                report.add(path, n, f"a path of one machine: {MACHINE.search(line)[0]}")
            if not kept and SPACE.search(line):
                report.add(path, n, "space at the end of the line")
    report.exit()


main()
