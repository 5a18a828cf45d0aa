"""Letting in exactly whom one means (FC2), and signing it with BankID so that it can be proved (FC14)."""

from __future__ import annotations

import pytest
from tests.journeys.test_portal_forms import Pages
from tests.journeys.test_signing import verified
from tests.security import canary
from tests.security.stage import home

from contracts.catalogue import SERVICES
from runner.journey.gateway_client import Refused, until
from sim_bankid.persons import PERSONS

pytestmark = pytest.mark.journey

OWNER, MEANT, WRONG = "199312172381", "199610202385", "194408139089"
INVITATIONS = "/invitations/v1/invitations"
BIND = "/identity/v1/person-bindings"


def logged_in(suite, number, **more):
    someone = suite.citizen(number, **more)
    someone.log_in()
    if not someone.session["registered"]:
        someone.register()
    return someone


@pytest.fixture(scope="module")
def owner(suite):
    """The owner of a home, acting for it, with the right to invite."""
    home(suite, OWNER)
    someone = logged_in(suite, OWNER, email="agare.fullmakt@exempel.se")
    someone.choose(until("the account", lambda: someone.accounts()["items"])[0]["id"])
    until("the right to invite", lambda: may_bind(someone))
    return someone


def may_bind(someone):
    # Asked of invitations, which must have heard of the membership too.
    found = someone.browser.send("DELETE", f"/api{INVITATIONS}/01980000-0000-7000-8000-000000000000")
    return found.body["code"] == "invitation-not-found"


@pytest.fixture(scope="module")
def meant(suite):
    return logged_in(suite, MEANT, email="menad.fullmakt@exempel.se")


@pytest.fixture(scope="module")
def wrong(suite):
    return logged_in(suite, WRONG, email="fel.fullmakt@exempel.se")


def signed(suite, person, sign_order):
    """Sign with BankID on another device; what BankID showed."""
    path = f"/identity/v1/sign-orders/{sign_order}"
    started = person.browser.post(f"{path}/starts", {"device": "other"})["attempt"]
    shown = suite.world.bankid.scan(started["qr"], person.personal_number)
    suite.world.bankid.approve(shown)
    until("the signature", lambda: person.browser.post(f"{path}/polls")["order"]["status"] == "completed")
    return shown["visibleText"]


def has_account(person, account_id):
    return str(account_id) in {item["id"] for item in person.accounts()["items"]}


def test_FC2_FC14_T43_T51_T53_C12_C30_exactly_the_person_is_let_in_and_the_mandate_can_be_proved(
    suite, owner, meant, wrong
):
    pages = Pages(owner)
    mark = suite.world.postbox.mark()
    form = pages.get("/behorigheter/ny")
    refused = form.post("/behorigheter/ny", email=meant.email, extent="read", personal_number="199610202386")
    assert refused.status == 422
    assert "Personnumret är inte giltigt" in refused.text
    sent = refused.post("/behorigheter/ny", email=meant.email, extent="read", personal_number="19961020-2385")
    assert sent.status == 303
    assert "Bunden till personnummer" in pages.get("/behorigheter").text

    # The mail reaches somebody else: the link is of no use to her, and nobody learns that she tried.
    token = meant.invitation_token(since=mark)
    with pytest.raises(Refused) as other:
        wrong.browser.post("/invitations/v1/acceptances", {"token": token})
    assert (other.value.status, other.value.code) == (403, "invitation-for-somebody-else")
    (row,) = owner.browser.get(INVITATIONS)["items"]
    assert (row["status"], row["acceptor"], row["bound"]) == ("sent", None, True)

    meant.browser.post("/invitations/v1/acceptances", {"token": token})
    here = f"/behorigheter/inbjudningar/{row['id']}"
    shown = pages.get(here)
    assert "BankID har bekräftat att det är personen vars personnummer angavs" in shown.text
    to_sign = shown.post(f"{here}/skriv-under")
    assert (to_sign.status, to_sign.location.startswith("/skriv-under/")) == (303, True)
    sign_order = to_sign.location.rsplit("/", 1)[1]
    name = PERSONS[MEANT].name
    asked = pages.get(to_sign.location)
    assert name in asked.text
    assert "för att du godkänner att någon får behörighet" in asked.text

    text = signed(suite, owner, sign_order)
    assert f"**{name}**, född 1996, får behörighet" in text
    assert "bara se" in text
    assert MEANT not in text
    assert f'href="{here}"' in pages.get(f"/skriv-under/{sign_order}").text

    until("the access", lambda: has_account(meant, owner.browser.account_id))
    assert "Underskriven med BankID" in until("the page to say so", lambda: signed_page(pages, here))
    shown = owner.browser.get(f"{INVITATIONS}/{row['id']}")
    assert (shown["status"], shown["sign_order_id"]) == ("approved", sign_order)

    assert verified(suite, sign_order) == (0, {"checked": 1, "anchored": True, "broken": []})


