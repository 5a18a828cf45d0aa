from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidTransition
from chassis.ids import new_id
from metering import domain
from metering.domain import (
    Answer,
    Assessment,
    Interval,
    Past,
    Period,
    Point,
    Quality,
    Reading,
    Reason,
    Replacement,
    Revision,
    Series,
    Source,
    Start,
    State,
)

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DAYS = st.dates(date(2020, 1, 1), date(2027, 12, 31))
RATES = st.fractions(min_value=0, max_value=10, max_denominator=365)


def a_reading(**changes) -> Reading:
    base = {
        "id": new_id(), "metering_point_id": new_id(), "meter_id": new_id(), "source": Source.CUSTOMER, "origin": None,
        "read_on": date(2026, 6, 1), "value_m3": 120, "previous_value_m3": 100, "previous_read_on": date(2026, 1, 1),
        "use_m3": 20, "rolled_over": False, "state": State.ACCEPTED, "check_reason": None, "account_id": new_id(),
        "customer_number": "K1", "submitted_by": new_id(), "submitted_at": NOON, "corrected_at": None, "revision": 1,
        "answered_at": None, "answer_text_sv": None, "answer_text_en": None, "invoice_number": None,
        "billed_value_m3": None, "told": 1, "version": 1,
    }  # fmt: skip
    return Reading(**(base | changes))


# What is plausible, D24.


@given(st.integers(3, 9), st.data())
def test_D24_use_is_what_the_counter_has_gone_whether_or_not_it_rolled_over(digits, data):
    previous = data.draw(st.integers(0, 10**digits - 1))
    use = data.draw(st.integers(0, 10**digits - 1))
    assert domain.use_between(previous, (previous + use) % 10**digits, digits) == (use, previous + use >= 10**digits)


def test_D24_a_roll_over_from_99999_to_0_is_one_cubic_metre():
    assert domain.use_between(99999, 0, 5) == (1, True)


@given(RATES, st.integers(0, 3650))
def test_D24_the_expected_use_is_never_asked_about(rate, days):
    expected = int(rate * days)
    judged = domain.assess(previous_m3=0, value_m3=expected, days=days, digits=9, rate=rate)
    assert judged.reason is None
    assert judged.possible


@given(RATES, st.integers(0, 3650), st.integers(0, 99_999), st.integers(0, 99_999))
def test_D24_the_reasons_are_in_order_low_then_none_then_high_as_use_grows(rate, days, one, other):
    place = {Reason.LOW: 0, None: 1, Reason.HIGH: 2}
    less, more = sorted([one, other])
    reasons = [
        domain.assess(previous_m3=0, value_m3=use, days=days, digits=6, rate=rate).reason for use in (less, more)
    ]
    assert place[reasons[0]] <= place[reasons[1]]


@given(RATES, st.integers(0, 3650))
def test_D24_the_low_limit_is_below_the_high_one(rate, days):
    low, high = domain.limits(rate, days)
    assert low < rate * days < high


def test_D24_the_limits_are_a_quarter_less_5_and_the_double_plus_10():
    rate = Fraction(150, 365)
    at = [
        domain.assess(previous_m3=0, value_m3=use, days=365, digits=5, rate=rate).reason for use in (32, 33, 310, 311)
    ]
    assert at == [Reason.LOW, None, None, Reason.HIGH]


@given(st.integers(0, 99_999), st.integers(0, 99_999), st.integers(0, 4000), st.none() | RATES)
def test_D24_lower_than_the_last_is_refused_or_asked_about_and_never_just_taken(previous, value, days, rate):
    judged = domain.assess(previous_m3=previous, value_m3=value, days=days, digits=5, rate=rate)
    if value < previous:
        assert judged.rolled_over
        assert not judged.possible or judged.reason is Reason.ROLL_OVER
    else:
        assert judged.possible


def test_D24_a_value_read_backwards_is_no_roll_over():
    assert not domain.assess(previous_m3=500, value_m3=400, days=30, digits=5, rate=None).possible
    assert not domain.assess(previous_m3=60_000, value_m3=100, days=30, digits=5, rate=Fraction(150, 365)).possible


def test_D24_a_meter_near_its_end_may_roll_over():
    judged = domain.assess(previous_m3=99_990, value_m3=15, days=60, digits=5, rate=Fraction(150, 365))
    assert judged == Assessment(use_m3=25, rolled_over=True, expected_m3=25, reason=Reason.ROLL_OVER)


