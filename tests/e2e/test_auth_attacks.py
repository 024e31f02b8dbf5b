"""
Known attacks on authentication that is composed of several standards, each by its name. The forger of evil.example may
send by SPF for his own domain and signs with its key; bank.example lets nobody else send and asks to reject. Whatever
he writes, DMARC never passes for the bank, and no field says that it did.
"""

import base64
import hashlib
import json
import re
import subprocess

import pytest

from signing import openssl, quoted

BANK, EVIL = "bank.example", "evil.example"
OURS = "mx.example"
CONF = f"""milter_headers {{
    use = ["authentication-results"]; remove_ar_from = ["nobody.example"];
    routines {{ authentication-results {{ hostname = "{OURS}" }} }}
}}
"""


def relaxed(name, value):
    return name.strip().lower() + b":" + re.sub(rb"[ \t]+", b" ", re.sub(rb"\r\n", b"", value)).strip() + b"\r\n"


def fields(message):
    """(name, value) of the header fields, top first."""
    header = message.split(b"\r\n\r\n", 1)[0]
    lines = re.findall(rb"(?s)([^:\r\n]+):(.*?(?:\r\n[ \t].*?)*)\r\n", header + b"\r\n")
    return [(name, value) for name, value in lines]


class Forger:
    """Signs by hand, so that every tag can hold anything."""

    def __init__(self, folder, winnow):
        self.folder, self.winnow = folder, winnow
        self.records, self.paths = {}, {}
        for owner in (BANK, EVIL):
            path = self.paths[owner] = folder / f"{owner}.pem"
            openssl("genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path)
            public = openssl("pkey", "-in", path, "-pubout", "-outform", "DER")
            self.records[f"s._domainkey.{owner}"] = "v=DKIM1; p=" + base64.b64encode(public).decode()
        self.records[BANK] = "v=spf1 ip4:203.0.113.5 -all"
        self.records[f"_dmarc.{BANK}"] = "v=DMARC1; p=reject"
        self.records[EVIL] = "v=spf1 ip4:192.0.2.0/24 -all"
        self.records[f"_dmarc.{EVIL}"] = "v=DMARC1; p=none"
        (folder / "winnow.conf").write_text(CONF)

    def publish(self, name, owner=EVIL):
        """The owner's key under another name."""
        self.records[name] = self.records[f"s._domainkey.{owner}"]

    def sign(self, message, owner=EVIL, d=None, s=b"s", h=b"from:subject", more=b""):
        body = message.split(b"\r\n\r\n", 1)[1]
        value = (b" v=1; a=rsa-sha256; c=relaxed/simple; d=" + (d or owner.encode()) + b"; s=" + s + b"; h=" + h
                 + b";" + more + b" bh=" + base64.b64encode(hashlib.sha256(body).digest()) + b"; b=")
        left, signed = fields(message), b""
        for name in h.split(b":"):
            for i in reversed(range(len(left))):
                if left[i][0].strip().lower() == name.strip().lower():
                    signed += relaxed(*left.pop(i))
                    break
        signed += relaxed(b"DKIM-Signature", value)[:-2]
        made = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.paths[owner]], input=signed, check=True,
                              capture_output=True).stdout
        return b"DKIM-Signature:" + value + base64.b64encode(made) + b"\r\n" + message

    def reply(self, message, sender=f"<joe@{EVIL}>", helo="client.example", address="192.0.2.1"):
        zone = self.folder / "zone"
        zone.write_text("".join(f"{name} TXT {quoted(text)}\n" for name, text in self.records.items()))
        (self.folder / "m.eml").write_bytes(message)
        out = self.winnow.run("scan", "--json", "-c", self.folder / "winnow.conf", "--zone", zone, "--ip", address,
                              "--helo", helo, "--from", sender, self.folder / "m.eml").stdout
        return json.loads(out)

    def told(self, *args, **more):
        return told(self.reply(*args, **more))


def told(reply):
    """The unfolded field, which must agree with the symbols."""
    value = reply["milter"]["add_headers"]["Authentication-Results"]["value"]
    assert all(" " <= c <= "~" or c in "\t\r\n" for c in value)
    value = re.sub(r"\r?\n[ \t]+", " ", value)
    passes = "DMARC_POLICY_ALLOW" in reply["symbols"] or "DMARC_POLICY_ALLOW_WITH_FAILURES" in reply["symbols"]
    assert ("dmarc=pass" in value) == passes, value
    return value


