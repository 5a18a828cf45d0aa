from collections import deque
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from billing import domain
from billing.consumers import SUBSCRIPTIONS
from chassis import testing
from chassis.handling import Handling
from chassis.ids import new_id, utcnow
from chassis.inbox import Delivery
from chassis.testing import told
from contracts.batch_billing import InvoiceKind
from contracts.billing import InvoiceAvailableV1, InvoicePaidV1
from contracts.envelope import Envelope
from contracts.event import encode

STATE = {
    "account": "SELECT account_id FROM account ORDER BY 1",
    "link": "SELECT * FROM account_link ORDER BY 1",
    "agreement": "SELECT * FROM agreement ORDER BY 1",
    "payment": "SELECT * FROM payment ORDER BY 1",
    "invoice": (
        "SELECT invoice_number, account_id, credited_ore, paid_ore, remaining_ore, available_at IS NULL,"
        " paid_told_at IS NULL, told FROM invoice ORDER BY 1"
    ),
    "line": (
        "SELECT i.invoice_number, l.position, l.net_ore, l.vat_ore FROM invoice_line l"
        " JOIN invoice i ON i.id = l.invoice_id ORDER BY 1, 2"
    ),
}


def everything(world):
    return {name: world.rows(sql) for name, sql in STATE.items()}


def a_year(world, account_id):
    """Agreement, three invoices (one credited, one with a shared reference), payments and a link: 12 events."""
    shared = world.invoice("1001").ocr
    return [
        (world.opened(account_id), 1),
        (world.linked(account_id), 1),
        (world.started(days_ago=400), 1),
        (world.started(days_ago=399), 2),
        (world.ended(days_ago=10), 3),
        (world.invoice("1001", days_ago=100), 1),
        (world.invoice("1002", days_ago=60, ocr=shared), 1),
        (world.invoice("1003", days_ago=30), 1),
        (world.credit(of="1003", net=-40_000), 1),
        (world.payment(120_000), 1),
        (world.payment(50_000, number="1003"), 1),
        (world.payment(90_000), 1),
    ]


