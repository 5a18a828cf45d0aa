from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from chassis import ids

HOME, POINT = str(UUID(int=11)), str(UUID(int=201))
NB = "\N{NO-BREAK SPACE}"
PARTS = {
    "invoices": "/billing/v1/invoices",
    "points": "/metering/v1/metering-points",
    "me": "/identity/v1/me",
    "invitations": "/invitations/v1/invitations",
    "review": "/org-registry/v1/membership-review",
    "costs": "/billing/v1/costs",
    "use": "/metering/v1/consumption",
    "notices": "/notify/v1/notifications",
    "support": "/org-registry/v1/support-accesses",
}


@pytest.fixture(autouse=True)
def november():
    with ids.use(clock=lambda: datetime(2026, 11, 22, 9, 0, tzinfo=UTC)):
        yield


def invoice(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": str(UUID(int=number)),
        "invoice_number": str(number),
        "due_on": "2026-12-15",
        "remaining_ore": 91200,
        "overdue": False,
    } | more


def point(**more: Any) -> dict[str, Any]:
    return {
        "id": POINT,
        "service_area": "water",
        "address": {"street": "Exempelgatan 1", "postal_code": "58115", "city": "Exempelstad"},
        "ends_on": None,
        "last_reading": {"value_m3": 1342, "read_on": "2026-09-30", "source": "customer"},
        "can_report": True,
    } | more


def months() -> dict[str, Any]:
    rows = [
        {"month": month, "use_litres": 1000 * month, "days_covered": 30, "quality": "measured"}
        for month in range(1, 13)
    ]
    return {"metering_point_id": POINT, "year": 2026, "use_litres": 78000, "quality": "measured", "months": rows}


@pytest.fixture
def overview(portal):
    """``overview(invoices=[...])``: the page, where everything else is empty."""

    def show(account: Any = None, failing: Any = (), staff: Any = (), **parts: Any) -> Any:
        portal.log_in(accounts=account, staff=list(staff))
        answers = {
            "invoices": {"items": parts.get("invoices", [])},
            "points": {"items": parts.get("points", [])},
            "me": {"email_bounced": False, "phone_bounced": False} | parts.get("me", {}),
            "invitations": {"items": parts.get("invitations", [])},
            "review": {"due": parts.get("review", False)},
            "costs": {"year": 2026, "total_ore": 376200, "areas": [], "months": []},
            "use": months(),
            "notices": {"items": parts.get("notices", [])},
            "support": {"items": parts.get("support", [])},
        }
        for name, path in PARTS.items():
            portal.api.on("GET", path, answers[name])
        for name, (status, code) in dict(failing).items():
            portal.api.refuse("GET", PARTS[name], status, code)
        return portal.get("/oversikt")

    return show


def test_T57_T1_T2_T3_after_login_there_is_a_menu_of_everything(overview):
    page = overview().text
    assert "Hej Karin!" in page
    menu = page[page.index('id="menu-title"') :]
    for href, said in (
        ("/fakturor", "Se mina fakturor"),
        ("/kostnader", "Kostnader"),
        ("/forbrukning", "Förbrukning"),
        ("/matare", "Mätare och avläsningar"),
        ("/behorigheter", "Behörigheter"),
        ("/installningar", "Ändra inställningar"),
        ("/foretagskonto", "Skapa företagskonto"),
        ("/fullmakt", "Fullmakt"),
    ):
        assert f'href="{href}"' in menu
        assert said in menu


def test_FJ5_once_a_year_it_asks_whether_the_contact_details_are_right(overview):
    asked = overview(me={"contact_review_due": True}).text
    assert "Stämmer dina kontaktuppgifter?" in asked
    assert 'class="todo-link" href="/installningar/kontaktuppgifter"' in asked
    lost = overview(me={"contact_review_due": True, "email_bounced": True}).text
    assert "Stämmer dina kontaktuppgifter?" not in lost, "an address that does not work is asked about already"
    assert "Stämmer dina kontaktuppgifter?" not in overview(me={"contact_review_due": False}).text


