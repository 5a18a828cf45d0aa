"""B-21, J8, J10: metering's part of a person's export and erasure."""

from datetime import date

from chassis.ids import new_id
from chassis.jobs import JobContext
from chassis.testing import answered, deliver_scoped, principal
from contracts.data_requests import DataRequestKind
from metering.app import JOBS
from metering.consumers import SUBSCRIPTIONS

EXPORT, CHECK, ERASURE = DataRequestKind.EXPORT, DataRequestKind.ERASURE_CHECK, DataRequestKind.ERASURE


def ask(world, who, kind):
    deliver_scoped(world.database, SUBSCRIPTIONS, kind, person_id=who.person_id, account_ids=(who.account_id,))
    return answered(world.database)


def test_B_21_an_export_holds_places_meters_readings_and_how_they_were_corrected(world, me, client, reading_of):
    made = reading_of(me, 150, days_ago=10)
    corrected = client.as_(me).post(f"/v1/readings/{made['id']}/corrections", {"value_m3": 155})
    assert corrected.status_code < 300, corrected.json
    found = ask(world, me, EXPORT)
    [own] = [reading for reading in found["readings"] if reading["source"] == "customer"]
    assert (own["value_m3"], own["submitted_by_me"], own["meter_number"]) == (155, True, "M1")
    assert [revision["value_m3"] for revision in own["revisions"]] == [150]
    [meter] = found["metering-points"]["meters"]
    assert (meter["number"], meter["installed_value_m3"]) == ("M1", 100)
    assert found["metering-points"]["agreements"][0]["street"] == "Storgatan 1"


def test_B_21_who_else_read_is_not_told_and_the_neighbours_readings_are_not_there(world, me, reading_of):
    somebody = principal(account_id=me.account_id)
    reading_of(somebody, 150, days_ago=10)
    world.deliver(world.ended(days_ago=5))
    world.household("K2", number="A2", days_ago=4, meter=None)
    found = ask(world, me, EXPORT)
    [own] = [reading for reading in found["readings"] if reading["source"] == "customer"]
    assert own["submitted_by_me"] is False
    assert str(somebody.person_id) not in str(found)
    assert "K2" not in str(found)


def test_FJ8_nothing_here_stands_against_an_erasure(world, me, reading_of):
    reading_of(me, 150)
    assert ask(world, me, CHECK).objections == ()


def test_FJ8_FJ10_refused_readings_and_who_read_go_what_was_billed_stays_as_long_as_the_invoices(world, me, reading_of):
    refused = reading_of(me, 140, days_ago=40)
    billed = reading_of(me, 150, days_ago=10)
    world.deliver(world.rejected(refused["id"]))
    world.deliver(world.accepted(billed["id"]))
    world.deliver(world.ended(days_ago=5))
    report = ask(world, me, ERASURE)
    assert {what.en for what in report.erased} == {"Refused readings", "Who submitted the readings"}
    assert world.rows("SELECT id::text, submitted_by FROM reading WHERE source = 'customer'") == [(billed["id"], None)]
    until = date(world.ago(5).year + 7, 12, 31)
    assert {kept.until for kept in report.kept} == {until}
    assert all("bokföringslagen" in kept.why.sv.lower() for kept in report.kept)
    assert ask(world, me, ERASURE).erased == ()


def test_FJ8_the_person_goes_out_of_readings_for_others_too(world, me, reading_of):
    """A delegate of another's account: that account's readings stay, without him."""
    helper = principal(account_id=me.account_id)
    reading_of(helper, 150, days_ago=10)
    reading_of(me, 155, days_ago=5)
    deliver_scoped(world.database, SUBSCRIPTIONS, ERASURE, person_id=helper.person_id)
    left = dict(world.rows("SELECT value_m3, submitted_by FROM reading WHERE source = 'customer'"))
    assert left == {150: None, 155: me.person_id}


def test_FJ8_somebody_without_anything_here_gets_empty_answers(world):
    nobody = principal(account_id=new_id())
    assert ask(world, nobody, EXPORT)["readings"] == []
    report = ask(world, nobody, ERASURE)
    assert (report.erased, report.kept) == ((), ())


def test_FJ10_the_daily_job_lets_go_readings_and_agreements_after_seven_calendar_years(world, settings, me, reading_of):
    reading_of(me, 150, days_ago=20)
    reading_of(me, 160, days_ago=10)
    world.deliver(world.ended(days_ago=5))
    old = world.today.year - 8
    with world.database.transaction() as tx:
        tx.session.connection().exec_driver_sql(
            "UPDATE reading SET read_on = make_date(%s, 5, 1) WHERE value_m3 = 150", (old,)
        )
    run = JOBS.get("forget-old-readings").run
    run(JobContext(world.database, settings))
    assert world.rows("SELECT value_m3 FROM reading WHERE source = 'customer'") == [(160,)]
    assert len(world.rows("SELECT 1 FROM agreement")) == 1
    with world.database.transaction() as tx:
        tx.session.connection().exec_driver_sql("UPDATE agreement SET ends_on = make_date(%s, 12, 31)", (old,))
        tx.session.connection().exec_driver_sql(
            "UPDATE reading SET read_on = make_date(%s, CASE source WHEN 'customer' THEN 5 ELSE 1 END, 1)", (old,)
        )
    run(JobContext(world.database, settings))
    assert world.rows("SELECT 1 FROM agreement") == []
    assert len(world.rows("SELECT 1 FROM reading WHERE source = 'customer'")) == 1, "the meter's last value stays"
