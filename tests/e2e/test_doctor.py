"""`winnow doctor`: each thing that can be wrong with a domain's records is found, and a good one gets no complaint."""

import base64
import ipaddress
import json
import os
import subprocess
import time

import pytest

GOOD = {
    "orchard.example MX": "10 mail.orchard.example",
    "orchard.example TXT": '"v=spf1 ip4:192.0.2.25 -all"',
    "_dmarc.orchard.example TXT": '"v=DMARC1; p=reject; rua=mailto:reports@orchard.example"',
    "mail.orchard.example A": "192.0.2.25",
    "25.2.0.192.in-addr.arpa PTR": "mail.orchard.example",
}


def make_key(bits):
    private = subprocess.run(["openssl", "genrsa", str(bits)], check=True, capture_output=True).stdout
    public = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"], input=private, check=True,
                            capture_output=True).stdout
    text = "v=DKIM1; p=" + base64.b64encode(public).decode()
    return " ".join(f'"{text[i:i + 200]}"' for i in range(0, len(text), 200))


@pytest.fixture(scope="module")
def good():
    """Records of a domain with which nothing is wrong."""
    return GOOD | {"mail._domainkey.orchard.example TXT": make_key(2048)}


class Doctor:
    def __init__(self, winnow, folder):
        self.winnow, self.zone, self.state = winnow, folder / "zone", folder / "state"
        self.state.mkdir()

    def run(self, records, *args, domain="orchard.example", config=True):
        self.zone.write_text("".join(f"{name} {data}\n" for name, data in records.items() if data is not None))
        about = ["--domain", domain] if domain else []
        config = ["-c", os.devnull] if config else []
        return self.winnow.run("doctor", *config, "--zone", self.zone, *about, *args, check=False,
                               env={"WINNOW_STATE_DIR": str(self.state)})

    def findings(self, records, *args, **more):
        """(mark, topic, what) of each that is not ok."""
        run = self.run(records, "--json", *args, **more)
        answer = json.loads(run.stdout)
        found = [(f["mark"], f["topic"], f["what"]) for f in answer["findings"] if f["mark"] != "ok"]
        assert run.returncode == (1 if answer["errors"] else 0), run.stderr.decode()
        assert answer["errors"] == sum(f[0] == "error" for f in found)
        assert answer["warnings"] == sum(f[0] == "warning" for f in found)
        for f in answer["findings"]:
            assert f["mark"] == "ok" or f["todo"], f
        return found


@pytest.fixture
def doctor(winnow, tmp_path):
    return Doctor(winnow, tmp_path)


def test_with_a_domain_in_order_nothing_is_wrong(doctor, good):
    assert doctor.findings(good) == []
    out = doctor.run(good).stdout.decode()
    assert out.endswith("errors: 0, warnings: 0\n")
    topics = {line.split()[1].rstrip(":") for line in out.splitlines() if line.startswith("ok ")}
    assert topics >= {"configuration", "state", "DNS", "MX", "SPF", "DKIM", "DMARC", "PTR"}


def test_a_finding_says_why_it_matters_and_what_to_do(doctor, good):
    run = doctor.run(good | {"orchard.example TXT": None})
    assert run.returncode == 1
    lines = run.stdout.decode().splitlines()
    at = lines.index("error    SPF: orchard.example has no SPF record")
    assert lines[at + 1].startswith("         why it matters: ") and lines[at + 2].startswith("         what to do: ")
    assert lines[-1].startswith("errors: 1, ")


