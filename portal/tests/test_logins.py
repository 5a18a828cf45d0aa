from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest


def listed(*rows: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {"items": list(rows), "page": 1, "limit": 20, "total": len(rows) if total is None else total}


HERE = "/installningar/inloggningar"


@pytest.fixture
def logins(portal):
    portal.log_in()
    row = {
        "created_at": "2026-11-22T09:00:00Z",
        "last_seen_at": "2026-11-22T09:30:00Z",
        "device": "Firefox på Linux",
    }
    rows = [row | {"id": str(UUID(int=2)), "current": True}, row | {"id": str(UUID(int=3)), "current": False}]
    portal.api.on("GET", "/identity/v1/sessions", {"items": rows})
    record = {"id": str(UUID(int=4)), "at": "2026-11-22T09:00:00Z", "device": "Firefox på Linux"}
    portal.api.on(
        "GET",
        "/identity/v1/login-records",
        listed(
            record | {"method": "bankid", "bankid_device": "other", "result": "logged-in"},
            record | {"method": "oidc", "bankid_device": "same", "result": "logged-in"},
            total=21,
        ),
    )
    return portal


def test_B_19_FA12_open_sessions_and_history_and_this_one_is_marked(logins):
    html = logins.get(HERE).text
    assert "Den här" in html
    assert html.count('/avsluta"') == 1
    assert "BankID på en annan enhet" in html
    assert "Annan e-legitimation" in html
    assert "BankID på samma enhet" not in html, "the second e-ID is not BankID"
    assert "Sida 1 av 2" in html


def test_B_19_one_or_all_others_are_ended(logins):
    logins.api.on("DELETE", f"/identity/v1/sessions/{UUID(int=3)}", status=204)
    logins.api.on("DELETE", "/identity/v1/sessions", status=204)
    assert logins.post(f"{HERE}/{UUID(int=3)}/avsluta").headers["Location"] == HERE
    assert logins.post(f"{HERE}/avsluta-andra").headers["Location"] == HERE
    assert len(logins.api.asked("DELETE", "/identity/v1/sessions")) == 1
