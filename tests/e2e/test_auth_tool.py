"""`winnow auth`: one standard alone, its result first, then the reasons; over a table of answers."""

import base64
import json
import os
import re
import signal
import subprocess
import time

import pytest

from conftest import NOW, SOURCE, WINNOW

ZONE = """
orchard.example TXT "v=spf1 ip4:192.0.2.0/24 include:_spf.harbour.example -all exp=why.orchard.example"
why.orchard.example TXT "%{i} is not one of ours"
_spf.harbour.example TXT "v=spf1 ip4:198.51.100.7 ~all"
soft.example TXT "v=spf1 ~all"
perhaps.example TXT "v=spf1 ?all"
open.example TXT "v=spf1 +all"
broken.example TXT "v=spf1 ip4:nonsense -all"
slow.example TIMEOUT
mail.helo.example TXT "v=spf1 a -all"
mail.helo.example A 192.0.2.9
_dmarc.orchard.example TXT "v=DMARC1; p=reject; rua=mailto:reports@orchard.example"
"""
MESSAGE = (b"From: Mira <mira@orchard.example>\r\nTo: jonas@harbour.example\r\nSubject: Apples\r\n"
           b"Date: Sun, 22 Nov 2026 11:12:29 +0000\r\nMessage-ID: <1@orchard.example>\r\n\r\nTen of them.\r\n")


@pytest.fixture
def zone(tmp_path):
    path = tmp_path / "zone"
    path.write_text(ZONE)
    return path


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """A private key and its record."""
    path = tmp_path_factory.mktemp("key") / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    public = subprocess.run(["openssl", "rsa", "-in", path, "-pubout", "-outform", "DER"], check=True,
                            capture_output=True).stdout
    return path.read_bytes(), "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()


def record_line(name, text):
    pieces = [text[i:i + 200] for i in range(0, len(text), 200)]
    return f"{name} TXT " + " ".join(f'"{p}"' for p in pieces) + "\n"


@pytest.fixture
def signed(key, zone):
    """A message signed by its author's domain, whose key is in the zone."""
    dkim = pytest.importorskip("dkim")
    zone.write_text(ZONE + record_line("sel._domainkey.orchard.example", key[1]))
    return dkim.sign(MESSAGE, b"sel", b"orchard.example", key[0], include_headers=[b"From", b"Subject"]) + MESSAGE


def run_auth(winnow, *args, **more):
    return winnow.run("auth", *args, **more).stdout.decode()


def run_json(winnow, *args, **more):
    return [json.loads(line) for line in run_auth(winnow, *args, "--json", **more).splitlines()]


@pytest.mark.parametrize("ip, sender, result", [
    ("192.0.2.1", "a@orchard.example", "pass"),
    ("198.51.100.7", "a@orchard.example", "pass"),
    ("203.0.113.1", "a@orchard.example", "fail"),
    ("203.0.113.1", "a@soft.example", "softfail"),
    ("203.0.113.1", "a@perhaps.example", "neutral"),
    ("203.0.113.1", "a@nothing.example", "none"),
    ("203.0.113.1", "a@broken.example", "permerror"),
    ("203.0.113.1", "a@slow.example", "temperror"),
])
def test_the_first_word_of_spf_is_its_result(winnow, zone, ip, sender, result):
    run = winnow.run("auth", "spf", "--zone", zone, "--ip", ip, "--mail-from", sender, "--helo", "mail.example")
    assert run.returncode == 0
    assert run.stdout.decode().split()[0] == result
    [answer] = run_json(winnow, "spf", "--zone", zone, "--ip", ip, "--mail-from", sender)
    assert answer["result"] == result and answer["sender"] == sender


