"""The log as its readers get it, the sandbox as the kernel shows it, and what systemd is told."""

import json
import os
import re
import signal
import socket
import struct
import subprocess

import pytest

from conftest import WINNOW
from milter_client import Client
from serving import Server, fields, free_port, open_way, wait_until

HAM = [("From", "Mira <mira@orchard.example>"), ("To", "jonas@harbour.example"), ("Subject", "Apples"),
       ("Date", "Sun, 22 Nov 2026 12:45:38 +0000"), ("Message-ID", "<1@orchard.example>")]

FIELD = re.compile(r'([a-z_]+)=("(?:[^"\\\x00-\x1f]|\\(?:["\\nrt]|u[0-9a-f]{4}))*"|[^\x00-\x20"=\\\x7f-\uffff]+)(?: |$)')


def read_logfmt(line):
    """All of a line as a list of (name, value); fails for anything that is not logfmt."""
    pairs, at = [], 0
    line = line.rstrip("\n")
    while at < len(line):
        match = FIELD.match(line, at)
        assert match, f"not logfmt at {at}: {line!r}"
        name, value = match.groups()
        pairs.append((name, json.loads(value) if value.startswith('"') else value))
        at = match.end()
    return pairs


def send(port, headers=(), **envelope):
    with Client(port) as c:
        c.negotiate()
        c.connect()
        c.macros("E", i="4F7QUEUE")
        c.message([*HAM, *headers], b"Ripe.\r\n", **envelope)


class Running(Server):
    """A server whose log goes elsewhere: `read` gives what has come there so far, as text."""

    def __init__(self, folder, read, **more):
        super().__init__(folder, **more)
        self.read, self.said = read, ""

    def __enter__(self):
        self.start()
        self.wait("is ready")
        return self

    def wait(self, words):
        def has_come():
            self.said += self.read()
            return words in self.said
        wait_until(has_come, what=f"{words!r} in the log")


# ---- forms ----

HOSTILE = ['<a" action="reject">', '<x level=error msg=y@example.org>', '<a\r\nlevel=error msg=forged@x>',
           "<\x1b[2J\x7f\u009b\u202e@example.org>", '<"a, b"@example.org>', "<\\@example.org>"]


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_whatever_a_message_holds_a_line_reads_back_to_its_fields(tmp_path, form):
    with Server(tmp_path, config=f'logging {{ format = "{form}"; }}') as server:
        for word in HOSTILE:
            send(server.port, sender=word, rcpts=[word, "<b@example.net>"])
        for _ in HOSTILE:
            server.wait_line("event=message" if form == "logfmt" else '"event":"message"')
    read = (lambda line: dict(read_logfmt(line))) if form == "logfmt" else json.loads
    lines = [read(line) for line in server.lines]
    messages = [line for line in lines if line.get("event") == "message"]
    assert [m["from"] for m in messages] == [w.strip("<>") for w in HOSTILE]
    for line in lines:
        assert {"time", "level"} <= set(line) and ("event" in line) != ("msg" in line)
        assert line["level"] == "notice"
    for m in messages:
        assert m["action"] in ("no action", "greylist", "add header") and m["qid"] == "4F7QUEUE" and m["id"] == "1@orchard.example"
        rcpts = m["rcpt"].split(",") if form == "logfmt" else m["rcpt"]
        assert len(rcpts) == 2 and rcpts[1] == "b@example.net" and int(m["rcpts"]) == 2
    shown = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")
    assert not [line for line in server.lines if shown.search(line)]


def test_each_field_of_a_message_stands_once_and_symbols_come_last(tmp_path):
    with Server(tmp_path) as server:
        send(server.port)
        line = server.wait_line("event=message")
    names = [name for name, _ in read_logfmt(line)]
    assert len(names) == len(set(names)) and names[-1] == "symbols"
    assert names[:3] == ["time", "level", "event"]


def test_a_message_with_many_symbols_is_cut_with_their_number(tmp_path):
    group = "".join(f'EXTRA_SYMBOL_WITH_A_LONG_NAME_{i} {{ expression = "!NOT_THERE"; score = 0.01; }}\n'
                    for i in range(300))
    with Server(tmp_path, config=f"composites {{ {group} }}") as server:
        send(server.port)
        line = server.wait_line("event=message")
    pairs = dict(read_logfmt(line))
    assert 3500 < len(line) <= 4096
    assert int(pairs["more"]) + pairs["symbols"].count("EXTRA_") > 290


