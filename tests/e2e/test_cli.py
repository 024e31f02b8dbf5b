"""The command as people use it: forms of input and output, exit codes, records, what is said when
something is wrong."""

import json
import os
import subprocess
import time

import pytest

from conftest import DATA, NOW, WINNOW

GTUBE = DATA / "gtube.eml"
PLAIN = DATA / "plain.eml"


def test_a_file_is_judged_with_every_symbol(winnow):
    out = winnow.run("scan", "-c", os.devnull, PLAIN).stdout.decode()
    assert out.startswith(f"{PLAIN}: no action ")
    assert "MIME_GOOD" in out and "[text/plain]" in out


def test_the_json_is_one_object_a_line_and_a_superset_of_rspamds(winnow):
    verdicts = winnow.scan(PLAIN, GTUBE)
    assert [v["action"] for v in verdicts] == ["no action", "reject"]
    for verdict in verdicts:
        assert {"is_skipped", "score", "required_score", "action", "thresholds", "symbols", "messages",
                "message-id", "time_real"} <= verdict.keys()
        assert verdict["thresholds"] == {"reject": 15.0, "add header": 6.0, "greylist": 4.0}
        for name, symbol in verdict["symbols"].items():
            assert symbol["name"] == name and {"score", "metric_score"} <= symbol.keys()


def test_standard_input_is_a_message(winnow):
    [verdict] = winnow.scan("-", stdin=GTUBE.read_bytes())
    assert verdict["file"] == "-" and verdict["action"] == "reject"


def test_a_folder_is_walked_in_order(winnow, tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "1").write_bytes(PLAIN.read_bytes())
    (tmp_path / "a").write_bytes(GTUBE.read_bytes())
    (tmp_path / ".hidden").write_bytes(GTUBE.read_bytes())
    assert [v["file"] for v in winnow.scan(tmp_path)] == [f"{tmp_path}/a", f"{tmp_path}/b/1"]
    lines = winnow.run("scan", "-c", os.devnull, tmp_path).stdout.decode().splitlines()
    assert len(lines) == 3 and lines[2] == "2 messages, 1 spam"


def test_an_mbox_is_taken_apart(winnow, tmp_path):
    box = tmp_path / "mbox"
    box.write_bytes(b"From a@orchard.example Sun Nov 22 11:12:29 2026\n" + PLAIN.read_bytes()
                    + b"\nFrom b@orchard.example Sun Nov 22 11:12:30 2026\n" + GTUBE.read_bytes())
    verdicts = winnow.scan(box)
    assert [(v["number"], v["action"]) for v in verdicts] == [(1, "no action"), (2, "reject")]
    assert verdicts[0]["symbols"].keys() == winnow.scan(PLAIN)[0]["symbols"].keys()


def test_exit_codes(winnow, tmp_path):
    assert winnow.run("scan", "-c", os.devnull, GTUBE).returncode == 0
    assert winnow.run("scan", "-c", os.devnull, "--exit-code", GTUBE).returncode == 1
    assert winnow.run("scan", "-c", os.devnull, "--exit-code", PLAIN).returncode == 0
    assert winnow.run("scan", check=False).returncode == 2
    assert winnow.run("scan", "--nonsense", PLAIN, check=False).returncode == 2
    assert winnow.run("nonsense", check=False).returncode == 2
    assert winnow.run("scan", "-c", os.devnull, tmp_path / "nothing", check=False).returncode == 3
    assert winnow.run("scan", "-c", tmp_path / "nothing", PLAIN, check=False).returncode == 3


def test_one_file_that_cannot_be_read_does_not_stop_the_others(winnow, tmp_path):
    result = winnow.run("scan", "--json", "-c", os.devnull, tmp_path / "nothing", PLAIN, check=False)
    assert result.returncode == 3
    assert json.loads(result.stdout)["file"] == str(PLAIN)
    assert b"nothing: No such file" in result.stderr


def test_mistakes_are_met_with_the_nearest_word(winnow):
    assert b"did you mean scan?" in winnow.run("scna", check=False).stderr
    assert b"did you mean --json?" in winnow.run("scan", "--jsn", check=False).stderr
    result = winnow.run("explain", "-c", os.devnull, "MISSING_MIDD", check=False)
    assert result.returncode == 3 and b"did you mean MISSING_MID?" in result.stderr


@pytest.mark.parametrize("command", ["serve", "scan", "explain", "auth", "doctor", "config", "dump", "reference"])
def test_every_command_has_help_with_examples(winnow, command):
    out = winnow.run(command, "--help").stdout.decode()
    assert out.startswith(f"winnow {command}") and "\nExamples:\n  winnow " + command in out


def test_the_envelope_reaches_the_checks(winnow):
    without = winnow.scan(PLAIN)[0]["symbols"]
    with_it = winnow.scan("--from", "<mira@orchard.example>", "--rcpt", "jonas@harbour.example",
                          PLAIN)[0]["symbols"]
    assert "FROM_EQ_ENVFROM" not in without and "FROM_EQ_ENVFROM" in with_it
    assert "TO_MATCH_ENVRCPT_ALL" not in without and "TO_MATCH_ENVRCPT_ALL" in with_it


