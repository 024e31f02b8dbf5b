"""What goes wrong costs no mail: workers that die over a message, a filter that hangs or is not there, with a real
Postfix where it is the one who decides."""

import contextlib
import os
import signal
import smtplib
import threading
import time

import pytest

from milter_client import HAM, names, session
from postfix import Mail, ham, header, require_programs
from serving import QUIET, Server, cpu_seconds, stats, wait_until

# The sanitizer would turn this signal into a report and an exit.
PLAIN_SIGNALS = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":handle_segv=0:handle_abort=0"}


# ---- Postfix ----


@pytest.fixture(scope="module")
def mail(tmp_path_factory):
    require_programs()
    with Mail(tmp_path_factory.mktemp("mail"), proxy="count = 1;", env=PLAIN_SIGNALS) as m:
        yield m


def bytes_wait(port):
    """Whether clients have sent to this port what nobody has read."""
    with open("/proc/net/tcp") as f:
        for words in (line.split() for line in f.readlines()[1:]):
            if words[1].endswith(f":{port:04X}") and words[3] == "01" and not words[4].endswith(":00000000"):
                return True
    return False


class Sending(threading.Thread):
    """The end of a message, on its own: its answer is waited for."""

    def __init__(self, smtp, text):
        super().__init__(daemon=True)
        self.smtp, self.text, self.answer = smtp, text, None

    def run(self):
        self.smtp.send(self.text.replace("\n", "\r\n").encode() + b"\r\n.\r\n")
        self.answer = self.smtp.getreply()


def open_message(smtp):
    smtp.ehlo()
    smtp.mail("ann@example.org")
    smtp.rcpt("ben@example.net")
    smtp.putcmd("data")
    assert smtp.getreply()[0] == 354


def kill_over_message(mail, tag, signal_number):
    """A session, a worker that dies between the message and its verdict, and what Postfix answers."""
    [worker] = wait_until(mail.server.workers)
    with mail.smtp() as smtp:
        open_message(smtp)
        # It stands still, so that it cannot be done before it is killed.
        os.kill(worker, signal.SIGSTOP)
        sending = Sending(smtp, ham(tag))
        sending.start()
        wait_until(lambda: bytes_wait(mail.server.port), what="the message at the worker")
        os.kill(worker, signal_number)
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGCONT)
        sending.join(30)
        assert f"signal {signal_number} " in mail.server.wait_line(f"worker {worker} died")
        return sending.answer


def gets_through(mail, tag):
    """A later message is judged as ever."""
    def is_back():
        workers = mail.server.workers()
        return workers and stats(mail.server)["workers"] == 1
    wait_until(is_back, what="another worker")
    with mail.smtp() as smtp:
        smtp.sendmail("ann@example.org", ["ben@example.net"], ham(tag))
    _, text = mail.sink.wait(f"<{tag}@example.org>")
    return len(header(text, "X-Spamd-Result")) == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_worker_that_dies_over_a_message_loses_none_with_accept(mail, number):
    code, _ = kill_over_message(mail, f"accept{number}", number)
    assert code == 250
    _, text = mail.sink.wait(f"<accept{number}@example.org>")
    assert header(text, "X-Spamd-Result") == []
    assert gets_through(mail, f"behind{number}")


def test_a_worker_that_dies_over_a_message_defers_it_with_tempfail(mail):
    with mail.postfix.changed("milter_default_action = tempfail"):
        code, text = kill_over_message(mail, "tempfail", signal.SIGKILL)
        assert code == 451, text
        assert gets_through(mail, "tempfail")
    assert sum("<tempfail@example.org>" in text for _, text in mail.sink.messages) == 1


def test_a_worker_that_hangs_is_left_by_postfix(mail):
    with mail.postfix.changed("milter_command_timeout = 1s", "milter_content_timeout = 1s",
                              "milter_connect_timeout = 1s"):
        [worker] = wait_until(mail.server.workers)
        with mail.smtp() as smtp:
            open_message(smtp)
            os.kill(worker, signal.SIGSTOP)
            try:
                sending = Sending(smtp, ham("hangs"))
                sending.start()
                sending.join(30)
            finally:
                os.kill(worker, signal.SIGCONT)
            assert sending.answer[0] == 250
        mail.sink.wait("<hangs@example.org>")
        assert gets_through(mail, "behindhangs")


def test_a_filter_that_is_stopped_between_messages(mail):
    """The session of the mail server goes on without it; the filter comes back."""
    with mail.smtp() as smtp:
        smtp.sendmail("ann@example.org", ["ben@example.net"], ham("before"))
        mail.server.__exit__()
        smtp.sendmail("ann@example.org", ["ben@example.net"], ham("without"))
    assert len(header(mail.sink.wait("<before@example.org>")[1], "X-Spamd-Result")) == 1
    assert header(mail.sink.wait("<without@example.org>")[1], "X-Spamd-Result") == []
    with mail.smtp() as smtp:
        smtp.sendmail("ann@example.org", ["ben@example.net"], ham("nobody"))
    assert header(mail.sink.wait("<nobody@example.org>")[1], "X-Spamd-Result") == []
    with mail.postfix.changed("milter_default_action = tempfail"), mail.smtp() as smtp:
        smtp.ehlo()
        # Postfix finds nobody as soon as the client connects, and defers every command.
        with pytest.raises((smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)) as no:
            smtp.sendmail("ann@example.org", ["ben@example.net"], ham("deferred"))
        assert "451" in str(no.value)
    mail.server.restart()
    assert gets_through(mail, "again")
    assert not any("<deferred@example.org>" in text for _, text in mail.sink.messages)