def mail(author, more=b""):
    return (author + b"\r\n" + more + b"To: ben@example.net\r\nSubject: Your account\r\n"
            b"Date: Sun, 22 Nov 2026 12:00:00 +0100\r\nMessage-ID: <1@example.org>\r\n\r\nPlease log in.\r\n")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Forger(tmp_path_factory.mktemp("forger"), None)


@pytest.fixture
def forger(made, winnow):
    made.winnow = winnow
    records = dict(made.records)
    yield made
    made.records = records


def test_honest_mail_of_both_passes(forger):
    """Otherwise the tests below could not fail."""
    own = mail(b"From: Joe <joe@evil.example>")
    assert "spf=pass" in forger.told(own) and f"dmarc=pass (policy=none) header.from={EVIL}" in forger.told(own)
    assert f"dkim=pass header.d={EVIL}" in forger.told(forger.sign(own), sender="<>")
    said = forger.told(forger.sign(mail(b"From: Bank <ann@bank.example>"), owner=BANK))
    assert f"dkim=pass header.d={BANK}" in said and f"dmarc=pass (policy=reject) header.from={BANK}" in said


# ---- who the author is ----

BANKS_NAME = b"From: Bank <ann@bank.example>"
FORGED = {
    "the bank alone": b"From: Bank <ann@bank.example>",
    "two From fields, the bank first": b"From: Bank <ann@bank.example>\r\nFrom: Joe <joe@evil.example>",
    "two From fields, the bank last": b"From: Joe <joe@evil.example>\r\nFrom: Bank <ann@bank.example>",
    "a second From in capitals": b"From: Joe <joe@evil.example>\r\nFROM: Bank <ann@bank.example>",
    "a blank before the colon": b"From: Joe <joe@evil.example>\r\nFrom : Bank <ann@bank.example>",
    "a NUL before the colon": b"From\0: Bank <ann@bank.example>\r\nFrom: Joe <joe@evil.example>",
    "a NUL before the colon, alone": b"From\0: Bank <ann@bank.example>",
    "tabs before the colon": b"From\t\t: Bank <ann@bank.example>\r\nFrom: Joe <joe@evil.example>",
    "two mailboxes, the bank first": b"From: ann@bank.example, joe@evil.example",
    "two mailboxes, the bank last": b"From: Joe <joe@evil.example>, Bank <ann@bank.example>",
    "mailboxes of a group": b"From: Bank: joe@evil.example, ann@bank.example;",
    "two addresses without a comma": b"From: <joe@evil.example> <ann@bank.example>",
    "two addresses in one pair of angles": b"From: <ann@bank.example, joe@evil.example>",
    "an unclosed quote before the bank": b'From: "x <ann@bank.example>, joe@evil.example',
    "an unclosed comment before the bank": b"From: joe@evil.example, (x <ann@bank.example>",
    "without angles": b"From: ann@bank.example",
    "without angles, behind a name": b"From: Bank ann@bank.example",
    "comments within the address": b"From: ann(joe@evil.example)@(x)bank(y).example (joe@evil.example)",
    "a quoted local part with the forger's domain": b'From: "joe@evil.example"@bank.example',
    "a route over the forger": b"From: <@evil.example,@x.example:ann@bank.example>",
    "a folded address": b"From: Bank\r\n\t<ann\r\n @bank.example>",
    "the domain in capitals": b"From: <ann@BANK.EXAMPLE>",
    "a subdomain of the bank": b"From: <ann@mail.bank.example>",
    "a dot at the end": b"From: Bank <ann@bank.example.>",
    "a NUL before the domain's end": b"From: ann@bank.example\0.evil.example",
    "a NUL behind the domain": b"From: <ann@bank.example\0>",
    "a NUL and the forger's domain": b"From: <ann@bank.example\0@evil.example>",
    "a NUL in the local part": b"From: <joe@evil.example\0@bank.example>",
    "a NUL before the forger's address": b"From: ann@bank.example\0 <joe@evil.example>",
    "a field whose name goes on behind a NUL": b"From\0x: ann@bank.example\r\nFrom: joe@evil.example",
    "two at signs, the bank first": b"From: ann@bank.example@evil.example",
    "two at signs, no host behind the last": b"From: joe@bank.example@[192.0.2.1]",
    "a bracket that is quoted": b"From: <ann@bank.example\\>x@evil.example>",
    "many mailboxes before the bank": b"From: a@a.evil.example, ann@bank.example, joe@evil.example",
}


