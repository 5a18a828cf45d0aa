from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from chassis import ids

POINTS, READINGS = "/metering/v1/metering-points", "/metering/v1/readings"
HOUSE, CABIN, READING = str(UUID(int=201)), str(UUID(int=202)), str(UUID(int=301))
NEW, ONE = "/matare/avlasningar/ny", f"/matare/avlasningar/{READING}"
NB = "\N{NO-BREAK SPACE}"


@pytest.fixture(autouse=True)
def november():
    with ids.use(clock=lambda: datetime(2026, 11, 22, 23, 30, tzinfo=UTC)):
        yield


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


def a_reading(**more: Any) -> dict[str, Any]:
    return {
        "id": READING,
        "metering_point_id": HOUSE,
        "meter_number": "VM-1",
        "source": "customer",
        "quality": "measured",
        "read_on": "2026-11-20",
        "value_m3": 1383,
        "previous_value_m3": 1342,
        "previous_read_on": "2026-09-30",
        "use_m3": 41,
        "rolled_over": False,
        "status": "accepted",
        "check_reason": None,
        "submitted_at": "2026-11-20T09:12:00Z",
        "corrected_at": None,
        "revision": 1,
        "may_correct": True,
        "answered_at": None,
        "answer_text": None,
        "invoice_number": None,
        "billed_value_m3": None,
    } | more


@pytest.fixture
def meters(portal):
    """``meters(points)``: somebody is logged in and has these."""

    def tell(*points: dict[str, Any], readings: Any = (), account: Any = None) -> Any:
        portal.log_in(accounts=account)
        portal.api.on("GET", POINTS, {"items": list(points), "page": 1, "limit": 100, "total": len(points)})
        rows = list(readings)
        portal.api.on("GET", READINGS, {"items": rows, "page": 1, "limit": 10, "total": len(rows)})
        for row in rows:
            portal.api.on("GET", f"{READINGS}/{row['id']}", row)
        portal.api.on("POST", READINGS, a_reading(), status=201)
        portal.api.on("POST", f"{READINGS}/{READING}/corrections", a_reading(), status=201)
        return portal

    return tell


def read_only() -> list[dict[str, Any]]:
    from_list = {"id": str(UUID(int=11)), "kind": "private", "display_name": "Hemma", "role": "delegate"}
    return [from_list | {"read_only": True, "services": None, "membership_id": str(UUID(int=21))}]


def test_T5_meters_and_readings_are_listed_with_what_became_of_them(meters):
    rows = [
        a_reading(),
        a_reading(id=str(UUID(int=302)), status="billed"),
        a_reading(id=str(UUID(int=303)), status="rejected"),
    ]
    page = meters(a_point(), a_point(CABIN, "Vägen 7", can_report=False), readings=rows).get("/matare").text
    for said in ("Exempelgatan 1", "VM-1", f"1{NB}342{NB}m³, 30 september 2026", "Mottagen", "Fakturerad", "Avvisad"):
        assert said in page
    assert f'href="{NEW}?matplats={HOUSE}"' in page
    assert f"matplats={CABIN}" not in page
    assert "Den här mätaren läser vi av." in page


def test_D22_who_may_only_read_is_offered_no_form(meters):
    page = meters(a_point(), readings=[a_reading()], account=read_only())
    assert NEW not in page.get("/matare").text
    assert "Rätta värdet" not in page.get(ONE).text


