"""What somebody with less than everything is shown: a reader, a narrowed service, a suspended account (D22, FB12)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

HOME, COMPANY = str(UUID(int=11)), str(UUID(int=12))
WHY = "Kontot är spärrat för säkerhets skull."
NOTHING = {"items": [], "page": 1, "limit": 100, "total": 0}


def an_account(account_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": account_id,
        "kind": "private",
        "display_name": "Storgatan 1",
        "role": "owner",
        "read_only": False,
        "services": None,
        "membership_id": str(UUID(int=21)),
    } | more


def _with_list(portal, **access):
    portal.log_in(accounts=[an_account(HOME, **access)])
    for path in ("/invitations/v1/invitations", "/org-registry/v1/memberships"):
        portal.api.on("GET", path, NOTHING)
    portal.api.refuse("GET", "/org-registry/v1/membership-review", 404, "account-not-found")
    return portal.get("/behorigheter")


@pytest.mark.parametrize("path", ["/behorigheter/ny", "/matare/avlasningar/ny"])
def test_D22_who_may_only_read_has_no_page_to_change_something_on(portal, path):
    portal.log_in(accounts=[an_account(HOME, read_only=True)])
    for answer in (portal.get(path), portal.post(path, {"email": "a@exempel.se"})):
        assert answer.status_code == 403
        assert "Det här får du inte göra" in answer.text
    assert not [call for call in portal.api.calls if call.method != "GET"]


def test_D22_the_list_invites_nobody_to_invite_who_may_only_read(portal):
    page = _with_list(portal, read_only=True)
    assert page.status_code == 200, "and that there is no review for this reader is no fault"
    assert "bjuda in fler" not in page.text
    assert "/behorigheter/ny" not in page.text


@pytest.mark.parametrize(
    ("services", "metered"), [(None, True), (["water", "waste"], True), (["waste"], False), (["broadband"], False)]
)
def test_D22_the_menu_has_meters_for_whom_may_see_services_with_meters(portal, services, metered):
    page = _with_list(portal, services=services, role="delegate")
    assert ('href="/matare"' in page.text) is metered


def test_FB12_a_suspended_account_says_why_and_cannot_be_chosen(portal):
    shut = an_account(COMPANY, kind="company", display_name="Bageriet AB", notice=WHY)
    portal.log_in(accounts=[an_account(HOME), shut])
    page = portal.get("/konto").text
    assert WHY in page
    assert "Spärrat" in page
    assert f'value="{HOME}"' in page
    assert f'value="{COMPANY}"' not in page
