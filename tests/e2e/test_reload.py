"""What outlives what: sessions and sockets over a reload, messages over the end, the family over the death of one
of its processes."""

import contextlib
import http.client
import os
import signal
import socket
import stat
import subprocess
import threading
import time

import pytest

from milter_client import GTUBE, HAM, names, session
from postfix import Mail, header, require_programs
from serving import QUIET, Server, children, command, free_port, is_alive, stats, wait_until


def refusal(c):
    """The text with which this session's configuration refuses."""
    [(letter, text)] = c.message(HAM, GTUBE)
    assert letter == "y"
    return text[len("554 5.7.1 "):-1].decode()


def is_closed(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


# ---- reload ----


def test_a_session_keeps_its_configuration_and_new_ones_have_the_new(tmp_path):
    with Server(tmp_path / "etc", proxy='reject_message = "one";', config=QUIET) as server:
        with session(server.port) as old, session(server.port) as halfway:
            assert refusal(old) == "one"
            halfway.envelope()
            halfway.header("Subject", "x")
            server.proxy = 'reject_message = "two";'
            assert "2 workers" in server.reload(drains=True) or os.cpu_count() != 2
            wait_until(lambda: is_drained(server), what="the old workers let go of the sockets")
            with session(server.port) as new:
                assert refusal(new) == "two" and refusal(old) == "one"
            halfway.say("N")
            halfway.body(b"x\r\n")
            assert names(halfway.end()) == "ha"
            assert refusal(old) == "one"
        wait_until(lambda: len(server.loaders()) == 1, what="the end of the old ones")
        with session(server.port) as new:
            assert refusal(new) == "two"


def is_drained(server):
    """Ten sessions in a row, and none is the old configuration's."""
    for _ in range(10):
        with session(server.port) as c:
            if refusal(c) == "one":
                return False
    return True


def test_a_wrong_configuration_keeps_the_one_that_runs(tmp_path):
    with Server(tmp_path / "etc", proxy='reject_message = "one";', config=QUIET) as server:
        workers = server.workers()
        server.proxy = 'reject_message = "two";\ntimeout = soon;\nnonsense = 1;'
        server.reload("the one before stays in effect")
        said = [line for line in server.lines if "winnow.conf:" in line]
        assert any("winnow.conf:4:" in line and "level=error" in line for line in said), said
        assert any("winnow.conf:5:" in line and "nonsense" in line for line in said), said
        assert server.workers() == workers
        with session(server.port) as c:
            assert refusal(c) == "one"
        told = stats(server)
        assert (told["reload_failures"], told["generation"]) == (1, 1)
        server.proxy = 'reject_message = "two";'
        server.reload()
        with session(server.port) as c:
            assert refusal(c) == "two"
        assert not set(server.workers()) & set(workers)


def test_an_address_in_use_keeps_the_configuration_that_runs(tmp_path):
    with Server(tmp_path / "etc", config=QUIET) as server, socket.create_server(("127.0.0.1", 0)) as taken:
        before = server.port
        server.port = taken.getsockname()[1]
        server.reload("the one before stays in effect")
        assert [line for line in server.lines if f"127.0.0.1:{server.port} is in use" in line]
        with session(before) as c:
            assert names(c.message(HAM)) == "ha"
        server.port = before
        server.reload()


def test_addresses_come_and_go_with_the_configuration(tmp_path):
    with Server(tmp_path / "etc", normal="", config=QUIET) as server:
        before = server.port, server.http_port
        server.port, server.http_port = free_port(), free_port()
        with session(before[0]) as old:
            server.reload(drains=True)
            with session(server.port) as new:
                assert names(new.message(HAM)) == "ha"
            wait_until(lambda: is_closed(before[0]) and is_closed(before[1]), what="the old ports close")
            assert names(old.message(HAM)) == "ha"
        connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=20)
        connection.request("GET", "/ping")
        assert connection.getresponse().status == 200
        connection.close()
        server.normal = None
        server.reload()
        assert is_closed(server.http_port)