def signed_page(pages, path):
    text = pages.get(path).text
    return "Underskriven med BankID" in text and text


def test_FC14_declining_to_sign_leaves_the_invitation_and_a_click_withdraws_what_is_open(suite, owner, wrong):
    mark = suite.world.postbox.mark()
    made = owner.browser.post(INVITATIONS, {"email": wrong.email})
    wrong.browser.post("/invitations/v1/acceptances", {"token": wrong.invitation_token(since=mark)})
    path = f"{INVITATIONS}/{made['id']}"
    first = owner.browser.post(f"{path}/approval-signatures")
    assert owner.browser.post(f"{path}/approval-signatures") == first
    owner.browser.delete(f"/identity/v1/sign-orders/{first['sign_order_id']}")
    ended = until("the order to end", lambda: _ended(owner, path))
    assert (ended["status"], ended["reason"]) == ("not-signed", "cancelled")
    assert "Du har inte skrivit under" in Pages(owner).get(f"/behorigheter/inbjudningar/{made['id']}").text

    second = owner.browser.post(f"{path}/approval-signatures")
    assert second["sign_order_id"] != first["sign_order_id"]
    owner.browser.post(f"{path}/denials")
    order = owner.browser.get(f"/identity/v1/sign-orders/{second['sign_order_id']}")
    assert (order["status"], order["reason"]) == ("failed", "withdrawn")
    assert owner.browser.get(path)["status"] == "denied"


def _ended(owner, path):
    signature = owner.browser.get(path)["signature"]
    return signature["status"] != "ordered" and signature


def test_FC2_C33_C1_nobody_binds_without_the_right_and_the_inner_questions_are_not_there(owner, meant):
    for path in ("checks", "uses"):
        with pytest.raises(Refused) as refused:
            owner.browser.post(f"/identity/v1/internal/person-bindings/01980000-0000-7000-8000-000000000000/{path}", {})
        assert refused.value.status == 404
    meant.choose(str(owner.browser.account_id))
    with pytest.raises(Refused) as refused:
        meant.browser.post(BIND, {"personal_number": WRONG})
    assert (refused.value.status, refused.value.code) == (403, "forbidden"), "who may only look invites nobody"


def test_FC2_C38_C39_after_it_all_no_personal_number_stands_anywhere(suite):
    scanner = canary.Scanner(
        needle for number in (OWNER, MEANT, WRONG, "199610202386") for needle in canary.personal_number(number)
    )
    places = [place for service in SERVICES for place in canary.dump(suite, service)]
    simulators = ("bankid", "bolagsverket", "postbox", "batch-billing", "background", "spar")
    places += [
        place for place in canary.logs(suite) if not place[0].startswith(tuple(f"log {name}" for name in simulators))
    ]
    assert {"log access.log", "log portal.web.log", "log invitations.web.log"} <= {where for where, _ in places}
    assert [hit for where, data in places for hit in scanner.hits(where, data)] == []
