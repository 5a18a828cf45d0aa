"""The register is asked again about every signatory (D12), with Bolagsverket's stand-in as a real process."""

import base64
import dataclasses
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from chassis import jobs
from chassis.ids import new_id
from contracts.org_registry import LossReason, MembershipGrantedV1, MembershipRemovedV1, RemovalReason, SignatoryLostV1
from org_registry import app as composition
from org_registry.domain import signatories as rules
from org_registry.domain.register import Decision, Outcome
from sim_bolagsverket import companies as data

TOLVAN, ERIK, ASA, SARA, EBBA = (who.number for who in (data.TOLVAN, data.ERIK, data.ASA, data.SARA, data.EBBA))
DAYS = timedelta(days=1)


@pytest.fixture
def recheck(database, company_settings):
    """Runs the job as the worker does; ``settings`` may differ."""

    def run(**settings):
        context = jobs.JobContext(database, dataclasses.replace(company_settings, **settings))
        jobs.run(composition.JOBS.get("recheck-signatories"), context)

    return run


def opened(world, personal_number=TOLVAN, number=data.ALONE):
    """A signatory of his company, acting for it."""
    who = world.person()
    answer = world.link(who, personal_number, number)
    assert answer.status_code == 201, answer.json
    return world.acting(who.person_id, UUID(answer.json["account_id"]))


def later(world, days=30, **time):
    """Let time pass, for the rights."""
    length = timedelta(days=days, **time)
    world.change(
        "UPDATE signatory_right SET next_check_at = next_check_at - :length, checked_at = checked_at - :length,"
        " lost_at = lost_at - :length",
        length=length,
    )


def right(world, who):
    [row] = world.rows("SELECT * FROM signatory_right WHERE person_id = :person", person=who.person_id)
    return row


def may(world, who):
    return world.grant(who.person_id, who.account_id).status_code == 200


def test_D12_FB10_a_right_is_asked_about_after_thirty_days_and_not_before(world, register, recheck):
    who = opened(world)
    register.forget_calls()
    later(world, days=29)
    recheck()
    assert register.calls("firmateckningsalternativ") == []
    later(world, days=1)
    recheck()
    [call] = register.calls("firmateckningsalternativ")
    assert call["body"]["funktionarIdentitetsbeteckning"] == TOLVAN
    assert may(world, who)
    row = right(world, who)
    assert (row["status"], row["failures"]) == ("held", 0)
    assert timedelta(days=29, hours=23) < row["next_check_at"] - row["checked_at"] <= timedelta(days=30)
    recheck()
    assert len(register.calls("firmateckningsalternativ")) == 1
    assert [check["outcome"] for check in world.rows("SELECT outcome FROM signatory_check")] == ["opens", "opens"]


def test_D12_FB10_a_lost_right_suspends_the_role_and_not_the_account(world, register, recheck):
    first = opened(world)
    register.put_officer(data.ALONE, ERIK, ["LE"])
    register.set_rules(data.ALONE, [{"alternative": "ENSAM", "persons": [TOLVAN, ERIK], "count": 1}])
    second = opened(world, ERIK)
    delegate = world.let_in(first)
    register.remove_officer(data.ALONE, TOLVAN)
    later(world)
    recheck()
    assert not may(world, first)
    assert may(world, second)
    assert may(world, delegate)
    [lost] = world.told(SignatoryLostV1)
    assert (lost.membership_id, lost.person_id, lost.reason) == (
        first.membership_id,
        first.person_id,
        LossReason.NOT_SIGNATORY,
    )
    [removed] = world.told(MembershipRemovedV1)
    assert (removed.membership_id, removed.reason, removed.removed_by) == (
        first.membership_id,
        RemovalReason.SIGNATORY_LOST,
        None,
    )
    assert world.accounts(first)["items"] == []
    assert right(world, first)["status"] == "lost"
    recheck()
    assert len(world.told(SignatoryLostV1)) == 1


def test_D12_a_right_that_comes_back_is_given_back_without_anybody_asking(world, register, recheck):
    who = opened(world)
    register.set_rules(data.ALONE, [])
    register.remove_officer(data.ALONE, TOLVAN)
    later(world)
    recheck()
    assert not may(world, who)
    register.reset()
    recheck()
    assert not may(world, who)
    later(world, days=1)
    recheck()
    again = world.acting(who.person_id, who.account_id)
    assert again.role == "signatory"
    assert right(world, who)["lost_at"] is None
    assert [event.role for event in world.told(MembershipGrantedV1)] == ["signatory", "signatory"]


def test_D12_who_has_lost_the_role_gets_it_back_at_once_by_asking_himself(world, register, recheck):
    who = opened(world)
    register.set_rules(data.ALONE, [])
    register.remove_officer(data.ALONE, TOLVAN)
    later(world)
    recheck()
    assert world.link(who, TOLVAN, data.ALONE).status_code == 403
    register.reset()
    assert world.link(who, TOLVAN, data.ALONE).status_code == 201
    assert world.acting(who.person_id, who.account_id).role == "signatory"
    assert right(world, who)["status"] == "held"


