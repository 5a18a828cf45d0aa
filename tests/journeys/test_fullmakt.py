"""An association without a registered signatory gets its account by a power of attorney (T22, T34-T40, D13)."""

from __future__ import annotations

import io
import subprocess
import time

import pikepdf
import pytest

from runner.journey import staff as seeded
from runner.journey.gateway_client import Refused, until
from sim_bolagsverket.companies import ASSOCIATION_NOT_IN_REGISTER

pytestmark = pytest.mark.journey

LINNEA, MOA = "200001012384", "201001192382"
FORM = "/api/org-registry/v1/power-of-attorney-form"
MINE, QUEUE = "/org-registry/v1/powers-of-attorney", "/org-registry/v1/staff/powers-of-attorney"
TICKED = {"checklist": dict.fromkeys(("organisation", "signatures", "dates", "administrator"), True)}
PDF = {"Content-Type": "application/pdf"}


@pytest.fixture(scope="module")
def clerk(suite):
    """Somebody of customer service, with the role from the operator's command, logged in."""
    command = suite.planner._staff().command()
    subprocess.run(command.argv, env=command.env, cwd=command.cwd, check=True, capture_output=True)
    member = suite.citizen(seeded.STAFF)
    member.log_in()
    return member


def logged_in(suite, number, **more):
    someone = suite.citizen(number, **more)
    someone.log_in()
    if not someone.session["registered"]:
        someone.register()
    return someone


def filled_in(suite, person):
    """The form as it is downloaded, filled in on the screen and signed."""
    answer = person.browser.send("GET", FORM)
    assert answer.status == 200
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(answer.body)) as form:
        for field in form.Root.AcroForm.Fields:
            if field.T == "organisation_name":
                field.V = "Sjöstadens IF"
        form.save(out)
    return out.getvalue()


def begun(person, address):
    body = {
        "organisation_number": ASSOCIATION_NOT_IN_REGISTER,
        "organisation_name": "Sjöstadens IF",
        "email": address,
    }
    return person.browser.post(MINE, body)


def test_T22_T34_T35_T40_D13_FB8_FB9_FK8_from_the_form_to_the_account(suite, clerk):
    kassor = logged_in(suite, LINNEA)
    with pytest.raises(Refused) as refused:
        kassor.browser.post("/org-registry/v1/company-accounts", {"organisation_number": ASSOCIATION_NOT_IN_REGISTER})
    assert refused.value.code == "not-signatory", "T22: this is why there is a power of attorney"
    document = filled_in(suite, kassor)
    address = "kassor@sjostadens-if.example"
    power = begun(kassor, address)
    assert (power["status"], power["administrator_name"]) == ("draft", kassor.session["person"]["name"])
    path, queued = f"{MINE}/{power['id']}", f"{QUEUE}/{power['id']}"
    kassor.browser.put(f"{path}/document", document, headers=PDF)
    assert kassor.browser.post(f"{path}/submissions")["status"] == "submitted"

    assert power["id"] in {row["id"] for row in clerk.browser.get(f"{QUEUE}?status=submitted&limit=100")["items"]}
    clerk.browser.post(f"{queued}/reviews")
    read = clerk.browser.send("GET", f"/api{queued}/document")
    assert (read.status, read.body) == (200, document)
    assert read.headers["Content-Disposition"].startswith("attachment;")
    assert read.headers["Content-Security-Policy"].startswith("sandbox;")
    clerk.browser.post(f"{queued}/completion-requests", {"message": "Protokollet saknas."})
    asked = suite.world.postbox.wait_for_mail(address, subject_contains="kompletteras", timeout=20)
    assert f"{suite.world.gateway_url}/fullmakt/{power['id']}" in asked["text"]
    assert "Protokollet" not in asked["text"], "D26: why stands in the portal"

    assert kassor.browser.get(path)["message"] == "Protokollet saknas."
    kassor.browser.put(f"{path}/document", document, headers=PDF)
    kassor.browser.post(f"{path}/submissions")
    clerk.browser.post(f"{queued}/reviews")
    approved = clerk.browser.post(f"{queued}/approvals", TICKED)
    assert approved["status"] == "approved"
    told = suite.world.postbox.wait_for_mail(address, subject_contains="Kontot är skapat", timeout=20)
    assert "Sjöstadens" not in told["text"]

    [account] = [row for row in kassor.accounts()["items"] if row["id"] == approved["account_id"]]
    assert (account["kind"], account["role"], account["display_name"]) == ("company", "signatory", "Sjöstadens IF")
    kassor.choose(account["id"])
    invited = until("invitations to know the account", lambda: _invite(kassor), timeout=20)
    assert invited["status"] == "sent", "T29: the administrator lets others in"

    clerk.browser.post(f"{queued}/revocations", {"reason": "Ny kassör."})
    gone = kassor.browser.send("GET", "/api/org-registry/v1/account")
    until("the right to be gone", lambda: kassor.browser.send("GET", "/api/org-registry/v1/account").status == 403, 1.5)
    assert gone.status in {200, 403}


def _invite(who):
    answer = who.browser.send("POST", "/api/invitations/v1/invitations", {"email": "ordforande@sjostadens-if.example"})
    return answer.body if answer.status == 201 else None


def test_D13_a_paper_is_registered_for_somebody_who_has_never_logged_in(suite, clerk):
    address = "papper@sjostadens-if.example"
    found = clerk.browser.post(
        "/identity/v1/staff/persons",
        {"personal_number": MOA, "name": "Moa Test Modig", "reason": "Fullmakt på papper"},
    )
    body = {
        "organisation_number": "802000-1239",
        "organisation_name": "Bagarmossens Koloniförening",
        "email": address,
        "administrator_person_id": found["person_id"],
        "administrator_name": "Moa Modig",
    }
    power = clerk.browser.post(QUEUE, body)
    queued = f"{QUEUE}/{power['id']}"
    clerk.browser.put(f"{queued}/document", filled_in(suite, clerk), headers=PDF)
    clerk.browser.post(f"{queued}/reviews")
    clerk.browser.post(f"{queued}/rejections", {"reason": "Underskrifterna stämmer inte."})
    suite.world.postbox.wait_for_mail(address, subject_contains="inte godkänd", timeout=20)
    moa = logged_in(suite, MOA)
    shown = moa.browser.get(f"{MINE}/{power['id']}")
    assert (shown["status"], shown["reason"]) == ("rejected", "Underskrifterna stämmer inte.")


def test_C24_C26_the_gateway_takes_a_file_of_ten_megabytes_and_no_larger(suite):
    person = logged_in(suite, MOA)
    path = f"{MINE}/{begun(person, 'x@exempel.se')['id']}"
    document = filled_in(suite, person)
    full = document + b"\n" * (10 * 1024 * 1024 - len(document))
    started = time.monotonic()
    assert person.browser.put(f"{path}/document", full, headers=PDF)["document"]["size"] == len(full)
    assert time.monotonic() - started < 10
    over = person.browser.send("PUT", f"/api{path}/document", full + b"\n", headers=PDF)
    assert (over.status, over.body["code"]) == (413, "too-large")
    with pytest.raises(Refused) as refused:
        person.browser.put(f"{path}/document", b"<svg xmlns='http://www.w3.org/2000/svg'/>", headers=PDF)
    assert refused.value.code == "file-type-refused"
    person.browser.delete(path)


def test_C3_the_queue_is_closed_to_everybody_else(suite, clerk):
    person = logged_in(suite, MOA)
    assert person.browser.send("GET", f"/api{QUEUE}").status == 403
    assert clerk.browser.send("GET", f"/api{QUEUE}").status == 200
