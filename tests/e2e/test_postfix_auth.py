"""Who has sent it? Real mail through a real Postfix, signed by a real opendkim, with a name server on loopback."""

import pytest

from postfix import Mail, ham, header, require_programs
from signing import Keys, sign_by_opendkim
from zone_server import ZoneServer

# Postfix lets the test say where a client comes from, as a proxy in front of it would.
MAIN_CF = {"more": "smtpd_authorized_xclient_hosts = 127.0.0.0/8"}
ZONE = """
example.org TXT "v=spf1 ip4:203.0.113.0/28 -all"
example.org MX 10 mail.example.org
mail.example.org A 203.0.113.5
_dmarc.example.org TXT "v=DMARC1; p=reject; adkim=s"
5.113.0.203.in-addr.arpa PTR mail.example.org
66.100.51.198.in-addr.arpa PTR elsewhere.example.net
elsewhere.example.net A 198.51.100.66
5.113.0.203.asn.rspamd.com TXT "64500|203.0.113.0/24|NL|ripencc|"
66.100.51.198.zen.spamhaus.org A 127.0.0.4
"""
CONFIG = """
options {{ dns {{ mode = "forward"; servers = "{server}"; timeout = 3s; }} }}
milter_headers {{ use = ["x-spamd-result", "authentication-results"]; }}
"""


class Case:
    def __init__(self, folder, keys, dns):
        self.folder, self.keys, self.dns = folder, keys, dns
        self.mail = Mail(folder / "mail", main_cf=MAIN_CF, config=CONFIG.format(server=dns.server))

    def signed(self, tag, extra=""):
        path = self.folder / f"{tag}.eml"
        path.write_bytes(ham(tag, extra).replace("\n", "\r\n").encode())
        return sign_by_opendkim(self.keys, path)

    def send(self, message, address, name, helo, sender="ann@example.org"):
        with self.mail.smtp() as smtp:
            smtp.ehlo("proxy.example.net")
            status, said = smtp.docmd("XCLIENT", f"ADDR={address} NAME={name} HELO={helo}")
            assert status == 220, said
            smtp.ehlo(helo)
            smtp.sendmail(sender, ["ben@example.net"], message)

    def arrived(self, tag):
        _, text = self.mail.sink.wait(f"<{tag}@example.org>")
        [result], [authentication] = header(text, "X-Spamd-Result"), header(text, "Authentication-Results")
        return result, authentication


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    require_programs()
    folder = tmp_path_factory.mktemp("auth")
    (folder / "keys").mkdir()
    keys = Keys(folder / "keys")
    with ZoneServer(ZONE + keys.zone()) as dns:
        made = Case(folder, keys, dns)
        with made.mail:
            yield made


def test_mail_of_its_own_server_passes_all_three(case):
    case.send(case.signed("own"), "203.0.113.5", "mail.example.org", "mail.example.org")
    result, authentication = case.arrived("own")
    assert "R_SPF_ALLOW(-0.20)[+ip4:203.0.113.0/28]" in result
    assert "R_DKIM_ALLOW(-0.20)[example.org:s=rsa2048]" in result
    assert "DMARC_POLICY_ALLOW(-0.50)[example.org,reject]" in result
    assert "ASN(0.00)[asn:64500, ipnet:203.0.113.0/24, country:NL]" in result
    assert authentication.startswith("mx.example.net;")
    assert "spf=pass " in authentication and "smtp.mailfrom=ann@example.org" in authentication
    assert "dkim=pass header.d=example.org header.s=rsa2048" in authentication
    assert "dmarc=pass (policy=reject) header.from=example.org" in authentication
    line = case.mail.server.wait_message("own@example.org")
    assert "R_DKIM_ALLOW" in line["symbols"] and "not_checked" not in line, line


def test_a_forger_fails_all_three_and_is_on_a_list(case):
    message = ham("forger", "Authentication-Results: mx.example.net; dmarc=pass header.from=example.org\n")
    case.send(message.replace("\n", "\r\n"), "198.51.100.66", "elsewhere.example.net", "elsewhere.example.net")
    result, authentication = case.arrived("forger")
    assert "R_SPF_FAIL(1.00)[-all]" in result
    assert "R_DKIM_NA(0.00)" in result
    assert "DMARC_POLICY_REJECT(2.00)" in result
    assert "RBL_SPAMHAUS_XBL(4.00)[198.51.100.66:from]" in result
    # What was forged is gone: only our own is left.
    assert "spf=fail " in authentication and "dmarc=fail " in authentication


def test_what_was_changed_on_the_way_does_not_verify(case):
    changed = case.signed("changed").replace(b"noon", b"nine")
    case.send(changed, "203.0.113.5", "mail.example.org", "mail.example.org")
    result, authentication = case.arrived("changed")
    # SPF is aligned, so that the broken signature counts no more.
    assert "DMARC_POLICY_ALLOW_WITH_FAILURES(-0.50)" in result
    assert "dkim=fail" in authentication and "dmarc=pass" in authentication
    line = case.mail.server.wait_message("changed@example.org")
    assert "R_DKIM_ALLOW" not in line["symbols"]


def test_a_name_server_that_is_gone_delays_mail_but_does_not_stop_it(case):
    case.dns.set("example.org TIMEOUT\n_dmarc.gone.example TIMEOUT\ngone.example TIMEOUT\n")
    try:
        message = ham("gone").replace("ann@example.org", "ann@gone.example")
        case.send(message.replace("\n", "\r\n"), "203.0.113.9", "host.gone.example", "host.gone.example",
                  sender="ann@gone.example")
        result, authentication = case.arrived("gone")
    finally:
        case.dns.set(ZONE + case.keys.zone())
    assert "R_SPF_DNSFAIL(0.00)" in result
    assert "spf=temperror" in authentication
    line = case.mail.server.wait_message("gone@example.org")
    assert "spf" in line["not_checked"] and "dmarc" in line["not_checked"]