@pytest.mark.parametrize("name", FORGED)
def test_what_shows_the_bank_fails(forger, name):
    reply = forger.reply(forger.sign(mail(FORGED[name])))
    said = told(reply)
    assert "spf=pass" in said and f"dkim=pass header.d={EVIL}" in said
    assert "dmarc=fail" in said and "DMARC_POLICY_REJECT" in reply["symbols"], said


NOT_TOLD = {
    "no From": b"Sender: ann@bank.example",
    "an empty From": b"From:",
    "a name alone": b"From: Bank",
    "an encoded word as the whole address": b"From: =?utf-8?q?ann=40bank.example?=",
    "an encoded word as the domain": b"From: ann@=?utf-8?q?bank.example?=",
    "a fold before the colon": b"From\r\n : ann@bank.example",
    "an address of the network": b"From: ann@[192.0.2.1]",
}


@pytest.mark.parametrize("name", NOT_TOLD)
def test_what_names_no_domain_does_not_pass(forger, name):
    said = forger.told(forger.sign(mail(NOT_TOLD[name])))
    assert "dmarc=none" in said or "dmarc=fail" in said or "dmarc=permerror" in said, said


HIS_OWN = {
    "the bank's address as the name": b'From: "ann@bank.example" <joe@evil.example>',
    "the bank's address in angles within the name": b'From: "<ann@bank.example>" <joe@evil.example>',
    "the bank's address as a comment": b"From: joe@evil.example (ann@bank.example)",
    "an encoded word as the name": b"From: =?utf-8?q?ann=40bank=2Eexample?= <joe@evil.example>",
    "an encoded word with angles": b"From: =?utf-8?b?PGFubkBiYW5rLmV4YW1wbGU+?= <joe@evil.example>",
    "a quoted local part with the bank": b'From: "ann@bank.example"@evil.example',
    "a route over the bank": b"From: <@bank.example:joe@evil.example>",
    "the bank's field in a part": b"From: joe@evil.example\r\nContent-Type: message/rfc822",
    "the bank as Sender": b"From: joe@evil.example\r\nSender: ann@bank.example",
}


@pytest.mark.parametrize("name", HIS_OWN)
def test_his_own_domain_is_told_as_his_own(forger, name):
    said = forger.told(forger.sign(mail(HIS_OWN[name])))
    assert f"dmarc=pass (policy=none) header.from={EVIL}" in said and f"header.from={BANK}" not in said


def test_letters_that_look_the_same_are_another_domain(forger):
    said = forger.told(mail("From: Bank <ann@b\u0430nk.example>".encode()))
    assert "dmarc=none header.from=" + "b\u0430nk.example".encode("idna").decode() in said


# ---- replayed and bent signatures ----

SECOND = {
    "another From above": b"From: Mallory <m@evil.example>\r\n",
    "another From of the same domain": b"From: Director <director@bank.example>\r\n",
    "another From with a blank before the colon": b"From : Director <director@bank.example>\r\n",
    "another From with a NUL before the colon": b"From\0: Director <director@bank.example>\r\n",
    "another From in capitals": b"FROM:Director <director@bank.example>\r\n",
}


@pytest.mark.parametrize("name", SECOND)
def test_a_field_added_to_signed_mail_of_the_bank(forger, name):
    signed = forger.sign(mail(BANKS_NAME), owner=BANK)
    assert "dmarc=pass" in forger.told(signed)
    said = forger.told(SECOND[name] + signed)
    assert f"dkim=pass header.d={BANK}" in said and "dmarc=fail" in said


def test_h_with_blanks_covers_the_field_all_the_same(forger):
    signed = forger.sign(mail(BANKS_NAME), owner=BANK, h=b"From : Subject :\r\n\tfrom")
    assert "dmarc=pass" in forger.told(signed)
    assert "dkim=fail" in forger.told(SECOND["another From above"] + signed)