def test_spf_tells_the_term_that_decided_and_where_it_stands(winnow, zone):
    args = ("spf", "--zone", zone, "--ip", "198.51.100.7", "--from", "<a@orchard.example>")
    out = run_auth(winnow, *args)
    assert "include:_spf.harbour.example" in out and "ip4:198.51.100.7" in out
    [answer] = run_json(winnow, *args)
    assert (answer["mechanism"], answer["record_domain"]) == ("+ip4:198.51.100.7", "_spf.harbour.example")
    assert answer["domain"] == "orchard.example"
    assert answer["lookups"] == 1 and answer["void_lookups"] == 0 and answer["steps"]


def test_spf_gives_the_explanation_of_the_domain(winnow, zone):
    args = ("spf", "--zone", zone, "--ip", "203.0.113.1", "--mail-from", "a@orchard.example")
    [answer] = run_json(winnow, *args)
    assert answer["explanation"] == "203.0.113.1 is not one of ours"
    assert "203.0.113.1 is not one of ours" in run_auth(winnow, *args)


def test_for_the_null_sender_the_helo_name_is_checked(winnow, zone):
    [answer] = run_json(winnow, "spf", "--zone", zone, "--ip", "192.0.2.9", "--helo", "mail.helo.example",
                        "--mail-from", "<>")
    assert answer["result"] == "pass" and answer["of_helo"]
    assert answer["sender"] == "postmaster@mail.helo.example"


def test_spf_notices_a_record_that_lets_everybody_send(winnow, zone):
    [answer] = run_json(winnow, "spf", "--zone", zone, "--ip", "203.0.113.1", "--mail-from", "a@open.example")
    assert answer["result"] == "pass" and answer["is_plus_all"]


def test_a_message_without_signature_is_none(winnow, zone):
    assert run_auth(winnow, "dkim", "--zone", zone, "-", stdin=MESSAGE).split() == ["none"]
    [answer] = run_json(winnow, "dkim", "--zone", zone, "-", stdin=MESSAGE)
    assert answer["signatures"] == []


def test_a_signature_has_a_line_with_its_domain_and_selector(winnow, zone, signed):
    out = run_auth(winnow, "dkim", "--zone", zone, "-", stdin=signed)
    assert out.splitlines()[0] == "pass d=orchard.example s=sel"
    [answer] = run_json(winnow, "dkim", "--zone", zone, "-", stdin=signed)
    [signature] = answer["signatures"]
    assert signature["result"] == "pass" and signature["key_bits"] == 2048
    assert (signature["d"], signature["s"], signature["a"]) == ("orchard.example", "sel", "rsa-sha256")


@pytest.mark.parametrize("what, changed, word", [
    ("the body", lambda m: m.replace(b"Ten of", b"Six of"), "body"),
    ("a signed field", lambda m: m.replace(b"Subject: Apples", b"Subject: Pears"), "header"),
])
def test_what_has_changed_is_named(winnow, zone, signed, what, changed, word):
    out = run_auth(winnow, "dkim", "--zone", zone, "-", stdin=changed(signed))
    assert out.startswith("fail d=orchard.example s=sel\n") and word in out


def test_a_key_that_is_not_there_is_named(winnow, signed):
    out = run_auth(winnow, "dkim", "--zone", os.devnull, "-", stdin=signed)
    assert out.startswith("permerror d=orchard.example s=sel\n  there is no key")


def test_several_messages_are_told_apart(winnow, zone, signed, tmp_path):
    (tmp_path / "a.eml").write_bytes(signed)
    (tmp_path / "b.eml").write_bytes(MESSAGE)
    lines = run_auth(winnow, "dkim", "--zone", zone, tmp_path / "a.eml", tmp_path / "b.eml").splitlines()
    assert lines[0] == f"{tmp_path}/a.eml:" and lines[1].startswith("pass ")
    assert lines[-2:] == [f"{tmp_path}/b.eml:", "none"]


