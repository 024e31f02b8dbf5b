"""Block lists as the service asks them: what they count, and what happens when they cannot be believed."""

import contextlib
import http.client
import json
import subprocess
import time

import pytest

import zone_server
from conftest import WINNOW
from serving import QUIET, Server, wait_until
from zone_server import ZoneServer

MESSAGE = b"From: mira@orchard.example\r\nSubject: apples\r\n\r\nThere are some.\r\n"
ZONE = "list.example"
LISTED = f"9.2.0.192.{ZONE} A 127.0.0.2\n"
WELL = f"2.0.0.127.{ZONE} A 127.0.0.2\n" + LISTED
CLIENT = "192.0.2.9"
STOCK = """spamhaus mailspike sem semIPv6 dnswl virusfree blocklistde dnswl_dwl SURBL_MULTI URIBL_MULTI DBL
SEM_URIBL_UNKNOWN SEM_URIBL_FRESH15_UNKNOWN RSPAMD_URIBL RSPAMD_EMAILBL MSBL_EBL SURBL_HASHBL""".split()
INTERVAL = 15  # of a list that is off: a fifteenth of it, one second


@pytest.fixture(autouse=True)
def short_lived_answers(monkeypatch):
    """So that what has changed is seen before the resolver's cache has forgotten it."""
    monkeypatch.setattr(zone_server, "TTL", 1)


def config(dns, lists=None, more=""):
    if lists is None:
        lists = f'one {{ symbol = ONE; rbl = "{ZONE}"; checks = [from]; }}'
    off = " ".join(f"{name} {{ enabled = no; }}" for name in STOCK)
    return (f'options {{ dns {{ servers = ["{dns.server}"]; timeout = 1s; retransmits = 1; }} {more} }}\n'
            f"rbl {{ test_interval = {INTERVAL}s; rbls {{ {off} {lists} }} }}\n"
            f"symbols {{ ONE {{ score = 5; }} ONE_FAIL {{ score = 0; }} }}\n{QUIET}")


def scan(server, client=CLIENT):
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=60)
    with contextlib.closing(connection):
        connection.request("POST", "/checkv2", MESSAGE, {"IP": client, "Hostname": "mail.orchard.example"})
        return json.loads(connection.getresponse().read())


def why(reply):
    """What is said of the check rbl among those that were not done."""
    return [gap["why"] for gap in reply["not_checked"] if gap["check"] == "rbl"]


def told(server, words=ZONE):
    return [line for line in server.lines if words in line and "scan" not in line]


def score_without_lists(folder, dns):
    with Server(folder, normal="", config=config(dns, lists="")) as server:
        return scan(server)["score"]


def test_a_listed_client_counts_and_others_do_not(tmp_path):
    with ZoneServer(WELL) as dns, Server(tmp_path, normal="", config=config(dns)) as server:
        reply = scan(server)
        assert reply["symbols"]["ONE"]["score"] == 5 and not why(reply), reply
        assert reply["symbols"]["ONE"]["options"] == [f"{CLIENT}:from"]
        reply = scan(server, "192.0.2.8")
        assert "ONE" not in reply["symbols"] and not why(reply)
        assert not told(server)


def failing(zone, fate):
    return f"1.0.0.127.{zone} {fate}\n2.0.0.127.{zone} {fate}\n9.2.0.192.{zone} {fate}\n"


