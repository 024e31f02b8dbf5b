"""Block lists of what stands in a message: domains of URLs and addresses of mail, as files are scanned and as the
service asks them, and beside a real Rspamd."""

import contextlib
import hashlib
import http.client
import json
import os
import re

import pytest

import zone_server
from beside import Rspamd
from conftest import NOW, SOURCE
from serving import Server, wait_until
from test_rbl import config
from zone_server import ZoneServer

CLIENT = "198.51.100.1"
HEAD = ("From: Mira <mira@orchard.example>\r\nTo: jonas@harbour.example\r\nDate: Sun, 22 Nov 2026 11:00:00 +0000\r\n"
        "Message-ID: <1@orchard.example>\r\nMIME-Version: 1.0\r\n")


def mail(text, kind="plain", more=""):
    return (HEAD + more + f"Content-Type: text/{kind}; charset=utf-8\r\n\r\n{text}\r\n").encode()


def base32(digest):
    """z-base-32 from the lowest bit on: the digest as one number."""
    letters, number = "ybndrfg8ejkmcpqxot1uwisza345h769", int.from_bytes(digest, "little")
    return "".join(letters[number >> 5 * i & 31] for i in range((8 * len(digest) + 4) // 5))


def hidden(text):
    return base32(hashlib.blake2b(text.encode()).digest())[:32]


SYMBOLS = re.compile("SURBL|URIBL|^DBL|EBL|EMAILBL")


def found(reply):
    """Symbols of these lists, with what they count before the group's cap."""
    return {name: symbol["metric_score"] for name, symbol in reply["symbols"].items() if SYMBOLS.search(name)}


@pytest.fixture
def scan(winnow, tmp_path):
    def scan(message, zone, *args, folder=os.devnull):
        (tmp_path / "message").write_bytes(message)
        (tmp_path / "zone").write_text(zone)
        out = winnow.run("scan", "--json", "--now", NOW, "-c", folder, "--zone", tmp_path / "zone", "--ip", CLIENT,
                         *args, tmp_path / "message").stdout
        return json.loads(out)
    return scan


def why(reply):
    return [gap["why"] for gap in reply["not_checked"] if gap["check"] == "rbl"]


def test_the_stock_lists_are_read_as_they_are(scan):
    """One line of a zone for each: what it means, and what it counts."""
    message = mail("see http://www.evil.example/ or http://192.0.2.78/ and write to Bob@box.example.org",
                   more="Reply-To: ann+1@example.net\r\n")
    cases = [
        ("evil.example.multi.surbl.org", "127.0.0.8", {"PH_SURBL_MULTI": 7.5}),
        ("evil.example.multi.surbl.org", "127.0.0.16", {"MW_SURBL_MULTI": 7.5}),
        ("evil.example.multi.surbl.org", "127.0.0.64", {"ABUSE_SURBL": 5}),
        ("evil.example.multi.surbl.org", "127.0.0.128", {"CRACKED_SURBL": 5}),
        ("evil.example.multi.surbl.org", "127.0.0.36", {"CT_SURBL": 0, "DM_SURBL": 0}),
        ("evil.example.multi.surbl.org", "127.0.0.1", {"SURBL_BLOCKED": 0}),
        ("78.2.0.192.multi.surbl.org", "127.0.0.64", {"ABUSE_SURBL": 5}),
        ("example.org.multi.surbl.org", "127.0.0.64", {"ABUSE_SURBL": 5}),
        ("example.net.multi.surbl.org", "127.0.0.64", {"ABUSE_SURBL": 5}),
        ("evil.example.multi.uribl.com", "127.0.0.2", {"URIBL_BLACK": 7.5}),
        ("evil.example.multi.uribl.com", "127.0.0.4", {"URIBL_GREY": 2.5}),
        ("evil.example.multi.uribl.com", "127.0.0.8", {"URIBL_RED": 0.5}),
        ("evil.example.multi.uribl.com", "127.0.0.1", {"URIBL_BLOCKED": 0}),
        ("evil.example.dbl.spamhaus.org", "127.0.1.2", {"DBL_SPAM": 6.5}),
        ("evil.example.dbl.spamhaus.org", "127.0.1.4", {"DBL_PHISH": 7.5}),
        ("evil.example.dbl.spamhaus.org", "127.0.1.5", {"DBL_MALWARE": 7.5}),
        ("evil.example.dbl.spamhaus.org", "127.0.1.6", {"DBL_BOTNET": 7.5}),
        ("evil.example.dbl.spamhaus.org", "127.0.1.102", {"DBL_ABUSE": 5}),
        ("evil.example.dbl.spamhaus.org", "127.0.1.103", {"DBL_ABUSE_REDIR": 5}),
        ("evil.example.dbl.spamhaus.org", "127.0.1.104", {"DBL_ABUSE_PHISH": 6.5}),
        ("evil.example.dbl.spamhaus.org", "127.0.1.105", {"DBL_ABUSE_MALWARE": 6.5}),
        ("evil.example.dbl.spamhaus.org", "127.0.1.106", {"DBL_ABUSE_BOTNET": 6.5}),
        ("evil.example.dbl.spamhaus.org", "127.0.1.99", {}),
        ("evil.example.dbl.spamhaus.org", "127.255.255.254", {"DBL_BLOCKED_OPENRESOLVER": 0}),
        ("evil.example.dbl.spamhaus.org", "127.255.255.255", {"DBL_BLOCKED": 0}),
        ("78.2.0.192.dbl.spamhaus.org", "127.0.1.255", {}),
        ("evil.example.uribl.spameatingmonkey.net", "127.0.0.2", {"SEM_URIBL": 3.5}),
        ("evil.example.fresh15.spameatingmonkey.net", "127.0.0.2", {"SEM_URIBL_FRESH15": 3}),
        (f"{hidden('evil.example')}.uribl.rspamd.com", "127.0.0.2", {"RSPAMD_URIBL": 4.5}),
        (f"{hidden('example.org')}.uribl.rspamd.com", "127.0.0.2", {"RSPAMD_URIBL": 4.5}),
        (f"{hidden('bob.box.example.org')}.email.rspamd.com", "127.0.0.2", {"RSPAMD_EMAILBL": 2.5}),
        (f"{hidden('ann.example.net')}.email.rspamd.com", "127.0.0.2", {"RSPAMD_EMAILBL": 2.5}),
        (f"{hashlib.sha1(b'bob@box.example.org').hexdigest()}.ebl.msbl.org", "127.0.0.2", {"MSBL_EBL": 7.5}),
        (f"{hashlib.sha1(b'ann@example.net').hexdigest()}.ebl.msbl.org", "127.0.1.3", {"MSBL_EBL_GREY": 0.5}),
    ]
    for name, address, expected in cases:
        assert found(scan(message, f"{name} A {address}\n")) == expected, (name, address)


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def test_pages_of_shared_hosts_are_asked_for_at_surbl(scan):
    """Their domains are well known, or say nothing; what counts nothing is found all the same."""
    message = mail("see https://docs.google.com/forms/d/e/AbC/viewform?usp=x#a, http://WWW.Dropbox.com/s/q%20r or "
                   "http://one.pages.dev, not http://www.evil.example/a; write to Bob+x@box.example.org",
                   more="Reply-To: ann@example.net\r\n")
    cases = [
        ("docs.google.com/forms/d/e/AbC/viewform", "127.0.0.8", {"SURBL_HASHBL_PHISH": 0}),
        ("www.dropbox.com/s/q%20r", "127.0.0.16", {"SURBL_HASHBL_MALWARE": 0}),
        ("one.pages.dev/", "127.0.0.64", {"SURBL_HASHBL_ABUSE": 0}),
        ("one.pages.dev/", "127.0.0.128", {"SURBL_HASHBL_CRACKED": 0}),
        ("bob@box.example.org", "127.0.1.2", {"SURBL_HASHBL_EMAIL": 0}),
        ("ann@example.net", "127.0.1.77", {"SURBL_HASHBL_EMAIL": 0}),
        ("ann@example.net", "127.0.0.2", {}),
        ("one.pages.dev/", "127.0.0.1", {}),
        ("docs.google.com/forms/d/e/abc/viewform", "127.0.0.8", {}),
        ("docs.google.com/forms/d/e/AbC/viewform?usp=x", "127.0.0.8", {}),
        ("www.evil.example/a", "127.0.0.8", {}),
    ]
    for text, address, expected in cases:
        reply = scan(message, f"{md5(text)}.hashbl.surbl.org A {address}\n")
        assert found(reply) == expected, (text, address)
        for symbol in expected:
            [option] = reply["symbols"][symbol]["options"]
            assert option.startswith(text + ":")


def test_administrators_say_which_hosts_are_shared(scan, tmp_path):
    (tmp_path / "local.d/maps.d").mkdir(parents=True)
    (tmp_path / "local.d/maps.d/surbl_hashbl.map").write_text("hosting.example\n!dropbox.com\n")
    message = mail("http://a.hosting.example/x http://dropbox.com/x")
    zone = "".join(f"{md5(page)}.hashbl.surbl.org A 127.0.0.8\n" for page in ("a.hosting.example/x", "dropbox.com/x"))
    assert scan(message, zone, folder=tmp_path)["symbols"]["SURBL_HASHBL_PHISH"]["options"] == \
        ["a.hosting.example/x:url"]
    assert scan(message, zone)["symbols"]["SURBL_HASHBL_PHISH"]["options"] == ["dropbox.com/x:url"]


def test_a_refusal_that_is_a_bit_counts_nothing_and_is_told(scan):
    reply = scan(mail("http://evil.example/"), "evil.example.multi.surbl.org A 127.0.0.1\n")
    assert reply["symbols"]["SURBL_BLOCKED"]["options"] == ["evil.example:url"]
    assert why(reply) == ["multi.surbl.org refuses our questions (127.0.0.1), so what it says does not count"]


@pytest.mark.parametrize("message", [
    mail('<p>Dear customer, <a href="https://www.evil.example/x">log in</a></p>', "html"),
    mail('<div style="display:none">http://evil.example/</div>', "html"),
    mail("see hxxp://evil[.]example/x", "plain"),
    mail("x", more="Subject: http://evil.example/now\r\n"),
    mail("see <http://evil.exa\r\n mple/long> there"),
    mail('<a href="http://192.0.2.7@evil.example/">x</a>', "html"),
    mail('<form action="//evil.example/login"><input type=password></form>', "html"),
    mail('<base href="http://evil.example/"><a href="x">x</a>', "html"),
], ids=["link", "hidden", "obfuscated", "subject", "wrapped", "user", "form", "base"])
def test_wherever_a_url_stands_its_domain_is_asked_for(scan, message):
    reply = scan(message, "evil.example.dbl.spamhaus.org A 127.0.1.4\n")
    assert reply["symbols"]["DBL_PHISH"]["options"] == ["evil.example:url"], reply["symbols"].keys()


def test_all_lists_together_are_capped(scan):
    zone = "".join(f"evil.example.{z} A {a}\n" for z, a in (
        ("multi.surbl.org", "127.0.0.88"), ("multi.uribl.com", "127.0.0.2"), ("dbl.spamhaus.org", "127.0.1.4")))
    reply = scan(mail("http://evil.example/"), zone)
    total = sum(s["score"] for name, s in reply["symbols"].items() if SYMBOLS.search(name))
    assert total == pytest.approx(12.5)


def test_of_two_hundred_domains_the_link_is_among_those_that_are_asked_for(scan):
    text = "".join(f"<p>http://d{i}.example/</p>" for i in range(199)) + '<a href="http://evil.example/">here</a>'
    zone = "evil.example.dbl.spamhaus.org A 127.0.1.4\nd150.example.dbl.spamhaus.org A 127.0.1.4\n"
    reply = scan(mail(text, "html"), zone)
    assert reply["symbols"]["DBL_PHISH"]["options"] == ["evil.example:url"]
    assert why(reply) == ["160 of 200 domains were not asked for"]


def test_domains_that_everybody_knows_are_not_asked_for_and_files_add_to_them(scan, tmp_path):
    folder = tmp_path / "etc"
    (folder / "local.d/maps.d").mkdir(parents=True)
    (folder / "local.d/maps.d/surbl_whitelist.map").write_text("evil.example\n")
    message = mail("http://www.evil.example/ http://other.example/")
    zone = "evil.example.dbl.spamhaus.org A 127.0.1.4\nother.example.dbl.spamhaus.org A 127.0.1.4\n"
    assert len(scan(message, zone)["symbols"]["DBL_PHISH"]["options"]) == 2
    assert scan(message, zone, folder=folder)["symbols"]["DBL_PHISH"]["options"] == ["other.example:url"]


def test_scores_stand_where_rspamd_has_them(scan, tmp_path):
    folder = tmp_path / "etc"
    (folder / "local.d").mkdir(parents=True)
    (folder / "local.d/surbl_group.conf").write_text('max_score = 30;\nsymbols { "DBL_PHISH" { weight = 20; } }\n')
    reply = scan(mail("http://evil.example/"), "evil.example.dbl.spamhaus.org A 127.0.1.4\n", folder=folder)
    assert reply["symbols"]["DBL_PHISH"]["score"] == 20


# ---- the service ----

LISTS = 'one { symbol = ONE; rbl = "list.example"; checks = [urls, emails]; emails_domainonly = yes; }'
WELL = "test.list.example A 127.0.0.2\nevil.example.list.example A 127.0.0.2\n"
EVIL = mail("http://www.evil.example/")


@pytest.fixture
def short_lived_answers(monkeypatch):
    """So that what has changed is seen before the resolver's cache has forgotten it."""
    monkeypatch.setattr(zone_server, "TTL", 1)


def ask(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=60)
    with contextlib.closing(connection):
        connection.request("POST", "/checkv2", EVIL, {"IP": CLIENT, "Hostname": "mail.orchard.example"})
        return json.loads(connection.getresponse().read())


FAILING = "".join(f"{n}.list.example SERVFAIL\n" for n in ("test", "invalid", "evil.example"))


@pytest.mark.parametrize("bad, healthy, words", [
    ({"refuse": ["list.example"]}, {"refuse": []}, "it refuses our questions (127.255.255.254)"),
    ({"wildcard": "127.0.0.2"}, {"wildcard": None}, "it lists what no list has (answer 127.0.0.2)"),
    ({"wildcard": "127.0.0.1"}, {"wildcard": None}, "it lists what no list has (answer 127.0.0.1)"),
    ({"text": FAILING}, {"text": WELL}, "its servers do not answer"),
], ids=["refuses", "lists-everybody", "refuses-by-bit", "servfail"])
def test_a_list_of_domains_that_cannot_be_believed_counts_nothing(tmp_path, short_lived_answers, bad, healthy, words):
    def behave(dns, behaviour):
        for key, value in behaviour.items():
            dns.set(value) if key == "text" else setattr(dns, key, value)

    with ZoneServer(WELL) as dns:
        behave(dns, bad)
        with Server(tmp_path / "without", normal="", config=config(dns, lists="")) as server:
            expected = ask(server)["score"]
        with Server(tmp_path / "with", normal="", config=config(dns, LISTS)) as server:
            wait_until(lambda: (r := ask(server))["score"] == expected and "list.example is off" in why(r)[0], 40)
            reply = ask(server)
            assert reply["score"] == expected and "ONE" not in reply["symbols"]
            assert len(why(reply)) == 1 and why(reply)[0].startswith(f"list.example is off: {words}"), reply
            assert dns.count("evil.example.list.example") == 0
            behave(dns, healthy)
            reply = wait_until(lambda: (r := ask(server))["symbols"].get("ONE") and r, 40)
            assert reply["symbols"]["ONE"]["options"] == ["evil.example:url"] and not why(reply)


# ---- beside the other ----

OURS = (SOURCE / "rules/rbl.conf").read_text()


def lists_for_both():
    """The stock lists of content, believed without tests, as a file of override.d."""
    text = OURS[OURS.index("SURBL_MULTI {"):OURS.index("# Pages of hosts")]
    return "rbls {\n" + text.replace("ignore_defaults = true;", "ignore_defaults = true; disable_monitoring = true;") + "}\n"


BESIDE = [
    mail("see http://www.evil.com/ and http://sub.evil2.co.uk/x?y=z"),
    mail('<a href="https://www.evil.com/x">go</a> <img src="http://cdn.evil2.co.uk/a.png">', "html"),
    mail("write to Some.One@box.evil.com", more="Reply-To: Ann@evil3.com\r\n"),
    mail("mailto:bob@evil2.co.uk and http://192.0.2.78/"),
    mail("nothing here"),
    mail("x", more="Subject: http://evil.com/\r\n"),
    mail('<a href="http://good.com/?u=http%3A%2F%2Fevil.com%2F">x</a>', "html"),
    mail("x", more="List-Unsubscribe: <http://evil.com/>\r\n"),
]
BESIDE_ZONE = f"""evil.com.multi.surbl.org A 127.0.0.72
evil.com.multi.uribl.com A 127.0.0.2
evil.com.dbl.spamhaus.org A 127.0.1.104
evil2.co.uk.dbl.spamhaus.org A 127.0.1.2
evil2.co.uk.uribl.spameatingmonkey.net A 127.0.0.2
78.2.0.192.multi.surbl.org A 127.0.0.64
evil3.com.multi.uribl.com A 127.0.0.4
{hidden("evil.com")}.uribl.rspamd.com A 127.0.0.2
{hidden("some.one.box.evil.com")}.email.rspamd.com A 127.0.0.2
{hidden("ann.evil3.com")}.email.rspamd.com A 127.0.0.2
{hashlib.sha1(b"bob@evil2.co.uk").hexdigest()}.ebl.msbl.org A 127.0.0.2
{hashlib.sha1(b"ann@evil3.com").hexdigest()}.ebl.msbl.org A 127.0.1.2
"""


def test_rspamd_finds_the_same(scan, tmp_path):
    folder = tmp_path / "etc"
    (folder / "override.d").mkdir(parents=True)
    (folder / "override.d/rbl.conf").write_text(lists_for_both())
    with ZoneServer(BESIDE_ZONE) as dns:
        files = {"options.inc": f'dns {{ nameserver = ["{dns.server}"]; timeout = 1s; }}\ndns_max_requests = 1000;\n'
                                "disable_hyperscan = true;\n",
                 "rbl.conf": lists_for_both()}
        with Rspamd(tmp_path / "other", files) as other:
            for message in BESIDE:
                # it asks some lists for nothing when the client has no name
                theirs = other.ask(message, {"From": "<mira@orchard.example>", "IP": CLIENT,
                                             "Helo": "c.orchard.example", "Hostname": "c.orchard.example"})
                ours = scan(message, BESIDE_ZONE, "--from", "mira@orchard.example", "--helo", "c.orchard.example",
                            "--hostname", "c.orchard.example", folder=folder)
                names = [{n for n in r["symbols"] if SYMBOLS.search(n)} for r in (ours, theirs)]
                assert names[0] == names[1], message


# ---- configuration ----

def test_what_rspamd_ships_is_no_mistake(winnow, tmp_path):
    """Its own file of lists, as a user would have copied it to change a line."""
    rspamd = "/etc/rspamd/modules.d/rbl.conf"
    try:
        text = open(rspamd, encoding="utf-8").read()
    except FileNotFoundError:
        pytest.skip(f"{rspamd} is not there")
    inner = text[text.index("rbls {"):text.rindex(".include(try=true,priority=5)")]
    (tmp_path / "local.d").mkdir()
    (tmp_path / "local.d/rbl.conf").write_text(inner)
    run = winnow.run("config", "check", "-c", tmp_path, check=False, zone=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("name", ["surbl", "emails"])
def test_sections_of_old_are_told(winnow, tmp_path, name):
    (tmp_path / "local.d").mkdir()
    (tmp_path / f"local.d/{name}.conf").write_text('rules { "MINE" { suffix = "bl.example.org"; } }\n')
    run = winnow.run("config", "check", "-c", tmp_path, check=False, zone=False)
    text = (run.stdout + run.stderr).decode()
    assert run.returncode == 0 and f"section {name} of Rspamd" in text and "rbl.conf" in text, text