def test_dmarc_tells_result_policy_and_alignment(winnow, zone, signed):
    [answer] = run_json(winnow, "dmarc", "--zone", zone, "-", stdin=signed)
    assert answer["result"] == "pass" and answer["dkim_aligned"] and not answer["spf_aligned"]
    assert answer["spf"] is None and answer["dkim"]["signatures"][0]["result"] == "pass"
    assert (answer["from_domain"], answer["record_domain"]) == ("orchard.example", "orchard.example")
    assert answer["p"] == "reject" and answer["rua"] == "mailto:reports@orchard.example"
    out = run_auth(winnow, "dmarc", "--zone", zone, "-", stdin=signed)
    assert out.split()[0] == "pass" and "SPF: not checked" in out


def test_a_signer_s_clock_may_be_wrong_as_the_filter_allows(winnow, zone, key):
    """dkim.time_jitter holds for the tool as it does for the filter, and the steps tell of it."""
    dkim = pytest.importorskip("dkim")
    zone.write_text(ZONE + record_line("sel._domainkey.orchard.example", key[1]))
    now = int(time.time())
    signed = dkim.sign(MESSAGE, b"sel", b"orchard.example", key[0]) + MESSAGE

    def at(seconds, *args):
        both = ("--zone", zone, "--now", now + seconds, *args, "-")
        scanned = json.loads(winnow.run("scan", "--json", *both, stdin=signed).stdout)
        [word] = scanned["symbols"].keys() & {"R_DKIM_ALLOW", "R_DKIM_PERMFAIL", "R_DKIM_REJECT"}
        return word, run_auth(winnow, "dkim", *both, stdin=signed)

    word, out = at(3600)
    assert word == "R_DKIM_ALLOW" and out.startswith("pass ") and "t=:" not in out
    word, out = at(-3600)
    assert word == "R_DKIM_ALLOW" and out.startswith("pass ")
    assert "t=: signed 60 minutes from now, 6 hours are allowed" in out
    for seconds, args in ((-7 * 3600, ()), (-600, ("--set", "dkim.time_jitter=1min"))):
        word, out = at(seconds, *args)
        assert word == "R_DKIM_PERMFAIL"
        assert out.startswith("fail d=orchard.example s=sel\n  the signature is from the future")
    explained = winnow.run("explain", "--zone", zone, "--now", now - 7 * 3600, "-", stdin=signed).stdout
    assert b"DKIM fail d=orchard.example s=sel (R_DKIM_PERMFAIL): the signature is from the future" in explained


def test_as_many_signatures_are_verified_as_in_the_filter(winnow, zone, signed):
    twice = signed[:signed.index(b"From:")] + signed
    [answer] = run_json(winnow, "dkim", "--zone", zone, "--set", "dkim.max_sigs=1", "-", stdin=twice)
    assert len(answer["signatures"]) == 1 and answer["ignored"] == 1
    [answer] = run_json(winnow, "dkim", "--zone", zone, "--set", "dkim.enabled=false", "-", stdin=signed)
    assert answer["signatures"][0]["result"] == "pass"


def test_the_organisation_is_found_as_the_configuration_says(winnow, tmp_path):
    """The list of public suffixes does not look at the records between a name and its organisation."""
    (tmp_path / "zone").write_text('_dmarc.sub.orchard.example TXT "v=DMARC1; p=reject; psd=n"\n'
                                   '_dmarc.orchard.example TXT "v=DMARC1; p=none"\n')
    message = b"From: a@deep.sub.orchard.example\n\nx\n"
    found = {}
    for how in ("walk", "psl"):
        [answer] = run_json(winnow, "dmarc", "--zone", tmp_path / "zone", "--set", f"dmarc.org_domain={how}", "-",
                            stdin=message)
        found[how] = answer["org_domain"]
    assert found == {"walk": "sub.orchard.example", "psl": "orchard.example"}


