"""Real mail through a real Postfix: an instance of its own, in folders and on ports of its own."""

import os
import re
import shutil
import smtplib
import socket
import subprocess
import threading
import time

import pytest

from conftest import DATA, SOURCE
from serving import Server

NEEDED = ["postfix", "swaks"]
REFUSAL = "This is 100% spam, and we do not take it"


def require_programs():
    """In CI a missing program is an error; elsewhere the tests say what they lack."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    missing = [name for name in NEEDED if shutil.which(name, path=path) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"not installed: {', '.join(missing)}; tools/deps live installs them")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}; tools/deps live installs them")
    if os.geteuid() != 0:
        pytest.skip("Postfix can only be started by root")
    os.environ["PATH"] = path


class Sink:
    """A mail server that keeps what it gets: where Postfix delivers to."""

    def __init__(self):
        self.messages = []
        self._new = threading.Condition()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            self._talk(connection.makefile("rwb"))
        except OSError:
            pass  # Postfix has ended in the middle of it
        connection.close()

    def _talk(self, stream):

        def say(text):
            stream.write(text.encode() + b"\r\n")
            stream.flush()

        say("220 sink")
        envelope = []
        for line in stream:
            verb = line[:4].upper()
            if verb == b"DATA":
                say("354 go on")
                text = b""
                while (line := stream.readline()) != b".\r\n":
                    text += line[1:] if line.startswith(b"..") else line
                with self._new:
                    self.messages.append((envelope, text.decode("latin-1")))
                    self._new.notify_all()
                envelope = []
            elif verb in (b"MAIL", b"RCPT"):
                envelope.append(line.decode().strip())
            say("221 bye" if verb == b"QUIT" else "250 ok")

    def wait(self, words, seconds=30):
        """The message that holds the words, with its envelope."""
        end = time.monotonic() + seconds
        with self._new:
            while True:
                for envelope, text in self.messages:
                    if words in text:
                        return envelope, text
                assert self._new.wait(max(0.0, end - time.monotonic())), \
                    f"no message with {words!r} among {len(self.messages)}"

    def close(self):
        self._socket.close()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
import_environment = MAIL_CONFIG TZ LANG
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.net
mydestination =
mynetworks = 127.0.0.0/8
relay_domains = example.net
smtpd_relay_restrictions = permit_mynetworks, reject
transport_maps = inline:{{ example.net=smtp:[127.0.0.1]:{sink} }}
default_transport = smtp:[127.0.0.1]:{sink}
bounce_queue_lifetime = 1h
alias_maps =
alias_database =
local_recipient_maps =
smtpd_peername_lookup = no
smtpd_milters = inet:127.0.0.1:{milter}
milter_default_action = tempfail
milter_protocol = {protocol}
milter_end_of_data_macros = i {{auth_authen}}
"""

# Nothing is chrooted, and the parcel of programs is the smallest that takes mail and passes it on.
MASTER_CF = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    def __init__(self, folder, milter_port, sink_port, protocol=6):
        self.folder, self.port = folder, None
        daemons = subprocess.run(["postconf", "-d", "-h", "daemon_directory"], check=True,
                                 capture_output=True, text=True).stdout.strip()
        for name in ("etc", "queue", "data"):
            (folder / name).mkdir(parents=True)
        shutil.chown(folder / "data", "postfix")
        # The processes of the mail system run as another user, and must find their way here.
        for path in [folder, *folder.parents][:-2]:
            os.chmod(path, os.stat(path).st_mode | 0o111)
        (folder / "etc" / "main.cf").write_text(MAIN_CF.format(
            folder=folder, daemons=daemons, sink=sink_port, milter=milter_port, protocol=protocol))

    def run(self, *command, check=True):
        return subprocess.run(["postfix", "-c", str(self.folder / "etc"), *command], check=check,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60)

    def start(self):
        """Somebody else may take the port between looking and listening: then another one."""
        for _ in range(5):
            self.port = free_port()
            (self.folder / "etc" / "master.cf").write_text(MASTER_CF.format(port=self.port))
            started = self.run("start", check=False)
            if started.returncode == 0 or "Address already in use" not in self.log():
                break
        assert started.returncode == 0, started.stderr + self.log()

    def __enter__(self):
        self.start()
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                assert time.monotonic() < end, self.log()
                time.sleep(0.1)

    def __exit__(self, *_):
        pid_file = self.folder / "queue" / "pid" / "master.pid"
        pid = int(pid_file.read_text()) if pid_file.exists() else None
        self.run("stop", check=False)
        for _ in range(50):
            if pid is None or not os.path.exists(f"/proc/{pid}"):
                return
            time.sleep(0.1)
        os.kill(pid, 9)

    def log(self):
        path = self.folder / "postfix.log"
        return path.read_text(errors="replace") if path.exists() else ""


