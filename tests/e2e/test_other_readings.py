"""What is hidden in one reading of a part reaches the facts that checks look at: URLs, texts and verdict."""

import base64
import json

import pytest

TOP = "From: a@example.org\nMIME-Version: 1.0\n"
PAGE = '<p>Dear reader, <a href="http://evil.example/">look</a></p>\n'
PAGE64 = base64.b64encode(PAGE.encode()).decode() + "\n"
HONEST = TOP + "Content-Type: text/html\n\n<p>Dear reader</p>\n"


def evil(boundary):
    return f"--{boundary}\nContent-Type: text/html\n\n{PAGE}\n--{boundary}--\n"


ATTACKS = {
    "type": "Content-Type: image/png\nContent-Type: text/html\n\n" + PAGE,
    "encoding": "Content-Type: text/html\nContent-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\n"
                + PAGE64,
    "misspelled": "Content-Type: text/html\nContent-Transfer-Encoding: base-64\n\n" + PAGE64,
    "boundary": "Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--a\n\nhi\n--a--\n" + evil("b"),
    "comment": "Content-Type: multipart/mixed; (; boundary=b; ) boundary=a\n\n--a\n\nhi\n--a--\n" + evil("b"),
    "epilogue": "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b--\n" + evil("b"),
    "nested": "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n"
              + base64.b64encode(evil("b").encode()).decode() + "\n",
    "nul": "Content-Type: text/html\n\n" + PAGE.replace("evil", "e\0vil"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_the_hidden_link_is_found(winnow, tmp_path, name):
    path = tmp_path / "attack.eml"
    path.write_text(TOP + ATTACKS[name])
    urls = json.loads(winnow.run("dump", "urls", path).stdout)
    assert "evil.example" in {url["host"] for url in urls}
    texts = json.loads(winnow.run("dump", "text", path).stdout)["texts"]
    assert any("reading" in text and "Dear reader" in text["text"] for text in texts)
    assert "MIME_AMBIGUOUS" in winnow.scan(path)[0]["symbols"]


def test_an_honest_message_has_one_reading(winnow, tmp_path):
    path = tmp_path / "honest.eml"
    path.write_text(HONEST)
    assert json.loads(winnow.run("dump", "urls", path).stdout) == []
    assert "readings" not in json.loads(winnow.run("dump", "mime", path).stdout)
    assert "MIME_AMBIGUOUS" not in winnow.scan(path)[0]["symbols"]
