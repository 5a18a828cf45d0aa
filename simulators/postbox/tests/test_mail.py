"""Mail over real SMTP: what is kept, and every way the sink can fail."""

import json
import smtplib
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.testing import wait_for
from sim_postbox.control import Control, NothingCameError
from sim_postbox.mail import parse_mail

SMTP_LOST = (smtplib.SMTPServerDisconnected, ConnectionResetError)


def test_a_mail_is_kept_with_text_links_and_headers(box, send):
    assert send() == {}
    mail = box.wait_for_mail("Anna@Example.com", "välkommen")
    assert mail["subject"] == "Välkommen till Mina sidor"
    assert mail["text"].startswith("Hej Åsa!\n")
    assert mail["links"] == ["https://localhost:8080/inbjudan/abc123"]
    assert (mail["from"], mail["to"]) == ("no-reply@minasidor.example", ["anna@example.com"])
    assert ["Message-ID", "<one@minasidor.example>"] in mail["headers"]
    assert box.message(mail["id"]) == mail


def test_html_attachments_and_several_recipients(box, send, mail):
    rich = mail(to="anna@example.com, bo@example.com")
    rich.add_alternative(
        '<style>p{}</style><p>Hej <a href="https://localhost:8080/x?a=1&amp;b=2">här</a></p>'
        '<a href="javascript:alert(1)">nej</a>',
        subtype="html",
    )
    rich.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="ärende.pdf")
    send(rich)
    [kept] = box.messages("bo@example.com")
    assert kept["to"] == ["anna@example.com", "bo@example.com"]
    assert kept["links"][-1] == "https://localhost:8080/x?a=1&b=2"
    assert not [link for link in kept["links"] if link.startswith("javascript")]
    assert kept["attachments"] == [{"name": "ärende.pdf", "content_type": "application/pdf", "size": 8}]


def test_a_mail_with_html_only_shows_its_words(box, send, mail):
    rich = mail()
    rich.clear_content()
    rich.set_content("<head><title>x</title></head><p>Hej</p><p>då</p>", subtype="html")
    send(rich)
    assert box.wait_for_mail("anna@example.com")["text"] == "Hej\ndå"


@pytest.mark.parametrize(
    "raw",
    [
        b"no headers at all",
        b"Content-Type: text/plain; charset=klingon\r\nSubject: =?x?q?=?=\r\n\r\n\xff\xfe",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nnever closed",
        b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%",
        b"",
    ],
)
def test_a_broken_mail_is_kept_too(running, box, raw):
    with smtplib.SMTP("127.0.0.1", running.smtp_port, timeout=10) as smtp:
        smtp.sendmail("a@example.com", ["b@example.com"], raw)
    assert box.wait_for_mail("b@example.com")["to"] == ["b@example.com"]


@given(st.binary(), st.sampled_from(["Subject", "From", "To", "Message-ID", "Content-Type"]))
def test_no_bytes_break_the_reader(junk, header):
    raw = header.encode() + b": " + junk
    for mail in (raw, raw + b"\r\n\r\n" + junk, junk):
        kept = parse_mail(mail, sender="a@example.com", recipients=("b@example.com",))
        assert kept.raw == mail
        assert json.dumps(kept.as_json(), ensure_ascii=False).encode()


def test_an_address_with_swedish_letters_is_taken(running, box, mail):
    with smtplib.SMTP("127.0.0.1", running.smtp_port, timeout=10) as smtp:
        options = ["SMTPUTF8", "BODY=8BITMIME"]
        smtp.sendmail("a@example.com", ["åsa@exämple.example"], mail().as_bytes(), options)
    assert box.messages("åsa@exämple.example")


def test_counts_are_by_message_id(box, send):
    for message_id in ("<one@x>", "<two@x>", "<one@x>"):
        send(message_id=message_id)
    assert box.counts() == {"<one@x>": 2, "<two@x>": 1}