@pytest.mark.parametrize("bad, healthy, words", [
    ({"refuse": [ZONE]}, {"refuse": []}, "it refuses our questions (127.255.255.254)"),
    ({"wildcard": "127.0.0.2"}, {"wildcard": None}, "it lists what no list has (answer 127.0.0.2)"),
    ({"wildcard": "198.51.100.80"}, {"wildcard": None}, "it lists what no list has (answer 198.51.100.80)"),
    ({"black_hole": True}, {"black_hole": False}, "its servers do not answer"),
    ({"text": failing(ZONE, "SERVFAIL")}, {"text": WELL}, "its servers do not answer"),
], ids=["refuses", "lists-everybody", "parked", "silent", "servfail"])
def test_a_list_that_cannot_be_believed_counts_nothing_is_named_and_comes_back(tmp_path, bad, healthy, words):
    def behave(dns, behaviour):
        for key, value in behaviour.items():
            dns.set(value) if key == "text" else setattr(dns, key, value)

    with ZoneServer(WELL) as dns:
        behave(dns, bad)
        expected = score_without_lists(tmp_path / "without", dns)
        with Server(tmp_path / "with", proxy="count = 3;", normal="", config=config(dns)) as server:
            # without an answer it takes three tests until a list is off; nothing counts before
            wait_until(lambda: (r := scan(server))["score"] == expected and f"{ZONE} is off" in why(r)[0])
            for _ in range(4):
                reply = scan(server)
                assert reply["score"] == expected, reply
                assert "ONE" not in reply["symbols"], reply
                assert len(why(reply)) == 1 and why(reply)[0].startswith(f"{ZONE} is off: {words}"), reply
            # nothing but the test points was asked for
            assert dns.count(f"9.2.0.192.{ZONE}") == 0
            time.sleep(3)
            assert scan(server)["score"] == expected
            assert len(told(server)) == 1 and words in told(server)[0], server.lines
            behave(dns, healthy)
            reply = wait_until(lambda: (r := scan(server))["symbols"].get("ONE") and r, 40)
            assert reply["symbols"]["ONE"]["score"] == 5 and not why(reply)
            server.wait_line(f"{ZONE} is on again")
            time.sleep(1)
            assert len(told(server)) == 2, told(server)


def test_a_list_that_begins_to_refuse_is_off_before_the_next_test_is_due(tmp_path):
    with ZoneServer(WELL) as dns:
        text = config(dns).replace(f"test_interval = {INTERVAL}s", "test_interval = 2min")
        with Server(tmp_path, normal="", config=text) as server:
            assert "ONE" in scan(server)["symbols"]
            dns.refuse = [ZONE]
            time.sleep(2)  # a test that was made just now is not doubted
            reply = scan(server, "192.0.2.10")
            assert why(reply) == [f"{ZONE} refuses our questions (127.255.255.254), so what it says does not count"]
            reply = wait_until(lambda: (r := scan(server, "192.0.2.11")) and "is off" in why(r)[0] and r)
            wait_until(lambda: told(server))
            assert len(told(server)) == 1, told(server)


def test_what_is_known_of_lists_stands_in_the_metrics(tmp_path):
    lists = (f'one {{ symbol = ONE; rbl = "{ZONE}"; checks = [from]; }} '
             'two { symbol = TWO; rbl = "bad.example"; checks = [from]; }')
    with ZoneServer(WELL, refuse=["bad.example"]) as dns:
        with Server(tmp_path, normal="", config=config(dns, lists)) as server:
            reply = scan(server)
            assert "ONE" in reply["symbols"] and why(reply)[0].startswith("bad.example is off"), reply

            def metrics():
                connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=60)
                with contextlib.closing(connection):
                    connection.request("GET", "/metrics")
                    return connection.getresponse().read().decode()

            assert f'winnow_list_usable{{zone="{ZONE}"}} 1\n' in metrics()
            assert 'winnow_list_usable{zone="bad.example"} 0\n' in metrics()
            run = subprocess.run([WINNOW, "stats", "-c", server.folder], env=server.env, capture_output=True,
                                 text=True, check=True)
            assert "Block lists that are off: bad.example\n" in run.stdout, run.stdout
            assert "Questions to DNS: " in run.stdout


def test_without_dns_nothing_is_tested_and_nothing_told(tmp_path):
    text = f"options {{ dns {{ mode = off; }} }}\n{QUIET}"
    with Server(tmp_path, normal="", config=text) as server:
        reply = scan(server)
        assert why(reply), reply
        time.sleep(1)
        assert not told(server, "is off"), server.lines


