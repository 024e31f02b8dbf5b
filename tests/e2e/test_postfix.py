"""Real mail through a real Postfix: an instance of its own, in folders and on ports of its own."""

import re
import smtplib
import subprocess

import pytest

from conftest import DATA, SOURCE
from postfix import REFUSAL, Mail, Postfix, Sink, ham, header, require_programs, write
from serving import free_port, wait_until


@pytest.fixture(scope="module")
def mail(tmp_path_factory):
    require_programs()
    with Mail(tmp_path_factory.mktemp("mail")) as m:
        yield m


def test_good_mail_arrives_with_its_result(mail, tmp_path):
    status, said = mail.swaks(write(tmp_path / "ham", ham("first")))
    assert status == 0, said
    _, text = mail.sink.wait("<first@example.org>")
    [result] = header(text, "X-Spamd-Result")
    assert re.match(r"default: False \[-?[\d.]+ / 15\.00\]; ", result)
    assert "MIME_GOOD(-0.10)[text/plain]" in result
    assert header(text, "X-Spam") == [] and "\r\n\r\nSee you at noon.\r\n" in text
    line = mail.server.wait_message("first@example.org")
    assert (line["ip"], line["from"], line["rcpt"]) == ("127.0.0.1", "ann@example.org", "ben@example.net")
    assert line["action"] == "no action" and line["listener"] == "milter"
    # The queue id is the one that Postfix logs.
    assert re.fullmatch(r"[0-9A-Za-z]{6,}", line["qid"])
    mail.postfix.wait_log(f"{line['qid']}: removed")


def test_a_sample_of_the_program_arrives(mail):
    sample = SOURCE / "share" / "samples" / "ham.eml"
    status, said = mail.swaks(sample)
    assert status == 0, said
    message_id = re.search(r"^Message-ID:\s*(<\S+>)", sample.read_text(), re.M | re.I)[1]
    _, text = mail.sink.wait(message_id)
    assert len(header(text, "X-Spamd-Result")) == 1


def test_the_test_string_is_refused_with_the_configured_text(mail):
    status, said = mail.swaks(DATA / "gtube.eml")
    assert status != 0
    # At the end of the data, and with one percent sign.
    refusal = said.split("-> .", 1)[1]
    assert f"<** 554 5.7.1 {REFUSAL}" in refusal
    line = mail.server.wait_message("9@orchard.example")
    assert line["action"] == "reject" and "GTUBE" in line["symbols"]
    mail.postfix.wait_log(f"{line['qid']}: milter-reject: END-OF-MESSAGE")


def test_our_headers_cannot_be_forged(mail, tmp_path):
    forged = "X-Spam: Yes\nX-Spamd-Result: default: False [-99.00 / 15.00];\nX-SPAM: No\n"
    status, said = mail.swaks(write(tmp_path / "forged", ham("forged", forged)))
    assert status == 0, said
    _, text = mail.sink.wait("<forged@example.org>")
    assert header(text, "X-Spam") == []
    [result] = header(text, "X-Spamd-Result")
    assert "-99" not in result


def test_several_messages_go_over_one_connection(mail):
    gtube = (DATA / "gtube.eml").read_text()
    with mail.smtp() as smtp:
        for n in range(3):
            smtp.sendmail("ann@example.org", ["ben@example.net"], ham(f"several{n}"))
            with pytest.raises(smtplib.SMTPDataError) as refused:
                smtp.sendmail("ann@example.org", ["ben@example.net"], gtube)
            assert refused.value.smtp_code == 554
    for n in range(3):
        mail.sink.wait(f"<several{n}@example.org>")


def test_rset_in_the_middle_leaves_nothing_behind(mail):
    with mail.smtp() as smtp:
        smtp.ehlo()
        smtp.mail("old@example.org")
        for n in range(4):
            smtp.rcpt(f"old{n}@example.net")
        smtp.rset()
        smtp.sendmail("new@example.org", ["ben@example.net"], ham("reset"))
    envelope, text = mail.sink.wait("<reset@example.org>")
    assert len(envelope) == 2 and len(header(text, "X-Spamd-Result")) == 1
    line = mail.server.wait_message("reset@example.org")
    assert line["from"] == "new@example.org" and line["rcpts"] == "1"


def test_a_connection_that_breaks_off_hurts_nobody(mail):
    smtp = mail.smtp()
    smtp.ehlo()
    smtp.mail("gone@example.org")
    smtp.rcpt("ben@example.net")
    smtp.putcmd("data")
    smtp.getreply()
    smtp.send("Subject: cut off\r\n\r\nand n")
    smtp.close()
    with mail.smtp() as other:
        other.sendmail("ann@example.org", ["ben@example.net"], ham("afterwards"))
    mail.sink.wait("<afterwards@example.org>")
    assert not any("cut off" in text for _, text in mail.sink.messages)


