"""Maps of an administrator: read with the configuration, changed with a reload."""

import http.client
import json

from serving import QUIET, Server

LINK = b"""From: mira@example.com
Subject: hello
Content-Type: text/html; charset=utf-8

<a href="http://go.example.net/1">www.example.org</a>
"""


def symbols(server, message=LINK):
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=20)
    connection.request("POST", "/checkv2", message)
    reply = json.loads(connection.getresponse().read())
    connection.close()
    return reply["symbols"]


def write_map(server, name, text, folder="local.d/maps.d"):
    path = server.folder / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_line_that_is_added_counts_after_a_reload(tmp_path):
    with Server(tmp_path / "etc", config=QUIET, normal="") as server:
        assert symbols(server)["PHISHING"]["options"] == ["www.example.org->go.example.net"]
        write_map(server, "trackers.map", "go.example.net\n")
        assert "PHISHING" in symbols(server)
        server.reload()
        found = symbols(server)
        assert "PHISHING" not in found and "REDIRECTOR_FALSE" in found

        write_map(server, "phishing_whitelist.inc", "*.example.org\n")
        server.reload()
        assert "PHISHED_WHITELISTED" in symbols(server)


def test_a_stock_entry_can_be_taken_away_and_a_whole_map_replaced(tmp_path):
    message = LINK.replace(b"go.example.net", b"bit.ly")

    with Server(tmp_path / "etc", config=QUIET, normal="") as server:
        assert "REDIRECTOR_FALSE" in symbols(server, message)
        write_map(server, "redirectors.map", "!bit.ly\n")
        server.reload()
        assert "PHISHING" in symbols(server, message)
        write_map(server, "redirectors.map", "go.example.net\n", "override.d/maps.d")
        server.reload()
        assert "REDIRECTOR_FALSE" in symbols(server)
        assert "PHISHING" in symbols(server, message.replace(b"bit.ly", b"tinyurl.com"))


def test_a_wrong_line_is_told_with_its_place_and_a_map_that_cannot_be_read_keeps_the_old(tmp_path):
    with Server(tmp_path / "etc", config=QUIET, normal="") as server:
        write_map(server, "trackers.map", "go.example.net\nhttps://no.example/\n")
        server.reload()
        assert "trackers.map:2:1: not a domain" in "".join(server.lines)
        assert "REDIRECTOR_FALSE" in symbols(server)
        (server.folder / "local.d/maps.d/redirectors.map").mkdir()
        server.reload("redirectors.map")
        assert "REDIRECTOR_FALSE" in symbols(server)
