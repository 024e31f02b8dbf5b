"""What is said of a sender, as symbols: whole verdicts with answers from a table, beside what an Rspamd says of the
same mail, and over the wire, with files in MaxMind's format and behind relays."""

import ipaddress
import json
import struct

import pytest

from beside import OFF, Rspamd
from milter_client import Client
from serving import Server
from signing import Keys, quoted, sign_by_dkimpy
from zone_server import ZoneServer

CLIENT = "49.68.145.31"


def mail(author="mira@orchard.example", more="", body="Bring it.\r\n"):
    return (f"{more}From: Mira <{author}>\r\nTo: jonas@harbour.example\r\nSubject: Ladder\r\n"
            f"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@orchard.example>\r\n\r\n{body}").encode()


def received(address, name="unknown", helo="pc", by="relay.example", protocol="ESMTPS"):
    return (f"Received: from {helo} ({name} [{address}])\r\n\tby {by} (Postfix) with {protocol} id 1;\r\n"
            "\tSun, 22 Nov 2026 11:59:00 +0000\r\n")


class Scan:
    def __init__(self, winnow, folder):
        self.winnow, self.folder = winnow, folder

    def reply(self, message, zone="", config="", address=CLIENT, sender="mira@orchard.example",
              helo="mail.orchard.example", args=()):
        for name, text in (("zone", zone), ("winnow.conf", config)):
            (self.folder / name).write_text(text)
        (self.folder / "m.eml").write_bytes(message)
        known = [*(("--ip", address) if address else ()), "--from", sender, "--helo", helo]
        return json.loads(self.winnow.run(
            "scan", "--json", "-c", self.folder / "winnow.conf", "--zone", self.folder / "zone",
            *known, *args, self.folder / "m.eml").stdout)

    def symbols(self, *args, **more):
        return told(self.reply(*args, **more))


def told(reply):
    """{symbol: (what it counts, its evidence)}"""
    return {name: (s["score"], s.get("options", [])) for name, s in reply["symbols"].items()}


@pytest.fixture
def scan(winnow, tmp_path):
    return Scan(winnow, tmp_path)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("keys"))


# ---- whole verdicts ----

SOFT = """orchard.example TXT "v=spf1 ip4:192.0.2.0/24 ~all"
orchard.example MX 10 mail.orchard.example
mail.orchard.example A 192.0.2.25
_dmarc.orchard.example TXT "v=DMARC1; p=quarantine"
31.145.68.49.asn.rspamd.com TXT "4134|49.68.0.0/14|CN|apnic|"
"""


def test_a_stranger_with_a_domain_that_says_softfail(scan):
    reply = scan.reply(mail(), SOFT)
    symbols = told(reply)
    assert symbols["R_SPF_SOFTFAIL"] == (0, ["~all"])
    assert symbols["R_DKIM_NA"] == (0, [])
    assert symbols["ARC_NA"] == (0, [])
    assert symbols["DMARC_POLICY_QUARANTINE"] == (
        1.5, ["orchard.example : No valid SPF, No valid DKIM", "quarantine"])
    assert symbols["ASN"] == (0, ["asn:4134, ipnet:49.68.0.0/14, country:CN"])
    assert symbols["RDNS_NONE"] == (2, [CLIENT])
    assert "HFILTER_HELO_IP_A" not in symbols
    assert symbols["VIOLATED_DIRECT_SPF"][0] == 3.5
    assert not reply.get("not_checked")


def test_a_server_of_the_domain(scan):
    names = "25.2.0.192.in-addr.arpa PTR mail.orchard.example\n"
    symbols = scan.symbols(mail(more=received("198.51.100.7", by="mail.orchard.example")), SOFT + names,
                           address="192.0.2.25", args=("--hostname", "mail.orchard.example"))
    assert symbols["R_SPF_ALLOW"] == (-0.2, ["+ip4:192.0.2.0/24"])
    assert symbols["DMARC_POLICY_ALLOW"] == (-0.5, ["orchard.example", "quarantine"])
    assert not [name for name in symbols if name.startswith(("RDNS", "HFILTER", "VIOLATED", "AUTH_NA", "ASN"))]


