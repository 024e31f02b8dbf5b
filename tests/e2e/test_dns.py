"""Answers from the network, as the service has them: name servers of the test's own on loopback."""

import http.client
import json
import os
import signal
import socket
import threading
import time

import pytest

import milter_client
from serving import IS_SANITIZED, QUIET, Server, is_alive, pss_kb, stats, wait_until
from zone_server import Signer, ZoneServer

# Where servers on port 53 can be: another run of these tests may have its own.
NET = f"127.7.{os.getpid() % 250}."
# The sender is a@example.org and comes from 192.0.2.1: SPF says no.
RECORDS = 'example.org TXT "v=spf1 " "-all"\nmx.example.org A 192.0.2.1\n'


def config(dns, options="", more=""):
    return f"options {{ {options} dns {{ {dns} }} }}\nrbl {{ enabled = false; }}\n{more}{QUIET}"


def forward(*servers, more="", **parts):
    return config(f"servers = [{', '.join(json.dumps(s.server) for s in servers)}]; {more}", **parts)


def send(server, queue_id, sender="<a@example.org>"):
    """A message over milter; the fields of its line in the log."""
    with milter_client.session(server.port) as c:
        c.macros("M", i=queue_id)
        c.message(milter_client.HAM, b"Hello\r\n", sender=sender)
    return server.wait_message(queue_id)


def symbols(line):
    return {word.split("(")[0] for word in line["symbols"].split(",")}


def missing(line):
    return set(line.get("not_checked", "").split(",")) - {""}


def test_the_servers_that_are_named_are_asked_and_their_answers_kept(tmp_path):
    with ZoneServer(RECORDS) as dns, Server(tmp_path, proxy="count = 1;", config=forward(dns)) as server:
        line = send(server, "FIRST")
        assert "R_SPF_FAIL" in symbols(line) and "spf" not in missing(line), line
        assert dns.count("example.org", "TXT") == 1
        send(server, "SECOND")
        assert dns.count("example.org", "TXT") == 1
        told = wait_until(lambda: (s := stats(server))["dns_questions"] > 1 and s)
        assert told["dns_questions_cached"] >= 1


def test_what_is_too_long_for_a_datagram_comes_over_tcp(tmp_path):
    with ZoneServer(RECORDS, truncate=True) as dns, Server(tmp_path, config=forward(dns)) as server:
        assert "R_SPF_FAIL" in symbols(send(server, "LONG"))
        assert ("example.org", "TXT", "tcp") in dns.questions


def test_without_answers_there_is_a_verdict_in_time_that_names_what_is_missing(tmp_path):
    with ZoneServer(black_hole=True) as dns:
        text = forward(dns, more="timeout = 60s; retransmits = 1;", options="task_timeout = 2s;")
        with Server(tmp_path, config=text) as server:
            start = time.monotonic()
            line = send(server, "HOLE")
            assert time.monotonic() - start < 6
            assert 1900 < float(line["ms"]) < 4000
            assert "spf" in missing(line) and "R_SPF_FAIL" not in symbols(line), line
            assert wait_until(lambda: stats(server)["unfinished"] == 1)


def test_a_question_has_a_deadline_of_its_own(tmp_path):
    with ZoneServer("example.org TIMEOUT\nmx.example.org A 192.0.2.1") as dns:
        text = forward(dns, more="timeout = 500ms; retransmits = 2;")
        with Server(tmp_path, config=text) as server:
            line = send(server, "SLOW")
            assert 900 < float(line["ms"]) < 3000
            assert "spf" in missing(line)


def test_a_client_who_goes_away_leaves_no_question_behind(tmp_path):
    with ZoneServer(RECORDS, delay=0.5) as dns, Server(tmp_path, proxy="count = 1;", config=forward(dns)) as server:
        for _ in range(5):
            with milter_client.session(server.port) as c:
                c.envelope()
                for name, value in milter_client.HAM:
                    c.header(name, value)
                c.say("N")
                c.send("E")
                wait_until(lambda: dns.count("example.org", "TXT") > 0)
        assert "R_SPF_FAIL" in symbols(send(server, "AFTER"))
        assert len(server.workers()) == 1 and stats(server)["worker_deaths"] == 0


