"""Every clock of section 1.8, on a frozen clock that is moved by hand."""

from __future__ import annotations

import pytest

from sim_bankid.control import Control
from sim_bankid.testing import RelyingParty, assert_error

KARIN = "199908072391"


def not_collectable(rp: RelyingParty, order: dict) -> None:
    assert_error(rp.post("collect", {"orderRef": order["orderRef"]}), 400, "invalidParameters")


def test_an_order_waits_thirty_seconds_for_the_app(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    control.advance(29.9)
    assert rp.hint(order) == ("pending", "outstandingTransaction")
    control.advance(0.1)
    assert rp.hint(order) == ("failed", "startFailed")
    not_collectable(rp, order)


def test_an_order_the_app_picked_up_in_time_lives_on(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    control.advance(29)
    control.open(order["autoStartToken"], KARIN)
    control.advance(179)
    assert rp.hint(order) == ("pending", "userSign")
    control.advance(1)
    assert rp.hint(order) == ("failed", "expiredTransaction")


def test_starting_the_app_ends_the_start_window_before_anybody_is_known(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    control.open(order["autoStartToken"])
    control.advance(60)
    assert rp.hint(order) == ("pending", "started")
    control.advance(120)
    assert rp.hint(order) == ("failed", "startFailed")


def test_a_telephone_order_has_three_minutes(rp: RelyingParty, control: Control) -> None:
    order = rp.phone_auth(KARIN)
    control.advance(179)
    assert rp.hint(order) == ("pending", "outstandingTransaction")
    control.advance(1)
    assert rp.hint(order) == ("failed", "expiredTransaction")


@pytest.mark.parametrize(("seconds", "collectable"), [(180, True), (180.1, False)])
def test_a_completed_order_is_kept_three_minutes(
    rp: RelyingParty, control: Control, seconds: float, *, collectable: bool
) -> None:
    order = rp.auth()
    control.approve(control.open(order["autoStartToken"], KARIN))
    control.advance(seconds)
    if collectable:
        assert rp.completion(order)["user"]["personalNumber"] == KARIN
    not_collectable(rp, order)


@pytest.mark.parametrize(("seconds", "collectable"), [(300, True), (300.1, False)])
def test_a_failed_order_is_kept_five_minutes(
    rp: RelyingParty, control: Control, seconds: float, *, collectable: bool
) -> None:
    order = rp.auth()
    control.cancel(control.open(order["autoStartToken"], KARIN))
    control.advance(seconds)
    if collectable:
        assert rp.hint(order) == ("failed", "userCancel")
    not_collectable(rp, order)


def test_five_minutes_count_from_the_deadline_even_if_nobody_looked(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    control.open(order["autoStartToken"], KARIN)
    control.advance(180 + 300)
    assert rp.hint(order) == ("failed", "expiredTransaction")


def test_five_minutes_count_from_the_deadline_when_the_first_look_is_too_late(
    rp: RelyingParty, control: Control
) -> None:
    order = rp.auth()
    control.open(order["autoStartToken"], KARIN)
    control.advance(180 + 300.1)
    not_collectable(rp, order)


@pytest.mark.parametrize(("seconds", "collectable"), [(190, True), (190.1, False)])
def test_an_order_no_app_picked_up_is_kept_three_minutes_and_ten_seconds(
    rp: RelyingParty, control: Control, seconds: float, *, collectable: bool
) -> None:
    order = rp.auth()
    control.advance(seconds)
    if collectable:
        assert rp.hint(order) == ("failed", "startFailed")
    not_collectable(rp, order)


def test_a_final_result_is_told_once(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    control.approve(control.open(order["autoStartToken"], KARIN))
    assert rp.collect(order)["status"] == "complete"
    not_collectable(rp, order)


def test_a_finished_order_cannot_be_cancelled_but_still_collected(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    control.approve(control.open(order["autoStartToken"], KARIN))
    response = rp.post("cancel", {"orderRef": order["orderRef"]})
    assert_error(response, 400, "invalidParameters")
    assert rp.collect(order)["status"] == "complete"


def test_the_control_api_forgets_orders_long_gone(rp: RelyingParty, control: Control) -> None:
    rp.auth()
    control.advance(190 + 899)
    assert len(control.orders()) == 1
    control.advance(2)
    assert control.orders() == []