FAULTS = {
    "503": lambda register: register.faults.status(503, count=None),
    "404 of a proxy": lambda register: register.faults.status(404, count=None),
    "garbage": lambda register: register.faults.garbage(count=None),
    "dropped": lambda register: register.faults.drop(count=None),
    "no token": lambda register: register.faults.status(500, path="/oauth2/", count=None),
    "another person": lambda register: register.faults.answer({"firmateckningInformation": []}, count=None),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_D12_D11_an_outage_takes_nothing_away_and_is_asked_again_each_time_later(world, register, recheck, fault):
    first, second = opened(world), opened(world, EBBA, data.MANAGING_DIRECTOR)
    later(world)
    FAULTS[fault](register)
    waits = []
    for _ in range(4):
        recheck()
        row = right(world, first)
        waits.append(row["next_check_at"] - datetime.now(UTC))
        later(world, days=1)
    assert may(world, first)
    assert may(world, second)
    assert row["failures"] == 4
    assert all(a * 1.8 < b for a, b in pairwise(waits)), waits
    assert not world.told(MembershipRemovedV1)
    register.faults.clear()
    recheck()
    assert (right(world, first)["failures"], right(world, first)["status"]) == (0, "held")


def test_D12_one_outage_puts_the_rest_of_the_batch_off_and_asks_nobody_else(world, register, recheck):
    opened(world)
    opened(world, EBBA, data.MANAGING_DIRECTOR)
    later(world)
    register.forget_calls()
    register.faults.status(503)
    recheck()
    assert len(register.calls("firmateckningsalternativ")) == 1
    assert {row["failures"] for row in world.rows("SELECT failures FROM signatory_right")} == {1}


def test_D10_D12_the_managing_director_keeps_the_role_by_the_setting_only(world, recheck):
    who = opened(world, EBBA, data.MANAGING_DIRECTOR)
    later(world)
    recheck(allow_day_to_day_signatory=True)
    assert may(world, who)
    later(world)
    recheck(allow_day_to_day_signatory=False)
    assert not may(world, who)
    later(world, days=1)
    recheck(allow_day_to_day_signatory=True)
    assert may(world, who)


def joint(world):
    erik, asa = world.person(), world.person()
    assert world.link(erik, ERIK, data.TWO_TOGETHER).status_code == 202
    answer = world.link(asa, ASA, data.TWO_TOGETHER)
    account = UUID(answer.json["account_id"])
    return world.acting(erik.person_id, account), world.acting(asa.person_id, account)


def test_D10_D12_two_who_sign_together_keep_the_role_as_long_as_both_may(world, recheck):
    erik, asa = joint(world)
    later(world)
    recheck()
    assert may(world, erik)
    assert may(world, asa)
    assert {row["standing"] for row in world.rows("SELECT standing FROM signatory_right")} == {"together"}


def test_D10_D12_who_is_left_of_two_may_not_go_on_alone_and_both_come_back_together(world, register, recheck):
    erik, asa = joint(world)
    register.remove_officer(data.TWO_TOGETHER, ERIK)
    register.put_officer(data.TWO_TOGETHER, SARA, ["LE"])
    register.set_rules(data.TWO_TOGETHER, [{"alternative": "TILLSAMMANS", "persons": [ASA, SARA], "count": 2}])
    later(world)
    recheck()
    assert not may(world, erik)
    assert not may(world, asa)
    reasons = {event.person_id: event.reason for event in world.told(SignatoryLostV1)}
    assert reasons == {erik.person_id: LossReason.NOT_SIGNATORY, asa.person_id: LossReason.NEEDS_COSIGNATORY}
    register.reset()
    later(world, days=1)
    recheck()
    assert may(world, erik)
    assert may(world, asa)


def test_D10_D12_a_new_cosignatory_restores_who_was_left(world, register, recheck):
    erik, asa = joint(world)
    register.remove_officer(data.TWO_TOGETHER, ERIK)
    register.put_officer(data.TWO_TOGETHER, SARA, ["LE"])
    register.set_rules(data.TWO_TOGETHER, [{"alternative": "TILLSAMMANS", "persons": [ASA, SARA], "count": 2}])
    later(world)
    recheck()
    sara = world.person()
    assert world.link(sara, SARA, data.TWO_TOGETHER).status_code == 202
    assert world.link(asa, ASA, data.TWO_TOGETHER).status_code == 201
    for who in (asa, world.acting_for_nothing(sara.person_id)):
        assert world.grant(who.person_id, erik.account_id).status_code == 200
    assert not may(world, erik)


def test_D12_nobody_asks_about_somebody_who_was_removed_or_has_left_and_the_number_is_erased(world, register, recheck):
    first = opened(world)
    register.put_officer(data.ALONE, ERIK, ["LE"])
    register.set_rules(data.ALONE, [{"alternative": "ENSAM", "persons": [TOLVAN, ERIK], "count": 1}])
    second = opened(world, ERIK)
    assert world.remove(first, second).status_code == 204
    assert [row["person_id"] for row in world.rows("SELECT person_id FROM signatory_right")] == [first.person_id]
    register.forget_calls()
    later(world)
    recheck()
    assert len(register.calls("firmateckningsalternativ")) == 1
    assert not may(world, second)


def test_D12_a_lost_right_is_forgotten_after_a_year(world, register, recheck):
    who = opened(world)
    register.set_rules(data.ALONE, [])
    register.remove_officer(data.ALONE, TOLVAN)
    later(world)
    recheck()
    later(world, days=366)
    recheck()
    assert world.rows("SELECT 1 FROM signatory_right") == []
    register.reset()
    recheck()
    assert not may(world, who)


def test_D12_D23_the_number_is_sealed_bound_to_person_and_company_and_nowhere_else(world, vault, settings):
    who = opened(world)
    row = right(world, who)
    [organisation] = world.rows("SELECT number_index FROM organisation")
    index = bytes(organisation["number_index"])
    assert vault.open_person(index, who.person_id, bytes(row["number_sealed"])) == TOLVAN
    for other_index, other_person in ((b"x" * 32, who.person_id), (index, new_id())):
        with pytest.raises(ValueError, match="cannot be read"):
            vault.open_person(other_index, other_person, bytes(row["number_sealed"]))
    for table in world.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        whole = f'SELECT t::text AS line FROM "{table["tablename"]}" AS t'  # noqa: S608 - names from the catalogue
        for line in world.rows(whole):
            for form in (TOLVAN, TOLVAN[2:], TOLVAN.encode().hex(), TOLVAN[2:].encode().hex()):
                assert form not in line["line"]


def test_D12_a_number_that_cannot_be_opened_takes_nothing_away(world, register, recheck, settings):
    who = opened(world)
    later(world)
    recheck(organisation_number_key=base64.b64encode(b"n" * 32).decode())
    assert may(world, who)
    assert right(world, who)["failures"] == 1


def test_D10_what_was_kept_for_a_cosignatory_who_never_came_is_erased(world):
    erik = world.person()
    assert world.link(erik, ERIK, data.TWO_TOGETHER).status_code == 202
    assert right(world, erik)["status"] == "waiting"
    world.change("UPDATE signing_confirmation SET expires_at = now() - interval '1 second'")
    with world.database.transaction() as tx:
        composition.companies.drop_lapsed(tx)
    assert world.rows("SELECT 1 FROM signatory_right") == []


def test_D12_a_waiting_right_is_not_asked_about(world, register, recheck):
    erik = world.person()
    assert world.link(erik, ERIK, data.TWO_TOGETHER).status_code == 202
    register.forget_calls()
    later(world, days=60)
    recheck()
    assert register.calls("firmateckningsalternativ") == []


def test_D12_removal_and_loss_at_once_end_the_role_once(world, register, recheck):
    first = opened(world)
    register.put_officer(data.ALONE, ERIK, ["LE"])
    register.set_rules(data.ALONE, [{"alternative": "ENSAM", "persons": [TOLVAN, ERIK], "count": 1}])
    second = opened(world, ERIK)
    register.remove_officer(data.ALONE, ERIK)
    later(world)
    results = world.together(lambda: world.remove(first, second), recheck)
    assert results[1] is None
    assert results[0].status_code in {204, 404}
    assert not may(world, second)
    assert [event.person_id for event in world.told(MembershipRemovedV1)] == [second.person_id]


# --- the rules alone

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def decided(outcome, *groups):
    return Decision(outcome=outcome, ways=(), reasons=(), pending_cases=0, combinations=tuple(map(frozenset, groups)))


@pytest.mark.parametrize(
    ("decision", "present", "holds", "loss"),
    [
        (decided(Outcome.OPENS), {"1"}, True, None),
        (decided(Outcome.REFUSED), {"1", "2"}, False, rules.LossReason.NOT_SIGNATORY),
        (decided(Outcome.NEEDS_COSIGNATORY, {"1", "2"}), {"1", "2", "3"}, True, None),
        (decided(Outcome.NEEDS_COSIGNATORY, {"1", "2"}), {"1", "3"}, False, rules.LossReason.NEEDS_COSIGNATORY),
        (decided(Outcome.NEEDS_COSIGNATORY, {"1", "2"}, {"1", "3"}), {"1", "3"}, True, None),
    ],
)
def test_D12_D10_what_an_answer_means(decision, present, holds, loss):
    verdict = rules.weigh(decision, present)
    assert verdict.holds is holds
    assert holds or verdict.loss is loss


def test_D12_when_the_register_is_asked_next():
    assert rules.next_check(NOW, None) == NOW + 30 * DAYS
    assert rules.next_check(NOW, NOW) == NOW + DAYS
    assert rules.next_check(NOW, NOW - 14 * DAYS) == NOW + 30 * DAYS
    assert rules.next_check(NOW, NOW - 365 * DAYS) is None


def test_D12_after_an_outage_each_wait_is_twice_as_long_up_to_a_day():
    waits = [rules.retry_at(NOW, failures) - NOW for failures in (1, 2, 3, 8, 9, 5000)]
    minutes = [wait / timedelta(minutes=1) for wait in waits]
    assert minutes == [10, 20, 40, 1280, 1440, 1440]
