"""The header fields of milter_headers: their forms, told here a second time, hold for what winnow writes and
for what an Rspamd beside it writes; and over the wire they do what a mail server needs."""

import json
import math
import re

import pytest

from beside import Rspamd
from conftest import DATA
from milter_client import HAM, Client
from serving import Server

ROUTINES = ["x-spamd-bar", "x-spam-level", "x-spam-status", "x-spamd-result", "x-rspamd-server",
            "x-rspamd-queue-id", "x-rspamd-action", "spam-header"]
NAMES = ["X-Spamd-Bar", "X-Spam-Level", "X-Spam-Status", "X-Spamd-Result", "X-Rspamd-Server",
         "X-Rspamd-Queue-Id", "X-Rspamd-Action", "Deliver-To"]
USE = "use = [%s];\n" % ", ".join(f'"{name}"' for name in ROUTINES)


def squeeze(text):
    return re.sub(r"\s+", "", text)


def escape(text):
    return "".join(c if " " <= c <= "~" else "".join(f"\\x{b:02x}" for b in c.encode()) for c in text)


def two(number):
    """Two places; nobody writes -0.00."""
    return f"{number:.2f}".replace("-0.00", "0.00") if abs(number) < 0.005 else f"{number:.2f}"


def points(score):
    return math.floor(abs(score) + 1e-9)


def forms(reply, queue_id):
    """What each field must hold, from the other members of a reply."""
    score, action = reply["score"], reply["action"]
    spam = action not in ("no action", "greylist")
    fields = {
        "X-Spamd-Bar": ("+" if score > 0 else "-") * points(score) or "/",
        "X-Spam-Status": f"{'Yes' if spam else 'No'}, score={two(score)}",
        "X-Rspamd-Action": action,
        "X-Rspamd-Queue-Id": queue_id,
    }
    if score > 0 and points(score):
        fields["X-Spam-Level"] = "*" * points(score)
    if spam:
        fields["Deliver-To"] = "Junk"
    return fields


def symbol_texts(reply):
    return [(abs(s["score"]), f"{s['name']}({two(s['score'])})[{','.join(s.get('options', []))}]")
            for s in reply["symbols"].values()]


def check_result(value, reply, fold, end):
    """The first line, then a line a symbol, what counts most first."""
    lines = value.split(fold)
    true = "True" if reply["action"] == "reject" else "False"
    assert lines[0].rstrip(";") == f"default: {true} [{two(reply['score'])} / {reply['required_score']:.2f}]"
    weights = [abs(float(m[1])) for line in lines[1:] if (m := re.match(r"\w+\((-?[\d.]+)\)\[", line))]
    assert weights == sorted(weights, reverse=True)
    told = sorted(text for _, text in symbol_texts(reply))
    if end:
        assert all(line.endswith("];") for line in lines[1:])
        assert sorted(line[:-1] for line in lines[1:]) == [escape(text) for text in told]
    else:
        # Rspamd parts evidence, too, at a `;` within
        joined = squeeze("".join(lines[1:]))
        assert len(joined) == len(squeeze("".join(told))) + max(0, len(told) - 1)
        for text in told:
            assert squeeze(text) in joined


def check_reply(reply, queue_id, fold, end):
    added = {name: field["value"] for name, field in reply["milter"]["add_headers"].items()}
    assert {field["order"] for name, field in reply["milter"]["add_headers"].items() if name in NAMES} == {-1}
    check_result(added.pop("X-Spamd-Result"), reply, fold, end)
    assert added.pop("X-Rspamd-Server")
    assert {name: value for name, value in added.items() if name in NAMES} == forms(reply, queue_id)
    removed = reply["milter"]["remove_headers"]
    assert removed["X-Spam"] == 0 and all(removed[name] == 0 for name in added if name in NAMES)


MESSAGES = sorted(DATA.glob("*.eml"))
THRESHOLDS = ["", "actions { reject = 0.05; }", "actions { add_header = -5; greylist = null; }",
              "actions { discard = -9; add_header = null; reject = null; greylist = null; }"]


@pytest.mark.parametrize("actions", THRESHOLDS)
def test_the_fields_have_the_forms_of_rspamd(winnow, tmp_path, actions):
    conf = tmp_path / "winnow.conf"
    conf.write_text("milter_headers {\n%s}\n%s\n" % (USE, actions))
    out = winnow.run("scan", "--json", "-c", conf, *MESSAGES).stdout
    replies = [json.loads(line) for line in out.splitlines()]
    assert len(replies) == len(MESSAGES)
    for reply, message in zip(replies, MESSAGES):
        end = "\r\n" if message.read_bytes().split(b"\n")[0].endswith(b"\r") else "\n"
        value = reply["milter"]["add_headers"]["X-Spamd-Result"]["value"]
        assert all(" " <= c <= "~" or c == "\t" for c in value.replace(end, ""))
        added = reply["milter"]["add_headers"]
        assert "X-Rspamd-Queue-Id" not in added
        added["X-Rspamd-Queue-Id"] = {"value": "Q", "order": -1}
        check_reply(reply, "Q", end + "\t ", True)


