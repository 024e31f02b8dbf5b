"""Golden files: what the parser saw and what the verdict is, for every message of tests/data. `make bless`
rewrites them; the diff is for a person to read."""

import json
import os

import pytest

from conftest import DATA, NOW

MESSAGES = sorted(DATA.glob("*.eml"))


def compare(path, text, bless):
    if bless:
        path.write_text(text)
    assert path.exists(), f"{path.name} is missing: make bless"
    assert text == path.read_text()


def pretty(value):
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def envelope(path):
    """What the mail server knew (.args) and what DNS answers (.zone, else no name exists)."""
    args, zone = path.with_suffix(".args"), path.with_suffix(".zone")
    words = args.read_text().split() if args.exists() else []
    return words + ["--zone", zone if zone.exists() else os.devnull]


@pytest.mark.parametrize("path", MESSAGES, ids=lambda p: p.stem)
def test_the_tree_is_as_it_was(winnow, bless, path):
    dump = json.loads(winnow.run("dump", "mime", path).stdout)
    compare(path.with_suffix(".mime.json"), pretty(dump), bless)


@pytest.mark.parametrize("path", MESSAGES, ids=lambda p: p.stem)
def test_the_verdict_is_as_it_was(winnow, bless, path):
    [verdict] = winnow.scan(*envelope(path), path)
    verdict["file"] = path.name
    compare(path.with_suffix(".verdict.json"), pretty(verdict), bless)


@pytest.mark.parametrize("path", MESSAGES, ids=lambda p: p.stem)
def test_the_explanation_is_as_it_was(winnow, bless, path):
    out = winnow.run("explain", "-c", os.devnull, "--now", NOW, *envelope(path), path.name, cwd=DATA)
    compare(path.with_suffix(".explain.txt"), out.stdout.decode(), bless)


@pytest.mark.parametrize("path", MESSAGES, ids=lambda p: p.stem)
def test_the_points_add_up(winnow, path):
    [verdict] = winnow.scan(*envelope(path), path)
    total = sum(symbol["score"] for symbol in verdict["symbols"].values())
    assert abs(total - verdict["score"]) < 1e-9
