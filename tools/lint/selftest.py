#!/usr/bin/env python3
"""Proves that each lint script can fail: it is fed a small tree that breaks the rule, and the same
tree with the break mended, which it must let pass."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent

LAYERS = "room_layers = [\n  ['base'],\n  ['conf', 'codec'],\n  ['cli'],\n]\n"
DOOR = "/* A room. */\n"
LONG = "\tx++;\n" * 61
MACHINE = "/wor" + "k/x"

# What the rule is; the script; the files that break it; what must be said; the files that mend it.
CASES = [
    ("an upper room is not included", "layers.py",
     {"src/base/base.c": '#include "base/base.h"\n#include "conf/conf.h"\n'},
     r"src/base/base.c:2: base \(layer 1\) may not use conf \(layer 2\)",
     {"src/base/base.c": '#include "base/base.h"\n/* #include "conf/conf.h" */\n'}),
    ("a room of the same layer is not included", "layers.py",
     {"src/conf/conf.c": '#include "conf/conf.h"\n\n#include "codec/codec.h"\n'},
     r"src/conf/conf.c:3: conf \(layer 2\) may not use codec",
     {"src/conf/conf.c": '#include "conf/conf.h"\n\n#include "base/base.h"\n'}),
    ("only doors are included from outside", "layers.py",
     {"src/conf/conf.c": '#include "conf/conf.h"\n#include "base/arena.h"\n'},
     r'src/conf/conf.c:2: "base/arena.h" is inside base',
     {"src/conf/conf.c": '#include "conf/conf.h"\n#include "conf/inner.h"\n'}),
    ("angle brackets do not hide a room", "layers.py",
     {"src/base/base.c": '#include "base/base.h"\n#include <conf/conf.h>\n'},
     r"src/base/base.c:2: base \(layer 1\) may not use conf",
     {"src/base/base.c": '#include "base/base.h"\n#include <sys/stat.h>\n'}),
    ("the own door comes first", "layers.py",
     {"src/conf/conf.c": '#include <stdio.h>\n#include "conf/conf.h"\n'},
     r"src/conf/conf.c:1: the first include must be",
     {"src/conf/conf.c": '#include "conf/conf.h"\n#include <stdio.h>\n'}),
    ("an unknown room is refused", "layers.py",
     {"src/attic/attic.h": DOOR}, r"src/attic/attic.h:1: the room attic is not",
     {"src/attic/attic.h": None}),
    ("includes have their room in front", "layers.py",
     {"src/base/base.c": '#include "base/base.h"\n#include "arena.h"\n'}, r'src/base/base.c:2: "arena.h"',
     {"src/base/base.c": '#include "base/base.h"\n#include "base/arena.h"\n'}),
    ("headers do not include each other in a circle", "layers.py",
     {"src/base/a.h": '#include "base/b.h"\n', "src/base/b.h": '\n#include "base/a.h"\n'},
     r"src/base/a.h:1: includes in a circle",
     {"src/base/b.h": DOOR}),

    ("a banned function is not called", "banned.py",
     {"src/base/base.c": "\n\tstrcpy (a, b);\n"}, r"src/base/base.c:2: strcpy is banned",
     {"src/base/base.c": '\n\tputs("strcpy(a, b)"); // strcpy(a, b)\n\tx->strcpy(a); my_strcpy(a);\n'}),
    ("free stands only in base", "banned.py",
     {"src/conf/conf.c": "free(x);\n"}, r"src/conf/conf.c:1: free is banned",
     {"src/conf/conf.c": "p.free(x);\n", "src/base/base.c": "free(x);\n"}),
    ("free is not handed over as a pointer", "banned.py",
     {"src/conf/conf.c": "\n\nlist_done(list, free);\n"}, r"src/conf/conf.c:3: free is banned",
     {"src/conf/conf.c": "\n\nlist_done(list, p->free);\nint free;\nint64_t time;\n"}),

    ("a long function is refused", "sizes.py",
     {"src/base/base.c": f"\nvoid f(void)\n{{\n{LONG}}}\n"}, r"src/base/base.c:3: a function of 61 lines",
     {"src/base/base.c": f"\n/* long: a table */\nvoid f(void)\n{{\n{LONG}}}\n"}),
    ("the reason of one function does not serve the next", "sizes.py",
     {"src/base/base.c": f"/* long: a */\nvoid f(void)\n{{\n}}\nvoid g(void)\n{{\n{LONG}}}\n"},
     r"src/base/base.c:6: a function of 61 lines",
     {"src/base/base.c": f"void f(void)\n{{\n}}\n/* long: a */\nvoid g(void)\n{{\n{LONG}}}\n"}),
    ("a long file is refused", "sizes.py",
     {"src/base/base.c": "\n" * 801}, r"src/base/base.c:1: 801 lines",
     {"src/base/base.c": "/* long: a table */\n" + "\n" * 800}),

    ("a room has a door", "rooms.py",
     {"src/base/base.h": None}, r"src/base/base.h:1: the room base needs", {"src/base/base.h": DOOR}),
    ("a room has tests", "rooms.py",
     {"tests/base/meson.build": None}, r"tests/base/meson.build:1: the room base has no tests",
     {"tests/base/meson.build": "'x_test.c'\n"}),
    ("a parser has a fuzz target", "rooms.py",
     {"fuzz/conf_fuzz.c": None}, r"fuzz/meson.build:1: no target links conf",
     {"fuzz/conf_fuzz.c": "\n"}),
    ("a source file is built", "rooms.py",
     {"src/base/lost.c": "\n"}, r"src/base/lost.c:1: not in src/base/meson.build",
     {"src/base/meson.build": "'base.c', 'lost.c'\n"}),
    ("a test is run", "rooms.py",
     {"tests/base/lost_test.c": "\n"}, r"tests/base/lost_test.c:1: not in tests/base/meson.build",
     {"tests/base/meson.build": "'lost_test.c'\n"}),
    ("a fuzz target is built", "rooms.py",
     {"fuzz/lost_fuzz.c": "\n"}, r"fuzz/lost_fuzz.c:1: no row in fuzz/meson.build",
     {"fuzz/lost_fuzz.c": None}),
    ("a fuzz target has seeds", "rooms.py",
     {"fuzz/corpus/conf/a": None}, r"fuzz/conf_fuzz.c:1: no seeds in fuzz/corpus/conf/",
     {"fuzz/corpus/conf/a": "a"}),
    ("a check has its file", "rooms.py",
     {"src/checks/list.def": "\nCHECK(spf)\n", "src/checks/checks.h": DOOR, "src/checks/meson.build": "'spf.c'\n",
      "tests/checks/meson.build": "'spf_test.c'\n", "tests/checks/spf_test.c": "\n"},
     r"src/checks/list.def:2: the check spf has no src/checks/spf.c",
     {"src/checks/spf.c": "\n"}),
    ("a check has its test", "rooms.py",
     {"src/checks/list.def": "CHECK(spf)\n", "src/checks/checks.h": DOOR, "src/checks/meson.build": "'spf.c'\n",
      "tests/checks/meson.build": "'spf_test.c'\n", "src/checks/spf.c": "\n"},
     r"src/checks/list.def:1: the check spf has no tests/checks/spf_test.c",
     {"tests/checks/spf_test.c": "\n"}),
    ("a check has its page", "rooms.py",
     {"src/checks/list.def": "CHECK(spf)\n", "src/checks/checks.h": DOOR, "src/checks/meson.build": "'spf.c'\n",
      "tests/checks/meson.build": "'spf_test.c'\n", "src/checks/spf.c": "\n", "tests/checks/spf_test.c": "\n",
      "docs/checks/dkim.md": "\n"},
     r"src/checks/list.def:1: the check spf has no docs/checks/spf.md",
     {"docs/checks/spf.md": "\n"}),

    ("no path of a machine", "words.py",
     {"notes.md": f"\nsee {MACHINE}\n"}, r"notes.md:2: a path of one machine", {"notes.md": "see src/x\n"}),
    ("no space at the end of a line", "words.py",
     {"notes.md": "a \n"}, r"notes.md:1: space at the end",
     {"notes.md": "a\n", "tests/data/a.eml": "Subject: \n"}),

    ("C is formatted", "format",
     {"src/base/base.c": "int  a;\n"}, r"src/base/base.c:1: not as clang-format",
     {"src/base/base.c": "int a;\n"}),

    ("static analysis finds what would crash", "tidy.py build",
     {"src/base/base.c": "int f(void)\n{\n\tint *p = 0;\n\n\treturn *p;\n}\n"},
     r"src/base/base.c:5: Dereference of null pointer",
     {"src/base/base.c": "int f(void)\n{\n\tint a = 0, *p = &a;\n\n\treturn *p;\n}\n"}),
]

COMPILE = '[{"directory": "ROOT/build", "file": "../src/base/base.c", "command": "clang -c ../src/base/base.c -o x.o"}]'


# A tree that every script lets pass.
CLEAN = {
    "src/meson.build": LAYERS,
    "src/base/base.h": DOOR, "src/base/meson.build": "'base.c'\n",
    "src/base/base.c": '#include "base/base.h"\n',
    "src/conf/conf.h": DOOR, "src/conf/meson.build": "'conf.c'\n",
    "src/conf/conf.c": '#include "conf/conf.h"\n',
    "tests/base/meson.build": "\n", "tests/conf/meson.build": "\n",
    "fuzz/meson.build": "  ['conf', ['conf']],\n", "fuzz/conf_fuzz.c": DOOR, "fuzz/corpus/conf/a": "a",
}


def write(root, tree):
    for path, text in tree.items():
        file = root / path
        if text is None:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)


def run(script, root):
    name, *args = script.split()
    done = subprocess.run([HERE / name, *args], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def check(name, script, broken, said, mended):
    """What went wrong, or None."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        subprocess.run(["git", "init", "-q", root], check=True)
        for settings in (".clang-format", ".clang-tidy"):
            shutil.copy(HERE.parent.parent / settings, root)
        write(root, CLEAN | {"build/compile_commands.json": COMPILE.replace("ROOT", folder)})
        write(root, broken)
        status, text = run(script, root)
        if status == 0 or not re.search("^" + said, text, re.M):
            return f"{script} does not refuse: {name}\n{text}"
        write(root, mended)
        status, text = run(script, root)
        if status != 0:
            return f"{script} refuses wrongly: {name}\n{text}"
    return None


def main():
    scripts = {p.name for p in HERE.iterdir() if p.suffix == ".py" or p.name == "format"}
    untested = scripts - {case[1].split()[0] for case in CASES} - {"common.py", "selftest.py"}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = [w for w in pool.map(lambda case: check(*case), CASES) if w] + [f"{s}: no case here" for s in untested]
    print("\n".join(wrong) or f"{len(CASES)} rules proved")
    sys.exit(1 if wrong else 0)


main()