def test_who_is_our_own_is_not_asked_about(scan):
    for more in ({"address": "192.168.1.1"}, {"args": ("--user", "mira")}):
        symbols = scan.symbols(mail(), SOFT, **more)
        assert not [name for name in symbols if name.startswith(("R_SPF", "R_DKIM", "DMARC", "RDNS", "HFILTER"))]


def test_what_nobody_answers_is_named(scan):
    names = ("orchard.example", "mail.orchard.example", "_dmarc.orchard.example", "31.145.68.49.asn.rspamd.com",
             "31.145.68.49.in-addr.arpa")
    reply = scan.reply(mail(), "".join(f"{name} TIMEOUT\n" for name in names))
    symbols = told(reply)
    assert {"R_SPF_DNSFAIL", "DMARC_DNSFAIL", "RDNS_DNSFAIL", "ASN_FAIL"} <= set(symbols)
    assert sum(score for score, _ in symbols.values() if score) == pytest.approx(reply["score"])
    assert not [name for name, (score, _) in symbols.items()
                if score and name.startswith(("R_", "DMARC", "RDNS", "ASN", "HFILTER", "AUTH"))]
    gaps = json.dumps(reply["not_checked"])
    for check in ("spf", "dmarc", "rdns", "hfilter", "asn"):
        assert f'"{check}"' in gaps, gaps
    assert "timeout" in gaps


# ---- composites ----

PASS = f'orchard.example TXT "v=spf1 ip4:{CLIENT} -all"\n_dmarc.orchard.example TXT "v=DMARC1; p=reject"\n'
BAD_KEY = ("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=orchard.example; s=none; h=from; "
           "bh=PUjLmNN475OVI8j6Q0gjYRhTeVvCbactsdrTEkajaZc=; b=MTIz\r\n")
BOUNCE = mail("postmaster@orchard.example").replace(b"Ladder", b"Undelivered Mail Returned to Sender")


@pytest.mark.parametrize("composite, score, message, zone, sender", [
    ("AUTH_NA", 1, mail(), "", "mira@orchard.example"),
    ("AUTH_NA_OR_FAIL", 1, mail(more=BAD_KEY), "", "mira@orchard.example"),
    ("BOUNCE_NO_AUTH", 1, BOUNCE, "", ""),
    ("VIOLATED_DIRECT_SPF", 3.5, mail(), SOFT, "mira@orchard.example"),
    ("DMARC_POLICY_ALLOW_WITH_FAILURES", -0.5, None, 'harbour.example TXT "v=spf1 -all"\n', "jonas@harbour.example"),
    ("DKIM_MIXED", 0, None, "", "mira@orchard.example"),
])
def test_a_composite(scan, keys, composite, score, message, zone, sender):
    if message is None:
        zone += keys.zone() + '_dmarc.example.org TXT "v=DMARC1; p=reject"\n'
        message = BAD_KEY.encode() + sign_by_dkimpy(keys, mail("mira@example.org"))
    symbols = scan.symbols(message, zone, sender=sender)
    assert symbols[composite][0] == score
    without = scan.symbols(mail(), PASS)
    assert composite not in without


def test_what_cannot_be_used_does_not_count_beside_a_good_signature(scan, keys):
    other = sign_by_dkimpy(keys, mail("mira@example.org"))
    broken = sign_by_dkimpy(keys, mail("mira@example.org")).replace(b"b=", b"b=AAAA", 1)
    broken = broken[:broken.index(b"From:")]
    symbols = scan.symbols(broken + other, keys.zone())
    assert symbols["R_DKIM_ALLOW"][0] == -0.2
    assert symbols["R_DKIM_REJECT"][0] == 0
    assert symbols["DKIM_TRACE"][1] == ["example.org:-", "example.org:+"]


# ---- beside an Rspamd ----

