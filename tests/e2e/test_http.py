"""HTTP against the real process: Rspamd's own client, other clients, and what does not hurt it."""

import http.client
import json
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import time

import pytest

from conftest import DATA, SOURCE
from serving import IS_SANITIZED, Server, cpu_seconds, pss_kb, wait_until

GTUBE = (DATA / "gtube.eml").read_bytes()
HAM = (b"From: Ann <ann@example.org>\r\nTo: ben@example.net\r\nSubject: Lunch\r\n"
       b"Message-ID: <1@example.org>\r\n\r\nSee you at noon.\r\n")

needs_rspamc = pytest.mark.skipif(shutil.which("rspamc") is None, reason="rspamc (package rspamd) is not installed")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("http") / "etc", normal="") as s:
        yield s


def ask(server, method, path, body=None, headers=()):
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=20)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    reply = connection.getresponse()
    data = reply.read()
    connection.close()
    return reply.status, reply.headers, data


def can_ask(server):
    try:
        return ask(server, "GET", "/ping")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def rspamc(server, *args, stdin=None):
    result = subprocess.run(["rspamc", "-h", f"127.0.0.1:{server.http_port}", *map(str, args)], input=stdin,
                            capture_output=True, timeout=60)
    return result.stdout.decode()


class Raw:
    """A connection on which anything can be said."""

    def __init__(self, server, timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", server.http_port), timeout=timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def rest(self):
        """All that comes until the server closes."""
        data = b""
        while piece := self.socket.recv(65536):
            data += piece
        return data


# ---- the verdict ----

def test_the_verdict_has_rspamds_members(server):
    status, headers, body = ask(server, "POST", "/checkv2", GTUBE)
    reply = json.loads(body)
    assert status == 200 and headers["Content-Type"] == "application/json"
    assert reply["action"] == "reject" and reply["symbols"]["GTUBE"]["name"] == "GTUBE"
    assert reply["message-id"] == "9@orchard.example"
    assert reply["messages"]["smtp_message"] == "Gtube pattern"
    assert reply["required_score"] == reply["thresholds"]["reject"] == 15
    assert reply["time_real"] >= 0 and reply["is_skipped"] is False
    assert "urls" not in reply and "emails" not in reply


LINKS = (b"From: ann@example.org\nSubject: s\nContent-Type: text/html\n\n<a href='http://u@www.example.com/a'>"
         b"http://example.net/</a> ask ben@Example.NET <img src='http://img.example.com/a.png'>\n")


def test_where_it_leads_is_listed(server):
    reply = json.loads(ask(server, "POST", "/checkv2", LINKS)[2])
    assert reply["urls"] == ["www.example.com", "example.net", "img.example.com"]
    assert reply["emails"] == ["ben@example.net"]


@pytest.mark.parametrize("header", [("URL-Format", "extended"), ("Flags", "pass_all, ext_urls")])
def test_urls_are_listed_as_objects_for_who_asks(server, header):
    link, shown, image = json.loads(ask(server, "POST", "/checkv2", LINKS, [header])[2])["urls"]
    assert link["url"] == "http://u@www.example.com/a" and link["host"] == "www.example.com"
    assert link["tld"] == "example.com" and link["flags"] == ["has_user", "url_displayed", "phished"]
    assert link["linked_url"] == shown and shown["host"] == "example.net"
    assert shown["flags"] == ["html_displayed"] and image["flags"] == ["image"]


def test_old_clients_get_their_form(server):
    for path in ("/check", "/scan", "/symbols", "/process", "/report", "/report_ifspam"):
        reply = json.loads(ask(server, "POST", path, GTUBE)[2])
        assert reply["default"]["is_spam"] is True and reply["default"]["action"] == "reject"
        assert reply["default"]["GTUBE"]["name"] == "GTUBE"
        assert "X-Spamd-Result" in reply["rmilter"]["add_headers"] and "milter" not in reply


def test_what_the_mail_server_knows_is_in_the_line_of_the_log(server):
    ask(server, "POST", "/checkv2?helo=h.example", HAM, [
        ("From", "<ann@example.org>"), ("Rcpt", "<ben@example.net>, cal@example.net"), ("Rcpt", "dan@example.net"),
        ("IP", "192.0.2.7"), ("User", "ann"), ("Queue-ID", "4WXYZ")])
    line = server.wait_message("4WXYZ")
    assert line["from"] == "ann@example.org" and line["ip"] == "192.0.2.7" and line["user"] == "ann"
    assert line["rcpts"] == "3"


def test_a_message_may_stay_out_of_the_log(server):
    for headers in ([("Log", "no")], [("Flags", "pass_all,no_log")]):
        ask(server, "POST", "/checkv2", HAM, [("Queue-ID", "QUIET"), *headers])
    ask(server, "POST", "/checkv2", HAM, [("Queue-ID", "LOUD")])
    server.wait_message("LOUD")
    assert not any("QUIET" in line for line in server.lines)


@needs_rspamc
@pytest.mark.parametrize("args", [
    [], ["-p"], ["-i", "192.0.2.7", "-u", "ann", "-F", "a@orchard.example", "-r", "jonas@harbour.example",
                 "--helo", "h.example", "--hostname", "h.example"],
    ["--header", "Queue-ID=1"], ["--headers"], ["--raw"], ["-d", "x@example.org"], ["--sort", "weight"]])
def test_rspamc_prints_the_verdict(server, args):
    out = rspamc(server, *args, DATA / "gtube.eml")
    assert "[Metric: default]\nAction: reject\nSpam: true\nScore: " in out
    assert re.search(r"^Symbol: GTUBE \(0\.00\)$", out, re.M)
    assert "Message-ID: 9@orchard.example\nMessage - smtp_message: Gtube pattern" in out


@needs_rspamc
def test_rspamc_prints_json_and_several_files(server):
    for args in (["--json"], ["--json", "--compact"]):
        out = rspamc(server, *args, DATA / "gtube.eml")
        assert json.loads(out[out.index("{"):])["action"] == "reject"
    out = rspamc(server, *[SOURCE / "share" / "samples" / name for name in ("ham.eml", "spam.eml")],
                 DATA / "gtube.eml")
    assert out.count("[Metric: default]") == 3
    assert "Action: reject" in rspamc(server, stdin=GTUBE)
    assert "[Metric: default]" in rspamc(server, "-E", stdin=b"")


@needs_rspamc
def test_rspamc_writes_the_message_with_its_headers(server):
    out = rspamc(server, "--mime", DATA / "gtube.eml")
    assert re.search(r"^X-Spam-Action: reject$", out, re.M) and re.search(r"^X-Spam: yes$", out, re.M)
    assert out.rstrip().endswith(GTUBE.split()[-1].decode())


@needs_rspamc
def test_rspamc_shows_what_is_not_there(server):
    assert "HTTP error: 501, Compressed messages" in rspamc(server, "-z", DATA / "gtube.eml")
    assert "HTTP error: 501, Settings" in rspamc(server, "--header", "Settings-ID=x", DATA / "gtube.eml")
    assert "HTTP error: 403, Messages are never read" in rspamc(server, "--header", "File=/etc/passwd", "-E", stdin=b"")


@needs_rspamc
def test_rspamc_prints_the_counts(server):
    assert re.search(r"^Messages scanned: \d+$", rspamc(server, "stat"), re.M)


def test_exim_is_answered_in_its_older_way(server):
    with Raw(server) as raw:
        raw.send(b"CHECK RSPAMC/1.3\r\nContent-length: %d\r\nQueue-Id: EXIM\r\nFrom: <a@b.example>\r\n"
                 b"Recipient-Number: 1\r\nRcpt: <c@d.example>\r\n\r\n%s" % (len(GTUBE), GTUBE))
        # as Exim takes it apart
        match = re.match(rb"RSPAMD/1\.3 0 EX_OK\r\nMetric: default; (True|False); (\S+) / (\S+) / (\S+)\r\n"
                         rb"Action: reject\r\n", raw.rest())
        assert match and match[1] == b"True" and float(match[3]) == 15
    assert server.wait_message("EXIM")["from"] == "a@b.example"


# ---- pages ----

def test_pages(server):
    assert ask(server, "GET", "/ping")[2] == b"pong\r\n"
    groups = json.loads(ask(server, "GET", "/symbols")[2])
    assert any(rule["symbol"] == "GTUBE" for group in groups for rule in group["rules"])
    assert {"action": "reject", "value": 15} in json.loads(ask(server, "GET", "/actions")[2])
    for path in ("/health", "/healthy", "/ready"):
        assert json.loads(ask(server, "GET", path)[2]) == {"success": True}
    status, headers, body = ask(server, "GET", "/metrics")
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4") and b"\n# TYPE " in body
    assert json.loads(ask(server, "GET", "/stat")[2])["scanned"] >= 0
    assert ask(server, "HEAD", "/ping")[2] == b""


def test_errors_have_rspamds_form(server):
    status, _, body = ask(server, "GET", "/nowhere")
    assert status == 404 and "GET, HEAD /metrics" in json.loads(body)["routes"]
    status, headers, body = ask(server, "DELETE", "/checkv2")
    assert status == 405 and headers["Allow"] == "GET, POST, PUT"
    status, _, body = ask(server, "POST", "/checkv3", b"x")
    assert status == 501 and json.loads(body)["error_domain"] == "winnow"


@pytest.mark.parametrize("name", ["File", "Path", "Shm", "file"])
def test_no_file_of_the_server_is_read(server, name):
    for path, headers in (("/checkv2", [(name, "/etc/passwd")]), (f"/checkv2?{name}=/etc/passwd", [])):
        status, _, body = ask(server, "POST", path, b"x", headers)
        assert status == 403 and b"root" not in body


# ---- connections ----

def test_requests_follow_each_other_on_one_connection(server):
    with Raw(server) as raw:
        for _ in range(3):
            raw.send(b"POST /checkv2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
                     % (len(GTUBE), GTUBE))
        raw.send(b"GET /ping HTTP/1.1\r\nConnection: close\r\n\r\n")
        data = raw.rest()
        assert data.count(b"HTTP/1.1 200 OK") == 4 and data.count(b'"action":"reject"') == 3


def test_a_client_that_waits_is_told_to_go_on(server):
    with Raw(server) as raw:
        raw.send(b"POST /checkv2 HTTP/1.0\r\nContent-Length: 4\r\n\r\na: b")
        assert b'"action"' in raw.rest()
    with Raw(server) as raw:
        raw.send(b"POST /checkv2 HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        assert raw.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.send(b"a: b")
        assert b'"action"' in raw.rest()


def test_too_large_a_message_is_refused_before_it_is_sent(server):
    with Raw(server) as raw:
        raw.send(b"POST /checkv2 HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")
        assert raw.rest().startswith(b"HTTP/1.1 413 ")


def test_fifty_megabytes_are_judged(server):
    line = b"x" * 76 + b"\r\n"
    body = HAM + line * ((50 << 20) // len(line) - 10)
    assert ask(server, "POST", "/checkv2", body)[0] == 200


def test_slow_and_silent_clients_are_ended(tmp_path):
    with Server(tmp_path / "etc", normal="timeout = 1s; request_timeout = 2s; idle_timeout = 1s;") as server:
        with Raw(server) as idle, Raw(server) as silent, Raw(server) as slow:
            silent.send(b"POST /checkv2 HTTP/1.1\r\nContent-Length: 4\r\n\r\n")
            slow.send(b"POST /checkv2 HTTP/1.1\r\n")
            for _ in range(10):
                slow.send(b"X: y\r\n")
                time.sleep(0.3)
                if select.select([slow.socket], [], [], 0)[0]:
                    break
            assert slow.rest().startswith(b"HTTP/1.1 408 ")
            assert silent.rest().startswith(b"HTTP/1.1 408 ")
            assert idle.rest() == b""
        assert ask(server, "GET", "/ping")[0] == 200


def test_connections_are_counted(tmp_path):
    with Server(tmp_path / "etc", normal="max_connections = 3; count = 1;", proxy="count = 1;") as server:
        kept = [Raw(server) for _ in range(3)]
        for raw in kept:
            raw.send(b"GET /ping HTTP/1.1\r\n\r\n")
            assert raw.socket.recv(1000).startswith(b"HTTP/1.1 200 ")
        with Raw(server) as raw:
            assert raw.rest().startswith(b"HTTP/1.1 503 ")
        kept.pop().socket.close()
        wait_until(lambda: can_ask(server), what="a free place")
        for raw in kept:
            raw.socket.close()


def test_a_chunk_without_an_end_costs_nothing(server):
    """Its size is never kept, nor looked through twice."""
    pid = server.workers()
    before = sum(map(cpu_seconds, pid))
    with Raw(server) as raw:
        raw.send(b"POST /checkv2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(160):
                raw.send(b"1" * 65536)
        except OSError:
            pass
    assert sum(map(cpu_seconds, pid)) - before < 1
    assert ask(server, "GET", "/ping")[0] == 200


def test_what_is_under_way_is_answered_before_the_end(tmp_path):
    with Server(tmp_path / "etc", normal="") as server:
        with Raw(server) as raw:
            raw.send(b"POST /checkv2 HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(GTUBE))
            # a worker has it once it is counted as open
            raw.send(GTUBE[:50])
            time.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            raw.send(GTUBE[50:])
            data = raw.rest()
            assert b"Connection: close" in data and b'"action":"reject"' in data
        server.process.wait(20)


def test_idle_connections_are_cheap(tmp_path):
    with Server(tmp_path / "etc", normal="count = 1;", proxy="count = 1;") as server:
        pid = server.workers()[0]
        with Raw(server) as raw:
            raw.send(b"GET /ping HTTP/1.1\r\n\r\n")
            raw.socket.recv(1000)
        before = pss_kb(pid)
        kept = [Raw(server) for _ in range(500)]
        for raw in kept:
            raw.send(b"GET /ping HTTP/1.1\r\n\r\n")
            raw.socket.recv(1000)
        if not IS_SANITIZED:
            assert (pss_kb(pid) - before) / len(kept) < 12
        for raw in kept:
            raw.socket.close()


# ---- the page ----

def test_the_page_names_every_header_and_route():
    code = (SOURCE / "src" / "http" / "request.c").read_text()
    page = (SOURCE / "docs" / "http.md").read_text()
    rows = re.findall(r'^\t\{"([\w-]+)",', code, re.M)
    assert len(rows) > 30
    assert sorted(re.findall(r"^\| `([\w-]+)` \|", page, re.M)) == sorted(rows)
    routes = re.findall(r'\.path = "(/\w+)"', (SOURCE / "src" / "http" / "routes.c").read_text())
    assert routes and all(f"`{route}`" in page for route in routes)


@needs_curl
@needs_rspamc
def test_the_examples_of_the_page_work(server):
    text = (SOURCE / "docs" / "http.md").read_text()
    blocks = re.findall(r"(?m)^    \$ (.*)\n((?:    .*\n)+)", text)
    assert len(blocks) >= 5
    for command, shown in blocks:
        words = shlex.split(command.replace("127.0.0.1:11333", f"127.0.0.1:{server.http_port}"))
        out = subprocess.run([words[0], *(["-s"] if words[0] == "curl" else []), *words[1:]], cwd=SOURCE,
                             capture_output=True, timeout=60).stdout.decode()
        assert out.startswith("\n".join(line[4:] for line in shown.rstrip().splitlines()).replace("...", "")), out
