"""B-21, J8, J10: billing's part of a person's export and erasure, where the Bookkeeping Act decides."""

from datetime import date

from billing.app import JOBS
from billing.consumers import SUBSCRIPTIONS
from billing.usecases import privacy
from chassis.jobs import JobContext
from chassis.testing import answered, deliver_scoped
from contracts.data_requests import DataRequestKind

EXPORT, CHECK, ERASURE = DataRequestKind.EXPORT, DataRequestKind.ERASURE_CHECK, DataRequestKind.ERASURE


def ask(world, who, kind, **options):
    deliver_scoped(
        world.database, SUBSCRIPTIONS, kind, person_id=who.person_id, account_ids=(who.account_id,), **options
    )
    return answered(world.database)


def numbers(world):
    return [row[0] for row in world.rows("SELECT invoice_number FROM invoice ORDER BY invoice_number")]


def test_B_21_an_export_holds_agreements_invoices_with_lines_and_payments_however_old(world, me):
    world.deliver(world.started())
    world.deliver(world.invoice(days_ago=2000))
    world.deliver(world.payment(100_000))
    world.customer("K2")
    world.deliver(world.started("A2", "K2"))
    world.deliver(world.invoice("2002", "K2"))
    found = ask(world, me, EXPORT)
    [invoice] = found["invoices"]
    assert (invoice["invoice_number"], invoice["total_ore"], invoice["remaining_ore"]) == ("1001", 100_000, 0)
    assert [(line["description"], line["net_ore"]) for line in invoice["lines"]] == [("Vatten", 80_000)]
    assert [(part["rate"], part["vat_ore"]) for part in invoice["vat"]] == [(25, 20_000)]
    assert [payment["amount_ore"] for payment in found["payments"]] == [100_000]
    [agreement] = found["agreements"]["agreements"]
    assert (agreement["agreement_number"], agreement["street"]) == ("A1", "Storgatan 1")
    assert found["agreements"]["accounts"][0]["account_id"] == str(me.account_id)
    assert "K2" not in str(found)
    assert "2002" not in str(found)


def test_B_21_of_accounts_that_are_not_the_persons_own_nothing_is_exported(world, me):
    world.deliver(world.invoice())
    deliver_scoped(world.database, SUBSCRIPTIONS, EXPORT, person_id=me.person_id)
    assert answered(world.database) == {
        "invoices": [],
        "payments": [],
        "agreements": {"accounts": [], "agreements": []},
        "shared-invoices": {"shares": [], "shown_of_me_to_the_sharer": []},
        "memberships": [],
    }


def test_FJ8_who_owes_something_is_not_erased_and_a_credit_is_no_debt(world, me):
    world.deliver(world.invoice())
    [objection] = ask(world, me, CHECK).objections
    assert objection.code == "unpaid-invoice"
    world.deliver(world.payment(40_000))
    assert ask(world, me, CHECK).objections
    world.deliver(world.payment(60_000))
    assert ask(world, me, CHECK).objections == ()
    world.deliver(world.credit())
    assert ask(world, me, CHECK).objections == ()
    assert numbers(world) == ["1001", "9001"]


def test_FJ8_FJ10_invoices_stay_to_the_end_of_the_seventh_year_and_the_report_says_so(world, me):
    world.deliver(world.started())
    world.deliver(world.ended(days_ago=10))
    invoice = world.invoice(days_ago=30)
    world.deliver(invoice)
    world.deliver(world.payment(100_000))
    report = ask(world, me, ERASURE)
    assert numbers(world) == ["1001"]
    assert world.rows("SELECT count(*) FROM payment") == [(1,)]
    until = date(invoice.issued_on.year + 7, 12, 31)
    assert {(kept.what.en, kept.until) for kept in report.kept} == {
        ("Invoices with lines and VAT", until),
        ("Payments", until),
    }
    assert all("bokföringslagen" in kept.why.sv.lower() for kept in report.kept)
    assert [what.en for what in report.erased] == ["Ended agreements with their addresses"]
    assert world.rows("SELECT * FROM agreement") == []


def test_FJ8_an_agreement_in_force_stays_and_so_does_what_is_unpaid(world, me):
    """Between the question and the erasure something may have begun: the law counts, not the question."""
    world.deliver(world.started())
    world.deliver(world.invoice())
    report = ask(world, me, ERASURE)
    assert len(world.rows("SELECT 1 FROM agreement")) == 1
    reasons = [kept.why.en for kept in report.kept]
    assert any("in force" in reason for reason in reasons)
    assert any("not been paid" in reason for reason in reasons)
    assert report.erased == ()