def test_a_bounce_has_no_sender(mail, tmp_path):
    status, said = mail.swaks(write(tmp_path / "bounce", ham("bounce")), sender="<>")
    assert status == 0, said
    envelope, _ = mail.sink.wait("<bounce@example.org>")
    assert envelope[0].startswith("MAIL FROM:<>")
    assert mail.server.wait_message("bounce@example.org")["from"] == ""


def test_the_message_that_is_judged_is_the_message_that_was_sent(mail):
    """Folds, odd blanks and 8-bit bytes come through, so that nothing is judged that nobody wrote."""
    odd = 'X-Fold: one\n\ttwo\n   three\nX-Tight:x\nX-Wide:   y  \nX-Empty:\nMIME-Version: 1.0\n' \
          'Content-Type: text/plain;\n charset="utf-8"\nContent-Transfer-Encoding: 8bit\n'
    message = (ham("odd", odd) + "grün\n..dots\n\n").replace("\n", "\r\n").encode()
    with mail.smtp() as smtp:
        smtp.sendmail("ann@example.org", ["ben@example.net"], message)
    assert int(mail.server.wait_message("odd@example.org")["size"]) == len(message)


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_older_versions_of_the_protocol_work(mail, tmp_path, protocol):
    with mail.postfix.changed(f"milter_protocol = {protocol}"):
        status, said = mail.swaks(write(tmp_path / "ham", ham(f"old{protocol}")))
        assert status == 0, said
        _, text = mail.sink.wait(f"<old{protocol}@example.org>")
        assert len(header(text, "X-Spamd-Result")) == 1
        status, said = mail.swaks(DATA / "gtube.eml")
        assert status != 0 and f"554 5.7.1 {REFUSAL}" in said


# ---- other ways in ----


def test_international_addresses_and_headers(mail):
    message = ("From: Jürgen <jürgen@例え.example>\r\nTo: ben@example.net\r\nSubject: Grüße\r\n"
               "Date: Sun, 22 Nov 2026 12:00:00 +0100\r\nMessage-ID: <utf8@example.org>\r\n\r\nHallo.\r\n")
    with mail.smtp() as smtp:
        smtp.ehlo()
        smtp.sendmail("jürgen@例え.example", ["ben@example.net"], message.encode(), mail_options=["SMTPUTF8"])
    envelope, text = mail.sink.wait("<utf8@example.org>")
    assert "jürgen@例え.example" in envelope[0] and len(header(text, "X-Spamd-Result")) == 1
    assert "Subject: Grüße\r\n" in text
    line = mail.server.wait_message("utf8@example.org")
    assert line["from"] == "jürgen@例え.example" and int(line["size"]) == len(message.encode())


def test_mail_of_the_machine_itself(tmp_path_factory):
    """non_smtpd_milters over a socket file, with the mode and group that Postfix needs."""
    require_programs()
    folder = tmp_path_factory.mktemp("local")
    path = folder / "milter.sock"
    with Mail(folder, sockets=f"{path} mode=0660 group=postfix", milter=f"unix:{path}",
              main_cf={"more": "non_smtpd_milters = $smtpd_milters"}) as mail:
        assert path.stat().st_mode & 0o7777 == 0o660 and path.group() == "postfix"
        mail.postfix.sendmail("ann@example.org", "ben@example.net", ham("sendmail"))
        _, text = mail.sink.wait("<sendmail@example.org>")
        assert len(header(text, "X-Spamd-Result")) == 1
        assert mail.server.wait_message("sendmail@example.org")["rcpt"] == "ben@example.net"
        # The test string does not get through: there is nobody to refuse it to, so it bounces.
        mail.postfix.sendmail("ann@example.org", "ben@example.net", (DATA / "gtube.eml").read_text())
        line = mail.server.wait_message("9@orchard.example")
        assert line["action"] == "reject"
        mail.postfix.wait_log(f"{line['qid']}: milter-reject: END-OF-MESSAGE")
        with mail.smtp() as smtp:
            smtp.sendmail("ann@example.org", ["ben@example.net"], ham("file"))
        _, text = mail.sink.wait("<file@example.org>")
        assert len(header(text, "X-Spamd-Result")) == 1
    assert not path.exists()


def test_who_the_client_is(mail):
    """What a relay in front of Postfix tells of its client: address, name and login come in macros and packets."""
    with mail.postfix.changed("smtpd_authorized_xclient_hosts = 127.0.0.1"), mail.smtp() as smtp:
        smtp.ehlo()
        code, text = smtp.docmd("XCLIENT ADDR=192.0.2.7 NAME=mx.orchard.example LOGIN=mira")
        assert code == 220, text
        smtp.ehlo("mx.orchard.example")
        smtp.sendmail("ann@example.org", ["ben@example.net"], ham("xclient"))
    line = mail.server.wait_message("xclient@example.org")
    assert (line["ip"], line["user"]) == ("192.0.2.7", "mira")
    _, text = mail.sink.wait("<xclient@example.org>")
    assert "from mx.orchard.example (mx.orchard.example [192.0.2.7])" in text


# ---- what may happen to a message ----


