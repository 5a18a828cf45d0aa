from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text

from billing import domain, usecases
from billing.usecases import ListInvoices
from chassis.errors import Forbidden
from chassis.ids import new_id
from chassis.testing import principal, told
from chassis.transaction import Principal
from contracts.batch_billing import InvoiceKind
from contracts.billing import InvoiceAvailableV1, InvoicePaidV1

ALL = {"status": None, "from_on": None, "to_on": None, "limit": 20, "page": 1}


def listed(database, who, now=None, **changes):
    with database.read(principal=who) as tx:
        if now is not None:
            tx.__dict__["now"] = now
        rows, total = usecases.list_invoices(tx, ListInvoices(**(ALL | changes)))
    return [row["invoice_number"] for row in rows], total


def money(world, number="1001"):
    return world.rows(
        "SELECT credited_ore, paid_ore, remaining_ore FROM invoice WHERE invoice_number = :number", number=number
    )[0]


def test_an_invoice_is_told_of_when_it_can_be_read(database, world, me):
    world.deliver(world.invoice())
    (event,) = told(database)
    assert isinstance(event, InvoiceAvailableV1)
    assert (event.account_id, event.invoice_number, event.total_ore) == (me.account_id, "1001", 100_000)
    assert world.rows("SELECT version FROM outbox") == [(1,)]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_it_is_told_once_whichever_of_invoice_link_and_account_comes_last(database, world, order):
    account_id = new_id()
    events = [world.invoice(), world.linked(account_id), world.opened(account_id)]
    for step, place in enumerate(order):
        assert len(told(database)) == 0, step
        world.deliver(events[place])
    assert [event.account_id for event in told(database)] == [account_id]


def test_65_part_and_full_payment(database, world, me):
    world.deliver(world.invoice())
    world.deliver(world.payment(40_000))
    assert money(world) == (0, 40_000, 60_000)
    assert told(database, InvoicePaidV1) == []
    world.deliver(world.payment(60_000))
    assert money(world) == (0, 100_000, 0)
    (paid,) = told(database, InvoicePaidV1)
    assert (paid.invoice_number, paid.account_id) == ("1001", me.account_id)
    assert world.rows("SELECT version FROM outbox ORDER BY seq") == [(1,), (2,)]


def test_65_too_much_money_is_seen_and_paid_is_told_once(database, world, me):
    world.deliver(world.invoice())
    world.deliver(world.payment(150_000))
    world.deliver(world.payment(10_000))
    assert money(world) == (0, 160_000, -60_000)
    assert len(told(database, InvoicePaidV1)) == 1


def test_a_payment_with_an_unknown_reference_is_kept_and_matched_when_its_invoice_comes(database, world, me):
    world.deliver(world.payment(100_000))
    assert world.rows("SELECT amount_ore FROM payment") == [(100_000,)]
    world.deliver(world.invoice())
    assert money(world) == (0, 100_000, 0)
    assert [type(event) for event in told(database)] == [InvoiceAvailableV1, InvoicePaidV1]


def test_paid_before_anybody_could_read_it_is_told_when_the_account_is_known(database, world):
    world.deliver(world.invoice())
    world.deliver(world.payment())
    assert told(database) == []
    world.customer()
    assert [type(event) for event in told(database)] == [InvoiceAvailableV1, InvoicePaidV1]


@pytest.mark.parametrize("credit_first", [True, False])
def test_57_a_credit_takes_back_from_the_original_whichever_comes_first(database, world, me, credit_first):
    events = [world.credit(), world.invoice()]
    for event in events if credit_first else reversed(events):
        world.deliver(event)
    assert money(world) == (100_000, 0, 0)
    assert money(world, "9001") == (0, 0, 0)
    assert told(database, InvoicePaidV1) == []


