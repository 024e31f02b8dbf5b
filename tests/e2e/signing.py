"""Mail that others have signed: python3-dkim in this process, and opendkim by its own test mode."""

import base64
import re
import shutil
import subprocess

import pytest

SELECTORS = {"rsa1024": "rsa1024", "rsa2048": "rsa2048", "rsa4096": "rsa4096", "ed25519": "ed"}
DOMAIN = "example.org"


def openssl(*args, **more):
    return subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True, **more).stdout


def quoted(text):
    """A TXT record has strings of at most 255 bytes."""
    return " ".join(f'"{text[i:i + 200]}"' for i in range(0, len(text), 200))


class Keys:
    """Keys of all kinds that are met, in a folder, and the records that publish them."""

    def __init__(self, folder):
        self.folder = folder
        self.records = {}
        for name in SELECTORS:
            options = ["-algorithm", "ed25519"] if name == "ed25519" else \
                ["-algorithm", "rsa", "-pkeyopt", f"rsa_keygen_bits:{name[3:]}"]
            openssl("genpkey", *options, "-out", self.path(name))
            public = openssl("pkey", "-in", self.path(name), "-pubout", "-outform", "DER")
            # RFC 8463: the last 32 bytes are the bare key
            kind, public = ("ed25519", public[-32:]) if name == "ed25519" else ("rsa", public)
            self.records[f"{SELECTORS[name]}._domainkey.{DOMAIN}"] = \
                f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}"

    def path(self, name):
        return self.folder / f"{name}.pem"

    def zone(self):
        """For --zone."""
        return "".join(f"{name} TXT {quoted(text)}\n" for name, text in self.records.items())

    def write_zone(self):
        path = self.folder / "keys.zone"
        path.write_text(self.zone())
        return path

    def find(self, name, timeout=5):
        """As python3-dkim asks."""
        return self.records.get(name.decode().rstrip(".")).encode()


def sign_by_dkimpy(keys, message, key="rsa2048", canon="relaxed/relaxed", algorithm=None, **more):
    """The message with a signature before it. `more`: as dkim.sign() has it."""
    dkim = pytest.importorskip("dkim", reason="python3-dkim is not installed")
    private = keys.path(key).read_bytes()
    if key == "ed25519":
        private = base64.b64encode(openssl("pkey", "-in", keys.path(key), "-outform", "DER")[-32:])
        algorithm = "ed25519-sha256"
    return dkim.sign(message, SELECTORS[key].encode(), DOMAIN.encode(), private,
                     canonicalize=tuple(canon.encode().split(b"/")),
                     signature_algorithm=(algorithm or "rsa-sha256").encode(), **more) + message


def verify_by_dkimpy(keys, message):
    """Whether the first signature passes."""
    dkim = pytest.importorskip("dkim", reason="python3-dkim is not installed")
    return dkim.verify(message, dnsfunc=keys.find)


def sign_by_opendkim(keys, path, key="rsa2048", canon="relaxed/relaxed", settings=""):
    """
    The message of the file, with lines that end with CRLF, signed. opendkim's test mode plays the milter
    dialogue with the file and prints what it would have Postfix insert.
    """
    if shutil.which("opendkim") is None:
        pytest.skip("opendkim is not installed")
    config = keys.folder / "opendkim.conf"
    config.write_text(f"Mode s\nDomain {DOMAIN}\nSelector {SELECTORS[key]}\nKeyFile {keys.path(key)}\n"
                      f"Canonicalization {canon}\nRequireSafeKeys false\n{settings}\n")
    out = subprocess.run(["opendkim", "-x", config, "-t", path, "-vvv"], check=True, timeout=60,
                         capture_output=True).stdout
    field = re.search(rb"hname='DKIM-Signature' hvalue='(.*?)'\n", out + b"\n", re.S)
    assert field is not None, out
    return b"DKIM-Signature: " + field[1].replace(b"\n", b"\r\n") + b"\r\n" + path.read_bytes()
