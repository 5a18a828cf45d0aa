from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2
import pytest

from chassis import ids

COSTS, POINTS, USE = "/billing/v1/costs", "/metering/v1/metering-points", "/metering/v1/consumption"
HOUSE, CABIN = str(UUID(int=201)), str(UUID(int=202))
NB = "\N{NO-BREAK SPACE}"


@pytest.fixture(autouse=True)
def november():
    with ids.use(clock=lambda: datetime(2026, 11, 22, 9, 0, tzinfo=UTC)):
        yield


def drawn(page: str) -> list[str]:
    """The bars as a computer shows them; a telephone gets the same in a narrower drawing."""
    wide, narrow = page.index('class="chart-wide"'), page.index('class="chart-narrow"')
    found = [part.split(">")[0] for part in page[wide:narrow].split("<rect ")[1:]]
    assert page[narrow:].count("<rect ") == len(found)
    return found


def costs_of(year: int, **months: dict[str, int]) -> dict[str, Any]:
    rows, areas = [], {}
    for month in range(1, 13):
        amounts = months.get(f"m{month}", {})
        for name, amount in amounts.items():
            areas[name] = areas.get(name, 0) + amount
        listed = [{"service_area": name, "amount_ore": amount} for name, amount in amounts.items()]
        rows.append({"month": month, "total_ore": sum(amounts.values()), "areas": listed})
    return {
        "year": year,
        "total_ore": sum(areas.values()),
        "areas": [{"service_area": name, "amount_ore": amount} for name, amount in areas.items()],
        "months": rows,
    }


def by_year(answers: dict[int, Any], empty: Any) -> Any:
    def answer(request: httpx2.Request) -> httpx2.Response:
        year = int(request.url.params["year"])
        return httpx2.Response(200, json=answers.get(year) or empty(year))

    return answer


@pytest.fixture
def costs(portal):
    def tell(*years: dict[str, Any]) -> None:
        portal.log_in()
        portal.api.on("GET", COSTS, by_year({each["year"]: each for each in years}, costs_of))

    return tell


def test_T62_FD11_the_cost_of_the_year_by_month_and_service_with_the_same_numbers_as_a_table(portal, costs):
    costs(costs_of(2026, m1={"water": 60000, "waste": 20000}, m10={"water": 70000, "waste": 20000}))
    page = portal.get("/kostnader").text
    assert f"1{NB}700,00{NB}kr" in page
    assert f"850,00{NB}kr" in page, "the average of the months that had an invoice"
    assert len([bar for bar in drawn(page) if 'height="0.0"' not in bar]) == 4
    table = page[page.index("Visa som tabell") :]
    for said in ("januari 2026", f"600,00{NB}kr", "oktober 2026", f"700,00{NB}kr"):
        assert said in table
    assert f"76{NB}%" in page


def test_T62_the_change_is_counted_on_the_months_that_both_years_have(portal, costs):
    before = costs_of(2025, m1={"water": 50000}, m12={"water": 990000})
    costs(costs_of(2026, m1={"water": 60000}), before)
    page = portal.get("/kostnader").text
    assert f"20{NB}% mer än januari 2025" in page
    assert "2 månader med faktura" in page, "so that nobody takes it for a whole year"
    assert f"10{NB}400,00{NB}kr" in page
    older = portal.get("/kostnader?ar=2025").text
    assert f"{NB}% m" not in older, "there is nothing to compare 2025 with"
    assert 'href="/kostnader?ar=2026"' in older


def test_T62_T65_the_months_that_are_compared_are_named(portal, costs):
    both = {"m1": {"water": 50000}, "m2": {"water": 50000}, "m3": {"water": 50000}, "m6": {"water": 50000}}
    costs(costs_of(2026, **both), costs_of(2025, **both))
    assert "Lika mycket som januari\u2013mars, juni 2025" in portal.get("/kostnader").text


@pytest.mark.parametrize("year", ["2050", "1066", "i år", "-1"])
def test_T62_a_year_that_cannot_be_is_this_year(portal, costs, year):
    costs(costs_of(2026, m1={"water": 60000}))
    assert "Kostnader 2026" in portal.get(f"/kostnader?ar={year}").text


def test_T62_a_year_without_invoices_says_so(portal, costs):
    costs()
    assert "Inga kostnader 2026" in portal.get("/kostnader").text


def a_point(point_id: str = HOUSE, street: str = "Exempelgatan 1", **more: Any) -> dict[str, Any]:
    return {
        "id": point_id,
        "facility_id": "VA-1",
        "service_area": "water",
        "address": {"street": street, "postal_code": "58115", "city": "Exempelstad"},
        "starts_on": "2025-01-01",
        "ends_on": None,
        "expected_yearly_use_m3": 150,
        "meter": {"meter_number": "VM-1", "digits": 5, "installed_on": "2025-01-01", "installed_value_m3": 0},
        "last_reading": {"value_m3": 1342, "read_on": "2026-09-30", "source": "customer"},
        "can_report": True,
    } | more