RECORDS = {
    "pass.example": f"v=spf1 ip4:{CLIENT} -all",
    "fail.example": "v=spf1 ip4:192.0.2.0/24 -all",
    "soft.example": "v=spf1 ip4:192.0.2.0/24 ~all",
    "neutral.example": "v=spf1 ip4:192.0.2.0/24 ?all",
    "include.example": "v=spf1 include:pass.example -all",
    "_dmarc.pass.example": "v=DMARC1; p=reject",
    "_dmarc.fail.example": "v=DMARC1; p=reject",
    "_dmarc.soft.example": "v=DMARC1; p=quarantine",
    "_dmarc.neutral.example": "v=DMARC1; p=none",
    "_dmarc.include.example": "v=DMARC1; p=reject; pct=0",
    "_dmarc.sampled.example": "v=DMARC1; p=reject; pct=0",
    "31.145.68.49.asn.rspamd.com": "4134|49.68.0.0/14|CN|apnic|",
}
COMPARED = ("R_SPF", "R_DKIM", "DKIM_TRACE", "DMARC", "ARC", "ASN", "AUTH_NA", "DKIM_MIXED")


def compared(symbols):
    """What both say: of what failed, the evidence that is ours alone is left out."""
    out = {}
    for name, (score, evidence) in symbols.items():
        if name.startswith(COMPARED):
            out[name] = (round(score, 3), evidence[:1] if name.startswith("R_DKIM") else evidence)
    return out


def test_rspamd_tells_the_same(scan, tmp_path, keys):
    records = RECORDS | keys.records
    nobody = ["nothing.example", "_dmarc.nothing.example", "none._domainkey.orchard.example",
              "_dmarc.orchard.example", "orchard.example", "_dmarc.example.org"]
    fake = "".join(f'{{ name = "{n}"; type = "txt"; replies = ["{t}"]; }},\n' for n, t in records.items())
    fake += "".join(f'{{ name = "{n}"; type = "txt"; rcode = "nxdomain"; }},\n' for n in nobody)
    files = {f"{name}.conf": "\n" for name in ("spf", "dkim", "dmarc", "arc", "asn") if name in OFF}
    files["asn.conf"] = ('symbol = "ASN"; provider_type = "rspamd";\n'
                         'provider_info { ip4 = "asn.rspamd.com"; ip6 = "asn6.rspamd.com"; }\n')
    files["options.inc"] = ('dns { nameserver = ["127.0.0.1:1"]; timeout = 0.05s; fake_records = [\n' + fake
                            + "] }\ndisable_hyperscan = true;\n")
    cases = [(mail(f"mira@{d}.example"), f"mira@{d}.example")
             for d in ("pass", "fail", "soft", "neutral", "include", "nothing")]
    signed = sign_by_dkimpy(keys, mail("mira@example.org"))
    cases += [
        (mail("mira@fail.example"), "mira@soft.example"),
        (mail("mira@sampled.example"), "mira@soft.example"),
        (mail("mira@pass.example"), "mira@fail.example"),
        (signed, "mira@soft.example"),
        (signed.replace(b"Bring", b"Take"), "mira@soft.example"),
        (mail(more=BAD_KEY), "mira@nothing.example"),
        (BAD_KEY.encode() + signed, "mira@soft.example"),
    ]
    zone = "".join(f"{name} TXT {quoted(text)}\n" for name, text in records.items())
    with Rspamd(tmp_path / "other", files) as other:
        for message, sender in cases:
            theirs = other.ask(message, {"From": f"<{sender}>", "IP": CLIENT, "Helo": "c.example",
                                         "Hostname": "c.example"})
            ours = scan.symbols(message, zone, sender=sender, helo="c.example", args=("--hostname", "c.example"))
            assert compared(ours) == compared(told(theirs)), sender


HELOS = f"""here.example A {CLIENT}
elsewhere.example A 198.51.100.9
six.example AAAA 2001:db8::9
alias.example CNAME elsewhere.example
mail.example MX 10 elsewhere.example
text.example TXT "no mail here"
"""


def test_rspamd_says_the_same_of_what_the_client_calls_itself(scan, tmp_path):
    names = [line.split()[0] for line in HELOS.splitlines()] + ["none.example"]
    with ZoneServer(HELOS) as dns:
        files = {"options.inc": f'dns {{ nameserver = ["{dns.server}"]; timeout = 1s; }}\ndisable_hyperscan = true;\n'}
        with Rspamd(tmp_path / "other", files) as other:
            for name in names:
                theirs = other.ask(mail(), {"From": "<mira@orchard.example>", "IP": CLIENT, "Helo": name,
                                            "Hostname": "c.example"})
                ours = scan.symbols(mail(), HELOS, helo=name, args=("--hostname", "c.example"))
                helo = [{n: s[0] for n, s in found.items() if n.startswith("HFILTER_HELO")}
                        for found in (ours, told(theirs))]
                assert helo[0] == helo[1], name


