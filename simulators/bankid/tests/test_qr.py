"""The animated QR code: the published vectors, and what the app does with copies and fakes."""

from __future__ import annotations

import pytest

from sim_bankid.control import Control, ControlError
from sim_bankid.domain.qr import auth_code, parse, qr_data
from sim_bankid.testing import RelyingParty

KARIN = "199908072391"
TOKEN = "67df3917-fa0d-44e5-b327-edcc928297f8"
SECRET = "d28db9a7-4cde-429e-a983-359be676944c"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (0, "dc69358e712458a66a7525beef148ae8526b1c71610eff2c16cdffb4cdac9bf8"),
        (1, "949d559bf23403952a94d103e67743126381eda00f0b3cbddbf7c96b1adcbce2"),
        (2, "a9e5ec59cb4eee4ef4117150abc58fad7a85439a6a96ccbecc3668b41795b3f3"),
    ],
)
def test_the_published_vectors(seconds: int, code: str) -> None:
    assert auth_code(SECRET, seconds) == code
    assert qr_data(TOKEN, SECRET, seconds) == f"bankid.{TOKEN}.{seconds}.{code}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"bankid.{TOKEN}",
        f"bankid:///?autostarttoken={TOKEN}",
        f"bankid.{TOKEN}.00.{auth_code(SECRET, 0)}",
        f"bankid.{TOKEN}.-1.{auth_code(SECRET, 1)}",
        f"bankid.{TOKEN}.1.{auth_code(SECRET, 1).upper()}",
        f"{qr_data(TOKEN, SECRET, 1)}\n",
        f" {qr_data(TOKEN, SECRET, 1)}",
    ],
)
def test_other_texts_are_no_frames(text: str) -> None:
    assert parse(text) is None


def frame(order: dict, seconds: int) -> str:
    return qr_data(order["qrStartToken"], order["qrStartSecret"], seconds)


@pytest.mark.parametrize(("clock", "seconds"), [(0, 0), (12, 12), (12, 7), (12, 14), (29, 25)])
def test_a_fresh_frame_opens_the_order(rp: RelyingParty, control: Control, clock: int, seconds: int) -> None:
    order = rp.auth()
    control.advance(clock)
    opened = control.scan(frame(order, seconds), KARIN)
    assert (opened["orderRef"], opened["startedBy"]) == (order["orderRef"], "qr")
    assert rp.hint(order) == ("pending", "userSign")


@pytest.mark.parametrize(("clock", "seconds"), [(6, 0), (20, 14), (5, 8)])
def test_a_frame_of_another_time_fails_the_order(rp: RelyingParty, control: Control, clock: int, seconds: int) -> None:
    order = rp.auth()
    control.advance(clock)
    with pytest.raises(ControlError, check=lambda error: error.code == "staleQr"):
        control.scan(frame(order, seconds), KARIN)
    assert rp.hint(order) == ("failed", "startFailed")


def test_a_false_code_is_not_bankids_and_changes_nothing(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    fake = qr_data(order["qrStartToken"], SECRET, 0)
    with pytest.raises(ControlError, check=lambda error: error.code == "falseQr"):
        control.scan(fake, KARIN)
    assert rp.hint(order) == ("pending", "outstandingTransaction")


def test_a_static_code_is_refused(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    with pytest.raises(ControlError, check=lambda error: error.code == "malformedQr"):
        control.scan(f"bankid.{order['qrStartToken']}", KARIN)


def test_a_stale_copy_cannot_end_an_order_somebody_has_open(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    copy = frame(order, 0)
    control.scan(copy, KARIN)
    control.advance(20)
    with pytest.raises(ControlError, check=lambda error: error.code == "alreadyOpened"):
        control.scan(copy, "191212121212")
    assert rp.hint(order) == ("pending", "userSign")


def test_the_list_shows_the_frame_of_the_moment(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    control.advance(3.9)
    assert control.order(order)["qrData"] == frame(order, 3)
    control.open(order["autoStartToken"], KARIN)
    assert control.order(order)["qrData"] is None
