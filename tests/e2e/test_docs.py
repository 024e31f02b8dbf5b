"""What the documents say is what the program does."""

import os
import re
import shutil
import subprocess

import pytest

from conftest import SOURCE, WINNOW

PAGES = [SOURCE / "README.md", SOURCE / "ARCHITECTURE.md", SOURCE / "CONTRIBUTING.md",
         SOURCE / "SECURITY.md", *sorted((SOURCE / "docs").glob("*.md"))]


def test_the_reference_is_what_the_program_says():
    result = subprocess.run([SOURCE / "tools" / "docs", "--check"], cwd=SOURCE, capture_output=True,
                            env={**os.environ, "WINNOW": WINNOW})
    assert result.returncode == 0, result.stderr.decode()


def test_a_program_that_fails_leaves_the_reference_as_it_was(tmp_path):
    pages = ("symbols.md", "options.md")
    (tmp_path / "docs").mkdir()
    for page in pages:
        (tmp_path / "docs" / page).write_text("as it was")
    half = tmp_path / "half"
    half.write_text('#!/bin/sh\necho "$2"; [ "$2" = symbols ]\n')
    half.chmod(0o755)
    for program in (tmp_path / "missing", half):
        result = subprocess.run([SOURCE / "tools" / "docs"], cwd=tmp_path, capture_output=True,
                                env={**os.environ, "WINNOW": str(program)})
        assert result.returncode != 0
        assert [(tmp_path / "docs" / page).read_text() for page in pages] == ["as it was"] * 2
    half.write_text('#!/bin/sh\necho "$2"\n')
    subprocess.run([SOURCE / "tools" / "docs"], cwd=tmp_path, check=True, env={**os.environ, "WINNOW": str(half)})
    assert [(tmp_path / "docs" / page).read_text() for page in pages] == ["symbols\n", "options\n"]


def test_the_verdict_in_the_readme_is_a_real_one(winnow):
    """A block that begins with `$ winnow` shows what it prints."""
    text = (SOURCE / "README.md").read_text()
    blocks = re.findall(r"(?m)^    \$ winnow (.*)\n((?:    .*\n|\n)+)", text)
    assert blocks
    for command, shown in blocks:
        args = command.split()
        out = winnow.run(args[0], "-c", os.devnull, *args[1:], cwd=SOURCE).stdout.decode()
        shown = "\n".join(line[4:] for line in shown.rstrip().splitlines())
        assert out.startswith(shown.replace("\n...", "").rstrip()), command


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_command_that_is_named_exists(winnow, page):
    for command in set(re.findall(r"`winnow ([a-z]+)", page.read_text())):
        assert winnow.run(command, "--help").returncode == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_file_that_is_named_exists(page):
    text = page.read_text()
    named = set(re.findall(r"`((?:src|tests|tools|packaging|fuzz|rules|share)/[\w./-]*\w)`", text))
    named |= set(re.findall(r"\]\(([\w./-]+)\)", text))
    for name in named:
        if "NAME" in name or "TARGET" in name or "ROOM" in name:
            continue
        assert (SOURCE / name).exists() or (page.parent / name).exists(), f"{page.name}: {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_row_stands_in_a_table(page):
    """A blank line ends a table: rows after it are no rows unless a head comes first."""
    before = []
    for line in page.read_text().splitlines():
        if line.startswith("|"):
            before.append(line)
            assert len(before) < 2 or re.match(r"\|[-| ]+\|$", before[1]), line
        else:
            assert len(before) != 1, before
            before = []


def test_the_examples_of_the_configuration_page_work(winnow, tmp_path):
    """Each `# local.d/FILE` block is a configuration without a complaint."""
    text = (SOURCE / "docs" / "configuration.md").read_text()
    blocks = re.findall(r"(?m)^    # (local\.d/\S+)\n((?:    .*\n)+)", text)
    assert len(blocks) >= 3
    for name, body in blocks:
        etc = tmp_path / name.replace("/", "_")
        (etc / "local.d").mkdir(parents=True)
        (etc / name).write_text("".join(line[4:] + "\n" for line in body.splitlines()))
        result = winnow.run("config", "check", etc, check=False)
        assert result.returncode == 0 and result.stderr == b"", result.stderr.decode()


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
@pytest.mark.parametrize("page", ["winnow", "winnow.conf", "serve", "scan", "explain", "auth", "doctor", "config", "dump",
                                  "stats", "reference"])
def test_manual_pages_are_well_formed(winnow, page):
    roff = winnow.run("reference", "man", page).stdout
    result = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-"], input=roff,
                            capture_output=True, env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
    assert result.returncode == 0 and result.stderr == b"", result.stderr.decode()
    assert b"NAME" in result.stdout