# ---- workers ----


def sockets(pid):
    return sum(os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:") for fd in os.listdir(f"/proc/{pid}/fd"))


def test_other_workers_go_on_when_one_dies(tmp_path):
    with Server(tmp_path / "etc", proxy="count = 3;", config=QUIET, env=PLAIN_SIGNALS) as server:
        before = server.workers()
        idle = sockets(before[0])
        sessions = [session(server.port, steps=0) for _ in range(30)]
        lost = sockets(before[0]) - idle
        os.kill(before[0], signal.SIGSEGV)
        line = server.wait_line(f"worker {before[0]} died")
        assert "signal 11" in line and "between messages" in line and "level=error" in line
        wait_until(lambda: len(server.workers()) == 3, what="another worker")
        assert set(before[1:]) < set(server.workers())
        answers = []
        for c in sessions:
            try:
                answers.append(names(c.message(HAM)))
            except OSError:
                answers.append("closed")
            c.socket.close()
        assert answers.count("closed") == lost and answers.count("ha") == 30 - lost
        for _ in range(10):
            with session(server.port, steps=0) as c:
                assert names(c.message(HAM)) == "ha"
        assert stats(server)["worker_deaths"] == 1


def large_message(word):
    """Some 45 MB of small parts: work for long enough to be met in the middle of it."""
    part = (f"--x\r\nContent-Type: text/html\r\n\r\n<a href=http://w.example.org>{word} http://q.example.com/</a>"
            "\r\n").encode()
    return part * (45 * 2**20 // len(part))


def kill_in_scan(server, queue_id, body):
    """SIGSEGV while the message is looked at. The line about it, and what its mail server sees."""
    [worker] = wait_until(server.workers, what="a worker")
    with session(server.port, steps=0) as c:
        c.envelope()
        c.macros("N", i=queue_id)
        for name, value in [*HAM, ("Content-Type", "multipart/mixed; boundary=x")]:
            c.header(name, value)
        c.say("N")
        # Each chunk has its reply: when all are there, the worker has nothing else to do.
        c.body(body)
        c.send("E")
        spent = cpu_seconds(worker)
        wait_until(lambda: cpu_seconds(worker) >= spent + 0.05, what="work")
        os.kill(worker, signal.SIGSEGV)
        line = server.wait_line(f"worker {worker} died")
        assert c.is_closed()
    return line


def end_of_large(server, queue_id, body):
    with session(server.port, steps=0) as c:
        c.envelope()
        c.macros("N", i=queue_id)
        for name, value in [*HAM, ("Content-Type", "multipart/mixed; boundary=x")]:
            c.header(name, value)
        c.say("N")
        c.body(body)
        return c.end()


def test_a_message_that_has_killed_twice_is_put_off(tmp_path):
    config = QUIET + "options { max_held = 1gb; }"
    body = large_message("deadly")
    with Server(tmp_path / "etc", proxy="count = 1;", config=config, env=PLAIN_SIGNALS) as server:
        line = kill_in_scan(server, "4F7ONE", body)
        assert "signal 11" in line and "over the message 4F7ONE from 127.0.0.1:" in line
        assert "put off" not in line
        line = kill_in_scan(server, "4F7TWO", body)
        assert "over the message 4F7TWO" in line and "it has ended 2 workers and will be put off" in line
        # The third time it comes, it is not looked at.
        [worker] = wait_until(server.workers, what="a worker")
        replies = end_of_large(server, "4F7THREE", body)
        assert names(replies) == "y" and replies[0][1].startswith(b"451 4.")
        line = server.wait_line("deferred=")
        assert "4F7THREE" in line and "it has ended workers before" in line
        # Another one of the same kind is.
        replies = end_of_large(server, "4F7OTHER", large_message("harmless"))
        assert names(replies)[-1] == "a" and server.wait_message("4F7OTHER")
        told = stats(server)
        assert told["deferred"]["poison"] == 1 and told["worker_deaths"] == 2
        assert server.workers() == [worker]


def test_a_worker_that_dies_again_and_again_waits_longer_each_time(tmp_path):
    with Server(tmp_path / "etc", proxy="count = 1;", config=QUIET, env=PLAIN_SIGNALS) as server:
        pauses = []
        for _ in range(3):
            [worker] = wait_until(server.workers, what="a worker")
            with session(server.port, steps=0) as c:
                c.message(HAM)
            os.kill(worker, signal.SIGKILL)
            server.wait_line(f"worker {worker} died")
            start = time.monotonic()
            wait_until(server.workers, what="another worker")
            pauses.append(time.monotonic() - start)
        assert pauses[0] < 0.5 < pauses[1] < 1.5 < pauses[2] < 5, pauses