def test_the_stock_lists_are_read_as_they_are(winnow, tmp_path):
    """One line of a zone for each: what it means, and what it counts."""
    (tmp_path / "message").write_bytes(
        b"Received: from relay.example (relay.example [198.51.100.7]) by mx.orchard.example with ESMTP id 1;"
        b" Sun, 22 Nov 2026 11:00:00 +0000\r\n" + MESSAGE)
    cases = [
        ("9.2.0.192.zen.spamhaus.org", "127.0.0.2", {"RBL_SPAMHAUS_SBL": 4}),
        ("9.2.0.192.zen.spamhaus.org", "127.0.0.3", {"RBL_SPAMHAUS_CSS": 2}),
        ("9.2.0.192.zen.spamhaus.org", "127.0.0.7", {"RBL_SPAMHAUS_XBL": 4}),
        ("9.2.0.192.zen.spamhaus.org", "127.0.0.9", {"RBL_SPAMHAUS_DROP": 7}),
        ("9.2.0.192.zen.spamhaus.org", "127.0.0.11", {"RBL_SPAMHAUS_PBL": 2}),
        ("9.2.0.192.zen.spamhaus.org", "127.0.0.77", {"RBL_SPAMHAUS": 0}),
        ("9.2.0.192.zen.spamhaus.org", "127.255.255.254", {"RBL_SPAMHAUS_BLOCKED_OPENRESOLVER": 0}),
        ("7.100.51.198.zen.spamhaus.org", "127.0.0.2", {"RECEIVED_SPAMHAUS_SBL": 3}),
        ("7.100.51.198.zen.spamhaus.org", "127.0.0.4", {"RECEIVED_SPAMHAUS_XBL": 1}),
        ("9.2.0.192.bl.blocklist.de", "127.0.0.14", {"RBL_BLOCKLISTDE": 4}),
        ("7.100.51.198.bl.blocklist.de", "127.0.0.14", {"RECEIVED_BLOCKLISTDE": 3}),
        ("9.2.0.192.rep.mailspike.net", "127.0.0.10", {"RBL_MAILSPIKE_WORST": 2}),
        ("9.2.0.192.rep.mailspike.net", "127.0.0.20", {"RWL_MAILSPIKE_EXCELLENT": -0.4}),
        ("9.2.0.192.list.dnswl.org", "127.0.9.3", {"RCVD_IN_DNSWL_HI": -0.5}),
        ("9.2.0.192.list.dnswl.org", "127.0.0.255", {"DNSWL_BLOCKED": 0}),
        ("9.2.0.192.bip.virusfree.cz", "127.0.0.2", {"RBL_VIRUSFREE_BOTNET": 2}),
        ("9.2.0.192.bl.spameatingmonkey.net", "127.0.0.2", {"RBL_SEM": 1}),
    ]
    lists = ("RBL_", "RECEIVED_", "RWL_", "MAILSPIKE", "RCVD_IN", "DNSWL", "DWL", "SPAMHAUS")
    for name, address, expected in cases:
        (tmp_path / "zone").write_text(f"{name} A {address}\n")
        [reply] = winnow.scan("--zone", tmp_path / "zone", "--ip", CLIENT, tmp_path / "message")
        got = {k: v["score"] for k, v in reply["symbols"].items() if k.startswith(lists)}
        assert got == expected, (name, address, got)


def test_a_wrong_key_has_its_place_and_the_nearest_name(winnow, tmp_path):
    (tmp_path / "local.d").mkdir()
    (tmp_path / "local.d/rbl.conf").write_text('rbls {\n  spamhaus {\n    retruncodes { A = "127.0.0.2"; }\n  }\n}\n')
    run = winnow.run("config", "check", "-c", tmp_path, check=False, zone=False)
    text = run.stdout + run.stderr
    text = text.decode() if isinstance(text, bytes) else text
    assert run.returncode != 0
    assert 'rbl.conf:3:5: rbl.rbls.spamhaus has no setting "retruncodes"' in text and "returncodes" in text
