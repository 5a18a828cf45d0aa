"""For each route with an id: a real thing of account A that the id can name.

Most follow from the routes themselves: made by the POST of the same collection, or taken from its list. What cannot be
made that way has a line here; a route without either fails and says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from tests.security.matrix import OUTSIDE, Row, example_body
from tests.security.stage import Stage, home

from chassis.ids import new_id
from chassis.peers import Peer
from chassis.settings import Settings
from runner.journey.gateway_client import Browser, Refused, until

TOLVAN = "191212121212"
"""Nobody in the matrix."""


@dataclass(frozen=True)
class Example:
    """The ids, and the browser of somebody to whom the thing is there; None where the address itself is the secret."""

    ids: dict[str, str]
    owner: Browser | None
    body: dict[str, Any] | None = None
    """What a write sends, where the schema alone does not tell what is taken."""
    file: bytes | None = None
    """What is sent instead of JSON where the route takes a PDF."""

    @property
    def sent(self) -> dict[str, Any]:
        """The arguments of ``ask`` for a file."""
        return {} if self.file is None else {"data": self.file, "headers": {"Content-Type": "application/pdf"}}


def example(stage: Stage, row: Row) -> Example:
    """A real thing for the route; fails with what to add where there is none."""
    if row.key in PROVIDERS:
        return PROVIDERS[row.key](stage)
    collection = row.path.split("/<")[0]
    if len(row.parameters) == 1:
        name, owner = row.parameters[0], stage.browser("A1")
        for other in OUTSIDE:
            if (other.service, other.path) != (row.service, collection) or other.access not in {"account", "person"}:
                continue
            if other.method == "POST":
                try:
                    made = owner.post(f"/{row.service}{collection}", example_body(other))
                except Refused as refused:
                    pytest.fail(f"{row}: {other} refuses {example_body(other)} ({refused}). {_missing(row)}")
                return Example({name: made["id"]}, owner)
        for other in OUTSIDE:
            if (other.service, other.path, other.method) == (row.service, collection, "GET"):
                listed = until(f"something at {collection}", lambda: owner.get(f"/{row.service}{collection}")["items"])
                return Example({name: listed[0]["id"]}, owner)
    pytest.fail(f"{row}: no example of a thing of account A. {_missing(row)}")


def _missing(row: Row) -> str:
    return f"Add {row.key!r} to PROVIDERS in {__name__}"


def _login(stage: Stage) -> Example:
    browser = Browser(stage.suite.world.gateway_url)
    started = browser.post("/identity/v1/logins", {"device": "other"})
    return Example({"login_id": started["login_id"]}, browser)


def _login_of_an_app(stage: Stage) -> Example:
    browser = Browser(stage.suite.world.gateway_url)
    started = browser.post("/identity/v1/logins", {"device": "same"})
    return Example({"login_id": started["login_id"]}, None)


def _session(stage: Stage) -> Example:
    other = stage.spares()["A1"].get("/identity/v1/session")
    return Example({"session_id": other["session_id"]}, stage.browser("A1"))


def _contact_change(stage: Stage) -> Example:
    owner = stage.browser("A1")
    if "contact change" not in stage.objects:
        stage.objects["contact change"] = owner.post("/identity/v1/contact-changes", {"email": "ny.sara@exempel.se"})
    ids = {"change_id": stage.objects["contact change"]["contact_change_id"]}
    return Example(ids, owner, {"code": "000000"})


def _finished(stage: Stage, path: str, body: dict[str, Any] | None) -> Example:
    # The newest that there is, so that asking again does not run into "three a day".
    owner = stage.browser("A1")
    if not owner.get(path)["items"]:
        owner.post(path, body)

    def newest() -> Any:
        found = owner.get(path)["items"][0]
        return found["status"] != "collecting" and found

    made = until(f"{path} to be finished", newest, 60)
    return Example({path.rsplit("/", 1)[1].removesuffix("s").replace("data-", "") + "_id": made["id"]}, owner)


def _export(stage: Stage) -> Example:
    return _finished(stage, "/identity/v1/data-exports", None)


def _erasure(stage: Stage) -> Example:
    # Refused: A1 has an agreement.
    return _finished(stage, "/identity/v1/erasures", {"confirm": True})


def _no_receipt(stage: Stage) -> Example:
    # What was refused has none: a receipt is read by its number alone, by somebody who is nobody any more.
    return Example(_erasure(stage).ids, None)


def _owners_membership(stage: Stage) -> Example:
    # The owner's: asking to remove it is refused by D2, so nothing is lost by proving that it is there.
    return Example({"membership_id": stage.memberships["A1"]}, stage.browser("A1"))


def _reading(stage: Stage) -> Example:
    owner = stage.browser("A1")
    if "reading" not in stage.objects:
        point = until("the metering point", lambda: owner.get("/metering/v1/metering-points")["items"])[0]
        body = {
            "metering_point_id": point["id"],
            "value_m3": point["last_reading"]["value_m3"] + 30,
            "read_on": str(date.today()),
        }
        stage.objects["reading"] = owner.post("/metering/v1/readings", body)["id"]
    return Example({"reading_id": stage.objects["reading"]}, owner)


def _support_access(stage: Stage) -> Example:
    # One that has ended: to end it again changes nothing, and the one that S looks by stands.
    return Example({"access_id": stage.objects["ended support access"]}, stage.browser("A1"))


def _nobodys_account(stage: Stage) -> tuple[str, str]:
    """A customer number and its account, of somebody who is nobody else in the matrix."""
    if "nobody's account" not in stage.objects:
        customer = home(stage.suite, TOLVAN)
        linked = "SELECT account_id FROM customer WHERE customer_number = %s AND account_id IS NOT NULL"
        rows = until("the account", lambda: stage.suite.query("org-registry", linked, customer))
        stage.objects["nobody's account"] = (customer, str(rows[0][0]))
    found: tuple[str, str] = stage.objects["nobody's account"]
    return found


def _suspension(stage: Stage) -> Example:
    if "suspension" not in stage.objects:
        _, account = _nobodys_account(stage)
        body = {"account_id": account, "reason": "other", "note": "matris"}
        stage.objects["suspension"] = stage.browser("S").post("/org-registry/v1/staff/account-suspensions", body)["id"]
    return Example({"suspension_id": stage.objects["suspension"]}, None)


def _link_correction(stage: Stage) -> Example:
    if "link correction" not in stage.objects:
        customer, _ = _nobodys_account(stage)
        body = {"customer_number": customer, "reason": "matris"}
        made = stage.browser("S").post("/org-registry/v1/staff/link-corrections", body)
        stage.objects["link correction"] = made["id"]
    return Example({"correction_id": stage.objects["link correction"]}, None)


def _looked_up(stage: Stage, request: str) -> None:
    # A job looks whose number it is: it must not do so while a test counts what has changed.
    sought = "SELECT 1 FROM access_request WHERE id = %s AND sought_at IS NOT NULL"
    until("the request to be looked up", lambda: stage.suite.query("org-registry", sought, request), 30)


def _own_access_request(stage: Stage) -> Example:
    owner = stage.browser("A1")
    if "access request" not in stage.objects:
        made = owner.post("/org-registry/v1/access-requests", {"customer_number": "MATRIS-1"})["id"]
        _looked_up(stage, made)
        stage.objects["access request"] = made
    return Example({"request_id": stage.objects["access request"]}, owner)


def _received_access_request(stage: Stage) -> Example:
    # The body lets nobody in: the owner is told that the day has passed, so the account's people stay who they are.
    if "received access request" not in stage.objects:
        numbers = "SELECT customer_number FROM customer WHERE account_id = %s"
        ((number,),) = stage.suite.query("org-registry", numbers, stage.account_a)
        asker = stage.suite.citizen(TOLVAN)
        asker.log_in()
        made = asker.browser.post("/org-registry/v1/access-requests", {"customer_number": number})["id"]
        _looked_up(stage, made)
        stage.objects["received access request"] = made
    return Example(
        {"request_id": stage.objects["received access request"]}, stage.browser("A1"), {"ends_on": "2020-01-01"}
    )


def _denied_access_request(stage: Stage) -> Example:
    made = _received_access_request(stage)
    return Example(made.ids, made.owner, {})


def _delivery(stage: Stage) -> Example:
    rows = until("a delivery", lambda: stage.suite.query("notify", "SELECT id FROM delivery LIMIT 1"))
    return Example({"delivery_id": str(rows[0][0]), "mac": "x" * 43}, None)


def _power(stage: Stage) -> Example:
    owner = stage.browser("A1")
    if "power" not in stage.objects:
        body = {"organisation_number": "802000-1239", "organisation_name": "Sjöstadens IF", "email": "x@exempel.se"}
        stage.objects["power"] = owner.post("/org-registry/v1/powers-of-attorney", body)["id"]
    form = owner.send("GET", "/api/org-registry/v1/power-of-attorney-form").body
    return Example({"power_id": stage.objects["power"]}, owner, file=form)


def _queued_power(stage: Stage) -> Example:
    if "queued power" not in stage.objects:
        owner = stage.browser("A1")
        body = {"organisation_number": "802000-1239", "organisation_name": "Sjöstadens IF", "email": "x@exempel.se"}
        power = owner.post("/org-registry/v1/powers-of-attorney", body)["id"]
        path = f"/org-registry/v1/powers-of-attorney/{power}"
        form = owner.send("GET", "/api/org-registry/v1/power-of-attorney-form").body
        owner.put(f"{path}/document", form, headers={"Content-Type": "application/pdf"})
        owner.post(f"{path}/submissions")
        stage.objects["queued power"] = power
    return Example({"power_id": stage.objects["queued power"]}, stage.browser("S"))


def _sign_order(stage: Stage) -> Example:
    # As the service cases asks, with its own key over identity's socket: there is no way through the gateway.
    owner, planner = stage.browser("A1"), stage.suite.planner
    settings = Settings(
        service="cases", database_url="", peer_private_jwk=json.dumps(planner.secrets["cases_peer_jwk"])
    )
    asking = Peer("identity", f"unix:{planner.layout.sockets / 'identity.sock'}", settings)
    order = {
        "sign_order_id": str(new_id()),
        "subject_id": str(new_id()),
        "person_id": owner.get("/identity/v1/session")["person"]["id"],
        "purpose": "case-submission",
        "text": "Jag skriver under.",
        "document_sha256": "ab" * 32,
    }
    status, _ = asking.post("/v1/internal/sign-orders", order)
    assert status == 201
    asking.close()
    return Example({"sign_order_id": order["sign_order_id"]}, owner, {"device": "other"})


def _sign_attempt(stage: Stage) -> Example:
    made = _sign_order(stage)
    stage.browser("A1").post(f"/identity/v1/sign-orders/{made.ids['sign_order_id']}/starts", {"device": "other"})
    return Example(made.ids, made.owner)


def _sign_attempt_of_an_app(stage: Stage) -> Example:
    # The nonce is in the address that the app returns to, so even the owner's guess is nobody's.
    return Example(_sign_attempt(stage).ids, None, {"nonce": "x" * 43})


def _share(stage: Stage, address: str) -> Any:
    """A1's invoice, shared with ``address``."""
    owner = stage.browser("A1")
    invoice = until("the invoice", lambda: owner.get("/billing/v1/invoices")["items"])[0]
    return owner.post(f"/billing/v1/invoices/{invoice['id']}/shares", {"email": address})


