from notify.consumers.sending.breaker import LONGEST_PAUSE_SECONDS, OPENS_AFTER, Breaker


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_A27_it_opens_after_five_failures_in_a_row_and_not_before():
    breaker = Breaker(Clock())
    for _ in range(OPENS_AFTER - 1):
        breaker.failed()
    assert breaker.is_closed
    breaker.succeeded()
    for _ in range(OPENS_AFTER - 1):
        breaker.failed()
    assert breaker.is_closed
    breaker.failed()
    assert not breaker.is_closed
    assert breaker.pause() > 0


def test_A27_after_the_pause_one_may_try_and_each_failure_makes_the_pause_longer():
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(OPENS_AFTER):
        breaker.failed()
    pauses = []
    for _ in range(10):
        pauses.append(breaker.pause())
        clock.now += pauses[-1]
        assert breaker.pause() == 0
        breaker.failed()
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    breaker.succeeded()
    assert breaker.is_closed
    assert breaker.pause() == 0
