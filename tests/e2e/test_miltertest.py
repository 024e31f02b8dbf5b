"""Dialogues of miltertest, the test client of OpenDKIM's authors, with the real process."""

import os
import pathlib
import shutil
import subprocess

import pytest

from serving import QUIET, Server

SCRIPTS = pathlib.Path(__file__).resolve().parent / "milter"
DIALOGUES = sorted(p.stem for p in SCRIPTS.glob("*.lua") if p.stem != "common")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if shutil.which("miltertest") is None:
        # In CI a missing program is an error; elsewhere the tests say what they lack.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "not installed: miltertest; tools/deps live installs it")
    with Server(tmp_path_factory.mktemp("etc"), config=QUIET) as s:
        yield s


@pytest.mark.parametrize("name", DIALOGUES)
def test_dialogue(server, name):
    run = subprocess.run(
        ["miltertest", "-D", f"PORT={server.port}", "-D", f"SCRIPTS={SCRIPTS}", "-s", SCRIPTS / f"{name}.lua"],
        capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
    assert not [line for line in server.lines if "closed:" in line]