def test_T57_without_anything_to_do_it_says_so(overview):
    page = overview().text
    assert "Du har inget att göra just nu." in page
    assert 'class="todo"' not in page


def test_FD12_FD18_what_is_unpaid_is_to_do_with_the_overdue_first(overview):
    page = overview(invoices=[invoice(1), invoice(2, overdue=True, remaining_ore=83500, due_on="2024-01-31")]).text
    assert page.index("1 faktura är förfallen") < page.index(f"Betala 912,00{NB}kr")
    assert f'href="/fakturor/{UUID(int=2)}"' in page
    assert "senast 15 december 2026" in page


def test_FD12_many_invoices_are_told_together(overview):
    rows = [invoice(n, overdue=n > 5, due_on=f"2026-12-{20 - n}") for n in range(1, 8)]
    page = overview(invoices=rows).text
    assert "2 fakturor är förfallna" in page
    assert f"Kvar att betala: 1{NB}824,00{NB}kr" in page
    assert page.count(f"Betala 912,00{NB}kr") == 3
    assert page.index("senast 15 december") < page.index("senast 16 december"), "those due first come first"
    assert "2 obetalda fakturor till" in page
    assert 'href="/fakturor?status=unpaid"' in page


def test_T51_somebody_who_waits_for_a_yes_is_to_do(overview):
    row = {
        "id": str(UUID(int=401)),
        "status": "accepted",
        "may_decide": True,
        "acceptor": {"name": "Linnéa Test", "birth_year": 2000},
        "invited_address": "l***@exempel.se",
        "approve_before": "2026-12-20T10:00:00Z",
    }
    page = overview(invitations=[row, row | {"may_decide": False}, row | {"status": "sent"}]).text
    assert page.count("Godkänn Linnéa Test") == 1
    assert f'href="/behorigheter/inbjudningar/{row["id"]}"' in page


@pytest.mark.parametrize(
    ("last", "asked"),
    [
        ({"value_m3": 1, "read_on": "2025-12-28", "source": "utility"}, False),
        ({"value_m3": 1, "read_on": "2025-12-20", "source": "utility"}, True),
        (None, True),
    ],
    ids=["eleven-months", "more", "never"],
)
def test_T5_a_meter_that_nobody_has_read_for_most_of_a_year_is_to_do(overview, last, asked):
    page = overview(points=[point(last_reading=last)]).text
    assert (f"matplats={POINT}" in page) is asked


def test_T5_D22_nobody_is_asked_for_what_he_cannot_do(overview):
    reader = {
        "id": HOME,
        "kind": "private",
        "display_name": "Hemma",
        "role": "delegate",
        "read_only": True,
        "services": None,
        "membership_id": str(UUID(int=21)),
    }
    assert "matplats=" not in overview(points=[point(last_reading=None)], account=[reader]).text
    assert "matplats=" not in overview(points=[point(last_reading=None, can_report=False)]).text


def test_B_04_an_address_that_takes_no_mail_is_shown_at_the_next_login(overview):
    page = overview(me={"email_bounced": True}).text
    assert "Vi når dig inte på din e-postadress" in page
    assert "mobilnummer" not in page


def test_B_08_FC23_the_yearly_review_is_to_do_when_it_is_due(overview):
    assert 'href="/behorigheter/oversyn"' in overview(review=True).text
    assert 'href="/behorigheter/oversyn"' not in overview().text


def test_B_22_FK10_that_customer_service_may_look_is_said_as_long_as_it_lasts(overview):
    access = {"id": str(UUID(int=6)), "until": "2026-11-22T10:00:00Z", "ended_at": None, "views": []}
    assert "Kundservice kan se ditt konto" in overview(support=[access]).text
    for over in ({"until": "2026-11-22T08:59:59Z"}, {"ended_at": "2026-11-22T08:00:00Z"}):
        assert "Kundservice kan se ditt konto" not in overview(support=[access | over]).text


