from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest


def listed(*rows: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {"items": list(rows), "page": 1, "limit": 20, "total": len(rows) if total is None else total}


HERE = "/installningar/aktivitet"


@pytest.fixture
def log(portal):
    portal.log_in()
    row = {
        "id": str(UUID(int=6)),
        "at": "2026-11-22T09:00:00Z",
        "actor": {"kind": "support", "name": "Moa Test"},
        "account_id": str(UUID(int=11)),
        "service": "billing",
        "action": "list_invoices",
        "text": "Tittade på: Lista fakturor",
        "reason": "Kunden ringde",
    }
    for path in ("activities", "account-activities"):
        portal.api.on("GET", f"/activity/v1/{path}", listed(row))
    return portal


def test_FJ6_FC19_also_customer_service_stands_there_with_name_and_reason(log):
    html = log.get(HERE).text
    for part in ("Tittade på: Lista fakturor", "Moa Test (Kundservice)", "Kunden ringde", "Storgatan 1"):
        assert part in html


def test_FC19_the_accounts_log_for_days_in_sweden(log):
    log.get(f"{HERE}?visa=konto&fran=2026-11-01&till=2026-11-02")
    (call,) = log.api.asked("GET", "/activity/v1/account-activities")
    params = dict(call.url.params)
    assert (params["from"], params["to"]) == ("2026-11-01T00:00:00+01:00", "2026-11-03T00:00:00+01:00")


def test_FJ6_a_day_that_is_none_is_said_at_its_field(log):
    answer = log.get(f"{HERE}?fran=nyss")
    assert answer.status_code == 422
    assert 'href="#field-fran"' in answer.text


def test_FJ6_without_an_account_there_is_the_own_log(log):
    log.log_in(account=None)
    assert log.get(f"{HERE}?visa=konto").status_code == 200
    assert log.api.asked("GET", "/activity/v1/account-activities") == []
