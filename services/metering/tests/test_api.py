from datetime import date, timedelta

import pytest

from chassis.ids import new_id
from chassis.testing import principal, told
from contracts.batch_billing import ServiceArea
from contracts.metering import ReadingSubmittedV1

READINGS = "/v1/readings"


def body(point, world, value, days_ago=0, **more):
    return {"metering_point_id": point, "value_m3": value, "read_on": world.ago(days_ago).isoformat()} | more


def test_T5_a_metering_point_is_listed_with_meter_last_reading_and_expected_use(client, me, world):
    answer = client.as_(me).get("/v1/metering-points")
    assert answer.status_code == 200
    assert answer.json["total"] == 1
    (item,) = answer.json["items"]
    assert item | {"id": None} == {
        "id": None,
        "facility_id": "735999109151401011",
        "service_area": "water",
        "address": {"street": "Storgatan 1", "postal_code": "58222", "city": "Linköping"},
        "starts_on": world.ago(365).isoformat(),
        "ends_on": None,
        "expected_yearly_use_m3": 150,
        "meter": {
            "meter_number": "M1",
            "digits": 5,
            "installed_on": world.ago(365).isoformat(),
            "installed_value_m3": 100,
        },
        "last_reading": {"value_m3": 100, "read_on": world.ago(365).isoformat(), "source": "utility"},
        "can_report": True,
    }


def test_T5_a_reading_is_registered_shown_and_listed(client, me, point, world):
    answer = client.as_(me).post(READINGS, body(point, world, 245))
    assert answer.status_code == 201
    made = answer.json
    assert answer.headers["Location"] == f"/api/metering/v1/readings/{made['id']}"
    assert (made["status"], made["use_m3"], made["previous_value_m3"]) == ("accepted", 145, 100)
    assert (made["quality"], made["source"], made["meter_number"]) == ("measured", "customer", "M1")
    assert made["may_correct"]
    assert client.as_(me).get(f"{READINGS}/{made['id']}").json == made
    listed = client.as_(me).get(f"{READINGS}?metering_point_id={point}&limit=1").json
    assert (listed["items"], listed["total"]) == ([made], 2)
    assert client.as_(me).get("/v1/metering-points").json["items"][0]["last_reading"]["value_m3"] == 245


@pytest.mark.parametrize(
    ("locale", "title", "words"),
    [("sv", "Är du säker?", "mycket mer än väntat"), ("en", "Are you sure?", "much more than expected")],
)
def test_D24_an_implausible_reading_is_asked_about_and_nothing_is_stored(
    client, database, me, point, world, locale, title, words
):
    answer = client.as_(me, locale=locale).post(READINGS, body(point, world, 9000))
    assert answer.status_code == 409
    assert answer.json["code"] == "reading-needs-confirmation"
    assert answer.json["title"] == title
    assert words in answer.json["detail"]
    assert answer.json["params"] == {"reason": "high", "use_m3": 8900, "expected_m3": 150, "days": 365}
    assert answer.json["errors"][0]["field"] == "value_m3"
    assert world.rows("SELECT count(*) FROM reading WHERE source = 'customer'") == [(0,)]
    assert told(database) == []


def test_D24_confirmed_it_is_taken(client, me, point, world):
    answer = client.as_(me).post(READINGS, body(point, world, 9000, confirmed=True))
    assert answer.status_code == 201
    assert (answer.json["status"], answer.json["check_reason"]) == ("accepted", "high")


def test_D24_the_day_in_sweden_decides_what_the_future_is(client, me, point, world):
    with_tomorrow = body(point, world, 200) | {"read_on": (world.today + timedelta(days=2)).isoformat()}
    answer = client.as_(me).post(READINGS, with_tomorrow)
    assert (answer.status_code, answer.json["code"]) == (422, "reading-in-future")


@pytest.mark.parametrize("value", [1.0, "142", True, -1, 142.5, None, 10**9, 2**70])
def test_D24_only_whole_cubic_metres(client, me, point, world, value):
    answer = client.as_(me).post(READINGS, body(point, world, value))
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "value_m3"


def test_D24_more_digits_than_the_counter_has_are_refused(client, me, point, world):
    answer = client.as_(me).post(READINGS, body(point, world, 100_000))
    assert (answer.status_code, answer.json["code"]) == (422, "reading-too-many-digits")


def test_unknown_fields_and_parameters_are_refused(client, me, point, world):
    assert client.as_(me).post(READINGS, body(point, world, 200, status="billed")).status_code == 422
    assert client.as_(me).get(f"{READINGS}?sort=value_m3").status_code == 422
    assert client.as_(me).get(f"{READINGS}?limit=101").status_code == 422
    assert client.as_(me).get("/v1/metering-points?page=0").status_code == 422


