"""The prover itself: it must see what it is there to see, or its zeros mean nothing."""

from __future__ import annotations

import http.client
from types import SimpleNamespace

import pytest
from tests.failures.audit import Findings
from tests.failures.faults import Orders
from tests.failures.history import Command
from tests.failures.prover import Prover, Round

pytestmark = pytest.mark.failure


class Books:
    """An audit that finds what it is told."""

    def __init__(self, readings, findings):
        self._readings = readings
        self._findings = findings

    def is_quiet(self):
        return True

    def readings(self, _points):
        return self._readings

    def findings(self, _mine, _expected):
        return self._findings


@pytest.fixture
def verdict(tmp_path):
    """Judge a history of ``(day, kind)`` against readings ``id -> day``."""

    def judge(history, readings, **found):
        system = SimpleNamespace(run_batch=lambda: None)
        prover = Prover(SimpleNamespace(world=SimpleNamespace(billing_system=system)), tmp_path)
        prover.audit = Books({id_: ("point", day) for id_, day in readings.items()}, Findings(**found))
        going = Round("self-test", prover)
        for day, *kinds in history:
            for kind in kinds:
                going.history.note(Command(id=day, point="point", value=1, day=day), kind)
        return prover.judge(going)

    return judge


FINE = [("day 1", "invoke", "ok"), ("day 2", "invoke", "ok")]
BOTH = {"a": "day 1", "b": "day 2"}


def test_what_was_answered_and_is_there_once_is_clean(verdict):
    found = verdict(FINE, BOTH)
    assert found.clean
    assert "lost 0, doubled 0, phantom 0, half 0" in str(found)


@pytest.mark.parametrize(
    ("count", "history", "readings", "found"),
    [
        ("lost", FINE, {"a": "day 1"}, {}),
        ("doubled", FINE, BOTH | {"c": "day 2"}, {}),
        ("doubled", FINE, BOTH, {"doubled": ["reading a billed 2 times"]}),
        ("doubled", FINE, BOTH, {"mails_twice": ["<a@b>"]}),
        ("phantom", FINE, BOTH | {"c": "day 3"}, {}),
        ("half", FINE, BOTH, {"half": ["reading a: no mail"]}),
        ("half", FINE, BOTH, {"undelivered": ["an event"]}),
        ("dead_letters", FINE, BOTH, {"dead_letters": ["billing: bad-body"]}),
        ("gaps", FINE, BOTH, {"gaps": ["metering reading a: [1, 3]"]}),
        ("failed", [*FINE, ("day 3", "invoke", "fail")], BOTH, {}),
    ],
)
def test_each_kind_of_damage_is_counted_and_not_clean(verdict, count, history, readings, found):
    seen = verdict(history, readings, **found)
    assert getattr(seen, count) == 1
    assert not seen.clean


def test_an_effect_without_an_answer_is_recovered_and_allowed(verdict):
    seen = verdict([*FINE, ("day 3", "invoke", "info"), ("day 4", "invoke", "info")], BOTH | {"c": "day 3"})
    assert (seen.info, seen.recovered, seen.phantom, seen.lost) == (2, 1, 0, 0)
    assert seen.clean


def test_nothing_sent_proves_nothing(verdict):
    assert not verdict([], {}).clean


def test_an_order_is_left_until_somebody_has_carried_it_out(tmp_path):
    orders = Orders(tmp_path)
    orders.kill("billing.worker", "relay.after_confirm", 2)
    assert orders.left() == ["billing.worker relay.after_confirm"] * 2
    next(path for path in tmp_path.rglob("*") if path.is_file()).unlink()
    assert len(orders.left()) == 1
    orders.withdraw()
    assert orders.left() == []


def test_an_answer_503_that_does_not_say_when_to_come_again_is_noticed(tmp_path):
    headers = http.client.HTTPMessage()
    browser = SimpleNamespace(send=lambda *_args, **_more: SimpleNamespace(status=503, headers=headers, body={}))
    driver = SimpleNamespace(citizen=SimpleNamespace(browser=browser))
    going = Round("self-test", Prover(SimpleNamespace(), tmp_path))
    going._read(driver)
    headers["Retry-After"] = "5"
    going._read(driver)
    assert (going.traffic.requests, going.traffic.errors["503"], going.traffic.without_retry_after) == (2, 2, 1)
