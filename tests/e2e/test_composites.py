"""The stock composites: each is true of some message, and does what it says to the symbols it is made of."""

import pytest

LIST = "List-Id: <crew.lists.example>\nPrecedence: list\n"
MESSAGE = "From: Mira <mira@orchard.example>\nTo: {to}\nSubject: Ladder\n{more}\nBring it.\n"
TO = "crew@lists.example"
JONAS = "jonas@harbour.example"


def scan(winnow, sender, to, more=""):
    text = MESSAGE.format(to=to, more=more)
    [verdict] = winnow.scan("--ip", "192.0.2.25", "--from", sender, "--rcpt", JONAS, "-", stdin=text.encode())
    return verdict["symbols"]


@pytest.mark.parametrize("composite, removed, sender, to, more", [
    ("FORGED_RECIPIENTS_MAILLIST", "FORGED_RECIPIENTS", "mira@orchard.example", TO, LIST),
    ("FORGED_SENDER_MAILLIST", "FORGED_SENDER", "crew-errors@lists.example", JONAS, LIST),
    ("FORGED_SENDER_VERP_SRS", "FORGED_SENDER", "prvs=1a2b=mira@orchard.example", JONAS, ""),
])
def test_it_takes_the_symbol_back(winnow, composite, removed, sender, to, more):
    symbols = scan(winnow, sender, to, more)
    assert symbols[composite]["score"] == 0
    assert symbols.get(removed, {"score": 0})["score"] == 0
    assert ("MAILLIST" in symbols) == bool(more)


@pytest.mark.parametrize("symbol, sender, to", [
    ("FORGED_RECIPIENTS", "mira@orchard.example", TO),
    ("FORGED_SENDER", "crew-errors@lists.example", JONAS),
])
def test_without_a_list_the_symbol_counts(winnow, symbol, sender, to):
    symbols = scan(winnow, sender, to)
    assert symbols[symbol]["score"] > 0
    assert not [name for name in symbols if name.startswith(symbol + "_")]


def test_a_list_may_break_the_header(winnow):
    symbols = scan(winnow, "mira@orchard.example", JONAS, LIST + "Bad\x00Name: x\nno field at all\n")
    assert "BROKEN_HEADERS_MAILLIST" in symbols
    assert symbols["BROKEN_HEADERS"]["score"] == 0