def test_a_socket_file_outlives_a_reload_and_ends_with_the_filter(tmp_path):
    path, other = tmp_path / "milter.sock", tmp_path / "other.sock"
    with Server(tmp_path / "etc", sockets=f"{path} mode=0600", config=QUIET) as server:
        inode = path.stat().st_ino
        server.sockets = f"{path} mode=0660"
        server.reload()
        assert path.stat().st_ino == inode and stat.S_IMODE(path.stat().st_mode) == 0o660
        with session(path) as c:
            assert names(c.message(HAM)) == "ha"
        server.sockets = f"{other}"
        server.reload()
        assert not path.exists() and other.exists()
        with session(other) as c:
            assert names(c.message(HAM)) == "ha"
    assert not other.exists()


def test_a_socket_of_systemd_is_given_up_and_taken_again(tmp_path):
    """It is systemd's: it stays open, and who connects meanwhile is served when it is taken again."""
    handed = socket.create_server(("127.0.0.1", 0))
    port = handed.getsockname()[1]
    server = Server(tmp_path / "etc", sockets="systemd:mail", config=QUIET, pass_fds=[handed.fileno()])
    server.prefix = ["bash", "-c", 'exec 3<&"$0"; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=mail exec "$@"',
                     str(handed.fileno())]
    with server:
        for _ in range(3):
            with session(port) as c:
                assert names(c.message(HAM)) == "ha"
            server.sockets = None
            server.port = free_port()
            server.reload()
            with session(server.port) as c:
                assert names(c.message(HAM)) == "ha"
            waiting = socket.create_connection(("127.0.0.1", port))
            server.sockets = "systemd:mail"
            server.reload()
            assert is_closed(server.port)
            waiting.close()
        with session(port) as c:
            assert names(c.message(HAM)) == "ha"
    handed.close()


def test_the_number_of_workers_changes(tmp_path):
    with Server(tmp_path / "etc", proxy="count = 1;", config=QUIET) as server:
        assert len(server.workers()) == 1
        for count in (3, 2):
            server.proxy = f"count = {count};"
            assert f"{count} workers" in server.reload()
            assert len(server.workers()) == count
            wait_until(lambda: stats(server)["workers"] == count)


def test_many_signals_are_few_reloads_and_the_last_word_counts(tmp_path):
    with Server(tmp_path / "etc", proxy='reject_message = "0";', config=QUIET) as server:
        for n in range(1, 30):
            server.proxy = f'reject_message = "{n}";'
            server.write_config()
            server.process.send_signal(signal.SIGHUP)

        def is_last():
            if len(server.loaders()) != 1:
                return False
            with session(server.port) as c:
                return refusal(c) == "29"
        wait_until(is_last, 30, "the last configuration")
        assert len(children(server.process.pid)) == 1
        assert not [line for line in server.lines if "level=error" in line]


def test_sessions_of_many_configurations_at_a_time(tmp_path):
    """Each stays with its own; when there are too many, a reload is refused until some have ended."""
    with Server(tmp_path / "etc", proxy='count = 1; reject_message = "0";', config=QUIET) as server:
        sessions = [session(server.port)]
        for n in range(1, 8):
            server.proxy = f'count = 1; reject_message = "{n}";'
            server.reload(drains=True)

            def is_new():
                c = session(server.port)
                if refusal(c) == str(n):
                    return c
                c.socket.close()
            sessions.append(wait_until(is_new))
        assert [refusal(c) for c in sessions] == [str(n) for n in range(8)]
        server.reload("too many configurations have sessions that are open", drains=True)
        assert [refusal(c) for c in sessions] == [str(n) for n in range(8)]
        for c in sessions:
            c.socket.close()
        wait_until(lambda: len(server.loaders()) == 1, what="the end of the old ones")
        server.proxy = 'count = 1; reject_message = "last";'
        server.reload()
        with session(server.port) as c:
            assert refusal(c) == "last"


def test_a_session_that_stays_is_ended_after_the_timeout(tmp_path):
    with Server(tmp_path / "etc", proxy="timeout = 1s;", config=QUIET) as server:
        with session(server.port) as c:
            start = time.monotonic()
            server.reload(drains=True)
            assert names(c.message(HAM)) == "ha"
            assert c.is_closed()
            assert 0.5 < time.monotonic() - start < 10
        wait_until(lambda: len(server.loaders()) == 1)


