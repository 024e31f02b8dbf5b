"""Real and odd mail: every fact is made, nothing panics, and memory stays within a multiple of the message.

By default each tenth message of the corpora is read, with WINNOW_CORPUS=all every one.
"""

import os
import pathlib
import subprocess
import tarfile

import pytest

from conftest import SOURCE, WINNOW

SHARED = SOURCE / os.environ.get("WINNOW_SHARED", "../shared")
ARCHIVES = sorted((SHARED / "corpus").glob("*.tar.xz"))
STEP = 1 if os.environ.get("WINNOW_CORPUS") == "all" else 10
FACTS = pathlib.Path(WINNOW).parent / "tests" / "msg" / "msg_facts"
AT_ONCE = 500

# What the doors of the rooms state: the tree MIME_MEMORY_FACTOR, HTML HTML_MEMORY_FACTOR, two forms and the words of a
# text TEXT_MEMORY_FACTOR each.
FACTOR = 8 + 32 + 3 * 16
MORE = 4 << 20


def check(paths):
    assert paths
    for i in range(0, len(paths), AT_ONCE):
        some = paths[i:i + AT_ONCE]
        run = subprocess.run([FACTS, *some], capture_output=True, text=True, timeout=600, check=False)
        assert run.returncode == 0, run.stderr
        lines = [line.split(" ", 2) for line in run.stdout.splitlines()]
        assert len(lines) == len(some)
        over = [line for line in lines if int(line[1]) > FACTOR * int(line[0]) + MORE]
        assert not over


@pytest.mark.skipif(not ARCHIVES, reason="the corpora are not there")
@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.name.split(".")[0])
def test_mail_of_corpora(archive, tmp_path):
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path)
    check(sorted(path for path in tmp_path.rglob("*") if path.is_file())[::STEP])


@pytest.mark.skipif(not (SHARED / "suites" / "mime").is_dir(), reason="the suites are not there")
def test_mail_of_suites():
    check(sorted(path for path in (SHARED / "suites" / "mime").rglob("*") if path.is_file()))