class Sending(threading.Thread):
    def __init__(self, server, queue_id, sender):
        super().__init__()
        self.server, self.queue_id, self.sender, self.replies = server, queue_id, sender, None
        self.start()

    def run(self):
        with milter_client.session(self.server.port) as c:
            c.macros("M", i=self.queue_id)
            self.replies = c.message(milter_client.HAM, b"Hello\r\n", sender=self.sender)


def test_a_reload_and_a_stop_let_open_questions_come_to_their_end(tmp_path):
    with ZoneServer(RECORDS, delay=1) as dns, Server(tmp_path, config=forward(dns)) as server:
        sending = Sending(server, "RELOAD", "<a@example.org>")
        wait_until(lambda: dns.count("example.org", "TXT") > 0)
        server.reload(drains=True)
        line = server.wait_message("RELOAD")
        assert "R_SPF_FAIL" in symbols(line) and "spf" not in missing(line)
        sending.join()
        assert milter_client.names(sending.replies)[-1] in "ac"
        sending = Sending(server, "STOP", "<a@stop.example>")
        wait_until(lambda: dns.count("stop.example", "TXT") > 0)
        server.process.send_signal(signal.SIGTERM)
        assert server.wait_message("STOP")["action"]
        sending.join()
        assert milter_client.names(sending.replies)[-1] in "ac"


def test_a_stop_that_cannot_wait_leaves_questions_open(tmp_path):
    with ZoneServer(RECORDS, black_hole=True) as dns:
        text = forward(dns, more="timeout = 60s; retransmits = 1;", options="task_timeout = 60s;")
        with Server(tmp_path, config=text) as server:
            with milter_client.session(server.port) as c:
                c.envelope()
                c.say("N")
                c.send("E")
                wait_until(lambda: dns.count("example.org", "TXT") > 0)
                server.process.send_signal(signal.SIGTERM)
                server.process.wait(30)


def test_servers_of_the_house_are_found_by_name_and_looked_up_again(tmp_path):
    with ZoneServer(RECORDS) as dns:
        with Server(tmp_path, config=config(f'servers = "localhost:{dns.port}";')) as server:
            assert "R_SPF_FAIL" in symbols(send(server, "NAMED"))
            (pid,) = server.family("winnow-hosts")
            os.kill(pid, signal.SIGKILL)
            assert "signal 9" in server.wait_line("hosts")
            wait_until(lambda: server.family("winnow-hosts") not in ([], [pid]))
        wait_until(lambda: not is_alive(pid))


@pytest.mark.parametrize("dns", ["mode = off;", "zone = /dev/null;"])
def test_who_asks_nobody_names_what_is_not_checked_and_a_table_is_an_answer(tmp_path, dns):
    with Server(tmp_path, config=config(dns)) as server:
        line = send(server, "ALONE")
        assert ("spf" in missing(line)) == ("off" in dns)
        assert not server.family("winnow-hosts")


def test_a_table_answers_instead_of_the_network(tmp_path):
    (tmp_path / "table").write_text(RECORDS)
    with Server(tmp_path / "etc", config=config(f'zone = "{tmp_path}/table";')) as server:
        assert "R_SPF_FAIL" in symbols(send(server, "TABLE"))


def test_what_is_wrong_in_the_section_is_told_at_the_start(winnow, tmp_path):
    (tmp_path / "winnow.conf").write_text(config('servers = "192.0.2.256";'))
    run = winnow.run("config", "check", "-c", tmp_path, check=False)
    assert run.returncode == 3 and b"is no name server" in run.stdout + run.stderr
    for text, place, words in [
            ('nameserver = ["foo bar"];', 1, 'options.dns.nameserver: "foo bar" is no name server'),
            ('servers = "127.0.0.1:0";', 1, 'options.dns.servers: "127.0.0.1:0" is no name server'),
            ('servers = "127.0.0.1";\nnameserver = "foo bar";', 2, 'options.dns.nameserver: "foo bar" is no name server')]:
        (tmp_path / "winnow.conf").write_text("options { dns {\n" + text + "\n} }\n")
        run = winnow.run("config", "check", "-c", tmp_path, check=False)
        assert run.returncode == 3 and f"winnow.conf:{place + 1}:1: {words}".encode() in run.stdout + run.stderr
    # as an Rspamd user has it
    (tmp_path / "winnow.conf").write_text(config(
        'nameserver = "master-slave:127.0.0.1:53:10"; timeout = 1s; retransmits = 3; sockets = 16;'))
    run = winnow.run("config", "check", "-c", tmp_path, check=False)
    assert run.returncode == 0, run.stderr