def test_57_a_credit_after_the_payment_leaves_money_to_get_back(database, world, me):
    world.deliver(world.invoice())
    world.deliver(world.payment())
    world.deliver(world.credit(net=-40_000))
    assert money(world) == (50_000, 100_000, -50_000)
    assert len(told(database, InvoicePaidV1)) == 1


def test_57_a_part_credit_and_the_rest_in_money_is_paid(database, world, me):
    world.deliver(world.invoice())
    world.deliver(world.payment(50_000))
    assert told(database, InvoicePaidV1) == []
    world.deliver(world.credit(net=-40_000))
    assert money(world) == (50_000, 50_000, 0)
    assert len(told(database, InvoicePaidV1)) == 1


def test_57_a_credit_does_not_touch_another_customers_invoice_of_that_number(world, me):
    world.deliver(world.invoice())
    world.deliver(world.credit(customer="K2"))
    assert money(world) == (0, 0, 100_000)


def test_several_invoices_of_one_reference_are_paid_oldest_first(world, me):
    ocr = world.invoice().ocr
    world.deliver(world.invoice("1002", days_ago=10, ocr=ocr))
    world.deliver(world.invoice("1001", days_ago=40))
    world.deliver(world.payment(130_000))
    assert (money(world, "1001")[2], money(world, "1002")[2]) == (0, 70_000)


def test_a_reference_of_another_customer_is_refused(world, me):
    world.deliver(world.invoice())
    with pytest.raises(domain.InvoiceOcrOfOther):
        world.deliver(world.invoice("1002", "K2", ocr=world.invoice().ocr))


def test_T59_an_invoice_of_exactly_nine_months_is_shown_and_one_day_older_is_not(database, world, me):
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    first = domain.shown_from(now.date())
    for number, day in (("1001", first), ("1002", first - timedelta(days=1))):
        world.deliver(world.invoice(number, issued_on=day))
        world.deliver(world.payment(number=number))
    assert listed(database, me, now) == (["1001"], 1)


def test_T59_the_window_moves_at_midnight_in_stockholm(database, world, me):
    world.deliver(world.invoice(issued_on=domain.shown_from(datetime(2026, 11, 22, tzinfo=UTC).date())))
    world.deliver(world.payment())
    before, after = datetime(2026, 11, 22, 22, 59, 59, tzinfo=UTC), datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert listed(database, me, before)[1] == 1
    assert listed(database, me, after)[1] == 0


def test_D8_an_unpaid_invoice_is_shown_however_old(database, world, me):
    world.deliver(world.invoice(days_ago=2000))
    assert listed(database, me) == (["1001"], 1)
    world.deliver(world.payment(99_999))
    assert listed(database, me) == (["1001"], 1)
    world.deliver(world.payment(1))
    assert listed(database, me) == ([], 0)


def test_T60_T61_period_and_status(database, world, me):
    for number, days in (("1001", 10), ("1002", 20), ("1003", 30)):
        world.deliver(world.invoice(number, days_ago=days))
    world.deliver(world.payment(number="1002"))
    assert listed(database, me) == (["1001", "1002", "1003"], 3)
    assert listed(database, me, status="paid") == (["1002"], 1)
    assert listed(database, me, status="unpaid") == (["1001", "1003"], 2)
    assert listed(database, me, from_on=world.ago(20), to_on=world.ago(10)) == (["1001", "1002"], 2)
    assert listed(database, me, from_on=world.ago(20), to_on=world.ago(20), status="unpaid") == ([], 0)
    with pytest.raises(domain.PeriodBackwards):
        listed(database, me, from_on=world.ago(10), to_on=world.ago(20))