# ---- the client's network from files ----

TYPES = {"uint16": 5, "uint32": 6, "map": 7, "uint64": 9, "array": 11}


def control(kind, size):
    extra = b""
    if size >= 29:
        size, extra = 29, bytes([size - 29])
    return (bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])) + extra


def pack(value, number="uint32"):
    """A value as MaxMind's format writes it."""
    if isinstance(value, str):
        return control(2, len(value.encode())) + value.encode()
    if isinstance(value, tuple):
        return pack(*value)
    if isinstance(value, int):
        data = value.to_bytes(8, "big").lstrip(b"\0")
        return control(TYPES[number], len(data)) + data
    if isinstance(value, list):
        return control(TYPES["array"], len(value)) + b"".join(map(pack, value))
    return control(TYPES["map"], len(value)) + b"".join(pack(k) + pack(v) for k, v in value.items())


def database(entries, kind="Test"):
    """A database for both kinds of addresses: {network: record}."""
    nodes, data = [[None, None]], b""
    for network, record in entries.items():
        net = ipaddress.ip_network(network)
        value, length = int(net.network_address), net.prefixlen + (96 if net.version == 4 else 0)
        at = 0
        for i in range(length):
            bit = value >> 127 - i & 1
            if i == length - 1:
                nodes[at][bit] = len(data) | 1 << 32
                break
            if nodes[at][bit] is None:
                nodes.append([None, None])
                nodes[at][bit] = len(nodes) - 1
            at = nodes[at][bit]
        data += pack(record)
    n = len(nodes)
    tree = b"".join(struct.pack(">I", n if v is None else (v & 0xFFFFFFFF) + n + 16 if v >> 32 else v)[1:]
                    for node in nodes for v in node)
    about = {"node_count": n, "record_size": (24, "uint16"), "ip_version": (6, "uint16"), "database_type": kind,
             "languages": ["en"], "binary_format_major_version": (2, "uint16"),
             "binary_format_minor_version": (0, "uint16"), "build_epoch": (1, "uint64"),
             "description": {"en": "made by a test"}}
    return tree + b"\0" * 16 + data + b"\xab\xcd\xefMaxMind.com" + pack(about)


@pytest.fixture
def files(tmp_path):
    systems, countries = tmp_path / "systems.mmdb", tmp_path / "countries.mmdb"
    systems.write_bytes(database({
        "49.68.0.0/14": {"autonomous_system_number": 4134, "autonomous_system_organization": "Example Net"},
        "8.8.8.0/24": {"autonomous_system_number": 15169},
        "2a01:4f8::/32": {"autonomous_system_number": 64496},
        "9.9.9.0/24": {"autonomous_system_number": "odd"}}))
    countries.write_bytes(database({"49.64.0.0/11": {"country": {"iso_code": "CN"}},
                                    "2a01:4f8::/29": {"country": {"iso_code": "DEU"}}}))
    return (f'asn {{ provider_type = "mmdb"; database = "{systems}"; country_database = "{countries}"; }}\n')


@pytest.mark.parametrize("address, expected", [
    (CLIENT, ["asn:4134, ipnet:49.68.0.0/14, country:CN"]),
    ("49.71.255.255", ["asn:4134, ipnet:49.68.0.0/14, country:CN"]),
    ("49.72.0.0", None),
    ("8.8.8.8", ["asn:15169, ipnet:8.8.8.0/24"]),
    ("2a01:4f8:1::1", ["asn:64496, ipnet:2a01:4f8::/32"]),
    ("2a01:4f9::1", None),
    ("9.9.9.9", None),
    ("192.168.1.1", None),
])
def test_a_file_tells_the_network(scan, files, address, expected):
    symbols = scan.symbols(mail(), config=files, address=address)
    assert symbols.get("ASN", (0, None))[1] == expected
    assert "ASN_FAIL" not in symbols