@pytest.mark.slow
@how(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_2_4_events_in_any_order_twice_and_late_give_the_same_end_state(world, database, data):
    events = [(event, version, new_id()) for event, version in a_year(world, new_id())]
    try:
        for event, version, event_id in events:
            world.deliver(event, version, event_id=event_id)
        expected, words = everything(world), sorted(type(event).__name__ for event in told(database))
        testing.empty(database)
        order = data.draw(st.permutations(events)) + data.draw(st.lists(st.sampled_from(events), max_size=4))
        for event, version, event_id in order:
            world.deliver(event, version, event_id=event_id)
        assert everything(world) == expected
        paid = [event.invoice_number for event in told(database) if type(event).__name__ == "InvoicePaidV1"]
        assert len(paid) == len(set(paid))
        assert sorted(type(event).__name__ for event in told(database)) == words
    finally:
        testing.empty(database)


def test_the_year_above_ends_as_it_should(world):
    for event, version in a_year(world, new_id()):
        world.deliver(event, version)
    assert [row[0:1] + row[2:5] for row in everything(world)["invoice"]] == [
        ("1001", 0, 100_000, 0),
        ("1002", 0, 110_000, -10_000),
        ("1003", 50_000, 50_000, 0),
        ("9001", 0, 0, 0),
    ]
    assert [(row[3], row[4]) for row in everything(world)["agreement"]] == [(world.ago(399), world.ago(10))]


def test_a_link_that_moves_takes_the_invoices_along_and_an_old_one_does_not(world):
    mine, theirs = new_id(), new_id()
    world.deliver(world.invoice())
    world.deliver(world.linked(mine), 2)
    world.deliver(world.linked(theirs), 1)
    assert world.rows("SELECT account_id FROM invoice") == [(mine,)]
    world.deliver(world.linked(theirs), 3)
    assert world.rows("SELECT account_id FROM invoice") == [(theirs,)]


def test_FK16_an_unlinked_number_shows_nothing_to_anybody_from_that_moment(world, client):
    me = world.customer()
    world.deliver(world.started())
    world.deliver(world.invoice(), 1)
    http = client.as_(me)
    [before] = http.get("/v1/invoices").json["items"]
    world.deliver(world.unlinked(me.account_id), 2)
    assert http.get("/v1/invoices").json["total"] == http.get("/v1/agreements").json["total"] == 0
    assert http.get(f"/v1/invoices/{before['id']}").status_code == 404
    world.deliver(world.invoice("1002", days_ago=1))
    world.deliver(world.payment())
    assert http.get("/v1/invoices").json["total"] == 0
    assert not told(world.database, InvoicePaidV1)
    assert [event.invoice_number for event in told(world.database, InvoiceAvailableV1)] == ["1001"]


@how(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_FK16_links_and_unlinks_in_any_order_and_twice_end_with_the_newest(world, database, data):
    mine, theirs = new_id(), new_id()
    moves = [
        (world.linked(mine), 1),
        (world.unlinked(mine), 2),
        (world.linked(theirs), 3),
        (world.unlinked(theirs), 4),
        (world.linked(mine), 5),
    ]
    last = data.draw(st.integers(1, len(moves)), label="newest version that has come")
    events = [(event, version, new_id()) for event, version in [*moves[:last], (world.invoice(), 1)]]
    order = data.draw(st.permutations(events)) + data.draw(st.lists(st.sampled_from(events), max_size=4))
    try:
        for event, version, event_id in order:
            world.deliver(event, version, event_id=event_id)
        owner = {1: mine, 2: None, 3: theirs, 4: None, 5: mine}[last]
        assert world.rows("SELECT account_id, version FROM account_link") == [(owner, last)]
        assert world.rows("SELECT account_id FROM invoice") == [(owner,)]
    finally:
        testing.empty(database)


def test_the_same_number_with_other_content_is_refused_and_the_first_one_stays(world, me):
    world.deliver(world.invoice())
    world.deliver(world.invoice())
    for change in ({"due_on": world.ago(-90)}, {"customer_number": "K2"}, {"bankgiro": "123-4567"}):
        with pytest.raises(domain.InvoiceChanged):
            world.deliver(world.changed(world.invoice(), **change))
    with pytest.raises(domain.InvoiceChanged):
        world.deliver(world.invoice(lines=[world.line(), world.line()]))
    assert world.rows("SELECT total_ore FROM invoice") == [(100_000,)]


def test_the_same_payment_twice_counts_once_and_with_other_content_is_refused(world, me):
    payment = world.payment(40_000)
    world.deliver(world.invoice())
    world.deliver(payment)
    world.deliver(payment)
    with pytest.raises(domain.PaymentChanged):
        world.deliver(world.changed(payment, amount_ore=50_000))
    assert world.rows("SELECT paid_ore FROM invoice") == [(40_000,)]


@pytest.mark.parametrize("amount", [0, -1, 10**14])
def test_B8_a_payment_of_nothing_or_less_or_of_everything_is_refused(world, amount):
    with pytest.raises(domain.PaymentNotPositive):
        world.deliver(world.payment(amount))


def test_B16_an_invoice_that_does_not_add_up_is_buried_with_its_reason_and_the_others_are_kept(
    database, settings, world, me
):
    settled, held = [], []
    handling = Handling(
        database, settings, SUBSCRIPTIONS, settle=settled.extend, hold=lambda *delivery: held.append(delivery)
    )
    events = [
        world.invoice("1001"),
        world.changed(world.invoice("1002"), total_ore=100_100),
        world.changed(world.invoice("1003"), ocr="10"),
        world.invoice("1004"),
        world.invoice("1005", kind=InvoiceKind.CREDIT),
    ]
    handling.handle(deque(_delivery(event, tag) for tag, event in enumerate(events, 1)))
    assert world.rows("SELECT invoice_number FROM invoice ORDER BY 1") == [("1001",), ("1004",)]
    assert world.rows("SELECT error FROM dead_letter ORDER BY 1") == [
        ("CreditWithoutOriginal: credit-must-point-to-its-original",),
        ("InvoiceOcrWrong: invoice-ocr-check-digit-wrong",),
        ("InvoiceTotalWrong: invoice-total-does-not-add-up",),
    ]
    assert sorted(delivery.tag for delivery in settled) == [1, 2, 3, 4, 5]
    assert held == []


def _delivery(event, tag):
    spec = type(event).spec
    envelope = Envelope(
        id=new_id(), source=spec.producer, type=spec.type, subject=f"s{tag}", version=1,
        time=utcnow() - timedelta(seconds=1),
    )  # fmt: skip
    return Delivery(
        tag=tag, body=encode(event), headers=envelope.headers(), routing_key=spec.type, sender=spec.producer,
        redelivered=False,
    )  # fmt: skip


def test_an_end_that_comes_before_its_agreement_is_kept(world, client):
    me = world.customer()
    world.deliver(world.ended(days_ago=5), 2)
    assert client.as_(me).get("/v1/agreements").json["total"] == 0
    world.deliver(world.started(), 1)
    (item,) = client.as_(me).get("/v1/agreements").json["items"]
    assert (item["ends_on"], item["active"]) == (world.ago(5).isoformat(), False)
