"""A company's people: how they come in, and that they can let others in."""

from __future__ import annotations

import pytest

from runner.journey.gateway_client import until
from sim_bolagsverket import companies

pytestmark = pytest.mark.journey

EBBA = "200001052380"
CHOOSABLE = {"id", "kind", "display_name", "role", "read_only", "services", "membership_id"}


def test_T33_T29_a_signatory_logs_in_for_the_company_as_for_himself_and_lets_somebody_in(suite):
    ebba = suite.citizen(EBBA, email="ebba.bolag@exempel.se")
    ebba.log_in()
    if not ebba.session["registered"]:
        ebba.register()
    opened = ebba.browser.post(
        "/org-registry/v1/company-accounts", {"organisation_number": companies.MANAGING_DIRECTOR}
    )
    ebba.browser.delete("/identity/v1/session")

    again = suite.citizen(EBBA)
    session = again.log_in()
    assert session["registered"] is True, "the registration is asked for once, whatever the account"
    [company] = [item for item in again.accounts()["items"] if item["id"] == opened["account_id"]]
    assert set(company) >= CHOOSABLE
    assert (company["kind"], company["role"], company["read_only"]) == ("company", "signatory", False)
    again.choose(company["id"])
    assert again.browser.get("/org-registry/v1/account")["id"] == company["id"]
    address = f"kollega-{company['id'][:8]}@exempel.se"
    invited = until("invitations to know the account", lambda: _invite(again, address), timeout=20)
    assert invited["status"] == "sent"


def _invite(who, address):
    answer = who.browser.send("POST", "/api/invitations/v1/invitations", {"email": address})
    return answer.body if answer.status == 201 else None
