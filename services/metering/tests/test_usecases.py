from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from chassis.ids import utcnow
from chassis.testing import principal, told
from contracts.metering import CheckReason, ReadingCorrectedV1, ReadingNeedsCheckV1, ReadingSubmittedV1
from contracts.org_registry import AccountKind
from metering import domain, usecases
from metering.usecases import CorrectReading, SubmitReading


@pytest.fixture
def submit(database, world):
    def run(who, value, days_ago=0, **more):
        point = world.point_of(who)
        with database.transaction(principal=who) as tx:
            return usecases.submit_reading(
                tx, SubmitReading(metering_point_id=point, value_m3=value, read_on=world.ago(days_ago), **more)
            ).id

    return run


@pytest.fixture
def correct(database):
    def run(who, reading_id, value, **more):
        with database.transaction(principal=who) as tx:
            return usecases.correct_reading(tx, reading_id, CorrectReading(value_m3=value, **more))

    return run


def test_T5_a_reading_is_told_to_the_billing_system_with_what_it_is_measured_from(database, me, submit, world):
    reading_id = submit(me, 245)
    (event,) = told(database)
    assert isinstance(event, ReadingSubmittedV1)
    assert (event.reading_id, event.account_id, event.customer_number) == (reading_id, me.account_id, "K1")
    assert (event.facility_id, event.meter_number) == ("735999109151401011", "M1")
    assert (event.previous_value_m3, event.value_m3, event.use_m3, event.rolled_over) == (100, 245, 145, False)
    assert (event.previous_read_on, event.read_on) == (world.ago(365), world.today)
    assert world.rows("SELECT submitted_by FROM reading WHERE id = :id", id=reading_id) == [(me.person_id,)]


def test_D24_a_confirmed_implausible_reading_makes_a_check_task_and_tells(database, me, submit, world):
    with pytest.raises(domain.ReadingNeedsConfirmation):
        submit(me, 9000)
    reading_id = submit(me, 9000, confirmed=True)
    assert world.rows("SELECT reading_id, reason, use_m3, expected_m3, outcome FROM check_task") == [
        (reading_id, "high", 8900, 150, None)
    ]
    submitted, check = told(database)
    assert isinstance(submitted, ReadingSubmittedV1)
    assert (check.reading_id, check.reason) == (reading_id, CheckReason.HIGH)
    assert world.rows("SELECT version FROM outbox ORDER BY seq") == [(1,), (2,)]


def test_D24_confirming_what_is_plausible_makes_no_task(database, me, submit, world):
    submit(me, 245, confirmed=True)
    assert world.rows("SELECT count(*) FROM check_task") == [(0,)]
    assert told(database, ReadingNeedsCheckV1) == []


def test_D24_low_use_is_asked_about_too(me, submit):
    with pytest.raises(domain.ReadingNeedsConfirmation) as asked:
        submit(me, 101)
    assert asked.value.params["reason"] == "low"


def test_D24_lower_than_the_last_is_refused_even_when_confirmed(me, submit):
    with pytest.raises(domain.ReadingBelowLast):
        submit(me, 99, confirmed=True)


def test_B_17_a_roll_over_is_asked_about_and_counted_through_zero(database, world, submit):
    me = world.household(value=99_950)
    with pytest.raises(domain.ReadingNeedsConfirmation) as asked:
        submit(me, 60)
    assert asked.value.params | {"days": 0} == {"reason": "roll-over", "use_m3": 110, "expected_m3": 150, "days": 0}
    submit(me, 60, confirmed=True)
    (event,) = told(database, ReadingSubmittedV1)
    assert (event.use_m3, event.rolled_over) == (110, True)
    assert told(database, ReadingNeedsCheckV1)[0].reason is CheckReason.ROLL_OVER


def test_D24_not_before_the_last_reading(me, submit):
    submit(me, 200, days_ago=10)
    with pytest.raises(domain.ReadingBeforeLast):
        submit(me, 190, days_ago=20)


