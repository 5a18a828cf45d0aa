from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest


def listed(*rows: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {"items": list(rows), "page": 1, "limit": 20, "total": len(rows) if total is None else total}


HERE, PATH = "/installningar/kundservice", "/org-registry/v1/support-accesses"
ROW = {
    "id": str(UUID(int=7)),
    "granted_at": "2026-11-22T09:00:00Z",
    "until": "2999-01-01T00:00:00Z",
    "ended_at": None,
    "granted_by_me": True,
    "views": [{"at": "2026-11-22T09:10:00Z", "staff_name": "Moa Test", "reason": "Kunden ringde"}],
}


@pytest.fixture
def account(portal):
    portal.log_in()
    portal.api.on("GET", PATH, listed())
    return portal


def test_B_22_FK10_it_is_given_for_a_chosen_time(account):
    account.api.on("POST", PATH, ROW, status=201)
    assert "Ett dygn" in account.get(HERE).text
    assert account.post(HERE, {"hours": "4"}).status_code == 303
    assert account.api.sent("POST", PATH) == {"hours": 4}


def test_B_22_FJ6_who_has_looked_and_why_is_seen_and_it_can_be_ended(account):
    account.api.on("GET", PATH, listed(ROW))
    html = account.get(HERE).text
    for part in ("Moa Test", "Kunden ringde", "Avsluta nu"):
        assert part in html
    account.api.on("DELETE", f"{PATH}/{ROW['id']}", status=204)
    assert account.post(f"{HERE}/{ROW['id']}/avsluta").headers["Location"] == HERE


@pytest.mark.parametrize(
    "more", [{"ended_at": "2026-11-22T10:00:00Z"}, {"until": "2020-01-01T10:00:00Z"}], ids=["ended", "over"]
)
def test_B_22_what_is_over_stands_under_earlier(account, more):
    account.api.on("GET", PATH, listed(ROW | more))
    html = account.get(HERE).text
    assert "Avsluta nu" not in html
    assert "Tidigare" in html
    assert "Moa Test" in html