def test_D24_without_any_expectation_only_a_roll_over_is_asked_about():
    assert domain.assess(previous_m3=0, value_m3=90_000, days=1, digits=5, rate=None).reason is None
    assert domain.assess(previous_m3=99_000, value_m3=10, days=1, digits=5, rate=None).reason is Reason.ROLL_OVER


def test_D24_history_of_90_days_goes_before_the_agreement_and_the_household():
    on = date(2026, 6, 1)
    long, short = Past(on, 90, 9), Past(on, 89, 9)
    ask = {"on": on, "expected_yearly_m3": 365, "household": True}
    assert domain.daily_rate([long], **ask) == Fraction(1, 10)
    assert domain.daily_rate([short], **ask) == 1
    assert domain.daily_rate([], on=on, expected_yearly_m3=None, household=True) == Fraction(150, 365)
    assert domain.daily_rate([], on=on, expected_yearly_m3=None, household=False) is None


def test_D24_history_older_than_three_years_or_later_than_the_day_does_not_count():
    on = date(2026, 6, 1)
    old, later = Past(on - timedelta(days=1096), 365, 1), Past(on + timedelta(days=1), 365, 1)
    assert domain.daily_rate([old, later], on=on, expected_yearly_m3=None, household=False) is None


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("locale", ["sv", "en"])
def test_D24_the_question_is_are_you_sure_with_the_reason_in_both_languages(reason, locale):
    error = domain.ReadingNeedsConfirmation(reason=reason.value, use_m3=400, expected_m3=62, days=152)
    title, detail = error.text(locale)
    assert title == {"sv": "Är du säker?", "en": "Are you sure?"}[locale]
    assert "400" in detail
    assert "{" not in detail


# State machine (6.8)


def test_68_a_plausible_value_is_accepted_and_an_implausible_one_is_asked_about_until_confirmed():
    plain = Assessment(use_m3=5, rolled_over=False, expected_m3=5, reason=None)
    odd = replace(plain, use_m3=900, reason=Reason.HIGH)
    assert domain.judge(plain, confirmed=False, days=3) is State.ACCEPTED
    with pytest.raises(domain.ReadingNeedsConfirmation) as asked:
        domain.judge(odd, confirmed=False, days=3)
    assert asked.value.params == {"reason": "high", "use_m3": 900, "expected_m3": 5, "days": 3}
    assert domain.judge(odd, confirmed=True, days=3) is State.ACCEPTED


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("to", list(State))
def test_68_every_step_that_the_table_does_not_name_is_refused(state, to):
    if to in domain.MOVES[state]:
        assert domain.move(state, to) is to
    else:
        with pytest.raises(InvalidTransition):
            domain.move(state, to)


def test_D24_a_billed_reading_cannot_be_corrected_and_the_same_value_is_no_correction():
    with pytest.raises(domain.ReadingAlreadyBilled):
        a_reading(state=State.BILLED).correct(125, reason=None, now=NOON)
    with pytest.raises(domain.ReadingUnchanged):
        a_reading().correct(120, reason=None, now=NOON)


def test_B_16_a_correction_keeps_what_it_replaced_and_waits_for_a_new_answer():
    one = a_reading(state=State.REJECTED, answer_text_sv="Fel", answered_at=NOON)
    assert one.correct(125, reason=None, now=NOON) == Revision(number=1, value_m3=120, replaced_at=NOON)
    assert (one.value_m3, one.revision, one.state, one.answer_text_sv) == (125, 2, State.ACCEPTED, None)


