"""The parts, contents and texts that we see in real mail, against what Python and GMime see in it.

Every difference has a reason: a rule that looks whether its cause is there, or a row in a table. By default each tenth
message is compared, with WINNOW_CORPUS=all every one; then a rule that nothing needs any more fails, too.
"""

import binascii
import collections
import os
import re
import tarfile

import pytest

import differential
from conftest import SOURCE

SHARED = SOURCE / os.environ.get("WINNOW_SHARED", "../shared")
ARCHIVES = sorted((SHARED / "corpus").glob("*.tar.xz"))
ALL = os.environ.get("WINNOW_CORPUS") == "all"
STEP = 1 if ALL else 10
AT_ONCE = 500  # messages to one call of the program


# ---- rules about one part: the content of another reader, made ours in a stated way


def is_quoted(row):
    return row.encoding.startswith("quoted-printable")


def is_base64(row):
    return row.encoding.startswith("base64")


def quoted(row):
    """Blanks at the ends of lines dropped (RFC 2045 section 6.7 rule 3), broken escapes left as they are."""
    if not is_quoted(row):
        return
    for blanks in (rb"[ \t]+(?=\r?\n|\Z)", rb"[ \t]+(?=\r?\n)"):
        text = re.sub(blanks, b"", row.raw)
        text = re.sub(rb"=(?:\r?(?:\n|\Z)|([0-9A-Fa-f]{2}))", lambda m: bytes.fromhex((m[1] or b"").decode()), text)
        yield from (text, text + b"\n", text + b"\r\n", re.sub(rb"\r?\n\Z", b"", text))


def with_line_end(row):
    yield from (row.content + end for end in (b"\n", b"\r\n"))


def lenient_base64(row):
    """Groups as they come: foreign bytes skipped, padding ends a group and not the text."""
    if not is_base64(row):
        return
    letters = re.sub(rb"[^A-Za-z0-9+/=]", b"", row.raw)
    out = b""
    for group in re.findall(rb"[A-Za-z0-9+/]+", letters):
        cut = group[: len(group) - (len(group) % 4 == 1)]
        out += binascii.a2b_base64(cut + b"=" * (-len(cut) % 4))
    yield out


def without_line_end(row):
    yield re.sub(rb"(\r?\n|\r)\Z", b"", row.content)


def behind_a_line(row):
    """What is left of it behind each of its first lines."""
    ends = [end.end() for end in re.finditer(rb"\n", row.content)][:100]
    yield from (row.content[end:] for end in ends)


def nothing(row):
    del row
    yield b""


QUOTED = "quoted-printable loses blanks at the ends of lines and keeps broken escapes"
LINE_END = "readers differ on the last line end of what is cut off, or before a boundary"
# (reason, what is made of the other reader's part, a defect that we must have found)
PART_RULES = [
    (QUOTED, quoted, None),
    (LINE_END, with_line_end, None),
    (LINE_END, without_line_end, None),
    ("broken base64 is decoded as far as it goes", lenient_base64, None),
    ("a line that is no field does not end the header when fields follow", behind_a_line, "header-garbage"),
    ("a line that is no field does not end the header when fields follow", behind_a_line, "no-body"),
]


def same_kind(theirs, ours):
    """A type ends with the first byte that is of no token; a multipart without a boundary stays one."""
    token = re.match(r"[^\s;:]*", theirs.kind)[0]
    return token == ours.kind or (theirs.kind == "text/plain" and "boundary-missing" in ours.defects)


def explain_content(theirs, ours):
    """None when it is the same, the name of a rule, or False."""
    if theirs.content is None or ours.content is None or differential.digest(theirs.content) == ours.content:
        return None
    if theirs.content == b"" and "no-headers" in ours.defects:
        return "text without a header is text, not nothing"
    for name, make, defect in PART_RULES:
        if (defect is None or defect in ours.defects) and any(
                differential.digest(content) == ours.content for content in make(theirs)):
            return name
    return False


def plain_ends(text):
    return re.sub(r"[ \t]+(?=\r?\n|\Z)", "", text.removeprefix("\ufeff")).rstrip("\r\n")


def explain_part(theirs, ours):
    if theirs.depth != ours.depth or not same_kind(theirs, ours):
        return False
    why = explain_content(theirs, ours)
    if None in (theirs.text, ours.text) or why not in (None, QUOTED, LINE_END):
        return why
    if "qp-invalid" in ours.defects:  # Python has not decoded it
        return why
    if theirs.text.removeprefix("\ufeff") == ours.text or (why and plain_ends(theirs.text) == plain_ends(ours.text)):
        return why
    return False


# ---- rules about a whole message


def has_lone_crs(message, theirs, ours):
    del theirs, ours
    return re.search(rb"\r(?!\n)", message) is not None


