"""Authentication-Results: what it says of mail of every fate, beside what an Rspamd writes about the same mail; and
over the wire it goes to the top, in place of what claims to be ours."""

import json
import re

import pytest

from beside import Rspamd
from milter_client import Client
from serving import Server
from signing import Keys, quoted, sign_by_dkimpy
from zone_server import ZoneServer

CONF = """milter_headers {
    use = ["authentication-results", "received-spf"];
    routines { authentication-results { hostname = "mx.example" } }
}
"""
RECORDS = {
    "ok.example": "v=spf1 ip4:192.0.2.0/24 -all",
    "fail.example": "v=spf1 -all",
    "soft.example": "v=spf1 ~all",
    "perhaps.example": "v=spf1 ?all",
    "broken.example": "v=spf1 nonsense",
    "example.org": "v=spf1 -all",
    "_dmarc.ok.example": "v=DMARC1; p=reject",
    "_dmarc.fail.example": "v=DMARC1; p=reject",
    "_dmarc.soft.example": "v=DMARC1; p=quarantine",
    "_dmarc.perhaps.example": "v=DMARC1; p=none",
    "_dmarc.example.org": "v=DMARC1; p=reject; sp=none; adkim=s",
    "_dmarc.strict.example": "v=DMARC1; p=reject; aspf=s",
    "sub.strict.example": "v=spf1 +ip4:192.0.2.1 -all",
}


def mail(author, more=b""):
    return (b"From: Joe <" + author.encode() + b">\r\n" + more + b"To: ben@example.net\r\nSubject: Lunch\r\n"
            b"Date: Sun, 22 Nov 2026 12:00:00 +0100\r\nMessage-ID: <1@example.org>\r\n\r\nNoon?\r\n")


def zone_text(records):
    return "".join(f"{name} TXT {quoted(text)}\n" for name, text in records.items())


class Scan:
    def __init__(self, winnow, folder, records, more=""):
        self.winnow, self.folder = winnow, folder
        (folder / "zone").write_text(zone_text(records) + more)
        (folder / "winnow.conf").write_text(CONF)

    def reply(self, message, sender, helo="client.example", address="192.0.2.1", args=()):
        (self.folder / "m.eml").write_bytes(message)
        out = self.winnow.run("scan", "--json", "-c", self.folder / "winnow.conf", "--zone", self.folder / "zone",
                              "--ip", address, "--helo", helo, "--from", sender, *args, self.folder / "m.eml").stdout
        return json.loads(out)

    def results(self, *args, **more):
        return results_of(self.reply(*args, **more))


def results_of(reply):
    value = reply["milter"]["add_headers"]["Authentication-Results"]["value"]
    return re.sub(r"\r?\n[ \t]+", " ", value)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def scan(winnow, tmp_path, keys):
    return Scan(winnow, tmp_path, RECORDS | keys.records, "slow.example TIMEOUT\n_dmarc.slow.example TIMEOUT\n")


def test_a_softfail_reads_as_rspamds_users_know_it(scan):
    reply = scan.reply(mail("joe@soft.example"), "joe@soft.example", address="49.68.145.31")
    assert results_of(reply) == (
        "mx.example; spf=softfail (mx.example: 49.68.145.31 is neither permitted nor denied by domain of "
        "joe@soft.example) smtp.mailfrom=joe@soft.example; dkim=none; "
        'dmarc=fail reason="No valid SPF, No valid DKIM" header.from=soft.example (policy=quarantine)')
    assert {"R_SPF_SOFTFAIL", "R_DKIM_NA", "DMARC_POLICY_QUARANTINE"} <= set(reply["symbols"])
    assert reply["milter"]["add_headers"]["Authentication-Results"]["order"] == 1
    received = reply["milter"]["add_headers"]["Received-SPF"]["value"]
    assert received.startswith("softfail (mx.example: 49.68.145.31 is neither permitted nor denied by")
    assert 'client-ip="49.68.145.31"' in received and 'mechanism="~all"' in received