class Mail:
    """The filter, Postfix and where the mail goes, together."""

    def __init__(self, folder, **more):
        self.sink = Sink()
        self.server = Server(folder / "winnow", proxy=f'reject_message = "{REFUSAL}";')
        self.folder, self.more = folder, more

    def __enter__(self):
        self.server.__enter__()
        self.postfix = Postfix(self.folder / "postfix", self.server.port, self.sink.port, **self.more)
        try:
            self.postfix.__enter__()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *error):
        self.postfix.__exit__(*error)
        self.server.__exit__(*error)
        self.sink.close()

    def swaks(self, message, *more, sender="ann@example.org"):
        """Sends a file; gives the exit status and the dialogue."""
        run = subprocess.run(
            ["swaks", "--server", f"127.0.0.1:{self.postfix.port}", "--from", sender,
             "--to", "ben@example.net", "--data", f"@{message}", *more],
            capture_output=True, text=True, timeout=60)
        return run.returncode, run.stdout + run.stderr

    def smtp(self):
        return smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=30)


@pytest.fixture(scope="module")
def mail(tmp_path_factory):
    require_programs()
    with Mail(tmp_path_factory.mktemp("mail")) as m:
        yield m


def write(path, text):
    path.write_bytes(text.replace("\n", "\r\n").encode())
    return path


def ham(tag, extra=""):
    return (f"From: Ann <ann@example.org>\nTo: ben@example.net\nSubject: Lunch {tag}\n"
            f"Date: Sun, 22 Nov 2026 12:00:00 +0100\nMessage-ID: <{tag}@example.org>\n{extra}\n"
            "See you at noon.\n")


def header(text, name):
    head = text.split("\r\n\r\n", 1)[0]
    return [re.sub(r"\r\n\s+", " ", v) for v in
            re.findall(rf"^{name}:[ \t]*([^\r]*(?:\r\n[ \t][^\r]*)*)", head, re.M | re.I)]


def test_good_mail_arrives_with_its_result(mail, tmp_path):
    status, said = mail.swaks(write(tmp_path / "ham", ham("first")))
    assert status == 0, said
    _, text = mail.sink.wait("<first@example.org>")
    [result] = header(text, "X-Spamd-Result")
    assert re.match(r"default: False \[-?[\d.]+ / 15\.00\]; ", result)
    assert "MIME_GOOD(-0.10)[text/plain]" in result
    assert header(text, "X-Spam") == [] and "\r\n\r\nSee you at noon.\r\n" in text
    line = mail.server.wait_line("<first@example.org>")
    assert "ip=127.0.0.1" in line and "from=<ann@example.org>" in line and "rcpts=1" in line
    # It begins with the queue id that Postfix logs.
    assert re.search(r"notice: ([0-9A-Fa-z]{6,}): action=", line)[1] in mail.postfix.log()


def test_a_sample_of_the_program_arrives(mail):
    sample = SOURCE / "share" / "samples" / "ham.eml"
    status, said = mail.swaks(sample)
    assert status == 0, said
    message_id = re.search(r"^Message-ID:\s*(<\S+>)", sample.read_text(), re.M | re.I)[1]
    _, text = mail.sink.wait(message_id)
    assert len(header(text, "X-Spamd-Result")) == 1


def test_the_test_string_is_refused_with_the_configured_text(mail):
    status, said = mail.swaks(DATA / "gtube.eml")
    assert status != 0
    # At the end of the data, and with one percent sign.
    refusal = said.split("-> .", 1)[1]
    assert f"<** 554 5.7.1 {REFUSAL}" in refusal
    assert 'action="reject"' in mail.server.wait_line("<9@orchard.example>")


def test_our_headers_cannot_be_forged(mail, tmp_path):
    forged = "X-Spam: Yes\nX-Spamd-Result: default: False [-99.00 / 15.00];\nX-SPAM: No\n"
    status, said = mail.swaks(write(tmp_path / "forged", ham("forged", forged)))
    assert status == 0, said
    _, text = mail.sink.wait("<forged@example.org>")
    assert header(text, "X-Spam") == []
    [result] = header(text, "X-Spamd-Result")
    assert "-99" not in result