def test_h_without_from_does_not_pass(forger):
    for h in (b"subject", b"subject:x-from", b"subject:fro m", b"subject:from\0"):
        said = forger.told(forger.sign(mail(BANKS_NAME), owner=BANK, h=h))
        assert "dkim=pass" not in said and "dmarc=fail" in said


DOMAINS = {
    "the bank, by the forger's key": b"bank.example",
    "a dot at the end": b"bank.example.",
    "a NUL": b"bank.example\0.evil.example",
    "a NUL the other way": b"evil.example\0.bank.example",
    "a blank": b"bank.example evil.example",
    "a fold": b"bank.example\r\n .evil.example",
    "a semicolon": b"bank.example; d=evil.example",
    "two tags": b"evil.example; d=bank.example",
    "an empty one": b"",
    "the top": b"example",
    "an address": b"ann@bank.example",
    "a slash": b"bank.example/evil.example",
}


@pytest.mark.parametrize("name", DOMAINS)
def test_a_bent_signing_domain_is_not_the_bank(forger, name):
    forger.publish("s._domainkey.example")
    said = forger.told(forger.sign(mail(BANKS_NAME), d=DOMAINS[name]))
    assert "dmarc=fail" in said and f"dkim=pass header.d={BANK}" not in said


SELECTORS = {
    "a selector of the forger's name": b"s._domainkey.evil.example",
    "the same with a dot at its end": b"s._domainkey.evil.example.",
    "a NUL": b"s._domainkey.evil.example\0",
    "a selector with dots": b"a.b",
    "a semicolon": b"s; d=evil.example",
    "a blank": b"s evil",
    "an empty one": b"",
    "a result": b"s; x=1) dmarc=pass (",
}


@pytest.mark.parametrize("name", SELECTORS)
def test_a_bent_selector_finds_no_key_of_the_forger(forger, name):
    forger.publish("a.b._domainkey.evil.example")
    said = forger.told(forger.sign(mail(BANKS_NAME), d=BANK.encode(), s=SELECTORS[name]))
    assert "dmarc=fail" in said and f"dkim=pass header.d={BANK}" not in said


def test_a_selector_with_dots_is_of_its_domain(forger):
    forger.publish("a.b._domainkey.evil.example")
    said = forger.told(forger.sign(mail(b"From: joe@evil.example"), s=b"a.b"), sender="<>")
    assert f"dkim=pass header.d={EVIL} header.s=a.b" in said and "dmarc=pass" in said


def test_a_subdomain_speaks_for_its_organisation_unless_told(forger):
    forger.publish("s._domainkey.m.bank.example", owner=BANK)
    signed = forger.sign(mail(BANKS_NAME), owner=BANK, d=b"m.bank.example")
    assert f"dkim=pass header.d=m.{BANK}" in forger.told(signed) and "dmarc=pass" in forger.told(signed)
    forger.records[f"_dmarc.{BANK}"] = "v=DMARC1; p=reject; adkim=s"
    assert 'dmarc=fail reason="SPF not aligned (relaxed), DKIM not aligned (strict)"' in forger.told(signed)


def test_an_identity_of_the_bank_is_not_its_domain(forger):
    for identity in (b"ann@bank.example", b"@bank.example", b"ann@bank.example@evil.example"):
        said = forger.told(forger.sign(mail(BANKS_NAME), more=b" i=" + identity + b";"))
        assert "dmarc=fail" in said and f"header.d={BANK}" not in said


def test_a_flood_of_signatures_hides_nothing(forger):
    message = mail(BANKS_NAME)
    for i in range(40):
        message = forger.sign(message)
    said = forger.told(message)
    assert "dmarc=fail" in said and said.count("dkim=") <= 5


# ---- the envelope ----

