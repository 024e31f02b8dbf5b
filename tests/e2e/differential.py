"""Messages as Python's email package, GMime and we see them, as lists of rows that can be compared."""

import codecs
import email
import hashlib
import json
import typing

MESSAGES = ("message/rfc822", "message/global", "message/news")


class Row(typing.NamedTuple):
    depth: int
    kind: str  # lower-case type
    content: object = None  # decoded bytes; of winnow (size, SHA-256); None when the reader gives none
    text: str | None = None
    encoding: str = ""
    raw: bytes = b""  # of readers other than winnow: the body as it stands there
    defects: tuple = ()  # of winnow


def digest(content):
    return len(content), hashlib.sha256(content).hexdigest()


# ---- winnow


def rows_of_winnow(part, depth=0):
    kind, defects = part["type"], tuple(part["defects"])
    if kind.startswith("multipart/"):
        yield Row(depth, kind, defects=defects)
        for child in part.get("parts", []):
            yield from rows_of_winnow(child, depth + 1)
    elif "message" in part:
        yield Row(depth, kind, defects=defects)
        yield from rows_of_winnow(part["message"], depth + 1)
    else:
        # blocks of uuencode within a text are taken out of it by us alone
        text = None if "parts" in part else part.get("text")
        yield Row(depth, kind, (part["size"], part["sha256"]), text, part.get("encoding", ""), defects=defects)


def dump(winnow, paths):
    """The root part of each message."""
    lines = winnow.run("dump", "mime", *paths).stdout.splitlines()
    assert len(lines) == len(paths)
    return [json.loads(line) for line in lines]


# ---- Python


def latin(content):
    """ISO 8859-1 as browsers and mail programs read it: as windows-1252 (WHATWG Encoding, "get an encoding")."""
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in content)


def text_of_python(part, content):
    """None when Python does not know the charset or the bytes are not of it, where everybody guesses."""
    try:
        name = codecs.lookup(part.get_content_charset() or "us-ascii").name
        text = content.decode(name)
        return latin(content) if name == "iso8859-1" and not content.isascii() else text
    except (LookupError, UnicodeError, ValueError):
        return None


def rows_of_python(part, depth=0):
    kind = part.get_content_type()
    payload = part.get_payload()
    if kind.startswith("multipart/"):
        yield Row(depth, kind)
        for child in payload if isinstance(payload, list) else []:
            yield from rows_of_python(child, depth + 1)
    elif isinstance(payload, list) and kind in MESSAGES:
        yield Row(depth, kind)
        yield from rows_of_python(payload[0], depth + 1)
    elif isinstance(payload, list):
        yield Row(depth, kind)  # message/delivery-status and the like, which Python parses as messages
    else:
        content = part.get_payload(decode=True)
        text = text_of_python(part, content) if kind.startswith("text/") else None
        encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
        raw = part._payload.encode("ascii", "surrogateescape")  # get_payload() has a guess at the charset
        yield Row(depth, kind, content, text, encoding, raw)


def python(message):
    return list(rows_of_python(email.message_from_bytes(message)))


# ---- GMime


class GMime:
    def __init__(self):
        import gi
        gi.require_version("GMime", "3.0")
        from gi.repository import GMime as library
        library.init()
        self.library = library

    def bytes_of(self, source):
        stream = self.library.StreamMem.new()
        source.write_to_stream(stream)
        return bytes(stream.get_byte_array() or b"")

    def leaf(self, part, depth, kind):
        wrapper = part.get_content()
        content = b"" if wrapper is None else self.bytes_of(wrapper)
        raw = b""
        if wrapper is not None:
            wrapper.get_stream().reset()
            raw = self.bytes_of(wrapper.get_stream())
        encoding = part.get_header("Content-Transfer-Encoding") or ""
        return Row(depth, kind, content, None, encoding.strip().lower(), raw)

    def rows(self, part, depth=0):
        kind = part.get_content_type().get_mime_type().lower()
        if isinstance(part, self.library.Multipart):
            yield Row(depth, kind)
            for i in range(part.get_count()):
                yield from self.rows(part.get_part(i), depth + 1)
        elif isinstance(part, self.library.MessagePart):
            yield Row(depth, kind)
            inner = part.get_message()
            if inner is not None:
                yield from self.rows(inner.get_mime_part(), depth + 1)
        else:
            yield self.leaf(part, depth, kind)

    def __call__(self, message):
        stream = self.library.StreamMem.new_with_buffer(message)
        parsed = self.library.Parser.new_with_stream(stream).construct_message(None)
        if parsed is None or parsed.get_mime_part() is None:
            return None
        return list(self.rows(parsed.get_mime_part()))