def test_a_file_answers_within_the_sandbox_and_nobody_is_asked(tmp_path, files):
    (tmp_path / "systems.mmdb").chmod(0o644)
    (tmp_path / "countries.mmdb").chmod(0o644)
    with ZoneServer(SOFT) as dns:
        config = (files + f'options {{ dns {{ mode = "forward"; servers = "{dns.server}"; timeout = 3s; }} }}\n'
                  'milter_headers { use = ["x-spamd-result"]; }\n'
                  "actions { greylist = 400; add_header = 600; reject = 1500; }\n")
        with Server(tmp_path / "etc", config=config) as server, Client(server.port) as client:
            client.negotiate()
            client.connect(name="unknown", address=CLIENT)
            client.helo("mail.orchard.example")
            replies = client.message([("From", "Mira <mira@orchard.example>"), ("Subject", "Ladder")], b"Hi\r\n",
                                     sender="<mira@orchard.example>")
        asked = {name for name, _, _ in dns.questions}
    result = [data for command, data in replies if command in "hi" and b"X-Spamd-Result" in data][0].decode()
    assert "ASN(0.00)[asn:4134, ipnet:49.68.0.0/14, country:CN]" in result
    assert "R_SPF_SOFTFAIL(0.00)[~all]" in result
    assert not [name for name in asked if "asn" in name] and "orchard.example" in asked


@pytest.mark.parametrize("text, piece", [
    ('asn { provider_type = "mmdb"; }', "winnow.conf:1:1: asn.database: it must name a file"),
    ('asn { provider_type = "mmdb"; database = "/nowhere.mmdb"; }', "winnow.conf:1:31: asn.database: /nowhere.mmdb: "),
    ('asn { provider_type = "whois"; }', "asn.provider_type"),
    ('dmarc { actions { reject = "refuse"; } }', "dmarc.actions.reject"),
    ('external_relay { enabled = true; rules { A { strategy = "ip_map"; } } }', "trusts nobody"),
    ('spf { whitelist = "everybody"; }', "winnow.conf:1:7: spf.whitelist: \"everybody\" is no address"),
    ('asn { symbol = "R_SPF_ALLOW"; }', "winnow.conf:1:7: R_SPF_ALLOW is a symbol of another check"),
    ('asn { symbol = "RBL_CALLBACK"; }', "winnow.conf:1:7: RBL_CALLBACK is a symbol of another check"),
    ('asn { symbol = "ASN_CHECK"; }', "winnow.conf:1:7: ASN_CHECK stands for a whole check"),
    ('external_relay { enabled = true; rules { RBL_SEM { ip_map = "192.0.2.1"; } } }',
     "winnow.conf:1:42: RBL_SEM is a symbol of another check"),
])
def test_a_wrong_configuration_is_told(winnow, tmp_path, text, piece):
    (tmp_path / "winnow.conf").write_text(text + "\n")
    result = winnow.run("config", "check", "-c", tmp_path / "winnow.conf", check=False)
    assert result.returncode != 0 and piece in (result.stdout + result.stderr).decode()


def test_what_rspamd_ships_is_no_mistake(winnow, tmp_path):
    """Its stock sections of these modules are understood, as far as they mean anything here."""
    (tmp_path / "winnow.conf").write_text("""
        spf { spf_cache_size = 2k; spf_cache_expire = 1d; }
        dkim { dkim_cache_size = 2k; dkim_cache_expire = 1d; time_jitter = 6h; trusted_only = false; skip_multi = false; }
        arc { allow_envfrom_empty = true; selector = "arc"; symbol_sign = "ARC_SIGNED"; use_domain = "recipient"; }
        asn { provider_type = "rspamd"; provider_info { ip4 = "asn.rspamd.com"; ip6 = "asn6.rspamd.com"; } }
        dmarc { actions = { quarantine = "add_header"; reject = "reject"; } reporting { enabled = false; } }
        external_relay { enabled = false; }
        hfilter { helo_enabled = true; hostname_enabled = true; url_enabled = true; from_enabled = true;
                  rcpt_enabled = true; mid_enabled = false; }
    """)
    result = winnow.run("config", "check", "-c", tmp_path / "winnow.conf", check=False)
    assert result.returncode == 0, result.stderr.decode()


