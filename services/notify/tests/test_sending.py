"""Real mail and real SMS against the postbox, and what it does when it misbehaves (A27, B6, B-04, D26)."""

import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.ids import new_id
from chassis.sealing import Sealer, generate_key, public_key
from chassis.testing import told, wait_for
from contracts.notify import AddressBouncedV1
from contracts.notify import Channel as ToldChannel
from notify.consumers.sending.breaker import OPENS_AFTER, Breaker
from notify.domain import ATTEMPTS_LIMIT

PHONE = "+46701740605"


def welcome(kit, **contact):
    person = kit.contact(**contact)
    kit.registered(person)
    return person


def test_T46_the_invitation_mail_has_the_link_and_goes_to_exactly_one_recipient(kit, box):
    kit.invited(email="bo@exempel.se", link="http://localhost:8080/inbjudan#kod-123")
    kit.send_all()
    (mail,) = box.messages()
    assert mail["subject"].startswith("Inbjudan")
    assert mail["to"] == ["bo@exempel.se"]
    assert "http://localhost:8080/inbjudan#kod-123" in mail["links"]
    assert "72 timmar" in mail["text"]
    assert kit.rows("SELECT sealed_recipient FROM notification") == [(None,)], "the link is not kept once it is sent"


def test_T51_T53_FC6_the_mails_of_acceptance_and_approval(kit, box):
    account, invitation, newcomer = new_id(), new_id(), kit.contact(email="ny@exempel.se")
    inviter = kit.contact(email="asa@exempel.se")
    kit.accepted(invitation, inviter_id=inviter, acceptor_id=newcomer, account_id=account)
    kit.granted(account, newcomer, role="delegate", by=inviter, invitation_id=invitation)
    kit.send_all()
    approve = box.wait_for_mail("asa@exempel.se", "godkänn")
    approved = box.wait_for_mail("ny@exempel.se", "Du är godkänd")
    assert approve["links"] == [f"http://localhost:8080/behorigheter/inbjudningar/{invitation}?konto={account}"]
    assert approved["links"] == [f"http://localhost:8080/?konto={account}"]


def test_T53_a_newcomer_without_an_address_of_his_own_is_told_at_the_invited_one(kit, box):
    account, invitation = new_id(), kit.invited(email="inbjuden@exempel.se")
    kit.granted(account, new_id(), role="delegate", invitation_id=invitation)
    kit.send_all()
    box.wait_for_mail("inbjuden@exempel.se", "Du är godkänd")


def test_D26_an_invoice_mail_holds_a_title_and_a_link_and_nothing_of_the_invoice(kit, box):
    account, person = new_id(), kit.contact()
    kit.granted(account, person)
    kit.invoice(account)
    kit.send_all()
    (mail,) = box.messages()
    assert "Ny faktura" in mail["subject"]
    assert re.fullmatch(rf"http://localhost:8080/fakturor/[0-9a-f-]{{36}}\?konto={account}", mail["links"][0])
    for secret in ("10042", "1234", "1 234", "Öberg", "kronor"):
        assert secret not in mail["text"] + mail["html"] + mail["subject"]


def test_D27_the_mail_is_in_the_persons_language(kit, box):
    account, person = new_id(), kit.contact(locale="en")
    kit.granted(account, person)
    kit.invoice(account)
    kit.send_all()
    (mail,) = box.messages()
    assert mail["subject"] == "New invoice on Mina sidor"
    assert '<html lang="en">' in mail["html"]
    assert dict(mail["headers"])["Content-Language"] == "en"


def test_B6_the_headers_are_always_the_same_and_say_that_nobody_should_answer(kit, box):
    account, person = new_id(), kit.contact()
    kit.granted(account, person)
    kit.registered(person)
    kit.invoice(account)
    kit.send_all()
    mandatory, optional = box.messages()
    fixed = ["From", "To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted"]
    fixed += ["X-Auto-Response-Suppress", "MIME-Version", "Content-Type"]
    assert sorted(name for name, _ in mandatory["headers"]) == sorted(fixed)
    assert sorted(name for name, _ in optional["headers"]) == sorted([*fixed, "List-Unsubscribe"])
    assert dict(mandatory["headers"])["Auto-Submitted"] == "auto-generated"
    assert dict(mandatory["headers"])["From"] == "Mina sidor <no-reply@localhost>"