def test_FJ8_what_is_older_than_the_law_asks_for_is_erased_and_then_nothing_is_left(world, me):
    world.deliver(world.started())
    world.deliver(world.ended(days_ago=3000))
    world.deliver(world.invoice(issued_on=date(world.today.year - 8, 6, 1)))
    world.deliver(world.payment(100_000))
    other = world.customer("K2")
    world.deliver(world.invoice("2002", "K2", issued_on=date(world.today.year - 8, 6, 1)))
    world.deliver(world.payment(number="2002"))
    report = ask(world, me, ERASURE)
    assert [what.en for what in report.erased] == [
        "Invoices older than seven years",
        "Ended agreements with their addresses",
        "Account and customer numbers",
    ]
    assert report.kept == ()
    assert numbers(world) == ["2002"]
    assert world.rows("SELECT account_id FROM account_link") == [(other.account_id,)]
    assert world.rows("SELECT count(*) FROM payment") == [(1,)]


def test_FJ8_erasing_again_finds_nothing_more(world, me):
    world.deliver(world.started())
    world.deliver(world.ended(days_ago=10))
    assert ask(world, me, ERASURE).erased
    assert ask(world, me, ERASURE).erased == ()


def test_FJ10_the_daily_job_lets_go_what_the_law_lets_go_and_keeps_what_is_owed(world, settings, me):
    old, young = date(world.today.year - 8, 12, 31), date(world.today.year - 7, 1, 1)
    world.deliver(world.invoice("1001", issued_on=old))
    world.deliver(world.payment(number="1001"))
    world.deliver(world.invoice("1002", issued_on=young))
    world.deliver(world.payment(number="1002"))
    world.deliver(world.invoice("1003", issued_on=old))
    JOBS.get("forget-old-invoices").run(JobContext(world.database, settings))
    assert numbers(world) == ["1002", "1003"]
    assert world.rows("SELECT count(*) FROM payment") == [(1,)]
    with world.database.transaction() as tx:
        assert privacy.forget_old_invoices(tx) == 0


def test_B_21_FC22_an_export_says_what_was_shared_and_opened_and_names_nobody_else(world, client, me, share):
    son = world.visitor("Erik Exempel", 1990)
    world.open(client, son)
    [mine] = ask(world, me, EXPORT)["shared-invoices"]["shares"]
    assert (mine["shared_by_me"], mine["opened_by_me"], mine["address_masked"]) == (True, False, "s***@exempel.se")
    deliver_scoped(world.database, SUBSCRIPTIONS, EXPORT, person_id=son.person_id)
    theirs = answered(world.database)["shared-invoices"]
    assert [(row["shared_by_me"], row["opened_by_me"]) for row in theirs["shares"]] == [(False, True)]
    assert theirs["shown_of_me_to_the_sharer"] == [
        {"share_id": share["id"], "name_kept": True, "recipient_birth_year": 1990}
    ]
    for somebody in (str(me.person_id), "Erik"):
        assert somebody not in str(theirs)


def test_FJ8_FC22_who_is_erased_is_gone_from_what_others_have_shared_and_sees_it_no_more(
    world, client, me, share, invoice_id
):
    son = world.visitor("Erik Exempel", 1990)
    world.open(client, son)
    deliver_scoped(world.database, SUBSCRIPTIONS, ERASURE, person_id=son.person_id)
    assert [kept.what.en for kept in answered(world.database).kept] == ["Invoices that have been shared"]
    [row] = world.shares(client, me, invoice_id)
    assert (row["status"], row["opened_by"]) == ("ended", None)
    assert str(son.person_id) not in str(world.rows("SELECT s::text FROM invoice_share s"))
    assert client.as_(son).get(f"/v1/shared-invoices/{share['id']}").status_code == 404


def test_FJ8_FC22_what_the_erased_person_has_shared_is_gone_and_its_links_with_it(world, client, me, share):
    token = world.token()
    report = ask(world, me, ERASURE)
    assert {"Invoices that have been shared", "Rights that you can share invoices by"} <= {
        what.en for what in report.erased
    }
    assert world.rows("SELECT 1 FROM invoice_share UNION ALL SELECT 1 FROM membership") == []
    assert world.open(client, world.visitor(), token).json["code"] == "invoice-share-not-found"