ANSWERS = st.lists(
    st.builds(
        Answer,
        version=st.integers(1, 50),
        accepted=st.booleans(),
        decided_at=st.datetimes(datetime(2026, 5, 1), datetime(2026, 7, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        text_sv=st.sampled_from(["a", "b"]),
    ),
    max_size=5,
    unique_by=lambda answer: answer.version,
)


@given(ANSWERS, st.randoms(use_true_random=False), st.none() | st.just(NOON))
def test_D24_answers_in_any_order_and_one_by_one_give_the_same_state(answers, random, corrected_at):
    revisions = [Revision(number=1, value_m3=110, replaced_at=NOON)] if corrected_at else []
    at_once = a_reading(corrected_at=corrected_at)
    at_once.settle(answers, revisions)
    stepwise, shuffled = a_reading(corrected_at=corrected_at), list(answers)
    random.shuffle(shuffled)
    for count in range(len(shuffled) + 1):
        stepwise.settle(shuffled[:count], revisions)
    shown = [
        (r.state, r.billed_value_m3, r.answer_text_sv, r.answered_at, r.invoice_number) for r in (at_once, stepwise)
    ]
    assert shown[0] == shown[1]


def test_D24_a_refusal_that_was_decided_before_the_correction_does_not_touch_the_new_value():
    one = a_reading(corrected_at=NOON)
    late = Answer(version=1, accepted=False, decided_at=NOON - timedelta(hours=1), text_sv="Fel", text_en="Wrong")
    one.settle([late], [Revision(number=1, value_m3=110, replaced_at=NOON)])
    assert one.state is State.ACCEPTED
    one.settle([late, replace(late, version=2, decided_at=NOON + timedelta(hours=1))], [])
    assert (one.state, one.answer_text_sv, one.answer_text_en) == (State.REJECTED, "Fel", "Wrong")


def test_D24_what_was_billed_is_the_value_in_force_when_it_was_decided():
    one = a_reading(value_m3=120, corrected_at=NOON, revision=2)
    taken = Answer(version=1, accepted=True, decided_at=NOON - timedelta(hours=1), invoice_number="F1")
    one.settle([taken], [Revision(number=1, value_m3=110, replaced_at=NOON)])
    assert (one.state, one.value_m3, one.billed_value_m3, one.invoice_number) == (State.BILLED, 120, 110, "F1")


# What meters there are, B-17.


def start(number="M1", on=date(2025, 1, 1), value=10, agreement="A1"):
    return Start(agreement_number=agreement, on=on, number=number, digits=5, value_m3=value)


def swap(on=date(2026, 3, 1), old="M1", last=150, number="M2", value=2, *, estimated=False):
    return Replacement(
        on=on, removed_number=old, removed_value_m3=last, estimated=estimated, number=number, digits=5, value_m3=value
    )


def test_B_17_a_swap_removes_the_old_meter_with_its_last_value_and_installs_the_new_one():
    old, new = domain.meters_from([start()], [swap()])
    assert (old.number, old.removed_on, old.removed_value_m3) == ("M1", date(2026, 3, 1), 150)
    assert (new.number, new.installed_on, new.installed_value_m3, new.removed_on) == ("M2", date(2026, 3, 1), 2, None)


def test_B_17_another_meter_without_a_told_swap_ends_the_first_one_with_an_unknown_value():
    old, new = domain.meters_from([start(), start("M2", date(2026, 5, 1), 3, "A2")], [])
    assert (old.removed_on, old.removed_value_m3) == (date(2026, 5, 1), None)
    assert new.removed_on is None


def test_B_17_a_later_agreement_with_the_same_meter_is_a_reading_by_the_utility():
    (only,) = domain.meters_from([start(), start(on=date(2026, 6, 1), value=70, agreement="A2")], [])
    assert [(mark.on, mark.value_m3) for mark in only.marks] == [(date(2025, 1, 1), 10), (date(2026, 6, 1), 70)]


def test_B_17_a_removed_counter_that_could_not_be_read_is_an_estimate():
    old, _ = domain.meters_from([start()], [swap(estimated=True)])
    assert old.marks[-1].source is Source.ESTIMATE


STARTS = st.lists(
    st.builds(
        start,
        number=st.sampled_from(["M1", "M2", "M3"]),
        on=st.dates(date(2025, 1, 1), date(2025, 1, 6)),
        value=st.integers(0, 3),
        agreement=st.integers(1, 9).map(str),
    ),
    max_size=4,
    unique_by=lambda s: s.agreement_number,
)
SWAPS = st.lists(
    st.builds(
        swap,
        on=st.dates(date(2025, 1, 1), date(2025, 1, 6)),
        old=st.sampled_from(["M1", "M2"]),
        last=st.integers(0, 3),
        number=st.sampled_from(["M2", "M3"]),
        value=st.integers(0, 3),
    ),
    max_size=3,
    unique_by=lambda s: s.on,
)


@given(STARTS, SWAPS, st.randoms(use_true_random=False))
def test_B_17_the_same_facts_in_any_order_give_the_same_meters(starts, swaps, random):
    before = domain.meters_from(starts, swaps)
    random.shuffle(starts)
    random.shuffle(swaps)
    assert domain.meters_from(starts, swaps) == before


# Use


def points(*values, removal=False):
    made = [Point(on=on, value_m3=value, source=Source.CUSTOMER) for on, value in values]
    return (*made[:-1], replace(made[-1], removal=removal))


ALWAYS = [Period(date(2000, 1, 1), None)]


def test_B_17_use_is_summed_per_meter_and_never_across_a_swap():
    old = Series(
        number="M1", digits=5, removed_on=date(2026, 3, 1),
        points=points((date(2026, 1, 1), 90), (date(2026, 3, 1), 150), removal=True),
    )  # fmt: skip
    new = Series(number="M2", digits=5, removed_on=None, points=points((date(2026, 3, 1), 2), (date(2026, 6, 1), 42)))
    found = domain.intervals([new, old], ALWAYS)
    assert [(i.meter_number, i.use_m3, i.rolled_over) for i in found] == [("M1", 60, False), ("M2", 40, False)]


def test_B_17_a_value_read_after_the_removal_was_another_meters():
    old = Series(
        number="M1", digits=5, removed_on=date(2026, 3, 1), points=points((date(2026, 1, 1), 90), (date(2026, 4, 1), 5))
    )
    assert domain.intervals([old], ALWAYS) == []


def test_T17_use_before_and_after_the_own_agreement_is_not_shown():
    one = Series(
        number="M1", digits=5, removed_on=None,
        points=points((date(2025, 1, 1), 0), (date(2025, 6, 1), 50), (date(2026, 1, 1), 90), (date(2026, 6, 1), 200)),
    )  # fmt: skip
    mine = [Period(date(2025, 6, 1), date(2025, 12, 31))]
    assert [(i.from_on, i.to_on, i.use_m3) for i in domain.intervals([one], mine)] == [
        (date(2025, 6, 1), date(2026, 1, 1), 40)
    ]


def test_agreements_that_follow_each_other_are_one_period_and_others_are_not():
    assert domain.merged([Period(date(2026, 1, 1), None), Period(date(2025, 1, 1), date(2025, 12, 31))]) == [
        Period(date(2025, 1, 1), None)
    ]
    apart = [Period(date(2025, 1, 1), date(2025, 5, 31)), Period(date(2025, 6, 2), date(2025, 8, 1))]
    assert domain.merged(apart) == apart


SERIES = st.lists(st.tuples(DAYS, st.integers(0, 400)), min_size=2, max_size=8, unique_by=lambda pair: pair[0]).map(
    lambda pairs: [(on, sum(use for _, use in sorted(pairs)[: i + 1])) for i, (on, _) in enumerate(sorted(pairs))]
)


@given(SERIES)
def test_T64_the_months_of_all_years_add_up_to_the_use_between_first_and_last_value(values):
    found = domain.intervals([Series(number="M", digits=9, removed_on=None, points=points(*values))], ALWAYS)
    assert sum(i.use_m3 for i in found) == values[-1][1] - values[0][1]
    years = range(values[0][0].year, values[-1][0].year + 1)
    months = [month for year in years for month in domain.by_month(found, year)]
    assert sum(month.use_litres for month in months) == 1000 * (values[-1][1] - values[0][1])
    assert sum(month.days_covered for month in months) == (values[-1][0] - values[0][0]).days


def test_B_16_a_month_is_measured_only_when_it_shares_no_interval_with_another():
    one = Series(
        number="M1", digits=5, removed_on=None,
        points=points((date(2026, 1, 1), 0), (date(2026, 2, 1), 10), (date(2026, 4, 1), 30)),
    )  # fmt: skip
    months = domain.by_month(domain.intervals([one], ALWAYS), 2026)
    assert [month.quality for month in months[:4]] == [
        Quality.MEASURED, Quality.ESTIMATED, Quality.ESTIMATED, None,
    ]  # fmt: skip
    assert [month.days_covered for month in months[:4]] == [31, 28, 31, 0]


@pytest.mark.parametrize(
    ("source", "corrected", "quality"),
    [
        (Source.CUSTOMER, False, Quality.MEASURED),
        (Source.UTILITY, False, Quality.MEASURED),
        (Source.CUSTOMER, True, Quality.CORRECTED),
        (Source.ESTIMATE, False, Quality.ESTIMATED),
    ],
)
def test_B_16_every_value_is_marked(source, corrected, quality):
    assert Point(on=date(2026, 1, 1), value_m3=1, source=source, corrected=corrected).quality is quality


def test_a_use_on_one_and_the_same_day_belongs_to_its_month():
    one = Interval(
        meter_number="M", from_on=date(2026, 5, 31), to_on=date(2026, 5, 31), use_m3=3, rolled_over=False,
        quality=Quality.MEASURED,
    )  # fmt: skip
    assert [month.use_litres for month in domain.by_month([one], 2026)][4:6] == [3000, 0]


def test_the_date_is_that_of_stockholm():
    assert domain.local_date(datetime(2026, 7, 1, 21, 59, tzinfo=UTC)) == date(2026, 7, 1)
    assert domain.local_date(datetime(2026, 7, 1, 22, 0, tzinfo=UTC)) == date(2026, 7, 2)
    assert domain.local_date(datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) == date(2027, 1, 1)