SENDERS = {
    "the bank in quotes": '<"ann@bank.example"@evil.example>',
    "the bank in a comment": "<joe@evil.example(@bank.example)>",
    "the bank behind a blank": "<joe@evil.example @bank.example>",
    "a route over the bank": "<@bank.example:joe@evil.example>",
    "two at signs": "<ann@bank.example@evil.example>",
    "a result as the local part": "<dmarc=pass@evil.example>",
    "a result in quotes": '<"; dmarc=pass (policy=reject) header.from=bank.example"@evil.example>',
    "a comment that ends ours": '<"x) ; dkim=pass header.d=bank.example ("@evil.example>',
    "a quote that ends ours": '<"x\\"; dkim=pass header.d=bank.example \\""@evil.example>',
    "a line end": "<x@evil.example\r\nAuthentication-Results: mx.example; dmarc=pass>",
}


@pytest.mark.parametrize("name", SENDERS)
def test_a_bent_sender_speaks_for_nobody_else(forger, name):
    said = forger.told(mail(BANKS_NAME), sender=SENDERS[name])
    assert "dmarc=fail" in said and "dmarc=pass" not in said and "dkim=pass" not in said
    assert said.count("; dkim=") == said.count("; dmarc=") == said.count("; spf=") == 1


@pytest.mark.parametrize("helo", ["bank.example", "bank.example.", "BANK.example", "[203.0.113.5]"])
def test_the_banks_name_as_helo_of_the_null_sender(forger, helo):
    said = forger.told(mail(BANKS_NAME), sender="<>", helo=helo)
    assert "spf=pass" not in said and "dmarc=fail" in said


@pytest.mark.parametrize("helo", [
    "x (bank.example)", "x) smtp.mailfrom=bank.example; dkim=pass (", "dmarc=pass", "x; dmarc=pass", "\"; spf=pass",
    "x\r\nAuthentication-Results: mx.example; dmarc=pass", "evil.example\0bank.example", "(" * 3000])
def test_a_helo_cannot_write_results(forger, helo):
    helo = helo.replace("\0", "\x01")  # no argument of a command can hold a NUL
    said = forger.told(mail(BANKS_NAME), sender="<>", helo=helo)
    assert "=pass" not in said and len(said) < 1000
    assert said.count("; dkim=") == said.count("; dmarc=") == said.count("; spf=") == 1


# ---- forged results ----

CLAIMS = {
    "our name": b"mx.example; dmarc=pass",
    "capitals": b"MX.EXAMPLE; dmarc=pass",
    "a fold before it": b"\r\n\tmx.example;\r\n dmarc=pass",
    "a fold within it": b"mx.\r\n example; dmarc=pass",
    "a comment before it": b"(other.example;) mx.example; dmarc=pass",
    "a comment within it": b"mx(.).example; dmarc=pass",
    "quotes": b"\"mx.example\"; dmarc=pass",
    "quotes with pairs": b"\"m\\x.exampl\\e\"; dmarc=pass",
    "a version": b"mx.example 1; dmarc=pass",
    "a dot": b"mx.example.; dmarc=pass",
    "a NUL before it": b"x\0mx.example; dmarc=pass",
    "a NUL within it": b"mx\0.example; dmarc=pass",
    "an encoded word": b"=?utf-8?q?mx=2Eexample?=; dmarc=pass",
    "broken": b"((( mx.example; dmarc=pass",
}


@pytest.mark.parametrize("field", [b"Authentication-Results:", b"authentication-results :", b"AUTHENTICATION-RESULTS:"])
@pytest.mark.parametrize("name", CLAIMS)
def test_results_in_our_name_are_taken_out(forger, name, field):
    other = b"Authentication-Results: other.example; dmarc=pass\r\n"
    reply = forger.reply(mail(BANKS_NAME, other + field + b" " + CLAIMS[name] + b"\r\n" + other))
    assert reply["milter"]["remove_headers"]["Authentication-Results"] == 2
    assert "dmarc=fail" in told(reply)


def test_results_of_others_stay_and_are_not_believed(forger):
    reply = forger.reply(mail(BANKS_NAME, b"Authentication-Results: other.example; dmarc=pass (mx.example)\r\n"))
    assert "Authentication-Results" not in reply["milter"]["remove_headers"] and "dmarc=fail" in told(reply)


def test_very_many_claims_are_all_taken_out(forger):
    reply = forger.reply(mail(BANKS_NAME, b"Authentication-Results: mx.example; dmarc=pass\r\n" * 4000))
    assert reply["milter"]["remove_headers"]["Authentication-Results"] == 0
