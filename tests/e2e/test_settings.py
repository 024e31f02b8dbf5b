"""Recipients with settings of their own: what the program says of them, and of a wrong configuration."""

import json
import re

import pytest

from conftest import NOW, SOURCE

MESSAGE = b"From: <mira@orchard.example>\nTo: jonas@harbour.example\nSubject: hello?\nX-Old: 1\n\nbody\n"

SETTINGS = """
strict {
    rcpt = "strict@harbour.example";
    apply { actions { reject = 1; "add header" = 0.9; greylist = null; } }
}
also_strict {
    rcpt = "@strict.example";
    apply { symbols = ["OURS"]; OURS = 50; }
}
lenient {
    rcpt = "lenient";
    apply {
        symbols_disabled = ["MISSING_MID"];
        add_headers { "X-Lenient" = "yes"; }
        remove_headers = ["X-Old"];
    }
}
ours { id = "our own"; authenticated = true; priority = high; whitelist = true; }
"""


def scan_with(winnow, folder, *args, stdin=MESSAGE):
    """The verdict under the configuration of a folder."""
    out = winnow.run("scan", "--json", "--now", NOW, "-c", folder, *args, stdin=stdin).stdout
    return json.loads(out)


@pytest.fixture
def judge(winnow, tmp_path):
    """Scans the message with the settings above for some recipients."""
    (tmp_path / "local.d").mkdir()
    (tmp_path / "local.d" / "settings.conf").write_text(SETTINGS)

    def scan(*rcpts, more=()):
        args = [arg for rcpt in rcpts for arg in ("--rcpt", rcpt)]
        return scan_with(winnow, tmp_path, *args, *more, "-")

    scan.folder = tmp_path
    return scan


def shares(verdict):
    return [(" ".join(share["rcpts"]), share.get("settings"), share["action"])
            for share in verdict["recipients"]]


def test_without_an_entry_that_holds_nothing_is_said(judge):
    verdict = judge("somebody@harbour.example")
    assert "settings" not in verdict and "recipients" not in verdict


def test_one_recipient_is_judged_by_its_settings(judge):
    verdict = judge("strict@harbour.example")
    assert verdict["settings"] == "strict" and verdict["action"] == "reject"
    assert verdict["required_score"] == 1 and verdict["thresholds"]["reject"] == 1
    assert "recipients" not in verdict


def test_rejected_when_all_reject(judge):
    verdict = judge("strict@harbour.example", "a@strict.example")
    assert verdict["action"] == "reject"
    assert sorted(shares(verdict)) == [("a@strict.example", "also_strict", "reject"),
                                       ("strict@harbour.example", "strict", "reject")]


def test_else_the_mildest_and_the_others_are_named(judge):
    verdict = judge("strict@harbour.example", "lenient@harbour.example", "a@strict.example",
                    "LENIENT+tag@harbour.example")
    assert verdict["action"] == "no action" and verdict["settings"] == "lenient"
    assert "MISSING_MID" not in verdict["symbols"]
    assert shares(verdict) == [
        ("lenient@harbour.example LENIENT+tag@harbour.example", "lenient", "no action"),
        ("strict@harbour.example", "strict", "reject"), ("a@strict.example", "also_strict", "reject")]


def test_header_fields_are_those_of_the_answer(judge):
    milter = judge("strict@harbour.example", "lenient@harbour.example")["milter"]
    assert milter["add_headers"]["X-Lenient"]["value"] == "yes"
    assert "X-Old" in milter["remove_headers"]
    milter = judge("a@strict.example")["milter"]
    assert "X-Lenient" not in milter.get("add_headers", {})


def test_wanted_mail_is_not_looked_at(judge):
    verdict = judge("strict@harbour.example", more=("--user", "mira"))
    assert verdict["is_skipped"] and verdict["action"] == "no action" and verdict["symbols"] == {}
    assert verdict["settings"] == "our own"


def test_the_test_string_works_for_wanted_mail(winnow, judge):
    verdict = scan_with(winnow, judge.folder, "--user", "mira", SOURCE / "tests" / "data" / "gtube.eml")
    assert verdict["action"] == "reject"


def test_people_are_told(winnow, judge):
    args = ["-c", judge.folder, "--now", NOW, "--rcpt", "strict@harbour.example",
            "--rcpt", "lenient@harbour.example", "-"]
    for command in ("scan", "explain"):
        out = winnow.run(command, *args, stdin=MESSAGE).stdout.decode()
        assert "its recipients have different settings" in out.lower()
        assert re.search(r"\* no action \([\d.]+ points, settings lenient\) for lenient@harbour.example", out)
        assert re.search(r"  reject \([\d.]+ points, settings strict\) for strict@harbour.example", out)


@pytest.mark.parametrize("text, told", [
    ("a { rcptt = b; apply { } }", "did you mean \"rcpt\"?"),
    ("a { rcpt = b; aply { } }", "did you mean \"apply\"?"),
    ("a { rcpt = b; apply { actions { rejekt = 1 } } }", "did you mean \"reject\"?"),
    ("a { rcpt = b; apply { symbols_disbled = [X] } }", "did you mean \"symbols_disabled\"?"),
    ("a { rcpt = b; priority = soon; apply { } }", "low, medium, high or a number"),
    ("a { rcpt = \"/(/\"; apply { } }", "the pattern /(/"),
    ("a { ip = \"300.1.2.3\"; apply { } }", "no address or network"),
])
def test_a_slip_is_an_error_with_its_place(winnow, tmp_path, text, told):
    (tmp_path / "local.d").mkdir()
    path = tmp_path / "local.d" / "settings.conf"
    path.write_text(text + "\n")
    result = winnow.run("config", "check", tmp_path, check=False)
    assert result.returncode != 0
    assert result.stderr.decode().startswith(f"{path}:1:") and told in result.stderr.decode()


@pytest.mark.parametrize("text", ["selector = 'from'", "client_ip = 192.0.2.1", "expression = 'a'",
                                  "request_header { A = 'b' }", "rcpt = 'http://maps.example/x'"])
def test_what_is_not_there_yet_is_left_out_with_a_warning(winnow, tmp_path, text):
    (tmp_path / "local.d").mkdir()
    (tmp_path / "local.d" / "settings.conf").write_text(
        "a { from = 'mira@orchard.example'; %s; whitelist = true }\n" % text)
    result = winnow.run("scan", "-c", tmp_path, "--from", "mira@orchard.example", "-", stdin=MESSAGE)
    assert b"left out" in result.stderr and b":1:" in result.stderr and b"settings a" not in result.stdout


def test_many_entries_cost_little(winnow, tmp_path):
    """Five thousand mailboxes with settings of their own are loaded in seconds and found by a map."""
    (tmp_path / "local.d").mkdir()
    (tmp_path / "local.d" / "settings.conf").write_text("".join(
        f"u{i} {{ rcpt = 'u{i}@harbour.example'; apply {{ actions {{ reject = {i % 9 + 1}; }} }} }}\n"
        for i in range(5000)))
    verdict = scan_with(winnow, tmp_path, "--rcpt", "u4321@harbour.example", "-")
    assert verdict["settings"] == "u4321" and verdict["required_score"] == 2


def test_settings_are_those_of_the_folder_of_rspamd(winnow, tmp_path):
    """override.d replaces whole entries, as everywhere."""
    for folder, score in (("local.d", 3), ("override.d", 4)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "settings.conf").write_text(
            "a { from = 'mira@orchard.example'; apply { actions { reject = %d; } } }\n" % score)
    verdict = scan_with(winnow, tmp_path, "--from", "mira@orchard.example", "-")
    assert verdict["required_score"] == 4
