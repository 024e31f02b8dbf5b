#!/usr/bin/env python3
"""Nothing is half there: rooms have doors and tests, every file is built, every check has its page
and test, every fuzz target has seeds, every parser of outside bytes has a fuzz target."""
import re
from pathlib import Path

from common import Report, files, read

# These are tested as a whole, in tests/e2e.
TESTED_END_TO_END = {"serve", "cli"}
# They read what an enemy wrote.
PARSERS = {"conf", "codec", "expr", "url", "mime", "html", "dns", "archive", "rule", "milter", "spamd",
           "http"}


def quoted(path):
    """The words in quotes in a meson.build; none when the file is not there."""
    return set(re.findall(r"'([^'\n]*)'", read(path))) if Path(path).is_file() else set()


def check_room(report, room, fuzzed):
    folder = f"src/{room}"
    for need in (f"{folder}/{room}.h", f"{folder}/meson.build"):
        if not Path(need).is_file():
            report.add(need, 1, f"the room {room} needs this file")
    built = quoted(f"{folder}/meson.build")
    for path in files(rf"src/{room}/.*\.c$"):
        name = path.removeprefix(folder + "/")
        if name not in built and path != "src/cli/main.c":
            report.add(path, 1, f"not in {folder}/meson.build, so it is never built")
    if room in TESTED_END_TO_END:
        return
    if not Path(f"tests/{room}/meson.build").is_file():
        report.add(f"tests/{room}/meson.build", 1, f"the room {room} has no tests")
    if room in PARSERS and room not in fuzzed:
        report.add("fuzz/meson.build", 1, f"no target links {room}, which reads what comes from outside")


def check_tests(report):
    for path in files(r"tests/\w+/.*_test\.c$"):
        room, name = path.split("/")[1], path.split("/", 2)[2]
        if name not in quoted(f"tests/{room}/meson.build"):
            report.add(path, 1, f"not in tests/{room}/meson.build, so it is never run")


def check_fuzz(report):
    """Returns the rooms that some existing target links."""
    rows = dict(re.findall(r"^\s*\['(\w+)', \[(.*?)\]\]", read("fuzz/meson.build"), re.M)) \
        if Path("fuzz/meson.build").is_file() else {}
    fuzzed = set()
    for path in files(r"fuzz/\w+_fuzz\.c$"):
        name = Path(path).stem.removesuffix("_fuzz")
        if name not in rows:
            report.add(path, 1, "no row in fuzz/meson.build, so it is never built")
            continue
        fuzzed |= set(re.findall(r"'(\w+)'", rows[name]))
        if not files(rf"fuzz/corpus/{name}/"):
            report.add(path, 1, f"no seeds in fuzz/corpus/{name}/")
    return fuzzed


def check_checks(report):
    path = "src/checks/list.def"
    if not Path(path).is_file():
        return
    for n, line in enumerate(read(path).split("\n"), 1):
        row = re.match(r"\s*CHECK\((\w+)\)", line)
        if not row:
            continue
        name = row[1]
        wanted = [f"src/checks/{name}.c", f"tests/checks/{name}_test.c"]
        if Path("docs/checks").is_dir():
            wanted.append(f"docs/checks/{name}.md")
        for need in wanted:
            if not Path(need).is_file():
                report.add(path, n, f"the check {name} has no {need}")


def main():
    report = Report()
    fuzzed = check_fuzz(report)
    for room in sorted({path.split("/")[1] for path in files(r"src/\w+/")}):
        check_room(report, room, fuzzed)
    check_tests(report)
    check_checks(report)
    report.exit()


main()
