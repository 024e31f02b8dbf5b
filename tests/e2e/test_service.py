"""The service as a whole: its options, its processes, what many, slow and broken clients can do to it."""

import contextlib
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import time

import pytest

from conftest import WINNOW
from milter_client import GTUBE, HAM, Client, names, session
from serving import (IS_SANITIZED, QUIET, Server, command, cpu_seconds, free_port, open_way, pss_kb, stats, wait_until)



def post(port, path="/checkv2", body=b"Subject: x\r\n\r\ny\r\n", timeout=20):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    connection.request("POST", path, body)
    reply = connection.getresponse()
    data = reply.read()
    connection.close()
    return reply.status, data


def listening(server):
    """Ports on which the processes of the filter listen, as the kernel has it."""
    inodes = set()
    for pid in server.processes():
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                inodes.add(os.readlink(entry.path))
    ports = set()
    for table in ("tcp", "tcp6"):
        with open(f"/proc/net/{table}") as f:
            for words in (line.split() for line in f.readlines()[1:]):
                if words[3] == "0A" and f"socket:[{words[9]}]" in inodes:
                    ports.add(int(words[1].rsplit(":", 1)[1], 16))
    return ports


# ---- the configuration of an Rspamd user ----


def test_the_workers_of_an_rspamd_user(tmp_path):
    """The files as they are, but for the address."""
    port = free_port()
    local = tmp_path / "etc" / "local.d"
    local.mkdir(parents=True)
    (local / "worker-proxy.inc").write_text(f"""
bind_socket = "127.0.0.1:{port}";
milter = yes;
timeout = 120s;
upstream "local" {{
  default = yes;
  self_scan = yes;
}}
count = 4;
max_retries = 5;
discard_on_reject = false;
quarantine_on_reject = false;
spam_header = "X-Spam";
reject_message = "Spam message rejected";
""")
    (local / "logging.inc").write_text('type = "console";\nlevel = "notice";\n')
    (local / "worker-normal.inc").write_text("enabled = false;\n")
    (local / "worker-controller.inc").write_text("enabled = false;\n")
    with Server(tmp_path / "etc", sockets=None) as server:
        assert len([line for line in server.lines if "warning" in line]) <= 1
        assert not [line for line in server.lines if "error" in line]
        assert len(server.workers()) == 4
        assert listening(server) == {port}
        with session(port) as c:
            [(letter, text)] = c.message(HAM, GTUBE)
            assert (letter, text) == ("y", b"554 5.7.1 Spam message rejected\0")
            assert names(c.message(HAM, b"See you at noon.\r\n")) == "ha"
        assert server.wait_message("action=reject")["level"] == "notice"
        assert server.wait_message("1@example.org")["action"] == "no action"


def test_without_a_configuration_it_listens_on_the_usual_ports(winnow, tmp_path):
    shown = winnow.run("config", "show", "worker", "-c", os.devnull).stdout.decode()
    assert "127.0.0.1:11332" in shown and "127.0.0.1:11333" in shown and "11334" not in shown