@pytest.mark.parametrize("level, is_there", [("notice", True), ("warning", False)])
def test_the_line_of_a_message_is_a_notice(tmp_path, level, is_there):
    config = f'logging {{ type = "file"; filename = "{tmp_path}/log"; level = "{level}"; }}'
    server = Server(tmp_path, config=config)
    server.start()
    wait_until(lambda: not socket.socket().connect_ex(("127.0.0.1", server.port)), what="an answer")
    send(server.port)
    server.__exit__()
    assert ("event=message" in (tmp_path / "log").read_text()) == is_there


# ---- targets ----

def test_a_file_is_opened_again_on_usr1_by_all_processes(tmp_path):
    log = tmp_path / "winnow.log"
    config = f'logging {{ type = "file"; filename = "{log}"; }}'
    with Running(tmp_path, lambda: log.read_text() if log.exists() else "", config=config, proxy="count = 2;") as server:
        send(server.port)
        server.wait("event=message")
        log.rename(tmp_path / "winnow.log.1")
        old = (tmp_path / "winnow.log.1").read_text()
        server.process.send_signal(signal.SIGUSR1)
        wait_until(log.exists, what="the new file")
        server.said = ""

        def arrives():
            send(server.port)
            return "event=message" in log.read_text()
        wait_until(arrives, what="a line in the new file")
        send(server.port)
    new = log.read_text()
    assert "ended" in new and "is ready" in old
    for line in (old + new).splitlines():
        read_logfmt(line)


def test_a_log_that_cannot_be_opened_is_an_error_at_the_start(tmp_path):
    (tmp_path / "winnow.conf").write_text(f'logging {{ type = "file"; filename = "{tmp_path}/missing/log"; }}')
    run = subprocess.run([WINNOW, "serve", "-c", str(tmp_path)], capture_output=True, timeout=60)
    assert run.returncode == 3 and b"the folder of the log is not there" in run.stderr
    (tmp_path / "winnow.conf").write_text('logging { type = "file"; }')
    run = subprocess.run([WINNOW, "serve", "-c", str(tmp_path)], capture_output=True, timeout=60)
    assert run.returncode == 3 and b"set logging.filename" in run.stderr