@pytest.mark.parametrize(
    "address",
    [
        "a@b.se\r\nBcc: c@d.se",
        "a@b.se, c@d.se",
        "a@b.se>,<c@d.se",
        '"<script>"@exempel.se',
        "Anna <a@b.se>",
        "a@b.se\n",
        "a@" + "b" * 64 + ".se",
        "a" * 65 + "@b.se",
        "a@exempel.se.",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "",
    ],
)
def test_B6_C28_an_address_that_is_more_than_an_address_is_never_sent_to_and_counts_as_bounced(
    kit, box, database, address
):
    person = welcome(kit, email=address)
    kit.send_all()
    assert box.messages() == []
    assert kit.states() == {"email": ("bounced", "invalid-address")}
    (event,) = told(database, AddressBouncedV1)
    assert (event.person_id, event.channel) == (person, ToldChannel.EMAIL)


@pytest.mark.parametrize(
    ("address", "arrives"), [("anna+mina@exempel.se", None), ("anna@räksmörgås.se", "anna@xn--rksmrgs-5wao1o.se")]
)
def test_B6_plus_tags_and_international_domains_arrive(kit, box, address, arrives):
    welcome(kit, email=address)
    kit.send_all()
    (mail,) = box.messages()
    assert mail["to"] == [arrives or address]


@pytest.mark.parametrize("link", ["https://evil.example/inbjudan#x", "http://localhost:8080.evil.example/#x", ""])
def test_C28_a_link_that_leads_anywhere_else_is_not_mailed(kit, box, link):
    invitation = new_id()
    sealed = kit.sealer.seal({"email": "bo@exempel.se", "link": link})
    kit.invited(invitation_id=invitation)
    kit.execute("UPDATE notification SET sealed_recipient = :sealed", sealed=sealed)
    kit.send_all()
    assert box.messages() == []
    assert kit.states("invitation") == {"email": ("failed-permanent", "foreign-link")}


def test_D26_what_is_switched_off_is_in_the_list_and_goes_nowhere(kit, box):
    account, person = new_id(), kit.contact(phone=PHONE)
    kit.granted(account, person)
    kit.choose(person, "invoices", email=False, sms=False)
    kit.invoice(account)
    kit.send_all()
    assert box.messages() == []
    assert kit.states() == {"email": ("suppressed", "preference")}
    assert ("invoice-available", person, "addressed") in kit.notices()


def test_D26_a_mandatory_notice_is_mailed_whatever_is_stored(kit, box):
    person = kit.contact()
    kit.choose(person, "registration", email=False, sms=False)
    kit.registered(person)
    kit.send_all()
    box.wait_for_mail("anna@exempel.se", "Välkommen")


def test_S13_both_channels_where_both_are_chosen(kit, box):
    account, person = new_id(), kit.contact(phone=PHONE)
    kit.granted(account, person)
    kit.choose(person, "invoices", email=True, sms=True)
    kit.invoice(account)
    kit.send_all()
    sms = box.wait_for_sms(PHONE, "Ny faktura")
    assert sms["text"].endswith(f"?konto={account}")
    assert len(box.messages()) == 2
    assert kit.states() == {"email": ("sent", ""), "sms": ("sent", "")}


def test_D26_who_has_given_no_mail_address_gets_an_sms(kit, box):
    welcome(kit, email=None, phone=PHONE)
    kit.send_all()
    box.wait_for_sms(PHONE, "Välkommen")
    assert kit.states() == {"email": ("suppressed", "no-contact"), "sms": ("sent", "")}


def test_B_04_a_550_is_a_bounce_that_is_told_once_and_the_other_channel_is_used(kit, box, database):
    box.faults.reject("anna@exempel.se")
    account, person = new_id(), welcome(kit, phone=PHONE)
    kit.granted(account, person)
    kit.send_all()
    box.wait_for_sms(PHONE, "Välkommen")
    assert kit.states() == {"email": ("bounced", "smtp-rcpt-550"), "sms": ("sent", "fallback")} or kit.states() == {
        "email": ("bounced", "smtp-rcpt-550"),
        "sms": ("sent", ""),
    }
    struck = box.faults.struck()["smtp.reject"]
    kit.invoice(account)
    kit.send_all()
    box.wait_for_sms(PHONE, "Ny faktura")
    assert box.faults.struck()["smtp.reject"] == struck, "an address known to bounce is not tried again"
    assert [(e.person_id, e.channel) for e in told(database, AddressBouncedV1)] == [(person, ToldChannel.EMAIL)]


def test_B_04_what_bounced_with_no_other_channel_waits_and_goes_to_the_new_address(kit, box):
    box.faults.reject("anna@exempel.se")
    person = welcome(kit)
    kit.send_all()
    assert kit.notices() == [("registration-welcome", person, "waiting-for-recipient")]
    kit.contact(person, email="anna.ny@exempel.se")
    kit.send_all()
    box.wait_for_mail("anna.ny@exempel.se", "Välkommen")
    assert kit.states() == {"email": ("sent", "")}


