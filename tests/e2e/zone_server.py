"""
A name server of the test's own on loopback, over UDP and TCP, from the table of dns/dns.h: a line is
`name TYPE data`, and the types TIMEOUT, SERVFAIL and NXDOMAIN have no data.

    with ZoneServer("example.org TXT \"v=spf1 -all\"") as dns:
        ...dns.server is "127.0.0.1:PORT", dns.questions what was asked
"""

import argparse
import heapq
import pathlib
import select
import socket
import struct
import sys
import threading
import time

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

FATES = ("TIMEOUT", "SERVFAIL", "NXDOMAIN")
REFUSED = "127.255.255.254"
TTL = 300
CNAMES_MOST = 8


def without_comment(line):
    quoted, i = False, 0
    while i < len(line):
        if line[i] == "\\":
            i += 1
        elif line[i] == '"':
            quoted = not quoted
        elif line[i] == ";" and not quoted:
            return line[:i]
        i += 1
    return line


def absolute(text):
    return dns.name.from_text(text.lower() if text.endswith(".") else text.lower() + ".")


class Table:
    """Records and fates by name, and every name above one that is there."""

    def __init__(self, text):
        self.records, self.fates, self.names = {}, {}, {dns.name.root}
        for number, line in enumerate(text.splitlines(), 1):
            words = without_comment(line).split(None, 2)
            if not words:
                continue
            try:
                self.add(absolute(words[0]), words[1].upper(), words[2] if len(words) > 2 else "")
            except Exception as e:
                raise ValueError(f"line {number}: {line!r}: {e}") from e

    def add(self, name, type_name, data):
        above = name
        while True:
            self.names.add(above)
            if above == dns.name.root:
                break
            above = above.parent()
        if type_name in FATES:
            self.fates[name] = type_name
            return
        kind = dns.rdatatype.from_text(type_name)
        rdata = dns.rdata.from_text(dns.rdataclass.IN, kind, data, origin=dns.name.root, relativize=False)
        key = (name, kind)
        if key not in self.records:
            self.records[key] = dns.rrset.RRset(name, dns.rdataclass.IN, kind)
            self.records[key].update_ttl(TTL)
        self.records[key].add(rdata, TTL)


class Signer:
    """Signs whatever is answered as one zone, the root; `anchor` is the line for a resolver that trusts it."""

    def __init__(self):
        from cryptography.hazmat.primitives.asymmetric import ec
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.dnskey = dns.dnssec.make_dnskey(self.key.public_key(), dns.dnssec.Algorithm.ECDSAP256SHA256, flags=257)
        self.keys = dns.rrset.from_rdata(dns.name.root, TTL, self.dnskey)
        self.anchor = f". {TTL} IN DNSKEY {self.dnskey}"
        self.wrong = ()  # names whose signatures are of something else
        self._signed = {}

    def sign(self, rrset):
        is_wrong = rrset.name.to_text(omit_final_dot=True) in self.wrong
        known = (rrset.to_text(), is_wrong)
        if known not in self._signed:
            what = dns.rrset.from_text(rrset.name, TTL, "IN", "TXT", "x") if is_wrong else rrset
            rrsig = dns.dnssec.sign(what, self.key, dns.name.root, self.dnskey, lifetime=86400)
            if is_wrong:
                rrsig = rrsig.replace(type_covered=rrset.rdtype)
            self._signed[known] = dns.rrset.from_rdata(rrset.name, TTL, rrsig)
        return self._signed[known]