def has_unclosed_quote(message, theirs, ours):
    return len(theirs) < len(ours) and re.search(rb'(?m)boundary="[^"\r\n]*\r?$', message) is not None


def has_empty_message(message, theirs, ours):
    """The same but for the empty part of an empty message."""
    del message
    empty = [row for before, row in zip([None, *ours], ours)
             if not (before and before.kind in differential.MESSAGES and row.content and row.content[0] == 0
                     and row.depth == before.depth + 1)]
    return len(empty) < len(ours) and explain_parts(theirs, empty) is not None


def has_two_types(message, theirs, ours):
    del message, theirs
    return any("type-duplicate" in row.defects for row in ours)


MESSAGE_RULES = [
    ("lone CRs end lines, as in the programs that show the mail", has_lone_crs),
    ("a boundary whose quote is not closed ends with its line", has_unclosed_quote),
    ("a message without a header and a body has one empty part", has_empty_message),
    ("the first of several types counts (the others are other readings)", has_two_types),
]

# (reader, file name in its corpus) -> reason
DIFFERS = {
    ("python", "spamassassin/spam/01685.eml"): "Big5 has a tilde that Python maps to an operator and browsers do not",
    ("gmime", "hostile/bounces_sisimai/00287.eml"): "a line that is no field ends the header for GMime",
}


def explain_parts(theirs, ours):
    if theirs is None or len(theirs) != len(ours):
        return None
    reasons = [explain_part(a, b) for a, b in zip(theirs, ours)]
    return None if False in reasons else [reason for reason in reasons if reason]


def explain(reader, name, message, theirs, ours):
    """The reasons why the two differ, [] when they do not, None when there is no reason."""
    reasons = explain_parts(theirs, ours)
    if reasons is not None:
        return reasons
    for reason, holds in MESSAGE_RULES:
        if theirs is not None and holds(message, theirs, ours):
            return [reason]
    return [DIFFERS[reader, name]] if (reader, name) in DIFFERS else None


# ---- the corpora


@pytest.fixture(scope="module")
def corpora(tmp_path_factory):
    if not ARCHIVES:
        pytest.skip(f"no corpus of messages in {SHARED / 'corpus'}")
    folder = tmp_path_factory.mktemp("corpora")
    for archive in ARCHIVES:
        with tarfile.open(archive) as tar:
            for member in [m for m in tar if m.isfile() and m.name.endswith(".eml")][::STEP]:
                path = folder / member.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(tar.extractfile(member).read())
    return folder


def messages_of(folder):
    """Name and path of those to compare, as copies without the mbox line, at which a file would be taken apart."""
    for path in sorted(folder.rglob("*.eml")):
        content = path.read_bytes()
        while content.startswith((b"From ", b">From ")):
            content = re.sub(rb"\A[^\r\n]*(\r\n|\r|\n)?", b"", content)
            path.write_bytes(content)
        yield str(path.relative_to(folder)), path, content


def test_parts_contents_and_texts_are_those_of_others(winnow, corpora):
    readers = {"python": differential.python}
    try:
        readers["gmime"] = differential.GMime()
    except (ImportError, ValueError):
        assert not ALL, "GMime is not installed (python3-gi, gir1.2-gmime-3.0)"
    messages, used, unexplained = list(messages_of(corpora)), collections.Counter(), []
    for at in range(0, len(messages), AT_ONCE):
        some = messages[at:at + AT_ONCE]
        for (name, _, content), tree in zip(some, differential.dump(winnow, [path for _, path, _ in some])):
            ours = list(differential.rows_of_winnow(tree["part"]))
            for reader, read in readers.items():
                reasons = explain(reader, name, content, read(content), ours)
                used.update(reasons or [])
                if reasons is None:
                    unexplained.append((reader, name))
    assert not unexplained
    known = {rule[0] for rule in PART_RULES + MESSAGE_RULES} | set(DIFFERS.values())
    assert not ALL or known <= set(used), known - set(used)


@pytest.mark.skipif(not (SHARED / "suites" / "mime").is_dir(), reason=f"no suite of messages in {SHARED}")
def test_all_mail_parses_within_budgets(winnow, corpora):
    """No panic, and readings that stay rare and within their caps."""
    paths = [path for _, path, _ in messages_of(corpora)]
    suites = [path for pattern in ("*.msg", "*.txt") for path in (SHARED / "suites" / "mime").rglob(pattern)]
    trees = []
    for at in range(0, len(paths), AT_ONCE):
        trees += differential.dump(winnow, paths[at:at + AT_ONCE])
    assert len(trees) == len(paths)
    assert winnow.run("dump", "mime", *suites).returncode == 0
    several = [tree for tree in trees if "readings" in tree]
    assert len(several) < len(trees) / 50
    assert all(len(tree["readings"]) <= 32 for tree in several)
