"""What goes to one sealed address and nowhere else: the code to a new one, the warning to the old one (T67)."""

from datetime import timedelta

import pytest

from chassis.ids import new_id, utcnow
from chassis.testing import told
from contracts.identity import ContactConfirmationRequestedV1, ContactReplacedV1
from contracts.notify import AddressBouncedV1, Channel

PHONE = "+46701740605"


def ask(kit, *, channel="email", valid=timedelta(minutes=10), locale="sv", **sealed):
    kit.deliver(
        ContactConfirmationRequestedV1(
            contact_change_id=new_id(),
            person_id=kit.contact(email="gammal@exempel.se", phone="+46701740606"),
            channel=Channel(channel),
            sealed_recipient=kit.sealer.seal(sealed),
            locale=locale,
            expires_at=utcnow() + valid,
        )
    )


def test_T67_the_code_is_mailed_to_the_new_address_and_not_to_the_one_in_use(kit, box):
    ask(kit, email="ny@exempel.se", code="012345")
    kit.send_all()
    (mail,) = box.messages()
    assert mail["to"] == ["ny@exempel.se"]
    assert "012345" in mail["text"]
    assert "012345" in mail["html"]
    assert "012345" not in mail["subject"]
    assert kit.rows("SELECT sealed_recipient FROM notification") == [(None,)]


def test_T67_the_code_to_a_number_goes_by_sms_in_the_persons_language(kit, box):
    ask(kit, channel="sms", locale="en", phone=PHONE, code="654321")
    kit.send_all()
    (sms,) = box.messages()
    assert (sms["to"], sms["text"]) == ([PHONE], "Your code for Mina sidor: 654321")


def test_T67_a_code_that_has_lost_its_worth_is_not_sent_and_not_kept(kit, box):
    ask(kit, email="ny@exempel.se", code="012345", valid=timedelta())
    kit.send_all()
    assert box.messages() == []
    assert kit.states() == {"email": ("suppressed", "expired")}
    assert kit.rows("SELECT sealed_recipient FROM notification") == [(None,)]


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12a456", "<b>1</b>"])
def test_C28_what_is_no_code_is_not_sent(kit, box, code):
    ask(kit, email="ny@exempel.se", code=code)
    kit.send_all()
    assert box.messages() == []
    assert kit.states() == {"email": ("failed-permanent", "no-code")}


def test_T67_a_new_address_that_bounces_uses_no_other_channel_and_says_nothing_of_the_address_in_use(
    kit, box, database
):
    box.faults.reject("ny@exempel.se")
    ask(kit, email="ny@exempel.se", code="012345")
    kit.send_all()
    assert box.messages() == []
    assert kit.states() == {"email": ("bounced", "smtp-rcpt-550")}
    assert told(database, AddressBouncedV1) == []
    assert kit.rows("SELECT sealed_recipient FROM notification") == [(None,)]
    (row,) = kit.rows("SELECT email_bounced_at FROM contact")
    assert row.email_bounced_at is None


def test_T67_the_old_address_is_warned(kit, box):
    kit.deliver(
        ContactReplacedV1(
            person_id=kit.contact(email="ny@exempel.se"),
            channel=Channel.EMAIL,
            sealed_recipient=kit.sealer.seal({"email": "gammal@exempel.se"}),
            locale="sv",
            replaced_at=utcnow(),
        )
    )
    kit.send_all()
    (mail,) = box.messages()
    assert mail["to"] == ["gammal@exempel.se"]
    assert mail["subject"] == "Dina kontaktuppgifter har ändrats"
    assert "List-Unsubscribe" not in dict(mail["headers"])
