#!/usr/bin/env python3
"""Functions of at most 60 lines, files of at most 800, in src/.

What is longer carries its reason: a comment with `long: why` directly above the function, or at the
head (first 10 lines) of the file.
"""
import re

from common import Report, files, read

FUNCTION_MOST, FILE_MOST = 60, 800
REASON = re.compile(r"\blong: \S")


def functions(lines):
    """(first line of the body, its length, the text directly above) of each; clang-format puts the
    braces of functions, and of nothing else, alone into the first column."""
    start = None
    for n, line in enumerate(lines):
        if line == "{":
            start = n
        elif line == "}" and start is not None:
            above = start
            while above > 0 and lines[above - 1].strip() and lines[above - 1][0] not in "}#":
                above -= 1
            yield start, n - start - 1, "\n".join(lines[above:start])
            start = None


def main():
    report = Report()
    for path in files(r"src/.*\.(c|h|def)$"):
        lines = read(path).split("\n")
        if len(lines) - 1 > FILE_MOST and not REASON.search("\n".join(lines[:10])):
            report.add(path, 1, f"{len(lines) - 1} lines, at most {FILE_MOST}: "
                       "cut it along a seam or say `long: why` at its head")
        for start, length, above in functions(lines):
            if length > FUNCTION_MOST and not REASON.search(above):
                report.add(path, start + 1, f"a function of {length} lines, at most {FUNCTION_MOST}: "
                           "cut it or say `/* long: why */` above it")
    report.exit()


main()
