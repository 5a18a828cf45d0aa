"""Ordered faults: what a relying party sees, and whether the call took effect."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from sim_bankid.control import Control, ControlError
from sim_bankid.testing import RelyingParty, assert_error

AUTH = {"endUserIp": "198.51.100.7"}
KARIN = "199908072391"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "alreadyInProgress"),
        (400, "invalidParameters"),
        (401, "unauthorized"),
        (403, "unauthorized"),
        (404, "notFound"),
        (405, "methodNotAllowed"),
        (408, "requestTimeout"),
        (415, "unsupportedMediaType"),
        (500, "internalError"),
        (503, "Maintenance"),
        (503, "maintenance"),
        (400, "somethingNew"),
    ],
)
@pytest.mark.parametrize("endpoint", ["auth", "collect", "cancel"])
def test_every_error_can_be_ordered(rp: RelyingParty, control: Control, endpoint: str, status: int, code: str) -> None:
    order = rp.auth()
    control.fault("error", endpoint, status=status, errorCode=code)
    body = AUTH if endpoint == "auth" else {"orderRef": order["orderRef"]}
    assert_error(rp.post(endpoint, body), status, code)
    assert rp.hint(order) == ("pending", "outstandingTransaction")


def test_too_many_requests_with_its_headers(rp: RelyingParty, control: Control) -> None:
    control.fault("error", "auth", status=429, headers={"RateLimit-Reset": "7"})
    response = rp.post("auth", AUTH)
    assert (response.status_code, response.content) == (429, b"")
    assert response.headers["RateLimit-Reset"] == "7"


def test_a_fault_hits_the_next_n_calls_of_its_endpoint(rp: RelyingParty, control: Control) -> None:
    control.fault("error", "collect", times=2, status=500, errorCode="internalError")
    order = rp.auth()
    body = {"orderRef": order["orderRef"]}
    assert [rp.post("collect", body).status_code for _ in range(3)] == [500, 500, 200]


def test_faults_queue_up_and_can_be_cleared(rp: RelyingParty, control: Control) -> None:
    control.fault("error", status=500)
    control.fault("error", "auth", status=503)
    control.fault("error", "auth", status=408)
    assert [rp.post("auth", AUTH).status_code for _ in range(2)] == [500, 503]
    assert [fault["status"] for fault in control.faults()] == [408]
    control.clear_faults()
    assert rp.post("auth", AUTH).status_code == 200


def test_a_slow_answer_outlasts_the_callers_patience(rp: RelyingParty, control: Control) -> None:
    control.fault("slow", "auth", seconds=20)
    with pytest.raises(httpx2.ReadTimeout):
        rp.http.post("/rp/v6.0/auth", json=AUTH, timeout=0.1)


def test_a_slow_answer_comes_in_the_end(rp: RelyingParty, control: Control) -> None:
    control.fault("slow", "auth", seconds=0.05)
    response = rp.post("auth", AUTH)
    assert response.status_code == 200
    assert response.elapsed.total_seconds() >= 0.05


def test_a_reset_lets_held_calls_go_without_effect(rp: RelyingParty, control: Control) -> None:
    with ThreadPoolExecutor(1) as pool:
        control.fault("slow", "auth", seconds=60)
        held = pool.submit(rp.post, "auth", AUTH)
        assert any(control.faults() == [] for _ in range(1_000)), "the call never took its fault"
        control.reset()
        assert_error(held.result(timeout=5), 503, "Maintenance")
    assert (control.orders(), control.calls()) == ([], [])


def test_an_answer_lost_after_the_effect(rp: RelyingParty, control: Control) -> None:
    """The hardest case: BankID told the result, and nobody heard it."""
    order = rp.auth()
    control.approve(control.open(order["autoStartToken"], KARIN))
    control.fault("error", "collect", status=503, errorCode="Maintenance", carryOut=True)
    body = {"orderRef": order["orderRef"]}
    assert_error(rp.post("collect", body), 503, "Maintenance")
    assert_error(rp.post("collect", body), 400, "invalidParameters")


def test_a_replaced_answer_leaves_the_order_alone(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    control.approve(control.open(order["autoStartToken"], KARIN))
    control.fault("raw", "collect")
    body = {"orderRef": order["orderRef"]}
    rubbish = rp.post("collect", body)
    assert rubbish.headers["Content-Type"].startswith("text/html")
    with pytest.raises(json.JSONDecodeError):
        rubbish.json()
    assert rp.completion(order)["user"]["personalNumber"] == KARIN


def test_rubbish_can_be_chosen(rp: RelyingParty, control: Control) -> None:
    control.fault("raw", "auth", status=200, contentType="application/json", text='{"orderRef":')
    response = rp.post("auth", AUTH)
    assert (response.status_code, response.text) == (200, '{"orderRef":')


def test_a_huge_answer_is_sent_piece_by_piece(rp: RelyingParty, control: Control) -> None:
    control.fault("huge", "auth", size=2_000_000_000)
    seen = 0
    with rp.http.stream("POST", "/rp/v6.0/auth", json=AUTH) as response:
        for piece in response.iter_bytes():
            seen += len(piece)
            if seen > 1_000_000:
                break
    assert seen > 1_000_000


def test_a_large_answer_is_correct_json(rp: RelyingParty, control: Control) -> None:
    control.fault("huge", "auth", size=300_001)
    assert len(rp.post("auth", AUTH).json()["details"]) == 300_001


def test_a_redirect(rp: RelyingParty, control: Control) -> None:
    control.fault("redirect", "collect", location="http://127.0.0.1:1/elsewhere")
    response = rp.post("collect", {"orderRef": "x"})
    assert (response.status_code, response.headers["Location"]) == (
        302,
        "http://127.0.0.1:1/elsewhere",
    )


def test_hanging_up(rp: RelyingParty, control: Control) -> None:
    control.fault("disconnect", "auth")
    with pytest.raises(httpx2.RemoteProtocolError):
        rp.post("auth", AUTH)
    assert control.orders() == []


def test_members_can_be_taken_out(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    control.approve(control.open(order["autoStartToken"], KARIN))
    control.fault("edit", "collect", remove=["completionData.user.name", "completionData.stepUp"])
    completion = rp.completion(order)
    assert completion["user"].keys() == {"personalNumber", "givenName", "surname"}
    assert "stepUp" not in completion


def test_members_can_be_forged(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    control.fault(
        "edit",
        "collect",
        set={"status": "complete", "orderRef": "another", "completionData.user.name": "<b>X</b>"},
        remove=["hintCode"],
    )
    assert rp.collect(order) == {
        "orderRef": "another",
        "status": "complete",
        "completionData": {"user": {"name": "<b>X</b>"}},
    }
    assert rp.hint(order) == ("pending", "outstandingTransaction")


def test_an_edit_of_a_refused_call_leaves_the_refusal(rp: RelyingParty, control: Control) -> None:
    control.fault("edit", "collect", set={"status": "complete"})
    assert_error(rp.post("collect", {"orderRef": "x"}), 400, "invalidParameters")


@pytest.mark.parametrize(
    "body",
    [
        {"mode": "explode"},
        {"mode": "error", "endpoint": "verify"},
        {"mode": "error", "times": 0},
        {"mode": "error", "times": True},
        {"mode": "error", "status": 99},
        {"mode": "slow", "seconds": 10_000},
        {"mode": "huge", "size": -1},
        {"mode": "error", "header": {}},
        {"mode": "error", "headers": {"X": "a\r\nSet-Cookie: b"}},
        {"mode": "edit", "remove": "completionData"},
    ],
)
def test_a_fault_that_cannot_be_is_refused(control: Control, body: dict) -> None:
    options = dict(body)
    with pytest.raises(ControlError, check=lambda error: error.code == "badFault"):
        control.fault(options.pop("mode"), **options)
    assert control.faults() == []