def queue_id(said):
    return re.search(r"queued as ([0-9A-Za-z]+)", said)[1]


def test_a_quarantined_message_waits_in_the_hold_queue(mail):
    with mail.configured(proxy="quarantine_on_reject = true;"):
        before = len(mail.sink.messages)
        status, said = mail.swaks(DATA / "gtube.eml")
        assert status == 0, said
        text = mail.postfix.held(queue_id(said))
        assert "X-Spam: Yes" in text and "<9@orchard.example>" in text
        mail.postfix.wait_log(f"{queue_id(said)}: milter-hold: END-OF-MESSAGE")
        assert len(mail.sink.messages) == before


def test_a_discarded_message_is_taken_and_gone(mail, tmp_path):
    with mail.configured(proxy="discard_on_reject = true;"):
        before = len(mail.sink.messages)
        status, said = mail.swaks(DATA / "gtube.eml")
        assert status == 0, said
        mail.postfix.wait_log(f"{queue_id(said)}: milter-discard: END-OF-MESSAGE")
        # Sent afterwards and here: whatever should have come before it has not.
        mail.swaks(write(tmp_path / "ham", ham("behind")))
        mail.sink.wait("<behind@example.org>")
        assert len(mail.sink.messages) == before + 1


def test_a_subject_is_rewritten(mail, tmp_path):
    # Every score reaches this threshold.
    config = 'actions { rewrite_subject = -100; subject = "[SPAM %d] %s"; }'
    with mail.configured(config=config):
        status, said = mail.swaks(write(tmp_path / "ham", ham("subject")))
        assert status == 0, said
        _, text = mail.sink.wait("<subject@example.org>")
        [subject] = header(text, "Subject")
        assert re.fullmatch(r"\[SPAM -?[\d.]+\] Lunch subject", subject)
        assert header(text, "X-Spam") == ["Yes"]


HEADERS = """milter_headers {
  use = ["x-spamd-bar", "x-spam-level", "x-spam-status", "x-rspamd-server", "x-rspamd-queue-id", "x-rspamd-action"];
  skip_local = false;
}
"""


def test_headers_of_the_routines_arrive_in_one_copy(mail, tmp_path):
    forged = "X-Spamd-Bar: --------\nX-Spam-Status: No, score=-99\nX-Rspamd-Action: none\n"
    with mail.configured(config=HEADERS):
        status, said = mail.swaks(write(tmp_path / "ham", ham("routines", forged)))
        assert status == 0, said
        _, text = mail.sink.wait("<routines@example.org>")
        assert header(text, "X-Rspamd-Queue-Id") == [queue_id(said)]
        assert header(text, "X-Rspamd-Action") == ["no action"]
        [status] = header(text, "X-Spam-Status")
        assert status.startswith("No, score=") and "-99" not in status
        assert len(header(text, "X-Spamd-Bar")) == 1 and len(header(text, "X-Rspamd-Server")) == 1


SETTINGS = """settings {
  strict { priority = 1; rcpt = "strict@example.net"; apply { actions { reject = -100; } } }
}
"""


def test_recipients_with_settings_of_their_own_get_the_mildest_action(mail, tmp_path):
    with mail.configured(config=SETTINGS):
        ham_file = write(tmp_path / "ham", ham("rcpts"))
        status, said = mail.swaks(ham_file, "--to", "strict@example.net")
        assert status != 0 and f"554 5.7.1 {REFUSAL}" in said
        line = mail.server.wait_message("rcpts@example.org")
        assert line["action"] == "reject" and line["rcpts"] == "1"
        status, said = mail.swaks(ham_file, "--to", "strict@example.net,ben@example.net")
        assert status == 0, said
        envelope, _ = mail.sink.wait("<rcpts@example.org>")
        assert len(envelope) == 3
        line = mail.server.wait_message("rcpts@example.org")
        assert line["action"] == "no action" and line["rcpts"] == "2" and "reject" in line["shares"]


# ---- many at a time ----


def test_200_parallel_sessions(mail):
    before = len(mail.sink.messages)
    source = mail.smtp_source("-l", "4000", "-S", "load %d", sessions=200, messages=400)
    out, _ = source.communicate(timeout=100)
    assert source.returncode == 0, out.decode()
    wait_until(lambda: len(mail.sink.messages) - before >= 400, 60, "the arrival of 400 messages")
    for envelope, text in mail.sink.messages[before:]:
        assert len(header(text, "X-Spamd-Result")) == 1 and len(envelope) == 2
    assert len(mail.sink.messages) - before == 400


def test_several_recipients_under_load(mail):
    before = len(mail.sink.messages)
    source = mail.smtp_source("-r", "5", "-d", sessions=20, messages=100)
    out, _ = source.communicate(timeout=100)
    assert source.returncode == 0, out.decode()
    wait_until(lambda: len(mail.sink.messages) - before >= 100, 60, "the arrival of 100 messages")
    for _, text in mail.sink.messages[before:]:
        assert len(header(text, "X-Spamd-Result")) == 1
