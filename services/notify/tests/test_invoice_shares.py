"""An invoice shared with somebody outside: one mail with a link, and a word to who answers for the account."""

from datetime import timedelta

import pytest

from chassis.ids import new_id, utcnow
from contracts.billing import InvoiceShareCreatedV1

LINK = "http://localhost:8080/delad-faktura#" + "t" * 43
ADDRESS = "son@exempel.se"


def shared(kit, account_id=None, sharer_id=None, *, locale="sv", valid=timedelta(days=14), link=LINK):
    return InvoiceShareCreatedV1(
        share_id=new_id(),
        invoice_id=new_id(),
        account_id=account_id or new_id(),
        sharer_id=sharer_id or new_id(),
        sealed_recipient=kit.sealer.seal({"email": ADDRESS, "link": link}),
        locale=locale,
        expires_at=utcnow() + valid,
    )


@pytest.mark.parametrize(
    ("locale", "subject"),
    [("sv", "En faktura har delats med dig"), ("en", "An invoice has been shared with you")],
)
def test_FC22_D26_the_recipient_gets_a_title_and_the_link_and_nothing_else(kit, box, locale, subject):
    kit.deliver(shared(kit, locale=locale))
    kit.send_all()
    (mail,) = box.messages()
    assert (mail["to"], mail["subject"]) == ([ADDRESS], subject)
    assert LINK in mail["text"]
    assert not any(sign.isdigit() for sign in mail["text"].replace("localhost:8080", ""))
    assert kit.rows("SELECT sealed_recipient FROM notification") == [(None,)], "the link is forgotten once it is sent"


def test_FC22_an_event_that_comes_twice_is_one_mail(kit, box):
    event, event_id = shared(kit), new_id()
    for _ in range(2):
        kit.deliver(event, event_id=event_id)
    kit.send_all()
    assert len(box.messages()) == 1


def test_FC22_what_has_run_out_before_it_could_be_sent_is_not_sent_and_not_kept(kit, box):
    kit.deliver(shared(kit, valid=timedelta()))
    kit.send_all()
    assert box.messages() == []
    assert kit.rows("SELECT sealed_recipient FROM notification") == [(None,)]


def test_FC22_C28_a_link_that_is_not_ours_is_never_mailed(kit, box):
    kit.deliver(shared(kit, link="https://evil.example/delad-faktura#" + "t" * 43))
    kit.send_all()
    assert box.messages() == []


def test_FC22_an_address_that_takes_no_mail_is_forgotten_with_its_link_and_nobody_else_is_written_to(kit, box):
    box.faults.reject(ADDRESS)
    kit.deliver(shared(kit))
    kit.send_all()
    assert box.messages() == []
    assert kit.states() == {"email": ("bounced", "smtp-rcpt-550")}
    assert kit.rows("SELECT sealed_recipient FROM notification") == [(None,)]


def test_FC22_B_07_who_answers_for_the_account_is_told_that_a_delegate_has_shared_and_a_delegate_is_not(kit, box):
    owner, delegate, other = (kit.contact(email=f"{name}@exempel.se") for name in ("anna", "bo", "cia"))
    account_id = new_id()
    kit.granted(account_id, owner)
    for person in (delegate, other):
        kit.granted(account_id, person, role="delegate", by=owner)
    kit.send_all()
    box.reset()
    kit.deliver(shared(kit, account_id, delegate))
    kit.send_all()
    mails = {mail["to"][0]: mail for mail in box.messages()}
    assert set(mails) == {ADDRESS, "anna@exempel.se"}
    assert mails["anna@exempel.se"]["subject"] == "En faktura har delats från ditt konto"
    assert f"?konto={account_id}" in mails["anna@exempel.se"]["text"]


def test_FC22_an_owner_who_shares_is_told_nothing(kit, box):
    owner = kit.contact(email="anna@exempel.se")
    account_id = new_id()
    kit.granted(account_id, owner)
    kit.send_all()
    box.reset()
    kit.deliver(shared(kit, account_id, owner))
    kit.send_all()
    assert [mail["to"] for mail in box.messages()] == [[ADDRESS]]