def test_a_page_and_its_count_are_one_statement_that_the_index_serves(database, world, me):
    for number in range(1001, 1006):
        world.deliver(world.invoice(str(number)))
    statements = []

    def note(_connection, _cursor, statement, parameters, *_):
        statements.append((statement, parameters))

    with database.read(principal=me) as tx:
        assert tx.now
        sqlalchemy_event.listen(database.read_engine, "before_cursor_execute", note)
        try:
            rows, total = usecases.list_invoices(tx, ListInvoices(**(ALL | {"limit": 2, "page": 2})))
        finally:
            sqlalchemy_event.remove(database.read_engine, "before_cursor_execute", note)
        assert ([row["invoice_number"] for row in rows], total) == (["1003", "1002"], 5)
        ((statement, parameters),) = statements
        tx.session.execute(text("SET enable_seqscan = off"))
        plan = tx.session.connection().exec_driver_sql("EXPLAIN " + statement, parameters).scalars().all()
        tx.session.execute(text("RESET enable_seqscan"))
    assert any("ix_invoice_page" in line for line in plan), plan


def test_T62_the_costs_of_a_year_add_up_to_its_invoices_and_credits_count_as_less(database, world, me):
    from contracts.batch_billing import ServiceArea

    year = world.today.year
    day = world.today.replace(month=1, day=15)
    lines = [
        world.line(33_333),
        world.line(10_001, area=ServiceArea.WASTE, rate=12),
        world.line(4_800, area=None, rate=0),
    ]
    world.deliver(world.invoice("1001", lines=lines, issued_on=day))
    world.deliver(world.invoice("1002", lines=[world.line(50_000)], issued_on=day.replace(month=2)))
    world.deliver(world.credit(of="1002", net=-40_000, issued_on=day.replace(month=3)))
    world.deliver(world.invoice("1003", issued_on=day.replace(year=year - 1)))
    with database.read(principal=me) as tx:
        costs = usecases.costs(tx, year)
    totals = dict(world.rows("SELECT extract(month FROM issued_on)::int, total_ore FROM invoice WHERE issued_on >= :d",
                             d=day.replace(month=1, day=1)))  # fmt: skip
    assert {month["month"]: month["total_ore"] for month in costs["months"] if month["total_ore"]} == totals
    assert costs["total_ore"] == sum(totals.values())
    assert {area["service_area"] for area in costs["areas"]} == {"water", "waste", "other"}
    assert all(sum(area["amount_ore"] for area in month["areas"]) == month["total_ore"] for month in costs["months"])


def test_payments_of_one_invoice_at_once_are_all_counted(database, world, me):
    world.deliver(world.invoice())
    payments = [world.payment(10_000) for _ in range(10)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(world.deliver, payments))
    assert money(world) == (0, 100_000, 0)
    assert len(told(database, InvoicePaidV1)) == 1


@pytest.mark.parametrize("_round", range(5))
def test_invoice_payment_link_and_account_at_once_never_miss_each_other(database, world, _round):
    account_id = new_id()
    events = [world.invoice(), world.payment(), world.linked(account_id), world.opened(account_id)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(world.deliver, events))
    assert money(world) == (0, 100_000, 0)
    assert [type(event) for event in told(database)] == [InvoiceAvailableV1, InvoicePaidV1]


def test_the_same_invoice_twice_at_once_is_one(database, world, me):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(world.deliver, [world.invoice()] * 4))
    assert world.rows("SELECT count(*) FROM invoice") == [(1,)]
    assert len(told(database)) == 1


def test_a_final_invoice_with_money_back_is_not_unpaid(database, world, me):
    world.deliver(world.invoice(lines=[world.line(-80_000)], kind=InvoiceKind.FINAL))
    assert money(world) == (0, 0, -100_000)
    assert listed(database, me, status="unpaid") == ([], 0)


def test_nobody_without_an_account_sees_anything(database):
    with database.read(principal=Principal(person_id=new_id())) as tx, pytest.raises(Forbidden):
        usecases.list_invoices(tx, ListInvoices(**ALL))


def test_T17_another_account_sees_none_of_it(database, world, me):
    world.deliver(world.invoice())
    assert listed(database, principal()) == ([], 0)
    assert listed(database, me)[1] == 1