FATES = [
    ("ok.example", "spf=pass (mx.example: domain of joe@ok.example designates 192.0.2.1 as permitted sender)",
     "dmarc=pass (policy=reject) header.from=ok.example"),
    ("fail.example", "spf=fail (mx.example: domain of joe@fail.example does not designate 192.0.2.1 as permitted "
     "sender)", "(policy=reject)"),
    ("perhaps.example", "spf=neutral (mx.example: 192.0.2.1 is neither permitted nor denied by domain of "
     "joe@perhaps.example)", "(policy=none)"),
    ("nothing.example", "spf=none (mx.example: domain of joe@nothing.example publishes no SPF record)",
     "dmarc=none header.from=nothing.example"),
    ("broken.example", "spf=permerror (mx.example: the SPF record of domain of joe@broken.example cannot be used",
     "dmarc=none"),
    ("slow.example", "spf=temperror (mx.example: the SPF record of domain of joe@slow.example could not be looked",
     "dmarc=temperror"),
]


@pytest.mark.parametrize("domain, spf, dmarc", FATES, ids=[fate[0] for fate in FATES])
def test_every_result_has_its_sentence(scan, domain, spf, dmarc):
    said = scan.results(mail(f"joe@{domain}"), f"joe@{domain}")
    assert spf in said and dmarc in said and said.count("smtp.mailfrom=") == 1


def test_each_signature_has_its_result(scan, keys):
    message = sign_by_dkimpy(keys, mail("ann@example.org"), key="rsa2048")
    message = sign_by_dkimpy(keys, message, key="ed25519")
    said = scan.results(message.replace(b"Noon", b"Nine"), "ann@example.org")
    assert len(re.findall(r"; dkim=fail \([^;]*\) header.d=example.org header.s=", said)) == 2
    said = scan.results(message, "ann@example.org")
    shown = re.findall(r'; dkim=pass header.d=example.org header.s=(\w+) header.b="?([A-Za-z0-9+/]{8})"?(?=;)', said)
    assert [name for name, _ in shown] == ["ed", "rsa2048"] and shown[0][1] != shown[1][1]
    assert said.endswith("dmarc=pass (policy=reject) header.from=example.org")


def test_the_null_sender_is_told_by_its_helo(scan):
    said = scan.results(mail("joe@ok.example"), "<>", helo="ok.example")
    assert "domain of ok.example designates" in said and "smtp.helo=ok.example" in said
    assert "smtp.mailfrom" not in said and "dmarc=pass" in said


def test_who_has_authenticated_is_told_when_told_to(scan):
    (scan.folder / "winnow.conf").write_text(CONF.replace("use =", "skip_authenticated = false; use ="))
    args = ("--user", "joe@ok.example")
    said = scan.results(mail("joe@ok.example"), "joe@ok.example", args=args)
    assert said.startswith("mx.example; auth=pass smtp.auth=joe@ok.example smtp.mailfrom=joe@ok.example")


def test_what_is_switched_off_is_left_out(scan):
    for name in ("spf", "dkim", "dmarc"):
        (scan.folder / "winnow.conf").write_text(CONF + f"{name} {{ enabled = false; }}\n")
        said = scan.results(mail("joe@soft.example"), "joe@soft.example")
        assert f"{name}=" not in said and said.count("; ") == 2, said
    off = "".join(f"{name} {{ enabled = false; }}\n" for name in ("spf", "dkim", "dmarc", "arc"))
    (scan.folder / "winnow.conf").write_text(CONF + off)
    assert scan.results(mail("joe@soft.example"), "joe@soft.example") == "mx.example; none"


# ---- beside Rspamd ----

TOKEN = r'(?:"(?:[^"\\]|\\.)*"|[^\s;()"]+)'


def parts(value):
    """The results in a value: {(method, result): its properties}, comments and reasons left out."""
    value = re.sub(r"\s+", " ", value)
    name, *rest = [piece.strip() for piece in value.split(";")]
    out = []
    for piece in rest:
        policy = re.search(r"\(policy=(\w+)\)", piece)
        piece = re.sub(r"\([^()]*(\([^()]*\)[^()]*)*\)", " ", piece)
        method, result = re.match(r"([\w-]+)=(\w+)", piece).groups()
        properties = {key: text.strip('"') for key, text in re.findall(rf"([a-z]+\.[a-z]+)=({TOKEN})", piece)}
        out.append((method, result, properties, policy[1] if policy else None))
    return name, sorted(out, key=str)


