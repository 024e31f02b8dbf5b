#!/usr/bin/env python3
"""clang-tidy (settings: .clang-tidy) over src/, two files at a time: tidy.py BUILD-FOLDER

A file that was clean is not looked at again until what the compiler sees of it changes.
"""
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def preprocess(entry):
    """The command that prints the whole text of a file, comments included (they may hold NOLINT)."""
    words, out = iter(shlex.split(entry["command"])), []
    for word in words:
        if word in ("-o", "-MF", "-MQ", "-MT"):
            next(words)
        elif word not in ("-c", "-MD", "-MMD"):
            out.append(word)
    return out + ["-E", "-C"]


def look(job):
    """What clang-tidy has to say about one file, with paths from the root; "" when it is clean."""
    build, entry, settings = job
    path = os.path.relpath(os.path.join(entry["directory"], entry["file"]))
    text = subprocess.run(preprocess(entry), cwd=entry["directory"], check=True, stdout=subprocess.PIPE).stdout
    stamp = build / "tidy" / hashlib.sha256(settings + text).hexdigest()
    if stamp.exists():
        return ""
    run = subprocess.run(["clang-tidy", "--quiet", "-p", build, path], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, errors="replace")
    if run.returncode == 0:
        stamp.touch()
        return ""
    # The analyzer tells its way in notes: kept, without the source lines between them. Paths may be
    # relative to the build folder.
    found = re.findall(r"^(\S.*?):(\d+):\d+: (error|note): (.*)$", run.stdout, re.M)
    return "\n".join(("    " if kind == "note" else "")
                     + f"{os.path.relpath(os.path.join(entry['directory'], p))}:{n}: {what}"
                     for p, n, kind, what in found) or run.stdout + run.stderr


def main():
    build = Path(sys.argv[1])
    (build / "tidy").mkdir(exist_ok=True)
    entries = {e["file"]: e for e in json.loads((build / "compile_commands.json").read_text())
               if "/src/" in os.path.abspath(os.path.join(e["directory"], e["file"])).removeprefix(os.getcwd())}
    settings = Path(".clang-tidy").read_bytes()
    failed = False
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for said in pool.map(look, [(build, e, settings) for e in entries.values()]):
            if said:
                failed = True
                print(said, flush=True)
    sys.exit(1 if failed else 0)


main()
