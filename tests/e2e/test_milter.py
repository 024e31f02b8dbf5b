"""The milter protocol against the real process: what goes over the wire, and what does not hurt it."""

import os
import re
import signal
import socket
import struct
import subprocess
import time

import pytest

from conftest import DATA, WINNOW
from milter_client import MUTE_BODY, Client, strings
from serving import IS_SANITIZED, Server, fields, free_port, wait_until

GTUBE = (DATA / "gtube.eml").read_bytes().split(b"\n\n", 1)[1]
HAM = [("From", "Ann <ann@example.org>"), ("To", "ben@example.net"), ("Subject", "Lunch"),
       ("Date", "Sun, 22 Nov 2026 12:00:00 +0100"), ("Message-ID", "<1@example.org>")]


# What the messages of these tests score is not the point: only the test string is refused.
QUIET = "actions { greylist = 400; add_header = 600; reject = 1500; }"


@pytest.fixture
def server(tmp_path):
    with Server(tmp_path / "etc", config=QUIET) as s:
        yield s


@pytest.fixture
def client(server):
    with Client(server.port) as c:
        yield c


def names(replies):
    return "".join(command for command, _ in replies)


def added(replies):
    """The header fields that were added."""
    pairs = [data.rstrip(b"\0").split(b"\0", 1) for command, data in replies if command == "h"]
    return {name.decode(): value.decode() for name, value in pairs}


@pytest.mark.parametrize("version, actions, steps, expected", [
    (2, 0x3F, 0x7F, (2, 0x3D, 0)),
    (3, 0x3F, 0x7F, (3, 0x3D, 0)),
    (4, 0x3F, 0x3FF, (4, 0x3D, 0x180)),
    (6, 0x1FF, 0x1FFFFF, (6, 0x17D, 0x15FD80)),
    (6, 0x1FF, 0x0FF3FF, (6, 0x17D, 0x0DF180)),
    (6, 0x1FF, 0x101FFFFF, (6, 0x17D, 0x1015FD80)),
    (6, 0x1FF, 0x301FFFFF, (6, 0x17D, 0x2015FD80)),
    (7, 0x1FF, 0x1FFFFF, (6, 0x17D, 0x15FD80)),
    (6, 0x01, 0, (6, 0x01, 0)),
])
def test_what_is_offered_is_negotiated(client, version, actions, steps, expected):
    assert client.negotiate(version, actions, steps) == expected
    # Only who offers to be told which macros we want is told.
    assert bool(client.wanted) == bool(actions & 0x100)


def test_the_queue_id_is_wanted_with_the_end_of_a_message(client):
    client.negotiate()
    assert "i" in client.wanted[5] and "{auth_authen}" in client.wanted[2]


@pytest.mark.parametrize("version, steps", [(2, 0), (2, 0x7F), (6, 0), (6, 0x1FFFFF), (6, 0x0FFBFF)])
def test_a_message_gets_its_headers_in_every_version(client, version, steps):
    _, _, steps = client.negotiate(version, steps=steps)
    assert bool(steps & MUTE_BODY) == (steps & 0x400 == 0 and steps != 0)
    client.connect()
    client.helo()
    replies = client.message(HAM, b"See you at noon.\r\n")
    assert names(replies) == "ha"
    assert added(replies)["X-Spamd-Result"].strip().startswith("default: False [")
    client.send("Q")
    assert client.is_closed()


def test_behind_quit_nothing_counts(server, client):
    client.negotiate()
    client.connect()
    client.send_raw(b"\0\0\0\1Q\xff\xff\xff\xffGET / HTTP/1.1")
    assert client.is_closed()
    with Client(server.port) as other:
        other.negotiate()
        assert names(other.message(HAM))[-1] == "a"
    assert not [line for line in server.lines if "closed:" in line]