def test_what_is_shown_is_no_mode_that_does_not_hold(winnow, tmp_path):
    """Without a mode, servers decide it."""
    (tmp_path / "winnow.conf").write_text('options { dns { servers = "127.0.0.1"; } }\n')
    shown = winnow.run("config", "show", "options.dns", "-c", tmp_path).stdout
    assert b"127.0.0.1" in shown and b"mode" not in shown and b"recurse" not in shown


def test_it_lives_without_the_network_and_says_that_it_is_well(tmp_path):
    with ZoneServer(black_hole=True) as dns, Server(tmp_path, normal="", config=forward(dns)) as server:
        start = time.monotonic()
        c = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=10)
        c.request("GET", "/healthy")
        assert c.getresponse().status == 200 and time.monotonic() - start < 2


@pytest.mark.skipif(IS_SANITIZED, reason="the sanitizers take most of it")
def test_a_worker_stays_small(tmp_path):
    records = "".join(f'd{i}.example TXT "v=spf1 ip4:192.0.2.{i % 250} -all"\n' for i in range(3000))
    with ZoneServer(records) as dns, Server(tmp_path, proxy="count = 1;", config=forward(dns)) as server:
        (worker,) = server.workers()
        before = pss_kb(worker)
        for i in range(3000):
            with milter_client.session(server.port) as c:
                c.message(milter_client.HAM, b"Hello\r\n", sender=f"<a@d{i}.example>")
        assert pss_kb(worker) < 40 << 10
        print(f"Pss {before} kB, after 3000 domains {pss_kb(worker)} kB")


# ---- recursion: a root of the test's own, at port 53 of addresses of loopback ----

ROOT = """
. SOA a.root. h.root. 1 3600 600 86400 60
. NS a.root
a.root A 127.7.0.1
org NS ns.org
ns.org A 127.7.0.2
""".replace("127.7.0.", NET)
ORG = """
org SOA ns.org. h.org. 1 3600 600 86400 60
org NS ns.org
ns.org A 127.7.0.2
example.org NS ns.example.org
ns.example.org A 127.7.0.3
""".replace("127.7.0.", NET)
EXAMPLE = RECORDS + """
example.org SOA ns.example.org. h.example.org. 1 3600 600 86400 60
example.org NS ns.example.org
ns.example.org A 127.7.0.3
""".replace("127.7.0.", NET)



