"""What a reader would see: the dumps of texts, HTML and URLs, and what is made of them in a verdict."""

import json

import pytest

NEWSLETTER = """From: Mira <mira@orchard.example>
To: jonas@harbour.example
Subject: News
Date: Sun, 22 Nov 2026 11:12:29 +0100
Message-ID: <1@orchard.example>
MIME-Version: 1.0
Content-Type: text/html; charset=iso-8859-1

<title>News</title><p>Caf=E9 news</p><div style="display:none">nobody reads this</div>
<a href="http://www.orchard.example/a">Read</a> <a href="http://evil.example.net/">www.example.com</a>
<img src="http://img.orchard.example/1.png">
""".replace("=E9", "\xe9").encode("latin-1")

DOCUMENT = b'<p>seen</p><p hidden>unseen</p><a href="https://www.example.org/x?u=https://b.example.net/">go</a>'


def dump(winnow, kind, path):
    result = winnow.run("dump", kind, path)
    assert result.returncode == 0, result.stderr
    [line] = result.stdout.splitlines()
    return json.loads(line)


@pytest.fixture
def newsletter(tmp_path):
    path = tmp_path / "newsletter.eml"
    path.write_bytes(NEWSLETTER)
    return path


def test_text_is_what_is_read(winnow, newsletter):
    [text] = dump(winnow, "text", newsletter)["texts"]
    assert "Café news" in text["text"] and "nobody" not in text["text"]
    assert text["charset"] == "windows-1252" and text["charset_by"] == "label" and text["defects"] == []
    assert text["is_html"] is True and text["scripts"]["Latin"] > 10 and text["words"] >= 3


def test_html_tells_hidden_from_seen(winnow, newsletter):
    html = dump(winnow, "html", newsletter)
    assert "Café news" in html["text"]
    assert [(h["text"], h["why"]) for h in html["hidden"]] == [("nobody reads this", "display")]
    assert [(link["url"], link["text"], link["tag"]) for link in html["links"]] == [
        ("http://www.orchard.example/a", "Read", "a"),
        ("http://evil.example.net/", "www.example.com", "a"),
        ("http://img.orchard.example/1.png", "", "img")]


def test_urls_tell_where_they_stand(winnow, newsletter):
    read, evil, image = dump(winnow, "urls", newsletter)
    assert read["url"] == "http://www.orchard.example/a" and read["host"] == "www.orchard.example"
    assert read["domain"] == "orchard.example" and read["where"] == "html" and read["tag"] == "a"
    assert read["text"] == "Read" and read["flags"] == []
    assert evil["flags"] == ["displayed", "displayed-differs"] and evil["displayed"] == "http://www.example.com/"
    assert image["flags"] == ["embedded"] and image["tag"] == "img"


@pytest.mark.parametrize("name", ["page.html", "PAGE.HTM"])
def test_a_document_by_itself(winnow, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(DOCUMENT)
    html, urls = dump(winnow, "html", path), dump(winnow, "urls", path)
    assert html["text"].split() == ["seen", "go"] and html["hidden"][0]["why"] == "hidden"
    assert [(u["where"], u["host"]) for u in urls] == [("html", "www.example.org"), ("query", "b.example.net")]
    assert urls[1]["carrier"] == urls[0]["url"]


def test_several_messages_are_a_line_each(winnow, newsletter):
    result = winnow.run("dump", "urls", newsletter, newsletter)
    first, second = result.stdout.splitlines()
    assert first == second and len(json.loads(first)) == 3


def test_several_documents_of_a_message_are_one(winnow, tmp_path):
    path = tmp_path / "two.eml"
    path.write_text("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<b>one</b>"
                    "<a href=http://a.example/>x</a>\n--b\nContent-Type: text/html\n\n<i>two</i><p hidden>h</p>\n--b--\n")
    html = dump(winnow, "html", path)
    assert html["text"].split() == ["onex", "two"]
    assert len(html["links"]) == 1 and len(html["hidden"]) == 1


def test_a_message_without_html_has_an_empty_view(winnow):
    result = winnow.run("dump", "html", "-", stdin=b"Subject: s\n\nhi\n")
    view = json.loads(result.stdout)
    assert view["text"] == "" and view["hidden"] == [] and view["links"] == []


def test_a_payload_in_another_reading_is_seen(winnow, tmp_path):
    path = tmp_path / "two-types.eml"
    path.write_text("Subject: s\nMIME-Version: 1.0\nContent-Type: text/plain\nContent-Type: text/html\n\n"
                    "<a href=http://evil.example.net/x>go</a>\n")
    [url] = [u for u in dump(winnow, "urls", path) if u["host"] == "evil.example.net" and u["where"] == "html"]
    assert url["url"] == "http://evil.example.net/x"


def test_the_verdict_lists_hosts_and_addresses(winnow, newsletter):
    [verdict] = winnow.scan(newsletter)
    assert verdict["urls"] == ["www.orchard.example", "evil.example.net", "www.example.com", "img.orchard.example"]
    assert verdict["emails"] == []


def test_a_short_text_without_a_header_is_blank_spam(winnow):
    [verdict] = winnow.scan("-", stdin=b"X-Other: 1\n\nhello\n")
    assert verdict["symbols"]["SHORT_PART_BAD_HEADERS"]["score"] == 7
    [verdict] = winnow.scan("-", stdin=b"X-Other: 1\n\n" + b"hello there you all " * 5 + b"\n")
    assert "SHORT_PART_BAD_HEADERS" not in verdict["symbols"]


def test_addresses_stand_behind_the_urls(winnow, tmp_path):
    mail = tmp_path / "message.eml"
    mail.write_bytes(b"Subject: x\n\nWrite to Ann@Example.org, or see http://example.com/\n")
    rows = json.loads(winnow.run("dump", "urls", mail).stdout)
    assert [row["url"] for row in rows] == ["http://example.com/", "mailto:Ann@example.org"]
    assert rows[1]["flags"] == ["address"] and rows[1]["where"] == "text"
