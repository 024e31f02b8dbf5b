"""The tokenizer's cases of html5lib-tests, all of them in all states that they name.

Only tokens are compared: winnow does not report parse errors, so that their lists in the suite are not used."""

import json
import os
import pathlib
import re
import subprocess

import pytest

from conftest import SOURCE, WINNOW

SHARED = pathlib.Path(os.environ.get("WINNOW_SHARED", SOURCE.parent / "shared"))
SUITE = SHARED / "suites" / "html5" / "tokenizer"
TOKENS = pathlib.Path(WINNOW).parent / "tests" / "html" / "html_tokens"
STATES = ["Data state", "RCDATA state", "RAWTEXT state", "Script data state", "PLAINTEXT state",
          "CDATA section state"]


def unescape(value):
    """Of cases that are escaped twice: \\uHHHH within strings."""
    if isinstance(value, str):
        return re.sub(r"\\u([0-9A-Fa-f]{4})", lambda m: chr(int(m[1], 16)), value)
    if isinstance(value, list):
        return [unescape(v) for v in value]
    if isinstance(value, dict):
        return {unescape(k): unescape(v) for k, v in value.items()}
    return value


def bytes_of(text):
    """Lone surrogates are in the suite, too: for the tokenizer they are bytes like any others."""
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return joined.encode("utf-8", "surrogatepass")


def text_of(digits):
    return digits if digits is None else bytes.fromhex(digits).decode("utf-8", "surrogatepass")


def decode(tokens):
    """The tokens that were printed, neighbouring texts as one."""
    out = []
    for token in tokens:
        token = [token[0]] + [{text_of(k): text_of(v) for k, v in part.items()} if isinstance(part, dict)
                              else text_of(part) if not isinstance(part, bool) else part for part in token[1:]]
        if out and token[0] == out[-1][0] == "Character":
            out[-1][1] += token[1]
        else:
            out.append(token)
    return out


def coerce(value):
    """What the HTML Standard says of documents that become XML (section 13.2.9)."""
    if isinstance(value, list) and value[0] == "Comment":
        return ["Comment", re.sub("--", "- -", value[1])]
    if isinstance(value, list):
        return [coerce(part) for part in value]
    if isinstance(value, str):
        return value.replace("\uffff", "\ufffd").replace("\f", " ")
    return value


def joined(tokens):
    """As text: the suite writes surrogate pairs apart in places."""
    return json.loads(json.dumps(tokens).encode().decode())


def cases():
    for path in sorted(SUITE.glob("*.test")):
        for group, tests in json.loads(path.read_text(encoding="utf-8")).items():
            for test in tests:
                if test.get("doubleEscaped"):
                    test = {**test, **{key: unescape(test[key]) for key in ("input", "output")}}
                for state in test.get("initialStates", ["Data state"]):
                    yield f"{path.name}: {test['description']} ({state})", test, state, group


def test_every_case_of_the_tokenizer_suite_has_its_tokens():
    if not SUITE.is_dir():
        pytest.skip(f"{SUITE} is not there")
    if not TOKENS.is_file():
        pytest.skip(f"{TOKENS} is not there: only a build with tests has it")
    listed = list(cases())
    lines = ["\t".join([str(STATES.index(state)), bytes_of(test.get("lastStartTag", "")).hex(),
                        bytes_of(test["input"]).hex()]) for _, test, state, _ in listed]
    out = subprocess.run([TOKENS], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True,
                         timeout=300).stdout.splitlines()
    assert len(out) == len(listed) > 7000
    wrong = []
    for (name, test, _, group), line in zip(listed, out):
        got, wanted = decode(json.loads(line)), joined(test["output"])
        if group == "xmlViolationTests":
            got = [coerce(token) for token in got]
        if got != wanted:
            wrong.append(f"{name}: {test['input']!r}: {got} instead of {wanted}")
    assert not wrong, "\n".join(wrong[:20]) + f"\n{len(wrong)} of {len(listed)}"
