"""How the app opens orders, and what one person's orders do to each other."""

from __future__ import annotations

import pytest

from sim_bankid.control import Control, ControlError
from sim_bankid.domain.hints import FAILED, PENDING
from sim_bankid.persons import PERSONS
from sim_bankid.testing import RelyingParty, assert_error, b64

KARIN = "199908072391"
TOLVAN = PERSONS["191212121212"]


def refused(code: str) -> pytest.RaisesExc:
    return pytest.raises(ControlError, check=lambda error: error.code == code)


@pytest.mark.parametrize("person", PERSONS.values(), ids=lambda person: person.personal_number)
def test_every_test_person_can_log_in(rp: RelyingParty, control: Control, person: object) -> None:
    order = rp.auth()
    control.open(order["autoStartToken"], person)
    assert rp.hint(order) == ("pending", "userSign")
    control.approve(order)
    completion = rp.completion(order)
    assert completion["user"] == {
        "personalNumber": person.personal_number,
        "name": f"{person.given_name} {person.surname}",
        "givenName": person.given_name,
        "surname": person.surname,
    }
    assert completion["bankIdIssueDate"][:4].isdigit()


def test_completion_data_is_complete(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    control.approve(control.open(order["autoStartToken"], KARIN))
    answer = rp.collect(order)
    assert answer.keys() == {"orderRef", "status", "completionData"}
    assert answer["completionData"].keys() == {
        "user", "device", "bankIdIssueDate", "stepUp", "signature", "ocspResponse",
    }  # fmt: skip
    assert answer["completionData"]["device"].keys() == {"ipAddress", "uhi"}
    assert answer["completionData"]["stepUp"] == {"mrtd": False}


def test_the_same_device_shows_the_browsers_address(rp: RelyingParty, control: Control) -> None:
    order = rp.auth(endUserIp="203.0.113.50")
    control.approve(control.open(order["autoStartToken"], KARIN))
    assert rp.completion(order)["device"]["ipAddress"] == "203.0.113.50"


def test_another_device_shows_its_own_address(rp: RelyingParty, control: Control) -> None:
    order = rp.auth(endUserIp="203.0.113.50")
    control.approve(control.pick(order, TOLVAN))
    assert rp.completion(order)["device"]["ipAddress"] == TOLVAN.ip_address


def test_the_device_is_the_same_every_time(rp: RelyingParty, control: Control) -> None:
    seen = set()
    for _ in range(2):
        order = rp.auth()
        control.approve(control.open(order["autoStartToken"], KARIN))
        seen.add(rp.completion(order)["device"]["uhi"])
    assert len(seen) == 1


def test_risk_is_told_only_to_those_who_ask(rp: RelyingParty, control: Control) -> None:
    silent, asking = rp.auth(), rp.auth(returnRisk=True)
    control.approve(control.open(silent["autoStartToken"], KARIN), risk="high")
    control.approve(control.open(asking["autoStartToken"], TOLVAN), risk="high")
    assert "risk" not in rp.completion(silent)
    assert rp.completion(asking)["risk"] == "high"


def test_what_was_prepared_counts_when_the_person_approves(rp: RelyingParty, control: Control) -> None:
    order = rp.auth(returnRisk=True)
    control.prepare(order, risk="moderate", ip_address="2001:db8::5", mrtd=True)
    control.approve(control.open(order["autoStartToken"], KARIN))
    completion = rp.completion(order)
    assert completion["risk"] == "moderate"
    assert completion["device"]["ipAddress"] == "2001:db8::5"
    assert completion["stepUp"] == {"mrtd": True}


@pytest.mark.parametrize(
    ("allowed", "risk", "status"),
    [
        ("low", "low", "complete"),
        ("low", "moderate", "failed"),
        ("moderate", "moderate", "complete"),
        ("moderate", "high", "failed"),
    ],
)
def test_a_risk_above_the_requirement_is_blocked(
    rp: RelyingParty, control: Control, allowed: str, risk: str, status: str
) -> None:
    order = rp.auth(requirement={"risk": allowed})
    control.approve(control.open(order["autoStartToken"], KARIN), risk=risk)
    answer = rp.collect(order)
    assert answer["status"] == status
    assert answer.get("hintCode") == (None if status == "complete" else "transactionRiskBlocked")


def test_a_demanded_document_is_read(rp: RelyingParty, control: Control) -> None:
    order = rp.auth(requirement={"mrtd": True})
    control.open(order["autoStartToken"], KARIN)
    assert rp.hint(order) == ("pending", "userMrtd")
    control.approve(order)
    assert rp.completion(order)["stepUp"] == {"mrtd": True}


@pytest.mark.parametrize("hint", [*PENDING, "somethingNew"])
def test_any_pending_hint(rp: RelyingParty, control: Control, hint: str) -> None:
    order = rp.auth()
    control.hint(order, hint)
    assert rp.hint(order) == ("pending", hint)


@pytest.mark.parametrize("hint", [*FAILED, "somethingNew"])
def test_any_failure(rp: RelyingParty, control: Control, hint: str) -> None:
    order = rp.auth()
    control.fail(order, hint)
    assert rp.collect(order) == {
        "orderRef": order["orderRef"], "status": "failed", "hintCode": hint,
    }  # fmt: skip


def test_nobody_can_approve_an_order_that_is_not_open(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    with refused("notOpened"):
        control.approve(order)
    control.open(order["autoStartToken"])
    with refused("notOpened"):
        control.approve(order)


def test_an_order_is_opened_once(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    control.open(order["autoStartToken"], KARIN)
    with refused("alreadyOpened"):
        control.open(order["autoStartToken"], TOLVAN)


@pytest.mark.parametrize("action", ["approve", "cancel"])
def test_a_finished_order_stays_finished(rp: RelyingParty, control: Control, action: str) -> None:
    order = rp.auth()
    control.cancel(control.open(order["autoStartToken"], KARIN))
    with refused("notWaiting"):
        getattr(control, action)(order)


def test_unknown_tokens_orders_and_persons(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    with refused("noSuchOrder"):
        control.open("131daac9-16c6-4618-beb0-365768f37288", KARIN)
    with refused("noSuchOrder"):
        control.approve("131daac9-16c6-4618-beb0-365768f37288")
    with refused("noSuchPerson"):
        control.open(order["autoStartToken"], "191212121213")


def test_another_person_than_the_demanded_one_has_no_usable_id(rp: RelyingParty, control: Control) -> None:
    order = rp.sign(requirement={"personalNumber": KARIN})
    with refused("noUsableId"):
        control.open(order["autoStartToken"], TOLVAN)
    assert rp.hint(order) == ("pending", "started")
    control.advance(30)
    assert rp.hint(order) == ("failed", "startFailed")


@pytest.mark.parametrize(
    ("policies", "usable"),
    [
        (["1.2.3.4.25"], True),
        (["1.2.752.78.1.5"], True),
        (["1.2.752.78.*"], True),
        (["1.2.3.4.10", "1.2.3.4.25"], True),
        (["1.2.3.4.10"], False),
        (["1.2.752.71.*"], False),
    ],
)
def test_certificate_policies_choose_who_may(
    rp: RelyingParty, control: Control, policies: list[str], *, usable: bool
) -> None:
    order = rp.auth(requirement={"certificatePolicies": policies})
    if usable:
        control.open(order["autoStartToken"], KARIN)
    else:
        with refused("noUsableId"):
            control.open(order["autoStartToken"], KARIN)


# ---- one running order per person
def test_naming_a_person_with_a_running_order_ends_both(rp: RelyingParty, control: Control) -> None:
    first = rp.sign(requirement={"personalNumber": KARIN})
    second = rp.post(
        "sign",
        {
            "endUserIp": "::1",
            "userVisibleData": b64("Två"),
            "requirement": {"personalNumber": KARIN},
        },
    )
    assert_error(second, 400, "alreadyInProgress")
    assert rp.hint(first) == ("failed", "cancelled")
    assert len(control.orders()) == 1
    assert rp.sign(requirement={"personalNumber": KARIN})["orderRef"]


def test_an_order_the_person_opened_counts_as_running(rp: RelyingParty, control: Control) -> None:
    first = rp.auth()
    control.open(first["autoStartToken"], KARIN)
    response = rp.post("phone/auth", {"personalNumber": KARIN, "callInitiator": "RP"})
    assert_error(response, 400, "alreadyInProgress")
    assert rp.hint(first) == ("failed", "cancelled")


def test_an_order_that_ran_out_is_not_running(rp: RelyingParty, control: Control) -> None:
    rp.sign(requirement={"personalNumber": KARIN})
    control.advance(30)
    assert rp.sign(requirement={"personalNumber": KARIN})["orderRef"]


def test_opening_a_new_order_cancels_the_persons_earlier_one(rp: RelyingParty, control: Control) -> None:
    earlier, other, later = rp.auth(), rp.auth(), rp.auth()
    control.open(earlier["autoStartToken"], KARIN)
    control.open(other["autoStartToken"], TOLVAN)
    control.open(later["autoStartToken"], KARIN)
    assert rp.hint(earlier) == ("failed", "cancelled")
    assert rp.hint(other) == ("pending", "userSign")
    assert rp.hint(later) == ("pending", "userSign")


def test_orders_without_a_person_run_side_by_side(rp: RelyingParty) -> None:
    for order in [rp.auth(), rp.auth()]:
        assert rp.hint(order) == ("pending", "outstandingTransaction")


# ---- telephone
def test_a_telephone_order_is_confirmed_in_the_app(rp: RelyingParty, control: Control) -> None:
    order = rp.phone_auth(KARIN)
    control.pick(order, KARIN)
    assert rp.hint(order) == ("pending", "userCallConfirm")
    control.approve(order)
    assert rp.completion(order)["user"]["personalNumber"] == KARIN


def test_a_telephone_order_is_for_the_named_person_only(rp: RelyingParty, control: Control) -> None:
    order = rp.phone_auth(KARIN)
    with refused("noUsableId"):
        control.pick(order, TOLVAN)


def test_a_person_who_is_not_in_a_call_can_say_so(rp: RelyingParty, control: Control) -> None:
    order = rp.phone_auth(KARIN)
    control.fail(control.pick(order, KARIN), "userDeclinedCall")
    assert rp.hint(order) == ("failed", "userDeclinedCall")
