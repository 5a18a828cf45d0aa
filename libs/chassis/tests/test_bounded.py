"""What another system answers has an end, in bytes and in time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.bounded import AnswerRefused, collect


@given(st.lists(st.binary(max_size=20), max_size=10), st.integers(0, 100))
def test_B17_an_answer_is_whole_or_refused_for_its_size(chunks, most):
    whole = b"".join(chunks)
    if len(whole) <= most:
        assert collect(chunks, most=most, until=1, clock=lambda: 0) == whole
    else:
        with pytest.raises(AnswerRefused, match="too-large"):
            collect(chunks, most=most, until=1, clock=lambda: 0)


def test_B17_an_answer_without_end_is_left_at_once():
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"x" * 10

    with pytest.raises(AnswerRefused, match="too-large"):
        collect(endless(), most=95, until=1, clock=lambda: 0)
    assert read == 10


def test_A27_who_drips_is_left_when_the_time_for_all_of_it_is_over():
    clock = iter(range(100))
    with pytest.raises(AnswerRefused, match="too-slow"):
        collect(iter(lambda: b"x", b""), most=1000, until=5, clock=lambda: next(clock))
    assert next(clock) == 7
