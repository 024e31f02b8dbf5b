"""A small client of the milter protocol: what a mail server says, byte by byte."""

import socket
import struct

from conftest import DATA

ACTIONS = 0x1FF
STEPS = 0x1FFFFF
MUTE_BODY = 0x80000
LEADING_SPACE = 0x100000
# The step that says that the filter does not answer the command.
MUTE = {"C": 0x1000, "H": 0x2000, "M": 0x4000, "R": 0x8000, "T": 0x10000, "U": 0x20000, "L": 0x80,
        "N": 0x40000, "B": MUTE_BODY}
# Replies that end a command; the others are changes to the message that come before.
FINAL = "acdrsty4f"

# A message that nobody would refuse, and the body of one that everybody refuses.
HAM = [("From", "Ann <ann@example.org>"), ("To", "ben@example.net"), ("Subject", "Lunch"),
       ("Date", "Sun, 22 Nov 2026 12:00:00 +0100"), ("Message-ID", "<1@example.org>")]
GTUBE = (DATA / "gtube.eml").read_bytes().split(b"\n\n", 1)[1]


def strings(*texts):
    return b"".join((t if isinstance(t, bytes) else t.encode()) + b"\0" for t in texts)


class Client:
    def __init__(self, port, host="127.0.0.1", timeout=20):
        if isinstance(port, int):
            self.socket = socket.create_connection((host, port), timeout=timeout)
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(str(port))
        self.steps = 0
        # Macros that the filter asks for, by stage.
        self.wanted = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send_raw(self, data):
        self.socket.sendall(data)

    def send(self, command, data=b""):
        self.send_raw(struct.pack(">I", 1 + len(data)) + command.encode() + data)

    def _read(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise ConnectionError(f"closed after {len(data)} of {n} bytes")
            data += more
        return data

    def reply(self):
        """(command, data) of the next packet."""
        (length,) = struct.unpack(">I", self._read(4))
        data = self._read(length)
        return chr(data[0]), data[1:]

    def is_closed(self):
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def negotiate(self, version=6, actions=ACTIONS, steps=STEPS):
        self.send("O", struct.pack(">III", version, actions, steps))
        command, data = self.reply()
        assert command == "O" and len(data) >= 12
        version, actions, self.steps = struct.unpack(">III", data[:12])
        self.wanted = {}
        data = data[12:]
        while data:
            names, _, rest = data[4:].partition(b"\0")
            self.wanted[struct.unpack(">I", data[:4])[0]] = names.decode().split()
            data = rest
        return version, actions, self.steps

    def macros(self, stage, **values):
        self.send("D", stage.encode() + b"".join(strings(k, v) for k, v in values.items()))

    def say(self, command, data=b""):
        """Sends a command and takes its reply when there is one."""
        self.send(command, data)
        if self.steps & MUTE.get(command, 0):
            return None
        return self.reply()

    def connect(self, name="mx.example.org", address="192.0.2.1", family="4", port=25):
        self.say("C", strings(name) + family.encode() + struct.pack(">H", port) + strings(address))

    def helo(self, name="mx.example.org"):
        self.say("H", strings(name))

    def envelope(self, sender="<a@example.org>", rcpts=("<b@example.net>",), args=()):
        self.say("M", strings(sender, *args))
        for rcpt in rcpts:
            self.say("R", strings(rcpt))
        self.say("T")

    def header(self, name, value):
        self.say("L", strings(name, (" " if self.steps & LEADING_SPACE else "") + value))

    def body(self, data):
        """In chunks, as servers do it; stops when the filter has seen enough. Returns what was sent."""
        sent = 0
        while sent < len(data):
            chunk = data[sent:sent + 65535]
            sent += len(chunk)
            answer = self.say("B", chunk)
            if answer and answer[0] == "s":
                break
        return sent

    def end(self):
        """Ends the message: all changes, then the final reply."""
        self.send("E")
        replies = []
        while not replies or replies[-1][0] not in FINAL:
            replies.append(self.reply())
        return replies

    def message(self, headers, body=b"", **envelope):
        self.envelope(**envelope)
        for name, value in headers:
            self.header(name, value)
        self.say("N")
        self.body(body)
        return self.end()


def session(port, **options):
    """A client that has greeted."""
    c = Client(port)
    c.negotiate(**options)
    c.connect()
    c.helo()
    return c


def names(replies):
    """The letters of replies: changes, then what ends the command."""
    return "".join(command for command, _ in replies)