def test_D24_today_in_stockholm_is_allowed_and_tomorrow_is_not(database, me, world):
    point = world.point_of(me)
    with database.transaction(principal=me) as tx:
        today = domain.local_date(tx.now)
        late = datetime(2027, 6, 1, 22, 30, tzinfo=UTC)
        tx.__dict__["now"] = late
        after_midnight = SubmitReading(
            metering_point_id=point, value_m3=400, read_on=late.date() + timedelta(days=1), confirmed=True
        )
        assert usecases.submit_reading(tx, after_midnight).read_on > today
        with pytest.raises(domain.ReadingInFuture):
            usecases.submit_reading(
                tx, SubmitReading(metering_point_id=point, value_m3=500, read_on=late.date() + timedelta(days=2))
            )


def test_B_17_after_a_swap_the_new_meter_is_read_from_its_own_start(database, me, submit, world, client):
    submit(me, 160, days_ago=200)
    world.deliver(world.replaced(days_ago=100, last=200))
    reading_id = submit(me, 40)
    event = told(database, ReadingSubmittedV1)[-1]
    assert (event.meter_number, event.previous_value_m3, event.use_m3, event.rolled_over) == ("M2", 3, 37, False)
    assert event.reading_id == reading_id
    intervals = []
    for year in sorted({world.ago(365).year, world.today.year}):
        path = f"/v1/consumption?metering_point_id={world.point_of(me)}&year={year}"
        intervals += [i for i in client.as_(me).get(path).json["intervals"] if i not in intervals]
    assert [(i["meter_number"], i["use_m3"]) for i in intervals] == [("M1", 60), ("M1", 40), ("M2", 37)]


def test_B_17_an_old_meter_that_could_not_be_read_gives_an_estimated_interval(me, world, client):
    world.deliver(world.replaced(days_ago=100, last=200, estimated=True))
    year = world.ago(100).year
    path = f"/v1/consumption?metering_point_id={world.point_of(me)}&year={year}"
    assert client.as_(me).get(path).json["intervals"][0]["quality"] == "estimated"
    sources = {item["source"] for item in client.as_(me).get("/v1/readings").json["items"]}
    assert sources == {"utility", "estimate"}


def test_D24_history_teaches_what_is_plausible(me, submit, world):
    submit(me, 1000, days_ago=100, confirmed=True)
    with pytest.raises(domain.ReadingNeedsConfirmation):
        submit(me, 1010)  # far less than this household uses by now
    submit(me, 1340)


def test_a_company_without_expectation_or_history_is_not_asked(world, submit):
    me = principal()
    world.deliver(world.opened(me.account_id, AccountKind.COMPANY))
    world.deliver(world.linked(me.account_id))
    world.deliver(world.started(expected_yearly_use=None, days_ago=30))
    submit(me, 9000)


def test_a_household_without_expectation_is_taken_for_150_a_year(world, submit):
    me = world.household(expected_yearly_use=None)
    with pytest.raises(domain.ReadingNeedsConfirmation) as asked:
        submit(me, 9000)
    assert asked.value.params["expected_m3"] == 150


def test_B9_of_two_readings_at_once_one_wins_and_the_other_is_a_clear_conflict(database, me, submit, world):
    def attempt(value):
        try:
            return submit(me, value)
        except domain.ReadingAlreadyRegistered as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(200, 208)))
    assert outcomes.count("reading-already-registered") == 7
    assert len(told(database, ReadingSubmittedV1)) == 1
    assert world.rows("SELECT count(*) FROM reading WHERE source = 'customer'") == [(1,)]


def test_B9_readings_of_different_days_at_once_never_contradict_each_other(me, submit, world):
    """Each later day has a lower value: whichever is first, none of the others may follow."""
    together = Barrier(6)

    def attempt(days_ago):
        together.wait(10)
        try:
            return submit(me, 300 + days_ago, days_ago, confirmed=True)
        except (domain.ReadingBeforeLast, domain.ReadingBelowLast) as error:
            return error.code

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(attempt, [50, 40, 30, 20, 10, 0]))
    assert world.rows("SELECT count(*) FROM reading WHERE source = 'customer'") == [(1,)]


