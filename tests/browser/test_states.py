"""What is shown where there is nothing to show, and when something does not work: in every look."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.browser.conftest import LOOKS
from tests.browser.homes import new_home
from tests.browser.test_bankid import scripted

from chassis.ids import new_id
from runner.journey.gateway_client import until
from runner.journey.seed import HOME, KARIN, LINNEA

pytestmark = pytest.mark.journey

UNAVAILABLE = 503


@contextmanager
def away(lived, service) -> Iterator[str]:
    """Nobody finds the service while the block lasts: its socket has another name. The path that is free meanwhile."""
    path = lived.planner.layout.sockets / f"{service}.sock"
    hidden = path.with_suffix(".hidden")
    path.rename(hidden)
    lived.kill("nginx", signal.SIGHUP)  # the connections that it keeps open would still find it
    try:
        yield str(path)
    finally:
        hidden.rename(path)


def test_T58_T62_T63_a_new_home_has_empty_lists_that_say_what_comes_there(visitor, lived):
    home = new_home(lived, LINNEA)
    visitor.enter(LINNEA, home.customer)
    until("the meter", lambda: visitor.go("/matare") and visitor.page.get_by_text(home.meter).count())
    for path, swedish, english in (
        ("/fakturor", "Inga fakturor att visa", "No invoices to show"),
        ("/kostnader", "Inga kostnader", "No costs"),
        ("/forbrukning", "Inget värde", "No value"),
        ("/behorigheter", home.street, home.street),
        ("/installningar/kopior", "Ingen annan får kopior", "Nobody else gets copies"),
    ):
        assert visitor.go(path).status == 200
        visitor.says(visitor.words(swedish, english))
        visitor.check_accessible()
    visitor.go("/forbrukning")
    visitor.page.get_by_role("link", name=visitor.words("Se året och jämför", "See the year and compare")).click()
    visitor.says(visitor.words("Ingen förbrukning att visa", "No use to show"))
    visitor.check_accessible()


def test_C1_what_is_another_accounts_or_not_for_this_person_is_no_page_in_every_look(visitor, lived):
    home = new_home(lived, LINNEA)
    theirs = home.bill(days_ago=5)
    sql = "SELECT id FROM invoice WHERE invoice_number = %s"
    ((invoice_id,),) = until("the invoice", lambda: lived.query("billing", sql, theirs["invoice_number"]))
    visitor.enter(KARIN, HOME)
    for path in (f"/fakturor/{invoice_id}", f"/fakturor/{new_id()}", f"/matare/avlasningar/{new_id()}"):
        assert visitor.go(path).status == 404
        visitor.page.get_by_role("heading", level=1).wait_for()
        visitor.page.get_by_role("link", name=visitor.words("Till startsidan", "To the start page")).wait_for()
    assert visitor.go("/personal/kunder").status == 404
    visitor.check_accessible()
    assert visitor.go(f"/fakturor?konto={new_id()}").status == 403
    visitor.check_accessible()


def test_S18_a_service_that_is_away_leaves_its_own_place_empty_and_the_rest_works_in_every_look(visitor, lived):
    visitor.enter(KARIN, HOME)
    with away(lived, "billing"):
        until("the service to be away", lambda: visitor.go("/fakturor").status == UNAVAILABLE)
        assert visitor.go("/oversikt").status == 200
        visitor.says(visitor.words("Allt kunde inte hämtas just nu", "Not everything could be fetched just now"))
        visitor.check_accessible()
        assert visitor.go("/fakturor?status=paid").status == UNAVAILABLE
        visitor.page.get_by_role("heading", level=1).wait_for()
        visitor.check_accessible()
        assert visitor.go("/matare").status == 200
        assert visitor.go("/fakturor?status=paid").status == UNAVAILABLE
    visitor.page.get_by_role("link", name=visitor.words("Läs in sidan igen", "Reload the page")).click()
    visitor.page.locator("#invoice-list tbody tr").first.wait_for()
    assert "status=paid" in visitor.path


def test_S18_without_identity_every_page_says_that_it_will_pass_and_nobody_is_logged_out(visitor, lived):
    visitor.enter(KARIN, HOME)
    with away(lived, "identity"):
        until("the service to be away", lambda: visitor.go("/oversikt").status == UNAVAILABLE)
        visitor.page.get_by_role("heading", level=1).wait_for()
        visitor.check_accessible()
        assert visitor.go("/tillganglighet").status in {200, UNAVAILABLE}
        visitor.check_accessible()
    assert visitor.go("/oversikt").status == 200
    assert visitor.path == "/oversikt", "still logged in"


def test_S18_the_operator_closes_for_maintenance_and_every_look_reads_until_when(visitors, lived):
    told = {"PORTAL_MAINTENANCE": "true", "PORTAL_MAINTENANCE_UNTIL": "14:00"}
    told["PORTAL_GATEWAY"] = f"unix:{lived.planner.layout.sockets / 'portal-api.sock'}"
    with away(lived, "portal") as path:
        environ = os.environ | lived.planner.environment | told | {"PORTAL_BIND": f"unix:{path}"}
        process = subprocess.Popen(
            [sys.executable, "-m", "chassis", "portal", "web"],
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until("the closed portal", lambda: lived.ask("portal.web", "/livez")[0])
            for look in LOOKS:
                visitor = visitors(look)
                until("the closed portal", lambda visitor=visitor: visitor.go("/fakturor").status == UNAVAILABLE)
                visitor.says(visitor.words("Mina sidor är stängda för underhåll", "My pages is closed for maintenance"))
                visitor.says("14:00")
                visitor.check_accessible()
        finally:
            process.terminate()
            process.wait(20)
    visitor = visitors()
    assert visitor.go("/").status == 200


@scripted
def test_B_03_offline_is_said_on_the_page_and_taken_back_when_it_is_over(visitor):
    visitor.enter(KARIN, HOME)
    visitor.go("/installningar/kopior")
    visitor.page.locator("#field-email").fill("nagon@exempel.se")
    visitor.page.context.set_offline(True)
    visitor.says(visitor.words("Du är inte uppkopplad", "You are offline"))
    visitor.check_accessible()
    visitor.page.context.set_offline(False)
    visitor.page.locator("#offline").wait_for(state="hidden")
    assert visitor.page.locator("#field-email").input_value() == "nagon@exempel.se"
    visitor.page.reload()
    assert visitor.page.locator("#field-email").input_value() == "nagon@exempel.se", "kept in this browser"


@scripted
def test_T12_FA3_a_login_that_loses_the_network_says_so_and_goes_on_when_it_is_back(visitor):
    visitor.go("/logga-in")
    order = visitor.order()
    visitor.page.context.set_offline(True)
    box = visitor.page.locator("#login-message", has_text=visitor.words("går inte att nå", "cannot be reached"))
    box.wait_for()
    visitor.check_accessible()
    visitor.page.context.set_offline(False)
    visitor.bankid.pick(order, KARIN)
    visitor.bankid.approve(order)
    visitor.page.wait_for_url("**/konto*")