def test_each_option_holds_for_dmarc(winnow, zone, tmp_path):
    """--receiver and --helo as for SPF alone; --mail-from and --from are one."""
    zone.write_text(ZONE.replace("%{i} is not one of ours", "%{r} knows %{h}")
                    + '_dmarc.helo.example TXT "v=DMARC1; p=reject"\n')
    args = ("dmarc", "--zone", zone, "--ip", "203.0.113.1", "--helo", "mail.helo.example", "--receiver",
            "mx.harbour.example", "-")
    for sender in ("--from", "--mail-from"):
        [answer] = run_json(winnow, *args, sender, "a@orchard.example", stdin=MESSAGE)
        assert answer["spf"]["sender"] == "a@orchard.example"
    [answer] = run_json(winnow, "dmarc", "--zone", zone, "--ip", "192.0.2.9", "--helo", "mail.helo.example",
                        "--mail-from", "<>", "-", stdin=b"From: a@helo.example\n\nx\n")
    assert answer["spf"]["of_helo"] and answer["spf"]["result"] == "pass" and answer["result"] == "pass"
    [answer] = run_json(winnow, *args, "--from", "a@orchard.example", "--record", tmp_path / "record", stdin=MESSAGE)
    assert answer["spf"]["explanation"] == "mx.harbour.example knows mail.helo.example"
    [again] = run_json(winnow, "dmarc", "--replay", tmp_path / "record", *args[3:], "--from", "a@orchard.example",
                       stdin=MESSAGE)
    assert again == answer


def test_dmarc_counts_spf_when_the_client_is_known(winnow, zone):
    envelope = ("--zone", zone, "--from", "mira@orchard.example", "-")
    [passed] = run_json(winnow, "dmarc", "--ip", "192.0.2.1", *envelope, stdin=MESSAGE)
    assert passed["result"] == "pass" and passed["spf_aligned"] and passed["spf"]["result"] == "pass"
    [failed] = run_json(winnow, "dmarc", "--ip", "203.0.113.1", *envelope, stdin=MESSAGE)
    assert failed["result"] == "fail" and failed["disposition"] == "reject"
    out = run_auth(winnow, "dmarc", "--ip", "203.0.113.1", *envelope, stdin=MESSAGE)
    assert out.split()[0] == "fail" and "\nspf=fail\n" in out and "\ndkim=none\n" in out


@pytest.mark.parametrize("args, words", [
    ((), "say which standard"),
    (("nonsense",), "say which standard"),
    (("arc", "x.eml"), "ARC is not there yet"),
    (("spf",), "--ip"),
    (("spf", "--ip", "192.0.2.1"), "--mail-from"),
    (("spf", "--ip", "nonsense", "--helo", "x"), "--ip nonsense: no IP address"),
    (("spf", "--ip", "192.0.2.1", "--helo", "x", "x.eml"), "looks at no message"),
    (("dkim",), "no message is named"),
    (("dmarc",), "no message is named"),
    (("dkim", "--record", "x", "a.eml", "b.eml"), "--record is for one message"),
])
def test_wrong_usage_is_told(winnow, args, words):
    result = winnow.run("auth", *args, check=False)
    assert result.returncode == 2 and words in result.stderr.decode() and result.stdout == b""


def test_what_cannot_be_done_is_told(winnow, tmp_path):
    (tmp_path / "zone").write_text("a.example B\n")
    for args in (("--zone", tmp_path / "zone", tmp_path / "zone"), ("--zone", os.devnull, tmp_path / "nothing")):
        result = winnow.run("auth", "dkim", *args, check=False)
        assert result.returncode == 3 and result.stderr.startswith(b"winnow: ")


def test_answers_are_recorded_and_replayed(winnow, zone, tmp_path):
    args = ("spf", "--ip", "203.0.113.1", "--mail-from", "a@orchard.example")
    first = run_auth(winnow, *args, "--zone", zone, "--now", NOW, "--record", tmp_path / "record")
    assert '"kind":"dns"' in (tmp_path / "record").read_text()
    assert run_auth(winnow, *args, "--replay", tmp_path / "record") == first