def why_not_port_53():
    """A name server of the machine may have the port on all addresses."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((f"{NET}1", 53))
    except OSError as error:
        return f"port 53 cannot be listened on: {error.strerror}"
    return None


needs_port_53 = pytest.mark.skipif(why_not_port_53() is not None, reason=str(why_not_port_53()))


@pytest.fixture
def hints(tmp_path):
    path = tmp_path / "hints"
    path.write_text(f"; a root of our own\n. 3600000 NS a.root.\na.root. 3600000 A {NET}1\n")
    return f'root_hints = "{path}"; dnssec = false;'


@needs_port_53
def test_the_servers_of_the_zones_are_asked_from_the_root_down(tmp_path, hints):
    with ZoneServer(ROOT, f"{NET}1", 53, apexes=["."]) as root, \
            ZoneServer(ORG, f"{NET}2", 53, apexes=["org"]) as org, \
            ZoneServer(EXAMPLE, f"{NET}3", 53, apexes=["example.org"]) as example, \
            Server(tmp_path / "etc", config=config(hints)) as server:
        line = send(server, "DOWN")
        assert "R_SPF_FAIL" in symbols(line), line
        assert root.count() > 0 and org.count() > 0
        assert example.count("example.org", "TXT") == 1
        # who is higher up learns no more than he must (RFC 9156)
        assert root.count("example.org") == 0 and org.count("mx.example.org") == 0


@needs_port_53
def test_where_recursion_is_blocked_the_systems_servers_are_asked_and_that_is_told_once(tmp_path, hints):
    conf = tmp_path / "resolv.conf"
    conf.write_text(f"search example.org\nnameserver {NET}9\noptions edns0\n")
    with ZoneServer("", f"{NET}1", 53, apexes=["."], black_hole=True) as root, \
            ZoneServer(RECORDS, f"{NET}9", 53) as system, \
            Server(tmp_path / "etc", proxy="count = 3;", config=config(f'{hints} resolv_conf = "{conf}";')) as server:
        lines = []
        for i in range(12):
            lines.append(send(server, f"BLOCKED{i}"))
        assert all("R_SPF_FAIL" in symbols(line) for line in lines), lines
        assert root.count() > 0 and system.count("example.org", "TXT") > 0
        assert sum("the system's servers are asked instead" in line for line in server.lines) == 1


# ---- DNSSEC ----

def answers(winnow, folder, dns, signer):
    """The records of a scan, by key."""
    (folder / "key").write_text(signer.anchor + "\n")
    (folder / "m.eml").write_text("From: a@example.org\n\nHello\n")
    (folder / "winnow.conf").write_text(forward(dns, more=f'trust_anchor = "{folder}/key";'))
    winnow.run("scan", "-c", folder, "--ip", "192.0.2.1", "--from", "a@example.org", "--record",
               folder / "record", folder / "m.eml", zone=False)
    lines = [json.loads(line) for line in (folder / "record").read_text().splitlines()]
    return {line["key"]: line for line in lines if line["kind"] == "dns"}


def test_signatures_are_checked_where_the_server_passes_them_on(winnow, tmp_path):
    signer = Signer()
    with ZoneServer(RECORDS, signer=signer, delay=0.2) as dns:
        assert "secure" in answers(winnow, tmp_path, dns, signer)["TXT example.org"]["answer"]
    # one that strips them is asked without
    with ZoneServer(RECORDS, delay=0.2) as dns:
        answer = answers(winnow, tmp_path, dns, signer)["TXT example.org"]["answer"]
        assert answer.startswith("found") and "secure" not in answer


def test_one_zone_with_wrong_signatures_does_not_end_the_checking_of_all(tmp_path):
    signer = Signer()
    (tmp_path / "key").write_text(signer.anchor + "\n")
    names = [f"n{i}.example.org" for i in range(60)]
    signer.wrong = set(names)
    zone = RECORDS + "".join(f'{name} TXT "v=spf1 -all"\n' for name in names)
    with ZoneServer(zone, signer=signer, delay=0.02) as dns:
        text = forward(dns, more=f'trust_anchor = "{tmp_path}/key";')
        with Server(tmp_path / "serve", proxy="count = 1;", config=text) as server:
            time.sleep(1)
            send(server, "FIRST")
            for i, name in enumerate(names):
                line = send(server, f"WRONG{i}", f"<a@{name}>")
                assert "spf" in missing(line) and "R_SPF_FAIL" not in symbols(line), (i, line)
            assert "R_SPF_FAIL" in symbols(send(server, "LAST", "<b@example.org>"))


@needs_port_53
def test_an_answer_with_a_wrong_signature_is_none(winnow, tmp_path, hints):
    signer = Signer()
    (tmp_path / "key").write_text(signer.anchor + "\n")
    (tmp_path / "m.eml").write_text("From: a@example.org\n\nHello\n")
    hints = hints.replace("dnssec = false", f'trust_anchor = "{tmp_path}/key"')
    (tmp_path / "winnow.conf").write_text(config(hints))

    def ask():
        winnow.run("scan", "-c", tmp_path, "--ip", "192.0.2.1", "--from", "a@example.org", "--record",
                   tmp_path / "record", tmp_path / "m.eml", zone=False)
        lines = [json.loads(line) for line in (tmp_path / "record").read_text().splitlines()]
        return {line["key"]: line for line in lines}["TXT example.org"]

    with ZoneServer(f". NS a.root\na.root A {NET}1\n{RECORDS}", f"{NET}1", 53, apexes=["."], signer=signer):
        assert "secure" in ask()["answer"]
        signer.wrong = {"example.org"}
        wrong = ask()
        assert wrong["rc"] == "tempfail" and "DNSSEC" in str(wrong), wrong
