import itertools

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from chassis import testing
from chassis.ids import new_id, utcnow
from chassis.testing import principal
from contracts.batch_billing import InstalledMeter
from metering.domain import MeterValueImpossible, ReadingNotFound

STATE = {
    "account": "SELECT account_id, kind FROM account ORDER BY 1",
    "link": "SELECT * FROM account_link ORDER BY 1",
    "agreement": "SELECT * FROM agreement ORDER BY 1",
    "replacement": "SELECT * FROM meter_replacement ORDER BY 1, 2",
    "point": "SELECT facility_id, service_area, street FROM metering_point ORDER BY 1",
    "meter": (
        "SELECT p.facility_id, m.number, m.digits, m.installed_on, m.installed_value_m3, m.removed_on,"
        " m.removed_value_m3 FROM meter m JOIN metering_point p ON p.id = m.metering_point_id ORDER BY 1, 2"
    ),
    "reading": (
        "SELECT m.number, r.origin, r.source, r.read_on, r.value_m3, r.state FROM reading r"
        " JOIN meter m ON m.id = r.meter_id ORDER BY 1, 2"
    ),
}


def everything(world):
    return {name: world.rows(sql) for name, sql in STATE.items()}


def a_life(world, account_id):
    """Two tenants, a swap, corrections by the billing system, links that move and end: 15 events with versions."""
    other = world.started("A1", days_ago=400, value=90)
    return [
        (world.opened(account_id), 1),
        (world.linked(account_id), 1),
        (world.linked(new_id(), "K2"), 1),
        (world.linked(account_id, "K2"), 2),
        (world.unlinked(account_id), 2),
        (world.linked(account_id), 3),
        (world.linked(account_id, "K3"), 1),
        (world.unlinked(account_id, "K3"), 2),
        (other, 1),
        (world.started("A1", days_ago=400, value=100), 3),
        (world.ended("A1", days_ago=50), 4),
        (world.ended("A1", days_ago=41), 5),
        (world.replaced(days_ago=100, last=180), 1),
        (world.replaced(days_ago=100, last=190), 2),
        (world.started("A2", "K2", days_ago=40, meter="M2", value=7), 1),
    ]


