"""Invoices, costs and use of a private person, in every look: the list, every state, the charts and their twins."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from tests.browser.homes import new_home

from runner.journey.gateway_client import until
from runner.journey.seed import HOME, KARIN, LINNEA

pytestmark = pytest.mark.journey

ROWS = "#invoice-list tbody tr"
LEAK_MONTHS_AGO = 3


def _rows(visitor):
    return visitor.page.locator(ROWS)


def _row(visitor, number):
    return visitor.page.locator(ROWS, has_text=number)


def _show(visitor):
    """What the filter says, is shown: by itself with script, else by its button."""
    if not visitor.look.script:
        visitor.press(visitor.words("Visa", "Show"))


def _seen(visitor, path, text):
    until(f"{text} on {path}", lambda: visitor.go(path) and visitor.page.get_by_text(text).count())


def test_T57_T58_FD12_FD18_the_overview_says_what_is_to_be_paid_and_leads_to_it_in_every_look(visitor):
    visitor.enter(KARIN, HOME)
    visitor.says(visitor.words("Att göra", "To do"))
    overdue = visitor.page.locator(".todo li").first
    assert visitor.words("förfall", "overdue") in overdue.inner_text(), "what is overdue stands first"
    unpaid = visitor.page.locator(".todo-title", has_text=re.compile(visitor.words("^Betala ", "^Pay "))).first
    amount = unpaid.inner_text().partition(" ")[2]
    visitor.check_accessible()
    unpaid.click()
    visitor.page.wait_for_url(re.compile(r"/fakturor/[0-9a-f-]{36}$"))
    assert amount in visitor.page.locator(".invoice-amount").inner_text()
    visitor.go("/oversikt")
    overdue.get_by_role("link").click()
    visitor.page.wait_for_url(re.compile(r"/fakturor[/?]"))
    visitor.go("/oversikt")
    visitor.page.get_by_role("main").get_by_role(
        "link", name=visitor.words("Se mina fakturor", "See my invoices")
    ).click()
    visitor.page.wait_for_url("**/fakturor")
    visitor.says(visitor.words("de senaste 9 månaderna", "the last 9 months"))


def test_T59_T60_T61_D8_FD1_FD2_FD3_FD4_the_list_of_nine_months_by_state_and_period_in_every_look(visitor, lived):
    home = new_home(lived, LINNEA)
    old, old_unpaid = home.bill(days_ago=320), home.bill(days_ago=310)
    paid, unpaid = home.bill(days_ago=100), home.bill(days_ago=3)
    home.pay(old)
    home.pay(paid)
    visitor.enter(LINNEA, home.customer)
    _seen(visitor, "/fakturor?status=paid", paid["invoice_number"])
    _seen(visitor, "/fakturor", unpaid["invoice_number"])
    assert _rows(visitor).count() == 3
    assert _row(visitor, old["invoice_number"]).count() == 0, "older than nine months, and paid"
    visitor.says(visitor.words("3 fakturor", "3 invoices"))
    said = _row(visitor, old_unpaid["invoice_number"]).inner_text()
    assert visitor.words("Förfallen", "Overdue") in said, "old, and shown all the same"
    visitor.check_accessible()

    status = visitor.page.locator("#field-status")
    status.select_option("unpaid")
    _show(visitor)
    visitor.says(visitor.words("2 fakturor", "2 invoices"))
    assert _row(visitor, paid["invoice_number"]).count() == 0
    status.select_option("paid")
    _show(visitor)
    visitor.says(visitor.words("1 faktura", "1 invoice"))
    assert _row(visitor, paid["invoice_number"]).count() == 1
    status.select_option("")
    visitor.page.locator("#field-fran").fill(str(date.today() - timedelta(days=120)))
    visitor.page.locator("#field-till").fill(str(date.today() - timedelta(days=60)))
    _show(visitor)
    visitor.page.wait_for_url("**till=*")
    visitor.says(visitor.words("1 faktura", "1 invoice"))
    assert _row(visitor, paid["invoice_number"]).count() == 1
    visitor.check_accessible()

    visitor.page.locator("#field-fran").fill(str(date.today() - timedelta(days=40)))
    visitor.page.locator("#field-till").fill(str(date.today() - timedelta(days=30)))
    _show(visitor)
    visitor.says(visitor.words("Inga fakturor att visa", "No invoices to show"))
    visitor.check_accessible()
    visitor.page.get_by_role("link", name=visitor.words("Visa alla fakturor", "Show all invoices")).click()
    visitor.says(visitor.words("3 fakturor", "3 invoices"))


def test_T60_T61_the_newest_choice_counts_when_several_are_made_while_the_list_is_fetched(person):
    person.enter(KARIN, HOME)
    person.go("/fakturor")
    person.page.evaluate(
        "() => { const field = document.querySelector('#field-status');"
        " for (const value of ['paid', '', 'unpaid']) {"
        " field.value = value; field.dispatchEvent(new Event('change', {bubbles: true})); } }"
    )
    person.page.wait_for_url("**status=unpaid*")
    person.page.wait_for_load_state("networkidle")
    assert "status=unpaid" in person.path
    texts = {text.strip() for text in _rows(person).locator("td:last-child").all_inner_texts()}
    assert texts <= {"Obetald", "Delvis betald", "Förfallen"}
    assert texts


def test_FD5_FD6_FD8_FD9_each_document_says_its_state_what_to_pay_and_what_for_in_every_look(visitor, lived):
    home = new_home(lived, LINNEA)
    system = lived.world.billing_system
    part, credited, over, late = (home.bill(days_ago=days) for days in (20, 50, 80, 110))
    home.pay(part, part["total_ore"] // 2)
    credit = home.bill(days_ago=45, kind="credit", credits_number=credited["invoice_number"])
    home.pay(over, over["total_ore"] + 5000)
    reminder = system.remind(late["invoice_number"], str(date.today() - timedelta(days=60)))
    visitor.enter(LINNEA, home.customer)
    _seen(visitor, "/fakturor", visitor.words("Delvis betald", "Partly paid"))
    _seen(visitor, "/fakturor", visitor.words("För mycket betalt", "Overpaid"))
    kinds = {
        part["invoice_number"]: visitor.words("Delvis betald", "Partly paid"),
        reminder["invoice_number"]: visitor.words("Påminnelse", "Reminder"),
        credit["invoice_number"]: visitor.words("Kreditfaktura", "Credit note"),
        over["invoice_number"]: visitor.words("För mycket betalt", "Overpaid"),
    }
    for number, said in kinds.items():
        assert said in _row(visitor, number).inner_text()
    visitor.check_accessible()

    _open(visitor, part)
    assert visitor.page.locator(".invoice-pay").get_by_text(part["ocr"]).count() == 1
    visitor.says(visitor.words("Betala senast", "Pay by"))
    visitor.says(visitor.words("Vad du betalar för", "What you pay for"))
    lines = visitor.page.get_by_role("table", name=visitor.words("Vad du betalar för", "What you pay for"))
    assert lines.locator("tbody tr").count() == len(part["lines"])
    assert visitor.page.locator(".sums dd").last.inner_text() == _money(visitor, part["total_ore"])
    visitor.check_accessible()
    _open(visitor, credited)
    visitor.says(visitor.words("Fakturan är krediterad", "The invoice has been credited"))
    visitor.check_accessible()
    visitor.page.get_by_role("link", name=credit["invoice_number"]).click()
    visitor.says(visitor.words("Krediterar faktura", "Credits invoice"))
    visitor.check_accessible()
    _open(visitor, over)
    visitor.says(visitor.words("Du har betalat för mycket", "You have paid too much"))
    visitor.check_accessible()
    _open(visitor, late)
    visitor.says(visitor.words("Fakturan är förfallen", "The invoice is overdue"))
    visitor.says(visitor.words("Inga betalningar har kommit in än", "No payments have come in yet"))
    visitor.check_accessible()
    _open(visitor, reminder)
    visitor.check_accessible()


def _open(visitor, invoice):
    visitor.go("/fakturor")
    visitor.page.get_by_role("link", name=invoice["invoice_number"]).click()
    visitor.page.get_by_role("heading", level=1, name=invoice["invoice_number"]).wait_for()


def _money(visitor, ore):
    whole = f"{ore // 100:,}".replace(",", "," if visitor.look.english else "\N{NO-BREAK SPACE}")
    point = "." if visitor.look.english else ","
    return f"{whole}{point}{ore % 100:02}\N{NO-BREAK SPACE}kr"


def _twin(visitor, caption):
    """The table of a chart, opened by its summary; its rows as texts. What is drawn stands in it."""
    drawn = visitor.page.locator(".chart svg:visible rect title").all_text_contents()
    visitor.page.locator(".chart-table summary").click()
    table = visitor.page.get_by_role("table", name=caption)
    table.wait_for()
    rows = [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]
    assert drawn
    assert set(drawn) <= {f"{row[0]}: {text}" for row in rows for text in row[1:]}
    return rows


def test_T62_FD11_FE9_the_cost_of_the_year_as_a_chart_and_as_a_table_in_every_look(visitor):
    visitor.enter(KARIN, HOME)
    year = date.today().year
    visitor.page.get_by_role("main").get_by_role(
        "link", name=visitor.words("Se månad för månad", "See month by month")
    ).click()
    visitor.page.get_by_role("heading", level=1, name=visitor.words(f"Kostnader {year}", f"Costs {year}")).wait_for()
    chart = visitor.page.get_by_role("img", name=visitor.words("Kostnad per månad", "Cost by month"))
    assert chart.locator("visible=true").count() == 1
    visitor.check_accessible()
    rows = _twin(visitor, visitor.words("Kostnad per månad", "Cost by month"))
    assert len(rows) == 12
    visitor.says(visitor.words("Fördelning per tjänst", "By service"))
    visitor.check_accessible()
    visitor.page.get_by_role("link", name=str(year - 1)).click()
    visitor.page.get_by_role("heading", level=1, name=str(year - 1)).wait_for()
    visitor.check_accessible()
    assert visitor.go("/kostnader?ar=1999").status == 200
    visitor.says(visitor.words("Inga kostnader 1999", "No costs 1999"))
    visitor.check_accessible()


def test_T63_T64_T65_FE1_FE2_FE3_FE9_FE15_the_last_month_then_the_year_beside_another_in_every_look(visitor):
    visitor.enter(KARIN, HOME)
    visitor.go("/forbrukning")
    visitor.says(visitor.words("Väntat per år", "Expected per year"))
    visitor.check_accessible()
    visitor.page.get_by_role("link", name=visitor.words("Se året och jämför", "See the year and compare")).click()
    year = date.today().year
    visitor.page.get_by_role("img", name=visitor.words("Förbrukning per månad", "Use by month")).locator(
        "visible=true"
    ).wait_for()
    visitor.check_accessible()
    rows = _twin(visitor, visitor.words("Förbrukning per månad", "Use by month"))
    assert len(rows) == 12
    assert {len(row) for row in rows} == {4}, "month, both years, how sure they are"
    visitor.page.locator("#field-jamfor").select_option("")
    _show(visitor)
    visitor.page.wait_for_url("**jamfor=")
    visitor.page.locator(".legend").wait_for(state="detached")
    visitor.check_accessible()
    visitor.page.locator("#field-ar").select_option(str(year - 5))
    _show(visitor)
    visitor.says(visitor.words("Ingen förbrukning att visa", "No use to show"))
    visitor.check_accessible()