def test_B9_the_wrong_meter_is_told_apart(client, me, point, world):
    answer = client.as_(me).post(READINGS, body(point, world, 200, meter_number="M9"))
    assert (answer.status_code, answer.json["code"]) == (422, "meter-number-mismatch")
    assert client.as_(me).post(READINGS, body(point, world, 200, meter_number="M1")).status_code == 201


def test_B13_the_same_key_gives_the_same_answer_and_one_effect(client, database, me, point, world):
    key = str(new_id())
    first = client.as_(me).post(READINGS, body(point, world, 200), key=key)
    again = client.as_(me).post(READINGS, body(point, world, 200), key=key)
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(told(database, ReadingSubmittedV1)) == 1
    other = client.as_(me).post(READINGS, body(point, world, 201), key=key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency-key-reused")
    assert client.as_(me).post(READINGS, body(point, world, 200), key=None).status_code == 400


def test_B9_the_same_reading_twice_with_two_keys_is_one_reading(client, database, me, point, world):
    assert client.as_(me).post(READINGS, body(point, world, 200)).status_code == 201
    again = client.as_(me).post(READINGS, body(point, world, 200))
    assert (again.status_code, again.json["code"]) == (409, "reading-already-registered")
    assert len(told(database, ReadingSubmittedV1)) == 1


def test_T17_what_is_somebody_elses_answers_exactly_as_what_does_not_exist(client, me, point, world, reading_of):
    made = reading_of(me, 200)
    stranger = client.as_(world.household("K2", number="A2", facility="735999109270751042"))

    def same(foreign, unknown):
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.json | {"instance": ""} == unknown.json | {"instance": ""}

    same(stranger.get(f"{READINGS}/{made['id']}"), stranger.get(f"{READINGS}/{new_id()}"))
    same(stranger.post(READINGS, body(point, world, 210)), stranger.post(READINGS, body(str(new_id()), world, 210)))
    same(
        stranger.post(f"{READINGS}/{made['id']}/corrections", {"value_m3": 1}),
        stranger.post(f"{READINGS}/{new_id()}/corrections", {"value_m3": 1}),
    )
    same(
        stranger.get(f"/v1/consumption?metering_point_id={point}&year=2026"),
        stranger.get(f"/v1/consumption?metering_point_id={new_id()}&year=2026"),
    )
    assert stranger.get(READINGS).json["total"] == 1  # his own meter's start value
    assert stranger.get(f"{READINGS}?metering_point_id={point}").json["total"] == 0


def test_T17_the_next_tenant_sees_nothing_of_the_former_ones_use(client, me, point, world, reading_of):
    reading_of(me, 200, days_ago=30)
    world.deliver(world.ended(days_ago=21))
    newcomer = principal()
    world.deliver(world.linked(newcomer.account_id, "K2"))
    world.deliver(world.started("A2", "K2", days_ago=20, value=205))
    hers = client.as_(newcomer).get(READINGS).json
    assert [(item["value_m3"], item["source"]) for item in hers["items"]] == [(205, "utility")]
    reading_of(newcomer, 210)
    use = client.as_(newcomer).get(f"/v1/consumption?metering_point_id={point}&year={world.today.year}").json
    assert [i["use_m3"] for i in use["intervals"]] == [5]
    mine = client.as_(me).get(READINGS).json["items"]
    assert [item["value_m3"] for item in mine] == [205, 200, 100]
    former = client.as_(me).get("/v1/metering-points").json["items"][0]
    assert (former["ends_on"], former["can_report"]) == (world.ago(21).isoformat(), False)
    late = client.as_(me).post(READINGS, body(point, world, 220))
    assert (late.status_code, late.json["code"]) == (422, "reading-outside-agreement")


def test_D22_a_membership_that_does_not_cover_water_sees_and_does_nothing_there(client, me, point, world):
    narrowed = principal(account_id=me.account_id, services=frozenset({"electricity"}))
    assert client.as_(narrowed).get("/v1/metering-points").json["total"] == 0
    assert client.as_(narrowed).get(READINGS).json["total"] == 0
    assert client.as_(narrowed).get(f"/v1/consumption?metering_point_id={point}&year=2026").status_code == 404
    assert client.as_(narrowed).post(READINGS, body(point, world, 200)).status_code == 403


def test_D22_read_only_reads_and_does_not_write(client, me, point, world):
    reader = principal(account_id=me.account_id, scopes=frozenset({"metering:read"}), read_only=True)
    assert client.as_(reader).get("/v1/metering-points").json["total"] == 1
    assert client.as_(reader).post(READINGS, body(point, world, 200)).status_code == 403
    assert client.get(READINGS).status_code == 401


def test_only_water_is_read_by_the_customer(client, world):
    me = world.household(service_area=ServiceArea.ELECTRICITY, meter="E1")
    answer = client.as_(me).post(READINGS, body(world.point_of(me), world, 200))
    assert (answer.status_code, answer.json["code"]) == (422, "metering-point-not-self-read")


def test_a_place_without_a_meter_is_listed_and_cannot_be_reported(client, world):
    me = world.household(meter=None)
    item = client.as_(me).get("/v1/metering-points").json["items"][0]
    assert (item["meter"], item["last_reading"], item["can_report"]) == (None, None, False)
    answer = client.as_(me).post(READINGS, body(item["id"], world, 200))
    assert (answer.status_code, answer.json["code"]) == (422, "metering-point-without-meter")


def test_D24_the_billing_systems_text_is_shown_in_the_persons_language(client, me, world, reading_of):
    made = reading_of(me, 200)
    world.deliver(world.rejected(made["id"]))
    for locale, words in (("sv", "Värdet kan inte stämma."), ("en", "The value cannot be right.")):
        shown = client.as_(me, locale=locale).get(f"{READINGS}/{made['id']}").json
        assert (shown["status"], shown["answer_text"], shown["may_correct"]) == ("rejected", words, True)


def test_D24_a_correction_replaces_the_value_until_it_is_billed(client, me, world, reading_of):
    made = reading_of(me, 200)
    path = f"{READINGS}/{made['id']}/corrections"
    answer = client.as_(me).post(path, {"value_m3": 210})
    assert answer.status_code == 201
    assert (answer.json["value_m3"], answer.json["revision"], answer.json["quality"]) == (210, 2, "corrected")
    assert client.as_(me).post(path, {"value_m3": 210}).json["code"] == "reading-unchanged"
    world.deliver(world.accepted(made["id"]))
    refused = client.as_(me).post(path, {"value_m3": 220})
    assert (refused.status_code, refused.json["code"]) == (409, "reading-already-billed")
    shown = client.as_(me).get(f"{READINGS}/{made['id']}").json
    assert (shown["status"], shown["billed_value_m3"], shown["invoice_number"]) == ("billed", 210, "F1001")
    assert not shown["may_correct"]


def test_the_utilitys_own_value_cannot_be_corrected(client, me):
    installed = client.as_(me).get(READINGS).json["items"][0]
    assert (installed["source"], installed["may_correct"]) == ("utility", False)
    assert client.as_(me).post(f"{READINGS}/{installed['id']}/corrections", {"value_m3": 1}).status_code == 404


def test_a_page_beyond_the_last_is_empty_and_still_tells_how_many_there_are(client, me, reading_of):
    for page in ("/v1/readings?page=9", "/v1/metering-points?page=9"):
        answer = client.as_(me).get(page).json
        assert (answer["items"], answer["total"], answer["page"]) == ([], 1, 9)


def test_T64_use_per_reading_and_month_adds_up(client, me, world, reading_of):
    reading_of(me, 160, days_ago=200)
    reading_of(me, 240)
    point = world.point_of(me)
    years = sorted({world.ago(365).year, world.today.year})
    answers = [client.as_(me).get(f"/v1/consumption?metering_point_id={point}&year={year}").json for year in years]
    assert sum(answer["use_litres"] for answer in answers) == 140_000
    assert [i["use_m3"] for i in answers[-1]["intervals"]][-1] == 80
    assert all(len(answer["months"]) == 12 for answer in answers)
    assert client.as_(me).get(f"/v1/consumption?metering_point_id={point}&year=1066").status_code == 422


def test_the_openapi_document_names_every_route_and_the_question(app):
    paths = app.extensions["openapi"]["paths"]
    assert set(paths) == {
        "/v1/metering-points", "/v1/readings", "/v1/readings/{reading_id}", "/v1/readings/{reading_id}/corrections",
        "/v1/consumption",
    }  # fmt: skip
    assert "reading-needs-confirmation" in paths["/v1/readings"]["post"]["x-problem-codes"]


def test_dates_are_dates(client, me, point, world):
    for wrong in ("2026-02-30", "0000-01-01", "2026-06-01T10:00:00Z", 20260601, ""):
        answer = client.as_(me).post(READINGS, body(point, world, 200) | {"read_on": wrong})
        assert answer.status_code == 422, wrong
    far = client.as_(me).post(READINGS, body(point, world, 200) | {"read_on": date(9999, 12, 31).isoformat()})
    assert far.json["code"] == "reading-in-future"
