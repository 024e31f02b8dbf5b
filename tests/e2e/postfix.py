"""A real Postfix with folders and ports of its own, in front of it the filter and behind it a mail server that
keeps what it gets."""

import contextlib
import os
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import threading
import time

import pytest

from serving import Server, children, command, free_port, is_alive, open_way, wait_until

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
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=500)
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
                    if not line:
                        return
                    text += line[1:] if line.startswith(b"..") else line
                with self._new:
                    self.messages.append((envelope, text.decode("utf-8", "replace")))
                    self._new.notify_all()
                envelope = []
            elif verb in (b"MAIL", b"RCPT"):
                envelope.append(line.decode().strip())
            if verb == b"EHLO":
                say("250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8")
            else:
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

    def wait_count(self, words, count, seconds=60):
        """Waits for that many messages with the words."""
        def enough():
            with self._new:
                return sum(words in text for _, text in self.messages) >= count
        wait_until(enough, seconds, f"the arrival of {count} messages with {words!r}")

    def close(self):
        self._socket.close()


# The settings that have to do with the filter are those of an Rspamd user.
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
smtpd_relay_restrictions = permit_mynetworks, permit_auth_destination, reject
transport_maps = inline:{{ example.net=smtp:[127.0.0.1]:{sink} }}
default_transport = smtp:[127.0.0.1]:{sink}
bounce_queue_lifetime = 1h
alias_maps =
alias_database =
local_recipient_maps =
smtpd_peername_lookup = no
in_flow_delay = 0
message_size_limit = 102400000
smtputf8_enable = yes
milter_protocol = {protocol}
milter_mail_macros = i {{mail_addr}} {{client_addr}} {{client_name}} {{auth_authen}}
milter_default_action = {default}
smtpd_milters = {milter}
{more}
"""

# Nothing is chrooted, and the parcel of programs is the smallest that takes mail and passes it on.
MASTER_CF = """
127.0.0.1:{port} inet n - n - 300 smtpd
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
    """`milter` is a port or what stands in smtpd_milters; `more` are lines of main.cf."""

    def __init__(self, folder, milter, sink_port, protocol=6, default="accept", more=""):
        self.folder, self.port = folder, None
        daemons = subprocess.run(["postconf", "-d", "-h", "daemon_directory"], check=True,
                                 capture_output=True, text=True).stdout.strip()
        for name in ("etc", "queue", "data"):
            (folder / name).mkdir(parents=True)
        shutil.chown(folder / "data", "postfix")
        open_way(folder)
        milter = f"inet:127.0.0.1:{milter}" if isinstance(milter, int) else milter
        (folder / "etc" / "main.cf").write_text(MAIN_CF.format(
            folder=folder, daemons=daemons, sink=sink_port, milter=milter, protocol=protocol,
            default=default, more=more))

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
        """As `postfix stop` does it, but without its pauses of whole seconds."""
        pid_file = self.folder / "queue" / "pid" / "master.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGTERM)
        try:
            wait_until(lambda: not is_alive(pid), 10, "the end of Postfix")
        except AssertionError:
            os.killpg(pid, signal.SIGKILL)
            raise

    @contextlib.contextmanager
    def changed(self, *lines):
        """With other settings for the sessions to come."""
        path = self.folder / "etc" / "main.cf"
        before = path.read_text()
        names = [line.split()[0] for line in lines]
        kept = [line for line in before.splitlines() if not line.startswith(tuple(f"{n} =" for n in names))]
        self._reload("\n".join([*kept, *lines]) + "\n")
        try:
            yield
        finally:
            self._reload(before)

    def _smtpd(self):
        master = int((self.folder / "queue" / "pid" / "master.pid").read_text())
        return {pid for pid in children(master) if command(pid) == "smtpd"}

    def _reload(self, main_cf):
        told, before = self.log().count("reload -- version"), self._smtpd()
        (self.folder / "etc" / "main.cf").write_text(main_cf)
        self.run("reload")
        wait_until(lambda: self.log().count("reload -- version") > told, 20, "the reload of Postfix")
        # An idle one may take a session more before it hears that it is out of date.
        wait_until(lambda: not before & self._smtpd(), 20, "the end of smtpd with the old settings")

    def log(self):
        path = self.folder / "postfix.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait_log(self, words, seconds=20):
        wait_until(lambda: words in self.log(), seconds, f"a line of Postfix with {words!r}")

    def held(self, queue_id):
        """The text of a message that waits for a person."""
        path = self.folder / "queue" / "hold" / queue_id
        wait_until(path.exists, 10, f"{path}")
        return subprocess.run(["postcat", "-c", str(self.folder / "etc"), str(path)], check=True,
                              capture_output=True).stdout.decode("utf-8", "replace")

    def sendmail(self, sender, rcpt, text):
        """As programs of the machine itself send."""
        subprocess.run(["sendmail", "-C", str(self.folder / "etc"), "-i", "-f", sender, rcpt], check=True,
                       input=text.encode(), timeout=60)


class Mail:
    """The filter, Postfix and where the mail goes, together. `more` goes to Server, `main_cf` to Postfix."""

    def __init__(self, folder, main_cf=None, proxy="", milter=None, **more):
        self.folder, self.main_cf, self.milter = folder, main_cf or {}, milter
        self.sink = Sink()
        self.server = Server(folder / "winnow", proxy=f'reject_message = "{REFUSAL}";\n{proxy}', **more)

    def __enter__(self):
        self.server.__enter__()
        self.postfix = Postfix(self.folder / "postfix", self.milter or self.server.port, self.sink.port,
                               **self.main_cf)
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

    @contextlib.contextmanager
    def configured(self, proxy="", config=""):
        """With another configuration of the filter."""
        server = self.server
        before = server.proxy, server.config
        server.proxy, server.config = before[0] + "\n" + proxy, before[1] + "\n" + config
        server.reload()
        try:
            yield
        finally:
            server.proxy, server.config = before
            server.reload()

    def swaks(self, message, *more, sender="ann@example.org"):
        """Sends a file; gives the exit status and the dialogue."""
        run = subprocess.run(
            ["swaks", "--server", f"127.0.0.1:{self.postfix.port}", "--from", sender,
             "--to", "ben@example.net", "--data", f"@{message}", *more],
            capture_output=True, text=True, timeout=60)
        return run.returncode, run.stdout + run.stderr

    def smtp(self):
        return smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=60)

    def smtp_source(self, *args, sessions, messages, rcpt="ben@example.net"):
        """Postfix's own load generator: ends when all messages are taken."""
        return subprocess.Popen(
            ["smtp-source", "-s", str(sessions), "-m", str(messages), "-f", "ann@example.org", "-t", rcpt,
             *args, f"127.0.0.1:{self.postfix.port}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def write(path, text):
    path.write_bytes(text.replace("\n", "\r\n").encode())
    return path


def ham(tag, extra=""):
    return (f"From: Ann <ann@example.org>\nTo: ben@example.net\nSubject: Lunch {tag}\n"
            f"Date: Sun, 22 Nov 2026 12:00:00 +0100\nMessage-ID: <{tag}@example.org>\n{extra}\n"
            "See you at noon.\n")


def header(text, name):
    """All values of a header field, unfolded."""
    head = text.split("\r\n\r\n", 1)[0]
    return [re.sub(r"\r\n\s+", " ", v) for v in
            re.findall(rf"^{name}:[ \t]*([^\r]*(?:\r\n[ \t][^\r]*)*)", head, re.M | re.I)]