def use_of(year: int, litres: dict[int, int] | None = None, qualities: dict[int, str] | None = None) -> dict[str, Any]:
    litres, qualities = litres or {}, qualities or {}
    months = [
        {
            "month": month,
            "use_litres": litres.get(month, 0),
            "days_covered": 30 if month in litres else 0,
            "quality": qualities.get(month, "measured") if month in litres else None,
        }
        for month in range(1, 13)
    ]
    interval = {
        "meter_number": "VM-1",
        "from_on": f"{year}-01-01",
        "to_on": f"{year}-03-01",
        "days": 59,
        "use_m3": 21,
        "rolled_over": False,
        "quality": "estimated",
    }
    return {
        "metering_point_id": HOUSE,
        "year": year,
        "use_litres": sum(litres.values()),
        "quality": "measured" if litres else None,
        "intervals": [interval] if litres else [],
        "months": months,
    }


@pytest.fixture
def used(portal):
    def tell(*years: dict[str, Any], points: Any = None) -> None:
        portal.log_in()
        rows = [a_point()] if points is None else points
        portal.api.on("GET", POINTS, {"items": rows, "page": 1, "limit": 10, "total": len(rows)})
        portal.api.on("GET", USE, by_year({each["year"]: each for each in years}, use_of))

    return tell


def test_T63_FE1_each_service_shows_its_last_month_and_leads_to_its_year(portal, used):
    used(
        use_of(2026, {9: 12000, 10: 13500, 11: 9000}, {10: "estimated"}), points=[a_point(), a_point(CABIN, "Vägen 7")]
    )
    page = portal.get("/forbrukning").text
    assert "oktober 2026" in page, "the month that is over, not the one that goes on"
    assert f"13,5{NB}m³" in page
    assert "Beräknat" in page
    assert f'href="/forbrukning/{HOUSE}"' in page
    assert f'href="/forbrukning/{CABIN}"' in page


@pytest.mark.parametrize("now", [datetime(2026, 1, 15, 9, tzinfo=UTC), datetime(2026, 3, 1, 9, tzinfo=UTC)])
def test_T63_at_the_turn_of_the_year_the_last_known_month_is_of_the_year_before(portal, used, now):
    used(use_of(2025, {11: 10000, 12: 11000}), use_of(2026))
    with ids.use(clock=lambda: now):
        page = portal.get("/forbrukning").text
    assert "december 2025" in page
    assert f"11{NB}m³" in page


def test_T63_without_meters_and_without_values_it_is_said(portal, used):
    used(points=[])
    assert "Det finns ingen mätare på kontot" in portal.get("/forbrukning").text
    used()
    assert "Inget värde" in portal.get("/forbrukning").text


def test_T64_T65_FE2_FE3_a_year_is_shown_beside_the_one_before(portal, used):
    used(use_of(2026, {1: 12000, 2: 10000}), use_of(2025, {1: 10000, 2: 10000, 3: 99000}))
    page = portal.get(f"/forbrukning/{HOUSE}").text
    assert len(drawn(page)) == 5
    assert f"10{NB}% mer" in page, "counted on the two months that both years have"
    assert "räknat på 2 månader" in page
    assert "Exempelgatan 1" in page


def test_T65_any_other_year_or_none_can_be_chosen(portal, used):
    used(use_of(2026, {1: 12000}), use_of(2024, {1: 6000}))
    page = portal.get(f"/forbrukning/{HOUSE}?ar=2026&jamfor=2024").text
    assert f"100{NB}% mer" in page
    assert '<option value="2024" selected>' in page
    alone = portal.get(f"/forbrukning/{HOUSE}?ar=2026&jamfor=").text
    assert len(drawn(alone)) == 1
    assert len(drawn(portal.get(f"/forbrukning/{HOUSE}?ar=2026&jamfor=2026").text)) == 1


def test_B_16_FE15_every_value_says_how_sure_it_is_and_what_is_unknown_is_not_drawn_as_nothing(portal, used):
    used(use_of(2026, {1: 12000, 2: 0, 3: 9000}, {2: "corrected", 3: "estimated"}))
    page = portal.get(f"/forbrukning/{HOUSE}?jamfor=").text
    table = page[page.index("Visa som tabell") :]
    for said in ("Uppmätt", "Rättat", "Beräknat", "Inget värde"):
        assert said in table
    assert len(drawn(page)) == 3, "February was nothing, April is not known"
    assert len([bar for bar in drawn(page) if "chart-uncertain" in bar]) == 1


def test_B_16_only_the_uncertain_year_of_two_is_drawn_as_uncertain(portal, used):
    used(use_of(2026, {1: 12000}, {1: "estimated"}), use_of(2025, {1: 10000}))
    bars = drawn(portal.get(f"/forbrukning/{HOUSE}").text)
    assert ["chart-uncertain" in bar for bar in bars] == [True, False]


def test_T64_a_place_without_any_value_says_what_it_takes(portal, used):
    used()
    assert "Det behövs två avläsningar" in portal.get(f"/forbrukning/{HOUSE}").text


def test_C1_somebody_elses_place_does_not_exist(portal, used):
    used()
    portal.api.refuse("GET", USE, 404, "metering-point-not-found")
    assert portal.get(f"/forbrukning/{CABIN}").status_code == 404


def test_T57_the_menu_says_where_one_is_on_the_costs_too(portal, costs):
    costs(costs_of(2026, m1={"water": 60000}))
    menu = portal.get("/kostnader").text.split('id="menu-list"')[1].split("</ul>")[0]
    assert '<a href="/forbrukning" aria-current="true">' in menu
    assert menu.count("aria-current") == 1
