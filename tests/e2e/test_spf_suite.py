"""The conformance suite of RFC 7208, case by case with `winnow auth spf`, each scenario's data as a zone."""

import concurrent.futures
import json
import os
import pathlib

import pytest

from conftest import SOURCE

SHARED = pathlib.Path(os.environ.get("WINNOW_SHARED", SOURCE.parent / "shared"))
SUITE = SHARED / "suites" / "spf" / "rfc7208-tests.yml"
RECEIVER = "receiver.example"


def quoted(text):
    """A string of a TXT record. The suite writes bytes as the code points of the same number."""
    return '"' + "".join(c if " " <= c <= "~" and c not in '"\\' else f"\\{ord(c):03d}" for c in text) + '"'


def owner(name):
    return "".join(c if "!" <= c <= "~" and c not in '";\\' else f"\\{ord(c):03d}" for c in name)


def data_of(kind, data):
    if kind in ("TXT", "SPF"):
        strings = [data] if isinstance(data, str) else data
        return " ".join(quoted(s) for s in strings) or '""'
    if kind == "MX":
        return f"{data[0]} {data[1] or '.'}"
    return str(data)


def lines_of(name, entries):
    """The records of one name. What has only records of type SPF has them as TXT, too, unless it says `TXT: NONE`;
    TIMEOUT stands for what the name has no records of, and of these only TXT is ever asked for."""
    records = [next(iter(e.items())) for e in entries if e != "TIMEOUT"]
    texts = [data for kind, data in records if kind == "TXT"]
    if not texts:
        records += [("TXT", data) for kind, data in records if kind == "SPF"]
        texts = [data for kind, data in records if kind == "TXT"]
    if "TIMEOUT" in entries and texts in ([], ["NONE"]):
        return [f"{owner(name)} TIMEOUT"]
    return [f"{owner(name)} {kind} {data_of(kind, data)}" for kind, data in records if data != "NONE"]


def zone_of(scenario):
    return "".join(line + "\n" for name, entries in scenario["zonedata"].items()
                   for line in lines_of(name, entries))


def listed(value):
    return value if isinstance(value, list) else [value]


def run_case(winnow, zone, case):
    """None, or what was wrong."""
    out = winnow.run("auth", "spf", "--json", "--zone", zone, "--ip", case["host"], "--helo", case["helo"],
                     "--mail-from", case["mailfrom"], "--receiver", RECEIVER)
    got = json.loads(out.stdout)
    if got["result"] not in listed(case["result"]):
        return f"{got['result']} instead of {case['result']}: {got}"
    wanted = case.get("explanation")
    if wanted is not None and (got["explanation"] or "DEFAULT") != wanted:
        return f"it explains {got['explanation']!r} instead of {wanted!r}"
    return None


def test_every_case_of_the_rfc_7208_suite_has_its_result(winnow, tmp_path):
    if not SUITE.is_file():
        pytest.skip(f"{SUITE} is not there")
    yaml = pytest.importorskip("yaml")
    jobs = []
    for i, scenario in enumerate(yaml.safe_load_all(SUITE.read_text(encoding="utf-8"))):
        zone = tmp_path / f"{i}.zone"
        zone.write_text(zone_of(scenario))
        jobs += [(zone, name, case) for name, case in scenario["tests"].items()]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda job: (job[1], run_case(winnow, job[0], job[2])), jobs)
        wrong = [f"{name}: {what}" for name, what in results if what is not None]
    assert not wrong, "\n".join(wrong)
    assert len(jobs) == 203
