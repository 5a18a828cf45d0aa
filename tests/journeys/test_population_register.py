"""FJ3 through the gateway: what the population register says reaches its person alone, and nobody waits for it."""

from __future__ import annotations

import pytest
from tests.journeys.test_portal_forms import Pages
from tests.security import canary

from contracts.catalogue import SERVICES
from runner.journey.gateway_client import Refused, until

pytestmark = pytest.mark.journey

KARIN, GUNVOR, MARTA = "199908072391", "194408139089", "199312172381"
STREET, SECOND_NAME = "Provgränd 3 lgh 1102", "Karin Elisabet"
PROTECTED = "Skyddad identitet"
CONTACT = "/installningar/kontaktuppgifter"


@pytest.fixture
def newcomer(suite):
    """``newcomer(KARIN)``: logs in for the first time, and confirms the registration."""

    def enter(number):
        someone = suite.citizen(number, email=f"{number[:6]}@exempel.se")
        someone.log_in()
        someone.register()
        return someone

    return enter


def customer(suite, number, name):
    """The billing system names a customer with a water agreement, and where."""
    system = suite.world.billing_system
    system.agreement(
        system.customer(number, name=name, email=f"{number[:6]}@exempel.se"),
        street="Avtalsgatan 4",
        postal_code="58115",
        city="Exempelstad",
        starts_on="2026-01-01",
        meter_number=f"VM-{number[-4:]}",
        digits=5,
        start_value=1,
        expected_yearly_use=75,
    )


def approved(inviter, invitation_id):
    """Approve; False while the acceptance is on its way."""
    try:
        inviter.browser.post(f"/invitations/v1/invitations/{invitation_id}/approvals")
    except Refused:
        return False
    return True


def entry(person):
    return person.browser.get("/identity/v1/me")["population_register"]


def test_FJ3_FJ4_S6_the_registered_name_and_address_reach_the_person_and_stand_nowhere_in_clear(suite, newcomer):
    karin = newcomer(KARIN)
    shown = until("the register to have been asked", lambda: entry(karin), 60)
    assert shown["address"] == {"lines": [STREET], "postal_code": "58223", "town": "LINKÖPING", "country": None}
    assert karin.browser.get("/identity/v1/prefill")["address"] == shown["address"]
    page = Pages(karin).get(CONTACT).text
    for part in ("Från folkbokföringen", "Karin Elisabet Test Persson", STREET, "582 23 LINKÖPING", "Skatteverket"):
        assert part in page
    assert karin.browser.get("/identity/v1/session")["person"]["name"] == "Karin Test Persson", "BankID's, as before"
    karin.log_in()
    asked = [call["number"] for call in suite.world.spar.calls()]
    assert asked.count(KARIN) == 1, "not at each login"
    scanner = canary.Scanner(
        needle for secret in (STREET, SECOND_NAME) for needle in canary.forms(secret, {"as it is": secret})
    )
    logs = [(where, said) for where, said in canary.logs(suite) if where != "log spar.log"]
    assert any(where == "log identity.worker.log" and b"population-register-answered" in said for where, said in logs)
    places = [*logs, *(place for service in SERVICES for place in canary.dump(suite, service))]
    assert [hit for where, said in places for hit in scanner.hits(where, said)] == []


def test_FJ3_FJ9_a_mark_in_the_register_protects_the_identity_in_the_other_services_too(suite, newcomer):
    suite.world.spar.protect(MARTA)
    marta = newcomer(MARTA)
    customer(suite, KARIN, "Karin Test Persson")
    shown = until("the register to have been asked", lambda: entry(marta), 60)
    assert (shown["name"], shown["address"], shown["protected"]) == (None, None, True)
    # Whoever lets her in sees what others see of her.
    karin = suite.citizen(KARIN)
    karin.enter()
    mark = suite.world.postbox.mark()
    invited = karin.browser.post("/invitations/v1/invitations", {"email": marta.email})
    marta.browser.post("/invitations/v1/acceptances", {"token": marta.invitation_token(since=mark)})
    until("the acceptance to be known", lambda: approved(karin, invited["id"]), 60)
    members = until(
        "the membership",
        lambda: [m for m in karin.browser.get("/org-registry/v1/memberships")["items"] if m["name"] == PROTECTED],
        60,
    )
    assert [member["invitation_id"] for member in members] == [invited["id"]]
    page = Pages(marta).get(CONTACT).text
    assert "Dina uppgifter är skyddade" in page
    assert "Sagostigen" not in page


def test_A27_FJ3_a_register_that_never_answers_is_noticed_by_nobody(suite, newcomer):
    spar = suite.world.spar
    spar.faults.slow(600, count=None)
    try:
        gunvor = newcomer(GUNVOR)
        until("the register to be kept busy", lambda: [c for c in spar.calls(GUNVOR) if c["fault"] == "slow"], 60)
        gunvor.log_in()
        assert entry(gunvor) is None
        assert "folkbokföringen" not in Pages(gunvor).get(CONTACT).text
        assert gunvor.browser.get("/identity/v1/prefill")["address"] is None
    finally:
        spar.faults.clear()
