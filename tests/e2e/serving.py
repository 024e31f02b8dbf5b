"""`winnow serve` on ports of its own, for the tests that talk to it."""

import json
import os
import queue
import re
import signal
import socket
import subprocess
import threading
import time

from conftest import WINNOW

# What the sanitizers need is no part of what is measured.
IS_SANITIZED = b"__asan_init" in open(WINNOW, "rb").read() if os.path.exists(WINNOW) else False
# For tests to whom it is not the point what their messages score: only the test string is refused.
QUIET = "actions { greylist = 400; add_header = 600; reject = 1500; }"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, seconds=20, what="the condition"):
    """What `condition` gives as soon as that is true."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"{what} did not come true in {seconds} s"
        time.sleep(0.01)


def open_way(path):
    """Lets other users go down to `path`: the program gives up its rights, and test folders are root's."""
    for folder in [path, *path.parents][:-2]:
        if os.stat(folder).st_uid == os.geteuid():
            os.chmod(folder, os.stat(folder).st_mode | 0o111)


def fields(line):
    """A line of the log as a dictionary."""
    pairs = re.findall(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|[^ \n]*)', line)
    return {name: json.loads(value) if value.startswith('"') else value for name, value in pairs}


def children(pid):
    """Process ids of the children of a process, as they are at the moment."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(word) for word in f.read().split()]
    except OSError:
        return []


def command(pid):
    try:
        with open(f"/proc/{pid}/comm") as f:
            return f.read().strip()
    except OSError:
        return ""


def is_alive(pid):
    """False for what has ended, even when nobody has asked for its status yet."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def pss_kb(pid):
    """What a process holds for itself alone and its share of what others use, too."""
    with open(f"/proc/{pid}/smaps_rollup") as f:
        return int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M)[1])


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        words = f.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


class Server:
    """
    Runs until it is left. `proxy` are lines of worker.proxy, `normal` of worker.normal (None: it is switched
    off, "": as it comes, on a port of its own), `config` what stands beside them. `sockets` None: a port that is
    free; "": no bind_socket is written. `more` goes to Popen.
    """

    def __init__(self, folder, proxy="", config="", sockets=None, normal=None, env=None, settings=(), **more):
        self.folder = folder
        self.state = folder / "state"
        self.proxy, self.config, self.sockets, self.normal = proxy, config, sockets, normal
        self.settings, self.more = settings, more
        self.port = self.http_port = None
        self.prefix = []  # what is started in its place, and becomes it
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("WINNOW_SET_")}
        self.env |= {"WINNOW_STATE_DIR": str(self.state)} | (env or {})
        # Nobody is asked about names, and none exists, unless it is a test's own business.
        if "dns" not in f"{config} {settings} {env}":
            self.env |= {"WINNOW_SET_options__dns__zone": os.devnull}
        folder.mkdir(parents=True, exist_ok=True)
        open_way(folder)
        self.lines = []
        self._queue = queue.Queue()

    def write_config(self):
        sockets = f"127.0.0.1:{self.port}" if self.sockets is None else self.sockets
        bind = f'  bind_socket = "{sockets}";\n' if sockets else ""
        text = f'worker "proxy" {{\n{bind}{self.proxy}\n}}\n'
        if self.normal is None:
            text += 'worker "normal" { enabled = false; }\n'
        else:
            text += f'worker "normal" {{\n  bind_socket = "127.0.0.1:{self.http_port}";\n{self.normal}\n}}\n'
        path = self.folder / "winnow.conf"
        path.with_suffix(".new").write_text(text + self.config + "\n")
        path.with_suffix(".new").rename(path)

    def start(self):
        if self.sockets is None:
            self.port = free_port()
        if self.normal is not None:
            self.http_port = free_port()
        self._launch()

    def _launch(self):
        self.write_config()
        self.process = subprocess.Popen(
            [*self.prefix, WINNOW, "serve", "-c", str(self.folder), *self.settings], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self.env, **self.more)
        threading.Thread(target=self._read, args=(self.process.stdout, self._queue), daemon=True).start()

    def __enter__(self):
        # Somebody else may take the port between looking and listening: then another one.
        for attempt in range(5):
            self.start()
            try:
                self.wait_line("is ready")
                return self
            except AssertionError:
                if self.process.poll() is None:
                    self.process.kill()
                self.process.wait()
                if attempt == 4 or "is in use: another program" not in "".join(self.lines):
                    raise
                self.lines.clear()
                self._queue = queue.Queue()

    def restart(self):
        """Once more, on the same addresses."""
        self.lines.clear()
        self._queue = queue.Queue()
        self._launch()
        self.wait_line("is ready")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        # What a sanitizer finds at the end is an error, too.
        assert self.process.returncode == 0, "".join(self.lines[-40:])
        said = "".join(self.lines)
        assert "Sanitizer" not in said and "runtime error" not in said, said[-4000:]

    def _read(self, stream, lines):
        for line in stream:
            text = line.decode("utf-8", "replace")
            self.lines.append(text)
            lines.put(text)
        lines.put(None)

    def wait_line(self, words, seconds=20):
        """The next line that holds the words."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self._queue.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no line with {words!r} in:\n{''.join(self.lines)}") from None
            if line is None:
                raise AssertionError(f"it ended without {words!r}:\n{''.join(self.lines)}")
            if words in line:
                return line

    def wait_message(self, words, seconds=20):
        """The fields of the next line about a message that holds the words."""
        while True:
            line = self.wait_line(words, seconds)
            if "event=message" in line:
                return fields(line)

    def reload(self, words="is ready with the new configuration", drains=False):
        """
        The new configuration is written and read, until the one before has gone (`drains`: it stays for
        sessions that are open). Gives the line that says what came of it.
        """
        self.write_config()
        self.process.send_signal(signal.SIGHUP)
        line = self.wait_line(words)
        if not drains:
            wait_until(lambda: len(self.loaders()) == 1, 20, "the end of the configuration before")
        return line

    # ---- its processes ----

    def loaders(self):
        return [pid for pid in children(self.process.pid) if command(pid) == "winnow-loader"]

    def family(self, name):
        return [pid for loader in self.loaders() for pid in children(loader) if command(pid) == name]

    def workers(self):
        return self.family("winnow-worker")

    def keepers(self):
        return self.family("winnow-keeper")

    def processes(self):
        """All of them, the one that was started first."""
        loaders = children(self.process.pid)
        return [self.process.pid, *loaders, *(pid for loader in loaders for pid in children(loader))]

    def memory_kb(self):
        return sum(pss_kb(pid) for pid in self.processes())


def stats(server):
    """What `winnow stats --json` tells of it."""
    run = subprocess.run([WINNOW, "stats", "--json", "-c", str(server.folder)], env=server.env,
                         capture_output=True, timeout=60)
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout)