def test_a_wrong_configuration_is_told_at_the_start_and_leaves_nothing(tmp_path):
    path = tmp_path / "milter.sock"
    (tmp_path / "winnow.conf").write_text(
        f'worker "proxy" {{\n  bind_socket = "{path}";\n  timeout = soon;\n}}\nworker "normal" {{ enabled = false; }}\n')
    run = subprocess.run([WINNOW, "serve", "-c", str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert run.returncode == 3 and f"{tmp_path}/winnow.conf:3:3: worker.proxy.timeout" in run.stderr
    assert not path.exists() and "is ready" not in run.stdout


# ---- processes ----


def test_the_processes_are_those_of_the_design(tmp_path):
    with Server(tmp_path / "etc", proxy="count = 3;", normal="count = 2;") as server:
        assert command(server.process.pid) == "winnow"
        [loader] = server.loaders()
        # The largest count counts: all workers are alike and serve all listeners.
        assert len(server.workers()) == 3 and len(server.keepers()) == 1
        for pid in server.workers():
            held = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
            files = [path for path in held if path.startswith("/") and not path.startswith("/dev/")]
            assert files == [], "a worker holds no file"
        if os.geteuid() == 0:
            uids = {pid: os.stat(f"/proc/{pid}").st_uid for pid in server.processes()}
            assert uids.pop(server.process.pid) == 0 and 0 not in uids.values()
        assert listening(server) == {server.port, server.http_port}


@pytest.mark.skipif(shutil.which("systemd-socket-activate") is None, reason="no systemd-socket-activate")
def test_it_is_started_by_the_first_connection(tmp_path):
    open_way(tmp_path)
    port = free_port()
    (tmp_path / "winnow.conf").write_text(
        'worker "proxy" { bind_socket = "systemd:milter"; }\nworker "normal" { enabled = false; }\n')
    process = subprocess.Popen(
        ["systemd-socket-activate", f"--listen=127.0.0.1:{port}", "--fdname=milter",
         f"--setenv=WINNOW_STATE_DIR={tmp_path}/state", WINNOW, "serve", "-c", str(tmp_path)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        def first():
            with contextlib.suppress(OSError):
                return Client(port)
        with wait_until(first, what="the socket") as c:
            c.negotiate()
            assert names(c.message(HAM)) == "ha"
        # A worker may answer before the others are there and the line is written.
        said = []
        for line in process.stdout:
            said.append(line)
            if b"is ready" in line:
                break
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0 and b"milter on systemd:milter" in said[-1], said


def test_a_log_that_nobody_reads_any_more_is_no_reason_to_end(tmp_path):
    """As in `winnow serve | head -1`."""
    server = Server(tmp_path / "etc", config=QUIET)
    with server:
        # A second one in its place, with a pipe of ours.
        server.process.terminate()
        assert server.process.wait(30) == 0
        read, write = os.pipe()
        server.process = subprocess.Popen([WINNOW, "serve", "-c", str(server.folder)], env=server.env,
                                          stdin=subprocess.DEVNULL, stdout=write, stderr=write)
        os.close(write)
        text = b""
        while b"is ready" not in text:
            more = os.read(read, 4096)
            assert more, text
            text += more
        os.close(read)
        for _ in range(20):
            with session(server.port) as c:
                assert names(c.message(HAM)) == "ha"
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: stats(server)["generation"] == 2 and len(server.loaders()) == 1)
        with session(server.port) as c:
            assert names(c.message(HAM)) == "ha"
        assert stats(server)["scanned"] == 21


# ---- many clients ----


@contextlib.contextmanager
def descriptors(count):
    """This process may have that many open at a time."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        pytest.skip(f"RLIMIT_NOFILE allows {hard} descriptors, {count} are needed")
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_5000_idle_connections_cost_little(tmp_path):
    with descriptors(6000), Server(tmp_path / "etc", proxy="count = 1;") as server:
        [worker] = server.workers()
        with session(server.port) as c:
            c.message(HAM)
        before = pss_kb(worker)
        clients = [session(server.port) for _ in range(5000)]
        try:
            each = (pss_kb(worker) - before) * 1024 / len(clients)
            # The sanitizer's own account of each block is a multiple of it.
            assert each < (80_000 if IS_SANITIZED else 16_000), f"{each:.0f} bytes a connection"
            assert stats(server)["connections_open"]["milter"] == 5000
            spent = cpu_seconds(worker)
            time.sleep(0.5)
            assert cpu_seconds(worker) - spent < 0.1, "they are idle, and so is the worker"
            assert names(clients[4711].message(HAM)) == "ha"
        finally:
            for c in clients:
                c.socket.close()
        wait_until(lambda: stats(server)["connections_open"]["milter"] == 0)
        assert server.workers() == [worker]


def test_without_descriptors_it_waits_and_heals(tmp_path):
    def few_descriptors():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    with Server(tmp_path / "etc", proxy="count = 1;", normal="", config=QUIET,
                preexec_fn=few_descriptors) as server:
        [worker] = server.workers()
        with session(server.port) as open_session:
            crowd = [socket.create_connection(("127.0.0.1", port)) for _ in range(70)
                     for port in (server.port, server.http_port)]
            server.wait_line("no connection can be taken")
            spent, start = cpu_seconds(worker), time.monotonic()
            # Who has a session goes on with it.
            assert names(open_session.message(HAM)) == "ha"
            time.sleep(max(0, start + 1.5 - time.monotonic()))
            assert (cpu_seconds(worker) - spent) / (time.monotonic() - start) < 0.2, "it turns in circles"
            for c in crowd:
                c.close()
            with session(server.port) as c:
                assert names(c.message(HAM)) == "ha"
            assert post(server.http_port)[0] == 200
        assert server.workers() == [worker]
        said = [line for line in server.lines if "no connection can be taken" in line]
        assert len(said) <= 2, said


def test_a_message_that_finds_no_room_is_put_off_and_the_session_lives(tmp_path):
    config = QUIET + "options { max_held = 1mb; }"
    with Server(tmp_path / "etc", proxy="count = 1;", normal="", config=config) as server:
        with session(server.port) as c:
            [(letter, text)] = c.message(HAM, b"a line of text\r\n" * 200_000)
            assert letter == "y" and text.startswith(b"451 "), (letter, text)
            assert names(c.message(HAM, b"small\r\n")) == "ha"
        assert post(server.http_port, body=b"Subject: x\r\n\r\n" + b"y" * 2_000_000)[0] == 503
        assert post(server.http_port)[0] == 200
        assert "options.max_held allows 1048576" in server.wait_line("put off")
        told = stats(server)
        assert told["deferred"]["overload"] >= 1 and told["bytes_held"] == 0


def test_large_messages_do_not_fit_all_at_a_time_but_one_after_the_other(tmp_path):
    config = QUIET + "options { max_held = 6mb; }"
    body = b"a line of text\r\n" * 125_000
    with Server(tmp_path / "etc", proxy="count = 1;", config=config) as server:
        with contextlib.ExitStack() as stack:
            sessions = [stack.enter_context(session(server.port)) for _ in range(5)]
            for c in sessions:
                c.envelope()
                c.header("Subject", "x")
                c.say("N")
                c.body(body)
            ends = [names(c.end()) for c in sessions]
            # Who came first has the room.
            assert ends[0] == "ha" and ends[-1] == "y"
            for c in sessions:
                assert names(c.message(HAM, body)) == "ha"
        assert stats(server)["bytes_held"] == 0


# ---- slow and half clients ----


def test_half_written_packets_bind_nothing_for_long(tmp_path):
    with Server(tmp_path / "etc", proxy="count = 1; timeout = 1s;", config=QUIET) as server:
        half = [Client(server.port) for _ in range(200)]
        for n, c in enumerate(half):
            c.negotiate()
            packet = struct.pack(">I", 50) + b"LSubject\0" + b"x" * 40
            c.send_raw(packet[:1 + n % 49])
        with session(server.port) as c:
            assert names(c.message(HAM)) == "ha"
            for other in half:
                other.socket.settimeout(10)
                assert other.is_closed()
            # Between commands it may be silent for longer.
            assert names(c.message(HAM)) == "ha"
        wait_until(lambda: stats(server)["connections_open"]["milter"] == 0)


def test_a_sender_who_takes_his_time_gets_his_answer(tmp_path):
    """A byte at a time, past the timeout as a whole: it is for silence, not for slowness."""
    with Server(tmp_path / "etc", proxy="timeout = 1s;", config=QUIET) as server:
        with session(server.port) as c:
            c.envelope()
            packet = struct.pack(">I", 12) + b"LSubject\0 x\0"
            for byte in packet:
                c.send_raw(bytes([byte]))
                time.sleep(0.1)
            if not c.steps & 0x80:
                c.reply()
            c.say("N")
            assert names(c.end())[-1] == "a"


def test_a_reader_who_takes_no_reply_is_left(tmp_path):
    with Server(tmp_path / "etc", proxy="count = 1; timeout = 1s;", config=QUIET) as server:
        [worker] = server.workers()
        with Client(server.port) as c:
            c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            c.negotiate(steps=0)
            c.socket.settimeout(0.2)
            packets = (struct.pack(">I", 4) + b"Hx\0\0") * 20_000
            with contextlib.suppress(OSError):
                for _ in range(100):
                    c.socket.sendall(packets)
            wait_until(lambda: stats(server)["connections_open"]["milter"] == 0)
        assert server.workers() == [worker]
        with session(server.port) as c:
            assert names(c.message(HAM)) == "ha"


def test_half_requests_bind_nothing_for_long(tmp_path):
    limits = "count = 1; timeout = 1s; request_timeout = 2s; idle_timeout = 1s;"
    with Server(tmp_path / "etc", proxy="enabled = false;", normal=limits) as server:
        starts = [b"", b"POST /checkv2 HT", b"POST /checkv2 HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf"]
        crowd = []
        for n in range(60):
            crowd.append(socket.create_connection(("127.0.0.1", server.http_port), timeout=10))
            crowd[-1].sendall(starts[n % 3])
        assert post(server.http_port)[0] == 200
        for c in crowd:
            with contextlib.suppress(ConnectionError):
                while c.recv(4096):
                    pass
            c.close()
        trickle = socket.create_connection(("127.0.0.1", server.http_port), timeout=10)
        start = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() < start + 10:
                trickle.sendall(b"P" if time.monotonic() < start + 0.3 else b"O")
                time.sleep(0.2)
        assert 1.5 < time.monotonic() - start < 8, "however it trickles, the whole has its time"
        trickle.close()


# ---- how it is doing ----


def ask(server, *args, check=True):
    run = subprocess.run([WINNOW, "stats", "-c", str(server.folder), *args], env=server.env,
                         capture_output=True, text=True, timeout=60)
    if check:
        assert run.returncode == 0, run.stderr
    return run


def test_stats_tell_what_has_happened(tmp_path):
    with Server(tmp_path / "etc", proxy="count = 2;", normal="", config=QUIET) as server:
        for _ in range(3):
            with session(server.port) as c:
                c.message(HAM, b"x\r\n")
                c.message(HAM, GTUBE)
        assert post(server.http_port, body=b"Subject: x\r\n\r\n" + GTUBE)[0] == 200
        told = json.loads(ask(server, "--json").stdout)
        assert told["scanned"] == 7 and told["messages"] == {"milter": 6, "http": 1}
        assert told["actions"]["reject"] == 4 and told["actions"]["no action"] == 3
        assert (told["workers"], told["generation"], told["worker_deaths"]) == (2, 1, 0)
        people = ask(server).stdout
        assert "2 workers, configuration 1, up 0 min" in people
        assert "7 messages" in people and "6 by milter, 1 over HTTP" in people
        assert re.search(r"^  reject +4 +57\.1 %$", people, re.M)
        metrics = ask(server, "--metrics").stdout
        assert 'winnow_verdicts_total{action="reject"} 4\n' in metrics
        counts = [int(n) for n in re.findall(r"seconds_bucket\{.*\} (\d+)", metrics)]
        assert counts == sorted(counts) and counts[-1] == 7
        for family in re.findall(r"^winnow_(\w+?)(?:_bucket|_sum|_count)?[ {]", metrics, re.M):
            assert f"# TYPE winnow_{family} " in metrics
        assert ask(server, "--health").stdout == "The filter works.\n"
        # The same page over HTTP.
        connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=20)
        connection.request("GET", "/metrics")
        assert b'winnow_messages_total{listener="milter"} 6\n' in connection.getresponse().read()
        connection.close()


def test_without_a_filter_stats_say_so(tmp_path):
    server = Server(tmp_path / "etc")
    server.port = 1
    server.write_config()
    for args in ([], ["--json"], ["--metrics"], ["--health"]):
        run = ask(server, *args, check=False)
        assert run.returncode == 3 and run.stdout == "" and "no filter answers there" in run.stderr
    with server:
        assert ask(server, "--health").returncode == 0
    run = ask(server, "--health", check=False)
    assert run.returncode == 3 and "no filter answers there" in run.stderr


def test_the_state_folder_is_where_both_look(tmp_path):
    """state_dir of the configuration; the variable counts before it."""
    state = tmp_path / "elsewhere"
    config = f'state_dir = "{state}";'
    with Server(tmp_path / "etc", config=config, env={"WINNOW_STATE_DIR": ""}) as server:
        wait_until((state / "control.sock").exists)
        assert ask(server, "--health").returncode == 0
        lost = subprocess.run([WINNOW, "stats", "-c", str(server.folder)], capture_output=True,
                              env={**server.env, "WINNOW_STATE_DIR": str(tmp_path)}, timeout=60)
        assert lost.returncode == 3
        if os.geteuid() == 0:
            assert state.stat().st_uid != 0 and state.stat().st_mode & 0o7777 == 0o750


def test_a_state_folder_that_cannot_be_is_told_and_mail_goes_on(tmp_path):
    (tmp_path / "file").write_text("")
    with Server(tmp_path / "etc", env={"WINNOW_STATE_DIR": str(tmp_path / "file" / "state")}) as server:
        with session(server.port) as c:
            assert names(c.message(HAM)) == "ha"
        said = [line for line in server.lines if "`winnow stats` cannot ask" in line]
        assert len(said) == 1