def test_B_04_a_bounce_of_an_address_that_was_changed_meanwhile_says_nothing_of_the_new_one(kit, box, database):
    box.faults.reject("anna@exempel.se")
    person = welcome(kit)
    sender = kit.sender()
    hand_over = sender._client.send

    def change_meanwhile(message):
        kit.contact(person, email="anna.ny@exempel.se")
        return hand_over(message)

    sender._client.send = change_meanwhile
    sender.step()
    assert told(database, AddressBouncedV1) == []
    (row,) = kit.rows("SELECT email_bounced_at FROM contact")
    assert row.email_bounced_at is None


def test_6_1_an_invitation_that_cannot_be_delivered_is_told_to_the_inviter(kit, box):
    box.faults.reject("fel@exempel.se")
    inviter = kit.contact(email="asa@exempel.se")
    kit.invited(email="fel@exempel.se", inviter_id=inviter)
    kit.send_all()
    box.wait_for_mail("asa@exempel.se", "kunde inte levereras")


def test_a_policy_refusal_is_no_word_about_the_address(kit, box, database):
    box.faults.add("smtp.reject", to=None, count=None, code=550, text="5.7.1 Blocked by policy")
    welcome(kit)
    kit.send_all()
    assert kit.states() == {"email": ("failed-permanent", "smtp-rcpt-550")}
    assert told(database, AddressBouncedV1) == []


def test_a_temporary_refusal_is_tried_again_later_with_the_same_message_id(kit, box):
    box.faults.reject_temporarily("anna@exempel.se")
    welcome(kit)
    sender = kit.sender()
    assert sender.step() == 0
    assert kit.states() == {"email": ("failed-temporary", "smtp-rcpt-451")}
    assert 0 < sender.step() <= 10, "it says when it wants to look again"
    kit.make_due()
    sender.step()
    assert kit.states() == {"email": ("sent", "")}
    assert len(box.messages()) == 1


def test_it_gives_up_after_the_last_attempt_and_uses_the_other_channel(kit, box):
    box.faults.reject_temporarily("anna@exempel.se", count=None)
    welcome(kit, phone=PHONE)
    sender = kit.sender()
    for _ in range(ATTEMPTS_LIMIT):
        kit.make_due()
        sender.step()
    kit.send_all("sms")
    assert kit.states() == {"email": ("failed-permanent", "smtp-rcpt-451"), "sms": ("sent", "")}


@pytest.mark.parametrize(
    ("fault", "kept"), [("drop_before_data", 0), ("drop_after_data", 1), ("smtp_refuse_connections", 0)]
)
def test_A27_a_connection_that_breaks_loses_nothing(kit, box, fault, kept):
    getattr(box.faults, fault)(count=1)
    welcome(kit)
    sender = kit.sender()
    sender.step()
    assert kit.states()["email"][0] == "failed-temporary"
    assert len(box.messages()) == kept
    kit.make_due()
    sender.step()
    assert kit.states() == {"email": ("sent", "")}
    assert list(box.counts().values()) == [1 + kept], "whatever comes twice has the same Message-ID"


def test_A27_a_server_that_is_slow_holds_a_mail_no_longer_than_the_limit(kit, box):
    box.faults.smtp_slow(30, count=1)
    welcome(kit)
    sender = kit.sender(settings=replace(kit.settings, smtp_timeout_seconds=1))
    sender.step()
    assert kit.states() == {"email": ("failed-temporary", "smtp-SMTPServerDisconnected")}
    box.faults.clear()
    kit.make_due()
    sender.step()
    assert kit.states() == {"email": ("sent", "")}