class Load(threading.Thread):
    """Messages without end, in sessions of ten; what goes wrong is kept."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.done, self.count, self.error = port, threading.Event(), 0, None

    def run(self):
        try:
            while not self.done.is_set():
                with session(self.port) as c:
                    for _ in range(10):
                        assert names(c.message(HAM, b"See you at noon.\r\n")) == "ha"
                        self.count += 1
        except BaseException as error:  # told by the test
            self.error = error


def test_reload_under_load_loses_nothing(tmp_path):
    with Server(tmp_path / "etc", config=QUIET) as server:
        loads = [Load(server.port) for _ in range(8)]
        for load in loads:
            load.start()
        for n in range(5):
            before = sum(load.count for load in loads)
            server.reload(drains=True)
            wait_until(lambda: sum(load.count for load in loads) > before + 50)
        for load in loads:
            load.done.set()
        for load in loads:
            load.join(30)
            assert load.error is None, repr(load.error)
        wait_until(lambda: len(server.loaders()) == 1)
        # Counts outlive the configurations; nothing was judged twice or not at all.
        assert stats(server)["messages"]["milter"] == sum(load.count for load in loads)
        assert not [line for line in server.lines if "level=error" in line or "level=warning" in line]


def test_a_connection_over_http_is_not_cut_by_a_reload(tmp_path):
    """A client that keeps its connection has its next request answered, and is told that it is the last."""
    with Server(tmp_path / "etc", proxy="enabled = false;", normal="", config=QUIET) as server:
        kept = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=20)

        def ask():
            kept.request("POST", "/checkv2", b"Subject: x\r\n\r\ny\r\n")
            reply = kept.getresponse()
            reply.read()
            assert reply.status == 200
            return reply.getheader("Connection", "keep-alive").lower()

        for _ in range(2):
            assert ask() == "keep-alive"
            server.reload(drains=True)
            # Longer than a hurried end would wait.
            time.sleep(1.5)
            assert ask() == "close"
        kept.close()


def test_requests_over_http_are_answered_over_a_reload(tmp_path):
    with Server(tmp_path / "etc", proxy="enabled = false;", normal="", config=QUIET) as server:
        done, count = threading.Event(), 0
        errors = []

        def ask():
            nonlocal count
            while not done.is_set():
                connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=20)
                try:
                    connection.request("POST", "/checkv2", b"Subject: x\r\n\r\ny\r\n")
                    assert connection.getresponse().status == 200
                    count += 1
                except BaseException as error:
                    errors.append(error)
                connection.close()
        threads = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        halfway = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=20)
        halfway.putrequest("POST", "/checkv2")
        halfway.putheader("Content-Length", "20")
        halfway.endheaders(b"Subject: x\r\n\r\n")
        # It has been taken from the queue of the socket, and so belongs to the old configuration.
        wait_until(lambda: count > 20)
        for _ in range(4):
            before = count
            server.reload(drains=True)
            wait_until(lambda: count > before + 20)
        halfway.send(b"hello\r")
        assert halfway.getresponse().status == 200
        halfway.close()
        done.set()
        for thread in threads:
            thread.join(30)
        assert errors == []
        wait_until(lambda: len(server.loaders()) == 1)


def test_reload_before_postfix_loses_nothing(tmp_path_factory):
    require_programs()
    with Mail(tmp_path_factory.mktemp("reload"), main_cf={"default": "tempfail"}) as mail:
        source = mail.smtp_source("-l", "2000", sessions=20, messages=600)
        reloads = 0
        while source.poll() is None:
            mail.server.reload(drains=True)
            reloads += 1
        out, _ = source.communicate()
        # With tempfail, a message that had not been judged would have been an error here.
        assert source.returncode == 0 and reloads >= 2, out.decode()
        wait_until(lambda: len(mail.sink.messages) >= 600, 60, "the arrival of 600 messages")
        assert len(mail.sink.messages) == 600
        assert all(len(header(text, "X-Spamd-Result")) == 1 for _, text in mail.sink.messages)


# ---- the end ----


def test_at_the_end_what_is_under_way_has_its_answer(tmp_path):
    with Server(tmp_path / "etc", normal="", config=QUIET) as server:
        request = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=20)
        request.putrequest("POST", "/checkv2")
        request.putheader("Content-Length", "20")
        request.endheaders(b"Subject: x\r\n\r\n")
        with session(server.port) as idle, session(server.port) as busy:
            busy.envelope()
            busy.header("Subject", "x" * 100_000)
            # The filter has it: bytes that are still on their way do not count as a message under way.
            wait_until(lambda: stats(server)["bytes_held"] > 100_000)
            server.process.send_signal(signal.SIGTERM)
            server.wait_line("msg=ending")
            assert idle.is_closed()
            wait_until(lambda: is_closed(server.port) and is_closed(server.http_port))
            busy.say("N")
            assert names(busy.end()) == "ha"
            assert busy.is_closed()
        request.send(b"hello\r")
        assert request.getresponse().status == 200
        request.close()
        assert server.process.wait(10) == 0
        server.wait_line("msg=ended")


def test_the_second_signal_ends_it_at_once(tmp_path):
    with Server(tmp_path / "etc", config=QUIET) as server:
        everybody = server.processes()
        with session(server.port) as busy:
            busy.envelope()
            busy.header("Subject", "x")
            wait_until(lambda: stats(server)["bytes_held"] > 0)
            server.process.send_signal(signal.SIGTERM)
            server.wait_line("msg=ending")
            with pytest.raises(subprocess.TimeoutExpired):
                server.process.wait(0.5)
            start = time.monotonic()
            server.process.send_signal(signal.SIGINT)
            assert server.process.wait(10) == 0
            assert time.monotonic() - start < 3
            assert busy.is_closed()
        assert not any(is_alive(pid) for pid in everybody)


# ---- deaths ----


def test_a_loader_that_dies_comes_back_with_its_workers(tmp_path):
    with Server(tmp_path / "etc", normal="", config=QUIET) as server:
        [loader], workers = server.loaders(), server.workers()
        with session(server.port) as busy:
            busy.envelope()
            busy.header("Subject", "x")
            busy.say("N")
            os.kill(loader, signal.SIGKILL)
            assert "signal 9" in server.wait_line(f"loader {loader} died")
            server.wait_line("is ready")
            # The workers have lost their parent; they finish what they have.
            assert names(busy.end()) == "ha"
        wait_until(lambda: not any(is_alive(pid) for pid in workers), what="the end of its workers")
        with session(server.port) as c:
            assert names(c.message(HAM)) == "ha"
        assert len(server.loaders()) == 1 and not set(server.workers()) & set(workers)
        wait_until(lambda: stats(server)["workers"] == len(workers))
        server.reload()


def test_without_the_supervisor_the_others_end(tmp_path):
    path = tmp_path / "milter.sock"
    server = Server(tmp_path / "etc", sockets=str(path), config=QUIET)
    server.__enter__()
    everybody = server.processes()
    with session(path) as busy:
        busy.envelope()
        busy.header("Subject", "x")
        busy.say("N")
        server.process.kill()
        assert server.process.wait(10) == -signal.SIGKILL
        assert names(busy.end()) == "ha"
    try:
        wait_until(lambda: not any(is_alive(pid) for pid in everybody), what="the end of the others")
    finally:
        for pid in everybody:
            if is_alive(pid) and command(pid).startswith("winnow"):
                os.kill(pid, signal.SIGKILL)
    # What it has left behind is in nobody's way.
    assert path.exists()
    with Server(tmp_path / "etc", sockets=str(path), config=QUIET):
        with session(path) as c:
            assert names(c.message(HAM)) == "ha"
    assert not path.exists()


def test_a_keeper_that_dies_comes_back(tmp_path):
    with Server(tmp_path / "etc", config=QUIET) as server:
        [keeper] = server.keepers()
        os.kill(keeper, signal.SIGKILL)
        assert "signal 9" in server.wait_line(f"keeper {keeper} died")
        [other] = wait_until(server.keepers, what="another keeper")
        assert other != keeper

        def answers():
            with contextlib.suppress(AssertionError):
                return stats(server)
        assert wait_until(answers)["workers"] == len(server.workers())
