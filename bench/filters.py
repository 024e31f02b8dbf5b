"""The filter, started on ports of its own with a folder of its own, and ended by its process id."""

import os
import pathlib
import signal
import socket
import struct
import subprocess
import time

import processes

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("BENCH_BUILD", ROOT / "build"))
WINNOW = os.environ.get("WINNOW", str(BUILD / "winnow"))
STARTED = "is ready:"
RELOADED = "is ready with the new configuration"
PATIENCE = 20


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ask(port, question):
    """The first bytes of the answer; None: nobody is there yet."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as s:
            s.sendall(question)
            return s.recv(64) or None
    except OSError:
        return None


def wait_for(what):
    started = time.monotonic()
    while not what():
        if time.monotonic() - started > PATIENCE:
            raise RuntimeError(f"nothing comes within {PATIENCE} s")
        time.sleep(0.0002)


class Winnow:
    """One running family; the log goes to a file, as it does in earnest."""

    def __init__(self, folder, workers=1):
        self.folder = pathlib.Path(folder)
        # the program gives up its rights, and may still have to get there
        self.folder.chmod(0o755)
        self.log = self.folder / "log"
        self.ports = {"milter": free_port(), "http": free_port()}
        sets = {"worker.proxy.bind_socket": f"127.0.0.1:{self.ports['milter']}",
                "worker.normal.bind_socket": f"127.0.0.1:{self.ports['http']}",
                "worker.proxy.count": workers, "worker.normal.count": workers,
                "logging.type": "file", "logging.filename": self.log,
                # as with the network modules of the others: what is measured is our own work
                "options.dns.zone": self.write_zone()}
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            [WINNOW, "serve", "-c", os.devnull]
            + [word for key, value in sets.items() for word in ("--set", f"{key}={value}")],
            env={**os.environ, "WINNOW_STATE_DIR": str(self.folder / "state")})
        self.pid = self.process.pid

    def write_zone(self):
        """Questions are asked, and answered at once: no name exists."""
        path = self.folder / "answers"
        path.write_text("")
        path.chmod(0o644)
        return path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def wait_ready(self):
        """Seconds from its start to the first answer on both listeners."""
        negotiation = struct.pack(">IcIII", 13, b"O", 6, 0x1FF, 0x1FFFFF)
        wait_for(lambda: self.process.poll() is not None or ask(self.ports["milter"], negotiation))
        wait_for(lambda: self.process.poll() is not None
                 or ask(self.ports["http"], b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        if self.process.poll() is not None:
            raise SystemExit("winnow serve has ended")
        return time.monotonic() - self.begun

    def reload(self):
        """Seconds from the signal to the line that says that the new configuration serves."""
        before = self.log.read_text().count(RELOADED)
        begun = time.monotonic()
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.log.read_text().count(RELOADED) > before)
        return time.monotonic() - begun

    def workers(self):
        return [pid for pid in processes.children(self.pid) if processes.name(pid) == "winnow-worker"]