@pytest.mark.parametrize("changes, mark, topic, words", [
    ({"orchard.example TXT": '"v=spf1 ip4:192.0.2.25 +all"'}, "error", "SPF", "strangers pass"),
    ({"orchard.example TXT": '"v=spf1 ip4:192.0.2.25 ?all"'}, "warning", "SPF", "strangers are neutral"),
    ({"orchard.example TXT": '"v=spf1 ip4:192.0.2.25"'}, "warning", "SPF", "strangers are neutral"),
    ({"orchard.example TXT": '"v=spf1 ip5:192.0.2.25 -all"'}, "error", "SPF", "the record is broken"),
    ({"orchard.example TXT": '"v=spf1 ip4:192.0.2.25 include:nowhere.example -all"'}, "error", "SPF",
     "the record is broken"),
    ({"orchard.example TXT": '"v=spf1 ip4:192.0.2.25 a:nowhere.example -all"'}, "warning", "SPF", "find nothing"),
    ({"orchard.example TXT": '"v=spf1 ip4:192.0.2.25 ptr -all"'}, "warning", "SPF", "uses ptr"),
    ({"orchard.example TXT": '"v=spf1 ' + "a:mail.orchard.example " * 9 + '-all"'}, "warning", "SPF",
     "9 of 10 lookups"),
    ({"orchard.example TXT": '"v=spf1 ' + "a:mail.orchard.example " * 11 + '-all"'}, "error", "SPF",
     "the record is broken"),
    ({"orchard.example TXT": '"v=spf1 -all"\norchard.example TXT "v=spf1 mx -all"'}, "error", "SPF",
     "has 2 SPF records"),
    ({"orchard.example TXT": '"v=spf1 ip4:192.0.2.26 -all"'}, "warning", "SPF",
     "mail from 192.0.2.25, an MX host, gets fail"),
    ({"orchard.example MX": "10 nowhere.example"}, "error", "MX", "nowhere.example has no address"),
    ({"orchard.example MX": "10 192.0.2.25"}, "error", "MX", "holds an address"),
    ({"orchard.example MX": None}, "warning", "MX", "has no MX record"),
    ({"mail.orchard.example A": None, "mail.orchard.example CNAME": "host.orchard.example",
      "host.orchard.example A": "192.0.2.25"}, "warning", "MX", "is an alias"),
    ({"_dmarc.orchard.example TXT": None}, "error", "DMARC", "has no DMARC record"),
    ({"_dmarc.orchard.example TXT": '"v=DMARC1; p=none; rua=mailto:r@orchard.example"'}, "warning", "DMARC",
     "the policy is none"),
    ({"_dmarc.orchard.example TXT": '"v=DMARC1; p=reject"'}, "warning", "DMARC", "nobody gets reports"),
    ({"_dmarc.orchard.example TXT": '"v=DMARC1; p=reject; pct=20; rua=mailto:r@orchard.example"'}, "warning",
     "DMARC", "being tried (pct=20)"),
    ({"_dmarc.orchard.example TXT": '"v=DMARC1; p=reject; rua=https://orchard.example/"'}, "error", "DMARC",
     "no mail address"),
    ({"_dmarc.orchard.example TXT": '"v=DMARC1; p=reject; rua=mailto:r@reports.example"'}, "warning", "DMARC",
     "does not say that it takes reports"),
    ({"mail._domainkey.orchard.example TXT": None}, "warning", "DKIM", "no key at the"),
    ({"mail._domainkey.orchard.example TXT": '"v=DKIM1; p="'}, "warning", "DKIM", "mail: the key is revoked"),
    ({"mail._domainkey.orchard.example TXT": '"v=DKIM1; p=%%%"'}, "error", "DKIM", "mail: "),
    ({"25.2.0.192.in-addr.arpa PTR": None}, "error", "PTR", "192.0.2.25 has no reverse name"),
    ({"25.2.0.192.in-addr.arpa PTR": "other.example"}, "error", "PTR", "does not lead back"),
    ({"25.2.0.192.in-addr.arpa PTR": "host-192-0-2-25.pool.example",
      "host-192-0-2-25.pool.example A": "192.0.2.25"}, "warning", "PTR", "host-192-0-2-25.pool.example"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_wrong_is_found(doctor, good, changes, mark, topic, words):
    assert any(f[0] == mark and f[1] == topic and words in f[2] for f in doctor.findings(good | changes)), \
        doctor.findings(good | changes)


def test_a_domain_that_does_not_exist_is_told(doctor):
    assert ("error", "MX", "the domain orchard.example does not exist") in doctor.findings({})


def test_the_null_mx_is_in_order(doctor, good):
    found = doctor.findings(good | {"orchard.example MX": "0 ."}, "--ip", "192.0.2.25")
    assert found == []


def test_reports_to_another_domain_are_in_order_when_it_takes_them(doctor, good):
    assert doctor.findings(good | {
        "_dmarc.orchard.example TXT": '"v=DMARC1; p=reject; rua=mailto:r@reports.example!10m"',
        "orchard.example._report._dmarc.reports.example TXT": '"v=DMARC1"'}) == []


def test_a_short_key_and_one_for_testing_are_told(doctor, good):
    found = doctor.findings(good | {"mail._domainkey.orchard.example TXT": make_key(1024)})
    assert found == [("warning", "DKIM", "mail: RSA, 1024 bits")]
    record = good["mail._domainkey.orchard.example TXT"].replace("v=DKIM1; ", "v=DKIM1; t=y; ", 1)
    found = doctor.findings(good | {"mail._domainkey.orchard.example TXT": record})
    assert found == [("warning", "DKIM", "mail: the key is for testing (t=y)")]


def test_a_key_of_ed25519_is_in_order_and_one_of_an_unknown_kind_is_not(doctor, good):
    private = subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519"], check=True, capture_output=True).stdout
    public = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=private, check=True,
                            capture_output=True).stdout
    text = base64.b64encode(public[-32:]).decode()
    name = "mail._domainkey.orchard.example TXT"
    assert doctor.findings(good | {name: f'"v=DKIM1; k=ed25519; p={text}"'}) == []
    assert b"mail: Ed25519, 256 bits" in doctor.run(good | {name: f'"v=DKIM1; k=ed25519; p={text}"'}).stdout
    [found] = doctor.findings(good | {name: f'"v=DKIM1; k=other; p={text}"'})
    assert found == ("error", "DKIM", "mail: the key is for another algorithm (k=)")


def test_a_selector_that_is_named_must_be_there(doctor, good):
    assert doctor.findings(good, "--selector", "mail") == []
    found = doctor.findings(good, "--selector", "mail", "--selector", "other")
    assert found == [("error", "DKIM", "there is no key at other._domainkey.orchard.example")]


def test_the_address_that_is_given_counts_and_not_the_mx(doctor, good):
    found = doctor.findings(good, "--ip", "203.0.113.9")
    assert ("error", "PTR", "203.0.113.9 has no reverse name") in found
    assert any(f[:2] == ("error", "SPF") and "mail from 203.0.113.9 gets fail" in f[2] for f in found)
    assert not any("192.0.2.25" in f[2] for f in found)


def test_an_address_of_ipv6_is_looked_at_likewise(doctor, good):
    nibbles = ".".join(reversed("20010db8000000000000000000000025"))
    records = good | {"orchard.example TXT": '"v=spf1 ip6:2001:db8::25 ip4:192.0.2.25 -all"',
                      "mail.orchard.example AAAA": "2001:db8::25",
                      f"{nibbles}.ip6.arpa PTR": "mail.orchard.example"}
    assert doctor.findings(records) == []
    assert ("error", "PTR", "2001:db8::25 has no reverse name") in doctor.findings(
        records | {f"{nibbles}.ip6.arpa PTR": None})


def test_names_that_cannot_be_looked_up_are_warnings(doctor, good):
    found = doctor.findings(good | {"_dmarc.orchard.example TXT": None, "_dmarc.orchard.example": "SERVFAIL"})
    assert [f[:2] for f in found] == [("warning", "DMARC")]


def test_the_machine_alone_is_looked_at_without_a_domain(doctor):
    run = doctor.run({}, domain=None)
    assert run.returncode == 0 and b"SPF" not in run.stdout
    doctor.state.rmdir()
    run = doctor.run({}, domain=None)
    assert run.returncode == 0 and b"warning  state: " in run.stdout


def test_a_state_folder_that_the_filter_may_not_write_to_is_told(doctor):
    for mode, mark in ((0o755, "ok      "), (0o555, "ok      " if os.geteuid() == 0 else "warning ")):
        doctor.state.chmod(mode)  # what is root's own is given to the filter when it starts
        assert f"{mark} state: ".encode() in doctor.run({}, domain=None).stdout
    doctor.state.chmod(0o755)
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(doctor.state, 54321, 54321)
    assert b"warning  state: " in doctor.run({}, domain=None).stdout
    assert b"daemon may not write there" in doctor.run({}, "--set", "options.user=daemon", domain=None).stdout


def test_of_an_address_the_domain_is_taken(doctor, good):
    run = doctor.run(good, domain="mira@orchard.example")
    assert run.returncode == 0 and b"--domain mira@orchard.example is an address" in run.stderr
    assert run.stdout == doctor.run(good).stdout


def test_a_configuration_with_a_mistake_is_a_finding(winnow, tmp_path):
    (tmp_path / "winnow.conf").write_text("options { task_timout = 5s; }\n")
    run = winnow.run("doctor", "-c", tmp_path, check=False, env={"WINNOW_STATE_DIR": str(tmp_path)})
    assert run.returncode == 1
    assert f"error    configuration: {tmp_path}/winnow.conf:1:".encode() in run.stdout
    assert b"task_timeout" in run.stdout


def test_a_server_on_a_block_list_is_told(doctor, good, tmp_path):
    (tmp_path / "local.d").mkdir()
    (tmp_path / "local.d" / "rbl.conf").write_text(
        'rbls { orchard { rbl = "bl.example"; checks = ["from"]; exclude_private_ips = false; } }\n')
    (tmp_path / "local.d" / "groups.conf").write_text('symbols { "ORCHARD" { score = 2.0; } }\n')
    listed = good | {"25.2.0.192.bl.example A": "127.0.0.2"}
    run = doctor.run(listed, "--json", "-c", tmp_path, config=False)
    found = [f for f in json.loads(run.stdout)["findings"] if f["topic"] == "lists"]
    assert run.returncode == 1 and [f["mark"] for f in found] == ["error"], found
    assert found[0]["what"].startswith("192.0.2.25: ") and "bl.example" in found[0]["what"]
    run = doctor.run(good, "-c", tmp_path, config=False)
    assert run.returncode == 0 and b"ok       lists: 192.0.2.25 is on no block list" in run.stdout


@pytest.mark.parametrize("args, words", [
    (("--domain", "a..b"), "no name of a domain"),
    (("--domain", "mira@"), "no name of a domain"),
    (("--ip", "999.1.1.1"), "no IP address"),
    (("orchard.example",), "--domain"),
])
def test_wrong_usage_is_told(winnow, args, words):
    result = winnow.run("doctor", *args, check=False)
    assert result.returncode == 2 and words in result.stderr.decode()


# The stock lists that are on, each with the entry that it has for tests (RFC 5782 section 5), or None for digests.
IPV6_POINT = ipaddress.ip_address("::ffff:7f00:2").reverse_pointer.removesuffix(".ip6.arpa")
LISTS = {
    "zen.spamhaus.org": "2.0.0.127", "rep.mailspike.net": "2.0.0.127", "bl.spameatingmonkey.net": "2.0.0.127",
    "bl.ipv6.spameatingmonkey.net": IPV6_POINT, "list.dnswl.org": "2.0.0.127", "bip.virusfree.cz": "2.0.0.127",
    "bl.blocklist.de": "2.0.0.127", "dwl.dnswl.org": "test", "multi.surbl.org": "test", "multi.uribl.com": "test",
    "dbl.spamhaus.org": "test", "uribl.spameatingmonkey.net": "test", "fresh15.spameatingmonkey.net": "test",
    "uribl.rspamd.com": None, "email.rspamd.com": None, "ebl.msbl.org": None, "hashbl.surbl.org": None,
}
WELL = "org SOA ns.example h.example 1 2 3 4 5\n"


def entries_for_tests(*without):
    return "".join(f"{point}.{zone} A 127.0.0.2\n" for zone, point in LISTS.items() if point and zone not in without)


def run_over(winnow, dns, folder, *args):
    return winnow.run("doctor", "-c", os.devnull, "--domain", "orchard.example", "--set",
                      f"options.dns.servers={dns.server}", "--set", "options.dns.timeout=1s", "--set",
                      "options.dns.retransmits=2", "--set", "options.dns.dnssec=no", *args, zone=False, check=False,
                      env={"WINNOW_STATE_DIR": str(folder)})


def test_a_dead_network_costs_one_deadline(winnow, tmp_path):
    server = pytest.importorskip("zone_server")
    with server.ZoneServer(black_hole=True) as dns:
        start = time.monotonic()
        run = run_over(winnow, dns, tmp_path)
        assert time.monotonic() - start < 12
    assert run.returncode == 1 and b"error    DNS: no answer" in run.stdout
    assert run.stdout.count(b"warning  DKIM: ") == 1


def test_where_dns_makes_answers_up_or_is_dead_no_list_counts_as_tested(winnow, tmp_path):
    server = pytest.importorskip("zone_server")
    for what in ({"text": ""}, {"text": "", "wildcard": "192.0.2.7"}, {"black_hole": True}):
        with server.ZoneServer(**what) as dns:
            out = run_over(winnow, dns, tmp_path, "--ip", "192.0.2.25").stdout.decode()
        lists = [line for line in out.splitlines() if "  lists: " in line]
        assert len(lists) == 2 and all(line.startswith("warning ") for line in lists), out
        assert lists[0].startswith(f"warning  lists: {len(LISTS)} of {len(LISTS)} block lists were not tested: ")
        assert lists[0].split(": ", 2)[2].split(", ") == list(LISTS)
        assert lists[1].endswith("192.0.2.25 was not looked for on block lists")
        assert "look at those servers, or remove options.dns.servers" in out


def test_dns_that_cannot_be_opened_or_is_off_is_not_in_order(winnow, tmp_path):
    for setting, words in (("servers=a..b", "error    DNS: it could not be opened"),
                           ("mode=off", "error    DNS: no answer for the zone org: ")):
        run = winnow.run("doctor", "-c", os.devnull, "--set", f"options.dns.{setting}", zone=False, check=False,
                         env={"WINNOW_STATE_DIR": str(tmp_path)})
        assert run.returncode == 1 and words in run.stdout.decode()
        assert b"may be asked" not in run.stdout
    assert b"what to do: remove options.dns.mode\n" in run.stdout


def test_lists_that_refuse_are_told_and_others_counted(winnow, tmp_path, good):
    server = pytest.importorskip("zone_server")
    text = "".join(f"{name} {data}\n" for name, data in good.items()) + WELL + entries_for_tests("bip.virusfree.cz")
    with server.ZoneServer(text, refuse=["zen.spamhaus.org"]) as dns:
        out = run_over(winnow, dns, tmp_path).stdout.decode()
    assert "ok       DNS: it answers" in out
    [refused, bare] = [line for line in out.splitlines() if line.startswith("warning  lists: ")]
    assert "zen.spamhaus.org is off: it refuses" in refused
    assert "bip.virusfree.cz does not have the entry that every list has for tests" in bare
    assert f"ok       lists: {len(LISTS) - 1} of {len(LISTS)} block lists may be asked" in out


def test_each_list_is_tested_with_the_points_of_its_kind(winnow, tmp_path):
    """One without its entry for tests is named, but for digests; one that has what no list has is off."""
    server = pytest.importorskip("zone_server")
    with server.ZoneServer(WELL) as dns:
        out = run_over(winnow, dns, tmp_path).stdout.decode()
    bare = [line.split()[2] for line in out.splitlines() if "does not have the entry that every list has" in line]
    assert bare == [zone for zone, point in LISTS.items() if point]
    assert f"ok       lists: {len(LISTS)} of {len(LISTS)} block lists may be asked" in out
    everything = "".join(f"{point}.{zone} A 127.0.0.3\n" for zone in LISTS for point in (
        "1.0.0.127", "1" + IPV6_POINT[1:], "invalid", "f" * 32))
    with server.ZoneServer(WELL + entries_for_tests() + everything) as dns:
        out = run_over(winnow, dns, tmp_path).stdout.decode()
    off = [line.split()[2] for line in out.splitlines() if "is off: it lists what no list has" in line]
    assert off == list(LISTS) and "may be asked" not in out