def test_waiting_sees_only_what_came_after_the_mark(box, send):
    send(subject="Första")
    mark = box.mark()
    with pytest.raises(NothingCameError, match=r"no mail to anna@example.com"):
        box.wait_for_mail("anna@example.com", since=mark, timeout=0.1)
    sender = threading.Timer(0.1, send, kwargs={"subject": "Andra"})
    sender.start()
    assert box.wait_for_mail("anna@example.com", since=mark)["subject"] == "Andra"
    sender.join()
    assert [m["subject"] for m in box.messages("anna@example.com")] == ["Första", "Andra"]
    assert box.messages("nna@example.com") == []


def test_an_address_is_refused_for_good(box, send, mail):
    box.faults.reject("gone@example.com")
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            send(to="gone@example.com")
        assert refused.value.recipients["gone@example.com"][0] == 550
    assert set(send(mail(to="gone@example.com, anna@example.com"))) == {"gone@example.com"}
    assert box.wait_for_mail("anna@example.com")["to"] == ["anna@example.com"]
    assert box.messages("gone@example.com") == []
    assert box.faults.struck() == {"smtp.reject": 3}


def test_mail_is_refused_for_now_the_ordered_number_of_times(box, send):
    box.faults.reject_temporarily(count=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            send()
        assert refused.value.recipients["anna@example.com"][0] == 451
    assert send() == {}
    assert len(box.messages()) == 1


def test_the_connection_drops_before_data_and_nothing_is_kept(box, send):
    box.faults.drop_before_data()
    with pytest.raises(SMTP_LOST):
        send()
    assert box.messages() == []
    assert send() == {}
    assert box.counts() == {"<one@minasidor.example>": 1}


@pytest.mark.parametrize(("keep", "after_retry"), [(True, 2), (False, 1)])
def test_the_connection_drops_after_data_with_or_without_the_mail(box, send, keep, after_retry):
    box.faults.drop_after_data(keep=keep)
    with pytest.raises(SMTP_LOST):
        send()
    send()
    assert box.counts() == {"<one@minasidor.example>": after_retry}


def test_connections_are_refused_until_cleared(box, send, running):
    box.faults.smtp_refuse_connections()
    for _ in range(2):
        with pytest.raises(SMTP_LOST):
            send()
    box.faults.clear()
    assert send() == {}
    assert "Traceback" not in running.log.read_text()


def test_a_slow_answer_is_late_until_cleared_and_others_are_served(box, send):
    box.faults.smtp_slow(60, to="slow@example.com")
    late = threading.Thread(target=send, kwargs={"to": "slow@example.com"})
    late.start()
    wait_for(lambda: box.faults.struck() == {"smtp.slow": 1})
    assert send() == {}
    assert box.messages("slow@example.com") == []
    assert late.is_alive()
    box.faults.clear()
    late.join(5)
    assert len(box.messages("slow@example.com")) == 1


def test_a_fault_for_one_address_leaves_others_alone(box, send):
    box.faults.drop_before_data(to="other@example.com")
    assert send() == {}
    assert len(box.faults.remaining()) == 1


def test_memory_is_bounded_and_numbers_go_on(processes, mail):
    small = processes.start(SIM_POSTBOX_MAX_MESSAGES="3", SIM_POSTBOX_MAX_MAIL_BYTES="20000")
    box = Control(small.url)
    with smtplib.SMTP("127.0.0.1", small.smtp_port, timeout=10) as smtp:
        for number in range(5):
            smtp.send_message(mail(subject=str(number), message_id=f"<{number}@x>"))
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            smtp.send_message(mail(text="x\n" * 15_000))
    assert refused.value.smtp_code == 552
    assert [(m["subject"], m["sequence"]) for m in box.messages()] == [("2", 3), ("3", 4), ("4", 5)]
    assert len(box.counts()) == 5
    box.reset()
    assert (box.messages(), box.counts(), box.mark()) == ([], {}, 5)
