"""Nobody learns from the company form which organisations are customers, or exist (C30)."""

import statistics
import time

import pytest

from sim_bolagsverket import companies as data

ERIK = data.ERIK.number
SAMPLES = 60
MOST_APART = 0.003
"""Seconds between the kinds (reliability, C30)."""


@pytest.fixture
def kinds(world):
    """Organisations that Erik does not sign for, by what they are to us."""
    world.deliver(world.organisation("K-7", data.ALONE))
    world.deliver(world.started("K-7"))
    assert world.link(world.person(), data.EBBA.number, data.MANAGING_DIRECTOR).status_code == 201
    return {
        "a customer": data.ALONE,
        "a customer with an account": data.MANAGING_DIRECTOR,
        "nobody's customer": data.DEPUTY_AND_AUDITOR,
        "struck off": data.DEREGISTERED,
        "not in the register": data.ASSOCIATION_NOT_IN_REGISTER,
    }


def shape(answer):
    body = {**answer.json, "instance": ""}
    return answer.status_code, sorted(body.items()), len(answer.data), sorted(answer.headers.keys())


def test_C30_T31_who_is_no_signatory_gets_one_answer_for_every_organisation(world, kinds):
    answers = {kind: world.link(world.person(), ERIK, number) for kind, number in kinds.items()}
    assert {answer.status_code for answer in answers.values()} == {403}
    assert len({str(shape(answer)) for answer in answers.values()}) == 1


@pytest.mark.slow
def test_C30_the_answer_takes_as_long_for_every_organisation(world, kinds):
    took = {kind: [] for kind in kinds}
    address = iter(f"198.51.100.{number}" for number in range(1, 250))
    for sample in range(SAMPLES + 5):
        headers = {"X-Real-IP": next(address)}
        for kind, number in kinds.items():  # interleaved, so that a busy machine is busy for all of them
            who = world.person()
            started = time.perf_counter()
            answer = world.link(who, ERIK, number, headers=dict(headers))
            spent = time.perf_counter() - started
            assert answer.status_code == 403
            if sample >= 5:
                took[kind].append(spent)
    # The tenth of the answers that nothing else on the machine held up: there a difference of ours shows best.
    undisturbed = {kind: statistics.quantiles(times, n=10)[0] for kind, times in took.items()}
    assert max(undisturbed.values()) - min(undisturbed.values()) < MOST_APART, undisturbed


def test_C30_a_refused_try_leaves_nothing_that_a_later_answer_could_show(world, kinds):
    world.link(world.person(), ERIK, data.DEPUTY_AND_AUDITOR)
    assert world.rows("SELECT count(*) AS n FROM organisation") == [{"n": 2}]
    who = world.person()
    world.link(who, ERIK, data.ALONE)
    assert world.accounts(who)["items"] == []


def test_C30_thirty_tries_from_one_address_whoever_is_logged_in(world, register, kinds):
    headers = {"X-Real-IP": "203.0.113.9"}
    before = len(register.calls("firmateckningsalternativ"))
    codes = [world.link(world.person(), ERIK, data.ALONE, headers=dict(headers)).status_code for _ in range(31)]
    assert codes == [403] * 30 + [429]
    assert len(register.calls("firmateckningsalternativ")) == before + 30
    assert world.link(world.person(), ERIK, data.ALONE, headers={"X-Real-IP": "203.0.113.10"}).status_code == 403
