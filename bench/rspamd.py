"""A private Rspamd for comparing: the stock configuration, its network modules off, no Redis.
Started in a folder of its own on 127.0.0.1 and ended by its process id."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

import filters

OFF = """antivirus arc asn bimi clickhouse dcc dkim dkim_signing dmarc elastic external_relay
external_services fuzzy_check greylist history_redis metadata_exporter metric_exporter mx_check neural p0f
ratelimit rbl redis replies reputation rspamd_update spamtrap spf surbl url_redirector whitelist""".split()


def installed():
    return shutil.which("rspamd") is not None and os.path.isdir("/etc/rspamd")


PATIENCE = 240  # its first start compiles patterns


class Rspamd:
    """`folder` may be one that was used before: then its patterns are compiled. `resolver` answers it."""

    def __init__(self, folder, resolver, workers=1):
        self.port = filters.free_port()
        self.folder = pathlib.Path(folder)
        self.folder.chmod(0o755)
        self.write_configuration(resolver, workers)
        variables = {"CONFDIR": "etc", "LOCAL_CONFDIR": "etc", "DBDIR": "db", "RUNDIR": "run",
                     "LOGDIR": "log"}
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            ["rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd", "-c", str(self.folder / "etc/rspamd.conf")]
            + [f"--var={key}={self.folder / value}" for key, value in variables.items()],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def write_configuration(self, resolver, workers):
        etc = self.folder / "etc"
        shutil.copytree("/etc/rspamd", etc, dirs_exist_ok=True)
        for name in ("db", "run", "log"):
            (self.folder / name).mkdir(exist_ok=True)
            shutil.chown(self.folder / name, "_rspamd", "_rspamd")
        texts = {name: "enabled = false;" for name in OFF + ["classifier-bayes"]}
        override = etc / "override.d"
        override.mkdir(exist_ok=True)
        for name, text in texts.items():
            (override / f"{name}.conf").write_text(text + "\n")
        includes = {
            "options": f'dns {{ nameserver = ["127.0.0.1:{resolver.port}"]; }}',
            "logging": f'type = "file"; filename = "{self.folder / "log/rspamd.log"}"; level = "notice";',
            "worker-normal": f'bind_socket = "127.0.0.1:{self.port}"; count = {workers};',
            **{f"worker-{worker}": "enabled = false;" for worker in ("controller", "proxy", "fuzzy")},
        }
        for name, text in includes.items():
            (override / f"{name}.inc").write_text(text + "\n")

    def wait_ready(self):
        """Seconds from its start to the first answer."""
        while not filters.ask(self.port, b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            if time.monotonic() - self.begun > PATIENCE or self.process.poll() is not None:
                raise RuntimeError("Rspamd does not start")
            time.sleep(0.02)
        return time.monotonic() - self.begun

    def workers(self):
        """Process ids of the workers that scan."""
        lines = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(self.pid)], capture_output=True,
                               text=True, check=True).stdout.splitlines()
        return [int(line.split()[0]) for line in lines if "normal process" in line]


def version():
    out = subprocess.run(["rspamd", "--version"], capture_output=True, text=True, check=True).stdout
    return out.split("version ")[1].split()[0]