def _invoice_share(stage: Stage) -> Example:
    return Example({"share_id": _share(stage, f"delning.{new_id().hex}@exempel.se")["id"]}, stage.browser("A1"))


def _shared_invoice(stage: Stage) -> Example:
    reader = stage.browser("A3")
    if "shared invoice" not in stage.objects:
        address = "delad.faktura@exempel.se"
        made = _share(stage, address)
        mail = stage.suite.world.postbox.wait_for_mail(address, timeout=20)
        token = next(link for link in mail["links"] if "#" in link).rpartition("#")[2]
        stage.invitation_tokens.append(token)
        reader.post("/billing/v1/invoice-share-openings", {"token": token})
        stage.objects["shared invoice"] = made["id"]
    return Example({"share_id": stage.objects["shared invoice"]}, reader)


PROVIDERS: dict[str, Callable[[Stage], Example]] = {
    "identity.poll_login": _login,
    "identity.cancel_login": _login,
    "identity.return_from_app": _login_of_an_app,
    "identity.end_session": _session,
    "identity.show_contact_change": _contact_change,
    "identity.confirm_contact_change": _contact_change,
    "identity.show_data_export": _export,
    "identity.fetch_data_export": _export,
    "identity.show_erasure": _erasure,
    "identity.show_erasure_receipt": _no_receipt,
    "identity.show_sign_order": _sign_order,
    "identity.start_signature": _sign_order,
    "identity.poll_signature": _sign_attempt,
    "identity.return_from_signing": _sign_attempt_of_an_app,
    "identity.leave_signature": _sign_attempt,
    "identity.cancel_sign_order": _sign_order,
    "org-registry.remove_membership": _owners_membership,
    "org-registry.end_support_access": _support_access,
    "org-registry.resume_account": _suspension,
    "org-registry.lift_link_correction": _link_correction,
    "org-registry.withdraw_access_request": _own_access_request,
    "org-registry.grant_account_access_request": _received_access_request,
    "org-registry.deny_account_access_request": _denied_access_request,
    "org-registry.put_power_of_attorney_document": _power,
    "org-registry.get_queued_power": _queued_power,
    "org-registry.get_queued_document": _queued_power,
    "org-registry.put_queued_document": _queued_power,
    "org-registry.take_power": _queued_power,
    "org-registry.approve_power": _queued_power,
    "org-registry.reject_power": _queued_power,
    "org-registry.ask_for_completion": _queued_power,
    "org-registry.revoke_power": _queued_power,
    "metering.get_reading": _reading,
    "metering.correct_reading": _reading,
    "notify.report_sms": _delivery,
    "billing.end_invoice_share": _invoice_share,
    "billing.get_shared_invoice": _shared_invoice,
}
"""By service and name of the view."""

__all__ = ["PROVIDERS", "Example", "example"]