PACKETS = [b"O" + struct.pack(">III", 6, 0x1FF, 0x1FFFFF), b"Cx\0U", b"M<a@b>\0", b"R<c@d>\0",
           b"LSubject\0 x\0", b"N", b"Bhello\r\n", b"E"]


def test_a_message_may_break_off_at_any_byte(server):
    bytes_ = b"".join(struct.pack(">I", len(p)) + p for p in PACKETS)
    for n in range(len(bytes_)):
        with Client(server.port) as c:
            c.send_raw(bytes_[:n])
    with Client(server.port) as c:
        c.negotiate()
        assert names(c.message(HAM))[-1] == "a"
    assert not [line for line in server.lines if "closed:" in line]


def test_several_messages_go_over_one_connection(server, client):
    client.negotiate()
    client.connect()
    client.helo()
    for n in range(3):
        client.macros("E", i=f"QUEUE{n}")
        assert names(client.message(HAM, b"x\r\n")) == "ha"
        assert server.wait_message(f"qid=QUEUE{n} ")["action"] == "no action"
    refused = client.message(HAM, GTUBE)
    assert names(refused) == "y" and refused[0][1].startswith(b"554 5.7.1 ")
    assert names(client.message(HAM, b"x\r\n")) == "ha"


def test_the_line_of_a_message_says_what_happened(server, client):
    client.negotiate()
    client.macros("C", j="mx.example.net")
    client.connect()
    client.helo()
    client.macros("M", **{"{auth_authen}": "ann"})
    client.macros("E", i="4F7")
    client.message(HAM, b"x\r\n", rcpts=["<b@example.net>", "<c@example.net>"])
    said = server.wait_message("4F7")
    assert {name: said.get(name) for name in ("qid", "action", "required", "id", "ip", "user", "from", "rcpt")} == {
        "qid": "4F7", "action": "no action", "required": "1500.00", "id": "1@example.org", "ip": "192.0.2.1",
        "user": "ann", "from": "a@example.org", "rcpt": "b@example.net,c@example.net"}
    assert said["rcpts"] == "2" and float(said["ms"]) >= 0 and "FROM_HAS_DN(0.00)" in said["symbols"]


def test_words_of_a_message_cannot_forge_a_line(server, client):
    client.negotiate()
    client.connect()
    client.message([("Message-ID", '<x> action="reject"\n\x1b[31m y')], b"x\r\n",
                   sender="<a b\r\nnotice: z: action=@example.org>")
    line = server.wait_line('action="no action"')
    assert line.count('action="') == 1 and "\x1b" not in line
    assert fields(line)["from"].endswith("notice: z: action=@example.org") and "\r" not in line
    assert len([x for x in server.lines if "action=" in x]) == 1


def test_incoming_copies_of_our_headers_go_away(client):
    client.negotiate()
    client.connect()
    replies = client.message([("X-Spam", "No"), *HAM, ("x-spam", "No"), ("X-Spamd-Result", "fine")])
    changes = [data for command, data in replies if command == "m"]
    for name, count in [("X-Spam", 2), ("X-Spamd-Result", 1)]:
        # The last first: so their numbers are the same where a removed one still counts, and where not.
        assert [data for data in changes if data[4:].lower() == strings(name, "").lower()] == [
            struct.pack(">I", i) + strings(name, "") for i in range(count, 0, -1)]


def test_a_message_full_of_forged_headers_is_refused(client):
    client.negotiate()
    client.connect()
    start = time.monotonic()
    [(command, text)] = client.message([("X-Spam", "No")] * 20000)
    assert command == "y" and text.startswith(b"554 5.6.0 ")
    assert time.monotonic() - start < 10
    assert names(client.message(HAM))[-1] == "a"


def test_an_aborted_message_leaves_nothing_behind(server, client):
    client.negotiate()
    client.connect()
    client.helo()
    client.envelope(rcpts=["<b@example.net>"] * 5)
    client.header("Message-ID", "<aborted@example.org>")
    client.say("N")
    client.body(GTUBE)
    client.send("A")
    assert names(client.message(HAM, b"x\r\n")) == "ha"
    line = server.wait_line("action=")
    assert "rcpts=1" in line and "aborted" not in line and 'action="no action"' in line


