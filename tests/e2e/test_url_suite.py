"""The conformance suite of the URL Standard, each case with the parser itself."""

import json
import os
import pathlib
import subprocess

import pytest

from conftest import SOURCE, WINNOW

SHARED = pathlib.Path(os.environ.get("WINNOW_SHARED", SOURCE.parent / "shared"))
SUITE = SHARED / "suites" / "url" / "urltestdata.json"
PARTS = ("href", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash")


def escaped(text):
    """UTF-8 with U+FFFD for lone surrogates, as a page hands it to the parser."""
    data = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    return "".join(chr(b) if 0x20 < b < 0x7f and b != 0x5c else f"\\x{b:02x}" for b in data)


def parse(program, cases):
    lines = [escaped(c["input"]) + ("" if c["base"] is None else "\t" + escaped(c["base"])) for c in cases]
    out = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


def members(url):
    """The parts as the suite names them."""
    port = "" if url["port"] < 0 else str(url["port"])
    host = url["host"] or ""
    return {
        "href": url["href"],
        "protocol": url["scheme"] + ":",
        "username": url["user"] or "",
        "password": url["password"] or "",
        "host": host + (port and ":" + port),
        "hostname": host,
        "port": port,
        "pathname": url["path"],
        "search": url["query"] and "?" + url["query"],
        "hash": url["fragment"] and "#" + url["fragment"],
    }


def wrong(case, url):
    """None, or what is not as it should be."""
    if case.get("failure"):
        return url and f"is {url['href']}, should fail"
    if url is None:
        return f"fails, should be {case['href']}"
    got = members(url)
    differ = [f"{part} is {got[part] or ''!r}, should be {case[part]!r}" for part in PARTS
              if (got[part] or "") != case[part]]
    return "; ".join(differ) or None


@pytest.fixture(scope="module")
def program():
    path = pathlib.Path(WINNOW).parent / "tests" / "url" / "url_parse"
    if not path.exists():
        pytest.skip(f"{path} is not built")
    return path


@pytest.mark.skipif(not SUITE.exists(), reason=f"no suite at {SUITE}")
def test_every_case_of_the_suite_is_as_it_says(program):
    cases = [c for c in json.loads(SUITE.read_text()) if isinstance(c, dict)]
    assert len(cases) > 800
    results = parse(program, cases)
    assert len(results) == len(cases)
    failures = [f"{c['input']!r} on {c['base']!r}: {why}" for c, url in zip(cases, results) if (why := wrong(c, url))]
    assert not failures, "\n".join(failures)


@pytest.mark.skipif(not SUITE.exists(), reason=f"no suite at {SUITE}")
def test_what_is_serialised_is_its_own_form(program):
    cases = [c for c in json.loads(SUITE.read_text()) if isinstance(c, dict) and not c.get("failure")]
    first = [{"input": c["href"], "base": None} for c in cases]
    for case, url in zip(first, parse(program, first)):
        assert url and url["href"] == case["input"]
