"""Who does not answer is not asked again for a while."""

import math

from chassis.breaker import CircuitBreaker


class Clock:
    """Seconds that pass when told."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def test_A27_the_breaker_opens_after_five_failures_within_ten_seconds():
    clock = Clock()
    breaker = CircuitBreaker(clock=clock)
    for _ in range(4):
        breaker.failed()
        assert breaker.allow()
    breaker.failed()
    assert not breaker.allow()
    assert breaker.retry_after == 11


def test_A27_failures_far_apart_or_with_a_success_between_do_not_open_it():
    clock = Clock()
    breaker = CircuitBreaker(clock=clock)
    for _ in range(20):
        breaker.failed()
        clock.now += 2.6
    assert breaker.allow()
    for _ in range(20):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.allow()
    assert breaker.retry_after == 0


def test_A27_after_a_rest_one_probe_goes_through_and_decides():
    clock = Clock()
    breaker = CircuitBreaker(clock=clock)
    for _ in range(5):
        breaker.failed()
    clock.now += 10
    assert [breaker.allow() for _ in range(3)] == [True, False, False]
    breaker.failed()
    assert not breaker.allow()
    clock.now += 10
    assert breaker.allow()
    breaker.succeeded()
    assert [breaker.allow() for _ in range(3)] == [True, True, True]


def test_A27_a_probe_that_never_comes_back_does_not_close_the_door_for_ever():
    clock = Clock()
    breaker = CircuitBreaker(clock=clock)
    for _ in range(5):
        breaker.failed()
    clock.now += 10
    assert breaker.allow()
    clock.now += 10
    assert breaker.allow()


def test_A27_without_a_window_failures_in_a_row_open_it_however_far_apart():
    clock = Clock()
    breaker = CircuitBreaker(within=math.inf, clock=clock)
    for _ in range(4):
        breaker.failed()
        clock.now += 3600
        assert breaker.allow()
    breaker.failed()
    assert not breaker.allow()
