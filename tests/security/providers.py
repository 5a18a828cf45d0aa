"""For each route with an id: a real thing of account A that the id can name.

Most follow from the routes themselves: made by the POST of the same collection, or taken from its list. What cannot be
made that way has a line here; a route without either fails and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from tests.security.matrix import OUTSIDE, Row, example_body
from tests.security.stage import Stage

from runner.journey.gateway_client import Browser, Refused, until


@dataclass(frozen=True)
class Example:
    """The ids, and the browser of somebody to whom the thing is there; None where the address itself is the secret."""

    ids: dict[str, str]
    owner: Browser | None
    body: dict[str, Any] | None = None
    """What a write sends, where the schema alone does not tell what is taken."""


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


def _delivery(stage: Stage) -> Example:
    rows = until("a delivery", lambda: stage.suite.query("notify", "SELECT id FROM delivery LIMIT 1"))
    return Example({"delivery_id": str(rows[0][0]), "mac": "x" * 43}, None)


PROVIDERS: dict[str, Callable[[Stage], Example]] = {
    "identity.poll_login": _login,
    "identity.cancel_login": _login,
    "identity.return_from_app": _login_of_an_app,
    "identity.end_session": _session,
    "identity.show_contact_change": _contact_change,
    "identity.confirm_contact_change": _contact_change,
    "org-registry.remove_membership": _owners_membership,
    "metering.get_reading": _reading,
    "metering.correct_reading": _reading,
    "notify.report_sms": _delivery,
}
"""By service and name of the view."""

__all__ = ["PROVIDERS", "Example", "example"]