class Dribbling:
    """A mail server that answers every line just before one would give up on it."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.over = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        connection, _ = self.socket.accept()
        with connection, suppress(OSError), connection.makefile("rb") as lines:
            connection.sendall(b"220 slow\r\n")
            for _ in lines:
                self.over.wait(self.seconds)
                connection.sendall(b"250 ok\r\n")

    def close(self):
        self.over.set()
        self.socket.close()
        self.thread.join(5)


def test_A27_the_limit_is_for_the_whole_mail_and_not_for_each_answer(kit):
    server = Dribbling(0.9)
    welcome(kit)
    sender = kit.sender(settings=replace(kit.settings, smtp_url=server.url, smtp_timeout_seconds=1))
    began = time.monotonic()
    sender.step()
    took = time.monotonic() - began
    sender.close()
    server.close()
    assert kit.states()["email"][0] == "failed-temporary"
    assert took < 1.5, "the second answer would come after 1.8 s"


def test_A27_the_breaker_opens_after_five_and_nothing_is_lost_or_counted(kit, box):
    now = [0.0]
    box.faults.smtp_refuse_connections()
    for number in range(OPENS_AFTER + 2):
        welcome(kit, email=f"anna{number}@exempel.se")
    sender = kit.sender(breaker=Breaker(lambda: now[0]))
    assert sender.step() == 0
    pause = sender.step()
    assert pause > 0
    assert box.faults.struck()["smtp.connect"] == OPENS_AFTER, "the others of the batch were not tried"
    rows = kit.rows("SELECT state, attempts FROM delivery")
    assert {row.state for row in rows} == {"failed-temporary", "queued"}
    assert {row.attempts for row in rows} == {0}
    now[0] += pause
    kit.make_due()
    sender.step()
    assert box.faults.struck()["smtp.connect"] == OPENS_AFTER + 1, "half open: one tries for all"
    box.faults.clear()
    now[0] += sender.step()
    kit.make_due()
    while sender.step() == 0:
        pass
    assert len(box.counts()) == OPENS_AFTER + 2
    assert set(box.counts().values()) == {1}


def test_a_mail_server_that_was_away_too_long_makes_it_give_up_by_age(kit, box):
    box.faults.smtp_refuse_connections()
    welcome(kit, phone=PHONE)
    kit.age(hours=kit.settings.give_up_hours)
    kit.sender().step()
    kit.send_all("sms")
    assert kit.states()["email"][0] == "failed-permanent"
    box.wait_for_sms(PHONE, "Välkommen")


@pytest.mark.slow
def test_many_mails_go_over_one_connection(kit, box, monkeypatch):
    connections = []
    for number in range(45):
        welcome(kit, email=f"anna{number}@exempel.se")
    sender = kit.sender()
    connect = sender._client._connect
    monkeypatch.setattr(sender._client, "_connect", lambda: connections.append(1) or connect())
    while sender.step() == 0:
        pass
    assert len(connections) == 1
    assert len(box.messages(kind="mail")) == 45
    assert set(box.counts().values()) == {1}


def test_a_kept_connection_that_has_died_is_replaced_without_a_failed_attempt(kit, box):
    sender = kit.sender()
    welcome(kit)
    sender.step()
    sender._client._smtp.sock.shutdown(2)
    welcome(kit, email="bo@exempel.se")
    sender.step()
    assert {row.state for row in kit.rows("SELECT state FROM delivery")} == {"sent"}


def test_two_senders_at_once_share_the_work_and_send_each_mail_once(kit, box):
    for number in range(60):
        welcome(kit, email=f"anna{number}@exempel.se")
    senders = [kit.sender(), kit.sender()]

    def work(sender):
        while sender.step() == 0:
            pass

    threads = [threading.Thread(target=work, args=(sender,)) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(box.counts()) == 60
    assert set(box.counts().values()) == {1}


def test_a_sender_that_is_told_to_stop_gives_back_what_it_has_not_tried(kit, box):
    for number in range(5):
        welcome(kit, email=f"anna{number}@exempel.se")
    sender = kit.sender()
    send = sender._client.send

    def last(message):
        sender._run.stopped = True
        return send(message)

    sender._client.send = last
    sender.step()
    rows = kit.rows("SELECT state, attempts, lease_until FROM delivery")
    assert sorted(row.state for row in rows) == ["queued"] * 4 + ["sent"]
    assert sorted(row.attempts for row in rows) == [0, 0, 0, 0, 1]


def test_a_result_that_comes_after_the_lease_was_taken_over_changes_nothing(kit, box):
    welcome(kit)
    first, second = kit.sender(), kit.sender()
    send = first._client.send

    def overtaken(message):
        kit.make_due()
        second.step()
        return send(message)

    first._client.send = overtaken
    first.step()
    (row,) = kit.rows("SELECT state, attempts FROM delivery")
    assert (row.state, row.attempts) == ("sent", 2)


def test_who_has_lost_the_account_is_not_told_of_its_invoice_any_more(kit, box):
    account, person, membership = new_id(), kit.contact(), new_id()
    kit.granted(account, person, role="delegate", membership_id=membership)
    kit.invoice(account)
    kit.removed(account, person, membership)
    kit.send_all()
    assert kit.states("invoice-available") == {"email": ("suppressed", "no-longer-member")}
    assert [mail["subject"] for mail in box.messages()] == [
        "Du är godkänd på Mina sidor",
        "Din behörighet har tagits bort",
    ]


def test_an_address_that_went_away_while_the_mail_was_queued_gives_way_to_the_other_channel(kit, box):
    person = welcome(kit)
    kit.contact(person, email=None, phone=PHONE)
    kit.send_all()
    box.wait_for_sms(PHONE, "Välkommen")
    assert kit.states()["email"] == ("suppressed", "no-contact")


def test_a_seal_for_another_key_waits_for_the_key_and_does_not_open_the_breaker(kit, box):
    import json

    other = generate_key("other")
    kit.sealer = Sealer(json.dumps(public_key(other)))
    welcome(kit)
    sender = kit.sender()
    sender.step()
    assert kit.states() == {"email": ("failed-temporary", "cannot-unseal")}
    assert sender._breaker.is_closed
    keys = json.loads(kit.settings.notify_private_jwks)["keys"]
    kit.make_due()
    kit.sender(settings=replace(kit.settings, notify_private_jwks=json.dumps({"keys": [*keys, other]}))).step()
    assert kit.states() == {"email": ("sent", "")}


# SMS


def sms_only(kit, phone=PHONE):
    return welcome(kit, email=None, phone=phone)


@pytest.mark.parametrize(
    ("fault", "fields", "state", "reason"),
    [
        ("status", {"code": 500}, "failed-temporary", "sms-500"),
        ("status", {"code": 403}, "failed-temporary", "sms-403"),
        ("status", {"code": 429}, "failed-temporary", "sms-429"),
        ("garbage", {}, "failed-temporary", "sms-nonsense"),
        ("huge", {}, "failed-temporary", "sms-ReadError"),
        ("redirect", {"text": "http://127.0.0.1:9/elsewhere"}, "failed-temporary", "sms-nonsense"),
        ("drop", {}, "failed-temporary", "sms-RemoteProtocolError"),
        ("status", {"code": 400, "text": "Invalid to number"}, "bounced", "sms-400"),
        ("status", {"code": 400, "text": "Missing key from"}, "failed-permanent", "sms-400"),
    ],
)
def test_A27_whatever_the_sms_provider_does_the_notice_is_kept(kit, box, fault, fields, state, reason):
    box.faults.sms(fault, **fields)
    sms_only(kit)
    kit.sender("sms").step()
    assert kit.states()["sms"] == (state, reason)
    if state == "failed-temporary":
        kit.make_due()
        kit.sender("sms").step()
        assert kit.states()["sms"] == ("sent", "")
        assert len(box.messages(kind="sms")) == 1


def test_A27_a_slow_sms_provider_is_left_after_the_limit(kit, box):
    box.faults.sms("slow", seconds=30)
    sms_only(kit)
    kit.sender("sms", settings=replace(kit.settings, sms_timeout_seconds=1)).step()
    assert kit.states()["sms"] == ("failed-temporary", "sms-ReadTimeout")


@pytest.mark.parametrize("number", ["+46900123456", "12", "+4670174060512345", "070-abc", "+46939100100"])
def test_B6_a_number_that_is_no_mobile_is_never_called(kit, box, number):
    sms_only(kit, phone=number)
    kit.send_all()
    assert box.messages() == []
    assert kit.states()["sms"] == ("bounced", "invalid-address")


def test_without_an_account_at_the_provider_the_other_channel_is_used(kit, box):
    account, person = new_id(), kit.contact(phone=PHONE)
    kit.granted(account, person)
    kit.choose(person, "invoices", email=False, sms=True)
    kit.invoice(account)
    kit.sender("sms", settings=replace(kit.settings, sms_user="")).step()
    kit.send_all("email")
    assert kit.states() == {"sms": ("failed-permanent", "sms-off"), "email": ("sent", "")}


def test_delivery_reports_are_asked_for_only_at_a_public_address(kit, box):
    sms_only(kit)
    kit.sender("sms").step()
    assert box.webhooks() == []
    sms_only(kit)
    kit.sender("sms", settings=replace(kit.settings, sms_webhook_url="http://127.0.0.1:9/")).step()
    (call,) = wait_for(box.webhooks)[:1]
    assert re.fullmatch(r"http://127\.0\.0\.1:9/api/notify/v1/sms-reports/[0-9a-f-]{36}/[0-9a-f]{64}", call["url"])


def test_the_retry_waits_grow_and_are_kept_in_the_database(kit, box):
    box.faults.reject_temporarily(count=None)
    welcome(kit)
    waits = []
    sender = kit.sender()
    for _ in range(3):
        kit.make_due()
        sender.step()
        (row,) = kit.rows("SELECT due_at - now() AS wait FROM delivery")
        waits.append(row.wait)
    assert waits == sorted(waits)
    assert timedelta(seconds=120) < waits[2] <= timedelta(seconds=160)
