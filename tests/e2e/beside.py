"""A private Rspamd beside winnow, for tests that compare them: its stock configuration, network modules and
statistics off, on 127.0.0.1 alone. It is ended by its process id."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from serving import free_port, open_way

# What would ask the network, keep what a test must not depend on, or compile many patterns first.
OFF = """antivirus arc asn bimi classifier-bayes clickhouse dcc dkim dkim_signing dmarc elastic
external_relay external_services fuzzy_check greylist history_redis metadata_exporter metric_exporter mid
multimap mx_check neural p0f phishing ratelimit rbl redis regexp replies reputation rspamd_update spamtrap spf
surbl trie url_redirector whitelist""".split()


class Rspamd:
    """Skips the test where there is none. `more`: further files of override.d, by name."""

    def __init__(self, folder, more):
        if shutil.which("rspamd") is None or not os.path.isdir("/etc/rspamd") or os.geteuid() != 0:
            pytest.skip("Rspamd is not installed, or this is not root, who alone can start it")
        self.folder, self.port = folder, free_port()
        shutil.copytree("/etc/rspamd", folder / "etc")
        open_way(folder)
        for name in ("db", "run", "log"):
            (folder / name).mkdir()
            shutil.chown(folder / name, "_rspamd", "_rspamd")
        files = {f"{name}.conf": "enabled = false;\n" for name in OFF}
        files |= {f"worker-{name}.inc": "enabled = false;\n" for name in ("controller", "proxy", "fuzzy")}
        files["worker-normal.inc"] = f'bind_socket = "127.0.0.1:{self.port}"; count = 1;\n'
        # patterns need not be fast: to compile them takes a minute
        files["options.inc"] = ('dns { nameserver = ["127.0.0.1:1"]; timeout = 0.05s; }\n'
                                "disable_hyperscan = true;\n")
        files["logging.inc"] = f'type = "file"; level = "error"; filename = "{folder}/log/rspamd.log";\n'
        (folder / "etc" / "override.d").mkdir(exist_ok=True)
        for name, text in (files | more).items():
            (folder / "etc" / "override.d" / name).write_text(text)

    def __enter__(self):
        places = {"CONFDIR": "etc", "LOCAL_CONFDIR": "etc", "DBDIR": "db", "RUNDIR": "run", "LOGDIR": "log"}
        self.process = subprocess.Popen(
            ["rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd", "-c", f"{self.folder}/etc/rspamd.conf"]
            + [f"--var={name}={self.folder / place}" for name, place in places.items()],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 120
        while True:
            try:
                self.ask(b"Subject: x\r\n\r\nx\r\n", {})
                return self
            except OSError:
                time.sleep(0.05)
            if self.process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                raise AssertionError("Rspamd does not start")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def ask(self, message, headers):
        """What it answers about the message."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/checkv2", message, headers)
        text = connection.getresponse().read().decode("utf-8", "replace")
        connection.close()
        return json.loads(text, strict=False)