def test_rspamds_own_fields_have_these_forms(tmp_path):
    module = {"milter_headers.conf": USE + "skip_local = false; skip_authenticated = false;\n"}
    with Rspamd(tmp_path, module) as other:
        for path in MESSAGES:
            reply = other.ask(path.read_bytes(), {"Queue-ID": "Q1", "Flags": "milter", "IP": "192.0.2.1"})
            if not reply["is_skipped"]:  # as it does with the test string
                check_reply(reply, "Q1", "\n\t", False)


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "etc"
    (folder / "local.d").mkdir(parents=True)
    (folder / "local.d" / "milter_headers.conf").write_text(
        USE + "routines { x-rspamd-server { hostname = mx.example; } }\n")
    with Server(folder, config="actions { greylist = 400; add_header = 600; reject = 1500; }") as s:
        yield s


def send(server, headers, address, user=None):
    with Client(server.port) as client:
        client.negotiate()
        client.connect(address=address)
        client.helo()
        client.macros("M", i="4Qid", **({"{auth_authen}": user} if user else {}))
        replies = client.message(headers, b"Noon?\r\n")
    removed = [data[4:].split(b"\0")[0].decode() for command, data in replies if command == "m"]
    added = {name.decode(): value.decode().strip() for command, data in replies if command == "h"
             for name, value in [data.rstrip(b"\0").split(b"\0", 1)]}
    return removed, added, replies


def test_a_mail_server_writes_them_below_the_others(server):
    removed, added, replies = send(server, HAM, "192.0.2.1")
    assert removed == [] and replies[-1][0] == "a"
    assert added["X-Rspamd-Server"] == "mx.example" and added["X-Rspamd-Queue-Id"] == "4Qid"
    assert added["X-Rspamd-Action"] == "no action"
    assert re.fullmatch(r"No, score=-?\d+\.\d\d", added["X-Spam-Status"])
    assert added["X-Spamd-Result"].startswith("default: False [")


@pytest.mark.parametrize("address, user", [("127.0.0.1", None), ("10.9.8.7", None), ("192.0.2.1", "ann")])
def test_our_own_people_see_none_and_can_forge_none(server, address, user):
    forged = [("X-Spamd-Bar", "----"), *HAM, ("x-spamd-bar", "/"), ("X-Spam", "No"), ("X-Spam-Flag", "NO")]
    removed, added, replies = send(server, forged, address, user)
    assert added == {} and replies[-1][0] == "a"
    assert sorted(name.lower() for name in removed) == ["x-spam", "x-spamd-bar", "x-spamd-bar"]


def test_an_unknown_routine_is_an_error_with_its_place(winnow, tmp_path):
    (tmp_path / "local.d").mkdir()
    path = tmp_path / "local.d" / "milter_headers.conf"
    path.write_text('use = ["x-spam-level",\n  "x-spam-stats"];\n')
    result = winnow.run("config", "check", "-c", tmp_path, check=False)
    text = (result.stdout + result.stderr).decode()
    assert result.returncode != 0
    assert re.search(r'milter_headers\.conf:2:3: .*"x-spam-stats"; did you mean "x-spam-status"\?', text)


@pytest.mark.parametrize("text, sentence", [
    ("skip_locl = yes;", 'milter_headers has no setting "skip_locl"; did you mean "skip_local"?'),
    ("routines { x-spam-levl { char = a; } }", 'has no setting "x-spam-levl"; did you mean "x-spam-level"?'),
    ("routines { x-spam-level { chr = a; } }", 'x-spam-level has no setting "chr"; did you mean "char"?'),
    ('default_headers_order = "last";', "must be a whole number"),
])
def test_every_key_is_checked(winnow, tmp_path, text, sentence):
    (tmp_path / "local.d").mkdir()
    (tmp_path / "local.d" / "milter_headers.conf").write_text(text + "\n")
    result = winnow.run("config", "check", "-c", tmp_path, check=False)
    assert result.returncode != 0 and sentence in (result.stdout + result.stderr).decode()


def test_the_module_is_switched_off_with_nothing_left_over(winnow, tmp_path):
    (tmp_path / "local.d").mkdir()
    (tmp_path / "local.d" / "milter_headers.conf").write_text('enabled = false;\nuse = ["nonsense"];\n')
    result = winnow.run("config", "check", "-c", tmp_path)
    assert b"milter_headers" not in result.stdout + result.stderr
    out = winnow.run("scan", "--json", "-c", tmp_path, MESSAGES[0]).stdout
    assert "milter" not in json.loads(out)