def test_the_next_client_may_follow_on_the_connection(server, client):
    client.negotiate()
    client.connect(address="192.0.2.1")
    client.message(HAM)
    assert "ip=192.0.2.1" in server.wait_line("action=")
    client.send("K")
    client.connect(name="unknown", address="IPv6:2001:db8::5", family="6")
    client.message(HAM)
    assert "ip=2001:db8::5" in server.wait_line("action=")


def test_bytes_may_come_one_by_one(client):
    packets = [b"O" + struct.pack(">III", 6, 0x1FF, 0x1FFFFF), b"Cx\0U", b"M<a@b>\0", b"R<c@d>\0",
               b"LSubject\0 x\0", b"N", b"E"]
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in b"".join(struct.pack(">I", len(p)) + p for p in packets):
        client.send_raw(bytes([byte]))
    assert client.reply()[0] == "O"
    assert client.reply()[0] == "h"
    assert client.reply()[0] == "a"


GARBAGE = [
    ("a packet of 1195725856 bytes", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("a packet without a command", b"\0\0\0\0"),
    ("no command of the protocol: byte 122", b"\0\0\0\1z"),
    ("MAIL before the negotiation", b"\0\0\0\4M<>\0"),
    ("a malformed packet: command O", b"\0\0\0\2Ox"),
    ("a packet of 4294967295 bytes", b"\xff" * 100000),
]


@pytest.mark.parametrize("words, data", GARBAGE, ids=[words for words, _ in GARBAGE])
def test_garbage_closes_only_its_connection(server, words, data):
    with Client(server.port) as good:
        good.negotiate()
        good.connect()
        with Client(server.port) as bad:
            bad.send_raw(data)
            assert bad.is_closed()
        assert words in server.wait_line("closed:")
        assert names(good.message(HAM)) == "ha"
    assert len([line for line in server.lines if "closed:" in line]) == 1


def test_a_client_that_vanishes_is_forgotten(server):
    for _ in range(20):
        with Client(server.port) as c:
            c.negotiate()
            c.envelope()
            c.header("Subject", "x")
    with Client(server.port) as c:
        c.negotiate()
        assert names(c.message(HAM)) == "ha"


def test_a_message_of_50_mb_is_cut_and_skipped(server, client):
    client.negotiate()
    client.connect()
    client.envelope()
    for name, value in HAM:
        client.header(name, value)
    client.say("N")
    line = b"All work and no play makes Jack a dull boy.\r\n"
    body = line * (55 * 2**20 // len(line))
    sent = client.body(body)
    assert 50 * 2**20 - 65535 < sent < 50 * 2**20 + 65535
    assert names(client.end()) == "ha"
    said = server.wait_message("action=")
    assert (said["size"], said["cut"]) == ("52428800", "true")
    # Small messages behind it need no large memory.
    assert names(client.message(HAM)) == "ha"
    if not IS_SANITIZED:
        assert server.memory_kb() < 40_000


def test_1000_idle_connections_cost_little(tmp_path):
    # A sanitizer keeps what was freed, to see who still uses it: that is not what a connection costs.
    env = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"}
    with Server(tmp_path / "etc", proxy="max_connections = 2000;", config=QUIET, env=env) as server:
        with Client(server.port) as c:
            c.negotiate()
            c.message(HAM)
        before = server.memory_kb()
        clients = [Client(server.port) for _ in range(1000)]
        # Each has had a message: what it needed must be gone.
        for c in clients:
            c.negotiate()
            c.connect()
            c.helo()
            c.message(HAM, b"x" * 20000)
        each = (server.memory_kb() - before) / len(clients)
        print(f"{each:.1f} KiB a connection")
        assert each < (60 if IS_SANITIZED else 24)
        assert names(clients[777].message(HAM))[-1] == "a"
        for c in clients:
            c.socket.close()


def test_connections_over_the_limit_are_closed_and_told_once(tmp_path):
    with Server(tmp_path / "etc", proxy="max_connections = 5; count = 1;") as server:
        clients = [Client(server.port) for _ in range(5)]
        for c in clients:
            c.negotiate()
        for _ in range(10):
            with Client(server.port) as c:
                assert c.is_closed()
        clients[0].socket.close()
        time.sleep(0.3)
        with Client(server.port) as c:
            c.negotiate()
        for c in clients:
            c.socket.close()
        assert len([line for line in server.lines if "max_connections" in line]) == 1


def test_every_refused_connection_is_counted_in_a_line(tmp_path):
    with Server(tmp_path / "etc", proxy="max_connections = 1; count = 1;") as server:
        with Client(server.port) as first:
            first.negotiate()
            for _ in range(100):
                with Client(server.port) as c:
                    assert c.is_closed()
        server.process.send_signal(signal.SIGTERM)
        server.wait_line("ended")
    counts = [int(m[1] or 1) for line in server.lines
              if (m := re.search(r"a connection was closed at once: (?:(\d+) times more)?", line))]
    # At once, once a minute, and what is left at the end.
    assert sum(counts) == 100 and counts[0] == 1 and len(counts) <= 3


def test_a_local_socket_has_the_mode_of_the_settings(tmp_path):
    path = tmp_path / "milter.sock"
    with Server(tmp_path / "etc", sockets=f"{path} mode=0620 owner={os.geteuid()}"):
        status = path.stat()
        assert (status.st_mode & 0o7777, status.st_uid) == (0o620, os.geteuid())


@pytest.mark.parametrize("words, told", [
    ("mode=0888", '"mode=0888": a mode is an octal number'),
    ("owner=no.such.user", '"owner=no.such.user": this machine has no such user'),
    ("user=winnow", '"user=winnow" is no word'),
])
def test_the_check_of_settings_names_wrong_words_of_a_socket(tmp_path, words, told):
    (tmp_path / "winnow.conf").write_text(
        f'worker "proxy" {{\n  bind_socket = "/run/winnow/milter.sock {words}";\n}}\n')
    done = subprocess.run([WINNOW, "config", "check", "-c", tmp_path], capture_output=True, text=True)
    assert done.returncode != 0 and told in done.stdout + done.stderr
    assert "winnow.conf:2" in done.stdout + done.stderr


@pytest.mark.parametrize("proxy, half", [
    ("idle_timeout = 1s;", b""),
    ("timeout = 1s;", b"\0\0"),
    ("timeout = 1s;", b"\0\0\0\7Hx"),
    ("timeout = 1s;", b"\0\0\0\5M<>\0\0\0\1\0BHalf of a chunk"),
])
def test_silence_closes_a_connection(tmp_path, proxy, half):
    with Server(tmp_path / "etc", proxy=proxy) as server, Client(server.port) as c:
        c.negotiate()
        c.send_raw(half)
        start = time.monotonic()
        assert c.is_closed()
        assert 0.5 < time.monotonic() - start < 10


def test_a_slow_message_is_no_silence(tmp_path):
    with Server(tmp_path / "etc", proxy="timeout = 1s;") as server, Client(server.port) as c:
        c.negotiate()
        c.envelope()
        time.sleep(2)
        c.header("Subject", "x")
        c.say("N")
        assert names(c.end())[-1] == "a"


def test_texts_and_switches_of_worker_proxy(tmp_path):
    def refuse(name, **more):
        with Server(tmp_path / name, **more) as server, Client(server.port) as c:
            c.negotiate()
            return c.message(HAM, GTUBE)

    [(command, text)] = refuse("text", proxy='reject_message = "No: 100% spam";')
    assert (command, text) == ("y", b"554 5.7.1 No: 100%% spam\0")
    [(command, text)] = refuse("code", proxy='reject_message = "550 5.7.9 Not here";')
    assert (command, text) == ("y", b"550 5.7.9 Not here\0")
    assert names(refuse("discard", proxy="discard_on_reject = true;")) == "d"
    held = refuse("hold", proxy='quarantine_on_reject = true; spam_header = "X-Junk";')
    assert re.fullmatch("qh+a", names(held)) and "X-Junk" in added(held)


def test_the_subject_is_rewritten(tmp_path):
    # Every score reaches this threshold.
    config = 'actions { rewrite_subject = -100; subject = "[SPAM] %s"; }'
    with Server(tmp_path / "etc", config=config) as server, Client(server.port) as c:
        c.negotiate()
        replies = c.message(HAM, b"x\r\n")
        [change] = [data for command, data in replies if command == "m"]
        assert change == struct.pack(">I", 1) + strings("Subject", " [SPAM] Lunch")
        # What is changed comes before what is added.
        assert re.fullmatch("mh+a", names(replies))
        assert added(replies)["X-Spam"] == " Yes"


def test_a_socket_file_works(tmp_path):
    path = tmp_path / "milter.sock"
    with Server(tmp_path / "etc", sockets=path) as _, Client(path) as c:
        c.negotiate()
        assert names(c.message(HAM)) == "ha"
    assert not path.exists()


def test_an_address_in_use_is_told_with_what_to_do(server, tmp_path):
    (tmp_path / "winnow.conf").write_text(
        f'worker "proxy" {{ bind_socket = "127.0.0.1:{server.port}"; }}')
    second = subprocess.run([WINNOW, "serve", "-c", str(tmp_path)], capture_output=True, text=True,
                            timeout=20)
    assert second.returncode == 3
    assert f"127.0.0.1:{server.port} is in use" in second.stderr and "bind_socket" in second.stderr


def test_an_address_that_is_none_is_an_error_with_its_place(tmp_path):
    (tmp_path / "winnow.conf").write_text('worker "proxy" {\n  bind_socket = "mx.example.org:25";\n}\n')
    run = subprocess.run([WINNOW, "serve", "-c", str(tmp_path)], capture_output=True, text=True,
                         timeout=20)
    assert run.returncode != 0 and "winnow.conf:2:" in run.stderr and "no address to listen on" in run.stderr


def is_refused(port):
    try:
        with Client(port) as c:
            c.negotiate()
    except OSError:
        return True
    return False


def test_sigterm_lets_a_message_have_its_answer(server):
    with Client(server.port) as idle, Client(server.port) as busy:
        idle.negotiate()
        busy.negotiate()
        busy.envelope()
        busy.header("Subject", "x")
        server.process.send_signal(signal.SIGTERM)
        assert idle.is_closed()
        # One worker may hear of it a little later than the other.
        wait_until(lambda: is_refused(server.port), what="the end of the listening socket")
        busy.say("N")
        assert names(busy.end()) == "ha"
        assert busy.is_closed()
    assert server.process.wait(5) == 0
    assert "ended" in server.lines[-1]


def test_a_reader_of_the_log_that_stalls_does_not_stop_mail(tmp_path):
    port = free_port()
    (tmp_path / "winnow.conf").write_text(
        f'worker "proxy" {{ bind_socket = "127.0.0.1:{port}"; }}\nworker "normal" {{ enabled = false; }}\n' + QUIET)
    read, write = os.pipe()
    process = subprocess.Popen([WINNOW, "serve", "-c", str(tmp_path)], stdout=write,
                               stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        text = b""
        while b"is ready" not in text:
            text += os.read(read, 4096)
        with Client(port) as c:
            c.negotiate()
            for _ in range(600):
                assert names(c.message([("Message-ID", "<" + "x" * 180 + ">")])) == "ha"
    finally:
        process.terminate()
        assert process.wait(15) == 0
        os.close(read)
