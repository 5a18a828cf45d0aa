"""Signing with BankID in a browser: what another service asks for is read, signed, stopped and declined."""

from __future__ import annotations

import hashlib
import json

import pytest
from tests.browser.conftest import OPPOSITES, Look

from chassis.ids import new_id
from chassis.peers import Peer
from chassis.settings import Settings
from runner.journey.gateway_client import until
from runner.journey.seed import KARIN

pytestmark = pytest.mark.journey

TEXT = "# Ansökan\n\nJag intygar att **uppgifterna är riktiga**."


def _words(visitor, swedish, english):
    return english if visitor.look.english else swedish


def _ordered(lived, valid_minutes=60):
    """An order for whoever logged in last, asked for as the service cases does; the address of its page."""
    (row,) = lived.query("identity", "SELECT person_id FROM session ORDER BY created_at DESC LIMIT 1")
    secrets, sockets = lived.planner.secrets, lived.planner.layout.sockets
    settings = Settings(service="cases", database_url="", peer_private_jwk=json.dumps(secrets["cases_peer_jwk"]))
    asking = Peer("identity", f"unix:{sockets / 'identity.sock'}", settings)
    order = {
        "sign_order_id": str(new_id()),
        "subject_id": str(new_id()),
        "person_id": str(row[0]),
        "purpose": "case-submission",
        "text": TEXT,
        "document_sha256": hashlib.sha256(b"the document").hexdigest(),
        "valid_minutes": valid_minutes,
    }
    try:
        assert asking.post("/v1/internal/sign-orders", order)[0] == 201
    finally:
        asking.close()
    return f"/skriv-under/{order['sign_order_id']}"


def _show_code(visitor):
    visitor.press(_words(visitor, "Visa QR-kod", "Show the QR code"))
    visitor.page.locator(".qr svg").wait_for()
    return visitor.begun()


def test_S_signed_by_qr_in_every_look_after_the_text_has_been_read(visitor, lived):
    visitor.log_in(KARIN)
    page = _ordered(lived)
    visitor.go(page)
    visitor.page.locator(".sign-text strong", has_text="uppgifterna är riktiga").wait_for()
    visitor.check_accessible()
    order = _show_code(visitor)
    visitor.check_accessible()
    assert visitor.bankid.order(order)["visibleText"] == TEXT
    visitor.bankid.fail(order, "userCancel")
    visitor.says(_words(visitor, "Åtgärden avbröts", "The action was cancelled"))
    visitor.before = visitor.waiting()
    visitor.press(_words(visitor, "Försök igen", "Try again"))
    visitor.identify(KARIN)
    visitor.says(_words(visitor, "Du har skrivit under", "You have signed"))
    assert visitor.path == page
    visitor.check_accessible()


@OPPOSITES
def test_S_T13_C16_signed_on_this_device_and_nothing_of_the_nonce_stays_in_the_address(visitors, look, lived):
    person, other, stranger = visitors(look), visitors(look), visitors(look)
    person.log_in(KARIN)
    other.log_in(KARIN)
    page = _ordered(lived)
    person.go(page)
    person.page.route("**/?autostarttoken=*", lambda route: route.fulfill(status=204))
    person.press(person.words("BankID på denna enhet", "BankID on this device"))
    order = person.open_app(KARIN)
    person.check_accessible()
    person.bankid.approve(order)
    missing = person.words(
        "Vi hittar ingen underskrift som hör till den här webbläsaren",
        "We find no signature that belongs to this browser",
    )
    other.come_back(order)
    other.says(missing)
    other.check_accessible()
    stranger.come_back(order)
    stranger.says(missing if look.script else stranger.words("Du har loggats ut", "You have been logged out"))
    stranger.check_accessible()
    person.come_back(order)
    person.page.wait_for_url(f"**{page}")
    person.says(person.words("Du har skrivit under", "You have signed"))


def test_S_stopped_left_and_declined(person, lived):
    person.log_in(KARIN)
    page = _ordered(lived)
    person.go(page)
    order = _show_code(person)
    person.press("Avbryt")
    person.says("Inget är underskrivet")
    person.check_accessible()
    until("the order to end", lambda: order not in person.waiting())
    order = _show_code(person)
    person.go("/kakor")
    until("the order to end when the page is left", lambda: order not in person.waiting())
    person.go(page)
    person.press("Jag vill inte skriva under")
    person.says("Avstå från att skriva under?")
    person.check_accessible()
    person.press("Avstå")
    person.says("Du avstod från att skriva under.")
    person.says("Det går inte längre att skriva under")
    person.check_accessible()


def test_S_declined_without_script(visitors, lived):
    person = visitors(Look("phone-without-script", phone=True, script=False))
    person.log_in(KARIN)
    person.go(_ordered(lived))
    person.page.get_by_text("Jag vill inte skriva under").click()
    person.press("Avstå")
    person.says("Du avstod från att skriva under.")