def test_B9_the_index_guards_the_day_even_where_nobody_looked(database, me, submit, world, monkeypatch):
    submit(me, 200)
    monkeypatch.setattr(usecases.reading.store, "readings_of_meter", _without_customers)
    with pytest.raises(domain.ReadingAlreadyRegistered):
        submit(me, 201)


def _without_customers(tx, meter_id, **more):
    from metering.store.readings import readings_of_meter

    return [r for r in readings_of_meter(tx, meter_id, **more) if r.source is not domain.Source.CUSTOMER]


def test_of_two_corrections_at_once_both_are_kept_in_order(database, me, submit, correct, world):
    reading_id = submit(me, 200)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda value: correct(me, reading_id, value), [210, 211, 212, 213]))
    assert world.rows("SELECT revision FROM reading WHERE id = :id", id=reading_id) == [(5,)]
    assert world.rows("SELECT count(*) FROM reading_revision") == [(4,)]
    versions = [row[0] for row in world.rows("SELECT version FROM outbox ORDER BY version")]
    assert versions == [1, 2, 3, 4, 5]


def test_D24_a_correction_is_told_whole_and_what_it_was_is_kept(database, me, submit, correct, world):
    reading_id = submit(me, 200)
    correct(me, reading_id, 230)
    (event,) = told(database, ReadingCorrectedV1)
    assert (event.reading_id, event.value_m3, event.use_m3, event.previous_value_m3) == (reading_id, 230, 130, 100)
    assert world.rows("SELECT number, value_m3, replaced_by FROM reading_revision") == [(1, 200, me.person_id)]


def test_D24_correcting_an_implausible_value_settles_its_check_task(me, submit, correct, world):
    reading_id = submit(me, 9000, confirmed=True)
    correct(me, reading_id, 245)
    assert world.rows("SELECT outcome FROM check_task") == [("corrected",)]
    with pytest.raises(domain.ReadingNeedsConfirmation):
        correct(me, reading_id, 8000)
    correct(me, reading_id, 8000, confirmed=True)
    assert world.rows("SELECT revision, outcome FROM check_task ORDER BY revision") == [(1, "corrected"), (3, None)]


def test_D24_a_corrected_value_fits_between_its_neighbours(me, submit, correct, world):
    first = submit(me, 170, days_ago=180)
    submit(me, 240)
    with pytest.raises(domain.ReadingAboveNext):
        correct(me, first, 241, confirmed=True)
    with pytest.raises(domain.ReadingBelowLast):
        correct(me, first, 99, confirmed=True)
    correct(me, first, 180)
    assert world.rows("SELECT previous_value_m3, use_m3 FROM reading WHERE value_m3 = 240") == [(180, 60)]


def test_D24_a_rejected_reading_does_not_count_and_may_be_read_anew_or_corrected(me, submit, correct, world):
    wrong = submit(me, 300)
    world.deliver(world.rejected(wrong))
    again = submit(me, 240)
    with pytest.raises(domain.ReadingAlreadyRegistered):
        correct(me, wrong, 250)
    world.deliver(world.rejected(again))
    assert correct(me, wrong, 250).state is domain.State.ACCEPTED


def test_a_role_without_an_account_is_refused(database, world, me):
    from chassis.errors import Forbidden
    from chassis.transaction import Principal

    with database.read(principal=Principal(person_id=me.person_id)) as tx, pytest.raises(Forbidden):
        usecases.list_points(tx, limit=1, page=1)


def test_D24_a_billed_reading_settles_its_check_task(me, submit, world):
    reading_id = submit(me, 9000, confirmed=True)
    world.deliver(world.accepted(reading_id, at=utcnow()))
    assert world.rows("SELECT outcome FROM check_task") == [("billed",)]
