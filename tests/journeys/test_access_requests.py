"""FC16: somebody asks to be let in to a company's account, by the pages and the gateway alone."""

from __future__ import annotations

import re

import pytest
from tests.journeys.test_portal_forms import Pages

from runner.journey.gateway_client import Refused, until
from sim_bolagsverket import companies

pytestmark = pytest.mark.journey

EBBA, SARA, GUNVOR = "200001052380", "199610202385", "194408139089"
MESSAGE = "Jag sköter fakturorna från och med i dag."


@pytest.fixture
def entered(suite):
    """``entered(SARA)``: somebody who has logged in and registered, with an address of that name."""

    def log_in(number: str, name: str):
        citizen = suite.citizen(number, email=f"{name}.fragar@exempel.se")
        citizen.log_in()
        if not citizen.session["registered"]:
            citizen.register()
        return citizen

    return log_in


def test_FC16_T18_D22_who_asks_is_let_in_by_the_signatory_to_what_she_chooses(suite, entered):
    ebba, sara = entered(EBBA, "ebba"), entered(SARA, "sara")
    account = ebba.browser.post(
        "/org-registry/v1/company-accounts", {"organisation_number": companies.MANAGING_DIRECTOR}
    )["account_id"]
    ebba.choose(account)
    asker, signatory = Pages(sara), Pages(ebba)

    assert 'href="/be-om-behorighet"' in asker.get("/konto").text, asker.status
    form = {"kind": "company", "number": companies.MANAGING_DIRECTOR, "message": MESSAGE}
    assert asker.get("/be-om-behorighet").post("/be-om-behorighet", **form).status == 303
    assert "Ingen har svarat än." in asker.get("/be-om-behorighet").text
    assert companies.MANAGING_DIRECTOR not in asker.text
    assert asker.post("/be-om-behorighet", **form).status == 409, "one open request for one number"

    mail = suite.world.postbox.wait_for_mail("ebba.fragar@exempel.se", "ber om behörighet", timeout=40)
    for private in (MESSAGE, "Sara"):
        assert private not in mail["text"] + mail["subject"], "a title and a link (D26)"
    path = re.search(r"/behorigheter/forfragningar/[0-9a-f-]{36}", mail["links"][0])[0]
    assert path in signatory.get("/behorigheter").text
    assert MESSAGE in signatory.get(path).text
    assert signatory.post(path, extent="read", ends_on="").status == 303

    mine = [row for row in sara.accounts()["items"] if row["id"] == account]
    assert [(row["role"], row["read_only"]) for row in mine] == [("delegate", True)]
    sara.choose(account)
    assert sara.browser.get("/org-registry/v1/account")["id"] == account
    assert "Kontot finns bland dina konton." in asker.get("/be-om-behorighet").text
    suite.world.postbox.wait_for_mail("sara.fragar@exempel.se", "Du är godkänd", timeout=20)
    path = "/org-registry/v1/account-access-requests"
    assert sara.browser.get(path)["items"] == [], "a delegate answers nobody (T50)"
    with pytest.raises(Refused) as refused:
        sara.browser.post(f"{path}/{account}/grants", {})
    assert refused.value.status == 403, "who may only look gives nothing"


def test_FC16_C30_T52_a_denial_is_told_and_a_number_that_is_nobodys_just_waits(suite, entered):
    ebba, gunvor = entered(EBBA, "ebba"), entered(GUNVOR, "gunvor")
    opened = ebba.browser.post("/org-registry/v1/company-accounts", {"organisation_number": companies.PARTNERSHIP})
    ebba.choose(opened["account_id"])
    asked = [
        gunvor.browser.post("/org-registry/v1/access-requests", body)
        for body in (
            {"organisation_number": companies.PARTNERSHIP},
            {"organisation_number": companies.DEPUTY_AND_AUDITOR},
            {"customer_number": "FINNS-INTE-1"},
        )
    ]
    assert {answer["status"] for answer in asked} == {"sent"}
    assert len({tuple(sorted(answer)) for answer in asked}) == 1

    path = "/org-registry/v1/account-access-requests"
    [row] = until("the request", lambda: ebba.browser.get(path)["items"], 30)
    assert row["id"] == asked[0]["id"]
    ebba.browser.post(f"{path}/{row['id']}/denials")

    listed = {row["id"]: row["status"] for row in gunvor.browser.get("/org-registry/v1/access-requests")["items"]}
    assert [listed[answer["id"]] for answer in asked] == ["denied", "sent", "sent"]
    suite.world.postbox.wait_for_mail("gunvor.fragar@exempel.se", "inte fått behörighet", timeout=20)
    gunvor.browser.delete(f"/org-registry/v1/access-requests/{asked[1]['id']}")
    listed = {row["id"]: row["status"] for row in gunvor.browser.get("/org-registry/v1/access-requests")["items"]}
    assert listed[asked[1]["id"]] == "withdrawn"