def test_what_only_some_rspamd_knows_is_a_warning(winnow, tmp_path):
    """Patterns of Lua that are not understood, and keys that mean nothing here, stop no start; slips do."""
    lists = 'rbl { %s rbls { mine { rbl = "l.example"; checks = ["from"]; %s } } }\n'
    for text, pieces in [
            ('asn { check_local = true; }', ["asn", "check_local"]),
            (lists % ('disabled_rbl_suffixes = "/etc/x.map";', ""), ["disabled_rbl_suffixes"]),
            (lists % ("", 'returncodes_matcher = "luapattern";'), ["returncodes_matcher"]),
            (lists % ("", 'returncodes { MINE_X = "127%.0%.0%.(2)"; }'), ["127%.0%.0%.(2)", "no answer is MINE_X"])]:
        (tmp_path / "winnow.conf").write_text(text)
        result = winnow.run("config", "check", "-c", tmp_path / "winnow.conf", check=False)
        told = (result.stdout + result.stderr).decode()
        assert result.returncode == 0 and "(warning)" in told and all(piece in told for piece in pieces), told
    (tmp_path / "winnow.conf").write_text(lists % ("", 'returncodes_matchr = "luapattern";'))
    assert winnow.run("config", "check", "-c", tmp_path / "winnow.conf", check=False).returncode != 0


# ---- what lists say of who has signed ----

def test_lists_are_asked_for_the_domain_of_a_signature_that_verifies(scan, keys):
    signed = sign_by_dkimpy(keys, mail("mira@example.org"))
    dwl = "example.org.dwl.dnswl.org"

    def ask(message, answer, config=""):
        symbols = scan.symbols(message, keys.zone() + f"{dwl} A {answer}\n", config)
        return {name: found for name, found in symbols.items() if name.startswith("DWL_DNSWL")}

    assert ask(signed, "127.0.5.2") == {"DWL_DNSWL_MED": (-2, ["example.org:dkim"])}
    assert ask(signed.replace(b"Bring it.", b"Leave it."), "127.0.5.2") == {}
    assert ask(mail("mira@example.org"), "127.0.5.2") == {}
    # a code that is not known
    assert ask(signed, "127.0.5.4") == {}
    told_of = scan.winnow.run("explain", "DWL_DNSWL", "-c", scan.folder / "winnow.conf").stdout
    assert b"Shown only when the list has `unknown = true`" in b" ".join(told_of.split())
    assert ask(signed, "127.0.5.4", "rbl { rbls { dnswl_dwl { unknown = true; } } }\n") == {
        "DWL_DNSWL": (0, ["example.org:dkim:127.0.5.4"])}


# ---- behind relays ----

def test_the_host_behind_a_relay_is_the_client_for_all(scan):
    zone = ('orchard.example TXT "v=spf1 ip4:49.68.145.31 -all"\n'
            "31.145.68.49.in-addr.arpa PTR mail.orchard.example\nmail.orchard.example A 49.68.145.31\n"
            '31.145.68.49.asn.rspamd.com TXT "4134|49.68.0.0/14|CN|apnic|"\n')
    message = mail(more=received(CLIENT, "mail.orchard.example", "mail.orchard.example")
                   + received("192.0.2.99", by="mail.orchard.example"))
    relay = {"address": "198.51.100.1", "helo": "relay.example"}
    assert scan.symbols(message, zone, **relay)["R_SPF_FAIL"] == (1, ["-all"])
    for config in ('external_relay { enabled = true; rules { BEHIND { strategy = "ip_map"; ip_map = "198.51.100.1"; } } }',
                   'spf { external_relay = ["198.51.100.0/24"]; }'):
        symbols = scan.symbols(message, zone, config + "\n", **relay)
        assert symbols["R_SPF_ALLOW"] == (-0.2, [f"+ip4:{CLIENT}"])
        assert symbols["ASN"][1] == ["asn:4134, ipnet:49.68.0.0/14, country:CN"]
        assert ("BEHIND" in symbols) == ("BEHIND" in config)
        assert not [name for name in symbols if name.startswith(("HFILTER_HELO", "RDNS"))]
