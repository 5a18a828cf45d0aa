"""What is told of a power of attorney (T40, D13): where the form says, once, and nothing but a title and a link."""

import pytest

from chassis.ids import new_id, utcnow
from contracts.org_registry import (
    AccountKind,
    AccountOpenedV1,
    MembershipGrantedV1,
    PowerChannel,
    PowerOfAttorneyDecidedV1,
    PowerOfAttorneySubmittedV1,
    PowerOutcome,
    Role,
)

TITLES = {
    ("approved", "sv"): "Kontot är skapat",
    ("approved", "en"): "The account has been created",
    ("rejected", "sv"): "Fullmakten är inte godkänd",
    ("rejected", "en"): "The power of attorney was not approved",
    ("needs-completion", "sv"): "Fullmakten behöver kompletteras",
    ("needs-completion", "en"): "The power of attorney is incomplete",
}


def decide(kit, *, outcome="approved", locale="sv", person=None, power=None, event_id=None, account=None):
    power = power or new_id()
    kit.deliver(
        PowerOfAttorneyDecidedV1(
            power_of_attorney_id=power,
            person_id=person or new_id(),
            outcome=PowerOutcome(outcome),
            account_id=account,
            sealed_recipient=kit.sealer.seal({"email": "kassor@exempel.se"}),
            locale=locale,
            decided_at=utcnow(),
        ),
        event_id=event_id,
    )
    return power


@pytest.mark.parametrize(("outcome", "locale"), TITLES, ids="-".join)
def test_T40_D13_the_administrator_is_mailed_at_the_address_of_the_form(kit, box, outcome, locale):
    power = decide(kit, outcome=outcome, locale=locale, person=kit.contact(email="annan@exempel.se", locale="sv"))
    kit.send_all()
    (mail,) = box.messages()
    assert (mail["to"], mail["subject"]) == (["kassor@exempel.se"], TITLES[outcome, locale])
    assert f"http://localhost:8080/fullmakt/{power}" in mail["text"]
    assert kit.rows("SELECT sealed_recipient FROM notification") == [(None,)], "the address is not kept"


def test_T40_a_person_without_any_contact_is_mailed_too(kit, box):
    decide(kit)
    kit.send_all()
    assert [mail["to"] for mail in box.messages()] == [["kassor@exempel.se"]]


@pytest.mark.parametrize("channel", ["digital", "paper"])
def test_D13_the_administrator_gets_a_receipt_also_for_a_paper(kit, box, channel):
    power = new_id()
    kit.deliver(
        PowerOfAttorneySubmittedV1(
            power_of_attorney_id=power,
            person_id=new_id(),
            channel=PowerChannel(channel),
            completed=False,
            sealed_recipient=kit.sealer.seal({"email": "kassor@exempel.se"}),
            locale="sv",
            submitted_at=utcnow(),
        )
    )
    kit.send_all()
    (mail,) = box.messages()
    assert (mail["to"], mail["subject"]) == (["kassor@exempel.se"], "Vi har tagit emot fullmakten")
    assert "Vi meddelar dig via mail när kontot är skapat." in " ".join(mail["text"].split())
    assert f"http://localhost:8080/fullmakt/{power}" in mail["text"]


def test_D26_the_notice_is_in_the_persons_list(kit):
    person = kit.contact()
    decide(kit, person=person)
    assert [(template, who) for template, who, *_ in kit.notices()] == [("power-approved", person)]


def test_T40_the_same_event_twice_is_one_mail(kit, box):
    event, power, person = new_id(), new_id(), kit.contact()
    for _ in range(2):
        decide(kit, person=person, power=power, event_id=event)
    kit.send_all()
    assert len(box.messages()) == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)], ids=str)
def test_T40_B_07_one_mail_tells_the_administrator_and_the_signatories_are_told_of_the_newcomer(kit, box, order):
    account, power = new_id(), new_id()
    administrator, signatory = kit.contact(email="annan@exempel.se"), kit.contact(email="chef@exempel.se")
    kit.granted(account, signatory, role="signatory")
    events = [
        lambda: kit.deliver(
            AccountOpenedV1(
                account_id=account,
                kind=AccountKind.COMPANY,
                display_name="Sjöstadens IF",
                opened_at=utcnow(),
                power_of_attorney_id=power,
            )
        ),
        lambda: kit.deliver(
            MembershipGrantedV1(
                membership_id=new_id(),
                account_id=account,
                person_id=administrator,
                role=Role.SIGNATORY,
                read_only=False,
                services=(),
                ends_on=None,
                granted_by=None,
                invitation_id=None,
                granted_at=utcnow(),
                power_of_attorney_id=power,
            )
        ),
        lambda: decide(kit, person=administrator, power=power, account=account),
    ]
    for place in order:
        events[place]()
    kit.send_all()
    assert sorted((mail["to"][0], mail["subject"]) for mail in box.messages()) == [
        ("chef@exempel.se", "En person har fått behörighet till ditt konto"),
        ("kassor@exempel.se", "Kontot är skapat"),
    ]
