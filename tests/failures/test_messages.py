"""Every event three times (A15); messages that nobody can handle between good ones (A17)."""

from __future__ import annotations

import json
import time

import pytest
from tests.failures.faults import Poison, Tap, as_type, publish_poison

from runner.journey.gateway_client import until

pytestmark = pytest.mark.failure

ISSUED, PAID = "batch-billing.invoice.issued.v1", "batch-billing.payment.received.v1"
TEN_MEGABYTES = 10 * 1024 * 1024
GOOD_ONES = 200
DELAY_SECONDS = 5.0
ATTEMPTS = 5
TIMES = 3
POISONS = (
    Poison("not JSON", "bad-body", b"{nope"),
    Poison("wrong schema", "bad-body", json.dumps({"invoice_number": 7}).encode()),
    Poison("no envelope", "bad-envelope", b"{}", raw_headers={"x-nothing": "here"}),
    Poison("unknown type", "unknown-type", b"{}", as_type("batch-billing.comet.seen.v1")),
    Poison("unknown major version", "unknown-version", b"{}", as_type("batch-billing.invoice.issued.v9")),
    Poison("ten megabytes", "bad-body", b'{"invoice_number":"' + b"9" * TEN_MEGABYTES + b'"}'),
)


def test_A15_every_event_delivered_three_times_has_its_effect_once(prover, suite, judged):
    tap = Tap(suite, repeat=True)
    tap.start()
    try:
        with prover.round("A15") as going:
            going.more(60)
        judged(going)
        told = list(tap.copies)
        # The queues are first in, first out: what is sent behind the late copies comes after them.
        with prover.round("A15, again and late") as late:
            late.notes["late_copies"] = tap.late()
            late.more(8)
        until("the late copies", lambda: all(tap.copies[id_] >= TIMES for id_ in told), 30)
        judged(late)
    finally:
        tap.close()
    assert tap.trouble == []
    assert len(told) > 200


def test_A17_poison_is_put_aside_with_its_reason_and_the_good_ones_go_on(prover, suite, judged):
    paid = _a_payment(prover)
    raises = Poison("the handler refuses", "PaymentChanged", json.dumps(paid | {"amount_ore": 1}).encode())
    ids = {}
    with prover.round("A17") as going:
        going.more(GOOD_ONES // 4)
        began = time.monotonic()
        for poison in POISONS:
            ids[poison.kind] = publish_poison(suite, ISSUED, poison)
            going.more(GOOD_ONES // 20)
        ids[raises.kind] = publish_poison(suite, PAID, raises)
        last = going.last()
        sent = time.monotonic()
        until("a good one to be billed behind the poison", lambda: _billed(suite, last), 30)
        going.notes["delay_seconds"] = round(time.monotonic() - sent, 1)
        going.notes["poisons_within_seconds"] = round(sent - began, 1)
        going.more(GOOD_ONES - going.answered())
    expected = tuple({poison.reason for poison in (*POISONS, raises)})
    verdict = judged(going, expected=expected)
    assert verdict.commands >= GOOD_ONES
    assert going.notes["delay_seconds"] <= DELAY_SECONDS
    letters = suite.query("billing", "SELECT event_id::text, error, attempts, body FROM dead_letter")
    found = {event_id: (error, attempts) for event_id, error, attempts, _ in letters}
    for poison in (*POISONS, raises):
        if poison.raw_headers is not None:
            assert any(error.startswith(poison.reason) for _, error, _, _ in letters), poison.kind
            continue
        error, attempts = found[ids[poison.kind]]
        assert error.startswith(poison.reason), (poison.kind, error)
        assert attempts <= ATTEMPTS
    assert len(letters) == len(POISONS) + 1, "an innocent one lies among the dead letters"
    assert not any("9999999" in error for _, error, _, _ in letters), "a reason quotes the message"


def _a_payment(prover):
    """Money that has come in and is booked, for a poison that says something else of it."""
    suite = prover.suite
    body = {"ocr": "1234567897", "amount_ore": 4200, "received_on": "2026-11-01"}
    payment = suite.world.billing_system.pay(body["ocr"], body["amount_ore"], body["received_on"])
    until(
        "the payment to be booked",
        lambda: suite.query("billing", "SELECT 1 FROM payment WHERE payment_id = %s", payment),
        30,
    )
    return body | {"payment_id": payment}


def _billed(suite, key):
    rows = suite.query(
        "metering", "SELECT state FROM reading WHERE metering_point_id = %s AND read_on = %s::date", *key
    )
    return rows and rows[0][0] == "billed"