def test_T5_a_reading_is_sent_with_todays_swedish_date_offered(meters):
    portal = meters(a_point(), readings=[a_reading()])
    form = portal.get(NEW).text
    assert 'value="2026-11-23"' in form, "half an hour past midnight in Sweden"
    assert f'name="matplats" value="{HOUSE}"' in form
    answer = portal.post(NEW, {"matplats": HOUSE, "varde": " 1 383 ", "datum": "2026-11-20", "matarnummer": "VM-1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, ONE)
    assert portal.api.sent("POST", READINGS) == {
        "metering_point_id": HOUSE,
        "value_m3": 1383,
        "read_on": "2026-11-20",
        "meter_number": "VM-1",
        "confirmed": False,
    }
    (call,) = portal.api.asked("POST", READINGS)
    assert call.headers["Minasidor-Account"] == str(UUID(int=11))
    assert call.headers["Idempotency-Key"] == str(UUID(int=99))


@pytest.mark.parametrize("value", ["", "12,5", "12.5", "-3", "1e3", "tolv", "٣", "1234567890"])
def test_D24_only_whole_cubic_metres_are_taken_and_the_mend_is_said_at_the_field(meters, value):
    portal = meters(a_point())
    answer = portal.post(NEW, {"matplats": HOUSE, "varde": value, "datum": "2026-11-20"})
    assert answer.status_code == 422
    assert 'id="error-varde"' in answer.text
    assert not portal.api.asked("POST", READINGS)


def test_T5_with_two_meters_one_is_chosen_and_the_address_of_the_page_may_choose(meters):
    portal = meters(a_point(), a_point(CABIN, "Vägen 7"))
    assert "checked" not in portal.get(NEW).text
    assert f'value="{CABIN}" checked' in portal.get(f"{NEW}?matplats={CABIN}").text
    answer = portal.post(NEW, {"varde": "1383", "datum": "2026-11-20"})
    assert answer.status_code == 422
    assert "Välj vilken mätare" in answer.text


def unlikely(portal: Any, path: str) -> None:
    portal.api.refuse(
        "POST",
        path,
        409,
        "reading-needs-confirmation",
        title="Är du säker?",
        detail="Värdet ger 900 m³ på 51 dagar.",
        errors=[{"field": "value_m3", "detail": "Värdet ger 900 m³ på 51 dagar."}],
    )


def test_D24_FF4_an_unlikely_value_is_asked_about_and_taken_when_confirmed(meters):
    portal = meters(a_point())
    unlikely(portal, READINGS)
    asked = portal.post(NEW, {"matplats": HOUSE, "varde": "2242", "datum": "2026-11-20"})
    assert asked.status_code == 409
    assert "Är du säker?" in asked.text
    assert "Värdet ger 900 m³ på 51 dagar." in asked.text
    assert "Ja, 2242 m³ stämmer" in asked.text
    assert "aria-invalid" not in asked.text, "a question is no fault of the field"
    assert 'name="fragat_varde" value="2242"' in asked.text
    assert str(UUID(int=99)) not in asked.text, "the refusal is kept with its key: the answer needs a new one"
    portal.api.on("POST", READINGS, a_reading(), status=201)
    portal.api.calls.clear()
    yes = {"matplats": HOUSE, "varde": "2242", "fragat_varde": "2242", "bekraftat": "ja", "datum": "2026-11-20"}
    assert portal.post(NEW, yes).status_code == 303
    assert portal.api.sent("POST", READINGS)["confirmed"] is True


@pytest.mark.parametrize(
    "more", [{"bekraftat": "ja", "fragat_varde": "2242", "varde": "9999"}, {"fragat_varde": "2242", "varde": "2242"}]
)
def test_D24_a_yes_is_for_the_value_that_was_asked_about_and_no_other(meters, more):
    portal = meters(a_point())
    portal.post(NEW, {"matplats": HOUSE, "datum": "2026-11-20"} | more)
    assert portal.api.sent("POST", READINGS)["confirmed"] is False


def test_D24_what_the_service_refuses_is_said_at_its_field(meters):
    portal = meters(a_point())
    portal.api.refuse(
        "POST", READINGS, 422, "reading-in-future", errors=[{"field": "read_on", "detail": "Ange dagen, senast i dag."}]
    )
    answer = portal.post(NEW, {"matplats": HOUSE, "varde": "1383", "datum": "2027-01-01"})
    assert answer.status_code == 422
    assert 'id="error-datum"' in answer.text
    assert "Ange dagen, senast i dag." in answer.text
    assert 'value="1383"' in answer.text, "what was typed is kept"


def test_T5_without_a_meter_to_read_there_is_no_form(meters):
    page = meters(a_point(can_report=False)).get(NEW).text
    assert "Det finns ingen mätare att läsa av" in page
    assert "<input" not in page[page.index("<main") : page.index("</main>")]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "Svaret kommer vanligen inom en dag."),
        ({"check_reason": "high"}, "Leta gärna efter en läcka."),
        ({"status": "rejected", "answer_text": "Fel mätare."}, "Fel mätare."),
        ({"status": "billed", "invoice_number": "2026-7", "billed_value_m3": 1380}, "Faktura 2026-7"),
        ({"status": "billed", "invoice_number": "2026-7", "billed_value_m3": 1380}, f"1{NB}380{NB}m³"),
        ({"rolled_over": True}, "Räkneverket har slagit runt"),
    ],
    ids=["waiting", "checked", "rejected", "billed", "billed-otherwise", "rolled-over"],
)
def test_D24_FF7_a_reading_shows_where_it_is_and_the_billing_systems_words(meters, more, said):
    assert said in meters(a_point(), readings=[a_reading(**more)]).get(ONE).text


def test_D24_FF9_a_value_is_corrected_until_it_is_billed(meters):
    portal = meters(a_point(), readings=[a_reading()])
    assert 'value="1383"' in portal.get(f"{ONE}/ratta").text
    answer = portal.post(f"{ONE}/ratta", {"varde": "1382"})
    assert (answer.status_code, answer.headers["Location"]) == (303, ONE)
    assert portal.api.sent("POST", f"{READINGS}/{READING}/corrections") == {"value_m3": 1382, "confirmed": False}


def test_D24_an_unlikely_correction_is_asked_about_too(meters):
    portal = meters(a_point(), readings=[a_reading()])
    unlikely(portal, f"{READINGS}/{READING}/corrections")
    assert "Ja, 9000 m³ stämmer" in portal.post(f"{ONE}/ratta", {"varde": "9000"}).text


def test_D24_what_is_billed_cannot_be_corrected_here(meters):
    portal = meters(a_point(), readings=[a_reading(status="billed", may_correct=False)])
    assert "Rätta värdet" not in portal.get(ONE).text
    assert "Avläsningen kan inte rättas" in portal.get(f"{ONE}/ratta").text


def test_C1_somebody_elses_reading_does_not_exist(meters):
    portal = meters(a_point())
    portal.api.refuse("GET", f"{READINGS}/{READING}", 404, "reading-not-found")
    assert portal.get(ONE).status_code == 404
    assert portal.get(f"{ONE}/ratta").status_code == 404
