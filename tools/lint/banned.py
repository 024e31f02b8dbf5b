#!/usr/bin/env python3
"""Functions that src/ does not call; the list with its reasons is banned.txt beside this file."""
import re
from pathlib import Path

from common import Report, code_only, files, line_of, read


def rules():
    for n, row in enumerate(read(Path(__file__).with_name("banned.txt")).splitlines(), 1):
        if not row or row.startswith("#"):
            continue
        columns = row.split("\t")
        if len(columns) not in (2, 3):
            raise SystemExit(f"tools/lint/banned.txt:{n}: function<TAB>instead[<TAB>allowed paths]")
        allowed = tuple(columns[2].split()) if len(columns) == 3 else ()
        for name in columns[0].split():
            yield name, columns[1], allowed


def main():
    report = Report()
    table = {name: (instead, allowed) for name, instead, allowed in rules()}
    # A call, or the bare name handed over as a pointer; not a member (x.free, x->free).
    call = re.compile(r"(?<![\w.])(?<!->)(" + "|".join(map(re.escape, table)) + r")\s*(?=[(),;}])")
    for path in files(r"src/.*\.(c|h|def)$"):
        text = code_only(read(path))
        for m in call.finditer(text):
            instead, allowed = table[m[1]]
            is_call = text[m.end()] == "("
            # `time`, `free` and the like are good names for members and variables.
            if path.startswith(allowed) or (not is_call and m[1] not in ("free", "malloc", "realloc")):
                continue
            # A declaration such as `struct span time;` or a parameter is none of our business.
            if not is_call and re.search(r"[\w*]\s*$", text[:m.start()].rsplit("\n", 1)[-1]):
                continue
            report.add(path, line_of(text, m.start()), f"{m[1]} is banned: {instead}")
    report.exit()


main()
