"""What all end-to-end tests share: the program under test and a way to run it."""

import json
import os
import pathlib
import subprocess

import pytest

SOURCE = pathlib.Path(os.environ.get("WINNOW_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
WINNOW = os.environ.get("WINNOW", str(SOURCE / "build" / "winnow"))
DATA = SOURCE / "tests" / "data"
# Commands that ask DNS.
ASKING = ("scan", "explain", "doctor")
NOW = "2026-11-22T12:00:00Z"


class Winnow:
    """Runs the program without any configuration but what a test gives it, and without the network."""

    def run(self, *args, stdin=None, check=True, env=None, cwd=None, zone=True):
        """A command that would ask the network gets an empty table of answers, unless it is given its own (zone)."""
        args = [str(a) for a in args]
        if zone and args and args[0] in ASKING and not {"--zone", "--replay", "--help"} & set(args):
            args[1:1] = ["--zone", os.devnull]
        result = subprocess.run(
            [WINNOW, *args], input=stdin, capture_output=True, cwd=cwd, timeout=300,
            env={**os.environ, **(env or {})})
        if check and result.returncode not in (0, 1):
            raise AssertionError(f"winnow {args}: {result.returncode}: {result.stderr.decode()}")
        return result

    def scan(self, *args, **more):
        """The verdicts of `winnow scan --json`, with a clock that stands still and no files of the machine."""
        out = self.run("scan", "--json", "--now", NOW, "-c", os.devnull, *args, **more).stdout
        return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def winnow():
    return Winnow()


@pytest.fixture
def bless():
    return bool(os.environ.get("WINNOW_BLESS"))
