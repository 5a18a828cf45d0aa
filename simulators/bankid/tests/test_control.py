"""The tester's JSON API: what it shows, what it refuses, and the clock."""

from __future__ import annotations

from datetime import datetime

import httpx2
import pytest

from sim_bankid.clock import Clock
from sim_bankid.control import Control, ControlError
from sim_bankid.persons import PERSONS
from sim_bankid.testing import RelyingParty, b64

KARIN = "199908072391"


def test_an_order_is_shown_with_all_a_tester_needs(rp: RelyingParty, control: Control) -> None:
    order = rp.sign("Text åäö", returnUrl="http://localhost/retur?nonce=1", returnRisk=True)
    control.advance(4.25)
    control.open(order["autoStartToken"], KARIN)
    shown = control.order(order)
    assert shown["autoStartToken"] == order["autoStartToken"]
    assert (shown["kind"], shown["status"], shown["hintCode"]) == ("sign", "pending", "userSign")
    assert (shown["person"], shown["startedBy"]) == (KARIN, "autostart")
    assert (shown["ageSeconds"], shown["secondsLeft"]) == (4.25, 180)
    assert (shown["visibleText"], shown["visibleFormat"]) == ("Text åäö", "plaintext")
    assert shown["returnUrl"] == "http://localhost/retur?nonce=1"
    assert shown["request"]["userVisibleData"] == b64("Text åäö")
    assert order["qrStartSecret"] not in str(shown)


def test_orders_are_listed_newest_first_and_by_status(rp: RelyingParty, control: Control) -> None:
    first, second = rp.auth(), rp.auth()
    control.fail(first, "userCancel")
    assert [o["orderRef"] for o in control.orders()] == [second["orderRef"], first["orderRef"]]
    assert [o["orderRef"] for o in control.orders("failed")] == [first["orderRef"]]
    assert [o["orderRef"] for o in control.orders("pending")] == [second["orderRef"]]
    assert control.orders("complete") == []
    with pytest.raises(ControlError, check=lambda error: error.code == "badRequest"):
        control.orders("lost")


def test_calls_are_remembered_for_tests_of_manners(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    control.advance(2)
    rp.collect(order)
    rp.post("cancel", {"orderRef": "unknown"})
    calls = control.calls()
    assert [(c["endpoint"], c["status"], c["errorCode"]) for c in calls] == [
        ("auth", 200, None),
        ("collect", 200, None),
        ("cancel", 400, "invalidParameters"),
    ]
    assert {c["orderRef"] for c in calls[:2]} == {order["orderRef"]}
    started, collected = (datetime.fromisoformat(c["at"]) for c in calls[:2])
    assert (collected - started).total_seconds() == pytest.approx(2, abs=0.002)


def test_reset_forgets_everything(rp: RelyingParty, control: Control) -> None:
    rp.auth()
    control.fault("error")
    control.advance(1_000_000)
    control.reset()
    assert (control.orders(), control.faults(), control.calls()) == ([], [], [])
    assert control.clock()["frozen"] is False


def test_the_persons(browser: httpx2.Client) -> None:
    listed = browser.get("/control/persons").json()["persons"]
    assert [p["personalNumber"] for p in listed] == list(PERSONS)
    assert len(listed) == 10


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/scan", {}),
        ("/scan", {"qrData": 1, "person": KARIN}),
        ("/open", {"person": KARIN}),
        ("/open", {"autoStartToken": "x", "personalNumber": KARIN}),
        ("/orders/x/fail", {}),
        ("/orders/x/fail", {"hintCode": "h" * 101}),
        ("/orders/x/approve", {"risk": "none"}),
        ("/orders/x/approve", {"ipAddress": "here"}),
        ("/orders/x/approve", {"mrtd": "yes"}),
        ("/orders/x/cancel", {"hintCode": "userCancel"}),
        ("/clock/advance", {"seconds": -1}),
        ("/clock/advance", {"seconds": "1"}),
        ("/clock/advance", {"seconds": True}),
        ("/clock/advance", {"seconds": 1e12}),
        ("/clock/advance", []),
    ],
)
def test_a_wrong_control_call_is_refused(browser: httpx2.Client, path: str, body: object) -> None:
    response = browser.post(f"/control{path}", json=body)
    assert (response.status_code, response.json()["error"]) == (400, "badRequest")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Host": "rebound.example"}, "wrongHost"),
        ({"Origin": "http://evil.example"}, "wrongOrigin"),
        ({"Origin": "null"}, "wrongOrigin"),
    ],
)
def test_other_web_sites_cannot_use_the_control_api(browser: httpx2.Client, headers: dict[str, str], code: str) -> None:
    response = browser.post("/control/reset", json={}, headers=headers)
    assert (response.status_code, response.json()["error"]) == (403, code)


# ---- the clock itself
def test_a_running_clock_follows_the_machine_and_jumps() -> None:
    machine = [100.0]
    clock = Clock(wall=lambda: 1_000.0, monotonic=lambda: machine[0])
    machine[0] += 5
    assert clock.now() == 1_005
    clock.advance(10)
    machine[0] += 1
    assert clock.now() == 1_016


def test_a_frozen_clock_moves_only_by_hand_and_runs_on_from_there() -> None:
    machine = [100.0]
    clock = Clock(wall=lambda: 1_000.0, monotonic=lambda: machine[0])
    clock.freeze()
    machine[0] += 50
    clock.advance(2)
    assert clock.now() == 1_002
    clock.run()
    machine[0] += 3
    assert clock.now() == 1_005


def test_time_does_not_move_backwards() -> None:
    with pytest.raises(ValueError, match="forward"):
        Clock().advance(-1)


def test_the_client_says_when_nobody_answers() -> None:
    assert Control("http://127.0.0.1:9", timeout=0.2).ready() is False
