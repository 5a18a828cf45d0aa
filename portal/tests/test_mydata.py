from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest


def listed(*rows: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {"items": list(rows), "page": 1, "limit": 20, "total": len(rows) if total is None else total}


HERE, EXPORTS, ERASURES = "/installningar/mina-uppgifter", "/identity/v1/data-exports", "/identity/v1/erasures"
RECEIPTS = "/identity/v1/erasure-receipts"
EXPORT = {
    "id": str(UUID(int=8)),
    "status": "ready",
    "requested_at": "2026-11-22T09:00:00Z",
    "ready_at": "2026-11-22T09:01:00Z",
    "expires_at": "2026-11-29T09:01:00Z",
    "size": 100,
    "waiting_for": [],
    "missing": ["orders"],
    "parts": [],
}
ERASURE = {
    "id": str(UUID(int=9)),
    "status": "done",
    "step": "erasure",
    "requested_at": "2026-11-22T09:00:00Z",
    "closed_at": None,
    "waiting_for": [],
    "reasons": [],
    "reports": [
        {
            "service": "billing",
            "erased": ["Betalningar"],
            "kept": [{"what": "Fakturor", "why": "Bokföringslagen", "until": "2033-12-31"}],
        }
    ],
}


@pytest.fixture
def mine(portal):
    portal.log_in()
    portal.api.on("GET", EXPORTS, listed(EXPORT))
    portal.api.on("GET", ERASURES, listed())
    kept = {"service": "billing", "what": "Fakturor", "kept_for": "7 år", "why": "Bokföringslagen"}
    portal.api.on("GET", "/identity/v1/retention", {"items": [kept]})
    return portal


def test_B_21_FJ8_FJ10_the_file_what_is_missing_in_it_and_how_long_each_kind_is_kept(mine):
    html = mine.get(HERE).text
    for part in (f"{HERE}/fil/{EXPORT['id']}", "orders", "7 år", "29 november 2026"):
        assert part in html


def test_B_21_asking_for_it(mine):
    mine.api.on("POST", EXPORTS, EXPORT | {"status": "collecting"}, status=201)
    assert mine.post(f"{HERE}/hamta").status_code == 303


def test_FJ8_an_old_login_is_made_anew_with_bankid_and_leads_back(mine):
    mine.api.refuse("POST", EXPORTS, 403, "login-too-old")
    answer = mine.post(f"{HERE}/hamta")
    assert answer.status_code == 403
    assert 'action="/logga-in"' in answer.text
    assert f'name="next" value="{HERE}"' in answer.text


def test_B_21_the_file_is_handed_on_to_be_saved(mine):
    mine.api.on("GET", f"{EXPORTS}/{EXPORT['id']}/file", {"zip": True})
    answer = mine.get(f"{HERE}/fil/{EXPORT['id']}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"


def test_FJ8_erasing_needs_a_mark_that_it_is_meant(mine):
    answer = mine.post(f"{HERE}/radera")
    assert answer.status_code == 422
    assert mine.api.asked("POST", ERASURES) == []
    mine.api.on("POST", ERASURES, ERASURE | {"status": "collecting"}, status=201)
    answer = mine.post(f"{HERE}/radera", {"confirm": "yes"})
    assert answer.headers["Location"] == f"/radering/{ERASURE['id']}"
    assert mine.api.sent("POST", ERASURES) == {"confirm": True}


def test_FJ8_the_receipt_is_read_without_a_login(portal):
    portal.api.on("GET", f"{RECEIPTS}/{ERASURE['id']}", ERASURE)
    html = portal.get(f"/radering/{ERASURE['id']}").text
    for part in ("Betalningar", "Fakturor", "Bokföringslagen", "31 december 2033"):
        assert part in html


def test_FJ8_before_it_is_done_the_person_sees_how_it_goes_and_why_it_was_refused(mine):
    reasons = [{"service": "billing", "code": "unpaid", "text": "Det finns en obetald faktura."}]
    row = ERASURE | {"status": "refused", "reports": [], "reasons": reasons}
    mine.api.on("GET", f"{ERASURES}/{ERASURE['id']}", row)
    assert "Det finns en obetald faktura." in mine.get(f"/radering/{ERASURE['id']}").text


@pytest.mark.parametrize("asked", [f"{ERASURES}/{ERASURE['id']}", "/org-registry/v1/accounts"])
def test_FJ8_whoever_is_erased_while_the_page_is_made_gets_the_receipt_and_not_the_login_page(mine, asked):
    mine.api.on("GET", f"{ERASURES}/{ERASURE['id']}", ERASURE | {"status": "collecting", "reports": []})
    mine.api.refuse("GET", asked, 401, "session-ended")
    mine.api.on("GET", f"{RECEIPTS}/{ERASURE['id']}", ERASURE)
    answer = mine.get(f"/radering/{ERASURE['id']}")
    assert answer.status_code == 200
    assert "Bokföringslagen" in answer.text
    assert "Logga ut" not in answer.text, "nobody is logged in any more"


def test_FJ8_whoever_comes_back_as_a_stranger_reads_the_receipt_too(mine):
    mine.api.refuse("GET", f"{ERASURES}/{ERASURE['id']}", 403, "registration-required")
    mine.api.on("GET", f"{RECEIPTS}/{ERASURE['id']}", ERASURE)
    assert "Bokföringslagen" in mine.get(f"/radering/{ERASURE['id']}").text
