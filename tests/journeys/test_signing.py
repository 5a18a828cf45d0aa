"""A signature from the order to the proof: another service asks, the person signs through the gateway, notify tells."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

import pytest

from chassis.ids import new_id
from chassis.peers import Peer
from chassis.settings import Settings
from runner.journey.gateway_client import Refused, until
from runner.journey.staff import STAFF, STAFF_NAME

pytestmark = pytest.mark.journey

GUNVOR, LINNEA = "194408139089", "200001012384"
ADDRESS = "gunvor@exempel.se"
TEXT = "# Ansökan\n\nJag intygar att **uppgifterna är riktiga**."


@pytest.fixture
def person(suite):
    someone = suite.citizen(GUNVOR, email=ADDRESS)
    someone.log_in()
    if not someone.session["registered"]:
        someone.register()
    return someone


def identity_told(suite):
    """What identity's processes are told, for an operator's command."""
    return suite.planner._told("identity")  # the planner alone knows


def verified(suite, sign_order_id):
    """The operator's command; exit status and answer."""
    command = [sys.executable, "-m", "chassis", "identity", "admin", "verify-signatures", "--sign-order", sign_order_id]
    environment = {**os.environ, **suite.planner.environment, **identity_told(suite)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout)


def ordered(suite, person, service="cases"):
    secrets, sockets = suite.planner.secrets, suite.planner.layout.sockets
    settings = Settings(service=service, database_url="", peer_private_jwk=json.dumps(secrets[f"{service}_peer_jwk"]))
    asking = Peer("identity", f"unix:{sockets / 'identity.sock'}", settings)
    order = {
        "sign_order_id": str(new_id()),
        "subject_id": str(new_id()),
        "person_id": person.session["person"]["id"],
        "purpose": "case-submission",
        "text": TEXT,
        "document_sha256": hashlib.sha256(b"the document").hexdigest(),
    }
    try:
        assert asking.post("/v1/internal/sign-orders", order)[0] == 201
    finally:
        asking.close()
    return order["sign_order_id"]


def test_S_a_person_signs_what_another_service_asks_for_and_the_proof_holds(suite, person):
    sign_order = ordered(suite, person)
    path = f"/identity/v1/sign-orders/{sign_order}"
    assert person.browser.get(path)["text"] == TEXT
    started = person.browser.post(f"{path}/starts", {"device": "other"})["attempt"]
    shown = suite.world.bankid.scan(started["qr"], GUNVOR)
    assert shown["visibleText"] == TEXT
    suite.world.bankid.approve(shown)
    done = until(
        "the signature to be made",
        lambda: (found := person.browser.post(f"{path}/polls"))["order"]["status"] != "pending" and found,
    )
    assert done["order"]["status"] == "completed"
    told = suite.world.postbox.wait_for_mail(ADDRESS, subject_contains="skrivit under", timeout=20)
    assert "riktiga" not in told["text"]
    assert verified(suite, sign_order) == (0, {"checked": 1, "anchored": True, "broken": []})


def test_S_another_person_finds_no_such_thing_to_sign(suite, person):
    sign_order = ordered(suite, person)
    other = suite.citizen(LINNEA)
    other.log_in()
    with pytest.raises(Refused) as refused:
        other.browser.get(f"/identity/v1/sign-orders/{sign_order}")
    assert (refused.value.status, refused.value.code) == (404, "sign-order-not-found")


def test_customer_service_of_the_demo_looks_a_person_up_by_number(suite, person):
    desk = suite.citizen(STAFF)
    desk.log_in()
    assert "customer-service" in desk.browser.get("/identity/v1/session")["staff"]
    asked = {"personal_number": GUNVOR, "reason": "Ringer om sin faktura"}
    found = desk.browser.post("/identity/v1/staff/person-lookups", asked)
    assert found["person_id"] == person.session["person"]["id"]
    assert desk.session["person"]["name"] == STAFF_NAME
    with pytest.raises(Refused) as refused:
        person.browser.post("/identity/v1/staff/person-lookups", asked)
    assert (refused.value.status, refused.value.code) == (403, "forbidden")
