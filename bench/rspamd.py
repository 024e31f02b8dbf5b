"""A private Rspamd for comparing: the stock configuration, its network modules off, one scanning worker,
no Redis. Started in a folder of its own on 127.0.0.1 and ended by its process id."""

import http.client
import os
import pathlib
import shutil
import signal
import subprocess
import time

OFF = """antivirus arc asn bimi clickhouse dcc dkim dkim_signing dmarc elastic external_relay
external_services fuzzy_check greylist history_redis metadata_exporter metric_exporter mx_check neural p0f
ratelimit rbl redis replies reputation rspamd_update spamtrap spf surbl url_redirector whitelist""".split()


def installed():
    return shutil.which("rspamd") is not None and os.path.isdir("/etc/rspamd")


class Rspamd:
    def __init__(self, folder, port):
        self.port = port
        self.folder = pathlib.Path(folder)
        self.folder.chmod(0o755)
        etc = self.folder / "etc"
        shutil.copytree("/etc/rspamd", etc)
        for name in ("db", "run", "log"):
            (self.folder / name).mkdir()
            shutil.chown(self.folder / name, "_rspamd", "_rspamd")
        override = etc / "override.d"
        override.mkdir(exist_ok=True)
        for name in OFF + ["classifier-bayes"]:
            (override / f"{name}.conf").write_text("enabled = false;\n")
        (override / "options.inc").write_text('dns { nameserver = ["127.0.0.1:1"]; timeout = 0.05s; }\n')
        (override / "logging.inc").write_text('type = "file"; filename = "%s"; level = "error";\n'
                                              % (self.folder / "log" / "rspamd.log"))
        (override / "worker-normal.inc").write_text(f'bind_socket = "127.0.0.1:{port}"; count = 1;\n')
        for worker in ("controller", "proxy", "fuzzy"):
            (override / f"worker-{worker}.inc").write_text("enabled = false;\n")
        variables = {"CONFDIR": etc, "LOCAL_CONFDIR": etc, "DBDIR": self.folder / "db",
                     "RUNDIR": self.folder / "run", "LOGDIR": self.folder / "log"}
        started = time.monotonic()
        self.process = subprocess.Popen(
            ["rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd", "-c", str(etc / "rspamd.conf")]
            + [f"--var={key}={value}" for key, value in variables.items()],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                self.scan(b"Subject: x\r\n\r\nx\r\n", 1)
                break
            except OSError:
                if time.monotonic() - started > 240 or self.process.poll() is not None:
                    raise RuntimeError("Rspamd does not start") from None
                time.sleep(0.05)
        self.start_seconds = time.monotonic() - started

    def version(self):
        out = subprocess.run(["rspamd", "--version"], capture_output=True, text=True, check=True).stdout
        return out.split("version ")[1].split()[0]

    def scan(self, message, count):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        for _ in range(count):
            connection.request("POST", "/checkv2", message,
                               {"From": "mira@orchard.example", "Rcpt": "jonas@harbour.example",
                                "IP": "192.0.2.25", "Helo": "mail.orchard.example",
                                "Hostname": "mail.orchard.example"})
            connection.getresponse().read()
        connection.close()

    def worker(self):
        """The process id of the worker that scans."""
        for line in subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
                                   capture_output=True, text=True, check=True).stdout.splitlines():
            if "normal process" in line:
                return int(line.split()[0])
        raise RuntimeError("Rspamd has no scanning worker")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