def test_the_clock_can_be_set(winnow):
    old = winnow.run("scan", "--json", "-c", os.devnull, "--now", "2030-01-01", PLAIN).stdout
    assert "DATE_IN_PAST" in json.loads(old)["symbols"]
    assert "DATE_IN_PAST" not in winnow.scan(PLAIN)[0]["symbols"]


def test_a_record_replays_the_same_bytes(winnow, tmp_path):
    record = tmp_path / "record"
    first = winnow.run("scan", "--json", "-c", os.devnull, "--now", "2030-01-01", "--record", record,
                       PLAIN).stdout
    for _ in range(10):
        again = winnow.run("scan", "--json", "-c", os.devnull, "--replay", record, PLAIN).stdout
        assert again == first
    assert b'"kind":"time"' in record.read_bytes()


def test_a_zone_with_a_mistake_names_its_line(winnow, tmp_path):
    zone = tmp_path / "zone"
    zone.write_text("a.example A 192.0.2.1\nb.example B\n")
    result = winnow.run("scan", "-c", os.devnull, "--zone", zone, PLAIN, check=False)
    assert result.returncode == 3 and b"line 2: unknown type" in result.stderr


def test_explain_tells_points_evidence_and_what_would_change_it(winnow):
    out = winnow.run("explain", "-c", os.devnull, "--now", NOW, DATA / "forged_name.eml").stdout.decode()
    assert "Verdict: " in out and "Against it:" in out and "found: " in out
    assert 'symbols { "' in out and "then " in out
    assert "Every enabled check could be finished." in out


def test_explain_tells_of_a_symbol(winnow):
    out = winnow.run("explain", "-c", os.devnull, "MISSING_MID").stdout.decode()
    assert out.startswith("MISSING_MID: ") and "2.50" in out and "local.d/MISSING_MID.conf" in out


def test_what_mail_says_does_not_reach_the_terminal_as_it_is(winnow, tmp_path):
    bad = tmp_path / "bad.eml"
    bad.write_bytes(b"From: \x1b]0;x\x07 <a@orchard.example>\nSubject: =?utf-8?q?=1B[2J?=\n\nx\n")
    for command in ("scan", "explain"):
        out = winnow.run(command, "-c", os.devnull, bad).stdout
        assert b"\x1b" not in out and b"\x07" not in out