class ZoneServer:
    """
    What it does may be changed while it runs:

    black_hole  answers nothing
    truncate    over UDP says only that the answer is too long for it
    delay       seconds before an answer
    wildcard    an address that every name has
    refuse      zones whose names all have the address that means "you may not ask"
    apexes      the zones that it serves; NS records below them are delegations. None: it is a resolver and
                answers all it knows
    signer      a Signer, or None
    """

    def __init__(self, text="", address="127.0.0.1", port=0, **behaviour):
        self.black_hole = self.truncate = False
        self.delay, self.wildcard, self.refuse = 0, None, ()
        self.apexes = self.signer = None
        for name, value in behaviour.items():
            assert hasattr(self, name), name
            setattr(self, name, value)
        self.set(text)
        self.questions = []  # (name without the final dot, type, "udp" or "tcp")
        self._open(address, port)
        self.address, self.port = self._udp.getsockname()[:2]
        self.server = f"{self.address}:{self.port}"
        self._late, self._is_over = [], False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def set(self, text):
        """Another table from now on."""
        self.table = Table(text)

    def count(self, name=None, kind=None):
        """How many questions there were, of this name and type."""
        return sum((name is None or q[0] == name) and (kind is None or q[1] == kind) for q in self.questions)

    # ---- answers ----

    def reply(self, wire, way):
        """The bytes of the answer, or None."""
        try:
            query = dns.message.from_wire(wire)
            question = query.question[0]
        except Exception:
            return None
        name, kind = absolute(question.name.to_text()), question.rdtype
        self.questions.append((name.to_text(omit_final_dot=True), dns.rdatatype.to_text(kind), way))
        if self.black_hole:
            return None
        answer = dns.message.make_response(query, recursion_available=self.apexes is None)
        if self.truncate and way == "udp":
            answer.flags |= dns.flags.TC
            return answer.to_wire()
        if not self._fill(answer, name, kind):
            return None
        if self.signer is not None and query.ednsflags & dns.flags.DO:
            for rrset in list(answer.answer):
                answer.answer.append(self.signer.sign(rrset))
        most = 65535 if way == "tcp" else query.payload if query.edns >= 0 else 512
        try:
            return answer.to_wire(max_size=max(most, 512))
        except dns.exception.TooBig:
            short = dns.message.make_response(query, recursion_available=self.apexes is None)
            short.flags |= dns.flags.TC
            return short.to_wire()

    def _fill(self, answer, name, kind):
        cut = self._delegation(name)
        if cut is not None:
            self._refer(answer, cut)
            return True
        answer.flags |= dns.flags.AA
        special = self._special(name, kind)
        if special is not None:
            answer.answer.append(special)
            return True
        for _ in range(CNAMES_MOST + 1):
            fate = None if (name, kind) in self.table.records else self.table.fates.get(name)
            if fate == "TIMEOUT":
                return False
            if fate == "SERVFAIL":
                answer.set_rcode(dns.rcode.SERVFAIL)
                return True
            if fate == "NXDOMAIN" or name not in self.table.names:
                answer.set_rcode(dns.rcode.NXDOMAIN)
                break
            if (name, kind) in self.table.records:
                answer.answer.append(self.table.records[name, kind])
                return True
            alias = self.table.records.get((name, dns.rdatatype.CNAME))
            if alias is None:
                break
            answer.answer.append(alias)
            name = absolute(alias[0].target.to_text())
            if self._delegation(name) is not None or not self._is_ours(name):
                return True
        answer.authority.append(self._soa(name))
        return True

    def _special(self, name, kind):
        if name == dns.name.root and kind == dns.rdatatype.DNSKEY and self.signer is not None:
            return self.signer.keys
        for zone in self.refuse:
            if name.is_subdomain(absolute(zone)) and kind in (dns.rdatatype.A, dns.rdatatype.TXT):
                return dns.rrset.from_text(name, TTL, "IN", kind, REFUSED if kind == dns.rdatatype.A else "refused")
        if self.wildcard is not None and kind == dns.rdatatype.A:
            return dns.rrset.from_text(name, TTL, "IN", "A", self.wildcard)
        return None

    def _is_ours(self, name):
        return self.apexes is None or any(name.is_subdomain(absolute(apex)) for apex in self.apexes)

    def _delegation(self, name):
        """The highest name at or above this one, below our own zones, that other servers have."""
        if self.apexes is None:
            return None
        own = [absolute(apex) for apex in self.apexes if name.is_subdomain(absolute(apex))]
        top = max(own, key=len, default=dns.name.root)
        cut = None
        while name != top and name != dns.name.root:
            if (name, dns.rdatatype.NS) in self.table.records:
                cut = name
            name = name.parent()
        return cut

    def _refer(self, answer, cut):
        servers = self.table.records[cut, dns.rdatatype.NS]
        answer.authority.append(servers)
        for server in servers:
            glue = self.table.records.get((absolute(server.target.to_text()), dns.rdatatype.A))
            if glue is not None:
                answer.additional.append(glue)

    def _soa(self, name):
        while name != dns.name.root and (name, dns.rdatatype.SOA) not in self.table.records:
            name = name.parent()
        soa = self.table.records.get((name, dns.rdatatype.SOA))
        if soa is not None:
            return soa
        apex = dns.name.root
        for zone in self.apexes or ():
            apex = max(apex, absolute(zone), key=len) if name.is_subdomain(absolute(zone)) else apex
        return dns.rrset.from_text(apex, TTL, "IN", "SOA", "ns.invalid. hostmaster.invalid. 1 3600 600 86400 60")

    # ---- sockets ----

    def _open(self, address, port):
        for attempt in range(20):
            self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self._tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            try:
                self._udp.bind((address, port))
                self._tcp.bind((address, self._udp.getsockname()[1]))
                self._tcp.listen(64)
                return
            except OSError:
                self._udp.close()
                self._tcp.close()
                if port != 0 or attempt == 19:
                    raise

    def _run(self):
        while not self._is_over:
            pause = max(0, self._late[0][0] - time.monotonic()) if self._late else 0.2
            ready, _, _ = select.select([self._udp, self._tcp], [], [], min(pause, 0.2))
            if self._udp in ready:
                self._take_datagram()
            if self._tcp in ready:
                connection, _ = self._tcp.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()
            while self._late and self._late[0][0] <= time.monotonic():
                _, _, reply, peer = heapq.heappop(self._late)
                self._udp.sendto(reply, peer)

    def _take_datagram(self):
        try:
            wire, peer = self._udp.recvfrom(65535)
        except OSError:
            return
        reply = self.reply(wire, "udp")
        if reply is not None:
            due = time.monotonic() + self.delay
            heapq.heappush(self._late, (due, len(self.questions), reply, peer))

    def _talk(self, connection):
        with connection, connection.makefile("rb") as stream:
            connection.settimeout(30)
            try:
                while True:
                    head = stream.read(2)
                    if len(head) < 2:
                        return
                    reply = self.reply(stream.read(struct.unpack("!H", head)[0]), "tcp")
                    if reply is not None:
                        time.sleep(self.delay)
                        connection.sendall(struct.pack("!H", len(reply)) + reply)
            except OSError:
                return

    def start(self):
        self._thread.start()

    def stop(self):
        self._is_over = True
        self._thread.join(5)
        self._udp.close()
        self._tcp.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


def main():
    parser = argparse.ArgumentParser(description="A name server on loopback for tests.")
    parser.add_argument("table", help="a file of lines `name TYPE data`; - is standard input")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--black-hole", action="store_true", help="answer nothing")
    parser.add_argument("--truncate", action="store_true", help="over UDP, say only to ask over TCP")
    parser.add_argument("--delay", type=float, default=0, help="seconds before an answer")
    parser.add_argument("--wildcard", metavar="ADDRESS", help="every name has this address")
    parser.add_argument("--refuse", metavar="ZONE", action="append", default=[])
    args = parser.parse_args()
    text = sys.stdin.read() if args.table == "-" else pathlib.Path(args.table).read_text()
    server = ZoneServer(text, args.address, args.port, black_hole=args.black_hole, truncate=args.truncate,
                        delay=args.delay, wildcard=args.wildcard, refuse=args.refuse)
    with server:
        print(server.server, flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
