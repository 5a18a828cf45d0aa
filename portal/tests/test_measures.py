from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

HERE = "/personal/atgarder"
ONE, ACCOUNT, ME = str(UUID(int=801)), str(UUID(int=12)), str(UUID(int=1))
SUSPENSIONS = "/org-registry/v1/staff/account-suspensions"
CORRECTIONS = "/org-registry/v1/staff/link-corrections"
SEARCH = "/org-registry/v1/staff/customer-searches"
FORMS = {
    f"{HERE}/sparr": SUSPENSIONS,
    f"{HERE}/sparr/{ONE}/hav": f"{SUSPENSIONS}/{ONE}/resumptions",
    f"{HERE}/rattelse": CORRECTIONS,
    f"{HERE}/rattelse/{ONE}/hav": f"{CORRECTIONS}/{ONE}/lifts",
}


def a_suspension(**more: Any) -> dict[str, Any]:
    return {
        "id": ONE,
        "account_id": ACCOUNT,
        "reason": "suspected-misuse",
        "note": "Ärende <b>4711</b>",
        "suspended_by": ME,
        "suspended_at": "2026-11-22T08:00:00Z",
        "resume_note": None,
        "resumed_by": None,
        "resumed_at": None,
    } | more


def a_correction(**more: Any) -> dict[str, Any]:
    return {
        "id": ONE,
        "customer_number": "100001",
        "account_id": ACCOUNT,
        "reason": "Fel i kundregistret",
        "corrected_by": ME,
        "corrected_at": "2026-11-22T08:00:00Z",
        "lift_reason": None,
        "lifted_by": None,
        "lifted_at": None,
    } | more


@pytest.fixture
def desk(portal):
    """Somebody of customer service; one account is suspended and one link corrected."""

    def tell(suspensions: Any = None, corrections: Any = None) -> Any:
        portal.log_in(account=None, accounts=[], status="none", message="", staff=["customer-service"])
        for path, rows in (
            (SUSPENSIONS, [a_suspension()] if suspensions is None else suspensions),
            (CORRECTIONS, [a_correction()] if corrections is None else corrections),
        ):
            portal.api.on("GET", path, {"items": rows, "page": 1, "limit": 20, "total": len(rows)})
        for path in FORMS.values():
            portal.api.on("POST", path, {}, status=201)
        return portal

    return tell


def test_C3_for_everybody_else_it_does_not_exist(portal):
    portal.log_in()
    assert portal.get(HERE).status_code == 404
    assert {portal.post(path).status_code for path in FORMS} == {404}


def test_FB12_FK16_what_is_in_force_can_be_undone_and_what_is_undone_says_why(desk):
    page = desk().get(HERE).text
    assert "Misstänkt missbruk" in page
    assert "Ärende &lt;b&gt;4711&lt;/b&gt;" in page
    assert "Kundnummer 100001" in page
    assert page.count("Gäller") == 2
    assert all(f'action="{path}"' in page for path in FORMS if path.endswith("/hav"))
    undone = desk(
        [a_suspension(resumed_at="2026-11-22T09:00:00Z", resume_note="Utrett")],
        [a_correction(lifted_at="2026-11-22T09:00:00Z", lift_reason="Det var rätt")],
    ).get(HERE)
    assert "/hav" not in undone.text
    assert "Utrett" in undone.text
    assert "Det var rätt" in undone.text
    assert "Inga konton är spärrade" in desk([], []).get(HERE).text


@pytest.mark.parametrize(
    ("path", "fields", "sent"),
    [
        (
            f"{HERE}/sparr",
            {"account_id": ACCOUNT, "sparr": "other", "note": "4711"},
            {"account_id": ACCOUNT, "reason": "other", "note": "4711"},
        ),
        (f"{HERE}/sparr/{ONE}/hav", {"note": "Utrett"}, {"note": "Utrett"}),
        (
            f"{HERE}/rattelse",
            {"customer_number": "100001", "note": "Fel"},
            {"customer_number": "100001", "reason": "Fel"},
        ),
        (f"{HERE}/rattelse/{ONE}/hav", {"note": "Rätt"}, {"reason": "Rätt"}),
    ],
    ids=["suspend", "resume", "correct", "lift"],
)
def test_FB12_FK16_each_measure_is_sent_with_its_words(desk, path, fields, sent):
    portal = desk()
    answer = portal.post(path, fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, HERE)
    assert portal.api.sent("POST", FORMS[path]) == sent


def test_FB12_a_refusal_is_told_above_the_list(desk):
    portal = desk()
    portal.api.refuse("POST", SUSPENSIONS, 409, "account-suspended-already", detail="Kontot är redan spärrat.")
    answer = portal.post(f"{HERE}/sparr", {"account_id": ACCOUNT, "sparr": "other", "note": "4711"})
    assert answer.status_code == 409
    assert "Kontot är redan spärrat." in answer.text
    assert "Kundnummer 100001" in answer.text


def test_FB12_FK16_the_forms_stand_beside_the_account_that_was_found(desk):
    portal = desk()
    row = {"account_id": ACCOUNT, "kind": "private", "name": "Privatkonto <K>", "support_access_until": None}
    portal.api.on("POST", SEARCH, {"items": [row | {"customer_numbers": ["100001", "100002"]}]})
    page = portal.post("/personal/kunder", {"way": "customer_number", "number": "100001", "reason": "Ringde"}).text
    assert page.count(f'action="{HERE}/sparr"') == 1
    assert page.count(f'action="{HERE}/rattelse"') == 2
    assert "Spärra Privatkonto &lt;K&gt;?" in page
    ids = [part.split('"')[0] for part in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids)), "each id once, or labels lead to the wrong field"