@pytest.mark.slow
@how(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_2_4_events_in_any_order_twice_and_late_give_the_same_end_state(world, database, data):
    account_id = new_id()
    events = [(event, version, new_id()) for event, version in a_life(world, account_id)]
    try:
        for event, version, event_id in events:
            world.deliver(event, version, event_id=event_id)
        expected = everything(world)
        testing.empty(database)
        order = data.draw(st.permutations(events)) + data.draw(st.lists(st.sampled_from(events), max_size=4))
        for event, version, event_id in order:
            world.deliver(event, version, event_id=event_id)
        assert everything(world) == expected
    finally:
        testing.empty(database)


def test_the_life_above_ends_as_it_should(world):
    account_id = new_id()
    for event, version in a_life(world, account_id):
        world.deliver(event, version)
    state = everything(world)
    assert [row[1:] for row in state["meter"]] == [
        ("M1", 5, world.ago(400), 100, world.ago(100), 190),
        ("M2", 5, world.ago(100), 3, None, None),
    ]
    assert [row[:5] for row in state["reading"]] == [
        ("M1", "installed", "utility", world.ago(400), 100),
        ("M1", "removed", "utility", world.ago(100), 190),
        ("M2", "agreement:A2", "utility", world.ago(40), 7),
        ("M2", "installed", "utility", world.ago(100), 3),
    ]
    assert {row[0]: row[1] for row in state["link"]} == {"K1": account_id, "K2": account_id, "K3": None}


def test_a_swap_told_late_moves_nothing_that_the_customer_has_read(world, reading_of, client):
    me = world.household()
    made = reading_of(me, 200, days_ago=200)
    world.deliver(world.replaced(days_ago=100, last=230))
    items = client.as_(me).get("/v1/readings").json["items"]
    assert [(item["meter_number"], item["value_m3"]) for item in items][-2:] == [("M1", 200), ("M1", 100)]
    assert made["id"] in {item["id"] for item in items}


def test_an_agreement_that_moves_to_another_facility_leaves_no_place_behind(world):
    world.deliver(world.started(), 1)
    world.deliver(world.started(facility="735999109270751042"), 2)
    assert world.rows("SELECT facility_id FROM metering_point") == [("735999109270751042",)]


def test_a_meter_told_by_mistake_goes_unless_the_customer_has_read_it(world, reading_of):
    me = world.household()
    world.deliver(world.started(meter="M7"), 2)
    assert world.rows("SELECT number FROM meter") == [("M7",)]
    reading_of(me, 200)
    world.deliver(world.started(meter="M8"), 3)
    assert world.rows("SELECT number FROM meter ORDER BY 1") == [("M7",), ("M8",)]


def test_an_agreement_without_a_facility_is_no_metering_point(world, client):
    me = world.household(facility=None, meter=None)
    assert client.as_(me).get("/v1/metering-points").json["total"] == 0


def test_a_value_that_the_counter_cannot_show_is_refused_for_good(world):
    impossible = InstalledMeter(meter_number="M1", digits=3, start_value=1000)
    with pytest.raises(MeterValueImpossible):
        world.deliver(msgspec.structs.replace(world.started(), meter=impossible))
    assert world.rows("SELECT count(*) FROM agreement") == [(0,)]
    with pytest.raises(MeterValueImpossible):
        world.deliver(world.replaced(days_ago=1, value=100_000))


def test_D24_an_answer_to_an_unknown_reading_is_refused_for_good(world):
    with pytest.raises(ReadingNotFound):
        world.deliver(world.accepted(new_id()))
    with pytest.raises(ReadingNotFound):
        world.deliver(world.rejected(new_id()))


def test_D24_answers_in_every_order_give_the_same_reading(world, reading_of, client, database):
    seen = set()
    for order in itertools.permutations(range(3)):
        me = world.household()
        made = reading_of(me, 200)
        at = utcnow()
        answers = [
            (world.rejected(made["id"], at=at), 1),
            (world.accepted(made["id"], at=at), 2),
            (world.rejected(made["id"], at=at), 3),
        ]
        for place in order:
            world.deliver(*answers[place])
            world.deliver(*answers[place])
        shown = client.as_(me).get(f"/v1/readings/{made['id']}").json
        seen.add((shown["status"], shown["answer_text"], shown["billed_value_m3"], shown["invoice_number"]))
        testing.empty(database)
    assert seen == {("billed", "Värdet kan inte stämma.", 200, "F1001")}


def test_T17_an_account_sees_nothing_until_its_customer_number_is_linked(world, client):
    me = principal()
    world.deliver(world.started())
    world.deliver(world.opened(me.account_id))
    assert client.as_(me).get("/v1/metering-points").json["total"] == 0
    world.deliver(world.linked(me.account_id))
    assert client.as_(me).get("/v1/metering-points").json["total"] == 1


def test_FK16_an_unlinked_number_shows_nothing_to_anybody_from_that_moment(world, me, point, reading_of, client):
    http = client.as_(me)
    reading = reading_of(me, 150)["id"]
    world.deliver(world.unlinked(me.account_id), 2)
    assert http.get("/v1/metering-points").json["total"] == http.get("/v1/readings").json["total"] == 0
    assert http.get(f"/v1/readings/{reading}").status_code == 404
    assert http.get(f"/v1/consumption?metering_point_id={point}&year=2026").status_code == 404
    late = {"metering_point_id": point, "value_m3": 160, "read_on": world.today.isoformat()}
    assert http.post("/v1/readings", late).status_code == 404
    assert http.post(f"/v1/readings/{reading}/corrections", {"value_m3": 151}).status_code == 404
    world.deliver(world.linked(me.account_id), 1)
    assert http.get("/v1/metering-points").json["total"] == 0