def test_output_that_nobody_reads_is_an_error():
    process = subprocess.Popen([WINNOW, "dump", "mime", str(PLAIN)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    process.stdout.close()
    process.wait(30)
    process.stderr.close()
    assert process.returncode != 0


def test_dump_prints_the_tree(winnow):
    tree = json.loads(winnow.run("dump", "mime", DATA / "alternative.eml").stdout)
    root = tree["part"]
    assert root["type"] == "multipart/mixed"
    assert [p["type"] for p in root["parts"]] == ["multipart/alternative", "application/pdf"]
    assert root["parts"][1]["filename"] == "Äpfel.pdf"
    assert ["Subject", "Äpfel und Birnen"] in root["headers"]


def test_long_work_shows_how_far_it_is_on_a_terminal(tmp_path):
    for i in range(30):
        (tmp_path / f"{i:02}.eml").write_bytes(PLAIN.read_bytes())
    master, slave = os.openpty()
    process = subprocess.Popen([WINNOW, "scan", "-c", os.devnull, str(tmp_path)], stderr=slave,
                               stdout=subprocess.PIPE)
    out, _ = process.communicate(timeout=60)
    os.close(slave)
    shown = os.read(master, 65536).decode()
    os.close(master)
    assert "scanning: [" in shown and "of 30" in shown and shown.endswith("\x1b[K")
    assert out.decode().splitlines()[-1] == "30 messages, 0 spam"


def test_without_a_terminal_nothing_is_shown(winnow, tmp_path):
    assert winnow.run("scan", "-c", os.devnull, PLAIN, PLAIN).stderr == b""


def test_a_folder_is_left_by_no_link_and_held_up_by_no_pipe(winnow, tmp_path):
    (tmp_path / "a.eml").write_bytes(PLAIN.read_bytes())
    (tmp_path / "b.eml").symlink_to(tmp_path / "a.eml")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert [v["file"] for v in winnow.scan(tmp_path)] == [f"{tmp_path}/a.eml", f"{tmp_path}/b.eml"]


def test_text_that_looks_like_an_mbox_is_one_message(winnow, tmp_path):
    box = tmp_path / "mbox"
    box.write_bytes(b"From a@orchard.example Sun Nov 22 11:12:29 2026\n" + PLAIN.read_bytes()
                    + b"\nFrom the start: this is a paragraph.\n\nFrom 10:30 on, too.\n")
    assert len(winnow.scan(box)) == 1


def test_an_address_that_is_none_is_refused(winnow):
    result = winnow.run("scan", "-c", os.devnull, "--ip", "999.1.1.1", PLAIN, check=False)
    assert result.returncode == 2 and b"--ip 999.1.1.1: no IP address" in result.stderr
    assert winnow.run("scan", "-c", os.devnull, "--ip", "2001:db8::1", PLAIN).returncode == 0


def test_text_that_turns_around_is_shown_escaped(winnow, tmp_path):
    bad = tmp_path / "bad.eml"
    bad.write_text("From: \u202eelpmaxe <a@orchard.example>\nSubject: a\u2066b\u0085c\n\nx\n")
    out = winnow.run("explain", "-c", os.devnull, bad).stdout.decode()
    assert not set("\u202e\u2066\u0085") & set(out) and "\\xe2\\x80\\xae" in out


# ---- over the network ----

RECORDS = """
orchard.example TXT "v=spf1 ip4:203.0.113.0/24 -all"
orchard.example A 203.0.113.8
orchard.example MX 10 orchard.example
_dmarc.orchard.example TXT "v=DMARC1; p=none"
"""
CLIENT = ("--ip", "203.0.113.8", "--helo", "mail.orchard.example", "--from", "mira@orchard.example")


@pytest.fixture
def dns():
    server = pytest.importorskip("zone_server")
    with server.ZoneServer(RECORDS) as s:
        yield s


def over(server, **settings):
    """Settings of a scan that asks one server, and no block lists."""
    settings = {"options.dns.servers": server, "options.dns.dnssec": "no", "rbl.enabled": "no"} | settings
    return ["-c", os.devnull, *(word for key, value in settings.items() for word in ("--set", f"{key}={value}"))]


def scan_over(winnow, dns, *args, **settings):
    run = winnow.run("scan", "--json", *over(dns.server, **settings), "--now", NOW, *CLIENT, *args, zone=False)
    return [json.loads(line) for line in run.stdout.splitlines()], run.stderr.decode()


def test_a_scan_over_the_network_is_as_one_from_a_table(winnow, dns, tmp_path):
    (tmp_path / "zone").write_text(RECORDS)
    [verdict], said = scan_over(winnow, dns, PLAIN)
    assert "R_SPF_ALLOW" in verdict["symbols"] and said == ""
    run = winnow.run("scan", "--json", *over("192.0.2.1"), "--now", NOW, "--zone", tmp_path / "zone", *CLIENT, PLAIN)
    assert json.loads(run.stdout) == verdict


def test_what_the_network_answered_is_recorded_and_replayed(winnow, dns, tmp_path):
    [first], _ = scan_over(winnow, dns, "--record", tmp_path / "record", PLAIN)
    asked = len(dns.questions)
    run = winnow.run("scan", "--json", *over(dns.server), *CLIENT, "--replay", tmp_path / "record", PLAIN)
    assert json.loads(run.stdout) == first and len(dns.questions) == asked > 0


def test_many_messages_share_what_was_answered(winnow, dns):
    verdicts, _ = scan_over(winnow, dns, *[PLAIN] * 5)
    assert len(verdicts) == 5 and all("R_SPF_ALLOW" in v["symbols"] for v in verdicts)
    assert dns.count("orchard.example", "TXT") == 1


def test_without_any_answer_there_is_a_verdict_within_the_time(winnow, dns):
    dns.black_hole = True
    start = time.monotonic()
    [verdict], said = scan_over(winnow, dns, PLAIN, **{"options.task_timeout": "1s"})
    assert time.monotonic() - start < 6
    assert "MIME_GOOD" in verdict["symbols"] and "R_SPF_ALLOW" not in verdict["symbols"]
    assert verdict["not_checked"] or "R_SPF_DNSFAIL" in verdict["symbols"]
    assert said.count("\n") == 1 and "--zone /dev/null" in said and "options.dns.mode=off" in said


def test_with_dns_off_nobody_waits_and_what_is_not_checked_is_named(winnow, dns):
    start = time.monotonic()
    [verdict], _ = scan_over(winnow, dns, PLAIN, **{"options.dns.mode": "off"})
    assert time.monotonic() - start < 3 and not dns.questions
    assert verdict["not_checked"] or "R_SPF_DNSFAIL" in verdict["symbols"]


def test_explain_shows_the_steps_of_the_standards(winnow, tmp_path):
    (tmp_path / "zone").write_text(RECORDS)
    out = winnow.run("explain", "-c", os.devnull, "--now", NOW, "--zone", tmp_path / "zone", *CLIENT,
                     PLAIN).stdout.decode()
    assert "\nWho stands behind it, step by step:\n  SPF pass for mira@orchard.example\n" in out
    assert "ip4:203.0.113.0/24" in out and "  DMARC pass for orchard.example\n" in out
    assert "step by step" not in winnow.run("explain", "-c", os.devnull, "--now", NOW, PLAIN).stdout.decode()


def test_points_that_are_next_to_nothing_have_no_sign(winnow, tmp_path):
    """As scan prints them for one message and for several, and as explain does."""
    score = ("--set", "symbols.MIME_GOOD.score=-0.001")
    for command, files in (("scan", [PLAIN]), ("scan", [PLAIN, PLAIN]), ("explain", [PLAIN])):
        out = winnow.run(command, *score, *files).stdout.decode()
        assert "-0.00" not in out and "MIME_GOOD" in out
