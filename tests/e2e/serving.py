"""`winnow serve` on ports of its own, for the tests that talk to it."""

import os
import queue
import re
import signal
import subprocess
import threading
import time

from conftest import WINNOW


class Server:
    """Runs until it is left. `proxy` are lines of worker.proxy, `config` what stands beside it."""

    def __init__(self, folder, proxy="", config="", sockets="127.0.0.1:0"):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "winnow.conf").write_text(
            f'worker "proxy" {{\n  bind_socket = "{sockets}";\n{proxy}\n}}\n{config}\n')
        self.lines = []
        self._queue = queue.Queue()

    def __enter__(self):
        self.process = subprocess.Popen(
            [WINNOW, "serve", "-c", str(self.folder)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={k: v for k, v in os.environ.items() if not k.startswith("WINNOW_SET_")})
        threading.Thread(target=self._read, daemon=True).start()
        self.wait_line("is ready")
        ports = [m[1] for line in self.lines if (m := re.search(r"milter on [\d.]+:(\d+)", line))]
        self.port = int(ports[0]) if ports else None
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        # What a sanitizer finds at the end is an error, too.
        assert self.process.returncode == 0, "".join(self.lines[-40:])

    def _read(self):
        for line in self.process.stdout:
            text = line.decode("utf-8", "replace")
            self.lines.append(text)
            self._queue.put(text)
        self._queue.put(None)

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

    def memory_kb(self):
        """What the process holds for itself alone and its share of what others use, too."""
        with open(f"/proc/{self.process.pid}/smaps_rollup") as f:
            return int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M)[1])