def test_T62_T63_the_cost_of_the_year_and_the_use_of_the_last_month_are_there(overview):
    page = overview(points=[point()]).text
    assert f"3{NB}762,00{NB}kr" in page
    assert "oktober 2026" in page
    assert f"10{NB}m³" in page


def test_FI14_the_latest_notices_are_links(overview):
    row = {"title": "Ny faktura", "link": "/fakturor/1?konto=2", "created_at": "2026-11-20T10:00:00Z", "read_at": None}
    page = overview(notices=[row]).text
    assert '<a class="ds-link" href="/fakturor/1?konto=2">Ny faktura</a>' in page
    assert "Nytt" in page


def test_FC22_what_others_share_is_in_the_menu_while_there_is_any(overview, portal):
    assert "/delade-fakturor" not in overview().text
    portal.api.on("GET", "/billing/v1/shared-invoices", {"items": [], "page": 1, "limit": 1, "total": 2})
    assert 'href="/delade-fakturor"' in overview().text


@pytest.mark.parametrize("part", sorted(PARTS.keys() - {"use"}))
def test_A11_a_service_that_does_not_answer_costs_its_own_part_and_no_other(overview, part):
    answer = overview(invoices=[invoice(1)], points=[point()], failing={part: (503, "unavailable")})
    assert answer.status_code == 200
    assert "Allt kunde inte hämtas just nu" in answer.text
    assert ("Betala 912,00" in answer.text) is (part != "invoices")
    assert "Se mina fakturor" in answer.text


@pytest.mark.parametrize("refusal", [(403, "forbidden"), (404, "not-found")])
def test_D22_what_the_person_may_not_see_is_left_out_without_a_word(overview, refusal):
    page = overview(failing={"costs": refusal, "review": refusal, "use": refusal}, points=[point()]).text
    assert "Allt kunde inte hämtas" not in page
    assert f"3{NB}762,00" not in page


def test_S17_a_session_that_ends_meanwhile_leads_to_the_login(overview):
    answer = overview(failing={"me": (401, "not-logged-in")})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/logga-in")


def test_FK9_customer_service_sees_the_customers_things_and_none_of_its_own(portal, overview):
    shown = {"id": HOME, "kind": "private", "display_name": "Privatkonto K-1", "role": "support", "read_only": True}
    account = shown | {"services": None, "membership_id": str(UUID(int=5))}
    portal.api.on("GET", "/org-registry/v1/account", account)
    letter = {"title": "Till Karin", "link": "/", "created_at": "2026-11-20T10:00:00Z", "read_at": None}
    page = overview(account=[], me={"email_bounced": True}, notices=[letter], invoices=[invoice(1)], staff=["x"]).text
    assert "Betala 912,00" in page
    assert "Du ser Privatkonto K-1 som kundservice." in page
    assert "Hej Karin" not in page
    assert "Till Karin" not in page
    assert not portal.api.asked("GET", PARTS["me"]) + portal.api.asked("GET", PARTS["notices"])


def test_FB4_every_page_says_which_account_it_is_for(portal, overview):
    overview(points=[point()])
    empty = {"items": [], "page": 1, "limit": 20, "total": 0}
    for path in ("/metering/v1/readings", "/org-registry/v1/powers-of-attorney", PARTS["invoices"]):
        portal.api.on("GET", path, empty)
    portal.api.on("GET", PARTS["points"], empty)
    portal.api.on("GET", "/identity/v1/prefill", {"email": None})
    for page in (
        *("/oversikt", "/fakturor", "/kostnader", "/forbrukning", "/matare", "/matare/avlasningar/ny"),
        *("/fullmakt", "/fullmakt/ny", "/foretagskonto", "/integritet"),
    ):
        answer = portal.get(page)
        assert answer.status_code == 200, page
        assert '<strong id="account-name">Storgatan 1</strong>' in answer.text, page
