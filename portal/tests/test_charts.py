from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.charts import Bar, bars


def drawn(*values: tuple[float | None, ...], stacked: bool = False, uncertain: bool | tuple[bool, ...] = False):
    rows = [
        Bar(f"b{index}", f"bar {index}", each, tuple(str(value) for value in each), uncertain=uncertain)
        for index, each in enumerate(values)
    ]
    series = [f"s{index}" for index in range(max((len(each) for each in values), default=1))]
    return bars("id", "title", rows, series=series, unit="kr", stacked=stacked)


@given(st.lists(st.tuples(st.floats(-1e6, 1e9), st.none() | st.floats(-1e6, 1e9)), max_size=24), st.booleans())
def test_nothing_is_ever_drawn_outside_the_paper(values, stacked):
    for drawing in drawn(*values, stacked=stacked).drawings:
        for rect in drawing.rects:
            assert drawing.left <= rect.x
            assert rect.x + rect.width <= drawing.right + 0.2
            assert rect.y >= 0
            assert rect.y + rect.height <= drawing.height
        assert 2 <= len(drawing.ticks) <= 16


def test_FE15_what_is_not_known_is_left_out_and_nothing_is_a_bar_without_height():
    wide = drawn((None,), (0.0,), (5.0,)).drawings[0]
    assert [rect.height > 0 for rect in wide.rects] == [False, True]


def test_heights_are_to_scale_from_nothing():
    wide = drawn((50.0,), (100.0,)).drawings[0]
    one, two = wide.rects
    assert two.height == pytest.approx(2 * one.height, abs=0.2)
    assert one.y + one.height == pytest.approx(wide.baseline, abs=0.2)


def test_stacked_values_stand_on_each_other_and_others_beside():
    lower, upper = drawn((40.0, 60.0), stacked=True).drawings[0].rects
    assert upper.x == lower.x
    assert upper.y + upper.height == pytest.approx(lower.y, abs=0.2)
    left, right = drawn((40.0, 60.0)).drawings[0].rects
    assert right.x >= left.x + left.width


@pytest.mark.parametrize(("value", "axis"), [(-0.5, "0"), (-300.0, "-500")], ids=["a-rounding", "a-credit"])
def test_only_what_can_be_seen_below_nothing_gets_room_there(value, axis):
    assert drawn((1000.0,), (value,)).drawings[0].ticks[0][1] == axis


def test_S18_a_telephone_gets_a_drawing_of_its_own_with_the_same_bars_and_every_other_label():
    wide, narrow = drawn(*[(float(month),) for month in range(1, 13)]).drawings
    assert (wide.name, narrow.name) == ("wide", "narrow")
    assert [rect.title for rect in wide.rects] == [rect.title for rect in narrow.rects]
    assert (len(wide.labels), len(narrow.labels)) == (12, 6)
    assert narrow.width < wide.width


def test_B_16_each_series_may_be_uncertain_by_itself():
    rects = drawn((1.0, 2.0), uncertain=(True, False)).drawings[0].rects
    assert [rect.uncertain for rect in rects] == [True, False]