def test_what_others_have_written_does_not_reach_the_terminal_as_it_is(winnow, tmp_path):
    bad = tmp_path / "zone"
    bad.write_text('bad.example TXT "v=spf1 exp=why.bad.example -all \\027[2J"\n'
                   'why.bad.example TXT "\\027]0;x\\007"\n'
                   '_dmarc.bad.example TXT "v=DMARC1; p=none; x=\\027[2J"\n')
    outputs = [
        winnow.run("auth", "spf", "--zone", bad, "--ip", "192.0.2.1", "--mail-from", "\x1b[2J@bad.example"),
        winnow.run("auth", "dmarc", "--zone", bad, "--ip", "192.0.2.1", "--from", "a@bad.example", "-",
                   stdin=b"From: a@bad.example\nDKIM-Signature: v=1; d=\x1b[2J; s=\x1b\n\nx\n")]
    for output in outputs:
        assert output.stdout and b"\x1b" not in output.stdout and b"\x07" not in output.stdout


def test_every_key_of_json_is_in_the_documents(winnow, zone, signed):
    text = (SOURCE / "docs" / "tools.md").read_text()
    known = {word for word in re.findall(r"`(\w+)`", text)}
    keys = set()

    def gather(value):
        if isinstance(value, dict):
            keys.update(value)
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            gather(inner)

    gather(run_json(winnow, "dmarc", "--zone", zone, "--ip", "192.0.2.1", "--from", "a@orchard.example", "-",
                    stdin=signed))
    assert "explanation" in keys and "body_unsigned" in keys and keys <= known, keys - known


# ---- over the network ----

def over(server):
    """Settings that ask one server."""
    return ("-c", os.devnull, "--set", "options.dns.mode=forward", "--set", f"options.dns.servers={server}",
            "--set", "options.dns.dnssec=no")


@pytest.fixture
def dns():
    server = pytest.importorskip("zone_server")
    with server.ZoneServer(ZONE) as s:
        yield s


def test_the_network_answers_as_the_table_does(winnow, zone, dns):
    args = ("spf", "--ip", "198.51.100.7", "--mail-from", "a@orchard.example")
    assert run_auth(winnow, *args, *over(dns.server)) == run_auth(winnow, *args, "--zone", zone)


def test_a_server_that_does_not_answer_is_a_temperror(winnow, dns):
    run = winnow.run("auth", "spf", "--ip", "192.0.2.1", "--mail-from", "a@slow.example", *over(dns.server),
                     "--set", "options.dns.timeout=1s")
    assert run.stdout.split()[0] == b"temperror"
    assert b"--zone /dev/null" in run.stderr and b"options.dns.mode=off" in run.stderr


def test_with_dns_off_nothing_is_asked(winnow, dns):
    start = time.monotonic()
    run = winnow.run("auth", "spf", "--ip", "192.0.2.1", "--mail-from", "a@orchard.example", *over(dns.server),
                     "--set", "options.dns.mode=off")
    assert run.stdout.split()[0] == b"temperror"
    assert time.monotonic() - start < 5 and not dns.questions


@pytest.mark.parametrize("command", ["auth", "scan", "explain", "doctor"])
def test_ctrl_c_ends_it_at_once(dns, tmp_path, command):
    (tmp_path / "message.eml").write_bytes(MESSAGE)
    sender = ("--ip", "192.0.2.1", "--helo", "mail.example", "--from", "a@slow.example")
    args = {"auth": ("spf", *sender), "scan": (*sender, tmp_path / "message.eml"),
            "explain": (*sender, tmp_path / "message.eml"), "doctor": ("--domain", "slow.example")}
    # A shell starts what runs in the background with the signal ignored, and that is inherited.
    process = subprocess.Popen([WINNOW, command, *args[command], *over(dns.server)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    end = time.monotonic() + 20
    while not dns.questions and time.monotonic() < end:
        time.sleep(0.01)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT and time.monotonic() - start < 1