def rspamd_records(records):
    lines = [f'{{ name = "{name}"; type = "txt"; replies = ["{text}"]; }}' for name, text in records.items()]
    # it takes a name of nobody for one that is not answered
    lines += [f'{{ name = "{name}"; type = "txt"; rcode = "nxdomain"; }}'
              for name in ("nothing.example", "_dmarc.nothing.example", "_dmarc.sub.strict.example",
                           "gone._domainkey.example.org")]
    return "\n".join(lines)


def test_rspamd_tells_the_same(winnow, tmp_path, keys):
    records = RECORDS | keys.records
    scan = Scan(winnow, tmp_path, records)
    files = {"milter_headers.conf": 'use = ["authentication-results"]; skip_local = false;\n',
             "options.inc": 'dns { nameserver = ["127.0.0.1:1"]; timeout = 0.05s; fake_records = [\n'
                            + rspamd_records(records).replace("}\n", "},\n")
                            + "\n] }\ndisable_hyperscan = true;\n"}
    signed = sign_by_dkimpy(keys, mail("ann@example.org"))
    cases = [(mail(f"joe@{d}"), f"joe@{d}", "c.example") for d in
             ("ok.example", "fail.example", "soft.example", "perhaps.example")]
    cases += [
        (signed, "ann@example.org", "c.example"),
        (signed, "joe@ok.example", "c.example"),
        (signed.replace(b"Noon", b"Nine"), "ann@example.org", "c.example"),
        (mail("joe@ok.example"), "", "ok.example"),
        (mail("joe@strict.example"), "joe@sub.strict.example", "c.example"),
        # Where a record above the author's domain counts, Rspamd tells of that name, and we of the author's.
    ]
    for name in ("spf", "dkim", "dmarc"):
        files[f"{name}.conf"] = "\n"
    with Rspamd(tmp_path / "other", files) as other:
        for message, sender, helo in cases:
            theirs = other.ask(message, {"From": f"<{sender}>", "IP": "192.0.2.1", "Helo": helo,
                                         "MTA-Name": "mx.example", "Hostname": "c.example"})
            ours = scan.results(message, sender or "<>", helo=helo)
            assert parts(ours) == parts(results_of(theirs)), (sender, ours, results_of(theirs))


# ---- over the wire ----

def test_a_mail_server_puts_it_on_top_and_takes_forgeries_out(tmp_path):
    folder = tmp_path / "etc"
    folder.mkdir()
    with ZoneServer(zone_text(RECORDS)) as dns:
        config = (f'options {{ dns {{ mode = "forward"; servers = "{dns.server}"; timeout = 3s; }} }}\n'
                  'milter_headers { use = ["authentication-results"]; remove_ar_from = ["bad.example"]; }\n'
                  "actions { greylist = 400; add_header = 600; reject = 1500; }\n")
        with Server(folder, config=config) as server, Client(server.port) as client:
            client.negotiate()
            client.connect(address="192.0.2.1")
            client.helo()
            client.macros("M", i="4Qid", j="mta.example")
            headers = [("Authentication-Results", "mta.example; dmarc=pass"),
                       ("Authentication-Results", "good.example; dmarc=fail"),
                       ("From", "Joe <joe@ok.example>"), ("To", "ben@example.net"), ("Subject", "Lunch"),
                       ("AUTHENTICATION-RESULTS", "\n\t(good.example)\n MTA.example.; dmarc=pass"),
                       ("Authentication-Results", "bad.example; none"),
                       ("Date", "Sun, 22 Nov 2026 12:00:00 +0100"), ("Message-ID", "<1@example.org>")]
            replies = client.message(headers, b"Noon?\r\n", sender="<joe@ok.example>")
    removed = [int.from_bytes(data[:4], "big") for command, data in replies if command == "m"]
    assert removed == [4, 3, 1], replies
    [(place, value)] = [(int.from_bytes(data[:4], "big"), data[4:]) for command, data in replies if command == "i"]
    assert place == 1
    text = re.sub(rb"\s+", b" ", value.split(b"\0")[1]).decode()
    assert text.strip().startswith("mta.example; spf=pass (mta.example: ") and "dmarc=pass" in text