class Daemon:
    """A socket of datagrams, as of syslog or the journal, that anybody may write to."""

    def __init__(self, path):
        self.path = path
        self.listen()

    def listen(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        os.chmod(self.path, 0o777)
        self.socket.setblocking(False)

    def close(self):
        self.socket.close()
        self.path.unlink()

    def datagrams(self):
        try:
            while True:
                yield self.socket.recv(1 << 16)
        except BlockingIOError:
            pass

    def text(self):
        return "".join(d.decode("utf-8", "replace") + "\n" for d in self.datagrams())


def test_syslog_gets_its_datagrams_also_after_it_was_started_again(tmp_path):
    os.chmod(tmp_path, 0o755)
    daemon = Daemon(tmp_path / "syslog")
    config = f'logging {{ type = "syslog"; facility = "LOG_LOCAL1"; filename = "{daemon.path}"; }}'
    with Running(tmp_path, daemon.text, config=config) as server:
        send(server.port)
        server.wait("event=message")
        daemon.close()
        daemon.listen()
        server.said = ""
        send(server.port)
        server.wait("event=message")
    # facility 17, notice; the daemon knows the time
    assert re.match(r"<141>winnow\[\d+\]: level=notice event=message id=", server.said)
    daemon.close()


def read_journal(data):
    """The fields of a datagram in the journal's own form, each with a list of values."""
    found = {}
    while data:
        line, _, rest = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (length,) = struct.unpack("<Q", rest[:8])
            value, rest = rest[8:8 + length], rest[8 + length:]
            assert rest[:1] == b"\n"
            rest = rest[1:]
        found.setdefault(name.decode(), []).append(value.decode())
        data = rest
    return found


def test_the_journal_gets_each_field(tmp_path):
    os.chmod(tmp_path, 0o755)
    daemon = Daemon(tmp_path / "journal")
    entries = []

    def read():
        new = [read_journal(d) for d in daemon.datagrams()]
        entries.extend(new)
        return "".join(e["MESSAGE"][0] for e in new)

    config = f'logging {{ type = "journald"; filename = "{daemon.path}"; }}'
    with Running(tmp_path, read, config=config) as server:
        send(server.port, sender="<a\nPRIORITY=0\n@x>")
        server.wait("event=message")
    entry = next(e for e in entries if e.get("WINNOW_EVENT") == ["message"])
    assert entry["PRIORITY"] == ["5"] and entry["SYSLOG_IDENTIFIER"] == ["winnow"]
    assert entry["WINNOW_QID"] == ["4F7QUEUE"] and entry["WINNOW_FROM"] == ["a\nPRIORITY=0\n@x"]
    assert len(entry["WINNOW_SYMBOLS"]) > 3 and float(entry["WINNOW_SCORE"][0]) > 0
    assert fields(entry["MESSAGE"][0])["id"] == "1@orchard.example"
    daemon.close()


# ---- sandbox ----

def status_of(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def test_who_reads_mail_is_sandboxed(tmp_path):
    with Server(tmp_path, proxy="count = 2;") as server:
        for pid in [*server.workers(), *server.keepers()]:
            status = status_of(pid)
            assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1"
            assert int(status["CapEff"], 16) == 0 or os.geteuid() != 0
            assert status["Uid"].split()[0] != "0"
        assert len(server.workers()) == 2 and len(server.keepers()) == 1
        ready = next(line for line in server.lines if "is ready" in line)
        assert "seccomp is on" in ready and (os.geteuid() != 0 or re.search("user (winnow|nobody)", ready))


def test_the_sandbox_may_be_switched_off_but_not_the_user(tmp_path):
    with Server(tmp_path, config="options { sandbox = false; }") as server:
        for pid in server.workers():
            assert status_of(pid)["Seccomp"] == "0" and status_of(pid)["Uid"].split()[0] != "0"
        assert any("sandbox is switched off" in line for line in server.lines)


def test_an_account_that_is_not_there_is_an_error(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root changes its user")
    (tmp_path / "winnow.conf").write_text('options { user = "no-such-account"; }')
    run = subprocess.run([WINNOW, "serve", "-c", str(tmp_path)], capture_output=True, timeout=60)
    assert run.returncode == 3 and b'no account "no-such-account"' in run.stderr


# ---- systemd ----

def test_systemd_is_told_what_happens(tmp_path):
    os.chmod(tmp_path, 0o755)
    manager = Daemon(tmp_path / "notify")
    told = []

    def has_told(words):
        def has_come():
            told.extend(d.decode() for d in manager.datagrams())
            return any(words in text for text in told)
        wait_until(has_come, what=words)

    with Server(tmp_path, env={"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "1000000"}) as server:
        has_told("READY=1")
        has_told("WATCHDOG=1")
        told.clear()
        server.process.send_signal(signal.SIGHUP)
        has_told("RELOADING=1\nMONOTONIC_USEC=")
        has_told("READY=1")
    has_told("STOPPING=1")
    manager.close()


def test_a_socket_of_systemd_is_served(tmp_path):
    open_way(tmp_path)
    (tmp_path / "winnow.conf").write_text(
        'worker "proxy" { bind_socket = "systemd:mail"; }\nworker "normal" { enabled = false; }\n'
        f'state_dir = "{tmp_path}/state";\n')
    listener = socket.create_server(("127.0.0.1", 0))
    # The process that systemd starts has the descriptor as number 3, and its own id in the environment.
    start = 'exec 3<&"$1"; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=mail exec "$2" serve -c "$3"'
    process = subprocess.Popen(
        ["bash", "-c", start, "bash", str(listener.fileno()), WINNOW, str(tmp_path)],
        pass_fds=[listener.fileno()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert "milter on systemd:mail" in process.stdout.readline()
        send(listener.getsockname()[1])
        process.send_signal(signal.SIGHUP)
        while "new configuration" not in process.stdout.readline():
            pass
        send(listener.getsockname()[1])
    finally:
        process.terminate()
        assert process.wait(30) == 0
    listener.close()


def test_a_socket_that_systemd_has_not_handed_over_is_an_error(tmp_path):
    (tmp_path / "winnow.conf").write_text('worker "proxy" { bind_socket = "systemd:mail"; }\n'
                                          f'worker "normal" {{ bind_socket = "127.0.0.1:{free_port()}"; }}\n')
    run = subprocess.run([WINNOW, "serve", "-c", str(tmp_path)], capture_output=True, timeout=60)
    assert run.returncode == 3 and b"handed over no socket" in run.stderr