def test_several_messages_go_over_one_connection(mail):
    gtube = (DATA / "gtube.eml").read_text()
    with mail.smtp() as smtp:
        for n in range(3):
            smtp.sendmail("ann@example.org", ["ben@example.net"], ham(f"several{n}"))
            with pytest.raises(smtplib.SMTPDataError) as refused:
                smtp.sendmail("ann@example.org", ["ben@example.net"], gtube)
            assert refused.value.smtp_code == 554
    for n in range(3):
        mail.sink.wait(f"<several{n}@example.org>")


def test_rset_in_the_middle_leaves_nothing_behind(mail):
    with mail.smtp() as smtp:
        smtp.ehlo()
        smtp.mail("old@example.org")
        for n in range(4):
            smtp.rcpt(f"old{n}@example.net")
        smtp.rset()
        smtp.sendmail("new@example.org", ["ben@example.net"], ham("reset"))
    envelope, text = mail.sink.wait("<reset@example.org>")
    assert len(envelope) == 2 and len(header(text, "X-Spamd-Result")) == 1
    line = mail.server.wait_line("<reset@example.org>")
    assert "from=<new@example.org>" in line and "rcpts=1" in line


def test_a_connection_that_breaks_off_hurts_nobody(mail):
    smtp = mail.smtp()
    smtp.ehlo()
    smtp.mail("gone@example.org")
    smtp.rcpt("ben@example.net")
    smtp.putcmd("data")
    smtp.getreply()
    smtp.send("Subject: cut off\r\n\r\nand n")
    smtp.close()
    with mail.smtp() as other:
        other.sendmail("ann@example.org", ["ben@example.net"], ham("afterwards"))
    mail.sink.wait("<afterwards@example.org>")
    assert not any("cut off" in text for _, text in mail.sink.messages)


def test_a_bounce_has_no_sender(mail, tmp_path):
    status, said = mail.swaks(write(tmp_path / "bounce", ham("bounce")), sender="<>")
    assert status == 0, said
    envelope, _ = mail.sink.wait("<bounce@example.org>")
    assert envelope[0].startswith("MAIL FROM:<>")
    assert "from=<> " in mail.server.wait_line("<bounce@example.org>")


def test_the_message_that_is_judged_is_the_message_that_was_sent(mail):
    """Folds, odd blanks and 8-bit bytes come through, so that nothing is judged that nobody wrote."""
    odd = 'X-Fold: one\n\ttwo\n   three\nX-Tight:x\nX-Wide:   y  \nX-Empty:\nMIME-Version: 1.0\n' \
          'Content-Type: text/plain;\n charset="utf-8"\nContent-Transfer-Encoding: 8bit\n'
    message = (ham("odd", odd) + "grün\n..dots\n\n").replace("\n", "\r\n").encode()
    with mail.smtp() as smtp:
        smtp.sendmail("ann@example.org", ["ben@example.net"], message)
    line = mail.server.wait_line("<odd@example.org>")
    assert f"size={len(message)} " in line, f"{len(message)}: {line}"


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_older_versions_of_the_protocol_work(tmp_path_factory, tmp_path, protocol):
    require_programs()
    with Mail(tmp_path_factory.mktemp(f"mail{protocol}"), protocol=protocol) as old:
        status, said = old.swaks(write(tmp_path / "ham", ham("old")))
        assert status == 0, said
        _, text = old.sink.wait("<old@example.org>")
        assert len(header(text, "X-Spamd-Result")) == 1
        status, said = old.swaks(DATA / "gtube.eml")
        assert status != 0 and f"554 5.7.1 {REFUSAL}" in said


def test_without_the_filter_mail_is_tried_again_later(tmp_path_factory, tmp_path):
    require_programs()
    folder = tmp_path_factory.mktemp("alone")
    sink = Sink()
    with Postfix(folder / "postfix", free_port(), sink.port) as postfix:
        run = subprocess.run(
            ["swaks", "--server", f"127.0.0.1:{postfix.port}", "--from", "ann@example.org", "--to",
             "ben@example.net", "--data", f"@{write(tmp_path / 'ham', ham('alone'))}"],
            capture_output=True, text=True, timeout=60)
    sink.close()
    assert run.returncode != 0 and "<** 451 4.7.1" in run.stdout
